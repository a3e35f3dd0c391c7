"""Controlled rounding: every count to a multiple of 3 or 5 next to it, so that the rounded counts still add up.

Cox (1987), A constructive procedure for unbiased controlled rounding; here the nearest rounding, by an integer program.
"""

from collections.abc import Mapping

import numpy as np
import scipy  # its parts come when they are first used
import scipy.sparse as sparse

from workbench.disclosure_control.tables import Table
from workbench.terms.errors import Refused
from workbench.terms.text import _

BASES = (3, 5)
FURTHER = (0, 1, 2)
"""Multiples further than the next ones that are tried: of tables of three and more dimensions some have no rounding to
the next ones that adds up (Causey, Cox & Ernst 1985)."""


def rounded(table: Table, base: int, *, fixed: Mapping[int, int] | None = None) -> np.ndarray:
    """Counts as multiples of `base` that add up on every axis; multiples stay as they are where the sums allow it.

    Parameters
    ----------
    table : Table
    base : int
        3 or 5.
    fixed : mapping of int to int
        By place of a cell, counted as `ravel` does, the multiple that was shown for it before.

    Returns
    -------
    array of int, the shape of `table.counts`

    Raises
    ------
    Refused
        For another base, and for a table that has no such rounding.
    """
    if base not in BASES:
        raise Refused(_("Counts are rounded to multiples of 3 or 5, not {base}.").format(base=base))
    counts = table.counts.ravel()
    floors = np.floor_divide(counts, base)
    rest = counts - base * floors
    finest = table.finest.ravel()
    # (floor + step) of a sum equals the sum of (floor + step) of its finest cells
    sums = table.sums[~finest]
    steps_of_sums = sparse.identity(len(counts), format="csr")[~finest]
    steps_of_finest = sparse.identity(len(counts), format="csr")[finest]
    equations = sums @ steps_of_finest - steps_of_sums
    right = floors[~finest] - sums @ floors[finest]
    for further in FURTHER:
        low = np.maximum(-floors, -float(further))
        high = np.where(rest > 0, 1.0, 0.0) + further
        for place, shown in (fixed or {}).items():
            low[place] = high[place] = shown / base - floors[place]
        found = scipy.optimize.milp(
            base - 2 * rest,
            constraints=scipy.optimize.LinearConstraint(equations, right, right) if equations.shape[0] else (),
            integrality=np.ones(len(counts)),
            bounds=scipy.optimize.Bounds(low, high),
            options={"time_limit": 60},
        )
        if found.x is not None:
            return (base * (floors + np.round(found.x))).astype(int).reshape(table.counts.shape)
    raise Refused(
        _(
            "This table has no rounding to {base} that adds up and agrees with what was shown before; take fewer "
            "dimensions, or the groups of that time."
        ).format(base=base)
    )
