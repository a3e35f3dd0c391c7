"""Is there a pattern on the map: Moran's I, Geary's C and Getis-Ord's G, for the whole map and around each region."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse, special, stats

from workbench.models.inputs import chosen, measured, some
from workbench.models.neighbours import STYLES, Neighbours
from workbench.terms.errors import ModelError
from workbench.terms.text import _

LEAST = 4  # regions; the variance divides by n - 3
BATCH = 2_000_000  # numbers held at once while permuting
ALTERNATIVES = ("two-sided", "greater", "less")


@dataclass(frozen=True, kw_only=True)
class SpatialTest:
    """One statistic of the whole map beside what chance gives."""

    statistic: str
    value: float
    expected: float
    variance: float  # randomisation: the values fall on the regions in any order
    variance_normality: float  # the values are normal; NaN for G, which has none
    z: float  # with the randomisation variance; for C below 0 means clustering
    p_value: float  # of z
    pseudo_p: float  # (as extreme + 1) / (permutations + 1)
    alternative: str  # of both p-values
    permutations: int
    seed: int
    n: int
    style: str
    neighbours: str
    left_out: tuple[str, ...]  # islands, which have no neighbours to be alike with

    def __str__(self) -> str:
        left = (
            _(" Without {codes}, which have no neighbours.").format(codes=some(self.left_out)) if self.left_out else ""
        )
        return _("{name} = {value:.4f} (expected {expected:.4f}), {p}, {alternative}, {n:,} permutations, {regions} regions, "
                 "{neighbours}, {style} weights.{left}").format(
            name=self.statistic, value=self.value, expected=self.expected, p=_p(self.pseudo_p, self.permutations),
            alternative=_(self.alternative), n=self.permutations, regions=self.n, neighbours=self.neighbours,
            style=_(STYLES[self.style]), left=left,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalStatistics:
    """One statistic per region, with permutation p-values and a rule for reading hundreds of them."""

    frame: pd.DataFrame = field(repr=False)  # by region: value, lag, p_value, q_value, label ("" when not significant)
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

    def __str__(self) -> str:
        found = self.clusters["label"].value_counts()
        told = ", ".join(f"{n} {label}" for label, n in found.items()) or _("none")
        left = (
            _(" Without {codes}, which have no neighbours.").format(codes=some(self.left_out)) if self.left_out else ""
        )
        return _("{name}: {told} of {n} regions at a false discovery rate of {rate:g}% ({permutations:,} permutations, "
                 "{neighbours}).{left} {note}").format(
            name=self.statistic, told=told, n=self.n, rate=100 * self.discovery_rate, permutations=self.permutations,
            neighbours=self.neighbours, left=left, note=self.note,
        ).strip()  # fmt: skip


def moran(
    values: pd.Series, neighbours: Neighbours, *, style: str = "row", alternative: str = "two-sided",
    permutations: int = 9_999, seed: int = 0,
) -> SpatialTest:  # fmt: skip
    """Moran's I: are neighbours alike (above -1 / (n - 1)) or unlike?  Cliff & Ord (1981), Spatial Processes.

    Rates of small regions vary more than those of large ones, which looks like pattern: give
    `smoothing.rate_deviations` instead of raw rates. Islands are left out and named.

    Parameters
    ----------
    values : Series by region code, none missing; regions of the map without a value are left out
    neighbours : from `workbench.models.neighbours`
    style : "row" (each region's weights sum to 1) or "binary"
    alternative : "two-sided", "greater" or "less"

    Raises
    ------
    ModelError
        Missing values, regions not on the map, all values equal, fewer than 4 regions with neighbours.
    """
    y, w, codes, left_out = _ready(values, neighbours, style)
    n, z = len(y), y - y.mean()
    sums = _sums(w)
    s0, s1, s2 = sums
    k = n * (z**4).sum() / (z**2).sum() ** 2
    expected = -1 / (n - 1)
    variance = (n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) - k * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)) / (
        (n - 1) * (n - 2) * (n - 3) * s0**2
    ) - expected**2
    normal = (n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - expected**2
    scale = n / s0 / (z**2).sum()
    return _test(
        _("Moran's I"), lambda order: scale * _cross(order, w), z, expected, variance, normal, alternative,
        permutations=permutations, seed=seed, style=style, neighbours=neighbours, left_out=left_out,
    )  # fmt: skip


def geary(
    values: pd.Series, neighbours: Neighbours, *, style: str = "row", alternative: str = "two-sided",
    permutations: int = 9_999, seed: int = 0,
) -> SpatialTest:  # fmt: skip
    """Geary's C: squared differences of neighbours over those of all; below 1, z below 0, they are alike.

    Arguments and errors as `moran`. Cliff & Ord (1981).
    """
    y, w, codes, left_out = _ready(values, neighbours, style)
    n, z = len(y), y - y.mean()
    s0, s1, s2 = _sums(w)
    k = n * (z**4).sum() / (z**2).sum() ** 2
    variance = (
        (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * k)
        - (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * k) / 4
        + s0**2 * (n**2 - 3 - (n - 1) ** 2 * k)
    ) / (n * (n - 2) * (n - 3) * s0**2)
    normal = ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    ends = w.sum(axis=0) + w.sum(axis=1)
    scale = (n - 1) / (2 * s0 * (z**2).sum())
    return _test(
        _("Geary's C"), lambda order: scale * (order**2 @ ends - 2 * _cross(order, w)), z, 1.0, variance, normal, alternative,
        permutations=permutations, seed=seed, style=style, neighbours=neighbours, left_out=left_out,
    )  # fmt: skip


def global_g(
    values: pd.Series, neighbours: Neighbours, *, style: str = "binary", alternative: str = "two-sided",
    permutations: int = 9_999, seed: int = 0,
) -> SpatialTest:  # fmt: skip
    """Getis & Ord's general G: do high values stand together (above its expectation) or low ones (below)?

    Of values that are not negative. Arguments and errors as `moran`. Getis & Ord (1992), Geogr. Anal. 24:189-206.
    """
    y, w, codes, left_out = _ready(values, neighbours, style, negative=False)
    n = len(y)
    s0, s1, s2 = _sums(w)
    m1, m2, m3, m4 = (float((y**power).sum()) for power in (1, 2, 3, 4))
    expected = s0 / (n * (n - 1))
    square = (
        ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2) * m2**2
        - ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2) * m4
        - (2 * n * s1 - (n + 3) * s2 + 6 * s0**2) * m1**2 * m2
        + (4 * (n - 1) * s1 - 2 * (n + 1) * s2 + 8 * s0**2) * m1 * m3
        + (s1 - s2 + s0**2) * m1**4
    ) / ((m1**2 - m2) ** 2 * n * (n - 1) * (n - 2) * (n - 3))
    scale = 1 / (m1**2 - m2)
    return _test(
        _("Getis-Ord general G"), lambda order: scale * _cross(order, w), y, expected, square - expected**2, np.nan, alternative,
        permutations=permutations, seed=seed, style=style, neighbours=neighbours, left_out=left_out,
    )  # fmt: skip


def local_moran(
    values: pd.Series, neighbours: Neighbours, *, style: str = "row", permutations: int = 19_999, seed: int = 0,
    discovery_rate: float = 0.05,
) -> LocalStatistics:  # fmt: skip
    """Local Moran I_i = z_i / m2 sum w_ij z_j, m2 = sum z^2 / n: clusters and outliers (Anselin 1995, Geogr. Anal. 27:93-115).

    p-values: the region keeps its value, the others are dealt anew to its neighbours; two-sided, twice (as
    extreme + 1) / (permutations + 1), at most 1. They are the same for all local statistics, which rise and fall with the neighbours'
    sum. q-values: Benjamini & Hochberg (1995). Labels of significant regions: HH and LL (clusters), HL and LH
    (unlike their neighbours); H and L are above and below the mean.

    Arguments, islands and errors as `moran`.
    """
    y, w, codes, left_out = _ready(values, neighbours, style)
    z = y - y.mean()
    lag = w @ z
    frame = pd.DataFrame({"value": z * lag / (z**2).mean(), "lag": w @ y}, index=codes)
    label = np.where(z > 0, np.where(lag > 0, "HH", "HL"), np.where(lag > 0, "LH", "LL"))
    return _local(_("Local Moran"), frame, label, z, w, permutations, seed, discovery_rate, style, neighbours, left_out)


def local_g(
    values: pd.Series, neighbours: Neighbours, *, star: bool = True, style: str = "binary", permutations: int = 19_999,
    seed: int = 0, discovery_rate: float = 0.05,
) -> LocalStatistics:  # fmt: skip
    """Getis-Ord G_i* (the region counts among its neighbours), or G_i without `star`, as z: hot spots and cold spots.

    Ord & Getis (1995), Geogr. Anal. 27:286-306. Permutation p-values and q-values as in `local_moran`; labels "hot" and
    "cold". A region with all others as neighbours has z = 0. Arguments, islands and errors as `moran`.
    """
    y, w, codes, left_out = _ready(values, neighbours, style)
    n, own = len(y), w
    if star:
        own = sparse.csr_array((w != 0).astype(float) + sparse.eye_array(n))
        own = sparse.diags_array(1 / own.sum(axis=1)) @ own if style == "row" else own
    total, squares = own.sum(axis=1), (own**2).sum(axis=1)
    count = n if star else n - 1
    mean = (y.sum() - (0 if star else y)) / count
    spread = ((y**2).sum() - (0 if star else y**2)) / count - mean**2
    room = np.broadcast_to(spread, (n,)) * np.maximum(count * squares - total**2, 0) / (count - 1)
    gap = own @ y - total * mean
    open_ = room > 1e-12 * (y**2).mean()
    value = np.where(open_, gap / np.sqrt(np.where(open_, room, 1)), 0.0)
    frame = pd.DataFrame({"value": value, "lag": own @ y}, index=codes)
    name, label = (_("Getis-Ord G*") if star else _("Getis-Ord G")), np.where(gap > 0, "hot", "cold")
    return _local(name, frame, label, y - y.mean(), w, permutations, seed, discovery_rate, style, neighbours, left_out)


def _ready(values, neighbours, style, negative: bool = True):
    """Values and weights in one order without islands, the codes, and the islands."""
    values = measured(values, _("the values"), missing=False, negative=negative)
    values = values.set_axis(values.index.astype(str))
    kept, left_out = neighbours.among(values.index), []
    while kept.islands:  # leaving one out can make another, where neighbours are not mutual
        left_out += kept.islands
        kept = kept.among(code for code in kept.codes if code not in set(kept.islands))
    if len(kept.codes) < LEAST:
        raise ModelError(
            _("{n} regions have neighbours among those with a value; {least} are needed. Take more regions, or nearest_neighbours."
              ).format(n=len(kept.codes), least=LEAST)
        )  # fmt: skip
    y = values[kept.codes].to_numpy()
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ModelError(_("All {n} values are equal: there is no pattern to look for.").format(n=len(y)))
    return y, kept.matrix(style), kept.codes, tuple(left_out)


def _sums(w: sparse.csr_array) -> tuple[float, float, float]:
    """Cliff & Ord's S0, S1 and S2."""
    both = w + w.T
    return float(w.sum()), float((both**2).sum() / 2), float(((w.sum(axis=0) + w.sum(axis=1)) ** 2).sum())


def _cross(order: np.ndarray, w: sparse.csr_array) -> np.ndarray:
    """sum w_ij x_i x_j of each row of `order`."""
    return np.einsum("bi,bi->b", order, (w @ order.T).T)


def _test(
    name, statistic, x, expected, variance, normal, alternative, *, permutations, seed, style, neighbours, left_out
):
    chosen(alternative, ALTERNATIVES, "alternative")
    _checked(permutations)
    value = float(statistic(x[None, :])[0])
    variance = variance if variance > 1e-12 * (value**2 + expected**2) else 0.0
    z = (value - expected) / np.sqrt(variance) if variance else 0.0  # 0 when any order of the values gives the same
    upper, lower = special.ndtr(-z), special.ndtr(z)
    analytic = {"greater": upper, "less": lower, "two-sided": min(2 * min(upper, lower), 1)}[alternative]
    generator, above, below, done = np.random.default_rng(seed), 0, 0, 0
    tie = 1e-10 * (abs(value) + 1)
    while done < permutations:
        size = min(max(BATCH // len(x), 1), permutations - done)
        drawn = statistic(generator.permuted(np.broadcast_to(x, (size, len(x))), axis=1))
        above, below, done = above + (drawn >= value - tie).sum(), below + (drawn <= value + tie).sum(), done + size
    extreme = {"greater": above, "less": below, "two-sided": min(above, below)}[alternative]
    pseudo = (extreme + 1) / (permutations + 1)
    return SpatialTest(
        statistic=name, value=value, expected=expected, variance=float(variance), variance_normality=float(normal),
        z=float(z), p_value=float(analytic), alternative=alternative, permutations=permutations, seed=seed, n=len(x),
        pseudo_p=float(min(2 * pseudo, 1) if alternative == "two-sided" else pseudo),
        style=style, neighbours=neighbours.method, left_out=left_out,
    )  # fmt: skip


def _local(name, frame, label, z, w, permutations, seed, discovery_rate, style, neighbours, left_out):
    _checked(permutations)
    if not 0 < discovery_rate < 1:
        raise ModelError(
            _(
                "discovery_rate={rate} is no rate. Give the share of false discoveries to live with, such as 0.05."
            ).format(rate=discovery_rate)
        )
    frame["p_value"] = _conditional_p(z, w, permutations, seed)
    frame["q_value"] = stats.false_discovery_control(frame["p_value"], method="bh")
    frame["label"] = pd.Series(np.where(frame["q_value"] <= discovery_rate, label, ""), index=frame.index, dtype="str")
    needed, note = int(np.ceil(2 * len(frame) / discovery_rate)) - 1, ""
    if permutations < needed:
        note = _("No p-value is below {least:.2g}: for one region alone to be told, ask for {needed:,} permutations or more.").format(
            least=2 / (permutations + 1), needed=needed
        )  # fmt: skip
    return LocalStatistics(
        frame=frame.rename_axis("region"), statistic=name, discovery_rate=discovery_rate, permutations=permutations, seed=seed,
        n=len(frame), style=style, neighbours=neighbours.method, left_out=left_out, note=note,
    )  # fmt: skip


def _conditional_p(z: np.ndarray, w: sparse.csr_array, permutations: int, seed: int) -> np.ndarray:
    """Two-sided pseudo p-values of each region's lag when the other regions' values are dealt anew."""
    n, degree = len(z), np.diff(w.indptr)
    generator, most = np.random.default_rng(seed), int(degree.max())
    above, below, done = np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    observed, tie = w @ z, 1e-10 * np.abs(z).max()
    while done < permutations:
        size = min(max(BATCH // n, 1), permutations - done)
        dealt = generator.permuted(np.broadcast_to(np.arange(n - 1), (size, n - 1)), axis=1)[:, :most]
        for region in range(n):
            others, first = np.delete(z, region), w.indptr[region]
            lag = others[dealt[:, : degree[region]]] @ w.data[first : first + degree[region]]
            above[region] += (lag >= observed[region] - tie).sum()
            below[region] += (lag <= observed[region] + tie).sum()
        done += size
    return np.minimum(2 * (np.minimum(above, below) + 1) / (permutations + 1), 1.0)


def _checked(permutations: int) -> None:
    if not isinstance(permutations, int) or permutations < 99:
        raise ModelError(_("permutations={n} are too few to tell anything. Give 999 or more.").format(n=permutations))


def _p(p: float, permutations: int) -> str:
    """p with the digits that so many permutations carry."""
    error = np.sqrt(p * (1 - p) / (permutations + 1))
    places = min(max(2, int(-np.log10(error + 1e-12))), 6)
    least = 10.0**-places
    return f"p < {least:.{places}f}" if p < least else f"p = {p:.{places}f}"
