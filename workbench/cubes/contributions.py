"""What single records contribute to a sum, such as days lost: what tells whether one of them could be read off it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.cubes.sums import Sums

CONTRIBUTORS, LARGEST, SECOND = "contributors", "largest", "second"
"""Columns of an answer: records with a contribution, and what the two largest of them are."""


@dataclass(frozen=True)
class Contributions:
    """The columns of a cube's cells that say of one sum how many records contribute to it, and the largest two."""

    contributors: str
    largest: str
    second: str

    @property
    def names(self) -> tuple[str, str, str]:
        """The three columns."""
        return self.contributors, self.largest, self.second

    def merged(self, sums: Sums, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Those of several cells together.

        The second largest of all is the second of one cell, or the largest of another.

        Parameters
        ----------
        sums : Sums
            Of the cells that are put together.
        columns : mapping of str to array
            The three columns by name, one value of each cell.

        Returns
        -------
        dict of str to array
            By their names in an answer, one value of each group.
        """
        largest, largest_elsewhere = sums.two_largest(columns[self.largest])
        second, _next = sums.two_largest(columns[self.second])
        contributors = sums.of(columns[self.contributors])
        return {CONTRIBUTORS: contributors, LARGEST: largest, SECOND: np.maximum(second, largest_elsewhere)}


def contributions_of(measure: str) -> Contributions:
    """The columns for a sum.

    Parameters
    ----------
    measure : name of the sum, such as "days_lost"

    Returns
    -------
    Contributions
    """
    return Contributions(f"{measure}_{CONTRIBUTORS}", f"{measure}_{LARGEST}", f"{measure}_{SECOND}")


def has_contributions(columns: Collection[str], measure: str) -> bool:
    """Whether cells say what single records contribute to a sum.

    Parameters
    ----------
    columns : names of what the cells have
    measure : name of the sum

    Returns
    -------
    bool
    """
    return set(contributions_of(measure).names) <= set(columns)
