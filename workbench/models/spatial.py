"""Is there a pattern on the map: Moran's I, of values and of residuals, Geary's C and Getis-Ord's general G."""

from dataclasses import dataclass

import esda
import numpy as np
import pandas as pd
from scipy import sparse, special

from workbench.models.inputs import chosen, measured, some
from workbench.models.neighbours import TRANSFORMATIONS, Neighbours, checked_neighbours, style_words
from workbench.models.permutation import checked_draws, p_words, whole_map_p
from workbench.models.spatial_map import (
    LEAST,
    MappedValues,
    esda_quietly,
    left_out_words,
    mapped_values,
    too_few,
)
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated

ALTERNATIVES = {"two-sided": mark("two-sided"), "greater": mark("greater"), "less": mark("less")}


@dataclass(frozen=True, kw_only=True)
class SpatialTest:
    """One statistic of the whole map, and what chance gives."""

    statistic: str
    value: float
    expected: float
    variance: float  # randomisation: the values fall on the regions in any order; of residuals, as they are drawn
    variance_normality: float  # the values are normal; NaN for G, which has none
    z: float  # with `variance`; for C below 0 means clustering
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
        return " ".join(
            filter(
                None,
                [
                    _(
                        "{name} = {value:.4f} (expected {expected:.4f}), {p}, {alternative}, {n:,} permutations, "
                        "{regions} regions, {neighbours}, {style} weights."
                    ).format(
                        name=self.statistic,
                        value=self.value,
                        expected=self.expected,
                        p=p_words(self.pseudo_p, self.permutations),
                        alternative=translated(ALTERNATIVES[self.alternative]),
                        n=self.permutations,
                        regions=self.n,
                        neighbours=self.neighbours,
                        style=style_words(self.style),
                    ),
                    left_out_words(self.left_out),
                ],
            )
        )


def moran(
    values: pd.Series,
    neighbours: Neighbours,
    *,
    style: str = "row",
    alternative: str = "two-sided",
    permutations: int = 9_999,
    seed: int = 0,
) -> SpatialTest:
    """Moran's I: are neighbours alike (above -1 / (n - 1)) or unlike?  Cliff & Ord (1981), Spatial Processes.

    Rates of small regions vary more than those of large ones, which looks like pattern: give
    `smoothing.rate_deviations` instead of raw rates, and of a fitted model `residual_moran`.

    Parameters
    ----------
    values : Series by region code
        None missing; regions of the map without a value are left out.
    neighbours : Neighbours
        From `workbench.models.neighbours`. Islands are left out and named.
    style : {"row", "binary"}
        Each region's weights sum to 1, or each neighbour weighs 1.
    alternative : {"two-sided", "greater", "less"}
    permutations, seed : int

    Returns
    -------
    SpatialTest

    Raises
    ------
    ModelError
        Missing values, regions not on the map, all values equal, fewer than 4 regions with neighbours, neighbours that
        are none.
    """
    area = mapped_values(values, neighbours, style)
    z, w = area.values - area.values.mean(), area.weights
    with esda_quietly():
        found = esda.Moran(area.values, area.neighbours.graph(style), TRANSFORMATIONS[style], permutations=0)
    scale = len(z) / float(w.sum()) / (z**2).sum()
    return _test(
        area,
        {"statistic": _("Moran's I"), "value": found.I, "expected": found.EI, "variance_normality": found.VI_norm},
        found.VI_rand,
        lambda generator, draws: scale * _cross(_dealt(generator, z, draws), w),
        alternative,
        (permutations, seed),
    )


