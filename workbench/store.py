"""Where rows live: one folder of Parquet files and a manifest per table, replaced as a whole or not at all."""

import atexit
import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.errors import NotAvailable, WorkbenchError
from workbench.terms.places import home, made
from workbench.terms.text import _

if TYPE_CHECKING:
    import ibis.expr.types as ir

READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a stored table is: where its rows come from, what was rejected on the way, and its schema."""

    table: str
    name: str
    parameters: dict = field(default_factory=dict)
    rows: int = 0
    columns: dict = field(default_factory=dict)
    report: dict = field(default_factory=dict)
    provenance: dict = field(default_factory=dict)
    written: str = ""
    folder: str = ""


def table_key(name: str, parameters: dict, way: str) -> str:
    """The folder's name of a table: the entry, its parameters and the way its files came (mirror, live, file)."""
    told = json.dumps([parameters, way], sort_keys=True)
    return f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def write(
    key: str, batches: Iterable[pd.DataFrame], *, name: str, parameters: dict, finish, lasting: bool = True
) -> Manifest:
    """Write all batches, then make them the table `key` in one step; an interruption leaves the table as it was.

    `finish(rows)` is called after the last batch and gives (report, provenance) for the manifest; what it raises
    leaves the table as it was. Two processes may
    write the same table: the last one that ends wins, readers always see a whole table.

    Where `home()` is read-only, a table that need not be `lasting` is kept until this process ends.
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
        )
        fresh.rename(base / manifest.folder)
        replace_text(base / "manifest.json", json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _sweep(base, manifest.folder)
    return manifest


def manifest(key: str) -> Manifest | None:
    """The manifest of a table, or None where there is none."""
    folder = _folder(key)
    return Manifest(**json.loads((folder / "manifest.json").read_text(encoding="utf-8"))) if folder else None


def manifests() -> list[Manifest]:
    """All tables in the store, by name."""
    keys = {file.parent.name for tables in _places() for file in tables.glob("*/manifest.json")}
    return [m for m in map(manifest, sorted(keys)) if m]


def holds(name: str) -> bool:
    """Whether the store has a table of an entry of the catalogue, of whichever parameters and way."""
    # a name has no hyphen of its own
    return any(file for tables in _places() for file in tables.glob(f"{name}-*/manifest.json"))


def files(key: str) -> list[Path]:
    """The Parquet files of a table.

    Raises
    ------
    NotAvailable
        When the table has not been loaded.
    """
    folder, written = _folder(key), manifest(key)
    if folder is None or written is None:
        raise NotAvailable(_("Table {key} is not in the store; load it first.").format(key=key))
    return sorted((folder / written.folder).glob("*.parquet"))


def rows(*keys: str) -> "ir.Table":
    """The rows of one table, or of several put together, as an ibis expression on DuckDB; nothing is read yet."""
    return _engine().read_parquet([str(f) for key in keys for f in files(key)], union_by_name=True)


def read(key: str) -> pd.DataFrame:
    """The rows of a table in memory."""
    return pd.concat([pd.read_parquet(f) for f in files(key)], ignore_index=True)


def read_parquet(path: Path) -> "ir.Table":
    """Any Parquet file or folder of them as an ibis expression on DuckDB."""
    return _engine().read_parquet(str(path / "**" / "*.parquet" if path.is_dir() else path))


def _folder(key: str) -> Path | None:
    """Where a table lies, or None where there is none."""
    return next((tables / key for tables in _places() if (tables / key / "manifest.json").is_file()), None)


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


def _engine():
    """DuckDB in memory, through ibis, that fetches no extension and prints no bar of its progress among our output.

    By default DuckDB takes an extension from its maker's server as soon as a query, or a file's name, seems to need it.
    """
    import duckdb  # here, because both take half a second and published tables need no engine
    import ibis

    engine = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    with suppress(duckdb.InvalidInputException):  # in a notebook without ipywidgets there is no bar to switch off
        engine.raw_sql("SET enable_progress_bar = false")
    return engine


def replace_text(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def _write_parts(folder: Path, batches: Iterable[pd.DataFrame]) -> tuple[int, pa.Schema | None]:
    total, writer, schema = 0, None, None
    try:
        for batch in batches:
            part = pa.Table.from_pandas(batch, preserve_index=False, schema=schema)
            if writer is None:
                schema = pa.schema(
                    [
                        f.with_type(pa.string()) if pa.types.is_null(f.type) or pa.types.is_large_string(f.type) else f
                        for f in part.schema
                    ]
                )
                writer = pq.ParquetWriter(folder / "part-0.parquet", schema, compression="zstd")
            writer.write_table(part.cast(schema))
            total += part.num_rows
    finally:
        if writer:
            writer.close()
    return total, schema


def _sweep(base: Path, kept: str) -> None:
    """Remove what no manifest names any more; what another process may still read or write is younger than an hour."""
    for folder in base.iterdir():
        if folder.is_dir() and folder.name != kept and time.time() - folder.stat().st_mtime > 3600:
            shutil.rmtree(folder, ignore_errors=True)
