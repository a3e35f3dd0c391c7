"""Clusters of regions, from cube to finding: the same for the same seed, told by name."""

import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.codes import codelist
from workbench.terms.errors import Refused, WorkbenchError

FRANCE = wb.Selection(regions={"FR"}, severities={"D_GE4"}, years=(2018, 2018))


def test_clusters_are_the_same_for_the_same_seed():
    one, two = (wb.clusters("esaw_synthetic", FRANCE, seed=7) for _n in range(2))
    assert one.frame.equals(two.frame)
    assert "Moran's I" in one.summary


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


def test_an_island_is_a_kind_of_its_own_and_not_chance():
    found = wb.clusters(north_and_south(3)).frame.set_index("nuts2")["cluster"]
    assert (found[["ITG1", "ITG2"]] == "island").all() and (found == "").sum() > 0
    assert set(found) <= {"HH", "LL", "HL", "LH", "", "island"}


@pytest.mark.parametrize(
    ("statistic", "whole", "local"),
    [("geary", "Geary's C", "Local Moran"), ("g", "Getis-Ord general G", "Getis-Ord G*")],
)
def test_clusters_can_be_asked_of_other_statistics(statistic, whole, local):
    found = wb.clusters(north_and_south(3), statistic=statistic)
    assert found.summary.startswith(f"2023: neighbours are alike ({whole} = ")
    assert any(note.startswith(f"{whole}: 9,999 permutations, two-sided; {local}") for note in found.notes)
    high = found.frame.loc[found.frame["cluster"] == "HH", "nuts2"]
    assert high.str.startswith("IT").all() and len(high) > 5
    with pytest.raises(WorkbenchError, match="statistic='join' is not known. There are: moran, geary, g."):
        wb.clusters(north_and_south(3), statistic="join")


def test_a_map_without_a_pattern_says_so():
    found = wb.clusters("esaw_synthetic", FRANCE, seed=7)
    assert "neighbours are no more alike or unlike than chance makes them (Moran's I = " in found.summary
    assert ". No single region stands out. Without neighbours" in found.summary


def test_only_regions_have_neighbours():
    with pytest.raises(Refused, match="Only regions have neighbours"):
        wb.clusters("esaw_synthetic", FRANCE, ["nace1"])


def test_a_pattern_that_countries_explain_is_gone_from_their_residuals():
    """North and south differ by their country alone: Moran's I of the rates is high, that of the residuals is not."""
    cube = north_and_south(3)
    assert "neighbours are alike (Moran's I = " in wb.clusters(cube).summary
    found = wb.clusters(cube, terms="nuts0")
    assert "(Moran's I of residuals = -" in found.summary
    assert not found.frame["cluster"].isin(["HH", "LL"]).any()
    assert "Residuals of a Poisson regression on country" in " ".join(found.notes)


@pytest.mark.parametrize("options", [{"terms": "sex"}, {"terms": "nuts2"}, {"terms": "nuts0", "statistic": "g"}])
def test_residuals_are_those_of_coarser_levels_by_morans_i(options):
    with pytest.raises(Refused, match="can be those of coarser levels of regions, such as nuts0"):
        wb.clusters(north_and_south(3), **options)


def test_islands_may_be_linked_and_neighbours_be_the_nearest_or_listed():
    cube = north_and_south(3)
    linked, nearest = (wb.clusters(cube, neighbours=rule) for rule in ("linked", "nearest"))
    for found in (linked, nearest):
        assert "island" not in set(found.frame["cluster"])
    assert any("queen contiguity, islands linked to the nearest region" in note for note in linked.notes)
    assert any("neighbours: 5 nearest centroids" in note for note in nearest.notes)

    codes = list(linked.frame["nuts2"])
    ring = {code: [codes[at - 1], codes[(at + 1) % len(codes)]] for at, code in enumerate(codes)}
    found = wb.clusters(cube, neighbours=ring)
    assert any("neighbours: neighbours as listed" in note for note in found.notes)
    assert found.summary != linked.summary


def test_neighbours_that_are_no_rule_or_lack_a_region_are_refused():
    cube = north_and_south(3)
    with pytest.raises(WorkbenchError, match="neighbours='rook' is not known. There are: queen, linked, nearest."):
        wb.clusters(cube, neighbours="rook")
    with pytest.raises(WorkbenchError, match="are not on the map of neighbours"):
        wb.clusters(cube, neighbours={"DE11": ["DE12"], "DE12": ["DE11"]})
