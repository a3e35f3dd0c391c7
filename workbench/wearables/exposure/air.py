"""Substances in the air: averages over a shift and over a quarter of an hour, and values below detection.

Concentrations of a group are taken as log-normal. A value below detection is known only to lie below; it is neither 0
nor half of the limit (Helsel 2012, Statistics for Censored Environmental Data, chapters 4 to 6).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from workbench.terms.errors import ModelError
from workbench.terms.text import _

SHORT_TERM = 15
"""Minutes of a short-term limit."""
FEWEST_KNOWN = 3
STEPS = 60


@dataclass(frozen=True, kw_only=True)
class LogNormal:
    """A log-normal fit: mean and standard deviation of the logarithms.

    Attributes
    ----------
    mu, sigma : of natural logarithms
    n, censored : measurements, and those below detection
    method : "mle" or "ros"
    detection : mean logarithm of the limits of the hidden values; NaN without any
    """

    mu: float
    sigma: float
    n: int
    censored: int
    method: str
    detection: float = float("nan")

    @property
    def geometric_mean(self) -> float:
        """exp(mu), in the unit of the concentrations."""
        return float(np.exp(self.mu))

    @property
    def geometric_deviation(self) -> float:
        """exp(sigma)."""
        return float(np.exp(self.sigma))

    @property
    def mean(self) -> float:
        """exp(mu + sigma^2/2), in the unit of the concentrations."""
        return float(np.exp(self.mu + self.sigma**2 / 2))

    def quantile(self, share: float) -> float:
        """The concentration under which a share of days lies."""
        return float(np.exp(self.mu + special.ndtri(share) * self.sigma))


def shift_average(concentrations: ArrayLike, minutes: ArrayLike) -> float:
    """Time-weighted average over eight hours: sum c t / 480 (EN 689:2018, annex G).

    Parameters
    ----------
    concentrations : of each sample
    minutes : of each sample

    Returns
    -------
    float
        In the unit of the concentrations; time without a sample counts as 0.
    """
    return float(np.sum(np.asarray(concentrations, float) * np.asarray(minutes, float)) / 480)


def short_term(minutes: ArrayLike) -> float:
    """The highest mean of fifteen minutes one after the other.

    Parameters
    ----------
    minutes : concentration of each minute, NaN where there is none: over it no mean is formed

    Returns
    -------
    float
        In their unit; NaN where no fifteen minutes are whole.
    """
    values = np.asarray(minutes, float)
    if len(values) < SHORT_TERM:
        message = _("A short-term average needs {n} minutes; there are {given}.")
        raise ModelError(message.format(n=SHORT_TERM, given=len(values)))
    means = np.convolve(values, np.ones(SHORT_TERM) / SHORT_TERM, "valid")
    return float(np.max(means, where=np.isfinite(means), initial=-np.inf)) if np.isfinite(means).any() else float("nan")


def fit_mle(values: ArrayLike, below: ArrayLike | None = None) -> LogNormal:
    """Maximum likelihood with values below detection (Helsel 2012, chapter 6).

    Parameters
    ----------
    values : concentrations; of one below detection its limit
    below : whether each is below detection

    Returns
    -------
    LogNormal

    Raises
    ------
    ModelError
        For values that are not above 0, or fewer than three different ones above detection.
    """
    logs, censored = checked(values, below)
    mu, sigma = censored_normal(logs[None, :], censored[None, :])
    detection = float(logs[censored].mean()) if censored.any() else float("nan")
    return LogNormal(
        mu=float(mu[0]),
        sigma=float(sigma[0]),
        n=len(logs),
        censored=int(censored.sum()),
        method="mle",
        detection=detection,
    )


def fit_ros(values: ArrayLike, below: ArrayLike | None = None) -> LogNormal:
    """Robust regression on order statistics: values below detection are filled in from the line of the others.

    Plotting positions of Hirsch & Stedinger (1987), Water Resour. Res. 23:715, for several limits of detection;
    Helsel (2012), section 6.2.

    Parameters
    ----------
    values : concentrations; of one below detection its limit
    below : whether each is below detection

    Returns
    -------
    LogNormal
        Moments of the logarithms, measured and filled in.
    """
    logs, censored = checked(values, below)
    positions = plotting_positions(logs, censored)
    scores = special.ndtri(positions)
    line = stats.linregress(scores[~censored], logs[~censored])
    filled = np.where(censored, line.intercept + line.slope * scores, logs)
    return LogNormal(
        mu=float(filled.mean()),
        sigma=float(filled.std(ddof=1)),
        n=len(logs),
        censored=int(censored.sum()),
        method="ros",
    )


def plotting_positions(logs: np.ndarray, censored: np.ndarray) -> np.ndarray:
    """Shares below each value, for one or several limits of detection (Hirsch & Stedinger 1987).

    Parameters
    ----------
    logs : array
    censored : array of bool

    Returns
    -------
    array
        Between 0 and 1.
    """
    limits = np.unique(logs[censored])
    edges = np.concatenate([[-np.inf], limits, [np.inf]])
    # share at or above each limit, from the highest down
    above = np.zeros(len(edges))
    above[0] = 1.0
    for place in range(len(limits), 0, -1):
        low, high = edges[place], edges[place + 1]
        known = int(((logs >= low) & (logs < high) & ~censored).sum())
        lower = int(((logs < low) & ~censored).sum() + ((logs <= low) & censored).sum())
        above[place] = above[place + 1] + known / (known + lower) * (1 - above[place + 1])
    positions = np.empty(len(logs))
    for place in range(len(limits) + 1):
        low, high = edges[place], edges[place + 1]
        known = np.flatnonzero((logs >= low) & (logs < high) & ~censored)
        known = known[np.argsort(logs[known], kind="stable")]
        ranks = np.arange(1, len(known) + 1) / (len(known) + 1)
        positions[known] = (1 - above[place]) + (above[place] - above[place + 1]) * ranks
        hidden = np.flatnonzero((logs == high) & censored)
        share = 1 - above[place + 1]
        positions[hidden] = share * np.arange(1, len(hidden) + 1) / (len(hidden) + 1)
    return positions


def checked(values: ArrayLike, below: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms, and which of them are limits of detection."""
    values = np.asarray(values, float)
    censored = np.zeros(len(values), bool) if below is None else np.asarray(below, bool)
    if values.ndim != 1 or censored.shape != values.shape or not (values > 0).all():
        raise ModelError(_("Concentrations are numbers above 0; of a value below detection give its limit."))
    if len(np.unique(values[~censored])) < FEWEST_KNOWN:
        message = _("Fewer than {n} different values above detection tell nothing about their spread. Measure more.")
        raise ModelError(message.format(n=FEWEST_KNOWN))
    return np.log(values), censored


