"""Boundaries made ready to draw, on squares small enough to check by hand."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from workbench.charts.shapes import EUROPE, INSETS, borders, projected, rings, window


def regions(crs=4326, **shapes) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes.values()), index=list(shapes), crs=crs)


def test_rings_keep_parts_and_holes_apart():
    holed = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 2, 2).exterior])
    xs, ys = rings([MultiPolygon([holed, box(5, 0, 6, 1)]), box(0, 5, 1, 6)])
    assert [[len(polygon) for polygon in shape] for shape in xs] == [[2, 1], [1]]
    assert sorted(zip(xs[0][0][1], ys[0][0][1], strict=True)) == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_shapes_in_degrees_are_drawn_in_the_equal_area_projection_of_europe():
    found, insets = projected(regions(ES30=box(-4, 40, -3, 41)))
    expected = pyproj.Transformer.from_crs(4326, 3035, always_xy=True).transform(-4, 40)
    points = shapely.get_coordinates(found.geometry["ES30"])
    assert np.abs(points - expected).sum(axis=1).min() == pytest.approx(0, abs=1e-6)
    assert insets == []


def test_shapes_in_another_system_end_at_the_same_place():
    degrees = regions(IT=box(12, 42, 13, 43))
    one, other = projected(degrees)[0].geometry["IT"], projected(degrees.to_crs(3857))[0].geometry["IT"]
    assert one.symmetric_difference(other).area < 1e-6 * one.area


def test_shapes_without_a_system_are_taken_as_they_are():
    plane = regions(crs=None, A=box(0, 0, 1, 1))
    assert projected(plane)[0].geometry["A"].equals(box(0, 0, 1, 1))


@pytest.mark.parametrize(
    ("place", "inset"), [((-16, 28), 0), ((-61.5, 16.2), 3), ((55.5, -21.1), 6), ((20, 79), 8)], ids=str
)
def test_far_off_regions_are_drawn_in_their_inset(place, inset):
    lon, lat = place
    found, used = projected(regions(A=box(lon, lat, lon + 0.1, lat + 0.1), B=box(2, 48, 3, 49)))
    assert used == [INSETS[inset].drawn]
    assert box(*INSETS[inset].drawn).contains(found.geometry["A"])
    assert box(*EUROPE).contains(found.geometry["B"])


def test_only_the_far_off_part_of_a_country_moves():
    spain, canarias = box(-4, 40, -3, 41), box(-16, 28, -15.5, 28.5)
    whole = projected(regions(ES=MultiPolygon([spain, canarias])))[0].geometry["ES"]
    main = projected(regions(ES=spain))[0].geometry["ES"]
    inside = box(*INSETS[0].drawn)
    assert len(whole.geoms) == 2
    assert whole.difference(inside).symmetric_difference(main).area < 1


def test_insets_overlap_neither_each_other_nor_the_edge_of_the_map():
    boxes = [box(*inset.drawn) for inset in INSETS]
    assert all(not one.intersects(other) for at, one in enumerate(boxes) for other in boxes[:at])
    assert all(box(*EUROPE).contains(one) for one in boxes)


def test_borders_run_around_countries_and_not_between_regions():
    shapes = regions(crs=None, ES1=box(0, 0, 1, 1), ES2=box(1, 0, 2, 1), PT1=box(2, 0, 3, 1))
    xs, ys = borders(shapes)
    lines = shapely.union_all([shapely.LineString(np.column_stack(line)) for line in zip(xs, ys, strict=True)])
    assert not lines.intersects(shapely.Point(1, 0.5))
    assert lines.intersects(shapely.Point(2, 0.5))
    assert lines.length == pytest.approx(2 * 3 + 2 + 1)


def test_borders_are_found_where_neighbours_do_not_share_their_edges():
    shapes = regions(crs=None, ES1=box(0, 0, 1, 2), ES2=shapely.segmentize(box(1, 0.5, 2, 1), 0.3))
    assert borders(shapes)[0]


def test_the_window_holds_the_shapes_and_stops_at_europe():
    near = window(projected(regions(ES=box(-4, 40, -3, 41)))[0])
    assert EUROPE[0] < near[0] < near[2] < EUROPE[2]
    wide = window(projected(regions(A=box(-4, 40, -3, 41), B=box(-80, 0, -79, 1)))[0])
    assert wide[0] == EUROPE[0]


def test_the_window_holds_the_whole_inset_of_a_shape_in_it():
    shapes, insets = projected(regions(PT30=box(-17, 32.7, -16.9, 32.8), PT11=box(-8, 41, -7, 42)))
    assert box(*window(shapes, insets)).contains(box(*INSETS[1].drawn))
    assert window(shapes.loc[["PT11"]], insets)[0] > INSETS[1].drawn[2]


def test_a_far_off_region_without_an_inset_can_still_be_looked_at():
    shapes, _insets = projected(regions(XX=box(-80, 0, -79, 1)))
    left, bottom, right, top = window(shapes)
    assert box(left, bottom, right, top).contains(shapes.geometry["XX"])
