"""How many accidents each choice of a field would leave under the other filters, before it is taken."""

from collections import OrderedDict
from collections.abc import Mapping
from weakref import WeakKeyDictionary

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.disclosure_control.rules import too_few
from workbench.study.data import prepare
from workbench.study.disclose import MINIMUM, withholds
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _
from workbench.terms.words import whole
from workbench.views.choices import Field

KEPT = 500
"""Counts that are kept of a cube: a touch changes one filter, and a class asks much the same."""
_FOUND: WeakKeyDictionary[Cube, OrderedDict] = WeakKeyDictionary()


def measure_of(cube: Cube) -> str | None:
    """What is counted next to the choices: accidents, else the first measure that adds up; None of shares and rates."""
    names = ["accidents", *cube.measures]
    return next((name for name in names if cube.has(name) and cube.measures[name].how == "sum"), None)


def counts_left(cube: Cube, selection: Selection, field: Field) -> dict[str, float]:
    """What each code of a field would leave, under everything else that a selection asks for.

    Parameters
    ----------
    cube : Cube
    selection : Selection
        What it asks for in the field itself is left aside.
    field : Field
        Of the cube.

    Returns
    -------
    dict of str to float
        By code; of a span by the code of its bands or years. Without those that are not known: codes that a published
        table leaves out, and all codes where the cube cannot answer.
    """
    if withholds(cube):  # what is told depends on who asks
        return _counted(cube, selection, field)
    known, question = _FOUND.setdefault(cube, OrderedDict()), (field.name, field.without(selection))
    if question not in known:
        known[question] = _counted(cube, selection, field)
    known.move_to_end(question)
    if len(known) > KEPT:
        known.popitem(last=False)
    return known[question]


def _counted(cube: Cube, selection: Selection, field: Field) -> dict[str, float]:
    """The counts of a field's codes, asked at each of its levels."""
    measure = measure_of(cube)
    if measure is None:
        return {}
    found: dict[str, float] = {}
    for name in (name for name, dim in DIMENSIONS.items() if dim.axis == field.axis):
        found = _answered(cube, measure, field.without(selection), name) | found
    if found and any(margin.complete for margin in cube.margins):
        parts = {code: found.get(code, 0.0) for code in cube.codes(field.axis)}
        found |= _added_up(field, {**parts, **found})
    return found


def total_left(cube: Cube, selection: Selection) -> float | None:
    """How many the selection leaves; None where the cube cannot say."""
    measure = measure_of(cube)
    if measure is None:
        return None
    try:
        frame = cube.ask(measure, prepare(cube, selection, (), built=False).selection).frame
    except WorkbenchError:
        return None
    value = _persons(cube, frame, measure).iloc[0]
    return None if pd.isna(value) else float(value)


def written(cube: Cube, value: float | None) -> str:
    """A number beside a choice: "" where it is not known; of confidential records in tens, so that none can be told."""
    if value is None:
        return ""
    if value and withholds(cube):
        tens = round(value / MINIMUM) * MINIMUM
        return f"≈ {whole(tens)}" if value >= MINIMUM else _("under {n}").format(n=MINIMUM)
    return whole(value)


def _answered(cube: Cube, measure: str, selection: Selection, name: str) -> dict[str, float]:
    """The measure by one dimension; nothing where the cube is not divided so."""
    try:
        question = prepare(cube, selection, (name,), built=False)
        frame = cube.ask(measure, question.selection, (name,)).frame.dropna(subset=measure)
    except WorkbenchError:
        return {}
    return dict(zip(frame[name].tolist(), _persons(cube, frame, measure).tolist(), strict=True))


def _persons(cube: Cube, frame: pd.DataFrame, measure: str) -> pd.Series:
    """The measure as numbers; of confidential records those that there are, where they are few: a weight hides none."""
    values = frame[measure].astype(float)
    if "records" not in frame or not withholds(cube):
        return values
    return values.mask(too_few(frame["records"], MINIMUM), frame["records"])


def _added_up(field: Field, parts: Mapping[str, float]) -> dict[str, float]:
    """The counts of options that no cell has itself, from those of the smallest options inside them."""
    smallest = [option for option in field.options if option.code in parts and option.code not in field.children]
    found = {option.code: parts[option.code] for option in field.options if option.code in parts}
    for option in field.options:
        if option.code not in found:
            found[option.code] = sum(parts[part.code] for part in smallest if part.members <= option.members)
    return found
