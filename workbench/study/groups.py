"""Groups of one dimension with their counts and people: what smoothing, ranking and funnels start from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.at_risk import AtRisk, at_risk, listed, prepared
from workbench.study.evidence import cube
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _


def counted(
    source: str | Cube, selection: Selection | None, by: Sequence[str], exposure: str | None, level: float
) -> tuple[Cube, Selection, tuple[str, ...], list[str], AtRisk]:
    """Groups with counts and people; those without one of the two are left out and named.

    Raises
    ------
    Refused
        For more than one dimension, one that people at risk do not have, rates without counts, and as `at_risk`.
    """
    by = listed(by)
    if len(by) != 1:
        raise Refused(
            _("Groups are set side by side along one dimension; {by} are {n}.").format(by=", ".join(by), n=len(by))
        )
    if dimension(by[0]).event:
        raise Refused(
            _(
                "{name} belongs to the accident, not to the people at risk: its groups have no people of their own. Divide by region, sector, sex or age."
            ).format(name=by[0]),
            dimension=by[0],
        )
    asked = cube(source)
    selection, by, notes = prepared(asked, selection, by)
    if not asked.has("accidents"):
        raise Refused(
            _("{name} publishes rates without counts: how far they can be trusted is not known.").format(
                name=asked.name
            )
        )
    found = at_risk(asked, selection, by, exposure=exposure, level=level)
    frame = found.frame
    usable = frame["count"].notna() & frame["exposure"].gt(0) & frame[by[0]].ne(UNKNOWN)
    if not usable.all():
        notes.append(
            _("Left out, without a count or without people: {codes}.").format(
                codes=", ".join(map(str, frame.loc[~usable, by[0]]))
            )
        )
    kept = replace(found, frame=frame[usable].reset_index(drop=True))
    return asked, found.selection, by, notes, kept


def mean_weights(counts: pd.Series, variance: pd.Series | None) -> pd.Series:
    """How many accidents a record of each group stands for on average: sum of squared weights over sum of weights.

    Counts divided by it vary like Poisson counts. 1 without `variance`; a group without records takes the mean of all.
    """
    if variance is None:
        return pd.Series(1.0, index=counts.index)
    total = counts.sum()
    return (variance / counts.where(counts > 0)).fillna(variance.sum() / total if total > 0 else 1.0)


def weighted(weights: pd.Series) -> list[str]:
    """The note that goes with limits of weighted records; none where each record is one accident."""
    if np.allclose(weights, 1):
        return []
    said = _("Records are weighted (up to {most:.3g} accidents a record): limits are those of the number of records.")
    return [said.format(most=weights.max())]
