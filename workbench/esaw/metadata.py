"""Metadata beside a delivery of ESAW records: the eight parts of Annex III, how complete the data are, and whether in time.

The parts are those of Regulation (EU) 349/2011, Annex III; their English titles and the form of the file are our own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import yaml

from workbench import esaw
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, UnknownCode
from workbench.terms.text import _

ANNEX = "Regulation (EU) 349/2011, Annex III"
LARGEST = 1 << 18
COVERED = ("all", "part", "none")
ANSWERS = ("yes", "part", "no")
NONE = "none"
"""What a part says where there is nothing to report; an absent part is missing."""
_HEADER = ("country", "reference_year", "delivered")


@dataclass(frozen=True)
class Part:
    """One of the eight parts: its key in the file, title, an example for the template, and what is wrong with an entry."""

    key: str
    title: str
    example: str
    faults: Callable[[object, int], list[str]] = field(repr=False)


@dataclass(frozen=True)
class Metadata:
    """What the file beside a delivery says; `parts` as written, `delivered` None while it is not."""

    country: str
    reference_year: int
    delivered: date | None
    parts: dict[str, object] = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """One row per part: part, title, state (complete, faulty, missing), what is missing or wrong, source."""
        rows = []
        for number, part in enumerate(PARTS, start=1):
            entry = self.parts.get(part.key)
            faults = part.faults(entry, self.reference_year) if entry else [_("The part is missing.")]
            state = "missing" if not entry else "faulty" if faults else "complete"
            rows.append((number, part.key, part.title, state, " ".join(faults), f"{ANNEX}, part {number}"))
        return pd.DataFrame(rows, columns=["number", "part", "title", "state", "words", "source"])

    @property
    def complete(self) -> bool:
        """Whether all eight parts are there and without a fault."""
        return bool((self.frame()["state"] == "complete").all())

    def timeliness(self) -> "Timeliness":
        """Delivered when, due when."""
        return timeliness(self.reference_year, self.delivered)


@dataclass(frozen=True)
class Timeliness:
    """When data of a reference year were due and came. `days_late` is negative for an early delivery, None for none yet."""

    reference_year: int
    due: date
    delivered: date | None
    days_late: int | None

    def __str__(self) -> str:
        said = _("Data of {year} are due by {due} (18 months; Regulation (EU) 349/2011, art. 5(1)): ").format(
            year=self.reference_year, due=self.due
        )
        if self.days_late is None:
            return said + _("not delivered yet.")
        late = _("{n} days late.").format(n=self.days_late)
        return said + (late if self.days_late > 0 else _("delivered in time, on {day}.").format(day=self.delivered))


def metadata_path(delivery: str | Path) -> Path:
    """Where the metadata of a delivery lie: beside it, `name.metadata.yml`."""
    return Path(delivery).with_suffix(".metadata.yml")


def template(country: str, reference_year: int) -> str:
    """The text of a metadata file to fill in: every part with its title and an example in a comment."""
    lines = [
        f"# {ANNEX}. Titles of the parts and the form of this file are the workbench's own.",
        f"country: {country}",
    ]
    lines += [f"reference_year: {reference_year}", "delivered:  # YYYY-MM-DD", "parts:"]
    for number, part in enumerate(PARTS, start=1):
        lines += [
            f"  # {number}. {part.title}. For example:",
            *(f"  #   {line}" for line in part.example.splitlines()),
            f"  {part.key}:",
        ]
    return "\n".join(lines) + "\n"


def read_metadata(path: str | Path) -> Metadata:
    """Read a metadata file. Faults of a part are told by `Metadata.frame`; every value is text, so NO stays Norway.

    Raises
    ------
    ReadError
        If it is no such file: missing, too large, not YAML, an unknown or repeated name, no country or reference year.
    """
    path = Path(path)
    if not path.is_file():
        raise ReadError(_("There are no metadata {path}. Write them from the template.").format(path=path))
    if path.stat().st_size > LARGEST:
        raise ReadError(_("{path} is larger than {n:,} bytes: no metadata file.").format(path=path, n=LARGEST))
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        why = " ".join(str(error).split())[:200]
        raise ReadError(_("{path} is not YAML in UTF-8: {why}").format(path=path, why=why)) from None
    if not isinstance(content, dict) or not isinstance(content.get("parts") or {}, dict):
        raise ReadError(
            _("{path} is no metadata file: expected {names} and parts.").format(path=path, names=", ".join(_HEADER))
        )
    parts = content.get("parts") or {}
    unknown = [*(set(content) - {*_HEADER, "parts"}), *(set(parts) - {part.key for part in PARTS})]
    if unknown:
        known = ", ".join([*_HEADER, *(part.key for part in PARTS)])
        raise ReadError(
            _("{path} has the unknown name {name}. Known: {known}.").format(
                path=path, name=sorted(unknown)[0], known=known
            )
        )
    country, year = content.get("country", ""), content.get("reference_year", "")
    if country not in codelist("nuts").at_level(0) or not (
        isinstance(year, str) and year.isdecimal() and len(year) == 4
    ):
        said = _(
            "{path} needs a country (two letters, EL for Greece) and a reference_year (four digits); it says {country!r} and {year!r}."
        )
        raise ReadError(said.format(path=path, country=country, year=year))
    try:
        delivered = date.fromisoformat(content["delivered"]) if content.get("delivered") else None
    except (ValueError, TypeError):
        raise ReadError(_("{path}: delivered is not a day written YYYY-MM-DD.").format(path=path)) from None
    return Metadata(country, int(year), delivered, parts)


def timeliness(reference_year: int, delivered: date | None) -> Timeliness:
    """Data are due 18 months after the end of the reference year. Regulation (EU) 349/2011, art. 5(1)."""
    due = date(reference_year + 2, 6, 30)
    return Timeliness(reference_year, due, delivered, (delivered - due).days if delivered else None)


class _Loader(yaml.BaseLoader):
    """YAML as text, lists and mappings only; aliases and repeated names are refused."""

    def compose_node(self, parent: object, index: object) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(_("an alias (*name) is not allowed"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = [key.value for key, _value in node.value]
        twice = next((str(name) for name in names if names.count(name) > 1), None)
        if twice:
            raise yaml.YAMLError(_("{name} occurs twice").format(name=twice))
        return super().construct_mapping(node, deep)


def _rows(entry: object, keys: tuple[str, ...], check: Callable[[Mapping[str, str]], list[str]]) -> list[str]:
    """Faults of a list of mappings that must have `keys`."""
    if not isinstance(entry, list) or not all(isinstance(row, dict) for row in entry):
        return [_("Expected a list of entries with {keys}.").format(keys=", ".join(keys))]
    faults = []
    for number, row in enumerate(entry, start=1):
        lacking = [key for key in keys if not isinstance(row.get(key), str) or not row[key]]
        found = [_("no {keys}").format(keys=", ".join(lacking))] if lacking else check(row)
        faults += [_("Entry {n}: {what}.").format(n=number, what=what) for what in found]
    return faults


def _code(name: str, code: str) -> list[str]:
    try:
        codelist(name).parse(code)
    except UnknownCode as error:
        return [str(error).rstrip(".")]
    return []


def _one_of(value: str, known: Iterable[str]) -> list[str]:
    known = list(known)
    return [] if value in known else [_("{value!r} is none of {known}").format(value=value, known=", ".join(known))]


def _share(text: object) -> list[str]:
    try:
        good = 0 < float(str(text)) <= 1
    except ValueError:
        good = False
    return [] if good else [_("{text!r} is not a share above 0 and up to 1").format(text=text)]


def _population(entry: object, year: int) -> list[str]:
    def check(row: Mapping[str, str]) -> list[str]:
        status = [] if row["status"] == "all" else _code("employment_status", row["status"])
        return [*_code("nace", row["nace"]), *status, *_one_of(row["covered"], COVERED)]

    faults = _rows(entry, ("nace", "status", "covered"), check)
    if faults:
        return faults
    nace = codelist("nace")
    named = {nace.ancestor_at(nace.parse(row["nace"]), 1) for row in entry}
    lacking = [section for section in esaw.sections_due(year) if section not in named]
    return [_("Nothing is said of sections {codes}.").format(codes=", ".join(lacking))] if lacking else []


def _confidential(entry: object, _year: int) -> list[str]:
    return [] if entry == NONE else _rows(entry, ("activity", "rule"), lambda _row: [])


def _reporting(entry: object, _year: int) -> list[str]:
    def check(row: Mapping[str, str]) -> list[str]:
        nace = [] if row["nace"] == "all" else _code("nace", row["nace"])
        return [*nace, *_one_of(row["severity"], ("FAT", "NFAT")), *_share(row["level"])]

    return [] if entry == NONE else _rows(entry, ("nace", "severity", "level"), check)


def _types(entry: object, _year: int) -> list[str]:
    if not isinstance(entry, dict):
        return [_("Expected an answer ({answers}) for every kind of accident.").format(answers=", ".join(ANSWERS))]
    lacking = [kind for kind in esaw.KINDS if kind not in entry]
    faults = [_("Nothing is said of {kinds}.").format(kinds=", ".join(lacking))] if lacking else []
    unknown = [kind for kind in entry if kind not in esaw.KINDS]
    faults += [_("Unknown kinds: {kinds}.").format(kinds=", ".join(unknown))] if unknown else []
    return faults + [f"{kind}: {what}." for kind, answer in entry.items() for what in _one_of(answer, ANSWERS)]


def _sampling(entry: object, _year: int) -> list[str]:
    if entry == NONE:
        return []
    if not isinstance(entry, dict) or not entry.get("method"):
        return [_("Expected a method and the share that was drawn, or none.")]
    return [f"share: {what}." for what in _share(entry.get("share", ""))]


def _transport(entry: object, _year: int) -> list[str]:
    keys = ("road_traffic", "on_board")
    if not isinstance(entry, dict) or any(not str(entry.get(key, "")).isdecimal() for key in keys):
        return [_("Expected two whole numbers: {keys}.").format(keys=", ".join(keys))]
    return []


def _text(entry: object, _year: int) -> list[str]:
    return [] if isinstance(entry, str) and entry.strip() else [_("Expected a text, or none.")]


PARTS = (
    Part(
        "population",
        _("Population covered, by NACE section and employment status"),
        "- {nace: A, status: all, covered: part}",
        _population,
    ),
    Part(
        "confidential",
        _("Occupations and activities whose accidents national rules keep confidential and that are not sent"),
        'none\nor\n- {activity: armed forces, rule: "name of the rule"}',
        _confidential,
    ),
    Part(
        "reporting_levels",
        _("Reporting levels to correct for under-reporting"),
        "none\nor\n- {nace: all, severity: NFAT, level: 0.85}",
        _reporting,
    ),
    Part(
        "accident_types",
        _("Which kinds of accident of the ESAW methodology are covered"),
        "\n".join(f"{name}: {'yes' if kind.included else 'no'}" for name, kind in esaw.KINDS.items()),
        _types,
    ),
    Part(
        "record_sampling",
        _("How records were sampled, where they were"),
        "none\nor\n{method: simple random, share: 0.2}",
        _sampling,
    ),
    Part(
        "cause_sampling",
        _("How records were sampled for coding causes and circumstances, where they were"),
        "none\nor\n{method: simple random, share: 0.1}",
        _sampling,
    ),
    Part(
        "fatal_transport_outside_h",
        _("Fatal road traffic accidents, and fatal accidents on board a means of transport, at work outside section H"),
        "{road_traffic: 12, on_board: 1}",
        _transport,
    ),
    Part(
        "national",
        _("National peculiarities that matter for reading and comparing the figures"),
        "none\nor\na text",
        _text,
    ),
)
