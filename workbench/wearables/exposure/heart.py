"""Heart rate: the share of the reserve that work takes, over a shift, and between two conditions of many people."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from workbench.terms.errors import ModelError
from workbench.terms.text import _

MAXIMUM = {"220 - age": (220.0, 1.0), "tanaka": (208.0, 0.7)}
"""Maximum rate a - b age: the old rule; Tanaka et al. (2001), J. Am. Coll. Cardiol. 37:153."""
STRAIN = 0.30
"""Mean share of the reserve over a shift that is the usual lower bound of high strain (30 to 40 %)."""


@dataclass(frozen=True, kw_only=True)
class Strain:
    """Cardiac strain of one shift.

    Attributes
    ----------
    mean : mean share of the reserve, 0 to 1
    minutes : worn, with a heart rate
    over : minutes with a share of 0.30 or more
    """

    mean: float
    minutes: float
    over: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A mean difference between two conditions, over persons, with its interval."""

    value: float
    low: float
    high: float
    persons: int
    level: float


def maximum(age: float, rule: str = "tanaka") -> float:
    """Expected maximum heart rate.

    Parameters
    ----------
    age : years
    rule : "220 - age" or "tanaka"

    Returns
    -------
    float
        Beats per minute.
    """
    if rule not in MAXIMUM:
        raise ModelError(_("There is no rule {rule}. There are: {known}.").format(rule=rule, known=", ".join(MAXIMUM)))
    constant, slope = MAXIMUM[rule]
    return constant - slope * age


def reserve_share(rates: ArrayLike, resting: float, highest: float) -> np.ndarray:
    """(HR - rest) / (max - rest): Karvonen et al. (1957).

    Parameters
    ----------
    rates : beats per minute
    resting, highest : of the person, beats per minute

    Returns
    -------
    array
        0 at rest, 1 at the maximum.
    """
    if highest <= resting:
        message = _("The highest rate, {highest:g}, has to be above the resting one, {resting:g}.")
        raise ModelError(message.format(highest=highest, resting=resting))
    return (np.asarray(rates, float) - resting) / (highest - resting)


def at_share(share: ArrayLike, resting: float, highest: float) -> np.ndarray:
    """The heart rate at a share of the reserve.

    Parameters
    ----------
    share : 0 to 1
    resting, highest : beats per minute

    Returns
    -------
    array
        Beats per minute.
    """
    return resting + np.asarray(share, float) * (highest - resting)


def strain(rates: ArrayLike, resting: float, highest: float, *, minutes_each: float = 1.0) -> Strain:
    """Mean share of the reserve over a shift; minutes without a rate are left out, and counted by quality.

    Parameters
    ----------
    rates : beats per minute, NaN where missing
    resting, highest : of the person
    minutes_each : how long each value stands for

    Returns
    -------
    Strain
    """
    shares = reserve_share(rates, resting, highest)
    known = shares[np.isfinite(shares)]
    if not len(known):
        raise ModelError(_("There is no heart rate in this shift."))
    over = float((known >= STRAIN).sum() * minutes_each)
    return Strain(mean=float(known.mean()), minutes=len(known) * minutes_each, over=over)


def between_conditions(frame: pd.DataFrame, *, level: float = 0.95) -> Difference:
    """Mean difference of heart rate, stress less rest: of each person first, then over persons, with a t interval.

    Parameters
    ----------
    frame : person, heart_rate (NaN where missing), stress (bool)
    level : of the interval

    Returns
    -------
    Difference
        Beats per minute; persons without one of the conditions are left out.
    """
    means = frame.groupby(["person", "stress"])["heart_rate"].mean().unstack()
    differences = (means[True] - means[False]).dropna()
    if len(differences) < 2:
        raise ModelError(_("An interval over persons needs two or more persons with both conditions."))
    reach = stats.t.ppf((1 + level) / 2, len(differences) - 1) * stats.sem(differences)
    value = float(differences.mean())
    return Difference(value=value, low=value - reach, high=value + reach, persons=len(differences), level=level)
