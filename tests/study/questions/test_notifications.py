"""Notifications: who notifies of the estimated events, which are urgent, how long they wait; no rate is moved."""

import json

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.terms.errors import ModelError, Refused
from workbench.terms.places import bundled
from workbench.twin.notifications import FILE, TRUTH, events

TWIN = "esaw_synthetic"
DATA = bundled("catalogs") / "data"
DUTCH = wb.Selection(years=(2022, 2022), regions={"NL"})


def stream() -> pd.DataFrame:
    return pd.read_csv(DATA / FILE, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def found() -> wb.Finding:
    return wb.notifications(TWIN, by=["nace1"], days=11_800)


@pytest.fixture(scope="module")
def by_size() -> wb.Finding:
    """The notifications beside a register that counts by size of the employer, and has no people by it."""
    frame = events().rename(columns={"events": "accidents"}).drop(columns="unionised").assign(year=2022)
    register = wb.table(frame[frame["severity"] == "D_GE4"], name="register", sensitivity="aggregate")
    return wb.notifications(register, wb.Selection(severities={"D_GE4"}), by=["size"], level=0.99)


def test_planted_shares_lie_in_the_intervals_of_the_sizes_of_employers(by_size):
    truth = json.loads((DATA / TRUTH).read_text(encoding="utf-8"))["by_size"]
    frame = by_size.frame.set_index("size")

    for size, planted in truth.items():
        assert frame.loc[size, "low"] <= planted["share_notified"] <= frame.loc[size, "high"]
    assert frame["value"].is_monotonic_increasing


def test_the_selection_is_said_and_the_summary_has_the_extremes(by_size):
    found = by_size

    assert found.summary.startswith("Synthetic data. Notified of 100") and found.synthetic
    assert "Most: 500 employees or more" in found.summary
    assert any(note.startswith("Selection: 500 employees or more notifies ") for note in found.notes)
    assert any(note.startswith("Events are those that the register counts") for note in found.notes)


def test_a_stream_biased_towards_one_sector_moves_no_rate_no_priority_and_no_plan(tmp_path, found):
    def rest() -> list[pd.DataFrame]:
        return [
            wb.rates(TWIN, DUTCH, by=["nace1"]).frame,
            wb.priorities(TWIN, DUTCH, by=["nace1"]).frame,
            wb.programme(TWIN, DUTCH, by=["nace1"], days=1_000).frame,
        ]

    before = rest()
    fair = stream()
    biased = pd.concat([fair, *[fair[fair["nace1"] == "F"]] * 9], ignore_index=True)
    biased.to_csv(tmp_path / "biased.csv", index=False)
    again = wb.notifications(TWIN, by=["nace1"], notified=tmp_path / "biased.csv").frame.set_index("nace1")
    frame = found.frame.set_index("nace1")

    assert again.loc["F", "count"] == 10 * frame.loc["F", "count"]
    np.testing.assert_array_equal(again["exposure"], frame["exposure"])  # the estimated events
    for one, other in zip(before, rest(), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_as_evidence_notifications_change_an_order_and_never_the_rate():
    notified = stream()["nace1"].value_counts().astype(float)
    plain = wb.priorities(TWIN, DUTCH, by=["nace1"])
    with_them = wb.priorities(
        TWIN, DUTCH, by=["nace1"], weights={"rate": 1, "people": 1, "heard": 1}, evidence={"heard": notified}
    )
    one, other = (finding.frame.set_index("nace1").sort_index() for finding in (plain, with_them))

    assert (one["value"] != other["value"]).any()
    for column in ("expected", "adds_rate", "count"):
        np.testing.assert_array_equal(one[column], other[column])


def test_notifications_are_no_rate():
    with pytest.raises(Refused, match="sample"):
        wb.rates("notifications_synthetic", by=["nace1"], exposure="esaw_synthetic_employed")
    with pytest.raises(Refused):
        wb.priorities("notifications_synthetic", by=["nace1"], exposure="esaw_synthetic_employed")


def test_urgent_ones_come_first_and_begin_first(found):
    model = found.model

    assert model.triage["class"].ne(model.triage["class"].shift()).sum() == 3
    assert model.classes["notifications"].sum() == len(model.triage) == len(stream())
    waiting = model.backlog.frame["waiting"]
    assert waiting["urgent"] < waiting["routine"]
    assert any(note.startswith("Urgent: begun after ") for note in found.notes)
    assert any(note.startswith("The work that comes in takes 98%") for note in found.notes)


def test_too_few_days_are_said_and_without_days_there_is_no_queue(found, by_size):
    little = wb.notifications(TWIN, by=["nace1"], days=6_000)

    assert any("the backlog grows without end" in note for note in little.notes)
    assert little.model.backlog.frame.loc["routine", "in_time"] < found.model.backlog.frame.loc["routine", "in_time"]
    assert by_size.model.backlog is None


def test_points_and_times_of_ones_own_are_used():
    flat = wb.Triage(urgent=99, soon=99, work={"accident": 2, "complaint": 2})
    found = wb.notifications(TWIN, by=["nace1"], triage=flat)

    assert found.model.classes.index.tolist() == ["routine"]
    assert found.model.classes.loc["routine", "work"] == 2 * len(stream())


def own(tmp_path, rows: list[tuple], headings=("Date", "Severity", "Sector")):
    path = tmp_path / "mine.csv"
    pd.DataFrame(rows, columns=headings).to_csv(path, index=False)
    return path


def test_a_file_of_ones_own_is_about_persons_few_of_whom_are_withheld(tmp_path):
    rows = [("2022-03-01", "D7-13", "F")] * 40 + [("2022-03-02", "FAT", "G")] * 15
    rows += [("2022-03-02", "D_GE183", "C")] * 3 + [("2022-03-03", "", "H")]
    path = own(tmp_path, rows)
    found = wb.notifications(TWIN, DUTCH, by=["nace1"], notified=path)
    frame = found.frame.set_index("nace1")

    assert frame.loc["F", "count"] == 40 and frame.loc["F", "value"] > 0
    assert (
        frame.loc["C", "state"] == "withheld"
        and np.isnan(frame.loc["C", ["value", "low", "high", "count"]].tolist()).all()
    )
    assert frame.loc["H", "state"] == "zero"
    assert found.synthetic  # the events are those of a synthetic register
    assert not any(": 3 notifications" in note for note in found.notes)
    with wb.disclosure("off", reason="checking my file"):
        assert (
            wb.notifications(TWIN, DUTCH, by=["nace1"], notified=path).frame.set_index("nace1").loc["C", "count"] == 3
        )


def test_notifications_without_a_date_are_left_out_and_counted(tmp_path):
    path = own(tmp_path, [("2022-03-01", "FAT", "F")] * 12 + [("soon", "FAT", "F")] * 2)
    found = wb.notifications(TWIN, DUTCH, by=["nace1"], notified=path)

    assert found.frame.set_index("nace1").loc["F", "count"] == 12
    assert any(note.startswith("2 notifications have no date") for note in found.notes)


@pytest.mark.parametrize(
    ("rows", "headings", "words"),
    [
        ([("2022-01-01", "F")], ("Date", "Sector"), "no column severity"),
        ([("x", "FAT", "F")], ("Date", "Severity", "Sector"), "no notification with a date"),
        ([("2022-01-01", "", "F")], ("Date", "Severity", "Sector"), "nothing to set beside"),
    ],
)
def test_a_file_that_lacks_what_is_needed_is_refused(tmp_path, rows, headings, words):
    with pytest.raises(Refused, match=words):
        wb.notifications(TWIN, DUTCH, by=["nace1"], notified=own(tmp_path, rows, headings))


def test_what_makes_a_person_vulnerable_needs_points(tmp_path):
    path = own(tmp_path, [("2022-01-01", "FAT", "F", "deaf")], ("date", "severity", "sector", "vulnerability"))
    with pytest.raises(ModelError, match="no number for deaf in column vulnerability"):
        wb.notifications(TWIN, DUTCH, by=["nace1"], notified=path)


def test_an_entry_of_another_kind_is_refused():
    with pytest.raises(
        Refused, match="esaw_synthetic holds no notifications. Entries that do: notifications_synthetic"
    ):
        wb.notifications(TWIN, notified=TWIN)
