"""Rows to cube: one group-by on whichever engine holds the rows; published tables to margins without one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from workbench.cubes.ages import AGE_GROUPS
from workbench.cubes.cube import Cube, Margin, Measure, lists_for
from workbench.cubes.own_frame import REPEATS
from workbench.cubes.statement import Statement
from workbench.engine.rows import answering
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import ReadError
from workbench.terms.text import _, mark, n_

if TYPE_CHECKING:
    import ibis.expr.types as ir

DEFAULT = ("nuts2", "nace1", "sex", "age_group", "year", "severity")
COUNTS = {
    "accidents": Measure("accidents", mark("accidents"), "sum", mark("Accidents")),
    "records": Measure("records", mark("records"), "sum", mark("Records, unweighted")),
    "variance": Measure("variance", mark("accidents squared"), "sum", mark("Sum of squared weights")),
}


def from_rows(
    name: str,
    table: "ir.Table",
    dims: Sequence[str] = DEFAULT,
    *,
    nuts: str = "2021",
    sums: Mapping[str, Measure] | None = None,
    exact: bool = True,
    **origin,
) -> Cube:
    """The cube of a table of records, at the levels that `dims` names.

    Parameters
    ----------
    name : of the cube
    table : one row per record, with the finest codes, and `weight` if weighted
    dims : names of dimensions
    nuts : edition of the regions
    sums : further measures, each a column that is added up, such as days lost
    exact : whether weights are kept as DECIMAL(9,6)
    origin : `own`, `source` and `notes`, as in `from_cells`

    Raises
    ------
    Refused
        Naming the dimension that the rows do not have.
    """
    options = {"nuts": nuts, "sums": sums, "exact": exact}
    cells = cells_of_rows(table, dims, **options)
    axes = [dimension(name).axis for name in dims]
    cube = from_cells(name, cells, axes, {**COUNTS, **(sums or {})}, nuts=nuts, **origin)
    counted_by = statement_of_rows(table, dims, **options)
    return replace(cube, statement=lambda: counted_by)


def cells_of_rows(
    table: "ir.Table",
    dims: Sequence[str],
    *,
    nuts: str = "2021",
    sums: Mapping[str, Measure] | None = None,
    exact: bool = True,
) -> pl.DataFrame:
    """The cells of a table of records, for `from_cells`.

    Parameters
    ----------
    table, dims, nuts, sums, exact : as for `from_rows`

    Returns
    -------
    DataFrame
        A column of codes for each axis, then the measures.

    Raises
    ------
    Refused
        Naming the dimension that the rows do not have.
    NotAvailable
        When the engine is lost while it counts.
    """
    from workbench.cubes import query  # ibis costs 0.19 s, and published tables need no query

    aggregated = query.aggregate(table, dims, nuts=nuts, sums=tuple(sums or ()), exact=exact)
    with answering(table):
        cells = aggregated.to_polars()
    if query.is_banded(table.columns, [dimension(name).axis for name in dims]):
        # a band without a record is a zero: its ages were looked at
        cells = cells.with_columns(pl.col("age_group").cast(pl.Enum([*AGE_GROUPS, UNKNOWN])))
    return cells


def statement_of_rows(
    table: "ir.Table",
    dims: Sequence[str],
    *,
    nuts: str = "2021",
    sums: Mapping[str, Measure] | None = None,
    exact: bool = True,
) -> Statement:
    """The SQL by which `cells_of_rows` counts the same; nothing is run.

    Parameters
    ----------
    table, dims, nuts, sums, exact : as for `from_rows`

    Returns
    -------
    Statement
    """
    from workbench.cubes import query  # ibis, as above

    return query.statement(query.aggregate(table, dims, nuts=nuts, sums=tuple(sums or ()), exact=exact))


def from_table(given: object, dims: Sequence[str] | None = None, *, nuts: str = "2021", name: str = "table") -> Cube:
    """The cube of a table of one's own, judged like a publisher's.

    Parameters
    ----------
    given : pandas, Polars or Arrow frame, or ibis table, of records or of numbers of accidents by group
    dims : dimensions of a cube of records; None for those of the default cube that have a column
    nuts : edition of the regions
    name : of the cube

    Raises
    ------
    Refused, ReadError
        As `own_table.judged`.
    NotAvailable
        When the engine of an ibis table is lost.
    """
    from workbench.cubes import own_table  # ibis, as above

    table = own_table.as_ibis(given)
    with answering(table):
        found = own_table.judged(table, dims, DEFAULT, nuts=nuts)
    notes = [*found.report.notes]
    if found.report.rejected:
        notes.insert(0, str(found.report))
    if not found.counts:
        return from_rows(name, found.table, found.dims, nuts=nuts, exact=found.exact, notes=notes)

    axes = [axis for axis in dict.fromkeys(d.axis for d in DIMENSIONS.values()) if axis in found.table.columns]
    rows, repeated = distinct_counts(found.table.to_pandas(), axes)
    margins = {"table": {"dims": axes, "measures": ["accidents"]}}
    measures = {"accidents": COUNTS["accidents"]}
    notes += [repeated] if repeated else []
    return from_published(name, rows.assign(margin="table"), margins, measures, nuts=nuts, notes=notes)


def distinct_counts(rows: pd.DataFrame, axes: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Numbers of accidents by cell, a repeated row once, and a sentence about repeated rows, "" without any.

    Parameters
    ----------
    rows : a column of codes for each axis, `accidents`, perhaps `flag`, perhaps how often a row stands in the table
    axes : names of axes
    """
    figures = rows[[*axes, "accidents", *(["flag"] if "flag" in rows else [])]]
    distinct = figures.drop_duplicates(ignore_index=True)
    repeated = int(rows[REPEATS].sum() if REPEATS in rows else len(rows)) - len(distinct)
    if not repeated:
        return distinct, ""
    message = n_(
        "{n} row stands in the table twice; it is counted once.", "{n} rows repeat others; they count once.", repeated
    )
    return distinct, message.format(n=repeated)


