"""Groups side by side, such as sectors: a dot with its interval per group, against a reference."""

from functools import cache

import numpy as np
import pandas as pd
from bokeh.models import BasicTicker, ColumnDataSource, FixedTicker, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, figures_on, gap_looks, hover, lines, shortened, small_text, still
from workbench.charts.key import Key, of_states
from workbench.charts.palette import CATEGORICAL, HATCH, INK, LOOKS, MUTED, PAPER, RULE
from workbench.charts.rows import POINTS_BARE, POINTS_DRAWN, about_intervals, named, ready, short, tooltips

ROW = 34  # pixels per group
# Within a power of ten, coarse to fine.
RATIO_STEPS = (
    (1, 2, 5),
    (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    tuple(tenth / 10 for tenth in range(10, 100)),
    tuple(fiftieth / 50 for fiftieth in range(50, 500)),
)
LABEL = 30  # characters on a line of a group's label; two lines, the rest in the tooltip
UNIT = 16  # characters on a line of the unit: on a telephone the axis beside the labels has room for no more


class Bars(Chart):
    """One figure per group, with its interval, on one axis.

    Parameters
    ----------
    by : str
        The frame's column of groups.
    ordered : bool
        True sorts the groups from high to low, those without a figure last; False keeps the frame's order
        (age groups, size classes).
    ratios : bool
        Figures are ratios: half and double lie as far from 1. A limit of 0 lies off such an axis; its line runs to the
        edge. For frames whose values are all above 0.

    Tapped groups are in `source.selected` (positions) and `selected` (codes).
    """

    def __init__(self, caption: Caption, *, by: str = "nace1", ordered: bool = True, ratios: bool = False):
        self.ordered = ordered
        self.ratios = ratios
        axis = {"x_range": Range1d(0.5, 2), "x_axis_type": "log"} if ratios else {"x_range": Range1d(0, 1)}
        plot = canvas(tools="save", gutter=235, frame_height=ROW, y_range=Range1d(1, 0), **axis)
        plot.ygrid.visible = False
        plot.yaxis.ticker = FixedTicker(ticks=[])
        figures_on(plot.xaxis)
        plot.xaxis.ticker = BasicTicker(desired_num_ticks=4)
        self.source, self._gaps, self._rules = (ColumnDataSource() for _layer in range(3))
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by=by)

    def update(
        self, frame: pd.DataFrame, caption: Caption | None = None, *, reference: tuple[float, str] | None = None
    ) -> None:
        """Draw a finding's frame. `reference`, a (value, name) in the chart's unit, belongs to it: without it, none.

        Raises
        ------
        WorkbenchError
            If the frame has no `by` or `value`, a group comes twice, or a state is unknown.
        """
        self._update(frame, caption, reference=reference)

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = ready(frame, self.columns)
        if self.ordered:
            rows = rows.sort_values("value", ascending=False, kind="stable", ignore_index=True)
        return rows

    def _show(self, rows: pd.DataFrame, reference: tuple[float, str] | None = None) -> Shown:
        self._frame(rows, reference)
        names = [named(*pair) for pair in self._names(rows)]
        self._draw(rows.assign(y=rows.index, **tooltips(rows, names, self.unit)))
        self._draw_reference(reference)
        self._say_if_nothing(rows, *self.figure.xaxis, *self.figure.xgrid)
        entries = of_states(rows["state"], CATEGORICAL[0], ("unreliable", "zero"))  # the others are written out
        return Shown(entries, [about_intervals(rows, POINTS_DRAWN, POINTS_BARE)])

    def _reach(self) -> tuple[float, float]:
        return self.figure.x_range.start, self.figure.x_range.end

    def _paint(self, plot) -> None:
        plot.hspan("y", source=self.source, line_color=RULE)
        gaps = plot.hbar(
            "y",
            right="right",
            left="left",
            height=0.62,
            source=self._gaps,
            fill_color="fill",
            line_color=None,
            hatch_pattern="hatch",
            hatch_color=LOOKS["withheld"].hatch_colour,
            **HATCH,
        )
        plot.text(
            "left",
            "y",
            "name",
            source=self._gaps,
            x_offset=6,
            text_baseline="middle",
            **small_text(text_color=MUTED, padding=2),
        )
        plot.vspan("x", source=self._rules, line_color=INK, line_dash=[2, 3], line_width=1.4)
        plot.text(
            "x",
            "y",
            "text",
            source=self._rules,
            text_align="side",
            x_offset="shift",
            text_baseline="middle",
            **small_text(text_color=INK),
        )
        whiskers = plot.segment("low", "y", "high", "y", source=self.source, line_color=CATEGORICAL[0], line_width=2.2)
        points = plot.scatter(
            "value", "y", source=self.source, size=10, fill_color="fill", line_color="line", line_width=1.8
        )
        still(whiskers, points)
        points.selection_glyph = points.glyph.clone(size=14, line_width=3)
        plot.add_tools(hover([points, gaps]), TapTool(renderers=[points]))

    def _names(self, rows: pd.DataFrame) -> list[tuple[str, str]]:
        """Code and label of each row; a model's term such as `nace1[E]` is no code that a reader knows."""
        codes = rows[self.by].where((rows["label"] == "") | (self.by != "term"), "")
        return list(zip(codes, rows["label"], strict=True))

    def _frame(self, rows: pd.DataFrame, reference: tuple[float, str] | None) -> None:
        """Room for the groups, their labels, and every limit."""
        plot = self.figure
        extra = [reference[0]] if reference else []
        ends = pd.concat(
            [rows["value"], rows["low"], rows["high"], pd.Series([*extra, *([] if self.ratios else [0.0])])]
        )
        if self.ratios:
            inside = ends[ends > 0]
            reach = max(inside.max() / inside.min(), 1.2) ** 0.05 if len(inside) else 2.0
            low, high = (inside.min() / reach, inside.max() * reach) if len(inside) else (0.5, 2.0)
            plot.x_range.update(start=low, end=high)
            ticks = _ratio_ticks(low, high)
            plot.xaxis.ticker = FixedTicker(ticks=ticks)
            # A log axis has no step from tick to tick that could set the decimals of all of them.
            plot.xaxis.major_label_overrides = {tick: short(tick) for tick in ticks}
        else:
            low, high = ends.min(), ends.max()
            high = high if high > low else low + 1  # nothing but zeros
            pad = 0.06 * (high - low)  # room for a whole point at the end of a narrow chart
            plot.x_range.update(start=low - pad, end=high + pad)
        plot.y_range.update(start=max(len(rows), 1) - 0.5, end=-1.0 if reference else -0.5)
        plot.frame_height = int(ROW * (plot.y_range.start - plot.y_range.end))
        plot.xaxis.axis_label = lines(self.unit, UNIT)
        plot.yaxis.ticker = FixedTicker(ticks=list(rows.index))
        texts = [_label(*pair) for pair in self._names(rows)]
        plot.yaxis.major_label_overrides = dict(enumerate(texts))

    def _draw(self, rows: pd.DataFrame) -> None:
        if self.ratios:
            rows["low"] = rows["low"].mask(rows["low"] <= 0, self._reach()[0])
        rows["group"] = rows[self.by]
        rows["fill"] = [PAPER if state in {"zero", "unreliable"} else CATEGORICAL[0] for state in rows["state"]]
        rows["line"] = [LOOKS["zero"].line if state == "zero" else CATEGORICAL[0] for state in rows["state"]]
        columns = ["y", "group", "value", "low", "high", "fill", "line", "who", "figure", "basis", "remark"]
        self.source.data = {name: rows[name].tolist() for name in columns}
        gaps = rows[rows["state"].isin(["missing", "withheld"])]
        start, end = self._reach()
        self._gaps.data = {
            "left": [start] * len(gaps),
            "right": [end] * len(gaps),
            **gap_looks(gaps["state"]),
            **gaps[["y", "who", "figure", "basis", "remark"]].to_dict("list"),
        }

    def _draw_reference(self, reference: tuple[float, str] | None) -> None:
        """The line and its name, written on the side that has room."""
        if reference is None:
            self._rules.data = {"x": [], "y": [], "text": [], "side": [], "shift": []}
            return
        level, name = reference
        start, end = self._reach()
        early = level < ((start * end) ** 0.5 if self.ratios else (start + end) / 2)
        place = {"side": ["left" if early else "right"], "shift": [5 if early else -5]}
        self._rules.data = {"x": [level], "y": [-0.62], "text": [shortened(name, 60)], **place}


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios in a span: 1, 2, 5 and their tenths and tens, closer where the span holds fewer than three."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks: list[float] = []
    for steps in RATIO_STEPS:
        marks = (float(f"{step}e{power}") for power in powers for step in steps)
        ticks = sorted({mark for mark in marks if low <= mark <= high})
        if len(ticks) >= 3:
            break
    return ticks


@cache
def _label(code: str, label: str) -> str:
    """The group's name on at most two lines, shortened before its code is."""
    for most in range(len(label), 0, -1):
        wrapped = lines(named(code, shortened(label, most)), LABEL).split("\n")
        if len(wrapped) <= 2:
            return "\n".join(wrapped)
    return shortened(code or label, LABEL)
