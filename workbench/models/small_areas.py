"""Small areas after Fay and Herriot: direct estimates of regions drawn towards a regression, with their error."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, stats

from workbench.models.inputs import checked_level
from workbench.terms.errors import ModelError
from workbench.terms.text import _

FEWEST = 5


@dataclass(frozen=True, kw_only=True)
class SmallAreas:
    """Estimates of regions.

    Attributes
    ----------
    frame : a row per region: direct, direct_se, value (the empirical best predictor), mse, low, high, weight (of the
        direct estimate, 0 to 1) and state ("" or "model only", where nobody of the region was asked)
    coefficients : of the regression on the regions' own figures
    spread : standard deviation of regions about it
    """

    frame: pd.DataFrame = field(repr=False)
    coefficients: pd.Series
    spread: float


def fay_herriot(
    direct: pd.Series, variance: pd.Series, covariates: pd.DataFrame | None = None, *, level: float = 0.95
) -> SmallAreas:
    """The empirical best linear unbiased predictor of each region.

    Fay and Herriot (1979), JASA 74:269-277; the variance between regions by restricted maximum likelihood; mean
    squared error g1 + g2 + 2 g3 of Prasad and Rao (1990), JASA 85:163-171, with g3 of the REML estimator (Datta and
    Lahiri 2000, Statistica Sinica 10:613-627). Limits: value -+ z sqrt(mse).

    Parameters
    ----------
    direct : Series
        The direct estimate of each region; NaN where nobody of it was asked.
    variance : Series
        Same index: its sampling variance, taken as known.
    covariates : DataFrame or None
        Same index: what is known of each region, such as the share of a sector; None for a common mean.
    level : float
        Of the intervals.

    Returns
    -------
    SmallAreas

    Raises
    ------
    ModelError
        For fewer than five regions more than covariates, and for variances of 0 or less.
    """
    checked_level(level)
    known = direct.notna() & variance.notna()
    names = [_("constant"), *(map(str, covariates.columns) if covariates is not None else ())]
    x = np.ones((len(direct), 1)) if covariates is None else np.column_stack([np.ones(len(direct)), covariates])
    at = known.to_numpy()
    if at.sum() < len(names) + FEWEST:
        message = _("{n} regions have a direct estimate; {terms} terms need {least} at the least.")
        raise ModelError(message.format(n=int(at.sum()), terms=len(names), least=len(names) + FEWEST))
    if (variance[known] <= 0).any() or not np.isfinite(x).all():
        raise ModelError(_("Sampling variances are above 0, and covariates are known of every region."))

    y, d, own = direct[known].to_numpy(float), variance[known].to_numpy(float), x[at]
    spread = _between(y, d, own)
    inverse = 1 / (spread + d)
    of_coefficients = np.linalg.inv((own * inverse[:, None]).T @ own)
    beta = of_coefficients @ (own.T @ (inverse * y))

    gamma = np.zeros(len(direct))
    gamma[at] = spread * inverse
    synthetic = x @ beta
    value = synthetic + gamma * np.where(at, direct.fillna(0).to_numpy(float) - synthetic, 0.0)
    g2 = (1 - gamma) ** 2 * np.einsum("ij,jk,ik->i", x, of_coefficients, x)
    of_spread = 2 / (inverse**2).sum()
    g1, g3 = np.full(len(direct), spread), np.zeros(len(direct))
    g1[at], g3[at] = gamma[at] * d, d**2 * inverse**3 * of_spread
    mse = g1 + g2 + 2 * g3

    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(mse)
    frame = pd.DataFrame({"direct": direct, "direct_se": np.sqrt(variance), "value": value, "mse": mse})
    frame = frame.assign(low=value - half, high=value + half, weight=gamma, state=np.where(at, "", "model only"))
    return SmallAreas(frame=frame, coefficients=pd.Series(beta, index=names), spread=float(np.sqrt(spread)))


def _between(y: np.ndarray, d: np.ndarray, x: np.ndarray) -> float:
    """The variance between regions that restricted likelihood likes best, 0 at the least."""

    def loss(spread: float) -> float:
        inverse = 1 / (spread + d)
        a = (x * inverse[:, None]).T @ x
        residual = y - x @ np.linalg.solve(a, x.T @ (inverse * y))
        return float(-np.log(inverse).sum() + np.linalg.slogdet(a)[1] + inverse @ residual**2)

    most = 10 * max(float(np.var(y)), float(d.max()))
    return float(optimize.minimize_scalar(loss, bounds=(0, most), method="bounded", options={"xatol": 1e-10 * most}).x)
