"""Smart insoles (Fudan and Turku): one line per step, seven sensors of force under each foot."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _
from workbench.wearables.readers.members import Member, members
from workbench.wearables.signals import STAMP, Channel, Recording, Signal

SOURCE = "Smart insole, student project of the universities of Turku and Fudan (2019)"
ZONE = "Europe/Helsinki"
_NAME = re.compile(r"(P\d+)_(.+)_(\d{4}-\d{2}-\d{2})\.csv$")
_SENSORS = [f"S{n}_force" for n in range(7)]
_NEEDED = ["App_time", "Contact_time", *_SENSORS, "Left/Right"]
_FEET = {"L": "left foot", "R": "right foot"}


def read_insole(path: str | Path) -> Iterator[Recording]:
    """One recording per file, with a signal of steps for each foot.

    The date is that of the file's name: the insole's own clock was never set (it says November 2018 in 2019).

    Parameters
    ----------
    path : folder or ZIP file

    Yields
    ------
    Recording
        Signals "left foot" and "right foot": contact_time (ms) and S0_force to S6_force (unit not documented), one row
        per step. Label `activity` as the file's name has it. Evidence "simulated". `notes` say how many lines were
        left out, and where the clock goes back.

    Raises
    ------
    ReadError
        For a file with another header.
    """
    found = [(member, match) for member in members(path) if (match := _NAME.search(member.name))]
    if not found:
        raise ReadError(_("{path} holds no file such as P1_walking_2019-05-08.csv.").format(path=shown(path, 300)))
    for member, match in found:
        yield _recording(member, *match.groups())


def _recording(member: Member, person: str, activity: str, day: str) -> Recording:
    lines = [line for line in member.lines()[1:] if line.strip()]
    header = lines[0].rstrip(";").split(";") if lines else []
    if absent := [name for name in _NEEDED if name not in header]:
        message = _("{name} has no column {absent}; the layout of the insole has it.")
        raise ReadError(message.format(name=shown(member.name), absent=", ".join(absent)))
    # as of 2026-11 the header stands twice in some files
    rows = [dict(zip(header, line.split(";"), strict=False)) for line in lines if not line.startswith(header[0])]
    steps = [step for row in rows if (step := _step(row, day))]

    channels = (
        Channel(name="contact_time", unit="ms", least=0, most=10_000),
        *(Channel(name=name, unit="not documented", least=0) for name in _SENSORS),
    )
    signals = {}
    for letter, foot in _FEET.items():
        of_foot = [step for step in steps if step["foot"] == letter]
        columns = {"time": [step["time"] for step in of_foot]}
        columns |= {channel.name: [step[channel.name] for step in of_foot] for channel in channels}
        frame = pl.DataFrame(columns, schema={"time": STAMP, **{c.name: pl.Float64 for c in channels}})
        placed = tuple(Channel(name=c.name, unit=c.unit, position=foot, least=c.least, most=c.most) for c in channels)
        signals[foot] = Signal(channels=placed, frame=frame.lazy())
    notes = [_("The unit of force is not documented; the date is that of the file's name.")]
    if lost := len(rows) - len(steps):
        notes.append(_("{n} lines end early and are left out.").format(n=lost))
    return Recording(
        person=person,
        signals=signals,
        zone=ZONE,
        labels={"activity": activity},
        evidence="simulated",
        source=SOURCE,
        notes=tuple(notes),
    )


def _step(row: dict[str, str], day: str) -> dict | None:
    """One step, or None for a line that ends early."""
    try:
        local = datetime.strptime(f"{day} {row['App_time']}", "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=ZoneInfo(ZONE))
        numbers = {name: float(row[name]) for name in _SENSORS}
        contact = float(row["Contact_time"])
        foot = row["Left/Right"]
    except (KeyError, ValueError):
        return None
    if foot not in _FEET:
        return None
    # the line is written when the foot is lifted; the step began one contact time before
    began = local - timedelta(milliseconds=contact)
    return {"time": began, "foot": foot, "contact_time": contact, **numbers}
