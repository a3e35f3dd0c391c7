"""What can be chosen of a cube: a field for each dimension, with its tree of codes, or its first and last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection
from workbench.study.data import prepare
from workbench.terms.ages import age_limits
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS, axis_label
from workbench.terms.errors import Refused, UnknownCode
from workbench.terms.labels import EUROSTAT_COUNTRIES
from workbench.terms.text import _, capital

BEFORE_CONTACT = ("workstation", "environment", "process", "activity", "ma_activity", "deviation", "ma_deviation")
"""The causes in the order in which an accident happens (ESAW methodology 2012, phase III), up to the contact."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "region": ("nuts",),
    "sector": ("nace",),
    "demographics": ("sex", "age_group", "status", "nationality", "isco", "size"),
    "years": ("year",),
    "severity": ("severity",),
    "causes": (*BEFORE_CONTACT, "contact", "ma_contact", "injury", "body"),
}
"""The axes of each picker; what a cube has besides stands in the picker of all of them."""
SPANS = {"age_group": "ages", "year": "years"}
"""Axes that are chosen as first and last, with their field of a Selection."""
SINGLE = ("question", "answer", "day")
"""Axes of which one code is chosen: shares are not added up."""
PRODUCTION = ("B", "C", "D", "E", "F")
"""Industry with construction: what Eurostat publishes as B-E and F (Structural business statistics, NACE Rev. 2)."""

MOST = 5_000
"""So many codes of a dimension are listed at most: all regions of Europe are 2,000, and a screen takes no millions."""


@dataclass(frozen=True)
class Option:
    """A code that can be ticked; `members` are the smallest parts that it has among those of the cube."""

    code: str
    label: str
    parent: str  # "" at the top
    level: int | None
    members: frozenset = field(repr=False)
    all_members: frozenset = field(repr=False)  # those of its list, whether the cube has them or not
    aliases: str = ""  # other words to find it by
    language: str = ""  # "en" where the label is English for want of another


@dataclass(frozen=True)
class Shortcut:
    """Several codes that are ticked together."""

    label: str
    codes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Field:
    """One dimension to choose from: `name` is its field of a Selection, or its dimension in `where`."""

    name: str
    axis: str
    title: str
    options: tuple[Option, ...] = ()
    limits: tuple[tuple[int, int], ...] = ()  # of a span: first and last of each band, or each year twice
    usual: frozenset[str] = frozenset()  # what the entry counts unless asked otherwise
    shortcuts: tuple[Shortcut, ...] = ()
    note: str = ""  # what has to be said of the options

    @property
    def is_span(self) -> bool:
        """Whether first and last are chosen, and not codes."""
        return self.axis in SPANS

    @property
    def single(self) -> bool:
        """Whether one code at most is chosen."""
        return self.axis in SINGLE

    @cached_property
    def by_code(self) -> dict[str, Option]:
        """The options by their codes."""
        return {option.code: option for option in self.options}

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """The codes under each code; under "" those at the top."""
        found: dict[str, list[str]] = {}
        for option in self.options:
            found.setdefault(option.parent, []).append(option.code)
        return {parent: tuple(codes) for parent, codes in found.items()}

    def chosen(self, selection: Selection) -> frozenset[str]:
        """The codes that a selection asks for, or those that the entry counts where it asks for none."""
        return frozenset(selection.restricted().get(self.axis, self.usual))

    def choose(self, selection: Selection, codes: frozenset[str]) -> Selection:
        """A selection with other codes in this field.

        Parameters
        ----------
        selection : Selection
        codes : frozenset of str
            None of them means all; of a field with usual codes all are then named.

        Returns
        -------
        Selection

        Raises
        ------
        UnknownCode
            For a code that its list does not have.
        """
        if self.name in FIELD_OF.values():
            return selection.but(**{self.name: codes})
        if self.usual and not codes:
            codes = frozenset(self.by_code)
        others = {name: held for name, held in selection.where if DIMENSIONS[name].axis != self.axis}
        return selection.but(where={**others, **({self.name: codes} if codes else {})})

    def without(self, selection: Selection) -> Selection:
        """A selection that asks for everything in this field."""
        if not self.usual and self.axis not in selection.restricted():
            return selection
        if self.is_span:
            return selection.but(**{self.name: None})
        return self.choose(selection, frozenset())


