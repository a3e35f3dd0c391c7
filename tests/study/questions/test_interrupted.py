"""A change at a known date, from cube to finding: against the model alone, the twin's dip, breaks, months, refusals."""

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from pytest import approx

import workbench as wb
from workbench.charts.trend import Trend
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.models.interrupted import fit_interrupted
from workbench.sources.catalog import catalog
from workbench.study import drawing
from workbench.study.data import Origin
from workbench.terms.errors import ModelError, Refused

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
BROKEN = Origin(dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False})
"""An entry with a declared break in 2019 and no exposure but the table's own."""
COUNTS = [200, 210, 190, 205, 198, 202, 120, 131, 125, 140, 133, 138]
YEARS = range(2012, 2024)
PEOPLE = pd.Series(np.linspace(10_000, 12_000, 12), YEARS)


def published(counts=COUNTS, years=YEARS, people=PEOPLE, source=None):
    """A published table of accidents and people by year."""
    rows = pd.DataFrame({"year": list(years), "accidents": list(counts), "employed": list(people[list(years)])})
    margins = {"m": {"dims": ["year"], "measures": ["accidents", "employed"]}}
    return build.from_published("table", rows.assign(flag="", margin="m"), margins, MEASURES, source=source)


def by_month(counts, first="2015-01", unknown=0):
    """Records with a month, and the people of each year: two cubes."""
    months = pd.period_range(first, periods=len(counts), freq="M")
    rows = [(m.year, f"{m.month:02}") for m, n in zip(months, counts, strict=True) for _one in range(n)]
    rows = pd.DataFrame([*rows, *[(months[0].year, None)] * unknown], columns=["year", "month"]).assign(nuts="IT")
    people = pl.DataFrame({"nuts": "IT", "year": sorted(set(months.year)), "employed": 10_000.0})
    return (
        build.from_rows("own", ibis.memtable(rows), dims=["nuts0", "year", "month"]),
        build.from_cells("people", people, ["nuts", "year"], {"employed": Measure("employed", "persons")}),
    )


# --- by hand


@pytest.mark.parametrize("slope", [True, False])
def test_the_finding_is_the_model_fed_plainly(slope):
    found = wb.interrupted(published(), at=2018, slope=slope)
    theirs = fit_interrupted(pd.Series(COUNTS, YEARS), PEOPLE, interruption=2018, slope=slope)
    assert (found.model.rate_ratio, found.model.low, found.model.high) == (theirs.rate_ratio, theirs.low, theirs.high)
    assert found.summary == theirs.sentence()
    frame, lines = found.frame.set_index("year"), theirs.fitted.mul(100_000 / PEOPLE, axis=0)
    assert frame["value"].to_numpy() == approx(100_000 * np.array(COUNTS) / PEOPLE)
    assert frame["fit"].to_numpy() == approx(lines["value"].to_numpy())
    assert frame["counterfactual_low"][2018:].to_numpy() == approx(lines["counterfactual_low"][2018:].to_numpy())
    assert frame.loc[:2017, ["counterfactual", "counterfactual_low", "counterfactual_high"]].isna().all(axis=None)


def test_the_year_at_which_the_change_of_level_is_read_can_be_chosen():
    at_start, later = (wb.interrupted(published(), at=2018, centre=centre) for centre in (None, 2023))
    assert later.model.expected == approx(at_start.model.expected)
    assert later.model.rate_ratio == approx(at_start.model.rate_ratio * at_start.model.slope_ratio**5)
    assert "read at 2023, the level from 2018 on was" in later.title
    assert later.summary.startswith("Read at 2023, the level from 2018 on was")
    with pytest.raises(ModelError, match="soon is no period of this series, which goes from 2012 to 2023"):
        wb.interrupted(published(), at=2018, centre="soon")


def test_the_lines_add_up_to_what_the_sentence_says():
    found = wb.interrupted(published(), at=2018)
    after = found.frame[found.frame["year"] >= 2018]
    expected = (after["counterfactual"] * after["exposure"] / after["per"]).sum()
    assert found.model.expected == approx(expected)
    assert found.model.observed == after["count"].sum() == sum(COUNTS[6:])
    assert f"{sum(COUNTS[6:]):,} events against {expected:,.0f} had the series continued" in found.summary
    assert "Compared with the earlier trend it then " in found.summary
    assert "One series cannot tell the interruption from anything else" in found.summary


def test_the_title_says_the_finding_and_the_notes_say_the_model():
    found = wb.interrupted(published(), at="2018")
    assert found.title.startswith("Everything: from 2018 the level was 0.6")
    assert "Model: segmented Poisson regression, errors: quasi-Poisson" in " ".join(found.notes)


