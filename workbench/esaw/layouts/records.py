"""ESAW accident records, read from lines of 81 or 44 characters, CSV or Parquet, and written as lines or CSV."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from workbench import esaw
from workbench.esaw.layouts import parquet, text_table
from workbench.esaw.layouts.batch import NAMES, REQUIRED, Batch, complete, fixed, plain, require
from workbench.esaw.layouts.lines import MOST, Sample, blocks, sample, unended
from workbench.terms.errors import ReadError, UnknownName, WorkbenchError
from workbench.terms.text import _

NEAR = 8
"""Lines this much longer or shorter than a layout's record are taken for faulty records of that layout."""


@dataclass(frozen=True)
class RecordFile:
    """One file of records, looked at and ready to be read in batches; iterating again starts again.

    `synthetic` and `sample` are what a Parquet file says of itself: synthetic records, or not all there are.
    `unfinished` says that a text file breaks off in its last record: nobody knows how many followed.
    """

    path: Path
    layout: str
    case_width: int = 11
    newline: str = "\n"
    separator: str = ""
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    sample: bool = False
    unfinished: bool = False

    def __iter__(self) -> Iterator[Batch]:
        if self.layout == "parquet":
            yield from parquet.batches(self.path)
        elif self.layout == "csv":
            yield from text_table.batches(self.path, self.separator)
        else:
            done, layout = 0, esaw.layout(self.layout, self.case_width)
            for lines in blocks(self.path):
                yield fixed(lines, layout, done)
                done += len(lines)


def open_records(path: str | Path, *, layout: str | None = None, case_width: int = 11) -> RecordFile:
    """Look at a file of records and say how it will be read.

    Parameters
    ----------
    layout : {"esaw81", "esaw44", "csv", "parquet"}, optional
        Found from the content where not given. CSV and Parquet have the keys of the record layout as column names.
    case_width : int
        Characters of the case number in a fixed-width record, 11 to 14; the place has the rest of 16.

    Raises
    ------
    ReadError
        If the file is not one of records; says what was found and what is expected.
    UnknownName
        If there is no such layout.
    """
    path = Path(path)
    if layout is not None and layout not in esaw.LAYOUTS:
        raise UnknownName(
            _("layout"), layout, esaw.LAYOUTS, hint=_("There are: {names}.").format(names=", ".join(esaw.LAYOUTS))
        )
    if path.is_dir() and any(path.rglob("*.parquet")):
        return _of_parquet(path)
    start = sample(path)
    if start.parquet != (layout == "parquet") and layout is not None:
        found = "Parquet" if start.parquet else _("text")
        raise ReadError(
            _("{path} is {found}, not {layout}. Leave the layout out, or name the right one.").format(
                path=path, found=found, layout=layout
            )
        )
    if start.parquet:
        return _of_parquet(path)
    notes = [_("The byte order mark at the start was skipped.")] if start.bom else []
    notes += [_("Lines end with CR LF (Windows).")] if start.newline == "\r\n" else []
    layout = layout or _guess(start, path)
    if layout == "csv":
        separator, of_columns = text_table.header(start.lines[0], path)
        cut = text_table.is_cut(unended(path), start.lines[0], separator)
        notes += [*of_columns, *([_cut_off()] if cut else [])]
        return RecordFile(path, "csv", newline=start.newline, separator=separator, notes=tuple(notes), unfinished=cut)
    cut = 0 < len(unended(path)) < esaw.layout(layout, case_width).length
    notes += [_cut_off()] if cut else []
    return RecordFile(path, layout, case_width, start.newline, notes=tuple(notes), unfinished=cut)


def _cut_off() -> str:
    return _("The file breaks off in its last record: it was cut off, and how many records are missing is not known.")


def _of_parquet(path: Path) -> RecordFile:
    found = parquet.look(path)
    return RecordFile(path, "parquet", notes=found.notes, synthetic=found.synthetic, sample=found.sample)


