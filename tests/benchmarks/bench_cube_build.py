"""The default cube from rows in a Parquet file, against the same group-by typed into DuckDB by hand.

Each in a process of its own, one after the other, the best of three; both read the same file of the synthetic twin
(nuts nace sex age year severity weight), with the threads that DuckDB chooses. The typed query ends with an Arrow table
of cells, the workbench with a cube. Totals must agree. Wall-clock seconds, seconds of the processor, peak memory:
    python tests/benchmarks/bench_cube_build.py [RECORDS ...]
"""

import subprocess
import sys

from peak_memory import PEAK
from rows_of_twin import rows_of_twin

OURS = """
from pathlib import Path
from workbench.cubes import build
from workbench.engine.rows import parquet_folder
def made(path):
    cube = build.from_rows("twin", parquet_folder(Path(path)))
    cells = cube.margins[0].frame
    return cells.height, cells["accidents"].sum(), cells["records"].sum(), cells["variance"].sum()
"""
TYPED = """
import duckdb
import pyarrow.compute as pc
duckdb.sql("set enable_progress_bar = false")
SECTIONS = (
    "A01-03 B05-09 C10-33 D35-35 E36-39 F41-43 G45-47 H49-53 I55-56 J58-63 "
    "K64-66 L68-68 M69-75 N77-82 O84-84 P85-85 Q86-88 R90-93 S94-96"
)
CODES = ", ".join(f"('{s[0]}', '{n:02}')" for s in SECTIONS.split() for n in range(int(s[1:3]), int(s[4:]) + 1))
def made(path):
    cells = duckdb.sql(f'''
        select nuts[1:4] as nuts2, section, sex,
            case when age < 15 then 'Y_LT15' when age < 25 then 'Y15-24' when age < 35 then 'Y25-34'
                 when age < 45 then 'Y35-44' when age < 55 then 'Y45-54' when age < 65 then 'Y55-64'
                 when age >= 65 then 'Y_GE65' else 'UNK' end as age_group,
            year, severity, sum(weight) as accidents, count(*) as records,
            sum(weight::double * weight::double) as variance
        from '{path}' join (values {CODES}) as sections(section, division) on nace = division
        group by all''').to_arrow_table()
    return cells.num_rows, *(float(pc.sum(cells[name]).as_py()) for name in ("accidents", "records", "variance"))
"""
MEASURE = """
import sys, time
made(sys.argv[2])
wall, processor = time.perf_counter(), time.process_time()
found = made(sys.argv[1])
memory = peak()
print(*found, time.perf_counter() - wall, time.process_time() - processor, memory)
"""
TIMES = 3
SMALL = 10_000  # records that each has counted before, so that imports are made
MOST = 1.2  # times as long as the typed query


def measure(way: str, records: int) -> list[float]:
    """Cells, accidents, records, variance; then seconds, processor seconds, megabytes of one run in a fresh process."""
    command = [sys.executable, "-c", way + PEAK + MEASURE, str(rows_of_twin(records)), str(rows_of_twin(SMALL))]
    return [float(part) for part in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def main(sizes: list[int]) -> None:
    print(f"{'records':>12} {'cells':>10} {'ours':>17} {'typed':>17} {'ratio':>6} {'peaks':>15}")
    for records in sizes:
        runs = [(measure(OURS, records), measure(TYPED, records)) for _time in range(TIMES)]
        for ours, typed in runs:
            assert all(abs(a - b) <= 1e-9 * b for a, b in zip(ours[:4], typed[:4], strict=True)), (ours, typed)
        ours, typed = (min(its, key=lambda run: run[4]) for its in zip(*runs, strict=True))
        ratio = ours[4] / typed[4]
        print(
            f"{records:>12,} {ours[0]:>10,.0f} {ours[4]:>6.2f} s ({ours[5]:.2f} s) {typed[4]:>6.2f} s "
            f"({typed[5]:.2f} s) "
            f"{ratio:>6.2f} {ours[6]:>5.0f} {typed[6]:>5.0f} MB  {'kept' if ratio <= MOST else 'NOT kept'}",
            flush=True,
        )
    print(f"in brackets the processor's time; budget: at most {MOST} times as long as the typed query")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000_000, 5_000_000])
