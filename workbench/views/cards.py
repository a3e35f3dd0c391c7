"""Cards: each view with its title, a grey line, a sentence and what is drawn; the table and the pages below them."""

from collections.abc import Mapping

import pandas as pd

from workbench.study import tables
from workbench.study.data import origin_of
from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS, axis_label
from workbench.terms.tables import FLAGS
from workbench.terms.text import _, capital, mark, translated
from workbench.terms.words import span
from workbench.views.linked import cells, flow, line, place, rows
from workbench.views.questions import State

TITLES = {
    "total": mark("In all"),
    "place": mark("Where"),
    "time": mark("When"),
    "people": mark("Who"),
    "severity": mark("How severe"),
    "days": mark("Days lost"),
    "size": mark("Enterprise size"),
    "hours": mark("At what hour"),
    "causes": mark("How it happened"),
    "model": mark("Regression"),
}
GROUPS = {"nace": mark("Which sectors"), "isco": mark("Which occupations")}
DRAWN = {"place": place.drawn, "time": line.drawn, "people": cells.drawn, "causes": flow.drawn}
"""How a view is drawn; others as rows."""


def title(view: str, state: State) -> str:
    """One to three words above a card.

    Parameters
    ----------
    view : str
    state : State

    Returns
    -------
    str
    """
    if view != "groups":
        return translated(TITLES[view])
    axis = DIMENSIONS[state.divide].axis if state.divide else ""
    return translated(GROUPS[axis]) if axis in GROUPS else capital(axis_label(axis)) if axis else _("Groups")


def card(view: str, found: Finding | str, state: State, other: Finding | str | None = None) -> dict:
    """What the screen shows of a view.

    Parameters
    ----------
    view : str
    found : Finding, or str
        The reason why it steps aside.
    state : State
    other : Finding, optional
        That of the selection it is compared with.

    Returns
    -------
    dict
        Plain values; `aside` with the reason where it steps aside.
    """
    heading = {"view": view, "title": title(view, state)}
    if isinstance(found, str):
        return {**heading, "aside": found}
    if found.frame.empty or found.frame["value"].isna().all() and not (found.frame["state"] != "").any():
        return {**heading, "aside": _("No figure for what is asked. Take off a filter above.")}
    draw = DRAWN.get(view) or (cells.drawn if len(found.by) == 2 else rows.drawn)
    drawn = draw(found, state.selection)
    if isinstance(other, Finding) and drawn["kind"] in ("line", "rows"):
        drawn["other"] = _matched(drawn["marks"]["key"], found.by, other.frame)
    words = grey_line(found)
    marks = drawn["marks"]
    about = _(
        "{title}: {line}. {says} {n} values; arrow keys walk them, Enter takes one, Shift with Enter one more."
    ).format(title=heading["title"], line=words, says=drawn["says"], n=len(marks["key"]))
    return {**heading, "line": words, "about": about, "credit": "", **drawn}


def waiting(view: str, state: State, words: str, share: float | None = None) -> dict:
    """What the screen shows of a view whose figures have yet to be counted.

    Parameters
    ----------
    view : str
    state : State
    words : str
        For what it waits.
    share : float, optional
        How much is done, 0 to 1; None where it has not begun.

    Returns
    -------
    dict
        Plain values.
    """
    return {"view": view, "title": title(view, state), "kind": "waits", "says": words, "share": share}


def grey_line(finding: Finding) -> str:
    """Measure, unit, level and year of a finding, in a line.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
    """
    years = finding.selection.years
    shown = finding.frame["year"] if "year" in finding.frame and len(finding.frame) else None
    when = span(*years) if years else span(int(shown.min()), int(shown.max())) if shown is not None else _("all years")
    level = ", ".join(DIMENSIONS[name].label for name in finding.by if name.startswith("nuts"))
    measure = finding.percent or finding.units.get("value", "") or finding.question.partition(",")[0]
    return capital(" · ".join(part for part in (measure, level, when) if part))


def _matched(keys: list[list[str]], by: tuple[str, ...], frame: pd.DataFrame) -> list[float | None]:
    """The figures of another answer for the same groups."""
    values = {tuple(str(code) for code in key): value for *key, value in frame[[*by, "value"]].itertuples(index=False)}
    found = [values.get(tuple(key)) for key in keys]
    return [None if value is None or value != value else float(value) for value in found]


