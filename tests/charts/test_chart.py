"""What all charts promise alike: a caption, a mark of synthetic data, texts that stay texts, any language."""

import gettext
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from bokeh.models import LegendItem
from shapely.geometry import box

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption, Chart
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.grid import Grid
from workbench.charts.model_layer import LevelChange, ModelMarks
from workbench.charts.trend import Trend
from workbench.terms.text import speaking

CAPTION = Caption(title="Construction & mining", unit="accidents per 100,000 employed", attribution="A publisher, 2026")
STATES = ["", "zero", "missing", "withheld", "unreliable"]
MATHS = "$$x$$ <b>"
KINDS = ("bars", "choropleth", "clusters", "control", "funnel", "grid", "trend")


def rows(**codes) -> pd.DataFrame:
    """One row per state, with a name that is mathematics and markup at once."""
    frame = pd.DataFrame(codes).assign(value=[500.0, 0.0, 1.0, 4321.0, 12.5], state=STATES, label=MATHS, flag="b")
    return frame.assign(low=frame["value"] * 0.8, high=frame["value"] * 1.2, level=0.95, count=20, exposure=1e5)


def drawn(kind: str, caption: Caption = CAPTION) -> Chart:
    """A chart of every kind with all that it can draw."""
    codes = ["ITC1", "ITC2", "ITC3", "ITC4", "ES30"]
    shapes = gpd.GeoDataFrame(geometry=[box(at, 0, at + 1, 1) for at in range(6)], index=[*codes, "ES51"])
    if kind == "bars":
        chart = Bars(caption)
        chart.update(rows(nace1=list("ABCDE")), reference=(100.0, MATHS))
    elif kind == "choropleth":
        chart = Choropleth(shapes, caption)
        chart.update(rows(nuts2=codes))
    elif kind == "clusters":
        chart = Clusters(shapes, caption)
        chart.update(rows(nuts2=codes).assign(cluster=["island", "HH", "", "", "LL"], q_value=0.01))
    elif kind == "control":
        chart = Control(caption, by="period")
        frame = rows(period=[f"{MATHS} {at}" for at in range(5)])
        signals = ["high", "", "", "", "run"]
        chart.update(frame.assign(signal=signals, baseline=[True] * 4 + [False], segment=0), centre=9.0, method="u")
    elif kind == "funnel":
        chart = Funnel(caption, by="nace1")
        lines = pd.DataFrame({"expected": [1.0, 100.0], "level": 0.998, "low": [0.1, 0.8], "high": [4.0, 1.2]})
        chart.update(rows(nace1=list("ABCDE")).assign(expected=50.0), limits=lines)
    elif kind == "grid":
        chart = Grid(caption)
        chart.update(rows(age_group=list("abcde"), sex=["M", "F", "M", "F", "M"]).assign(sex_label=MATHS))
    else:
        chart = Trend(caption, series="nace1")
        both = [rows(year=range(2015, 2020), nace1=[code] * 5) for code in ("A", MATHS)]
        change = LevelChange(when=2016.5, earliest=2016, latest=2017, name=MATHS)
        marks = ModelMarks(event=(2017.5, MATHS), changes=[change])
        chart.update(pd.concat(both), model=marks, breaks={2018: MATHS}, reference=(900.0, MATHS))
    return chart


def painted(chart: Chart) -> list[str]:
    """All that stands on the canvas: titles, notes, key, axes, and the texts of text glyphs."""
    figure = chart.figure
    texts = [chart._finding.text, chart._notes.text, chart._source.text, chart._key.legend.title or ""]
    texts += [item.label.value for item in figure.select(LegendItem)]
    for axis in figure.axis:
        texts += [axis.axis_label or "", *axis.major_label_overrides.values()]
    for renderer in figure.renderers:
        if type(renderer.glyph).__name__ == "Text" and isinstance(renderer.glyph.text, str):
            texts += renderer.data_source.data.get(renderer.glyph.text, [])
    return texts


@pytest.mark.parametrize("kind", KINDS)
def test_synthetic_data_are_marked_on_every_figure_and_only_there(kind):
    chart = drawn(kind, replace(CAPTION, synthetic=True))
    assert chart._synthetic.visible and chart._synthetic.text == "Synthetic data: not a publisher's figures"
    chart.describe(CAPTION)
    assert not chart._synthetic.visible


@pytest.mark.parametrize("kind", KINDS)
def test_a_title_is_text_and_not_markup(kind):
    chart = drawn(kind)
    assert chart.figure.title.text == "Construction & mining"
    assert chart.figure.html_attributes["aria-label"] == "Construction & mining"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_on_the_canvas_is_read_as_mathematics(kind):
    texts = painted(drawn(kind, replace(CAPTION, unit=f"{MATHS} a year", attribution=MATHS)))
    assert any("$" in text for text in texts) and not any("$$" in text for text in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_new_caption_the_last_one_stays(kind):
    chart = drawn(kind)
    chart.describe(replace(CAPTION, title="Another", unit="per person"))
    chart.update(pd.DataFrame(columns=[*chart.columns, "value"]))
    assert (chart.figure.title.text, chart.unit) == ("Another", "per person")
    assert chart._nothing.visible and chart._nothing.text == "No figure for what is asked."


class Brackets(gettext.NullTranslations):
    """A language in which every message stands in brackets."""

    def gettext(self, message):
        return f"[{message}]"

    def ngettext(self, one, many, n):
        return f"[{one if n == 1 else many}]"


@pytest.mark.parametrize("kind", KINDS)
def test_the_language_is_that_of_the_moment_in_which_a_chart_is_fed(kind):
    """Nothing is translated at import: a chart made in English speaks another language with its next answer."""
    with speaking(Brackets()):
        chart = drawn(kind)
        assert chart._source.text.startswith("[Source: ") and chart._synthetic.text.startswith("[")
        states = [item.label.value for item in chart._key.legend.items if "zero" in item.label.value]
        assert all(state.startswith("[zero") for state in states)
        remarks = [text for text in chart.source.data["remark"] if "zero" in text]
        assert remarks and all("[zero: none recorded]" in text for text in remarks)
        if kind in {"choropleth", "grid"}:
            assert "([as many values in" in chart._key.legend.title
        if kind == "clusters":
            assert any("[without neighbours, not tested]" in text for text in chart.source.data["remark"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_withheld_is_on_no_figure(kind):
    assert not any("4,321" in text or "4321" in text for text in painted(drawn(kind)))
    sources = [renderer.data_source.data for renderer in drawn(kind).figure.renderers]
    cells = [
        str(cell) for data in sources for name, column in data.items() if name not in ("xs", "ys") for cell in column
    ]
    assert not any("4321" in cell or "4,321" in cell for cell in cells)
