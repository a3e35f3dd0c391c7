"""Change points: the Nile and the coal mines, simulation, second implementations, refusals."""

import itertools
import math
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from workbench.models.changepoint import pettitt, poisson_change
from workbench.models.partitions import _argmax_law
from workbench.models.structural_breaks import mean_breaks, trend_breaks
from workbench.terms.errors import ModelError

FLOW = """
1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250 1260
1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845 864
862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890 744 749
838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740
"""
NILE = pd.Series([float(part) for part in FLOW.split()], range(1871, 1971))
COUNTS = pd.Series([5, 4, 6, 5, 7, 1, 0, 2, 1, 1], range(2010, 2020))


def test_pettitts_test_of_the_nile():
    found = pettitt(NILE)
    assert (found.statistic, found.position, found.last_before) == (1617, 28, 1898)
    assert found.p_value == approx(3.591e-07, rel=1e-3)


@given(st.lists(st.integers(0, 9), min_size=4, max_size=20))
def test_pettitts_test_does_not_care_for_the_direction_of_time(numbers):
    series = pd.Series(numbers, range(len(numbers)))
    assert pettitt(series).statistic == pettitt(series[::-1].set_axis(series.index)).statistic
    assert 0 < pettitt(series).p_value <= 1


def test_one_break_in_the_mean_of_the_nile():
    found = mean_breaks(NILE)
    assert found.positions == (28,) and found.last_before == (1898,)
    assert found.intervals == ((1871 + 24, 1871 + 31),)  # positions 25 to 32
    assert found.table["rss"].tolist()[:2] == approx([2835156.75, 1597457.19], abs=0.005)
    assert found.table["bic"].tolist() == approx([1318.242, 1270.084, 1276.467, 1284.718, 1291.944, 1310.765], abs=5e-4)
    assert found.means == approx((1097.75, 849.9722), abs=1e-4)


def test_the_partitions_are_the_best_of_all():
    generator = np.random.default_rng(4)
    x = generator.normal(size=13) + np.repeat([0, 3, 1], [4, 5, 4])
    found = mean_breaks(pd.Series(x, range(13)), most=3, least=2)
    for breaks in (1, 2, 3):
        tried = [cut for cut in combinations(range(2, 12), breaks) if np.diff([0, *cut, 13]).min() >= 2]
        least = min(sum(((part - part.mean()) ** 2).sum() for part in np.split(x, cut)) for cut in tried)
        assert found.table.loc[breaks, "rss"] == approx(least)


def test_the_limit_law_of_a_break_is_that_of_a_brownian_motion():
    generator, step = np.random.default_rng(0), 0.05
    times = np.arange(1, 1001) * step
    for ratio, drift in ((1.0, 1.0), (2.5, 1.0), (1.5, 0.6)):
        peaks = []
        for side, scale, slope in (("left", 1.0, 1.0), ("right", np.sqrt(ratio), drift)):
            path = np.cumsum(generator.normal(0, np.sqrt(step) * scale, (2000, 1000)), axis=1) - slope * times / 2
            peaks.append((side, path.max(axis=1), times[path.argmax(axis=1)]))
        (_left, low_top, low_time), (_right, high_top, high_time) = peaks
        where = np.where((low_top > high_top), -low_time, high_time)
        where[(low_top < 0) & (high_top < 0)] = 0
        for v in (-6.0, -2.0, 2.0, 6.0):
            assert np.mean(where <= v) == approx(_argmax_law(v, ratio, drift), abs=0.035)


def broken_line(seed=5):
    """30 years that fall by 1 a year, and by 4 from the 15th on."""
    t = np.arange(30.0)
    line = 100 - t - 3 * np.maximum(t - 14, 0) - 6 * (t > 14)
    return pd.Series(line + np.random.default_rng(seed).normal(0, 1, 30), range(1990, 2020))


