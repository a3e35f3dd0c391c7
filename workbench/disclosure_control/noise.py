"""Differentially private counts with OpenDP, and a ledger of what each group and year has spent of its budget."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workbench.terms.errors import NotAvailable, Refused
from workbench.terms.places import home, made, replacing
from workbench.terms.text import _

NAME = "privacy_budget.json"
BUDGET = 1.0
"""Epsilon that one group of one year may spend in all."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What has been spent of the budget of a group and year."""

    data: str  # hash of the data
    group: str
    year: int
    epsilon: float


def noisy_counts(counts: np.ndarray, epsilon: float) -> np.ndarray:
    """Counts with discrete Laplace noise of scale 1 / epsilon: a person changes the chance of an output by e^epsilon.

    Parameters
    ----------
    counts : array of int
        Of disjoint groups, so that a person is in one of them.
    epsilon : float
        Above 0.

    Returns
    -------
    array of int
        Never below zero.

    Raises
    ------
    NotAvailable
        Where the package is not installed, with the line to type.
    """
    try:
        import opendp.prelude as dp  # of the extra [privacy]
    except ImportError as error:
        raise NotAvailable(
            _('Differentially private counts need the package opendp: pip install "osh-workbench[privacy]".')
        ) from error
    if not epsilon > 0:
        raise Refused(_("Epsilon is a positive number, not {epsilon}.").format(epsilon=epsilon))
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    measurement = dp.m.make_laplace(*space, scale=1.0 / epsilon)
    noisy = measurement([int(count) for count in np.ravel(counts)])
    return np.maximum(np.array(noisy).reshape(np.shape(counts)), 0)


def spend(data: str, groups: Mapping[str, int], epsilon: float, *, budget: float = BUDGET) -> list[Spent]:
    """Take epsilon from the budget of each group and year before noisy counts of them are shown.

    Parameters
    ----------
    data : str
        Hash of the data.
    groups : mapping of str to int
        The year of each group.
    epsilon : float
    budget : float
        What a group may spend in all.

    Returns
    -------
    list of Spent
        What each has spent by now.

    Raises
    ------
    Refused
        Where one of them has too little left; nothing is taken then.
    """
    ledger = _read()
    after = []
    for group, year in sorted(groups.items()):
        before = ledger.get(_entry(data, group, year), 0.0)
        if before + epsilon > budget + 1e-12:
            raise Refused(
                _(
                    "{group}, {year}, has {left:.3g} left of its privacy budget of {budget:.3g}; {epsilon:.3g} is "
                    "asked for. Take the noisy counts that were made before, or a smaller epsilon."
                ).format(group=group, year=year, left=budget - before, budget=budget, epsilon=epsilon)
            )
        after.append(Spent(data=data, group=group, year=year, epsilon=before + epsilon))
    ledger |= {_entry(line.data, line.group, line.year): line.epsilon for line in after}
    with replacing(made(home()) / NAME) as fresh:
        fresh.write_text(json.dumps(ledger, indent=1, sort_keys=True), encoding="utf-8")
    return after


def _entry(data: str, group: str, year: int) -> str:
    return json.dumps([data, group, year])


def _read() -> dict[str, float]:
    """The ledger; a damaged one is not taken for an empty one."""
    try:
        return json.loads((home() / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise Refused(
            _("The ledger of the privacy budget, {path}, cannot be read: no noisy counts are made.").format(
                path=home() / NAME
            )
        ) from error
