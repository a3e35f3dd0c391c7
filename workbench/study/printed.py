"""Rows as text for a terminal or a page: aligned, long names cut, whole figures as whole numbers, nothing empty."""

from collections.abc import Sequence

import pandas as pd

LONGEST, LEAST = 40, 12
"""Characters of a name at the most, and at the least where the width asks for less."""
PERSONS = ("count", "exposure")


def number(value: float) -> str:
    """Enough digits to tell figures apart: 0.0471, 9.21, 2,140.8."""
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.1f}"


def printed(table: pd.DataFrame, names: Sequence[str], *, width: int | None = None) -> str:
    """A table in lines, one for each row; columns without a figure are left out.

    Parameters
    ----------
    names : the columns that name a row; their texts are cut at 40 characters, and shorter where `width` asks for it
    width : characters of a line; None for as many as it takes
    """
    if table.empty:
        return ""
    kept = [name for name in table if name in (*names, "value") or table[name].replace("", None).notna().any()]
    columns = {name: [name, *_written(name, table[name])] for name in kept}
    labels = [name for name in kept if name.endswith("_label")]
    most = dict.fromkeys(labels, LONGEST)
    if width and labels:
        others = sum(max(map(len, cells)) + 1 for name, cells in columns.items() if name not in labels) - 1
        most = dict.fromkeys(labels, max(LEAST, min(LONGEST, (width - others) // len(labels) - 1)))
    columns |= {name: [_cut(cell, most[name]) for cell in columns[name]] for name in labels}
    figures = {name for name in kept if table[name].dtype.kind in "iuf" and name not in names}
    lines = zip(*(_aligned(cells, left=name not in figures) for name, cells in columns.items()), strict=True)
    return "\n".join(" ".join(line).rstrip() for line in lines)


def _written(name: str, cells: pd.Series) -> list[str]:
    """Figures as people read them: accidents and people, and whatever is whole throughout, without decimals."""
    if cells.dtype.kind not in "iuf":
        return ["-" if pd.isna(cell) else str(cell) for cell in cells]
    if name == "year":
        return [f"{cell:.0f}" for cell in cells]
    known = cells.dropna()
    if (known == known.round()).all():
        write = "{:,.0f}".format
    elif name in PERSONS:
        write = _persons
    else:
        write = number
    return ["-" if pd.isna(cell) else write(cell) for cell in cells]


def _persons(n: float) -> str:
    """Weights make fractions of accidents; of many they say nothing."""
    return f"{n:,.0f}" if n == round(n) or n >= 100 else number(n)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _aligned(cells: list[str], *, left: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]
