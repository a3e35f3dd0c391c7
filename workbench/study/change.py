"""Did a rate rise or fall, of whatever shape, and when did its level change: rank tests and change points in one unbroken span."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.changepoint import MeanBreaks, Pettitt, PoissonChange, mean_breaks, pettitt, poisson_change
from workbench.models.monotone import LEAST, MonotoneTrend, mann_kendall
from workbench.models.rates import digits, incidence_rate
from workbench.study.course import Course, course
from workbench.study.finding import Finding
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital

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
    levels : the rate before and after the change: first, last, value, low, high; its date taken as known
    steady : whether a straight line describes the years better than the step
    """

    trend: MonotoneTrend
    counts: PoissonChange | None
    ranks: Pettitt
    means: MeanBreaks | None
    levels: pd.DataFrame = field(compare=False)
    steady: bool
    first: int
    last: int
    level: float
    unit: str

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
        return f"{capital(self.course_in_words())}. {capital(self.date_in_words())}."

    __str__ = sentence

    def course_in_words(self) -> str:
        its, slope = self.trend, (self.trend.slope, self.trend.low, self.trend.high)
        rose, fell = its.low > 0, its.high < 0
        if its.p_value >= 1 - self.level or not (rose or fell):
            words = _("from {first} to {last} neither a rise nor a fall of the rate is clear: {slope} {unit} a year ({level:g}% CI {low} to {high}; {p}, Mann-Kendall)")  # fmt: skip
            limits = [f"{part:+.3g}" for part in slope]
        else:
            words = (
                _("from {first} to {last} the rate rose by {slope} {unit} a year ({level:g}% CI {low} to {high}; {p}, Mann-Kendall)")
                if rose
                else _("from {first} to {last} the rate fell by {slope} {unit} a year ({level:g}% CI {low} to {high}; {p}, Mann-Kendall)")
            )  # fmt: skip
            limits = [digits(part) for part in (slope if rose else (-slope[0], -slope[2], -slope[1]))]
        return words.format(
            first=self.first, last=self.last, unit=self.unit, level=100 * self.level, slope=limits[0], low=limits[1],
            high=limits[2], p=_p(its.p_value),
        )  # fmt: skip

    def date_in_words(self) -> str:
        test = _("Poisson change point") if self.counts else _("Pettitt")
        told = f"{_p((self.counts or self.ranks).p_value)}, {test}"
        if self.range:
            low, high = self.range
            years = _("{low} alone") if low == high else _("{low} to {high}")
            told = _("{level:g}% range of dates: {years}; {told}").format(
                level=100 * self.level, years=years.format(low=low, high=high), told=told
            )
        words = _("the level changed after {when}, from {before} to {after} {unit} ({told})")
        if not self.clear:
            words = _("in no year did the level clearly change; the likeliest is after {when} ({told})")
        before, after = map(digits, self.levels["value"])
        return words.format(when=self.last_before, before=before, after=after, unit=self.unit, told=told)


def change(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    standard: Sequence[str] = (),
    exposure: str | Cube | None = None,
    level: float = 0.95,
) -> Finding:
    """Whether the rate by year rose or fell, and when its level changed, within the longest span without a declared break.

    Mann-Kendall's test with the Theil-Sen slope; its variance takes the autocorrelation of the years where that widens
    it (Hamed & Rao). One change of level in the accidents over the people, allowing for years that scatter more than
    Poisson counts do, with the posterior of its date; Pettitt's rank test beside it, and in its place where there are no
    counts; from 20 years on also several changes of the mean (Bai & Perron, BIC).

    Parameters
    ----------
    standard : dimensions by which each year's rate is standardised first; then there are no counts

    Returns
    -------
    Finding
        frame: year, the rate's columns, `posterior` (probability that the old level ended with this year), `fit`,
        `fit_low`, `fit_high` of the levels before and after where a change is clear, and `segment`, the number of the
        unbroken span. `model` is the `Change`.

    Raises
    ------
    Refused
        No unbroken span of 4 years; and as `rates`.
    ModelError
        No accident at all.
    """
    its = course(source, selection, standard=standard, exposure=exposure, level=level)
    span = _longest(its)
    found = _changed(span, its.counted, level)
    frame = its.frame.join(its.segments())
    frame["posterior"] = found.counts.posterior.reindex(frame.index) if found.counts else np.nan
    frame[["fit", "fit_low", "fit_high"]] = np.nan
    for row in found.levels.itertuples() if found.clear else ():
        frame.loc[row.first : row.last, ["fit", "fit_low", "fit_high"]] = row.value, row.low, row.high
    return its.finding(
        its.rows(frame),
        [*its.left_out(), *_notes(its, span, found)],
        title=_("Change"),
        sentence=found.date_in_words() if found.clear else found.course_in_words(),
        columns=("posterior", "fit", "fit_low", "fit_high", "segment"),
        model=found,
        summary=" ".join([found.sentence(), *_warning(found)]),
    )


