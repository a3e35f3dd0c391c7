"""Accidents period by period, beside the people of the year or beside all the accidents that they are a part of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.intervals import proportion_limits
from workbench.models.rates import incidence_rate
from workbench.study.at_risk import at_risk, listed, prepared, records_of, states
from workbench.study.groups import mean_weights
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

PERIODS = ("year", "month")
LEVEL = 0.95
FIGURE = ("value", "low", "high", "level", "method")


@dataclass(frozen=True, kw_only=True)
class Series:
    """A rate or a share through time: one row per period, named by the index, with a finding's columns.

    `weights` are the accidents that a record stands for, of what varies by chance: the accidents themselves, or those
    that a share is of.
    """

    frame: pd.DataFrame
    weights: pd.Series
    notes: tuple[str, ...]
    sources: tuple[Mapping, ...] = ()


def periods(asked: Cube, selection: Selection, by: str | Sequence[str]) -> tuple[str, ...]:
    """Year and month in that order; anything else, and months of several years added up, is refused."""
    by = listed(by)
    strange = [dimension(name).name for name in by if name not in PERIODS]
    if strange or not by:
        raise Refused(
            _("A control chart follows time; {by} is no period. Divide by year, or by year and month.").format(
                by=", ".join(strange) or _("nothing")
            ),
            dimension=strange[0] if strange else None,
        )
    years = selection.years or asked.years()
    if "year" not in by and years and years[0] < years[1]:
        raise Refused(
            _(
                "By month alone the same months of {first} to {last} are added up. Divide by year and month, or ask for one year."
            ).format(first=years[0], last=years[1]),
            dimension="month",
        )
    return tuple(sorted(by, key=PERIODS.index))


def period_names(frame: pd.DataFrame, by: Sequence[str]) -> pd.Index:
    """What the periods of a frame are called: 2021 as a whole number, "2021-03", "03"."""
    if tuple(by) == ("year",):
        return pd.Index(frame["year"].astype(int), name="period")
    return pd.Index(["-".join(map(str, row)) for row in zip(*(frame[name] for name in by), strict=True)], name="period")


def rate_series(asked: Cube, selection: Selection, by: tuple[str, ...], exposure: str | None) -> Series:
    """Accidents of each period over the people or hours of its year."""
    try:
        people = at_risk(asked, selection, ("year",), exposure=exposure, level=LEVEL)
    except Refused as refusal:
        if refusal.dimension != "coverage":
            raise
        raise Refused(
            _("{why} Within a sample a share has a meaning: give share_of.").format(why=refusal), dimension="coverage"
        ) from refusal
    counted, notes, _margin = _counts(asked, selection, by)
    if "year" not in by:
        counted["year"] = people.frame["year"].iloc[0]
    yearly = people.frame[["year", "exposure", "flag", "flag_share"]]
    per, unit = people.frame[["per", "unit"]].iloc[0]
    frame = _marked(counted.merge(yearly, on="year", how="left", suffixes=("", "_other")))
    rate = incidence_rate(
        frame["count"],
        frame["exposure"].where(frame["exposure"] > 0),
        per=per,
        level=LEVEL,
        variance=frame.get("variance"),
    )
    if "month" in by:
        notes.append(_("People at risk are those of the whole year, accidents those of the month."))
    frame = _named(frame.assign(**{name: rate[name] for name in FIGURE}, per=per, unit=unit), by)
    weights = mean_weights(frame["count"], frame.get("variance"))
    return Series(frame=frame, weights=weights, notes=(*notes, *people.notes), sources=people.sources)


def share_series(asked: Cube, selection: Selection, whole: Selection, by: tuple[str, ...]) -> Series:
    """Accidents of each period in % of those of `whole`, which are its `exposure`. Wilson's limits (1927)."""
    part, notes, table = _counts(asked, selection, by)
    every, more, other = _counts(asked, whole, by)
    if table != other:
        raise Refused(
            _(
                "{name} publishes the part and the whole in different tables ({part}, {whole}), whose totals may differ: no share is taken."
            ).format(name=asked.name, part=table, whole=other)
        )
    frame = _marked(part.merge(every, on=list(by), how="left", suffixes=("", "_other")))
    frame["exposure"] = frame["count_other"].where(frame["count_other"] > 0)
    weights = mean_weights(frame["exposure"], frame.get("variance_other"))
    low, high = proportion_limits(frame["count"] / weights, frame["exposure"] / weights, level=LEVEL)
    share = 100 * frame["count"] / frame["exposure"]
    frame = frame.assign(value=share, low=100 * low, high=100 * high, level=LEVEL, method=_("Wilson"))
    frame = _named(frame.assign(per=100.0, unit=_("% of accidents")), by)
    return Series(frame=frame, weights=weights.set_axis(frame.index), notes=(*notes, *more))


