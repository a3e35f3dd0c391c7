"""Ages and their bands: those of records, and those of a selection as far as the data have them."""

from workbench.cubes.column import Column
from workbench.terms.ages import OLDEST, age_limits

AGE_GROUPS = ("Y_LT15", "Y15-24", "Y25-34", "Y35-44", "Y45-54", "Y55-64", "Y_GE65")
"""The bands that the exact ages of records are counted by."""
NO_LIMIT = 90
"""From this age on an upper limit is none. Regulation (EU) 2019/1700: the labour force survey asks up to 89."""


def ages_in(column: Column, span: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    """The ages of a selection that there are bands for: a limit beyond the data is a limit, not a cut.

    Below the first band and above the last there is nobody to leave out. An open band (`Y_GE65`) has no last age:
    a limit of `NO_LIMIT` or more takes all of it, a lower one cuts it. None stays: it means "no limit".

    Parameters
    ----------
    column : Column
        The ages of a table.
    span : (int or None, int or None)
        First and last age in years, both included.

    Returns
    -------
    (int or None, int or None)
    """
    limits = [age_limits(code) for code in column.parts]
    if not limits:
        return span
    first, last = min(low for low, _high in limits), max(high for _low, high in limits)
    low, high = span
    if high is not None and (high < first or (low or 0) > last):
        return span  # nothing of it is in the data: to be refused as it was asked
    if low is not None:
        low = max(low, first) or None
    if high is not None:
        high = (None if high >= NO_LIMIT else high) if last == OLDEST else min(high, last)
    return low, high


def band(column: Column, span: tuple[int | None, int | None]) -> str:
    """The age band of a span, its open ends those of the data.

    Parameters
    ----------
    column : Column
        The ages of a table.
    span : (int or None, int or None)
        First and last age in years, both included.

    Returns
    -------
    str
        Such as Y25-54.
    """
    limits = [age_limits(code) for code in column.parts] or [(0, OLDEST)]
    first, last = min(low for low, _high in limits), max(high for _low, high in limits)
    low, high = span
    return f"Y{first if low is None else low}-{last if high is None else high}"
