"""Limits of counts and proportions: printed cases, second implementations, properties."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from workbench.models.intervals import (
    COUNT_METHODS,
    PROPORTION_METHODS,
    poisson_limits,
    proportion_limits,
    weighted_limits,
)
from workbench.terms.errors import ModelError

counts = st.floats(0, 5000)


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        ("exact", {2: (0.2422, 7.2247), 5: (1.6235, 11.6683), 20: (12.2165, 30.8884), 50: (37.1110, 65.9188)}),
        ("byar", {2: (0.2246, 7.2209), 5: (1.6113, 11.6682), 20: (12.2114, 30.8899), 50: (37.1081, 65.9202)}),
        ("rothman", {2: (0.3988, 6.4108), 5: (1.8964, 10.9596), 20: (12.6022, 30.2818), 50: (37.5389, 65.3512)}),
        ("jeffreys", {2: (0.4156, 6.4163), 5: (1.9079, 10.9600), 20: (12.6073, 30.2803), 50: (37.5417, 65.3499)}),
    ],
)
def test_limits_of_counts_equal_those_of_r(method, limits):
    for count, expected in limits.items():
        assert [float(part) for part in poisson_limits(count, method=method)] == approx(expected, abs=1.01e-4)


@pytest.mark.parametrize(
    ("method", "limits"),
    [
        (
            "wilson",
            {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)},
        ),
        (
            "exact",
            {(81, 263): (0.2527, 0.3676), (15, 148): (0.0578, 0.1617), (0, 20): (0, 0.1684), (1, 29): (0.0009, 0.1776)},
        ),
    ],
)
def test_limits_of_proportions_equal_those_printed_by_newcombe(method, limits):
    for (count, trials), expected in limits.items():
        assert [float(part) for part in proportion_limits(count, trials, method=method)] == approx(
            expected, abs=1.01e-4
        )


@pytest.mark.parametrize(("method", "theirs"), [("exact", "exact-c"), ("mid-p", "midp-c"), ("jeffreys", "jeff")])
def test_limits_of_counts_agree_with_statsmodels(method, theirs):
    for count in (1, 3, 12, 250):
        for level in (0.9, 0.998):
            ours = [float(part) for part in poisson_limits(count, level=level, method=method)]
            assert ours == approx(confint_poisson(count, 1, method=theirs, alpha=1 - level), rel=1e-6)


@pytest.mark.parametrize(("method", "theirs"), [("wilson", "wilson"), ("exact", "beta")])
def test_limits_of_proportions_agree_with_statsmodels(method, theirs):
    for count, trials in ((0, 7), (3, 11), (11, 11), (420, 1000)):
        ours = [float(part) for part in proportion_limits(count, trials, level=0.9, method=method)]
        assert ours == approx(proportion_confint(count, trials, alpha=0.1, method=theirs), abs=1e-9)


@given(st.integers(1, 2000), st.floats(0.5, 0.999))
def test_exact_limits_leave_half_the_rest_in_each_tail(count, level):
    low, high = poisson_limits(count, level=level)
    assert stats.poisson.sf(count - 1, low) == approx((1 - level) / 2, rel=1e-6)
    assert stats.poisson.cdf(count, high) == approx((1 - level) / 2, rel=1e-6)


@given(counts, st.sampled_from(sorted(COUNT_METHODS)))
def test_limits_enclose_the_count_and_stay_above_zero(count, method):
    low, high = poisson_limits(count, method=method)
    assert 0 <= low <= count + 1e-9 and count < high < np.inf


@given(counts)
def test_exact_limits_are_the_widest(count):
    low, high = poisson_limits(count)
    for method in ("mid-p", "jeffreys"):
        inner = poisson_limits(count, method=method)
        assert low <= inner[0] + 1e-9 and inner[1] <= high + 1e-9


@pytest.mark.parametrize("method", sorted(COUNT_METHODS))
def test_a_zero_count_has_a_lower_limit_of_zero_and_an_upper_above(method):
    low, high = poisson_limits(0, method=method)
    assert low == 0 and high > 2
    if method == "exact":
        assert high == approx(-np.log(0.025))


@pytest.mark.parametrize("method", sorted(COUNT_METHODS))
def test_limits_of_a_missing_count_are_missing(method):
    assert np.isnan(poisson_limits([np.nan, 1.0], method=method)).tolist() == [[True, False], [True, False]]


def test_weights_of_one_give_the_exact_limits():
    for count in (1, 8, 77):
        expected = np.array(poisson_limits(count))
        assert np.array(weighted_limits(count, count)) == approx(expected)
        assert np.array(weighted_limits(count, count, largest=1)) == approx(expected)


def test_equal_weights_scale_the_exact_limits():
    low, high = poisson_limits(12)
    assert np.array(weighted_limits(2.5 * 12, 2.5**2 * 12)) == approx(np.array([2.5 * low, 2.5 * high]))


def test_gamma_limits_of_weighted_counts_follow_fay_and_feuer():
    total, variance, largest = 30.0, 95.0, 5.0
    low, high = weighted_limits(total, variance, largest=largest)
    assert low == approx(stats.gamma.ppf(0.025, total**2 / variance, scale=variance / total))
    mean, spread = total + largest, variance + largest**2
    assert high == approx(stats.gamma.ppf(0.975, mean**2 / spread, scale=spread / mean))


def test_a_weighted_zero_takes_the_largest_weight_there_may_be():
    low, high = weighted_limits(0.0, 0.0, largest=2.5)
    assert low == 0 and high == approx(2.5 * -np.log(0.025))


@given(st.floats(0.5, 1000), st.floats(1, 20))
def test_weights_widen_the_interval(total, mean_weight):
    plain, weighted = poisson_limits(total), weighted_limits(total, total * mean_weight)
    assert weighted[0] <= plain[0] + 1e-9 and weighted[1] >= plain[1] - 1e-9


def test_no_trials_give_no_proportion():
    assert np.isnan(proportion_limits(np.nan, 3, method="exact")).all()
    assert np.isnan(proportion_limits(0, np.nan)).all()


def test_unknown_methods_are_refused():
    with pytest.raises(
        ModelError, match="method='wald' is not known. There are: exact, byar, rothman, mid-p, jeffreys."
    ):
        poisson_limits(3, method="wald")
    with pytest.raises(ModelError, match="method='wald' is not known. There are: wilson, exact."):
        proportion_limits(3, 4, method="wald")


# --- numbers that cannot be


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: poisson_limits([-1]), "In the counts there are -1.0. They must be 0 or more, and finite."),
        (lambda: poisson_limits([3, np.inf]), "In the counts there are inf. They must be 0 or more, and finite."),
        (lambda: poisson_limits("three"), "Not all of the counts are numbers. Convert them first."),
        (lambda: poisson_limits([True]), None),
        (lambda: poisson_limits(np.array([True])), "Not all of the counts are numbers."),
        (lambda: poisson_limits(np.array(["2020"], "datetime64[D]")), "Not all of the counts are numbers."),
        (lambda: poisson_limits(3, level=1), "level=1 is not a confidence level"),
        (lambda: poisson_limits(3, level=np.nan), "level=nan is not a confidence level"),
        (lambda: poisson_limits(3, level="0.95"), "level=0.95 is not a confidence level"),
        (lambda: poisson_limits(3, level=True), "level=True is not a confidence level"),
        (lambda: proportion_limits(5, 3), "There are more counts than trials: 5.0 of 3.0. Are the two exchanged?"),
        (lambda: proportion_limits([1, 9], [2, 4]), "There are more counts than trials: 9.0 of 4.0."),
        (lambda: proportion_limits(-1, 3), "In the counts there are -1.0."),
        (lambda: proportion_limits(1, -3), "In the trials there are -3.0."),
        (lambda: proportion_limits(1, np.inf), "In the trials there are inf."),
        (lambda: weighted_limits(-1, 2), "In the counts there are -1.0."),
        (lambda: weighted_limits(1, -2), "In the variance there are -2.0."),
        (lambda: weighted_limits(1, 0), "The variance of a sum of weights above 0 is not 0"),
        (lambda: weighted_limits(1, 2, largest=0), "The largest weight of a record is above 0."),
        (lambda: weighted_limits(1, 2, largest=-1), "In the largest weights there are -1.0."),
        (lambda: weighted_limits(1, 2, largest=3, method="byar"), "drop the method, or the weight."),
        (lambda: weighted_limits(1, 2, method="wald"), "method='wald' is not known"),
    ],
)
def test_numbers_without_limits_are_refused(call, message):
    if message is None:
        assert np.isfinite(call()).all()  # a plain True in a list is 1, as everywhere in Python
        return
    with pytest.raises(ModelError, match=message):
        call()


def test_no_trials_have_no_limits_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method in PROPORTION_METHODS:
            assert np.isnan(proportion_limits([0.0, np.nan], [0, 4], method=method)).all()


@pytest.mark.parametrize("method", sorted(COUNT_METHODS))
def test_dobsons_limits_take_those_of_the_effective_count_by_any_method(method):
    total, variance = 30.0, 95.0
    effective = total**2 / variance
    low, high = poisson_limits(effective, method=method)
    scale = variance / total
    assert np.array(weighted_limits(total, variance, method=method)) == approx(np.array([scale * low, scale * high]))
    assert np.array(weighted_limits(8, 8, method=method)) == approx(np.array(poisson_limits(8, method=method)))
    assert weighted_limits(0, 0, method=method)[1] == approx(poisson_limits(0, method=method)[1])
