"""The explorer in a language that turns every message into a longer one: nothing is cut off, nothing spills over."""

import socket

import panel as pn
import pytest

import workbench as wb
from tests.views.conftest import CLIPPED
from workbench.views import explorer as module
from workbench.views.explorer import Explorer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ITALY = wb.Selection(regions={"IT"}, sectors={"F"}, sexes={"M"}, years=(2022, 2022))
SPILLED = """() => {
    const WORDED = 'button, select, h1, h2, h3, .big, .sentence, .chip, .line, .says, .badge, .entry, label'
    const pen = document.createElement('canvas').getContext('2d')
    const words = (node, text) => {
        pen.font = getComputedStyle(node).font
        return pen.measureText(text).width
    }
    const beyond = (text, place) => {
        const [own, all] = [text, place].map((node) => node.getBoundingClientRect())
        return own.width && (own.left < all.left - 1 || own.right > all.right + 1)
    }
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) walk(node.shadowRoot)
            const shown = node.checkVisibility({visibilityProperty: true}) && !node.closest('.hidden, .skip')
            if (!shown) continue
            if (node.placeholder && words(node, node.placeholder) > node.clientWidth - 12) found.push(node.placeholder)
            if (node.matches('svg text') && beyond(node, node.ownerSVGElement.parentNode)) found.push(node.textContent)
            if (!node.matches(WORDED) || node.title || !node.clientWidth) continue
            const select = node.tagName === 'SELECT'
            const wide = select ? words(node, node.selectedOptions[0].textContent) + 30 : node.scrollWidth
            if (wide > node.clientWidth + 1) found.push(node.textContent.trim())
        }
    }
    walk(document)
    return found
}"""
"""Buttons, titles, figures, chips, sentences whose words are wider than they are, where no title says all of them.

Texts of a chart that stand beyond its edges, and what a search field asks for.
"""


def compared() -> Explorer:
    """An explorer with filters, one of them of a long name, and a comparison."""
    explorer = Explorer("esaw_synthetic", selection=ITALY.but(sectors={"N"}))
    explorer.reference = ITALY.but(sexes=())
    return explorer


@pytest.fixture
def address(monkeypatch, pseudo_language) -> str:
    """Where an explorer is served that speaks the language which turns every message."""
    monkeypatch.setattr(module, "language", lambda code: pseudo_language)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = pn.serve(
        {"/": compared},
        port=port, address="127.0.0.1", threaded=True, show=False, verbose=False,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}/"
    server.stop()


@pytest.mark.parametrize("width", [1366, 380])
def test_longer_texts_are_neither_cut_off_nor_spill_over(address, new_page, width):
    page = new_page(width, 900)
    page.goto(address)
    page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
    page.locator("svg[data-chart=people] .mark").first.wait_for(state="attached")
    assert page.locator("h1").inner_text().startswith("⟦")
    page.wait_for_timeout(500)
    cut = {"clipped": page.evaluate(CLIPPED), "spilled": page.evaluate(SPILLED)}
    for name in ("⟦EXPORT⟧", "⟦HOW TO READ: ⟦WHEN⟧⟧", "⟦CODE⟧"):
        page.get_by_role("button", name=name, exact=True).click()
        cut[name] = [*page.evaluate(CLIPPED), *page.evaluate(SPILLED)]
        page.keyboard.press("Escape")
    assert {name: texts for name, texts in cut.items() if texts} == {}
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
