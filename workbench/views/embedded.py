"""The explorer where a person writes code: the last line of a cell."""

from workbench.cubes.cube import Cube
from workbench.study.own_table import Table
from workbench.views.explorer import DATASET, Explorer
from workbench.views.guard import refuse_components
from workbench.views.notebook import libraries


def explorer(dataset: str | Cube | Table = DATASET, **params) -> Explorer:
    """The explorer in a notebook or a served page.

    Parameters
    ----------
    dataset : entry of the catalogue, a cube, or a table of one's own
    params : what is shown first: selection, measure, level, divide, theme, language

    Returns
    -------
    Explorer
        Shown as the last line of a cell, or with `.servable()`; `selection`, `frame(view)` and `finding(view)` read
        back what the screen shows.
    """
    refuse_components()
    libraries()
    return Explorer(dataset, **params)
