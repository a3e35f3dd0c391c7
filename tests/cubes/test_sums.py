"""Sums by numbered groups are those of pandas, however many of the possible groups have rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes import sums
from workbench.cubes.sums import Numbering, Sums

SIZES = (3, 2, 4)
ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40
)


@pytest.mark.parametrize(
    ("sparse", "sizes"),
    [(4, SIZES), (0, SIZES), (4, (2**40, 2**40, 4))],
    ids=["all-that-are-possible", "those-that-have-rows", "more-than-there-are-numbers"],
)
@given(rows=ROWS)
def test_each_group_has_the_sum_of_its_rows(sparse, sizes, rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "value"])
    keys = tuple(frame[name].to_numpy() for name in "abc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "SPARSE", sparse)
        numbering = Numbering(keys, sizes)
        found = numbering.sums.of(frame["value"].to_numpy(float))
    filled = np.flatnonzero(numbering.sums.of(np.ones(len(frame))))
    expected = frame.groupby(list("abc"))["value"].sum()
    assert list(zip(*(key.tolist() for key in numbering.keys_of(filled)), strict=True)) == expected.index.tolist()
    assert found[filled].tolist() == expected.tolist()


@given(rows=ROWS)
def test_the_two_largest_of_each_group(rows):
    numbers, values = np.array([row[0] for row in rows]), np.array([row[3] for row in rows], float)
    largest, second = Sums(numbers, 3).two_largest(values)
    for group in range(3):
        ordered = [*sorted(values[numbers == group], reverse=True), 0.0, 0.0]
        assert [largest[group], second[group]] == ordered[:2]


def test_all_rows_are_one_group_where_nothing_is_divided():
    numbering = Numbering((), ())
    assert numbering.sums.of(np.array([1.0, 2.0])).tolist() == [3.0]
    assert numbering.sums.of(np.array([True, False, True])).tolist() == [2.0]
    assert numbering.sums.two_largest(np.array([1.0, 5.0, 2.0])) == (5.0, 2.0)
    assert numbering.sums.two_largest(np.array([])) == (0.0, 0.0)
    assert numbering.keys_of(np.array([0])) == ()


def test_a_group_without_rows_has_the_sum_zero():
    empty = np.array([], int)
    assert Sums(empty, 2).of(np.array([], float)).tolist() == [0.0, 0.0]
    assert Sums(empty, 2).of(np.array([], float)).dtype == float
