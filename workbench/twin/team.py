"""A made-up team of twelve over two shifts: environment and heart by the minute, insoles at 100 samples a second.

Nobody wore anything. The first shift is a day, the second the night in which summer time begins, which lasts an hour
less. Events are planted at known moments (`truth`). Every minute of movement is drawn with a seed of its own, so that
a stretch cut out of a shift is the same, sample by sample, as in the whole shift.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SEED = 20261128
ZONE = "Europe/Brussels"
TEAM, SECTOR = "foundry", "C24"
SHIFTS = (("2026-03-02T05:00:00", 480), ("2026-03-28T21:00:00", 420))
"""Start in UTC and minutes: 6:00 to 14:00, and 22:00 to 6:00 with the hour from 2:00 to 3:00 left out."""
RATE = 100
MOVEMENT = ("acc_x", "acc_y", "acc_z", "force_left", "force_right", "shake_left")
"""Right foot's acceleration (g, upright: z), force under each foot (N), left foot's acceleration (g)."""
SCALE = {"acc_x": 1000, "acc_y": 1000, "acc_z": 1000, "force_left": 1, "force_right": 1, "shake_left": 1000}
"""Steps per unit in which movement is kept, as 16-bit whole numbers."""
BODY = 780.0
"""Weight of everybody, N."""


@dataclass(frozen=True)
class Worker:
    """A made-up worker: what divides groups, and rates of the heart."""

    person: str
    task: str
    age_group: str
    sex: str
    resting: int
    highest: int


@dataclass(frozen=True)
class Planted:
    """An event at a known moment of a shift.

    Attributes
    ----------
    kind : "fall", "stumble", "double_tap", "triple_tap", "quadruple_tap", "not_upright", "immobile"
    worker, shift : positions in `WORKERS` and `SHIFTS`
    second : of the shift at which it begins
    seconds : how long it lasts
    """

    kind: str
    worker: int
    shift: int
    second: float
    seconds: float


_AGES = ("Y15-24", "Y25-34", "Y25-34", "Y35-44", "Y35-44", "Y35-44", "Y45-54", "Y45-54", "Y45-54", "Y45-54")
WORKERS = tuple(
    Worker(
        person=f"A{n + 1:02d}",
        task="casting" if n < 6 else "fettling",
        age_group=(*_AGES, "Y55-64", "Y55-64")[n],
        sex="FM"[n % 3 > 0],
        resting=62 + n % 5,
        highest=188 - 2 * n,
    )
    for n in range(12)
)
_KINDS = {
    "fall": (4, 40.0),
    "stumble": (4, 1.5),
    "double_tap": (3, 1.4),
    "triple_tap": (4, 1.8),
    "quadruple_tap": (3, 2.3),
    "not_upright": (2, 50.0),
    "immobile": (2, 95.0),
}
"""How many of each kind are planted, and how long each lasts in seconds."""
STRETCH = (1, 0, 60 * 120, 60 * 130)
"""The ten minutes kept whole: worker, shift, first and last second."""
MARGIN = 15.0
"""Seconds kept before and after each planted event."""
_ACTIVITIES = ("walking", "standing", "carrying", "sitting")
_SHARES = {"casting": (0.30, 0.45, 0.15, 0.10), "fettling": (0.20, 0.60, 0.10, 0.10)}
FAULTS = {
    "A04": "heart rate stuck for 60 minutes of the first shift",
    "A09": "no environment for 200 minutes of the second shift",
}
EVACUATION = {"shift": 1, "second": 5_400, "silent": ("A05", "A11")}


def planted(seed: int = SEED) -> tuple[Planted, ...]:
    """The events, by worker, shift and moment; at least five minutes apart and away from the stretch that is kept.

    Parameters
    ----------
    seed : int

    Returns
    -------
    tuple of Planted
    """
    random = np.random.default_rng([seed, 1])
    kinds = [kind for kind, (n, _seconds) in _KINDS.items() for _event in range(n)]
    events = []
    for place, kind in enumerate(random.permutation(kinds)):
        worker, shift = place % len(WORKERS), place // len(WORKERS) % 2
        # a slot of its own in the second half of the shift: no two events of a person meet
        second = 60 * int(random.integers(SHIFTS[shift][1] // 2, SHIFTS[shift][1] - 5)) + 20.0
        events.append(Planted(str(kind), worker, shift, second, _KINDS[str(kind)][1]))
    return tuple(sorted(events, key=lambda event: (event.shift, event.worker, event.second)))


def activities(worker: int, shift: int, seed: int = SEED) -> np.ndarray:
    """What a worker does in each minute: "walking", "standing", "carrying" or "sitting", in runs of minutes.

    Parameters
    ----------
    worker, shift : positions
    seed : int

    Returns
    -------
    array of str
    """
    random = np.random.default_rng([seed, 2, worker, shift])
    minutes, runs = SHIFTS[shift][1], []
    while sum(length for _kind, length in runs) < minutes:
        kind = random.choice(_ACTIVITIES, p=_SHARES[WORKERS[worker].task])
        runs.append((kind, int(random.integers(3, 20))))
    return np.repeat([kind for kind, _length in runs], [length for _kind, length in runs])[:minutes]


def minutes(worker: int, shift: int, seed: int = SEED) -> pd.DataFrame:
    """Environment and heart of one worker and shift.

    Parameters
    ----------
    worker, shift : positions
    seed : int

    Returns
    -------
    DataFrame
        A row per minute: noise (dB(A)), peak (dB(C)), wet_bulb, globe (degrees C), carbon_monoxide (ppm), hand_arm
        (m/s2), heart_rate (beats per minute), steps. NaN where the truth says that nothing came.
    """
    random = np.random.default_rng([seed, 3, worker, shift])
    who, n = WORKERS[worker], SHIFTS[shift][1]
    doing = activities(worker, shift, seed)
    hour = np.arange(n) / 60
    works = np.isin(doing, ("walking", "standing", "carrying"))
    is_loud = works & (_slow(random, n, 30) > (0.4 if who.task == "casting" else -0.2))
    base = 76 if who.task == "casting" else 79
    noise = base + 10 * is_loud + random.normal(0, 1.5, n) - 8 * ~works
    globe = 27 + 6 * np.sin(np.pi * hour / hour[-1]) + 4 * (who.task == "casting") + _slow(random, n, 20)
    effort = np.select([doing == "carrying", doing == "walking", doing == "standing"], [0.42, 0.30, 0.20], 0.08)
    effort = np.convolve(np.pad(effort, 2, mode="edge"), np.ones(5) / 5, "valid")
    heart = who.resting + effort * (who.highest - who.resting) + random.normal(0, 3, n)
    frame = pd.DataFrame(
        {
            "noise": noise,
            "peak": noise + 22 + random.gamma(2.0, 2.5, n),
            "wet_bulb": 0.55 * globe + 3 + random.normal(0, 0.2, n),
            "globe": globe,
            "carbon_monoxide": np.exp(random.normal(1.2, 0.5, n)) * (1 + (who.task == "casting")),
            "hand_arm": np.where(is_loud & (who.task == "fettling"), random.gamma(16, 0.22, n), 0.0),
            "heart_rate": heart,
            "steps": random.poisson(np.where(np.isin(doing, ("walking", "carrying")), 105, 4)),
        }
    ).round({"carbon_monoxide": 2} | dict.fromkeys(("noise", "peak", "wet_bulb", "globe", "hand_arm"), 1))
    frame["heart_rate"] = frame["heart_rate"].round()
    return _with_faults(frame, who, shift)


def _with_faults(frame: pd.DataFrame, who: Worker, shift: int) -> pd.DataFrame:
    """What the truth says went wrong: `FAULTS`."""
    if who.person == "A04" and shift == 0:
        frame.loc[120:179, "heart_rate"] = frame.loc[120, "heart_rate"]
    if who.person == "A09" and shift == 1:
        frame.loc[150:349, ["noise", "peak", "wet_bulb", "globe", "carbon_monoxide", "hand_arm"]] = np.nan
    return frame


def movement(worker: int, shift: int, start: int, stop: int, seed: int = SEED) -> np.ndarray:
    """Samples of a stretch of one shift, the same whichever stretch they are cut from.

    Parameters
    ----------
    worker, shift : positions
    start, stop : seconds of the shift
    seed : int

    Returns
    -------
    array (RATE x seconds, 6), float32
        In the columns of `MOVEMENT`.
    """
    doing = activities(worker, shift, seed)
    # a minute more on either side: an event that began before reaches in
    first, last = max(start // 60 - 2, 0), min(-(-stop // 60), len(doing))
    whole = np.concatenate([_minute(worker, shift, minute, doing[minute], seed) for minute in range(first, last)])
    for event in planted(seed):
        if (event.worker, event.shift) == (worker, shift):
            _plant(whole, event, event.second - 60 * first, seed)
    return whole[(start - 60 * first) * RATE : (stop - 60 * first) * RATE]


def stretches(seed: int = SEED) -> list[tuple[int, int, int, int]]:
    """What is kept at full rate: worker, shift, first and last second; around each event, and ten minutes whole."""
    around = [
        (
            event.worker,
            event.shift,
            int(event.second - MARGIN),
            min(int(event.second + event.seconds + MARGIN), 60 * SHIFTS[event.shift][1]),
        )
        for event in planted(seed)
    ]
    return sorted([*around, STRETCH])


def truth(seed: int = SEED) -> dict:
    """What was planted, by whom, where and when; what is at fault; who did not answer the order to leave.

    Parameters
    ----------
    seed : int

    Returns
    -------
    dict
        Plain values for JSON.
    """
    random = np.random.default_rng([seed, 4])
    answers = {
        worker.person: round(float(4 + random.gamma(2, 12)), 1)
        for worker in WORKERS
        if worker.person not in EVACUATION["silent"]
    }
    return {
        "synthetic": True,
        "note": "Synthetic data: made up, nobody wore anything.",
        "seed": seed,
        "zone": ZONE,
        "team": TEAM,
        "sector": SECTOR,
        "workers": [vars(worker) for worker in WORKERS],
        "shifts": [{"start": start, "minutes": n} for start, n in SHIFTS],
        "events": [{**vars(event), "worker": WORKERS[event.worker].person} for event in planted(seed)],
        "faults": FAULTS,
        "evacuation": {**EVACUATION, "silent": list(EVACUATION["silent"]), "answered_after": answers},
    }


def _slow(random: np.random.Generator, n: int, width: int) -> np.ndarray:
    """Noise that changes over some minutes, of unit spread."""
    smooth = np.convolve(random.normal(size=n + width), np.ones(width) / np.sqrt(width), "valid")
    return smooth[:n]


def _minute(worker: int, shift: int, minute: int, doing: str, seed: int) -> np.ndarray:
    """One minute of ordinary movement, with a hard step now and then that is no fall."""
    random = np.random.default_rng([seed, 5, worker, shift, minute])
    n = 60 * RATE
    time = np.arange(n) / RATE
    out = np.empty((n, len(MOVEMENT)), np.float32)
    if doing in ("walking", "carrying"):
        weight = BODY + (150.0 if doing == "carrying" else 0.0)
        phase = (time * random.uniform(0.85, 0.98) + random.random()) % 1.0
        left, right = (np.sin(np.pi * np.clip(((phase + half) % 1.0) / 0.6, 0, 1)) for half in (0.0, 0.5))
        swing, strike = np.sin(2 * np.pi * phase), np.exp(-(((phase - 0.5) % 1.0) / 0.03))
        out[:, 0] = 0.35 * swing
        out[:, 1] = 0.1 * swing
        out[:, 2] = 1.0 + 0.9 * strike
        out[:, 3], out[:, 4] = 1.1 * weight * left, 1.1 * weight * right
        out[:, 5] = 1.0 + 0.25 * np.abs(swing)
    else:
        load = {"standing": 0.5, "sitting": 0.12}[doing]
        sway = np.sin(2 * np.pi * time * random.uniform(0.2, 0.4) + random.uniform(0, 6))
        out[:, :3] = (0.0, 0.0, 1.0)
        out[:, 0] += 0.06 * sway
        out[:, 3], out[:, 4] = BODY * load * (1 + 0.2 * sway), BODY * load * (1 - 0.2 * sway)
        out[:, 5] = 1.0
    out[:, [0, 1, 2, 5]] += random.normal(0, 0.03, (n, 4))
    out[:, 3:5] += random.normal(0, 6, (n, 2))
    if random.random() < 0.03:
        at = int(random.integers(RATE, n - RATE))
        out[at : at + 4, 2] += random.uniform(1.2, 2.4)
    np.maximum(out[:, 3:5], 0, out=out[:, 3:5])
    return out


def _plant(whole: np.ndarray, event: Planted, second: float, seed: int) -> None:
    """Write an event over the movement, in place."""
    start = round(second * RATE)
    stop = start + round(event.seconds * RATE)
    if start < 0 or stop > len(whole):
        return
    random = np.random.default_rng([seed, 6, event.worker, event.shift, round(event.second)])
    part = whole[start:stop]
    {"fall": _fall, "not_upright": _lie, "immobile": _rest, "stumble": _stumble}.get(event.kind, _taps)(
        part, random, event.kind
    )


def _lie(part: np.ndarray, random: np.random.Generator, _kind: str) -> None:
    """The foot on its side, nothing under it."""
    part[:, :3] = random.normal((0.95, 0.2, 0.1), 0.02, (len(part), 3))
    part[:, 3:5] = np.abs(random.normal(0, 4, (len(part), 2)))
    part[:, 5] = random.normal(1.0, 0.02, len(part))


def _fall(part: np.ndarray, random: np.random.Generator, kind: str) -> None:
    """Less than weight for a third of a second, an impact, then lying."""
    _lie(part, random, kind)
    part[:30, :3] = random.normal((0.1, 0.1, 0.2), 0.05, (30, 3))
    part[30:35, :3] = random.uniform(0.6, 1.2) * np.array([3.2, 1.6, 2.2])
    part[30:35, 5] = 3.0


def _rest(part: np.ndarray, random: np.random.Generator, _kind: str) -> None:
    """Upright, and nothing moves."""
    part[:, :3] = random.normal((0.0, 0.0, 1.0), 0.003, (len(part), 3))
    part[:, 3:5] = random.normal(BODY * 0.5, 1.0, (len(part), 2))
    part[:, 5] = random.normal(1.0, 0.003, len(part))


def _stumble(part: np.ndarray, random: np.random.Generator, _kind: str) -> None:
    """The toe is caught: a jolt along the foot, then the other foot comes down hard."""
    part[:, :3] = random.normal((0.0, 0.0, 1.0), 0.08, (len(part), 3))
    part[10:15, 0] = -random.uniform(2.4, 3.2)
    part[:, 3:5] = random.normal(0.5 * BODY, 10, (len(part), 2))
    part[40:60, 3] = random.uniform(1.5, 1.8) * BODY
    part[40:60, 4] = 0


def _taps(part: np.ndarray, random: np.random.Generator, kind: str) -> None:
    """The right foot, lifted, taps the left one two, three or four times."""
    times = {"double_tap": 2, "triple_tap": 3, "quadruple_tap": 4}[kind]
    part[:, :3] = random.normal((0.0, 0.0, 1.0), 0.03, (len(part), 3))
    part[:, 3] = random.normal(BODY, 8, len(part))
    part[:, 4] = np.abs(random.normal(0, 5, len(part)))
    part[:, 5] = random.normal(1.0, 0.02, len(part))
    for tap in range(times):
        at = 20 + round(tap * 0.45 * RATE) + int(random.integers(-3, 4))
        part[at : at + 4, 2] = random.uniform(2.0, 2.6)
        part[at : at + 4, 5] = random.uniform(1.8, 2.3)
