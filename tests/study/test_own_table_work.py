"""How a table of one's own is read: each different entry judged once, rows at fault named by their line."""

import threading

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import own_frame
from workbench.cubes.own_frame import FIRST, REPEATS, different_rows
from workbench.sources.readers import own_text
from workbench.terms.codes import CodeList
from workbench.terms.entries import as_text
from workbench.terms.errors import ReadError

LINES = ["female;Calabria;Construction;2021;A", "male;Lombardia;Manufacturing;2022;B", "male;Lazio;F;2021;A"]
HEAD = "Sex;Region;Sector;Year;Department"


def written(folder, lines, head=HEAD, name="mine.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes("\n".join([head, *lines, ""]).encode(encoding))
    return path


def made(path, **options):
    return wb.table(path, **{"columns": {"Department": "department"}, "name": "mine", **options})


def test_each_different_entry_is_judged_once_however_many_rows_there_are(tmp_path, monkeypatch):
    judged, read, here = [], CodeList._read, threading.get_ident()

    def counted(known, text):
        if threading.get_ident() == here:  # pages of other tests may still be answered beside it
            judged.append(text)
        return read(known, text)

    monkeypatch.setattr(CodeList, "_read", counted)
    made(written(tmp_path, LINES))
    few = len(judged)
    many = made(written(tmp_path, LINES * 5_000))
    assert len(judged) - few == few
    assert many.report.rows_read == 15_000 and len(many.rows.frame) == 3
    assert wb.counts(many, by=["sex"]).frame.set_index("sex")["count"].to_dict() == {"F": 5_000, "M": 10_000}


def test_rows_at_fault_are_named_by_their_line_in_the_file(tmp_path):
    lines = [*LINES, "", "male;Atlantis;F;2021;A", "male;Lazio;F;soon;A", *LINES, "male;Atlantis;F;2021;B"]
    table = made(written(tmp_path, lines))
    assert (table.report.rows_read, table.report.rejected) == (9, 3)
    assert sorted((row, field) for row, field, _why in table.report.details) == [(6, "nuts"), (7, "year"), (11, "nuts")]
    said = str(table)
    assert "2 x nuts: 'Atlantis' is not a known NUTS 2021 code" in said and "row 7: year: no year" in said


def test_rows_of_a_frame_are_named_by_their_number():
    rows = pd.DataFrame({"nuts": ["ITF6", "XX99", "ITC4"], "accidents": [3, 4, -1], "year": 2021})
    assert [row for row, _field, _why in wb.table(rows).report.details] == [2, 3]


def test_rows_of_totals_are_named_too(tmp_path):
    table = wb.table(written(tmp_path, ["Calabria;2021;5", "Gesamt;;5"], "Bezirk;Jahr;Anzahl"), name="mine")
    assert [row for row, _field, _why in table.report.details] == [3]


@pytest.mark.parametrize(
    "lines", [['5" pipe;2021;x', '6" pipe;2021;y'], ['5";2021;x', '6";2021;y'], ['5" a;2021;6" b', "c;2021;d"]]
)
def test_inches_do_not_swallow_lines(tmp_path, lines):
    table = wb.table(written(tmp_path, [*lines, "z;2021;z"], "Ort;Jahr;Text"), columns={"Ort": "place"}, name="mine")
    assert table.report.rows_read == 3
    assert set(table.cube.codes("place")) == {lines[0].split(";")[0], lines[1].split(";")[0], "z"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_of_every_encoding_give_the_same(tmp_path, encoding):
    path = written(
        tmp_path, ["weiblich;2021;Büro", "männlich;2021;Lager"] * 2, "Geschlecht;Jahr;Ort", encoding=encoding
    )
    table = wb.table(path, columns={"Ort": "place"}, name="mine", sensitivity="aggregate")
    assert wb.counts(table, by=["sex"]).frame["count"].sum() == 4
    assert set(table.cube.codes("place")) == {"Büro", "Lager"}


def test_an_umlaut_of_windows_late_in_a_file_is_read_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(own_text, "PIECE", 64)
    path = written(tmp_path, ["Lager;2021"] * 2_000 + ["Büro;2021"], "Ort;Jahr", encoding="cp1252")
    table = wb.table(path, columns={"Ort": "place"}, name="mine")
    assert set(table.cube.codes("place")) == {"Büro", "Lager"} and table.report.rows_read == 2_001
    assert "Read as cp1252" in str(table)


@pytest.mark.parametrize("width", [1, 400])
def test_different_rows_are_those_of_a_group_by(width, monkeypatch):
    monkeypatch.setattr(own_frame, "MOST_COUNTED", 1_000)
    monkeypatch.setattr(own_frame, "MOST_COMBINED", 100_000)
    rng = np.random.default_rng(3)
    drawn = {name: as_text(pd.Series(rng.integers(0, 3 * width, 5_000)).astype(str)) for name in "abc"}
    rows = pd.DataFrame(drawn).assign(number=rng.integers(0, 2, 5_000)).set_axis(range(7, 5_007), axis=0)
    found = different_rows(rows)
    plain = rows.astype(str).assign(line=rows.index)
    expected = plain.groupby(["a", "b", "c", "number"], sort=False)["line"].agg(["size", "min"]).reset_index()
    assert found[[*"abc", "number"]].astype(str).values.tolist() == expected[[*"abc", "number"]].values.tolist()
    assert found[REPEATS].tolist() == expected["size"].tolist() and found[FIRST].tolist() == expected["min"].tolist()


def test_quoted_entries_short_and_long_lines_and_empty_ones_are_read_as_they_are_meant(tmp_path):
    lines = ['"A; and B";2021;"say ""so"""', "C;2021", "", " ; ; ", "D;2021;x;more", 'E 5" pipe;2021;y']
    table = wb.table(written(tmp_path, lines, "Ort;Jahr;Text"), columns={"Ort": "place", "Text": "text"}, name="mine")
    assert table.report.rows_read == 4
    assert set(table.cube.codes("place")) == {"A; and B", "C", "D", 'E 5" pipe'}
    assert 'say "so"' in table.cube.codes("text")


def test_a_quotation_mark_that_is_never_closed_is_answered(tmp_path):
    with pytest.raises(ReadError, match="perhaps a quotation mark is never closed"):
        made(written(tmp_path, ['"female;Calabria;F;2021;A', *LINES] * 600))
