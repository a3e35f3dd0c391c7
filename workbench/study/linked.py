"""What an answer would give away together with earlier ones: cells that are known, and rows to be withheld further."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sparse

from workbench.disclosure_control.audit import System, Verdict, audit
from workbench.disclosure_control.flow import moved_sums
from workbench.study.boxes import Boxes, boxes_of, system_of_boxes
from workbench.study.protected_cells import Cells
from workbench.study.released import sides_of
from workbench.study.shown import Before, Shown, before


@dataclass(frozen=True, eq=False)
class Part:
    """Cells of an answer that stand for accidents of one table: all of them, or of a share the part or the whole.

    Attributes
    ----------
    boxes : what each counts
    places : of each among the cells of the answer, counted as `ravel` does
    """

    boxes: Boxes = field(repr=False)
    places: np.ndarray = field(repr=False)


def parts_of(cells: Cells) -> list[Part]:
    """The cells of an answer that can be compared with those of others.

    Parameters
    ----------
    cells : Cells

    Returns
    -------
    list of Part
        Empty where the cube does not answer the question by one table.
    """
    divided, shape = cells.divided, cells.persons.shape
    if not cells.is_share:
        boxes = boxes_of(divided.cube, divided.measure.name, divided.selection, divided.by, cells.table)
        return [] if boxes is None else [Part(boxes, np.arange(cells.persons.size))]
    sides = sides_of(divided, np.zeros(len(divided.frame), bool))
    of_parts = (1, 0)[: len(sides)]  # on the axis of parts: what is counted, and the sum of both
    places = [np.ravel_multi_index((*cells.at_rows(), np.full(len(divided.frame), at)), shape) for at in of_parts]
    return [Part(side.answer.boxes, place) for side, place in zip(sides, places, strict=True)]


def earlier_of(cells: Cells, parts: Sequence[Part], answers: Sequence[Shown], minimum: int, of: str) -> Before:
    """What earlier answers say of the cells of a new one.

    Parameters
    ----------
    cells : Cells
    parts : sequence of Part
    answers : sequence of Shown
    minimum : int
    of : what persons contribute to its figures, as in `Shown`

    Returns
    -------
    Before
        In the shape of the cells.
    """
    known, withheld = np.zeros(cells.persons.size, bool), np.zeros(cells.persons.size, bool)
    for part in parts:
        found = before(answers, part.boxes, cells.persons.ravel()[part.places], minimum, of)
        known[part.places] |= found.known
        withheld[part.places] |= found.withheld
    return Before(known.reshape(cells.persons.shape), withheld.reshape(cells.persons.shape))


@dataclass(frozen=True, eq=False)
class Together:
    """The rows of an answer and those that were released, as one system; None where they cannot be put together.

    Attributes
    ----------
    rows : of the answer, in the order of the first figures that the system shows
    """

    system: System | None
    rows: np.ndarray = field(repr=False)


def together(cells: Cells, hidden: np.ndarray, answers: Sequence[Shown]) -> Together:
    """An answer and what was released of the same table, as one system of sums.

    Parameters
    ----------
    cells : Cells
    hidden : array of bool
        Rows of the answer that are withheld.
    answers : sequence of Shown

    Returns
    -------
    Together
    """
    divided = cells.divided
    fresh = sides_of(divided, hidden)
    same = [one for one in answers if fresh and one.boxes.sets.keys() == fresh[0].answer.boxes.sets.keys()]
    if not same:
        return Together(None, np.zeros(0, int))
    tables = [*(side.answer for side in fresh), *same]
    withheld = np.concatenate([one.withheld for one in tables])
    system = system_of_boxes(divided.cube, divided.measure.name, [one.boxes for one in tables], withheld)
    return Together(system, np.concatenate([side.rows[~side.answer.withheld] for side in fresh]))


def further_rows(cells: Cells, hidden: np.ndarray, answers: Sequence[Shown]) -> np.ndarray:
    """Rows of an answer that have to be withheld too, so that with what was released no withheld figure is known.

    Parameters
    ----------
    cells : Cells
    hidden : array of bool
        Rows of the answer that are withheld already.
    answers : sequence of Shown
        What was released.

    Returns
    -------
    array of bool, one per row
    """
    more = np.zeros(len(hidden), bool)
    joined = together(cells, hidden, answers)
    if joined.system is None:
        return more
    found = audit(joined.system, cells.width)
    for figure in np.flatnonzero(~found.cleared):
        for change in (cells.width, -cells.width):
            rows = _moved(joined, int(figure), change, more)
            if rows is not None:
                more[rows] = True
                break
    return more


def _moved(joined: Together, figure: int, change: float, free: np.ndarray) -> np.ndarray | None:
    """Rows of the answer that have to move for a withheld figure to change; those that are free cost nothing."""
    system, n = joined.system, len(joined.rows)
    own, released = system.shown[:n], system.shown[n:]
    truth = own @ system.counts
    if (system.withheld[[figure]] @ system.counts)[0] + change < 0:
        return None
    cost = (1 + truth / max(truth.max(initial=0.0), 1)) * ~free[joined.rows]
    exact = sparse.vstack([released, system.withheld[[figure]]], format="csr")
    moved = moved_sums(exact, own, system.counts, cost, change)
    return None if moved is None else joined.rows[moved]


def verdict_on(cells: Cells, hidden: np.ndarray, answers: Sequence[Shown]) -> Verdict | None:
    """What an audit says of an answer together with what was released; None where there is nothing to put together.

    Parameters
    ----------
    cells, hidden, answers : as for `further_rows`

    Returns
    -------
    Verdict or None
    """
    joined = together(cells, hidden, answers)
    return None if joined.system is None else audit(joined.system, cells.width)
