"""What a question is asked of: the rows and the cube of a catalogue entry, read and checked once, then kept."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
import polars as pl

from workbench import store
from workbench.cubes import build
from workbench.cubes.cube import Cube, Measure
from workbench.cubes.selection import Selection
from workbench.disclosure_control import roles
from workbench.engine.choice import Engine, chosen
from workbench.engine.rows import parquet_folder
from workbench.sources.catalog import catalog
from workbench.sources.eurostat import is_eurostat
from workbench.sources.eurostat_meaning import described
from workbench.study.finer import finer
from workbench.study.loading import entry_of, parts_of, provenance_of
from workbench.study.origin import Origin, origin_of
from workbench.study.own_entries import cube_of_entry
from workbench.study.own_table import Table, stored_table
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import in_sentence

RECORDS = "records"
"""What an entry's `form` says when it has one row per event; every other entry is published margins or cells."""


def read(
    name: str,
    *,
    path: Path | str | None = None,
    source: str | None = None,
    coverage: str | None = None,
    **parameters,
) -> pd.DataFrame:
    """The rows of an entry as a tidy frame.

    Parameters
    ----------
    name : entry of the catalogue
    path : a file of the publisher's that the user has, in place of the catalogue's address
    source : "auto", "bundled", "mirror" or "live"; `WORKBENCH_SOURCE`, else "auto"
    coverage : "full" or "sample", as in `load`
    parameters : what the entry takes, such as region="Calabria"

    Returns
    -------
    DataFrame
        One row per record or published cell, codes as text; name, provenance, report and citation in `.attrs`.

    Raises
    ------
    NotAvailable, ReadError, UnknownName
        As `load`.
    """
    roles.check(name, entry_of(name, parameters).sensitivity, "records")
    parts = parts_of(name, path, source, coverage, parameters)
    frame = pd.concat([store.read(part.table) for part in parts], ignore_index=True)
    provenance = provenance_of(parts)
    frame.attrs = {
        "name": name,
        "provenance": provenance,
        "report": [part.report for part in parts],
        "citation": provenance.get("citation") or catalog().cite(name),
    }
    return frame


def cube(
    what,
    dims: Sequence[str] | None = None,
    *,
    path: Path | str | None = None,
    source: str | None = None,
    coverage: str | None = None,
    nuts: str = "2021",
    engine=None,
    **parameters,
) -> Cube:
    """The cube of a catalogue entry, or of a table of one's own.

    Parameters
    ----------
    what : name of an entry or of a stored table of one's own, what `wb.table` gives, or a pandas, Polars, Arrow or
        ibis table with the common columns (nuts, nace, sex, age, year, severity, ...) or Eurostat's (geo, nace_r2,
        TIME_PERIOD); a table with headings and labels of its own, or dimensions of its own, goes to `wb.table` first.
        A Path is a Parquet file of such columns, or a folder of them, of any size
    dims : dimensions of a cube of records; by default those that the entry names, else those of nuts2, nace1, sex,
        age_group, year and severity that the table has
    path : a file of the publisher's that the user has, in place of the catalogue's address
    source : "auto", "bundled", "mirror" or "live"; `WORKBENCH_SOURCE`, else "auto"
    coverage : "full" or "sample", as in `load`
    nuts : edition of the regions of a table of one's own
    engine : what counts the records of an entry, or of a Path: "duckdb", "spark", "local[2]", "spark://host:7077", or
        a SparkSession; `WORKBENCH_ENGINE`, else DuckDB on this machine. An ibis table is counted where it is
    parameters : what the entry takes, such as region="Calabria"

    Returns
    -------
    Cube
        Counts and measures by dimension, for every question in place of a name.

    Raises
    ------
    NotAvailable, ReadError, UnknownName
        As `load`; NotAvailable also for an engine that is not there, or lost.
    Refused
        For what is no table, or has columns that cannot be told apart.
    """
    if isinstance(what, Path):
        return build.from_table(parquet_folder(what, chosen(engine)), dims, nuts=nuts)
    if engine is not None and not _are_records(what):
        message = _(
            "An engine counts the records of an entry, or of a Path to Parquet files; anything else is counted where "
            "it is. Leave engine= out."
        )
        raise Refused(message)
    if isinstance(what, Cube):
        return what
    if isinstance(what, Table):
        return what.cube
    if not isinstance(what, str):
        return build.from_table(what, dims, nuts=nuts)
    if what not in catalog() and (own := stored_table(what)):
        return own.cube
    parts = parts_of(what, path, source, coverage, parameters)
    held_by = chosen(engine) if _are_records(what) else None
    return _built(parts[0].name, tuple((part.table, part.folder) for part in parts), tuple(dims or ()), nuts, held_by)


def _are_records(what: object) -> bool:
    """Whether something is the name of an entry that has a row for each event."""
    return isinstance(what, str) and what in catalog() and catalog()[what].form == RECORDS


