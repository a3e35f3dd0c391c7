"""Joinpoint regression: the NCI program's sample, Muggeo's breakpoint, selection, windows, refusals."""

import warnings

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from workbench.models.broken_line import Series, best_continuous, best_on_grid, candidates, fit_at, grid_sums
from workbench.models.joinpoint import fit_joinpoints
from workbench.models.trend import fit_trend
from workbench.terms.errors import ModelError

# colorectal cancer incidence, both sexes, SEER 9, 1975-2009: sample data of the NCI Joinpoint program
SAMPLE = """
1975 59.525155 0.622376; 1976 61.354829 0.625779; 1977 62.407366 0.626163; 1978 62.043968 0.615766;
1979 62.374364 0.611855; 1980 63.750189 0.611369; 1981 64.237128 0.608141; 1982 62.783505 0.594747;
1983 63.669770 0.592998; 1984 64.812536 0.592248; 1985 66.299379 0.592801; 1986 64.183377 0.577918;
1987 62.706918 0.565680; 1988 61.357916 0.554827; 1989 61.690575 0.551235; 1990 60.699468 0.541404;
1991 59.475818 0.530320; 1992 58.000031 0.516398; 1993 56.798427 0.505962; 1994 55.618782 0.495690;
1995 54.028570 0.483554; 1996 54.763626 0.482678; 1997 56.408002 0.485361; 1998 56.758447 0.482658;
1999 55.464622 0.473524; 2000 54.122727 0.464249; 2001 53.476330 0.458229; 2002 53.051964 0.452782;
2003 50.630380 0.438767; 2004 49.629558 0.431219; 2005 47.493801 0.417881; 2006 46.519080 0.410786;
2007 45.922793 0.404020; 2008 44.680007 0.395300; 2009 42.611542 0.382173
"""
ROWS = np.array([[float(part) for part in row.split()] for row in SAMPLE.split(";")])
RATES = pd.Series(ROWS[:, 1], ROWS[:, 0].astype(int))
ERRORS = pd.Series(ROWS[:, 2], RATES.index)
# Bacon & Watts (1971) Biometrika 58:525-534
STAGNANT = [
    (-0.8, 0.9), (0.01, 0.51), (-0.25, 0.65), (-0.25, 0.67), (-0.12, 0.6), (-0.12, 0.59), (-0.94, 0.92), (0.11, 0.43),
    (0.11, 0.43), (-0.63, 0.81), (-0.63, 0.83), (-1.39, 1.12), (-1.39, 1.12), (0.7, -0.13), (0.7, -0.14), (0.34, 0.25),
    (1.19, -0.65), (0.59, -0.01), (0.85, -0.3), (0.85, -0.33), (0.99, -0.46), (0.99, -0.43), (0.25, 0.33),
    (-1.08, 0.99),
    (-1.08, 1.03), (0.44, 0.13), (0.34, 0.24), (0.25, 0.3),
]  # fmt: skip


