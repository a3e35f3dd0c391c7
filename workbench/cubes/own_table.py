"""A table of one's own, judged like a publisher's: brought into the common columns, with a report of what was not.

Columns are renamed, years, ages, codes and weights read, rows at fault counted by reason and left out. Everything is
one query on the engine that holds the rows, and a look at the distinct codes: the rows themselves are never copied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from workbench.cubes.given_table import as_ibis, renamed
from workbench.cubes.own_frame import FIRST, NAMED_ROWS, REPEATS
from workbench.cubes.written import FIRST_YEAR, LAST_YEAR
from workbench.terms import nuts as nuts_codes
from workbench.terms.ages import OLDEST
from workbench.terms.codes import UNKNOWN, CodeList, codelist
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import ReadError, Refused
from workbench.terms.tables import Report
from workbench.terms.text import _, n_

MOST_CODES = 20_000
"""More distinct codes than any list has: such a column holds something else."""
NAMED = 5
"""So many wrong codes of a column are named."""
DECIMALS = 6
LARGE_WEIGHT = 1_000
"""Weights below it with six decimals fit DECIMAL(9,6), in which sums are the same on every engine."""
MOST_WEIGHT = 1e9
"""A record does not stand for more accidents than the world has in a year."""


@dataclass(frozen=True)
class Judged:
    """Rows in the common columns (`nuts`, `nace`, `sex`, `age`, `year`, `weight`, `accidents`, `flag`, ...).

    Attributes
    ----------
    table : the rows that can be counted
    report : rows read and rejected, by reason, and notes
    dims : the dimensions that were asked for, else those that there are columns for
    counts : whether rows hold numbers of accidents (`accidents`, Eurostat's `OBS_VALUE`) and are not one record each
    exact : whether all weights are there and fit DECIMAL(9,6)
    """

    table: ir.Table
    report: Report
    dims: tuple[str, ...]
    counts: bool = False
    exact: bool = True


@dataclass
class _Columns:
    """The columns of a table as they are read one by one, and the faults of its rows."""

    table: ir.Table
    report: Report
    faults: dict[tuple[str, str], ir.BooleanValue] = field(default_factory=dict)
    read: dict[str, ir.Value] = field(default_factory=dict)

    def reject(self, column: str, reason: str, rows: ir.BooleanValue) -> None:
        """Rows for which the expression holds are left out for this reason."""
        self.faults[column, reason] = rows.fill_null(False)


def judged(
    given: object, dims: Sequence[str] | None, default: Sequence[str], *, nuts: str = nuts_codes.DEFAULT
) -> Judged:
    """A table of records, or of counts by group, in the common columns.

    Renames columns, reads each that a dimension needs, counts the rows at fault by reason, leaves them out.

    Parameters
    ----------
    given : pandas, Polars or Arrow frame, or ibis table; one row per record (with `weight` if weighted), or per group
        with its number of `accidents`. Columns by the common names, a dimension's (`nuts2`, `nace1`) or Eurostat's
    dims : the dimensions that are needed; None for those of `default` that have a column
    default : dimensions of a cube of records, where none are asked for
    nuts : edition of the regions

    Returns
    -------
    Judged
        Rows of counts with every column that is an axis; of records those of `dims`.

    Raises
    ------
    Refused
        For what is no table, for columns that are not there or twice, for regions of another edition or of two.
    ReadError
        When no row is left.
    """
    under_its_headings = as_ibis(given)
    table = renamed(under_its_headings)
    n = table[REPEATS].sum() if REPEATS in table.columns else table.count()
    columns = _Columns(table, Report(rows_read=int(n.execute() or 0)))
    if not columns.report.rows_read:
        raise ReadError(_("The table has no rows."))

    counts = "accidents" in table.columns
    dims = tuple(dims) if dims else _available(table, default, under_its_headings.columns)
    axes = [dimension(name).axis for name in dims]
    if counts:
        axes += [dim.axis for dim in DIMENSIONS.values() if _column_of(dim.axis, table.columns)]
    for axis in dict.fromkeys(axes):
        if axis == "year":
            _read_year(columns)
        elif axis == "age_group" and "age_group" not in table.columns:
            _read_age(columns)
        else:
            _read_codes(columns, axis, nuts)

    if counts:
        _read_counts(columns)
    exact = _read_weight(columns) if "weight" in table.columns and not counts else True
    return Judged(_kept(columns), columns.report, dims, counts=counts, exact=exact)


def _available(table: ir.Table, dims: Sequence[str], headings: Sequence[str]) -> tuple[str, ...]:
    """Of some dimensions those that a table has columns for."""
    found = tuple(name for name in dims if _column_of(DIMENSIONS[name].axis, table.columns))
    if not found:
        message = _(
            "This table has none of the columns {wanted}; it has: {columns}. Name dims=, or let wb.table read it, "
            'which finds headings and labels and is told the others: wb.table(rows, columns={{"{first}": "nuts2"}}).'
        )
        wanted = ", ".join(DIMENSIONS[name].axis for name in dims)
        raise Refused(message.format(wanted=wanted, columns=", ".join(headings), first=headings[0]))
    return found


def _column_of(axis: str, columns: Sequence[str]) -> str | None:
    """The column that an axis is read from: bands of age also from exact ages."""
    if axis in columns:
        return axis
    return "age" if axis == "age_group" and "age" in columns else None


def _read_year(columns: _Columns) -> None:
    """Years as whole numbers; a date counts for its year, a fraction for none."""
    if "year" not in columns.table.columns:
        return
    column = columns.table["year"]
    if isinstance(column, ir.DateValue | ir.TimestampValue):
        columns.report.note(_("Years are those of the dates in column year."))
        years, whole = column.year(), column.notnull()
    elif isinstance(column, ir.StringValue):
        text = column.strip()
        dated = text.re_search(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}")
        years = text.substr(0, 4).try_cast("int64")
        whole = text.re_search(r"^[0-9]{4}([.]0+)?$") | dated
        if bool(dated.any().name("any").execute()):
            columns.report.note(_("Years are those of the dates in column year."))
    elif isinstance(column, ir.NumericValue):
        number = _number(column)
        years, whole = _whole(number), number % 1 == 0
    else:
        raise Refused(_("Column year holds neither years nor dates."), dimension="year")

    whole = whole.fill_null(False)
    outside = whole & ~years.between(FIRST_YEAR, LAST_YEAR).fill_null(False)
    columns.reject("year", _("empty"), _empty(column))
    columns.reject("year", _("no year"), ~_empty(column) & ~whole)
    columns.reject("year", _("not between 1900 and 2200"), outside)
    columns.read["year"] = years


def _read_age(columns: _Columns) -> None:
    """Exact ages. Below 0 and above 120 is how files say that an age is not known (-1, 999)."""
    if "age" not in columns.table.columns:
        return
    column = columns.table["age"]
    age = _number(column)
    columns.reject("age", _("no number"), ~_empty(column) & age.isnull())

    impossible = ((age < 0) | (age >= OLDEST + 1)).fill_null(False)
    n = _how_many(columns.table, impossible)
    if n:
        message = _("{n:,} ages below 0 or above {oldest} are taken as unknown.")
        columns.report.note(message.format(n=n, oldest=OLDEST))
    columns.read["age"] = ibis.ifelse(impossible, ibis.null("float64"), age)


def _read_codes(columns: _Columns, axis: str, nuts: str) -> None:
    """Codes in the spelling of their list; what is no code is rejected, what is empty is unknown."""
    if axis not in columns.table.columns:
        return
    text = columns.table[axis].cast("string").strip()
    if axis not in {dim.axis for dim in DIMENSIONS.values() if dim.codelist != "open"}:
        columns.read[axis] = text.fill_null(UNKNOWN)
        return

    distinct = columns.table.select(code=text).distinct().limit(MOST_CODES + 1).to_pandas()["code"].dropna().tolist()
    if len(distinct) > MOST_CODES:
        message = _("Column {column} has more than {most:,} different entries: these are no codes.")
        raise Refused(message.format(column=axis, most=MOST_CODES), dimension=axis)
    known = codelist(next(d.codelist for d in DIMENSIONS.values() if d.axis == axis), nuts if axis == "nuts" else None)
    if axis == "nuts":
        _check_edition(distinct, known)

    wrong = [code for code in sorted(distinct) if not known.knows(code)]
    if wrong:
        columns.reject(axis, _why_wrong(known, wrong), text.isin(wrong))
    meant = {code: known.parse(code) for code in distinct if known.knows(code)}
    respelt = [(code, parsed) for code, parsed in meant.items() if code != parsed]
    spelt = text.cases(*respelt, else_=text) if respelt else text
    columns.read[axis] = spelt.fill_null(UNKNOWN)


def _why_wrong(known: CodeList, wrong: Sequence[str]) -> str:
    if len(wrong) == 1:
        return str(known.unknown(wrong[0]))
    codes = ", ".join(wrong[:NAMED]) + (", ..." if len(wrong) > NAMED else "")
    return _("no {list}: {codes}. {first}").format(list=known.title, codes=codes, first=known.unknown(wrong[0]))


def _check_edition(codes: Sequence[str], known: CodeList) -> None:
    """Regions of another edition, or of two, are refused with the line that recodes them."""
    foreign = [code for code in codes if not known.knows(code) and nuts_codes.editions_with(code)]
    if not foreign:
        return
    detected = nuts_codes.detect_edition(codes)
    words = {"codes": ", ".join(sorted(foreign)[:8]), "nuts": known.edition, "found": detected.edition}
    if detected.leftovers:
        message = _(
            "These regions are of two editions of NUTS: {codes} are not in NUTS {nuts}, others are. Recode the rows "
            'of the other edition by themselves: wb.recode(rows, to="NUTS {nuts}", edition=...).'
        )
    else:
        message = _(
            "These regions are of NUTS {found}, not of NUTS {nuts} ({codes}). Ask them as they are with "
            'wb.cube(table, nuts="{found}"), or recode them: wb.recode(table, to="NUTS {nuts}").'
        )
    raise Refused(message.format(**words), dimension="nuts")


def _read_counts(columns: _Columns) -> None:
    """Numbers of accidents: whole, not negative; an empty one is missing, not zero."""
    column = columns.table["accidents"]
    number = _number(column)
    if isinstance(column, ir.StringValue):
        percentage = _("a percentage; give numbers of accidents, and of people at risk: rates are made of both")
        columns.reject("accidents", percentage, column.strip().endswith("%"))
    columns.reject("accidents", _("no number"), ~_empty(column) & number.isnull())
    columns.reject("accidents", _("below 0"), number < 0)
    columns.reject("accidents", _("not a whole number; a rate?"), (number >= 0) & (number % 1 != 0))
    columns.read["accidents"] = number
    if "flag" in columns.table.columns:
        columns.read["flag"] = columns.table["flag"].cast("string").fill_null("")


def _read_weight(columns: _Columns) -> bool:
    """Weights as numbers; whether all of them fit DECIMAL(9,6).

    A record without a weight happened: it is not left out, but the figures that it belongs to are missing.
    """
    column = columns.table["weight"]
    weight = _number(column)
    possible = weight.between(0, MOST_WEIGHT).fill_null(False)
    n = _how_many(columns.table, ~possible)
    if n:
        message = n_(
            "{n:,} record has no weight, or one below 0 or over a thousand million (column weight). The figures it "
            "belongs to are missing: give it a weight, or leave it out.",
            "{n:,} records have no weight, or one below 0 or over a thousand million (column weight). The figures "
            "they belong to are missing: give them weights, or leave them out.",
            n,
        )
        columns.report.note(message.format(n=n))
    columns.read["weight"] = ibis.ifelse(possible, weight, ibis.null("float64"))

    fits = possible & (weight < LARGE_WEIGHT) & (weight.round(DECIMALS) == weight)
    return bool(fits.all().name("all").execute())


def _number(column: ir.Value) -> ir.FloatingValue:
    """A column as numbers, null where it holds none; a decimal comma, as sheets of most countries write it, is one."""
    if isinstance(column, ir.StringValue):
        plain = column.strip().re_search(r"^[-+]?[0-9]+([.,][0-9]+)?([eE][-+]?[0-9]+)?$")
        number = column.strip().replace(",", ".").try_cast("float64")
        number = ibis.ifelse(plain, number, ibis.null("float64"))
    elif isinstance(column, ir.NumericValue) and not isinstance(column, ir.BooleanValue):
        number = column.cast("float64")
    else:
        return ibis.null("float64")
    return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number)


def _whole(number: ir.FloatingValue) -> ir.IntegerValue:
    """Numbers that are small enough as integers, the others null: a cast of 1e300 ends the query."""
    small = number.abs() < 1e9
    return ibis.ifelse(small, number, ibis.null("float64")).round().cast("int64")


def _empty(column: ir.Value) -> ir.BooleanValue:
    """Whether nothing stands in a cell: null, NaN, or text of spaces only."""
    if isinstance(column, ir.StringValue):
        return column.isnull() | (column.strip() == "")
    if isinstance(column, ir.FloatingValue):
        return column.isnull() | column.isnan()
    return column.isnull()


def _weighted(table: ir.Table, rows: ir.BooleanValue) -> ir.IntegerScalar:
    """For how many rows an expression holds; of a table of different rows each counts as often as it stands."""
    n = rows.ifelse(table[REPEATS], 0).sum() if REPEATS in table.columns else rows.sum()
    return n.name("n")  # its own name would be the whole expression, longer than BigQuery takes


def _how_many(table: ir.Table, rows: ir.BooleanValue) -> int:
    return int(_weighted(table, rows).execute() or 0)


def _kept(columns: _Columns) -> ir.Table:
    """The rows without fault, in the columns that were read; the others counted by reason, each once."""
    table, report = columns.table, columns.report
    first_fault, seen = {}, ibis.literal(False)
    for (column, reason), rows in columns.faults.items():
        first_fault[column, reason] = rows & ~seen
        seen = seen | rows
    if first_fault:
        for n, ((column, reason), rows) in zip(_sizes(table, first_fault.values()), first_fault.items(), strict=True):
            if n:
                report.reject_rows(column, reason, n, _first(table, rows))
    if report.rejected == report.rows_read:
        raise ReadError(_("No row of the table can be counted. {report}").format(report=report) + _by_column(columns))

    if not report.rejected:
        return table.mutate(**columns.read)
    kept = table.mutate(**columns.read, __fault=seen)
    return kept.filter(~kept["__fault"]).drop("__fault")


def _sizes(table: ir.Table, faults: Iterable[ir.BooleanValue]) -> list[int]:
    """For each fault how many rows have it."""
    sums = {f"n{i}": _weighted(table, rows) for i, rows in enumerate(faults)}
    return table.aggregate(**sums).to_pandas().fillna(0).iloc[0].astype(int).tolist()


def _by_column(columns: _Columns) -> str:
    """What is wrong in each column, where several are at fault: of a row the report names its first fault alone."""
    sizes = _sizes(columns.table, columns.faults.values())
    faulty = [(n, *fault) for n, fault in zip(sizes, columns.faults, strict=True) if n]
    if len({column for _n, column, _reason in faulty}) < 2:
        return ""
    lines = [_("  {n:,} x {reason}").format(n=n, reason=f"{column}: {reason}") for n, column, reason in faulty]
    return "\n".join(["", _("Each column by itself:"), *lines])


def _first(table: ir.Table, rows: ir.BooleanValue) -> list[int]:
    """The numbers of the first rows for which an expression holds, where the table has them."""
    if FIRST not in table.columns:
        return []
    return table.filter(rows).order_by(FIRST).limit(NAMED_ROWS)[FIRST].to_pyarrow().to_pylist()
