"""Columns of one table next to those of another, matched by the labels of their groups."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import take

from workbench.cubes.answer import Values, codes_in, same_groups


def columns_of(frame: pd.DataFrame) -> dict[str, Values]:
    """The columns of a frame without its index.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    dict of str to array
    """
    return {name: frame[name].values for name in frame}


def groups_of(columns: Mapping[str, Values], keys: Sequence[str]) -> list[tuple]:
    """The group of each row, by some columns.

    Parameters
    ----------
    columns : mapping of str to array
    keys : sequence of str
        Names of columns.

    Returns
    -------
    list of tuple
        A code of each of the columns.
    """
    return list(zip(*(codes_in(columns[key]) for key in keys), strict=True))


def kept_alike(columns: Mapping[str, Values], others: Mapping[str, Values], keys: Sequence[str]) -> bool:
    """Whether two tables keep the codes of their groups in one way, so that one can stand for the other.

    Parameters
    ----------
    columns, others : mapping of str to array
    keys : sequence of str
        Names of columns of both.

    Returns
    -------
    bool
    """
    return all(columns[key].dtype == others[key].dtype for key in keys)


def joined(columns: Mapping[str, Values], others: Mapping[str, Values], keys: Sequence[str]) -> dict[str, Values]:
    """All rows of one table with the columns of another, which has each group once; missing where it has not.

    What a left merge of pandas gives, in a tenth of its time on tables of some hundred rows.

    Parameters
    ----------
    columns, others : mapping of str to array
    keys : sequence of str
        Names of columns of both.

    Returns
    -------
    dict of str to array
    """
    if not kept_alike(columns, others, keys):
        return columns_of(pd.DataFrame(columns).merge(pd.DataFrame(others), on=list(keys), how="left", sort=False))
    further = {name: column for name, column in others.items() if name not in keys}
    if all(same_groups(columns[key], others[key]) for key in keys):  # as is usual
        return {**columns, **further}
    groups, among = groups_of(columns, keys), groups_of(others, keys)
    place_of = {group: place for place, group in enumerate(among)}
    return {**columns, **taken(further, [place_of.get(group, -1) for group in groups])}


def taken(columns: Mapping[str, Values], places: Sequence[int]) -> dict[str, Values]:
    """Columns at some places, in their order.

    Parameters
    ----------
    columns : mapping of str to array
    places : sequence of int
        Of rows; -1 gives a missing value.

    Returns
    -------
    dict of str to array
    """
    return {name: take(column, np.asarray(places, int), allow_fill=True) for name, column in columns.items()}
