"""Clusters: regions whose rates are alike, or unlike, those of their neighbours beyond chance."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import chosen
from workbench.models.neighbours import Neighbours
from workbench.models.regression import fit_regression
from workbench.models.smoothing import rate_deviations
from workbench.models.spatial import SpatialTest, geary, global_g, moran, residual_moran
from workbench.models.spatial_local import LocalStatistics, local_g, local_moran
from workbench.study.answer import answer
from workbench.study.chart import Chart
from workbench.study.data import listed
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.neighbours import neighbours_of
from workbench.study.reliability import mean_weights
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital, mark, translated
from workbench.terms.words import dimensions, some

CLUSTERS = {
    "HH": mark("high among high"),
    "LL": mark("low among low"),
    "HL": mark("high among low"),
    "LH": mark("low among high"),
}
SPOTS = {"hot": "HH", "cold": "LL"}  # a spot is a region high, or low, together with its neighbours


# The four that every question takes, and five choices of the test, independent of each other.
def clusters(  # noqa: PLR0913
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    statistic: str = "moran",
    terms: str | Sequence[str] = (),
    neighbours: str | Mapping[str, Iterable[str]] = "queen",
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Regions whose rates are alike, or unlike, those of their neighbours beyond chance; `model` has the statistics.

    The test takes rates less their mean over their standard deviation given the people at risk (Assuncao & Reis 1999),
    permutations with a `seed`, and holds the false discovery rate at 5%.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one level of regions
    statistic : "moran" (Moran's I of the whole map, local Moran of each region), "geary" (Geary's C in place of Moran's
        I), or "g" (Getis & Ord's general G, of the rates as they are, and G* of each region: hot and cold spots)
    terms : coarser levels of regions, such as "nuts0": is a pattern left that they do not explain? Moran's I is then
        that of the residuals of a Poisson regression on them (Cliff & Ord), and each region's statistic is of its
        residual
    neighbours : "queen" (regions that share a border or a point of it), "linked" (the same, islands with the nearest
        region), "nearest" (the five nearest centroids), or a mapping of each region's code to those of its neighbours
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    seed : of the permutations
    level : of the intervals of the rates

    Returns
    -------
    Finding
        frame: the rate as value low high, `cluster` ("HH" and "LL" are clusters of high and of low rates, "HL" and "LH"
        regions unlike their neighbours, "" none, "island" a region without neighbours, which is not tested), `q_value`.

    Raises
    ------
    Refused
        As `divide` for groups; for groups that are no regions; for terms that are not their coarser levels, or another
        statistic of residuals.
    ModelError
        For a rule of neighbours that does not exist, and a mapping that lacks a region.
    """
    divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="groups", level=level))
    groups = divided.groups
    graph = neighbours_of(divided, groups.index, neighbours)
    if terms:
        return _of_residuals(divided, graph, listed(terms), statistic, seed)
    deviations = rate_deviations(
        groups["count"], groups["exposure"], weights=mean_weights(groups["count"], groups.get("variance"))
    )
    if chosen(statistic, ("moran", "geary", "g"), "statistic") == "g":
        whole = global_g(groups["count"] / groups["exposure"], graph, seed=seed)
        model = local_g(deviations, graph, seed=seed)
    else:
        whole = (moran if statistic == "moran" else geary)(deviations, graph, seed=seed)
        model = local_moran(deviations, graph, seed=seed)
    return _finding(divided, statistic, whole, model)


