"""Rank tests of a rise or fall: Mann-Kendall, with ties, seasons and autocorrelation, and the Theil-Sen slope."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import special

from workbench.models.inputs import checked_level, chosen, measured
from workbench.models.yearly import whole_years
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import p_value as p_in_words

LEAST = 4  # of three values even a perfect order has p = 0.3
PERIODS = {"M": 12, "Q": 4, "Y": 1, "A": 1}  # pandas' first letters of months, quarters and years


@dataclass(frozen=True, kw_only=True)
class MonotoneTrend:
    """Mann-Kendall's test and Theil-Sen's slope of one series."""

    s: float  # rises less falls over all pairs
    variance: float
    z: float
    p_value: float  # two-sided, normal approximation with continuity correction
    tau: float  # s over the number of pairs
    tau_b: float  # with ties taken from the pairs; NaN when all values are equal
    slope: float  # median of the slopes of all pairs, per year
    low: float  # infinite where so few or equal values give no limit
    high: float
    intercept: float  # of the line intercept + slope * year through the median value at the median time
    level: float
    n: int
    correction: str  # what was done about autocorrelation
    method: str

    def __str__(self) -> str:
        p = p_in_words(self.p_value)
        if np.isinf(self.low) or np.isinf(self.high):
            return _("{slope:.4g} a year (no {level:g}% limits from these values), {p}, {method}, {n} values").format(
                slope=self.slope, level=100 * self.level, p=p, method=self.method, n=self.n
            )
        return _("{slope:.4g} a year ({level:g}% CI {low:.4g} to {high:.4g}), {p}, {method}, {n} values").format(
            slope=self.slope, level=100 * self.level, low=self.low, high=self.high, p=p, method=self.method, n=self.n
        )


def mann_kendall(
    values: pd.Series, *, seasonal: bool = False, correction: str = "none", level: float = 0.95
) -> MonotoneTrend:
    """Is there a rise or a fall, of whatever shape, and how steep is it?

    S = sum of sign(x_j - x_i) over i < j, variance with ties, z with continuity correction (Mann 1945, Kendall 1975).
    Slope: median over all pairs, limits by ranks (Sen 1968, J. Am. Stat. Assoc. 63:1379-1389); a limit whose rank lies
    beyond all slopes is infinite, and so are both when all values are equal. Intercept: median of the values less
    slope times the median of the times (Conover 1980, Practical Nonparametric Statistics, 2nd ed.). `seasonal` adds S
    and its variance over the seasons, comparing only the same months or quarters (Hirsch, Slack & Smith 1982).
    `correction="hamed-rao"` widens the variance by the significant autocorrelations of the detrended ranks (Hamed & Rao
    1998, J. Hydrol. 204:182-196); the slope's limits take it over. Lags are counted in years, quarters or months, so a
    gap in the series is a gap in its lags.

    Parameters
    ----------
    values : Series by whole years, or by a yearly, quarterly or monthly PeriodIndex; missing periods stay gaps
    seasonal : needs a PeriodIndex of months or quarters
    correction : "none" or "hamed-rao"
    level : of the slope's limits

    Returns
    -------
    MonotoneTrend, slope and limits in the unit of `values` per year

    Raises
    ------
    ModelError
        Fewer than 4 values, repeated times, infinite values, seasons asked of years, a correction of a seasonal test,
        periods other than months, quarters and years.
    """
    checked_level(level)
    chosen(correction, ("none", "hamed-rao"), "correction")
    if seasonal and correction != "none":
        raise ModelError(_("The correction of Hamed & Rao is for one value a year: aggregate to years, or drop it."))
    values = measured(values, _("the values"), negative=True).dropna()
    if len(values) < LEAST:
        raise ModelError(
            _("{n} values are too few for a test of trend, which needs {least}.").format(n=len(values), least=LEAST)
        )
    positions, per_year = _positions(values.index, seasonal)
    order = np.argsort(positions)
    positions, x = positions[order], values.to_numpy()[order]
    seasons = positions % per_year if seasonal else np.zeros(len(x))

    # S, its variance and the slopes, within each season
    s, variance, ties, slopes = 0.0, 0.0, 0.0, []
    for season in np.unique(seasons):
        y, t = x[seasons == season], positions[seasons == season] / per_year
        first, second = np.triu_indices(len(y), 1)
        rise, run = y[second] - y[first], t[second] - t[first]
        s += np.sign(rise).sum()
        variance += _variance(y)
        ties += _tied_pairs(y)
        slopes.append(rise / run)
    slopes = np.sort(np.concatenate(slopes))
    pairs = len(slopes)
    if not pairs:
        raise ModelError(_("No season has two values: nothing can be compared. Take more years, or drop the seasons."))
    slope, applied = float(np.median(slopes)), _("none")
    if correction == "hamed-rao":
        variance *= _autocorrelation_factor(x - slope * positions / per_year, positions)
        applied = _("Hamed & Rao")

    z = (s - np.sign(s)) / np.sqrt(variance) if variance > 0 else 0.0
    low, high = _slope_limits(slopes, variance, level)
    return MonotoneTrend(
        s=float(s),
        variance=float(variance),
        z=float(z),
        p_value=float(2 * special.ndtr(-abs(z))),
        tau=float(s / pairs),
        tau_b=float(s / np.sqrt(pairs * (pairs - ties))) if ties < pairs else np.nan,
        slope=slope,
        low=low,
        high=high,
        intercept=float(np.median(x) - slope * np.median(positions / per_year)),
        level=level,
        n=len(x),
        correction=applied,
        method=_("seasonal Mann-Kendall and Theil-Sen") if seasonal else _("Mann-Kendall and Theil-Sen"),
    )


def _positions(index: pd.Index, seasonal: bool) -> tuple[np.ndarray, int]:
    """Whole numbers of the periods, one apart where they follow each other, and how many make a year."""
    if not isinstance(index, pd.PeriodIndex):
        if seasonal:
            raise ModelError(_("A seasonal test needs months or quarters: give the values a PeriodIndex."))
        return np.array(whole_years(index, _("the values"))), 1
    kind = index.freqstr[0]
    if kind not in PERIODS or (seasonal and PERIODS[kind] == 1):
        raise ModelError(
            _("Periods of {freq} are not compared here: give years, quarters or months.").format(freq=index.freqstr)
        )
    per_year = PERIODS[kind]
    within = {12: index.month - 1, 4: index.quarter - 1, 1: 0}[per_year]
    return (index.year * per_year + within).to_numpy(), per_year


def _slope_limits(slopes: np.ndarray, variance: float, level: float) -> tuple[float, float]:
    """Limits by ranks among the sorted slopes; infinite where the ranks reach beyond them, or all values are equal."""
    pairs = len(slopes)
    if not slopes.any():
        return -np.inf, np.inf
    reach = special.ndtri((1 + level) / 2) * np.sqrt(variance)
    low, high = (int(rank) for rank in np.round([(pairs - reach) / 2, (pairs + reach) / 2 + 1]))
    return (
        float(slopes[low - 1]) if low >= 1 else -np.inf,
        float(slopes[high - 1]) if high <= pairs else np.inf,
    )


def _variance(y: np.ndarray) -> float:
    n, counts = len(y), np.unique(y, return_counts=True)[1]
    return (n * (n - 1) * (2 * n + 5) - np.sum(counts * (counts - 1) * (2 * counts + 5))) / 18


def _tied_pairs(y: np.ndarray) -> float:
    counts = np.unique(y, return_counts=True)[1]
    return float(np.sum(counts * (counts - 1) / 2))


def _autocorrelation_factor(detrended: np.ndarray, positions: np.ndarray) -> float:
    """Variance inflation n / n* from the autocorrelations of the ranks that leave the 95% band of white noise.

    The autocorrelation at a lag is the sum over the pairs that lie so far apart in time, over the sum of squares; n in
    the weights of the lags is the length of the series with its gaps.
    """
    ranks = scipy.stats.rankdata(detrended)
    centred = ranks - ranks.mean()
    total = centred @ centred
    if total == 0:
        return 1.0
    first, second = np.triu_indices(len(centred), 1)
    lags, which = np.unique(positions[second] - positions[first], return_inverse=True)
    correlations = np.bincount(which, centred[first] * centred[second]) / total
    kept = np.where(np.abs(correlations) > special.ndtri(0.975) / np.sqrt(len(centred)), correlations, 0.0)
    n = int(positions[-1] - positions[0]) + 1
    factor = 1 + 2 / (n * (n - 1) * (n - 2)) * np.sum((n - lags) * (n - lags - 1) * (n - lags - 2) * kept)
    return float(max(factor, 1e-6))  # strong alternation can carry the approximation below 0
