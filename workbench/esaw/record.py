"""The accident record: its 24 variables and the fixed-width layouts that hold them."""

import csv
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from workbench.terms.errors import UnknownName, WorkbenchError
from workbench.terms.places import bundled
from workbench.terms.text import _

LAYOUTS = ("esaw81", "esaw44", "csv", "parquet")
KEYS_WIDTH = 16
"""Characters of case number and geographical location together; how they share them is inferred."""
CODE_LISTS = {
    "type_of_injury": "type_of_injury",
    "part_of_body": "part_of_body",
    "time": "time_of_accident",
    "size_of_enterprise": "size_of_enterprise",
    "nationality": "nationality",
    "employment_status": "employment_status",
    "days_lost": "days_lost",
    "workstation": "workstation",
    "working_environment": "working_environment",
    "working_process": "working_process",
    "specific_physical_activity": "specific_physical_activity",
    "ma_specific_physical_activity": "material_agent",
    "deviation": "deviation",
    "ma_deviation": "material_agent",
    "contact_mode": "contact_mode",
    "ma_contact": "material_agent",
}
"""The code list of each coded variable. Codes of `material_agent` are dotted, the record drops the dot."""
OPTIONAL_DATES = ("date_of_death", "date_of_return")
"""Dates that no layout of 81 characters has, and that a table may carry next to the record."""
VOLUNTARY = frozenset({"time", "size_of_enterprise", "nationality"})
"""Mandatory in the 2001 layout, optional under Regulation (EU) 349/2011."""


@dataclass(frozen=True)
class Variable:
    """One of the 24 variables: key, name, width in records of 81 and of 44 characters, whether it must be sent."""

    key: str
    name: str
    width: int
    width_phase1_2: int
    status: str

    @property
    def codelist(self) -> str | None:
        """The name of its code list; None for numbers, dates, NACE, ISCO and NUTS."""
        return CODE_LISTS.get(self.key)

    @property
    def mandatory(self) -> bool:
        """Whether every record must carry it under the Regulation."""
        return "mandatory" in self.status and self.key not in VOLUNTARY

    @property
    def filler(self) -> str:
        """What an unused optional position holds; the weight's default is 1."""
        return "001000000" if self.key == "weight" else "0" * self.width


@dataclass(frozen=True)
class Layout:
    """Where each variable stands in a record of `length` characters: start (from 0) and end, end excluded."""

    name: str
    case_width: int
    places: dict[str, tuple[int, int]]

    @property
    def length(self) -> int:
        return max(end for _start, end in self.places.values())

    @property
    def phase3(self) -> bool:
        """Whether causes and circumstances and the weight are part of it."""
        return "weight" in self.places


@cache
def variables() -> dict[str, Variable]:
    """The 24 variables of the record.

    Returns
    -------
    dict of str to Variable
        By key, in the order of the record.
    """
    with (bundled("catalogs") / "codelists" / "esaw" / "record_layout.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        r["key"]: Variable(r["key"], r["name_en"], int(r["width_phase3"]), int(r["width_phase1_2"]), r["status_phase3"])
        for r in rows
    }


@cache
def layout(name: str, case_width: int = 11) -> Layout:
    """A fixed-width layout.

    Parameters
    ----------
    name : {"esaw81", "esaw44"}
        The record of phase III, or of phases I and II.
    case_width : int
        Characters of the case number, 11 to 14. The geographical location has the other 5 to 2 of the first 16.

    Returns
    -------
    Layout
        Where each variable stands.

    Raises
    ------
    UnknownName, WorkbenchError
        If there is no such layout, or the split leaves no room for a NUTS code.
    """
    if name not in LAYOUTS[:2]:
        raise UnknownName(_("fixed-width layout"), name, LAYOUTS[:2])
    if not 11 <= case_width <= 14:
        message = _(
            "A case number of {width} characters leaves {left} for the place; a NUTS code has 2 to 5. "
            "Give a width of 11 to 14."
        )
        raise WorkbenchError(message.format(width=case_width, left=KEYS_WIDTH - case_width))

    widths = {v.key: v.width if name == "esaw81" else v.width_phase1_2 for v in variables().values()}
    widths |= {"case_number": case_width, "geographical_location": KEYS_WIDTH - case_width}
    widths = {key: width for key, width in widths.items() if width}
    ends = list(accumulate(widths.values()))
    return Layout(
        name, case_width, {key: (end - width, end) for (key, width), end in zip(widths.items(), ends, strict=True)}
    )


@cache
def unconfirmed() -> dict[str, dict[str, str]]:
    """Codes seen but not confirmed, by code list, each with the reason: they make a record doubtful, not wrong."""
    found: dict[str, dict[str, str]] = {}
    with (bundled("catalogs") / "codelists" / "esaw" / "unconfirmed_codes.csv").open(
        encoding="utf-8", newline=""
    ) as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["classification"], {})[row["code"]] = (
                f"{row['label_en']}: {row['why_not_in_the_main_table']}"
            )
    return found