def _of_residuals(divided: Divided, neighbours: Neighbours, terms: Sequence[str], statistic: str, seed: int) -> Finding:
    """The pattern that is left once the terms are allowed for: Pearson residuals of a Poisson regression on them."""
    own, names = dimension(divided.by[0]), [dimension(name) for name in terms]
    strange = [one.name for one in names if one.axis != own.axis or one.level >= own.level]
    if strange or statistic != "moran":
        raise Refused(
            _(
                "The residuals of {by} can be those of coarser levels of regions, such as nuts0, by Moran's I; {terms} "
                "by {statistic!r} cannot."
            ).format(by=own.name, terms=", ".join(terms), statistic=statistic)
        )
    groups, lists = divided.groups, divided.cube.lists
    parents = {
        one.name: [lists[one.axis].ancestor_at(code.split("+")[0], one.level) for code in groups.index] for one in names
    }
    formula = "accidents ~ {}".format(" + ".join(parents))
    cells = groups[["count", "exposure"]].set_axis(["accidents", "employed"], axis=1).assign(**parents)
    fitted = fit_regression(cells, formula, exposure="employed")
    root = fitted.units["expected"] ** 0.5
    residuals = (fitted.units["observed"] - fitted.units["expected"]) / root
    design = pd.DataFrame(fitted.design.matrix[fitted.design.pattern].toarray(), index=root.index).mul(root, axis=0)
    whole = residual_moran(residuals, design, neighbours, seed=seed)
    note = _("Residuals of a Poisson regression on {terms}; those of each region are taken as exchangeable.").format(
        terms=dimensions(parents)
    )
    return _finding(divided, statistic, whole, local_moran(residuals, neighbours, seed=seed), note)


def _finding(divided: Divided, statistic: str, whole: SpatialTest, model: LocalStatistics, *notes: str) -> Finding:
    """The groups with the cluster that each is in."""
    groups = divided.groups
    kinds = model.labels.replace(SPOTS).reindex(groups.index)
    frame = groups.assign(cluster=kinds, q_value=model.frame["q_value"].reindex(groups.index)).reset_index()

    return answer(
        divided,
        frame,
        title=_("Clusters"),
        chart=Chart(kind="clusters"),
        notes=[_about(whole, model), *notes],
        columns={"cluster": "", "q_value": ""},
        model=model,
        words=_words(divided, statistic, whole, model),
    )


def _words(divided: Divided, statistic: str, whole: SpatialTest, model: LocalStatistics) -> tuple[str, str]:
    """Summary and headline: what the test of the whole map says, and which regions stand out."""
    what, alike, single = divided.words, _alike(whole, statistic), _single(divided, model)
    headline = _("Clusters, {what}: {alike}; {single}").format(what=what, alike=alike, single=single)
    islands = some(divided.label(divided.by[0], code) for code in model.left_out)
    parts = {"what": capital(what), "alike": alike, "single": capital(single), "islands": islands}
    if not islands:
        return _("{what}: {alike}. {single}.").format(**parts), headline
    return _("{what}: {alike}. {single}. Without neighbours, so left out: {islands}.").format(**parts), headline


def _alike(test: SpatialTest, statistic: str) -> str:
    """What the test of the whole map says, with the statistic."""
    p = _("p < 0.001") if test.pseudo_p < 0.001 else _("p = {p:.2g}").format(p=test.pseudo_p)
    words = {"name": test.statistic, "value": round(test.value, 2) + 0.0, "p": p, "n": test.n}  # no "-0.00"
    if test.pseudo_p >= 0.05:
        return _(
            "neighbours are no more alike or unlike than chance makes them ({name} = {value:.2f}, {p}, {n} regions)"
        ).format(**words)
    if (test.value < test.expected) if statistic == "geary" else (test.value > test.expected):
        return _("neighbours are alike ({name} = {value:.2f}, {p}, {n} regions)").format(**words)
    return _("neighbours are unlike ({name} = {value:.2f}, {p}, {n} regions)").format(**words)


def _single(divided: Divided, model: LocalStatistics) -> str:
    """The regions that stand out, by name, kind by kind."""
    parts = []
    for kind, words in CLUSTERS.items():
        regions = model.clusters.index[model.clusters["label"].replace(SPOTS) == kind]
        if len(regions):
            names = some(divided.label(divided.by[0], code) for code in regions)
            parts.append(_("{kind}: {regions}").format(kind=translated(words), regions=names))
    return "; ".join(parts) or _("no single region stands out")


def _about(test: SpatialTest, model: LocalStatistics) -> str:
    """How clusters were looked for."""
    return (
        _(
            "{test}: {first:,} permutations, two-sided; {local}: {second:,} permutations, a false discovery rate of "
            "{rate:g}%; neighbours: {neighbours}. {note}"
        )
        .format(
            test=test.statistic,
            first=test.permutations,
            local=model.statistic,
            second=model.permutations,
            rate=100 * model.discovery_rate,
            neighbours=model.neighbours,
            note=model.note,
        )
        .strip()
    )
