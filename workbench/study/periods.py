"""Accidents period by period: counted, and over the people of the year."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.intervals import count_method, poisson_limits
from workbench.models.rates import incidence_rate
from workbench.study.data import cube as cube_of
from workbench.study.data import listed, prepare
from workbench.study.disclose import how_many
from workbench.study.divide import Divided, divide, without_counts
from workbench.study.reliability import about_weights, mean_weights, states_of
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

PERIODS = ("year", "month")
LEVEL = 0.95
FIGURE = ("value", "low", "high", "level", "method")


def period_dimensions(cube: Cube, selection: Selection, by: str | Sequence[str]) -> tuple[str, ...]:
    """Year and month in that order; anything else, and months of several years added up, is refused.

    Parameters
    ----------
    cube : Cube
    selection : Selection
        Whose years are looked at.
    by : str or sequence of str
        "year", "month", or both.

    Returns
    -------
    tuple of str

    Raises
    ------
    Refused
        For any other dimension, and for months of several years together.
    """
    by = listed(by)
    strange = [dimension(name).name for name in by if name not in PERIODS]
    if strange or not by:
        raise Refused(
            _("A control chart follows time; {by} is no period. Divide by year, or by year and month.").format(
                by=", ".join(strange) or _("nothing")
            ),
            dimension=strange[0] if strange else None,
        )
    years = selection.years or cube.years()
    if "year" not in by and years and years[0] < years[1]:
        raise Refused(
            _(
                "By month alone the same months of {first} to {last} are added up. Divide by year and month, or ask "
                "for one year."
            ).format(first=years[0], last=years[1]),
            dimension="month",
        )
    return tuple(sorted(by, key=PERIODS.index))


def period_names(frame: pd.DataFrame, by: Sequence[str]) -> pd.Index:
    """What the periods of a frame are called: 2021 as a whole number, "2021-03", "03".

    Parameters
    ----------
    frame : DataFrame
        With the columns `by`.
    by : sequence of str
        "year", "month", or both.

    Returns
    -------
    Index
        A name per row.
    """
    if tuple(by) == ("year",):
        return pd.Index(frame["year"].astype(int), name="period")
    return pd.Index(["-".join(map(str, row)) for row in zip(*(frame[name] for name in by), strict=True)], name="period")


def divide_periods(
    source: str | Cube, selection: Selection | None, by: str | Sequence[str], *, exposure: str | Cube | None = None
) -> Divided:
    """Accidents of each period over the people or hours of its year; the frame's index names the periods.

    Parameters
    ----------
    by : "year"; "year" and "month"; "month" of one year

    Raises
    ------
    Refused
        As `divide`, for other dimensions, and for published rates.
    """
    cube = cube_of(source)
    by = period_dimensions(cube, selection or Selection(), by)
    question = prepare(cube, selection, by)
    cube, selection = question.cube, question.selection
    yearly = _people_by_year(cube, selection, exposure)
    counts = count_periods(cube, selection, by)

    frame = counts.frame
    if "year" not in by:
        frame["year"] = yearly.frame["year"].iloc[0]
    people = yearly.frame[["year", "exposure", "flag", "flag_share"]]
    per, unit = yearly.frame[["per", "unit"]].iloc[0]
    frame = flags_of_both(frame.merge(people, on="year", how="left", suffixes=("", "_other")))
    rate = incidence_rate(
        frame["count"],
        frame["exposure"].where(frame["exposure"] > 0),
        per=per,
        level=LEVEL,
        variance=frame.get("variance"),
    )
    frame = frame.assign(**{name: rate[name] for name in FIGURE}, per=per, unit=unit)
    notes = list(counts.notes)
    if "month" in by and yearly.people:
        notes.append(_("People at risk are those of the whole year, accidents those of the month."))
    return replace(
        yearly,
        selection=counts.selection,
        by=by,
        frame=by_period(frame, by),
        notes=(*question.notes, *notes, *yearly.notes),
    )


def divide_counts(source: str | Cube, selection: Selection | None, by: str | Sequence[str]) -> Divided:
    """Accidents of each period as they are, with exact Poisson limits, divided by nothing.

    Raises
    ------
    Refused
        For other dimensions; for published rates, and for weighted records, whose number varies by chance, not their
        sum.
    """
    cube = cube_of(source)
    by = period_dimensions(cube, selection or Selection(), by)
    question = prepare(cube, selection, by)
    cube = question.cube
    if not cube.has("accidents"):
        raise without_counts(cube)
    counts = count_periods(cube, question.selection, by)
    frame, unit = counts.frame, cube.measures["accidents"].unit
    if about_weights(mean_weights(frame["count"], frame.get("variance"))):
        raise Refused(_("Records are weighted here, and a chart of counts is one of whole events. Ask for rates."))
    low, high = poisson_limits(frame["count"], level=LEVEL)
    frame = frame.assign(value=frame["count"], low=low, high=high, level=LEVEL, method=count_method("exact"))
    if "year" not in by:
        frame["year"] = (question.selection.years or cube.years())[0]
    frame = frame.assign(exposure=np.nan, per=1.0, unit=unit)
    return Divided(
        cube=cube,
        selection=counts.selection,
        by=by,
        frame=by_period(frame, by),
        measure=cube.measures["accidents"],
        notes=(*question.notes, *counts.notes),
    )


def period_weights(divided: Divided) -> pd.Series:
    """The accidents that a record stands for in each period, of what varies by chance.

    These are the accidents themselves, or of a share those that it is of.

    Parameters
    ----------
    divided : Divided
        By period.

    Returns
    -------
    Series
        By period; 1 where records are not weighted.
    """
    frame = divided.frame
    return frame["weight"] if "weight" in frame else mean_weights(frame["count"], frame.get("variance"))


def _people_by_year(cube: Cube, selection: Selection, exposure: str | Cube | None) -> Divided:
    try:
        return divide(cube, selection, by=("year",), exposure=exposure, needs="people", level=LEVEL, alone=True)
    except Refused as refusal:
        if refusal.dimension != "coverage":
            raise
        raise Refused(
            _("{why} Within a sample a share has a meaning: give share_of.").format(why=refusal), dimension="coverage"
        ) from refusal


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Accidents by period, what they are of, and the table of the source that they are from."""

    frame: pd.DataFrame = field(repr=False)
    selection: Selection
    notes: tuple[str, ...]
    table: str


