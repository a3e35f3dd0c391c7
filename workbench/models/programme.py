"""A programme of interventions within a budget of inspector-days: what averts most harm, and how sure that is.

An integer program (HiGHS) chooses how many units of each intervention each group gets: visits, campaigns, agreements.
Part of the visits is drawn at random within strata beforehand, so that what is known of groups never hangs on where
inspectors like to go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from workbench.models.inputs import some
from workbench.models.interventions import Budget, Intervention
from workbench.terms.errors import ModelError
from workbench.terms.text import _

GAP = 1e-3
"""How far below the best a plan may be, as a share; the solver ends there."""
SECONDS = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Units of each intervention by group, and what they are expected to avert.

    `frame`, by group: stratum, employers, people, harm (expected, a year), one column of units an intervention,
    random_visits, days, averted (expected) with its 95% limits averted_low and averted_high, why (the reason in a
    sentence). `averted` are draws of the whole plan; `harm`, draws by groups, are those that it was made from.
    """

    frame: pd.DataFrame = field(repr=False)
    averted: np.ndarray = field(repr=False)
    harm: np.ndarray = field(repr=False)
    budget: Budget
    interventions: tuple[Intervention, ...]
    method: str
    seed: int

    @property
    def visit(self) -> Intervention | None:
        """The intervention at single employers, which visits at random are of; None without one."""
        return visit_among(self.interventions)

    @property
    def visits(self) -> pd.Series:
        """Visits to single employers by group, planned and at random."""
        planned = self.frame[self.visit.name] if self.visit else 0
        return planned + self.frame["random_visits"]

    def averted_by_group(self) -> np.ndarray:
        """What the plan averts, draws by groups, from the draws of harm and of effects.

        Returns
        -------
        array, draws by groups
        """
        done = {one.name: self.visits if one is self.visit else self.frame[one.name] for one in self.interventions}
        return _averted(self.harm, self.frame["employers"], self.interventions, done, self.seed)

    @property
    def warnings(self) -> list[str]:
        """What is to be printed on the plan."""
        found = []
        if not self.frame["random_visits"].sum():
            found.append(_("No visit is at random: what is known of groups will follow where inspectors went."))
        for one in self.interventions:
            if not one.source:
                message = _("Your assumption, without a source: {name} averts {low:.0%} to {high:.0%}.")
                found.append(message.format(name=one.name, low=one.effect_low, high=one.effect_high))
        return found


def visit_among(interventions: Sequence[Intervention]) -> Intervention | None:
    """The first intervention at single employers; None without one.

    Parameters
    ----------
    interventions : sequence of Intervention

    Returns
    -------
    Intervention or None
    """
    return next((one for one in interventions if not one.whole_group), None)


def plan(
    groups: pd.DataFrame,
    harm: np.ndarray,
    interventions: Sequence[Intervention],
    budget: Budget,
    *,
    allowed: pd.DataFrame | None = None,
    seed: int = 0,
) -> Plan:
    """The units that avert most expected harm within the days.

    Parameters
    ----------
    groups : DataFrame by group
        employers, people (above 0), stratum (such as the region).
    harm : array, draws by groups
        Events a year without the programme.
    interventions : sequence of Intervention
    budget : Budget
    allowed : DataFrame of bool by group and name of an intervention, optional
        What suits the group (mix of interventions); all when not given.
    seed : int
        Of the random visits and the draws of effects.

    Returns
    -------
    Plan

    Raises
    ------
    ModelError
        No group or intervention, employers or people that are not above 0, harm of other groups, days that do not
        suffice for what has to be kept.
    """
    _check(groups, harm, interventions)
    if allowed is None:
        allowed = pd.DataFrame(True, index=groups.index, columns=[one.name for one in interventions])
    visit = visit_among(interventions)
    random_visits = draw_visits(groups, budget, visit, seed)
    expected = harm.mean(axis=0)
    units = _solve(groups, expected, interventions, budget, allowed, random_visits)
    return evaluated(
        groups, harm, interventions, units, random_visits, budget, method=_("most harm averted"), seed=seed
    )