def planted(k=1, noise=0.01, n=24, seed=3):
    """Rates with a turn of 8 points in the middle, or none."""
    t = np.arange(n)
    bend = np.maximum(t - n // 2, 0) * (0.08 if k else 0)
    values = np.exp(3 - 0.04 * t + bend + np.random.default_rng(seed).normal(0, noise, n))
    return pd.Series(values, range(2000, 2000 + n))


@pytest.fixture(scope="module")
def sample():
    return fit_joinpoints(rates=RATES, standard_errors=ERRORS, most=4)


def test_the_criteria_of_the_sample(sample):
    expected = {
        0: ((), 1095.8136, 3.64707, 3.64707),
        1: ((1985,), 308.4978, 2.58269, 2.68427),
        2: ((1984, 2002), 138.1932, 1.98279, 2.18596),
        3: ((1985, 1995, 1998), 47.62734, 1.12071, 1.42545),
        4: ((1985, 1995, 1998, 2002), 38.15136, 1.10203, 1.50835),
    }
    for k, (joinpoints, sse, bic, bic3) in expected.items():
        row = sample.table.loc[k]
        assert row["joinpoints"] == joinpoints
        # the published rates are rounded to 6 decimals: their residual sum to about 5e-6 of itself
        assert row["sse"] == approx(sse, rel=1e-6) and (row["bic"], row["bic3"]) == approx((bic, bic3), abs=1e-5)


def test_every_rule_names_its_choice(sample):
    assert sample.choices == {"bic": 4, "bic3": 3, "weighted-bic": 3}
    assert sample.selected_by == "weighted-bic" and sample.joinpoints == (1985, 1995, 1998)
    assert sample.table["weighted_bic"].between(sample.table["bic"] - 1e-12, sample.table["bic3"] + 1e-12).all()
    weight = sample.table["weight"]
    blend = sample.table["bic"] * (1 - weight) + sample.table["bic3"] * weight
    assert sample.table["weighted_bic"].to_numpy() == approx(blend.to_numpy())


def test_the_segments_of_the_sample(sample):
    assert [part.value for part in sample.segments] == approx([0.8071, -1.8190, 1.6012, -2.5007], abs=5e-5)
    errors = np.sqrt(np.diag(sample.line.slope_covariance))
    assert errors == approx([0.000973926, 0.000870345, 0.002780071, 0.000875026], abs=1e-8)
    assert sample.fitted.iloc[[0, -1]]["value"].tolist() == approx([60.54217, 43.34676], abs=1e-5)
    assert sample.fitted["segment"].value_counts().sort_index().tolist() == [11, 10, 3, 11]


def test_average_changes_of_the_sample(sample):
    assert sample.aapc(1975, 2009).value == approx(-0.97786, abs=1e-5)
    four = fit_joinpoints(rates=RATES, standard_errors=ERRORS, most=4, select="bic")
    assert [part.value for part in four.segments] == approx([0.8014, -1.8021, 1.1746, -1.9122, -2.8076], abs=5e-5)
    assert four.aapc(1975, 2009).value == approx(-1.00542, abs=1e-5)
    assert four.aapc(2000, 2009).value == approx(-2.60932, abs=1e-5)


def test_an_average_inside_one_segment_is_its_change(sample):
    last = sample.segments[-1]
    window = sample.aapc(2001, 2008)
    assert (window.value, window.low, window.high) == approx((last.value, last.low, last.high))
    assert str(window).startswith("from 2001 to 2008 it fell by 2.5% a year (95% CI ")


def test_continuous_joinpoints_of_the_sample():
    found = fit_joinpoints(rates=RATES, standard_errors=ERRORS, most=3, placement="continuous", select="bic3")
    assert found.joinpoints == approx((1985.03, 1995.37, 1998.24), abs=0.005)
    assert found.line.sse == approx(44.3221, abs=1e-4)
    assert all(low < point < high for point, (low, high) in zip(found.joinpoints, found.ranges, strict=True))


def test_the_breakpoint_of_bacon_and_watts():
    x, y = np.array(sorted(STAGNANT)).T
    line = best_continuous(Series(t=x, y=y, weights=np.ones(28), steps=np.empty((28, 0))), 1, 2)
    assert (line.knots[0], line.knot_errors[0]) == approx((0.0411058, 0.0228348), abs=1e-7)
    assert line.slopes == approx([-0.422077, -1.020568], abs=1e-6)
    assert np.sqrt(np.diag(line.slope_covariance)) == approx([0.011487, 0.015068], abs=1e-6)
    assert line.sse == approx(0.0091402, abs=1e-7) and line.df == 24


def test_the_breakpoint_agrees_with_the_package_piecewise_regression():
    piecewise = pytest.importorskip("piecewise_regression", reason="piecewise-regression is the second implementation")
    x, y = np.array(sorted(STAGNANT)).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other package's own
        theirs = piecewise.Fit(list(x), list(y), n_breakpoints=1, start_values=[0.0]).get_results()["estimates"]
    line = best_continuous(Series(t=x, y=y, weights=np.ones(28), steps=np.empty((28, 0))), 1, 2)
    assert line.knots[0] == approx(theirs["breakpoint1"]["estimate"], abs=1e-4)
    assert line.knot_errors[0] == approx(theirs["breakpoint1"]["se"], rel=1e-3)


def test_the_search_by_cross_products_is_the_search_by_least_squares():
    generator = np.random.default_rng(0)
    t = np.arange(14.0)
    steps = (t[:, None] >= 9).astype(float)
    series = Series(t=t, y=generator.normal(size=14), weights=generator.uniform(1, 50, 14), steps=steps)
    for k in (0, 1, 2):
        knots = candidates(t, k, 2)
        slow = [fit_at(series, tuple(row)).sse for row in knots]
        assert grid_sums(series, knots) == approx(np.array(slow), rel=1e-9)
        responses = np.column_stack([series.y, generator.normal(size=14)])
        assert grid_sums(series, knots, responses)[0] == approx(min(slow), rel=1e-9)


def test_joinpoints_keep_their_distance():
    for k, least in ((1, 2), (2, 3), (3, 2)):
        knots = candidates(np.arange(16.0), k, least)
        assert knots.min() == least and knots.max() == 15 - least
        assert k == 1 or np.diff(knots).min() == least + 1
    assert len(candidates(np.arange(35.0), 3, 2)) == 2925


def test_permutation_tests_find_what_was_planted_and_repeat_with_the_seed():
    turned = fit_joinpoints(rates=planted(), most=2, select="permutation", permutations=499, seed=1)
    assert turned.joinpoints == (2012,) and turned.choices["permutation"] == 1
    assert "0 against 2: p = 0.0020, limit 0.0250; 1 against 2: p = " in turned.note
    again = fit_joinpoints(rates=planted(), most=2, select="permutation", permutations=499, seed=1)
    assert again.note == turned.note
    straight = fit_joinpoints(rates=planted(k=0), most=2, select="permutation", permutations=499, seed=1)
    assert straight.joinpoints == ()


def test_without_a_joinpoint_it_is_the_log_linear_trend():
    found, trend = fit_joinpoints(rates=RATES[-8:], most=0), fit_trend(rates=RATES[-8:])
    only = found.segments[0]
    assert (only.value, only.low, only.high) == approx((trend.apc, trend.low, trend.high))
    assert found.fitted["value"].to_numpy() == approx(trend.fitted["value"].to_numpy())


def test_counts_are_weighted_by_themselves():
    exposure = pd.Series(1e6, RATES.index)
    counts = (RATES * 40).round()
    found = fit_joinpoints(counts, exposure, most=1)
    rates = counts / exposure * 100_000
    same = fit_joinpoints(rates=rates, standard_errors=rates / np.sqrt(counts), most=1)
    assert found.segments[0].value == approx(same.segments[0].value)
    assert found.fitted["value"].to_numpy() == approx(same.fitted["value"].to_numpy())


def test_a_declared_break_is_a_step_that_the_slopes_do_not_see():
    rates = planted(k=0, noise=1e-4)
    rates.loc[2010:] *= 1.5
    found = fit_joinpoints(rates=rates, breaks=[2010])
    assert found.joinpoints == () and found.segments[0].value == approx(-3.92, abs=0.01)
    assert found.steps["year"].tolist() == [2010] and found.steps["value"].tolist() == approx([50], abs=0.1)
    without = fit_joinpoints(rates=rates)
    assert without.joinpoints != ()


def test_the_order_of_the_years_and_the_unit_change_nothing():
    one, other = fit_joinpoints(rates=planted()), fit_joinpoints(rates=planted()[::-1] * 1000)
    assert one.joinpoints == other.joinpoints
    assert [part.value for part in one.segments] == approx([part.value for part in other.segments])


def test_an_exact_series_needs_no_more_joinpoints_than_it_has():
    assert fit_joinpoints(rates=planted(k=0, noise=0)).joinpoints == ()
    turned = fit_joinpoints(rates=planted(noise=0))
    assert turned.joinpoints == (2012,)
    assert [part.value for part in turned.segments] == approx([100 * np.expm1(-0.04), 100 * np.expm1(0.04)])
    assert fit_joinpoints(rates=planted() * 0 + 7).segments[0].value == approx(0, abs=1e-9)


def test_short_series_are_asked_for_fewer_joinpoints():
    assert [len(fit_joinpoints(rates=planted(n=n)).table) for n in (6, 7, 12, 17, 22)] == [1, 2, 3, 4, 5]
    found = fit_joinpoints(rates=planted(n=9), most=4)
    assert "No more than 2 joinpoints fit into 9 years." in found.note and len(found.table) == 3


def test_a_joinpoint_near_the_end_is_called_weak():
    rates = planted(k=0, noise=0.001)
    rates.loc[2022:] *= [1.2, 1.45]
    found = fit_joinpoints(rates=rates, most=1)
    assert found.joinpoints == (2021,)
    assert "A joinpoint in the last 4 years is weak evidence." in found.sentence()
    assert "The intervals take the joinpoints as known: they are too narrow." in str(found)
    assert found.sentence().startswith(
        "One joinpoint, 2021, by weighted BIC: from 2000 to 2021 it fell by 3.9% a year (95% CI "
    )


def test_years_that_fit_nearly_as_well_are_told():
    found = fit_joinpoints(rates=planted(noise=0.1), most=1)
    (low, high), point = found.ranges[0], found.joinpoints[0]
    assert low <= point <= high and high - low >= 2


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "Give either counts"),
        (
            {"rates": RATES[:3], "most": 1},
            "3 years are too few: a line needs 3, a joinpoint with 2 years on each side 5.",
        ),
        ({"rates": RATES[:2]}, "2 years are too few"),
        ({"rates": RATES, "most": 5}, "most=5 joinpoints: there can be 0 to 4."),
        ({"rates": RATES, "least": 0}, "least=0: between joinpoints there must be at least 1 year."),
        (
            {"rates": RATES, "select": "aic"},
            "select='aic' is not known. There are: weighted-bic, bic, bic3, permutation.",
        ),
        ({"rates": RATES, "placement": "free"}, "placement='free' is not known. There are: grid, continuous."),
        ({"rates": RATES, "select": "permutation", "permutations": 10}, "permutations=10 are too few"),
        (
            {"counts": RATES.where(RATES.index != 1980, 0).round()},
            "There are no events in 1980, and 0 has no logarithm.",
        ),
        (
            {"rates": RATES[:9], "least": 3, "most": 1, "breaks": range(1979, 1984)},
            "Joinpoints and the declared breaks cannot be told apart in 9 years. Fit the spans between the breaks.",
        ),
        ({"rates": RATES.where(RATES.index != 1980)}, "In the rates there are missing values: 1980"),
    ],
)
def test_input_without_joinpoints_is_refused(asked, message):
    with pytest.raises(ModelError, match=message):
        fit_joinpoints(**asked)


