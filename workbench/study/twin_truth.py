"""The twin's truth as a cube: what it expects in each cell, asked and divided like what was drawn."""

from dataclasses import replace

import polars as pl

from workbench.cubes.cube import Cube
from workbench.study.data import cube as cube_of
from workbench.study.data import origin_of
from workbench.study.finer_rows import TWIN
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.twin.expected import expected_cells


def checked_twin(source: str | Cube) -> Cube:
    """The cube of the twin that comes with the workbench.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube

    Returns
    -------
    Cube

    Raises
    ------
    Refused
        For another source: the truth of real data is not known.
    """
    cube = source if isinstance(source, Cube) else cube_of(source)
    origin = origin_of(cube)
    if origin is None or origin.dataset.name != TWIN or origin.provenance.get("way") != "bundled":
        message = _("What if is asked of {twin} alone: of real data nobody knows the true rates.")
        raise Refused(message.format(twin=TWIN))
    return cube


def truth_cube(cube: Cube, years: tuple[int, int] | None) -> Cube:
    """The cube of the twin with the expected accidents of each cell in place of those that were drawn.

    Parameters
    ----------
    cube : Cube
        As `checked_twin` gives it.
    years : first and last, both included; None for all

    Returns
    -------
    Cube
    """
    (margin,) = cube.margins
    first, last = years or cube.years()
    cells = expected_cells(first, last).rename(columns={"nuts2": "nuts", "nace1": "nace"}).assign(flag="")
    frame = pl.from_pandas(cells).select(pl.col(name).cast(kind) for name, kind in margin.frame.schema.items())
    return replace(cube, margins=(replace(margin, frame=frame),))
