"""What comes next, from cube to finding: against the model alone, across no break, its skill in words, refusals."""

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.models.forecast import forecast as fit_forecast
from workbench.models.forecast import seasonal_parts
from workbench.sources.catalog import catalog
from workbench.study import drawing
from workbench.study.breaks import breaks
from workbench.study.data import Origin
from workbench.terms.errors import ModelError, Refused

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
BROKEN = Origin(dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False})
"""An entry with a declared break in 2019 and no exposure but the table's own."""
COUNTS = [300, 290, 270, 276, 260, 243, 251, 230, 228, 214, 209, 205, 190, 188]
YEARS = range(2010, 2024)
LIMITS = ["low_80", "high_80", "low_95", "high_95"]


def published(counts=COUNTS, years=YEARS, source=None, **columns):
    """A published table of accidents and 10,000 people by year."""
    rows = pd.DataFrame(
        {"year": list(years), "accidents": list(counts), "employed": 10_000.0, "flag": "", "margin": "m"}
    )
    margins = {"m": {"dims": ["year"], "measures": ["accidents", "employed"]}}
    return build.from_published("table", rows.assign(**columns), margins, MEASURES, source=source)


def rates_only(rates, source=None):
    """A published table of rates without counts."""
    rows = pd.DataFrame({"margin": "m", "year": list(rates), "rate": list(rates.values()), "flag": ""})
    measures = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
    return build.from_published("rates", rows, {"m": {"dims": ["year"], "measures": ["rate"]}}, measures, source=source)


def drawn_breaks(found) -> list[float]:
    """Where the chart draws a break."""
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    return list(chart._marks.data["x"])


def ahead(found):
    return found.frame[found.frame["ahead"]].set_index("year")


# --- one story about breaks


def test_a_flag_that_is_no_declared_break_neither_cuts_the_forecast_nor_its_line():
    flags = ["b" if year == 2015 else "" for year in YEARS]
    found = wb.forecast(published(flag=flags))
    assert found.frame["segment"].nunique() == 1
    assert drawn_breaks(found) == []
    assert any("Marked as a break" in note and "2015" in note for note in found.notes)


def test_a_declared_break_cuts_the_forecast_and_its_line():
    found = wb.forecast(published(years=range(2012, 2026), source=BROKEN))
    assert found.frame.groupby("segment")["year"].min().tolist() == [2012, 2019]
    assert found.frame.loc[found.frame["ahead"], "segment"].eq(2).all()
    assert drawn_breaks(found) == [2018.5]


def test_breaks_of_countries_that_are_not_in_the_data_cut_nothing():
    """Spain's break of 2019 stands in the entry; the rows are Italy's."""
    for code, cut in (("IT", []), ("ES", [2019]), ("ES1", [2019])):
        dims = {"m": {"dims": ["nuts", "year"], "measures": ["accidents", "employed"]}}
        rows = pd.DataFrame({"year": list(YEARS), "accidents": COUNTS, "employed": 10_000.0, "flag": "", "margin": "m"})
        cube = build.from_published("table", rows.assign(nuts=code), dims, MEASURES, source=BROKEN)
        assert list(breaks(cube, wb.Selection())) == cut


# --- by hand


def test_the_finding_is_the_model_fed_plainly():
    found = wb.forecast(published(), horizon=4)
    theirs = fit_forecast(pd.Series(COUNTS, YEARS) * 10.0, horizon=4, log=True, held_out=2)
    assert list(ahead(found).index) == [2024, 2025, 2026, 2027]
    assert ahead(found)[LIMITS].to_numpy() == approx(theirs.frame[LIMITS].to_numpy())
    assert ahead(found)["value"].to_numpy() == approx(theirs.frame["value"].to_numpy())
    assert found.model.backtest.equals(theirs.backtest)


def test_what_is_forecast_is_never_taken_for_observed():
    found = wb.forecast(published())
    observed, coming = found.frame[~found.frame["ahead"]], ahead(found)
    assert observed["value"].tolist() == [10.0 * count for count in COUNTS]
    assert observed[LIMITS].isna().all(axis=None)
    assert set(coming["flag"]) == {"f"} and not set(observed["flag"]) & {"f"}  # Eurostat's mark of a forecast
    assert coming[["count", "exposure"]].isna().all(axis=None)
    assert coming["method"].str.startswith("forecast, exponential smoothing").all()
    assert (coming["low"] == coming["low_95"]).all() and (coming["level"] == 0.95).all()
    assert "it knows of no law, no crisis, no change of definition" in " ".join(found.notes)


