"""The explorer without a browser: all state is in its parameters."""

import pytest

import workbench as wb
from workbench.study.finding import Finding
from workbench.views.explorer import Explorer

pytestmark = pytest.mark.xdist_group("explorer")
CALABRIA = wb.Selection(regions={"ITF6"}, sectors={"F"})


@pytest.fixture
def explorer():
    return Explorer("esaw_synthetic", selection=CALABRIA)


def test_all_views_answer_one_selection_each_with_its_own_dimension_free(explorer):
    assert explorer.selection == CALABRIA
    found = explorer.findings
    assert all(isinstance(finding, Finding) and finding.synthetic for finding in found.values())
    assert set(found["place"].frame["nuts2"].str[:2]) == {"IT"}  # the region among those of its country
    assert len(found["groups"].frame) > 15  # construction among all sectors
    assert found["time"].selection.regions == {"ITF6"}


def test_pickers_and_selection_follow_each_other_and_undo_goes_back(explorer):
    explorer.picker.sectors.value = ["C"]
    assert explorer.selection.sectors == {"C"}
    explorer.selection = CALABRIA.but(sexes={"F"})
    assert explorer.picker.sex.value == "F"
    explorer._undo.clicks += 1
    assert explorer.selection.sectors == {"C"}


def test_a_chart_of_one_kind_is_kept_and_only_fed_anew(explorer):
    chart = explorer._charts["place"][1]
    explorer.selection = wb.Selection(sectors={"C"})
    assert explorer._charts["place"][1] is chart


def test_a_view_that_the_data_cannot_answer_steps_aside_and_says_why(explorer, mirror):
    explorer.dataset = "inail_regions"
    assert "no dimension for this view" in explorer.findings["people"]
    assert isinstance(explorer.findings["place"], Finding)


def test_data_that_cannot_be_opened_say_why_and_what_to_do():
    shown = Explorer("ess")
    assert "after registration only" in shown._main[0].object
    assert "say which region" in Explorer("inail_records")._main[0].object


def test_a_survey_starts_with_a_question_that_has_an_answer(mirror):
    shown = Explorer("esener_2019")
    assert dict(shown.selection.where)["answer"] == {"Yes"}
    assert shown.findings["place"].frame["value"].notna().sum() > 25
