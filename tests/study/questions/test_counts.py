"""Counts, from cube to finding: zero is a figure, by month too; a heading says what the figures are of."""

import ibis
import pandas as pd

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure


def records():
    """An accident in each month of two years, and two deaths."""
    rows = [(year, f"{month:02}", "NFAT") for year in (2019, 2020) for month in range(1, 13)]
    rows += [(2019, "02", "FAT"), (2019, "11", "FAT")]
    table = ibis.memtable(pd.DataFrame(rows, columns=["year", "month", "severity"]))
    return wb.cube(table, dims=["year", "month", "severity"])


def test_months_without_a_death_are_zeros():
    found = wb.counts(records(), wb.Selection(severities={"FAT"}), by=["year", "month"])
    assert len(found.frame) == 24
    assert found.frame["state"].tolist().count("zero") == 22
    assert list(found.frame.columns[:2]) == ["year", "month"]
    deaths = found.frame[found.frame["value"] > 0]
    assert list(zip(deaths["year"], deaths["month"].astype(str), strict=True)) == [(2019, "02"), (2019, "11")]


def test_months_of_all_years_together_are_zeros_too():
    found = wb.counts(records(), wb.Selection(severities={"FAT"}), by=["month"])
    assert len(found.frame) == 12
    assert found.frame["value"].sum() == 2


def test_months_in_which_nothing_at_all_is_recorded_are_not_known():
    rows = pd.DataFrame([(2019, "02", "NFAT"), (2019, "04", "FAT")], columns=["year", "month", "severity"])
    cube = wb.cube(ibis.memtable(rows), dims=["year", "month", "severity"])
    found = wb.counts(cube, wb.Selection(severities={"FAT"}), by=["year", "month"])
    assert found.frame.set_index("month")["value"].to_dict() == {"02": 0, "04": 1}


def published():
    rows = pd.DataFrame({"nuts": ["IT", "IT", "IT"], "year": [2010, 2011, 2012], "accidents": [1, 2, 4]})
    measures = {"accidents": Measure("accidents", "accidents", "sum", "Accidents")}
    margins = {"m": {"dims": ["nuts", "year"], "measures": ["accidents"]}}
    return build.from_published("table", rows.assign(flag="", margin="m"), margins, measures)


def test_years_beyond_the_data_do_not_stand_in_the_heading():
    found = wb.counts(published(), wb.Selection(years=(2000, 2011)))
    assert found.frame["value"].item() == 3
    assert "2010 to 2011" in found.summary and "2010 to 2011" in found.title
    assert "2000" not in found.summary + found.title
    assert found.selection.years == (2010, 2011)
