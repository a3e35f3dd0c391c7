"""The pickers without a browser: what can be chosen, what a tick means, what each choice would leave."""

import json
from dataclasses import replace

import ibis
import ipywidgets
import pandas as pd
import panel as pn
import pytest
import traitlets

import workbench as wb
from workbench.cubes import build
from workbench.study.disclose import MINIMUM
from workbench.terms.dimensions import own_dimension
from workbench.terms.errors import Refused
from workbench.terms.text import speaking
from workbench.views import choices, left
from workbench.views.choices import PARTS
from workbench.views.chooser import Chooser

RECORDS = pd.DataFrame(
    {
        "nuts": ["ITF61", "ITF62", "ITC11", "ITC41", "ES611", "ES411", "EL301"],
        "nace": ["41", "42", "10", "11", "10", "86", "41"],
        "sex": ["M", "F", "M", "M", "F", "F", "M"],
        "age_group": ["Y15-24", "Y25-34", "Y25-34", "Y55-64", "Y55-64", "Y25-34", "Y55-64"],
        "year": [2019, 2020, 2019, 2019, 2020, 2021, 2021],
        "severity": ["FAT", "D_GE4", "D_GE4", "D_GE4", "D_GE4", "D_GE4", "D_GE4"],
        "size": ["1", "2", "1", "3", "1", "1", "2"],
        "activity": ["10", "20", "11", "12", "11", "21", "10"],
        "deviation": ["10", "20", "30", "30", "30", "20", "10"],
    }
)
DIMS = ("nuts3", "nace2", "sex", "age_group", "year", "severity", "size", "activity2", "deviation")


@pytest.fixture(scope="module")
def cube():
    return build.from_rows("small", ibis.memtable(RECORDS), DIMS)


@pytest.fixture(scope="module")
def chooser(cube):
    return Chooser.of(cube)


def after(chooser, selection=None, **touch):
    selection, notice = chooser.after(selection or wb.Selection(), touch)
    return selection


def shown(chooser, selection=None, field="regions"):
    return chooser.state(selection or wb.Selection())["fields"][field]


def test_a_ticked_parent_shows_ticked_children_and_a_ticked_child_a_partly_ticked_parent(chooser):
    whole = shown(chooser, wb.Selection(regions={"IT"}))["marks"]
    assert {whole[code] for code in ("IT", "ITF", "ITF6", "ITF61", "ITC11")} == {"true"}
    assert "ES" not in whole
    part = shown(chooser, wb.Selection(regions={"ITF61"}))["marks"]
    assert (part["ITF61"], part["ITF6"], part["IT"]) == ("true", "mixed", "mixed")
    assert "ITF62" not in part and "ITC" not in part


def test_a_region_is_taken_out_of_its_country_and_the_others_stay(chooser):
    without = after(chooser, wb.Selection(regions={"IT"}), field="regions", code="ITF61", on=False)
    assert without.regions == {"ITC", "ITF62"}
    assert shown(chooser, without)["marks"]["IT"] == "mixed"


def test_a_parent_takes_the_place_of_its_children(chooser):
    both = after(chooser, wb.Selection(regions={"ITF61", "ES"}), field="regions", code="IT", on=True)
    assert both.regions == {"IT", "ES"}


def test_children_that_are_all_ticked_become_their_parent_only_where_they_are_all_of_it(cube):
    sectors = build.from_rows("s", ibis.memtable(RECORDS.assign(nace=["41", "42", "43", "41", "42", "43", "10"])), DIMS)
    every = Chooser.of(sectors, ["sector"])
    assert after(every, wb.Selection(sectors={"41", "42"}), field="sectors", code="43", on=True).sectors == {"F"}
    some = Chooser.of(cube, ["sector"])  # 43 does not occur: what F holds of it would be asked for too
    found = after(some, wb.Selection(sectors={"41"}), field="sectors", code="42", on=True)
    assert found.sectors == {"41", "42"}
    assert shown(some, found, "sectors")["marks"]["F"] == "true"  # all of it that there is
    assert after(some, found, field="sectors", code="F", on=False).sectors == frozenset()


