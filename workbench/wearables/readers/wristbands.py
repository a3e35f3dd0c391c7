"""Health wristbands of construction workers (Hu et al. 2025): readings some twenty minutes apart, alarms as tokens."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl

from workbench.sources.readers.text_tables import csv_frame
from workbench.terms.tables import Report
from workbench.terms.text import _
from workbench.wearables.signals import STAMP, Channel, Event, Recording, Signal

SOURCE = "Hu et al. (2025), IEEE Access, construction workers' wristbands"
ZONE = "Asia/Shanghai"
CHANNELS = (
    Channel(name="body_temp_c", unit="degrees Celsius", position="wrist", least=10, most=45),
    Channel(name="spo2_pct", unit="%", position="wrist", least=50, most=100),
    Channel(name="heart_rate_bpm", unit="beats per minute", position="wrist", least=20, most=250),
    Channel(name="systolic_mmhg", unit="mmHg", position="wrist", least=50, most=260),
    Channel(name="diastolic_mmhg", unit="mmHg", position="wrist", least=20, most=160),
    Channel(name="steps", unit="steps since midnight", position="wrist", least=0, most=100_000),
    Channel(name="removed", unit="1 = taken off", position="wrist", least=0, most=1),
)
_TEXTS = ("person", "timestamp", "band_removed", "help_signal", "alarm_text")
_NUMBERS = [channel.name for channel in CHANNELS if channel.name != "removed"]


def read_wristbands(path: str | Path) -> Iterator[Recording]:
    """One recording per person, readings in the order of the file.

    Parameters
    ----------
    path : CSV file, as it is or packed

    Yields
    ------
    Recording
        Signal "wristband"; `events` are alarms by token (each once per reading, the file repeats them) and "help".
        Evidence "real-world".

    Raises
    ------
    ReadError
        For a file with another header.
    """
    rows = csv_frame(Path(path), Report(), (*_TEXTS, *_NUMBERS))
    local = pd.to_datetime(rows["timestamp"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    good = local.notna() & (rows["person"].str.strip() != "")
    frame = rows[_NUMBERS].apply(pd.to_numeric, errors="coerce").astype("float64")
    frame["removed"] = (rows["band_removed"] == "y").astype("float64")
    frame["time"] = local.dt.tz_localize(ZONE).dt.tz_convert("UTC")
    notes = (
        () if good.all() else (_("{n} readings without a person or a moment are left out.").format(n=(~good).sum()),)
    )

    for person, of_person in frame[good].groupby(rows["person"].str.strip(), sort=True):
        table = pl.from_pandas(of_person.reset_index(drop=True)).with_columns(pl.col("time").cast(STAMP))
        # empty cells are NaN in pandas: missing, not a number that can be averaged
        table = table.with_columns(pl.col(_NUMBERS).fill_nan(None))
        yield Recording(
            person=str(person),
            signals={"wristband": Signal(channels=CHANNELS, frame=table.lazy())},
            zone=ZONE,
            labels={"sector": "F"},
            evidence="real-world",
            events=tuple(_events(str(person), frame.loc[of_person.index, "time"], rows.loc[of_person.index])),
            source=SOURCE,
            notes=notes,
        )


def _events(person: str, times: pd.Series, rows: pd.DataFrame) -> Iterator[Event]:
    for time, text, help_signal in zip(times, rows["alarm_text"], rows["help_signal"], strict=True):
        for token in dict.fromkeys(filter(None, text.split(";"))):
            yield Event(kind=token.strip(), person=person, time=time.to_pydatetime())
        if help_signal == "sos":
            yield Event(kind="help", person=person, time=time.to_pydatetime())
