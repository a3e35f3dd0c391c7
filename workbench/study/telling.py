"""How a finding is told: its sentence, its title, and what always has to be known of its sources."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.rates import digits
from workbench.study.evidence import Origin
from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.text import _

COLUMNS = ["value", "low", "high", "level", "method", "count", "exposure", "per", "unit", "flag", "flag_share", "state"]


def breaks(asked: Cube, selection: Selection) -> dict[int, str]:
    """Declared breaks inside the years and countries of the selection: first year that is counted differently, and why."""
    origin, years = asked.source, selection.years or asked.years()
    if not isinstance(origin, Origin) or not years:
        return {}
    countries = {code[:2] for code in selection.regions}
    sectors = (
        frozenset().union(*(asked.lists["nace"].members(code) for code in selection.sectors))
        if selection.sectors
        else None
    )

    def concerns(its: Mapping) -> bool:
        """Whether a break lies in the sectors that are asked for; one without sectors concerns all of them."""
        if sectors is None or not its["sectors"] or "nace" not in asked.lists:
            return True
        return any(asked.lists["nace"].members(code) & sectors for code in its["sectors"])

    here = (b for b in origin.dataset.breaks if not countries or str(b["where"])[:2] in countries | {"", "EU"})
    return {int(b["year"]): str(b["reason"]) for b in here if years[0] < int(b["year"]) <= years[1] and concerns(b)}


def finding(
    asked: Cube,
    selection: Selection,
    by: Sequence[str],
    frame: pd.DataFrame,
    notes: Sequence[str],
    *,
    title: str,
    extra: Sequence[Mapping] = (),
    model=None,
    summary: str = "",
    headline: str = "",
    columns: Sequence[str] = (),
) -> Finding:
    """A finding with the sources and the standing notes of its cube; `columns` of the frame are kept beside the usual ones."""
    origin = asked.source if isinstance(asked.source, Origin) else None
    frame = frame[[*by, *COLUMNS, *columns]].reset_index(drop=True)
    name = origin.dataset.title if origin else asked.name
    question = _("{title}, {what}, {by}: {name}").format(
        title=title,
        what=selection.words(asked.lists),
        by=_("by {dims}").format(dims=", ".join(by)) if by else _("in all"),
        name=name,
    )
    standing = [*_standing(origin), *asked.notes] if origin else list(asked.notes)
    cuts = [
        _("Break in {year}: {reason}").format(year=year, reason=reason)
        for year, reason in breaks(asked, selection).items()
    ]
    synthetic = bool(origin) and origin.synthetic
    text = summary or _summary(asked, frame, selection, by, title)
    return Finding(
        question=question,
        selection=selection,
        by=tuple(by),
        frame=frame,
        summary=_("Synthetic data. {summary}").format(summary=text) if synthetic else text,
        notes=tuple(dict.fromkeys([*notes, *cuts, *standing])),
        sources=(*([origin.source()] if origin else []), *extra),
        withheld=frame["state"].tolist().count("withheld"),
        model=model,
        lists=asked.lists,
        title=headline or _headline(asked, frame, selection, by, title),
        synthetic=synthetic,
    )


def _standing(origin: Origin) -> list[str]:
    """What always has to be known of a source."""
    its = origin.dataset
    found = [_("{title}: {event}").format(title=its.title, event=its.event)] if its.event else []
    if its.kind == "survey":
        found.append(_("Shares of establishments or persons asked in a survey; not to be set beside rates of workers."))
    if origin.synthetic:
        found.append(_("Synthetic data: made by a program, not observed. Never cite them as a publisher's."))
    if origin.sample and its.source_kind == "register":
        found.append(_("A sample: counts are not the true counts, only their composition has a meaning."))
    if origin.provenance.get("way") == "file" and its.form == "records" and origin.whole and not origin.sample:
        found.append(
            _('A file of your own, taken as complete. If it is a part of all records, load it with coverage="sample".')
        )
    return [*found, *its.notes, *origin.notes]


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def _summary(asked: Cube, frame: pd.DataFrame, selection: Selection, by: Sequence[str], title: str) -> str:
    """One sentence: the figure itself, or how many groups there are and the ends of their range."""
    states = frame["state"].tolist()
    known = np.flatnonzero(frame["value"].notna())
    if not len(known):
        return _("{title}, {what}: no value is published.").format(title=title, what=selection.words(asked.lists))
    if not by:
        return _("{title}, {what}: {figure}.").format(
            title=title, what=selection.words(asked.lists), figure=_figure(frame.iloc[known[0]])
        )
    solid = [place for place in known if states[place] == ""]
    ends = solid or known
    if len(known) > 1 and all(states[place] == "zero" for place in known):
        return _("{title}, {what}: none in any of {n} groups.").format(
            title=title, what=selection.words(asked.lists), n=len(known)
        )
    high, low = _extremes(frame, ends)
    if len(ends) == 1:
        told = _("{title}, {what}: {group} {figure}.") + (
            _(" The only reliable figure of {n} groups.") if len(frame) > 1 and solid else ""
        )
        return told.format(
            title=title,
            what=selection.words(asked.lists),
            group=_group(asked, high, by),
            figure=_figure(high),
            n=len(frame),
        )
    told = _("{title}, {what}: highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups.")
    if not solid:
        told += " " + _("None of these figures is reliable: too few records, or marked so by the publisher.")
    return told.format(
        title=title,
        what=selection.words(asked.lists),
        n=len(frame),
        low=_figure(low),
        high=_figure(high),
        low_group=_group(asked, low, by),
        high_group=_group(asked, high, by),
    )


def _headline(asked: Cube, frame: pd.DataFrame, selection: Selection, by: Sequence[str], title: str) -> str:
    """What a chart says above itself: the measure, of what, and the ends of its range."""
    states = frame["state"].tolist()
    solid = [place for place in np.flatnonzero(frame["value"].notna()) if states[place] == ""]
    by_words = _(" by {dims}").format(dims=_(" and ").join(dimension(name).label for name in by)) if by else ""
    said = _("{title}{by}, {what}").format(title=title, by=by_words, what=selection.words(asked.lists))
    if len(solid) < 2 or "year" in by:
        return said
    high, low = _extremes(frame, solid)
    return _("{said}: highest {high_group} ({high}), lowest {low_group} ({low})").format(
        said=said,
        low=_value(low),
        high=_value(high),
        low_group=_group(asked, low, by),
        high_group=_group(asked, high, by),
    )


def _extremes(frame: pd.DataFrame, places: Sequence[int]) -> tuple[pd.Series, pd.Series]:
    """Of the rows at `places`, the one with the highest value and the one with the lowest."""
    values = frame["value"].to_numpy(float)[places]
    return frame.iloc[places[values.argmax()]], frame.iloc[places[values.argmin()]]


def _group(asked: Cube, row: pd.Series, by: Sequence[str]) -> str:
    return ", ".join(str(row[n]) if n == "year" else asked.lists[DIMENSIONS[n].axis].label(row[n]) for n in by)


def _value(row: pd.Series) -> str:
    """The value alone; accidents and people, which have no interval, as whole numbers."""
    return f"{row['value']:,.0f}" if pd.isna(row["low"]) and row["value"] % 1 == 0 else digits(row["value"])


def _figure(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return f"{_value(row)} {row['unit']}"
    per = "" if pd.isna(row["per"]) else _(" per {per:,.0f}").format(per=row["per"])  # a ratio has no unit
    limits = (digits(row["value"]), digits(row["low"]), digits(row["high"]))
    return _("{value}{per} ({level:g}% CI {low}–{high})").format(
        value=limits[0], low=limits[1], high=limits[2], per=per, level=100 * row["level"]
    )
