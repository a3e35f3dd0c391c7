"""What a text may claim of a finding, and whether it holds: higher, risen, highest; and what may be said instead."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import norm

from workbench.briefs.across import across, across_span
from workbench.briefs.record import NOT_LIMITED, Record, printed
from workbench.study.breaks import Crossed
from workbench.terms.codes import UNKNOWN
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import interval


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What is claimed, whether it holds, and the words that are true in either case.

    Attributes
    ----------
    words : as claimed, such as "higher than"
    holds : whether the finding bears it out
    weaker : what is true instead; "" where it holds
    figures : the figures that it rests on, for a report of changes
    """

    words: str
    holds: bool
    weaker: str
    figures: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A difference of two figures with its limits."""

    value: float
    low: float
    high: float
    level: float


def higher(record: Record, group: object, other: object | None = None) -> Claim:
    """One group's figure is higher than another's: the interval of their difference lies above 0.

    Parameters
    ----------
    record : Record
    group, other : codes of the finding; without `other` against what a comparison compares with

    Returns
    -------
    Claim
    """
    return _apart(record, (group, other), sign=1)


def lower(record: Record, group: object, other: object | None = None) -> Claim:
    """One group's figure is lower than another's: the interval of their difference lies below 0."""
    return _apart(record, (group, other), sign=-1)


def risen(record: Record, since: int) -> Claim:
    """The series has risen since a year: its annual percent change lies above 0, without a break in between."""
    return _moved(record, since, sign=1)


def fallen(record: Record, since: int) -> Claim:
    """The series has fallen since a year: its annual percent change lies below 0, without a break in between."""
    return _moved(record, since, sign=-1)


def highest(record: Record, group: object) -> Claim:
    """A group's figure is the highest: no other group can be, at the level of the limits."""
    return _at_the_end(record, group, sign=1)


def lowest(record: Record, group: object) -> Claim:
    """A group's figure is the lowest: no other group can be, at the level of the limits."""
    return _at_the_end(record, group, sign=-1)


def difference(record: Record, group: object, other: object | None = None) -> Difference:
    """The difference of two figures of a finding.

    That of a comparison stands in its rows. Else the limits of both figures are joined (MOVER: Zou & Donner 2008,
    Stat. Med. 27:1693-1702), which needs no counts and agrees with the limits that are printed.

    Raises
    ------
    Refused
        Where a figure has no interval: whether it is higher cannot be said.
    """
    row = record.row(group)
    if row.get("difference") is not None:
        return Difference(
            value=row["difference"], low=row["difference_low"], high=row["difference_high"], level=row["level"]
        )
    if other is None:
        raise Refused(_("Name the group that {group} is compared with.").format(group=group))
    return _mover(record, row, record.row(other))


def set_of_highest(record: Record, sign: int = 1) -> list[str]:
    """Labels of the groups that may be the highest (`sign` -1: the lowest), the most extreme first.

    Of a ranking, those whose set of places, or whose limits of the posterior rank, hold the first. Else those that no
    other group clearly exceeds; the limits are widened for so many comparisons (Bonferroni), so that the set holds the
    highest at their level or better (Mogstad et al. 2024, Rev. Econ. Stud. 91:476-518, for ranks).
    """
    rows = sorted(_comparable(record), key=lambda row: -sign * row["value"])
    for limits in ("place", "rank"):
        limit = f"{limits}_low" if sign > 0 else f"{limits}_high"
        if not rows or rows[0].get(limit) is None:
            continue
        edge = 1 if sign > 0 else len(record.rows)
        return [record.label(row) for row in rows if round(row[limit]) == edge] or [record.label(rows[0])]
    widened = _stretch(rows[0]["level"], len(rows) - 1) if len(rows) > 1 else 1.0
    reaching = [row for row in rows if not any(_exceeds(record, other, row, sign, widened) for other in rows)]
    return [record.label(row) for row in reaching]


def _comparable(record: Record) -> list[Mapping]:
    """The rows whose figures have limits by which they can be put in order."""
    return [row for row in record.rows if row.get("state") in NOT_LIMITED and _has_limits(row)]