def test_breaks_in_a_line_are_found_with_their_number():
    found = trend_breaks(broken_line())
    assert found.positions == (15,) and found.last_before == (2004,)
    assert found.coefficients["t"].tolist() == approx([-1, -4], abs=0.15)
    ((low, high),) = found.intervals
    assert low <= 2004 <= high and high - low <= 4
    assert len(trend_breaks(broken_line() + 1e6).positions) == 1  # large numbers keep their digits
    assert mean_breaks(broken_line(), most=5).table["bic"].idxmin() > 1  # levels alone need more breaks for a slope


def test_the_partitions_of_a_line_are_the_best_of_all():
    values = broken_line().iloc[8:22]
    found = trend_breaks(values, most=2, least=4)
    t = np.arange(14.0)

    def squares(first, end):
        x = np.column_stack([np.ones(end - first), t[first:end]])
        return float(np.linalg.lstsq(x, values.to_numpy()[first:end])[1][0])

    for breaks in (0, 1, 2):
        tried = [cut for cut in combinations(range(4, 11), breaks) if np.diff([0, *cut, 14]).min() >= 4]
        best = min(sum(squares(*ends) for ends in pairwise([0, *cut, 14])) for cut in tried)
        assert found.table.loc[breaks, "rss"] == approx(best)
        expected = 14 * (np.log(best / 14) + np.log(2 * np.pi) + 1) + 3 * (breaks + 1) * np.log(14)
        assert found.table.loc[breaks, "bic"] == approx(expected)
        p = 2 * (breaks + 1) + breaks
        assert found.table.loc[breaks, "lwz"] == approx(np.log(best / (14 - p)) + 0.299 * p * np.log(14) ** 2.1 / 14)


def test_a_break_in_a_regression_is_of_its_coefficients_not_of_what_explains_it():
    generator = np.random.default_rng(3)
    hours = pd.Series(generator.gamma(9, 10, 40), range(40))
    values = 5 + 0.2 * hours + np.where(np.arange(40) < 24, 0, 0.3 * hours) + generator.normal(0, 1, 40)
    found = trend_breaks(values, pd.DataFrame({"hours": hours}))
    assert found.positions == (24,)
    assert found.coefficients["hours"].tolist() == approx([0.2, 0.5], abs=0.03)
    assert found.coefficients["constant"].tolist() == approx([5, 5], abs=2)
    steady = 5 + 0.2 * hours + generator.normal(0, 1, 40)
    assert trend_breaks(steady, pd.DataFrame({"hours": hours})).positions == ()


def test_the_stricter_criterion_finds_no_more_breaks_than_bic():
    for seed in range(20):
        values = pd.Series(np.random.default_rng(seed).normal(0, 1, 25).cumsum(), range(25))
        counts = [len(mean_breaks(values, criterion=criterion).positions) for criterion in ("lwz", "bic")]
        assert counts[0] <= counts[1]


def test_a_flat_series_has_no_break_and_a_p_value_of_one():
    flat = pd.Series(4.0, range(12))
    assert mean_breaks(flat).positions == () and trend_breaks(flat).positions == ()
    assert pettitt(flat).p_value == 1
    assert poisson_change(flat).p_value == 1


@pytest.mark.parametrize(("where", "p"), [(0, 0.5), (1, 1.0)])
def test_a_simulation_that_ties_with_the_data_counts_against_a_change(where, p):
    """One event in four periods: it lies at an end in half of all simulations, and those fit as well."""
    counts = pd.Series(0.0, range(4))
    counts.iloc[where] = 1
    for scale in (1.0, 1e7):  # whatever the unit of exposure
        found = poisson_change(counts, pd.Series(scale, counts.index))
        assert found.p_value == approx(p, abs=0.03)


