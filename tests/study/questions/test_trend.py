import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.errors import ModelError

RATE = {"rate": Measure("rate", "per 100,000", "none", "Rate")}


def published(rates):
    rows = pd.DataFrame({"margin": "m", "year": list(rates), "rate": list(rates.values()), "flag": ""})
    return build.from_published("t", rows, {"m": {"dims": ["year"], "measures": ["rate"]}}, RATE)


def test_a_rate_that_falls_by_three_percent_a_year_is_found():
    found = wb.trend(
        published({year: 1000 * 0.97 ** (year - 2013) * (1 + 0.001 * (-1) ** year) for year in range(2013, 2024)})
    )
    assert found.model.apc == approx(-3, abs=0.1)
    assert "fell by 3.0% a year" in found.summary
    assert found.frame["fit"].notna().all()


def test_a_year_without_a_value_is_left_out_and_named():
    rates = {year: 1000.0 - 10 * (year - 2013) + (year % 2) for year in range(2013, 2024)} | {2017: np.nan}
    found = wb.trend(published(rates))
    assert "left out of the line: 2017" in " ".join(found.notes)
    assert found.model.n == 10


def test_two_years_are_no_trend():
    with pytest.raises(ModelError, match="3 years|fewer than"):
        wb.trend(published({2020: 1.0, 2021: 2.0}))


def test_the_p_value_of_a_slope_is_told_with_its_distribution():
    rates = {year: 1000 * 0.99 ** (year - 2013) * (1 + 0.01 * (-1) ** year) for year in range(2013, 2024)}
    found = wb.trend(published(rates))
    line = stats.linregress(list(rates), np.log(list(rates.values())))
    assert found.model.segments[0].p_value == approx(line.pvalue)
    told = f"Tests of no change: 2013 to 2023, p {'< 0.001' if line.pvalue < 0.001 else f'= {line.pvalue:.3f}'}"
    assert f"{told} (t with 9 degrees of freedom)." in found.notes
