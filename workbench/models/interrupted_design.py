"""From a series with an interruption to the columns of its regression: periods, steps, slopes, seasons."""

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _

PER_YEAR = {"M": 12, "Q": 4, "Y": 1, "A": 1}
LEAST = 3  # periods on each side of an interruption


def checked_series(counts: pd.Series, exposure: pd.Series | None) -> tuple[pd.Series, pd.Series, int]:
    """Counts and exposure in time's order without a gap, and the number of periods in a year.

    Parameters
    ----------
    counts, exposure : Series by month, quarter or whole year
        Events; persons or hours, or None.

    Returns
    -------
    (Series, Series, int)
        Exposure is 1 where there is none; the number is 12, 4 or 1.

    Raises
    ------
    ModelError
        For gaps, an index that says not what a year is, missing or negative numbers.
    """
    counts = measured(counts, _("the counts"), missing=False).sort_index()
    if isinstance(counts.index, pd.PeriodIndex):
        per_year = PER_YEAR.get(counts.index.freqstr[0], 0)
        whole = (
            pd.period_range(counts.index[0], counts.index[-1], freq=counts.index.freq) if len(counts) else counts.index
        )
    elif pd.api.types.is_integer_dtype(counts.index.dtype):
        per_year, whole = 1, pd.RangeIndex(counts.index.min(), counts.index.max() + 1) if len(counts) else counts.index
    else:
        per_year, whole = 0, counts.index
    if per_year == 0:
        raise ModelError(
            _("The counts must go by months, quarters (a PeriodIndex) or whole years, to know what a year is.")
        )
    if len(gaps := whole.difference(counts.index)):
        raise ModelError(
            _("{gaps} are missing from the series. Give every period, or start after the gap.").format(gaps=some(gaps))
        )
    exposure = (
        pd.Series(1.0, counts.index) if exposure is None else measured(exposure, _("the exposure"), missing=False)
    )
    exposure = aligned(exposure, counts.index, _("the exposure"), _("the counts"))
    if (exposure == 0).any():
        raise ModelError(
            _("The exposure of {when} is 0. Start after it.").format(when=some(counts.index[exposure == 0]))
        )
    return counts, exposure, per_year


def label_of(period: object, index: pd.Index) -> object:
    """A period, given as such or as text, as the series has them; it need not lie in the series."""
    try:
        if not isinstance(index, pd.PeriodIndex):
            return int(period)
        return period if isinstance(period, pd.Period) else pd.Period(period, freq=index.freq)
    except (ValueError, TypeError):
        raise ModelError(
            _("{label} is no period of this series, which goes from {first} to {last}. Write it as these.").format(
                label=period, first=index[0], last=index[-1]
            )
        ) from None


def number(period: object, index: pd.Index) -> int:
    """How many periods one lies after the first of the series.

    Parameters
    ----------
    period : object
        A label of the index, or its text.
    index : Index
        The periods of the series, in time's order.

    Returns
    -------
    int
        0 for the first.

    Raises
    ------
    ModelError
        For what is no period of this kind.
    """
    label = label_of(period, index)
    return label.ordinal - index[0].ordinal if isinstance(index, pd.PeriodIndex) else int(label - index[0])


def position(period: object, index: pd.Index, what: str) -> int:
    """Where a period stands in the series, with 3 periods before and from it on.

    Parameters
    ----------
    period : object
        A label of the index, or its text.
    index : Index
        The periods of the series, in time's order.
    what : str
        What an error calls the period.

    Returns
    -------
    int

    Raises
    ------
    ModelError
        When fewer than 3 periods are before it, or from it on.
    """
    try:
        where = number(period, index)
    except ModelError:
        where = -1
    if not LEAST <= where <= len(index) - LEAST:
        raise ModelError(
            _(
                "{what}, {label}, must leave {least} periods before it and {least} from it on; the series goes from "
                "{first} to {last}."
            ).format(what=what, label=period, least=LEAST, first=index[0], last=index[-1])
        )
    return where


def segmented_design(index: pd.Index, per_year: int, start: int, cuts: list[int], harmonics: int) -> pd.DataFrame:
    """Columns constant, step, t, break_..., sine_1, cosine_1, ...

    Parameters
    ----------
    index : Index
        The periods of the series.
    per_year : int
        1, 4 or 12.
    start : int
        Place of the interruption.
    cuts : list of int
        Places of further breaks.
    harmonics : int
        Pairs of sine and cosine.

    Returns
    -------
    DataFrame
        By period; t in years.

    Raises
    ------
    ModelError
        For more harmonics than the periods of a year can tell apart.
    """
    if harmonics and not 1 <= harmonics <= per_year // 2:
        raise ModelError(
            _("harmonics={n} do not exist in {periods} periods a year; there can be 0 to {most}.").format(
                n=harmonics, periods=per_year, most=per_year // 2
            )
        )
    number = np.arange(len(index))
    columns = {"constant": 1.0, "step": (number >= start).astype(float), "t": (number + 1) / per_year}
    for cut in cuts:
        columns[f"break_{index[cut]}"] = (number >= cut).astype(float)
    if harmonics:
        season = (index.month if per_year == 12 else index.quarter).to_numpy(float)
        for j in range(1, harmonics + 1):
            if 2 * j < per_year:  # at half a year's periods the sine is 0 everywhere
                columns[f"sine_{j}"] = np.sin(2 * np.pi * j * season / per_year)
            columns[f"cosine_{j}"] = np.cos(2 * np.pi * j * season / per_year)
    return pd.DataFrame(columns, index=index)


def check_sides(counts: pd.Series, design: pd.DataFrame, start: int, cuts: list[int]) -> None:
    """ModelError when a stretch has no events, or the columns cannot be told apart.

    Parameters
    ----------
    counts : Series by period
        Events.
    design : DataFrame (periods, terms)
    start : int
        Position of the first period of the new.
    cuts : list of int
        Positions of the first periods after declared breaks.

    Raises
    ------
    ModelError
        Naming the stretch, or the terms.
    """
    edges = sorted([0, start, *cuts, len(counts)])
    for first, end in zip(edges[:-1], edges[1:], strict=True):
        if counts.iloc[first:end].sum() == 0:
            raise ModelError(
                _(
                    "There are no events from {first} to {last}: the change has no finite estimate. Compare rates "
                    "instead."
                ).format(first=counts.index[first], last=counts.index[end - 1])
            )
    if np.linalg.matrix_rank(design.to_numpy()) < design.shape[1] or len(counts) <= design.shape[1]:
        raise ModelError(
            _("{n} periods do not tell {terms} apart. Drop breaks, the slope or harmonics.").format(
                n=len(counts), terms=some(design.columns, most=12)
            )
        )
