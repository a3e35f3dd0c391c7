"""Recordings of a group as a page: the notice before anything opens, no trace of a person, in Chromium too."""

import re

import pytest
from pytest import approx

import workbench as wb
from workbench.terms.errors import Refused
from workbench.terms.text import speaking
from workbench.views.recording_dose import dose, measures
from workbench.views.recording_page import RecordingPage
from workbench.views.threshold import in_plain_figures, one_in
from workbench.wearables import door


@pytest.fixture(autouse=True)
def nothing_shown_before(monkeypatch):
    monkeypatch.setattr(door, "_LEDGERS", {})


@pytest.fixture(scope="module")
def page():
    made = RecordingPage(purpose="evaluation")
    made.open()
    return made


def texts(page: RecordingPage) -> str:
    """All HTML of a page."""
    panes = [page._head, page._body, page._place]
    return "".join(
        pane.object
        for place in panes
        for pane in place.select(lambda v: hasattr(v, "object"))
        if isinstance(pane.object, str)
    )


def test_the_notice_is_read_before_anything_opens_and_openings_are_written_down():
    page = RecordingPage()
    shown = texts(page)
    assert page.opened is None and "Nothing is open yet." in shown
    for told in ("legal obligation", "The made-up works council", "1 March 2126", "Labour inspectors"):
        assert told in shown
    assert wb.openings().empty
    page.open()
    assert wb.openings()["outcome"].tolist() == ["opened"]
    page.purpose = "training"
    assert page.opened is None


def test_a_purpose_of_the_address_that_was_not_declared_is_refused():
    page = RecordingPage(purpose="performance")
    page.open()
    assert page.opened is None and "does not declare the purpose performance" in page.refusal
    assert 'role="alert"' in texts(page)
    assert wb.openings()["outcome"].tolist() == ["refused"]


def test_no_person_stands_on_the_page_and_it_says_that_data_are_made_up(page):
    shown = texts(page)
    assert not re.search(r"\bA(0[1-9]|1[0-2])\b", shown)
    assert "10 or more" in shown and "Synthetic data" in shown
    wb.role("worker")
    own = wb.recording(purpose="own_information", person="A04")
    wb.role("")
    with pytest.raises(Refused, match="The page shows groups"):
        wb.recording_page(own)
    with pytest.raises(wb.WorkbenchError, match="Give what wb.recording opened"):
        wb.recording_page("team_synthetic")


def test_doses_are_those_of_the_exposure_and_withheld_groups_have_none(page):
    exposure = page.opened.exposure(["task"])
    html = dose(exposure, "task")
    assert "86.8 dB(A)" in html and exposure.set_index("task").loc["fettling", "noise"] == approx(86.77, abs=0.01)
    assert "upper action value; perhaps limit value" in html
    by_age = dose(page.opened.exposure(["age_group"]), "age_group")
    assert "withheld: too few persons" in by_age and 'class="gap"' in by_age


def test_measures_for_all_come_before_personal_protection(page):
    html = measures(page.opened, page.opened.exposure(["task"]))
    assert html.index("elimination") < html.index("technical measure for all") < html.index("personal protection")


def test_without_an_evaluation_the_class_of_evidence_is_said_and_no_performance():
    page = RecordingPage(wb.recording(purpose="exposure_assessment"))
    shown = texts(page)
    assert "acted by volunteers" in shown and "compared with what was planted for: evaluation" in shown


def test_the_accident_register_stands_beside_with_the_ecological_fallacy(page):
    shown = texts(page)
    expected = wb.rates("esaw_synthetic", wb.Selection(regions={"BE"}, sectors={"C"}, years=(2019, 2023)))
    assert expected.summary in shown and "ecological fallacy" in shown


def test_another_channel_and_other_groups_change_what_is_theirs(page):
    page.channel = "carbon_monoxide"
    assert "Carbon monoxide over shift" in page._place[0][0].object
    page.by = "shift"
    assert "<td>2</td>" in page._cards["dose"][0].object
    page.channel = "weather"
    assert "There is no channel weather" in page._place[0][0].object
    page.channel = "noise"
    page.by = "task"


def test_the_threshold_says_what_it_does_in_plain_figures(page):
    page._slider.index = 0
    assert (
        page.threshold == approx(1.4)
        and "0 of 100 falls missed; 27,324 alarms in a worker-week" in page._sentence.object
    )
    assert (in_plain_figures(0.001), in_plain_figures(370.4), one_in(1.35e-6), one_in(0.0)) == (
        "under 0.01", "370", "1 in 740,000", "none",
    )  # fmt: skip


def test_the_page_is_spoken_in_the_language_of_the_reader(pseudo_language):
    with speaking(pseudo_language):
        page = RecordingPage(wb.recording(purpose="evaluation"))
    headings = re.findall(r"<h2>(.*?)</h2>", texts(page))
    assert len(headings) > 10 and all(heading.startswith("⟦") for heading in headings)


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'uk_fatal_injuries')}/wearables"


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(("width", "theme"), [(1366, "light"), (380, "dark")])
def test_a_reader_opens_the_team_with_the_keyboard_and_axe_finds_nothing(new_page, home, axe_faults, width, theme):
    from playwright.sync_api import expect

    page = new_page(width, 900)
    page.goto(f"{home}?purpose=evaluation&theme={theme}")
    button = page.get_by_role("button", name="Open the recordings")
    button.wait_for(timeout=90_000)
    expect(page.get_by_text("The made-up works council")).to_be_visible()
    assert axe_faults(page.locator("html")) == []
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dose against limits")).to_be_visible(timeout=90_000)
    page.get_by_role("slider", name="Threshold of the impact").focus()
    page.keyboard.press("End")
    expect(page.get_by_text("At 5 g: 100 of 100 falls missed")).to_be_visible(timeout=60_000)
    page.wait_for_url(re.compile("threshold=5"))
    page.get_by_label("Groups by").select_option(label="Shift")
    page.wait_for_url(re.compile("by=shift"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe_faults(page.locator("html")) == []
    assert (page.errors, page.outside) == ([], [])
