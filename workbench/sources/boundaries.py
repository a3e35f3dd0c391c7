"""Maps of the regions of NUTS: the bundled ones of 2021, other editions from the mirror or from GISCO."""

import os
from functools import lru_cache
from pathlib import Path

import geopandas as gpd

from workbench.sources.kept import fetch
from workbench.terms import nuts
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName
from workbench.terms.places import bundled, mirror
from workbench.terms.text import _

ATTRIBUTION = "© EuroGeographics for the administrative boundaries"
EUROPE = (
    -25.0,
    34.0,
    45.0,
    72.0,
)  # west, south, east, north: without it overseas regions stretch the view to 63 W and 21 S
SCALES = ("20M", "60M")
SOURCES = ("auto", "bundled", "mirror", "live")
GISCO = "https://gisco-services.ec.europa.eu/distribution/v2/nuts/geojson"


def boundaries(
    edition: str = nuts.DEFAULT, level: int = 2, scale: str = "20M", *, source: str | None = None
) -> gpd.GeoDataFrame:
    """The regions of one level of NUTS, to be drawn.

    Extra-regio codes have no shape; GISCO's 2024 shapes lack the Ukrainian regions.

    Parameters
    ----------
    edition : "2010" to "2024"
        2021 is bundled; others come from the folder `nuts` of the mirror, then from GISCO.
    level : 0 to 3
    scale : "20M" or "60M"
        1:20 million (levels 0 to 3) or, for small maps, 1:60 million (levels 0 to 2).
    source : "auto", "bundled", "mirror" or "live"
        The one place besides what is bundled; WORKBENCH_SOURCE, else "auto".

    Returns
    -------
    GeoDataFrame
        Index `nuts` (code), columns name, country, geometry (degrees, EPSG:4326). `.attrs` has attribution (to be
        shown with every map), edition, level, scale and source.

    Raises
    ------
    UnknownName
        For an edition, scale or source that does not exist.
    Refused
        When the scale does not have the level.
    NotAvailable, ReadError
        When the map is not at hand, or is not one.
    """
    source = source or os.environ.get("WORKBENCH_SOURCE") or "auto"
    for what, given, known in (
        (_("NUTS edition"), edition, nuts.EDITIONS),
        (_("map scale"), scale, SCALES),
        (_("source"), source, SOURCES),
    ):
        if given not in known:
            raise UnknownName(what, given, known, hint=_("Known: {names}.").format(names=", ".join(known)))
    if level not in range(4) or (scale == "60M" and level == 3):
        raise Refused(
            _("There is no map of NUTS {level} at {scale}: 20M has levels 0 to 3, 60M levels 0 to 2.").format(
                level=level, scale=scale
            ),
            dimension=f"nuts{level}",
        )
    path, taken_from = _find(edition, level, scale, source)
    found = _read(path, edition, level).copy()
    found.attrs = {"attribution": ATTRIBUTION, "edition": edition, "level": level, "scale": scale, "source": taken_from}
    return found


def _find(edition: str, level: int, scale: str, source: str) -> tuple[Path, str]:
    in_package = bundled("maps") / f"nuts_{edition}_{scale}.parquet"
    if in_package.exists():
        return in_package, "bundled"
    in_mirror = mirror() / "nuts" / f"NUTS_RG_{scale}_{edition}_4326.parquet" if mirror() else None
    if source in ("auto", "mirror") and in_mirror and in_mirror.exists():
        return in_mirror, "mirror"
    name = f"NUTS_RG_{scale}_{edition}_4326_LEVL_{level}.geojson"
    if source in ("auto", "live"):
        return fetch(f"{GISCO}/{name}", name=name, check=lambda path: _read(path, edition, level)), "live"
    raise NotAvailable(
        _(
            "There is no map of NUTS {edition} at {scale} here; bundled are those of 2021. Set WORKBENCH_MIRROR to a "
            "folder with nuts/NUTS_RG_{scale}_{edition}_4326.parquet, or ask with source='live' for {address}/{name}."
        ).format(edition=edition, scale=scale, address=GISCO, name=name)
    )


@lru_cache(maxsize=8)
def _read(path: Path, edition: str, level: int) -> gpd.GeoDataFrame:
    try:
        shapes = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
        shapes = shapes.loc[shapes["LEVL_CODE"].astype(int) == level, ["NUTS_ID", "CNTR_CODE", "geometry"]]
    except Exception as error:  # whatever pyarrow, GDAL or pandas raise on a file that is not such a map
        raise ReadError(
            _("{file} is not a map of NUTS regions with NUTS_ID, LEVL_CODE and CNTR_CODE. Download it again.").format(
                file=path.name
            )
        ) from error
    shapes = (
        shapes.rename(columns={"NUTS_ID": "nuts", "CNTR_CODE": "country"}).set_index("nuts").sort_index().to_crs(4326)
    )
    names = nuts.table(edition).set_index("code")["label"]
    return shapes.assign(name=names.reindex(shapes.index).fillna(shapes.index.to_series()))[
        ["name", "country", "geometry"]
    ]
