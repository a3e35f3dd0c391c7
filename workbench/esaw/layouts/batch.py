"""A batch of ESAW records as its file holds them, whatever its layout."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from workbench import esaw
from workbench.esaw.layouts.lines import MOST
from workbench.esaw.record import OPTIONAL_DATES, VOLUNTARY
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _

REQUIRED = [v.key for v in esaw.variables().values() if v.mandatory and v.key != "weight"]
NAMES = (*esaw.variables(), *OPTIONAL_DATES)


MOST_NAMES = 10
"""Columns without a variable that a note names."""


@dataclass(frozen=True)
class Fault:
    """A record that cannot be read: its number from 1, the rule it breaks (record_length, characters), and why."""

    record: int
    rule: str
    words: str


@dataclass(frozen=True)
class Batch:
    """Some 50,000 records as the file holds them.

    `frame` has `record` (number from 1), the 24 variables as text, and `date_of_death`, `date_of_return` where the file
    has them. Records that cannot be read are in `faults`, not in `frame`. `phase3`: with causes, circumstances, weight.
    """

    frame: pl.DataFrame = field(repr=False)
    faults: tuple[Fault, ...] = ()
    phase3: bool = True

    @property
    def records(self) -> int:
        return self.frame.height + len(self.faults)


def fixed(lines: list[bytes], layout: esaw.Layout, done: int = 0) -> Batch:
    """The batch that fixed-width lines hold; `done` lines came before them.

    Parameters
    ----------
    lines : list of bytes
        Without line ends.
    layout : Layout
        Fixed-width.
    done : int
        Number of lines before these.

    Returns
    -------
    Batch
    """
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))
    right = lengths == layout.length
    wrong = np.flatnonzero(~right).tolist()
    kinds = [(len(lines[i]), lines[i].isascii()) for i in wrong]
    words = {kind: _length_words(*kind, layout) for kind in set(kinds)}  # once each: a file may have millions of them
    faults = [Fault(done + i + 1, "record_length", words[kind]) for i, kind in zip(wrong, kinds, strict=True)]
    numbers = np.flatnonzero(right) + done + 1
    kept = lines if right.all() else [lines[i] for i in np.flatnonzero(right)]
    table = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, layout.length)
    plain = ((table >= 32) & (table <= 126)).all(axis=1)
    faults += [Fault(int(n), "characters", characters_words()) for n in numbers[~plain]]
    if not plain.all():
        numbers, table = numbers[plain], table[plain]
    columns = {key: _text(table[:, start:end]) for key, (start, end) in layout.places.items()}
    frame = _widen(pl.DataFrame({"record": numbers.astype(np.uint64), **columns}))
    return Batch(frame, tuple(sorted(faults, key=lambda fault: fault.record)), layout.phase3)


def _text(table: np.ndarray) -> pl.Series:
    """The rows of a table of ASCII bytes as text, without a Python object per value."""
    n, width = table.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int64)
    data = np.ascontiguousarray(table)
    return pl.from_arrow(pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data)))


def _widen(frame: pl.DataFrame) -> pl.DataFrame:
    """All 24 variables at their full width: what the layout lacks is a filler."""
    full = esaw.variables().values()
    short = {
        v.key: v.width
        for v in full
        if v.key in frame.columns and v.width_phase1_2 < v.width and "weight" not in frame.columns
    }
    padded = [pl.col(key).str.pad_end(width, "0") for key, width in short.items()]
    fillers = [pl.lit(v.filler).alias(v.key) for v in full if v.key not in frame.columns]
    dates = [name for name in OPTIONAL_DATES if name in frame.columns]
    return frame.with_columns(*padded, *fillers).select("record", *esaw.variables(), *dates)


def _length_words(length: int, plain_ascii: bool, layout: esaw.Layout) -> str:
    if not length:
        return _("The line is empty; a record has {n} characters.").format(n=layout.length)
    if length >= MOST:
        message = _("The record has {length:,} bytes or more instead of {n}.")
    else:
        message = _("The record has {length} bytes instead of {n}.")
    sentences = [message.format(length=length, n=layout.length)]
    if not plain_ascii:
        sentences.append(_("It holds characters outside ASCII, which take more than one byte."))
    return " ".join(sentences)


def characters_words() -> str:
    """What is wrong with a record that holds more than printable ASCII."""
    return _(
        "The record holds control characters or letters outside ASCII. Write digits and plain capital letters only."
    )


def complete(frame: pl.DataFrame, numbers: np.ndarray) -> pl.DataFrame:
    """A table's columns as a batch has them: numbered, in the order of the record, fillers for what it lacks.

    Time and size have no filler, because 00 is an hour and 0 a size: where they are lacking they stay empty.

    Parameters
    ----------
    frame : DataFrame
        Text columns, some of the variables.
    numbers : int array
        Number of each record, from 1.

    Returns
    -------
    DataFrame
        Record, the 24 variables, and the optional dates that there are.
    """
    lacking = [v for v in esaw.variables().values() if v.key not in frame.columns]
    filled = [pl.lit("" if v.key in VOLUNTARY else v.filler).alias(v.key) for v in lacking]
    dates = [name for name in OPTIONAL_DATES if name in frame.columns]
    numbered = frame.with_columns(*filled, pl.Series("record", numbers.astype(np.uint64)))
    return numbered.select("record", *esaw.variables(), *dates)


def plain(frame: pl.DataFrame, faults: Iterable[Fault] = ()) -> Batch:
    """A batch whose records with characters outside printable ASCII are faults.

    Parameters
    ----------
    frame : DataFrame
        As `complete` gives it.
    faults : iterable of Fault
        Found before.

    Returns
    -------
    Batch
    """
    strange = frame.select(pl.concat_str(pl.exclude("record")).str.contains("[^ -~]")).to_series()
    if strange.any():
        faults = [*faults, *(Fault(int(n), "characters", characters_words()) for n in frame.filter(strange)["record"])]
        frame = frame.filter(~strange)
    return Batch(frame, tuple(sorted(faults, key=lambda fault: fault.record)))


def require(names: Sequence[str], what: str) -> None:
    """Raise ReadError, naming what is missing, unless `names` hold every mandatory variable but the weight.

    Parameters
    ----------
    names : sequence of str
        Columns of a file.
    what : str
        What an error calls the file.

    Raises
    ------
    ReadError
        Naming the variables that are missing.
    """
    absent = [key for key in REQUIRED if key not in names]
    if absent:
        raise ReadError(
            _("{what} has no {names}. Every record must carry them.").format(
                what=shown(what, 250), names=", ".join(absent)
            )
        )


def check_once(names: Sequence[str], what: str) -> None:
    """Raise ReadError if a variable has more than one column in `names`."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        message = _("{what} has the column {names} twice.")
        raise ReadError(message.format(what=shown(what, 250), names=", ".join(twice)))


def column_notes(names: Sequence[str]) -> list[str]:
    """What the reader of a table should know: columns left out, the weight that was assumed."""
    unknown = [_shown_name(name) for name in names if name not in NAMES]
    notes = []
    if len(unknown) > MOST_NAMES:
        message = _("Columns left out because the record has no such variable: {names} and {n:,} more.")
        notes = [message.format(names=", ".join(unknown[:MOST_NAMES]), n=len(unknown) - MOST_NAMES)]
    elif unknown:
        message = _("Columns left out because the record has no such variable: {names}.")
        notes = [message.format(names=", ".join(unknown))]
    return notes if "weight" in names else [*notes, _("There is no column weight: every record weighs 1.")]


def _shown_name(name: str) -> str:
    """The name of a column as a note may repeat it: not where it may be a value, such as a case number."""
    if len(name) > 40 or re.search("[0-9]{5}", name):
        return _("({n} characters, not shown)").format(n=len(name))
    return shown(name)
