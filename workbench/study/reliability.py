"""How far a figure can be trusted: reliable, zero, missing, withheld or unreliable; the weight of its records."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.extensions import ExtensionArray

from workbench.cubes.contributions import CONTRIBUTORS
from workbench.terms.text import _

FEW = 10
"""Under so many records a figure is marked unreliable."""
MUCH = 0.1
"""So large a share of a figure has to carry the publisher's mark of low reliability to make the whole unreliable."""


def states(value: ArrayLike, records: ArrayLike, flags: Sequence[str], flag_share: ArrayLike) -> list[str]:
    """ "", "zero", "missing", "withheld" or "unreliable" for each figure.

    Parameters
    ----------
    value : array
        Figures, NaN where there is none.
    records : array
        Number of records behind each figure, not weighted.
    flags : sequence of str
        Letters of the publisher.
    flag_share : array
        The share of each figure that stands under a flag.

    Returns
    -------
    list of str
        One per figure.
    """
    figures = np.asarray(value, float)
    marked = np.array(["u" in flag for flag in flags], bool) & (np.asarray(flag_share, float) >= MUCH)
    found = np.select(
        [
            np.isnan(figures) & np.array(["c" in flag for flag in flags], bool),
            np.isnan(figures),
            figures == 0,
            marked | (np.asarray(records, float) < FEW),
        ],
        ["withheld", "missing", "zero", "unreliable"],
        default="",
    )
    return found.tolist()


def states_of(frame: pd.DataFrame) -> list[str]:
    """The state of each row of a frame.

    Parameters
    ----------
    frame : DataFrame
        A row per group, with value, flag, flag_share, and count, or records where they have weights.

    Returns
    -------
    list of str
        As `states`.
    """
    return states(frame["value"], records_of(frame), letters(frame["flag"].values), frame["flag_share"])


def letters(flags: np.ndarray | ExtensionArray) -> list[str]:
    """Flags as plain texts, "" where there is none.

    Parameters
    ----------
    flags : array of str

    Returns
    -------
    list of str
    """
    return [flag if isinstance(flag, str) else "" for flag in flags.tolist()]


def records_of(frame: pd.DataFrame) -> pd.Series:
    """How many records stand behind each count: the count itself where records have no weights.

    Parameters
    ----------
    frame : DataFrame
        A row per group, with count, and records where they have weights.

    Returns
    -------
    Series
        Of numbers.
    """
    return frame.get("records", frame["count"])


def persons_of(frame: pd.DataFrame) -> pd.Series:
    """How many persons stand behind each figure: those who contribute to a sum, else the records of a count.

    Parameters
    ----------
    frame : DataFrame
        As for `records_of`, or of sums of what persons contribute.

    Returns
    -------
    Series
        Of numbers.
    """
    return frame[CONTRIBUTORS] if CONTRIBUTORS in frame else records_of(frame)


def mean_weights(counts: pd.Series, variance: pd.Series | None) -> pd.Series:
    """How many accidents a record of each group stands for on average: sum of squared weights over sum of weights.

    Counts divided by it vary like Poisson counts. 1 without `variance`; a group without records takes the mean of all.

    Parameters
    ----------
    counts : Series
        Sums of weights by group.
    variance : Series or None
        Sums of squared weights, same index.

    Returns
    -------
    Series
        Same index, 1 or more as a rule.
    """
    if variance is None:
        return pd.Series(1.0, index=counts.index)
    total = counts.sum()
    return (variance / counts.where(counts > 0)).fillna(variance.sum() / total if total > 0 else 1.0)


def about_weights(weights: pd.Series) -> list[str]:
    """The note that goes with limits of weighted records; none where each record is one accident.

    Parameters
    ----------
    weights : Series
        As `mean_weights` gives them.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    if np.allclose(weights, 1):
        return []
    note = _("Records are weighted (up to {most:.3g} accidents a record): limits are those of the number of records.")
    return [note.format(most=weights.max())]
