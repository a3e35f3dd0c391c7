"""Which regions of an answer lie next to each other."""

import pandas as pd

from workbench.models.neighbours import Neighbours, queen_neighbours
from workbench.sources.boundaries import boundaries
from workbench.study.divide import Divided
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _


def neighbours_of(divided: Divided, codes: pd.Index) -> Neighbours:
    """Neighbours of the regions of an answer; a joint region has the neighbours of its parts.

    Raises
    ------
    Refused
        For groups that are no regions.
    """
    name = divided.by[0]
    if DIMENSIONS[name].axis != "nuts":
        raise Refused(
            _("Only regions have neighbours; {name} is no level of regions.").format(name=name), dimension=name
        )
    shapes = boundaries(edition=divided.cube.lists["nuts"].edition, level=DIMENSIONS[name].level)
    group_of = {part: code for code in codes for part in code.split("+")}
    drawn = shapes[shapes.index.isin(group_of)]
    groups = drawn.assign(group=[group_of[part] for part in drawn.index]).dissolve("group")
    return queen_neighbours(groups, islands="keep")
