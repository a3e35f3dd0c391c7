"""The rows of an answer about persons as cells of a table with all its sums, and which of them break a rule."""

from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np

from workbench.cubes.contributions import CONTRIBUTORS, LARGEST, SECOND
from workbench.disclosure_control.magnitudes import contributors_of, rules_broken, width_of
from workbench.disclosure_control.rules import (
    DOMINANCE,
    FEW,
    GROUP,
    LINKED,
    P_PERCENT,
    PASSES,
    Rules,
    one_for_all,
    too_few,
)
from workbench.disclosure_control.tables import table_of, tree
from workbench.study.divide import Divided
from workbench.study.reliability import persons_of
from workbench.terms.codes import CodeList
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

MOST = 40_000
"""Cells of a table with its margins, at most: a larger one is not looked through while somebody waits."""
WHEN = ("month", "day", "hour", "weekday", "question")
"""Dimensions of the event that tell when it was, or what was asked, and nothing about a person."""
PARTS = ("in", "out")
"""Of a share: the accidents that are counted, and the others that it is a share of."""


class Cells:
    """The rows of an answer as the finest cells of a table with all its margins.

    Parameters
    ----------
    divided : Divided
        With a row per group.
    rules : Rules

    Attributes
    ----------
    table : Table
        Of persons, or of what they contribute.
    persons : array, the shape of the table
        How many stand behind each cell.
    broken : dict of str to array of bool
        By rule the cells that break it.
    width : int
        So wide at least is what may be concluded about a withheld cell.
    """

    def __init__(self, divided: Divided, rules: Rules):
        self.divided = divided
        frame = divided.frame
        codes = {name: tuple(dict.fromkeys(frame[name])) for name in divided.by}
        self._places = tuple(
            frame[name].map({code: place for place, code in enumerate(codes[name])}).to_numpy(int) for name in codes
        )
        self._trees = [tree(codes[name], _parents(divided, name, codes[name])) for name in codes]
        self.is_share = divided.people == divided.measure.unit  # the exposure of a share are accidents too
        if self.is_share:
            self._trees.append(tree(PARTS))
        if np.prod([len(t.codes) for t in self._trees]) > MOST:
            raise Refused(
                _(
                    "{n:,} groups of persons at once are too many to see whether one gives another away. Divide by "
                    "fewer dimensions, or restrict the selection."
                ).format(n=len(frame))
            )

        records = persons_of(frame).fillna(0).to_numpy(float)
        if self.is_share:
            rest = (frame["exposure"].fillna(0).to_numpy(float) - records).clip(0)
            records = np.column_stack([records, rest])
        self.table = table_of(self._trees, self._finest(records))
        self.persons, self.width = self.table.counts, rules.width
        if CONTRIBUTORS in frame:
            self._take_contributions(rules)
        else:
            few = too_few(self.persons, rules.minimum)
            self.broken = {FEW: few | self._spread(self._light(rules.minimum))}
        self.broken[GROUP] = self._spread(self._alike())

    def _take_contributions(self, rules: Rules) -> None:
        """Of a sum of what persons contribute: the table is of sums, and its rules ask who makes them up."""
        frame = self.divided.frame
        persons, largest, second, sums = (
            self._finest(frame[name].fillna(0).to_numpy(float)) for name in (CONTRIBUTORS, LARGEST, SECOND, "count")
        )
        by = contributors_of(self._trees, persons, largest, second)
        self.table = replace(table_of(self._trees, sums), persons=by.persons)
        self.broken = rules_broken(self.table.counts, by, rules)
        self.width = width_of(self.table.counts, by, self.primary(), rules)

    def at_rows(self) -> tuple[np.ndarray, ...]:
        """Where the rows of the answer lie in the table."""
        leaves = [tree.leaves for tree in self.table.trees]
        return tuple(nodes[places] for nodes, places in zip(leaves, self._places, strict=False))

    def primary(self) -> np.ndarray:
        """The cells that break a rule by themselves."""
        return np.logical_or.reduce(list(self.broken.values()))

    def rows(self, withheld: np.ndarray) -> np.ndarray:
        """Which rows of the answer a pattern withholds: those of which a share shows the part or the whole too.

        Parameters
        ----------
        withheld : array of bool, the shape of the table

        Returns
        -------
        array of bool, one per row
        """
        found = withheld[self.at_rows()]
        return found.any(axis=-1) if self.is_share else np.atleast_1d(found)

    def of_rows(self, rows: np.ndarray) -> np.ndarray:
        """The cells of some rows of the answer: of a share its part, the rest and the whole.

        Parameters
        ----------
        rows : array of bool, one per row

        Returns
        -------
        array of bool, the shape of the table
        """
        found = np.zeros(self.persons.shape, bool)
        at = self.at_rows()
        found[tuple(nodes[rows] for nodes in at) if at else ...] = True if at else rows[0]
        return found

    def reasons(self, withheld: np.ndarray) -> np.ndarray:
        """The rule for each row that is withheld, "" for the others.

        Parameters
        ----------
        withheld : array of bool, one per row

        Returns
        -------
        array of str, one per row
        """
        rules = [rule for rule in (FEW, GROUP, DOMINANCE, P_PERCENT) if rule in self.broken]
        broken = [self.rows(self.broken[rule]) for rule in rules]
        return np.select([~withheld, *broken], [PASSES, *rules], default=LINKED)

    def _alike(self) -> np.ndarray:
        """Of the finest cells, those of a group whose persons all have one code of an attribute of the accident."""
        counts = self.persons[np.ix_(*(t.leaves for t in self._trees))]
        found = np.zeros(counts.shape, bool)
        for axis, name in enumerate(self.divided.by):
            if dimension(name).event and name not in WHEN:
                found |= one_for_all(counts, axis)
        return found

    def _light(self, minimum: int) -> np.ndarray:
        """Of the finest cells, those whose records stand for fewer accidents than the minimum: weights below one."""
        few = too_few(self.divided.frame["count"].fillna(0).to_numpy(float), minimum)
        found = np.zeros([len(t.leaves) for t in self._trees], bool)
        found[self._places if not self.is_share else (*self._places, 0)] = few
        return found

    def _finest(self, rows: np.ndarray) -> np.ndarray:
        """Figures of rows as those of the finest cells; a cell that is no row has none."""
        found = np.zeros([len(t.leaves) for t in self._trees])
        found[self._places] = rows if self._places else rows[0]
        return found

    def _spread(self, finest: np.ndarray) -> np.ndarray:
        """A mark of finest cells in the shape of the table."""
        found = np.zeros(self.persons.shape, bool)
        found[np.ix_(*(t.leaves for t in self._trees))] = finest
        return found


def _parents(divided: Divided, name: str, codes: tuple[Hashable, ...]) -> Mapping[Hashable, list[str]]:
    """What each code adds up to in its list, the nearest first: provinces to regions, divisions to sections."""
    known: CodeList | None = divided.cube.lists.get(dimension(name).axis)
    if known is None or name == "age_group":  # bands of ages have no levels
        return {}
    return {code: known.ancestors(code) for code in codes if known.knows(code) and known.level(code) is not None}
