import math
from contextlib import closing

import openpyxl
import pandas as pd
import pytest

from workbench.sources.readers.esener import _SECTORS, _SIZES, read_workbook
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report

TITLES = ["country", "question", "Answer", "total", *_SECTORS, *_SIZES]
GROUPS = len(TITLES) - 3


@pytest.fixture
def read(tmp_path, report):
    def read_(*rows: list, titles=TITLES, sheet="indicator_data") -> pd.DataFrame:
        workbook = openpyxl.Workbook()
        workbook.active.title = sheet
        for row in (titles, *rows):
            workbook.active.append(row)
        workbook.save(tmp_path / "esener.xlsx")
        (frame,) = read_workbook([tmp_path / "esener.xlsx"], report)
        return frame

    return read_


def row(country="at", question="E3Q1", answer="Yes", *shares) -> list:
    return [country, question, answer, *(shares or [0.5] * GROUPS)]


def test_each_share_comes_out_once_in_one_of_three_margins(read, report):
    shares = [i / 100 for i in range(GROUPS)]
    frame = read(row("at", "E3Q1", "Yes", *shares))
    assert frame.groupby("margin").size().to_dict() == {"sector": 9, "size": 4, "total": 1}
    assert sorted(frame["share"]) == shares and report.rows_read == GROUPS
    assert set(frame["year"]) == {2019} and set(frame["flag"]) == {""}
    by_sector = frame[frame["margin"] == "sector"].set_index("nace")["share"]
    by_size = frame[frame["margin"] == "size"].set_index("size")["share"]
    assert by_sector["A"] == 0.01 and by_sector["P_Q"] == 0.09 and by_size["E_GE250"] == 0.13


def test_sectors_and_sizes_are_never_crossed(read):
    frame = read(row())
    assert not (frame["nace"].notna() & frame["size"].notna()).any()
    assert frame.loc[frame["margin"] == "total", ["nace", "size"]].isna().all(axis=None)


def test_sector_groups_overlap_and_each_has_its_members(read):
    nace, size = codelist("nace"), codelist("size")
    frame = read(row())
    assert all(nace.knows(code) for code in frame["nace"].dropna()) and all(
        size.knows(s) for s in frame["size"].dropna()
    )
    assert nace.members("P_Q") == nace.members("P") | nace.members("Q")


def test_greece_and_the_united_kingdom_are_el_and_uk_and_the_union_is_kept(read):
    frame = read(row("el"), row("uk"), row("EU27_2020"))
    assert set(frame["nuts"]) == {"EL", "UK", "EU27_2020"}


def test_an_empty_share_is_kept_as_missing_and_a_zero_is_a_zero(read, report):
    frame = read(row("at", "E3Q1", "Yes", None, 0, *[1] * (GROUPS - 2)))
    assert math.isnan(frame.loc[frame["margin"] == "total", "share"].iloc[0])
    assert frame.loc[frame["nace"] == "A", "share"].tolist() == [0.0]
    assert len(frame) == GROUPS and report.rejected == 0


def test_leading_blanks_and_another_order_of_the_titles_do_no_harm(read):
    titles = TITLES[:3] + [f"  {title} " for title in reversed(TITLES[3:])]
    shares = [i / 100 for i in range(GROUPS)]
    frame = read(row("at", "E3Q1", "Yes", *reversed(shares)), titles=titles)
    assert frame.loc[frame["nace"] == "A", "share"].tolist() == [0.01]


def test_bad_rows_and_cells_are_rejected_with_row_field_and_reason(read, report):
    twice = row("be")
    bad = row("at", "E3Q1", "No", "n/a", 1.5, -0.1, *[0.5] * (GROUPS - 3))
    frame = read(row("xx"), row("at", "", "Yes"), row("at", "E3Q1", None), twice, twice, bad)
    assert len(frame) == GROUPS - 3
    assert report.rows_read == 6 * GROUPS and report.rejected == 5 * GROUPS + 3
    by_row = {(line, field): reason for line, field, reason in report.details}
    assert by_row[2, "country"] == "not a country or aggregate that is known"
    assert by_row[3, "question"] == by_row[4, "Answer"] == "empty"
    assert by_row[5, ""] == by_row[6, ""] == "the same country, question and answer twice"
    assert by_row[7, "total"] == "not a share of 0 to 1" and (7, "Agriculture, forestry and fishing") in by_row


def test_other_columns_are_refused_and_both_named(read):
    with pytest.raises(
        ReadError, match="esener.xlsx has the columns country; .*; expected country; .* Has EU-OSHA changed"
    ):
        read(row(), titles=["country", "question", "reply", *TITLES[3:]])
    with pytest.raises(ReadError, match="has no sheet indicator_data. It has: other"):
        read(row(), sheet="other")


@pytest.mark.mirror
def test_every_share_of_the_real_workbook_comes_out_once(mirror, report):
    path = mirror / "esener_2019" / "indicator_data_2019_EUOSHA.xlsx"
    (frame,) = read_workbook([path], report)
    with closing(openpyxl.load_workbook(path, read_only=True)) as workbook:
        rows = list(workbook["indicator_data"].iter_rows(values_only=True))
    titles = {title.strip(): place for place, title in enumerate(rows[0])}
    theirs = {}
    for line in rows[1:]:
        key = (line[0].upper(), line[1], line[2])
        theirs[(*key, "total")] = line[titles["total"]]
        theirs |= {(*key, code): line[titles[title]] for title, code in {**_SECTORS, **_SIZES}.items()}
    shares = {key: share for key, share in theirs.items() if share is not None}
    assert len(shares) == 110_889

    group = frame["nace"].fillna(frame["size"]).fillna("total")
    ours = dict(
        zip(zip(frame["nuts"], frame["question"], frame["answer"], group, strict=True), frame["share"], strict=True)
    )
    assert len(ours) == len(frame) == report.rows_read == 8_602 * 14 and report.rejected == 0
    assert {key: share for key, share in ours.items() if not math.isnan(share)} == shares
    assert frame["nuts"].nunique() == 34 and frame["question"].nunique() == 108
    sums = (
        frame.groupby(["nuts", "question", "margin", "nace", "size"], dropna=False)["share"].sum(min_count=1).dropna()
    )
    assert (abs(sums - 1) < 1e-6).all()


def test_the_texts_of_the_questions_come_from_the_file_beside_the_workbook(mirror):
    folder = mirror / "esener_2019"
    (rows,) = read_workbook([folder / "indicator_data_2019_EUOSHA.xlsx", folder / "questions_en.csv"], Report())
    labels = rows.drop_duplicates("question").set_index("question")["question_label"]
    assert labels["E3Q151_1"] == "An occupational health doctor"
    assert (labels != "").all()
