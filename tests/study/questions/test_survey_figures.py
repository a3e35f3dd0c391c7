import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.models.survey import Convention, survey_means, survey_quantiles, survey_ratios
from workbench.models.survey_design import StageColumns, survey_design
from workbench.models.survey_replicates import Replicates
from workbench.terms.places import bundled

CODEBOOK = (bundled("catalogs") / "codebooks" / "workers_made_up.yml").read_text()
FILE = bundled("catalogs") / "data" / "workers_made_up.csv"


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    frame = pd.read_csv(FILE)
    return frame.assign(stratum=frame["wave"].astype(str) + frame["region"] + frame["size"], all="all")


@pytest.fixture(scope="module")
def design(raw):
    stage = StageColumns(strata=raw["stratum"], units=raw["firm"], population=raw["firms"])
    return survey_design(raw["weight"], [stage])


@pytest.fixture
def opened(tmp_path):
    """Opens the made-up survey, its codebook or its answers changed."""

    def opened(codebook: str = CODEBOOK, frame: pd.DataFrame | None = None) -> object:
        (tmp_path / "mine.yml").write_text(codebook)
        (pd.read_csv(FILE) if frame is None else frame).to_csv(tmp_path / "mine.csv", index=False)
        return wb.survey_table(tmp_path / "mine.csv", codebook=tmp_path / "mine.yml")

    return opened


def one(finding) -> pd.Series:
    assert len(finding.frame) == 1
    return finding.frame.iloc[0]


def test_a_percentile_is_the_weighted_quantile_with_its_limits(raw, design):
    found = one(wb.survey("workers_made_up", question="hours", statistic="p90"))
    expected = survey_quantiles(raw["hours"], raw["all"], design, Convention(), p=0.9).iloc[0]
    assert tuple(found[["value", "low", "high"]]) == approx(tuple(expected[["value", "low", "high"]]))
    assert found["unit"] == "hours a week"


def test_a_ratio_is_the_total_of_one_answer_over_that_of_a_number(raw, design):
    found = wb.survey("workers_made_up", question=["accident", "hours"], answer="Yes", statistic="ratio", by="sex")
    accident = (raw["accident"] == 1).astype(float).where(raw["accident"] <= 2)
    expected = survey_ratios(accident, raw["hours"], raw["sex"], design, Convention())
    assert found.frame["value"].tolist() == approx(expected["value"].tolist())
    assert found.frame["se"].tolist() == approx(expected["se"].tolist())
    assert "over How many hours" in found.summary and found.frame["unit"].unique().tolist() == ["per hours"]
    assert any(note.startswith("Divided by: “How many hours") for note in found.notes)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"question": "hours", "statistic": "p0"}, "not a known statistic"),
        ({"question": "hours", "statistic": "p100"}, "percentiles such as p90"),
        ({"question": "wears", "statistic": "p90"}, "one of 2 answers, which have no p90"),
        ({"question": "hours", "statistic": "ratio"}, "A ratio is of two questions"),
        ({"question": ["wears", "told"], "answer": "Yes", "statistic": "ratio"}, "A ratio is of two questions"),
        ({"question": ["wears", "hours"], "statistic": "ratio"}, "A ratio is of two questions"),
    ],
)
def test_statistics_that_answers_do_not_have_are_refused(asked, refusal):
    with pytest.raises(wb.WorkbenchError, match=refusal):
        wb.survey("workers_made_up", **asked)


def test_all_answers_are_tested_together():
    found = wb.survey("workers_made_up", by="size", question="strain")
    assert found.model.independence.numerator_df > 3
    assert any("Rao-Scott F" in note for note in found.notes)


REPLICATED = {
    "BRR": "method: BRR",
    "Fay": "method: Fay, fay: 0.3",
    "JKn": "method: JKn, scales: [0.9, 0.9, 0.8, 0.8, 0.7, 0.7]",
    "bootstrap": "method: bootstrap",
    "SDR": "method: SDR",
}


