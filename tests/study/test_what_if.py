"""Ten years of inspections on the twin: its truth, what policies avert of it, and what they learn."""

import numpy as np
import pytest

import workbench as wb
from workbench.study.twin_truth import truth_cube
from workbench.terms.errors import Refused
from workbench.twin.exposure import AXES
from workbench.twin.truth import truth

TWIN = "esaw_synthetic"
SPAIN = wb.Selection(years=(2022, 2022), regions={"ES"})
DAYS = 60_000


@pytest.fixture(scope="module")
def found() -> wb.Finding:
    return wb.what_if(TWIN, SPAIN, days=DAYS)


def test_the_truth_asked_as_a_cube_is_the_one_that_the_twin_states():
    stated = next(planted for planted in truth(1_000, 1)["truths"] if planted["name"] == "region_excess")
    rate = next(one for one in stated["estimands"] if one["name"] == "rate")
    cube = truth_cube(wb.cube(TWIN), None)
    region = wb.Selection(regions=set(rate["where"]["nuts2"]), severities={"D_GE4"})
    records = wb.counts(cube, region, measure="records").frame["value"].iloc[0]
    employed = wb.rates(cube, region).frame["exposure"].iloc[0]

    assert 100_000 * records / employed == pytest.approx(rate["value"], rel=1e-6)


def test_what_was_drawn_lies_around_the_truth():
    drawn = wb.rates(TWIN, SPAIN, by=["nace1"]).frame.set_index("nace1")
    expected = wb.rates(truth_cube(wb.cube(TWIN), (2022, 2022)), SPAIN, by=["nace1"]).frame.set_index("nace1")
    distance = (drawn["count"] - expected["count"]) / np.sqrt(expected["count"])

    assert distance.abs().max() < 4.5 and len(expected) == len(AXES["nace1"])


def test_ten_years_with_visits_at_random_keep_estimates_right_and_without_they_are_too_high(found):
    last = found.frame[found.frame["year"] == 10].set_index("policy")

    for policy in ("expected_averted", "expected_count"):
        assert abs(last.loc[policy, "bias"]) < 0.05
        assert last.loc[policy, "bias_low"] < 0 < last.loc[policy, "bias_high"]
        assert last.loc[f"{policy}_alone", "bias_low"] > 0.05
        assert last.loc[f"{policy}_alone", "bias"] > 0.15


def test_in_ten_years_expected_harm_gets_most_of_the_oracles_gain_and_last_years_rate_visibly_less(found):
    share = found.model.in_all["share_of_oracle"]

    assert share["expected_averted"] >= 0.8
    assert share["last_year"] <= 0.6


def test_of_deadly_accidents_the_expected_count_gets_most_of_the_oracles_gain_in_a_year_and_last_years_rate_less():
    """Of 390 deaths in 361 groups: last year's rate follows chance."""
    steady = wb.WhatIfAssumptions(years=1, drift=0)
    deadly = wb.what_if(TWIN, SPAIN.but(severities={"FAT"}), days=DAYS, assumptions=steady)
    share = deadly.model.in_all["share_of_oracle"]

    assert share["expected_count"] >= 0.8
    assert share["last_year"] < 0.75


def test_a_row_for_each_policy_and_year_with_limits_is_drawn_and_told(found):
    frame = found.frame

    assert len(frame) == 7 * 10 and found.by == ("policy", "year") and found.synthetic
    assert (frame["low"] < frame["value"]).all() and (frame["value"] < frame["high"]).all()
    assert found.summary.startswith("Synthetic data. 10 years of inspections, Spain, 2022: ")
    assert any(note.startswith("Assumed, not known: rates wander by 10% a year") for note in found.notes)
    assert any(note.startswith("Rates are learnt from what inspectors find") for note in found.notes)
    assert found.chart_spec.kind == "series" and found.chart() is not None
    assert "Oracle" in found.to_csv()


def test_of_real_data_nobody_knows_the_truth():
    with pytest.raises(Refused, match="What if is asked of esaw_synthetic alone"):
        wb.what_if("uk_fatal_injuries", days=100)
