"""The question in words: a heading, and a chip for each filter that can be taken off."""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection, words_of_ages
from workbench.study.data import origin_of, prepare
from workbench.terms.codes import codelist, label_in_any_edition
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, capital, translated
from workbench.terms.words import span

MANY = 8
"""So many regions or sectors are named one by one; more of them are one chip with their number."""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter in words: `field` and `code` say what taking it off drops; `fixed` why it stays, if it does."""

    text: str
    field: str
    code: str = ""
    fixed: str = ""


def chips(cube: Cube, selection: Selection) -> list[Chip]:
    """The filters of a selection, and what the data set counts unless asked otherwise.

    Parameters
    ----------
    cube : Cube
    selection : Selection

    Returns
    -------
    list of Chip
    """
    sexes = {"M": _("Men"), "F": _("Women")}
    crowded = _crowded(selection)
    selection, whole = selection.but(**dict.fromkeys(crowded, frozenset())), selection
    found = [
        *(Chip(text=text, field=field) for field, text in crowded.items()),
        *(Chip(text=f"{_label(cube, 'nace', c)} ({c})", field="sectors", code=c) for c in sorted(selection.sectors)),
        *(Chip(text=sexes.get(c, c), field="sexes", code=c) for c in sorted(selection.sexes)),
        *(
            [Chip(text=_("Ages {ages}").format(ages=words_of_ages(selection.ages)), field="ages")]
            if selection.ages
            else []
        ),
        *(Chip(text=label_in_any_edition(c), field="regions", code=c) for c in sorted(selection.regions)),
        *([Chip(text=span(*selection.years), field="years")] if selection.years else []),
        *(Chip(text=_label(cube, "severity", c), field="severities", code=c) for c in sorted(selection.severities)),
    ]
    for name, codes in selection.where:
        found += [Chip(text=_with_dimension(cube, name, code), field=name, code=code) for code in sorted(codes)]
    return found + _usual(cube, whole)


def _crowded(selection: Selection) -> dict[str, str]:
    """Fields with more codes than can be read one by one, and their number in words."""
    numbers = {"regions": len(selection.regions), "sectors": len(selection.sectors)}
    words = {"regions": _("{n} regions"), "sectors": _("{n} sectors")}
    return {field: words[field].format(n=n) for field, n in numbers.items() if n > MANY}


def without(selection: Selection, field: str, code: str) -> Selection:
    """The selection after a chip was taken off.

    Parameters
    ----------
    selection : Selection
    field, code : str
        Of the chip; the code "" for all of a field.

    Returns
    -------
    Selection
        The same for a field or code that it does not have.
    """
    if field in ("ages", "years"):
        return selection.but(**{field: None})
    if field in FIELD_OF.values():
        return selection.but(**{field: getattr(selection, field) - {code} if code else frozenset()})
    where: Mapping = dict(selection.where)
    kept = {name: codes - {code} if name == field else codes for name, codes in where.items()}
    return selection.but(where={name: codes for name, codes in kept.items() if codes})


def heading(cube: Cube, selection: Selection) -> str:
    """What is counted, in a few words, where and when: "Accidents at work, EU-27, 2022".

    Parameters
    ----------
    cube : Cube
    selection : Selection

    Returns
    -------
    str
    """
    origin = origin_of(cube)
    restricted = selection.restricted()
    event = _("Accidents at work") if cube.has("accidents") else ""
    if origin is None:
        what, where = event or cube.name, ""
    else:
        spatial = translated(origin.dataset.spatial).split(",")[0]
        what = event or translated(origin.dataset.title)
        where = "" if "nuts" in restricted or spatial in what else spatial
    crowded = _crowded(selection)
    read = selection.but(**dict.fromkeys(crowded, frozenset()))
    words = ", ".join([*crowded.values(), read.words(cube.lists)]) if restricted else _("all years")
    if set(restricted) <= {"year"}:
        what = _("All accidents at work") if event else what
    return ", ".join(capital(part) if not at else part for at, part in enumerate(filter(None, [what, where, words])))


def _usual(cube: Cube, selection: Selection) -> list[Chip]:
    """What the data set counts unless it is asked otherwise: it stands there, and cannot be taken off."""
    usual = dict(prepare(cube, selection, (), built=False).selection.where)
    why = _("Counted unless you ask otherwise.")
    return [
        Chip(text=_with_dimension(cube, name, code), field=name, code=code, fixed=why)
        for name, codes in usual.items()
        if name not in dict(selection.where)
        for code in sorted(codes)
    ]


def _with_dimension(cube: Cube, name: str, code: str) -> str:
    axis = DIMENSIONS[name].axis
    return f"{capital(DIMENSIONS[name].label)}: {_label(cube, axis, code)}"


def _label(cube: Cube, axis: str, code: str) -> str:
    known = cube.lists.get(axis)
    return (
        known.label(code) if known and known.knows(code) else codelist(axis).label(code) if axis in FIELD_OF else code
    )
