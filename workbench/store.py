"""Where rows live: one folder of Parquet files and a manifest per table, replaced as a whole or not at all."""

import atexit
import errno
import hashlib
import json
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.engine import rows as engine_rows
from workbench.engine.choice import Engine
from workbench.terms.errors import NotAvailable, ReadError, WorkbenchError
from workbench.terms.places import home, made, replacing, writing_home
from workbench.terms.text import _, n_

if TYPE_CHECKING:
    import ibis.expr.types as ir

VERSION = 3
"""Of manifest and rows: 3 (2026-11) has what was not reported as missing. Tables of another version are read again."""
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a stored table is: where its rows come from, what was rejected on the way, and its schema."""

    version: int = VERSION
    table: str
    name: str  # of the entry
    parameters: dict = field(default_factory=dict)
    rows: int = 0
    columns: dict = field(default_factory=dict)  # name -> Arrow type
    report: dict = field(default_factory=dict)  # of the reader: rows read, rejected, unfinished, reasons, notes
    provenance: dict = field(default_factory=dict)
    written: str = ""  # UTC, ISO 8601
    folder: str = ""
    sha256s: dict = field(default_factory=dict)  # name of each Parquet file -> its SHA-256

    @property
    def caveat(self) -> str:
        """The sentence that belongs to every figure of a table whose file broke off or had rows rejected; else ""."""
        rejected = self.report.get("rejected", 0)
        if self.report.get("unfinished"):
            return n_(
                "{part}: {rows:,} row of an unfinished file, {rejected:,} rejected. The file breaks off there; "
                "how much is missing is not known.",
                "{part}: {rows:,} rows of an unfinished file, {rejected:,} rejected. The file breaks off there; "
                "how much is missing is not known.",
                self.rows,
            ).format(part=self.part, rows=self.rows, rejected=rejected)
        if rejected:
            reason = next(iter(self.report.get("reasons", {})), "")
            return n_(
                "{part}: {rejected:,} row of the file was rejected and is in no figure ({reason}).",
                "{part}: {rejected:,} rows of the file were rejected and are in no figure (most often: {reason}).",
                rejected,
            ).format(part=self.part, rejected=rejected, reason=reason)
        return ""

    @property
    def part(self) -> str:
        """Which data the table holds: the name of the entry and the values of its parameters."""
        return " ".join([self.name, *map(str, self.parameters.values())])


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A stored table that is not believed: which, what is wrong with it, and its manifest, if that can be read."""

    table: str
    fault: str
    manifest: Manifest | None = None


def table_key(name: str, parameters: Mapping, way: str) -> str:
    """The name of a table's folder.

    A copy kept from a download is what came live: it has the same table, with what was noted when it came.

    Parameters
    ----------
    name, parameters : the entry, and which of its files
    way : how they came: bundled, mirror, live, cached, file
    """
    identity = json.dumps([dict(parameters), "live" if way == "cached" else way], sort_keys=True)
    return f"{name.replace(':', '.')}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def write(
    key: str,
    batches: Iterable[pd.DataFrame],
    *,
    name: str,
    parameters: dict,
    finish: Callable[[int], tuple[dict, dict]],
    lasting: bool = True,
) -> Manifest:
    """Write all batches, then make them the table `key` in one step; an interruption leaves the table as it was.

    Two processes may write the same table: the last one that ends wins, readers always see a whole table.

    Parameters
    ----------
    key : as `table_key` gives it
    batches : rows, in frames of the same columns
    name, parameters : the entry and which of its files
    finish : called with the number of rows after the last batch; gives (report, provenance) for the manifest. What it
        raises leaves the table as it was.
    lasting : where `home()` is read-only, a table that need not last is kept until this process ends

    Raises
    ------
    WorkbenchError
        When nothing can be kept there, or the disk is full.
    """
    fresh = _fresh_folder(key, lasting)
    base = fresh.parent
    try:
        rows, schema = _write_parts(fresh, batches)
        report, provenance = finish(rows)
        manifest = Manifest(
            table=key,
            name=name,
            parameters=parameters,
            rows=rows,
            columns={f.name: str(f.type) for f in schema} if schema else {},
            report=report,
            provenance=provenance,
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            folder=fresh.name.removeprefix("."),
            sha256s={file.name: sha256_of(file) for file in sorted(fresh.glob("*.parquet"))},
        )
        with writing_home():
            fresh.rename(base / manifest.folder)
        if (base / "manifest.json").is_dir():  # a damage; a folder is not replaced by a file
            shutil.rmtree(base / "manifest.json")
        with replacing(base / "manifest.json") as file:
            file.write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False), encoding="utf-8")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _sweep(base, manifest.folder)
    return manifest


