"""Change: did a rate rise or fall, of whatever shape, and when did its level change, in one unbroken span."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.changepoint import Pettitt, PoissonChange, pettitt, poisson_change
from workbench.models.monotone import LEAST, MonotoneTrend, mann_kendall
from workbench.models.rates import incidence_rate
from workbench.models.structural_breaks import MeanBreaks, TrendBreaks, mean_breaks, trend_breaks
from workbench.study.answer import answer
from workbench.study.chart import Chart, fitted_line
from workbench.study.disclose import disclose
from workbench.study.divide import Divided
from workbench.study.finding import Finding
from workbench.study.percent import percent_of
from workbench.study.series import Series, divide_time, series_of, span_of
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital
from workbench.terms.words import number, p_value

LINE = ("fit", "fit_low", "fit_high")
APART = 5  # years between breaks of a line: with LWZ a straight one of 20 years then breaks in 3 of 100, with BIC in 18
LONG = 20  # years; of shorter steady series BIC finds a change of mean in a fifth to a third, of these in a sixth


@dataclass(frozen=True, kw_only=True)
class Change:
    """A rise or fall, and the date of a change of level, of one unbroken span of years.

    Attributes
    ----------
    trend : rank test and slope a year, in the unit of the rates
    counts : the change point of the accidents over the people, with the posterior of its date; None without counts
    ranks : Pettitt's change point
    means : several changes of the mean, from 20 years on
    lines : several breaks in the line through the years, from 20 years on
    levels : the rate before and after the change: first, last, value, low, high; its date taken as known
    steady : whether a straight line describes the years better than the step
    unit : that the rate is read in
    what : what rises or falls, as it stands in a sentence: "the rate"
    times : what the rate is multiplied with to be read so; 100 for shares from 0 to 1
    """

    trend: MonotoneTrend
    counts: PoissonChange | None
    ranks: Pettitt
    means: MeanBreaks | None
    lines: TrendBreaks | None
    levels: pd.DataFrame = field(compare=False)
    steady: bool
    first: int
    last: int
    level: float
    unit: str
    what: str
    times: float = 1.0

    @property
    def last_before(self) -> int:
        """The last year of the old level: the likelihood's, or Pettitt's where there are no counts."""
        return int((self.counts or self.ranks).last_before)

    @property
    def range(self) -> tuple[int, int] | None:
        """The years that the old level may have ended with, at `level`; None without counts."""
        return (int(self.counts.low), int(self.counts.high)) if self.counts else None

    @property
    def clear(self) -> bool:
        """Whether the level changed at all, by the test at `1 - level`."""
        return (self.counts or self.ranks).p_value < 1 - self.level

    def sentence(self) -> str:
        """The rise or fall, then the date of the change of level, in plain words."""
        return _("{shape}. {date}.").format(shape=capital(self.shape_in_words()), date=capital(self.date_in_words()))

    __str__ = sentence

    def shape_in_words(self) -> str:
        """The rise or fall with its slope, or that neither is clear."""
        trend = self.trend
        slope, lowest, highest = (self.times * figure for figure in (trend.slope, trend.low, trend.high))
        words = {
            "first": self.first,
            "last": self.last,
            "what": self.what,
            "unit": self.unit,
            "level": 100 * self.level,
            "p": p_value(trend.p_value),
        }
        rose, fell = trend.low > 0, trend.high < 0
        if trend.p_value >= 1 - self.level or not (rose or fell):
            limits = {"slope": slope, "low": lowest, "high": highest}
            if np.isinf(trend.low) or np.isinf(trend.high):
                return _(
                    "from {first} to {last} neither a rise nor a fall of {what} is clear: {slope:+.3g} {unit} a year "
                    "(too few or too equal years for limits of it; {p}, Mann-Kendall)"
                ).format(**words, **limits)
            return _(
                "from {first} to {last} neither a rise nor a fall of {what} is clear: {slope:+.3g} {unit} a year "
                "({level:g}% CI {low:+.3g} to {high:+.3g}; {p}, Mann-Kendall)"
            ).format(**words, **limits)
        if rose:
            limits = {"slope": number(slope), "low": number(lowest), "high": number(highest)}
            return _(
                "from {first} to {last} {what} rose by {slope} {unit} a year ({level:g}% CI {low} to {high}; {p}, "
                "Mann-Kendall)"
            ).format(**words, **limits)
        limits = {"slope": number(-slope), "low": number(-highest), "high": number(-lowest)}
        return _(
            "from {first} to {last} {what} fell by {slope} {unit} a year ({level:g}% CI {low} to {high}; {p}, "
            "Mann-Kendall)"
        ).format(**words, **limits)

    def date_in_words(self) -> str:
        """After which year the level changed, from what to what, and how sure that is."""
        before, after = map(number, self.times * self.levels["value"])
        words = {
            "when": self.last_before,
            "before": before,
            "after": after,
            "unit": self.unit,
            "evidence": self._evidence(),
        }
        if not self.clear:
            return _("in no year did the level clearly change; the likeliest is after {when} ({evidence})").format(
                **words
            )
        return _("the level changed after {when}, from {before} to {after} {unit} ({evidence})").format(**words)

    def _evidence(self) -> str:
        """The test with its p-value, and the range of dates where there is one."""
        test = _("Poisson change point") if self.counts else _("Pettitt")
        words = {"p": p_value((self.counts or self.ranks).p_value), "test": test, "level": 100 * self.level}
        if not self.range:
            return _("{p}, {test}").format(**words)
        low, high = self.range
        if low == high:
            return _("{level:g}% range of dates: {year} alone; {p}, {test}").format(year=low, **words)
        return _("{level:g}% range of dates: {low} to {high}; {p}, {test}").format(low=low, high=high, **words)


def change(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    standard: Sequence[str] = (),
    seasonal: bool = False,
    exposure: str | Cube | None = None,
    level: float = 0.95,
) -> Finding:
    """Whether the rate by year rose or fell, and when its level changed, in the longest span without a declared break.

    Mann-Kendall's test with the Theil-Sen slope; its variance takes the autocorrelation of the years where that widens
    it (Hamed & Rao). One change of level in the accidents over the people, allowing for years that scatter more than
    Poisson counts do, with the posterior of its date; Pettitt's rank test as a second opinion, and instead of it where
    there are no counts; from 20 years on also several changes of the mean (Bai & Perron, BIC) and breaks in the line
    through the years (LWZ).

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    standard : dimensions by which each year's rate is standardised first; then there are no counts
    seasonal : whether the rise or fall is that of like months, January with January, where the source has months
        (Hirsch, Slack & Smith 1982)
    exposure : entry or cube with the people at risk, in place of the one the catalogue names
    level : of the intervals, the tests and the range of dates

    Returns
    -------
    Finding
        frame: year, the rate's columns, `posterior` (probability that the old level ended with this year), `fit`,
        `fit_low`, `fit_high` of the levels before and after where a change is clear, and `segment`, the number of the
        unbroken span. `model` is the `Change`.

    Raises
    ------
    Refused
        No unbroken span of 4 years; `seasonal` without months, or with `standard`; and as `rates`.
    ModelError
        No accident at all.
    """
    if seasonal and len(standard):
        raise Refused(_("Like months are compared as they are, not standardised: leave seasonal or standard."))
    divided = disclose(divide_time(source, selection, standard=standard, exposure=exposure, level=level))
    series = series_of(divided, standardised=bool(len(standard)))
    span = _longest(series)
    model = _changed(series, span, level)
    if seasonal:
        monthly = disclose(divide_time(source, selection, exposure=exposure, level=level, months=True))
        model = replace(model, trend=_of_like_months(monthly, span, level))
    unit = model.unit
    if percent := percent_of(divided.measure, unit):
        model = replace(model, unit=percent, times=100.0)

    frame = series.frame.join(series.segments())
    across = series.crossed(span)
    frame["posterior"] = model.counts.posterior.reindex(frame.index) if model.counts else np.nan
    frame[list(LINE)] = np.nan
    for row in model.levels.itertuples() if model.clear else ():
        frame.loc[row.first : row.last, list(LINE)] = row.value, row.low, row.high

    return answer(
        divided,
        frame,
        title=_("Change"),
        chart=_chart(frame, model),
        notes=[*series.about_gaps(), *_notes(series, span, model)],
        columns={"posterior": ""} | dict.fromkeys(LINE, unit) | {"segment": ""},
        model=model,
        words=(
            across.said(" ".join([model.sentence(), *_warning(model)])),
            series.headline(across.within(model.date_in_words() if model.clear else model.shape_in_words())),
        ),
    )


def _chart(frame: pd.DataFrame, model: Change) -> Chart:
    """Both levels, and when one gave way to the other with the range of its date."""
    low, high = model.range or (np.nan, np.nan)
    name = _("change of level") if model.clear else _("likeliest change, not clear")
    return Chart(
        kind="line",
        marks={"fit": fitted_line(frame, "fit", cut=frame["year"] > model.last_before)},
        changes=((model.last_before + 0.5, low + 0.5, high + 0.5, name),),
    )


def _longest(series: Series) -> pd.DataFrame:
    """The longest unbroken span, of several the latest: a change of definition is no change in safety."""
    span = max(reversed(series.spans()), key=len)
    if len(span) < LEAST:
        raise Refused(
            _("A change is looked for within a span without a break, of {least} at least. There is: {spans}.").format(
                least=series.periods_in_words(LEAST), spans=series.spans_in_words()
            ),
            dimension="year",
        )
    return span


def _changed(series: Series, span: pd.DataFrame, level: float) -> Change:
    """All tests of one span."""
    values, counted = span["value"], series.counted
    counts = poisson_change(span["count"], span["exposure"], level=level, scatter=True) if counted else None
    plain, corrected = (mann_kendall(values, correction=name, level=level) for name in ("none", "hamed-rao"))
    ranks = pettitt(values)
    last_before = (counts or ranks).last_before
    weights = span["exposure"] if counted else values * 0 + 1
    return Change(
        trend=corrected if corrected.variance > plain.variance else plain,
        counts=counts,
        ranks=ranks,
        means=mean_breaks(values, level=level) if len(values) >= LONG else None,
        lines=trend_breaks(values, least=APART, criterion="lwz", level=level) if len(values) >= LONG else None,
        levels=_levels(span, counts, last_before, level),
        steady=_misfit(values, weights, values.index) < _misfit(values, weights, values.index > last_before),
        first=int(span.index[0]),
        last=int(span.index[-1]),
        level=level,
        unit=str(span["unit"].iloc[0]),
        what=series.what,
    )


def _of_like_months(monthly: Divided, span: pd.DataFrame, level: float) -> MonotoneTrend:
    """The rise or fall of like months in the years of a span, in the unit of the yearly rates."""
    if "month" not in monthly.by:
        raise Refused(
            _("{name} has no months, or they are not counted here: leave seasonal.").format(name=monthly.cube.name),
            dimension="month",
        )
    values = monthly.frame["value"]
    inside = (values.index.year >= span.index[0]) & (values.index.year <= span.index[-1])
    return mann_kendall(12 * values[inside], seasonal=True, level=level)  # twelve months are a year's rate


def _levels(span: pd.DataFrame, counts: PoissonChange | None, last_before: int, level: float) -> pd.DataFrame:
    """The rate before and after a date: pooled with the dispersion of the counts, else the mean with limits by t."""
    sides, rows = span.groupby(span.index > last_before), []
    for _after, part in sides:
        row = {"first": part.index[0], "last": part.index[-1]}
        if counts:
            events, people = part["count"].sum(), part["exposure"].sum()
            rate = incidence_rate(
                events, people, per=part["per"].iloc[0], level=level, variance=events * max(1.0, counts.dispersion)
            )
            row |= {"value": rate.value, "low": rate.low, "high": rate.high}
        else:
            mean, error = part["value"].mean(), part["value"].sem()
            reach = scipy.stats.t.ppf((1 + level) / 2, len(part) - 1) * error if len(part) > 1 else np.nan
            row |= {"value": mean, "low": mean - reach, "high": mean + reach}
        rows.append(row)
    return pd.DataFrame(rows)


def _misfit(values: pd.Series, weights: pd.Series, by: Sequence) -> float:
    """Weighted squares that a constant and one column, the years or a step, leave over."""
    root = np.sqrt(weights.to_numpy(dtype=float))
    column = np.asarray(by, dtype=float)
    design = np.column_stack([np.ones(len(column)), column - column.mean()]) * root[:, None]
    y = values.to_numpy() * root
    rest = y - design @ np.linalg.lstsq(design, y)[0]
    return float(rest @ rest)


def _warning(found: Change) -> list[str]:
    """What to beware of in a date that is clear."""
    if not found.clear:
        return []
    warnings = []
    if found.steady:  # a steady course has a date that best cuts it in two as well
        warnings.append(
            _(
                "A straight line describes these years better than a step: "
                "the date is the middle of a steady change, not an event."
            )
        )
    if (found.levels["first"] == found.levels["last"]).any():
        warnings.append(_("One year alone stands against all the others."))
    return warnings


def _notes(series: Series, span: pd.DataFrame, model: Change) -> list[str]:
    """Which span was looked at, how the slope and the dates were found, and what they do not say."""
    notes = []
    if len(series.spans()) > 1:
        notes.append(
            _(
                "Only {span}, the longest span without a break: a change of definition is no change in safety. "
                "Unbroken spans: {spans}."
            ).format(span=span_of(span), spans=series.spans_in_words())
        )
    if model.trend.n > len(span):
        notes.append(
            _(
                "Slope: median of the slopes of all pairs of like months, at twelve times their rate ({method}; "
                "Hirsch, Slack & Smith)."
            ).format(method=model.trend.method)
        )
    elif model.trend.correction == "none":
        notes.append(_("Slope: median of the slopes of all pairs of years (Theil-Sen)."))
    else:
        notes.append(
            _(
                "Slope: median of the slopes of all pairs of years (Theil-Sen). Neighbouring years are alike, and the "
                "test allows for it (Hamed & Rao)."
            )
        )
    return [*notes, *series.crossed(span).notes(), *_about_date(model), *_about_several(series, span, model)]


def _about_date(model: Change) -> list[str]:
    """How far the years scatter around the two levels, and what the rank test says."""
    if not model.counts:
        return [_("Without counts there is no range of dates; Pettitt's test takes the years as unrelated.")]
    scatter = _("Around the two levels the years vary no more than by chance alone.")
    if model.counts.dispersion > 1:
        scatter = _(
            "Around the two levels the years have {phi} times the variance that chance alone gives; the date and its "
            "p-value allow for it."
        ).format(phi=number(model.counts.dispersion))
    ranks = _("Pettitt's rank test: after {when}, {p}.").format(
        when=model.ranks.last_before, p=p_value(model.ranks.p_value)
    )
    return [scatter, ranks]


def _about_several(series: Series, span: pd.DataFrame, model: Change) -> list[str]:
    """Several changes of the mean and of the line: none, their dates, or too few years to look for them."""
    if model.means is None or model.lines is None:
        return [
            _("Several changes of level are looked for from {long} on; here are {n}.").format(
                long=series.periods_in_words(LONG), n=series.periods_in_words(len(span))
            )
        ]
    means = _("Several changes of the mean (Bai & Perron, BIC): none.")
    if model.means.positions:
        means = _("Several changes of the mean (Bai & Perron, BIC): {dates}.").format(dates=_dates(model.means))
    lines = _("Breaks in the line through the years (Bai & Perron, LWZ): none.")
    if model.lines.positions:
        lines = _("Breaks in the line through the years (Bai & Perron, LWZ): {dates}.").format(
            dates=_dates(model.lines)
        )
    return [means, lines]


def _dates(found: MeanBreaks | TrendBreaks) -> str:
    return "; ".join(
        _("after {when} ({low} to {high})").format(when=when, low=low, high=high)
        for when, (low, high) in zip(found.last_before, found.intervals, strict=True)
    )
