"""The five linked aggregates from the rows, as somebody fluent in Polars or in DuckDB's SQL writes them.

Mosaic is here with its server for DuckDB, over HTTP and Arrow, as its pages ask it; what it saves between server and
browser (an index of cells in the browser for one brush) gives no figures to Python.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

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
        values = [list(restrictions[column]) for column in wanted]
        found[view] = connection.execute(_query(by, where), values).df()
    return found


def _query(by: Sequence[str], where: str) -> str:
    columns = ", ".join([*by, *(f"coalesce(sum({name}), 0) as {name}" for name in SUMS)])
    group = f"group by {', '.join(by)}" if by else ""
    return f"select {columns} from rows where {where} {group}"


@contextmanager
def mosaic(rows: Path) -> Iterator[str | None]:
    """Mosaic's server with a Parquet file as its table `rows`: its address; None where it cannot be asked.

    Parameters
    ----------
    rows : Path
        Of the file.
    """
    server = shutil.which("duckdb-server")
    if server is None:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [server, "--port", str(port), "--no-http2"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        address = f"http://127.0.0.1:{port}/"
        try:
            _ask(address, f"create table rows as select * from '{rows}'", "exec")
        except HTTPError as error:
            print(f"Mosaic's server did not take the rows: {error.read().decode()[:200]}")
            address = None
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _ask(address: str, sql: str, kind: str = "arrow") -> bytes:
    with urlopen(f"{address}?{urlencode({'query': json.dumps({'type': kind, 'sql': sql})})}", timeout=600) as answer:
        return answer.read()


def with_mosaic(
    address: str, restrictions: Mapping[str, Sequence], views: Mapping[str, tuple[str, ...]]
) -> dict[str, pd.DataFrame]:
    """The same of Mosaic's server.

    Parameters
    ----------
    address : str
        As `mosaic` gives it.
    restrictions, views : as above

    Returns
    -------
    dict of str to DataFrame
    """
    found = {}
    for view, by in views.items():
        wanted = [
            f"{column} in ({', '.join(repr(code) for code in codes) or 'null'})"
            for column, codes in restrictions.items()
            if column not in by
        ]
        answer = _ask(address, _query(by, " and ".join(wanted) or "true"))
        with pa.ipc.open_stream(answer) as table:
            found[view] = table.read_all().to_pandas()
    return found
