"""What every chart has around its data: title, unit, source line, notes, the mark of synthetic data, a modest toolbar, a key."""

import textwrap
from collections.abc import Sequence

import pandas as pd
from bokeh.models import CustomJS, GlyphRenderer, HoverTool, Label, Title
from bokeh.plotting import figure

from workbench.charts.palette import ACCENT, FONT, INK, LOOKS, MUTED, PAPER, RULE
from workbench.terms.text import _

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

TOOLTIP = f"""<div style="max-width:260px;font:12px/1.45 {FONT.replace('"', "'")};color:{INK};white-space:normal">
<div style="font-weight:600">@who</div><div>@figure</div><div>@basis</div>
<div style="color:{MUTED}">@remark</div></div>"""


class Chart:
    """A Bokeh figure that says its finding, its unit, its source, and whether the data are synthetic.

    Subclasses draw; this holds what they share. Everything written here is painted on the canvas, so that a
    saved picture carries it too.
    """

    def __init__(self, canvas: figure, *, title: str, unit: str, attribution: str, synthetic: bool, notice: str = ""):
        self.figure = canvas
        self.unit = unit
        self._notice = notice  # what stands after every source, as a licence asks
        self._finding = canvas.title
        self._synthetic = Title(
            text=_("Synthetic data: not a publisher's figures"),
            text_color=ACCENT,
            text_font=FONT,
            text_font_size="13px",
            text_font_style="bold",
            offset=canvas.title.offset,
            visible=synthetic,
            syncable=False,
        )
        self._notes = _small_print(canvas)
        self._source = _small_print(canvas)
        place = {"x": 12, "y": 8, "x_units": "screen", "y_units": "screen"}
        self._nothing = Label(text="", visible=False, text_font=FONT, text_font_size="14px", text_color=INK, **place)
        self._nothing.update(background_fill_color=PAPER, padding=4)
        canvas.add_layout(self._nothing)
        canvas.add_layout(self._synthetic, "above")
        canvas.add_layout(self._notes, "below")
        canvas.add_layout(self._source, "below")
        titles = [self._finding, self._synthetic, self._notes, self._source]
        wrap = CustomJS(args={"plot": canvas, "titles": titles, "edge": EDGE}, code=WRAP)
        canvas.js_on_change("outer_width", wrap)
        for text in titles:
            text.js_on_change("text", wrap)
        self.describe(title=title, unit=unit, attribution=attribution, synthetic=synthetic)

    def describe(
        self,
        *,
        title: str | None = None,
        unit: str | None = None,
        attribution: str | None = None,
        synthetic: bool | None = None,
    ) -> None:
        """Change what is said around the data; None leaves it as it is."""
        if title is not None:
            self._finding.text = lines(title, LINE)
            self.figure.html_attributes = {"role": "img", "aria-label": title}
        if unit is not None:
            self.unit = unit
        if attribution is not None:
            source = _("Source: {source}").format(source=attribution.rstrip("."))
            self._source.text = lines(". ".join(part for part in (source, self._notice) if part), SMALL_LINE)
        if synthetic is not None:
            self._synthetic.visible = synthetic

    def _note(self, notes: Sequence[str]) -> None:
        text = lines(" ".join(notes), SMALL_LINE)
        if self._notes.text != text:
            self._notes.text = text
            self._notes.visible = bool(text)

    def _say_if_nothing(self, rows: pd.DataFrame, *scales) -> None:
        """Where no row has a figure, words take the place of `scales`: an axis without figures and its grid."""
        nothing = bool(rows["value"].isna().all())
        states = ", ".join(dict.fromkeys(LOOKS[state].name for state in rows["state"]))
        why = _("No figure for what is asked: {states}.").format(states=states)
        self._nothing.update(text=why if states else _("No figure for what is asked."), visible=nothing)
        for scale in scales:
            scale.visible = not nothing


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
    return plot


def hover(renderers: Sequence[GlyphRenderer]) -> HoverTool:
    """The tooltip every chart shares: who, figure, basis, remark. Bokeh escapes the columns' text; `{safe}` is never used."""
    return HoverTool(renderers=list(renderers), tooltips=TOOLTIP, point_policy="follow_mouse", attachment="horizontal")


def lines(text: str, width: int) -> str:
    """`text` broken into lines of at most `width` characters, and kept from being read as mathematics."""
    plain = text.replace("$$", "$\u2060$").replace("\\[", "\\\u2060[").replace("\\(", "\\\u2060(")
    return "\n".join(textwrap.wrap(plain, width, break_on_hyphens=False))


def shortened(text: str, most: int) -> str:
    """`text` on one line of at most `most` characters, with an ellipsis where some were left out."""
    return lines(text if len(text) <= most else text[: most - 1].rstrip() + "…", most + 1)


def _small_print(canvas: figure) -> Title:
    return Title(
        text="",
        offset=canvas.title.offset,
        text_font=FONT,
        text_font_size="11px",
        text_font_style="normal",
        text_color=MUTED,
        text_line_height=1.3,
        syncable=False,
    )
