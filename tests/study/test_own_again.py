"""Whose a table of one's own is: small figures of persons withheld, a second file under a name never in silence."""

import json
import re

import pandas as pd
import pytest

import workbench as wb
from workbench.cli import app
from workbench.terms.errors import ReadError, Refused, UnknownName, WorkbenchError

RECORDS = pd.DataFrame({"Abteilung": ["Lager"] * 12 + ["Büro"] * 3 + ["Hof"] * 8, "Jahr": [2021] * 23})
"""Two small departments hide each other: with one alone the twelve would be withheld too."""
COUNTS = pd.DataFrame({"Abteilung": ["Lager", "Büro"], "Jahr": [2021] * 2, "Anzahl": [12, 3]})
MEANT = {"Abteilung": "department"}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return tmp_path


def mine(rows=RECORDS, **options):
    return wb.table(rows, **{"columns": MEANT, "name": "mine", **options})


def by_department(source):
    found = wb.counts(source, by=["department"])
    return dict(zip(found.frame["department"], found.frame["count"].fillna(-1), strict=True)), " ".join(found.notes)


def run(capsys, *words):
    try:
        app([*map(str, words)], standalone_mode=False)
    except WorkbenchError as error:
        return str(error)
    return capsys.readouterr().out


def test_records_of_ones_own_are_of_persons_and_small_figures_are_withheld_with_the_line_that_shows_them():
    counts, notes = by_department(mine())
    assert counts == {"Lager": 12, "Büro": -1, "Hof": -1}
    assert 'wb.disclosure("off", reason=' in notes and 'sensitivity="aggregate"' in notes
    with wb.disclosure("off", reason="checking my file"):
        assert by_department(mine())[0] == {"Lager": 12, "Büro": 3, "Hof": 8}


def test_numbers_of_accidents_are_aggregates_unless_their_owner_says_otherwise():
    assert by_department(mine(COUNTS))[0] == {"Lager": 12, "Büro": 3}
    three = pd.concat([COUNTS, pd.DataFrame({"Abteilung": ["Hof"], "Jahr": [2021], "Anzahl": [8]})])
    assert by_department(mine(three, sensitivity="persons"))[0] == {"Lager": 12, "Büro": -1, "Hof": -1}
    assert by_department(mine(sensitivity="aggregate"))[0] == {"Lager": 12, "Büro": 3, "Hof": 8}
    with pytest.raises(UnknownName, match="'secret' is not a known sensitivity.*none, aggregate, persons, health"):
        mine(sensitivity="secret")


def test_a_stored_table_stays_as_sensitive_as_it_was():
    mine().keep()
    assert by_department("mine")[0] == {"Lager": 12, "Büro": -1, "Hof": -1}


def test_the_command_line_withholds_and_shows_likewise(home, capsys):
    RECORDS.to_csv(home / "mine.csv", index=False)
    run(capsys, "load", "mine", "--from", home / "mine.csv", "--columns", "Abteilung=department")
    asked = ("counts", "mine", "--by", "department")
    all_shown = ("--disclosure", "off", "--reason", "checking my file")
    withheld = json.loads(run(capsys, *asked, "--format", "json"))
    assert {row["department"]: row["count"] for row in withheld["frame"]} == {"Lager": 12, "Büro": None, "Hof": None}
    on_screen = run(capsys, *asked, *all_shown)
    assert re.search(r"^Büro .*\b3\b", on_screen, re.M) and re.search(r"^Hof .*\b8\b", on_screen, re.M)
    assert "not for release" in on_screen.lower()
    assert "Büro" not in run(capsys, *asked, "--format", "json", *all_shown)  # an export, which withholds all the same
    line = ("load", "mine", "--from", home / "mine.csv", "--columns", "Abteilung=department")
    assert "again=" in run(capsys, *line, "--sensitivity", "aggregate")
    run(capsys, *line, "--sensitivity", "aggregate", "--again", "replace")
    assert by_department("mine")[0] == {"Lager": 12, "Büro": 3, "Hof": 8}


def test_a_name_that_is_taken_is_refused_with_the_ways_forward():
    mine(COUNTS).keep()
    with pytest.raises(
        Refused, match=r'mine is stored already: your table.*again="replace".*again="add".*another name'
    ):
        mine(COUNTS.assign(Anzahl=[1, 1])).keep()
    assert by_department("mine")[0] == {"Lager": 12, "Büro": 3}
    with pytest.raises(UnknownName, match="There are: refuse, replace, add"):
        mine(COUNTS).keep("overwrite")


def test_the_same_file_may_be_stored_as_often_as_one_likes():
    mine(COUNTS).keep()
    assert mine(COUNTS).keep().report["rows_read"] == 2


def test_a_second_table_takes_the_place_of_the_first_where_it_is_said():
    mine(COUNTS).keep()
    mine(COUNTS.assign(Anzahl=[1, 1])).keep(again="replace")
    assert by_department("mine")[0] == {"Lager": 1, "Büro": 1}


def test_a_second_file_is_added_where_it_is_said_and_both_are_cited(home):
    for name, year, number in (("a.csv", 2021, 5), ("b.csv", 2022, 7)):
        (home / name).write_text(f"Jahr;Ort;Anzahl\n{year};x;{number}\n{year};x;many\n", encoding="utf-8")
        wb.table(home / name, columns={"Ort": "place"}, name="mine").keep(again="add")
    found = wb.counts("mine", by=["year"])
    assert dict(zip(found.frame["year"], found.frame["count"], strict=True)) == {2021: 5, 2022: 7}
    assert "your file a.csv, named mine" in found.cite() and "your file b.csv, named mine" in found.cite()


def test_rows_at_fault_of_an_added_file_are_named_by_it(home):
    for name, lines in (("a.csv", "2021;x;5\n2021;y;many\n"), ("b.csv", "2022;x;7\n2022;y;2\n2022;z;few\n")):
        (home / name).write_text("Jahr;Ort;Anzahl\n" + lines, encoding="utf-8")
        manifest = wb.table(home / name, columns={"Ort": "place"}, name="mine").keep(again="add")
    places = {(place["row"], place["reason"].rpartition("in ")[2]) for place in manifest.report["first"]}
    assert places == {(3, "a.csv)"), (4, "b.csv)")}
    assert manifest.report["rows_read"] == 5


def test_the_same_rows_are_not_added_twice_nor_others_of_other_columns_or_coverage():
    mine(COUNTS).keep()
    with pytest.raises(Refused, match="These rows are in mine already"):
        mine(COUNTS).keep(again="add")
    with pytest.raises(
        Refused, match=r"differ in their columns: accidents, department, year; accidents, department\.$"
    ):
        mine(COUNTS.drop(columns="Jahr")).keep(again="add")
    with pytest.raises(Refused, match="differ in their coverage: full; sample"):
        mine(COUNTS.assign(Anzahl=[1, 1]), coverage="sample").keep(again="add")


def test_people_that_contradict_those_there_are_not_added():
    mine(COUNTS.assign(Personen=[100, 200])).keep()
    with pytest.raises(ReadError, match="different numbers of employed for one group"):
        mine(COUNTS.assign(Anzahl=[1, 1], Personen=[300, 200])).keep(again="add")
    assert by_department("mine")[0] == {"Lager": 12, "Büro": 3}
