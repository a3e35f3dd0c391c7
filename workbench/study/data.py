"""What a question is asked of: the rows and the cube of a catalogue entry, read and checked once, then kept."""

import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import polars as pl

from workbench import store
from workbench.cubes import build
from workbench.cubes.cube import Cube, Measure
from workbench.cubes.selection import Selection
from workbench.sources import download
from workbench.sources.catalog import Catalog, Dataset, catalog
from workbench.study.coverage import UNKNOWN_COVERAGE, check_coverage, coverage_of
from workbench.study.loaded import Loaded
from workbench.study.origin import Origin, origin_of
from workbench.study.own_table import Table, stored_names, stored_table
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName
from workbench.terms.places import home, mirror
from workbench.terms.tables import Report
from workbench.terms.text import _

RECORDS = "records"
"""What an entry's `form` says when it has one row per event; every other entry is published margins or cells."""


def load(
    name: str,
    *,
    path: Path | str | None = None,
    source: str | None = None,
    coverage: str | None = None,
    progress: Callable[[int], None] | None = None,
    **parameters,
) -> Loaded:
    """Read an entry's files, check them and keep the rows in the store; what was there before stays until all is done.

    Parameters
    ----------
    name : entry of the catalogue
    path : a file of the publisher's that the user has, in place of the catalogue's address
    source : "auto", "bundled", "mirror" or "live"; `WORKBENCH_SOURCE`, else "auto"
    coverage : "full" or "sample", where the user knows it of a file; a sample is never divided by people, and records
        of a file of which it was not said are not divided either
    progress : called with the number of rows read so far
    parameters : what the entry takes, such as region="Calabria"

    Returns
    -------
    Loaded
        Rows read and rejected with the reasons, and where they are kept.

    Raises
    ------
    NotAvailable
        For data that cannot be reached now.
    ReadError
        For a file that is not what its entry says, or has no row that can be read.
    UnknownName
        For an entry, parameter or coverage that does not exist.
    """
    book, dataset = catalog(), _entry(name)
    located = download.locate_file(path) if path else download.locate(dataset, source or "auto", **parameters)
    check_coverage(coverage)
    return _keep(book, dataset, located, "file" if path else located.way, parameters, progress, coverage)


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
    parts = _parts(name, path, source, coverage, parameters)
    frame = pd.concat([store.read(part.table) for part in parts], ignore_index=True)
    frame.attrs = {
        "name": name,
        "provenance": _provenance(parts),
        "report": [part.report for part in parts],
        "citation": catalog().cite(name),
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
    **parameters,
) -> Cube:
    """The cube of a catalogue entry, or of a table of one's own.

    Parameters
    ----------
    what : name of an entry or of a stored table of one's own, what `wb.table` gives, or a pandas, Polars, Arrow or
        ibis table with the common columns (nuts, nace, sex, age,
        year, severity, ...) or Eurostat's (geo, nace_r2, TIME_PERIOD)
    dims : dimensions of a cube of records; by default those that the entry names, else those of nuts2, nace1, sex,
        age_group, year and severity that the table has
    path : a file of the publisher's that the user has, in place of the catalogue's address
    source : "auto", "bundled", "mirror" or "live"; `WORKBENCH_SOURCE`, else "auto"
    coverage : "full" or "sample", as in `load`
    nuts : edition of the regions of a table of one's own
    parameters : what the entry takes, such as region="Calabria"

    Returns
    -------
    Cube
        Counts and measures by dimension, for every question in place of a name.

    Raises
    ------
    NotAvailable, ReadError, UnknownName
        As `load`.
    Refused
        For what is no table, or has columns that cannot be told apart.
    """
    if isinstance(what, Cube):
        return what
    if isinstance(what, Table):
        return what.cube
    if not isinstance(what, str):
        return build.from_table(what, dims, nuts=nuts)
    if what not in catalog() and (own := stored_table(what)):
        return own.cube
    parts = _parts(what, path, source, coverage, parameters)
    return _built(what, tuple((part.table, part.folder) for part in parts), tuple(dims or ()), nuts)


