"""A series through time, as the models of change take it."""

import pytest
from pytest import approx

import workbench as wb
from workbench.study.series import divide_time, series_of
from workbench.terms.errors import ModelError


def test_standard_errors_of_standardised_rates_are_read_off_their_limits():
    selection = wb.Selection(regions={"IT"}, years=(2014, 2023))
    found = wb.rates("esaw_synthetic", selection, by=["year"], standard=["nace1"]).frame.set_index("year")
    divided = divide_time("esaw_synthetic", selection, standard=("nace1",))
    numbers = series_of(divided, standardised=True).numbers()
    errors = (found["high"] - found["low"]) / (2 * 1.959964)
    assert errors.gt(0).all()
    assert numbers["rates"].tolist() == approx(found["value"].tolist())
    assert numbers["standard_errors"].tolist() == approx(errors.tolist(), rel=1e-6)


def test_a_series_without_a_figure_names_the_sectors_and_countries_that_have_one(monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    with pytest.raises(ModelError) as refused:
        wb.trend("hsw_n2_01", wb.Selection(regions={"BE"}, sectors={"F"}, years=(2014, 2023)))
    assert "figures by sector (NACE section) for: H (Transportation and storage)." in str(refused.value)
    assert "figures by country for: IT (Italy)." in str(refused.value)
    assert 'the whole table is fetched with wb.load("hsw_n2_01", source="live")' in str(refused.value)
