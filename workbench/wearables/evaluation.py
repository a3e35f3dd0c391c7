"""How well insoles see what was planted or labelled: found and missed, false alarms, and what a threshold trades."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from workbench.terms.places import bundled
from workbench.wearables.alerts import trade_off
from workbench.wearables.evidence import BASE_RATE, Performance, matched, performance
from workbench.wearables.falls import RATE, candidates
from workbench.wearables.groups import INSIDE
from workbench.wearables.signals import Event, Recording
from workbench.wearables.uniform import stretches

NEAR = 2.0
"""Seconds around an event that belong to it."""
IMPACTS = tuple(np.round(np.arange(1.4, 5.01, 0.2), 1))
"""Thresholds of the impact, in g."""


@dataclass(frozen=True)
class Peaks:
    """Highest acceleration of each fall, and of every other candidate, in g; hours without an event."""

    falls: tuple[float, ...]
    others: tuple[float, ...]
    hours: float


def found_events(recordings: Sequence[Recording], alarms: Sequence[Event], by: Sequence[str]) -> pd.DataFrame:
    """Planted events that were found, by kind or by what divides the persons.

    Parameters
    ----------
    recordings : with planted events
    alarms : of a detector
    by : of kind, age_group, task, sex

    Returns
    -------
    DataFrame
        `by`, events, found, delay (median seconds), state: "withheld" where fewer than five persons of these codes
        wore the insoles.
    """
    planted = [event for one in recordings for event in one.events]
    frame = matched(planted, alarms)
    labels = {one.person: one.labels for one in recordings}
    for name in by:
        if name != "kind":
            frame[name] = [labels[person].get(name, "") for person in frame["person"]]
    grouped = frame.groupby(list(by), sort=True)
    counts = grouped.agg(events=("found", "size"), found=("found", "sum"), delay=("delay", "median")).reset_index()
    # among fewer persons who wore the insoles, an event would be somebody's
    divided = [name for name in by if name != "kind"]
    wearing = pd.DataFrame([{"person": one.person, **one.labels} for one in recordings]).drop_duplicates("person")
    sizes = wearing.groupby(divided)["person"].nunique() if divided else None
    enough = [sizes is None or sizes[_key(row, divided)] >= INSIDE for _place, row in counts.iterrows()]
    numbers = ["events", "found", "delay"]
    counts[numbers] = counts[numbers].astype(float).where(pd.Series(enough, index=counts.index), axis=0)
    return counts.assign(state=["" if shown else "withheld" for shown in enough])


def performance_of(recordings: Sequence[Recording], alarms: Sequence[Event], kind: str) -> Performance:
    """Recall and false alarms of one kind of event.

    Parameters
    ----------
    recordings : with planted events and the signal "movement"
    alarms : of a detector
    kind : such as "fall"

    Returns
    -------
    Performance
    """
    planted = [event for one in recordings for event in one.events if event.kind == kind]
    of_kind = [alarm for alarm in alarms if alarm.kind == kind]
    found = matched(planted, of_kind)
    false = [alarm for alarm in of_kind if not any(_belongs(alarm, event) for event in planted)]
    evidence = recordings[0].evidence
    return performance(found["found"], found["person"], len(false), _hours_without(recordings), evidence)


def impact_trade_off(recordings: Sequence[Recording], events_per_shift: float = BASE_RATE) -> pd.DataFrame:
    """What each threshold of the impact alone misses and alarms: the reason why falls are not told by it alone.

    Parameters
    ----------
    recordings : with planted falls and the signal "movement"
    events_per_shift : assumed falls in a shift

    Returns
    -------
    DataFrame
        threshold (g), missed (per 100 falls), alarms and alarms_high (per worker-week), share_true.
    """
    peaks = peaks_of(recordings)
    return trade_off(peaks.falls, peaks.others, peaks.hours, events_per_shift=events_per_shift, thresholds=IMPACTS)


def peaks_of(recordings: Sequence[Recording]) -> Peaks:
    """The highest acceleration of falls and of everything else.

    Parameters
    ----------
    recordings : with planted falls and the signal "movement"

    Returns
    -------
    Peaks
    """
    falls: dict[Event, float] = {e: 0.0 for one in recordings for e in one.events if e.kind == "fall"}
    others = []
    for one in recordings:
        for stretch in stretches(one.signals["movement"], RATE):
            for candidate in candidates(stretch):
                alarm = Event(kind="fall", person=one.person, time=stretch.moment(candidate.sample))
                height = float(candidate.features[0])
                near = next((event for event in falls if _belongs(alarm, event)), None)
                if near is not None:
                    falls[near] = max(falls[near], height)
                elif not any(_belongs(alarm, event) for event in one.events):
                    others.append(height)
    return Peaks(tuple(falls.values()), tuple(others), _hours_without(recordings))


def measured_on_mobifall() -> pd.DataFrame:
    """What the classifier finds of the acted falls of MobiFall, with a person or an activity left out by turn.

    Figures of the whole, measured by the workbench's own tests; no record of a person.

    Returns
    -------
    DataFrame
        left_out, falls, found, recall, low, high (95% interval, clustered by subject), hours (of daily activities),
        false_alarms, per_hour_high (upper limit of false alarms per hour), evidence.
    """
    return pd.read_csv(bundled("catalogs") / "data" / "mobifall_falls.csv")


def _key(row: pd.Series, names: Sequence[str]) -> object:
    """Where a row's group stands in the index of groups by some names."""
    return row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)


def _belongs(alarm: Event, event: Event) -> bool:
    delay = (alarm.time - event.time) / timedelta(seconds=1)
    return alarm.person == event.person and -NEAR <= delay <= event.seconds + NEAR


def _hours_without(recordings: Sequence[Recording]) -> float:
    """Hours of movement that no event belongs to."""
    recorded = sum(s.seconds for one in recordings for s in stretches(one.signals["movement"], RATE))
    events = sum(event.seconds + 2 * NEAR for one in recordings for event in one.events)
    return max(recorded - events, 0.0) / 3600
