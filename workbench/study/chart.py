"""Which chart a question wants, as a value: said by the question, drawn by `drawing`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.terms.dimensions import DIMENSIONS


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What kind of chart a finding is drawn as, and what is drawn besides its rows.

    Attributes
    ----------
    kind : "map", "clusters", "series" (a line for each group), "line" (one series with what a model says of it),
        "grid", "panels" (a small line for each group), "rows", "funnel", "control"; "table" where no picture can show
        it
    ratio : whether 1 is no difference; the axis is then logarithmic where no figure is 0
    columns : columns that are drawn in place of the finding's own, row by row
    marks : what the chart is given besides the rows: a fitted line, a funnel's limits, a control chart's centre
    ahead : of a line, which rows lie ahead of what was observed
    counterfactual : of a line, how it would have continued without a change
    event : of a line, a date in the axis' own numbers, and its name
    changes : of a line, when its level changed: date, earliest and latest date, name
    """

    kind: str
    ratio: bool = False
    columns: Mapping[str, Sequence] = field(default_factory=dict, repr=False, compare=False)
    marks: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    ahead: Sequence[bool] | None = field(default=None, repr=False, compare=False)
    counterfactual: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    event: tuple[float, str] | None = None
    changes: tuple[tuple[float, float, float, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that a chart is drawn from: the rows with their labels, the words around them, and which chart it is."""

    chart: Chart
    by: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False, compare=False)
    title: str
    unit: str
    attribution: str
    synthetic: bool
    edition: str = ""
    """Of NUTS, for maps."""


def by_dimensions(by: Sequence[str]) -> str:
    """The kind of chart that shows one figure for each group of these dimensions."""
    axes = [DIMENSIONS[name].axis for name in by]
    if axes == ["nuts"]:
        return "map"
    if "year" in by and len(by) <= 2:
        return "series"
    if len(by) == 2:
        return "grid"
    return "rows" if len(by) < 2 else "table"


def fitted_line(frame: pd.DataFrame, name: str, *, cut: object = None) -> pd.DataFrame:
    """The periods that a line has a value for: year, perhaps month, value, low, high, segment.

    Parameters
    ----------
    frame : rows by year, perhaps by month, with `name`, `name_low`, `name_high` and `segment`
    cut : a mask of rows before which the line is cut once more, although no break is declared there
    """
    time = [column for column in ("year", "month") if column in frame]
    rows = frame[[*time, name, f"{name}_low", f"{name}_high", "segment"]]
    rows = rows.set_axis([*time, "value", "low", "high", "segment"], axis=1)
    if cut is not None:  # half a segment on: the numbers of the declared ones stay as they are
        rows = rows.assign(segment=rows["segment"] + 0.5 * cut)
    return rows[rows["value"].notna()]
