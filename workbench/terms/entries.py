"""Columns of text as categories: however many rows there are, each different entry is read, and judged, once."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

AS_TEXT = "as text"
"""Name of the categories of a column that was read: it is not read again, which 5 million rows would show."""


def as_text(column: pd.Series) -> pd.Series:
    """A column as text: whole numbers without a fraction, dates as 2023-04-05, what is empty missing.

    Parameters
    ----------
    column : of any kind

    Returns
    -------
    Series
        Categories of text in the order in which they appear; spaces around an entry are gone.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and column.cat.categories.name == AS_TEXT:
        return column
    if isinstance(column.dtype, pd.CategoricalDtype):
        positions, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        positions, values = _different(column)
    seen = pd.unique(positions)
    seen = seen[seen >= 0]
    return _column(column, positions, seen, [_plain(value).strip() or None for value in values[seen]])


def entries(column: pd.Series) -> list[str]:
    """The different entries of a column that `as_text` made, in the order in which they appear."""
    return column.cat.categories.tolist()


def recoded(column: pd.Series, meant: Mapping[str, str | None]) -> pd.Series:
    """A column that `as_text` made with some entries replaced by others, or missing where they mean None."""
    found = entries(column)
    if not any(entry in meant for entry in found):
        return column
    texts = [meant.get(entry, entry) for entry in found]
    return _column(column, column.cat.codes.to_numpy(), np.arange(len(found)), texts)


def share_of_rows(column: pd.Series, wanted: Sequence[bool]) -> float:
    """The share of the rows with an entry whose entry is wanted; 0 of an empty column.

    Parameters
    ----------
    column : as `as_text` makes it
    wanted : one for each of `entries(column)`
    """
    positions = column.cat.codes.to_numpy()
    filled = positions[positions >= 0]
    return float(np.asarray(wanted, bool)[filled].mean()) if len(filled) else 0.0


def _different(column: pd.Series) -> tuple[np.ndarray, pd.Index | np.ndarray]:
    """The different values of a column, and the position among them of each row's; -1 where it is missing."""
    try:
        positions, values = pd.factorize(column)
    except TypeError:  # lists and the like, which nobody should keep in a cell
        positions, values = pd.factorize(column.map(str, na_action="ignore"))
    return positions, np.asarray(values, dtype=object) if not isinstance(values, pd.Index) else values


def _column(column: pd.Series, positions: np.ndarray, seen: np.ndarray, texts: Sequence[str | None]) -> pd.Series:
    """The column whose row at position `seen[i]` reads `texts[i]`; texts that are equal are one category."""
    among, categories = pd.factorize(np.array(texts, dtype=object))
    highest = int(seen.max()) if len(seen) else -1
    new = np.full(highest + 2, -1, dtype=np.int32)  # the last is that of the missing, -1
    new[seen] = among
    found = pd.Categorical.from_codes(new[positions], categories=pd.Index(categories, dtype=object, name=AS_TEXT))
    return pd.Series(found, index=column.index, name=column.name)


def _plain(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return str(value)
