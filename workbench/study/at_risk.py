"""Counts beside the people at risk, group by group: where exposure comes from, and when a division is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.cubes.cube import Answer, Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import some
from workbench.models.rates import incidence_rate
from workbench.study.evidence import Origin, cube
from workbench.study.ground import same_ground
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

EXPOSURES = {"employed": (100_000, _("per 100,000 employed")), "hours": (1_000_000, _("per million hours worked"))}
FEW = 10
"""Under so many records a figure is marked unreliable."""
MUCH = 0.1
"""So large a share of a figure has to carry the publisher's mark of low reliability to make the whole unreliable."""


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """Counts and exposure by group, matched by label, with crude rates; one row per group.

    `selection` is what was asked for with the years that went in, where it named none.
    """

    frame: pd.DataFrame
    selection: Selection
    notes: tuple[str, ...]
    sources: tuple[Mapping, ...]


def at_risk(
    asked: Cube,
    selection: Selection,
    by: Sequence[str],
    *,
    exposure: str | Cube | None = None,
    per: float | None = None,
    level: float = 0.95,
) -> AtRisk:
    """Accidents and the people or hours at risk for each group of `by`, and the crude rate with its interval.

    `selection` and `by` come from `prepared`. Columns: `by`, value low high level method count exposure per unit flag
    flag_share state, and `variance` (sum of squared weights) where the records are weighted.

    Raises
    ------
    Refused
        Naming the dimension, level, edition or sample that does not fit.
    """
    if per is not None and not per > 0:
        raise Refused(_("Rates are per a positive number of people or hours, not per {per}.").format(per=per))
    counted = asked.ask("accidents", selection, by)
    other, name, sources = _exposing(asked, selection, by, exposure)
    people = _people(other, name, selection, by)
    selection, alike, notes = same_ground(counted, people, asked, other, selection, by)
    if alike != selection or notes:
        counted, people = asked.ask("accidents", selection, by), _people(other, name, alike, by)
    _same_groups(counted, people, by)
    usual, words = EXPOSURES[name]
    frame = _divided(asked, counted, people, by, per or usual, level)
    frame["unit"] = words if per in (None, usual) else _("per {per:,} {name}").format(per=per, name=name)
    notes = [*notes, *counted.notes, *people.notes, *_about_exposure(asked, bool(sources), exposure)]
    selection, pooled = with_years(selection, counted, by)
    pooled += [_("People at risk of several years are added up: person-years.")] if pooled else []
    return AtRisk(frame=frame, selection=selection, notes=(*pooled, *notes), sources=sources)


def with_years(selection: Selection, answer: Answer, by: Sequence[str]) -> tuple[Selection, list[str]]:
    """The selection with the years that an answer adds up, where it named none, and a note that it adds them up."""
    years = answer.extent.get("year", ())
    if "year" in by or not years:
        return selection, []
    first, last = min(years), max(years)
    note = _("{first} to {last} are taken together.").format(first=first, last=last)
    return (selection if selection.years else selection.but(years=(first, last))), [note] if len(years) > 1 else []


def listed(by: str | Sequence[str]) -> tuple[str, ...]:
    """Dimension names as a tuple; one name alone will do."""
    return (by,) if isinstance(by, str) else tuple(by)


def prepared(
    asked: Cube, selection: Selection | None, by: Sequence[str]
) -> tuple[Selection, tuple[str, ...], list[str]]:
    """The selection with the entry's defaults added, the checked dimensions, and the notes that go with both."""
    selection, by, notes = selection or Selection(), listed(by), []
    origin = asked.source
    its = origin.dataset.dimensions if isinstance(origin, Origin) else ()
    axes = [dimension(name, its).axis for name in by]
    if len(set(axes)) < len(axes):
        raise Refused(_("{by} divides by one dimension twice.").format(by=", ".join(by)), dimension=by[-1])
    if isinstance(origin, Origin):
        restricted = set(selection.restricted()) | set(axes)
        added = {
            name: codes
            for name, codes in origin.dataset.defaults.items()
            if DIMENSIONS[name].axis not in restricted and DIMENSIONS[name].axis in asked.axes
        }
        if added:
            selection = selection.but(where={**dict(selection.where), **added})
            told = "; ".join(
                f"{DIMENSIONS[name].label} {', '.join(asked.lists[DIMENSIONS[name].axis].label(c).lower() for c in codes)}"
                for name, codes in added.items()
            )
            notes.append(_("Counted unless you ask otherwise: {defaults} only.").format(defaults=told))
    return selection, by, notes


