"""Findings stay as they were found, print whole figures, and say in words what cannot be written."""

import csv
import io
import os
import pickle
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.study import export
from workbench.study.tables import printed
from workbench.terms.errors import UnknownName, WorkbenchError

MEASURES = {
    "accidents": Measure("accidents", "accidents", "sum", "Accidents"),
    "employed": Measure("employed", "persons", "sum", "Employed"),
}


@pytest.fixture
def cube():
    rows = [
        ("ITC4", 2019, 12, 1_000),
        ("ITF6", 2019, 6, 2_000),
        ("ITC4", 2020, 120, 10_000),
        ("ITF6", 2020, 61, 20_000),
    ]
    cells = pd.DataFrame(rows, columns=["nuts", "year", "accidents", "employed"])
    return build.from_published(
        "table",
        cells.assign(flag="", margin="m"),
        {"m": {"dims": ["nuts", "year"], "measures": ["accidents", "employed"]}},
        MEASURES,
    )


@pytest.fixture
def found(cube):
    return wb.rates(cube, wb.Selection(years=(2020, 2020)), by=["nuts2"])


# --- frozen


@pytest.mark.filterwarnings("ignore::pandas.errors.ChainedAssignmentError")
def test_a_finding_stays_as_it_was_found(found):
    before = found.to_csv()
    mine = found.frame
    mine["value"] = 0.0
    mine.loc[0, "flag"] = "x"
    found.frame["value"] = 0.0
    found.frame.loc[:, "count"] = 0.0
    with pytest.raises(ValueError, match="read-only"):
        found.frame["value"].to_numpy()[0] = 0.0
    assert found.to_csv() == before


def test_who_made_a_finding_cannot_change_it_either(found):
    mine = found.frame
    other = replace(found, frame=mine)
    mine["value"] = 0.0
    pd.testing.assert_frame_equal(other.frame, found.frame)


def test_a_finding_can_be_sent_to_another_process(found):
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.frame, found.frame)


# --- styles


def test_one_year_is_a_column_of_its_own_in_eurostats_style(cube, found):
    table = found.table(style="eurostat")
    assert list(table.columns[:4]) == ["geo", "nuts2_label", "TIME_PERIOD", "OBS_VALUE"]
    assert set(table["TIME_PERIOD"]) == {2020}
    assert "TIME_PERIOD" in found.to_csv(style="eurostat").splitlines()[0]
    assert "year" not in found.table()
    divided = wb.rates(cube, by=["nuts2", "year"]).table(style="eurostat")
    assert list(divided["TIME_PERIOD"]) == [2019, 2020, 2019, 2020]
    assert "TIME_PERIOD" not in wb.rates(cube, by=["nuts2"]).table(style="eurostat")


@pytest.mark.parametrize("what", ["table", "to_csv"])
def test_a_style_that_is_none_is_answered(found, what):
    with pytest.raises(UnknownName, match="'foo' is not a known style of a table. There are: workbench, eurostat."):
        getattr(found, what)(style="foo")


# --- files


