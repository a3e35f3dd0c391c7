"""The one list of dimension names: what users write in `by` and `where`, and which code list and level each means."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import home, made, replacing
from workbench.terms.text import _, mark, translated


@dataclass(frozen=True)
class Dimension:
    """A way to divide what is counted.

    `axis` is the column of the rows it reads (`nuts`), `level` the level of the code list it shows (None: as
    published), `event` whether it belongs to the event alone (severity, causes, hour), never to the people at risk.
    """

    name: str
    axis: str
    codelist: str
    level: int | None = None
    event: bool = False

    @property
    def label(self) -> str:
        """What people call it, in the reader's language: "region (NUTS 2)"."""
        marked = _LABELS.get(self.name)
        return translated(marked) if marked else self.name.replace("_", " ")


_LABELS = {
    "nuts0": mark("country"),
    "nuts1": mark("region (NUTS 1)"),
    "nuts2": mark("region (NUTS 2)"),
    "nuts3": mark("region (NUTS 3)"),
    "nace1": mark("sector (NACE section)"),
    "nace2": mark("sector (NACE division)"),
    "isco1": mark("occupation (ISCO major group)"),
    "isco2": mark("occupation (ISCO sub-major group)"),
    "sex": mark("sex"),
    "age_group": mark("age"),
    "year": mark("year"),
    "size": mark("size of the enterprise"),
    "status": mark("employment status"),
    "nationality": mark("nationality"),
    "management": mark("management"),
    "severity": mark("severity"),
    "days_lost_band": mark("days lost, in bands"),
    "commuting": mark("commuting"),
    "decision": mark("decision"),
    "death_recognised": mark("death recognised"),
    "hour": mark("hour"),
    "weekday": mark("weekday"),
    "month": mark("month"),
    "reported_after": mark("time from the accident to the report"),
    "day": mark("day"),
    "workstation": mark("workstation"),
    "activity": mark("activity of the victim"),
    "deviation": mark("deviation"),
    "contact": mark("contact - mode of injury"),
    "environment": mark("working environment"),
    "process": mark("working process"),
    "injury": mark("type of injury"),
    "body": mark("part of body"),
    "activity2": mark("activity, in detail"),
    "deviation2": mark("deviation, in detail"),
    "contact2": mark("contact, in detail"),
    "environment2": mark("environment, in detail"),
    "process2": mark("process, in detail"),
    "ma_activity": mark("material agent of the activity"),
    "ma_deviation": mark("material agent of the deviation"),
    "ma_contact": mark("material agent of the contact"),
    "ma_activity2": mark("material agent of the activity, in detail"),
    "ma_deviation2": mark("material agent of the deviation, in detail"),
    "ma_contact2": mark("material agent of the contact, in detail"),
    "question": mark("question"),
    "answer": mark("answer"),
}

_AXES = {"nuts": mark("region"), "nace": mark("sector"), "isco": mark("occupation")}
"""Axes that are no dimension themselves: their dimensions are levels of one code list."""


def axis_label(axis: str) -> str:
    """What people call an axis whatever its level: "region" for `nuts`, "age" for `age_group`.

    Parameters
    ----------
    axis : str
        Such as `nace`, not the name of a dimension (`nace1`).

    Returns
    -------
    str
    """
    return translated(_AXES[axis]) if axis in _AXES else DIMENSIONS[axis].label


def _many(event: bool, **names: tuple[str, str, int | None]) -> Iterable[Dimension]:
    return (Dimension(name, axis, codes, level, event) for name, (axis, codes, level) in names.items())


