"""Two rates: against statsmodels and scipy, zero counts, weighted counts, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats
from statsmodels.stats import rates as theirs_of

from workbench.models.comparison import rate_difference, rate_ratio
from workbench.terms.errors import ModelError

events, persons = st.integers(0, 200), st.integers(1, 10_000)


def test_the_exact_limits_invert_the_binomial_ones():
    ratio = rate_ratio(60, 514.775, 30, 543.087)
    low, high = stats.binomtest(60, 90).proportion_ci(0.95, method="exact")
    scale = 543.087 / 514.775
    assert (ratio.low, ratio.high) == approx((low / (1 - low) * scale, high / (1 - high) * scale))
    assert ratio.value == approx(60 / 514.775 / (30 / 543.087))


def test_the_exact_test_agrees_with_statsmodels():
    theirs = theirs_of.test_poisson_2indep(60, 514.775, 30, 543.087, method="exact-cond").pvalue
    assert rate_ratio(60, 514.775, 30, 543.087).p_value == approx(theirs)
    assert rate_difference(60, 514.775, 30, 543.087).p_value == approx(theirs)


def test_log_normal_limits_agree_with_statsmodels():
    ratio = rate_ratio(60, 514.775, 30, 543.087, method="log-normal", level=0.9)
    theirs = theirs_of.confint_poisson_2indep(60, 514.775, 30, 543.087, compare="ratio", method="wald-log", alpha=0.1)
    assert (ratio.low, ratio.high) == approx(theirs)


def test_the_limits_of_a_difference_agree_with_statsmodels():
    found = rate_difference(60, 514.775, 30, 543.087, per=1)
    theirs = theirs_of.confint_poisson_2indep(
        60, 514.775, 30, 543.087, compare="diff", method="mover", method_mover="jeff"
    )
    assert (found.low, found.high) == approx(theirs)


def test_mid_p_limits_solve_their_own_test():
    ratio = rate_ratio(12, 100, 5, 90, method="mid-p")
    for limit in (ratio.low, ratio.high):
        share = limit * 100 / (limit * 100 + 90)
        above = stats.binom.sf(12, 17, share) + stats.binom.pmf(12, 17, share) / 2
        assert 2 * min(above, 1 - above) == approx(0.05, rel=1e-6)


def test_a_comparison_says_what_it_is():
    assert str(rate_ratio(60, 514.775, 30, 543.087)) == (
        "ratio 2.11 (95% CI 1.34 to 3.39, exact (conditional); p < 0.001, conditional exact test)"
    )
    assert str(rate_difference(5, 10_000, 3, 10_000)) == (
        "difference 20.0 per 100,000 (95% CI -38.8 to 83.4, MOVER, Jeffreys limits; p = 0.727, conditional exact test)"
    )
    assert str(rate_ratio(3, 0, 4, 9)) == "ratio missing (no exposure)"


def test_a_group_without_events_still_has_an_interval():
    none = rate_ratio(0, 10, 3, 10)
    assert (none.value, none.low) == (0, 0) and 0 < none.high < np.inf
    other = rate_ratio(3, 10, 0, 10)
    assert other.value == other.high == np.inf and other.low > 0
    log_normal = rate_ratio(0, 10, 3, 10, method="log-normal")
    assert log_normal.high == approx(none.high)
    assert log_normal.method == "exact (conditional): log-normal needs events in both"


def test_no_events_at_all_make_no_ratio_but_a_difference():
    ratio = rate_ratio(0, 10, 0, 10)
    assert np.isnan(ratio.value) and ratio.method == "no events in either group" and ratio.p_value == 1
    difference = rate_difference(0, 10, 0, 10)
    assert difference.value == 0 and difference.low < 0 < difference.high


def test_weighted_counts_use_their_variances():
    ratio = rate_ratio(50.5, 100, 30.0, 90, variance=110.0, reference_variance=70.0)
    error = np.sqrt(110 / 50.5**2 + 70 / 30**2)
    assert np.log([ratio.low, ratio.high]) == approx(np.log(ratio.value) + 1.959964 * error * np.array([-1, 1]))
    assert ratio.p_value == approx(2 * stats.norm.sf(abs(np.log(ratio.value)) / error))
    difference = rate_difference(50.5, 100, 30.0, 90, variance=110.0, reference_variance=70.0)
    plain = rate_difference(50, 100, 30, 90)
    assert difference.high - difference.low > plain.high - plain.low
    assert difference.method == "MOVER, Dobson limits" and difference.test == "z test of the difference"
    nothing = rate_ratio(0, 100, 30.0, 90, variance=0, reference_variance=70.0)
    assert np.isnan(nothing.value) and nothing.method == "no events in a group: no ratio of weighted counts"


@given(events, persons, events, persons)
def test_exchanging_the_groups_turns_the_ratio_over(x1, n1, x2, n2):
    one, other = rate_ratio(x1, n1, x2, n2), rate_ratio(x2, n2, x1, n1)
    if x1 and x2:
        assert (one.value, one.low, one.high) == approx((1 / other.value, 1 / other.high, 1 / other.low))
    assert one.p_value == approx(other.p_value)


@given(events, persons, events, persons)
def test_exchanging_the_groups_turns_the_difference_over(x1, n1, x2, n2):
    one, other = rate_difference(x1, n1, x2, n2), rate_difference(x2, n2, x1, n1)
    assert (one.value, one.low, one.high) == approx((-other.value, -other.high, -other.low))


def test_a_frame_is_what_single_comparisons_are():
    counts, exposure = pd.Series([5, 0, 9], index=list("ABC")), pd.Series([100, 90, 0], index=list("ABC"))
    for function in (rate_ratio, rate_difference):
        frame = function(counts, exposure, 7, 150)
        for label in "AB":
            one = function(counts[label], exposure[label], 7, 150)
            assert frame.loc[label, ["value", "low", "high", "p_value"]].tolist() == approx(
                [one.value, one.low, one.high, one.p_value]
            )
        assert frame.loc["C", ["value", "low", "high", "p_value"]].isna().all()
        assert frame.loc["C", "method"] == "no exposure"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"counts": 2.5}, "Counts of this group are not whole: sums of weights need variance and reference_variance."),
        ({"variance": 3}, "Only one of the two groups has a variance. Give both, or neither."),
        ({"counts": -1}, "In the counts there are negative values"),
        ({"method": "wald"}, "method='wald' is not known. There are: exact, mid-p, log-normal."),
        ({"level": 0}, "level=0 is not a confidence level"),
    ],
)
def test_input_that_cannot_be_compared_is_refused(asked, message):
    whole = {"counts": 2, "exposure": 10, "reference_counts": 3, "reference_exposure": 10} | asked
    with pytest.raises(ModelError, match=message):
        rate_ratio(**whole)


# --- median-unbiased ratios and small p-values


@given(st.integers(1, 60), st.integers(1, 60), persons, persons)
def test_the_median_unbiased_ratio_is_as_often_too_high_as_too_low(x1, x2, n1, n2):
    ratio = rate_ratio(x1, n1, x2, n2)
    share = ratio.median_unbiased * n1 / (ratio.median_unbiased * n1 + n2)
    assert stats.binom.cdf(x1 - 1, x1 + x2, share) + stats.binom.pmf(x1, x1 + x2, share) / 2 == approx(0.5)
    assert rate_ratio(x2, n2, x1, n1).median_unbiased == approx(1 / ratio.median_unbiased)
    assert ratio.low < ratio.median_unbiased < ratio.high


def test_the_median_unbiased_ratio_without_events():
    assert rate_ratio(0, 10, 3, 10).median_unbiased == 0
    assert rate_ratio(3, 10, 0, 10).median_unbiased == np.inf
    assert np.isnan(rate_ratio(0, 10, 0, 10).median_unbiased)
    assert np.isnan(rate_difference(4, 10, 3, 10).median_unbiased)
    frame = rate_ratio(pd.Series([4, 2]), pd.Series([10, 0]), 3, 10)
    assert frame["median_unbiased"].isna().tolist() == [False, True]


@pytest.mark.parametrize("method", ["exact", "mid-p", "log-normal"])
def test_p_values_below_rounding_keep_their_digits_on_both_sides(method):
    high = rate_ratio(900, 1000, 300, 1000, method=method).p_value
    low = rate_ratio(300, 1000, 900, 1000, method=method).p_value
    tail = stats.binom.sf(900, 1200, 0.5) + stats.binom.pmf(900, 1200, 0.5) * (0.5 if method == "mid-p" else 1)
    assert 0 < high < 1e-60
    assert high == approx(2 * tail, rel=1e-6) and low == approx(high, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": "high"}, "level=high is not a confidence level"),
        ({"level": None}, "level=None is not a confidence level"),
        ({"counts": np.inf}, "In the counts there are infinite values"),
        ({"counts": "two"}, "Not all of the counts are numbers. Convert them first."),
        ({"variance": 0, "reference_variance": 3}, "The variance of this group is 0 although there are events."),
        ({"variance": 2, "reference_variance": None}, "Only one of the two groups has a variance."),
        (
            {"counts": pd.Series([1, 2]), "exposure": pd.Series([1.0, 2], [1, 2])},
            "Only the exposure have 2, not the counts",
        ),
        ({"exposure": -4}, "In the exposure there are negative values"),
    ],
)
def test_numbers_that_make_no_comparison_are_refused(change, message):
    groups = {"counts": 2, "exposure": 10, "reference_counts": 3, "reference_exposure": 10} | change
    for function in (rate_ratio, rate_difference):
        with pytest.raises(ModelError, match=message):
            function(**groups)


def test_a_difference_per_nothing_is_refused():
    with pytest.raises(ModelError, match="per=0 is not possible. Give a number above 0."):
        rate_difference(2, 10, 3, 10, per=0)
