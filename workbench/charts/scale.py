"""From values to colours: classes with rounded breaks, so that the legend's numbers are the ones that were used."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import floor, isfinite, log10

import numpy as np

from workbench.charts.palette import SEQUENTIAL
from workbench.charts.rows import short
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark, translated

CLASSES = 6
METHODS = {  # how classes were made, as the key says it
    "quantile": mark("as many values in each class"),
    "equal": mark("classes of equal width"),
    "given": mark("classes as given"),
}


@dataclass(frozen=True)
class Scale:
    """Classes of values, each with a colour, light to dark; class i holds `breaks[i - 1] <= value < breaks[i]`."""

    breaks: tuple[float, ...]
    how: str = "given"

    @classmethod
    def of(cls, values: Iterable[float], how: str | Sequence[float] = "quantile") -> "Scale":
        """Up to six classes of `values`: "quantile", "equal", or the inner breaks themselves to keep them still.

        Breaks are rounded to two digits, or as many as keep them apart; values that are not finite are left out.

        Parameters
        ----------
        values : iterable of float
            In any order.
        how : str or sequence of float
            Way of classing, or the inner breaks.

        Returns
        -------
        Scale

        Raises
        ------
        WorkbenchError
            For another way.
        """
        if not isinstance(how, str):
            return cls(tuple(sorted(float(value) for value in how)))
        if how not in METHODS or how == "given":
            message = _("{how!r} is not a way to class values. Give 'quantile', 'equal' or a list of breaks.")
            raise WorkbenchError(message.format(how=how))
        finite = np.array([value for value in values if isfinite(value)])
        if len(finite) == 0:
            return cls((), how)
        breaks = rounded(_inner_breaks(finite, how))
        return cls(tuple(value for value in breaks if finite.min() < value <= finite.max()), how)

    @property
    def method(self) -> str:
        """How the classes were made, in words; "" of a scale without classes."""
        return translated(METHODS[self.how]) if self.breaks else ""

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """One colour per class, taken evenly from the sequential palette."""
        count = len(self.breaks) + 1
        if count == 1:
            return (SEQUENTIAL[3],)
        places = np.linspace(0, len(SEQUENTIAL) - 1, count).round().astype(int)
        return tuple(SEQUENTIAL[place] for place in places)

    @property
    def labels(self) -> tuple[str, ...]:
        """One label per class; together they name every value once."""
        if not self.breaks:
            return (_("all values"),)
        texts = [short(value) for value in self.breaks]
        between = [_("{low} to {high}").format(low=a, high=b) for a, b in zip(texts, texts[1:], strict=False)]
        return (_("under {high}").format(high=texts[0]), *between, _("{low} and over").format(low=texts[-1]))

    def colour(self, value: float) -> str:
        """The colour of a finite value."""
        return self.colours[bisect_right(self.breaks, value)]


def _inner_breaks(values: np.ndarray, how: str) -> np.ndarray:
    """The breaks between classes, before they are rounded.

    Ours, although mapclassify gives the same (tested): its import takes longer than the rest of a map, and every start
    of the explorer would pay for two lines.
    """
    inner = np.linspace(0, 1, CLASSES + 1)[1:-1]
    if how == "quantile":
        return np.quantile(values, inner)
    return values.min() + (values.max() - values.min()) * inner


def rounded(values: Sequence[float]) -> list[float]:
    """Distinct values in rising order, rounded to the fewest digits (two or more) that keep them apart.

    Parameters
    ----------
    values : sequence of float
        Finite.

    Returns
    -------
    list of float
    """
    apart = sorted({float(value) for value in values})
    for digits in range(2, 15):
        short = sorted({float(_rounded(value, digits)) for value in apart})
        if len(short) == len(apart):
            return short
    return apart


def _rounded(value: float, digits: int) -> float:
    return round(value, digits - 1 - floor(log10(abs(value)))) if value else 0.0
