"""Which engine counts records: DuckDB on this machine, unless an argument or `WORKBENCH_ENGINE` names Spark."""

import os
import re
from dataclasses import dataclass

from workbench.terms.errors import WorkbenchError, shown
from workbench.terms.text import _

SPARK_HERE = "local[*]"
"""The address of Spark on all processors of this machine, as Spark writes it."""
_ADDRESS = re.compile(r"spark://[\w.-]+:\d+(,[\w.-]+:\d+)*|local(\[(\d+|\*)\])?")
_MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B", re.IGNORECASE)


@dataclass(frozen=True)
class Engine:
    """What counts records.

    Attributes
    ----------
    address : of a Spark master, as Spark writes it; "" of DuckDB
    session : a Spark session that was given in place of an address
    """

    address: str = ""
    session: object = None

    @property
    def is_spark(self) -> bool:
        """Whether it is Spark, by an address or a session."""
        return bool(self.address) or self.session is not None


def chosen(given: object = None) -> Engine:
    """The engine that is given, else that of `WORKBENCH_ENGINE`, else DuckDB.

    Parameters
    ----------
    given : str, SparkSession or None
        "duckdb"; "spark" (on this machine), "local[2]" or "spark://host:7077"; or a session that is open.

    Returns
    -------
    Engine

    Raises
    ------
    WorkbenchError
        For anything else.
    """
    if isinstance(given, Engine):
        return given
    if given is not None and not isinstance(given, str):
        if hasattr(given, "createDataFrame"):  # pyspark need not be installed to see that something is no session
            return Engine(session=given)
        raise _unknown(given)

    name = (given or os.environ.get("WORKBENCH_ENGINE", "")).strip()
    if name in ("", "duckdb"):
        return Engine()
    if name == "spark":
        return Engine(SPARK_HERE)
    if not _ADDRESS.fullmatch(name):
        raise _unknown(name)
    return Engine(name)


def memory() -> str:
    """How much memory DuckDB may take, as `WORKBENCH_MEMORY` says; "" for what DuckDB takes by itself.

    Returns
    -------
    str
        Such as "4GB".

    Raises
    ------
    WorkbenchError
        For what is no size of memory.
    """
    size = os.environ.get("WORKBENCH_MEMORY", "").strip()
    if size and not _MEMORY.fullmatch(size):
        message = _("WORKBENCH_MEMORY is how much memory DuckDB may take, such as 4GB or 500MB, not {size}.")
        raise WorkbenchError(message.format(size=repr(shown(size))))
    return size


def _unknown(given: object) -> WorkbenchError:
    message = _(
        "{engine} is no engine. There are: duckdb; spark or local[2], Spark on this machine; spark://host:7077, a "
        "cluster. Any other: open it as a SparkSession, or as an ibis table, and give that to wb.cube."
    )
    return WorkbenchError(message.format(engine=shown(repr(given))))
