"""The key of a chart: an entry per colour, marker and state that occurs."""

from collections.abc import Iterable, Sequence

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, GlyphRenderer, Legend, LegendItem, Line, Rect, Scatter
from bokeh.plotting import figure

from workbench.charts.furniture import lines, plain
from workbench.charts.palette import FONT, HATCH, INK, LOOKS, OUTSIDE, OUTSIDE_LINE, PAPER, SEQUENTIAL
from workbench.charts.scale import Scale
from workbench.terms.text import _, translated

GLYPHS = {"rect": Rect, "scatter": Scatter, "line": Line}
WIDTH = 84  # characters of the entries side by side that fit on a line at 700 px


class Key:
    """A legend built from looks, not from data: each entry is drawn by renderers that hold one invisible row.

    `place` "right" is one column next to the plot, "above" as many as fit. `swatches` are those it may need: made
    before the figure is shown, they cost nothing later.
    """

    def __init__(self, plot: figure, place: str, swatches: Iterable[tuple] = ()):
        self._plot = plot
        flat = {"orientation": "horizontal", "location": "left"} if place == "above" else {}
        self.legend = Legend(
            items=[],
            label_text_font=FONT,
            label_text_font_size="12px",
            label_text_color=INK,
            title_text_font=FONT,
            title_text_font_size="12px",
            title_text_font_style="bold",
            title_text_color=INK,
            border_line_color=None,
            background_fill_alpha=0,
            margin=2,
            padding=4,
            spacing=3,
            **flat,
        )
        plot.add_layout(self.legend, place)
        self._entries: list[tuple[str, tuple]] = []
        self._drawn: dict[tuple, GlyphRenderer] = {}
        self._nowhere = ColumnDataSource({"x": [float("nan")], "y": [float("nan")]})
        for swatch in swatches:
            self._renderer(swatch)

    def show(self, entries: Sequence[tuple[str, tuple]]) -> None:
        """Entries in order: a label and a swatch (see `area`, `point`). Nothing is sent when they are as before."""
        entries = [(plain(label), swatch) for label, swatch in entries]
        if self.legend.orientation == "horizontal":
            self.legend.ncols = max(1, WIDTH // max((len(label) + 5 for label, _swatch in entries), default=WIDTH))
        if [swatch for _label, swatch in entries] == [swatch for _label, swatch in self._entries]:
            for item, (label, _swatch) in zip(self.legend.items, entries, strict=True):
                item.label = value(label)
        else:
            self.legend.items = [
                LegendItem(label=value(label), renderers=[self._renderer(swatch)]) for label, swatch in entries
            ]
        self._entries = entries

    def _renderer(self, swatch: tuple) -> GlyphRenderer:
        """The invisible renderer of a swatch; made once, since figures keep their renderers for life."""
        if swatch not in self._drawn:
            kind, style = swatch  # a glyph alone: `plot.rect` would add four more, for what is tapped or pointed at
            self._drawn[swatch] = self._plot.add_glyph(self._nowhere, GLYPHS[kind](x="x", y="y", **dict(style)))
        return self._drawn[swatch]


def area(fill: str, line: str, hatch: str | None = None, hatch_colour: str = INK) -> tuple:
    """A swatch for a filled area.

    Parameters
    ----------
    fill, line, hatch_colour : str
        #rrggbb.
    hatch : str or None
        Bokeh's name of a pattern.

    Returns
    -------
    (str, tuple)
        Kind and style, which `Key.show` takes.
    """
    style = {"fill_color": fill, "line_color": line, "hatch_pattern": hatch, "hatch_color": hatch_colour}
    return "rect", tuple({"width": 1, "height": 1, **style, **HATCH}.items())


def point(marker: str, fill: str, line: str) -> tuple:
    """A swatch for a point.

    Parameters
    ----------
    marker : str
        Bokeh's name of a marker.
    fill, line : str
        #rrggbb.

    Returns
    -------
    (str, tuple)
        Kind and style, which `Key.show` takes.
    """
    style = {"marker": marker, "fill_color": fill, "line_color": line, "line_width": 1.8, "size": 10}
    return "scatter", tuple(style.items())


def line(colour: str, width: float, dash: str) -> tuple:
    """A swatch for a line.

    Parameters
    ----------
    colour : str
        #rrggbb.
    width : float
        Pixels.
    dash : str
        Bokeh's name of a pattern.

    Returns
    -------
    (str, tuple)
        Kind and style, which `Key.show` takes.
    """
    return "line", (("line_color", colour), ("line_width", width), ("line_dash", dash))


def of_states(states: Iterable[str], colour: str, among: Iterable[str] = LOOKS) -> list[tuple[str, tuple]]:
    """The entries of the states that occur, of points in `colour`: hollow points, and strips in place of points.

    Parameters
    ----------
    states : iterable of str
        One per group.
    colour : str
        #rrggbb, of the points.
    among : iterable of str
        States that the chart shows.

    Returns
    -------
    list of (str, tuple)
        Label and swatch.
    """
    present = set(states)
    entries = []
    for state in among:
        look = LOOKS[state]
        if not state or state not in present:
            continue
        if state in {"zero", "unreliable"}:
            swatch = point("circle", PAPER, colour if state == "unreliable" else look.line)
        else:
            swatch = area(look.fill or PAPER, PAPER, look.hatch, look.hatch_colour)
        entries.append((translated(look.name), swatch))
    return entries


CLASSES = {colour: area(colour, PAPER) for colour in SEQUENTIAL}
ELSEWHERE = area(OUTSIDE, OUTSIDE_LINE)
STATES = {
    state: area(look.fill or SEQUENTIAL[1], look.line, look.hatch, look.hatch_colour)
    for state, look in LOOKS.items()
    if state
}
SHADES = (*CLASSES.values(), *STATES.values(), ELSEWHERE)  # every swatch that `shades` can name


def shades(scale: Scale, states: set[str], *, outside: bool) -> list[tuple[str, tuple]]:
    """The key of a coloured area: its classes from high to low, then the states that occur, then what is outside.

    Parameters
    ----------
    scale : Scale
    states : set of str
        That occur.
    outside : bool
        Whether some regions are not asked for.

    Returns
    -------
    list of (str, tuple)
        Label and swatch.
    """
    entries = []
    if states & {"", "unreliable"}:
        classes = zip(scale.labels, scale.colours, strict=True)
        entries = [(label, CLASSES[colour]) for label, colour in classes][::-1]
    entries += [(translated(LOOKS[state].name), swatch) for state, swatch in STATES.items() if state in states]
    return [*entries, (_("not in this answer"), ELSEWHERE)] if outside else entries


def legend_title(unit: str, scale: Scale) -> str:
    """What stands above the classes: the unit, and how the classes were made."""
    return "\n".join(filter(None, [lines(unit, 22), lines(f"({scale.method})" if scale.method else "", 26)]))
