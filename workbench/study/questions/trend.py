"""Trend: the rate by year and its annual percent change, cut at declared breaks."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import numpy as np

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.joinpoint import Joinpoints, fit_joinpoints
from workbench.models.joinpoint_search import JoinpointSearch
from workbench.models.trend import Trend, fit_trend
from workbench.study.answer import answer
from workbench.study.chart import Chart, fitted_line
from workbench.study.disclose import disclose
from workbench.study.finding import Finding
from workbench.study.series import divide_time, series_of
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import p_value, span

LINE = ("fit", "fit_low", "fit_high", "segment")


def trend(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    joinpoints: int | JoinpointSearch | None = None,
    aapc: tuple[int, int] | None = None,
    standard: Sequence[str] = (),
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate by year with a log-linear line through each unbroken span; `model` is the `Trend`.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    joinpoints : look for at most so many years in which the slope changes; `model` is then the `Joinpoints`, chosen by
        weighted BIC among the observed years, and a declared break is a step of the line. A `JoinpointSearch` says how
        else they are sought: anywhere in time, chosen by permutation tests, so many years apart
    aapc : with joinpoints, first and last year of their average annual percent change; the whole series unless given
    standard : dimensions by which each year's rate is standardised first
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    level : of the intervals

    Returns
    -------
    Finding
        frame: year, the rate's columns, `fit`, `fit_low`, `fit_high` of the line, and `segment`, the number of the
        unbroken span.

    Raises
    ------
    Refused
        As `rates`; for a sample, whose counts make no series; for `aapc` without joinpoints.
    ModelError
        When no year has a value, or too few have one for a line; for `aapc` outside the series.
    """
    if aapc and joinpoints is None:
        raise Refused(_("A line without joinpoints has one percent change: leave aapc, or give joinpoints."))
    divided = disclose(divide_time(source, selection, standard=standard, exposure=exposure, level=level))
    series = series_of(divided, standardised=bool(len(standard)))

    search = joinpoints if isinstance(joinpoints, JoinpointSearch) else JoinpointSearch(most=joinpoints)
    fit = fit_trend if joinpoints is None else partial(fit_joinpoints, **asdict(search))
    model = fit(**series.numbers(), breaks=tuple(series.breaks), level=level)
    line = model.fitted.set_index("year")[["value", "low", "high"]].reindex(series.frame.index)
    lines = dict(zip(LINE[:3], line.to_numpy().T, strict=True))
    frame = series.frame.assign(**lines, segment=series.segments())

    changes, about_slope = (), []
    if joinpoints is None:
        model = model.called(series.what)
        about_slope = _tests(model)
        spans = [part.sentence() for part in model.segments if not np.isnan(part.apc)]
        words = model.sentence(), " ".join(spans) or model.sentence()
    else:
        words = _with_steps(model), model.sentence()
        about_slope = _average(model, aapc)
        changes = tuple(
            (when, low, high, _("joinpoint")) for when, (low, high) in zip(model.joinpoints, model.ranges, strict=True)
        )
    unit, across = str(frame["unit"].iloc[0]), series.crossed(series.known)
    return answer(
        divided,
        frame,
        title=_("Trend"),
        chart=Chart(kind="line", marks={"fit": fitted_line(frame, "fit")}, changes=changes),
        notes=[*series.about_gaps(), *across.notes(), *about_slope],
        columns=dict.fromkeys(LINE[:3], unit) | {"segment": ""},
        model=model,
        words=(across.said(words[0]), series.headline(across.said(words[1]))),
    )


def _tests(model: Trend) -> list[str]:
    """The p-value of each span's slope, with the distribution that it is from; none where it is not known."""
    tests = [
        _("{span}, {p} ({distribution})").format(
            span=span(part.first, part.last), p=p_value(part.p_value), distribution=part.distribution
        )
        for part in model.segments
        if not np.isnan(part.p_value)
    ]
    return [_("Tests of no change: {tests}.").format(tests="; ".join(tests))] if tests else []


def _average(model: Joinpoints, window: tuple[int, int] | None) -> list[str]:
    """The average annual percent change over a window, the whole series where there is none; of one slope its own."""
    if not (model.joinpoints or window):
        return []
    change = model.aapc(*(window or (model.segments[0].first, model.segments[-1].last)))
    return [_("Average annual percent change (AAPC): {change}.").format(change=change)]


def _with_steps(model: Joinpoints) -> str:
    """What the line says, and where it has a step because the source counts differently."""
    if not len(model.steps):
        return model.sentence()
    return _("{sentence} The line has a step at {years}, where the source counts differently.").format(
        sentence=model.sentence(), years=", ".join(f"{year:g}" for year in model.steps["year"])
    )
