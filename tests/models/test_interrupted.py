"""Interrupted series: the seat-belt law, other known breaks, counterfactuals, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pytest import approx

from workbench.models.interrupted import fit_interrupted
from workbench.terms.errors import ModelError

# van drivers killed in Great Britain, January 1969 to December 1984; seat-belt law from February 1983 (R datasets)
KILLED = """
12 6 12 8 10 13 11 6 10 16 13 14  14 6 8 11 7 13 13 11 11 14 16 14  17 16 15 13 13 15 12 6 9 13 14 15
14 3 12 13 12 8 8 15 8 5 17 14  13 5 8 5 12 11 13 15 11 11 10 13  8 6 8 14 12 14 13 9 4 13 6 15
12 16 7 12 10 9 9 6 7 13 14 13  14 11 11 10 4 8 9 10 10 5 13 12  10 9 7 5 10 5 6 8 6 12 15 7
14 4 10 8 7 11 3 5 11 10 10 7  10 11 9 7 8 13 8 5 8 7 12 10  7 4 10 4 8 8 7 10 8 14 8 9
8 6 7 6 5 4 5 10 7 10 12 7  4 5 6 4 4 8 8 3 7 12 2 7  8 3 2 6 3 7 6 8 8 4 3 5
5 3 4 3 6 6 7 5 7 7 4 7
"""
VANS = pd.Series([float(part) for part in KILLED.split()], pd.period_range("1969-01", periods=192, freq="M"))
LAW = {"interruption": "1983-02", "harmonics": 2}


@pytest.fixture(scope="module")
def law():
    return fit_interrupted(VANS, errors="hac", **LAW)


def yearly(ratio=0.5, n=16, mean=200, seed=1):
    years = pd.RangeIndex(2005, 2005 + n)
    level = np.where(years >= 2015, ratio, 1.0)
    exposure = pd.Series(np.linspace(1e5, 1.3e5, n), years)
    return pd.Series(np.random.default_rng(seed).poisson(mean * level * exposure / 1e5), years), exposure


def test_the_coefficients_of_the_seat_belt_law(law):
    value = law.coefficients["value"]
    assert value[["constant", "step", "t"]].tolist() == approx([2.545369, -0.252543, -0.0432771], abs=1e-6)
    assert law.dispersion == approx(0.873170, abs=1e-6)
    assert (law.ljung_box, law.ljung_box_p) == approx((12.4455, 0.4106), abs=1e-4)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ("model", (0.046617, 0.109130, 0.0061736)),
        ("hac", (0.055479, 0.063504, 0.0063905)),
    ],
)
def test_the_errors_of_the_seat_belt_law(errors, expected):
    found = fit_interrupted(VANS, errors=errors, **LAW)
    assert found.coefficients.loc[["constant", "step", "t"], "error"].tolist() == approx(expected, abs=1e-6)


@pytest.mark.parametrize(("errors", "limits"), [("model", (0.627235, 0.962085)), ("quasi", (0.636093, 0.948687))])
def test_the_rate_ratio_of_the_seat_belt_law(errors, limits):
    found = fit_interrupted(VANS, errors=errors, **LAW)
    # limits printed with z = 1.96
    assert (found.rate_ratio, found.low, found.high) == approx((0.776823, *limits), abs=2e-6)


def test_what_would_have_been_without_the_law(law):
    assert (law.observed, law.expected, law.difference) == approx((119, 153.1881, -34.188), abs=1e-3)
    assert law.difference_low < law.difference < law.difference_high < 0
    after = law.fitted[law.fitted["after"]]
    assert len(after) == 23 and after["counterfactual"].sum() == approx(law.expected)
    assert after["value"].sum() == approx(law.observed)
    before = law.fitted[~law.fitted["after"]]
    assert before["counterfactual"].to_numpy() == approx(before["value"].to_numpy())
    assert (law.fitted["counterfactual_low"] < law.fitted["counterfactual"]).all()


@pytest.mark.parametrize("centre", ["1984-12", pd.Period("1984-02", freq="M"), "1968-12"])
def test_the_period_at_which_the_level_change_is_read_is_chosen(centre):
    """The same line, read elsewhere: at the last month, a year later, or at the time 0 of an uncentred product."""
    at_law = fit_interrupted(VANS, slope=True, **LAW)
    found = fit_interrupted(VANS, slope=True, centre=centre, **LAW)
    years = (pd.Period(centre, freq="M") - pd.Period("1983-02", freq="M")).n / 12
    step, change = at_law.coefficients.loc["step", "value"], at_law.coefficients.loc["slope_change", "value"]
    assert found.rate_ratio == approx(np.exp(step + years * change), rel=1e-8)
    assert found.slope_ratio == approx(at_law.slope_ratio, rel=1e-8)
    assert found.expected == approx(at_law.expected, rel=1e-8)
    assert found.fitted["value"].to_numpy() == approx(at_law.fitted["value"].to_numpy(), rel=1e-8)
    assert f"Read at {pd.Period(centre, freq='M')}, the level from 1983-02 on was" in str(found)


def test_a_centre_means_nothing_without_a_slope_and_must_be_a_period():
    found = fit_interrupted(VANS, centre="1984-12", **LAW)
    assert found.rate_ratio == fit_interrupted(VANS, **LAW).rate_ratio and str(found.centre) == "1983-02"
    with pytest.raises(ModelError, match="soon is no period of this series, which goes from 1969-01 to 1984-12"):
        fit_interrupted(VANS, slope=True, centre="soon", **LAW)


@pytest.mark.parametrize("errors", ["hac", "quasi"])
def test_a_flat_series_is_no_surer_than_its_counts(errors):
    flat = pd.Series(4.0, pd.RangeIndex(2010, 2022))
    with pytest.raises(ModelError, match="The series fits exactly: its scatter cannot be learnt from it"):
        fit_interrupted(flat, interruption=2016, errors=errors)
    found = fit_interrupted(flat, interruption=2016)
    assert found.low < 0.5 and found.high > 2 and found.p_value == approx(1)


def test_a_slope_change_is_centred_at_the_law():
    found = fit_interrupted(VANS, slope=True, errors="model", **LAW)
    terms = found.coefficients.loc[["step", "slope_change"]]
    assert terms["value"].tolist() == approx([-0.376750, 0.132129], abs=1e-6)
    assert terms["error"].tolist() == approx([0.194021, 0.167089], abs=1e-6)
    assert (
        "Compared with the earlier trend it then changed by +14.1% a year (95% CI -17.7 to +58.3)." in found.sentence()
    )
    assert (found.slope_ratio, found.slope_low) == approx(
        (np.exp(0.132129), np.exp(0.132129 - 1.959964 * 0.167089)), abs=1e-5
    )


def test_the_finding_is_told_without_claiming_a_cause(law):
    words = law.sentence()
    assert words.startswith(
        "From 1983-02 the level was 0.777 times what came before (95% CI 0.686 to 0.880): 119 events "
    )
    assert words.endswith("One series cannot tell the interruption from anything else that began then.")
    assert str(law) == words and law.method == "segmented Poisson regression, errors: HAC (Newey-West, 12 lags)"


def test_exposure_is_an_offset():
    counts, exposure = yearly()
    found = fit_interrupted(counts, exposure, interruption=2015, errors="model")
    number = np.arange(1, 17)
    design = np.column_stack([np.ones(16), number > 10, number])
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), offset=np.log(exposure)).fit()
    assert np.log(found.rate_ratio) == approx(theirs.params.iloc[1])
    assert found.low < 0.5 < found.high and np.isnan(found.slope_ratio)


def test_counts_of_a_whole_country_are_fitted_as_well():
    counts, exposure = yearly(mean=200)
    small = fit_interrupted(counts, exposure, interruption=2015, slope=True, errors="model")
    large = fit_interrupted(counts * 10**6, exposure, interruption=2015, slope=True, errors="model")
    assert large.rate_ratio == approx(small.rate_ratio, rel=1e-9)
    assert large.coefficients.loc["step", "error"] == approx(small.coefficients.loc["step", "error"] / 1000)


def test_another_known_break_stays_in_the_counterfactual():
    counts, exposure = yearly(ratio=1, mean=1000)
    counts.loc[2010:] *= 2
    blind = fit_interrupted(counts, exposure, interruption=2015)
    told = fit_interrupted(counts, exposure, interruption=2015, breaks=[2010])
    assert told.coefficients.loc["break_2010", "value"] == approx(np.log(2), abs=0.1)
    assert abs(told.difference) < abs(blind.difference) / 3


def test_neighbouring_periods_that_are_alike_are_told():
    wave = np.exp(np.sin(np.arange(120) / 9) / 2)
    counts = pd.Series(np.random.default_rng(0).poisson(40 * wave), pd.period_range("2010-01", periods=120, freq="M"))
    found = fit_interrupted(counts, interruption="2016-01", errors="quasi")
    assert "Neighbouring periods are alike beyond the model (Ljung-Box p = 0.000)." in found.sentence()


def test_errors_allow_for_periods_that_are_alike():
    wave = np.exp(np.sin(np.arange(120) / 9) / 2)
    months = pd.period_range("2010-01", periods=120, freq="M")
    alike, apart = (pd.Series(np.random.default_rng(0).poisson(40 * level), months) for level in (wave, wave * 0 + 1))
    wide, narrow = (
        fit_interrupted(alike, interruption="2016-01"),
        fit_interrupted(alike, interruption="2016-01", errors="quasi"),
    )
    assert wide.inflation > 3
    assert wide.coefficients.loc["step", "error"] == approx(
        narrow.coefficients.loc["step", "error"] * np.sqrt(wide.inflation)
    )
    assert wide.p_value > narrow.p_value and "Ljung-Box" not in wide.sentence()
    assert wide.difference_high - wide.difference_low > 1.5 * (narrow.difference_high - narrow.difference_low)
    assert fit_interrupted(apart, interruption="2016-01").inflation < 1.5


def test_the_simulated_interval_repeats_with_its_seed():
    one, same, other = (fit_interrupted(VANS, seed=seed, **LAW) for seed in (1, 1, 2))
    assert one.difference_low == same.difference_low != other.difference_low
    assert one.difference_low == approx(other.difference_low, abs=1)


def test_quarters_have_their_own_seasons_and_order_changes_nothing():
    counts = VANS.groupby(VANS.index.asfreq("Q")).sum()
    found = fit_interrupted(counts, interruption="1983Q1", harmonics=2)
    assert {"sine_1", "cosine_1", "cosine_2"} <= set(
        found.coefficients.index
    ) and "sine_2" not in found.coefficients.index
    assert fit_interrupted(counts[::-1], interruption="1983Q1", harmonics=2).rate_ratio == approx(found.rate_ratio)


@pytest.mark.parametrize(
    ("counts", "asked", "message"),
    [
        (
            VANS,
            {"interruption": "1990-01"},
            "The interruption, 1990-01, must leave 3 periods before it and 3 from it on; the",
        ),
        (VANS, {"interruption": "1984-11"}, "must leave 3 periods"),
        (VANS, {"interruption": "soon"}, "The interruption, soon, must leave"),
        (VANS, {**LAW, "breaks": ["1969-02"]}, "A break, 1969-02, must leave 3 periods before it"),
        (
            VANS.drop(pd.Period("1975-06")),
            LAW,
            "1975-06 are missing from the series. Give every period, or start after",
        ),
        (VANS.where(VANS != 16), LAW, "In the counts there are missing values"),
        (
            VANS.where(VANS.index < "1983-02", 0),
            LAW,
            "There are no events from 1983-02 to 1984-12: the change has no finite",
        ),
        (
            VANS,
            {**LAW, "errors": "robust"},
            "errors='robust' is not known. There are: autocorrelated, hac, quasi, model.",
        ),
        (VANS, {**LAW, "harmonics": 7}, "harmonics=7 do not exist in 12 periods a year; there can be 0 to 6."),
        (
            yearly()[0],
            {"interruption": 2015, "harmonics": 1},
            "harmonics=1 do not exist in 1 periods a year; there can be 0",
        ),
        (
            yearly()[0].set_axis([f"y{i}" for i in range(16)]),
            {"interruption": "y9"},
            "The counts must go by months, quarters",
        ),
        (
            VANS[-30:],
            {**LAW, "harmonics": 6, "breaks": VANS.index[-24:-3:1]},
            "30 periods do not tell constant, step, t, break_",
        ),
    ],
)
def test_input_without_an_interruption_is_refused(counts, asked, message):
    with pytest.raises(ModelError, match=message):
        fit_interrupted(counts, **asked)


def test_exposure_of_zero_and_other_periods_are_refused():
    counts, exposure = yearly()
    with pytest.raises(ModelError, match="The exposure of 2005 is 0. Start after it."):
        fit_interrupted(counts, exposure.where(exposure.index > 2005, 0), interruption=2015)
    with pytest.raises(ModelError, match="Only the counts have 2020, not the exposure"):
        fit_interrupted(counts, exposure.drop(2020), interruption=2015)


def test_a_model_that_fails_inside_is_answered(monkeypatch):
    def fail(*_arguments, **_options):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(sm.GLM, "fit", fail)
    with pytest.raises(
        ModelError, match="The model does not converge: too few events for its terms. Drop breaks, the slope"
    ):
        fit_interrupted(VANS, **LAW)
