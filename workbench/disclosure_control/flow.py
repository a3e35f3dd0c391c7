"""What hides one figure: how far it can move, and which further cells have to be withheld for it; linear programs."""

from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import scipy  # its parts come when they are first used
import scipy.sparse as sparse

from workbench.disclosure_control.tables import Table

NEAR = 1e-6
"""Two counts closer than this are one: solutions are exact to about 1e-9."""
SUMS = 1000.0
"""A sum costs so much more to withhold than a finest cell: tables of other questions show it."""
AROUND = 7
"""So many other codes on each axis are looked at for cells to move persons to."""
BESIDE = 50
"""Counts of other cells may move by so many widths while one is protected."""


@dataclass(frozen=True, eq=False)
class Room:
    """What may move in a table while one of its figures is protected.

    Attributes
    ----------
    withheld : cells that move without a cost
    never : cells that must not move: shown for good, known to the attacker, or shown to be zero
    inside : cells that there are for the attacker; None for all
    """

    withheld: np.ndarray = field(repr=False)
    never: np.ndarray = field(repr=False)
    inside: np.ndarray | None = field(default=None, repr=False)


def interval(table: Table, room: Room, place: int, enough: float) -> tuple[float, float]:
    """Between which values an attacker finds a withheld figure; stops where it is wide `enough`.

    Parameters
    ----------
    table : Table
    room : Room
        Of which `never` are the withheld cells that the attacker knows.
    place : int
        Of the figure among the cells, counted as `ravel` does.
    enough : float

    Returns
    -------
    (float, float)
    """
    sums, counts = table.sums, table.counts[table.finest]
    hidden = room.withheld & ~room.never
    rows = ~hidden if room.inside is None else ~hidden & room.inside
    equations = sums[rows.ravel()]
    truth = float(table.counts.ravel()[place])
    ends = [truth, truth]
    for which, sign in ((1, -1.0), (0, 1.0)):
        found = scipy.optimize.linprog(
            sign * sums[[place]].toarray().ravel(),
            A_eq=equations,
            b_eq=equations @ counts,
            bounds=np.column_stack([np.zeros(len(counts)), counts + BESIDE * enough]),
            method="highs",
        )
        if found.x is not None:
            ends[which] = sign * found.fun
        if ends[1] - ends[0] >= enough - NEAR:
            break
    return ends[0], ends[1]


def moved(table: Table, room: Room, place: int, change: float) -> np.ndarray | None:
    """The shown cells that have to move, at the least cost, for a figure to change; None where it cannot.

    Parameters
    ----------
    table : Table
    room : Room
    place : int
        Of the figure among the cells, counted as `ravel` does.
    change : float
        In persons.

    Returns
    -------
    array of int or None
        Places of cells to be withheld.
    """
    near = _near(table, place)
    sums, counts = table.sums[:, near], table.counts[table.finest][near]
    touched = np.diff(sums.indptr) > 0
    never, free = room.never.ravel().copy(), room.withheld.ravel() & ~room.never.ravel()
    if room.inside is not None:
        never &= room.inside.ravel()
        free |= ~room.inside.ravel()
    cost = (1 + table.counts / max(table.counts.max(), 1)) * np.where(table.finest, 1.0, SUMS)
    never &= touched
    shown = np.flatnonzero(~free & ~never & touched)

    exact = sparse.vstack([sums[never], sums[[place]]])
    cells = moved_sums(exact, sums[shown], counts, cost.ravel()[shown], change)
    return None if cells is None else shown[cells]


def moved_sums(
    exact: sparse.csr_matrix, shown: sparse.csr_matrix, counts: np.ndarray, cost: np.ndarray, change: float
) -> np.ndarray | None:
    """The sums that have to move, at the least cost, for the last of the exact ones to change; None where it cannot.

    Parameters
    ----------
    exact : sparse matrix, sums by unknowns
        The last changes by `change`, the others do not.
    shown : sparse matrix, sums by unknowns
        Those that may move.
    counts : array
        Of the unknowns.
    cost : array
        Of each sum that may move, for each person.
    change : float

    Returns
    -------
    array of int or None
        Places among those that may move.
    """
    # unknowns: persons more and persons fewer in each finest cell, and how far each cell that is shown moves
    n, n_shown = len(counts), shown.shape[0]
    slack = sparse.identity(n_shown, format="csr")
    found = scipy.optimize.linprog(
        np.concatenate([np.full(2 * n, 1e-4), cost]),
        A_eq=sparse.hstack([exact, -exact, sparse.csr_matrix((exact.shape[0], n_shown))], format="csr"),
        b_eq=np.append(np.zeros(exact.shape[0] - 1), change),
        A_ub=sparse.vstack(
            [sparse.hstack([shown, -shown, -slack]), sparse.hstack([-shown, shown, -slack])], format="csr"
        ),
        b_ub=np.zeros(2 * n_shown),
        bounds=[
            *((0, abs(change) * BESIDE) for _cell in range(n)),
            *((0, count) for count in counts),
            *[(0, None)] * n_shown,
        ],
        method="highs",
    )
    return None if found.x is None else np.flatnonzero(found.x[2 * n :] > NEAR)


def _near(table: Table, place: int) -> np.ndarray:
    """The finest cells among which persons are moved: on each axis the cell's own codes and the largest around it.

    A few codes per axis make a program small, and a move among them leaves all sums as they are.
    """
    at = np.unravel_index(place, table.counts.shape)
    kept = []
    for axis, tree in enumerate(table.trees):
        own = tree.above[at[axis], tree.leaves]
        line = table.counts[tuple(slice(None) if which == axis else node for which, node in enumerate(at))]
        total = table.counts[tuple(slice(None) if which == axis else 0 for which in range(len(at)))]
        size = (line + total / max(total.max(), 1))[tree.leaves]
        largest = np.zeros(len(size), bool)
        largest[np.argsort(-np.where(own, -1.0, size), kind="stable")[:AROUND]] = True
        if own.sum() > AROUND:  # a sum: its largest parts
            own &= np.isin(np.arange(len(size)), np.argsort(-np.where(own, size, -1.0), kind="stable")[:AROUND])
        kept.append(own | largest)
    return np.flatnonzero(reduce(np.logical_and.outer, kept).ravel())
