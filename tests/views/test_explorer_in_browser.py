"""The explorer as a person meets it: in Chromium, offline, on the bundled data."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"


@pytest.fixture
def page(chromium, served):
    port = served("app")
    page = chromium.new_page(viewport={"width": 1500, "height": 1300})
    page.errors, page.outside = [], []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None
            if re.match(rf"(data:|blob:|(http|ws)://(localhost|127\.0\.0\.1):{port})", r.url)
            else page.outside.append(r.url)
        ),
    )
    page.goto(f"http://localhost:{port}/")
    page.get_by_text("Synthetic data").first.wait_for(timeout=60_000)
    page.wait_for_selector("canvas")
    yield page
    page.close()


FIGURES = """() => {
    const figures = [...Object.values(Bokeh.documents[0]._all_models.values ? {} : {}), ...Bokeh.documents[0]._all_models.values()]
        .filter(m => m.type === 'Figure')
    return figures.map(f => f.renderers.flatMap(r => Object.values(r.data_source.data)).map(c => JSON.stringify([...c]).slice(0, 20000)).join())
}"""


def test_picking_a_region_and_a_sector_changes_map_trend_and_table(page):
    sentence = page.get_by_text("Everything", exact=True)
    sentence.wait_for()
    before, table = page.evaluate(FIGURES), page.locator("table").first.inner_text()
    page.locator("input[type=search]").first.fill("Calabria")
    page.locator("label", has_text="Calabria").first.locator("input").check()
    page.get_by_text(re.compile("^Calabria$")).first.wait_for()
    page.locator("input[type=search]").nth(1).fill("construction")
    page.locator("label", has_text=re.compile("^Construction")).first.locator("input").check()
    page.get_by_text("Construction (F), Calabria").wait_for()
    page.wait_for_timeout(1500)
    after = page.evaluate(FIGURES)
    assert len(after) == len(before) == 4
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert page.locator("table").first.inner_text() != table
    assert "ITF6" in page.locator("table").first.inner_text()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "explorer.png", full_page=True)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text(re.compile("^Calabria, ")).or_(page.get_by_text("Calabria", exact=True)).first.wait_for()
    assert page.errors == []
    assert page.outside == []