def table(finding: Finding, name: str) -> dict:
    """The table twin of a view: columns with their units, every row as it is read and as it is sorted.

    Parameters
    ----------
    finding : Finding
    name : str
        Of the view.

    Returns
    -------
    dict
        Plain values. A cell is what is written, what it is sorted by, and "en" where a label is English for want of
        one in the language of the page.
    """
    full, names = finding.displayed(), finding.row_names()
    full["flag"] = [_flags(letters) for letters in full["flag"].fillna("").tolist()]
    figures = ("value", "low", "high", "count", "exposure", "flag", "state")
    if full["count"].equals(full["value"]):  # a count is its own figure
        figures = tuple(name for name in figures if name != "count")
    cells = {column: full[column].tolist() for column in (*names, *figures) if column in full}
    kept = {column: own for column, own in cells.items() if column == "value" or not all(map(_is_empty, own))}
    heads = {"value": _("figure"), "low": _("from"), "high": _("to"), "count": _("count"), "exposure": _("people")}
    heads |= {"flag": _("flag"), "state": _("state"), "term": _("term"), "term_label": _("meaning")}
    columns, sides = [], []
    for column, own in kept.items():
        numeric = full[column].dtype.kind in "iuf" and column != "year"
        head = heads.get(column) or (DIMENSIONS[column].label if column in DIMENSIONS else _("name"))
        columns.append({"label": capital(head), "unit": _unit(finding, column) if numeric else "", "number": numeric})
        written, languages = tables.written_cells(column, full[column]), _languages(finding, column, cells)
        sides.append([list(cell) for cell in zip(written, map(_sortable, own), languages, strict=True)])
    lines = [list(line) for line in zip(*sides, strict=True)]
    return {"caption": f"{name}: {grey_line(finding)}", "columns": columns, "rows": lines}


def _unit(finding: Finding, column: str) -> str:
    """What the figures of a column are in: shares in per cent."""
    unit = finding.units.get(column, "")
    return finding.percent if finding.percent and unit == finding.units["value"] else unit


def _languages(finding: Finding, column: str, cells: Mapping[str, list]) -> list[str]:
    """Of each cell "en" where it is an English label on a page of another language, else ""."""
    name = column.removesuffix("_label")
    known = finding.lists.get(DIMENSIONS[name].axis) if name != column and name in DIMENSIONS else None
    return [known.label_language(code) for code in cells[name]] if known else [""] * len(cells[column])


def _flags(letters: str) -> str:
    """Flags with what they mean."""
    return ", ".join(f"{letter}: {translated(FLAGS[letter])}" if letter in FLAGS else letter for letter in letters)


def _is_empty(cell: object) -> bool:
    return cell is None or cell == "" or cell != cell


def _sortable(cell: object) -> object:
    return None if cell is None or cell != cell else cell


def pages(finding: Finding, cube) -> dict:
    """Notes, sources and what the data are, once for all cards.

    Parameters
    ----------
    finding : Finding
        Whose notes and sources they are.
    cube : Cube

    Returns
    -------
    dict
        Lists of texts; `about` pairs of term and text.
    """
    origin = origin_of(cube)
    sources = [
        " ".join(part for part in (s["citation"], s.get("licence", ""), s.get("way", "")) if part)
        for s in finding.sources
    ]
    return {"notes": list(finding.notes), "sources": sources, "about": _about(origin.dataset) if origin else []}


def _about(entry) -> list[list[str]]:
    facts: Mapping[str, str] = {
        _("Title"): translated(entry.title),
        _("What it is"): entry.description,
        _("What is counted"): translated(entry.event),
        _("Of whom"): translated(entry.population),
        _("Publisher"): entry.publisher,
        _("Years"): span(*entry.temporal) if entry.temporal else "",
        _("Where"): translated(entry.spatial),
        _("Licence"): entry.licence,
        _("Release"): entry.release,
        _("Address"): entry.url or "",
    }
    return [[term, str(text)] for term, text in facts.items() if text]