def censored_normal(logs: np.ndarray, censored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each row of normal values, some of them known only to lie below.

    Newton's method in 1/sigma and mu/sigma, in which the likelihood is concave (Olsen 1978, Econometrica 46:1211);
    all rows at once, so that 20,000 samples take a second.

    Parameters
    ----------
    logs : array (rows, n); of a censored value its limit
    censored : array of bool, same shape

    Returns
    -------
    mu, sigma : arrays of rows
    """
    known = ~censored
    start_sigma = np.std(logs, axis=1) + 1e-6
    gamma, delta = 1 / start_sigma, logs.mean(axis=1) / start_sigma
    for _step in range(STEPS):
        z = gamma[:, None] * logs - delta[:, None]
        ratio = np.exp(-(z**2) / 2 - 0.5 * np.log(2 * np.pi) - special.log_ndtr(z))
        slope = np.where(censored, ratio, -z)
        bend = np.where(censored, -ratio * (z + ratio), -1.0)
        first_gamma = (known.sum(axis=1) / gamma) + (slope * logs).sum(axis=1)
        first_delta = -slope.sum(axis=1)
        second_gg = -known.sum(axis=1) / gamma**2 + (bend * logs**2).sum(axis=1)
        second_gd = -(bend * logs).sum(axis=1)
        second_dd = bend.sum(axis=1)
        determinant = second_gg * second_dd - second_gd**2
        step_gamma = (second_dd * first_gamma - second_gd * first_delta) / determinant
        step_delta = (second_gg * first_delta - second_gd * first_gamma) / determinant
        # 1/sigma stays above 0: at most half of it is taken away in one step
        shorter = np.where(step_gamma > 0.5 * gamma, 0.5 * gamma / np.where(step_gamma > 0, step_gamma, 1), 1.0)
        gamma, delta = gamma - shorter * step_gamma, delta - shorter * step_delta
        if np.max(np.abs(step_gamma) / gamma) < 1e-10:
            break
    return delta / gamma, 1 / gamma
