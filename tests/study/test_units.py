"""Every column says its own unit: in the dictionary, in the heads of a table on a page, and p-values stay numbers."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure

MEASURES = {
    "accidents": Measure("accidents", "accidents", "sum", "Accidents"),
    "hours": Measure("hours", "hours worked", "sum", "Hours"),
    "employed": Measure("employed", "persons employed", "sum", "Employed"),
}


def table(people: str, accidents=(40, 60)):
    rows = pd.DataFrame({"sex": ["M", "F"], "year": 2023, "accidents": accidents, people: [1_000_000.0, 2_000_000.0]})
    margins = {"m": {"dims": ["sex", "year"], "measures": ["accidents", people]}}
    measures = {name: MEASURES[name] for name in ("accidents", people)}
    return build.from_published("table", rows.assign(flag="", margin="m"), margins, measures)


def test_a_rate_per_million_hours_has_hours_as_its_exposure():
    columns = wb.rates(table("hours"), by=["sex"]).to_dict()["columns"]
    assert columns["value"] == columns["low"] == "per million hours worked"
    assert columns["exposure"] == columns["per"] == "hours worked"
    assert columns["count"] == "accidents"


def test_a_rate_per_employed_has_persons_as_its_exposure():
    columns = wb.rates(table("employed"), by=["sex"]).to_dict()["columns"]
    assert (columns["value"], columns["exposure"]) == ("per 100,000 employed", "persons employed")


def test_counts_of_employed_are_no_accidents():
    columns = wb.counts(table("employed"), by=["sex"], measure="employed").to_dict()["columns"]
    assert columns["value"] == columns["count"] == "persons employed"
    assert columns["exposure"] == ""


@pytest.mark.parametrize(
    ("ask", "column", "unit"),
    [
        (wb.compare, "value", "times the rate of all other groups together"),
        (wb.compare, "difference", "per 100,000 employed"),
        (wb.compare, "p_value", ""),
        (wb.funnel, "expected", "accidents"),
    ],
)
def test_a_questions_own_columns_have_their_units(ask, column, unit):
    assert ask(table("employed"), by=["sex"]).to_dict()["columns"][column] == unit


def test_a_share_is_of_accidents_and_not_of_people():
    rows = [(s, y, 40 + y % 3 + (s == "M"), 1000.0) for s in "MF" for y in range(2016, 2024)]
    rows = pd.DataFrame(rows, columns=["sex", "year", "accidents", "employed"])
    margins = {"m": {"dims": ["sex", "year"], "measures": ["accidents", "employed"]}}
    cube = build.from_published("table", rows.assign(flag="", margin="m"), margins, MEASURES)
    columns = wb.control(cube, wb.Selection(sexes={"M"}), share_of=wb.Selection()).to_dict()["columns"]
    assert columns["value"] == columns["centre"] == "% of accidents"
    assert columns["whole"] == "accidents"


@pytest.mark.parametrize(("people", "head"), [("hours", "hours worked"), ("employed", "people at risk")])
def test_the_heads_of_a_table_on_a_page_say_what_was_divided_by(people, head):
    page = wb.rates(table(people), by=["sex"]).html_table()
    assert f"<th>{head}</th>" in page
    assert "<th>accidents</th>" in page


def test_a_tiny_p_value_is_a_number_in_json():
    found = wb.compare(table("employed", (4000, 6000)), by=["sex"])
    p = found.frame["p_value"].iloc[0]
    assert 0 < p < 1e-40
    assert found.to_dict()["frame"][0]["p_value"] == pytest.approx(p, rel=1e-9)


def test_what_is_missing_is_null_in_json():
    found = wb.counts(table("employed", (40, np.nan)), by=["sex"])
    values = {row["sex"]: row["value"] for row in found.to_dict()["frame"]}
    assert values["M"] == 40 and values["F"] is None
