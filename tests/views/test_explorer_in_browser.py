"""The explorer as a person meets it: in Chromium, offline, on the bundled data."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlparse

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
FIRST = "All accidents at work, EU-27, 2022"


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/"


@pytest.fixture
def page(new_page, home):
    page = new_page(1366, 768)
    page.home = home
    page.goto(home)
    page.get_by_role("heading", name=FIRST).wait_for(timeout=60_000)
    at_rest(page)
    return page


def at_rest(page) -> None:
    """Wait until the last change is answered in every card."""
    page.locator(".wb[data-state=rest]").wait_for()


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def chart(page, view: str):
    return page.locator(f"svg[data-chart={view}]")


def press(page, view: str, *keys: str) -> None:
    chart(page, view).focus()
    for key in keys:
        page.keyboard.press(key)


SCALE = """(svg) => { const m = svg.getScreenCTM(); return m.a / m.d }"""
"""Pixels per metre across over pixels per metre down."""


def test_a_touch_in_any_view_filters_the_others_and_undo_back_and_escape_take_it_back(page):
    from playwright.sync_api import expect

    title = page.get_by_role("heading", level=1)
    page.wait_for_url("**/?dataset=esaw_synthetic&q=years%3D2022-2022")
    assert page.locator("svg[data-chart] canvas, button button").count() == 0
    construction = chart(page, "groups").get_by_role("option", name=re.compile("^Construction"))
    people = chart(page, "people").get_by_role("option").first.get_attribute("aria-label")

    construction.click(position={"x": 20, "y": 10})
    expect(title).to_contain_text("construction (F), 2022")
    expect(construction).to_have_attribute("aria-selected", "true")
    expect(chart(page, "people").get_by_role("option").first).not_to_have_attribute("aria-label", people)
    link = page.url

    chart(page, "time").get_by_role("option", name=re.compile("^2019")).click()
    expect(title).to_contain_text("construction (F), 2019")
    chart(page, "place").get_by_role("option", name=re.compile("^Lombardia")).dispatch_event("click")
    expect(title).to_contain_text("Lombardia")
    at_rest(page)
    assert chart(page, "place").evaluate(SCALE) == pytest.approx(1.0, abs=1e-6)
    assert page.locator("article.view-place .outline").count() == 1
    page.get_by_text("Place of 21").wait_for()  # among the regions of its country

    page.get_by_role("button", name="Undo").click()
    expect(title).not_to_contain_text("Lombardia")
    at_rest(page)
    assert chart(page, "place").evaluate(SCALE) == pytest.approx(1.0, abs=1e-6)
    page.go_back()  # after Undo: one step further back, not forward again
    expect(title).to_contain_text("construction (F), 2022")
    assert page.url == link
    page.go_forward()
    expect(title).to_contain_text("construction (F), 2019")

    press(page, "people", "Home", "Enter")
    expect(title).to_contain_text("men, 15 to 24")
    press(page, "people", "Escape")
    expect(title).not_to_contain_text("men")
    page.get_by_role("button", name=re.compile("Remove the filter Construction")).click()
    expect(title).to_have_text("All accidents at work, EU-27, 2019")
    assert (page.errors, page.outside) == ([], [])


def test_picking_a_region_in_the_column_changes_map_trend_and_table(page):
    from playwright.sync_api import expect

    before = chart(page, "time").inner_html()
    page.get_by_placeholder("Name or code").first.fill("calabria")
    page.get_by_role("treeitem", name="Calabria").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Calabria")
    at_rest(page)
    assert chart(page, "time").inner_html() != before
    page.get_by_label("Search the table").fill("itf6")
    assert page.locator(".tabs tbody tr").count() == 1
    page.get_by_label("Search the table").fill("")
    page.locator(".tabs th").get_by_role("button", name="Figure").click()
    figures = page.locator(".tabs tbody tr td:nth-child(3)").all_inner_texts()
    numbers = [float(text.replace(",", "")) for text in figures]
    assert len(numbers) == 21
    assert numbers == sorted(numbers, reverse=True)
    assert page.errors == []


def test_a_comparison_its_code_its_link_and_its_files(page, new_page, own_home):
    """The code that the page gives makes the frame that it shows."""
    import workbench as wb

    page.get_by_role("button", name="Compare", exact=True).click()
    press(page, "groups", "Home", "Enter")
    page.get_by_text("The rate is 2.16 times that of the other").wait_for()
    assert parse_qs(urlparse(page.url).query)["with"] == ["years=2022-2022"]
    at_rest(page)
    assert chart(page, "time").locator(".line.other").count() == 1

    page.get_by_role("button", name="Code", exact=True).click()
    dialog = page.get_by_role("dialog")
    scope: dict = {}
    exec(dialog.get_by_label("Where").input_value(), scope)
    shown = wb.explorer("esaw_synthetic", selection=wb.Selection(sectors={"F"}, years=(2022, 2022)))
    assert scope["finding"].frame.equals(shown.frame("place"))
    dialog.get_by_role("button", name="Close").click()

    for form, begins in (("csv", b"nuts2,"), ("zip", b"PK"), ("png", b"\x89PNG"), ("svg", b"<svg")):
        page.get_by_role("button", name="Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Where: {form.upper()}").click()
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(begins)
        assert b"ynthetic" in content or form in ("zip", "png")

    other = new_page(1366, 768)
    other.goto(page.url + "&theme=dark")
    other.get_by_text("The rate is 2.16 times that of the other").wait_for()
    assert heading(other) == heading(page)
    assert other.locator(".wb.dark").count() == 1
    assert page.errors == other.errors == []


KEYS = 40
"""So many presses of a key bring one from the first stop to a file."""
FOCUSED = """() => {
    let node = document.activeElement
    while (node.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
    return node.textContent
}"""
SMALL = """(root) => [...root.querySelectorAll("button, select, input")]
    .filter((node) => node.offsetHeight && node.offsetHeight < 24).map((node) => node.textContent)"""
"""What is touched, and less than 24 pixels high."""


def test_a_file_is_a_few_keys_away_and_no_text_is_hard_to_read(page, poor_contrast):
    pressed = 0
    while page.evaluate(FOCUSED) != "Export":
        page.keyboard.press("Tab")
        pressed += 1
        assert pressed < KEYS - 3
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    with page.expect_download():
        page.keyboard.press("Enter")
    for theme, look in (("light", ".wb:not(.dark)"), ("dark", ".wb.dark")):
        page.get_by_role("button", name=re.compile("^Colours")).click()
        page.get_by_role("button", name=f"Colours: {theme}").wait_for()
        assert poor_contrast(page.locator(look)) == []
        assert page.locator(look).evaluate(SMALL) == []


def test_a_wrong_address_is_told_on_the_page_and_stays(page):
    page.goto(f"{page.home}?q=regions%3DXX")
    page.get_by_text("'XX' is not a known NUTS code").wait_for()
    page.get_by_role("heading", name=FIRST).wait_for()
    assert page.url.endswith("?q=regions%3DXX")
    page.goto(f"{page.home}?dataset=esaw_sintetic")
    page.get_by_text("'esaw_sintetic' is not a known data set").wait_for()
    assert page.locator("svg[data-chart]:visible").count() == 0
    page.get_by_role("button", name=re.compile("^esaw_sintetic")).click()
    page.get_by_role("button", name=re.compile("^Synthetic accidents at work in Europe")).click()
    page.get_by_role("heading", name=FIRST).wait_for()
    at_rest(page)
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
    page.get_by_role("heading", name=FIRST).wait_for()
    assert page.locator("a[href*='10.9.8.7'], img[src*='10.9.8.7']").count() == 0
    assert (page.outside, page.errors) == ([], [])


def test_the_grid_uses_the_width_and_the_filters_are_a_drawer_where_there_is_none(page):
    SHOTS.mkdir(exist_ok=True)
    for width, height, beside in ((1920, 1080, 3), (1366, 768, 2), (380, 800, 1)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(600)
        boxes = [page.locator(f"article.view-{view}").bounding_box() for view in ("place", "time", "groups")]
        assert len({round(box["y"]) for box in boxes[:beside]}) == 1
        assert len({round(box["x"]) for box in boxes}) == beside
        assert page.evaluate("document.documentElement.scrollWidth") == width
        filters = page.get_by_label("Filters", exact=True).first.bounding_box()
        assert (filters["x"] >= 0) == (beside > 1)
        if width == 1366:  # key figures, map and trend without scrolling
            assert max(box["y"] + box["height"] for box in boxes[:2]) <= height
        page.screenshot(path=SHOTS / f"explorer-{width}.png")
    page.get_by_role("button", name="Filters").click()
    assert page.get_by_role("complementary", name="Filters").bounding_box()["x"] >= 0
    page.keyboard.press("Escape")
    page.get_by_role("complementary", name="Filters").wait_for(state="hidden")


def drag(page, one, other) -> None:
    """The pointer goes down in the middle of one box, over to the middle of another, and up."""
    places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in (one, other)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=5)
    page.mouse.up()


def test_a_drag_takes_all_between_and_so_do_two_touches_with_shift_and_two_keys(page):
    from playwright.sync_api import expect

    title = page.get_by_role("heading", level=1)
    years = [chart(page, "time").get_by_role("option", name=re.compile(f"^{year}")) for year in (2014, 2018)]
    drag(page, *(year.bounding_box() for year in years))
    expect(title).to_contain_text("2014 to 2018", timeout=20_000)
    at_rest(page)
    page.get_by_role("button", name="Undo").click()
    expect(title).to_have_text(FIRST, timeout=20_000)
    at_rest(page)
    years[0].click()
    expect(title).to_contain_text("2014", timeout=20_000)
    at_rest(page)
    page.get_by_role("button", name="Undo").click()
    expect(title).to_have_text(FIRST, timeout=20_000)
    at_rest(page)
    press(page, "time", "Home", "Enter")
    expect(title).to_contain_text("2010", timeout=20_000)
    at_rest(page)
    press(page, "time", "ArrowRight", "Shift+Enter")
    expect(title).to_contain_text("2010 to 2011", timeout=20_000)
    at_rest(page)

    land = chart(page, "place").bounding_box()
    middle = {**land, "x": land["x"] + 0.3 * land["width"], "y": land["y"] + 0.3 * land["height"]}
    page.keyboard.down("Shift")
    drag(page, land, {**middle, "width": 0.6 * land["width"], "height": 0.6 * land["height"]})
    page.keyboard.up("Shift")
    expect(page.get_by_role("button", name=re.compile("^Remove the filter")).first).to_be_visible(timeout=20_000)
    assert page.errors == []


SOCKETS = """() => {
  const Plain = window.WebSocket
  window.sockets = []
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given)
      window.sockets.push(this)
    }
  }
}"""
"""Keeps the page's sockets, so that a test can break them."""


