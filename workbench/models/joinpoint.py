"""Joinpoint regression: in which years an annual percent change turned, as the NCI program's readers know it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy  # its parts come when they are first used

from workbench.models.broken_line import (
    BrokenLine,
    Series,
    best_continuous,
    best_on_grid,
    candidates,
    grid_sums,
)
from workbench.models.inputs import checked_level, chosen, some
from workbench.models.trend import counted, lag_one, published, whole_years, yearly_change
from workbench.terms.errors import ModelError
from workbench.terms.text import _

RULES = {
    "weighted-bic": "weighted BIC",
    "bic": "BIC",
    "bic3": "BIC3",
    "permutation": "permutation tests",
}
WEAK_END = 4  # a joinpoint in the last years rests on few of them


@dataclass(frozen=True, kw_only=True)
class PercentChange:
    """Average annual percent change over [first, last], in % a year; of one segment it is the APC."""

    value: float
    low: float
    high: float
    level: float
    first: float
    last: float

    def __str__(self) -> str:
        change = yearly_change(self.value, self.low, self.high, self.level)
        return _("from {first:g} to {last:g} it {change}").format(first=self.first, last=self.last, change=change)


@dataclass(frozen=True, kw_only=True)
class Joinpoints:
    """A trend of straight pieces on the log scale; errors are given the joinpoints, so they are too small."""

    joinpoints: tuple[float, ...]
    ranges: tuple[tuple[float, float], ...]  # years that fit each joinpoint nearly as well, at `level`
    segments: tuple[PercentChange, ...]
    steps: pd.DataFrame = field(compare=False)  # one row per declared break: year, change in %, low, high
    table: pd.DataFrame = field(repr=False, compare=False)  # a row per number of joinpoints: sse and the criteria
    choices: dict[str, int]  # number of joinpoints by each rule that was computed
    selected_by: str
    fitted: pd.DataFrame = field(repr=False, compare=False)  # year value low high segment
    method: str
    level: float
    n: int
    note: str
    line: BrokenLine = field(repr=False, compare=False)

    def aapc(self, first: float, last: float) -> PercentChange:
        """Average annual percent change over a window: the segments' slopes weighted by their years inside it.

        AAPC = 100 (exp(sum L_j b_j / sum L_j) - 1) (Clegg et al. 2009, Stat. Med. 28:3670-3682), limits from the
        joint covariance of the slopes by t. Declared steps are not in it. ModelError when the window leaves the
        series or has no length.
        """
        start, end = self.segments[0].first, self.segments[-1].last
        if not start <= first < last <= end:
            raise ModelError(
                _("The window {first:g} to {last:g} is not inside the series, {start:g} to {end:g}.").format(
                    first=first, last=last, start=start, end=end
                )
            )
        lengths = np.array([max(0.0, min(part.last, last) - max(part.first, first)) for part in self.segments])
        return _change(self.line, lengths / lengths.sum(), first, last, self.level)

    def sentence(self) -> str:
        """The segments in plain words, then what to beware of."""
        pieces = "; ".join(str(part) for part in self.segments)
        words = _("{k} joinpoints by {rule}: {pieces}.").format(
            k=len(self.joinpoints), rule=_(RULES[self.selected_by]), pieces=pieces
        )
        if not self.joinpoints:
            words = _("No joinpoint by {rule}: {pieces}.").format(rule=_(RULES[self.selected_by]), pieces=pieces)
        if len(self.joinpoints) == 1:
            words = _("One joinpoint, {year:g}, by {rule}: {pieces}.").format(
                year=self.joinpoints[0], rule=_(RULES[self.selected_by]), pieces=pieces
            )
        return f"{words} {self.note}".strip()

    __str__ = sentence


def fit_joinpoints(
    counts: pd.Series | None = None,
    exposure: pd.Series | None = None,
    *,
    rates: pd.Series | None = None,
    standard_errors: pd.Series | None = None,
    breaks: Iterable[int] = (),
    most: int | None = None,
    least: int = 2,
    placement: str = "grid",
    select: str = "weighted-bic",
    permutations: int = 4499,
    seed: int = 0,
    level: float = 0.95,
    per: float = 100_000,
) -> Joinpoints:
    """Joinpoint regression of ln(rate) on year (Kim et al. 2000, Stat. Med. 19:335-351).

    Weighted least squares: weights are the counts (Poisson variance), (rate / standard error)^2, or 1. Joinpoints are
    sought among the observed years ("grid") or anywhere ("continuous"), with `least` years strictly before the first,
    after the last and between two. Number of joinpoints: "weighted-bic" (Kim et al. 2023, J. Appl. Stat. 50:1992-2013),
    "bic", "bic3" (all three stand in `table` and `choices`), or "permutation": tests of ka against kb joinpoints at
    0.05 / (most - ka), ka raised when rejected, kb lowered when not; residuals on the weighted scale are permuted, for
    "continuous" too with the joinpoints on the grid. A declared break is a step of the line that the slopes do not see.

    Parameters
    ----------
    counts, exposure, rates, standard_errors : Series by year, as in `fit_trend`; no zeros, logarithms are taken
    most : largest number of joinpoints, 0 to 4; None takes the NCI program's for this length (7 years 1, 12 2, 17 3)
    permutations, seed : for "permutation"; p-values have a Monte Carlo error of about sqrt(p / permutations)

    Raises
    ------
    ModelError
        Zeros, missing or repeated years, fewer than 2 `least` + 1 years when a joinpoint is asked for, options that do
        not exist, breaks that cannot be told apart.
    """
    checked_level(level)
    chosen(placement, ("grid", "continuous"), "placement")
    chosen(select, RULES, "select")
    table = _log_rates(counts, exposure, rates, standard_errors, per)
    cuts = [cut for cut in sorted(set(whole_years(breaks, _("the breaks")))) if table.index[0] < cut <= table.index[-1]]
    series, start = _series(table, cuts), int(table.index[0])
    most, note = _most(most, least, len(table), len(cuts))
    notes = [note] if note else []
    fits, searched = [], []
    for k in range(most + 1):
        line, knots, sums = best_on_grid(series, k, least)
        searched.append((knots, sums))
        fits.append(line if placement == "grid" or k == 0 else best_continuous(series, k, least))
    criteria = _criteria(series, fits)
    choices = {rule: int(criteria[name].idxmin()) for rule, name in _COLUMNS.items()}
    if select == "permutation":
        choices[select], tests = _permutation_tests(series, least, most, permutations, seed)
        notes.append(
            _("Permutation tests ({n} permutations, seed {seed}): {tests}.").format(
                n=permutations, seed=seed, tests="; ".join(tests) or _("none needed")
            )
        )
    k = choices[select]
    line = fits[k]
    criteria["joinpoints"] = [tuple(round(start + knot, 4) for knot in fit.knots) for fit in fits]
    joinpoints = tuple(start + knot for knot in line.knots)
    if k:
        notes.append(_("The intervals take the joinpoints as known: they are too narrow."))
    if k and joinpoints[-1] > table.index[-1] - WEAK_END:
        notes.append(_("A joinpoint in the last {n} years is weak evidence.").format(n=WEAK_END))
    fitted, residuals = _fitted(series, line, level, table.index)
    if (alike := lag_one(residuals)) > scipy.stats.norm.ppf(0.975) / np.sqrt(len(table)):
        notes.append(_("Neighbouring years are alike beyond the line (correlation {r:.2f}).").format(r=alike))
    edges = (start, *joinpoints, int(table.index[-1]))
    segments = tuple(
        _change(line, np.eye(k + 1)[j], low, high, level)
        for j, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    )
    return Joinpoints(
        joinpoints=joinpoints,
        ranges=_ranges(line, *searched[k], start, len(table), level),
        segments=segments,
        steps=_steps(line, cuts, level),
        table=criteria,
        choices=choices,
        selected_by=select,
        fitted=fitted,
        method=_("joinpoint regression, {placement}, {rule}, at least {least} years between joinpoints").format(
            placement=placement, rule=_(RULES[select]), least=least
        ),
        level=level,
        n=len(table),
        note=" ".join(notes),
        line=line,
    )


_COLUMNS = {"bic": "bic", "bic3": "bic3", "weighted-bic": "weighted_bic"}


def _log_rates(counts, exposure, rates, standard_errors, per) -> pd.DataFrame:
    """Logarithms of the rates and their weights by year."""
    if (counts is None) == (rates is None):
        raise ModelError(_("Give either counts (with their exposure) or published rates, and not both."))
    if rates is not None:
        table = published(rates, standard_errors)
        return pd.DataFrame({"y": np.log(table["rate"]), "weight": table["weight"].astype(float)})
    table = counted(counts, exposure)
    if (table["count"] == 0).any():
        raise ModelError(
            _(
                "There are no events in {years}, and 0 has no logarithm. Merge years or groups, or use fit_trend."
            ).format(years=some(table.index[table["count"] == 0]))
        )
    unit = per if exposure is not None else 1
    return pd.DataFrame({"y": np.log(table["count"] / table["exposure"] * unit), "weight": table["count"]})


def _series(table: pd.DataFrame, cuts: list[int]) -> Series:
    years = table.index.to_numpy(dtype=float)
    steps = (years[:, None] >= np.array(cuts, float)).astype(float).reshape(len(years), len(cuts))
    return Series(t=years - years[0], y=table["y"].to_numpy(), weights=table["weight"].to_numpy(), steps=steps)


def _most(most: int | None, least: int, n: int, cuts: int) -> tuple[int, str]:
    """The largest number of joinpoints that is asked for and can be fitted, and a note when it had to be lowered."""
    if most is not None and not 0 <= most <= 4:
        raise ModelError(_("most={most} joinpoints: there can be 0 to 4.").format(most=most))
    if least < 1:
        raise ModelError(_("least={least}: between joinpoints there must be at least 1 year.").format(least=least))
    possible = 0
    while possible < 4 and n >= (possible + 2) * least + possible + 1 and n - (possible + 1) - 2 - cuts >= 1:
        possible += 1
    if n < 3 + cuts or (most and possible == 0):
        raise ModelError(
            _("{n} years are too few: a line needs {line}, a joinpoint with {least} years on each side {need}.").format(
                n=n, line=3 + cuts, least=least, need=max(2 * least + 1, 4 + cuts)
            )
        )
    wanted = min(4, max(0, (n - 2) // 5)) if most is None else most
    note = _("No more than {k} joinpoints fit into {n} years.").format(k=possible, n=n) if wanted > possible else ""
    return min(wanted, possible), note


def _criteria(series: Series, fits: list[BrokenLine]) -> pd.DataFrame:
    """SSE and the three criteria by number of joinpoints; weight is the largest partial R2 at a joinpoint."""
    n, rows = len(series.t), []
    for k, fit in enumerate(fits):
        fit_term, unit = np.log(fit.sse / n), np.log(n) / n
        weight = max((_partial_r2(series, fit.knots, j) for j in range(k)), default=0.0)
        rows.append({"sse": fit.sse, "bic": fit_term + 2 * (k + 1) * unit, "bic3": fit_term + (3 * k + 2) * unit,
                     "weight": weight, "weighted_bic": fit_term + ((2 + weight) * k + 2) * unit})  # fmt: skip
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


def _permutation_tests(series: Series, least: int, most: int, permutations: int, seed: int) -> tuple[int, list[str]]:
    """Number of joinpoints by the sequence of tests, and each test in words."""
    if permutations < 99:
        raise ModelError(_("permutations={n} are too few for a test at 0.05. Take 999 or more.").format(n=permutations))
    generator, low, high, words = np.random.default_rng(seed), 0, most, []
    root = np.sqrt(series.weights)[:, None]
    while low < high:
        null = best_on_grid(series, low, least)[0]
        design = np.column_stack([series.base()[:, :2], np.maximum(series.t[:, None] - np.asarray(null.knots), 0).reshape(
            len(series.t), low), series.steps])  # fmt: skip
        line = (design @ null.coefficients)[:, None]
        residuals = (series.y[:, None] - line) * root
        shuffled = generator.permuted(np.repeat(residuals, permutations, axis=1), axis=0)
        responses = np.hstack([series.y[:, None], line + shuffled / root])
        sums = [grid_sums(series, candidates(series.t, k, least), responses) for k in (low, high)]
        ratio = sums[0] / sums[1]
        p = (1 + np.sum(ratio[1:] >= ratio[0])) / (permutations + 1)
        limit = 0.05 / (most - low)
        words.append(
            _("{low} against {high}: p = {p:.4f}, limit {limit:.4f}").format(low=low, high=high, p=p, limit=limit)
        )
        low, high = (low + 1, high) if p < limit else (low, high - 1)
    return low, words


def _change(line: BrokenLine, shares: np.ndarray, first: float, last: float, level: float) -> PercentChange:
    """Percent change of the mean of the slopes with `shares`, limits by t."""
    slope = float(shares @ line.slopes)
    reach = scipy.stats.t.ppf((1 + level) / 2, line.df) * float(np.sqrt(shares @ line.slope_covariance @ shares))
    value, low, high = (float(100 * np.expm1(part)) for part in (slope, slope - reach, slope + reach))
    return PercentChange(value=value, low=low, high=high, level=level, first=first, last=last)


def _ranges(line: BrokenLine, knots: np.ndarray, sums: np.ndarray, start: int, n: int, level: float) -> tuple:
    """For each joinpoint the years that fit within the F limit (Lerman 1980); continuous ones by their errors."""
    if line.knot_errors:
        reach = scipy.stats.t.ppf((1 + level) / 2, line.df) * np.array(line.knot_errors)
        return tuple((float(start + k - r), float(start + k + r)) for k, r in zip(line.knots, reach, strict=True))
    df = n - 2 * len(line.knots) - 2
    if df < 1:
        return tuple(
            (start + float(knots[:, j].min()), start + float(knots[:, j].max())) for j in range(len(line.knots))
        )
    near = knots[sums <= sums.min() * (1 + scipy.stats.f.ppf(level, 1, df) / df)]
    return tuple((start + float(near[:, j].min()), start + float(near[:, j].max())) for j in range(len(line.knots)))


def _steps(line: BrokenLine, cuts: list[int], level: float) -> pd.DataFrame:
    first = 2 + len(line.knots)
    size = line.coefficients[first:]
    reach = scipy.stats.t.ppf((1 + level) / 2, line.df) * np.sqrt(np.diag(line.covariance)[first:])
    return pd.DataFrame({"year": cuts, **{name: 100 * np.expm1(part) for name, part in
                                          (("value", size), ("low", size - reach), ("high", size + reach))}})  # fmt: skip


def _fitted(series: Series, line: BrokenLine, level: float, years: pd.Index) -> tuple[pd.DataFrame, np.ndarray]:
    """The line at the observed years with its limits, and the weighted residuals."""
    hinges = np.maximum(series.t[:, None] - np.asarray(line.knots), 0).reshape(len(series.t), len(line.knots))
    base = series.base()
    design = np.column_stack([base[:, :2], hinges, base[:, 2:]])
    value = design @ line.coefficients
    reach = scipy.stats.t.ppf((1 + level) / 2, line.df) * np.sqrt(
        np.einsum("ni,ij,nj->n", design, line.covariance, design)
    )
    frame = pd.DataFrame(
        {"year": years.to_numpy(), "value": np.exp(value), "low": np.exp(value - reach), "high": np.exp(value + reach)}
    )
    frame["segment"] = 1 + np.searchsorted(np.asarray(line.knots), series.t, side="left")
    return frame, (series.y - value) * np.sqrt(series.weights)
