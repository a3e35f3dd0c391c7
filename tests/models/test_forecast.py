"""Season and forecast: printed cases, back-tests beside naive forecasts, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from statsmodels.tsa.seasonal import STL

from workbench.models.forecast import forecast, seasonal_parts
from workbench.terms.errors import ModelError

# luteinising hormone at intervals of ten minutes (Diggle 1990; R datasets)
HORMONE = """
2.4 2.4 2.4 2.2 2.1 1.5 2.3 2.3 2.5 2 1.9 1.7 2.2 1.8 3.2 3.2 2.7 2.2 2.2 1.9 1.9 1.8 2.7 3 2.3 2 2 2.9 2.9 2.7 2.7
2.3 2.6 2.4 1.8 1.7 1.5 1.4 2.1 3.3 3.5 3.5 3.1 2.6 2.1 3.4 3 2.9
"""
# oil production of Saudi Arabia, 1996-2013 (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 7.1)
OIL = """
445.3641 453.1950 454.4096 422.3789 456.0371 440.3866 425.1944 486.2052 500.4291 521.2759 508.9476 488.8889 509.8706
456.7229 473.8166 525.9509 549.8338 542.3405
"""
# gas consumption in the United Kingdom, quarters 1960-1986 (R datasets)
GAS = """
160.1 129.7 84.8 120.1 160.1 124.9 84.8 116.9 169.7 140.9 89.7 123.3 187.3 144.1 92.9 120.1 176.1 147.3 89.7 123.3
185.7 155.3 99.3 131.3 200.1 161.7 102.5 136.1 204.9 176.1 112.1 140.9 227.3 195.3 115.3 142.5 244.9 214.5 118.5
153.7 244.9 216.1 188.9 142.5 301 196.9 136.1 267.3 317 230.5 152.1 336.2 371.4 240.1 158.5 355.4 449.9 286.6 179.3
403.4 491.5 321.8 177.7 409.8 593.9 329.8 176.1 483.5 584.3 395.4 187.3 485.1 669.2 421 216.1 509.1 827.7 467.5
209.7 542.7 840.5 414.6 217.7 670.8 848.5 437 209.7 701.2 925.3 443.4 214.5 683.6 917.3 515.5 224.1 694.8 989.4
477.1 233.7 730 1087 534.7 281.8 787.6 1163.9 613.1 347.4 782.8
"""


def numbers(text):
    return [float(part) for part in text.split()]


LH = pd.Series(numbers(HORMONE), range(48))
BARRELS = pd.Series(numbers(OIL), range(1996, 2014))
QUARTERS = pd.Series(numbers(GAS), pd.period_range("1960Q1", periods=108, freq="Q"))


def test_an_autoregression_by_exact_likelihood():
    found = forecast(LH, horizon=4, method="arima", order=(3, 0, 0), held_out=1)
    assert [found.parameters[name] for name in ("ar.L1", "ar.L2", "ar.L3", "const")] == approx(
        [0.6448, -0.0634, -0.2198, 2.3931], abs=1e-4
    )
    assert [found.errors[name] for name in ("ar.L1", "ar.L2", "ar.L3", "const")] == approx(
        [0.1394, 0.1668, 0.1421, 0.0963], abs=1.01e-4
    )
    assert (found.sigma2, found.loglik, found.aic) == approx((0.1787, -27.09, 64.18), abs=5e-3)
    assert found.frame["value"].tolist() == approx([2.460181, 2.270846, 2.198618, 2.260719], abs=2e-5)
    assert found.frame["error"].tolist() == approx([0.422682, 0.502932, 0.524525, 0.524715], abs=2e-5)


# accidental deaths in the USA, months 1973-78 (R datasets USAccDeaths; Brockwell & Davis 1991)
DEATHS = """
9007 8106 8928 9137 10017 10826 11317 10744 9713 9938 9161 8927 7750 6981 8038 8422 8714 9512 10120 9823 8743
9129 8710 8680 8162 7306 8124 7870 9387 9556 10093 9620 8285 8466 8160 8034 7717 7461 7767 7925 8623 8945
10078 9179 8037 8488 7874 8647 7792 6957 7726 8106 8890 9299 10625 9302 8314 8850 8265 8796 7836 6892 7791
8192 9115 9434 10484 9827 9110 9070 8633 9240
"""


def test_the_likelihood_of_differences_is_that_of_the_differenced_series():
    """Printed in R's help of `arima`: sigma^2 99347, log-likelihood -425.44, AIC 856.88."""
    deaths = pd.Series(numbers(DEATHS), pd.period_range("1973-01", periods=72, freq="M"))
    options = {"method": "arima", "order": (0, 1, 1), "seasonal_order": (0, 1, 1), "held_out": 0}
    found = forecast(deaths, horizon=1, **options)
    assert [found.parameters[name] for name in ("ma.L1", "ma.S.L12")] == approx([-0.4303, -0.5528], abs=1e-4)
    assert found.sigma2 == approx(99347, rel=1e-4)  # R stops a little earlier
    assert (found.loglik, found.aic) == approx((-425.44, 856.88), abs=0.006)


