"""What if a policy went on for years: plan, a year of accidents, what inspectors find, the next estimate and plan.

The bias that is shown here: no register tells of accidents that are not notified, so that rates are learnt from what
inspectors find at the employers they visit. Inside a group they are sent where most is notified, to employers worse
than its mean; taken for the whole group, that is too high, the group is chosen again, and nothing corrects it (a
feedback loop: Ensign et al. 2018, Proc. Machine Learning Research 81:160-171). Visits at random meet employers as they
are: rates that are learnt from these alone stay right on average.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import is_number, whole_number
from workbench.models.interventions import Budget, Intervention
from workbench.terms.errors import ModelError
from workbench.terms.text import _

EDGES = (0.025, 0.975)
LEAST_RUNS = 20
RANDOM, LAST_YEAR, COUNT, AVERTED, ORACLE = "random", "last_year", "expected_count", "expected_averted", "oracle"
ALONE_COUNT, ALONE_AVERTED = "expected_count_alone", "expected_averted_alone"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How the groups are put in order each year, and whether part of the visits is at random.

    The oracle has visits at random too, so that it differs from the others by what it knows alone.
    """

    name: str
    order: str  # one of RANDOM, LAST_YEAR, COUNT, AVERTED, ORACLE
    explores: bool = True


POLICIES = (
    Policy(name=RANDOM, order=RANDOM),
    Policy(name=LAST_YEAR, order=LAST_YEAR),
    Policy(name=COUNT, order=COUNT),
    Policy(name=AVERTED, order=AVERTED),
    Policy(name=ORACLE, order=ORACLE),
    Policy(name=ALONE_COUNT, order=COUNT, explores=False),
    Policy(name=ALONE_AVERTED, order=AVERTED, explores=False),
)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What is assumed of the years to come; no data tell it.

    `drift`: standard deviation of the logarithm of a group's rate from one year to the next. `spread`: the coefficient
    of variation of the rates of employers inside a group. `most_visited`: the share of a group's employers that is
    visited in a year at most. `years` are simulated `runs` times.
    """

    years: int = 10
    runs: int = 200
    drift: float = 0.1
    spread: float = 0.5
    most_visited: float = 0.2

    def __post_init__(self):
        whole_number(self.years, least=1, refusal=_("The years to simulate are a whole number, 1 or more."))
        message = _("The runs are a whole number, {least} or more.").format(least=LEAST_RUNS)
        whole_number(self.runs, least=LEAST_RUNS, refusal=message)
        for value, what in ((self.drift, "drift"), (self.spread, "spread")):
            if not (is_number(value) and 0 <= value <= 2):
                raise ModelError(_("{what} is a number from 0 to 2.").format(what=what))
        if not (is_number(self.most_visited) and 0 < self.most_visited <= 1):
            raise ModelError(_("most_visited is a share above 0, at most 1."))


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """What is true and what is known in the year before the first, by group.

    `rate`: the true rate, events a person and year. `estimate`, `shape`: mean and shape of the gamma distribution of
    what is known of it. `counted`: last year's events over people.
    """

    rate: np.ndarray
    estimate: np.ndarray
    shape: np.ndarray
    counted: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class WhatIf:
    """What each policy averts over the years, and how far its estimates are from the truth.

    `yearly`, by policy and year (1 the first): averted, low, high; accidents that remain; bias (estimate over truth
    less 1, of the groups that the plan chose) with bias_low and bias_high, bias_all of all groups. `in_all`, by policy:
    averted with low and high, gain over visits at random, share_of_oracle (of the oracle's gain) with share_low and
    share_high. Limits hold 95% of the runs.
    """

    yearly: pd.DataFrame = field(repr=False)
    in_all: pd.DataFrame = field(repr=False)
    assumptions: Assumptions
    seed: int


@dataclass(eq=False)
class _State:
    """What one policy knows, runs by groups, and what has come of it, runs by years."""

    estimate: np.ndarray
    shape: np.ndarray
    recorded: np.ndarray  # the last rate that was found, as it was found
    generator: np.random.Generator
    averted: list[np.ndarray] = field(default_factory=list)
    accidents: list[np.ndarray] = field(default_factory=list)
    bias: list[np.ndarray] = field(default_factory=list)
    bias_all: list[np.ndarray] = field(default_factory=list)


def simulated(
    groups: pd.DataFrame,
    start: Start,
    visit: Intervention,
    budget: Budget,
    assumptions: Assumptions,
    *,
    policies: Sequence[Policy] = POLICIES,
    seed: int = 0,
) -> WhatIf:
    """Years of each policy in the same simulated worlds.

    Each year: rates wander; the policy orders the groups by what it knows, and visits employers of the first, then of
    the next, until the days are spent; a visit averts a share of the accidents of that employer in that year;
    inspectors find the accidents of those whom they visited. Estimates are gamma: with the drift the shape falls to
    1 / (1 / shape + drift^2), and what is found is added, as in the steady model of Harvey & Fernandes (1989), J. Bus.
    Econ. Stat. 7:407-417. A policy that explores learns from visits at random alone, another from all its visits.

    Parameters
    ----------
    groups : DataFrame by group
        employers, people (above 0).
    start : Start
    visit : Intervention
        At single employers.
    budget : Budget
    assumptions : Assumptions
    policies : sequence of Policy
        Among them RANDOM and ORACLE, with which the others are compared.
    seed : int

    Returns
    -------
    WhatIf
    """
    employers, people = groups["employers"].to_numpy(float), groups["people"].to_numpy(float)
    runs, shape = assumptions.runs, (assumptions.runs, len(groups))
    effect = visit.draw(runs, seed)[:, None]
    path = np.random.default_rng([seed, len(policies)])
    truth = np.broadcast_to(start.rate, shape)
    states = {
        policy: _State(
            estimate=np.broadcast_to(start.estimate, shape),
            shape=np.broadcast_to(start.shape, shape),
            recorded=np.broadcast_to(start.counted, shape),
            generator=np.random.default_rng([seed, place]),
        )
        for place, policy in enumerate(policies)
    }

    for _year in range(assumptions.years):
        truth = truth * np.exp(path.normal(-(assumptions.drift**2) / 2, assumptions.drift, shape))
        for policy, state in states.items():
            state.shape = 1 / (1 / state.shape + assumptions.drift**2)
            by_chance, targeted = _visits(policy, state, truth, groups, visit, budget, assumptions)
            # Visited in proportion to what is notified, employers have 1 + spread^2 times their group's mean; of all
            # employers together there is nothing to choose.
            worse = 1 + assumptions.spread**2 * (1 - targeted / employers)
            workers = people / employers
            averted = (truth * workers * (by_chance + targeted * worse)).sum(axis=1) * effect[:, 0]
            state.averted.append(averted)
            state.accidents.append(state.generator.poisson(np.maximum(truth @ people - averted, 0)))
            _learn(policy, state, truth * workers, workers, by_chance, targeted, worse, assumptions.spread)
            _judge(policy, state, truth, people, targeted)

    return WhatIf(yearly=_yearly(states), in_all=_in_all(states), assumptions=assumptions, seed=seed)


def _visits(
    policy: Policy,
    state: _State,
    truth: np.ndarray,
    groups: pd.DataFrame,
    visit: Intervention,
    budget: Budget,
    assumptions: Assumptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Visits at random and visits by the plan, runs by groups."""
    employers, people = groups["employers"].to_numpy(float), groups["people"].to_numpy(float)
    in_all = int(budget.free // visit.days)
    number_at_random = 0 if not policy.explores else int(budget.at_random // visit.days)
    if policy.order == RANDOM:
        number_at_random = in_all
    by_chance = state.generator.multinomial(number_at_random, employers / employers.sum(), size=len(truth))
    by_chance = np.minimum(by_chance, employers)
    if policy.order == RANDOM:
        return by_chance, np.zeros_like(by_chance)

    orders = {
        LAST_YEAR: lambda: state.recorded,
        COUNT: lambda: state.estimate * people,
        AVERTED: lambda: state.estimate * people / employers,
        ORACLE: lambda: truth * people / employers,
    }
    order = np.argsort(-orders[policy.order](), axis=1, kind="stable")
    room = np.maximum(np.ceil(employers * assumptions.most_visited) - by_chance, 0)
    room = np.take_along_axis(room, order, axis=1)
    before = np.cumsum(room, axis=1) - room
    targeted = np.zeros_like(room)
    np.put_along_axis(targeted, order, np.clip(in_all - number_at_random - before, 0, room), axis=1)
    return by_chance, targeted


def _learn(
    policy: Policy,
    state: _State,
    per_visit: np.ndarray,
    workers: np.ndarray,
    by_chance: np.ndarray,
    targeted: np.ndarray,
    worse: np.ndarray,
    spread: float,
) -> None:
    """What inspectors find at those whom they visit, and what the policy makes of it."""
    found = {
        "by_chance": _found(state.generator, per_visit, by_chance, spread),
        "targeted": _found(state.generator, per_visit * worse, targeted, spread),
    }
    is_random_known = policy.explores or policy.order == RANDOM
    seen = workers * (by_chance if is_random_known else targeted)
    counted = found["by_chance" if is_random_known else "targeted"]
    rate = state.shape / state.estimate
    state.shape = state.shape + counted
    state.estimate = state.shape / (rate + seen)

    # Last year's rate is that of all who were visited, chosen or not.
    all_seen = workers * (by_chance + targeted)
    with np.errstate(divide="ignore", invalid="ignore"):
        state.recorded = np.where(all_seen > 0, (found["by_chance"] + found["targeted"]) / all_seen, state.recorded)


def _found(generator: np.random.Generator, per_visit: np.ndarray, visits: np.ndarray, spread: float) -> np.ndarray:
    """Accidents at visited employers, whose own rates vary around what is expected."""
    if spread == 0:
        return generator.poisson(per_visit * visits)
    shape = np.maximum(visits, 1e-9) / spread**2
    return generator.poisson(per_visit * visits * generator.gamma(shape) / shape)


def _judge(policy: Policy, state: _State, truth: np.ndarray, people: np.ndarray, targeted: np.ndarray) -> None:
    """How far the estimate is from the truth: of the groups that were chosen, and of all."""
    estimate = {ORACLE: truth, LAST_YEAR: state.recorded}.get(policy.order, state.estimate)
    chosen = people * ((targeted > 0) | (policy.order == RANDOM))
    state.bias.append((estimate * chosen).sum(axis=1) / (truth * chosen).sum(axis=1) - 1)
    state.bias_all.append((estimate @ people) / (truth @ people) - 1)


def _yearly(states: dict[Policy, _State]) -> pd.DataFrame:
    """Means over the runs with limits, by policy and year."""
    rows = {}
    for policy, state in states.items():
        for year, (averted, bias) in enumerate(zip(state.averted, state.bias, strict=True)):
            low, high = np.quantile(averted, EDGES)
            bias_low, bias_high = np.quantile(bias, EDGES)
            rows[policy.name, year + 1] = {
                "averted": averted.mean(),
                "low": low,
                "high": high,
                "accidents": state.accidents[year].mean(),
                "bias": bias.mean(),
                "bias_low": bias_low,
                "bias_high": bias_high,
                "bias_all": state.bias_all[year].mean(),
            }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.rename_axis(["policy", "year"])


def _in_all(states: dict[Policy, _State]) -> pd.DataFrame:
    """All years together, beside visits at random and beside the oracle."""
    in_all = {policy.name: np.sum(state.averted, axis=0) for policy, state in states.items()}
    best = in_all[ORACLE] - in_all[RANDOM]
    rows = {}
    for name, averted in in_all.items():
        gain = averted - in_all[RANDOM]
        (low, high), (share_low, share_high) = np.quantile(averted, EDGES), np.quantile(gain / best, EDGES)
        rows[name] = {
            "averted": averted.mean(),
            "low": low,
            "high": high,
            "gain": gain.mean(),
            "share_of_oracle": gain.mean() / best.mean(),
            "share_low": share_low,
            "share_high": share_high,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("policy")
