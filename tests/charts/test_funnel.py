"""The funnel: groups against what is expected of them, limits as given, and who lies beyond them."""

import numpy as np
import pandas as pd
import pytest

from workbench.charts.chart import Caption
from workbench.charts.funnel import COLOURS, Funnel
from workbench.charts.palette import INK, LOOKS, MUTED, PAPER
from workbench.terms.errors import WorkbenchError

SAID = Caption(title="A finding", unit="times the expected number", attribution="A publisher, 2026")


def groups(*rows: tuple[str, float, float], **columns) -> pd.DataFrame:
    """A frame of `(code, ratio, expected)`."""
    frame = pd.DataFrame(rows, columns=["nuts2", "value", "expected"]).astype({"value": float, "expected": float})
    return frame.assign(count=frame["value"] * frame["expected"], state="").assign(**columns)


def limits(*, adjusted: bool = False) -> pd.DataFrame:
    """Limits of two levels, symmetric around 1; half as wide again where over-dispersion is allowed for."""
    expected = np.array([1.0, 10.0, 100.0, 1000.0])
    tables = []
    for level, z in ((0.95, 1.96), (0.998, 3.09)):
        reach = z / np.sqrt(expected)
        table = pd.DataFrame({"expected": expected, "level": level, "low": np.maximum(1 - reach, 0), "high": 1 + reach})
        if adjusted:
            table = table.assign(adjusted_low=np.maximum(1 - 1.5 * reach, 0), adjusted_high=1 + 1.5 * reach)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def key(chart: Funnel) -> list[str]:
    return [item.label.value for item in chart._key.legend.items]


@pytest.fixture
def chart() -> Funnel:
    return Funnel(SAID)


def test_groups_stand_at_their_ratio_and_expected_events(chart):
    chart.update(groups(("A", 1.1, 100), ("B", 0.9, 10)))
    assert chart.source.data["x"] == pytest.approx([2, 1])
    assert chart.source.data["value"] == [1.1, 0.9]
    assert chart.figure.yaxis[0].axis_label == SAID.unit
    ticks = chart.figure.xaxis[0].major_label_overrides
    assert ticks[1.0] == "10" and ticks[2.0] == "100"


def test_a_root_axis_places_groups_and_labels_by_the_root():
    chart = Funnel(SAID, axis="root")
    chart.update(groups(("A", 1.1, 100), ("B", 0.9, 25)))
    assert chart.source.data["x"] == [10, 5]
    assert chart.figure.xaxis[0].major_label_overrides[10.0] == "100"
    assert "root" in chart.figure.xaxis[0].axis_label


def test_both_limits_of_each_level_are_drawn_and_the_widest_is_the_strongest(chart):
    chart.update(groups(("A", 1.0, 100)), limits=limits())
    drawn = chart._limits.data
    assert len(drawn["xs"]) == 4
    assert drawn["ys"][1] == pytest.approx([2.96, 1.6198, 1.196, 1.06198], abs=1e-4)
    assert drawn["dash"] == ["solid"] * 4
    assert drawn["colour"][2:] == [INK, INK] and INK not in drawn["colour"][:2]
    assert key(chart) == ["95% limits", "99.8% limits"]
    assert chart._notes.text.startswith("Lines: limits that keep 95% / 99.8% of groups inside")


def test_groups_beyond_the_widest_limits_are_marked_and_named_on_their_side(chart):
    chart.update(groups(("A", 1.5, 100), ("B", 0.5, 100), ("C", 1.25, 100), ("D", 1.0, 100)), limits=limits())
    assert chart.source.data["marker"] == ["triangle", "inverted_triangle", "circle", "circle"]
    assert chart.source.data["line"] == [COLOURS["high"], COLOURS["low"], COLOURS[""], COLOURS[""]]
    assert sorted(chart._names.data["text"]) == ["A", "B"]
    assert key(chart)[:2] == ["above 99.8% limits", "below 99.8% limits"]
    assert chart.source.data["remark"] == [
        "above the 99.8% limits", "below the 99.8% limits", "above the 95% limits", "inside the limits",
    ]  # fmt: skip


def test_the_signal_that_a_test_gave_wins_over_the_drawn_lines(chart):
    chart.update(groups(("A", 1.5, 100), ("B", 1.0, 100), signal=["", "high 99.8%"]), limits=limits())
    assert chart.source.data["marker"] == ["circle", "triangle"]


