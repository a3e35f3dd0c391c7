"""The base of every chart: a frame and a caption in, a Bokeh figure out that can be shown other figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from bokeh.models import ColumnDataSource, CustomJS, Label, Title
from bokeh.plotting import figure

from workbench.charts.furniture import EDGE, LINE, SMALL_LINE, WRAP, lines, small_print
from workbench.charts.key import Key
from workbench.charts.palette import ACCENT, FONT, INK, LOOKS, PAPER
from workbench.charts.rows import ready
from workbench.terms.text import _, translated


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What is written around the data: the finding, its unit, whose figures they are, whether they are synthetic."""

    title: str
    unit: str
    attribution: str
    synthetic: bool = False


@dataclass(frozen=True)
class Shown:
    """What a chart says of what it has just drawn: the entries of its key, and the notes below it."""

    entries: Sequence[tuple[str, tuple]] = ()
    notes: Sequence[str] = field(default=())


class Chart:
    """A Bokeh figure that says its finding, its unit, its source, and whether the data are synthetic.

    Everything around the data is painted on the canvas, so that a saved picture carries it too. A subclass makes its
    renderers and its `key` before it calls this constructor, and says in `_show` how rows are drawn.

    Parameters
    ----------
    plot : figure
        From `furniture.canvas`.
    caption : Caption
    key : Key
    by : str or sequence of str
        The frame's columns of groups.
    notice : str
        What stands after every source, as a licence asks.
    """

    source: ColumnDataSource  # the rows that can be tapped
    tapped = "group"  # its column of codes

    def __init__(self, plot: figure, caption: Caption, *, key: Key, by: str | Sequence[str], notice: str = ""):
        self.figure = plot
        self.by = by
        self.caption = caption
        self._key = key
        self._notice = notice
        self._finding = plot.title
        self._synthetic = Title(
            text="",
            text_color=ACCENT,
            text_font=FONT,
            text_font_size="13px",
            text_font_style="bold",
            offset=plot.title.offset,
            visible=False,
            syncable=False,
        )
        self._notes, self._source = small_print(plot), small_print(plot)
        place = {"x": 12, "y": 8, "x_units": "screen", "y_units": "screen"}
        self._nothing = Label(
            text="",
            visible=False,
            text_font=FONT,
            text_font_size="14px",
            text_color=INK,
            background_fill_color=PAPER,
            padding=4,
            **place,
        )

        plot.add_layout(self._nothing)
        plot.add_layout(self._synthetic, "above")
        plot.add_layout(self._notes, "below")
        plot.add_layout(self._source, "below")

        titles = [self._finding, self._synthetic, self._notes, self._source]
        wrap = CustomJS(args={"plot": plot, "titles": titles, "edge": EDGE}, code=WRAP)
        plot.js_on_change("outer_width", wrap)
        for text in titles:
            text.js_on_change("text", wrap)
        self.update(pd.DataFrame(columns=[*self.columns, "value"]), caption)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of groups, one or several."""
        return (self.by,) if isinstance(self.by, str) else tuple(self.by)

    @property
    def unit(self) -> str:
        """The unit of the figures."""
        return self.caption.unit

    @property
    def selected(self) -> tuple:
        """The codes of the tapped groups."""
        return tuple(self.source.data[self.tapped][place] for place in self.source.selected.indices)

    def update(self, frame: pd.DataFrame, caption: Caption | None = None) -> None:
        """Draw a finding's frame, one row per group; only what differs is sent to a page that shows the chart.

        Parameters
        ----------
        frame : DataFrame
            The columns of groups and `value`; of the rest of a finding's columns those that there are.
        caption : Caption, optional
            What is written around the data; without it, what was written before.

        Raises
        ------
        WorkbenchError
            If a column is missing, a group comes twice, or a state is unknown.
        """
        self._update(frame, caption)

    def describe(self, caption: Caption) -> None:
        """Change what is written around the data."""
        self.caption = caption
        self._finding.text = lines(caption.title, LINE)
        self.figure.html_attributes = {"role": "img", "aria-label": caption.title}
        source = _("Source: {source}").format(source=caption.attribution.rstrip("."))
        notice = translated(self._notice) if self._notice else ""
        self._source.text = lines(". ".join(part for part in (source, notice) if part), SMALL_LINE)
        self._synthetic.update(text=_("Synthetic data: not a publisher's figures"), visible=caption.synthetic)

    def _update(self, frame: pd.DataFrame, caption: Caption | None, **marks) -> None:
        """Check, describe, draw, then say what was drawn; `marks` are what a kind of chart draws besides the rows."""
        rows = self._ready(frame)
        if caption is not None:
            self.describe(caption)
        shown = self._show(rows, **marks)
        self._key.show(shown.entries)
        text = lines(" ".join(shown.notes), SMALL_LINE)
        if self._notes.text != text:
            self._notes.update(text=text, visible=bool(text))

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's rows, checked and completed, with all that `_show` reads."""
        return ready(frame, self.columns)

    def _show(self, rows: pd.DataFrame, **marks) -> Shown:
        """Draw the rows."""
        raise NotImplementedError

    def _say_if_nothing(self, rows: pd.DataFrame, *scales) -> None:
        """Where no row has a figure, words take the place of `scales`: an axis without figures and its grid."""
        nothing = bool(rows["value"].isna().all())
        states = ", ".join(dict.fromkeys(translated(LOOKS[state].name) for state in rows["state"] if state))
        if states:
            text = _("No figure for what is asked: {states}.").format(states=states)
        else:
            text = _("No figure for what is asked.")
        self._nothing.update(text=text, visible=nothing)
        for scale in scales:
            scale.visible = not nothing
