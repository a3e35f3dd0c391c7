"""Sums of what persons contribute: who makes them up decides, and neighbours hide them as far as is needed."""

import numpy as np
import pytest

from workbench.disclosure_control.audit import audit, system_of
from workbench.disclosure_control.magnitudes import Contributors, contributors_of, rules_broken, width_of
from workbench.disclosure_control.pattern import pattern
from workbench.disclosure_control.repair import protect
from workbench.disclosure_control.rules import DOMINANCE, FEW, P_PERCENT, PASSES, Rules
from workbench.disclosure_control.tables import Table, table_of, tree

RULES = Rules()


def rule_of(values: np.ndarray, groups: np.ndarray, n_groups: int, rules: Rules) -> list[str]:
    """The first rule that the sum of each group of contributions breaks, "" where it breaks none."""
    of_group = [np.sort(values[groups == group])[::-1] for group in range(n_groups)]
    sums = np.array([found.sum() for found in of_group], float)
    by = Contributors(
        np.array([len(found) for found in of_group], float),
        np.array([found[0] if len(found) else 0 for found in of_group], float),
        np.array([found[1] if len(found) > 1 else 0 for found in of_group], float),
    )
    broken = rules_broken(sums, by, rules)
    return [
        next((rule for rule in (FEW, DOMINANCE, P_PERCENT) if broken[rule][group]), PASSES) for group in range(n_groups)
    ]


def test_sums_of_days_lost_are_judged_by_who_contributes():
    even = np.full(20, 5.0)
    few = np.full(9, 5.0)
    one_large = np.r_[np.ones(11), 1000.0]  # 11 persons and one of nearly all days
    pair = np.r_[500.0, 480.0, np.full(11, 5.0)]  # the two of them 980 of 1035 days; the rest hides 55, over a tenth
    values = np.concatenate([even, few, one_large, pair])
    groups = np.repeat([0, 1, 2, 3], [20, 9, 12, 13])
    assert rule_of(values, groups, 5, RULES) == [PASSES, FEW, DOMINANCE, DOMINANCE, PASSES]
    lenient = Rules(share=0.999)
    assert rule_of(values, groups, 4, lenient) == [PASSES, FEW, P_PERCENT, PASSES]


def random_table(seed: int) -> tuple[Table, Contributors]:
    """Days of 400 persons by six sectors, in two branches, and three sizes."""
    chance = np.random.default_rng(seed)
    trees = [tree("abcdef", {code: ["x" if code < "d" else "y"] for code in "abcdef"}), tree("123")]
    cells = [[chance.gamma(0.4, 30, int(n)) for n in row] for row in chance.integers(0, 45, (6, 3))]
    two = [[np.r_[np.sort(found)[::-1], 0, 0][:2] for found in row] for row in cells]
    persons = np.array([[len(found) for found in row] for row in cells])
    by = contributors_of(trees, persons, *np.moveaxis(np.array(two), -1, 0))
    table = table_of(trees, np.array([[found.sum() for found in row] for row in cells]))
    return Table(table.trees, table.counts, by.persons), by


@pytest.mark.parametrize("seed", range(4))
def test_the_contributors_of_a_sum_are_those_of_its_parts(seed):
    table, by = random_table(seed)
    branches, sizes = table.trees
    for at in np.ndindex(table.counts.shape):
        inside = np.outer(branches.above[at[0], branches.leaves], sizes.above[at[1], sizes.leaves])
        leaves = np.ix_(branches.leaves, sizes.leaves)
        two = np.sort(np.concatenate([by.largest[leaves][inside], by.second[leaves][inside]]))[::-1]
        assert (by.largest[at], by.second[at]) == (two[0], two[1])
        assert by.persons[at] == by.persons[leaves][inside].sum()


@pytest.mark.parametrize("seed", range(4))
def test_a_withheld_sum_cannot_be_found_closer_than_the_largest_needs(seed):
    table, by = random_table(seed)
    unsafe = np.logical_or.reduce(list(rules_broken(table.counts, by, RULES).values()))
    width = width_of(table.counts, by, unsafe, RULES)
    assert width >= RULES.precision * by.largest[unsafe].max()
    found = protect(table, unsafe, width=width)
    assert found.outside.passes
    assert unsafe[1:, 1:].any() and not audit(system_of(table, unsafe), width).passes


def test_a_sum_of_one_person_hides_no_other():
    trees = [tree("abc")]
    sums, persons = np.array([40.0, 60.0, 900.0]), np.array([3, 1, 30])
    by = contributors_of(trees, persons, sums, sums * 0)
    table = Table(tuple(trees), table_of(trees, sums).counts, by.persons)
    primary = np.array([False, True, True, False])
    assert pattern(table, primary, width=10).withheld.tolist() == [False, True, True, True]
    assert table.single.tolist() == [False, False, True, False]
