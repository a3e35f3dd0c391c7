"""What can be concluded of withheld counts from all that is shown: an attacker with linear programs (HiGHS).

Two steps: programs with random signs over all cells that are not cleared yet, each of which moves many of them at once;
then the exact pair of programs, least and most, for each of the rest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import scipy  # its parts come when they are first used
import scipy.sparse as sparse

from workbench.disclosure_control.flow import NEAR
from workbench.disclosure_control.program import Program
from workbench.disclosure_control.tables import Table
from workbench.terms.text import _

SEED = 20_260_101
"""Of the random signs: the same system has the same audit."""
SHARED = 40
"""Programs over many cells at most; each has to clear some share of the rest to be followed by another."""
WORTHWHILE = 0.02


@dataclass(frozen=True, eq=False)
class System:
    """What is shown and what is withheld, as sums of unknown counts.

    Attributes
    ----------
    counts : the true count of each unknown
    shown, withheld : figures by unknowns, 1 where an unknown is in the figure's sum
    """

    counts: np.ndarray
    shown: sparse.csr_matrix = field(repr=False)
    withheld: sparse.csr_matrix = field(repr=False)

    @cached_property
    def unknown(self) -> np.ndarray:
        """The places of the counts that no figure shows by themselves."""
        alone = np.flatnonzero(np.diff(self.shown.indptr) == 1)
        return np.setdiff1d(np.arange(len(self.counts)), self.shown.indices[self.shown.indptr[alone]])

    @cached_property
    def equations(self) -> sparse.csr_matrix:
        """What the figures shown say of the unknown counts, each once."""
        rows = self.shown[:, self.unknown].tocsr()
        rows.sort_indices()
        ends = rows.indptr
        distinct = {rows.indices[ends[i] : ends[i + 1]].tobytes(): i for i in np.flatnonzero(np.diff(ends))}
        return rows[sorted(distinct.values())]

    @cached_property
    def figures(self) -> sparse.csr_matrix:
        """The withheld figures as sums of the unknown counts."""
        return self.withheld[:, self.unknown].tocsr()


@dataclass(frozen=True, eq=False)
class Verdict:
    """What an audit found.

    Attributes
    ----------
    low, high : for each withheld figure between which values an attacker finds it, at the least
    cleared : whether that is wide enough
    audited : how many of the figures have been decided; all of them once it is finished
    """

    low: np.ndarray
    high: np.ndarray
    cleared: np.ndarray
    audited: int

    @property
    def finished(self) -> bool:
        return self.audited == len(self.cleared)

    @property
    def passes(self) -> bool:
        """Whether all figures have been looked at, and none is known too closely."""
        return self.finished and bool(self.cleared.all())

    def __str__(self) -> str:
        if not self.finished:
            return _("{share:.0%} audited: not to be released yet.").format(share=self.audited / len(self.cleared))
        if self.passes:
            return _("All {n} withheld figures are protected.").format(n=len(self.cleared))
        return _("{n} of {all} withheld figures can be computed too closely.").format(
            n=int((~self.cleared).sum()), all=len(self.cleared)
        )


def system_of(table: Table, withheld: np.ndarray, *, known: np.ndarray | None = None) -> System:
    """The system of one table with all its margins.

    Parameters
    ----------
    table : Table
    withheld : array of bool, the shape of `table.counts`
    known : array of bool, same shape
        Withheld cells that the attacker knows all the same, such as single persons who know what they count for.

    Returns
    -------
    System
        Its unknowns are the finest cells; its withheld figures those that the attacker does not know, in the order of
        the table's cells.
    """
    hidden = withheld.ravel() if known is None else (withheld & ~known).ravel()
    return System(
        counts=table.counts[table.finest],
        shown=table.sums[~hidden],
        withheld=table.sums[hidden],
    )


def audit(
    system: System,
    width: float,
    *,
    cleared: np.ndarray | None = None,
    progress: Callable[[Verdict], bool] | None = None,
) -> Verdict:
    """Whether what is shown leaves every withheld figure an interval of at least `width`.

    Parameters
    ----------
    system : System
    width : float
        In persons.
    cleared : array of bool, one per withheld figure
        What an audit with fewer figures withheld has cleared already: withholding more never narrows an interval.
    progress : callable
        Given the verdict so far after each step; the audit ends there when it answers False.

    Returns
    -------
    Verdict
    """
    attack = _Attack(system, width, cleared)
    go_on = progress or (lambda _verdict: True)
    for _step in attack.shared():
        if not go_on(attack.verdict):
            return attack.verdict
    for _step in attack.exact():
        if not go_on(attack.verdict):
            return attack.verdict
    return attack.verdict


def cleared_at_once(system: System, width: float) -> np.ndarray:
    """Which withheld figures the shared programs clear; of the others nothing is known yet.

    Parameters
    ----------
    system : System
    width : float

    Returns
    -------
    array of bool, one per withheld figure
    """
    attack = _Attack(system, width)
    for _step in attack.shared():
        pass
    return attack.cleared


class _Attack:
    """Intervals of the withheld figures as far as programs have opened them."""

    def __init__(self, system: System, width: float, cleared: np.ndarray | None = None):
        self.system, self.width = system, width
        truth = system.counts[system.unknown]
        self._right = system.equations @ truth
        # a wider room only widens intervals: what is cleared inside it is cleared
        self._room = np.column_stack([np.zeros(len(truth)), truth + 50 * width])
        self.low = system.figures @ truth
        self.high = self.low.copy()
        self._exact = np.zeros(len(self.low), bool)
        self._before = np.zeros(len(self.low), bool) if cleared is None else cleared

    @property
    def cleared(self) -> np.ndarray:
        return self._before | (self.high - self.low >= self.width - NEAR)

    @property
    def verdict(self) -> Verdict:
        cleared = self.cleared
        return Verdict(self.low.copy(), self.high.copy(), cleared, int((cleared | self._exact).sum()))

    def shared(self) -> Iterator[None]:
        """Programs that push many figures at once, up or down at random."""
        chance = np.random.default_rng(SEED)
        for _round in range(SHARED):
            rest = np.flatnonzero(~self.cleared)
            if not len(rest):
                return
            signs = chance.choice([-1.0, 1.0], len(rest))
            for sign in (1, -1):
                self._solve(sign * (signs @ self.system.figures[rest]))
            yield
            if np.count_nonzero(self.cleared[rest]) < WORTHWHILE * len(rest):
                return

    def exact(self) -> Iterator[None]:
        """The least and the most of each figure that is not cleared."""
        program = None
        for place in np.flatnonzero(~self.cleared):
            if self.cleared[place]:
                continue
            program = program or Program(self.system.equations, self._right, self._room)
            direction = self.system.figures[[place]].toarray().ravel()
            for sign in (1, -1):
                if not self.cleared[place]:
                    self._widen(program.most(sign * direction))
            self._exact[place] = True
            yield

    def _solve(self, direction: np.ndarray) -> None:
        """The counts that are largest in a direction, and what all figures are there."""
        if not len(direction):
            return
        found = scipy.optimize.linprog(
            -np.asarray(direction).ravel(),
            A_eq=self.system.equations,
            b_eq=self._right,
            bounds=self._room,
            method="highs",
        )
        self._widen(found.x)

    def _widen(self, solution: np.ndarray | None) -> None:
        """What all figures are in a solution; of none, for numerical trouble, nothing is concluded."""
        if solution is None:
            return
        values = self.system.figures @ solution
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
