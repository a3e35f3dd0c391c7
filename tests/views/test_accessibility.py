"""The explorer for those who see little or use no mouse: axe-core, the keyboard alone, how far marks stand out."""

import re
from itertools import product
from pathlib import Path

import pytest

import workbench
from workbench.terms.places import made

SHOTS = Path(__file__).parents[1] / "shots"
SCREEN = Path(workbench.__file__).parent / "views" / "screen" / "screen.css"
browser = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
THEMES = ("light", "dark")
YEAR = "q=years%3D2022-2022"
CHOSEN = "q=years%3D2022-2022%26sectors%3DF%26regions%3DIT%26sexes%3DM"


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/"


@pytest.fixture
def open_page(new_page, home):
    """`open_page(query, width, height)`: the explorer, at rest."""

    def opened(query: str, width: int = 1366, height: int = 768):
        page = new_page(width, height)
        page.goto(f"{home}?{query}")
        page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
        page.locator("svg[data-chart=people] .mark").first.wait_for(state="attached")
        return page

    return opened


COLOURED = ".view-place .swatch, [data-code=M] .tick, [data-code=F] .tick"
"""The swatches of a map's key, a ticked and an unticked box."""


class TestForcedColours:
    """A reader's own colours, as Windows and browsers call them."""

    pytestmark = browser

    def test_a_key_keeps_the_colours_of_its_chart_and_a_tick_is_seen(self, new_page, home):
        found = []
        for forced in ("none", "active"):
            page = new_page(1366, 1_000, forced_colors=forced)
            page.goto(f"{home}?q=years%3D2022-2022%26sexes%3DM&theme=light")
            page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
            page.locator("svg[data-chart=place] .mark").first.wait_for(state="attached")
            page.wait_for_timeout(500)  # a change of colour fades in
            colours = "nodes => nodes.map((node) => getComputedStyle(node).backgroundColor)"
            found.append(page.locator(COLOURED).evaluate_all(colours))
            page.screenshot(path=made(SHOTS) / f"forced-colours-{forced}.png")
        assert found[0] == found[1]
        assert len(set(found[1])) >= 8  # six classes, the ticked and the unticked box


class TestAxe:
    """axe-core finds nothing."""

    pytestmark = browser

    @pytest.mark.parametrize("width, theme", list(product((1366, 380), THEMES)))
    def test_axe_finds_nothing_against_wcag_2_2_aa_on_the_explorer(self, open_page, axe_faults, width, theme):
        page = open_page(f"{YEAR}&theme={theme}", width)
        assert axe_faults(page.locator("html")) == []
        if width == 380:
            page.get_by_role("button", name="Filters").click()
            page.get_by_role("complementary", name="Filters").wait_for()
            assert axe_faults(page.locator(".filters")) == []

    def test_axe_finds_nothing_in_menus_dialogs_tabs_and_a_comparison(self, open_page, axe_faults):
        page = open_page(f"{CHOSEN}&with=years%3D2022-2022")
        page.get_by_text(re.compile("^The rate is .* times that of the other")).wait_for()
        assert axe_faults(page.locator("main")) == []
        for tab in ("Notes and limits", "Sources", "About these data"):
            page.get_by_role("tab", name=tab).click()
            assert "[object" not in page.get_by_role("tabpanel").inner_text()
            assert axe_faults(page.locator(".tabs")) == []
        for name in ("Export", re.compile("^Language")):
            page.get_by_role("button", name=name, exact=isinstance(name, str)).click()
            assert axe_faults(page.locator("header.top")) == []
            page.keyboard.press("Escape")
        assert page.locator(".tabs dt").count() == page.locator(".tabs dd").count() > 3
        page.get_by_role("button", name="Code", exact=True).click()
        page.get_by_role("dialog").wait_for()
        assert axe_faults(page.locator("dialog")) == []