def test_the_p_value_counts_ties_that_rounding_parts():
    """Seven events in four periods, in every way that they can fall, with the scatter around their two levels."""

    def statistic(counts) -> float:
        def ratio(k):
            sides = [(sum(counts[:k]), k), (sum(counts[k:]), 4 - k)]
            return 2 * (sum(n * np.log(n / size) for n, size in sides if n) - 7 * np.log(7 / 4))

        best = max(range(1, 4), key=lambda k: round(ratio(k), 9))
        levels = [sum(counts[:best]) / best] * best + [sum(counts[best:]) / (4 - best)] * (4 - best)
        misfit = sum((n - level) ** 2 / level for n, level in zip(counts, levels, strict=True) if level)
        return ratio(best) / max(misfit, 1e-9)

    falls = [counts for counts in itertools.product(range(8), repeat=4) if sum(counts) == 7]
    chances = [math.factorial(7) / math.prod(map(math.factorial, counts)) / 4**7 for counts in falls]
    observed = statistic((0, 4, 1, 2))
    p = sum(chance for counts, chance in zip(falls, chances, strict=True) if statistic(counts) >= observed - 1e-6)
    assert poisson_change(pd.Series([0.0, 4, 1, 2]), scatter=True).p_value == approx(p, abs=0.025)


@pytest.mark.parametrize(
    ("regressor", "options", "message"),
    [
        (np.repeat([0.0, 1.0], 20), {"least": 6}, "The regressors do not change within 6 values"),
        (np.arange(40.0), {"least": 2}, "least=2 values between breaks do not fit into 40"),
        (np.r_[np.nan, np.arange(39.0)], {}, "In hours there are missing values: 0"),
        (np.arange(40.0), {"criterion": "aic"}, "criterion='aic' is not known. There are: bic, lwz."),
    ],
)  # fmt: skip
def test_a_regression_whose_breaks_cannot_be_sought_is_refused(regressor, options, message):
    values = pd.Series(np.random.default_rng(0).normal(size=40), range(40))
    with pytest.raises(ModelError, match=message):
        trend_breaks(values, pd.DataFrame({"hours": regressor}), **options)


def test_a_series_without_a_break_has_none():
    found = mean_breaks(pd.Series(np.random.default_rng(0).normal(10, 1, 30), range(30)))
    assert found.positions == () and found.intervals == ()
    assert mean_breaks(pd.Series([4.0] * 12, range(12))).positions == ()
    exact = mean_breaks(pd.Series([1.0] * 6 + [5.0] * 6, range(2000, 2012)))
    assert exact.last_before == (2005,) and exact.intervals == ((2005, 2005),)


def test_a_change_in_a_rate_by_hand():
    found = poisson_change(COUNTS)
    assert (found.last_before, found.first_after) == (2014, 2015)
    assert (found.rate_before, found.rate_after) == (27 / 5, 1)
    by_hand = 2 * (27 * np.log(27 / 5) + 5 * np.log(5 / 5) - 32 * np.log(32 / 10))
    assert found.statistic == approx(by_hand)
    assert found.p_value < 0.01
    assert str(found).startswith("change after 2014 (95% of the posterior in 2014 to 201")


def test_the_posterior_of_a_change_agrees_with_integration():
    found = poisson_change(COUNTS, prior_exposure=1)
    rates = np.linspace(1e-4, 30, 4001)
    x, log_factor = COUNTS.to_numpy(), []
    for k in range(1, 10):
        for part in (x[:k], x[k:]):
            weight = np.exp(part.sum() * np.log(rates) - len(part) * rates - rates)
            log_factor.append(np.log(np.trapezoid(weight, rates)))
    logs = np.add(log_factor[::2], log_factor[1::2])
    assert found.posterior.to_numpy() == approx(np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum(), rel=1e-3)
    assert found.posterior.sum() == approx(1)


