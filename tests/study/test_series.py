"""A series through time, as the models of change take it."""

from pytest import approx

import workbench as wb
from workbench.study.series import divide_time, series_of


def test_standard_errors_of_standardised_rates_are_read_off_their_limits():
    selection = wb.Selection(regions={"IT"}, years=(2014, 2023))
    found = wb.rates("esaw_synthetic", selection, by=["year"], standard=["nace1"]).frame.set_index("year")
    divided = divide_time("esaw_synthetic", selection, standard=("nace1",))
    numbers = series_of(divided, standardised=True).numbers()
    errors = (found["high"] - found["low"]) / (2 * 1.959964)
    assert errors.gt(0).all()
    assert numbers["rates"].tolist() == approx(found["value"].tolist())
    assert numbers["standard_errors"].tolist() == approx(errors.tolist(), rel=1e-6)
