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


def joined(
    columns: Mapping[str, Values], others: Mapping[str, Values], keys: Sequence[str], *, how: str = "left"
) -> dict[str, Values]:
    """The columns of two tables, group by group; missing where a table has no such group.

    What a merge of pandas gives, in a tenth of its time on tables of some hundred rows.

    Parameters
    ----------
    columns, others : mapping of str to array
        Each group once in `others`; in both where all groups are wanted.
    keys : sequence of str
        Names of columns of both.
    how : str
        "left" for the groups of `columns`, "outer" for those of either.

    Returns
    -------
    dict of str to array
    """
    alike = all(columns[key].dtype == others[key].dtype for key in keys)  # else codes are kept in two ways
    if alike and all(same_groups(columns[key], others[key]) for key in keys):  # as is usual
        return {**columns, **{name: column for name, column in others.items() if name not in keys}}
    groups, among = groups_of(columns, keys), groups_of(others, keys)
    if alike and how == "left":
        return {**columns, **_matched(others, among, groups, keys)}
    if alike and set(groups) <= set(among):
        return {**others, **_matched(columns, groups, among, keys)}
    return columns_of(pd.DataFrame(columns).merge(pd.DataFrame(others), on=list(keys), how=how, sort=False))


def _matched(
    columns: Mapping[str, Values], groups: Sequence[tuple], wanted: Sequence[tuple], keys: Sequence[str]
) -> dict[str, Values]:
    """The further columns of a table for some groups, in their order; missing for those that it does not have."""
    place_of = {group: place for place, group in enumerate(groups)}
    further = {name: column for name, column in columns.items() if name not in keys}
    return taken(further, [place_of.get(group, -1) for group in wanted])


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
