import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.readers.values import codes, dates, decimals, is_number, keep_good, whole_numbers, years
from workbench.terms.codes import codelist


def read(reader, text: str, **options) -> tuple[float | None, str]:
    column = reader(pd.Series([text], dtype="str"), **options)
    value = column.values.iloc[0]
    return None if pd.isna(value) else value, column.faults.iloc[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("-0", 0), (" 12 ", 12), ("+7", 7), ("41853.0", 41853), ("", None), ("  ", None), ("0063", 63)],
)
def test_a_whole_number_may_be_written_as_pandas_does(text, value):
    assert read(whole_numbers, text) == (value, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *[("9.012", "write thousands without a separator"), ("1,234,567", "write thousands without a separator")],
        *[("1 234", "write thousands without a separator"), ("9.000", "write thousands without a separator")],
        *[("17,9", "not a whole number"), ("10.5", "not a whole number"), ("1e3", "not a whole number")],
        *[("-5", "below 0"), ("-9999999", "below 0"), ("inf", "not a whole number"), ("nan", "not a whole number")],
        *[("1" * 5_000, "not a whole number"), ("0x10", "not a whole number"), ("1_000", "not a whole number")],
        *[("٣", "not a whole number"), ("true", "not a whole number")],
    ],
)
def test_what_is_no_whole_number_is_a_fault_and_never_rounded(text, said):
    value, fault = read(whole_numbers, text)
    assert value is None and said in fault


def test_a_number_beyond_its_largest_is_a_fault():
    assert read(whole_numbers, "121", most=120) == (None, "more than 120")
    assert read(decimals, "1e16") == (None, "more than 1,000,000,000,000,000")


@pytest.mark.parametrize(("text", "value"), [("1.5", 1.5), ("1e3", 1000), (".5", 0.5), ("7.", 7), ("", None)])
def test_a_measure_has_a_decimal_point(text, value):
    assert read(decimals, text) == (value, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12,5", "write decimals with a point, not a comma"),
        *[(text, "not a number") for text in ("inf", "-inf", "nan", "1.2.3", "1__0", "Infinity", "١", "1" * 500)],
        *[("1e400", "more than"), ("9e999", "more than"), ("-0.1", "below 0"), ("-1e400", "below 0")],
    ],
)
def test_what_is_no_finite_measure_is_a_fault(text, said):
    value, fault = read(decimals, text)
    assert value is None and said in fault


@pytest.mark.parametrize("text", ["2018.75", "2018.5", "18", "1066", "2201", "", "2019-Q1", "2e3", "-2019", "20190"])
def test_what_is_no_year_is_not_rounded_to_one(text):
    assert read(years, text) == (None, "not a year")


def test_a_year_may_be_written_as_pandas_does():
    assert read(years, "2019") == read(years, "2019.0") == (2019, "")


def test_a_date_has_exactly_one_form():
    found = dates(pd.Series(["19/07/2021", "31/02/2021", "2021-07-19", "", "19/07/21", "99/99/9999"]), "%d/%m/%Y")
    assert found.tolist()[0] == pd.Timestamp("2021-07-19") and found.isna().tolist() == [False] + [True] * 5


def test_only_the_first_fifty_unknown_codes_are_compared_with_the_list():
    column = codes(pd.Series([f"Q{i}" for i in range(200)] + ["IT", ""]), codelist("nuts"))
    assert column.values.iloc[-2] == "IT" and column.values.isna().sum() == 201
    assert column.faults.nunique() == 53 and column.faults.iloc[-1] == "empty"
    assert "Eurostat writes EL for Greece" in read(codes, "GR", known=codelist("nuts"))[1]


@pytest.mark.parametrize(
    ("cell", "good"), [(0, True), (1.5, True), (True, False), (-1, False), (10**400, False), (float("nan"), False)]
)
def test_a_cell_of_a_workbook_is_a_finite_number(cell, good):
    assert is_number(cell) is good


def test_a_row_is_rejected_once_with_its_first_fault(report):
    good = keep_good(report, [2, 3, 4], [("a", ["", "first", ""]), ("b", ["", "second", "third"])])
    assert good.tolist() == [True, False, False]
    assert report.details == [(3, "a", "first"), (4, "b", "third")]


@given(st.floats(0, 1e12).map(lambda x: round(x, 3)))
def test_every_measure_written_with_a_point_is_read_exactly(number):
    assert read(decimals, repr(number)) == (number, "")


@given(st.integers(0, 10**15))
def test_every_count_is_read_exactly(number):
    assert read(whole_numbers, str(number)) == (number, "")
