"""Two rates side by side: ratio and difference, each with an interval and a test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.models.intervals import poisson_limits, weighted_limits
from workbench.models.rates import digits
from workbench.terms.errors import ModelError
from workbench.terms.text import _

RATIO_METHODS = {"exact": "exact (conditional)", "mid-p": "mid-P (conditional)", "log-normal": "log-normal"}
COLUMNS = ["value", "low", "high", "level", "method", "p_value", "test", "per"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Ratio or difference of two rates; str() gives "ratio 1.32 (95% CI 1.02–1.71, ...; p = 0.031, ...)"."""

    measure: str  # "ratio" or "difference"
    value: float  # NaN when it cannot be known, `method` says why; infinite when only the reference has no events
    low: float
    high: float
    per: float  # unit of a difference; 1 for a ratio
    level: float
    method: str
    p_value: float  # two-sided, of equal rates
    test: str

    def __str__(self) -> str:
        if np.isnan(self.value):
            return _("{measure} missing ({why})").format(measure=_(self.measure), why=self.method)
        unit = "" if self.per == 1 else _(" per {per:,.12g}").format(per=self.per)
        p = _("p < 0.001") if self.p_value < 0.001 else _("p = {p:.3f}").format(p=self.p_value)
        return _("{measure} {value}{unit} ({level:g}% CI {low} to {high}, {method}; {p}, {test})").format(
            measure=_(self.measure), value=digits(self.value), unit=unit, level=100 * self.level, low=digits(self.low),
            high=digits(self.high), method=self.method, p=p, test=self.test,
        )  # fmt: skip


