"""Where a table of one's own begins in its file: the lines of its headings, and what stands below them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _

NUMBER = re.compile(r"[-+]?\d[\d.,' \u00a0\u202f]*%?")
LOOKED_AT = 50
"""So many rows below a line show whether it is one of headings."""


@dataclass(frozen=True)
class Header:
    """The headings of a table: how wide it is, the number of the last line of the header, what to say of it."""

    headings: tuple[str, ...]
    width: int
    last: int
    notes: tuple[str, ...] = ()


def header_of(rows: list[list[str]], name: str) -> Header:
    """Where the table begins: lines above it that hold one cell are left out, a header of two lines is joined."""
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    width = max(
        (len(row) - next((i for i, cell in enumerate(reversed(row)) if cell), 0) for _n, row in numbered), default=0
    )
    above = [row for _number, row in numbered]
    start = next((i for i, row in enumerate(above) if sum(map(bool, row)) > 1 or width == 1), len(above))
    if start + 1 >= len(above):
        raise without_rows(name)

    body = [row[:width] + [""] * (width - len(row)) for row in above[start:]]
    headings, length = _headings(body)
    first, last = numbered[start][0], numbered[start + length - 1][0]
    notes = []
    if start or length > 1:
        message = (
            _("Headings are in line {first} of the file.")
            if length == 1
            else _("Headings are in lines {first} and {last}, joined.")
        )
        notes.append(message.format(first=first, last=last))
    return Header(tuple(headings), width, last, tuple(notes))


def without_rows(name: str) -> ReadError:
    return ReadError(_("{name} has no rows below a line of headings.").format(name=shown(name)))


def table_below(columns: Sequence[pd.Series], above: Header, name: str) -> pd.DataFrame:
    """The table below its header, its index the line of the file; empty lines, columns without heading left out."""
    named = {heading: column for heading, column in zip(above.headings, columns, strict=True) if heading}
    frame = pd.DataFrame(named)
    frame.index = pd.RangeIndex(above.last + 1, above.last + 1 + len(frame))
    filled = np.logical_or.reduce([column.cat.codes.to_numpy() >= 0 for column in columns])
    if not filled.any():
        raise without_rows(name)
    return frame if filled.all() else frame[filled]


def _headings(body: list[list[str]]) -> tuple[list[str], int]:
    """The headings and in how many lines they stand; a merged cell holds for those on its right."""
    first, second, rest = body[0], body[1] if len(body) > 2 else [], body[2 : 2 + LOOKED_AT]
    in_two = any(
        cell
        and not NUMBER.fullmatch(cell)
        and rest
        and all(NUMBER.fullmatch(row[i]) for row in rest if row[i])
        and any(row[i] for row in rest)
        for i, cell in enumerate(second)
    )
    if not in_two:
        return _apart(first), 1
    upper, filled = "", []
    for cell, below in zip(first, second, strict=True):
        upper = cell or upper
        filled.append(below if below and not cell and not upper else " ".join(filter(None, [upper, below])))
    return _apart(filled), 2


def _apart(headings: list[str]) -> list[str]:
    """Headings with a number behind those that stand twice."""
    seen: Counter = Counter()
    found = []
    for heading in headings:
        seen[heading] += 1
        found.append(f"{heading} {seen[heading]}" if heading and seen[heading] > 1 else heading)
    return found
