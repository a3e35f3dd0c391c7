"""Five linked aggregates after every change of a filter: the cube against pandas, Polars and DuckDB on its rows.

What the explorer's views ask: regions, years, sectors, sex by age, all together; accidents with records and squared
weights, each view free in its own dimension. A reader changes one restriction at a time, forty times, on a cube that
was just made and never asks the same twice. Each time is the best of seven passes, each pass on a fresh cube; pandas
has the codes of the cube's levels as categories, makes its masks once per change, and answers after every fourth
change, the best of three times. Polars and DuckDB have the same rows in memory and answer the same. Answers must
agree. Mosaic is not among them: what it saves lies between its server and a browser, and it gives no figures to Python.
Milliseconds of the wall clock; the first look, at everything, is stated apart as `opening`:
    python tests/benchmarks/bench_linked_aggregates.py [RECORDS ...]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from peers import mosaic, with_duckdb, with_mosaic, with_polars
from rows_of_twin import rows_of_twin

from workbench.cubes import build
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.engine.rows import parquet_folder
from workbench.terms.ages import age_limits
from workbench.terms.codes import codelist

VIEWS = {"regions": ("nuts2",), "years": ("year",), "sectors": ("nace1",), "people": ("sex", "age_group"), "all": ()}
FREE = {"regions": ("regions",), "years": ("years",), "sectors": ("sectors",), "people": ("sexes", "ages"), "all": ()}
FIGURES = ["accidents", "records", "variance"]
CHANGES, PASSES, EACH = 40, 7, 4
MEDIAN, WORST, TIMES = 10, 30, 20  # milliseconds, milliseconds, times as fast as pandas
DEFAULT = 30_000_000  # records of the default cube; of fewer pandas has less to read
BANDS = [band for band in build.AGE_GROUPS if band != "Y_LT15"]
YEARS = range(2010, 2024)


def changes(seed: int = 1) -> list[Selection]:
    """Selections that a reader comes by, each with one restriction other than the one before, none of them twice."""
    random = np.random.default_rng(seed)
    countries = sorted(
        {code[:2] for code in codelist("nuts").at_level(2) if code[:2] in {"DE", "ES", "FR", "IT", "PL"}}
    )
    regions = ["ITF6", "ES61", "FRK2", "DEA1", "PL91", *countries]
    sectors = ["A", "C", "F", "G", "H", "Q"]

    def span(ends: list) -> tuple:
        first, last = sorted(random.integers(len(ends), size=2))
        return ends[first], ends[last]

    def spread(bands: list) -> tuple:
        first, last = span(bands)
        return age_limits(first)[0], age_limits(last)[1]

    draw = {
        "regions": lambda: random.choice(regions, random.integers(1, 3), replace=False),
        "sectors": lambda: random.choice(sectors, random.integers(1, 4), replace=False),
        "sexes": lambda: [random.choice(["M", "F"])],
        "ages": lambda: spread(BANDS),
        "years": lambda: span(list(YEARS)),
        "severities": lambda: [random.choice(["FAT", "NFAT", "D_GE4", "D7-13"])],
    }
    found, now = [], Selection()
    while len(found) < CHANGES:
        field = random.choice(list(draw))
        empty = getattr(Selection(), field)
        changed = now.but(**{field: empty if getattr(now, field) and random.random() < 0.4 else draw[field]()})
        if changed != now and changed not in found:
            found.append(now := changed)
    return found


def for_view(view: str, asked: Selection) -> Selection:
    """The selection as a view asks it: free in its own dimensions."""
    return asked.but(**{field: getattr(Selection(), field) for field in FREE[view]})


def ours(cube: Cube, asked: Selection) -> dict[str, pd.DataFrame]:
    return {view: cube.ask("accidents", for_view(view, asked), by).frame for view, by in VIEWS.items()}


def restrictions(rows: pd.DataFrame, asked: Selection) -> dict[str, list]:
    """The codes of each column that a selection leaves."""
    restricted, found = asked.restricted(), {}
    for column, axis in (("nuts2", "nuts"), ("nace1", "nace"), ("sex", "sex"), ("severity", "severity")):
        if axis in restricted:
            inside = frozenset().union(*(codelist(axis).members(code) for code in restricted[axis]))
            there = rows[column].cat.categories
            found[column] = [code for code in there if codelist(axis).members(code) <= inside]
    if asked.ages:
        there = rows["age_group"].cat.categories
        first, last = asked.ages
        found["age_group"] = [band for band in there if first <= age_limits(band)[0] and age_limits(band)[1] <= last]
    if asked.years:
        found["year"] = [*range(asked.years[0], asked.years[1] + 1)]
    return found


def theirs(rows: pd.DataFrame, asked: Selection) -> dict[str, pd.DataFrame]:
    """The same from the rows, as somebody fluent in pandas writes it."""
    masks = {column: rows[column].isin(codes) for column, codes in restrictions(rows, asked).items()}
    found = {}
    for view, by in VIEWS.items():
        wanted = [mask for column, mask in masks.items() if column not in by]
        chosen = rows[np.logical_and.reduce(wanted)] if wanted else rows
        groups = chosen.groupby(list(by), observed=True)[FIGURES] if by else chosen[FIGURES]
        found[view] = groups.sum().reset_index() if by else groups.sum().to_frame().T
    return found


def rows_by_level(records: int) -> pl.DataFrame:
    """The rows with the codes of the cube's levels, as categories."""
    band_of = {age: band for band in BANDS for age in range(age_limits(band)[0], age_limits(band)[1] + 1)}
    codes = ("nuts2", "nace1", "sex", "age_group", "severity")
    weight = pl.col("weight").cast(pl.Float64)
    rows = pl.read_parquet(rows_of_twin(records)).select(
        pl.col("nuts").str.slice(0, 4).alias("nuts2"),
        pl.col("nace").replace_strict(codelist("nace").parents).alias("nace1"),
        "sex",
        pl.col("age").replace_strict(band_of).alias("age_group"),
        pl.col("year").cast(pl.Int16),
        "severity",
        weight.alias("accidents"),
        pl.lit(1.0).alias("records"),
        (weight**2).alias("variance"),
    )
    return rows.with_columns(pl.col(codes).cast(pl.Categorical))


