"""Which regions are neighbours: by shared borders or by nearness, as libpysal finds them; those without are named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from workbench.models.inputs import chosen, some, whole_number
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, n_, translated

if TYPE_CHECKING:
    from libpysal.graph import Graph

EQUAL_AREA = 3035  # ETRS89-LAEA, in which a centroid is the middle of the surface
STYLES = {"row": mark("row-standardised"), "binary": mark("binary")}
TRANSFORMATIONS = {"row": "R", "binary": "B"}  # libpysal's letters


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbours:
    """A graph of regions by code. `islands` have no neighbours; `links_added` is what was done about them."""

    links: Mapping[str, tuple[str, ...]] = field(repr=False)  # by region, in the order of the map
    method: str
    links_added: tuple[tuple[str, str], ...] = ()

    @cached_property
    def codes(self) -> pd.Index:
        """The regions, in the order of the map."""
        return pd.Index(list(self.links))

    @cached_property
    def islands(self) -> tuple[str, ...]:
        """The regions without neighbours."""
        return tuple(code for code, others in self.links.items() if not others)

    @property
    def pieces(self) -> int:
        """How many parts of the map no chain of neighbours joins; each island is one."""
        return int(self.graph("binary").n_components)

    def graph(self, style: str) -> "Graph":
        """The same as libpysal's Graph, in the order of `codes`: "binary", or "row" (each region's sum to 1).

        Parameters
        ----------
        style : {"row", "binary"}

        Returns
        -------
        libpysal.graph.Graph

        Raises
        ------
        ModelError
            For another style.
        """
        chosen(style, STYLES, "style")
        return _library().from_dicts(dict(self.links)).transform(TRANSFORMATIONS[style])

    def matrix(self, style: str) -> sparse.csr_array:
        """The weights of `graph(style)`; the row of an island is 0."""
        return self.graph(style).sparse

    def among(self, codes: Iterable[str]) -> "Neighbours":
        """The same graph with these regions only, in their order; ModelError names those it does not have.

        Parameters
        ----------
        codes : iterable of str
            Of regions.

        Returns
        -------
        Neighbours

        Raises
        ------
        ModelError
            Naming the codes that the graph does not have.
        """
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
        parts = [
            _("{method}: {n} regions, {mean:.1f} neighbours on average").format(
                method=self.method,
                n=len(self.links),
                mean=np.mean([len(others) for others in self.links.values()]) if self.links else 0,
            )
        ]
        if self.links_added:
            joined = some(island for island, _nearest in self.links_added)
            parts.append(_("joined to the nearest region: {codes}").format(codes=joined))
        if self.links and (pieces := self.pieces) > 1:
            parts.append(_("{n} parts without a link between them").format(n=pieces))
        if self.islands:
            parts.append(_("without neighbours: {codes}").format(codes=some(self.islands)))
        return "; ".join(parts)


def queen_neighbours(regions: gpd.GeoDataFrame, *, islands: str = "keep") -> Neighbours:
    """Regions that share a border or a point of it. Each is the other's neighbour.

    Parameters
    ----------
    regions : GeoDataFrame by code
        One polygon each, with a coordinate system.
    islands : {"keep", "link", "refuse"}
        What to do with regions that touch none: keep them without neighbours, link them to the nearest region (and it
        to them), or refuse the map.

    Returns
    -------
    Neighbours

    Raises
    ------
    ModelError
        Repeated codes, missing shapes, no coordinate system, islands that are refused, no borders at all.
    """
    chosen(islands, ("keep", "link", "refuse"), "islands")
    codes = _checked(regions)
    shapes = gpd.GeoSeries(shapely.make_valid(regions.geometry.to_numpy()), index=codes, crs=regions.crs)
    # "intersects", not shared vertices: on a map that was simplified, a corner may lie on its neighbour's edge
    links = _links(_library().build_fuzzy_contiguity(shapes, predicate="intersects"))
    alone = [code for code, others in links.items() if not others]
    if len(alone) == len(links):
        message = _(
            "No two of the {n} regions touch. Take nearest_neighbours, or a map of the same edition without gaps."
        )
        raise ModelError(message.format(n=len(links)))
    if alone and islands == "refuse":
        message = _(
            "{codes} touch no other region. Ask for islands='link' (each to its nearest region) or 'keep', take "
            "nearest_neighbours, or leave them out."
        )
        raise ModelError(message.format(codes=some(alone)))
    added = []
    if alone and islands == "link":
        nearest = nearest_neighbours(regions, k=1).links
        for island in alone:
            (other,) = nearest[island][:1]
            added.append((island, other))
            for one, two in ((island, other), (other, island)):
                if two not in links[one]:
                    links[one] = tuple(code for code in links if code in {*links[one], two})
    method = _("queen contiguity, islands linked to the nearest region") if added else _("queen contiguity")
    return Neighbours(links=links, method=method, links_added=tuple(added))


def nearest_neighbours(regions: gpd.GeoDataFrame, *, k: int = 5) -> Neighbours:
    """The `k` regions whose centroids are nearest, over the surface of the earth. No region is an island.

    A region may be far from those it has as neighbours, and need not be theirs.

    Parameters
    ----------
    regions : GeoDataFrame by code
        One polygon each, with a coordinate system.
    k : int
        Neighbours of each region, fewer than there are regions.

    Returns
    -------
    Neighbours

    Raises
    ------
    ModelError
        As `queen_neighbours`, and when there are not more than `k` regions.
    """
    codes = _checked(regions)
    n = len(codes)
    message = _("k={k} neighbours cannot be found among {n} regions. Give 1 to {most}.")
    refusal = message.format(k=k, n=n, most=n - 1)
    if whole_number(k, least=1, refusal=refusal) >= n:
        raise ModelError(refusal)
    centroids = regions.geometry.to_crs(EQUAL_AREA).centroid.to_crs(4326)
    # libpysal refuses points that coincide (a town in the middle of the region around it): a millimetre sets them apart
    aside = 1e-8 * pd.Series(centroids.to_wkb().to_numpy()).groupby(centroids.to_wkb().to_numpy()).cumcount()
    points = gpd.GeoSeries.from_xy(centroids.x.to_numpy() + aside.to_numpy(), centroids.y, index=codes, crs=4326)
    graph = _library().build_knn(points, k=int(k), metric="haversine")
    return Neighbours(links=_links(graph), method=_("{k} nearest centroids").format(k=k))


def listed_neighbours(links: Mapping[str, Iterable[str]], *, method: str = "") -> Neighbours:
    """Neighbours written out by hand: each region's code to the codes of its neighbours.

    Parameters
    ----------
    links : mapping of code to codes
        Every region is a key; one without neighbours has an empty list.
    method : str
        How they were found, for the reader.

    Returns
    -------
    Neighbours

    Raises
    ------
    ModelError
        If `links` is no such mapping, or a neighbour is no region of the list, or the region itself.
    """
    if not isinstance(links, Mapping):
        message = _("Of the neighbours came {kind}. Give a mapping of each region's code to its neighbours' codes.")
        raise ModelError(message.format(kind=type(links).__name__))
    listed = {}
    for code, others in links.items():
        if isinstance(others, str) or not isinstance(others, Iterable):
            message = _("The neighbours of {code} are {others!r}, not a list. Give the codes of its neighbours.")
            raise ModelError(message.format(code=code, others=others))
        listed[str(code)] = tuple(dict.fromkeys(map(str, others)))
    for code, others in listed.items():
        if code in others or set(others) - set(listed):
            message = _("The neighbours of {code} are {others}: each must be another region of the list.")
            raise ModelError(message.format(code=code, others=some(others)))
    return Neighbours(links=listed, method=method or _("neighbours as listed"))


def checked_neighbours(neighbours: object) -> Neighbours:
    """`neighbours` when they are Neighbours, else a ModelError that says where they come from."""
    if not isinstance(neighbours, Neighbours):
        message = _(
            "Of the neighbours came {kind}. Take queen_neighbours or nearest_neighbours of a map, or listed_neighbours "
            "of a mapping of codes; a matrix does not say which region is which."
        )
        raise ModelError(message.format(kind=type(neighbours).__name__))
    return neighbours


def style_words(style: str) -> str:
    """How the weights are made, in words."""
    return translated(STYLES[style])


def _library() -> "type[Graph]":
    """libpysal's Graph. Imported on first use: it takes a second, and smoothed rates and ranks often do without."""
    from libpysal.graph import Graph

    return Graph


