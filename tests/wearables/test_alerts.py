"""Alarm load of known series, what a threshold trades, and measures in the order of the hierarchy."""

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.terms.errors import ModelError, UnknownName
from workbench.wearables.alerts import LIMITS, alarm_load, trade_off
from workbench.wearables.measures import COLLECTIVE, LEVELS, MEASURES, recommended

START = pd.Timestamp("2026-03-02T06:00", tz="UTC")
END = START + pd.Timedelta(hours=8)


def series(seconds, *, rule="heat", person="A", **columns) -> pd.DataFrame:
    times = START + pd.to_timedelta(list(seconds), unit="s")
    return pd.DataFrame({"time": times, "rule": rule, "person": person, **columns})


def load(alarms, *, shifts: int = 2, hours: float = 16.0):
    return alarm_load(alarms, start=START, end=END, hours=hours, shifts=shifts)


def test_a_quiet_series_has_exact_metrics():
    found = load(series([0, 3600, 7200, 10800], rule=["heat", "fall", "heat", "noise"], person=["A", "A", "B", "A"]))
    assert (found.alarms, found.per_shift, found.most_in_ten_minutes) == (4, 2.0, 1)
    assert found.per_ten_minutes == 4 / 48
    assert (found.floods, found.share_in_flood, found.chattering, found.share_of_ten) == (0, 0.0, 0, 1.0)
    assert found.reactive == 0.25  # a fall has happened; heat and noise are near a limit
    assert found.above()[0].metric == "share_of_ten"


def test_a_flood_begins_above_ten_in_ten_minutes_and_ends_below_five():
    first = [10 * n for n in range(11)]
    second = [600 + 60 * n for n in range(5)]
    third = [1200 + 60 * n for n in range(4)]
    ten = [3000 + 10 * n for n in range(10)]
    found = load(series([*first, *second, *third, *ten], person=[f"P{n}" for n in range(30)]))
    assert (found.floods, found.most_in_ten_minutes) == (1, 11)
    assert found.share_in_flood == 2 / 48
    assert {limit.metric for limit in found.above()} >= {"most_in_ten_minutes", "share_in_flood"}


def test_three_of_one_source_within_a_minute_chatter_and_of_two_sources_do_not():
    assert load(series([0, 30, 60, 200])).chattering == 3
    assert load(series([0, 30, 61])).chattering == 0
    assert load(series([0, 20, 40, 60, 80])).chattering == 5
    assert load(series([0, 30, 60], person=["A", "B", "A"])).chattering == 0


def test_the_ten_most_frequent_sources_and_answers():
    people = [f"P{n}" for n in range(12) for _time in range(1 + (n < 2))]
    alarms = series(range(0, 60 * len(people), 60), person=people)
    alarms["acknowledged"] = alarms["time"] + pd.Timedelta(seconds=20)
    alarms.loc[:6, "acknowledged"] = pd.NaT
    found = load(alarms)
    assert found.share_of_ten == 12 / 14
    assert (found.acknowledged, found.response) == (0.5, 20.0)


def test_an_alarm_that_stands_for_a_day_is_stale():
    alarms = series([0, 60], cleared=[pd.NaT, START + pd.Timedelta(minutes=5)])
    found = alarm_load(alarms, start=START, end=START + pd.Timedelta(hours=25), hours=25, shifts=3)
    assert found.stale == 1


def test_a_series_without_alarms_is_counted_and_nothing_is_concluded_from_it():
    found = load(series([]))
    assert (found.alarms, found.per_shift, found.most_in_ten_minutes) == (0, 0, 0)
    assert np.isnan(found.response)


def test_series_that_cannot_be_counted_are_refused():
    with pytest.raises(ModelError, match="person is missing"):
        load(series([0]).drop(columns="person"))
    with pytest.raises(ModelError, match="outside the time"):
        load(series([9 * 3600]))
    with pytest.raises(ModelError, match="time that was monitored"):
        load(series([0]), shifts=0)


def test_limits_say_where_they_are_from_and_that_they_were_made_for_control_rooms():
    for limit in LIMITS:
        assert "ISA-18.2" in limit.source and "control rooms" in limit.notes[0]
        assert limit.acceptable <= limit.manageable


def test_a_trade_off_counts_what_is_missed_and_what_is_true():
    curve = trade_off([0.9, 0.8, 0.4, 0.2], [0.7, 0.3, 0.1], 20.0, events_per_shift=0.01, thresholds=[0.25, 0.5])
    assert curve["missed"].tolist() == [25.0, 50.0]
    true = np.array([0.05 * 0.75, 0.05 * 0.5])
    false = np.array([2, 1]) / 20 * 40
    assert curve["alarms"].tolist() == approx(true + false)
    assert curve["share_true"].tolist() == approx(true / (true + false))


def test_a_higher_threshold_never_misses_less_nor_alarms_more():
    random = np.random.default_rng(1)
    curve = trade_off(random.random(50), random.random(200), 10.0, events_per_shift=1e-4)
    assert (curve["missed"].diff().dropna() >= 0).all() and (curve["alarms"].diff().dropna() <= 0).all()
    none = trade_off([0.9], [0.1], 3.0, events_per_shift=0.01, thresholds=[0.5]).iloc[0]
    assert (none["alarms"], none["alarms_high"]) == (approx(0.05), approx(0.05 - np.log(0.05) / 3 * 40))
    assert none["share_true"] == approx(0.05 / none["alarms_high"])
    with pytest.raises(ModelError, match="scores of labelled events"):
        trade_off([], [0.1], 1.0, events_per_shift=0.1)


@pytest.mark.parametrize("agents", [["noise"], ["heat", "noise"], ["falls", "strain", "chemicals", "vibration"]])
def test_collective_measures_come_first(agents):
    levels = [measure.level for measure in recommended(agents)]
    assert levels == sorted(levels, key=list(LEVELS).index)
    assert levels[0] in COLLECTIVE and not recommended(agents).only_personal


def test_a_list_of_personal_protection_alone_is_marked():
    only = recommended(["noise", "heat"], levels=["personal"])
    assert only.only_personal and "personal protection alone" in str(only)
    assert "personal protection alone" not in str(recommended(["noise"]))


def test_every_agent_has_a_collective_measure_with_its_source():
    for agent in {measure.agent for measure in MEASURES}:
        assert any(measure.level in COLLECTIVE for measure in recommended([agent]))
    assert all(measure.source.startswith("Directive") for measure in MEASURES)


def test_an_agent_or_a_level_that_there_is_not_is_answered():
    with pytest.raises(UnknownName, match="There are: noise, vibration"):
        recommended(["ghosts"])
    with pytest.raises(UnknownName, match="There are: elimination"):
        recommended(["noise"], levels=["prayer"])
