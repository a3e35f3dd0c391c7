"""The page of an inspectorate, in Python and as a person meets it in Chromium."""

import json
import re
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.terms.text import speaking
from workbench.views.inspectorate.data_sets import offered
from workbench.views.inspectorate.page import InspectoratePage
from workbench.views.inspectorate.screen import words

TWIN = "esaw_synthetic"


@pytest.fixture(scope="module")
def opened() -> InspectoratePage:
    page = InspectoratePage(TWIN)
    page.follow("by=nuts2&region=NL")
    return page


@pytest.fixture
def page(opened) -> InspectoratePage:
    """As it was opened first: a test leaves it as it likes."""
    opened.follow("by=nuts2&region=NL")
    return opened


def figures_of(table: dict, label: str) -> list:
    """What the cells of a column are sorted by."""
    place = [column["label"] for column in table["columns"]].index(label)
    return [row[place][1] for row in table["rows"]]


def part(page: InspectoratePage, name: str) -> dict:
    return json.loads(getattr(page.screen, name))


@pytest.mark.parametrize("step", ["ranking", "plan"])
def test_the_code_of_a_step_finds_the_frame_that_the_screen_shows(page, step):
    page.choose(
        rate=0.5, fatal=0.7, days=6_000, evenness=2.5, at_random=0.1, interventions=["inspection", "cooperation"]
    )
    made = {}
    exec(page.code(step), made)
    pd.testing.assert_frame_equal(made["finding"].frame, page.finding(step).frame)


def test_the_ranking_draws_sets_of_places_and_marks_who_can_be_the_first(page):
    frame, chart = page.ranking.frame, part(page, "ranking")["chart"]
    assert chart["marks"]["low"] == frame["place_low"].head(20).tolist()
    assert chart["marks"]["high"] == frame["place_high"].head(20).tolist()
    assert chart["chosen"] == np.flatnonzero(frame["place_low"] == 1).tolist()
    assert all("Can be the first" in chart["marks"]["tip"][at] for at in chart["chosen"])


def test_the_table_says_which_weight_would_change_the_first_groups(page):
    tipping, everything = part(page, "ranking")["tables"]
    expected = page.ranking.model.tipping["weight"].astype(float)
    assert figures_of(tipping, "Changes at") == [None if value != value else approx(value) for value in expected]
    assert figures_of(everything, "Expected") == approx(page.ranking.frame["expected"].tolist())


def test_a_criterion_that_is_not_weighed_is_not_asked_and_a_trend_takes_six_years(page):
    assert page.choices.ranking(page.cube).options["weights"] == {"rate": 1, "people": 1}
    page.choose(trend=1.0)
    assert page.ranking.selection.years == (2017, 2022) and page.plan.selection.years == (2022, 2022)


def test_the_map_has_the_days_of_every_region_per_100_000_workers(page):
    chosen = page.plan.model.plan.frame
    marks = part(page, "plan")["map"]["marks"]
    expected = 100_000 * chosen["days"] / chosen["people"]
    drawn = dict(zip([key for (key,) in marks["key"]], marks["value"], strict=True))
    assert drawn == approx({str(code): value for code, value in expected.items()}, rel=1e-5)


def test_four_plans_stand_next_to_this_one_with_what_they_avert_and_regression_to_the_mean(page):
    told, four = part(page, "plan"), page.plan.model.four
    assert told["four"]["marks"]["name"][0] == "This plan" and len(told["four"]["marks"]["name"]) == 5
    assert told["four"]["marks"]["low"] == approx(four.frame["low"].tolist())
    lost = 1 - four.regressed["expected"] / four.regressed["last_year"]
    assert figures_of(told["tables"][0], "Less by itself") == approx(lost.tolist())


def test_each_choice_has_its_sentence_and_an_assumption_is_one_on_the_plan(page):
    page.choose(interventions=["inspection", "communication"])
    told = part(page, "plan")
    assert figures_of(told["tables"][1], "Why") == page.plan.frame["why"].tolist()
    assert any(words.startswith("Your assumption, without a source: communication") for words in told["warnings"])
    listed = {own["name"]: own for own in part(page, "head")["interventions"]}
    assert listed["communication"]["assumed"] and "OSHA" in listed["inspection"]["source"]