def test_a_window_must_lie_inside_the_series(sample):
    for window in ((1970, 2000), (2000, 2010), (2000, 2000)):
        with pytest.raises(ModelError, match="is not inside the series, 1975 to 2009."):
            sample.aapc(*window)


def test_more_combinations_than_can_be_tried_are_refused():
    with pytest.raises(
        ModelError, match="4 joinpoints among 120 times are too many to try all. Ask for fewer joinpoints"
    ):
        candidates(np.arange(120.0), 4, 2)


def test_the_best_on_the_grid_is_one_of_all_tried():
    series = Series(t=np.arange(12.0), y=np.arange(12.0) ** 2, weights=np.ones(12), steps=np.empty((12, 0)))
    found = best_on_grid(series, 1, 2)
    assert found.line.sse == approx(found.sums.min()) and found.line.knots[0] in found.knots


# --- no surer than the figures are


@pytest.mark.parametrize("counts", [[3.0, 4, 5], [4.0, 4, 4], [30.0, 30, 30, 30, 30, 30, 30, 30]])
def test_few_or_flat_counts_have_the_doubt_of_counts(counts):
    """Three years of 3, 4 and 5 accidents lie nearly on a line; Poisson counts allow -36 to 160 % a year."""
    years = range(2015, 2015 + len(counts))
    series, people = pd.Series(counts, years), pd.Series(1000.0, years)
    found, trend = fit_joinpoints(series, people), fit_trend(series, people)
    (only,) = found.segments
    assert only.low < 0 < only.high
    assert (only.low, only.high) == approx((trend.low, trend.high), abs=3)
    assert "limits are those of the counts" in found.sentence()
    window = found.aapc(2015, years[-1])
    assert (window.low, window.high) == approx((only.low, only.high))


