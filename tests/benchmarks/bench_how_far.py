"""How far one machine goes: the default cube of 1 million to 1 billion records, with DuckDB held to 4 GB of memory.

Records lie in a folder of Parquet files of ten million each. The first is the synthetic twin; every further one has its
places, sectors, sexes and years with the ages, severities and weights of other records, so that cells become more, as
they do in a register. Each size is counted twice, each time in a process of its own that has counted a small file
before: *stored*, as records of the store are, and *judged*, as `wb.cube(Path(...))` does, which first reads every
column for what cannot be counted. That all records were counted is checked. Folders are removed again unless `--keep`:
    nice -n 19 python tests/benchmarks/bench_how_far.py [--keep] [RECORDS ...]
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
from peak_memory import PEAK
from rows_of_twin import FOLDER, rows_of_twin

CHUNK = 10_000_000
SMALL = 10_000  # records that each process has counted before, so that imports are made
SHIFT = 7_919  # records between a place and the age that goes with it, times the number of the file
MEMORY = "4GB"
STORED = """
from workbench.cubes import build
from workbench.engine.rows import parquet_folder
def made(path):
    return build.from_rows("twin", parquet_folder(path))
"""
JUDGED = """
import workbench as wb
def made(path):
    return wb.cube(path)
"""
MEASURE = """
import sys, time
from pathlib import Path
made(Path(sys.argv[2]))
wall, processor = time.perf_counter(), time.process_time()
cells = made(Path(sys.argv[1])).margins[0].frame
took = time.perf_counter() - wall, time.process_time() - processor
print(cells.height, int(cells["records"].sum()), *took, peak() / 1024)
"""
MOST_JUDGED = 100_000_000  # records that are judged too, which reads each column several times


def folder_of(records: int) -> Path:
    """A folder of Parquet files with so many records: made once, file by file."""
    if records <= CHUNK:
        return rows_of_twin(records)
    folder, base = FOLDER / f"far-{records}", rows_of_twin(CHUNK)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(records // CHUNK):
        path = folder / f"part-{number:03}.parquet"
        if path.exists():
            continue
        fresh, shift = path.with_suffix(".fresh"), number * SHIFT
        duckdb.sql(f"""
            copy (
                select place.*, person.* from (select nuts, nace, sex, year from '{base}') as place
                positional join (
                    select age, severity, weight from (from '{base}' offset {shift})
                    union all select age, severity, weight from (from '{base}' limit {shift})
                ) as person
            ) to '{fresh}' (format parquet, compression zstd)""")
        os.replace(fresh, path)
    return folder


def gigabytes(path: Path) -> float:
    """The size of a file, or of all files in a folder."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1024**3


def measure(way: str, folder: Path) -> list[float]:
    """Cells, records, seconds, processor seconds and gigabytes of one cube, built in a fresh process."""
    command = [sys.executable, "-c", PEAK + way + MEASURE, str(folder), str(rows_of_twin(SMALL))]
    environment = os.environ | {"WORKBENCH_MEMORY": MEMORY}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [float(part) for part in ran.stdout.split()]


def main(sizes: list[int], keep: bool) -> None:
    print("| records | on disk | way | by the clock | of the processor | peak memory | cells |")
    print("|---|---|---|---|---|---|---|")
    for records in sizes:
        folder = folder_of(records)
        for name, way in {"stored": STORED, "judged": JUDGED}.items():
            if name == "judged" and records > MOST_JUDGED:
                continue
            cells, counted, wall, processor, memory = measure(way, folder)
            assert counted == records, (counted, records)
            print(
                f"| {records:,} | {1024 * gigabytes(folder):,.0f} MB | {name} | {wall:.1f} s | {processor:.1f} s | "
                f"{memory:.2f} GB | {cells:,.0f} |",
                flush=True,
            )
        if folder.is_dir() and not keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "--keep"]
    main(numbers or [1_000_000, 10_000_000, 30_000_000, 100_000_000], "--keep" in sys.argv)
