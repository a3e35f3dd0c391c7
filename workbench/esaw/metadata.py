"""Metadata of a delivery of ESAW records: the eight parts of Annex III, and whether the data came in time.

The parts are those of Regulation (EU) 349/2011, Annex III; their English titles and the form of the file are our own.
What is wrong with a part is worked out in `metadata_parts`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from workbench.esaw.metadata_parts import PARTS
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, UnknownCode, shown
from workbench.terms.text import _, n_, translated

ANNEX = "Regulation (EU) 349/2011, Annex III"
LARGEST = 1 << 18
"""Bytes of the largest metadata file that is read."""
YEAR = "(19|20)[0-9]{2}"
HEADER = ("country", "reference_year", "delivered")


@dataclass(frozen=True)
class Timeliness:
    """When data of a reference year were due and came. `days_late` is negative for an early delivery, None for none."""

    reference_year: int
    due: date
    delivered: date | None
    days_late: int | None

    def __str__(self) -> str:
        due = _("Data of {year} are due by {due} (18 months; Regulation (EU) 349/2011, art. 5(1)).")
        if self.days_late is None:
            came = _("They are not delivered yet.")
        elif self.days_late > 0:
            came = n_("They came {n:,} day late.", "They came {n:,} days late.", self.days_late)
        else:
            came = _("They were delivered in time, on {day}.")
        numbers = {"n": self.days_late, "day": self.delivered}
        return f"{due.format(year=self.reference_year, due=self.due)} {came.format(**numbers)}"


@dataclass(frozen=True)
class Metadata:
    """What the metadata of a delivery say; `parts` as written, `delivered` None where they do not say."""

    country: str
    reference_year: int
    delivered: date | None
    parts: dict[str, object] = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """One row per part: number, part, title, state (complete, faulty, missing), words (what is wrong), source."""
        rows = []
        for number, part in enumerate(PARTS, start=1):
            entry = self.parts.get(part.key)
            faults = part.faults(entry, self.reference_year) if entry else [_("The part is missing.")]
            state = "missing" if not entry else "faulty" if faults else "complete"
            source = f"{ANNEX}, part {number}"
            rows.append((number, part.key, translated(part.title), state, " ".join(faults), source))
        return pd.DataFrame(rows, columns=["number", "part", "title", "state", "words", "source"])

    def timeliness(self) -> Timeliness:
        """Delivered when, due when."""
        return timeliness(self.reference_year, self.delivered)


def timeliness(reference_year: int, delivered: date | None) -> Timeliness:
    """Data are due 18 months after the end of the reference year. Regulation (EU) 349/2011, art. 5(1)."""
    due = date(reference_year + 2, 6, 30)
    return Timeliness(reference_year, due, delivered, (delivered - due).days if delivered else None)


def metadata_form(country: str, reference_year: int) -> str:
    """A metadata file to fill in: every part with its title and an example in a comment.

    Parameters
    ----------
    country : str
        Two letters, EL for Greece.
    reference_year : int
        The year in which the accidents were notified.

    Returns
    -------
    str
        YAML that `read_metadata` reads, every part missing.

    Raises
    ------
    UnknownCode
        If there is no such country, or the year can be no reference year.
    """
    countries = codelist("nuts").at_level(0)
    if country not in countries:
        raise UnknownCode(_("country"), country, countries, hint=_("Give two letters, EL for Greece."))
    if not re.fullmatch(YEAR, str(reference_year)):
        raise UnknownCode(_("reference year"), reference_year, hint=_("Give four digits, from 1900 on."))

    lines = [
        f"# {ANNEX}. Titles of the parts and the form of this file are the workbench's own.",
        f"country: {country}",
        f"reference_year: {reference_year}",
        "delivered:  # YYYY-MM-DD",
        "parts:",
    ]
    for number, part in enumerate(PARTS, start=1):
        lines.append("  # " + _("{number}. {title}. For example:").format(number=number, title=translated(part.title)))
        lines += [f"  #   {line}" for line in part.example.splitlines()]
        lines.append(f"  {part.key}:")
    return "\n".join(lines) + "\n"


def read_metadata(path: str | Path) -> Metadata:
    """Read a metadata file. Every value is text, so that NO stays Norway; `Metadata.frame` says what is wrong inside.

    Parameters
    ----------
    path : str or Path
        A YAML file in the form that `metadata_form` gives.

    Returns
    -------
    Metadata
        The country, the reference year, the day of delivery, and the parts as written.

    Raises
    ------
    ReadError
        If it is no such file: missing, too large, not YAML, an unknown or repeated name, no country or reference year.
    """
    path = Path(path)
    content = _content(path)
    parts = content.get("parts") or {}
    unknown = [*(content.keys() - {*HEADER, "parts"}), *(parts.keys() - {part.key for part in PARTS})]
    if unknown:
        message = _("{path} has the unknown name {name}. Known: {known}.")
        known = ", ".join([*HEADER, *(part.key for part in PARTS)])
        raise ReadError(message.format(path=shown(path, 250), name=shown(sorted(unknown)[0]), known=known))

    country, year = content.get("country", ""), content.get("reference_year", "")
    if country not in codelist("nuts").at_level(0) or not re.fullmatch(YEAR, str(year)):
        message = _(
            "{path} needs a country (two letters, EL for Greece) and a reference_year (four digits); "
            "it says {country!r} and {year!r}."
        )
        raise ReadError(message.format(path=shown(path, 250), country=shown(country), year=shown(year)))
    return Metadata(country, int(year), _delivered(content.get("delivered"), path), parts)


def _content(path: Path) -> dict:
    """The names and values of a metadata file."""
    if not path.is_file():
        message = _("There are no metadata {path}. `workbench metadata COUNTRY YEAR` prints a form to fill in.")
        raise ReadError(message.format(path=shown(path, 250)))
    if path.stat().st_size > LARGEST:
        message = _("{path} is larger than {n:,} bytes: no metadata file.")
        raise ReadError(message.format(path=shown(path, 250), n=LARGEST))
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except OSError as error:
        message = _("{path} cannot be read: {why}.")
        raise ReadError(message.format(path=shown(path, 250), why=error.strerror)) from None
    except _NotPlain as error:
        raise ReadError(_("{path} is not plain YAML: {why}").format(path=shown(path, 250), why=error)) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        message = _("{path} is not YAML in UTF-8: look at line {line}.") if mark else _("{path} is not YAML in UTF-8.")
        raise ReadError(message.format(path=shown(path, 250), line=mark and mark.line + 1)) from None
    if not isinstance(content, dict) or not isinstance(content.get("parts") or {}, dict):
        message = _("{path} is no metadata file: expected {names} and parts.")
        raise ReadError(message.format(path=shown(path, 250), names=", ".join(HEADER)))
    return content


def _delivered(entry: object, path: Path) -> date | None:
    try:
        return date.fromisoformat(entry) if entry else None
    except (ValueError, TypeError):
        message = _("{path}: delivered is not a day written YYYY-MM-DD.")
        raise ReadError(message.format(path=shown(path, 250))) from None


class _NotPlain(yaml.YAMLError):
    """YAML that may mean something else than it seems to, in our own words."""


class _Loader(yaml.BaseLoader):
    """YAML as text, lists and mappings only; aliases and repeated names are refused."""

    def compose_node(self, parent: object, index: object) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            raise _NotPlain(_("an alias (*name) is not allowed."))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = Counter(key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode))
        twice = next((name for name, times in names.items() if times > 1), None)
        if twice is not None:
            raise _NotPlain(_("{name} occurs twice.").format(name=shown(twice)))
        return super().construct_mapping(node, deep)