def test_each_choice_shows_what_it_would_leave_under_the_other_filters_only(chooser):
    counts = shown(chooser, wb.Selection(regions={"ES"}, sexes={"M"}))["counts"]
    assert (counts["IT"], counts["ITF"], counts["ITF61"], counts["ES"], counts["EL"]) == ("3", "1", "1", "0", "1")
    sexes = shown(chooser, wb.Selection(regions={"ES"}, sexes={"M"}), "sexes")
    assert sexes["counts"] == {"M": "0", "F": "2"}


def test_counts_are_those_of_the_rows_for_every_option_of_every_tree(cube, chooser):
    selection = wb.Selection(years=(2019, 2020))
    for field in chooser.fields:
        if field.is_span:
            continue
        counts = left.counts_left(cube, selection, field)
        for option in field.options:
            rest = field.choose(selection, frozenset({option.code}))
            assert counts[option.code] == left.total_left(cube, rest), option.code


def test_what_would_leave_nothing_is_shown_empty_before_it_is_taken(chooser):
    assert set(shown(chooser, wb.Selection(sexes={"F"}))["empty"]) >= {"EL", "ITF61", "ITC"}
    assert shown(chooser, wb.Selection(sexes={"F"}), "size")["empty"] == ["3"]


def test_small_counts_of_confidential_records_are_not_shown(cube, chooser, monkeypatch):
    monkeypatch.setattr(left, "withholds", lambda _cube: True)
    assert set(shown(chooser)["counts"].values()) == {f"under {MINIMUM}"}
    assert left.written(cube, 1_234.0) == "≈ 1,230"
    assert left.written(cube, 0.0) == "0"


def test_a_weight_does_not_make_many_of_few_confidential_records(monkeypatch):
    monkeypatch.setattr(left, "withholds", lambda _cube: True)
    weighted = Chooser.of(build.from_rows("w", ibis.memtable(RECORDS.assign(weight=100.0)), DIMS))
    assert set(shown(weighted)["counts"].values()) == {f"under {MINIMUM}"}
    assert weighted.state(wb.Selection())["total"] == f"under {MINIMUM} accidents"


def test_countries_are_found_as_iso_writes_them(chooser):
    regions = chooser.structure()["fields"][0]
    assert next(o for o in regions["options"] if o["code"] == "EL")["aliases"] == "GR"


def test_an_end_that_crosses_the_other_moves_it_along_and_says_so(chooser):
    young = wb.Selection(ages=(None, 34))
    selection, notice = chooser.after(young, {"field": "ages", "end": 0, "value": "55"})
    assert selection.ages == (55, None)
    assert notice == "Nothing lies from 55 to what was the last; the last is now 64."
    selection, notice = chooser.after(wb.Selection(years=(2020, 2021)), {"field": "years", "end": 1, "value": "2019"})
    assert selection.years == (2019, 2019)
    assert notice == "Nothing lies from what was the first to 2019; the first is now 2019."
    assert chooser.state(selection, notice)["notice"] == notice


def test_no_age_of_a_selection_is_lost_when_it_is_no_limit_of_a_band(chooser):
    ages = shown(chooser, wb.Selection(ages=(20, 40)), "ages")
    assert ages["value"] == ["20", "40"]
    assert "20" in {choice["value"] for choice in ages["first"]}


def test_each_end_of_a_span_shows_what_it_would_leave(chooser):
    years = shown(chooser, wb.Selection(years=(2020, 2021)), "years")
    assert [choice["left"] for choice in years["first"]] == ["7", "4", "2"]
    assert [choice["left"] for choice in years["last"]] == ["0", "2", "4"]
    ages = shown(chooser, None, "ages")
    assert [choice["left"] for choice in ages["first"]] == ["7", "6", "3"]


