"""The default cube on Spark and on DuckDB, side by side, from the same Parquet file of the synthetic twin.

Each in a process of its own that has counted a small file before, so that a session is open and Java has compiled what
it needs; seconds by the clock, and of the processor with those of Java. Cells are compared: records identical, the rest
to 1e-9. Spark on this machine unless an address is given; on one machine DuckDB is the faster by far, Spark is for rows
that no machine holds:
    python tests/benchmarks/bench_spark.py [RECORDS ...] [spark://HOST:7077]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from rows_of_twin import rows_of_twin

MEASURE = """
import os, sys, time
from pathlib import Path
from workbench.cubes import build
from workbench.engine.choice import chosen
from workbench.engine.rows import parquet_folder
small, large, out, name = sys.argv[1:]
def made(path):
    return build.from_rows("twin", parquet_folder(Path(path), chosen(name)))
def processor():
    java = 0.0
    if name != "duckdb":
        from pyspark import SparkContext
        parts = Path(f"/proc/{SparkContext._gateway.proc.pid}/stat").read_text().rpartition(")")[2].split()
        java = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + java
made(small)
wall, before = time.perf_counter(), processor()
cells = made(large).margins[0].frame
print(time.perf_counter() - wall, processor() - before, cells.height)
cells.write_parquet(out)
"""
SMALL = 10_000
AXES = ["nuts", "nace", "sex", "age_group", "year", "severity"]


def measure(engine: str, records: int, out: Path) -> list[float]:
    """Seconds, processor seconds and cells of a cube on an engine; its cells go to `out`."""
    command = [sys.executable, "-c", MEASURE, str(rows_of_twin(SMALL)), str(rows_of_twin(records)), str(out), engine]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [float(part) for part in ran.stdout.split()]


def check_same(first: Path, second: Path) -> None:
    """Records are identical, sums of weights and of their squares agree to 1e-9."""
    one, other = (pl.read_parquet(path).sort(AXES) for path in (first, second))
    assert one.select(*AXES, "records").equals(other.select(*AXES, "records"))
    for measure_name in ("accidents", "variance"):
        assert ((one[measure_name] - other[measure_name]).abs() <= 1e-9 * one[measure_name]).all(), measure_name


def main(sizes: list[int], address: str) -> None:
    print(f"| records | cells | DuckDB | Spark at {address} |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        on_duckdb, on_spark = Path(folder, "duckdb.parquet"), Path(folder, "spark.parquet")
        for records in sizes:
            wall, processor, cells = measure("duckdb", records, on_duckdb)
            spark_wall, spark_processor, _cells = measure(address, records, on_spark)
            check_same(on_duckdb, on_spark)
            print(
                f"| {records:,} | {cells:,.0f} | {wall:.1f} s ({processor:.1f} s of the processor) | "
                f"{spark_wall:.1f} s ({spark_processor:.1f} s) |",
                flush=True,
            )


if __name__ == "__main__":
    addresses = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(numbers or [1_000_000], addresses[0] if addresses else "local[2]")
