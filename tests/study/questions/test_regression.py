from dataclasses import replace

import pandas as pd
import polars as pl
import pytest
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.errors import ModelError, Refused, WorkbenchError

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
AXES = ["sex", "nace", "age_group", "year"]


@pytest.fixture(scope="module")
def cube():
    """Men have twice the rate of women, construction three times that of services, in every cell exactly."""
    cells = [
        (sex, nace, age, 2020, people * 0.001 * (2 if sex == "M" else 1) * (3 if nace == "F" else 1), people)
        for sex in "MF"
        for nace, people in (("F", 100_000 if sex == "M" else 10_000), ("G", 200_000))
        for age in ("Y25-34", "Y35-44")
    ]
    frame = pd.DataFrame(cells, columns=[*AXES, "accidents", "employed"]).assign(margin="m", flag="")
    return build.from_published("table", frame, {"m": {"dims": AXES, "measures": list(MEASURES)}}, MEASURES)


def test_ratios_are_found_at_equal_values_of_the_other_terms(cube):
    found = wb.regression(cube, terms=["sex", "nace1"], references={"sex": "F", "nace1": "G"})
    ratios = found.frame.set_index("term")["value"]
    assert ratios["sex[M]"] == approx(2)
    assert ratios["nace1[F]"] == approx(3)
    assert "rate ratio of Men to Women 2.00" in found.summary
    assert "Sector (NACE section): rate ratio of Construction to Wholesale" in found.summary
    assert list(found.frame["term_label"])[0] == "Men"
    assert "do not say why" in found.summary


def test_cells_of_unknown_codes_and_without_people_are_left_out_and_counted(cube):
    strange = [("M", "UNK", 15, 1_000), ("UNK", "F", 6, 1_000), ("F", "H", 8, None), ("M", "H", None, 500)]
    rows = [
        (sex, nace, age, 2020, accidents, people)
        for sex, nace, accidents, people in strange
        for age in ("Y25-34", "Y35-44")
    ]
    known = cube.margins[0].frame.to_pandas()[[*AXES, "accidents", "employed"]]
    frame = pd.concat([known.astype(object), pd.DataFrame(rows, columns=known.columns)]).assign(margin="m", flag="")
    wider = build.from_published("table", frame, {"m": {"dims": AXES, "measures": list(MEASURES)}}, MEASURES)
    found = wb.regression(wider, terms=["sex", "nace1"], references={"sex": "F", "nace1": "G"})
    assert found.frame.set_index("term")["value"].to_dict() == approx({"sex[M]": 2, "nace1[F]": 3})
    assert "42 accidents in cells of unknown codes are left out." in found.notes
    assert "2 cells without a count or without people are left out." in found.notes


def test_finer_cells_give_the_same_coefficients(cube):
    """Clusters ask for cells by age too; the scatter by age is in the errors alone."""
    (margin,) = cube.margins
    scatter = pl.when(pl.col("age_group") == "Y25-34").then(1.1).otherwise(0.9)
    uneven = replace(cube, margins=(replace(margin, frame=margin.frame.with_columns(pl.col("accidents") * scatter)),))
    coarse = wb.regression(uneven, terms="sex + nace1").model
    fine = wb.regression(uneven, terms="sex + nace1", cluster="age_group").model
    assert fine.n == 2 * coarse.n
    assert list(coarse.coefficients["value"]) == approx(list(fine.coefficients["value"]), abs=1e-8)


def test_country_and_its_regions_stand_in_one_formula():
    """Countries as terms, their regions as clusters: the cells are asked for by region."""
    question = wb.Selection(regions={"IT", "ES"}, years=(2019, 2019), severities={"D_GE4"})
    found = wb.regression("esaw_synthetic", question, "nuts0 + sex", cluster="nuts2")
    assert found.model.clusters == wb.rates("esaw_synthetic", question, ["nuts2"]).frame["nuts2"].nunique()
    alone = wb.regression("esaw_synthetic", question, "nuts0 + sex")
    assert list(found.frame["value"]) == approx(list(alone.frame["value"]), abs=1e-8)
    assert found.summary.split("\n")[1].startswith("Country: rate ratio of ")


