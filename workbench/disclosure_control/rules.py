"""Rules that a single figure of persons has to pass: how many are behind it, and whether one of them could be read off.

What is checked, and the defaults, are those of ACRO 1.0.2 (threshold 10, (n,k) = (2, 0.9), p = 0.1, ten residual
degrees of freedom, no extremes) and of Hundepool et al. (2012), Statistical Disclosure Control, chapters 4 and 5.
"""

from dataclasses import dataclass

import numpy as np

from workbench.terms.text import _

PASSES, FEW, DOMINANCE, P_PERCENT, GROUP, LINKED = "", "few", "dominance", "p-percent", "group", "linked"
"""Why a figure is withheld; `LINKED`: it passes by itself, but would give another one away."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of one entry.

    Attributes
    ----------
    minimum : persons (unweighted records) behind a figure, at the least
    share : of a sum, the two largest contributions may not make up more than this share of it
    precision : of a sum, the second largest contributor may not be able to compute the largest one closer than this
    residual : degrees of freedom that a model of persons has to leave
    """

    minimum: int = 10
    share: float = 0.9
    precision: float = 0.1
    residual: int = 10

    @property
    def width(self) -> int:
        """So wide at least is what can be concluded about a withheld count from all that is shown."""
        return self.minimum


def too_few(records: np.ndarray, minimum: int) -> np.ndarray:
    """Which counts are of 1 to `minimum` - 1 persons.

    A zero is about no person and is shown: an absent accident is no attribute of anybody (where it is one, as "none of
    this group died", `one_for_all` finds it). ACRO withholds zeros too unless it is told otherwise, and says so.

    Parameters
    ----------
    records : array of persons, any shape
        Unweighted; NaN where nothing is known, which is not few.
    minimum : int

    Returns
    -------
    array of bool, same shape
    """
    return (records > 0) & (records < minimum)


def one_for_all(records: np.ndarray, axis: int) -> np.ndarray:
    """Where all persons of a group have one code of an attribute: the figure of that code, and its empty ones.

    Who knows that somebody is in the group then knows the attribute too: group disclosure, Hundepool et al. (2012),
    section 5.2. It is asked of attributes of the accident (severity, injury, cause), not of what identifies the group
    (region, sector, sex, age, year), which everybody knows who knows the person.

    Parameters
    ----------
    records : array of persons
    axis : int
        Along which the codes of the attribute lie; without their total.

    Returns
    -------
    array of bool, same shape
        All figures of such a group; of an attribute with one code alone, none.
    """
    if records.shape[axis] < 2:
        return np.zeros(records.shape, bool)
    used = (records > 0).sum(axis=axis, keepdims=True)
    return np.broadcast_to(used == 1, records.shape)


def dominated(largest: np.ndarray, total: np.ndarray, share: float) -> np.ndarray:
    """Which sums (days lost, hours) are dominated by few contributors: the (n,k) rule.

    Parameters
    ----------
    largest : array
        Sum of the n largest contributions to each figure.
    total : array, same shape
        The figures.
    share : float
        k, between 0 and 1.

    Returns
    -------
    array of bool, same shape
    """
    return (total > 0) & (largest > share * total)


def too_precise(first: np.ndarray, second: np.ndarray, total: np.ndarray, precision: float) -> np.ndarray:
    """Which sums let the second largest contributor compute the largest within `precision` of it: the p% rule.

    What is left of the total when both are taken out is all that hides the largest: Hundepool et al. (2012), 4.2.2.

    Parameters
    ----------
    first, second : array
        The largest and the second largest contribution to each figure; 0 where there is none.
    total : array, same shape
        The figures.
    precision : float
        p, as a share of the largest contribution.

    Returns
    -------
    array of bool, same shape
    """
    return (first > 0) & (total - first - second < precision * first)


def degrees_left(n_units: int, n_terms: int, events: np.ndarray, rules: Rules) -> bool:
    """Whether a model may be shown: ten residual degrees of freedom, or no unit with few persons to be computed back.

    A model with nearly as many terms as units repeats the units' figures: a saturated one gives each of them back.

    Parameters
    ----------
    n_units, n_terms : int
        Cells or periods that the model was fitted to, and its coefficients.
    events : array of numbers
        Persons with the event in each unit.
    rules : Rules

    Returns
    -------
    bool
    """
    return n_units - n_terms >= rules.residual or not too_few(np.asarray(events, float), rules.minimum).any()


def bounds_shown(values: np.ndarray, rules: Rules) -> tuple[float, float]:
    """Between which values a histogram or a range of persons may be drawn, in place of their minimum and maximum.

    A minimum and a maximum are single persons' values. The tenth smallest and the tenth largest are shown instead, so
    that no fewer than `minimum` persons lie at or beyond either end.

    Parameters
    ----------
    values : array of numbers, one per person
    rules : Rules

    Returns
    -------
    (float, float)
        NaN twice for fewer than twice the minimum of persons.
    """
    known = np.sort(np.asarray(values, float)[~np.isnan(values)])
    if len(known) < 2 * rules.minimum:
        return float("nan"), float("nan")
    return float(known[rules.minimum - 1]), float(known[-rules.minimum])


def in_words(rule: str, rules: Rules) -> str:
    """What a rule asks, as a sentence.

    Parameters
    ----------
    rule : str
        One of the names at the top of this module.
    rules : Rules

    Returns
    -------
    str
    """
    sentences = {
        FEW: _("It rests on fewer than {minimum} records of persons (minimum count).").format(minimum=rules.minimum),
        DOMINANCE: _("The two largest contributions make up more than {share:.0%} of it (dominance).").format(
            share=rules.share
        ),
        P_PERCENT: _("One contributor could compute another's value to within {p:.0%} (p-percent rule).").format(
            p=rules.precision
        ),
        GROUP: _("All persons of its group are alike in this: the figure would tell it of each (group disclosure)."),
        LINKED: _("Subtracting other figures from it would give a small one away (secondary suppression)."),
        PASSES: _("It passes all rules."),
    }
    return sentences[rule]
