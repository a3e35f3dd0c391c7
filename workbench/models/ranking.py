"""Which groups come first, and how sure that is: posterior ranks, chances of first and last, the events behind it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, chosen, is_number, measured, some, whole_number
from workbench.models.permutation import checked_seed
from workbench.models.priors import BetaPrior, GammaPrior, beta_by_likelihood
from workbench.models.smoothing import LEAST, GammaSmoothed
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, n_, translated

ORDERS = {
    "rank": mark("expected rank"),
    "probability": mark("chance of an excess"),
    "excess": mark("expected excess of events"),
}
BATCH = 2_000_000  # numbers drawn at once
SURE = 0.975  # one-sided, as a 95% interval is two-sided


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking:
    """Groups in order of priority; the first column says by what, the rest how far that can be trusted.

    `frame`, by group: raw, value, low, high (posterior); probability and probability_below (of lying above and below
    the reference); rank, rank_low, rank_high (1 the highest); p_highest and p_lowest (the chances of the first and of
    the last rank: P(worst) and P(best) of accidents, the other way round of what is good); excess, count, expected.
    """

    frame: pd.DataFrame = field(repr=False)
    order: str  # "rank", "probability" or "excess"
    reference: float
    prior: GammaPrior | BetaPrior
    level: float
    draws: int
    seed: int
    method: str

    def __str__(self) -> str:
        first = self.frame.iloc[0]
        return _(
            "Ordered by {order}: first {group}, {ratio:.2f} times the reference ({level:g}% interval {low:.2f} to "
            "{high:.2f}), rank {rank_low:.0f} to {rank_high:.0f} of {n}. {sure} groups exceed it with a probability of "
            "97.5% or more; {method}."
        ).format(
            order=translated(ORDERS[self.order]),
            group=some([self.frame.index[0]]),
            ratio=first["value"] / self.reference,
            level=100 * self.level,
            low=first["low"] / self.reference,
            high=first["high"] / self.reference,
            rank_low=first["rank_low"],
            rank_high=first["rank_high"],
            n=len(self.frame),
            sure=int((self.frame["probability"] >= SURE).sum()),
            method=self.method,
        )


def rank_smoothed(
    smoothed: GammaSmoothed, *, order: str = "rank", reference: float = 1.0, draws: int = 10_000, seed: int = 0
) -> Ranking:
    """Ranks of smoothed ratios from their posterior distributions; the prior is taken as known.

    probability = P(theta > reference); rank = 1 + sum over others of P(theta_j > theta_i), 1 the highest, in closed
    form (Laird & Louis 1989, J. Educ. Stat. 14:29-46); rank limits and the chances of the first and last rank from
    `draws` of the posterior; excess = (value - reference) expected, in events. Road-safety analysts know the value as
    Hauer's empirical Bayes estimate.

    Parameters
    ----------
    smoothed : GammaSmoothed
        From `smooth_ratios`, perhaps with weights or a given prior.
    order : {"rank", "probability", "excess"}
        What orders the rows, the most urgent first.
    reference : float
        The ratio to exceed, in the unit of the ratios.
    draws, seed : int
        1,000 draws or more; the error of a chance is at most 0.5 / sqrt(draws).

    Returns
    -------
    Ranking

    Raises
    ------
    ModelError
        Groups that vary no more than chance (nothing to rank), a reference not above 0, fewer than 1,000 draws.
    """
    reference, draws, seed = _checked(order, reference, draws, seed)
    if not isinstance(smoothed, GammaSmoothed):
        message = _("Of the smoothed ratios came {kind}. Give what smooth_ratios returns.")
        raise ModelError(message.format(kind=type(smoothed).__name__))
    frame = smoothed.frame
    if np.isinf(smoothed.nu):
        raise _alike(len(frame))
    shape, rate = frame["shape"].to_numpy(), frame["rate"].to_numpy()
    chances = smoothed.chances(reference)
    # theta_i rate_i / (theta_i rate_i + theta_j rate_j) is beta
    above = special.betainc(shape[:, None], shape[None, :], rate[:, None] / (rate[:, None] + rate[None, :]))
    posterior = _Draws(lambda generator, size: generator.gamma(shape, size=size) / rate, len(frame), draws, seed)
    ranked = frame[["raw", "value", "low", "high"]].assign(
        probability=chances["above"],
        probability_below=chances["below"],
        rank=1 + above.sum(axis=1) - above.diagonal(),
        **_rank_columns(posterior, smoothed.level),
        excess=(frame["value"] - reference) * frame["exposure"],
        count=frame["count"],
        expected=frame["exposure"],
    )
    return Ranking(
        frame=_ordered(ranked, order),
        order=order,
        reference=reference,
        prior=GammaPrior(nu=smoothed.nu, alpha=smoothed.alpha),
        level=smoothed.level,
        draws=draws,
        seed=seed,
        method=smoothed.method,
    )


def rank_proportions(
    counts: pd.Series,
    totals: pd.Series,
    *,
    order: str = "rank",
    reference: float | None = None,
    prior: str | BetaPrior = "likelihood",
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Ranking:
    """Ranks of the groups' true shares, such as workplaces with a risk assessment, and the chances of first and last.

    Posterior Beta(count + a, total - count + b). Ranks, their limits and the chances of the first and last rank from
    `draws` of the posterior; excess = (value - reference) total. The prior is taken as known.

    Parameters
    ----------
    counts, totals : Series by group, same labels
        How many, and of how many.
    order, draws, seed
        As `rank_smoothed`.
    reference : float, optional
        The share to exceed; that of all groups together when not given.
    prior : "likelihood" or BetaPrior
        a and b by maximum likelihood of the beta-binomial of these groups, or a given prior.
    level : float
        Confidence level of the limits.

    Returns
    -------
    Ranking

    Raises
    ------
    ModelError
        Missing counts, more counts than totals, totals of 0, a reference that is no share; without a given prior fewer
        than 3 groups, or groups that vary no more than chance.
    """
    counts, totals = _shares(counts, totals)
    level, x, n = checked_level(level), counts.to_numpy(), totals.to_numpy()
    together = float(x.sum() / n.sum())
    if reference is not None and not (is_number(reference) and 0 < reference < 1):
        raise ModelError(_("reference={r} is no share. Give a number between 0 and 1.").format(r=reference))
    _reference, draws, seed = _checked(order, 1.0, draws, seed)
    reference = together if reference is None else float(reference)

    beta, method = prior, _("beta prior as given")
    if not isinstance(prior, BetaPrior):
        chosen(prior, ("likelihood",), "prior")
        beta, method = _learnt(x, n), _("beta prior by maximum likelihood")
    a, b = x + beta.a, n - x + beta.b
    posterior = _Draws(lambda generator, size: generator.beta(a, b, size=size), len(x), draws, seed)
    value = a / (a + b)
    columns = _rank_columns(posterior, level)
    ranked = pd.DataFrame(
        {
            "raw": x / n,
            "value": value,
            "low": special.betaincinv(a, b, (1 - level) / 2),
            "high": special.betaincinv(a, b, (1 + level) / 2),
            "probability": special.betaincc(a, b, reference),
            "probability_below": special.betainc(a, b, reference),
            "rank": columns.pop("rank_mean"),
            **columns,
            "excess": (value - reference) * n,
            "count": counts,
            "total": totals,
        },
        index=counts.index,
    )
    return Ranking(
        frame=_ordered(ranked, order),
        order=order,
        reference=reference,
        prior=beta,
        level=level,
        draws=draws,
        seed=seed,
        method=method,
    )


@dataclass(frozen=True)
class _Draws:
    """How to draw all groups at once from their posterior: a function of a generator and (draws, groups)."""

    deal: Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
    groups: int
    draws: int
    seed: int

    def ranks(self) -> np.ndarray:
        """The rank of each group in each draw, 1 the highest; draws by groups."""
        generator = np.random.default_rng(self.seed)
        ranks = np.empty((self.draws, self.groups), np.int32)
        step = max(BATCH // self.groups, 1)
        places = np.arange(1, self.groups + 1, dtype=np.int32)[None, :]
        for first in range(0, self.draws, step):
            drawn = self.deal(generator, (min(step, self.draws - first), self.groups))
            np.put_along_axis(ranks[first : first + len(drawn)], np.argsort(-drawn, axis=1), places, axis=1)
        return ranks


def _rank_columns(posterior: _Draws, level: float) -> dict[str, np.ndarray]:
    """Mean and limits of the ranks, and how often each group is the first and the last."""
    ranks = posterior.ranks()
    low, high = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    return {
        "rank_mean": ranks.mean(axis=0),
        "rank_low": low.astype(float),
        "rank_high": high.astype(float),
        "p_highest": (ranks == 1).mean(axis=0),
        "p_lowest": (ranks == posterior.groups).mean(axis=0),
    }


def _ordered(frame: pd.DataFrame, order: str) -> pd.DataFrame:
    """The most urgent first: the lowest rank, or the highest chance or excess, and of equal ones the highest value."""
    keys = ["rank", "value"] if order == "rank" else [order, "value"]
    ordered = frame.sort_values(keys, ascending=[order == "rank", False], kind="stable")
    return ordered.drop(columns="rank_mean", errors="ignore")


def _checked(order: object, reference: object, draws: object, seed: object) -> tuple[float, int, int]:
    """Reference, draws and seed, when they and the order are possible."""
    chosen(order, ORDERS, "order")
    if not (is_number(reference) and 0 < reference < np.inf):
        raise ModelError(_("reference={r} is no ratio to compare with. Give a number above 0.").format(r=reference))
    few = _("draws={n} are too few for limits of ranks. Give 1,000 or more.").format(n=draws)
    return float(reference), whole_number(draws, least=1_000, refusal=few), checked_seed(seed)


def _shares(counts: pd.Series, totals: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Counts and totals in one order, each count at most its total."""
    counts, what = measured(counts, _("the counts"), missing=False), _("the totals")
    totals = aligned(measured(totals, what, missing=False), counts.index, what, _("the counts"))
    if not len(counts):
        raise ModelError(_("There are no groups to rank. Take a wider selection."))
    if (bare := totals == 0).any():
        raise ModelError(_("The totals of {groups} are 0. Leave them out.").format(groups=some(counts.index[bare])))
    if (more := counts > totals).any():
        message = _("{groups} have higher counts than totals, so no share. Correct them, or rank ratios instead.")
        raise ModelError(message.format(groups=some(counts.index[more])))
    return counts, totals


def _learnt(x: np.ndarray, n: np.ndarray) -> BetaPrior:
    """The prior of the groups' shares, learnt from the groups."""
    if len(x) < LEAST:
        message = n_(
            "{n} group is too few to learn a prior from; {least} are needed. Give a BetaPrior.",
            "{n} groups are too few to learn a prior from; {least} are needed. Give a BetaPrior.",
            len(x),
        )
        raise ModelError(message.format(n=len(x), least=LEAST))
    if not 0 < x.sum() < n.sum():
        raise ModelError(_("All shares are 0, or all are 1: there is nothing to rank. Give a BetaPrior."))
    prior = beta_by_likelihood(x, n)
    if prior is None:
        raise _alike(len(x))
    return prior


def _alike(n: int) -> ModelError:
    message = _(
        "The {n} groups vary no more than chance: any order of them would be an accident. Show their common rate."
    )
    return ModelError(message.format(n=n))
