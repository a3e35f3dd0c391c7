"""Counts over exposure, group by group: the rate with its limits, its state and the flags of both sides."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.cubes.answer import Values
from workbench.models.rates import rate_columns
from workbench.study.reliability import letters, states

SIDES = {"accidents", "missing", "cells", "exposure", "exposure_flag", "exposure_share"}
"""Columns of one side that are in the rate, its count, exposure and flag: nobody asks for them once it is made."""


def crude_rates(columns: Mapping[str, Values], per: float, level: float, unit: str) -> pd.DataFrame:
    """Counts over exposure with limits, state and the flags of both, one row per group.

    Bare arrays until the end: they are in one order already, and each step in pandas costs as much as all of this.

    Parameters
    ----------
    columns : mapping of str to array
        As `side_by_side` gives them: accidents, exposure, flag, flag_share, exposure_flag, exposure_share, and records
        and variance where these have weights; a value per group.
    per : float
        Persons or hours that the rate is of.
    level : float
        Of the limits, such as 0.95.
    unit : str
        Of the rate, in words.

    Returns
    -------
    DataFrame
        The groups, records and variance, then value low high level method count exposure per flag flag_share unit
        state.

    Raises
    ------
    ModelError
        As `rate_columns`.
    """
    people = np.asarray(columns["exposure"], float)
    exposure = np.where(people > 0, people, np.nan)
    rates = rate_columns(columns["accidents"], exposure, per=per, level=level, variance=columns.get("variance"))
    flags = [
        "".join(sorted({*one, *other})) if one or other else ""
        for one, other in zip(letters(columns["flag"]), letters(columns["exposure_flag"]), strict=True)
    ]
    shares = np.nan_to_num(np.fmax(columns["flag_share"], columns["exposure_share"]))
    records = columns.get("records", rates["count"])

    made = {"flag": pd.array(flags, dtype="str"), "flag_share": shares, "unit": unit}
    made["state"] = pd.array(states(rates["value"], records, flags, shares), dtype="str")
    kept = {name: column for name, column in columns.items() if name not in SIDES}
    return pd.DataFrame({**kept, **rates, **made}, index=pd.RangeIndex(len(people)))
