"""Where on the map a pattern is: local Moran and Getis-Ord G of each region, and a rule for reading hundreds."""

from dataclasses import dataclass, field

import esda
import numpy as np
import pandas as pd
from scipy import sparse, special, stats

from workbench.models.inputs import is_number
from workbench.models.neighbours import TRANSFORMATIONS, Neighbours
from workbench.models.permutation import checked_draws, conditional_p
from workbench.models.spatial_map import MappedValues, esda_quietly, left_out_words, mapped_values
from workbench.terms.errors import ModelError
from workbench.terms.text import _

ISLAND = "island"  # the label of a region that could not be tested, for want of neighbours


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalStatistics:
    """One statistic per region, its analytic deviate and permutation p-value, and a rule for reading hundreds of them.

    `frame`, by region: value; lag (of the values); expected, variance, z, p_of_z (analytic, two-sided); p_value and
    q_value (permutations); label, "" when not significant. Islands are not in it: `labels` has them too.
    """

    frame: pd.DataFrame = field(repr=False)
    statistic: str
    discovery_rate: float  # q_value up to this is significant
    permutations: int
    seed: int
    n: int
    style: str
    neighbours: str
    left_out: tuple[str, ...]
    note: str

    @property
    def clusters(self) -> pd.DataFrame:
        """The significant regions."""
        return self.frame[self.frame["label"] != ""]

    @property
    def labels(self) -> pd.Series:
        """The label of every region that has a value: "island" where it has no neighbours, so nothing was tested."""
        islands = pd.Series(ISLAND, index=pd.Index(self.left_out, dtype=self.frame.index.dtype), dtype="str")
        return pd.concat([self.frame["label"], islands]).rename_axis("region")

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} {label}" for label, n in self.clusters["label"].value_counts().items())
        found = _(
            "{name}: {kinds} of {n} regions at a false discovery rate of {rate:g}% ({permutations:,} permutations, "
            "{neighbours})."
        ).format(
            name=self.statistic,
            kinds=kinds or _("none"),
            n=self.n,
            rate=100 * self.discovery_rate,
            permutations=self.permutations,
            neighbours=self.neighbours,
        )
        return " ".join(filter(None, [found, left_out_words(self.left_out), self.note]))


def local_moran(
    values: pd.Series,
    neighbours: Neighbours,
    *,
    style: str = "row",
    permutations: int = 19_999,
    seed: int = 0,
    discovery_rate: float = 0.05,
) -> LocalStatistics:
    """Local Moran I_i = z_i / m2 sum w_ij z_j, m2 = sum z^2 / n: clusters and outliers.

    Anselin (1995), Geogr. Anal. 27:93-115. p-values: the region keeps its value, the others are permuted over its
    neighbours; two-sided, twice (as extreme + 1) / (permutations + 1), at most 1. They are the same for all local
    statistics, which rise and fall with the neighbours' sum. q-values: Benjamini & Hochberg (1995). The analytic
    deviates are those of the same deals: Sokal, Oden & Thomson (1998), Geogr. Anal. 30:331-354, eq. A7 and A8.
    Labels of significant regions: HH and LL (clusters), HL and LH (unlike their neighbours); H and L are above and
    below the mean.

    Parameters
    ----------
    values, neighbours, style, permutations, seed
        As `moran`.
    discovery_rate : float
        The share of false discoveries to live with among the regions that are labelled.

    Returns
    -------
    LocalStatistics

    Raises
    ------
    ModelError
        As `moran`, and of a rate that is none.
    """
    area = mapped_values(values, neighbours, style)
    z, w = area.values - area.values.mean(), area.weights
    with esda_quietly():
        found = esda.Moran_Local(area.values, area.neighbours.graph(style), TRANSFORMATIONS[style], permutations=0)
    frame = pd.DataFrame(
        {
            "value": found.Is * len(z) / (len(z) - 1),  # esda divides m2 by n - 1, spdep and Anselin by n
            "lag": w @ area.values,
            "expected": found.EIc,
            "variance": found.VIc,
        },
        index=area.neighbours.codes,
    )
    label = np.choose(found.q - 1, ["HH", "LH", "LL", "HL"])
    return _local(_("Local Moran"), area, frame, label, discovery_rate, (permutations, seed))


