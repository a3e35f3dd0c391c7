"""Ranks with their uncertainty: lip cancer in Scotland, simulation, ties, refusals."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

from workbench.models.priors import BetaPrior, GammaPrior
from workbench.models.ranking import rank_proportions, rank_smoothed
from workbench.models.smoothing import smooth_ratios
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


def rank_groups(counts, expected, *, prior="likelihood", level=0.95, **options):
    return rank_smoothed(smooth_ratios(counts, expected, prior=prior, level=level), **options)


def ranked(**options):
    return rank_groups(LIPS["observed"], LIPS["expected"], **options)


@pytest.mark.parametrize(
    ("district", "raw", "value", "limits", "probability", "rank", "excess"),
    [
        (1, 6.4286, 3.9974, (1.9865, 6.6995), 0.99985, 3.7811, 4.1963),
        (2, 4.4828, 4.0791, (2.9257, 5.4212), 1.00000, 2.4281, 26.7883),
        (7, 3.2099, 2.9591, (1.9644, 4.1543), 1.00000, 6.7889, 15.8686),
        (17, 1.8182, 1.6020, (0.4250, 3.5453), 0.75323, 22.9137, 0.6622),
        (22, 1.3656, 1.3687, (0.9415, 1.8747), 0.95062, 23.5106, 8.3705),
        (49, 0.3157, 0.3319, (0.2237, 0.4611), 0.00000, 51.6147, -59.2592),
        (56, 0, 0.6021, (0.0659, 1.7174), 0.15998, 43.8280, -0.7163),
    ],
)
def test_the_ranks_of_lip_cancer(district, raw, value, limits, probability, rank, excess):
    row = ranked().frame.loc[district]
    assert (row["raw"], row["value"], row["low"], row["high"]) == approx((raw, value, *limits), abs=1e-4)
    assert row["probability"] == approx(probability, abs=1e-5)
    assert (row["rank"], row["excess"]) == approx((rank, excess), abs=1e-4)


def test_expected_ranks_and_their_limits_agree_with_simulation():
    found = ranked(draws=20_000)
    frame = found.frame.loc[LIPS.index]
    drawn = np.random.default_rng(9).gamma(
        frame["count"] + found.prior.nu, 1 / (frame["expected"] + found.prior.alpha), (20_000, 56)
    )
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1
    assert frame["rank"].to_numpy() == approx(ranks.mean(axis=0), abs=0.3)
    assert frame["rank"].sum() == approx(56 * 57 / 2)
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0)
    assert frame["rank_low"].to_numpy() == approx(low, abs=1.01) and frame["rank_high"].to_numpy() == approx(
        high, abs=1.01
    )
    assert (frame["rank_low"] <= frame["rank"]).all() and (frame["rank"] <= frame["rank_high"]).all()


def test_the_list_can_be_ordered_by_chance_or_by_events():
    assert ranked().frame["rank"].is_monotonic_increasing and ranked().frame.index[0] == 2
    by_events = ranked(order="excess").frame
    assert by_events["excess"].is_monotonic_decreasing and list(by_events.index[:2]) == [2, 7]
    assert ranked(order="probability").frame["probability"].is_monotonic_decreasing
    assert str(ranked()) == (
        "Ordered by expected rank: first 2, 4.08 times the reference (95% interval 2.93 to 5.42), rank 1 to 7 of 56. "
        "13 groups "
        "exceed it with a probability of 97.5% or more; Clayton & Kaldor, gamma prior by maximum likelihood."
    )


def test_persons_and_a_reference_rate_give_the_ranks_of_ratios():
    one = ranked().frame
    two = rank_groups(LIPS["observed"], LIPS["expected"] * 1e4, reference=1e-4).frame
    for column in ("probability", "rank", "excess"):
        assert two[column].to_numpy() == approx(one[column].to_numpy(), abs=1e-5)


def test_the_smallest_groups_are_neither_first_nor_last():
    generator = np.random.default_rng(4)
    expected = pd.Series(np.r_[np.full(20, 0.5), np.full(20, 200.0)])
    counts = pd.Series(generator.poisson(expected * generator.gamma(20, 1 / 20, 40)), dtype=float)
    assert set((counts / expected).rank().sort_values().index[-2:]) <= set(range(20))  # by raw ratios they are
    order = list(rank_groups(counts, expected).frame.index)
    assert min(order[0], order[-1]) >= 20


def test_groups_alike_share_their_rank_and_its_limits_are_wide():
    counts, expected = pd.Series([5.0] * 6 + [40.0, 1.0]), pd.Series([5.0] * 6 + [10.0, 10.0])
    frame = rank_groups(counts, expected).frame
    assert frame.loc[:5, "rank"].nunique() <= 1 or np.ptp(frame.loc[range(6), "rank"]) < 1e-9
    assert (frame.loc[range(6), "rank_high"] - frame.loc[range(6), "rank_low"]).min() >= 4


def test_ranks_repeat_with_their_seed_and_order_changes_nothing():
    pd.testing.assert_frame_equal(ranked(seed=3).frame, ranked(seed=3).frame)
    shuffled = LIPS.sample(frac=1, random_state=1)
    other = rank_groups(shuffled["observed"], LIPS["expected"]).frame
    assert other["rank"].to_dict() == approx(ranked().frame["rank"].to_dict())


def test_what_cannot_be_ranked_is_refused():
    alike = pd.Series([10.0, 20, 30, 40])
    with pytest.raises(
        ModelError, match="The 4 groups vary no more than chance: any order of them would be an accident."
    ):
        rank_groups(alike, alike / 2)
    with pytest.raises(ModelError, match="order='raw' is not known. There are: rank, probability, excess."):
        ranked(order="raw")
    with pytest.raises(ModelError, match="reference=0 is no ratio to compare with. Give a number above 0."):
        ranked(reference=0)
    with pytest.raises(ModelError, match="draws=10 are too few for limits of ranks. Give 1,000 or more."):
        ranked(draws=10)
    with pytest.raises(ModelError, match="In the counts there are missing values"):
        rank_groups(LIPS["observed"].where(LIPS.index != 3), LIPS["expected"])


def test_the_chances_of_first_and_last_and_of_either_side_add_up():
    found = ranked(draws=20_000)
    frame = found.frame.loc[LIPS.index]
    assert frame["p_highest"].sum() == approx(1) and frame["p_lowest"].sum() == approx(1)
    assert (frame["probability"] + frame["probability_below"]).to_numpy() == approx(np.ones(56))
    # by hand: district 2 is the first when it lies above all others
    values = np.linspace(0.01, 12, 6_000)
    shape, rate = frame["count"] + found.prior.nu, frame["expected"] + found.prior.alpha
    below = np.prod([stats.gamma.cdf(values, shape[at], scale=1 / rate[at]) for at in LIPS.index if at != 2], axis=0)
    first = np.trapezoid(stats.gamma.pdf(values, shape[2], scale=1 / rate[2]) * below, values)
    assert frame.loc[2, "p_highest"] == approx(first, abs=0.015)
    assert frame["p_lowest"].idxmax() == 55  # 0 of 4.2 expected, which says more than 0 of 1.8


def test_a_given_prior_ranks_even_two_groups_as_hauer_does():
    """Predicted 2 and 10 events, dispersion 0.5; observed 6 and 12: w mu + (1 - w) x by hand."""
    predicted, observed = pd.Series({"a": 2.0, "b": 10.0}), pd.Series({"a": 6.0, "b": 12.0})
    smoothed = smooth_ratios(observed, predicted, prior=GammaPrior.of_prediction(0.5))
    w = 1 / (1 + predicted * 0.5)
    by_hand = w * predicted + (1 - w) * observed
    assert smoothed.frame["estimate"].tolist() == approx([4.0, 11 + 2 / 3])
    assert by_hand.tolist() == approx([4.0, 11 + 2 / 3])
    assert smoothed.frame["estimate_variance"].tolist() == approx(((1 - w) * by_hand).tolist())
    frame = rank_smoothed(smoothed).frame
    assert list(frame.index) == ["a", "b"] and frame.loc["a", "excess"] == approx(2.0)


def test_weighted_records_have_wider_ranks_than_as_many_events():
    """Each record stands for two events: half as much is known, the raw ratios are the same."""
    twice = smooth_ratios(2 * LIPS["observed"], 2 * LIPS["expected"], weights=pd.Series(2.0, LIPS.index))
    once = smooth_ratios(LIPS["observed"], LIPS["expected"])
    for column in ("raw", "value", "low", "high", "prior_weight"):
        assert twice.frame[column].to_numpy() == approx(once.frame[column].to_numpy())
    assert rank_smoothed(twice).frame["rank"].to_dict() == approx(rank_smoothed(once).frame["rank"].to_dict())
    assert rank_smoothed(twice).frame["excess"].to_dict() == approx((2 * rank_smoothed(once).frame["excess"]).to_dict())


# twelve hospitals, deaths after heart operations of infants, Spiegelhalter et al., Surgical, WinBUGS examples vol. I
DEATHS = pd.Series([0, 18, 8, 46, 8, 13, 9, 31, 14, 8, 29, 24], list("ABCDEFGHIJKL"), dtype=float)
OPERATIONS = pd.Series([47, 148, 119, 810, 211, 196, 148, 215, 207, 97, 256, 360], list("ABCDEFGHIJKL"), dtype=float)


def test_ranks_of_proportions_with_a_flat_prior_are_those_of_beta_posteriors():
    found = rank_proportions(DEATHS, OPERATIONS, prior=BetaPrior(a=1, b=1), draws=40_000)
    frame = found.frame.loc[list("ABCDEFGHIJKL")]
    assert frame["value"].tolist() == approx(((DEATHS + 1) / (OPERATIONS + 2)).tolist())
    assert frame.loc["H", ["low", "high"]].tolist() == approx(stats.beta.ppf([0.025, 0.975], 32, 185))
    shares = np.linspace(0, 1, 20_001)
    for column, side in (("p_highest", stats.beta.cdf), ("p_lowest", stats.beta.sf)):
        for group in "AH":
            others = [
                side(shares, DEATHS[at] + 1, OPERATIONS[at] - DEATHS[at] + 1) for at in DEATHS.index if at != group
            ]
            density = stats.beta.pdf(shares, DEATHS[group] + 1, OPERATIONS[group] - DEATHS[group] + 1)
            assert frame.loc[group, column] == approx(np.trapezoid(density * np.prod(others, axis=0), shares), abs=0.01)
    assert frame["p_highest"].sum() == approx(1) and frame["p_lowest"].idxmax() == "A"
    assert found.reference == approx(208 / 2814)
    assert (frame["probability"] + frame["probability_below"]).tolist() == approx([1.0] * 12)


def test_the_beta_prior_of_proportions_is_at_its_highest_likelihood():
    prior = rank_proportions(DEATHS, OPERATIONS).prior

    def likelihood(a, b):
        return stats.betabinom.logpmf(DEATHS, OPERATIONS.astype(int), a, b).sum()

    for a, b in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)):
        assert likelihood(prior.a * a, prior.b * b) < likelihood(prior.a, prior.b)
    drawn = rank_proportions(DEATHS, OPERATIONS).frame  # towards the mean of all, and hospital A most
    assert 0 < drawn.loc["A", "value"] < 208 / 2814 and drawn.index[0] == "H"


def test_proportions_that_cannot_be_ranked_are_refused():
    alike = pd.Series([10.0, 20, 30, 40])
    for counts, totals, options, message in (
        (alike, alike * 10, {}, "The 4 groups vary no more than chance: any order of them would be an accident."),
        (alike * 11, alike * 10, {}, "have higher counts than totals, so no share"),
        (alike, alike * 0, {}, "The totals of 0, 1, 2, 3 are 0. Leave them out."),
        (alike * 0, alike, {}, "All shares are 0, or all are 1: there is nothing to rank."),
        (alike[:2], alike[:2] * 2, {}, "2 groups are too few to learn a prior from; 3 are needed. Give a BetaPrior."),
        (alike[:0], alike[:0], {}, "There are no groups to rank."),
        (alike, alike[1:], {}, "Only the counts have 0, not the totals"),
        (DEATHS, OPERATIONS, {"prior": "flat"}, "prior='flat' is not known. There are: likelihood."),
        (DEATHS, OPERATIONS, {"reference": 2}, "reference=2 is no share. Give a number between 0 and 1."),
        (DEATHS, OPERATIONS, {"level": "high"}, "level=high is not a confidence level"),
    ):
        with pytest.raises(ModelError, match=message):
            rank_proportions(counts, totals, **options)


@pytest.mark.parametrize("function", [rank_groups, rank_proportions])
def test_numbers_and_options_of_the_wrong_kind_are_answered_in_words(function):
    good, totals = DEATHS + 1, OPERATIONS
    for bad in (None, 3, "x", good.tolist(), good.to_numpy(), -good, good * np.inf, good.where(good > 5), good[:0]):
        with pytest.raises(ModelError):
            function(bad, totals)
        with pytest.raises(ModelError):
            function(good, bad)
    for options in (
        *({"draws": draws} for draws in (None, "many", -5, 2_000.5, float("nan"), float("inf"))),
        *({"seed": seed} for seed in (None, -1, 0.5, "x")),
        *({"level": level} for level in (None, 0, 1, 95, float("nan"))),
        *({"reference": reference} for reference in (0, -1, float("nan"), float("inf"), "x")),
        *({"order": order} for order in (None, 3, "raw")),
        *({"prior": prior} for prior in (None, 3, (1, 1), "flat")),
    ):
        with pytest.raises(ModelError):
            function(good, totals, **options)


def test_priors_are_above_nothing():
    for make in (
        lambda bad: GammaPrior(nu=bad, alpha=1),
        lambda bad: GammaPrior(nu=1, alpha=bad),
        lambda bad: BetaPrior(a=bad, b=1),
        GammaPrior.of_prediction,
    ):
        for bad in (0, -1, float("nan"), float("inf"), None, "1"):
            with pytest.raises(ModelError, match="is not possible. Give a number above 0."):
                make(bad)


def test_only_smoothed_ratios_can_be_ranked_as_such():
    with pytest.raises(ModelError, match="Of the smoothed ratios came DataFrame. Give what smooth_ratios returns."):
        rank_smoothed(LIPS)
