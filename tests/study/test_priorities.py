"""Priorities of groups: the order of expected harm, weights that are the reader's, no first place by noise."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.models.rank_sets import rank_sets
from workbench.terms.errors import ModelError, Refused

TWIN = "esaw_synthetic"
SOUTH = wb.Selection(years=(2021, 2022), regions={"ES", "IT"})


@pytest.fixture(scope="module")
def found() -> wb.Finding:
    return wb.priorities(TWIN, SOUTH, by=["nace1", "nuts0"])


def test_with_rate_and_people_the_order_is_that_of_expected_accidents(found):
    frame = found.frame

    assert len(frame) == 38 and frame["expected"].corr(frame["value"], method="spearman") > 0.99
    of_mean_group = frame["expected"] / frame["value"]  # the same for all but for the posterior's skewness
    assert of_mean_group.to_numpy() == pytest.approx(of_mean_group.median(), rel=0.05)


def test_it_says_whose_weights_they_are_what_would_change_and_that_it_is_synthetic(found):
    assert found.summary.startswith("Synthetic data. Priority, Spain, Italy, 2021 to 2022: first ")
    assert any(note.startswith("Weights, which are the reader's: rate 1.00, people 1.00.") for note in found.notes)
    assert any("would be among the first 10" in note for note in found.notes)


def test_places_are_given_with_the_order_and_hold_the_rank(found):
    frame = found.frame

    assert (frame["place_low"] <= frame["rank"].round() + 1).all()
    assert (frame["place_low"] <= frame["place_high"]).all()
    assert frame["place_low"].iloc[0] == 1


def test_sets_of_places_have_the_errors_of_the_scores_at_every_level():
    people = pd.DataFrame({"nace1": list("ACFHQS"), "accidents": [90, 200, 218, 236, 255, 275], "employed": [9e3] * 6})
    mine = wb.table(people, name="six", sensitivity="aggregate")
    wide, narrow = (wb.priorities(mine, by=["nace1"], level=level).frame.set_index("nace1") for level in (0.95, 0.5))
    errors = np.log(wide["high"] / wide["low"]) / 3.92
    by_hand = rank_sets(np.log(narrow["value"]), errors.reindex(narrow.index), level=0.5, draws=1_000).frame

    assert narrow["place_low"].to_dict() == by_hand["low"].to_dict()
    assert narrow["place_high"].to_dict() == by_hand["high"].to_dict()
    assert (narrow["place_high"] > narrow["place_low"]).any()


def test_a_tiny_group_with_one_accident_does_not_lead():
    people = pd.DataFrame(
        {"nace1": list("ACFHQ"), "accidents": [1, 300, 200, 90, 40], "employed": [4, 9e3, 8e3, 9e3, 9e3]}
    )
    mine = wb.table(people, name="tiny", sensitivity="aggregate")
    rates = wb.priorities(mine, by=["nace1"], weights={"rate": 1})

    assert rates.frame["nace1"].iloc[0] != "A"
    assert rates.frame.set_index("nace1").loc["A", "rank_high"] >= 4


def test_evidence_of_ones_own_counts_with_its_weight_and_gaps_are_named():
    survey = pd.Series({"F": 0.4, "C": 0.1})
    plain = wb.priorities(TWIN, SOUTH, by=["nace1"], weights={"rate": 1})
    found = wb.priorities(TWIN, SOUTH, by=["nace1"], weights={"rate": 1, "dust": 2}, evidence={"dust": survey})
    ratio = found.frame.set_index("nace1")["value"] / plain.frame.set_index("nace1")["value"]

    assert ratio["F"] == pytest.approx((0.4 / 0.25) ** 2)
    assert ratio["C"] == pytest.approx((0.1 / 0.25) ** 2)
    assert ratio["H"] == pytest.approx(1)
    assert any(note.startswith("No data on dust for ") for note in found.notes)


def test_severity_and_trend_are_criteria_where_the_data_allow_them():
    years = wb.Selection(years=(2014, 2022))
    found = wb.priorities(TWIN, years, by=["nuts0"], weights={"fatal": 1, "trend": 1})

    assert {"adds_fatal", "adds_trend"} <= set(found.frame)
    assert np.isfinite(found.frame["value"]).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"weights": {"trend": 1}},
            "do not allow the criterion trend: .*four years",
        ),
        ({"weights": {"beauty": 1}}, "no criterion beauty"),
        ({"weights": {"rate": 0}}, "All weights are 0"),
        ({"evidence": {"rate": pd.Series({"F": 1.0})}}, "criterion of its own"),
        ({"evidence": {"dust": pd.Series({"ZZ": 1.0})}, "weights": {"dust": 1}}, "No code of dust"),
        ({"evidence": {"dust": pd.Series(dtype=float)}, "weights": {"dust": 1}}, "pandas Series"),
        ({"by": ["severity"]}, "severity"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_the_reason(options, words):
    with pytest.raises((Refused, ModelError), match=words):
        wb.priorities(TWIN, wb.Selection(years=(2021, 2022)), **({"by": ["nace1"]} | options))


def employers():
    frame = pd.DataFrame({"company": list("abc"), "accidents": [9, 30, 20], "employed": [900, 800, 900]})
    return wb.table(frame, name="employers", columns={"company": "company"}, sensitivity="aggregate")


@pytest.mark.parametrize("ask", [wb.priorities, lambda *what, **how: wb.programme(*what, days=100, **how)])
def test_single_employers_are_scored_on_a_recorded_legal_ground_alone(ask):
    with pytest.raises(Refused, match="company divides by single employers"):
        ask(employers(), by=["company"])
    found = ask(employers(), by=["company"], safeguards=wb.Safeguards(legal_ground="Act on inspections, article 5"))

    assert "Single employers are scored, on the legal ground: Act on inspections, article 5." in found.notes


@pytest.mark.parametrize("ask", [wb.priorities, lambda *what, **how: wb.programme(*what, days=4_000, **how)])
def test_who_is_never_targeted_is_kept_out_with_the_reason_and_moves_no_other_rate(ask):
    plain = ask(TWIN, SOUTH, by=["nace1"]).frame.set_index("nace1")["expected"]
    found = ask(TWIN, SOUTH, by=["nace1"], safeguards=wb.Safeguards(never={"nace1": {"O": "another inspectorate"}}))

    assert "Never targeted, kept out: O (another inspectorate)." in found.notes
    kept = found.frame.set_index("nace1")["expected"]
    assert "O" in plain and "O" not in kept
    assert kept.sort_index().to_numpy() == pytest.approx(plain.drop("O").sort_index().to_numpy())


@pytest.mark.parametrize(
    ("never", "words"),
    [({"nace1": {"O": ""}}, "has a reason"), ({"nuts2": {"ES11": "why"}}, "the groups are by nace1")],
)
def test_a_stop_list_that_says_no_reason_or_fits_no_dimension_is_refused(never, words):
    with pytest.raises(Refused, match=words):
        wb.priorities(TWIN, SOUTH, by=["nace1"], safeguards=wb.Safeguards(never=never))


def test_published_rates_have_no_accidents_to_expect():
    with pytest.raises(Refused, match="without counts"):
        wb.priorities("uk_fatal_injuries", by=["nuts1"])


def test_the_same_seed_gives_the_same_order(found):
    again = wb.priorities(TWIN, SOUTH, by=["nace1", "nuts0"])
    pd.testing.assert_frame_equal(again.frame, found.frame)


@pytest.mark.mirror
def test_italys_regions_are_put_in_order_from_the_publishers_file(mirror):
    found = wb.priorities("inail_regions", wb.Selection(years=(2023, 2023)), by=["nuts2"])

    assert found.frame["nuts2"].iloc[0] == "ITC4"  # Lombardia, with most people at work
    assert len(found.frame) == 20 and not found.synthetic


@pytest.mark.mirror
def test_spains_regions_and_sectors_are_put_in_order_from_its_rates_and_the_people_of_the_labour_force_survey(mirror):
    """Spain publishes rates without counts: they are turned into expected accidents by the people employed."""
    year = wb.Selection(years=(2022, 2022))
    rates = wb.rates("spain_atr", year, by=["nuts2", "nace1"]).frame
    people = wb.counts("spain_epa", year, by=["nuts2", "nace1"]).frame
    joined = rates.merge(people, on=["nuts2", "nace1"], suffixes=("", "_people")).dropna(
        subset=["value", "value_people"]
    )
    table = joined[["nuts2", "nace1"]].assign(
        accidents=(joined["value"] / 100_000 * joined["value_people"]).round(), employed=joined["value_people"]
    )
    mine = wb.table(table, name="spain", sensitivity="aggregate")
    found = wb.priorities(mine, by=["nace1", "nuts2"])

    assert len(found.frame) > 15
    assert found.frame["expected"].iloc[0] == pytest.approx(found.frame["count"].iloc[0], rel=0.05)
