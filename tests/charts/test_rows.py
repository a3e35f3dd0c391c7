"""A finding's frame on its way into a chart: checked, cleared, put into words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts.rows import POINTS_BARE, POINTS_DRAWN, about_intervals, ready, short, tooltips
from workbench.terms.errors import WorkbenchError
from workbench.terms.words import number


def finding(**columns) -> pd.DataFrame:
    return pd.DataFrame({"nace1": ["F"], "value": [1500.0], **columns})


def words(frame: pd.DataFrame, unit: str = "per 100,000 employed") -> dict[str, str]:
    rows = ready(frame, ["nace1"])
    return {name: texts[0] for name, texts in tooltips(rows, rows["label"], unit).items()}


def test_what_is_withheld_loses_every_number():
    rows = ready(finding(low=[1.0], high=[2.0], count=[3], exposure=[200.0], state=["withheld"]), ["nace1"])
    assert rows[["value", "low", "high", "count", "exposure"]].isna().all(axis=None)


def test_a_figure_that_is_not_there_is_missing_even_if_nobody_said_so():
    assert ready(finding(value=[np.nan]), ["nace1"])["state"].tolist() == ["missing"]


def test_what_is_called_missing_shows_no_figure():
    rows = ready(finding(state=["missing"], low=[1.0], count=[7]), ["nace1"])
    assert np.isnan(rows["value"][0]) and np.isnan(rows["low"][0])
    assert rows["count"][0] == 7


def test_the_frame_that_was_given_stays_as_it_was():
    frame = finding(state=["withheld"])
    before = frame.copy()
    ready(frame, ["nace1"])
    pd.testing.assert_frame_equal(frame, before)


def test_names_come_from_a_label_or_from_the_label_beside_the_code():
    assert ready(finding(nace1_label=["Construction"]), ["nace1"])["label"][0] == "Construction"
    assert ready(finding(nace1_label=["Construction"], label=["Building"]), ["nace1"])["label"][0] == "Building"
    assert ready(finding(), ["nace1"])["label"][0] == ""


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(WorkbenchError, match="needs the columns nuts2; the frame has nace1, value"):
        ready(finding(), ["nuts2"])


def test_a_group_that_comes_twice_is_refused():
    twice = pd.concat([finding(year=[2020]), finding(year=[2021])])
    with pytest.raises(WorkbenchError, match="F comes more than once in the frame. Ask by one more dimension"):
        ready(twice, ["nace1"])
    assert len(ready(twice, ["nace1", "year"])) == 2


def test_a_state_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(WorkbenchError, match="'low' is not a state of a figure. The states are '', 'zero', 'missing'"):
        ready(finding(state=["low"]), ["nace1"])


def test_the_tooltip_says_value_interval_count_and_exposure():
    said = words(finding(low=[1400.0], high=[1612.4], level=[0.95], count=[412], exposure=[27467]))
    assert said["figure"] == "1,500.0 per 100,000 employed, 95% interval 1,400.0 to 1,612.4"
    assert said["basis"] == "count 412, exposure 27,467"
    assert said["remark"] == ""


def test_a_published_rate_without_limits_says_that_it_has_no_interval():
    assert words(finding())["figure"] == "1,500.0 per 100,000 employed, no interval published"


def test_the_tooltip_says_state_and_flags_in_words():
    assert words(finding(flag=["bp"], state=["unreliable"]))["remark"] == (
        "unreliable: under 10 records; flag bp: break in series, provisional"
    )
    assert words(finding(flag=["q"]))["remark"] == "flag q: q"


@pytest.mark.parametrize("state", ["missing", "withheld"])
def test_without_a_figure_the_tooltip_says_why_and_gives_none(state):
    said = words(finding(low=[1234.5], high=[6543.2], state=[state]))
    assert said["figure"] == ""
    assert said["remark"].startswith(state)


@pytest.mark.parametrize("value", [5071.83, 275.04, 12.34, 3.14159, 0.0512, 0.00004])
def test_a_figure_in_a_tooltip_is_rounded_as_in_a_sentence(value):
    """A title that says 5,071.8 stands above a tooltip that says 5,071.8."""
    assert words(finding(value=[value], low=[value], high=[value], level=[0.95]))["figure"] == (
        f"{number(value)} per 100,000 employed, 95% interval {number(value)} to {number(value)}"
    )


def test_counts_and_marks_of_an_axis_are_short():
    assert [short(value) for value in (1500.0, 1_234_567.0, 2.5, 10.0, 0.25, 0.0002, 412.53, 0.0)] == [
        *("1,500", "1,234,567", "2.5", "10", "0.25", "0.0002", "412.5", "0"),
    ]


@given(st.floats(-1e12, 1e12))
def test_a_short_number_that_is_read_back_is_the_same_to_a_twentieth(value):
    assert float(short(value).replace(",", "")) == pytest.approx(value, rel=0.05)


@pytest.mark.parametrize(
    ("low", "level", "said"),
    [
        ([1.0, 1.0], [0.95, 0.95], "Lines through the points: 95% intervals."),
        ([1.0, 1.0], [0.95, 0.9], "Lines through the points: 90% / 95% intervals."),
        ([np.nan, np.nan], [np.nan, np.nan], POINTS_BARE),
        ([1.0, np.nan], [0.95, np.nan], f"Lines through the points: 95% intervals. {POINTS_BARE}"),
    ],
)
def test_the_note_says_what_the_lines_are_and_which_points_have_none(low, level, said):
    frame = pd.DataFrame({"nace1": ["F", "C"], "value": [2.0, 2.0], "low": low, "high": [3.0, 3.0], "level": level})
    assert about_intervals(ready(frame, ["nace1"]), POINTS_DRAWN, POINTS_BARE) == said
