"""The explorer's menu of languages in Chromium: what it changes, what its link keeps, that nothing is cut off."""

import re

import pytest

from tests.views.conftest import CLIPPED
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import speaking, translated

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
QUERY = "dataset=esaw_synthetic&q=years%3D2022-2022"
OTHERS = [code for code in LANGUAGES if code != "en"]
WIDTHS = {"a telephone": 380, "a screen of 1280 pixels at 200 %": 640}


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/"


def opened(page, address: str):
    page.goto(address)
    page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
    page.locator("svg[data-chart=time] .mark").first.wait_for()
    return page


def words_in(code: str, message: str) -> str:
    with speaking(language(code)):
        return translated(message)


def test_the_menu_changes_the_language_of_the_page_and_its_link_keeps_it(new_page, home):
    page = opened(new_page(1366, 768), f"{home}?{QUERY}")
    assert page.evaluate("document.documentElement.lang") == "en"
    figures = page.locator(".figure .big").all_inner_texts()
    button = page.locator("button.language")
    assert re.sub(r"\s+", " ", button.inner_text()).strip() == "EN ▾"

    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Nederlands"
    page.keyboard.press("Enter")
    page.wait_for_url("**&lang=nl")
    page.get_by_role("button", name=words_in("nl", "Share")).wait_for()
    page.locator(".wb[data-state=rest]").wait_for()
    assert page.evaluate("document.documentElement.lang") == "nl"
    assert page.locator(".wb").get_attribute("lang") == "nl"
    assert [
        text.translate(str.maketrans(".,", ",.")) for text in page.locator(".figure .big").all_inner_texts()
    ] == figures
    assert page.locator("svg[data-chart=time] text.tick").filter(has_text=re.compile(r"^\d\.\d{3}$")).count() > 0

    page.go_back()
    page.get_by_role("button", name="Share").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.errors == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_cut_off(code, width, new_page, home):
    page = opened(new_page(width, 800), f"{home}?{QUERY}&lang={code}")
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


FOCUSED = """() => {
    let at = document.activeElement
    while (at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement
    return at.textContent
}"""
