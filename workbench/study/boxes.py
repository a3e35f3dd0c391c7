"""Which accidents each figure counts, as sets of codes on every axis: what tells whether one figure lies in another."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import polars as pl
import scipy.sparse as sparse

from workbench.cubes.contributions import has_contributions
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.disclosure_control.audit import System
from workbench.disclosure_control.tables import Table
from workbench.study.divide import Divided
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
    every : for each axis all codes that the table of the cube has
    """

    margin: str
    sets: dict[str, tuple[frozenset, ...]] = field(repr=False)
    places: dict[str, np.ndarray] = field(repr=False)
    every: dict[str, frozenset] = field(repr=False)

    def inside(self, other: "Boxes") -> np.ndarray:
        """Cells by the cells of `other`: whether all that the first counts is counted by the second too.

        Cubes of the same records may have different axes: of an axis that one has not, all codes are in its cells.
        """
        found = np.ones((self.size, other.size), bool)
        for axis in other.sets.keys() - self.sets.keys():
            found &= np.array([codes >= other.every[axis] for codes in other.sets[axis]], bool)[other.places[axis]]
        for axis in self.sets.keys() & other.sets.keys():
            within = _within(self.sets[axis], other.sets[axis])
            if not within.any():
                return np.zeros_like(found)
            if not within.all():
                found &= within[np.ix_(self.places[axis], other.places[axis])]
        return found

    def keys(self) -> list[tuple[str, tuple[int, ...]]]:
        """What each cell counts, as text without the years, and its years; the same for a group by whatever question.

        Returns
        -------
        list of (str, tuple of int)
            Axes of which a cell has all codes are left out; "" is everybody.
        """
        texts = {
            axis: [
                "" if codes >= self.every[axis] else f"{axis}={'+'.join(sorted(map(str, codes)))}"
                for codes in self.sets[axis]
            ]
            for axis in sorted(self.sets.keys() - {"year"})
        }
        years = [tuple(sorted(codes)) for codes in self.sets.get("year", (frozenset(),))]
        of_year = self.places.get("year", np.zeros(self.size, int))
        return [
            (
                ";".join(filter(None, (text[self.places[axis][cell]] for axis, text in texts.items()))),
                years[of_year[cell]],
            )
            for cell in range(self.size)
        ]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(next(iter(self.places.values())))


@lru_cache(maxsize=20_000)
def _within(sets: tuple[frozenset, ...], others: tuple[frozenset, ...]) -> np.ndarray:
    """Which sets lie in which others; most answers of a session divide an axis in one of a few ways."""
    return np.array([[one <= wide for wide in others] for one in sets], bool).reshape(len(sets), len(others))


def every_of(cube: Cube, margin: str) -> dict[str, frozenset]:
    """All codes on each axis of a table of a cube.

    Parameters
    ----------
    cube : Cube
    margin : name of the table

    Returns
    -------
    dict of str to frozenset
    """
    table = next(table for table in cube.margins if table.name == margin)
    return {axis: frozenset(table.codes(axis)) for axis in table.axes}


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
    return Boxes(answer.margin, sets, places, every_of(cube, answer.margin))


def boxes_of_rows(divided: Divided) -> Boxes | None:
    """What each row of an answer counts.

    Parameters
    ----------
    divided : Divided

    Returns
    -------
    Boxes or None
        As `boxes_of`.
    """
    try:
        answer = divided.cube.ask(divided.measure.name, divided.selection, divided.by)
    except WorkbenchError:
        return None
    dims = {dimension(name).axis: name for name in divided.by}
    sets, places = {}, {}
    for axis, covered in answer.covers.items():
        groups = {str(group): frozenset(codes) for group, codes in covered.groups.items()}
        names = divided.frame[dims[axis]].astype(str) if axis in dims else [""] * len(divided.frame)
        distinct = list(dict.fromkeys(names))
        sets[axis] = tuple(groups.get(name, frozenset()) for name in distinct)
        places[axis] = np.array([distinct.index(name) for name in names], int)
    return Boxes(answer.margin, sets, places, every_of(divided.cube, answer.margin))


def system_of_boxes(cube: Cube, measure: str, boxes: Sequence[Boxes], withheld: np.ndarray) -> System:
    """What several answers of one table of a cube show and withhold, over the finest cells that they tell apart.

    Parameters
    ----------
    cube : Cube
    measure : str
        What is counted, where the cube has no records; or what persons contribute.
    boxes : sequence of Boxes
        Of one margin of the cube.
    withheld : array of bool
        For each of their cells, those of the first first.

    Returns
    -------
    System
        Its unknowns are the groups of the cube's cells that no figure tells apart and that are not empty: an attacker
        is taken to know which are.
    """
    margin = next(margin for margin in cube.margins if margin.name == boxes[0].margin)
    signatures, held = {}, []
    for axis in margin.axes:
        distinct = list(dict.fromkeys(codes for box in boxes for codes in box.sets[axis]))
        classes: dict[tuple, int] = {}
        of_code = {
            code: classes.setdefault(tuple(code in codes for codes in distinct), len(classes))
            for code in margin.codes(axis)
        }
        signatures[axis] = of_code
        table = np.array(list(classes), bool).reshape(len(classes), len(distinct)).T
        places = {codes: place for place, codes in enumerate(distinct)}
        held.append(table[[places[box.sets[axis][place]] for box in boxes for place in box.places[axis]]])

    is_sum = has_contributions(margin.frame.columns, measure)
    counted = "records" if "records" in margin.measures and not is_sum else measure
    columns = [
        pl.col(axis).replace_strict(of_code, return_dtype=pl.Int64).alias(axis) for axis, of_code in signatures.items()
    ]
    atoms = margin.frame.with_columns(columns).group_by(margin.axes).agg(pl.col(counted).sum()).sort(margin.axes)
    atoms = atoms.filter(pl.col(counted) > 0)
    inside = np.ones((len(withheld), atoms.height), bool)
    for axis, table in zip(margin.axes, held, strict=True):
        inside &= table[:, atoms.get_column(axis).to_numpy()]
    sums = sparse.csr_matrix(inside.astype(float))
    return System(atoms.get_column(counted).to_numpy().astype(float), sums[~withheld], sums[withheld])