def part_of(asked: Cube, selection: Selection, share_of: Selection) -> Selection:
    """`share_of` in the years of the selection and with the entry's defaults; refused where the selection is no part of it."""
    whole = prepared(asked, share_of, ())[0]
    inside = selection.restricted()
    for axis, wide in whole.restricted().items():
        if axis not in inside or not _within(asked, axis, inside[axis], wide):
            raise Refused(
                _(
                    "What is asked for ({part}) reaches beyond what it should be a share of ({whole}) in {axis}. Widen share_of, or restrict the selection."
                ).format(part=selection.words(asked.lists), whole=whole.words(asked.lists), axis=axis),
                dimension=axis,
            )
    whole = whole.but(years=selection.years)
    if whole == selection:
        raise Refused(
            _("What is asked for ({whole}) is all of what it should be a share of. Restrict the selection.").format(
                whole=whole.words(asked.lists)
            )
        )
    return whole


def _within(asked: Cube, axis: str, narrow, wide) -> bool:
    """Whether codes, or first and last of a span, lie inside others of their axis."""
    if axis in ("year", "age_group"):
        (first, last), (start, end) = narrow, wide
        return (first or 0) >= (start or 0) and (end is None or (last is not None and last <= end))
    known = asked.lists.get(axis)
    if known is None:  # a dimension that the cube does not have: it says so itself when it is asked
        return True
    one, other = (frozenset().union(*(known.members(code) for code in codes)) for codes in (narrow, wide))
    return one <= other


def _counts(asked: Cube, selection: Selection, by: tuple[str, ...]) -> tuple[pd.DataFrame, list[str], str]:
    """Accidents by period, notes, and their table; where complete records have others in a period, none is a zero."""
    answer = asked.ask("accidents", selection, by)
    frame, notes = answer.frame.rename(columns={"accidents": "count"}), list(answer.notes)
    if all(margin.complete for margin in asked.margins):
        there = asked.ask("accidents", Selection(years=selection.years), by).frame[list(by)]
        frame = there.merge(frame, on=list(by), how="left")
        for column in {"count", "records", "variance", "flag_share"} & set(frame):
            frame[column] = frame[column].fillna(0.0)
        frame["flag"] = frame["flag"].fillna("")
    if "month" in by:
        frame["month"] = frame["month"].astype(str)
        unknown = frame["month"] == UNKNOWN
        if lost := frame.loc[unknown, "count"].sum():
            notes.append(_("{n:,.0f} accidents of an unknown month are left out.").format(n=lost))
        frame = frame[~unknown].reset_index(drop=True)
    return frame, notes, answer.margin


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """Flags of both sides of a division together, and the larger share of a figure that carries them."""
    both = zip(frame["flag"], frame["flag_other"].fillna(""), strict=True)
    share = frame[["flag_share", "flag_share_other"]].max(axis=1).fillna(0.0)
    return frame.assign(flag=["".join(sorted(set(f"{one}{other}"))) for one, other in both], flag_share=share)


def _named(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    frame = frame.assign(state=states(frame, frame["value"], records_of(frame, frame["count"])))
    return frame.set_index(period_names(frame, by))
