"""How many accidents each choice of a field would leave under the other filters, before it is taken."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from workbench.cubes.answer import Answer, codes_in
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
from workbench.views.levels import Levels, Tree, levels_of, tree_of

KEPT = 500
"""Counts that are kept of a cube: a touch changes one filter, and a class asks much the same."""
_FOUND: WeakKeyDictionary[Cube, OrderedDict] = WeakKeyDictionary()
_LEVELS: WeakKeyDictionary[Cube, dict[str, Levels]] = WeakKeyDictionary()
_TREES: WeakKeyDictionary[Cube, dict[str, Tree]] = WeakKeyDictionary()
"""What hangs on a cube and a field alone, by the name of the field: worked out once."""


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
    others = field.without(selection)
    if withholds(cube):  # what is told depends on who asks
        return _counted(cube, others, field)
    known, question = _FOUND.setdefault(cube, OrderedDict()), (field.name, others)
    if question not in known:
        known[question] = _counted(cube, others, field)
    known.move_to_end(question)
    if len(known) > KEPT:
        known.popitem(last=False)
    return known[question]


def _counted(cube: Cube, selection: Selection, field: Field) -> dict[str, float]:
    """The counts of a field's codes; of records the codes that no cell has are added up from the smallest ones."""
    measure = measure_of(cube)
    if measure is None:
        return {}
    found = _by_level(cube, measure, selection, field)
    if not found or not any(margin.complete for margin in cube.margins):
        return found
    trees = _TREES.setdefault(cube, {})
    if field.name not in trees:
        trees[field.name] = tree_of(cube, field)
    tree = trees[field.name]
    found = dict.fromkeys(tree.codes, 0.0) | found
    sums = tree.sums.add(np.array([found.get(code, 0.0) for code in tree.smallest]))
    return dict(zip(tree.sums.codes, sums.tolist(), strict=True)) | found


def _by_level(cube: Cube, measure: str, selection: Selection, field: Field) -> dict[str, float]:
    """The counts of the groups of all levels of a field; of records asked for at the finest one and added up.

    The first time every level is asked: the answers show which levels there are, and which of their groups add up.
    """
    kept = _LEVELS.setdefault(cube, {})
    levels = kept.get(field.name)
    if levels is not None and levels.finest:
        answer = _answered(cube, measure, selection, levels.finest)
        if answer is None:
            return {}
        codes, figures = levels.add(codes_in(answer.columns[levels.finest]), _figures(answer, measure))
        return _known(cube, codes, figures, measure)

    names = levels.names if levels else [name for name, dim in DIMENSIONS.items() if dim.axis == field.axis]
    asked = {name: _answered(cube, measure, selection, name) for name in names}
    answers = {name: answer for name, answer in asked.items() if answer is not None}
    if levels is None and (levels := levels_of(cube, field, measure, answers)):
        kept[field.name] = levels
    found: dict[str, float] = {}
    for name, answer in answers.items():
        found = _known(cube, codes_in(answer.columns[name]), _figures(answer, measure), measure) | found
    return found


def total_left(cube: Cube, selection: Selection) -> float | None:
    """How many the selection leaves; None where the cube cannot say."""
    measure = measure_of(cube)
    if measure is None:
        return None
    try:
        answer = cube.ask(measure, prepare(cube, selection, (), built=False).selection)
    except WorkbenchError:
        return None
    value = _persons(cube, _figures(answer, measure), measure)[0]
    return None if np.isnan(value) else float(value)


def written(cube: Cube, value: float | None) -> str:
    """A number beside a choice: "" where it is not known; of confidential records in tens, so that none can be told."""
    return "" if value is None else written_each(cube, [value])[value]


def written_each(cube: Cube, values: Iterable[float]) -> dict[float, str]:
    """Each of several numbers as it stands beside a choice: of a thousand regions most have one of few numbers.

    Parameters
    ----------
    cube : Cube
    values : iterable of float
        Of the cube.

    Returns
    -------
    dict of float to str
    """
    in_tens = withholds(cube)
    return {value: _in_tens(value) if value and in_tens else whole(value) for value in set(values)}


def _in_tens(value: float) -> str:
    tens = round(value / MINIMUM) * MINIMUM
    return f"≈ {whole(tens)}" if value >= MINIMUM else _("under {n}").format(n=MINIMUM)


def _answered(cube: Cube, measure: str, selection: Selection, name: str) -> Answer | None:
    """The measure by one dimension; None where the cube is not divided so."""
    try:
        question = prepare(cube, selection, (name,), built=False)
        return cube.ask(measure, question.selection, (name,))
    except WorkbenchError:
        return None


def _figures(answer: Answer, measure: str) -> dict[str, np.ndarray]:
    """The measure of an answer, and its records where it has them."""
    return {name: answer.columns[name] for name in (measure, "records") if name in answer.columns}


def _known(cube: Cube, codes: Sequence, figures: Mapping[str, np.ndarray], measure: str) -> dict[str, float]:
    """The measure of each code of which it is known; of two equal codes that of the last."""
    known = ~np.isnan(figures[measure])
    values = _persons(cube, figures, measure)
    return {code: value for code, value, there in zip(codes, values.tolist(), known.tolist(), strict=True) if there}


def _persons(cube: Cube, figures: Mapping[str, np.ndarray], measure: str) -> np.ndarray:
    """The measure as numbers; of confidential records those that there are, where they are few: a weight hides none."""
    if "records" not in figures or not withholds(cube):
        return figures[measure]
    return np.where(too_few(figures["records"], MINIMUM), figures["records"], figures[measure])