def _links(graph: "Graph") -> dict[str, tuple[str, ...]]:
    """The neighbours of each region; libpysal marks an island by a link to itself of weight 0."""
    links: dict[str, list[str]] = {code: [] for code in graph.unique_ids}
    for one, two in graph.adjacency.index:
        if one != two:
            links[one].append(two)
    return {code: tuple(others) for code, others in links.items()}


def _checked(regions: gpd.GeoDataFrame) -> pd.Index:
    """The codes of a map that can have neighbours, as text."""
    if not isinstance(regions, gpd.GeoDataFrame):
        message = _("Of the regions came {kind}, not a GeoDataFrame by code. boundaries() gives one.")
        raise ModelError(message.format(kind=type(regions).__name__))
    codes = regions.index.astype(str)
    if not codes.is_unique:
        message = _("{codes} have several shapes. Join them first, as in regions.dissolve('code').")
        raise ModelError(message.format(codes=some(codes[codes.duplicated()].unique())))
    if regions._geometry_column_name not in regions:
        raise ModelError(_("The map has no shapes. boundaries() gives a map with shapes."))
    bare = (regions.geometry.isna() | regions.geometry.is_empty).to_numpy()
    if bare.any():
        raise ModelError(_("{codes} have no shape. Leave them out.").format(codes=some(codes[bare])))
    if regions.crs is None:
        raise ModelError(
            _("The map has no coordinate system. Say which with regions.set_crs(4326) if it is in degrees.")
        )
    if len(regions) < 2:
        message = n_(
            "{n} region has no neighbours. Take more regions.",
            "{n} regions have no neighbours. Take more regions.",
            len(regions),
        )
        raise ModelError(message.format(n=len(regions)))
    return codes
