"""Which regions are neighbours: by shared borders, by nearness, by distance; regions without any are named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from workbench.models.inputs import chosen, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_

EARTH = 6371.0088  # mean radius in km
EQUAL_AREA = 3035  # ETRS89-LAEA, in which a centroid is the middle of the surface
STYLES = {"row": "row-standardised", "binary": "binary"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours:
    """A graph of regions by code. `islands` have no neighbours; `links_added` is what was done about them."""

    links: Mapping[str, tuple[str, ...]] = field(repr=False)  # by region, in the order of the map
    method: str
    links_added: tuple[tuple[str, str], ...] = ()

    @cached_property
    def codes(self) -> pd.Index:
        return pd.Index(list(self.links))

    @property
    def islands(self) -> tuple[str, ...]:
        return tuple(code for code, others in self.links.items() if not others)

    @property
    def pieces(self) -> int:
        """How many parts of the map no chain of neighbours joins; each island is one."""
        return int(csgraph.connected_components(self.matrix("binary"), directed=False)[0])

    def matrix(self, style: str) -> sparse.csr_array:
        """Weights in the order of `codes`: "binary", or "row" (each region's sum to 1, an island's to 0)."""
        chosen(style, STYLES, "style")
        place = {code: number for number, code in enumerate(self.links)}
        sizes = np.array([len(others) for others in self.links.values()], dtype=np.int64)
        columns = np.array([place[other] for others in self.links.values() for other in others], dtype=np.int64)
        entries = np.repeat(1 / np.maximum(sizes, 1), sizes) if style == "row" else np.ones(len(columns))
        return sparse.csr_array((entries, columns, np.r_[0, np.cumsum(sizes)]), shape=(len(place),) * 2)

    def among(self, codes: Iterable[str]) -> "Neighbours":
        """The same graph with these regions only, in their order; ModelError names those it does not have."""
        wanted = dict.fromkeys(codes)
        if strange := [code for code in wanted if code not in self.links]:
            raise ModelError(
                _("{codes} are not on the map of neighbours. Is the edition of NUTS, and the level, the same?").format(
                    codes=some(strange)
                )
            )
        links = {code: tuple(other for other in self.links[code] if other in wanted) for code in wanted}
        return replace(self, links=links)

    def __str__(self) -> str:
        words = _("{method}: {n} regions, {mean:.1f} neighbours on average").format(
            method=self.method,
            n=len(self.links),
            mean=np.mean([len(others) for others in self.links.values()]) if self.links else 0,
        )
        if self.links_added:
            words += "; " + _("joined to the nearest region: {codes}").format(
                codes=some(island for island, _nearest in self.links_added)
            )
        if (parts := self.pieces) > 1:
            words += "; " + _("{n} parts without a link between them").format(n=parts)
        return words + (
            "; " + _("without neighbours: {codes}").format(codes=some(self.islands)) if self.islands else ""
        )


def queen_neighbours(regions: gpd.GeoDataFrame, *, islands: str = "keep") -> Neighbours:
    """Regions that share a border or a point of it. Each is the other's neighbour.

    Parameters
    ----------
    regions : GeoDataFrame by code, one polygon each, with a coordinate system
    islands : what to do with regions that touch none: "keep" them without neighbours, "link" them to the nearest region
        (and it to them), or "refuse"

    Raises ModelError: repeated codes, missing shapes, no coordinate system, islands that are refused, no borders at all.
    """
    chosen(islands, ("keep", "link", "refuse"), "islands")
    _check(regions)
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = {(int(a), int(b)) for a, b in zip(one, two, strict=True) if a != b}
    alone = sorted(set(range(len(regions))) - {a for a, _b in pairs})
    if not pairs:
        raise ModelError(
            _(
                "No two of the {n} regions touch. Take nearest_neighbours, or a map of the same edition without gaps."
            ).format(n=len(regions))
        )
    codes, added = regions.index.astype(str), []
    if alone and islands == "refuse":
        raise ModelError(
            _("{codes} touch no other region. Ask for islands='link' (each to its nearest region) or 'keep', take "
              "nearest_neighbours, or leave them out.").format(codes=some(codes[alone]))
        )  # fmt: skip
    if alone and islands == "link":
        points = _points(regions)
        nearest = cKDTree(points).query(points[alone], k=2)[1][:, 1]
        for island, other in zip(alone, nearest.tolist(), strict=True):
            pairs |= {(island, other), (other, island)}
            added.append((codes[island], codes[other]))
    return _graph(codes, pairs, _("queen contiguity"), tuple(added))


def nearest_neighbours(regions: gpd.GeoDataFrame, *, k: int = 5) -> Neighbours:
    """The `k` regions whose centroids are nearest, over the surface of the earth. No region is an island.

    A region may be far from those it has as neighbours, and need not be theirs. Errors as `queen_neighbours`, and when
    there are not more than `k` regions.
    """
    _check(regions)
    if not 1 <= k < len(regions):
        raise ModelError(
            _("k={k} neighbours cannot be found among {n} regions. Give 1 to {most}.").format(
                k=k, n=len(regions), most=len(regions) - 1
            )
        )
    points = _points(regions)
    found = cKDTree(points).query(points, k=k + 1)[1]
    pairs = {(a, int(b)) for a, row in enumerate(found) for b in [other for other in row if other != a][:k]}
    return _graph(regions.index.astype(str), pairs, _("{k} nearest centroids").format(k=k))


def distance_neighbours(regions: gpd.GeoDataFrame, *, km: float) -> Neighbours:
    """Regions whose centroids are at most `km` kilometres apart, over the surface of the earth.

    Regions further from all others are islands. Errors as `queen_neighbours`; a distance that joins no two regions.
    """
    _check(regions)
    if not 0 < km <= np.pi * EARTH:
        raise ModelError(_("km={km} is no distance on the earth. Give kilometres, such as 200.").format(km=km))
    pairs = cKDTree(_points(regions)).query_pairs(2 * np.sin(km / EARTH / 2))
    if not pairs:
        raise ModelError(_("No two centroids are within {km:g} km. Give a longer distance.").format(km=km))
    return _graph(
        regions.index.astype(str), pairs | {(b, a) for a, b in pairs}, _("centroids within {km:g} km").format(km=km)
    )


def listed_neighbours(links: Mapping[str, Iterable[str]], *, method: str = "") -> Neighbours:
    """Neighbours written out by hand: each region's code to the codes of its neighbours.

    ModelError when a neighbour is no region of the list, or a region its own neighbour.
    """
    links = {str(code): tuple(dict.fromkeys(map(str, others))) for code, others in links.items()}
    for code, others in links.items():
        if code in others or (set(others) - set(links)):
            raise ModelError(
                _("The neighbours of {code} are {others}: each must be another region of the list.").format(
                    code=code, others=some(others)
                )
            )
    return Neighbours(links=links, method=method or _("neighbours as listed"))


def _check(regions: gpd.GeoDataFrame) -> None:
    if not isinstance(regions, gpd.GeoDataFrame):
        raise ModelError(
            _("Of the regions came {kind}, not a GeoDataFrame by code. boundaries() gives one.").format(
                kind=type(regions).__name__
            )
        )
    if not regions.index.is_unique:
        raise ModelError(
            _("{codes} have several shapes. Join them first, as in regions.dissolve('code').").format(
                codes=some(regions.index[regions.index.duplicated()].unique())
            )
        )
    bare = regions.geometry.isna() | regions.geometry.is_empty
    if bare.any():
        raise ModelError(_("{codes} have no shape. Leave them out.").format(codes=some(regions.index[bare])))
    if regions.crs is None:
        raise ModelError(
            _("The map has no coordinate system. Say which with regions.set_crs(4326) if it is in degrees.")
        )
    if len(regions) < 2:
        said = n_(
            "{n} region has no neighbours. Take more regions.",
            "{n} regions have no neighbours. Take more regions.",
            len(regions),
        )
        raise ModelError(said.format(n=len(regions)))


def _points(regions: gpd.GeoDataFrame) -> np.ndarray:
    """Centroids on the unit sphere: straight distances between them keep the order of those over the surface."""
    middle = regions.geometry.to_crs(EQUAL_AREA).centroid.to_crs(4326)
    east, north = np.radians(middle.x.to_numpy()), np.radians(middle.y.to_numpy())
    return np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])


def _graph(codes: pd.Index, pairs: set[tuple[int, int]], method: str, added: tuple = ()) -> Neighbours:
    links: dict[str, list[str]] = {code: [] for code in codes}
    for one, two in sorted(pairs):
        links[codes[one]].append(codes[two])
    return Neighbours(links={code: tuple(others) for code, others in links.items()}, method=method, links_added=added)
