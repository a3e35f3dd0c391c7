"""One entry of the catalogue as a value: what its figures mean, where they lie, how they may be used."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from workbench.terms.errors import NotAvailable, ReadError, UnknownName
from workbench.terms.places import bundled
from workbench.terms.text import _

OWN_TABLES = ("own_tables:table_csv", "own_tables:table_excel", "own_tables:table_parquet")
"""The readers of tables whose columns the entry describes."""
CONFIDENTIAL = ("persons", "health")
"""Sensitivities of an entry whose rows are those of persons; `none` and `aggregate` pass as they are."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set as its catalogue entry describes it; checked, and never changed after.

    Columns, codes and measures have the names of the common columns (`nuts`, `nace`, `age_group`, `accidents`, ...).
    """

    name: str
    title: str
    description: str
    kind: str  # accidents, exposure, survey, wearable, map
    publisher: str
    licence: str
    attribution: str  # the sentence that has to stand beside the figures
    url: str | None  # the publisher's page about the data; None for what the workbench generates
    temporal: tuple[int, int] | None  # first and last year
    spatial: str
    nuts_edition: str | None
    form: str | None  # records (one row each), cells (one complete table), published (margins), respondents
    dimensions: tuple[str, ...]  # as in `by` and `where`: nuts2, nace1, ...
    margins: Mapping[str, Mapping]  # name -> {dims: columns, measures, fixed: {column: code that holds for all of it}}
    measures: Mapping[str, Mapping[str, str]]  # name -> {unit, how: sum or none, label, percent}
    flags: Mapping[str, str]  # letter -> meaning
    breaks: tuple[Mapping[str, object], ...]  # {year: first year after the break, reason, where: code of the region}
    population: str
    coverage: str  # full, sample
    coverage_by_way: Mapping[str, str]  # bundled, mirror, live -> its coverage, where that differs
    event: str  # what counts as one
    place_basis: str | None  # workplace, residence, authority
    year_basis: str | None  # accident, notification
    release: str
    exposure: str | None  # the entry with the people at risk; "self": a margin of its own
    source_kind: str  # register, survey, sensor, synthetic, boundaries
    sensitivity: str  # none, aggregate, persons (pseudonymous records), health (recordings of persons)
    citation: Mapping[str, object]  # key, author, year, title
    access: str  # open, registration
    how_to_obtain: str
    defaults: Mapping[str, tuple[str, ...]]  # dimension -> codes: what is asked for unless said otherwise
    breakdown: tuple[str, ...]  # columns whose codes are counted when it is loaded
    labels: Mapping[str, Mapping[str, str]]  # column -> code -> label, for codes of the source's own
    notes: tuple[str, ...]  # caveats
    files: Mapping[str, tuple]  # bundled, mirror: patterns of relative paths; live: {address, name}
    parameters: Mapping[str, Mapping[str, object]]  # name -> {label, values}: which of the publisher's files
    code: Mapping[str, str] = field(
        repr=False
    )  # bundled, mirror, live -> plain pandas for its files, which lie in `folder`
    reader: str | None  # the function of workbench.sources.readers that reads the files
    options: Mapping[str, object]
    folder: Path = field(repr=False, compare=False)  # where the catalogue lies; bundled files are relative to it
    entry: Mapping = field(repr=False, compare=False)  # the checked entry as intake takes it
    exposure_margins: tuple[str, ...] = ()  # entries with the same people at risk by other dimensions than `exposure`
    minimum: int = 10  # persons behind a figure, at the least, where rows are those of persons

    def __hash__(self) -> int:
        return hash((self.name, self.title, self.release))

    @classmethod
    def from_entry(cls, name: str, entry: Mapping, folder: Path | None = None) -> "Dataset":
        """The value of a checked intake entry. `folder` is the catalogue's (the repository's own if not given)."""
        metadata = {key: frozen(value) for key, value in entry["metadata"].items()}
        call = entry["kwargs"]
        known = {f.name: metadata[f.name] for f in fields(cls) if f.name in metadata}
        return cls(
            name=name,
            reader=call["function"],
            options=frozen(call["options"]),
            folder=folder or bundled("catalogs"),
            entry=entry,
            **known,
        )

    def to_intake(self) -> dict:
        """An intake 2 catalogue, as plain values, that holds this entry alone."""
        return {
            "version": 2,
            "metadata": {},
            "user_parameters": {},
            "data": {},
            "aliases": {self.name: self.name},
            "entries": {self.name: self.entry},
        }

    @property
    def builtin(self) -> bool:
        """Whether it is an entry of the workbench's own catalogue, not of one of the user's."""
        return self.folder in (bundled("catalogs"), bundled("maps"))

    @property
    def boxed(self) -> bool:
        """Whether its bundled file is a table of the box: a publisher's figures that travel with the workbench."""
        return self.builtin and any(pattern.startswith("box/") for pattern in self.files["bundled"])

    @property
    def is_own_table(self) -> bool:
        """Whether its files are tables of the user's own, whose columns the entry describes."""
        return self.reader in OWN_TABLES

    @cached_property
    def edited(self) -> str | None:
        """SHA-256 of an entry of the user's, whose meaning changes with each edit; None for the workbench's own."""
        if self.builtin:
            return None
        return hashlib.sha256(json.dumps(self.entry, sort_keys=True).encode()).hexdigest()

    def check_unedited(self, edited: str | None) -> None:
        """Raise ReadError where the entry is another than the one that a file of the user's was read with."""
        if edited != self.edited:
            message = _(
                "The entry {name} was edited since its table was loaded. Load it again: workbench load {name} --from "
                "FILE."
            )
            raise ReadError(message.format(name=self.name))

    @property
    def synthetic(self) -> bool:
        """Whether the figures are generated, so that everything that shows them must say so."""
        return self.source_kind == "synthetic"

    @property
    def about_persons(self) -> bool:
        """Whether its rows are those of persons, or of their health: small figures are withheld then."""
        return self.sensitivity in CONFIDENTIAL

    @property
    def figures(self) -> str:
        """Whether the figures are "real" or "synthetic"; "" where the entry gives none: maps, and registrations."""
        if self.kind == "map" or self.access == "registration":
            return ""
        return "synthetic" if self.synthetic else "real"

    @property
    def years(self) -> str:
        """The years covered, e.g. "2014-2023"."""
        return "" if self.temporal is None else "-".join(map(str, dict.fromkeys(self.temporal)))

    def check_open(self) -> None:
        """Raise NotAvailable, with how to obtain the data, when the publisher asks for a registration."""
        if self.access == "registration":
            raise NotAvailable(
                _(
                    "{name} is given out by {publisher} after registration only; the workbench cannot fetch it. "
                    "{how} See {url}."
                ).format(name=self.name, publisher=self.publisher, how=self.how_to_obtain, url=self.url)
            )

    def choose(self, **parameters: str) -> dict[str, str]:
        """The declared value that each of `parameters` means: "Valle d'Aosta" is ValledAosta.

        Raises
        ------
        UnknownName
            For a parameter or a value that the entry does not have, naming the close ones.
        """
        chosen = {}
        for name, value in parameters.items():
            if name not in self.parameters:
                has = ", ".join(self.parameters) or _("none")
                raise UnknownName(
                    _("parameter of {dataset}").format(dataset=self.name),
                    name,
                    self.parameters,
                    hint=_("It has: {has}.").format(has=has),
                )
            values = self.parameters[name]["values"]
            same = [v for v in values if _letters(v) == _letters(value)]
            if not same:
                hint = _("There are: {values}.").format(values=", ".join(values))
                raise UnknownName(
                    _("{parameter} of {dataset}").format(parameter=name, dataset=self.name), value, values, hint=hint
                )
            chosen[name] = same[0]
        return chosen


def frozen(value: object) -> object:
    """Lists as tuples, all the way down."""
    if isinstance(value, Mapping):
        return {key: frozen(item) for key, item in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def _letters(value: object) -> str:
    return "".join(c for c in str(value).casefold() if c.isalnum())
