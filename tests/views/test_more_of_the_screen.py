"""Many marks at once, terms of the regression, days lost, what is withheld and why, and how far a count is."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study import finer
from workbench.study.data import Origin
from workbench.views import progress
from workbench.views.cards import waiting
from workbench.views.chips import MANY, chips, heading, without
from workbench.views.explorer import DATASET, Explorer
from workbench.views.page import serve
from workbench.views.questions import State
from workbench.views.touch import together
from workbench.views.withheld import reason_of

pytestmark = pytest.mark.xdist_group("explorer")
YEAR = wb.Selection(years=(2022, 2022))


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    """One home for these tests: to store the twin anew for each takes longer than the test itself."""
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


@pytest.fixture
def shown() -> Explorer:
    return Explorer("esaw_synthetic", selection=YEAR)


def part(explorer: Explorer, name: str) -> dict:
    return json.loads(getattr(explorer.screen, name))


def send(explorer: Explorer, what: str, **message) -> None:
    explorer.screen._handle_msg({"do": what, **message})


# Many marks at once


def test_a_drag_over_years_asks_for_their_span_and_once_more_lets_it_go(shown):
    years = [["2014"], ["2015"], ["2016"]]
    send(shown, "several", view="time", keys=years)
    assert shown.selection.years == (2014, 2016)
    send(shown, "several", view="time", keys=years)
    assert shown.selection.years is None


def test_a_rectangle_of_cells_takes_each_sex_and_the_span_of_its_ages(shown):
    cells = [[sex, band] for sex in ("M", "F") for band in ("Y25-34", "Y35-44", "Y45-54")]
    send(shown, "several", view="people", keys=cells)
    assert (shown.selection.sexes, shown.selection.ages) == ({"M", "F"}, (25, 54))
    assert len(part(shown, "people")["chosen"]) == len(cells)


def test_many_regions_take_the_place_of_those_before_and_nothing_else_changes(shown):
    shown.selection = YEAR.but(regions={"DE"}, sectors={"F"})
    send(shown, "several", view="place", keys=[["ITF6"], ["ITG1"]])
    assert shown.selection == YEAR.but(regions={"ITF6", "ITG1"}, sectors={"F"})


def test_what_a_page_makes_up_is_left_out_of_many():
    keys = [("F",), ("'; drop table",), ("<script>",)]
    assert together(wb.Selection(), ("nace1",), keys) == wb.Selection(sectors={"F"})


def test_more_regions_than_can_be_read_are_one_chip_and_a_short_heading():
    cube = wb.cube("esaw_synthetic")
    regions = {code for code in cube.codes("nuts") if code.startswith("DE")}
    many = YEAR.but(regions=regions)
    (chip, year) = chips(cube, many)
    assert (chip.text, chip.field, chip.code, year.text) == (f"{len(regions)} regions", "regions", "", "2022")
    assert heading(cube, many) == f"Accidents at work, {len(regions)} regions, 2022"
    assert without(many, chip.field, chip.code) == YEAR
    few = YEAR.but(regions=set(sorted(regions)[:MANY]))
    assert len(chips(cube, few)) == MANY + 1


# Terms of the regression


def test_terms_of_the_regression_are_chosen_kept_in_the_address_and_undone(shown):
    (terms,) = part(shown, "head")["choices"]["model"]
    assert terms["many"] and terms["value"] == ["sex", "age_group", "nace1"]
    assert ["country", "nuts0"] in terms["options"] and not any(name == "severity" for _label, name in terms["options"])
    usual = shown.frame("model")

    send(shown, "set", name="terms", value=["sex", "year", "<script>"])
    shown.selection = wb.Selection()
    assert shown.terms == "sex,year"
    assert set(shown.frame("model")["term"].str.partition("[")[0]) == {"sex", "year"}
    again = Explorer(None)
    assert again.follow(dict(pair.split("=", 1) for pair in shown.address.replace("%2C", ",").split("&")))
    assert again.terms == "sex,year" and again.frame("model").equals(shown.frame("model"))

    send(shown, "undo")
    send(shown, "undo")
    assert shown.terms == "" and shown.frame("model").equals(usual)


def test_terms_of_an_address_that_there_are_not_are_named():
    shown = Explorer(None)
    assert not shown.follow({"dataset": "esaw_synthetic", "terms": "sex,planet"})
    assert shown.terms == "sex" and "'planet' is not a known term" in part(shown, "head")["warnings"][0]


def test_code_of_a_regression_has_its_terms(shown):
    shown.terms = "sex,age_group"
    sent = []
    shown.screen.send = sent.append
    send(shown, "code")
    code = dict(sent[0]["parts"])["Regression"]
    assert "terms=['sex', 'age_group']" in code.replace('"', "'")


# Days lost


def test_days_lost_have_a_card_of_their_own_where_there_are_any(shown):
    assert part(shown, "days")["says"] == "Counted from the records once it is looked at."
    rows = pd.DataFrame({"nace": list("CF"), "year": 2023, "accidents": [40.0, 30.0], "days_lost": [900.0, 800.0]})
    measures = {name: Measure(name, name) for name in ("accidents", "days_lost")}
    margins = {"m": {"dims": ["nace", "year"], "measures": list(measures)}}
    cube = build.from_published("days", rows.assign(flag="", margin="m"), margins, measures)
    with_days = Explorer(cube)
    assert with_days.frame("days").set_index("nace1")["value"].to_dict() == {"C": 900, "F": 800}
    assert part(with_days, "days")["title"] == "Days lost"


# What is withheld


@pytest.fixture
def of_persons() -> Explorer:
    """Records of persons by small region and sector: some figures are withheld."""
    chance = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "nuts": chance.choice(["ITF61", "ITF63", "ITF65"], 1200, p=[0.6, 0.39, 0.01]),
            "nace": chance.choice(list("ACFGH"), 1200, p=[0.04, 0.5, 0.3, 0.155, 0.005]),
            "sex": chance.choice(["M", "F"], 1200),
            "year": chance.choice([2020, 2021], 1200),
        }
    )
    entry = replace(catalog()["inail_records"], exposure=None, defaults={}, breaks=(), notes=(), event="")
    source = Origin(dataset=entry, provenance={"way": "test", "coverage": "full", "sha256": ["ab"]})
    cube = replace(build.from_table(frame, ("nuts3", "nace1", "sex", "year")), source=source)
    return Explorer(cube, selection=wb.Selection())


def test_a_withheld_mark_says_why_and_a_click_asks_the_nearest_question_that_has_an_answer(of_persons):
    sent = []
    of_persons.screen.send = sent.append
    frame = of_persons.frame("groups")
    code = frame.loc[frame["state"] == "withheld", "nace1"].iloc[0]
    before = of_persons.selection
    send(of_persons, "touch", view="groups", key=[str(code)], add=False)

    assert of_persons.selection == before
    expected = of_persons.finding("groups").why((code,))
    assert (sent[0]["kind"], sent[0]["says"]) == ("why", expected.sentence)
    assert "Nearest question that shows its group" in sent[0]["says"]
    assert sent[1:] == [{"kind": "rest"}]

    send(of_persons, "ask")
    if expected.by is None:
        assert sent[0]["ask"] is None and of_persons.selection == before
    else:
        assert of_persons.selection == expected.selection


@pytest.mark.parametrize("view", ["groups", "place", "time"])
def test_only_a_mark_whose_figure_is_withheld_has_a_reason(of_persons, view):
    finding = of_persons.finding(view)
    for *codes, state in finding.frame[[*finding.by, "state"]].itertuples(index=False, name=None):
        reason = reason_of(finding, tuple(map(str, codes)))
        assert reason == (finding.why(tuple(codes)) if state == "withheld" else None), codes
    assert reason_of(finding, ("nothing",) * len(finding.by)) is None
    assert reason_of(finding, ()) is None


def test_a_question_that_was_never_offered_is_not_asked(of_persons):
    before = of_persons.state
    send(of_persons, "ask", selection={"sectors": ["F"]}, by=["sex"])
    assert of_persons.state == before


def test_the_key_of_a_map_names_each_state_that_occurs_and_how_its_classes_were_made(of_persons, shown):
    looks = {entry["look"] for entry in part(of_persons, "groups")["key"]["entries"]}
    assert "withheld" in looks
    key = part(shown, "place")["key"]
    assert key["method"] == "as many values in each class"
    assert key["entries"][-1] == {"label": "not in this answer", "look": "outside"}


# How far a count is


def test_a_waiting_card_says_how_far_it_is():
    assert waiting("causes", State(), "Counting the records: 40%", 0.4) == {
        "view": "causes",
        "title": "How it happened",
        "kind": "waits",
        "says": "Counting the records: 40%",
        "share": 0.4,
    }


class Running:
    """A count that takes three looks."""

    looks = 0
    share = 0.5

    def ends_within(self, _seconds: float) -> bool:
        return False

    @property
    def done(self) -> bool:
        self.looks += 1
        return self.looks > 3


def test_a_cell_that_waits_shows_a_bar_and_takes_it_away(monkeypatch):
    displayed = []
    monkeypatch.setattr(progress, "display", displayed.append)
    monkeypatch.setattr(progress, "EVERY", 0)
    progress.bar_in_cell(Running())
    (shown,) = displayed
    assert shown.children[1].value == 0.5 and shown.comm is None


def test_whoever_waits_for_a_cube_is_shown_how_far_it_is(monkeypatch):
    seen = []
    monkeypatch.setattr(finer, "_SHOWING", [])
    finer.show_progress(lambda running: seen.append(running.ends_within(60)))
    monkeypatch.setattr(finer, "_wanted", lambda *_question: ("rows", ("dims",)))
    monkeypatch.setattr(finer, "_in_memory", lambda *_wanted: None)
    monkeypatch.setattr(finer, "_begun", lambda *_wanted: finer.Building(lambda _running: "the cube"))
    assert finer.finer(None, wb.Selection(), ()) == "the cube"
    assert seen == [True]


def test_a_page_and_a_notebook_open_the_same_data_set_where_none_is_named():
    from inspect import signature

    assert {signature(call).parameters["dataset"].default for call in (serve, wb.explorer)} == {DATASET}
