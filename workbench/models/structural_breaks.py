"""Several breaks at unknown dates, in a mean, in a line through time or in a regression (Bai & Perron)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, checked_level, chosen, complete, measured
from workbench.models.partitions import best_partitions, break_interval, segments_of
from workbench.terms.errors import ModelError
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class MeanBreaks:
    """Changes in the mean of a series, as many as BIC says; `table` has RSS and BIC for every number."""

    positions: tuple[int, ...]  # values before each change
    last_before: tuple
    intervals: tuple[tuple[object, object], ...]  # of each last time of the old level
    means: tuple[float, ...]
    table: pd.DataFrame = field(repr=False, compare=False)  # by number of breaks: positions, rss, bic
    level: float


@dataclass(frozen=True, kw_only=True)
class TrendBreaks:
    """Breaks in a line or regression, as many as the criterion says; `table` has all numbers of breaks."""

    positions: tuple[int, ...]  # values before each break
    last_before: tuple
    intervals: tuple[tuple[object, object], ...]  # of each last time of the old regime
    coefficients: pd.DataFrame = field(repr=False, compare=False)  # by segment, from 0: constant, t or the regressors
    table: pd.DataFrame = field(repr=False, compare=False)  # by number of breaks: positions, rss, bic, lwz
    criterion: str
    level: float


def mean_breaks(
    values: pd.Series, *, most: int = 5, least: int | None = None, criterion: str = "bic", level: float = 0.95
) -> MeanBreaks:
    """Changes in the mean: least squares over all partitions, as many as the criterion says; see `trend_breaks`.

    Parameters
    ----------
    values : Series by time, 6 at least
    most : breaks
    least : values between breaks, 2 at least; 15% of them if None
    criterion : "bic" or "lwz"

    Returns
    -------
    MeanBreaks

    Raises
    ------
    ModelError
        Missing values, fewer than 2 `least`.
    """
    values = complete(values, _("the values"), 6, negative=True)
    found = _breaks(values, np.ones((len(values), 1)), most, least, criterion, level)
    return MeanBreaks(
        positions=found.positions,
        last_before=found.last_before,
        intervals=found.intervals,
        means=tuple(float(mean) for mean in found.coefficients["constant"]),
        table=found.table,
        level=level,
    )


def trend_breaks(
    values: pd.Series,
    regressors: pd.DataFrame | None = None,
    *,
    most: int = 5,
    least: int | None = None,
    criterion: str = "bic",
    level: float = 0.95,
) -> TrendBreaks:
    """Breaks in a line through time, or in a regression, at unknown dates and of unknown number (Bai & Perron).

    All coefficients change at each break; the partitions of least squares are found for every number of breaks, the
    criterion chooses among them, and a break that it does not choose is no finding. For m breaks and k coefficients
    BIC = n (ln(RSS/n) + ln(2 pi) + 1) + (k + 1)(m + 1) ln n, and LWZ = ln(RSS/(n - p)) + 0.299 p (ln n)^2.1 / n with
    p = (m + 1) k + m (Liu, Wu & Zidek 1997, Stat. Sinica 7:497-525), which adds fewer: a straight line of 20 values
    breaks in 37 of 100 by BIC, in 8 by LWZ. Intervals of the dates after Bai (1997, Rev. Econ. Stat. 79:551-563),
    each side of a break with its own variance and regressors. Ours: no well-kept library has both. (Bai & Perron
    2003, J. Appl. Econom. 18:1-22.)

    Parameters
    ----------
    values : Series by time, 6 at least
    regressors : columns that explain the values, by the same times; the number of periods from the first if None.
        A constant is added.
    most : breaks
    least : values between breaks, more than coefficients; 15% of them if None
    criterion : "bic" or "lwz"

    Returns
    -------
    TrendBreaks

    Raises
    ------
    ModelError
        Missing values, fewer than 2 `least`, regressors that are constant within `least` values.
    """
    values = complete(values, _("the values"), 6, negative=True)
    if regressors is None:
        regressors = pd.DataFrame({"t": np.arange(len(values), dtype=float)}, index=values.index)
    columns = [
        aligned(measured(column, str(name), missing=False, negative=True), values.index, str(name), _("the values"))
        for name, column in regressors.items()
    ]
    matrix = np.column_stack([np.ones(len(values)), *columns])
    return _breaks(values, matrix, most, least, criterion, level, names=["constant", *map(str, regressors)])


def _breaks(
    values: pd.Series,
    matrix: np.ndarray,
    most: int,
    least: int | None,
    criterion: str,
    level: float,
    names: Sequence[str] = ("constant",),
) -> TrendBreaks:
    """Partitions for every number of breaks, the number by the criterion, and the segments between them."""
    checked_level(level)
    chosen(criterion, ("bic", "lwz"), "criterion")
    n, k = matrix.shape
    least = max(k + 1, int(0.15 * n)) if least is None else least
    if least <= k or 2 * least > n:
        raise ModelError(_("least={least} values between breaks do not fit into {n}.").format(least=least, n=n))

    y = values.to_numpy()
    scale = np.abs(matrix).max(axis=0)  # calendar years beside ones: their products lose digits
    if not (scale > 0).all() or not _varied(matrix / scale, least):
        raise ModelError(
            _(
                "The regressors do not change within {least} values, so no segment can be fitted. Take more values "
                "between breaks."
            ).format(least=least)
        )
    found = best_partitions(y, _centred(matrix / scale), min(most, n // least - 1), least)
    table = pd.DataFrame({"positions": [list(one.positions) for one in found], "rss": [one.rss for one in found]})
    table = table.assign(bic=_bic(table["rss"], n, k), lwz=_lwz(table["rss"], n, k)).rename_axis("breaks")
    positions = found[int(table[criterion].argmin())].positions

    segments = segments_of(y, matrix, positions)
    intervals = []
    for position, before, after in zip(positions, segments[:-1], segments[1:], strict=True):
        low, high = break_interval(position, before, after, level)
        intervals.append((values.index[max(low, 1) - 1], values.index[min(high, n) - 1]))
    return TrendBreaks(
        positions=positions,
        last_before=tuple(values.index[position - 1] for position in positions),
        intervals=tuple(intervals),
        coefficients=pd.DataFrame([segment.coefficients for segment in segments], columns=list(names)),
        table=table,
        criterion=criterion,
        level=level,
    )


def _centred(matrix: np.ndarray) -> np.ndarray:
    """The same regressions with the columns after the constant less their means: their products keep their digits."""
    return np.column_stack([matrix[:, :1], matrix[:, 1:] - matrix[:, 1:].mean(axis=0)])


def _varied(matrix: np.ndarray, least: int) -> bool:
    """Whether every stretch of the least length tells the coefficients apart."""
    windows = np.lib.stride_tricks.sliding_window_view(_centred(matrix), least, axis=0)
    return bool((np.linalg.matrix_rank(windows) == matrix.shape[1]).all())


def _bic(rss: pd.Series, n: int, k: int) -> pd.Series:
    return n * (np.log(rss / n) + np.log(2 * np.pi) + 1) + (k + 1) * (rss.index + 1) * np.log(n)


def _lwz(rss: pd.Series, n: int, k: int) -> pd.Series:
    """NaN where there are as many parameters as values."""
    parameters = (rss.index + 1) * k + rss.index
    left = np.where(n > parameters, n - parameters, np.nan)
    return np.log(rss / left) + 0.299 * parameters * np.log(n) ** 2.1 / n
