"""Rows to cube: one group-by on whichever engine holds the rows; published tables to margins without one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from workbench.cubes.cube import Cube, Margin, Measure, lists_for
from workbench.terms.codes import UNKNOWN, CodeList, age_limits
from workbench.terms.dimensions import DIMENSIONS, Dimension, dimension
from workbench.terms.errors import ReadError, Refused
from workbench.terms.text import _

if TYPE_CHECKING:
    import ibis.expr.types as ir

DEFAULT = ("nuts2", "nace1", "sex", "age_group", "year", "severity")
AGE_GROUPS = ("Y_LT15", "Y15-24", "Y25-34", "Y35-44", "Y45-54", "Y55-64", "Y_GE65")
OPEN = {dim.axis for dim in DIMENSIONS.values() if dim.codelist == "open"}
"""Axes whose codes every source has of its own: questions, answers."""
COUNTS = {
    "accidents": Measure("accidents", "accidents", "sum", _("Accidents")),
    "records": Measure("records", "records", "sum", _("Records, unweighted")),
    "variance": Measure("variance", "accidents squared", "sum", _("Sum of squared weights")),
}


def aggregate(
    table: "ir.Table", dims: Sequence[str] = DEFAULT, *, nuts: str = "2021", sums: Sequence[str] = ()
) -> "ir.Table":
    """The query for a cube's cells: accidents (sum of weights), records, squared weights and `sums` by `dims`. Runs nothing.

    `table` has one row per record with the finest codes (`nuts`, `nace`, `age` or `age_group`, ...) and, if weighted,
    `weight`. Unknown codes are kept as `UNK`.
    """
    import ibis  # here and below, because it takes a quarter of a second and published tables need no query

    known = lists_for((dimension(name).axis for name in dims), nuts=nuts)
    columns = {}
    for name in dims:
        dim = dimension(name)
        if dim.axis == "age_group" and "age_group" not in table.columns and "age" in table.columns:
            columns["age_group"] = _banded(table.age)
        elif dim.axis not in table.columns:
            raise Refused(
                _("These rows have no {axis}; they have: {there}.").format(
                    axis=dim.axis, there=", ".join(table.columns)
                ),
                dimension=name,
            )
        else:
            columns[dim.axis] = (
                table[dim.axis] if dim.axis == "year" else table[dim.axis].cast("string").fill_null(UNKNOWN)
            )
    weighted = "weight" in table.columns
    weight = table.weight.cast("decimal(9, 6)") if weighted else ibis.literal(1)
    rows = table.select(**columns, __w=weight, **{name: table[name] for name in sums})
    rows = _rolled_up(rows, [dimension(name) for name in dims], known)
    plain = rows["__w"].cast("float64")
    squares = (plain * plain).sum() if weighted else rows.count().cast("float64")
    return rows.group_by([dimension(name).axis for name in dims]).aggregate(
        accidents=rows["__w"].sum(), records=rows.count(), variance=squares, **{name: rows[name].sum() for name in sums}
    )


def from_rows(
    name: str,
    table: "ir.Table",
    dims: Sequence[str] = DEFAULT,
    *,
    nuts: str = "2021",
    sums: Mapping[str, Measure] | None = None,
    own=None,
    source=None,
) -> Cube:
    """The cube of a table of records, at the levels that `dims` names."""
    cells = aggregate(table, dims, nuts=nuts, sums=tuple(sums or ())).to_polars()
    return from_cells(
        name, cells, [dimension(d).axis for d in dims], {**COUNTS, **(sums or {})}, nuts=nuts, own=own, source=source
    )


def from_cells(
    name: str,
    cells: pl.DataFrame,
    axes: Sequence[str],
    measures: Mapping[str, Measure],
    *,
    nuts: str = "2021",
    own=None,
    source=None,
    notes=(),
) -> Cube:
    """A cube of one complete table of cells, where an absent cell is a zero."""
    known = lists_for(axes, nuts=nuts, own=_own(own, cells, axes))
    frame = cells.with_columns(pl.col(m).cast(pl.Float64) for m in measures).with_columns(
        _categories(cells, axes, known)
    )
    margin = Margin("cells", tuple(axes), tuple(measures), frame, complete=True)
    return Cube(name, (margin,), dict(measures), known, source, tuple(notes))


def from_published(
    name: str,
    rows: pd.DataFrame,
    margins: Mapping[str, Mapping],
    measures: Mapping[str, Measure],
    *,
    nuts: str = "2021",
    own=None,
    source=None,
    notes=(),
) -> Cube:
    """A cube of a published source: each margin with its own axes and measures.

    `rows` has a column `margin`; `margins` says, per margin, its `dims` (columns of codes, and year), its `measures`
    and `fixed` codes that hold for the whole margin (`{severity: D_GE4}`).

    Raises
    ------
    ReadError
        When a margin has two rows for one cell.
    """
    every_axis = {axis for its in margins.values() for axis in (*its["dims"], *its.get("fixed", {}))}
    cells = pl.from_pandas(rows[[name for name in rows if name.removesuffix("_label") in every_axis]])
    known = lists_for(every_axis, nuts=nuts, own=_own(own, cells, every_axis))
    found = []
    for label, its in margins.items():
        axes, fixed = [*its["dims"], *its.get("fixed", {})], its.get("fixed", {})
        frame = rows[rows["margin"] == label].assign(**fixed)
        if frame.empty:
            continue
        keys = [*axes, *its["measures"]] + (["flag"] if "flag" in frame else [])
        frame = frame[keys].reset_index(drop=True)
        _check_unique(name, label, frame, axes)
        cells = pl.from_pandas(frame).with_columns(pl.col(m).cast(pl.Float64).fill_nan(None) for m in its["measures"])
        cells = cells.with_columns(_categories(cells, axes, known))
        found.append(Margin(label, tuple(axes), tuple(its["measures"]), cells))
    return Cube(name, tuple(found), dict(measures), known, source, tuple(notes))


def _own(own: Mapping | None, cells: pl.DataFrame, axes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Codes of axes without a code list: as labelled by the entry or the cells, else as they occur."""
    found = dict(own or {})
    for axis in OPEN.intersection(axes, cells.columns) - found.keys():
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