def test_a_finding_of_a_regression_prints_exports_and_draws(cube, tmp_path):
    found = wb.regression(cube, terms="sex * nace1")
    assert "term" in found.to_csv()
    assert found.to_dict()["frame"][0]["term"].startswith(("sex", "nace1"))
    assert found.title.startswith("Rate ratios by sex and sector (NACE section), 2020; compared with Men, Wholesale")
    assert found.chart().title.text.startswith("Rate ratios by sex and sector")
    assert "Women and Construction" in str(found)
    assert found.to_zip(tmp_path / "found.zip").exists()


@pytest.fixture(scope="module")
def years():
    """Three years, each with a tenth fewer accidents than the one before, in every cell exactly."""
    cells = [
        (sex, nace, "Y25-34", year, people * 0.001 * (2 if sex == "M" else 1) * 0.9 ** (year - 2019), people)
        for sex in "MF"
        for nace, people in (("F", 100_000), ("G", 200_000))
        for year in (2019, 2020, 2021)
    ]
    frame = pd.DataFrame(cells, columns=[*AXES, "accidents", "employed"]).assign(margin="m", flag="")
    return build.from_published("table", frame, {"m": {"dims": AXES, "measures": list(MEASURES)}}, MEASURES)


@pytest.mark.parametrize("terms", ["sex + C(year)", ["sex", "C(year)"]])
def test_years_can_be_categories(years, terms):
    found = wb.regression(years, terms=terms, references={"year": 2019})
    ratios = found.frame.set_index("term_label")["value"]
    assert list(ratios.index) == ["Men" if "Men" in ratios else "Women", "2020", "2021"]
    assert ratios[["2020", "2021"]].tolist() == approx([0.9, 0.81])
    assert "as a whole: rate ratios to 2019: 2021 0.810" in found.summary
    assert found.title.endswith("2019") and found.chart() is not None


def test_years_as_a_number_have_one_ratio_a_year(years):
    found = wb.regression(years, terms="sex * year")
    assert found.frame.set_index("term")["value"]["year"] == approx(0.9)
    assert found.frame["term_label"].str.contains(r"\[").sum() == 0


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ("sex + nase1", "'nase1' is not a known dimension"),
        ("sex + C(yeer)", "'yeer' is not a known dimension"),
        ("sex + log(year)", "is not understood"),
        ("sex + employed", "'employed' is not a known dimension"),
        ("sex +", "is not understood"),
        ("sex*nace1*year*age_group*nuts2*size", "6 names are joined by"),
    ],
)
def test_terms_that_cannot_be_read_are_answered_in_words(years, terms, message):
    with pytest.raises(WorkbenchError, match=message):
        wb.regression(years, terms=terms)


def test_the_small_sample_factor_of_clusters_is_chosen_from_the_question():
    question = wb.Selection(regions={"IT", "ES"}, years=(2019, 2019), severities={"D_GE4"})
    errors = {
        name: wb.regression("esaw_synthetic", question, "sex", cluster="nuts2", errors=name).model.coefficients["error"]
        for name in ("cluster0", "cluster", "cluster1")
    }
    model = wb.regression("esaw_synthetic", question, "sex", cluster="nuts2").model
    groups, n, k = model.clusters, model.n, 2
    assert (errors["cluster"] / errors["cluster0"]).tolist() == approx([(groups / (groups - 1)) ** 0.5] * 2)
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    assert (errors["cluster1"] / errors["cluster0"]).tolist() == approx([factor**0.5] * 2)


