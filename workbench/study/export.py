"""A finding as files: plain values for JSON, text, a zip; what the system says of a file that cannot be written, in words."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

DIGITS = 12
"""Significant digits of a number in JSON: decimals would make a p-value of 1e-13 a zero."""


def plain_rows(table: pd.DataFrame) -> list[dict]:
    """The rows of a table as plain values: nothing for what is missing, numbers with 12 significant digits."""
    columns = {name: [_plain(cell) for cell in cells.tolist()] for name, cells in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def write_text(path: Path | str, text: str) -> None:
    """Text to a file, in UTF-8.

    Raises
    ------
    WorkbenchError
        When `path` cannot be written.
    """
    with _writing(path):
        Path(path).write_text(text, encoding="utf-8")


def write_zip(path: Path | str, contents: Mapping[str, str]) -> Path:
    """Texts as the files of a zip.

    Raises
    ------
    WorkbenchError
        When `path` cannot be written.
    """
    path = Path(path)
    with _writing(path), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in contents.items():
            pack.writestr(name, text)
    return path


@contextmanager
def _writing(path: Path | str) -> Iterator[None]:
    """What the system says of a file that cannot be written, in words."""
    try:
        yield
    except OSError as error:
        raise WorkbenchError(
            _("{path} cannot be written: {why}. Name a file in a folder that there is.").format(
                path=path, why=error.strerror
            )
        ) from error


def _plain(cell: object) -> object:
    if isinstance(cell, float):
        return None if cell != cell else float(f"{cell:.{DIGITS}g}")
    return None if cell is None or cell is pd.NA or cell is pd.NaT else cell
