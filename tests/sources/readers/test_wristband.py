import gzip
import io
from collections import defaultdict
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sources.readers.wristband import read_groups
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report

TITLES = "person,device,timestamp,body_temp_c,spo2_pct,heart_rate_bpm,steps,band_removed,alarm,alarm_text"
COLUMNS = ["margin", "day", "hour", "persons", "readings", "heart_rate_bpm", "body_temp_c", "alarms", "flag"]


def reading(person, minute=0, *, heart=70, temperature=36.5, alarm="n", removed="n", steps=100, at=None) -> str:
    moment = at or datetime(2023, 11, 1, 7) + timedelta(minutes=minute)
    worn = f"PERSON-{person},DEVICE-{person},{moment:%Y-%m-%d %H:%M:%S}"
    return f"{worn},{temperature},97,{heart},{steps},{removed},{alarm},x"


def load(folder, lines: list[str], report: Report, titles=TITLES) -> pd.DataFrame:
    (folder / "band.csv.gz").write_bytes(gzip.compress("\n".join([titles, *lines, ""]).encode()))
    (frame,) = read_groups([folder / "band.csv.gz"], report)
    return frame


@pytest.fixture
def read(tmp_path, report):
    return lambda lines, **more: load(tmp_path, lines, report, **more)


def test_five_persons_make_a_group_and_four_do_not(read, report):
    frame = read([reading(p) for p in range(5)] + [reading(p, 60) for p in range(4)])
    assert frame.columns.tolist() == COLUMNS
    assert frame.to_dict("records") == [
        {
            **{"margin": "hours", "day": "2023-11-01", "hour": "07", "persons": 5.0, "readings": 5.0},
            **{"heart_rate_bpm": 70.0, "body_temp_c": 36.5, "alarms": 0.0, "flag": ""},
        }
    ]
    assert "1 of 2 hours are withheld: fewer than 5 persons were read in them." in report.notes


def test_many_readings_of_one_person_are_no_group(read):
    assert len(read([reading(1, minute) for minute in range(50)])) == 0


def test_every_person_counts_the_same_in_a_mean_whatever_their_readings(read):
    lines = [reading(p, heart=70) for p in range(4)] + [reading(4, minute, heart=120) for minute in range(30)]
    assert read(lines)["heart_rate_bpm"].tolist() == [80.0]  # not 114


def test_a_mean_with_fewer_than_five_persons_behind_it_is_withheld_though_the_group_is_shown(read, report):
    frame = read([reading(p, temperature="" if p < 2 else 36.5) for p in range(6)])
    assert (
        frame["persons"].tolist() == [6] and frame["body_temp_c"].isna().all() and frame["heart_rate_bpm"].notna().all()
    )
    assert "body_temp_c: 1 hours shown without it, fewer than 5 persons have one." in report.notes


def test_two_readings_of_a_person_at_one_moment_count_once_and_an_alarm_in_either_counts(read, report):
    frame = read([*(reading(p) for p in range(5)), reading(0, alarm="y")])
    assert frame[["readings", "alarms"]].values.tolist() == [[5, 0.2]]
    assert "1 readings repeat a person and a moment and are counted once." in report.notes


def test_readings_with_the_band_off_are_left_out_and_unsaid_ones_kept(read, report):
    frame = read([*(reading(p) for p in range(5)), reading(5, removed="y", heart=200), reading(6, removed="")])
    assert frame["persons"].tolist() == [6] and frame["heart_rate_bpm"].tolist() == [70]
    assert "1 readings with the band taken off are left out." in report.notes
    assert "1 readings do not say whether the band was on; they are kept." in report.notes


def test_a_group_that_has_five_persons_only_with_bands_off_is_withheld(read):
    assert len(read([*(reading(p) for p in range(4)), reading(4, removed="y")])) == 0


def test_step_counters_are_not_used_and_their_faults_noted(read, report):
    frame = read([reading(p, steps=300_206 if p == 1 else "") for p in range(5)])
    assert "steps" not in frame
    assert "Step counters are not used: 1 readings count more than 100,000 steps in a day." in report.notes


