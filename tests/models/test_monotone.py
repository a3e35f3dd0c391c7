"""Mann-Kendall and Theil-Sen: the flow of the Nile, second implementations, properties, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats
from statsmodels.tsa.stattools import acf

from workbench.models.monotone import mann_kendall
from workbench.terms.errors import ModelError

# flow of the Nile at Aswan, 1871-1970 (R datasets)
FLOW = """
1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150 1250 1260
1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821 768 845 864
862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890 744 749
838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740
"""
NILE = pd.Series([float(part) for part in FLOW.split()], range(1871, 1971))
values = st.lists(st.integers(0, 30), min_size=4, max_size=25)


def monthly(n=60, drift=0.5, seed=2):
    season = np.tile([5, 3, 1, 0, 0, 2, 4, 8, 9, 7, 6, 5], n // 12 + 1)[:n]
    noise = np.random.default_rng(seed).poisson(10, n)
    return pd.Series(season * 5 + noise + drift * np.arange(n) / 12, pd.period_range("2015-01", periods=n, freq="M"))


def test_the_flow_of_the_nile():
    found = mann_kendall(NILE)
    assert (found.s, found.variance, found.z) == approx((-1387, 112728.33, -4.12807), rel=2e-6)
    assert found.p_value == approx(3.658e-05, abs=1e-8)
    assert (found.tau, found.tau_b) == approx((-0.28020, -0.28074), abs=1e-5)
    assert (found.slope, found.low, found.high) == approx((-2.6, -3.627907, -1.428571), abs=1e-6)
    assert str(found) == "-2.6 a year (95% CI -3.628 to -1.429), p < 0.001, Mann-Kendall and Theil-Sen, 100 values"


def test_the_slope_and_tau_agree_with_scipy():
    theirs = stats.theilslopes(NILE.to_numpy(), NILE.index.to_numpy())
    found = mann_kendall(NILE)
    assert found.slope == approx(theirs.slope)
    assert found.tau_b == approx(stats.kendalltau(NILE.index, NILE).statistic)


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_the_package_pymannkendall(seed):
    theirs_of = pytest.importorskip("pymannkendall", reason="pymannkendall is the second implementation")
    series = pd.Series(np.random.default_rng(seed).poisson(9, 40).cumsum() % 31, range(1980, 2020))
    plain, theirs = mann_kendall(series), theirs_of.original_test(series.to_numpy())
    assert (plain.s, plain.variance, plain.z, plain.p_value, plain.slope) == approx(
        (theirs.s, theirs.var_s, theirs.z, theirs.p, theirs.slope)
    )
    corrected, theirs = (
        mann_kendall(NILE, correction="hamed-rao"),
        theirs_of.hamed_rao_modification_test(NILE.to_numpy()),
    )
    assert (corrected.variance, corrected.p_value) == approx((theirs.var_s, theirs.p))
    season, theirs = (
        mann_kendall(monthly(seed=seed), seasonal=True),
        theirs_of.seasonal_test(monthly(seed=seed).to_numpy(), 12),
    )
    assert (season.s, season.variance, season.z, season.slope) == approx(
        (theirs.s, theirs.var_s, theirs.z, theirs.slope)
    )


def test_autocorrelation_widens_what_it_should():
    plain, corrected = mann_kendall(NILE), mann_kendall(NILE, correction="hamed-rao")
    assert corrected.variance > plain.variance and corrected.p_value > plain.p_value
    assert corrected.low < plain.low and corrected.high > plain.high
    assert (plain.correction, corrected.correction) == ("none", "Hamed & Rao")


def test_a_missing_month_stays_a_gap():
    whole, gap = (
        mann_kendall(monthly(), seasonal=True),
        mann_kendall(monthly().drop(pd.Period("2016-03")), seasonal=True),
    )
    assert gap.n == 59 and gap.tau == approx(gap.s / (12 * 10 - 4)) and whole.tau == approx(whole.s / 120)
    missing = monthly().astype(float)
    missing["2016-03"] = np.nan
    assert mann_kendall(missing, seasonal=True) == gap


def test_missing_years_keep_their_distance_in_the_slope():
    series = pd.Series([0.0, 1, 2, 6], [2000, 2001, 2002, 2006])
    assert mann_kendall(series).slope == approx(1)


@given(values)
def test_turning_time_round_turns_the_sign(numbers):
    one = mann_kendall(pd.Series(numbers, range(len(numbers))))
    other = mann_kendall(pd.Series(numbers[::-1], range(len(numbers))))
    assert (one.s, one.z, one.slope) == approx((-other.s, -other.z, -other.slope))
    assert (one.low, one.high) == approx((-other.high, -other.low))


@given(values)
def test_the_slope_lies_in_its_interval_and_ranks_are_all_that_count(numbers):
    series = pd.Series(numbers, range(len(numbers)))
    found, cubed = mann_kendall(series), mann_kendall(series**3)
    assert found.low <= found.slope <= found.high
    assert (found.s, found.p_value) == approx((cubed.s, cubed.p_value))


def test_equal_values_are_no_trend():
    found = mann_kendall(pd.Series([3.0] * 6, range(6)))
    assert (found.s, found.z, found.p_value, found.slope) == (0, 0, 1, 0) and np.isnan(found.tau_b)
    assert mann_kendall(pd.Series([3.0] * 6, range(6)), correction="hamed-rao").p_value == 1


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [
        (NILE[:3], {}, "3 values are too few for a test of trend, which needs 4."),
        (NILE, {"seasonal": True}, "A seasonal test needs months or quarters: give the values a PeriodIndex."),
        (NILE, {"correction": "yue"}, "correction='yue' is not known. There are: none, hamed-rao."),
        (
            monthly(),
            {"seasonal": True, "correction": "hamed-rao"},
            "The correction of Hamed & Rao is for one value a year",
        ),
        (NILE.set_axis([f"y{i}" for i in range(100)]), {}, "Years must be whole numbers such as 2019, in the values"),
        (NILE.replace(1120, np.inf), {}, "In the values there are infinite values: 1871"),
    ],
)
def test_input_without_a_trend_is_refused(series, options, message):
    with pytest.raises(ModelError, match=message):
        mann_kendall(series, **options)


# --- gaps, intercepts, limits that a few values do not give


def ragged(seed=3, n=60):
    """A strongly autocorrelated series of which every fifth year, and a whole decade, is missing."""
    generator, values = np.random.default_rng(seed), [0.0]
    for _year in range(n - 1):
        values.append(0.8 * values[-1] + generator.normal())
    series = pd.Series(values, range(1950, 1950 + n))
    return series[(series.index % 5 != 0) & ((series.index < 1980) | (series.index >= 1990))]


def test_the_lags_of_hamed_and_rao_follow_the_gaps():
    """The autocorrelations are those that statsmodels gives of the ranks with NaN in the missing years."""
    series = ragged()
    found, plain = mann_kendall(series, correction="hamed-rao"), mann_kendall(series)
    detrended = series - plain.slope * series.index
    ranks = detrended.rank().reindex(range(series.index[0], series.index[-1] + 1))
    n, kept = len(ranks), len(series)
    correlations = acf(ranks.to_numpy(), missing="conservative", nlags=n - 1, fft=False, adjusted=False)[1:]
    band = stats.norm.ppf(0.975) / np.sqrt(kept)
    lags = np.arange(1, n)
    weights = (n - lags) * (n - lags - 1) * (n - lags - 2)
    factor = 1 + 2 / (n * (n - 1) * (n - 2)) * np.sum((weights * correlations)[np.abs(correlations) > band])
    assert found.variance == approx(plain.variance * factor) and factor > 1.5
    closed_up = mann_kendall(series.set_axis(range(len(series))), correction="hamed-rao")
    assert found.variance != approx(closed_up.variance, rel=0.01)


def test_a_gap_of_the_same_years_is_the_same_however_it_is_written():
    series = ragged()
    with_missing = series.reindex(range(1950, 2010))
    assert mann_kendall(with_missing, correction="hamed-rao") == mann_kendall(series, correction="hamed-rao")
    months = monthly().drop(pd.period_range("2016-03", "2016-07", freq="M"))
    quarters = pd.Series(NILE.to_numpy()[:40], pd.period_range("2000Q1", periods=40, freq="Q"))
    assert mann_kendall(months, correction="hamed-rao").n == 55
    yearly = mann_kendall(NILE[:40], correction="hamed-rao")
    assert mann_kendall(quarters, correction="hamed-rao").variance == approx(yearly.variance)


def test_the_line_goes_through_the_median_value_at_the_median_time():
    found, theirs = mann_kendall(NILE), stats.theilslopes(NILE.to_numpy(), NILE.index.to_numpy())
    assert found.intercept == approx(theirs.intercept)
    assert found.intercept + found.slope * NILE.index.to_series().median() == approx(NILE.median())


def test_the_intercept_agrees_with_the_package_pymannkendall():
    theirs_of = pytest.importorskip("pymannkendall", reason="pymannkendall is the second implementation")
    assert mann_kendall(NILE.set_axis(range(100))).intercept == approx(theirs_of.sens_slope(NILE.to_numpy()).intercept)
    found = mann_kendall(monthly(), seasonal=True)
    theirs = theirs_of.seasonal_sens_slope(monthly().to_numpy(), 12)
    assert found.intercept + 2015 * found.slope == approx(theirs.intercept)


def test_four_values_give_no_limits_at_95_percent():
    """Of four values even the steepest order, one of 24 either way, leaves 8.3 % outside their slopes."""
    four = mann_kendall(pd.Series([1.0, 2, 4, 8], range(4)))
    assert (four.low, four.high) == (-np.inf, np.inf)
    assert (
        str(four) == "2.167 a year (no 95% limits from these values), p = 0.089, Mann-Kendall and Theil-Sen, 4 values"
    )
    assert np.isfinite(mann_kendall(pd.Series([1.0, 2, 4, 8], range(4)), level=0.8).low)
    assert np.isfinite(mann_kendall(pd.Series([1.0, 2, 4, 8, 16], range(5))).low)


def test_a_flat_series_does_not_show_how_sure_its_slope_is():
    flat = mann_kendall(pd.Series([3.0] * 9, range(9)))
    assert (flat.slope, flat.p_value, flat.intercept) == (0, 1, 3) and (flat.low, flat.high) == (-np.inf, np.inf)


def test_a_very_clear_trend_has_a_p_value_above_zero():
    assert 0 < mann_kendall(pd.Series(np.arange(60.0), range(60))).p_value < 1e-20


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [
        (NILE.set_axis(pd.period_range("2020-01-01", periods=100, freq="D")), {}, "Periods of D are not compared here"),
        (
            NILE.set_axis(pd.period_range("1871", periods=100, freq="Y")),
            {"seasonal": True},
            "Periods of Y.* are not compared here",
        ),
        (
            pd.Series(range(4), pd.PeriodIndex(["2020-01", "2020-02", "2021-03", "2021-04"], freq="M")),
            {"seasonal": True},
            "No season has two values: nothing can be compared.",
        ),
        (NILE.set_axis(range(18710101, 18710201)), {}, "Years must be whole numbers such as 2019"),
        (NILE.set_axis(pd.date_range("1871", periods=100, freq="YS")), {}, "Years must be whole numbers such as 2019"),
        (NILE.set_axis(pd.MultiIndex.from_product([range(10), range(10)])), {}, "Years must be whole numbers"),
        (NILE, {"level": 0}, "level=0 is not a confidence level"),
        (NILE.tolist(), {}, "Of the values came list, not a pandas Series."),
        (NILE[:0], {}, "0 values are too few for a test of trend, which needs 4."),
        (NILE * np.nan, {}, "0 values are too few for a test of trend, which needs 4."),
    ],
)
def test_series_that_cannot_be_tested_are_refused(series, options, message):
    with pytest.raises(ModelError, match=message):
        mann_kendall(series, **options)
