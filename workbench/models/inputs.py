"""What every model checks before it computes: numbers that are numbers, labels that match."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import some


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
        Not a Series, repeated labels, text, dates, infinite, negative or missing numbers where they may not pass.
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
    numbers = np.asarray(_as_floats(values, what), float)  # a tenth of the time of Series' own, on every click
    for fault, where in (
        (_("infinite"), np.isinf(numbers)),
        (_("negative"), (numbers < 0) & (not negative)),
        (_("missing"), np.isnan(numbers) & (not missing)),
    ):
        if where.any():
            raise ModelError(
                _(
                    "In {what} there are {fault} values: {labels}. Correct them, or leave these rows out on purpose."
                ).format(what=what, fault=fault, labels=some(values.index[where]))
            )
    return pd.Series(numbers, index=values.index, name=values.name)


def measured_array(values: ArrayLike, what: str) -> np.ndarray:
    """`values` as an array of floats >= 0, NaN where they are missing; ModelError names the values that cannot be.

    Parameters
    ----------
    values : numbers
        Of any shape.
    what : str
        What an error calls them, such as "the counts".

    Returns
    -------
    array of float

    Raises
    ------
    ModelError
        Naming values that are negative, infinite or no numbers.
    """
    numbers = np.asarray(_as_floats(values, what))
    wrong = numbers[(numbers < 0) | np.isinf(numbers)]
    if wrong.size:
        raise ModelError(
            _("In {what} there are {values}. They must be 0 or more, and finite.").format(what=what, values=some(wrong))
        )
    return numbers


def matched_arrays(*named: tuple[ArrayLike, str]) -> tuple[np.ndarray, ...]:
    """Arrays of numbers >= 0 brought to one shape.

    Parameters
    ----------
    *named : values and what they are, for the messages

    Raises
    ------
    ModelError
        Numbers that cannot be, shapes that do not fit.
    """
    arrays = [measured_array(values, what) for values, what in named]
    try:
        return np.broadcast_arrays(*arrays)
    except ValueError:
        shapes = ", ".join(f"{what} {array.shape}" for array, (_values, what) in zip(arrays, named, strict=True))
        raise ModelError(
            _("There are not as many of each: {shapes}. Give arrays of one shape, or single numbers.").format(
                shapes=shapes
            )
        ) from None


def _as_floats(values: ArrayLike, what: str) -> np.ndarray:
    """Numbers of any type as float64; dates and truth values are no numbers, though NumPy would convert them."""
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    try:
        if kind in "bmMc":
            raise TypeError
        if isinstance(values, pd.Series):
            return values.to_numpy(dtype="float64", na_value=np.nan)
        return np.asarray(values, dtype="float64")
    except (TypeError, ValueError):
        raise ModelError(_("Not all of {what} are numbers. Convert them first.").format(what=what)) from None


def complete(values: pd.Series, what: str, least: int, **options) -> pd.Series:
    """`values` in time's order, none missing, `least` at least; options as of `measured`.

    Parameters
    ----------
    values : Series
        By something that can be sorted.
    what : str
        What an error calls them, such as "the counts".
    least : int
        So many at least.
    **options
        Of `measured`.

    Returns
    -------
    Series

    Raises
    ------
    ModelError
        For missing values or too few of them; as `measured`.
    """
    values = measured(values, what, missing=False, **options).sort_index()
    if len(values) < least:
        raise ModelError(
            _("{n} values are too few to look for a change; {least} are needed.").format(n=len(values), least=least)
        )
    return values


def aligned(values: pd.Series, index: pd.Index, what: str, others: str) -> pd.Series:
    """`values` in the order of `index`; raises ModelError naming the labels that only one of the two has.

    Parameters
    ----------
    values : Series
    index : Index
        The labels that are wanted.
    what, others : str
        What an error calls the values and those of the index.

    Returns
    -------
    Series
        By `index`.

    Raises
    ------
    ModelError
        Naming the labels that only one of the two has.
    """
    if values.index.equals(index) and values.index.names == index.names:  # as is usual
        return values.copy(deep=False)
    if values.index.nlevels > 1 and set(values.index.names) == set(index.names) and None not in index.names:
        values = values.reorder_levels(index.names)
    if values.index.nlevels != index.nlevels:
        raise ModelError(
            _("The index of {one} has {n} levels, that of {other} {m}. Give both the same labels.").format(
                one=what, n=values.index.nlevels, other=others, m=index.nlevels
            )
        )
    for first, second, one, other in ((values.index, index, what, others), (index, values.index, others, what)):
        alone = first.difference(second, sort=False)
        if len(alone):
            raise ModelError(
                _("Only {one} have {labels}, not {other}. Add what is missing, or leave it out of both.").format(
                    one=one, other=other, labels=some(alone)
                )
            )
    return values.reindex(index)


def checked_variance(counts: pd.Series, variance: pd.Series) -> pd.Series:
    """`variance`, sums of squared weights under the labels of `counts`; ModelError where no weights can give it.

    Parameters
    ----------
    counts, variance : Series, same index
        Sums of weights and of squared weights.

    Returns
    -------
    Series
        `variance`.

    Raises
    ------
    ModelError
        Naming the groups at fault.
    """
    check_variance(counts.to_numpy(float), variance.to_numpy(float), counts.index)
    return variance


def check_variance(counts: np.ndarray, variance: np.ndarray, groups: Sequence) -> None:
    """Refuses sums of squared weights that no weights can give.

    Parameters
    ----------
    counts, variance : arrays of one length
        Sums of weights and of squared weights.
    groups : sequence
        What each of them is called.

    Raises
    ------
    ModelError
        Naming the groups at fault.
    """
    for fault, where in (
        (_("is missing"), np.isnan(variance) & ~np.isnan(counts)),
        (_("is 0 although there are events"), (variance == 0) & (counts > 0)),
        (_("is above 0 although there are no events"), (variance > 0) & (counts == 0)),
    ):
        if where.any():
            raise ModelError(
                _("The variance of {groups} {fault}. It is the sum of the squared weights of the same events.").format(
                    groups=some(groups[where]), fault=fault
                )
            )


def checked_level(level: float) -> float:
    """`level` when it is a confidence level such as 0.95, else a ModelError.

    Parameters
    ----------
    level : float
        What a caller gave.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ModelError
        For anything else.
    """
    if not (is_number(level) and 0 < level < 1):
        raise ModelError(_("level={level} is not a confidence level. Give a share such as 0.95.").format(level=level))
    return float(level)


def checked_positive(number: float, what: str) -> float:
    """`number` when it is finite and above 0, else a ModelError that names it as `what`, such as "per".

    Parameters
    ----------
    number : float
        What a caller gave.
    what : str
        The argument's name.

    Returns
    -------
    float

    Raises
    ------
    ModelError
        For anything else.
    """
    if not (is_number(number) and 0 < number < np.inf):
        raise ModelError(_("{what}={number} is not possible. Give a number above 0.").format(what=what, number=number))
    return float(number)


def is_number(value: object) -> bool:
    """Whether `value` is a single number; True and False are not.

    Parameters
    ----------
    value : object
        What a caller gave.

    Returns
    -------
    bool
    """
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def chosen(option: str, options: Iterable[str], what: str) -> str:
    """`option` when it is one of `options`, else a ModelError that lists them.

    Parameters
    ----------
    option : str
        What a caller gave.
    options : iterable of str
        What there is.
    what : str
        The argument's name.

    Returns
    -------
    str
        `option`.

    Raises
    ------
    ModelError
        Naming what there is.
    """
    known = list(options)
    if not isinstance(option, str) or option not in known:
        raise ModelError(
            _("{what}={option!r} is not known. There are: {known}.").format(
                what=what, option=option, known=", ".join(known)
            )
        )
    return option


def whole_number(value: object, *, least: int, refusal: str) -> int:
    """`value` as an int when it is a whole number of at least `least`, else a ModelError that says `refusal`.

    Parameters
    ----------
    value : object
        What a caller gave.
    least : int
        So much at least.
    refusal : str
        What the error says.

    Returns
    -------
    int

    Raises
    ------
    ModelError
        For anything else.
    """
    if not is_number(value) or not least <= value < np.inf or value % 1:
        raise ModelError(refusal)
    return int(value)