@lru_cache(maxsize=8)
def _built(name: str, tables: tuple[tuple[str, str], ...], dims: tuple[str, ...], nuts: str) -> Cube:
    """The cube of stored tables; kept in memory until one of them is loaded again, which gives it another folder."""
    dataset, parts = catalog()[name], [store.manifest(table) for table, _folder in tables]
    caveats = [part.caveat for part in parts if part.caveat]
    notes = dict.fromkeys([*caveats, *(note for part in parts for note in part.report.get("notes", ()))])
    origin = Origin(dataset=dataset, provenance=_provenance(parts), notes=tuple(notes), whole=not caveats)
    measures = {
        key: Measure(key, given["unit"], given["how"], given.get("label", key))
        for key, given in dataset.measures.items()
    }
    edition = parts[0].report.get("nuts_edition") or dataset.nuts_edition or nuts  # a table may be newer than its entry
    shared = {"nuts": edition, "source": origin, "own": dataset.labels}
    if dataset.form == RECORDS:
        return build.from_rows(name, store.rows(*(part.table for part in parts)), dims or dataset.dimensions, **shared)
    if dims:
        raise Refused(_("{name} is published as it is; `dims` is for records.").format(name=name))
    if dataset.form == "cells":
        cells = pl.concat([pl.read_parquet(store.files(part.table)) for part in parts], how="diagonal_relaxed")
        return build.from_cells(name, cells, [DIMENSIONS[d].axis for d in dataset.dimensions], measures, **shared)
    rows = pd.concat([store.read(part.table) for part in parts], ignore_index=True)
    return build.from_published(name, rows, dataset.margins, measures, **shared)


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
    return _entry(name).dimensions


def _entry(name: str) -> Dataset:
    """The entry of the catalogue; where there is none, the refusal shows how a table of one's own gets a name."""
    book = catalog()
    if name in book:
        return book[name]
    names = [*book, *stored_names()]
    hint = _("There are: {names}. A table of your own: wb.table(FILE), or `workbench load NAME --from FILE`.")
    raise UnknownName(_("data set"), name, names, hint=hint.format(names=", ".join(names)))


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


def prepare(source: str | Cube, selection: Selection | None, by: str | Sequence[str]) -> Question:
    """The cube of a source, the selection with the entry's defaults (such as no commuting), and the checked dimensions.

    Raises
    ------
    UnknownName, Refused
        For a dimension that does not exist, or one that is divided by twice.
    """
    named_cube, selection, by = cube(source), selection or Selection(), listed(by)
    origin = origin_of(named_cube)

    axes = [dimension(name, origin.dataset.dimensions if origin else ()).axis for name in by]
    if len(set(axes)) < len(axes):
        raise Refused(_("{by} divides by one dimension twice.").format(by=", ".join(by)), dimension=by[-1])
    if origin is None:
        return Question(cube=named_cube, selection=selection, by=by)

    settled = {*selection.restricted(), *axes}
    open_axes = named_cube.axes - settled
    defaults = {name: codes for name, codes in origin.dataset.defaults.items() if DIMENSIONS[name].axis in open_axes}
    if not defaults:
        return Question(cube=named_cube, selection=selection, by=by)

    selection = selection.but(where={**dict(selection.where), **defaults})
    words = "; ".join(
        f"{DIMENSIONS[name].label} {', '.join(named_cube.lists[DIMENSIONS[name].axis].label(c).lower() for c in codes)}"
        for name, codes in defaults.items()
    )
    note = _("Counted unless you ask otherwise: {defaults} only.").format(defaults=words)
    return Question(cube=named_cube, selection=selection, by=by, notes=(note,))


def _parts(
    name: str, path, source: str | None, coverage: str | None, parameters: Mapping
) -> tuple[store.Manifest, ...]:
    """The stored tables of an entry, read where absent or changed; looked for once a process."""
    places = (home(), mirror(), os.environ.get("WORKBENCH_SOURCE"))
    question = (*places, name, _entry(name).edited, path, source, coverage, tuple(sorted(parameters.items())))
    if question not in _FOUND:
        _FOUND[question] = _find(name, path, source, coverage, parameters)
    return _FOUND[question]


_FOUND: dict[tuple, tuple[store.Manifest, ...]] = {}


