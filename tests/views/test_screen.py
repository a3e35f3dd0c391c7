"""What the screen is told and what it tells: touches, chips, key figures, steps, comparison, pictures of records."""

import base64
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.study.contrast import contrast
from workbench.terms.errors import UnknownName
from workbench.views import page
from workbench.views.chips import chips, without
from workbench.views.code import recipe
from workbench.views.explorer import Explorer
from workbench.views.history import History
from workbench.views.questions import VIEWS, State
from workbench.views.touch import chosen, cleared, touched

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


@pytest.mark.parametrize(
    ("by", "key", "asked"),
    [
        (("nuts2",), ("ITF6",), {"regions": {"ITF6"}}),
        (("nace1",), ("F",), {"sectors": {"F"}}),
        (("sex", "age_group"), ("F", "Y25-34"), {"sexes": {"F"}, "ages": (25, 34)}),
        (("sex", "age_group"), ("M", "Y_GE65"), {"sexes": {"M"}, "ages": (65, None)}),
        (("year",), ("2019",), {"years": (2019, 2019)}),
        (("severity",), ("FAT",), {"severities": {"FAT"}}),
        (("size",), ("1",), {"where": {"size": {"1"}}}),
        (("activity", "deviation", "contact"), ("", "50", ""), {"where": {"deviation": {"50"}}}),
    ],
)
def test_a_touched_mark_is_asked_for_stands_out_and_once_more_is_let_go(by, key, asked):
    once = touched(wb.Selection(), by, key, add=False)
    assert once == wb.Selection(**asked)
    shown = [(name, code) for name, code in zip(by, key, strict=True) if code]
    assert chosen(once, tuple(name for name, _code in shown), tuple(code for _name, code in shown))
    assert touched(once, by, key, add=False) == cleared(once, by) == wb.Selection()


def test_shift_adds_codes_and_reaches_over_years_and_ages():
    two = touched(touched(wb.Selection(), ("nace1",), ("F",), add=False), ("nace1",), ("C",), add=True)
    assert two.sectors == {"C", "F"}
    assert touched(two, ("nace1",), ("A",), add=False).sectors == {"A"}
    years = touched(wb.Selection(years=(2015, 2015)), ("year",), ("2019",), add=True)
    assert years.years == (2015, 2019)
    ages = touched(wb.Selection(ages=(25, 34)), ("age_group",), ("Y_GE65",), add=True)
    assert ages.ages == (25, None)
    assert not chosen(wb.Selection(regions={"IT"}), ("nuts0",), ("ES",))
    assert chosen(wb.Selection(regions={"IT"}), ("nuts2",), ("ITF6",))


def test_what_a_page_sends_that_does_not_fit_changes_nothing(shown):
    before = shown.state
    for message in (
        {"do": "touch", "view": "place", "key": ["XX99"], "add": False},
        {"do": "touch", "view": "time", "key": ["soon"], "add": False},
        {"do": "touch", "view": "nowhere", "key": ["F"]},
        {"do": "set", "name": "selection", "value": "x"},
        {"do": "set", "name": "measure", "value": "'; drop table"},
        {"do": "drop", "field": "sectors", "code": "Q"},
        {"do": "import os"},
        {},
        "text",
        None,
    ):
        shown.screen._handle_msg(message)
        assert shown.state == before
        assert shown.screen.done == shown.screen.busy


def test_each_filter_is_a_chip_that_takes_it_off():
    cube = wb.cube("esaw_synthetic")
    full = wb.Selection(
        regions={"ITF6", "ES"}, sectors={"F"}, sexes={"F"}, ages=(25, 54), years=(2014, 2023), severities={"FAT"}
    )
    found = chips(cube, full)
    texts = {chip.text for chip in found}
    assert texts == {
        "Construction (F)",
        "Women",
        "Ages 25 to 54",
        "Calabria",
        "Spain",
        "2014 to 2023",
        "Fatal accident",
    }
    left = full
    for chip in found:
        left = without(left, chip.field, chip.code)
    assert left == wb.Selection()