@pytest.mark.parametrize("method", REPLICATED)
def test_replicate_weights_of_a_file_make_errors_tests_and_trends(opened, raw, method):
    columns = [f"r{i}" for i in range(6)]
    made = raw["weight"].to_numpy()[:, None] * (1 + ((raw["firm"].to_numpy()[:, None] * np.arange(1, 7)) % 7 - 3) / 6)
    frame = pd.read_csv(FILE).assign(**dict(zip(columns, made.T, strict=True)))
    table = opened(f"{CODEBOOK}\nreplicates: {{columns: [{', '.join(columns)}], {REPLICATED[method]}}}\n", frame)
    found = wb.survey(table, by="size", question="wears", answer="Yes")
    options = {"fay": 0.3} if method == "Fay" else {}
    scales = {"scales": (0.9, 0.9, 0.8, 0.8, 0.7, 0.7)} if method == "JKn" else {}
    expected = survey_means(
        (raw["wears"] == 1).astype(float).where(raw["wears"] <= 2),
        raw["size"],
        survey_design(raw["weight"], replicates=Replicates(weights=made, method=method, **options, **scales)),
        Convention(),
    )
    assert found.frame.set_index("size")["se"].to_dict() == approx(expected["se"].to_dict())
    assert any(f"replicate weights ({method})" in note for note in found.notes)
    assert any("rank of the replicate weights less one" in note for note in found.notes)
    assert found.model.trend["se"] > 0


def test_weights_fitted_to_known_shares_keep_their_sum_and_have_these_shares(raw):
    options = wb.SurveyOptions(
        calibrate={"sex": {"F": 0.6, "M": 0.4}, "size": dict.fromkeys(raw["size"].unique(), 0.25)}
    )
    found = wb.survey("workers_made_up", by="sex", question="hours", statistic="mean", options=options)
    people = found.frame.set_index("sex")["people"]
    assert people["F"] / people.sum() == approx(0.6)
    assert people.sum() == approx(raw["weight"].sum())
    assert any("fitted to known totals of sex, size (raking)" in note for note in found.notes)


def test_numbers_of_a_group_whose_total_is_known_have_no_error_left():
    totals = {"sex": {"F": 500_000, "M": 700_000}}
    options = wb.SurveyOptions(calibrate=totals, calibration="linear")
    late = wb.Selection(years=(2025, 2025))
    found = wb.survey("workers_made_up", late, "sex", question="hours", statistic="mean", options=options).frame
    assert found.set_index("sex")["people"].to_dict() == approx(totals["sex"])
    share = wb.survey("workers_made_up", late, question="wears", answer="Yes", options=options)
    plain = wb.survey("workers_made_up", late, question="wears", answer="Yes")
    assert one(share)["se"] != approx(one(plain)["se"], rel=1e-6)


def test_a_weight_of_the_sample_that_is_fitted_to_people_makes_totals(opened):
    frame = pd.read_csv(FILE)
    frame["weight"] *= len(frame) / frame["weight"].sum()
    asked = {"question": "wears", "answer": "Yes", "statistic": "total", "by": "year"}
    table = opened(CODEBOOK.replace("purpose: population", "purpose: design"), frame)
    with pytest.raises(wb.WorkbenchError, match="adds up to the number of respondents"):
        wb.survey(table, **asked)
    options = wb.SurveyOptions(calibrate={"sex": {"F": 500_000, "M": 500_000}})
    found = wb.survey(table, **asked, options=options).frame
    share = wb.survey(table, question="wears", answer="Yes", by="year", options=options).frame
    assert found["value"].between(0.9 * share["value"] * 1e6, share["value"] * 1e6).all()


@pytest.mark.parametrize(
    ("totals", "refusal"),
    [
        ({"sex": {"F": 1.0}}, "sex has respondents in M, of which no total is given"),
        ({"sex": {"F": 1, "M": "many"}}, "Known totals are numbers"),
        ({"nace1": {"F": 1.0}}, "cannot be divided by"),
    ],
)
def test_known_totals_that_do_not_fit_are_refused(totals, refusal):
    with pytest.raises(wb.WorkbenchError, match=refusal):
        wb.survey("workers_made_up", question="wears", options=wb.SurveyOptions(calibrate=totals))


