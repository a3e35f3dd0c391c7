"""One group against another: ratios and differences of rates, and what of a difference is structure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.comparison import rate_difference, rate_ratio
from workbench.study.at_risk import at_risk, listed, prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.telling import finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _

DIFFERENCE = ("difference", "difference_low", "difference_high", "p_value", "rate", "reference_rate")


def compare(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = ("sex",),
    *,
    reference: str | None = None,
    exposure: str | None = None,
    per: int | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate of each group over that of a reference, with interval and test; `value` is the ratio.

    Parameters
    ----------
    by : one dimension
    reference : the group that the others are compared with; None compares each group with all the others together

    Returns
    -------
    Finding
        frame: the ratio as value low high, `difference` of the rates with its interval, `p_value` (two-sided, of
        equal rates), `rate` and `reference_rate`.

    Raises
    ------
    Refused
        When rates cannot be divided here, or `by` is not one dimension.
    UnknownName
        For a reference that is no group, naming those there are.
    """
    asked = cube(source)
    by = listed(by)
    if len(by) != 1:
        raise Refused(_("Groups are compared along one dimension; {by} are {n}.").format(by=", ".join(by), n=len(by)))
    selection, by, notes = prepared(asked, selection, by)
    if not asked.has("accidents"):
        raise Refused(
            _("{name} publishes rates without counts: a ratio of them would have no interval.").format(name=asked.name)
        )
    found = at_risk(asked, selection, by, exposure=exposure, per=per, level=level)
    selection, frame = found.selection, found.frame[found.frame[by[0]] != UNKNOWN].reset_index(drop=True)
    groups = frame.set_index(by[0])
    if reference is not None:
        known = asked.lists[DIMENSIONS[by[0]].axis]
        reference = known.parse(reference) if known.knows(reference) else reference
        if reference not in groups.index:
            raise UnknownName(
                _("group of this answer"),
                reference,
                map(str, groups.index),
                hint=_("There are: {groups}.").format(groups=", ".join(map(str, groups.index))),
            )
    counts, people, variance = groups["count"], groups["exposure"], groups.get("variance")
    others = {
        name: _reference(column, reference)
        for name, column in (("counts", counts), ("exposure", people), ("variance", variance))
    }
    weighted = variance is not None and not np.allclose(variance, counts)
    spread = {"variance": variance, "reference_variance": others["variance"]} if weighted else {}
    ratio = rate_ratio(counts, people, others["counts"], others["exposure"], level=level, **spread)
    unit = float(frame["per"].iloc[0])
    apart = rate_difference(counts, people, others["counts"], others["exposure"], per=unit, level=level, **spread)
    frame = frame.assign(rate=frame["value"], reference_rate=(unit * others["counts"] / others["exposure"]).to_numpy())
    for name in ("value", "low", "high", "method"):
        frame[name] = ratio[name].to_numpy()
    frame = frame.assign(
        difference=apart["value"].to_numpy(),
        difference_low=apart["low"].to_numpy(),
        difference_high=apart["high"].to_numpy(),
        p_value=ratio["p_value"].to_numpy(),
    )
    words = asked.lists[DIMENSIONS[by[0]].axis].label(reference) if reference else _("all other groups together")
    frame = frame.assign(unit=_("times the rate of {reference}").format(reference=words), per=np.nan)
    if reference is not None:  # a group beside itself has neither doubt nor news
        frame = frame[frame[by[0]] != reference].reset_index(drop=True)
    told = [_("Ratios compare rates as they are: groups of different structure differ for that reason too.")]
    if len(frame) > 1:
        told.append(
            _(
                "{n} groups are compared; of so many, about {chance:.1f} lie outside {level:.0%} limits by chance alone."
            ).format(n=len(frame), chance=(1 - level) * len(frame), level=level)
        )
    return finding(
        asked,
        selection,
        by,
        frame,
        [*notes, *told, *found.notes],
        title=_("Rate ratio"),
        extra=found.sources,
        columns=DIFFERENCE,
    )


def _reference(column: pd.Series | None, reference: str | None) -> pd.Series | None:
    """For each group the reference's figure: one group's, or that of all others together."""
    if column is None:
        return None
    if reference is not None:
        return pd.Series(column[reference], index=column.index)
    return column.sum(skipna=False) - column
