"""Rates of small groups drawn towards the rate of all: empirical Bayes after Marshall and after Clayton & Kaldor."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, checked_positive, chosen, measured, some
from workbench.models.neighbours import Neighbours, checked_neighbours
from workbench.models.priors import GammaPrior, gamma_by_likelihood, gamma_by_moments
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, n_, translated

LEAST = 3  # groups to learn the spread of the others from
DEVIATIONS = {
    "centre": mark("Marshall, local, deviations from the centre's local mean (Marshall; GeoDa, PySAL)"),
    "own": mark("Marshall, local, deviations from each area's own local mean (spdep)"),
}
PRIORS = {"likelihood": gamma_by_likelihood, "moments": gamma_by_moments}


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
        weight = self.frame["prior_weight"]
        text = _(
            "{method}: {n} groups, prior mean {mean:.4g}, prior variance {variance:.4g}; weight of the prior {low:.2f} "
            "to {high:.2f}."
        ).format(
            method=self.method,
            n=len(self.frame),
            mean=self.prior_mean,
            variance=self.prior_variance,
            low=weight.min(),
            high=weight.max(),
        )
        return f"{text} {self.note}".strip()


@dataclass(frozen=True, kw_only=True, eq=False)
class GammaSmoothed(Smoothed):
    """Smoothed ratios with their posterior distributions Gamma(shape, rate), columns of `frame` as low and high are.

    `estimate` and `estimate_variance` are the smoothed number of events, value times expected, and its variance:
    Hauer's estimate, when the expected events are a model's predictions.
    """

    nu: float  # inf when the groups vary no more than chance: the prior is then a point
    alpha: float
    level: float

    def chances(self, reference: float = 1.0) -> pd.DataFrame:
        """The chances that each group's true ratio lies below, and above, a reference; NaN where the prior is a point.

        Parameters
        ----------
        reference : float
            In the unit of the ratios.

        Returns
        -------
        DataFrame by group: below, above

        Raises
        ------
        ModelError
            If the reference is not above 0.
        """
        reference = checked_positive(reference, "reference")
        shape, rate = self.frame["shape"], self.frame["rate"]
        tails = {
            "below": special.gammainc(shape, rate * reference),
            "above": special.gammaincc(shape, rate * reference),
        }
        return pd.DataFrame(tails, index=self.frame.index)


def smooth_rates(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    weights: pd.Series | None = None,
    neighbours: Neighbours | None = None,
    deviations: str = "centre",
    per: float = 100_000,
) -> Smoothed:
    """Empirical Bayes rates by moments, towards the mean of all or of the neighbourhood.

    Marshall (1991), Appl. Stat. 40:283-294: b = sum x / sum n, s2 = sum n (r - b)^2 / sum n,
    a = max(0, s2 - b / mean n), value = b + (r - b) a / (a + b / n). With `neighbours` the sums run over the area and
    its neighbours. Areas without neighbours, or with no events around them, take the global values, and are named in
    `note`. Own code, because esda.smoothing gives the rates alone (the same, tested), without the prior and its weight.

    Parameters
    ----------
    counts, exposure : Series by group, same labels
        Events, and persons (or expected events, with per=1).
    weights : Series by group, optional
        The mean weight of a record where counts are sums of weights: squared weights over weights. Counts over their
        weight vary like Poisson counts, so groups of few heavy records are drawn further.
    neighbours : Neighbours, optional
        From `workbench.models.neighbours`.
    deviations : {"centre", "own"}
        In a neighbourhood, from the centre's local mean, or from each area's own.
    per : float
        What the rates are per.

    Returns
    -------
    Smoothed

    Raises
    ------
    ModelError
        Missing counts (a suppressed count is not 0), exposure 0, no events, fewer than 3 groups, regions not on the
        map, weights that are not above 0.
    """
    counts, exposure = _pair(counts, exposure, _("the exposure"))
    records, people = _records(counts, exposure, weights)
    per = checked_positive(per, "per")
    chosen(deviations, DEVIATIONS, "deviations")
    r, b, a = records / people, *_moments(records, people)
    means, variances, notes, method = np.full(len(r), b), np.full(len(r), a), [], _("Marshall, global")
    if neighbours is not None:
        method = translated(DEVIATIONS[deviations])
        graph = checked_neighbours(neighbours).among(counts.index.astype(str))
        means, variances, alone = _around(graph, records, people, own=deviations == "own")
        means, variances = np.where(alone, b, means), np.where(alone, a, variances)
        if alone.any():
            notes.append(
                _("Without neighbours, or without events around them, so drawn to the mean of all: {codes}.").format(
                    codes=some(counts.index[alone])
                )
            )
        if flat := int((variances[~alone] == 0).sum()):
            message = n_(
                "{n} area takes its local mean: its neighbourhood varies no more than chance.",
                "{n} areas take their local mean: their neighbourhoods vary no more than chance.",
                flat,
            )
            notes.append(message.format(n=flat))
    elif a == 0:
        notes.append(_("The groups vary no more than chance: all take the rate of all together."))
    own = variances / (variances + means / people)
    frame = pd.DataFrame(
        {
            "raw": per * r,
            "value": per * (means + (r - means) * own),
            "prior_weight": 1 - own,
            "prior_mean": per * means,
            "prior_variance": per**2 * variances,
            "count": counts,
            "exposure": exposure,
        },
        index=counts.index,
    )
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
    counts: pd.Series,
    expected: pd.Series,
    *,
    weights: pd.Series | None = None,
    prior: str | GammaPrior = "likelihood",
    level: float = 0.95,
) -> GammaSmoothed:
    """Empirical Bayes ratios of observed to expected events: Clayton & Kaldor (1987), Biometrics 43:671-681.

    counts ~ Poisson(expected theta), theta ~ Gamma(nu, alpha): value = (count + nu) / (expected + alpha). The limits
    are the posterior's quantiles; they take the prior as known and are too narrow for few groups.

    Parameters
    ----------
    counts, expected : Series by group, same labels
        Expected events may be on any scale (persons give rates per person).
    weights : Series by group, optional
        The mean weight of a record, as in `smooth_rates`.
    prior : {"likelihood", "moments"} or GammaPrior
        nu and alpha by maximum likelihood of the negative binomial, or by iterated moments, of these groups; or a
        given prior, such as that of an earlier period, or of a model's predictions (`GammaPrior.of_prediction`), for
        which one group without events will do.
    level : float
        Confidence level of the limits.

    Returns
    -------
    GammaSmoothed
        `frame` has low, high, shape, rate, estimate and estimate_variance besides. Without more variation than chance
        nu is inf and all take the mean, with no limits (NaN), and `note` says so.

    Raises
    ------
    ModelError
        Missing counts, expected 0 or missing, weights that are not above 0; without a given prior no events, fewer
        than 3 groups, moments that do not settle.
    """
    level = checked_level(level)
    given = isinstance(prior, GammaPrior)
    counts, expected = _pair(counts, expected, _("the expected events"), alone=given)
    x, e = _records(counts, expected, weights)
    if given:
        mean, variance, method = prior.mean, prior.variance, _("gamma prior as given")
    else:
        mean, variance = PRIORS[chosen(prior, PRIORS, "prior")](x, e)
        by_likelihood = _("Clayton & Kaldor, gamma prior by maximum likelihood")
        method = by_likelihood if prior == "likelihood" else _("Clayton & Kaldor, gamma prior by moments")

    note, nu, alpha = "", np.inf, np.inf
    missing = np.full(len(x), np.nan)
    if variance > 0:
        nu, alpha = mean**2 / variance, mean / variance
        shape, rate = x + nu, e + alpha
        value, weight = shape / rate, alpha / rate
        low, high = (special.gammaincinv(shape, p) / rate for p in ((1 - level) / 2, (1 + level) / 2))
    else:
        note = _("The groups vary no more than chance: all take the ratio of all together.")
        value, weight, low, high, shape, rate = np.full(len(x), mean), np.ones(len(x)), *(missing,) * 4
    frame = pd.DataFrame(
        {
            "raw": x / e,
            "value": value,
            "low": low,
            "high": high,
            "prior_weight": weight,
            "prior_mean": mean,
            "prior_variance": variance,
            "count": counts,
            "exposure": expected,
            "shape": shape,
            "rate": rate,
            "estimate": value * expected,
            "estimate_variance": shape / rate**2 * expected**2,
        },
        index=counts.index,
    )
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


def rate_deviations(counts: pd.Series, exposure: pd.Series, *, weights: pd.Series | None = None) -> pd.Series:
    """Rates less their mean, over their standard deviation given each group's exposure: what to look for pattern in.

    z = (r - b) / sqrt(a + b / n) with Marshall's b and a. Moran's I of these is the index of Assuncao & Reis (1999),
    Stat. Med. 18:2147-2162. Own code, because esda's takes a negative a into the variance.

    Parameters
    ----------
    counts, exposure, weights
        As `smooth_rates`.

    Returns
    -------
    Series by group

    Raises
    ------
    ModelError
        As `smooth_rates`.
    """
    counts, exposure = _pair(counts, exposure, _("the exposure"))
    records, people = _records(counts, exposure, weights)
    b, a = _moments(records, people)
    return pd.Series((records / people - b) / np.sqrt(a + b / people), index=counts.index, name="deviation")


def _around(graph: Neighbours, x: np.ndarray, n: np.ndarray, *, own: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and variance of the rates in each area's neighbourhood, and which areas have none to learn from."""
    around = graph.matrix("binary")
    around.setdiag(1.0)
    size, people, events = np.diff(around.indptr), around @ n, around @ x
    rates, local = x / n, events / people
    if own:
        spread = around @ (n * (rates - local) ** 2)
    else:
        spread = around @ (n * rates**2) - 2 * local * (around @ (n * rates)) + local**2 * people
    variances = np.maximum(spread / people - local / (people / size), 0)
    return local, variances, (size == 1) | (events == 0)


