"""A pattern that an audit clears: what it finds too closely known is repaired by withholding more, and audited anew."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from workbench.disclosure_control.audit import Verdict, audit, system_of
from workbench.disclosure_control.flow import Room, moved
from workbench.disclosure_control.pattern import Pattern, pattern
from workbench.disclosure_control.tables import Table

ROUNDS = 6
"""Repairs at most; two are enough on tables as ours."""


@dataclass(frozen=True, eq=False)
class Protected:
    """A pattern with what audits said of it.

    Attributes
    ----------
    outside : of an attacker who knows what is shown
    inside : of one who also knows all single persons; each of these knows only what they count for
    added : cells that repairs have withheld besides the quick pattern's
    """

    pattern: Pattern
    outside: Verdict
    inside: Verdict
    added: int = 0

    @property
    def passes(self) -> bool:
        """Whether both have looked at every withheld figure, and nobody outside can say one too closely.

        What all single persons could compute together is repaired as far as it can be: no one of them knows so much,
        and the sum of a few singles is known to these few whatever is withheld.
        """
        return self.outside.passes and self.inside.finished


def protect(
    table: Table,
    primary: np.ndarray,
    *,
    width: int,
    fixed: np.ndarray | None = None,
    progress: Callable[[Verdict], bool] | None = None,
) -> Protected:
    """The cells to withhold so that no withheld one can be concluded closer than `width`: pattern, audit, repair.

    Parameters
    ----------
    table : Table
    primary : array of bool, the shape of `table.counts`
    width : int
    fixed : array of bool, same shape
        Cells that are known already.
    progress : callable
        As for `audit`.

    Returns
    -------
    Protected
        Its verdicts do not pass where the audit was stopped, or where nothing more can be withheld.
    """
    found = pattern(table, primary, width=width, fixed=fixed)
    quick = int(found.withheld.sum())
    cleared = [np.zeros(table.counts.shape, bool)] * 2
    for _round in range(ROUNDS):
        single = found.withheld & table.single
        verdicts = []
        further = found.withheld.copy()
        for which, known in enumerate((None, single)):
            hidden = found.withheld if known is None else found.withheld & ~known
            system = system_of(table, found.withheld, known=known)
            verdict = audit(system, width, cleared=cleared[which][hidden], progress=progress)
            verdicts.append(verdict)
            cleared[which] = np.zeros(hidden.shape, bool)
            cleared[which][hidden] = verdict.cleared
            if verdict.finished and not verdict.passes:
                further |= _repaired(table, found.withheld, verdict, width, fixed=fixed, known=known)
        result = Protected(found, *verdicts, added=int(found.withheld.sum()) - quick)
        if np.array_equal(further, found.withheld):
            return result
        found = replace(found, withheld=further)
    return result


def _repaired(
    table: Table,
    withheld: np.ndarray,
    verdict: Verdict,
    width: float,
    *,
    fixed: np.ndarray | None,
    known: np.ndarray | None,
) -> np.ndarray:
    """What is withheld once every figure that is too closely known can move by `width`."""
    hidden = withheld if known is None else withheld & ~known
    never = (table.counts == 0) & ~withheld  # a zero that is shown is no cell to hide another one behind
    for mask in (fixed, known):
        if mask is not None:
            never |= mask
    further = np.array(withheld, order="C")
    for place in np.flatnonzero(hidden.ravel())[~verdict.cleared]:
        for change in (width, -width):
            if table.counts.ravel()[place] + change < 0:
                continue
            cells = moved(table, Room(further, never), int(place), change)
            if cells is not None:
                further.ravel()[cells] = True
                break
    return further
