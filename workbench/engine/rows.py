"""Parquet files as rows on an engine, without reading them; what an engine fails at, said in plain words."""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engine import spark
from workbench.engine.choice import Engine, chosen, memory
from workbench.terms.errors import NotAvailable, ReadError, shown
from workbench.terms.text import _

if TYPE_CHECKING:
    import ibis.expr.types as ir


def parquet(files: Sequence[Path], name: str, engine: Engine | None = None) -> "ir.Table":
    """Parquet files as one table on an engine; nothing is read yet, and never all of it at once.

    Parameters
    ----------
    files : of the same columns, or of some of them
    name : what the table is called in SQL
    engine : None for the one that `WORKBENCH_ENGINE` says

    Returns
    -------
    ibis Table

    Raises
    ------
    NotAvailable, WorkbenchError
        When there is no such engine, or it cannot be reached.
    ReadError
        For files that are no Parquet.
    """
    engine = engine or chosen()
    places = [str(file) for file in files]
    if engine.is_spark:
        return spark.parquet(engine, places, name)

    import duckdb  # 0.1 s, and published tables need no engine

    try:
        return _duckdb().read_parquet(places, table_name=name, union_by_name=True)
    except duckdb.Error as error:
        message = _("{file} cannot be read as Parquet, or not together with the {n} others: is one of them damaged?")
        raise ReadError(message.format(file=shown(places[0], 250), n=len(places) - 1)) from error


def parquet_folder(path: Path, engine: Engine | None = None) -> "ir.Table":
    """A Parquet file, or all that lie in a folder and below it, as one table on an engine.

    Parameters
    ----------
    path : a file, or a folder that may be larger than memory
    engine : as for `parquet`

    Returns
    -------
    ibis Table

    Raises
    ------
    ReadError
        When there is nothing of the kind.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        message = _("{path} is neither a Parquet file nor a folder of them. Other files of your own: wb.table(...).")
        raise ReadError(message.format(path=shown(path, 250)))
    return parquet(files, "records", engine)


def engine_words(table: "ir.Table") -> str:
    """The engine of a table by its name and version: `DuckDB 2.0.1`, `Spark 4.0.5 at spark://host:7077`.

    Parameters
    ----------
    table : ibis table, on whichever engine

    Returns
    -------
    str
    """
    backend = table.get_backend()
    if backend.name == "pyspark":
        return spark.words(backend._session)
    name = "DuckDB" if backend.name == "duckdb" else backend.name
    return f"{name} {backend.version}"


@contextmanager
def answering(table: "ir.Table") -> Iterator[None]:
    """Within the block the engine of a table is at work; when it is lost, or fails, that is said in plain words.

    Parameters
    ----------
    table : ibis table, on whichever engine

    Raises
    ------
    NotAvailable
        When Spark is lost or ends the work, or DuckDB has not enough memory or disk.
    """
    backend = table.get_backend()
    if backend.name == "pyspark":
        with spark.answering(backend._session):
            yield
        return

    import duckdb  # 0.1 s, and published tables need no engine

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        message = _(
            "DuckDB needs more memory, or more room on the disk for what does not fit, than it has ({memory}). Ask for "
            "fewer or coarser dimensions, or give it more: WORKBENCH_MEMORY=8GB."
        )
        raise NotAvailable(message.format(memory=memory() or _("most of this machine's memory"))) from error
    except duckdb.IOException as error:
        message = _(
            "DuckDB could not read the Parquet files to their end, or found no room on the disk for what does not fit "
            "in memory. See that the files are whole, and that {folder} has room."
        )
        raise NotAvailable(message.format(folder=tempfile.gettempdir())) from error


def _duckdb():
    """DuckDB in memory, through ibis, that fetches no extension and prints no bar of its progress among our output.

    By default DuckDB takes an extension from its maker's server as soon as a query, or a file's name, seems to need it;
    and what does not fit in memory would go to the folder `.tmp` of wherever one works. Each connection has a folder of
    its own, made when it is needed and removed with it: two would overwrite each other's files.
    """
    import duckdb  # not at the top: with ibis 0.26 s, and published tables need no engine
    import ibis

    limit = {"memory_limit": memory()} if memory() else {}
    spilled = str(Path(tempfile.gettempdir()) / f"osh-workbench-duckdb-{uuid.uuid4().hex}")
    engine = ibis.duckdb.connect(
        temp_directory=spilled, autoinstall_known_extensions=False, autoload_known_extensions=False, **limit
    )
    with suppress(duckdb.InvalidInputException):  # in a notebook without ipywidgets there is no bar to switch off
        engine.raw_sql("SET enable_progress_bar = false")
    return engine
