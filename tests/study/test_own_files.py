"""Files of one's own of other kinds: folders, SPSS and Stata; and what a sheet may have wrong."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import workbench as wb
from workbench.terms.errors import ReadError, Refused

ROWS = pd.DataFrame(
    {"sex": [1.0, 2.0, 2.0, 9.0], "branch": ["F", "C", "F", "F"], "year": [2021.0] * 4, "n": [4.0, 5, 6, 7]}
)
VALUES = {"sex": {1.0: "male", 2.0: "female"}, "branch": {"F": "Building", "C": "Making"}}


def counted(table, by):
    frame = wb.counts(table, by=[by]).frame
    return dict(zip(frame[by], frame["count"], strict=True))


def test_a_folder_of_files_is_one_table_and_each_row_at_fault_is_of_its_file(tmp_path):
    (tmp_path / "2021.csv").write_text("Bezirk;Jahr;Anzahl\nCalabria;2021;5\nAtlantis;2021;1\n", encoding="utf-8")
    (tmp_path / "2022.csv").write_text("Bezirk;Jahr;Anzahl\nLazio;2022;7\n\nMordor;2022;2\n", encoding="utf-8")
    (tmp_path / "readme.md").write_text("not a table", encoding="utf-8")
    table = wb.table(tmp_path, columns={"Bezirk": "nuts2"}, name="mine")
    assert counted(table, "year") == {2021: 5, 2022: 7}
    assert [(row, why.rpartition("in ")[2]) for row, _field, why in table.report.details] == [
        (3, "2021.csv)"),
        (4, "2022.csv)"),
    ]
    assert "2021.csv, 2022.csv" in str(table)


def test_files_of_a_folder_with_other_columns_are_refused_by_name(tmp_path):
    (tmp_path / "a.csv").write_text("Jahr;Anzahl\n2021;5\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("Jahr;Number\n2021;5\n", encoding="utf-8")
    with pytest.raises(Refused, match="a.csv and b.csv have different columns: Anzahl, Number"):
        wb.table(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="The folder empty holds no table"):
        wb.table(tmp_path / "empty")


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_files_of_spss_and_stata_are_read_by_their_labels_and_missing_values_are_missing(tmp_path, ending):
    path = str(tmp_path / f"mine.{ending}")
    if ending == "sav":
        pyreadstat.write_sav(ROWS, path, variable_value_labels=VALUES, missing_ranges={"sex": [9.0]})
    else:
        rows = ROWS.assign(sex=ROWS["sex"].replace(9.0, np.nan))
        pyreadstat.write_dta(rows, path, variable_value_labels={"sex": VALUES["sex"]})
    table = wb.table(path, measures={"n": "accidents"}, name="mine")
    assert counted(table, "sex") == {"F": 11, "M": 4, "UNK": 7}
    assert counted(table, "nace1") == {"C": 5, "F": 17}
    assert "Values taken by their labels: sex." in str(table)


@pytest.mark.parametrize("ending", ["sav", "por", "dta"])
def test_damaged_files_of_spss_and_stata_are_answered(tmp_path, ending):
    (tmp_path / f"mine.{ending}").write_bytes(b"nothing of this kind")
    with pytest.raises(ReadError, match="no file of SPSS or Stata, or a damaged one"):
        wb.table(tmp_path / f"mine.{ending}")


def test_percentages_and_rates_are_not_taken_for_numbers_of_accidents():
    rows = pd.DataFrame({"nuts": ["ITF6", "ITC4"], "Quote": ["3,5%", "12 %"], "year": 2021})
    with pytest.raises(
        ReadError, match="2 x accidents: a percentage; give numbers of accidents, and of people at risk"
    ):
        wb.table(rows, measures={"Quote": "accidents"})
    with pytest.raises(ReadError, match="2 x accidents: not a whole number; a rate"):
        wb.table(rows.assign(Quote=[3.5, 12.25]), measures={"Quote": "accidents"})
    assert "Not used: Quote" in str(wb.table(rows))


def test_keys_that_stand_twice_are_added_up_and_said():
    rows = pd.DataFrame({"nuts": ["ITF6", "ITF6", "ITC4"], "accidents": [3, 3, 5], "year": 2021})
    table = wb.table(rows)
    assert counted(table, "nuts2") == {"ITC4": 5, "ITF6": 6}
    assert "1 row shares its groups with another: their accidents are added up." in str(table)


def test_namibia_is_no_region_of_europe_and_no_empty_cell(tmp_path):
    (tmp_path / "mine.csv").write_text("geo,year,accidents\nNA,2021,4\nIT,2021,5\n", encoding="utf-8")
    table = wb.table(tmp_path / "mine.csv")
    assert counted(table, "nuts0") == {"IT": 5}
    assert "nuts: 'NA' is not a known NUTS 2021 code" in str(table) and table.report.details[0][0] == 2


def test_a_frame_with_headings_of_its_own_is_sent_from_wb_cube_to_wb_table():
    with pytest.raises(Refused, match=r'wb.table\(rows, columns=\{"Bezirk": "nuts2"\}\)'):
        wb.cube(pd.DataFrame({"Bezirk": ["Calabria"]}))
    with pytest.raises(Refused, match=r"wb.table\(...\)"):
        wb.cube(5)


def test_counts_alone_are_regressed_on_expected_counts_and_groups_that_no_row_names_are_zeros():
    rows = pd.DataFrame({"shift": ["day", "day", "night"], "plant": ["A", "B", "A"], "accidents": [30, 20, 12]})
    table = wb.table(rows, columns={"shift": "shift", "plant": "plant"}, name="mine")
    found = wb.regression(table, terms="shift", references={"shift": "day"})
    assert found.frame.set_index("term").loc["shift[night]", "value"] == pytest.approx(12 / 50, abs=1e-9)
    assert found.frame["unit"].tolist() == ["ratio of expected counts"]
    assert any(note.startswith("Counts alone: no people at risk are known") for note in found.notes)
    both = wb.regression(table, terms="shift + plant", references={"shift": "day", "plant": "A"})
    assert "1 combination of groups that no row names counts as zero." in both.notes
    assert both.frame.set_index("term").loc["shift[night]", "value"] == pytest.approx(12 / 50, abs=1e-9)


def test_years_without_an_event_are_zeros_in_comparisons_and_regressions_of_counts_alone():
    rows = pd.DataFrame({"year": [2019, 2022], "accidents": [14, 7]})
    table = wb.table(rows, name="mine")
    assert wb.compare(table, by=["year"], reference="2019").frame.set_index("year")["count"].to_dict() == {
        2020: 0,
        2021: 0,
        2022: 7,
    }
    slope = wb.regression(table, terms="year").frame["value"].iloc[0]
    even = wb.regression(table, terms="year", exposure=pd.DataFrame({"year": range(2019, 2023), "employed": 1}))
    assert slope == pytest.approx(even.frame["value"].iloc[0], abs=1e-9)
