"""What a plan reaches and whom it burdens: coverage of the groups listed, and visits beside those by risk alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.programme import Plan
from workbench.models.programme_compare import FourPlans
from workbench.models.programme_regret import Regret

BURDEN = 3.0
"""So many times the visits of all others at equal risk are flagged."""
TOP_SHARE = 0.1
ALL = "all"


@dataclass(frozen=True, kw_only=True, eq=False)
class Programme:
    """A plan with all that is to be known of it.

    Attributes
    ----------
    plan : the plan
    four : four other plans beside it, and regression to the mean
    regret : what not knowing the true rates costs, in accidents averted
    coverage : as `coverage_report`
    fairness : as `fairness_report`
    """

    plan: Plan
    four: FourPlans
    regret: Regret
    coverage: pd.DataFrame = field(repr=False)
    fairness: pd.DataFrame = field(repr=False)


def coverage_report(plan: Plan, classes: pd.Series | None = None) -> pd.DataFrame:
    """How many of the groups that are listed a plan reaches, and how many of the first it leaves out.

    Parameters
    ----------
    plan : Plan
    classes : Series by group, optional
        Such as the size of its employers: each class is reported apart. Groups of class None are in all only.

    Returns
    -------
    DataFrame by class, "all" first
        groups; reached, planned (groups with anything done there, chance included or not); share_reached; top (groups
        of the tenth with most harm expected), top_left_out (of them, without anything planned), share_left_out.
    """
    frame = plan.frame
    number_of_first = int(np.ceil(TOP_SHARE * len(frame)))
    each = pd.DataFrame(
        {
            "groups": 1,
            "reached": frame["days"].gt(0),
            "planned": frame[[one.name for one in plan.interventions]].gt(0).any(axis=1),
            "top": frame["harm"].rank(ascending=False, method="first").le(number_of_first),
        },
        index=frame.index,
    ).astype(int)
    each["top_left_out"] = each["top"] * (1 - each["planned"])

    rows = {ALL: each.sum()}
    if classes is not None:
        rows |= {name: inside.sum() for name, inside in each.groupby(classes.reindex(each.index), sort=False)}
    found = pd.DataFrame.from_dict(rows, orient="index")
    return found.assign(
        share_reached=found["reached"] / found["groups"],
        share_left_out=found["top_left_out"] / found["top"].where(found["top"] > 0),
    )


def fairness_report(plan: Plan, classes: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Visits a thousand workers of each class, beside those that risk alone would give.

    Parameters
    ----------
    plan : Plan
    classes : mapping of name to Series by group
        Such as region, size of employers, share of migrant workers; groups of class None are left out of it.

    Returns
    -------
    DataFrame by name and class
        people, harm, visits; per_1000 (visits a thousand workers); by_risk (the same if the visits of all were shared
        out by expected harm); times_others (visits for each accident expected, over those of all other classes of the
        name); flagged (three times or more).
    """
    each = plan.frame[["people", "harm"]].assign(visits=plan.visits)
    parts = {}
    for name, column in classes.items():
        summed = each.groupby(column.reindex(each.index), sort=True).sum()
        others = summed.sum() - summed
        with np.errstate(divide="ignore", invalid="ignore"):
            times = (summed["visits"] / summed["harm"]) / (others["visits"] / others["harm"])
        by_risk = summed["visits"].sum() * summed["harm"] / summed["harm"].sum()
        parts[name] = summed.assign(
            per_1000=1_000 * summed["visits"] / summed["people"],
            by_risk=1_000 * by_risk / summed["people"],
            times_others=times,
            flagged=times >= BURDEN,
        )
    return pd.concat(parts, names=["by", "class"])
