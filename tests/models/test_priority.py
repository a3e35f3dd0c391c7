"""Priorities from criteria under named weights: by hand, as properties, and which weight would change the order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.priority import Criterion, prioritise
from workbench.terms.errors import ModelError

GROUPS = pd.Index(["A", "B", "C"], name="nace1")


def criterion(name: str, *values: float, reference: float = 1.0) -> Criterion:
    return Criterion(name=name, values=np.array(values), reference=reference)


def test_with_weights_of_one_the_score_is_the_logarithm_of_expected_harm():
    rate, people = criterion("rate", 2.0, 1.0, 0.5), criterion("people", 1.0, 1.0, 8.0)
    found = prioritise(GROUPS, [rate, people], {"rate": 1, "people": 1}, top=1)

    assert found.frame["score"].to_dict() == pytest.approx({"C": np.log(4), "A": np.log(2), "B": 0.0})
    assert list(found.frame.index) == ["C", "A", "B"]
    assert found.frame.loc["C", ["adds_rate", "adds_people"]].tolist() == pytest.approx([np.log(0.5), np.log(8)])


def test_the_weight_is_named_that_would_change_the_first_group():
    rate, people = criterion("rate", 2.0, 1.0, 0.5), criterion("people", 1.0, 1.0, 8.0)
    tipping = prioritise(GROUPS, [rate, people], {"rate": 1, "people": 1}, top=1).tipping

    # A overtakes C where w log 2 = w log(1/2) + log 8: w = 1.5; or where log 2 = -log 2 + w log 8: w = 2/3
    assert tipping["weight"].to_dict() == pytest.approx({"rate": 1.5, "people": 2 / 3})
    assert tipping["in_group"].to_dict() == {"rate": "A", "people": "A"}
    moved = prioritise(GROUPS, [rate, people], {"rate": 1.51, "people": 1}, top=1)
    assert moved.frame.index[0] == "A"


def test_where_no_weight_changes_the_order_none_is_named():
    tipping = prioritise(GROUPS, [criterion("rate", 3.0, 2.0, 1.0)], {"rate": 1}, top=1).tipping

    assert np.isnan(tipping.loc["rate", "weight"])
    assert tipping.loc["rate", "in_group"] is None


def test_a_small_noisy_group_does_not_win_by_noise():
    generator = np.random.default_rng(0)
    rates = np.column_stack([generator.gamma(2, 1, 4_000), generator.gamma(400, 1 / 200, 4_000), np.ones(4_000)])
    found = prioritise(GROUPS, [Criterion(name="rate", values=rates, reference=1.0)], {"rate": 1}, top=1)

    assert found.frame.index[0] == "B"
    assert found.frame.loc["A", "rank_low"] == 1 and found.frame.loc["A", "rank_high"] == 3
    assert found.frame.loc["A", "p_top"] < found.frame.loc["B", "p_top"]


def test_no_data_are_the_reference_and_are_named():
    found = prioritise(GROUPS, [criterion("survey", np.nan, 2.0, 0.5)], {"survey": 1})

    assert found.frame.loc["A", "score"] == 0
    assert found.no_data == {"survey": ["A"]}


@given(
    people=st.lists(st.floats(1, 1e6), min_size=3, max_size=3),
    rates=st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
    weight=st.floats(0, 5),
    more=st.floats(1, 1_000),
)
@settings(max_examples=100, deadline=None)
def test_more_people_never_lower_a_rank(people, rates, weight, more):
    def rank(first: float) -> float:
        criteria = [criterion("rate", *rates), criterion("people", first, *people[1:])]
        return prioritise(GROUPS, criteria, {"rate": 1, "people": weight}).frame.loc["A", "rank"]

    assert rank(people[0] * more) <= rank(people[0])


@given(st.lists(st.floats(0.01, 100), min_size=3, max_size=3))
@settings(max_examples=50, deadline=None)
def test_the_order_of_two_groups_does_not_depend_on_a_third(rates):
    three = prioritise(GROUPS, [criterion("rate", *rates)], {"rate": 1}).frame["score"]
    two = prioritise(GROUPS[:2], [criterion("rate", *rates[:2])], {"rate": 1}).frame["score"]

    assert two.to_dict() == three[["A", "B"]].to_dict()


@pytest.mark.parametrize(
    ("criteria", "weights", "words"),
    [
        ([criterion("rate", 1, 1, 1)], {"size": 1}, "no criterion size. There are rate"),
        ([criterion("rate", 1, 1, 1)], {"rate": -1}, "weight of rate is not 0 or above"),
        ([criterion("rate", 1, 1, 1)], {"rate": 0}, "All weights are 0"),
        ([criterion("rate", 1, 0, 1)], {"rate": 1}, "rate of B is not above 0"),
    ],
)
def test_what_cannot_order_is_refused(criteria, weights, words):
    with pytest.raises(ModelError, match=words):
        prioritise(GROUPS, criteria, weights)


def test_no_groups_are_refused():
    with pytest.raises(ModelError, match="no groups to order"):
        prioritise(pd.Index([]), [criterion("rate")], {"rate": 1})
