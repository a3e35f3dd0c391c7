"""A map of rates by region: one source of shapes, repainted by sending colours and words, never the geometry again."""

from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import pandas as pd
from bokeh.models import CDSView, ColumnDataSource, CustomJS, GroupFilter, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, hover, still
from workbench.charts.key import SHADES, Key, legend_title, shades
from workbench.charts.palette import HATCH, INK, LOOKS, MUTED, OUTSIDE, OUTSIDE_LINE, PAPER, ink_on
from workbench.charts.rows import named, tooltips
from workbench.charts.scale import Scale
from workbench.charts.shapes import borders, projected, rings, window
from workbench.terms.errors import UnknownCode, WorkbenchError
from workbench.terms.text import _, mark

NOTICE = mark("© EuroGeographics for the administrative boundaries")
NAMES = ("name", "label", "NAME_LATN")  # where boundary files keep a region's name
SIZE = {"aspect_ratio": 1.25, "min_height": 480, "max_height": 760}  # as wide as its place, as high as a screen
JOINT = "+"  # between the codes of regions that were published as one

# Keeps metres square whatever the width: shows the wanted window, centred, and more of the longer side. Where the
# reader has moved the map, a figure that changes its size (a title on two lines) leaves the middle and the scale alone.
FIT = """
const [w, h] = [plot.inner_width, plot.inner_height]
if (!(w > 0 && h > 0)) return
const [x, y] = [plot.x_range, plot.y_range]
const {left: [l], bottom: [b], right: [r], top: [t]} = wanted.data
const shifted = (range) => range.start != range.reset_start || range.end != range.reset_end
const moved = cb_obj != wanted && [x, y].some(shifted)
const home = Math.max((r - l) / w, (t - b) / h)
const scale = moved ? Math.sqrt((x.end - x.start) * (y.end - y.start) / (w * h)) : home
for (const [range, middle, size] of [[x, (l + r) / 2, w], [y, (b + t) / 2, h]]) {
  const centre = moved ? (range.start + range.end) / 2 : middle
  range.setv({
    start: centre - scale * size / 2, end: centre + scale * size / 2,
    reset_start: middle - home * size / 2, reset_end: middle + home * size / 2,
  })
}
"""


