"""The breaks that a sentence of a brief runs across where it sets the figures of several years against each other."""

from collections.abc import Mapping, Sequence

from workbench.briefs.record import Record
from workbench.study.breaks import Crossed


def across(record: Record, rows: Sequence[Mapping]) -> Crossed:
    """The breaks between the earliest and the latest of some rows, declared or marked in one of their groups.

    Parameters
    ----------
    record : Record
    rows : of the record; a single row of a comparison is set against the year that has none

    Returns
    -------
    Crossed
        Empty where the rows are not of several years.
    """
    if "year" not in record.by:
        return Crossed()
    years = {int(row["year"]) for row in rows}
    if len(rows) == 1:
        years |= _reference(record)
    groups = {_group(record, row) for row in rows}
    marked = (int(row["year"]) for row in record.rows if _is_marked(row) and _group(record, row) in groups)
    return Crossed(
        declared=tuple(sorted(year for year in {*record.breaks, *marked} if min(years) < year <= max(years)))
    )


def across_span(record: Record, first: int, last: int) -> Crossed:
    """The breaks that are marked within a span of a trend, which declared ones do not cut.

    Parameters
    ----------
    record : Record
        Of a trend.
    first, last : int
        Years of the span.

    Returns
    -------
    Crossed
    """
    return Crossed(
        declared=tuple(int(row["year"]) for row in record.rows if _is_marked(row) and first < int(row["year"]) <= last)
    )


def _reference(record: Record) -> set[int]:
    """The year of a comparison that has no row, because the others are compared with it."""
    span = record.selection.get("years")
    if not span:
        return set()
    absent = set(range(int(span[0]), int(span[1]) + 1)) - {int(row["year"]) for row in record.rows}
    return absent if len(absent) == 1 else set()


def _group(record: Record, row: Mapping) -> tuple:
    return tuple(row[name] for name in record.by if name not in ("year", "month"))


def _is_marked(row: Mapping) -> bool:
    return "b" in str(row.get("flag") or "")
