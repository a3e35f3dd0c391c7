"""Smooth: rates of small groups drawn towards the mean, for maps and ranking."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.priors import GammaPrior, Prediction
from workbench.models.smoothing import smooth_rates, smooth_ratios
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.disclose import disclose
from workbench.study.divide import divide
from workbench.study.finding import Finding
from workbench.study.known_before import known_before
from workbench.study.neighbours import neighbours_of
from workbench.study.reliability import about_weights, mean_weights
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import number


def smooth(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("nuts2",),
    *,
    local: bool = False,
    neighbours: str | Mapping[str, Iterable[str]] = "queen",
    prior: str | GammaPrior | Prediction = "likelihood",
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """Rates drawn towards the mean of all groups, small groups most; for maps and ranking, never as input of a test.

    Empirical Bayes with a gamma prior (Clayton & Kaldor 1987), limits of the posterior; with `local` Marshall's (1991)
    towards the mean of a region and its neighbours, without limits.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults hold where it says nothing
    by : one dimension; regions where `local`
    local : towards the mean of neighbours, in place of the mean of all
    neighbours : where `local`, "queen" (regions that share a border or a point of it), "linked" (the same, islands with
        the nearest region), "nearest" (the five nearest centroids), or a mapping of each region's code to those of its
        neighbours
    prior : what is known before the groups are counted: learnt from them by "likelihood" or "moments"; a `GammaPrior`
        of their ratios to the rate of all together, such as that of an earlier period; or a `Prediction`, the accidents
        that a model expects of each group (Hauer's empirical Bayes)
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    level : of the intervals

    Returns
    -------
    Finding
        frame: the smoothed rate as value low high, `raw` the rate as it is, and `prior_weight`, the share of the mean.

    Raises
    ------
    Refused
        As `divide` for groups; for `local` with groups that are no regions, or with a prior; for a prediction that
        lacks a group.
    """
    divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="groups", level=level))
    groups = divided.groups
    per, unit = float(groups["per"].iloc[0]), str(groups["unit"].iloc[0])
    weights = mean_weights(groups["count"], groups.get("variance"))
    weights_notes = about_weights(weights)
    if local:
        if prior != "likelihood":
            raise Refused(
                _("Towards neighbours, a region's prior is learnt from them: give local or a prior, not both.")
            )
        graph = neighbours_of(divided, groups.index, neighbours)
        model = smooth_rates(groups["count"], groups["exposure"], weights=weights, neighbours=graph, per=per)
        smoothed = model.frame.assign(low=np.nan, high=np.nan)
    else:
        before = known_before(divided, prior)
        expected = groups["exposure"] if before.learnt else before.expected
        model = smooth_ratios(groups["count"], expected, weights=weights, prior=before.prior, level=level)
        rate = per * expected / groups["exposure"]
        smoothed = model.frame.assign(**{name: rate * model.frame[name] for name in ("raw", "value", "low", "high")})
    columns = smoothed.reindex(groups.index)[["value", "low", "high", "raw", "prior_weight"]]
    frame = groups.assign(**dict(columns.items()), method=model.method).reset_index()

    title, words = _("Smoothed accident rate"), ("", "")
    if np.ptp(frame["value"]) <= 1e-9 * frame["value"].max():
        alike = {"title": title, "what": divided.words, "rate": number(frame["value"].iloc[0]), "unit": unit}
        words = (
            _(
                "{title}, {what}: {rate} {unit} in each of {n} groups, which vary no more than chance makes them."
            ).format(n=len(frame), **alike),
            _("{title}, {what}: {rate} {unit} in each of {n} groups, which vary no more than chance makes them").format(
                n=len(frame), **alike
            ),
        )
    return answer(
        divided,
        frame,
        title=title,
        chart=Chart(kind=by_dimensions(divided.by)),
        notes=[
            *([model.note] if model.note else []),
            _("Smoothed rates are for maps and ranking, never the input of a test."),
            *weights_notes,
        ],
        columns={"raw": unit, "prior_weight": ""},
        model=model,
        words=words,
    )
