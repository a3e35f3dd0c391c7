"""An answer is headed with what it is of, and divides accidents by people of the same places and ages."""

import pandas as pd
import polars as pl
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure

ACCIDENTS, EMPLOYED = {"accidents": Measure("accidents", "accidents")}, {"employed": Measure("employed", "persons")}


def cube(axes, rows, measures):
    frame = pd.DataFrame(rows, columns=[*axes, *measures])
    return build.from_cells("mine", pl.from_pandas(frame), axes, measures)


@pytest.mark.parametrize("question", [wb.counts, wb.rates])
def test_years_beyond_the_data_are_not_in_the_heading(question):
    found = question("esaw_synthetic", wb.Selection(regions={"FI"}, years=(2000, 2011)))
    for text in (found.summary, found.question, found.title):
        assert "2010 to 2011" in text and "2000" not in text
    assert found.selection.years == (2010, 2011)
    assert "Years that are not in these data: 2000 to 2009." in found.notes


def test_a_trend_is_headed_with_the_years_that_it_is_of():
    found = wb.trend("esaw_synthetic", wb.Selection(regions={"FI"}, sectors={"F"}, years=(1990, 2050)))
    assert "2010 to 2023" in found.question and "1990" not in found.question + found.summary


@pytest.mark.parametrize("question", [wb.counts, wb.rates])
def test_ages_without_a_limit_are_said_so(question):
    found = question("esaw_synthetic", wb.Selection(ages=(15, 99), years=(2023, 2023)))
    assert "15 and over" in found.summary and "99" not in found.question


@pytest.mark.parametrize("question", [wb.counts, wb.rates])
@pytest.mark.parametrize(
    "absent",
    [{"regions": {"IT", "UK"}}, {"sectors": {"F", "T"}}, {"severities": {"FAT", "D_LT4"}}, {"sexes": {"F", "UNK"}}],
    ids=["regions", "sectors", "severities", "sexes"],
)
def test_a_part_that_is_not_there_is_refused(question, absent):
    with pytest.raises(wb.WorkbenchError, match="is not in these data"):
        question("esaw_synthetic", wb.Selection(**absent))


@pytest.mark.parametrize("regions", [["ITF6"], ["ITF1", "ITF2", "ITF3", "ITF4", "ITF6"]], ids=["one", "many"])
def test_accidents_of_some_regions_are_not_divided_by_the_people_of_the_country(regions):
    axes = ["nuts", "year"]
    accidents = cube(axes, [(code, 2020, 10.0) for code in regions], ACCIDENTS)
    people = cube(axes, [(code, 2020, 1_000.0) for code in [*regions, "ITC4"]], EMPLOYED)
    found = wb.rates(accidents, wb.Selection(regions={"IT"}), exposure=people)
    assert found.frame["value"].iloc[0] == pytest.approx(1_000)
    assert found.frame["exposure"].iloc[0] == 1_000 * len(regions)
    assert any("these data have only" in note for note in found.notes)


def test_accidents_and_people_are_of_the_same_ages():
    axes = ["age_group", "year"]
    accidents = cube(axes, [("Y15-24", 2020, 1.0), ("Y25-34", 2020, 1.0)], ACCIDENTS)
    people = cube(axes, [("Y_LT15", 2020, 500.0), ("Y15-24", 2020, 100.0), ("Y25-34", 2020, 100.0)], EMPLOYED)
    found = wb.rates(accidents, wb.Selection(ages=(0, 34)), exposure=people)
    assert found.frame["exposure"].iloc[0] == 200
    assert found.selection.ages == (15, 34)


@pytest.mark.parametrize(("of_accidents", "of_people"), [(80.0, 10.0), (10.0, 80.0)])
def test_a_rate_carries_the_larger_share_of_the_flags_of_its_two_sides(of_accidents, of_people):
    def flagged(measures, share):
        rows = [("M", 2020, share, "u"), ("F", 2020, 100.0 - share, "")]
        frame = pl.DataFrame(rows, schema=["sex", "year", *measures, "flag"], orient="row")
        return build.from_cells("mine", frame, ["sex", "year"], measures)

    found = wb.rates(flagged(ACCIDENTS, of_accidents), exposure=flagged(EMPLOYED, of_people))
    assert found.frame["flag_share"].iloc[0] == pytest.approx(0.8)
    assert found.frame["state"].iloc[0] == "unreliable"


def test_groups_that_tie_have_no_highest_and_no_lowest():
    rows = pd.DataFrame({"nuts2": ["FRH0", "ITF6", "ITC1"], "year": 2023, "accidents": [40, 40, 40], "employed": 1000})
    found = wb.counts(wb.table(rows), by=["nuts2"])
    assert "40 accidents in each of 3 groups" in found.summary and "in each group" in found.title
    assert "highest" not in found.summary + found.title


def test_one_that_differs_is_the_highest_of_groups_that_tie():
    rows = pd.DataFrame({"nuts2": ["FRH0", "ITF6", "ITC1"], "year": 2023, "accidents": [40, 40, 41], "employed": 1000})
    found = wb.counts(wb.table(rows), by=["nuts2"])
    assert "highest Piemonte, 41 accidents" in found.summary
