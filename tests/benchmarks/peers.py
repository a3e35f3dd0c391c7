"""The five linked aggregates from the rows, as somebody fluent in Polars or in DuckDB's SQL writes them."""

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd
import polars as pl

SUMS = ("accidents", "records", "variance")


def with_polars(
    rows: pl.DataFrame, restrictions: Mapping[str, Sequence], views: Mapping[str, tuple[str, ...]]
) -> dict[str, pd.DataFrame]:
    """Each view free in its own columns.

    Parameters
    ----------
    rows : DataFrame, one row per record
    restrictions : the codes that each column may have
    views : the columns that each view divides by

    Returns
    -------
    dict of str to DataFrame
    """
    queries = []
    for by in views.values():
        wanted = [pl.col(column).is_in(list(codes)) for column, codes in restrictions.items() if column not in by]
        chosen = rows.lazy().filter(*wanted) if wanted else rows.lazy()
        queries.append(chosen.group_by(by).agg(pl.col(SUMS).sum()) if by else chosen.select(pl.col(SUMS).sum()))
    found = pl.collect_all(queries)  # together, so that what they share is read once
    return {view: frame.to_pandas() for view, frame in zip(views, found, strict=True)}


def with_duckdb(
    connection: duckdb.DuckDBPyConnection, restrictions: Mapping[str, Sequence], views: Mapping[str, tuple[str, ...]]
) -> dict[str, pd.DataFrame]:
    """The same of its table `rows`.

    Parameters
    ----------
    connection : of DuckDB
    restrictions, views : as above

    Returns
    -------
    dict of str to DataFrame
    """
    found = {}
    for view, by in views.items():
        wanted = [column for column in restrictions if column not in by]
        where = " and ".join(f"{column} in (select unnest(?))" for column in wanted) or "true"
        columns = ", ".join([*by, *(f"coalesce(sum({name}), 0) as {name}" for name in SUMS)])
        group = f"group by {', '.join(by)}" if by else ""
        values = [list(restrictions[column]) for column in wanted]
        found[view] = connection.execute(f"select {columns} from rows where {where} {group}", values).df()
    return found
