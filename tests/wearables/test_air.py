"""Substances in the air: averages, values below detection, EN 689, and how often the tolerance limit holds."""

import numpy as np
import pytest
from pytest import approx
from scipy import optimize, stats

from workbench.terms.errors import ModelError
from workbench.wearables.exposure import air
from workbench.wearables.exposure.similar_group import (
    bayesian_percentile,
    censored_factor,
    en689,
    tolerance_factor,
    tolerance_limit,
)

FACTORS = {
    6: 2.187,
    7: 2.120,
    8: 2.072,
    9: 2.035,
    10: 2.005,
    12: 1.961,
    15: 1.917,
    20: 1.870,
    30: 1.820,
}
VALUES = np.array([0.5, 0.9, 1.4, 0.7, 2.2, 1.1, 0.6, 1.8, 0.8, 1.3])


@pytest.mark.parametrize(("n", "factor"), FACTORS.items())
def test_the_factors_of_en_689_to_three_decimals(n, factor):
    assert round(tolerance_factor(n), 3) == approx(factor, abs=5e-4)


def test_averages_over_a_shift_and_over_a_quarter_of_an_hour():
    assert air.shift_average([10, 2], [120, 360]) == approx(4.0)
    minutes = np.ones(60)
    minutes[20:35] = 5
    assert air.short_term(minutes) == approx(5)
    minutes[22] = np.nan  # over a minute that is not known no mean is formed
    assert air.short_term(minutes) == approx((12 * 5 + 3) / 15)
    assert np.isnan(air.short_term([np.nan, 1] * 20))
    with pytest.raises(ModelError, match="needs 15 minutes"):
        air.short_term([1] * 14)


def test_without_hidden_values_both_fits_are_the_moments_of_the_logarithms():
    mle, ros = air.fit_mle(VALUES), air.fit_ros(VALUES)
    assert (mle.mu, mle.sigma) == (approx(np.log(VALUES).mean()), approx(np.log(VALUES).std()))
    assert (ros.mu, ros.sigma) == (approx(np.log(VALUES).mean()), approx(np.log(VALUES).std(ddof=1)))
    assert mle.geometric_mean == approx(stats.gmean(VALUES))
    assert mle.mean == approx(np.exp(mle.mu + mle.sigma**2 / 2))


def test_with_hidden_values_the_fit_is_where_scipy_finds_the_maximum():
    values = np.where(VALUES < 0.75, 0.75, VALUES)
    below = VALUES < 0.75
    values[9], below[9] = 1.0, True  # a second limit of detection
    logs = np.log(values)

    def minus(parameters):
        mu, log_sigma = parameters
        sigma = np.exp(log_sigma)
        return -(stats.norm.logpdf(logs[~below], mu, sigma).sum() + stats.norm.logcdf(logs[below], mu, sigma).sum())

    best = optimize.minimize(minus, [0, 0], method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12})
    fit = air.fit_mle(values, below)
    assert (fit.mu, fit.sigma) == (approx(best.x[0], abs=1e-6), approx(np.exp(best.x[1]), abs=1e-6))
    assert (fit.n, fit.censored) == (10, 4)


def test_plotting_positions_of_hirsch_and_stedinger_by_hand():
    logs = np.log([1.0, 1.0, 3.0, 7.0, 9.0, 10.0, 20.0])
    censored = np.array([True, False, False, False, False, True, False])
    censored[1] = False
    found = air.plotting_positions(logs, censored)
    # limits 1 and 10; at or above 10: 1 of 1 + 6 below; from 1 to 10: 4 known of 4 + 1 below
    above_10 = 1 / 7
    above_1 = above_10 + 4 / 5 * (1 - above_10)
    ranks = np.arange(1, 5) / 5
    assert found[[1, 2, 3, 4]].tolist() == approx(((1 - above_1) + (above_1 - above_10) * ranks).tolist())
    assert found[6] == approx((1 - above_10) + above_10 / 2)
    assert (found[0], found[5]) == (approx((1 - above_1) / 2), approx((1 - above_10) / 2))


def test_both_fits_come_near_the_truth_of_a_large_sample_with_hidden_values():
    values = np.exp(np.random.default_rng(1).normal(0.3, 0.8, 4000))
    below = values < 1.0
    for fit in (air.fit_mle(np.where(below, 1.0, values), below), air.fit_ros(np.where(below, 1.0, values), below)):
        assert (fit.mu, fit.sigma) == (approx(0.3, abs=0.05), approx(0.8, abs=0.05))


