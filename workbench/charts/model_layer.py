"""What a model adds to the observed points of a series: the counterfactual, a forecast, an event, changes of level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource

from workbench.charts.furniture import shortened, small_text, still
from workbench.charts.key import area, point
from workbench.charts.palette import CATEGORICAL, INK, PAPER
from workbench.charts.rows import interval
from workbench.terms.text import _
from workbench.terms.words import number

COLOUR = CATEGORICAL[1]  # of what was not observed
WIDE, NARROW = "#f9e3d3", "#f0bd94"  # its bands on white: 95%, and 80% within
DATES = "#ead2df"  # the years that a change may lie in
DASHES, MARKER = [6, 3, 2, 3], "diamond"
LEAST = 0.12  # of a year, each side of a date that is known to the year: a band is never too thin to see
STUB = 0.6  # of a period, as long as the line of a single one


@dataclass(frozen=True, kw_only=True)
class LevelChange:
    """When a level changed, in the axis' own numbers (2019.5 lies between 2019 and 2020); NaN ends are not known."""

    when: float
    earliest: float
    latest: float
    name: str


@dataclass(frozen=True, kw_only=True)
class ModelMarks:
    """What a model says of a series besides its fitted line; all of it optional.

    `counterfactual`: the series as it would have continued without a change: year, value, low, high.
    `forecast`: the periods ahead: year, value, the 95% limits low and high, low_80, high_80.
    `event`: a date in the axis' own numbers, and its name.
    """

    counterfactual: pd.DataFrame | Sequence[pd.DataFrame] | None = None
    forecast: pd.DataFrame | None = None
    event: tuple[float, str] | None = None
    changes: Sequence[LevelChange] = ()


class ModelLayer:
    """The renderers of what is not observed: one set for the life of a figure, made before its points, under them."""

    def __init__(self, plot):
        self._dates, self._bands, self._lines = (ColumnDataSource() for _layer in range(3))
        self._edges, self._names, self.source = (ColumnDataSource() for _layer in range(3))
        self.entries: list[tuple[str, tuple]] = []  # what the key says of them
        plot.vstrip("x0", "x1", source=self._dates, fill_color=DATES, fill_alpha=0.75, line_color=None)
        plot.patches("xs", "ys", source=self._bands, fill_color="colour", fill_alpha=0.75, line_color=None)
        plot.vspan("x", source=self._edges, line_color=INK, line_width=1.2)
        plot.multi_line("xs", "ys", source=self._lines, line_color=COLOUR, line_width=2.2, line_dash=DASHES)
        self.points = plot.scatter(
            "x",
            "value",
            source=self.source,
            marker=MARKER,
            size=10,
            fill_color=PAPER,
            line_color=COLOUR,
            line_width=1.8,
        )
        still(self.points)
        plot.text(
            "x",
            "y",
            "text",
            source=self._names,
            angle=np.pi / 2,
            text_align="align",
            text_baseline="side",
            x_offset="shift",
            **small_text(text_color=INK, background_fill_alpha=0.8),
        )

    def show(self, marks: ModelMarks, *, last: pd.DataFrame, unit: str, heights: tuple[float, float]) -> None:
        """Draw what a model says, in the axis' own numbers: bands and lines, dates, then names.

        Parameters
        ----------
        marks : ModelMarks
            The counterfactual as a sequence of pieces; of the forecast also time (in words) and half (of a period).
        last : DataFrame
            The last observed row, from which the forecast sets out; it may be empty.
        heights : (floor, top)
            Where names are written: above the axis, or under the top where the points lie low.
        """
        counterfactual, forecast = marks.counterfactual, marks.forecast
        self._draw_lines(counterfactual, forecast, last)

        known = [change for change in marks.changes if change.earliest == change.earliest]
        self._dates.data = {
            "x0": [min(change.earliest, change.when - LEAST) for change in known],
            "x1": [max(change.latest, change.when + LEAST) for change in known],
        }

        edges = [(*marks.event, "top")] if marks.event else []
        if len(forecast) and len(last):
            edges.append((float((last["year"] + last["half"]).iloc[0]), _("forecast"), "top"))
        edges += [(change.when, change.name, "bottom") for change in marks.changes]
        self._draw_edges(edges, heights, low=last["value"].gt(heights[1] / 2).any())
        self.source.data = _points(forecast, unit)
        self.entries = _entries(bool(len(counterfactual)), bool(len(forecast)), bool(known))

    def _draw_lines(self, counterfactual: Sequence[pd.DataFrame], forecast: pd.DataFrame, last: pd.DataFrame) -> None:
        bands, lines = {"xs": [], "ys": [], "colour": []}, {"xs": [], "ys": []}
        for piece in map(widened, counterfactual):
            _band(bands, piece, "low", "high", WIDE)
            _line(lines, piece)
        if len(forecast):
            limits = ["low", "high", "low_80", "high_80"]
            start = last[["year", "value"]].assign(**dict.fromkeys(limits, last["value"]))
            whole = pd.concat([start, forecast[["year", "value", *limits]]])
            _band(bands, whole, "low", "high", WIDE)
            _band(bands, whole, "low_80", "high_80", NARROW)
            _line(lines, whole)
        self._bands.data, self._lines.data = bands, lines

    def _draw_edges(self, edges: Sequence[tuple[float, str, str]], heights: tuple[float, float], *, low: bool) -> None:
        """Upright lines with their names: below where the last points lie high, else under the top."""
        floor, top = heights
        self._edges.data = {"x": [x for x, _text, _side in edges]}
        self._names.data = {
            "x": [x for x, _text, _side in edges],
            "y": [floor if low else top] * len(edges),
            "align": ["left" if low else "right"] * len(edges),
            "text": [shortened(text, 40) for _x, text, _side in edges],
            "side": [side for _x, _text, side in edges],
            "shift": [3 if side == "top" else -2 for _x, _text, side in edges],
        }


