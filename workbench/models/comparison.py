"""Two rates side by side: ratio and difference, each with an interval and a test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used: stats takes half a second
from scipy import special

from workbench.models.inputs import aligned, checked_level, checked_positive, checked_variance, chosen, measured, some
from workbench.models.intervals import Limits, bisected, poisson_limits, weighted_limits
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number
from workbench.terms.words import p_value as p_in_words

RATIO_METHODS = {
    "exact": mark("exact (conditional)"),
    "mid-p": mark("mid-P (conditional)"),
    "log-normal": mark("log-normal"),
}
LARGEST = 2.0**53  # beyond it not every whole number has a float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Ratio or difference of two rates; str() gives "ratio 1.32 (95% CI 1.02 to 1.71, ...; p = 0.031, ...)"."""

    measure: str  # "ratio" or "difference"
    value: float  # NaN when it cannot be known, `method` says why; infinite when only the reference has no events
    low: float
    high: float
    per: float  # unit of a difference; 1 for a ratio
    level: float
    method: str
    p_value: float  # two-sided, of equal rates
    test: str
    median_unbiased: float = np.nan  # of a ratio of whole counts: as often too high as too low

    def __str__(self) -> str:
        if np.isnan(self.value):
            return _("{measure} missing ({why})").format(measure=self.measure, why=self.method)
        facts = {
            "value": number(self.value) + ("" if self.per == 1 else _(" per {per:,.12g}").format(per=self.per)),
            "low": number(self.low),
            "high": number(self.high),
            "p": p_in_words(self.p_value),
        }
        return _("{measure} {value} ({level:g}% CI {low} to {high}, {method}; {p}, {test})").format(
            measure=self.measure, level=100 * self.level, method=self.method, test=self.test, **facts
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pairs:
    """Counts, exposures, variances of a group (1) and its reference (2), one element a pair; exposure 0 is missing."""

    index: pd.Index
    single: bool  # numbers came, not Series
    weighted: bool
    x1: np.ndarray
    n1: np.ndarray
    v1: np.ndarray
    x2: np.ndarray
    n2: np.ndarray
    v2: np.ndarray


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
    The median-unbiased ratio stands next to `value`: the one at which P(X < x1) + P(X = x1) / 2 is a half (Rothman,
    Greenland & Lash 2008, Modern Epidemiology, 3rd ed., ch. 14).

    Parameters
    ----------
    counts, exposure, variance : Series with the same labels, or single numbers
        Events; persons or hours; sums of squared weights
    reference_counts, reference_exposure, reference_variance : Series with these labels, or one number for all
    level : of the limits
    method : "exact", "mid-p" or "log-normal"

    Returns
    -------
    DataFrame in the order of `counts`, columns value low high level method p_value test per median_unbiased; a
    Comparison for numbers. Without events in the reference the ratio is infinite, without events in both it is missing.

    Raises
    ------
    ModelError
        Counts that are not whole without variances; labels that differ; negative or infinite numbers; a variance that
        no weights give; a level or method that does not exist.
    """
    checked_level(level)
    chosen(method, RATIO_METHODS, "method")
    pairs = _pairs((counts, exposure, variance), (reference_counts, reference_exposure, reference_variance))
    found = _weighted_ratio(pairs, level) if pairs.weighted else _ratio(pairs, level, method)
    found.loc[(pairs.x1 == 0) & (pairs.x2 == 0), "method"] = _("no events in either group")
    return _result(_("ratio"), pairs, found, level=level, per=1.0)


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
    exact conditional one, for sums of weights the z test.

    Parameters
    ----------
    counts, exposure, variance, reference_counts, reference_exposure, reference_variance : as in `rate_ratio`
    per : unit of the difference, such as 100,000 persons
    level : of the limits

    Returns
    -------
    DataFrame in the order of `counts`, columns value low high level method p_value test per; a Comparison for numbers

    Raises
    ------
    ModelError
        As `rate_ratio`; a `per` that is not above 0.
    """
    checked_level(level)
    per = checked_positive(per, "per")
    pairs = _pairs((counts, exposure, variance), (reference_counts, reference_exposure, reference_variance))
    x1, n1, x2, n2 = pairs.x1, pairs.n1, pairs.x2, pairs.n2
    value = x1 / n1 - x2 / n2
    if pairs.weighted:
        one, two = weighted_limits(x1, pairs.v1, level=level), weighted_limits(x2, pairs.v2, level=level)
        error = np.sqrt(pairs.v1 / n1**2 + pairs.v2 / n2**2)
        facts = {
            "method": _("MOVER, Dobson limits"),
            "p_value": 2 * special.ndtr(-np.abs(value) / np.where(error > 0, error, np.inf)),
            "test": _("z test of the difference"),
        }
    else:
        one, two = (poisson_limits(x, level=level, method="jeffreys") for x in (x1, x2))
        facts = {
            "method": _("MOVER, Jeffreys limits"),
            "p_value": _exact_p(pairs),
            "test": _("conditional exact test"),
        }
    low = value - np.hypot((x1 - one[0]) / n1, (two[1] - x2) / n2)
    high = value + np.hypot((one[1] - x1) / n1, (x2 - two[0]) / n2)
    found = pd.DataFrame({"value": value * per, "low": low * per, "high": high * per, **facts}, index=pairs.index)
    return _result(_("difference"), pairs, found, level=level, per=per)


def _pairs(first: tuple, second: tuple) -> _Pairs:
    """Both groups (counts, exposure, variance) as arrays under one index."""
    weighted = first[2] is not None
    if weighted != (second[2] is not None):
        raise ModelError(_("Only one of the two groups has a variance. Give both, or neither."))
    single = not isinstance(first[0], pd.Series)
    index = pd.Index([_("this group")]) if single else first[0].index

    def column(values: pd.Series | float | None, what: str) -> pd.Series:
        if not isinstance(values, pd.Series):
            values = pd.Series([np.nan if values is None else values] * len(index), index=index)
        return aligned(measured(values, what), index, what, _("the counts"))

    arrays = []
    for counts, exposure, variance in (first, second):
        counts, exposure = column(counts, _("the counts")), column(exposure, _("the exposure"))
        if weighted:
            variance = checked_variance(counts, column(variance, _("the variance")))
        elif (parts := (counts % 1 > 0) | (counts > LARGEST)).any():
            raise ModelError(
                _("Counts of {groups} are not whole: sums of weights need variance and reference_variance.").format(
                    groups=some(index[parts])
                )
            )
        # without weights the variance of a Poisson count is the count
        arrays += [
            counts.to_numpy(),
            exposure.where(exposure > 0).to_numpy(),
            (variance if weighted else counts).to_numpy(),
        ]
    return _Pairs(
        index=index,
        single=single,
        weighted=weighted,
        **dict(zip(("x1", "n1", "v1", "x2", "n2", "v2"), arrays, strict=True)),
    )


def _ratio(pairs: _Pairs, level: float, method: str) -> pd.DataFrame:
    """Ratio of whole counts with its limits and test by `method`."""
    x1, x2, scale, tail = pairs.x1, pairs.x2, pairs.n2 / pairs.n1, (1 - level) / 2
    mid_p = method == "mid-p"
    limits = _mid_p_shares(x1, x2, tail) if mid_p else _exact_shares(x1, x2, tail)
    middle = np.where(x1 == 0, 0.0, np.where(x2 == 0, 1.0, _mid_p_share(x1, x2, 0.5)))
    # 0 events in the reference: infinite on purpose; in both: undefined, and named as such by the caller
    with np.errstate(divide="ignore", invalid="ignore"):
        value = x1 / x2 * scale
        low, high = (share / (1 - share) * scale for share in limits)
        median_unbiased = np.where(x1 + x2 == 0, np.nan, middle / (1 - middle) * scale)
    names = np.full(len(x1), translated(RATIO_METHODS[method]), dtype=object)
    if method == "log-normal":
        both = (x1 > 0) & (x2 > 0)
        reach = np.exp(special.ndtri(1 - tail) * np.sqrt(1 / np.where(both, x1, 1) + 1 / np.where(both, x2, 1)))
        low, high = np.where(both, value / reach, low), np.where(both, value * reach, high)
        names[~both] = _("exact (conditional): log-normal needs events in both")
    return pd.DataFrame(
        {
            "value": value,
            "low": low,
            "high": high,
            "method": names,
            "p_value": _mid_p_value(pairs) if mid_p else _exact_p(pairs),
            "test": _("conditional mid-P test") if mid_p else _("conditional exact test"),
            "median_unbiased": median_unbiased,
        },
        index=pairs.index,
    )


def _weighted_ratio(pairs: _Pairs, level: float) -> pd.DataFrame:
    """Ratio of sums of weights, log-normal: there is none without events in both groups."""
    both = (pairs.x1 > 0) & (pairs.x2 > 0)
    x1, x2 = np.where(both, pairs.x1, np.nan), np.where(both, pairs.x2, np.nan)
    value = x1 / x2 * pairs.n2 / pairs.n1
    error = np.sqrt(pairs.v1 / x1**2 + pairs.v2 / x2**2)
    reach = np.exp(special.ndtri((1 + level) / 2) * error)
    method = np.where(
        both, _("log-normal, weighted counts"), _("no events in a group: no ratio of weighted counts")
    ).astype(object)
    return pd.DataFrame(
        {
            "value": value,
            "low": value / reach,
            "high": value * reach,
            "method": method,
            "p_value": 2 * special.ndtr(-np.abs(np.log(value)) / error),
            "test": _("z test of the log ratio"),
            "median_unbiased": np.nan,
        },
        index=pairs.index,
    )


def _exact_p(pairs: _Pairs) -> np.ndarray:
    """Two-sided p of equal rates given the sum of the counts, by smaller probabilities."""
    share = pairs.n1 / (pairs.n1 + pairs.n2)
    p_values = [
        np.nan if np.isnan(a + b + q) else 1.0 if a + b == 0 else scipy.stats.binomtest(int(a), int(a + b), q).pvalue
        for a, b, q in zip(pairs.x1, pairs.x2, share, strict=True)
    ]
    return np.array(p_values, float)


def _mid_p_value(pairs: _Pairs) -> np.ndarray:
    """Twice the smaller tail, in which the observed count counts half; both are sums, so small ones keep digits."""
    x1, x2, share = pairs.x1, pairs.x2, pairs.n1 / (pairs.n1 + pairs.n2)
    return 2 * np.minimum(_upper_tail(x1, x2, share), _upper_tail(x2, x1, 1 - share))


def _upper_tail(x1: np.ndarray, x2: np.ndarray, share: np.ndarray) -> np.ndarray:
    """P(X > x1) + P(X = x1) / 2 for X binomial of x1 + x2 trials."""
    at_least = np.where(x1 > 0, special.betainc(np.where(x1 > 0, x1, 1), x2 + 1, share), 1.0)
    more = np.where(x2 > 0, special.betainc(x1 + 1, np.where(x2 > 0, x2, 1), share), 0.0)
    return (at_least + more) / 2


def _exact_shares(x1: np.ndarray, x2: np.ndarray, tail: float) -> Limits:
    """Clopper-Pearson limits of the share of x1 in x1 + x2; 0 and 1 at the ends."""
    low = special.betaincinv(np.where(x1 > 0, x1, 1), x2 + 1, tail)
    high = special.betaincinv(x1 + 1, np.where(x2 > 0, x2, 1), 1 - tail)
    return np.where(x1 > 0, low, 0.0), np.where(x2 > 0, high, 1.0)


def _mid_p_shares(x1: np.ndarray, x2: np.ndarray, tail: float) -> Limits:
    """Mid-P limits of the share of x1 in x1 + x2; 0 and 1 at the ends."""
    low, high = (_mid_p_share(x1, x2, target) for target in (tail, 1 - tail))
    return np.where(x1 > 0, low, 0.0), np.where(x2 > 0, high, 1.0)


def _mid_p_share(x1: np.ndarray, x2: np.ndarray, target: float) -> np.ndarray:
    """The share at which P(X > x1) + P(X = x1) / 2 is `target`."""
    return bisected(lambda share: _upper_tail(x1, x2, share) < target, np.zeros_like(x1), np.ones_like(x1))


def _result(measure: str, pairs: _Pairs, found: pd.DataFrame, *, level: float, per: float) -> pd.DataFrame | Comparison:
    """The frame, or the Comparison of a single pair; pairs without exposure or count are missing and say so."""
    for where, why in (
        (np.isnan(pairs.n1 + pairs.n2), _("no exposure")),
        (np.isnan(pairs.x1 + pairs.x2), _("no count")),
    ):
        found.loc[where, "method"] = why
        found.loc[where, found.columns.intersection(["low", "high", "p_value", "median_unbiased"])] = np.nan
    found.insert(3, "level", level)
    found.insert(7, "per", per)
    found = found.astype({"method": "str", "test": "str"})
    return Comparison(measure=measure, **found.iloc[0].to_dict()) if pairs.single else found
