"""Figures over the years: points with their intervals, the fitted line, and the years where the count changes."""

from collections import defaultdict

import pandas as pd

from workbench.cubes.selection import Selection
from workbench.models.trend import Trend
from workbench.study.breaks import Crossed, crossed
from workbench.study.finding import Finding
from workbench.terms.text import _
from workbench.views.linked.marks import brief, marks_of, states_key


def drawn(finding: Finding, selection: Selection) -> dict:
    """What the screen draws of a finding by year.

    Parameters
    ----------
    finding : Finding
    selection : Selection
        That the views share.

    Returns
    -------
    dict
        Plain values; `fits` are pieces of the fitted line, `breaks` [year, words] before whose year a line is cut.
    """
    marks = marks_of(finding, ("year",))
    provisional = [int(year) for year, flag in zip(marks.rows["year"], marks.rows["flag"], strict=True) if "p" in flag]
    frame = finding.frame.sort_values("year")
    segments = _segments(frame)
    return {
        "kind": "line",
        "says": says(finding),
        "marks": {**marks.columns, "segment": segments},
        "chosen": marks.chosen(selection),
        "fits": _fits(finding),
        "breaks": _breaks(frame["year"].tolist(), segments),
        "provisional": provisional,
        "key": {"method": "", "entries": states_key(marks.rows["state"])},
        "notes": [],
    }


def says(finding: Finding) -> str:
    """What the years say: the change of the last span that has one, else the last figure.

    Parameters
    ----------
    finding : Finding
        By year.

    Returns
    -------
    str
    """
    spans = [part for part in getattr(finding.model, "segments", ()) if part.apc == part.apc]
    if spans:
        return within_span(finding, spans[-1]).said(spans[-1].sentence())
    known = finding.displayed().dropna(subset="value")
    if known.empty:
        return ""
    last = known.iloc[-1]
    return _("{year}: {figure}.").format(year=int(last["year"]), figure=brief(last["value"]))


def within_span(finding: Finding, span: Trend) -> Crossed:
    """The breaks that are marked among the years of an unbroken span, and that its line runs across.

    Parameters
    ----------
    finding : Finding
        By year.
    span : Trend

    Returns
    -------
    Crossed
    """
    frame = finding.frame
    years = frame["year"].to_numpy()
    return crossed(frame[(years >= span.first) & (years <= span.last)])


def _segments(frame: pd.DataFrame) -> list[int]:
    """The unbroken span that each year lies in; a year without a figure is in that of its neighbours."""
    if "segment" not in frame:
        return frame["flag"].fillna("").str.contains("b").cumsum().astype(int).tolist()
    numbers = frame["segment"].tolist()
    last = next((number for number in numbers if number == number), 0)
    found = []
    for number in numbers:
        last = number if number == number else last
        found.append(int(last))
    return found


def _breaks(years: list[int], segments: list[int]) -> list[list]:
    cuts = [year for year, one, other in zip(years[1:], segments, segments[1:], strict=False) if one != other]
    return [[int(year), _("break in series")] for year in cuts]


def _fits(finding: Finding) -> list[dict]:
    """The fitted line in its unbroken pieces."""
    fit = finding.chart_spec.marks.get("fit")
    if not isinstance(fit, pd.DataFrame):
        return []
    columns = ("year", "value", "low", "high")
    pieces = defaultdict(list)
    for segment, *figures in zip(*(fit[name].tolist() for name in ("segment", *columns)), strict=True):
        pieces[segment].append(figures)
    return [
        {name: list(map(_plain, cells)) for name, cells in zip(columns, zip(*rows, strict=True), strict=True)}
        for _segment, rows in sorted(pieces.items())
    ]


def _plain(value: float) -> float | None:
    return None if value != value else float(f"{value:.7g}")
