"""Did it rise, and when did it change, from cube to finding: against the models alone, the twin, breaks, refusals."""

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.models.changepoint import pettitt, poisson_change
from workbench.models.monotone import mann_kendall
from workbench.models.structural_breaks import mean_breaks
from workbench.sources.catalog import catalog
from workbench.study import drawing
from workbench.study.data import Origin
from workbench.terms.errors import ModelError, Refused

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
BROKEN = Origin(dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False})
"""An entry with a declared break in 2019 and no exposure but the table's own."""
YEARS = range(2010, 2024)
STEP = [102, 95, 108, 99, 104, 97, 101, 72, 66, 75, 70, 64, 73, 69]


def published(counts, years=YEARS, source=None, **columns):
    """A published table of accidents and 10,000 people by year."""
    rows = pd.DataFrame(
        {"year": list(years), "accidents": list(counts), "employed": 10_000.0, "flag": "", "margin": "m"}
    )
    margins = {"m": {"dims": ["year"], "measures": ["accidents", "employed"]}}
    return build.from_published("table", rows.assign(**columns), margins, MEASURES, source=source)


def rates_only(rates, first=2010, source=None):
    """A published table of rates without counts."""
    rows = pd.DataFrame({"margin": "m", "year": range(first, first + len(rates)), "rate": rates, "flag": ""})
    measures = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
    return build.from_published("rates", rows, {"m": {"dims": ["year"], "measures": ["rate"]}}, measures, source=source)


# --- by hand


def test_the_finding_is_the_models_fed_plainly():
    found, counts = wb.change(published(STEP)), pd.Series(STEP, YEARS)
    theirs = poisson_change(counts, counts * 0 + 10_000, scatter=True)
    assert found.model.counts.posterior.to_numpy() == approx(theirs.posterior.to_numpy())
    assert (found.model.last_before, found.model.range) == (2016, (2016, 2016))
    assert found.model.counts.p_value == theirs.p_value
    assert found.model.ranks == pettitt(counts * 10.0)
    plain = mann_kendall(counts * 10.0)
    assert (found.model.trend.slope, found.model.trend.s) == (plain.slope, plain.s)
    assert "the level changed after 2016, from 1,008.6 to 698.6 per 100,000" in found.summary.lower()
    assert "95% range of dates: 2016 alone; p < 0.001, Poisson change point" in found.summary


def test_the_frame_has_the_two_levels_with_their_limits_and_the_posterior():
    frame = wb.change(published(STEP)).frame.set_index("year")
    before, after = frame.loc[:2016], frame.loc[2017:]
    assert before["fit"].to_numpy() == approx(10 * np.mean(STEP[:7]))
    assert after["fit"].to_numpy() == approx(10 * np.mean(STEP[7:]))
    assert (frame["fit_low"] < frame["fit"]).all() and (frame["fit"] < frame["fit_high"]).all()
    assert frame["posterior"].sum() == approx(1) and np.isnan(frame["posterior"].iloc[-1])
    assert frame["posterior"].idxmax() == 2016


def test_levels_are_as_unsure_as_the_years_scatter():
    wild = [600, 820, 590, 840, 610, 830, 600, 250, 420, 230, 410, 260, 400, 240]
    found = wb.change(published(wild))
    phi = found.model.counts.dispersion
    assert phi > 10
    width = found.frame["fit_high"].iloc[0] - found.frame["fit_low"].iloc[0]
    level = np.mean(wild[:7]) * 10
    assert width == approx(2 * 1.96 * 10 * np.sqrt(phi * sum(wild[:7])) / 7, rel=0.05)
    assert found.frame["fit"].iloc[0] == approx(level)
    assert f"have {phi:,.1f} times the variance that chance alone gives" in " ".join(found.notes)


def test_a_fall_is_told_by_how_much_it_fell():
    steady = [1000 - 30 * step + (step % 3) for step in range(14)]
    found = wb.change(published(steady))
    assert "From 2010 to 2023 the rate fell by 299." in found.summary or "the rate fell by 30" in found.summary
    assert found.model.trend.slope < 0
    assert "(95% CI -" not in found.summary


def test_a_rise_is_told_as_a_rise_and_a_steady_one_is_no_event():
    found = wb.change(published([500 + 20 * step for step in range(14)]))
    assert (
        "From 2010 to 2023 the rate rose by 200.0 per 100,000 employed a year (95% CI 200.0 to 200.0; p < 0.001"
        in found.summary
    )
    assert found.model.clear and found.model.steady
    assert "the date is the middle of a steady change, not an event." in found.summary


def test_a_series_in_which_nothing_happens_has_neither():
    flat = [100, 103, 98, 101, 97, 102, 99, 104, 98, 100, 101, 99, 103, 97]
    found = wb.change(published(flat))
    assert "neither a rise nor a fall of the rate is clear" in found.summary
    assert "In no year did the level clearly change; the likeliest is after " in found.summary
    assert found.frame["fit"].isna().all()
    assert "vary no more than by chance alone" in " ".join(found.notes)