STOP = """() => {
    let node = document.activeElement
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement
    if (!node || node === document.body) return null
    const style = getComputedStyle(node), box = node.getBoundingClientRect()
    const label = node.getAttribute('aria-label') || [...(node.labels || [])].map((own) => own.textContent).join()
        || (node.getAttribute('aria-labelledby') ? 'labelled' : '') || node.textContent.trim()
    node.dataset.stopped = 'yes'
    return {tag: node.tagName, label, ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        colour: style.outlineColor, height: box.height, width: box.width,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0}
}"""
"""Where the keyboard is: what it is called, how wide its ring is and how large it is."""
LEFT_OUT = """() => {
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) walk(node.shadowRoot)
            const takes = node.matches(
                'button:enabled, select:enabled, input:enabled, textarea, summary, a[href], [tabindex="0"]')
            const roving = node.closest('[role=tree], [role=listbox], [role=radiogroup], [role=tablist]')
            const shown = node.checkVisibility({visibilityProperty: true})
            if (takes && !roving && shown && !node.dataset.stopped) found.push(node.outerHTML.slice(0, 90))
        }
    }
    walk(document)
    return found
}"""
"""Controls that are seen and that Tab did not come to; of a tree or list one stop is enough."""
SMALLEST = """() => {
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) walk(node.shadowRoot)
            const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())
            const shown = node.checkVisibility({visibilityProperty: true})
            if (own && shown && parseFloat(getComputedStyle(node).fontSize) < 12) found.push(node.textContent)
        }
    }
    walk(document.body)
    return found
}"""
"""Texts that are written smaller than 12 pixels."""


def tabbed(page, most: int = 150) -> list[dict]:
    """Every stop of the Tab key from the top of the page until it leaves it."""
    stops = []
    for _press in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"after {most} presses of Tab: {stops[-3:]}")


class TestKeyboard:
    """The keyboard alone."""

    pytestmark = browser

    @pytest.mark.parametrize("width, theme", [(1366, "light"), (1366, "dark"), (380, "light")])
    def test_tab_comes_to_every_control_and_each_has_a_name_a_ring_and_its_size(self, open_page, width, theme):
        page = open_page(f"{CHOSEN}&theme={theme}", width)
        stops = tabbed(page)
        assert page.evaluate(LEFT_OUT) == []
        assert [stop for stop in stops if not stop["label"]] == []
        assert [stop for stop in stops if stop["ring"] < 2] == []
        assert [stop for stop in stops if not stop["seen"]] == []
        assert [stop for stop in stops if min(stop["height"], stop["width"]) < 24] == []
        assert page.evaluate(SMALLEST) == []

    def test_arrows_walk_the_values_of_a_chart_and_a_reader_is_told_each(self, open_page):
        page = open_page(YEAR)
        walks = {"place": ("ArrowRight", "ArrowDown") * 3, "time": ("ArrowRight",) * 12, "groups": ("ArrowDown",) * 12,
                 "people": ("ArrowRight", "ArrowDown") * 3}  # fmt: skip
        for view, keys in walks.items():
            chart = page.locator(f"svg[data-chart={view}]")
            assert re.search(r"\d", chart.get_attribute("aria-label")), "the text of a chart is made from its numbers"
            chart.focus()
            told = []
            for key in ("Home", *keys):
                page.keyboard.press(key)
                option = page.locator(f"#{chart.get_attribute('aria-activedescendant')}")
                assert option.get_attribute("role") == "option"
                told.append(option.get_attribute("aria-label"))
            assert len(set(told)) >= (13 if len(keys) > 6 else 5), told
            assert all(re.search(r", .*(\d|missing|withheld|zero)", words) for words in told), told

    def test_every_view_has_a_table_with_its_figures(self, open_page):
        page = open_page(YEAR)
        menu = page.locator(".tabs select")
        for view, _name in (own for own in enumerate(menu.locator("option").all_inner_texts())):
            menu.select_option(index=view)
            page.locator(".wb[data-state=rest]").wait_for()
            assert page.locator(".tabs tbody tr").count() > 0


