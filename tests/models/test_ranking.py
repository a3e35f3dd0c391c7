"""Ranks with their uncertainty: lip cancer in Scotland, simulation, ties, refusals."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.models.ranking import rank_groups
from workbench.terms.errors import ModelError

# lip cancer in 56 Scottish districts 1975-80, Clayton & Kaldor (1987)
OBSERVED = """9 39 11 9 15 8 26 7 6 20 13 5 3 8 17 9 2 7 9 7 16 31 11 7 19 15 7 10 16 11 5 3 7 8 11 9 11 8 6 4 10 8 2 6 19
3 2 3 28 6 1 1 1 1 0 0"""
EXPECTED = """1.4 8.7 3 2.5 4.3 2.4 8.1 2.3 2 6.6 4.4 1.8 1.1 3.3 7.8 4.6 1.1 4.2 5.5 4.4 10.5 22.7 8.8 5.6 15.5 12.5 6 9
14.4 10.2 4.8 2.9 7 8.5 12.3 10.1 12.7 9.4 7.2 5.3 18.8 15.8 4.3 14.6 50.7 8.2 5.6 9.3 88.7 19.6 3.4 3.6 5.7 7 4.2 1.8"""
LIPS = pd.DataFrame(
    {"observed": [float(n) for n in OBSERVED.split()], "expected": [float(n) for n in EXPECTED.split()]},
    index=range(1, 57),
)


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
        frame["count"] + found.nu, 1 / (frame["expected"] + found.alpha), (20_000, 56)
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
        "Ordered by expected rank: first 2, 4.08 times the reference (95% interval 2.93 to 5.42), rank 1 to 7 of 56. 13 groups "
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
