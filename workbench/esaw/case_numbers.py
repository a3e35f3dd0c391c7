"""Case numbers stay inside: a keyed hash stands for them, and finds those that occur twice in bounded memory."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl

from workbench.terms.errors import WorkbenchError
from workbench.terms.places import home
from workbench.terms.text import _

KEY_BYTES = 32
IN_MEMORY = 2_000_000
PARTS = 256
_ENTRY = np.dtype([("hash", "<u8"), ("record", "<u8"), ("mark", "u1")])


def secret() -> bytes:
    """The key of this installation, `secret.key` in `home()`, made at first use and readable by its owner only.

    Year and seven digits could be tried one by one: a hash without a key would give the case number away.

    Raises
    ------
    WorkbenchError
        If the key cannot be kept there, or the file is no key.
    """
    path = home() / "secret.key"
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        message = _(
            "The key that stands between case numbers and the output cannot be kept in {folder}: {why}. Set "
            "WORKBENCH_HOME."
        )
        raise WorkbenchError(message.format(folder=path.parent, why=error.strerror)) from None
    if len(key) != KEY_BYTES:
        message = _("{path} is not a key of {n} bytes. Move it away; a new one is made at the next use.")
        raise WorkbenchError(message.format(path=path, n=KEY_BYTES))
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret.")  # 0600 from the start
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
        with suppress(FileExistsError):  # another process was first: then its key counts
            os.link(name, path)
    finally:
        os.unlink(name)


def pseudonym(case_number: str) -> str:
    """What stands for a case number in any output: 16 hexadecimal digits, the same on this installation only."""
    return hashlib.blake2b(case_number.encode(), key=secret(), digest_size=8).hexdigest()


class RepeatedCases:
    """Finds records with the case number of an earlier record. Use as a context; memory does not grow with the file.

    Up to 2 million records are kept as 17 bytes each. Beyond that they go to 256 temporary files by the lowest byte of
    their hash, and `repeats` reads one file after the other: memory is that of one part, the disk holds 17 bytes a
    record. Equal hashes of 64 bits count as equal numbers: among 100 million records a false alarm has a chance of 3 in
    10,000.
    """

    def __init__(self) -> None:
        self._key, self._kept, self._size = secret(), [], 0
        self._folder: tempfile.TemporaryDirectory | None = None

    def __enter__(self) -> "RepeatedCases":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._folder:
            self._folder.cleanup()

    def add(self, cases: pl.Series, records: np.ndarray, marks: np.ndarray) -> None:
        """Take note of case numbers, their record numbers, and a mark (0 to 255) that comes back with `repeats`.

        Parameters
        ----------
        cases : Series of str
            Case numbers.
        records : int array
            Number of each record, from 1.
        marks : int array
            0 to 255.
        """
        blake2b, key = hashlib.blake2b, self._key
        digests = b"".join([blake2b(case, key=key, digest_size=8).digest() for case in cases.cast(pl.Binary).to_list()])
        entries = np.empty(len(cases), _ENTRY)
        entries["hash"], entries["record"], entries["mark"] = np.frombuffer(digests, "<u8"), records, marks
        self._kept.append(entries)
        self._size += len(entries)
        if self._size > IN_MEMORY:
            self._spill()

    def repeats(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Part by part: numbers of the records that repeat an earlier one, the earliest of theirs, and their marks.

        Yields
        ------
        three int arrays
            Numbers of the records, of the earliest with the same case number, and marks of the records.
        """
        if self._folder:
            self._spill()
            files = (Path(self._folder.name) / str(part) for part in range(PARTS))
            parts: Iterator[np.ndarray] = (np.fromfile(file, _ENTRY) for file in files if file.exists())
        else:
            parts = iter([np.concatenate(self._kept)] if self._kept else [])
        for entries in parts:
            entries = entries[np.lexsort((entries["record"], entries["hash"]))]
            starts = np.flatnonzero(np.r_[True, entries["hash"][1:] != entries["hash"][:-1]][: len(entries)])
            first = np.repeat(entries["record"][starts], np.diff(np.r_[starts, len(entries)]))
            again = entries["record"] != first
            yield entries["record"][again], first[again], entries["mark"][again]

    def _spill(self) -> None:
        self._folder = self._folder or tempfile.TemporaryDirectory(
            prefix="workbench-cases-"
        )  # only its owner may enter
        entries = np.concatenate(self._kept) if self._kept else np.empty(0, _ENTRY)
        part = (entries["hash"] % PARTS).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        bounds = np.searchsorted(part[order], np.arange(PARTS + 1))
        for number in range(PARTS):
            with (Path(self._folder.name) / str(number)).open("ab") as out:
                entries[order[bounds[number] : bounds[number + 1]]].tofile(out)
        self._kept, self._size = [], 0
