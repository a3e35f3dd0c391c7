"""The pickers as a person meets them: in a Panel page and in JupyterLab, light and dark, by keyboard, offline."""

import re
import socket
from pathlib import Path

import ibis
import pandas as pd
import panel as pn
import pytest
from bokeh.plotting import figure

import workbench as wb
from workbench.charts.page import INSIDE
from workbench.cubes import build
from workbench.views.bokeh_chart import BokehChart

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
TOKEN = "a-token-that-the-test-knows"  # of the conftest
RECORDS = pd.DataFrame(
    {
        "nuts": ["ITF61", "ITC11", "ES411", "ES611", "EL301", "PL711"],
        "nace": ["F", "C", "B", "F", "Q", "E"],
        "sex": ["M", "F", "M", "M", "F", "M"],
        "age_group": ["Y15-24", "Y25-34", "Y35-44", "Y55-64", "Y25-34", "Y25-34"],
        "year": [2019, 2020, 2019, 2021, 2020, 2021],
        "severity": ["FAT", "D_GE4", "D_GE4", "D_GE4", "D_GE4", "D_GE4"],
    }
)
SMALL = """() => [...document.querySelectorAll('*')].flatMap((at) => at.shadowRoot ? [...at.shadowRoot.querySelectorAll(
    '[data-code], button, select, input, summary')] : []).filter((at) => at.getClientRects().length && (
    at.getBoundingClientRect().height < 24 || at.getBoundingClientRect().width < 24 ||
    parseFloat(getComputedStyle(at).fontSize) < 12)).map((at) => at.outerHTML.slice(0, 80))"""
"""What is touched and is smaller than 24 pixels, or written smaller than 12."""


@pytest.fixture
def picker():
    dims = ("nuts3", "nace1", "sex", "age_group", "year", "severity")
    return wb.pickers(build.from_rows("small", ibis.memtable(RECORDS), dims))