def test_one_year_against_all_others_is_called_that():
    found = wb.change(published([300, 100, 102, 98, 101, 99, 103, 97], range(2010, 2018)))
    assert found.model.last_before == 2010
    assert "One year alone stands against all the others." in found.summary


def test_alike_neighbours_widen_the_test_and_are_said():
    wave = (100 + 30 * np.sin(np.arange(24) / 3)).round()
    found = wb.change(published(wave, range(2000, 2024)))
    assert found.model.trend.variance > mann_kendall(pd.Series(wave, range(2000, 2024))).variance
    assert "Neighbouring years are alike, and the test allows for it (Hamed & Rao)." in " ".join(found.notes)


def test_a_long_series_is_searched_for_several_changes():
    values = np.array([100] * 8 + [60] * 8 + [90] * 8) + np.random.default_rng(1).integers(-4, 5, 24)
    found = wb.change(published(values, range(2000, 2024)))
    theirs = mean_breaks(pd.Series(values * 10.0, range(2000, 2024)))
    assert found.model.means.last_before == theirs.last_before == (2007, 2015)
    assert "Several changes of the mean (Bai & Perron, BIC): after 2007 (" in " ".join(found.notes)
    short = wb.change(published(STEP))
    assert short.model.means is None
    assert "Several changes of level are looked for from 20 years on; here are 14 years." in short.notes


def test_breaks_in_the_line_are_looked_for_beside_those_of_the_mean():
    """Falling by 10 a year to 2010, level from then on."""
    line = np.maximum(300 - 10 * np.arange(24), 200) + np.random.default_rng(2).normal(0, 2, 24)
    found = wb.change(rates_only(line, first=2000))
    assert found.model.lines.last_before == (2009,) or found.model.lines.last_before == (2010,)
    assert "Breaks in the line through the years (Bai & Perron, LWZ): after 20" in " ".join(found.notes)
    straight = 300 - 5 * np.arange(24) + np.random.default_rng(2).normal(0, 2, 24)
    notes = wb.change(rates_only(straight, first=2000)).notes
    assert "Breaks in the line through the years (Bai & Perron, LWZ): none." in notes


def test_a_long_steady_series_has_none():
    values = 100 + np.random.default_rng(5).normal(0, 2, 30)
    notes = " ".join(wb.change(rates_only(values, first=1990)).notes)
    assert "Several changes of the mean (Bai & Perron, BIC): none." in notes


# --- rates without counts


def test_published_rates_are_tested_by_ranks_alone():
    rates = [10.0 * count for count in STEP]
    found = wb.change(rates_only(rates))
    assert found.model.counts is None and found.model.range is None
    assert found.model.last_before == pettitt(pd.Series(rates, YEARS)).last_before == 2016
    assert "the level changed after 2016, from 1,008.6 to 698.6 per 100,000 (p = " in found.summary.replace(
        "The", "the"
    )
    assert "Without counts there is no range of dates" in " ".join(found.notes)
    frame = found.frame.set_index("year")
    assert frame["posterior"].isna().all()
    reach = 2.447 * np.std(rates[:7], ddof=1) / np.sqrt(7)  # t with 6 degrees of freedom
    assert frame.loc[2010, "fit_high"] - frame.loc[2010, "fit"] == approx(reach, rel=1e-3)


# --- declared breaks


def test_a_change_of_definition_is_no_change_in_safety():
    counts = [100, 98, 103, 99, 101, 97, 102, 98, 101, 200, 204, 197, 203, 199]
    found = wb.change(published(counts, source=BROKEN))
    assert (found.model.first, found.model.last) == (2010, 2018)
    assert not found.model.clear
    assert "Only 2010 to 2018, the longest span without a break" in " ".join(found.notes)
    assert "Unbroken spans: 2010 to 2018 (9 years), 2019 to 2023 (5 years)." in " ".join(found.notes)
    assert wb.change(published(counts)).model.last_before == 2018  # nobody declared it


def test_of_two_spans_of_one_length_the_later_is_taken():
    assert wb.change(published(STEP[:10], range(2014, 2024), BROKEN)).model.first == 2019


# --- the twin


def test_the_year_2020_is_found_in_the_twin():
    found = wb.change("esaw_synthetic", wb.Selection(regions={"ES"}, sectors={"J"}, severities={"D_GE4"}))
    low, high = found.model.range
    assert low <= 2019 <= high
    assert found.summary.startswith("Synthetic data. From 2010 to 2023 ")


def test_a_standardised_rate_of_the_twin_goes_by_ranks():
    found = wb.change("esaw_synthetic", wb.Selection(regions={"IT"}, sectors={"F"}), standard=["age_group"])
    assert found.model.counts is None
    assert "Standardised by age" in " ".join(found.notes)


