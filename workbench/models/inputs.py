"""What every model checks before it computes: numbers that are numbers, labels that match."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from workbench.terms.errors import ModelError
from workbench.terms.text import _


def measured(values: pd.Series, what: str, *, missing: bool = True, negative: bool = False) -> pd.Series:
    """`values` as float64 under the same index, its argument untouched; missing stays NaN.

    Parameters
    ----------
    values : Series of numbers of any type (int, Decimal, nullable), unique index
    what : what they are, for the message ("counts", "exposure")
    missing, negative : whether missing or negative values may pass

    Raises
    ------
    ModelError
        Not a Series, repeated labels, text, infinite, negative or missing numbers where they may not pass.
    """
    if not isinstance(values, pd.Series):
        raise ModelError(
            _("Of {what} came {kind}, not a pandas Series. Give a Series whose index says which group each is.").format(
                what=what, kind=type(values).__name__
            )
        )
    if not values.index.is_unique:
        raise ModelError(
            _("In {what}, {labels} stands more than once in the index. Add up the rows of a group first.").format(
                what=what, labels=some(values.index[values.index.duplicated()].unique())
            )
        )
    try:
        numbers = pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=values.index, name=values.name)
    except (TypeError, ValueError) as error:
        raise ModelError(
            _("Not all of {what} are numbers ({error}). Convert them first.").format(what=what, error=error)
        ) from None
    for fault, where in (
        (_("infinite"), np.isinf(numbers)),
        (_("negative"), (numbers < 0) & (not negative)),
        (_("missing"), numbers.isna() & (not missing)),
    ):
        if where.any():
            raise ModelError(
                _(
                    "In {what} there are {fault} values: {labels}. Correct them, or leave these rows out on purpose."
                ).format(what=what, fault=fault, labels=some(numbers.index[where]))
            )
    return numbers


def aligned(values: pd.Series, index: pd.Index, what: str, others: str) -> pd.Series:
    """`values` in the order of `index`; raises ModelError naming the labels that only one of the two has."""
    if values.index.nlevels > 1 and set(values.index.names) == set(index.names) and None not in index.names:
        values = values.reorder_levels(index.names)
    for here, there, one, other in ((values.index, index, what, others), (index, values.index, others, what)):
        alone = here.difference(there, sort=False)
        if len(alone):
            raise ModelError(
                _("Only {one} have {labels}, not {other}. Add what is missing, or leave it out of both.").format(
                    one=one, other=other, labels=some(alone)
                )
            )
    return values.reindex(index)


def checked_level(level: float) -> float:
    """`level` when it is a confidence level such as 0.95, else a ModelError."""
    if not 0 < level < 1:
        raise ModelError(_("level={level} is not a confidence level. Give a share such as 0.95.").format(level=level))
    return float(level)


def chosen(option: str, options: Iterable[str], what: str) -> str:
    """`option` when it is one of `options`, else a ModelError that lists them."""
    if option not in (known := list(options)):
        raise ModelError(
            _("{what}={option!r} is not known. There are: {known}.").format(
                what=what, option=option, known=", ".join(known)
            )
        )
    return option


def some(labels: Iterable, most: int = 5) -> str:
    """The first labels in words: `F, C, A and 3 more`."""
    labels = [", ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in labels]
    more = _(" and {n} more").format(n=len(labels) - most) if len(labels) > most else ""
    return ", ".join(labels[:most]) + more