@settings(max_examples=5)
@given(st.lists(st.integers(20, 400), min_size=6, max_size=9, unique=True), st.integers(1, 4))
def test_limits_enclose_each_other_whatever_the_series(counts, horizon):
    frame = ahead(wb.forecast(published(counts, range(2010, 2010 + len(counts))), horizon=horizon, method="ses"))
    assert len(frame) == horizon
    ordered = frame[["low_95", "low_80", "value", "high_80", "high_95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all() and (ordered > 0).all()


def test_a_series_with_a_zero_is_not_put_on_logarithms():
    found = wb.forecast(published([3, 0, 2, 5, 1, 0, 2, 4], range(2010, 2018)))
    assert ahead(found)["low_95"].ge(0).all()
    assert "Limits below 0 are shown as 0." in " ".join(found.notes)
    assert "logarithms" not in " ".join(found.notes)


# --- skill in plain words


def test_a_forecast_that_beats_the_naive_one_says_by_how_much():
    fell = [1000 - 30 * step + 3 * (-1) ** step for step in range(20)]
    found = wb.forecast(published(fell, range(2004, 2024)))
    rows = found.model.backtest["mae"]
    gain = 100 * (1 - rows["ets"] / rows["naive"])
    assert gain > 15
    assert f"the forecast was better, by {gain:.0f}%." in found.summary
    assert "Tried on the last 5 years, one step ahead each" in found.summary
    assert "So few trials prove little." in found.summary


@pytest.mark.parametrize(("n", "trials"), [(12, 0), (14, 2), (16, 4), (20, 5)])
def test_a_slope_is_not_judged_by_trials_that_were_too_short_to_have_one(n, trials):
    fell = [1000 - 30 * step + 3 * (-1) ** step for step in range(n)]
    found = wb.forecast(published(fell, range(2000, 2000 + n)))
    assert "smoothing_trend" in found.model.parameters
    assert (int(found.model.backtest["n"].iloc[0]) if trials else len(found.model.backtest)) == trials


def test_a_forecast_that_does_not_beat_the_naive_one_says_so():
    walk = [500, 520, 480, 515, 470, 525, 560, 510, 600, 540, 640, 600, 690, 800]
    found = wb.forecast(published(walk), method="ses")
    rows = found.model.backtest["mae"]
    assert rows["ses"] > 0.9 * rows["naive"]
    words = "hardly better" if rows["ses"] < rows["naive"] else "no better"
    assert f"the forecast was {words}. Do not plan on more than the past repeated." in found.summary


def test_the_naive_forecast_calls_itself_so():
    found = wb.forecast(published(), method="naive", horizon=1)
    assert ahead(found)["value"].tolist() == approx([10.0 * COUNTS[-1]])
    assert "it is itself a naive forecast." in found.summary


def test_a_series_too_short_to_be_tried_says_that_nobody_knows():
    found = wb.forecast(published(COUNTS[:6], range(2010, 2016)))
    assert "too short to try the forecast on periods held out: how good it is, is not known." in found.summary
    assert "Fewer than 12 years carry no slope: the forecast stays level." in found.notes
    assert ahead(found)["value"].nunique() == 1


# --- declared breaks


def test_only_the_span_after_the_last_break_takes_part():
    years = range(2012, 2026)
    counts = [900] * 7 + COUNTS[:7]
    found = wb.forecast(published(counts, years, BROKEN))
    alone = wb.forecast(published(COUNTS[:7], range(2019, 2026)))
    assert ahead(found)[LIMITS].to_numpy() == approx(ahead(alone)[LIMITS].to_numpy())
    assert (
        "From 2019 on only: before it the source counts differently (2012 to 2018 (7 years), 2019 to 2025 (7 years))."
    ) in found.notes


def test_a_flag_of_a_break_that_is_not_declared_is_named():
    found = wb.forecast(published(flag=["b" if year in (2010, 2015) else "" for year in YEARS]))
    assert "Marked as a break in the accidents or in the people at risk, and not cut there: 2015." in found.notes


def test_a_last_year_without_a_value_is_forecast_and_named():
    found = wb.forecast(published([*COUNTS[:13], None]))
    assert list(ahead(found).index) == [2023, 2024, 2025]
    assert found.frame["year"].is_unique
    assert "Without a value at the end, and so forecast: 2023." in found.notes


# --- the twin


def test_the_twin_is_forecast_from_the_years_since_its_sections_entered():
    found = wb.forecast("esaw_synthetic", wb.Selection(regions={"ES"}, sectors={"P"}))
    assert found.frame["year"].tolist() == list(range(2013, 2027))
    assert found.summary.startswith("Synthetic data. If nothing new happens, ")
    assert "figures lay inside the 95% interval." in found.summary


# --- months


def test_months_have_their_season_taken_apart():
    season = 1 + 0.5 * np.cos(2 * np.pi * (np.arange(1, 61) - 7) / 12)
    counts = np.random.default_rng(2).poisson(60 * season)
    months = pd.period_range("2018-01", periods=60, freq="M")
    rows = pd.DataFrame(
        [(m.year, f"{m.month:02}") for m, n in zip(months, counts, strict=True) for _one in range(n)],
        columns=["year", "month"],
    )
    own = build.from_rows("own", ibis.memtable(rows.assign(nuts="IT")), dims=["nuts0", "year", "month"])
    people = pl.DataFrame({"nuts": "IT", "year": range(2018, 2023), "employed": 10_000.0})
    employed = build.from_cells("people", people, ["nuts", "year"], {"employed": Measure("employed", "persons")})
    found = wb.forecast(own, horizon=12, exposure=employed)
    coming = found.frame[found.frame["ahead"]]
    assert coming["month"].tolist() == [f"{m:02}" for m in range(1, 13)] and set(coming["year"]) == {2023}
    assert int(coming["month"].iloc[coming["value"].argmax()]) in (6, 7, 8)
    parts = seasonal_parts(pd.Series(counts * 10.0, months), multiplicative=True)
    assert found.frame["season"].iloc[:60].to_numpy() == approx(parts.frame["season"].to_numpy())
    assert f"highest in month {parts.figure.idxmax():02}" in " ".join(found.notes)
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert len(chart._model.source.data["x"]) == 12
    assert chart._model._edges.data["x"] == [approx(2023.0)]


# --- refusals


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        (published(COUNTS[:1], [2018]), {}, Refused, r"too short for a forecast: 2018; 6 years are needed."),
        (
            published(COUNTS[:5], range(2010, 2015)),
            {},
            Refused,
            r"too short for a forecast: 2010 to 2014 \(5 "
            r"years\); 6 years",
        ),
        (
            published(COUNTS[:11], range(2013, 2024), BROKEN),
            {},
            Refused,
            r"across a break.*2013 to 2018 \(6 years\), 2019 to 2023 \(5 years\); 6 years are needed. Restrict the "
            r"years to a longer",
        ),
        (
            published(COUNTS[:9], range(2015, 2024), BROKEN),
            {},
            Refused,
            r"2015 to 2018 \(4 years\), 2019 to 2023 \(5 "
            r"years\); 6 years are needed.$",
        ),
        (
            published([0] * 8, range(2010, 2018)),
            {},
            ModelError,
            "All values are equal: there is no variation to forecast from.",
        ),
        (published([*COUNTS[:6], None, *COUNTS[7:]]), {}, ModelError, "2016 are missing from the series."),
        (published(), {"horizon": 0}, ModelError, "horizon=0: give the number of periods to forecast, 1 or more."),
        (published(), {"method": "oracle"}, ModelError, "method='oracle' is not known. There are: ets, ses, arima"),
    ],
)
def test_a_series_without_a_forecast_is_refused(source, options, error, message):
    with pytest.raises(error, match=message):
        wb.forecast(source, **options)


