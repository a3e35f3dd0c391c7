"""Notice, purpose, role, expiry, pseudonym, allow list, and the file that workers can read."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from itertools import product

import polars as pl
import pytest
import yaml

from workbench.disclosure_control.roles import roles
from workbench.terms.errors import ReadError, Refused
from workbench.wearables.consent import Request, decide, open_recordings, openings, openings_file, pseudonym
from workbench.wearables.notice import PROHIBITED, PURPOSES, Notice, read_notice
from workbench.wearables.signals import STAMP, Channel, Event, Recording, Signal

TODAY = date(2026, 6, 1)
SALT = "a salt for tests only"


def notice(**changes) -> Notice:
    entries = {
        "title": "Insoles on site",
        "controller": "the employer",
        "streams": ["movement"],
        "columns": ["acc_x"],
        "purposes": ["fall_response", "exposure_assessment"],
        "roles": list(roles()),
        "starts": date(2026, 3, 1),
        "keep_until": date(2026, 12, 31),
        "legal_ground": "legal obligation",
        "representatives": "works council",
        "consulted": date(2026, 2, 1),
        "consents": ["A1"],
    }
    return Notice(**{**entries, **changes})


def recording(*, synthetic: bool = False, person: str = "A1") -> Recording:
    frame = pl.DataFrame(
        {"time": [datetime(2026, 3, 2, 8, 7, 30, tzinfo=UTC)], "acc_x": [1.0], "acc_y": [0.5]},
        schema_overrides={"time": STAMP},
    )
    channels = (Channel(name="acc_x", unit="g"), Channel(name="acc_y", unit="g"))
    return Recording(
        person=person,
        signals={"movement": Signal(channels=channels, frame=frame.lazy())},
        labels={"team": "red", "name": "nobody"},
        events=(Event(kind="fall", person=person, time=datetime(2026, 3, 2, 8, tzinfo=UTC)),),
        evidence="simulated",
        synthetic=synthetic,
    )


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize("trace", [True, False])
def test_every_role_purpose_and_sensitivity_is_answered_by_the_rules(synthetic, trace):
    declared = notice().purposes
    health = {"worker", "analyst", "osh_professional", "inspector", "researcher"}
    for role, purpose, own in product(roles(), (*PURPOSES, *PROHIBITED, ""), ("A1", "A2", "")):
        request = Request(purpose=purpose, role=role, trace=trace, own=own, today=TODAY)
        decision = decide(recording(synthetic=synthetic), notice(), request)
        may = purpose in declared and (synthetic or role in health)
        if trace:
            may = may and (role == "worker" and own == "A1" or role == "osh_professional")
        assert decision.opens == may, (role, purpose, own)
        assert bool(decision.reason) != decision.opens


def test_the_osh_professional_sees_no_trace_without_consent():
    with pytest.raises(Refused, match="has not consented"):
        open_recordings(
            [recording(person="A2")],
            notice(),
            purpose="fall_response",
            role="osh_professional",
            person="A2",
            today=TODAY,
        )


def test_an_undeclared_purpose_is_refused_and_written_where_workers_can_read_it():
    with pytest.raises(Refused, match="does not declare the purpose performance; it declares fall_response"):
        open_recordings([recording()], notice(), purpose="performance", role="osh_professional", today=TODAY)
    (row,) = openings().to_dict("records")
    assert (row["role"], row["purpose"], row["outcome"]) == ("osh_professional", "performance", "refused")
    assert openings_file().stat().st_mode & 0o444 == 0o444
    assert "A1" not in openings_file().read_text()


def test_what_is_opened_is_written_down_after_what_was_written_before(monkeypatch):
    monkeypatch.setenv("WORKBENCH_SALT", SALT)
    for _time in range(2):
        open_recordings([recording()], notice(), purpose="fall_response", role="researcher", today=TODAY)
    assert openings()["outcome"].tolist() == ["opened", "opened"]


def test_expired_data_will_not_open():
    last_day = notice(keep_until=TODAY)
    assert decide(recording(), last_day, Request(purpose="fall_response", role="worker", today=TODAY)).opens
    late = Request(purpose="fall_response", role="worker", today=date(2026, 6, 2))
    decision = decide(recording(), last_day, late)
    assert not decision.opens and "2026-06-01, is past" in decision.reason


def test_columns_beyond_the_allow_list_and_names_do_not_leave(monkeypatch):
    monkeypatch.setenv("WORKBENCH_SALT", SALT)
    (opened,) = open_recordings(
        [recording()], notice(time_minutes=5), purpose="fall_response", role="researcher", today=TODAY
    )
    frame = opened.signals["movement"].frame.collect()
    assert frame.columns == ["time", "acc_x"]
    assert frame["time"][0] == datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    assert opened.person == opened.events[0].person == pseudonym("A1", SALT) != "A1"
    assert "name" not in opened.labels


def test_a_worker_sees_their_own_trace_as_it_was_recorded():
    (opened,) = open_recordings(
        [recording()], notice(time_minutes=5), purpose="fall_response", role="worker", person="A1", today=TODAY
    )
    assert opened.signals["movement"].frame.collect()["time"][0] == datetime(2026, 3, 2, 8, 7, 30, tzinfo=UTC)


def test_pseudonyms_differ_between_projects_and_need_a_salt(monkeypatch):
    assert pseudonym("A1", "x" * 16) != pseudonym("A1", "y" * 16)
    monkeypatch.delenv("WORKBENCH_SALT", raising=False)
    with pytest.raises(Refused, match="Set WORKBENCH_SALT"):
        pseudonym("A1")
    with pytest.raises(Refused, match="16 or more characters"):
        pseudonym("A1", "short")


def test_training_is_on_made_up_recordings_alone():
    taught = notice(purposes=["training"])
    asked = Request(purpose="training", role="researcher", today=TODAY)
    assert decide(recording(synthetic=True), taught, asked).opens
    assert not decide(recording(), taught, asked).opens


def test_a_real_recording_does_not_open_without_a_role():
    asked = Request(purpose="fall_response", today=TODAY)
    assert "wb.role" in decide(recording(), notice(), asked).reason
    assert decide(recording(synthetic=True), notice(), asked).opens


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purposes": ["discipline"]}, "cannot declare discipline"),
        ({"purposes": ["curiosity"]}, "curiosity is no purpose"),
        ({"roles": ["neighbour"]}, "neighbour is no role"),
        ({"legal_ground": "habit"}, "habit is no legal ground"),
        ({"representatives": ""}, "representatives consulted"),
        ({"consulted": date(2026, 4, 1)}, "consulted before recording starts"),
    ],
)
def test_a_notice_that_says_too_little_or_too_much_is_refused(changes, words):
    with pytest.raises(Refused, match=words):
        notice(**changes)


def test_a_notice_is_read_from_its_file(tmp_path):
    path = tmp_path / "notice.yml"
    entries = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(notice()).items()}
    path.write_text(yaml.safe_dump(entries))
    assert read_notice(path) == notice()
    path.write_text(yaml.safe_dump({key: value for key, value in entries.items() if key != "keep_until"}))
    with pytest.raises(ReadError, match="keep_until is missing"):
        read_notice(path)
    path.write_text(yaml.safe_dump({**entries, "starts": "soon"}))
    with pytest.raises(ReadError, match="starts needs a date"):
        read_notice(path)


def test_a_notice_cannot_be_changed_in_passing():
    with pytest.raises(Refused, match="cannot declare"):
        replace(notice(), purposes=("performance",))