def states(frame: pd.DataFrame, value: pd.Series, records: pd.Series) -> list[str]:
    """ "", "zero", "missing", "withheld" or "unreliable" for each row."""
    figures, flags = value.to_numpy(float), frame["flag"].fillna("").tolist()
    marked = np.array(["u" in flag for flag in flags], bool) & (frame["flag_share"].to_numpy(float) >= MUCH)
    found = np.select(
        [
            np.isnan(figures) & np.array(["c" in flag for flag in flags], bool),
            np.isnan(figures),
            figures == 0,
            marked | (records.to_numpy(float) < FEW),
        ],
        ["withheld", "missing", "zero", "unreliable"],
        default="",
    )
    return found.tolist()


def exposure_name(asked: Cube) -> str | None:
    return asked.source.dataset.exposure if isinstance(asked.source, Origin) else None


def _exposing(
    asked: Cube, selection: Selection, by: Sequence[str], exposure: str | Cube | None
) -> tuple[Cube, str, tuple[Mapping, ...]]:
    """The cube with the people or hours at risk, the source's own or of the entry that is named; its measure; its sources."""
    wanted = exposure or exposure_name(asked)
    own = next((name for name in EXPOSURES if asked.has(name)), None)
    if wanted in (None, "self"):
        if own is None:
            raise Refused(
                _(
                    "{name} has no exposure: no people or hours to divide by. Name an entry with exposure=, or ask for counts."
                ).format(name=asked.name)
            )
        other, sources = asked, ()
    else:
        if isinstance(asked.source, Origin) and asked.source.sample:
            raise Refused(
                _(
                    "{name} is a sample here: {why} Dividing it by all employed would give a rate without meaning. Ask for counts, or load the full files."
                ).format(name=asked.name, why=_("its counts per year are not the true counts.")),
                dimension="coverage",
            )
        other = cube(wanted)
        own = next((name for name in EXPOSURES if other.has(name)), None)
        if own is None:
            raise Refused(_("{name} holds neither people employed nor hours worked.").format(name=other.name))
        sources = (other.source.source(),) if isinstance(other.source, Origin) else ()
        if {_synthetic(asked), _synthetic(other)} == {True, False}:
            raise Refused(
                _("Observed and synthetic data are never divided by each other: {ours} and {theirs}.").format(
                    ours=asked.name, theirs=other.name
                )
            )
        _same_edition(asked, other, selection, by)
    return other, own, sources


def _people(other: Cube, name: str, selection: Selection, by: Sequence[str]) -> Answer:
    """People or hours at risk for the groups of `by` that are not of the event alone."""
    try:
        return other.ask(name, without_events(selection), [n for n in by if not DIMENSIONS[n].event])
    except Refused as refusal:
        raise Refused(
            _("The exposure does not fit. {why}").format(why=refusal), dimension=refusal.dimension
        ) from refusal


def _same_groups(counted: Answer, people: Answer, by: Sequence[str]) -> None:
    """Refused when accidents and people are both divided by a dimension, but into other groups."""
    for name in (n for n in by if n in people.frame):
        if counted.frame[name].equals(people.frame[name]):
            continue
        ours, theirs = (set(answer.frame[name].dropna()) - {UNKNOWN} for answer in (counted, people))
        if ours and theirs and not ours & theirs:
            raise Refused(
                _("The exposure does not fit. The people at risk come by other groups of {name}: {theirs}, the accidents by {ours}.").format(
                    name=dimension(name).label, theirs=some(sorted(map(str, theirs))), ours=some(sorted(map(str, ours)))
                ),
                dimension=name,
            )  # fmt: skip


def without_events(selection: Selection) -> Selection:
    """A selection less what concerns the event alone."""
    kept = {name: codes for name, codes in selection.where if not DIMENSIONS[name].event}
    return selection.but(severities=(), where=kept)