def compared(record: Record, group: object, other: object) -> str:
    """Two groups in a sentence that is true whichever is higher, or neither."""
    known = [row for row in record.rows if record.key(row) in ((str(group),), (str(other),)) and _has_limits(row)]
    if len(known) < 2:
        return _("Which of the two groups is higher cannot be said: not both have a figure with an interval.")
    gap = difference(record, group, other)
    one, two = record.row(group), record.row(other)
    facts = {
        "one": record.label(one),
        "two": record.label(two),
        "first": printed(one).value,
        "second": printed(two).value,
        "unit": record.unit,
        "gap": interval(gap.value, gap.low, gap.high, level=gap.level),
    }
    sentence = _("{one}, {first}, and {two}, {second} {unit}, do not clearly differ: the difference is {gap}.")
    if gap.low > 0:
        sentence = _("{one}, {first}, is higher than {two}, {second} {unit}; the difference is {gap}.")
    if gap.high < 0:
        sentence = _("{one}, {first}, is lower than {two}, {second} {unit}; the difference is {gap}.")
    return across(record, (one, two)).said(sentence.format(**facts))


def leaders(record: Record, sign: int = 1) -> str:
    """The highest (`sign` -1: the lowest) in a sentence: one group where it is clear, else those that may be it.

    Groups that are withheld or without an interval may be it too: then it is the highest of those shown, and they are
    counted.
    """
    found, comparable = set_of_highest(record, sign), _comparable(record)
    if not found:
        return _("Which group is highest or lowest cannot be said: no figure has an interval.")
    facts = {"aside": _aside(record), "unit": record.unit}
    if len(found) == 1:
        row = next(row for row in comparable if record.label(row) == found[0])
        facts |= {"group": found[0], "value": printed(row).value}
        if len(comparable) == 1 and sign < 0:
            return _("There is no other to compare it with.")
        sentence = _alone(record, facts) if len(comparable) == 1 else _leader(facts, sign)
    else:
        facts |= {"groups": "; ".join(found[:5]), "n": in_words(len(found))}
        sentence = _several(facts, sign)
    return across(record, comparable).said(sentence)


def _alone(record: Record, facts: Mapping[str, str]) -> str:
    if record.withheld:
        return _("{group} alone has a figure with an interval, {value} {unit} ({n} withheld).").format(
            n=record.withheld, **facts
        )
    return _("{group} alone has a figure with an interval, {value} {unit}.").format(**facts)


def _leader(facts: Mapping[str, str], sign: int) -> str:
    if facts["aside"] and sign > 0:
        return _("{group} is highest of those shown, {value} {unit} ({aside}).").format(**facts)
    if facts["aside"]:
        return _("{group} is lowest of those shown, {value} {unit} ({aside}).").format(**facts)
    if sign > 0:
        return _("{group} is highest, {value} {unit}.").format(**facts)
    return _("{group} is lowest, {value} {unit}.").format(**facts)


def _several(facts: Mapping[str, str], sign: int) -> str:
    if sign > 0:
        sentence = _("Which is highest is not clear: {n} groups may be, among them {groups}.")
        if facts["aside"]:
            sentence = _(
                "Which is highest of those shown is not clear: {n} groups may be, among them {groups} ({aside})."
            )
    else:
        sentence = _("Which is lowest is not clear: {n} groups may be, among them {groups}.")
        if facts["aside"]:
            sentence = _(
                "Which is lowest of those shown is not clear: {n} groups may be, among them {groups} ({aside})."
            )
    return sentence.format(**facts)


def _aside(record: Record) -> str:
    """How many groups of known codes cannot be put in order with the others, and why: `3 withheld`."""
    comparable = [id(row) for row in _comparable(record)]
    rows = [row for row in record.rows if id(row) not in comparable and UNKNOWN not in record.key(row)]
    withheld = sum(row.get("state") == "withheld" for row in rows)
    parts = [_("{n} withheld").format(n=withheld)] if withheld else []
    if len(rows) > withheld:
        parts.append(_("{n} without a figure or an interval").format(n=len(rows) - withheld))
    return ", ".join(parts)


def in_words(n: int) -> str:
    """A small number as a word; a large one in figures."""
    words = (
        "", _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"), _("ten"),
    )  # fmt: skip
    return words[n] if 0 < n < len(words) else str(n)


