"""Forecast: the periods ahead if nothing new happens, and how well the method did before."""

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.forecast import LEAST, Forecast, Season, seasonal_parts
from workbench.models.forecast import forecast as fit_forecast
from workbench.study.answer import answer
from workbench.study.chart import Chart
from workbench.study.disclose import disclose
from workbench.study.finding import Finding
from workbench.study.series import Series, divide_time, series_of
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number

LEVELS = (0.8, 0.95)
LIMITS = ("low_80", "high_80", "low_95", "high_95")
PARTS = ("trend", "season", "remainder")
HELD_OUT = 5  # years a forecast is tried on where the series has as many to spare
SLOPED = 12  # values from which smoothing may have a slope: one with it is not judged by trials without it
FEW = 10  # trials
CLEAR = 0.1  # a smaller gain on a naive forecast is called hardly any


def forecast(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    horizon: int = 3,
    method: str = "ets",
    exposure: str | Cube | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate of the next periods with 80% and 95% prediction intervals, set against a naive forecast.

    By year, or by month (with the season) where the cube has months, from the span after the last declared break
    alone. On logarithms where no rate is 0. The method is tried on the last periods, each forecast one step ahead from
    those before it, and the summary says whether it did better there than a naive forecast.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    horizon : periods ahead
    method : "ets" (exponential smoothing, its form chosen by AICc), "ses", "arima" (one autoregressive term), "naive"
        (the last figure) or "seasonal-naive" (last year's)
    exposure : entry or cube with the people at risk, in place of the one the catalogue names
    level : of the intervals of the observed rates

    Returns
    -------
    Finding
        frame: a row per observed period with the rate's columns, then a row per period ahead: `ahead` true, flag `f`,
        `value` the forecast, `low` and `high` its 95% prediction interval, which are also in `low_95` and `high_95`
        next to `low_80` and `high_80`; `segment`, the number of the unbroken span; by month also `trend`, `season`
        and `remainder` of the observed periods.
        `model` is the `Forecast`.

    Raises
    ------
    Refused
        Fewer than 6 periods after the last break; and as `rates`.
    ModelError
        Gaps, equal values, a method that does not exist.
    """
    divided = disclose(divide_time(source, selection, exposure=exposure, level=level, months=True))
    series = series_of(divided)
    span = _latest(series)
    model = _fitted(series, span["value"], horizon, method)
    season = None if series.yearly else _season(span["value"])

    # the segments cut the line where the forecast does: a flag b that is not declared cuts neither
    observed = series.frame.join(series.segments()).loc[: span.index[-1]].assign(ahead=False)
    if season is not None:
        observed = observed.join(season.frame[list(PARTS)])
    ahead = _ahead(series, model)
    frame = pd.concat([observed, ahead.reindex(columns=[*observed, *LIMITS])])
    frame["segment"] = frame["segment"].where(~frame["ahead"], series.segments().max())

    unit, expected, across = str(ahead["unit"].iloc[0]), _expected(ahead), series.crossed(span)
    notes = _notes(series, span, model)
    if season is not None:
        notes.append(_season_in_words(season))
    return answer(
        divided,
        frame,
        title=_("Forecast"),
        chart=Chart(kind="line", ahead=frame["ahead"].tolist()),
        notes=notes,
        columns={"ahead": ""} | dict.fromkeys((*LIMITS, *(PARTS if season else ())), unit) | {"segment": ""},
        model=model,
        words=(
            across.said(
                _("If nothing new happens, {expected}. {skill}").format(expected=expected, skill=_skill(series, model))
            ),
            series.headline(across.within(_next(ahead))),
        ),
    )


def _fitted(series: Series, values: pd.Series, horizon: int, method: str) -> Forecast:
    """The method on all values; where it has a slope it is not judged by trials on so few values that it has none."""
    options = {"horizon": horizon, "method": method, "log": bool((values > 0).all()), "levels": LEVELS}
    if not series.yearly:
        return fit_forecast(values, held_out=None, **options)
    held_out = min(HELD_OUT, len(values) - LEAST)
    model = fit_forecast(values, held_out=held_out, **options)
    if "smoothing_trend" in model.parameters and len(values) - held_out < SLOPED:
        model = fit_forecast(values, held_out=len(values) - SLOPED, **options)
    return model


def _latest(series: Series) -> pd.DataFrame:
    """The span after the last break; refused where it is too short."""
    spans, needed = series.spans(), series.periods_in_words(LEAST)
    if len(spans[-1]) >= LEAST:
        return spans[-1]
    words = {"spans": series.spans_in_words(), "needed": needed}
    if len(spans) == 1:
        raise Refused(
            _("This series is too short for a forecast: {spans}; {needed} are needed.").format(**words),
            dimension="year",
        )
    message = _(
        "Nothing is forecast across a break in how the source counts, and after the last one there are too few: "
        "{spans}; {needed} are needed."
    )
    if any(len(part) >= LEAST for part in spans):
        message = _(
            "Nothing is forecast across a break in how the source counts, and after the last one there are too few: "
            "{spans}; {needed} are needed. Restrict the years to a longer span to see where it would have led."
        )
    raise Refused(message.format(**words), dimension="year")


def _ahead(series: Series, fitted: Forecast) -> pd.DataFrame:
    """The periods ahead as rows of a finding: flag f, the 95% prediction interval as the interval."""
    last, rows = series.known.iloc[-1], fitted.frame
    frame = rows[["value", *LIMITS]].assign(
        low=rows["low_95"],
        high=rows["high_95"],
        level=LEVELS[-1],
        count=np.nan,
        exposure=np.nan,
        per=last["per"],
        unit=last["unit"],
        method=_("forecast, {method}; prediction interval").format(method=fitted.method),
        flag="f",
        flag_share=1.0,
        state="",
        ahead=True,
    )
    if series.yearly:
        return frame.assign(year=rows.index)
    return frame.assign(year=rows.index.year, month=rows.index.strftime("%m"))


def _next(ahead: pd.DataFrame) -> str:
    """The first figure ahead, with its 95% interval."""
    first = ahead.iloc[0]
    return _("if nothing new happens, {value} {unit} in {when} (95% prediction interval {low} to {high})").format(
        value=number(first["value"]),
        unit=first["unit"],
        when=ahead.index[0],
        low=number(first["low"]),
        high=number(first["high"]),
    )


def _expected(ahead: pd.DataFrame) -> str:
    """The first and the last figure ahead, with their intervals."""
    first, last = ahead.iloc[0], ahead.iloc[-1]
    soonest = _("{value} {unit} in {when} ({limits})").format(
        value=number(first["value"]), unit=first["unit"], when=ahead.index[0], limits=_limits(first)
    )
    if len(ahead) == 1:
        return soonest
    return _("{first}, and {value} in {when} ({limits})").format(
        first=soonest, value=number(last["value"]), when=ahead.index[-1], limits=_limits(last)
    )


def _limits(row: pd.Series) -> str:
    return _("80% prediction interval {low_80} to {high_80}, 95% {low_95} to {high_95}").format(
        **{name: number(row[name]) for name in LIMITS}
    )


def _skill(series: Series, fitted: Forecast) -> str:
    """Whether the method did better than a naive forecast on the periods held out, in plain words."""
    tried = fitted.backtest
    if tried.empty:
        return _("The series is too short to try the forecast on periods held out: how good it is, is not known.")
    own, naive = tried.iloc[0], tried[tried.index.isin(["naive", "seasonal-naive"])]
    best, n = naive["mae"].idxmin(), int(own["n"])
    error, usual = own["mae"], naive.loc[best, "mae"]
    words = [
        _("Tried on the last {periods}, one step ahead each, it was off by {error} on average;").format(
            periods=series.periods_in_words(n), error=number(error)
        )
    ]
    repeated = (
        _("repeating the figure of a year before") if best == "seasonal-naive" else _("repeating the last figure")
    )
    if tried.index[0] in naive.index:
        words.append(_("it is itself a naive forecast."))
    elif error < (1 - CLEAR) * usual:
        words.append(
            _("{repeated} was off by {usual}: the forecast was better, by {gain:.0f}%.").format(
                repeated=repeated, usual=number(usual), gain=100 * (1 - error / usual)
            )
        )
    else:
        hardly = _("hardly better") if error < usual else _("no better")
        words.append(
            _(
                "{repeated} was off by {usual}: the forecast was {hardly}. Do not plan on more than the past repeated."
            ).format(repeated=repeated, usual=number(usual), hardly=hardly)
        )
    words.append(_("{held} of {n} figures lay inside the 95% interval.").format(held=round(own["coverage"] * n), n=n))
    if n < FEW:
        words.append(_("So few trials prove little."))
    return " ".join(words)


def _notes(series: Series, span: pd.DataFrame, fitted: Forecast) -> list[str]:
    """From where it is forecast, what is missing at the end, the model, and what an interval does not know."""
    notes, after = [], series.frame.index[series.frame.index > span.index[-1]]
    if len(series.spans()) > 1:
        notes.append(
            _("From {first} on only: before it the source counts differently ({spans}).").format(
                first=span.index[0], spans=series.spans_in_words()
            )
        )
    if len(after):
        notes.append(
            _("Without a value at the end, and so forecast: {periods}.").format(periods=", ".join(map(str, after)))
        )
    if series.yearly and len(span) < SLOPED and "smoothing_level" in fitted.parameters:
        notes.append(_("Fewer than {n} years carry no slope: the forecast stays level.").format(n=SLOPED))
    model = _("Model: {method}, on {n} values. {note}").format(method=fitted.method, n=len(span), note=_plain(fitted))
    return [
        *notes,
        *series.crossed(span).notes(),
        model.strip(),
        _(
            "A prediction interval is about the next figures if nothing new happens; it knows of no law, no crisis, "
            "no change of definition."
        ),
    ]


def _plain(fitted: Forecast) -> str:
    """What the model says of its scale; what it says on the back-test is in the summary."""
    if fitted.frame["value"].gt(0).all() and "logarithm" in fitted.note:
        return _("On logarithms: the values are medians.")
    return _("Limits below 0 are shown as 0.") if fitted.frame[list(LIMITS)].eq(0).any(axis=None) else ""


def _season(values: pd.Series) -> Season | None:
    """Trend, season and remainder of two years of months and more."""
    return seasonal_parts(values, multiplicative=bool((values > 0).all())) if len(values) >= 24 else None


def _season_in_words(season: Season) -> str:
    """The months of the last year's season that stand out."""
    most, least = season.figure.idxmax(), season.figure.idxmin()
    if season.multiplicative:
        sizes = [_("{ratio} times the trend").format(ratio=number(season.figure[month])) for month in (most, least)]
    else:
        sizes = [_("{gap} from the trend").format(gap=f"{season.figure[month]:+.3g}") for month in (most, least)]
    return _("Season ({method}): highest in month {most:02} ({high}), lowest in month {least:02} ({low}).").format(
        method=season.method, most=most, least=least, high=sizes[0], low=sizes[1]
    )
