"""Least squares over all partitions of a series, and how well the place of a break is known (Bai & Perron)."""

from dataclasses import dataclass, field

import numpy as np
import scipy  # its parts come when they are first used
from scipy import special

FLOOR = 1e-20  # share of the squares below which a residual is rounding


@dataclass(frozen=True, kw_only=True, eq=False)
class Partition:
    """The best places of a number of breaks: values before each, and the residual sum of squares."""

    positions: tuple[int, ...]
    rss: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Segment:
    """The regression of one stretch between two breaks."""

    coefficients: np.ndarray = field(repr=False)
    squares: np.ndarray = field(repr=False)  # X'X / n of its regressors
    variance: float  # RSS / n


def best_partitions(y: np.ndarray, regressors: np.ndarray, most: int, least: int) -> list[Partition]:
    """The partitions of least squares with 0 to `most` breaks, each segment with coefficients of its own.

    The residual squares of all stretches come from cumulated cross products; dynamic programming joins them. (Bai &
    Perron 2003, J. Appl. Econom. 18:1-22.)

    Parameters
    ----------
    y : array of n values
    regressors : array (n, k), a column of ones among them
    most, least : breaks at most; values between two breaks at least, more than k

    Returns
    -------
    list of Partition, by number of breaks
    """
    cost = _costs(y, regressors, least)
    n = len(y)
    best, origin, found = cost[0], [], [Partition(positions=(), rss=float(cost[0, n]))]
    for _number in range(most):
        total = best[:, None] + cost  # a partition up to each end, and one more stretch
        origin.append(np.argmin(total, axis=0))
        best = np.min(total, axis=0)

        positions, end = [], n
        for back in reversed(origin):
            end = int(back[end])
            positions.insert(0, end)
        found.append(Partition(positions=tuple(positions), rss=float(best[n])))
    floor = FLOOR * float(np.sum(1 + y**2))
    return [Partition(positions=one.positions, rss=max(one.rss, floor)) for one in found]


def segments_of(y: np.ndarray, regressors: np.ndarray, positions: tuple[int, ...]) -> list[Segment]:
    """The regressions between the breaks.

    Parameters
    ----------
    y : array (n,)
    regressors : array (n, p)
    positions : tuple of int
        Where a new regression begins, ascending.

    Returns
    -------
    list of Segment
        One more than there are positions.
    """
    segments = []
    for part, x in zip(np.split(y, positions), np.split(regressors, positions), strict=True):
        coefficients = np.linalg.lstsq(x, part)[0]
        variance = float(np.mean((part - x @ coefficients) ** 2))
        segments.append(Segment(coefficients=coefficients, squares=x.T @ x / len(part), variance=variance))
    return segments


def break_interval(position: int, before: Segment, after: Segment, level: float) -> tuple[int, int]:
    """Interval of a break's position from the limit law of Bai (1997, Rev. Econ. Stat. 79:551-563).

    Each side has its own variance and its own regressors. Where a side fits exactly, the position alone.

    Parameters
    ----------
    position : int
        Of the first observation after the break.
    before, after : Segment
        The regressions on both sides.
    level : float
        Such as 0.95.

    Returns
    -------
    (int, int)
        Positions, not cut at the ends of the series.
    """
    change = after.coefficients - before.coefficients
    first, second = change @ before.squares @ change, change @ after.squares @ change
    if min(first, second, before.variance, after.variance) <= 0:
        return position, position
    moments = second / first
    ratio = moments * after.variance / before.variance

    tail = (1 - level) / 2
    span = 1e4 * max(1.0, ratio, 1 / ratio, moments, 1 / moments)
    left = moments / (ratio + moments)  # P(V <= 0): with sides far apart, both quantiles lie on one side

    def quantile(p: float) -> float:
        bounds = (1e-12, span) if p > left else (-span, -1e-12)
        return scipy.optimize.brentq(lambda v: _argmax_law(v, ratio, moments) - p, *bounds)

    scale = before.variance / first
    low, high = position - quantile(1 - tail) * scale, position - quantile(tail) * scale
    return min(position, int(np.floor(low))), max(position, int(np.ceil(high)))


def _costs(y: np.ndarray, regressors: np.ndarray, least: int) -> np.ndarray:
    """Residual squares of each stretch, from start (row) to before end (column); infinite where it is too short."""
    n, k = regressors.shape
    y = y - y.mean()  # keeps the sums of squares small
    products = np.zeros((n + 1, k, k))
    products[1:] = np.cumsum(regressors[:, :, None] * regressors[:, None, :], axis=0)
    moments, squares = np.zeros((n + 1, k)), np.zeros(n + 1)
    moments[1:], squares[1:] = np.cumsum(regressors * y[:, None], axis=0), np.cumsum(y**2)

    start, end = np.triu_indices(n + 1, k=least)
    gram, moment = products[end] - products[start], moments[end] - moments[start]
    explained = np.einsum("ni,ni->n", moment, np.linalg.solve(gram, moment[:, :, None])[:, :, 0])
    cost = np.full((n + 1, n + 1), np.inf)
    cost[start, end] = np.maximum(squares[end] - squares[start] - explained, 0)
    return cost


def _argmax_law(v: float, ratio: float, moments: float) -> float:
    """P(V <= v) of Bai (1997), appendix B: V maximises a two-sided Brownian motion with drift.

    Left of 0 drift -1/2 and variance 1; right of 0 drift -`moments`/2 and variance `ratio`. Logarithms, because a huge
    exponential meets a tiny tail.
    """
    x, root, total = abs(v), np.sqrt(abs(v)), ratio + moments
    if v < 0:
        share = moments / ratio
        tail = special.log_ndtr(-(0.5 + share) * root)
        factor = (ratio + 2 * moments) ** 2 / (total * moments)
        return (
            -np.exp(np.log(x) / 2 - x / 8 - np.log(2 * np.pi) / 2)
            - ratio / moments * (ratio + 2 * moments) / total * np.exp(share * (1 + share) * x / 2 + tail)
            + np.exp(np.log(x / 2 - 2 + factor) + special.log_ndtr(-root / 2))
        )
    share = moments**2 / ratio
    tail = special.log_ndtr(-(ratio + moments / 2) / np.sqrt(ratio) * root)
    factor = (2 * ratio + moments) ** 2 / (total * ratio)
    return (
        1
        + np.sqrt(share) * np.exp(np.log(x) / 2 - share * x / 8 - np.log(2 * np.pi) / 2)
        + moments / ratio * (2 * ratio + moments) / total * np.exp(total * x / 2 + tail)
        - np.exp(np.log(factor - 2 + share * x / 2) + special.log_ndtr(-np.sqrt(share) * root / 2))
    )