def test_signals_mark_groups_where_no_lines_are_given(chart):
    chart.update(groups(("A", 1.5, 100), ("B", 1.3, 100), signal=["high 99.8%", "high 95%"]))
    assert chart.source.data["marker"] == ["triangle", "circle"]
    assert chart._limits.data["xs"] == []
    assert key(chart) == ["above 99.8% limits"]


def test_adjusted_limits_are_dashed_and_then_say_who_is_named(chart):
    chart.update(groups(("A", 1.4, 100), ("B", 1.9, 100), ("C", 1.0, 100)), limits=limits(adjusted=True))
    assert chart._limits.data["dash"] == ["solid", "solid", "dashed", "dashed"] * 2
    assert chart._names.data["text"] == ["B", "A"]
    assert chart._names.data["colour"] == [INK, MUTED]
    assert chart.source.data["marker"] == ["triangle", "triangle", "circle"]
    assert chart.source.data["line"] == [COLOURS[""], COLOURS["high"], COLOURS[""]]
    assert key(chart)[:2] == ["above 99.8%, adjusted", "above 99.8% limits"]
    assert "99.8% limits, adjusted" in key(chart)
    assert chart.source.data["remark"][0] == (
        "above the 99.8% limits; above the 95% limits that allow for over-dispersion"
    )
    assert "Dashed: limits that allow for how far groups usually lie apart" in chart._notes.text.replace("\n", " ")


def test_the_tooltip_says_ratio_count_and_expected_and_an_interval_only_where_there_is_one(chart):
    chart.update(groups(("A", 1.5, 100), label=["Calabria"]))
    assert chart.source.data["who"] == ["Calabria (A)"]
    assert chart.source.data["figure"] == ["1.50 times the expected number"]
    assert chart.source.data["basis"] == ["count 150, expected 100.0"]
    chart.update(groups(("A", 1.5, 100), low=1.2, high=1.8, level=0.95, count=np.nan))
    assert chart.source.data["figure"] == ["1.50 times the expected number, 95% interval 1.20 to 1.80"]
    assert chart.source.data["basis"] == ["expected 100.0"]


def test_zero_and_unreliable_groups_are_hollow_and_in_the_key(chart):
    chart.update(groups(("A", 0.0, 2), ("B", 1.2, 5), ("C", 1, 50), state=["zero", "unreliable", ""]))
    assert chart.source.data["fill"] == [PAPER, PAPER, COLOURS[""]]
    assert chart.source.data["line"][0] == LOOKS["zero"].line
    assert key(chart) == ["under 10 records", "zero"]


def test_groups_without_a_figure_are_counted_in_words_and_their_numbers_stay_away(chart):
    frame = groups(("A", 4.321, 7), ("B", np.nan, 9), ("C", 1, 50), state=["withheld", "", ""], signal="high 99.8%")
    chart.update(frame, limits=limits())
    assert chart.source.data["group"] == ["C"]
    assert chart._names.data["text"] == ["C"]
    said = chart._notes.text.replace("\n", " ")
    assert said.endswith("Not drawn, missing: 1. Not drawn, withheld: 1.")


def test_names_do_not_cover_each_other_and_those_left_out_are_counted(chart):
    long = "A region with quite a long name"
    crowd = groups(*((f"R{at:02d}", 1.5 + at / 1000, 100 + at / 10) for at in range(60)), ("Z", 1.0, 1000), label=long)
    chart.update(crowd, limits=limits())
    named = len(chart._names.data["text"])
    assert 5 <= named < 60
    assert f"Marked without a name, for want of room: {60 - named}." in chart._notes.text.replace("\n", " ")


def test_a_name_that_stands_away_from_its_point_is_joined_to_it_by_a_line(chart):
    crowd = groups(*((f"Region {at}", 1.5 + at / 1000, 100 + at / 10) for at in range(20)), ("Z", 1.0, 1000))
    chart.update(crowd, limits=limits())
    leads, names = chart._leads.data, chart._names.data
    assert 0 < len(leads["x0"]) < len(names["text"])
    points = set(zip(chart.source.data["x"], chart.source.data["value"], strict=True))
    assert set(zip(leads["x0"], leads["y0"], strict=True)) <= points
    assert all(far != near for far, near in zip(leads["y1"], leads["y0"], strict=True))
    chart.update(groups())
    assert chart._leads.data["x0"] == []


def test_names_that_have_room_side_by_side_stand_at_their_points(chart):
    chart.update(groups(("A region of some length", 1.6, 100), ("Another of some length", 1.6, 250)), limits=limits())
    assert len(chart._names.data["text"]) == 2
    assert chart._leads.data["x0"] == []


