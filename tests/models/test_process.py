"""Control charts: Montgomery's cans, limits that follow the exposure, runs, baselines, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from workbench.models.process import c_chart, p_chart, u_chart
from workbench.terms.errors import ModelError

# Montgomery, Introduction to Statistical Quality Control: orange-juice cans, 30 samples of 50
CANS = pd.Series(
    [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6],
    range(1, 31),
)
FIFTY = pd.Series(50, CANS.index)
COUNTS = pd.Series([12, 9, 14, 11, 30, 10], pd.period_range("2023-01", periods=6, freq="M"))
WORKERS = pd.Series([1000, 900, 1200, 1100, 1000, 800], COUNTS.index)


def test_the_cans_of_montgomery():
    chart = p_chart(CANS, FIFTY)
    assert chart.centre == approx(0.2313, abs=5e-5)
    assert chart.frame.iloc[0][["low", "high"]].tolist() == approx([0.052428, 0.410239], abs=1e-6)
    assert chart.signals.index.tolist() == [15, 23] and set(chart.signals["signal"]) == {"high"}
    assert (chart.dispersion, chart.dispersion * 29, chart.dispersion_p) == approx(
        (2.945149, 85.40932, 1.82e-07), rel=1e-3
    )


def test_known_causes_leave_the_baseline_but_not_the_chart():
    chart = p_chart(CANS, FIFTY, leave_out=[15, 23])
    assert chart.centre == approx(0.2150, abs=1e-12)
    assert chart.frame.iloc[0][["low", "high"]].tolist() == approx([0.040703, 0.389297], abs=1e-6)
    assert chart.signals.index.tolist() == [15, 21, 23]
    assert chart.frame["baseline"].sum() == 28 and len(chart.frame) == 30


def test_limits_of_a_u_chart_follow_the_exposure():
    chart = u_chart(COUNTS, WORKERS, per=1000)
    centre = 1000 * 86 / 6000
    assert chart.centre == approx(centre)
    reach = 3 * np.sqrt(86 / 6000 / WORKERS) * 1000
    assert chart.frame["high"].to_numpy() == approx((centre + reach).to_numpy())
    assert chart.frame["low"].to_numpy() == approx(np.maximum(centre - reach, 0).to_numpy())
    assert chart.signals.index.astype(str).tolist() == ["2023-05"]
    assert str(chart).startswith("u-chart, 3 sigma: centre 14.3, 1 of 6 periods signal (2023-05). ")


def test_a_baseline_sets_the_centre():
    chart = u_chart(COUNTS, WORKERS, baseline=COUNTS.index[:4], per=1)
    assert chart.centre == approx(46 / 4200) and chart.frame["baseline"].tolist() == [True] * 4 + [False] * 2


def test_eight_on_one_side_are_a_signal():
    counts = pd.Series([30, 32, 28, 31, 30, 20, 21, 22, 21, 20, 22, 21, 20, 21, 22], range(15))
    chart = u_chart(counts, counts * 0 + 1, per=1, baseline=range(5))
    assert chart.frame["signal"].tolist() == [""] * 11 + ["run"] * 4  # the fifth point lies below too


def test_few_events_and_scatter_are_told():
    few = u_chart(pd.Series([1, 2, 0, 3], range(4)), pd.Series(100, range(4)))
    assert few.note.startswith("Below about 9 expected events the lower limit is 0 and no improvement can signal")
    wild = u_chart(pd.Series([10, 90, 20, 80], range(4)), pd.Series(100, range(4)))
    assert wild.note == "The baseline varies 33.3 times as much as chance (p < 0.001): limits signal too often."


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 1000)), min_size=2, max_size=20))
def test_limits_never_leave_what_is_possible(rows):
    counts, exposure = (pd.Series(part, range(len(rows))) for part in zip(*rows, strict=True))
    if counts.sum() == 0:
        return
    chart = u_chart(counts, exposure)
    assert (chart.frame["low"] >= 0).all() and (chart.frame["low"] < chart.centre).all()
    trials = counts + exposure
    share = p_chart(counts, trials)
    assert share.frame[["low", "high"]].stack().between(0, 1).all()
    wide = u_chart(counts, exposure, sigmas=6)
    assert set(wide.signals.index[wide.signals["signal"] != "run"]) <= set(chart.signals.index)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: u_chart(COUNTS, WORKERS * 0),
            "the exposure of 2023-01, 2023-02, 2023-03, 2023-04, 2023-05 and 1 more is 0.",
        ),
        (
            lambda: u_chart(COUNTS * 0, WORKERS),
            "In the baseline there are no events .or nothing else., so chance has no measure.",
        ),
        (lambda: p_chart(WORKERS, WORKERS), "In the baseline there are no events"),
        (lambda: p_chart(WORKERS, COUNTS), "There are more counts than the trials in 2023-01"),
        (
            lambda: u_chart(COUNTS, WORKERS, baseline=["2022-01"]),
            "2022-01 are not periods of the chart, which has 2023-01",
        ),
        (lambda: u_chart(COUNTS, WORKERS, leave_out=COUNTS.index[:5]), "The baseline has 1 periods; chance shows in 2"),
        (lambda: u_chart(COUNTS[:1], WORKERS[:1]), "The baseline has 1 periods"),
        (lambda: u_chart(COUNTS.where(COUNTS > 9), WORKERS), "In the counts there are missing values: 2023-02"),
        (lambda: u_chart(COUNTS, WORKERS[1:]), "Only the counts have 2023-01, not the exposure"),
    ],
)
def test_input_without_a_chart_is_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


# --- c charts and Laney's limits


def test_a_c_chart_is_a_u_chart_of_equal_periods():
    chart, same = c_chart(COUNTS), u_chart(COUNTS, COUNTS * 0 + 1, per=1)
    assert chart.centre == approx(86 / 6) and chart.method == "c-chart, 3 sigma"
    for name in ("low", "high", "value"):
        assert chart.frame[name].tolist() == approx(same.frame[name].tolist())
    assert chart.frame["high"].tolist() == approx([86 / 6 + 3 * np.sqrt(86 / 6)] * 6)
    assert chart.frame["signal"].tolist() == ["", "", "", "", "high", ""]


def large(seed=4, n=24):
    """Counts of about 100,000 whose rate itself varies by 3 %: chance alone is a tenth of that."""
    generator = np.random.default_rng(seed)
    people = pd.Series(generator.integers(900_000, 1_100_000, n), range(n))
    return pd.Series(generator.poisson(people * 0.1 * generator.normal(1, 0.03, n)), range(n)), people


def test_laneys_limits_by_hand():
    counts, people = large()
    plain, chart = u_chart(counts, people, per=1), u_chart(counts, people, per=1, laney=True)
    centre = counts.sum() / people.sum()
    error = np.sqrt(centre / people)
    z = (counts / people - centre) / error
    sigma_z = z.diff().abs().mean() / 1.128
    assert chart.sigma_z == approx(sigma_z) and plain.sigma_z == 1
    assert chart.frame["high"].tolist() == approx((centre + 3 * sigma_z * error).tolist())
    assert chart.frame["low"].tolist() == approx((centre - 3 * sigma_z * error).tolist())
    assert len(plain.signals) > 15 and len(chart.signals) == 0
    assert chart.method == "Laney u'-chart, 3 sigma"
    assert chart.note == f"Limits are {sigma_z:.2f} times those of chance (sigma z)."


def test_laneys_shares_take_their_factor_from_the_baseline_alone():
    chart = p_chart(CANS, FIFTY, leave_out=[15, 23], laney=True)
    kept = CANS.drop([15, 23])
    error = np.sqrt(0.215 * 0.785 / 50)
    z = (kept / 50 - 0.215) / error
    assert chart.sigma_z == approx(z.diff().abs().mean() / 1.128)
    assert chart.frame["high"].iloc[0] == approx(0.215 + 3 * chart.sigma_z * error)
    assert chart.method == "Laney p'-chart, 3 sigma"


def test_two_sigma_limits_reach_zero_at_fewer_events():
    few = u_chart(pd.Series([1, 2, 0, 3], range(4)), pd.Series(100, range(4)), sigmas=2)
    assert few.note.startswith("Below about 4 expected events the lower limit is 0")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: c_chart(COUNTS * 0), "In the baseline there are no events"),
        (lambda: c_chart([1, 2, 3]), "Of the counts came list, not a pandas Series."),
        (lambda: c_chart(COUNTS - 10), "In the counts there are negative values: 2023-02"),
        (lambda: u_chart(COUNTS, WORKERS, per=0), "per=0 is not possible. Give a number above 0."),
        (lambda: u_chart(COUNTS, WORKERS, sigmas=-3), "sigmas=-3 is not possible. Give a number above 0."),
        (lambda: u_chart(COUNTS, WORKERS, baseline="2022-01"), "2022-01 are not periods of the chart"),
        (lambda: u_chart(COUNTS, WORKERS, baseline=2023), "2023 are not periods of the chart"),
        (lambda: u_chart(COUNTS, WORKERS, leave_out=[[1]]), "are not periods of the chart"),
        (lambda: u_chart(WORKERS, WORKERS, laney=True), "The baseline does not vary at all: Laney's limits would have"),
    ],
)
def test_charts_that_cannot_be_drawn_are_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()