def test_the_model_of_a_finding_answers_further_questions(cube):
    found = wb.regression(cube, terms="sex + nace1", references={"sex": "F", "nace1": "G"})
    rates = found.model.average_rates("sex")
    assert rates.loc["M", "value"] / rates.loc["F", "value"] == approx(2)
    smaller = wb.regression(cube, terms="sex", references={"sex": "F"})
    assert len(found.model.residuals()) == found.model.n
    with pytest.raises(ModelError, match="different cells"):
        found.model.against(smaller.model)
    withheld = replace(found.model, fit=None)
    for question in (withheld.residuals, withheld.zeros, withheld.dispersion_test, withheld.fitted_rates):
        with pytest.raises(ModelError, match="Units with few events are withheld from this result"):
            question()


def test_a_model_needs_terms(cube):
    with pytest.raises(Refused, match="Give the terms of the model"):
        wb.regression(cube)


def test_published_rates_are_no_counts():
    rows = pd.DataFrame({"margin": "m", "sex": ["M"], "year": 2023, "rate": [5.0], "flag": ""})
    rates = build.from_published(
        "t",
        rows,
        {"m": {"dims": ["sex", "year"], "measures": ["rate"]}},
        {"rate": Measure("rate", "per 100,000", "none")},
    )
    with pytest.raises(Refused, match="publishes rates without counts.*needs the accidents and the people"):
        wb.regression(rates, terms="sex")


def test_a_sector_without_events_is_answered():
    cells = pd.DataFrame(
        [("M", "F", 5.0), ("F", "F", 4.0), ("M", "G", 0.0), ("F", "G", 0.0)], columns=["sex", "nace", "accidents"]
    )
    cells = cells.assign(year=2020, employed=1000.0, age_group="Y25-34", margin="m", flag="")
    cube = build.from_published("t", cells, {"m": {"dims": AXES, "measures": list(MEASURES)}}, MEASURES)
    with pytest.raises(ModelError, match="Without events are Wholesale and retail trade"):
        wb.regression(cube, terms="sex + nace1")


def test_a_group_without_an_accident_is_left_out_when_that_is_asked_for(years):
    (margin,) = years.margins
    none = pl.when(pl.col("year") == 2021).then(0.0).otherwise(pl.col("accidents"))
    empty = replace(years, margins=(replace(margin, frame=margin.frame.with_columns(accidents=none)),))
    question = {"terms": "sex + C(year)", "references": {"sex": "F", "year": 2019}}
    with pytest.raises(ModelError, match="no finite coefficient fits them"):
        wb.regression(empty, **question)
    with pytest.raises(ModelError, match="There are: refuse, leave_out"):
        wb.regression(empty, **question, separation="keep")
    found = wb.regression(empty, **question, separation="leave_out")
    assert found.frame.set_index("term_label")["value"].to_dict() == approx({"Men": 2, "2020": 0.9})
    assert "Left out because they have no events: " in " ".join(found.notes)


def test_notes_and_refusals_name_groups_by_their_labels(years):
    (margin,) = years.margins
    none = pl.when(pl.col("nace") == "F").then(0.0).otherwise(pl.col("accidents"))
    empty = replace(years, margins=(replace(margin, frame=margin.frame.with_columns(accidents=none)),))
    with pytest.raises(ModelError, match="Without events are Construction: no finite"):
        wb.regression(empty, terms="sex + nace1", references={"nace1": "G"})
    with pytest.raises(ModelError, match="The reference Construction has no events"):
        wb.regression(empty, terms="sex + nace1", references={"nace1": "F"}, separation="leave_out")


def test_cells_of_unknown_codes_without_an_accident_leave_nothing_out():
    rows = [
        (sex, year, 0 if sex == "UNK" else 20 + year % 3) for sex in ("M", "F", "UNK") for year in range(2015, 2023)
    ]
    table = pd.DataFrame(rows, columns=["sex", "year", "accidents"]).assign(employed=1_000)
    found = wb.regression(wb.table(table, columns={"sex": "sex"}), terms="sex")
    assert not any("unknown codes" in note for note in found.notes)