def evaluated(
    groups: pd.DataFrame,
    harm: np.ndarray,
    interventions: Sequence[Intervention],
    units: pd.DataFrame,
    random_visits: pd.Series,
    budget: Budget,
    *,
    method: str,
    seed: int = 0,
) -> Plan:
    """A plan of given units, with what it averts in each draw of harm and of effects.

    Parameters
    ----------
    groups, harm, interventions, budget, seed
        As `plan`.
    units : DataFrame of whole numbers by group and name of an intervention
    random_visits : Series of whole numbers by group
    method : str
        How the units were chosen, in words.

    Returns
    -------
    Plan
    """
    visit = visit_among(interventions)
    done = {one.name: units[one.name] + (random_visits if one is visit else 0) for one in interventions}
    averted = _averted(harm, groups["employers"], interventions, done, seed)
    expected = harm.mean(axis=0)
    by_group = sum(
        expected * done[one.name].to_numpy() * one.reach(groups["employers"]) * one.mean_effect for one in interventions
    )
    frame = groups[["stratum", "employers", "people"]].assign(
        harm=expected,
        **units,
        random_visits=random_visits,
        days=sum(done[one.name] * one.days for one in interventions),
        averted=by_group,
    )
    low, high = np.quantile(averted, [0.025, 0.975], axis=0)
    return Plan(
        frame=frame.assign(averted_low=low, averted_high=high, why=_reasons(frame, interventions)),
        averted=averted.sum(axis=1),
        harm=harm,
        budget=budget,
        interventions=tuple(interventions),
        method=method,
        seed=seed,
    )


def _averted(
    harm: np.ndarray,
    employers: pd.Series,
    interventions: Sequence[Intervention],
    done: Mapping[str, pd.Series],
    seed: int,
) -> np.ndarray:
    """What units by name of an intervention avert, draws by groups."""
    averted = np.zeros_like(harm, dtype=float)
    for one in interventions:
        reached = done[one.name].to_numpy() * one.reach(employers)
        averted += harm * reached * one.draw(len(harm), seed)[:, None]
    return averted


