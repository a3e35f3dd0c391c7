"""The series of years or months: lines that stop where they must, points with their intervals, and the model's line."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.charts.chart import Caption
from workbench.charts.model_layer import COLOUR, NARROW, WIDE, LevelChange, ModelMarks
from workbench.charts.palette import CATEGORICAL, LOOKS, MARKERS, PAPER, lightness
from workbench.charts.trend import Trend
from workbench.terms.errors import WorkbenchError

SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")


def change(when: float, earliest: float, latest: float, name: str) -> LevelChange:
    return LevelChange(when=when, earliest=earliest, latest=latest, name=name)


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
    return Trend(SAID)


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


def test_where_a_model_says_its_spans_a_flag_cuts_neither_its_line_nor_the_observed_one(chart):
    spans = series(10, 20, 30, flag=["", "b", ""], segment=[1, 1, 1])
    chart.update(spans, fit=spans)
    assert lines(chart) == [[2015, 2016, 2017]]
    assert len(chart._fits.data["xs"]) == 1
    assert chart._marks.data["x"] == []


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
    chart = Trend(SAID, series="nace1")
    both = pd.concat([series(10, 20, nace1="F", label="Construction"), series(5, 6, nace1="C", label="Manufacturing")])
    chart.update(both)
    assert chart.source.data["line"] == [CATEGORICAL[0]] * 2 + [CATEGORICAL[1]] * 2
    assert chart.source.data["marker"] == [MARKERS[0]] * 2 + [MARKERS[1]] * 2
    assert chart.source.data["x"][0] < 2015 < chart.source.data["x"][2]
    assert [item.label.value for item in chart._key.legend.items] == ["Construction (F)", "Manufacturing (C)"]
    assert chart.source.data["who"][0] == "Construction (F), 2015"


def test_the_eighth_series_shares_a_colour_with_the_first_but_not_the_marker():
    chart = Trend(SAID, series="nace1")
    chart.update(pd.concat([series(10, 20, nace1=code) for code in "ABCDEFGH"]))
    styles = set(zip(chart.source.data["line"], chart.source.data["marker"], strict=True))
    assert len(styles) == 8


def test_a_break_in_one_series_cuts_it_alone():
    chart = Trend(SAID, series="nace1")
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
    assert chart.figure.yaxis[0].axis_label.replace("\n", " ") == SAID.unit
    assert chart.figure.y_range.end > 99
    chart.update(series(-3, 2), replace(SAID, unit="% a year"))
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


# --- what a model sets beside the observed points


def ahead(*values: float, first: int = 2018) -> pd.DataFrame:
    """Periods that were forecast, with their limits."""
    frame = series(*values, first=first)
    return frame.assign(
        low=frame["value"] - 4, high=frame["value"] + 4, low_80=frame["value"] - 2, high_80=frame["value"] + 2
    )


def keys(chart: Trend) -> list[str]:
    return [item.label.value for item in chart._key.legend.items]


def test_the_course_without_a_change_is_a_dashed_line_with_its_band_and_its_name(chart):
    frame = series(10, 20, 30, 40)
    chart.update(
        frame,
        model=ModelMarks(counterfactual=frame[2:].assign(value=[21.0, 22.0]), event=(2016.5, "from 2017")),
    )
    layer = chart._model
    assert layer._lines.data == {"xs": [[2017, 2018]], "ys": [[21, 22]]}
    assert layer._bands.data["xs"] == [[2017, 2018, 2018, 2017]]
    assert layer._bands.data["ys"] == [pytest.approx([27, 36, 44, 33])]
    assert (layer._edges.data["x"], layer._names.data["text"]) == ([2016.5], ["from 2017"])
    assert keys(chart) == ["the earlier trend continued, with its interval"]
    assert chart._fits.data["xs"] == []


def test_the_course_without_a_change_stops_at_breaks_and_a_single_year_has_a_length(chart):
    frame = series(10, 20, 30, 40)
    chart.update(
        frame, model=ModelMarks(counterfactual=frame[1:].assign(value=[5.0, 6.0, 7.0])), fit=frame[:1], breaks=[2017]
    )
    single, rest = chart._model._lines.data["xs"]
    assert (single, rest) == ([2015.7, 2016.3], [2017, 2018])
    assert [list(xs) for xs in chart._fits.data["xs"]] == [[2014.7, 2015.3]]
    assert len(chart._bands.data["xs"]) == 1
    assert lines(chart) == [[2015, 2016], [2017, 2018]]


def test_a_forecast_has_two_bands_within_each_other_and_other_points(chart):
    chart.update(series(10, 20, 30), model=ModelMarks(forecast=ahead(31, 32)))
    layer = chart._model
    assert chart.source.data["value"] == [10, 20, 30]
    assert layer.source.data["value"] == [31, 32]
    wide, narrow = layer._bands.data["ys"]
    assert wide == [30, 27, 28, 36, 35, 30] and narrow == [30, 29, 30, 34, 33, 30]
    assert layer._lines.data["xs"] == [[2017, 2018, 2019]]  # it sets out from the last observed point
    assert layer._edges.data["x"] == [2017.5]
    assert keys(chart) == ["forecast", "80% interval", "95% interval"]


def test_a_forecast_says_of_itself_that_it_was_not_observed(chart):
    chart.update(series(10, 20, 30), model=ModelMarks(forecast=ahead(31)))
    said = chart._model.source.data
    assert said["who"] == ["2018, forecast"]
    assert said["basis"] == ["prediction intervals: 80% 29.0 to 33.0, 95% 27.0 to 35.0"]
    assert said["remark"] == ["not observed"]
    assert chart._model.points.glyph.marker == "diamond" != chart.source.data["marker"][0]


def test_the_window_holds_what_is_forecast(chart):
    chart.update(series(10, 20, 30), model=ModelMarks(forecast=ahead(90, 100)))
    assert chart.figure.x_range.end == pytest.approx(2019.6)
    assert chart.figure.y_range.end > 104


def test_a_change_has_its_date_and_the_range_that_it_may_lie_in(chart):
    chart.update(series(10, 20, 30, 40), model=ModelMarks(changes=[change(2016.5, 2015.5, 2017.5, "change of level")]))
    layer = chart._model
    assert (layer._dates.data["x0"], layer._dates.data["x1"]) == ([2015.5], [2017.5])
    assert layer._names.data["text"] == ["change of level"]
    assert keys(chart) == ["range of dates"]
    assert lines(chart) == [[2015, 2016, 2017, 2018]]  # a change is no break of the source


def test_a_date_known_to_the_year_is_wide_enough_to_see_and_an_unknown_range_is_not_drawn(chart):
    chart.update(
        series(10, 20, 30),
        model=ModelMarks(changes=[change(2016.5, 2016.5, 2016.5, "one"), change(2015.5, np.nan, np.nan, "other")]),
    )
    ((low,), (high,)) = chart._model._dates.data.values()
    assert low < 2016.5 < high
    assert chart._model._edges.data["x"] == [2016.5, 2015.5]


def test_names_stand_where_the_points_are_not(chart):
    chart.update(series(30, 30, 30), model=ModelMarks(event=(2016.5, "from 2017")))
    assert chart._model._names.data["align"] == ["left"]
    assert chart._model._names.data["y"][0] <= 0
    chart.update(series(90, 5, 5), model=ModelMarks(event=(2016.5, "from 2017")))
    assert chart._model._names.data["align"] == ["right"]
    assert chart._model._names.data["y"] == [chart.figure.y_range.end]


def test_the_next_update_shows_none_of_it(chart):
    frame = series(10, 20, 30)
    chart.update(
        frame,
        model=ModelMarks(
            counterfactual=frame,
            forecast=ahead(31),
            event=(2016.5, "x"),
            changes=[change(2016.5, 2016, 2017, "y")],
        ),
    )
    chart.update(frame)
    layer = chart._model
    shown = (layer._bands, layer._lines, layer._dates, layer._edges, layer._names, layer.source)
    assert all(values == [] for source in shown for values in source.data.values())
    assert keys(chart) == []


def test_what_is_observed_and_what_is_not_stay_apart_in_every_kind_of_colour_blindness():
    assert abs(lightness(COLOUR) - lightness(CATEGORICAL[0])) > 0.02
    wide, narrow = lightness(WIDE), lightness(NARROW)
    assert (lightness(PAPER) - wide) > 0.1 and wide - narrow > 0.15  # told by lightness alone


# --- months


def months(n: int, **columns) -> pd.DataFrame:
    """A finding's frame by month, from November 2019."""
    index = pd.period_range("2019-11", periods=n, freq="M")
    frame = pd.DataFrame({"year": index.year, "month": index.strftime("%m"), "value": np.arange(1.0, n + 1)})
    return frame.assign(low=frame["value"] - 1, high=frame["value"] + 1, level=0.95, flag="", state="", **columns)