def _find(name: str, path, source: str | None, coverage: str | None, parameters: Mapping) -> tuple[store.Manifest, ...]:
    check_coverage(coverage)
    book, dataset = catalog(), _entry(name)
    if path is None and source in (None, "auto"):
        if own := store.manifest(store.table_key(name, dict(parameters), "file")):
            dataset.check_unedited(own.provenance.get("entry"))
            return (own,)  # the user's own file goes before the catalogue's address
        if damaged := store.damage(store.table_key(name, dict(parameters), "file")):
            raise _unreadable(name, damaged)
        if dataset.parameters and not parameters and (loaded := _loaded_parts(name)):
            return loaded
    try:
        located = download.locate_file(path) if path else download.locate(dataset, source or "auto", **parameters)
    except NotAvailable:  # what was loaded before is still there
        anyhow = path is None and (source or os.environ.get("WORKBENCH_SOURCE") or "auto") == "auto"
        if anyhow and (loaded := [m for m in _loaded_parts(name) if m.parameters == dict(parameters)]):
            return tuple(loaded)
        raise
    way = "file" if path else located.way
    kept = store.manifest(store.table_key(name, dict(parameters), way))
    same_files = kept and kept.provenance.get("sha256") == list(located.sha256s)
    as_stated = kept and coverage in (None, kept.provenance["coverage"])
    if same_files and as_stated and kept.provenance.get("entry") == dataset.edited:
        return (kept,)
    return (_keep(book, dataset, located, way, parameters, coverage=coverage, lasting=False).manifest,)


def _loaded_parts(name: str) -> tuple[store.Manifest, ...]:
    """Of an entry that comes in parts, every part that was loaded, the newest where one came by several ways."""
    for damaged in store.damages(name):
        _read_again(name, damaged)
    newest = sorted((m for m in store.manifests() if m.name == name), key=lambda m: m.written)
    return tuple({tuple(sorted(m.parameters.items())): m for m in newest}.values())


def _read_again(name: str, damaged: store.Damaged) -> None:
    """Load a damaged table again, from where it came; ReadError where that is impossible: no part is left out."""
    table, book = damaged.manifest, catalog()
    if table is None or (way := table.provenance.get("way")) == "file":
        raise _unreadable(name, damaged)
    try:
        located = download.locate(book[name], way if way in download.WAYS else "auto", **table.parameters)
    except NotAvailable as error:
        raise _unreadable(name, damaged) from error
    _keep(book, book[name], located, located.way, table.parameters, lasting=False)


def _unreadable(name: str, damaged: store.Damaged) -> ReadError:
    """The refusal of a damaged table that only the user can give again."""
    parameters = damaged.manifest.parameters if damaged.manifest else {}
    part = "".join(f" --set {key}={value}" for key, value in parameters.items())
    message = _(
        "A stored table of {name} is damaged: {fault} Load it again, workbench load {name}{part} --from FILE, "
        "or remove {folder}."
    )
    folder = home() / "tables" / damaged.table
    return ReadError(message.format(name=name, fault=damaged.fault, part=part, folder=folder))


def _provenance(parts: Sequence[store.Manifest]) -> dict:
    """How the data came: of several parts, what they share, and which parts there are."""
    first = parts[0].provenance
    provenance = {**first, "sha256": [digest for part in parts for digest in part.provenance["sha256"]]}
    if any(part.parameters for part in parts):
        provenance["parts"] = [part.parameters for part in parts]
    coverages = {part.provenance["coverage"] for part in parts}
    provenance["coverage"] = next(known for known in ("sample", UNKNOWN_COVERAGE, "full") if known in coverages)
    return provenance


def _keep(
    book: Catalog,
    dataset: Dataset,
    located,
    way: str,
    parameters: Mapping,
    progress=None,
    coverage: str | None = None,
    lasting: bool = True,
) -> Loaded:
    report, counts = Report(), {}
    _FOUND.clear()

    def batches():
        for batch in book.read(dataset, located.paths, report, **parameters):
            for axis in dataset.breakdown:
                found = counts.setdefault(axis, {})
                for code, n in batch[axis].fillna("UNK").value_counts().items():
                    found[code] = found.get(code, 0) + int(n)
            if progress:
                progress(report.rows_read)
            yield batch

    def finish(rows: int):
        if not rows:
            raise ReadError(_("{name}: no row could be read. {report}").format(name=dataset.name, report=report))
        for note in download.doubts(dataset, located, parameters, rows=rows, unfinished=report.unfinished):
            report.note(note)
        return report.to_dict(), {
            "way": way,
            "address": located.address,
            "sha256": list(located.sha256s),
            "retrieved": located.retrieved,
            "coverage": coverage_of(dataset, way, report, coverage),
            "synthetic": report.synthetic or dataset.synthetic,
            **({"entry": dataset.edited} if dataset.edited else {}),
        }

    manifest = store.write(
        store.table_key(dataset.name, dict(parameters), way),
        batches(),
        name=dataset.name,
        parameters=dict(parameters),
        finish=finish,
        lasting=lasting,
    )
    if not report.unfinished:
        download.accept(located)
    return Loaded(manifest=manifest, report=report, breakdown=counts)