def _longest(its: Course) -> pd.DataFrame:
    """The longest unbroken span, of several the latest: a change of definition is no change in safety."""
    span = max(reversed(its.spans()), key=len)
    if len(span) < LEAST:
        raise Refused(
            _("A change is looked for within a span without a break, of {least} at least. There is: {spans}.").format(
                least=its.periods(LEAST), spans=its.spans_in_words()
            ),
            dimension="year",
        )
    return span


def _changed(span: pd.DataFrame, counted: bool, level: float) -> Change:
    """All tests of one span."""
    values = span["value"]
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
        levels=_levels(span, counts, last_before, level),
        steady=_misfit(values, weights, values.index) < _misfit(values, weights, values.index > last_before),
        first=int(span.index[0]),
        last=int(span.index[-1]),
        level=level,
        unit=str(span["unit"].iloc[0]),
    )


def _levels(span: pd.DataFrame, counts: PoissonChange | None, last_before: int, level: float) -> pd.DataFrame:
    """The rate before and after a date: pooled with the dispersion where there are counts, else the mean with limits by t."""
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
    told = []
    if found.steady:  # a steady course has a date that best cuts it in two as well
        told.append(_("A straight line describes these years better than a step: the date is the middle of a steady course, not an event."))  # fmt: skip
    if (found.levels["first"] == found.levels["last"]).any():
        told.append(_("One year alone stands against all the others."))
    return told


def _notes(its: Course, span: pd.DataFrame, found: Change) -> list[str]:
    notes = []
    if len(its.spans()) > 1:
        notes.append(
            _("Only {span}, the longest span without a break: a change of definition is no change in safety. Unbroken spans: {spans}.")
            .format(span=its.stretch(span), spans=its.spans_in_words())
        )  # fmt: skip
    trend = _("Slope: median of the slopes of all pairs of years (Theil-Sen).")
    if found.trend.correction != "none":
        trend += " " + _("Neighbouring years are alike, and the test allows for it (Hamed & Rao).")
    notes += [trend, *its.marked(span)]
    if found.counts:
        scatter = _("Around the two levels the years vary no more than by chance alone.")
        if found.counts.dispersion > 1:
            scatter = _("Around the two levels the years have {phi} times the variance that chance alone gives; the date and its p-value allow for it.").format(phi=digits(found.counts.dispersion))  # fmt: skip
        notes.append(scatter)
        notes.append(
            _("Pettitt's rank test: after {when}, {p}.").format(when=found.ranks.last_before, p=_p(found.ranks.p_value))
        )
    else:
        notes.append(_("Without counts there is no range of dates; Pettitt's test takes the years as unrelated."))
    if found.means is None:
        notes.append(
            _("Several changes of level are looked for from {long} on; here are {n}.").format(
                long=its.periods(LONG), n=its.periods(len(span))
            )
        )
    elif not found.means.positions:
        notes.append(_("Several changes of the mean (Bai & Perron, BIC): none."))
    else:
        dates = zip(found.means.last_before, found.means.intervals, strict=True)
        notes.append(
            _("Several changes of the mean (Bai & Perron, BIC): {dates}.").format(
                dates="; ".join(
                    _("after {when} ({low} to {high})").format(when=when, low=low, high=high)
                    for when, (low, high) in dates
                )
            )
        )
    return notes


def _p(value: float) -> str:
    return _("p < 0.001") if value < 0.001 else _("p = {p:.3f}").format(p=value)
