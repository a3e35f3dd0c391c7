"""The charts as a reader meets them: in Chromium, from one self-contained page, with labels that try to break out."""

import importlib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.furniture import TICKS
from workbench.charts.grid import Grid
from workbench.charts.page import page as page_of
from workbench.charts.palette import DARK, LASTING_INK
from workbench.charts.trend import Trend

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
UNSEEN = ("white", "#f1f1f1")  # of an inactive key, and of such parts of a legend as no chart here has
HOSTILE = "<img src=x onerror='window.broken=1'></script><script>window.broken=1</script>"
SAID = Caption(
    title=f"A finding that is long enough to need a second line on a narrow page {HOSTILE} $$x^2$$",
    unit=f"per 100,000 {HOSTILE}",
    attribution=f"A publisher {HOSTILE}",
    synthetic=True,
)
CODES = ("ITC1", "ITC2", "ITC3", "ITC4", "ES30", "ES51")
STATES = ("", "zero", "missing", "withheld", "unreliable")


def frame(codes, column: str) -> pd.DataFrame:
    """One group per state and one more, all with the hostile label."""
    rows = pd.DataFrame({column: list(codes), "value": np.arange(1.0, len(codes) + 1) * 500})
    rows = rows.assign(low=rows["value"] * 0.8, high=rows["value"] * 1.2, level=0.95, count=20, exposure=1e5, flag="b")
    rows["state"] = [STATES[at] if at < len(STATES) else "" for at in range(len(codes))]
    return rows.assign(label=HOSTILE)


def squares() -> gpd.GeoDataFrame:
    shapes = [box(at, 40, at + 1, 41.5) for at in range(len(CODES))]
    return gpd.GeoDataFrame({"name": HOSTILE}, geometry=shapes, index=list(CODES), crs=4326)


def a_map() -> Choropleth:
    chart = Choropleth(squares(), SAID)
    chart.update(frame(CODES[:5], "nuts2"))
    return chart


def a_trend() -> Trend:
    chart = Trend(SAID, series="nace1")
    years = [frame(range(2015, 2021), "year").assign(nace1=code) for code in ("F", HOSTILE)]
    chart.update(pd.concat(years), breaks={2018: HOSTILE}, reference=(900.0, HOSTILE))
    return chart


def some_bars() -> Bars:
    chart = Bars(SAID)
    chart.update(frame("ABCDEF", "nace1"), reference=(900.0, HOSTILE))
    return chart


def a_grid() -> Grid:
    chart = Grid(SAID, labels={"M": HOSTILE})
    chart.update(pd.concat([frame(["a", "b", "c", "d", "e"], "age_group").assign(sex=sex) for sex in "MF"]))
    return chart


def clusters() -> Clusters:
    chart = Clusters(squares(), SAID)
    chart.update(frame(CODES[:5], "nuts2").assign(cluster=["HH", "LL", "HL", "LH", "HH"], q_value=0.01))
    return chart


def a_funnel() -> Funnel:
    """Groups on both sides of both limits, some of them without room for their name beside them."""
    chart = Funnel(SAID, by="nace1")
    ratios = np.tile([0.2, 0.8, 1.0, 1.3, 3.0], 6) + np.arange(30) / 200
    rows = pd.DataFrame(
        {"nace1": [f"{at} {HOSTILE}" for at in range(30)], "value": ratios, "expected": 50.0, "count": 9}
    )
    expected = np.array([10.0, 200.0])
    reach = 2 / np.sqrt(expected)
    lines = pd.DataFrame({"expected": expected, "level": 0.998, "low": 1 - reach, "high": 1 + reach})
    lines = lines.assign(adjusted_low=np.maximum(1 - 2 * reach, 0), adjusted_high=1 + 2 * reach)
    chart.update(rows.assign(state="", label=HOSTILE, flag="b"), limits=lines, remark=HOSTILE)
    return chart


def a_control_chart() -> Control:
    chart = Control(SAID, by="period")
    rows = frame([f"2021-{month:02d} {HOSTILE}" for month in range(1, 8)], "period")
    rows = rows.assign(signal=["high", "low", "", "", "run", "", ""], baseline=[True] * 6 + [False], whole=4321.0)
    chart.update(rows.assign(segment=[0, 0, 0, 0, 1, 1, 1]), centre=1500.0, method=HOSTILE)
    return chart


CHARTS = {
    "map": a_map,
    "trend": a_trend,
    "bars": some_bars,
    "grid": a_grid,
    "clusters": clusters,
    "funnel": a_funnel,
    "control chart": a_control_chart,
}


