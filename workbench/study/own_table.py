"""A table of one's own, from a frame or a file: usable wherever a name is, stored under a name of its own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pandas as pd

from workbench import store
from workbench.cubes.cube import Cube
from workbench.cubes.own_columns import taken
from workbench.cubes.own_cube import OwnRows, own_cube
from workbench.cubes.own_frame import as_frame
from workbench.sources.catalog import catalog
from workbench.sources.dataset import Dataset
from workbench.sources.eurostat import is_eurostat
from workbench.sources.readers.own_file import OwnFile, read_own_file
from workbench.study.origin import Origin
from workbench.study.own_again import AGAIN, Stored, stored_again
from workbench.study.own_entries import meaning_of_rows, stored_rows
from workbench.terms.dimensions import DIMENSIONS, own_dimension, remember_dimensions
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.tables import FLAGS, Report
from workbench.terms.text import _

WAY = "own"
"""How a table of one's own came, where a publisher's came bundled or live."""
COVERAGES = ("full", "sample")
SENSITIVITIES = ("none", "aggregate", "persons", "health")
"""What rows are about, as in the catalogue: of `persons` and their `health` small figures are withheld."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of one's own, read and checked: `wb.rates(mine)`, `wb.explorer(mine)`.

    Attributes
    ----------
    name : what findings call it
    cube : its counts and people at risk
    report : rows read and rejected, by reason
    notes : how the file was read, each column taken, the rows added up
    rows : its rows in the common columns
    """

    name: str
    cube: Cube = field(repr=False)
    report: Report = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    rows: OwnRows = field(repr=False)

    def __str__(self) -> str:
        return "\n".join([f"{self.name}: {self.report}", *(f"- {note}" for note in self.notes)])

    __repr__ = __str__

    def keep(self, again: str = "refuse") -> store.Manifest:
        """Store the table under its name.

        Parameters
        ----------
        again : where another table has the name already: "refuse", "replace" it, or "add" these rows to it

        Returns
        -------
        Manifest
            Of all that has the name now.

        Raises
        ------
        Refused
            For a name of the catalogue's, or that could not be typed on the command line; for a name that is taken;
            for rows that are there already, or have other columns than those they would be added to.
        ReadError
            For numbers of people that those there contradict.
        """
        check_name(self.name)
        if again not in AGAIN:
            raise UnknownName(_("way to store again"), again, AGAIN, hint=_("There are: refuse, replace, add."))
        new = Stored(rows=self.rows, provenance=self.cube.source.provenance, report=self.report)
        before = _manifest(self.name)
        if before:
            new = stored_again(Stored(stored_rows([before]), _origin_of(before), Report()), new, again)
        manifest = store.write(
            store.table_key(self.name, {}, WAY),
            [new.rows.frame],
            name=self.name,
            parameters={},
            finish=lambda _rows: (new.report.to_dict(), {**new.provenance, "own": meaning_of_rows(new.rows)}),
        )
        of_its_own = {axis for axis in self.rows.axes if _is_own(axis)}
        remember_dimensions(
            name if dim.axis == name else f"{name} of {dim.axis}"
            for name, dim in DIMENSIONS.items()
            if dim.axis in of_its_own and (dim.axis == name or dim.axis in self.rows.parents)
        )
        return manifest


# How a table is read, and what only its owner knows of it.
def table(  # noqa: PLR0913
    data: object,
    *,
    columns: Mapping[str, str | None] | None = None,
    measures: Mapping[str, str | None] | None = None,
    name: str | None = None,
    nuts: str = "2021",
    coverage: str = "full",
    source: str = "",
    sensitivity: str | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> Table:
    """A table of one's own for every question: one row per accident, or numbers of accidents by group.

    Reads a file or frame, finds what its columns mean, turns labels into codes, judges the rows, adds them up. What was
    found is in the notes of every answer; `columns` and `measures` correct it.

    Parameters
    ----------
    data : pandas, Polars, Arrow or ibis table; Series of people by dimension; path of a CSV, TSV,
        Excel, Parquet, SPSS or Stata file, or of a folder of such files with the same columns
    columns : heading -> dimension (`nuts2`, `nace1`, `sex`, `age_group`, `year`, `date`, `severity`, ...), any other
        name for a dimension of one's own (`department`), "plant of department" for the groups that these belong to, or
        None for a column that is not used. Others are found by their heading or their entries
    measures : heading -> `accidents` (a number of them in each row), `weight` (of a record), `employed`, `fte` or
        `hours` (people at risk), or None for none of these
    name : what findings call it; the file's unless given
    nuts : edition of the regions
    coverage : "full", or "sample", which is never divided by a population
    source : where the data are from, for citations
    sensitivity : "persons" or "health" where a row is about one person: figures of fewer than ten are withheld;
        "aggregate" or "none" where small figures may be shown. Unless given, rows of one accident each are of persons,
        numbers of accidents are aggregates
    labels : by dimension of one's own, the label of each code, in the order that they are shown in

    Returns
    -------
    Table

    Raises
    ------
    Refused, UnknownName
        For columns that are not there, or mean two things.
    ReadError
        For a file that cannot be read, or has no row that can be counted.
    """
    if coverage not in COVERAGES:
        raise UnknownName(_("coverage"), coverage, COVERAGES, hint=_("There are: full, sample."))
    if sensitivity not in (None, *SENSITIVITIES):
        hint = _("There are: {names}.").format(names=", ".join(SENSITIVITIES))
        raise UnknownName(_("sensitivity"), sensitivity, SENSITIVITIES, hint=hint)
    given = data if isinstance(data, OwnFile) else opened(data)
    name = name or (Path(given.name).stem if given.name else "table")
    found = taken(given.frame, columns or {}, measures or {}, nuts)
    rows = OwnRows(
        name=name,
        frame=found.frame,
        axes=found.axes,
        measures=found.measures,
        labels=dict(labels or {}),
        nuts=nuts,
        people_only=found.people_only,
        notes=(*given.notes, *found.notes),
        rejected=found.rejected,
        parents=found.parents,
        files=given.files or ((given.name, 0),),
    )
    today = datetime.now(UTC).date().isoformat()
    provenance = {
        "way": WAY,
        "address": given.name,
        "sha256": [given.sha256],
        "retrieved": today,
        "coverage": coverage,
        "sensitivity": sensitivity or ("aggregate" if rows.people_only or "accidents" in rows.measures else "persons"),
        "citation": _citation(given, name, today, source),
    }
    return _made(rows, provenance)


def forget(name: str) -> int:
    """Remove the stored table of one's own that has this name, or what is stored of a Eurostat table ("eurostat:ID").

    The file that it was read from stays.

    Parameters
    ----------
    name : as it was loaded

    Returns
    -------
    int
        Rows that it had.

    Raises
    ------
    UnknownName
        Where there is none, naming those there are.
    """
    found = store.manifests(catalog()[name].name) if is_eurostat(name) else list(filter(None, [_manifest(name)]))
    if not found:
        names = [*stored_names(), *stored_eurostat()]
        hint = _("There are: {names}.").format(names=", ".join(names) or _("none"))
        raise UnknownName(_("table of your own"), name, names, hint=hint)
    for part in found:
        store.remove(part.table)
    return sum(part.report["rows_read"] for part in found)


def stored_names() -> list[str]:
    """The names of the stored tables of one's own."""
    return sorted(found.name for found in store.manifests() if found.provenance.get("way") == WAY)


