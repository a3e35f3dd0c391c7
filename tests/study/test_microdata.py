"""Records of persons: identifiers do not come as far as the store, and how well persons hide in them can be asked."""

import pandas as pd
import pytest

import workbench as wb
from workbench import store
from workbench.terms.places import home


def everything_kept() -> bytes:
    """All bytes under the home of the test, but the key that hashes are made with."""
    return b"".join(file.read_bytes() for file in home().rglob("*") if file.is_file() and file.name != "secret.key")


@pytest.fixture
def delivery(tmp_path):
    """A file in the ESAW layout of 60 made-up accidents, and what it is made of."""
    return wb.synthesise(60, 3, tmp_path / "delivery.parquet")


@pytest.mark.parametrize("heading", ["Fallnummer", "case number"])
def test_case_numbers_and_columns_without_a_meaning_are_not_kept_and_a_repeat_is_noticed(heading):
    rows = pd.DataFrame(
        {
            heading: [f"CASE-{n:05d}" for n in (*range(59), 0)],
            "Name": [f"Somebody Nr {n}" for n in range(60)],
            "sex": ["M", "F"] * 30,
            "nace1": "F",
            "year": 2023,
        }
    )
    table = wb.table(rows, name="mine")
    wb.counts(table.cube, by=["sex"])
    assert "second time" in str(table)
    kept = everything_kept()
    assert b"CASE-000" not in kept and b"Somebody" not in kept
    assert not {heading, "Name"} & set(table.rows.frame.columns)


def test_an_entry_keeps_the_columns_of_its_questions_and_no_case_number(delivery):
    numbers = pd.read_parquet(delivery)["case_number"]
    wb.load("esaw_microdata", path=delivery)
    kept = everything_kept()
    assert not [number for number in numbers if number.encode() in kept]
    (manifest,) = store.manifests()
    assert "case_number" not in manifest.columns


def test_a_case_that_stands_in_a_file_twice_is_rejected(delivery):
    frame = pd.read_parquet(delivery)
    pd.concat([frame, frame.iloc[[0]]]).to_parquet(delivery, index=False)
    loaded = wb.load("esaw_microdata", path=delivery)
    assert loaded.report.rejected == 1
    assert "case number" in str(loaded.report)
    assert frame["case_number"][0] not in str(loaded.report)


def test_how_well_persons_hide_is_asked_of_an_entry_and_grows_with_coarser_places_and_times(delivery):
    wb.load("esaw_microdata", path=delivery)
    fine = wb.anonymity("esaw_microdata", ["nuts", "nace", "sex"])
    coarse = wb.anonymity("esaw_microdata", ["nuts", "sex"], place=0, time="year")
    assert fine.persons == coarse.persons == 60
    assert fine.k <= coarse.k and fine.unique >= coarse.unique and fine.groups > coarse.groups
    assert set(coarse.diversity) >= {"severity", "age"}
    assert "k = " in str(coarse) and "fewer than 10" in str(coarse)


def test_a_range_leaves_out_the_nine_smallest_and_largest(delivery):
    wb.load("esaw_microdata", path=delivery)
    ages = wb.read("esaw_microdata")["age"].dropna().astype(float).sort_values().tolist()
    found = wb.anonymity("esaw_microdata", ["sex"])
    assert found.ranges["age"] == (ages[9], ages[-10])
    assert "age: " in str(found)
