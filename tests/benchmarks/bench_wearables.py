"""Insole events over whole shifts at 100 Hz: ours against pandas' rolling windows on the same six channels.

Shifts are generated, written as Parquet, then read and searched by processes of their own, one after the other: time of
the processor, elapsed time, peak memory. The target is 50 worker-shifts of 8 hours (144 million samples of 6 channels)
in 60 s and 2 GB, and ten times pandas.
    python tests/benchmarks/bench_wearables.py [SHIFTS] [SHIFTS OF PANDAS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

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
# The features that the rules read, at every sample: height of impacts and weight before them, direction of gravity
# before and after, rest, jolts, load and stillness of each second.
PANDAS = """
import numpy as np
import pandas as pd
AXES = ["acc_x", "acc_y", "acc_z"]
def search(path):
    frame = pd.read_parquet(path).set_index("time")
    size = np.sqrt((frame[AXES] ** 2).sum(axis=1))
    second, seconds = size.rolling("1s"), frame[AXES].rolling("2s")
    features = pd.concat(
        [second.max(), second.min(), second.std(), size.rolling("2s").std(), seconds.mean(),
         frame[AXES].rolling("1s").std(), frame[AXES].abs().rolling("1s").max(),
         frame["shake_left"].rolling("1s").max(), frame[["force_left", "force_right"]].rolling("1s").mean()], axis=1)
    return len(features)
"""
MEASURE = """
import sys, time
cpu, start = time.process_time(), time.perf_counter()
for path in sys.argv[1:]:
    search(path)
print(time.process_time() - cpu, time.perf_counter() - start, peak())
"""
TARGET_SECONDS, TARGET_MEGABYTES, TARGET_TIMES = 60.0, 2_000, 10.0
WHOLE = 50


def measure(code: str, paths: list[Path]) -> tuple[float, float, float]:
    """Seconds of the processor, elapsed, and peak megabytes of a process that searches some shifts."""
    command = [sys.executable, "-c", PEAK + code + MEASURE, *map(str, paths)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu, elapsed, peak = map(float, told.split())
    return cpu, elapsed, peak


def main(shifts: int, of_pandas: int) -> None:
    """Write the shifts, then search them both ways."""
    with tempfile.TemporaryDirectory() as folder:
        for place in range(shifts):
            subprocess.run([sys.executable, "-c", WRITE, str(place), folder], check=True)
        paths = [Path(folder) / f"{place}.parquet" for place in range(shifts)]
        cpu, elapsed, peak = measure(OURS, paths)
        one_cpu, _elapsed, _peak = measure(OURS, paths[:1])
        their_cpu, _elapsed, their_peak = measure(PANDAS, paths[:of_pandas])
    each, theirs = cpu / shifts, their_cpu / of_pandas
    print(f"{shifts} worker-shifts, 6 channels at 100 Hz")
    print(f"ours    {each:6.2f} s a shift (of one alone {one_cpu:.2f}), {elapsed:6.1f} s elapsed, {peak:,.0f} MB")
    print(f"pandas  {theirs:6.2f} s a shift, {their_peak:,.0f} MB")
    print(f"{theirs / each:.1f} times pandas (target {TARGET_TIMES:.0f})")
    print(f"{WHOLE} worker-shifts: {WHOLE * each:.0f} s of one core (target {TARGET_SECONDS:.0f} s elapsed)")
    print(f"memory {'within' if peak <= TARGET_MEGABYTES else 'ABOVE'} {TARGET_MEGABYTES:,} MB")


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(*(numbers or [WHOLE, 2])[:2])
