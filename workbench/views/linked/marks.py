"""Marks: what every picture of the screen has in common, from the rows of a finding to plain values in columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from workbench.charts.palette import LOOKS, SEQUENTIAL
from workbench.charts.rows import named, ready_columns, tooltips, written
from workbench.charts.scale import Scale
from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.study.percent import in_percent
from workbench.study.sentences import aside
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, translated
from workbench.terms.words import number, whole
from workbench.views.touch import chosen

SHOWN = ("", "unreliable", "zero")
"""States of a row that has a figure."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The rows of a finding as the screen takes them.

    Attributes
    ----------
    rows : the columns of the finding made ready to draw, each a list, with `name`: what each row is called
    by : dimensions of a row's key
    columns : plain values, one list for each of key, name, value, low, high, state, text, tip
    """

    rows: dict[str, list] = field(repr=False)
    by: tuple[str, ...]
    columns: dict[str, list] = field(repr=False)

    def chosen(self, selection: Selection) -> list[int]:
        """Places of the rows that a selection asks for; none where it asks for all of them."""
        keys = self.columns["key"]
        restricted = selection.restricted()
        if not any(name in DIMENSIONS and DIMENSIONS[name].axis in restricted for name in self.by):
            return []
        found = [place for place, key in enumerate(keys) if chosen(selection, self.by, tuple(key))]
        return found if len(found) < len(keys) else []


def marks_of(finding: Finding, by: Sequence[str], *, order: str = "") -> Marks:
    """The marks of a finding.

    Parameters
    ----------
    finding : Finding
    by : sequence of str
        Its dimensions; ("term",) of a regression.
    order : str
        "falling" for the highest figure first; as the finding has them by default.

    Returns
    -------
    Marks
    """
    by = tuple(by)
    rows = _rows_of(finding, by)
    if order == "falling":
        heights = [value if value == value else -inf for value in rows["value"]]
        places = sorted(range(len(heights)), key=heights.__getitem__, reverse=True)
        rows = {name: [cells[at] for at in places] for name, cells in rows.items()}
    names = _names(rows, by)
    tips = tooltips(rows, names, finding.percent or finding.units.get("value", ""))
    columns = {
        "key": [[str(_plain(code)) for code in key] for key in zip(*(rows[name] for name in by), strict=True)],
        "name": names,
        **{name: list(map(_number, rows[name])) for name in ("value", "low", "high")},
        "state": rows["state"],
        "text": list(map(figure_text, rows["value"], rows["count"], rows["state"])),
        "tip": [[part for part in parts if part] for parts in zip(*(tips[name] for name in TIP), strict=True)],
    }
    return Marks(rows={**rows, "name": names}, by=by, columns=columns)


def _rows_of(finding: Finding, by: tuple[str, ...]) -> dict[str, list]:
    """The columns of a finding ready to draw, as lists: a frame of them would be taken apart again at once."""
    frame = in_percent(finding.frame, finding.percent, finding.units)
    labels = {
        f"{name}_label": [finding.label(name, code) for code in frame[name].tolist()]
        for name in finding.by
        if name != "year"
    }
    columns = ready_columns(frame, by, labels)
    return {name: cells if isinstance(cells, list) else cells.tolist() for name, cells in columns.items()}


TIP = ("figure", "basis", "remark")
CODED = ("nace1", "nace2", "isco1", "isco2")
"""Dimensions whose codes people know."""


def brief(value: float) -> str:
    """A figure in a sentence or on a mark: whole numbers, and others from 100 on, without decimals.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return whole(value) if abs(value) >= 99.95 or value == round(value) else number(value, short=True)


def figure_text(value: float, count: float, state: str) -> str:
    """What is written at a mark: its figure, or the state in its place.

    Parameters
    ----------
    value, count : float
    state : str

    Returns
    -------
    str
    """
    if state in ("missing", "withheld"):
        return translated(LOOKS[state].name)
    return written(value, count) if value == count or abs(value) < 99.95 else brief(value)


def ends(marks: Marks) -> str:
    """The finding of groups in a sentence: the highest and the lowest that can be relied on.

    Parameters
    ----------
    marks : Marks

    Returns
    -------
    str
        "" where no row has a figure.
    """
    values, states, names = (marks.rows[name] for name in ("value", "state", "name"))
    known = [at for at, value in enumerate(values) if value == value]
    # no accident is a figure too, but for zeros alone
    solid = [at for at in known if states[at] in ("", "zero")] if any(states[at] == "" for at in known) else known
    if not solid:
        return ""
    high, low = max(solid, key=values.__getitem__), min(solid, key=values.__getitem__)
    if len(solid) == 1:
        return _("{name}: {figure}.").format(name=names[high], figure=brief(values[high]))
    message = _("Highest: {high}, {high_figure}. Lowest: {low}, {low_figure}.")
    others = aside(marks.rows, marks.by, solid)
    if others:
        message = _("Of those shown highest: {high}, {high_figure}. Lowest: {low}, {low_figure} ({aside}).")
    return message.format(
        aside=others,
        high=names[high],
        high_figure=brief(values[high]),
        low=names[low],
        low_figure=brief(values[low]),
    )


def shades(marks: Marks) -> tuple[list[int | None], dict]:
    """The class of each row's colour, 1 (light) to 7 (dark), and the key that explains them.

    Parameters
    ----------
    marks : Marks

    Returns
    -------
    (list of int or None, dict)
        None for a row whose state takes the place of a colour.
    """
    values, states = marks.rows["value"], marks.rows["state"]
    coloured = [state in ("", "unreliable") for state in states]
    scale = Scale.of([value for value, has in zip(values, coloured, strict=True) if has])
    classes = {colour: place + 1 for place, colour in enumerate(SEQUENTIAL)}
    found = [classes[scale.colour(value)] if has else None for value, has in zip(values, coloured, strict=True)]
    entries = [
        {"label": label, "look": f"scale-{classes[colour]}"}
        for label, colour in zip(scale.labels, scale.colours, strict=True)
    ][::-1]
    return found, {"method": scale.method, "entries": [*(entries if any(coloured) else []), *states_key(states)]}


def states_key(states: Iterable[str]) -> list[dict[str, str]]:
    """The key's entries of the states that occur.

    Parameters
    ----------
    states : iterable of str
        Of the rows.

    Returns
    -------
    list of dict
        label and look.
    """
    present = set(states)
    return [{"label": translated(LOOKS[s].name), "look": s} for s in LOOKS if s and s in present]


def _names(rows: dict[str, list], by: tuple[str, ...]) -> list[str]:
    """What rows are called: labels, with the code where people know codes."""
    if by == ("year",):
        return [str(_plain(year)) for year in rows["year"]]
    if by == ("term",) or (len(by) == 1 and by[0] not in CODED):
        return [label or str(code) for code, label in zip(rows[by[0]], rows["label"], strict=True)]
    if len(by) == 1:
        return [named(str(code), label) for code, label in zip(rows[by[0]], rows["label"], strict=True)]
    labels = (map(str, rows[name if name == "year" else f"{name}_label"]) for name in by)
    return [", ".join(parts) for parts in zip(*labels, strict=True)]


def _plain(code: object) -> object:
    return int(code) if isinstance(code, float) else code


def _number(value: float) -> float | None:
    return None if value != value else float(f"{value:.7g}")
