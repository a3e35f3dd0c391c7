"""The map: shapes sent once, then for each answer the class of every region, or a circle for every count."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely

from workbench.charts.shapes import Box, borders, projected, rings, window
from workbench.cubes.selection import Selection
from workbench.sources.boundaries import boundaries
from workbench.study.drawing import FEW_COUNTRIES
from workbench.study.finding import Finding
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _
from workbench.views.linked.marks import Marks, ends, marks_of, shades, states_key

GRAIN = 250
"""Metres of one unit on the screen: finer than the bundled map is, and few digits to send."""
RATIOS = (0.5, 0.67, 0.83, 1.2, 1.5, 2.0)
"""Breaks of ratios to the whole: the same on both sides of 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shapes:
    """The shapes of one level: what is sent to a screen once (`sent`), and where regions lie (`frame`, in metres)."""

    codes: tuple[str, ...]
    sent: dict = field(repr=False)
    frame: gpd.GeoDataFrame = field(repr=False)
    insets: tuple[Box, ...]


@lru_cache(maxsize=8)
def shapes(edition: str, level: int) -> Shapes:
    """The regions of one level as paths in units of GRAIN metres, y down.

    Parameters
    ----------
    edition : str
        Of NUTS.
    level : int

    Returns
    -------
    Shapes
    """
    regions = boundaries(edition=edition, level=level)
    plane, insets = projected(regions)
    xs, ys = rings(plane.geometry)
    middles = shapely.point_on_surface(plane.geometry.map(_largest).to_numpy())
    codes = tuple(regions.index.astype(str))
    lines = zip(*borders(plane), strict=True)
    sent = {
        "id": f"{edition}-{level}",
        "codes": list(codes),
        "paths": [_path(x, y) for x, y in zip(xs, ys, strict=True)],
        "middles": [[_unit(point.x), -_unit(point.y)] for point in middles],
        "borders": "".join(_ring(x, y) for x, y in lines),
        "insets": [_box(inset) for inset in insets],
    }
    return Shapes(codes=codes, sent=sent, frame=plane, insets=tuple(insets))


def drawn(finding: Finding, selection: Selection) -> dict:
    """What the screen draws of a finding by region.

    Parameters
    ----------
    finding : Finding
        Rates are shaded, ratios shaded around 1, counts are circles.
    selection : Selection
        That the views share.

    Returns
    -------
    dict
        Plain values; `row_of` has the place of a row for each shape (-1: not in this answer), `fit` the box to show.
    """
    marks = marks_of(finding, finding.by)
    known = shapes(finding.edition, DIMENSIONS[finding.by[0]].level)
    row_of = _rows_of(marks, known)
    counts = bool(finding.frame["value"].equals(finding.frame["count"])) and not finding.chart_spec.ratio
    shade, key, faint = _coloured(finding, marks, counts)
    outside = -1 in row_of
    entries = [*key["entries"], *([{"label": _("not in this answer"), "look": "outside"}] if outside else [])]
    return {
        "kind": "map",
        "says": ends(marks),
        "shapes": known.sent["id"],
        "marks": {**marks.columns, "shade": shade, "faint": faint},
        "row_of": row_of,
        "circles": counts,
        "diverging": finding.chart_spec.ratio,
        "chosen": marks.chosen(selection),
        "fit": fit(known, finding, selection),
        "key": {**key, "entries": entries},
        "notes": _homeless(marks, known),
        "credit": _("© EuroGeographics for the administrative boundaries"),
    }


def fit(known: Shapes, finding: Finding, selection: Selection) -> list[int]:
    """The box that shows the countries asked about, where they are few, else Europe.

    Parameters
    ----------
    known : Shapes
    finding : Finding
    selection : Selection

    Returns
    -------
    list of int
        Left, top, width and height in units of the paths.
    """
    wanted = [part for code in selection.regions for part in code.split("+")] or list(finding.frame[finding.by[0]])
    countries = {code[:2] for code in wanted} & {code[:2] for code in known.codes}
    return _window(known, tuple(sorted(countries)) if len(countries) < FEW_COUNTRIES else ())


@lru_cache(maxsize=256)
def _window(known: Shapes, countries: tuple[str, ...]) -> list[int]:
    inside = known.frame[[code.startswith(countries) for code in known.codes]] if countries else known.frame
    return _box(window(inside, known.insets))


def _coloured(finding: Finding, marks: Marks, counts: bool) -> tuple[list, dict, list[bool]]:
    """The class of each row, the key, and which rows are not told apart from the whole."""
    rows = marks.rows
    if counts:
        key = {"method": _("area of a circle: the count"), "entries": states_key(rows["state"])}
        return [None] * len(rows["state"]), key, []
    if not finding.chart_spec.ratio:
        return *shades(marks), []
    place = np.searchsorted(RATIOS, rows["value"], side="right") + 1
    shade = [int(at) if value == value else None for at, value in zip(place, rows["value"], strict=True)]
    faint = [low <= 1 <= high for low, high in zip(rows["low"], rows["high"], strict=True)]
    between = [
        _("{low:g} to {high:g}").format(low=low, high=high) for low, high in zip(RATIOS, RATIOS[1:], strict=False)
    ]
    labels = [_("under {high:g}").format(high=RATIOS[0]), *between, _("{low:g} and over").format(low=RATIOS[-1])]
    entries = [{"label": label, "look": f"ratio-{at}"} for at, label in enumerate(labels, 1)][::-1]
    if any(faint):
        entries.append({"label": _("paler: the interval holds 1"), "look": "faint"})
    method = _("times the rate of all others; classes alike on both sides of 1")
    return shade, {"method": method, "entries": [*entries, *states_key(rows["state"])]}, faint


def _rows_of(marks: Marks, known: Shapes) -> list[int]:
    """The place of the row of each shape; a value published for A+B is drawn on A and B."""
    places = {code: at for at, (group,) in enumerate(marks.columns["key"]) for code in group.split("+")}
    return [places.get(code, -1) for code in known.codes]


def _homeless(marks: Marks, known: Shapes) -> list[str]:
    codes = set(known.codes)
    lost = [group for (group,) in marks.columns["key"] if not codes.intersection(group.split("+"))]
    if not lost:
        return []
    some = ", ".join(lost[:4]) + (", …" if len(lost) > 4 else "")
    return [_("Not on this map, for want of a shape: {codes} ({count}).").format(codes=some, count=len(lost))]


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    return max(shapely.get_parts(shape), key=lambda part: part.area)


def _path(xs: Iterable, ys: Iterable) -> str:
    """The rings of a shape as one SVG path, filled by the even-odd rule."""
    polygons = zip(xs, ys, strict=True)
    return "".join(_ring(x, y) + "z" for xx, yy in polygons for x, y in zip(xx, yy, strict=True))


def _ring(xs: Iterable[float], ys: Iterable[float]) -> str:
    """A line with steps in whole units: a third of the bytes of positions."""
    points = np.column_stack([np.asarray(xs, float), -np.asarray(ys, float)]) / GRAIN
    points = points.round().astype(int)
    steps = np.diff(points, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    return "M{} {}l{}".format(*points[0], " ".join(f"{x} {y}" for x, y in steps.tolist()))


def _unit(metres: float) -> int:
    return round(metres / GRAIN)


def _box(box: Box) -> list[int]:
    left, bottom, right, top = box
    return [_unit(left), -_unit(top), _unit(right - left), _unit(top - bottom)]
