"""The records behind an answer, each with the group that it is counted in: what cell keys are made of."""

import pandas as pd

from workbench import store
from workbench.study.divide import Divided
from workbench.study.finer_plan import dimension_in
from workbench.study.finer_rows import StoredRows, rows_of
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _


def rows_in_groups(divided: Divided) -> pd.DataFrame:
    """The records that an answer counts.

    Parameters
    ----------
    divided : Divided

    Returns
    -------
    DataFrame
        The dimensions of `by` with the group of each record, and all columns of the records, as `__` and their name.

    Raises
    ------
    Refused
        Where the cube was not counted from records in the store.
    """
    from workbench.cubes import query  # ibis costs 0.19 s, and most answers need no rows

    cube = divided.cube
    rows = rows_of(cube.usual or cube)
    if not isinstance(rows, StoredRows):
        raise Refused(
            _(
                "Cell keys need the records themselves, loaded from an entry of the catalogue: {name} was made of a "
                'table. Withhold small figures, wb.disclosure("on"), or round them, wb.disclosure("round").'
            ).format(name=cube.name)
        )
    answer = cube.ask(divided.measure.name, divided.selection, divided.by)
    names = [dimension_in(cube, axis).name for axis in answer.covers]
    frame = query.coded(store.rows(*rows.tables), names, nuts=rows.nuts).to_pandas()

    divides = {dimension(name).axis: name for name in divided.by}
    for axis, covered in answer.covers.items():
        group_of = {str(code): str(group) for group, codes in covered.groups.items() for code in codes}
        frame[axis] = frame[axis].astype(str).map(group_of)
        frame = frame[frame[axis].notna()]
    inner = [axis for axis in answer.covers if axis not in divides]
    return frame.drop(columns=inner).rename(columns=divides).reset_index(drop=True)