def test_conventions_of_r_and_stata_differ_in_degrees_of_freedom_which_are_printed():
    asked = {"by": "size", "question": "wears", "answer": "Yes"}
    r = wb.survey("workers_made_up", **asked, options=wb.SurveyOptions.like("R"))
    stata = wb.survey("workers_made_up", **asked, options=wb.SurveyOptions.like("Stata"))
    assert (r.frame["df"].unique(), stata.frame["df"].unique()) == ([42], [168])
    assert r.frame["se"].tolist() == approx(stata.frame["se"].tolist())
    assert any("Student's t with 42 degrees of freedom" in note and "as R" in note for note in r.notes)
    assert any("Student's t with 168 degrees of freedom" in note and "as Stata" in note for note in stata.notes)


@pytest.mark.parametrize(
    ("program", "word", "policy"),
    [
        ("R", "adjust", "centre"),
        ("R", "average", "average"),
        ("Stata", "scaled", "average"),
        ("Stata", "missing", "fail"),
    ],
)
def test_policies_of_lonely_units_are_taken_in_the_words_of_r_and_stata(program, word, policy):
    assert wb.SurveyOptions.like(program, lonely=word).lonely == policy


def test_another_program_or_word_is_refused():
    with pytest.raises(wb.WorkbenchError, match="R, Stata"):
        wb.SurveyOptions.like("SAS")
    with pytest.raises(wb.WorkbenchError, match="certainty"):
        wb.SurveyOptions.like("R", lonely="scaled")


def test_how_each_respondent_was_asked_is_kept_and_a_new_way_is_a_break(opened, raw):
    frame = pd.read_csv(FILE).assign(how=np.where(raw["wave"].eq(2025) & (raw["firm"] % 2 == 0), 2, 1))
    table = opened(CODEBOOK + "\nmode_column: how\nmode_labels: {1: face to face, 2: online}\n", frame)
    assert set(table.frame["mode"]) == {"face to face", "online"}
    with pytest.raises(wb.WorkbenchError, match="2022: face to face, 2025: face to face/online"):
        wb.survey(table, by="year", question="wears", answer="Yes")
    with pytest.raises(wb.WorkbenchError, match="face to face/online"):  # both waves together mix the ways too
        wb.survey(table, question="wears", answer="Yes")
    assert len(wb.survey(table, wb.Selection(years=(2025, 2025)), question="wears", answer="Yes").frame) == 1
    options = wb.SurveyOptions(across_modes=True)
    assert len(wb.survey(table, by="year", question="wears", answer="Yes", options=options).frame) == 2


def test_effects_of_a_regression_are_differences_of_shares_with_limits():
    found = wb.survey_regression("workers_made_up", question="wears", answer="Yes", terms="size")
    shares = wb.survey("workers_made_up", by="size", question="wears", answer="Yes").frame["value"]
    assert found.frame["effect"].tolist() == approx((shares.iloc[1:] - shares.iloc[0]).tolist())
    assert (found.frame["effect_low"] < found.frame["effect"]).all()
    assert any("average marginal effects on the share" in note for note in found.notes)
    ordinal = wb.survey_regression("workers_made_up", question="strain", terms="sex", family="ordinal")
    assert len(ordinal.model.effects) == 4 and any("share of “Always”" in note for note in ordinal.notes)
    poisson = wb.survey_regression("workers_made_up", question="hours", terms="sex", family="poisson")
    means = wb.survey("workers_made_up", by="sex", question="hours", statistic="mean").frame.set_index("sex")["value"]
    assert poisson.frame["effect"].tolist() == approx([means["F"] - means["M"]])