# --- declared breaks


def test_a_break_elsewhere_is_a_step_of_both_lines():
    counts = [200] * 4 + [120] * 3 + [240] * 5
    found = wb.interrupted(published(counts, people=PEOPLE * 0 + 10_000, source=BROKEN), at=2016, slope=False)
    assert found.model.coefficients.loc["break_2019", "value"] == approx(np.log(2), abs=0.01)
    frame = found.frame.set_index("year")
    assert frame.loc[2019, "counterfactual"] == approx(4000, rel=0.05)
    assert frame["segment"].tolist() == [1] * 7 + [2] * 5
    notes = " ".join(found.notes)
    assert "Both lines have a step at 2019, where the source counts differently." in notes
    assert "What the interruption did from 2019 on cannot be separated from the change in counting." in notes


def test_a_break_at_the_date_itself_is_said_in_the_summary():
    found = wb.interrupted(published(source=BROKEN), at=2019)
    assert "break_2019" not in found.model.coefficients.index
    assert "The source itself counts differently from 2019: the change is that of the counting too." in found.summary


@pytest.mark.parametrize(
    ("years", "at", "gone"), [(range(2012, 2021), 2015, [2019, 2020]), (range(2017, 2026), 2022, [2017, 2018])]
)
def test_years_behind_a_break_near_an_end_are_left_out_and_named(years, at, gone):
    counts = [300 if year in gone else 100 for year in years]
    found = wb.interrupted(published(counts, years, pd.Series(10_000.0, range(2012, 2027)), source=BROKEN), at=at)
    named = ", ".join(map(str, gone))
    assert f"Left out: {named}. The source counts differently from 2019, too near to the end to tell" in " ".join(
        found.notes
    )
    assert found.frame.set_index("year")["fit"].isna().pipe(lambda left: list(left.index[left])) == gone
    assert found.model.rate_ratio == approx(1, abs=0.01)


# --- the twin


def test_the_planted_fall_of_2020_is_found_in_the_twin():
    asked = wb.Selection(regions={"ES"}, sectors={"I"}, severities={"D_GE4"}, years=(2016, 2023))
    found = wb.interrupted("esaw_synthetic", asked, at=2020)
    assert found.model.low < 0.60 < found.model.high < 1  # what is planted in 2020
    counts = found.frame.set_index("year")["count"]
    fewer = counts[2020] / 0.60 - counts[2020] + counts[2021] / 0.68 - counts[2021]
    assert found.model.difference_low < -fewer < found.model.difference_high
    assert found.summary.startswith("Synthetic data. From 2020 the level was 0.6")


def test_a_section_that_was_hit_the_other_way_rises():
    asked = wb.Selection(regions={"DE"}, sectors={"Q"}, severities={"D_GE4"}, years=(2016, 2023))
    found = wb.interrupted("esaw_synthetic", asked, at=2020).model
    assert found.low < 1.25 and found.rate_ratio > 1.1


# --- months


def test_a_cube_with_months_is_followed_by_month_with_its_seasons():
    season = 1 + 0.4 * np.sin(2 * np.pi * np.arange(1, 73) / 12)
    counts = np.random.default_rng(1).poisson(40 * season * np.where(np.arange(72) >= 38, 0.6, 1))
    own, people = by_month(counts)
    found = wb.interrupted(own, at="2018-03", exposure=people)
    theirs = fit_interrupted(
        pd.Series(counts, pd.period_range("2015-01", periods=72, freq="M")),
        interruption="2018-03",
        slope=True,
        harmonics=2,
    )
    assert found.by == ("year", "month")
    assert found.model.rate_ratio == approx(theirs.rate_ratio)
    assert found.summary == theirs.sentence()
    assert found.frame["value"].to_numpy() == approx(10 * counts)
    assert found.frame.loc[38, ["year", "month", "unit"]].tolist() == [2018, "03", "per 100,000 employed a month"]
    assert found.frame["counterfactual"].first_valid_index() == 38


def test_a_month_without_an_accident_is_a_zero_and_one_of_unknown_date_is_left_out_aloud():
    counts = [4, 0, 3, 5, 2, 0, 3, 4, 1, 2, 0, 1]
    own, people = by_month(counts, unknown=3)
    found = wb.interrupted(own, at="2015-07", exposure=people, slope=False)
    assert found.frame["count"].tolist() == counts
    assert found.frame["state"].value_counts()["zero"] == 3
    notes = " ".join(found.notes)
    assert "3 accidents of an unknown month are left out." in notes
    assert "Less than two years of months: the seasons cannot be separated from the change." in notes


