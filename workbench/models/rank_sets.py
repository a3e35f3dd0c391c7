"""Confidence sets of ranks: which places each group can have, given how far the groups' estimates can be told apart.

A posterior rank says where a group would stand on average; a rank set says which places the data cannot exclude. Only
a group whose set is {1} is "the highest".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, checked_level, chosen, measured, some, whole_number
from workbench.models.permutation import checked_seed
from workbench.terms.errors import ModelError
from workbench.terms.text import _

SIDES = ("two-sided", "best", "worst")
ANSCOMBE = 3 / 8
"""Added to a count, its square root has a variance of 1/4 whatever its mean: Anscombe (1948), Biometrika 35:246-254."""
LEAST_DRAWS = 1_000
MOST_GROUPS = 500
"""A comparison of all pairs of so many takes seconds; it grows with the square."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RankSets:
    """For each group the places it can have, 1 the highest.

    `frame`, by group: estimate and se, on the scale on which the groups are compared; rank (of the estimate; equal ones
    share the best place); low and high, the first and last place of the set. `joint` sets hold all groups' ranks at
    once at the level; others hold each group's own.
    """

    frame: pd.DataFrame = field(repr=False)
    joint: bool
    side: str  # "two-sided", "best" (only the first place is bounded) or "worst" (only the last)
    level: float
    draws: int
    seed: int


def rate_rank_sets(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    joint: bool = True,
    side: str = "two-sided",
    level: float = 0.95,
    draws: int = 4_000,
    seed: int = 0,
) -> RankSets:
    """Confidence sets of the ranks of rates, from Poisson counts, which may be 0.

    Compared are the square roots of (count + 3/8) / exposure, whose variance is 1 / (4 exposure) whatever the rate: so
    a group of few people, or without an accident, has a known error too. What chance makes of them is drawn from the
    Poisson counts themselves: of few events the roots are skewed, and normal draws would tell groups apart too often.

    Parameters
    ----------
    counts, exposure : Series by group, same labels
        Accidents, and persons or hours, above 0.
    joint, side, level, draws, seed
        As `rank_sets`.

    Returns
    -------
    RankSets

    Raises
    ------
    ModelError
        As `rank_sets`; for exposure that is not above 0.
    """
    counts, what = measured(counts, _("the counts"), missing=False), _("the exposure")
    exposure = aligned(measured(exposure, what, missing=False), counts.index, what, _("the counts"))
    if (bare := exposure <= 0).any():
        message = _("The exposure of {groups} is not above 0. Leave them out.")
        raise ModelError(message.format(groups=some(counts.index[bare])))

    def drawn(generator: np.random.Generator, draws: int) -> np.ndarray:
        means = counts.to_numpy() + ANSCOMBE
        again = generator.poisson(means, size=(draws, len(counts)))
        return np.sqrt((again + ANSCOMBE) / exposure.to_numpy()) - np.sqrt(means / exposure.to_numpy())

    estimates = np.sqrt((counts + ANSCOMBE) / exposure)
    errors = 1 / (2 * np.sqrt(exposure))
    return _sets(estimates, errors, drawn, joint=joint, side=side, level=level, draws=draws, seed=seed)