def rate_ratio(
    counts: pd.Series | float,
    exposure: pd.Series | float,
    reference_counts: pd.Series | float,
    reference_exposure: pd.Series | float,
    *,
    level: float = 0.95,
    method: str = "exact",
    variance: pd.Series | float | None = None,
    reference_variance: pd.Series | float | None = None,
) -> pd.DataFrame | Comparison:
    """Rate over reference rate; both groups independent, exposures known.

    Whole counts: given their sum, the first is binomial with p = ratio N1 / (ratio N1 + N2). "exact" inverts
    Clopper-Pearson limits of p (Przyborowski & Wilenski 1940, Biometrika 31:313) and tests with the exact binomial
    test (two-sided by smaller probabilities); "mid-p" counts the observed value half in both; "log-normal" is
    exp(log ratio -+ z sqrt(1/x1 + 1/x2)) with the exact test, and exact limits where a group has no events. Sums of
    weights (`variance` and `reference_variance`, sums of squared weights) take the log-normal limits and its z test.

    Parameters
    ----------
    counts, exposure, variance : Series with the same labels, or single numbers
    reference_counts, reference_exposure, reference_variance : Series with these labels, or one number for all

    Returns
    -------
    DataFrame in the order of `counts`, columns value low high level method p_value test per; a Comparison for numbers.
    Without events in the reference the ratio is infinite, without events in both it is missing.

    Raises
    ------
    ModelError
        Counts that are not whole without variances; labels that differ; negative or infinite numbers.
    """
    single = not isinstance(counts, pd.Series)
    (x1, n1, v1), (x2, n2, v2), index = _groups(
        (counts, exposure, variance), (reference_counts, reference_exposure, reference_variance)
    )
    tail = (1 - checked_level(level)) / 2
    chosen(method, RATIO_METHODS, "method")
    scale, some_events = n2 / n1, (x1 > 0) & (x2 > 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 events: infinite or undefined on purpose, named below
        value = x1 / x2 * scale
    error = np.sqrt(
        np.where(some_events, v1 / np.where(x1 > 0, x1, 1) ** 2 + v2 / np.where(x2 > 0, x2, 1) ** 2, np.nan)
    )
    reach = np.exp(special.ndtri(1 - tail) * error)
    low, high = value / reach, value * reach
    if variance is None:
        name = np.full(len(x1), _(RATIO_METHODS[method]), dtype=object)
        p_value, test = _equal_rates(x1, n1, x2, n2, "mid-p" if method == "mid-p" else "exact")
        if method != "log-normal" or not some_events.all():
            shares = _binomial_limits(x1, x2, tail, "mid-p" if method == "mid-p" else "exact")
            with np.errstate(divide="ignore"):
                exact = [share / (1 - share) * scale for share in shares]
            fallback = np.full(len(x1), True) if method != "log-normal" else ~some_events
            low, high = np.where(fallback, exact[0], low), np.where(fallback, exact[1], high)
            if method == "log-normal":
                name[fallback] = _("exact (conditional): log-normal needs events in both")
    else:
        name = np.full(len(x1), _("log-normal, weighted counts"), dtype=object)
        name[~some_events] = _("no events in a group: no ratio of weighted counts")
        value = np.where(some_events, value, np.nan)
        p_value, test = (
            2 * special.ndtr(-np.abs(np.log(np.where(some_events, value, 1))) / error),
            _("z test of the log ratio"),
        )
    name[(x1 == 0) & (x2 == 0)] = _("no events in either group")
    return _result(_("ratio"), index, single, value, low, high, level, name, p_value, test, 1, n1, n2, x1, x2)


def rate_difference(
    counts: pd.Series | float,
    exposure: pd.Series | float,
    reference_counts: pd.Series | float,
    reference_exposure: pd.Series | float,
    *,
    per: float = 100_000,
    level: float = 0.95,
    variance: pd.Series | float | None = None,
    reference_variance: pd.Series | float | None = None,
) -> pd.DataFrame | Comparison:
    """Rate less reference rate, per `per` units of exposure.

    Limits join those of the two rates (MOVER: Zou & Donner 2008, Stat. Med. 27:1693-1702), Jeffreys limits for whole
    counts and Dobson's for sums of weights, so that zero counts need no exception. The test of equal rates is the
    exact conditional one, for sums of weights the z test. Shapes and errors as in `rate_ratio`.
    """
    single = not isinstance(counts, pd.Series)
    (x1, n1, v1), (x2, n2, v2), index = _groups(
        (counts, exposure, variance), (reference_counts, reference_exposure, reference_variance)
    )
    value = x1 / n1 - x2 / n2
    if variance is None:
        one, two = (poisson_limits(x, level=level, method="jeffreys") for x in (x1, x2))
        name = np.full(len(x1), _("MOVER, Jeffreys limits"), dtype=object)
        p_value, test = _equal_rates(x1, n1, x2, n2, "exact")
    else:
        one, two = weighted_limits(x1, v1, level=level), weighted_limits(x2, v2, level=level)
        name = np.full(len(x1), _("MOVER, Dobson limits"), dtype=object)
        error = np.sqrt(v1 / n1**2 + v2 / n2**2)
        p_value = 2 * special.ndtr(-np.abs(value) / np.where(error > 0, error, np.inf))
        test = _("z test of the difference")
    low = value - np.hypot((x1 - one[0]) / n1, (two[1] - x2) / n2)
    high = value + np.hypot((one[1] - x1) / n1, (x2 - two[0]) / n2)
    value, low, high = value * per, low * per, high * per
    return _result(_("difference"), index, single, value, low, high, level, name, p_value, test, per, n1, n2, x1, x2)


def _groups(first: tuple, second: tuple) -> tuple:
    """Both groups as arrays (counts, exposure, variance) under one index; exposure 0 is missing."""
    if (first[2] is None) != (second[2] is None):
        raise ModelError(_("Only one of the two groups has a variance. Give both, or neither."))
    index = first[0].index if isinstance(first[0], pd.Series) else pd.Index([_("this group")])
    names = (_("the counts"), _("the exposure"), _("the variance"))
    found = []
    for group in (first, second):
        columns = []
        for values, name in zip(group, names, strict=True):
            if values is None and name == names[2]:
                columns.append(columns[0])  # Poisson: the variance is the count
                continue
            if not isinstance(values, pd.Series):
                values = pd.Series([np.nan if values is None else values] * len(index), index=index)
            columns.append(aligned(measured(values, name), index, name, names[0]).to_numpy())
        whole = columns[0][~np.isnan(columns[0])] % 1 == 0
        if group[2] is None and not whole.all():
            raise ModelError(
                _("Counts of {groups} are not whole: sums of weights need variance and reference_variance.").format(
                    groups=some(index[~np.isnan(columns[0])][~whole])
                )
            )
        columns[1] = np.where(columns[1] > 0, columns[1], np.nan)
        found.append(columns)
    return *found, index


def _equal_rates(x1, n1, x2, n2, method: str) -> tuple[np.ndarray, str]:
    """Two-sided p of equal rates given the sum of the counts, one pair at a time for the exact test."""
    share = n1 / (n1 + n2)
    if method == "mid-p":
        above = _upper_tail(x1, x2, share)
        return 2 * np.minimum(above, 1 - above), _("conditional mid-P test")
    p = [
        np.nan if np.isnan(a + b + q) else 1.0 if a + b == 0 else stats.binomtest(int(a), int(a + b), q).pvalue
        for a, b, q in zip(x1, x2, share, strict=True)
    ]
    return np.array(p, float), _("conditional exact test")


def _upper_tail(x1: np.ndarray, x2: np.ndarray, share: np.ndarray) -> np.ndarray:
    """P(X > x1) + P(X = x1) / 2 for X binomial of x1 + x2 trials."""
    at_least = np.where(x1 > 0, special.betainc(np.where(x1 > 0, x1, 1), x2 + 1, share), 1.0)
    more = np.where(x2 > 0, special.betainc(x1 + 1, np.where(x2 > 0, x2, 1), share), 0.0)
    return (at_least + more) / 2


def _binomial_limits(x1: np.ndarray, x2: np.ndarray, tail: float, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Limits of the share of x1 in x1 + x2: Clopper-Pearson, or mid-P by bisection; 0 and 1 at the ends."""
    if method == "exact":
        low = special.betaincinv(np.where(x1 > 0, x1, 1), x2 + 1, tail)
        high = special.betaincinv(x1 + 1, np.where(x2 > 0, x2, 1), 1 - tail)
    else:
        low, high = (_solve(x1, x2, target) for target in (tail, 1 - tail))
    return np.where(x1 > 0, low, 0.0), np.where(x2 > 0, high, 1.0)


def _solve(x1: np.ndarray, x2: np.ndarray, target: float) -> np.ndarray:
    low, high = np.zeros_like(x1), np.ones_like(x1)
    for _step in range(60):
        middle = (low + high) / 2
        too_low = _upper_tail(x1, x2, middle) < target
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return (low + high) / 2


def _result(measure, index, single, value, low, high, level, name, p_value, test, per, n1, n2, x1, x2):
    """The frame, or the Comparison of a single pair; pairs without exposure or count are missing and say so."""
    for where, why in ((np.isnan(n1 + n2), _("no exposure")), (np.isnan(x1 + x2), _("no count"))):
        name[where] = why
        low, high, p_value = (np.where(where, np.nan, part) for part in (low, high, p_value))
    frame = pd.DataFrame(
        {"value": value, "low": low, "high": high, "level": level, "method": name, "p_value": p_value, "test": test,
         "per": per}, index=index,
    ).astype({"method": "str", "test": "str"})  # fmt: skip
    if not single:
        return frame
    row = frame.iloc[0]
    facts = {column: row[column] if column in ("method", "test") else float(row[column]) for column in COLUMNS}
    return Comparison(measure=measure, **facts)
