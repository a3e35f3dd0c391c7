"""What was released of the same data before, counted anew: what a new answer is compared with."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from workbench.cubes.contributions import CONTRIBUTORS
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.disclosure_control import record
from workbench.disclosure_control.record import Release
from workbench.study.boxes import boxes_of_rows
from workbench.study.divide import Divided, count
from workbench.study.origin import data_hash
from workbench.study.reliability import persons_of
from workbench.study.shown import Shown
from workbench.terms.errors import WorkbenchError

_AGAIN: WeakKeyDictionary[Cube, dict[str, tuple[Shown, ...]]] = WeakKeyDictionary()
"""By cube and the seal of the release, what it showed."""


@dataclass(frozen=True, eq=False)
class Released:
    """A line of the release record and the figures that left with it: of a share those of the part and of the whole."""

    release: Release
    answers: tuple[Shown, ...]


def released(cube: Cube, measure: str) -> list[Released]:
    """What left of the data of a cube, and of a measure.

    Parameters
    ----------
    cube : Cube
    measure : name of a measure

    Returns
    -------
    list of Released
        Without what cannot be counted anew, as terms of a model; empty where the record is damaged: nothing can leave
        then, and whoever wants it to is told.
    """
    stamp = record.stamp()
    if stamp is None:
        return []
    lines = [line for line in _lines(stamp) if not line.method and line.question["measure"] == measure]
    if not lines:
        return []
    data, known = data_hash(cube), _AGAIN.setdefault(cube, {})
    found = []
    for line in lines:
        if line.data["hash"] != data:
            continue
        if line.seal not in known:
            known[line.seal] = tuple(_again(cube, line))
        found.append(Released(line, known[line.seal]))
    return [one for one in found if one.answers]


@dataclass(frozen=True, eq=False)
class Side:
    """Rows of an answer as figures: all of them, or of a share those of the part or those of the whole.

    Attributes
    ----------
    answer : what they count, how many persons each, and which are withheld
    rows : their numbers among the rows of the answer
    """

    answer: Shown
    rows: np.ndarray = field(repr=False)


def sides_of(divided: Divided, hidden: np.ndarray) -> list[Side]:
    """The rows of an answer as figures that can be compared with those of others.

    Parameters
    ----------
    divided : Divided
        With all its figures.
    hidden : array of bool, one per row

    Returns
    -------
    list of Side
        Of a share two: the part, and what it is a part of, without the rows whose share is withheld. Empty where the
        rows are no groups of one table.
    """
    of = divided.measure.name if CONTRIBUTORS in divided.frame else ""
    side = _side(divided, persons_of(divided.frame), hidden, np.arange(len(hidden)), of)
    if side is None or divided.whole is None:
        return [side] if side else []
    open_rows = np.flatnonzero(~hidden)
    whole = replace(divided, selection=divided.whole, frame=divided.frame.iloc[open_rows])
    other = _side(whole, whole.frame["exposure"], hidden[open_rows], open_rows, of)
    return [side, other] if other else []


def _side(divided: Divided, persons: pd.Series, hidden: np.ndarray, rows: np.ndarray, of: str) -> Side | None:
    boxes = boxes_of_rows(divided)
    if boxes is None:
        return None
    return Side(Shown(boxes, persons.fillna(0).to_numpy(float), ~hidden, hidden, of), rows)


@lru_cache(maxsize=4)
def _lines(_stamp: tuple[str, int, int]) -> tuple[Release, ...]:
    """The lines of what left; read again when the record has changed."""
    try:
        return tuple(line for line in record.releases() if line.left)
    except WorkbenchError:
        return ()


def _again(cube: Cube, line: Release) -> list[Shown]:
    """The figures of an earlier release, counted anew from the same data."""
    question = line.question
    selection, by, measure = Selection.from_dict(question["selection"]), question["by"], question["measure"]
    try:
        divided = count(cube, selection, by=by, measure=measure)
        if "whole" in question:
            whole = Selection.from_dict(question["whole"])
            every = count(cube, whole, by=by, measure=measure).frame
            divided = replace(divided, frame=_with_wholes(divided.frame, every, by), whole=whole)
    except WorkbenchError:  # the rows have another form by now
        return []
    hidden = {tuple(row) for rows in line.withheld.values() for row in rows}
    codes = [tuple(row) for row in divided.frame[by].astype(str).to_numpy().tolist()]
    sides = sides_of(divided, np.array([row in hidden for row in codes], bool))
    return [side.answer for side in sides]


def _with_wholes(part: pd.DataFrame, every: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The groups of a whole, each with the count of its part: 0 where it has none."""
    counts = ["count", *(["records"] if "records" in part else [])]
    frame = every[by].merge(part, on=by, how="left") if by else part.copy()
    frame[counts] = frame[counts].fillna(0.0)
    return frame.assign(exposure=persons_of(every).to_numpy(float))