@pytest.mark.slow
def test_a_million_respondents_are_read_and_answered(opened, raw):
    times = 1_000_000 // len(raw) + 1
    frame = pd.concat([pd.read_csv(FILE)] * times, ignore_index=True).iloc[:1_000_000]
    frame["firm"] += 1_000 * (np.arange(len(frame)) // len(raw))  # firms of their own, so that strata have many
    frame["firms"] = 10_000_000
    found = wb.survey(opened(frame=frame), by="size", question="wears", answer="Yes").frame
    small = wb.survey("workers_made_up", by="size", question="wears", answer="Yes").frame
    assert found["value"].tolist() == approx(small["value"].tolist(), abs=1e-3)
    assert found["exposure"].sum() == approx(times * small["exposure"].sum(), rel=1e-2)
    assert (found["se"] < small["se"] / 20).all()


def test_one_unit_in_a_stratum_is_refused_with_the_policies_and_each_of_them_answers(opened, raw):
    alone = pd.read_csv(FILE)
    first = alone.loc[alone["region"].eq("AT1") & alone["size"].eq("E5-9") & alone["wave"].eq(2022), "firm"].unique()
    table = opened(frame=alone[~alone["firm"].isin(first[1:])])
    with pytest.raises(
        wb.WorkbenchError, match=r"1 stratum has one sampling unit.*lonely=: certainty, centre, average"
    ):
        wb.survey(table, question="wears", answer="Yes")
    found = [
        one(wb.survey(table, question="wears", answer="Yes", options=wb.SurveyOptions(lonely=policy)))
        for policy in ("certainty", "centre", "average")
    ]
    assert len({row["value"] for row in found}) == 1 and found[0]["se"] < found[1]["se"]


def test_a_file_without_strata_or_sampling_units_says_which_way_its_errors_are_wrong(opened):
    without_strata = opened(CODEBOOK.replace("strata: region*size\n", "").replace("population_units: firms\n", ""))
    notes = wb.survey(without_strata, question="wears", answer="Yes").notes
    assert any("no strata: errors are rather too large" in note for note in notes)
    weights_only = CODEBOOK.replace("strata: region*size\n", "").replace("psu: firm\n", "")
    notes = wb.survey(opened(weights_only.replace("population_units: firms\n", "")), question="wears").notes
    assert any("errors are approximate and rather too small" in note for note in notes)


def test_regions_of_three_levels_and_another_edition_are_told_apart_and_counted(opened):
    frame = pd.read_csv(FILE)
    frame["region"] = "AT1"
    frame.loc[:99, "region"] = "AT"
    frame.loc[100:199, "region"] = "AT11"
    frame.loc[200:249, "region"] = "FR21"  # of NUTS 2010 and 2013, no longer of 2021
    table = opened(CODEBOOK.replace("strata: region*size\n", "").replace("population_units: firms\n", ""), frame)
    assert any("nuts does not know (FR21)" in note and "2010, 2013" in note for note in table.notes)
    by_region = wb.survey(table, by="nuts2", question="wears", answer="Yes")
    assert by_region.frame["nuts2"].tolist() == ["AT11"]
    assert any("1,244 of 1,344 respondents are in no group by nuts2" in note for note in by_region.notes)
    assert wb.survey(table, by="nuts0", question="wears", answer="Yes").frame["nuts0"].tolist() == ["AT"]


def test_cells_that_are_published_empty_are_missing_and_counted():
    """EU-OSHA leaves 46 % of the cells of agriculture empty: too few establishments answered."""
    selection = wb.Selection(sectors={"A"}, where={"question": {"E3Q310_6"}, "answer": {"Yes"}})
    found = wb.counts("esener_2019", selection, ["nuts0"])
    empty = found.frame["value"].isna()
    assert 0 < empty.sum() < len(found.frame) and found.frame.loc[empty, "state"].eq("missing").all()
    assert any(f"{empty.sum()} of {len(found.frame)} values are missing" in note for note in found.notes)


def test_a_question_that_the_codebook_lacks_is_named_with_those_it_has(opened):
    table = opened(CODEBOOK.replace("  strain:\n", "  back:\n    column: strain\n"))
    with pytest.raises(wb.WorkbenchError, match=r"'strain' is not a known question .*There are: wears, told, back"):
        wb.survey(table, question="strain")
    assert wb.survey(table, question="back").frame["answer"].nunique() == 4
