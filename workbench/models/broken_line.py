"""Lines that bend at unknown points: weighted least squares, search for the bends on a grid or between its points.

Our own, because no well-kept library places joinpoints by the rules of the NCI program: piecewise-regression and pwlf
do not weight, and place breaks anywhere only; the first is the second implementation in our tests.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import scipy  # its parts come when they are first used
from scipy import special

from workbench.terms.errors import ModelError
from workbench.terms.text import _

MOST_COMBINATIONS = 400_000  # 4 bends in 60 years; a few seconds
COLLINEAR = 1e-9  # least eigenvalue of the hinges' cross products, each of length 1
STARTS = 10  # local searches begin at the best combinations of the grid


@dataclass(frozen=True, kw_only=True)
class BrokenLine:
    """A continuous piecewise-linear fit; coefficients are intercept at t = 0, first slope, slope changes, steps."""

    knots: tuple[float, ...]
    knot_errors: tuple[float, ...]  # empty when the knots were chosen on the grid: their doubt is not in any error
    coefficients: np.ndarray
    covariance: np.ndarray  # of the coefficients; given the knots on the grid, with them estimated otherwise
    sse: float
    df: int  # observations less estimated coefficients (and knots, where they are continuous)
    by_weights: bool  # errors rest on the known variances, because the scatter about the line is smaller
    slopes: np.ndarray  # one per segment
    slope_covariance: np.ndarray

    def quantile(self, level: float) -> float:
        """For two-sided limits: of t where the errors rest on the scatter, else normal."""
        return float(special.ndtri((1 + level) / 2) if self.by_weights else special.stdtrit(self.df, (1 + level) / 2))


@dataclass(frozen=True, kw_only=True)
class GridSearch:
    """The best line of all combinations of knots on the grid, with what was tried."""

    line: BrokenLine
    knots: np.ndarray  # (combinations, k)
    sums: np.ndarray  # their weighted residual sums of squares; infinite where knots cannot be told apart


@dataclass(frozen=True, kw_only=True)
class Series:
    """Observations in time's order, ready for the search; all arrays of one length, or (n, s) for `steps`."""

    t: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    steps: np.ndarray  # columns of 0 and 1 for level shifts at known times; may have no column
    counted: bool = False  # the weights are one over the variances of Poisson counts, not only in proportion to them

    def base(self) -> np.ndarray:
        """Columns of every model: constant, time, steps."""
        return np.column_stack([np.ones_like(self.t), self.t, self.steps])

    def floor(self) -> float:
        """Residual sums below this are rounding: the line is exact."""
        return float(1e-20 * np.sum(self.weights * (1 + self.y**2)))


def candidates(t: np.ndarray, k: int, least: int) -> np.ndarray:
    """All choices of `k` knots among the times, (combinations, k), with `least` observations strictly between them.

    The same holds before the first and after the last; times on a knot are not counted. Raises ModelError when there
    are more than 400,000.

    Parameters
    ----------
    t : array (n,)
        Times in order.
    k : int
        Number of knots.
    least : int
        Observations strictly between two knots.

    Returns
    -------
    array (combinations, k)

    Raises
    ------
    ModelError
        For more than 400,000 combinations.
    """
    times, counts = np.unique(t, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])  # observations before each time
    inner = [i for i in range(len(times)) if before[i] >= least and before[-1] - before[i + 1] >= least]
    if comb(len(inner), k) > MOST_COMBINATIONS:
        raise ModelError(
            _(
                "{k} joinpoints among {n} times are too many to try all. Ask for fewer joinpoints or a shorter series."
            ).format(k=k, n=len(times))
        )
    chosen = np.array(list(combinations(inner, k)), dtype=int).reshape(comb(len(inner), k), k)
    between = before[chosen[:, 1:]] - before[chosen[:, :-1] + 1]
    return times[chosen[(between >= least).all(axis=1)]]


