"""France's table by activity: rows of one activity are added up, hours and employees beside the accidents."""

import openpyxl
import pandas as pd
import pytest

import workbench as wb
from workbench.sources.readers.france_cnam import read_by_activity
from workbench.terms.errors import ReadError

HEADER = [
    *("CTN", "Code NAF", "Nombre de salariés", "Nombre d'heures travaillées", "AT en 1er règlement"),
    *("dont AT avec 4 jours d'arrêt ou plus sur l'année", "Décès", "Journées d'IT"),
]


@pytest.fixture
def read(tmp_path, report):
    def read_(*rows: list, header=HEADER, heading="Risque Accident du travail 2024 par CTN") -> pd.DataFrame:
        workbook = openpyxl.Workbook()
        for row in ([heading], [None, "Les cases vides correspondent à la valeur 0."], [], header, *rows):
            workbook.active.append(row)
        workbook.save(tmp_path / "at.xlsx")
        (frame,) = read_by_activity([tmp_path / "at.xlsx"], report)
        return frame

    return read_


def test_rows_of_one_activity_are_added_up_to_its_division(read, report):
    frame = read(["AA", "4120A", 10, 16_000, 3, 2, 0, 90], ["BB", "4120B", 5, 8_000, 1, None, 1, 20])
    counts = frame[frame["margin"] == "accidents"].set_index(["nace", "severity"])["accidents"]
    assert counts.to_dict() == {("41", "TOTAL"): 4, ("41", "D_GE4"): 2, ("41", "FAT"): 1}
    (people,) = frame[frame["margin"] == "people"][["nuts", "year", "employed", "hours"]].values.tolist()
    assert people == ["FR", 2024, 15, 24_000]
    assert frame.loc[frame["margin"] == "days", "days_lost"].tolist() == [110]
    assert (report.rows_read, report.rejected) == (2, 0)


def test_what_has_no_activity_is_unknown_and_what_is_no_code_is_rejected(read, report):
    frame = read(["AA", "xxxxx", 1, 2, 3, 2, 0, 1], ["AA", "12", 1, 2, 3, 2, 0, 1], ["AA", "0111Z", 1, 2.5, 3, 2, 0, 1])
    assert set(frame["nace"]) == {"UNK"} and report.rejected == 2
    assert [reason for _row, _field, reason in report.details] == ["not a NAF code such as 4120A", "not a whole number"]


def test_another_workbook_is_refused_in_words(read):
    with pytest.raises(
        ReadError, match="the year and the columns Code NAF, AT en 1er règlement, .*Journées d'IT. It has"
    ):
        read(header=["a", "b"])
    with pytest.raises(ReadError, match="expected a heading with the year"):
        read(["AA", "4120A", 10, 16_000, 3, 2, 0, 90], heading="Accidents")


@pytest.mark.mirror
def test_the_publishers_workbook_gives_what_plain_pandas_adds_up(mirror):
    path = mirror / "france_cnam_naf" / "at-by-ctn-naf.xlsx"
    raw = pd.read_excel(path, skiprows=3, dtype={"Code NAF": str}).dropna(subset=["Code NAF"])
    rows = wb.read("france_cnam", source="mirror")
    for margin, measure, title in (
        ("people", "employed", "Nombre de salariés"),
        ("people", "hours", "Nombre d'heures travaillées"),
        ("days", "days_lost", "Journées d'IT"),
    ):
        assert rows.loc[rows["margin"] == margin, measure].sum() == raw[title].sum() > 0
    known = rows[rows["nace"] != "UNK"].groupby("severity")["accidents"].sum()
    assert (known["TOTAL"], known["FAT"]) == (548_523, 761)
    assert rows.loc[rows["severity"] == "TOTAL", "accidents"].sum() == raw["AT en 1er règlement"].sum()

    building = raw[raw["Code NAF"].str[:2].isin(["41", "42", "43"])]
    found = wb.rates("france_cnam", wb.Selection(sectors={"F"}, severities={"D_GE4"})).frame.iloc[0]
    four_days = building["dont AT avec 4 jours d'arrêt ou plus sur l'année"].sum()
    assert found["count"] == four_days
    assert found["value"] == pytest.approx(100_000 * four_days / building["Nombre de salariés"].sum())
