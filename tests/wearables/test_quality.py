"""Faults of recordings, each planted and found; and no number where too little can be used."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from workbench.terms.errors import Refused
from workbench.wearables.quality import INSUFFICIENT, check
from workbench.wearables.readers.mobifall import read_mobifall
from workbench.wearables.readers.wristbands import CHANNELS, read_wristbands
from workbench.wearables.signals import STAMP, Channel, Signal

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEART = Channel(name="heart_rate", unit="beats per minute", least=20, most=250)


def signal(values, *, step: float = 1.0, channel: Channel = HEART, seconds=None) -> Signal:
    at = np.arange(len(values)) * step if seconds is None else np.asarray(seconds, float)
    times = [START + timedelta(seconds=float(second)) for second in at]
    frame = pl.DataFrame({"time": times, channel.name: list(values)}, schema={"time": STAMP, channel.name: pl.Float64})
    return Signal(channels=(channel,), frame=frame.lazy())


def varied(n: int) -> np.ndarray:
    return 70 + 10 * np.random.default_rng(1).random(n)


def faults_of(made: Signal, **options) -> dict:
    return dict(check(made, **options).records[0].faults)


def test_a_faultless_stream_is_usable_throughout():
    record = check(signal(varied(200))).records[0]
    assert (dict(record.faults), record.usable, record.sufficient) == ({}, 1.0, True)


def test_missing_and_impossible_values_are_counted_and_not_used():
    values = varied(200)
    values[:10], values[20:25] = np.nan, 400
    checked = check(signal(values))
    assert dict(checked.records[0].faults) == {"missing": 10, "impossible": 5}
    assert checked.records[0].usable == pytest.approx(185 / 200)
    assert checked.signal.frame.collect()["heart_rate"].null_count() == 15


def test_a_dropout_is_counted_in_seconds():
    seconds = np.delete(np.arange(200.0), np.arange(50, 80))
    assert faults_of(signal(varied(170), seconds=seconds)) == {"dropout": 31.0}


def test_a_shift_that_was_recorded_in_part_is_insufficient_and_gives_no_number():
    checked = check(signal(varied(200)), duration=timedelta(seconds=400))
    found = checked.measured("heart_rate", np.mean, "beats per minute")
    assert (found.value, found.state) == (None, INSUFFICIENT)
    assert str(found) == "insufficient: 50% of the time is usable, 75% are needed"
    whole = check(signal(varied(200))).measured("heart_rate", np.mean, "beats per minute")
    assert whole.value == pytest.approx(varied(200).mean()) and whole.state == ""


def test_a_stuck_sensor_is_found():
    values = varied(200)
    values[100:140] = 71.5
    assert faults_of(signal(values)) == {"stuck": 40}


def test_a_clock_that_went_back_and_a_moment_that_comes_twice_are_found():
    seconds = np.arange(200.0)
    seconds[100] = 98.5
    seconds[150] = 149.0
    found = faults_of(signal(varied(200), seconds=seconds))
    assert (found["clock"], found["duplicate"]) == (1, 1)


def test_a_buffer_that_was_sent_twice_is_a_replay():
    values = varied(300)
    values[200:240] = values[20:60]
    assert faults_of(signal(values)) == {"replay": 40}


def test_a_drifting_level_is_told():
    values = varied(1000) + np.linspace(0, 40, 1000)
    found = faults_of(signal(values))
    assert found["drift"] == pytest.approx(36, abs=3)


def movement(axes: np.ndarray, rate: float = 50.0) -> Signal:
    channels = tuple(Channel(name=f"acc_{axis}", unit="g", least=-2, most=2, rate=rate) for axis in "xyz")
    times = pl.Series((np.arange(len(axes)) * 1e9 / rate).astype(np.int64)).cast(STAMP)
    columns = {channel.name: axes[:, place] for place, channel in enumerate(channels)}
    return Signal(channels=channels, frame=pl.DataFrame({"time": times, **columns}).lazy())


def test_clipped_impacts_are_told_but_used():
    axes = np.random.default_rng(1).normal(0, 0.3, (500, 3))
    axes[100:110, 2] = 1.9986
    record = check(movement(axes)).record("acc_z")
    assert (record.faults["saturated"], record.usable) == (10, 1.0)


def test_a_device_that_lies_still_for_half_an_hour_is_not_worn():
    random = np.random.default_rng(1)
    worn = random.normal([0, 0, 1], 0.2, (60 * 60 * 10, 3))
    lying = random.normal([0, 0, 1], 0.002, (60 * 40 * 10, 3))
    record = check(movement(np.concatenate([worn, lying]), rate=10)).record("acc_x")
    assert record.faults["non_wear"] == len(lying)
    short = random.normal([0, 0, 1], 0.002, (60 * 20 * 10, 3))
    assert "non_wear" not in check(movement(np.concatenate([worn, short]), rate=10)).record("acc_x").faults


def bands(**columns) -> Signal:
    n = len(next(iter(columns.values())))
    base = {channel.name: np.full(n, np.nan) for channel in CHANNELS} | {"removed": np.zeros(n)}
    times = [START + timedelta(minutes=20 * place) for place in range(n)]
    frame = pl.DataFrame({"time": times, **base, **columns}, schema_overrides={"time": STAMP})
    return Signal(channels=CHANNELS, frame=frame.lazy())


def test_exchanged_blood_pressure_and_counter_faults_are_found():
    checked = check(
        bands(
            systolic_mmhg=[120.0, 80.0, 125.0, 118.0],
            diastolic_mmhg=[80.0, 120.0, 79.0, 76.0],
            steps=[100.0, 300_206.0, 90.0, 200.0],
            removed=[0.0, 0.0, 0.0, 1.0],
        )
    )
    assert checked.record("systolic_mmhg").faults["exchanged"] == 1
    assert checked.record("steps").faults["counter"] == 2
    assert checked.record("steps").faults["non_wear"] == 1


def test_a_counter_may_begin_anew_on_another_day_of_the_local_clock():
    evening = bands(steps=[9_000.0, 9_500.0, 10.0, 20.0])
    moved = Signal(
        channels=CHANNELS, frame=evening.frame.with_columns(pl.col("time").dt.offset_by("7h20m"))
    )  # 15:20, 15:40, 16:00 and 16:20 UTC: midnight in Shanghai
    assert "counter" not in check(moved, zone="Asia/Shanghai").record("steps").faults
    assert check(moved, zone="UTC").record("steps").faults["counter"] == 1


def test_a_signal_without_samples_says_that_this_is_not_the_absence_of_risk():
    with pytest.raises(Refused, match="does not mean the absence of risk"):
        check(signal([]))


@pytest.mark.mirror
def test_wristbands_of_the_mirror_have_their_known_faults(mirror):
    people = list(read_wristbands(mirror / "wearable_construction_wristband" / "wristband_2023_11.csv.gz"))
    checked = [check(person.signals["wristband"], zone=person.zone) for person in people]
    pressure = [one.record("systolic_mmhg") for one in checked]
    steps = [one.record("steps") for one in checked]
    assert sum(record.faults.get("duplicate", 0) for record in pressure) == 4
    missing, samples = (sum(n) for n in zip(*((r.faults.get("missing", 0), r.samples) for r in pressure), strict=True))
    assert round(missing / samples, 2) == 0.24
    assert sum(record.faults.get("counter", 0) for record in steps) >= 85
    for person, one in zip(people, checked, strict=True):
        raw = person.signals["wristband"].frame.collect()["steps"]
        kept = one.signal.frame.collect()["steps"]
        assert kept.max() is None or kept.max() <= 100_000 < max(raw.max(), 100_001)


@pytest.mark.mirror
def test_jumps_and_jogging_of_mobifall_are_clipped_at_two_g_more_often_than_falls(mirror):
    """So the height of an impact alone does not tell a fall."""
    clipped = {"falls": [], "jumps": []}
    for trial in read_mobifall(mirror / "wearable_mobifall" / "mobifall_shared_subjects.zip"):
        kind = {"yes": "falls"}.get(trial.labels["fall"], "jumps")
        if kind == "falls" or trial.labels["activity"] in ("JUM", "JOG"):
            records = check(trial.signals["movement"]).records
            clipped[kind].append(any("saturated" in record.faults for record in records))
    assert (sum(clipped["falls"]), len(clipped["falls"])) == (5, 72)
    assert np.mean(clipped["jumps"]) > 0.5
