"""What is said of groups: the figure of one, of several how many there are and the ends of their range."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.study.divide import Divided
from workbench.terms.codes import UNKNOWN
from workbench.terms.text import _, n_
from workbench.terms.words import dimensions, number, whole


@dataclass(frozen=True, kw_only=True)
class Range:
    """The rows with the highest and the lowest figure, and how many rows have one."""

    high: pd.Series
    low: pd.Series
    n: int


def summary_of_groups(divided: Divided, frame: pd.DataFrame, title: str) -> str:
    """One sentence: the figure itself, or how many groups there are and the ends of their range.

    Parameters
    ----------
    divided : Divided
        With what the groups are groups of.
    frame : DataFrame
        A row per group, as a finding has them.
    title : str
        What is measured, and of what.

    Returns
    -------
    str
    """
    what, by, states = divided.words, divided.by, frame["state"].tolist()
    known = _places(frame)
    if not known:
        if "withheld" in states:
            return _("{title}, {what}: withheld, or not published.").format(title=title, what=what)
        return _("{title}, {what}: no value is published.").format(title=title, what=what)
    if not by:
        return _("{title}, {what}: {figure}.").format(title=title, what=what, figure=figure(frame.iloc[known[0]]))
    if len(known) > 1 and all(states[place] == "zero" for place in known):
        return n_(
            "{title}, {what}: none in the one group.", "{title}, {what}: none in any of {n} groups.", len(known)
        ).format(title=title, what=what, n=len(known))

    solid = _reliable(frame, states)
    ends = _range(frame, solid or known)
    words = {
        "title": title,
        "what": what,
        "n": len(frame),
        "high": figure(ends.high),
        "high_group": _group(divided, ends.high),
    }
    if ends.high["value"] == ends.low["value"] and ends.n > 1:
        return _all_alike(n=len(frame), known=ends.n).format(known=ends.n, **words)
    if ends.n == 1:
        return _one_figure(alone=len(frame) > 1 and bool(solid)).format(**words)
    words |= {"low": figure(ends.low), "low_group": _group(divided, ends.low)}
    words["aside"] = aside(frame, by, solid or known)
    return _two_ends(reliable=bool(solid), all_shown=not words["aside"]).format(**words)


def headline_of_groups(divided: Divided, frame: pd.DataFrame, title: str) -> str:
    """What a chart says above itself: the measure, of what, and the ends of its range.

    Parameters
    ----------
    divided : Divided
        With what the groups are groups of.
    frame : DataFrame
        A row per group, as a finding has them.
    title : str
        What is measured, and of what.

    Returns
    -------
    str
    """
    words = {"title": title, "what": divided.words, "by": dimensions(divided.by)}
    solid = _reliable(frame, frame["state"].tolist())
    if len(solid) < 2 or "year" in divided.by:
        if not divided.by:
            return _("{title}, {what}").format(**words)
        return _("{title} by {by}, {what}").format(**words)
    ends = _range(frame, solid)
    if ends.high["value"] == ends.low["value"]:
        return _("{title} by {by}, {what}: {high} in each group").format(high=_value(ends.high), **words)
    message = _("{title} by {by}, {what}: highest {high_group} ({high}), lowest {low_group} ({low})")
    if aside(frame, divided.by, solid):
        message = _("{title} by {by}, {what}: of those shown highest {high_group} ({high}), lowest {low_group} ({low})")
    return message.format(
        high=_value(ends.high),
        low=_value(ends.low),
        high_group=_group(divided, ends.high),
        low_group=_group(divided, ends.low),
        **words,
    )


def figure(row: pd.Series) -> str:
    """A figure with its interval; without one, with its unit.

    Parameters
    ----------
    row : Series
        A row of a finding's frame: value, low, high, level, per, unit.

    Returns
    -------
    str
    """
    if pd.isna(row["low"]):
        return f"{_value(row)} {row['unit']}"
    limits = {
        "value": number(row["value"]),
        "low": number(row["low"]),
        "high": number(row["high"]),
        "level": 100 * row["level"],
    }
    if pd.isna(row["per"]):  # a ratio has no unit
        return _("{value} ({level:g}% CI {low}–{high})").format(**limits)
    return _("{value} per {per:,.0f} ({level:g}% CI {low}–{high})").format(per=row["per"], **limits)


def _one_figure(*, alone: bool) -> str:
    if alone:
        return _("{title}, {what}: {high_group} {high}. The only reliable figure of {n} groups.")
    return _("{title}, {what}: {high_group} {high}.")


def _all_alike(*, n: int, known: int) -> str:
    """Groups that tie have no highest and no lowest."""
    if known == n:
        return _("{title}, {what}: {high} in each of {n} groups.")
    return _("{title}, {what}: {high} in each of {known} of {n} groups.")


def in_order(divided: Divided, sentence: str) -> str:
    """A sentence about the order of groups; where some are withheld, that they could stand anywhere in it.

    Parameters
    ----------
    divided : Divided
    sentence : str
        Which group is first.

    Returns
    -------
    str
    """
    n = 0 if divided.withheld is None else len(divided.withheld)
    if not n:
        return sentence
    return n_(
        "{sentence} {n} group is withheld and could stand anywhere in this order.",
        "{sentence} {n} groups are withheld and could stand anywhere in this order.",
        n,
    ).format(sentence=sentence, n=n)


def aside(rows: Mapping[str, Sequence], by: Sequence[str], shown: Collection[int]) -> str:
    """How many groups are not looked at where the highest and the lowest are named, and why: `3 withheld`.

    Parameters
    ----------
    rows : DataFrame, or its columns
        Of a finding; unknown codes are no group.
    by : sequence of str
        Its dimensions.
    shown : collection of int
        The places of the rows that are looked at.

    Returns
    -------
    str
        "" where all groups are looked at.
    """
    looked_at = set(shown)
    if len(looked_at) == len(rows["state"]):
        return ""
    columns = (np.asarray(rows[name], object).tolist() for name in ("state", "value", *by))
    rest = [row for place, row in enumerate(zip(*columns, strict=True)) if place not in looked_at]
    groups = [(state, value) for state, value, *codes in rest if UNKNOWN not in codes]
    withheld, unreliable = (sum(state == wanted for state, _value in groups) for wanted in ("withheld", "unreliable"))
    without = sum(value != value and state not in ("withheld", "unreliable") for state, value in groups)
    parts = [
        *([_("{n} withheld").format(n=withheld)] if withheld else []),
        *([_("{n} unreliable").format(n=unreliable)] if unreliable else []),
        *([_("{n} without a figure").format(n=without)] if without else []),
    ]
    return ", ".join(parts)


def _two_ends(*, reliable: bool, all_shown: bool) -> str:
    if reliable and not all_shown:
        return _(
            "{title}, {what}: of those shown highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups "
            "({aside})."
        )
    if not all_shown:
        return _(
            "{title}, {what}: of those shown highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups "
            "({aside}). None of these figures is reliable: too few records, or marked so by the publisher."
        )
    if reliable:
        return _("{title}, {what}: highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups.")
    return _(
        "{title}, {what}: highest {high_group}, {high}; lowest {low_group}, {low}; {n} groups. None of these figures "
        "is reliable: too few records, or marked so by the publisher."
    )


def _places(frame: pd.DataFrame) -> list[int]:
    """The rows with a value."""
    return np.flatnonzero(~np.isnan(frame["value"].to_numpy(float))).tolist()


def _reliable(frame: pd.DataFrame, states: Sequence[str]) -> list[int]:
    """The rows that may stand as the highest or the lowest: no accident is a figure too, but for zeros alone."""
    known = _places(frame)
    if not any(states[place] == "" for place in known):
        return []
    return [place for place in known if states[place] in ("", "zero")]


def _range(frame: pd.DataFrame, places: Sequence[int]) -> Range:
    """Of the rows at `places`, the first with the highest value and the first with the lowest."""
    values = frame["value"].to_numpy(float)[places]
    return Range(high=frame.iloc[places[values.argmax()]], low=frame.iloc[places[values.argmin()]], n=len(places))


def _group(divided: Divided, row: pd.Series) -> str:
    return ", ".join(divided.label(name, row[name]) for name in divided.by)


def _value(row: pd.Series) -> str:
    """The value alone; accidents and people, which have no interval, as whole numbers."""
    return whole(row["value"]) if pd.isna(row["low"]) and row["value"] % 1 == 0 else number(row["value"])