def test_exposure_that_grows_is_not_a_change():
    exposure = pd.Series([1.0] * 5 + [10.0] * 5, COUNTS.index)
    counts = pd.Series([3, 4, 2, 3, 3, 31, 28, 30, 33, 27], COUNTS.index)
    assert poisson_change(counts, exposure).p_value > 0.3
    assert poisson_change(counts).p_value < 0.01
    twice = poisson_change(counts, exposure * 1000)
    assert twice.posterior.to_numpy() == approx(poisson_change(counts, exposure).posterior.to_numpy())


def test_scatter_beyond_poisson_is_no_change():
    generator, found = np.random.default_rng(3), []
    for _run in range(200):
        years = pd.Series(generator.poisson(generator.gamma(1000 / 4, 4, size=14)), range(2010, 2024))
        found.append((poisson_change(years, simulations=499).p_value,
                      poisson_change(years, simulations=499, scatter=True).p_value))  # fmt: skip
    plain, allowed = np.array(found).T < 0.05
    assert plain.mean() > 0.6
    assert allowed.mean() < 0.1


def test_scatter_widens_the_range_of_dates_by_the_dispersion_around_the_two_levels():
    counts = pd.Series([130, 80, 120, 70, 110, 60, 30, 55, 35, 60], range(2010, 2020))
    plain, allowed = poisson_change(counts), poisson_change(counts, scatter=True)
    before, after = counts[:5], counts[5:]
    by_hand = (((before - before.mean()) ** 2 / before.mean()).sum() + ((after - 48) ** 2 / 48).sum()) / 7
    assert allowed.dispersion == approx(by_hand)
    assert allowed.statistic == approx(plain.statistic / by_hand)
    assert (allowed.last_before, allowed.rate_before) == (plain.last_before, plain.rate_before)
    assert allowed.posterior.max() < plain.posterior.max() and allowed.p_value > plain.p_value
    fewer = poisson_change(counts / by_hand, counts * 0 + 1 / by_hand)
    assert allowed.posterior.to_numpy() == approx(fewer.posterior.to_numpy())


def test_the_range_of_dates_holds_the_true_one_although_the_years_scatter():
    generator, held, size = np.random.default_rng(4), [], []
    for _run in range(300):
        mean = np.where(np.arange(14) < 7, 1000, 1000 - 2 * np.sqrt(5 * 1000))  # a step of two standard deviations
        years = pd.Series(generator.poisson(generator.gamma(mean / 4, 4)), range(2010, 2024))
        found = poisson_change(years, simulations=9, scatter=True)
        held.append(found.low <= 2016 <= found.high)
        size.append(found.high - found.low + 1)
    assert np.mean(held) > 0.92
    assert np.mean(size) < 8


def test_levels_of_very_different_scatter_still_have_an_interval():
    values = pd.Series([10.0, 10.001, 9.999, 10.0, 14.0, 20.0, 11.0, 25.0], range(2010, 2018))
    found = mean_breaks(values, most=1, least=3)
    ((low, high),) = found.intervals
    assert low <= found.last_before[0] <= high


def test_a_p_value_repeats_with_its_seed():
    assert poisson_change(COUNTS, seed=7).p_value == poisson_change(COUNTS[::-1], seed=7).p_value


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pettitt(NILE[:3]), "3 values are too few to look for a change; 4 are needed."),
        (lambda: pettitt(NILE.where(NILE > 700)), "In the values there are missing values"),
        (lambda: mean_breaks(NILE[:5]), "5 values are too few to look for a change; 6 are needed."),
        (lambda: mean_breaks(NILE, least=60), "least=60 values between breaks do not fit into 100."),
        (lambda: poisson_change(COUNTS * 0), "There are no events at all, so nothing can change."),
        (lambda: poisson_change(COUNTS, COUNTS * 0), "The exposure of 2010, 2011, 2012, 2013, 2014 and 5 more is 0."),
        (lambda: poisson_change(COUNTS, COUNTS[1:]), "Only the counts have 2010, not the exposure"),
        (lambda: poisson_change(-COUNTS), "In the counts there are negative values"),
    ],
)
def test_input_without_a_change_is_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()
