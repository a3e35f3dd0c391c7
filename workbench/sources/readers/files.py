"""Opens a publisher's file by what it contains, and says in plain words why it cannot be read."""

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _

SAMPLE = 1 << 16
CHUNK = 1 << 18
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)
"""What Python raises while it unpacks a file that was cut off or damaged."""
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


def contents(path: Path) -> Iterator[tuple[str, BinaryIO, bytes]]:
    """Each file inside `path` (itself, what gzip packed, every member of a ZIP): name, stream, first bytes.

    Nothing is unpacked to disk. The stream stands at its beginning.

    Raises
    ------
    ReadError
        For a missing, empty or damaged file, a web page, or text in UTF-16.
    """
    if not path.is_file():
        raise ReadError(_("There is no file {path}.").format(path=path))
    with path.open("rb") as plain:
        magic = plain.read(4)
        plain.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(plain) as unpacked:
                yield path.name, unpacked, _checked(path.name, unpacked)
        elif magic == b"PK\x03\x04":
            yield from _members(path)
        else:
            yield path.name, plain, _checked(path.name, plain)


def lines(name: str, stream: BinaryIO, report: Report) -> Iterator[str]:
    """The lines of a UTF-8 text; a line in another encoding is rejected by its number and comes out empty.

    Raises
    ------
    ReadError
        When already the first line, the header, is in another encoding.
    """
    number = 0
    try:
        with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            for number, line in enumerate(text, start=1):
                if not line.isascii() and _NOT_UTF8.search(line):
                    if number == 1:
                        raise ReadError(
                            _("The first line of {name} is not UTF-8 text. Save it as UTF-8.").format(name=name)
                        )
                    report.rows_read += 1
                    report.reject(number, "", _("the line is not UTF-8 text"))
                    yield "\n"
                else:
                    yield line
    except BROKEN:
        report.cut_off(number + 1, CUT_OFF)


CUT_OFF = _("the file is cut off or damaged here; what follows could not be read")


def csv_header(path: Path) -> list[str]:
    """The titles in the first line of a comma-separated table."""
    with closing(contents(path)) as inside:
        _name, _stream, sample = next(inside)
        return [
            title.strip().strip('"')
            for title in sample.decode("utf-8-sig", errors="replace").splitlines()[0].split(",")
        ]


def csv_frame(path: Path, report: Report, needed: Sequence[str]) -> pd.DataFrame:
    """A comma-separated table as text, "" for empty cells; the index is the line number.

    Lines with another number of fields than the header are rejected.

    Raises
    ------
    ReadError
        When the header lacks a column of `needed`, naming both.
    """
    found = []
    for name, stream, _sample in contents(path):
        rows = csv.reader(lines(name, stream, report))
        header = [title.strip() for title in next(rows, [])]
        if absent := [column for column in needed if column not in header]:
            raise ReadError(
                _("{name} has no column {absent}. It has: {header}. Has its layout changed?").format(
                    name=name, absent=", ".join(absent), header=", ".join(header)[:300]
                )
            )
        good, numbers = [], []
        for row in rows:
            if not row:
                continue
            report.rows_read += 1
            if len(row) != len(header):
                reason = _(
                    "{found} fields where the header has {expected}: cut off, or a separator too many or too few"
                )
                report.reject(rows.line_num, "", reason.format(found=len(row), expected=len(header)))
                continue
            good.append(row)
            numbers.append(rows.line_num)
        found.append(pd.DataFrame(good, index=numbers, columns=header, dtype="str")[list(needed)])
    return pd.concat(found)


def sheets(path: Path, titles: Sequence[str]) -> dict[str, list[tuple]]:
    """The rows of some sheets of an Excel workbook, values only, numbers in full precision.

    Raises
    ------
    ReadError
        For a file that is no workbook or is damaged, or a sheet that it does not have.
    """
    if not path.is_file():
        raise ReadError(_("There is no file {path}.").format(path=path))
    try:
        with (
            path.open("rb") as stream,
            closing(openpyxl.load_workbook(stream, read_only=True, data_only=True)) as workbook,
        ):
            if absent := [title for title in titles if title not in workbook.sheetnames]:
                raise ReadError(
                    _("{name} has no sheet {absent}. It has: {there}.").format(
                        name=path.name, absent=", ".join(absent), there=", ".join(workbook.sheetnames[:20])
                    )
                )
            return {title: list(workbook[title].iter_rows(values_only=True)) for title in titles}
    except (*BROKEN, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as fault:
        said = _("{name} is not an Excel workbook, or a damaged one ({fault}). Download it again.")
        raise ReadError(said.format(name=path.name, fault=fault)) from fault


def _members(path: Path) -> Iterator[tuple[str, BinaryIO, bytes]]:
    try:
        with zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                if member.is_dir():
                    continue
                if member.flag_bits & 1:
                    raise ReadError(
                        _("{name} in {file} is protected by a password.").format(name=member.filename, file=path.name)
                    )
                with packed.open(member) as unpacked:
                    yield member.filename, unpacked, _checked(member.filename, unpacked)
    except zipfile.BadZipFile as fault:
        raise ReadError(
            _("{name} is a damaged ZIP file ({fault}). Download it again.").format(name=path.name, fault=fault)
        ) from fault


def _checked(name: str, stream: BinaryIO) -> bytes:
    """The first bytes; ReadError when they cannot be a publisher's table at all."""
    try:
        sample = stream.read1(SAMPLE)
    except BROKEN as fault:
        raise ReadError(
            _("{name} is damaged from its first byte ({fault}). Download it again.").format(name=name, fault=fault)
        ) from fault
    stream.seek(0)
    start = sample.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise ReadError(_("{name} is empty. Download it again.").format(name=name))
    if sample.startswith(_UTF16_OR_32) or b"\x00" in sample[:1000]:
        raise ReadError(
            _("{name} is not UTF-8 text (it looks like UTF-16 or a binary file). Save it as UTF-8.").format(name=name)
        )
    if start.startswith((b"<!doctype html", b"<html")):
        raise ReadError(
            _(
                "{name} is a web page, not data: the publisher's server answered with a message. Try again later."
            ).format(name=name)
        )
    return sample
