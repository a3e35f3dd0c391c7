"""Days lost of persons: shown where no one or two of them make up a sum, from records to findings and files."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.optimize

import workbench as wb
from workbench import store
from workbench.cubes import build
from workbench.cubes.contributions import contributions_of
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study.data import Origin
from workbench.terms.errors import Refused

DIMS = ("nuts3", "nace1", "sex", "year")
DAYS = {"days_lost": Measure("days_lost", "days", "sum", "Days lost")}


def records(n: int = 900, seed: int = 1) -> pd.DataFrame:
    """Accidents with days lost, of which some are not known; one person of sector G has nearly all days of it."""
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "nuts": chance.choice(["ITF61", "ITF63", "ITF65"], n, p=[0.5, 0.3, 0.2]),
            "nace": chance.choice(list("ACF"), n, p=[0.06, 0.54, 0.4]),
            "sex": chance.choice(["M", "F"], n, p=[0.8, 0.2]),
            "year": chance.choice([2020, 2021], n),
            "days_lost": np.where(chance.random(n) < 0.1, np.nan, chance.integers(4, 60, n)),
        }
    )
    long = pd.DataFrame({"nuts": "ITF61", "nace": "G", "sex": "M", "year": 2021, "days_lost": [4.0] * 14 + [900.0]})
    return pd.concat([frame, long], ignore_index=True)


def cube_of(frame: pd.DataFrame):
    dataset = replace(catalog()["inail_records"], exposure=None, defaults={}, breaks=(), notes=(), event="")
    source = Origin(dataset=dataset, provenance={"way": "test", "coverage": "full", "sha256": ["days"]})
    store.write(
        "days",
        iter([frame.astype({"days_lost": "Float64"})]),
        name="days",
        parameters={},
        finish=lambda _rows: ({}, {}),
    )
    return build.from_rows("records", store.rows("days"), DIMS, sums=DAYS, source=source)


@pytest.fixture
def cube():
    return cube_of(records())


def test_cells_say_how_many_contribute_and_the_two_largest(cube):
    frame = records()
    names = contributions_of("days_lost").names
    cells = cube.margins[0].frame.to_pandas().astype({"nuts": str, "nace": str, "sex": str})
    by = ["nuts", "nace", "sex", "year"]
    for codes, rows in frame.groupby(by):
        found = cells.set_index(by).loc[codes]
        days = rows["days_lost"].dropna().sort_values(ascending=False).tolist() + [0.0, 0.0]
        assert found["days_lost"] == sum(days)
        assert found[list(names)].tolist() == [len(days) - 2, *days[:2]]


@pytest.mark.parametrize("by", [(), ("nace1",), ("nuts2", "sex")])
def test_a_question_merges_the_largest_of_its_cells(cube, by):
    answer = cube.ask("days_lost", wb.Selection(years=(2020, 2021)), by)
    frame = records().assign(nuts2=lambda rows: rows["nuts"].str[:4], nace1=lambda rows: rows["nace"])
    groups = [((), frame)] if not by else frame.groupby(list(by))
    for codes, rows in groups:
        inside = np.logical_and.reduce([answer.frame[name] == code for name, code in zip(by, codes, strict=True)])
        found = answer.frame[inside].iloc[0] if by else answer.frame.iloc[0]
        days = rows["days_lost"].dropna().sort_values(ascending=False).tolist()
        assert found[["days_lost", "contributors", "largest", "second"]].tolist() == [sum(days), len(days), *days[:2]]


def test_a_sum_that_one_person_makes_up_is_withheld_and_says_by_which_rule(cube):
    found = wb.counts(cube, by=["nace1"], measure="days_lost")
    frame = found.frame.set_index("nace1")
    assert frame.loc["G", "state"] == "withheld" and pd.isna(frame.loc["G", "value"])
    assert found.why("G").rule == "dominance"
    assert "one or two persons make up so much" in " ".join(found.notes)
    assert frame.loc["C", "value"] == records().query("nace == 'C'")["days_lost"].sum()
    assert found.units["value"] == "days"
    assert any(note.startswith("Days lost are known of 9") for note in found.notes)


def test_neither_frame_nor_files_say_who_contributes(cube, tmp_path):
    found = wb.counts(cube, by=["nace1"], measure="days_lost")
    assert not {"contributors", "largest", "second"} & {*found.frame, *found.table_columns}
    text = found.to_csv(tmp_path / "days.csv") + json.dumps(found.to_dict())
    assert "956" not in text  # the days of G
    assert [line.left for line in wb.releases()] == [True]


def test_from_the_margins_a_withheld_sum_is_not_known_within_a_tenth_of_the_largest(cube):
    by = ["nuts3", "nace1"]
    table, margins = wb.counts(cube, by=by, measure="days_lost"), []
    margins = [wb.counts(cube, by=[name], measure="days_lost").frame for name in by]
    withheld = table.frame[table.frame["state"] == "withheld"]
    shown = table.frame[table.frame["state"] != "withheld"]
    rows, right = [], []
    for name, margin in zip(by, margins, strict=True):
        for code, days in zip(margin[name], margin["value"], strict=True):
            if pd.notna(days):
                rows.append((withheld[name] == code).to_numpy(float))
                right.append(days - shown.loc[shown[name] == code, "value"].sum())
    assert len(withheld)
    for place in range(len(withheld)):
        one = np.eye(len(withheld))[place]
        low, high = (
            sign * scipy.optimize.linprog(sign * one, A_eq=rows, b_eq=right, bounds=(0, 1e5)).fun for sign in (1, -1)
        )
        assert high - low >= 90 - 1e-6  # the largest is of 900 days


def test_days_and_accidents_do_not_hide_or_show_each_other(cube):
    accidents = wb.counts(cube, by=["nace1"])
    days = wb.counts(cube, by=["nace1"], measure="days_lost")
    assert accidents.frame.set_index("nace1").loc["G", "count"] == 15
    assert days.frame.set_index("nace1").loc["G", "state"] == "withheld"


def test_sums_of_a_table_that_does_not_know_who_contributes_are_refused():
    rows = pd.DataFrame({"nace": list("AC"), "year": 2023, "days_lost": [900.0, 800.0], "records": [30.0, 40.0]})
    measures = {name: Measure(name, name) for name in ("days_lost", "records")}
    margins = {"m": {"dims": ["nace", "year"], "measures": list(measures)}}
    source = cube_of(records()).source
    cube = build.from_published("records", rows.assign(flag="", margin="m"), margins, measures, source=source)
    with pytest.raises(Refused, match="Sums of days_lost of persons are not shown"):
        wb.counts(cube, by=["nace1"], measure="days_lost")


@pytest.mark.mirror
def test_days_compensated_of_the_publishers_records_are_shown_by_rule(mirror):
    wb.load("inail_records", region="Calabria", source="mirror")
    found = wb.counts("inail_records", by=["nace1"], measure="days_compensated")
    assert found.withheld and found.frame["value"].notna().any()
    finer = wb.counts("inail_records", by=["weekday"], measure="days_compensated")  # of a cube built on demand
    assert finer.frame["value"].notna().any()
