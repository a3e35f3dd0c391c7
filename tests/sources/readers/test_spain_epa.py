import gzip

import pandas as pd
import pytest

from workbench.sources.readers.spain_epa import read_employed
from workbench.terms.errors import ReadError

QUARTERS = ("01-31", "06-30", "09-30", "12-31")


@pytest.fixture
def read(tmp_path, report):
    def read_(lines: list[str], header="periodo,region,nuts2,edad,sexo,employed_thousands") -> pd.DataFrame:
        (tmp_path / "epa.csv.gz").write_bytes(gzip.compress("\n".join([header, *lines, ""]).encode()))
        (frame,) = read_employed([tmp_path / "epa.csv.gz"], report)
        return frame

    return read_


def year(of: int, *thousands: str, age="16-19", sex="hombres") -> list[str]:
    return [f"{of}-{quarter},ES-AN,ES61,{age},{sex},{n}" for quarter, n in zip(QUARTERS, thousands, strict=False)]


def test_the_annual_mean_of_four_quarters_is_in_persons(read):
    (row,) = read(year(2022, "1.0", "2.0", "3.0", "4.1")).to_dict("records")
    assert row["employed"] == 2525.0
    assert (row["margin"], row["nuts"], row["sex"], row["age_group"], row["year"], row["flag"]) == (
        *("sex_age", "ES61", "M", "Y16-19", 2022),
        "",
    )


def test_the_class_labelled_65_and_over_is_really_55_and_over(read):
    frame = read(year(2022, *"1111", age="65+") + year(2022, *"1111", age="total", sex="mujeres"))
    assert frame[["sex", "age_group"]].values.tolist() == [["M", "Y_GE55"], ["F", "TOTAL"]]


def test_a_year_with_fewer_quarters_is_left_out_with_a_note(read, report):
    frame = read(year(2022, *"1111") + year(2023, "5"))
    assert frame["year"].tolist() == [2022]
    assert report.notes == ["2023 is left out for 1 groups: 1 of four quarters are there."]


def test_an_empty_quarter_makes_the_year_missing_not_smaller(read, report):
    (row,) = read(year(2022, "1", "", "1", "1")).to_dict("records")
    assert pd.isna(row["employed"]) and row["flag"] == "u"
    assert report.notes == ["1 annual means are missing: a quarter has too few interviews."]


def test_the_file_by_sector_is_a_margin_of_its_own(read):
    lines = [
        f"2022-{quarter},ES,ES,{sector},total,total,10"
        for quarter in QUARTERS
        for sector in ("agricultura", "industria", "construccion", "servicios", "total")
    ]
    frame = read(lines, header="periodo,region,nuts2,sector,edad,sexo,employed_thousands")
    assert set(frame["nace"]) == {"A", "B-E", "F", "G-U", "TOTAL"} and set(frame["margin"]) == {"sector"}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("ES61", "ES99", "nuts2"),
        ("hombres", "otros", "sexo"),
        ("16-19", "15-19", "edad"),
        ("2022-06-30", "2022-06", "periodo"),
        (",2.0", ",dos", "employed_thousands"),
        (",2.0", ",-2.0", "employed_thousands"),
    ],
)
def test_a_bad_line_is_rejected_and_its_year_is_incomplete(read, report, old, new, field):
    lines = year(2022, "1.0", "2.0", "3.0", "4.0")
    lines[1] = lines[1].replace(old, new)
    assert len(read(lines)) == 0
    assert [(row, its) for row, its, _reason in report.details] == [(3, field)]


def test_a_quarter_given_twice_is_rejected_in_both_places(read, report):
    lines = year(2022, *"1234")
    assert len(read([*lines, lines[1].replace(",2", ",9")])) == 0
    assert [row for row, _field, _reason in report.details] == [3, 6]


def test_another_header_is_refused(read):
    with pytest.raises(
        ReadError, match="epa.csv.gz has no column sexo. It has: periodo, region, nuts2, edad, sex, employed"
    ):
        read([], header="periodo,region,nuts2,edad,sex,employed_thousands")


@pytest.mark.mirror
def test_the_real_files_agree_with_a_plain_mean_and_their_classes_add_up(mirror, report):
    paths = sorted((mirror / "spain_epa").glob("*.csv.gz"))
    (frame,) = read_employed(paths, report)
    assert report.rows_read == 35_700 + 91_500 and report.rejected == 0
    assert (frame["year"].min(), frame["year"].max()) == (2002, 2022)
    assert not frame.duplicated(["margin", "nuts", "nace", "sex", "age_group", "year"]).any()

    plain = pd.read_csv(mirror / "spain_epa" / "epa_employed_by_ccaa_sex_age.csv.gz")
    plain = plain[(plain["nuts2"] == "ES61") & (plain["sexo"] == "mujeres") & (plain["edad"] == "25-34")]
    theirs = plain.groupby(plain["periodo"].str[:4])["employed_thousands"].mean().loc["2002":"2022"] * 1000
    ours = frame[(frame["margin"] == "sex_age") & (frame["nuts"] == "ES61") & (frame["sex"] == "F")]
    ours = ours[ours["age_group"] == "Y25-34"].sort_values("year")["employed"]
    assert ours.tolist() == pytest.approx(theirs.tolist(), abs=1e-3)

    ages = frame[(frame["margin"] == "sex_age") & (frame["nuts"] == "ES") & (frame["sex"] == "T")]
    table = ages.pivot(index="year", columns="age_group", values="employed")
    assert (table.drop(columns="TOTAL").sum(axis=1) - table["TOTAL"]).abs().max() < 500  # rounded to 100 persons


def test_a_quarter_that_stands_twice_with_the_same_figure_is_kept_once(read, report):
    lines = year(2022, *"1234")
    frame = read([*lines, lines[1]])
    assert frame["employed"].tolist() == [2500.0] and report.rejected == 0
    assert report.notes == ["1 cells stand in these files more than once with the same value; each is kept once."]


@pytest.mark.parametrize("written", ["inf", "1e400", "-1", '"1,5"', "1.234.5"])
def test_an_impossible_number_of_employed_rejects_its_line(read, report, written):
    lines = year(2022, *"1234")
    lines[1] = lines[1].removesuffix("2") + written
    read(lines)
    assert [(row, field) for row, field, _reason in report.details] == [(3, "employed_thousands")]