def share_rank_sets(
    counts: pd.Series,
    totals: pd.Series,
    *,
    joint: bool = True,
    side: str = "two-sided",
    level: float = 0.95,
    draws: int = 4_000,
    seed: int = 0,
) -> RankSets:
    """Confidence sets of the ranks of shares, from binomial counts.

    Compared are asin sqrt((count + 3/8) / (total + 3/4)), whose variance is 1 / (4 total + 2) (Anscombe 1948). What
    chance makes of them is drawn from the binomial counts, as for rates.

    Parameters
    ----------
    counts, totals : Series by group, same labels
        How many, and of how many.
    joint, side, level, draws, seed
        As `rank_sets`.

    Returns
    -------
    RankSets

    Raises
    ------
    ModelError
        As `rank_sets`; for totals that are not above 0, or below their counts.
    """
    counts, what = measured(counts, _("the counts"), missing=False), _("the totals")
    totals = aligned(measured(totals, what, missing=False), counts.index, what, _("the counts"))
    if (wrong := (totals <= 0) | (totals < counts)).any():
        message = _("The totals of {groups} are not above 0, or below their counts. Leave them out.")
        raise ModelError(message.format(groups=some(counts.index[wrong])))

    shares = (counts + ANSCOMBE) / (totals + 2 * ANSCOMBE)

    def drawn(generator: np.random.Generator, draws: int) -> np.ndarray:
        again = generator.binomial(np.ceil(totals).astype(int), shares, size=(draws, len(counts)))
        of_again = np.clip((again + ANSCOMBE) / (totals.to_numpy() + 2 * ANSCOMBE), 0, 1)
        return np.arcsin(np.sqrt(of_again)) - np.arcsin(np.sqrt(shares.to_numpy()))

    errors = 1 / np.sqrt(4 * totals + 2)
    estimates = np.arcsin(np.sqrt(shares))
    return _sets(estimates, errors, drawn, joint=joint, side=side, level=level, draws=draws, seed=seed)


def rank_sets(
    estimates: pd.Series,
    errors: pd.Series,
    *,
    joint: bool = True,
    side: str = "two-sided",
    level: float = 0.95,
    draws: int = 4_000,
    seed: int = 0,
) -> RankSets:
    """Confidence sets of ranks from independent estimates that are near normal with known standard errors.

    Each pair of groups is compared, against the largest studentised difference that chance alone makes among the pairs
    not yet told apart (step-down); a group's best place is one after all groups found above it, its worst one before
    all found below it. Mogstad, Romano, Shaikh & Wilhelm (2024), Rev. Econ. Stud. 91:476-518, algorithms 3.1 to 3.3.

    Parameters
    ----------
    estimates, errors : Series by group, same labels
        What is ranked, and its standard errors, above 0.
    joint : bool
        True for sets that hold all ranks at once, False for sets that hold each group's own rank.
    side : {"two-sided", "best", "worst"}
        "best" bounds the first place alone ("at best third"), "worst" the last alone ("among the five highest").
    level : float
        Confidence level.
    draws, seed : int
        Of the simulated differences; 1,000 draws or more.

    Returns
    -------
    RankSets

    Raises
    ------
    ModelError
        Fewer than two groups or more than 500, errors that are not above 0, missing values, fewer than 1,000 draws.
    """
    estimates, what = measured(estimates, _("the estimates"), missing=False, negative=True), _("the errors")
    errors = aligned(measured(errors, what, missing=False), estimates.index, what, _("the estimates"))
    if (errors <= 0).any():
        raise ModelError(_("An error of {groups} is not above 0.").format(groups=some(errors.index[errors <= 0])))

    def drawn(generator: np.random.Generator, draws: int) -> np.ndarray:
        return generator.standard_normal((draws, len(errors))) * errors.to_numpy()

    return _sets(estimates, errors, drawn, joint=joint, side=side, level=level, draws=draws, seed=seed)


Noise = Callable[[np.random.Generator, int], np.ndarray]
"""Draws by groups of what chance adds to the estimates."""


