"""ESAW records in Parquet: one file, or a folder of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench import esaw
from workbench.esaw.layouts.batch import NAMES, Batch, check_once, column_notes, complete, plain, require
from workbench.esaw.record import OPTIONAL_DATES
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _

ROWS = 50_000
FREE_ROWS = 1_000_000
"""Records that a file may have whatever its size; beyond that one for each of its bytes."""
DESCRIBED = ("synthetic", "scale", "notice")
KINDS = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_dictionary,
)
"""Kinds of column that can be written as text; bytes are text in files of programs that do not mark it so."""


@dataclass(frozen=True)
class Look:
    """What a look at a Parquet file or folder found: notes for the reader, and what the file says of itself."""

    notes: tuple[str, ...] = ()
    synthetic: bool = False
    sample: bool = False


def look(path: Path) -> Look:
    """Look at the columns of a Parquet file or folder.

    Raises
    ------
    ReadError
        If it is damaged, empty, lacks a mandatory variable, or has a column twice or of a kind that no record has.
    """
    notes: list[str] = []
    for file in _files(path):
        with _opened(file) as source:
            schema = source.schema_arrow
            require(schema.names, str(file))
            _check_kinds(schema, file)
            notes += column_notes(schema.names)
    described = _described(next(iter(_files(path))))
    notes += [shown(described["notice"], 300)] if "notice" in described else []
    return Look(
        notes=tuple(dict.fromkeys(notes)),
        synthetic=described.get("synthetic") == "true",
        sample=not _is_one(described.get("scale", "1")),
    )


def _check_kinds(schema: pa.Schema, file: Path) -> None:
    known = [schema.field(i) for i, name in enumerate(schema.names) if name in NAMES]
    check_once([column.name for column in known], str(file))
    for column in known:
        if not any(is_kind(column.type) for is_kind in KINDS):
            message = _("{file}: the column {name} holds neither text nor numbers nor dates, as a record does.")
            raise ReadError(message.format(file=shown(file, 250), name=column.name))


def _described(file: Path) -> dict[str, str]:
    """What a file says of itself: that its records are synthetic, their scale, and a notice."""
    with _opened(file) as source:
        texts = source.metadata.metadata or {}
    return {key: texts[key.encode()].decode("utf-8", "replace") for key in DESCRIBED if key.encode() in texts}


def _is_one(scale: str) -> bool:
    """Whether a scale says that the records are all there are; one that is no number says that they are not."""
    try:
        return float(scale) == 1
    except ValueError:
        return False


def batches(path: Path) -> Iterator[Batch]:
    """The records of a Parquet file or folder, numbered through all its files in the order of their names.

    Parameters
    ----------
    path : Path
        Of a file or a folder.

    Yields
    ------
    Batch

    Raises
    ------
    ReadError
        When a file cannot be read, or a column holds what is no text.
    """
    done = 0
    for file in _files(path):
        with _opened(file) as source:
            try:
                for part in source.iter_batches(ROWS, columns=[n for n in source.schema_arrow.names if n in NAMES]):
                    part.validate(full=True)  # text that is no UTF-8 would end the process in polars
                    # without what programs write about columns: polars ends the process where that is no text
                    bare = pl.from_arrow(pa.table(part.columns, names=part.schema.names))
                    frame = bare.select(_as_text(name, kind) for name, kind in bare.schema.items())
                    yield plain(complete(frame, np.arange(done + 1, done + frame.height + 1)))
                    done += frame.height
            except (pa.ArrowException, OSError):
                raise ReadError(_damaged(file)) from None
            except pl.exceptions.PolarsError:  # bytes that are no text, a time zone that nobody knows
                message = _("{file} has a column whose values cannot be written as text. Save its columns as text.")
                raise ReadError(message.format(file=shown(file, 250))) from None


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _opened(file: Path) -> pq.ParquetFile:
    try:
        source = pq.ParquetFile(file)
        _decoded = source.schema_arrow.names  # a name may not be UTF-8
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise ReadError(_damaged(file)) from None
    rows, packed = source.metadata.num_rows, file.stat().st_size
    if rows > max(FREE_ROWS, packed):  # a record takes some 20 bytes; millions all alike take none
        source.close()
        message = _("{file} says that it has {rows:,} records in {packed:,} bytes: no file has. It was not read.")
        raise ReadError(message.format(file=shown(file, 250), rows=rows, packed=packed))
    return source


def _damaged(file: Path) -> str:
    return _("{file} is no whole Parquet file. Was it cut off on the way?").format(file=shown(file, 250))


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
