"""The series of years: lines that stop where they must, points that say how sure they are."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.palette import CATEGORICAL, LOOKS, MARKERS, PAPER
from workbench.charts.trend import Trend
from workbench.terms.errors import WorkbenchError

SAID = {"title": "A finding", "unit": "accidents per 100,000 employed", "attribution": "A publisher, 2026"}


def series(*values: float, first: int = 2015, **columns) -> pd.DataFrame:
    """A finding's frame by year."""
    frame = pd.DataFrame({"year": range(first, first + len(values)), "value": np.array(values, dtype=float)})
    frame = frame.assign(low=frame["value"] * 0.9, high=frame["value"] * 1.1, level=0.95, flag="", state="")
    return frame.assign(**columns)


def lines(chart: Trend) -> list[list[float]]:
    """The years each drawn line joins."""
    return [list(xs) for xs in chart._joins.data["xs"]]


@pytest.fixture
def chart() -> Trend:
    return Trend(**SAID)


def test_every_year_has_a_point_with_its_interval_and_one_line_joins_them(chart):
    chart.update(series(10, 20, 30))
    assert chart.source.data["value"] == [10, 20, 30]
    assert chart.source.data["high"] == pytest.approx([11, 22, 33])
    assert lines(chart) == [[2015, 2016, 2017]]
    assert chart._notes.text == "Lines through the points: 95% intervals."


def test_years_are_joined_in_order_whatever_the_order_of_the_frame(chart):
    chart.update(series(10, 20, 30).iloc[::-1])
    assert chart.source.data["year"] == [2015, 2016, 2017]


def test_no_line_crosses_a_declared_break_and_the_break_is_marked(chart):
    chart.update(series(10, 20, 30, 40), breaks={2017: "new definition"})
    assert lines(chart) == [[2015, 2016], [2017, 2018]]
    assert chart._marks.data["x"] == [2016.5]
    assert chart._marks.data["text"] == ["new definition"]


def test_a_break_between_two_published_years_is_a_break_too(chart):
    chart.update(series(10, 20, 30).assign(year=[2010, 2012, 2014]), breaks=[2013])
    assert lines(chart) == [[2010, 2012], [2014]]


def test_the_flag_b_and_a_new_segment_are_breaks(chart):
    chart.update(series(10, 20, 30, flag=["", "bp", ""]))
    assert lines(chart) == [[2015], [2016, 2017]]
    chart.update(series(10, 20, 30, segment=["old", "old", "new"]))
    assert lines(chart) == [[2015, 2016], [2017]]
    assert chart._marks.data["text"] == ["break in series"]


def test_a_year_that_belongs_to_no_segment_is_no_break(chart):
    chart.update(series(10, np.nan, 30, 40, segment=[0, np.nan, 0, 1]))
    assert chart._marks.data["x"] == [2017.5]
    chart.update(series(np.nan, 20, 30, segment=[np.nan, 0, 0]))
    assert chart._marks.data["x"] == []


def test_the_first_year_is_no_break_even_if_it_carries_the_flag(chart):
    chart.update(series(10, 20, flag=["b", ""]))
    assert chart._marks.data["x"] == []


def test_a_missing_and_a_withheld_year_interrupt_the_line_and_are_shown_as_strips(chart):
    chart.update(series(10, np.nan, 30, 40, 50, state=["", "", "", "withheld", ""]))
    assert lines(chart) == [[2015], [2017], [2019]]
    assert chart._gaps.data["fill"] == [LOOKS["missing"].fill, LOOKS["withheld"].fill]
    assert chart._gaps.data["hatch"] == ["blank", "diagonal_cross"]
    assert [text.split(":")[0] for text in chart._gaps.data["remark"]] == ["missing", "withheld"]
    assert 40 not in chart.source.data["value"]


def test_a_year_that_is_not_in_the_frame_interrupts_the_line(chart):
    chart.update(series(10, 20, 30, 40).drop(index=1))
    assert lines(chart) == [[2015], [2017, 2018]]


def test_a_survey_every_other_year_is_joined(chart):
    chart.update(series(10, 20, 30).assign(year=[2014, 2016, 2018]))
    assert lines(chart) == [[2014, 2016, 2018]]


def test_unreliable_points_are_hollow_and_a_zero_is_hollow_and_dark(chart):
    chart.update(series(10, 20, 0, state=["", "unreliable", "zero"]))
    assert chart.source.data["fill"] == [CATEGORICAL[0], PAPER, PAPER]
    assert chart.source.data["line"] == [CATEGORICAL[0], CATEGORICAL[0], LOOKS["zero"].line]
    assert {item.label.value for item in chart._key.legend.items} == {"zero", "under 10 records"}
    assert chart.figure.y_range.start < 0


