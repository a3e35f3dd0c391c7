"""The list of roles has one form: every role opens known sensitivities at a known detail, and nothing by silence."""

from pathlib import Path

import pytest
import yaml

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
