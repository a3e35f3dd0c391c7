"""Priorities: where to look first, by criteria whose weights the reader sets, with how sure the order is."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import special

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.priority import Priority, prioritise
from workbench.models.rank_sets import MOST_GROUPS, rank_sets
from workbench.study.answer import answer
from workbench.study.chart import Chart
from workbench.study.criteria import Judged, judge_groups
from workbench.study.finding import Finding
from workbench.study.safeguards import Safeguards
from workbench.terms.text import _
from workbench.terms.words import number

WEIGHTS = {"rate": 1.0, "people": 1.0}
"""Rate times people: expected accidents."""
MOST_ROWS = 60


# The four that every question takes, and the reader's own say in what counts.
def priorities(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nace1", "nuts2"),
    *,
    weights: Mapping[str, float] | None = None,
    evidence: Mapping[str, pd.Series] | None = None,
    top: int = 10,
    exposure: str | None = None,
    safeguards: Safeguards | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Groups in the order in which to look at them, by rate, people, severity, trend and what else is known of them.

    Rates are drawn towards what a group's sector and region have in common with others (gamma-Poisson, hierarchical
    over NACE and NUTS), so that a small group does not win by noise. The score is the product of each criterion over
    its reference, to the power of its weight: with rate and people at 1 it is the expected number of accidents over
    that of a mean group.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : dimensions that the people at risk have too
    weights : of "rate", "people", "fatal" (share of fatal accidents), "trend" (change per year) and of evidence by its
        name; rate 1 and people 1 unless given
    evidence : values above 0 by the codes of one dimension, or of all of `by`, by a name: a share of a survey, an
        exposure that wearables measured; `wb.topics().evidence("overload")` gives some by sector and country. Where the
        levels of its index are named as dimensions, a group has the value of what it lies in. The notes name the source
        that stands in its `attrs["source"]`
    top : how many groups are "the first"
    exposure : entry that holds the people at risk, in place of the one that the catalogue names
    safeguards : `wb.Safeguards(...)`: on which legal ground single employers are scored, and who is never targeted
    seed : of the draws
    level : of the intervals

    Returns
    -------
    Finding
        frame: the score as value low high (1: the reference), `rank` with `rank_low` and `rank_high`, `place_low` and
        `place_high` (places that the data do not exclude, of all groups at once), `p_top` (chance to be among the
        first), `expected` accidents, and what each criterion adds to the logarithm of the score.

    Raises
    ------
    Refused
        As `divide`; for a criterion that the data do not allow, and evidence that fits no dimension.
    ModelError
        For weights that are negative, unknown or all 0.
    """
    evidence = evidence or {}
    # A criterion that weighs nothing is not asked of the data, which may not allow it.
    weights = {name: weight for name, weight in (WEIGHTS if weights is None else weights).items() if weight != 0}
    judged = judge_groups(
        source,
        selection,
        by,
        wanted=list(weights),
        evidence=evidence,
        exposure=exposure,
        seed=seed,
        safeguards=safeguards,
    )
    priority = prioritise(judged.groups.index, judged.criteria, weights, top=top, level=level)
    frame = _rows(judged, priority, level, seed)
    added = {name: "" for name in frame if name.startswith("adds_")}
    return answer(
        judged.divided,
        frame,
        title=_("Priority score"),
        chart=Chart(kind="rows" if len(judged.divided.by) == 1 and len(frame) <= MOST_ROWS else "table", ratio=True),
        notes=[*judged.notes, *_about(judged, priority), *_about_weights(judged, priority)],
        columns=dict.fromkeys(("rank", "rank_low", "rank_high", "place_low", "place_high", "p_top"), "")
        | {"expected": judged.divided.measure.unit}
        | added,
        model=priority,
        words=(_sentence(judged, frame, priority), ""),
    )


def _rows(judged: Judged, priority: Priority, level: float, seed: int) -> pd.DataFrame:
    """The groups in their order, the score as a ratio to the reference."""
    scored = priority.frame
    kept = judged.groups[["count", "exposure", "flag", "flag_share", "state"]]
    frame = scored.drop(columns=["score", "low", "high"]).join(kept)
    for name, column in (("value", "score"), ("low", "low"), ("high", "high")):
        frame[name] = np.exp(scored[column])
    frame["expected"] = judged.rates.frame["value"] * judged.groups["exposure"]
    frame["place_low"], frame["place_high"] = np.nan, np.nan
    if 2 <= len(frame) <= MOST_GROUPS:
        from_limits = (scored["high"] - scored["low"]) / (2 * special.ndtri((1 + level) / 2))
        sets = rank_sets(scored["score"], from_limits.clip(lower=1e-9), level=level, draws=1_000, seed=seed).frame
        frame["place_low"], frame["place_high"] = sets["low"].astype(float), sets["high"].astype(float)
    return frame.assign(
        method=_("weighted product"), per=np.nan, unit=_("times the reference"), level=level
    ).reset_index()


def _about(judged: Judged, priority: Priority) -> list[str]:
    """What the score is made of, and how far its order can be trusted."""
    weights = ", ".join(f"{name} {number(weight)}" for name, weight in priority.weights.items() if weight)
    notes = [
        _("Weights, which are the reader's: {weights}.").format(weights=weights),
        _("Rates are drawn towards what sector and region have in common: they are for choosing, not for a test."),
    ]
    for name, groups in priority.no_data.items():
        if groups:
            message = _("No data on {name} for {n} groups: they count as the mean, neither a risk nor none.")
            notes.append(message.format(name=name, n=len(groups)))
    if len(priority.frame) > MOST_GROUPS:
        message = _("Sets of places are not given: there are {n:,} groups, and at most {most:,} are compared in pairs.")
        notes.append(message.format(n=len(priority.frame), most=MOST_GROUPS))
    return notes


def _about_weights(judged: Judged, priority: Priority) -> list[str]:
    """Which weight would change the first groups."""
    notes = []
    for name, row in priority.tipping.iterrows():
        if pd.isna(row["weight"]):
            continue
        message = _("With a weight of {weight} for {name} in place of {used}, {new} would be among the first {top}.")
        notes.append(
            message.format(
                weight=number(row["weight"]),
                name=name,
                used=number(priority.weights[name]),
                new=_label(judged, row["in_group"]),
                top=priority.top,
            )
        )
    return notes or [
        _("No change of one weight would bring another group among the first {top}.").format(top=priority.top)
    ]


def _label(judged: Judged, codes: object) -> str:
    """The group in words."""
    codes = codes if isinstance(codes, tuple) else (codes,)
    names = zip(judged.divided.by, codes, strict=True)
    return " · ".join(judged.divided.label(name, code) for name, code in names)


def _sentence(judged: Judged, frame: pd.DataFrame, priority: Priority) -> str:
    """The first group, and how many can be."""
    names = list(judged.divided.by)
    first = frame.iloc[0]
    facts = {
        "what": judged.divided.words,
        "group": _label(judged, tuple(first[names])),
        "score": number(first["value"]),
        "low": number(first["low"]),
        "high": number(first["high"]),
        "n": len(frame),
    }
    can_be = int((frame["place_low"] == 1).sum())
    if can_be == 1:
        return _(
            "Priority, {what}: first {group}, {score} times the reference ({low} to {high}); no other of {n} groups "
            "can be the first."
        ).format(**facts)
    if not can_be:
        return _(
            "Priority, {what}: first of {n} groups {group}, {score} times the reference ({low} to {high})."
        ).format(**facts)
    return _(
        "Priority, {what}: first {group}, {score} times the reference ({low} to {high}); {k} of {n} groups can be the "
        "first."
    ).format(k=can_be, **facts)