DIMENSIONS: dict[str, Dimension] = {
    d.name: d
    for d in (
        *_many(False, **{f"nuts{n}": ("nuts", "nuts", n) for n in range(4)}),
        *_many(
            False,
            nace1=("nace", "nace", 1),
            nace2=("nace", "nace", 2),
            isco1=("isco", "isco", 1),
            isco2=("isco", "isco", 2),
        ),
        *_many(
            False, sex=("sex", "sex", None), age_group=("age_group", "age_group", None), year=("year", "year", None)
        ),
        *_many(False, size=("size", "size", None), status=("status", "employment_status", 1)),
        *_many(False, nationality=("nationality", "nationality", None), management=("management", "management", None)),
        *_many(True, severity=("severity", "severity", None), days_lost_band=("severity", "severity", 3)),
        *_many(True, commuting=("commuting", "commuting", None)),
        *_many(
            True,
            decision=("decision", "decision", None),
            death_recognised=("death_recognised", "death_recognised", None),
        ),
        *_many(
            True,
            hour=("hour", "time_of_accident", None),
            weekday=("weekday", "weekday", None),
            month=("month", "open", None),
            reported_after=("reported_after", "reported_after", None),
        ),
        *_many(True, activity=("activity", "specific_physical_activity", 1), deviation=("deviation", "deviation", 1)),
        *_many(True, contact=("contact", "contact_mode", 1), environment=("environment", "working_environment", 1)),
        *_many(True, process=("process", "working_process", 1), workstation=("workstation", "workstation", None)),
        *_many(True, activity2=("activity", "specific_physical_activity", 2), deviation2=("deviation", "deviation", 2)),
        *_many(True, contact2=("contact", "contact_mode", 2), environment2=("environment", "working_environment", 2)),
        *_many(True, process2=("process", "working_process", 2)),
        *_many(True, **{f"ma_{a}": (f"ma_{a}", "material_agent", 1) for a in ("activity", "deviation", "contact")}),
        *_many(True, **{f"ma_{a}2": (f"ma_{a}", "material_agent", 2) for a in ("activity", "deviation", "contact")}),
        *_many(True, injury=("injury", "type_of_injury", 1), body=("body", "part_of_body", 1)),
        *_many(True, question=("question", "open", None), answer=("answer", "open", None), day=("day", "open", None)),
    )
}


EVENT_AXES = frozenset(dim.axis for dim in DIMENSIONS.values() if dim.event)
"""Axes of the event alone: that no record names a code of them is a zero, where it was collected at all."""


OF_ALL = tuple(DIMENSIONS)
"""The dimensions that any table may have; those of a table of one's own come to `DIMENSIONS` as it is read."""


OWN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""How a dimension of a table's own can be called."""


def own_dimension(name: str) -> Dimension:
    """A dimension that only a table of one's own has (department, plant, shift), known by its name from now on.

    Its codes are those of the table, and people at risk have to be given by it too where a rate is divided by it.

    Parameters
    ----------
    name : "department"; or "plant of department" for the level above it, whose groups are made of departments

    Raises
    ------
    Refused
        For a name that could not be typed in `by` or on the command line, or that means something else already.
    """
    name, of, below = name.partition(" of ")
    axis = own_dimension(below).axis if of else name
    if name in DIMENSIONS:
        if DIMENSIONS[name].codelist == "open" and DIMENSIONS[name].axis != axis:
            message = _("{name} is another dimension already: take another name, as in {name}_1.")
            raise Refused(message.format(name=name))
        return DIMENSIONS[name]
    if not OWN_NAME.fullmatch(name) or name in _AXES:
        message = _("{name!r} cannot name a dimension: take small letters, digits and _, as in department or plant_2.")
        raise Refused(message.format(name=name))
    DIMENSIONS[name] = Dimension(name, axis, "open", level=1 if of else None)
    return DIMENSIONS[name]


def stored_dimensions() -> tuple[str, ...]:
    """The dimensions of their own that stored tables of the user's have, as they were noted when these were loaded."""
    try:
        names = json.loads((home() / STORED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(str(name) for name in names)


def remember_dimensions(names: Iterable[str]) -> None:
    """Note dimensions of a stored table's own, so that a question can be put before the table is opened."""
    known = set(stored_dimensions())
    all_names = known.union(names)
    if all_names > known:
        with replacing(made(home()) / STORED) as file:
            file.write_text(json.dumps(sorted(all_names)), encoding="utf-8")


STORED = "dimensions.json"
"""In `home()`: names of dimensions, so that a question can be put before the table that has them is opened."""


def dimension(name: str, in_data: Iterable[str] = ()) -> Dimension:
    """The dimension called `name`.

    Parameters
    ----------
    name : as in `by` and `where`
    in_data : dimensions of the data set that the question is about, which a refusal names first

    Raises
    ------
    UnknownName
        Naming the close ones, those of the data set first.
    """
    if name in DIMENSIONS:
        return DIMENSIONS[name]
    stored = next((own for own in stored_dimensions() if own.partition(" of ")[0] == name), None)
    if stored:
        return own_dimension(stored)

    askable = [n for n, dim in DIMENSIONS.items() if any(_can_show(dimension(own), dim) for own in in_data)]
    others = ", ".join(n for n in OF_ALL if n not in askable)
    if askable:
        hint = _("This data set has: {askable}. Others there are: {others}.").format(
            askable=", ".join(askable), others=others
        )
    else:
        hint = _("There are: {others}. Those of a table's own are known once it is loaded.").format(others=others)
    raise UnknownName(_("dimension"), name, askable or OF_ALL, hint=hint)


def _can_show(own: Dimension, other: Dimension) -> bool:
    """Whether data with the one can be asked by the other: of regions and sectors also by wider ones."""
    return own.axis == other.axis and (own.level is None or other.level is None or other.level <= own.level)
