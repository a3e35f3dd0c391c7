"""Any table as a pandas frame, and the different rows of one."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl

from workbench.terms.errors import Refused
from workbench.terms.text import _

REPEATS, FIRST = "__rows", "__first"
"""Columns of different rows: how often each stands in the table, and the number of the first such row."""
MOST_COMBINED, MOST_COUNTED = 2**62, 10_000_000
"""Above the first the numbers of rows do not fit their type; above the second a place for each takes much memory."""
NAMED_ROWS = 3
"""So many rows of each fault are named by their number."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Rows that are left out: the column at fault ("" for the whole row), why, how many, the numbers of the first."""

    column: str
    reason: str
    n: int
    rows: tuple[int, ...] = ()


def first_rows(numbers: Iterable[int]) -> tuple[int, ...]:
    """The numbers of the rows that are named, of those at fault."""
    return tuple(int(number) for number in sorted(numbers)[:NAMED_ROWS])


def as_frame(data: object) -> pd.DataFrame:
    """A pandas, Polars, Arrow or ibis table, or a Series by dimension, as a frame with names of text.

    Returns
    -------
    DataFrame
        Its index numbers the rows from 1.

    Raises
    ------
    Refused
        For anything else, and for two columns of one name.
    """
    if isinstance(data, pd.Series):
        unnamed = [i for i, level in enumerate(data.index.names) if level is None]
        if unnamed:
            raise Refused(_("Name the index of the Series by its dimensions, as in people.rename_axis('nuts2')."))
        data = data.rename(data.name or "employed").reset_index()
    elif isinstance(data, pl.LazyFrame):
        data = data.collect().to_pandas()
    elif hasattr(data, "to_pandas"):  # ibis, Polars, Arrow: none of them has to be imported to see that
        data = data.to_pandas()
    if not isinstance(data, pd.DataFrame):
        message = _("A table is a pandas, Polars, Arrow or ibis table, or the path of a file; {kind} is none.")
        raise Refused(message.format(kind=type(data).__name__))
    if data.index.names != [None]:
        data = data.reset_index()

    frame = data.set_axis([str(name) for name in data.columns], axis=1)
    if twice := sorted(set(frame.columns[frame.columns.duplicated()])):
        raise Refused(_("The table has two columns of one name: {names}.").format(names=", ".join(twice)))
    if frame.empty:
        raise Refused(_("The table has no rows."))
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0)


def different_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The different rows of a table, in the order in which they appear, with `REPEATS` and `FIRST`.

    Each column's entries are numbered, and the numbers of a row joined to one, which are then counted: no row is copied
    as text, and none is hashed where columns have few entries.

    Parameters
    ----------
    rows : categories or numbers; the index numbers the rows

    """
    combined, kinds = np.zeros(len(rows), dtype=np.int64), 1
    for name in rows:
        positions, n = _numbered(rows[name])
        if kinds * n > MOST_COMBINED:
            combined, among = pd.factorize(combined)
            kinds = len(among)
        combined *= n  # in place: each step of its own would be 40 MB more for 5 million rows
        combined += positions
        combined += 1
        kinds *= n
    if kinds > MOST_COUNTED:
        combined, among = pd.factorize(combined)
        kinds = len(among)

    repeats = np.bincount(combined, minlength=kinds)
    first = np.full(kinds, len(rows))
    first[combined[::-1]] = np.arange(len(rows) - 1, -1, -1)  # the last to be written is the first row of its kind
    repeated = np.flatnonzero(repeats)
    repeated = repeated[np.argsort(first[repeated])]

    found = rows.iloc[first[repeated]]
    return found.assign(**{REPEATS: repeats[repeated], FIRST: found.index.to_numpy()}).reset_index(drop=True)


def _numbered(column: pd.Series) -> tuple[np.ndarray, int]:
    """The number of each row's entry, -1 where it is missing, and how many numbers there can be."""
    if _is_categories(column):
        return column.cat.codes.to_numpy(), len(column.cat.categories) + 1
    positions, values = pd.factorize(column)
    return positions, len(values) + 1


def _is_categories(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)
