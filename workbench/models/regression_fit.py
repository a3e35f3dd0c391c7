"""Maximum likelihood of log-linear count models on sparse designs: scoring, and the dispersion of a negative binomial."""

from dataclasses import dataclass, field

import numpy as np
import scipy  # its parts come when they are first used
from scipy import linalg, sparse, special

from workbench.models.regression_design import Design
from workbench.terms.errors import ModelError
from workbench.terms.text import _

STEPS = 100
PRECISION = 1e-9  # of the last step taken, in standard errors; rounding alone gives 1e-11 with millions of events
SMALL = 200_000  # entries of a matrix below which dense products are quicker than sparse ones
POISSON_LIKE = 1e-7  # alpha below which a negative binomial is a Poisson to double precision


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """Coefficients of the centred design, the inverse of the expected information, and the mean of every row."""

    coefficients: np.ndarray
    covariance: np.ndarray = field(repr=False)
    mean: np.ndarray = field(repr=False)
    alpha: float  # Var = mean + alpha mean^2; 0 for Poisson
    alpha_error: float = 0.0

    @property
    def variance(self) -> np.ndarray:
        return self.mean * (1 + self.alpha * self.mean)

    @property
    def weight(self) -> np.ndarray:
        """Each row's share in the information."""
        return self.mean / (1 + self.alpha * self.mean)

    def log_likelihood(self, counts: np.ndarray) -> float:
        return log_likelihood(counts, self.mean, self.alpha)

    def unit_deviance(self, counts: np.ndarray) -> np.ndarray:
        """Each row's part of the deviance."""
        y, mu, alpha = counts, self.mean, self.alpha
        some = special.xlogy(y, np.where(y > 0, y, 1) / mu)
        if alpha == 0:
            return np.maximum(2 * (some - (y - mu)), 0)
        return np.maximum(2 * (some - (y + 1 / alpha) * np.log((1 + alpha * y) / (1 + alpha * mu))), 0)


def fit_log_linear(
    design: Design, counts: np.ndarray, exposure: np.ndarray, *, alpha: float = 0.0, start: np.ndarray | None = None
) -> Fit:
    """Fisher scoring of log(mean) = log(exposure) + X b with Var = mean + alpha mean^2 and a known alpha.

    Sums over patterns are all that Poisson needs: aggregating rows that share a pattern changes neither coefficients
    nor covariance. ModelError when it does not converge.
    """
    matrix, rows, by, given = design.matrix, design.pattern, design.sums, exposure
    if np.prod(matrix.shape) < SMALL:
        matrix = matrix.toarray()
    b = _start(matrix, by(counts), by(exposure)) if start is None else start
    if alpha == 0:
        counts, exposure, rows, by = by(counts), by(exposure), slice(None), np.asarray
    mean = exposure * np.exp(matrix @ b)[rows]
    value = log_likelihood(counts, mean, alpha, kernel=True)
    for _step in range(STEPS):
        score = matrix.T @ by((counts - mean) / (1 + alpha * mean))
        factor, size = _factor(information(matrix, by(mean / (1 + alpha * mean))))
        step = size * linalg.cho_solve(factor, size * score)
        length = np.sqrt(max(score @ step, 0.0))
        for _halving in range(30):
            with np.errstate(over="ignore", invalid="ignore"):  # a step too far is halved
                trial = exposure * np.exp(matrix @ (b + step))[rows]
                reached = log_likelihood(counts, trial, alpha, kernel=True)
            if reached >= value - 1e-9 * (1 + abs(value)):
                break
            step = step / 2
        b, mean, value = b + step, trial, reached
        if length < PRECISION:
            break
    else:
        raise _diverged()
    factor, size = _factor(information(matrix, by(mean / (1 + alpha * mean))))
    inverse = linalg.cho_solve(factor, np.diag(size)) * size[:, None]
    mean = given * np.exp(matrix @ b)[design.pattern]
    return Fit(coefficients=b, covariance=(inverse + inverse.T) / 2, mean=mean, alpha=alpha)


