"""The one list of dimension names: what users write in `by` and `where`, and which code list and level each means."""

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.terms.errors import UnknownName
from workbench.terms.text import _


@dataclass(frozen=True)
class Dimension:
    """A way to divide what is counted.

    `axis` is the column of the rows it reads (`nuts`), `level` the level of the code list it shows (None: as published),
    `event` whether it belongs to the event alone (severity, causes, hour) and so never to the people at risk.
    """

    name: str
    axis: str
    codelist: str
    level: int | None = None
    event: bool = False

    @property
    def label(self) -> str:
        """What people call it: "region (NUTS 2)"."""
        return LABELS.get(self.name, self.name.replace("_", " "))


LABELS = {
    **{f"nuts{n}": _("country") if n == 0 else _("region (NUTS {n})").format(n=n) for n in range(4)},
    "nace1": _("sector (NACE section)"),
    "nace2": _("sector (NACE division)"),
    "isco1": _("occupation (ISCO major group)"),
    "isco2": _("occupation (ISCO sub-major group)"),
    "age_group": _("age"),
    "size": _("size of the enterprise"),
    "status": _("employment status"),
    "activity": _("activity of the victim"),
    "contact": _("contact - mode of injury"),
    "environment": _("working environment"),
    "process": _("working process"),
    "injury": _("type of injury"),
    "body": _("part of body"),
    **{
        f"{name}2": _("{name}, in detail").format(name=name)
        for name in ("activity", "deviation", "contact", "environment", "process")
    },
    **{f"ma_{a}": _("material agent of the {a}").format(a=a) for a in ("activity", "deviation", "contact")},
    **{f"ma_{a}2": _("material agent of the {a}, in detail").format(a=a) for a in ("activity", "deviation", "contact")},
}


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
        *_many(True, severity=("severity", "severity", None), commuting=("commuting", "commuting", None)),
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


def dimension(name: str, its: Iterable[str] = ()) -> Dimension:
    """The dimension called `name`; `its` are those of the data set that is asked, for the answer when there is none.

    Raises
    ------
    UnknownName
        Naming the close ones, those of the data set first.
    """
    if name not in DIMENSIONS:
        here = [n for n, d in DIMENSIONS.items() if any(_holds(DIMENSIONS[own], d) for own in its)]
        others = ", ".join(n for n in DIMENSIONS if n not in here)
        hint = _("This data set has: {here}. Others there are: {others}.") if here else _("There are: {others}.")
        raise UnknownName(
            _("dimension"), name, here or DIMENSIONS, hint=hint.format(here=", ".join(here), others=others)
        )
    return DIMENSIONS[name]


def _holds(own: Dimension, other: Dimension) -> bool:
    """Whether data with the one can be asked by the other: of regions and sectors also by wider ones."""
    return own.axis == other.axis and (own.level is None or other.level is None or other.level <= own.level)
