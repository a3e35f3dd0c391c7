"""Counts and rates: what a cube counts, divided by the people at risk where the data allow it; crude or standardised."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Answer, Cube
from workbench.cubes.selection import Selection
from workbench.models.standardise import standardised_rate
from workbench.study.at_risk import (
    at_risk,
    exposure_name,
    listed,
    prepared,
    records_of,
    states,
    with_years,
    without_events,
)
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.telling import finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _


def rates(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = (),
    *,
    exposure: str | None = None,
    standard: Sequence[str] | pd.Series = (),
    renormalise: bool = False,
    per: int | None = None,
    level: float = 0.95,
) -> Finding:
    """Accidents per 100,000 employed (or per million hours) by group, with exact Poisson limits; published rates as published.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults (such as no commuting) hold where it says nothing
    by : dimension names
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    standard : dimensions to standardise by directly (sector, age): every group gets the structure of all people at risk
        in the countries, sectors and years of the selection, of both sexes and all ages. A Series of people (or of
        shares) by such dimensions, its index named by them, is itself the standard: with the EU's employed in the
        sections A, C to N this is Eurostat's standardised incidence rate. The interval is Fay & Feuer's; the crude
        rate stands beside it
    renormalise : take the standard over the strata that a group has, where it lacks some, and say so; else it is missing

    Raises
    ------
    Refused
        Naming the dimension, level, edition or sample that does not fit.
    """
    asked = cube(source)
    selection, by, notes = prepared(asked, selection, by)
    if not asked.has("accidents") or (exposure is None and published_rate(asked) and not exposure_name(asked)):
        if len(standard):
            raise Refused(
                _("{name} publishes rates without counts; they cannot be standardised here.").format(name=asked.name),
                dimension=_strata(standard)[0],
            )
        return _as_published(asked, selection, by, notes)
    options = {"exposure": exposure, "per": per, "level": level}
    if len(standard):
        return _standardised(asked, selection, by, standard, notes, renormalise, options)
    found = at_risk(asked, selection, by, **options)
    return finding(
        asked, found.selection, by, found.frame, [*notes, *found.notes], title=_("Accident rate"), extra=found.sources
    )


def counts(
    source: str | Cube, selection: Selection | None = None, by: Sequence[str] = (), *, measure: str | None = None
) -> Finding:
    """What a source counts or publishes, by group, not divided by anything: accidents, employed, a share, a mean."""
    asked = cube(source)
    selection, by, notes = prepared(asked, selection, by)
    measure = measure or next(iter(asked.measures))
    if measure not in asked.measures:
        raise UnknownName(
            _("measure"), measure, asked.measures, hint=_("There are: {names}.").format(names=", ".join(asked.measures))
        )
    answer = asked.ask(measure, selection, by)
    frame = _with_zeros(asked, answer, selection, by)
    selection, pooled = with_years(selection, answer, by)
    frame = frame.assign(
        value=frame[measure],
        low=np.nan,
        high=np.nan,
        level=np.nan,
        method=_("count") if answer.measure.how == "sum" else _("as published"),
    )
    frame = frame.assign(
        count=frame["value"] if answer.measure.how == "sum" else np.nan,
        exposure=np.nan,
        per=np.nan,
        unit=answer.measure.unit,
    )
    frame["state"] = states(frame, frame["value"], records_of(frame, frame["count"]))
    return finding(asked, selection, by, frame, [*notes, *pooled, *answer.notes], title=answer.measure.label or measure)


def _with_zeros(asked: Cube, answer: Answer, selection: Selection, by: Sequence[str]) -> pd.DataFrame:
    """The groups that records name, those without such an event too: of these it is known that there was none."""
    complete = any(margin.complete for margin in asked.margins if margin.name == answer.margin)
    plain = [name for name in by if not dimension(name).event]
    if not complete or not plain or len(plain) < len(by):
        return answer.frame
    there = asked.ask(answer.measure.name, without_events(selection), by).frame[plain]
    frame = there.merge(answer.frame, on=plain, how="left")
    sums = [answer.measure.name, *(name for name in ("records", "variance", "missing", "cells") if name in frame)]
    return frame.fillna(dict.fromkeys(sums, 0.0) | {"flag": "", "flag_share": 0.0})


def published_rate(asked: Cube) -> str | None:
    """The measure of a cube that is a rate, share or mean as published, or None."""
    return next((name for name, measure in asked.measures.items() if measure.how == "none"), None)


def _standardised(
    asked: Cube,
    selection: Selection,
    by: tuple,
    standard: Sequence[str] | pd.Series,
    notes: list[str],
    renormalise: bool,
    options: dict,
) -> Finding:
    """Directly standardised rates by group, the crude rates beside them."""
    strata = _strata(standard)
    twice = {dimension(name).axis for name in strata} & {dimension(name).axis for name in by}
    if twice:
        raise Refused(
            _("{axis} divides the groups, so they cannot be standardised by it.").format(axis=", ".join(twice)),
            dimension=twice.pop(),
        )
    crude = at_risk(asked, selection, by, **options)
    selection = crude.selection
    fine = at_risk(asked, selection, (*by, *strata), **options)
    parts = fine.frame[~fine.frame[list(strata)].eq(UNKNOWN).any(axis=1)]
    lost = float(fine.frame["count"].sum() - parts["count"].sum())
    given = isinstance(standard, pd.Series)
    weights = standard.rename_axis(list(strata)) if given else _everybody(asked, selection, strata, options)
    parts = parts.set_index([*by, *strata])
    parts = parts[parts.index.droplevel(list(by)).isin(weights.index) if by else parts.index.isin(weights.index)]
    result = standardised_rate(
        parts["count"],
        parts["exposure"],
        weights,
        per=float(crude.frame["per"].iloc[0]),
        level=options["level"],
        variance=parts.get("variance"),
        renormalise=renormalise,
    )
    columns = ["value", "low", "high", "level", "method", "per"]
    frame = crude.frame.assign(crude=crude.frame["value"])
    if by:
        made = result.reset_index()[[*by, *columns]]
        frame = frame.drop(columns=columns).merge(made, on=list(by), how="left")
    else:
        frame = frame.assign(**{name: getattr(result, name) for name in columns})
    frame["state"] = states(frame, frame["value"], records_of(frame, frame["count"]))
    words = _(" and ").join(dimension(name).label for name in strata)
    whose = (
        _("the standard that was given, of {n} strata").format(n=len(weights))
        if given
        else _("the structure of all {people:,.0f} people at risk in these countries, sectors and years").format(
            people=weights.sum()
        )
    )
    told = [
        _("Standardised by {strata}: {whose}; column `crude` is the rate as it is.").format(strata=words, whose=whose)
    ]
    outside = float(fine.frame["count"].sum() - lost - parts["count"].sum())
    if given and outside > 0:
        told.append(
            _("{n:,.0f} accidents in {strata} that the standard does not have are in the crude rate only.").format(
                n=outside, strata=words
            )
        )
    if lost > 0:
        told.append(
            _("{n:,.0f} accidents of unknown {strata} are in the crude rate only.").format(n=lost, strata=words)
        )
    title = _("Accident rate, standardised by {strata}").format(strata=words)
    return finding(
        asked, selection, by, frame, [*notes, *told, *crude.notes], title=title, extra=crude.sources, columns=("crude",)
    )


def _strata(standard: Sequence[str] | pd.Series) -> tuple[str, ...]:
    """The dimensions of a standard: as they are named, or as the index of its people names them."""
    names = standard.index.names if isinstance(standard, pd.Series) else listed(standard)
    if None in names:
        raise Refused(
            _('The index of the standard has no name: name it by its dimension, as in weights.rename_axis("nace1").')
        )
    return tuple(dimension(name).name for name in names)


def _everybody(asked: Cube, selection: Selection, strata: tuple, options: dict) -> pd.Series:
    """All people at risk by stratum in the countries, sectors and years of the selection."""
    wide = selection.but(regions=_countries(asked, selection), sexes=(), ages=None)
    frame = at_risk(asked, wide, strata, **options).frame
    known = frame[~frame[list(strata)].eq(UNKNOWN).any(axis=1) & frame["exposure"].gt(0)]
    if known.empty:
        raise Refused(
            _(
                "There is no complete standard: {name} does not give the people at risk by {strata} for what is asked. Restrict the selection."
            ).format(name=asked.name, strata=", ".join(strata)),
            dimension=strata[0],
        )
    return known.set_index(list(strata))["exposure"]


def _countries(asked: Cube, selection: Selection) -> frozenset[str]:
    """The whole countries of the regions that are asked for; of none or of an aggregate, no restriction."""
    parts = {part for code in selection.regions for part in code.split("+")}
    found = {asked.lists["nuts"].ancestor_at(part, 0) for part in parts} if parts and "nuts" in asked.lists else set()
    return frozenset() if UNKNOWN in found else frozenset(found)


def _as_published(asked: Cube, selection: Selection, by: Sequence[str], notes: list[str]) -> Finding:
    """Rates or shares that a publisher gives without their counts: no interval can be computed."""
    name = published_rate(asked)
    if name is None:
        raise Refused(
            _("{name} has neither accidents nor a published rate. It has: {there}.").format(
                name=asked.name, there=", ".join(asked.measures)
            )
        )
    answer = asked.ask(name, selection, by)
    frame = answer.frame.assign(
        value=answer.frame[name],
        low=np.nan,
        high=np.nan,
        level=np.nan,
        method=_("as published"),
        count=np.nan,
        exposure=np.nan,
        per=np.nan,
        unit=answer.measure.unit,
    )
    frame["state"] = states(frame, frame["value"], frame["count"])
    notes = [*notes, *answer.notes, _("Published without counts: no interval can be given.")]
    return finding(asked, selection, by, frame, notes, title=answer.measure.label or name)
