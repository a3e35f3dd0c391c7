"""Two selections side by side: the rate of each, their ratio and their difference, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.comparison import Comparison, rate_difference, rate_ratio
from workbench.study.breaks import Crossed, crossed_between
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.terms.errors import Refused
from workbench.terms.text import _


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """What two selections of one source have: a row each (value, low, high, count, exposure), ratio and difference.

    `overlap` says that one selection holds accidents of the other, so that the two are not independent; `across` names
    the breaks between their years.
    """

    selection: Selection
    reference: Selection
    row: pd.Series
    reference_row: pd.Series
    ratio: Comparison
    difference: Comparison
    unit: str
    overlap: bool
    across: Crossed = Crossed()


def contrast(cube: Cube, selection: Selection, reference: Selection, *, level: float = 0.95) -> Contrast:
    """The rate of a selection over that of another, and less it; both sets of people known.

    Exact conditional limits of the ratio, as in `compare`; where records have weights, log-normal ones.

    Parameters
    ----------
    cube : Cube
    selection, reference : Selection
    level : of the intervals

    Returns
    -------
    Contrast

    Raises
    ------
    Refused
        When one of them has no accidents and people that can be shown.
    """
    sides = [disclose(divide(cube, question, needs="people", level=level)) for question in (selection, reference)]
    rows = [_row(side) for side in sides]
    one, other = rows
    numbers = (one["count"], one["exposure"], other["count"], other["exposure"])
    variances = {"variance": one.get("variance"), "reference_variance": other.get("variance")}
    whole = None in variances.values() or np.allclose(list(variances.values()), [one["count"], other["count"]])
    weights = {} if whole else variances
    return Contrast(
        selection=sides[0].selection,
        reference=sides[1].selection,
        row=one,
        reference_row=other,
        ratio=rate_ratio(*numbers, level=level, **weights),
        difference=rate_difference(*numbers, per=float(one["per"]), level=level, **weights),
        unit=str(one["unit"]),
        overlap=_overlap(selection, reference),
        across=crossed_between(cube, [side.selection for side in sides]),
    )


def _row(divided: Divided) -> pd.Series:
    row = divided.frame.iloc[0]
    if row[["count", "exposure"]].isna().any():
        raise Refused(
            _("No accidents and people can be shown for {what}: nothing to compare.").format(what=divided.words)
        )
    return row


def _overlap(one: Selection, other: Selection) -> bool:
    """Whether both may hold the same accident: they differ in no dimension that both restrict to different codes."""
    first, second = one.restricted(), other.restricted()
    for axis in first.keys() & second.keys():
        if axis in ("year", "age_group"):
            low, high = (
                max(first[axis][0] or 0, second[axis][0] or 0),
                min(first[axis][1] or 999, second[axis][1] or 999),
            )
            if low > high:
                return False
        elif axis == "nuts":
            if not any(a.startswith(b) or b.startswith(a) for a in first[axis] for b in second[axis]):
                return False
        elif not first[axis] & second[axis]:
            return False
    return True
