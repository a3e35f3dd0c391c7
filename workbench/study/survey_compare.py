"""Groups of a survey held against each other: chance alone, a trend over ordered groups, the change between waves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.survey import Convention
from workbench.models.survey_design import Design
from workbench.models.survey_tests import RaoScott, rao_scott, survey_contrast
from workbench.terms.dimensions import dimension
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _
from workbench.terms.words import number, p_value

MOST_GROUPS = 30
"""Among more groups no test is made: some of so many differ by chance, and the table has thousands of covariances."""
ORDERED = ("size", "age_group")
"""Axes whose groups have an order, so that a trend over them has a meaning."""


@dataclass(frozen=True, kw_only=True)
class SurveyComparison:
    """How the groups of a finding differ.

    Attributes
    ----------
    independence : Rao and Scott's test that all groups answer alike; None of numbers
    trend : over ordered groups, the mean step from one to the next, as `survey_contrast` gives it; else None
    change : from the first wave to the last; else None
    """

    independence: RaoScott | None = None
    trend: pd.Series | None = None
    change: pd.Series | None = None


def compared(
    values: pd.Series, groups: pd.Series, shown: Sequence[str], by: str, design: Design, convention: Convention
) -> SurveyComparison:
    """How the groups that are shown differ.

    Parameters
    ----------
    values : Series
        1 and 0, or a number, for each respondent.
    groups : Series
        The group of each.
    shown : sequence of str
        Groups in their order, those that are withheld left out.
    by : str
        The dimension that they are groups of.
    design : Design
    convention : Convention
    """
    if len(shown) < 2:
        return SurveyComparison()
    inside = groups.where(groups.isin(list(shown)))
    independence = trend = change = None
    if len(shown) <= MOST_GROUPS and set(values.dropna().unique()) == {0.0, 1.0}:
        independence = _independence(values, inside, design)
    if dimension(by).axis in ORDERED and len(shown) > 2:
        steps = np.arange(len(shown)) - (len(shown) - 1) / 2
        coefficients = pd.Series(steps / (steps**2).sum(), index=list(shown))
        trend = survey_contrast(values, inside, coefficients, design, convention)
    if by == "year":
        coefficients = pd.Series({shown[0]: -1.0, shown[-1]: 1.0})
        change = survey_contrast(values, inside, coefficients, design, convention)
    return SurveyComparison(independence=independence, trend=trend, change=change)


def compared_answers(answers: pd.Series, groups: pd.Series, shown: Sequence[str], design: Design) -> SurveyComparison:
    """How all answers to a question differ between the groups that are shown: Rao and Scott's test of the table.

    Parameters
    ----------
    answers : Series
        The answer of each respondent, missing where there is none.
    groups, shown, design
        As for `compared`.
    """
    if not 2 <= len(shown) <= MOST_GROUPS:
        return SurveyComparison()
    return SurveyComparison(independence=_independence(answers, groups.where(groups.isin(list(shown))), design))


def _independence(values: pd.Series, groups: pd.Series, design: Design) -> RaoScott | None:
    try:
        return rao_scott(values, groups, design)
    except (ModelError, np.linalg.LinAlgError):  # a group whose respondents all answer alike has no variance
        return None


def in_words(comparison: SurveyComparison, shown: Sequence[str], *, percent: bool) -> list[str]:
    """What the tests say, each with its reference distribution and degrees of freedom."""
    notes = []
    if test := comparison.independence:
        message = _(
            "Groups that answer alike would differ this much or more with {p} (Rao-Scott F = {statistic} on "
            "{numerator:.2f} and {denominator:.1f} degrees of freedom)."
        )
        words = {"p": p_value(test.p_value), "statistic": number(test.statistic)}
        notes.append(message.format(numerator=test.numerator_df, denominator=test.denominator_df, **words))
    if comparison.trend is not None:
        message = _("Trend over the groups in their order: {figure} from one to the next ({low} to {high}), {test}.")
        notes.append(message.format(**_words(comparison.trend, percent=percent)))
    if comparison.change is not None:
        message = _("Change from {first} to {last}: {figure} ({low} to {high}), {test}.")
        words = _words(comparison.change, percent=percent)
        notes.append(message.format(first=shown[0], last=shown[-1], **words))
    return notes


def _words(contrast: pd.Series, *, percent: bool) -> dict[str, str]:
    """A difference with its limits, of shares in percentage points, and its test."""
    factor = 100 if percent else 1
    value, low, high = (number(factor * contrast[name]) for name in ("value", "low", "high"))
    test = _("t = {t:.2f} on {df:,.0f} degrees of freedom, {p}").format(
        t=contrast["statistic"], df=contrast["df"], p=p_value(contrast["p_value"])
    )
    figure = _("{value} percentage points").format(value=value) if percent else value
    return {"figure": figure, "low": low, "high": high, "test": test}


def check_modes(frame: pd.DataFrame, *, across: bool) -> list[str]:
    """Refuse waves that were asked in different ways, unless that was asked for; then say so in a note.

    Parameters
    ----------
    frame : DataFrame
        The respondents that are asked about, with `year` and `mode`.
    across : bool
        Whether that was asked for.

    Returns
    -------
    list of str
        The note, if any.

    Raises
    ------
    Refused
        Naming the modes, and how to ask all the same.
    """
    known = frame[frame["mode"].ne("") & frame["year"].notna()]
    modes = {int(year): "/".join(sorted(of_year.unique())) for year, of_year in known.groupby("year")["mode"]}
    if len(set(modes.values())) < 2:
        return []
    listed = ", ".join(f"{year}: {mode}" for year, mode in modes.items())
    if across:
        return [
            _("Waves were asked in different ways ({modes}): a change may be that of the way.").format(modes=listed)
        ]
    message = _(
        "The waves were asked in different ways ({modes}), and answers differ with the way. Ask for years of one mode, "
        "or all the same with SurveyOptions(across_modes=True)."
    )
    raise Refused(message.format(modes=listed), dimension="year")
