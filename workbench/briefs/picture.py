"""The static twin of a chart, as SVG: for paper, for PDF, and where scripts do not run."""

import math
from collections.abc import Sequence
from html import escape

import pandas as pd
from shapely import box, get_parts

from workbench.charts.palette import CATEGORICAL, FONT, INK, MUTED, OUTSIDE, RULE, SEQUENTIAL
from workbench.sources.boundaries import boundaries
from workbench.study.chart import Picture
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, figures
from workbench.terms.words import number, whole

WIDTH = 680
ROW = 22
MOST_ROWS = 40
"""So many groups are drawn, from the top; the table has all."""
MOST_LINES = len(CATEGORICAL)
NAME_WIDTH = 266
CUT = 38
"""Characters of a group's name at the most."""
WORLD = box(-25, 33, 45, 72)
"""Europe in degrees: what lies far off is in the table."""


def svg(picture: Picture) -> str:
    """A picture as SVG, with a text for whoever cannot see it left to the page.

    Parameters
    ----------
    picture : Picture
        Of a finding.

    Returns
    -------
    str
        "" where no row has a figure.
    """
    frame = picture.frame.reset_index(drop=True)
    if frame["value"].notna().sum() == 0:
        return ""
    if picture.chart.kind == "map" and len(frame) > 2:
        return _map(picture, frame)
    if "year" in picture.by and picture.chart.kind in ("series", "line"):
        return _series(picture, frame)
    return _rows(picture, frame)


def _rows(picture: Picture, frame: pd.DataFrame) -> str:
    """A point with its interval for each group, the largest on top unless the groups have an order of their own."""
    inherent = {"age_group", "severity", "size", "year"} & {DIMENSIONS[name].axis for name in picture.by}
    known = frame[frame["value"].notna()]
    shown = known if inherent else known.sort_values("value", ascending=False, kind="stable")
    shown = shown.head(MOST_ROWS)
    ends = pd.concat([shown["value"], shown["low"], shown["high"]]).dropna()
    scale = _Scale(min(0.0, float(ends.min())), float(ends.max()), NAME_WIDTH, WIDTH - 70)

    height = ROW * len(shown) + 34
    parts = [_axis(scale, 8, height - 26)]
    for place, row in enumerate(shown.to_dict("records")):
        y = 8 + ROW * place + ROW / 2
        parts.append(_text(NAME_WIDTH - 10, y + 4, _name(row, picture.by), anchor="end"))
        if not math.isnan(row["low"]):
            parts.append(_line(scale(row["low"]), y, scale(row["high"]), y, CATEGORICAL[0], 2))
        x = scale(row["value"])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{CATEGORICAL[0]}"/>')
        right = max(x, scale(row["high"]) if not math.isnan(row["high"]) else x)
        bare = math.isnan(row["low"]) and row["value"] % 1 == 0  # accidents or people
        figure = whole(row["value"]) if bare else number(row["value"], short=True)
        parts.append(_text(right + 8, y + 4, figure, colour=MUTED))
    return _document(parts, height)


