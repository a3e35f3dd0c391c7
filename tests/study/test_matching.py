"""Accidents next to people: joined by place as pandas merges them, with a zero where nothing happened."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.study.matching import columns_of, joined

CODES = ["F", "C", "UNK", "A"]
MEASURES = {name: Measure(name, unit) for name, unit in (("accidents", "accidents"), ("employed", "persons employed"))}
rows = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from([2020, 2021])), max_size=8)
kinds = st.sampled_from(["category", "str"])


def counted(groups, kind: str, name: str) -> pd.DataFrame:
    """A table of numbers and flags by code and year."""
    codes, years = zip(*groups, strict=True) if groups else ((), ())
    codes = pd.Categorical(codes, categories=CODES) if kind == "category" else pd.array(codes, dtype="str")
    numbers = np.arange(len(groups))
    return pd.DataFrame(
        {
            "nace1": codes,
            "year": np.array(years, np.int64),
            name: numbers.astype(float),
            f"{name}_cells": numbers.astype(np.uint32),
            f"{name}_flag": pd.array(["b"] * len(groups), dtype="str"),
        }
    )


@given(rows, rows, kinds, kinds)
def test_tables_are_joined_as_pandas_merges_them(groups, others, kind, other_kind):
    own, further = counted(groups, kind, "one"), counted(list(dict.fromkeys(others)), other_kind, "other")
    found = joined(columns_of(own), columns_of(further), ["nace1", "year"])
    merged = columns_of(own.merge(further, on=["nace1", "year"], how="left", sort=False))
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(merged))


@given(rows, rows, kinds, kinds)
def test_all_groups_of_two_tables_are_those_of_an_outer_merge(groups, others, kind, other_kind):
    own, further = (
        counted(list(dict.fromkeys(either)), how, name)
        for either, how, name in ((groups, kind, "one"), (others, other_kind, "other"))
    )
    found = pd.DataFrame(joined(columns_of(own), columns_of(further), ["nace1", "year"], how="outer"))
    merged = own.merge(further, on=["nace1", "year"], how="outer", sort=False)
    found, merged = (
        frame.astype({"nace1": "str"}).sort_values(["nace1", "year"], ignore_index=True) for frame in (found, merged)
    )
    pd.testing.assert_frame_equal(found, merged, check_like=True, check_dtype=False)


def test_a_group_at_risk_without_an_accident_in_complete_records_has_zero_next_to_its_people():
    rows = pd.DataFrame(
        {"nuts": ["ITF6", "ITF6", "ITC4"], "nace": ["F", "C", "F"], "sex": ["M", "F", "M"], "year": 2020}
    )
    people = pd.DataFrame({"nace": ["C", "F", "C", "F"], "sex": ["F", "F", "M", "M"], "year": 2020, "employed": 1000})
    found = wb.rates(wb.cube(rows), wb.Selection(sexes={"M"}), by=["nace1"], exposure=people).frame
    assert found["nace1"].tolist() == ["C", "F"]
    assert found["count"].tolist() == [0, 2] and found["state"].tolist() == ["zero", "unreliable"]


def test_a_question_that_no_row_answers_is_an_answer_without_rows():
    cells = {"nace": ["F", "C"], "sex": ["M", "F"], "year": 2020, "accidents": [3.0, 4.0], "employed": [100.0, 100.0]}
    margin = {"m": {"dims": ["nace", "sex", "year"], "measures": list(MEASURES)}}
    cube = build.from_published("table", pd.DataFrame(cells).assign(margin="m", flag=""), margin, MEASURES)
    found = wb.rates(cube, wb.Selection(sectors={"C"}, sexes={"M"}), by=["sex", "year"])
    assert found.frame.empty and "no value is published" in found.summary
