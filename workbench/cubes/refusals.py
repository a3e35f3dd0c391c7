"""The refusals when the cells of an axis do not make up what is asked for: what there is, and what to ask instead."""

from collections.abc import Iterable

from workbench.cubes.column import Column
from workbench.cubes.partition import exact_cover
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS, axis_label
from workbench.terms.errors import NotInData, Refused
from workbench.terms.text import _
from workbench.terms.words import some

FEW = 8
"""So many codes of a table are named, if those are all."""
MOST = 12
"""So many codes are named before a list is cut."""


def not_made_up(column: Column, selected: Iterable[str], target: frozenset) -> Refused:
    """Why the codes of a table do not make up what is selected.

    A code is not there; lies inside one that is published as one value; or the selection cuts one.

    Parameters
    ----------
    column : Column
        Of the table.
    selected : iterable of str
        Codes that were asked for.
    target : frozenset
        Their atoms.

    Returns
    -------
    Refused
        To be raised.
    """
    for code in sorted(selected):
        atoms = column.known.members(code)
        if not any(atoms & held for held in column.parts.values()):
            return _absent(column, code)

        around = [c for c, held in column.parts.items() if atoms < held and column.in_one_country(held)]
        if around and not exact_cover(atoms, column.parts):
            narrowest = min(around, key=lambda c: len(column.parts[c]))
            return _inside(column, code, narrowest)

    cut = [c for c, held in column.across(target).items() if column.in_one_country(held)]
    if cut:
        message = _(
            "{selected} cuts {cut}, which these data do not tell apart. There are: {codes}. Ask for whole groups."
        )
        selected = named(column.known, sorted(selected, key=column.known.place))
        codes = some(sorted(column.parts, key=column.known.place), MOST)
        text = message.format(selected=selected, cut=named(column.known, cut), codes=codes)
    else:
        touching = some([code for code, held in column.parts.items() if held & target], MOST)
        message = _("{axis}: what is asked for is not a union of what there is ({codes}). Ask for whole groups.")
        text = message.format(axis=axis_label(column.axis), codes=touching)
    return Refused(text, dimension=column.axis)


def _absent(column: Column, code: str) -> Refused:
    known, present = column.known, column.atoms
    if known.name == "nuts":  # of regions their countries are named
        present = {known.ancestor_at(c, 0) for c in column.parts}
    present = sorted({*present} - {UNKNOWN}, key=known.place)
    message = _("{code} is not in these data: they have {codes}.")
    names = named(known, present) if len(present) <= FEW else some(present, MOST)
    return NotInData(message.format(code=named(known, [code]), codes=names), dimension=column.axis)


def _inside(column: Column, code: str, narrowest: str) -> Refused:
    known = column.known
    words = {"code": code, "cell": named(known, [narrowest]), "ask": narrowest}
    if known.name == "nace" and {known.level(c) for c in column.parts} == {1}:
        text = _("These data are by section; {code} lies in {cell}: ask for {ask}.").format(**words)
    elif len(column.parts) <= FEW:
        parts = some(column.parts, MOST)
        text = _("These data have {parts}; {code} lies in {cell}: ask for {ask}.").format(parts=parts, **words)
    else:
        text = _("{code} lies in {cell}: ask for {ask}.").format(**words)
    return Refused(text, dimension=column.axis)


def overlapping(column: Column, codes: Iterable[str], *, without_total: bool = False) -> Refused:
    """Groups that share members cannot be shown side by side, nor added up.

    Parameters
    ----------
    column : Column
        Of the axis whose groups overlap.
    codes : iterable of str
        Of the groups, the first of which are named.
    without_total : bool
        Whether there is no total to take in their place.

    Returns
    -------
    Refused
        To raise.
    """
    if without_total:
        message = _("The published groups of {axis} overlap ({codes}) and there is no total: choose some of them.")
    else:
        message = _("The published groups of {axis} overlap ({codes}): choose some of them.")
    return Refused(message.format(axis=axis_label(column.axis), codes=some(codes, MOST)), dimension=column.axis)