@pytest.fixture
def panel_page(new_page, picker):
    """A page with the picker in a Panel layout, served by this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = {"address": "127.0.0.1", "port": port}
    server = pn.serve({"/": lambda: pn.Row(picker)}, **address, threaded=True, show=False)
    page = new_page(380, 1400)
    page.goto(f"http://127.0.0.1:{port}/")
    page.get_by_role("treeitem").first.wait_for()
    yield page
    server.stop()


def chosen(page, picker, **fields) -> None:
    """Wait until the touch has come to Python."""
    for _attempt in range(100):
        if picker.selection == wb.Selection(**fields):
            return
        page.wait_for_timeout(50)
    raise AssertionError(picker.selection)


def test_a_picker_in_a_panel_page_is_searched_ticked_and_left_by_keyboard(panel_page, picker, poor_contrast):
    from playwright.sync_api import expect  # not there where the browser tests are skipped

    page = panel_page
    find = page.get_by_role("searchbox").first
    for words, codes in (("castilla y leon", {"ES41"}), ("lodzkie", {"PL71"}), ("GR", {"EL"}), ("es411", {"ES411"})):
        find.fill(words)
        assert codes <= {row.get_attribute("data-code") for row in page.get_by_role("treeitem").all()}, words
    find.fill("nowhere at all")
    page.get_by_text("Nothing is called so.").wait_for()

    find.fill("castilla y leon")
    find.press("ArrowDown")
    page.keyboard.press("Space")
    chosen(page, picker, regions={"ES41"})
    page.locator("summary", has_text="Region").get_by_text("Castilla y León").wait_for()
    find.fill("")
    spain = page.get_by_role("treeitem", name="Spain")
    expect(spain).to_have_attribute("aria-checked", "mixed")
    expect(page.get_by_role("treeitem", name="Castilla y León")).to_have_attribute("aria-checked", "true")

    spain.focus()
    page.keyboard.press("Enter")  # whole country
    chosen(page, picker, regions={"ES"})
    page.keyboard.press("ArrowLeft")
    assert spain.get_attribute("aria-expanded") == "false"
    page.keyboard.press("i")
    assert page.evaluate(FOCUSED) == "IT"
    page.keyboard.press("Tab")  # one stop, and Regions is left
    assert page.evaluate(FOCUSED) is None

    page.get_by_label("Age: From").select_option("25")
    chosen(page, picker, regions={"ES"}, ages=(25, None))
    expect(page.get_by_role("option", name="Women nothing would be left")).to_have_class("empty")
    assert page.evaluate(SMALL) == []
    assert poor_contrast(page.locator(".wb-picker")) == []
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "picker-panel.png", full_page=True)
    assert (page.errors, page.outside) == ([], [])


FOCUSED = """() => {
    let at = document.activeElement
    while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
    return at.dataset.code ?? null
}"""


def run_to(page, cells: int) -> None:
    """Run the first cells of the notebook, one after the other."""
    page.locator(".jp-Cell").first.click()
    for _cell in range(cells):
        page.keyboard.press("Shift+Enter")


def test_a_picker_in_jupyterlab_is_read_light_and_dark_and_drawn_again_after_a_reload(
    new_page, lab, poor_contrast, axe_faults
):
    page = new_page(1100, 1300)
    page.goto(f"http://localhost:{lab}/lab/tree/guides/widgets.ipynb?token={TOKEN}")
    for visit in ("first", "reloaded"):
        page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=90_000)
        run_to(page, 5)
        tree = page.get_by_role("tree").first
        tree.get_by_role("treeitem", name="Italy").wait_for(timeout=90_000)
        assert tree.get_by_role("treeitem", name="Italy").get_attribute("aria-checked") == "true", visit
        if visit == "first":
            page.reload()

    box = page.locator(".wb-picker").first
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        for name in ("Theme", theme):
            page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}$")).click()
        page.wait_for_function(f"() => document.body.dataset.jpThemeName === {theme!r}")
        page.wait_for_timeout(500)
        box.get_by_role("searchbox").fill("castilla y leon")
        box.get_by_role("treeitem", name="Castilla y León").click()
        box.get_by_role("searchbox").fill("")
        box.locator("summary", has_text=re.compile("Castilla|Italy")).wait_for()
        assert poor_contrast(box) == []
        assert axe_faults(box) == []
        SHOTS.mkdir(exist_ok=True)
        box.screenshot(path=SHOTS / f"picker-{theme.split()[-1].lower()}.png")
    assert page.errors == []
    assert sorted(set(page.outside)) == []


DRAW = """async ([source, item, library, version]) => {
    const kept = { item, label: 'A chart', version }, listeners = []
    const model = {
        get: (name) => kept[name],
        on: (name, then) => name === 'msg:custom' && listeners.push(then),
        send: (message) => message.want === 'bokeh' && listeners.forEach((then) => then({ script: library })),
    }
    const place = document.body.appendChild(document.createElement('main'))
    const { render } = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
    await render({ model, el: place })
    return place.firstChild.getAttribute('aria-label')
}"""


def test_a_chart_of_a_model_widget_draws_in_a_page_that_has_no_library_yet(new_page):
    chart = BokehChart()
    drawn = figure(width=300, height=200)
    drawn.scatter([1, 2, 3], [3, 1, 2])
    chart.show(drawn, "A chart")
    page = new_page(500, 400)
    page.set_content("<!doctype html><html lang='en'><title>t</title><body></body></html>")
    library = "\n".join(INSIDE.js_raw)
    assert page.evaluate(DRAW, [str(chart._esm), chart.item, library, chart.version]) == "A chart"
    page.locator("canvas").first.wait_for(state="attached")
    assert page.evaluate(DRAW, [str(chart._esm), {}, library, chart.version]) is None  # no picture, and none is named
    assert page.locator("[role=img]").count() == 1
    assert (page.errors, page.outside) == ([], [])
