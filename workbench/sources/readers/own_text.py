"""A text file of the user's own as columns of categories: encoding, separator and header found from its first lines."""

import csv
import re
import shutil
from array import array
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import polars as pl

from workbench.sources.readers.eurostat_formats import is_tsv
from workbench.sources.readers.own_header import Header, header_of, table_below
from workbench.terms.entries import as_text, entries
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _

SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar"}
LOOKED_AT = 50
"""So many lines show how a file is written."""
MOST_HEAD = 1_000
"""The header stands in so many lines, and the widest of them says how many columns there are."""
PIECE = 1 << 20
EUROSTAT_ID = re.compile(r"\bESTAT:([A-Za-z0-9_$]+)")
"""How SDMX-CSV names a table of Eurostat's."""


def read_text(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """A text file: its encoding, separator and header found from its first lines, then the rest read in one go."""
    with file.open("rb") as stream:
        start = stream.read(4)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        message = _("{name} is an Excel or ZIP file, not text: give it its own ending (.xlsx), or save it as CSV.")
        raise ReadError(message.format(name=shown(file.name)))
    encoding = _encoding(file)
    try:
        return _read_as(file, encoding)
    except UnicodeDecodeError:  # the first of it looked like UTF-8
        return _read_as(file, _of_one_byte(file))


def _read_as(file: Path, encoding: str) -> tuple[pd.DataFrame, list[str]]:
    with file.open(encoding=encoding, newline="") as text:
        head = list(islice(text, MOST_HEAD))
    _check_no_eurostat(head, file.name)
    separator = _separator(head[:LOOKED_AT])
    above = header_of([[cell.strip() for cell in row] for row in csv.reader(head, delimiter=separator)], file.name)

    notes = [_("Columns are parted by {separator}.").format(separator=SEPARATORS[separator])]
    if encoding != "utf-8-sig":
        notes.append(_("Read as {encoding}, since it is no UTF-8.").format(encoding=encoding))
    with TemporaryDirectory() as folder:
        utf8 = file if encoding == "utf-8-sig" else _in_utf8(file, encoding, Path(folder) / "table.csv")
        columns = _columns_of_text(utf8, separator, above, file.name)
    return table_below(columns, above, file.name), [*notes, *above.notes]


def _check_no_eurostat(head: Sequence[str], name: str) -> None:
    """ReadError for a table of Eurostat's: its codes, units and flags are read by its id, not guessed."""
    header = head[0] if head else ""
    if is_tsv(header) or header.lstrip('\ufeff"').startswith(("STRUCTURE", "DATAFLOW")):
        named = EUROSTAT_ID.search("".join(head[:3]))
        message = _(
            'This is a table of Eurostat\'s: wb.cube("eurostat:{table}", path="{name}") reads it, or `workbench load '
            "eurostat:{table} --from {name}`, with its id, such as hsw_n2_01."
        )
        raise ReadError(message.format(name=shown(name), table=named[1].lower() if named else "ID"))


def _columns_of_text(file: Path, separator: str, above: Header, name: str) -> list[pd.Series]:
    """The columns below the header, each as categories.

    Polars reads 5 million rows in seconds, at 20 MB a column. Where a cell holds a quotation mark or several lines, the
    file is read again cell by cell: Polars takes the inches of `5" pipe` for the beginning of a quotation.
    """
    headings = [str(i) for i in range(above.width)]
    text = pl.scan_csv(
        file,
        separator=separator,
        has_header=False,
        skip_rows=above.last,
        schema=dict.fromkeys(headings, pl.String),
        truncate_ragged_lines=True,
    )
    # a set of categories for each column: one set for all has the entries of all in every column
    categories = [pl.col(heading).cast(pl.Categorical(pl.Categories.random())) for heading in headings]
    try:
        columns = [as_text(column.to_pandas()) for column in text.select(categories).collect(engine="streaming")]
    except pl.exceptions.PolarsError:
        return _cell_by_cell(file, separator, above, name)
    doubtful = any(set('"\n\r').intersection(entry) for column in columns for entry in entries(column))
    return _cell_by_cell(file, separator, above, name) if doubtful else columns


def _cell_by_cell(file: Path, separator: str, above: Header, name: str) -> list[pd.Series]:
    """The columns as Python's reader of CSV tells the cells apart.

    Raises
    ------
    ReadError
        Where a quotation mark is never closed.
    """
    positions: list[array] = [array("l") for _column in range(above.width)]
    known: list[dict[str, int]] = [{} for _column in range(above.width)]
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            for row in islice(csv.reader(text, delimiter=separator, strict=True), above.last, None):
                for i, cell in enumerate([*row, *[""] * (above.width - len(row))][: above.width]):
                    positions[i].append(known[i].setdefault(cell, len(known[i])))
    except csv.Error as fault:
        message = _(
            "{name} cannot be read as lines of columns parted by {separator}: perhaps a quotation mark is never "
            "closed. Open it in a spreadsheet, and save it again as CSV."
        )
        raise ReadError(message.format(name=shown(name), separator=SEPARATORS[separator])) from fault
    found = [
        pd.Categorical.from_codes(codes, categories=list(cells)) for codes, cells in zip(positions, known, strict=True)
    ]
    return [as_text(pd.Series(column)) for column in found]


def _in_utf8(file: Path, encoding: str, target: Path) -> Path:
    """A copy of a text file in UTF-8, written piece by piece."""
    with file.open(encoding=encoding, newline="") as old, target.open("w", encoding="utf-8", newline="") as new:
        shutil.copyfileobj(old, new, PIECE)
    return target


def _encoding(file: Path) -> str:
    """UTF-16 or UTF-8 by the first piece of a file, whose rest Polars checks as it reads; else one of single bytes."""
    with file.open("rb") as stream:
        piece = stream.read(PIECE)
    if piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        return _of_one_byte(file)
    return "utf-8-sig"


def _of_one_byte(file: Path) -> str:
    """The encoding of Windows, unless the file has a byte that it does not know."""
    decoder = getincrementaldecoder("cp1252")()
    try:
        with file.open("rb") as stream:
            while piece := stream.read(PIECE):
                decoder.decode(piece)
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _separator(lines: Sequence[str]) -> str:
    """The separator that parts most lines into the same number of columns, more than one."""

    def agreement(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        widths.pop(1, None)
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return n, width

    return max(SEPARATORS, key=agreement)
