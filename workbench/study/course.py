"""The course of one rate through time, with its declared breaks: what trends, interruptions, forecasts and changes start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.rates import incidence_rate
from workbench.study.at_risk import prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.periods import rate_series
from workbench.study.rates import rates
from workbench.study.telling import breaks, finding
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _, capital


@dataclass(frozen=True, kw_only=True)
class Course:
    """The rate of one question, period by period, with the breaks that its source declares.

    Attributes
    ----------
    by : ("year",), or ("year", "month") of a cube that has months
    frame : one row per period in time's order, by whole years or by a monthly PeriodIndex; the columns of `rates`
    breaks : first period that the source counts differently, and why
    """

    asked: Cube
    selection: Selection
    by: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False, compare=False)
    breaks: Mapping[object, str]
    notes: tuple[str, ...]
    sources: tuple[Mapping, ...]
    standardised: bool

    @property
    def known(self) -> pd.DataFrame:
        """The periods with a value."""
        return self.frame[self.frame["value"].notna()]

    @property
    def counted(self) -> bool:
        """Whether its rates are made of counts and people here, not published or standardised."""
        return not self.standardised and bool(self.known[["count", "exposure"]].notna().all(axis=None))

    def numbers(self) -> dict:
        """What a model of change takes: counts and people where the rate is made of them, else rates, with errors if known."""
        known = self.known
        if self.counted:
            return {"counts": known["count"], "exposure": known["exposure"], "per": float(known["per"].iloc[0])}
        if known["low"].isna().any():
            return {"rates": known["value"]}
        width = 2 * scipy.stats.norm.ppf((1 + known["level"]) / 2)
        return {"rates": known["value"], "standard_errors": (known["high"] - known["low"]) / width}

    def segments(self) -> pd.Series:
        """1, 2, ... for the unbroken spans of the periods with a value; missing for the others."""
        known = self.known.index
        number = sum(((known >= cut).astype(int) for cut in self.breaks), start=np.ones(len(known), dtype=int))
        return pd.Series(pd.factorize(number)[0] + 1, index=known, name="segment").reindex(self.frame.index)

    def spans(self) -> list[pd.DataFrame]:
        """The periods with a value, in unbroken spans."""
        known = self.known
        return [part for _number, part in known.groupby(self.segments().loc[known.index])]

    def spans_in_words(self) -> str:
        """`2013 to 2018 (6 years), 2019 to 2023 (5 years)`"""
        return ", ".join(
            f"{self.stretch(part)} ({self.periods(len(part))})" if len(part) > 1 else str(part.index[0])
            for part in self.spans()
        )

    def periods(self, n: int) -> str:
        """`6 years`, `1 month`"""
        if self.by == ("year",):
            return _("1 year") if n == 1 else _("{n} years").format(n=n)
        return _("1 month") if n == 1 else _("{n} months").format(n=n)

    @staticmethod
    def stretch(span: pd.DataFrame) -> str:
        """First and last period of a span: `2013 to 2018`."""
        return _("{first} to {last}").format(first=span.index[0], last=span.index[-1])

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame by period with its periods as columns; months have theirs already."""
        return frame.reset_index(names="year") if self.by == ("year",) else frame.reset_index(drop=True)

    def left_out(self) -> list[str]:
        """A note that names the periods without a value, if there are any."""
        gone = ", ".join(map(str, self.frame.index.difference(self.known.index)))
        if not gone:
            return []
        if self.by == ("year",):
            return [_("Years without a value, left out of the line: {years}.").format(years=gone)]
        return [_("Months without a value, left out of the line: {months}.").format(months=gone)]

    def marked(self, span: pd.DataFrame) -> list[str]:
        """A note on periods inside `span` that carry the flag b where no break is declared, if there are any."""
        inside = span.index[1:][span["flag"].iloc[1:].str.contains("b")].difference(pd.Index(list(self.breaks)))
        if not len(inside):
            return []
        return [
            _("Marked as a break in the accidents or in the people at risk, and not cut there: {periods}.").format(
                periods=", ".join(map(str, inside))
            )
        ]

    def finding(
        self, frame: pd.DataFrame, notes: Sequence[str], *, title: str, sentence: str, columns: Sequence[str], **said
    ) -> Finding:
        """A finding about this series; `sentence` stands in its headline, `columns` of the frame are kept beside the usual ones."""
        return finding(
            self.asked,
            self.selection,
            self.by,
            frame,
            [*self.notes, *notes],
            title=title,
            extra=self.sources,
            headline=_("{what}: {sentence}").format(
                what=capital(self.selection.words(self.asked.lists)), sentence=sentence
            ),
            columns=columns,
            **said,
        )


def course(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    standard: Sequence[str] = (),
    exposure: str | Cube | None = None,
    level: float = 0.95,
    months: bool = False,
) -> Course:
    """The rate by year; with `months` by month, where the cube has months and counts (their own intervals are of 95%).

    Raises
    ------
    Refused
        As `rates`; a sample's counts make no series.
    ModelError
        When no period has a value.
    """
    asked = cube(source)
    selection, _by, _notes = prepared(asked, selection, ("year",))
    try:
        found = rates(asked, selection, ("year",), standard=standard, exposure=exposure, level=level)
    except Refused as refusal:
        if refusal.dimension != "coverage":
            raise
        raise Refused(
            _("{why} A trend of a sample's counts would show how the sample was drawn.").format(why=refusal),
            dimension="coverage",
        ) from refusal
    frame, notes, by = found.frame.set_index("year"), list(found.notes), ("year",)
    cuts = breaks(asked, selection)
    if months and "month" in asked.axes and frame[["count", "exposure"]].notna().any(axis=None):
        (frame, told), by = _by_month(asked, selection, exposure), ("year", "month")
        notes += told
        cuts = {pd.Period(year=year, month=1, freq="M"): reason for year, reason in cuts.items()}
    if frame["value"].isna().all():
        raise ModelError(
            _("No year has a value for this question: in each, some of its cells are not published. Ask for regions and "
              "sectors that are there, as `rates` by region or by sector shows them.")
        )  # fmt: skip
    return Course(
        asked=asked,
        selection=selection,
        by=by,
        frame=frame,
        breaks=dict(sorted(cuts.items())),
        notes=tuple(notes),
        sources=found.sources[1:],
        standardised=bool(standard),
    )


def _by_month(asked: Cube, selection: Selection, exposure: str | Cube | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Accidents of each month over the people of its year, by a monthly PeriodIndex.

    A month between the first and the last is a zero where records are complete, else missing.
    """
    found = rate_series(asked, selection, ("year", "month"), exposure)
    frame = found.frame.set_axis(pd.PeriodIndex(found.frame.index, freq="M")).sort_index()
    whole, (unit, per) = pd.period_range(frame.index[0], frame.index[-1], freq="M"), frame[["unit", "per"]].iloc[0]
    absent = whole.difference(frame.index)
    if len(absent) and all(margin.complete for margin in asked.margins):
        people = frame["exposure"].groupby(frame.index.year).first().reindex(absent.year)
        none = incidence_rate(pd.Series(0.0, absent), people.set_axis(absent), per=per)
        none["state"] = np.where(none["value"].isna(), "missing", "zero")
        frame = pd.concat([frame, none])
    frame = frame.reindex(whole).assign(year=whole.year, month=whole.strftime("%m"))
    frame = frame.fillna({"flag": "", "flag_share": 0.0, "state": "missing", "per": per})
    return frame.assign(unit=_("{unit} a month").format(unit=unit)), found.notes
