"""The queries of cubes in the dialects of other engines: compiled, and read by a parser; nothing is run there."""

import ibis
import pandas as pd
import pytest
import sqlglot
from ibis.expr.types.core import Expr

import workbench as wb
from workbench.cubes import build, own_table, query
from workbench.cubes.build import DEFAULT
from workbench.sources.catalog import catalog
from workbench.terms.dimensions import DIMENSIONS

DIALECTS = ("trino", "bigquery", "clickhouse")
OF_RECORDS = [name for name in catalog().names() if catalog()[name].form == "records"]
OWN = pd.DataFrame(
    {
        "geo": ["ITF61", "IT", "ZZ"],
        "nace_r2": ["41", "C10", "F"],
        "sex": ["M", "F", "M"],
        "age": ["25", "34,5", "-1"],
        "TIME_PERIOD": ["2020", "2021-03-01", "x"],
        "weight": ["1.5", "2", ""],
    }
)


def schema(dims) -> dict[str, str]:
    """Columns of records that can be divided by some dimensions."""
    columns = {"age": "int64"} | {DIMENSIONS[name].axis: "string" for name in dims}
    columns.pop("age_group", None)
    return columns | {"year": "int64", "weight": "float64"}


def compiled(expression: Expr, dialect: str) -> sqlglot.exp.Expression:
    """The SQL of an expression, as the parser of that dialect understands it."""
    return sqlglot.parse_one(str(ibis.to_sql(expression, dialect=dialect)), read=dialect)


def groups(statement: sqlglot.exp.Expression) -> int:
    """By how many columns a statement groups at the end."""
    return len(statement.args["group"].expressions)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["the twin", *OF_RECORDS])
def test_the_cube_of_each_entry_of_records_is_compiled(name, dialect):
    dims, sums = DEFAULT, ()
    if name != "the twin":
        dims = tuple(catalog()[name].dimensions)
        sums = tuple(catalog()[name].measures.keys() - build.COUNTS.keys())
    rows = ibis.table(schema(dims) | dict.fromkeys(sums, "int64"), name="records")
    assert groups(compiled(query.aggregate(rows, dims, nuts="2021", sums=sums), dialect)) == len(dims)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dimension_of_records_is_compiled_at_its_level(dialect):
    for name, dim in DIMENSIONS.items():
        rows = ibis.table(schema([name]), name="records")
        statement = compiled(query.aggregate(rows, [name], nuts="2021", exact=False), dialect)
        assert groups(statement) == 1, name
        assert statement.find(sqlglot.exp.Table), (name, dim)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_whatever_a_table_of_ones_own_is_judged_by_is_compiled(dialect, monkeypatch):
    """Each query that is run on the way to the cube, on DuckDB, is one that the other engine would understand."""
    run = []
    for method in ("execute", "to_polars", "to_pyarrow"):
        original = getattr(Expr, method)
        monkeypatch.setattr(
            Expr,
            method,
            lambda expression, *args, original=original, **options: (
                run.append(expression) or original(expression, *args, **options)
            ),
        )
    cube = wb.cube(ibis.memtable(OWN))
    assert cube.ask("records").frame["records"].sum() == 2  # the third has no region
    assert len(run) > 5
    for expression in run:
        assert compiled(expression.as_table(), dialect)
    judged = own_table.judged(OWN, None, DEFAULT)
    assert groups(compiled(query.aggregate(judged.table, judged.dims, nuts="2021", exact=judged.exact), dialect)) == 5
