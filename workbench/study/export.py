"""A finding as files: plain values for JSON, text, a zip; in words where a file cannot be written."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from workbench.terms.places import replacing

FORMULA = re.compile(r"[=+\-@\t\r](?!\d+(\.\d+)?$)")
"""How a text begins that a spreadsheet takes for a formula; a plain negative number is none."""
DIGITS = 12
"""Significant digits of a number in JSON: decimals would make a p-value of 1e-13 a zero."""


def plain_rows(table: pd.DataFrame) -> list[dict]:
    """The rows of a table as plain values: nothing for what is missing, numbers with 12 significant digits.

    Parameters
    ----------
    table : DataFrame
        As `Finding.table` gives it.

    Returns
    -------
    list of dict
        By column; None for a missing cell.
    """
    columns = {name: [_plain(cell) for cell in cells.tolist()] for name, cells in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def csv(table: pd.DataFrame, *, synthetic: bool, context: Mapping[str, str] | None = None) -> str:
    """A table as CSV text that says what it is: of generated figures every row has `data` = "synthetic".

    Lines end alike on every system. A text that a spreadsheet would run as a formula gets an apostrophe before it:
    labels come from files.

    Parameters
    ----------
    table : DataFrame
        As `Finding.table` gives it.
    synthetic : bool
        Whether its figures come from the synthetic twin.
    context : mapping of str to str
        Columns that every row has, such as source and licence; "notes" stands in the first row alone.

    Returns
    -------
    str
    """
    safe = {name: cells.map(_no_formula) for name, cells in table.items() if cells.dtype.kind not in "biufM"}
    table = table.assign(**safe, **({"data": "synthetic"} if synthetic else {}))
    for name, text in (context or {}).items():
        table[name] = [_no_formula(text) if name != "notes" or not at else "" for at in range(len(table))]
    return table.to_csv(index=False, lineterminator="\n")


def write_text(path: Path | str, text: str) -> None:
    """Text to a file, in UTF-8, whole or not at all.

    Raises
    ------
    WorkbenchError
        When `path` cannot be written; the file that was there is kept.
    """
    with replacing(path) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="")


def write_zip(path: Path | str, contents: Mapping[str, str]) -> Path:
    """Texts as the files of a zip, whole or not at all.

    Raises
    ------
    WorkbenchError
        When `path` cannot be written; the file that was there is kept.
    """
    with replacing(path) as fresh, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in contents.items():
            pack.writestr(name, text)
    return Path(path)


def _no_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _plain(cell: object) -> object:
    if isinstance(cell, float):
        return None if cell != cell else float(f"{cell:.{DIGITS}g}")
    return None if cell is None or cell is pd.NA or cell is pd.NaT else cell