def widened(piece: pd.DataFrame) -> pd.DataFrame:
    """A piece of a line with a length to draw: that of a single period reaches to both sides of it.

    Parameters
    ----------
    piece : DataFrame
        The periods of one unbroken line: year, half (half the length of a period, in years) and what is drawn.

    Returns
    -------
    DataFrame
        Two rows or more.
    """
    if len(piece) != 1:
        return piece
    reach = STUB * float(piece["half"].iloc[0])
    return pd.concat([piece.assign(year=piece["year"] - reach), piece.assign(year=piece["year"] + reach)])


def _band(bands: dict[str, list], piece: pd.DataFrame, low: str, high: str, colour: str) -> None:
    if piece[[low, high]].notna().all(axis=None):
        bands["xs"].append([*piece["year"], *piece["year"][::-1]])
        bands["ys"].append([*piece[low], *piece[high][::-1]])
        bands["colour"].append(colour)


def _line(lines: dict[str, list], piece: pd.DataFrame) -> None:
    lines["xs"].append(piece["year"].tolist())
    lines["ys"].append(piece["value"].tolist())


def _points(forecast: pd.DataFrame, unit: str) -> dict[str, list]:
    """The periods forecast, with what a tooltip says of them."""
    rows = list(forecast.itertuples())
    return {
        "x": [row.year for row in rows],
        "value": [row.value for row in rows],
        "who": [_("{when}, forecast").format(when=row.time) for row in rows],
        "figure": [f"{number(row.value)} {unit}" for row in rows],
        "basis": [
            _("prediction intervals: 80% {narrow}, 95% {wide}").format(
                narrow=interval(row.low_80, row.high_80), wide=interval(row.low, row.high)
            )
            for row in rows
        ],
        "remark": [_("not observed")] * len(rows),
    }


def _entries(counterfactual: bool, forecast: bool, changes: bool) -> list[tuple[str, tuple]]:
    """The key's entries."""
    entries = []
    if counterfactual:
        kind, style = area(WIDE, COLOUR)
        dashed = (kind, (*style, ("line_dash", "dashed"), ("line_width", 1.6)))
        entries.append((_("the earlier trend continued, with its interval"), dashed))
    if forecast:
        entries += [
            (_("forecast"), point(MARKER, PAPER, COLOUR)),
            (_("80% interval"), area(NARROW, PAPER)),
            (_("95% interval"), area(WIDE, PAPER)),
        ]
    if changes:
        entries.append((_("range of dates"), area(DATES, PAPER)))
    return entries