def _series(picture: Picture, frame: pd.DataFrame) -> str:
    """A line by year for each group, with limits; each unbroken span of a fitted line apart."""
    others = [name for name in picture.by if name != "year"]
    groups = list(frame.groupby(others, sort=False)) if others else [("", frame)]
    groups = groups[:MOST_LINES]
    drawn = pd.concat([rows for _group, rows in groups])
    ends = pd.concat([drawn["value"], drawn["low"], drawn["high"]]).dropna()
    years = [int(year) for year in sorted(drawn["year"].unique())]
    across = _Scale(years[0], max(years[-1], years[0] + 1), 66, WIDTH - (170 if others else 20))
    up = _Scale(min(0.0, float(ends.min())), 1.06 * float(ends.max()), 262, 14)

    parts = [_line(66, up(tick), across.end, up(tick), RULE, 1) for tick in up.ticks()]
    parts += [_text(58, up(tick) + 4, _tick(tick), anchor="end", colour=MUTED) for tick in up.ticks()]
    step = max(1, len(years) // 10)
    parts += [_text(across(year), 284, str(year), anchor="middle", colour=MUTED) for year in years[::step]]
    if "segment" in frame:  # where the source counts differently
        firsts = frame.dropna(subset=["segment"]).groupby("segment")["year"].min().sort_values().tolist()[1:]
        parts += [_line(across(year - 0.5), 14, across(year - 0.5), 262, MUTED, 1) for year in firsts]
    for place, (_group, rows) in enumerate(groups):
        parts += _one_series(rows.sort_values("year"), across, up, CATEGORICAL[place])
        if others:
            last = rows[rows["value"].notna()].tail(1).to_dict("records")
            parts += [
                _text(across(row["year"]) + 8, up(row["value"]) + 4, _name(row, picture.by), colour=CATEGORICAL[place])
                for row in last
            ]
    return _document(parts, 292)


def _one_series(rows: pd.DataFrame, across: "_Scale", up: "_Scale", colour: str) -> list[str]:
    parts = []
    fitted = "fit" in rows
    for row in rows[rows["value"].notna()].to_dict("records"):
        x = across(row["year"])
        if not math.isnan(row["low"]):
            parts.append(_line(x, up(row["low"]), x, up(row["high"]), colour, 1.5))
        parts.append(f'<circle cx="{x:.1f}" cy="{up(row["value"]):.1f}" r="3.5" fill="{colour}"/>')
    pieces = rows.groupby("segment") if fitted else [("", rows)]
    for _number, piece in pieces:
        line = piece[["year", "fit" if fitted else "value"]].dropna().to_numpy(float)
        points = " ".join(f"{across(year):.1f},{up(value):.1f}" for year, value in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def _map(picture: Picture, frame: pd.DataFrame) -> str:
    """Regions in the colour of their figure, by quantiles, with the rest of their countries in grey."""
    name = picture.by[0]
    shapes = boundaries(edition=picture.edition, level=DIMENSIONS[name].level)
    values = frame.set_index(name)["value"]
    places = shapes[shapes.index.str[:2].isin({str(code)[:2] for code in values.index})]
    places = places.assign(geometry=places.geometry.intersection(WORLD)).loc[lambda part: ~part.geometry.is_empty]
    if places.empty:
        return _rows(picture, frame)
    plane = places.to_crs(3035).simplify(2_500)
    west, south, east, north = plane.total_bounds
    size = min((WIDTH - 190) / (east - west), 440 / (north - south))
    height = size * (north - south) + 16
    cuts = sorted(set(values.quantile([0.2, 0.4, 0.6, 0.8]).dropna()))

    parts = []
    for code, shape in plane.items():
        value = values.get(code, math.nan)
        colour = OUTSIDE if pd.isna(value) else _colour(value, cuts)
        outline = "".join(_ring(part.exterior.coords, west, north, size) for part in get_parts([shape]) if part.area)
        parts.append(f'<path d="{outline}" fill="{colour}" stroke="#ffffff" stroke-width="0.6"/>')
    edges = [float(values.min()), *cuts, float(values.max())]
    for place, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        y = 20 + 24 * place
        colour = _colour(low, cuts) if place else SEQUENTIAL[1]
        parts.append(f'<rect x="{WIDTH - 170}" y="{y - 12}" width="16" height="16" fill="{colour}"/>')
        key = _("{low} to {high}").format(low=number(low, short=True), high=number(high, short=True))
        parts.append(_text(WIDTH - 146, y + 1, key))
    return _document(parts, max(height, 24 * len(edges) + 20))


def _ring(coordinates: Sequence, west: float, north: float, size: float) -> str:
    points = [f"{8 + (x - west) * size:.1f} {8 + (north - y) * size:.1f}" for x, y, *_rest in coordinates]
    return f"M{'L'.join(points)}Z"


def _colour(value: float, cuts: Sequence[float]) -> str:
    return SEQUENTIAL[1 + sum(value >= cut for cut in cuts)]


class _Scale:
    """From figures to pixels, on a straight scale with round ticks."""

    def __init__(self, low: float, high: float, start: float, end: float):
        self.low, self.high = low, high if high > low else low + 1
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round figures, four or five of them."""
        rough = (self.high - self.low) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
        first = math.ceil(self.low / step)
        return [step * at for at in range(first, math.floor(self.high / step) + 1)]


def _axis(scale: _Scale, top: float, bottom: float) -> str:
    lines = [_line(scale(tick), top, scale(tick), bottom, RULE, 1) for tick in scale.ticks()]
    return "".join(
        [*lines, *(_text(scale(t), bottom + 16, _tick(t), anchor="middle", colour=MUTED) for t in scale.ticks())]
    )


def _tick(value: float) -> str:
    return figures(f"{value:,.6g}") if abs(value) < 1e6 else whole(value)


def _name(row: dict, by: Sequence[str]) -> str:
    parts = [str(row.get(f"{name}_label") or row.get(name)) for name in by if name != "year" or len(by) == 1]
    text = ", ".join(parts) or str(row.get("term_label") or row.get("term") or _("all"))
    return text if len(text) <= CUT else text[: CUT - 1].rstrip() + "…"


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def _document(parts: Sequence[str], height: float) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
    font = FONT.replace('"', "'")
    return f'{head}height="{height:.0f}" font-family="{font}" font-size="12.5">{"".join(parts)}</svg>'
