"""Which cells of a Eurostat table are 0 because a country did not report the variable: they are missing, not zero."""

import pandas as pd

from workbench.terms.dimensions import axis_label
from workbench.terms.text import _
from workbench.terms.words import spans

OPTIONAL = frozenset(
    {
        *("workstation", "environment", "process", "activity", "deviation", "contact"),
        *("ma_activity", "ma_deviation", "ma_contact", "hour", "size", "nationality"),
    }
)
"""Variables that a country may leave out: three of the nine causes are mandatory, and time, size and nationality are
optional (Regulation (EU) 349/2011, Annex I; the first recommendation of 2001 had other ones)."""
TOTALS = {"TOTAL", "T"}


def not_reported(cells: pd.DataFrame) -> pd.Series:
    """Which cells belong to a country and year that did not report a variable.

    As of 2026-11 Eurostat writes 0, not ":", in every cell of the variable then. Where the table has the total of the
    variable, it has to be above 0. Where it has none, a country without a single accident in a year is taken for one
    that did not report: cells are pooled over sectors, severities, sexes and ages, and one code of the variable alone,
    which may well have had no accident, does not tell.

    Parameters
    ----------
    cells : place, year, code (of the variable) and value (number of accidents), a row per cell

    Returns
    -------
    Series of bool
        With the index of `cells`; totals of the variable are never among them.
    """
    is_total = cells["code"].isin(TOTALS)
    keys = [cells["place"], cells["year"]]
    detail = cells["value"].mask(is_total)
    empty = detail.groupby(keys).transform("max").eq(0)
    several_codes = cells["code"].mask(is_total).groupby(keys).transform("nunique").gt(1)

    total = cells["value"].where(is_total).groupby(keys).transform("max")
    return empty & several_codes & ~is_total & (total.isna() | total.gt(0))


def note_of(column: str, cells: pd.DataFrame) -> str:
    """What is said of cells that were not reported: the variable, the countries and the years of each."""
    years = cells.groupby("place")["year"].unique()
    places = "; ".join(f"{place} {spans(of_one.tolist())}" for place, of_one in years.items())
    message = _("Not reported, so missing and not 0 ({variable}): {places}.")
    return message.format(variable=axis_label(column), places=places)
