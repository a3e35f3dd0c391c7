"""What has to be withheld together with small counts, so that no sum gives them away: a quick pattern of cubes.

Each withheld count is the corner of a cube of withheld counts. One person more at every other corner and one fewer at
the rest changes no sum, so that all who only know the sums cannot tell: the method of hypercubes (Repsilber 1994;
Giessing & Repsilber 2002), here on trees of codes, with margins settled before what they are divided into. That way a
margin shows the same wherever it is asked for.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

import numpy as np

from workbench.disclosure_control.audit import System, cleared_at_once
from workbench.disclosure_control.flow import NEAR, Room, interval, moved
from workbench.disclosure_control.tables import Table, Tree

NEVER = 1e9
"""What it costs to withhold a cell that must be shown, or that cannot hide another one."""


EXACT = 400
"""Tables of so many cells are looked at with linear programs as well, which find that less has to be withheld."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """Which cells of a table are withheld.

    Attributes
    ----------
    primary : by a rule for single figures
    withheld : those, and what is withheld to protect them
    open : withheld cells for which no cube was found; an audit says how well they are protected all the same
    """

    table: Table
    primary: np.ndarray = field(repr=False)
    withheld: np.ndarray = field(repr=False)
    open: np.ndarray = field(repr=False)

    @property
    def secondary(self) -> np.ndarray:
        return self.withheld & ~self.primary


@dataclass(frozen=True, eq=False)
class _Moves:
    """Ways to move a person on one axis without changing a sum: `signs` is ways by nodes, of -1, 0 and 1."""

    signs: np.ndarray

    @property
    def touched(self) -> np.ndarray:
        return np.abs(self.signs)


def pattern(table: Table, primary: np.ndarray, *, width: int, fixed: np.ndarray | None = None) -> Pattern:
    """The cells to withhold: `primary`, and for each withheld cell a cube of others.

    Tables are settled from the coarse to the fine: what a coarser one shows stays, whatever it is divided into.

    Parameters
    ----------
    table : Table
    primary : array of bool, the shape of `table.counts`
        Cells that break a rule.
    width : int
        So wide at least is the interval that a withheld count can lie in.
    fixed : array of bool, same shape
        Cells that are known already and cannot be withheld any more.

    Returns
    -------
    Pattern
        The same for the same table, without chance.
    """
    search = _Search(table, primary, width, fixed)
    for depths in sorted(product(*(range(tree.deepest + 1) for tree in table.trees)), key=lambda d: (sum(d), d)):
        search.settle(depths)
    return Pattern(table, primary, search.withheld, search.open)


class _Search:
    """The state of the search: what is withheld, what is settled, and which cells are known to be protected."""

    def __init__(self, table: Table, primary: np.ndarray, width: int, fixed: np.ndarray | None):
        self.table, self.width = table, width
        self.withheld = np.array(primary, order="C")  # `ravel` has to be a view of it
        self.open = np.zeros(primary.shape, bool)
        self._settled = np.zeros(primary.shape, bool) if fixed is None else np.array(fixed, order="C")
        self._places = np.arange(primary.size).reshape(primary.shape)
        counts = table.counts
        self._useless = NEVER * table.useless
        self._cost = 1 + counts / max(counts.max(), 1)
        self._exact = counts.size <= EXACT

    def settle(self, depths: tuple[int, ...]) -> None:
        """Decide the cells of the table that is divided down to `depths`, the margins being decided."""
        nodes = [np.flatnonzero(t.depths <= d) for t, d in zip(self.table.trees, depths, strict=True)]
        inside = np.ix_(*nodes)
        counts, places = self.table.counts.ravel(), self._places[inside]
        waiting = places[self.withheld[inside]]
        # singles last: their cubes serve no other cell; large counts first: they need most
        single = self.table.single.ravel()
        queue = list(waiting[np.lexsort((waiting, -counts[waiting], single[waiting]))])
        protected = self._protected(inside) if self._exact else set()
        while queue:
            place = int(queue.pop(0))
            if place in protected or (self._exact and self._is_free(place, inside)):
                continue
            corners = self._cube(np.unravel_index(place, self.withheld.shape), depths)
            cells = self._fewest(place, corners, inside)
            if cells is None:
                self.open.ravel()[place] = True
                continue
            fresh = cells[~self.withheld.ravel()[cells]]
            self.withheld.ravel()[fresh] = True
            if cells is corners and not single[place] and counts[place] > 1:  # all corners move as far as this one
                protected.update(int(corner) for corner in corners)
            else:
                queue.extend(int(new) for new in fresh)
        self._settled[inside] = True

    def _protected(self, inside: tuple[np.ndarray, ...]) -> set[int]:
        """The withheld cells of a table that hide each other already, also from all single persons."""
        in_room = np.zeros(self.withheld.shape, bool)
        in_room[inside] = True
        hidden = self.withheld & in_room & ~self.table.single
        sums, places = self.table.sums, np.flatnonzero(hidden)
        system = System(self.table.counts[self.table.finest], sums[(in_room & ~hidden).ravel()], sums[places])
        return set(places[cleared_at_once(system, self.width)].tolist())

    def _is_free(self, place: int, inside: tuple[np.ndarray, ...]) -> bool:
        """Whether an attacker who knows all other single persons too cannot say enough of a cell."""
        low, high = interval(self.table, self._room(place, inside), place, self.width)
        return high - low >= self.width - NEAR

    def _fewest(self, place: int, corners: np.ndarray | None, inside: tuple[np.ndarray, ...]) -> np.ndarray | None:
        """The corners of a cube, or for small tables what a linear program withholds, where that is less."""
        if not self._exact:
            return corners
        room = self._room(place, inside)
        shown = (self._settled | self.table.useless) & ~self.withheld
        room = Room(room.withheld, room.never | shown, room.inside)
        found = [corners] if corners is not None else []
        for change in (self.width, -self.width):
            if self.table.counts.ravel()[place] + change >= 0:
                found.append(moved(self.table, room, place, change))
        known = [cells for cells in found if cells is not None]
        return min(
            known, key=lambda cells: self._cost.ravel()[cells][~self.withheld.ravel()[cells]].sum(), default=None
        )

    def _room(self, place: int, inside: tuple[np.ndarray, ...]) -> Room:
        """What is withheld in a table to somebody who knows all single persons but one."""
        single = np.array(self.withheld & self.table.single, order="C")
        single.ravel()[place] = False
        in_room = np.zeros(self.withheld.shape, bool)
        in_room[inside] = True
        return Room(self.withheld, single, in_room)

    def _cube(self, at: tuple[int, ...], depths: tuple[int, ...]) -> np.ndarray | None:
        """The places of the corners of the cheapest cube around a cell, or None where there is none."""
        axes = [_moves(tree, int(node), depth) for tree, node, depth in zip(self.table.trees, at, depths, strict=True)]
        count, width = self.table.counts[at], self.width
        base = np.where(self.withheld, 0.0, np.where(self._settled, NEVER, self._cost)) + self._useless
        base[at] = 0.0
        for down in dict.fromkeys((0.0, float(min(count, width)), float(min(count, width // 2)))):
            # so many can be taken from every corner of the cell's own kind, the rest from the others
            own, other = self.table.counts < down, self.table.counts < width - down
            own[at] = False
            score = _contracted(base + NEVER * (own * 0.5 + other * 0.5), [axis.touched for axis in axes])
            score += _contracted(NEVER * (own * 0.5 - other * 0.5), [axis.signs for axis in axes])
            best = int(score.argmin())
            if score.ravel()[best] < NEVER / 4:
                chosen = [axis.touched[i] for axis, i in zip(axes, np.unravel_index(best, score.shape), strict=True)]
                return self._places[np.ix_(*(np.flatnonzero(move) for move in chosen))].ravel()
        return None


def _contracted(cells: np.ndarray, moves: list[np.ndarray]) -> np.ndarray:
    """The sum over the corners of every cube: axis by axis, cells by nodes become cells by moves."""
    for axis, matrix in enumerate(moves):
        cells = np.moveaxis(np.tensordot(matrix, cells, axes=(1, axis)), 0, axis)
    return cells


@lru_cache(maxsize=20_000)
def _moves(tree: Tree, node: int, depth: int) -> _Moves:
    """The ways to move one person into a node: from another end of the table, or from outside, with the total."""
    ends = tree.ends(depth)
    below = ends[tree.above[node, ends]]
    elsewhere = ends[~tree.above[node, ends]]
    inward = tree.above[:, below].T.astype(float)
    outward = tree.above[:, elsewhere].T.astype(float)
    swaps = (inward[:, None, :] - outward[None, :, :]).reshape(-1, len(tree.codes))
    return _Moves(np.concatenate([swaps, inward]))