def stored_eurostat() -> list[str]:
    """The names of the Eurostat tables that were loaded by their ids."""
    return sorted({manifest.name for manifest in store.manifests() if is_eurostat(manifest.name)})


def stored_tables() -> pd.DataFrame:
    """The stored tables of one's own, and of Eurostat's by their ids, in the columns of the catalogue's table."""
    found = [manifest for manifest in store.manifests() if manifest.provenance.get("way") == WAY]
    by_id = [catalog()[name] for name in stored_eurostat()]
    about = ("name", "title", "kind", "publisher", "licence", "access")
    eurostat = [{key: getattr(d, key) for key in about} | {"status": _("stored")} for d in by_id]
    return pd.DataFrame(
        eurostat
        + [
            {
                "name": manifest.name,
                "title": manifest.provenance["citation"],
                "kind": _("your own"),
                "publisher": _("you"),
                "status": _("stored"),
                "access": "open",
            }
            for manifest in found
        ]
    )


def stored_table(name: str) -> Table | None:
    """The stored table of one's own of a name, or None."""
    found = _manifest(name)
    return _from_store(found.table, found.folder) if found else None


def check_name(name: str) -> None:
    """Refused for a name that a table of one's own may not have: those of the catalogue keep their meaning.

    Parameters
    ----------
    name : str

    Raises
    ------
    Refused
        For the name of an entry, or one that is no identifier in small letters.
    """
    if name in catalog():
        message = _("{name} is an entry of the catalogue: give your table another name.")
        raise Refused(message.format(name=name))
    if not name.isidentifier() or name != name.lower():
        message = _("{name!r} cannot name a table: take small letters, digits and _, as in accidents_2024.")
        raise Refused(message.format(name=name))