def _apart(record: Record, pair: tuple, *, sign: int) -> Claim:
    """Whether the first of two is higher (1) or lower (-1)."""
    clear = {1: _("higher than"), -1: _("lower than"), 0: _("not clearly different from")}
    rows = [record.row(code) for code in pair if code is not None]
    absent = [record.label(row) for row in rows if row.get("state") not in NOT_LIMITED]
    if absent:
        weaker = _("without a published figure for {groups}").format(groups=", ".join(absent))
        return Claim(words=clear[sign], holds=False, weaker=weaker, figures="")
    gap = difference(record, *pair)
    found = 1 if gap.low > 0 else -1 if gap.high < 0 else 0
    figures = "; ".join(f"{record.label(row)}: {printed(row).value} {record.unit}" for row in rows)
    return _judged(clear, sign, found, figures, across(record, rows))


def _judged(words: Mapping[int, str], sign: int, found: int, figures: str, crossed: Crossed) -> Claim:
    """A claim of one sign, of which another was found, or that runs across a break in how the source counts."""
    holds = found == sign and not crossed.years
    return Claim(words=words[sign], holds=holds, weaker="" if holds else crossed.within(words[found]), figures=figures)


def _moved(record: Record, since: int, *, sign: int) -> Claim:
    """Whether a series has risen (1) or fallen (-1) since a year."""
    if not record.spans:
        raise Refused(_("{id} is no trend: a rise or a fall is claimed of wb.trend(...).").format(id=record.id))
    span, since = record.spans[-1], int(since)
    words = {
        1: _("has risen since {year}").format(year=since),
        -1: _("has fallen since {year}").format(year=since),
        0: _("has not clearly changed since {year}").format(year=since),
    }
    figures = interval(span["apc"], span["low"], span["high"], level=span["level"])
    figures = _("{change} % a year").format(change=figures)
    if span["first"] != since:
        weaker = _("is one series only since {year}").format(year=span["first"])
        return Claim(words=words[sign], holds=False, weaker=weaker, figures=figures)
    found = 1 if span["low"] > 0 else -1 if span["high"] < 0 else 0
    return _judged(words, sign, found, figures, across_span(record, since, int(span["last"])))


def _at_the_end(record: Record, group: object, *, sign: int) -> Claim:
    """Whether a group is the highest (1) or the lowest (-1)."""
    label, found = record.label(record.row(group)), set_of_highest(record, sign)
    words = _("the highest") if sign > 0 else _("the lowest")
    figures = "; ".join(found[:5])
    if found == [label] and len(_comparable(record)) == 1:
        return Claim(words=words, holds=False, weaker=_("the only one with an interval"), figures=figures)
    if found == [label]:
        crossed = across(record, _comparable(record))
        holds = not (crossed.years or _aside(record))
        shown = _("{words} of those shown").format(words=words) if _aside(record) else words
        return Claim(words=words, holds=holds, weaker="" if holds else crossed.within(shown), figures=figures)
    if label in found:
        among = _("among the {n} highest") if sign > 0 else _("among the {n} lowest")
        return Claim(words=words, holds=False, weaker=among.format(n=in_words(len(found))), figures=figures)
    weaker = _("not among the highest") if sign > 0 else _("not among the lowest")
    return Claim(words=words, holds=False, weaker=weaker, figures=figures)


def _mover(record: Record, one: Mapping, two: Mapping, widened: float = 1.0) -> Difference:
    bare = [record.label(row) for row in (one, two) if not _has_limits(row)]
    if bare:
        raise Refused(
            _("{groups}: no interval is known, so which is higher cannot be claimed.").format(groups=", ".join(bare))
        )
    gap = one["value"] - two["value"]
    down = math.hypot(one["value"] - one["low"], two["high"] - two["value"]) * widened
    up = math.hypot(one["high"] - one["value"], two["value"] - two["low"]) * widened
    return Difference(value=gap, low=gap - down, high=gap + up, level=one["level"])


def _exceeds(record: Record, one: Mapping, two: Mapping, sign: int, widened: float) -> bool:
    if one is two:
        return False
    gap = _mover(record, one, two, widened)
    return gap.low > 0 if sign > 0 else gap.high < 0


def _stretch(level: float, n: int) -> float:
    """By how much limits at a level are widened to hold for n one-sided comparisons together."""
    return float(norm.isf((1 - level) / 2 / n) / norm.isf((1 - level) / 2))


def _has_limits(row: Mapping) -> bool:
    return all(isinstance(row.get(name), int | float) for name in ("value", "low", "high", "level"))