@lru_cache(maxsize=8)
def _built(
    name: str, tables: tuple[tuple[str, str], ...], dims: tuple[str, ...], nuts: str, engine: Engine | None
) -> Cube:
    """The cube of stored tables; kept in memory until one of them is loaded again, which gives it another folder."""
    parts = [store.manifest(table) for table, _folder in tables]
    dataset = catalog()[name]
    if dataset.form == "respondents":
        message = _("{name} holds answers of respondents, with weights: ask it with wb.survey, or `workbench survey`.")
        raise Refused(message.format(name=name))
    if is_eurostat(name):  # what was found of these files, not of those that were loaded last
        dataset = described(dataset, parts[0].provenance["table"])
    caveats = [part.caveat for part in parts if part.caveat]
    notes = dict.fromkeys([*caveats, *(note for part in parts for note in part.report.get("notes", ()))])
    origin = Origin(
        dataset=dataset,
        provenance=provenance_of(parts),
        notes=tuple(notes),
        tables=tuple(table for table, _folder in tables) if dataset.form == RECORDS else (),
        whole=not caveats,
        engine=engine,
    )
    if dataset.is_own_table:
        return cube_of_entry(parts, origin)
    measures = {
        key: Measure(key, given["unit"], given["how"], given.get("label", key), given.get("percent", ""))
        for key, given in dataset.measures.items()
    }
    edition = parts[0].report.get("nuts_edition") or dataset.nuts_edition or nuts  # a table may be newer than its entry
    shared = {"nuts": edition, "source": origin, "own": dataset.labels}
    if dataset.form == RECORDS:
        sums = {key: measure for key, measure in measures.items() if key not in build.COUNTS}
        rows = store.rows(*(part.table for part in parts), engine=engine)
        return build.from_rows(name, rows, dims or dataset.dimensions, sums=sums, **shared)
    if dims:
        raise Refused(_("{name} is published as it is; `dims` is for records.").format(name=name))
    if dataset.form == "cells":
        cells = pl.concat([pl.read_parquet(store.files(part.table)) for part in parts], how="diagonal_relaxed")
        return build.from_cells(name, cells, [DIMENSIONS[d].axis for d in dataset.dimensions], measures, **shared)
    rows = pd.concat([store.read(part.table) for part in parts], ignore_index=True)
    published = build.from_published(name, rows, dataset.margins, measures, **shared)
    return replace(published, beyond=_beyond(origin))


def _beyond(origin: Origin) -> str:
    """Where the rest of a table is of which an extract comes with the workbench; "" where this is all there is."""
    dataset = origin.dataset
    if not dataset.boxed or origin.provenance["way"] != "bundled" or not dataset.files["live"]:
        return ""
    message = _(
        "What comes with the workbench may be an extract; the whole table is fetched with "
        'wb.load("{name}", source="live").'
    )
    return message.format(name=dataset.name)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question before it is divided: the cube, the selection with the entry's defaults, the dimensions."""

    cube: Cube
    selection: Selection
    by: tuple[str, ...]
    notes: tuple[str, ...] = ()


def dimensions_of(name: str) -> tuple[str, ...]:
    """The dimensions of an entry, or of a stored table of one's own.

    Raises
    ------
    UnknownName
        For a name that is neither.
    """
    if name not in catalog() and (own := stored_table(name)):
        return origin_of(own.cube).dataset.dimensions
    if is_eurostat(name):  # only its files say which it has
        return origin_of(cube(name)).dataset.dimensions
    return entry_of(name).dimensions


def listed(by: str | Sequence[str]) -> tuple[str, ...]:
    """Dimension names as a tuple; one name alone will do.

    Raises
    ------
    Refused
        For anything else than names.
    """
    names = (by,) if isinstance(by, str) else by
    if not isinstance(names, Sequence | Set) or not all(isinstance(name, str) for name in names):
        raise Refused(
            _('by= takes the names of dimensions, as in by=["nuts2", "sex"]; {by!r:.60} is none.').format(by=by)
        )
    return tuple(names)


def prepare(
    source: str | Cube, selection: Selection | None, by: str | Sequence[str], *, built: bool = True
) -> Question:
    """The cube of a source, the selection with the entry's defaults (such as no commuting), and the checked dimensions.

    Of records the cube is one with the dimensions that the question needs, built where the usual one lacks some.

    Parameters
    ----------
    source : name of an entry, or a cube
    selection : None for everything
    by : names of dimensions
    built : False for the usual cube, where the question may be refused before a finer one is built

    Raises
    ------
    UnknownName, Refused
        For a dimension that does not exist, or one that is divided by twice.
    """
    selection, by = selection or Selection(), listed(by)
    usual = cube(source)
    origin = origin_of(usual)

    axes = [dimension(name, origin.dataset.dimensions if origin else ()).axis for name in by]
    if len(set(axes)) < len(axes):
        raise Refused(_("{by} divides by one dimension twice.").format(by=", ".join(by)), dimension=by[-1])
    if origin is None:
        return Question(cube=usual, selection=selection, by=by)

    selection, notes = _with_defaults(usual, origin, selection, axes)
    return Question(cube=finer(usual, selection, by) if built else usual, selection=selection, by=by, notes=notes)


def _with_defaults(
    named_cube: Cube, origin: Origin, selection: Selection, divided: Sequence[str]
) -> tuple[Selection, tuple[str, ...]]:
    """The selection with the entry's defaults on axes that it leaves open, and the note that says so."""
    open_axes = named_cube.axes - {*selection.restricted(), *divided}
    defaults = {name: codes for name, codes in origin.dataset.defaults.items() if DIMENSIONS[name].axis in open_axes}
    if not defaults:
        return selection, ()

    labels = {
        name: ", ".join(in_sentence(named_cube.lists[DIMENSIONS[name].axis].label(code)) for code in codes)
        for name, codes in defaults.items()
    }
    words = "; ".join(f"{DIMENSIONS[name].label} {named}" for name, named in labels.items())
    note = _("Counted unless you ask otherwise: {defaults} only.").format(defaults=words)
    return selection.but(where={**dict(selection.where), **defaults}), (note,)