def _sets(
    estimates: pd.Series,
    errors: pd.Series,
    noise: Noise,
    *,
    joint: bool,
    side: str,
    level: float,
    draws: int,
    seed: int,
) -> RankSets:
    """The sets of checked estimates, errors and draws of noise."""
    level, seed = checked_level(level), checked_seed(seed)
    chosen(side, SIDES, "side")
    few = _("draws={n} are too few for a confidence set of ranks. Give 1,000 or more.").format(n=draws)
    draws = whole_number(draws, least=LEAST_DRAWS, refusal=few)
    if not 2 <= len(estimates) <= MOST_GROUPS:
        message = _(
            "There are {n:,} groups; ranks are compared among 2 to {most:,}. Choose fewer groups, or a level up."
        )
        raise ModelError(message.format(n=len(estimates), most=MOST_GROUPS))

    by_chance = noise(np.random.default_rng(seed), draws)
    comparison = _Comparison(estimates.to_numpy(float), errors.to_numpy(float), by_chance, level, side)
    clearly_above, clearly_below = comparison.all_at_once() if joint else comparison.one_by_one()
    places = pd.DataFrame({"estimate": estimates, "se": errors})
    places["rank"] = estimates.rank(ascending=False, method="min").astype(int)
    places["low"] = 1 + clearly_above
    places["high"] = len(places) - clearly_below
    return RankSets(
        frame=places.sort_values(["rank", "low"], kind="stable"),
        joint=joint,
        side=side,
        level=level,
        draws=draws,
        seed=seed,
    )


@dataclass(frozen=True)
class _Comparison:
    """All pairs of groups, and how far apart chance alone puts them."""

    estimates: np.ndarray
    errors: np.ndarray
    noise: np.ndarray
    level: float
    side: str

    def all_at_once(self) -> tuple[np.ndarray, np.ndarray]:
        """For each group how many others are above and below it, all pairs compared together."""
        open_pairs = ~np.eye(len(self.estimates), dtype=bool)
        above, below = self._step_down(range(len(self.estimates)), open_pairs)
        return above.sum(axis=1), below.sum(axis=1)

    def one_by_one(self) -> tuple[np.ndarray, np.ndarray]:
        """The same, where for each group only the pairs with that group count."""
        above, below = np.zeros(len(self.estimates), int), np.zeros(len(self.estimates), int)
        for group in range(len(self.estimates)):
            open_pairs = np.zeros((len(above), len(above)), dtype=bool)
            open_pairs[group] = np.arange(len(above)) != group
            found_above, found_below = self._step_down([group], open_pairs)
            above[group], below[group] = found_above[group].sum(), found_below[group].sum()
        return above, below

    def _step_down(self, rows: Sequence[int], open_pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (group, other) of which the other was found above, and below, the group.

        In each step the pairs that are still open are held against the largest difference that chance makes among
        them; those found apart are closed, which lowers the bar for the rest, until a step finds none.
        """
        spread = np.sqrt(self.errors[:, None] ** 2 + self.errors[None, :] ** 2)
        apart = (self.estimates[None, :] - self.estimates[:, None]) / spread
        if self.side == "worst":
            apart = -apart
        size = np.abs(apart) if self.side == "two-sided" else apart
        found = np.zeros_like(open_pairs)
        while open_pairs.any():
            bar = self._largest_by_chance(rows, open_pairs, spread)
            new = open_pairs & (size > bar)
            if not new.any():
                break
            found |= new
            open_pairs = open_pairs & ~new

        none = np.zeros_like(found)
        if self.side == "two-sided":
            return found & (apart > 0), found & (apart < 0)
        return (found, none) if self.side == "best" else (none, found)

    def _largest_by_chance(self, rows: Sequence[int], open_pairs: np.ndarray, spread: np.ndarray) -> float:
        """The quantile, at the level, of the largest studentised difference among the open pairs of equal groups."""
        noise = -self.noise if self.side == "worst" else self.noise
        largest = np.full(len(noise), -np.inf)
        for row in rows:
            others = np.flatnonzero(open_pairs[row])
            if not len(others):
                continue
            difference = (noise[:, others] - noise[:, [row]]) / spread[row, others]
            largest = np.maximum(largest, (np.abs(difference) if self.side == "two-sided" else difference).max(axis=1))
        # The order statistic that holds the level for any number of draws; interpolated, it falls short of it.
        return float(np.sort(largest)[min(math.ceil(self.level * (len(largest) + 1)), len(largest)) - 1])
