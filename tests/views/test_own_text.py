"""A reader's own fonts and sizes of text: the explorer follows them, inside its charts too, and nothing is cut off."""

import pytest

from tests.views.conftest import CLIPPED
from tests.views.test_long_texts import SPILLED

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
QUERY = "q=years%3D2022-2022%26regions%3DIT"
OWN_STYLE = """{
    const style = '* { font-family: "DejaVu Sans Mono" !important; letter-spacing: 0.06em !important }'
    const attach = Element.prototype.attachShadow
    Element.prototype.attachShadow = function (options) {
        const root = attach.call(this, options)
        const own = new CSSStyleSheet()
        own.replaceSync(style)
        setTimeout(() => root.adoptedStyleSheets.push(own))
        return root
    }
}"""
"""A user's style sheet reaches into every part of a page, as this does."""
TEXTS = """() => {
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) walk(node.shadowRoot)
            const box = node.matches('svg[data-chart] text') && node.getBoundingClientRect()
            if (box && box.width) found.push({chart: node.ownerSVGElement.dataset.chart, words: node.textContent,
                name: node.matches('.name'), family: getComputedStyle(node).fontFamily,
                top: box.top, bottom: box.bottom, height: box.height})
        }
    }
    walk(document)
    return found
}"""
"""The texts of the charts, with their font and their place."""


@pytest.fixture
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/?{QUERY}"


def at_rest(page, home):
    page.goto(home)
    page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
    page.locator("svg[data-chart=people] .mark").first.wait_for(state="attached")
    page.wait_for_timeout(500)


@pytest.mark.parametrize("width", [1366, 760])
def test_text_that_a_browser_sets_twice_as_large_is_so_in_charts_too_and_fits(new_page, home, width):
    heights = []
    for size in (16, 32):
        page = new_page(width, 900)
        session = page.context.new_cdp_session(page)
        session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size}})
        at_rest(page, home)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{size}px"
        texts = page.evaluate(TEXTS)
        heights.append(max(text["height"] for text in texts))
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.1)
    for chart in ("groups", "severity"):
        names = [text for text in texts if text["chart"] == chart and text["name"]]
        assert all(one["bottom"] <= other["top"] + 4 for one, other in zip(names, names[1:], strict=False)), names
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(SPILLED) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_a_users_own_font_and_spacing_are_those_of_the_charts_and_their_texts_fit(new_page, home):
    page = new_page(1366, 1_700)
    page.add_init_script(OWN_STYLE)
    at_rest(page, home)
    page.set_viewport_size({"width": 1300, "height": 1_700})  # what was drawn before the style came is drawn anew
    page.wait_for_timeout(500)
    texts = page.evaluate(TEXTS)
    assert {text["family"] for text in texts} == {'"DejaVu Sans Mono"'}
    assert page.evaluate(SPILLED) == []
    assert page.evaluate(CLIPPED) == []