def draw_visits(groups: pd.DataFrame, budget: Budget, visit: Intervention | None, seed: int) -> pd.Series:
    """Visits at random: within each stratum every employer has the same chance.

    Parameters
    ----------
    groups, budget, seed
        As `plan`.
    visit : Intervention or None
        What one of them costs; None without an intervention at single employers.

    Returns
    -------
    Series of whole numbers by group
    """
    drawn = np.zeros(len(groups), int)
    if visit is None:
        return pd.Series(drawn, index=groups.index)
    generator = np.random.default_rng(seed)
    number = int(budget.at_random // visit.days)
    employers = groups.groupby("stratum")["employers"].sum()
    by_stratum = np.floor(number * employers / employers.sum()).astype(int)
    sizes, strata = groups["employers"].to_numpy(int), groups["stratum"].to_numpy()
    for stratum, visits in by_stratum.items():
        inside = np.flatnonzero(strata == stratum)
        most = min(visits, int(sizes[inside].sum()))
        drawn[inside] = generator.multivariate_hypergeometric(sizes[inside], most, method="marginals")
    return pd.Series(drawn, index=groups.index)


def _solve(
    groups: pd.DataFrame,
    expected: np.ndarray,
    interventions: Sequence[Intervention],
    budget: Budget,
    allowed: pd.DataFrame,
    random_visits: pd.Series,
) -> pd.DataFrame:
    """Whole numbers of units: most expected harm averted, within the days, with every stratum's presence.

    Steps: what a unit averts, costs, and how many there can be; the days in all; the days of each stratum; the solver.
    """
    visit = visit_among(interventions)
    random_days = random_visits * (visit.days if visit else 0.0)
    gains, days, most = [], [], []
    for one in interventions:
        gains.append(expected * one.reach(groups["employers"]) * one.mean_effect)
        days.append(np.full(len(groups), one.days))
        full = np.ones(len(groups)) if one.whole_group else groups["employers"] - (random_visits if one is visit else 0)
        most.append(np.where(allowed[one.name], full, 0))
    days_of_all, most_of_all = np.concatenate(days), np.concatenate(most)

    within = optimize.LinearConstraint(sparse.csr_array(days_of_all[None, :]), -np.inf, budget.free - random_days.sum())
    in_strata = _days_of_strata(groups, expected, interventions, budget, random_days, most_of_all)

    found = optimize.milp(
        -np.concatenate(gains),
        constraints=[within, in_strata],
        integrality=np.ones(len(days_of_all)),
        bounds=optimize.Bounds(0, most_of_all),
        options={"mip_rel_gap": GAP, "time_limit": SECONDS},
    )
    if found.x is None:
        raise ModelError(
            _("The days do not suffice for the presence asked for in every stratum. Lower it, or add days.")
        )
    units = np.round(found.x).astype(int).reshape(len(interventions), len(groups)).T
    return pd.DataFrame(units, index=groups.index, columns=[one.name for one in interventions])


def _days_of_strata(
    groups: pd.DataFrame,
    expected: np.ndarray,
    interventions: Sequence[Intervention],
    budget: Budget,
    random_days: pd.Series,
    most: np.ndarray,
) -> optimize.LinearConstraint:
    """The fewest and the most days of each stratum beyond those at random, by its people and by its expected harm."""
    strata = groups["stratum"].astype(str)
    names = sorted(strata.unique())
    member = sparse.csr_array((strata.to_numpy()[None, :] == np.array(names)[:, None]).astype(float))
    days = sparse.hstack([member * one.days for one in interventions], format="csr")

    people = groups["people"].groupby(strata).sum().reindex(names)
    harm = pd.Series(expected, index=groups.index).groupby(strata).sum().reindex(names)
    at_random = random_days.groupby(strata).sum().reindex(names)
    by_people = people / people.sum() * budget.free
    by_harm = harm / max(expected.sum(), 1e-300) * budget.free

    fewest = np.minimum((budget.limits.presence * by_people - at_random).clip(lower=0), days @ most)
    # Presence goes first: a stratum with little harm gets it all the same, to the next whole unit.
    whole_unit = max(one.days for one in interventions)
    return optimize.LinearConstraint(
        days, fewest, np.maximum(budget.limits.evenness * by_harm - at_random, fewest + whole_unit)
    )


def _reasons(frame: pd.DataFrame, interventions: Sequence[Intervention]) -> list[str]:
    """Why each group gets what it gets, in a sentence."""
    rate = frame["harm"] / frame["people"]
    place = rate.rank(ascending=False, method="min").astype(int)
    message = _("{units}: {harm:,.0f} accidents expected a year among {people:,.0f} workers, {place} of {n} by rate.")
    nothing = _("Nothing beyond visits at random")
    names = [one.name for one in interventions]
    # Plain lists: a row of pandas at a time took a second for 5,000 groups.
    rows = zip(*(frame[name].tolist() for name in ("harm", "people", *names)), place.tolist(), strict=True)
    return [
        message.format(
            units="; ".join(f"{name} {number:,}" for name, number in zip(names, units, strict=True) if number)
            or nothing,
            harm=harm,
            people=people,
            place=place_of,
            n=len(frame),
        )
        for harm, people, *units, place_of in rows
    ]


def _check(groups: pd.DataFrame, harm: np.ndarray, interventions: Sequence[Intervention]) -> None:
    if not len(groups) or not interventions:
        raise ModelError(_("A programme needs one group and one intervention or more."))
    for column in ("employers", "people"):
        if (wrong := ~(groups[column] > 0)).any():
            message = _("{column} of {groups} is not above 0. Leave them out.")
            raise ModelError(message.format(column=column, groups=some(groups.index[wrong])))
    if harm.ndim != 2 or harm.shape[1] != len(groups) or not np.isfinite(harm).all() or (harm < 0).any():
        raise ModelError(_("Harm is to be drawn for each group, 0 or above: draws by groups."))
