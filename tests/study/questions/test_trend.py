import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import stats

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.models.joinpoint import fit_joinpoints
from workbench.terms.errors import ModelError, Refused

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


BENT = {year: 1000 * 1.04 ** min(year - 2000, 8.4) * 0.95 ** max(year - 2008.4, 0) for year in range(2000, 2020)}
BENT = {year: rate * (1 + 0.01 * (-1) ** year) for year, rate in BENT.items()}


def test_joinpoints_come_with_their_average_annual_percent_change_over_the_series_or_a_window():
    model = fit_joinpoints(rates=pd.Series(BENT), most=2)
    found = wb.trend(published(BENT), joinpoints=2)
    assert found.model.joinpoints == model.joinpoints and len(model.joinpoints) == 1
    assert f"Average annual percent change (AAPC): {model.aapc(2000, 2019)}." in found.notes

    found = wb.trend(published(BENT), joinpoints=2, aapc=(2005, 2015))
    (note,) = (note for note in found.notes if "AAPC" in note)
    slopes = [np.log1p(part.value / 100) for part in model.segments]
    turn = model.joinpoints[0]
    average = 100 * np.expm1(((turn - 2005) * slopes[0] + (2015 - turn) * slopes[1]) / 10)
    assert f"from 2005 to 2015 it fell by {-average:.1f}% a year" in note


def test_joinpoints_may_lie_anywhere_in_time_and_be_chosen_by_permutation_tests():
    search = wb.JoinpointSearch(most=1, placement="continuous", select="permutation", permutations=199, seed=3)
    found = wb.trend(published(BENT), joinpoints=search)
    (turn,) = found.model.joinpoints
    assert turn % 1 != 0 and turn == approx(2008.4, abs=0.3)
    assert "Permutation tests (199 permutations, seed 3)" in found.summary


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"aapc": (2005, 2015)}, Refused, "leave aapc, or give joinpoints"),
        ({"aapc": (1990, 2015), "joinpoints": 1}, ModelError, "1990 to 2015 is not inside the series, 2000 to 2019"),
        ({"joinpoints": 7}, ModelError, "there can be 0 to 4"),
    ],
)
def test_windows_and_joinpoints_that_cannot_be_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        wb.trend(published(BENT), **options)


def test_a_year_that_the_publisher_marks_as_a_break_of_the_people_is_named_where_the_line_is_not_cut():
    selection = wb.Selection(regions={"BE"}, sectors={"F"}, years=(2009, 2015), severities={"NFAT"})
    found = wb.trend("ilostat_injuries", selection, exposure="lfst_r_lfe2en2")
    assert found.frame.set_index("year")["flag"][2011] == "b"
    assert any("not cut there: 2011" in note for note in found.notes)
