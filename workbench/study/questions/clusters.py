"""Clusters: regions whose rates are alike, or unlike, those of their neighbours beyond chance."""

from collections.abc import Sequence

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.inputs import chosen
from workbench.models.smoothing import rate_deviations
from workbench.models.spatial import SpatialTest, geary, global_g, moran
from workbench.models.spatial_local import LocalStatistics, local_g, local_moran
from workbench.study.answer import answer
from workbench.study.chart import Chart
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.study.neighbours import neighbours_of
from workbench.study.reliability import mean_weights
from workbench.terms.text import _, capital, mark, translated
from workbench.terms.words import some

CLUSTERS = {
    "HH": mark("high among high"),
    "LL": mark("low among low"),
    "HL": mark("high among low"),
    "LH": mark("low among high"),
}
SPOTS = {"hot": "HH", "cold": "LL"}  # a spot is a region high, or low, together with its neighbours


def clusters(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    statistic: str = "moran",
    exposure: str | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Finding:
    """Regions whose rates are alike, or unlike, those of their neighbours beyond chance; `model` has the statistics.

    The test takes rates less their mean over their standard deviation given the people at risk (Assuncao & Reis 1999),
    neighbours that share a border, permutations with a `seed`, and holds the false discovery rate at 5%.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one level of regions
    statistic : "moran" (Moran's I of the whole map, local Moran of each region), "geary" (Geary's C in place of Moran's
        I), or "g" (Getis & Ord's general G, of the rates as they are, and G* of each region: hot and cold spots)
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
        As `divide` for groups; for groups that are no regions.
    """
    divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="groups", level=level))
    groups = divided.groups
    neighbours = neighbours_of(divided, groups.index)
    deviations = rate_deviations(
        groups["count"], groups["exposure"], weights=mean_weights(groups["count"], groups.get("variance"))
    )
    if chosen(statistic, ("moran", "geary", "g"), "statistic") == "g":
        whole = global_g(groups["count"] / groups["exposure"], neighbours, seed=seed)
        model = local_g(deviations, neighbours, seed=seed)
    else:
        whole = (moran if statistic == "moran" else geary)(deviations, neighbours, seed=seed)
        model = local_moran(deviations, neighbours, seed=seed)
    kinds = model.labels.replace(SPOTS).reindex(groups.index)
    frame = groups.assign(cluster=kinds, q_value=model.frame["q_value"].reindex(groups.index)).reset_index()

    return answer(
        divided,
        frame,
        title=_("Clusters"),
        chart=Chart(kind="clusters"),
        notes=[_about(whole, model)],
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
    words = {"name": test.statistic, "value": test.value, "p": p, "n": test.n}
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
