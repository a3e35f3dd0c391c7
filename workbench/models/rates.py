"""Rates of accidents and proportions, each with an interval that names its method."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, checked_level, measured, some
from workbench.models.intervals import (
    PROPORTION_METHODS,
    count_method,
    poisson_limits,
    proportion_limits,
    weighted_limits,
)
from workbench.terms.errors import ModelError
from workbench.terms.text import _

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
        value = digits(self.value) + ("" if self.per == 1 else _(" per {per:,.12g}").format(per=self.per))
        if np.isnan(self.low) and np.isnan(self.high):
            return _("{value} ({method})").format(value=value, method=self.method)
        return _("{value} ({level:g}% CI {low}–{high}, {method})").format(
            value=value, level=100 * self.level, low=digits(self.low), high=digits(self.high), method=self.method
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
    count the interval is Dobson's (1991), or with `largest_weight` Fay & Feuer's (1997); see `weighted_limits`.

    Parameters
    ----------
    counts, exposure, variance : Series with the same labels (any order), or single numbers
        Events; persons or hours; sum of squared weights
    method : "exact", "byar", "rothman", "mid-p" or "jeffreys"; see `poisson_limits`
    largest_weight : the largest weight a record may have

    Returns
    -------
    DataFrame in the order of `counts`, columns value low high level method count exposure per; a Rate for numbers

    Raises
    ------
    ModelError
        Labels differ or repeat; negative or infinite numbers; a variance missing where the count is not, or
        impossible beside it.
    """
    if not isinstance(counts, pd.Series):
        return _single(incidence_rate, counts, exposure, variance, per=per, level=level, method=method,
                       largest_weight=largest_weight)  # fmt: skip
    checked_level(level)
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    low, high = poisson_limits(counts, level=level, method=method)
    how = np.full(len(counts), count_method(method), dtype=object)
    if variance is not None:
        variance = aligned(measured(variance, _("the variance")), counts.index, _("the variance"), _("the counts"))
        weighted = _weighted(counts, variance)
        name = _("Dobson, exact limits of the effective count") if largest_weight is None else _("gamma (Fay & Feuer)")
        if largest_weight is not None:
            if not 0 < largest_weight < np.inf:
                raise ModelError(
                    _("largest_weight={w} is not a weight. Give a number above 0.").format(w=largest_weight)
                )
            weighted |= counts.to_numpy() == 0  # here the largest weight is what is known
        if weighted.any():
            sums = weighted_limits(counts, variance, level=level, largest=largest_weight)
            low, high = np.where(weighted, sums[0], low), np.where(weighted, sums[1], high)
        how[weighted] = name
    events, persons = counts.to_numpy(), exposure.to_numpy()
    how[np.isnan(persons) | (persons == 0)] = _("no exposure")
    how[np.isnan(events)] = _("no count")
    unit = per / np.where(persons > 0, persons, np.nan)
    return pd.DataFrame(
        {"value": events * unit, "low": low * unit, "high": high * unit, "level": level, "method": pd.array(how, dtype="str"),
         "count": events, "exposure": persons, "per": per},
        index=counts.index,
    )  # fmt: skip


def frequency_rate(counts, hours, *, per: float = 1_000_000, **options) -> pd.DataFrame | Rate:
    """Events per million hours worked; as `incidence_rate`, whose options it takes, with hours as exposure."""
    return incidence_rate(counts, hours, per=per, **options)


def severity_rate(
    days_lost: pd.Series | float,
    hours: pd.Series | float,
    *,
    per: float = 1_000,
    level: float = 0.95,
    squared_days: pd.Series | float | None = None,
) -> pd.DataFrame | Rate:
    """Days lost per 1,000 hours worked.

    Days lost are no Poisson count: one accident brings many at once. With `squared_days`, the sum over accidents of
    the squared days, the interval is Dobson's for a sum of weights (accidents Poisson, days their weights); without
    it there is none, and `method` says so. Shapes and errors as in `incidence_rate`.
    """
    if not isinstance(days_lost, pd.Series):
        return _single(severity_rate, days_lost, hours, squared_days, per=per, level=level, variance_as="squared_days")
    frame = incidence_rate(days_lost, hours, per=per, level=level, variance=squared_days)
    if squared_days is None:
        known = frame["value"].notna()
        frame.loc[known, "method"] = _("no interval: needs the sum of squared days")
        return frame.assign(low=np.nan, high=np.nan)
    return frame


