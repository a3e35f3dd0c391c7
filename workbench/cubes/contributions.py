"""What single records contribute to a sum, such as days lost: what tells whether one of them could be read off it."""

from dataclasses import dataclass

import polars as pl

from workbench.cubes.margin import Margin

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

    def merged(self) -> list[pl.Expr]:
        """Those of several cells together.

        The second largest of all is the second of one cell, or the largest of another.

        Returns
        -------
        list of polars expressions
            Named as in an answer.
        """
        largest = pl.col(self.largest)
        largest_elsewhere = largest.sort(descending=True).slice(1, 1).max().fill_null(0.0)
        return [
            pl.col(self.contributors).sum().alias(CONTRIBUTORS),
            largest.max().alias(LARGEST),
            pl.max_horizontal(pl.col(self.second).max(), largest_elsewhere).alias(SECOND),
        ]


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


def has_contributions(margin: Margin, measure: str) -> bool:
    """Whether the cells of a margin say what single records contribute to a sum.

    Parameters
    ----------
    margin : Margin
    measure : name of the sum

    Returns
    -------
    bool
    """
    return set(contributions_of(measure).names) <= set(margin.frame.columns)