PALE = """(least) => {
    const numbers = (colour) => {
        const found = colour.match(/[\\d.]+/g).map(Number)
        return colour.startsWith('color(') ? found.map((n, i) => i < 3 ? n * 255 : n) : found
    }
    const light = (rgb) => {
        const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const contrast = (one, other) => {
        const [a, b] = [light(one), light(other)].sort((x, y) => y - x)
        return (a + 0.05) / (b + 0.05)
    }
    const over = (top, share, below) => below.map((v, i) => top[i] * share + v * (1 - share))
    const found = {}
    const charts = []
    const walk = (root) => root.querySelectorAll('*').forEach((node) => {
        if (node.shadowRoot) walk(node.shadowRoot)
        if (node.matches('svg[data-chart]')) charts.push(node)
    })
    walk(document)
    let looked = 0
    for (const chart of charts) {
        const card = numbers(getComputedStyle(chart.closest('.card')).backgroundColor).slice(0, 3)
        for (const shape of chart.querySelectorAll('path, circle, rect, line')) {
            if (shape.matches('.reach, .rule, .inset, .casing, .over, .region.outside, defs *')) continue
            let share = 1
            for (let at = shape; at !== chart; at = at.parentElement) share *= Number(getComputedStyle(at).opacity)
            const style = getComputedStyle(shape)
            const painted = (name, width) => {
                const colour = style[name]
                if (colour === 'none' || !width) return null
                const [r, g, b, alpha = 1] = numbers(colour)
                return over([r, g, b], share * alpha * Number(style[name + 'Opacity']), card)
            }
            const inks = [painted('fill', 1), painted('stroke', parseFloat(style.strokeWidth))].filter(Boolean)
            looked += 1
            const best = Math.max(...inks.map((ink) => contrast(ink, card)))
            if (best < least) found[`${chart.dataset.chart} ${shape.tagName}.${shape.getAttribute('class')}`] = best
        }
        for (const text of chart.querySelectorAll('text')) {
            const [x, y] = [text.getBoundingClientRect().x + 2, text.getBoundingClientRect().y + 4]
            const cell = [...chart.querySelectorAll('.cell')].find((own) => {
                const box = own.getBoundingClientRect()
                return text.matches('.in') && x > box.left && x < box.right && y > box.top && y < box.bottom
            })
            const fill = cell && getComputedStyle(cell)
            const ground = cell ? over(numbers(fill.fill).slice(0, 3), Number(fill.fillOpacity), card) : card
            const ink = numbers(getComputedStyle(text).fill).slice(0, 3)
            const ratio = contrast(ink, ground)
            if (ratio < 4.5) found[`${chart.dataset.chart} text ${text.textContent}`] = ratio
        }
    }
    if (looked < 100) found.none = looked
    return found
}"""
"""Marks of which neither the area nor the edge stands out of the card, and texts that stand out too little."""


class TestMarksOnTheScreen:
    """What is painted."""

    pytestmark = browser

    @pytest.mark.parametrize("theme", THEMES)
    def test_every_mark_stands_out_three_to_one_and_every_text_four_and_a_half(self, open_page, theme):
        for query in (CHOSEN, f"{YEAR}&measure=accidents&with=years%3D2021-2021", f"{YEAR}&shown=excess"):
            page = open_page(f"{query}&theme={theme}")
            assert page.evaluate(PALE, 3) == {}, query


def luminance(colour: str) -> float:
    """Relative luminance of a colour such as #1d2229: WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def palettes() -> dict[str, dict[str, str]]:
    """The colours of each theme by their names."""
    text = SCREEN.read_text(encoding="utf-8")
    found = {
        theme: dict(
            re.findall(r"--([\w-]+): (#[0-9a-f]{6});", re.search(rf"^{start} \{{(.*?)^\}}", text, re.M | re.S)[1])
        )
        for theme, start in (("light", r"\.wb"), ("dark", r"\.wb\.dark"))
    }
    return found | {"dark": found["light"] | found["dark"]}


@pytest.mark.parametrize("theme", THEMES)
def test_each_colour_of_a_theme_stands_out_of_what_it_is_laid_on(palettes, theme):
    colours = palettes[theme]
    texts = [("ink", "card"), ("ink", "ground"), ("ink", "soft"), ("muted", "card"), ("muted", "ground"),
             ("accent", "card"), ("on-accent", "accent"), ("on-warn", "warn"), ("on-band", "band")]  # fmt: skip
    cells = [(f"in-{shade}", f"scale-{shade}") for shade in range(1, 8)]
    assert {pair for pair in texts + cells if contrast(*(colours[name] for name in pair)) < 4.5} == set()
    marks = [(name, place) for name in ("dot", "quiet", "accent") for place in ("card", "ground", "outside")]
    assert {pair for pair in marks if contrast(*(colours[name] for name in pair)) < 3} == set()


@pytest.mark.parametrize("theme", THEMES)
def test_one_of_the_two_lines_of_a_hatch_stands_out_of_every_shade(palettes, theme):
    """Hatch and dots are in ink and in the card's colour; so is what is chosen: the accent in a casing."""
    colours = palettes[theme]
    shades = [name for name in colours if re.match(r"scale-|ratio-|gap|outside", name)]
    assert len(shades) == 16
    best = {name: max(contrast(colours[line], colours[name]) for line in ("ink", "card")) for name in shades}
    assert {name: ratio for name, ratio in best.items() if ratio < 3} == {}
    assert contrast(colours["accent"], colours["card"]) >= 3