def local_g(
    values: pd.Series,
    neighbours: Neighbours,
    *,
    star: bool = True,
    style: str = "binary",
    permutations: int = 19_999,
    seed: int = 0,
    discovery_rate: float = 0.05,
) -> LocalStatistics:
    """Getis-Ord G_i* (the region counts among its neighbours), or G_i without `star`, as z: hot spots and cold spots.

    Ord & Getis (1995), Geogr. Anal. 27:286-306. Own code, because esda's variance takes every weight as 1 (row weights
    are not) and divides by the mean, which is 0 of deviations. Permutation p-values and q-values as in `local_moran`;
    labels "hot" and "cold". A region with all others as neighbours has z = 0.

    Parameters, results and errors as `local_moran`; `value` is the deviate itself, so its variance is 1.
    """
    area = mapped_values(values, neighbours, style)
    y, w, n = area.values, area.weights, len(area.values)
    own = w
    if star:
        own = sparse.csr_array((w != 0).astype(float) + sparse.eye_array(n))
        own = sparse.diags_array(1 / own.sum(axis=1)) @ own if style == "row" else own

    total, squares = own.sum(axis=1), (own**2).sum(axis=1)
    count = n if star else n - 1
    mean = (y.sum() - (0 if star else y)) / count
    spread = ((y**2).sum() - (0 if star else y**2)) / count - mean**2
    room = np.broadcast_to(spread, (n,)) * np.maximum(count * squares - total**2, 0) / (count - 1)
    gap = own @ y - total * mean
    varies = room > 1e-12 * (y**2).mean()
    value = np.where(varies, gap / np.sqrt(np.where(varies, room, 1)), 0.0)

    frame = pd.DataFrame(
        {"value": value, "lag": own @ y, "expected": 0.0, "variance": np.where(varies, 1.0, 0.0)},
        index=area.neighbours.codes,
    )
    name, label = (_("Getis-Ord G*") if star else _("Getis-Ord G")), np.where(gap > 0, "hot", "cold")
    return _local(name, area, frame, label, discovery_rate, (permutations, seed))


def _local(
    name: str, area: MappedValues, frame: pd.DataFrame, label: np.ndarray, discovery_rate: float, draws: tuple
) -> LocalStatistics:
    """Deviates, p-values, q-values and labels of one statistic per region."""
    permutations, seed = checked_draws(*draws)
    if not (is_number(discovery_rate) and 0 < discovery_rate < 1):
        message = _("discovery_rate={rate} is no rate. Give the share of false discoveries to live with, such as 0.05.")
        raise ModelError(message.format(rate=discovery_rate))

    deviation, varies = frame["value"] - frame["expected"], frame["variance"] > 1e-12 * frame["variance"].max()
    frame["z"] = (deviation / np.sqrt(frame["variance"].where(varies, 1.0))).where(varies, 0.0)
    frame["p_of_z"] = 2 * special.ndtr(-frame["z"].abs())
    z = area.values - area.values.mean()
    frame["p_value"] = conditional_p(z, area.weights, permutations=permutations, seed=seed)
    frame["q_value"] = stats.false_discovery_control(frame["p_value"], method="bh")
    frame["label"] = pd.Series(np.where(frame["q_value"] <= discovery_rate, label, ""), index=frame.index, dtype="str")

    needed, note = int(np.ceil(2 * len(frame) / discovery_rate)) - 1, ""
    if permutations < needed:
        note = _(
            "No p-value is below {least:.2g}: to find a single region, ask for {needed:,} permutations or more."
        ).format(least=2 / (permutations + 1), needed=needed)
    return LocalStatistics(
        frame=frame.rename_axis("region"),
        statistic=name,
        discovery_rate=float(discovery_rate),
        permutations=permutations,
        seed=seed,
        note=note,
        **area.about(),
    )
