"""What data exist: the catalogue, checked, opened with intake 2, searched, described; the only door to intake."""

import html
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import pandas as pd
from intake.readers.entry import Catalog as IntakeCatalog
from intake.readers.readers import BaseReader

from workbench import store
from workbench.sources import eurostat, wording
from workbench.sources.catalog_check import READERS, check_entry, check_file
from workbench.sources.catalog_search import found
from workbench.sources.dataset import Dataset, frozen
from workbench.sources.download import accept, files_now, locate, status
from workbench.sources.eurostat import is_eurostat
from workbench.sources.eurostat_meaning import described, newest_of
from workbench.sources.readers.box import in_box, read_box
from workbench.terms.dimensions import own_dimension
from workbench.terms.errors import CatalogError, NotAvailable, UnknownName, close_to
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _

__all__ = ["Catalog", "Dataset", "TableReader", "catalog", "read"]

ROLES = "roles.yml"
NO_CATALOGUES = (ROLES, "facts.yml", "interventions.yml")
"""Lies next to the catalogues and says who may open what of them."""


CATALOGS = "WORKBENCH_CATALOGS"
"""The environment variable with catalogues of one's own: files or folders, separated as in PATH."""


def catalog(path: str | Path | None = None, *, alone: bool = False, withdraw: bool = False) -> "Catalog":
    """The repository's catalogue with those of one's own: of this process, and of `WORKBENCH_CATALOGS`.

    Parameters
    ----------
    path : a YAML file, or a folder of them; its entries are known everywhere from then on, until the process ends
    alone : only the entries of `path`, which then stay unknown elsewhere
    withdraw : the entries of `path` are no longer known from now on, and the others are returned

    Returns
    -------
    Catalog
        `.names() .table() .search("falls") .describe(name) .cite(name) .code(name)`.

    Raises
    ------
    CatalogError
        When there is none, when it has the name of an entry that there is already, or when it is malformed or asks for
        what a catalogue may not have. Nothing of it was run, and the catalogue stays as it was.
    """
    given = () if path is None else (Path(path).expanduser().absolute(),)
    if withdraw:
        _withdraw(given)
        given = ()
    if alone and given:
        return _opened(_files(given[0]))

    named = [Path(place).expanduser() for place in os.environ.get(CATALOGS, "").split(os.pathsep) if place]
    own = [file for place in (*named, *_OWN, *given) for file in _files(place)]
    builtin = _files(bundled("catalogs"))
    opened = _opened(tuple(dict.fromkeys((*builtin, *own))))
    if given:
        _check_stored(opened)
    _OWN.update(dict.fromkeys(given))
    return opened


_OWN: dict[Path, None] = {}
"""Catalogues that this process was given, in that order."""


def _withdraw(given: Sequence[Path]) -> None:
    """Forget a catalogue that this process was given; its file stays."""
    if not given or given[0] not in _OWN:
        message = _("{path} is no catalogue that was given with wb.catalog(path). There are: {paths}.")
        names = ", ".join(map(str, _OWN)) or _("none")
        raise CatalogError(message.format(path=given[0] if given else _("Nothing"), paths=names))
    del _OWN[given[0]]


def _check_stored(opened: "Catalog") -> None:
    """CatalogError where an entry of the user's has the name of a table that the user has stored: one would hide."""
    for name in (dataset.name for dataset in opened.datasets.values() if not dataset.builtin):
        if store.manifest(store.table_key(name, {}, "own")):
            message = _(
                "{name} is the name of a stored table of yours. Give the entry another name, or remove the table: "
                "workbench forget {name}."
            )
            raise CatalogError(message.format(name=name))


@dataclass(frozen=True)
class _File:
    """A catalogue file as it is now: another time or size is another content."""

    path: Path
    changed: int  # nanoseconds
    size: int


def _files(place: Path) -> tuple[_File, ...]:
    """The catalogue files at a place."""
    if place == bundled("catalogs"):
        return _builtin_files(place)
    found = (file for end in ("*.yml", "*.yaml") for file in place.glob(end)) if place.is_dir() else [place]
    files = sorted(file.absolute() for file in found if file.is_file())
    if not files:
        raise CatalogError(
            _("There is no catalogue at {path}. Give a .yml file, or a folder of them.").format(path=place)
        )
    return tuple(map(_as_it_is, files))


@lru_cache(maxsize=1)
def _builtin_files(place: Path) -> tuple[_File, ...]:
    """The catalogues that come with the workbench; looked at once, as every question asks for them several times."""
    return tuple(_as_it_is(file) for file in sorted(place.glob("*.yml")) if file.name not in NO_CATALOGUES)


