"""The explorer without a browser: all state is in its parameters, and what the screen is sent can be read."""

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.charts.bars import Bars
from workbench.charts.chart import Caption
from workbench.charts.grid import Grid
from workbench.charts.trend import Trend
from workbench.sources.catalog import catalog
from workbench.study.finding import Finding
from workbench.terms.errors import Refused, UnknownName
from workbench.views import explorer as screen
from workbench.views import opening, questions
from workbench.views.explorer import Explorer
from workbench.views.page import Address

pytestmark = pytest.mark.xdist_group("explorer")
CALABRIA = wb.Selection(regions={"ITF6"}, sectors={"F"})
ANSWERED = ("total", "place", "time", "groups", "people", "severity", "model")
"""Views that the twin answers: it has neither enterprise size nor hours nor causes."""
MENU = [name for name in catalog().names() if catalog()[name].access == "open"]
MENU = [name for name in MENU if catalog()[name].kind in {"accidents", "survey", "wearable"}]


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    """One home for these tests: to store the twin anew for each takes longer than the test itself."""
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_SOURCE", raising=False)


@pytest.fixture
def nothing_at_hand(tmp_path, monkeypatch):
    """No publisher's file, neither in a mirror nor kept from before."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


@pytest.fixture
def explorer():
    return Explorer("esaw_synthetic", selection=CALABRIA)


def touch(shown: Explorer, **what) -> None:
    """What the browser sends when a picker is touched."""
    shown.picker._screen._handle_msg(what)


def part(shown: Explorer, name: str) -> dict:
    """What the screen was sent last: a card by its view, or head, figures, table."""
    return json.loads(getattr(shown.screen, name))


def send(shown: Explorer, what: str, **message) -> None:
    """What the browser sends when the screen is touched."""
    shown.screen._handle_msg({"do": what, **message})


def chosen(shown: Explorer, view: str) -> list[list[str]]:
    """The keys of the marks that stand out in a card."""
    card = part(shown, view)
    return [card["marks"]["key"][place] for place in card["chosen"]]


def marks(shown: Explorer, field: str) -> dict[str, str]:
    return json.loads(shown.picker._screen.state)["fields"][field]["marks"]


def test_all_views_answer_one_selection_each_with_its_own_dimension_free(explorer):
    assert explorer.selection == CALABRIA
    found = {view: explorer.finding(view) for view in ANSWERED}
    assert all(finding.synthetic for finding in found.values())
    assert set(found["place"].frame["nuts2"].str[:2]) == {"IT"}  # the region among those of its country
    assert len(found["groups"].frame) > 15  # construction among all sectors
    assert found["time"].selection.regions == {"ITF6"}


def test_pickers_and_selection_follow_each_other_and_undo_goes_back(explorer):
    touch(explorer, field="sectors", code="F", on=False)
    touch(explorer, field="sectors", code="C", on=True)
    assert explorer.selection.sectors == {"C"}
    explorer.selection = CALABRIA.but(sectors={"C"}, sexes={"F"})
    assert marks(explorer, "sexes") == {"F": "true"}
    send(explorer, "undo")
    assert explorer.selection.sectors == {"C"}


def test_what_was_prepared_before_its_reader_came_is_no_step_to_undo():
    shown = Explorer.prepared("esaw_synthetic")
    shown.follow({"dataset": "esaw_synthetic", "q": "sectors=F"})
    shown.history.begin()
    shown.finish()
    assert not part(shown, "head")["undo"]
    shown.selection = shown.selection.but(sectors={"C"})
    send(shown, "undo")
    assert shown.selection.sectors == {"F"}


def test_shapes_of_one_level_are_sent_once_and_only_their_classes_anew(explorer):
    before, shade = explorer.screen.shapes, part(explorer, "place")["marks"]["shade"]
    explorer.selection = CALABRIA.but(sectors={"C"})
    assert explorer.screen.shapes is before
    assert part(explorer, "place")["marks"]["shade"] != shade


def test_a_view_is_not_asked_again_while_its_question_stays_the_same(explorer):
    before = explorer.findings
    explorer.selection = CALABRIA.but(sectors={"C"})
    assert explorer.findings["groups"] is before["groups"]  # all sectors, now as before
    assert explorer.findings["place"] is not before["place"]
    explorer.selection = CALABRIA.but(sectors={"C"}, regions={"ITG1"})
    assert chosen(explorer, "place") == [["ITG1"]]  # the outline moves with it
    assert set(explorer.findings["place"].frame["nuts2"].str[:2]) == {"IT"}


def test_a_view_that_the_data_cannot_answer_steps_aside_and_says_why(explorer, mirror):
    explorer.dataset = "inail_regions"
    assert "with employment is not divided by sex and age." in explorer.findings["people"]
    assert isinstance(explorer.findings["place"], Finding)


def test_data_that_cannot_be_opened_say_why_and_what_to_do():
    shown = Explorer("ess")
    assert "after registration only" in shown.why
    assert "say which region" in Explorer("inail_records").why


def test_a_survey_starts_with_a_question_that_has_an_answer(mirror):
    shown = Explorer("esener_2019")
    assert dict(shown.selection.where)["answer"] == {"Yes"}
    assert shown.findings["place"].frame["value"].notna().sum() > 25


def page(query: str, dataset: str = "esaw_synthetic") -> tuple[Explorer, Address]:
    """What a page shows at an address."""
    shown = Explorer(None)
    return shown, Address(shown, query, dataset=dataset)


def warning(shown: Explorer) -> str:
    return " ".join(part(shown, "head")["warnings"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("regions=XX", "'XX' is not a known NUTS code of any edition. Close to it: XK."),
        ("sectors=FF", "'FF' is not a known NACE Rev. 2 code. Close to it: F."),
        ("foo=1", "'foo' is not a known field of a selection. There are: regions, sectors, sexes"),
        ("years=2023:2019", "years: 2023 comes after 2019."),
        ("years=soon", "years are first and last"),
        ("where.nonsense=3", "'nonsense' is not a known dimension."),
        ("regions=<img src=x>", "'<img src=x>' is not a known NUTS code"),
    ],
)
def test_a_page_opens_without_what_is_wrong_in_its_address_and_says_so(query, said):
    shown, address = page(urlencode({"q": query}))
    assert said in warning(shown)
    assert shown.selection == shown.start
    assert isinstance(shown.findings["place"], Finding)
    assert address.shown[0] == ""  # stays as it is, to be mended
    shown.selection = CALABRIA
    assert warning(shown) == ""


def test_years_and_ages_of_an_address_may_be_written_as_on_the_command_line():
    shown, _address = page(urlencode({"q": "years=2019:2021&ages=25:34"}))
    assert (shown.selection.years, shown.selection.ages, warning(shown)) == ((2019, 2021), (25, 34), "")
    assert wb.Selection.from_query("ages=:24") == wb.Selection(ages=(None, 24))


def test_a_measure_that_there_is_not_is_named_with_those_that_there_are():
    shown, _address = page("measure=deaths&map=nuts1")
    assert "'deaths' is not a known measure. Close to it: accidents. There are: rate, accidents." in warning(shown)
    assert shown.level == "nuts1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("esaw_sintetic", "'esaw_sintetic' is not a known data set. Close to it: esaw_synthetic"),
        ("ess", "Register on the ESS data portal"),
        ("inail_regions", "Download it from https://dati.inail.it"),
    ],
)
def test_a_page_of_data_that_cannot_be_shown_says_why_and_shows_no_other(name, said, nothing_at_hand):
    shown, address = page(f"dataset={name}")
    assert said in shown.why
    assert (shown.findings, shown.picker, address.shown[0]) == ({}, None, "")
    assert shown.dataset == name and name in shown.param.dataset.objects.values()


def test_a_name_that_does_not_exist_is_answered_where_it_is_written():
    with pytest.raises(UnknownName, match="Close to it: esaw_synthetic"):
        Explorer("esaw_sintetic")


def agree(shown: Explorer, name: str) -> None:
    """Menu, address and page are of one data set, and nothing went wrong unforeseen."""
    assert shown.dataset == name
    assert dict(parse_qsl(shown.address))["dataset"] == name
    said = [shown.why] if shown.picker is None else shown.findings.values()
    assert said
    assert not [words for words in said if isinstance(words, str) and "fault of the workbench" in words]
    if shown.picker is not None:
        assert shown.cube.name == name
        assert [finding for finding in shown.findings.values() if isinstance(finding, Finding)]


@pytest.mark.mirror
@pytest.mark.parametrize("name", MENU)
def test_every_entry_of_the_menu_opens_or_says_why_not(name, mirror):
    shown = Explorer(None)
    shown.dataset = name
    agree(shown, name)


def test_every_entry_of_the_menu_opens_or_says_why_not_without_the_publishers_files(nothing_at_hand):
    shown = Explorer(None)
    for name in MENU:
        shown.dataset = name
        agree(shown, name)


@pytest.mark.mirror
def test_rates_as_published_start_with_one_country_and_one_sector(mirror):
    shown = Explorer("hsw_n2_03")
    assert (shown.selection.regions, shown.selection.sectors) == ({"AT"}, {"A"})
    assert set(shown.findings["place"].frame["nuts0"]) == {"AT", "BE"}
    with pytest.raises(Refused, match="hsw_n2_03 has no accidents; it has: incidence_rate."):
        shown.cube.ask("accidents")


def test_whatever_goes_wrong_becomes_words_on_the_page(explorer, monkeypatch, caplog):
    def broken(*_arguments, **_options):
        raise ZeroDivisionError("by nothing")

    with monkeypatch.context() as patch:
        patch.setattr(questions, "answer", broken)
        explorer.selection = CALABRIA.but(sexes={"F"})
        assert set(explorer.findings) == set(questions.VIEWS)
        assert "fault of the workbench: ZeroDivisionError, by nothing" in explorer.findings["place"]
        assert "women, Calabria" in part(explorer, "head")["heading"]
    with monkeypatch.context() as patch:
        patch.setattr(screen, "cube_of", broken)
        explorer.dataset = "wristbands"
    assert "fault of the workbench" in explorer.why
    assert (explorer.findings, explorer.address) == ({}, "dataset=wristbands")
    assert "by nothing" in caplog.text  # the log has all of it
    explorer.dataset = "esaw_synthetic"
    assert isinstance(explorer.findings["place"], Finding)


def test_an_address_shows_the_same_again():
    shown = Explorer("esaw_synthetic", selection=CALABRIA)
    shown.param.update(measure="accidents", level="nuts1", divide="severity", tabled="groups")
    again, address = page(shown.address)
    for name in ("dataset", "selection", "measure", "level", "divide", "tabled", "address"):
        assert getattr(again, name) == getattr(shown, name)
    assert address.shown == [shown.address, False]


def test_a_choice_is_a_step_and_back_is_followed():
    shown, address = page("")
    first = shown.address
    assert address.shown == [first, False]  # written in place of the bare address
    touch(shown, field="sectors", code="C", on=True)
    shown.measure = "accidents"
    assert address.shown == [shown.address, True]
    last = shown.address
    address._handle_msg(first)  # what the browser sends
    assert (shown.selection, shown.measure, shown.address) == (shown.start, "rate", first)
    assert address.shown == [first, False]  # no new step, so that Forward is still there
    address._handle_msg(last)
    assert (shown.selection.sectors, shown.measure) == ({"C"}, "accidents")
    assert marks(shown, "sectors") == {"C": "true"}


def test_the_explorer_opens_with_the_latest_year_that_is_final_and_a_trend_of_all(explorer):
    shown = Explorer("esaw_synthetic")
    assert shown.selection == wb.Selection(years=(2022, 2022))  # 2023 is provisional
    assert shown.findings["place"].title.startswith("Accident rate by region (NUTS 2), 2022: highest")
    assert part(shown, "head")["heading"] == "All accidents at work, EU-27, 2022"
    trend = shown.findings["time"].frame
    assert list(trend["year"]) == list(range(2010, 2024))
    assert chosen(shown, "time") == [["2022"]]
    shown.selection = wb.Selection(years=(2015, 2019))
    assert list(shown.findings["time"].frame["year"]) == list(range(2015, 2020))
    assert chosen(shown, "time") == []


@pytest.mark.parametrize(("where", "year"), [("IT", 2022), ("EU27_2020", 2021), ("", 2021)])
def test_a_last_year_that_everybody_counts_differently_is_not_the_first_answer(where, year):
    cube = wb.cube("esaw_synthetic")
    cut = {"year": 2022, "reason": "still fills up", "where": where, "sectors": ()}
    dataset = replace(cube.source.dataset, breaks=(cut,))
    margins = tuple(replace(m, frame=m.frame.filter(m.frame["year"] < 2023)) for m in cube.margins)
    cube = replace(cube, source=replace(cube.source, dataset=dataset), margins=margins)
    assert opening.start(cube).years == (year, year)


@pytest.mark.mirror
@pytest.mark.parametrize(("name", "year"), [("inail_regions", 2024), ("spain_atr", 2023), ("hsw_n2_02", 2023)])
def test_published_data_open_with_one_finished_year(name, year, mirror):
    shown = Explorer(name)
    assert shown.selection.years == (year, year)
    assert len(shown.findings["time"].frame) > 9
    titles = [f.title for view, f in shown.findings.items() if isinstance(f, Finding) and view != "time"]
    assert titles and all(str(year) in title for title in titles)


@pytest.mark.mirror
def test_a_source_says_what_it_counts_and_all_of_it_can_be_asked_for(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    wb.load("inail_records", region="Calabria")
    shown = Explorer("inail_records")
    assert shown.selection == wb.Selection(years=(2022, 2022), where={"commuting": {"N"}})
    assert marks(shown, "commuting") == {"N": "true"}
    assert "2022, commuting: at work" in part(shown, "head")["heading"]
    assert "A sample: its counts are not the true counts" in part(shown, "head")["band"]
    assert part(shown, "groups")["notes"] == []  # a count has no interval that could be missed
    at_work = shown.findings["place"].frame["value"].sum()
    touch(shown, field="commuting", code="S", on=True)
    assert dict(shown.selection.where)["commuting"] == {"N", "S"}
    assert shown.findings["place"].frame["value"].sum() > at_work
    shown.selection = wb.Selection()
    assert marks(shown, "commuting") == {"N": "true"}  # what is counted where nothing is said


@pytest.mark.mirror
def test_the_only_sector_of_a_source_is_told(mirror):
    assert Explorer("hsw_ph3_01").findings["time"].title.startswith("Transportation and storage (H): From 2014")
    assert opening.counted(wb.cube("hsw_ph3_01"), wb.Selection()) == "transportation and storage (H)"
    assert opening.counted(wb.cube("hsw_n2_02"), wb.Selection(years=(2023, 2023))) == "Italy, 2023, fatal"


@pytest.mark.mirror
def test_a_map_of_countries_shows_the_chosen_one_among_all(mirror):
    shown = Explorer("hsw_ph3_01", selection=wb.Selection(regions={"IT"}, years=(2023, 2023)))
    assert len(shown.findings["place"].frame) == 10
    assert chosen(shown, "place") == [["IT"]]


def test_accidents_are_told_as_whole_numbers(explorer):
    asked = wb.Selection(regions={"IT"}, severities={"FAT"}, years=(2019, 2022))
    explorer.param.update(selection=asked, measure="accidents")
    counts = explorer.findings["groups"]
    assert (counts.frame["value"] > 100).any() and (counts.frame["value"] < 100).any()
    assert ".0<" not in counts.html_table() and "accidents" in counts.html_table()
    assert "(" in counts.title and ".0)" not in counts.title
    assert "." not in "".join(part(explorer, "people")["marks"]["text"])
    figures = [tip[0] for tip in part(explorer, "groups")["marks"]["tip"]]
    assert figures and not [figure for figure in figures if ".0" in figure]


SAID = Caption(title="Accidents", unit="per 100,000 employed", attribution="A publisher")
EMPTY = pd.DataFrame({"value": [np.nan, np.nan], "nace1": ["A", "C"], "year": [2022, 2023], "sex": ["F", "M"]})


@pytest.mark.parametrize(
    ("chart", "scale"),
    [
        (Bars(SAID), lambda its: its.xaxis),
        (Trend(SAID), lambda its: its.yaxis),
        (Grid(SAID, rows="nace1", columns="sex"), None),
    ],
    ids=["bars", "trend", "grid"],
)
def test_a_chart_without_a_figure_says_so_instead_of_drawing_an_empty_axis(chart, scale):
    chart.update(EMPTY)
    assert (chart._nothing.visible, chart._nothing.text) == (True, "No figure for what is asked: missing.")
    assert scale is None or not any(axis.visible for axis in scale(chart.figure))
    chart.update(EMPTY.iloc[:0])
    assert chart._nothing.text == "No figure for what is asked."
    chart.update(EMPTY.assign(value=[1.0, np.nan]))
    assert not chart._nothing.visible
    assert scale is None or all(axis.visible for axis in scale(chart.figure))


def test_nothing_but_zeros_stand_on_an_axis_from_zero_to_one():
    zeros = EMPTY.assign(value=0.0)
    bars, trend = Bars(SAID), Trend(SAID)
    bars.update(zeros)
    trend.update(zeros)
    assert bars.figure.x_range.end > 1 > bars.figure.x_range.start > -0.1
    assert trend.figure.y_range.end > 1 > trend.figure.y_range.start > -0.1


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("name", "selection", "tabs"),
    [
        ("wristbands", None, ["Hour"]),
        ("spain_atr", wb.Selection(years=(2023, 2023), sexes={"F"}), None),
        ("esaw_synthetic", None, ["Where", "When", "Which sectors", "Who", "How severe", "Regression"]),
    ],
)
def test_the_csv_is_of_the_table_that_is_shown_under_the_name_of_its_view(name, selection, tabs, mirror):
    shown = Explorer(name) if selection is None else Explorer(name, selection=selection)
    options = dict(part(shown, "head")["choices"]["table"][0]["options"])
    assert tabs is None or list(options) == tabs
    assert all(isinstance(shown.findings[view], Finding) for view in options.values())
    for view in options.values():
        shown.tabled = view
        assert len(part(shown, "table")["rows"]) == len(shown.frame(view))
        sent = []
        shown.screen.send = sent.append
        send(shown, "file", view=view, form="csv")
        assert base64.b64decode(sent[0]["base64"]).decode() == shown.findings[view].to_csv() != ""
