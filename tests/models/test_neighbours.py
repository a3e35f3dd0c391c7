"""Neighbours of regions: by borders, nearness and distance, against PySAL; islands are named, linked or refused."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pytest import approx
from shapely.geometry import Point, Polygon, box

from workbench.models.neighbours import (
    distance_neighbours,
    listed_neighbours,
    nearest_neighbours,
    queen_neighbours,
)
from workbench.sources.boundaries import boundaries
from workbench.terms.errors import ModelError


def squares(width=3, height=3, *, island=False) -> gpd.GeoDataFrame:
    """A grid of squares a degree wide around 10 east, 45 north: A0 A1 A2 in the first row; an island Z far away."""
    shapes = {f"{'ABCDE'[row]}{column}": box(10 + column, 45 + row, 11 + column, 46 + row)
              for row in range(height) for column in range(width)}  # fmt: skip
    if island:
        shapes["Z"] = box(20, 45, 21, 46)
    return gpd.GeoDataFrame(geometry=list(shapes.values()), index=list(shapes), crs=4326)


def pairs(graph):
    return {(one, two) for one, others in graph.links.items() for two in others}


def test_regions_that_share_a_corner_are_neighbours_by_queen():
    graph = queen_neighbours(squares())
    assert set(graph.links["B1"]) == {"A0", "A1", "A2", "B0", "B2", "C0", "C1", "C2"}
    assert set(graph.links["A0"]) == {"A1", "B0", "B1"}
    assert (graph.islands, graph.pieces, graph.method) == ((), 1, "queen contiguity")
    assert str(graph) == "queen contiguity: 9 regions, 4.4 neighbours on average"


@pytest.mark.parametrize(("level", "scale"), [(0, "60M"), (2, "60M"), (2, "20M"), (3, "20M")])
def test_queen_neighbours_of_nuts_agree_with_pysal(level, scale):
    graphs = pytest.importorskip("libpysal.graph", reason="libpysal is the second implementation")
    regions = boundaries(level=level, scale=scale)
    theirs = graphs.Graph.build_contiguity(regions, rook=False).adjacency
    assert pairs(queen_neighbours(regions)) == set(theirs[theirs > 0].index)


def test_nearest_and_distance_neighbours_agree_with_pysal():
    graphs = pytest.importorskip("libpysal.graph", reason="libpysal is the second implementation")
    regions = boundaries(level=2).query("country == 'IT'").to_crs(3035)
    middles = regions.set_geometry(regions.centroid)
    nearest = graphs.Graph.build_knn(middles, k=4).adjacency
    assert pairs(nearest_neighbours(regions, k=4)) == set(nearest[nearest > 0].index)
    band = graphs.Graph.build_distance_band(middles, threshold=200_000, binary=True).adjacency
    ours = pairs(distance_neighbours(regions, km=200))
    assert len(ours ^ set(band[band > 0].index)) <= 2  # distances on a plane are not quite those on the earth


def test_distance_is_over_the_surface_of_the_earth():
    points = {"pole": (0, 89.999), "equator": (0, 0.0), "east": (90, 0.0), "near": (1, 0.0)}
    shapes = [Point(*place).buffer(0.0005) for place in points.values()]
    regions = gpd.GeoDataFrame(geometry=shapes, index=list(points), crs=4326)
    assert pairs(distance_neighbours(regions, km=112)) == {
        ("equator", "near"),
        ("near", "equator"),
    }  # 111.2 km a degree
    assert ("pole", "east") in pairs(distance_neighbours(regions, km=10_050))
    assert nearest_neighbours(regions, k=1).links == {
        "pole": ("near",), "equator": ("near",), "east": ("near",), "near": ("equator",)
    } or set(nearest_neighbours(regions, k=1).links["equator"]) == {"near"}  # fmt: skip


def test_islands_are_kept_and_named():
    graph = queen_neighbours(squares(island=True))
    assert graph.islands == ("Z",) and graph.links["Z"] == () and graph.pieces == 2
    assert str(graph).endswith("; 2 parts without a link between them; without neighbours: Z")
    assert graph.matrix("row")[[9]].sum() == 0


def test_islands_are_linked_to_the_nearest_region_and_back():
    graph = queen_neighbours(squares(island=True), islands="link")
    assert graph.links_added == (("Z", "A2"),) and graph.links["Z"] == ("A2",) and "Z" in graph.links["A2"]
    assert graph.pieces == 1 and str(graph).endswith("; joined to the nearest region: Z")


def test_islands_are_refused_on_request():
    with pytest.raises(
        ModelError, match="Z touch no other region. Ask for islands='link' .each to its nearest region."
    ):
        queen_neighbours(squares(island=True), islands="refuse")


def test_the_islands_of_europe_are_known():
    graph = queen_neighbours(boundaries(level=2))
    assert {"CY00", "MT00", "ITG1", "ITG2", "FI20"} <= set(graph.islands) and graph.links["ITF6"] == ("ITF5",)
    assert nearest_neighbours(boundaries(level=2), k=5).islands == ()


def test_weights_are_binary_or_sum_to_one_by_region():
    graph = queen_neighbours(squares())
    assert graph.matrix("row").sum(axis=1) == approx(np.ones(9))
    binary = graph.matrix("binary").toarray()
    assert (binary == binary.T).all() and binary.sum() == 40 and binary.diagonal().sum() == 0
    assert list(graph.codes) == list(squares().index)


def test_a_part_of_the_map_keeps_the_links_among_its_regions():
    graph = queen_neighbours(squares()).among(["C2", "A0", "A1"])
    assert graph.links == {"C2": (), "A0": ("A1",), "A1": ("A0",)} and graph.islands == ("C2",)
    with pytest.raises(
        ModelError, match="ITF6, X are not on the map of neighbours. Is the edition of NUTS, and the level"
    ):
        queen_neighbours(squares()).among(["A0", "ITF6", "X"])


def test_the_order_of_the_regions_changes_no_neighbour():
    regions = squares(island=True)
    shuffled = regions.sample(frac=1, random_state=1)
    for function, options in ((queen_neighbours, {}), (distance_neighbours, {"km": 120})):
        assert pairs(function(regions, **options)) == pairs(function(shuffled, **options))


def test_a_shape_that_crosses_itself_still_has_neighbours():
    regions = squares(2, 1)
    regions.loc["A1", "geometry"] = Polygon([(11, 45), (12, 46), (12, 45), (11, 46)])
    assert pairs(queen_neighbours(regions)) == {("A0", "A1"), ("A1", "A0")}


def test_neighbours_can_be_written_out():
    graph = listed_neighbours({"a": ["b"], "b": ["a", "c"], "c": []}, method="ferries")
    assert graph.links == {"a": ("b",), "b": ("a", "c"), "c": ()} and graph.method == "ferries"
    assert graph.islands == ("c",) and graph.pieces == 1  # b reaches it
    for links in ({"a": ["a"]}, {"a": ["x"]}):
        with pytest.raises(ModelError, match="The neighbours of a are .: each must be another region of the list."):
            listed_neighbours(links)


@pytest.mark.parametrize(
    ("regions", "message"),
    [
        (
            pd.DataFrame({"nuts": ["IT"]}),
            "Of the regions came DataFrame, not a GeoDataFrame by code. boundaries.. gives one.",
        ),
        (squares().rename({"A0": "A1"}), "A1 have several shapes. Join them first, as in regions.dissolve"),
        (
            squares().set_crs(None, allow_override=True),
            "The map has no coordinate system. Say which with regions.set_crs",
        ),
        (squares(1, 1), "1 region has no neighbours. Take more regions."),
        (squares().assign(geometry=[None, *squares().geometry[1:]]), "A0 have no shape. Leave them out."),
    ],
)
def test_a_map_that_cannot_have_neighbours_is_refused(regions, message):
    for function, options in (
        (queen_neighbours, {}),
        (nearest_neighbours, {"k": 1}),
        (distance_neighbours, {"km": 100}),
    ):
        with pytest.raises(ModelError, match=message):
            function(regions, **options)


def test_choices_that_join_nothing_are_refused():
    apart = squares(island=True).loc[["A0", "C2", "Z"]]
    with pytest.raises(
        ModelError, match="No two of the 3 regions touch. Take nearest_neighbours, or a map of the same"
    ):
        queen_neighbours(apart)
    with pytest.raises(ModelError, match="No two centroids are within 10 km. Give a longer distance."):
        distance_neighbours(apart, km=10)
    with pytest.raises(ModelError, match="km=-1 is no distance on the earth."):
        distance_neighbours(apart, km=-1)
    for k in (0, 3):
        with pytest.raises(ModelError, match=f"k={k} neighbours cannot be found among 3 regions. Give 1 to 2."):
            nearest_neighbours(apart, k=k)
    with pytest.raises(ModelError, match="islands='drop' is not known. There are: keep, link, refuse."):
        queen_neighbours(squares(), islands="drop")
