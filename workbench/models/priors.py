"""What is known of a group before its own events are counted: gamma priors of rates, beta priors of shares."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used
from scipy import special

from workbench.models.inputs import checked_positive
from workbench.terms.errors import ModelError
from workbench.terms.text import _

STEPS = 10_000
POISSON_LIKE = 1e-10  # a dispersion below this cannot be told from none


@dataclass(frozen=True, kw_only=True)
class GammaPrior:
    """Ratios are Gamma(nu, alpha): mean nu / alpha, variance nu / alpha^2. Give one of an earlier period or a model."""

    nu: float
    alpha: float

    def __post_init__(self):
        checked_positive(self.nu, "nu")
        checked_positive(self.alpha, "alpha")

    @classmethod
    def of_prediction(cls, dispersion: float) -> "GammaPrior":
        """The prior around a model's predictions: mean 1, variance `dispersion`, alpha of Var = mu + alpha mu^2.

        Hauer (1997), Observational Before-After Studies in Road Safety, ch. 11: with the predictions as expected
        events the estimate is w mu + (1 - w) x, w = 1 / (1 + mu dispersion).

        Parameters
        ----------
        dispersion : float
            Above 0.

        Raises
        ------
        ModelError
            For a dispersion that is not above 0.
        """
        dispersion = checked_positive(dispersion, "dispersion")
        return cls(nu=1 / dispersion, alpha=1 / dispersion)

    @property
    def mean(self) -> float:
        return self.nu / self.alpha

    @property
    def variance(self) -> float:
        return self.nu / self.alpha**2


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What a model predicts of each group: `expected` events by group code, and the `dispersion` around them.

    Hauer's empirical Bayes: the dispersion is alpha of the negative binomial model (NB2) that predicts.
    """

    expected: pd.Series = field(repr=False)
    dispersion: float

    @property
    def prior(self) -> GammaPrior:
        """The gamma prior of the ratios of true to predicted events."""
        return GammaPrior.of_prediction(self.dispersion)


@dataclass(frozen=True, kw_only=True)
class BetaPrior:
    """Shares are Beta(a, b): mean a / (a + b). `BetaPrior(a=1, b=1)` takes every share as equally likely."""

    a: float
    b: float

    def __post_init__(self):
        checked_positive(self.a, "a")
        checked_positive(self.b, "b")


def gamma_by_likelihood(x: np.ndarray, e: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the gamma prior by maximum likelihood of the negative binomial; variance 0 if none is found.

    For each dispersion the best mean solves one equation; the best dispersion is where the slope of the likelihood
    along those means is 0.

    Parameters
    ----------
    x, e : arrays
        Events, and expected events above 0.

    Raises
    ------
    ModelError
        When no dispersion up to 10,000 is large enough.
    """
    common = float(x.sum() / e.sum())
    excess = ((x - common * e) ** 2 - x).sum()
    if excess <= 0:
        return common, 0.0

    def slope(log_dispersion: float) -> float:
        theta, mu = np.exp(-log_dispersion), _best_mean(x, e, np.exp(log_dispersion)) * e
        terms = special.digamma(x + theta) - special.digamma(theta) - np.log1p(mu / theta) + (mu - x) / (mu + theta)
        return float(terms.sum())  # by theta: above 0, the dispersion should shrink

    low = high = float(np.log(excess / ((common * e) ** 2).sum()))
    while slope(low) > 0:
        low -= np.log(4)
        if low < np.log(POISSON_LIKE):
            return common, 0.0
    while slope(high) < 0:
        high += np.log(4)
        if high > np.log(1e4):
            raise ModelError(
                _("The counts vary more than a gamma prior can: one group holds most events. Look at the largest.")
            )
    dispersion = np.exp(scipy.optimize.brentq(slope, low, high, xtol=1e-11, rtol=1e-13) if high > low else low)
    mean = _best_mean(x, e, dispersion)
    return mean, float(mean**2 * dispersion)


def _best_mean(x: np.ndarray, e: np.ndarray, dispersion: float) -> float:
    """The mean ratio of highest likelihood: sum (x - m e) / (1 + m e dispersion) = 0, falling in m."""

    def score(log_mean: float) -> float:
        mu = np.exp(log_mean) * e
        return float(((x - mu) / (1 + mu * dispersion)).sum())

    middle = float(np.log(x.sum() / e.sum()))
    low = high = middle
    while score(low) < 0:
        low -= 1.0
    while score(high) > 0:
        high += 1.0
    return float(np.exp(scipy.optimize.brentq(score, low, high, xtol=1e-14, rtol=1e-14) if high > low else middle))


def gamma_by_moments(x: np.ndarray, e: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the gamma prior by moments of the smoothed ratios, repeated until they settle.

    Clayton & Kaldor (1987), Biometrics 43:671-681, section 2.2.

    Raises
    ------
    ModelError
        When they do not settle.
    """
    mean, variance = x.sum() / e.sum(), float(np.var(x / e))
    for _step in range(STEPS):
        if variance <= 0:
            return float(x.sum() / e.sum()), 0.0
        nu, alpha = mean**2 / variance, mean / variance
        value = (x + nu) / (e + alpha)
        new = value.mean(), float(((1 + alpha / e) * (value - value.mean()) ** 2).sum() / (len(x) - 1))
        if max(abs(new[0] - mean) / mean, abs(new[1] - variance) / variance) < 1e-12:
            return float(new[0]), new[1]
        mean, variance = new
        if variance < 1e-9 * mean**2:
            return float(x.sum() / e.sum()), 0.0
    raise ModelError(_("The moments of the prior do not settle. Ask for prior='likelihood'."))


def beta_by_likelihood(x: np.ndarray, n: np.ndarray) -> BetaPrior | None:
    """The beta prior by maximum likelihood of the beta-binomial; None when the shares vary no more than chance.

    Parameters
    ----------
    x, n : arrays
        Events, and of how many; not all 0, nor all of them.
    """
    share = x.sum() / n.sum()
    spread = ((x - n * share) ** 2 / (n * share * (1 - share))).sum()
    if spread <= len(x):
        return None

    def loss(parameters: np.ndarray) -> float:
        mean, total = special.expit(parameters[0]), np.exp(parameters[1])
        a, b = mean * total, (1 - mean) * total
        return -float((special.betaln(x + a, n - x + b) - special.betaln(a, b)).sum())

    start = np.array([special.logit(share), np.log(max(np.mean(n), 2.0))])
    # a simplex, since differences of betaln are too rough for gradients by finite steps
    found = scipy.optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000}
    )
    mean, total = special.expit(found.x[0]), np.exp(min(found.x[1], 50.0))
    if total > 1e7 * n.mean():
        return None
    return BetaPrior(a=float(mean * total), b=float((1 - mean) * total))
