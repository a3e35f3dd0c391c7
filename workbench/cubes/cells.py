"""Tables of cells to read answers from: the cells themselves, and sums of them over axes that few questions touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from math import prod
from typing import NamedTuple

import numpy as np
import pandas as pd
import polars as pl
from pandas.api.extensions import ExtensionArray

from workbench.cubes.contributions import Contributions
from workbench.cubes.sums import Numbering, Sums

WORTH = 2
"""A roll-up is kept when it has at most a third of the cells that it is made from."""
FEW = 20_000
"""So few cells are read as fast as fewer."""
MASKS = 100
"""So many masks, of one bit per cell, a table remembers before it begins anew."""
RUNS = 6
"""So many runs of places are compared with; of more it is looked up of each row whether its place is wanted."""


class Axis(NamedTuple):
    """A column of codes: those there are, of each row the place of its own among them, and of each code its place."""

    codes: pd.Index
    places: np.ndarray
    place_of: dict


@dataclass(frozen=True, eq=False)
class Division:
    """How an answer is divided on one axis.

    Attributes
    ----------
    axis : str
    groups : Index of str, or None
        Names of the groups; None where each code is its own group.
    group_of : array of int, or None
        Of each code of the axis the number of its group, 0 too where it has none: its rows are not read.
    """

    axis: str
    groups: pd.Index | None = None
    group_of: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Cells:
    """A table with a column of codes (Enum) or whole numbers per axis, measures, `flag` where flagged, and `cells`: how
    many cells of the source each row holds. `whole` is what a roll-up was made from."""

    frame: pl.DataFrame
    whole: "Cells | None" = field(default=None, repr=False)
    masks: dict[tuple, np.ndarray] = field(default_factory=dict, repr=False)

    def mask(self, axis: str, codes: tuple) -> np.ndarray:
        """Which rows have one of the codes on an axis; remembered, since a reader changes one restriction at a time.

        Parameters
        ----------
        axis : str
        codes : tuple
            Codes of the axis.

        Returns
        -------
        array of int
            A bit per row, as `numpy.packbits` puts them together.
        """
        if (axis, codes) not in self.masks:
            if len(self.masks) >= MASKS:
                self.masks.clear()
            known = self._axis(axis)
            wanted = sorted(map(known.place_of.get, codes))
            self.masks[axis, codes] = np.packbits(_is_one_of(known.places, wanted, len(known.codes)))
        return self.masks[axis, codes]

    def read(
        self,
        measure: str,
        extras: Sequence[str],
        masks: Sequence[np.ndarray],
        divisions: Mapping[str, Division],
        contributions: Contributions | None = None,
    ) -> dict[str, np.ndarray | ExtensionArray]:
        """One value per group of the rows that all masks leave, sorted by group.

        Parameters
        ----------
        measure : column that is added up; NaN where one of the group's cells is missing
        extras : further columns that are added up
        masks : one bit per row each
        divisions : by the dimension that is divided by
        contributions : the columns of what single records contribute to the measure, where it has them

        Returns
        -------
        dict of str to array
            By name: groups, measure, missing, cells, extras, flag, flag_share, then contributors, largest and second.
        """
        rows = self._rows(masks)
        names = [self._groups(division) for division in divisions.values()]
        keys = tuple(self._numbers(division, rows) for division in divisions.values())
        numbering = Numbering(keys, tuple(map(len, names)))
        sums, (values, absent) = numbering.sums, self._values(measure)
        cells = sums.of(self._values("cells")[0][rows])
        filled = np.flatnonzero(cells) if keys else np.zeros(1, int)

        total = sums.of(values[rows])[filled]
        found = {measure: total, "missing": np.zeros(len(filled), np.uint32), "cells": cells[filled].astype(np.uint32)}
        if absent is not None:
            found["missing"] = sums.of(absent[rows])[filled].astype(np.uint32)
            found[measure] = np.where(found["missing"], np.nan, total)
        found |= {name: sums.of(self._values(name)[0][rows])[filled] for name in extras}
        found["flag"] = self._letters(sums, rows)[filled]
        found["flag_share"] = self._share_under_a_flag(measure, sums, rows)[filled]
        if contributions is not None:
            columns = {name: self._values(name)[0][rows] for name in contributions.names}
            found |= {name: column[filled] for name, column in contributions.merged(sums, columns).items()}

        texts = {}
        for (name, division), own, numbers in zip(divisions.items(), names, numbering.keys_of(filled), strict=True):
            kind = self._codes.get(division.axis) if division.groups is None else None
            texts[name] = own.values[numbers] if kind is None else pd.Categorical.from_codes(numbers, dtype=kind)
        return {**texts, **found}

    def _rows(self, masks: Sequence[np.ndarray]) -> np.ndarray | slice:
        """The places of the rows that all masks leave."""
        if not masks:
            return slice(None)
        bits = np.unpackbits(reduce(np.bitwise_and, masks), count=self.frame.height)
        return np.flatnonzero(bits.view(bool))

    def _letters(self, sums: Sums, rows: np.ndarray | slice) -> np.ndarray:
        """The letters of all flags of each group."""
        found = np.full(sums.groups, "", object)
        for letter in sorted(set("".join(self._flags))):
            found[sums.of(self._flagged(letter, rows)) > 0] += letter
        return found

    def _share_under_a_flag(self, measure: str, sums: Sums, rows: np.ndarray | slice) -> np.ndarray:
        """The share of the measure of each group that stands under a flag; of its cells where the measure is 0."""
        if not any(self._flags):
            return np.zeros(sums.groups)
        marked, values, cells = self._flagged("", rows), self._values(measure)[0][rows], self._values("cells")[0][rows]
        total, n_cells = sums.of(values), sums.of(cells)
        part = np.where(total > 0, sums.of(values * marked), sums.of(cells * marked))
        whole = np.where(total > 0, total, n_cells)
        return np.divide(part, whole, out=np.full(sums.groups, np.nan), where=whole > 0)

    def _flagged(self, letter: str, rows: np.ndarray | slice) -> np.ndarray:
        """Which of some rows have a letter among their flags; "" for any."""
        has = np.array([letter in text and text != "" for text in self._flags])
        return has[self._axis("flag").places[rows]]

    def _groups(self, division: Division) -> pd.Index:
        """The groups of a division in their order."""
        return self._axis(division.axis).codes if division.groups is None else division.groups

    def _numbers(self, division: Division, rows: np.ndarray | slice) -> np.ndarray:
        """Of each of some rows the number of its group."""
        places = self._axis(division.axis).places[rows]
        return places if division.group_of is None else division.group_of[places]

    def _axis(self, name: str) -> Axis:
        if name not in self._axes:
            column = self.frame.get_column(name)
            if name in self._codes:
                codes, places = self._codes[name].categories, column.to_physical().to_numpy()
            else:  # years, which follow each other
                years, first, last = column.to_numpy(), column.min() or 0, column.max() or 0
                codes, places = pd.Index(np.arange(first, last + 1, dtype=years.dtype)), years - first
            places = places.astype(np.min_scalar_type(len(codes)), copy=False)
            self._axes[name] = Axis(codes, places, {code: place for place, code in enumerate(codes.tolist())})
        return self._axes[name]

    @cached_property
    def _axes(self) -> dict[str, Axis]:
        return {}

    def _values(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """A column that is added up, 0.0 where it is missing, and which rows are; None where none is."""
        if name not in self._columns:
            column = self.frame.get_column(name)
            absent = column.is_null().to_numpy() if column.null_count() else None
            self._columns[name] = (column if absent is None else column.fill_null(0)).to_numpy(), absent
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        return {}

    @cached_property
    def _codes(self) -> Mapping[str, pd.CategoricalDtype]:
        """The type in pandas of each column of codes."""
        if self.whole:
            return self.whole._codes
        kinds = {name: kind for name, kind in self.frame.schema.items() if isinstance(kind, pl.Enum)}
        texts = {name: pd.Index(kind.categories.to_list(), dtype="str") for name, kind in kinds.items()}
        return {name: pd.CategoricalDtype(codes, ordered=True) for name, codes in texts.items()}

    @cached_property
    def _flags(self) -> tuple[str, ...]:
        if self.whole:
            return self.whole._flags
        return tuple(self.frame.schema["flag"].categories) if "flag" in self.frame.columns else ()


def _is_one_of(places: np.ndarray, wanted: Sequence[int], all_places: int) -> np.ndarray:
    """Which places are among the wanted ones, in rising order: those that follow each other are told by their ends."""
    if not wanted:
        return np.zeros(len(places), bool)
    runs = np.split(wanted, np.flatnonzero(np.diff(wanted) != 1) + 1)
    if len(runs) > RUNS:
        return np.isin(np.arange(all_places), wanted)[places]
    kind = places.dtype.type  # what lies before a run is less than nothing, and so the largest of all
    return reduce(np.logical_or, (places - kind(run[0]) <= kind(run[-1] - run[0]) for run in runs))


def rollups(cells: Cells, sizes: Mapping[str, int], measures: Sequence[str]) -> dict[frozenset[str], Cells]:
    """The cells and the roll-ups that are worth keeping, by their axes, the smallest first.

    Construction by region reads the cells of region x sector x sex x age, not those of every year and severity too.
    Cells of different flags stay apart.

    Parameters
    ----------
    cells : of all axes
    sizes : how many codes each axis has
    measures : columns that are added up
    """
    found, waiting = {frozenset(sizes): cells}, [frozenset(sizes)]
    if cells.frame.select(pl.col(measures).null_count()).sum_horizontal().item():
        return found  # a sum would hide what is missing
    while waiting:
        held = waiting.pop(0)
        for rest in (held - {axis} for axis in sorted(held)):
            most = prod(sizes[axis] for axis in rest)
            if rest not in found and most * WORTH <= found[held].frame.height > FEW:
                found[rest] = Cells(_summed(found[held].frame, sorted(rest), measures), cells)
                waiting.append(rest)
    return dict(sorted(found.items(), key=lambda table: table[1].frame.height))


def _summed(frame: pl.DataFrame, axes: list[str], measures: Sequence[str]) -> pl.DataFrame:
    """Sums by `axes` and flag.

    Codes are small integers: together they number the places of a table that holds every sum, which is filled by
    counting (`bincount`) and read where it is not empty.
    """
    keys = [*axes, *(["flag"] if "flag" in frame.columns else [])]
    codes = [column.to_numpy() for column in frame.select(pl.col(keys).to_physical())]
    lows = [column.min() for column in codes]
    shape = tuple(int(column.max()) - int(low) + 1 for column, low in zip(codes, lows, strict=True))

    place = np.zeros(frame.height, np.int64)
    for column, low, size in zip(codes, lows, shape, strict=True):
        place *= size
        place += column - low

    filled = np.flatnonzero(np.bincount(place))
    columns = {
        key: (at + low).astype(column.dtype)
        for key, column, low, at in zip(keys, codes, lows, np.unravel_index(filled, shape), strict=True)
    }
    for name in ("cells", *measures):
        columns[name] = np.bincount(place, frame.get_column(name).to_numpy())[filled]
    texts = {key: kind for key, kind in frame.schema.items() if key in keys and isinstance(kind, pl.Enum)}
    return pl.DataFrame(columns).with_columns(
        pl.col("cells").cast(pl.UInt32), *(pl.col(key).cat.to(kind) for key, kind in texts.items())
    )
