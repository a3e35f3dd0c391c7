"""Empatica E4: a folder of CSV files per session, each with its start in UTC and its rate in the first two lines."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from workbench.sources.readers.text_tables import csv_frame
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _
from workbench.wearables.readers.members import Member, members
from workbench.wearables.signals import STAMP, Channel, Event, Recording, Signal

SOURCE = "Stress-Predict, Iqbal et al. (2022), Sensors 22(21):8135"
ZONE = "Europe/Dublin"
_COUNTS_PER_G = 64  # info.txt of the maker: the unit of ACC is 1/64 g, the range -2 to 2 g
_SHARED = {"position": "wrist", "device": "Empatica E4"}
_LAYOUT = {
    "ACC": [("acc_x", "g", -2.0, 2.0), ("acc_y", "g", -2.0, 2.0), ("acc_z", "g", -2.0, 2.0)],
    "BVP": [("blood_volume_pulse", "arbitrary", None, None)],
    "EDA": [("skin_conductance", "microsiemens", 0.0, 100.0)],
    "TEMP": [("skin_temperature", "degrees Celsius", None, None)],
    "HR": [("heart_rate", "beats per minute", None, None)],
}
_SIGNALS = {"ACC": "movement", "BVP": "pulse", "EDA": "skin", "TEMP": "temperature", "HR": "heart"}


def read_empatica(path: str | Path, *, source: str = SOURCE, zone: str = ZONE) -> Iterator[Recording]:
    """One recording per folder (session), with the signals whose files are there.

    Parameters
    ----------
    path : folder or ZIP file of folders, each with ACC.csv, BVP.csv, EDA.csv, TEMP.csv, HR.csv, IBI.csv, tags.csv
    source : whose recording it is, as it is cited
    zone : IANA name of the time zone of the session

    Yields
    ------
    Recording
        Evidence "induced"; `events` of kind "tag" where the button was pressed.

    Raises
    ------
    ReadError
        For a file whose first two lines are not a start and a rate.
    """
    sessions: dict[str, list[Member]] = defaultdict(list)
    for member in members(path):
        session = member.path.rsplit("/", 1)[0] if "/" in member.path else Path(path).stem
        if member.name.split(".")[0].split("_")[0] in {*_LAYOUT, "IBI", "tags"}:
            sessions[session].append(member)
    if not sessions:
        message = _("{path} holds no session of an E4, a folder with ACC.csv and others.")
        raise ReadError(message.format(path=shown(path, 300)))
    for session, files in sessions.items():
        person = session.rsplit("/", 1)[-1]
        by_name = {member.name.split(".")[0].split("_")[0]: member for member in files}
        signals = {
            _SIGNALS[name]: _regular(by_name[name], layout) for name, layout in _LAYOUT.items() if name in by_name
        }
        if "IBI" in by_name:
            signals["beats"] = _beats(by_name["IBI"])
        events = _tags(by_name["tags"], person) if "tags" in by_name else ()
        yield Recording(
            person=person, signals=signals, zone=zone, evidence="induced", events=tuple(events), source=source
        )


def read_stress_labels(path: str | Path) -> pd.DataFrame:
    """The publisher's processed table: heart rate of 19 participants by second, and whether a stress task was on.

    Parameters
    ----------
    path : CSV file, as it is or packed

    Returns
    -------
    DataFrame
        person, time (UTC), heart_rate (beats per minute, NaN where missing), stress (bool).

    Raises
    ------
    ReadError
        For a file with another header.
    """
    rows = csv_frame(Path(path), Report(), ("Participant", "HR", "Time(sec)", "Label"))
    return pd.DataFrame(
        {
            "person": "S" + rows["Participant"].str.zfill(2),
            "time": pd.to_datetime(pd.to_numeric(rows["Time(sec)"]), unit="s", utc=True),
            "heart_rate": pd.to_numeric(rows["HR"], errors="coerce"),
            "stress": rows["Label"] == "1",
        }
    )


def _regular(member: Member, layout: list[tuple]) -> Signal:
    """Samples at a rate, from a start, both of which stand above them, once per column."""
    lines = member.lines()
    try:
        start = float(lines[0].split(",")[0])
        rate = float(lines[1].split(",")[0])
        values = np.array([[float(cell) for cell in line.split(",")] for line in lines[2:] if line.strip()])
        if rate <= 0 or values.shape[1:] != (len(layout),):
            raise ValueError
    except (ValueError, IndexError) as error:
        message = _("{name} is not a file of an E4: its start (unix time), its rate, then {n} columns of numbers.")
        raise ReadError(message.format(name=shown(member.name), n=len(layout))) from error
    if layout[0][1] == "g":
        values = values / _COUNTS_PER_G
    nanoseconds = np.round(np.arange(len(values)) / rate * 1e9).astype(np.int64) + round(start * 1e9)
    channels = tuple(
        Channel(name=name, unit=unit, rate=rate, least=least, most=most, **_SHARED)
        for name, unit, least, most in layout
    )
    return _signal(channels, nanoseconds, values)


def _beats(member: Member) -> Signal:
    """Intervals between heartbeats: seconds since the start, and the length of the interval that ended then."""
    lines = member.lines()
    try:
        start = float(lines[0].split(",")[0])
        pairs = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:] if line.strip()])
        pairs = pairs.reshape(-1, 2)
    except (ValueError, IndexError) as error:
        message = _("{name} is not a list of intervals between heartbeats: its start, then lines of offset, interval.")
        raise ReadError(message.format(name=shown(member.name))) from error
    nanoseconds = np.round((start + pairs[:, 0]) * 1e9).astype(np.int64)
    channels = (Channel(name="beat_interval", unit="s", least=0.2, most=3.0, **_SHARED),)
    return _signal(channels, nanoseconds, pairs[:, 1:])


def _signal(channels: tuple[Channel, ...], nanoseconds: np.ndarray, values: np.ndarray) -> Signal:
    time = pl.Series("time", nanoseconds).cast(STAMP)
    columns = [pl.Series(channel.name, values[:, place]) for place, channel in enumerate(channels)]
    return Signal(channels=channels, frame=pl.DataFrame([time, *columns]).lazy())


def _tags(member: Member, person: str) -> list[Event]:
    moments = [float(line) for line in member.lines() if line.strip()]
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [Event(kind="tag", person=person, time=epoch + timedelta(seconds=moment)) for moment in moments]
