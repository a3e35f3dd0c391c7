"""Sums of numbers by group, in arrays: rows are given the number of their group, and each group is counted up.

Ours, since it is asked some hundred times a second for a few thousand rows: data frames take longer to be called than
this takes to add up.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

SPARSE = 4
"""So many possible groups a row are counted one by one, empty ones too; of more only those that have rows."""
NUMBERED = 2.0**62
"""Up to so many combinations have each a whole number of their own."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums by group of some rows of a table.

    Attributes
    ----------
    number_of : array of int or None
        Of each row the number of its group; None where all rows are one group.
    groups : int
        How many groups there may be: their numbers are below it.
    """

    number_of: np.ndarray | None
    groups: int = 1

    def of(self, values: np.ndarray) -> np.ndarray:
        """The sum of each group, 0.0 where it has no rows.

        Parameters
        ----------
        values : array of float or bool
            One of each row.

        Returns
        -------
        array of float
            One of each group.
        """
        if self.number_of is None:
            return np.array([values.sum()], float)
        if values.dtype == bool:
            return np.bincount(self.number_of[values], minlength=self.groups).astype(float)
        return np.bincount(self.number_of, values, minlength=self.groups).astype(float, copy=False)  # of no rows: int

    def two_largest(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The largest value of each group and the second largest, 0.0 where there is none.

        Parameters
        ----------
        values : array of float
            One of each row, none below 0.

        Returns
        -------
        two arrays of float
        """
        largest, second = np.zeros(self.groups), np.zeros(self.groups)
        order = np.lexsort((values, self._numbers(values)))
        numbers, values = self._numbers(values)[order], values[order]
        last = np.append(numbers[1:] != numbers[:-1], True)[: len(numbers)]
        last_but_one = np.append(last[1:], False)[: len(numbers)] & ~last
        largest[numbers[last]], second[numbers[last_but_one]] = values[last], values[last_but_one]
        return largest, second

    def _numbers(self, values: np.ndarray) -> np.ndarray:
        return np.zeros(len(values), int) if self.number_of is None else self.number_of


@dataclass(frozen=True, eq=False)
class Numbering:
    """Rows numbered by several keys at once: each key a number below its size, the first key the slowest.

    Attributes
    ----------
    keys : arrays of int
        Of each key one number a row.
    sizes : tuple of int
    """

    keys: tuple[np.ndarray, ...]
    sizes: tuple[int, ...]

    @cached_property
    def sums(self) -> Sums:
        """Sums by all combinations of keys, or by those that have rows where there are too many."""
        if not self.keys:
            return Sums(None)
        if self._occupied is None:
            return Sums(self._combined, int(np.prod(self.sizes)))
        combinations, numbers = self._occupied
        return Sums(numbers, len(combinations[0]))

    @cached_property
    def _combined(self) -> np.ndarray:
        return self.keys[0] if len(self.keys) == 1 else np.ravel_multi_index(self.keys, self.sizes)

    @cached_property
    def _occupied(self) -> tuple[tuple[np.ndarray, ...], np.ndarray] | None:
        """The combinations that have rows, key by key, and of each row the number of its own; None of all counted."""
        possible = np.prod(self.sizes, dtype=float)
        if possible <= SPARSE * max(len(self.keys[0]), 1_000):
            return None
        if possible < NUMBERED:
            found, numbers = np.unique(self._combined, return_inverse=True)
            return np.unravel_index(found, self.sizes), numbers
        found, numbers = np.unique(np.column_stack(self.keys), axis=0, return_inverse=True)
        return tuple(found.T), numbers

    def keys_of(self, groups: np.ndarray) -> tuple[np.ndarray, ...]:
        """The numbers of some groups of `sums`, key by key.

        Parameters
        ----------
        groups : array of int

        Returns
        -------
        tuple of arrays of int
        """
        if not self.keys:
            return ()
        if self._occupied is None:
            return np.unravel_index(groups, self.sizes)
        return tuple(key[groups] for key in self._occupied[0])
