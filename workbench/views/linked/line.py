"""Figures over the years: points with their intervals, the fitted line, and the years where the count changes."""

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
    return {
        "kind": "line",
        "says": says(finding),
        "marks": {**marks.columns, "segment": _segments(finding)},
        "chosen": marks.chosen(selection),
        "fits": _fits(finding),
        "breaks": _breaks(finding),
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
    return crossed(finding.frame[finding.frame["year"].between(span.first, span.last)])


def _segments(finding: Finding) -> list[int]:
    """The unbroken span that each year lies in; a year without a figure is in that of its neighbours."""
    frame = finding.frame.sort_values("year")
    if "segment" in frame:
        return frame["segment"].ffill().bfill().fillna(0).astype(int).tolist()
    return frame["flag"].fillna("").str.contains("b").cumsum().astype(int).tolist()


def _breaks(finding: Finding) -> list[list]:
    years = finding.frame.sort_values("year")["year"].tolist()
    spans = _segments(finding)
    cuts = [year for year, one, other in zip(years[1:], spans, spans[1:], strict=False) if one != other]
    return [[int(year), _("break in series")] for year in cuts]


def _fits(finding: Finding) -> list[dict]:
    """The fitted line in its unbroken pieces."""
    fit = finding.chart_spec.marks.get("fit")
    if not isinstance(fit, pd.DataFrame) or fit.empty:
        return []
    columns = ["year", "value", "low", "high"]
    pieces = fit.groupby("segment")[columns]
    return [{name: _plain(piece[name]) for name in columns} for _number, piece in pieces]


def _plain(values: pd.Series) -> list[float | None]:
    return [None if value != value else float(f"{value:.7g}") for value in values.astype(float)]
