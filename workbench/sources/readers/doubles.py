"""The same cell more than once in published tables: kept once where the figures agree, rejected where they do not."""

from collections.abc import Sequence

import pandas as pd

from workbench.sources.readers.values import because, keep_good
from workbench.terms.tables import Report
from workbench.terms.text import _


def once(
    rows: pd.DataFrame, keys: Sequence[str], figures: Sequence[str], report: Report, *, field: str
) -> pd.DataFrame:
    """Rows whose `keys` stand once. A table with two figures for one cell could not be asked.

    Parameters
    ----------
    rows : DataFrame with the columns `keys`, `figures` and `line`, the number of the row in its file
    field : the publisher's column that a rejection names

    Returns
    -------
    DataFrame
        Without the rows that repeat another with the same figures (a note counts them), and without any of those that
        have different ones (each is rejected).
    """
    double = rows.duplicated(list(keys), keep=False)
    if not double.any():
        return rows
    doubles = rows[double]
    groups = doubles.groupby(list(keys), sort=False, dropna=False)
    differing = pd.Series(False, index=doubles.index)
    for figure in figures:
        differing |= groups[figure].transform("nunique", dropna=False) > 1
    reason = _("the same cell stands here and elsewhere with different values")
    same = doubles[keep_good(report, doubles["line"].to_numpy(), [(field, because(differing, reason))])]
    kept = same.drop_duplicates(list(keys))
    if len(kept):
        message = _("{n:,} cells stand in these files more than once with the same value; each is kept once.")
        report.note(message.format(n=len(kept)))
    return pd.concat([rows[~double], kept]).sort_index()