def grid_sums(series: Series, knots: np.ndarray, responses: np.ndarray | None = None) -> np.ndarray:
    """Weighted residual sums of squares for every row of `knots`; with `responses` (n, p) the least of each response.

    Works on the cross products of the hinges after the base columns are taken out, so that a permutation costs k^2
    operations per combination, not n k.

    Parameters
    ----------
    series : Series
        Of this module: times, logarithms, weights, steps.
    knots : array (combinations, k)
        As `candidates` gives them.
    responses : array (n, p), optional
        Other logarithms of the same times, such as permuted ones.

    Returns
    -------
    array (combinations,), or (p,) with responses
    """
    root = np.sqrt(series.weights)[:, None]
    y = (series.y[:, None] if responses is None else responses) * root
    basis = np.linalg.qr(series.base() * root)[0]
    y = y - basis @ (basis.T @ y)
    total = np.sum(y**2, axis=0)
    if knots.shape[1] == 0:
        return np.maximum(total, series.floor())
    times = np.unique(knots)
    hinges = np.maximum(series.t[:, None] - times, 0) * root
    hinges = hinges / np.sqrt(np.sum(hinges**2, axis=0))
    hinges = hinges - basis @ (basis.T @ hinges)
    where = np.searchsorted(times, knots)
    gram = (hinges.T @ hinges)[where[:, :, None], where[:, None, :]]
    separate = np.linalg.eigvalsh(gram)[:, 0] > COLLINEAR  # bends that steps or other bends hide are no candidates
    inverse = np.linalg.inv(np.linalg.cholesky(gram[separate]))
    where, cross = where[separate], hinges.T @ y
    if responses is None:
        sums = np.full(len(knots), np.inf)
        sums[separate] = np.maximum(total - np.sum((inverse @ cross[where])[:, :, 0] ** 2, axis=1), series.floor())
        return sums
    most = np.zeros(y.shape[1])
    for part in np.array_split(np.arange(len(where)), max(1, len(where) // 64)):  # memory: 64 combinations at a time
        np.maximum(most, np.sum((inverse[part] @ cross[where[part]]) ** 2, axis=1).max(axis=0, initial=0), out=most)
    return np.maximum(total - most, series.floor())


def fit_at(series: Series, knots: tuple[float, ...], *, estimated: bool = False) -> BrokenLine:
    """The least-squares line with bends at `knots`.

    Parameters
    ----------
    knots : times, in the unit of `series.t`
    estimated : add the knots' own doubt to every error (Muggeo 2003, Stat. Med. 22:3055-3071)
    """
    k, n = len(knots), len(series.t)
    hinges = np.maximum(series.t[:, None] - np.asarray(knots), 0).reshape(n, k)
    base = series.base()
    design = np.column_stack([base[:, :2], hinges, base[:, 2:]])
    root = np.sqrt(series.weights)
    coefficients = np.linalg.lstsq(design * root[:, None], series.y * root)[0]
    residuals = (series.y - design @ coefficients) * root
    sse = max(float(residuals @ residuals), series.floor())
    changes = coefficients[2 : 2 + k]
    full = design
    if estimated:  # derivative of the line in each knot: minus the slope change, after the knot
        full = np.column_stack([design, -changes * (series.t[:, None] > np.asarray(knots))])
    df = n - full.shape[1]
    scatter = sse / df if df > 0 else np.nan
    by_weights = bool(series.counted and scatter <= 1)  # no years lie closer to the truth than their counts let them
    covariance = np.linalg.pinv((full * series.weights[:, None]).T @ full) * (1.0 if by_weights else scatter)
    errors = tuple(np.sqrt(np.diag(covariance)[design.shape[1] :])) if estimated else ()
    to_slopes = np.tril(np.ones((k + 1, k + 1)))
    part = slice(1, 2 + k)
    return BrokenLine(
        knots=tuple(float(knot) for knot in knots),
        knot_errors=tuple(float(error) for error in errors),
        coefficients=coefficients,
        covariance=covariance[: design.shape[1], : design.shape[1]],
        sse=sse,
        df=df,
        by_weights=by_weights,
        slopes=to_slopes @ coefficients[part],
        slope_covariance=to_slopes @ covariance[part, part] @ to_slopes.T,
    )


def best_on_grid(series: Series, k: int, least: int) -> GridSearch:
    """The best of all combinations of `k` observed times, `least` observations strictly between them.

    Raises
    ------
    ModelError
        More combinations than can be tried, or none that can be distinguished from the declared steps.
    """
    knots = candidates(series.t, k, least)
    sums = grid_sums(series, knots)
    if not np.isfinite(sums).any():
        raise ModelError(
            _(
                "Joinpoints and the declared breaks cannot be told apart in {n} years. "
                "Fit the spans between the breaks."
            ).format(n=len(series.t))
        )
    return GridSearch(line=fit_at(series, tuple(knots[np.argmin(sums)])), knots=knots, sums=sums)


def best_continuous(series: Series, k: int, least: int) -> BrokenLine:
    """The best knots anywhere in time: local searches (Nelder-Mead) from the best combinations of the grid.

    Parameters
    ----------
    series : Series
        Of this module.
    k : int
        Number of knots.
    least : int
        Observations strictly between two knots.

    Returns
    -------
    BrokenLine
        Its `knot_errors` count among the estimated coefficients.
    """
    knots = candidates(series.t, k, least)
    if k == 0:
        return fit_at(series, ())
    sums = grid_sums(series, knots)
    starts = knots[[where for where in np.argsort(sums, kind="stable")[:STARTS] if np.isfinite(sums[where])]]
    root = np.sqrt(series.weights)
    basis = np.linalg.qr(series.base() * root[:, None])[0]
    target = series.y * root - basis @ (basis.T @ (series.y * root))
    total = float(target @ target)

    def residual_sum(where: np.ndarray) -> float:
        first = np.concatenate([[0], np.searchsorted(series.t, where, side="right")])  # observations up to each knot
        last = np.concatenate([np.searchsorted(series.t, where, side="left"), [len(series.t)]])
        if (last - first < least).any():
            return np.inf
        hinges = np.maximum(series.t[:, None] - where, 0) * root[:, None]
        hinges -= basis @ (basis.T @ hinges)
        cross = hinges.T @ target
        return total - float(cross @ np.linalg.solve(hinges.T @ hinges, cross))

    spacing = np.min(np.diff(np.unique(series.t)))
    found = []
    for start in starts:
        simplex = start + np.vstack([np.zeros(k), 0.4 * spacing * np.eye(k)])
        options = {
            "initial_simplex": simplex,
            "xatol": 1e-8 * np.ptp(series.t),
            "fatol": 1e-13 * total,
            "maxiter": 400 * k,
        }
        with np.errstate(invalid="ignore"):  # infinite outside the allowed knots
            found.append(scipy.optimize.minimize(residual_sum, start, method="Nelder-Mead", options=options))
    return fit_at(series, tuple(min(found, key=lambda one: one.fun).x), estimated=True)