class Choropleth(Chart):
    """A map of one figure per region.

    Parameters
    ----------
    shapes : GeoDataFrame, indexed by code
        Regions to draw, in any coordinate system (drawn in EPSG:3035), or in plane coordinates without one.
    by : str
        The frame's column of codes. A code `A+B` is one published value, drawn on the shapes A and B.
    scale : "quantile", "equal" or a list of inner breaks
        How values become colours; a list keeps them still from one update to the next.

    Tapped regions are in `source.selected` (positions) and `selected` (codes).
    """

    def __init__(
        self,
        shapes: gpd.GeoDataFrame,
        caption: Caption,
        *,
        by: str = "nuts2",
        scale: str | Sequence[float] = "quantile",
    ):
        self._scale = scale
        self._shapes, self._insets = projected(shapes)
        self.codes = tuple(shapes.index.astype(str))
        column = next((name for name in NAMES if name in shapes), None)
        self._names = dict(zip(self.codes, shapes[column].astype(str) if column else self.codes, strict=True))
        self._groups: dict[str, str] = {}  # the published code that each shape's figure came under

        plot = canvas(tools="pan,wheel_zoom,reset,save", x_range=Range1d(), y_range=Range1d(), **SIZE)
        plot.axis.visible = plot.grid.visible = False
        xs, ys = rings(self._shapes.geometry)
        sent = {name: [""] * len(xs) for name in ("fill", "look", "who", "figure", "basis", "remark")}
        self.source = ColumnDataSource({"xs": xs, "ys": ys, **sent})
        self._paint(plot)

        self._wanted = ColumnDataSource()
        keep_square = CustomJS(args={"plot": plot, "wanted": self._wanted}, code=FIT)
        self._wanted.js_on_change("data", keep_square)
        plot.js_on_change("inner_width", keep_square)
        plot.js_on_change("inner_height", keep_square)
        super().__init__(plot, caption, key=Key(plot, "right", SHADES), by=by, notice=NOTICE)
        self.fit()

    def _show(self, rows: pd.DataFrame) -> Shown:
        """Repaint the regions; codes without a shape are noted."""
        groups = rows[self.by].tolist()
        places = _places(groups)
        self._groups = {code: groups[place] for code, place in places.items()}
        scale = Scale.of(rows["value"][rows["state"].isin(["", "unreliable"])], self._scale)
        columns = self._columns(rows, places, scale)

        everything = slice(len(self.codes))
        changed = {name: [(everything, new)] for name, new in columns.items() if self.source.data[name] != new}
        if changed:
            self.source.patch(changed)

        self._key.legend.title = self._key_title(scale)
        self._say_if_nothing(rows)
        entries = self._key_entries(rows, scale, outside=not places.keys() >= self._names.keys())
        return Shown(entries, _homeless(groups, self._names))

    def _key_title(self, scale: Scale) -> str:
        return legend_title(self.unit, scale)

    def _key_entries(self, rows: pd.DataFrame, scale: Scale, *, outside: bool) -> list[tuple[str, tuple]]:
        return shades(scale, set(rows["state"]), outside=outside)

    def fit(self, codes: Iterable[str] = ()) -> None:
        """Zoom to the regions whose code begins with one of `codes` ("ES", "ITF6"); to all of Europe with none.

        Raises
        ------
        UnknownCode
            If no shape's code begins with one of them.
        """
        wanted = tuple(part for code in ([codes] if isinstance(codes, str) else codes) for part in code.split(JOINT))
        for code in wanted:
            if not any(own.startswith(code) for own in self.codes):
                raise UnknownCode(_("region of this map"), code, self.codes)
        chosen = self._shapes[[own.startswith(wanted) for own in self.codes]] if wanted else self._shapes
        left, bottom, right, top = window(chosen, self._insets)
        self._wanted.data = {"left": [left], "bottom": [bottom], "right": [right], "top": [top]}
        # Near enough for a first paint; the browser then keeps metres square at the true width.
        for span, start, end in ((self.figure.x_range, left, right), (self.figure.y_range, bottom, top)):
            span.update(start=start, end=end, reset_start=start, reset_end=end)

    @property
    def countries(self) -> set[str]:
        """The first two letters of the shapes: what `fit` can zoom to."""
        return {code[:2] for code in self.codes}

    @property
    def selected(self) -> tuple[str, ...]:
        """The published codes of the tapped regions: `ITH1+ITH2` where two are one; without a figure, their own."""
        chosen = [self.codes[place] for place in self.source.selected.indices]
        return tuple(dict.fromkeys(self._groups.get(code, code) for code in chosen))

    def _paint(self, plot) -> None:
        """Colours below, states above, each state with one pattern for all its shapes: one per shape costs a canvas."""
        regions = plot.multi_polygons(
            "xs", "ys", source=self.source, fill_color="fill", line_color=PAPER, line_width=0.5
        )
        still(regions)
        regions.selection_glyph = regions.glyph.clone(line_color=INK, line_width=2.2)
        regions.hover_glyph = regions.glyph.clone(line_color=INK, line_width=1.6)
        for look, hatch, colour, line in OVERLAYS:
            chosen = CDSView(filter=GroupFilter(column_name="look", group=look))
            marks = plot.multi_polygons(
                "xs",
                "ys",
                source=self.source,
                view=chosen,
                fill_color=None,
                fill_alpha=0,
                line_color=line,
                line_width=0.9,
                hatch_pattern=hatch,
                hatch_color=colour,
                **HATCH,
            )
            still(marks)
        if self._shapes.crs is not None:
            xs, ys = borders(self._shapes)
            plot.multi_line(xs, ys, line_color=MUTED, line_width=0.8)
        for left, bottom, right, top in self._insets:
            plot.quad(left=left, right=right, bottom=bottom, top=top, fill_color=None, line_color=OUTSIDE_LINE)
        plot.add_tools(hover([regions]), TapTool(renderers=[regions]))

    def _columns(self, rows: pd.DataFrame, places: Mapping[str, int], scale: Scale) -> dict[str, list[str]]:
        """What each shape is sent: colour, look and the tooltip's four texts, in the order of the shapes."""
        states = rows["state"].tolist()
        fills = [LOOKS[state].fill or scale.colour(value) for state, value in zip(states, rows["value"], strict=True)]
        looks = [_look(state, fill) for state, fill in zip(states, fills, strict=True)]
        published = {"fill": fills, "look": looks, **tooltips(rows, rows["label"].tolist(), self.unit)}
        elsewhere = {"fill": OUTSIDE, "look": "outside", "remark": _("not in this answer")}

        drawn = [places.get(code) for code in self.codes]
        columns = {
            name: [elsewhere.get(name, "") if place is None else texts[place] for place in drawn]
            for name, texts in published.items()
        }
        for at, code in enumerate(self.codes):
            group = self._groups.get(code, code)
            columns["who"][at] = named(group, columns["who"][at] or self._names[code])
            if JOINT in group:
                joint = _("one published value for {codes}").format(codes=group.replace(JOINT, ", "))
                columns["remark"][at] = "; ".join(part for part in (joint, columns["remark"][at]) if part)
        return columns


# What is drawn above the colours, per look: hatch, its colour, outline.
OVERLAYS = (
    ("outside", None, INK, OUTSIDE_LINE),
    ("withheld", LOOKS["withheld"].hatch, LOOKS["withheld"].hatch_colour, LOOKS["withheld"].line),
    ("unreliable on light", LOOKS["unreliable"].hatch, INK, PAPER),
    ("unreliable on dark", LOOKS["unreliable"].hatch, PAPER, PAPER),
    ("zero", None, INK, LOOKS["zero"].line),
    ("island", "dot", INK, PAPER),
)


def _look(state: str, fill: str) -> str:
    if state != "unreliable":
        return state
    return "unreliable on light" if ink_on(fill) == INK else "unreliable on dark"


def _homeless(groups: Iterable[str], shapes: Mapping[str, str]) -> list[str]:
    """What the map cannot show, in words: figures for codes that have no shape."""
    lost = [group for group in groups if not any(code in shapes for code in group.split(JOINT))]
    if not lost:
        return []
    some = ", ".join(lost[:6]) + (", …" if len(lost) > 6 else "")
    return [_("Not on this map, for want of a shape: {codes} ({count}).").format(codes=some, count=len(lost))]


def _places(groups: Sequence[str]) -> dict[str, int]:
    """The row of each region; a joint region's row under each of its members."""
    places: dict[str, int] = {}
    for place, group in enumerate(groups):
        for code in group.split(JOINT):
            if code in places:
                message = _("{code} comes twice, in {first} and {second}. Leave one of them out.")
                raise WorkbenchError(message.format(code=code, first=groups[places[code]], second=group))
            places[code] = place
    return places
