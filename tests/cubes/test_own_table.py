"""A table of one's own is judged like a publisher's: what is at fault is said, and never counted as something else."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import workbench as wb
from workbench.cubes.build import from_table
from workbench.cubes.selection import Selection
from workbench.terms.errors import ReadError, Refused, UnknownName

TWO = {"sex": ["M", "F"], "year": [2020, 2020]}


def counted(table, by, selection=None, **options):
    cube = from_table(table, **options)
    frame = cube.ask("accidents", selection, [by]).frame
    return dict(zip(frame[by], frame["accidents"], strict=True)), " ".join(cube.notes)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(TWO),
        pd.DataFrame(TWO).astype({"sex": "category"}),
        pd.DataFrame(TWO).astype({"sex": object}),
        pd.DataFrame(TWO, index=["a", "a"]),
        pl.DataFrame(TWO),
        pl.LazyFrame(TWO),
        pa.table(TWO),
        pa.RecordBatch.from_pydict(TWO),
        ibis.memtable(TWO),
    ],
    ids=["pandas", "categories", "objects", "index", "polars", "lazy", "arrow", "batch", "ibis"],
)
def test_frames_of_every_library_are_taken(table):
    assert counted(table, "sex") == ({"M": 1, "F": 1}, "")
    assert counted(table, "sex", dims=["sex", "year"]) == ({"M": 1, "F": 1}, "")


@pytest.mark.parametrize("table", [5, "records.csv.gz", [1, 2], None, {"sex": ["M"]}, pd.Series([1])])
def test_what_is_no_table_is_refused_by_name(table):
    with pytest.raises(Refused, match="pandas, Polars or Arrow"):
        from_table(table)


def test_eurostats_names_are_accepted():
    rows = pd.DataFrame({"geo": ["ITC4", "ITC4"], "nace_r2": ["F", "C10"], "TIME_PERIOD": [2020, 2021]})
    assert counted(rows, "year") == ({2020: 1, 2021: 1}, "")
    assert counted(rows, "nace1") == ({"C": 1, "F": 1}, "")


def test_eurostats_values_are_numbers_of_accidents_with_their_flags_and_totals():
    rows = pd.DataFrame(
        {
            "geo": ["IT"] * 4,
            "sex": ["T", "M", "F", "F"],
            "age": ["TOTAL"] * 4,
            "TIME_PERIOD": [2020] * 4,
            "OBS_VALUE": [100, 60, 40, 40],
            "OBS_FLAG": ["", "b", None, None],
        }
    )
    cube = from_table(rows)
    assert cube.ask("accidents").frame["accidents"].tolist() == [100]
    by_sex = cube.ask("accidents", by=["sex"]).frame
    assert (by_sex["accidents"].tolist(), by_sex["flag"].tolist()) == ([60, 40], ["b", ""])
    assert cube.notes == ("1 row stands in the table twice; it is counted once.",)


def test_one_cell_with_two_figures_is_a_fault_of_the_data():
    with pytest.raises(ReadError, match="2 rows share their cell"):
        from_table(pd.DataFrame({"sex": ["M", "M"], "year": [2020, 2020], "accidents": [1, 2]}))


def test_numbers_of_accidents_are_whole_and_not_negative_and_an_empty_one_is_missing():
    rows = pd.DataFrame({"sex": ["M", "F", "UNK", "M", "F"], "year": [2020, 2020, 2020, 2021, 2021]})
    figures, notes = counted(rows.assign(accidents=[9.012, -9999999, 3, np.nan, np.inf]), "year")
    assert np.isnan(figures.pop(2021))
    assert not figures or np.isnan(figures[2020])  # of two groups of 2020 nothing is known
    assert "accidents: not a whole number" in notes and "accidents: below 0" in notes


def test_large_weights_count_what_they_say():
    assert counted(pd.DataFrame({**TWO, "weight": [1523.5, 2.25]}), "sex") == ({"M": 1523.5, "F": 2.25}, "")
    assert counted(pd.DataFrame({**TWO, "weight": ["1523,5", "2,25"]}), "sex") == ({"M": 1523.5, "F": 2.25}, "")


def test_tiny_weights_are_not_rounded_away():
    rows = pd.DataFrame({"sex": ["M"] * 100, "year": 2020, "weight": 1e-7})
    assert counted(rows, "sex")[0]["M"] == pytest.approx(1e-5, rel=1e-9)


@pytest.mark.parametrize("weight", [None, -1.0, float("nan"), float("inf"), 1e10])
def test_an_impossible_weight_makes_its_figure_missing_and_is_told(weight):
    figures, notes = counted(pd.DataFrame({**TWO, "weight": [1.0, weight]}), "sex")
    assert figures["M"] == 1 and np.isnan(figures["F"])
    assert "1 record has no weight" in notes


def test_weights_of_zero_and_of_six_decimals_are_kept_as_they_are():
    assert counted(pd.DataFrame({**TWO, "weight": [0.0, 1.000001]}), "sex") == ({"M": 0, "F": 1.000001}, "")


def test_ages_that_nobody_has_are_unknown():
    rows = pd.DataFrame({"age": [-1, 999, 30, 120], "year": 2020})
    figures, notes = counted(rows, "age_group")
    assert figures == {"Y25-34": 1, "Y_GE65": 1, "UNK": 2}
    assert "2 ages below 0 or above 120 are taken as unknown" in notes


def test_exact_ages_fall_in_their_band():
    rows = pd.DataFrame({"age": [14.9, 24.5, 64.99, 17.0, 65.0], "year": 2020})
    assert counted(rows, "age_group")[0] == {"Y_LT15": 1, "Y15-24": 2, "Y55-64": 1, "Y_GE65": 1}


def test_ages_as_text_are_numbers_or_rejected():
    figures, notes = counted(pd.DataFrame({"age": ["17,9", "30", "old", ""], "year": 2020}), "age_group")
    assert figures == {"Y15-24": 1, "Y25-34": 1, "UNK": 1}
    assert "age: no number" in notes


def test_a_record_without_a_year_is_left_out_and_counted():
    figures, notes = counted(pd.DataFrame({"sex": ["M", "F", "M"], "year": [2020.0, 2021.0, None]}), "year")
    assert figures == {2020: 1, 2021: 1}
    assert "3 rows read, 1 rejected" in notes and "year: empty" in notes


@pytest.mark.parametrize("year", [2018.75, 99999.0, -1.0, 1e300, np.inf])
def test_a_year_that_is_none_is_rejected_never_rounded(year):
    figures, notes = counted(pd.DataFrame({"sex": ["M", "F"], "year": [2020.0, year]}), "year")
    assert figures == {2020: 1}
    assert "1 rejected" in notes


@pytest.mark.parametrize(
    "years",
    [
        pd.to_datetime(["2020-05-01", "2021-12-31"]),
        [dt.date(2020, 5, 1), dt.date(2021, 12, 31)],
        ["2020-05-01", "2021-12-31"],
    ],
    ids=["timestamps", "dates", "text"],
)
def test_dates_count_for_their_year(years):
    figures, notes = counted(pd.DataFrame({"sex": ["M", "F"], "year": years}), "year")
    assert figures == {2020: 1, 2021: 1}
    assert "Years are those of the dates" in notes


def test_years_as_text_are_years_and_quarters_are_none():
    figures, notes = counted(pd.DataFrame({"sex": "M", "year": ["2020", "2021.0", "2020-Q1", ""]}), "year")
    assert figures == {2020: 1, 2021: 1}
    assert "year: no year" in notes and "year: empty" in notes


def test_a_table_without_rows_or_without_one_that_counts_is_refused():
    with pytest.raises(ReadError, match="no rows"):
        from_table(pd.DataFrame({"sex": [], "year": []}))
    with pytest.raises(ReadError, match=r"No row of the table can be counted[^$]*year: empty"):
        from_table(pd.DataFrame({"sex": ["M"], "year": [None]}))


def test_codes_are_read_as_publishers_write_them_and_what_is_none_is_rejected():
    rows = pd.DataFrame({"nuts": "ITF6", "nace": ["C10", "41.20", "F", "1", "XX", None, "nd"], "year": 2020})
    figures, notes = counted(rows, "nace1")
    assert figures == {"C": 1, "F": 2, "UNK": 2}
    assert "2 rejected" in notes and "1, XX" in notes and "leading zero? 01" in notes


def test_regions_of_another_edition_or_of_two_are_refused_with_the_line_to_type():
    old = pd.DataFrame({"nuts": ["FR24", "FRA1"], "year": 2020})
    with pytest.raises(Refused, match=r'of NUTS 2013, not of NUTS 2021.*nuts="2013".*wb.recode\(table, to="NUTS 2021"'):
        from_table(old)
    assert counted(old, "nuts2", nuts="2013")[0] == {"FR24": 1, "FRA1": 1}
    with pytest.raises(Refused, match=r"two editions of NUTS: FR24 .*wb.recode"):
        from_table(pd.DataFrame({"nuts": ["FR24", "FRK2", "ITF6"], "year": 2020}))
    with pytest.raises(ReadError, match="Eurostat writes EL for Greece: EL30"):
        from_table(pd.DataFrame({"nuts": ["GR30"], "year": 2020}))


def test_columns_that_are_not_there_or_there_twice_are_named():
    with pytest.raises(Refused, match="none of the columns nuts, nace, .*it has: colour"):
        from_table(pd.DataFrame({"colour": ["red"]}))
    with pytest.raises(Refused, match=r"no region \(column nuts\); they have: sex, year"):
        from_table(pd.DataFrame(TWO), dims=["nuts2"])
    with pytest.raises(Refused, match="columns geo and nuts both hold nuts"):
        from_table(pd.DataFrame({"geo": ["IT"], "nuts": ["IT"]}))
    with pytest.raises(Refused, match="two columns of one name: sex"):
        from_table(pd.DataFrame([["M", "F"]], columns=["sex", "sex"]))
    with pytest.raises(UnknownName, match="'colour' is not a known dimension"):
        from_table(pd.DataFrame(TWO), dims=["colour"])


def test_of_several_levels_the_finest_is_read():
    rows = pd.DataFrame({"nace1": ["F"], "nace2": ["41"], "year": [2020]})
    assert counted(rows, "nace2", dims=["nace2", "year"])[0] == {"41": 1}


def test_a_band_of_exact_ages_without_a_record_is_a_zero():
    """Of records with ages it is known that nobody was 15 to 24: the figure is of 15 to 64."""
    cube = from_table(pd.DataFrame({"age": [30, 60], "year": 2020}))
    answer = cube.ask("accidents", Selection(ages=(15, 64)))
    assert (answer.frame["accidents"].tolist(), answer.selection.ages) == ([2], (15, 64))


def test_of_a_table_without_a_row_that_counts_each_column_says_what_is_wrong():
    rows = pd.DataFrame({"nuts2": ["Atlantis", "ITF6"], "year": ["soon", "late"], "accidents": ["x", "3"]})
    with pytest.raises(ReadError) as refused:
        wb.table(rows)
    message = str(refused.value)
    assert "No row of the table can be counted. 2 rows read, 2 rejected" in message
    below = message.partition("Each column by itself:")[2]
    assert "2 x year: no year" in below and "1 x nuts" in below and "1 x accidents: no number" in below


def test_of_one_column_at_fault_nothing_is_said_twice():
    with pytest.raises(ReadError) as refused:
        wb.table(pd.DataFrame({"year": ["soon"], "sex": ["F"]}))
    assert "Each column" not in str(refused.value)
