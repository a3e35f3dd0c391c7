"""Two dimensions crossed: a cell per pair, its figure and interval in it."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.chart import Caption
from workbench.charts.grid import Grid
from workbench.charts.palette import LOOKS, OUTSIDE, PAPER, SEQUENTIAL
from workbench.terms.errors import WorkbenchError

SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")
LABELS = {"M": "Men", "F": "Women", "Y25-34": "25 to 34", "Y35-44": "35 to 44"}


def cells(**columns) -> pd.DataFrame:
    """A finding's frame by age group and sex: 100, 200, 300, 400."""
    frame = pd.DataFrame({"age_group": ["Y25-34"] * 2 + ["Y35-44"] * 2, "sex": ["M", "F"] * 2})
    frame["value"] = [100.0, 200.0, 300.0, 400.0]
    return frame.assign(low=frame["value"] * 0.5, high=frame["value"] * 1.5, level=0.95, state="").assign(**columns)


def cell(chart: Grid, row: str, column: str) -> dict:
    data = chart.source.data
    at = list(zip(data["row"], data["column"], strict=True)).index((row, column))
    return {name: values[at] for name, values in data.items()}


@pytest.fixture
def chart() -> Grid:
    return Grid(SAID, labels=LABELS)


def test_rows_run_down_and_columns_across_in_the_order_of_the_frame(chart):
    chart.update(cells())
    assert chart.figure.yaxis[0].major_label_overrides == {0: "25 to 34", 1: "35 to 44"}
    assert chart.figure.xaxis[0].major_label_overrides == {0: "Men", 1: "Women"}
    assert (cell(chart, "Y35-44", "F")["x"], cell(chart, "Y35-44", "F")["y"]) == (1, 1)


def test_a_cell_writes_its_figure_and_its_interval(chart):
    chart.update(cells())
    found = cell(chart, "Y35-44", "F")
    assert (found["written"], found["limits"]) == ("400.0", "200.0 to 600.0")
    assert found["fill"] == SEQUENTIAL[-1] and found["ink"] == PAPER
    assert found["who"] == "35 to 44 (Y35-44), Women (F)"
    assert chart._notes.text == "In each cell the 95% interval, all on one scale."


def test_the_intervals_of_all_cells_are_drawn_on_one_scale(chart):
    chart.update(cells())
    one, other = cell(chart, "Y25-34", "M"), cell(chart, "Y35-44", "M")
    assert one["at"] - (one["x"] - 0.42) == pytest.approx(0.84 * 100 / 600)
    assert (other["high"] - other["low"]) == pytest.approx(3 * (one["high"] - one["low"]))
    assert cell(chart, "Y35-44", "F")["high"] == pytest.approx(1 + 0.42)


def test_the_states_look_different_and_are_written(chart):
    chart.update(cells(value=[np.nan, 0.0, 4321.0, 5.0], state=["", "zero", "withheld", "unreliable"]))
    missing, zero, withheld, unreliable = (cell(chart, row, sex) for row in ("Y25-34", "Y35-44") for sex in "MF")
    assert (missing["fill"], missing["written"]) == (LOOKS["missing"].fill, "missing")
    assert (zero["fill"], zero["line"], zero["written"]) == (PAPER, LOOKS["zero"].line, "0")
    assert (withheld["hatch"], withheld["written"], withheld["limits"]) == ("diagonal_cross", "withheld", "")
    assert unreliable["hatch"] == "right_diagonal_line" and unreliable["fill"] in SEQUENTIAL
    assert np.isnan(withheld["at"]) and "4,321" not in str(chart.source.data)


def test_a_pair_that_the_frame_does_not_have_is_outside_the_answer(chart):
    chart.update(cells().iloc[:3])
    found = cell(chart, "Y35-44", "F")
    assert (found["fill"], found["written"], found["remark"]) == (OUTSIDE, "", "not in this answer")
    assert chart._key.legend.items[-1].label.value == "not in this answer"


def test_figures_without_an_interval_say_so(chart):
    chart.update(cells(low=np.nan, high=np.nan))
    assert cell(chart, "Y25-34", "M")["limits"] == ""
    assert cell(chart, "Y25-34", "M")["figure"].endswith("no interval published")
    assert chart._notes.text == "No line: no interval was published."


def test_many_columns_keep_their_colours_and_move_their_figures_to_the_tooltips():
    chart = Grid(SAID, rows="weekday", columns="hour")
    hours = pd.DataFrame({"weekday": 1, "hour": range(24), "value": np.arange(24.0)})
    chart.update(hours)
    assert set(chart.source.data["written"]) == {""}
    assert chart.source.data["figure"][3].startswith("3.00 ")
    assert chart._notes.text.endswith("The figures are in the tooltips.")


def test_names_may_come_with_the_frame():
    chart = Grid(SAID)
    chart.update(cells(sex_label=["Men", "Women"] * 2))
    assert chart.figure.xaxis[0].major_label_overrides == {0: "Men", 1: "Women"}
    assert chart.figure.yaxis[0].major_label_overrides[0] == "Y25-34"


def test_tapped_cells_are_told_by_their_codes(chart):
    chart.update(cells())
    chart.source.selected.indices = [1]
    assert chart.selected == (("Y25-34", "F"),)


def test_a_pair_that_comes_twice_is_refused(chart):
    with pytest.raises(WorkbenchError, match="Y25-34, M comes more than once"):
        chart.update(pd.concat([cells(), cells()]))


def test_an_answer_without_cells_is_an_empty_chart(chart):
    chart.update(cells())
    chart.update(cells().iloc[:0])
    assert chart.source.data["fill"] == []
    assert chart._key.legend.items == []
