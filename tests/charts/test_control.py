"""The control chart: limits that follow each period, a centre, and the periods that signal."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.chart import Caption
from workbench.charts.control import SIGNALS, Control
from workbench.charts.palette import LOOKS, PAPER
from workbench.terms.errors import WorkbenchError

SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")


def periods(*values: float, first: int = 2015, **columns) -> pd.DataFrame:
    """Periods in the index, as the result of a u-chart has them."""
    values = np.array(values, dtype=float)
    index = pd.RangeIndex(first, first + len(values))
    frame = pd.DataFrame({"value": values, "low": 5.0, "high": 25.0, "signal": "", "count": 12.0}, index=index)
    return frame.assign(exposure=1000.0, baseline=True, **columns)


def key(chart: Control) -> list[str]:
    return [item.label.value for item in chart._key.legend.items]


@pytest.fixture
def chart() -> Control:
    return Control(SAID)


def test_periods_come_from_the_index_or_from_a_column(chart):
    chart.update(periods(10, 20, 12))
    assert chart.source.data["period"] == [2015, 2016, 2017]
    chart.update(periods(10, 20).rename_axis("year").reset_index())
    assert chart.source.data["x"] == [2015, 2016]


def test_months_stand_one_after_the_other_with_their_names_at_the_axis():
    chart = Control(SAID, by="month")
    chart.update(periods(10, 20, 12).set_axis(["2025-11", "2025-12", "2026-01"]))
    assert chart.source.data["x"] == [0, 1, 2]
    assert chart.figure.xaxis[0].major_label_overrides == {0.0: "2025-11", 1.0: "2025-12", 2.0: "2026-01"}


def test_limits_are_steps_that_follow_each_period(chart):
    chart.update(periods(10, 20, low=[5.0, 7.0], high=[25.0, 23.0]))
    low, high = chart._limits.data["ys"]
    assert chart._limits.data["xs"][0] == [2014.5, 2015.5, 2015.5, 2016.5]
    assert (low, high) == ([5, 5, 7, 7], [25, 25, 23, 23])
    assert chart._bands.data["ys"] == [[5, 5, 7, 7, 23, 23, 25, 25]]
    assert chart._notes.text == "Stepped lines: limits of chance around the centre."


def test_the_way_the_limits_were_made_is_said(chart):
    chart.update(periods(10, 20), method="u-chart, 3 sigma")
    assert chart._notes.text == "Stepped lines: limits of chance around the centre (u-chart, 3 sigma)."


def test_the_centre_is_named_solid_where_it_was_set_and_dashed_where_carried_on(chart):
    frame = periods(10, 20, 12, 14)
    chart.update(frame.assign(baseline=[True, True, False, False]), centre=15.0)
    assert chart._centres.data == {
        "xs": [[2014.5, 2016.5], [2016.5, 2018.5]],
        "ys": [[15.0, 15.0], [15.0, 15.0]],
        "dash": ["solid", "dashed"],
    }
    assert chart._names.data["text"] == ["centre 15.0"]
    assert key(chart) == ["between the limits", "centre, from these periods", "centre, carried on"]
    assert chart.source.data["remark"] == ["", "", "not in the baseline", "not in the baseline"]
    chart.update(frame)
    assert chart._centres.data["xs"] == chart._names.data["text"] == []


def test_each_kind_of_signal_has_its_marker_colour_and_words(chart):
    chart.update(periods(10, 30, 2, 12).assign(signal=["", "high", "low", "run"]))
    assert chart.source.data["marker"] == ["circle", "triangle", "inverted_triangle", "diamond"]
    assert chart.source.data["line"] == [colour for _words, _marker, colour in SIGNALS.values()]
    assert chart.source.data["remark"][1:] == [
        "above the limits", "below the limits", "in a run on one side of the centre",
    ]  # fmt: skip
    assert key(chart)[:3] == chart.source.data["remark"][1:]


def test_the_axis_holds_every_point_limit_and_the_centre(chart):
    chart.update(periods(10, 90), centre=-2.0)
    assert chart.figure.y_range.start < -2 and chart.figure.y_range.end > 90
    assert chart.figure.yaxis[0].axis_label == SAID.unit


def test_the_tooltip_says_figure_limits_count_and_exposure(chart):
    chart.update(periods(10))
    assert chart.source.data["who"] == ["2015"]
    assert chart.source.data["figure"] == ["10.0 accidents per 100,000 employed, limits 5.00 to 25.0"]
    assert chart.source.data["basis"] == ["count 12, exposure 1,000"]


def test_a_period_without_limits_is_said_to_have_none(chart):
    chart.update(periods(10, 12, high=[25.0, np.nan]))
    assert chart.source.data["figure"][1] == "12.0 accidents per 100,000 employed, without limits"
    assert chart._notes.text.endswith("Points without a band around them have no limits.")


def test_missing_and_withheld_periods_are_strips_that_interrupt_the_lines_and_signal_nothing(chart):
    frame = periods(10, np.nan, 12, 4321, 14, state=["", "", "", "withheld", ""])
    chart.update(frame.assign(signal=["", "", "", "high", ""]), centre=11.0)
    assert chart._joins.data["xs"] == [[2015], [2017], [2019]]
    assert chart._gaps.data["x0"] == [2015.5, 2017.5]
    assert chart._gaps.data["hatch"] == ["blank", LOOKS["withheld"].hatch]
    assert chart._gaps.data["figure"] == ["", ""]
    assert "above" not in " ".join(chart._gaps.data["remark"])
    assert chart.figure.y_range.end < 100
    assert key(chart) == ["between the limits", "missing", "withheld"]


def test_no_line_crosses_a_year_that_was_left_out(chart):
    chart.update(periods(10, 12, 14).drop(2016))
    assert chart._joins.data["xs"] == [[2015], [2017]]
    assert len(chart._bands.data["xs"]) == 2


def test_no_line_crosses_a_break_and_the_break_is_named(chart):
    chart.update(periods(10, 12, 30, 31, segment=[0, 0, 1, 1]), centre=11.0)
    assert chart._joins.data["xs"] == [[2015, 2016], [2017, 2018]]
    assert [xs[0] for xs in chart._bands.data["xs"]] == [2014.5, 2016.5]
    assert (chart._marks.data["x"], chart._marks.data["text"]) == ([2016.5], ["break in series"])
    chart.update(periods(10, 12))
    assert chart._marks.data["x"] == []


def test_of_periods_without_limits_among_others_the_centre_says_nothing(chart):
    frame = periods(10, 12, 30, low=[5.0, 5.0, np.nan], high=[25.0, 25.0, np.nan], segment=[0, 0, 1])
    chart.update(frame.assign(baseline=[True, True, False]), centre=11.0)
    assert chart._centres.data["xs"] == [[2014.5, 2016.5]]
    assert chart._names.data["x"] == [2016.5]
    assert "centre, carried on" not in key(chart)


def test_the_tooltip_of_a_share_says_how_many_of_how_many(chart):
    chart.update(periods(10, 12, whole=[1200.0, np.nan]))
    assert chart.source.data["basis"] == ["12 of 1,200", "count 12, exposure 1,000"]


def test_what_a_withheld_share_is_of_is_withheld_too(chart):
    chart.update(periods(10, 12, whole=[4321.0, 1200.0], state=["withheld", ""]))
    assert "4,321" not in " ".join(chart._gaps.data["basis"])


def test_zero_and_unreliable_points_are_hollow_and_keep_their_signal(chart):
    chart.update(periods(0, 7, 0, state=["zero", "unreliable", "zero"]).assign(signal=["low", "", ""]))
    assert chart.source.data["fill"] == [PAPER] * 3
    assert chart.source.data["line"] == [SIGNALS["low"][2], SIGNALS[""][2], LOOKS["zero"].line]
    assert key(chart) == ["below the limits", "between the limits", "zero", "under 10 records"]


def test_a_long_series_has_labels_for_some_periods_only(chart):
    chart.update(periods(*range(100), first=1900))
    assert len(chart.figure.xaxis[0].ticker.ticks) <= 36


def test_tapped_periods_are_told(chart):
    chart.update(periods(10, 12))
    chart.source.selected.indices = [1]
    assert chart.selected == (2016,)


def test_an_answer_without_periods_is_an_empty_chart(chart):
    chart.update(periods(10, 12), centre=11.0)
    chart.update(periods(), centre=11.0)
    assert chart.source.data["x"] == chart._limits.data["xs"] == chart._names.data["text"] == []


def test_an_unknown_signal_is_refused_with_those_there_are(chart):
    with pytest.raises(
        WorkbenchError, match="'up' is not a signal of a control chart. The signals are '', 'high', 'low', 'run'"
    ):
        chart.update(periods(10).assign(signal="up"))


def test_a_first_period_without_a_figure_leaves_the_axis_whole(chart):
    chart.update(periods(np.nan, 12, 14))
    assert chart.figure.y_range.start < 5 and chart.figure.y_range.end > 25
