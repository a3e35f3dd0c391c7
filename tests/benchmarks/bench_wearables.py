"""Insole events over whole shifts at 100 Hz: ours against pandas' rolling windows on the same six channels.

Shifts are generated from the seed, written as Parquet, then read lazily and searched by processes of their own, one
after the other: time of the processor for each shift, time elapsed, peak memory. The target is 50 worker-shifts of 8
hours (144 million samples of 6 channels) in 60 s and 2 GB, ten times pandas, and the same cost for each shift of 5 as
of 500 (the files are searched again and again). On a machine that others use too, the least time of a shift says what
the work costs, the median what was met.
    python tests/benchmarks/bench_wearables.py [SHIFTS] [SHIFTS OF PANDAS]
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from peak_memory import PEAK

WRITE = """
import sys
from workbench.wearables.readers.team import whole_shift
place, folder = int(sys.argv[1]), sys.argv[2]
signal = whole_shift(f"A{place % 12 + 1:02d}", 0).signals["movement"]
signal.frame.collect().write_parquet(f"{folder}/{place}.parquet")
"""
OURS = """
import polars as pl
from workbench.wearables.insole_events import insole_events
from workbench.wearables.readers.team import MOVEMENT_CHANNELS
from workbench.wearables.signals import Signal
def search(path):
    return len(insole_events(Signal(channels=MOVEMENT_CHANNELS, frame=pl.scan_parquet(path)), "A"))
"""
# The same work with rolling windows: the eight features, posture and stillness at every sample, then the same rules.
PANDAS = """
import numpy as np
import pandas as pd
AXES, FEET = ["acc_x", "acc_y", "acc_z"], ["force_left", "force_right"]
def starts(flags):
    return flags.index[flags & ~flags.shift(fill_value=False)].to_series()
def groups(times, seconds):
    return times.groupby((times.diff() > pd.Timedelta(seconds=seconds)).cumsum())
def away(times, falls, seconds):
    return [at for at in times if all(abs((at - fall).total_seconds()) > seconds for fall in falls)]
def spans(flags, seconds):
    run = (flags != flags.shift()).cumsum()[flags]
    return [times.index[0] for _, times in run.groupby(run) if len(times) >= 100 * seconds]
def search(path):
    frame = pd.read_parquet(path).set_index("time")
    size = np.sqrt((frame[AXES] ** 2).sum(axis=1))
    one, two = size.rolling("1s"), size.rolling("2s")
    peak, lowest, work, rest = one.max(), one.min(), one.std(), two.std()
    jerk = size.diff(4).abs().rolling("1s").max()
    posture = frame[AXES].rolling("2s").mean()
    upright, spread = frame[AXES].rolling("1s").mean(), frame[AXES].rolling("1s").std()
    load = frame[FEET].sum(axis=1).rolling("1s").mean()
    # falls: the highest sample of three seconds, after less than weight, then another posture at rest
    places = np.flatnonzero((size >= 2.5) & (size == size.rolling("3s", center=True).max()))
    places = places[(places > 300) & (places < len(size) - 500)]
    before, after, end = (posture.to_numpy()[places + n] for n in (-100, 350, 500))
    before, after, end = (part / np.linalg.norm(part, axis=1)[:, None] for part in (before, after, end))
    turns = [np.degrees(np.arccos(np.clip((before * other).sum(axis=1), -1, 1))) for other in (after, end)]
    fell = (lowest.iloc[places] <= 0.6) & (np.maximum(*turns) >= 50) & (rest.iloc[places + 350] <= 0.25).to_numpy()
    falls = list(size.index[places[fell]])
    # three taps of the right foot on the left, jolts along the foot, lying, stillness
    hits = (frame["acc_z"].abs() >= 1.6) & (frame["shake_left"] >= 1.5) & (frame["force_right"] <= 80)
    taps = [times.iloc[0] for _, times in groups(starts(hits), 1.0) if len(times) == 3]
    jolts = groups(frame.index[frame["acc_x"].abs() >= 2.0].to_series(), 2.0).first()
    angle = np.degrees(np.arccos(np.clip(upright["acc_z"] / np.sqrt((upright ** 2).sum(axis=1)), -1, 1)))
    lying, still = spans((angle >= 60) & (load < 150), 10), spans((spread < 0.012).all(axis=1), 60)
    return len(falls) + len(taps) + len(away(jolts, falls, 5)) + len(away(lying, falls, 10)) + len(still)
"""
MEASURE = """
import sys, time
start, found = time.perf_counter(), 0
for path in sys.argv[1:]:
    before = time.process_time()
    found += search(path)
    print(time.process_time() - before)
print(time.perf_counter() - start, peak(), found)
"""
TARGET_SECONDS, TARGET_MEGABYTES, TARGET_TIMES = 60.0, 2_000, 10.0
TEAM, WHOLE = 12, 50
MANY = (5, 50, 500)


@dataclass(frozen=True)
class Measured:
    """Seconds of the processor for each shift; of all shifts seconds elapsed, peak megabytes and events found."""

    each: np.ndarray
    elapsed: float
    peak: float
    events: int

    def __str__(self) -> str:
        times = f"{np.median(self.each):.2f} s of the processor a shift (least {self.each.min():.2f})"
        return f"{times}, {self.elapsed:.1f} s elapsed, {self.peak:,.0f} MB, {self.events} events"


def measure(code: str, paths: list[Path]) -> Measured:
    """What a process of its own needs to search some shifts."""
    command = [sys.executable, "-c", PEAK + code + MEASURE, *map(str, paths)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    *each, whole = printed.splitlines()
    elapsed, peak, events = map(float, whole.split())
    return Measured(np.array(each, float), elapsed, peak, int(events))


def main(shifts: int, of_pandas: int) -> None:
    """Write the shifts, then search them both ways, and more and more of them."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{place}.parquet" for place in range(shifts)]
        for place in range(shifts):
            subprocess.run([sys.executable, "-c", WRITE, str(place), folder], check=True)

        ours, pandas = (measure(code, paths[:of_pandas]) for code in (OURS, PANDAS))
        print(f"{of_pandas} worker-shifts, 6 channels at 100 Hz\n  ours    {ours}\n  pandas  {pandas}")
        least, usual = pandas.each.min() / ours.each.min(), np.median(pandas.each) / np.median(ours.each)
        print(f"  {least:.1f} times pandas by the least time, {usual:.1f} by the median (target {TARGET_TIMES:.0f})")
        assert ours.events == pandas.events, "the two found different events"

        for n in MANY:
            found = measure(OURS, list(islice(cycle(paths), n)))
            print(f"{n:4d} worker-shifts: {found}")
            if n == WHOLE:
                met = found.elapsed <= TARGET_SECONDS and found.peak <= TARGET_MEGABYTES
                print(f"     {'within' if met else 'NOT within'} {TARGET_SECONDS:.0f} s and {TARGET_MEGABYTES:,} MB")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers or [TEAM, 4])[:2])
