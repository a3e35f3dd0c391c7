"""A finding's frame made ready to draw: checked, cleared of what is withheld, and put into words for the tooltips."""

from collections import namedtuple
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.charts.palette import LOOKS, STATES
from workbench.terms.errors import WorkbenchError
from workbench.terms.tables import FLAGS
from workbench.terms.text import _, figures, mark, translated
from workbench.terms.words import english, number, whole

NUMBERS = ("value", "low", "high", "level", "count", "exposure")

POINTS_DRAWN = mark("Lines through the points: {levels} intervals.")
BARE, LIMITED = mark("{figure}, no interval published"), mark("{figure}, {level} {limits}")
POINTS_BARE = mark("Points without a line: no interval was published.")


def ready(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """A copy of a finding's frame with every column a chart reads, one row per group, in the frame's order.

    Names come from a column `label`, else from `nace1_label` next to `nace1`, as in a finding's table.
    Dimensions become text (`year` stays a number). A row that is withheld loses its numbers here, before they can
    reach a page; a row without a value and without a state is missing.

    Raises
    ------
    WorkbenchError
        If a column of `by`, or `value`, is not there, a group comes twice, or a state is none of the five.
    """
    absent = [name for name in (*by, "value") if name not in frame]
    if absent:
        message = _(
            "This chart needs the columns {absent}; the frame has {columns}. Ask the question by these dimensions."
        )
        raise WorkbenchError(
            message.format(absent=", ".join(absent), columns=", ".join(map(str, frame.columns)) or "none")
        )
    labels = [f"{name}_label" for name in by if name != "year"]
    columns = {name: pd.to_numeric(frame[name]).to_numpy() if name == "year" else _texts(frame, name) for name in by}
    columns |= {name: _texts(frame, name) for name in ("flag", "state", *labels)}
    columns["label"] = _texts(frame, "label") if "label" in frame or len(labels) != 1 else columns[labels[0]]
    numbers = {name: _numbers(frame, name) for name in NUMBERS}
    seen = set()
    for group in zip(*(columns[name] for name in by), strict=True):
        if group in seen:
            message = _("{group} comes more than once in the frame. Ask by one more dimension, or for one year.")
            raise WorkbenchError(message.format(group=", ".join(map(str, group))))
        seen.add(group)
    strange = sorted(set(columns["state"]) - set(STATES))
    if strange:
        message = _("{state!r} is not a state of a figure. The states are {states}.")
        raise WorkbenchError(message.format(state=strange[0], states=", ".join(repr(state) for state in STATES)))
    state = np.array(columns["state"], dtype=object)
    withheld = state == "withheld"
    for name in NUMBERS:
        numbers[name][withheld] = np.nan
    state[np.isnan(numbers["value"]) & ~withheld] = "missing"
    for name in ("value", "low", "high"):
        numbers[name][state == "missing"] = np.nan
    texts = {name: cells if name == "year" else pd.Series(cells, dtype=object) for name, cells in columns.items()}
    return pd.DataFrame({**texts, "state": pd.Series(state, dtype=object), **numbers})


def nothing(*by: str) -> pd.DataFrame:
    """The frame of an answer without groups: what a chart shows before its first update.

    Parameters
    ----------
    *by : str
        Names of the columns of groups.

    Returns
    -------
    DataFrame
        Without rows.
    """
    return pd.DataFrame(columns=[*by, "value"])


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as plain Python strings, "" where there is none: faster to walk through than Arrow's."""
    texts = frame[name].tolist() if name in frame else [""] * len(frame)
    return [text if isinstance(text, str) else "" if pd.isna(text) else str(text) for text in texts]


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers of its own, missing where there is none."""
    return pd.to_numeric(frame[name]).to_numpy(float, copy=True) if name in frame else np.full(len(frame), np.nan)


def short(value: float) -> str:
    """A count, or a mark at an axis or in a key: a whole number as one, others without zeros at the end.

    Parameters
    ----------
    value : float
        Finite.

    Returns
    -------
    str
    """
    if value % 1 == 0:
        return whole(value)
    text = english(value)
    return figures(text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text)


def written(value: float, count: float) -> str:
    """A figure as people read it; what is counted and not divided as a whole number.

    Parameters
    ----------
    value : float
        Finite.
    count : float
        What the value was made from, or NaN.

    Returns
    -------
    str
    """
    return whole(value) if value in (0, count) and value % 1 == 0 else number(value)


def interval(low: float, high: float) -> str:
    """The two limits in words.

    Parameters
    ----------
    low, high : float
        In one unit, which the text does not name.

    Returns
    -------
    str
    """
    return _("{low} to {high}").format(low=number(low), high=number(high))


def about_intervals(rows: pd.DataFrame, drawn: str, bare: str) -> str:
    """What the drawn intervals are: `drawn` with its `{levels}` ("95%") filled in, and `bare` where some have none.

    Both are marked, and translated here. A count that is not divided is what it is: nothing is said of an interval.

    Parameters
    ----------
    rows : DataFrame
        As `checked` gives them: value, low, high, level, count.
    drawn, bare : str
        Marked messages, the first with {levels}.

    Returns
    -------
    str
        One or two sentences, or "".
    """
    value, low, high, level = (rows[name].to_numpy(float) for name in ("value", "low", "high", "level"))
    shown = ~np.isnan(value)
    limited = shown & ~np.isnan(low) & ~np.isnan(high)
    levels = sorted(set(level[limited & ~np.isnan(level)]))
    notes = []
    if levels:
        notes.append(translated(drawn).format(levels=" / ".join(f"{100 * level:g}%" for level in levels)))
    if (shown & ~limited & (rows["count"].to_numpy(float) != value)).any():
        notes.append(translated(bare))
    return " ".join(notes)


def tooltips(rows: pd.DataFrame, names: Sequence[str], unit: str) -> dict[str, list[str]]:
    """Four columns of plain text per row: who, figure, basis, remark. Bokeh escapes them as they enter the page.

    Parameters
    ----------
    rows : DataFrame
        As `checked` gives them.
    names : sequence of str
        What each row is called.
    unit : str
        Of the values.

    Returns
    -------
    dict of str to list of str
        Columns of a Bokeh source, one text per row.
    """
    cells = map(_Row, *(rows[name].tolist() for name in _Row._fields))  # itertuples makes a class each time
    texts = [(figure_words(row, f"{written(row.value, row.count)} {unit}"), _basis(row), _remark(row)) for row in cells]
    figures, bases, remarks = zip(*texts, strict=True) if texts else ((), (), ())
    return {"who": list(names), "figure": list(figures), "basis": list(bases), "remark": list(remarks)}


def named(code: str, label: str) -> str:
    """`Calabria (ITF6)`, or the code alone where there is no label; the label alone where no code is given."""
    return f"{label} ({code})" if label and code and label != code else code or label


_Row = namedtuple("_Row", (*NUMBERS, "state", "flag"))


def figure_words(row, figure: str, *, bare: str = BARE, limited: str = LIMITED) -> str:
    """`figure`, written with its unit, and its limits; `limited` and `bare`, marked, say it with and without them."""
    if row.value != row.value or row.state in {"missing", "withheld"}:
        return ""
    if row.low != row.low or row.high != row.high:
        return translated(bare).format(figure=figure)
    level = _("{level:g}% interval").format(level=100 * row.level) if row.level == row.level else _("interval")
    return translated(limited).format(figure=figure, level=level, limits=interval(row.low, row.high))


def _basis(row: _Row) -> str:
    parts = []
    if row.count == row.count:
        parts.append(_("count {count}").format(count=short(row.count)))
    if row.exposure == row.exposure:
        parts.append(_("exposure {exposure}").format(exposure=short(row.exposure)))
    return ", ".join(parts)


def _remark(row: _Row) -> str:
    flags = [translated(FLAGS.get(letter, letter)) for letter in row.flag]
    flagged = _("flag {letters}: {words}").format(letters=row.flag, words=", ".join(flags)) if flags else ""
    state = translated(LOOKS[row.state].words) if row.state else ""
    return "; ".join(part for part in (state, flagged) if part)