def agree(cube: dict[str, pd.DataFrame], rows: dict[str, pd.DataFrame]) -> None:
    """Both ways give the same groups with the same figures."""
    for view, by in VIEWS.items():
        keyed = [
            frame[FIGURES].set_axis([" ".join(map(str, key)) for key in frame[list(by)].itertuples(index=False)])
            for frame in (cube[view], rows[view])
        ]
        pd.testing.assert_frame_equal(*(frame.sort_index() for frame in keyed), rtol=1e-9)


def best(function, times: int = 3) -> tuple[object, float]:
    """What `function` gives, and the milliseconds of its quickest run."""
    taken = []
    for _time in range(times):
        start = time.perf_counter()
        found = function()
        taken.append(1000 * (time.perf_counter() - start))
    return found, min(taken)


def timed_peer(answer: Callable, asked: list[Selection], answers: list[dict]) -> list[float]:
    """Milliseconds of a peer after every fourth change, whose answers must be ours."""
    taken = []
    for number in range(0, CHANGES, EACH):
        found, milliseconds = best(lambda number=number: answer(asked[number]))
        agree(answers[number], found)
        taken.append(milliseconds)
    return taken


def measure(records: int) -> None:
    """Print one size, and whether it is within the budgets."""
    asked = changes()
    cube = build.from_rows("twin", parquet_folder(rows_of_twin(records)))
    passes, opened, answers = [], [], []
    for _pass in range(PASSES):
        fresh = replace(cube, margins=tuple(replace(margin) for margin in cube.margins))
        opened.append(best(lambda fresh=fresh: ours(fresh, Selection()), 1)[1])
        timed = [best(lambda fresh=fresh, one=one: ours(fresh, one), 1) for one in asked]
        passes.append([taken for _found, taken in timed])
        answers = [found for found, _taken in timed]
    mine = np.min(passes, axis=0)
    accident_rows = rows_by_level(records)
    rows, connection = accident_rows.to_pandas(), duckdb.connect()
    connection.execute("create table rows as select * from accident_rows")
    ways = {
        "pandas": lambda one: theirs(rows, one),
        "Polars": lambda one: with_polars(accident_rows, restrictions(rows, one), VIEWS),
        "DuckDB": lambda one: with_duckdb(connection, restrictions(rows, one), VIEWS),
    }
    peers = {way: timed_peer(answer, asked, answers) for way, answer in ways.items()}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        accident_rows.write_parquet(file)
        with mosaic(file) as address:
            way = lambda one: with_mosaic(address, restrictions(rows, one), VIEWS)  # noqa: E731
            peers["Mosaic"] = timed_peer(way, asked, answers) if address else [np.nan]
    other = peers["pandas"]
    beside = " ".join(f"{np.median(taken):>7.0f}" for taken in peers.values())
    median, worst, times = np.median(mine), mine.max(), np.median(np.array(other) / mine[::EACH])
    kept = median <= MEDIAN and worst <= WORST and (times >= TIMES or records < DEFAULT)
    print(
        f"{records:>12,} {cube.margins[0].frame.height:>10,} {min(opened):>8.0f} {median:>7.1f} {worst:>6.1f} "
        f"{beside} {times:>6.0f}  {'kept' if kept else 'NOT kept'}",
        flush=True,
    )


def main(sizes: list[int]) -> None:
    print(
        f"{'records':>12} {'cells':>10} {'opening':>8} {'median':>7} {'worst':>6} {'pandas':>7} {'Polars':>7} "
        f"{'DuckDB':>7} {'Mosaic':>7} {'times':>6}"
    )
    for records in sizes:
        measure(records)
    print(
        f"milliseconds; budget: median {MEDIAN}, worst {WORST}; from {DEFAULT:,} records {TIMES} times as fast as "
        f"pandas"
    )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [1_000_000, 5_000_000])
