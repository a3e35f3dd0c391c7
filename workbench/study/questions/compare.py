"""Compare: one group against another, or against all the others, by ratio and difference of their rates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.comparison import RATIO_METHODS, rate_difference, rate_ratio
from workbench.models.inputs import chosen
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.data import listed
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.sentences import figure
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import ModelError, Refused, UnknownName
from workbench.terms.text import _, n_

DIFFERENCE = ("difference", "difference_low", "difference_high")
MEDIAN = "median-unbiased"
METHODS = (*RATIO_METHODS, MEDIAN)


def compare(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("sex",),
    *,
    reference: str | None = None,
    exposure: str | None = None,
    per: int | None = None,
    method: str = "exact",
    level: float = 0.95,
) -> Finding:
    """The rate of each group over that of a reference, with interval and test; `value` is the ratio.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one dimension
    reference : the group that the others are compared with; None compares each group with all the others together
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    per : persons or hours of the rates and their difference; 100,000 employed or 1,000,000 hours unless given
    method : of the ratio's limits and test: "exact" or "mid-p" (conditional on the sum of both counts), "log-normal",
        or "median-unbiased", the ratio that is as often too high as too low, with mid-P limits and test. Weighted
        records take log-normal limits
    level : of the intervals

    Returns
    -------
    Finding
        frame: the ratio as value low high, `difference` of the rates with its interval, `p_value` (two-sided, of
        equal rates), `rate` and `reference_rate`.

    Raises
    ------
    Refused
        When rates cannot be divided here, or `by` is not one dimension.
    UnknownName
        For a reference that is no group, naming those there are.
    ModelError
        For a method that does not exist; for the median-unbiased ratio of weighted records.
    """
    by = listed(by)
    if len(by) != 1:
        raise Refused(_("Groups are compared along one dimension; {by} are {n}.").format(by=", ".join(by), n=len(by)))
    divided = disclose(
        divide(source, selection, by=by, exposure=exposure, needs="people", per=per, level=level, alone=True)
    )
    alone = not divided.people
    if alone and reference is None:
        raise Refused(
            _(
                "Counts alone have no people by which all other groups could be one: name the group to compare with, "
                "reference=, or the people at risk, exposure=."
            )
        )
    groups = divided.groups
    groups = groups[groups.index != UNKNOWN]
    reference = _reference(divided, groups, reference)

    frame = _compared(groups, reference, method, level)
    if reference is not None:  # a group set against itself has neither doubt nor news
        frame = frame[frame[by[0]] != reference].reset_index(drop=True)
    words = divided.label(by[0], reference) if reference else _("all other groups together")
    frame = frame.assign(unit=_unit(words, alone), per=np.nan)
    title = _("Ratio of counts") if alone else _("Rate ratio")
    mirrored = len(frame) == 2 and reference is None and bool(frame["value"].notna().all())

    per_unit = str(groups["unit"].iloc[0]) if len(groups) else ""
    return answer(
        divided,
        frame,
        title=title,
        chart=Chart(kind=by_dimensions(divided.by), ratio=True),
        notes=[] if alone else [*_notes(len(frame), level), *([_about_two()] if mirrored else [])],
        columns=dict.fromkeys(DIFFERENCE, per_unit) | {"p_value": "", "rate": per_unit, "reference_rate": per_unit},
        words=(_one_against_other(divided, frame, title), "") if mirrored else ("", ""),
    )


def _one_against_other(divided: Divided, frame: pd.DataFrame, title: str) -> str:
    """Two groups have one ratio: the higher over the lower."""
    name, by_rate = divided.by[0], frame.sort_values("value")
    lower, higher = by_rate.iloc[0], by_rate.iloc[1]
    return _("{title}, {what}: {high_group} {figure} times the rate of {low_group}.").format(
        title=title,
        what=divided.words,
        high_group=divided.label(name, higher[name]),
        figure=figure(higher),
        low_group=divided.label(name, lower[name]),
    )


def _about_two() -> str:
    return _("Of two groups each is the reference of the other: both rows are one ratio, over and under, and one test.")


def _unit(reference: str, alone: bool) -> str:
    """What a ratio is a multiple of."""
    if alone:
        return _("times the count of {reference}").format(reference=reference)
    return _("times the rate of {reference}").format(reference=reference)


def _reference(divided: Divided, groups: pd.DataFrame, reference: str | None) -> str | None:
    """The reference as a group of this answer."""
    if reference is None:
        return None
    known = divided.cube.lists.get(DIMENSIONS[divided.by[0]].axis)  # years have no list
    code = known.parse(reference) if known and known.knows(reference) else reference
    code = next((group for group in groups.index if str(group) == str(code)), code)
    if code not in groups.index:
        raise UnknownName(
            _("group of this answer"),
            code,
            map(str, groups.index),
            hint=_("There are: {groups}.").format(groups=", ".join(map(str, groups.index))),
        )
    return code


def _compared(groups: pd.DataFrame, reference: str | None, method: str, level: float) -> pd.DataFrame:
    """The groups with ratio and difference of their rates; weighted records by the sums of their squared weights."""
    counts, people, variance = groups["count"], groups["exposure"], groups.get("variance")
    other_counts, other_people = _others(counts, reference), _others(people, reference)
    spread = {}
    if variance is not None and not np.allclose(variance, counts):
        spread = {"variance": variance, "reference_variance": _others(variance, reference)}

    per = float(groups["per"].iloc[0])
    ratio = _ratios((counts, people, other_counts, other_people), method, level, spread)
    gap = rate_difference(counts, people, other_counts, other_people, per=per, level=level, **spread)
    return groups.assign(
        rate=groups["value"],
        reference_rate=per * other_counts / other_people,
        **{name: ratio[name] for name in ("value", "low", "high", "method", "p_value")},
        **dict(zip(DIFFERENCE, (gap["value"], gap["low"], gap["high"]), strict=True)),
    ).reset_index()


def _ratios(figures: tuple[pd.Series, ...], method: str, level: float, spread: dict[str, pd.Series]) -> pd.DataFrame:
    """The ratios by a method; the median-unbiased one has the limits and the test of mid-P, which it lies inside."""
    if chosen(method, METHODS, "method") != MEDIAN:
        return rate_ratio(*figures, level=level, method=method, **spread)
    if spread:
        message = _(
            "The median-unbiased ratio is one of whole counts, and these records are weighted. Take {method!r}."
        )
        raise ModelError(message.format(method="log-normal"))
    ratio = rate_ratio(*figures, level=level, method="mid-p")
    named = [_("median-unbiased, {method}").format(method=name) for name in ratio["method"]]
    return ratio.assign(value=ratio["median_unbiased"], method=named)


def _others(column: pd.Series, reference: str | None) -> pd.Series:
    """For each group the reference's figure: one group's, or that of all others together."""
    if reference is not None:
        return pd.Series(column[reference], index=column.index)
    return column.sum(skipna=False) - column


def _notes(n: int, level: float) -> list[str]:
    notes = [_("Ratios compare rates as they are: groups of different structure differ for that reason too.")]
    if n > 1:
        notes.append(
            n_(
                "{n} group is compared.",
                "{n} groups are compared; of so many, about {chance:.1f} lie outside {level:.0%} limits by chance "
                "alone.",
                n,
            ).format(n=n, chance=(1 - level) * n, level=level)
        )
    return notes
