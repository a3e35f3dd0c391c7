"""Model widgets without a browser: controls ask again, and the code that is copied finds the same."""

from dataclasses import replace

import ipywidgets
import pytest
from bokeh.document import Document
from pandas.testing import assert_frame_equal

import workbench as wb
from workbench.study.recipe import Recipe, selection_code
from workbench.terms.errors import UnknownName
from workbench.terms.text import speaking

ITALY = wb.Selection(regions={"IT"}, years=(2014, 2022))


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    """One home for these tests: to store the twin anew for each takes longer than the test itself."""
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_SOURCE", raising=False)


def run(code: str) -> dict:
    names: dict = {}
    exec(compile(code, "copied", "exec"), names)
    return names


def check_code(widget) -> None:
    """The code that the widget shows, run as it stands, gives the frame and the title on the screen."""
    found = run(widget.code)["finding"]
    assert_frame_equal(found.frame, widget.finding.frame)
    assert (found.title, found.notes, found.selection) == (
        widget.finding.title,
        widget.finding.notes,
        widget.finding.selection,
    )


TOUCHES = {
    "rates": {"by": ("sex",), "standard": ("nace1",), "level": 0.9},
    "trend": {"joinpoints": 2, "standard": ("nace1",), "level": 0.99},
    "regression": {"terms": ("nace1", "sex"), "family": "nb2", "level": 0.9},
    "funnel": {"by": "nace1", "level": 0.99},
}


@pytest.mark.parametrize("question", TOUCHES)
def test_a_touched_control_asks_again_and_the_code_finds_the_same(question):
    widget = getattr(wb.widgets, question)("esaw_synthetic", ITALY)
    check_code(widget)
    for name, value in TOUCHES[question].items():
        before = widget.finding
        widget.controls[name].value = value
        assert widget.finding is not before and widget.refusal == ""
    check_code(widget)
    assert widget.recipe().options == {n: list(v) if isinstance(v, tuple) else v for n, v in TOUCHES[question].items()}
    assert widget._chart.item["doc"] and widget._chart.label == widget.finding.title
    assert widget.finding.summary.splitlines()[0] in widget._reading.value
    assert widget._checks.value.startswith("<p")


def test_the_reference_of_a_term_can_be_chosen_and_goes_with_its_term():
    widget = wb.widgets.regression("esaw_synthetic", ITALY)
    references = widget.controls["references"]
    references.children[0].value = "F"
    assert widget.finding.model.references["sex"] == "F"
    assert "references={'sex': 'F'}" in widget.code
    check_code(widget)
    widget.controls["terms"].value = ("age_group",)
    assert references.value == {}
    assert "references" not in widget.code


def test_a_widget_follows_its_picker_and_the_picker_the_widget():
    picker = wb.pickers.region("esaw_synthetic", ITALY)
    widget = wb.widgets.trend(picker)
    assert widget.selection == ITALY
    picker.picked = ["ES"]
    assert widget.selection.regions == widget.finding.selection.regions == {"ES"}
    widget.selection = ITALY
    assert picker.picked == ["IT"]


def test_what_cannot_be_answered_is_told_in_place_of_the_finding_and_goes_again():
    widget = wb.widgets.trend("esaw_synthetic", ITALY)
    widget.selection = ITALY.but(years=(2020, 2020))
    assert widget.finding is None and "2020" in widget.refusal
    assert widget._chart.item == {} and widget.refusal.splitlines()[0][:20] in widget._reading.value
    widget.selection = ITALY
    assert widget.finding is not None and widget.refusal == ""


def test_all_models_stand_under_one_picker():
    tabs = wb.widgets(wb.pickers.region("esaw_synthetic", ITALY))
    assert isinstance(tabs, ipywidgets.Tab)
    assert tabs.titles == ("Rates", "Trend", "Regression", "Funnel")
    assert [one.question for one in tabs.children] == ["rates", "trend", "regression", "funnel"]


def test_the_model_whose_tab_is_open_answers_and_the_others_when_theirs_is_opened():
    picker = wb.pickers.region("esaw_synthetic", ITALY)
    tabs = wb.widgets(picker)
    rates, trend, *_others = tabs.children
    assert rates.finding is not None and trend.finding is None
    tabs.selected_index = 1
    picker.picked = ["ES"]
    assert trend.finding.selection.regions == {"ES"} and rates.finding.selection.regions == {"IT"}
    before = trend.finding
    tabs.selected_index = 0
    assert rates.finding.selection.regions == {"ES"}
    tabs.selected_index = 1
    assert trend.finding is before  # nothing was touched meanwhile


