"""The bundled made-up team as recordings: one per worker and shift, with planted events; whole shifts from the seed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl

from workbench.terms.errors import UnknownName
from workbench.terms.places import bundled
from workbench.terms.text import _
from workbench.twin import team
from workbench.twin.team_files import MINUTES, MOVEMENT, TRUTH
from workbench.wearables.notice import Notice, read_notice
from workbench.wearables.shifts import Shift
from workbench.wearables.signals import STAMP, TIME, Channel, Event, Recording, Signal

NAME = "team_synthetic"
SOURCE = "Synthetic data: a team made up by OSH Workbench, nobody wore anything"
_SHARED = {"device": "made up", "rate": 1 / 60}
ENVIRONMENT = (
    Channel(name="noise", unit="dB(A)", position="collar", least=40, most=140, **_SHARED),
    Channel(name="peak", unit="dB(C)", position="collar", least=60, most=160, **_SHARED),
    Channel(name="wet_bulb", unit="degrees Celsius", position="zone", least=-10, most=60, **_SHARED),
    Channel(name="globe", unit="degrees Celsius", position="zone", least=-10, most=120, **_SHARED),
    Channel(name="carbon_monoxide", unit="ppm", position="collar", least=0, most=500, **_SHARED),
    Channel(name="hand_arm", unit="m/s2", position="tool", least=0, most=60, **_SHARED),
)
HEART = (
    Channel(name="heart_rate", unit="beats per minute", position="wrist", least=30, most=220, **_SHARED),
    Channel(name="steps", unit="steps in a minute", position="insole", least=0, most=300, **_SHARED),
)
_UNITS = {"acc": ("g", "right foot"), "force": ("N", ""), "shake": ("g", "left foot")}
MOVEMENT_CHANNELS = tuple(
    Channel(
        name=name,
        unit=_UNITS[name.split("_")[0]][0],
        position=_UNITS[name.split("_")[0]][1] or f"{name.split('_')[1]} foot",
        rate=team.RATE,
        device="made up",
        least=-8 if name.startswith("acc") else 0,
        most=4000 if name.startswith("force") else 8,
    )
    for name in team.MOVEMENT
)


def read_team() -> Iterator[Recording]:
    """The recordings of the bundle, by shift and worker.

    Yields
    ------
    Recording
        Signals "environment" and "heart" (minutes), "movement" (100 Hz, around events; of one worker ten minutes
        more). Labels team, task, sector, age_group, sex, resting, highest. Evidence "simulated", synthetic.
    """
    folder = bundled("catalogs") / "data"
    minutes, movement = (pl.read_parquet(folder / name) for name in (MINUTES, MOVEMENT))
    for shift in range(len(facts()["shifts"])):
        for worker in facts()["workers"]:
            mine = (pl.col("person") == worker["person"]) & (pl.col("shift") == shift)
            signals = _of_minutes(minutes.filter(mine), shift)
            if (of_worker := movement.filter(mine)).height:
                signals["movement"] = _movement(of_worker, shift)
            yield _recording(worker, shift, signals)


def whole_shift(person: str, shift: int) -> Recording:
    """One worker's movement over a whole shift at 100 Hz, generated anew from the seed (some 3 seconds).

    Parameters
    ----------
    person : "A01" to "A12"
    shift : 0 or 1

    Returns
    -------
    Recording

    Raises
    ------
    UnknownName
        For a person who is not in the team.
    """
    people = [worker["person"] for worker in facts()["workers"]]
    if person not in people:
        hint = _("There are: {names}.").format(names=", ".join(people))
        raise UnknownName(_("member of the team"), person, people, hint=hint)
    place, seconds = people.index(person), 60 * facts()["shifts"][shift]["minutes"]
    values = team.movement(place, shift, 0, seconds, facts()["seed"])
    frame = pl.DataFrame(values, schema=list(team.MOVEMENT)).with_columns(
        (_stamps(np.arange(len(values)), shift, team.RATE)).alias(TIME)
    )
    signals = {"movement": Signal(channels=MOVEMENT_CHANNELS, frame=frame.lazy())}
    return _recording(facts()["workers"][place], shift, signals)


@cache
def facts() -> dict:
    """The truth of the bundle: workers, shifts, planted events, faults, who did not answer.

    Returns
    -------
    dict
    """
    return json.loads((bundled("catalogs") / "data" / TRUTH).read_text(encoding="utf-8"))


@cache
def team_notice() -> Notice:
    """The notice under which the made-up team wears its insoles.

    Returns
    -------
    Notice
    """
    return read_notice(bundled("catalogs") / "data" / "team_synthetic_notice.yml")


def _start(shift: int) -> datetime:
    return datetime.fromisoformat(facts()["shifts"][shift]["start"]).replace(tzinfo=UTC)


def _stamps(samples: np.ndarray, shift: int, rate: float) -> pl.Series:
    begin = round(_start(shift).timestamp()) * 1_000_000_000
    return pl.Series(begin + np.round(samples * (1e9 / rate)).astype(np.int64)).cast(STAMP)


def _of_minutes(rows: pl.DataFrame, shift: int) -> dict[str, Signal]:
    stamps = _stamps(rows["minute"].to_numpy(), shift, 1 / 60).alias(TIME)
    signals = {}
    for name, channels in (("environment", ENVIRONMENT), ("heart", HEART)):
        frame = rows.select([pl.col(channel.name).cast(pl.Float64).fill_nan(None) for channel in channels])
        signals[name] = Signal(channels=channels, frame=frame.with_columns(stamps).lazy())
    return signals


def _movement(rows: pl.DataFrame, shift: int) -> Signal:
    stamps = _stamps(rows["sample"].to_numpy(), shift, team.RATE).alias(TIME)
    frame = rows.select([(pl.col(name) / team.SCALE[name]).cast(pl.Float32) for name in team.MOVEMENT])
    return Signal(channels=MOVEMENT_CHANNELS, frame=frame.with_columns(stamps).lazy())


def _recording(worker: dict, shift: int, signals: dict[str, Signal]) -> Recording:
    start, minutes = _start(shift), facts()["shifts"][shift]["minutes"]
    events = [
        Event(
            kind=event["kind"],
            person=worker["person"],
            time=start + timedelta(seconds=event["second"]),
            seconds=event["seconds"],
        )
        for event in facts()["events"]
        if (event["worker"], event["shift"]) == (worker["person"], shift)
    ]
    worked = Shift(
        start=start,
        end=start + timedelta(minutes=minutes),
        zone=facts()["zone"],
        team=facts()["team"],
        task=worker["task"],
    )
    labels = {"team": facts()["team"], "sector": facts()["sector"], "shift": str(shift + 1)}
    labels |= {name: str(worker[name]) for name in ("task", "age_group", "sex", "resting", "highest")}
    return Recording(
        person=worker["person"],
        signals=signals,
        zone=facts()["zone"],
        shifts=(worked,),
        labels=labels,
        evidence="simulated",
        events=tuple(events),
        source=SOURCE,
        synthetic=True,
    )
