"""What every figure is furnished with: house style, a modest toolbar, tooltips, axes, texts that fit and stay texts."""

import textwrap
from collections.abc import Sequence

from bokeh.core.properties import value
from bokeh.models import Axis, ColumnDataSource, CustomJSTickFormatter, GlyphRenderer, HoverTool, NoOverlap, Title
from bokeh.plotting import figure

from workbench.charts.notebook_theme import follow_notebook
from workbench.charts.palette import FONT, INK, LOOKS, MUTED, PAPER, RULE
from workbench.terms.text import language_code, translated

EDGE = 5  # pixels between a figure's edge and its titles
# Characters of a title and of small print that fit on a line at 700 px; a browser then measures.
LINE, SMALL_LINE = 68, 112

# Breaks the texts anew wherever the figure's width puts the ends of their lines. After the layout that told the
# width, not within it; and as of Bokeh 3.9 a title that takes more or fewer lines does not ask for a new layout itself.
WRAP = """
const pen = document.createElement("canvas").getContext("2d")
const wrap = () => {
  for (const title of titles) {
    pen.font = `${title.text_font_style.replace("normal", "")} ${title.text_font_size} ${title.text_font}`
    const lines = [""]
    for (const word of title.text.split(/\\s+/)) {
      const longer = lines.at(-1) == "" ? word : `${lines.at(-1)} ${word}`
      if (lines.at(-1) != "" && pen.measureText(longer).width > plot.outer_width - 2 * edge) lines.push(word)
      else lines[lines.length - 1] = longer
    }
    title.text = lines.join("\\n")
    if (title == plot.title && title.tags[0] != lines.length) {
      title.tags = [lines.length]
      setTimeout(() => plot.properties.min_border.change.emit())
    }
  }
}
if (plot.outer_width > 0) setTimeout(wrap)
"""

# As many decimals as tell one tick from the next, the same on the whole axis: 0.5, 1.0, 1.5, never "0, 0, 0, 0".
TICKS = """
const steps = ticks.slice(1).map((at, place) => Math.abs(at - ticks[place])).filter((step) => step > 0)
const least = steps.length ? Math.min(...steps) : Math.abs(tick)
let places = 0
while (places < 12 && Math.abs(least * 10 ** places - Math.round(least * 10 ** places)) > 1e-6) places += 1
return tick.toLocaleString(language, {minimumFractionDigits: places, maximumFractionDigits: places})
"""

TOOLTIP = f"""<div style="max-width:260px;font:12px/1.45 {FONT.replace('"', "'")};color:{INK};white-space:normal">
<div style="font-weight:600">@who</div><div>@figure</div><div>@basis</div>
<div style="color:{MUTED}">@remark</div></div>"""


def canvas(*, tools: str, gutter: int = 5, **options) -> figure:
    """An empty figure in the house style, as wide as what it stands in; `options` are Bokeh's.

    `gutter` is the room for labels left of the data, in pixels; titles begin at the figure's edge, not at the data's.
    """
    plot = figure(
        min_border_left=gutter,
        sizing_mode="stretch_width",
        tools=tools,
        toolbar_location="above",
        active_scroll=None,
        title="",
        background_fill_color=PAPER,
        styles={"background-color": PAPER},  # under the legend, which is no part of the canvas: a notebook may be dark
        border_fill_color=PAPER,
        outline_line_color=None,
        **options,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    plot.title.update(offset=EDGE - gutter, text_font=FONT, text_font_size="16px", text_color=INK)
    plot.title.update(text_line_height=1.25, syncable=False)  # a browser's line breaks are its own
    for axis in plot.axis:
        axis.update(
            axis_label_text_font=FONT,
            axis_label_text_font_size="13px",
            axis_label_text_font_style="normal",
            axis_label_text_color=MUTED,
            major_label_text_font=FONT,
            major_label_text_font_size="12px",
            major_label_text_color=INK,
            axis_line_color=None,
            major_tick_line_color=None,
            minor_tick_line_color=None,
        )
    for grid in plot.grid:
        grid.grid_line_color = RULE
    follow_notebook(plot)
    return plot


def figures_on(axis: Axis) -> None:
    """Let an axis count in figures that can be told apart, without labels that touch."""
    axis.formatter = CustomJSTickFormatter(code=TICKS, args={"language": language_code()})
    axis.major_label_policy = NoOverlap()


def small_text(**options) -> dict:
    """The look of small writing within a plot, on paper so that lines do not cross it out."""
    return {"text_font": value(FONT), "text_font_size": "11px", "background_fill_color": PAPER, **options}


def gap_looks(states: Sequence[str]) -> dict[str, list[str]]:
    """The columns of areas that take the place of figures: fill, hatch and, in words, why there is none."""
    looks = [LOOKS[state] for state in states]
    return {
        "fill": [look.fill for look in looks],
        "hatch": [look.hatch or "blank" for look in looks],
        "name": [translated(look.name) for look in looks],
    }


def dots(plot: figure, source: ColumnDataSource, *, tapped: int, **style) -> GlyphRenderer:
    """A mark for each value over x, its looks in columns of `source`; one that is tapped grows to the size `tapped`."""
    points = plot.scatter(
        "x",
        "value",
        source=source,
        marker="marker",
        size="size",
        fill_color="fill",
        line_color="line",
        line_width=1.6,
        **style,
    )
    still(points)
    points.selection_glyph = points.glyph.clone(size=tapped, line_width=3)
    return points


def still(*renderers: GlyphRenderer) -> None:
    """Marks that are not tapped do not fade; tapped ones change only where a `selection_glyph` is set."""
    for renderer in renderers:
        renderer.nonselection_glyph = renderer.selection_glyph = None


def hover(renderers: Sequence[GlyphRenderer]) -> HoverTool:
    """The tooltip every chart shares: who, figure, basis, remark. Bokeh escapes the columns' text; no `{safe}`."""
    return HoverTool(renderers=list(renderers), tooltips=TOOLTIP, point_policy="follow_mouse", attachment="horizontal")


def plain(text: str) -> str:
    """`text` kept from being read as mathematics, wherever Bokeh would."""
    return text.replace("$$", "$\u2060$").replace("\\[", "\\\u2060[").replace("\\(", "\\\u2060(")


def lines(text: str, width: int) -> str:
    """`text` broken into lines of at most `width` characters, and kept from being read as mathematics.

    Parameters
    ----------
    text : str
    width : int
        Characters.

    Returns
    -------
    str
    """
    return "\n".join(textwrap.wrap(plain(text), width, break_on_hyphens=False))


def shortened(text: str, most: int) -> str:
    """`text` on one line of at most `most` characters, with an ellipsis where some were left out.

    Parameters
    ----------
    text : str
    most : int
        Characters.

    Returns
    -------
    str
    """
    return lines(text if len(text) <= most else text[: most - 1].rstrip() + "…", most + 1)


def small_print(plot: figure) -> Title:
    """An empty line of notes or of the source."""
    return Title(
        text="",
        offset=plot.title.offset,
        text_font=FONT,
        text_font_size="11px",
        text_font_style="normal",
        text_color=MUTED,
        text_line_height=1.3,
        syncable=False,
    )
