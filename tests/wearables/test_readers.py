"""Layouts of recordings: hand-made imitations with their quirks, and the publishers' own files."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from workbench.terms.errors import ReadError, Refused
from workbench.wearables.readers.edf import read_edf
from workbench.wearables.readers.empatica import read_empatica, read_stress_labels
from workbench.wearables.readers.insole import read_insole
from workbench.wearables.readers.mobifall import read_mobifall
from workbench.wearables.readers.own import read_own
from workbench.wearables.readers.wristbands import read_wristbands
from workbench.wearables.signals import clock_jumps, gaps, measured_rate

TRIAL = """#Acceleration force along the x y z axes (including gravity).
#timestamp(ns),x,y,z(m/s^2)
#Datetime: 02/12/2013 10:54:21
#Subject ID: 99
#Age: 29
#Gender: Female

@DATA
3062225786000, 0.0, 9.80665, 0.0
3062235786001, 0.0, 19.6133, 0.0
"""


def test_a_trial_of_mobifall_has_exact_stamps_and_is_in_g(tmp_path):
    (tmp_path / "FOL_acc_99_1.txt").write_text(TRIAL)
    (trial,) = read_mobifall(tmp_path)
    frame = trial.signals["movement"].frame.collect()
    assert frame["acc_y"].to_list() == [1.0, 2.0]
    assert frame["time"][0] == datetime(2013, 12, 2, 8, 54, 21, tzinfo=UTC)
    assert frame["time"].diff().dt.total_nanoseconds()[1] == 10_000_001
    assert trial.labels == {"activity": "FOL", "trial": "1", "fall": "yes", "age": "29", "sex": "F"}
    assert (trial.person, trial.evidence) == ("S99", "simulated")


@pytest.mark.parametrize("text", [TRIAL.replace("@DATA", ""), TRIAL.replace("19.6133", "x"), "nothing"])
def test_a_trial_of_another_layout_is_refused(tmp_path, text):
    (tmp_path / "FOL_acc_99_1.txt").write_text(text)
    with pytest.raises(ReadError, match="not a trial of MobiFall"):
        list(read_mobifall(tmp_path))


def test_a_folder_without_trials_says_what_was_expected(tmp_path):
    (tmp_path / "other.txt").write_text("x")
    with pytest.raises(ReadError, match="no trial of MobiFall"):
        list(read_mobifall(tmp_path))


def test_a_session_of_an_e4_honours_start_and_rate_of_each_file(tmp_path):
    folder = tmp_path / "S99"
    folder.mkdir()
    (folder / "ACC.csv").write_text("1644829925.0, 1644829925.0, 1644829925.0\n32.0, 32.0, 32.0\n-64,32,64\n0,0,64\n")
    (folder / "HR.csv").write_text("1644829935.0\n1.0\n85.00\n84.00\n")
    (folder / "IBI.csv").write_text("1644829925.0, IBI\n19.5,0.75\n21.0,0.8\n")
    (folder / "tags_S99.csv").write_text("1644830599\n")
    (session,) = read_empatica(tmp_path)
    movement, heart, beats = (session.signals[name] for name in ("movement", "heart", "beats"))
    assert movement.frame.collect().row(0)[1:] == (-1.0, 0.5, 1.0)
    assert measured_rate(movement) == 32.0
    start = heart.frame.collect()["time"][0]
    assert start == datetime.fromtimestamp(1644829935, UTC)
    assert beats.frame.collect()["time"].dt.epoch("ms").to_list() == [1644829944500, 1644829946000]
    assert [event.time for event in session.events] == [datetime.fromtimestamp(1644830599, UTC)]


def test_an_e4_file_without_a_rate_is_refused(tmp_path):
    (tmp_path / "HR.csv").write_text("1644829935.0\nrate\n85.00\n")
    with pytest.raises(ReadError, match="its start .unix time., its rate"):
        list(read_empatica(tmp_path))


STEPS = (
    "App Software x\n"
    "App_time;Step_number;Contact_time;" + ";".join(f"S{n}_force" for n in range(7)) + ";Left/Right;Size;\n"
    "13:05:34.500;1;500;1;2;3;4;5;6;7;L;40;\n"
    "13:05:35.000;2;400;1;2;3;4;5;6;7;R;40;\n"
    "13:05:35.500;3;40\n"
)


def test_steps_of_an_insole_begin_a_contact_time_before_their_line_and_short_lines_are_counted(tmp_path):
    (tmp_path / "P9_fast_walk_2019-04-05.csv").write_text(STEPS)
    (walk,) = read_insole(tmp_path)
    left = walk.signals["left foot"].frame.collect()
    assert left["time"].to_list() == [datetime(2019, 4, 5, 10, 5, 34, tzinfo=UTC)]
    assert walk.signals["right foot"].frame.collect().height == 1
    assert walk.labels["activity"] == "fast_walk"
    assert "1 lines end early and are left out." in walk.notes


def test_an_insole_file_without_its_columns_is_refused(tmp_path):
    (tmp_path / "P9_walk_2019-04-05.csv").write_text("App Software x\n\nApp_time;Other\n")
    with pytest.raises(ReadError, match="has no column Contact_time"):
        list(read_insole(tmp_path))


BANDS = (
    "person,device,timestamp,body_temp_c,spo2_pct,heart_rate_bpm,systolic_mmhg,diastolic_mmhg,steps,battery_pct,"
    "location_type,help_signal,band_removed,alarm,alarm_text\n"
    "X1,D1,2023-11-01 07:00:00,34.5,98,76,127,80,0,18,cell,normal,n,y,temp_low_1;temp_low_1\n"
    "X1,D1,2023-11-01 07:20:00,,98,78,,,300206,18,cell,sos,n,n,\n"
    "X2,D2,2023-11-01 07:20:00,36.5,98,80,120,80,10,18,cell,normal,y,n,\n"
)


def test_wristbands_are_read_by_person_and_repeated_tokens_count_once(tmp_path):
    path = tmp_path / "bands.csv"
    path.write_text(BANDS)
    first, second = read_wristbands(path)
    assert (first.person, second.person) == ("X1", "X2")
    assert [event.kind for event in first.events] == ["temp_low_1", "help"]
    frame = first.signals["wristband"].frame.collect()
    assert frame["time"][0] == datetime(2023, 10, 31, 23, 0, tzinfo=UTC)
    assert frame["body_temp_c"].to_list() == [34.5, None]
    assert second.signals["wristband"].frame.collect()["removed"].to_list() == [1.0]


def edf(*, records: int = 2) -> bytes:
    """Two records of one second: acceleration at 4 Hz, heart rate at 1 Hz, and annotations."""
    fields = [
        (16, ["acc_x", "heart", "EDF Annotations"]),
        (80, ["", "", ""]),
        (8, ["g", "bpm", ""]),
        (8, ["-2", "0", "-1"]),
        (8, ["2", "250", "1"]),
        (8, ["-1000", "0", "-32768"]),
        (8, ["1000", "2500", "32767"]),
        (80, ["", "", ""]),
        (8, ["4", "1", "2"]),
        (32, ["", "", ""]),
    ]
    fixed = [(8, "0"), (80, "A Name"), (80, "A Place"), (8, "02.03.26"), (8, "08.00.00"), (8, "1024"), (44, "")]
    fixed += [(8, str(records)), (8, "1"), (4, "3")]
    head = "".join(text.ljust(width) for width, text in fixed)
    head += "".join(text.ljust(width) for width, texts in fields for text in texts)
    numbers = [-1000, 0, 500, 1000, 700, 0, 0, 0, 0, 0, 0, 710, 0, 0]
    return head.encode() + np.array(numbers, "<i2").tobytes()


def test_an_edf_file_is_scaled_split_by_rate_and_without_the_names_of_its_header(tmp_path):
    path = tmp_path / "A7.edf"
    path.write_bytes(edf())
    (found,) = read_edf(path, zone="Europe/Brussels")
    assert set(found.signals) == {"4 Hz", "1 Hz"}
    movement = found.signals["4 Hz"].frame.collect()
    assert movement["acc_x"].to_list() == [-2.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    assert movement["time"][0] == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert found.signals["1 Hz"].frame.collect()["heart"].to_list() == [70.0, 71.0]
    assert (found.person, "A Name" in repr(found)) == ("A7", False)
    path.write_bytes(edf(records=3))
    with pytest.raises(ReadError, match="shorter than its header says"):
        list(read_edf(path))
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ReadError, match="is no EDF file"):
        list(read_edf(path))


LAYOUT = """
person: A1
zone: Europe/Brussels
time: {column: t, unit: s, start: 2026-03-02T08:00:00}
evidence: real-world
labels: {team: red}
signals:
  environment:
    noise: {column: laeq, unit: dB(A), position: collar, rate: 1, least: 40, most: 140}
