"""Shifts across midnight and changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.terms.errors import Refused
from workbench.wearables.shifts import Shift, shift_at

ZONES = ("Europe/Brussels", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland")
CHANGES = {
    "Europe/Brussels": (date(2026, 3, 28), date(2026, 10, 24)),
    "America/New_York": (date(2026, 3, 7), date(2026, 10, 31)),
    "Australia/Lord_Howe": (date(2026, 10, 3), date(2026, 4, 4)),
    "Asia/Kolkata": (date(2026, 3, 28), date(2026, 10, 24)),
    "Pacific/Auckland": (date(2026, 9, 26), date(2026, 4, 4)),
}
TIMES = st.times(min_value=time(0), max_value=time(23, 59, 59))
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def assert_pieces_are_whole(shift: Shift) -> None:
    pieces = list(shift.pieces())
    assert sum((piece.duration for piece in pieces), timedelta()) == shift.elapsed
    assert all(timedelta(0) < piece.duration <= timedelta(hours=1) for piece in pieces)
    for piece, after in zip(pieces, pieces[1:], strict=False):
        assert piece.start + piece.duration == after.start


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=100)
@given(day=DAYS, begins=TIMES, ends=TIMES)
def test_pieces_of_a_shift_sum_to_the_time_elapsed(zone, day, begins, ends):
    assert_pieces_are_whole(shift_at(day, begins, ends, zone))


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=2_000)
@given(day=DAYS, begins=TIMES, ends=TIMES)
def test_pieces_of_ten_thousand_shifts_sum_to_the_time_elapsed(zone, day, begins, ends):
    assert_pieces_are_whole(shift_at(day, begins, ends, zone))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", [0, 1])
@given(begins=st.times(time(18), time(23, 59, 59)), ends=st.times(time(3), time(9)))
def test_pieces_of_a_night_with_a_change_of_the_clock_sum_to_the_time_elapsed(zone, change, begins, ends):
    assert_pieces_are_whole(shift_at(CHANGES[zone][change], begins, ends, zone))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 28), 7), (date(2026, 10, 24), 9), (date(2026, 6, 1), 8)])
def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn(day, hours):
    shift = shift_at(day, time(22), time(6), "Europe/Brussels")
    assert shift.minutes == 60 * hours
    assert len({(piece.day, piece.hour, piece.second_time) for piece in shift.pieces()}) == hours


def test_the_repeated_hour_is_told_apart():
    night = shift_at(date(2026, 10, 24), time(22), time(6), "Europe/Brussels")
    assert [piece.second_time for piece in night.pieces() if piece.hour == 2] == [False, True]


def test_a_whole_day_has_23_or_25_hours_when_the_clock_is_changed():
    zone = "Europe/Brussels"
    assert shift_at(date(2026, 3, 29), time(0), time(0), zone).minutes == 23 * 60
    assert shift_at(date(2026, 10, 25), time(0), time(0), zone).minutes == 25 * 60


def test_moments_without_a_zone_are_refused():
    with pytest.raises(Refused, match="use shift_at for times on the clock"):
        Shift(start=datetime(2026, 1, 1, 8), end=datetime(2026, 1, 1, 16))
    with pytest.raises(Refused, match="more than nothing and at most 25 hours"):
        Shift(start=datetime(2026, 1, 1, 8, tzinfo=UTC), end=datetime(2026, 1, 1, 8, tzinfo=UTC))