def _same_edition(asked: Cube, other: Cube, selection: Selection, by: Sequence[str]) -> None:
    regional = any(DIMENSIONS[name].axis == "nuts" and name != "nuts0" for name in by) or any(
        len(code) > 2 for code in selection.regions
    )
    ours, theirs = asked.lists.get("nuts"), other.lists.get("nuts")
    if regional and ours and theirs and ours.edition != theirs.edition:
        raise Refused(
            _("The accidents use NUTS {ours}, the exposure {name} NUTS {theirs}: recode one of them first.").format(
                ours=ours.edition, theirs=theirs.edition, name=other.name
            ),
            dimension="nuts",
        )


def _divided(asked: Cube, counted: Answer, people: Answer, by: Sequence[str], per: float, level: float) -> pd.DataFrame:
    """Counts over exposure with limits, state and the flags of both, one row per group."""
    frame = _matched(asked, counted, people, by)
    exposure = frame["exposure"].where(frame["exposure"] > 0)
    rate = incidence_rate(frame["accidents"], exposure, per=per, level=level, variance=frame.get("variance"))
    flags = zip(frame["flag"].fillna("").tolist(), frame["exposure_flag"].fillna("").tolist(), strict=True)
    shares = np.fmax(frame["flag_share"].to_numpy(float), frame["exposure_share"].to_numpy(float))
    made = {"flag": ["".join(sorted({*ours, *theirs})) for ours, theirs in flags], "flag_share": np.nan_to_num(shares)}
    kept = {name: its for name, its in frame.items() if name not in {"exposure", *made}}
    frame = pd.DataFrame({**kept, **dict(rate.items()), **made})
    frame["state"] = states(frame, frame["value"], records_of(frame, frame["count"]))
    return frame


def _matched(asked: Cube, counted: Answer, people: Answer, by: Sequence[str]) -> pd.DataFrame:
    """Counts beside exposure, matched by label; a group that is at risk but absent from complete records has zero."""
    told = {"exposure": people.measure.name, "exposure_flag": "flag", "exposure_share": "flag_share"}
    keys = [name for name in by if not DIMENSIONS[name].event]
    if not keys:
        return counted.frame.assign(**{name: people.frame[own].iloc[0] for name, own in told.items()})
    if len(keys) == len(by) and all(counted.frame[name].equals(people.frame[name]) for name in keys):
        return counted.frame.assign(**{name: people.frame[own] for name, own in told.items()})  # as is usual
    complete = any(m.complete for m in asked.margins if m.name == counted.margin)
    how = "outer" if complete and len(keys) == len(by) else "left"
    at_risk = people.frame[[*keys, *told.values()]].rename(columns={own: name for name, own in told.items()})
    frame = counted.frame.merge(at_risk, on=keys, how=how, sort=False)
    if complete:
        frame = frame[_covered(asked, frame, keys)].reset_index(drop=True)
        absent = frame["accidents"].isna() & frame["missing"].isna()
        there = [name for name in ("accidents", "records", "variance") if name in frame]
        frame = frame.assign(**{name: frame[name].mask(absent, 0.0) for name in there})
    return frame


def _covered(asked: Cube, frame: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Rows whose groups occur in the records at all: of the others it is not known that nothing happened there."""
    inside = pd.Series(True, index=frame.index)
    for name in keys:
        inside &= frame[name].isin(asked.groups("accidents", name))
    return inside


def _synthetic(asked: Cube) -> bool | None:
    """Whether a cube's data are generated; None for a cube of the user's own, which says nothing of it."""
    return asked.source.synthetic if isinstance(asked.source, Origin) else None


def records_of(frame: pd.DataFrame, count: pd.Series) -> pd.Series:
    return frame.get("records", count)


def _about_exposure(asked: Cube, elsewhere: bool, exposure: str | None) -> list[str]:
    notes = [_("Exposure is treated as known without error.")]
    origin = asked.source
    if isinstance(origin, Origin) and elsewhere:
        basis = cube(exposure or origin.dataset.exposure).source.dataset.place_basis
        if basis != origin.dataset.place_basis:
            notes.append(
                _(
                    "Accidents are placed by {ours}, exposure by {theirs}: regions where people commute are biased."
                ).format(ours=origin.dataset.place_basis, theirs=basis)
            )
    return notes
