import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.models.decomposition import decompose
from workbench.terms.errors import ModelError, Refused

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
MARGIN = {"m": {"dims": ["sex", "nace", "year"], "measures": ["accidents", "employed"]}}
MEN, WOMEN = wb.Selection(sexes={"M"}), wb.Selection(sexes={"F"})


def table(*cells):
    frame = pd.DataFrame(cells, columns=["sex", "nace", "accidents", "employed"])
    return build.from_published("table", frame.assign(year=2023, flag="", margin="m"), MARGIN, MEASURES)


@pytest.fixture(scope="module")
def cube():
    """Men and women of equal rates in each sector, men half in construction, women one in twenty."""
    return table(("M", "F", 300, 10_000), ("M", "G", 100, 10_000), ("F", "F", 30, 1_000), ("F", "G", 190, 19_000))


def test_equal_rates_leave_all_of_the_difference_to_the_structure(cube):
    found = wb.decompose(cube, MEN, WOMEN)
    value = found.frame.set_index("term")["value"]
    assert value["difference"] == approx(2000 - 1100)
    assert value["structure"] == approx(900)
    assert value["rates"] == approx(0, abs=1e-9)
    assert (
        found.frame[["count", "exposure", "reference_count", "reference_exposure"]].iloc[0]
        == [400, 20_000, 220, 20_000]
    ).all()
    assert "Men, 2023: 2,000.0 per 100,000 employed; women, 2023: 1,100.0" in found.summary
    assert "from another structure by sector (NACE section)" in found.summary
    assert found.question.startswith("Difference from women, 2023, men, 2023")


def test_the_parts_are_those_of_the_model_on_plain_series():
    cube = table(("M", "F", 300, 10_000), ("M", "G", 140, 10_000), ("F", "F", 20, 1_000), ("F", "G", 190, 19_000))
    found = wb.decompose(cube, MEN, WOMEN, level=0.9)
    counts = {"M": [300, 140], "F": [20, 190]}
    people = {"M": [10_000, 10_000], "F": [1_000, 19_000]}
    series = [pd.Series(part, index=["F", "G"], dtype=float) for sex in "MF" for part in (counts[sex], people[sex])]
    plain = decompose(*series, level=0.9).parts.loc[["total", "rate", "structure"]]
    assert found.frame[["value", "low", "high"]].to_numpy() == approx(plain.to_numpy())
    assert (found.frame["level"] == 0.9).all()


def test_the_other_way_round_is_the_difference_with_its_sign_turned(cube):
    one, other = wb.decompose(cube, MEN, WOMEN).frame, wb.decompose(cube, WOMEN, MEN).frame
    assert list(one["value"]) == approx(list(-other["value"]), abs=1e-9)
    assert list(one["low"]) == approx(list(-other["high"]), abs=1e-9)


def test_weighted_records_have_the_wider_limits_of_their_weights():
    counts, people = pd.Series({"F": 300.0, "G": 140.0}), pd.Series({"F": 10_000.0, "G": 10_000.0})
    plain = decompose(counts, people, counts / 2, people)
    weighted = decompose(counts, people, counts / 2, people, variance=counts * 4, reference_variance=counts * 2)
    reach = (plain.parts["high"] - plain.parts["low"]) * 2
    assert list(weighted.parts["high"] - weighted.parts["low"]) == approx(list(reach))


def test_a_sector_with_people_on_one_side_only_is_named():
    cube = table(("M", "F", 300, 10_000), ("M", "G", 100, 10_000), ("F", "G", 190, 19_000))
    with pytest.raises(ModelError, match="F have no exposure in one of the groups"):
        wb.decompose(cube, MEN, WOMEN)


def test_a_sector_that_is_missing_on_one_side_is_left_out_of_both_and_named(cube):
    gaps = table(
        ("M", "F", 300, 10_000), ("M", "G", 100, 10_000), ("M", "B", 5, 100),
        ("F", "F", 30, 1_000), ("F", "G", 190, 19_000), ("F", "B", None, 20),
    )  # fmt: skip
    found, whole = wb.decompose(gaps, MEN, WOMEN), wb.decompose(cube, MEN, WOMEN)
    assert list(found.frame["value"]) == approx(list(whole.frame["value"]), abs=1e-9)
    assert "one of them has no count or no people there: Mining and quarrying." in " ".join(found.notes)


def test_mistakes_are_answered(cube):
    with pytest.raises(Refused, match="Give the dimensions of the strata"):
        wb.decompose(cube, MEN, WOMEN, by=[])
    published = pd.DataFrame({"margin": "m", "sex": ["M"], "nace": ["F"], "year": 2023, "rate": [5.0], "flag": ""})
    rates = build.from_published(
        "rates",
        published,
        {"m": {"dims": ["sex", "nace", "year"], "measures": ["rate"]}},
        {"rate": Measure("rate", "rate", how="none")},
    )
    with pytest.raises(Refused, match="rates publishes rates without counts.*needs the accidents and the people"):
        wb.decompose(rates, MEN, WOMEN)


def test_accidents_of_unknown_strata_are_left_out_and_told_where_there_are_any(cube):
    known = [("M", "F", 300, 10_000), ("M", "G", 100, 10_000), ("F", "F", 30, 1_000), ("F", "G", 190, 19_000)]
    found = wb.decompose(table(*known, ("M", "UNK", 7, 1_000), ("F", "UNK", 0, 1_000)), MEN, WOMEN, ["nace1"])
    plain = wb.decompose(cube, MEN, WOMEN, ["nace1"])
    assert found.frame["value"].tolist() == approx(plain.frame["value"].tolist())
    assert [note for note in found.notes if "unknown" in note] == [
        "7 accidents of unknown sector (NACE section) are left out, men, 2023."
    ]
    assert not any("unknown" in note for note in plain.notes)


def test_two_countries_of_the_twin_differ_by_their_rates_and_it_draws():
    question = wb.Selection(regions={"ES"}, years=(2019, 2019), severities={"D_GE4"})
    found = wb.decompose("esaw_synthetic", question, question.but(regions={"IT"}), ["nace1", "age_group"])
    value = found.frame.set_index("term")["value"]
    crude = [wb.rates("esaw_synthetic", question.but(regions={r})).frame["value"].iloc[0] for r in ("ES", "IT")]
    assert value["difference"] == approx(crude[0] - crude[1])
    assert value["rates"] + value["structure"] == approx(value["difference"])
    assert found.synthetic and found.summary.startswith("Synthetic data. Spain, 2019")
    assert found.chart().title.text.startswith("Spain, 2019")
