"""A priority from several criteria: a score with its distribution, its order, and which weight would change the order.

The score is the weighted sum of the criteria's logarithms, each over a reference: with every weight 1, rate times
people times severity is expected harm. It has two properties that scores from ranks or from a smallest and largest
value lack: a group's score does not depend on which other groups are listed, and more of a criterion never lowers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import checked_level, checked_positive, is_number, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True, eq=False)
class Criterion:
    """What a group is judged by: positive values by group, drawn where they are uncertain.

    `values`: draws by groups, or one value a group; NaN where there are no data, which then count as the reference: no
    data are neither a risk nor none. `reference`: the value at which the criterion neither raises nor lowers a score.
    """

    name: str
    values: np.ndarray = field(repr=False)
    reference: float
    unit: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Priority:
    """Groups in order of their score.

    `frame`, by group: score (mean), low, high, rank (expected), rank_low, rank_high, p_top (chance to be among the
    first `top`), and for each criterion what it adds to the score. `no_data`: by criterion the groups without.
    """

    frame: pd.DataFrame = field(repr=False)
    weights: dict[str, float]
    top: int
    level: float
    no_data: dict[str, list] = field(repr=False)
    tipping: pd.DataFrame = field(repr=False)


def prioritise(
    groups: pd.Index,
    criteria: list[Criterion],
    weights: Mapping[str, float],
    *,
    top: int = 10,
    level: float = 0.95,
) -> Priority:
    """Order groups by the weighted sum of the logarithms of their criteria over the references.

    Parameters
    ----------
    groups : Index
    criteria : list of Criterion
        Of these groups, in this order; all with draws have as many.
    weights : mapping of criterion to weight
        0 or above; a criterion that is not named weighs 0.
    top : int
        How many groups are "the first": for the chances, and for which weight would change them.
    level : float
        Of the limits.

    Returns
    -------
    Priority
        `tipping`, by criterion: `weight` at which the first `top` groups would be others, the nearest above or below
        the weight in use; `in_group`, `out_group`, who would come in and who go; NaN where no weight changes them.

    Raises
    ------
    ModelError
        No group or criterion, unknown or negative weights, all weights 0, values that are not above 0.
    """
    level = checked_level(level)
    used = _checked_weights(criteria, weights)
    if not len(groups):
        raise ModelError(_("There are no groups to order. Take a wider selection."))
    top = min(top, len(groups))

    logs = {one.name: _logs(one, groups) for one in criteria}
    scores = np.atleast_2d(sum(used[name] * values for name, values in logs.items()))
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
    edges = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(scores, edges, axis=0)
    rank_low, rank_high = np.quantile(ranks, edges, axis=0, method="inverted_cdf")
    means = pd.DataFrame({name: np.atleast_2d(values).mean(axis=0) for name, values in logs.items()}, index=groups)
    frame = pd.DataFrame(
        {
            "score": scores.mean(axis=0),
            "low": low,
            "high": high,
            "rank": ranks.mean(axis=0),
            "rank_low": rank_low,
            "rank_high": rank_high,
            "p_top": (ranks <= top).mean(axis=0),
        },
        index=groups,
    ).join(means.mul(pd.Series(used)).add_prefix("adds_"))
    return Priority(
        frame=frame.sort_values("score", ascending=False, kind="stable"),
        weights=used,
        top=top,
        level=level,
        no_data={one.name: list(groups[_without_data(one)]) for one in criteria},
        tipping=_tipping(means, used, top),
    )


def _checked_weights(criteria: list[Criterion], weights: Mapping[str, float]) -> dict[str, float]:
    """The weight of every criterion."""
    names = [one.name for one in criteria]
    if unknown := [name for name in weights if name not in names]:
        message = _("There is no criterion {unknown}. There are {names}.")
        raise ModelError(message.format(unknown=some(unknown), names=", ".join(names)))
    used = {name: weights.get(name, 0.0) for name in names}
    if wrong := [name for name, weight in used.items() if not (is_number(weight) and 0 <= weight < np.inf)]:
        raise ModelError(_("The weight of {names} is not 0 or above.").format(names=some(wrong)))
    if not sum(used.values()):
        raise ModelError(_("All weights are 0: nothing orders the groups. Give one criterion a weight."))
    return {name: float(weight) for name, weight in used.items()}


def _logs(criterion: Criterion, groups: pd.Index) -> np.ndarray:
    """Logarithms over the reference, 0 where there are no data."""
    reference = checked_positive(criterion.reference, criterion.name)
    values = np.asarray(criterion.values, float)
    if (values <= 0).any():
        wrong = groups[np.atleast_2d(values <= 0).any(axis=0)]
        message = _("{name} of {groups} is not above 0. Give it a distribution, or leave it out as no data.")
        raise ModelError(message.format(name=criterion.name, groups=some(wrong)))
    return np.nan_to_num(np.log(values / reference))


def _without_data(criterion: Criterion) -> np.ndarray:
    return np.isnan(np.atleast_2d(criterion.values)).all(axis=0)


def _tipping(means: pd.DataFrame, weights: dict[str, float], top: int) -> pd.DataFrame:
    """For each criterion the nearest weight at which another group would enter the first ones.

    Two groups change places where their scores are equal: weight + gap / (difference of the criterion).
    """
    score = means.mul(pd.Series(weights)).sum(axis=1).sort_values(ascending=False, kind="stable")
    first, rest = score.index[:top], score.index[top:]
    rows = {}
    for name, weight in weights.items():
        rows[name] = {"weight": np.nan, "in_group": None, "out_group": None}
        if not len(rest):
            continue
        gap = score[first].to_numpy()[:, None] - score[rest].to_numpy()[None, :]
        advantage = means.loc[rest, name].to_numpy()[None, :] - means.loc[first, name].to_numpy()[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            change = np.where(advantage != 0, gap / advantage, np.inf)
        change = np.where(weight + change <= 0, np.inf, change)  # a criterion never counts against a group
        out, come = np.unravel_index(np.argmin(np.abs(change)), change.shape)
        if np.isfinite(change[out, come]):
            rows[name] = {"weight": weight + change[out, come], "in_group": rest[come], "out_group": first[out]}
    return pd.DataFrame.from_dict(rows, orient="index")
