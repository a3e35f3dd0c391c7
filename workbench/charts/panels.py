"""Small multiples: a small line for each group of one dimension over the ordered groups of another, on one scale."""

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, hover, plain, small_text, still
from workbench.charts.key import Key
from workbench.charts.palette import CATEGORICAL, LOOKS, MUTED, PAPER, RULE
from workbench.charts.rows import about_intervals, tooltips, written
from workbench.terms.text import _, mark
from workbench.terms.words import some

ACROSS = 3
"""Panels side by side: at 700 px each has room for 34 letters of its name."""
LETTERS, LINES = 34, 3
HEIGHT = 104  # pixels of a panel
FOOT, TOP = 0.92, 0.58  # of a panel's height: the line of 0, and that of the highest figure of all
NAME, LEFT, RIGHT = 0.03, 0.16, 0.84  # of its width: where its name begins, the first and the last group
COLUMNS = ["x", "y", "group", "fill", "line", "who", "figure", "basis", "remark"]


class Panels(Chart):
    """One panel per code of `panels`, in it a point per code of `across` in the order the frame has them.

    Parameters
    ----------
    across, panels : str
        The frame's two dimensions.

    Tapped points are in `source.selected`; `selected` are the codes of their panels.
    """

    def __init__(self, caption: Caption, *, across: str = "size", panels: str = "question"):
        ranges = {"x_range": Range1d(0, ACROSS), "y_range": Range1d(1, 0)}
        plot = canvas(tools="save", frame_height=HEIGHT, **ranges)
        plot.grid.visible = plot.axis.visible = False
        self.source = ColumnDataSource()
        self._lines, self._feet, self._words = ColumnDataSource(), ColumnDataSource(), ColumnDataSource()
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by=(across, panels))

    def _paint(self, plot) -> None:
        feet = plot.segment("x0", "y", "x1", "y", source=self._feet, line_color=RULE, line_width=1.5)
        drawn = plot.multi_line("xs", "ys", source=self._lines, line_color=CATEGORICAL[0], line_width=1.8)
        points = plot.scatter("x", "y", source=self.source, size=7, fill_color="fill", line_color="line")
        still(feet, drawn, points)
        points.selection_glyph = points.glyph.clone(size=11, line_width=3)
        names = plot.text("x", "y", "text", source=self._words, text_baseline="top", **_letters("name"))
        still(names)
        for at, align in (("first", "right"), ("last", "left")):
            still(plot.text(f"{at}_x", f"{at}_y", at, source=self._words, text_align=align, **_letters("figure")))
        plot.add_tools(hover([points]), TapTool(renderers=[points]))

    def _show(self, rows: pd.DataFrame) -> Shown:
        """Draw a panel per group; a figure that is missing or withheld breaks its line."""
        across, panels = (list(dict.fromkeys(rows[name])) for name in self.columns)
        down = max(-(-len(panels) // ACROSS), 1)
        self.figure.y_range.update(start=down, end=0)
        self.figure.frame_height = HEIGHT * down
        self._say_if_nothing(rows)
        self._draw(rows, across, panels)

        order = some([self._across_label(rows, code) for code in across], len(across))
        drawn, bare = mark("Tooltips tell the {levels} intervals."), mark("No interval was published.")
        notes = [_("From left to right: {groups}. One scale for all.").format(groups=order)] if len(across) else []
        return Shown([], [*notes, about_intervals(rows, drawn, bare)])

    def _across_label(self, rows: pd.DataFrame, code: str) -> str:
        labels = rows.loc[rows[self.by[0]].eq(code), f"{self.by[0]}_label"]
        return labels.iloc[0] or code

    def _draw(self, rows: pd.DataFrame, across: list[str], panels: list[str]) -> None:
        known = rows["value"].where(rows["state"].isin(["", "unreliable", "zero"]))
        most = float(known.max()) if known.notna().any() else 1.0
        place = {code: i for i, code in enumerate(panels)}
        step = {code: LEFT + (RIGHT - LEFT) * i / max(len(across) - 1, 1) for i, code in enumerate(across)}
        panel = rows[self.by[1]].map(place).to_numpy(int)
        xs = panel % ACROSS + rows[self.by[0]].map(step).to_numpy(float)
        ys = panel // ACROSS + FOOT - (FOOT - TOP) * (known / (most or 1.0)).to_numpy(float)

        labels = rows.groupby(self.by[1], sort=False)[f"{self.by[1]}_label"].first()
        names = [labels[code] or code for code in panels]
        who = [f"{names[i]}, {label or code}" for i, label, code in self._whom(rows, panel)]
        looks = [LOOKS[state] for state in rows["state"]]
        self.source.data = {
            "x": xs,
            "y": ys,
            "group": rows[self.by[1]].tolist(),
            "fill": [PAPER if look.hatch else look.fill or CATEGORICAL[0] for look in looks],
            "line": [CATEGORICAL[0]] * len(rows),
            **tooltips(rows, who, self.unit),
        }
        self._lines.data = {
            "xs": [xs[panel == i] for i in range(len(panels))],
            "ys": [ys[panel == i] for i in range(len(panels))],
        }
        left, top = np.arange(len(panels)) % ACROSS, np.arange(len(panels)) // ACROSS
        self._feet.data = {"x0": left + LEFT, "x1": left + RIGHT, "y": top + FOOT}
        self._words.data = {"x": left + NAME, "y": top + 0.06, "text": [_short(name) for name in names]}
        for at, find in (("first", np.argmin), ("last", np.argmax)):
            self._write_ends(rows, at, find, (panel, xs, ys))

    def _whom(self, rows: pd.DataFrame, panel: np.ndarray) -> list[tuple]:
        return list(zip(panel, rows[f"{self.by[0]}_label"], rows[self.by[0]], strict=True))

    def _write_ends(self, rows: pd.DataFrame, at: str, find, drawn: tuple[np.ndarray, ...]) -> None:
        """The first or the last figure of each panel beside its point."""
        panel, xs, ys = drawn
        ends = []
        for i in range(len(self._words.data["x"])):
            points = np.flatnonzero((panel == i) & np.isfinite(ys))
            if not len(points):
                ends.append((np.nan, np.nan, ""))
                continue
            row = points[find(xs[points])]
            shift = 0.03 if at == "last" else -0.03
            text = written(rows["value"].iloc[row], rows["count"].iloc[row])
            ends.append((xs[row] + shift, ys[row], text))
        for place, name in enumerate((f"{at}_x", f"{at}_y", at)):
            self._words.data[name] = [end[place] for end in ends]


def _letters(kind: str) -> dict:
    style = {"name": {"text_line_height": 1.15}, "figure": {"text_color": MUTED, "text_baseline": "middle"}}[kind]
    return {**small_text(), **style}


def _short(name: str) -> str:
    """A name on at most three lines of a panel."""
    words, lines = plain(name).split(), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LETTERS:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines[:LINES]) + ("…" if len(lines) > LINES else "")