@pytest.mark.parametrize(
    ("values", "below", "words"),
    [
        ([1, 0, 2], None, "numbers above 0"),
        ([1, 2, 3], [True, False], "numbers above 0"),
        ([1, 1, 2, 2], [False, False, True, True], "Fewer than 3 different values"),
    ],
)
def test_concentrations_that_tell_too_little_are_refused(values, below, words):
    with pytest.raises(ModelError, match=words):
        air.fit_mle(values, below)


def test_the_verdict_of_en_689():
    assert en689([0.05, 0.06, 0.09], 1).verdict == "compliant"
    assert en689([0.05, 0.06, 0.11], 1).verdict == "measure more"
    assert en689([0.05, 0.06, 0.11, 0.14], 1).verdict == "compliant"
    assert en689([0.05, 0.06, 0.11, 0.14, 0.21], 1).verdict == "measure more"
    assert en689(VALUES, 20).verdict == "compliant"
    assert en689(VALUES, 2.1).verdict == "not compliant"  # one is above
    upper = en689(VALUES, 20).upper
    assert upper == approx(np.exp(np.log(VALUES).mean() + tolerance_factor(10) * np.log(VALUES).std(ddof=1)))
    between = (air.fit_mle(VALUES).quantile(0.95) + upper) / 2
    assert en689(VALUES, between).verdict == "measure more"
    with pytest.raises(ModelError, match="begins with three"):
        en689([1, 2], 10)


def test_a_value_below_a_detection_limit_above_the_limit_is_no_measurement_above_it():
    values, below = [*VALUES[:9], 25.0], [False] * 9 + [True]
    assert en689(values, 20, below).verdict != "not compliant"


def test_the_posterior_of_the_percentile_is_the_tolerance_limit_where_nothing_is_hidden():
    found = bayesian_percentile(VALUES, 20)
    fit = air.fit_mle(VALUES)
    for share, value in ((0.05, found.low), (0.5, found.median), (0.95, found.high)):
        assert value == approx(tolerance_limit(fit, confidence=share), rel=0.01)
    at_limit = bayesian_percentile(VALUES, tolerance_limit(fit))
    assert at_limit.exceeds == approx(0.30, abs=0.01)


def covered(n: int, draws: int, *, hidden: float, seed: int) -> float:
    """Share of draws whose limit lies above the true 95th percentile; what lies under one quantile is not seen."""
    logs = np.random.default_rng(seed).normal(1.0, 0.9, (draws, n))
    detection = 1.0 + 0.9 * stats.norm.ppf(hidden)
    censored = logs < detection
    can_be_fitted = (~censored).sum(axis=1) >= 3
    logs, censored = logs[can_be_fitted], censored[can_be_fitted]
    mu, sigma = air.censored_normal(np.where(censored, detection, logs), censored)
    fits = (
        air.LogNormal(mu=m, sigma=s, n=n, censored=int(few), method="mle", detection=detection if few else float("nan"))
        for m, s, few in zip(mu, sigma, censored.sum(axis=1), strict=True)
    )
    truth = np.exp(1.0 + 0.9 * stats.norm.ppf(0.95))
    return float(np.mean([tolerance_limit(fit) >= truth for fit in fits]))


@pytest.mark.parametrize("hidden", [0, 0.3])
def test_the_tolerance_limit_lies_above_the_percentile_as_often_as_promised(hidden):
    """Three standard errors of 2,000 draws are 3 points."""
    assert covered(10, 2_000, hidden=hidden, seed=11) == approx(0.70, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("n", [6, 10, 20])
@pytest.mark.parametrize("hidden", [0, 0.3])
def test_the_tolerance_limit_covers_seventy_per_cent_of_twenty_thousand_draws(n, hidden):
    assert covered(n, 20_000, hidden=hidden, seed=n) == approx(0.70, abs=0.015)


def test_a_detection_limit_far_below_changes_nothing():
    """Factors for hidden values are drawn with the deviation over n, hence the root."""
    drawn = censored_factor(10, -3.0)
    assert drawn == approx(tolerance_factor(10) * np.sqrt(10 / 9), rel=0.01)
