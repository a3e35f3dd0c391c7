"""Rules for single figures: each by hand, at its border."""

import numpy as np
import pytest

from workbench.disclosure_control.rules import (
    DOMINANCE,
    FEW,
    P_PERCENT,
    PASSES,
    Rules,
    bounds_shown,
    degrees_left,
    dominated,
    in_words,
    one_for_all,
    too_few,
    too_precise,
)

RULES = Rules()


def test_nine_are_few_ten_are_not_and_nobody_is_no_person():
    assert too_few(np.array([0, 1, 9, 10, np.nan]), 10).tolist() == [False, True, True, False, False]


def test_two_contributions_may_make_up_nine_tenths_and_no_more():
    assert dominated(np.array([90.0, 91.0]), np.array([100.0, 100.0]), 0.9).tolist() == [False, True]


def test_the_second_largest_must_not_know_the_largest_within_a_tenth():
    # 100 and 50, and a rest of 10 or 9 that is all there is to hide 100
    assert too_precise(np.full(2, 100.0), np.full(2, 50.0), np.array([160.0, 159.0]), 0.1).tolist() == [False, True]


def test_a_group_whose_persons_are_all_alike_tells_it_of_each():
    counts = np.array([[30, 0, 0], [20, 10, 0], [0, 0, 0]])  # regions by severity
    assert one_for_all(counts, axis=1).tolist() == [[True] * 3, [False] * 3, [False] * 3]
    assert not one_for_all(counts[:, :1], axis=1).any()


@pytest.mark.parametrize(
    ("units", "events", "shown"),
    [(30, [5] * 30, True), (29, [5] * 29, False), (21, [10] * 21, True), (21, [0] * 20 + [10], True)],
)
def test_a_model_leaves_ten_degrees_of_freedom_where_units_are_small(units, events, shown):
    assert degrees_left(units, 20, np.array(events), RULES) is shown


def test_the_ends_of_a_histogram_are_the_tenth_values_from_either_side():
    assert bounds_shown(np.arange(100.0), RULES) == (9, 90)
    assert np.isnan(bounds_shown(np.arange(19.0), RULES)).all()


@pytest.mark.parametrize("rule", [PASSES, FEW, DOMINANCE, P_PERCENT, "group", "linked"])
def test_every_rule_has_a_sentence(rule):
    assert in_words(rule, RULES).endswith(".")
