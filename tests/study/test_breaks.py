"""Years from which a source counts differently: those inside the figures, not the one that they begin with."""

import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study.breaks import breaks
from workbench.study.data import Origin

BROKEN = Origin(dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False})
"""An entry with a declared break in 2019."""
MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}


def published(years):
    rows = pd.DataFrame({"year": years, "accidents": 100, "employed": 10_000}).assign(flag="", margin="m")
    margins = {"m": {"dims": ["year"], "measures": list(MEASURES)}}
    return build.from_published("table", rows, margins, MEASURES, source=BROKEN)


@pytest.mark.parametrize(
    ("years", "broken"),
    [((2018, 2020), [2019]), ((2015, 2019), [2019]), ((2019, 2023), []), ((2015, 2018), []), (None, [2019])],
)
def test_a_break_lies_after_the_first_of_the_years_and_not_after_the_last(years, broken):
    assert list(breaks(published(range(2015, 2024)), wb.Selection(years=years))) == broken


def test_data_that_begin_with_a_break_are_not_broken():
    cube = published(range(2019, 2024))
    assert breaks(cube, wb.Selection()) == {}
    assert wb.trend(cube).model.first == 2019
