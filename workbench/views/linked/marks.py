"""Marks: what every picture of the screen has in common, from the rows of a finding to plain values in columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.charts.palette import LOOKS, SEQUENTIAL
from workbench.charts.rows import named, ready, tooltips, written
from workbench.charts.scale import Scale
from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.study.sentences import aside
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, translated
from workbench.terms.words import number, whole
from workbench.views.touch import chosen

SHOWN = ("", "unreliable", "zero")
"""States of a row that has a figure."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The rows of a finding as the screen takes them.

    Attributes
    ----------
    rows : the finding's rows made ready to draw, with a column `name` of what each is called
    by : dimensions of a row's key
    columns : plain values, one list for each of key, name, value, low, high, state, text, tip
    """

    rows: pd.DataFrame = field(repr=False)
    by: tuple[str, ...]
    columns: dict[str, list] = field(repr=False)

    def chosen(self, selection: Selection) -> list[int]:
        """Places of the rows that a selection asks for; none where it asks for all of them."""
        keys = self.columns["key"]
        restricted = selection.restricted()
        if not any(name in DIMENSIONS and DIMENSIONS[name].axis in restricted for name in self.by):
            return []
        found = [place for place, key in enumerate(keys) if chosen(selection, self.by, tuple(key))]
        return found if len(found) < len(keys) else []


def marks_of(finding: Finding, by: Sequence[str], *, order: str = "") -> Marks:
    """The marks of a finding.

    Parameters
    ----------
    finding : Finding
    by : sequence of str
        Its dimensions; ("term",) of a regression.
    order : str
        "falling" for the highest figure first; as the finding has them by default.

    Returns
    -------
    Marks
    """
    rows = ready(finding.picture.frame, tuple(by))
    if order == "falling":
        rows = rows.sort_values("value", ascending=False, kind="stable", ignore_index=True)
    by = tuple(by)
    names = _names(rows, by)
    tips = tooltips(rows, names, finding.percent or finding.units.get("value", ""))
    keys = [[str(_plain(code)) for code in key] for key in zip(*(rows[n] for n in by), strict=True)]
    columns = {
        "key": keys,
        "name": names,
        **{name: [_number(v) for v in rows[name].tolist()] for name in ("value", "low", "high")},
        "state": rows["state"].tolist(),
        "text": list(map(figure_text, *(rows[name].tolist() for name in ("value", "count", "state")))),
        "tip": [[part for part in parts if part] for parts in zip(*(tips[n] for n in TIP), strict=True)],
    }
    return Marks(rows=rows.assign(name=names), by=by, columns=columns)


TIP = ("figure", "basis", "remark")
CODED = ("nace1", "nace2", "isco1", "isco2")
"""Dimensions whose codes people know."""


def brief(value: float) -> str:
    """A figure in a sentence or on a mark: whole numbers, and others from 100 on, without decimals.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return whole(value) if abs(value) >= 99.95 or value == round(value) else number(value, short=True)


def figure_text(value: float, count: float, state: str) -> str:
    """What is written at a mark: its figure, or the state in its place.

    Parameters
    ----------
    value, count : float
    state : str

    Returns
    -------
    str
    """
    if state in ("missing", "withheld"):
        return translated(LOOKS[state].name)
    return written(value, count) if value == count or abs(value) < 99.95 else brief(value)


def ends(marks: Marks) -> str:
    """The finding of groups in a sentence: the highest and the lowest that can be relied on.

    Parameters
    ----------
    marks : Marks

    Returns
    -------
    str
        "" where no row has a figure.
    """
    rows = marks.rows
    known = rows[rows["value"].notna()]
    # no accident is a figure too, but for zeros alone
    solid = known[known["state"].isin(["", "zero"])] if known["state"].eq("").any() else known
    if solid.empty:
        return ""
    high, low = solid.loc[solid["value"].idxmax()], solid.loc[solid["value"].idxmin()]
    if len(solid) == 1:
        return _("{name}: {figure}.").format(name=high["name"], figure=brief(high["value"]))
    message = _("Highest: {high}, {high_figure}. Lowest: {low}, {low_figure}.")
    others = aside(rows.drop(solid.index), marks.by)
    if others:
        message = _("Of those shown highest: {high}, {high_figure}. Lowest: {low}, {low_figure} ({aside}).")
    return message.format(
        aside=others,
        high=high["name"],
        high_figure=brief(high["value"]),
        low=low["name"],
        low_figure=brief(low["value"]),
    )


def shades(marks: Marks) -> tuple[list[int | None], dict]:
    """The class of each row's colour, 1 (light) to 7 (dark), and the key that explains them.

    Parameters
    ----------
    marks : Marks

    Returns
    -------
    (list of int or None, dict)
        None for a row whose state takes the place of a colour.
    """
    rows = marks.rows
    scale = Scale.of(rows["value"][rows["state"].isin(["", "unreliable"])])
    classes = {colour: place + 1 for place, colour in enumerate(SEQUENTIAL)}
    coloured = rows["state"].isin(["", "unreliable"])
    found = [classes[scale.colour(value)] if has else None for value, has in zip(rows["value"], coloured, strict=True)]
    entries = [
        {"label": label, "look": f"scale-{classes[colour]}"}
        for label, colour in zip(scale.labels, scale.colours, strict=True)
    ][::-1]
    return found, {"method": scale.method, "entries": [*(entries if coloured.any() else []), *states_key(rows)]}


def states_key(rows: pd.DataFrame) -> list[dict[str, str]]:
    """The key's entries of the states that occur.

    Parameters
    ----------
    rows : DataFrame
        With `state`.

    Returns
    -------
    list of dict
        label and look.
    """
    present = set(rows["state"])
    return [{"label": translated(LOOKS[s].name), "look": s} for s in LOOKS if s and s in present]


def _names(rows: pd.DataFrame, by: tuple[str, ...]) -> list[str]:
    """What rows are called: labels, with the code where people know codes."""
    if by == ("year",):
        return [str(_plain(year)) for year in rows["year"]]
    if by == ("term",) or (len(by) == 1 and by[0] not in CODED):
        return [label or str(code) for code, label in zip(rows[by[0]], rows["label"], strict=True)]
    if len(by) == 1:
        return [named(str(code), label) for code, label in zip(rows[by[0]], rows["label"], strict=True)]
    labels = (rows[name if name == "year" else f"{name}_label"].astype(str) for name in by)
    return [", ".join(parts) for parts in zip(*labels, strict=True)]


def _plain(code: object) -> object:
    return int(code) if isinstance(code, float) else code


def _number(value: float) -> float | None:
    return None if value != value else float(f"{value:.7g}")
