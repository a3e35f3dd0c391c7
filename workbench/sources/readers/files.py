"""Opens a publisher's file by what it contains, in bounded memory, and says in plain words why it cannot be read."""

import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _, mark, translated

SAMPLE = 1 << 16
CHUNK = 1 << 18
LONGEST_LINE = 1 << 20
"""Characters in a line; the widest tables of Eurostat have some 7,000."""
FREE = 100_000_000
MOST_TIMES = 250
"""A file may unpack to 100 MB whatever its size, and beyond that to 250 times its size: a table of labels, all alike,
is packed to a 65th (Eurostat's causes of accidents, 2026-11), nothing but zeros to a 1,000th."""
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError)
"""What Python raises while it unpacks a file that was cut off or damaged."""
_DAMAGED_ZIP = (*BROKEN, struct.error, ValueError, OSError)
"""What it raises on a directory of a ZIP file with bytes changed."""
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_PACKED = {
    b"BZh": mark("packed with bzip2"),
    b"\xfd7zXZ\x00": mark("packed with xz"),
    b"\x28\xb5\x2f\xfd": mark("packed with zstd"),
    b"7z\xbc\xaf\x27\x1c": mark("a 7-Zip archive"),
    b"Rar!\x1a\x07": mark("a RAR archive"),
    _GZIP: mark("packed more than twice"),
    _ZIP: mark("a ZIP archive or a workbook inside a packed file"),
}
_DOCUMENTS = {
    b"%PDF": mark("a PDF document"),
    b"PAR1": mark("a Parquet file"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": mark("an old Excel workbook (.xls), or one with a password"),
    b"{\\rtf": mark("a text document (RTF)"),
}
_OFFICE = {
    "xl/": mark("an Excel workbook"),
    "word/": mark("a Word document"),
    "ppt/": mark("a set of slides"),
    "content.xml": mark("a LibreOffice document"),
}
"""Formats that are ZIP files themselves, by what is in them."""
_LEFT_BY_SYSTEMS = {"__macosx", "thumbs.db", "desktop.ini"}
_ABOUT = ("readme", "leggimi", "leeme", "lisezmoi", "liesmich", "license", "licence", "licenza")
_ABOUT_ENDS = {".md", ".pdf", ".doc", ".docx", ".rtf", ".html", ".htm", ".png", ".jpg"}


class Content(NamedTuple):
    """One file inside a file: its name as messages show it, its stream at the beginning, its first bytes."""

    name: str
    stream: BinaryIO
    sample: bytes


def contents(path: Path, report: Report, *, most: int | None = None) -> Iterator[Content]:
    """Each table inside `path`: the file itself, what gzip packed (once or twice), every member of a ZIP file.

    Nothing is unpacked to disk. What people and systems leave next to a table in a ZIP file (`__MACOSX`, `.DS_Store`,
    a README) is passed over; of a README `report` says so.

    Parameters
    ----------
    most : bytes that may come out, for a table that is held in memory as a whole

    Raises
    ------
    ReadError
        For a missing, empty or damaged file, one that unpacks to far more than its size, a web page, a workbook or
        another document, or text in UTF-16.
    """
    if not path.is_file():
        raise ReadError(_("There is no file {path}.").format(path=shown(path, 300)))
    name, size = shown(path.name), path.stat().st_size
    with path.open("rb") as plain:
        magic = plain.read(4)
        plain.seek(0)
        if magic == _ZIP:
            yield from _members(path, Bound(name, size, most), report)
        else:
            yield _opened(name, plain, Bound(name, size, most))


class Bound:
    """How much one file may unpack to, counted over everything inside it."""

    def __init__(self, name: str, packed: int, most: int | None = None):
        self.name, self.most, self.unpacked = name, most, 0
        self.times = max(FREE, MOST_TIMES * packed)

    def count(self, read: int) -> None:
        """Add some bytes. ReadError when they are too many."""
        self.unpacked += read
        if self.most is not None and self.unpacked > self.most:
            raise ReadError(
                _("{name} holds more than {most:,} MB. Choose fewer years or places when you download it.").format(
                    name=self.name, most=self.most >> 20
                )
            )
        if self.unpacked > self.times:
            raise ReadError(
                _(
                    "{name} unpacks to more than {times} times its size: no table does. It was not read. "
                    "Download it again."
                ).format(name=self.name, times=MOST_TIMES)
            )


class _Unpacked(io.RawIOBase):
    """A stream whose bytes are counted as they come out; what was read twice, from a new start, is counted once."""

    def __init__(self, stream: BinaryIO, bound: Bound):
        self._stream, self._bound, self._place, self._furthest = stream, bound, 0, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = self._stream.seek(offset, whence)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer) -> int:
        found = self._stream.read1(len(buffer))
        self._place += len(found)
        self._bound.count(max(0, self._place - self._furthest))
        self._furthest = max(self._furthest, self._place)
        buffer[: len(found)] = found
        return len(found)


def lines(name: str, stream: BinaryIO, report: Report) -> Iterator[str]:
    """The lines of a UTF-8 text; a line in another encoding is rejected by its number and comes out empty.

    Raises
    ------
    ReadError
        When already the first line, the header, is in another encoding, or longer than `LONGEST_LINE`.
    """
    number = 0
    try:
        with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=1):
                if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
                    _refuse_long_line(name, number, report)
                    return
                if not line.isascii() and _NOT_UTF8.search(line):
                    _reject_encoding(name, number, report)
                    yield "\n"
                else:
                    yield line
    except BROKEN:
        report.cut_off(number + 1, cut_off())


