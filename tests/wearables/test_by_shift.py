"""One file for each worker-shift: the same events whether searched at once, one after the other, or on a cluster."""

import sys
from pathlib import Path

import pytest

import workbench
from workbench.wearables.by_shift import events_of_file
from workbench.wearables.insole_events import insole_events
from workbench.wearables.readers.team import read_team


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
def test_events_of_files_are_the_same_on_a_cluster_of_this_machine(files, spark_home, monkeypatch):
    paths, expected = files
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(Path(workbench.__file__).parents[1]))
    builder = pytest.importorskip("pyspark.sql").SparkSession.builder
    session = builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        found = session.sparkContext.parallelize(paths, 2).flatMap(events_of_file).collect()
    finally:
        session.stop()
    assert found == expected
