"""Figures over the years: points with their intervals, lines that stop at breaks, a reference, a fitted line."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from bokeh.core.properties import value
from bokeh.models import BasicTicker, ColumnDataSource, NoOverlap, NumeralTickFormatter, Range1d, TapTool

from workbench.charts.furniture import Chart, canvas, hover, lines, shortened
from workbench.charts.key import Key, area, point
from workbench.charts.palette import CATEGORICAL, FONT, HATCH, INK, LOOKS, MARKERS, MUTED, PAPER
from workbench.charts.rows import POINTS_BARE, POINTS_DRAWN, about_intervals, named, nothing, ready, tooltips
from workbench.terms.text import _

SPREAD = 0.6  # of a year, over which the points of one year stand beside each other


class Trend(Chart):
    """One figure per year, for one series or several.

    Parameters
    ----------
    series : str or None
        The frame's column that tells the series apart; None for one series.

    Tapped points are in `source.selected`; `source.data` has their `year` and `group`.
    """

    def __init__(self, *, title: str, unit: str, attribution: str, synthetic: bool = False, series: str | None = None):
        self.series = series
        plot = canvas(tools="save", gutter=100, frame_height=300, x_range=Range1d(0, 1), y_range=Range1d(0, 1))
        plot.xgrid.visible = False
        plot.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0, desired_num_ticks=12)
        plot.xaxis.major_label_policy = NoOverlap()
        plot.xaxis.formatter = NumeralTickFormatter(format="0")
        plot.yaxis.axis_label_standoff = 8
        plot.yaxis.formatter = NumeralTickFormatter(format="0,0.[000]")
        self._gaps, self._bands, self._fits, self._joins = (ColumnDataSource() for _place in range(4))
        self._marks, self._rules, self.source = (ColumnDataSource() for _place in range(3))
        self._paint(plot)
        self._key = Key(plot, "above", orientation="horizontal", location="left")
        super().__init__(plot, title=title, unit=unit, attribution=attribution, synthetic=synthetic)
        self.update(nothing("year", *([series] if series else [])))

    def update(
        self,
        frame: pd.DataFrame,
        *,
        fit: pd.DataFrame | None = None,
        breaks: Iterable[int] | Mapping[int, str] = (),
        reference: tuple[float, str] | None = None,
        title: str | None = None,
        unit: str | None = None,
        attribution: str | None = None,
        synthetic: bool | None = None,
    ) -> None:
        """Draw a finding's frame with a `year` per row. `fit`, `breaks` and `reference` belong to it: without them, none.

        Parameters
        ----------
        fit : DataFrame, optional
            A fitted line: year, value, low, high, and the series' column and `segment` where there are several.
        breaks : years, or years with what broke
            First years of a new definition: no line crosses them. A column `segment` and the flag `b` count too.
        reference : (value, name), optional
            A level to compare with, in the chart's unit.

        Raises
        ------
        WorkbenchError
            If a column is missing, a year comes twice in a series, or a state is unknown.
        """
        rows = self._ready(frame)
        fitted = self._ready(fit) if fit is not None else rows.iloc[:0]
        self.describe(title=title, unit=unit, attribution=attribution, synthetic=synthetic)
        self.figure.yaxis.axis_label = lines(self.unit, 36)
        groups = list(dict.fromkeys(rows["group"]))
        declared = dict(breaks) if isinstance(breaks, Mapping) else dict.fromkeys(breaks, _("break in series"))
        broken = _breaks(rows, declared)
        self._window(rows, fitted, reference)
        self._draw_points(rows, groups)
        self._draw_lines(((rows, declared), (fitted, broken)), groups)
        top = self.figure.y_range.end
        self._marks.data = {
            "x": [year - 0.5 for year in broken],
            "y": [top] * len(broken),
            "text": [shortened(text, 40) for text in broken.values()],
        }
        self._draw_reference(rows, reference)
        entries = self._entries(rows, groups, fit is not None)
        self._key.legend.ncols = max(1, 84 // max((len(label) + 5 for label, _swatch in entries), default=84))
        self._key.show(entries)
        self._note([about_intervals(rows, POINTS_DRAWN, POINTS_BARE)])

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's rows with `group` and `segment`, series in the frame's order, years rising."""
        rows = ready(frame, ["year"] if self.series is None else [self.series, "year"])
        rows["group"] = "" if self.series is None else rows[self.series]
        rows["segment"] = frame["segment"].to_numpy() if "segment" in frame else 0
        rows["place"] = pd.factorize(rows["group"])[0]
        rows = rows.sort_values(["place", "year"], ignore_index=True)
        by_series = rows.groupby("place")["segment"]
        return rows.assign(segment=by_series.ffill().fillna(by_series.bfill()))  # a year without a figure has none

    def _paint(self, plot) -> None:
        gaps = plot.vstrip(
            "x0",
            "x1",
            source=self._gaps,
            fill_color="fill",
            line_color="line",
            hatch_pattern="hatch",
            hatch_color=LOOKS["withheld"].hatch_colour,
            fill_alpha=0.6,
            **HATCH,
        )
        plot.patches("xs", "ys", source=self._bands, fill_color="colour", fill_alpha=0.16, line_color=None)
        plot.vspan("x", source=self._marks, line_color=MUTED, line_dash="dashed")
        plot.hspan("y", source=self._rules, line_color=INK, line_dash=[2, 3], line_width=1.4)
        small = {
            "text_font": value(FONT),
            "text_font_size": "11px",
            "background_fill_color": PAPER,
            "background_fill_alpha": 0.8,
        }
        plot.text(
            "x",
            "y",
            "text",
            source=self._marks,
            angle=np.pi / 2,
            text_align="right",
            text_color=MUTED,
            x_offset=-2,
            **small,
        )
        plot.text(
            *("x", "y", "text"),
            source=self._rules,
            text_align="right",
            text_baseline="side",
            y_offset="shift",
            text_color=INK,
            **small,
        )
        plot.multi_line("xs", "ys", source=self._joins, line_color="colour", line_width=1.8, line_alpha=0.65)
        plot.multi_line("xs", "ys", source=self._fits, line_color="colour", line_width=2.2, line_dash=[7, 4])
        whiskers = plot.segment("x", "low", "x", "high", source=self.source, line_color="line", line_width=1.6)
        points = plot.scatter(
            "x",
            "value",
            source=self.source,
            marker="marker",
            size=9,
            fill_color="fill",
            line_color="line",
            line_width=1.8,
        )
        whiskers.nonselection_glyph = whiskers.selection_glyph = points.nonselection_glyph = None
        points.selection_glyph = points.glyph.clone(size=13, line_width=3)
        plot.add_tools(hover([points, gaps]), TapTool(renderers=[points]))

    def _window(self, rows: pd.DataFrame, fitted: pd.DataFrame, reference: tuple[float, str] | None) -> None:
        both = pd.concat([rows[["value", "low", "high"]], fitted[["value", "low", "high"]]]).to_numpy().ravel()
        heights = [*both[np.isfinite(both)], *([reference[0]] if reference else []), 0.0]
        low, high = min(heights), max(heights)
        pad = 0.07 * (high - low or 1.0)
        self.figure.y_range.update(start=low - pad if low < 0 else -pad / 3, end=high + pad)
        years = rows["year"] if len(rows) else [0]
        self.figure.x_range.update(start=min(years) - 0.6, end=max(years) + 0.6)

    def _draw_reference(self, rows: pd.DataFrame, reference: tuple[float, str] | None) -> None:
        """The line and its name, written on the side where the last points are not."""
        if reference is None:
            self._rules.data = {"x": [], "y": [], "text": [], "side": [], "shift": []}
            return
        level, name = reference
        last = rows.loc[rows["year"] >= rows["year"].max() - 2, "value"]
        side, shift = ("top", 4) if (last > level).mean() > 0.5 else ("bottom", -4)
        place = {"x": [self.figure.x_range.end], "y": [level], "side": [side], "shift": [shift]}
        self._rules.data = {**place, "text": [shortened(name, 60)]}

    def _draw_points(self, rows: pd.DataFrame, groups: list[str]) -> None:
        names = [named(row.group, row.label) if row.group else row.label for row in rows.itertuples()]
        names = [", ".join(filter(None, [name, f"{year:g}"])) for name, year in zip(names, rows["year"], strict=True)]
        rows = rows.assign(**tooltips(rows, names, self.unit))
        rows["line"] = [_style(group, groups)[0] for group in rows["group"]]
        rows["marker"] = [_style(group, groups)[1] for group in rows["group"]]
        rows["x"] = rows["year"] + [_aside(group, groups) for group in rows["group"]]
        rows["fill"] = [PAPER if row.state in {"zero", "unreliable"} else row.line for row in rows.itertuples()]
        rows.loc[rows["state"] == "zero", "line"] = LOOKS["zero"].line
        seen = rows["state"].isin(["", "zero", "unreliable"])
        columns = [
            "x",
            "year",
            "group",
            "value",
            "low",
            "high",
            "line",
            "fill",
            "marker",
            "who",
            "figure",
            "basis",
            "remark",
        ]
        self.source.data = rows.loc[seen, columns].to_dict("list")
        gaps = rows[~seen]
        half = SPREAD / max(len(groups), 1) / 2
        looks = [LOOKS[state] for state in gaps["state"]]
        self._gaps.data = {
            "x0": list(gaps["x"] - half),
            "x1": list(gaps["x"] + half),
            "fill": [look.fill for look in looks],
            "hatch": [look.hatch or "blank" for look in looks],
            "line": list(gaps["line"]) if len(groups) > 1 else [PAPER] * len(gaps),
            **gaps[["who", "figure", "basis", "remark"]].to_dict("list"),
        }

    def _draw_lines(self, tables: Iterable[tuple[pd.DataFrame, Iterable[int]]], groups: list[str]) -> None:
        """The observed and the fitted lines, each with the breaks that none of its series may cross."""
        joins, fits, bands = ({"xs": [], "ys": [], "colour": []} for _place in range(3))
        for kind, (table, breaks) in zip((joins, fits), tables, strict=True):
            for group, piece in _pieces(table, breaks):
                colour = _style(group, groups)[0]
                x = (piece["year"] + _aside(group, groups)).tolist()
                _add(kind, x, piece["value"].tolist(), colour)
                if kind is fits and piece[["low", "high"]].notna().all(axis=None):
                    _add(bands, [*x, *x[::-1]], [*piece["low"], *piece["high"][::-1]], colour)
        self._joins.data, self._fits.data, self._bands.data = joins, fits, bands

    def _entries(self, rows: pd.DataFrame, groups: list[str], fitted: bool) -> list[tuple[str, tuple]]:
        """The key's entries: the series where there are several, then the states that occur."""
        labels = dict(zip(rows["group"], rows["label"], strict=True))
        entries = []
        if len(groups) > 1:
            for group in groups:
                colour, marker = _style(group, groups)
                entries.append((named(group, shortened(labels[group], 28)), point(marker, colour, colour)))
        for state in LOOKS:
            if state and (rows["state"] == state).any():
                look = LOOKS[state]
                hollow = point("circle", PAPER, MUTED if state == "unreliable" else look.line)
                strip = area(look.fill or PAPER, PAPER, look.hatch, look.hatch_colour)
                entries.append((look.name, hollow if state in {"zero", "unreliable"} else strip))
        if fitted:
            entries.append((_("fitted, with its interval"), area("#d9e6ee", MUTED)))
        return entries


