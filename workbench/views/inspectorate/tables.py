"""Rows of a finding as the screen's table takes them: each cell as it is read and as it is sorted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, capital

EMPTY = "–"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its head, its unit, its values, and how a figure is written; texts are left as they are.

    Where `to` is given, each cell is a span from one figure to the other.
    """

    label: str
    values: pd.Series = field(repr=False)
    write: Callable[[float], str] | None = None
    unit: str = ""
    to: pd.Series | None = field(default=None, repr=False)


def span(low: str, high: str) -> str:
    """From one figure to another, or the one that both are.

    Parameters
    ----------
    low, high : str
        As they are written.

    Returns
    -------
    str
    """
    return low if low == high else _("{low}–{high}").format(low=low, high=high)


def names_of(finding: Finding) -> list[str]:
    """What the rows of a finding are called, the region first: a sector's long name is what may be cut.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    list of str
    """
    table = finding.table()
    labels = [table[name] if name == "year" else table[f"{name}_label"] for name in reversed(finding.by)]
    return [" · ".join(map(str, parts)) for parts in zip(*labels, strict=True)]


def dimension_columns(finding: Finding) -> list[Column]:
    """The columns that name a row: one for each dimension.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    list of Column
    """
    table = finding.table()
    return [Column(label=capital(DIMENSIONS[name].label), values=table[f"{name}_label"]) for name in finding.by]


def drawn_table(caption: str, columns: Iterable[Column]) -> dict:
    """A table as the screen takes it.

    Parameters
    ----------
    caption : str
    columns : iterable of Column
        Of equal length.

    Returns
    -------
    dict
        Plain values.
    """
    columns = list(columns)
    heads = [{"label": one.label, "unit": one.unit, "number": one.write is not None} for one in columns]
    pairs = [
        zip(one.values.tolist(), (one.values if one.to is None else one.to).tolist(), strict=True) for one in columns
    ]
    cells = [[_cell(one, value, to) for value, to in both] for one, both in zip(columns, pairs, strict=True)]
    return {"caption": caption, "columns": heads, "rows": [list(row) for row in zip(*cells, strict=True)]}


def _cell(column: Column, value: object, to: object) -> list:
    """What is read, and what the row is sorted by; nothing for a missing figure."""
    if value is None or value != value:
        return [EMPTY, None]
    return [span(column.write(value), column.write(to)) if column.write else str(value), value]
