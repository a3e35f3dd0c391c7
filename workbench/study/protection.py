"""Which rows of an answer about persons are withheld, each by which rule: by itself, or to hide another row."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from workbench.cubes.contributions import CONTRIBUTORS
from workbench.disclosure_control.pattern import EXACT, Pattern, pattern
from workbench.disclosure_control.repair import Protected
from workbench.disclosure_control.rules import FEW, PASSES, Rules, too_few
from workbench.disclosure_control.tables import Table
from workbench.study.divide import Divided, count
from workbench.study.linked import Part, earlier_of, further_rows, parts_of
from workbench.study.protected_cells import Cells
from workbench.study.released import released
from workbench.study.reliability import records_of
from workbench.study.shown import Before, Shown, answers_of, remember, remember_whole
from workbench.study.watched import protect_watched
from workbench.terms.errors import Refused
from workbench.terms.text import _

KEPT = 100
"""So many patterns are remembered: the views of one screen ask for the same again and again."""
MAGNITUDES = ("days_lost",)
"""Measures to which one person can contribute more than another: they fall under dominance and p%."""

GROUP_SIZE = "persons"
"""The measure that says of published means how many persons each is of."""
ROUNDS = 6
"""So often at most more is withheld for the sake of earlier releases."""

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
    method : how all figures are protected where none is withheld: round3, round5, cell_keys or noise
    """

    rules: Rules
    before: Divided = field(repr=False)
    reasons: np.ndarray = field(repr=False)
    audit: Protected | None = None
    cells: Cells | None = field(default=None, repr=False)
    withheld: np.ndarray | None = field(default=None, repr=False)
    method: str = ""

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
    is_sum = CONTRIBUTORS in divided.frame
    if divided.measure.name in MAGNITUDES and not is_sum:
        raise Refused(
            _(
                "Sums of {measure} of persons are not shown: this table does not say whether one or two persons make "
                "up most of a sum (dominance). Count the accidents, load the records, or ask for the sums where the "
                "entry is `aggregate`."
            ).format(measure=divided.measure.name)
        )
    if divided.measure.how == "none" and divided.cube.has(GROUP_SIZE):
        few = too_few(_group_sizes(divided), rules.minimum)
        return Protection(rules, divided, np.where(few, FEW, PASSES).astype(object))
    if not is_table(divided):
        few = too_few(records_of(divided.frame).to_numpy(float), rules.minimum)
        few |= too_few(divided.frame["count"].to_numpy(float), rules.minimum)
        return Protection(rules, divided, np.where(few, FEW, PASSES).astype(object))

    cells = Cells(divided, rules)
    of, parts = divided.measure.name if is_sum else "", parts_of(cells)
    before = [answer for line in released(divided.cube, divided.measure.name) for answer in line.answers]
    if not audited:  # for release counts what was released, not what a screen has shown
        if parts and not is_sum:
            remember_whole(divided.cube, parts[0].boxes.margin)
        earlier = earlier_of(cells, parts, [*answers_of(divided.cube), *before], rules.minimum, of)
    else:
        earlier = earlier_of(cells, parts, before, rules.minimum, of)

    exact = audited or cells.persons.size <= EXACT
    found, withheld = _settled(cells, earlier, before if exact else [], exact)
    if not trial:
        _remember(cells, parts, withheld, of)
    reasons = cells.reasons(cells.rows(withheld))
    return Protection(rules, divided, reasons, found if exact else None, cells, withheld)


def _settled(
    cells: Cells, earlier: Before, released_before: list[Shown], exact: bool
) -> tuple[Pattern | Protected, np.ndarray]:
    """The pattern and what it withholds: of the answer by itself, and together with what was released."""
    primary = cells.primary() | earlier.withheld
    for _round in range(ROUNDS):
        found = _pattern(cells.table, primary, earlier.known & ~primary, cells.width, exact)
        withheld = (found.pattern if exact else found).withheld
        if not released_before:
            break
        more = further_rows(cells, cells.rows(withheld), released_before)
        if not more.any():
            break
        primary = primary | cells.of_rows(more)
    return found, withheld


def _remember(cells: Cells, parts: list[Part], withheld: np.ndarray, of: str) -> None:
    """Keep what an answer has shown; of a share whose row is withheld neither part nor whole is shown."""
    shown = np.zeros(withheld.shape, bool)
    shown[cells.at_rows()] = True
    shown &= ~cells.of_rows(cells.rows(withheld)) & ~withheld
    for part in parts:
        answer = Shown(
            part.boxes,
            cells.persons.ravel()[part.places],
            shown.ravel()[part.places],
            withheld.ravel()[part.places],
            of,
        )
        remember(cells.divided.cube, answer)


def _group_sizes(divided: Divided) -> np.ndarray:
    """How many persons each published mean or share is of; NaN where that is not known. Such figures add up to none."""
    sizes = count(divided.cube, divided.selection, by=divided.by, measure=GROUP_SIZE).frame
    by = list(divided.by)
    if not by:
        return sizes["value"].to_numpy(float)
    return divided.frame[by].merge(sizes[[*by, "value"]], on=by, how="left")["value"].to_numpy(float)


def is_table(divided: Divided) -> bool:
    """Whether rows are the groups of an answer, not terms of a model.

    Parameters
    ----------
    divided : Divided

    Returns
    -------
    bool
    """
    if not divided.by:
        return len(divided.frame) == 1 and "term" not in divided.frame
    return not divided.frame.duplicated(list(divided.by)).any()


def _pattern(table: Table, primary: np.ndarray, known: np.ndarray, width: int, exact: bool) -> Pattern | Protected:
    """The quick pattern, or the audited one; remembered."""
    codes = tuple(tree.codes for tree in table.trees)
    key = (codes, table.counts.tobytes(), table.single.tobytes(), primary.tobytes(), known.tobytes(), width, exact)
    if key not in _FOUND:
        if len(_FOUND) >= KEPT:
            _FOUND.popitem(last=False)
        _FOUND[key] = (protect_watched if exact else pattern)(table, primary, width=width, fixed=known)
    return _FOUND[key]
