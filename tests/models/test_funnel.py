"""Funnels: exact limits, over-dispersion, lip cancer in Scotland, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.models.funnel import funnel, funnel_limits
from workbench.models.intervals import poisson_limits
from workbench.terms.errors import ModelError

# lip cancer in 56 Scottish districts 1975-80, Clayton & Kaldor (1987)
OBSERVED = """9 39 11 9 15 8 26 7 6 20 13 5 3 8 17 9 2 7 9 7 16 31 11 7 19 15 7 10 16 11 5 3 7 8 11 9 11 8 6 4 10 8 2 6 19
3 2 3 28 6 1 1 1 1 0 0"""
EXPECTED = """1.4 8.7 3 2.5 4.3 2.4 8.1 2.3 2 6.6 4.4 1.8 1.1 3.3 7.8 4.6 1.1 4.2 5.5 4.4 10.5 22.7 8.8 5.6 15.5 12.5 6 9
14.4 10.2 4.8 2.9 7 8.5 12.3 10.1 12.7 9.4 7.2 5.3 18.8 15.8 4.3 14.6 50.7 8.2 5.6 9.3 88.7 19.6 3.4 3.6 5.7 7 4.2 1.8"""
LIPS = pd.DataFrame(
    {"observed": [float(n) for n in OBSERVED.split()], "expected": [float(n) for n in EXPECTED.split()]},
    index=range(1, 57),
)


@pytest.mark.parametrize(
    ("expected", "level", "limits"),
    [
        (10, 0.95, (0.479539, 1.839036)), (10, 0.998, (0.296052, 2.413397)),
        (25, 0.95, (0.647147, 1.476197)), (25, 0.998, (0.493478, 1.785443)),
        (50, 0.95, (0.742219, 1.318375)), (50, 0.998, (0.619179, 1.518838)),
    ],
)  # fmt: skip
def test_the_exact_limits_around_one(expected, level, limits):
    assert np.array(funnel_limits(expected, level=level)) == approx(np.array(limits), abs=1e-6)


def test_poisson_quantiles_are_the_other_limits():
    assert funnel_limits(25, level=0.95, limits="quantiles") == approx((0.64, 1.40))
    assert funnel_limits(25, level=0.998, limits="quantiles") == approx((0.44, 1.68))


def test_the_funnel_of_lip_cancer():
    found = funnel(LIPS["observed"], LIPS["expected"])
    widest = found.frame["signal"][found.frame["signal"].str.endswith("99.8%")]
    assert widest.to_dict() == dict.fromkeys((2, 7, 10), "high 99.8%") | dict.fromkeys(
        (45, 49, 50, 54, 55, 56), "low 99.8%"
    )
    assert (found.dispersion, found.tau_squared) == approx((3.890753, 0.0800304), abs=1e-6)
    adjusted = found.frame["adjusted_signal"]
    assert adjusted[adjusted.str.endswith("99.8%")].to_dict() == {2: "high 99.8%"}
    assert (found.outside, found.adjusted_outside, found.levels) == (9, 1, (0.95, 0.998))
    assert str(found) == (
        "9 of 56 groups are outside the 99.8% limits (exact Poisson limits around 1 (chi-square)); 1 once over-dispersion is "
        "allowed for (phi = 3.89, tau^2 = 0.0800). Below the limit only because so little is expected that it cannot be 0 (see "
        "p_value): 54, 55, 56."
    )


def test_the_columns_hold_the_lines_of_the_plot():
    found = funnel(LIPS["observed"], LIPS["expected"], levels=[0.998, 0.9])
    low, high = funnel_limits(LIPS["expected"], level=0.9)
    assert found.frame["low_90"].to_numpy() == approx(low) and found.frame["high_90"].to_numpy() == approx(high)
    reach = stats.norm.ppf(0.999) * np.sqrt(1 / (4 * LIPS["expected"]) + found.tau_squared)
    assert found.frame["adjusted_high_99.8"].to_numpy() == approx(((1 + reach) ** 2).to_numpy())
    assert found.frame["adjusted_low_99.8"].to_numpy() == approx((np.maximum(1 - reach, 0) ** 2).to_numpy())
    assert "high 90%" in set(found.frame["signal"])


def test_without_over_dispersion_the_adjusted_limits_are_the_plain_ones():
    counts = pd.Series([9.0, 11, 21, 19, 30, 41])
    found = funnel(counts, counts.round(-1))
    assert found.tau_squared == 0 and found.dispersion < 1
    assert found.frame["adjusted_low_95"].tolist() == found.frame["low_95"].tolist()


def test_few_groups_teach_no_over_dispersion():
    found = funnel(pd.Series([9.0, 30]), pd.Series([10.0, 10]))
    assert np.isnan(found.dispersion) and found.tau_squared == 0 and found.outside == 1
    assert str(found).endswith("; too few groups to tell how far groups usually lie apart.")


def test_a_group_without_events_is_below_the_exact_limit_and_told_when_that_is_no_rare_thing():
    counts, expected = pd.Series([0.0, 0.0]), pd.Series([2.0, 20.0])
    found = funnel(counts, expected)
    assert found.frame["signal"].tolist() == ["low 99.8%", "low 99.8%"] and found.frame["z"].notna().all()
    assert found.frame["p_value"].tolist() == approx([2 * np.exp(-2), 2 * np.exp(-20)])
    assert found.note.endswith("it cannot be 0 (see p_value): 0.")
    quantiles = funnel(counts, expected, limits="quantiles")
    assert quantiles.frame["signal"].tolist() == ["", "low 99.8%"] and quantiles.note == ""


def test_the_p_value_is_the_exact_poisson_one():
    found = funnel(LIPS["observed"], LIPS["expected"]).frame
    below = stats.poisson.cdf(LIPS["observed"], LIPS["expected"])
    above = stats.poisson.sf(LIPS["observed"] - 1, LIPS["expected"])
    assert found["p_value"].to_numpy() == approx(np.minimum(2 * np.minimum(below, above), 1))


@given(st.floats(0.2, 1e4), st.floats(1.01, 10))
def test_the_funnel_narrows_as_more_is_expected(expected, times):
    for options in ({}, {"tau_squared": 0.05}):
        small, large = (np.ravel(funnel_limits(e, **options)) for e in (expected, expected * times))
        assert small[0] <= large[0] <= 1 <= large[1] <= small[1]
    inner, outer = funnel_limits(expected, level=0.95), funnel_limits(expected, level=0.998)
    assert outer[0] <= inner[0] and inner[1] <= outer[1]


@given(st.integers(1, 500))
def test_the_limits_at_whole_numbers_are_garwoods(expected):
    assert np.array(funnel_limits(expected)) == approx(np.array(poisson_limits(expected)) / expected)


def test_labels_are_matched_and_arguments_stay():
    before = LIPS.copy()
    shuffled = funnel(LIPS["observed"].sample(frac=1, random_state=1), LIPS["expected"])
    assert shuffled.frame.loc[LIPS.index, "z"].tolist() == approx(
        funnel(LIPS["observed"], LIPS["expected"]).frame["z"].tolist()
    )
    pd.testing.assert_frame_equal(LIPS, before)


@pytest.mark.parametrize(
    ("counts", "expected", "options", "message"),
    [
        ([1, None], [1, 1], {}, "In the counts there are missing values: 1"),
        ([1, 2], [1, 0], {}, "Nothing is expected of 1, so there is no ratio. Leave them out."),
        ([], [], {}, "Nothing is expected of no groups"),
        ([1, -2], [1, 1], {}, "In the counts there are negative values: 1"),
        ([1, 2], [1, 1], {"levels": [95]}, "level=95 is not a confidence level"),
        ([1, 2], [1, 1], {"limits": "sigma"}, "limits='sigma' is not known. There are: exact, quantiles."),
    ],
)
def test_groups_without_a_funnel_are_refused(counts, expected, options, message):
    with pytest.raises(ModelError, match=message):
        funnel(pd.Series(counts, dtype=float), pd.Series(expected, dtype=float), **options)
