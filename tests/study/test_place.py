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


def test_smoothing_draws_every_region_towards_the_mean():
    frame = wb.smooth("esaw_synthetic", FRANCE).frame
    mean = 100_000 * frame["count"].sum() / frame["exposure"].sum()
    assert ((frame["value"] - mean).abs() <= (frame["raw"] - mean).abs() + 30).all()
    assert frame["low"].lt(frame["value"]).all()


def test_towards_neighbours_islands_keep_the_mean_of_all_and_are_named():
    found = wb.smooth("esaw_synthetic", FRANCE, local=True)
    assert "FRY1" in " ".join(found.notes)
    assert found.frame["value"].notna().all()


def test_clusters_are_the_same_for_the_same_seed():
    one, two = (wb.clusters("esaw_synthetic", FRANCE, seed=7) for _n in range(2))
    assert one.frame.equals(two.frame)
    assert "Moran's I" in one.summary


def test_only_regions_have_neighbours():
    with pytest.raises(Refused, match="Only regions have neighbours"):
        wb.clusters("esaw_synthetic", FRANCE, ["nace1"])


@pytest.mark.mirror
def test_a_joint_region_is_ranked_once(mirror):
    found = wb.rank("inail_regions", wb.Selection(years=(2023, 2023)))
    assert len(found.frame) == 20
    assert found.frame["nuts2"].iloc[0] == "ITH1+ITH2"
    assert wb.clusters("inail_regions", wb.Selection(years=(2023, 2023))).model.n <= 20
