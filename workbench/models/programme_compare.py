"""Plans beside a plan: by chance, by last year's rate, by expected count; what each averts, what not knowing costs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from workbench.models.programme import Intervention, Limits, Plan, draw_visits, evaluated
from workbench.terms.errors import ModelError
from workbench.terms.text import _


def visits_in_order(
    groups: pd.DataFrame,
    harm: np.ndarray,
    visit: Intervention,
    limits: Limits,
    order: pd.Series,
    *,
    method: str,
    seed: int = 0,
) -> Plan:
    """Visits to all employers of the first group, then of the next, until the days are spent.

    Parameters
    ----------
    groups, harm, limits, seed
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
    random_visits = draw_visits(groups, limits, visit, seed)
    ties = np.random.default_rng(seed).random(len(groups))
    places = np.lexsort((ties, -order.reindex(groups.index).to_numpy()))
    free = int((limits.free - random_visits.sum() * visit.days) // visit.days)
    open_employers = (groups["employers"] - random_visits).to_numpy()[places]
    before = np.concatenate([[0], np.cumsum(open_employers)[:-1]])
    visits = pd.Series(0, index=groups.index)
    visits.iloc[places] = np.clip(free - before, 0, open_employers).astype(int)
    return evaluated(
        groups, harm, [visit], visits.to_frame(visit.name), random_visits, limits, method=method, seed=seed
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
    limits: Limits,
    *,
    last_year: pd.Series,
    level: float = 0.95,
    seed: int = 0,
) -> FourPlans:
    """The plan, and visits at random, by last year's rate, by expected count, by expected averted harm a visit.

    Parameters
    ----------
    chosen : Plan
    groups, harm, visit, limits, seed
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
        name: visits_in_order(groups, harm, visit, limits, order, method=name, seed=seed)
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


@dataclass(frozen=True, kw_only=True)
class Regret:
    """What not knowing the true harm costs a plan, in events averted.

    `perfect`: what plans made with the true harm would avert on average; `planned`: what this one averts; `regret`:
    the difference, which is the value of perfect information.
    """

    perfect: float
    planned: float
    regret: float


def regret(
    chosen: Plan, groups: pd.DataFrame, harm: np.ndarray, interventions: Sequence[Intervention], limits: Limits
) -> Regret:
    """How much more a plan would avert that knew each draw of harm; effects at their means.

    Of every draw the best plan is that of the linear program: units may be fractions, so that it is an upper bound.

    Parameters
    ----------
    chosen : Plan
    groups, interventions, limits
        As `programme.plan`.
    harm : array, draws by groups
        Some tens of draws are enough.

    Returns
    -------
    Regret
    """
    visit = next((one for one in interventions if not one.whole_group), None)
    random_visits = chosen.frame["random_visits"]
    spent = random_visits.sum() * (visit.days if visit else 0.0)
    reach = np.concatenate(
        [np.ones(len(groups)) if one.whole_group else 1 / groups["employers"] for one in interventions]
    )
    effect = np.repeat([one.mean_effect for one in interventions], len(groups))
    days = np.repeat([one.days for one in interventions], len(groups))
    most = np.concatenate(
        [
            np.ones(len(groups)) if one.whole_group else groups["employers"] - (random_visits if one is visit else 0)
            for one in interventions
        ]
    )
    taken = np.concatenate([chosen.frame[one.name].to_numpy() for one in interventions])
    best, planned = [], []
    for drawn in harm:
        gains = np.tile(drawn, len(interventions)) * reach * effect
        found = optimize.linprog(
            -gains,
            A_ub=sparse.csr_array(days[None, :]),
            b_ub=[limits.free - spent],
            bounds=np.column_stack([np.zeros(len(most)), most]),
            method="highs",
        )
        best.append(-found.fun)
        planned.append(gains @ taken)
    perfect, own = float(np.mean(best)), float(np.mean(planned))
    return Regret(perfect=perfect, planned=own, regret=perfect - own)