def fields_of(cube: Cube, parts: Sequence[str] = ()) -> tuple[Field, ...]:
    """The fields of some parts that a cube has, or all of its fields with something to choose.

    Parameters
    ----------
    cube : Cube
    parts : sequence of str
        Of PARTS; none for all, a survey's question before them and other dimensions after them.

    Returns
    -------
    tuple of Field

    Raises
    ------
    Refused
        When the cube has no dimension of the parts.
    """
    wanted = [axis for part in parts or PARTS for axis in PARTS[part]]
    if not parts:
        rest = cube.axes - set(wanted)
        wanted = [*(axis for axis in SINGLE if axis in rest), *wanted, *sorted(rest - set(SINGLE))]
    usual = {DIMENSIONS[name].axis: codes for name, codes in prepare(cube, Selection(), ()).selection.where}
    found = [_field(cube, axis, usual.get(axis, frozenset())) for axis in wanted if axis in cube.axes]
    if not found:
        message = _("{cube} is not divided by {wanted}. It has: {axes}.")
        names = [", ".join(axis_label(axis) for axis in axes) for axes in (wanted, sorted(cube.axes))]
        raise Refused(message.format(cube=cube.name, wanted=names[0], axes=names[1]))
    return tuple(field for field in found if parts or max(len(field.options), len(field.limits)) > 1)


def _field(cube: Cube, axis: str, usual: frozenset[str]) -> Field:
    title = capital(axis_label(axis))
    if axis == "year":
        return Field("years", axis, _("Years"), limits=tuple((year, year) for year in cube.codes("year")))
    if axis == "age_group":
        bands = [age_limits(code) for code in cube.codes(axis) if code not in {UNKNOWN, cube.lists[axis].total}]
        return Field("ages", axis, title, limits=tuple(sorted(bands)))

    known = cube.lists[axis]
    present = [code for code in cube.codes(axis) if code not in {UNKNOWN, known.total}]
    options = _options(known, present[:MOST], axis)
    note = ""
    if len(present) > MOST:
        note = _("Listed are {n:,} of {all:,} codes. Ask for others by code, with wb.Selection.")
        note = note.format(n=MOST, all=len(present))
    name = FIELD_OF.get(axis) or (
        axis if axis in DIMENSIONS else next(n for n, d in DIMENSIONS.items() if d.axis == axis)
    )
    shortcuts = _shortcuts(axis, options, known)
    return Field(name, axis, title, options, usual=frozenset(usual), shortcuts=shortcuts, note=note)


def _options(known: CodeList, present: list[str], axis: str) -> tuple[Option, ...]:
    """The codes that there are and those above them; joint values stand where their members would."""
    joint = [code for code in present if known.joined(code)]
    wanted = set(present) | {up for code in present for up in known.ancestors(code)}
    for code in joint:  # of Bolzano and Trento together neither can be had
        wanted -= {m for m in known.joined(code) if m not in present and not set(known.children(m)) & wanted}
    if axis != "nuts":
        wanted -= _lone_parents(known, wanted, set(present))

    atoms = frozenset().union(*(_members(known, code) for code in present))
    ordered = [code for code in known.codes() if code in wanted]
    return tuple(_option(known, code, wanted, atoms) for code in [*ordered, *joint])


def _option(known: CodeList, code: str, wanted: set[str], atoms: frozenset) -> Option:
    held = _members(known, code)
    parents = {
        next((up for up in known.ancestors(member) if up in wanted), "") for member in known.joined(code) or (code,)
    }
    country = {own: iso for iso, own in EUROSTAT_COUNTRIES.items()}.get(code, "") if known.name == "nuts" else ""
    level = known.level((known.joined(code) or (code,))[0])
    parent = parents.pop() if len(parents) == 1 else ""
    return Option(code, known.label(code), parent, level, held & atoms, held, country, known.label_language(code))


def _members(known: CodeList, code: str) -> frozenset:
    """The atoms of a code; of regions without the extra-regio ones, which few tables publish."""
    try:
        held = known.members(code)
    except UnknownCode:
        return frozenset({code})
    inside = frozenset(atom for atom in held if not str(atom).endswith("Z")) if known.name == "nuts" else held
    return inside or held


def _lone_parents(known: CodeList, wanted: set[str], present: set[str]) -> set[str]:
    """Codes that the cube itself has not, with one code under them: that one says the same in fewer lines."""
    return {code for code in wanted - present if len(set(known.children(code)) & wanted) == 1}


def _shortcuts(axis: str, options: tuple[Option, ...], known: CodeList) -> tuple[Shortcut, ...]:
    """Sectors that are often asked for together, where the cube has each of them."""
    if axis != "nace":
        return ()
    codes_present = {option.code for option in options}
    several = [
        Shortcut(_("All production (B to F)"), PRODUCTION),
        Shortcut(_("Industry (B to E)"), known.joined("B-E")),
        Shortcut(_("Services (G to U)"), tuple(code for code in known.joined("G-U") if code in codes_present)),
    ]
    return tuple(one for one in several if len(one.codes) > 1 and set(one.codes) <= codes_present)
