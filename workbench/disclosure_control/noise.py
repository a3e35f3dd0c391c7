"""Differentially private counts with OpenDP, and a ledger of what each group and year has spent of its budget."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

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


def spend(
    data: str, groups: Sequence[tuple[str, Sequence[int]]], epsilon: float, *, budget: float = BUDGET
) -> list[Spent]:
    """Take epsilon from the budget of each group and year before noisy counts of them are shown.

    Parameters
    ----------
    data : str
        Hash of the data.
    groups : sequence of (str, sequence of int)
        Each group with its years.
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
    for group, year in sorted((group, year) for group, years in groups for year in years):
        before = ledger.spent.get(_entry(data, group, year), 0.0)
        if before + epsilon > budget + 1e-12:
            raise Refused(
                _(
                    "{group}, {year}, has {left:.3g} left of its privacy budget of {budget:.3g}; {epsilon:.3g} is "
                    "asked for. Take the noisy counts that were made before, or a smaller epsilon."
                ).format(group=group or _("Everybody"), year=year, left=budget - before, budget=budget, epsilon=epsilon)
            )
        after.append(Spent(data=data, group=group, year=year, epsilon=before + epsilon))
    _write(replace(ledger, spent=ledger.spent | {_entry(one.data, one.group, one.year): one.epsilon for one in after}))
    return after


def counts_in_budget(
    data: str, groups: Sequence[tuple[str, Sequence[int]]], counts: np.ndarray, epsilon: float
) -> np.ndarray:
    """Noisy counts of disjoint groups; those that were made before with this epsilon are shown again and cost nothing.

    Parameters
    ----------
    data : str
        Hash of the data.
    groups : sequence of (str, sequence of int)
        Each group with its years.
    counts : array of int
        One per group.
    epsilon : float

    Returns
    -------
    array of int

    Raises
    ------
    Refused
        As `spend`; for an epsilon that is not positive.
    NotAvailable
        As `noisy_counts`.
    """
    keys = [_entry(data, group, [*years, epsilon]) for group, years in groups]
    made_before = _read().made
    fresh = [place for place, key in enumerate(keys) if key not in made_before]
    if fresh:
        noisy = noisy_counts(np.asarray(counts)[fresh], epsilon)
        spend(data, [groups[place] for place in fresh], epsilon)
        ledger = _read()
        added = {keys[place]: int(value) for place, value in zip(fresh, noisy, strict=True)}
        _write(replace(ledger, made=ledger.made | added))
        made_before = made_before | added
    return np.array([made_before[key] for key in keys], int)


@dataclass(frozen=True)
class _Ledger:
    """What has been spent by data, group and year; the noisy counts that were made for it."""

    spent: Mapping[str, float] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)


def _entry(data: str, group: str, year: object) -> str:
    return json.dumps([data, group, year])


def _write(ledger: _Ledger) -> None:
    with replacing(made(home()) / NAME) as fresh:
        fresh.write_text(json.dumps(asdict(ledger), indent=1, sort_keys=True), encoding="utf-8")


def _read() -> _Ledger:
    """The ledger; a damaged one is not taken for an empty one."""
    try:
        return _Ledger(**json.loads((home() / NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return _Ledger()
    except (ValueError, TypeError) as error:
        raise Refused(
            _("The ledger of the privacy budget, {path}, cannot be read: no noisy counts are made.").format(
                path=home() / NAME
            )
        ) from error
