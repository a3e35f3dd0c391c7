"""Which groups come first, and how sure that is: posterior ranks, the chance of an excess, the events it amounts to."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import chosen, some
from workbench.models.smoothing import smooth_ratios
from workbench.terms.errors import ModelError
from workbench.terms.text import _

ORDERS = {"rank": "expected rank", "probability": "chance of an excess", "excess": "expected excess of events"}
BATCH = 2_000_000  # numbers drawn at once


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking:
    """Groups in order of priority; the first column says by what, the rest how far that can be trusted."""

    frame: pd.DataFrame = field(
        repr=False
    )  # raw value low high probability rank rank_low rank_high excess count expected
    order: str  # "rank", "probability" or "excess"
    reference: float
    nu: float  # of the gamma prior
    alpha: float
    level: float
    draws: int
    seed: int
    method: str

    def __str__(self) -> str:
        first = self.frame.iloc[0]
        return _("Ordered by {order}: first {group}, {ratio:.2f} times the reference ({level:g}% interval {low:.2f} to {high:.2f}), "
                 "rank {rank_low:.0f} to {rank_high:.0f} of {n}. {sure} groups exceed it with a probability of 97.5% or more; "
                 "{method}.").format(
            order=_(ORDERS[self.order]), group=some([self.frame.index[0]]), ratio=first["value"] / self.reference,
            level=100 * self.level, low=first["low"] / self.reference, high=first["high"] / self.reference,
            rank_low=first["rank_low"], rank_high=first["rank_high"], n=len(self.frame),
            sure=int((self.frame["probability"] >= 0.975).sum()), method=self.method,
        )  # fmt: skip


def rank_groups(
    counts: pd.Series,
    expected: pd.Series,
    *,
    order: str = "rank",
    reference: float = 1.0,
    prior: str = "likelihood",
    level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Ranking:
    """Ranks of the groups' true ratios, not of their raw ones, which put the smallest groups first and last.

    Posterior Gamma(count + nu, expected + alpha) from `smooth_ratios`. probability = P(theta > reference); rank = 1 +
    sum over others of P(theta_j > theta_i), 1 the highest, in closed form (Laird & Louis 1989, J. Educ. Stat. 14:29-46);
    rank limits from `draws` of the posterior; excess = (value - reference) expected, in events. The prior is taken as
    known. Road-safety analysts know the value as Hauer's empirical Bayes estimate.

    Parameters
    ----------
    counts, expected : Series by group, same labels; with persons as `expected`, give the reference as a rate per person
    order : what orders the rows: "rank", "probability" or "excess", the most urgent first

    Raises
    ------
    ModelError
        Groups that vary no more than chance (nothing to rank), a reference not above 0, fewer than 1,000 draws, and all
        that `smooth_ratios` refuses.
    """
    chosen(order, ORDERS, "order")
    if not 0 < reference < np.inf:
        raise ModelError(_("reference={r} is no ratio to compare with. Give a number above 0.").format(r=reference))
    if draws < 1_000:
        raise ModelError(_("draws={n} are too few for limits of ranks. Give 1,000 or more.").format(n=draws))
    smoothed = smooth_ratios(counts, expected, prior=prior, level=level)
    if np.isinf(smoothed.nu):
        raise ModelError(
            _(
                "The {n} groups vary no more than chance: any order of them would be an accident. Show their common rate."
            ).format(n=len(smoothed.frame))
        )
    frame = smoothed.frame
    shape, rate = (frame["count"] + smoothed.nu).to_numpy(), (frame["exposure"] + smoothed.alpha).to_numpy()
    low, high = _rank_limits(shape, rate, level, draws, seed)
    frame = frame[["raw", "value", "low", "high"]].assign(
        probability=special.gammaincc(shape, rate * reference),
        rank=_expected_rank(shape, rate),
        rank_low=low,
        rank_high=high,
        excess=(frame["value"] - reference) * frame["exposure"],
        count=frame["count"],
        expected=frame["exposure"],
    )
    keys = ["rank", "value"] if order == "rank" else [order, "value"]
    return Ranking(
        frame=frame.sort_values(keys, ascending=[order == "rank", False], kind="stable"),
        order=order,
        reference=reference,
        nu=smoothed.nu,
        alpha=smoothed.alpha,
        level=level,
        draws=draws,
        seed=seed,
        method=smoothed.method,
    )


def _expected_rank(shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """1 + sum over j of P(theta_j > theta_i), theta_i rate_i / (theta_i rate_i + theta_j rate_j) being beta."""
    above = special.betainc(shape[:, None], shape[None, :], rate[:, None] / (rate[:, None] + rate[None, :]))
    return 1 + above.sum(axis=1) - above.diagonal()


def _rank_limits(shape, rate, level: float, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of each group's rank over draws of all groups at once."""
    generator, n = np.random.default_rng(seed), len(shape)
    ranks = np.empty((draws, n), np.int32)
    for first in range(0, draws, step := max(BATCH // n, 1)):
        drawn = generator.gamma(shape, size=(min(step, draws - first), n)) / rate
        order = np.argsort(-drawn, axis=1)
        np.put_along_axis(
            ranks[first : first + len(drawn)], order, np.arange(1, n + 1, dtype=np.int32)[None, :], axis=1
        )
    low, high = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    return low.astype(float), high.astype(float)
