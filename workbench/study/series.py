"""A rate through time with its declared breaks: what trends, interruptions, forecasts and changes start from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.rates import incidence_rate
from workbench.study.breaks import Crossed, breaks, crossed
from workbench.study.divide import Divided, divide
from workbench.study.percent import percent_of
from workbench.study.periods import divide_periods
from workbench.study.standardise import standardise
from workbench.study.with_figures import with_figures
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _, capital, n_
from workbench.terms.words import span


def divide_time(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    standard: tuple[str, ...] = (),
    exposure: str | Cube | None = None,
    level: float = 0.95,
    months: bool = False,
) -> Divided:
    """The rate by year; with `months` by month, where the cube has months and counts (their own intervals are of 95%).

    Parameters
    ----------
    standard : dimensions by which each year's rate is standardised first

    Returns
    -------
    Divided
        Its index names the periods, whole years or a monthly PeriodIndex, in time's order.

    Raises
    ------
    Refused
        As `divide`; a sample's counts make no series.
    """
    try:
        needs = "people" if len(standard) else "figures"
        divided = divide(source, selection, by=("year",), exposure=exposure, needs=needs, level=level, alone=True)
    except Refused as refusal:
        if refusal.dimension != "coverage":
            raise
        raise Refused(
            _("{why} A trend of a sample's counts would show how the sample was drawn.").format(why=refusal),
            dimension="coverage",
        ) from refusal
    if len(standard):
        divided = standardise(divided, standard, exposure=exposure, level=level)
    divided = replace(divided, frame=divided.frame.set_index("year", drop=False).rename_axis("period"))
    if months and "month" in divided.cube.axes and divided.counted:
        return _by_month(divided, exposure)
    return divided


@dataclass(frozen=True, kw_only=True)
class Series:
    """The rate of one question, period by period, with the breaks that its source declares.

    Attributes
    ----------
    divided : by year, or by year and month
    breaks : first period that the source counts differently, and why
    standardised : whether the rates are no longer counts over people
    """

    divided: Divided
    breaks: Mapping[object, str]
    standardised: bool = False
    frame: pd.DataFrame = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", self.divided.frame)

    @property
    def yearly(self) -> bool:
        return self.divided.by == ("year",)

    @cached_property  # a question asks for it several times
    def known(self) -> pd.DataFrame:
        """The periods with a value."""
        return self.frame[self.frame["value"].notna()]

    @cached_property
    def counted(self) -> bool:
        """Whether its rates are made of counts and people, not published or standardised."""
        return not self.standardised and bool(self.known[["count", "exposure"]].notna().all(axis=None))

    @property
    def what(self) -> str:
        """What it follows, as it stands in a sentence: without people at risk there is no rate."""
        if self.counted and not self.divided.people:
            return _("the number of events")
        share = percent_of(self.divided.measure, str(self.frame["unit"].iloc[0]))
        return _("the share") if share else _("the rate")

    def numbers(self) -> dict:
        """What a model of change takes: counts and people, else rates with their errors where these are known.

        Returns
        -------
        dict
            Arguments of `fit_trend` and its like: Series by period, of counts, of persons or hours, or of rates per
            `per`.
        """
        known = self.known
        if self.counted:
            # whole counts without people are a model of their own; of weights it wants an exposure, which is 1 here
            if not self.divided.people and (known["count"] % 1 == 0).all():
                return {"counts": known["count"]}
            return {"counts": known["count"], "exposure": known["exposure"], "per": float(known["per"].iloc[0])}
        if known["low"].isna().any():
            return {"rates": known["value"]}
        width = 2 * scipy.stats.norm.ppf((1 + known["level"]) / 2)
        return {"rates": known["value"], "standard_errors": (known["high"] - known["low"]) / width}

    def segments(self) -> pd.Series:
        """1, 2, ... for the unbroken spans of the periods with a value; missing for the others.

        Returns
        -------
        Series
            Same index as `frame`.
        """
        known = self.known.index
        number = sum(((known >= cut).astype(int) for cut in self.breaks), start=np.ones(len(known), dtype=int))
        return pd.Series(pd.factorize(number)[0] + 1, index=known, name="segment").reindex(self.frame.index)

    def spans(self) -> list[pd.DataFrame]:
        """The periods with a value, in unbroken spans.

        Returns
        -------
        list of DataFrame
            Rows of `frame`, in time's order.
        """
        known = self.known
        return [part for _number, part in known.groupby(self.segments().loc[known.index])]

    def spans_in_words(self) -> str:
        """`2013 to 2018 (6 years), 2019 to 2023 (5 years)`"""
        return ", ".join(
            f"{span_of(part)} ({self.periods_in_words(len(part))})" if len(part) > 1 else str(part.index[0])
            for part in self.spans()
        )

    def periods_in_words(self, n: int) -> str:
        """`6 years`, `1 month`"""
        if self.yearly:
            return n_("{n} year", "{n} years", n).format(n=n)
        return n_("{n} month", "{n} months", n).format(n=n)

    def headline(self, sentence: str) -> str:
        """What a chart says above itself: of what the series is, and one sentence about it."""
        return _("{what}: {sentence}").format(what=capital(self.divided.words), sentence=sentence)

    def about_gaps(self) -> list[str]:
        """A note that names the periods without a value, if there are any."""
        gaps = ", ".join(map(str, self.frame.index.difference(self.known.index)))
        if not gaps:
            return []
        if self.yearly:
            return [_("Years without a value, left out of the line: {years}.").format(years=gaps)]
        return [_("Months without a value, left out of the line: {months}.").format(months=gaps)]

    def crossed(self, part: pd.DataFrame) -> Crossed:
        """The breaks that are marked within a span, or a part of one, and at which nothing is cut.

        Parameters
        ----------
        part : DataFrame
            Rows of `frame`.

        Returns
        -------
        Crossed
        """
        return crossed(part, cut=[getattr(cut, "year", cut) for cut in self.breaks])


def series_of(divided: Divided, *, standardised: bool = False) -> Series:
    """What was divided by time, with the breaks of its source.

    Raises
    ------
    ModelError
        When no period has a value.
    """
    cuts = breaks(divided.cube, divided.selection)
    if "month" in divided.by:
        cuts = {pd.Period(year=year, month=1, freq="M"): reason for year, reason in cuts.items()}
    if divided.frame["value"].isna().all():
        message = _(
            "No year has a value for this question: in each, some of its cells are not published. Ask for regions "
            "and sectors that are there, as `rates` by region or by sector shows them."
        )
        raise ModelError(" ".join([message, *with_figures(divided)]))
    return Series(divided=divided, breaks=dict(sorted(cuts.items())), standardised=standardised)


def span_of(part: pd.DataFrame) -> str:
    """First and last period of a span: `2013 to 2018`.

    Parameters
    ----------
    part : DataFrame
        Rows of a series, by period.

    Returns
    -------
    str
    """
    return span(part.index[0], part.index[-1])


def _by_month(yearly: Divided, exposure: str | Cube | None) -> Divided:
    """Accidents of each month over the people of its year, by a monthly PeriodIndex.

    A month between the first and the last is a zero where records are complete, else missing.
    """
    divided = divide_periods(yearly.cube, yearly.selection, ("year", "month"), exposure=exposure)
    frame = divided.frame.set_axis(pd.PeriodIndex(divided.frame.index, freq="M")).sort_index()
    months, (unit, per) = pd.period_range(frame.index[0], frame.index[-1], freq="M"), frame[["unit", "per"]].iloc[0]

    absent = months.difference(frame.index)
    if len(absent) and all(margin.complete for margin in yearly.cube.margins):
        people = frame["exposure"].groupby(frame.index.year).first().reindex(absent.year)
        none = incidence_rate(pd.Series(0.0, absent), people.set_axis(absent), per=per)
        none["state"] = np.where(none["value"].isna(), "missing", "zero")
        frame = pd.concat([frame, none])
    frame = frame.reindex(months).assign(year=months.year, month=months.strftime("%m"))
    frame = frame.fillna({"flag": "", "flag_share": 0.0, "state": "missing", "per": per})
    frame["unit"] = _("{unit} a month").format(unit=unit)
    return replace(divided, frame=frame, notes=(*yearly.notes, *divided.notes))
