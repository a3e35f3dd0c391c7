"""The explorer as a person meets it: in Chromium, offline, on the bundled data."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"


@pytest.fixture
def page(new_page, served):
    port = served("app", "--dataset", "esaw_synthetic")
    page = new_page()
    page.home = f"http://localhost:{port}/"
    page.goto(page.home)
    page.get_by_text("Synthetic data").first.wait_for(timeout=60_000)
    page.wait_for_selector("canvas")
    return page


FIGURES = """() => {
    const figures = [...Bokeh.documents[0]._all_models.values()].filter(m => m.type === 'Figure')
    const columns = f => f.renderers.flatMap(r => Object.values(r.data_source.data))
    return figures.map(f => columns(f).map(c => JSON.stringify([...c]).slice(0, 20000)).join())
}"""


def construction(page):
    return page.get_by_role("option", name=re.compile("^Construction"))


def tick_construction(page) -> None:
    page.locator("summary", has_text="Sector").click()
    construction(page).click()


def test_picking_a_region_and_a_sector_changes_map_trend_and_table(page):
    sentence = page.get_by_text("Everything, 2022", exact=True)
    sentence.wait_for()
    before, table = page.evaluate(FIGURES), page.locator("table").first.inner_text()
    page.locator("input[type=search]").first.fill("calabria")
    page.get_by_role("treeitem", name="Calabria").click()
    page.locator("summary", has_text="Region").get_by_text("Calabria", exact=True).wait_for()
    tick_construction(page)
    page.get_by_text("Construction (F), Calabria, 2022").wait_for()
    page.wait_for_timeout(1500)
    after = page.evaluate(FIGURES)
    assert len(after) == len(before) == 4
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert page.locator("table").first.inner_text() != table
    assert "ITF6" in page.locator("table").first.inner_text()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "explorer.png", full_page=True)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Calabria, 2022", exact=True).wait_for()
    assert page.errors == []
    assert page.outside == []


def settle(page) -> None:
    """Wait until the charts are drawn: Bokeh stumbles over a chart that is taken away while it is laid out."""
    page.wait_for_selector("canvas")
    page.wait_for_timeout(2_000)


def choose(page, menu: str, choice: str) -> None:
    page.get_by_label(menu).select_option(label=choice)


def test_back_and_forward_show_what_was_shown_and_a_link_shows_it_again(page, new_page):
    from playwright.sync_api import expect

    page.get_by_text("Everything, 2022", exact=True).wait_for()
    page.wait_for_url("**/?dataset=esaw_synthetic&q=years%3D2022-2022")
    tick_construction(page)
    page.get_by_text("Construction (F), 2022", exact=True).wait_for()
    choose(page, "Map level", "countries")
    page.wait_for_url("**&map=nuts0")
    link = page.url
    page.go_back()
    page.wait_for_url(lambda url: "map" not in url)
    page.locator("table td", has_text="AT11").wait_for()
    expect(page.get_by_label("Map level")).to_have_value("NUTS 2")
    page.go_back()
    page.get_by_text("Everything, 2022", exact=True).wait_for()
    expect(construction(page)).to_have_attribute("aria-checked", "false")
    assert page.url.endswith("/?dataset=esaw_synthetic&q=years%3D2022-2022")
    page.go_forward()
    page.go_forward()
    page.get_by_text("Construction (F), 2022", exact=True).wait_for()
    page.wait_for_url(link)
    other = new_page()
    other.goto(link)
    other.get_by_text("Construction (F), 2022", exact=True).wait_for()
    expect(other.get_by_label("Map level")).to_have_value("countries")
    assert other.url == link
    assert page.errors == []


def test_a_wrong_address_is_told_on_the_page_and_stays(page):
    from playwright.sync_api import expect

    page.goto(f"{page.home}?q=regions%3DXX")
    page.get_by_text("'XX' is not a known NUTS code").wait_for()
    page.get_by_text("Everything, 2022", exact=True).wait_for()
    assert page.url.endswith("?q=regions%3DXX")
    settle(page)
    page.goto(f"{page.home}?dataset=esaw_sintetic")
    page.get_by_text("'esaw_sintetic' is not a known data set").wait_for()
    expect(page.get_by_label("Data set")).to_have_value("esaw_sintetic")
    assert page.locator("canvas").count() == 0
    choose(page, "Data set", "Synthetic accidents at work in Europe")
    page.get_by_text("Everything, 2022", exact=True).wait_for()
    settle(page)
    page.go_back()
    page.get_by_text("'esaw_sintetic' is not a known data set").wait_for()
    assert page.errors == []


@pytest.mark.parametrize(
    "text", ["![i](http://10.9.8.7/leak.png)", "[log in again](http://10.9.8.7/)", "<img src=http://10.9.8.7/leak.png>"]
)
def test_the_text_of_an_address_is_shown_as_text(page, text):
    page.goto(f"{page.home}?{urlencode({'dataset': text})}")
    page.get_by_text(f"'{text}' is not a known data set").wait_for()
    page.goto(f"{page.home}?{urlencode({'q': f'regions={text}', 'map': text})}")
    page.get_by_text(f"'{text}' is not a known map level").wait_for()
    page.get_by_text("Everything, 2022", exact=True).wait_for()
    assert page.locator("a[href*='10.9.8.7'], img[src*='10.9.8.7']").count() == 0
    assert (page.outside, page.errors) == ([], [])


PLACES = """() => {
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            const {left, top, width, height} = node.getBoundingClientRect()
            if (node.tagName == 'CANVAS' && width > 100) found.push([left, top, width])
            if (node.shadowRoot) walk(node.shadowRoot)
        }
    }
    walk(document)
    return found
}"""


def test_the_pickers_stand_above_the_charts_where_there_is_no_room_beside_them(page):
    SHOTS.mkdir(exist_ok=True)
    for width, beside in ((420, False), (690, False), (800, True), (1400, True)):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(1500)
        pickers = page.get_by_role("button", name="Clear", exact=True).bounding_box()
        charts = page.evaluate(PLACES)
        assert charts
        assert all((left > pickers["x"] + pickers["width"]) == beside for left, _top, _wide in charts)
        assert beside or all(top > pickers["y"] for _left, top, _wide in charts)
        assert all(wide >= 390 for _left, _top, wide in charts)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.screenshot(path=SHOTS / f"explorer-{width}.png", full_page=True)
