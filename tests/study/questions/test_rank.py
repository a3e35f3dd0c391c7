"""Order of priority, from cube to finding: planted regions, joint regions, refusals."""

import pytest

import workbench as wb
from workbench.terms.errors import Refused

FRANCE = wb.Selection(regions={"FR"}, severities={"D_GE4"}, years=(2018, 2018))


def test_the_planted_region_ranks_first_without_doubt():
    found = wb.rank("esaw_synthetic", FRANCE)
    first = found.frame.iloc[0]
    assert (first["nuts2"], first["rank_low"], first["rank_high"]) == ("FRH0", 1, 1)
    assert first["excess"] > 0
    assert found.synthetic
    assert found.chart() is not None


def test_few_regions_in_order_of_priority_are_drawn_with_their_intervals_not_as_a_map():
    chart = wb.rank("esaw_synthetic", FRANCE).chart()
    assert type(chart.x_scale).__name__ == "LogScale"
    assert any("ltier" in text or "FRH0" in text for text in chart.yaxis[0].major_label_overrides.values())


def test_what_belongs_to_the_accident_has_no_people_of_its_own_to_be_ranked_by():
    with pytest.raises(Refused, match="severity belongs to the accident, not to the people at risk"):
        wb.rank("esaw_synthetic", FRANCE, ["severity"])


@pytest.mark.mirror
def test_a_joint_region_is_ranked_once(mirror):
    found = wb.rank("inail_regions", wb.Selection(years=(2023, 2023)))
    assert len(found.frame) == 20
    assert found.frame["nuts2"].iloc[0] == "ITH1+ITH2"
    assert wb.clusters("inail_regions", wb.Selection(years=(2023, 2023))).model.n <= 20
