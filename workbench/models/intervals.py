"""Confidence limits of counts, of sums of weights and of proportions, on arrays of any shape."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from workbench.models.inputs import checked_level, chosen
from workbench.terms.text import _

Limits = tuple[np.ndarray, np.ndarray]
COUNT_METHODS = {
    "exact": "exact (Garwood)",
    "byar": "Byar (Breslow & Day)",
    "rothman": "Byar (Rothman)",
    "mid-p": "mid-P",
    "jeffreys": "Jeffreys (gamma)",
}
ROUNDING = 1e-9  # a sum of weights below this is 0
PROPORTION_METHODS = {"wilson": "Wilson", "exact": "exact (Clopper-Pearson)"}


def poisson_limits(counts: ArrayLike, *, level: float = 0.95, method: str = "exact") -> Limits:
    """Two-sided limits of the expected number behind Poisson counts; `level` leaves half the rest in each tail.

    Counts may be real numbers (sums of weights): all five are then read through the gamma distribution, which equals
    the Poisson sums at whole numbers. Around 0 the lower limit is 0. Missing counts give missing limits.

    Parameters
    ----------
    counts : numbers >= 0, any shape
    method : "exact" (Garwood 1936, Biometrika 28:437), "byar" (Breslow & Day 1987, p. 69; from about 10 events),
        "rothman" (Rothman 2002, Epidemiology; the other formula called Byar's, near mid-P), "mid-p" (Lancaster 1961),
        "jeffreys" (gamma with x + 1/2)

    Returns
    -------
    low, high : arrays shaped as `counts`, in events
    """
    x, tail = np.asarray(counts, float), (1 - checked_level(level)) / 2
    x = np.where(x < ROUNDING, 0.0, x)
    z = special.ndtri(1 - tail)
    chosen(method, COUNT_METHODS, "method")
    some = np.where(x > 0, x, 1.0)  # the lower limits of 0 are set at the end; 1 keeps the formulae quiet
    if method == "exact":
        low, high = special.gammaincinv(some, tail), special.gammainccinv(x + 1, tail)
    elif method == "jeffreys":
        low, high = special.gammaincinv(some + 0.5, tail), special.gammainccinv(x + 0.5, tail)
    elif method == "mid-p":
        low, high = _mid_p(some, 1 - tail), _mid_p(x, tail)
    else:
        below, above = (some, x + 1) if method == "byar" else (some + 0.5, x + 0.5)
        low, high = _cube(below, -z), _cube(above, z)
    low = np.where(x > 0, np.clip(low, 0, x), 0.0)  # Jeffreys' exceeds counts below 0.001
    return np.where(np.isnan(x), np.nan, low), high


def weighted_limits(
    counts: ArrayLike, variance: ArrayLike, *, level: float = 0.95, largest: ArrayLike = None
) -> Limits:
    """Limits of sums of weights: counts S = sum w and variance V = sum w^2 of Poisson records with weights w.

    Without `largest`: Dobson et al. (1991), Stat. Med. 10:457-462, S + sqrt(V / O) (L - O) with exact limits of the
    effective count O = S^2 / V. With the `largest` weight that a record may have: Fay & Feuer (1997),
    Stat. Med. 16:791-801, whose upper limit is the wider one (Dobson's is theirs with the mean weight V / S). Both
    equal the exact limits when all weights are 1. A sum of 0 has no weights to learn from: `largest`, else 1, is taken.
    """
    total, variance = np.broadcast_arrays(np.asarray(counts, float), np.asarray(variance, float))
    tail = (1 - checked_level(level)) / 2
    some = total > ROUNDING
    safe_total, safe_variance = np.where(some, total, 1.0), np.where(some, variance, 1.0)
    mean_weight = safe_variance / safe_total
    top = (
        np.where(some, mean_weight, 1.0)
        if largest is None
        else np.broadcast_to(np.asarray(largest, float), total.shape)
    )
    low = special.gammaincinv(safe_total / mean_weight, tail) * mean_weight
    mean, spread = total + top, np.where(some, variance, 0.0) + top**2
    high = special.gammainccinv(mean**2 / spread, tail) * spread / mean
    missing = np.isnan(total) | np.isnan(variance)
    return np.where(missing, np.nan, np.where(some, low, 0.0)), np.where(missing, np.nan, high)


def proportion_limits(counts: ArrayLike, trials: ArrayLike, *, level: float = 0.95, method: str = "wilson") -> Limits:
    """Limits of `counts` out of `trials`: "wilson" (score, 1927), or "exact" (Clopper & Pearson 1934, never narrow)."""
    x, n = np.broadcast_arrays(np.asarray(counts, float), np.asarray(trials, float))
    tail = (1 - checked_level(level)) / 2
    if chosen(method, PROPORTION_METHODS, "method") == "exact":
        low = np.where(x > 0, special.betaincinv(np.where(x > 0, x, 1), n - x + 1, tail), 0.0)
        high = np.where(x < n, special.betainccinv(x + 1, np.where(x < n, n - x, 1), tail), 1.0)
        return np.where(np.isnan(x + n), np.nan, low), np.where(np.isnan(x + n), np.nan, high)
    z = special.ndtri(1 - tail)
    centre, reach = 2 * x + z**2, z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    low, high = ((centre + side * reach) / (2 * (n + z**2)) for side in (-1, 1))
    missing = np.isnan(x + n)  # 0 and 1 at the ends exactly, not to rounding
    return np.where((x == 0) & ~missing, 0.0, low), np.where((x == n) & ~missing, 1.0, high)


def count_method(method: str) -> str:
    """The name that results print for a method of `poisson_limits`."""
    return _(COUNT_METHODS[chosen(method, COUNT_METHODS, "method")])


def _cube(y: np.ndarray, z: float) -> np.ndarray:
    """Wilson-Hilferty's approximation y (1 - 1/(9y) + z/(3 sqrt y))^3, 0 where the cube's base is negative."""
    return y * np.maximum(1 - 1 / (9 * y) + z / (3 * np.sqrt(y)), 0) ** 3


def _mid_p(x: np.ndarray, share: float) -> np.ndarray:
    """Mean m at which P(X < x | m) + P(X = x | m) / 2 = `share`, by bisection: 60 halvings reach double precision."""
    low, high = np.zeros_like(x), x + 20 * np.sqrt(x + 1) + 40
    for _step in range(60):
        middle = (low + high) / 2
        below = np.where(x > 0, special.gammaincc(np.where(x > 0, x, 1), middle), 0.0)
        too_small = (below + special.gammaincc(x + 1, middle)) / 2 > share  # larger means leave less below x
        low, high = np.where(too_small, middle, low), np.where(too_small, high, middle)
    return np.where(np.isnan(x), np.nan, (low + high) / 2)
