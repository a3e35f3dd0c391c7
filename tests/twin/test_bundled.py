"""The synthetic twin that travels with the workbench, and its reader."""

import json
import runpy
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from packaging.version import Version

from workbench.sources.readers.synthetic import read_cube
from workbench.terms.errors import ReadError
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.twin import bundled as travelling
from workbench.twin.margins import PUBLISHED

DATA = bundled("catalogs") / "data"
TABLES = (travelling.ACCIDENTS, travelling.EMPLOYED, *travelling.FURTHER_MARGINS)


def read(*names):
    report = Report()
    return pd.concat(read_cube([DATA / name for name in names], report), ignore_index=True), report


SAME_DRAWS = Version(np.__version__) < Version("2.5")
"""The bundled twin was drawn with NumPy 2.4; from 2.5 on the same seed gives other multinomial draws."""


def test_the_bundled_files_are_what_the_command_makes(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["twin", str(tmp_path)])
    runpy.run_module("workbench.twin", run_name="__main__")
    told = capsys.readouterr().out
    for name in TABLES:
        assert name in told
        made, bundled = (pq.read_table(folder / name) for folder in (tmp_path, DATA))
        if SAME_DRAWS or name != travelling.ACCIDENTS:
            assert made.equals(bundled), name
        else:
            assert pc.sum(made["records"]) == pc.sum(bundled["records"])
    assert (tmp_path / travelling.TRUTH).read_text() == (DATA / travelling.TRUTH).read_text()


def test_the_bundled_files_are_small_and_say_that_they_are_synthetic():
    for name in TABLES:
        assert (DATA / name).stat().st_size < 2_900_000
        assert pq.ParquetFile(DATA / name).metadata.metadata[b"synthetic"] == b"true"
    assert json.loads((DATA / travelling.TRUTH).read_text())["twin"]["scale"] == pytest.approx(1, abs=1e-6)


def test_other_engines_read_the_bundled_cube_as_the_reader_does():
    totals = read(travelling.ACCIDENTS)[0][["accidents", "records"]].sum().tolist()
    path = DATA / travelling.ACCIDENTS
    assert list(duckdb.sql(f"select sum(accidents), sum(records) from '{path}'").fetchall()[0]) == totals
    assert list(pl.read_parquet(path).select(pl.col("accidents", "records").cast(pl.Int64).sum()).row(0)) == totals


def test_the_reader_gives_the_cells_in_the_common_columns():
    cells, report = read(travelling.ACCIDENTS)
    assert str(report).endswith("rows read, 0 rejected")
    assert report.rows_read == len(cells)
    assert [str(t) for t in cells.dtypes] == ["str"] * 4 + ["int64", "str", "int64", "int64", "str", "float64"]
    assert list(cells) == [
        "nuts",
        "nace",
        "sex",
        "age_group",
        "year",
        "severity",
        "accidents",
        "records",
        "flag",
        "variance",
    ]
    assert set(cells["severity"]) == {"D_GE4", "FAT"} and set(cells["flag"]) == {"", "b", "p"}
    assert not cells.duplicated(["nuts", "nace", "sex", "age_group", "year", "severity"]).any()


@pytest.mark.parametrize(("name", "axis"), [*zip(travelling.FURTHER_MARGINS, ("size", "isco"), strict=True)])
def test_the_reader_gives_the_further_margins_of_the_exposure_in_the_common_columns(name, axis):
    cells, report = read(name)
    assert report.rows_read == len(cells) and not report.rejected
    assert list(cells) == ["nuts", "nace", axis, "year", "employed"]
    assert not cells.duplicated(["nuts", "nace", axis, "year"]).any()


def test_variance_is_the_sum_of_the_squared_weights():
    cells, _report = read(travelling.ACCIDENTS)
    danish = cells[cells["nuts"].str.startswith("DK") & (cells["severity"] == "D_GE4")]
    assert (danish["accidents"] == 2 * danish["records"]).all() and (danish["variance"] == 4 * danish["records"]).all()
    french = cells[cells["nuts"].str.startswith("FR")]
    assert (french["variance"] == french["accidents"]).all()


