"""Mann-Kendall and Theil-Sen: the flow of the Nile, second implementations, properties, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

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
