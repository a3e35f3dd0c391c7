"""Rates of accidents and proportions, each with an interval that names its method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.extensions import ExtensionArray

from workbench.models.inputs import (
    aligned,
    check_variance,
    checked_level,
    checked_positive,
    checked_variance,
    measured,
    measured_array,
    some,
)
from workbench.models.intervals import (
    PROPORTION_METHODS,
    count_method,
    poisson_limits,
    proportion_limits,
    weighted_limits,
)
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number

DOBSON_METHODS = {
    "exact": mark("Dobson, exact limits of the effective count"),
    "byar": mark("Dobson, Byar's limits of the effective count (Breslow & Day)"),
    "rothman": mark("Dobson, Byar's limits of the effective count (Rothman)"),
    "mid-p": mark("Dobson, mid-P limits of the effective count"),
    "jeffreys": mark("Dobson, Jeffreys limits of the effective count"),
}
COLUMNS = ["value", "low", "high", "level", "method", "count", "exposure", "per"]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate that says what it is; str() gives "275.0 per 100,000 (95% CI 238.8–315.3, exact (Garwood))"."""

    value: float  # NaN when it cannot be known; `method` says why
    low: float
    high: float
    per: float  # 100_000 persons employed, 1_000_000 hours worked; 1 for a proportion
    level: float  # confidence level of low and high
    method: str
    count: float  # events, or the sum of their weights
    exposure: float  # persons or hours, not divided by `per`

    def __str__(self) -> str:
        if np.isnan(self.value):
            return _("missing ({why})").format(why=self.method)
        value = number(self.value) + ("" if self.per == 1 else _(" per {per:,.12g}").format(per=self.per))
        if np.isnan(self.low) and np.isnan(self.high):
            return _("{value} ({method})").format(value=value, method=self.method)
        return _("{value} ({level:g}% CI {low}–{high}, {method})").format(
            value=value, level=100 * self.level, low=number(self.low), high=number(self.high), method=self.method
        )


def incidence_rate(
    counts: pd.Series | float,
    exposure: pd.Series | float,
    *,
    per: float = 100_000,
    level: float = 0.95,
    variance: pd.Series | float | None = None,
    method: str = "exact",
    largest_weight: float | None = None,
) -> pd.DataFrame | Rate:
    """Events per `per` units of exposure, by group: 100,000 persons employed unless said otherwise.

    Exposure is taken as known without error. A group without exposure, or whose count is missing, has a missing rate,
    never 0 or infinite. Sums of weights carry `variance`, the sum of the squared weights: where it differs from the
    count the interval is Dobson's (1991), by `method` for the effective count, or with `largest_weight` Fay & Feuer's
    (1997); see `weighted_limits`.

    Parameters
    ----------
    counts, exposure, variance : Series with the same labels (any order), or single numbers
        Events; persons or hours; sum of squared weights
    per : unit of the rate, in persons or hours
    level : of the limits
    method : "exact", "byar", "rothman", "mid-p" or "jeffreys"; see `poisson_limits`
    largest_weight : the largest weight a record may have

    Returns
    -------
    DataFrame in the order of `counts`, columns value low high level method count exposure per; a Rate for numbers

    Raises
    ------
    ModelError
        Labels differ or repeat; negative or infinite numbers; a variance missing where the count is not, or
        impossible for that count; a `per` or largest weight that is not above 0.
    """
    if not isinstance(counts, pd.Series):
        return _rate_of_one_group(
            incidence_rate,
            {"counts": counts, "exposure": exposure, "variance": variance},
            per=per,
            level=level,
            method=method,
            largest_weight=largest_weight,
        )
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    if variance is not None:
        variance = aligned(measured(variance, _("the variance")), counts.index, _("the variance"), _("the counts"))
        variance = checked_variance(counts, variance).to_numpy()
    columns = rate_columns(
        counts.to_numpy(),
        exposure.to_numpy(),
        per=per,
        level=level,
        variance=variance,
        method=method,
        largest_weight=largest_weight,
    )
    return pd.DataFrame(columns, index=counts.index)


