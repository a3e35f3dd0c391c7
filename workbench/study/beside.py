"""What a finding through time shows beside its observed points: its line, the course without a change, a forecast, dates."""

import pandas as pd

from workbench.charts.model_layer import LevelChange, ModelMarks
from workbench.models.interrupted import Interrupted
from workbench.models.joinpoint import Joinpoints
from workbench.study.change import Change
from workbench.study.finding import Finding
from workbench.terms.text import _

LINE = ("value", "low", "high")


def beside(finding: Finding, frame: pd.DataFrame) -> dict:
    """The arguments of `Trend.update` for a finding; `frame` is its frame with labels."""
    model, said, marks = finding.model, {"frame": frame}, {}
    if "ahead" in frame:
        said, marks = {"frame": frame[~frame["ahead"]]}, {"forecast": frame[frame["ahead"]]}
    if "fit" in frame:
        said["fit"] = _line(frame, "fit")
    if isinstance(model, Interrupted):
        marks["counterfactual"] = _line(frame, "counterfactual")
        apart = frame["counterfactual"].notna()[
            said["fit"].index
        ]  # the line is cut at the interruption, no break is marked
        said["fit"] = said["fit"].assign(segment=said["fit"]["segment"] + 0.5 * apart)
        marks["event"] = (_begins(model.interruption), _("from {when}").format(when=model.interruption))
    elif isinstance(model, Change):
        said["fit"] = said["fit"].assign(segment=(said["fit"]["year"] > model.last_before).astype(int))
        low, high = model.range or (float("nan"), float("nan"))
        name = _("change of level") if model.clear else _("likeliest change, not clear")
        marks["changes"] = [LevelChange(when=model.last_before + 0.5, earliest=low + 0.5, latest=high + 0.5, name=name)]
    elif isinstance(model, Joinpoints):
        marks["changes"] = [
            LevelChange(when=when, earliest=low, latest=high, name=_("joinpoint"))
            for when, (low, high) in zip(model.joinpoints, model.ranges, strict=True)
        ]  # fmt: skip
    return said | {"model": ModelMarks(**marks)}


def _line(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The periods that a line has a value for: year, perhaps month, value, low, high, segment."""
    time = [column for column in ("year", "month") if column in frame]
    rows = frame.loc[frame[name].notna(), [*time, name, f"{name}_low", f"{name}_high", "segment"]]
    return rows.set_axis([*time, *LINE, "segment"], axis=1)


def _begins(period: object) -> float:
    """Where a year or a month begins on an axis whose years stand at their middle, and months within their year."""
    return period.year + (period.month - 1) / 12 if isinstance(period, pd.Period) else period - 0.5
