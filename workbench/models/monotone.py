"""Rank tests of a rise or fall: Mann-Kendall, with ties, seasons and autocorrelation, and the Theil-Sen slope."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import special

from workbench.models.inputs import checked_level, chosen, measured
from workbench.models.trend import whole_years
from workbench.terms.errors import ModelError
from workbench.terms.text import _

LEAST = 4  # of three values even a perfect order has p = 0.3


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
    low: float
    high: float
    level: float
    n: int
    correction: str  # what was done about autocorrelation
    method: str

    def __str__(self) -> str:
        p = _("p < 0.001") if self.p_value < 0.001 else _("p = {p:.3f}").format(p=self.p_value)
        return _("{slope:.4g} a year ({level:g}% CI {low:.4g} to {high:.4g}), {p}, {method}, {n} values").format(
            slope=self.slope, level=100 * self.level, low=self.low, high=self.high, p=p, method=self.method, n=self.n
        )


def mann_kendall(
    values: pd.Series, *, seasonal: bool = False, correction: str = "none", level: float = 0.95
) -> MonotoneTrend:
    """Is there a rise or a fall, of whatever shape, and how steep is it?

    S = sum of sign(x_j - x_i) over i < j, variance with ties, z with continuity correction (Mann 1945, Kendall 1975).
    Slope: median over all pairs, limits by ranks (Sen 1968, J. Am. Stat. Assoc. 63:1379-1389). `seasonal` adds S and
    its variance over the seasons, comparing only the same months or quarters (Hirsch, Slack & Smith 1982).
    `correction="hamed-rao"` widens the variance by the significant autocorrelations of the detrended ranks (Hamed & Rao
    1998, J. Hydrol. 204:182-196); the slope's limits take it over.

    Parameters
    ----------
    values : Series by whole years, or by a monthly or quarterly PeriodIndex; missing periods stay gaps
    seasonal : needs a PeriodIndex

    Raises
    ------
    ModelError
        Fewer than 4 values, repeated times, infinite values, seasons asked of years, a correction of a seasonal test.
    """
    checked_level(level)
    chosen(correction, ("none", "hamed-rao"), "correction")
    values = measured(values, _("the values"), negative=True).dropna()
    if len(values) < LEAST:
        raise ModelError(
            _("{n} values are too few for a test of trend, which needs {least}.").format(n=len(values), least=LEAST)
        )
    times, seasons = _times(values.index, seasonal)
    order = np.argsort(times + seasons / 100, kind="stable")  # same year: by season
    times, seasons, x = times[order], seasons[order], values.to_numpy()[order]
    groups = [seasons == season for season in np.unique(seasons)] if seasonal else [np.ones(len(x), bool)]
    s, variance, ties, pairs, slopes = 0.0, 0.0, 0.0, 0.0, []
    for group in groups:
        y, t = x[group], times[group]
        first, second = np.triu_indices(len(y), 1)
        rise, run = y[second] - y[first], t[second] - t[first]
        s += np.sign(rise).sum()
        variance += _variance(y)
        ties += _tied_pairs(y)
        pairs += len(rise)
        slopes.append(rise / run)
    slopes = np.sort(np.concatenate(slopes))
    slope, applied = float(np.median(slopes)), _("none")
    if correction == "hamed-rao":
        if seasonal:
            raise ModelError(
                _("The correction of Hamed & Rao is for one value a year: aggregate to years, or drop it.")
            )
        variance *= _autocorrelation_factor(x - slope * times)
        applied = _("Hamed & Rao")
    z = (s - np.sign(s)) / np.sqrt(variance) if variance > 0 else 0.0
    reach = special.ndtri((1 + level) / 2) * np.sqrt(variance)
    low, high = (
        int(np.clip(rank, 1, len(slopes))) for rank in np.round([(pairs - reach) / 2, (pairs + reach) / 2 + 1])
    )
    return MonotoneTrend(
        s=float(s),
        variance=float(variance),
        z=float(z),
        p_value=float(2 * special.ndtr(-abs(z))),
        tau=float(s / pairs),
        tau_b=float(s / np.sqrt(pairs * (pairs - ties))) if ties < pairs else np.nan,
        slope=slope,
        low=float(slopes[low - 1]),
        high=float(slopes[high - 1]),
        level=level,
        n=len(x),
        correction=applied,
        method=_("seasonal Mann-Kendall and Theil-Sen") if seasonal else _("Mann-Kendall and Theil-Sen"),
    )


def _times(index: pd.Index, seasonal: bool) -> tuple[np.ndarray, np.ndarray]:
    """Times in years and the number of the season, 0 where seasons do not matter."""
    if not isinstance(index, pd.PeriodIndex):
        if seasonal:
            raise ModelError(_("A seasonal test needs months or quarters: give the values a PeriodIndex."))
        return np.array(whole_years(index, _("the values")), float), np.zeros(len(index))
    season = (index.month if index.freqstr.startswith("M") else index.quarter).to_numpy(float)
    years = index.year.to_numpy(float)
    if seasonal:
        return years, season
    return years + (season - 1) / (12 if index.freqstr.startswith("M") else 4), np.zeros(len(index))


def _variance(y: np.ndarray) -> float:
    n, counts = len(y), np.unique(y, return_counts=True)[1]
    return (n * (n - 1) * (2 * n + 5) - np.sum(counts * (counts - 1) * (2 * counts + 5))) / 18


def _tied_pairs(y: np.ndarray) -> float:
    counts = np.unique(y, return_counts=True)[1]
    return float(np.sum(counts * (counts - 1) / 2))


def _autocorrelation_factor(detrended: np.ndarray) -> float:
    """Variance inflation n / n* from the autocorrelations of the ranks that leave the 95% band of white noise."""
    n = len(detrended)
    ranks = scipy.stats.rankdata(detrended)
    centred = ranks - ranks.mean()
    total = centred @ centred
    if total == 0:
        return 1.0
    lags = np.arange(1, n)
    correlations = np.array([centred[lag:] @ centred[:-lag] for lag in lags]) / total
    band = special.ndtri(0.975) / np.sqrt(n)
    kept = np.where(np.abs(correlations) > band, correlations, 0.0)
    factor = 1 + 2 / (n * (n - 1) * (n - 2)) * np.sum((n - lags) * (n - lags - 1) * (n - lags - 2) * kept)
    return float(max(factor, 1e-6))  # strong alternation can carry the approximation below 0
