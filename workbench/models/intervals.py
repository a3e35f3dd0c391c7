"""Confidence limits of counts, of sums of weights and of proportions, on arrays of any shape."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from workbench.models.inputs import checked_level, chosen, matched_arrays, measured_array, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated

Limits = tuple[np.ndarray, np.ndarray]
COUNT_METHODS = {
    "exact": mark("exact (Garwood)"),
    "byar": mark("Byar (Breslow & Day)"),
    "rothman": mark("Byar (Rothman)"),
    "mid-p": mark("mid-P"),
    "jeffreys": mark("Jeffreys (gamma)"),
}
PROPORTION_METHODS = {"wilson": mark("Wilson"), "exact": mark("exact (Clopper-Pearson)")}
ROUNDING = 1e-9  # a sum of weights below this is 0
LARGEST = 1e15  # records that a sum of weights may stand for
HALVINGS = 60  # of an interval by bisection: double precision


def poisson_limits(counts: ArrayLike, *, level: float = 0.95, method: str = "exact") -> Limits:
    """Two-sided limits of the expected number behind Poisson counts; `level` leaves half the rest in each tail.

    Counts may be real numbers (sums of weights): all five are then read through the gamma distribution, which equals
    the Poisson sums at whole numbers. Around 0 the lower limit is 0. Missing counts give missing limits.

    Parameters
    ----------
    counts : numbers >= 0, any shape
    level : share of repetitions in which the limits hold the truth
    method : "exact" (Garwood 1936, Biometrika 28:437), "byar" (Breslow & Day 1987, p. 69; from about 10 events),
        "rothman" (Rothman 2002, Epidemiology; the other formula called Byar's, near mid-P), "mid-p" (Lancaster 1961),
        "jeffreys" (gamma with x + 1/2)

    Returns
    -------
    low, high : arrays shaped as `counts`, in events

    Raises
    ------
    ModelError
        Negative or infinite counts, a level outside (0, 1), an unknown method.
    """
    x, tail = measured_array(counts, _("the counts")), (1 - checked_level(level)) / 2
    chosen(method, COUNT_METHODS, "method")
    x = np.where(x < ROUNDING, 0.0, x)
    z = special.ndtri(1 - tail)
    positive = np.where(x > 0, x, 1.0)  # the lower limits of 0 are set at the end; 1 keeps the formulae quiet
    if method == "exact":
        low, high = special.gammaincinv(positive, tail), special.gammainccinv(x + 1, tail)
    elif method == "jeffreys":
        low, high = special.gammaincinv(positive + 0.5, tail), special.gammainccinv(x + 0.5, tail)
    elif method == "mid-p":
        low, high = _mid_p(positive, 1 - tail), _mid_p(x, tail)
    else:
        below, above = (positive, x + 1) if method == "byar" else (positive + 0.5, x + 0.5)
        low, high = _wilson_hilferty(below, -z), _wilson_hilferty(above, z)
    low = np.where(x > 0, np.clip(low, 0, x), 0.0)  # Jeffreys' exceeds counts below 0.001
    return np.where(np.isnan(x), np.nan, low), high


def weighted_limits(
    counts: ArrayLike,
    variance: ArrayLike,
    *,
    level: float = 0.95,
    largest: ArrayLike | None = None,
    method: str = "exact",
) -> Limits:
    """Limits of sums of weights: counts S = sum w and variance V = sum w^2 of Poisson records with weights w.

    Without `largest`: Dobson et al. (1991), Stat. Med. 10:457-462, S + sqrt(V / O) (L - O), where L are limits of the
    effective count O = S^2 / V by `method`. With the `largest` weight that a record may have: Fay & Feuer (1997),
    Stat. Med. 16:791-801, whose upper limit is the wider one (Dobson's exact one is theirs with the mean weight
    V / S). Both equal the exact limits when all weights are 1. A sum of 0 has no weights to learn from: `largest`,
    else 1, is taken.

    Parameters
    ----------
    counts, variance : sums of weights and of squared weights, >= 0, of shapes that broadcast
    level : share of repetitions in which the limits hold the truth
    largest : the largest weight that a record may have, > 0
    method : of the limits of the effective count, as in `poisson_limits`; Fay & Feuer's are always of the gamma

    Returns
    -------
    low, high : arrays, in the unit of `counts`; missing where a count or a variance is

    Raises
    ------
    ModelError
        Negative or infinite numbers, a largest weight of 0, variance 0 of a sum above 0, `largest` with a `method`.
    """
    tail = (1 - checked_level(level)) / 2
    named = [(counts, _("the counts")), (variance, _("the variance"))]
    named.append((1.0 if largest is None else largest, _("the largest weights")))
    total, variance, top = matched_arrays(*named)
    positive = total > ROUNDING
    if (positive & (variance < total / LARGEST)).any():
        raise ModelError(_("The variance of a sum of weights above 0 is not 0: it is the sum of the squared weights."))
    safe_total = np.where(positive, total, 1.0)
    mean_weight = np.where(positive, variance, 1.0) / safe_total
    if largest is None:
        low, high = poisson_limits(safe_total / mean_weight, level=level, method=method)
        none = poisson_limits(0.0, level=level, method=method)[1]
        low, high = low * mean_weight, np.where(positive, high * mean_weight, none)
    elif method != "exact":
        raise ModelError(_("With a largest weight the limits are Fay & Feuer's: drop the method, or the weight."))
    elif ((top == 0) | (top > LARGEST)).any():
        raise ModelError(_("The largest weight of a record is above 0 and below {most:g}.").format(most=LARGEST))
    else:
        low = special.gammaincinv(safe_total / mean_weight, tail) * mean_weight
        mean, spread = total + top, np.where(positive, variance, 0.0) + top**2
        high = special.gammainccinv(mean**2 / spread, tail) * spread / mean
    missing = np.isnan(total) | np.isnan(variance)
    return np.where(missing, np.nan, np.where(positive, low, 0.0)), np.where(missing, np.nan, high)


def proportion_limits(counts: ArrayLike, trials: ArrayLike, *, level: float = 0.95, method: str = "wilson") -> Limits:
    """Limits of the share of `counts` in `trials`.

    Parameters
    ----------
    counts, trials : numbers >= 0 of shapes that broadcast, counts <= trials
    level : share of repetitions in which the limits hold the truth
    method : "wilson" (score; Wilson 1927, J. Am. Stat. Assoc. 22:209), or "exact" (Clopper & Pearson 1934,
        Biometrika 26:404; never narrower than promised)

    Returns
    -------
    low, high : arrays between 0 and 1; missing without counts or trials

    Raises
    ------
    ModelError
        Negative or infinite numbers, more counts than trials, a level outside (0, 1), an unknown method.
    """
    tail = (1 - checked_level(level)) / 2
    chosen(method, PROPORTION_METHODS, "method")
    x, n = matched_arrays((counts, _("the counts")), (trials, _("the trials")))
    if (more := x > n).any():
        raise ModelError(
            _("There are more counts than trials: {counts} of {trials}. Are the two exchanged?").format(
                counts=some(x[more]), trials=some(n[more])
            )
        )
    n = np.where(n > 0, n, np.nan)
    missing = np.isnan(x + n)
    if method == "exact":
        low = np.where(x > 0, special.betaincinv(np.where(x > 0, x, 1), n - x + 1, tail), 0.0)
        high = np.where(x < n, special.betainccinv(x + 1, np.where(x < n, n - x, 1), tail), 1.0)
        return np.where(missing, np.nan, low), np.where(missing, np.nan, high)
    z = special.ndtri(1 - tail)
    centre, reach = 2 * x + z**2, z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    low, high = ((centre + side * reach) / (2 * (n + z**2)) for side in (-1, 1))
    # 0 and 1 at the ends exactly, not to rounding
    return np.where((x == 0) & ~missing, 0.0, low), np.where((x == n) & ~missing, 1.0, high)


def count_method(method: str) -> str:
    """The name that results print for a method of `poisson_limits`.

    Parameters
    ----------
    method : str
        Of `poisson_limits`.

    Returns
    -------
    str

    Raises
    ------
    ModelError
        For another method.
    """
    return translated(COUNT_METHODS[chosen(method, COUNT_METHODS, "method")])


def bisected(too_low, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where a function of falling or rising values crosses its target, between `low` and `high`, elementwise.

    Parameters
    ----------
    too_low : function of an array of trial values: True where the crossing lies above them
    low, high : arrays that enclose the crossings

    Returns
    -------
    array of the crossings, to double precision
    """
    for _step in range(HALVINGS):
        middle = (low + high) / 2
        below = too_low(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _wilson_hilferty(y: np.ndarray, z: float) -> np.ndarray:
    """Approximate gamma quantile y (1 - 1/(9y) + z/(3 sqrt y))^3, 0 where the base of the cube is negative."""
    return y * np.maximum(1 - 1 / (9 * y) + z / (3 * np.sqrt(y)), 0) ** 3


def _mid_p(x: np.ndarray, share: float) -> np.ndarray:
    """Mean m at which P(X < x | m) + P(X = x | m) / 2 = `share`; larger means leave less below x."""

    def too_low(mean: np.ndarray) -> np.ndarray:
        below = np.where(x > 0, special.gammaincc(np.where(x > 0, x, 1), mean), 0.0)
        return (below + special.gammaincc(x + 1, mean)) / 2 > share

    found = bisected(too_low, np.zeros_like(x), x + 20 * np.sqrt(x + 1) + 40)
    return np.where(np.isnan(x), np.nan, found)
