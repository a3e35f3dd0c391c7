"""Rates of small groups drawn towards the rate of all: empirical Bayes after Marshall and after Clayton & Kaldor."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, chosen, measured, some
from workbench.models.neighbours import Neighbours
from workbench.models.regression_design import build_design, parse_formula
from workbench.models.regression_fit import fit_negative_binomial
from workbench.terms.errors import ModelError
from workbench.terms.text import _

LEAST = 3  # groups to learn the spread of the others from
STEPS = 10_000
DEVIATIONS = {
    "centre": "deviations from the centre's local mean (Marshall; GeoDa, PySAL)",
    "own": "deviations from each area's own local mean (spdep)",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Smoothed:
    """Raw and smoothed values by group, and how much each was drawn. For maps and ranking, never as input of tests."""

    frame: pd.DataFrame = field(repr=False)  # raw value prior_weight prior_mean prior_variance count exposure
    method: str
    per: float
    prior_mean: float  # per `per`
    prior_variance: float
    neighbours: str  # "" for the global ones
    note: str

    def __str__(self) -> str:
        drawn = self.frame["prior_weight"]
        return _("{method}: {n} groups, prior mean {mean:.4g}, prior variance {variance:.4g}; weight of the prior {low:.2f} to "
                 "{high:.2f}. {note}").format(
            method=self.method, n=len(self.frame), mean=self.prior_mean, variance=self.prior_variance, low=drawn.min(),
            high=drawn.max(), note=self.note,
        ).strip()  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class GammaSmoothed(Smoothed):
    """Smoothed ratios with their posterior distributions Gamma(count + nu, expected + alpha)."""

    nu: float  # inf when the groups vary no more than chance: the prior is then a point
    alpha: float
    level: float


def smooth_rates(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    neighbours: Neighbours | None = None,
    deviations: str = "centre",
    per: float = 100_000,
) -> Smoothed:
    """Empirical Bayes rates by moments, towards the mean of all or of the neighbourhood. Marshall (1991), Appl. Stat. 40:283-294.

    b = sum x / sum n, s2 = sum n (r - b)^2 / sum n, a = max(0, s2 - b / mean n); value = b + (r - b) a / (a + b / n).
    With `neighbours` the sums run over the area and its neighbours. Areas without neighbours, or with no events
    around them, take the global values, and are named in `note`.

    Parameters
    ----------
    counts, exposure : Series by group, same labels; events and persons (or expected events, with per=1)
    deviations : in a neighbourhood, from the "centre"'s local mean, or each area's "own"

    Raises
    ------
    ModelError
        Missing counts (a suppressed count is not 0), exposure 0, no events, fewer than 3 groups, regions not on the map.
    """
    counts, exposure = _pair(counts, exposure, _("the exposure"))
    chosen(deviations, DEVIATIONS, "deviations")
    x, n = counts.to_numpy(), exposure.to_numpy()
    r, b, a = x / n, *_moments(x, n)
    means, variances, notes, method = np.full(len(x), b), np.full(len(x), a), [], _("Marshall, global")
    if neighbours is not None:
        method = _("Marshall, local, {how}").format(how=_(DEVIATIONS[deviations]))
        graph = neighbours.among(counts.index.astype(str))
        around = graph.matrix("binary")
        around.setdiag(1.0)
        size, people, events = (np.diff(around.indptr), around @ n, around @ x)
        local = events / people
        if deviations == "own":
            spread = around @ (n * (r - local) ** 2)
        else:
            spread = around @ (n * r**2) - 2 * local * (around @ (n * r)) + local**2 * people
        alone = (size == 1) | (events == 0)
        means = np.where(alone, b, local)
        variances = np.where(alone, a, np.maximum(spread / people - local / (people / size), 0))
        if alone.any():
            notes.append(
                _("Without neighbours, or without events around them, so drawn to the mean of all: {codes}.").format(
                    codes=some(counts.index[alone])
                )
            )
        if flat := int((variances[~alone] == 0).sum()):
            notes.append(
                _("{n} areas take their local mean: their neighbourhoods vary no more than chance.").format(n=flat)
            )
    elif a == 0:
        notes.append(_("The groups vary no more than chance: all take the rate of all together."))
    own = variances / (variances + means / n)
    frame = pd.DataFrame(
        {"raw": per * r, "value": per * (means + (r - means) * own), "prior_weight": 1 - own, "prior_mean": per * means,
         "prior_variance": per**2 * variances, "count": counts, "exposure": exposure},
        index=counts.index,
    )  # fmt: skip
    return Smoothed(
        frame=frame,
        method=method,
        per=per,
        prior_mean=per * b,
        prior_variance=per**2 * a,
        neighbours=neighbours.method if neighbours is not None else "",
        note=" ".join(notes),
    )


def smooth_ratios(
    counts: pd.Series, expected: pd.Series, *, prior: str = "likelihood", level: float = 0.95
) -> GammaSmoothed:
    """Empirical Bayes ratios of observed to expected events: Clayton & Kaldor (1987), Biometrics 43:671-681.

    counts ~ Poisson(expected theta), theta ~ Gamma(nu, alpha): value = (count + nu) / (expected + alpha). nu and alpha
    by maximum "likelihood" of the negative binomial, or by iterated "moments". The limits are the posterior's quantiles;
    they take the prior as known and are too narrow for few groups.

    Parameters
    ----------
    counts, expected : Series by group, same labels; expected events may be on any scale (persons give rates per person)
    prior : "likelihood" or "moments"

    Returns
    -------
    GammaSmoothed; `frame` has low and high besides. Without more variation than chance nu is inf and all take the mean,
    with no limits (NaN), and `note` says so

    Raises
    ------
    ModelError
        Missing counts, expected 0 or missing, no events, fewer than 3 groups, moments that do not settle.
    """
    checked_level(level)
    counts, expected = _pair(counts, expected, _("the expected events"))
    x, e = counts.to_numpy(), expected.to_numpy()
    by = chosen(prior, ("likelihood", "moments"), "prior")
    mean, variance = (_likelihood if by == "likelihood" else _iterated_moments)(x, e)
    method = _("Clayton & Kaldor, gamma prior by {how}").format(
        how=_("maximum likelihood") if by == "likelihood" else _("moments")
    )
    note, nu, alpha = "", np.inf, np.inf
    if variance > 0:
        nu, alpha = mean**2 / variance, mean / variance
        shape, rate = x + nu, e + alpha
        value, weight = shape / rate, alpha / rate
        low, high = (special.gammaincinv(shape, p) / rate for p in ((1 - level) / 2, (1 + level) / 2))
    else:
        note = _("The groups vary no more than chance: all take the ratio of all together.")
        value, weight = np.full(len(x), mean), np.ones(len(x))
        low = high = np.full(len(x), np.nan)
    frame = pd.DataFrame(
        {"raw": x / e, "value": value, "low": low, "high": high, "prior_weight": weight, "prior_mean": mean,
         "prior_variance": variance, "count": counts, "exposure": expected},
        index=counts.index,
    )  # fmt: skip
    return GammaSmoothed(
        frame=frame,
        method=method,
        per=1,
        prior_mean=mean,
        prior_variance=variance,
        neighbours="",
        note=note,
        nu=nu,
        alpha=alpha,
        level=level,
    )


def rate_deviations(counts: pd.Series, exposure: pd.Series) -> pd.Series:
    """Rates less their mean, over their standard deviation given each group's exposure: what to look for pattern in.

    z = (r - b) / sqrt(a + b / n) with Marshall's b and a. Moran's I of these is the index of Assuncao & Reis (1999),
    Stat. Med. 18:2147-2162. Arguments and errors as `smooth_rates`.
    """
    counts, exposure = _pair(counts, exposure, _("the exposure"))
    b, a = _moments(counts.to_numpy(), exposure.to_numpy())
    return ((counts / exposure - b) / np.sqrt(a + b / exposure)).rename("deviation")


def _pair(counts: pd.Series, exposure: pd.Series, what: str) -> tuple[pd.Series, pd.Series]:
    counts = measured(counts, _("the counts"), missing=False)
    exposure = aligned(measured(exposure, what, missing=False), counts.index, what, _("the counts"))
    if (bare := exposure == 0).any():
        raise ModelError(
            _("{groups} have no exposure, so no rate. Leave them out.").format(groups=some(counts.index[bare]))
        )
    if len(counts) < LEAST:
        raise ModelError(
            _(
                "{n} groups are too few to learn their spread from; {least} are needed. Show the raw rates instead."
            ).format(n=len(counts), least=LEAST)
        )
    if counts.sum() == 0:
        raise ModelError(_("There are no events in any group: there is nothing to smooth. Take more years."))
    return counts, exposure


def _moments(x: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Marshall's global mean and variance of the rates."""
    b = x.sum() / n.sum()
    return float(b), float(max(0.0, (n * (x / n - b) ** 2).sum() / n.sum() - b / n.mean()))


def _likelihood(x: np.ndarray, e: np.ndarray) -> tuple[float, float]:
    """Mean and variance of the gamma prior: a negative binomial with a constant only."""
    design = build_design(parse_formula("x ~ 1"), pd.DataFrame(index=range(len(x))), {}, e)
    fit = fit_negative_binomial(design, x, e)
    mean = float(np.exp(fit.coefficients[0]))
    return mean, mean**2 * fit.alpha


def _iterated_moments(x: np.ndarray, e: np.ndarray) -> tuple[float, float]:
    """Clayton & Kaldor's equations (their section 2.2): means of the smoothed ratios, repeated until they settle."""
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
