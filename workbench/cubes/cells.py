"""Tables of cells to read answers from: the cells themselves, and sums of them over axes that few questions touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from math import prod
from operator import and_

import numpy as np
import pandas as pd
import polars as pl

WORTH = 2
"""A roll-up is kept when it has at most a third of the cells that it is made from."""
FEW = 20_000
"""So few cells are read as fast as fewer."""
MASKS = 100
"""So many masks, of one bit per cell, a table remembers before it begins anew."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A table with a column of codes (Enum) or whole numbers per axis, measures, `flag` where flagged, and `cells`: how
    many cells of the source each row holds. `whole` is what a roll-up was made from."""

    frame: pl.DataFrame
    whole: "Cells | None" = field(default=None, repr=False)
    masks: dict[tuple, pl.Series] = field(default_factory=dict, repr=False)

    def mask(self, axis: str, codes: tuple) -> pl.Series:
        """Which rows have one of the codes on an axis; remembered, since a reader changes one restriction at a time.

        Parameters
        ----------
        axis : str
        codes : tuple
            Codes of the axis.

        Returns
        -------
        Series of bool
            A value per row.
        """
        if (axis, codes) not in self.masks:
            if len(self.masks) >= MASKS:
                self.masks.clear()
            column = self.frame.get_column(axis)
            span = axis == "year" and codes  # years follow each other, among those there are
            self.masks[axis, codes] = column.is_between(codes[0], codes[-1]) if span else column.is_in(codes)
        return self.masks[axis, codes]

    def read(
        self,
        measure: str,
        extras: Sequence[str],
        masks: Sequence[pl.Series],
        groups: Mapping[str, tuple[str, pl.Series | None]],
        merged: Sequence[pl.Expr] = (),
    ) -> pd.DataFrame:
        """One row per group of the rows that all masks leave, sorted by group.

        Parameters
        ----------
        measure : column that is added up; NaN where one of the group's cells is missing
        extras : further columns that are added up
        masks : one bit per row each
        groups : for each dimension its axis and, unless the codes themselves are the groups, the group of each code
        merged : further figures of a group's rows that are no sums

        Returns
        -------
        DataFrame
            The groups, measure, missing, cells, extras, flag, flag_share, then what is merged.
        """
        sums, shown = _plan(measure, tuple(extras), self._flags)
        sums, shown = [*sums, *merged], [*shown, *(pl.col(figure.meta.output_name()) for figure in merged)]
        query = self.frame.lazy()
        query = query.filter(reduce(and_, masks)) if masks else query
        keys, codes = [], {}
        for name, (axis, of_code) in groups.items():
            if of_code is not None:
                keys.append(pl.lit(of_code).gather(pl.col(axis).to_physical()).alias(name))
                continue
            keys.append(pl.col(axis).alias(name))
            codes |= {name: self._codes[axis]} if axis in self._codes else {}
        found = query.group_by(keys).agg(sums).sort(list(groups)) if keys else query.select(sums)
        found = found.select(*(pl.col(n).to_physical() if n in codes else pl.col(n) for n in groups), *shown).collect()
        return pd.DataFrame({column.name: _in_pandas(column, codes.get(column.name)) for column in found}, copy=False)

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


@lru_cache(maxsize=200)
def _plan(measure: str, extras: tuple[str, ...], flags: tuple[str, ...]) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """What is summed for each group, and what an answer shows of the sums."""
    value, cells, flag = pl.col(measure), pl.col("cells"), pl.col("flag")
    sums = [value.sum(), value.null_count().alias("missing"), cells.sum(), *(pl.col(name).sum() for name in extras)]
    letters = sorted(set("".join(flags)))
    share = pl.lit(0.0)
    if flags:
        marked = pl.when(flag != "")
        sums += [marked.then(value).sum().alias("marked"), marked.then(cells).sum().alias("marked cells")]
        sums += [flag.is_in([text for text in flags if letter in text]).any().alias(letter) for letter in letters]
        share = pl.when(value > 0).then(pl.col("marked") / value).otherwise(pl.col("marked cells") / cells)
    known = pl.when(pl.col("missing") == 0).then(value).alias(measure)
    marks = [pl.when(letter).then(pl.lit(letter)).otherwise(pl.lit("")) for letter in letters] or [pl.lit("")]
    shown = [known, pl.col("missing"), cells, *map(pl.col, extras), pl.concat_str(marks).alias("flag")]
    return sums, [*shown, share.alias("flag_share")]


def _in_pandas(column: pl.Series, codes: pd.CategoricalDtype | None):
    """A column for a frame, without the detour and the threads of Arrow: answers have few rows."""
    if codes is not None:
        return pd.Categorical.from_codes(column.to_numpy(), dtype=codes)
    if column.dtype in (pl.String, pl.Enum):
        return pd.array(column.to_list(), dtype="str")
    return column.to_numpy(writable=True)


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