def people_table(data: object) -> Cube:
    """The cube of people at risk that were given as a frame, a Series by dimension or a file."""
    return table(data, name="people").cube


@lru_cache(maxsize=8)
def _from_store(key: str, _folder: str) -> Table:
    """A stored table; kept in memory until it is stored anew, which gives it another folder."""
    manifest = store.manifest(key)
    rows = stored_rows([manifest])
    for axis in set(rows.axes) - {dim.axis for dim in DIMENSIONS.values()}:
        own_dimension(axis)
    return _made(rows, _origin_of(manifest))


def _origin_of(manifest: store.Manifest) -> dict:
    """Where a stored table comes from, without what its columns mean."""
    return {name: value for name, value in manifest.provenance.items() if name != "own"}


def _made(rows: OwnRows, provenance: Mapping) -> Table:
    """The table of rows: its cube with its origin, its report, its notes."""
    made = own_cube(rows)
    report = made.report
    notes = (*rows.notes, *report.notes)
    rejected = [" ".join(str(report).split())] if report.rejected else []
    origin = Origin(
        dataset=_dataset(rows, provenance),
        provenance=provenance,
        notes=(_your_own(provenance, rows.name), *rejected, *notes),
        whole=not report.rejected,
    )
    return Table(name=rows.name, cube=replace(made.cube, source=origin), report=report, notes=notes, rows=rows)


def opened(data: object) -> OwnFile:
    """A frame or a file, with what identifies it."""
    if isinstance(data, str | Path):
        return read_own_file(data)
    frame = as_frame(data)
    digest = hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return OwnFile(frame=frame, name="", sha256=digest.hexdigest())


def _manifest(name: str) -> store.Manifest | None:
    return store.manifest(store.table_key(name, {}, WAY))


def _is_own(axis: str) -> bool:
    return axis in DIMENSIONS and DIMENSIONS[axis].codelist == "open"


def _citation(given: OwnFile, name: str, today: str, source: str) -> str:
    """What an answer cites: the user's file, never a publisher's release."""
    what = _("your file {file}").format(file=given.name) if given.name else _("your table")
    words = _("{what}, named {name}, {date}, SHA-256 {hash}").format(
        what=what, name=name, date=today, hash=given.sha256[:12]
    )
    return _("{words}. Source: {source}").format(words=words, source=source) if source else words


def _your_own(provenance: Mapping, name: str) -> str:
    words = {
        "file": provenance["address"] or name,
        "date": provenance["retrieved"],
        "hash": provenance["sha256"][0][:12],
    }
    if provenance["coverage"] == "sample":
        return _("Your own data: {file}, {date}, SHA-256 {hash}. A sample.").format(**words)
    message = _(
        "Your own data: {file}, {date}, SHA-256 {hash}. Taken as complete; of a part of all accidents say "
        'coverage="sample".'
    )
    return message.format(**words)


def _dataset(rows: OwnRows, provenance: Mapping) -> Dataset:
    """The entry that a catalogue would have for a table of one's own."""
    empty = {f.name: "" for f in fields(Dataset)} | dict.fromkeys(
        ("margins", "measures", "coverage_by_way", "citation", "defaults", "labels", "files", "parameters", "code"), {}
    )
    empty |= dict.fromkeys(("breaks", "breakdown", "notes"), ())
    empty |= dict.fromkeys(("url", "temporal", "form", "place_basis", "year_basis", "reader"), None)
    return Dataset(
        **empty
        | {
            "name": rows.name,
            "title": rows.name,
            "kind": "exposure" if rows.people_only else "accidents",
            "nuts_edition": rows.nuts,
            "dimensions": tuple(name for name, dim in DIMENSIONS.items() if dim.axis in rows.axes),
            "flags": FLAGS,
            "coverage": provenance["coverage"],
            "exposure": "self" if rows.people else None,
            "source_kind": "register",
            "sensitivity": provenance["sensitivity"],
            "minimum": 10,
            "access": "open",
            "options": {},
            "folder": Path(),
            "entry": {},
        }
    )