# --- refusals


@pytest.mark.parametrize(
    ("source", "at", "message"),
    [
        (
            published(),
            2035,
            "The interruption, 2035, must leave 3 periods before it and 3 from it on; the series "
            "goes from 2012 to 2023.",
        ),
        (published(), 2013, "The interruption, 2013, must leave 3 periods"),
        (
            published(COUNTS[:1], [2018]),
            2018,
            "must leave 3 periods before it and 3 from it on; the series goes from 2018 to 2018.",
        ),
        (published([0] * 12), 2018, "There are no events from 2012 to 2017: the change has no finite estimate."),
        (
            published([*COUNTS[:3], None, *COUNTS[4:]]),
            2018,
            "2015 are missing from the series. Give every period, or start after the gap.",
        ),
        (published([None] * 12), 2018, "No year has a value for this question"),
        (
            published(COUNTS[:9], range(2012, 2021), source=BROKEN),
            2017,
            "goes from 2012 to 2018. Left out: 2019, 2020. The source counts",
        ),
    ],
)
def test_a_series_without_a_change_at_a_date_is_refused(source, at, message):
    with pytest.raises(ModelError, match=message):
        wb.interrupted(source, at=at)


@pytest.mark.parametrize("at", ["2018-03", "spring"])
def test_a_month_is_not_asked_of_years(at):
    with pytest.raises(Refused, match=f"Here table goes by years, and '{at}' is not one. Give a year, such as 2020."):
        wb.interrupted(published(), at=at)


def test_a_month_that_is_none_is_answered():
    own, people = by_month([5] * 12)
    with pytest.raises(ModelError, match="The interruption, spring, must leave 3 periods before it"):
        wb.interrupted(own, at="spring", exposure=people)


def test_rates_without_counts_have_no_chance_to_compare_with():
    rows = pd.DataFrame({"margin": "m", "year": list(YEARS), "rate": 100.0 + np.arange(12), "flag": ""})
    rate = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
    cube = build.from_published("rates", rows, {"m": {"dims": ["year"], "measures": ["rate"]}}, rate)
    with pytest.raises(
        Refused, match="rates publishes rates without counts.*`trend` and `change` take published rates"
    ):
        wb.interrupted(cube, at=2018)


@pytest.mark.mirror
def test_spain_is_refused_and_italy_has_its_breaks_as_steps(mirror):
    with pytest.raises(Refused, match="spain_atr publishes rates without counts"):
        wb.interrupted("spain_atr", at=2020)
    found = wb.interrupted("inail_regions", wb.Selection(severities={"FAT"}), at=2020)
    assert found.model.low > 1  # deaths of 2020 with COVID-19
    assert "break_2021" in found.model.coefficients.index
    assert "Left out: 2025. The source counts differently from 2025" in " ".join(found.notes)
    assert "The source itself counts differently from 2020" in found.summary


@pytest.mark.mirror
def test_a_sample_has_no_series(mirror):
    wb.load("inail_records", source="mirror", region="Calabria")
    monthly = wb.cube("inail_records", dims=["nuts3", "year", "month", "commuting"])
    for cube, at in (("inail_records", 2021), (monthly, "2020-03")):
        with pytest.raises(Refused, match="is a sample here.*would show how the sample was drawn"):
            wb.interrupted(cube, at=at)


# --- the picture


def test_the_picture_has_the_course_without_the_change_its_date_and_a_fit_that_is_cut_there():
    found = wb.interrupted(published(), at=2018)
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert isinstance(chart, Trend)
    assert chart._model._lines.data["xs"] == [list(range(2018, 2024))]
    assert chart._model._lines.data["ys"][0] == approx(found.frame["counterfactual"].iloc[6:].tolist())
    assert [xs[0] for xs in chart._fits.data["xs"]] == [2012, 2018]
    assert chart._model._edges.data["x"] == [2017.5]
    assert chart._model._names.data["text"] == ["from 2018"]
    assert chart._marks.data["x"] == []  # an interruption is no break of the source


def test_the_picture_of_months_is_one_line():
    own, people = by_month([30, 28, 31, 27] * 9)
    found = wb.interrupted(own, at="2017-01", exposure=people)
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert len(chart._joins.data["xs"]) == 1 and len(chart._joins.data["xs"][0]) == 36
    assert chart._model._edges.data["x"] == [2017.0]
    assert chart.source.data["who"][12] == "2016-01"
