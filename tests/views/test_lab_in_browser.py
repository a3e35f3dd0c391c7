"""The start notebook as a newcomer meets it: `workbench lab`, Chromium, no network, the bundled data."""

import re
from pathlib import Path

import pytest

from workbench.terms.places import bundled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
TOKEN = "a-token-that-the-test-knows"  # of the conftest
RUN_ALL = 180_000  # ms; the cells take a fifth of that on a machine that has nothing else to do

COLOURS = """canvas => {
    const {width, height} = canvas
    if (!(width > 0 && height > 0)) return 0
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer)
    return new Set(pixels).size
}"""
"""How many colours a canvas shows; 1 when it is blank."""

DONE = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map(p => p.textContent)
    return prompts.some(p => /\\d/.test(p)) && !prompts.some(p => p.includes('*'))
}"""
TALL = 15_000  # pixels, more than the notebook with all its pictures: JupyterLab keeps only cells that can be seen


@pytest.fixture
def page(new_page, lab):
    page = new_page(1500, 1500)
    page.goto(f"http://localhost:{lab}/lab/tree/start_here.ipynb?token={TOKEN}")
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=90_000)
    return page


def run_all(page) -> None:
    """Run every cell and wait for the last one."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells")).first.click()
    page.wait_for_timeout(1_000)
    page.wait_for_function(DONE, timeout=RUN_ALL)
    page.wait_for_timeout(3_000)  # the last pictures are drawn


def resize(page, height: int) -> None:
    page.set_viewport_size({"width": 1500, "height": height})
    page.wait_for_timeout(2_000)  # figures are drawn anew


def cell(page, source: str):
    """The code cell with this line."""
    return page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content").filter(has_text=source))


def pictures(place) -> int:
    """How many canvases in a place show a picture, and not one plain colour or a few lines."""
    place.locator("canvas").first.wait_for(state="attached")
    return sum(canvas.evaluate(COLOURS) > 20 for canvas in place.locator("canvas").all())


def charts(place) -> int:
    """How many charts of the explorer in a place are drawn: those that show a mark or more."""
    place.locator("svg[data-chart] .mark").first.wait_for(state="attached")
    return place.locator("svg[data-chart]").filter(has=place.page.locator(".mark")).count()


def test_the_start_notebook_runs_in_jupyterlab_and_draws_the_explorer_and_the_maps(page):
    kept = bundled("notebooks") / "start_here.ipynb"
    before = kept.read_bytes()
    resize(page, TALL)
    run_all(page)
    for kind in ("error", "stderr"):
        shown = page.locator(f".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.{kind}']")
        assert shown.all_inner_texts() == []
    assert page.get_by_text("Italy: which work? Accident rate").count() == 1
    explorer = cell(page, "wb.explorer(sectors_source")
    assert charts(explorer) >= 3  # map, trend, groups: there are no ages in this table
    for source in ("region_rates.chart()", "region_trend.chart()", "sector_trend.chart()", "italy_rates.chart()"):
        assert pictures(cell(page, source)) >= 1

    # The explorer listens: a tick in the tree goes to Python, and the answer comes back
    explorer.locator("summary", has_text="Sector").click()
    explorer.get_by_role("option", name=re.compile("^Construction F .* left$")).click()
    explorer.get_by_text("Construction (F), Italy").first.wait_for()

    # On a screen of usual height it is still there when one comes back from the end of the notebook
    resize(page, 1_600)
    page.get_by_role("heading", name="Sources and versions").evaluate("node => node.scrollIntoView()")
    page.wait_for_timeout(1_000)
    explorer.evaluate("node => node.scrollIntoView()")
    page.wait_for_timeout(2_000)
    assert charts(explorer) >= 3
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "lab.png")

    assert page.errors == []
    assert sorted(set(page.outside)) == []
    assert kept.read_bytes() == before
