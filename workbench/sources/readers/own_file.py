"""A file of the user's own, or a folder of them, as a table of text; how it was read is said."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from workbench.sources.download import locate_file
from workbench.sources.readers.own_header import header_of, table_below
from workbench.sources.readers.own_statistics import read_statistics
from workbench.sources.readers.own_text import read_text
from workbench.terms.entries import as_text
from workbench.terms.errors import ReadError, Refused, shown
from workbench.terms.text import _
from workbench.terms.words import some

TEXT, SHEETS, STATISTICS = (".csv", ".tsv", ".txt"), (".xlsx", ".xlsm"), (".sav", ".zsav", ".por", ".dta")
ENDINGS = (*TEXT, *SHEETS, ".parquet", *STATISTICS)


@dataclass(frozen=True, kw_only=True)
class OwnFile:
    """What a file or folder holds.

    Attributes
    ----------
    frame : text as categories, or the columns of a Parquet file; its index numbers the rows by the file's lines
    sha256 : of the file; of a folder that of its files' ones
    notes : how it was read
    files : of a folder, each file's name and the number that was added to its lines
    """

    frame: pd.DataFrame = field(repr=False)
    name: str
    sha256: str
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, int], ...] = ()


def read_own_file(path: str | Path) -> OwnFile:
    """A CSV, TSV, Excel, Parquet, SPSS or Stata file, or a folder of such files with the same columns.

    Parameters
    ----------
    path : the file, recognised by its ending; or the folder

    Returns
    -------
    OwnFile

    Raises
    ------
    NotAvailable
        Where there is no such file.
    Refused
        For a file of another kind; for files of a folder whose columns differ.
    ReadError
        For a file that is damaged, empty or has a password.
    """
    if Path(path).expanduser().is_dir():
        return _folder(Path(path).expanduser())
    file = Path(path).expanduser()
    if not file.is_file():
        locate_file(path)  # says what there is
    with ThreadPoolExecutor(max_workers=1) as other:  # the hash of 400 MB takes 0.4 s, as long as reading a third of it
        located = other.submit(locate_file, file)
        frame, notes = _read(file)
    return OwnFile(frame=frame, notes=tuple(notes), name=file.name, sha256=located.result().sha256s[0])


def _read(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """What a file holds, as its ending says, and how it was read."""
    ending = file.suffix.lower()
    if ending == ".parquet":
        return _parquet(file), []
    if ending in SHEETS:
        return _sheet(file)
    if ending in STATISTICS:
        return read_statistics(file)
    if ending in TEXT:
        return read_text(file)
    message = _(
        "{name} is no table that can be read here. There are: {endings}. Save it as one. A table of Eurostat's, packed "
        'or as JSON: wb.cube("eurostat:ID", path=...).'
    )
    raise Refused(message.format(name=shown(file.name), endings=", ".join(ENDINGS)))


def _folder(folder: Path) -> OwnFile:
    """The tables of a folder one below the other, each row known by its file and line."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.name[0] not in ".~")
    if not paths:
        message = _("The folder {name} holds no table. There are: {endings}.")
        raise Refused(message.format(name=shown(folder.name), endings=", ".join(ENDINGS)))
    tables = [read_own_file(path) for path in paths]
    first = list(tables[0].frame)
    for table in tables[1:]:
        if different := sorted(set(first).symmetric_difference(table.frame)):
            message = _("{name} and {other} have different columns: {columns}. Tables of a folder have the same ones.")
            words = {"name": shown(tables[0].name), "other": shown(table.name), "columns": ", ".join(different)}
            raise Refused(message.format(**words))

    starts = [0, *accumulate(int(table.frame.index.max()) for table in tables[:-1])]
    rows = np.concatenate([table.frame.index.to_numpy() + start for table, start in zip(tables, starts, strict=True)])
    columns = {heading: _below(table.frame[heading] for table in tables) for heading in first}
    digests = "".join(table.sha256 for table in tables)
    about = _("Files of the folder {name}: {files}.").format(
        name=shown(folder.name), files=some([p.name for p in paths])
    )
    return OwnFile(
        frame=pd.DataFrame(columns).set_axis(rows, axis=0),
        name=folder.name,
        sha256=sha256(digests.encode()).hexdigest(),
        notes=(about, *dict.fromkeys(note for table in tables for note in table.notes)),
        files=tuple(zip((table.name for table in tables), starts, strict=True)),
    )


def _below(parts: Iterable[pd.Series]) -> pd.Series:
    """Columns of several files as one, each different entry once."""
    parts = list(parts)
    if all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        return pd.Series(union_categoricals(parts))
    return pd.concat(parts, ignore_index=True)


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
