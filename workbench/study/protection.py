"""Which rows of an answer about persons are withheld, each by which rule: by itself, or to hide another row."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np

from workbench.disclosure_control.pattern import EXACT, Pattern, pattern
from workbench.disclosure_control.repair import Protected, protect
from workbench.disclosure_control.rules import FEW, GROUP, LINKED, PASSES, Rules, one_for_all, too_few
from workbench.disclosure_control.tables import Table, table_of, tree
from workbench.study.boxes import Boxes, boxes_of
from workbench.study.divide import Divided
from workbench.study.reliability import records_of
from workbench.study.shown import Shown, before, remember
from workbench.terms.codes import CodeList
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

MOST = 40_000
"""Cells of a table with its margins, at most: a larger one is not looked through while somebody waits."""
KEPT = 100
"""So many patterns are remembered: the views of one screen ask for the same again and again."""
WHEN = ("month", "day", "hour", "weekday", "question")
"""Dimensions of the event that tell when it was, or what was asked, and nothing about a person."""
MAGNITUDES = ("days_lost",)
"""Measures to which one person can contribute more than another: they fall under dominance and p%."""
PARTS = ("in", "out")
"""Of a share: the accidents that are counted, and the others that it is a share of."""

_FOUND: OrderedDict[tuple, Pattern | Protected] = OrderedDict()


@dataclass(frozen=True, eq=False)
class Protection:
    """Why rows of an answer about persons are withheld.

    Attributes
    ----------
    rules : that were applied
    before : the answer with all its figures, which never leaves this session
    reasons : the rule for each row, "" for those that are shown
    audit : what an audit said of the pattern; None where there was none, or nothing to protect
    cells : the table that the rows are cells of; None for terms of a model
    withheld : which cells of that table are withheld, sums included
    boxes : what each cell counts
    """

    rules: Rules
    before: Divided = field(repr=False)
    reasons: np.ndarray = field(repr=False)
    audit: Protected | None = None
    cells: "Cells | None" = field(default=None, repr=False)
    withheld: np.ndarray | None = field(default=None, repr=False)
    boxes: Boxes | None = field(default=None, repr=False)

    def __reduce__(self):
        """Kept with a finding, as by pickle, is that nothing more is known of it: the figures before stay here."""
        return _forgotten, ()

    @property
    def hidden(self) -> np.ndarray:
        """Which rows are withheld."""
        return self.reasons != PASSES


def _forgotten() -> None:
    """What a protection is once it has left the session."""
    return None


def protection_of(divided: Divided, rules: Rules, *, audited: bool = False, trial: bool = False) -> Protection:
    """Which rows are withheld: by a rule of their own, because of an answer before this one, or to hide another row.

    Small tables are audited at once; of large ones a quick pattern is shown, and audited when it is to leave.

    Parameters
    ----------
    divided : Divided
        With all its figures.
    rules : Rules
    audited : bool
        Audit a large table too.
    trial : bool
        Nothing of it is shown, and so it is not remembered.

    Returns
    -------
    Protection
        The same for the same answer after the same answers.
    """
    if divided.measure.name in MAGNITUDES:
        raise Refused(
            _(
                "Sums of {measure} of persons are not shown: a cube does not know whether one or two persons make up "
                "most of a sum (dominance). Count the accidents, or ask for the sums where the entry is `aggregate`."
            ).format(measure=divided.measure.name)
        )
    if not _is_table(divided):
        few = too_few(records_of(divided.frame).to_numpy(float), rules.minimum)
        few |= too_few(divided.frame["count"].to_numpy(float), rules.minimum)
        return Protection(rules, divided, np.where(few, FEW, PASSES).astype(object))

    cells = Cells(divided, rules)
    counts, shape = cells.table.counts.ravel(), cells.table.counts.shape
    boxes = (
        None
        if cells.is_share
        else boxes_of(divided.cube, divided.measure.name, divided.selection, divided.by, cells.table)
    )
    known, primary = np.zeros(shape, bool), cells.primary()
    if boxes is not None and not audited:  # for release counts what was released, not what a screen has shown
        earlier = before(divided.cube, boxes, counts, rules.minimum)
        known, primary = earlier.known.reshape(shape), primary | earlier.withheld.reshape(shape)

    exact = audited or counts.size <= EXACT
    found = _pattern(cells.table, primary, known & ~primary, rules.width, exact)
    withheld = (found.pattern if exact else found).withheld
    if boxes is not None and not trial:
        shown = np.zeros(shape, bool)
        shown[cells.at_rows()] = True
        shown &= ~withheld
        remember(divided.cube, Shown(boxes, counts, shown.ravel(), withheld.ravel()))
    reasons = cells.reasons(cells.rows(withheld))
    return Protection(rules, divided, reasons, found if exact else None, cells, withheld, boxes)


def _is_table(divided: Divided) -> bool:
    """Whether rows are the groups of an answer, not terms of a model."""
    if not divided.by:
        return len(divided.frame) == 1 and "term" not in divided.frame
    return not divided.frame.duplicated(list(divided.by)).any()


def _pattern(table: Table, primary: np.ndarray, known: np.ndarray, width: int, exact: bool) -> Pattern | Protected:
    """The quick pattern, or the audited one; remembered."""
    codes = tuple(tree.codes for tree in table.trees)
    key = (codes, table.counts.tobytes(), primary.tobytes(), known.tobytes(), width, exact)
    if key not in _FOUND:
        if len(_FOUND) >= KEPT:
            _FOUND.popitem(last=False)
        _FOUND[key] = (protect if exact else pattern)(table, primary, width=width, fixed=known)
    return _FOUND[key]


class Cells:
    """The rows of an answer as the finest cells of a table with all its margins.

    Parameters
    ----------
    divided : Divided
        With a row per group.
    rules : Rules
    """

    def __init__(self, divided: Divided, rules: Rules):
        self.divided, self.rules = divided, rules
        frame = divided.frame
        codes = {name: tuple(dict.fromkeys(frame[name])) for name in divided.by}
        self._places = tuple(
            frame[name].map({code: place for place, code in enumerate(codes[name])}).to_numpy(int) for name in codes
        )
        trees = [tree(codes[name], _parents(divided, name, codes[name])) for name in codes]
        records = records_of(frame).fillna(0).to_numpy(float)

        self.is_share = divided.people == divided.measure.unit  # the exposure of a share are accidents too
        if self.is_share:
            trees.append(tree(PARTS))
            rest = (frame["exposure"].fillna(0).to_numpy(float) - records).clip(0)
            records = np.column_stack([records, rest])
        if np.prod([len(t.codes) for t in trees]) > MOST:
            raise Refused(
                _(
                    "{n:,} groups of persons at once are too many to see whether one gives another away. Divide by "
                    "fewer dimensions, or restrict the selection."
                ).format(n=len(frame))
            )
        finest = np.zeros([len(t.leaves) for t in trees])
        finest[self._places] = records if self._places else records[0]
        self.table = table_of(trees, finest)

    def at_rows(self) -> tuple[np.ndarray, ...]:
        """Where the rows of the answer lie in the table."""
        leaves = [tree.leaves for tree in self.table.trees]
        return tuple(nodes[places] for nodes, places in zip(leaves, self._places, strict=False))

    def primary(self) -> np.ndarray:
        """The cells that break a rule by themselves: too few persons, or all of a group alike."""
        return too_few(self.table.counts, self.rules.minimum) | self._spread(self._alike() | self._light())

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

    def reasons(self, withheld: np.ndarray) -> np.ndarray:
        """The rule for each row that is withheld, "" for the others.

        Parameters
        ----------
        withheld : array of bool, one per row

        Returns
        -------
        array of str, one per row
        """
        few = self.rows(too_few(self.table.counts, self.rules.minimum) | self._spread(self._light()))
        alike = self.rows(self._spread(self._alike()))
        return np.select([~withheld, few, alike], [PASSES, FEW, GROUP], default=LINKED)

    def _alike(self) -> np.ndarray:
        """Of the finest cells, those of a group whose persons all have one code of an attribute of the accident."""
        counts = self._finest()
        found = np.zeros(counts.shape, bool)
        for axis, name in enumerate(self.divided.by):
            if dimension(name).event and name not in WHEN:
                found |= one_for_all(counts, axis)
        return found

    def _light(self) -> np.ndarray:
        """Of the finest cells, those whose records stand for fewer accidents than the minimum: weights below one."""
        count = self.divided.frame["count"].fillna(0).to_numpy(float)
        return self._by_place(too_few(count, self.rules.minimum))

    def _finest(self) -> np.ndarray:
        return self.table.counts[np.ix_(*(t.leaves for t in self.table.trees))]

    def _by_place(self, rows: np.ndarray) -> np.ndarray:
        """A mark of rows as one of finest cells; of a share, that of the part."""
        found = np.zeros([len(t.leaves) for t in self.table.trees], bool)
        found[self._places if not self.is_share else (*self._places, 0)] = rows
        return found

    def _spread(self, finest: np.ndarray) -> np.ndarray:
        """A mark of finest cells in the shape of the table."""
        found = np.zeros(self.table.counts.shape, bool)
        found[np.ix_(*(t.leaves for t in self.table.trees))] = finest
        return found


def _parents(divided: Divided, name: str, codes: tuple[Hashable, ...]) -> Mapping[Hashable, list[str]]:
    """What each code adds up to in its list, the nearest first: provinces to regions, divisions to sections."""
    known: CodeList | None = divided.cube.lists.get(dimension(name).axis)
    if known is None or name == "age_group":  # bands of ages have no levels
        return {}
    return {code: known.ancestors(code) for code in codes if known.knows(code) and known.level(code) is not None}
