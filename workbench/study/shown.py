"""What a session has shown of the same persons: an answer must not differ from an earlier one by few of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from workbench.cubes.cube import Cube
from workbench.study.boxes import Boxes, every_of

KEPT = 200
"""So many answers of a cube are compared with; a release is compared with all that was released."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The figures of one answer: what they count, how many persons each, and which of them were shown or withheld.

    A sum that the answer does not show, and that is not withheld either, is neither. `of` is what persons contribute to
    the figures, such as "days_lost"; "" where persons are counted.
    """

    boxes: Boxes = field(repr=False)
    counts: np.ndarray = field(repr=False)
    shown: np.ndarray = field(repr=False)
    withheld: np.ndarray = field(repr=False)
    of: str = ""


@dataclass(frozen=True, eq=False)
class Before:
    """What earlier answers say of the cells of a new one.

    Attributes
    ----------
    known : cells that were shown
    withheld : cells that were withheld, or lie so close to one that was shown that the difference is a small count
    """

    known: np.ndarray
    withheld: np.ndarray


_SHOWN: WeakKeyDictionary[Cube, list[Shown]] = WeakKeyDictionary()


def before(answers: Iterable[Shown], boxes: Boxes, counts: np.ndarray, minimum: int, of: str = "") -> Before:
    """What earlier answers have shown next to the cells of a new one.

    Parameters
    ----------
    answers : iterable of Shown
    boxes : Boxes
        Of the new answer, sums included.
    counts : array
        Persons in each of its cells.
    minimum : int
    of : what persons contribute to its figures, as in `Shown`

    Returns
    -------
    Before
    """
    known, withheld = np.zeros(len(counts), bool), np.zeros(len(counts), bool)
    for earlier in answers:
        if earlier.boxes.margin != boxes.margin or earlier.of != of:
            continue
        below, above = boxes.inside(earlier.boxes), earlier.boxes.inside(boxes).T
        same = below & above
        known |= (same & earlier.shown).any(axis=1)
        withheld |= (same & earlier.withheld).any(axis=1)
        withheld |= (close(boxes, counts, earlier.boxes, earlier.counts, minimum) & earlier.shown).any(axis=1)
    return Before(known, withheld & ~known)


def close(boxes: Boxes, counts: np.ndarray, others: Boxes, other_counts: np.ndarray, minimum: int) -> np.ndarray:
    """Which cells lie in another, or around it, and differ from it by few persons.

    Parameters
    ----------
    boxes, others : Boxes
        Of one margin.
    counts, other_counts : array
        Persons in each cell.
    minimum : int

    Returns
    -------
    array of bool, cells by other cells
    """
    apart = np.abs(other_counts[None, :] - counts[:, None])
    return (boxes.inside(others) | others.inside(boxes).T) & (apart > 0) & (apart < minimum)


def answers_of(cube: Cube) -> list[Shown]:
    """What this session has shown of the records of a cube.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    list of Shown
    """
    return _SHOWN.get(cube.usual or cube, [])


def remember(cube: Cube, shown: Shown) -> None:
    """Keep what an answer has shown; the same answer once.

    Parameters
    ----------
    cube : Cube
    shown : Shown
    """
    answers = _SHOWN.setdefault(cube.usual or cube, [])
    if not any(_equal(shown, earlier) for earlier in answers):
        answers.append(shown)
        del answers[:-KEPT]


def remember_whole(cube: Cube, margin: str) -> None:
    """Keep that the number of all records is known: a load says how many rows it read.

    Parameters
    ----------
    cube : Cube
    margin : str
        The table of the cube that is asked.
    """
    table = next(table for table in cube.margins if table.name == margin)
    if not table.complete or "records" not in table.measures:
        return
    every = every_of(cube, margin)
    boxes = Boxes(margin, {a: (codes,) for a, codes in every.items()}, dict.fromkeys(every, np.zeros(1, int)), every)
    persons = np.array([float(table.frame.get_column("records").sum())])
    remember(cube, Shown(boxes, persons, np.ones(1, bool), np.zeros(1, bool)))


def forget(cube: Cube) -> None:
    """Begin anew with a cube, as a new session does."""
    _SHOWN.pop(cube.usual or cube, None)


def _equal(one: Shown, other: Shown) -> bool:
    return (
        one.of == other.of
        and one.boxes.sets == other.boxes.sets
        and np.array_equal(one.shown, other.shown)
        and np.array_equal(one.withheld, other.withheld)
    )
