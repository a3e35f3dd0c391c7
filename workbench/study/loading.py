"""The stored tables of an entry: its files read, checked and kept; found again, and read again where they changed."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from workbench import store
from workbench.sources import download
from workbench.sources.catalog import Catalog, Dataset, catalog, eurostat_entry
from workbench.sources.eurostat import is_eurostat
from workbench.sources.eurostat_meaning import newest_of
from workbench.study.coverage import UNKNOWN_COVERAGE, check_coverage, coverage_of
from workbench.study.eurostat_tables import with_meaning
from workbench.study.loaded import Loaded
from workbench.study.own_entries import meaning_of_rows, rows_of_entry
from workbench.study.own_table import stored_names
from workbench.terms.dimensions import OF_ALL, remember_dimensions
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName
from workbench.terms.places import home, mirror
from workbench.terms.tables import Report
from workbench.terms.text import _


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
    book, dataset = catalog(), entry_of(name, parameters)
    located = _located(dataset, path, source, parameters)
    check_coverage(coverage)
    return _keep(book, dataset, located, "file" if path else located.way, parameters, progress, coverage)


def entry_of(name: str, parameters: Mapping | None = None) -> Dataset:
    """The entry of the catalogue, or of any Eurostat table ("eurostat:ID").

    Raises
    ------
    UnknownName
        Where there is none, with how a table of one's own gets a name.
    """
    book = catalog()
    if is_eurostat(name):
        return eurostat_entry(name, parameters)
    if name in book:
        return book[name]
    names = [*book, *stored_names()]
    hint = _(
        "There are: {names}. Any Eurostat table: eurostat:ID. A table of your own: wb.table(FILE), or `workbench load "
        "NAME --from FILE`."
    )
    raise UnknownName(_("data set"), name, names, hint=hint.format(names=", ".join(names)))


def parts_of(
    name: str, path, source: str | None, coverage: str | None, parameters: Mapping
) -> tuple[store.Manifest, ...]:
    """The stored tables of an entry, read where absent or changed; looked for once a process.

    Parameters
    ----------
    name, path, source, coverage, parameters : as for `load`

    Returns
    -------
    tuple of Manifest
        Several where an entry comes in parts.
    """
    places = (home(), mirror(), os.environ.get("WORKBENCH_SOURCE"))
    question = (
        *places,
        name,
        entry_of(name, parameters).edited,
        path,
        source,
        coverage,
        tuple(sorted(parameters.items())),
    )
    if question not in _FOUND:
        _FOUND[question] = _find(name, path, source, coverage, parameters)
    return _FOUND[question]


_FOUND: dict[tuple, tuple[store.Manifest, ...]] = {}


def _find(name: str, path, source: str | None, coverage: str | None, parameters: Mapping) -> tuple[store.Manifest, ...]:
    check_coverage(coverage)
    book, dataset = catalog(), entry_of(name, parameters)
    name = dataset.name  # of Eurostat's in small letters
    if path is None and source in (None, "auto"):
        if is_eurostat(name) and not parameters and (loaded := newest_of(name)):
            return (loaded,)
        if own := store.manifest(store.table_key(name, dict(parameters), "file")):
            dataset.check_unedited(own.provenance.get("entry"))
            return (own,)  # the user's own file goes before the catalogue's address
        if damaged := store.damage(store.table_key(name, dict(parameters), "file")):
            raise _unreadable(name, damaged)
        if dataset.parameters and not parameters and (loaded := _loaded_parts(name)):
            return loaded
    try:
        located = _located(dataset, path, source, parameters)
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


def _located(dataset: Dataset, path, source: str | None, parameters: Mapping) -> download.Located:
    """The files of an entry, or the one that the user has."""
    if not path:
        return download.locate(dataset, source or "auto", **parameters)
    if parameters and is_eurostat(dataset.name):
        raise Refused(
            _("{names} choose what is asked of Eurostat; a file is read as it is.").format(names=", ".join(parameters))
        )
    return download.locate_file(path)


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


def provenance_of(parts: Sequence[store.Manifest]) -> dict:
    """How the data came: of several parts, what they share, and which parts there are.

    Parameters
    ----------
    parts : sequence of Manifest
        Of one entry, one at least.

    Returns
    -------
    dict
        That of the first, the hashes of all files, the parameters of each part, and the coverage of the least complete.
    """
    first = parts[0].provenance
    first = {key: value for key, value in first.items() if key not in ("table", "own")}  # what columns mean
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
    meaning = {"entry": dataset.edited} if dataset.edited else {}
    if is_eurostat(dataset.name):
        dataset, meaning = with_meaning(dataset, located, way, parameters, report)
    _FOUND.clear()

    def batches():
        frames = book.read(dataset, located.paths, report, **parameters)
        if dataset.is_own_table:
            rows = rows_of_entry(dataset, frames, report)
            meaning["own"], frames = meaning_of_rows(rows), [rows.frame]
        for batch in frames:
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
            **meaning,
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
    remember_dimensions(name for name in dataset.dimensions if name not in OF_ALL)
    about_persons = dataset.about_persons and not report.synthetic
    return Loaded(manifest=manifest, report=report, breakdown=_in_tens(counts) if about_persons else counts)


def _in_tens(breakdown: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int | None]]:
    """Numbers of persons in tens, so that the number of all rows gives no small one back."""
    return {
        axis: {code: None if n < 10 else 10 * round(n / 10) for code, n in counts.items()}
        for axis, counts in breakdown.items()
    }
