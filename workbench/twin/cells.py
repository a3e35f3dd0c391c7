"""How many records of a twin fall into each cell."""

import numpy as np
import pandas as pd

from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.twin.exposure import AXES
from workbench.twin.margins import SEVERITIES, YEARS
from workbench.twin.rates import expected_records, weights

MOST_ROWS = 100_000_000
CELLS, RECORDS = 0, 1
"""Branches of a seed: one number draws the cells, many more the records, independently of each other."""


def draw_counts(rows: int, seed: int) -> np.ndarray:
    """Number of records by `AXES` and severity: `rows` of them, shared out over the cells by one multinomial draw.

    Independent Poisson counts with the expected values of `rates.expected_records`, given their total.

    Raises
    ------
    Refused
        If `rows` is below 1 or above 100 million: a case number has seven digits within its year.
    """
    if not 1 <= rows <= MOST_ROWS:
        message = _("A twin has 1 to {most:,} records, not {rows:,}: seven digits number the cases of a year.")
        raise Refused(message.format(most=MOST_ROWS, rows=rows))
    expected = expected_records()
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(CELLS,)))
    return random.multinomial(rows, expected.ravel() / expected.sum()).reshape(expected.shape)


def draw_cells(rows: int, seed: int) -> pd.DataFrame:
    """The cells of the twin `synthesise(rows, seed)` without its records: the same counts, in a fraction of the time.

    Parameters
    ----------
    rows : int
        Number of records, 1 to 100 million.
    seed : int
        Not negative; the same seed gives the same cells.

    Returns
    -------
    DataFrame, one row per cell with records
        Columns `nuts2, nace1, sex, age_group, year, severity, accidents, records`; `accidents` is a sum of weights,
        `severity` D_GE4 (non-fatal) or FAT.

    Raises
    ------
    Refused
        If there are too few or too many rows.
    """
    counts = draw_counts(rows, seed)
    where = np.nonzero(counts)
    axes = AXES | {"severity": list(SEVERITIES)}
    columns = {
        name: pd.Categorical.from_codes(index.astype(np.int16), codes)
        for (name, codes), index in zip(axes.items(), where, strict=True)
        if name != "year"
    }
    records = counts[where]
    accidents = records * weights()[where[1], where[5]]
    return pd.DataFrame(
        {**columns, "year": np.array(YEARS, np.int16)[where[0]], "accidents": accidents, "records": records}
    )
