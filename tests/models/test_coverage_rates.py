"""How often intervals of rates, proportions and ratios hold the truth; `make coverage` writes docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.models.comparison import rate_difference, rate_ratio
from workbench.models.funnel_limits import (
    PROPORTION_LIMITS,
    RATIO_LIMITS,
    funnel_limits,
    proportion_funnel_limits,
)
from workbench.models.intervals import COUNT_METHODS, poisson_limits, proportion_limits, weighted_limits

pytestmark = pytest.mark.slow
RUNS = 20_000
ERROR = 3 * np.sqrt(0.95 * 0.05 / RUNS)  # three Monte Carlo errors


def held(limits, truth) -> float:
    return float(np.mean((limits[0] <= truth) & (truth <= limits[1])))


def test_limits_of_a_count(shown):
    generator, rows = np.random.default_rng(1), []
    for mean in (1, 2, 5, 10, 20, 50, 200):
        counts = generator.poisson(mean, RUNS)
        rows.append({"expected": mean} | {m: held(poisson_limits(counts, method=m), mean) for m in COUNT_METHODS})
    table = shown(rows)
    assert (table["exact"] >= 0.95 - ERROR).all()
    many = table[table["expected"] >= 10].drop(columns=["expected", "exact"])
    assert (many >= 0.93).all(axis=None) and (many <= 0.975).all(axis=None)


def test_limits_of_a_sum_of_weights(shown):
    generator, rows = np.random.default_rng(2), []
    weights, shares = np.array([1.0, 2.5, 6.0]), np.array([0.6, 0.3, 0.1])
    for mean in (10, 20, 50, 200):
        records = generator.poisson(mean * shares, (RUNS, 3))
        total, variance, truth = records @ weights, records @ weights**2, mean * shares @ weights
        rows.append(
            {
                "records": mean,
                "Dobson": held(weighted_limits(total, variance), truth),
                "Fay-Feuer": held(weighted_limits(total, variance, largest=6.0), truth),
                "as if counts": held(poisson_limits(total), truth),
            }
        )
    table = shown(rows)
    assert table["Dobson"].between(0.93, 0.975).all()
    assert (table["Fay-Feuer"] >= 0.94).all()
    assert (table["as if counts"] < 0.85).all()  # why the weights' variance is needed


def test_limits_of_a_proportion(shown):
    generator, rows = np.random.default_rng(4), []
    for share, trials in ((0.02, 500), (0.1, 100), (0.1, 400), (0.3, 50), (0.5, 40)):
        counts = generator.binomial(trials, share, RUNS)
        found = {
            method: held(proportion_limits(counts, trials, method=method), share) for method in ("wilson", "exact")
        }
        rows.append({"share": f"{share} of {trials}"} | found)
    table = shown(rows)
    assert (table["exact"] >= 0.95 - ERROR).all()
    assert table["wilson"].between(0.93, 0.975).all()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_limits_of_a_ratio(shown, ratio):
    generator, rows = np.random.default_rng(5), []
    for mean in (2, 10, 20, 100):
        pairs = pd.DataFrame({"one": generator.poisson(mean * ratio, 2000), "two": generator.poisson(mean, 2000)})
        row = {"expected in the reference": mean}
        for method in ("exact", "mid-p", "log-normal"):
            frame = rate_ratio(pairs["one"], pairs["one"] * 0 + 1, pairs["two"], 1, method=method)
            known = frame["value"].notna()  # none in either group: no ratio
            row[method] = held((frame["low"][known], frame["high"][known]), ratio)
        rows.append(row)
    table, error = shown(rows), 3 * np.sqrt(0.95 * 0.05 / 2000)
    assert (table["exact"] >= 0.95 - error).all()
    many = table.iloc[1:]
    assert many["mid-p"].between(0.935, 0.975).all() and many["log-normal"].between(0.93, 0.975 + error / 3).all()


def test_limits_of_a_difference(shown):
    generator, rows = np.random.default_rng(6), []
    for one, two in ((10, 10), (20, 10), (40, 20), (200, 150)):
        pairs = pd.DataFrame({"one": generator.poisson(one, 4000), "two": generator.poisson(two, 4000)})
        frame = rate_difference(pairs["one"], pairs["one"] * 0 + 1, pairs["two"], 1, per=1)
        rows.append({"expected": f"{one} and {two}", "MOVER": held((frame["low"], frame["high"]), one - two)})
    assert shown(rows)["MOVER"].between(0.93, 0.975).all()


def test_the_exact_test_of_equal_rates_does_not_reject_too_often():
    generator = np.random.default_rng(7)
    for mean in (3, 15, 60):
        one, two = (pd.Series(generator.poisson(mean, 3000)) for _group in range(2))
        assert np.mean(rate_ratio(one, one * 0 + 2, two, 2)["p_value"] < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 3000)


def sides(chances: np.ndarray, values: np.ndarray, limits: tuple) -> tuple[float, float]:
    """How likely a value lies below and above limits."""
    return float(chances[values < limits[0]].sum()), float(chances[values > limits[1]].sum())


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_both_sides_of_a_funnel_of_ratios(shown, level):
    """Computed, not drawn: chance in % that a group at the expected rate lies below and above; each promises half."""
    rows, found = [], {}
    for expected in (1, 2, 5, 10, 25, 100, 400):
        counts = np.arange(0, 20 * expected + 60)
        chances, row = stats.poisson.pmf(counts, expected), {"expected": expected}
        for limits in RATIO_LIMITS:
            low, high = sides(chances, counts / expected, funnel_limits(expected, level=level, limits=limits))
            found[limits, expected] = low, high
            row |= {f"{limits} below": f"{100 * low:.3f}", f"{limits} above": f"{100 * high:.3f}"}
        rows.append(row)
    shown(rows)
    tail = (1 - level) / 2
    for expected in (1, 2, 5, 10, 25, 100, 400):
        assert max(found["test", expected]) <= tail and max(found["quantiles", expected]) <= tail
    assert min(found["test", 100]) > 0.7 * tail and min(found["test", 400]) > 0.85 * tail
    assert found["exact", 10][0] > 1.1 * tail  # why these are not the default


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_both_sides_of_a_funnel_of_proportions(shown, level):
    """Computed, not drawn, around a share of 10%: chance in % to lie below and above; each promises half."""
    rows, found = [], {}
    for trials in (20, 50, 200, 1000, 5000):
        counts = np.arange(trials + 1)
        chances, row = stats.binom.pmf(counts, trials, 0.1), {"trials": trials}
        for limits in PROPORTION_LIMITS:
            lines = proportion_funnel_limits(trials, 0.1, level=level, limits=limits)
            low, high = sides(chances, counts / trials, lines)
            found[limits, trials] = low, high
            row |= {f"{limits} below": f"{100 * low:.3f}", f"{limits} above": f"{100 * high:.3f}"}
        rows.append(row)
    shown(rows)
    tail = (1 - level) / 2
    assert max(max(found["test", trials]) for trials in (20, 50, 200, 1000, 5000)) <= tail
    assert min(found["test", 5000]) > 0.8 * tail