def manifest(key: str) -> Manifest | None:
    """The manifest of a table, or None where there is none or it is damaged; `damage` says why."""
    found = _examined(key)
    return found if isinstance(found, Manifest) else None


def damage(key: str) -> Damaged | None:
    """What is wrong with a stored table, or None when it is whole or not there."""
    found = _examined(key)
    return found if isinstance(found, Damaged) else None


def manifests(name: str | None = None) -> list[Manifest]:
    """All whole tables in the store, or those of one entry, by their key."""
    return [found for found in map(_examined, _keys(name)) if isinstance(found, Manifest)]


def damages(name: str | None = None) -> list[Damaged]:
    """All damaged tables in the store, or those of one entry, by their key."""
    return [found for found in map(_examined, _keys(name)) if isinstance(found, Damaged)]


def holds(name: str) -> bool:
    """Whether the store has a table of an entry, of whichever parameters and way; it is not examined."""
    return bool(_keys(name))


def remove(key: str) -> None:
    """Take a table out of the store; no fault where it is not there."""
    for tables in _places():
        shutil.rmtree(tables / key, ignore_errors=True)


def files(key: str) -> list[Path]:
    """The Parquet files of a table.

    Raises
    ------
    NotAvailable
        When the table has not been loaded.
    ReadError
        When it is damaged.
    """
    found = _examined(key)
    if found is None:
        raise NotAvailable(_("Table {key} is not in the store; load it first.").format(key=key))
    if isinstance(found, Damaged):
        raise ReadError(
            _("Table {key} in the store is damaged: {fault} Load it again.").format(key=key, fault=found.fault)
        )
    return [_folder(key) / found.folder / name for name in found.sha256s]


def rows(*keys: str, engine: Engine | None = None) -> "ir.Table":
    """The rows of one table, or of several put together, as an ibis expression; nothing is read yet.

    Parameters
    ----------
    *keys : str
        Of tables of one entry.
    engine : Engine, optional
        That holds them; the one that `WORKBENCH_ENGINE` says, else DuckDB.

    Returns
    -------
    ibis Table

    Raises
    ------
    NotAvailable, ReadError
        As `files`.
    """
    name = re.sub(r"\W", "_", keys[0].rpartition("-")[0] or keys[0])
    return engine_rows.parquet([file for key in keys for file in files(key)], name, engine)


def read(key: str) -> pd.DataFrame:
    """The rows of a table in memory.

    Parameters
    ----------
    key : str
        Of a table.

    Returns
    -------
    DataFrame

    Raises
    ------
    NotAvailable, ReadError
        As `files`.
    """
    return pd.concat([pd.read_parquet(f) for f in files(key)], ignore_index=True)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(key: str) -> Path | None:
    """Where a table lies, or None where there is none."""
    return next((tables / key for tables in _places() if _is_table(tables / key)), None)


def _is_table(folder: Path) -> bool:
    """Whether a folder has a manifest, or rows without one; what is still being written has a name with a dot."""
    return any(folder.glob("[!.]*"))


def _places() -> tuple[Path, ...]:
    """The folders of tables; what this process could not write to `home()` goes before what is found there."""
    return _of_this_process(home()), home() / "tables"


def _fresh_folder(key: str, lasting: bool) -> Path:
    """A new and empty folder inside that of a table."""
    name = f".{uuid.uuid4().hex}"
    try:
        return made(home() / "tables" / key / name)
    except WorkbenchError as error:
        read_only = isinstance(error.__cause__, OSError) and error.__cause__.errno in READ_ONLY
        if lasting or not read_only:
            raise
        return made(_of_this_process(home()) / key / name)