def _as_it_is(file: Path) -> _File:
    """A catalogue file with its time and size."""
    status = file.stat()
    return _File(file, status.st_mtime_ns, status.st_size)


def read(dataset: Dataset, paths: Sequence[Path], report: Report, **parameters: str) -> Iterator[pd.DataFrame]:
    """The rows of a data set, opened through intake.

    Parameters
    ----------
    dataset, paths : what the catalogue says, and its files
    report : where rows that are rejected, with place and reason, and notes go
    parameters : those the files were located with; they are checked, and only choose the files

    Yields
    ------
    DataFrame
        A batch of rows with the common columns.

    Raises
    ------
    NotAvailable
        For data that need a registration and cannot be read here, with how to obtain them, and for maps.
    ReadError
        When a file is not what the entry says. Single rows at fault go into `report` instead.
    """
    dataset.choose(**parameters)
    if dataset.reader is None:
        dataset.check_open()
        raise NotAvailable(
            _("{name} holds boundaries, not rows: workbench.sources.boundaries opens them.").format(name=dataset.name)
        )
    report.nuts_edition = dataset.nuts_edition or ""
    return IntakeCatalog.from_dict(dataset.to_intake())[dataset.name].batches(paths, report)


class TableReader(BaseReader):
    """The reader that catalogue entries name for intake: a publisher's files as one DataFrame of the common columns.

    In plain intake: `intake.open_catalog("inail.yml")["inail_records"].read(region="Calabria")`.
    """

    output_instance = "pandas:DataFrame"

    def batches(self, paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
        """The rows in `paths`, batch by batch."""
        function, options = self.kwargs["function"], frozen(self.kwargs["options"])
        if function not in READERS:  # again, for those who come through plain intake, past the check
            raise CatalogError(_("{function!r} is not a reader function of the workbench.").format(function=function))
        if in_box(paths):
            return read_box(paths, report, live=bool(self.metadata["files"]["live"]))
        module, name = function.split(":")
        return getattr(import_module(f"workbench.sources.readers.{module}"), name)(paths, report, **options)

    def _read(self, *, name, function, options, paths=None, report=None, source="auto", **parameters):
        kwargs = {"name": name, "function": function, "options": options}
        dataset = Dataset.from_entry(name, check_entry(name, kwargs, self.metadata))
        dataset.check_open()
        located = None if paths else locate(dataset, source, **parameters)
        frame = pd.concat(self.batches(paths or located.paths, report or Report()), ignore_index=True)
        if located:
            accept(located)
        return frame


@dataclass(frozen=True, repr=False, eq=False)
class Catalog:
    """Data sets by name: published figures that come with the workbench first, else in the order of their files."""

    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    read = staticmethod(read)

    def __getitem__(self, name: str) -> Dataset:
        if is_eurostat(name):
            return eurostat_entry(name)
        if name not in self.datasets:
            hint = _("There are: {names}.").format(names=", ".join(self))
            raise UnknownName(_("data set"), name, self.datasets, hint=hint)
        return self.datasets[name]

    def __contains__(self, name: object) -> bool:
        return is_eurostat(name) or name in self.datasets

    def __iter__(self) -> Iterator[str]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def names(self, kind: str | None = None) -> list[str]:
        """The names of all data sets, or of those of one kind.

        Parameters
        ----------
        kind : "accidents", "exposure", "survey", "wearable", "notifications" or "map"
        """
        return list(self.datasets) if kind is None else found(self.datasets, "", {"kind": kind})

    def table(self) -> pd.DataFrame:
        """One row per data set: name, title, kind, figures, publisher, years, geography, licence, access, status.

        Published figures that come with the workbench stand first. `figures` says whether they are real or synthetic;
        "" of maps, and of what needs a registration.

        `status` is the way by which it is at hand now: bundled, cached, mirror, live or registration; "mirror (not
        set)" for what only a mirror could give, where there is none.
        """
        return _table(self.datasets.values())

    def search(self, text: str = "", **facets: str | Iterable[str]) -> pd.DataFrame:
        """The rows of `table` that fit, best first.

        Parameters
        ----------
        text : words, each of which has to be in the description
        facets : a value, or several, of kind, publisher (a part of the name will do), nuts_edition, dimension,
            measure, access or source_kind

        Raises
        ------
        UnknownName
            For a facet that does not exist or a value that no data set has.
        """
        return _table(self.datasets[name] for name in found(self.datasets, text, facets))

    def describe(self, name: str) -> str:
        """Everything the entry `name` says about its data, to be read by people.

        Raises
        ------
        UnknownName
            When there is no such entry, listing those there are.
        """
        return wording.describe(self[name], status(self[name]))

    def cite(self, name: str, style: str = "text") -> str:
        """The citation of a data set.

        Parameters
        ----------
        name : of the entry
        style : "text", "bibtex" or "csl" (JSON for reference managers)

        Raises
        ------
        UnknownName
            When there is no such entry or style.
        """
        return wording.cite(self[name], style)

    def code(self, name: str) -> str:
        """Plain pandas that gives the same figures from the publisher's file, without the workbench.

        It begins with the folder of the files: the bundled ones, those of the mirror where there is one, else your
        download.

        Raises
        ------
        NotAvailable
            Where a few lines of pandas cannot.
        """
        d = self[name]
        if not d.code:
            d.check_open()
            raise NotAvailable(
                _("{name} cannot be read in a few lines of pandas; `workbench.read({name!r})` reads it.").format(
                    name=name
                )
            )
        return wording.code(d, *files_now(d))

    def __repr__(self) -> str:
        return _("{n} data sets: {names}").format(n=len(self), names=", ".join(self))

    def _repr_html_(self) -> str:
        table = self.table()
        head = "".join(f"<th>{html.escape(column)}</th>" for column in table)
        rows = ("".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in table.itertuples(index=False))
        return (
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
        )


def eurostat_entry(name: str, parameters: Mapping[str, object] | None = None) -> Dataset:
    """The entry of any Eurostat table, "eurostat:ID"; of one that was loaded, with its dimensions and measures.

    Parameters
    ----------
    name : of the table
    parameters : codes and times that are asked for, as `eurostat.address_of` takes them

    Raises
    ------
    UnknownName
        For what is no id, and for other parameters.
    """
    found = eurostat.entry(name, parameters or {}, _opened(_files(bundled("catalogs"))).datasets)
    stored = newest_of(found.name)
    return described(found, stored.provenance["table"]) if stored and not parameters else found


@lru_cache(maxsize=16)
def _opened(files: tuple[_File, ...]) -> Catalog:
    """The catalogue in `files`; read again when one of them has changed (its time and size are part of the key)."""
    datasets: dict[str, Dataset] = {}
    builtin = bundled("catalogs")
    for path in (file.path for file in files):
        for name, entry in check_file(path)["entries"].items():
            if name in datasets:
                raise _taken(name, path, by_builtin=datasets[name].builtin)
            for dimension in entry["metadata"]["dimensions"]:
                own_dimension(dimension)
            maps = path.parent == builtin and entry["metadata"]["kind"] == "map"
            datasets[name] = Dataset.from_entry(name, entry, bundled("maps") if maps else path.parent)

    known = {*datasets, "self"}
    if any(file.path.parent != builtin for file in files):
        known |= {*_opened(_files(bundled("catalogs")))}  # one of one's own may lean on the repository's exposures
    for d in datasets.values():
        for other in (d.exposure, *d.exposure_margins):
            if other is not None and other not in known:
                message = _("{name} takes its exposure from {other}, which the catalogue does not have.")
                raise CatalogError(message.format(name=d.name, other=other) + close_to(other, known))
    return Catalog(dict(sorted(datasets.items(), key=lambda item: not item[1].boxed)))


def _taken(name: str, path: Path, *, by_builtin: bool) -> CatalogError:
    """The refusal of a name that another entry has: a figure must not change its source in silence."""
    words = {"name": name, "path": path.name}
    if by_builtin:
        message = _(
            "{path}: {name} is the name of an entry of the workbench's own catalogue. Give yours another name, such as "
            "my_{name}, at the three places where it stands: aliases, entries, and name in its kwargs."
        )
        return CatalogError(message.format(**words))
    return CatalogError(_("{name} stands in the catalogue twice, the second time in {path}.").format(**words))


def _table(datasets: Iterable[Dataset]) -> pd.DataFrame:
    columns = {c: c for c in ("name", "title", "kind", "figures", "publisher", "years", "licence", "access")} | {
        "geography": "spatial"
    }
    rows = [{column: getattr(d, key) for column, key in columns.items()} | {"status": status(d)} for d in datasets]
    order = ["name", "title", "kind", "figures", "publisher", "years", "geography", "licence", "access", "status"]
    return pd.DataFrame(rows, columns=order)