def count_periods(cube: Cube, selection: Selection, by: tuple[str, ...]) -> Counts:
    """Accidents by period; a period in which complete records have others, but none of these, is a zero.

    Parameters
    ----------
    cube : Cube
        With accidents.
    selection : Selection
    by : tuple of str
        ("year",) or ("year", "month").

    Returns
    -------
    Counts
        A row a period with `count`; those of an unknown month are left out, and a note says how many.
    """
    answer = cube.ask("accidents", selection, by)
    frame, notes = answer.frame.rename(columns={"accidents": "count"}), list(answer.notes)
    if all(margin.complete for margin in cube.margins):
        every = cube.ask("accidents", Selection(years=selection.years), by).frame[list(by)]
        frame = every.merge(frame, on=list(by), how="left")
        for column in {"count", "records", "variance", "flag_share"} & set(frame):
            frame[column] = frame[column].fillna(0.0)
        frame["flag"] = frame["flag"].fillna("")
    if "month" in by:
        frame["month"] = frame["month"].astype(str)
        unknown = frame["month"] == UNKNOWN
        if lost := frame.loc[unknown, "count"].sum():
            notes.append(_("{n} accidents of an unknown month are left out.").format(n=how_many(cube, lost)))
        frame = frame[~unknown].reset_index(drop=True)
    return Counts(frame=frame, selection=answer.selection, notes=tuple(notes), table=answer.margin)


def flags_of_both(frame: pd.DataFrame) -> pd.DataFrame:
    """Flags of both sides of a division together, and the larger share of a figure that carries them.

    Parameters
    ----------
    frame : DataFrame
        With flag, flag_share and the same of the other side: flag_other, flag_share_other.

    Returns
    -------
    DataFrame
        Its `flag` and `flag_share` those of both.
    """
    both = zip(frame["flag"], frame["flag_other"].fillna(""), strict=True)
    share = frame[["flag_share", "flag_share_other"]].max(axis=1).fillna(0.0)
    return frame.assign(flag=["".join(sorted(set(f"{one}{other}"))) for one, other in both], flag_share=share)


def by_period(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Rows named by their period, with their state."""
    frame = frame.assign(state=states_of(frame))
    return frame.set_index(period_names(frame, by))
