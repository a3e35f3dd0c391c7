"""The lines of a funnel: limits of chance around what is expected, and how far groups usually lie apart beyond it."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first used
from numpy.typing import ArrayLike
from scipy import special

from workbench.models.inputs import checked_level, chosen, is_number, measured_array
from workbench.models.intervals import Limits, bisected, proportion_limits
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark

RATIO_LIMITS = {
    "test": mark("exact Poisson test"),
    "exact": mark("exact Poisson limits around 1 (chi-square)"),
    "quantiles": mark("Poisson quantiles around 1"),
}
PROPORTION_LIMITS = {
    "test": mark("exact binomial test"),
    "exact": mark("exact limits (Clopper-Pearson) around the share of all together"),
    "wilson": mark("Wilson limits around the share of all together"),
}
SCALES = {
    "square-root": mark("square roots"),
    "log": mark("logarithms"),
    "shmi": mark("logarithms without the outer tenths (SHMI)"),
}
TAILS = 0.1  # share of the groups at each end that do not widen the limits: they may have causes of their own
LEAST = 5  # groups to learn the over-dispersion from


@dataclass(frozen=True, kw_only=True)
class OverDispersion:
    """How much further groups lie apart than chance puts them."""

    phi: float  # mean squared z; 1 when only chance is at work, NaN with fewer than 5 groups
    tau_squared: float  # variance between groups on the scale of z; 0 when there is none, or it is not known


def poisson_tails(counts: ArrayLike, expected: ArrayLike) -> Limits:
    """P(X <= count) and P(X >= count) of Poisson counts; sums of weights are read through the gamma distribution.

    Parameters
    ----------
    counts, expected : numbers of shapes that broadcast
        Events, and the mean of their distribution.

    Returns
    -------
    at_most, at_least : arrays
        Probabilities; both hold the count itself.
    """
    o, e = np.broadcast_arrays(np.asarray(counts, float), np.asarray(expected, float))
    return special.gammaincc(o + 1, e), np.where(o > 0, special.gammainc(np.where(o > 0, o, 1), e), 1.0)


def binomial_tails(counts: ArrayLike, trials: ArrayLike, share: float) -> Limits:
    """P(X <= count) and P(X >= count) of binomial counts; sums of weights are read through the beta distribution.

    Parameters
    ----------
    counts, trials : numbers of shapes that broadcast
        Events, and of how many.
    share : float
        The probability of one, between 0 and 1.

    Returns
    -------
    at_most, at_least : arrays
        Probabilities; both hold the count itself.
    """
    x, n = np.broadcast_arrays(np.asarray(counts, float), np.asarray(trials, float))
    at_most = np.where(x < n, special.betaincc(x + 1, np.where(x < n, n - x, 1), share), 1.0)
    at_least = np.where(x > 0, special.betainc(np.where(x > 0, x, 1), n - x + 1, share), 1.0)
    return at_most, at_least


def funnel_limits(
    expected: ArrayLike,
    *,
    level: float = 0.95,
    limits: str = "test",
    tau_squared: float = 0.0,
    scale: str = "square-root",
) -> Limits:
    """Low and high limits of observed over expected events, for so many expected events: the lines of the plot.

    "test": the ratios at which the exact Poisson test has (1 - level) / 2 in its tail, so that a group lies outside
    exactly when that test says so; between whole counts the gamma distribution joins them. "exact": Garwood's limits
    of `expected` over `expected`; they leave more than they promise below and less above. "quantiles": Poisson
    quantiles over `expected`, in whole events.

    With `tau_squared` the limits allow for over-dispersion (Spiegelhalter 2005, Stat. Med. 24:1185-1202):
    (1 -+ z sqrt(1 / (4 E) + tau^2))^2 on square roots, exp(-+ z sqrt(1 / E + tau^2)) on logarithms. That is an
    approximation, so it is taken only where it lies beyond the limits without over-dispersion.

    Parameters
    ----------
    expected : numbers above 0, any shape
    level : share of groups inside by chance
    limits : "test", "exact" or "quantiles"
    tau_squared : variance between groups on the scale, 0 or more
    scale : "square-root", "log" or "shmi", see `funnel`

    Returns
    -------
    low, high : arrays shaped as `expected`, ratios; low is 0 where no count is low enough to lie outside

    Raises
    ------
    ModelError
        Expected 0, negative or infinite; a level outside (0, 1); options that do not exist; tau_squared below 0.
    """
    tail = (1 - checked_level(level)) / 2
    chosen(limits, RATIO_LIMITS, "limits")
    chosen(scale, SCALES, "scale")
    e = measured_array(expected, _("the expected events"))
    if (e == 0).any():
        raise ModelError(_("Where nothing is expected there is no ratio, and no limit. Leave these out."))
    if limits == "test":
        low = bisected(lambda count: special.gammaincc(count + 1, e) < tail, np.full_like(e, -1.0), e)
        top = e + 20 * np.sqrt(e + 1) + 40
        high = bisected(lambda count: special.gammainc(count, e) > tail, np.zeros_like(e), top)
        low = np.maximum(low, 0.0)
    elif limits == "quantiles":
        low, high = scipy.stats.poisson.ppf(tail, e), scipy.stats.poisson.ppf(1 - tail, e)
    else:
        low, high = special.gammaincinv(e, tail), special.gammainccinv(e + 1, tail)
    wide = widened_ratios(e, tail, _checked_spread(tau_squared), scale)
    return np.minimum(low / e, wide[0]), np.maximum(high / e, wide[1])


def widened_ratios(expected: np.ndarray, tail: float, tau_squared: float, scale: str) -> Limits:
    """Limits of the ratio with over-dispersion; without any, 1 and 1, which widen nothing.

    Parameters
    ----------
    expected : array
        Events.
    tail : float
        Probability outside one limit, such as 0.025.
    tau_squared : float
        Variance between groups, on `scale`.
    scale : {"square-root", "log", "shmi"}

    Returns
    -------
    low, high : arrays
        As ratios to the expected.
    """
    if not tau_squared:
        return np.ones_like(expected), np.ones_like(expected)
    z = special.ndtri(1 - tail)
    if scale == "square-root":
        reach = z * np.sqrt(1 / (4 * expected) + tau_squared)
        return np.maximum(1 - reach, 0) ** 2, (1 + reach) ** 2
    reach = z * np.sqrt(1 / expected + tau_squared)
    with np.errstate(over="ignore", under="ignore"):  # where next to nothing is expected the limits are 0 and infinity
        return np.exp(-reach), np.exp(reach)


def proportion_funnel_limits(
    trials: ArrayLike, share: float, *, level: float = 0.95, limits: str = "test", tau_squared: float = 0.0
) -> Limits:
    """Low and high limits of a proportion around `share`, for so many trials: the lines of the plot.

    "test": the proportions at which the exact binomial test has (1 - level) / 2 in its tail. "exact": Clopper &
    Pearson's limits of trials * share out of trials; "wilson": the score limits. With `tau_squared` they allow for
    over-dispersion: sin^2(arcsin sqrt(share) -+ z sqrt(1 / (4 n) + tau^2)) (Spiegelhalter 2005), where that is wider.

    Parameters
    ----------
    trials : numbers above 0, any shape
    share : of all together, above 0 and below 1
    level : share of groups inside by chance
    limits : "test", "exact" or "wilson"
    tau_squared : variance between groups on the arcsine scale, 0 or more

    Returns
    -------
    low, high : arrays shaped as `trials`, between 0 and 1

    Raises
    ------
    ModelError
        Trials 0, negative or infinite; a share or level outside (0, 1); options that do not exist.
    """
    tail = (1 - checked_level(level)) / 2
    chosen(limits, PROPORTION_LIMITS, "limits")
    n = measured_array(trials, _("the trials"))
    if (n == 0).any():
        raise ModelError(_("Where there are no trials there is no proportion, and no limit. Leave these out."))
    if not (is_number(share) and 0 < share < 1):
        raise ModelError(_("share={share} leaves chance no room: it is above 0 and below 1.").format(share=share))
    if limits == "test":
        low = bisected(lambda count: binomial_tails(count, n, share)[0] < tail, np.full_like(n, -1.0), n * share)
        high = bisected(lambda count: binomial_tails(count, n, share)[1] > tail, n * share, n + 1)
        low, high = np.maximum(low, 0) / n, np.minimum(high, n) / n
    else:
        low, high = proportion_limits(n * share, n, level=level, method=limits)
    if _checked_spread(tau_squared):
        reach = special.ndtri(1 - tail) * np.sqrt(1 / (4 * n) + tau_squared)
        angle = np.arcsin(np.sqrt(share))
        low = np.minimum(low, np.sin(np.maximum(angle - reach, 0)) ** 2)
        high = np.maximum(high, np.sin(np.minimum(angle + reach, np.pi / 2)) ** 2)
    return low, high


def over_dispersion(z: np.ndarray, weight: np.ndarray, *, leave_out: bool = False) -> OverDispersion:
    """phi = mean z^2 and tau^2 = max(0, (I phi - (I - 1)) / (sum w - sum w^2 / sum w)) (Spiegelhalter 2005).

    Parameters
    ----------
    z : (I,) deviations of the groups over their standard errors
    weight : (I,) one over the squared standard errors
    leave_out : leave out the groups in the outer tenths instead of drawing them in to the tenths (Winsorising)
    """
    if len(z) < LEAST:
        return OverDispersion(phi=np.nan, tau_squared=0.0)
    low, high = np.quantile(z, [TAILS, 1 - TAILS])
    if leave_out:
        inside = (low <= z) & (z <= high)
        z, weight = z[inside], weight[inside]
    n, phi = len(z), float(np.mean(np.clip(z, low, high) ** 2))
    room = weight.sum() - (weight**2).sum() / weight.sum()
    tau_squared = (n * phi - (n - 1)) / room if room > 0 else 0.0
    return OverDispersion(phi=phi, tau_squared=float(max(0.0, tau_squared)))


def _checked_spread(tau_squared: float) -> float:
    if not (is_number(tau_squared) and 0 <= tau_squared < np.inf):
        raise ModelError(_("tau_squared={number} is no variance. Give 0 or more.").format(number=tau_squared))
    return float(tau_squared)
