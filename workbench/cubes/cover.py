"""Which published cells make up a group: exactly, without overlap, or not at all."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.errors import Refused
from workbench.terms.text import _

FEW = 8
"""So many groups are named in a sentence, if that is all."""


def exact_cover(target: frozenset, cells: Mapping[str, frozenset]) -> tuple[str, ...] | None:
    """Codes of `cells` whose atoms make up `target` once each, the widest first; None when there is no such set."""
    whole = next((code for code, atoms in cells.items() if atoms == target), None)
    if whole is not None:
        return (whole,)
    inside = {code: atoms for code, atoms in cells.items() if atoms and atoms <= target}
    if frozenset().union(*inside.values()) != target:
        return None
    holding: dict[object, list[str]] = {}
    for code in sorted(inside, key=lambda c: (-len(inside[c]), c)):
        for atom in inside[code]:
            holding.setdefault(atom, []).append(code)
    order = sorted(target, key=lambda atom: (len(holding[atom]), str(atom)))

    def extend(chosen: tuple[str, ...], covered: frozenset, start: int) -> tuple[str, ...] | None:
        while start < len(order) and order[start] in covered:
            start += 1
        if start == len(order):
            return chosen
        for code in holding[order[start]]:
            if not inside[code] & covered:
                found = extend((*chosen, code), covered | inside[code], start + 1)
                if found:
                    return found
        return None

    return extend((), frozenset(), 0)


def finest(cells: Mapping[str, frozenset]) -> dict[str, frozenset]:
    """The cells that hold no smaller one; of cells with equal atoms the first."""
    kept: dict[str, frozenset] = {}
    for code, atoms in cells.items():
        if atoms and not any(other < atoms for other in cells.values() if other) and atoms not in kept.values():
            kept[code] = atoms
    return kept


def widest(cells: Mapping[str, frozenset]) -> dict[str, frozenset]:
    """The cells that lie in no larger one; of cells with equal atoms the first."""
    kept: dict[str, frozenset] = {}
    for code, atoms in cells.items():
        if atoms and not any(atoms < other for other in cells.values()) and atoms not in kept.values():
            kept[code] = atoms
    return kept


def disjoint(cells: Mapping[str, frozenset]) -> bool:
    """Whether no two cells share an atom."""
    return sum(map(len, cells.values())) == len(frozenset().union(*cells.values()))


@lru_cache(maxsize=4096)
def groups(
    known: CodeList | None,
    codes: tuple[str, ...],
    asked: frozenset | None,
    level: int | None,
    divide: bool,
    complete: bool,
    axis: str,
) -> dict[str, tuple[str, ...]]:
    """Cells of one axis for each group that is asked for.

    Parameters
    ----------
    known : CodeList of the axis
    codes : the codes that the margin has on this axis
    asked : codes of the selection on this axis; None for all
    level : level of the code list to divide by; None divides as published
    divide : whether the axis is divided at all; if not, there is one group, ""
    complete : whether an absent cell is a zero (a cube of records) or a gap (a published table)

    Raises
    ------
    Refused
        Naming the dimension, when the cells do not make up what is asked for.
    """
    atoms = {code: known.members(code) for code in codes}
    if complete:  # in records, a group's own code means "not specified further"
        atoms = {code: frozenset({code}) if code in its else its for code, its in atoms.items()}
    everything = frozenset().union(*atoms.values())
    target = everything if asked is None else frozenset().union(*(_atoms_of(known, code) for code in asked))
    if not divide:
        if asked is None and complete:
            return {"": codes}
        if asked is None:
            return {"": _all_of(known, atoms, everything, axis)}
        cells = _cover(known, target, atoms, complete)
        nowhere = axis == "nuts" and not cells  # a region that records never name is absent, not zero
        if cells is None or nowhere:
            raise _not_made_up(known, asked, target, atoms, axis)
        return {"": cells}
    if level is None and complete and asked is None:
        return {code: (code,) for code in codes}
    if level is None:
        inside = finest({c: a for c, a in atoms.items() if a <= target})
        if not disjoint(inside):
            raise Refused(
                _("The published groups of {axis} overlap ({codes}): restrict {axis}.").format(
                    axis=axis, codes=", ".join(inside)
                ),
                dimension=axis,
            )
        lost = (target & everything) - frozenset().union(*inside.values())
        if asked is not None and (lost or not inside):
            raise _not_made_up(known, asked, target, atoms, axis)
        return {code: (code,) for code in inside}
    return _by_level(known, atoms, target, level, asked, complete, axis)


def _by_level(known, atoms, target, level, asked, complete, axis) -> dict[str, tuple[str, ...]]:
    there = {known.ancestor_at(code, level) for code in atoms} - {UNKNOWN}
    if there and not complete:  # Madrid (ES30) is its own only province (ES300)
        one_of_its_own = {its: code for code in known.at_level(level) for its in [known.members(code)]}
        there |= {one_of_its_own[its] for its in atoms.values() if its in one_of_its_own}
    found: dict[str, tuple[str, ...]] = {}
    for group in (code for code in known.at_level(level) if code in there):
        wanted = known.members(group) & target
        if wanted:
            cells = _cover(known, wanted, atoms, complete)
            if cells:
                found[group] = cells
    if UNKNOWN in atoms and asked is None:
        found[UNKNOWN] = (UNKNOWN,)
    levels = {known.level(code) for code in atoms} - {None}
    if complete and any(its >= level for its in levels):  # what is known, but not so far, keeps its wider code
        found |= {
            code: (code,) for code, its in atoms.items() if its <= target and (known.level(code) or level) < level
        }
    for joint in (code for code in atoms if known.joined(code)):
        members = known.joined(joint)
        own = any(member in found for member in members) or any(atoms[joint] == known.members(group) for group in found)
        if own or not all(known.level(member) == level for member in members) or not atoms[joint] & target:
            continue
        if not atoms[joint] <= target:
            raise Refused(
                _("{axis}: {joint} is published as one value for {members} and cannot be cut: ask for {joint}.").format(
                    axis=axis, joint=joint, members=", ".join(members)
                ),
                dimension=axis,
            )
        found[joint] = (joint,)
    if levels and not set(found) - {UNKNOWN}:
        if asked is not None and (level in levels or not any(its & target for its in atoms.values())):
            raise _not_made_up(known, asked, target, atoms, axis)
        raise Refused(
            _("{axis} is published at level {levels}, not at level {level} ({codes}).").format(
                axis=axis,
                levels=", ".join(map(str, sorted(levels))) or _("of aggregates only"),
                level=level,
                codes=_some(atoms),
            ),
            dimension=axis,
        )
    return found


def _all_of(known: CodeList, atoms: dict[str, frozenset], everything: frozenset, axis: str) -> tuple[str, ...]:
    """The published total where there is one, else disjoint cells."""
    if known.total in atoms:
        return (known.total,)
    for cells in (widest(atoms), finest(atoms)):
        if disjoint(cells):
            return tuple(cells)
    raise Refused(
        _("The published groups of {axis} overlap ({codes}) and there is no total: restrict {axis}.").format(
            axis=axis, codes=_some(atoms)
        ),
        dimension=axis,
    )


def wider_than(target: frozenset, atoms: Mapping[str, frozenset]) -> dict[str, frozenset]:
    """Cells that reach beyond the target: of them it is not known which part belongs to it."""
    return {code: its for code, its in atoms.items() if its & target and not its <= target}


def _cover(known, target, atoms, complete) -> tuple[str, ...] | None:
    """The cells that make up the target; None when none do."""
    if complete:  # an absent cell is a zero; only cells that reach beyond the target are in the way
        inside = tuple(code for code, its in atoms.items() if its <= target)
        return None if not inside and wider_than(target, atoms) else inside
    ignored = {
        a
        for a in target
        if known.name == "nuts" and str(a).endswith("Z") and not any(a in its for its in atoms.values())
    }
    reduced = {code: its - ignored for code, its in atoms.items()} if ignored else atoms
    return exact_cover(frozenset(target - ignored), reduced)


def _atoms_of(known: CodeList, code: str) -> frozenset:
    try:
        return known.members(code)
    except Exception as error:
        where = f"NUTS {known.edition}" if known.name == "nuts" else known.title
        raise Refused(
            _("{code} does not exist in {where}, which these data use.").format(code=code, where=where),
            dimension=known.name,
        ) from error


def _not_made_up(
    known: CodeList, asked: Iterable[str], target: frozenset, atoms: Mapping[str, frozenset], axis: str
) -> Refused:
    """Why the cells do not make up what is asked for: it is not there, or not told apart; and what to ask for instead."""
    cells = {code: its for code, its in atoms.items() if code not in (known.total, UNKNOWN)}
    for code in sorted(asked):
        its = known.members(code)
        if not any(its & other for other in cells.values()):
            there = {known.ancestor_at(c, 0) for c in cells} if known.name == "nuts" else atoms
            there = sorted({*there} - {UNKNOWN}, key=known.place)
            said = _("{code} ({label}) is not in these data: they have {there}.")
            return Refused(said.format(code=code, label=known.label(code), there=_named(known, there)), dimension=axis)
        around = [c for c, other in cells.items() if its < other and _one_country(known, other)]
        if around and not exact_cover(its, cells):
            cell = min(around, key=lambda c: len(cells[c]))
            said = _("{cells}{code} lies in {cell}: ask for {ask}.")
            there = _how(known, cells, axis)
            return Refused(said.format(cells=there, code=code, cell=_named(known, [cell]), ask=cell), dimension=axis)
    touching = [code for code, its in cells.items() if its & target]
    return Refused(
        _("{axis}: what is asked for is not a union of what there is ({codes}). Ask for whole groups.").format(
            axis=axis, codes=_some(touching)
        ),
        dimension=axis,
    )


def _how(known: CodeList, cells: Iterable[str], axis: str) -> str:
    """That they come by section, or which groups they are where these are few."""
    if known.name == "nace" and {known.level(code) for code in cells} == {1}:
        return _("{axis} comes by section; ").format(axis=axis)
    return _("{axis} comes as {codes}; ").format(axis=axis, codes=_some(cells)) if len(cells) <= FEW else f"{axis}: "


def _one_country(known: CodeList, atoms: frozenset) -> bool:
    """Whether a region lies in one country; other lists have none."""
    return known.name != "nuts" or len({str(atom)[:2] for atom in atoms}) == 1


def _named(known: CodeList, codes: Iterable[str]) -> str:
    """Codes with their labels, where those say more."""
    labels = {code: known.label(code) for code in codes}
    return _some(f"{code} ({label})" if label != code else code for code, label in labels.items())


def _some(codes: Iterable[str], most: int = 12) -> str:
    codes = list(codes)
    return ", ".join(codes[:most]) + (", ..." if len(codes) > most else "")