def pooled_rate(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    over: str = "year",
    per: float = 100_000,
    level: float = 0.95,
    variance: pd.Series | None = None,
) -> pd.DataFrame | Rate:
    """One rate over several years, by group: events of all years over exposure of all years (person-years).

    A group with a missing count or exposure in any of its years is missing as a whole. A year that one group has and
    another lacks is refused: their rates would be of different periods.

    Parameters
    ----------
    counts, exposure, variance : Series with the same labels, one index level named `over`
    per, level : as in `incidence_rate`

    Returns
    -------
    DataFrame by the other index levels, as from `incidence_rate`; a Rate when `over` is the only level

    Raises
    ------
    ModelError
        No level `over`, years that differ between groups, and all that `incidence_rate` refuses.
    """
    counts = measured(counts, _("the counts"))
    if over not in counts.index.names:
        raise ModelError(
            _("There is no index level {over!r} to pool over; there are: {names}.").format(
                over=over, names=some(counts.index.names)
            )
        )
    parts = {_("the exposure"): exposure} | ({} if variance is None else {_("the variance"): variance})
    columns = [
        counts,
        *(aligned(measured(part, name), counts.index, name, _("the counts")) for name, part in parts.items()),
    ]
    groups = [name for name in counts.index.names if name != over]
    if not groups:
        sums = [float(column.sum(skipna=False)) for column in columns]
        return incidence_rate(
            sums[0], sums[1], per=per, level=level, variance=sums[2] if variance is not None else None
        )
    years = counts.groupby(groups).size()
    if (short := years < counts.index.unique(over).size).any():
        raise ModelError(
            _("{groups} lack some of the {n} values of {over}: pooled, their rates would be of another period. "
              "Take the years that all groups have, or leave these groups out.")
            .format(groups=some(years.index[short]), n=counts.index.unique(over).size, over=over)
        )  # fmt: skip
    sums = [column.groupby(groups).agg(lambda part: part.sum(skipna=False)) for column in columns]
    return incidence_rate(sums[0], sums[1], per=per, level=level, variance=sums[2] if variance is not None else None)


def proportion(
    counts: pd.Series | float, trials: pd.Series | float, *, level: float = 0.95, method: str = "wilson"
) -> pd.DataFrame | Rate:
    """Share of `trials` that are `counts`, between 0 and 1, by group; `trials` stand under exposure, `per` is 1.

    method "wilson" (score), or "exact" (Clopper-Pearson) when coverage must be guaranteed. Shapes as in
    `incidence_rate`; ModelError also when a group has more counts than trials.
    """
    if not isinstance(counts, pd.Series):
        return _single(proportion, counts, trials, None, level=level, method=method)
    counts = measured(counts, _("the counts"))
    trials = aligned(measured(trials, _("the trials")), counts.index, _("the trials"), _("the counts"))
    if (counts > trials).any():
        raise ModelError(
            _("More counts than trials in {groups}: this is no proportion. Are the two exchanged?").format(
                groups=some(counts.index[counts > trials])
            )
        )
    trials_known = trials.where(trials > 0)
    low, high = proportion_limits(counts, trials_known, level=level, method=method)
    how = np.where(
        counts.isna(), _("no count"), np.where(trials_known.isna(), _("no trials"), _(PROPORTION_METHODS[method]))
    )
    return pd.DataFrame(
        {"value": counts / trials_known, "low": low, "high": high, "level": level, "method": how, "count": counts,
         "exposure": trials, "per": 1},
        index=counts.index,
    ).astype({"method": "str"})  # fmt: skip


def digits(value: float) -> str:
    """A number as people read it: one decimal, more below 10 so that three digits tell; thousands set off."""
    if np.isnan(value):
        return _("unknown")
    if np.isinf(value):
        return _("infinity")
    places = 1 if abs(value) >= 10 or value == 0 else int(2 - np.floor(np.log10(abs(value))))
    return f"{value:,.{places}f}"


def _weighted(counts: pd.Series, variance: pd.Series) -> np.ndarray:
    """Where the variance says that the count is a sum of weights; refuses variances that no weights give."""
    faults = {
        _("is missing"): variance.isna() & counts.notna(),
        _("is 0 although there are events"): (variance == 0) & (counts > 0),
        _("is above 0 although there are no events"): (variance > 0) & (counts == 0),
    }
    for fault, where in faults.items():
        if where.any():
            raise ModelError(
                _("The variance of {groups} {fault}. It is the sum of the squared weights of the same events.").format(
                    groups=some(counts.index[where]), fault=fault
                )
            )
    return ~np.isclose(variance, counts, rtol=1e-12, atol=0, equal_nan=True)


def _single(function, count, exposure, variance, *, variance_as: str = "variance", **options) -> Rate:
    """`function` on one group, as a Rate."""
    parts = [
        pd.Series([np.nan if value is None else value], index=[_("this group")])
        for value in (count, exposure, variance)
    ]
    if variance is not None:
        options[variance_as] = parts[2]
    row = function(parts[0], parts[1], **options).iloc[0]
    return Rate(**row[COLUMNS].to_dict())
