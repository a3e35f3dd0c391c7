"""ESAW records in a text table: one line a record, a header with the names of the variables."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from workbench.esaw.layouts.batch import (
    NAMES,
    REQUIRED,
    Batch,
    Fault,
    check_once,
    column_notes,
    complete,
    plain,
    require,
)
from workbench.esaw.layouts.lines import MOST, blocks
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _

SEPARATORS = ",;\t|"


def names_in(line: bytes) -> tuple[str, set[str]]:
    """The separator of a header line, and the variables it names."""
    found = {s: set(_header_names(line, s)) & set(NAMES) for s in SEPARATORS}
    best = max(found, key=lambda s: len(found[s]))
    return best, found[best]


def _split(line: bytes, separator: str) -> list[str]:
    """The values of one line; what would end it for the csv module becomes U+FFFD, which is found later."""
    text = line.decode("utf-8", "replace").replace("\0", "\ufffd").replace("\r", "\ufffd")
    return next(csv.reader([text], delimiter=separator), [])


def _header_names(line: bytes, separator: str) -> list[str]:
    return [name.strip() for name in _split(line, separator)]


def header(line: bytes, path: Path) -> tuple[str, list[str]]:
    """The separator of a header line, and notes on its columns. ReadError if it lacks a variable or has one twice.

    Parameters
    ----------
    line : bytes
        The first of the file.
    path : Path
        Of the file, for errors.

    Returns
    -------
    (str, list of str)
        Separator, and whole sentences.
    """
    separator, known = names_in(line)
    names = _header_names(line, separator)
    if not known:  # perhaps a record, so nothing of it is repeated
        message = _("The first line of {path} names no variable of the record. Expected a header with {names}, ...")
        raise ReadError(message.format(path=shown(path, 250), names=", ".join(REQUIRED[:4])))
    require(names, str(path))
    check_once([name for name in names if name in known], str(path))
    return separator, column_notes(names)


def is_cut(last: bytes, first: bytes, separator: str) -> bool:
    """Whether a table breaks off in its last line: one without a line end that has fewer values than the header.

    Parameters
    ----------
    last : bytes
        What follows the last line end.
    first : bytes
        The header.
    separator : str
        One character.

    Returns
    -------
    bool
    """
    return bool(last) and last != first and len(_split(last, separator)) < len(_split(first, separator))


def batches(path: Path, separator: str) -> Iterator[Batch]:
    """The records of a text table, numbered after the header; a line with too many or too few values is a fault.

    Parameters
    ----------
    path : Path
        Of the file.
    separator : str
        One character.

    Yields
    ------
    Batch
    """
    done, names = 0, None
    for lines in blocks(path):
        if names is None:
            names = _header_names(lines.pop(0), separator)
        if lines:
            yield _batch(lines, names, separator, done)
        done += len(lines)


def _batch(lines: list[bytes], names: list[str], separator: str, done: int) -> Batch:
    mark = separator.encode()
    if any(b'"' in line for line in lines):
        cells = [_split(line, separator) for line in lines]
        widths = np.fromiter(map(len, cells), np.int64, len(cells))
    else:
        cells = None
        widths = np.fromiter((line.count(mark) for line in lines), np.int64, len(lines)) + 1
    long = np.fromiter(map(len, lines), np.int64, len(lines)) >= MOST
    right = (widths == len(names)) & ~long & np.fromiter(map(bool, lines), bool, len(lines))
    kept = np.flatnonzero(right)
    schema = {name if name in NAMES else f"_{i}": pl.String for i, name in enumerate(names)}
    if cells is not None:
        frame = pl.DataFrame([cells[i] for i in kept], schema=schema, orient="row")
    elif len(kept):
        text = b"\n".join([lines[i] for i in kept]) + b"\n"
        frame = pl.read_csv(
            io.BytesIO(text),
            has_header=False,
            schema=schema,
            separator=separator,
            quote_char=None,
            encoding="utf8-lossy",
            empty_string_is_null=False,
        )
    else:
        frame = pl.DataFrame(schema=schema)
    frame = complete(frame.select(name for name in names if name in NAMES), kept + done + 1)
    message = _("The line has {found} values, the header {expected}. Is a value missing, or a separator inside one?")
    empty = _("The line is empty.")
    faults = [
        Fault(
            int(done + i + 1),
            "record_length",
            message.format(found=int(widths[i]), expected=len(names)) if lines[i] else empty,
        )
        for i in np.flatnonzero(~right)
    ]
    return plain(frame, faults)
