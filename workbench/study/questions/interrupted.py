"""Interrupted: what changed with a law or an event, the level and the slope from a known date."""

from dataclasses import dataclass

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interrupted import Interrupted, fit_interrupted
from workbench.models.interrupted_design import LEAST
from workbench.study.answer import answer
from workbench.study.chart import Chart, fitted_line
from workbench.study.disclose import disclose
from workbench.study.divide import without_counts
from workbench.study.finding import Finding
from workbench.study.series import Series, divide_time, series_of
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _
from workbench.terms.words import number

LINES = ("fit", "fit_low", "fit_high", "counterfactual", "counterfactual_low", "counterfactual_high", "segment")
SEASONS = 2  # pairs of sine and cosine: a year with two peaks and two troughs
TWO_YEARS = 24


def interrupted(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    at: int | str | pd.Period,
    slope: bool = True,
    centre: int | str | pd.Period | None = None,
    exposure: str | Cube | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate before and from a known date on: its change of level and slope, and the accidents more or fewer.

    Poisson regression of the accidents with the people as exposure, by year, or by month (with the seasons) where the
    cube has months. Breaks that the source declares at other dates are steps of both lines; periods behind a break so
    near to an end that its step cannot be estimated are left out, and named.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    at : first year (2020) or first month ("2020-03") of the new: of a law, of an event, of another definition
    slope : whether the trend may also be steeper or flatter afterwards; without it the line before and the line after
        are parallel, and the periods afterwards also influence the line before
    centre : with `slope`, the year or month at which the change of level is read; else at `at` itself
    exposure : entry or cube with the people at risk, in place of the one the catalogue names
    level : of the intervals

    Returns
    -------
    Finding
        frame: a row per period with the rate's columns, `fit` of the line, `counterfactual`, the earlier trend
        continued (from `at` on), each with `_low` and `_high`, and `segment`, the number of the unbroken span.
        `model` is the `Interrupted`.

    Raises
    ------
    Refused
        Rates without counts, a month asked of years, and as `rates`.
    ModelError
        Fewer than 3 periods on a side, none with an accident, gaps, terms that cannot be told apart.
    """
    divided = disclose(divide_time(source, selection, exposure=exposure, level=level, months=True))
    series = series_of(divided)
    if not series.counted:
        raise without_counts(divided.cube)
    start = _period(series, at)
    usable = _tellable(series, start)
    monthly, long = not series.yearly, len(usable.known) >= TWO_YEARS
    try:
        model = fit_interrupted(
            usable.known["count"],
            usable.known["exposure"],
            interruption=start,
            slope=slope,
            centre=centre,
            harmonics=SEASONS if monthly and long else 0,
            breaks=usable.cuts,
            level=level,
        )
    except ModelError as error:
        if not usable.notes:
            raise
        raise ModelError(" ".join([str(error), *usable.notes])) from error

    notes, across = [*series.about_gaps(), *usable.notes], series.crossed(usable.known)
    if monthly and not long:
        notes.append(_("Less than two years of months: the seasons cannot be separated from the change."))
    notes += [*_about_breaks(start, usable.cuts), *across.notes()]
    notes.append(_("Model: {method}.").format(method=model.method))
    frame = series.frame.join(_lines(series, model)).join(series.segments())
    return answer(
        divided,
        frame,
        title=_("Change at a date"),
        chart=_chart(frame, start),
        notes=notes,
        columns=dict.fromkeys(LINES[:6], str(frame["unit"].iloc[0])) | {"segment": ""},
        model=model,
        words=(across.said(_summary(series, model, start)), series.headline(across.within(_level(model, start)))),
    )


@dataclass(frozen=True, kw_only=True)
class _Tellable:
    """The periods that take part, the breaks among them, and notes on what is left out."""

    known: pd.DataFrame
    cuts: list
    notes: list[str]


def _chart(frame: pd.DataFrame, start: object) -> Chart:
    """The line, cut at the interruption although the source declares no break, and the earlier trend continued."""
    return Chart(
        kind="line",
        marks={"fit": fitted_line(frame, "fit", cut=frame["counterfactual"].notna())},
        counterfactual=fitted_line(frame, "counterfactual"),
        event=(_begins(start), _("from {when}").format(when=start)),
    )


def _begins(period: object) -> float:
    """Where a year or a month begins on an axis whose years stand at their middle, and months within their year."""
    return period.year + (period.month - 1) / 12 if isinstance(period, pd.Period) else period - 0.5


def _level(model: Interrupted, start: object) -> str:
    """By how much the level changed."""
    sentence = _("from {when} the level was {ratio} times what came before ({level:g}% CI {low} to {high})")
    if model.centre != model.interruption:
        sentence = _(
            "read at {centre}, the level from {when} on was {ratio} times what came before "
            "({level:g}% CI {low} to {high})"
        )
    return sentence.format(
        centre=model.centre,
        when=start,
        ratio=number(model.rate_ratio),
        level=100 * model.level,
        low=number(model.low),
        high=number(model.high),
    )


def _summary(series: Series, model: Interrupted, start: object) -> str:
    """The model's sentence; with a warning where the source itself changed at that date."""
    if start not in series.breaks:
        return model.sentence()
    return _(
        "{sentence} The source itself counts differently from {when}: the change is that of the counting too."
    ).format(sentence=model.sentence(), when=start)


def _period(series: Series, at: object) -> object:
    """`at` as a year or a month of the series; what is neither is left for the model to refuse."""
    text = str(at).strip()
    if series.yearly:
        if not text.isdigit():
            raise Refused(
                _(
                    "Here {name} goes by years, and {at!r} is not one. Give a year, such as 2020. Records that have "
                    'months: wb.cube(name, dims=[..., "year", "month"]).'
                ).format(name=series.divided.cube.name, at=text),
                dimension="month",
            )
        return int(text)
    try:
        return pd.Period(text, freq="M")
    except ValueError:
        return text


def _tellable(series: Series, start: object) -> _Tellable:
    """The periods that take part: those behind a break whose step cannot be estimated are left out, and named."""
    known, notes = series.known, []
    cuts = [cut for cut in series.breaks if cut != start]
    for cut in cuts:
        before, after = known[known.index < cut], known[known.index >= cut]
        if len(before) and len(after) and min(len(before), len(after)) < LEAST:
            gone, known = (before, after) if len(before) < len(after) else (after, before)
            notes.append(
                _(
                    "Left out: {periods}. The source counts differently from {cut}, "
                    "too near to the end to tell by how much."
                ).format(periods=", ".join(map(str, gone.index)), cut=cut)
            )
    cuts = [cut for cut in cuts if known.index[0] < cut <= known.index[-1]]
    return _Tellable(known=known, cuts=cuts, notes=notes)


def _about_breaks(start: object, cuts: list) -> list[str]:
    """What declared breaks do to the two lines."""
    notes = []
    if cuts:
        notes.append(
            _("Both lines have a step at {breaks}, where the source counts differently.").format(
                breaks=", ".join(map(str, cuts))
            )
        )
    if later := [cut for cut in cuts if cut > start]:
        notes.append(
            _("What the interruption did from {first} on cannot be separated from the change in counting.").format(
                first=later[0]
            )
        )
    return notes


def _lines(series: Series, fitted: Interrupted) -> pd.DataFrame:
    """The two lines as rates; the counterfactual from the interruption on."""
    unit = series.known["per"].iloc[0] / fitted.fitted["exposure"]
    columns = ["value", "low", "high", *LINES[3:6]]
    lines = fitted.fitted[columns].mul(unit, axis=0).set_axis(list(LINES[:6]), axis=1)
    lines.loc[~fitted.fitted["after"], list(LINES[3:6])] = float("nan")
    return lines