@pytest.fixture
def show(chromium, tmp_path):
    """Open a chart's page at a width; complaints of the browser and requests to anywhere are kept on the page."""
    pages = []

    def open_(chart, width: int = 700):
        path = tmp_path / f"{len(pages)}.html"
        path.write_text(page_of(chart.figure, title=f"A chart {HOSTILE}"), encoding="utf-8")
        page = chromium.new_page(viewport={"width": width, "height": 900})
        pages.append(page)
        page.complaints, page.requests = [], []
        page.on(
            "console",
            lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "request",
            lambda r: page.requests.append(r.url) if not r.url.startswith(("data:", "blob:", path.as_uri())) else None,
        )
        page.goto(path.as_uri())
        page.wait_for_function("Bokeh.documents.length && Bokeh.documents[0].is_idle")
        page.wait_for_timeout(300)
        return page

    yield open_
    for page in pages:
        page.close()


def at(page, x: float, y: float) -> tuple[float, float]:
    """Where on the page a point of the plot's coordinates lies."""
    place = """([x, y]) => {
        const view = [...Bokeh.index][0], {left, top} = view.canvas_view.el.getBoundingClientRect()
        return [left + view.frame.x_scale.compute(x), top + view.frame.y_scale.compute(y)]
    }"""
    return tuple(page.evaluate(place, [x, y]))


def middle(chart: Choropleth, code: str) -> tuple[float, float]:
    point = chart._shapes.geometry[code].representative_point()
    return point.x, point.y


@pytest.mark.parametrize("kind", CHARTS)
def test_a_page_is_whole_in_itself_and_no_label_breaks_out_of_it(show, kind):
    importlib.import_module("panel.models.esm")  # its scripts lie on a server; a page must not ask for them
    page = show(CHARTS[kind]())
    for _step in range(12):  # over everything that has a tooltip
        page.mouse.move(60 + 50 * _step, 150 + 30 * _step)
        page.wait_for_timeout(30)
    assert page.evaluate("window.broken") is None
    assert page.locator("img").count() == 0
    assert page.complaints == []
    assert page.requests == []


def test_the_tooltip_shows_label_rate_interval_and_flag_as_text(show):
    chart = a_map()
    page = show(chart)
    page.mouse.move(*at(page, *middle(chart, "ITC1")))
    page.get_by_text(f"{HOSTILE} (ITC1)").wait_for()
    page.get_by_text(f"500.0 per 100,000 {HOSTILE}, 95% interval 400.0 to 600.0").wait_for()
    page.get_by_text("count 20, exposure 100,000").wait_for()
    page.get_by_text("flag b: break in series").wait_for()
    assert page.evaluate("window.broken") is None


def test_a_withheld_region_tells_no_figure(show):
    chart = a_map()
    page = show(chart)
    page.mouse.move(*at(page, *middle(chart, "ITC4")))
    page.get_by_text("withheld: too few to show").wait_for()
    assert page.get_by_text("2,000").count() == page.get_by_text("interval").count() == 0


def test_tapping_a_region_selects_it_and_fades_none(show):
    chart = a_map()
    page = show(chart)
    x, y = middle(chart, "ITC3")
    before = pixels(page, [(x, y)])
    page.mouse.click(*at(page, *middle(chart, "ITC2")))
    page.mouse.move(1, 1)
    page.wait_for_timeout(200)
    source = f"Bokeh.documents[0].get_model_by_id('{chart.source.id}')"
    assert page.evaluate(f"{source}.selected.indices") == [1]
    assert pixels(page, [(x, y)]) == before


def pixels(page, points) -> list[str]:
    """What is painted around each point, as one text per point."""
    read = """([points, reach]) => {
        const view = [...Bokeh.index][0], canvas = view.canvas_view.primary.canvas
        const ratio = canvas.width / canvas.getBoundingClientRect().width
        return points.map(([x, y]) => {
            const [sx, sy] = [view.frame.x_scale.compute(x), view.frame.y_scale.compute(y)]
            return [...canvas.getContext("2d").getImageData(
                (sx - reach) * ratio, (sy - reach) * ratio, 2 * reach * ratio, 2 * reach * ratio).data].join()
        })
    }"""
    return page.evaluate(read, [[list(point) for point in points], 8])


def test_the_five_states_and_land_outside_are_painted_differently(show):
    chart = a_map()
    page = show(chart)
    assert len(set(pixels(page, [middle(chart, code) for code in CODES]))) >= 5  # white for zero, and the white sea


