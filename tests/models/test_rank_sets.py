"""Confidence sets of ranks: by hand, as properties, and how often they hold the true places."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.models.rank_sets import rank_sets, rate_rank_sets, share_rank_sets
from workbench.terms.errors import ModelError


def series(values) -> pd.Series:
    return pd.Series(list(values), index=[f"g{i}" for i in range(len(values))], dtype=float)


def places(sets) -> dict[str, tuple[int, int]]:
    return {group: (row.low, row.high) for group, row in sets.frame[["low", "high"]].iterrows()}


def test_two_groups_are_told_apart_where_their_difference_exceeds_a_normal_quantile():
    # se of the difference 1: apart at 2.1 (above 1.96), not at 1.8
    errors = series([np.sqrt(0.5)] * 2)

    assert places(rank_sets(series([2.1, 0]), errors, draws=40_000)) == {"g0": (1, 1), "g1": (2, 2)}
    assert places(rank_sets(series([1.8, 0]), errors, draws=40_000)) == {"g0": (1, 2), "g1": (1, 2)}


def test_bounded_on_one_side_a_groups_own_place_is_told_at_a_lower_bar():
    estimates, errors = series([1.8, 0]), series([np.sqrt(0.5)] * 2)  # between 1.645 and 1.96
    best = rank_sets(estimates, errors, joint=False, side="best", draws=40_000)
    worst = rank_sets(estimates, errors, joint=False, side="worst", draws=40_000)

    assert places(best) == {"g0": (1, 2), "g1": (2, 2)}
    assert places(worst) == {"g0": (1, 1), "g1": (1, 2)}


def test_the_bar_of_all_pairs_is_the_studentised_range():
    # Of 5 equal errors the largest |difference| / se is the range of 5 normals over sqrt(2)
    bar = stats.studentized_range.ppf(0.95, 5, np.inf) / np.sqrt(2)
    estimates, errors = [0.0, 0.0, 0.0, 0.0], series([np.sqrt(0.5)] * 5)

    assert places(rank_sets(series([bar + 0.06, *estimates]), errors, draws=40_000))["g0"] == (1, 1)
    assert places(rank_sets(series([bar - 0.06, *estimates]), errors, draws=40_000))["g0"] == (1, 5)


def test_a_groups_own_set_is_never_wider_than_the_joint_one():
    generator = np.random.default_rng(3)
    estimates, errors = series(generator.normal(0, 2, 12)), series(generator.uniform(0.3, 1.5, 12))
    own, joint = rank_sets(estimates, errors, joint=False).frame, rank_sets(estimates, errors).frame.loc[:]
    joint = joint.loc[own.index]

    assert (own["low"] >= joint["low"]).all() and (own["high"] <= joint["high"]).all()
    assert (own["low"] <= own["rank"]).all() and (own["rank"] <= own["high"]).all()


def test_a_tiny_group_with_one_accident_is_not_the_highest_by_noise():
    counts, people = series([1, 300, 200, 100]), series([20, 10_000, 10_000, 10_000])
    sets = rate_rank_sets(counts, people)

    assert sets.frame.index[0] == "g0"  # the highest rate of all, 5 per 100
    assert places(sets)["g0"] == (1, 4)
    assert places(sets)["g1"] == (1, 2)


def test_a_group_without_an_accident_has_a_place_too():
    assert places(rate_rank_sets(series([0, 400]), series([1_000, 1_000]))) == {"g1": (1, 1), "g0": (2, 2)}


def test_shares_that_are_far_apart_have_one_place_each():
    assert places(share_rank_sets(series([1, 90]), series([100, 100]))) == {"g1": (1, 1), "g0": (2, 2)}
    with pytest.raises(ModelError, match="totals of g1"):
        share_rank_sets(series([1, 9]), series([100, 8]))


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_names_order_and_units_of_people_change_nothing(counts, per):
    people = series([1_000] * len(counts))
    sets = places(rate_rank_sets(series(counts), people, draws=1_000))
    turned = rate_rank_sets(series(counts)[::-1], (people * 1)[::-1], draws=1_000).frame

    assert all(1 <= low <= high <= len(counts) for low, high in sets.values())
    assert set(turned.index) == set(sets)


@pytest.mark.parametrize(
    ("estimates", "errors", "options", "words"),
    [
        ([1.0], [1.0], {}, "compared among 2 to 500"),
        ([1.0, 2.0], [1.0, 0.0], {}, "error of g1 is not above 0"),
        ([1.0, 2.0], [1.0, 1.0], {"draws": 10}, "too few"),
        ([1.0, 2.0], [1.0, 1.0], {"side": "left"}, "side"),
        ([1.0, np.nan], [1.0, 1.0], {}, "g1"),
    ],
)
def test_what_cannot_be_ranked_is_refused_with_the_reason(estimates, errors, options, words):
    with pytest.raises(ModelError, match=words):
        rank_sets(series(estimates), series(errors), **options)


def test_people_of_nobody_are_refused():
    with pytest.raises(ModelError, match="exposure of g1 is not above 0"):
        rate_rank_sets(series([1, 2]), series([10, 0]))


def coverage(truth: np.ndarray, people: np.ndarray, joint: bool, runs: int) -> float:
    """How often the sets hold the true places: all groups' at once, or a group's own, averaged over the groups."""
    best = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = len(truth) - (truth[None, :] < truth[:, None]).sum(axis=1)
    generator = np.random.default_rng(11)
    held = []
    for run in range(runs):
        counts = generator.poisson(truth * people)
        frame = rate_rank_sets(series(counts), series(people), joint=joint, draws=1_000, seed=run).frame
        frame = frame.loc[[f"g{i}" for i in range(len(truth))]]
        holds = (frame["low"].to_numpy() <= best) & (frame["high"].to_numpy() >= worst)
        held.append(holds.all() if joint else holds.mean())
    return float(np.mean(held))


EQUAL = np.full(30, 0.02)
"""The hardest case: every group can have every place."""
SPREAD = 0.02 * np.exp(np.linspace(-0.5, 0.5, 30))
PEOPLE = np.geomspace(500, 20_000, 30)


def test_sets_hold_the_true_places_as_often_as_they_say():
    assert coverage(EQUAL[:10], PEOPLE[:10], True, 200) >= 0.91
    assert 0.92 <= coverage(EQUAL[:10], PEOPLE[:10], False, 200) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("name", "truth"), [("equal", EQUAL), ("spread", SPREAD)])
def test_of_two_thousand_simulations_of_thirty_groups_the_sets_hold_the_truth(name, truth, shown):
    joint, own = coverage(truth, PEOPLE, True, 2_000), coverage(truth, PEOPLE, False, 2_000)
    shown([{"groups": name, "all at once": joint, "each its own": own}])

    assert joint >= 0.945  # one error of a simulation below 0.95
    assert own >= 0.935
    assert name == "spread" or own <= 0.97
