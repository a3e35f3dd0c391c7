"""Indirect standardisation: events observed in a group over those expected at the rates of a reference."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.funnel_limits import poisson_tails
from workbench.models.inputs import aligned, checked_level, checked_positive, chosen, measured, some
from workbench.models.intervals import COUNT_METHODS, Limits, poisson_limits
from workbench.models.strata import by_group
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number

INDIRECT_METHODS = {
    **COUNT_METHODS,
    "log-normal": mark("log-normal"),
    "vandenbroucke": mark("square root (Vandenbroucke)"),
}


@dataclass(frozen=True, kw_only=True)
class IncidenceRatio:
    """Observed over expected events; above 1 means more than the reference rates lead to expect. Not times 100."""

    value: float
    low: float
    high: float
    level: float
    method: str
    observed: float
    expected: float
    rate: float  # value times the reference's crude rate, per `per`
    per: float
    p_value: float  # two-sided, of as many events as are expected
    test: str

    def __str__(self) -> str:
        if np.isnan(self.value):
            return _("missing ({why})").format(why=self.method)
        interval = _("{level:g}% CI {low}–{high}, {method}").format(
            level=100 * self.level, low=number(self.low), high=number(self.high), method=self.method
        )
        return _("{value} times expected ({interval}; {observed:g} against {expected:.1f})").format(
            value=number(self.value), interval=interval, observed=self.observed, expected=self.expected
        )


def incidence_ratio(
    counts: pd.Series,
    exposure: pd.Series,
    reference_counts: pd.Series,
    reference_exposure: pd.Series,
    *,
    level: float = 0.95,
    method: str = "exact",
    per: float = 100_000,
) -> IncidenceRatio | pd.DataFrame:
    """Indirect standardisation: observed events over those expected at the reference's rates.

    Limits are those of the observed count over the expected, which is taken as known: any method of `poisson_limits`,
    "log-normal" O / E exp(-+ z / sqrt(O)), or "vandenbroucke" (sqrt(O) -+ z / 2)^2 / E (Vandenbroucke 1982, Am. J.
    Epidemiol. 115:301-303); the last two need events and take exact limits without. The test of O against E is the
    exact Poisson one, twice the smaller tail (with "mid-p" the observed count counts half), so that exact limits hold 1
    exactly when p > 1 - level. Ratios of two groups have different structures behind them: do not divide one by the
    other.

    Parameters
    ----------
    counts, exposure : Series, one row per stratum; with more index levels than the reference, one ratio per group
        Events; persons or hours
    reference_counts, reference_exposure : Series by stratum
    level : of the limits
    method : "exact", "byar", "rothman", "mid-p", "jeffreys", "log-normal" or "vandenbroucke"
    per : unit of `rate`

    Returns
    -------
    IncidenceRatio, or DataFrame by group with its fields as columns. Missing when a count or exposure of the group is
    missing, events stand in a stratum without exposure, or nothing is expected; `method` says which

    Raises
    ------
    ModelError
        Strata that the reference lacks or has without exposure; labels that differ or repeat; negative numbers; options
        that do not exist.
    """
    checked_level(level)
    per = checked_positive(per, "per")
    chosen(method, INDIRECT_METHODS, "method")
    x, n, reference = _cells(counts, exposure, reference_counts, reference_exposure)
    crude = reference["count"].sum() / reference["exposure"].sum()
    observed, expected = x.to_numpy().sum(axis=1), (n * reference["rate"]).to_numpy().sum(axis=1)
    low, high = observed_limits(observed, level, method)
    names = observed_methods(observed, method)
    how = np.array([_("indirect, {method}").format(method=name) for name in names], dtype=object)
    for where, why in (
        (expected == 0, _("nothing is expected")),
        (((x > 0) & (n == 0)).any(axis=1), _("events in a stratum without exposure")),
        (n.isna().any(axis=1), _("no exposure in a stratum")),
        (x.isna().any(axis=1), _("no count in a stratum")),
    ):
        how[where], expected = why, np.where(where, np.nan, expected)
    value = observed / expected
    p_value, test = _against_expected(observed, expected, mid_p=method == "mid-p")
    frame = pd.DataFrame(
        {
            "value": value,
            "low": low / expected,
            "high": high / expected,
            "level": level,
            "method": how,
            "observed": observed,
            "expected": expected,
            "rate": value * crude * per,
            "per": per,
            "p_value": p_value,
            "test": test,
        },
        index=x.index,
    ).astype({"method": "str", "test": "str"})
    return IncidenceRatio(**frame.iloc[0].to_dict()) if counts.index.nlevels == reference.index.nlevels else frame


def _cells(
    counts: pd.Series, exposure: pd.Series, reference_counts: pd.Series, reference_exposure: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Counts and exposure, a row a group and a column a stratum; the reference by stratum: count, exposure, rate."""
    events = measured(reference_counts, _("the reference counts"), missing=False)
    people = measured(reference_exposure, _("the reference exposure"), missing=False)
    people = aligned(people, events.index, _("the reference exposure"), _("the reference counts"))
    if people.sum() == 0:
        raise ModelError(_("The reference has no people at all: nothing can be expected. Take another reference."))
    counts = measured(counts, _("the counts"))
    exposure = aligned(measured(exposure, _("the exposure")), counts.index, _("the exposure"), _("the counts"))
    x, n = by_group(counts, events.index), by_group(exposure, events.index)
    if (empty := (people == 0).to_numpy() & (n > 0).any(axis=0).to_numpy()).any():
        raise ModelError(
            _(
                "The reference has no exposure in {strata}: nothing can be expected there. Take another reference."
            ).format(strata=some(events.index[empty]))
        )
    rates = (events / people.where(people > 0)).fillna(0)  # without exposure on both sides: adds 0
    return x, n, pd.DataFrame({"count": events, "exposure": people, "rate": rates})


