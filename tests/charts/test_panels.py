"""Small multiples: a panel per question, a point per size, one scale for all."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.chart import Caption
from workbench.charts.palette import PAPER
from workbench.charts.panels import ACROSS, FOOT, TOP, Panels

SAID = Caption(title="Shares rise with size", unit="% of establishments", attribution="A publisher, 2026")
SIZES = ["E5-9", "E10-49", "E_GE250"]


def shares(questions: int = 4, **columns) -> pd.DataFrame:
    """Shares of some questions by three sizes: 10, 20, 40 of the first, one more of each further one."""
    rows = [
        (f"q{i}", size, value + i) for i in range(questions) for size, value in zip(SIZES, (10, 20, 40), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["question", "size", "value"])
    return frame.assign(question_label=frame["question"] + " in words", size_label=frame["size"], state="", **columns)


@pytest.fixture
def chart() -> Panels:
    made = Panels(SAID)
    made.update(shares())
    return made


def test_each_question_has_a_panel_in_rows_of_three(chart):
    words = chart._words.data
    assert words["text"] == ["q0 in words", "q1 in words", "q2 in words", "q3 in words"]
    assert chart.figure.y_range.start == 2 and chart._feet.data["y"].tolist() == [FOOT, FOOT, FOOT, 1 + FOOT]
    assert int(chart.source.data["x"][-1]) == 3 % ACROSS and int(chart.source.data["y"][-1]) == 1


def test_all_panels_have_one_scale_from_zero_to_the_highest(chart):
    heights = FOOT - chart.source.data["y"] % 1
    assert heights.max() == pytest.approx(FOOT - TOP)
    assert heights[0] == pytest.approx((FOOT - TOP) * 10 / 43)


def test_the_first_and_the_last_figure_are_written_and_all_are_in_tooltips(chart):
    assert chart._words.data["first"][0] == "10.0" and chart._words.data["last"][0] == "40.0"
    assert chart.source.data["who"][1] == "q0 in words, E10-49"
    assert chart.source.data["figure"][1].startswith("20.0 % of establishments")
    assert "From left to right: E5-9, E10-49, E_GE250. One scale for all." in chart._notes.text.replace("\n", " ")


def test_a_figure_that_is_withheld_or_missing_breaks_the_line_and_is_not_sent(chart):
    states = ["", "withheld", ""] + [""] * 9
    chart.update(shares(value=[10, 21.5, 40, *[1.0] * 9]).assign(state=states))
    assert np.isnan(chart._lines.data["ys"][0][1])
    assert "21.5" not in str(chart.source.data)
    chart.update(shares(1).assign(value=np.nan))
    assert chart._nothing.visible and chart._words.data["first"] == [""]


def test_an_unreliable_figure_looks_hollow(chart):
    chart.update(shares(1).assign(state=["unreliable", "", ""]))
    assert chart.source.data["fill"][0] == PAPER and chart.source.data["fill"][1] != PAPER


def test_long_questions_are_broken_and_cut(chart):
    chart.update(shares(1).assign(question_label="word " * 60))
    lines = chart._words.data["text"][0].split("\n")
    assert len(lines) == 3 and lines[-1].endswith("…") and max(map(len, lines)) <= 36


def test_a_hundred_and_eight_questions_are_drawn():
    chart = Panels(SAID)
    chart.update(shares(108))
    assert len(chart._words.data["text"]) == 108 and chart.figure.frame_height > 3_000
