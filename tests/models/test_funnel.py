"""Funnels: limits that agree with their test, over-dispersion, proportions, lip cancer in Scotland, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.models.funnel import funnel, funnel_of_proportions
from workbench.models.funnel_limits import PROPORTION_LIMITS, SCALES, funnel_limits, proportion_funnel_limits
from workbench.models.intervals import poisson_limits, proportion_limits
from workbench.terms.errors import ModelError

# lip cancer in 56 Scottish districts 1975-80, Clayton & Kaldor (1987)
OBSERVED = """9 39 11 9 15 8 26 7 6 20 13 5 3 8 17 9 2 7 9 7 16 31 11 7 19 15 7 10 16 11 5 3 7 8 11 9 11 8 6 4 10 8
2 6 19 3 2 3 28 6 1 1 1 1 0 0"""
EXPECTED = """1.4 8.7 3 2.5 4.3 2.4 8.1 2.3 2 6.6 4.4 1.8 1.1 3.3 7.8 4.6 1.1 4.2 5.5 4.4 10.5 22.7 8.8 5.6 15.5
12.5 6 9 14.4 10.2 4.8 2.9 7 8.5 12.3 10.1 12.7 9.4 7.2 5.3 18.8 15.8 4.3 14.6 50.7 8.2 5.6 9.3 88.7 19.6 3.4 3.6
5.7 7 4.2 1.8"""
LIPS = pd.DataFrame(
    {"observed": [float(n) for n in OBSERVED.split()], "expected": [float(n) for n in EXPECTED.split()]},
    index=range(1, 57),
)


@pytest.mark.parametrize(
    ("expected", "level", "limits"),
    [
        (10, 0.95, (0.479539, 1.839036)), (10, 0.998, (0.296052, 2.413397)),
        (25, 0.95, (0.647147, 1.476197)), (25, 0.998, (0.493478, 1.785443)),
        (50, 0.95, (0.742219, 1.318375)), (50, 0.998, (0.619179, 1.518838)),
    ],
)  # fmt: skip
def test_the_exact_limits_around_one(expected, level, limits):
    assert np.array(funnel_limits(expected, level=level, limits="exact")) == approx(np.array(limits), abs=1e-6)


def test_poisson_quantiles_are_the_other_limits():
    assert funnel_limits(25, level=0.95, limits="quantiles") == approx((0.64, 1.40))
    assert funnel_limits(25, level=0.998, limits="quantiles") == approx((0.44, 1.68))


@pytest.mark.parametrize(
    ("expected", "low", "high"),
    [(10, 0.0028, 0.00005), (100, 0.0014, 0.0005)],
)
def test_the_chi_square_limits_do_not_leave_what_they_say_and_those_of_the_test_do(expected, low, high):
    assert tails(expected, "exact") == approx((low, high), rel=0.07)
    for limits in ("test", "quantiles"):
        below, above = tails(expected, limits)
        assert 0.0004 < below <= 0.001 and 0.0004 < above <= 0.001


def tails(expected: float, limits: str) -> tuple[float, float]:
    """How likely a group at the expected rate lies below and above the 99.8% limits."""
    low, high = funnel_limits(expected, level=0.998, limits=limits)
    counts = np.arange(0, 10 * expected + 20)
    share = stats.poisson.pmf(counts, expected)
    return share[counts < low * expected].sum(), share[counts > high * expected].sum()


def test_a_count_that_the_test_finds_rare_is_outside_the_limits():
    found = funnel(pd.Series([355.0, 300.0]), pd.Series([318.6, 300.0])).frame
    assert found.loc[0, "p_value"] == approx(0.0472, abs=5e-5) and found.loc[0, "signal"] == "high 95%"
    other = funnel(pd.Series([355.0, 300.0]), pd.Series([318.6, 300.0]), limits="exact", levels=[0.95])
    assert other.frame.loc[0, "signal"] == ""
    assert other.note == "Inside these limits, though by the exact test as rare as 0.05 (p_value): 0."


groups = st.lists(st.tuples(st.integers(0, 400), st.floats(0.01, 400)), min_size=1, max_size=30)


@given(groups, st.sampled_from(sorted(SCALES)), st.booleans())
def test_limits_and_p_values_say_the_same_with_and_without_over_dispersion(rows, scale, weighted):
    counts, expected = (pd.Series(part, dtype=float) for part in zip(*rows, strict=True))
    counts = counts * 0.7 if weighted else counts
    counts = counts + 1 if scale != "square-root" else counts
    found = funnel(counts, expected, scale=scale)
    assert found.note == ""
    for prefix in ("", "adjusted_"):
        p, signal = found.frame[f"{prefix}p_value"], found.frame[f"{prefix}signal"]
        assert (signal != "").tolist() == (p <= 0.05).tolist()
        assert signal.str.endswith("99.8%").tolist() == (p <= 1 - 0.998).tolist()
        assert (signal.str.startswith("high") == (found.frame["value"] > 1) & (signal != "")).all()
    wide = found.frame["adjusted_signal"] != ""
    assert (found.frame["signal"][wide] != "").all()


def test_the_funnel_of_lip_cancer_by_its_own_test():
    found = funnel(LIPS["observed"], LIPS["expected"])
    below = stats.poisson.cdf(LIPS["observed"], LIPS["expected"])
    above = stats.poisson.sf(LIPS["observed"] - 1, LIPS["expected"])
    rare = LIPS.index[np.minimum(below, above) <= 0.001]
    widest = found.frame["signal"].str.endswith("99.8%")
    assert list(found.frame.index[widest]) == list(rare) == [1, 2, 3, 5, 7, 10, 11, 45, 49, 50]
    assert (found.outside, found.adjusted_outside) == (10, 1)
    assert str(found) == (
        "10 of 56 groups are outside the 99.8% limits (exact Poisson test); 1 once over-dispersion is "
        "allowed for (phi = 3.89, tau^2 = 0.0800)."
    )


def test_the_funnel_of_lip_cancer():
    found = funnel(LIPS["observed"], LIPS["expected"], limits="exact")
    widest = found.frame["signal"][found.frame["signal"].str.endswith("99.8%")]
    assert widest.to_dict() == dict.fromkeys((2, 7, 10), "high 99.8%") | dict.fromkeys(
        (45, 49, 50, 54, 55, 56), "low 99.8%"
    )
    assert (found.dispersion, found.tau_squared) == approx((3.890753, 0.0800304), abs=1e-6)
    adjusted = found.frame["adjusted_signal"]
    assert adjusted[adjusted.str.endswith("99.8%")].to_dict() == {2: "high 99.8%"}
    assert (found.outside, found.adjusted_outside, found.levels) == (9, 1, (0.95, 0.998))
    assert str(found) == (
        "9 of 56 groups are outside the 99.8% limits (exact Poisson limits around 1 (chi-square)); 1 once "
        "over-dispersion is "
        "allowed for (phi = 3.89, tau^2 = 0.0800). Outside these limits, though by the exact test no rarer than 0.002 "
        "(p_value): 54, 55, 56. Inside these limits, though by the exact test as rare as 0.002 (p_value): 1, 3, 5, 11."
    )


def test_the_columns_hold_the_lines_of_the_plot():
    found = funnel(LIPS["observed"], LIPS["expected"], levels=[0.998, 0.9])
    low, high = funnel_limits(LIPS["expected"], level=0.9)
    assert found.frame["low_90"].to_numpy() == approx(low) and found.frame["high_90"].to_numpy() == approx(high)
    reach = stats.norm.ppf(0.999) * np.sqrt(1 / (4 * LIPS["expected"]) + found.tau_squared)
    assert found.frame["adjusted_high_99.8"].to_numpy() == approx(((1 + reach) ** 2).to_numpy())
    assert found.frame["adjusted_low_99.8"].to_numpy() == approx((np.maximum(1 - reach, 0) ** 2).to_numpy())
    assert "high 90%" in set(found.frame["signal"])


def test_without_over_dispersion_the_adjusted_limits_are_the_plain_ones():
    counts = pd.Series([9.0, 11, 21, 19, 30, 41])
    found = funnel(counts, counts.round(-1))
    assert found.tau_squared == 0 and found.dispersion < 1
    assert found.frame["adjusted_low_95"].tolist() == found.frame["low_95"].tolist()


def test_few_groups_teach_no_over_dispersion():
    found = funnel(pd.Series([9.0, 30]), pd.Series([10.0, 10]))
    assert np.isnan(found.dispersion) and found.tau_squared == 0 and found.outside == 1
    assert str(found).endswith("; too few groups to tell how far groups usually lie apart.")


def test_a_group_without_events_is_below_the_exact_limit_and_told_when_that_is_no_rare_thing():
    counts, expected = pd.Series([0.0, 0.0]), pd.Series([2.0, 20.0])
    found = funnel(counts, expected, limits="exact")
    assert found.frame["signal"].tolist() == ["low 99.8%", "low 99.8%"] and found.frame["z"].notna().all()
    assert found.frame["p_value"].tolist() == approx([2 * np.exp(-2), 2 * np.exp(-20)])
    assert found.note == "Outside these limits, though by the exact test no rarer than 0.002 (p_value): 0."
    for limits in ("test", "quantiles"):
        other = funnel(counts, expected, limits=limits)
        assert other.frame["signal"].tolist() == ["", "low 99.8%"] and other.note == ""


def test_the_p_value_is_the_exact_poisson_one():
    found = funnel(LIPS["observed"], LIPS["expected"]).frame
    below = stats.poisson.cdf(LIPS["observed"], LIPS["expected"])
    above = stats.poisson.sf(LIPS["observed"] - 1, LIPS["expected"])
    assert found["p_value"].to_numpy() == approx(np.minimum(2 * np.minimum(below, above), 1))


@given(st.floats(0.2, 1e4), st.floats(1.01, 10))
def test_the_funnel_narrows_as_more_is_expected(expected, times):
    for options in ({}, {"limits": "exact"}, {"tau_squared": 0.05}, {"tau_squared": 0.05, "scale": "log"}):
        small, large = (np.ravel(funnel_limits(e, **options)) for e in (expected, expected * times))
        assert small[0] <= large[0] <= 1 <= large[1] <= small[1]
    inner, outer = funnel_limits(expected, level=0.95), funnel_limits(expected, level=0.998)
    assert outer[0] <= inner[0] and inner[1] <= outer[1]


@given(st.integers(1, 500))
def test_the_limits_at_whole_numbers_are_garwoods(expected):
    assert np.array(funnel_limits(expected, limits="exact")) == approx(np.array(poisson_limits(expected)) / expected)


def test_labels_are_matched_and_arguments_stay():
    before = LIPS.copy()
    shuffled = funnel(LIPS["observed"].sample(frac=1, random_state=1), LIPS["expected"])
    assert shuffled.frame.loc[LIPS.index, "z"].tolist() == approx(
        funnel(LIPS["observed"], LIPS["expected"]).frame["z"].tolist()
    )
    pd.testing.assert_frame_equal(LIPS, before)


@pytest.mark.parametrize(
    ("counts", "expected", "options", "message"),
    [
        ([1, None], [1, 1], {}, "In the counts there are missing values: 1"),
        ([1, 2], [1, 0], {}, "Nothing is expected of 1, so there is no ratio. Leave them out."),
        ([], [], {}, "Nothing is expected of no groups"),
        ([1, -2], [1, 1], {}, "In the counts there are negative values: 1"),
        ([1, 2], [1, 1], {"levels": [95]}, "level=95 is not a confidence level"),
        ([1, 2], [1, 1], {"levels": []}, "levels=.. are no confidence levels. Give shares such as"),
        ([1, 2], [1, 1], {"levels": 0.95}, "levels=0.95 are no confidence levels."),
        ([1, 2], [1, 1], {"limits": "sigma"}, "limits='sigma' is not known. There are: test, exact, quantiles."),
        ([1, 2], [1, 1], {"scale": "cube"}, "scale='cube' is not known. There are: square-root, log, shmi."),
        (
            [1, 0],
            [1, 1],
            {"scale": "shmi"},
            "There are no events in 1, and 0 has no logarithm. Take the scale of square",
        ),
    ],
)
def test_groups_without_a_funnel_are_refused(counts, expected, options, message):
    with pytest.raises(ModelError, match=message):
        funnel(pd.Series(counts, dtype=float), pd.Series(expected, dtype=float), **options)


# --- over-dispersion on logarithms


def test_over_dispersion_on_logarithms():
    """By hand: z = sqrt(E) log(O/E), w = E; Winsorised, or without the outer tenths as in the SHMI."""
    lips = LIPS[LIPS["observed"] > 0]
    z = np.sqrt(lips["expected"]) * np.log(lips["observed"] / lips["expected"])
    low, high = np.quantile(z, [0.1, 0.9])
    kept = z.between(low, high)
    for scale, part, weight in (
        ("log", z.clip(low, high), lips["expected"]),
        ("shmi", z[kept], lips["expected"][kept]),
    ):
        found = funnel(lips["observed"], lips["expected"], scale=scale)
        phi, n = np.mean(part**2), len(part)
        tau = (n * phi - (n - 1)) / (weight.sum() - (weight**2).sum() / weight.sum())
        assert (found.dispersion, found.tau_squared) == approx((phi, tau)) and found.frame["z"].tolist() == approx(z)
        reach = 3.0902323 * np.sqrt(1 / lips["expected"] + tau)
        assert found.frame["adjusted_high_99.8"].tolist() == approx(np.exp(reach).tolist())
        assert found.limits_at([20.0], 0.95, adjusted=True)[0] == approx(np.exp(-1.959964 * np.sqrt(1 / 20 + tau)))


def test_groups_lying_apart_no_more_than_chance_have_one_set_of_limits_on_every_scale():
    counts = pd.Series([9.0, 11, 21, 19, 30, 41])
    for scale in SCALES:
        found = funnel(counts, counts.round(-1), scale=scale)
        assert found.tau_squared == 0
        assert found.frame["adjusted_p_value"].tolist() == found.frame["p_value"].tolist()


# --- proportions

# Montgomery, Introduction to Statistical Quality Control: orange-juice cans, 30 samples of 50
CANS = pd.Series(
    [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6],
    range(1, 31),
)


def test_the_cans_of_montgomery_as_a_funnel():
    found = funnel_of_proportions(CANS, CANS * 0 + 50)
    assert found.centre == approx(0.231333, abs=1e-6) and found.scale == "arcsine"
    widest = found.frame["signal"].str.endswith("99.8%")
    assert list(found.frame.index[widest]) == [15, 23] and found.outside == 2
    for label, count in CANS.items():
        below, above = (stats.binom.cdf(count, 50, found.centre), stats.binom.sf(count - 1, 50, found.centre))
        assert found.frame.loc[label, "p_value"] == approx(min(1, 2 * min(below, above)))
    z = 2 * np.sqrt(50) * (np.arcsin(np.sqrt(CANS / 50)) - np.arcsin(np.sqrt(found.centre)))
    kept = z.clip(*np.quantile(z, [0.1, 0.9]))
    assert (found.dispersion, found.tau_squared) == approx(
        (np.mean(kept**2), (30 * np.mean(kept**2) - 29) / (200 * 30 - 200))
    )


@pytest.mark.parametrize("limits", ["exact", "wilson"])
def test_limits_around_the_share_of_all_are_those_of_a_proportion(limits):
    low, high = proportion_funnel_limits([20, 400], 0.2, limits=limits)
    expected = proportion_limits([4, 80], [20, 400], method=limits)
    assert low == approx(expected[0]) and high == approx(expected[1])


shares = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).filter(any), min_size=2, max_size=20).filter(
    lambda rows: all(map(any, zip(*rows, strict=True)))
)


@given(shares)
def test_limits_and_p_values_of_proportions_say_the_same(rows):
    counts, others = (pd.Series(part, dtype=float) for part in zip(*rows, strict=True))
    found = funnel_of_proportions(counts, counts + others).frame
    for prefix in ("", "adjusted_"):
        p, signal = found[f"{prefix}p_value"], found[f"{prefix}signal"]
        assert (signal != "").tolist() == (p <= 0.05).tolist()
        assert found[f"{prefix}low_99.8"].between(0, 1).all() and found[f"{prefix}high_99.8"].between(0, 1).all()


def test_over_dispersed_proportions_have_limits_on_the_arcsine_scale():
    low, high = proportion_funnel_limits(100, 0.2, tau_squared=0.01)
    angle, reach = np.arcsin(np.sqrt(0.2)), 1.959964 * np.sqrt(1 / 400 + 0.01)
    assert (low, high) == approx((np.sin(angle - reach) ** 2, np.sin(angle + reach) ** 2))


@pytest.mark.parametrize(
    ("counts", "trials", "options", "message"),
    [
        ([1, 5], [4, 4], {}, "More counts than trials in 1: this is no proportion. Are the two exchanged?"),
        ([1, 0], [4, 0], {}, "There are no trials in 1, so there is no proportion. Leave them out."),
        ([], [], {}, "There are no trials in no groups"),
        ([0, 0], [4, 4], {}, "In all groups together there are no events, or nothing else"),
        ([4, 4], [4, 4], {}, "In all groups together there are no events, or nothing else"),
        ([1, None], [4, 4], {}, "In the counts there are missing values: 1"),
        ([1, 2], [4, 4], {"limits": "quantiles"}, "limits='quantiles' is not known. There are: test, exact, wilson."),
    ],
)
def test_groups_without_a_funnel_of_proportions_are_refused(counts, trials, options, message):
    with pytest.raises(ModelError, match=message):
        funnel_of_proportions(pd.Series(counts, dtype=float), pd.Series(trials, dtype=float), **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: funnel_limits(0), "Where nothing is expected there is no ratio, and no limit."),
        (lambda: funnel_limits(-1), "In the expected events there are -1.0. They must be 0 or more, and finite."),
        (lambda: funnel_limits(5, level=2), "level=2 is not a confidence level"),
        (lambda: funnel_limits(5, tau_squared=-1), "tau_squared=-1 is no variance. Give 0 or more."),
        (lambda: funnel_limits(5, tau_squared=np.nan), "tau_squared=nan is no variance."),
        (lambda: proportion_funnel_limits(0, 0.2), "Where there are no trials there is no proportion, and no limit."),
        (lambda: proportion_funnel_limits(9, 1.2), "share=1.2 leaves chance no room: it is above 0 and below 1."),
    ],
)
def test_lines_that_cannot_be_drawn_are_refused(call, message):
    with pytest.raises(ModelError, match=message):
        call()


def test_every_kind_of_limits_of_proportions_encloses_the_share_of_all():
    for limits in PROPORTION_LIMITS:
        low, high = proportion_funnel_limits(np.array([1.0, 5, 50, 5000]), 0.3, limits=limits)
        assert (low < 0.3).all() and (high > 0.3).all() and (np.diff(high - low) < 0).all()
