"""What the twin expects in each cell, before anything is drawn: the truth behind its records."""

import numpy as np
import pandas as pd

from workbench.twin.exposure import AXES
from workbench.twin.margins import SEVERITIES, YEARS
from workbench.twin.rates import expected_accidents, expected_records, weights


def expected_cells(first: int, last: int) -> pd.DataFrame:
    """The expected accidents of every cell with workers, those included in which none was drawn.

    Parameters
    ----------
    first, last : int
        Years, both included.

    Returns
    -------
    DataFrame, one row per cell
        nuts2, nace1, sex, age_group, year, severity; accidents (expected sum of weights), records, variance (expected
        sum of squared weights).
    """
    wanted = np.flatnonzero([first <= year <= last for year in YEARS])
    records = expected_records()[wanted]
    where = np.nonzero(records)
    axes = AXES | {"severity": list(SEVERITIES), "year": [YEARS[place] for place in wanted]}
    columns = {
        name: np.array(codes)[index] if name == "year" else pd.Categorical.from_codes(index.astype(np.int16), codes)
        for (name, codes), index in zip(axes.items(), where, strict=True)
    }
    return pd.DataFrame(
        {
            **columns,
            "accidents": expected_accidents()[wanted][where],
            "records": records[where],
            "variance": records[where] * weights()[where[1], where[5]] ** 2,
        }
    )