def cut_off() -> str:
    """Why a file ends where it does."""
    return _("the file is cut off or damaged here; what follows could not be read")


def _reject_encoding(name: str, number: int, report: Report) -> None:
    if number == 1:
        raise ReadError(_("The first line of {name} is not UTF-8 text. Save it as UTF-8.").format(name=name))
    report.rows_read += 1
    report.reject(number, "", _("the line is not UTF-8 text"))


def _refuse_long_line(name: str, number: int, report: Report) -> None:
    if number == 1:
        message = _("The first line of {name} has more than {most:,} characters: it is no header of a table.")
        raise ReadError(message.format(name=name, most=LONGEST_LINE))
    reason = _("the line has more than {most:,} characters; what follows was not read")
    report.cut_off(number, reason.format(most=LONGEST_LINE))


def _opened(name: str, stream: BinaryIO, bound: Bound) -> Content:
    """The table itself, out of as many as two layers of gzip."""
    for _layer in range(3):
        counted = io.BufferedReader(_Unpacked(stream, bound), CHUNK)
        try:
            sample = counted.peek(SAMPLE)[:SAMPLE]
        except BROKEN as fault:
            raise ReadError(_("{name} is damaged from its first byte. Download it again.").format(name=name)) from fault
        if not sample.startswith(_GZIP) or _layer == 2:
            break
        stream = gzip.GzipFile(fileobj=counted)
    _check_text(name, sample)
    return Content(name, counted, sample)


def _members(path: Path, bound: Bound, report: Report) -> Iterator[Content]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _tables(bound.name, archive.infolist(), report):
                with _member(archive, member, bound.name) as unpacked:
                    yield _opened(shown(member.filename), unpacked, bound)
    except _DAMAGED_ZIP as fault:
        raise ReadError(_("{name} is a damaged ZIP file. Download it again.").format(name=bound.name)) from fault
    except NotImplementedError as fault:
        raise ReadError(_not_unpacked(bound.name)) from fault


def _tables(name: str, members: list[zipfile.ZipInfo], report: Report) -> list[zipfile.ZipInfo]:
    """The members that may be tables. ReadError when there are none, or when the file is a workbook."""
    files = [member for member in members if not member.is_dir()]
    for inside, what in _OFFICE.items():
        if any(member.filename == inside or member.filename.startswith(inside) for member in files):
            raise ReadError(_no_text(name, translated(what)))
    people = [member for member in files if not _left_by_system(member.filename)]
    about = [member.filename for member in people if _about(member.filename)]
    tables = [member for member in people if not _about(member.filename)]
    if not tables and not people:
        raise ReadError(_("{name} holds no table: there are only folders in it.").format(name=name))
    listed = ", ".join(shown(file) for file in about[:10])
    if not tables:
        raise ReadError(_("{name} holds no table. It has: {files}.").format(name=name, files=listed))
    if about:
        report.note(_("{name}: {files} next to the tables is not read.").format(name=name, files=listed))
    return tables


def _left_by_system(file: str) -> bool:
    """What macOS and Windows put into archives: `__MACOSX/._table.tsv`, `.DS_Store`, `Thumbs.db`."""
    return any(part.startswith(".") or part.lower() in _LEFT_BY_SYSTEMS for part in PurePosixPath(file).parts)


def _about(file: str) -> bool:
    place = PurePosixPath(file.lower())
    return place.suffix in _ABOUT_ENDS or place.name.startswith(_ABOUT)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> BinaryIO:
    file = shown(member.filename)
    if member.flag_bits & 1 or member.compress_type == 99:  # method 99: AES, as WinZip and 7-Zip write it
        raise ReadError(_("{name} in {file} is protected by a password.").format(name=file, file=name))
    try:
        return archive.open(member)
    except (NotImplementedError, RuntimeError) as fault:
        raise ReadError(_not_unpacked(f"{file} ({name})")) from fault


def _not_unpacked(name: str) -> str:
    return _("{name} is packed in a way that cannot be opened here. Unpack it, and give the table inside.").format(
        name=name
    )


def _no_text(name: str, what: str) -> str:
    return _(
        "{name} is {what}, not a table as text. Download the table as CSV, TSV or what its entry names, or save "
        "it as CSV (UTF-8)."
    ).format(name=name, what=what)


def _check_text(name: str, sample: bytes) -> None:
    """ReadError when a file that begins so cannot be a table as text at all."""
    start = sample.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise ReadError(_("{name} is empty. Download it again.").format(name=name))
    for magic, what in _DOCUMENTS.items():
        if sample.startswith(magic):
            raise ReadError(_no_text(name, translated(what)))
    for magic, what in _PACKED.items():
        if sample.startswith(magic):
            message = _("{name} is {what}. Unpack it, and give the table inside.")
            raise ReadError(message.format(name=name, what=translated(what)))
    if sample.startswith(_UTF16_OR_32) or b"\x00" in sample[:1000]:
        raise ReadError(
            _("{name} is not UTF-8 text (it looks like UTF-16 or a binary file). Save it as UTF-8.").format(name=name)
        )
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise ReadError(
            _(
                "{name} is a web page, not data: the publisher's server answered with a message. Try again later."
            ).format(name=name)
        )
