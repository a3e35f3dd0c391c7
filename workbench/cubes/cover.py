"""Which cells of a table make up each group that is asked for: exactly, without overlap, or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.cubes import refusals
from workbench.cubes.column import Column, column_of
from workbench.cubes.partition import disjoint, finest, union, widest
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import EVENT_AXES
from workbench.terms.errors import UnknownCode

FATAL = "FAT"
"""The one severity that every register collects: where no record has it, nobody died."""
PLACES_AND_SCOPE = ("nuts", "severity")
"""Axes of which records may hold only a part of a code: one region of a country, accidents of four days or over."""


@dataclass(frozen=True)
class Question:
    """What is asked of one axis: the codes selected (None for all), whether it is divided, and by which level.

    `level` None divides by the codes as they are published.
    """

    axis: str
    codes: frozenset[str] | None = None
    divided: bool = False
    level: int | None = None


@dataclass(frozen=True)
class Cover:
    """The cells that answer a question on one axis.

    Attributes
    ----------
    groups : the codes of the cells of each group; one group, "", where the axis is not divided
    unspecified : codes of records that are known less precisely than the selection and so are not counted
    unshown : codes inside the selection that have no group at the level divided by
    unrecorded : selected codes that no record has, so that they count zero
    parts : selected codes of which the records have a part only, each with the codes that they have
    """

    groups: Mapping[str, tuple[str, ...]]
    unspecified: tuple[str, ...] = ()
    unshown: tuple[str, ...] = ()
    unrecorded: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache(maxsize=4096)
def cover(known: CodeList, codes: tuple[str, ...], complete: bool, question: Question) -> Cover:
    """The cells of one axis for each group that is asked for.

    Finds what the selection stands for, refuses what these codes cannot answer, then lays out the groups.

    Parameters
    ----------
    known : code list of the axis
    codes : the codes that the table has on this axis
    complete : whether an absent cell is a zero (a cube of records) or a gap (a published table)
    question : what is selected on the axis, and how it is divided

    Raises
    ------
    Refused
        Naming the dimension, when the cells do not make up what is asked for: a code that is not there, a band or
        group that the selection cuts, groups that overlap, a level that is not published.
    """
    column = column_of(question.axis, known, codes, complete)
    if question.codes is None:
        return _everything(column, question)

    target = _target(known, question.codes)
    if not complete:
        return _published(column, question, target)

    absent = [code for code in sorted(question.codes) if not union(column.atoms) & _target(known, [code])]
    if any(not _is_zero(question.axis, code) for code in absent):
        raise refusals.not_made_up(column, question.codes, target)

    cut, unspecified = _across(column, target)
    if cut:
        raise refusals.not_made_up(column, question.codes, target)

    groups = _groups(column, question, target)
    if not groups:
        raise refusals.not_made_up(column, question.codes, target)
    return Cover(
        groups,
        unspecified=unspecified,
        unrecorded=(*absent, *_holes(column, target)),
        parts=_parts(column, question) if question.axis in PLACES_AND_SCOPE else {},
    )


def _everything(column: Column, question: Question) -> Cover:
    """The cover of a question without a restriction."""
    if column.complete and not question.divided:
        return Cover({"": column.codes})
    if column.complete and question.level is None:
        return Cover({code: (code,) for code in column.codes})
    if not question.divided:
        return Cover({"": _all_of(column)})

    target = union(column.atoms)
    groups = _groups(column, question, target)
    return Cover(groups, unshown=_unshown(column, question, target, groups))


def _published(column: Column, question: Question, target: frozenset) -> Cover:
    """The cover of a selection on a published table: exact, or refused."""
    if not question.divided:
        cells = column.making_up(target)
        if cells is None:
            raise refusals.not_made_up(column, question.codes, target)
        return Cover({"": cells})

    groups = _groups(column, question, target)
    covered = _covered(column, groups)
    if question.level is None:
        without_group = [question.codes] if target & union(column.atoms) - covered or not groups else []
    else:  # a code may have groups at the level although some of its regions are not published
        without_group = [[code] for code in sorted(question.codes) if not covered & _target(column.known, [code])]
    for codes in without_group:
        raise refusals.not_made_up(column, codes, _target(column.known, codes))
    return Cover(groups, unshown=_unshown(column, question, target, groups))


def _groups(column: Column, question: Question, target: frozenset) -> dict[str, tuple[str, ...]]:
    """The cells of each group inside `target`."""
    if not question.divided:
        return {"": column.making_up(target) or ()}
    if question.level is not None:
        return _by_level(column, question, target)

    inside = column.inside(target) if column.complete else finest(column.inside(target))
    if not column.complete and not disjoint(inside):
        raise refusals.overlapping(column, inside)
    return {code: (code,) for code in inside}


def _by_level(column: Column, question: Question, target: frozenset) -> dict[str, tuple[str, ...]]:
    """The cells of each code of one level: codes of the list, then unknown, wider and joint codes as they are.

    Raises
    ------
    Refused
        When no code has cells at that level.
    """
    known, level = column.known, question.level
    groups: dict[str, tuple[str, ...]] = {}
    for code in _codes_of_level(column, level):
        cells = column.making_up(known.members(code) & target) if known.members(code) & target else None
        if cells:
            groups[code] = cells

    if UNKNOWN in column.atoms and question.codes is None:
        groups[UNKNOWN] = (UNKNOWN,)
    if column.complete:
        groups |= _wider_codes(column, level, target)
    groups |= _joint_codes(column, level, target, groups)

    published = {known.level(code) for code in column.codes} - {None}
    if published and not groups.keys() - {UNKNOWN}:
        in_reach = target & union(column.atoms)
        if question.codes is not None and (level in published or not in_reach):
            raise refusals.not_made_up(column, question.codes, target)
        raise refusals.not_at_level(column, level, published)
    return groups


def _codes_of_level(column: Column, level: int) -> list[str]:
    """The codes of a level that the table can have cells for, in the order of their list."""
    known = column.known
    present = {known.ancestor_at(code, level) for code in column.codes} - {UNKNOWN}
    if present and not column.complete:  # Madrid (ES30) is published as a region only, and is its own only province
        of_atoms = {known.members(code): code for code in known.at_level(level)}
        present |= {of_atoms[held] for held in column.atoms.values() if held in of_atoms}
    return [code for code in known.at_level(level) if code in present]


def _wider_codes(column: Column, level: int, target: frozenset) -> dict[str, tuple[str, ...]]:
    """Codes of records that are known, but not as far as `level`: they keep their wider code."""
    levels = {code: column.known.level(code) for code in column.codes}
    if not any(found is not None and found >= level for found in levels.values()):
        return {}
    inside = column.inside(target)
    return {code: (code,) for code in inside if levels[code] is not None and levels[code] < level}


def _joint_codes(
    column: Column, level: int, target: frozenset, groups: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Joint codes (`ITH1+ITH2`, `B-E`) whose members are of the level and have no groups of their own."""
    known, found = column.known, {}
    for joint in (code for code in column.codes if known.joined(code)):
        members, held = known.joined(joint), column.atoms[joint]
        has_own_group = any(member in groups for member in members) or any(
            held == known.members(group) for group in groups
        )
        if has_own_group or not held & target or any(known.level(member) != level for member in members):
            continue
        if not held <= target:
            raise refusals.joint_cut(column, joint, members)
        found[joint] = (joint,)
    return found


