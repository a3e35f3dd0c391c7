"""How many joinpoints a series has: the options of the search, its criteria, and the sequence of permutation tests."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.broken_line import BrokenLine, Series, best_on_grid, candidates, grid_sums
from workbench.models.inputs import chosen, is_number
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark

RULES = {
    "weighted-bic": mark("weighted BIC"),
    "bic": mark("BIC"),
    "bic3": mark("BIC3"),
    "permutation": mark("permutation tests"),
}
PLACEMENTS = {"grid": mark("at observed years"), "continuous": mark("anywhere in time")}
MOST = 4  # joinpoints that the search goes up to
CRITERIA = {"bic": "bic", "bic3": "bic3", "weighted-bic": "weighted_bic"}  # a rule's column in the table


@dataclass(frozen=True, kw_only=True)
class JoinpointSearch:
    """How joinpoints are sought and their number chosen; ModelError where an option does not exist."""

    most: int | None = None  # largest number, 0 to 4; None: the NCI program's for the length (7 years 1, 12 2, 17 3)
    least: int = 2  # years strictly before the first, after the last and between two
    placement: str = "grid"
    select: str = "weighted-bic"
    permutations: int = 4499
    seed: int = 0

    def __post_init__(self):
        chosen(self.placement, PLACEMENTS, "placement")
        chosen(self.select, RULES, "select")
        if self.most is not None and not (is_number(self.most) and self.most in range(MOST + 1)):
            raise ModelError(_("most={most} joinpoints: there can be 0 to 4.").format(most=self.most))
        if not (is_number(self.least) and self.least % 1 == 0 and self.least >= 1):
            raise ModelError(
                _("least={least}: between joinpoints there must be at least 1 year.").format(least=self.least)
            )
        if not (is_number(self.seed) and self.seed % 1 == 0 and self.seed >= 0):
            raise ModelError(_("seed={seed} is no seed. Give a whole number such as 1.").format(seed=self.seed))
        if not (is_number(self.permutations) and self.permutations in range(99, 10**6)):
            raise ModelError(
                _("permutations={n} are too few for a test at 0.05, or too many. Take 999 or more.").format(
                    n=self.permutations
                )
            )


def searched_how(options: dict) -> JoinpointSearch:
    """The search with these options; ModelError for one that does not exist.

    Parameters
    ----------
    options : dict
        Fields of `JoinpointSearch` by name.

    Returns
    -------
    JoinpointSearch

    Raises
    ------
    ModelError
        For a field or a value that does not exist.
    """
    for name in options:
        chosen(name, JoinpointSearch.__dataclass_fields__, _("the option"))
    return JoinpointSearch(**options)


def most_joinpoints(how: JoinpointSearch, n: int, cuts: int) -> tuple[int, str]:
    """The largest number of joinpoints that is asked for and can be fitted, and a note when it had to be lowered.

    Parameters
    ----------
    how : JoinpointSearch
    n : int
        Number of years.
    cuts : int
        Number of declared breaks.

    Returns
    -------
    (int, str)
        The number, and the note or "".

    Raises
    ------
    ModelError
        When there are too few years for a line, or for one joinpoint where any is asked for.
    """
    possible = 0
    while possible < MOST and _fits(possible + 1, how.least, n, cuts):
        possible += 1
    if n < 3 + cuts or (how.most and possible == 0):
        raise ModelError(
            _("{n} years are too few: a line needs {line}, a joinpoint with {least} years on each side {need}.").format(
                n=n, line=3 + cuts, least=how.least, need=max(2 * how.least + 1, 4 + cuts)
            )
        )
    wanted = min(MOST, max(0, (n - 2) // 5)) if how.most is None else how.most
    note = _("No more than {k} joinpoints fit into {n} years.").format(k=possible, n=n) if wanted > possible else ""
    return min(wanted, possible), note


def _fits(k: int, least: int, n: int, cuts: int) -> bool:
    """Whether n years hold k joinpoints with their distances, and leave a degree of freedom."""
    return n >= (k + 1) * least + k and n - k - 2 - cuts >= 1


def criteria_by_number(series: Series, fits: list[BrokenLine]) -> pd.DataFrame:
    """SSE and the three criteria by number of joinpoints; weight is the largest partial R2 at a joinpoint.

    Parameters
    ----------
    series : Series
        Of `broken_line`.
    fits : list of BrokenLine
        Of 0, 1, 2, ... joinpoints.

    Returns
    -------
    DataFrame
        By number of joinpoints: sse, bic, bic3, weight (0 to 1), weighted_bic; criteria are per observation.
    """
    n, rows = len(series.t), []
    for k, fit in enumerate(fits):
        fit_term, unit = np.log(fit.sse / n), np.log(n) / n
        weight = max((_partial_r2(series, fit.knots, j) for j in range(k)), default=0.0)
        rows.append(
            {
                "sse": fit.sse,
                "bic": fit_term + 2 * (k + 1) * unit,
                "bic3": fit_term + (3 * k + 2) * unit,
                "weight": weight,
                "weighted_bic": fit_term + ((2 + weight) * k + 2) * unit,
            }
        )
    return pd.DataFrame(rows).rename_axis("k")


def _partial_r2(series: Series, knots: tuple[float, ...], j: int) -> float:
    """Share of what a line leaves over, in the two segments around a joinpoint, that the bend there explains."""
    before = knots[j - 1] if j else -np.inf
    after = knots[j + 1] if j + 1 < len(knots) else np.inf
    inside = (series.t > before) & (series.t <= after)
    root = np.sqrt(series.weights[inside])
    base = series.base()[inside] * root[:, None]
    y, bend = series.y[inside] * root, np.maximum(series.t[inside] - knots[j], 0) * root
    y, bend = (part - base @ np.linalg.lstsq(base, part)[0] for part in (y, bend))
    scale = (y @ y) * (bend @ bend)
    return float((y @ bend) ** 2 / scale) if scale > 0 else 0.0


def permutation_tests(series: Series, how: JoinpointSearch, most: int) -> tuple[int, list[str]]:
    """Number of joinpoints by the sequence of tests, and each test in words.

    Parameters
    ----------
    series : Series
        Of `broken_line`.
    how : JoinpointSearch
        Its permutations, seed and least years.
    most : int
        The largest number of joinpoints.

    Returns
    -------
    (int, list of str)
    """
    generator, low, high, words = np.random.default_rng(int(how.seed)), 0, most, []
    root = np.sqrt(series.weights)[:, None]
    while low < high:
        null = best_on_grid(series, low, how.least).line
        line = (design_of(series, null) @ null.coefficients)[:, None]
        residuals = (series.y[:, None] - line) * root
        shuffled = generator.permuted(np.repeat(residuals, how.permutations, axis=1), axis=0)
        responses = np.hstack([series.y[:, None], line + shuffled / root])
        sums = [grid_sums(series, candidates(series.t, k, how.least), responses) for k in (low, high)]
        ratio = sums[0] / sums[1]
        p = (1 + np.sum(ratio[1:] >= ratio[0])) / (how.permutations + 1)
        limit = 0.05 / (most - low)
        words.append(
            _("{low} against {high}: p = {p:.4f}, limit {limit:.4f}").format(low=low, high=high, p=p, limit=limit)
        )
        low, high = (low + 1, high) if p < limit else (low, high - 1)
    return low, words


def design_of(series: Series, line: BrokenLine) -> np.ndarray:
    """Columns of a line's coefficients: constant, time, bends, steps.

    Returns
    -------
    array (n, 2 + knots + steps)
        In the order of `line.coefficients`.
    """
    hinges = np.maximum(series.t[:, None] - np.asarray(line.knots), 0).reshape(len(series.t), len(line.knots))
    base = series.base()
    return np.column_stack([base[:, :2], hinges, base[:, 2:]])
