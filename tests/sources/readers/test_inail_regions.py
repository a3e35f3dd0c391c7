import pandas as pd
import pytest

from workbench.sources.readers.inail_regions import read_regions
from workbench.terms.errors import ReadError

BY_REGION = """istat_region,region_name,nuts2,year,accidents_reported,fatal_accidents,employed_15_64,source_release
01,Piemonte,ITC1,2021,400,4,1000,release
01,Piemonte,ITC1,2022,500,,1100,release
04,Trentino-Alto Adige/Südtirol,ITH1+ITH2,2021,200,2,900,release
"""
DETAIL = """\
nuts2,year,accidents_reported,at_work,commuting,fatal_accidents,with_impairment,days_compensated,employed_15_64,index_per_1000
ITC1,2020,300,250,50,3,30,9000,950,315.8
"""
ITALY = """year,accidents_reported,fatal_accidents,employed_15_64,source
2019,900,9,3000,historical
2020,800,12,2900,older release
2021,850,8,2950,newer release
2022,880,7,2960,newer release
"""


@pytest.fixture
def read(tmp_path, report):
    def read_(*tables: str) -> pd.DataFrame:
        paths = [tmp_path / f"{i}.csv" for i in range(len(tables))]
        for path, table in zip(paths, tables, strict=True):
            path.write_text(table, encoding="utf-8")
        (frame,) = read_regions(paths, report)
        return frame

    return read_


def cells(frame: pd.DataFrame, margin: str, *keys: str) -> dict:
    rows = frame[frame["margin"] == margin]
    measure = "employed" if "employed" in margin else "accidents"
    return {tuple(row[key] for key in keys): row[measure] for row in rows.to_dict("records")}


def test_each_table_gives_its_margins(read):
    frame = read(BY_REGION, DETAIL, ITALY)
    counts = cells(frame, "by_region", "nuts", "severity", "year")
    assert counts["ITC1", "TOTAL", 2020] == 300 and counts["ITC1", "FAT", 2021] == 4
    assert cells(frame, "employed", "nuts", "year")["ITH1+ITH2", 2021] == 900
    assert cells(frame, "commuting_2020", "nuts", "commuting", "year") == {
        ("ITC1", "N", 2020): 250,
        ("ITC1", "S", 2020): 50,
    }
    assert cells(frame, "italy", "nuts", "severity", "year")["IT", "FAT", 2020] == 12
    assert cells(frame, "italy_employed", "nuts", "year")["IT", 2022] == 2960


def test_an_empty_cell_is_missing_and_not_zero(read):
    counts = cells(read(BY_REGION), "by_region", "nuts", "severity", "year")
    assert pd.isna(counts["ITC1", "FAT", 2022]) and counts["ITC1", "TOTAL", 2022] == 500


def test_claims_in_the_first_year_of_a_release_carry_a_break(read):
    frame = read(ITALY)
    counts = frame[frame["margin"] == "italy"]
    assert set(counts.loc[counts["flag"] == "b", "year"]) == {2020, 2021}
    assert set(frame.loc[frame["margin"] == "italy_employed", "flag"]) == {""}


def test_what_is_left_out_is_noted(read, report):
    read(DETAIL)
    assert report.notes == ["2020 by region: impairment, days compensated and the published index are not read."]


def test_bad_lines_are_rejected_with_number_field_and_reason(read, report):
    frame = read(BY_REGION.replace("ITC1,2022,500", "ITC1,2022,many").replace("ITH1+ITH2", "ITX9"))
    assert len(frame) == 3
    assert [(row, field) for row, field, _reason in report.details] == [(3, "accidents_reported"), (4, "nuts2")]
    assert "'ITX9' is not a known NUTS 2021 code" in report.details[1][2]
    assert report.rows_read == 3


def test_another_header_is_refused(read):
    with pytest.raises(ReadError, match="0.csv has the columns a, b; expected those of INAIL's table by region"):
        read("a,b\n1,2\n")


@pytest.mark.mirror
def test_the_regions_add_up_to_italy_in_every_year_of_both_releases(mirror, report):
    folder = mirror / "inail_regions"
    names = ("by_region_2021_2025", "by_region_2020_detail", "italy_2014_2025")
    (frame,) = read_regions([folder / f"inail_accidents_{name}.csv" for name in names], report)
    assert report.rows_read == 132 and report.rejected == 0
    parts = frame[frame["margin"] == "by_region"].groupby(["severity", "year"])["accidents"].sum()
    whole = frame[frame["margin"] == "italy"].set_index(["severity", "year"])["accidents"]
    assert len(parts) == 12 and parts.equals(whole.loc[parts.index])
    people = frame[frame["margin"] == "employed"].groupby("year")["employed"].sum()
    italy = frame[frame["margin"] == "italy_employed"].set_index("year")["employed"]
    assert (people - italy.loc[people.index]).abs().max() == 200  # rounding, in 2020 and 2025
    year = frame[(frame["margin"] == "by_region") & (frame["year"] == 2023) & (frame["severity"] == "TOTAL")]
    assert len(year) == 20 and "ITH1+ITH2" in set(year["nuts"])


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("2022,500", "2022,9.012", "accidents_reported"),
        ("2022,500", "2022,-5", "accidents_reported"),
        ("2022,500", "2022,1e400", "accidents_reported"),
        ("2022,500", "2022,inf", "accidents_reported"),
        (",1100,", ',"1,100",', "employed_15_64"),
        ("2022,500", "2022.75,500", "year"),
        ("ITC1,2022", ",2022", "nuts2"),
        ("ITC1,2022", "ITF77,2022", "nuts2"),
    ],
)
def test_an_impossible_figure_rejects_its_line_alone(read, report, old, new, field):
    frame = read(BY_REGION.replace(old, new))
    assert len(frame) == 6 and 2022 not in set(frame["year"])
    assert [(row, at_fault) for row, at_fault, _reason in report.details] == [(3, field)]


def test_a_line_that_stands_twice_is_kept_once_with_a_note(read, report):
    first, *lines = BY_REGION.splitlines(keepends=True)
    frame = read(first + lines[0] + "".join(lines), BY_REGION)
    assert not frame.duplicated(["margin", "nuts", "severity", "year"]).any() and report.rejected == 0
    assert report.notes == ["3 cells stand in these files more than once with the same value; each is kept once."]


def test_two_lines_of_one_region_and_year_with_other_figures_are_both_rejected(read, report):
    frame = read(BY_REGION, BY_REGION.replace("2021,400", "2021,401"))
    assert "ITC1" not in set(frame.loc[frame["year"] == 2021, "nuts"]) and report.rejected == 2
    assert set(report.reasons) == {"year: the same cell stands here and elsewhere with different values"}
