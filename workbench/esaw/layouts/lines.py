"""Lines of a text file in blocks, with bounded memory whatever the file holds: 10 GB, or one line without an end."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _, mark, translated

BLOCK = 4 << 20
MOST = 1 << 16
"""Longest line that is kept; of a longer one this many bytes are, and the rest is skipped."""
LINES = 50_000
"""Most lines in a block: a block of empty lines has millions, each of them a fault in words."""
_BOMS = {b"\xff\xfe\x00\x00": "UTF-32", b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_PACKED = {
    b"PK\x03\x04": mark("a ZIP archive"),
    b"\x1f\x8b": mark("a gzip file"),
    b"BZh": mark("a bzip2 file"),
    b"\xfd7zXZ": mark("an XZ file"),
    b"7z\xbc\xaf": mark("a 7-Zip archive"),
    b"\xd0\xcf\x11\xe0": mark("an old Excel workbook"),
    b"%PDF": mark("a PDF document"),
}
UTF8_BOM = b"\xef\xbb\xbf"
PARQUET = b"PAR1"


@dataclass(frozen=True)
class Sample:
    """What the start of a file shows: its first lines without line ends, line end, byte order mark, or Parquet."""

    lines: tuple[bytes, ...]
    newline: str
    bom: bool
    parquet: bool


def sample(path: Path) -> Sample:
    """Look at the first 64 KiB of a file.

    Raises
    ------
    ReadError
        If there is no file, or it is a folder, empty, packed, or not one byte per character; says what it is.
    """
    if not path.exists():
        raise ReadError(_("There is no file {path}.").format(path=shown(path, 250)))
    if path.is_dir():
        message = _("{path} is a folder. Give one file of records, or a folder of Parquet files.")
        raise ReadError(message.format(path=shown(path, 250)))
    try:
        with path.open("rb") as stream:
            start = stream.read(MOST)
    except OSError as error:
        message = _("{path} cannot be read: {why}.")
        raise ReadError(message.format(path=shown(path, 250), why=error.strerror)) from None
    if not start:
        raise ReadError(_("{path} is empty: it has no records.").format(path=shown(path, 250)))
    if start.startswith(PARQUET):
        return Sample((), "", False, True)
    _check_text(start, path)

    bom = start.startswith(UTF8_BOM)
    text = start.removeprefix(UTF8_BOM)
    if b"\r" in text and b"\n" not in text:
        message = _("{path} has lines that end with CR alone (old Macintosh). Save it with LF or CR LF as line ends.")
        raise ReadError(message.format(path=shown(path, 250)))
    newline = "\r\n" if b"\r\n" in text else "\n"
    return Sample(tuple(line.removesuffix(b"\r") for line in text.split(b"\n")[:100]), newline, bom, False)


def _check_text(start: bytes, path: Path) -> None:
    """Raise ReadError if a file that begins with `start` is packed, or is not text with one byte per character."""
    for magic, what in _PACKED.items():
        if start.startswith(magic):
            message = _("{path} is {what}. Unpack it, or save it as text, and give the file of records.")
            raise ReadError(message.format(path=shown(path, 250), what=translated(what)))

    encoding = next((name for order_mark, name in _BOMS.items() if start.startswith(order_mark)), "")
    if not encoding and start.count(b"\0") * 4 > len(start):  # ASCII in UTF-16 is half zeros
        encoding = _("UTF-16 or not text")
    if encoding:
        message = _(
            "{path} is {encoding}; records have one byte per character (ASCII, or UTF-8 for CSV). "
            "Save it so and try again."
        )
        raise ReadError(message.format(path=shown(path, 250), encoding=encoding))


def blocks(path: Path) -> Iterator[list[bytes]]:
    """The lines of a file, up to LINES at a time, without line ends (LF or CRLF) and byte order mark.

    A line of MOST bytes and more comes as its first MOST bytes.
    """
    for lines in _read(path):
        for first in range(0, len(lines), LINES):
            yield lines[first : first + LINES]


def _read(path: Path) -> Iterator[list[bytes]]:
    """The lines of a file, about 4 MiB at a time."""
    with path.open("rb") as stream:
        if stream.read(len(UTF8_BOM)) != UTF8_BOM:
            stream.seek(0)
        rest, skipping = b"", False
        while block := stream.read(BLOCK):
            *whole, rest = (rest + block).split(b"\n")
            if skipping and whole:
                del whole[0]
                skipping = False
            if skipping:
                rest = b""
            elif len(rest) >= MOST:
                whole.append(rest)
                rest, skipping = b"", True
            if whole:
                yield _clean(whole)
        if rest:
            yield _clean([rest])


def unended(path: Path) -> bytes:
    """The end of a file behind its last line end; b"" of a file whose last line is ended.

    Parameters
    ----------
    path : Path
        Of a text file.

    Returns
    -------
    bytes
        At most MOST.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - MOST))
        return stream.read().rpartition(b"\n")[2]


def _clean(lines: list[bytes]) -> list[bytes]:
    if max(map(len, lines)) < MOST and not any(line.endswith(b"\r") for line in lines):
        return lines
    return [line[:MOST].removesuffix(b"\r") for line in lines]
