"""Spark as an engine: a session on a cluster, and a watch over it, so that a lost cluster is an answer and no wait."""

import hashlib
import os
import shutil
import socket
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from threading import Event, Thread
from typing import TYPE_CHECKING

from workbench.engine.choice import Engine
from workbench.terms.errors import NotAvailable, Refused
from workbench.terms.text import _

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pyspark.sql import SparkSession

PATIENCE = 60.0
"""Seconds without any worker after which a cluster is taken for lost. Spark itself would wait for ever."""
DIAL = 5.0
"""Seconds in which a master has to answer. Spark itself tries for a minute."""
LOOK = 0.5
"""Seconds between two looks at a cluster."""
LOOPBACK = "127.0.0.1"
ARROW = {"spark.sql.execution.arrow.pyspark.enabled": "true"}
"""Cells come back in columns. Row by row, 168,000 of them took twice as long."""


def parquet(engine: Engine, files: Sequence[str], name: str) -> "ir.Table":
    """Parquet files as one table on Spark; nothing is read but the columns' names.

    Parameters
    ----------
    engine : by its address or session
    files : paths that the workers see too
    name : what the table is called in SQL, before a few letters that tell it from others in the session

    Returns
    -------
    ibis Table

    Raises
    ------
    NotAvailable
        When Spark, Java or the cluster is not there.
    Refused
        When this process runs Spark at another address.
    """
    session = session_of(engine)
    # a session is shared, and a view of it is replaced under whoever still has its name
    view = f"{name}_{hashlib.sha256(' '.join(files).encode()).hexdigest()[:8]}"
    with answering(session):
        session.read.option("mergeSchema", "true").parquet(*files).createOrReplaceTempView(view)
        return table(session, view)


def table(session: "SparkSession", name: str) -> "ir.Table":
    """A table or view of a session.

    Parameters
    ----------
    session : that is open
    name : of the table

    Returns
    -------
    ibis Table
    """
    import ibis  # not at the top: with DuckDB 0.26 s

    return ibis.pyspark.connect(session, **ARROW).table(name)


def session_of(engine: Engine) -> "SparkSession":
    """The session that was given, or one at the address: the one of this process, opened on first use.

    Parameters
    ----------
    engine : by its address or session

    Returns
    -------
    SparkSession

    Raises
    ------
    NotAvailable, Refused
        As `parquet`.
    """
    if engine.session is not None:
        return engine.session
    _check_installed()
    _check_reachable(engine.address)
    session = _opened(engine.address)
    if session.sparkContext.master != engine.address:
        message = _(
            "This process runs Spark at {running}, and a process has one Spark only. Give that session to wb.cube "
            "(engine=session), or stop it before another address is asked for."
        )
        raise Refused(message.format(running=session.sparkContext.master))
    return session


def _opened(address: str) -> "SparkSession":
    """The session of this process, opened at an address where there is none."""
    from py4j.protocol import Py4JError  # of an extra that need not be installed
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    if address.startswith("local"):  # nobody else has to reach it
        settings |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
    builder = SparkSession.builder.appName("OSH Workbench").master(address)
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    except (PySparkException, Py4JError, OSError) as error:
        message = _(
            "Spark could not be started at {address}: its own lines above say why. It needs Java 17 or newer "
            "(java -version says which there is), and the release of Spark that the cluster has ({version} here)."
        )
        raise NotAvailable(message.format(address=address, version=version("pyspark"))) from error
    return session


def words(session: "SparkSession") -> str:
    """Spark by its version and address: `Spark 4.0.5 at spark://host:7077`.

    Parameters
    ----------
    session : that is open

    Returns
    -------
    str
    """
    return _("Spark {version} at {address}").format(version=session.version, address=_address(session))


