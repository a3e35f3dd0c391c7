"""Neighbours of regions: by borders, nearness and distance, against PySAL; islands are named, linked or refused."""

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pytest import approx
from shapely.geometry import Point, Polygon, box

from workbench.models.neighbours import (
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
def test_queen_neighbours_of_nuts_are_the_shapes_that_meet(level, scale):
    """A second implementation: one query of a tree of shapes."""
    regions = boundaries(level=level, scale=scale)
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    codes = regions.index
    expected = {(codes[a], codes[b]) for a, b in zip(one, two, strict=True) if a != b}
    assert pairs(queen_neighbours(regions)) == expected


def test_a_corner_on_a_neighbours_edge_is_a_border():
    regions = gpd.GeoDataFrame(
        geometry=[box(10, 45, 11, 47), box(11, 45.5, 12, 46.5)], index=["A", "B"], crs=4326
    )  # no vertex in common
    assert queen_neighbours(regions).links == {"A": ("B",), "B": ("A",)}


def test_nearest_neighbours_agree_with_distances_on_the_plane_of_a_small_country():
    """A second implementation: great circles and the plane give the same order over a few hundred kilometres."""
    regions = boundaries(level=2).query("country == 'IT'")
    middles = regions.to_crs(3035).centroid
    between = np.hypot(*(np.subtract.outer(part.to_numpy(), part.to_numpy()) for part in (middles.x, middles.y)))
    order = np.argsort(between, axis=1)[:, 1:5]
    expected = {(code, regions.index[other]) for code, row in zip(regions.index, order, strict=True) for other in row}
    assert pairs(nearest_neighbours(regions, k=4)) == expected


def test_distance_is_over_the_surface_of_the_earth():
    points = {"pole": (0, 89.9), "equator": (0, 0.0), "east": (90, 0.0), "near": (1, 0.0)}
    shapes = [Point(*place).buffer(0.0005) for place in points.values()]
    regions = gpd.GeoDataFrame(geometry=shapes, index=list(points), crs=4326)
    nearest = nearest_neighbours(regions, k=1).links
    assert (nearest["equator"], nearest["near"]) == (("near",), ("equator",))


def test_regions_with_the_same_centroid_are_the_nearest_to_each_other():
    """A town inside the region around it, such as Berlin in Brandenburg."""
    ring = box(9, 44, 14, 49).difference(box(11, 46, 12, 47))
    regions = gpd.GeoDataFrame(geometry=[ring, box(11, 46, 12, 47), box(20, 45, 21, 46)], index=list("RTE"), crs=3035)
    found = nearest_neighbours(regions, k=1)
    assert found.links["R"] == ("T",) and found.links["T"] == ("R",) and found.islands == ()


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
    for function, options in ((queen_neighbours, {}), (nearest_neighbours, {"k": 2})):
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
    ):
        with pytest.raises(ModelError, match=message):
            function(regions, **options)


def test_choices_that_join_nothing_are_refused():
    apart = squares(island=True).loc[["A0", "C2", "Z"]]
    with pytest.raises(
        ModelError, match="No two of the 3 regions touch. Take nearest_neighbours, or a map of the same"
    ):
        queen_neighbours(apart)
    for k in (0, 3):
        with pytest.raises(ModelError, match=f"k={k} neighbours cannot be found among 3 regions. Give 1 to 2."):
            nearest_neighbours(apart, k=k)
    for k in (2.5, "3", None, float("nan"), True):
        with pytest.raises(ModelError, match=f"k={k} neighbours cannot be found among 3 regions. Give 1 to 2."):
            nearest_neighbours(apart, k=k)
    for links in (None, [("a", "b")], {"a": "b", "b": "a"}, {"a": 3}):
        with pytest.raises(ModelError, match="[Nn]eighbours"):
            listed_neighbours(links)
    with pytest.raises(ModelError, match="islands='drop' is not known. There are: keep, link, refuse."):
        queen_neighbours(squares(), islands="drop")


def test_questions_without_neighbours_do_not_wait_for_the_library_of_neighbours():
    """libpysal and esda take a second and more: only a question that looks at neighbours pays for them."""
    code = """import sys, workbench, workbench.cli, workbench.study.questions.rank, workbench.study.questions.smooth
print(sorted({"libpysal", "esda", "sklearn"} & set(sys.modules)))"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (run.stdout.strip(), run.returncode) == ("[]", 0), run.stderr
