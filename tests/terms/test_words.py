"""Numbers, p-values, spans of years and cut lists are written in one way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.terms.languages import language
from workbench.terms.text import speaking
from workbench.terms.words import chance, column, dimensions, interval, number, numbers, p_value, some, span, spans


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5071.8, "5,071.8"),
        (12.34, "12.3"),
        (9.2134, "9.21"),
        (0.04712, "0.0471"),
        (0, "0.0"),
        (4.57e-198, "4.57e-198"),
        (float("nan"), "unknown"),
        (float("inf"), "infinity"),
    ],
)
def test_a_number_has_one_rounding(value, written):
    assert number(value) == written


@pytest.mark.parametrize(("value", "written"), [(1.5, "1.5"), (0.5, "0.5"), (0, "0"), (100.0, "100.0")])
def test_in_a_column_zeros_at_the_end_are_left_out(value, written):
    assert number(value, short=True) == written


@given(st.lists(st.floats()), st.sampled_from(["en", "nl", "fr", "de"]))
def test_numbers_of_a_column_are_written_as_each_alone(values, code):
    with speaking(language(code)):
        assert numbers(values) == [number(value) for value in values]


def test_an_interval_names_its_level():
    assert interval(1.5, 1.2, 1.9, level=0.9) == "1.50 (90% CI 1.20 to 1.90)"


@pytest.mark.parametrize(("p", "written"), [(0.042, "p = 0.042"), (1e-13, "p < 0.001"), (0.0, "p < 0.001")])
def test_no_p_value_is_zero(p, written):
    assert p_value(p) == written


def test_years_are_told_as_spans():
    assert spans({2014, 2015, 2016, 2018, 2020, 2021}) == "2014 to 2016, 2018, 2020 to 2021"
    assert span("2021-03", "2021-03") == "2021-03"


def test_a_long_list_is_cut_with_how_many_more_there_are():
    assert some("ABCDE") == "A, B, C, D, E"
    assert some("ABCDEFG", most=3) == "A, B, C and 4 more"
    assert some([("A", "M"), ("C", "F")]) == "A, M, C, F"


def test_dimensions_are_named_as_people_call_them():
    assert dimensions(["sex"]) == "sex"
    assert dimensions(["nace1", "sex"]) == "sector (NACE section) and sex"


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1.02, 1.0, 1.04], ["1.02", "1.00", "1.04"]),
        ([0.391, 1.11, 0.94], ["0.39", "1.11", "0.94"]),
        ([2226.4, 3601.53], ["2,226.4", "3,601.5"]),
        ([31.1, 0.409, 0.0], ["31.10", "0.41", "0.00"]),
        ([4948.6, 1.5], ["4,948.6", "1.5"]),
        ([0.5, math.inf], ["0.5", "infinity"]),
        ([1e-9, 2.5], ["1e-09", "2.5"]),
    ],
)
def test_numbers_of_one_column_share_their_decimals_where_sizes_allow(values, written):
    assert list(map(column(values), values)) == written


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0, "<0.001"), (1e-300, "<0.001"), (0.0421, "0.042"), (0.5, "0.500"), (0.9999, ">0.999"), (1.0, ">0.999")],
)
def test_a_probability_in_a_column_is_never_zero_or_one(p, text):
    assert chance(p) == text
