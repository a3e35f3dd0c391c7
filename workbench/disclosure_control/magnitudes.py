"""Sums of what persons contribute, such as days lost: which of them a rule withholds, and how well they are protected.

Hundepool et al. (2012), Statistical Disclosure Control, section 4.2: the (n,k) rule with n = 2, the p% rule, and the
protection that a sum which breaks them needs against an attacker from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.disclosure_control.rules import DOMINANCE, FEW, P_PERCENT, Rules, dominated, too_few, too_precise
from workbench.disclosure_control.tables import Tree


@dataclass(frozen=True, eq=False)
class Contributors:
    """Who contributes to each sum of a table; arrays by node of each tree.

    Attributes
    ----------
    persons : how many contribute
    largest, second : what the two who contribute most do; 0 where there is none
    """

    persons: np.ndarray = field(repr=False)
    largest: np.ndarray = field(repr=False)
    second: np.ndarray = field(repr=False)


def contributors_of(
    trees: Sequence[Tree], persons: np.ndarray, largest: np.ndarray, second: np.ndarray
) -> Contributors:
    """The contributors of all sums of a table, from those of its finest cells.

    Parameters
    ----------
    trees : sequence of Tree
    persons, largest, second : arrays of numbers
        By leaf of each tree, in the order of `Tree.leaves`.

    Returns
    -------
    Contributors
    """
    two = np.stack([largest, second], axis=-1).astype(float)
    counts = np.asarray(persons, float)
    for axis, tree in enumerate(trees):
        inside = tree.above[:, tree.leaves]
        counts = np.moveaxis(np.tensordot(inside.astype(float), counts, axes=(1, axis)), 0, axis)
        two = np.stack([_two_largest(two.compress(leaves, axis), axis) for leaves in inside], axis=axis)
    return Contributors(counts, two[..., 0], two[..., 1])


def _two_largest(two: np.ndarray, axis: int) -> np.ndarray:
    """The two largest of several cells along an axis; the last axis has the two of each."""
    flat = np.moveaxis(two, axis, -2)
    return np.sort(flat.reshape(*flat.shape[:-2], -1), axis=-1)[..., :-3:-1]


def rules_broken(sums: np.ndarray, by: Contributors, rules: Rules) -> dict[str, np.ndarray]:
    """Which sums break which rule.

    Parameters
    ----------
    sums : array of numbers
    by : Contributors
        Of the same shape.
    rules : Rules

    Returns
    -------
    dict of str to array of bool
        For the minimum count, dominance and the p% rule.
    """
    some = by.persons > 0
    return {
        FEW: too_few(by.persons, rules.minimum),
        DOMINANCE: some & dominated(by.largest + by.second, sums, rules.share),
        P_PERCENT: some & too_precise(by.largest, by.second, sums, rules.precision),
    }


def width_of(sums: np.ndarray, by: Contributors, unsafe: np.ndarray, rules: Rules) -> int:
    """How wide the interval has to be in which a withheld sum can be found: the most that one of them needs.

    Of a sum X that two contributions dominate it is (x1 + x2) / k - X, so that they would not dominate its upper end;
    of one that breaks the p% rule p x1 - (X - x1 - x2); and of one of few persons p x1, as if nobody else were in it.

    Parameters
    ----------
    sums : array of numbers
    by : Contributors
    unsafe : array of bool
        The sums that break a rule.
    rules : Rules

    Returns
    -------
    int
        In the unit of the sums; never below the minimum number of persons.
    """
    two = by.largest + by.second
    needs = np.stack(
        [two / rules.share - sums, rules.precision * by.largest - (sums - two), rules.precision * by.largest]
    )
    return max(rules.minimum, int(np.ceil(needs[:, unsafe].max(initial=0.0))))
