"""Finer cells of a twin: its records divided by what they have besides the dimensions that were drawn as cells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod

import numpy as np
import polars as pl
import pyarrow as pa

from workbench import esaw
from workbench.terms.codes import UNKNOWN, CodeList, codelist
from workbench.terms.dimensions import Dimension
from workbench.twin.margins import AGE_GROUPS, LATE_SECTIONS, LATE_SECTIONS_FROM, SECTIONS, SEVERITIES, SEXES, YEARS
from workbench.twin.records import (
    FIELDS_OF_CHAINS,
    Part,
    chains_sent,
    codes_drawn,
    parts,
    variables_of,
    weights_by_place,
)
from workbench.twin.regions import NUTS_EDITION, REGIONS

CELL_AXES = {"nuts": REGIONS, "nace": SECTIONS, "sex": SEXES, "age_group": AGE_GROUPS, "severity": SEVERITIES}
"""The axes of the cells that are drawn first, besides the year, in their order."""
DRAWN_LEVEL = {"nuts": 2, "nace": 1, "severity": 2}
"""The level of the cells; what is finer is drawn for each record."""
VARIABLES = {
    "nuts": "geographical_location",
    "nace": "economic_activity",
    "severity": "days_lost",
    "isco": "occupation",
    "hour": "time",
    "weekday": "date",
    "size": "size_of_enterprise",
    "nationality": "nationality",
    "status": "employment_status",
    "workstation": "workstation",
    "environment": "working_environment",
    "process": "working_process",
    "activity": "specific_physical_activity",
    "ma_activity": "ma_specific_physical_activity",
    "deviation": "deviation",
    "ma_deviation": "ma_deviation",
    "contact": "contact_mode",
    "ma_contact": "ma_contact",
    "injury": "type_of_injury",
    "body": "part_of_body",
}
"""The variable of the record that an axis reads."""
LINKS = frozenset(variable for variable, *_rest in FIELDS_OF_CHAINS)
FLAGS = ("", "b", "p")
MERGED_FROM = 4_000_000
"""So many cells of parts are put together before more are counted: some 100 MB."""


@dataclass(frozen=True)
class _Places:
    """For each record of a part, the place of its code among the codes of one column."""

    codes: tuple[str | int, ...]
    at: np.ndarray


def divides(dim: Dimension) -> bool:
    """Whether the records of a twin have a dimension.

    Parameters
    ----------
    dim : Dimension

    Returns
    -------
    bool
    """
    return dim.axis == "year" or dim.axis in CELL_AXES or dim.axis in VARIABLES


def combinations(dims: Sequence[Dimension]) -> int:
    """How many combinations of codes the records of a twin can have at most on some dimensions.

    The links of a chain of causes go together: there are as many as there are chains, and those with a link that a
    country's register does not send.

    Parameters
    ----------
    dims : sequence of Dimension
        Those that `divides` takes.

    Returns
    -------
    int
    """
    links = [dim for dim in dims if VARIABLES.get(dim.axis) in LINKS]
    chains = chains_sent([VARIABLES[dim.axis] for dim in links])
    together = {tuple(_up(dim, code) for dim, code in zip(links, codes, strict=True)) for codes in chains}
    alone = [len({_up(dim, code) for code in _codes(dim)}) for dim in dims if dim not in links]
    return len(together) * prod(alone)


def finer_cells(
    rows: int,
    seed: int,
    dims: Sequence[Dimension],
    *,
    progress: Callable[[float], None] | None = None,
) -> pl.DataFrame:
    """The cells of the twin `synthesise(rows, seed)` by any dimensions of its records.

    Records are drawn part by part, each no further than the last variable that is wanted, and counted: memory grows
    with the cells, not with the records.

    Parameters
    ----------
    rows : int
        Number of records.
    seed : int
    dims : sequence of Dimension
        Those that `divides` takes, one for an axis.
    progress : callable, optional
        Called with the share done, 0 to 1, after each part.

    Returns
    -------
    DataFrame
        A column for each axis (text; year a whole number), `flag` (b in the first year of late sections, p in the last
        year), accidents (sum of weights), records, variance (sum of squared weights).
    """
    counted: list[pl.DataFrame] = []
    shapes: list[tuple[str | int, ...]] = []
    done = 0
    for part in parts(rows, seed):
        columns = list(_columns(part, dims))
        shapes = [column.codes for column in columns]
        counted.append(_counted(columns))
        if sum(frame.height for frame in counted) > MERGED_FROM:
            counted = [_merged(counted)]
        done += len(part.cells)
        if progress:
            progress(done / rows)
    return _spelt(_merged(counted), shapes, dims)


def _columns(part: Part, dims: Sequence[Dimension]) -> Iterator[_Places]:
    """The column of each dimension, then flag and weight."""
    places = dict(zip(CELL_AXES, part.places, strict=True))
    wanted = {VARIABLES[dim.axis] for dim in dims if _is_drawn(dim)}
    drawn = variables_of(part, wanted) if wanted else {}
    for dim in dims:
        if dim.axis == "year":
            yield _Places(YEARS, np.full(len(part.cells), part.y))
        elif _is_drawn(dim):
            column: pa.DictionaryArray = drawn[VARIABLES[dim.axis]]
            yield _rolled_up(dim, column.dictionary.to_pylist(), column.indices.to_numpy())
        else:
            yield _rolled_up(dim, CELL_AXES[dim.axis], places[dim.axis])

    late = np.array([section in LATE_SECTIONS for section in SECTIONS])[places["nace"]]
    breaks = late & (YEARS[part.y] == LATE_SECTIONS_FROM)
    provisional = YEARS[part.y] == YEARS[-1]
    yield _Places(FLAGS, np.where(breaks, 1, 2 if provisional else 0))
    weights, at = weights_by_place()
    yield _Places(tuple(range(len(weights))), at[places["nuts"], places["severity"]])


def _is_drawn(dim: Dimension) -> bool:
    """Whether a dimension is drawn for each record, not known of its cell."""
    return dim.axis not in {"year", *CELL_AXES} or (dim.level or 0) > DRAWN_LEVEL.get(dim.axis, 9)


def _codes(dim: Dimension) -> Sequence[str | int]:
    """The codes of a dimension as they are drawn, links of the chain of causes excepted."""
    if dim.axis == "year":
        return YEARS
    return codes_drawn(VARIABLES[dim.axis]) if _is_drawn(dim) else CELL_AXES[dim.axis]


def _up(dim: Dimension, code: str | int) -> str | int:
    """The code at the level of a dimension; one that is wider stays as it is, as in a cube of records."""
    if dim.axis == "year":
        return code
    if dim.axis == "weekday":
        return str(datetime.strptime(code, "%Y%m%d").isoweekday())
    if dim.axis == "severity" and _is_drawn(dim):
        code = esaw.severity(code)
    code = code[:2] if dim.axis == "nace" else code  # a division, filled up with zeros to the length of a class
    above = _known(dim).ancestor_at(code, dim.level) if dim.level is not None else code
    return code if above == UNKNOWN else above


def _known(dim: Dimension) -> CodeList:
    return codelist(dim.codelist, NUTS_EDITION if dim.codelist == "nuts" else None)


def _rolled_up(dim: Dimension, codes: Iterable[str], at: np.ndarray) -> _Places:
    """A column at the level of a dimension."""
    spelt = [_up(dim, code) for code in codes]
    distinct = sorted(set(spelt), key=_known(dim).place)
    place = np.array([distinct.index(code) for code in spelt])
    return _Places(tuple(distinct), place[at])


def _counted(columns: Sequence[_Places]) -> pl.DataFrame:
    """How many records of a part each cell has; a cell is one number, of its places in mixed radix."""
    cell, radix = np.zeros(len(columns[0].at), np.int64), 1
    for column in columns:
        cell *= len(column.codes)
        cell += column.at
        radix *= len(column.codes)
    if radix <= len(cell):  # counting takes a fifth of the time of sorting
        records = np.bincount(cell)
        found = np.flatnonzero(records)
        return pl.DataFrame({"cell": found, "records": records[found]})
    found, records = np.unique(cell, return_counts=True)
    return pl.DataFrame({"cell": found, "records": records})


def _merged(counted: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(counted).group_by("cell").agg(pl.col("records").sum())


def _spelt(counted: pl.DataFrame, shapes: Sequence[Sequence[str | int]], dims: Sequence[Dimension]) -> pl.DataFrame:
    """Cells by their codes, the weights of a cell put together."""
    names = [*(dim.axis for dim in dims), "flag", "weight"]
    weights = [float(weight) for weight in weights_by_place()[0].to_pylist()]
    rest, columns = pl.col("cell"), {}
    for name, codes in reversed(list(zip(names, shapes, strict=True))):
        columns[name] = (rest % len(codes), codes)
        rest = rest // len(codes)
    frame = counted.select(
        *(_code(columns[name][0], columns[name][1]).alias(name) for name in names[:-1]),
        columns["weight"][0].replace_strict(range(len(weights)), weights, return_dtype=pl.Float64).alias("weight"),
        "records",
    )
    keys, records, weight = names[:-1], pl.col("records"), pl.col("weight")
    return frame.group_by(keys).agg(
        (records * weight).sum().alias("accidents"),
        records.sum().alias("records"),
        (records * weight**2).sum().alias("variance"),
    )


def _code(place: pl.Expr, codes: Sequence[str | int]) -> pl.Expr:
    kind = pl.Int32 if isinstance(codes[0], int) else pl.Enum(list(codes))
    return place.replace_strict(range(len(codes)), pl.Series(list(codes), dtype=kind), return_dtype=kind)
