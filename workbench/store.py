"""Where rows live: one folder of Parquet files and a manifest per table, replaced as a whole or not at all."""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.errors import NotAvailable
from workbench.terms.places import home, made
from workbench.terms.text import _

if TYPE_CHECKING:
    import ibis.expr.types as ir


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


def write(key: str, batches: Iterable[pd.DataFrame], *, name: str, parameters: dict, finish) -> Manifest:
    """Write all batches, then make them the table `key` in one step; an interruption leaves the table as it was.

    `finish(rows)` is called after the last batch and gives (report, provenance) for the manifest; what it raises
    leaves the table as it was. Two processes may
    write the same table: the last one that ends wins, readers always see a whole table.
    """
    base = home() / "tables" / key
    fresh = made(base / f".{uuid.uuid4().hex}")
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
    file = home() / "tables" / key / "manifest.json"
    try:
        return Manifest(**json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None


def manifests() -> list[Manifest]:
    """All tables in the store, by name."""
    found = (manifest(file.parent.name) for file in sorted((home() / "tables").glob("*/manifest.json")))
    return [m for m in found if m]


def holds(name: str) -> bool:
    """Whether the store has a table of an entry of the catalogue, of whichever parameters and way."""
    return any((home() / "tables").glob(f"{name}-*/manifest.json"))  # a name has no hyphen of its own


def files(key: str) -> list[Path]:
    """The Parquet files of a table.

    Raises
    ------
    NotAvailable
        When the table has not been loaded.
    """
    its = manifest(key)
    if its is None:
        raise NotAvailable(_("Table {key} is not in the store; load it first.").format(key=key))
    return sorted((home() / "tables" / key / its.folder).glob("*.parquet"))


def rows(*keys: str) -> "ir.Table":
    """The rows of one table, or of several put together, as an ibis expression on DuckDB; nothing is read yet."""
    return _engine().read_parquet([str(f) for key in keys for f in files(key)], union_by_name=True)


def read(key: str) -> pd.DataFrame:
    """The rows of a table in memory."""
    return pd.concat([pd.read_parquet(f) for f in files(key)], ignore_index=True)


def read_parquet(path: Path) -> "ir.Table":
    """Any Parquet file or folder of them as an ibis expression on DuckDB."""
    return _engine().read_parquet(str(path / "**" / "*.parquet" if path.is_dir() else path))


def _engine():
    """DuckDB in memory, through ibis; of a long query it would print a bar of its progress among our output."""
    import duckdb  # here, because both take half a second and published tables need no engine
    import ibis

    engine = ibis.duckdb.connect()
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
