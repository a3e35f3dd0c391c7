"""Which regions of an answer are neighbours."""

from collections.abc import Iterable, Mapping

import pandas as pd

from workbench.models.inputs import chosen
from workbench.models.neighbours import Neighbours, listed_neighbours, nearest_neighbours, queen_neighbours
from workbench.sources.boundaries import boundaries
from workbench.study.divide import Divided
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _

RULES = ("queen", "linked", "nearest")


def neighbours_of(divided: Divided, codes: pd.Index, rule: str | Mapping[str, Iterable[str]] = "queen") -> Neighbours:
    """Neighbours of the regions of an answer; a joint region has the neighbours of its parts.

    Parameters
    ----------
    divided : Divided
        By regions.
    codes : Index of str
        Of its regions.
    rule : {"queen", "linked", "nearest"} or mapping of code to codes
        Regions that share a border or a point of it; the same with islands linked to the nearest region; the five
        regions whose centroids are nearest; or a list of one's own, such as of ferries.

    Returns
    -------
    Neighbours
        In the order of the map, or of the mapping.

    Raises
    ------
    Refused
        For groups that are no regions.
    ModelError
        For a rule that does not exist, and a mapping that lacks a region.
    """
    name = divided.by[0]
    if DIMENSIONS[name].axis != "nuts":
        raise Refused(
            _("Only regions have neighbours; {name} is no level of regions.").format(name=name), dimension=name
        )
    if isinstance(rule, Mapping):
        return listed_neighbours(rule).among(codes)

    chosen(rule, RULES, "neighbours")
    shapes = boundaries(edition=divided.cube.lists["nuts"].edition, level=DIMENSIONS[name].level)
    group_of = {part: code for code in codes for part in code.split("+")}
    drawn = shapes[shapes.index.isin(group_of)]
    groups = drawn.assign(group=[group_of[part] for part in drawn.index]).dissolve("group")
    if rule == "nearest":
        return nearest_neighbours(groups)
    return queen_neighbours(groups, islands="link" if rule == "linked" else "keep")