@contextmanager
def answering(session: "SparkSession") -> Iterator[None]:
    """Within the block Spark is at work, and watched; when it is lost, or fails, that is said in plain words.

    Parameters
    ----------
    session : SparkSession

    Raises
    ------
    NotAvailable
        Saying whether the cluster is lost or the work was ended.
    """
    from py4j.protocol import Py4JError  # of the extra, as above
    from pyspark.errors import PySparkException

    address = _address(session)
    watch = _Watch(session) if _has_workers(session) else None
    try:
        if watch:
            watch.begin()
        with warnings.catch_warnings():  # PySpark warns of an error that it raises, with all that Java has to say of it
            warnings.filterwarnings("ignore", message=r"\s*toPandas attempted", category=UserWarning)
            yield
    except (PySparkException, Py4JError, OSError, EOFError) as error:
        if (watch and watch.lost) or not _is_running(session):
            raise NotAvailable(_lost(address)) from error
        message = _(
            "Spark at {address} ended the work with a fault; its own log says which. Where the workers cannot read the "
            "rows: the files, or the folder that WORKBENCH_HOME names, must be seen by all of them under one path."
        )
        raise NotAvailable(message.format(address=address)) from error
    finally:
        if watch:
            watch.end()


@dataclass
class _Watch:
    """Looks at a cluster while it works, and ends the work when it has had no worker for too long."""

    session: "SparkSession"
    lost: bool = False
    _tag: str = field(default_factory=lambda: f"workbench-{uuid.uuid4().hex}")
    _over: Event = field(default_factory=Event)

    def begin(self) -> None:
        """Mark the jobs that this thread starts from now on, and look."""
        self.session.sparkContext.addJobTag(self._tag)
        Thread(target=self._look, name="watch over Spark", daemon=True).start()

    def end(self) -> None:
        """Look no longer."""
        self._over.set()
        with suppress(Exception):  # the session may be gone, and the block has ended one way or the other
            self.session.sparkContext.removeJobTag(self._tag)

    def _look(self) -> None:
        context, without = self.session.sparkContext, 0.0
        with suppress(Exception):  # a session that is gone ends the work by itself
            while not self._over.wait(LOOK):
                executors = len(context._jsc.sc().statusTracker().getExecutorInfos()) - 1  # the driver is among them
                without = 0.0 if executors else without + LOOK
                if without >= PATIENCE:
                    self.lost = True
                    context.cancelJobsWithTag(self._tag)
                    return


def _has_workers(session: "SparkSession") -> bool:
    """Whether a session's work is done by workers that can be lost; those of Spark Connect are out of sight."""
    return _is_running(session) and not _address(session).startswith("local")


def _is_running(session: "SparkSession") -> bool:
    """Whether a session is open and its Spark answers."""
    try:
        return not session.sparkContext._jsc.sc().isStopped()
    except Exception:  # the gateway to Java fails in many ways once its end is gone
        return False


def _address(session: "SparkSession") -> str:
    """What a session says of where it runs."""
    try:
        return str(session.sparkContext.master)
    except Exception:  # a stopped session knows no address, one of Spark Connect has no context
        return _("its address")


def _lost(address: str) -> str:
    message = _(
        "Spark at {address} was lost, or has no worker that is free and large enough (spark.executor.memory). Nothing "
        "was changed: cubes that were built before answer as they did. See that master and workers run, then ask "
        "again; or count on this machine: WORKBENCH_ENGINE=duckdb."
    )
    return message.format(address=address)


def _check_installed() -> None:
    """Whether the extra and Java are there."""
    try:
        import pyspark  # noqa: F401  an extra
    except ModuleNotFoundError as error:
        raise NotAvailable(_('Spark needs the package pyspark: pip install "osh-workbench[spark]".')) from error
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        message = _(
            "Spark needs Java, version 17 or newer, and there is none: apt-get install default-jre-headless, or name "
            "its folder in JAVA_HOME."
        )
        raise NotAvailable(message)


def _check_reachable(address: str) -> None:
    """Whether one of the masters that an address names answers at all."""
    if address.startswith("local"):
        return
    for place in address.removeprefix("spark://").split(","):
        host, _colon, port = place.partition(":")
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=DIAL):
            return
    message = _(
        "No Spark master answers at {address}. Start it (start-master.sh, then start-worker.sh {address}), or count on "
        "this machine: WORKBENCH_ENGINE=duckdb."
    )
    raise NotAvailable(message.format(address=address))