def test_key_figures_are_those_of_the_findings(shown):
    total = shown.frame("total").iloc[0]
    figures = {figure["label"]: figure for figure in part(shown, "figures")["figures"]}
    assert figures["Rate"]["value"] == f"{total['value']:,.0f}"
    assert figures["Accidents"]["value"] == f"{total['count']:,.0f}"
    last = shown.finding("time").model.segments[-1]
    assert figures["Change"]["value"] == f"{last.apc:+.1f}%".replace("-", "−")
    assert figures["Place"]["value"] == "–"
    shown.selection = YEAR.but(sectors={"C"})
    frame = shown.frame("groups").set_index("nace1")
    own = frame.loc["C"]
    first, last = 1 + (frame["low"] > own["high"]).sum(), len(frame) - (frame["high"] < own["low"]).sum()
    place = part(shown, "figures")["figures"][-1]
    assert (place["value"], place["unit"]) == (f"{first}" if first == last else f"{first}–{last}", f"of {len(frame)}")


def test_undo_and_redo_bring_back_every_choice_and_a_new_step_ends_redo(shown):
    send(shown, "set", name="level", value="nuts0")
    send(shown, "touch", view="groups", key=["F"], add=False)
    send(shown, "set", name="mapped", value="excess")
    assert shown.finding("place").units["value"].startswith("times the rate")
    send(shown, "undo")
    send(shown, "undo")
    assert (shown.mapped, shown.selection, shown.level) == ("", YEAR, "nuts0")
    send(shown, "redo")
    assert shown.selection.sectors == {"F"}
    assert part(shown, "head")["redo"]
    send(shown, "start")
    assert not part(shown, "head")["redo"]
    send(shown, "undo")
    assert shown.selection.sectors == {"F"}


def test_a_state_that_comes_again_is_a_step_of_its_own_unless_a_step_back_brought_it():
    steps, one, two = History(), State(), State(measure="accidents")
    for state in (one, two, one):
        steps.visit(state)
    assert steps.neighbour(-1) == two
    steps.visit(two, stepping=True)
    assert (steps.neighbour(-1), steps.neighbour(1)) == (one, one)


def test_code_gives_the_frames_that_the_screen_shows(shown):
    shown.param.update(selection=YEAR.but(regions={"IT"}), mapped="smoothed")
    for view in ("total", "place", "time", "groups", "people", "severity", "model"):
        scope: dict = {}
        exec(recipe(shown.cube, shown.question(view)).code(), scope)
        pd.testing.assert_frame_equal(scope["finding"].frame, shown.frame(view))
    assert "once it is looked at" in shown.findings["causes"]
    with pytest.raises(UnknownName, match="'wher' is not a known view"):
        shown.finding("wher")
    assert set(shown.findings) == set(VIEWS)


def test_two_selections_stand_side_by_side_with_ratio_difference_and_intervals(shown):
    send(shown, "compare")
    assert "Both are the same so far" in part(shown, "comparison")["says"]
    send(shown, "touch", view="groups", key=["F"], add=False)
    women, men = (wb.Selection(years=(2022, 2022), sexes={sex}) for sex in "FM")
    shown.param.update(selection=women, reference=men)
    ratio = wb.compare("esaw_synthetic", YEAR, ["sex"], reference="M").frame.iloc[0]
    found = contrast(shown.cube, women, men)
    assert not found.overlap
    assert (found.ratio.value, found.ratio.low, found.ratio.high) == pytest.approx(
        tuple(ratio[["value", "low", "high"]])
    )
    assert found.difference.value == pytest.approx(ratio["difference"])
    assert f"{found.ratio.value:.3f}" in part(shown, "comparison")["says"]
    assert part(shown, "time")["other"][0] == pytest.approx(shown_rate(men))
    send(shown, "swap")
    assert (shown.selection, shown.reference) == (men, women)
    assert contrast(shown.cube, women, YEAR).overlap
    send(shown, "compare")
    assert shown.screen.comparison == ""


