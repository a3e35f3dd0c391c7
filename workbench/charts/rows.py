"""A finding's frame made ready to draw: checked, cleared of what is withheld, and put into words for the tooltips."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.charts.palette import LOOKS, STATES
from workbench.terms.errors import WorkbenchError
from workbench.terms.tables import FLAGS
from workbench.terms.text import _, figures, mark, translated
from workbench.terms.words import english, number, numbers, whole

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
    columns = ready_columns(frame, by)
    return pd.DataFrame(
        {name: pd.Series(cells, dtype=object) if isinstance(cells, list) else cells for name, cells in columns.items()}
    )


def ready_columns(
    frame: pd.DataFrame, by: Sequence[str], labels: Mapping[str, list[str]] | None = None
) -> dict[str, list[str] | np.ndarray]:
    """The columns of `ready` without a frame around them: for what walks through them row by row.

    Parameters
    ----------
    frame : DataFrame
        As a finding has it.
    by : sequence of str
        Its dimensions.
    labels : mapping, optional
        What the groups are called, by names of columns such as `nace1_label`, where the frame does not have them.

    Returns
    -------
    dict
        Lists of texts, and arrays of numbers (of whole ones for `year`).

    Raises
    ------
    WorkbenchError
        As `ready`.
    """
    absent = [name for name in (*by, "value") if name not in frame]
    if absent:
        message = _(
            "This chart needs the columns {absent}; the frame has {columns}. Ask the question by these dimensions."
        )
        raise WorkbenchError(
            message.format(absent=", ".join(absent), columns=", ".join(map(str, frame.columns)) or "none")
        )
    named_by, labels = [f"{name}_label" for name in by if name != "year"], labels or {}
    columns = {name: pd.to_numeric(frame[name]).to_numpy() if name == "year" else _texts(frame, name) for name in by}
    columns |= {name: _texts(frame, name) for name in ("flag", "state")}
    columns |= {name: labels[name] if name in labels else _texts(frame, name) for name in named_by}
    columns["label"] = _texts(frame, "label") if "label" in frame or len(named_by) != 1 else columns[named_by[0]]
    given = {name: _numbers(frame, name) for name in NUMBERS}
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
        given[name][withheld] = np.nan
    state[np.isnan(given["value"]) & ~withheld] = "missing"
    for name in ("value", "low", "high"):
        given[name][state == "missing"] = np.nan
    return {**columns, "state": state.tolist(), **given}


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
    return intervals([low], [high])[0]


def intervals(lows: Iterable[float], highs: Iterable[float]) -> list[str]:
    """The two limits of each row in words, as `interval` has them.

    Parameters
    ----------
    lows, highs : iterable of float

    Returns
    -------
    list of str
    """
    message, ends = _("{low} to {high}"), zip(numbers(lows), numbers(highs), strict=True)
    return [message.format(low=low, high=high) for low, high in ends]


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


def tooltips(rows: Mapping[str, Sequence], names: Sequence[str], unit: str) -> dict[str, list[str]]:
    """Four columns of plain text per row: who, figure, basis, remark. Bokeh escapes them as they enter the page.

    Parameters
    ----------
    rows : DataFrame, or its columns
        As `ready` gives them.
    names : sequence of str
        What each row is called.
    unit : str
        Of the values.

    Returns
    -------
    dict of str to list of str
        Columns of a Bokeh source, one text per row.
    """
    pairs = zip(rows["value"], rows["count"], strict=True)
    figures = [f"{written(value, count)} {unit}" for value, count in pairs]
    return {
        "who": list(names),
        "figure": figures_in_words(rows, figures),
        "basis": _bases(rows["count"], rows["exposure"]),
        "remark": _remarks(rows["state"], rows["flag"]),
    }


def named(code: str, label: str) -> str:
    """`Calabria (ITF6)`, or the code alone where there is no label; the label alone where no code is given."""
    return f"{label} ({code})" if label and code and label != code else code or label


def figures_in_words(
    rows: Mapping[str, Sequence], figures: Sequence[str], *, bare: str = BARE, limited: str = LIMITED
) -> list[str]:
    """Figures, written with their unit, and their limits; "" where there is none.

    Parameters
    ----------
    rows : DataFrame, or its columns
        As `ready` gives them.
    figures : sequence of str
        The value of each row with its unit.
    bare, limited : str
        Marked messages that say it without and with limits.

    Returns
    -------
    list of str
        One text per row.
    """
    bare, limited = translated(bare), translated(limited)
    named, unnamed = _("{level:g}% interval"), _("interval")
    levels = {level: named.format(level=100 * level) for level in set(rows["level"]) if level == level}
    columns = (rows[name] for name in ("value", "low", "high", "level", "state"))
    limits = intervals(rows["low"], rows["high"])
    found = []
    for figure, within, value, low, high, level, state in zip(figures, limits, *columns, strict=True):
        if value != value or state in {"missing", "withheld"}:
            found.append("")
        elif low != low or high != high:
            found.append(bare.format(figure=figure))
        else:
            found.append(limited.format(figure=figure, level=levels.get(level, unnamed), limits=within))
    return found


def _bases(counts: Iterable[float], exposures: Iterable[float]) -> list[str]:
    """Of how many accidents and people each figure is made."""
    of_counts, of_exposure = _("count {count}"), _("exposure {exposure}")
    return [
        ", ".join(
            [
                *([of_counts.format(count=short(count))] if count == count else []),
                *([of_exposure.format(exposure=short(exposure))] if exposure == exposure else []),
            ]
        )
        for count, exposure in zip(counts, exposures, strict=True)
    ]


def _remarks(states: Iterable[str], flags: Iterable[str]) -> list[str]:
    """What is to be known of each figure: its state and its flags, most often nothing."""
    pairs = list(zip(states, flags, strict=True))
    words = {pair: _remark(*pair) for pair in set(pairs)}
    return [words[pair] for pair in pairs]


def _remark(state: str, letters: str) -> str:
    flags = [translated(FLAGS.get(letter, letter)) for letter in letters]
    flagged = _("flag {letters}: {words}").format(letters=letters, words=", ".join(flags)) if flags else ""
    return "; ".join(part for part in (translated(LOOKS[state].words) if state else "", flagged) if part)