def from_cells(
    name: str,
    cells: pl.DataFrame,
    axes: Sequence[str],
    measures: Mapping[str, Measure],
    *,
    nuts: str = "2021",
    own: Mapping[str, Mapping[str, str]] | None = None,
    source: object = None,
    notes: Sequence[str] = (),
) -> Cube:
    """A cube of one complete table of cells, where an absent cell is a zero.

    Parameters
    ----------
    name : of the cube
    cells : a column of codes for each axis, one per measure, and `flag` where the publisher marks figures; a column
        of type Enum says which codes could have occurred
    axes : names of axes
    measures : by name
    nuts : edition of the regions
    own : codes and labels of axes that only this source has
    source : the catalogue entry that the cells come from
    notes : sentences that go with every answer
    """
    known = lists_for(axes, nuts=nuts, own=_own(own, cells, axes))
    figures = cells.with_columns(pl.col(name).cast(pl.Float64) for name in measures)
    frame = figures.with_columns(_categories(cells, axes, known)).rechunk()  # so that reading copies no column
    margin = Margin("cells", tuple(axes), tuple(measures), frame, complete=True)
    return Cube(name, (margin,), dict(measures), known, source, tuple(notes))


def from_published(
    name: str,
    rows: pd.DataFrame,
    margins: Mapping[str, Mapping],
    measures: Mapping[str, Measure],
    *,
    nuts: str = "2021",
    own: Mapping[str, Mapping[str, str]] | None = None,
    source: object = None,
    notes: Sequence[str] = (),
) -> Cube:
    """A cube of a published source: each margin with its own axes and measures.

    Parameters
    ----------
    name : of the cube
    rows : one per cell, with a column `margin`
    margins : for each margin its `dims` (columns of codes, and year), its `measures`, and `fixed` codes that hold
        for the whole margin (`{severity: D_GE4}`)
    measures : by name
    nuts : edition of the regions
    own : codes and labels of axes that only this source has
    source : the catalogue entry that the rows come from
    notes : sentences that go with every answer

    Raises
    ------
    ReadError
        When a margin has two rows for one cell.
    """
    every_axis = {axis for table in margins.values() for axis in (*table["dims"], *table.get("fixed", {}))}
    codes = pl.from_pandas(rows[[column for column in rows if column.removesuffix("_label") in every_axis]])
    known = lists_for(every_axis, nuts=nuts, own=_own(own, codes, every_axis))

    found = []
    for label, table in margins.items():
        fixed, figures = table.get("fixed", {}), list(table["measures"])
        axes = [*table["dims"], *fixed]
        frame = rows[rows["margin"] == label].assign(**fixed)
        if frame.empty:
            continue
        frame = frame[[*axes, *figures, *(["flag"] if "flag" in frame else [])]].reset_index(drop=True)
        _check_unique(name, label, frame, axes)
        cells = pl.from_pandas(frame)
        cells = cells.with_columns(pl.col(figure).cast(pl.Float64).fill_nan(None) for figure in figures)
        cells = cells.with_columns(_categories(cells, axes, known))
        found.append(Margin(label, tuple(axes), tuple(figures), cells))
    return Cube(name, tuple(found), dict(measures), known, source, tuple(notes))


def _own(own: Mapping | None, cells: pl.DataFrame, axes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Codes of axes without a code list: as labelled by the entry or the cells, else as they occur."""
    found = dict(own or {})
    without_list = {dim.axis for dim in DIMENSIONS.values() if dim.codelist == "open"}
    for axis in without_list.intersection(axes, cells.columns) - found.keys():
        label = f"{axis}_label" if f"{axis}_label" in cells.columns else axis
        named = cells.select(pl.col(axis).cast(pl.String), pl.col(label).cast(pl.String).alias("label"))
        named = named.drop_nulls().unique(axis, keep="first", maintain_order=True)
        found[axis] = dict((named if label != axis else named.sort(axis)).iter_rows())
    return found


def _check_unique(name: str, label: str, frame: pd.DataFrame, axes: list[str]) -> None:
    twice = frame[frame.duplicated(axes, keep=False)]
    if len(twice):
        first = ", ".join(f"{axis} {twice.iloc[0][axis]}" for axis in axes)
        raise ReadError(
            _("{name}, table {label}: {n} rows share their cell with another, the first at {first}.").format(
                name=name, label=label, n=len(twice), first=first
            )
        )


def _categories(
    cells: pl.DataFrame,
    axes: Iterable[str],
    known: Mapping[str, CodeList],
) -> list[pl.Expr]:
    """Codes as small integers with the order of their list; what a list does not have comes after it."""
    columns = [pl.col("year").cast(pl.Int32)] if "year" in axes else []
    for axis in (axis for axis in axes if axis != "year"):
        column = pl.col(axis).cast(pl.String).fill_null(UNKNOWN)
        codes = set(cells.select(column.unique()).to_series().to_list())
        if isinstance(cells.schema[axis], pl.Enum):
            codes |= set(cells.schema[axis].categories) - {UNKNOWN}
        codes = sorted(codes, key=known[axis].place)
        columns.append(column.cast(pl.Enum(codes)))
    if "flag" in cells.columns:
        flag = pl.col("flag").cast(pl.String).fill_null("")
        flags = cells.select(flag.unique()).to_series().to_list()
        columns.append(flag.cast(pl.Enum(sorted({"", *flags}))))
    return columns
