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
from workbench.terms.errors import UnknownName
from workbench.terms.text import _, capital, n_
from workbench.terms.words import number

MOST = 60
"""So many groups stand below each other with their intervals; more regions are a map."""
PLACES = {
    "joint": (True, "two-sided"),
    "joint-best": (True, "best"),
    "joint-worst": (True, "worst"),
    "own": (False, "two-sided"),
    "own-best": (False, "best"),
    "own-worst": (False, "worst"),
}
"""Whether the sets hold at once, and which of their ends is bounded."""
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


# The four that every question takes, and six choices of the ranking, independent of each other.
def rank(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    order: str = "rank",
    share_of: Selection | None = None,
    prior: str | GammaPrior | Prediction | BetaPrior = "likelihood",
    exposure: str | None = None,
    places: str = "joint",
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
    places : which sets of places: "joint", that hold of all groups at once, or "own", of each group alone (narrower,
        and less sure together); with "-best" behind it only the first place is bounded, with "-worst" only the last (a
        group is among the so many highest)
    seed : of the draws from the posterior
    level : of the intervals

    Returns
    -------
    Finding
        frame: the ratio's posterior mean as value low high, `probability` that it exceeds 1 and `probability_below`
        that it lies below, `rank` the expected rank with `rank_low` and `rank_high`, `place_low` and `place_high` the
        places that the data do not exclude, as `places` says (of the raw figures: nothing learnt from the others),
        `p_highest` and `p_lowest` the chances of the first and last rank, `excess` the accidents above the rate of
        all, `raw` the ratio as it is; of shares `whole` too, the accidents that they are of.

    Raises
    ------
    Refused
        As `divide` for groups; for a part that reaches beyond its whole; for a prediction that lacks a group.
    UnknownName
        For sets of places that there are not.
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
        records = groups["count"] / weights, before.expected / weights
        sets = _places(rate_rank_sets, *records, places, level=level, seed=seed)
    else:
        records = groups["count"] / weights, groups["exposure"] / weights
        model = rank_proportions(*records, order=order, prior=prior, level=level, seed=seed)
        sets = _places(share_rank_sets, *records, places, level=level, seed=seed)

    frame = _ranked(model, groups, sets, divided.by[0], share_of).assign(unit=words.unit, level=level)
    kind = by_dimensions(divided.by)
    return answer(
        divided,
        frame,
        title=words.title,
        chart=Chart(kind="rows" if kind == "map" and len(frame) <= MOST else kind, ratio=True),
        notes=[*_about_order(frame), *_about_places(frame, divided, places), *weights_notes],
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
    find_sets: Callable[..., RankSets], counts: pd.Series, people: pd.Series, places: str, *, level: float, seed: int
) -> pd.DataFrame:
    """The first and the last place that each group can have; none where they are too many to be compared in pairs."""
    if places not in PLACES:
        hint = _("There are: {names}.").format(names=", ".join(PLACES))
        raise UnknownName(_("sets of places"), places, PLACES, hint=hint)
    joint, side = PLACES[places]
    if not 2 <= len(counts) <= MOST_GROUPS:
        return pd.DataFrame({"place_low": np.nan, "place_high": np.nan}, index=counts.index)
    sets = find_sets(counts, people, joint=joint, side=side, level=level, seed=seed).frame
    return sets[["low", "high"]].astype(float).add_prefix("place_")


def _about_places(frame: pd.DataFrame, divided: Divided, places: str) -> list[str]:
    """Which groups can be the highest, or among the highest, at the level; and of what kind the sets are."""
    if frame["place_low"].isna().any():
        message = _("Sets of places are not given: there are {n:,} groups, and at most {most:,} are compared in pairs.")
        return [message.format(n=len(frame), most=MOST_GROUPS)]
    joint, side = PLACES[places]
    level, dim = 100 * frame["level"].iloc[0], divided.by[0]

    first, can_be = frame.iloc[0], frame[frame["place_low"] == 1]
    words = {"group": divided.label(dim, first[dim]), "n": len(frame), "level": level}
    if side == "worst":
        message = _("{group} is among the {k:.0f} highest of {n} (sets of places, {level:g}%).")
        if first["place_high"] == 1:
            message = _("{group} is the highest of {n} (sets of places, {level:g}%).")
        notes = [message.format(k=first["place_high"], **words)]
    elif not joint:  # that no other group can be the highest is a claim on all of them at once
        message = _("{group} can have the places {low:.0f} to {high:.0f} of {n} (sets of places, {level:g}%).")
        notes = [message.format(low=first["place_low"], high=first["place_high"], **words)]
    elif len(can_be) == 1:
        group = divided.label(dim, can_be.iloc[0][dim])
        message = _("Only {group} can be the highest: every other is found below it.")
        if divided.withheld is not None:
            message = _("Of those shown only {group} can be the highest: every other is found below it.")
        notes = [message.format(group=group)]
    else:
        message = _("Which is the highest the data do not say: {k} of {n} groups can be (sets of places, {level:g}%).")
        notes = [message.format(k=len(can_be), **words)]

    if side != "two-sided":
        notes.append(
            _("Only the last place of each group is bounded.")
            if side == "worst"
            else _("Only the first place of each group is bounded.")
        )
    if not joint:
        message = _("Each set of places holds by itself at {level:g}%: that all of them hold at once is less sure.")
        notes.append(message.format(level=level))
    return notes


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
