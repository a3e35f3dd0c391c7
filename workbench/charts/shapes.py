"""From boundaries to drawable rings: projected so that Europe looks right, far-off regions moved into insets."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, radians

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

# Metres in EPSG:3035: Portugal to Türkiye, Crete to the North Cape.
EUROPE = (2_350_000, 1_330_000, 7_420_000, 5_460_000)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Inset:
    """A territory outside the European window (degrees) and where it is drawn (metres in EPSG:3035)."""

    territory: Box
    drawn: Box


# Beside the country each belongs to, so that zooming to the country shows them too.
INSETS = (
    Inset((-18.3, 27.5, -13.3, 29.5), (2_650_000, 1_340_000, 3_050_000, 1_520_000)),  # Canarias
    Inset((-17.4, 32.3, -16.2, 33.2), (2_380_000, 1_560_000, 2_540_000, 1_690_000)),  # Madeira
    Inset((-31.4, 36.8, -24.9, 39.9), (2_360_000, 1_740_000, 2_600_000, 1_900_000)),  # Açores
    Inset((-61.9, 15.8, -60.9, 16.6), (2_800_000, 2_900_000, 2_960_000, 3_040_000)),  # Guadeloupe
    Inset((-61.3, 14.3, -60.7, 15.0), (2_990_000, 2_900_000, 3_150_000, 3_040_000)),  # Martinique
    Inset((-54.8, 2.0, -51.4, 6.0), (2_610_000, 2_720_000, 2_770_000, 2_880_000)),  # Guyane
    Inset((55.1, -21.5, 55.95, -20.8), (2_800_000, 2_720_000, 2_960_000, 2_860_000)),  # La Réunion
    Inset((44.9, -13.1, 45.4, -12.6), (2_990_000, 2_720_000, 3_150_000, 2_860_000)),  # Mayotte
    Inset((8.0, 74.0, 36.0, 81.0), (3_700_000, 5_100_000, 3_960_000, 5_400_000)),  # Svalbard
)


def projected(shapes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Box]]:
    """`shapes` in EPSG:3035 with far-off parts in their insets, and the boxes of the insets that are used.

    Shapes without a coordinate system are taken as plane coordinates and left as they are.

    Parameters
    ----------
    shapes : GeoDataFrame
        By code, in any coordinate system.

    Returns
    -------
    (GeoDataFrame, list of Box)
        Boxes in metres: left, bottom, right, top.
    """
    if shapes.crs is None:
        return shapes, []
    parts, owner = shapely.get_parts(shapes.to_crs(4326).geometry.to_numpy(), return_index=True)
    centres = shapely.get_coordinates(shapely.centroid(parts))
    home = np.ones(len(parts), dtype=bool)
    plane = np.empty(len(parts), dtype=object)
    used = []
    for inset in INSETS:
        west, south, east, north = inset.territory
        inside = (centres[:, 0] > west) & (centres[:, 0] < east) & (centres[:, 1] > south) & (centres[:, 1] < north)
        if inside.any():
            plane[inside] = _into(parts[inside], inset)
            home &= ~inside
            used.append(inset.drawn)
    plane[home] = gpd.GeoSeries(parts[home], crs=4326).to_crs(3035).to_numpy()
    whole = [shapely.multipolygons(group.tolist()) for _owner, group in pd.Series(plane).groupby(owner)]
    return shapes.set_geometry(gpd.GeoSeries(whole, index=shapes.index, crs=3035)), used


def _into(parts: np.ndarray, inset: Inset) -> np.ndarray:
    west, south, east, north = inset.territory
    left, bottom, right, top = inset.drawn
    squeeze = cos(radians((south + north) / 2))
    scale = min((right - left) / ((east - west) * squeeze), (top - bottom) / (north - south))
    middle = np.array([(west + east) / 2, (south + north) / 2])
    centre = np.array([(left + right) / 2, (bottom + top) / 2])
    return shapely.transform(parts, lambda degrees: (degrees - middle) * [squeeze * scale, scale] + centre)


def rings(geometries: Iterable) -> tuple[list, list]:
    """The `xs` and `ys` of Bokeh's multi_polygons: shape, polygon, ring (the first is the outline, the rest holes).

    Parameters
    ----------
    geometries : iterable of polygons and multipolygons

    Returns
    -------
    (list, list)
        Xs and ys.
    """
    shapes = np.array(list(geometries), dtype=object)
    polygons, shape_of = shapely.get_parts(shapes, return_index=True)
    outlines, polygon_of = shapely.get_rings(polygons, return_index=True)
    points, ring_of = shapely.get_coordinates(outlines, return_index=True)
    points, ends = _short(points), np.flatnonzero(np.diff(ring_of)) + 1
    found = [], []
    for axis, nested in enumerate(found):
        nested += [[] for _shape in shapes]
        polygon = [[] for _polygon in polygons]
        for number, line in zip(polygon_of, np.split(points[:, axis], ends), strict=True):
            polygon[number].append(line[:-1].tolist())  # a ring ends where it began
        for number, outline_and_holes in zip(shape_of, polygon, strict=True):
            nested[number].append(outline_and_holes)
    return found


def _short(points: np.ndarray) -> np.ndarray:
    """Whole metres where coordinates are metres: a third of the bytes, and far below the width of a line."""
    return points.round().astype(int) if np.abs(points).max() > 10_000 else points


def borders(shapes: gpd.GeoDataFrame) -> tuple[list, list]:
    """The outlines of countries, from shapes indexed by NUTS code: `xs` and `ys` of multi_line.

    Parameters
    ----------
    shapes : GeoDataFrame
        By NUTS code.

    Returns
    -------
    (list, list)
        Xs and ys.
    """
    country = shapes.index.astype(str).str[:2]
    whole = shapes.geometry.groupby(country).agg(lambda group: _joined(group.to_numpy()))
    outlines = shapely.get_parts(shapely.boundary(shapely.get_parts(whole.to_numpy())))
    points = [_short(shapely.get_coordinates(outline)) for outline in outlines]
    return [line[:, 0].tolist() for line in points], [line[:, 1].tolist() for line in points]


def _joined(geometries: np.ndarray) -> shapely.Geometry:
    try:
        # ten times as fast, where neighbours share their edges exactly
        return shapely.coverage_union_all(geometries)
    except shapely.GEOSException:
        return shapely.union_all(geometries)


def window(shapes: gpd.GeoDataFrame, insets: Iterable[Box] = (), *, margin: float = 0.03) -> Box:
    """The box around `shapes` and their insets, a little larger, cut to Europe where they are in EPSG:3035.

    Parameters
    ----------
    shapes : GeoDataFrame
        Those to be seen.
    insets : iterable of Box
        Of far-off parts.
    margin : float
        Of the longer side.

    Returns
    -------
    Box
        Left, bottom, right, top, in the unit of the shapes.
    """
    around = [shapely.box(*inset) for inset in insets if shapes.intersects(shapely.box(*inset)).any()]
    left, bottom, right, top = shapely.total_bounds([*shapes.geometry, *around])
    pad = margin * max(right - left, top - bottom)
    box = (left - pad, bottom - pad, right + pad, top + pad)
    if shapes.crs is None:
        return box
    cut = (max(box[0], EUROPE[0]), max(box[1], EUROPE[1]), min(box[2], EUROPE[2]), min(box[3], EUROPE[3]))
    return cut if cut[0] < cut[2] and cut[1] < cut[3] else box
