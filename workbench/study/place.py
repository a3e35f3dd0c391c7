"""Maps and ranks of risk that allow for small numbers: smoothed rates, clusters of regions, ranks with their doubt."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import some
from workbench.models.neighbours import Neighbours, queen_neighbours
from workbench.models.ranking import Ranking, rank_groups
from workbench.models.rates import digits
from workbench.models.smoothing import rate_deviations, smooth_rates, smooth_ratios
from workbench.models.spatial import SpatialTest, moran
from workbench.models.spatial_local import LocalStatistics, local_moran
from workbench.sources.boundaries import boundaries
from workbench.study.finding import Finding
from workbench.study.groups import counted
from workbench.study.telling import finding
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital

CLUSTERS = {
    "HH": _("high among high"),
    "LL": _("low among low"),
    "HL": _("high among low"),
    "LH": _("low among high"),
}


def smooth(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    local: bool = False,
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """Rates drawn towards the mean of all groups, small groups most; for maps and ranking, never as input of a test.

    Empirical Bayes with a gamma prior (Clayton & Kaldor 1987), limits of the posterior; with `local` Marshall's (1991)
    towards the mean of a region and its neighbours, without limits. `raw` and `prior_weight` stand beside the value.
    """
    asked, selection, by, notes, found = counted(source, selection, by, exposure, level)
    groups = found.frame.set_index(by[0])
    per = float(groups["per"].iloc[0])
    if local:
        model = smooth_rates(
            groups["count"], groups["exposure"], neighbours=_neighbours(asked, by[0], groups.index), per=per
        )
        smoothed = model.frame.assign(low=np.nan, high=np.nan)
    else:
        model = smooth_ratios(groups["count"], groups["exposure"], level=level)
        smoothed = model.frame.assign(**{name: per * model.frame[name] for name in ("raw", "value", "low", "high")})
    smoothed = smoothed.reindex(groups.index)
    frame = groups.assign(
        **{name: smoothed[name] for name in ("value", "low", "high", "raw", "prior_weight")}, method=model.method
    ).reset_index()
    told = [
        *notes,
        *([model.note] if model.note else []),
        _("Smoothed rates are for maps and ranking, never the input of a test."),
        *found.notes,
    ]
    title, said = _("Smoothed accident rate"), ""
    if np.ptp(frame["value"]) <= 1e-9 * frame["value"].max():
        said = _("{title}, {what}: {rate} {unit} in each of {n} groups, which vary no more than chance makes them").format(
            title=title, what=selection.words(asked.lists), rate=digits(frame["value"].iloc[0]), n=len(frame),
            unit=frame["unit"].iloc[0],
        )  # fmt: skip
    return finding(
        asked,
        selection,
        by,
        frame,
        told,
        title=title,
        summary=f"{said}." if said else "",
        headline=said,
        extra=found.sources,
        model=model,
        columns=("raw", "prior_weight"),
    )


def clusters(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Regions whose rates are alike, or unlike, those of their neighbours beyond chance; `model` is the local Moran statistic.

    The test takes rates less their mean over their standard deviation given the people at risk (Assuncao & Reis 1999),
    neighbours that share a border, permutations with a `seed`, and holds the false discovery rate at 5%. `label`: HH and LL
    are clusters of high and of low rates, HL and LH regions unlike their neighbours.
    """
    asked, selection, by, notes, found = counted(source, selection, by, exposure, level)
    groups = found.frame.set_index(by[0])
    neighbours = _neighbours(asked, by[0], groups.index)
    deviations = rate_deviations(groups["count"], groups["exposure"])
    whole, model = moran(deviations, neighbours, seed=seed), local_moran(deviations, neighbours, seed=seed)
    frame = groups.assign(
        cluster=model.frame["label"].reindex(groups.index).fillna(""),
        q_value=model.frame["q_value"].reindex(groups.index),
    ).reset_index()
    what, alike, alone = selection.words(asked.lists), _alike(whole), _alone(asked, by[0], model)
    islands = [asked.lists["nuts"].label(code) for code in model.left_out]
    left = _(" Without neighbours, so left out: {regions}.").format(regions=some(islands)) if islands else ""
    return finding(
        asked,
        selection,
        by,
        frame,
        [*notes, _about(whole, model), *found.notes],
        title=_("Clusters"),
        extra=found.sources,
        model=model,
        summary=f"{capital(what)}: {alike}. {capital(alone)}.{left}",
        headline=_("Clusters, {what}: {alike}; {alone}").format(what=what, alike=alike, alone=alone),
        columns=("cluster", "q_value"),
    )


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

    `value` is the ratio's posterior mean with its limits, `probability` that it exceeds 1, `rank` the expected rank with
    `rank_low` and `rank_high`, `excess` the accidents above the rate of all. `order`: "rank", "probability" or "excess".
    """
    asked, selection, by, notes, found = counted(source, selection, by, exposure, level)
    groups = found.frame.set_index(by[0])
    expected = groups["exposure"] * groups["count"].sum() / groups["exposure"].sum()
    model = rank_groups(groups["count"], expected, order=order, level=level, seed=seed)
    columns = ("rank", "rank_low", "rank_high", "probability", "excess", "raw")
    kept = groups.loc[model.frame.index, ["count", "exposure", "flag", "flag_share", "state"]]
    frame = model.frame[["value", "low", "high", *columns]].join(kept).rename_axis(by[0]).reset_index()
    frame = frame.assign(level=level, method=model.method, per=np.nan, unit=_("times the rate of all together"))
    told = [*notes, _("Most neighbours in the order cannot be told apart: read the limits of the ranks."), *found.notes]
    return finding(
        asked,
        selection,
        by,
        frame,
        told,
        title=_("Priority"),
        extra=found.sources,
        model=model,
        summary=_order(asked, selection, by[0], model),
        columns=columns,
    )


def _alike(test: SpatialTest) -> str:
    """What the test of the whole map says, with the statistic."""
    if test.pseudo_p >= 0.05:
        said = _("neighbours are no more alike or unlike than chance makes them")
    else:
        said = _("neighbours are alike") if test.value > test.expected else _("neighbours are unlike")
    p = _("p < 0.001") if test.pseudo_p < 0.001 else _("p = {p:.2g}").format(p=test.pseudo_p)
    return _("{said} ({name} = {value:.2f}, {p}, {n} regions)").format(
        said=said, name=test.statistic, value=test.value, p=p, n=test.n
    )


def _alone(asked: Cube, name: str, model: LocalStatistics) -> str:
    """The regions that stand out, by name, kind by kind."""
    known, parts = asked.lists[DIMENSIONS[name].axis], []
    for kind, words in CLUSTERS.items():
        here = model.clusters.index[model.clusters["label"] == kind]
        if len(here):
            parts.append(f"{words}: {some(known.label(code) for code in here)}")
    return "; ".join(parts) or _("no single region stands out")


def _about(test: SpatialTest, model: LocalStatistics) -> str:
    """How clusters were looked for."""
    told = _(
        "{test}: {first:,} permutations, two-sided; {local}: {second:,} permutations, a false discovery rate of {rate:g}%; neighbours: {neighbours}."
    ).format(
        test=test.statistic, first=test.permutations, local=model.statistic, second=model.permutations,
        rate=100 * model.discovery_rate, neighbours=model.neighbours,
    )  # fmt: skip
    return f"{told} {model.note}".strip()


def _order(asked: Cube, selection: Selection, name: str, model: Ranking) -> str:
    """The first of a ranking in words, and of how many the order can be trusted."""
    first = model.frame.iloc[0]
    return _("{what}: first {group}, {ratio} times the rate of all together ({level:g}% interval {low} to {high}), rank {best:.0f} to {worst:.0f} of {n}. "
             "{sure} groups exceed that rate with a probability of 97.5% or more.").format(
        what=capital(selection.words(asked.lists)), group=asked.lists[DIMENSIONS[name].axis].label(str(model.frame.index[0])), ratio=digits(first["value"]),
        level=100 * model.level, low=digits(first["low"]), high=digits(first["high"]), best=first["rank_low"], worst=first["rank_high"],
        n=len(model.frame), sure=int((model.frame["probability"] >= 0.975).sum()),
    )  # fmt: skip


def _neighbours(asked: Cube, name: str, codes: pd.Index) -> Neighbours:
    """Neighbours of the regions of an answer; a joint region has the neighbours of its parts."""
    if DIMENSIONS[name].axis != "nuts":
        raise Refused(
            _("Only regions have neighbours; {name} is no level of regions.").format(name=name), dimension=name
        )
    shapes = boundaries(edition=asked.lists["nuts"].edition, level=DIMENSIONS[name].level)
    group_of = {part: code for code in codes for part in code.split("+")}
    drawn = shapes[shapes.index.isin(group_of)]
    return queen_neighbours(
        drawn.assign(group=[group_of[part] for part in drawn.index]).dissolve("group"), islands="keep"
    )