def observed_limits(observed: np.ndarray, level: float, method: str) -> Limits:
    """Limits of observed counts; over the expected numbers they are those of the ratios.

    Parameters
    ----------
    observed : array (n,)
        Numbers of events.
    level : float
        Such as 0.95.
    method : str
        As in `incidence_ratio`; those that need events take the exact limits without.

    Returns
    -------
    low, high : arrays (n,)

    Raises
    ------
    ModelError
        For a method that does not exist.
    """
    chosen(method, INDIRECT_METHODS, "method")
    if method in COUNT_METHODS:
        return poisson_limits(observed, level=level, method=method)
    z = special.ndtri((1 + level) / 2)
    low, high = poisson_limits(observed, level=level)
    events = np.where(observed > 0, observed, 1)
    if method == "log-normal":
        other = events * np.exp(-z / np.sqrt(events)), events * np.exp(z / np.sqrt(events))
    else:
        other = np.maximum(np.sqrt(events) - z / 2, 0) ** 2, (np.sqrt(events) + z / 2) ** 2
    return np.where(observed > 0, other[0], low), np.where(observed > 0, other[1], high)


def observed_methods(observed: np.ndarray, method: str) -> np.ndarray:
    """The name of the method of each count's limits, (n,); of exact ones where a method needs events and has none.

    Parameters
    ----------
    observed : array (n,)
        Numbers of events.
    method : str
        As in `incidence_ratio`.

    Returns
    -------
    array (n,) of str
    """
    names = np.full(len(observed), translated(INDIRECT_METHODS[method]), dtype=object)
    if method not in COUNT_METHODS:
        names[observed == 0] = _("exact (Garwood): there are no events")
    return names


def _against_expected(observed: np.ndarray, expected: np.ndarray, *, mid_p: bool) -> tuple[np.ndarray, str]:
    """Two-sided p of observed counts where `expected` is the truth, and the name of the test."""
    below, above = poisson_tails(observed, expected)
    if not mid_p:
        return np.minimum(2 * np.minimum(below, above), 1), _("exact Poisson test")
    fewer = np.where(observed > 0, poisson_tails(observed - 1, expected)[0], 0.0)
    more = poisson_tails(observed + 1, expected)[1]
    return np.minimum((below + fewer), (above + more)).clip(max=1), _("mid-P Poisson test")