def test_breaks_are_marked_in_the_years():
    years = Chooser.of(wb.cube("esaw_synthetic"), ["years"]).state(wb.Selection())["fields"]["years"]
    assert "2013 (break)" in {choice["label"] for choice in years["first"]}
    assert years["notes"][0].startswith("Break in 2013: sections B and O to S")


def test_all_production_is_one_touch(chooser):
    sectors = build.from_rows("s", ibis.memtable(RECORDS.assign(nace=["B", "C", "D", "E", "F", "G", "A"])), DIMS)
    field = Chooser.of(sectors, ["sector"])
    production = field.structure()["fields"][0]["shortcuts"][0]
    assert production == {"label": "All production (B to F)", "codes": ["B", "C", "D", "E", "F"]}
    made = after(field, field="sectors", codes=production["codes"], on=True)
    assert made.sectors == {"B", "C", "D", "E", "F"}
    assert shown(field, made, "sectors")["shortcuts"][0]
    assert after(field, made, field="sectors", codes=production["codes"], on=False).sectors == frozenset()


@pytest.mark.parametrize(
    "touch",
    [
        {"field": "regions", "code": "<script>", "on": True},
        {"field": "regions", "code": "'; drop table", "on": True},
        {"field": "nonsense", "code": "IT", "on": True},
        {"field": "years", "end": 0, "value": "soon"},
        {"field": "years", "end": 0},
        {"field": "years", "end": "x", "value": None},
        {"field": "regions", "codes": 7, "on": True},
        {},
    ],
)
def test_a_touch_of_what_does_not_exist_changes_nothing(chooser, touch):
    before = wb.Selection(regions={"IT"})
    assert chooser.after(before, touch)[0] == before


def test_clearing_a_field_leaves_the_others(chooser):
    selection = wb.Selection(regions={"IT"}, years=(2019, 2019), where={"size": {"1"}})
    assert after(chooser, selection, field="years") == selection.but(years=None)
    assert after(chooser, selection, field="size") == selection.but(where={})


def test_each_picker_has_its_own_fields(cube):
    names = {part: [f.name for f in Chooser.of(cube, [part]).fields] for part in PARTS}
    assert names["demographics"] == ["sexes", "ages", "size"]
    assert names["causes"] == ["activity", "deviation"]
    assert [f.name for f in wb.pickers.severity(cube)._chooser.fields] == ["severities"]


def test_a_picker_of_what_the_data_do_not_have_says_what_they_have():
    with pytest.raises(Refused, match="is not divided by .*contact.* It has: age, "):
        wb.pickers.causes("esaw_synthetic")


def test_a_picker_is_a_widget_that_reports_and_follows(cube):
    picker, seen = wb.pickers.region(cube, wb.Selection(sexes={"M"})), []
    picker.observe(lambda change: seen.append(change.new), "selection")
    picker._handle_custom_msg({"field": "regions", "code": "IT", "on": True}, [])
    assert seen == [wb.Selection(sexes={"M"}, regions={"IT"})]
    assert (picker.value, picker.picked) == (picker.selection, ["IT"])
    picker.picked = ["ES"]  # a linked map
    assert picker.selection.regions == {"ES"}
    picker.value = wb.Selection()  # jslink
    assert (picker.selection, picker.picked) == (wb.Selection(), [])
    json.dumps(picker.get_state(["value", "structure", "state"]))


