"""The bundled maps: complete, valid, neighbours share their edges, levels nest, the notice is there."""

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geoseries_equal

from workbench.terms import nuts
from workbench.terms.places import bundled

COUNTS = {"20M": {0: 37, 1: 125, 2: 334, 3: 1514}, "60M": {0: 37, 1: 125, 2: 334}}
EUROPEAN_UNION = {0: 27, 1: 92, 2: 242, 3: 1166}
OUTSIDE_THE_UNION = {"AL", "CH", "IS", "LI", "ME", "MK", "NO", "RS", "TR", "UK"}
LEVELS = [(scale, level) for scale, levels in COUNTS.items() for level in levels]


def drawn(scale: str, level: int | None = None) -> gpd.GeoDataFrame:
    shapes = gpd.read_parquet(bundled("maps") / f"nuts_2021_{scale}.parquet").set_index("NUTS_ID")
    return shapes if level is None else shapes[shapes["LEVL_CODE"] == level]


@pytest.mark.parametrize("scale", COUNTS)
def test_a_map_has_the_regions_of_the_code_list_and_no_others(scale):
    shapes, listed = drawn(scale), nuts.table("2021")
    assert shapes["LEVL_CODE"].value_counts().to_dict() == COUNTS[scale]
    assert shapes.crs.to_epsg() == 4326 and shapes.index.is_unique
    listed = listed[listed["level"].isin(COUNTS[scale])].set_index("code")
    assert shapes["LEVL_CODE"].to_dict() == listed["level"].to_dict()
    assert not any(nuts.is_extra_regio(code) for code in shapes.index)
    assert (shapes["CNTR_CODE"] == shapes.index.str[:2]).all()
    union = shapes[~shapes["CNTR_CODE"].isin(OUTSIDE_THE_UNION)]
    assert union["LEVL_CODE"].value_counts().to_dict() == {level: EUROPEAN_UNION[level] for level in COUNTS[scale]}


@pytest.mark.parametrize(("scale", "level"), LEVELS)
def test_shapes_are_valid_and_neighbours_share_their_edges_without_overlap(scale, level):
    shapes = drawn(scale, level).geometry
    assert shapes.is_valid.all() and not shapes.is_empty.any()
    assert set(shapes.geom_type) <= {"Polygon", "MultiPolygon"}
    assert shapely.coverage_is_valid(shapes.to_numpy(), gap_width=0.0005)  # no slivers of 50 m either


@pytest.mark.parametrize(("scale", "level"), [("20M", 3), ("60M", 2)])
def test_no_two_regions_overlap_by_an_independent_count(scale, level):
    shapes = drawn(scale, level).geometry.to_crs(3035)
    first, second = shapes.sindex.query(shapes, predicate="intersects")
    pairs = first < second
    common = shapely.intersection(shapes.to_numpy()[first[pairs]], shapes.to_numpy()[second[pairs]])
    assert pairs.sum() > 2 * len(shapes) and shapely.area(common).max() < 1  # square metre: projecting rounds


@pytest.mark.parametrize(("scale", "level"), [pair for pair in LEVELS if pair[1] > 0])
def test_a_region_is_exactly_what_lies_in_it(scale, level):
    inner, outer = drawn(scale, level), drawn(scale, level - 1)
    parents = [nuts.parent(code) for code in inner.index]
    together = inner.geometry.groupby(parents).agg(lambda parts: shapely.coverage_union_all(parts.to_numpy()))
    together = gpd.GeoSeries(together, crs=4326).normalize()
    assert_geoseries_equal(together, outer.geometry.normalize().loc[together.index], check_index_type=False)


def test_a_country_is_found_where_it_is():
    at = drawn("60M", 0).geometry
    for code, place in {"IT": (12.5, 42.5), "ES": (-4.0, 40.0), "FI": (26.0, 63.0), "CY": (33.2, 35.0)}.items():
        assert at.index[at.contains(shapely.Point(place))].tolist() == [code]


@pytest.mark.parametrize("scale", COUNTS)
def test_a_map_is_small_enough_to_travel(scale):
    assert (bundled("maps") / f"nuts_2021_{scale}.parquet").stat().st_size < 1_500_000


def test_the_notices_travel_with_the_maps():
    notice = (bundled("maps") / "NOTICE.md").read_text(encoding="utf-8")
    for words in (
        "© EuroGeographics for the administrative boundaries",
        "non-commercial",
        "MIT License",
        "Copyright (c) 2023 Nesta",
    ):
        assert words in notice


@pytest.mark.mirror
@pytest.mark.parametrize(("scale", "least"), [("20M", 0.89), ("60M", 0.82)])
def test_small_regions_keep_most_of_their_area(mirror, scale, least):
    original = gpd.read_parquet(mirror / "nuts" / "NUTS_RG_10M_2021_4326.parquet").set_index("NUTS_ID")
    ours = drawn(scale).to_crs(3035).area
    share = ours / original.to_crs(3035).area.reindex(ours.index)
    assert share.between(least, 1.1).all() and abs(share.median() - 1) < 0.01
