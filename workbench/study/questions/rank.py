"""Rank: groups in order of priority, with how far the order can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.priors import BetaPrior, GammaPrior, Prediction
from workbench.models.rank_sets import MOST_GROUPS, RankSets, rate_rank_sets, share_rank_sets
from workbench.models.ranking import Ranking, rank_proportions, rank_smoothed
from workbench.models.smoothing import smooth_ratios
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.known_before import known_before
from workbench.study.reliability import about_weights, mean_weights
from workbench.study.shares import divide_group_shares, whole_in_words
from workbench.terms.text import _, capital, n_
from workbench.terms.words import number

MOST = 60
"""So many groups stand below each other with their intervals; more regions are a map."""
COLUMNS = {
    "rank": "",
    "rank_low": "",
    "rank_high": "",
    "place_low": "",
    "place_high": "",
    "p_highest": "",
    "p_lowest": "",
    "probability": "",
    "probability_below": "",
    "excess": "",
    "raw": "",
}


# The four that every question takes, and five choices of the ranking, independent of each other.
def rank(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    order: str = "rank",
    share_of: Selection | None = None,
    prior: str | GammaPrior | Prediction | BetaPrior = "likelihood",
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Groups in order of priority by their ratio to the rate of all together, with how far the order can be trusted.

    With `share_of` it is their share, such as that of the fatal among all accidents, over the share of all together.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one dimension
    order : "rank", "probability" or "excess"
    share_of : a wider selection, of whose accidents those of `selection` are a part
    prior : what is known before the groups are counted: learnt from them by "likelihood" or "moments"; a `GammaPrior`
        of their ratios to the rate of all together (of shares, a `BetaPrior`); or a `Prediction`, the accidents that a
        model expects of each group (Hauer's empirical Bayes)
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    seed : of the draws from the posterior
    level : of the intervals

    Returns
    -------
    Finding
        frame: the ratio's posterior mean as value low high, `probability` that it exceeds 1 and `probability_below`
        that it lies below, `rank` the expected rank with `rank_low` and `rank_high`, `place_low` and `place_high` the
        places that the data do not exclude, of all groups at once (of the raw figures: nothing learnt from the
        others), `p_highest` and `p_lowest` the
        chances of the first and last rank, `excess` the accidents above the rate of all, `raw` the ratio as it is; of
        shares `whole` too, the accidents that they are of.

    Raises
    ------
    Refused
        As `divide` for groups; for a part that reaches beyond its whole; for a prediction that lacks a group.
    ModelError
        For groups that vary no more than chance, and a prior or an order that does not exist.
    """
    if share_of is None:
        divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="groups", level=level))
    else:
        divided = disclose(divide_group_shares(source, selection, by, share_of=share_of, level=level))
    groups, words = divided.groups, _words_for(divided, share_of, prior)
    weights = mean_weights(groups["count"], groups.get("variance")) if share_of is None else groups["weight"]
    weights_notes = about_weights(weights)
    if share_of is None:
        before = known_before(divided, prior)
        smoothed = smooth_ratios(groups["count"], before.expected, weights=weights, prior=before.prior, level=level)
        model = rank_smoothed(smoothed, order=order, seed=seed)
        places = _places(rate_rank_sets, groups["count"] / weights, before.expected / weights, level=level, seed=seed)
    else:
        records = groups["count"] / weights, groups["exposure"] / weights
        model = rank_proportions(*records, order=order, prior=prior, level=level, seed=seed)
        places = _places(share_rank_sets, *records, level=level, seed=seed)

    frame = _ranked(model, groups, places, divided.by[0], share_of).assign(unit=words.unit, level=level)
    kind = by_dimensions(divided.by)
    return answer(
        divided,
        frame,
        title=words.title,
        chart=Chart(kind="rows" if kind == "map" and len(frame) <= MOST else kind, ratio=True),
        notes=[*_about_order(frame), *_about_places(frame, divided), *weights_notes],
        columns=COLUMNS
        | {"excess": divided.measure.unit, "raw": words.unit}
        | ({"whole": divided.measure.unit} if "whole" in frame else {}),
        model=model,
        words=(_first(divided, frame, words), ""),
    )


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What is ranked, what a ratio is to, and the title."""

    what: str
    unit: str
    title: str
    of_rates: bool


def _words_for(divided: Divided, share_of: Selection | None, prior: object) -> _Words:
    """Words of a ranking of rates, of rates against a prediction, or of shares."""
    if share_of is not None:
        whole = whole_in_words(divided, share_of)
        return _Words(
            what=_("{part}, as a share of {whole}").format(part=divided.words, whole=whole),
            unit=_("times the share of all together"),
            title=_("Priority, share of {whole}").format(whole=whole),
            of_rates=False,
        )
    if isinstance(prior, Prediction):
        return _Words(what=divided.words, unit=_("times the number predicted"), title=_("Priority"), of_rates=False)
    return _Words(what=divided.words, unit=_("times the rate of all together"), title=_("Priority"), of_rates=True)


def _places(
    find_sets: Callable[..., RankSets], counts: pd.Series, people: pd.Series, *, level: float, seed: int
) -> pd.DataFrame:
    """The first and the last place that each group can have; none where they are too many to be compared in pairs."""
    if not 2 <= len(counts) <= MOST_GROUPS:
        return pd.DataFrame({"place_low": np.nan, "place_high": np.nan}, index=counts.index)
    sets = find_sets(counts, people, level=level, seed=seed).frame
    return sets[["low", "high"]].astype(float).add_prefix("place_")


def _about_places(frame: pd.DataFrame, divided: Divided) -> list[str]:
    """Which groups can be the highest, at the level, for all places at once."""
    if frame["place_low"].isna().any():
        message = _("Sets of places are not given: there are {n:,} groups, and at most {most:,} are compared in pairs.")
        return [message.format(n=len(frame), most=MOST_GROUPS)]
    first = frame[frame["place_low"] == 1]
    if len(first) == 1:
        group = divided.label(divided.by[0], first.iloc[0][divided.by[0]])
        return [_("Only {group} can be the highest: every other is found below it.").format(group=group)]
    message = _("Which is the highest the data do not say: {k} of {n} groups can be (sets of places, {level:g}%).")
    return [message.format(k=len(first), n=len(frame), level=100 * frame["level"].iloc[0])]


def _about_order(frame: pd.DataFrame) -> list[str]:
    """That most neighbours in the order cannot be told apart, where the limits of their ranks overlap."""
    ordered = frame.sort_values("rank")
    overlap = ordered["rank_low"].to_numpy()[1:] <= ordered["rank_high"].to_numpy()[:-1]
    if not len(overlap) or overlap.mean() <= 0.5:
        return []
    return [_("Most neighbours in the order cannot be told apart: read the limits of the ranks.")]


def _ranked(
    model: Ranking, groups: pd.DataFrame, places: pd.DataFrame, name: str, share_of: Selection | None
) -> pd.DataFrame:
    """The groups in their order, as ratios to the reference; of shares `whole` in place of people at risk."""
    figures = model.frame.join(places)[["value", "low", "high", *COLUMNS]]
    figures = figures.assign(
        **{column: figures[column] / model.reference for column in ("value", "low", "high", "raw")}
    )
    kept = groups.loc[figures.index, ["count", "exposure", "flag", "flag_share", "state"]]
    frame = figures.join(kept).assign(method=model.method, per=np.nan)
    if share_of is not None:  # the model counts records, and its excess is theirs
        excess = frame["excess"] * groups["weight"].reindex(frame.index)
        frame = frame.assign(whole=frame["exposure"], exposure=np.nan, excess=excess)
    return frame.rename_axis(name).reset_index()


def _first(divided: Divided, frame: pd.DataFrame, words: _Words) -> str:
    """The first of a ranking in words, and of how many the order can be trusted."""
    first, sure = frame.iloc[0], int((frame["probability"] >= 0.975).sum())
    message = n_(
        "{what}: first {group}, {ratio} {unit} ({level:g}% interval {low} to {high}), rank {best:.0f} to {worst:.0f} "
        "of {n}. {sure} group exceeds 1 with a probability of 97.5% or more.",
        "{what}: first {group}, {ratio} {unit} ({level:g}% interval {low} to {high}), rank {best:.0f} to {worst:.0f} "
        "of {n}. {sure} groups exceed 1 with a probability of 97.5% or more.",
        sure,
    )
    if words.of_rates:
        message = n_(
            "{what}: first {group}, {ratio} {unit} ({level:g}% interval {low} to {high}), rank {best:.0f} to "
            "{worst:.0f} of {n}. {sure} group exceeds that rate with a probability of 97.5% or more.",
            "{what}: first {group}, {ratio} {unit} ({level:g}% interval {low} to {high}), rank {best:.0f} to "
            "{worst:.0f} of {n}. {sure} groups exceed that rate with a probability of 97.5% or more.",
            sure,
        )
    return message.format(
        what=capital(words.what),
        group=divided.label(divided.by[0], first[divided.by[0]]),
        ratio=number(first["value"]),
        unit=words.unit,
        level=100 * first["level"],
        low=number(first["low"]),
        high=number(first["high"]),
        best=first["rank_low"],
        worst=first["rank_high"],
        n=len(frame),
        sure=sure,
    )
