"""Values and neighbours of the same regions in one order, as every spatial statistic needs them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from workbench.models.inputs import measured, some
from workbench.models.neighbours import Neighbours, checked_neighbours
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_

LEAST = 4  # regions; the variances divide by n - 3


@dataclass(frozen=True, kw_only=True, eq=False)
class MappedValues:
    """Values and weights in one order, without islands."""

    values: np.ndarray
    neighbours: Neighbours
    style: str
    left_out: tuple[str, ...]

    @property
    def weights(self) -> sparse.csr_array:
        return self.neighbours.matrix(self.style)

    def about(self) -> dict:
        """What a result says about its map."""
        return {
            "n": len(self.values),
            "style": self.style,
            "neighbours": self.neighbours.method,
            "left_out": self.left_out,
        }


def mapped_values(values: pd.Series, neighbours: Neighbours, style: str, *, negative: bool = True) -> MappedValues:
    """Values and neighbours in one order, without islands.

    Parameters
    ----------
    values : Series by region code
        None missing.
    neighbours : Neighbours
        Of these regions at least.
    style : {"row", "binary"}
        Of the weights.
    negative : bool
        Whether values may lie below 0.

    Returns
    -------
    MappedValues

    Raises
    ------
    ModelError
        For missing or equal values, regions not on the map, fewer than 4 with neighbours.
    """
    values = measured(values, _("the values"), missing=False, negative=negative)
    values = values.set_axis(values.index.astype(str))
    kept, left_out = checked_neighbours(neighbours).among(values.index), []
    while kept.islands:  # leaving one out can make another, where neighbours are not mutual
        left_out += kept.islands
        islands = set(kept.islands)
        kept = kept.among(code for code in kept.codes if code not in islands)
    if len(kept.codes) < LEAST:
        raise too_few(len(kept.codes))
    y = values[kept.codes].to_numpy()
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        raise ModelError(_("All {n} values are equal: there is no pattern to look for.").format(n=len(y)))
    return MappedValues(values=y, neighbours=kept, style=style, left_out=tuple(left_out))


def too_few(n: int) -> ModelError:
    message = n_(
        "{n} region has neighbours among those with a value; {least} are needed. Take more regions, or "
        "nearest_neighbours.",
        "{n} regions have neighbours among those with a value; {least} are needed. Take more regions, or "
        "nearest_neighbours.",
        n,
    )
    return ModelError(message.format(n=n, least=LEAST))


def left_out_words(codes: tuple[str, ...]) -> str:
    return _("Without {codes}, which have no neighbours.").format(codes=some(codes)) if codes else ""


@contextmanager
def esda_quietly() -> Iterator[None]:
    """esda divides by variances that may be 0, and as of 2.9 sets a filter of warnings for the whole process."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        yield
