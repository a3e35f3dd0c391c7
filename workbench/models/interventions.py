"""What a programme is made of: interventions with their effects, and the days that it may spend within its limits."""

import zlib
from dataclasses import dataclass

import numpy as np

from workbench.models.inputs import checked_positive, is_number
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class Intervention:
    """One kind of action: what a unit costs, whom it reaches, what it averts among those reached.

    `effect`, `effect_low`, `effect_high`: share of the harm of those reached that one unit averts in a year: the
    likeliest and the limits that are thought possible. `source` "" marks an assumption of the reader's.
    """

    name: str
    days: float  # inspector-days a unit
    whole_group: bool  # True: a unit (a campaign) reaches all of a group, once; False: a unit is one employer
    effect: float
    effect_low: float
    effect_high: float
    source: str = ""

    def __post_init__(self):
        checked_positive(self.days, self.name)
        if not 0 <= self.effect_low <= self.effect <= self.effect_high <= 1:
            message = _("The effect of {name} is to be a share with limits around it, from 0 to 1.")
            raise ModelError(message.format(name=self.name))

    @property
    def mean_effect(self) -> float:
        """The mean of what `draw` gives."""
        return (self.effect_low + self.effect + self.effect_high) / 3

    def draw(self, draws: int, seed: int) -> np.ndarray:
        """Effects from a triangle over the interval: an effect from elsewhere says little about its tails.

        Parameters
        ----------
        draws : int
        seed : int
            With one seed an intervention has the same draws in every plan, whatever else is done there: plans are
            compared draw by draw.

        Returns
        -------
        array of draws
        """
        if self.effect_low == self.effect_high:
            return np.full(draws, self.effect)
        generator = np.random.default_rng([seed, zlib.crc32(self.name.encode())])
        return generator.triangular(self.effect_low, self.effect, self.effect_high, draws)

    def reach(self, employers: np.ndarray) -> np.ndarray:
        """The share of each group's workers that one unit reaches: all, or those of one employer of mean size.

        Parameters
        ----------
        employers : array by group
            Number of employers.

        Returns
        -------
        array by group
        """
        return np.ones(len(employers)) if self.whole_group else 1 / np.asarray(employers, float)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a plan has to keep: the shares of its days for notifications, at random, and in every stratum.

    `presence`: of the days that each stratum would get by its employed persons, the share that it gets at least.
    `evenness`: of the days that it would get by its expected harm, how many times as many it gets at most.
    """

    notifications: float = 0.5
    at_random: float = 0.075
    presence: float = 0.25
    evenness: float = 3.0

    def __post_init__(self):
        for value, what in ((self.notifications, _("notifications")), (self.at_random, _("at random"))):
            if not (is_number(value) and 0 <= value < 1):
                raise ModelError(_("The share {what} is not from 0 to below 1.").format(what=what))
        if not (is_number(self.presence) and 0 <= self.presence <= 1):
            raise ModelError(_("The share of presence is not from 0 to 1."))
        if not (is_number(self.evenness) and self.evenness >= 1):
            raise ModelError(_("Evenness is a number of times, 1 or more."))


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The inspector-days of a year, and the limits within which they are spent."""

    days: float
    limits: Limits = Limits()

    def __post_init__(self):
        checked_positive(self.days, _("the days"))

    @property
    def free(self) -> float:
        """Days that the plan may place."""
        return self.days * (1 - self.limits.notifications)

    @property
    def at_random(self) -> float:
        """Days of visits at random."""
        return self.free * self.limits.at_random