def test_months_are_one_line_in_their_years(chart):
    chart.update(months(5))
    assert len(lines(chart)) == 1
    assert lines(chart)[0] == pytest.approx(
        [2019 + 10.5 / 12, 2019 + 11.5 / 12, 2020 + 0.5 / 12, 2020 + 1.5 / 12, 2020.125 + 1 / 12]
    )
    assert chart.source.data["who"][:3] == ["2019-11", "2019-12", "2020-01"]


def test_a_missing_month_interrupts_the_line_and_a_break_lies_between_two_years(chart):
    chart.update(months(6).drop(index=4), breaks={2020: "new definition"})
    assert [len(xs) for xs in lines(chart)] == [2, 2, 1]
    assert chart._marks.data["x"] == [2020.0]
    assert chart._marks.data["text"] == ["new definition"]


def test_a_forecast_of_months_goes_on_by_months(chart):
    coming = months(8)[5:].assign(low_80=1.0, high_80=9.0)
    chart.update(months(5), model=ModelMarks(forecast=coming))
    assert chart._model._edges.data["x"] == [pytest.approx(2020 + 3 / 12)]
    assert chart._model.source.data["who"] == ["2020-04, forecast", "2020-05, forecast", "2020-06, forecast"]


def test_many_points_are_drawn_smaller(chart):
    chart.update(months(61))
    assert chart._points.size == 5
    chart.update(months(60))
    assert chart._points.size == 9
