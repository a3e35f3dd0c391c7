import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.codes import codelist
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


def test_groups_that_vary_no_more_than_chance_have_no_highest_and_no_lowest():
    found = wb.smooth("esaw_synthetic", wb.Selection(regions={"AT"}, severities={"FAT"}, years=(2018, 2018)))
    said = "1.66 per 100,000 employed in each of 9 groups, which vary no more than chance makes them"
    assert found.summary.endswith(f"Austria, 2018, fatal: {said}.")
    assert found.title.endswith(said)
    assert "highest" not in found.summary + found.title


def north_and_south(contrast: float):
    """Regions of Germany with 100 accidents each, those of Italy with so many times more."""
    known = codelist("nuts", "2021")
    regions = [code for code in known.at_level(2) if code[:2] in {"DE", "IT"} and not code.endswith("ZZ")]
    counts = [round(100 * (contrast if code.startswith("IT") else 1)) + at % 3 for at, code in enumerate(regions)]
    measures = {name: Measure(name, name) for name in ("accidents", "employed")}
    rows = pd.DataFrame(
        {"nuts": regions, "accidents": counts, "employed": 10_000, "year": 2023, "flag": "", "margin": "m"}
    )
    return build.from_published("t", rows, {"m": {"dims": ["nuts", "year"], "measures": list(measures)}}, measures)


def test_clusters_are_told_by_name_and_islands_once():
    found = wb.clusters(north_and_south(3))
    assert found.summary.startswith("2023: neighbours are alike (Moran's I = ")
    assert "High among high: " in found.summary
    assert "low among low: " in found.summary
    assert "Without neighbours, so left out: Sicilia, Sardegna." in found.summary
    assert found.summary.count("left out") == 1
    assert "ITG1" not in found.summary
    high = found.frame.loc[found.frame["cluster"] == "HH", "nuts2"]
    assert high.str.startswith("IT").all() and len(high) > 5
    assert any(note.startswith("Moran's I: 9,999 permutations, two-sided; Local Moran") for note in found.notes)
    assert found.title.startswith("Clusters, 2023: neighbours are alike")


def test_a_map_without_a_pattern_says_so():
    found = wb.clusters("esaw_synthetic", FRANCE, seed=7)
    assert "neighbours are no more alike or unlike than chance makes them (Moran's I = " in found.summary
    assert ". No single region stands out. Without neighbours" in found.summary


def test_few_regions_in_order_of_priority_are_drawn_with_their_intervals_not_as_a_map():
    chart = wb.rank("esaw_synthetic", FRANCE).chart()
    assert type(chart.x_scale).__name__ == "LogScale"
    assert any("ltier" in text or "FRH0" in text for text in chart.yaxis[0].major_label_overrides.values())


def test_what_belongs_to_the_accident_has_no_people_of_its_own_to_be_ranked_by():
    with pytest.raises(Refused, match="severity belongs to the accident, not to the people at risk"):
        wb.rank("esaw_synthetic", FRANCE, ["severity"])


def test_only_regions_have_neighbours():
    with pytest.raises(Refused, match="Only regions have neighbours"):
        wb.clusters("esaw_synthetic", FRANCE, ["nace1"])


@pytest.mark.mirror
def test_a_joint_region_is_ranked_once(mirror):
    found = wb.rank("inail_regions", wb.Selection(years=(2023, 2023)))
    assert len(found.frame) == 20
    assert found.frame["nuts2"].iloc[0] == "ITH1+ITH2"
    assert wb.clusters("inail_regions", wb.Selection(years=(2023, 2023))).model.n <= 20
