"""One table of a cube: its axes, its measures and its cells."""

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from workbench.cubes.cells import Cells, rollups
from workbench.terms.text import translated


@dataclass(frozen=True)
class Measure:
    """What is measured: its unit, and how it adds up ("sum", or "none" for a published rate or share).

    `words` is what people call it, in English as it was marked; `label` says it in the reader's language. A share from
    0 to 1 is read in per cent: `percent` is then its unit on screen, such as "% of establishments", else "".
    """

    name: str
    unit: str
    how: str = "sum"
    words: str = ""
    percent: str = ""

    @property
    def label(self) -> str:
        """What people call the measure; its name where there are no words for it."""
        return translated(self.words) if self.words else self.name


@dataclass(frozen=True)
class Margin:
    """One table of a cube: its axes (`nuts`, `nace`, `sex`, ..., `year`) and the measures it holds.

    `frame` has a column of codes for each axis (year a whole number), the measures (null for missing) and, for
    published tables, `flag`. `complete` says that an absent cell is a zero, as in a cube of records.
    """

    name: str
    axes: tuple[str, ...]
    measures: tuple[str, ...]
    frame: pl.DataFrame = field(repr=False)
    complete: bool = False

    def codes(self, axis: str) -> tuple:
        """The codes that occur on an axis, in the order of its list.

        Parameters
        ----------
        axis : str
            One of `axes`.

        Returns
        -------
        tuple of str
            Of years, of int.
        """
        return self._codes[axis]

    @cached_property
    def _codes(self) -> dict[str, tuple]:
        columns = {axis: self.frame.get_column(axis) for axis in self.axes}
        return {a: tuple(c.dtype.categories if c.dtype == pl.Enum else c.unique().sort()) for a, c in columns.items()}

    def cells(self, axes: set[str]) -> Cells:
        """The smallest table that tells `axes` apart: all cells, or of complete ones sums over other axes.

        Parameters
        ----------
        axes : set of str
            Axes that must be told apart.

        Returns
        -------
        Cells
        """
        return next(cells for held, cells in self._tables.items() if axes <= held)

    @cached_property
    def _tables(self) -> dict[frozenset[str], Cells]:
        whole = Cells(self.frame.with_columns(pl.lit(1, pl.UInt32).alias("cells")))
        if not self.complete:
            return {frozenset(self.axes): whole}
        return rollups(whole, {axis: len(self.codes(axis)) for axis in self.axes}, self.measures)
