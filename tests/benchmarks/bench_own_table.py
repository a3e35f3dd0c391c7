"""A table of one's own from a CSV with labels, against DuckDB reading and grouping the same file as it stands.

Each in a process of its own, one after the other, the best of three. The file has words for the sexes, names of regions
and of sectors, years and departments; DuckDB ends with an Arrow table of the different rows and their numbers, the
workbench with a cube by code. Numbers of rows must agree. Wall-clock seconds and peak memory:
    python tests/benchmarks/bench_own_table.py [RECORDS ...]
"""

import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import polars as pl
from peak_memory import PEAK

from workbench.terms.codes import codelist

OURS = """
import workbench as wb
def made(path):
    cells = wb.table(path, columns={"Department": "department"}, name="mine").cube.margins[0].frame
    return cells.height, cells["records"].sum()
"""
TYPED = """
import duckdb
import pyarrow.compute as pc
duckdb.sql("set enable_progress_bar = false")
def made(path):
    columns = "Sex, Region, Sector, Year, Department"
    cells = duckdb.sql(f"select {columns}, count(*) as n from read_csv('{path}') group by all").to_arrow_table()
    return cells.num_rows, float(pc.sum(cells["n"]).as_py())
"""
MEASURE = """
import sys, time
made(sys.argv[2])
before = time.perf_counter()
found = made(sys.argv[1])
print(*found, time.perf_counter() - before, peak())
"""
TIMES = 3
SMALL = 10_000  # records that each has counted before, so that imports are made
MOST = 2.0  # times as long as DuckDB
MOST_MEMORY = 1_000  # megabytes


def file_with_labels(records: int) -> Path:
    """A CSV of as many invented records, written once."""
    path = Path(gettempdir()) / f"own_table_{records}.csv"
    if path.exists():
        return path
    rng, nuts, nace = np.random.default_rng(1), codelist("nuts"), codelist("nace")
    regions = [nuts.label(code) for code in nuts.at_level(2) if code[:2] in ("ES", "FR", "IT")]
    words = {
        "Sex": ["female", "male"],
        "Region": sorted(set(regions)),
        "Sector": [nace.label(code) for code in nace.at_level(1)],
        "Year": [str(year) for year in range(2014, 2024)],
        "Department": [f"Department {number}" for number in range(12)],
    }
    drawn = {name: pl.Series(labels).gather(rng.integers(0, len(labels), records)) for name, labels in words.items()}
    pl.DataFrame(drawn).write_csv(path)
    return path


def measure(way: str, records: int) -> list[float]:
    """Cells, records, seconds, megabytes of one run in a fresh process."""
    command = [sys.executable, "-c", way + PEAK + MEASURE, str(file_with_labels(records)), str(file_with_labels(SMALL))]
    return [float(part) for part in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def main(sizes: list[int]) -> None:
    print(f"{'records':>12} {'cells':>10} {'ours':>8} {'DuckDB':>8} {'ratio':>6} {'peaks':>15}")
    for records in sizes:
        runs = [(measure(OURS, records), measure(TYPED, records)) for _time in range(TIMES)]
        for ours, typed in runs:
            assert ours[:2] == typed[:2] and ours[1] == records, (ours, typed)
        ours, typed = (min(measured, key=lambda run: run[2]) for measured in zip(*runs, strict=True))
        ratio, peak = ours[2] / typed[2], max(run[0][3] for run in runs)
        kept = ratio <= MOST and peak <= MOST_MEMORY
        print(
            f"{records:>12,} {ours[0]:>10,.0f} {ours[2]:>6.2f} s {typed[2]:>6.2f} s {ratio:>6.2f} {peak:>5.0f} "
            f"{typed[3]:>5.0f} MB  {'kept' if kept else 'NOT kept'}",
            flush=True,
        )
    print(f"budget: at most {MOST:g} times as long as DuckDB, and {MOST_MEMORY:,} MB")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000_000, 5_000_000])
