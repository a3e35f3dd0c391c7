"""What stands around the data, and the key."""

import inspect
from dataclasses import replace

import pytest

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption, Chart
from workbench.charts.choropleth import Choropleth
from workbench.charts.clusters import Clusters
from workbench.charts.control import Control
from workbench.charts.funnel import Funnel
from workbench.charts.furniture import TOOLTIP, lines, shortened
from workbench.charts.grid import Grid
from workbench.charts.palette import FONT
from workbench.charts.trend import Trend

SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026.")


@pytest.fixture(params=[Bars, Grid, Trend], ids=lambda kind: kind.__name__)
def chart(request):
    return request.param(SAID)


def test_title_and_source_are_said_and_can_be_changed(chart):
    assert chart.figure.title.text == "A finding"
    assert chart._source.text == "Source: A publisher, 2026"
    chart.describe(replace(SAID, title="Another", attribution="Someone else"))
    assert chart.figure.title.text == "Another"
    assert chart.figure.html_attributes["aria-label"] == "Another"
    assert chart._source.text == "Source: Someone else"


def test_what_is_not_given_stays(chart):
    chart.describe(replace(chart.caption, synthetic=True))
    assert (chart.figure.title.text, chart.unit) == ("A finding", SAID.unit)
    assert chart._synthetic.visible


def test_figures_are_as_wide_as_their_place_and_show_no_maker_s_mark(chart):
    assert chart.figure.sizing_mode == "stretch_width"
    assert chart.figure.toolbar.logo is None
    assert chart.figure.toolbar.active_scroll is None


def test_all_charts_share_one_signature_around_the_data():
    for kind in (Bars, Choropleth, Clusters, Control, Funnel, Grid, Trend):
        assert issubclass(kind, Chart)
        assert list(inspect.signature(kind.update).parameters)[:3] == ["self", "frame", "caption"]


def test_a_long_text_is_broken_into_lines_and_never_read_as_mathematics():
    assert lines("one two three", 7) == "one two\nthree"
    assert "$$" not in lines("costs $$5 and $$6", 80)
    assert "\\[" not in lines(r"a \[b\]", 80)


def test_a_text_is_shortened_with_an_ellipsis_only_when_it_has_to():
    assert shortened("Construction", 12) == "Construction"
    assert shortened("Construction", 8) == "Constru…"


def test_nothing_in_a_tooltip_is_taken_as_markup_and_no_font_is_fetched():
    assert "safe" not in TOOLTIP
    assert "url" not in FONT and "http" not in FONT