def joint_cut(column: Column, joint: str, members: Iterable[str]) -> Refused:
    """A joint region is one value: no part of it can be had."""
    message = _("{joint} is published as one value for {members} and cannot be cut: ask for {joint}.")
    return Refused(message.format(joint=joint, members=", ".join(members)), dimension=column.axis)


def not_at_level(column: Column, level: int, published: set[int]) -> Refused:
    """A level that no code of the table reaches.

    Parameters
    ----------
    column : Column
        Of the table.
    level : int
        That was asked for.
    published : set of int
        Levels that the table has.

    Returns
    -------
    Refused
        To be raised.
    """
    levels = {d.level: d for d in DIMENSIONS.values() if d.axis == column.axis}
    as_published = [levels[None]] if None in levels else []
    dimensions = as_published or [levels[found] for found in sorted(published) if found in levels]
    message = _("These data are not told apart by {wanted}. They have {labels}: divide by {names}.")
    text = message.format(
        wanted=levels[level].label,
        labels=", ".join(dim.label for dim in dimensions),
        names=", ".join(dim.name for dim in dimensions),
    )
    return Refused(text, dimension=column.axis)


def no_such_year(name: str, present: tuple[int, ...], span: tuple[int, int]) -> Refused:
    """Years that a cube has nothing of."""
    message = _("{name} has the years {first} to {last}; {selected} lies outside.")
    selected = f"{span[0]}-{span[1]}"
    return NotInData(
        message.format(name=name, first=min(present), last=max(present), selected=selected),
        dimension="year",
    )


def no_table(name: str, axes: set[str], tables: Iterable[tuple[str, ...]]) -> Refused:
    """No table of a cube has all the axes asked for: which it has not at all, or not together.

    Parameters
    ----------
    name : str
        Of the cube.
    axes : set of str
        That were asked for.
    tables : iterable of tuple of str
        The axes of each table.

    Returns
    -------
    Refused
        To be raised.
    """
    tables = list(tables)
    published = {axis for held in tables for axis in held}
    nowhere = sorted(axes - published)
    if nowhere:
        message = _("{name} has no {axes}; it is published by {published}.")
        axes_published = _listed(published)
        return Refused(message.format(name=name, axes=_listed(nowhere), published=axes_published), dimension=nowhere[0])
    # several tables of a publisher often have the same axes
    distinct = dict.fromkeys(_listed(held) for held in tables)
    message = _("{name} has no table by all of {axes} together. It has tables by: {tables}.")
    text = message.format(name=name, axes=_listed(axes), tables="; ".join(distinct))
    return Refused(text, dimension=sorted(axes)[0])


def not_added_up(label: str, axes: list[str]) -> Refused:
    """A published rate or share over several codes, years or groups."""
    message = _(
        "{label} is published as it stands and cannot be added up or averaged. Choose one value of {axes}, or divide "
        "by it."
    )
    return Refused(message.format(label=label, axes=", ".join(map(axis_label, axes))), dimension=axes[0])


def _listed(axes: Iterable[str]) -> str:
    return ", ".join(sorted(axis_label(axis) for axis in axes))


def not_in_edition(known: CodeList, code: object) -> Refused:
    """A code of another edition than that of the data, with the line that recodes a table of one's own."""
    if known.name != "nuts":
        message = _("{code} does not exist in the codes of {list}, which these data use.")
        return Refused(message.format(code=code, list=known.title), dimension=known.name)
    message = _(
        "{code} does not exist in NUTS {edition}, which these data use. A table of your own is brought into another "
        'edition with wb.recode(table, to="NUTS {edition}").'
    )
    return Refused(message.format(code=code, edition=known.edition), dimension=known.name)


def named(known: CodeList, codes: Iterable[str]) -> str:
    """Codes with their labels, where those say more.

    Parameters
    ----------
    known : CodeList
    codes : iterable of str
        Of the list.

    Returns
    -------
    str
    """
    labels = {code: known.label(code) for code in codes}
    return some((f"{code} ({label})" if label != code else code for code, label in labels.items()), MOST)
