"""A shift over its time: what was measured, against limits, with events, and a band that tells how much is usable."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, DatetimeTicker, DatetimeTickFormatter, NoOverlap, Range1d

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, figures_on, gap_looks, hover, lines, shortened, small_text, still
from workbench.charts.key import Key, area, line, of_states, point
from workbench.charts.palette import CATEGORICAL, HATCH, INK, LOOKS, MUTED, PAPER
from workbench.charts.rows import ready, tooltips
from workbench.terms.text import _

MEASURED, SUMMED, MARKED = CATEGORICAL[0], CATEGORICAL[1], CATEGORICAL[3]
QUALITY = ((0.75, "#009e73"), (0.25, "#e69f00"), (0.0, "#d3d7dc"))
"""Share of streams that is usable from which a minute has a colour, as the band under the curve shows."""
BAND = 0.06
"""Of the height, for the band of quality."""


class Timeline(Chart):
    """One quantity over the minutes of a shift.

    The frame has a `moment` (text, such as "06:15"), `value`, and `usable`, the share of streams (0 to 1) behind it. A
    moment without a value is drawn as missing, never as zero, and no line crosses it.
    """

    tapped = "moment"

    def __init__(self, caption: Caption):
        plot = canvas(tools="save", gutter=100, frame_height=280, x_range=Range1d(0, 1), y_range=Range1d(0, 1))
        plot.xgrid.visible = False
        plot.xaxis.ticker = DatetimeTicker()
        plot.xaxis.formatter = DatetimeTickFormatter(hours="%H:%M", minutes="%H:%M", days="%H:%M", hourmin="%H:%M")
        plot.xaxis.major_label_policy = NoOverlap()
        plot.yaxis.axis_label_standoff = 8
        figures_on(plot.yaxis)
        self.source, self._gaps, self._band, self._lines = (ColumnDataSource() for _layer in range(4))
        self._limits, self._events, self._sums = (ColumnDataSource() for _layer in range(3))
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by="moment")

    def update(
        self,
        frame: pd.DataFrame,
        caption: Caption | None = None,
        *,
        limits: Sequence[tuple[float, str]] = (),
        events: pd.DataFrame | None = None,
        total: tuple[str, Sequence[float]] | None = None,
    ) -> None:
        """Draw a shift. All else belongs to it: what is not given is not drawn.

        Parameters
        ----------
        frame : DataFrame
            moment, value, usable, and `at` (moments without a zone, on the local clock), in the order of time.
        caption : Caption, optional
        limits : sequence of (value, name)
            In the chart's unit.
        events : DataFrame, optional
            at (moments on the local clock), label.
        total : (name, values), optional
            What has summed up until each moment, in the same unit: a dose as a level.
        """
        self._update(frame, caption, limits=limits, events=events, total=total)

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = ready(frame, ["moment"])
        rows["at"] = pd.to_datetime(frame["at"]).to_numpy() if "at" in frame else pd.Series(dtype="datetime64[ns]")
        usable = pd.to_numeric(frame["usable"]).to_numpy(float) if "usable" in frame else np.ones(len(rows))
        return rows.assign(usable=usable)

    def _show(self, rows: pd.DataFrame, limits=(), events=None, total=None) -> Shown:
        """Find the window, then draw gaps, quality, curve, limits, events."""
        self.figure.yaxis.axis_label = lines(self.unit, 36)
        half = self._half_step(rows)
        self._window(rows, limits, total, half)
        self._draw_curve(rows, total)
        self._draw_gaps(rows, half)
        self._draw_band(rows, half)
        self._draw_limits(limits)
        self._draw_events(events)
        self._say_if_nothing(rows, *self.figure.yaxis, *self.figure.ygrid)
        return Shown(self._entries(rows, events, total), [_("Where nothing usable was measured, nothing is known.")])

    def _paint(self, plot) -> None:
        gaps = plot.vstrip(
            "x0",
            "x1",
            source=self._gaps,
            fill_color="fill",
            line_color=None,
            hatch_pattern="hatch",
            hatch_color=LOOKS["withheld"].hatch_colour,
            fill_alpha=0.6,
            **HATCH,
        )
        plot.quad("x0", "x1", "top", "bottom", source=self._band, fill_color="fill", line_color=None)
        plot.hspan("y", source=self._limits, line_color=INK, line_dash=[2, 3], line_width=1.4)
        plot.multi_line("xs", "ys", source=self._lines, line_color=MEASURED, line_width=1.6)
        plot.multi_line("xs", "ys", source=self._sums, line_color=SUMMED, line_width=2.2, line_dash=[7, 4])
        points = plot.scatter("x", "value", source=self.source, size=5, fill_color=MEASURED, line_color=None, alpha=0.3)
        plot.text(
            "x",
            "y",
            "text",
            source=self._limits,
            text_align="right",
            text_baseline="bottom",
            **small_text(text_color=INK, background_fill_alpha=0.8),
        )
        marks = plot.scatter(
            "x", "y", source=self._events, marker="inverted_triangle", size=13, fill_color=MARKED, line_color=INK
        )
        still(points, marks)
        plot.add_tools(hover([points, gaps, marks]))

    def _half_step(self, rows: pd.DataFrame) -> np.timedelta64:
        steps = np.diff(rows["at"].to_numpy())
        return (np.median(steps) if len(steps) else np.timedelta64(60, "s")) / 2

    def _window(self, rows: pd.DataFrame, limits, total, half: np.timedelta64) -> None:
        summed = total[1] if total else []
        heights = np.array([*rows["value"], *(value for value, _name in limits), *summed], float)
        heights = heights[np.isfinite(heights)] if len(heights) else heights
        low, high = (heights.min(), heights.max()) if len(heights) else (0.0, 1.0)
        high = high if high > low else low + 1
        room = 0.1 * (high - low)
        self.figure.y_range.update(start=float(low - 2 * room), end=float(high + room))
        if len(rows):
            first, last = rows["at"].iloc[0] - half, rows["at"].iloc[-1] + half
            self.figure.x_range.update(start=_milliseconds(first), end=_milliseconds(last))

    def _draw_curve(self, rows: pd.DataFrame, total) -> None:
        known = rows[rows["value"].notna()]
        known = known.assign(**tooltips(known, known["moment"].tolist(), self.unit))
        columns = ["moment", "value", "who", "figure", "basis", "remark"]
        self.source.data = {"x": known["at"].to_list(), **known[columns].to_dict("list")}
        self._lines.data = _pieces(rows["at"], rows["value"])
        self._sums.data = _pieces(rows["at"], pd.Series(total[1], dtype=float)) if total else {"xs": [], "ys": []}

    def _draw_gaps(self, rows: pd.DataFrame, half: np.timedelta64) -> None:
        gaps = rows[rows["value"].isna()]
        text = {name: [""] * len(gaps) for name in ("figure", "basis")}
        looks = gap_looks(gaps["state"])
        self._gaps.data = {
            "x0": (gaps["at"] - half).to_list(),
            "x1": (gaps["at"] + half).to_list(),
            "who": gaps["moment"].to_list(),
            "remark": looks["name"],
            **text,
            **looks,
        }

    def _draw_band(self, rows: pd.DataFrame, half: np.timedelta64) -> None:
        start, end = self.figure.y_range.start, self.figure.y_range.end
        fills = [next(colour for least, colour in QUALITY if share >= least) for share in rows["usable"].fillna(0)]
        self._band.data = {
            "x0": (rows["at"] - half).to_list(),
            "x1": (rows["at"] + half).to_list(),
            "bottom": [start] * len(rows),
            "top": [start + BAND * (end - start)] * len(rows),
            "fill": fills,
        }

    def _draw_limits(self, limits) -> None:
        self._limits.data = {
            "x": [self.figure.x_range.end] * len(limits),
            "y": [value for value, _name in limits],
            "text": [shortened(name, 60) for _value, name in limits],
        }

    def _draw_events(self, events: pd.DataFrame | None) -> None:
        shown = events if events is not None else pd.DataFrame({"at": pd.Series(dtype="datetime64[ns]"), "label": []})
        top = self.figure.y_range.end - 0.04 * (self.figure.y_range.end - self.figure.y_range.start)
        empty = [""] * len(shown)
        self._events.data = {
            "x": pd.to_datetime(shown["at"]).to_list(),
            "y": [top] * len(shown),
            "who": shown["label"].to_list(),
            **dict.fromkeys(("figure", "basis", "remark"), empty),
        }

    def _entries(self, rows: pd.DataFrame, events, total) -> list[tuple[str, tuple]]:
        entries = [(_("measured"), line(MEASURED, 1.6, "solid"))]
        if total:
            entries.append((total[0], line(SUMMED, 2.2, "dashed")))
        if events is not None and len(events):
            entries.append((_("event"), point("inverted_triangle", MARKED, INK)))
        names = [_("75% or more usable"), _("25% or more usable"), _("less usable")]
        entries += [(name, area(colour, PAPER)) for name, (_least, colour) in zip(names, QUALITY, strict=True)]
        return [*entries, *of_states(rows["state"], MUTED)]


def _pieces(at: pd.Series, values: pd.Series) -> dict[str, list]:
    """Lines that stop where there is no value."""
    known = values.notna().to_numpy()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8))).reshape(-1, 2)
    moments, heights = at.to_list(), values.to_list()
    return {"xs": [moments[a:b] for a, b in edges], "ys": [heights[a:b] for a, b in edges]}


def _milliseconds(moment: pd.Timestamp) -> float:
    return moment.timestamp() * 1000
