"""What a model says beside the observed points of a series: the course without a change, what lies ahead, when a level changed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.core.properties import value
from bokeh.models import ColumnDataSource

from workbench.charts.furniture import shortened
from workbench.charts.key import area, point
from workbench.charts.palette import CATEGORICAL, FONT, INK, PAPER
from workbench.charts.rows import interval, number
from workbench.terms.text import _

COLOUR = CATEGORICAL[1]  # of what was not observed
WIDE, NARROW = "#f9e3d3", "#f0bd94"  # its bands on white: 95%, and 80% within
DATES = "#ead2df"  # the years that a change may lie in
DASHES, MARKER = [6, 3, 2, 3], "diamond"
LEAST = 0.12  # of a year, each side of a date that is known to the year: a band is never too thin to see
STUB = 0.6  # of a period, as long as the line of a single one


class Courses:
    """The renderers of what is not observed; one set for the life of a figure, made before its points so as to lie under them."""

    def __init__(self, plot):
        self._dates, self._bands, self._lines = (ColumnDataSource() for _place in range(3))
        self._edges, self._names, self.source = (ColumnDataSource() for _place in range(3))
        self._shown: list[tuple[str, tuple]] = []
        plot.vstrip("x0", "x1", source=self._dates, fill_color=DATES, fill_alpha=0.75, line_color=None)
        plot.patches("xs", "ys", source=self._bands, fill_color="colour", fill_alpha=0.75, line_color=None)
        plot.vspan("x", source=self._edges, line_color=INK, line_width=1.2)
        plot.multi_line("xs", "ys", source=self._lines, line_color=COLOUR, line_width=2.2, line_dash=DASHES)
        self.points = plot.scatter(
            "x", "value", source=self.source, marker=MARKER, size=10, fill_color=PAPER, line_color=COLOUR, line_width=1.8,
        )  # fmt: skip
        self.points.nonselection_glyph = None
        plot.text(
            "x", "y", "text", source=self._names, angle=np.pi / 2, text_align="align", text_baseline="side",
            x_offset="shift", text_color=INK, text_font=value(FONT), text_font_size="11px", background_fill_color=PAPER,
            background_fill_alpha=0.8,
        )  # fmt: skip

    def show(
        self,
        without: Sequence[pd.DataFrame],
        ahead: pd.DataFrame,
        end: pd.DataFrame,
        since: tuple[float, str] | None,
        changes: Sequence[tuple[float, float, float, str]],
        *,
        unit: str,
        floor: float,
        top: float,
    ) -> None:
        """Draw what is given, in the axis' own numbers: 2019.5 lies between 2019 and 2020.

        Parameters
        ----------
        without : pieces of the course as it would have gone on without a change: year, value, low, high
        ahead : the periods forecast: year, time, half, value, the 95% limits low and high, low_80, high_80
        end : the last observed row, from which the forecast sets out
        since : the date of an event and its name
        changes : of each change its date, the first and the last that are possible (NaN where not known), and its name
        floor, top : where names are written: above the axis, or under the top where the points lie low
        """
        bands, lines = {"xs": [], "ys": [], "colour": []}, {"xs": [], "ys": []}
        for piece in map(widened, without):
            _band(bands, piece, "low", "high", WIDE)
            _line(lines, piece)
        if len(ahead):
            start = end[["year", "value"]].assign(
                low=end["value"], high=end["value"], low_80=end["value"], high_80=end["value"]
            )
            whole = pd.concat([start, ahead[["year", "value", "low", "high", "low_80", "high_80"]]])
            _band(bands, whole, "low", "high", WIDE)
            _band(bands, whole, "low_80", "high_80", NARROW)
            _line(lines, whole)
        self._bands.data, self._lines.data = bands, lines
        ranges = [(min(low, when - LEAST), max(high, when + LEAST)) for when, low, high, _text in changes if low == low]
        self._dates.data = {"x0": [low for low, _high in ranges], "x1": [high for _low, high in ranges]}
        edges = [(since[0], since[1], "top")] if since else []
        if len(ahead) and len(end):
            edges.append((float((end["year"] + end["half"]).iloc[0]), _("forecast"), "top"))
        edges += [(when, text, "bottom") for when, _low, _high, text in changes]
        low = end["value"].gt(top / 2).any()
        self._edges.data = {"x": [x for x, _text, _side in edges]}
        self._names.data = {
            "x": [x for x, _text, _side in edges],
            "y": [floor if low else top] * len(edges),
            "align": ["left" if low else "right"] * len(edges),
            "text": [shortened(text, 40) for _x, text, _side in edges],
            "side": [side for _x, _text, side in edges],
            "shift": [3 if side == "top" else -2 for _x, _text, side in edges],
        }
        self.source.data = _points(ahead, unit)
        self._shown = _entries(bool(len(without)), bool(len(ahead)), bool(ranges))

    def entries(self) -> list[tuple[str, tuple]]:
        """What the key says of them."""
        return self._shown


def widened(piece: pd.DataFrame) -> pd.DataFrame:
    """A piece of a line with a length to draw: that of a single period reaches to both sides of it."""
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


def _points(ahead: pd.DataFrame, unit: str) -> dict[str, list]:
    """The periods forecast, with what a tooltip says of them."""
    rows = list(ahead.itertuples())
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


def _entries(without: bool, ahead: bool, changes: bool) -> list[tuple[str, tuple]]:
    """The key's entries."""
    entries = []
    if without:
        kind, style = area(WIDE, COLOUR)
        dashed = (kind, (*style, ("line_dash", "dashed"), ("line_width", 1.6)))
        entries.append((_("the earlier course gone on, with its interval"), dashed))
    if ahead:
        entries += [
            (_("forecast"), point(MARKER, PAPER, COLOUR)),
            (_("80% interval"), area(NARROW, PAPER)),
            (_("95% interval"), area(WIDE, PAPER)),
        ]
    if changes:
        entries.append((_("range of dates"), area(DATES, PAPER)))
    return entries