def test_the_bundled_totals_are_those_of_the_european_union():
    cells, _report = read(travelling.ACCIDENTS)
    workers, _report = read(travelling.EMPLOYED)
    of_2018 = cells[cells["year"] == 2018]
    totals = of_2018.groupby("severity")["accidents"].sum()
    assert totals["D_GE4"] == pytest.approx(PUBLISHED["non_fatal_accidents"].value, rel=0.005)
    assert totals["FAT"] == pytest.approx(PUBLISHED["fatal_accidents"].value, rel=0.07)
    building = of_2018[(of_2018["nace"] == "F") & (of_2018["severity"] == "D_GE4")]["accidents"].sum()
    at_work = workers[(workers["year"] == 2018) & (workers["nace"] == "F")]["employed"].sum()
    assert 100_000 * building / at_work == pytest.approx(3_319, rel=0.01)


def test_every_accident_of_the_bundled_cube_has_its_exposure():
    keys = ["nuts", "nace", "sex", "age_group", "year"]
    joined = read(travelling.ACCIDENTS)[0].merge(read(travelling.EMPLOYED)[0], on=keys, how="left")
    assert joined["employed"].notna().all()
    assert (joined["accidents"] < joined["employed"]).all()


def small_cube(path, **changes):
    cells = pd.DataFrame(
        {
            "nuts2": ["AT11", "AT12"],
            "nace1": ["F", "C"],
            "sex": ["M", "F"],
            "age_group": ["Y15-24", "Y_GE65"],
            "year": [2018, 2019],
        }
        | {"severity": ["D_GE4", "FAT"], "accidents": [6, 1], "records": [3, 1], "flag": ["", "p"]}
        | changes
    )
    cells.to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("nuts2", ["AT11", "QQ99"], "nuts2: not a code of its list: QQ99"),
        ("nace1", ["F", None], "nace1: not a code of its list"),
        ("sex", ["M", "T"], "sex: not a code of its list: T"),
        ("age_group", ["Y15-24", "old"], "age_group: not a code of its list: old"),
        ("severity", ["D_GE4", "TOTAL"], "severity: not a code of its list: TOTAL"),
        ("accidents", [6, -1], "accidents: not a number that can stand here: -1"),
        ("records", [3, 0], "records: not a number that can stand here: 0"),
        ("records", [3.0, None], "records: not a number that can stand here: nan"),
    ],
)
def test_a_bad_cell_is_rejected_with_its_row_and_the_others_come_out(tmp_path, column, values, reason):
    report = Report()
    (cells,) = read_cube([small_cube(tmp_path / "cube.parquet", **{column: values})], report)
    assert len(cells) == 1 and cells["nuts"][0] == "AT11" and cells["accidents"].dtype == "int64"
    assert (report.rows_read, report.rejected) == (2, 1)
    assert report.details[0][0] == 2
    assert reason in str(report)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty.parquet cannot be read as Parquet .* Make it again: python -m workbench.twin"),
        (b"<html>503</html>", "cannot be read as Parquet"),
        (None, r"has the columns nuts2; a cube of the synthetic twin has nuts2, nace1, .*, or .*employed"),
    ],
)
def test_what_is_no_cube_is_an_error_that_says_what_to_do(tmp_path, content, said):
    path = tmp_path / "empty.parquet"
    if content is None:
        pd.DataFrame({"nuts2": ["AT11"]}).to_parquet(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ReadError, match=said):
        list(read_cube([path], Report()))


def test_a_missing_file_is_a_read_error(tmp_path):
    with pytest.raises(ReadError, match="gone.parquet cannot be read"):
        list(read_cube([tmp_path / "gone.parquet"], Report()))