def _categories(cells: pl.DataFrame, axes: Iterable[str], known: Mapping[str, CodeList]) -> list[pl.Expr]:
    """Codes as small integers with the order of their list; what a list does not have comes after it."""
    columns = [pl.col("year").cast(pl.Int32)] if "year" in axes else []
    for axis in axes:
        if axis == "year":
            continue
        there = cells.get_column(axis).cast(pl.String).fill_null(UNKNOWN).unique().to_list()
        codes = sorted(there, key=known[axis].place)
        columns.append(pl.col(axis).cast(pl.String).fill_null(UNKNOWN).cast(pl.Enum(codes)))
    if "flag" in cells.columns:
        flag = pl.col("flag").cast(pl.String).fill_null("")
        there = cells.select(flag.unique()).to_series().to_list()
        columns.append(flag.cast(pl.Enum(sorted({"", *there}))))
    return columns


def _banded(age: "ir.IntegerColumn") -> "ir.StringColumn":
    import ibis

    # 24.5 years is 15 to 24: a band ends where the next one begins
    branches = [(age.isnull(), UNKNOWN)] + [(age < age_limits(band)[1] + 1, band) for band in AGE_GROUPS]
    return ibis.cases(*branches, else_=UNKNOWN)


def _rolled_up(rows: "ir.Table", dims: Iterable[Dimension], known: Mapping[str, CodeList]) -> "ir.Table":
    """Codes finer than the level asked for replaced by the code above them, by joining a small table of both."""
    import ibis

    for dim in dims:
        if dim.level is None or dim.axis == "year":
            continue
        its = known[dim.axis]
        up = {code: _at(its, code, dim.level) for code in its.labels}
        up = {code: above for code, above in up.items() if code != above}
        if not up:
            continue
        pairs = ibis.memtable(pd.DataFrame({"__code": list(up), "__up": list(up.values())}))
        joined = rows.left_join(pairs, rows[dim.axis] == pairs["__code"])
        rows = joined.mutate(**{dim.axis: ibis.coalesce(joined["__up"], joined[dim.axis])}).drop("__code", "__up")
    return rows


def _at(known: CodeList, code: str, level: int) -> str:
    """The code at `level`; a code wider than that stays as it is: known, but not further."""
    above = known.ancestor_at(code, level)
    return code if above == UNKNOWN else above
