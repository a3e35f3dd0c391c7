"""Groups beside each other: sorted, named, each with its interval or the reason why it has no figure."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.bars import Bars
from workbench.charts.chart import Caption
from workbench.charts.palette import CATEGORICAL, LOOKS, PAPER

SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")
LONG = "Activities of households as employers; undifferentiated goods- and services-producing activities"


def groups(values: dict[str, float], **columns) -> pd.DataFrame:
    """A finding's frame by sector."""
    frame = pd.DataFrame({"nace1": list(values), "value": np.array(list(values.values()), dtype=float)})
    return frame.assign(low=frame["value"] - 1, high=frame["value"] + 1, level=0.95, state="").assign(**columns)


def labels(chart: Bars) -> list[str]:
    """What stands at the axis, from top to bottom."""
    return [chart.figure.yaxis[0].major_label_overrides[tick] for tick in chart.figure.yaxis[0].ticker.ticks]


@pytest.fixture
def chart() -> Bars:
    return Bars(SAID)


def test_groups_are_sorted_from_high_to_low_and_those_without_a_figure_come_last(chart):
    chart.update(groups({"A": 5, "B": np.nan, "C": 9, "D": 3}))
    assert chart.source.data["group"] == ["C", "A", "D", "B"]
    assert labels(chart) == ["C", "A", "D", "B"]
    assert chart.figure.y_range.start > chart.figure.y_range.end


def test_groups_with_an_order_of_their_own_keep_it():
    chart = Bars(SAID, ordered=False)
    chart.update(groups({"A": 5, "B": np.nan, "C": 9}))
    assert chart.source.data["group"] == ["A", "B", "C"]


def test_every_figure_has_its_interval_and_the_axis_holds_them_and_names_the_unit(chart):
    chart.update(groups({"A": 5, "C": 9}, high=[50.0, 10.0]))
    assert chart.source.data["low"] == [8, 4]
    assert chart.figure.x_range.end > 50
    assert chart.figure.x_range.start <= 0
    assert chart.figure.xaxis[0].axis_label.replace("\n", " ") == SAID.unit
    assert max(map(len, chart.figure.xaxis[0].axis_label.split("\n"))) <= 16
    assert chart._notes.text == "Lines through the points: 95% intervals."


def test_terms_of_a_model_stand_by_their_labels_alone():
    chart = Bars(SAID, by="term", ratios=True)
    frame = groups({"nace1[E]": 2.4, "sex[F]": 0.6}).rename(columns={"nace1": "term"})
    chart.update(frame.assign(low=frame["value"] * 0.9, term_label=["Water supply", "Women"]))
    assert labels(chart) == ["Water supply", "Women"]
    assert chart.source.data["who"] == ["Water supply", "Women"]
    assert chart.source.data["group"] == ["nace1[E]", "sex[F]"]


def test_an_axis_of_very_small_ratios_tells_its_ticks_apart():
    chart = Bars(SAID, ratios=True)
    chart.update(groups({"A": 0.002, "B": 2.0}).assign(low=[0.001, 1.9], high=[0.004, 2.1]))
    told = list(chart.figure.xaxis[0].major_label_overrides.values())
    assert "0.001" in told and "1" in told and len(set(told)) == len(told) and "0" not in told


def test_half_and_double_lie_as_far_from_one_where_figures_are_ratios():
    chart = Bars(SAID, ratios=True)
    frame = groups({"A": 2.0, "B": 0.5, "C": 1.1}).assign(low=[1.6, 0.0, 0.9], high=[2.5, 0.8, 1.4])
    chart.update(frame, reference=(1.0, "no difference"))
    span = chart.figure.x_range
    assert type(chart.figure.x_scale).__name__ == "LogScale"
    assert 0 < span.start < 0.5 and span.end > 2.5
    assert chart.source.data["low"][-1] == span.start  # 0 lies off this axis: its line runs to the edge
    ticks = chart.figure.xaxis[0].ticker.ticks
    assert {0.5, 1, 2} <= set(ticks) and all(span.start <= tick <= span.end for tick in ticks)
    chart.update(groups({"A": 1.02}).assign(low=0.98, high=1.06), reference=(1.0, "no difference"))
    assert 1.0 in chart.figure.xaxis[0].ticker.ticks and len(chart.figure.xaxis[0].ticker.ticks) >= 2


