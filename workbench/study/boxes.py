"""Which accidents each figure counts, as sets of codes on every axis: what tells whether one figure lies in another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.disclosure_control.tables import Table
from workbench.terms.dimensions import dimension
from workbench.terms.errors import WorkbenchError


@dataclass(frozen=True, eq=False)
class Boxes:
    """The cells of a table, each as the product of sets of codes.

    Attributes
    ----------
    margin : the table of the cube that they are counted in
    sets : for each axis of it the distinct sets of codes
    places : for each axis which of these sets each cell has, one number per cell
    """

    margin: str
    sets: dict[str, tuple[frozenset, ...]] = field(repr=False)
    places: dict[str, np.ndarray] = field(repr=False)

    def inside(self, other: "Boxes") -> np.ndarray:
        """Cells by the cells of `other`: whether all that the first counts is counted by the second too."""
        found = [
            np.array([[one <= wide for wide in other.sets[axis]] for one in sets], bool)[
                np.ix_(self.places[axis], other.places[axis])
            ]
            for axis, sets in self.sets.items()
        ]
        return reduce(np.logical_and, found)

    def take(self, cells: np.ndarray) -> "Boxes":
        """Some of the cells.

        Parameters
        ----------
        cells : array of bool or int
        """
        return Boxes(self.margin, self.sets, {axis: places[cells] for axis, places in self.places.items()})


def boxes_of(cube: Cube, measure: str, selection: Selection, by: Sequence[str], table: Table) -> Boxes | None:
    """The cells of an answer and of its sums, in the order of the table's cells.

    Parameters
    ----------
    cube, measure, selection, by : the question
    table : Table
        Of the answer; a tree for each of `by` comes first.

    Returns
    -------
    Boxes or None
        None where the cube does not answer the question by one table, as for months put in where no record has them.
    """
    try:
        answer = cube.ask(measure, selection, by)
    except WorkbenchError:
        return None
    shape = table.counts.shape
    sets, places = {}, {}
    grid = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), int)
    trees = {
        dimension(name).axis: (which, tree) for which, (name, tree) in enumerate(zip(by, table.trees, strict=False))
    }
    for axis, covered in answer.covers.items():
        groups = {str(group): frozenset(codes) for group, codes in covered.groups.items()}
        if axis not in trees:
            sets[axis] = (groups.get("", frozenset()),)
            places[axis] = np.zeros(grid.shape[1], int)
            continue
        which, tree = trees[axis]
        leaves = [groups.get(str(tree.codes[leaf]), frozenset()) for leaf in tree.leaves]
        sets[axis] = tuple(
            frozenset().union(
                *(codes for codes, held in zip(leaves, tree.above[node, tree.leaves], strict=True) if held)
            )
            for node in tree.nodes
        )
        places[axis] = grid[which]
    return Boxes(answer.margin, sets, places)
