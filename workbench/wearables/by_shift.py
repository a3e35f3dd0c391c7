"""The same search, one file for each worker-shift: on this machine or on a cluster, wherever a function can be sent.

A file is searched by itself, so that cost grows with the number of shifts and memory does not::

    found = [event for events in map(events_of_file, files) for event in events]
    found = spark.sparkContext.parallelize(files, len(files)).flatMap(events_of_file).collect()   # osh-workbench[spark]
"""

from pathlib import Path

import polars as pl

from workbench.wearables.insole_events import insole_events
from workbench.wearables.readers.team import MOVEMENT_CHANNELS
from workbench.wearables.signals import Event, Signal


def events_of_file(path: str | Path) -> list[Event]:
    """Insole events of one worker-shift.

    Parameters
    ----------
    path : Parquet file with time (UTC, nanoseconds) and the six channels of insoles; its name is the pseudonym

    Returns
    -------
    list of Event
    """
    signal = Signal(channels=MOVEMENT_CHANNELS, frame=pl.scan_parquet(path))
    return insole_events(signal, Path(path).stem)
