"""What two instrumented insoles tell: falls, stumbles, not upright, no movement, and a hidden alarm by three taps.

Signals are those of `readers.team`: acc_x, acc_y, acc_z of the right foot (g, z up), force_left and force_right (N),
shake_left, the left foot's acceleration (g).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from workbench.wearables.falls import FallRule, falls_by_rule
from workbench.wearables.signals import Event, Signal
from workbench.wearables.uniform import Stretch, stretches

RATE = 100.0


@dataclass(frozen=True, kw_only=True)
class InsoleRules:
    """Thresholds of all insole events.

    Attributes
    ----------
    fall : thresholds of the foot's acceleration
    jolt : g along the foot, of a stumble
    tap, shake : g of the right and of the left foot, of one tap
    lifted : N under the right foot, less than this while it taps
    tap_gap : seconds within which the next tap follows
    lying : degrees by which the foot leans over
    unloaded : N under both feet, less than this
    lying_seconds, still_seconds : how long, before "not upright" and "immobile" are told
    still : spread of acceleration in a second, in g
    """

    fall: FallRule = FallRule(impact=2.5, lowest_before=0.6, turn=50.0, rest_after=0.25)
    jolt: float = 2.0
    tap: float = 1.6
    shake: float = 1.5
    lifted: float = 80.0
    tap_gap: float = 1.0
    lying: float = 60.0
    unloaded: float = 150.0
    lying_seconds: float = 10.0
    still: float = 0.012
    still_seconds: float = 60.0


def insole_events(signal: Signal, person: str, rules: InsoleRules | None = None) -> list[Event]:
    """All events of one stretch of insole movement, by time.

    Parameters
    ----------
    signal : Signal with the six channels of insoles
    person : pseudonym
    rules : InsoleRules

    Returns
    -------
    list of Event
        Kinds fall, stumble, triple_tap, not_upright, immobile; `time` is when it began, which is told only after
        `lying_seconds` or `still_seconds`. Lying after a fall belongs to the fall.
    """
    rules = rules or InsoleRules()
    # read once, into one block of memory a column: then all five searches look at it without a copy
    signal = Signal(channels=signal.channels, frame=signal.frame.collect().rechunk().lazy())
    falls = falls_by_rule(signal, person, rules.fall)
    events = list(falls)
    for stretch in stretches(signal, RATE):
        events += _events(stretch, "triple_tap", person, _triple_taps(stretch, rules))
        jolts = _stumbles(stretch, rules)
        events += [e for e in _events(stretch, "stumble", person, jolts) if not _near(e, falls, 5.0)]
        lying = _spans(_seconds(stretch, _is_lying, rules), rules.lying_seconds)
        events += [e for e in _events(stretch, "not_upright", person, lying) if not _near(e, falls, 10.0)]
        resting = _spans(_seconds(stretch, _is_still, rules), rules.still_seconds)
        events += _events(stretch, "immobile", person, resting)
    return sorted(events, key=lambda event: event.time)


def _events(stretch: Stretch, kind: str, person: str, spans: list[tuple[float, float]]) -> Iterator[Event]:
    for second, seconds in spans:
        moment = stretch.start + timedelta(seconds=second)
        yield Event(kind=kind, person=person, time=moment, seconds=seconds)


def _near(event: Event, others: list[Event], seconds: float) -> bool:
    return any(abs((event.time - other.time).total_seconds()) <= seconds for other in others)


def _triple_taps(stretch: Stretch, rules: InsoleRules) -> list[tuple[float, float]]:
    """Groups of exactly three taps: the right foot off the ground, and both feet shaken at once."""
    # both feet in the window: a heel strike shakes one foot alone, and loads it
    hit = (
        (np.abs(stretch.values["acc_z"]) >= rules.tap)
        & (stretch.values["shake_left"] >= rules.shake)
        & (stretch.values["force_right"] <= rules.lifted)
    )
    starts = np.flatnonzero(hit & ~np.concatenate([[False], hit[:-1]])) / stretch.rate
    starts = starts[np.concatenate([[True], np.diff(starts) > 0.15])] if len(starts) else starts
    groups = np.split(starts, np.flatnonzero(np.diff(starts) > rules.tap_gap) + 1) if len(starts) else []
    return [(float(group[0]), float(group[-1] - group[0])) for group in groups if len(group) == 3]


def _stumbles(stretch: Stretch, rules: InsoleRules) -> list[tuple[float, float]]:
    """Jolts along the foot, one for each two seconds."""
    jolts = np.flatnonzero(np.abs(stretch.values["acc_x"]) >= rules.jolt) / stretch.rate
    groups = np.split(jolts, np.flatnonzero(np.diff(jolts) > 2.0) + 1) if len(jolts) else []
    return [(float(group[0]), 0.0) for group in groups]


def _seconds(stretch: Stretch, judge, rules: InsoleRules) -> np.ndarray:
    """A judgement of every whole second of a stretch."""
    whole, each = int(len(stretch) / stretch.rate), int(stretch.rate)
    values = {name: column[: whole * each].reshape(whole, each) for name, column in stretch.values.items()}
    return judge(values, rules) if whole else np.zeros(0, bool)


def _is_lying(values: dict[str, np.ndarray], rules: InsoleRules) -> np.ndarray:
    axes = np.stack([values[name].mean(axis=1) for name in ("acc_x", "acc_y", "acc_z")])
    length = np.linalg.norm(axes, axis=0)
    angle = np.degrees(np.arccos(np.clip(axes[2] / np.where(length > 0, length, 1), -1, 1)))
    load = values["force_left"].mean(axis=1) + values["force_right"].mean(axis=1)
    return (angle >= rules.lying) & (load < rules.unloaded)


def _is_still(values: dict[str, np.ndarray], rules: InsoleRules) -> np.ndarray:
    # a second that moves along one axis needs no look at the others
    quiet = values["acc_z"].std(axis=1) < rules.still
    for name in ("acc_x", "acc_y"):
        quiet[quiet] = values[name][quiet].std(axis=1) < rules.still
    return quiet


def _spans(seconds: np.ndarray, least: float) -> list[tuple[float, float]]:
    """Runs of true seconds that last long enough: begin and length."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seconds, [False]]).astype(np.int8)))
    return [(float(a), float(b - a)) for a, b in edges.reshape(-1, 2) if b - a >= least]
