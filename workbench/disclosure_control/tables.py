"""A table of counts with all its margins: codes of each axis as a tree, and the counts of every cell and every sum."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np
import scipy.sparse as sparse

TOTAL = ""
"""The code of the sum of all: the root of each tree."""


@dataclass(frozen=True, eq=False)
class Tree:
    """The codes of one axis with what they add up to; the root, which is the total, comes first, parents before theirs.

    Attributes
    ----------
    codes : of all nodes
    parents : for each node the place of its parent, -1 for the root
    """

    codes: tuple[Hashable, ...]
    parents: tuple[int, ...]

    @cached_property
    def depths(self) -> np.ndarray:
        """How far below the root each node lies."""
        depths = []
        for parent in self.parents:
            depths.append(0 if parent < 0 else depths[parent] + 1)
        return np.array(depths)

    @cached_property
    def leaves(self) -> np.ndarray:
        """The places of the nodes that have no children."""
        return np.setdiff1d(np.arange(len(self.codes)), self.parents)

    @cached_property
    def above(self) -> np.ndarray:
        """Nodes by nodes: whether the first is the second, or lies above it."""
        found = np.eye(len(self.codes), dtype=bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                found[:, node] |= found[:, parent]
        return found

    def ends(self, depth: int) -> np.ndarray:
        """The nodes that a table of this depth is divided into: those at it, and leaves above it."""
        return np.flatnonzero((self.depths == depth) | ((self.depths < depth) & np.isin(self.nodes, self.leaves)))

    @property
    def nodes(self) -> np.ndarray:
        return np.arange(len(self.codes))

    @property
    def deepest(self) -> int:
        return int(self.depths.max())


def tree(codes: Sequence[Hashable], parents_of: Mapping[Hashable, Sequence[Hashable]] | None = None) -> Tree:
    """The tree of the codes of an axis.

    Parameters
    ----------
    codes : sequence
        Those that the table is divided by.
    parents_of : mapping
        For each code what it adds up to, the nearest first. A parent of one code alone is that code, and left out.

    Returns
    -------
    Tree
    """
    parents_of = parents_of or {}
    held: dict[Hashable, set] = {}
    for code in codes:
        for parent in parents_of.get(code, ()):
            held.setdefault(parent, set()).add(code)
    held = {parent: inside for parent, inside in held.items() if 1 < len(inside) < len(codes)}

    sets = {frozenset(inside): parent for parent, inside in held.items()}  # two levels that hold the same are one
    inner = sorted(sets, key=lambda inside: (-len(inside), str(sets[inside])))
    places = {frozenset(codes): 0}
    nodes, parents = [TOTAL], [-1]
    for inside in [*inner, *(frozenset([code]) for code in codes)]:
        around = min((other for other in places if inside < other), key=len, default=frozenset(codes))
        parents.append(places[around])
        places[inside] = len(nodes)
        nodes.append(sets.get(inside) or next(iter(inside)))
    return Tree(tuple(nodes), tuple(parents))


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of persons by one or several trees, every sum of them too.

    Attributes
    ----------
    trees : one per axis
    counts : unweighted, by node of each tree; or sums of what persons contribute, such as days lost
    persons : who stand behind each sum; None for counts of persons
    """

    trees: tuple[Tree, ...]
    counts: np.ndarray = field(repr=False)
    persons: np.ndarray | None = field(default=None, repr=False)

    @property
    def single(self) -> np.ndarray:
        """Which cells are about one person, who knows what they count for."""
        return (self.counts if self.persons is None else self.persons) == 1

    @cached_property
    def useless(self) -> np.ndarray:
        """Which cells cannot hide another one: a zero cannot be one fewer, and a single person knows the figure."""
        return self.single | (self.counts < 2)

    @cached_property
    def finest(self) -> np.ndarray:
        """Which cells are no sum on any axis."""
        masks = [np.isin(tree.nodes, tree.leaves) for tree in self.trees]
        return reduce(np.logical_and.outer, masks) if masks else np.ones((), bool)

    @cached_property
    def sums(self) -> sparse.csr_matrix:
        """Cells by finest cells: which of these each cell is the sum of."""
        parts = [sparse.csr_matrix(tree.above[:, tree.leaves].astype(float)) for tree in self.trees]
        return sparse.csr_matrix(
            reduce(lambda one, other: sparse.kron(one, other, format="csr"), parts, sparse.csr_matrix([[1.0]]))
        )


def table_of(trees: Sequence[Tree], finest: np.ndarray) -> Table:
    """A table with its sums, from the counts of its finest cells.

    Parameters
    ----------
    trees : sequence of Tree
    finest : array of numbers
        By leaf of each tree, in the order of `Tree.leaves`.

    Returns
    -------
    Table
    """
    counts = np.asarray(finest, float)
    for axis, branch in enumerate(trees):
        sums = branch.above[:, branch.leaves].astype(float)
        counts = np.moveaxis(np.tensordot(sums, counts, axes=(1, axis)), 0, axis)
    return Table(tuple(trees), np.array(counts, order="C"))
