"""Tables as text with a header, split line by line: a quotation mark left open stays in its line."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pandas as pd

from workbench.sources.readers.files import contents, lines
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _, mark, translated

MOST_COLUMNS = 2_000
MOST_BYTES = 1 << 28
MOST_ROWS = 1_000_000
"""What a table that is held in memory as a whole may have; the largest has 91,500 rows (INE, 2026-11)."""
FREE_ROWS = 300_000
"""As many as it may have whatever its size; beyond that one for each ten of its bytes: packed rows that are all alike
take less than a tenth of a byte each."""
_SEPARATORS = {";": mark("semicolons"), "\t": mark("tabs"), ",": mark("commas"), "|": mark("bars")}
_TITLE = re.compile(r"[^\W\d][^\n]{0,199}")


class Line(NamedTuple):
    """One line of a table: its number from 1, its fields, and why they cannot be used ("" where they can)."""

    number: int
    fields: list[str]
    fault: str


class TextTable:
    """A header and, on iteration, the lines below it; each is counted in `report` as a row that was read.

    No field of these publishers' tables holds a line break. So a quotation mark that is not closed is a fault of its
    line, and does not swallow the lines up to the next one.

    Raises
    ------
    ReadError
        When it begins like JSON or XML, or has no line at all.
    """

    def __init__(self, name: str, stream: BinaryIO, report: Report, separator: str = ","):
        self.name, self.separator, self._report = name, separator, report
        self._lines = enumerate(lines(name, stream, report), start=1)
        first = next(self._lines, (1, ""))[1]
        if first.lstrip().startswith(("{", "[", "<")):
            raise ReadError(_refused_start(name, first))
        fields, _fault = _split(first.rstrip("\r\n"), separator)
        self.header = [title.strip().strip('"') for title in fields] or [""]
        refuse_wide(name, len(self.header))

    def __iter__(self) -> Iterator[Line]:
        width = len(self.header)
        for number, line in self._lines:
            text = line.rstrip("\r\n")
            if not text.strip():
                continue
            self._report.rows_read += 1
            fields, fault = _split(text, self.separator)
            if not fault and len(fields) != width:
                fault = _wrong_width(len(fields), width)
            yield Line(number, fields, fault)
            if not line.endswith(("\n", "\r")):
                message = _(
                    "The last line of {name} has no line end. If the file was cut off, its last figure may be too."
                )
                self._report.note(message.format(name=self.name))

    def require(self, needed: Sequence[str]) -> None:
        """ReadError when the header lacks a column of `needed`, or has one twice; it says what there is.

        Parameters
        ----------
        needed : sequence of str
            Names of columns.

        Raises
        ------
        ReadError
            Naming what is missing, or is there twice.
        """
        absent = [column for column in needed if column not in self.header]
        twice = [column for column in dict.fromkeys(needed) if self.header.count(column) > 1]
        if absent:
            self.refuse_separator()
            message = _("{name} has no column {absent}. It has: {header}. Has its layout changed?")
            raise ReadError(message.format(name=self.name, absent=", ".join(absent), header=titles(self.header)))
        if twice:
            raise ReadError(_("{name} has the column {names} twice.").format(name=self.name, names=", ".join(twice)))

    def refuse_separator(self) -> None:
        """ReadError when the header is one field in which another separator stands: a table saved again by Excel."""
        other = next((mark_ for mark_ in _SEPARATORS if mark_ != self.separator and mark_ in self.header[0]), None)
        if len(self.header) == 1 and other:
            message = _(
                "{name} is separated by {found}, expected {expected}. Excel writes it so in some languages, with "
                "decimal "
                "commas: give the file as it was downloaded, or save it with {expected} and decimal points."
            )
            names = {key: translated(word) for key, word in _SEPARATORS.items()}
            raise ReadError(message.format(name=self.name, found=names[other], expected=names[self.separator]))


def csv_header(path: Path) -> list[str]:
    """The titles in the first line of a comma-separated table.

    Raises
    ------
    ReadError
        As `contents` and `TextTable`.
    """
    report = Report()
    with closing(contents(path, report)) as inside:
        first = next(inside)
        return TextTable(first.name, first.stream, report).header


def csv_frame(path: Path, report: Report, needed: Sequence[str]) -> pd.DataFrame:
    """Some columns of a comma-separated table as text, "" for empty cells; the index is the line number.

    Lines with another number of fields than the header are rejected.

    Parameters
    ----------
    needed : sequence of str
        Titles of the columns that come out, in this order.

    Returns
    -------
    DataFrame of str

    Raises
    ------
    ReadError
        When the header lacks a column of `needed`, naming both, or when the table has more rows than its size allows.
    """
    rows, numbers = [], []
    most = min(MOST_ROWS, max(FREE_ROWS, path.stat().st_size // 10 if path.is_file() else 0))
    before = report.rows_read
    for name, stream, _sample in contents(path, report, most=MOST_BYTES):
        table = TextTable(name, stream, report)
        table.require(needed)
        places = [table.header.index(column) for column in needed]
        for number, fields, fault in table:
            if report.rows_read - before > most:  # rejected rows take as long as others
                raise ReadError(_("{name} has more than {most:,} rows.").format(name=name, most=most))
            if fault:
                report.reject(number, "", fault)
                continue
            rows.append([fields[place] for place in places])
            numbers.append(number)
    return pd.DataFrame(rows, index=numbers, columns=list(needed), dtype="str")


def titles(header: Sequence[str]) -> str:
    """The columns of a file as a refusal names them; nothing of a first line that may be somebody's record.

    Parameters
    ----------
    header : sequence of str
        The cells of a file's first line.

    Returns
    -------
    str
    """
    names = [title for title in header if title]
    if not names or not all(_TITLE.fullmatch(title) for title in names) or any(re.search(r"\d{5}", t) for t in names):
        return _("no header with names of columns")
    return shown(", ".join(names), 300)


def refuse_wide(name: str, columns: int) -> None:
    """ReadError for a header that is none: the widest tables of Eurostat have some 800 months."""
    if columns > MOST_COLUMNS:
        message = _("{name} has {columns:,} columns; no table of the publisher has more than {most:,}.")
        raise ReadError(message.format(name=name, columns=columns, most=MOST_COLUMNS))


def _split(text: str, separator: str) -> tuple[list[str], str]:
    """The fields of one line, and why they cannot be told apart ("" where they can)."""
    if '"' not in text:
        return text.split(separator), ""
    try:
        return next(csv.reader([text], delimiter=separator, strict=True)), ""
    except (csv.Error, StopIteration):
        return [], _("a quotation mark in the line is not closed")


def _wrong_width(found: int, expected: int) -> str:
    return _("{found} fields where the header has {expected}: cut off, or a separator too many or too few").format(
        found=found, expected=expected
    )


def _refused_start(name: str, first: str) -> str:
    if first.lstrip().startswith("<"):
        return _(
            "{name} is XML, not a table with a header. Perhaps the publisher's server answered with a message."
        ).format(name=name)
    return _(
        "{name} is JSON, not a table with a header. Perhaps the publisher's server answered with a message."
    ).format(name=name)
