"""A rate or a share through time against the limits of chance: which periods signal that something changed."""

import math

import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, NoOverlap, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, dots, figures_on, gap_looks, hover, lines, plain, small_text
from workbench.charts.key import Key, area, line, of_states, point
from workbench.charts.palette import CATEGORICAL, HATCH, INK, LOOKS, MUTED, PAPER
from workbench.charts.rows import figures_in_words, ready, short, tooltips
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number

SIGNALS = {  # words, marker and colour of each: colour is never the only sign
    "": (mark("inside the limits"), "circle", CATEGORICAL[6]),
    "high": (mark("above the limits"), "triangle", CATEGORICAL[1]),
    "low": (mark("below the limits"), "inverted_triangle", CATEGORICAL[0]),
    "run": (mark("in a run on one side of the centre"), "diamond", CATEGORICAL[3]),
}
BAND = "#eef3f6"  # between the limits
BARE, LIMITED = mark("{figure}, without limits"), mark("{figure}, limits {limits}")
TICKS = 36  # labels at the axis at most; a browser then leaves out those that touch


class Control(Chart):
    """One figure per period with limits that follow its exposure, a centre line, and the periods that signal.

    Parameters
    ----------
    by : str
        The frame's column of periods, or what its index holds where there is no such column. Years stand where they
        belong; other periods one after the other, in the frame's order.

    Tapped periods are in `source.selected` (positions) and `selected`.
    """

    tapped = "period"

    def __init__(self, caption: Caption, *, by: str = "year"):
        plot = canvas(tools="save", gutter=100, frame_height=300, x_range=Range1d(0, 1), y_range=Range1d(0, 1))
        plot.xgrid.visible = False
        plot.xaxis.ticker = FixedTicker(ticks=[])
        plot.xaxis.major_label_policy = NoOverlap()
        plot.yaxis.axis_label_standoff = 8
        figures_on(plot.yaxis)
        self.source, self._gaps, self._bands, self._limits = (ColumnDataSource() for _layer in range(4))
        self._joins, self._centres, self._names, self._marks = (ColumnDataSource() for _layer in range(4))
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by=by)

    def update(
        self, frame: pd.DataFrame, caption: Caption | None = None, *, centre: float | None = None, method: str = ""
    ) -> None:
        """Draw periods with value, low and high (the limits), signal, and baseline (whether a period set the centre).

        No line crosses a change of `segment`, where there is that column: the source counts differently from there on,
        and of periods with a figure but without limits, where others have them, nothing is said by the centre. Of a
        share, `whole` is what it is a share of.

        Parameters
        ----------
        centre : float, optional
            The centre line, in the chart's unit. It belongs to the frame: without it, none.
        method : str
            How the limits were made, such as "u-chart, 3 sigma".

        Raises
        ------
        WorkbenchError
            If there is no `value`, a period comes twice, or a state or a signal is unknown.
        """
        self._update(frame, caption, centre=centre, method=method)

    def _show(self, rows: pd.DataFrame, centre: float | None = None, method: str = "") -> Shown:
        self.figure.yaxis.axis_label = lines(self.unit, 36)
        self._window(rows, centre)
        self._draw_lines(rows, centre)
        self._draw_points(rows)
        self._say_if_nothing(rows, *self.figure.yaxis, *self.figure.ygrid)
        return Shown(_entries(rows, centre is not None), _notes(rows, method))

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame's rows with their place on the axis; what has no figure has no signal either."""
        if self.by not in frame:
            frame = frame.rename_axis(self.by).reset_index()
        rows = ready(frame, [self.by])
        rows["signal"] = frame["signal"].fillna("").astype(str).to_numpy() if "signal" in frame else ""
        strange = sorted(set(rows["signal"]) - SIGNALS.keys())
        if strange:
            message = _("{signal!r} is not a signal of a control chart. The signals are {known}.")
            raise WorkbenchError(message.format(signal=strange[0], known=", ".join(map(repr, SIGNALS))))
        rows.loc[rows["value"].isna(), "signal"] = ""
        rows["baseline"] = frame["baseline"].astype(bool).to_numpy() if "baseline" in frame else True
        rows["segment"] = frame["segment"].to_numpy() if "segment" in frame else 0
        rows["whole"] = pd.to_numeric(frame["whole"]).to_numpy(float) if "whole" in frame else float("nan")
        rows.loc[rows["state"] == "withheld", "whole"] = float("nan")
        limited = rows["low"].notna()
        rows["judged"] = limited | rows["value"].isna() | (not limited.any())
        rows["period"] = rows[self.by]
        if self.by == "year":
            rows = rows.sort_values("year", ignore_index=True)
            return rows.assign(x=rows["year"].astype(float), name=[f"{year:g}" for year in rows["year"]])
        return rows.assign(x=rows.index.astype(float), name=[plain(text) for text in rows[self.by]])

    def _paint(self, plot) -> None:
        plot.patches("xs", "ys", source=self._bands, fill_color=BAND, line_color=None)
        gaps = plot.vstrip(
            "x0",
            "x1",
            source=self._gaps,
            fill_color="fill",
            line_color=PAPER,
            hatch_pattern="hatch",
            hatch_color=LOOKS["withheld"].hatch_colour,
            fill_alpha=0.6,
            **HATCH,
        )
        plot.vspan("x", source=self._marks, line_color=MUTED, line_dash="dashed")
        plot.text(
            "x",
            "y",
            "text",
            source=self._marks,
            angle=math.pi / 2,
            text_align="right",
            x_offset=-2,
            **small_text(text_color=MUTED, background_fill_alpha=0.8),
        )
        plot.multi_line("xs", "ys", source=self._limits, line_color=MUTED, line_width=1.3)
        plot.multi_line("xs", "ys", source=self._centres, line_color=INK, line_width=1.4, line_dash="dash")
        plot.multi_line("xs", "ys", source=self._joins, line_color=SIGNALS[""][2], line_width=1.4, line_alpha=0.7)
        points = dots(plot, self.source, tapped=15)
        plot.text(
            "x",
            "y",
            "text",
            source=self._names,
            text_align="right",
            text_baseline="bottom",
            y_offset=-3,
            **small_text(text_color=INK, background_fill_alpha=0.75),
        )
        plot.add_tools(hover([points, gaps]), TapTool(renderers=[points]))

    def _window(self, rows: pd.DataFrame, centre: float | None) -> None:
        """Room for every point and limit: a chart read against its limits need not begin at zero."""
        plot = self.figure
        ends = rows[["value", "low", "high"]].stack().dropna().tolist() + ([centre] if centre is not None else [])
        low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
        pad = 0.08 * (high - low or abs(high) or 1.0)
        plot.y_range.update(start=low - pad, end=high + pad)
        xs = rows["x"] if len(rows) else pd.Series([0.0])
        plot.x_range.update(start=xs.min() - 0.7, end=xs.max() + 0.7)
        shown = rows.iloc[:: max(1, -(-len(rows) // TICKS))]
        plot.xaxis.ticker = FixedTicker(ticks=shown["x"].tolist())
        plot.xaxis.major_label_overrides = dict(zip(shown["x"], shown["name"], strict=True))

    def _draw_lines(self, rows: pd.DataFrame, centre: float | None) -> None:
        """Limits as steps, since each is of one period; the centre solid where it was set, dashed where carried on."""
        limits, bands, joins, centres = ({"xs": [], "ys": []} for _layer in range(4))
        for piece in _runs(rows, rows["low"].notna() & rows["high"].notna()):
            xs, low, high = _steps(piece), _heights(piece, "low"), _heights(piece, "high")
            _add(limits, xs, low)
            _add(limits, xs, high)
            _add(bands, [*xs, *xs[::-1]], [*low, *high[::-1]])
        for piece in _runs(rows, rows["value"].notna()):
            _add(joins, piece["x"].tolist(), piece["value"].tolist())
        dashes = []
        if centre is not None:
            for baseline, group in ((True, rows["baseline"]), (False, ~rows["baseline"])):
                for piece in _runs(rows, group & rows["judged"]):
                    _add(centres, [piece["x"].iloc[0] - 0.5, piece["x"].iloc[-1] + 0.5], [centre, centre])
                    dashes.append("solid" if baseline else "dashed")
        self._limits.data, self._bands.data, self._joins.data = limits, bands, joins
        self._centres.data = {**centres, "dash": dashes}
        named = centre is not None and len(rows) > 0
        self._names.data = {
            "x": [rows.loc[rows["judged"], "x"].max() + 0.5] if named else [],
            "y": [centre] if named else [],
            "text": [_("centre {centre}").format(centre=number(centre))] if named else [],
        }
        new = rows.loc[rows["segment"].diff() > 0, "x"]
        words, top = _("break in series"), self.figure.y_range.end
        self._marks.data = {"x": list(new - 0.5), "y": [top] * len(new), "text": [words] * len(new)}

    def _draw_points(self, rows: pd.DataFrame) -> None:
        words = tooltips(rows, rows["name"].tolist(), self.unit)
        figures = [f"{number(value)} {self.unit}" for value in rows["value"]]
        words["figure"] = figures_in_words(rows, figures, bare=BARE, limited=LIMITED)
        for at, row in enumerate(rows.itertuples()):
            words["basis"][at] = _basis(row, words["basis"][at])
            words["remark"][at] = "; ".join(filter(None, [_remark(row), words["remark"][at]]))
        rows = rows.assign(**words)

        rows["marker"] = [SIGNALS[signal][1] for signal in rows["signal"]]
        rows["line"] = [SIGNALS[signal][2] for signal in rows["signal"]]
        rows["fill"] = [PAPER if r.state in {"zero", "unreliable"} else r.line for r in rows.itertuples()]
        rows.loc[(rows["state"] == "zero") & (rows["signal"] == ""), "line"] = LOOKS["zero"].line
        rows["size"] = [7 if signal == "" else 11 for signal in rows["signal"]]

        drawn = rows["value"].notna()
        tooltip = ["who", "figure", "basis", "remark"]
        columns = ["x", "period", "value", "low", "high", "marker", "size", "fill", "line", *tooltip]
        self.source.data = rows.loc[drawn, columns].to_dict("list")
        gaps = rows[~drawn]
        ends = {"x0": list(gaps["x"] - 0.5), "x1": list(gaps["x"] + 0.5)}
        self._gaps.data = {**ends, **gap_looks(gaps["state"]), **gaps[tooltip].to_dict("list")}


def _runs(rows: pd.DataFrame, kept: pd.Series) -> list[pd.DataFrame]:
    """Stretches of periods one after the other that are all kept and counted alike."""
    chosen = rows[kept]
    cut = (chosen["x"].diff() > 1) | (chosen["segment"].diff() > 0)
    return [piece for _number, piece in chosen.groupby(cut.cumsum())]


def _steps(piece: pd.DataFrame) -> list[float]:
    return [x + half for x in piece["x"] for half in (-0.5, 0.5)]


def _heights(piece: pd.DataFrame, side: str) -> list[float]:
    return [height for height in piece[side] for _end in range(2)]


def _add(drawn: dict[str, list], xs: list, ys: list) -> None:
    drawn["xs"].append(xs)
    drawn["ys"].append(ys)


def _basis(row, usual: str) -> str:
    """What a figure is made of: of a share, how many of how many."""
    if row.whole != row.whole or row.count != row.count:
        return usual
    return _("{count} of {whole}").format(count=short(row.count), whole=short(row.whole))


def _remark(row) -> str:
    where = translated(SIGNALS[row.signal][0]) if row.signal else ""
    return "; ".join(filter(None, [where, "" if row.baseline else _("not in the baseline")]))


def _entries(rows: pd.DataFrame, centred: bool) -> list[tuple[str, tuple]]:
    """The key's entries: the signals and states that occur, the limits, the two kinds of centre line."""
    entries = [
        (translated(words), point(marker, colour, colour))
        for signal, (words, marker, colour) in SIGNALS.items()
        if signal and (rows["signal"] == signal).any()
    ]
    if rows["low"].notna().any():
        entries.append((_("between the limits"), area(BAND, MUTED)))
    if centred and not rows.loc[rows["judged"], "baseline"].all():
        entries.append((_("centre, from these periods"), line(INK, 1.4, "solid")))
        entries.append((_("centre, carried on"), line(INK, 1.4, "dashed")))
    return [*entries, *of_states(rows["state"], SIGNALS[""][2])]


def _notes(rows: pd.DataFrame, method: str) -> list[str]:
    shown = rows["value"].notna()
    limited = shown & rows["low"].notna() & rows["high"].notna()
    notes = []
    if limited.any():
        if method:
            notes.append(_("Stepped lines: limits of chance around the centre ({method}).").format(method=method))
        else:
            notes.append(_("Stepped lines: limits of chance around the centre."))
    if (shown & ~limited).any():
        notes.append(_("Points without a band around them have no limits."))
    return notes
