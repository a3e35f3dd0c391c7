"""The rows of an Excel workbook, values only, in bounded memory."""

import zipfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import openpyxl

from workbench.sources.readers.files import contents
from workbench.terms.errors import ReadError, WorkbenchError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

MOST_SHEET, MOST_OTHER = 24 << 20, 2 << 20
"""Bytes that a sheet, and any other part openpyxl reads (texts, styles), may unpack to: openpyxl takes some 3 seconds
for 8 MB of a sheet, and holds the other parts in memory as objects. The largest read are 7.7 and 0.1 MB (2026-11)."""
MOST_ROWS, MOST_COLUMNS = 100_000, 200


def sheets(path: Path, names: Sequence[str]) -> dict[str, list[tuple]]:
    """The rows of some sheets of an Excel workbook, numbers in full precision.

    Parameters
    ----------
    path : Path
        An .xlsx file.
    names : sequence of str
        Titles of the sheets to read; none for the first one.

    Returns
    -------
    dict
        For each sheet its rows from the first, each a tuple of values (None for empty cells).

    Raises
    ------
    ReadError
        For a file that is no workbook, is damaged, has a password or is far larger than a publisher's table, or a sheet
        that it does not have.
    """
    if not path.is_file():
        raise ReadError(_("There is no file {path}.").format(path=shown(path, 300)))
    name = shown(path.name)
    _check_size(path, name)
    try:
        with (
            path.open("rb") as stream,
            closing(openpyxl.load_workbook(stream, read_only=True, data_only=True)) as workbook,
        ):
            names = names or workbook.sheetnames[:1]
            if absent := [sheet for sheet in names if sheet not in workbook.sheetnames]:
                raise ReadError(
                    _("{name} has no sheet {absent}. It has: {found}.").format(
                        name=name, absent=", ".join(absent), found=shown(", ".join(workbook.sheetnames[:20]), 300)
                    )
                )
            return {sheet: _rows(workbook[sheet], name) for sheet in names}
    except WorkbenchError:
        raise
    except (
        Exception
    ) as fault:  # on a damaged workbook openpyxl raises whatever its parts meet: IndexError, TypeError, ...
        raise ReadError(
            _("{name} is not an Excel workbook, or a damaged one. Download it again.").format(name=name)
        ) from fault


def _check_size(path: Path, name: str) -> None:
    """ReadError for what is no ZIP file, or has a part that is too large; zipfile unpacks no more than is declared."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except Exception as fault:  # as above: zipfile on a damaged directory
        _refuse_other(path, name, fault)
    for part in parts:
        read = part.filename.endswith((".xml", ".rels"))
        most = MOST_SHEET if part.filename.startswith("xl/worksheets/") else MOST_OTHER
        if read and part.file_size > most:
            raise ReadError(
                _("{name} holds {part} of {size:,} MB; no table of the publisher is that large.").format(
                    name=name, part=shown(part.filename), size=part.file_size >> 20
                )
            )


def _refuse_other(path: Path, name: str, fault: Exception) -> None:
    """Say what a file is that is no workbook: a PDF document, an old workbook, one with a password, a table as text."""
    what = _("{name} is not an Excel workbook, or a damaged one. Download it again.").format(name=name)
    try:
        next(contents(path, Report()))
    except ReadError as other:
        what = f"{what} {other}"
    raise ReadError(what) from fault


def _rows(sheet, name: str) -> list[tuple]:
    rows = []
    for row in sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1):
        if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise ReadError(
                _(
                    "{name} has a sheet of more than {rows:,} rows or {columns:,} columns; no table of the "
                    "publisher has."
                ).format(name=name, rows=MOST_ROWS, columns=MOST_COLUMNS)
            )
        rows.append(row)
    return rows