def test_groups_that_only_the_exact_limits_leave_outside_are_named_all_or_none(chart):
    few = [(f"R{at:02d}", 1.45, 100 + 40 * at) for at in range(5)]
    chart.update(groups(*few, ("B", 1.9, 100)), limits=limits(adjusted=True))
    assert sorted(chart._names.data["text"]) == ["B", "R00", "R01", "R02", "R03", "R04"]
    assert chart._notes.text.count("without a name") == 0
    crowd = [(f"A region named {at:02d}", 1.4, 100 + at / 10) for at in range(20)]
    chart.update(groups(*crowd, ("B", 1.9, 100)), limits=limits(adjusted=True))
    assert chart._names.data["text"] == ["B"]
    assert chart._notes.text.count("without a name") == 0


def test_no_ratio_below_zero_stands_at_the_axis_where_names_need_room_below(chart):
    chart.update(groups(*((f"R{at:02d}", 0.05, 500 + 20 * at) for at in range(12)), ("Z", 1.0, 900)), limits=limits())
    assert chart.figure.y_range.start == pytest.approx(-1.6 * 0.04 * (1 + 12 / 5))  # below 0 to the highest ratio, 1.6
    assert chart.figure.yaxis[0].bounds[0] == chart.figure.ygrid[0].bounds[0] == 0


def test_what_else_has_to_be_known_stands_under_the_chart_and_does_not_linger(chart):
    chart.update(groups(("A", 1.0, 100)), remark="Counts are those of records.")
    assert chart._notes.text == "Counts are those of records."
    chart.update(groups(("A", 1.0, 100)))
    assert chart._notes.text == ""


def test_the_furthest_group_is_named_first(chart):
    chart.update(groups(("A", 1.5, 100), ("B", 3.0, 100)), limits=limits())
    assert chart._names.data["text"][0] == "B"


def test_tapped_groups_are_told_by_code(chart):
    chart.update(groups(("A", 1.5, 100), ("B", 3.0, 100)))
    chart.source.selected.indices = [1]
    assert chart.selected == ("B",)


def test_an_answer_without_groups_is_an_empty_chart_and_limits_do_not_linger(chart):
    chart.update(groups(("A", 3.0, 100)), limits=limits())
    chart.update(groups())
    assert chart.source.data["x"] == chart._limits.data["xs"] == chart._names.data["text"] == []
    assert key(chart) == []


def test_one_group_alone_has_an_axis(chart):
    chart.update(groups(("A", 1.0, 100)))
    assert chart.figure.x_range.start < 2 < chart.figure.x_range.end


def test_an_unknown_axis_is_refused_with_the_two_there_are():
    with pytest.raises(WorkbenchError, match="'cube' is not a scale of expected events. Give 'log', 'root'"):
        Funnel(SAID, axis="cube")


def test_a_frame_without_expected_events_is_refused(chart):
    with pytest.raises(WorkbenchError, match="needs the column expected; the frame has nuts2, value"):
        chart.update(groups(("A", 1.0, 100))[["nuts2", "value"]])


@pytest.mark.parametrize("expected", [0.0, np.nan, -1.0])
def test_a_ratio_without_expected_events_is_refused_by_name(chart, expected):
    with pytest.raises(WorkbenchError, match="B has a ratio, but no expected events above 0"):
        chart.update(groups(("A", 1.0, 100), ("B", 1.0, expected)))


def test_limits_without_their_columns_are_refused(chart):
    with pytest.raises(
        WorkbenchError, match="limits of a funnel need the columns level, high; the frame has expected, low"
    ):
        chart.update(groups(("A", 1.0, 100)), limits=limits()[["expected", "low"]])


def test_more_groups_in_grey_than_are_read_are_not_named_though_they_have_room(chart):
    lines = pd.DataFrame({"expected": [1.0, 1e5], "level": 0.95, "low": 0.5, "high": 1.5})
    lines = lines.assign(adjusted_low=0.1, adjusted_high=9.0)
    for n, named in ((24, 24), (25, 0)):
        rows = [(f"R{at}", 2.0 + at % 5, 10 * 1.3**at) for at in range(n)]
        chart.update(groups(*rows), limits=lines)
        assert len(chart._names.data["text"]) == named


def test_room_below_for_names_grows_up_to_five_lines_of_them(chart):
    for n, lines in ((3, 3 / 5), (25, 5), (40, 5)):
        chart.update(
            groups(*((f"R{at:02d}", 0.05, 500 + 20 * at) for at in range(n)), ("Z", 1.0, 900)), limits=limits()
        )
        assert chart.figure.y_range.start == pytest.approx(-1.6 * 0.04 * (1 + lines))
