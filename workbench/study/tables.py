"""Rows as people read them, for a terminal or a page: long names cut, whole figures as whole numbers, nothing empty."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.charts.palette import LOOKS
from workbench.terms.text import _, translated
from workbench.terms.words import chance, column, number, whole

LONGEST, LEAST = 40, 12
"""Characters of a name at the most, and at the least where the width asks for less."""
PERSONS = ("count", "exposure")
TABLE_STYLE = """.wb-table td, .wb-table th {{ padding: 2px 10px; text-align: right }}
.wb-table td:nth-child(-n+{left}), .wb-table th:nth-child(-n+{left}) {{ text-align: left }}"""


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
    columns = {name: [name, *written_cells(name, table[name])] for name in kept}
    labels = [name for name in kept if name.endswith("_label")]
    most = dict.fromkeys(labels, LONGEST)
    if width and labels:
        others = sum(max(map(len, cells)) + 1 for name, cells in columns.items() if name not in labels) - 1
        most = dict.fromkeys(labels, max(LEAST, min(LONGEST, (width - others) // len(labels) - 1)))
    columns |= {name: [_cut(cell, most[name]) for cell in columns[name]] for name in labels}
    figures = {name for name in kept if table[name].dtype.kind in "iuf" and name not in names}
    lines = zip(*(_aligned(cells, left=name not in figures) for name, cells in columns.items()), strict=True)
    return "\n".join(" ".join(line).rstrip() for line in lines)


def written_cells(name: str, cells: pd.Series) -> list[str]:
    """Figures as people read them: accidents and people, and whatever is whole throughout, without decimals.

    Parameters
    ----------
    name : of the column
    cells : its values; "-" stands for a missing one
    """
    if cells.dtype.kind not in "iuf":
        return [cell if isinstance(cell, str) else "-" if pd.isna(cell) else str(cell) for cell in cells.tolist()]
    figures = cells.to_numpy(float, na_value=np.nan)
    if name == "year":
        return [f"{figure:.0f}" for figure in figures.tolist()]
    known = figures[~np.isnan(figures)]
    if _is_chance(name):
        write = chance
    elif np.isfinite(known).all() and (known == known.round()).all():
        write = whole
    elif name in PERSONS:
        write = _persons
    else:
        write = column(known.tolist())
    return ["-" if figure != figure else write(figure) for figure in figures.tolist()]


def _is_chance(name: str) -> bool:
    """Whether a column holds p-values or other probabilities."""
    return name.startswith("p_") or "probability" in name


def _persons(n: float) -> str:
    """Weights make fractions of accidents; of many they say nothing."""
    return whole(n) if n == round(n) or n >= 100 else number(n, short=True)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _aligned(cells: list[str], *, left: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) if left else cell.rjust(width) for cell in cells]


def html_table(
    table: pd.DataFrame, names: Mapping[str, str], units: Mapping[str, str], *, most: int | None = None
) -> str:
    """Rows of a finding for a page: heads that say the unit, states in words, whole persons, nothing empty.

    Parameters
    ----------
    table : the finding's table
    names : the columns that name a row, and how they are headed
    units : the unit of each column
    most : so many rows, the first and the last of them; None for all
    """
    heads = {
        "value": units.get("value", ""),
        "low": _("from"),
        "high": _("to"),
        "count": units.get("count") or _("count"),
        "exposure": _people(units.get("exposure", "")),
        "flag": _("flag"),
        "state": _("state"),
    }
    own_figure = table["count"].equals(table["value"])  # a count is its own figure
    shown = [
        name
        for name in heads
        if name == "value" or (table[name].replace("", None).notna().any() and not (name == "count" and own_figure))
    ]

    whole_values = table["low"].isna().all() and (table["value"].dropna() % 1 == 0).all()  # accidents or people
    persons = (*PERSONS, *(["value"] if whole_values else []))
    formats = {heads[name]: whole for name in persons if name in shown}
    if "state" in shown:
        table = table.assign(state=table["state"].map(_states()))
    table = table[[*names, *shown]].rename(columns=dict(names) | heads)

    left = max(len(names), 1)
    rows = _html(table, formats, most or len(table))
    return f"<style>{TABLE_STYLE.format(left=left)}</style><div class='wb-table'>{rows}</div>"


def _people(unit: str) -> str:
    """What a column of people is headed with; hours by their unit."""
    return unit if unit and unit != _("persons employed") else _("people at risk")


def _states() -> dict[str, str]:
    """The states of a figure in words, as the charts say them."""
    return {state: translated(look.words) if look.words else "" for state, look in LOOKS.items()}


def _html(table: pd.DataFrame, formats: Mapping, most: int) -> str:
    """An HTML table of the first and last rows, `most` in all. pandas writes the same, in ten times the time."""

    def written(name: str, cells: pd.Series) -> list[str]:
        if cells.dtype.kind == "f":
            write = formats.get(name) or (chance if _is_chance(name) else column(cells.dropna()))
        else:
            write = lambda cell: html.escape(str(cell), quote=False)  # noqa: E731
        return ["–" if cell is None or cell != cell else write(cell) for cell in cells.tolist()]

    columns = [written(name, table.iloc[:, place]) for place, name in enumerate(table)]
    rows = list(zip(*columns, strict=True))
    if len(rows) > most:
        rows = [*rows[: most // 2], ("...",) * len(table.columns), *rows[-(most // 2) :]]
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    head = "".join(f"<th>{html.escape(name, quote=False)}</th>" for name in table.columns)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table class='dataframe'><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