@pytest.mark.parametrize("options", [{"method": "ets"}, {"method": "arima", "order": (0, 1, 0)}])
def test_a_forecast_is_no_surer_than_the_figures_are(options):
    """A straight line leaves an exact model nothing to learn from: an interval without width would be a lie."""
    line = pd.Series(np.arange(3.0, 23.0), range(2000, 2020))
    if options["method"] == "ets":
        with pytest.raises(
            ModelError, match="The values follow the model exactly: there is no variation to learn from"
        ):
            forecast(line, horizon=1, **options)
    else:
        assert forecast(line, horizon=1, held_out=0, **options).frame["error"].iloc[0] == approx(1, abs=0.1)
    naive = forecast(line, horizon=1, method="naive").frame.iloc[0]
    assert naive["high_95"] - naive["low_95"] > 2


def test_simple_exponential_smoothing_has_the_variance_of_r():
    found = forecast(BARRELS, horizon=2, method="ses")
    assert found.parameters["smoothing_level"] == approx(0.8339, abs=1e-4)
    assert found.parameters["initial_level"] == approx(446.587, abs=0.02)
    first = found.frame.loc[2014]
    assert first["value"] == approx(542.6806, abs=0.02)
    assert first[["low_80", "high_80", "low_95", "high_95"]].tolist() == approx(
        [504.4542, 580.9070, 484.2183, 601.1429], abs=0.02
    )
    assert np.sqrt(found.sigma2) == approx(29.82825, abs=1e-4)
    alpha = found.parameters["smoothing_level"]
    assert found.frame.loc[2015, "error"] == approx(first["error"] * np.sqrt(1 + alpha**2))


def test_the_classical_figures_of_gas():
    ratios = seasonal_parts(QUARTERS, method="classical", multiplicative=True)
    assert ratios.figure.tolist() == approx([1.453711, 0.955933, 0.558444, 1.031913], abs=1e-6)
    assert ratios.frame["trend"].tolist()[2:5] == approx([123.675, 123.075, 122.475])
    assert ratios.frame["trend"].isna().sum() == 4 and ratios.figure.mean() == approx(1)
    logs = seasonal_parts(np.log(QUARTERS), method="classical")
    assert np.exp(logs.figure).tolist() == approx([1.551712, 1.013778, 0.579596, 1.096783], abs=1e-6)
    assert logs.figure.sum() == approx(0, abs=1e-12)


def test_parts_add_or_multiply_up_to_the_series():
    for multiplicative in (False, True):
        frame = seasonal_parts(QUARTERS, multiplicative=multiplicative).frame
        whole = (
            frame["trend"] * frame["season"] * frame["remainder"]
            if multiplicative
            else frame[["trend", "season", "remainder"]].sum(axis=1)
        )
        assert whole.to_numpy() == approx(QUARTERS.to_numpy())
    theirs = STL(QUARTERS.to_numpy(), period=4).fit()
    assert seasonal_parts(QUARTERS).frame["season"].to_numpy() == approx(theirs.seasonal)


def test_a_naive_forecast_repeats_what_was():
    naive, seasonal = (forecast(QUARTERS, horizon=6, method=method) for method in ("naive", "seasonal-naive"))
    assert naive.frame["value"].tolist() == [782.8] * 6
    assert seasonal.frame["value"].tolist() == [1163.9, 613.1, 347.4, 782.8, 1163.9, 613.1]
    assert naive.frame["error"].iloc[3] == approx(2 * naive.frame["error"].iloc[0])
    assert seasonal.frame["error"].iloc[4] == approx(np.sqrt(2) * seasonal.frame["error"].iloc[3])
    assert list(naive.frame.index.astype(str))[:2] == ["1987Q1", "1987Q2"]


def test_smoothing_finds_the_season_and_beats_the_naive_forecasts():
    found = forecast(QUARTERS, horizon=4, log=True)
    assert found.method == "exponential smoothing, level and trend and season"
    assert set(found.backtest.index) == {"ets", "naive", "seasonal-naive"} and (found.backtest["n"] == 8).all()
    assert found.backtest["mae"].idxmin() == "ets"
    assert found.backtest["coverage"].between(0, 1).all()
    assert "values are medians and the errors those of the logarithm" in str(found)


def test_a_model_that_loses_to_naive_says_so():
    assert "In the back-test a naive forecast did better." in forecast(BARRELS, horizon=1, method="ses").note
    assert str(forecast(BARRELS, horizon=1, method="ses")).startswith(
        "2014: 542.7 (95% prediction interval 484.2 to 601.1), exponential smoothing, level. "
    )