def _style(group: str, groups: list[str]) -> tuple[str, str]:
    """Colour and marker of a series. The eighth has the first one's colour, but another marker."""
    place = groups.index(group) if group in groups else len(groups)
    return CATEGORICAL[place % len(CATEGORICAL)], MARKERS[(place + place // len(CATEGORICAL)) % len(MARKERS)]


def _aside(group: str, groups: list[str]) -> float:
    """How far from the year, in years, the points of a series stand."""
    if len(groups) < 2 or group not in groups:
        return 0.0
    return SPREAD * ((groups.index(group) + 0.5) / len(groups) - 0.5)


def _breaks(rows: pd.DataFrame, declared: Mapping[int, str]) -> dict[int, str]:
    """The first years of new definitions, rising, with what to write there."""
    found = dict(declared)
    for _place, series in rows.groupby("place"):
        new = (series["segment"] != series["segment"].shift()) | series["flag"].str.contains("b")
        for year in series["year"][new]:
            if year > series["year"].iloc[0]:
                found.setdefault(int(year), _("break in series"))
    return dict(sorted(found.items()))


def _pieces(rows: pd.DataFrame, breaks: Iterable[int]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Runs of years that a line may join: no year left out, none without a figure, no break between.

    `breaks` cut every series; a series' own segments and flags cut it alone.
    """
    breaks = np.array(sorted(breaks))
    for group, series in rows.groupby("group", sort=False):
        step = series["year"].diff().min()
        seen = series[series["value"].notna()]
        cut = seen["year"].diff() > step
        cut |= (seen["segment"] != seen["segment"].shift()) | seen["flag"].str.contains("b")
        cut |= pd.Series(np.searchsorted(breaks, seen["year"], side="right"), index=seen.index).diff() > 0
        for _number, piece in seen.groupby(cut.cumsum()):
            yield group, piece


def _add(lines: dict[str, list], xs: list, ys: list, colour: str) -> None:
    lines["xs"].append(xs)
    lines["ys"].append(ys)
    lines["colour"].append(colour)
