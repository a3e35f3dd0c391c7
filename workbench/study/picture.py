"""Which chart a finding asks for, and how its frame is fed to it: a map, a series, a grid, a funnel or intervals."""

from collections.abc import Iterable

import numpy as np

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.grid import Grid
from workbench.charts.trend import Trend
from workbench.models.regression_result import RegressionResult
from workbench.sources.boundaries import boundaries
from workbench.study.beside import beside
from workbench.study.finding import Finding
from workbench.study.funnel import funnel_lines
from workbench.study.periods import period_names
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

FEW_COUNTRIES = 4
MOST_RANKED = 60
"""So many regions in order of priority stand below each other with their intervals; more are a map."""
INHERENT_ORDER = {"age_group", "severity", "size", "hour", "weekday", "month", "day"}
"""Axes whose groups keep their own order, whatever their figures."""
Chart = Bars | Choropleth | Control | Funnel | Grid | Trend


def draw(finding: Finding):
    """The finding as a Bokeh figure."""
    chart = chart_for(finding)
    feed(chart, finding)
    if isinstance(chart, Choropleth):
        come_close(chart, finding.frame[finding.by[0]])
    return chart.figure


def come_close(chart: Choropleth, codes: Iterable[str]) -> None:
    """Zoom a map to the countries of `codes` where they are few; to Europe where they are many."""
    countries = {code[:2] for code in codes} & chart.countries
    chart.fit(sorted(countries) if len(countries) < FEW_COUNTRIES else ())


def chart_for(finding: Finding) -> Chart:
    """An empty chart of the kind that the dimensions of the finding ask for.

    Raises
    ------
    Refused
        When the finding has more dimensions than a picture can show.
    """
    by, caption = finding.by, caption_of(finding)
    axes = [DIMENSIONS[name].axis for name in by]
    if "adjusted_signal" in finding.frame:
        return Funnel(caption, by=by[0])
    if "upper_limit" in finding.frame:
        return Control(caption, by="year" if by == ("year",) else "period")
    ranked = "probability" in finding.frame and len(finding.frame) <= MOST_RANKED  # their doubt is what matters
    if axes == ["nuts"] and not ranked:
        edition = finding.lists["nuts"].edition
        kind = Clusters if "cluster" in finding.frame else Choropleth
        return kind(boundaries(edition=edition, level=DIMENSIONS[by[0]].level), caption, by=by[0])
    if "year" in by and len(by) <= 2:
        one = {"fit", "ahead"} & set(finding.frame)  # then months follow each other, else each is a series of its own
        return Trend(caption, series=None if one else next((name for name in by if name != "year"), None))
    if len(by) == 2:
        return Grid(caption, rows=by[1], columns=by[0])
    if len(by) <= 1:
        return Bars(
            caption,
            by=by[0] if by else "term" if "term" in finding.frame else "all",
            ordered=not set(axes) & INHERENT_ORDER,
            ratios=is_ratio(finding) and bool(finding.frame["value"].gt(0).all()),
        )
    raise Refused(
        _("A picture shows two dimensions at most; {by} are too many. Use the table, or restrict some.").format(
            by=", ".join(by)
        )
    )


def feed(chart: Chart, finding: Finding) -> None:
    """Show a finding in a chart of its kind; only what changed is sent to the screen."""
    caption = caption_of(finding)
    frame = finding.frame
    if not finding.by and "term" not in frame:
        frame = frame.assign(all=_("all"))
    labelled = [name for name in finding.by if name != "year"]
    frame = frame.assign(**{f"{name}_label": [finding.label(name, code) for code in frame[name]] for name in labelled})
    if len(labelled) == 1:
        frame = frame.assign(label=frame[f"{labelled[0]}_label"])
    if isinstance(chart, Trend):
        chart.update(**beside(finding, frame), caption=caption)
    elif isinstance(chart, Funnel):
        records = finding.model.frame.reindex(frame[finding.by[0]]).reset_index()
        weighted = not np.allclose(records["count"], frame["count"])
        frame = frame.assign(count=records["count"], expected=records["expected"])  # what the limits are limits of
        remark = _("Records are weighted: counts and expected numbers here are those of records.") if weighted else ""
        chart.update(frame, caption, limits=funnel_lines(finding.model), remark=remark)
    elif isinstance(chart, Control):
        frame = frame.assign(low=frame["lower_limit"], high=frame["upper_limit"])
        if chart.by == "period":
            frame = frame.assign(period=period_names(frame, finding.by))
        chart.update(frame, caption, centre=frame["centre"].max(), method=finding.model.method)
    elif isinstance(chart, Bars) and is_ratio(finding):
        chart.update(frame, caption, reference=(1.0, _("no difference")))
    else:
        chart.update(frame, caption)


def is_ratio(finding: Finding) -> bool:
    """Whether the figures are one rate over another, so that 1 is no difference."""
    return (
        "reference_rate" in finding.frame
        or "probability" in finding.frame
        or isinstance(finding.model, RegressionResult)
    )


def caption_of(finding: Finding) -> Caption:
    """What is written around a finding's chart."""
    return Caption(
        title=finding.title, unit=_unit(finding), attribution=attribution(finding), synthetic=finding.synthetic
    )


def attribution(finding: Finding) -> str:
    """What has to stand under a chart: the sources' own words."""
    said = (source.get("attribution") or source["name"] for source in finding.sources)
    return "; ".join(dict.fromkeys(text.removeprefix("Source: ") for text in said))


def _unit(finding: Finding) -> str:
    return str(finding.frame["unit"].iloc[0]) if len(finding.frame) else ""
