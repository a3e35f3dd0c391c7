"""A survey question by question, in Python and as a person meets it in Chromium."""

import re

import pytest
from pytest import approx

import workbench as wb
from workbench.study.finding import Finding
from workbench.study.survey_opened import open_survey, survey_sources
from workbench.views.cards import card, grey_line
from workbench.views.explorer import Explorer
from workbench.views.key_figures import key_figures
from workbench.views.linked.line import says
from workbench.views.survey_page import SurveyPage


@pytest.fixture(scope="module")
def workers() -> SurveyPage:
    return SurveyPage("workers_made_up")


def test_surveys_are_published_shares_and_respondents_that_can_be_read():
    assert {"esener_2019", "workers_made_up"} <= set(survey_sources())
    assert "eurobarometer" not in survey_sources()  # not loaded
    with pytest.raises(wb.WorkbenchError, match="There are: .*esener_2019"):
        SurveyPage("uk_fatal_injuries")


def test_a_name_never_opens_a_file(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(wb.WorkbenchError, match="not a known survey"):
        open_survey(str(path))


def test_answers_are_shown_by_all_that_the_survey_has_with_the_figures_of_python(workers):
    assert set(workers.findings) == {"total", "nuts1", "size", "sex", "age_group", "year"}
    expected = wb.survey("workers_made_up", by="size", question="wears", answer="1").frame
    found = workers.findings["size"].frame
    assert found["value"].tolist() == approx(expected["value"].tolist())
    assert found["low"].tolist() == approx(expected["low"].tolist())


def test_the_base_of_each_question_is_its_own_and_tests_are_said(workers):
    assert workers.survey.base("told") == "Workers who wear a device"
    tests = workers._tests()
    assert any(words.startswith("Size of the enterprise: Trend over the groups") for words in tests)
    assert any("degrees of freedom" in words for words in tests)


def test_another_question_keeps_the_selection_and_takes_an_answer_it_has():
    page = SurveyPage("workers_made_up", selection=wb.Selection(sexes={"F"}))
    page.question = "strain"
    assert page.answer in page.survey.answers("strain") and page.selection.sexes == {"F"}
    assert page.findings["total"].selection.sexes == {"F"}
    page.question = "hours"
    assert page.findings["total"].frame["unit"].iloc[0] == "hours a week"
    page.question = "nothing"
    assert page.question == "wears"


def test_questions_are_listed_by_their_words_and_the_one_shown_stays(workers):
    workers.search = "told records"
    assert list(workers._choices["question"].options.values()) == ["wears", "told"]
    assert workers.question == "wears"
    workers.search = ""
    assert len(workers._choices["question"].options) == 5


def test_pickers_are_those_of_the_dimensions_that_the_survey_has(workers):
    titles = [field["title"] for field in workers.picker._chooser.structure()["fields"]]
    assert titles == ["Region", "Sex", "Age", "Size of the enterprise", "Years"]
    assert "respondents" not in str(workers.picker._chooser.state(workers.selection))  # no numbers of persons


def test_another_survey_is_asked_of_everybody_and_a_view_that_cannot_answer_says_why():
    page = SurveyPage("workers_made_up", selection=wb.Selection(sexes={"F"}))
    page.source = "esener_2019"
    assert page.selection == wb.Selection()
    assert set(page.findings) == {"total", "nuts0", "nace1", "size"}
    page.question = "E3Q310_6"
    assert page.findings["size"].frame["value"].is_monotonic_increasing
    assert any("31 of 33 countries" in words for words in page._tests())
    page.selection = wb.Selection(regions={"IT"}, sectors={"C"})
    assert isinstance(page.findings["nuts0"], Finding)
    assert isinstance(page.findings["size"], str)  # sectors and sizes are never crossed


def test_respondents_of_a_file_of_ones_own_have_a_page(tmp_path):
    from workbench.terms.places import bundled

    table = wb.survey_table(bundled("catalogs") / "data" / "workers_made_up.csv", codebook="workers_made_up")
    page = wb.survey_page(table)
    assert page.source == "workers_made_up" and page.findings["total"].frame["value"].notna().all()


def test_the_explorer_reads_shares_in_per_cent_wherever_it_writes_them():
    selection = wb.Selection(regions={"EU27_2020"}, where={"question": {"E3Q310_6"}, "answer": {"Yes"}})
    explorer = Explorer("esener_2019", selection=selection)
    (first, *_others) = key_figures(explorer.findings, explorer.state)
    assert (first["label"], first["value"], first["unit"]) == ("Share", "4.83", "% of establishments")
    sizes = explorer.findings["size"]
    assert grey_line(sizes).startswith("% of establishments")
    assert says(explorer.findings["time"]) == "2019: 4.83."
    assert "11.5 % of establishments" in str(card("size", sizes, explorer.state)["marks"])


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'uk_fatal_injuries')}/survey"


browser = pytest.mark.browser


@browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("width", [1366, 380])
def test_a_question_is_found_by_its_words_and_shown_by_place_sector_and_size(new_page, home, width):
    from playwright.sync_api import expect

    page = new_page(width, 900)
    page.goto(f"{home}?source=esener_2019&question=E3Q310_6")
    expect(page.get_by_role("heading", level=1)).to_have_text("Wearable devices", timeout=90_000)
    for title in ("Country", "Sector (NACE section)", "Size of the enterprise"):
        expect(page.get_by_role("heading", level=2, name=title)).to_be_visible()
    expect(page.locator("p", has_text="Base: Establishments with five or more employees").first).to_be_visible()
    expect(page.get_by_text("31 of 33 countries")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_label("Find a question").fill("robots")
    page.get_by_label("Find a question").press("Enter")
    listed = page.get_by_label("Question", exact=True)
    expect(listed.locator("option")).to_have_count(2)  # the one that is shown stays

    listed.select_option(label="Robots that interact with workers (E3Q310_3)")
    expect(page.get_by_role("heading", level=1)).to_have_text("Robots that interact with workers", timeout=60_000)
    page.wait_for_url(re.compile("question=E3Q310_3"))
    assert (page.errors, page.outside) == ([], [])


@browser
@pytest.mark.xdist_group("browser")
def test_respondents_are_shown_with_intervals_and_their_base(new_page, home):
    from playwright.sync_api import expect

    page = new_page(1366, 900)
    page.goto(f"{home}?source=workers_made_up&question=told&answer=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Were you told what the device records?", timeout=90_000)
    expect(page.locator("p", has_text="Base: Workers who wear a device").first).to_be_visible()
    expect(page.get_by_text(re.compile("95% CI")).first).to_be_visible()
    page.get_by_role("option", name="Women").click()
    page.wait_for_url(re.compile("q=sexes"), timeout=60_000)
    assert (page.errors, page.outside) == ([], [])