def test_missing_and_withheld_groups_are_written_out(chart):
    chart.update(groups({"A": 5, "B": np.nan, "C": 4321}, state=["", "missing", "withheld"]))
    assert chart._gaps.data["name"] == ["missing", "withheld"]
    assert chart._gaps.data["hatch"] == ["blank", LOOKS["withheld"].hatch]
    assert np.isnan(chart.source.data["value"][1:]).all()
    assert chart.figure.x_range.end < 100


def test_unreliable_and_zero_dots_are_hollow_and_in_the_key(chart):
    chart.update(groups({"A": 5, "B": 4, "C": 0}, state=["", "unreliable", "zero"]))
    assert chart.source.data["fill"] == [CATEGORICAL[0], PAPER, PAPER]
    assert chart.source.data["line"][2] == LOOKS["zero"].line
    assert [item.label.value for item in chart._key.legend.items] == ["under 10 records", "zero"]


def test_the_reference_line_is_named_on_the_side_that_has_room(chart):
    chart.update(groups({"A": 50, "B": 4}), reference=(10.0, "EU-27, all sectors"))
    assert chart._rules.data == {
        "x": [10.0],
        "y": [-0.62],
        "text": ["EU-27, all sectors"],
        "side": ["left"],
        "shift": [5],
    }
    chart.update(groups({"A": 50, "B": 4}), reference=(45.0, "EU-27, all sectors"))
    assert chart._rules.data["side"] == ["right"]
    chart.update(groups({"A": 50, "B": 4}))
    assert chart._rules.data["x"] == []


def test_a_long_name_takes_two_lines_keeps_its_code_and_is_whole_in_the_tooltip(chart):
    chart.update(groups({"T": 5, "F": 4}, label=[LONG, "Construction"]))
    first, second = labels(chart)
    assert first.count("\n") == 1 and first.endswith("… (T)")
    assert all(len(line) <= 30 for line in first.split("\n"))
    assert second == "Construction (F)"
    assert chart.source.data["who"][0] == f"{LONG} (T)"


def test_the_figure_grows_with_the_number_of_groups(chart):
    chart.update(groups({"A": 1}))
    low = chart.figure.frame_height
    chart.update(groups(dict.fromkeys("ABCDEFGHIJ", 1)))
    assert chart.figure.frame_height == 10 * low


def test_tapped_groups_are_told_by_code(chart):
    chart.update(groups({"A": 5, "C": 9}))
    chart.source.selected.indices = [0]
    assert chart.selected == ("C",)


def test_an_answer_without_groups_is_an_empty_chart(chart):
    chart.update(groups({"A": 1}), reference=(1.0, "one"))
    chart.update(groups({}))
    assert chart.source.data["value"] == []
    assert labels(chart) == []


@pytest.mark.parametrize(
    "ratios", [(0.0004, 0.02, 60.0), (0.0002, 0.0003), (1e-7, 1e-6), (0.98, 1.03), (900.0, 40_000.0)]
)
def test_the_axis_of_ratios_tells_its_marks_apart(ratios):
    """Never "0 0 0 0": each mark has the digits it needs."""
    chart = Bars(SAID, by="term", ratios=True)
    frame = pd.DataFrame({"term": [f"t{at}" for at in range(len(ratios))], "value": ratios})
    chart.update(frame.assign(low=frame["value"] * 0.9, high=frame["value"] * 1.1, level=0.95))
    ticks = chart.figure.xaxis[0].ticker.ticks
    marks = [chart.figure.xaxis[0].major_label_overrides[tick] for tick in ticks]
    assert len(ticks) >= 2 and len(set(marks)) == len(marks) and "0" not in marks
    assert [float(mark.replace(",", "")) for mark in marks] == pytest.approx(ticks, rel=0.01)