def test_pickers_share_a_selection_and_stand_next_to_other_widgets(cube):
    region, sector = wb.pickers.region(cube), wb.pickers.sector(cube)
    traitlets.link((region, "selection"), (sector, "selection"))
    region.picked = ["ES"]
    assert sector.state["fields"]["sectors"]["counts"]["86"] == "1"
    assert sector.state["fields"]["sectors"]["counts"]["41"] == "0"
    assert ipywidgets.HBox([region, sector, ipywidgets.IntSlider()])
    seen = []
    ipywidgets.interactive_output(
        lambda chosen, top: seen.append((chosen, top)), {"chosen": region, "top": ipywidgets.IntSlider()}
    )
    region.picked = ["IT"]
    assert seen[-1] == (wb.Selection(regions={"IT"}), 0)
    ipywidgets.interactive(lambda chosen: seen.append(chosen), chosen=region).update()
    assert seen[-1] == region.selection
    assert ipywidgets.jslink((region, "value"), (sector, "value"))


def test_a_picker_in_a_panel_layout_holds_the_same_selection(cube):
    picker = wb.pickers(cube)
    screen = pn.Row(picker)[0]
    screen._handle_msg({"field": "regions", "code": "IT", "on": True})
    assert picker.selection.regions == {"IT"}
    picker.selection = wb.Selection()
    assert json.loads(screen.state)["fields"]["regions"]["marks"] == {}


def test_a_picker_speaks_the_language_in_which_it_is_made(cube, pseudo_language):
    with speaking(pseudo_language):
        drawn = Chooser.of(cube).structure()
    assert all(text.startswith("⟦") for text in drawn["texts"].values())
    assert drawn["fields"][0]["title"].startswith("⟦")


def test_of_a_survey_one_answer_is_chosen_and_it_is_one_of_its_question(monkeypatch):
    rows = [("Q1", "Yes", 2020, 40.0), ("Q1", "No", 2020, 60.0), ("Q2", "Often", 2020, 10.0)]
    frame = pd.DataFrame(rows, columns=["question", "answer", "year", "share"]).assign(margin="m", flag="")
    measures = {"share": build.Measure("share", "%", "none", "Share")}
    margins = {"m": {"dims": ("question", "answer", "year"), "measures": ["share"]}}
    survey = Chooser.of(build.from_published("survey", frame, margins, measures))
    assert [field.name for field in survey.fields] == ["question", "answer"]  # and the one year is no choice
    first = after(survey, field="question", code="Q1", on=True)
    second = after(survey, first, field="question", code="Q2", on=True)
    assert dict(second.where) == {"question": {"Q2"}, "answer": {"Often"}}
    assert set(shown(survey, second, "answer")["empty"]) == {"Yes", "No"}
    assert shown(survey, second, "question")["counts"] == {}  # shares are not counted


def test_a_field_whose_cube_cannot_answer_shows_no_counts_rather_than_zeros(cube, chooser):
    gone = replace(cube, margins=())
    assert left.counts_left(gone, wb.Selection(), chooser.fields[0]) == {}
    assert left.total_left(gone, wb.Selection()) is None


@pytest.mark.parametrize(
    "ask", [lambda: wb.pickers("esaw_synthetic", "F"), lambda: wb.widgets.trend("esaw_synthetic", 7)]
)
def test_what_is_no_selection_is_refused_in_words(ask):
    with pytest.raises(wb.WorkbenchError, match="^selection is "):
        ask()


def test_of_very_many_codes_the_first_are_listed_and_it_is_said(monkeypatch):
    monkeypatch.setattr(choices, "MOST", 3)
    rows = ibis.memtable(pd.DataFrame({"department": [f"D{n}" for n in range(9)], "year": [2020] * 9}))
    own_dimension("department")
    many = Chooser.of(build.from_rows("many", rows, ("department", "year")))
    (drawn,) = many.structure()["fields"]
    assert len(drawn["options"]) == 3
    assert drawn["note"] == "Listed are 3 of 9 codes. Ask for others by code, with wb.Selection."
    kept = wb.Selection(where={"department": {"D8"}})  # one that is not listed stays when another is ticked
    assert dict(after(many, kept, field="department", code="D0", on=True).where) == {"department": {"D0", "D8"}}
    assert many.state(kept)["total"] == "1 accident"
