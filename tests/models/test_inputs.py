"""Numbers and labels are checked before anything is computed; every refusal says what to do."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from workbench.models.inputs import aligned, checked_level, checked_positive, chosen, measured
from workbench.terms.errors import ModelError


def test_decimals_and_nullable_integers_become_floats_under_the_same_labels():
    decimals = measured(pd.Series([Decimal("2.5"), None], index=["F", "C"]), "the counts")
    assert decimals["F"] == 2.5 and np.isnan(decimals["C"])
    nullable = measured(pd.Series([1, pd.NA], index=["F", "C"], dtype="Int64"), "the counts")
    assert nullable["F"] == 1 and np.isnan(nullable["C"])


def test_arguments_are_left_as_they_were():
    counts = pd.Series([3, 4], index=["F", "C"], name="accidents")
    before = counts.copy()
    found = measured(counts, "the counts")
    found["F"] = 99
    pd.testing.assert_series_equal(counts, before)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, 2], "Of the counts came list, not a pandas Series. Give a Series whose index says which group each is."),
        (pd.Series([1, 2], index=["F", "F"]), "In the counts, F stands more than once in the index. Add up the rows"),
        (pd.Series(["many", "few"]), "Not all of the counts are numbers"),
        (
            pd.Series([1.0, np.inf], index=["F", "C"]),
            "In the counts there are infinite values: C. Correct them, or leave",
        ),
        (pd.Series([1.0, -2], index=["F", "C"]), "In the counts there are negative values: C. Correct them, or leave"),
        (pd.Series([1.0, None], index=["F", "C"]), "In the counts there are missing values: C. Correct them, or leave"),
    ],
)
def test_numbers_that_cannot_be_are_refused(values, message):
    with pytest.raises(ModelError, match="^" + message.replace(".", r"\.")):
        measured(values, "the counts", missing=False)


def test_labels_are_matched_whatever_their_order():
    values = pd.Series([1.0, 2.0], index=["F", "C"])
    assert list(aligned(values, pd.Index(["C", "F"]), "the exposure", "the counts")) == [2, 1]


def test_index_levels_are_matched_by_name():
    index = pd.MultiIndex.from_tuples([("ITC1", 2020), ("ITC1", 2021)], names=["nuts2", "year"])
    values = pd.Series([1.0, 2.0], index=index.swaplevel())
    assert list(aligned(values, index, "the exposure", "the counts")) == [1, 2]


def test_labels_that_only_one_of_two_has_are_named():
    with pytest.raises(ModelError, match="^Only the exposure have B, not the counts. Add what is missing, or leave"):
        aligned(pd.Series([1.0, 2.0], index=["F", "B"]), pd.Index(["F"]), "the exposure", "the counts")
    with pytest.raises(ModelError, match="^Only the counts have C, not the exposure"):
        aligned(pd.Series([1.0], index=["F"]), pd.Index(["F", "C"]), "the exposure", "the counts")


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan")])
def test_a_level_is_a_share(level):
    with pytest.raises(ModelError, match="is not a confidence level. Give a share such as 0.95."):
        checked_level(level)


def test_an_unknown_option_is_answered_with_those_that_exist():
    with pytest.raises(ModelError, match="^method='fisher' is not known. There are: exact, byar.$"):
        chosen("fisher", ("exact", "byar"), "method")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([True, False]),
        pd.Series([1 + 2j, 1]),
        pd.Series(pd.date_range("2020", periods=2)),
        pd.Series(pd.to_timedelta([1, 2], unit="D")),
        pd.Series([[1], [2]]),
    ],
)
def test_what_only_converts_to_numbers_is_none(values):
    with pytest.raises(ModelError, match="^Not all of the counts are numbers. Convert them first.$"):
        measured(values, "the counts")


def test_an_index_of_other_levels_is_refused():
    index = pd.MultiIndex.from_tuples([("ITC1", 2020)], names=["nuts2", "year"])
    with pytest.raises(ModelError, match="The index of the exposure has 1 levels, that of the counts 2."):
        aligned(pd.Series([1.0], index=["ITC1"]), index, "the exposure", "the counts")


@pytest.mark.parametrize("number", [0, -1, np.inf, np.nan, None, "1", True])
def test_a_unit_is_a_number_above_zero(number):
    with pytest.raises(ModelError, match="^per=.* is not possible. Give a number above 0.$"):
        checked_positive(number, "per")
