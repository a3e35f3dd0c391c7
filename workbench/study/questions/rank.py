"""Rank: groups in order of priority, with how far the order can be trusted."""

from collections.abc import Sequence

import numpy as np

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.ranking import Ranking, rank_smoothed
from workbench.models.smoothing import smooth_ratios
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.reliability import about_weights, mean_weights
from workbench.terms.text import _, capital, n_
from workbench.terms.words import number

MOST = 60
"""So many groups stand below each other with their intervals; more regions are a map."""
COLUMNS = {
    "rank": "",
    "rank_low": "",
    "rank_high": "",
    "p_highest": "",
    "p_lowest": "",
    "probability": "",
    "excess": "",
    "raw": "",
}


def rank(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    order: str = "rank",
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Groups in order of priority by their ratio to the rate of all together, with how far the order can be trusted.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one dimension
    order : "rank", "probability" or "excess"
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    seed : of the draws from the posterior
    level : of the intervals

    Returns
    -------
    Finding
        frame: the ratio's posterior mean as value low high, `probability` that it exceeds 1, `rank` the expected rank
        with `rank_low` and `rank_high`, `p_highest` and `p_lowest` the chances of the first and last rank,
        `excess` the accidents above the rate of all, `raw` the ratio as it is.

    Raises
    ------
    Refused
        As `divide` for groups.
    """
    divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="groups", level=level))
    groups = divided.groups
    expected = groups["exposure"] * groups["count"].sum() / groups["exposure"].sum()
    weights = mean_weights(groups["count"], groups.get("variance"))
    weights_notes = about_weights(weights)
    smoothed = smooth_ratios(groups["count"], expected, weights=weights, level=level)
    model = rank_smoothed(smoothed, order=order, seed=seed)

    figures = model.frame[["value", "low", "high", *COLUMNS]]
    kept = groups.loc[figures.index, ["count", "exposure", "flag", "flag_share", "state"]]
    frame = figures.join(kept).rename_axis(divided.by[0]).reset_index()
    unit = _("times the rate of all together")
    frame = frame.assign(level=level, method=model.method, per=np.nan, unit=unit)

    kind = by_dimensions(divided.by)
    return answer(
        divided,
        frame,
        title=_("Priority"),
        chart=Chart(kind="rows" if kind == "map" and len(frame) <= MOST else kind, ratio=True),
        notes=[
            _("Most neighbours in the order cannot be told apart: read the limits of the ranks."),
            *weights_notes,
        ],
        columns=COLUMNS | {"excess": divided.measure.unit, "raw": unit},
        model=model,
        words=(_first(divided, model), ""),
    )


def _first(divided: Divided, model: Ranking) -> str:
    """The first of a ranking in words, and of how many the order can be trusted."""
    first, sure = model.frame.iloc[0], int((model.frame["probability"] >= 0.975).sum())
    return n_(
        "{what}: first {group}, {ratio} times the rate of all together ({level:g}% interval {low} to {high}), rank "
        "{best:.0f} to {worst:.0f} of {n}. {sure} group exceeds that rate with a probability of 97.5% or more.",
        "{what}: first {group}, {ratio} times the rate of all together ({level:g}% interval {low} to {high}), rank "
        "{best:.0f} to {worst:.0f} of {n}. {sure} groups exceed that rate with a probability of 97.5% or more.",
        sure,
    ).format(
        what=capital(divided.words),
        group=divided.label(divided.by[0], model.frame.index[0]),
        ratio=number(first["value"]),
        level=100 * model.level,
        low=number(first["low"]),
        high=number(first["high"]),
        best=first["rank_low"],
        worst=first["rank_high"],
        n=len(model.frame),
        sure=sure,
    )