def test_a_short_fall_is_not_forecast_to_jump_back_to_its_mean():
    fall = pd.Series([1342, 1259, 1229, 1211, 1170, 1122], range(2014, 2020))
    found = forecast(fall, horizon=1, log=True)
    assert found.parameters["smoothing_level"] > 0.99
    assert found.frame["value"].iloc[0] == approx(1122, rel=1e-3)


def test_limits_of_counts_do_not_go_below_zero():
    counts = pd.Series([4, 2, 3, 1, 2, 0, 1, 2, 1, 0, 1, 1], range(2010, 2022))
    found = forecast(counts, horizon=3, method="ses")
    assert (found.frame[["low_80", "low_95"]] >= 0).all(axis=None)
    assert "Limits below 0 are shown as 0." in found.note
    negative = forecast(counts - 2, horizon=3, method="ses")
    assert negative.frame["low_95"].min() < 0 and "below 0" not in negative.note


def test_short_series_get_simple_models():
    found = forecast(BARRELS[:6], horizon=1)
    assert found.method == "exponential smoothing, level" and found.backtest.empty
    assert "Too short for a back-test." in found.note


def test_differenced_models_agree_with_a_random_walk():
    found = forecast(BARRELS, horizon=2, method="arima", order=(0, 1, 0), held_out=1)
    assert found.frame["value"].tolist() == approx([542.3405, 542.3405])
    assert found.sigma2 == approx(np.mean(np.diff(BARRELS) ** 2), rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(1, 100), min_size=8, max_size=15, unique=True), st.sampled_from(["ses", "naive"]))
def test_limits_enclose_each_other_and_widen_with_time(values, method):
    found = forecast(pd.Series(values, range(2000, 2000 + len(values))), horizon=3, method=method, held_out=1)
    frame = found.frame
    assert (frame["low_95"] <= frame["low_80"]).all() and (frame["low_80"] <= frame["value"]).all()
    assert (frame["value"] <= frame["high_80"]).all() and (frame["high_80"] <= frame["high_95"]).all()
    assert frame["error"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forecast(BARRELS[:5], horizon=1), "5 values carry no forecast; 6 are needed."),
        (lambda: forecast(BARRELS[:0], horizon=1), "There is no value at all. Has the selection left nothing?"),
        (lambda: forecast(BARRELS, horizon=0), "horizon=0: give the number of periods to forecast, 1 or more."),
        (lambda: forecast(BARRELS.drop(2000), horizon=1), "2000 are missing from the series. Give every period"),
        (lambda: forecast(BARRELS * 0, horizon=1), "All values are equal: there is no variation to forecast from."),
        (
            lambda: forecast(BARRELS - 445.3641, horizon=1, log=True),
            "1996, 1999, 2001, 2002 are 0 or below and have no logarithm.",
        ),
        (
            lambda: forecast(BARRELS[:10], horizon=1, method="arima", order=(2, 1, 2)),
            r"ARIMA\(2, 1, 2\) has 6 "
            r"parameters, too many for 10",
        ),
        (
            lambda: forecast(BARRELS, horizon=1, method="prophet"),
            "method='prophet' is not known. There are: ets, ses, arima",
        ),
        (lambda: forecast(QUARTERS[:5].set_axis(range(5)), horizon=1, method="naive"), "5 values carry no forecast"),
        (
            lambda: forecast(BARRELS.set_axis([f"y{i}" for i in range(18)]), horizon=1),
            "The values must go by months, quarters",
        ),
        (lambda: forecast(BARRELS, horizon=1, levels=(95,)), "level=95 is not a confidence level"),
        (
            lambda: seasonal_parts(BARRELS),
            "One value a year has no season. Give months or quarters with a PeriodIndex.",
        ),
        (lambda: seasonal_parts(QUARTERS[:7]), "7 values are less than the two years that a season needs."),
        (
            lambda: seasonal_parts(QUARTERS * 0, multiplicative=True),
            "1960Q1, 1960Q2, 1960Q3, 1960Q4, 1961Q1 and 103 more are 0 or",
        ),
        (lambda: seasonal_parts(QUARTERS, method="x13"), "method='x13' is not known. There are: stl, classical."),
    ],
)
def test_input_without_a_forecast_is_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


def test_a_season_that_is_not_there_cannot_be_repeated():
    months = pd.Series(range(1, 11), pd.period_range("2020-01", periods=10, freq="M"))
    with pytest.raises(ModelError, match="10 values do not fill one year and more. Use method='naive'."):
        forecast(months, horizon=1, method="seasonal-naive")


def test_a_model_that_fails_inside_is_answered(monkeypatch):
    def fail(*_arguments):
        raise ValueError("no finite likelihood")

    monkeypatch.setattr("workbench.models.forecast_fits._ets", fail)
    with pytest.raises(ModelError, match="cannot be fitted to these values. Take a simpler one, or method='naive'."):
        forecast(BARRELS, horizon=1, method="ses")