def test_what_cannot_be_planned_is_said_in_the_place_of_the_plan_and_the_ranking_stays(page):
    ranking = page.ranking
    page.choose(interventions=[])
    assert page.plan == part(page, "plan")["refused"] and "let `interventions` have one" in page.plan
    assert page.ranking is ranking
    with pytest.raises(wb.WorkbenchError, match="single employers"):
        page.finding("plan")


def test_the_address_holds_what_is_chosen_and_opens_it_again(page):
    page.choose(days=7_500, people=2, interventions=["inspection", "supervision"])
    assert parse_qs(page.address)["days"] == ["7500"]
    again = InspectoratePage(TWIN)
    again.follow(page.address)
    assert again.choices == page.choices and again.wrong == []


def test_an_address_that_asks_for_what_there_is_not_says_so_and_shows_the_rest(page):
    page.follow("by=nuts2&region=XX&days=3&rate=two&interventions=prayer&people=0.5&year=1066")
    assert page.choices.people == 0.5 and page.choices.region == "NL"
    for words_of in ("'XX' is not a known country", "'3' is not", "'two'", "'prayer' is not", "from 2010 to 2023"):
        assert any(words_of in wrong for wrong in page.wrong)
    page.follow("dataset=nothing&by=nuts2")
    assert page.choices.dataset == TWIN and "'nothing' is not a known data set" in page.wrong[0]


def test_a_change_of_the_plan_is_told_as_its_difference_to_the_plan_that_was_kept(page):
    assert part(page, "comparison")["hint"].startswith("Keep a plan as A")
    page.keep()
    assert part(page, "comparison")["hint"].startswith("This plan is A")
    page.choose(days=6_000, presence=0.5)
    expected = wb.compare_plans(*(wb.programme(**asked(choices, page)) for choices in (page.choices, page.kept)))
    pd.testing.assert_frame_equal(page.comparison.frame, expected.frame)
    told = part(page, "comparison")
    assert [[cell for cell, _sorted in row] for row in told["tables"][0]["rows"]] == [
        ["Inspector-days in all", "4,000", "6,000"],
        ["Presence in every region", "25.0%", "50.0%"],
    ]
    made = {}
    exec(page.code("comparison"), made)
    pd.testing.assert_frame_equal(made["finding"].frame, expected.frame)


def asked(choices, page) -> dict:
    recipe = choices.plan(page.cube)
    return {"source": TWIN, "selection": recipe.selection, **recipe.options}


def test_the_address_keeps_a_and_another_year_is_no_comparison(page):
    page.keep()
    page.choose(year=2021)
    assert "other draws" in page.comparison and part(page, "comparison")["refused"] == page.comparison
    address, kept = page.address, page.kept
    page.forget()
    assert page.kept is None and "a=" not in page.address.split("&")[-1]
    page.follow(address)
    assert page.kept == kept and page.choices.year == 2021


def test_fairness_and_coverage_of_the_plan_are_told(page):
    fairness, coverage = part(page, "plan")["reports"]
    assert figures_of(fairness, "Visits") == approx(page.plan.model.fairness["per_1000"].tolist())
    assert figures_of(coverage, "Reached") == page.plan.model.coverage["reached"].tolist()


def test_years_ahead_are_simulated_on_the_twin_once_they_are_chosen(page):
    assert part(page, "ahead")["hint"] == "Choose how many years to simulate."
    page.choose(years_ahead=3)
    found, told = page.ahead.model, part(page, "ahead")
    assert told["averted"]["marks"]["value"] == approx(found.in_all["averted"].tolist())
    last = found.yearly.xs(3, level="year")
    assert told["bias"]["marks"]["low"] == approx((100 * last["bias_low"]).tolist())
    assert len(told["tables"][1]["rows"]) == 3 * len(found.in_all)
    made = {}
    exec(page.code("ahead"), made)
    pd.testing.assert_frame_equal(made["finding"].frame, page.ahead.frame)


def test_notifications_wait_before_the_days_that_the_plan_keeps_for_them(page):
    page.choose(days=6_000, notifications=0.25)
    expected = wb.notifications(TWIN, days=1_500)
    told = part(page, "notified")
    assert told["waiting"]["marks"]["value"] == approx(expected.model.backlog.frame["waiting"].tolist())
    assert sorted(told["shares"]["marks"]["value"]) == approx(sorted(100 * expected.frame["value"]))
    pd.testing.assert_frame_equal(page.notified.frame, expected.frame)
    page.choose(notifications=0)
    assert part(page, "notified")["hint"].startswith("No days are for notifications")