def shown_rate(selection: wb.Selection) -> float:
    return wb.rates("esaw_synthetic", selection.but(years=(2010, 2010))).frame["value"].iloc[0]


def test_a_zip_has_all_that_is_needed_to_check_to_ask_again_and_to_cite(shown):
    sent = []
    shown.screen.send = sent.append
    picture = base64.b64encode(b"png").decode()
    send(shown, "file", view="place", form="zip", svg="<svg/>", png=picture)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(sent[0]["base64"]))) as pack:
        files = {name: pack.read(name).decode() for name in pack.namelist()}
    assert {"table.csv", "metadata.json", "README.txt", "selection.yml", "citation.bib", "chart.svg"} <= set(files)
    first, row = files["table.csv"].splitlines()[:2]
    assert {"selection", "years", "source", "licence", "unit", "flag", "notes"} <= set(first.split(","))
    assert "synthetic" in row
    about = json.loads(files["metadata.json"])
    assert (about["dataset"], about["by"], about["synthetic"]) == ("esaw_synthetic", ["nuts2"], True)
    assert all(word in files["README.txt"] for word in ("Cite as:", "Licence: BSD", "Accessed: ", "Selection: 2022"))
    assert files["citation.bib"].count("@misc{") == 2
    assert files["citation.bib"].count("urldate") == 2


@pytest.fixture(scope="module")
def records():
    """Four hundred accidents with hour, weekday, enterprise size and a chain of causes."""
    at = np.arange(400)
    frame = pd.DataFrame(
        {
            "nuts": np.array(["ITF6", "ITC4"])[at % 2],
            "nace": np.array(["F", "C"])[at % 3 % 2],
            "year": 2020 + at % 3,
            "weekday": (1 + at % 7).astype(str),
            "hour": pd.Series(8 + at % 9).astype(str).str.zfill(2),
            "size": (1 + at % 4).astype(str),
            "activity": np.array(["10", "20", "30", "40", "50", "60"])[at % 6],
            "deviation": np.array(["10", "20", "30", "40", "50", "60", "70", "80", "99"])[at % 9],
            "contact": np.array(["10", "20", "30", "40", "50"])[at % 5],
        }
    )
    dims = ["nuts2", "nace1", "year", "weekday", "hour", "size", "activity", "deviation", "contact"]
    return wb.cube(frame, dims)


def test_records_show_hours_sizes_and_how_it_happened_and_other_views_say_why_not(records):
    shown = Explorer(records, selection=wb.Selection())
    assert part(shown, "hours")["kind"] == "cells"
    assert len(part(shown, "size")["marks"]["key"]) == 4
    flow = part(shown, "causes")
    assert flow["marks"]["column"].count(1) == 8  # the seven most frequent, and the others
    assert sum(value for one, _other, value in flow["links"] if flow["marks"]["column"][one] == 0) == 400
    assert part(shown, "place")["circles"]
    assert "is not divided by sex and age" in part(shown, "people")["aside"]
    send(shown, "touch", view="causes", key=["10", "", ""], add=False)
    assert shown.selection == wb.Selection(where={"activity": {"10"}})
    assert len(part(shown, "causes")["chosen"]) == 1
    assert part(shown, "head")["chips"][0]["text"].startswith("Activity of the victim: ")


def test_a_server_that_others_reach_says_so_and_listens_there(monkeypatch, capsys):
    """The address is looked at, never listened at."""
    asked = []

    class Nowhere(Exception):
        pass

    def no_server(_pages, **options):
        asked.append(options)
        raise Nowhere

    monkeypatch.setattr(page.pn, "serve", no_server)
    monkeypatch.setattr(page.Explorer, "prepared", lambda _dataset: None)
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(Nowhere):
            page.serve(port=5999, host=host)
    assert [options["address"] for options in asked] == ["127.0.0.1", "0.0.0.0"]
    assert capsys.readouterr().out.count("Warning: it listens at 0.0.0.0: everybody who reaches this machine") == 1
