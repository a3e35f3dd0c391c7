"""The SQL that counted a cube, kept with it: what an engine was asked, and the small tables that it was given."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Statement:
    """What an engine was asked for the cells of a cube.

    Attributes
    ----------
    engine : by its name and version, such as `DuckDB 2.0.1`
    sql : in the engine's own dialect
    lookups : the small tables that it joins, by their name in `sql`: a code, and the code above it that it counts for
    """

    engine: str
    sql: str
    lookups: Mapping[str, pd.DataFrame]
