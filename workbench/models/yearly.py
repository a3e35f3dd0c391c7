"""Series by year as trends take them: whole years in time's order, every number known."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _


def counted(counts: pd.Series, exposure: pd.Series | None) -> pd.DataFrame:
    """Counts and exposure by year, in time's order, every number known.

    Parameters
    ----------
    counts : Series by year
        Numbers of events, or sums of weights with an exposure.
    exposure : Series by year, or None
        Persons or hours.

    Returns
    -------
    DataFrame
        By year: count, exposure (1 without one).

    Raises
    ------
    ModelError
        For missing numbers, years that only one of the two has, an exposure of 0, parts of events without exposure.
    """
    counts = by_year(counts, _("the counts"))
    if exposure is None:
        if (parts := counts % 1 != 0).any():
            raise ModelError(
                _(
                    "The counts of {years} are not whole. Give published rates as rates=, sums of weights with their "
                    "exposure."
                ).format(years=some(counts.index[parts]))
            )
        exposure = pd.Series(1.0, index=counts.index)
    exposure = aligned(by_year(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    if (exposure == 0).any():
        raise ModelError(
            _("The exposure of {years} is 0. Leave these years out on purpose, or give their exposure.").format(
                years=some(exposure.index[exposure == 0])
            )
        )
    return pd.DataFrame({"count": counts, "exposure": exposure})


def published(rates: pd.Series, standard_errors: pd.Series | None) -> pd.DataFrame:
    """Rates and their weights by year, in time's order, every rate above 0.

    Parameters
    ----------
    rates : Series by year
        In any unit.
    standard_errors : Series by year, or None
        In the same unit.

    Returns
    -------
    DataFrame
        By year: rate, weight ((rate / error)^2, or 1), weighted (bool).

    Raises
    ------
    ModelError
        For missing numbers, years that only one of the two has, a rate or an error of 0.
    """
    rates = by_year(rates, _("the rates"))
    weights = pd.Series(1.0, index=rates.index)
    if standard_errors is not None:
        errors = aligned(
            by_year(standard_errors, _("the standard errors")), rates.index, _("the standard errors"), _("the rates")
        )
    for values, what in ((rates, _("rate")), *([(errors, _("standard error"))] if standard_errors is not None else [])):
        if (values == 0).any():
            raise ModelError(
                _(
                    "A {what} of 0 in {years} has no logarithm or weight. Give counts and exposure, which may be zero."
                ).format(what=what, years=some(values.index[values == 0]))
            )
    if standard_errors is not None:
        weights = (rates / errors) ** 2
    return pd.DataFrame({"rate": rates, "weight": weights, "weighted": standard_errors is not None})


def by_year(values: pd.Series, what: str) -> pd.Series:
    """`values` checked, complete, indexed by int years and in time's order; ModelError where they cannot be.

    Parameters
    ----------
    values : Series by year
        In any order.
    what : str
        What an error calls them, such as "the counts".

    Returns
    -------
    Series
        By year (int).

    Raises
    ------
    ModelError
        For missing or negative values, none at all, or labels that are no years.
    """
    values = measured(values, what, missing=False)
    if values.empty:
        raise ModelError(_("There is no year in {what}. Has the selection left nothing?").format(what=what))
    return values.set_axis(whole_years(values.index, what)).sort_index()


def cuts_within(breaks: Iterable[int], years: pd.Index) -> list[int]:
    """The breaks that cut a series, in order: years after its first, up to its last; ModelError for what is no year.

    Parameters
    ----------
    breaks : iterable of int
        Years from which the source counts differently.
    years : Index of int
        Of the series, ascending.

    Returns
    -------
    list of int
    """
    return [cut for cut in sorted(set(whole_years(breaks, _("the breaks")))) if years[0] < cut <= years[-1]]


def check_one_given(counts: pd.Series | None, rates: pd.Series | None) -> None:
    """ModelError unless there are either counts or published rates."""
    if (counts is None) == (rates is None):
        raise ModelError(_("Give either counts (with their exposure) or published rates, and not both."))


def whole_years(values: Iterable, what: str) -> list[int]:
    """Years as whole numbers between -9999 and 9999; ModelError for anything else, such as a date or 2018.75.

    Parameters
    ----------
    values : iterable
        Numbers, or texts of numbers.
    what : str
        What an error calls them.

    Returns
    -------
    list of int
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        values = [values]
    values = list(values)
    try:
        years = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").astype(float)
    except (TypeError, ValueError):
        years = pd.Series([np.nan])
    if not ((years % 1 == 0) & (years.abs() < 10_000)).all():
        raise ModelError(
            _("Years must be whole numbers such as 2019, in {what} there are {found}.").format(
                what=what, found=some(values)
            )
        )
    return [int(year) for year in years]
