"""Any table as a pandas frame of text and numbers."""

import pandas as pd
import polars as pl

from workbench.terms.errors import Refused
from workbench.terms.text import _


def as_frame(data: object) -> pd.DataFrame:
    """A pandas, Polars, Arrow or ibis table, or a Series by dimension, as a frame with names of text.

    Raises
    ------
    Refused
        For anything else, and for two columns of one name.
    """
    if isinstance(data, pd.Series):
        unnamed = [i for i, level in enumerate(data.index.names) if level is None]
        if unnamed:
            raise Refused(_("Name the index of the Series by its dimensions, as in people.rename_axis('nuts2')."))
        data = data.rename(data.name or "employed").reset_index()
    elif isinstance(data, pl.LazyFrame):
        data = data.collect().to_pandas()
    elif hasattr(data, "to_pandas"):  # ibis, Polars, Arrow: none of them has to be imported to see that
        data = data.to_pandas()
    if not isinstance(data, pd.DataFrame):
        message = _("A table is a pandas, Polars, Arrow or ibis table, or the path of a file; {kind} is none.")
        raise Refused(message.format(kind=type(data).__name__))
    if data.index.names != [None]:
        data = data.reset_index()

    frame = data.set_axis([str(name) for name in data.columns], axis=1).reset_index(drop=True)
    if twice := sorted(set(frame.columns[frame.columns.duplicated()])):
        raise Refused(_("The table has two columns of one name: {names}.").format(names=", ".join(twice)))
    if frame.empty:
        raise Refused(_("The table has no rows."))
    return frame


def as_text(column: pd.Series) -> pd.Series:
    """A column as text: whole numbers without a fraction, dates as 2023-04-05, what is empty missing."""
    if pd.api.types.is_datetime64_any_dtype(column):
        text = column.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(column):
        whole = column.dropna().mod(1).eq(0).all()
        text = column.astype("Int64").astype("string") if whole else column.astype("string")
    else:
        text = column.map(_plain, na_action="ignore").astype("string")
    return text.astype("object").where(text.notna(), None).map(str.strip, na_action="ignore").replace("", None)


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
