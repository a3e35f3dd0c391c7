"""Compare: the selection beside one that was set aside, with ratio, difference and their intervals."""

from workbench.cubes.cube import Cube
from workbench.models.comparison import Comparison
from workbench.study.contrast import Contrast, contrast
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, capital
from workbench.terms.words import number, whole
from workbench.views.linked.marks import brief
from workbench.views.questions import State


def comparison(cube: Cube, state: State) -> dict | None:
    """What the screen shows of a comparison; None where nothing is compared.

    Parameters
    ----------
    cube : Cube
    state : State

    Returns
    -------
    dict or None
        line, says, columns and rows of texts.
    """
    if state.reference is None:
        return None
    columns = ["", _("Shown"), _("Compared with"), _("Ratio"), _("Difference")]
    line = _("Compared with: {what}. Charts show it in grey, dotted. Filters change the selection shown.").format(
        what=state.reference.words(cube.lists)
    )
    if state.selection == state.reference:
        says = _("Both are the same so far: choose a filter to see it beside what was shown.")
        return {"line": line, "says": says, "columns": columns, "rows": []}
    try:
        found = contrast(cube, state.selection, state.reference)
    except WorkbenchError as refusal:
        return {"line": line, "says": str(refusal), "columns": columns, "rows": []}
    return {"line": line, "says": _says(found), "columns": columns, "rows": _rows(found, cube)}


def _rows(found: Contrast, cube: Cube) -> list[list[str]]:
    one, other = found.row, found.reference_row
    what = [capital(selection.words(cube.lists)) for selection in (found.selection, found.reference)]
    return [
        [_("What"), *what, "", ""],
        [
            _("Rate {unit}").format(unit=found.unit),
            _limits(one["value"], one["low"], one["high"]),
            _limits(other["value"], other["low"], other["high"]),
            _compared(found.ratio),
            _compared(found.difference),
        ],
        _amounts(_("Accidents"), one["count"], other["count"]),
        _amounts(_("People"), one["exposure"], other["exposure"]),
    ]


def _amounts(label: str, one: float, other: float) -> list[str]:
    return [label, whole(one), whole(other), _ratio(one, other), whole(one - other, sign=True)]


def _says(found: Contrast) -> str:
    ratio = found.ratio
    if ratio.value != ratio.value:
        return ratio.method
    sentence = _("The rate is {ratio} times that of the other ({level:.0f}% interval {low} to {high}).").format(
        ratio=number(ratio.value), level=100 * ratio.level, low=number(ratio.low), high=number(ratio.high)
    )
    sentence = found.across.said(sentence)
    if found.overlap:
        return _("{sentence} One holds accidents of the other: the interval takes them as independent.").format(
            sentence=sentence
        )
    return sentence


def _limits(value: float, low: float, high: float) -> str:
    return _("{value} ({low} to {high})").format(value=brief(value), low=brief(low), high=brief(high))


def _compared(result: Comparison) -> str:
    if result.value != result.value:
        return "–"
    return _("{value} ({low} to {high})").format(
        value=number(result.value), low=number(result.low), high=number(result.high)
    )


def _ratio(one: float, other: float) -> str:
    return number(one / other) if other else "–"
