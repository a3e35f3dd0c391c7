"""Rates with the structure of all people at risk: whoever is selected, and whatever is not known of some."""

import pandas as pd
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
STRUCTURE_OF_ALL = 100_000 * (0.03 * 11 / 40 + 0.01 * 29 / 40)
"""Rates of 3 % and 1 %, with 11,000 and 29,000 of 40,000 people."""


def published(rows, axes):
    frame = pd.DataFrame(rows, columns=[*axes, "accidents", "employed"]).assign(year=2023, flag="", margin="m")
    return build.from_published(
        "table", frame, {"m": {"dims": [*axes, "year"], "measures": ["accidents", "employed"]}}, MEASURES
    )


def two_groups(one, other):
    """Equal rates in construction and in services, another structure."""
    return [(one, "F", 300, 10_000), (one, "G", 100, 10_000), (other, "F", 30, 1_000), (other, "G", 190, 19_000)]


def test_women_alone_are_given_the_structure_of_men_and_women():
    cube = published(two_groups("M", "F"), ["sex", "nace"])
    frame = wb.rates(cube, wb.Selection(sexes={"F"}), standard=["nace1"]).frame
    assert frame["value"].tolist() == approx([STRUCTURE_OF_ALL])
    assert frame["crude"].tolist() == approx([1100])


def test_the_young_alone_are_given_the_structure_of_all_ages():
    cube = published(two_groups("Y25-34", "Y15-24"), ["age_group", "nace"])
    frame = wb.rates(cube, wb.Selection(ages=(15, 24)), standard=["nace1"]).frame
    assert frame["value"].tolist() == approx([STRUCTURE_OF_ALL])
    assert frame["crude"].tolist() == approx([1100])


def test_accidents_of_an_unknown_stratum_are_in_the_crude_rate_only_and_told():
    rows = [*two_groups("M", "F"), ("M", "UNK", 7, 1_000), ("F", "UNK", 4, 1_000)]
    found = wb.rates(published(rows, ["sex", "nace"]), by=["sex"], standard=["nace1"])
    assert found.frame["value"].tolist() == approx([STRUCTURE_OF_ALL] * 2)
    assert found.frame.set_index("sex")["crude"].to_dict() == approx(
        {"M": 100_000 * 407 / 21_000, "F": 100_000 * 224 / 21_000}
    )
    assert "11 accidents of unknown sector (NACE section) are in the crude rate only." in found.notes
