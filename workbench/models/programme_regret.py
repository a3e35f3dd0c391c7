"""Regret of a plan: what not knowing the true harm costs it."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

from workbench.models.programme import Plan


@dataclass(frozen=True, kw_only=True)
class Regret:
    """What not knowing the true harm costs a plan, in events averted.

    `perfect`: what plans made with the true harm would avert on average; `planned`: what this one averts; `regret`:
    the difference, which is the value of perfect information.
    """

    perfect: float
    planned: float
    regret: float


def regret(chosen: Plan, harm: np.ndarray) -> Regret:
    """How much more a plan would avert that knew each draw of harm; effects at their means.

    Of every draw the best plan is that of the linear program: units may be fractions, and no stratum has a presence, so
    that it is an upper bound.

    Parameters
    ----------
    chosen : Plan
    harm : array, draws by groups
        Some tens of draws are enough.

    Returns
    -------
    Regret
    """
    interventions, frame = chosen.interventions, chosen.frame
    random_visits = frame["random_visits"]
    spent = random_visits.sum() * (chosen.visit.days if chosen.visit else 0.0)
    reach = np.concatenate([one.reach(frame["employers"]) for one in interventions])
    effect = np.repeat([one.mean_effect for one in interventions], len(frame))
    days = np.repeat([one.days for one in interventions], len(frame))
    open_employers = {
        one.name: frame["employers"] - (random_visits if one is chosen.visit else 0) for one in interventions
    }
    most = np.concatenate(
        [np.ones(len(frame)) if one.whole_group else open_employers[one.name] for one in interventions]
    )
    taken = np.concatenate([frame[one.name].to_numpy() for one in interventions])
    best, planned = [], []
    for drawn in harm:
        gains = np.tile(drawn, len(interventions)) * reach * effect
        found = optimize.linprog(
            -gains,
            A_ub=sparse.csr_array(days[None, :]),
            b_ub=[chosen.budget.free - spent],
            bounds=np.column_stack([np.zeros(len(most)), most]),
            method="highs",
        )
        best.append(-found.fun)
        planned.append(gains @ taken)
    perfect, own = float(np.mean(best)), float(np.mean(planned))
    return Regret(perfect=perfect, planned=own, regret=perfect - own)