def geary(
    values: pd.Series,
    neighbours: Neighbours,
    *,
    style: str = "row",
    alternative: str = "two-sided",
    permutations: int = 9_999,
    seed: int = 0,
) -> SpatialTest:
    """Geary's C: squared differences of neighbours over those of all; below 1, z below 0, they are alike.

    Cliff & Ord (1981). Parameters, results and errors as `moran`.
    """
    area = mapped_values(values, neighbours, style)
    z, w = area.values - area.values.mean(), area.weights
    with esda_quietly():
        found = esda.Geary(area.values, area.neighbours.graph(style), TRANSFORMATIONS[style], permutations=0)
    ends = w.sum(axis=0) + w.sum(axis=1)
    scale = (len(z) - 1) / (2 * float(w.sum()) * (z**2).sum())

    def deal(generator: np.random.Generator, draws: int) -> np.ndarray:
        order = _dealt(generator, z, draws)
        return scale * (order**2 @ ends - 2 * _cross(order, w))

    return _test(
        area,
        {"statistic": _("Geary's C"), "value": found.C, "expected": found.EC, "variance_normality": found.VC_norm},
        found.VC_rand,
        deal,
        alternative,
        (permutations, seed),
    )


def global_g(
    values: pd.Series,
    neighbours: Neighbours,
    *,
    alternative: str = "two-sided",
    permutations: int = 9_999,
    seed: int = 0,
) -> SpatialTest:
    """Getis & Ord's general G: do high values stand together (above its expectation) or low ones (below)?

    Of values that are not negative, with binary weights. Getis & Ord (1992), Geogr. Anal. 24:189-206. Parameters,
    results and errors as `moran`.
    """
    area = mapped_values(values, neighbours, "binary", negative=False)
    y, w = area.values, area.weights
    with esda_quietly():
        found = esda.G(y, area.neighbours.graph("binary"), permutations=0)
    scale = 1 / (y.sum() ** 2 - (y**2).sum())
    return _test(
        area,
        {"statistic": _("Getis-Ord general G"), "value": found.G, "expected": found.EG, "variance_normality": np.nan},
        found.VG,
        lambda generator, draws: scale * _cross(_dealt(generator, y, draws), w),
        alternative,
        (permutations, seed),
    )


def residual_moran(
    residuals: pd.Series,
    design: pd.DataFrame,
    neighbours: Neighbours,
    *,
    style: str = "row",
    alternative: str = "two-sided",
    permutations: int = 9_999,
    seed: int = 0,
) -> SpatialTest:
    """Moran's I of the residuals of a regression over regions: is a pattern left that the terms do not explain?

    Residuals are not exchangeable, so `moran` of them is too sure of itself. Moments of Cliff & Ord (1981, ch. 8), as
    spdep's lm.morantest; the pseudo p-value is of normal errors drawn again, with the same terms removed.
    Of a Poisson model give Pearson residuals, (count - fitted) / sqrt(fitted), and the design times sqrt(fitted).

    Parameters
    ----------
    residuals : Series by region code
        One per region of the fit; islands stay in the fit and weigh nothing.
    design : DataFrame, regions by columns of the design (with the constant)
        Those the model was fitted with.
    neighbours, style, alternative, permutations, seed
        As `moran`; `permutations` counts the draws.

    Returns
    -------
    SpatialTest

    Raises
    ------
    ModelError
        As `moran`; a design of other regions, with missing or endless numbers, or of as many columns as regions;
        residuals that are not those of the design.
    """
    residuals = measured(residuals, _("the residuals"), missing=False, negative=True)
    residuals = residuals.set_axis(residuals.index.astype(str))
    graph = checked_neighbours(neighbours).among(residuals.index)
    x, e = _design(design, residuals.index), residuals.to_numpy()
    tested = len(e) - len(graph.islands)
    if tested < LEAST:
        raise too_few(tested)
    if np.abs(e).max() <= 0:
        raise ModelError(_("All {n} residuals are 0: there is no pattern to look for.").format(n=len(e)))
    q, _r = np.linalg.qr(x)
    if np.abs(q.T @ e).max() > 1e-6 * np.linalg.norm(e):
        raise ModelError(
            _("The residuals are not those of this design: they still depend on it. Give the design of the same fit.")
        )

    # With M = 1 - QQ', I = scale e'We / e'e and e = M times normal errors: ratios of quadratic forms
    w, free = graph.matrix(style), len(e) - q.shape[1]
    both = (w + w.T) / 2
    scale, qwq = tested / float(w.sum()), q.T @ (both @ q)
    trace = -np.trace(qwq)
    squares = (both**2).sum() - 2 * ((both @ q) ** 2).sum() + (qwq**2).sum()
    expected = scale * trace / free
    variance = scale**2 * (2 * squares + trace**2) / (free * (free + 2)) - expected**2

    def deal(generator: np.random.Generator, draws: int) -> np.ndarray:
        errors = generator.normal(size=(draws, len(e)))
        errors -= (errors @ q) @ q.T
        return scale * _cross(errors, w) / (errors**2).sum(axis=1)

    area = MappedValues(values=e, neighbours=graph, style=style, left_out=graph.islands)
    value = scale * float(_cross(e[None, :], w)[0]) / (e**2).sum()
    words = {"statistic": _("Moran's I of residuals"), "value": value, "expected": expected}
    return _test(area, words | {"variance_normality": variance}, variance, deal, alternative, (permutations, seed))


