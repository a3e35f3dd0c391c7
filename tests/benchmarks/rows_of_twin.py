"""Rows of the synthetic twin as the store keeps accident records, in one Parquet file: made once per size."""

import os
import tempfile
from pathlib import Path

import polars as pl

from workbench import esaw
from workbench.terms.codes import codelist
from workbench.twin import synthesise

FOLDER = Path(tempfile.gettempdir()) / "osh-workbench-benchmarks"


def rows_of_twin(records: int) -> Path:
    """A Parquet file of so many rows with the columns of the default cube: nuts nace sex age year severity weight."""
    path = FOLDER / f"rows-{records}.parquet"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        twin, fresh = FOLDER / f"twin-{records}.parquet", path.with_suffix(".fresh")
        synthesise(records, 1, twin)
        _as_stored(pl.scan_parquet(twin)).sink_parquet(fresh, compression="zstd")
        os.replace(fresh, path)
        for file in (twin, twin.with_suffix(".truth.json")):
            file.unlink()
    return path


def _as_stored(records: pl.LazyFrame) -> pl.LazyFrame:
    """What reading ESAW records gives, but for what only faulty records need."""
    age = pl.col("age").cast(pl.Int64)
    severities = {code: esaw.severity(code) for code in codelist("days_lost").codes()}
    return records.select(
        pl.col("geographical_location").str.strip_chars_end(" ").alias("nuts"),
        pl.col("economic_activity").str.slice(0, 2).alias("nace"),
        pl.col("sex").replace_strict({"1": "M", "2": "F"}, return_dtype=pl.String),
        pl.when(~age.is_in([0, 99])).then(age).alias("age"),
        pl.col("case_number").str.slice(0, 4).cast(pl.Int64).alias("year"),
        pl.col("days_lost").replace_strict(severities, return_dtype=pl.String).alias("severity"),
        pl.col("weight"),
    )