# --- refusals


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (published(STEP[:1], [2018]), Refused, "of 4 years at least. There is: 2018."),
        (
            published(STEP[:6], range(2016, 2022), BROKEN),
            Refused,
            r"There is: 2016 to 2018 \(3 years\), 2019 to 2021 "
            r"\(3 years\).",
        ),
        (published([0] * 14), ModelError, "There are no events at all, so nothing can change."),
        (published([None] * 14), ModelError, "No year has a value for this question"),
    ],
)
def test_a_series_in_which_no_change_can_be_looked_for_is_refused(source, error, message):
    with pytest.raises(error, match=message):
        wb.change(source)


def test_a_gap_is_named_and_left_out():
    found = wb.change(published([*STEP[:3], None, *STEP[4:]]))
    assert "Years without a value, left out of the line: 2013." in found.notes
    assert found.model.trend.n == 13


@pytest.mark.mirror
def test_spain_by_hand(mirror):
    found = wb.change("spain_atr")
    series = wb.rates("spain_atr", by=["year"]).frame.set_index("year")["value"].loc[2013:2018]
    assert found.model.trend.slope == approx(mann_kendall(series).slope)
    assert found.model.ranks == pettitt(series)
    assert "From 2013 to 2018 the rate rose by 99.2 per 100,000 workers covered a year" in found.summary


@pytest.mark.mirror
def test_italy_by_hand(mirror):
    found = wb.change("inail_regions")
    frame = wb.rates("inail_regions", by=["year"]).frame.set_index("year").loc[2014:2019]
    theirs = poisson_change(frame["count"], frame["exposure"], scatter=True)
    assert found.model.counts.p_value == theirs.p_value
    assert (found.model.first, found.model.last) == (2014, 2019)


# --- the picture


def test_the_picture_has_the_date_its_range_and_the_two_levels():
    found = wb.change(published(STEP))
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert chart._model._edges.data["x"] == [2016.5]
    assert chart._model._dates.data["x0"][0] < 2016.5 < chart._model._dates.data["x1"][0]
    assert chart._model._names.data["text"] == ["change of level"]
    assert [xs[0] for xs in chart._fits.data["xs"]] == [2010, 2017]
    assert "range of dates" in [item.label.value for item in chart._key.legend.items]


def test_the_picture_of_rates_alone_claims_no_range():
    found = wb.change(rates_only([10.0 * count for count in STEP]))
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert chart._model._edges.data["x"] == [2016.5]
    assert chart._model._dates.data["x0"] == []


@pytest.mark.parametrize("rates", [[100.0] * 8, [100.0, 101, 99, 102]], ids=["flat", "short"])
def test_a_slope_without_limits_is_told_in_words_not_as_infinity(rates):
    found = wb.change(rates_only(rates))
    assert "too few or too equal years for limits of it" in found.summary
    assert "inf" not in found.summary


def by_month(counts, first="2015-01"):
    """Records with a month, and 10,000 people each year: two cubes."""
    months = pd.period_range(first, periods=len(counts), freq="M")
    rows = [(month.year, f"{month.month:02}") for month, n in zip(months, counts, strict=True) for _one in range(n)]
    rows = pd.DataFrame(rows, columns=["year", "month"]).assign(nuts="IT")
    people = pl.DataFrame({"nuts": "IT", "year": sorted(set(months.year)), "employed": 10_000.0})
    return (
        build.from_rows("own", ibis.memtable(rows), dims=["nuts0", "year", "month"]),
        build.from_cells("people", people, ["nuts", "year"], {"employed": Measure("employed", "persons")}),
    )


def test_like_months_can_be_compared_and_their_slope_is_one_of_yearly_rates():
    season = 30 + 20 * np.sin(2 * np.pi * np.arange(60) / 12)
    counts = np.round(season - np.arange(60) / 12).astype(int)
    own, people = by_month(counts)
    found = wb.change(own, exposure=people, seasonal=True)
    months = pd.Series(120.0 * counts, pd.period_range("2015-01", periods=60, freq="M"))
    model = mann_kendall(months, seasonal=True)
    assert (found.model.trend.slope, found.model.trend.s) == (approx(model.slope), model.s)
    assert found.model.trend.slope == approx(-120)  # one accident a month fewer each year, twelve a year, of 10,000
    assert "the rate fell by 120.0 per 100,000 employed a year" in found.summary
    assert any("seasonal Mann-Kendall" in note and "Hirsch, Slack & Smith" in note for note in found.notes)
    assert found.model.counts == wb.change(own, exposure=people).model.counts


def test_like_months_are_not_asked_of_years():
    with pytest.raises(Refused, match="table has no months, or they are not counted here: leave seasonal."):
        wb.change(published(STEP), seasonal=True)
    with pytest.raises(Refused, match="not standardised: leave seasonal or standard"):
        wb.change(published(STEP), seasonal=True, standard=["sex"])