def test_counts_that_scatter_keep_their_scatter():
    generator = np.random.default_rng(5)
    counts = pd.Series(np.round(200 * np.exp(generator.normal(0, 0.3, 15))), range(2000, 2015))
    found = fit_joinpoints(counts, counts * 0 + 1e5, most=0)
    line = np.log(counts)
    design = np.column_stack([np.ones(15), np.arange(15)]) * np.sqrt(counts.to_numpy())[:, None]
    coefficients, rest = np.linalg.lstsq(design, line * np.sqrt(counts))[:2]
    error = np.sqrt(rest[0] / 13 * np.linalg.inv(design.T @ design)[1, 1])
    assert found.segments[0].high == approx(100 * np.expm1(coefficients[1] + stats.t.ppf(0.975, 13) * error))
    assert "limits are those of the counts" not in found.note


def test_rates_without_scatter_or_with_less_than_their_errors_say_so():
    assert "nothing shows how sure it is" in fit_joinpoints(rates=planted(k=0, noise=0)).sentence()
    assert "nothing shows how sure it is" in fit_joinpoints(rates=planted() * 0 + 7).sentence()
    flat = fit_joinpoints(rates=RATES[-8:], standard_errors=10 * ERRORS[-8:], most=0)
    assert "scatter less about the line than their standard errors" in flat.sentence()
    assert "scatter less" not in fit_joinpoints(rates=RATES[-8:], standard_errors=ERRORS[-8:], most=0).note


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counts": RATES}, "are not whole. Give published rates as rates="),
        (
            {"rates": RATES, "breakpoints": 2},
            "the option='breakpoints' is not known. There are: most, least, placement",
        ),
        ({"rates": RATES, "most": -1}, "most=-1 joinpoints: there can be 0 to 4."),
        ({"rates": RATES, "most": 1.5}, "most=1.5 joinpoints"),
        ({"rates": RATES, "most": "two"}, "most=two joinpoints"),
        ({"rates": RATES, "least": 1.5}, "least=1.5: between joinpoints"),
        ({"rates": RATES, "per": 0}, "per=0 is not possible."),
        ({"rates": RATES, "level": 1}, "level=1 is not a confidence level"),
        ({"rates": -RATES}, "In the rates there are negative values"),
        ({"rates": RATES[:0]}, "There is no year in the rates. Has the selection left nothing?"),
        ({"rates": RATES, "standard_errors": ERRORS[2:]}, "Only the rates have 1975, 1976, not the standard errors"),
    ],
)
def test_what_has_no_joinpoints_is_answered_in_words(options, message):
    with pytest.raises(ModelError, match=message):
        fit_joinpoints(**options)