@pytest.mark.parametrize("what", ["to_csv", "to_zip"])
def test_a_place_that_cannot_be_written_to_is_answered_in_words(found, tmp_path, what):
    with pytest.raises(
        WorkbenchError, match="no/x.out cannot be written: No such file or directory. Name a file in a folder"
    ):
        getattr(found, what)(tmp_path / "no" / "x.out")
    with pytest.raises(WorkbenchError, match="cannot be written: Is a directory"):
        getattr(found, what)(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_written_is(found, tmp_path):
    assert found.to_csv(tmp_path / "x.csv") == (tmp_path / "x.csv").read_text()
    assert "table.csv" in zipfile.ZipFile(found.to_zip(tmp_path / "x.zip")).namelist()


# --- print


def test_a_printed_finding_has_whole_people_and_no_empty_column(found):
    lines = str(found).splitlines()
    assert lines[1].split() == ["nuts2", "nuts2_label", "value", "low", "high", "count", "exposure"]
    assert lines[2].split()[-2:] == ["120", "10,000"]
    assert lines[3].split()[-2:] == ["61", "20,000"]


def test_a_finding_of_many_rows_says_how_many_more_there_are(cube):
    found = wb.rates(cube, by=["nuts2", "year"])
    frame = found.frame
    assert "more row" not in str(found)
    assert "... and 1 more row\n" in str(replace(found, frame=pd.concat([frame, frame.head(2)], ignore_index=True)))
    assert "... and 4 more rows\n" in str(replace(found, frame=pd.concat([frame, frame, frame.head(1)])))


def test_figures_are_printed_as_people_read_them():
    table = pd.DataFrame(
        {
            "year": [2019, 2020, 2021],
            "value": [0.0471, 9.21, 2140.84],
            "count": [3.25, 1234.5, float("nan")],
            "whole": [1000.0, 2.0, float("nan")],
            "flag": ["", "p", ""],
            "state": ["", "", ""],
            "empty": [float("nan")] * 3,
        }
    )
    assert printed(table, ["year"]) == "\n".join(
        [
            "year   value count whole flag",
            "2019  0.0471  3.25 1,000",
            "2020    9.21 1,234     2 p",
            "2021 2,140.8     -     -",
        ]
    )
    assert printed(table.head(0), ["year"]) == ""


LONG = "Trentino-Alto Adige (Bolzano and Trento together)"


def test_long_names_are_cut():
    table = pd.DataFrame({"nuts2": ["ITH1+ITH2", "ITF6"], "nuts2_label": [LONG, "Calabria"], "value": [1.5, 2.5]})
    names = ["nuts2", "nuts2_label"]
    assert "Trentino-Alto Adige (Bolzano and Trento…   1.5" in printed(table, names)
    assert max(map(len, printed(table, names, width=40).splitlines())) <= 40
    assert LONG[:11] + "…" in printed(table, names, width=1)  # a name is never cut to nothing


@given(
    st.lists(st.tuples(st.text("abc d", max_size=60), st.text("abc d", max_size=60), st.floats(0, 1e6)), min_size=1),
    st.integers(60, 120),
)
def test_a_table_has_a_line_for_each_row_and_keeps_to_its_width(rows, width):
    table = pd.DataFrame(rows, columns=["a_label", "b_label", "value"])
    lines = printed(table, ["a_label", "b_label"], width=width).splitlines()
    assert len(lines) == len(table) + 1
    assert max(map(len, lines)) <= width


def test_the_csv_of_generated_figures_says_so_in_every_row(found):
    made = replace(found, synthetic=True)
    assert [row["data"] for row in csv.DictReader(io.StringIO(made.to_csv()))] == ["synthetic"] * len(found.frame)
    assert "data" not in next(csv.reader(io.StringIO(found.to_csv())))


def test_lines_of_a_csv_end_alike_on_every_system(found, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "linesep", "\r\n")
    found.to_csv(tmp_path / "x.csv")
    assert b"\r" not in (tmp_path / "x.csv").read_bytes()


@pytest.mark.parametrize("label", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://10.9.8.7")'])
def test_a_label_that_a_spreadsheet_would_run_is_written_as_text(label):
    table = pd.DataFrame({"nuts2_label": [label, "Calabria", "-5"], "value": [-1.5, 2.0, 3.0]})
    rows = list(csv.DictReader(io.StringIO(export.csv(table, synthetic=False))))
    assert [row["nuts2_label"] for row in rows] == [f"'{label}", "Calabria", "-5"]
    assert [float(row["value"]) for row in rows] == [-1.5, 2.0, 3.0]


@pytest.mark.parametrize("write", ["to_csv", "to_zip"])
def test_a_full_disk_leaves_the_old_file(found, write, tmp_path, monkeypatch):
    path = tmp_path / "x.out"
    path.write_bytes(b"before")

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WorkbenchError, match="No space left on device. The file that was there is unchanged"):
        getattr(found, write)(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.out"]
    assert path.read_bytes() == b"before"
