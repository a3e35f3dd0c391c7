"""What a country did not report is missing, and its people leave the rates that are made of several countries."""

import pytest
from pytest import approx

import workbench as wb

pytestmark = [pytest.mark.mirror, pytest.mark.xdist_group("not_reported")]
SILENT = ["BE", "CZ", "DE"]
NON_FATAL = wb.Selection(years=(2023, 2023), where={"severity": {"D_GE4"}})


def test_three_countries_have_no_rate_by_activity_and_are_not_at_zero(mirror):
    frame = wb.rates("hsw_ph3_04", NON_FATAL, by=["nuts0"]).frame.set_index("nuts0")
    silent, others = frame.loc[SILENT], frame.drop(SILENT)
    assert silent["value"].isna().all() and set(silent["state"]) == {"missing"} and set(silent["flag"]) == {"l"}
    assert (others["value"] > 0).all() and others["value"]["IT"] == approx(100_000 * 24_986 / 1_180_000)


def test_the_same_countries_did_have_accidents_of_that_sector(mirror):
    """The reader has no total to compare with: the table of all accidents shows that it was right."""
    total = wb.counts("hsw_n2_01", wb.Selection(sectors={"H"}, years=(2014, 2023)), by=["nuts0", "year"]).frame
    assert (total.set_index("nuts0").loc[SILENT, "value"] > 0).all()


def test_their_people_leave_the_rate_of_all_countries(mirror):
    found = wb.rates("hsw_ph3_04", NON_FATAL)
    by_country = wb.rates("hsw_ph3_04", NON_FATAL, by=["nuts0"]).frame.set_index("nuts0").drop(SILENT)
    assert found.frame["value"].iloc[0] == approx(100_000 * by_country["count"].sum() / by_country["exposure"].sum())
    assert "Not reported, so left out of accidents and people alike: BE, CZ, DE." in found.notes


def test_a_count_a_trend_and_a_rate_by_sex_leave_them_out_too(mirror):
    note = "Not reported, so left out of accidents and people alike: BE, CZ, DE."
    trend = wb.trend("hsw_ph3_04", wb.Selection(where={"severity": {"D_GE4"}}))
    assert note in trend.notes and trend.frame["value"].min() > 1_500
    counted = wb.counts("hsw_ph3_04", NON_FATAL, by=["activity"])
    assert note in counted.notes and counted.frame["value"].sum() == 129_210
    assert note in wb.rates("hsw_ph3_04", NON_FATAL, by=["sex"]).notes


def test_of_these_countries_alone_the_rate_is_missing(mirror):
    frame = wb.rates("hsw_ph3_04", NON_FATAL.but(regions={"DE"})).frame
    assert frame["value"].isna().all() and frame["state"].tolist() == ["missing"]


def test_what_every_country_reported_is_as_it_was(mirror):
    found = wb.rates("hsw_ph3_01", NON_FATAL)
    assert not any("reported, so" in note for note in found.notes) and found.frame["value"].iloc[0] > 0