def test_series_differ_in_colour_and_marker_and_stand_beside_each_other():
    chart = Trend(series="nace1", **SAID)
    both = pd.concat([series(10, 20, nace1="F", label="Construction"), series(5, 6, nace1="C", label="Manufacturing")])
    chart.update(both)
    assert chart.source.data["line"] == [CATEGORICAL[0]] * 2 + [CATEGORICAL[1]] * 2
    assert chart.source.data["marker"] == [MARKERS[0]] * 2 + [MARKERS[1]] * 2
    assert chart.source.data["x"][0] < 2015 < chart.source.data["x"][2]
    assert [item.label.value for item in chart._key.legend.items] == ["Construction (F)", "Manufacturing (C)"]
    assert chart.source.data["who"][0] == "Construction (F), 2015"


def test_the_eighth_series_shares_a_colour_with_the_first_but_not_the_marker():
    chart = Trend(series="nace1", **SAID)
    chart.update(pd.concat([series(10, 20, nace1=code) for code in "ABCDEFGH"]))
    styles = set(zip(chart.source.data["line"], chart.source.data["marker"], strict=True))
    assert len(styles) == 8


def test_a_break_in_one_series_cuts_it_alone():
    chart = Trend(series="nace1", **SAID)
    one, other = series(10, 20, 30, nace1="F", flag=["", "b", ""]), series(1, 2, 3, nace1="C")
    chart.update(pd.concat([one, other]))
    assert chart._marks.data["x"] == [2015.5]
    assert [len(xs) for xs in lines(chart)] == [1, 2, 3]


def test_the_reference_is_a_named_line_written_away_from_the_last_points(chart):
    chart.update(series(10, 20, 30), reference=(12.0, "Spain, all sectors"))
    assert chart._rules.data["y"] == [12.0]
    assert chart._rules.data["text"] == ["Spain, all sectors"]
    assert chart._rules.data["side"] == ["top"]
    chart.update(series(10, 8, 6), reference=(12.0, "Spain, all sectors"))
    assert chart._rules.data["side"] == ["bottom"]
    chart.update(series(10, 8, 6))
    assert chart._rules.data["y"] == []


def test_a_fitted_line_has_its_band_and_stops_at_breaks(chart):
    frame = series(10, 20, 30, 40)
    chart.update(frame, fit=frame.assign(value=[11, 19, 31, 39]), breaks=[2017])
    assert [list(xs) for xs in chart._fits.data["xs"]] == [[2015, 2016], [2017, 2018]]
    assert chart._fits.data["ys"] == [[11, 19], [31, 39]]
    assert chart._bands.data["xs"][0] == [2015, 2016, 2016, 2015]
    assert chart._bands.data["ys"][0] == pytest.approx([9, 18, 22, 11])


def test_a_fitted_line_without_limits_has_no_band(chart):
    frame = series(10, 20)
    chart.update(frame, fit=frame[["year", "value"]])
    assert len(chart._fits.data["xs"]) == 1
    assert chart._bands.data["xs"] == []


def test_the_axis_names_the_unit_and_holds_every_limit(chart):
    chart.update(series(10, 20, high=[15.0, 99.0]))
    assert chart.figure.yaxis[0].axis_label.replace("\n", " ") == SAID["unit"]
    assert chart.figure.y_range.end > 99
    chart.update(series(-3, 2), unit="% a year")
    assert chart.figure.yaxis[0].axis_label == "% a year"
    assert chart.figure.y_range.start < -3.3


def test_years_without_any_interval_say_so(chart):
    chart.update(series(10, 20)[["year", "value"]])
    assert chart._notes.text == "Points without a line: no interval was published."
    assert chart.source.data["figure"][0].endswith("no interval published")


def test_a_year_that_comes_twice_in_a_series_is_refused(chart):
    with pytest.raises(WorkbenchError, match="2015 comes more than once"):
        chart.update(pd.concat([series(1), series(2)]))


def test_an_answer_without_years_is_an_empty_chart(chart):
    chart.update(series(10, 20), breaks=[2016], reference=(1.0, "one"))
    chart.update(series())
    assert chart.source.data["value"] == []
    assert lines(chart) == []
    assert chart._key.legend.items == []
