"""Replicate weights of a survey: variances from the spread of an estimate over them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from workbench.models.inputs import chosen
from workbench.terms.errors import ModelError
from workbench.terms.text import _

REPLICATES = ("BRR", "Fay", "JK1", "JKn", "bootstrap", "SDR")
CENTRES = ("mean", "estimate")


@dataclass(frozen=True, kw_only=True)
class Replicates:
    """Replicate weights, and how a variance is made of them.

    Attributes
    ----------
    weights : one row per respondent, one column per replicate
    method : "BRR", "Fay", "JK1", "JKn", "bootstrap" or "SDR"
    fay : of Fay's method, the share rho by which weights are shrunk
    scales : of JKn, (n - 1) / n of the stratum of each replicate
    centre : squares are taken from the "mean" of the replicates, as R does, or from the "estimate" (mse)
    """

    weights: np.ndarray = field(repr=False)
    method: str
    fay: float = 0.0
    scales: tuple[float, ...] = ()
    centre: str = "mean"

    def __post_init__(self):
        chosen(self.method, REPLICATES, "method")
        chosen(self.centre, CENTRES, "centre")
        if self.method == "JKn" and len(self.scales) != self.weights.shape[1]:
            message = _("JKn has a scale for each replicate: {n} weights, {scales} scales.")
            raise ModelError(message.format(n=self.weights.shape[1], scales=len(self.scales)))
        if self.method == "Fay" and not 0 <= self.fay < 1:
            raise ModelError(_("Fay's rho lies from 0 to below 1; {rho} does not.").format(rho=self.fay))

    def variance(self, estimates: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Variance of `value` (one per group) from its replicates (one row each). NaN where a replicate has none."""
        return (self._spread(estimates, value) ** 2).sum(axis=0)

    def covariance(self, estimate: Callable[[np.ndarray], np.ndarray], value: np.ndarray) -> np.ndarray:
        """Covariance of several figures, each of them estimated anew with every replicate's weights.

        Parameters
        ----------
        estimate : function
            From the weights of the respondents to the figures.
        value : array, shape (k,)
            The figures with the survey's own weights.

        Returns
        -------
        array, shape (k, k)
        """
        spread = self._spread(np.array([estimate(column) for column in self.weights.T]), value)
        return spread.T @ spread

    def changed(self, change: Callable[[np.ndarray], np.ndarray]) -> "Replicates":
        """The same replicates with each column of weights changed, as by calibration."""
        return replace(self, weights=np.column_stack([change(column) for column in self.weights.T]))

    def _spread(self, estimates: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Scaled distances of the replicates (one row each) from their centre.

        Wolter (2007), Introduction to Variance Estimation, ch. 3 to 5; SDR: Fay and Train (1995).
        """
        n = len(estimates)
        scale = {
            "BRR": 1 / n,
            "Fay": 1 / (n * (1 - self.fay) ** 2),
            "JK1": (n - 1) / n,
            "JKn": 1.0,
            "bootstrap": 1 / (n - 1),
            "SDR": 4 / n,
        }[self.method]
        each = np.array(self.scales)[:, None] if self.scales else 1.0
        centre = estimates.mean(axis=0) if self.centre == "mean" else value
        return np.sqrt(scale * each) * (estimates - centre)

    @cached_property
    def df(self) -> int:
        """Rank of the replicate weights less one, as R's `degf`."""
        return int(np.linalg.matrix_rank(self.weights.T @ self.weights, hermitian=True)) - 1
