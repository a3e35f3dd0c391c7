"""Smoothed rates, from cube to finding."""

import pytest

import workbench as wb
from workbench.terms.errors import Refused

FRANCE = wb.Selection(regions={"FR"}, severities={"D_GE4"}, years=(2018, 2018))


def test_smoothing_draws_every_region_towards_the_mean():
    frame = wb.smooth("esaw_synthetic", FRANCE).frame
    mean = 100_000 * frame["count"].sum() / frame["exposure"].sum()
    assert ((frame["value"] - mean).abs() <= (frame["raw"] - mean).abs() + 30).all()
    assert frame["low"].lt(frame["value"]).all()


def test_towards_neighbours_islands_keep_the_mean_of_all_and_are_named():
    found = wb.smooth("esaw_synthetic", FRANCE, local=True)
    assert "FRY1" in " ".join(found.notes)
    assert found.frame["value"].notna().all()


def test_groups_that_vary_no_more_than_chance_have_no_highest_and_no_lowest():
    found = wb.smooth("esaw_synthetic", wb.Selection(regions={"AT"}, severities={"FAT"}, years=(2018, 2018)))
    said = "1.66 per 100,000 employed in each of 9 groups, which vary no more than chance makes them"
    assert found.summary.endswith(f"Austria, 2018, fatal: {said}.")
    assert found.title.endswith(said)
    assert "highest" not in found.summary + found.title


def test_towards_neighbours_there_is_no_prior_to_give():
    with pytest.raises(Refused, match="give local or a prior, not both"):
        wb.smooth("esaw_synthetic", FRANCE, local=True, prior="moments")


def test_neighbours_may_be_the_nearest_so_that_no_island_takes_the_mean_of_all():
    found = wb.smooth("esaw_synthetic", FRANCE, local=True, neighbours="nearest")
    assert "FRY1" not in " ".join(found.notes)
    assert not found.frame.equals(wb.smooth("esaw_synthetic", FRANCE, local=True).frame)
