"""A file of the user's own as a table of text: separator, encoding, sheet and header are found out, and said."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from workbench.sources.download import locate_file
from workbench.sources.readers.eurostat_formats import is_tsv
from workbench.terms.errors import ReadError, Refused, shown
from workbench.terms.text import _

SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar"}
LOOKED_AT = 50
"""So many lines show how a file is written."""
NUMBER = re.compile(r"[-+]?\d[\d.,' \u00a0\u202f]*%?")


@dataclass(frozen=True, kw_only=True)
class OwnFile:
    """What a file holds: a frame of text (empty cells missing), how it was read, and what identifies it."""

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
        rows, notes = _sheet(file)
    elif ending in (".csv", ".tsv", ".txt"):
        rows, notes = _lines(file)
    else:
        message = _(
            "{name} is no table that can be read here. There are: .csv, .tsv, .xlsx, .parquet. Save it as one. A table "
            'of Eurostat\'s, packed or as JSON: wb.cube("eurostat:ID", path=...).'
        )
        raise Refused(message.format(name=shown(file.name)))
    frame, about_header = _with_header(rows, file.name)
    return OwnFile(frame=frame, notes=(*notes, *about_header), **identity)


def _parquet(file: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as fault:
        raise ReadError(_("{name} is no Parquet file, or a damaged one.").format(name=shown(file.name))) from fault


def _sheet(file: Path) -> tuple[list[list[str]], list[str]]:
    """The rows of the sheet with most cells, as text."""
    # not at the top: openpyxl, which both take, costs 0.11 s, and most sessions never open a workbook
    import openpyxl

    from workbench.sources.readers.workbooks import sheets

    sheets(file, ())  # answers a damaged workbook, one with a password, one that is too large
    with file.open("rb") as stream, closing(openpyxl.load_workbook(stream, read_only=True)) as workbook:
        titles = workbook.sheetnames
    found = sheets(file, titles)
    title = max(titles, key=lambda name: sum(cell is not None for row in found[name] for cell in row))
    rows = [[_cell(value) for value in row] for row in found[title]]
    if len(titles) == 1:
        return rows, []
    others = ", ".join(name for name in titles if name != title)
    return rows, [_("Sheet {title} was read; not: {others}.").format(title=title, others=shown(others, 200))]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _lines(file: Path) -> tuple[list[list[str]], list[str]]:
    """The rows of a text file, as text."""
    raw = file.read_bytes()
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        message = _("{name} is an Excel or ZIP file, not text: give it its own ending (.xlsx), or save it as CSV.")
        raise ReadError(message.format(name=shown(file.name)))
    encoding = _encoding(raw)
    text = raw.decode(encoding)
    _check_no_eurostat(text.partition("\n")[0], file.name)
    separator = _separator(text.splitlines()[:LOOKED_AT])
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]

    notes = [_("Columns are parted by {separator}.").format(separator=SEPARATORS[separator])]
    if encoding != "utf-8-sig":
        notes.append(_("Read as {encoding}, since it is no UTF-8.").format(encoding=encoding))
    return rows, notes


def _check_no_eurostat(header: str, name: str) -> None:
    """ReadError for a table of Eurostat's: its codes, units and flags are read by its id, not guessed."""
    if is_tsv(header) or header.lstrip('\ufeff"').startswith(("STRUCTURE", "DATAFLOW")):
        message = _(
            'This is a table of Eurostat\'s: wb.cube("eurostat:ID", path="{name}") reads it, or `workbench load '
            "eurostat:ID --from {name}`, with its id, such as hsw_n2_01."
        )
        raise ReadError(message.format(name=shown(name)))


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            raw.decode("cp1252")
        except UnicodeDecodeError:
            return "latin-1"
        return "cp1252"
    return "utf-8-sig"


def _separator(lines: Sequence[str]) -> str:
    """The separator that parts most lines into the same number of columns, more than one."""

    def agreement(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        widths.pop(1, None)
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return n, width

    return max(SEPARATORS, key=agreement)


def _with_header(rows: list[list[str]], name: str) -> tuple[pd.DataFrame, list[str]]:
    """The table below its header: lines above it that hold one cell are left out, a header of two lines is joined."""
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    width = max(
        (len(row) - next((i for i, cell in enumerate(reversed(row)) if cell), 0) for _n, row in numbered), default=0
    )
    above = [row for _number, row in numbered]
    start = next((i for i, row in enumerate(above) if sum(map(bool, row)) > 1 or width == 1), len(above))
    if start + 1 >= len(above):
        raise ReadError(_("{name} has no rows below a line of headings.").format(name=shown(name)))

    notes, body = [], [row[:width] + [""] * (width - len(row)) for row in above[start:]]
    header, length = _headings(body)
    if start or length > 1:
        message = (
            _("Headings are in line {first} of the file.")
            if length == 1
            else _("Headings are in lines {first} and {last}, joined.")
        )
        notes.append(message.format(first=numbered[start][0], last=numbered[start + length - 1][0]))

    kept = [i for i, heading in enumerate(header) if heading]
    frame = pd.DataFrame(body[length:]).iloc[:, kept].set_axis([header[i] for i in kept], axis=1)
    return frame.replace("", None).astype("string"), notes


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
