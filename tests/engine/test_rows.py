"""Parquet folders on DuckDB: larger than its memory, spilled where nobody works, and said in words where it fails."""

import os
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.engine.rows import answering, parquet_folder
from workbench.terms.errors import NotAvailable, ReadError

ROWS, FILES = 1_000_000, 4


@pytest.fixture(scope="module")
def large_folder(tmp_path_factory) -> Path:
    """A folder of Parquet files of some 40 MB: one file, under four names in two folders."""
    folder = tmp_path_factory.mktemp("large")
    duckdb.sql(f"""
        copy (
            select 'ITF6' || (1 + i % 5) as nuts, lpad((1 + i % 80)::text, 2, '0') as nace, year,
                (15 + (i * 7919) % 50)::int as age, if(i % 3 = 0, 'F', 'M') as sex, 'NFAT' as severity,
                1 + ((i * 7919) % 999983) / 1000000 as weight
            from (select i, 2010 + i % 10 as year from range({ROWS}) as numbers(i))
        ) to '{folder}/part-0.parquet' (format parquet, compression uncompressed)""")
    (folder / "more").mkdir()
    for number in range(1, FILES):
        os.link(folder / "part-0.parquet", folder / "more" / f"part-{number}.parquet")
    return folder


def test_a_folder_that_is_larger_than_the_memory_streams_through_it(large_folder, monkeypatch):
    size = sum(file.stat().st_size for file in large_folder.rglob("*.parquet"))
    monkeypatch.setenv("WORKBENCH_MEMORY", "30MB")
    assert size > 35e6

    cube = build.from_rows("large", parquet_folder(large_folder))
    by_sex = cube.ask("records", by=["sex"]).frame.set_index("sex")["records"]
    assert by_sex.to_dict() == {"F": FILES * (ROWS + 2) // 3, "M": FILES * ROWS - FILES * (ROWS + 2) // 3}


def test_too_little_memory_is_said_with_the_line_that_gives_more(large_folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "5MB")
    with pytest.raises(NotAvailable, match=r"DuckDB needs more memory.* than it has \(5MB\).*WORKBENCH_MEMORY=8GB"):
        build.from_rows("large", parquet_folder(large_folder))


def test_what_does_not_fit_goes_to_the_machines_folder_for_temporary_files_not_to_ours(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"year": [2020]}).to_parquet("rows.parquet")
    first, second = (parquet_folder(Path("rows.parquet")) for _time in range(2))
    places = [
        table.get_backend().raw_sql("select current_setting('temp_directory')").fetchone()[0]
        for table in (first, second)
    ]
    assert len(set(places)) == 2
    assert not any(Path(place).is_relative_to(tmp_path) for place in places)


def test_a_cube_is_made_of_a_path_as_of_the_rows_in_memory(tmp_path):
    rows = pd.DataFrame({"nuts": ["ITF61", "ITF62", "FRK2"], "sex": ["M", "F", "M"], "year": [2019, 2020, 2020]})
    rows.head(1).to_parquet(tmp_path / "a.parquet")
    (tmp_path / "b").mkdir()
    rows.tail(2).to_parquet(tmp_path / "b" / "b.parquet")
    by_path, in_memory = wb.cube(tmp_path), wb.cube(rows)
    for by in (["nuts2"], ["sex", "year"]):
        pd.testing.assert_frame_equal(by_path.ask("accidents", by=by).frame, in_memory.ask("accidents", by=by).frame)


@pytest.mark.parametrize("place", ["", "nowhere", "nowhere.parquet"])
def test_a_place_without_parquet_files_is_said(place, tmp_path):
    with pytest.raises(ReadError, match=r"neither a Parquet file nor a folder of them.*wb.table"):
        wb.cube(tmp_path / place)


def test_a_file_that_is_no_parquet_is_said(tmp_path):
    (tmp_path / "rows.parquet").write_text("sex,year\nM,2020\n")
    with pytest.raises(wb.WorkbenchError, match="rows.parquet cannot be read as Parquet"):
        wb.cube(tmp_path / "rows.parquet")


def test_files_that_go_away_while_they_are_counted_are_said(tmp_path):
    pd.DataFrame({"sex": ["M"], "year": [2020]}).to_parquet(tmp_path / "rows.parquet")
    table = parquet_folder(tmp_path)
    (tmp_path / "rows.parquet").unlink()
    with pytest.raises(NotAvailable, match="could not read the Parquet files to their end"), answering(table):
        table.count().execute()
