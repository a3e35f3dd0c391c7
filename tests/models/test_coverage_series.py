"""How often intervals of interrupted series and forecasts hold the truth; `make coverage` writes docs/coverage.md."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.models.forecast import forecast
from workbench.models.interrupted import ERRORS, _fit, _inflation
from workbench.models.interrupted_design import segmented_design
from workbench.models.process import u_chart

pytestmark = pytest.mark.slow
RUNS = 2000
ERROR = 2 * np.sqrt(0.95 * 0.05 / RUNS)  # two Monte Carlo errors
MONTHS = pd.period_range("2014-01", periods=96, freq="M")


@pytest.mark.parametrize(
    ("months", "correlation", "spread"),
    [("Poisson", 0.0, 0.0), ("twice Poisson", 0.0, 0.18), ("autocorrelated", 0.4, 0.18)],
)
def test_limits_of_the_rate_ratio_of_an_interruption(shown, months, correlation, spread):
    post, exposure = np.arange(96) >= 60, pd.Series(1.0, MONTHS)
    line = np.log(30) - 0.001 * np.arange(96) + np.log(0.8) * post
    generator = np.random.default_rng(1)
    shocks = generator.normal(0, spread * np.sqrt(1 - correlation**2), (RUNS, 96))
    noise = np.zeros((RUNS, 96))
    for i in range(96):
        noise[:, i] = correlation * noise[:, i - 1] * (i > 0) + shocks[:, i]
    counts = generator.poisson(np.exp(line + noise))
    design = segmented_design(MONTHS, 12, 60, [], 0)
    held = {errors: [] for errors in ERRORS}
    for row in counts:
        series = pd.Series(row, MONTHS, dtype=float)
        for errors in ("model", "hac"):
            fit = _fit(series, design, exposure, errors, 12)
            error, off = np.sqrt(fit.cov_params().loc["step", "step"]), abs(fit.params["step"] - np.log(0.8))
            held[errors].append(off <= 1.959964 * error)
            if errors == "model":  # the other two widen these
                scale, residuals = (
                    fit.pearson_chi2 / fit.df_resid,
                    (series - fit.fittedvalues) / np.sqrt(fit.fittedvalues),
                )
                held["quasi"].append(off <= 1.959964 * error * np.sqrt(scale))
                wide = max(1, scale) * _inflation(residuals.to_numpy(), 3, 12)
                held["autocorrelated"].append(off <= stats.t.ppf(0.975, fit.df_resid) * error * np.sqrt(wide))
    table = shown([{"months": months} | {errors: np.mean(part) for errors, part in held.items()}])
    row = table.iloc[0]
    assert 0.93 - ERROR < row["autocorrelated"] < 0.975 + ERROR
    assert row["quasi"] > (0.8 if correlation else 0.925)
    assert 0.75 < row["hac"] < 0.95  # 36 months after: Newey-West errors are too small, stated as they are
    assert (row["model"] > 0.93) == (spread == 0)


def test_prediction_intervals_of_smoothing(shown):
    generator, held, years = np.random.default_rng(1), [], 20
    for _run in range(RUNS):
        level = 100 + np.cumsum(generator.normal(0, 3, years + 1))
        values = level + generator.normal(0, 3, years + 1)
        series = pd.Series(values[:-1], pd.RangeIndex(2000, 2000 + years))
        row = forecast(series, horizon=1, method="ses", held_out=0).frame.iloc[0]
        held.append((row["low_80"] <= values[-1] <= row["high_80"], row["low_95"] <= values[-1] <= row["high_95"]))
    table = shown([{"years": years} | dict(zip(("80%", "95%"), np.mean(held, axis=0), strict=True))])
    assert table["95%"].between(0.90, 0.97).all() and table["80%"].between(0.74, 0.84).all()


def test_false_alarms_of_a_u_chart(shown):
    rows = []
    for mean in (10, 40):
        generator, outside = np.random.default_rng(mean), []
        for _run in range(RUNS):
            exposure = pd.Series(generator.uniform(0.7, 1.3, 24))
            chart = u_chart(pd.Series(generator.poisson(mean * exposure)), exposure, per=1)
            outside.append(chart.frame["signal"].isin(["high", "low"]).mean())
        rows.append({"expected": mean, "points outside": np.mean(outside)})
    assert (shown(rows)["points outside"] < 0.008).all()


def test_false_alarms_where_the_rate_itself_varies(shown):
    """Counts of about 100,000 whose rate varies by 3% from period to period for reasons that are always there."""
    rows = []
    for spread in (0.0, 0.03):
        generator, outside = np.random.default_rng(7), []
        for _run in range(RUNS // 4):
            people = pd.Series(generator.uniform(0.9e6, 1.1e6, 24))
            counts = pd.Series(generator.poisson(people * 0.1 * generator.normal(1, spread, 24)))
            charts = [u_chart(counts, people, laney=laney).frame["signal"] for laney in (False, True)]
            outside.append([signal.isin(["high", "low"]).mean() for signal in charts])
        plain, laney = np.mean(outside, axis=0)
        rows.append({"rate varies by": f"{spread:.0%}", "u-chart": plain, "Laney": laney})
    table = shown(rows)
    assert (table["Laney"] < 0.015).all() and table.loc[1, "u-chart"] > 0.5