def _design(design: pd.DataFrame, regions: pd.Index) -> np.ndarray:
    """The columns of a design in the order of the regions, as floats."""
    if not isinstance(design, pd.DataFrame):
        message = _("Of the design came {kind}, not a DataFrame by region code. Give its columns, with the constant.")
        raise ModelError(message.format(kind=type(design).__name__))
    codes = design.index.astype(str)
    if not codes.is_unique or set(codes) != set(regions):
        message = _("The design and the residuals are not of the same regions: {codes}. Give both of one fit.")
        raise ModelError(message.format(codes=some(codes.symmetric_difference(regions)) or _("some twice")))
    columns = [
        measured(design.iloc[:, place].set_axis(codes), _("the design"), missing=False, negative=True)[regions]
        for place in range(design.shape[1])
    ]
    if not 0 < len(columns) < len(regions) - 2:
        message = _("{n} columns of a design are no fit of {regions} regions. Give the design that was fitted.")
        raise ModelError(message.format(n=len(columns), regions=len(regions)))
    return np.column_stack(columns)


def _dealt(generator: np.random.Generator, x: np.ndarray, draws: int) -> np.ndarray:
    """The values in so many random orders, one a row."""
    return generator.permuted(np.broadcast_to(x, (draws, len(x))), axis=1)


def _cross(order: np.ndarray, w: sparse.csr_array) -> np.ndarray:
    """sum w_ij x_i x_j of each row of `order`."""
    return np.einsum("bi,bi->b", order, (w @ order.T).T)


def _test(area: MappedValues, found: dict, variance: float, deal, alternative: str, draws: tuple) -> SpatialTest:
    """A test of the whole map from its value, moments and draws."""
    chosen(alternative, ALTERNATIVES, "alternative")
    permutations, seed = checked_draws(*draws)
    value, expected = float(found["value"]), float(found["expected"])
    variance = float(variance) if variance > 1e-12 * (value**2 + expected**2) else 0.0
    z = (value - expected) / np.sqrt(variance) if variance else 0.0  # 0 when any order of the values gives the same
    upper, lower = special.ndtr(-z), special.ndtr(z)
    return SpatialTest(
        statistic=found["statistic"],
        value=value,
        expected=expected,
        variance=variance,
        variance_normality=float(found["variance_normality"]),
        z=float(z),
        p_value=float({"greater": upper, "less": lower, "two-sided": min(2 * min(upper, lower), 1)}[alternative]),
        pseudo_p=whole_map_p(
            value, deal, size=len(area.values), alternative=alternative, permutations=permutations, seed=seed
        ),
        alternative=alternative,
        permutations=permutations,
        seed=seed,
        **area.about(),
    )
