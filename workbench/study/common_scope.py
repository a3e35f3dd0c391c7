"""The same years, regions and sectors on both sides of a division: accidents are not divided by people of elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from workbench.cubes.cube import Answer, Cube
from workbench.cubes.selection import Selection
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import some, spans

FEW = 3
"""So few codes are named in what an answer is about."""
MOST = 12
"""So many codes are named in a note."""
FIELDS = {"nuts": "regions", "nace": "sectors"}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a division: its cube, what the cube answered, and the selection that the answer is of."""

    cube: Cube
    answer: Answer
    selection: Selection

    def codes(self, axis: str) -> frozenset[str]:
        """The codes that went in, without the unknown.

        Parameters
        ----------
        axis : str

        Returns
        -------
        frozenset of str
        """
        return frozenset(self.answer.extent[axis]) - {UNKNOWN}

    def atoms(self, axis: str) -> frozenset:
        """What these codes stand for together.

        Parameters
        ----------
        axis : str

        Returns
        -------
        frozenset of str
            Codes of the lowest level.
        """
        return _atoms(self.cube.lists[axis], self.answer.extent[axis])

    def words(self, axis: str) -> str:
        return some(sorted(self.codes(axis)), most=MOST)


@dataclass(frozen=True, kw_only=True)
class CommonScope:
    """The selections of accidents and of people at risk that cover the same years, regions and sectors."""

    accidents: Selection
    people: Selection
    notes: tuple[str, ...]


def common_scope(accidents: Side, people: Side, by: Sequence[str]) -> CommonScope:
    """What both sides of a division have, and notes on what was left out.

    Years, regions and sectors that are neither divided by nor asked for are summed over on both sides. Where a source
    has more of them than the other, only what both have is divided. Regions and sectors that records never name are
    not among them: of these it is not known that nothing happened there.

    Raises
    ------
    Refused
        When both have nothing in common, or years that are asked for have no people at risk.
    """
    divided = {DIMENSIONS[name].axis for name in by}
    restricted = accidents.selection.restricted()
    shared = [axis for axis in accidents.answer.extent if axis in people.answer.extent and axis not in divided]
    notes, changes = [], {"accidents": {}, "people": {}}

    if "year" in shared and set(accidents.answer.extent["year"]) != set(people.answer.extent["year"]):
        years, note = _common_years(accidents, people)
        changes = {"accidents": {"years": years}, "people": {"years": years}}
        notes.append(note)

    # a country that is asked for may be there in part only: many of its regions, but not all
    in_part = {axis for axis, cover in accidents.answer.covers.items() if cover.parts}
    for axis in (axis for axis in FIELDS if axis in shared and (axis not in restricted or axis in in_part)):
        at_work, at_risk = accidents.atoms(axis), people.atoms(axis)
        if at_risk - at_work:
            codes = accidents.codes(axis)
            changes["people"][FIELDS[axis]] = codes
            if len(codes) <= FEW and len(codes) == len(accidents.answer.extent[axis]):
                changes["accidents"][FIELDS[axis]] = codes  # so few that the answer is about them
            notes.append(_only_the_accidents(axis).format(codes=accidents.words(axis)))
        if at_work - at_risk:
            if not at_work & at_risk:
                raise Refused(
                    _nothing_in_common(axis).format(accidents=accidents.words(axis), people=people.words(axis)),
                    dimension=axis,
                )
            narrow = changes["accidents"] | {FIELDS[axis]: people.codes(axis)}
            if _can_answer(accidents, narrow, by):
                changes["accidents"] = narrow
                notes.append(_only_the_people(axis).format(codes=people.words(axis)))
            else:
                notes.append(_too_high(axis).format(codes=people.words(axis)))

    return CommonScope(
        accidents=accidents.selection.but(**changes["accidents"]),
        people=people.selection.but(**changes["people"]),
        notes=tuple(notes),
    )


def _can_answer(side: Side, changes: dict, by: Sequence[str]) -> bool:
    """Whether a narrower selection has an answer; published tables may have no cells of these codes."""
    try:
        side.cube.ask(side.answer.measure.name, side.selection.but(**changes), tuple(by))
    except Refused:
        return False
    return True


def _common_years(accidents: Side, people: Side) -> tuple[tuple[int, int], str]:
    """First and last year that both have, and what is said of the others."""
    counted, at_risk = set(accidents.answer.extent["year"]), set(people.answer.extent["year"])
    both = counted & at_risk
    words = {"accidents": spans(counted), "people": spans(at_risk), "both": spans(both)}
    if not both:
        raise Refused(
            _("The accidents are of {accidents}, the people at risk of {people}: no year has both.").format(**words),
            dimension="year",
        )
    if accidents.selection.years and counted - at_risk:
        raise Refused(
            _("The people at risk do not have {missing}. Ask for {both}, which accidents and people both have.").format(
                missing=spans(counted - at_risk), **words
            ),
            dimension="year",
        )
    first, last = min(both), max(both)
    if any(first <= year <= last for year in counted ^ at_risk):
        raise Refused(
            _(
                "The accidents are of {accidents}, the people at risk of {people}. Ask for one span that both have, "
                "or divide by year."
            ).format(**words),
            dimension="year",
        )
    note = _("Years that accidents and people at risk both have: {both} (accidents {accidents}, people {people}).")
    return (first, last), note.format(**words)


@lru_cache(maxsize=256)
def _atoms(known: CodeList, codes: tuple[str, ...]) -> frozenset:
    """What codes stand for together; without the unknown, and the regions of no place, which few tables have."""
    members = frozenset().union(*(known.members(code) for code in codes if code != UNKNOWN))
    return frozenset(
        atom for atom in members if atom != UNKNOWN and not (known.name == "nuts" and str(atom).endswith("Z"))
    )


def _only_the_accidents(axis: str) -> str:
    if axis == "nuts":
        return _("Only regions that the accidents have are counted on both sides: {codes}.")
    return _("Only sectors that the accidents have are counted on both sides: {codes}.")


def _only_the_people(axis: str) -> str:
    if axis == "nuts":
        return _("Only regions that the people at risk have are counted on both sides: {codes}.")
    return _("Only sectors that the people at risk have are counted on both sides: {codes}.")


def _too_high(axis: str) -> str:
    if axis == "nuts":
        return _(
            "The people at risk are of these regions only, the accidents of more, so the rate is too high: {codes}."
        )
    return _("The people at risk are of these sectors only, the accidents of more, so the rate is too high: {codes}.")


def _nothing_in_common(axis: str) -> str:
    if axis == "nuts":
        return _("Accidents and people at risk have no regions in common: {accidents} and {people}.")
    return _("Accidents and people at risk have no sectors in common: {accidents} and {people}.")
