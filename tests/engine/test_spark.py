"""The same cubes on a real cluster, a master and two workers on this machine: the same numbers, and plain words when it
is lost."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pandas as pd
import polars as pl
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.engine import spark
from workbench.engine.choice import Engine
from workbench.engine.rows import parquet_folder
from workbench.terms.errors import NotAvailable, Refused

LOOPBACK = "127.0.0.1"
PATIENCE = 90  # seconds for a process to listen, on a machine that is busy
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # small work: Java's second compiler costs more than it gains
SETTINGS = f"""
spark.executor.memory 500m
spark.driver.memory 700m
spark.driver.extraJavaOptions {QUICK}
spark.executor.extraJavaOptions {QUICK}
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
spark.sql.codegen.wholeStage false
"""
DIMS = ("nuts2", "nace1", "sex", "age_group", "year", "severity")
AXES = ["nuts", "nace", "sex", "age_group", "year", "severity"]

pytestmark = [
    pytest.mark.spark,
    pytest.mark.xdist_group("spark"),  # a process has one Spark, and this machine two processors
    # a session that is stopped leaves its socket to Java to be closed by Python
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@dataclass
class Cluster:
    """A Spark cluster of this machine; each process leads a group of its own, which is ended by its number."""

    home: Path  # of Spark
    folder: Path
    port: int
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"spark://{LOOPBACK}:{self.port}"

    def start(self, name: str, kind: str, *arguments: str) -> None:
        command = [self.home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", "--host", LOOPBACK]
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                [*command, "--webui-port", str(free_port()), *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | {"SPARK_WORKER_DIR": str(self.folder / "work")},
            )

    def end(self, *names: str) -> None:
        for name in names:
            process = self.processes.pop(name)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=20)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return free.getsockname()[1]


def wait_for(happened: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something happens in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def cluster(spark_home, tmp_path_factory) -> Iterator[Cluster]:
    """A master and two workers of one processor each."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(SETTINGS)
    found = Cluster(spark_home, folder, free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder / "conf"))
        patch.setenv("SPARK_LOCAL_IP", LOOPBACK)
        patch.setenv("SPARK_DAEMON_MEMORY", "200m")
        patch.setenv("SPARK_DAEMON_JAVA_OPTS", QUICK)
        try:
            found.start("master", "master.Master", "--port", str(found.port))
            for name in ("worker 1", "worker 2"):
                found.start(name, "worker.Worker", "--cores", "1", "--memory", "600m", found.address)
            both = wait_for(lambda: found.log("master").count("Registering worker") == 2)
            assert both, found.log("master") + found.log("worker 1")
            yield found
        finally:
            stop_session()
            found.end(*tuple(found.processes))


def stop_session() -> None:
    """Stop the Spark of this process, and its Java."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if session := SparkSession.getActiveSession():
        session.stop()
    if gateway := SparkContext._gateway:
        gateway.shutdown()
        gateway.proc.stdin.close()  # at which it ends
        gateway.proc.wait(timeout=20)
        SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture(scope="module")
def session(cluster):
    """The session of this process on the cluster."""
    return spark.session_of(Engine(cluster.address))


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Path:
    """A file of 5,000 synthetic records."""
    path = tmp_path_factory.mktemp("twin") / "twin.parquet"
    wb.synthesise(5_000, 3, path)
    return path


def assert_same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Integer measures are identical, the others agree to 1e-9."""
    axes = [name for name in AXES if name in expected.columns]
    found, expected = (frame.cast({pl.Enum: pl.String}).sort(axes) for frame in (found, expected))
    whole = [name for name in expected.columns if name.endswith(("records", "contributors"))]
    assert found.select(*axes, *whole).equals(expected.select(*axes, *whole))
    for measure in set(expected.columns) - {*axes, *whole}:
        assert (found[measure] - expected[measure]).abs().max() <= 1e-9 * expected[measure].abs().max(), measure


def test_the_cube_of_an_entry_is_the_same_on_a_cluster_named_in_the_environment(cluster, twin, monkeypatch):
    wb.load("esaw_microdata", path=twin)
    on_duckdb = wb.cube("esaw_microdata")
    monkeypatch.setenv("WORKBENCH_ENGINE", cluster.address)
    on_spark = wb.cube("esaw_microdata")

    assert on_spark is not on_duckdb
    assert_same(on_spark.margins[0].frame, on_duckdb.margins[0].frame)
    assert len(on_spark.margins[0].frame) > 3_000
    explained = wb.explain(on_spark, by=["nuts2"])
    assert explained.statement.engine == f"Spark 4.0.{explained.statement.engine[10]} at {cluster.address}"
    assert "FROM `esaw_microdata_" in explained.sql

    finer = wb.counts(on_spark, by=["size"])
    assert finer.frame.equals(wb.counts(on_duckdb, by=["size"]).frame)
    assert wb.explain(finer).statement.engine.startswith("Spark")


