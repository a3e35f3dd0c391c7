"""MobiFall 2.0: a phone in the trouser pocket, simulated falls on a mattress and activities of daily living.

Vavoulas et al., BMI lab, Hellenic Mediterranean University. One text file per trial and sensor; stamps are nanoseconds
since the phone was started, and the moment of the start stands in the header.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _
from workbench.wearables.readers.members import Member, members
from workbench.wearables.signals import STAMP, Channel, Recording, Signal

FALLS = ("BSC", "FKL", "FOL", "SDL")
"""Back while sitting on a chair, forward onto the knees, forward onto the hands, sideward."""
GRAVITY = 9.80665  # m/s2 in 1 g
ZONE = "Europe/Athens"
SOURCE = "MobiFall 2.0, Vavoulas et al., BMI lab, Hellenic Mediterranean University"
_NAME = re.compile(r"([A-Z]{3})_(acc|gyro)_(\d+)_(\d+)\.txt$")
_HEADER = re.compile(r"^#\s*([A-Za-z() ]+):\s*(.*)$")
# As of 2026-11: files say 100 and 200 Hz in the description, the accelerometer in fact gives about 94 at uneven steps.
_SENSORS = {
    "acc": [
        Channel(name=f"acc_{axis}", unit="g", position="thigh", device="phone", least=-2.0, most=2.0) for axis in "xyz"
    ],
    "gyro": [
        Channel(name=f"gyro_{axis}", unit="rad/s", position="thigh", device="phone", rate=200.0) for axis in "xyz"
    ],
}
_SIGNALS = {"acc": "movement", "gyro": "rotation"}


@dataclass(frozen=True)
class _Trial:
    activity: str
    subject: str
    number: str


def read_mobifall(path: str | Path, *, sensors: tuple[str, ...] = ("acc",)) -> Iterator[Recording]:
    """One recording per trial, in the order of the files.

    Parameters
    ----------
    path : folder or ZIP file
    sensors : of "acc" (signal "movement", in g) and "gyro" (signal "rotation", in rad/s)

    Yields
    ------
    Recording
        Evidence "simulated"; labels activity, trial, fall ("yes" or "no"), age, sex.

    Raises
    ------
    ReadError
        For a file whose header or numbers are not those of the layout.
    """
    trials: dict[_Trial, dict[str, Member]] = {}
    for member in members(path):
        if (found := _NAME.search(member.name)) and found[2] in sensors:
            trials.setdefault(_Trial(found[1], found[3], found[4]), {})[found[2]] = member
    if not trials:
        raise ReadError(_("{path} holds no trial of MobiFall, such as FOL_acc_2_1.txt.").format(path=shown(path, 300)))
    for trial, files in trials.items():
        yield _recording(trial, files)


def _recording(trial: _Trial, files: dict[str, Member]) -> Recording:
    headers, signals = {}, {}
    for sensor, member in files.items():
        header, numbers = _parsed(member)
        headers |= header
        signals[_SIGNALS[sensor]] = _signal(sensor, numbers, _started(member, header))
    labels = {
        "activity": trial.activity,
        "trial": trial.number,
        "fall": "yes" if trial.activity in FALLS else "no",
        "age": headers.get("Age", ""),
        "sex": headers.get("Gender", "")[:1].upper(),
    }
    return Recording(
        person=f"S{trial.subject}", signals=signals, zone=ZONE, labels=labels, evidence="simulated", source=SOURCE
    )


def _parsed(member: Member) -> tuple[dict[str, str], np.ndarray]:
    """The header's entries, and time (ns), x, y, z."""
    lines = member.lines()
    try:
        start = next(place for place, line in enumerate(lines) if line.strip() == "@DATA") + 1
        rows = [line.split(",") for line in lines[start:] if line.strip()]
        stamps = np.array([int(row[0]) for row in rows])  # as whole numbers: a float cannot hold nanoseconds
        values = np.array([[float(value) for value in row[1:4]] for row in rows])
        if values.shape[1:] != (3,):
            raise ValueError
    except (StopIteration, ValueError, IndexError) as error:
        message = _("{name} is not a trial of MobiFall: a header, @DATA, then lines of time, x, y and z.")
        raise ReadError(message.format(name=shown(member.name))) from error
    header = {found[1].strip(): found[2].strip() for line in lines[:start] if (found := _HEADER.match(line))}
    return header, np.column_stack([stamps - stamps[0], values.view(np.int64)])


def _started(member: Member, header: dict[str, str]) -> datetime:
    try:
        local = datetime.strptime(header["Datetime"], "%d/%m/%Y %H:%M:%S")
    except (KeyError, ValueError) as error:
        message = _("{name} does not say when it was recorded (#Datetime: dd/mm/yyyy hh:mm:ss).")
        raise ReadError(message.format(name=shown(member.name))) from error
    return local.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _signal(sensor: str, numbers: np.ndarray, start: datetime) -> Signal:
    values = np.ascontiguousarray(numbers[:, 1:]).view(np.float64) / (GRAVITY if sensor == "acc" else 1.0)
    stamps = np.datetime64(start.replace(tzinfo=None), "ns") + numbers[:, 0].astype("timedelta64[ns]")
    names = [channel.name for channel in _SENSORS[sensor]]
    time = pl.Series("time", stamps).dt.replace_time_zone("UTC").cast(STAMP)
    frame = pl.DataFrame([time, *(pl.Series(name, values[:, place]) for place, name in enumerate(names))])
    return Signal(channels=tuple(_SENSORS[sensor]), frame=frame.lazy())
