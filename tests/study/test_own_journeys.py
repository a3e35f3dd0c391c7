"""Whole journeys with a table of one's own: the same numbers in Python, on the command line and in the explorer."""

import json

import openpyxl
import pandas as pd
import pytest

import workbench as wb
from workbench.cli import app
from workbench.terms.errors import Refused, WorkbenchError

COMPANY = [
    ["Werk", "Abteilung", "Jahr", "Anzahl", "Personen"],
    ["Nord", "Lager", 2021, 14, 410],
    ["Nord", "Büro", 2021, 3, 290],
    ["Süd", "Montage", 2021, 31, 820],
    ["Nord", "Lager", 2022, 12, 400],
    ["Nord", "Büro", 2022, 2, 300],
    ["Süd", "Montage", 2022, 29, 830],
]
REGIONS = (
    "Region;Year;Accidents;Workers\nCalabria;2021;120;40 000\nLombardia;2021;910;412 500\nLazio;2021;300;160 000\n"
)
PLACES = ["Lager"] * 25 + ["Büro"] * 11 + ["Labor"] * 2 + ["Werk"] * 8  # two small ones hide each other
RECORDS = pd.DataFrame({"Datum": ["05.04.2021"] * 46, "Geschlecht": ["Frau", "Mann"] * 23, "Ort": PLACES})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def run(capsys):
    def run(*words):
        try:
            app([*map(str, words)], standalone_mode=False)
        except WorkbenchError as error:
            return str(error)
        return capsys.readouterr().out

    return run


def company(folder):
    book = openpyxl.Workbook()
    for row in COMPANY:
        book.active.append(row)
    book.save(folder / "company.xlsx")
    return folder / "company.xlsx"


def figures(frame, by):
    frame = pd.DataFrame(frame)
    return dict(zip(frame[by], frame["value"].astype(float), strict=True))


def same_everywhere(run, ask, by, in_python):
    """The stored table `mine` asked on the command line and in the explorer, against what Python found."""
    answered = figures(json.loads(run(ask, "mine", "--by", by, "--format", "json"))["frame"], by)
    assert answered == pytest.approx(figures(in_python.frame, by), rel=1e-11, nan_ok=True)  # JSON has 12 digits

    shown = wb.explorer("mine")
    if by != "nuts2":
        shown.divide = by
    finding = shown.findings["place" if by == "nuts2" else "groups"]
    asked = {"rates": wb.rates, "counts": wb.counts}[ask]("mine", shown.selection, by=[by])
    assert figures(finding.frame, by) == pytest.approx(figures(asked.frame, by), abs=1e-9, nan_ok=True)


def test_a_company_spreadsheet_becomes_rates_by_department_and_by_plant(home, run):
    meant = {"Abteilung": "department", "Werk": "plant of department"}
    mine = wb.table(company(home), columns=meant, name="mine")
    run("load", "mine", "--from", company(home), "--columns", "Abteilung=department,Werk=plant of department")
    found = wb.rates(mine, by=["department"])
    assert figures(found.frame, "department")["Lager"] == pytest.approx(1e5 * 26 / 810)
    same_everywhere(run, "rates", "department", found)

    by_plant = wb.rates(mine, by=["plant"])
    assert figures(by_plant.frame, "plant") == pytest.approx({"Nord": 1e5 * 31 / 1400, "Süd": 1e5 * 60 / 1650})
    same_everywhere(run, "rates", "plant", by_plant)
    north = wb.counts(mine, wb.Selection(where={"department": ["Nord"]}), by=["department"])
    assert figures(north.frame, "department") == {"Büro": 5, "Lager": 26}


def test_a_department_belongs_to_one_plant():
    rows = pd.DataFrame(COMPANY[1:], columns=COMPANY[0])
    both = rows.assign(Werk=["Nord", "Nord", "Süd", "West", "Nord", "Süd"])
    with pytest.raises(Refused, match="Lager stands under two groups of plant of department"):
        wb.table(both, columns={"Abteilung": "department", "Werk": "plant of department"})
    with pytest.raises(Refused, match="plant of department needs a column of department"):
        wb.table(rows, columns={"Werk": "plant of department"})
    with pytest.raises(Refused, match="plant is another dimension already: take another name, as in plant_1"):
        wb.table(rows, columns={"Werk": "plant"})


def test_regional_counts_with_people_become_rates_by_region(home, run):
    (home / "regions.csv").write_text(REGIONS, encoding="utf-8")
    mine = wb.table(home / "regions.csv", name="mine")
    run("load", "mine", "--from", home / "regions.csv")
    found = wb.rates(mine, by=["nuts2"])
    assert figures(found.frame, "nuts2") == pytest.approx({"ITC4": 1e5 * 910 / 412_500, "ITF6": 300, "ITI4": 187.5})
    same_everywhere(run, "rates", "nuts2", found)


def test_records_with_departments_become_counts_and_small_ones_are_withheld_everywhere(home, run):
    RECORDS.to_csv(home / "records.csv", index=False)
    mine = wb.table(home / "records.csv", columns={"Ort": "place"}, name="mine")
    run("load", "mine", "--from", home / "records.csv", "--columns", "Ort=place")
    found = wb.counts(mine, by=["place"])
    hidden = float("nan")
    expected = {"Büro": 11, "Labor": hidden, "Lager": 25, "Werk": hidden}
    assert figures(found.frame, "place") == pytest.approx(expected, nan_ok=True)
    same_everywhere(run, "counts", "place", found)
