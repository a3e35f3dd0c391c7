"""A catalogue of one's own with tables of one's own: read, asked, shown and withdrawn like the workbench's entries."""

import json

import pandas as pd
import pytest
import yaml

import workbench as wb
from workbench.cli import app
from workbench.sources import catalog as catalogs
from workbench.terms.errors import CatalogError, ReadError, Refused, UnknownName, WorkbenchError
from workbench.views.explorer import Explorer
from workbench.views.menu import openable

ROWS = pd.DataFrame(
    {
        "Bezirk": ["Calabria", "Lombardia", "Calabria", "Lombardia"],
        "Jahr": [2021, 2021, 2022, 2022],
        "Abteilung": ["L", "B", "L", "B"],
        "Anzahl": [5, 9, 3, 4],
        "Personen": [1200, 2400, 1250, 2300],
    }
)
COLUMNS = {"Bezirk": "nuts2", "Jahr": "year", "Abteilung": "department"}
MEASURES = {"Anzahl": "accidents", "Personen": "employed"}
LABELS = {"department": {"L": "Warehouse", "B": "Office"}}


@pytest.fixture(autouse=True)
def no_catalogs_of_other_tests(monkeypatch):
    monkeypatch.setattr(catalogs, "_OWN", {})
    monkeypatch.delenv("WORKBENCH_CATALOGS", raising=False)


def entry(file="mine.csv", function="table_csv", name="mine", options=None, **changes):
    """An entry with every key that a catalogue wants."""
    metadata = {
        "title": "Accidents of our firm",
        "description": "Counts by district and department",
        "kind": "accidents",
        "publisher": "Our firm",
        "licence": "internal",
        "attribution": "Our firm",
        "url": None,
        "temporal": [2021, 2022],
        "spatial": "Italy",
        "nuts_edition": "2021",
        "form": "cells",
        "dimensions": ["nuts2", "year", "department"],
        "margins": {},
        "measures": {
            "accidents": {"unit": "accidents", "how": "sum", "label": "Accidents"},
            "employed": {"unit": "persons", "how": "sum", "label": "Persons employed"},
        },
        "flags": {},
        "breaks": [],
        "population": "Employees",
        "coverage": "full",
        "coverage_by_way": {},
        "event": "Accident with absence",
        "place_basis": "workplace",
        "year_basis": "accident",
        "release": "2023",
        "exposure": "self",
        "source_kind": "register",
        "sensitivity": "none",
        "citation": {"key": "firm_2023", "author": "Our firm", "year": 2023, "title": "Accidents"},
        "access": "open",
        "how_to_obtain": "",
        "defaults": {},
        "breakdown": [],
        "labels": LABELS,
        "notes": ["Counted by hand."],
        "files": {"bundled": [file], "mirror": [], "live": []},
        "parameters": {},
        "code": {},
    }
    options = {"columns": COLUMNS, "measures": MEASURES} if options is None else options
    return {
        "reader": "workbench.sources.catalog:TableReader",
        "output_instance": "pandas:DataFrame",
        "user_parameters": {},
        "kwargs": {"name": name, "function": f"own_tables:{function}", "options": options},
        "metadata": metadata | changes,
    }


def catalogue(folder, **entries):
    document = {"version": 2, "metadata": {}, "user_parameters": {}, "data": {}}
    document |= {"aliases": {name: name for name in entries}, "entries": entries}
    path = folder / "mine.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def mine(tmp_path):
    """A catalogue with one entry, its file beside it."""
    ROWS.to_csv(tmp_path / "mine.csv", sep=";", index=False)
    return catalogue(tmp_path, mine=entry())


def run(capsys, *words):
    try:
        app([*map(str, words)], standalone_mode=False)
    except WorkbenchError as error:
        return str(error)
    return capsys.readouterr().out


def values(finding, by):
    return finding.frame.set_index(by)["value"].to_dict()


def test_python_the_command_line_and_the_explorer_agree_with_the_table_itself(mine, capsys):
    table = wb.table(ROWS, columns=COLUMNS, measures=MEASURES)
    expected = values(wb.rates(table, by=["department"]), "department")
    words = ["--by", "department", "--format", "json"]
    printed = json.loads(run(capsys, "rates", "mine", *words, "--catalog", mine))["frame"]
    assert {row["department"]: row["value"] for row in printed} == pytest.approx(expected, abs=1e-9)

    wb.catalog(mine)
    assert values(wb.rates("mine", by=["department"]), "department") == expected
    shown = Explorer("mine", selection=wb.Selection(years=(2021, 2022)), level="nuts2").findings["place"]
    assert values(shown, "nuts2") == values(wb.rates(table, by=["nuts2"]), "nuts2")
    assert openable({}, "esaw_synthetic")["Accidents of our firm"] == "mine"


def test_it_is_read_loaded_listed_cited_and_has_its_labels_and_notes(mine, capsys):
    wb.catalog(mine)
    rows = wb.read("mine")
    assert rows["nuts"].tolist() == ["ITF6", "ITC4", "ITF6", "ITC4"] and rows["department"].tolist() == [*"LBLB"]
    assert "4 rows read, 0 rejected" in run(capsys, "load", "mine") and "mine" in run(capsys, "datasets")
    found = wb.rates("mine", wb.Selection(where={"department": ["L"]}), by=["department"])
    assert found.table()["department_label"].tolist() == ["Warehouse"]
    said = " ".join(found.notes)
    assert "Counted by hand." in said and "Columns are parted by semicolon." in said
    assert "Labels taken as codes: Calabria = ITF6" in said
    assert found.cite().startswith("Our firm (2023). Accidents") and "own" not in found.sources[0]


