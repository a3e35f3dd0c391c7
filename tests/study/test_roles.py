"""The list of roles has one form: every role opens known sensitivities at a known detail, and nothing by silence."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.disclosure_control.roles import serve
from workbench.sources.catalog import catalog
from workbench.study import data, survey_tables
from workbench.study.data import Origin
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import bundled

ROLES = {"public", "trainer", "analyst", "researcher", "osh_professional", "inspector", "worker", "representative"}
SENSITIVITIES = {"none", "aggregate", "persons", "health"}
DETAILS = {"cells", "all", "records"}


@pytest.fixture(scope="module")
def roles() -> dict:
    return yaml.safe_load(Path(bundled("catalogs") / "roles.yml").read_text(encoding="utf-8"))["roles"]


def test_there_are_eight_roles(roles):
    assert set(roles) == ROLES


def test_a_role_has_a_label_and_opens_known_sensitivities_at_a_known_detail(roles):
    for role, entry in roles.items():
        assert set(entry) == {"label", "opens"}, role
        assert entry["label"], role
        assert set(entry["opens"]) <= SENSITIVITIES, role
        assert set(entry["opens"].values()) <= DETAILS, role


def test_everybody_opens_what_is_published_and_only_some_the_records_of_persons(roles):
    for role, entry in roles.items():
        assert entry["opens"]["none"] == entry["opens"]["aggregate"] == "records", role
    assert [role for role, entry in roles.items() if entry["opens"].get("persons") == "records"] == ["researcher"]
    assert "persons" not in roles["public"]["opens"] and "health" not in roles["public"]["opens"]


# --- every role, sensitivity and action


def of_sensitivity(sensitivity: str):
    """A cube of ninety accidents whose entry has a sensitivity."""
    dataset = replace(catalog()["inail_records"], sensitivity=sensitivity, exposure=None, defaults={}, breaks=())
    rows = pd.DataFrame({"nace": list("ACFGHI"), "year": 2023, "accidents": [9, 8, 20, 21, 22, 10]})
    margins = {"m": {"dims": ["nace", "year"], "measures": ["accidents"]}}
    return build.from_published(
        "records",
        rows.assign(flag="", margin="m"),
        margins,
        {"accidents": Measure("accidents", "accidents")},
        source=Origin(dataset=dataset, provenance={"way": "test", "coverage": "full", "sha256": ["ab"]}),
    )


def show(cube, _monkeypatch, _tmp_path):
    wb.counts(cube, by=["nace1"])


def show_all(cube, _monkeypatch, _tmp_path):
    with wb.disclosure("off", reason="a test"):
        assert wb.counts(cube, by=["nace1"]).withheld == 0


def write(cube, _monkeypatch, tmp_path):
    wb.counts(cube, by=["nace1"]).to_csv(tmp_path / "table.csv")


def write_all(cube, _monkeypatch, tmp_path):
    wb.counts(cube, by=["nace1"]).to_zip(tmp_path / "all.zip")


def round_them(cube, _monkeypatch, _tmp_path):
    with wb.disclosure("round"):
        wb.counts(cube, by=["nace1"])


def ask_why(cube, _monkeypatch, _tmp_path):
    wb.counts(cube, by=["nace1"]).why(0)


def look_who_is_alike(cube, monkeypatch, _tmp_path):
    monkeypatch.setattr(data, "entry_of", lambda *_: cube.source.dataset)
    monkeypatch.setattr(data, "parts_of", lambda *_: [])
    with pytest.raises(ValueError, match="No objects to concatenate"):
        wb.anonymity("inail_records", ["sex"])


def open_survey(cube, monkeypatch, _tmp_path):
    entry = replace(cube.source.dataset, form="respondents")
    monkeypatch.setattr(survey_tables, "catalog", lambda: {"inail_records": entry})
    monkeypatch.setattr(survey_tables, "parts_of", lambda *_: [])
    with pytest.raises(IndexError):  # it came as far as the rows
        wb.survey_table("inail_records")


def read_rows(cube, monkeypatch, _tmp_path):
    monkeypatch.setattr(data, "entry_of", lambda *_: cube.source.dataset)
    monkeypatch.setattr(data, "parts_of", lambda *_: [])
    with pytest.raises(ValueError, match="No objects to concatenate"):  # it came as far as the rows
        wb.read("inail_records")


ACTIONS = {
    show: "cells",
    write: "cells",
    write_all: "cells",
    round_them: "cells",
    ask_why: "cells",
    open_survey: "cells",
    show_all: "all",
    read_rows: "records",
    look_who_is_alike: "records",
}
FINER = ["cells", "all", "records"]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.__name__)
@pytest.mark.parametrize("sensitivity", sorted(SENSITIVITIES))
@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_does_what_the_list_says_and_no_more(name, sensitivity, action, roles, monkeypatch, tmp_path):
    opened = roles[name]["opens"].get(sensitivity)
    may = opened is not None and FINER.index(ACTIONS[action]) <= FINER.index(opened)
    if sensitivity in ("none", "aggregate"):
        assert may
    cube = of_sensitivity(sensitivity)
    wb.role(name)
    try:
        if may:
            action(cube, monkeypatch, tmp_path)
        else:
            with pytest.raises(Refused, match=rf"The role {name} may not open inail_records as .* These may: "):
                action(cube, monkeypatch, tmp_path)
            assert list(tmp_path.iterdir()) == []
    finally:
        wb.role("")


def test_the_role_in_force_stands_in_the_release_record(tmp_path):
    wb.role("analyst")
    try:
        wb.counts(of_sensitivity("persons"), by=["nace1"]).to_csv(tmp_path / "table.csv")
    finally:
        wb.role("")
    assert [line.role for line in wb.releases()] == ["analyst"]


def test_a_role_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="'analist' is not a known role. Close to it: analyst"):
        wb.role("analist")
    assert wb.role() is None


def test_a_visitor_of_a_served_page_cannot_switch_disclosure_control_off():
    serve(lambda: "inspector")
    try:
        with wb.disclosure("off", reason="somebody at the server's machine"):
            assert wb.counts(of_sensitivity("persons"), by=["nace1"]).withheld == 2
    finally:
        serve(None)