def rate_columns(
    counts: ArrayLike,
    exposure: ArrayLike,
    *,
    per: float = 100_000,
    level: float = 0.95,
    variance: ArrayLike | None = None,
    method: str = "exact",
    largest_weight: float | None = None,
) -> dict[str, np.ndarray | ExtensionArray]:
    """The columns of `incidence_rate` of bare numbers that are in one order already: labels cost most of its time.

    Parameters
    ----------
    counts, exposure, variance : numbers >= 0, one per group, in one order
    per, level, method, largest_weight : as for `incidence_rate`

    Returns
    -------
    dict of str to array
        value low high level method count exposure per, one number (of `method` one text) per group.

    Raises
    ------
    ModelError
        As `incidence_rate`; groups without labels are named by their number, from 0.
    """
    per = checked_positive(per, "per")
    events, persons = measured_array(counts, _("the counts")), measured_array(exposure, _("the exposure"))
    low, high = poisson_limits(events, level=level, method=method)
    how = np.full(len(events), count_method(method), dtype=object)
    if variance is not None:
        squares = measured_array(variance, _("the variance"))
        check_variance(events, squares, np.arange(len(events)))
        weighted = ~np.isclose(squares, events, rtol=1e-12, atol=0, equal_nan=True)
        if largest_weight is not None:
            checked_positive(largest_weight, "largest_weight")
            weighted |= events == 0  # where nothing is known of the weights, the largest one is
        sums = weighted_limits(events, squares, level=level, largest=largest_weight, method=method)
        low, high = np.where(weighted, sums[0], low), np.where(weighted, sums[1], high)
        how[weighted] = translated(DOBSON_METHODS[method]) if largest_weight is None else _("gamma (Fay & Feuer)")
    how[np.isnan(persons) | (persons == 0)] = _("no exposure")
    how[np.isnan(events)] = _("no count")
    unit = per / np.where(persons > 0, persons, np.nan)
    return {
        "value": events * unit,
        "low": low * unit,
        "high": high * unit,
        "level": np.full(len(events), level),
        "method": pd.array(how, dtype="str"),
        "count": events,
        "exposure": persons,
        "per": np.full(len(events), per),
    }


def proportion(
    counts: pd.Series | float, trials: pd.Series | float, *, level: float = 0.95, method: str = "wilson"
) -> pd.DataFrame | Rate:
    """Share of `trials` that are `counts`, between 0 and 1, by group.

    Parameters
    ----------
    counts, trials : Series with the same labels, or single numbers
    level : of the limits
    method : "wilson" (score), or "exact" (Clopper-Pearson) when coverage must be guaranteed

    Returns
    -------
    DataFrame or Rate, as from `incidence_rate`: `trials` stand under exposure, `per` is 1

    Raises
    ------
    ModelError
        As `incidence_rate`; more counts than trials.
    """
    if not isinstance(counts, pd.Series):
        return _rate_of_one_group(proportion, {"counts": counts, "trials": trials}, level=level, method=method)
    counts = measured(counts, _("the counts"))
    trials = aligned(measured(trials, _("the trials")), counts.index, _("the trials"), _("the counts"))
    if (counts > trials).any():
        raise ModelError(
            _("More counts than trials in {groups}: this is no proportion. Are the two exchanged?").format(
                groups=some(counts.index[counts > trials])
            )
        )
    known = trials.where(trials > 0)
    low, high = proportion_limits(counts, known, level=level, method=method)
    how = np.where(known.isna(), _("no trials"), translated(PROPORTION_METHODS[method]))
    how = np.where(counts.isna(), _("no count"), how)
    found = {"value": counts / known, "low": low, "high": high, "level": checked_level(level), "method": how}
    frame = pd.DataFrame({**found, "count": counts, "exposure": trials, "per": 1}, index=counts.index)
    return frame.astype({"method": "str"})


def _rate_of_one_group(function: Callable, parts: dict[str, float | None], **options) -> Rate:
    """`function` of single numbers, as a Rate; an optional part that is not given stays so."""
    series = {
        name: pd.Series([np.nan if value is None else value], index=[_("this group")])
        for name, value in parts.items()
        if not (value is None and name == "variance")
    }
    return Rate(**function(**series, **options).iloc[0][COLUMNS].to_dict())
