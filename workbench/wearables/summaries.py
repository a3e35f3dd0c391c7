"""What is left of a recording once it is summed up: a row for each person, shift and hour, with checked quality."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl

from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.wearables.exposure import heart
from workbench.wearables.quality import ENOUGH, Checked, check
from workbench.wearables.signals import TIME, Event, Recording

DIMENSIONS = ("team", "task", "sector", "age_group", "sex", "year", "shift", "hour")
"""What groups can be formed by."""
MEANS = {
    "noise": ("environment", "energy"),
    "carbon_monoxide": ("environment", "mean"),
    "heart_rate": ("heart", "mean"),
}
"""Channels that are averaged, and how: levels of noise as energy."""


@dataclass(frozen=True)
class Summaries:
    """Rows of persons, which never leave this package as they are; `groups.grouped` forms groups of them.

    Attributes
    ----------
    frame : person, the dimensions, minutes (monitored), usable (share), alarms, noise as mean energy, means
    """

    frame: pd.DataFrame

    def __repr__(self) -> str:
        return f"Summaries({len(self.frame)} rows of {self.frame['person'].nunique()} persons)"


def summarised(recordings: Iterable[Recording], alarms: Sequence[Event] = ()) -> Summaries:
    """A row per person, shift and local hour.

    Parameters
    ----------
    recordings : each of one shift, with minute values
    alarms : told during them

    Returns
    -------
    Summaries

    Raises
    ------
    Refused
        For a recording without a shift.
    """
    parts = [_of_one(recording, alarms) for recording in recordings]
    if not parts:
        raise Refused(_("There is no recording to sum up."))
    return Summaries(pd.concat(parts, ignore_index=True))


def _of_one(recording: Recording, alarms: Sequence[Event]) -> pd.DataFrame:
    if len(recording.shifts) != 1:
        raise Refused(_("A recording is summed up by its shift; this one has {n}.").format(n=len(recording.shifts)))
    (shift,) = recording.shifts
    pieces = pd.DataFrame(
        [(f"{piece.hour:02d}", piece.duration / timedelta(minutes=1)) for piece in shift.pieces()],
        columns=["hour", "minutes"],
    )
    frame = pieces.groupby("hour", as_index=False, sort=False)["minutes"].sum()
    for signal, names in _by_signal(recording).items():
        checked = check(recording.signals[signal], duration=shift.elapsed, zone=recording.zone)
        for name in names:
            frame = frame.merge(_hourly(checked, name, recording.zone), on="hour", how="left")
    mine = [e for e in alarms if e.person == recording.person and shift.start <= e.time < shift.end]
    hours = [e.time.astimezone(ZoneInfo(recording.zone)).strftime("%H") for e in mine]
    frame["alarms"] = frame["hour"].map(pd.Series(hours, dtype="str").value_counts()).fillna(0).astype(int)
    if {"resting", "highest"} <= set(recording.labels) and "heart_rate" in frame:
        resting, highest = float(recording.labels["resting"]), float(recording.labels["highest"])
        frame["reserve"] = heart.reserve_share(frame["heart_rate"], resting, highest)
    labels = {name: recording.labels.get(name, "") for name in DIMENSIONS if name not in ("hour", "year")}
    year = str(shift.start.astimezone(ZoneInfo(recording.zone)).year)
    return frame.assign(person=recording.person, year=year, **labels)


def _by_signal(recording: Recording) -> dict[str, list[str]]:
    """Channels to average, by the signal that has them."""
    found: dict[str, list[str]] = {}
    for name, (signal, _how) in MEANS.items():
        channels = recording.signals[signal].channels if signal in recording.signals else ()
        if any(channel.name == name for channel in channels):
            found.setdefault(signal, []).append(name)
    return found


def _hourly(checked: Checked, name: str, zone: str) -> pd.DataFrame:
    """The channel's mean of each local hour; missing where less than three quarters of an hour's minutes are usable."""
    hour = pl.col(TIME).dt.convert_time_zone(zone).dt.strftime("%H").alias("hour")
    value = pl.col(name) if MEANS[name][1] == "mean" else 10 ** (pl.col(name) / 10)
    hours = (
        checked.signal.frame.group_by(hour)
        .agg(value.mean().alias(name), (pl.col(name).count() / pl.len()).alias("usable"))
        .collect()
        .to_pandas()
    )
    enough = hours["usable"] >= ENOUGH
    values = hours[name].where(enough)
    return pd.DataFrame({"hour": hours["hour"], name: 10 * np.log10(values) if MEANS[name][1] == "energy" else values})
