"""The rules of ESAW: cases 1 to 12 and 17 of the reference, what the tables say, and properties of the dates."""

import csv
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import esaw
from workbench.terms.codes import codelist
from workbench.terms.errors import UnknownCode, UnknownName, WorkbenchError
from workbench.terms.places import bundled

MARCH = date(2023, 3, 1)
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("accident", "back", "lost", "code"),
    [
        (MARCH, date(2023, 3, 1), 0, None),
        (MARCH, date(2023, 3, 2), 0, None),
        (MARCH, date(2023, 3, 3), 1, None),
        (MARCH, date(2023, 3, 4), 2, None),
        (MARCH, date(2023, 3, 5), 3, None),
        (MARCH, date(2023, 3, 6), 4, "004"),
        (MARCH, date(2023, 3, 7), 5, "005"),
        (MARCH, date(2023, 8, 31), 182, "182"),
        (MARCH, date(2023, 9, 1), 183, "997"),
        (date(2023, 12, 29), date(2024, 1, 3), 4, "004"),
        (date(2024, 2, 26), date(2024, 3, 2), 4, "004"),
        (date(2023, 2, 26), date(2023, 3, 2), 3, None),
    ],
)
def test_days_lost_between_two_dates_leave_both_ends_out(accident, back, lost, code):
    assert esaw.days_lost(accident, back) == lost
    assert esaw.days_lost_code(lost) == code


def test_a_death_and_a_permanent_incapacity_have_their_code_whatever_the_days():
    assert esaw.days_lost_code(0, fatal=True) == "998"
    assert esaw.days_lost_code(1, permanent_incapacity=True) == "997"


def test_a_return_before_the_accident_is_refused_with_both_dates():
    with pytest.raises(WorkbenchError, match=r"2023-02-28.*before the accident.*2023-03-01"):
        esaw.days_lost(MARCH, date(2023, 2, 28))


@given(DAYS, st.integers(1, 400))
def test_one_day_more_away_is_one_day_more_lost(accident, away):
    back = accident + timedelta(days=away)
    assert esaw.days_lost(accident, back + timedelta(days=1)) == esaw.days_lost(accident, back) + 1


@pytest.mark.parametrize(
    ("accident", "death", "fatal"),
    [
        (date(2022, 5, 10), date(2023, 5, 10), True),
        (date(2022, 5, 10), date(2023, 5, 11), False),
        (date(2022, 5, 10), date(2022, 5, 10), True),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
        (date(2023, 2, 28), date(2024, 2, 29), False),
    ],
)
def test_a_death_counts_up_to_the_anniversary(accident, death, fatal):
    assert esaw.is_fatal(accident, death) is fatal


def test_a_death_before_the_accident_is_refused():
    with pytest.raises(WorkbenchError, match=r"death \(2022-05-09\) lies before the accident"):
        esaw.is_fatal(date(2022, 5, 10), date(2022, 5, 9))


def test_the_reference_year_comes_from_the_case_number_not_from_the_accident():
    assert esaw.reference_year("20230001234", date(2022, 12, 28)) == 2023


def test_an_accident_after_its_notification_is_an_error_that_does_not_repeat_the_number():
    with pytest.raises(WorkbenchError, match="notified in 2022, before it happened") as caught:
        esaw.reference_year("20220009876", date(2023, 1, 5))
    assert "9876" not in str(caught.value)


def test_a_case_number_without_a_year_is_an_error_that_does_not_repeat_it():
    with pytest.raises(WorkbenchError, match="does not begin with the four digits") as caught:
        esaw.reference_year("X9876543210")
    assert "9876" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "options", "included", "reason"),
    [
        ("medical_causes_only", {"occupational_factor": True}, True, "work contributed"),
        ("medical_causes_only", {}, False, "purely medical"),
        ("commuting", {}, False, "between home and work"),
        ("road_traffic_in_course_of_work", {}, True, "road traffic"),
        ("member_of_public", {}, False, "not working"),
        ("wilful_act_of_others", {}, True, "wilful act"),
        ("acute_poisoning", {}, True, "poisoning"),
        ("deliberate_self_harm", {}, False, "self-inflicted"),
        ("occupational_disease", {"fatal": True}, False, "disease"),
        ("on_board_transport", {"days": 3}, False, "3 full days lost; four or more"),
        ("on_board_transport", {"days": 4}, True, "on board"),
        ("on_board_transport", {"days": 0, "fatal": True}, True, "on board"),
        ("on_board_transport", {"days": 0, "permanent_incapacity": True}, True, "on board"),
    ],
)
def test_an_accident_is_in_or_out_with_a_reason_and_a_source(kind, options, included, reason):
    found = esaw.in_scope(kind, **options)
    assert found.included is included
    assert reason in found.reason
    assert "2001, p. 1" in found.source or "art. 1" in found.source