def write_records(
    batches: Iterable[Batch], path: str | Path, *, layout: str = "esaw81", case_width: int = 11, newline: str = "\n"
) -> int:
    """Write records in a layout; the file appears whole or not at all.

    What was read from the same layout comes out byte for byte.

    Parameters
    ----------
    batches : iterable of Batch
        Such as what `open_records` gives.
    path : str or Path
        Of the file, replaced if it is there.
    layout : {"esaw81", "esaw44", "csv"}
    case_width : int
        As in `open_records`.
    newline : str
        What ends a line.

    Returns
    -------
    int
        Number of records.

    Raises
    ------
    WorkbenchError
        If a batch has records that could not be read, or a value does not fit its field.
    """
    path, written = Path(path), 0
    places = None if layout == "csv" else esaw.layout(layout, case_width)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            for batch in batches:
                frame = _readable(batch)
                if places is None:
                    text = frame.drop("record").write_csv(include_header=written == 0, line_terminator=newline)
                else:
                    text = "".join(line + newline for line in _lines(frame, places))
                out.write(text.encode("ascii"))
                written += frame.height
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return written


def one_record(record: str | Mapping[str, object], *, case_width: int = 11) -> Batch:
    """One record as a batch of its own: 81 or 44 characters, or its variables by key.

    What a mapping leaves out is a filler, the weight 1. Text of another length gives a batch with one fault.

    Raises
    ------
    UnknownName, ReadError
        If a name is not a variable of the record, or a mandatory variable is missing; for what is no record at all.
    """
    if not isinstance(record, str | Mapping):
        message = _("A record is a line of 81 or 44 characters, or its variables by name, not {what}.")
        raise ReadError(message.format(what=type(record).__name__))
    if isinstance(record, str):
        line = record.removesuffix("\n").removesuffix("\r").encode("utf-8", "surrogatepass")
        name = "esaw44" if len(line) == esaw.layout("esaw44").length else "esaw81"
        return fixed([line], esaw.layout(name, case_width))
    for name in set(record) - set(NAMES):
        raise UnknownName(_("variable of the record"), name, NAMES)
    require(list(record), _("The record"))
    texts = {key: [_without_surrogates(str(value))] for key, value in record.items()}
    return plain(complete(pl.DataFrame(texts), np.array([1])))


def _without_surrogates(text: str) -> str:
    """Half characters, which only Python's text can hold, as U+FFFD, which is found among the characters."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _guess(start: Sample, path: Path) -> str:
    """The layout whose record length the first lines have; CSV when the first line names variables."""
    lengths = [len(line) for line in start.lines if line]
    if not lengths:
        raise ReadError(_("{path} has no records: its first lines are empty.").format(path=path))
    if text_table.names_in(start.lines[0])[1]:
        return "csv"
    usual = max(set(lengths), key=lengths.count)
    for name in ("esaw81", "esaw44"):
        length = esaw.layout(name).length
        if length in lengths or abs(usual - length) <= NEAR:
            return name
    found = _("more than 65,000") if usual >= MOST else usual
    message = _(
        "{path} begins with lines of {found} bytes. Records have 81 characters (phase III) or 44 (phases I and II), "
        "one on each line; CSV begins with a header of names ({names}, ...)."
    )
    raise ReadError(message.format(path=path, found=found, names=", ".join(REQUIRED[:3])))


def _readable(batch: Batch) -> pl.DataFrame:
    if batch.faults:
        message = _("Record {record:,} could not be read and cannot be written: {words}")
        raise WorkbenchError(message.format(record=batch.faults[0].record, words=batch.faults[0].words))
    return batch.frame


def _lines(frame: pl.DataFrame, layout: esaw.Layout) -> list[str]:
    """The records of a frame as fixed-width lines."""
    parts = []
    for key, (start, end) in layout.places.items():
        width, variable, text = end - start, esaw.variables()[key], frame[key]
        if not layout.phase3 and key in {"economic_activity", "employment_status"}:
            text = text.str.head(width)  # phases I and II had only their first digits
        if variable.codelist == "material_agent":
            text = text.str.replace(r"^(..)\.(..)$", "$1$2")  # the point of a code; one in a faulty entry stays
        if not variable.mandatory and key not in esaw.VOLUNTARY:
            text = text.replace("", variable.filler)
        wrong = text.str.len_chars() != width
        if wrong.any():
            message = _("Record {record:,} has a {key} that does not fit the {width} characters of {layout}.")
            raise WorkbenchError(
                message.format(record=frame.filter(wrong)["record"][0], key=key, width=width, layout=layout.name)
            )
        parts.append(text.alias(key))
    return pl.DataFrame(parts).select(pl.concat_str(pl.all())).to_series().to_list()
