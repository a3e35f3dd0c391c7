"""The same years, regions and sectors under both sides of a division: accidents of some are never put over the people of all."""

from collections.abc import Iterable
from functools import lru_cache

from workbench.cubes.cube import Answer, Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import some
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

FEW = 3
"""So few codes are named in what an answer is about."""
FIELDS = {"nuts": "regions", "nace": "sectors"}


def same_ground(
    counted: Answer, people: Answer, asked: Cube, other: Cube, selection: Selection, by: Iterable[str]
) -> tuple[Selection, Selection, list[str]]:
    """The selections of accidents and of people at risk that cover the same ground, and notes on what was left out.

    Years, regions and sectors that are neither divided by nor asked for are summed over on both sides. Where a source
    has more of them than the other, only what both have is divided. Regions and sectors that records never name are
    not among them: of these it is not known that nothing happened there.

    Raises
    ------
    Refused
        When both have nothing in common, or years that are asked for have no people at risk.
    """
    divided = {DIMENSIONS[name].axis for name in by}
    shared = [axis for axis in counted.extent if axis in people.extent and axis not in divided]
    ours, theirs, notes = selection, selection, []
    if "year" in shared and set(counted.extent["year"]) != set(people.extent["year"]):
        years, told = _years(counted, people, selection)
        ours, theirs = ours.but(years=years), theirs.but(years=years)
        notes.append(told)
    for axis in (axis for axis in FIELDS if axis in shared and axis not in selection.restricted()):
        lists = asked.lists[axis], other.lists[axis]
        here, there = (_atoms(known, part.extent[axis]) for known, part in zip(lists, (counted, people), strict=True))
        if there - here:
            codes = _known(counted.extent[axis])
            if len(codes) <= FEW and len(codes) == len(counted.extent[axis]):  # so few that the answer is about them
                ours = ours.but(**{FIELDS[axis]: codes})
            theirs = theirs.but(**{FIELDS[axis]: codes})
            notes.append(
                _("Only {name} that the accidents have are counted on both sides: {codes}.").format(
                    codes=_told(counted, axis), name=_WORDS[axis]
                )
            )
        if here - there:
            if not here & there:
                raise Refused(
                    _("Accidents and people at risk have no {name} in common: {ours} and {theirs}.").format(
                        name=_WORDS[axis], ours=_told(counted, axis), theirs=_told(people, axis)
                    ),
                    dimension=axis,
                )
            try:
                asked.ask(counted.measure.name, ours.but(**{FIELDS[axis]: _known(people.extent[axis])}), tuple(by))
            except Refused:
                told = _(
                    "The people at risk are of these {name} only, the accidents of more, so the rate is too high: {codes}."
                )
            else:
                ours = ours.but(**{FIELDS[axis]: _known(people.extent[axis])})
                told = _("Only {name} that the people at risk have are counted on both sides: {codes}.")
            notes.append(told.format(codes=_told(people, axis), name=_WORDS[axis]))
    return ours, theirs, notes


def _years(counted: Answer, people: Answer, selection: Selection) -> tuple[tuple[int, int], str]:
    """First and last year that both have, and what is said of the others."""
    here, there = set(counted.extent["year"]), set(people.extent["year"])
    both, said = here & there, {"ours": _spans(here), "theirs": _spans(there), "both": _spans(here & there)}
    if not both:
        raise Refused(
            _("The accidents are of {ours}, the people at risk of {theirs}: no year has both.").format(**said),
            dimension="year",
        )
    if selection.years and here - there:
        raise Refused(
            _("The people at risk do not have {missing}. Ask for {both}, which accidents and people both have.").format(
                missing=_spans(here - there), **said
            ),
            dimension="year",
        )
    first, last = min(both), max(both)
    if any(first <= year <= last for year in here ^ there):
        raise Refused(
            _("The accidents are of {ours}, the people at risk of {theirs}. Ask for one span that both have, or divide by year.").format(**said),
            dimension="year",
        )  # fmt: skip
    told = _("Years that accidents and people at risk both have: {both} (accidents {ours}, people {theirs}).")
    return (first, last), told.format(**said)


@lru_cache(maxsize=256)
def _atoms(known: CodeList, codes: tuple[str, ...]) -> frozenset:
    """What codes stand for together; without the unknown, and the regions of no place, which few tables have."""
    members = frozenset().union(*(known.members(code) for code in codes if code != UNKNOWN))
    return frozenset(
        atom for atom in members if atom != UNKNOWN and not (known.name == "nuts" and str(atom).endswith("Z"))
    )


def _known(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(codes) - {UNKNOWN}


def _told(answer: Answer, axis: str) -> str:
    return some(sorted(_known(answer.extent[axis])), most=12)


def _spans(years: Iterable[int]) -> str:
    """`2014 to 2018, 2020`"""
    spans: list[list[int]] = []
    for year in sorted(years):
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(_("{a} to {b}").format(a=s[0], b=s[-1]) if len(s) > 1 else str(s[0]) for s in spans)


_WORDS = {"nuts": _("regions"), "nace": _("sectors")}