def test_values_no_body_has_are_missing_with_a_note(read, report):
    read([reading(p, heart=500 if p == 0 else 70) for p in range(6)])
    assert "1 values of heart_rate_bpm outside 20 to 250 are taken as missing." in report.notes


def test_bad_lines_are_rejected_by_line_without_repeating_what_a_person_has(read, report):
    lines = [reading(p) for p in range(5)]
    lines += [
        ",D,2023-11-01 07:00:00,36,97,70,1,n,n,",
        reading(6, at=datetime(2023, 11, 1)).replace("2023-11-01 00:00:00", "noon"),
    ]
    lines += [reading(7, alarm="?"), reading(8, removed="?"), reading(9, heart="fast"), "PERSON-10,cut"]
    assert read(lines)["persons"].tolist() == [5]
    assert sorted((row, field) for row, field, _reason in report.details) == [
        *[(7, "person"), (8, "timestamp"), (9, "alarm"), (10, "band_removed"), (11, "heart_rate_bpm"), (12, "")]
    ]
    assert report.rows_read == 11 and "PERSON" not in str(report.to_dict())


def test_another_header_is_refused(read):
    with pytest.raises(ReadError, match="band.csv.gz has no column person. It has: worker"):
        read([], titles=TITLES.replace("person", "worker"))


def test_a_file_without_readings_gives_an_empty_frame(read):
    frame = read([])
    assert len(frame) == 0 and frame.columns.tolist() == COLUMNS


readings = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.integers(0, 150),
        st.integers(40, 150) | st.just(""),
        st.sampled_from("ynn"),
        st.sampled_from("ynnnnn"),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(readings)
def test_no_figure_ever_has_fewer_than_five_persons_behind_it_and_nobody_is_named(tmp_path_factory, rows):
    report = Report()
    lines = [reading(p, minute, heart=heart, alarm=alarm, removed=removed) for p, minute, heart, alarm, removed in rows]
    frame = load(tmp_path_factory.mktemp("bands"), lines, report)

    worn, hearts = defaultdict(set), defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for person, minute, heart, _alarm, removed in rows:
        if removed == "n":
            worn[f"{7 + minute // 60:02}"].add(person)
            if heart != "":
                hearts[f"{7 + minute // 60:02}"][person][minute].append(heart)
    expected = {hour: len(persons) for hour, persons in worn.items() if len(persons) >= 5}
    assert dict(zip(frame["hour"], frame["persons"], strict=True)) == expected
    for hour, mean in zip(frame["hour"], frame["heart_rate_bpm"], strict=True):
        each = [[sum(its) / len(its) for its in moments.values()] for moments in hearts[hour].values()]
        persons = [sum(its) / len(its) for its in each]
        assert pd.isna(mean) if len(persons) < 5 else mean == pytest.approx(sum(persons) / len(persons))
    said = frame.to_csv() + str(report.to_dict())
    assert "PERSON" not in said and "DEVICE" not in said


@pytest.mark.mirror
def test_the_real_readings_give_groups_only(mirror, report):
    path = mirror / "wearable_construction_wristband" / "wristband_2023_11.csv.gz"
    (frame,) = read_groups([path], report)
    assert (report.rows_read, report.rejected) == (18_139, 0)
    assert len(frame) == 198 and frame["persons"].min() >= 5
    assert "106 of 304 hours are withheld: fewer than 5 persons were read in them." in report.notes
    assert "4 readings repeat a person and a moment and are counted once." in report.notes
    assert "10 readings with the band taken off are left out." in report.notes

    plain = pd.read_csv(io.BytesIO(gzip.decompress(path.read_bytes())))
    plain = plain[plain["band_removed"] != "y"].drop_duplicates(["person", "timestamp"])
    day, hour = plain["timestamp"].str[:10], plain["timestamp"].str[11:13]
    means = plain.groupby([day, hour, plain["person"]])["heart_rate_bpm"].mean().dropna().groupby(level=[0, 1])
    theirs = means.mean()[means.size() >= 5]
    ours = frame.set_index(["day", "hour"])["heart_rate_bpm"].dropna()
    assert ours.to_dict() == pytest.approx(theirs.to_dict())
    said = frame.to_csv() + str(report.to_dict())
    assert not [name for name in {*plain["person"], *plain["device"]} if name in said]
