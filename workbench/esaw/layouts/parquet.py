"""ESAW records in Parquet: one file, or a folder of them."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench import esaw
from workbench.esaw.layouts.batch import NAMES, Batch, column_notes, complete, plain, require
from workbench.esaw.record import OPTIONAL_DATES
from workbench.terms.errors import ReadError
from workbench.terms.text import _

ROWS = 50_000


def look(path: Path) -> list[str]:
    """Notes on the columns of a Parquet file or folder. ReadError if it is damaged, empty or lacks a mandatory variable."""
    notes = []
    for file in _files(path):
        with _opened(file) as source:
            require(source.schema_arrow.names, str(file))
            notes += column_notes(source.schema_arrow.names)
    return list(dict.fromkeys(notes))


def told(path: Path) -> dict[str, str]:
    """What a file says of itself that its reader has to pass on: that its records are synthetic, and their scale."""
    with _opened(next(iter(_files(path)))) as source:
        its = source.metadata.metadata or {}
    return {key: its[key.encode()].decode() for key in ("synthetic", "scale", "notice") if key.encode() in its}


def batches(path: Path) -> Iterator[Batch]:
    """The records of a Parquet file or folder, numbered through all its files in the order of their names."""
    done = 0
    for file in _files(path):
        with _opened(file) as source:
            try:
                for part in source.iter_batches(ROWS, columns=[n for n in source.schema_arrow.names if n in NAMES]):
                    frame = pl.from_arrow(pa.table(part)).select(
                        _as_text(name, kind) for name, kind in pl.from_arrow(part).schema.items()
                    )
                    yield plain(complete(frame, np.arange(done + 1, done + frame.height + 1)))
                    done += frame.height
            except (pa.ArrowException, OSError) as error:
                raise ReadError(_damaged(file, error)) from None


def write(frames: Iterable[pl.DataFrame], path: Path) -> int:
    """Write frames of text columns to one Parquet file that appears whole or not at all. Returns the number of rows."""
    written, writer = 0, None
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        for frame in frames:
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(name, table.schema, compression="zstd")
            writer.write_table(table)
            written += frame.height
        if writer is None:
            raise ReadError(_("There are no records to write to {path}.").format(path=path))
        writer.close()
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return written


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _opened(file: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise ReadError(_damaged(file, error)) from None


def _damaged(file: Path, error: Exception) -> str:
    said = _("{file} is no whole Parquet file: {why}. Was it cut off on the way?")
    return said.format(file=file, why=str(error).splitlines()[0].rstrip(".")[:200])


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as the record writes it: dates YYYYMMDD, whole numbers with leading zeros, the weight in nine digits."""
    column = pl.col(name)
    if kind.is_temporal():
        return column.dt.strftime("%Y%m%d").fill_null("").alias(name)
    if name == "weight" and kind.is_numeric():
        micro = (column.cast(pl.Float64) * 1e6).round()
        digits = micro.cast(pl.Int64, strict=False).cast(pl.String).str.zfill(9)
        return (
            pl.when(micro.is_between(0, 999_999_999))
            .then(digits)
            .otherwise(column.cast(pl.String))
            .fill_null("")
            .alias(name)
        )
    if kind.is_numeric() and name not in OPTIONAL_DATES:
        whole = column.cast(pl.Int64, strict=False)
        text = (
            pl.when(whole == column)
            .then(whole.cast(pl.String).str.zfill(esaw.variables()[name].width))
            .otherwise(column.cast(pl.String))
        )
        return text.fill_null("").alias(name)
    return column.cast(pl.String).fill_null("").alias(name)
