"""Joinpoint regression: in which years an annual percent change turned, as the NCI program's readers know it.

Our own, because no well-kept library has it (see `broken_line`); the NCI program's sample is in the tests.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.broken_line import BrokenLine, GridSearch, Series, best_continuous, best_on_grid
from workbench.models.inputs import checked_level, checked_positive, some
from workbench.models.joinpoint_search import (
    CRITERIA,
    PLACEMENTS,
    RULES,
    criteria_by_number,
    design_of,
    most_joinpoints,
    permutation_tests,
    searched_how,
)
from workbench.models.trend import lag_one, less_than_errors, no_scatter, on_the_line, yearly_change
from workbench.models.yearly import check_one_given, counted, cuts_within, published
from workbench.terms.errors import ModelError
from workbench.terms.text import _, translated

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

        Parameters
        ----------
        first, last : float
            Years, both within the series.

        Returns
        -------
        PercentChange
            In % a year.

        Raises
        ------
        ModelError
            When the window leaves the series or has no length.
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
        pieces, rule = "; ".join(str(part) for part in self.segments), translated(RULES[self.selected_by])
        if not self.joinpoints:
            words = _("No joinpoint by {rule}: {pieces}.").format(rule=rule, pieces=pieces)
        elif len(self.joinpoints) == 1:
            words = _("One joinpoint, {year:g}, by {rule}: {pieces}.").format(
                year=self.joinpoints[0], rule=rule, pieces=pieces
            )
        else:
            words = _("{k} joinpoints by {rule}: {pieces}.").format(k=len(self.joinpoints), rule=rule, pieces=pieces)
        return f"{words} {self.note}".strip()

    __str__ = sentence


def fit_joinpoints(
    counts: pd.Series | None = None,
    exposure: pd.Series | None = None,
    *,
    rates: pd.Series | None = None,
    standard_errors: pd.Series | None = None,
    breaks: Iterable[int] = (),
    level: float = 0.95,
    per: float = 100_000,
    **search: int | str | None,
) -> Joinpoints:
    """Joinpoint regression of ln(rate) on year (Kim et al. 2000, Stat. Med. 19:335-351).

    Weighted least squares: weights are the counts (Poisson variance), (rate / standard error)^2, or 1. Joinpoints are
    sought among the observed years ("grid") or anywhere ("continuous"), with `least` years strictly before the first,
    after the last and between two. Number of joinpoints: "weighted-bic" (Kim et al. 2023, J. Appl. Stat. 50:1992-2013),
    "bic", "bic3" (all three are in `table` and `choices`), or "permutation": tests of ka against kb joinpoints at
    0.05 / (most - ka), ka raised when rejected, kb lowered when not; residuals on the weighted scale are permuted, for
    "continuous" too with the joinpoints on the grid. A declared break is a step of the line that the slopes do not see.

    Errors come from the scatter about the line, with limits by t. Years of counts that lie closer to the line than
    Poisson counts do take the errors of Poisson counts, with normal limits: no series is surer than its counts.

    Parameters
    ----------
    counts, exposure, rates, standard_errors : Series by year, as in `fit_trend`; no zeros, logarithms are taken
    breaks : years from which the source counts differently
    level : of the limits
    per : unit of the fitted values when there are counts and exposure
    **search : fields of `JoinpointSearch`: most, least, placement, select, permutations, seed. p-values of permutations
        have a Monte Carlo error of about sqrt(p / permutations)

    Returns
    -------
    Joinpoints

    Raises
    ------
    ModelError
        Zeros, missing or repeated years, fewer than 2 `least` + 1 years when a joinpoint is asked for, options that do
        not exist, breaks that cannot be told apart.
    """
    checked_level(level)
    how = searched_how(search)
    table = _log_rates(counts, exposure, rates, standard_errors, checked_positive(per, "per"))
    cuts = cuts_within(breaks, table.index)
    series, start = _series(table, cuts, counted=rates is None), int(table.index[0])
    most, note = most_joinpoints(how, len(table), len(cuts))

    # a line for every number of joinpoints, then the number by the rule
    searches = [best_on_grid(series, k, how.least) for k in range(most + 1)]
    fits = [
        found.line if how.placement == "grid" or k == 0 else best_continuous(series, k, how.least)
        for k, found in enumerate(searches)
    ]
    criteria = criteria_by_number(series, fits)
    criteria["joinpoints"] = [tuple(round(start + knot, 4) for knot in fit.knots) for fit in fits]
    choices = {rule: int(criteria[name].idxmin()) for rule, name in CRITERIA.items()}
    notes = [note]
    if how.select == "permutation":
        choices[how.select], tests = permutation_tests(series, how, most)
        notes.append(
            _("Permutation tests ({n} permutations, seed {seed}): {tests}.").format(
                n=how.permutations, seed=how.seed, tests="; ".join(tests) or _("none needed")
            )
        )

    k = choices[how.select]
    line = fits[k]
    joinpoints = tuple(start + knot for knot in line.knots)
    fitted, residuals = _fitted(series, line, level, table.index)
    notes += _cautions(series, line, residuals, joinpoints, table)
    edges = (start, *joinpoints, int(table.index[-1]))
    segments = tuple(
        _change(line, np.eye(k + 1)[j], low, high, level)
        for j, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True))
    )
    return Joinpoints(
        joinpoints=joinpoints,
        ranges=_ranges(line, searches[k], start, len(table), level),
        segments=segments,
        steps=_steps(line, cuts, level),
        table=criteria,
        choices=choices,
        selected_by=how.select,
        fitted=fitted,
        method=_("joinpoint regression, {placement}, {rule}, at least {least} years between joinpoints").format(
            placement=translated(PLACEMENTS[how.placement]), rule=translated(RULES[how.select]), least=how.least
        ),
        level=level,
        n=len(table),
        note=" ".join(filter(None, notes)),
        line=line,
    )


def _cautions(
    series: Series, line: BrokenLine, residuals: np.ndarray, joinpoints: tuple[float, ...], table: pd.DataFrame
) -> list[str]:
    """What to beware of in a line and its limits."""
    notes = []
    if joinpoints:
        notes.append(_("The intervals take the joinpoints as known: they are too narrow."))
    if joinpoints and joinpoints[-1] > table.index[-1] - WEAK_END:
        notes.append(_("A joinpoint in the last {n} years is weak evidence.").format(n=WEAK_END))
    if (alike := lag_one(residuals)) > special.ndtri(0.975) / np.sqrt(len(table)):
        notes.append(_("Neighbouring years are alike beyond the line (correlation {r:.2f}).").format(r=alike))
    if line.by_weights:
        notes.append(_("The years lie as close to the line as chance lets counts lie: limits are those of the counts."))
    elif no_scatter(residuals, series.weights, series.y):
        notes.append(on_the_line())
    elif table["weighted"].any() and line.df and line.sse / line.df < 1:
        notes.append(less_than_errors())
    return notes


def _log_rates(
    counts: pd.Series | None,
    exposure: pd.Series | None,
    rates: pd.Series | None,
    standard_errors: pd.Series | None,
    per: float,
) -> pd.DataFrame:
    """Logarithms of the rates, their weights, and whether these are published errors, by year."""
    check_one_given(counts, rates)
    if rates is not None:
        table = published(rates, standard_errors)
        return table.assign(y=np.log(table["rate"]), weight=table["weight"].astype(float))
    table = counted(counts, exposure)
    if (table["count"] == 0).any():
        raise ModelError(
            _(
                "There are no events in {years}, and 0 has no logarithm. Merge years or groups, or use fit_trend."
            ).format(years=some(table.index[table["count"] == 0]))
        )
    unit = per if exposure is not None else 1
    y = np.log(table["count"] / table["exposure"] * unit)
    return pd.DataFrame({"y": y, "weight": table["count"], "weighted": False})


def _series(table: pd.DataFrame, cuts: list[int], *, counted: bool) -> Series:
    years = table.index.to_numpy(dtype=float)
    steps = (years[:, None] >= np.array(cuts, float)).astype(float).reshape(len(years), len(cuts))
    return Series(
        t=years - years[0], y=table["y"].to_numpy(), weights=table["weight"].to_numpy(), steps=steps, counted=counted
    )


def _change(line: BrokenLine, shares: np.ndarray, first: float, last: float, level: float) -> PercentChange:
    """Percent change of the mean of the slopes with `shares`, with its limits."""
    slope = float(shares @ line.slopes)
    reach = line.quantile(level) * float(np.sqrt(shares @ line.slope_covariance @ shares))
    value, low, high = (float(100 * np.expm1(part)) for part in (slope, slope - reach, slope + reach))
    return PercentChange(value=value, low=low, high=high, level=level, first=first, last=last)


def _ranges(
    line: BrokenLine, searched: GridSearch, start: int, n: int, level: float
) -> tuple[tuple[float, float], ...]:
    """For each joinpoint the years that fit within the F limit (Lerman 1980); continuous ones by their errors."""
    if line.knot_errors:
        reach = line.quantile(level) * np.array(line.knot_errors)
        return tuple((float(start + k - r), float(start + k + r)) for k, r in zip(line.knots, reach, strict=True))
    df, least = n - 2 * len(line.knots) - 2, searched.sums.min()
    near = searched.knots
    if df >= 1:
        limit = special.ndtri((1 + level) / 2) ** 2
        if not line.by_weights:
            limit = least * special.stdtrit(df, (1 + level) / 2) ** 2 / df  # t^2 is F with 1 and df degrees of freedom
        near = near[searched.sums <= least + limit]
    return tuple((start + float(near[:, j].min()), start + float(near[:, j].max())) for j in range(len(line.knots)))


def _steps(line: BrokenLine, cuts: list[int], level: float) -> pd.DataFrame:
    """The step of the line at each declared break, in %."""
    first = 2 + len(line.knots)
    size = line.coefficients[first:]
    reach = line.quantile(level) * np.sqrt(np.diag(line.covariance)[first:])
    parts = {"value": size, "low": size - reach, "high": size + reach}
    return pd.DataFrame({"year": cuts, **{name: 100 * np.expm1(part) for name, part in parts.items()}})


def _fitted(series: Series, line: BrokenLine, level: float, years: pd.Index) -> tuple[pd.DataFrame, np.ndarray]:
    """The line at the observed years with its limits, and the weighted residuals."""
    design = design_of(series, line)
    value = design @ line.coefficients
    reach = line.quantile(level) * np.sqrt(np.einsum("ni,ij,nj->n", design, line.covariance, design))
    frame = pd.DataFrame(
        {"year": years.to_numpy(), "value": np.exp(value), "low": np.exp(value - reach), "high": np.exp(value + reach)}
    )
    frame["segment"] = 1 + np.searchsorted(np.asarray(line.knots), series.t, side="left")
    return frame, (series.y - value) * np.sqrt(series.weights)
