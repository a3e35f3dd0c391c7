"""The draft of an entry for a table of one's own is a catalogue that can be opened at once, and says what is to do."""

import pandas as pd
import pytest
import yaml

import workbench as wb
from workbench.cli import app
from workbench.sources import catalog as catalogs
from workbench.terms.errors import Refused

ROWS = pd.DataFrame(
    {
        "Bezirk": ["Calabria", "Lombardia", "Calabria", "Lombardia"],
        "Jahr": [2021, 2021, 2022, 2022],
        "Abteilung": ["Lager", "Buero", "Lager", "Buero"],
        "Anzahl": [5, 9, 3, 4],
        "Personen": [1200, 2400, 1250, 2300],
    }
)


@pytest.fixture(autouse=True)
def no_catalogs_of_other_tests(monkeypatch):
    monkeypatch.setattr(catalogs, "_OWN", {})
    monkeypatch.delenv("WORKBENCH_CATALOGS", raising=False)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "accidents.csv"
    ROWS.to_csv(path, sep=";", index=False)
    return path


def line_with(draft, text):
    return next(line for line in draft.splitlines() if text in line)


def test_the_draft_is_a_catalogue_that_gives_the_figures_of_the_table(file):
    draft = wb.describe_table(file, columns={"Bezirk": "nuts2", "Abteilung": "department"})
    path = file.with_name("accidents.yml")
    path.write_text(draft, encoding="utf-8")
    wb.catalog(path)
    table = wb.table(file, columns={"Bezirk": "nuts2", "Abteilung": "department"})
    for by in ("nuts2", "department"):
        expected, found = (wb.rates(source, by=[by]).frame.drop(columns=by) for source in (table, "accidents"))
        pd.testing.assert_frame_equal(found, expected)
    assert wb.catalog()["accidents"].dimensions == ("nuts2", "department", "year")
    assert wb.catalog()["accidents"].temporal == (2021, 2022)


def test_it_says_what_was_recognised_and_how_and_what_is_to_do(file):
    draft = wb.describe_table(file, columns={"Bezirk": "nuts2"})
    assert "# - Columns are parted by semicolon." in draft and "# 4 rows read, 0 rejected" in draft
    assert line_with(draft, "          Bezirk:").endswith("nuts2  # as you said")
    assert line_with(draft, "          Jahr:").endswith("year  # found by its heading or entries")
    unused = line_with(draft, "          Abteilung:")
    assert unused.endswith("null  # FILL IN: not used; to divide by it, write a name such as abteilung")
    assert line_with(draft, "          Anzahl:").endswith("accidents  # found by its heading or entries")
    for key in ("title", "publisher", "licence", "population", "coverage", "event", "place_basis", "citation"):
        assert "# FILL IN" in line_with(draft, f"      {key}: "), key


@pytest.mark.parametrize(
    ("rows", "form", "kind", "exposure", "sensitivity"),
    [
        (ROWS, "cells", "accidents", "self", "aggregate"),
        (ROWS[["Bezirk", "Jahr"]], "records", "accidents", None, "persons"),
        (ROWS[["Bezirk", "Jahr", "Personen"]], "cells", "exposure", None, "aggregate"),
    ],
)
def test_records_counts_and_people_are_told_apart(rows, form, kind, exposure, sensitivity):
    draft = yaml.safe_load(wb.describe_table(rows, name="mine", columns={"Bezirk": "nuts2"}))
    entry = draft["entries"]["mine"]
    about = entry["metadata"]
    assert [about[key] for key in ("form", "kind", "exposure", "sensitivity")] == [form, kind, exposure, sensitivity]
    assert entry["kwargs"]["function"] == "own_tables:table_parquet" and about["files"]["bundled"] == ["mine.parquet"]


def test_a_file_whose_name_a_catalogue_does_not_take_is_to_be_renamed(file):
    other = file.rename(file.with_name("Unfälle 2024.csv"))
    draft = wb.describe_table(other)
    assert "unfalle_2024.csv" in line_with(draft, "files: ") and "FILL IN: save or rename the file so" in draft


def test_codes_and_headings_as_people_write_them_make_a_draft_that_can_be_opened(tmp_path):
    rows = ROWS.assign(Abteilung=["Büro 2", "Lager", "Büro 2", "Lager"], **{"Schicht\n{a}": ["a1", "b1", "a1", "b1"]})
    rows.to_excel(tmp_path / "mine.xlsx", index=False)
    draft = wb.describe_table(tmp_path / "mine.xlsx", columns={"Bezirk": "nuts2", "Abteilung": "department"})
    (tmp_path / "mine.yml").write_text(draft, encoding="utf-8")
    assert "FILL IN: braces and line ends are not taken" in draft
    wb.catalog(tmp_path / "mine.yml")
    assert wb.catalog()["mine"].labels["department"] == {"Büro 2": "Büro 2", "Lager": "Lager"}
    assert wb.counts("mine", by=["department"]).frame["value"].tolist() == [8, 13]


def test_a_file_that_no_generic_reader_takes_is_to_be_saved_as_parquet(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    pyreadstat.write_dta(pd.DataFrame({"year": [2021, 2022], "accidents": [5, 9]}), tmp_path / "mine.dta")
    entry = yaml.safe_load(wb.describe_table(tmp_path / "mine.dta"))["entries"]["mine"]
    assert entry["metadata"]["files"]["bundled"] == ["mine.parquet"]


def test_names_of_the_catalogue_are_not_taken(file):
    with pytest.raises(Refused, match="esaw_synthetic is an entry of the catalogue"):
        wb.describe_table(file, name="esaw_synthetic")


def test_the_command_writes_the_draft_beside_the_table_and_never_over_a_file(file, capsys):
    out = file.with_name("accidents.yml")
    words = ["describe", str(file), "--columns", "Bezirk=nuts2,Abteilung=department"]
    app([*words, "--out", str(out)], standalone_mode=False)
    assert "Finish the lines with FILL IN" in capsys.readouterr().out
    app(words, standalone_mode=False)
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")
    with pytest.raises(Exception, match="is there already"):
        app([*words, "--out", str(out)], standalone_mode=False)
    app(["rates", "accidents", "--by", "department", "--catalog", str(out)], standalone_mode=False)
    assert "Lager" in capsys.readouterr().out