def _all_of(column: Column) -> tuple[str, ...]:
    """The published total where there is one, else codes that share nothing: the widest, or the finest."""
    if column.known.total in column.atoms:
        return (column.known.total,)
    for codes in (widest(column.atoms), finest(column.atoms)):
        if disjoint(codes):
            return tuple(codes)
    raise refusals.overlapping(column, column.codes, without_total=True)


def _target(known: CodeList, codes: Iterable[str]) -> frozenset:
    """The atoms of selected codes together."""
    try:
        return frozenset().union(*(known.members(code) for code in codes))
    except UnknownCode as error:
        raise refusals.not_in_edition(known, error.code) from error


def _covered(column: Column, groups: Mapping[str, tuple[str, ...]]) -> frozenset:
    return frozenset().union(*(column.atoms[code] for codes in groups.values() for code in codes))


def _is_zero(axis: str, code: str) -> bool:
    """Whether a code that no record has counts zero, and is not merely outside what the records are of.

    That no record is of a country or sector says nothing of it; and a register without any accident of up to three
    days does not collect them.
    """
    return axis in EVENT_AXES and (axis != "severity" or code == FATAL)


def _across(column: Column, target: frozenset) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of records that the selection cuts, and those that only say less than it: they hold finer codes."""
    across = column.across(target)
    unspecified = tuple(code for code, held in across.items() if any(other < held for other in column.parts.values()))
    return tuple(code for code in across if code not in unspecified), unspecified


def _holes(column: Column, target: frozenset) -> tuple[str, ...]:
    """Ages inside the selection that no record has, as bands."""
    if column.axis != "age_group":
        return ()
    bands: list[list[int]] = []
    for age in sorted(target - union(column.atoms)):
        if bands and age == bands[-1][1] + 1:
            bands[-1][1] = age
        else:
            bands.append([age, age])
    return tuple(f"Y{low}-{high}" for low, high in bands)


def _parts(column: Column, question: Question) -> dict[str, tuple[str, ...]]:
    """Selected codes of which the records have a part only, each with the codes that there are in it."""
    found = {}
    for code in sorted(question.codes):
        atoms = column.in_regions(_target(column.known, [code]))
        inside = {part: held for part, held in column.parts.items() if held <= atoms}
        if inside and atoms - union(inside):
            found[code] = tuple(widest(inside))
    return found


def _unshown(
    column: Column, question: Question, target: frozenset, groups: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What a published table has inside `target` but not in any group: its own codes where they are wholly left out.

    Spain's provinces leave out the Balearics (ES53) and the Canaries (ES70), whose islands are not told apart.
    """
    if column.complete:
        return ()
    wanted = {code: held for code, held in column.parts.items() if held <= target and column.in_one_country(held)}
    lost = column.in_regions(union(wanted) - _covered(column, groups) - {UNKNOWN})

    whole = widest({code: held for code, held in wanted.items() if held and held <= lost})
    rest = lost - union(whole)
    if question.level is None:
        around = {code: held for code, held in wanted.items() if held & rest}
        return (*whole, *finest(around))
    known = column.known
    return (*whole, *(code for code in known.at_level(question.level) if known.members(code) <= rest))


def cover_years(name: str, present: tuple[int, ...], span: tuple[int, int] | None, divided: bool) -> Cover:
    """The years of a table that lie in a span, together or each a group.

    Raises
    ------
    Refused
        When the cube `name` has none of these years.
    """
    first, last = span or (min(present), max(present))
    years = tuple(year for year in present if first <= year <= last)
    if not years:
        raise refusals.no_such_year(name, present, (first, last))
    return Cover({year: (year,) for year in years} if divided else {"": years})