def test_an_answer_that_comes_too_late_is_not_shown(page):
    late = list(page._steps(page._turn, lambda: page._chosen(page._next)))
    plan = page.plan
    page.choose(days=9_000)
    for show in late:
        show()
    assert page.plan is not plan and page.plan.model.plan.budget.days == 9_000 and page.screen.done == page._turn


def test_files_of_a_step_are_the_table_and_a_zip_with_the_picture(page, monkeypatch):
    sent = []
    monkeypatch.setattr(page.screen, "send", sent.append)
    page._receive({"do": "file", "step": "plan", "form": "csv"})
    page._receive({"do": "file", "step": "ranking", "form": "zip", "svg": "<svg/>", "png": ""})
    assert [file["name"].rsplit(".")[-1] for file in sent] == ["csv", "zip"]
    page._receive({"do": "code"})
    assert "limits=wb.ProgrammeLimits(notifications=0.5," in sent[-1]["parts"][1][1]


def test_data_sets_have_accidents_and_people_and_a_table_of_ones_own_is_planned_too():
    assert {TWIN, "inail_regions"} - {"inail_regions"} <= set(offered()) and "spain_atr" not in offered()
    table = pd.DataFrame({"nace1": list("ACFHQ"), "accidents": [10, 300, 200, 90, 40], "employed": [4e3] + [9e3] * 4})
    page = wb.inspectorate_page(wb.table(table, name="mine", sensitivity="aggregate"))
    assert len(page.ranking.frame) == 5 and part(page, "plan")["map"] is None
    assert part(page, "head")["years"] == [] and part(page, "ahead")["hint"].startswith("On the twin only")
    with pytest.raises(wb.WorkbenchError, match="'nothing'"):
        wb.inspectorate_page("nothing")


def test_every_text_of_the_frame_is_in_the_readers_language(pseudo_language):
    with speaking(pseudo_language):
        found = words()
    plain = {"lang", "languages"}
    texts = [text for name, text in found.items() if name not in plain and isinstance(text, str)]
    assert len(texts) > 30 and all(text.startswith("⟦") for text in texts)


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'uk_fatal_injuries')}"


browser = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


class TestInBrowser:
    """One visit: from the explorer's head to a plan, by keyboard, in light and dark, wide and narrow."""

    pytestmark = browser

    @pytest.mark.parametrize("width, theme", [(1366, "light"), (380, "dark")])
    def test_a_plan_is_made_by_keyboard_and_the_address_shows_it_again(self, new_page, home, axe_faults, width, theme):
        page = new_page(width, 800)
        page.goto(f"{home}/inspectorate?by=nuts2&theme={theme}")
        page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
        assert page.get_by_role("heading", level=1).inner_text() == "Where to look first"
        assert axe_faults(page.locator("html")) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

        days = page.get_by_role("slider", name="Inspector-days in all")
        days.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile("days=4500"), timeout=60_000)
        page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
        assert "4,500 inspector-days" in page.locator("#step-plan .finding").inner_text()
        page.go_back()
        page.get_by_text("A programme of 4,000 inspector-days").wait_for(timeout=60_000)

        page.get_by_role("button", name="Keep this plan as A").press("Enter")
        page.get_by_text("This plan is A.").wait_for(timeout=60_000)
        page.get_by_role("slider", name="Presence in every region").press("ArrowRight")
        page.get_by_role("heading", name="Difference to A").wait_for(timeout=60_000)
        page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
        assert axe_faults(page.locator("#step-comparison")) == []

        page.locator("#step-plan").get_by_role("button", name="Code").click()
        page.get_by_role("dialog").wait_for()
        assert "wb.programme(" in page.get_by_role("textbox", name="Plan").input_value()
        assert axe_faults(page.locator("dialog")) == []
        assert (page.errors, page.outside) == ([], [])

    def test_the_explorers_name_leads_to_the_page_in_the_same_language(self, new_page, home):
        page = new_page(1366, 800)
        page.goto(f"{home}/?lang=nl")
        page.get_by_role("button", name="OSH Workbench").click(timeout=90_000)
        page.locator("a[href='inspectorate?lang=nl']").click()
        page.locator(".wb.inspectorate[lang=nl][data-state=rest]").wait_for(timeout=90_000)
        assert (page.errors, page.outside) == ([], [])
