"""A file of the user's own as a table of text: separator, encoding, sheet and header are found out, and said."""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from workbench.sources.download import locate_file
from workbench.sources.readers.own_header import header_of, table_below
from workbench.sources.readers.own_text import read_text
from workbench.terms.entries import as_text
from workbench.terms.errors import ReadError, Refused, shown
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class OwnFile:
    """What a file holds: text as categories, numbered by the file's lines; how it was read; what identifies it."""

    frame: pd.DataFrame = field(repr=False)
    name: str
    sha256: str
    notes: tuple[str, ...] = ()


def read_own_file(path: str | Path) -> OwnFile:
    """A CSV, TSV, Excel or Parquet file.

    Parameters
    ----------
    path : the file, recognised by its ending

    Returns
    -------
    OwnFile

    Raises
    ------
    NotAvailable
        Where there is no such file.
    Refused
        For a file of another kind.
    ReadError
        For a file that is damaged, empty or has a password.
    """
    located = locate_file(path)
    file = located.paths[0]
    identity = {"name": file.name, "sha256": located.sha256s[0]}
    ending = file.suffix.lower()
    if ending == ".parquet":
        return OwnFile(frame=_parquet(file), **identity)
    if ending in (".xlsx", ".xlsm"):
        frame, notes = _sheet(file)
    elif ending in (".csv", ".tsv", ".txt"):
        frame, notes = read_text(file)
    else:
        message = _(
            "{name} is no table that can be read here. There are: .csv, .tsv, .xlsx, .parquet. Save it as one. A table "
            'of Eurostat\'s, packed or as JSON: wb.cube("eurostat:ID", path=...).'
        )
        raise Refused(message.format(name=shown(file.name)))
    return OwnFile(frame=frame, notes=tuple(notes), **identity)


def _parquet(file: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as fault:
        raise ReadError(_("{name} is no Parquet file, or a damaged one.").format(name=shown(file.name))) from fault


def _sheet(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """The sheet with most cells."""
    # not at the top: openpyxl, which both take, costs 0.11 s, and most sessions never open a workbook
    import openpyxl

    from workbench.sources.readers.workbooks import sheets

    sheets(file, ())  # answers a damaged workbook, one with a password, one that is too large
    with file.open("rb") as stream, closing(openpyxl.load_workbook(stream, read_only=True)) as workbook:
        titles = workbook.sheetnames
    found = sheets(file, titles)
    title = max(titles, key=lambda name: sum(cell is not None for row in found[name] for cell in row))
    rows = [[_cell(value) for value in row] for row in found[title]]
    above = header_of(rows, file.name)
    body = [row[: above.width] + [""] * (above.width - len(row)) for row in rows[above.last :]]
    columns = [as_text(pd.Series(cells, dtype=object)) for cells in zip(*body, strict=True)]
    notes = list(above.notes)
    if len(titles) > 1:
        others = ", ".join(name for name in titles if name != title)
        notes.insert(0, _("Sheet {title} was read; not: {others}.").format(title=title, others=shown(others, 200)))
    return table_below(columns, above, file.name), notes


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
