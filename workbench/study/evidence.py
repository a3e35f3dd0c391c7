"""Evidence from elsewhere as a criterion of priorities: values by the codes of the groups, or of levels above them."""

import numpy as np
import pandas as pd

from workbench.models.priority import Criterion
from workbench.study.divide import Divided
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

BUILT_IN = ("rate", "people", "fatal", "trend")


def evidence_criterion(name: str, values: pd.Series, divided: Divided, groups: pd.DataFrame) -> Criterion:
    """One's own values, by the codes of a dimension or of the groups, over their mean.

    Parameters
    ----------
    name : str
    values : Series
        Above 0. Where the levels of its index are named as dimensions, each group has the value of the codes that it
        lies in, as a region that of its country; otherwise by the codes of `by`, or of one of them.
    divided : Divided
    groups : DataFrame by the codes of `by`

    Returns
    -------
    Criterion
        NaN for groups without a value: they are no data.

    Raises
    ------
    Refused
        For a name of a built-in criterion, for no Series, and where no group has a value.
    """
    if name in BUILT_IN:
        raise Refused(_("{name} is a criterion of its own: give the evidence another name.").format(name=name))
    if not isinstance(values, pd.Series) or not len(values):
        raise Refused(_("Evidence is a pandas Series of values above 0, by the codes of one dimension."))

    found = _of_groups(values, divided, groups)
    if found.isna().all():
        raise Refused(
            _("No code of {name} is one of {by}. It has, for example: {codes}.").format(
                name=name, by=", ".join(divided.by), codes=", ".join(map(str, values.index[:5]))
            )
        )
    return Criterion(name=name, values=found.to_numpy(float), reference=float(np.nanmean(found)))


def about_evidence(name: str, values: pd.Series) -> str:
    """Where the values come from: the note or the source in their `attrs`, else the reader.

    Parameters
    ----------
    name : str
    values : Series

    Returns
    -------
    str
    """
    if note := values.attrs.get("note"):
        return note
    if source := str(values.attrs.get("source", "")).strip():
        return _("{name}: values that you gave. Source: {source}.").format(name=name, source=source.rstrip("."))
    return _("{name}: values that you gave, of a source that the workbench does not know.").format(name=name)


def _of_groups(values: pd.Series, divided: Divided, groups: pd.DataFrame) -> pd.Series:
    """The value of each group, in the order of the groups."""
    names = [one for one in values.index.names if one in DIMENSIONS]
    if len(names) == values.index.nlevels:
        columns = [_codes_at(name, divided, groups) for name in names]
        return values.reindex(pd.MultiIndex.from_arrays(columns) if len(columns) > 1 else columns[0])
    if values.index.nlevels == groups.index.nlevels > 1:
        return values.reindex(groups.index)
    columns = [groups.index.get_level_values(one) for one in divided.by]
    matches = [column.isin(values.index).sum() for column in columns]
    return values.reindex(columns[int(np.argmax(matches))])


def _codes_at(name: str, divided: Divided, groups: pd.DataFrame) -> list[str]:
    """The code of each group in a dimension of the evidence: its own, or the one above it at that level.

    Raises
    ------
    Refused
        Where the groups are not divided along that axis.
    """
    wanted = DIMENSIONS[name]
    own = next((one for one in divided.by if DIMENSIONS[one].axis == wanted.axis), None)
    if own is None:
        message = _(
            "The evidence is by {dims}, and the groups by {by} have no {name}. Divide by it too, or give the values of "
            "one code of it."
        )
        raise Refused(message.format(dims=name, by=", ".join(divided.by), name=wanted.label), dimension=name)

    codes = groups.index.get_level_values(own).astype(str)
    if own == name or wanted.level is None:
        return list(codes)
    known = divided.cube.lists[wanted.axis]
    above = {}
    for code in codes.unique():
        parts = known.joined(code) or (code,)
        found = {one for part in parts for one in (part, *known.ancestors(part)) if known.level(one) == wanted.level}
        # A joint code whose parts lie in several has no value of one of them.
        above[code] = found.pop() if len(found) == 1 else ""
    return [above[code] for code in codes]
