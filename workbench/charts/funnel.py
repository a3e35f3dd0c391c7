"""Groups around what is expected of them: a ratio per group, and the limits within which chance would keep it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, FixedTicker, NoOverlap, Range1d, TapTool

from workbench.charts.chart import Caption, Chart, Shown
from workbench.charts.furniture import canvas, dots, figures_on, hover, lines, shortened, small_text
from workbench.charts.key import Key, line, of_states, point
from workbench.charts.names import Names
from workbench.charts.palette import CATEGORICAL, INK, LOOKS, MUTED, PAPER
from workbench.charts.rows import figures_in_words, named, ready, short, tooltips
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number

AXES = {
    "log": (np.log10, mark("expected events (log scale)")),
    "root": (np.sqrt, mark("expected events (root scale)")),
}
BARE = mark("{figure}")  # limits are of the chart, not of a group
LIMITS = ("expected", "level", "low", "high")
ADJUSTED = ("adjusted_low", "adjusted_high")
SIGNALS = ("signal", "adjusted_signal")
COLOURS = {"": CATEGORICAL[6], "high": CATEGORICAL[1], "low": CATEGORICAL[0]}
MARKERS = {"": "circle", "high": "triangle", "low": "inverted_triangle"}  # colour is never the only sign
HEIGHT, WIDTH = 360, 560  # pixels of the plot, at the narrowest page that names are placed for
SEVERAL = 24  # groups that only the exact limits leave outside and that are named, in grey: of more none is


class Funnel(Chart):
    """Observed over expected events per group, against the expected, with limits that narrow as more are expected.

    Groups have no intervals of their own here: the limits are the doubt, and both together would count chance twice.

    Parameters
    ----------
    by : str
        The frame's column of groups.
    axis : "log" or "root"
        Scale of the expected events.

    Tapped groups are in `source.selected` (positions) and `selected` (codes).

    Raises
    ------
    WorkbenchError
        If the axis is neither of the two.
    """

    def __init__(self, caption: Caption, *, by: str = "nuts2", axis: str = "log"):
        if axis not in AXES:
            message = _("{axis!r} is not a scale of expected events. Give {known}.")
            raise WorkbenchError(message.format(axis=axis, known=", ".join(map(repr, AXES))))
        self._place, self._axis_label = AXES[axis]
        plot = canvas(tools="save", gutter=80, frame_height=HEIGHT, x_range=Range1d(0, 1), y_range=Range1d(0, 1))
        plot.xgrid.visible = False
        plot.xaxis.major_label_policy = NoOverlap()
        plot.yaxis.axis_label_standoff = 8
        figures_on(plot.yaxis)
        self.source, self._limits, self._names, self._leads = (ColumnDataSource() for _layer in range(4))
        self._paint(plot)
        super().__init__(plot, caption, key=Key(plot, "above"), by=by)

    def update(
        self,
        frame: pd.DataFrame,
        caption: Caption | None = None,
        *,
        limits: pd.DataFrame | None = None,
        remark: str = "",
    ) -> None:
        """Draw groups with a ratio `value` and their `expected` events. `limits` belong to them: without them, none.

        Parameters
        ----------
        frame : DataFrame
            Beside the columns of a finding: expected, and where a test was made signal and adjusted_signal ("high
            99.8%", "low 95%", "" inside). Without these two, groups are marked by the side of the lines they lie on.
        limits : DataFrame, optional
            The lines: expected, level (0.95), low, high, and with over-dispersion adjusted_low and adjusted_high, which
            are drawn dashed and then say who is marked.
        remark : str
            What else has to be known of the numbers; it stands under the chart.

        Raises
        ------
        WorkbenchError
            If a column is missing, a group comes twice or has a ratio without expected events, or a state is unknown.
        """
        self._update(frame, caption, limits=limits, remark=remark)

    def _show(self, rows: pd.DataFrame, limits: pd.DataFrame | None = None, remark: str = "") -> Shown:
        """Judge the groups by the frame's signals or by the lines, then draw the lines, the points and their names."""
        lined = _checked(limits)
        adjusted = bool(set(ADJUSTED) <= set(lined)) and lined[list(ADJUSTED)].notna().to_numpy().any()
        rows["exact"] = _signals(rows, lined, "signal", ("low", "high"))
        rows["allowed"] = _signals(rows, lined, "adjusted_signal", ADJUSTED) if adjusted else rows["exact"].to_numpy()
        levels = sorted(lined["level"].unique())
        widest = f"{100 * levels[-1]:g}%" if levels else _widest(rows["exact"])

        self.figure.xaxis.axis_label = translated(self._axis_label)
        self.figure.yaxis.axis_label = lines(self.unit, 36)
        drawable = rows[rows["value"].notna()].reset_index(drop=True)
        self._window(drawable, int((_side(drawable["allowed"], widest) == "low").sum()))
        self._draw_limits(lined, levels, adjusted)
        drawn = self._draw(drawable, widest, adjusted)
        unnamed = self._label(drawn)
        self._say_if_nothing(rows, *self.figure.axis, *self.figure.ygrid)

        notes = [*_notes(rows, levels, adjusted, unnamed), *([remark] if remark else [])]
        return Shown(_entries(drawn, levels, adjusted, widest), notes)

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = ready(frame, self.columns)
        if "expected" not in frame and len(frame):
            message = _(
                "This chart needs the column expected; the frame has {columns}. Give the events expected by group."
            )
            raise WorkbenchError(message.format(columns=", ".join(map(str, frame.columns))))
        expected = pd.to_numeric(frame["expected"]).to_numpy(float) if len(frame) else np.array([])
        rows["expected"] = np.where(rows["state"] == "withheld", np.nan, expected)
        bare = rows["value"].notna() & ~(rows["expected"] > 0)
        if bare.any():
            message = _("{group} has a ratio, but no expected events above 0. Leave it out, or call it missing.")
            raise WorkbenchError(message.format(group=rows.loc[bare, self.by].iloc[0]))
        given = {name: frame[name].fillna("").astype(str).to_numpy() for name in SIGNALS if name in frame}
        return rows.assign(**given)

    def _paint(self, plot) -> None:
        plot.hspan(1.0, line_color=INK, line_dash=[2, 3], line_width=1.2)
        plot.multi_line(
            "xs", "ys", source=self._limits, line_color="colour", line_width="width", line_dash="dash", line_alpha=0.85
        )
        points = dots(plot, self.source, tapped=14, fill_alpha=0.85)
        plot.segment("x0", "y0", "x1", "y1", source=self._leads, line_color=MUTED, line_width=0.7, level="underlay")
        plot.text(
            "x",
            "value",
            "text",
            source=self._names,
            text_align="align",
            text_baseline="middle",
            x_offset="aside",
            y_offset="above",
            **small_text(text_color="colour", background_fill_alpha=0.75),
        )
        plot.add_tools(hover([points]), TapTool(renderers=[points]))

    def _window(self, seen: pd.DataFrame, low_ones: int) -> None:
        """Room for every group and, below, for the names of the low ones.

        Limits of fewer events than any group has are cut off.
        """
        plot = self.figure
        expected = seen["expected"] if len(seen) else pd.Series([1.0, 10.0])
        low, high = self._place(expected.min()), self._place(expected.max())
        pad = 0.06 * (high - low or 1.0)
        start = low - pad if self._place is np.log10 else max(low - pad, 0.0)
        plot.x_range.update(start=float(start), end=float(high + pad))
        top = max([*seen["value"], 1.6])
        beneath = 0.04 * (1 + min(low_ones, 25) / 5)  # about five names on a line
        plot.y_range.update(start=-beneath * top, end=1.1 * top)
        plot.yaxis.bounds = plot.ygrid.bounds = (0, 1.1 * top)
        marks = _round_numbers(expected.min() / 2, expected.max() * 2)
        at = [float(self._place(mark)) for mark in marks]
        plot.xaxis.ticker = FixedTicker(ticks=at)
        plot.xaxis.major_label_overrides = dict(zip(at, [short(mark) for mark in marks], strict=True))

    def _draw_limits(self, lined: pd.DataFrame, levels: list[float], adjusted: bool) -> None:
        drawn = {name: [] for name in ("xs", "ys", "colour", "width", "dash")}
        for level in levels:
            limits = lined[lined["level"] == level].sort_values("expected")
            sides = [("low", "solid"), ("high", "solid"), *((side, "dashed") for side in ADJUSTED if adjusted)]
            for side, dash in sides:
                drawn["xs"].append(self._place(limits["expected"].to_numpy(float)).tolist())
                drawn["ys"].append(limits[side].tolist())
                drawn["dash"].append(dash)
                drawn["colour"].append(_stroke(level, levels)[0])
                drawn["width"].append(_stroke(level, levels)[1])
        self._limits.data = drawn

    def _draw(self, seen: pd.DataFrame, widest: str, adjusted: bool) -> pd.DataFrame:
        """The points and how they are drawn: `side` of the widest exact or adjusted limits, `marked` by the latter."""
        rows = seen.assign(x=self._place(seen["expected"]))
        exact, allowed = (_side(rows[name], widest) for name in ("exact", "allowed"))
        rows["marked"] = allowed != ""
        rows["side"] = np.where(rows["marked"], allowed, exact)
        rows["colour"] = [COLOURS[side] for side in allowed]
        rows["line"] = [
            LOOKS["zero"].line if r.state == "zero" and not r.marked else r.colour for r in rows.itertuples()
        ]
        rows["fill"] = [PAPER if r.state in {"zero", "unreliable"} else r.colour for r in rows.itertuples()]
        rows["marker"] = [MARKERS[side] for side in rows["side"]]
        rows["size"] = np.where(rows["side"] == "", 7, 10)
        names = [named(code, label) for code, label in zip(rows[self.by], rows["label"], strict=True)]
        words = tooltips(rows, names, self.unit)
        figures = [f"{number(value)} {self.unit}" for value in rows["value"]]
        words["figure"] = figures_in_words(rows, figures, bare=BARE)
        for at, row in enumerate(rows.itertuples()):
            words["basis"][at] = _basis(row)
            where = _remark(row.exact, row.allowed if adjusted else None)
            words["remark"][at] = "; ".join(filter(None, [where, words["remark"][at]]))
        rows = rows.assign(group=rows[self.by], **words)
        drawn = ["x", "group", "value", "expected", "fill", "line", "marker", "size", *words]
        self.source.data = rows[drawn].to_dict("list")
        return rows

    def _label(self, drawn: pd.DataFrame) -> int:
        """Names of the marked groups, the furthest first, where they cover nothing; how many found no room.

        Groups that only the exact limits leave outside are named in grey where all of them have room.
        """
        x_range, y_range = self.figure.x_range, self.figure.y_range
        across, up = WIDTH / (x_range.end - x_range.start), HEIGHT / (y_range.end - y_range.start)
        spots = zip((drawn["x"] - x_range.start) * across, (y_range.end - drawn["value"]) * up, strict=True)
        room = Names(dict(zip(drawn.index, spots, strict=True)), width=WIDTH, height=HEIGHT)
        far = (np.abs(np.sqrt(drawn["value"]) - 1) * np.sqrt(drawn["expected"])).sort_values(ascending=False).index
        texts = {at: shortened(drawn.at[at, "label"] or drawn.at[at, self.by], 24) for at in far}
        marked = [at for at in far if drawn.at[at, "marked"]]
        others = [at for at in far if drawn.at[at, "side"] and not drawn.at[at, "marked"]]
        sure = room.put(((at, texts[at]) for at in marked), away=True)
        grey = room.put(((at, texts[at]) for at in others[:SEVERAL]), away=False)
        put = sure | (grey if len(grey) == len(others) else {})
        rows = [
            (
                drawn.at[at, "x"],
                drawn.at[at, "value"],
                texts[at],
                spot.align,
                spot.aside,
                spot.above,
                INK if at in sure else MUTED,
            )
            for at, spot in put.items()
        ]
        names = ("x", "value", "text", "align", "aside", "above", "colour")
        self._names.data = {name: [row[at] for row in rows] for at, name in enumerate(names)}
        joined = [(drawn.at[at, "x"], drawn.at[at, "value"], *spot.end) for at, spot in put.items() if spot.joined]
        self._leads.data = {
            "x0": [x for x, *_rest in joined],
            "y0": [y for _x, y, *_rest in joined],
            "x1": [x + aside / across for x, _y, aside, _above in joined],
            "y1": [y - above / up for _x, y, _aside, above in joined],
        }
        return len(marked) - len(sure)


def _checked(limits: pd.DataFrame | None) -> pd.DataFrame:
    lined = pd.DataFrame(columns=LIMITS, dtype=float) if limits is None else limits
    if absent := [name for name in LIMITS if name not in lined]:
        message = _("The limits of a funnel need the columns {absent}; the frame has {columns}.")
        raise WorkbenchError(message.format(absent=", ".join(absent), columns=", ".join(map(str, lined.columns))))
    return lined


def _signals(rows: pd.DataFrame, lined: pd.DataFrame, given: str, sides: Sequence[str]) -> list[str]:
    """ "high 99.8%", "low 95%" or "" per row: as the frame says, else by the drawn lines; "" without a figure."""
    shown = rows["value"].notna().to_numpy()
    if given in rows:
        return [text if seen else "" for text, seen in zip(rows[given], shown, strict=True)]
    found = np.full(len(rows), "", dtype=object)
    for level in sorted(lined["level"].unique()):
        limits = lined[lined["level"] == level].sort_values("expected")
        bottom, top = (
            np.interp(np.sqrt(rows["expected"]), np.sqrt(limits["expected"]), limits[side]) for side in sides
        )
        found[shown & (rows["value"] > top)] = f"high {100 * level:g}%"
        found[shown & (rows["value"] < bottom)] = f"low {100 * level:g}%"
    return found.tolist()


def _widest(signals: pd.Series) -> str:
    """The highest level that a signal names, for a chart without lines."""
    levels = [signal.split()[-1] for signal in signals if signal]
    return max(levels, key=lambda text: float(text.rstrip("%")), default="")


def _side(signals: pd.Series, widest: str) -> np.ndarray:
    return np.array([text.split()[0] if text and text.endswith(f" {widest}") else "" for text in signals], dtype=object)


def _stroke(level: float, levels: list[float]) -> tuple[str, float]:
    """Colour and width of the lines of a level: the widest limits are the strongest."""
    return (INK, 1.7) if level == levels[-1] else (MUTED, 1.0)


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, 20, ... from below `low` to `high`."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    return [mark for power in powers for step in (1, 2, 5) if low <= (mark := step * 10.0**power) <= high]


def _basis(row) -> str:
    expected = _("expected {expected}").format(expected=number(row.expected))
    if row.count != row.count:
        return expected
    return _("count {count}, {expected}").format(count=short(row.count), expected=expected)


def _remark(exact: str, allowed: str | None) -> str:
    """Where a group lies, in words; `allowed` None where over-dispersion is not allowed for."""
    words = {"high": _("above the {level} limits"), "low": _("below the {level} limits"), "": _("inside the limits")}
    where = words[exact.split()[0] if exact else ""].format(level=exact.split()[-1] if exact else "")
    if allowed is None or allowed == exact:
        return where
    adjusted = words[allowed.split()[0] if allowed else ""].format(level=allowed.split()[-1] if allowed else "")
    return _("{where}; {adjusted} that allow for over-dispersion").format(where=where, adjusted=adjusted)


def _entries(drawn: pd.DataFrame, levels: list[float], adjusted: bool, widest: str) -> list[tuple[str, tuple]]:
    """The key's entries: who is marked, the lines, the states that occur."""
    entries = []
    words = {
        "high": (_("above {level} limits"), _("above {level}, adjusted")),
        "low": (_("below {level} limits"), _("below {level}, adjusted")),
    }
    for side, (exact, allowed) in words.items():
        on_side = drawn["side"] == side
        if (on_side & drawn["marked"]).any():
            name = (allowed if adjusted else exact).format(level=widest)
            entries.append((name, point(MARKERS[side], COLOURS[side], COLOURS[side])))
        if (on_side & ~drawn["marked"]).any():
            entries.append((exact.format(level=widest), point(MARKERS[side], COLOURS[""], COLOURS[""])))
    for dash, text in (("solid", _("{level} limits")), ("dashed", _("{level} limits, adjusted"))):
        for level in levels if adjusted or dash == "solid" else []:
            entries.append((text.format(level=f"{100 * level:g}%"), line(*_stroke(level, levels), dash)))
    return [*entries, *of_states(drawn["state"], COLOURS[""], ("unreliable", "zero"))]


def _notes(rows: pd.DataFrame, levels: list[float], adjusted: bool, unnamed: int) -> list[str]:
    notes = []
    if levels:
        shares = " / ".join(f"{100 * level:g}%" for level in levels)
        notes.append(
            _("Lines: limits that keep {shares} of groups inside when only chance is at work.").format(shares=shares)
        )
    if adjusted:
        notes.append(_("Dashed: limits that allow for how far groups usually lie apart (over-dispersion)."))
    if unnamed:
        notes.append(_("Marked without a name, for want of room: {count}.").format(count=unnamed))
    for state in ("missing", "withheld"):
        if count := int((rows["state"] == state).sum()):
            notes.append(_("Not drawn, {state}: {count}.").format(state=translated(LOOKS[state].name), count=count))
    return notes