def test_the_self_employed_are_in_but_voluntary():
    found = esaw.in_scope("acute_poisoning", status="100")
    assert str(found).endswith("Sending it is voluntary.")
    assert not esaw.in_scope("acute_poisoning", status="311").voluntary


def test_an_unknown_kind_of_accident_names_the_close_ones():
    with pytest.raises(UnknownName, match="Close to it: commuting"):
        esaw.in_scope("comuting")


@pytest.mark.parametrize(
    ("section", "year", "mandatory"),
    [
        ("A", 2011, True),
        ("A", 2010, False),
        ("N", 2011, True),
        ("B", 2012, False),
        ("B", 2013, True),
        ("O", 2012, False),
    ]
    + [("S", 2013, True), ("T", 2023, False), ("U", 2023, False)],
)
def test_sections_become_mandatory_in_their_year(section, year, mandatory):
    found = esaw.availability(section, year)
    assert found.mandatory is mandatory
    assert found.source == "Regulation (EU) 349/2011, Annex I"


def test_nothing_is_due_before_the_regulation_and_nineteen_sections_from_2013():
    assert esaw.sections_due(2010) == []
    assert "".join(esaw.sections_due(2012)) == "ACDEFGHIJKLMN"
    assert "".join(esaw.sections_due(2013)) == "ABCDEFGHIJKLMNOPQRS"


def test_availability_of_an_unknown_section_is_an_error():
    with pytest.raises(UnknownCode, match="'Z' is not a known NACE Rev. 2 code"):
        esaw.availability("Z", 2020)


def test_every_code_for_days_lost_has_the_severity_that_the_table_of_severities_gives_it():
    with (bundled("catalogs") / "codelists" / "severity.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    by_code = {r["esaw_microdata_code"]: r["code"] for r in rows if r["esaw_microdata_code"]}
    bands = [
        (int(r["min_days"]), int(r["max_days"]), r["code"])
        for r in rows
        if r["code"] in by_code.values() and r["max_days"]
    ]
    for code in codelist("days_lost").codes():
        wanted = by_code.get(code) or next(name for low, high, name in bands if low <= int(code) <= high)
        assert esaw.severity(code) == wanted, code


@pytest.mark.parametrize("code", ["003", "183", "A07", "", "17", "999"])
def test_what_is_no_code_for_days_lost_has_no_severity(code):
    with pytest.raises(UnknownCode, match="183 days and more are 997"):
        esaw.severity(code)


def test_the_widths_of_the_layouts_add_up_to_81_and_44():
    assert esaw.layout("esaw81").length == 81
    assert esaw.layout("esaw44").length == 44


def test_the_mandatory_characters_add_up_to_63_or_64():
    widths = {v.key: v.width for v in esaw.variables().values()}
    always = 16 + 28 + widths["deviation"] + widths["ma_deviation"] + widths["contact_mode"] + widths["weight"]
    three = {widths[key] for key in ("working_environment", "working_process", "specific_physical_activity")}
    assert {always + n for n in three} == {63, 64}


@pytest.mark.parametrize("case_width", [11, 12, 13, 14])
def test_the_date_begins_at_character_31_however_the_first_16_are_split(case_width):
    assert esaw.layout("esaw81", case_width).places["date"] == (30, 38)
    assert esaw.layout("esaw81", case_width).places["weight"] == (72, 81)


def test_the_places_of_the_default_split_are_those_of_the_layout_table():
    with (bundled("catalogs") / "codelists" / "esaw" / "record_layout.csv").open(encoding="utf-8", newline="") as lines:
        wanted = {r["key"]: (int(r["start"]) - 1, int(r["end"])) for r in csv.DictReader(lines)}
    assert esaw.layout("esaw81").places == wanted


def test_a_split_that_leaves_no_room_for_a_place_is_refused():
    with pytest.raises(WorkbenchError, match="15 characters leaves 1 for the place"):
        esaw.layout("esaw81", 15)


def test_an_unknown_layout_names_the_two():
    with pytest.raises(UnknownName, match="esaw81"):
        esaw.layout("esaw82")


def test_unconfirmed_codes_are_in_no_code_list():
    for name, codes in esaw.unconfirmed().items():
        if name not in {"sex", "age"}:
            assert not set(codes) & set(codelist(name).codes())