"""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_ones_own_is_read_as_its_yaml_says(tmp_path, ending):
    table = pl.DataFrame({"t": [0.0, 1.0, 2.0, 12.0, 11.0], "laeq": [70.0, 71.0, 72.0, 73.0, 74.0]})
    path, layout = tmp_path / f"own.{ending}", tmp_path / "own.yml"
    table.write_csv(path) if ending == "csv" else table.write_parquet(path)
    layout.write_text(LAYOUT)
    recording = read_own(path, layout)
    signal = recording.signals["environment"]
    assert signal.frame.collect()["time"][0] == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert (signal.channel("noise").unit, signal.channel("noise").position) == ("dB(A)", "collar")
    assert gaps(signal, 5.0)["seconds"].to_list() == [9.0]
    assert clock_jumps(signal)["seconds"].to_list() == [-1.0]


def test_local_times_in_the_repeated_hour_are_the_first_and_those_that_never_were_are_empty(tmp_path):
    path, layout = tmp_path / "own.csv", tmp_path / "own.yml"
    path.write_text("t,laeq\n2026-10-25 02:30:00,70\n2026-03-29 02:30:00,71\n")
    layout.write_text(LAYOUT.replace("unit: s, start: 2026-03-02T08:00:00", "unit: text"))
    stamps = read_own(path, layout).signals["environment"].frame.collect()["time"].to_list()
    assert stamps == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("person: A1", "", "lacks person"),
        ("labels:", "colour:", "colour, which means nothing"),
        ("column: laeq", "column: lceq", "has no column lceq. It has: t, laeq"),
        ("unit: dB(A), ", "", "noise needs a unit"),
        ("rate: 1", "pace: 1", "pace, which means nothing"),
        ("unit: s,", "unit: fortnight,", "time needs a unit"),
    ],
)
def test_a_layout_that_says_something_else_is_answered(tmp_path, wrong, right, words):
    path, layout = tmp_path / "own.csv", tmp_path / "own.yml"
    path.write_text("t,laeq\n0,70\n")
    layout.write_text(LAYOUT.replace(wrong, right))
    with pytest.raises(ReadError, match=words):
        read_own(path, layout)


def test_an_unknown_zone_is_refused(tmp_path):
    path, layout = tmp_path / "own.csv", tmp_path / "own.yml"
    path.write_text("t,laeq\n0,70\n")
    layout.write_text(LAYOUT.replace("Europe/Brussels", "Brussels"))
    with pytest.raises(Refused, match="Brussels is no time zone"):
        read_own(path, layout)


@pytest.mark.mirror
def test_all_trials_of_mobifall_are_read(mirror):
    trials = list(read_mobifall(mirror / "wearable_mobifall" / "mobifall_shared_subjects.zip"))
    falls = [trial for trial in trials if trial.labels["fall"] == "yes"]
    assert (len(trials), len(falls)) == (158, 72)
    assert {trial.person for trial in falls} == {"S2", "S3", "S4", "S7", "S12", "S16"}
    rates = [measured_rate(trial.signals["movement"]) for trial in falls]
    assert 90 < np.median(rates) < 105


@pytest.mark.mirror
def test_sessions_of_the_e4_have_their_own_rates_and_starts(mirror):
    sessions = list(read_empatica(mirror / "wearable_stress_predict" / "raw_e4_S05_S12_S20.zip"))
    assert [session.person for session in sessions] == ["S05", "S12", "S20"]
    for session in sessions:
        rates = {
            name: round(measured_rate(session.signals[name]), 6) for name in ("movement", "pulse", "skin", "heart")
        }
        assert rates == {"movement": 32, "pulse": 64, "skin": 4, "heart": 1}
        starts = {name: signal.frame.collect()["time"][0] for name, signal in session.signals.items()}
        assert (starts["heart"] - starts["movement"]).total_seconds() == 10
    table = read_stress_labels(mirror / "wearable_stress_predict" / "processed_hr_resp_label_P02_P20.csv.gz")
    assert (len(table), table["person"].nunique(), table["heart_rate"].isna().sum()) == (63_375, 19, 28)


@pytest.mark.mirror
def test_all_files_of_the_insole_are_read(mirror):
    walks = list(read_insole(mirror / "wearable_smart_insole" / "insole_steps.zip"))
    steps = sum(signal.frame.collect().height for walk in walks for signal in walk.signals.values())
    assert (len(walks), {walk.person for walk in walks}) == (10, {"P1", "P2"})
    assert steps == 2_764
    assert {len(walk.notes) for walk in walks} == {1}


@pytest.mark.mirror
def test_wristbands_are_read_whole(mirror):
    path = mirror / "wearable_construction_wristband" / "wristband_2023_11.csv.gz"
    people = list(read_wristbands(path))
    assert len(people) == 22
    frames = [person.signals["wristband"].frame.collect() for person in people]
    assert sum(frame.height for frame in frames) == 18_139
    means = {p.person: frame["heart_rate_bpm"].mean() for p, frame in zip(people, frames, strict=True)}
    plain = pd.read_csv(path).groupby("person")["heart_rate_bpm"].mean()
    assert means == pytest.approx(plain.to_dict(), rel=1e-12)
