"""Control charts from cube to finding: against plain formulae, across breaks, of rates and shares, by year or month."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

import workbench as wb
from workbench.charts.control import Control
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study import drawing
from workbench.study.data import Origin
from workbench.terms.errors import ModelError, Refused, UnknownName, WorkbenchError

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
COUNTS = {2015: 90, 2016: 110, 2017: 100, 2018: 160, 2019: 95, 2020: 105}
BROKEN = Origin(
    dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False}
)  # an entry with a break in 2019 and no exposure but the table's own


def published(counts, people=10_000, *, source=None):
    """A published table of accidents and people by year; `people` of each year, or of all."""
    years = list(counts)
    employed = [people[year] if isinstance(people, dict) else people for year in years]
    rows = pd.DataFrame({"year": years, "accidents": list(counts.values()), "employed": employed})
    margins = {"m": {"dims": ["year"], "measures": ["accidents", "employed"]}}
    return build.from_published("table", rows.assign(flag="", margin="m"), margins, MEASURES, source=source)


def records(rows, axes, measures=("accidents",)):
    """A cube of records: an absent cell is a zero."""
    cells = pl.DataFrame(rows, schema=[*axes, *measures], orient="row").with_columns(flag=pl.lit(""))
    return build.from_cells("records", cells, axes, {name: Measure(name, name) for name in measures})


# --- rates, by hand


def test_centre_and_limits_of_a_rate_by_hand():
    people = {year: 10_000 + 500 * at for at, year in enumerate(COUNTS)}
    frame = wb.control(published(COUNTS, people)).frame.set_index("year")
    centre = 660 / sum(people.values())
    for year, count in COUNTS.items():
        row, reach = frame.loc[year], 3 * np.sqrt(centre / people[year])
        assert row["value"] == approx(100_000 * count / people[year])
        assert row["centre"] == approx(100_000 * centre)
        assert (row["lower_limit"], row["upper_limit"]) == approx(
            (100_000 * (centre - reach), 100_000 * (centre + reach))
        )
        assert row["signal"] == ("high" if count / people[year] > centre + reach else "")
    assert frame.index[frame["signal"] == "high"].tolist() == [2018]


def test_the_interval_is_that_of_the_period_itself():
    cube = published(COUNTS)
    frame, plain = wb.control(cube).frame, wb.rates(cube, by=["year"]).frame
    pd.testing.assert_frame_equal(frame[["value", "low", "high", "count"]], plain[["value", "low", "high", "count"]])
    assert "low and high are the interval of a period's own figure" in " ".join(wb.control(cube).notes)


def test_the_summary_names_the_periods_that_signal_and_the_centre():
    found = wb.control(published(COUNTS))
    assert found.summary.startswith(
        "Everything: signals in 1 of 6 periods (2018 above the limits). Centre 1,100.0 per 100,000 employed, from "
        "2015 to 2020."
    )
    assert "These periods vary 5.9 times as much as chance makes them" in found.summary
    assert (
        "Centre and limits: u-chart, 3 sigma, from 2015 to 2020 (6 periods; 20 or more make them firm)." in found.notes
    )


def test_periods_that_follow_each_other_are_told_as_a_stretch():
    counts = dict.fromkeys(range(2001, 2009), 150) | {2012: 150} | dict.fromkeys((2009, 2010, 2011, 2013), 30)
    found = wb.control(published(dict(sorted(counts.items()))))
    assert "(2001 to 2008, 2012 above the limits; 2009 to 2011, 2013 below the limits)" in found.summary


def test_a_series_at_rest_signals_nothing_and_one_that_shifts_runs():
    quiet = wb.control(published({year: 100 + (-1) ** year for year in range(2000, 2024)}))
    assert (
        quiet.summary == "Everything: no signal in 24 periods. Centre 1,000.0 per 100,000 employed, from 2000 to 2023."
    )
    assert "20 or more" not in " ".join(quiet.notes)
    shifted = wb.control(published({year: 96 + 8 * (year >= 2012) for year in range(2000, 2024)}))
    assert shifted.frame.loc[shifted.frame["signal"] == "run", "year"].tolist() == [
        *range(2007, 2012),
        *range(2019, 2024),
    ]


def test_the_baseline_sets_centre_and_limits():
    found = wb.control(published(COUNTS), baseline=(2015, 2017))
    assert found.frame["centre"].tolist() == approx([1000] * 6)
    assert found.frame["baseline"].tolist() == [True] * 3 + [False] * 3
    assert "from 2015 to 2017 (3 periods" in " ".join(found.notes)
    assert wb.control(published(COUNTS), baseline=("2015", "2017")).frame.equals(found.frame)


def test_a_year_without_a_figure_stays_a_gap_and_is_named():
    found = wb.control(published(COUNTS | {2016: None}))
    row = found.frame.set_index("year").loc[2016]
    assert (row["state"], row["signal"]) == ("missing", "")
    assert np.isnan(row["value"]) and np.isnan(row["upper_limit"])
    assert "Without a figure: 2016." in found.notes
    assert found.frame["centre"].max() == approx(100_000 * (660 - 110) / 50_000)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 300), min_size=2, max_size=20).filter(any), st.integers(1, 9))
def test_people_and_accidents_times_a_number_move_neither_rate_nor_centre_but_narrow_the_limits(counts, times):
    years = range(2000, 2000 + len(counts))
    one = wb.control(published(dict(zip(years, counts, strict=True)))).frame
    more = wb.control(published({year: times * n for year, n in zip(years, counts, strict=True)}, 10_000 * times)).frame
    np.testing.assert_allclose(one[["value", "centre"]], more[["value", "centre"]])
    width = [frame["upper_limit"] - frame["centre"] for frame in (one, more)]
    np.testing.assert_allclose(width[0], np.sqrt(times) * width[1])


def test_weighted_records_have_the_limits_of_their_number():
    rows = [(year, 4 * n, n, 16 * n) for year, n in zip(range(2015, 2019), (25, 20, 30, 45), strict=True)]
    events = records(rows, ["year"], ["accidents", "records", "variance"])
    people = records([(year, 10_000) for year in range(2015, 2019)], ["year"], ["employed"])
    found = wb.control(events, exposure=people)
    assert found.frame["centre"].tolist() == approx([1200] * 4)
    assert found.frame["upper_limit"].iloc[0] == approx(1200 + 100_000 * 4 * 3 * np.sqrt(30) / 10_000)
    assert set(found.frame["signal"]) == {""}
    assert found.model.frame["count"].tolist() == approx([25, 20, 30, 45])
    assert (
        "Records are weighted (up to 4 accidents a record): limits are those of the number of records." in found.notes
    )


# --- breaks


def test_without_a_baseline_the_periods_after_the_last_break_set_it():
    counts = {year: 100 if year < 2019 else 200 for year in range(2015, 2024)}
    found = wb.control(published(counts, source=BROKEN))
    frame = found.frame.set_index("year")
    assert frame.loc[2019:, "centre"].tolist() == approx([2000] * 5)
    assert frame.loc[:2018, ["centre", "lower_limit", "upper_limit"]].isna().all(axis=None)
    assert set(frame["signal"]) == {""}
    assert frame["segment"].tolist() == [0] * 4 + [1] * 5
    assert "from 2019 to 2023 (5 periods" in " ".join(found.notes)
    assert "Across a break from the baseline, so without limits or signals: 2015 to 2018." in found.notes
    assert any(note.startswith("Break in 2019: ") for note in found.notes)
    assert "no signal in 5 periods" in found.summary


def test_a_baseline_before_the_break_judges_the_periods_before_it_alone():
    counts = {2015: 100, 2016: 100, 2017: 100, 2018: 160} | dict.fromkeys(range(2019, 2022), 300)
    frame = wb.control(published(counts, source=BROKEN), baseline=(2015, 2017)).frame.set_index("year")
    assert frame["signal"].to_dict() == dict.fromkeys(counts, "") | {2018: "high"}
    assert frame["centre"].notna().tolist() == [True] * 4 + [False] * 3


def test_a_baseline_across_a_break_says_so():
    counts = dict.fromkeys(range(2015, 2022), 100)
    found = wb.control(published(counts, source=BROKEN), baseline=(2017, 2020))
    assert found.frame["centre"].notna().all()
    (said,) = [note for note in found.notes if "crosses" in note]
    assert said.startswith("The baseline crosses the breaks in 2019: its centre mixes figures that are counted differ")


def test_a_break_that_leaves_one_period_is_passed_over_for_the_span_before_it():
    found = wb.control(published(dict.fromkeys(range(2015, 2020), 100), source=BROKEN))
    assert found.frame.set_index("year")["baseline"].to_dict() == dict.fromkeys(range(2015, 2019), True) | {2019: False}


def test_where_breaks_leave_no_two_periods_alike_a_baseline_has_to_be_named():
    cube = published({2018: 100, 2019: 120}, source=BROKEN)
    with pytest.raises(ModelError, match="breaks in 2019 leave no two periods that are counted alike. Name a baseline"):
        wb.control(cube)
    assert wb.control(cube, baseline=(2018, 2019)).frame["centre"].tolist() == approx([1100, 1100])


# --- shares


SHARES = [(year, "FAT", 10 + at) for at, year in enumerate(range(2015, 2021))]
SHARES += [(year, "NFAT", 990 - at + 100 * (year == 2018)) for at, year in enumerate(range(2015, 2021))]


def test_a_share_by_hand():
    found = wb.control(records(SHARES, ["year", "severity"]), wb.Selection(severities={"FAT"}), share_of=wb.Selection())
    part = np.arange(10, 16)
    whole = np.array([1000, 1000, 1000, 1100, 1000, 1000])
    centre, frame = part.sum() / whole.sum(), found.frame
    reach = 3 * np.sqrt(centre * (1 - centre) / whole)
    assert frame["value"].to_numpy() == approx(100 * part / whole)
    assert frame["upper_limit"].to_numpy() == approx(100 * (centre + reach))
    assert frame["lower_limit"].to_numpy() == approx(100 * np.maximum(centre - reach, 0))
    assert frame["whole"].tolist() == whole.tolist()
    assert frame["exposure"].isna().all()  # accidents are no people at risk
    assert set(frame["unit"]) == {"% of accidents"}
    assert found.summary.startswith("Fatal, in % of all accidents: no signal in 6 periods. Centre 1.23 % of accidents")


def test_wilsons_limits_are_those_of_the_share():
    found = wb.control(records(SHARES, ["year", "severity"]), wb.Selection(severities={"FAT"}), share_of=wb.Selection())
    p, n, z = 0.01, 1000, 1.959964
    reach = z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    row, middle = found.frame.iloc[0], p + z**2 / 2 / n
    limits = [(middle + side * reach) / (1 + z**2 / n) for side in (-1, 1)]
    assert [row["low"], row["high"]] == approx([100 * limit for limit in limits])


def test_a_year_without_any_of_the_part_is_a_share_of_zero():
    rows = [row for row in SHARES if row[:2] != (2016, "FAT")]
    found = wb.control(records(rows, ["year", "severity"]), wb.Selection(severities={"FAT"}), share_of=wb.Selection())
    row = found.frame.set_index("year").loc[2016]
    assert (row["count"], row["value"], row["state"]) == (0, 0, "zero")


def test_a_year_without_accidents_has_no_share():
    rows = [row for row in SHARES if row[0] != 2016] + [(2016, "FAT", 0), (2016, "NFAT", 0)]
    found = wb.control(records(rows, ["year", "severity"]), wb.Selection(severities={"FAT"}), share_of=wb.Selection())
    assert found.frame.set_index("year").loc[2016, "state"] == "missing"
    assert "Without a figure: 2016." in found.notes


def test_weighted_shares_have_the_limits_of_their_records():
    rows = [(year, severity, 4 * n, n, 16 * n) for year, severity, n in SHARES]
    cube = records(rows, ["year", "severity"], ["accidents", "records", "variance"])
    fatal = {"selection": wb.Selection(severities={"FAT"}), "share_of": wb.Selection()}
    weighted, plain = wb.control(cube, **fatal).frame, wb.control(records(SHARES, ["year", "severity"]), **fatal).frame
    same = ["value", "low", "high", "lower_limit", "upper_limit", "signal"]
    pd.testing.assert_frame_equal(weighted[same], plain[same])
    assert weighted["whole"].tolist() == [4 * n for n in plain["whole"]]


def test_a_part_that_reaches_beyond_its_whole_is_refused():
    rows = [(2015 + at, sector, "M", age, 5) for at in range(3) for sector in "CF" for age in ("Y15-24", "Y25-34")]
    cube = records(rows, ["year", "nace", "sex", "age_group"])
    whole = wb.Selection(sectors={"F"}, ages=(15, 34), years=(2015, 2017))
    inside = wb.Selection(sectors={"F"}, ages=(15, 24), years=(2015, 2016))
    assert wb.control(cube, inside, share_of=whole).frame["value"].tolist() == approx([50, 50])
    for axis, part in {
        "nace": inside.but(sectors=()),
        "age_group": inside.but(ages=(15, 44)),
        "year": inside.but(years=(2015, 2019)),
    }.items():
        with pytest.raises(Refused, match=f"reaches beyond what it should be a share of .* in {axis}. Widen share_of"):
            wb.control(cube, part, share_of=whole)
    with pytest.raises(Refused, match="is all of what it should be a share of. Restrict the selection"):
        wb.control(cube, inside, share_of=inside)


def test_part_and_whole_from_two_published_tables_are_not_divided():
    rows = [(year, "FAT", None, 5, "fatal") for year in range(2015, 2018)]
    rows += [(year, None, "N", 900, "all") for year in range(2015, 2018)]
    frame = pd.DataFrame(rows, columns=["year", "severity", "commuting", "accidents", "margin"]).assign(flag="")
    margins = {
        "fatal": {"dims": ["year", "severity"], "measures": ["accidents"]},
        "all": {"dims": ["year", "commuting"], "measures": ["accidents"]},
    }
    measures = {"accidents": MEASURES["accidents"]}
    cube = build.from_published("two tables", frame.dropna(axis=1, how="all"), margins, measures)
    asked = wb.Selection(severities={"FAT"}), wb.Selection(where={"commuting": {"N"}})
    with pytest.raises(Refused, match="reaches beyond"):
        wb.control(cube, asked[0], share_of=asked[1])
    both = asked[0].but(severities=(), where={"commuting": {"N"}})
    with pytest.raises(
        Refused, match=r"part and the whole in different tables \(all, fatal\), whose totals may differ"
    ):
        wb.control(cube, both, share_of=wb.Selection())


@pytest.mark.parametrize(("of_accidents", "of_people"), [(80.0, 10.0), (10.0, 80.0)])
def test_a_period_carries_the_larger_share_of_the_flags_of_its_two_sides(of_accidents, of_people):
    def flagged(measure, share):
        rows = [(sex, year, n, flag) for year in COUNTS for sex, n, flag in (("M", share, "u"), ("F", 100 - share, ""))]
        cells = pl.DataFrame(rows, schema=["sex", "year", measure, "flag"], orient="row")
        return build.from_cells("mine", cells, ["sex", "year"], {measure: MEASURES[measure]})

    frame = wb.control(flagged("accidents", of_accidents), exposure=flagged("employed", of_people)).frame
    assert frame["flag_share"].tolist() == approx([0.8] * 6)
    assert set(frame["state"]) == {"unreliable"}


def test_a_share_carries_the_larger_share_of_the_flags_of_part_and_whole():
    rows = [(year, "FAT", 50, "u") for year in COUNTS] + [(year, "NFAT", 950, "") for year in COUNTS]
    cells = pl.DataFrame(rows, schema=["year", "severity", "accidents", "flag"], orient="row")
    cube = build.from_cells("mine", cells, ["year", "severity"], {"accidents": MEASURES["accidents"]})
    frame = wb.control(cube, wb.Selection(severities={"FAT"}), share_of=wb.Selection()).frame
    assert frame["value"].tolist() == approx([5.0] * 6)
    assert frame["flag_share"].tolist() == approx([1.0] * 6)


# --- months


def by_month(skip=()) -> list[tuple]:
    """Two years of months with 100 accidents each, 10 of them in construction; none of those in the months to skip."""
    months = [(year, f"{month:02d}") for year in (2021, 2022) for month in range(1, 13)]
    return [
        (*period, sector, count)
        for period in months
        for sector, count in (("F", 10), ("C", 90))
        if (*period, sector) not in skip
    ]


AXES = ["year", "month", "nace"]
BUILDING = wb.Selection(sectors={"F"})


def test_months_follow_each_other_over_the_years():
    found = wb.control(records(by_month(), AXES), BUILDING, ["month", "year"], share_of=wb.Selection())
    assert found.by == ("year", "month")
    assert len(found.frame) == 24
    assert found.frame["value"].tolist() == approx([10] * 24)
    assert "from 2021-01 to 2022-12 (24 periods)" in " ".join(found.notes)
    chart = drawn(found)
    assert chart.by == "period"
    assert chart.source.data["period"][:2] == ["2021-01", "2021-02"]


def test_a_month_in_which_others_have_accidents_and_these_have_none_is_a_zero():
    cube = records(by_month(skip={(2021, "03", "F")}), AXES)
    frame = wb.control(cube, BUILDING, ["year", "month"], share_of=wb.Selection()).frame
    row = frame[(frame["year"] == 2021) & (frame["month"] == "03")].iloc[0]
    assert (row["count"], row["whole"], row["state"]) == (0, 90, "zero")


def test_a_rate_by_month_takes_the_people_of_the_year():
    people = records([(2021, "F", 1000), (2022, "F", 2000)], ["year", "nace"], ["employed"])
    found = wb.control(records(by_month(), AXES), BUILDING, ["year", "month"], exposure=people, baseline=(2021, 2021))
    assert found.frame["value"].tolist() == approx([1000] * 12 + [500] * 12)
    assert found.frame["baseline"].tolist() == [True] * 12 + [False] * 12
    assert "People at risk are those of the whole year, accidents those of the month." in found.notes


def test_a_baseline_may_begin_and_end_within_a_year():
    cube, share = records(by_month(), AXES), {"by": ["year", "month"], "share_of": wb.Selection()}
    found = wb.control(cube, BUILDING, baseline=("2021-11", "2022-02"), **share)
    assert found.frame.index[found.frame["baseline"]].tolist() == [10, 11, 12, 13]


def test_the_months_of_one_year_need_no_year():
    cube = records(by_month(), AXES)
    found = wb.control(cube, BUILDING.but(years=(2022, 2022)), "month", share_of=wb.Selection())
    assert found.frame["month"].tolist() == [f"{month:02d}" for month in range(1, 13)]
    people = records([(2022, "F", 2000)], ["year", "nace"], ["employed"])
    rate = wb.control(cube, BUILDING.but(years=(2022, 2022)), "month", exposure=people)
    assert rate.frame["value"].tolist() == approx([500] * 12)
    with pytest.raises(
        Refused, match="By month alone the same months of 2021 to 2022 are added up. Divide by year and"
    ):
        wb.control(cube, BUILDING, ["month"], share_of=wb.Selection())


def test_accidents_of_an_unknown_month_are_left_out_and_counted():
    cube = records([*by_month(), (2021, None, "F", 7)], AXES)
    found = wb.control(cube, BUILDING, ["year", "month"], share_of=wb.Selection())
    assert len(found.frame) == 24
    assert "7 accidents of an unknown month are left out." in found.notes


# --- refusals


def test_mistakes_are_answered():
    cube = published(COUNTS)
    with pytest.raises(Refused, match="follows time; sex is no period. Divide by year, or by year and month"):
        wb.control(cube, by=["sex", "year"])
    with pytest.raises(Refused, match="follows time; nothing is no period"):
        wb.control(cube, by=[])
    with pytest.raises(UnknownName, match="'quarter' is not a known dimension"):
        wb.control(cube, by=["quarter"])
    with pytest.raises(WorkbenchError, match="baseline is first and last, both included, not 2016"):
        wb.control(cube, baseline=2016)
    with pytest.raises(
        ModelError, match="2030 to 2040 holds 0 periods with a figure; two are needed. There are 2015 to 20"
    ):
        wb.control(cube, baseline=(2030, 2040))
    with pytest.raises(ModelError, match="needs two periods with a figure, better 20; here are 1. Take more years"):
        wb.control(cube, wb.Selection(years=(2016, 2016)))
    with pytest.raises(ModelError, match="In the baseline there are no events"):
        wb.control(published({2015: 0, 2016: 0, 2017: 3}), baseline=(2015, 2016))


def test_rates_without_counts_have_no_limits_of_chance():
    rates = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
    rows = pd.DataFrame({"year": [2015, 2016], "rate": [1.0, 2.0], "flag": "", "margin": "m"})
    cube = build.from_published("rates", rows, {"m": {"dims": ["year"], "measures": ["rate"]}}, rates)
    with pytest.raises(Refused, match="rates publishes rates without counts: how far chance moves them is not known"):
        wb.control(cube)


# --- pictures


def drawn(found) -> Control:
    chart = drawing.chart_for(found.picture)
    drawing.feed(chart, found.picture)
    assert isinstance(chart, Control)
    return chart


def test_the_picture_has_limits_centre_and_break_of_the_finding():
    counts = {year: 100 if year < 2019 else 200 + 90 * (year == 2021) for year in range(2015, 2024)}
    found = wb.control(published(counts, source=BROKEN))
    chart, frame = drawn(found), found.frame.set_index("year")
    assert chart.by == "year"
    assert chart._limits.data["ys"][1] == approx(np.repeat(frame.loc[2019:, "upper_limit"], 2))
    assert chart._centres.data["ys"] == [approx([frame["centre"].max()] * 2)]
    assert chart._marks.data["x"] == [2018.5]
    assert dict(zip(chart.source.data["x"], chart.source.data["marker"], strict=True))[2021] == "triangle"
    assert "(u-chart, 3 sigma)" in chart._notes.text


def test_the_picture_of_a_share_says_how_many_of_how_many():
    found = wb.control(records(SHARES, ["year", "severity"]), wb.Selection(severities={"FAT"}), share_of=wb.Selection())
    assert drawn(found).source.data["basis"][0] == "10 of 1,000"


# --- the twin, and publishers


LOMBARDY = wb.Selection(regions={"ITC4"})


def test_the_twins_break_concerns_all_sectors_together_and_not_construction():
    every = wb.control("esaw_synthetic", LOMBARDY)
    assert every.frame["baseline"].sum() == 11
    assert "Across a break from the baseline, so without limits or signals: 2010 to 2012." in every.notes
    assert every.summary.startswith("Synthetic data. Lombardia: ")
    building = wb.control("esaw_synthetic", LOMBARDY.but(sectors={"F"}))
    assert building.frame["baseline"].all()


def test_the_twins_share_against_plain_pandas():
    rows = wb.read("esaw_synthetic")
    rows = rows[(rows["nuts"] == "ITC4") & (rows["nace"] == "F")]
    part = rows[rows["severity"] == "FAT"].groupby("year")["accidents"].sum().astype(float)
    whole = rows.groupby("year")["accidents"].sum().astype(float)
    selection = LOMBARDY.but(sectors={"F"})
    found = wb.control("esaw_synthetic", selection.but(severities={"FAT"}), share_of=selection).frame.set_index("year")
    assert found["value"].to_dict() == approx((100 * part / whole).to_dict())
    centre, last = part.sum() / whole.sum(), whole[2023]
    assert found.loc[2023, "upper_limit"] == approx(100 * (centre + 3 * np.sqrt(centre * (1 - centre) / last)))


@pytest.mark.mirror
def test_a_region_of_italy_against_plain_pandas(mirror):
    rows = pd.read_csv(mirror / "inail_regions" / "inail_accidents_by_region_2021_2025.csv").query("nuts2 == 'ITC4'")
    rows = rows.set_index("year")
    found = wb.control("inail_regions", LOMBARDY)
    frame = found.frame.set_index("year")
    consolidated = rows.loc[2021:2024]
    centre = consolidated["accidents_reported"].sum() / consolidated["employed_15_64"].sum()
    assert frame.loc[2021:2024, "centre"].tolist() == approx([100_000 * centre] * 4)
    reach = 3 * np.sqrt(centre / consolidated["employed_15_64"])
    assert frame.loc[2021:2024, "upper_limit"].to_numpy() == approx(100_000 * (centre + reach).to_numpy())
    assert frame.index[frame["centre"].isna()].tolist() == [2020, 2025]
    assert frame.loc[2022, "signal"] == "high"


@pytest.mark.mirror
def test_spains_published_rates_have_no_control_chart(mirror):
    with pytest.raises(Refused, match="spain_atr publishes rates without counts"):
        wb.control("spain_atr", wb.Selection(regions={"ES30"}))


@pytest.mark.mirror
def test_a_sample_has_no_rate_but_a_share_by_month(mirror):
    wb.load("inail_records", source="mirror", region="Calabria")
    with pytest.raises(Refused, match="is a sample here: .* Within a sample a share has a meaning: give share_of"):
        wb.control("inail_records")
    cube = wb.cube(
        "inail_records", ["nace1", "month", "year", "severity", "commuting"], source="mirror", region="Calabria"
    )
    with wb.disclosure("off", reason="months of few accidents beside plain pandas"):
        found = wb.control(cube, BUILDING, ["year", "month"], share_of=wb.Selection(), baseline=(2019, 2022))
    rows = wb.read("inail_records", source="mirror", region="Calabria").query("commuting == 'N'")
    rows = rows.assign(building=rows["nace"].isin(["41", "42", "43", "F"]))
    share = 100 * rows.groupby(["year", "month"])["building"].mean()
    assert found.frame["value"].to_numpy() == approx(share.to_numpy())
    assert found.frame["centre"].notna().sum() == 48
    assert "only their composition has a meaning" in " ".join(found.notes)


def test_large_counts_can_have_laneys_limits():
    cube = wb.cube("esaw_synthetic")
    plain, laney = (wb.control(cube, wb.Selection(regions={"DE"}), laney=laney) for laney in (False, True))
    factor = laney.model.sigma_z
    assert plain.model.sigma_z == 1 and factor != 1
    reach = [(found.frame["upper_limit"] - found.frame["centre"]).dropna() for found in (plain, laney)]
    assert reach[1].to_numpy() == pytest.approx(factor * reach[0].to_numpy())
    assert f"Limits are {factor:.2f} times those of chance (sigma z)." in " ".join(laney.notes)
    assert "limits signal too often" not in laney.summary


# --- counts as they are


def test_a_chart_of_counts_by_hand():
    found = wb.control(published(COUNTS), chart="c")
    frame, centre = found.frame, np.mean(list(COUNTS.values()))
    assert frame["value"].tolist() == list(COUNTS.values())
    assert frame["centre"].tolist() == approx([centre] * 6)
    assert frame["upper_limit"].tolist() == approx([centre + 3 * np.sqrt(centre)] * 6)
    assert frame.set_index("year").loc[2018, "signal"] == "high"
    assert found.units["value"] == "accidents" and found.frame["exposure"].isna().all()
    assert found.summary.startswith("Everything: signals in 1 of 6 periods (2018 above the limits). Centre 110.0 acci")
    assert found.chart() is not None


def test_a_chart_of_counts_needs_no_people():
    cube = records(
        [("FAT", 2019, 9), ("FAT", 2020, 11), ("NFAT", 2020, 400), ("NFAT", 2021, 500)], ["severity", "year"]
    )
    frame = wb.control(cube, wb.Selection(severities={"FAT"}), chart="c").frame.set_index("year")
    assert frame["value"].to_dict() == {2019: 9, 2020: 11, 2021: 0}
    assert frame.loc[2021, "state"] == "zero"


@pytest.mark.parametrize(
    "options", [{"chart": "p"}, {"chart": "c", "laney": True}, {"chart": "u", "share_of": wb.Selection()}]
)
def test_a_chart_that_does_not_fit_the_figures_is_refused(options):
    with pytest.raises(Refused, match="chart does not fit: rates take u, shares"):
        wb.control(published(COUNTS), **options)
