"""Wristbands of construction workers: means of at least five persons by day and hour, nothing of a person."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from workbench.sources.readers.text_tables import csv_frame
from workbench.sources.readers.values import MOST, because, dates, decimals, keep_good
from workbench.terms.tables import Report
from workbench.terms.text import _

FEWEST = 5
"""Fewest different persons behind any figure that leaves this module."""
_NEEDED = ("person", "timestamp", "body_temp_c", "heart_rate_bpm", "steps", "band_removed", "alarm")
_MEASURES = {"heart_rate_bpm": (20, 250), "body_temp_c": (10, 45)}
"""What is averaged, and the range outside which a reading is a fault of the sensor."""
_MOST_STEPS = 100_000
_COLUMNS = ["margin", "day", "hour", "persons", "readings", *_MEASURES, "alarms", "flag"]


def read_groups(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame, margin hours [day ("2023-11-01"), hour ("07")]: a row for each hour with five or more persons.

    persons (different ones) and readings (float64, counts); heart_rate_bpm and body_temp_c: mean over persons of each
    person's mean in that hour, so that nobody with many readings dominates it, NaN where fewer than five persons have
    the reading; alarms: share of readings (0 to 1) with any alarm. No lowest, highest or single value, no person, no
    device.

    Two readings of a person at one moment are one (an alarm in either counts); readings with the band taken off are
    left out; step counters are not used. Notes in `report` say how many of each, and how many hours are withheld.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, day, hour, persons, readings, heart_rate_bpm, body_temp_c, alarms, flag.

    Raises
    ------
    ReadError
        For a file with another header.
    """
    readings = pd.concat([_readings(path, report) for path in paths], ignore_index=True)
    readings = _worn_once(readings, report)
    hours = readings.groupby(["day", "hour"])
    frame = pd.DataFrame(
        {"persons": hours["person"].nunique(), "readings": hours.size(), "alarms": hours["alarm"].mean()}
    )
    for measure in _MEASURES:
        each = (
            readings.dropna(subset=[measure])
            .groupby(["day", "hour", "person"])[measure]
            .mean()
            .groupby(["day", "hour"])
        )
        frame[measure] = each.mean().where(each.size() >= FEWEST)
    shown = frame["persons"] >= FEWEST
    report.note(
        _("{n:,} of {all:,} hours are withheld: fewer than {fewest} persons were read in them.").format(
            n=int((~shown).sum()), all=len(frame), fewest=FEWEST
        )
    )
    frame = frame[shown]
    for measure in _MEASURES:
        if gone := int(frame[measure].isna().sum()):
            report.note(
                _("{measure}: {n:,} hours shown without it, fewer than {fewest} persons have one.").format(
                    measure=measure, n=gone, fewest=FEWEST
                )
            )
    frame = frame.reset_index().assign(margin="hours", flag="")[_COLUMNS]
    yield frame.astype(
        dict.fromkeys(("margin", "day", "hour", "flag"), "str") | dict.fromkeys(_COLUMNS[3:-1], "float64")
    )


def _readings(path: Path, report: Report) -> pd.DataFrame:
    """Readings with person, moment and alarm; others are rejected by line, and no entry of a person is repeated."""
    rows = csv_frame(path, report, _NEEDED)
    moment = dates(rows["timestamp"], "%Y-%m-%d %H:%M:%S")
    measured = {column: decimals(rows[column], least=-MOST) for column in (*_MEASURES, "steps")}
    numbers = {column: read.values for column, read in measured.items()}
    faults = [
        ("person", because(rows["person"].str.strip() == "", _("empty"))),
        ("timestamp", because(moment.isna(), _("not a moment (yyyy-mm-dd hh:mm:ss)"))),
        ("alarm", because(~rows["alarm"].isin(["y", "n"]), _("neither y nor n"))),
        ("band_removed", because(~rows["band_removed"].isin(["y", "n", ""]), _("neither y, n nor empty"))),
        *((column, measured[column].faults) for column in _MEASURES),  # step counters are not used
    ]
    good = keep_good(report, rows.index, faults)
    for column, (least, most) in _MEASURES.items():
        outside = good & numbers[column].notna() & ~numbers[column].between(least, most)
        if outside.any():
            message = _("{n:,} values of {column} outside {least} to {most} are taken as missing.")
            report.note(message.format(n=int(outside.sum()), column=column, least=least, most=most))
        numbers[column] = numbers[column].mask(outside)
    if faulty := int((good & (numbers["steps"] > _MOST_STEPS)).sum()):
        message = _("Step counters are not used: {n:,} readings count more than {most:,} steps in a day.")
        report.note(message.format(n=faulty, most=_MOST_STEPS))
    found = {
        "person": rows["person"].str.strip(),
        "moment": moment,
        "removed": rows["band_removed"] == "y",
        "unsaid": rows["band_removed"] == "",
        "alarm": rows["alarm"] == "y",
        **{column: numbers[column] for column in _MEASURES},
    }
    return pd.DataFrame(found)[good]


def _worn_once(readings: pd.DataFrame, report: Report) -> pd.DataFrame:
    """One reading per person and moment, worn on the wrist, with its day and hour."""
    if removed := int(readings["removed"].sum()):
        report.note(_("{n:,} readings with the band taken off are left out.").format(n=removed))
    if unsaid := int(readings["unsaid"].sum()):
        report.note(_("{n:,} readings do not say whether the band was on; they are kept.").format(n=unsaid))
    worn = readings[~readings["removed"]]
    same = worn.groupby(["person", "moment"], sort=False)
    once = same[list(_MEASURES)].mean().assign(alarm=same["alarm"].any().astype("float64")).reset_index()
    if doubled := len(worn) - len(once):
        report.note(_("{n:,} readings repeat a person and a moment and are counted once.").format(n=doubled))
    return once.assign(day=once["moment"].dt.strftime("%Y-%m-%d"), hour=once["moment"].dt.strftime("%H"))
