"""Figures over the years or months: points with their intervals, lines that stop at breaks, and what a model adds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from bokeh.models import BasicTicker, ColumnDataSource, NoOverlap, NumeralTickFormatter, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, figures_on, gap_looks, hover, lines, shortened, small_text, still
from workbench.charts.key import Key, area, of_states, point
from workbench.charts.model_layer import ModelLayer, ModelMarks, widened
from workbench.charts.palette import CATEGORICAL, HATCH, INK, LOOKS, MARKERS, MUTED, PAPER
from workbench.charts.rows import POINTS_BARE, POINTS_DRAWN, about_intervals, named, ready, tooltips
from workbench.terms.text import _

SPREAD = 0.6  # of a year, over which the points of one year stand beside each other
MANY = 60  # more points than these are drawn smaller


class Trend(Chart):
    """One figure per year, for one series or several; of one series whose frame has a `month`, one figure per month.

    Parameters
    ----------
    series : str or None
        The frame's column that tells the series apart; None for one series.

    Tapped points are in `source.selected` (positions) and `selected` (series); `source.data` has their `year` too.
    """

    def __init__(self, caption: Caption, *, series: str | None = None):
        self.series = series
        plot = canvas(tools="save", gutter=100, frame_height=300, x_range=Range1d(0, 1), y_range=Range1d(0, 1))
        plot.xgrid.visible = False
        plot.xaxis.ticker = BasicTicker(min_interval=1, num_minor_ticks=0, desired_num_ticks=12)
        plot.xaxis.major_label_policy = NoOverlap()
        plot.xaxis.formatter = NumeralTickFormatter(format="0")
        plot.yaxis.axis_label_standoff = 8
        figures_on(plot.yaxis)
        self._gaps, self._bands, self._fits, self._joins = (ColumnDataSource() for _layer in range(4))
        self._marks, self._rules, self.source = (ColumnDataSource() for _layer in range(3))
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by=("year", *([series] if series else [])))

    def update(
        self,
        frame: pd.DataFrame,
        caption: Caption | None = None,
        *,
        fit: pd.DataFrame | None = None,
        model: ModelMarks | None = None,
        breaks: Iterable[int] | Mapping[int, str] = (),
        reference: tuple[float, str] | None = None,
    ) -> None:
        """Draw a finding's frame with a `year` per row. All else belongs to it: what is not given is not drawn.

        Parameters
        ----------
        fit : DataFrame, optional
            A fitted line: year, value, low, high, and the series' column and `segment` where there are several.
        model : ModelMarks, optional
            What was not observed: the counterfactual, a forecast, an event, changes of level.
        breaks : years, or years with what broke
            First years of a new definition: no line crosses them. Nor does it leave its `segment`, where the frame has
            that column, for a model says where its line is cut; else the flag `b` cuts.
        reference : (value, name), optional
            A level to compare with, in the chart's unit.

        Raises
        ------
        WorkbenchError
            If a column is missing, a year comes twice in a series, or a state is unknown.
        """
        self._update(frame, caption, fit=fit, model=model or ModelMarks(), breaks=breaks, reference=reference)

    def _show(self, rows: pd.DataFrame, fit, model: ModelMarks, breaks, reference) -> Shown:
        """Find where lines are cut and how much room they need, then draw lines, points, and what the model adds."""
        fitted, counterfactual, forecast = (
            rows.iloc[:0] if given is None else self._ready(given)
            for given in (fit, model.counterfactual, model.forecast)
        )
        groups = list(dict.fromkeys(rows["group"]))
        half = float(rows["half"].max()) if len(rows) else 0.5
        declared = dict(breaks) if isinstance(breaks, Mapping) else dict.fromkeys(breaks, _("break in series"))
        declared = {_place(year, 1 if half < 0.5 else None): why for year, why in declared.items()}
        broken = _breaks(rows, declared)

        self.figure.yaxis.axis_label = lines(self.unit, 36)
        self._window(pd.concat([rows, fitted, counterfactual, forecast]), reference)
        self._say_if_nothing(pd.concat([rows, forecast]), *self.figure.yaxis, *self.figure.ygrid)
        self._draw_points(rows, groups)
        self._draw_lines(((rows, declared), (fitted, broken)), groups)
        self._draw_breaks(broken, half)
        self._draw_reference(rows, reference)

        self._model.show(
            replace(
                model,
                counterfactual=[piece for _group, piece in _pieces(counterfactual, broken)],
                forecast=forecast,
            ),
            last=rows.loc[rows["value"].notna()].tail(1),
            unit=self.unit,
            heights=(min(0.0, self.figure.y_range.end), self.figure.y_range.end),
        )
        entries = [*self._entries(rows, groups, len(fitted) > 0), *self._model.entries]
        return Shown(entries, [about_intervals(rows, POINTS_DRAWN, POINTS_BARE)])

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's rows with `group`, `segment`, `time` in words and `half` a period.

        Series are in the frame's order, each with its time rising.
        """
        monthly = self.series is None and "month" in frame
        time = ["year", "month"] if monthly else ["year"]
        rows = ready(frame, time if self.series is None else [self.series, *time])
        rows["time"], rows["half"] = [f"{year:g}" for year in rows["year"]], 0.5
        if monthly:
            rows["time"], rows["half"] = rows["time"] + "-" + rows["month"], 1 / 24
            rows["year"] = [_place(*pair) for pair in zip(rows["year"], rows["month"], strict=True)]
            rows["label"] = ""
        for name in {"low_80", "high_80"} & set(frame):
            rows[name] = pd.to_numeric(frame[name]).to_numpy(float)
        rows["group"] = "" if self.series is None else rows[self.series]
        rows["cut"] = False if "segment" in frame else rows["flag"].str.contains("b")
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
        self._model = ModelLayer(plot)
        plot.vspan("x", source=self._marks, line_color=MUTED, line_dash="dashed")
        plot.hspan("y", source=self._rules, line_color=INK, line_dash=[2, 3], line_width=1.4)
        plot.text(
            "x",
            "y",
            "text",
            source=self._marks,
            angle=np.pi / 2,
            text_align="right",
            x_offset=-2,
            **small_text(text_color=MUTED, background_fill_alpha=0.8),
        )
        plot.text(
            "x",
            "y",
            "text",
            source=self._rules,
            text_align="right",
            text_baseline="side",
            y_offset="shift",
            **small_text(text_color=INK, background_fill_alpha=0.8),
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
        still(whiskers, points)
        points.selection_glyph = points.glyph.clone(size=13, line_width=3)
        self._points = points.glyph
        plot.add_tools(hover([points, gaps, self._model.points]), TapTool(renderers=[points]))

    def _window(self, drawn: pd.DataFrame, reference: tuple[float, str] | None) -> None:
        """Room for every point, line and limit."""
        ends = drawn[["value", "low", "high"]].to_numpy().ravel()
        heights = [*ends[np.isfinite(ends)], *([reference[0]] if reference else []), 0.0]
        low, high = min(heights), max(heights)
        high = high if high > low else low + 1  # nothing but zeros
        pad = 0.07 * (high - low)
        self.figure.y_range.update(start=low - pad if low < 0 else -pad / 3, end=high + pad)
        years, room = (drawn["year"], 0.1 + drawn["half"].max()) if len(drawn) else ([0], 0.6)
        self.figure.x_range.update(start=min(years) - room, end=max(years) + room)

    def _draw_breaks(self, broken: Mapping[float, str], half: float) -> None:
        """A line before the first period of each new definition, with its name under the top."""
        self._marks.data = {
            "x": [year - half for year in broken],
            "y": [self.figure.y_range.end] * len(broken),
            "text": [shortened(text, 40) for text in broken.values()],
        }

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
        names = [", ".join(filter(None, [name, time])) for name, time in zip(names, rows["time"], strict=True)]
        self._points.size = 9 if len(rows) <= MANY else 5
        rows = rows.assign(**tooltips(rows, names, self.unit))
        rows["line"] = [_style(group, groups)[0] for group in rows["group"]]
        rows["marker"] = [_style(group, groups)[1] for group in rows["group"]]
        rows["x"] = rows["year"] + [_aside(group, groups) for group in rows["group"]]
        rows["fill"] = [PAPER if row.state in {"zero", "unreliable"} else row.line for row in rows.itertuples()]
        rows.loc[rows["state"] == "zero", "line"] = LOOKS["zero"].line
        tooltip = ["who", "figure", "basis", "remark"]
        columns = ["x", "year", "group", "value", "low", "high", "line", "fill", "marker", *tooltip]
        drawn = rows["state"].isin(["", "zero", "unreliable"])
        self.source.data = rows.loc[drawn, columns].to_dict("list")
        gaps = rows[~drawn]
        half = SPREAD / max(len(groups), 1) / 2
        self._gaps.data = {
            "x0": list(gaps["x"] - half),
            "x1": list(gaps["x"] + half),
            "line": list(gaps["line"]) if len(groups) > 1 else [PAPER] * len(gaps),
            **gap_looks(gaps["state"]),
            **gaps[tooltip].to_dict("list"),
        }

    def _draw_lines(self, tables: Iterable[tuple[pd.DataFrame, Iterable[int]]], groups: list[str]) -> None:
        """The observed and the fitted lines, each with the breaks that none of its series may cross."""
        joins, fits, bands = ({"xs": [], "ys": [], "colour": []} for _place in range(3))
        for kind, (table, breaks) in zip((joins, fits), tables, strict=True):
            for group, piece in _pieces(table, breaks):
                colour = _style(group, groups)[0]
                piece = widened(piece) if kind is fits else piece
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
        entries += of_states(rows["state"], MUTED)
        if fitted:
            entries.append((_("fitted, with its interval"), area("#d9e6ee", MUTED)))
        return entries


def _place(year: float, month: str | int | None = None) -> float:
    """Where a year, or the middle of a month, stands on the axis."""
    return year if month is None else year + (int(month) - 0.5) / 12


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
        new = (series["segment"] != series["segment"].shift()) | series["cut"]
        for year in series["year"][new]:
            if year > series["year"].iloc[0]:
                found.setdefault(year, _("break in series"))
    return dict(sorted(found.items()))


def _pieces(rows: pd.DataFrame, breaks: Iterable[int]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Runs of years that a line may join: no year left out, none without a figure, no break between.

    `breaks` cut every series; a series' own segments, or its flags, cut it alone.
    """
    breaks = np.array(sorted(breaks))
    for group, series in rows.groupby("group", sort=False):
        step = series["year"].diff().min()
        points = series[series["value"].notna()]
        cut = points["year"].diff() > 1.01 * step  # months are fractions of a year
        cut |= (points["segment"] != points["segment"].shift()) | points["cut"]
        cut |= pd.Series(np.searchsorted(breaks, points["year"], side="right"), index=points.index).diff() > 0
        for _number, piece in points.groupby(cut.cumsum()):
            yield group, piece


def _add(drawn: dict[str, list], xs: list, ys: list, colour: str) -> None:
    drawn["xs"].append(xs)
    drawn["ys"].append(ys)
    drawn["colour"].append(colour)
