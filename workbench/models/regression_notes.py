"""How a regression of counts was made, and what a reader of its ratios must know."""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first used

from workbench.models.inputs import some
from workbench.models.regression_design import Design
from workbench.models.regression_fit import Fit
from workbench.terms.text import _

MANY_CLUSTERS = 30


@dataclass(frozen=True, kw_only=True)
class MethodWords:
    """Family and errors of a regression; str() says them."""

    family: str  # "poisson", "quasi-poisson", "nb2"
    errors: str  # "model", "hc0", "hc1", "cluster", "cluster0", "cluster1"
    cluster: str  # the column, "" without
    groups: int  # clusters, 0 without

    def __str__(self) -> str:
        families = {
            "poisson": _("Poisson"),
            "quasi-poisson": _("quasi-Poisson"),
            "nb2": _("negative binomial (NB2)"),
        }
        errors = {
            "model": _("model-based errors"),
            "hc0": _("robust errors (HC0)"),
            "hc1": _("robust errors (HC1: n/(n-k))"),
            "cluster0": _("errors clustered by {cluster} ({n} clusters, no factor, t with {df} degrees of freedom)"),
            "cluster": _("errors clustered by {cluster} ({n} clusters, G/(G-1), t with {df} degrees of freedom)"),
            "cluster1": _(
                "errors clustered by {cluster} ({n} clusters, G/(G-1) times (n-1)/(n-k), t with {df} degrees of "
                "freedom)"
            ),
        }
        message = errors[self.errors].format(cluster=self.cluster, n=self.groups, df=self.groups - 1)
        return _("{family}, {errors}").format(family=families[self.family], errors=message)


def notes_of(
    design: Design, fit: Fit, counts: np.ndarray, words: MethodWords, dispersion: float, blind: np.ndarray
) -> list[str]:
    """What a reader of the ratios must know: terms not estimated, errors that do not hold, few clusters.

    Parameters
    ----------
    counts : array by unit of analysis
    dispersion : Pearson X2 over degrees of freedom, NaN without any
    blind : by coefficient, whether robust errors are blind to it
    """
    notes = []
    if design.aliased:
        notes.append(_("Not estimated, for want of cells: {columns}.").format(columns=some(design.aliased)))
    if words.family == "poisson" and words.errors == "model":
        notes += _poisson_errors(counts, dispersion, len(counts) - len(design.columns))
    if words.family == "nb2" and fit.alpha == 0:
        notes.append(_("The units vary no more than Poisson counts: alpha is 0 and the model is Poisson's."))
    return notes + _robust_errors(design, words.groups, blind)


def _poisson_errors(counts: np.ndarray, dispersion: float, df: int) -> list[str]:
    notes = []
    if np.any(counts != np.round(counts)):
        notes.append(
            _(
                "The counts are sums of weights: Poisson errors do not hold for them. Take robust errors or "
                "quasi-Poisson."
            )
        )
    if dispersion > 1 and scipy.stats.chi2.sf(dispersion * df, df) < 0.05:
        notes.append(
            _(
                "The units vary {phi:.2f} times as much as Poisson counts: these intervals are too narrow. Take "
                "quasi-Poisson, nb2 or robust errors."
            ).format(phi=dispersion)
        )
    return notes


def _robust_errors(design: Design, groups: int, blind: np.ndarray) -> list[str]:
    notes = []
    if 0 < groups < MANY_CLUSTERS:
        notes.append(
            _("{n} clusters are few: errors from under {many} tend to be too small.").format(
                n=groups, many=MANY_CLUSTERS
            )
        )
    if blind.any():
        names = some(name for name, without in zip(design.names, blind, strict=True) if without)
        exactly = _("No errors can be given for {terms}: the model fits each of their units exactly.")
        if groups:
            exactly = _("No errors can be given for {terms}: the model fits each of their clusters exactly.")
        notes.append(exactly.format(terms=names))
    if groups and len(design.columns) > groups:
        notes.append(
            _("There are fewer clusters than coefficients: terms with many levels cannot be tested as a whole.")
        )
    return notes
