"""A file of the user's own as a table of text: separator, encoding, sheet and header are found out, and said."""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import polars as pl

from workbench.sources.download import locate_file
from workbench.sources.readers.eurostat_formats import is_tsv
from workbench.terms.entries import as_text
from workbench.terms.errors import ReadError, Refused, shown
from workbench.terms.text import _

SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar"}
LOOKED_AT = 50
"""So many lines show how a file is written."""
MOST_HEAD = 1_000
"""The header stands in so many lines, and the widest of them says how many columns there are."""
PIECE = 1 << 20
NUMBER = re.compile(r"[-+]?\d[\d.,' \u00a0\u202f]*%?")


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
        frame, notes = _lines(file)
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
    above = _header(rows, file.name)
    body = [row[: above.width] + [""] * (above.width - len(row)) for row in rows[above.last :]]
    columns = [as_text(pd.Series(cells, dtype=object)) for cells in zip(*body, strict=True)]
    notes = list(above.notes)
    if len(titles) > 1:
        others = ", ".join(name for name in titles if name != title)
        notes.insert(0, _("Sheet {title} was read; not: {others}.").format(title=title, others=shown(others, 200)))
    return _table(columns, above, file.name), notes


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _lines(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """A text file: its encoding, separator and header found from its first lines, then the rest read in one go."""
    with file.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        message = _("{name} is an Excel or ZIP file, not text: give it its own ending (.xlsx), or save it as CSV.")
        raise ReadError(message.format(name=shown(file.name)))
    encoding = _encoding(file)
    with file.open(encoding=encoding, newline="") as text:
        head = list(islice(text, MOST_HEAD))
    _check_no_eurostat(head[0] if head else "", file.name)
    separator = _separator(head[:LOOKED_AT])
    above = _header([[cell.strip() for cell in row] for row in csv.reader(head, delimiter=separator)], file.name)

    notes = [_("Columns are parted by {separator}.").format(separator=SEPARATORS[separator])]
    if encoding != "utf-8-sig":
        notes.append(_("Read as {encoding}, since it is no UTF-8.").format(encoding=encoding))
    with TemporaryDirectory() as folder:
        utf8 = file if encoding == "utf-8-sig" else _in_utf8(file, encoding, Path(folder) / "table.csv")
        columns = _columns_of_text(utf8, separator, above, file.name)
    return _table(columns, above, file.name), [*notes, *above.notes]


def _check_no_eurostat(header: str, name: str) -> None:
    """ReadError for a table of Eurostat's: its codes, units and flags are read by its id, not guessed."""
    if is_tsv(header) or header.lstrip('\ufeff"').startswith(("STRUCTURE", "DATAFLOW")):
        message = _(
            'This is a table of Eurostat\'s: wb.cube("eurostat:ID", path="{name}") reads it, or `workbench load '
            "eurostat:ID --from {name}`, with its id, such as hsw_n2_01."
        )
        raise ReadError(message.format(name=shown(name)))


def _columns_of_text(file: Path, separator: str, above: "Header", name: str) -> list[pd.Series]:
    """The columns below the header, each as categories: 5 million rows take 20 MB a column, and are read in seconds.

    Raises
    ------
    ReadError
        Where a quotation mark is never closed, or the text cannot be told apart otherwise.
    """
    headings = [str(i) for i in range(above.width)]
    text = pl.scan_csv(
        file,
        separator=separator,
        has_header=False,
        skip_rows=above.last,
        schema=dict.fromkeys(headings, pl.String),
        truncate_ragged_lines=True,
    )
    # a set of categories for each column: those of one set share their numbers, and sex would have those of regions too
    categories = [pl.col(heading).cast(pl.Categorical(pl.Categories.random())) for heading in headings]
    try:
        read = text.select(categories).collect(engine="streaming")
    except pl.exceptions.PolarsError as fault:
        message = _(
            "{name} cannot be read as lines of columns parted by {separator}: perhaps a quotation mark is never "
            "closed. Open it in a spreadsheet, and save it again as CSV."
        )
        raise ReadError(message.format(name=shown(name), separator=SEPARATORS[separator])) from fault
    return [as_text(column.to_pandas()) for column in read]


def _in_utf8(file: Path, encoding: str, target: Path) -> Path:
    """A copy of a text file in UTF-8, written piece by piece."""
    with file.open(encoding=encoding, newline="") as old, target.open("w", encoding="utf-8", newline="") as new:
        shutil.copyfileobj(old, new, PIECE)
    return target


def _encoding(file: Path) -> str:
    with file.open("rb") as stream:
        if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    return next((name for name in ("utf-8-sig", "cp1252") if _can_be(file, name)), "latin-1")


def _can_be(file: Path, encoding: str) -> bool:
    """Whether all of a file is text in an encoding, read piece by piece."""
    try:
        with file.open(encoding=encoding, newline="") as text:
            while text.read(PIECE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _separator(lines: Sequence[str]) -> str:
    """The separator that parts most lines into the same number of columns, more than one."""

    def agreement(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        widths.pop(1, None)
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return n, width

    return max(SEPARATORS, key=agreement)


@dataclass(frozen=True)
class Header:
    """The headings of a table: how wide it is, the number of the last line of the header, what to say of it."""

    headings: tuple[str, ...]
    width: int
    last: int
    notes: tuple[str, ...] = ()


def _header(rows: list[list[str]], name: str) -> Header:
    """Where the table begins: lines above it that hold one cell are left out, a header of two lines is joined."""
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    width = max(
        (len(row) - next((i for i, cell in enumerate(reversed(row)) if cell), 0) for _n, row in numbered), default=0
    )
    above = [row for _number, row in numbered]
    start = next((i for i, row in enumerate(above) if sum(map(bool, row)) > 1 or width == 1), len(above))
    if start + 1 >= len(above):
        raise _without_rows(name)

    body = [row[:width] + [""] * (width - len(row)) for row in above[start:]]
    headings, length = _headings(body)
    first, last = numbered[start][0], numbered[start + length - 1][0]
    notes = []
    if start or length > 1:
        message = (
            _("Headings are in line {first} of the file.")
            if length == 1
            else _("Headings are in lines {first} and {last}, joined.")
        )
        notes.append(message.format(first=first, last=last))
    return Header(tuple(headings), width, last, tuple(notes))


def _without_rows(name: str) -> ReadError:
    return ReadError(_("{name} has no rows below a line of headings.").format(name=shown(name)))


def _table(columns: Sequence[pd.Series], above: Header, name: str) -> pd.DataFrame:
    """The table below its header, its index the line of the file; empty lines, columns without heading left out."""
    named = {heading: column for heading, column in zip(above.headings, columns, strict=True) if heading}
    frame = pd.DataFrame(named)
    frame.index = pd.RangeIndex(above.last + 1, above.last + 1 + len(frame))
    filled = np.logical_or.reduce([column.cat.codes.to_numpy() >= 0 for column in columns])
    if not filled.any():
        raise _without_rows(name)
    return frame if filled.all() else frame[filled]


def _headings(body: list[list[str]]) -> tuple[list[str], int]:
    """The headings and in how many lines they stand; a merged cell holds for those on its right."""
    first, second, rest = body[0], body[1] if len(body) > 2 else [], body[2 : 2 + LOOKED_AT]
    in_two = any(
        cell
        and not NUMBER.fullmatch(cell)
        and rest
        and all(NUMBER.fullmatch(row[i]) for row in rest if row[i])
        and any(row[i] for row in rest)
        for i, cell in enumerate(second)
    )
    if not in_two:
        return _apart(first), 1
    upper, filled = "", []
    for cell, below in zip(first, second, strict=True):
        upper = cell or upper
        filled.append(below if below and not cell and not upper else " ".join(filter(None, [upper, below])))
    return _apart(filled), 2


def _apart(headings: list[str]) -> list[str]:
    """Headings with a number behind those that stand twice."""
    seen: Counter = Counter()
    found = []
    for heading in headings:
        seen[heading] += 1
        found.append(f"{heading} {seen[heading]}" if heading and seen[heading] > 1 else heading)
    return found
