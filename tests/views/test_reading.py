"""Each card of the explorer explains itself: what it shows, how it is read, how it is used; by mouse and keyboard."""

import json
import re

import pytest

from workbench.charts.palette import LOOKS
from workbench.views.explorer import Explorer
from workbench.views.reading import reading
from workbench.views.screen import CARDS, words

browser = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_every_card_and_every_state_of_a_figure_has_its_explanation():
    texts = reading()
    assert set(texts["views"]) == set(CARDS)
    assert set(LOOKS) - {""} <= set(texts["signs"])
    assert set(texts["mouse"]) == set(texts["keyboard"]) == {"map", "line", "rows", "cells", "flow"}
    assert set(texts["mouse"]) <= set(texts["marks"])


def test_the_explanations_are_sent_once_and_not_with_an_answer():
    explorer = Explorer("esaw_synthetic")
    sent = json.loads(explorer.screen.words)
    assert sent == words() and sent["reading"] == reading()
    explanation = reading()["mouse"]["rows"]
    explorer.divide = "sex"
    answered = [getattr(explorer.screen, name) for name in ("head", "figures", "table", "pages", *CARDS)]
    assert [text for text in answered if explanation in text] == []


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/"


@pytest.fixture
def open_page(new_page, home):
    """`open_page(query, width)`: the explorer, at rest."""

    def opened(query: str, width: int = 1366):
        page = new_page(width, 900)
        page.goto(f"{home}?{query}")
        page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
        page.locator("svg[data-chart=people] .mark").first.wait_for(state="attached")
        return page

    return opened


INSIDE = "(node) => { const box = node.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth }"


class TestHelp:
    """The question mark of a card."""

    pytestmark = browser

    @pytest.mark.parametrize("width, theme", [(1366, "dark"), (380, "light")])
    def test_a_question_mark_on_each_chart_opens_to_what_it_shows_and_how_to_use_it(
        self, open_page, axe_faults, poor_contrast, width, theme
    ):
        page = open_page(f"q=years%3D2022-2022&theme={theme}", width)
        cards = page.locator("article.card:visible:has(svg[data-chart])")
        assert cards.count() >= 6
        for card in cards.all():
            title = card.get_by_role("heading").inner_text()
            button = card.get_by_role("button", name=f"How to read: {title}", exact=True)
            page.keyboard.press("Escape")  # the one before lies over the next card
            button.click()
            assert button.get_attribute("aria-expanded") == "true"
            explanation = card.locator(".help")
            assert re.search(r"^This (chart|map) ", explanation.inner_text())
            assert re.search(r"arrow keys", explanation.inner_text())
            assert explanation.evaluate(INSIDE)
            assert poor_contrast(explanation) == []
        assert axe_faults(card) == []

    def test_the_keyboard_opens_and_closes_it_and_stays_where_it_was(self, open_page):
        page = open_page("q=years%3D2022-2022")
        button = page.get_by_role("button", name="How to read: When")
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_text("This chart follows the figure from year to year.").wait_for()
        page.keyboard.press("Escape")
        assert button.get_attribute("aria-expanded") == "false"
        assert button.evaluate("(node) => node.getRootNode().activeElement === node")
        assert page.locator(".help:visible").count() == 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.locator(".help:visible").count() == 0, "Tab leaves it behind"

    def test_it_explains_the_signs_that_occur_and_no_others(self, open_page):
        page = open_page("q=years%3D2022-2022&with=years%3D2021-2021&shown=excess")
        page.get_by_role("button", name="How to read: When").click()
        trend = page.locator(".view-time .help").inner_text()
        signs = ("The band", "Do not compare across it", "still change", "compared with")
        assert [words for words in signs if words not in trend] == []
        page.get_by_role("button", name="How to read: Where").click()
        ratios = page.locator(".view-place .help").inner_text()
        assert "A ratio of 1 means the same rate" in ratios and "Paler means" in ratios
        assert "The line through a dot" not in ratios and "Hatched" not in ratios
