"""Annual percent change: printed cases, statsmodels, breaks, plain words, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from workbench.models.trend import fit_trend, poisson_line, signed, yearly_change
from workbench.terms.errors import ModelError

YEARS = range(2002, 2010)
# colorectal cancer incidence, SEER 9, 2002-2009: sample data of the NCI Joinpoint program
RATES = pd.Series([53.051964, 50.630380, 49.629558, 47.493801, 46.519080, 45.922793, 44.680007, 42.611542], YEARS)
ERRORS = pd.Series([0.452782, 0.438767, 0.431219, 0.417881, 0.410786, 0.404020, 0.395300, 0.382173], YEARS)


def counted(apc=-3.0, years=range(2010, 2024), mean=50.0, seed=1, spread=1.0):
    """Counts and exposure of a known trend; `spread` above 1 scatters more than Poisson."""
    generator, t = np.random.default_rng(seed), np.arange(len(years))
    exposure = pd.Series(np.linspace(9e5, 1.1e6, len(years)), index=years)
    expected = exposure / 1e6 * mean * (1 + apc / 100) ** t
    if spread > 1:
        expected = generator.gamma(expected / (spread - 1), spread - 1)
    return pd.Series(generator.poisson(expected), index=years), exposure


def test_published_rates_give_the_printed_change():
    plain, weighted = fit_trend(rates=RATES), fit_trend(rates=RATES, standard_errors=ERRORS)
    assert (plain.apc, plain.low, plain.high) == approx((-2.83148, -3.22021, -2.44119), abs=1e-5)
    assert (weighted.apc, weighted.low, weighted.high) == approx((-2.83416, -3.22228, -2.44448), abs=1e-5)
    assert weighted.method == "weighted log-linear least squares on published rates, t limits"


def test_counts_agree_with_statsmodels():
    counts, exposure = counted()
    trend = fit_trend(counts, exposure)
    design = sm.add_constant(counts.index.to_numpy(float) - 2016)
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(tol=1e-12)
    limits = 100 * np.expm1(theirs.conf_int().iloc[1])
    assert trend.method == "Poisson log-linear regression"
    assert (trend.apc, trend.low, trend.high) == approx((100 * np.expm1(theirs.params.iloc[1]), *limits), rel=1e-6)
    band = theirs.get_prediction(design, exposure=np.full(len(counts), 1e5)).summary_frame()
    assert trend.fitted["value"].to_numpy() == approx(band["mean"].to_numpy())
    assert trend.fitted["low"].to_numpy() == approx(band["mean_ci_lower"].to_numpy())


def test_scatter_beyond_poisson_widens_the_interval_and_is_said():
    counts, exposure = counted(spread=4, mean=400)
    trend = fit_trend(counts, exposure)
    design = sm.add_constant(counts.index.to_numpy(float) - 2016)
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(
        scale="X2", tol=1e-12, use_t=True
    )
    limits = 100 * np.expm1(theirs.conf_int().iloc[1])
    assert trend.method == f"quasi-Poisson log-linear regression, dispersion {theirs.scale:.2f}, t limits"
    assert (trend.low, trend.high) == approx(tuple(limits), rel=1e-6)


def test_many_series_are_fitted_as_one_by_one():
    t = np.arange(6.0) - 2.5
    counts = np.array([[3.0, 0, 5, 2, 8, 9], [200, 180, 150, 155, 120, 110]])
    together = poisson_line(t, counts, np.full(6, 10.0))
    for row in range(2):
        alone = poisson_line(t, counts[row], np.full(6, 10.0))
        for one, other in zip(together, alone, strict=True):
            assert one[row] == approx(other, rel=1e-8)


@given(st.floats(-20, 20), st.integers(3, 30), st.floats(0.1, 1e4))
def test_an_exact_line_is_recovered(apc, n, start):
    years = range(2000, 2000 + n)
    rates = pd.Series([start * (1 + apc / 100) ** i for i in range(n)], years)
    trend = fit_trend(rates=rates)
    assert (trend.apc, trend.low, trend.high) == approx((apc, apc, apc), abs=1e-6)
    counts = fit_trend(rates, rates * 0 + 1.0)
    assert counts.apc == approx(apc, abs=1e-6)


@given(st.integers(1, 10**6), st.integers(0, 50))
def test_the_unit_of_exposure_and_the_calendar_change_nothing(times, shift):
    counts, exposure = counted()
    one, other = (
        fit_trend(counts, exposure),
        fit_trend(counts.set_axis(counts.index + shift), (exposure * times).set_axis(exposure.index + shift)),
    )
    assert (one.apc, one.low, one.high) == approx((other.apc, other.low, other.high), rel=1e-6)


def test_the_order_of_the_years_changes_nothing():
    counts, exposure = counted()
    assert fit_trend(counts[::-1], exposure.sample(frac=1, random_state=1)).apc == approx(
        fit_trend(counts, exposure).apc
    )


def test_counts_alone_are_a_trend_of_events():
    counts, _exposure = counted()
    trend = fit_trend(counts)
    assert trend.measure == "the number of events"
    assert trend.fitted["value"].sum() == approx(counts.sum())


def test_a_break_cuts_the_line():
    counts, exposure = counted()
    trend = fit_trend(counts, exposure, breaks=[2019, 1999])
    assert [(part.first, part.last, part.n) for part in trend.segments] == [(2010, 2018, 9), (2019, 2023, 5)]
    for part in trend.segments:
        years = range(part.first, part.last + 1)
        alone = fit_trend(counts[years], exposure[years])
        assert (part.apc, part.low, part.high) == approx((alone.apc, alone.low, alone.high))
    assert (trend.apc, trend.first) == (trend.segments[1].apc, 2019)
    assert trend.fitted["segment"].tolist() == [1] * 9 + [2] * 5
    assert list(trend.fitted.columns) == ["year", "value", "low", "high", "segment"]


def test_a_span_that_is_too_short_has_no_figure_and_says_why():
    counts, exposure = counted()
    trend = fit_trend(counts, exposure, breaks=[2022])
    assert np.isnan(trend.segments[1].apc) and trend.last == 2021
    assert trend.segments[1].note == "A trend needs at least 3 years without a break, here are 2."
    assert trend.fitted["value"].isna().sum() == 2
    assert "2022 to 2023: no figure. A trend needs at least 3 years" in trend.sentence()
    assert "The series breaks at 2022: the spans are not one trend." in trend.sentence()


def test_a_span_without_events_has_no_figure():
    counts = pd.Series([5, 6, 4, 0, 0, 0], range(2015, 2021))
    trend = fit_trend(counts, breaks=[2018])
    assert (
        trend.segments[1].note == "There are no events in any of these years: give the upper limit of the rate instead."
    )


def test_years_that_are_not_there_are_said():
    counts, exposure = counted()
    trend = fit_trend(counts.drop([2013, 2014]), exposure.drop([2013, 2014]))
    assert trend.note == "Not in the series: 2013, 2014." and trend.n == 12
    assert trend.sentence().endswith("Not in the series: 2013, 2014.")


def test_neighbouring_years_that_are_alike_are_said():
    rates = pd.Series(np.exp(np.sin(np.arange(20) / 3) / 10), range(2000, 2020))
    assert "Neighbouring years are alike beyond the line" in fit_trend(rates=rates).note


def test_zero_counts_are_taken_as_they_are():
    trend = fit_trend(pd.Series([0, 2, 0, 1, 3, 0, 4], range(2010, 2017)))
    assert np.isfinite([trend.apc, trend.low, trend.high]).all()


@pytest.mark.parametrize(
    ("apc", "words"),
    [
        (-8, "From 2010 to 2023 the rate fell by "),
        (8, "From 2010 to 2023 the rate rose by "),
        (0, "From 2010 to 2023 neither a rise nor a fall of the rate is clear: it changed by "),
    ],
)
def test_a_trend_is_told_in_plain_words(apc, words):
    trend = fit_trend(*counted(apc=apc, mean=100, seed=5))
    assert trend.sentence().startswith(words)
    assert f"% a year (95% CI {limits(trend)})." in str(trend)


def limits(trend):
    """The limits as they are told: of a fall by how much it fell, with signs only where a rise is possible too."""
    if trend.low > 0:
        return f"{trend.low:.1f} to {trend.high:.1f}"
    if trend.high < 0:
        return f"{-trend.high:.1f} to {-trend.low:.1f}"
    return f"{signed(trend.low)} to {signed(trend.high)}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((-3.0, -4.1, -1.9), "fell by 3.0% a year (95% CI 1.9 to 4.1)"),
        ((3.0, 1.9, 4.1), "rose by 3.0% a year (95% CI 1.9 to 4.1)"),
        ((-3.0, -6.0, 0.2), "changed by -3.0% a year (95% CI -6.0 to +0.2)"),
        ((-0.01, -0.02, 0.0), "changed by +0.0% a year (95% CI +0.0 to +0.0)"),
        ((-0.8, -1.5, -0.01), "fell by 0.8% a year (95% CI 0.0 to 1.5)"),
    ],
)
def test_a_fall_is_told_by_how_much_it_fell(change, words):
    assert yearly_change(*change, 0.95) == words


def test_a_change_of_nothing_has_no_sign_of_less():
    assert (signed(-0.04), signed(0.04), signed(-2.31)) == ("+0.0", "+0.0", "-2.3")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Give either counts .with their exposure. or published rates, and not both."),
        ({"counts": RATES, "rates": RATES}, "Give either counts"),
        (
            {"rates": RATES[:2]},
            "^2002 to 2003: no figure. A trend needs at least 3 years .*, here are 2.$",
        ),
        ({"rates": RATES[:1]}, "^2002: no figure. A trend needs at least 3 years without a break, here is 1.$"),
        ({"rates": RATES[:0]}, "There is no year in the rates. Has the selection left nothing?"),
        (
            {"rates": RATES.where(RATES.index != 2005, 0)},
            "A rate of 0 in 2005 has no logarithm or weight. Give counts and",
        ),
        ({"rates": RATES, "standard_errors": ERRORS * 0}, "A standard error of 0 in 2002, 2003"),
        ({"rates": RATES.where(RATES.index != 2005)}, "In the rates there are missing values: 2005"),
        ({"counts": RATES * 0}, "There are no events in any of these years: give the upper limit of the rate instead."),
        (
            {"counts": pd.Series([0, 0, 0, 7], range(2000, 2004))},
            "All events fall in one year at the end of the span: the slope has no finite estimate.",
        ),
        ({"counts": RATES, "exposure": RATES * 0}, "The exposure of 2002, 2003, 2004, 2005, 2006 and 3 more is 0."),
        ({"counts": RATES, "exposure": RATES[1:]}, "Only the counts have 2002, not the exposure"),
        (
            {"rates": RATES.set_axis([f"{year}Q1" for year in YEARS])},
            "Years must be whole numbers such as 2019, in the rates",
        ),
        ({"rates": RATES, "breaks": [2004.5]}, "in the breaks there are 2004.5."),
        ({"rates": RATES.set_axis([2002] * 8)}, "2002 stands more than once"),
        (
            {"rates": RATES, "breaks": range(2002, 2010)},
            "^2002: no figure. A trend .* is 1. 2003: no figure",
        ),
    ],
)
def test_input_without_a_trend_is_refused(asked, message):
    with pytest.raises(ModelError, match=message):
        fit_trend(**asked)


# --- p-values, and no more certainty than the figures have


def test_the_p_value_agrees_with_statsmodels():
    for spread, distribution in ((1.0, "normal"), (4.0, "t with 12 degrees of freedom")):
        counts, exposure = counted(apc=-1, mean=200 if spread > 1 else 50, spread=spread)
        trend = fit_trend(counts, exposure)
        design = sm.add_constant(counts.index.to_numpy(float) - 2016)
        options = {"scale": "X2", "use_t": True} if spread > 1 else {}
        theirs = sm.GLM(counts, design, family=sm.families.Poisson(), exposure=exposure).fit(tol=1e-12, **options)
        assert trend.p_value == approx(theirs.pvalues.iloc[1], rel=1e-5)
        assert trend.distribution == distribution


def test_the_p_value_of_published_rates_agrees_with_statsmodels():
    trend = fit_trend(rates=RATES, standard_errors=ERRORS)
    weights = (RATES / ERRORS) ** 2
    theirs = sm.WLS(np.log(RATES), sm.add_constant(RATES.index.to_numpy(float)), weights=weights).fit()
    assert trend.p_value == approx(theirs.pvalues.iloc[1], rel=1e-6)
    assert trend.distribution == "t with 6 degrees of freedom"
    assert fit_trend(rates=RATES[:3]).distribution == "t with 1 degree of freedom"


@given(st.floats(-15, 15), st.integers(3, 20), st.integers(0, 10**6), st.sampled_from([0.9, 0.95, 0.99]))
def test_limits_leave_out_no_change_exactly_where_the_p_value_is_small(apc, years, seed, level):
    counts, exposure = counted(apc=apc, years=range(2000, 2000 + years), mean=60, seed=seed)
    trend = fit_trend(counts, exposure, level=level)
    assert (trend.low > 0 or trend.high < 0) == (trend.p_value < 1 - level)


def test_a_very_clear_trend_has_a_p_value_above_zero():
    trend = fit_trend(pd.Series(np.round(1e3 * 0.9 ** np.arange(12)), range(2000, 2012)))
    assert 0 < trend.p_value < 1e-100


def test_a_span_without_a_figure_has_no_p_value():
    trend = fit_trend(*counted(), breaks=[2022])
    assert np.isnan(trend.segments[1].p_value) and trend.segments[1].distribution == ""
    assert trend.p_value == trend.segments[0].p_value


def test_rates_without_scatter_say_that_nothing_shows_how_sure_they_are():
    for rates in (pd.Series(7.0, range(2015, 2018)), pd.Series(1.05 ** np.arange(9), range(2000, 2009))):
        trend = fit_trend(rates=rates)
        assert np.isnan(trend.p_value)
        assert "nothing shows how sure it is" in trend.sentence()
    assert "nothing shows" not in fit_trend(rates=RATES).sentence()


def test_rates_that_scatter_less_than_their_errors_say_so():
    trend = fit_trend(rates=RATES, standard_errors=10 * ERRORS)
    assert "scatter less about the line than their standard errors alone would make them" in trend.note
    assert trend.apc == approx(fit_trend(rates=RATES, standard_errors=ERRORS).apc)
    assert "scatter less" not in fit_trend(rates=RATES, standard_errors=ERRORS).note


def test_flat_and_few_counts_have_the_doubt_of_counts():
    years = range(2015, 2018)
    for counts in ([4.0, 4, 4], [3.0, 4, 5]):
        trend = fit_trend(pd.Series(counts, years), pd.Series(1000.0, years))
        assert trend.low < -30 and trend.high > 90 and trend.p_value > 0.4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counts": RATES}, "The counts of 2002, .* and 3 more are not whole. Give published rates as rates="),
        ({"counts": -RATES.round()}, "In the counts there are negative values: 2002"),
        ({"counts": RATES.round(), "exposure": -RATES}, "In the exposure there are negative values"),
        ({"counts": RATES.round(), "exposure": RATES, "per": 0}, "per=0 is not possible. Give a number above 0."),
        ({"rates": -RATES}, "In the rates there are negative values"),
        ({"rates": RATES, "standard_errors": -ERRORS}, "In the standard errors there are negative values"),
        ({"rates": RATES, "standard_errors": ERRORS[1:]}, "Only the rates have 2002, not the standard errors"),
        ({"rates": RATES, "breaks": "2005"}, None),
        ({"rates": RATES, "breaks": 2005}, None),
        ({"rates": RATES, "breaks": ["in 2005"]}, "in the breaks there are in 2005."),
        ({"rates": RATES, "breaks": [np.nan]}, "in the breaks there are nan."),
        ({"rates": RATES, "level": 95}, "level=95 is not a confidence level"),
        ({"rates": RATES.set_axis(range(20020101, 20020109))}, "Years must be whole numbers such as 2019"),
        ({"rates": RATES.tolist()}, "Of the rates came list, not a pandas Series."),
    ],
)
def test_what_makes_no_trend_is_answered_in_words(options, message):
    if message is None:
        assert len(fit_trend(**options).segments) == 2  # one break needs no list
        return
    with pytest.raises(ModelError, match=message):
        fit_trend(**options)


def test_the_fit_goes_on_until_its_score_is_nil():
    years = np.arange(30.0) - 14.5
    for counts in (np.r_[np.zeros(20), 1e6 * 1.5 ** np.arange(10)], np.r_[1e6, np.zeros(28), 1.0]):
        (level, slope), _covariance, _dispersion = poisson_line(years, counts, np.ones(30))  # the second in 16 steps
        left = counts - np.exp(level + slope * years)
        assert abs(left.sum()) < 1e-8 * counts.max() and abs(left @ years) < 1e-8 * counts.max()