def fit_negative_binomial(design: Design, counts: np.ndarray, exposure: np.ndarray) -> Fit:
    """NB2 with alpha by maximum likelihood; the covariance takes alpha as known (as MASS does).

    Without more variation than Poisson the best alpha is 0 and the fit is Poisson's. The error of alpha is from the
    observed information of theta = 1 / alpha, also MASS's. ModelError when no alpha up to 10,000 is large enough.
    """
    fit = fit_log_linear(design, counts, exposure)
    excess = ((counts - fit.mean) ** 2 - counts).sum()
    if excess <= 0:
        return fit
    best = {"fit": fit}

    def slope(log_alpha: float) -> float:
        best["fit"] = fit_log_linear(
            design, counts, exposure, alpha=float(np.exp(log_alpha)), start=best["fit"].coefficients
        )
        return _theta_slope(counts, best["fit"].mean, np.exp(-log_alpha))

    low = high = float(np.log(excess / (fit.mean**2).sum()))
    while slope(low) > 0:  # theta should grow, alpha shrink
        low -= np.log(4)
        if low < np.log(POISSON_LIKE):
            return fit
    while slope(high) < 0:
        high += np.log(4)
        if high > np.log(1e4):
            raise ModelError(
                _(
                    "The counts vary more than a negative binomial can: one of them holds most events. Look at the largest."
                )
            )
    root = scipy.optimize.brentq(slope, low, high, xtol=1e-11, rtol=1e-13) if high > low else low
    slope(root)
    found, theta = best["fit"], np.exp(-root)
    y, mu = counts, found.mean
    observed = np.sum(
        special.polygamma(1, theta)
        - special.polygamma(1, y + theta)
        - 1 / theta
        + 2 / (mu + theta)
        - (y + theta) / (mu + theta) ** 2
    )
    error = 1 / np.sqrt(observed) / theta**2 if observed > 0 else np.nan
    return Fit(
        coefficients=found.coefficients,
        covariance=found.covariance,
        mean=mu,
        alpha=found.alpha,
        alpha_error=float(error),
    )


def information(matrix: sparse.csr_array | np.ndarray, weight: np.ndarray) -> np.ndarray:
    """X' W X, dense."""
    if isinstance(matrix, np.ndarray):
        return (matrix * weight[:, None]).T @ matrix
    entries = matrix.data * np.repeat(weight, np.diff(matrix.indptr))
    return (matrix.T @ sparse.csr_array((entries, matrix.indices, matrix.indptr), shape=matrix.shape)).toarray()


def log_likelihood(y: np.ndarray, mu: np.ndarray, alpha: float, *, kernel: bool = False) -> float:
    """Of Poisson (alpha 0) or NB2; `kernel` leaves out what does not depend on the mean. Counts may be real."""
    if alpha == 0:
        value = special.xlogy(y, mu) - mu
    else:
        value = special.xlogy(y, alpha * mu) - (y + 1 / alpha) * np.log1p(alpha * mu)
        if not kernel:
            value = value + special.gammaln(y + 1 / alpha) - special.gammaln(1 / alpha)
    return float(np.sum(value if kernel else value - special.gammaln(y + 1)))


def quadratic(matrix: sparse.csr_array, covariance: np.ndarray) -> np.ndarray:
    """x' V x of every row x, some thousand rows at a time: the product is dense."""
    parts = [matrix[first : first + 10_000] for first in range(0, matrix.shape[0], 10_000)]
    return np.concatenate([np.asarray(part.multiply(part @ covariance).sum(axis=1)).ravel() for part in parts])


def _start(matrix: sparse.csr_array | np.ndarray, counts: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """One weighted least squares on the logs of slightly shrunk rates."""
    crude = counts.sum() / exposure.sum()
    shrunk = (counts + 0.5) / (exposure + 0.5 / crude)
    weight = exposure * shrunk
    factor, size = _factor(information(matrix, weight))
    return size * linalg.cho_solve(factor, size * (matrix.T @ (weight * np.log(shrunk))))


def _factor(gram: np.ndarray) -> tuple[tuple, np.ndarray]:
    """Cholesky factor of the matrix scaled to a unit diagonal, and the scale."""
    diagonal = gram.diagonal()
    if not (np.isfinite(gram).all() and (diagonal > 0).all()):
        raise _diverged()
    size = 1 / np.sqrt(diagonal)
    try:
        return linalg.cho_factor(gram * size[:, None] * size), size
    except linalg.LinAlgError:
        raise _diverged() from None


def _theta_slope(y: np.ndarray, mu: np.ndarray, theta: float) -> float:
    """Derivative of the log-likelihood by theta = 1 / alpha."""
    return float(
        np.sum(special.digamma(y + theta) - special.digamma(theta) - np.log1p(mu / theta) + (mu - y) / (mu + theta))
    )


def _diverged() -> ModelError:
    return ModelError(
        _(
            "The model does not converge: too few events for its terms. Take fewer terms, or merge levels with few events."
        )
    )