@cache
def _of_this_process(home: Path) -> Path:
    """A temporary folder for tables that `home` does not take, which is removed when the process ends."""
    folder = Path(tempfile.gettempdir()) / f"osh-workbench-{uuid.uuid4().hex}"
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _keys(name: str | None) -> list[str]:
    """The keys of all tables, or of those of one entry; a name has no hyphen of its own."""
    pattern = f"{name.replace(':', '.')}-*" if name else "*"
    return sorted({folder.name for tables in _places() for folder in tables.glob(pattern) if _is_table(folder)})


def _examined(key: str) -> Manifest | Damaged | None:
    """The manifest of a table if the table is what it says, else what is wrong; None where there is no table."""
    base = _folder(key)
    if base is None:
        return None
    try:
        content = json.loads((base / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Damaged(table=key, fault=_("its manifest is missing."))
    except (OSError, ValueError, RecursionError):
        return Damaged(table=key, fault=_("its manifest cannot be read."))
    if not isinstance(content, dict) or content.get("table") != key:
        return Damaged(table=key, fault=_("its manifest is not that of this table."))
    if content.get("version") != VERSION:
        return Damaged(table=key, fault=_("another version of the workbench wrote it."))
    if fault := _form_fault(content):
        return Damaged(table=key, fault=fault)
    found = Manifest(**content)
    fault = _files_fault(base / found.folder, found.sha256s)
    return Damaged(table=key, fault=fault, manifest=found) if fault else found


def _form_fault(content: dict) -> str:
    """Whether a manifest has the keys and types that were written, and names nothing outside its own folder."""
    kinds = {f.name: f.type for f in fields(Manifest)}
    if content.keys() != kinds.keys() or any(type(content[key]) is not kind for key, kind in kinds.items()):
        return _("its manifest is incomplete.")
    if bool(content["rows"]) != bool(content["sha256s"]):
        return _("its manifest is incomplete.")
    names = [content["folder"], *content["sha256s"]]
    if not all(isinstance(name, str) and name == Path(name).name and name.strip(".") for name in names):
        return _("its manifest names files elsewhere.")
    return ""


def _files_fault(folder: Path, sha256s: Mapping[str, str]) -> str:
    """What is wrong with the Parquet files of a table, compared with the hashes in its manifest."""
    for name, expected in sha256s.items():
        try:
            state = (folder / name).stat()
            found = _hash_at(folder / name, state.st_mtime_ns, state.st_size)
        except OSError:
            return _("its file {name} is missing or cannot be read.").format(name=name)
        if found != expected:
            return _("its file {name} is not the one that was written (its SHA-256 differs).").format(name=name)
    return ""


@lru_cache(maxsize=1024)
def _hash_at(path: Path, _time: int, _size: int) -> str:
    """The hash of a file in one state, worked out once a process: 0.5 s for a gigabyte."""
    return sha256_of(path)


def _write_parts(folder: Path, batches: Iterable[pd.DataFrame]) -> tuple[int, pa.Schema | None]:
    """Write the batches to one Parquet file: how many rows there are, and their schema (None without any batch)."""
    total, writer, schema = 0, None, None
    try:
        for batch in batches:
            part = pa.Table.from_pandas(batch, preserve_index=False, schema=schema)
            with writing_home():
                if writer is None:
                    schema = pa.schema([_as_text(column) for column in part.schema])
                    writer = pq.ParquetWriter(folder / "part-0.parquet", schema, compression="zstd")
                writer.write_table(part.cast(schema))
            total += part.num_rows
    finally:
        if writer:
            with writing_home():
                writer.close()
    return total, schema


def _as_text(column: pa.Field) -> pa.Field:
    """A column without a value in the first batch, or of long text, as plain text: later batches may have text."""
    empty_or_long = pa.types.is_null(column.type) or pa.types.is_large_string(column.type)
    return column.with_type(pa.string()) if empty_or_long else column


def _sweep(base: Path, kept: str) -> None:
    """Remove what no manifest names any more; what another process may still read or write is younger than an hour."""
    for folder in base.iterdir():
        if folder.is_dir() and folder.name != kept and time.time() - folder.stat().st_mtime > 3600:
            shutil.rmtree(folder, ignore_errors=True)