def test_a_selection_that_is_given_goes_before_that_of_the_picker():
    picker = wb.pickers.region("esaw_synthetic", ITALY)
    widget = wb.widgets.rates(picker, ITALY.but(regions={"ES"}))
    assert widget.selection.regions == widget.finding.selection.regions == {"ES"}
    assert picker.picked == ["ES"]


def test_a_chart_that_was_shown_belongs_to_no_document_of_the_next():
    widget = wb.widgets.rates("esaw_synthetic", ITALY)
    first = widget._chart.item
    widget.controls["level"].value = 0.9
    assert widget._chart.item["doc"]["version"] == first["doc"]["version"]
    assert Document.from_json(widget._chart.item["doc"]).roots


def test_the_library_of_the_chart_comes_from_the_kernel_when_it_is_asked_for(monkeypatch):
    chart, sent = wb.widgets.rates("esaw_synthetic", ITALY)._chart, []
    monkeypatch.setattr(chart, "send", sent.append)
    for message in ({"want": "bokeh"}, {"want": "os"}, "bokeh", None):
        chart._handle_custom_msg(message, [])
    assert len(sent) == 1 and "Bokeh" in sent[0]["script"]


@pytest.mark.parametrize(
    "selection",
    [
        wb.Selection(),
        ITALY,
        wb.Selection(ages=(None, 34), sexes={"F"}, sectors={"F", "10"}, severities={"FAT"}),
        wb.Selection(where={"commuting": {"N", "S"}, "question": {"it's <script>"}}),
    ],
)
def test_a_selection_as_code_makes_an_equal_one(selection):
    assert eval(selection_code(selection), {"wb": wb}) == selection


def test_a_recipe_is_the_cells_of_a_notebook():
    recipe = Recipe("rates", wb.cube("esaw_synthetic"), ITALY, {"by": ["nace1"]})
    assert recipe.cells()[2].startswith("finding = wb.rates('esaw_synthetic', selection, by=['nace1'])")
    names = run("\n".join(recipe.cells()[:3]))
    assert_frame_equal(names["finding"].frame, recipe.ask().frame)


def test_a_cube_of_no_entry_is_a_variable_of_the_reader():
    cube = replace(wb.cube("esaw_synthetic"), notes=("Cut by the reader.",))
    recipe = Recipe("rates", cube, wb.Selection(years=(2020, 2020)), {"by": ["sex"]})
    assert "wb.rates(cube, selection, by=['sex'])" in recipe.code()
    found = {"cube": cube}
    exec(recipe.code(), found)
    assert_frame_equal(found["finding"].frame, recipe.ask().frame)


def test_a_recipe_of_no_question_names_those_there_are():
    with pytest.raises(UnknownName, match="rates, trend"):
        Recipe("eval", "esaw_synthetic")


def test_widgets_speak_the_language_in_which_they_are_made(pseudo_language):
    with speaking(pseudo_language):
        widget = wb.widgets.trend("esaw_synthetic", ITALY)
    assert all(control.description.startswith("⟦") for control in widget.controls.values())


def test_buttons_of_several_choices_and_their_value_follow_each_other():
    terms = wb.widgets.regression("esaw_synthetic", ITALY).controls["terms"]
    terms._buttons["nace1"].value = True
    assert terms.value == ("nace1", "sex", "age_group")
    terms.value = ("sex",)
    assert [code for code, button in terms._buttons.items() if button.value] == ["sex"]
    assert terms._buttons["sex"].icon == "check"  # not by colour alone


def test_priorities_follow_the_sliders_of_their_weights():
    widget = wb.widgets.priorities("esaw_synthetic", ITALY)
    assert widget.controls["weights"].value == {"rate": 1.0, "people": 1.0, "fatal": 0.0}
    first = widget.finding.frame["nace1"].tolist()

    widget.controls["weights"].sliders["people"].value = 0
    assert widget.finding.frame["nace1"].tolist() != first
    assert "weights={'rate': 1.0, 'people': 0.0, 'fatal': 0.0}" in widget.code

    widget.controls["weights"].sliders["rate"].value = 0
    assert widget.finding is None and "All weights are 0" in widget.refusal


def test_a_programme_follows_the_slider_of_its_days():
    widget = wb.widgets.programme("esaw_synthetic", ITALY)
    before = widget.finding.frame["value"].sum()

    widget.controls["days"].value = 12_000
    assert widget.finding.frame["value"].sum() > 2 * before
    assert "days=12000" in widget.code
