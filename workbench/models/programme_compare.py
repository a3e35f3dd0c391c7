"""Plans beside a plan: by chance, by last year's rate, by expected count; and what one averts beyond another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import checked_level
from workbench.models.interventions import Budget, Intervention
from workbench.models.programme import Plan, draw_visits, evaluated
from workbench.terms.errors import ModelError
from workbench.terms.text import _


def visits_in_order(
    groups: pd.DataFrame,
    harm: np.ndarray,
    visit: Intervention,
    budget: Budget,
    order: pd.Series,
    *,
    method: str,
    seed: int = 0,
) -> Plan:
    """Visits to all employers of the first group, then of the next, until the days are spent.

    Parameters
    ----------
    groups, harm, budget, seed
        As `programme.plan`.
    visit : Intervention
        At single employers.
    order : Series by group
        The highest comes first; equal ones by chance.
    method : str
        What the order is by, in words.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        For an intervention that reaches whole groups.
    """
    if visit.whole_group:
        raise ModelError(
            _("{name} reaches whole groups: give one that is done employer by employer.").format(name=visit.name)
        )
    random_visits = draw_visits(groups, budget, visit, seed)
    ties = np.random.default_rng(seed).random(len(groups))
    places = np.lexsort((ties, -order.reindex(groups.index).to_numpy()))
    free = int((budget.free - random_visits.sum() * visit.days) // visit.days)
    open_employers = (groups["employers"] - random_visits).to_numpy()[places]
    before = np.concatenate([[0], np.cumsum(open_employers)[:-1]])
    visits = pd.Series(0, index=groups.index)
    visits.iloc[places] = np.clip(free - before, 0, open_employers).astype(int)
    return evaluated(
        groups, harm, [visit], visits.to_frame(visit.name), random_visits, budget, method=method, seed=seed
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class FourPlans:
    """The plan beside four others, each with what it averts and its interval.

    `frame`, by plan: averted (mean), low, high, share_of_best. `regressed`, by plan: the rate of the groups it chose
    last year, and the rate they are expected to have without any visit: the difference is regression to the mean, which
    a before-and-after comparison would take for success.
    """

    frame: pd.DataFrame = field(repr=False)
    regressed: pd.DataFrame = field(repr=False)


def beside_four(
    chosen: Plan,
    groups: pd.DataFrame,
    harm: np.ndarray,
    visit: Intervention,
    budget: Budget,
    *,
    last_year: pd.Series,
    level: float = 0.95,
    seed: int = 0,
) -> FourPlans:
    """The plan, and visits at random, by last year's rate, by expected count, by expected averted harm a visit.

    By expected count the groups with most accidents come first, as on a list of priorities; a visit there may avert
    less than in a small group with a high rate.

    Parameters
    ----------
    chosen : Plan
    groups, harm, visit, budget, seed
        As `visits_in_order`.
    last_year : Series by group
        Events that were counted.
    level : float
        Of the intervals.

    Returns
    -------
    FourPlans
    """
    expected = pd.Series(harm.mean(axis=0), index=groups.index)
    raw = last_year.reindex(groups.index) / groups["people"]
    orders = {
        _("At random"): pd.Series(0.0, index=groups.index),
        _("Last year's rate"): raw,
        _("Expected count"): expected,
        _("Expected harm averted"): expected / groups["employers"],
    }
    plans = {_("This plan"): chosen} | {
        name: visits_in_order(groups, harm, visit, budget, order, method=name, seed=seed)
        for name, order in orders.items()
    }
    edges = [(1 - level) / 2, (1 + level) / 2]
    rows, regressed = {}, {}
    for name, one in plans.items():
        low, high = np.quantile(one.averted, edges)
        rows[name] = {"averted": one.averted.mean(), "low": low, "high": high}
        visited = one.frame["days"] > one.frame["random_visits"] * visit.days
        people = groups["people"][visited].sum()
        regressed[name] = {
            "last_year": last_year.reindex(groups.index)[visited].sum() / people if people else np.nan,
            "expected": expected[visited].sum() / people if people else np.nan,
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return FourPlans(
        frame=frame.assign(share_of_best=frame["averted"] / frame["averted"].max()),
        regressed=pd.DataFrame.from_dict(regressed, orient="index"),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class PlanDifference:
    """What a first plan averts beyond a second, by group and in all, draw by draw.

    `frame`, by group: days_first, days_second, averted (mean of the difference), low, high. `averted`: draws of the
    difference of the whole plans; `chance`: the share of draws in which the first averts more.
    """

    frame: pd.DataFrame = field(repr=False)
    averted: np.ndarray = field(repr=False)
    low: float
    high: float
    chance: float
    level: float


def plan_difference(
    first: Plan, second: Plan, *, levels: Sequence[str] | None = None, level: float = 0.95
) -> PlanDifference:
    """How much more a plan averts than another, on the same draws of harm and of effects.

    Parameters
    ----------
    first, second : Plan
        Of the same groups, made from the same draws.
    levels : names of levels of the groups' index, optional
        Groups are summed to these; as they are when not given.
    level : float
        Of the limits.

    Returns
    -------
    PlanDifference

    Raises
    ------
    ModelError
        For plans of other groups or of other draws.
    """
    level = checked_level(level)
    groups = first.frame.index
    if not groups.equals(second.frame.index):
        raise ModelError(_("The two plans are of other groups. Make both from one source and selection."))
    if first.seed != second.seed or not np.array_equal(first.harm, second.harm):
        raise ModelError(_("The two plans are made from other draws. Make both from the same data, with one seed."))

    more = first.averted_by_group() - second.averted_by_group()
    days = pd.DataFrame({"days_first": first.frame["days"], "days_second": second.frame["days"]})
    if levels is not None:
        more = pd.DataFrame(more.T, index=groups).groupby(level=list(levels), sort=False).sum()
        days = days.groupby(level=list(levels), sort=False).sum()
        more = more.to_numpy().T

    edges = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(more, edges, axis=0)
    in_all = more.sum(axis=1)
    return PlanDifference(
        frame=days.assign(averted=more.mean(axis=0), low=low, high=high),
        averted=in_all,
        low=float(np.quantile(in_all, edges[0])),
        high=float(np.quantile(in_all, edges[1])),
        chance=float((in_all > 0).mean()),
        level=level,
    )
