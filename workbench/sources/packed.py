"""Whether a compressed file is whole: read to its end, its lengths and check sums compared."""

import gzip
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

MOST_UNPACKED = 1_000_000_000
"""Bytes (two seconds of unpacking) after which the rest is left to the reader, which has limits of its own."""
_BITE = 1 << 20
_GZIP, _ZIP, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
_DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)


def is_whole(path: Path) -> bool:
    """Whether a gzip, ZIP (also .xlsx) or Parquet file ends as it should; any other file counts as whole.

    A gzip file that is cut off still unpacks: only its last eight bytes (check sum and length) tell.
    """
    with path.open("rb") as file:
        start = file.read(4)
        if start == _PARQUET:
            file.seek(-4, 2)
            return file.read(4) == _PARQUET
    try:
        if start[:2] == _GZIP:
            with gzip.open(path) as unpacked:
                _read_through(unpacked, MOST_UNPACKED)
        elif start == _ZIP:
            _read_members(path)
    except _DAMAGED:
        return False
    return True


def is_gzip(path: Path) -> bool:
    """Whether a file begins as gzip files do."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def is_packed(path: Path) -> bool:
    """Whether a file is of a kind whose end can be told."""
    with path.open("rb") as file:
        return file.read(4).startswith((_GZIP, _ZIP, _PARQUET))


def _read_members(path: Path) -> None:
    """Read every member of a ZIP to its end, which compares check sums; what cannot be opened is left to the reader."""
    left = MOST_UNPACKED
    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            protected = member.flag_bits & 1
            if protected or member.is_dir():
                continue
            try:
                with packed.open(member) as unpacked:
                    left -= _read_through(unpacked, left)
            except NotImplementedError:  # a way of compressing that Python does not know
                continue


def _read_through(unpacked: BinaryIO, most: int) -> int:
    """Read a stream to its end, or to so many bytes; how many there were."""
    size = 0
    while size < most and (bite := unpacked.read(_BITE)):
        size += len(bite)
    return size
