"""From what was divided and modelled to a finding: its words, its sources, and what always has to be known of them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from workbench.study.breaks import Crossed, breaks, crossed
from workbench.study.chart import Chart
from workbench.study.coverage import UNKNOWN_COVERAGE
from workbench.study.data import Origin, origin_of
from workbench.study.divide import Divided
from workbench.study.finding import Finding
from workbench.study.percent import in_percent, percent_of
from workbench.study.sentences import headline_of_groups, in_order, summary_of_groups
from workbench.terms.text import _, translated
from workbench.terms.words import dimensions

COLUMNS = ["value", "low", "high", "level", "method", "count", "exposure", "per", "unit", "flag", "flag_share", "state"]


def answer(
    divided: Divided,
    frame: pd.DataFrame,
    *,
    title: str,
    chart: Chart,
    notes: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    model: object = None,
    words: tuple[str, str] = ("", ""),
) -> Finding:
    """The finding of one question.

    Parameters
    ----------
    divided : what was divided, with its notes and sources; rows that are withheld there are rows here
    frame : one row per group or term: the usual columns, and those named in `columns`
    title : what the figures are, such as "Accident rate"
    chart : the chart that the question wants
    notes : what has to be known of the model
    columns : the question's own columns with their units, in addition to the usual ones
    model : the frozen result of the model
    words : summary and headline; where one is "", the highest and the lowest figure are named
    """
    cube, selection, by = divided.cube, divided.selection, divided.by
    columns, origin = columns or {}, origin_of(cube)
    frame = _with_withheld(divided, frame)[[*by, *COLUMNS, *columns]].reset_index(drop=True)

    units = _units(divided, frame) | columns
    percent = percent_of(divided.measure, units["value"])
    rows_read = in_percent(frame, percent, units)
    declared = breaks(cube, selection)
    cuts = [_("Break in {year}: {reason}").format(year=year, reason=reason) for year, reason in declared.items()]
    across = Crossed()
    if "year" in by and "segment" not in columns:  # a question that cuts its series says itself what it runs across
        across = crossed(divided.frame, by, declared=declared, label=divided.label)

    summary, headline = words
    summary = across.said(summary or summary_of_groups(divided, rows_read, title))
    if "rank" in columns:
        summary = in_order(divided, summary)
    synthetic = bool(origin) and origin.synthetic
    return Finding(
        question=_question(divided, title, origin),
        selection=selection,
        by=by,
        frame=frame,
        summary=_("Synthetic data. {summary}").format(summary=summary) if synthetic else summary,
        notes=tuple(
            dict.fromkeys([*divided.notes, *notes, *across.notes(), *cuts, *_about_source(origin), *cube.notes])
        ),
        sources=(*([origin.source()] if origin else []), *divided.sources),
        withheld=frame["state"].tolist().count("withheld"),
        model=model,
        lists=cube.lists,
        title=headline or headline_of_groups(divided, rows_read, title),
        synthetic=synthetic,
        units=units,
        percent=percent,
        chart_spec=chart,
        release=divided.release,
        protection=divided.protection,
        cube=cube,
        measure=divided.measure.name,
    )


def _with_withheld(divided: Divided, frame: pd.DataFrame) -> pd.DataFrame:
    """A model's rows, and after them the groups that it was not given because they are withheld."""
    withheld, by = divided.withheld, list(divided.by)
    if withheld is None or not by:
        return frame
    given = frame.set_index(by).index
    absent = withheld[~withheld.set_index(by).index.isin(given)]
    if absent.empty:
        return frame
    rows = absent[[name for name in absent if name in frame]].assign(unit=frame["unit"].iloc[0] if len(frame) else "")
    return pd.concat([frame, rows], ignore_index=True)


def _question(divided: Divided, title: str, origin: Origin | None) -> str:
    """What was asked, of which source."""
    source = translated(origin.dataset.title) if origin else divided.cube.name
    if not divided.by:
        return _("{title}, {what}, in all: {source}").format(title=title, what=divided.words, source=source)
    return _("{title}, {what}, by {dims}: {source}").format(
        title=title, what=divided.words, dims=dimensions(divided.by), source=source
    )


def _units(divided: Divided, frame: pd.DataFrame) -> dict[str, str]:
    """The unit of each usual column: of the figure as the frame says, of counts and people as they were divided."""
    unit = str(frame["unit"].iloc[0]) if len(frame) else ""
    return {
        **dict.fromkeys(("value", "low", "high"), unit),
        "count": translated(divided.measure.unit) if divided.measure.how == "sum" else "",
        "exposure": divided.people,
        "per": divided.people,
    }


def _about_source(origin: Origin | None) -> list[str]:
    """What always has to be known of a source."""
    if origin is None:
        return []
    dataset = origin.dataset
    named = {"title": translated(dataset.title), "event": translated(dataset.event)}
    notes = [_("{title}: {event}").format(**named)] if dataset.event else []
    if dataset.kind == "survey":
        notes.append(
            _("Shares of establishments or persons asked in a survey; do not compare them with rates of workers.")
        )
        notes.append(_("Base: {population}.").format(population=translated(dataset.population)))
    if origin.synthetic:
        notes.append(_("Synthetic data: made by a program, not observed. Never cite them as a publisher's."))
    if origin.sample and dataset.source_kind == "register":
        notes.append(_("A sample: counts are not the true counts, only their composition has a meaning."))
    if origin.provenance.get("coverage") == UNKNOWN_COVERAGE and origin.whole:
        notes.append(
            _('A file of your own, taken as complete. If it is a part of all records, load it with coverage="sample".')
        )
    return [*notes, *map(translated, [*dataset.notes, *origin.notes])]
