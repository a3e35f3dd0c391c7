"""One file for each worker-shift: the same events whether searched at once, one after the other, or on a cluster."""

import os
import sys
import weakref
from itertools import cycle, islice
from pathlib import Path

import pytest

import workbench
from workbench.wearables import falls
from workbench.wearables import insole_events as insole_events_module
from workbench.wearables.by_shift import events_of_file
from workbench.wearables.insole_events import insole_events
from workbench.wearables.readers.team import read_team
from workbench.wearables.uniform import stretches


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shifts")
    moving = [one for one in read_team() if "movement" in one.signals][:4]
    for one in moving:
        one.signals["movement"].frame.collect().write_parquet(folder / f"{one.person}.parquet")
    expected = [event for one in moving for event in insole_events(one.signals["movement"], one.person)]
    return [str(folder / f"{one.person}.parquet") for one in moving], expected


def test_events_of_files_are_those_of_the_recordings(files):
    paths, expected = files
    assert [event for events in map(events_of_file, paths) for event in events] == expected


@pytest.mark.slow
@pytest.mark.spark
@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_events_of_files_are_the_same_on_a_cluster_of_two_workers(files, spark_home, monkeypatch):
    """Spark starts a master and two workers, each with a process of its own that searches its files."""
    paths, expected = files
    monkeypatch.setenv("SPARK_HOME", str(spark_home))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(Path(workbench.__file__).parents[1]))
    builder = pytest.importorskip("pyspark.sql").SparkSession.builder
    settings = {"spark.ui.enabled": "false", "spark.executor.memory": "500m", "spark.driver.host": "127.0.0.1"}
    session = builder.master("local-cluster[2,1,600]").config(map=settings).getOrCreate()
    try:
        spread = session.sparkContext.parallelize(paths, len(paths))
        found = spread.flatMap(events_of_file).collect()
        processes = spread.mapPartitions(lambda part: [os.environ["SPARK_EXECUTOR_DIRS"]]).distinct().count()
    finally:
        session.stop()
    assert found == expected
    assert processes == 2


def test_a_shift_costs_the_same_work_among_five_and_among_five_hundred(files, monkeypatch):
    """Samples that are read and searched are counted, not seconds; and no shift is kept once it was searched."""
    paths, _expected = files
    searched, alive = [], []

    def counted(signal, *arguments, **options):
        for stretch in stretches(signal, *arguments, **options):
            searched.append(len(stretch))
            alive.append(weakref.ref(stretch))
            yield stretch

    monkeypatch.setattr(insole_events_module, "stretches", counted)
    monkeypatch.setattr(falls, "stretches", counted)
    work, kept = {}, 0
    for shifts in (5, 500):
        searched.clear()
        for path in islice(cycle(paths[:1]), shifts):
            events_of_file(path)
            kept = max(kept, sum(reference() is not None for reference in alive))
            alive.clear()
        work[shifts] = sum(searched) / shifts
    assert work[5] == work[500] > 0
    assert kept == 0
