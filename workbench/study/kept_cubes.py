"""Cells of cubes that took long to count, kept on disk by what they were counted from: counted once a machine."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from workbench.store import sha256_of
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import home, made, replacing

MOST_FILES = 40
"""So many are kept; those that were used longest ago go first."""


def key_of(identity: str, dims: Sequence[str]) -> str:
    """The name of a cube's file.

    Parameters
    ----------
    identity : hash of the rows' content
    dims : names of dimensions, in any order

    Returns
    -------
    str
    """
    return hashlib.sha256(json.dumps([identity, sorted(dims)]).encode()).hexdigest()


def keep(key: str, cells: pl.DataFrame) -> None:
    """Keep the cells of a cube; where nothing can be kept they are counted again by the next process.

    Parameters
    ----------
    key : as `key_of` gives it
    cells : columns of codes and measures
    """
    with suppress(WorkbenchError):
        folder = made(home() / "cubes")
        with replacing(folder / f"{key}.parquet") as fresh:
            cells.write_parquet(fresh, compression="zstd")
        with replacing(folder / f"{key}.sha256") as fresh:
            fresh.write_text(sha256_of(folder / f"{key}.parquet"), encoding="utf-8")
        _sweep(folder)


def kept(key: str) -> pl.DataFrame | None:
    """The cells that were kept, or None where there are none, or not as they were written.

    Parameters
    ----------
    key : as `key_of` gives it

    Returns
    -------
    DataFrame or None
    """
    file = home() / "cubes" / f"{key}.parquet"
    try:
        if sha256_of(file) != file.with_suffix(".sha256").read_text(encoding="utf-8"):
            return None
        cells = pl.read_parquet(file)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None
    with suppress(OSError):  # a read-only home keeps its order
        file.touch()
    return cells


def _sweep(folder: Path) -> None:
    """Remove those that were used longest ago, beyond the number that is kept."""
    with suppress(OSError):  # another process may sweep too
        files = sorted(folder.glob("[!.]*.parquet"), key=lambda file: file.stat().st_mtime)
        for old in files[:-MOST_FILES]:
            old.unlink()
            old.with_suffix(".sha256").unlink(missing_ok=True)