def test_published_rates_are_forecast_without_intervals_of_their_own():
    found = wb.forecast(
        rates_only({year: 100 - 2.0 * (year - 2012) + (year % 3) for year in range(2012, 2019)}, BROKEN)
    )
    assert found.frame.loc[~found.frame["ahead"], "low"].isna().all()
    assert ahead(found)["low_80"].notna().all()
    assert "Published without counts: no interval can be given." in found.notes


@pytest.mark.mirror
def test_spain_has_too_few_years_after_its_break_and_enough_before(mirror):
    with pytest.raises(Refused, match=r"2013 to 2018 \(6 years\), 2019 to 2023 \(5 years\); 6 years are needed"):
        wb.forecast("spain_atr")
    assert list(ahead(wb.forecast("spain_atr", wb.Selection(years=(2013, 2018)))).index) == [2019, 2020, 2021]


@pytest.mark.mirror
def test_italy_is_cut_too_often_and_says_where(mirror):
    with pytest.raises(
        Refused, match=r"2014 to 2019 \(6 years\), 2020, 2021 to 2024 \(4 years\), 2025; 6 years are needed"
    ):
        wb.forecast("inail_regions")


# --- the picture


def test_the_picture_tells_the_observed_from_the_forecast():
    found = wb.forecast(published())
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert chart.source.data["year"] == list(YEARS)
    assert chart._model.source.data["x"] == [2024, 2025, 2026]
    assert chart._model._edges.data["x"] == [2023.5]
    assert len(chart._model._bands.data["xs"]) == 2
    keys = [item.label.value for item in chart._key.legend.items]
    assert keys == ["forecast", "80% interval", "95% interval"]