def test_titles_break_at_the_width_of_the_page_and_get_the_room_they_need(show):
    chart = a_trend()
    chart.describe(
        replace(SAID, title="Construction and agriculture carry the highest rates, finance and insurance the lowest")
    )
    look = f"""[Bokeh.documents[0].get_model_by_id('{chart.figure.title.id}').text.split('\\n').length,
        [...Bokeh.index][0].frame.bbox.top]"""
    (few, high), (some, middle_), (many, low) = (show(chart, width).evaluate(look) for width in (1800, 700, 400))
    assert many > some > few == 1
    assert low > middle_ > high


COLOURS = """() => {
    const found = new Set()
    const walk = (value) => {
        if (typeof value == 'string' && /^(#[0-9a-f]{6}|black|white|gr[ae]y)$/i.test(value)) found.add(value)
        else if (Array.isArray(value)) value.forEach(walk)
        else if (value instanceof Map) value.forEach(walk)
        else if (value?.constructor == Object) Object.values(value).forEach(walk)
    }
    for (const model of [...Bokeh.index][0].model.references())
        for (const property of model) if (!property.is_unset) walk(property.get_value())
    return [...found].sort()
}"""


@pytest.mark.parametrize("kind", CHARTS)
def test_in_a_dark_notebook_every_colour_of_a_chart_gives_way_to_its_dark_one_and_comes_back(show, kind):
    page = show(CHARTS[kind]())
    drawn = page.evaluate(COLOURS)
    for light, wanted in (("false", {DARK.get(colour, colour) for colour in drawn}), ("true", set(drawn))):
        page.evaluate("(light) => { document.body.dataset.jpThemeLight = light }", light)
        page.wait_for_timeout(200)
        assert set(page.evaluate(COLOURS)) == wanted
        if light == "false":
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SHOTS / f"dark-{kind.replace(' ', '-')}.png")
    assert {colour for colour in drawn if colour not in DARK} <= {LASTING_INK, *UNSEEN}
    assert page.complaints == []


@pytest.mark.parametrize("width", [500, 1400])
def test_a_kilometre_is_as_long_across_as_upwards_at_any_width_and_zoom(show, width):
    chart = a_map()
    chart.fit("ES")
    page = show(chart, width)
    (x0, y0), (x1, y1) = at(page, 0, 0), at(page, 1e5, 1e5)
    assert x1 - x0 == pytest.approx(y0 - y1, rel=0.01)
    inside = page.evaluate("(() => { const b = [...Bokeh.index][0].frame.bbox; return [b.width, b.height] })()")
    left, bottom, right, top = chart._shapes.loc[["ES30", "ES51"]].total_bounds
    span = (at(page, right, bottom)[0] - at(page, left, bottom)[0], at(page, left, bottom)[1] - at(page, left, top)[1])
    assert max(span[0] / inside[0], span[1] / inside[1]) == pytest.approx(0.94, abs=0.02)


def test_a_map_that_was_moved_stays_where_it_is_when_its_title_takes_another_line(show):
    chart = a_map()
    page = show(chart, 1200)
    page.mouse.move(400, 300)
    page.mouse.down()
    page.mouse.move(500, 330, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    view = """(() => { const {x_range: x, y_range: y} = [...Bokeh.index][0].model
        return [x.start + x.end, y.start + y.end].map((both) => both / 2) })()"""
    before = page.evaluate(view)
    title = f"Bokeh.documents[0].get_model_by_id('{chart.figure.title.id}')"
    page.evaluate(f"{title}.text = 'word '.repeat(60)")
    page.wait_for_timeout(400)
    assert page.evaluate(f"{title}.text.split('\\n').length") > 2
    assert page.evaluate(view) == pytest.approx(before)


@pytest.mark.parametrize(
    ("ticks", "marks"),
    [
        ([0, 500, 1000, 1500], ["0", "500", "1,000", "1,500"]),
        ([0, 0.5, 1, 1.5], ["0.0", "0.5", "1.0", "1.5"]),
        ([0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([0, 0.0001, 0.0002, 0.00030000000000000003], ["0.0000", "0.0001", "0.0002", "0.0003"]),
        ([0.3], ["0.3"]),
        ([0], ["0"]),
    ],
)
def test_an_axis_counts_in_as_many_digits_as_tell_its_marks_apart(new_page, ticks, marks):
    run = (
        "([code, ticks]) => ticks.map((tick, at) => "
        "new Function('tick', 'index', 'ticks', 'language', code)(tick, at, ticks, 'en'))"
    )
    assert new_page().evaluate(run, [TICKS, ticks]) == marks
