"""The picture of a finding as a Bokeh figure: the chart that its question wants, and how its rows are fed to it."""

from collections.abc import Iterable

import pandas as pd

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.grid import Grid
from workbench.charts.model_layer import LevelChange, ModelMarks
from workbench.charts.panels import Panels
from workbench.charts.trend import Trend
from workbench.sources.boundaries import boundaries
from workbench.study.chart import Picture
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

FEW_COUNTRIES = 4
INHERENT_ORDER = {"age_group", "severity", "size", "hour", "weekday", "month", "day"}
"""Axes whose groups keep their own order, whatever their figures."""
BokehChart = Bars | Choropleth | Control | Funnel | Grid | Panels | Trend


def draw(picture: Picture):
    """A picture as a Bokeh figure; a map comes close to the countries it shows, where they are few.

    Parameters
    ----------
    picture : Picture
        Of a finding.

    Returns
    -------
    Bokeh figure

    Raises
    ------
    Refused
        As `chart_for`.
    """
    chart = chart_for(picture)
    feed(chart, picture)
    if isinstance(chart, Choropleth):
        come_close(chart, picture.frame[picture.by[0]])
    return chart.figure


def come_close(chart: Choropleth, codes: Iterable[str]) -> None:
    """Zoom a map to the countries of `codes` where they are few; to Europe where they are many.

    Parameters
    ----------
    chart : Choropleth
        A map.
    codes : iterable of str
        Of its regions.
    """
    countries = {code[:2] for code in codes} & chart.countries
    chart.fit(sorted(countries) if len(countries) < FEW_COUNTRIES else ())


def chart_for(picture: Picture) -> BokehChart:
    """An empty chart of the kind that the question wants.

    Raises
    ------
    Refused
        When the finding has more dimensions than a picture can show.
    """
    by, kind, caption = picture.by, picture.chart.kind, _caption(picture)
    if kind in ("map", "clusters"):
        shapes = boundaries(edition=picture.edition, level=DIMENSIONS[by[0]].level)
        return (Clusters if kind == "clusters" else Choropleth)(shapes, caption, by=by[0])
    if kind == "funnel":
        return Funnel(caption, by=by[0])
    if kind == "control":
        return Control(caption, by="year" if by == ("year",) else "period")
    if kind == "line":  # months follow each other
        return Trend(caption, series=None)
    if kind == "series":  # else each is a series of its own
        return Trend(caption, series=next((name for name in by if name != "year"), None))
    if kind == "grid":
        return Grid(caption, rows=by[1], columns=by[0])
    if kind == "panels":
        return Panels(caption, across=by[0], panels=by[1])
    if kind == "rows":
        return _rows(picture)
    raise Refused(
        _("A picture shows two dimensions at most; {by} are too many. Use the table, or restrict some.").format(
            by=", ".join(by)
        )
    )


def feed(chart: BokehChart, picture: Picture) -> None:
    """Show a picture in a chart of its kind; only what changed is sent to the screen.

    Parameters
    ----------
    chart : BokehChart
        As `chart_for` makes it.
    picture : Picture
        Of the same kind.
    """
    rows, marks = range(len(picture.frame)), dict(picture.chart.marks)
    columns = {  # groups that are withheld come after those that the question gave
        name: pd.Series(list(values)).reindex(rows).to_numpy() for name, values in picture.chart.columns.items()
    }
    frame = picture.frame.assign(**columns)
    if picture.chart.kind == "line":
        observed = [not later for later in picture.chart.ahead or [False] * len(frame)]
        marks["model"] = _model_marks(picture, frame[[not seen for seen in observed]])
        frame = frame[observed]
    if isinstance(chart, Bars) and picture.chart.ratio:
        marks["reference"] = (1.0, _("no difference"))
    chart.update(frame, _caption(picture), **marks)


def _model_marks(picture: Picture, ahead: pd.DataFrame) -> ModelMarks:
    """What a model says of a series besides its line."""
    chart = picture.chart
    return ModelMarks(
        counterfactual=chart.counterfactual,
        forecast=ahead if len(ahead) else None,
        event=chart.event,
        changes=[
            LevelChange(when=when, earliest=earliest, latest=latest, name=name)
            for when, earliest, latest, name in chart.changes
        ],
    )


def _rows(picture: Picture) -> Bars:
    """A row for each group, term, or for the whole."""
    by = picture.by[0] if picture.by else "term" if "term" in picture.frame else "all"
    ordered = by in DIMENSIONS and DIMENSIONS[by].axis in INHERENT_ORDER
    logarithmic = picture.chart.ratio and bool(picture.frame["value"].dropna().gt(0).all())
    return Bars(_caption(picture), by=by, ordered=not ordered, ratios=logarithmic)


def _caption(picture: Picture) -> Caption:
    """What is written around a chart."""
    return Caption(title=picture.title, unit=picture.unit, attribution=picture.attribution, synthetic=picture.synthetic)
