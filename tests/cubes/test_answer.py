"""The columns of an answer: their codes as lists, whether two name the same groups, and the frame made of them."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes.answer import Answer, codes_in, same_groups
from workbench.cubes.margin import Measure

CODES = st.lists(st.sampled_from(["C", "F", "UNK"]), max_size=6)
KEPT = st.sampled_from([("C", "F", "UNK"), ("UNK", "F", "C")])


def categorical(codes: list[str], kept: tuple[str, ...]) -> pd.Categorical:
    return pd.Categorical(codes, categories=pd.Index(kept, dtype="str"), ordered=True)


@given(codes=CODES, kept=KEPT)
def test_codes_are_those_of_pandas_however_they_are_kept(codes, kept):
    assert codes_in(categorical(codes, kept)) == categorical(codes, kept).tolist() == codes
    assert codes_in(pd.array(codes, dtype="str")) == codes
    assert codes_in(np.arange(len(codes))) == list(range(len(codes)))


def test_a_code_that_is_missing_stays_missing():
    first, second = codes_in(pd.Categorical(["C", None]))
    assert first == "C" and np.isnan(second)


@given(one=CODES, other=CODES, kept=KEPT, kept_there=KEPT)
def test_two_columns_name_the_same_groups_however_they_are_kept(one, other, kept, kept_there):
    column = categorical(one, kept)
    assert same_groups(column, categorical(other, kept_there)) == (one == other)
    assert same_groups(column, pd.array(other, dtype="str")) == (one == other)


def test_the_frame_of_an_answer_has_its_columns_and_is_its_own():
    columns = {"accidents": np.array([1.0]), "missing": np.array([0], np.uint32), "flag": np.array(["b"], object)}
    answer = Answer(columns, "cells", Measure("accidents", "accidents"))
    assert answer.frame["flag"].dtype == "str"
    answer.frame.loc[0, "accidents"] = 9.0
    assert columns["accidents"].tolist() == [1.0]
