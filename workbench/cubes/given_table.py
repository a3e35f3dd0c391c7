"""A table of one's own on the engine that holds it, its columns under the common names."""

import ibis
import ibis.expr.types as ir
import pandas as pd
import polars as pl
import pyarrow as pa

from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

NAMES = {
    "geo": "nuts",
    "nace_r2": "nace",
    "isco08": "isco",
    "time_period": "year",
    "time": "year",
    "obs_value": "accidents",
    "obs_flag": "flag",
}
"""Eurostat's names of the common columns, in small letters."""
AS_NAMED = 9
"""How well a column fits that has the common or Eurostat's name; a dimension's fits by its level, 0 to 3."""


def as_ibis(given: object) -> ir.Table:
    """Any table as an ibis expression.

    Raises
    ------
    Refused
        For anything else, and for columns that hold several kinds of values.
    """
    if isinstance(given, ir.Table):
        return given
    if isinstance(given, pl.LazyFrame):
        given = given.collect()
    if isinstance(given, pa.RecordBatch):
        given = pa.Table.from_batches([given])
    if not isinstance(given, pd.DataFrame | pl.DataFrame | pa.Table):
        message = _(
            "A cube is made from a pandas, Polars or Arrow table, or an ibis table; {kind} is none. A file of your "
            "own, or a table with other headings: wb.table(...)."
        )
        raise Refused(message.format(kind=type(given).__name__))

    names = list(given.column_names if isinstance(given, pa.Table) else given.columns)
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise Refused(_("The table has two columns of one name: {names}.").format(names=", ".join(twice)))
    if isinstance(given, pd.DataFrame):
        given = _in_arrow(given.set_axis([str(name) for name in names], axis=1))
    return ibis.memtable(given)


def _in_arrow(frame: pd.DataFrame) -> pa.Table:
    """A pandas frame in Arrow; columns of Python objects as text, since sheets mix numbers with words."""
    columns = {}
    for name, column in frame.items():
        if column.dtype == object:
            column = column.map(str, na_action="ignore").astype("str")
        try:
            columns[name] = pa.Array.from_pandas(column)
        except pa.ArrowException as error:
            message = _("Column {name} holds {kind}, which no table keeps: write it as text or numbers.")
            raise Refused(message.format(name=name, kind=column.dtype)) from error
    return pa.table(columns)


def renamed(table: ir.Table) -> ir.Table:
    """The table with the common names of its columns; of several levels of one list (`nace1`, `nace2`) the finest.

    Raises
    ------
    Refused
        For two columns of one name.
    """
    chosen: dict[str, tuple[int, str]] = {}
    for column in table.columns:
        written = column.lower()
        common = NAMES.get(written, written)
        rank = AS_NAMED
        if common in DIMENSIONS and DIMENSIONS[common].axis != common:
            common, rank = DIMENSIONS[common].axis, DIMENSIONS[common].level or 0
        if common == "age" and _holds_bands(table[column]):  # Eurostat calls its bands age
            common = "age_group"

        before, first = chosen.get(common, (-1, ""))
        if before == rank == AS_NAMED:
            message = _("The columns {first} and {second} both hold {name}: leave one of them out.")
            raise Refused(message.format(first=first, second=column, name=common))
        chosen[common] = max((before, first), (rank, column))

    kept = table.select(*(column for _rank, column in chosen.values()))
    return kept.rename({common: column for common, (_rank, column) in chosen.items()})


def _holds_bands(column: ir.Value) -> bool:
    """Whether ages are written as bands: `Y25-34`, `Y_GE65`."""
    if not isinstance(column, ir.StringValue):
        return False
    return bool(column.strip().re_search(r"^(Y[_0-9]|TOTAL$)").any().name("any").execute())