def _pair(counts: pd.Series, exposure: pd.Series, what: str, *, alone: bool = False) -> tuple[pd.Series, pd.Series]:
    """Counts and exposure in one order; `alone` when nothing has to be learnt from the other groups."""
    counts = measured(counts, _("the counts"), missing=False)
    exposure = aligned(measured(exposure, what, missing=False), counts.index, what, _("the counts"))
    if (bare := exposure == 0).any():
        raise ModelError(
            _("{groups} have no exposure, so no rate. Leave them out.").format(groups=some(counts.index[bare]))
        )
    if len(counts) < (1 if alone else LEAST):
        message = n_(
            "{n} group is too few to learn their spread from; {least} are needed. Show the raw rates instead.",
            "{n} groups are too few to learn their spread from; {least} are needed. Show the raw rates instead.",
            len(counts),
        )
        raise ModelError(message.format(n=len(counts), least=1 if alone else LEAST))
    if counts.sum() == 0 and not alone:
        raise ModelError(_("There are no events in any group: there is nothing to smooth. Take more years."))
    return counts, exposure


def _records(counts: pd.Series, exposure: pd.Series, weights: pd.Series | None) -> tuple[np.ndarray, np.ndarray]:
    """Counts and exposure in records: both over the mean weight of a record, which leaves the rates as they are."""
    if weights is None:
        return counts.to_numpy(), exposure.to_numpy()
    what = _("the weights")
    weights = aligned(measured(weights, what, missing=False), counts.index, what, _("the counts"))
    if (bare := weights == 0).any():
        message = _("The mean weight of {groups} is 0. Give 1 where there are no records.")
        raise ModelError(message.format(groups=some(counts.index[bare])))
    return (counts / weights).to_numpy(), (exposure / weights).to_numpy()


def _moments(x: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """Marshall's global mean and variance of the rates."""
    b = x.sum() / n.sum()
    return float(b), float(max(0.0, (n * (x / n - b) ** 2).sum() / n.sum() - b / n.mean()))