STILL_CONNECTING = """() => {
    const {send} = WebSocket.prototype
    WebSocket.prototype.send = () => {
        WebSocket.prototype.send = send
        throw new DOMException("Still in CONNECTING state.", "InvalidStateError")
    }
}"""
"""The next message meets a connection that does not stand yet."""


def test_a_page_that_lost_its_connection_has_it_again_and_keeps_what_was_chosen(new_page, home):
    from playwright.sync_api import expect

    page = new_page(1366, 768)
    page.add_init_script(f"({SOCKETS})()")
    page.goto(f"{home}?q=sectors%3DF%26years%3D2022-2022")
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("construction (F), 2022", timeout=60_000)
    at_rest(page)
    before = page.evaluate("window.sockets.length")
    page.evaluate("window.sockets.forEach((socket) => socket.close())")
    page.wait_for_function("n => window.sockets.length > n && window.sockets.at(-1).readyState === 1", arg=before)
    page.wait_for_timeout(500)

    assert "construction (F), 2022" in heading(page)
    page.evaluate(f"({STILL_CONNECTING})()")  # as for a touch in the moment in which a new connection is being made
    chart(page, "time").get_by_role("option", name=re.compile("^2019")).click()
    expect(title).to_contain_text("construction (F), 2019", timeout=30_000)
    page.get_by_role("button", name="Undo").click()
    expect(title).to_contain_text("construction (F), 2022", timeout=30_000)
    assert page.errors == []
