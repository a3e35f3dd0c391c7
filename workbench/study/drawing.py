"""The picture of a finding as a Bokeh figure: the chart that its question wants, and how its rows are fed to it."""

from collections.abc import Iterable

import pandas as pd

from workbench.charts.bars import Bars
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.grid import Grid
from workbench.charts.trend import Trend
from workbench.sources.boundaries import boundaries
from workbench.study.chart import Picture
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

FEW_COUNTRIES = 4
INHERENT_ORDER = {"age_group", "severity", "size", "hour", "weekday", "month", "day"}
"""Axes whose groups keep their own order, whatever their figures."""
BokehChart = Bars | Choropleth | Control | Funnel | Grid | Trend


def draw(picture: Picture):
    """A picture as a Bokeh figure; a map comes close to the countries it shows, where they are few."""
    chart = chart_for(picture)
    feed(chart, picture)
    if isinstance(chart, Choropleth):
        come_close(chart, picture.frame[picture.by[0]])
    return chart.figure


def come_close(chart: Choropleth, codes: Iterable[str]) -> None:
    """Zoom a map to the countries of `codes` where they are few; to Europe where they are many."""
    countries = {code[:2] for code in codes} & chart.countries
    chart.fit(sorted(countries) if len(countries) < FEW_COUNTRIES else ())


def chart_for(picture: Picture) -> BokehChart:
    """An empty chart of the kind that the question wants.

    Raises
    ------
    Refused
        When the finding has more dimensions than a picture can show.
    """
    by, kind, words = picture.by, picture.chart.kind, _around(picture)
    if kind in ("map", "clusters"):
        shapes = boundaries(edition=picture.edition, level=DIMENSIONS[by[0]].level)
        return (Clusters if kind == "clusters" else Choropleth)(shapes, by=by[0], **words)
    if kind == "funnel":
        return Funnel(by=by[0], **words)
    if kind == "control":
        return Control(by="year" if by == ("year",) else "period", **words)
    if kind == "line":  # months follow each other
        return Trend(series=None, **words)
    if kind == "series":  # else each is a series of its own
        return Trend(series=next((name for name in by if name != "year"), None), **words)
    if kind == "grid":
        return Grid(rows=by[1], columns=by[0], **words)
    if kind == "rows":
        return _rows(picture)
    raise Refused(
        _("A picture shows two dimensions at most; {by} are too many. Use the table, or restrict some.").format(
            by=", ".join(by)
        )
    )


def feed(chart: BokehChart, picture: Picture) -> None:
    """Show a picture in a chart of its kind; only what changed is sent to the screen."""
    rows, marks = range(len(picture.frame)), dict(picture.chart.marks)
    columns = {  # groups that are withheld come after those that the question gave
        name: pd.Series(list(values)).reindex(rows).to_numpy() for name, values in picture.chart.columns.items()
    }
    frame = picture.frame.assign(**columns)
    if picture.chart.ahead is not None:
        ahead = list(picture.chart.ahead)
        marks["ahead"] = frame[ahead]
        frame = frame[[not later for later in ahead]]
    if isinstance(chart, Bars) and picture.chart.ratio:
        marks["reference"] = (1.0, _("no difference"))
    chart.update(frame, **marks, **_around(picture))


def _rows(picture: Picture) -> Bars:
    """A row for each group, term, or for the whole."""
    by = picture.by[0] if picture.by else "term" if "term" in picture.frame else "all"
    ordered = by in DIMENSIONS and DIMENSIONS[by].axis in INHERENT_ORDER
    logarithmic = picture.chart.ratio and bool(picture.frame["value"].gt(0).all())
    return Bars(by=by, ordered=not ordered, ratios=logarithmic, **_around(picture))


def _around(picture: Picture) -> dict:
    """The words around a chart."""
    return {
        "title": picture.title,
        "unit": picture.unit,
        "attribution": picture.attribution,
        "synthetic": picture.synthetic,
    }