def test_a_table_of_ones_own_is_judged_alike_in_a_session_that_was_given(session, tmp_path):
    rows = pd.DataFrame(
        {
            "geo": ["ITF61", "IT", "ZZ", "FRK2", None],
            "age": ["25", "34,5", "-1", "", "70"],
            "TIME_PERIOD": ["2020", "2021-03-01", "2020", "x", "2021"],
            "weight": ["1.5", "2", "1", "1", "1e10"],
        }
    )
    rows.to_parquet(tmp_path / "rows.parquet")
    on_duckdb, on_spark = wb.cube(tmp_path), wb.cube(tmp_path, engine=session)
    assert on_spark.notes == on_duckdb.notes != ()
    assert_same(
        on_spark.margins[0].frame.fill_null(-1), on_duckdb.margins[0].frame.fill_null(-1)
    )  # a cell with a record without weight has no figure


def test_files_that_spark_cannot_read_are_said(session, tmp_path):
    (tmp_path / "rows.parquet").write_text("sex,year\nM,2020\n")
    with pytest.raises(NotAvailable, match="ended the work with a fault.*must be seen by all of them"):
        wb.cube(tmp_path, engine=session)


def test_a_process_has_one_spark(session, tmp_path):
    pd.DataFrame({"year": [2020]}).to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(Refused, match=r"runs Spark at spark://127.*engine=session"):
        wb.cube(tmp_path, engine="local[2]")


def test_a_cluster_that_is_lost_while_it_counts_leaves_the_cubes_that_there_were(
    cluster, session, twin, own_home, monkeypatch
):
    wb.load("esaw_microdata", path=twin)
    monkeypatch.setenv("WORKBENCH_ENGINE", cluster.address)
    before = wb.cube("esaw_microdata", dims=["nuts0", "year"])
    figures = wb.counts(before, by=["nuts0"]).frame
    long_rows = session.range(10_000_000_000).selectExpr("'ITF61' as nuts", "2010 + id % 10 as year")
    long_rows.createOrReplaceTempView("long_rows")
    table = spark.table(session, "long_rows")
    monkeypatch.setattr(spark, "PATIENCE", 2.0)

    def lose_it() -> None:
        tracker = session.sparkContext.statusTracker()
        if wait_for(lambda: bool(tracker.getActiveStageIds())):
            cluster.end("worker 1", "worker 2")

    loss = Thread(target=lose_it)
    loss.start()
    with pytest.raises(NotAvailable, match="was lost, or has no worker.*WORKBENCH_ENGINE=duckdb"):
        build.from_rows("long", table, ["nuts0", "year"])
    loss.join()

    with pytest.raises(NotAvailable, match="was lost"):
        wb.counts(before, by=["isco1"])  # by what only the rows have
    assert not list(own_home.glob("cubes/*"))
    assert wb.cube("esaw_microdata", dims=["nuts0", "year"]) is before
    assert wb.counts(before, by=["nuts0"]).frame.equals(figures)
    monkeypatch.setenv("WORKBENCH_ENGINE", "duckdb")
    assert wb.counts(wb.cube("esaw_microdata"), by=["isco1"]).frame["value"].sum() > 0


def test_a_session_that_was_stopped_is_said(session, tmp_path):
    pd.DataFrame({"year": [2020]}).to_parquet(tmp_path / "rows.parquet")
    session.stop()
    with pytest.raises(NotAvailable, match="was lost"):
        wb.cube(tmp_path, engine=session)


def test_a_master_that_does_not_answer_is_said_with_the_lines_that_start_one(spark_home, tmp_path):
    pd.DataFrame({"year": [2020]}).to_parquet(tmp_path / "rows.parquet")
    address = f"spark://{LOOPBACK}:{free_port()}"
    with pytest.raises(NotAvailable, match=f"No Spark master answers at {address}. Start it .*WORKBENCH_ENGINE=duckdb"):
        parquet_folder(tmp_path, Engine(address))
