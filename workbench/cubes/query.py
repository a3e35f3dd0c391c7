"""The one group-by that turns rows of records into the cells of a cube, on whichever engine holds them."""

from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd

from workbench.cubes.ages import AGE_GROUPS
from workbench.cubes.contributions import contributions_of
from workbench.cubes.cube import lists_for
from workbench.cubes.statement import Statement
from workbench.engine.rows import engine_words
from workbench.terms.ages import age_limits
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import Dimension, axis_label, dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _

CODE = "code_"
"""How the first column of a small table of codes begins, before the axis that it is of."""


def aggregate(
    table: ir.Table, dims: Sequence[str], *, nuts: str, sums: Sequence[str] = (), exact: bool = True
) -> ir.Table:
    """The query for a cube's cells: accidents (sum of weights), records, squared weights and `sums` by `dims`.

    Reads the axes (ages as bands, unknown codes as `UNK`), rolls codes up to the levels of `dims`, then adds up.
    Runs nothing.

    Parameters
    ----------
    table : one row per record with the finest codes (`nuts`, `nace`, `age` or `age_group`, ...) and, if weighted,
        `weight`
    dims : names of dimensions
    nuts : edition of the regions
    sums : further columns to add up, such as days lost, each with how many records contribute to it and what the two
        largest contribute
    exact : keep weights as DECIMAL(9,6), so that sums are the same on every engine; else as binary fractions, and a
        cell with a record that has no weight has no figure

    Raises
    ------
    Refused
        Naming the dimension that the rows do not have.
    """
    dimensions = [dimension(name) for name in dims]
    columns = {dim.axis: _axis(table, dim) for dim in dimensions}
    weighted = "weight" in table.columns
    weight = table.weight.cast("decimal(9, 6)" if exact else "float64") if weighted else ibis.literal(1)
    contributed = {name: table[name].cast("float64") * weight.cast("float64") for name in sums}
    rows = table.select(**columns, __w=weight, **contributed)
    rows = _rolled_up(rows, dimensions, lists_for(columns, nuts=nuts))
    for name in sums:
        within = ibis.window(group_by=list(columns), order_by=[rows[name].isnull(), rows[name].desc()])
        rows = rows.mutate(**{f"__{name}": ibis.row_number().over(within)})  # from 0

    plain = rows["__w"].cast("float64")
    figures = {
        "accidents": rows["__w"].sum().cast("float64"),  # a cell's decimals would be objects of Python on some engines
        "records": rows.count(),
        "variance": (plain * plain).sum() if weighted else rows.count().cast("float64"),
    }
    if not exact:
        for name in ("accidents", "variance"):
            figures[name] = ibis.ifelse(plain.isnull().any(), ibis.null("float64"), figures[name])
    for name in sums:
        places = contributions_of(name)
        figures |= {
            name: rows[name].sum().fill_null(0.0),
            places.contributors: rows[name].count(),
            places.largest: rows[name].max(where=rows[f"__{name}"] == 0).fill_null(0.0),
            places.second: rows[name].max(where=rows[f"__{name}"] == 1).fill_null(0.0),
        }
    return rows.group_by(list(columns)).aggregate(**figures)


def statement(query: ir.Table) -> Statement:
    """The SQL of a query in the dialect of its engine, with names that can be read for tables that are in memory.

    Parameters
    ----------
    query : as `aggregate` makes it

    Returns
    -------
    Statement
    """
    sql, lookups = str(ibis.to_sql(query)), {}
    for held in query.op().find(ops.InMemoryTable):
        first = held.schema.names[0]
        is_lookup = first.startswith(CODE)
        name = f"{first.removeprefix(CODE)}_codes" if is_lookup else "rows_in_memory"
        sql = sql.replace(held.name, name)  # ibis makes names up, of random letters
        if is_lookup:
            lookups[name] = held.data.to_frame()
    return Statement(engine_words(query), sql, lookups)


def coded(table: ir.Table, dims: Sequence[str], *, nuts: str) -> ir.Table:
    """The rows of records with the codes that a cube by `dims` has for them.

    Parameters
    ----------
    table, dims, nuts : as for `aggregate`

    Returns
    -------
    ibis table
        A column of codes for each axis; every column of the rows as `__` and its name.
    """
    dimensions = [dimension(name) for name in dims]
    columns = {dim.axis: _axis(table, dim) for dim in dimensions}
    rows = table.select(**columns, **{f"__{name}": table[name] for name in table.columns})
    return _rolled_up(rows, dimensions, lists_for(columns, nuts=nuts))


def is_banded(columns: Iterable[str], axes: Iterable[str]) -> bool:
    """Whether exact ages are put into bands."""
    return "age_group" in axes and "age_group" not in columns and "age" in columns


def _axis(table: ir.Table, dim: Dimension) -> ir.Column:
    if is_banded(table.columns, [dim.axis]):
        return _banded(table.age)
    if dim.axis not in table.columns:
        message = _("These rows have no {axis} (column {column}); they have: {columns}.")
        words = message.format(axis=axis_label(dim.axis), column=dim.axis, columns=", ".join(table.columns))
        raise Refused(words, dimension=dim.name)
    return table[dim.axis] if dim.axis == "year" else table[dim.axis].cast("string").fill_null(UNKNOWN)


def _banded(age: ir.NumericColumn) -> ir.StringColumn:
    """The band of each age. 24.5 years are 24 by the law of all countries: a band ends where the next begins."""
    branches = [(age.isnull(), UNKNOWN)] + [(age < age_limits(band)[1] + 1, band) for band in AGE_GROUPS]
    return ibis.cases(*branches, else_=UNKNOWN)


def _rolled_up(rows: ir.Table, dims: Iterable[Dimension], known: Mapping[str, CodeList]) -> ir.Table:
    """Codes finer than the level asked for replaced by the code above them, by joining a small table of both."""
    for dim in dims:
        if dim.level is None or dim.axis == "year":
            continue
        above = {code: _at(known[dim.axis], code, dim.level) for code in known[dim.axis].labels}
        above = {code: up for code, up in above.items() if code != up}
        if not above:
            continue
        code, up = f"{CODE}{dim.axis}", f"above_{dim.axis}"
        pairs = ibis.memtable(pd.DataFrame({code: list(above), up: list(above.values())}))
        joined = rows.left_join(pairs, rows[dim.axis] == pairs[code])
        rows = joined.mutate(**{dim.axis: ibis.coalesce(joined[up], joined[dim.axis])}).drop(code, up)
    return rows


def _at(known: CodeList, code: str, level: int) -> str:
    """The code at `level`; a code wider than that stays as it is: known, but not further."""
    above = known.ancestor_at(code, level)
    return code if above == UNKNOWN else above
