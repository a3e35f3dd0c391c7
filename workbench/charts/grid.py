"""Two dimensions crossed, such as sex and age: a coloured cell per pair, with its figure and interval in it."""

from collections.abc import Mapping, Sequence

import pandas as pd
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, CustomJS, FixedTicker, NoOverlap, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, hover, lines, still
from workbench.charts.key import SHADES, Key, legend_title, shades
from workbench.charts.palette import FONT, HATCH, INK, LOOKS, OUTSIDE, PAPER, ink_on
from workbench.charts.rows import about_intervals, interval, named, ready, tooltips, written
from workbench.charts.scale import Scale
from workbench.terms.text import _, mark, translated

ROW = 54  # pixels per row of cells
CELL = ["x", "y", "row", "column", "foot", "low", "high", "at", "fill", "line", "hatch", "hatch_colour", "ink"]
CELL += ["written", "limits", "who", "figure", "basis", "remark"]
LIMITS = 92  # pixels of a cell that has room for its limits
FITTING = "limits.visible = plot.inner_width / (plot.x_range.end - plot.x_range.start) >= least"
WRITTEN = 5  # columns up to which a cell has room for its figures at 700 px


class Grid(Chart):
    """One figure per pair of codes: `rows` down, `columns` across, in the order the frame has them.

    Parameters
    ----------
    rows, columns : str
        The frame's two dimensions.
    labels : mapping of code to name, optional
        For both dimensions, next to the frame's own columns `sex_label`; a code without a name is shown as it is.
    scale : "quantile", "equal" or a list of inner breaks
        How values become colours.

    Tapped cells are in `source.selected` (positions) and `selected` (pairs of codes).
    """

    def __init__(
        self,
        caption: Caption,
        *,
        rows: str = "age_group",
        columns: str = "sex",
        labels: Mapping[str, str] | None = None,
        scale: str | Sequence[float] = "quantile",
    ):
        self._labels = dict(labels or {})
        self._own: dict[tuple[str, str], str] = {}  # by dimension: F is a sector and a sex
        self._scale = scale
        ranges = {"x_range": Range1d(0, 1), "y_range": Range1d(1, 0)}
        plot = canvas(tools="save", gutter=120, frame_height=ROW, x_axis_location="above", **ranges)
        plot.grid.visible = False
        plot.xaxis.major_label_policy = NoOverlap()
        self.source = ColumnDataSource()
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "right", SHADES), by=(rows, columns))

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = ready(frame, self.columns)
        for name in self.columns:
            labelled = rows[rows[f"{name}_label"] != ""]
            labels = zip(labelled[name], labelled[f"{name}_label"], strict=True)
            self._own |= {(name, code): label for code, label in labels}
        return rows

    def _show(self, rows: pd.DataFrame) -> Shown:
        """Draw one cell per pair; pairs that the frame does not have are shown as not in the answer."""
        down, across = (list(dict.fromkeys(rows[name])) for name in self.columns)
        scale = Scale.of(rows["value"][rows["state"].isin(["", "unreliable"])], self._scale)
        self._frame(down, across)
        self._say_if_nothing(rows)
        self._draw(rows, down, across, scale)
        self._key.legend.title = legend_title(self.unit, scale)
        drawn, bare = (
            mark("In each cell the {levels} interval, all on one scale."),
            mark("No line: no interval was published."),
        )
        unwritten = [] if len(across) <= WRITTEN else [_("The figures are in the tooltips.")]
        return Shown(
            shades(scale, set(rows["state"]), outside=len(rows) < len(down) * len(across)),
            [about_intervals(rows, drawn, bare), *unwritten],
        )

    @property
    def selected(self) -> tuple[tuple[str, str], ...]:
        """The (row, column) codes of the tapped cells."""
        data = self.source.data
        return tuple((data["row"][place], data["column"][place]) for place in self.source.selected.indices)

    def _paint(self, plot) -> None:
        cells = plot.rect(
            "x",
            "y",
            source=self.source,
            width=0.97,
            height=0.95,
            fill_color="fill",
            line_color="line",
            hatch_pattern="hatch",
            hatch_color="hatch_colour",
            **HATCH,
        )
        still(cells)
        cells.selection_glyph = cells.glyph.clone(line_color=INK, line_width=2.5)
        words = {"source": self.source, "text_font": value(FONT), "text_align": "center", "text_baseline": "middle"}
        paint = {"text_color": "ink", "background_fill_color": "fill", "padding": 1}
        for column, size, up in (("written", "13px", -12), ("limits", "11px", 4)):
            text = plot.text("x", "y", column, text_font_size=size, y_offset=up, **words, **paint)
            still(text)
        # the limits are the last text; in cells that are narrower, tooltips and lines tell them
        fitting = CustomJS(args={"plot": plot, "limits": text, "least": LIMITS}, code=FITTING)
        plot.js_on_change("inner_width", fitting)
        plot.x_range.js_on_change("end", fitting)
        still(
            plot.segment("low", "foot", "high", "foot", source=self.source, line_color="ink", line_width=1.6),
            plot.scatter("at", "foot", source=self.source, size=6, fill_color="ink", line_color="fill"),
        )
        plot.add_tools(hover([cells]), TapTool(renderers=[cells]))

    def _frame(self, down: list[str], across: list[str]) -> None:
        plot = self.figure
        plot.x_range.update(start=-0.5, end=max(len(across), 1) - 0.5)
        plot.y_range.update(start=max(len(down), 1) - 0.5, end=-0.5)
        plot.frame_height = ROW * max(len(down), 1)
        sides = (
            (plot.xaxis, self.by[1], across, max(60 // max(len(across), 1), 4)),
            (plot.yaxis, self.by[0], down, 17),
        )
        for axis, name, codes, width in sides:
            axis.ticker = FixedTicker(ticks=list(range(len(codes))))
            texts = [lines(self._label(name, code) or code, width) for code in codes]
            axis.major_label_overrides = dict(enumerate(texts))

    def _draw(self, rows: pd.DataFrame, down: list[str], across: list[str], scale: Scale) -> None:
        pairs = list(zip(rows[self.by[0]], rows[self.by[1]], strict=True))
        tooltip = tooltips(rows, [self._who(pair) for pair in pairs], self.unit)
        words = [dict(zip(tooltip, texts, strict=True)) for texts in zip(*tooltip.values(), strict=True)]
        answered = dict(zip(pairs, zip(rows.itertuples(index=False), words, strict=True), strict=True))
        ends = [0.0, *rows[["value", "low", "high"]].to_numpy(float).ravel()]
        ends = [end for end in ends if end == end]
        start, span = min(ends), max(ends) - min(ends) or 1.0
        cells = []
        for y, row in enumerate(down):
            for x, column in enumerate(across):
                cell = {"x": x, "y": y, "row": row, "column": column, "foot": y + 0.33}
                if (row, column) not in answered:
                    elsewhere = {"who": self._who((row, column)), "remark": _("not in this answer")}
                    cells.append(cell | ELSEWHERE | elsewhere)
                    continue
                found, texts = answered[row, column]
                limits = {"low": found.low, "high": found.high, "at": found.value}
                limits = {name: x - 0.42 + 0.84 * (limit - start) / span for name, limit in limits.items()}
                cells.append(cell | _cell(found, scale) | limits | texts)
        if len(across) > WRITTEN:
            cells = [cell | {"written": "", "limits": ""} for cell in cells]
        self.source.data = {name: [cell[name] for cell in cells] for name in CELL}

    def _who(self, pair: tuple[str, str]) -> str:
        return ", ".join(named(code, self._label(name, code)) for name, code in zip(self.by, pair, strict=True))

    def _label(self, name: str, code: str) -> str:
        return self._own.get((name, code)) or self._labels.get(code, "")


# A pair that the frame does not have.
ELSEWHERE = {
    **{"fill": OUTSIDE, "line": PAPER, "hatch": "blank", "hatch_colour": INK, "ink": INK, "written": "", "limits": ""},
    **{"low": float("nan"), "high": float("nan"), "at": float("nan")},
    **{"figure": "", "basis": ""},
}


def _cell(row, scale: Scale) -> dict[str, str]:
    """Colours, pattern and written figures of a cell."""
    look = LOOKS[row.state]
    fill = look.fill or scale.colour(row.value)
    ink = ink_on(fill)
    without = row.state in {"missing", "withheld"}
    return {
        "fill": fill,
        "line": look.line,
        "hatch": look.hatch or "blank",
        "hatch_colour": ink if row.state == "unreliable" else look.hatch_colour,
        "ink": ink,
        "written": translated(look.name) if without else written(row.value, row.count),
        "limits": "" if without or row.low != row.low else interval(row.low, row.high),
    }