@pytest.mark.parametrize("function", ["table_csv", "table_excel", "table_parquet"])
def test_each_generic_reader_gives_the_same(function, tmp_path):
    file = {"table_csv": "a.tsv", "table_excel": "a.xlsx", "table_parquet": "a.parquet"}[function]
    write = {
        "table_csv": lambda path: ROWS.to_csv(path, sep="\t", index=False),
        "table_excel": lambda path: ROWS.to_excel(path, index=False),
        "table_parquet": ROWS.to_parquet,
    }
    write[function](tmp_path / file)
    wb.catalog(catalogue(tmp_path, mine=entry(file, function)))
    assert values(wb.rates("mine", by=["department"]), "department") == pytest.approx(
        {"B": 100_000 * 13 / 4_700, "L": 100_000 * 8 / 2_450}
    )


def test_a_file_of_another_kind_than_its_reader_is_refused(tmp_path):
    ROWS.to_parquet(tmp_path / "mine.parquet")
    wb.catalog(catalogue(tmp_path, mine=entry("mine.parquet")))
    with pytest.raises(ReadError, match="mine.parquet does not end in .csv, .tsv, .txt, as files of table_csv do"):
        wb.cube("mine")


def test_a_file_given_to_the_entry_takes_its_place_and_says_so(mine, tmp_path, capsys):
    ROWS.assign(Anzahl=10).to_csv(tmp_path / "later.csv", index=False)
    assert "4 rows read" in run(capsys, "load", "mine", "--from", tmp_path / "later.csv", "--catalog", mine)
    wb.catalog(mine)
    found = wb.counts("mine")
    assert found.frame["value"].tolist() == [40] and found.sources[0]["address"] == "later.csv"


def test_people_of_another_entry_are_named_in_the_catalogue(tmp_path):
    ROWS.drop(columns="Personen").to_csv(tmp_path / "mine.csv", index=False)
    people = ROWS[["Bezirk", "Jahr", "Personen"]]
    people.to_csv(tmp_path / "people.csv", index=False)
    of_people = entry(
        "people.csv",
        name="people",
        options={"columns": {"Bezirk": "nuts2", "Jahr": "year"}, "measures": {"Personen": "employed"}},
        kind="exposure",
        dimensions=["nuts2", "year"],
        labels={},
        exposure=None,
    )
    accidents = entry(options={"columns": COLUMNS, "measures": {"Anzahl": "accidents"}}, exposure="people")
    wb.catalog(catalogue(tmp_path, mine=accidents, people=of_people))
    found = wb.rates("mine", by=["nuts2"])
    assert values(found, "nuts2") == pytest.approx({"ITC4": 100_000 * 13 / 4_700, "ITF6": 100_000 * 8 / 2_450})
    assert [source["name"] for source in found.sources] == ["mine", "people"]


def test_a_sample_stays_one_and_counts_without_people_are_followed_alone(tmp_path):
    pd.DataFrame({"Jahr": range(2012, 2022), "Anzahl": range(30, 20, -1)}).to_csv(tmp_path / "mine.csv", index=False)
    options = {"columns": {"Jahr": "year"}, "measures": {"Anzahl": "accidents"}}
    alone = entry(options=options, dimensions=["year"], labels={}, exposure=None)
    path = catalogue(tmp_path, mine=alone)
    wb.catalog(path)
    assert wb.trend("mine").notes[0].startswith("Counts alone")
    wb.catalog(path, withdraw=True)
    alone["metadata"]["coverage"] = "sample"
    wb.catalog(catalogue(tmp_path, mine=alone))
    with pytest.raises(Refused, match="mine is a sample here"):
        wb.trend("mine")


def test_a_catalogue_can_be_withdrawn(mine):
    wb.catalog(mine)
    assert "mine" not in wb.catalog(mine, withdraw=True)
    with pytest.raises(UnknownName, match="'mine' is not a known data set"):
        wb.cube("mine")
    with pytest.raises(CatalogError, match=r"mine.yml is no catalogue that was given with wb.catalog"):
        wb.catalog(mine, withdraw=True)


def test_an_entry_does_not_hide_a_stored_table_of_the_same_name(mine):
    wb.table(ROWS, columns=COLUMNS, name="mine").keep()
    with pytest.raises(CatalogError, match="mine is the name of a stored table of yours.*workbench forget mine"):
        wb.catalog(mine)
    wb.forget("mine")
    assert "mine" in wb.catalog(mine)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dimensions": ["nuts2", "plant"]}, "dimensions: 'plant' is not one of .*stands in options: columns too"),
        (
            {"options": {"columns": {"Bezirk": "My Department"}}},
            "options: columns: Bezirk: 'My Department' is not allow",
        ),
        ({"dimensions": ["nuts"], "options": {"columns": {"Bezirk": "nuts"}}}, "dimensions: 'nuts' is not one of"),
        ({"options": {"sheet": "1"}}, "has no option"),
        ({"options": {"columns": ["Bezirk"]}}, "options: columns: .* is not a mapping"),
        ({"function": "read_anything"}, "not a reader function of the workbench"),
        ({"file": "../secret.csv"}, "not a relative path inside the catalogue's folder"),
    ],
)
def test_what_an_entry_may_not_have_is_refused(changes, said, tmp_path):
    with pytest.raises(CatalogError, match=said):
        wb.catalog(catalogue(tmp_path, mine=entry(**changes)))


def test_a_heading_that_the_file_does_not_have_is_answered_with_those_it_has(tmp_path):
    ROWS.to_csv(tmp_path / "mine.csv", index=False)
    wb.catalog(catalogue(tmp_path, mine=entry(options={"columns": {**COLUMNS, "Bezrik": "nuts2"}})))
    with pytest.raises(UnknownName, match="'Bezrik' is not a known column of the table. Close to it: Bezirk"):
        wb.cube("mine")
