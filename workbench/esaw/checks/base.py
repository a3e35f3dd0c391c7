"""What a rule on accident records is: an id, a source, a verdict on a whole batch, and words for one record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from workbench import esaw
from workbench.esaw.record import OPTIONAL_DATES
from workbench.terms.text import _, mark

NOT_JUDGED, PASSED, DOUBTFUL, FAILED = range(4)
VERDICTS = (mark("not judged"), mark("passed"), mark("doubtful"), mark("failed"))
S4, TABLE3, REGULATION = "ESAW methodology 2001", "ESAW methodology 2001, Table 3", "Regulation (EU) 349/2011"
SHOWN = {
    "ma_specific_physical_activity": 5,
    "ma_deviation": 5,
    "ma_contact": 5,
    "weight": 10,
    **dict.fromkeys(OPTIONAL_DATES, 8),
}
"""Longest value that a message repeats, where it is not the width of the field."""


@dataclass(frozen=True)
class Rule:
    """One rule: a stable id, what holds when it is met, the fields it looks at, and where it is written.

    `verdict` gives NOT_JUDGED, PASSED, DOUBTFUL or FAILED for every record; None where the reader or the judge decides.
    `words(values, verdict)` says what is wrong with one record.
    """

    id: str
    title: str
    fields: tuple[str, ...]
    source: str
    words: Callable[[Mapping[str, str], int], str] = field(compare=False, repr=False)
    verdict: pl.Expr | None = field(default=None, compare=False, repr=False)
    phase3: bool = False


def shown(values: Mapping[str, str], key: str) -> str:
    """A field's value as a message may repeat it: never longer than its field, as a case number in it would be.

    Parameters
    ----------
    values : mapping of str to str
        The record's fields, by key.
    key : str
        Of the field.

    Returns
    -------
    str
    """
    value = values.get(key, "")
    width = SHOWN.get(key) or esaw.variables()[key].width
    if key == "case_number" or len(value) > width or value == values.get("case_number"):
        return _("({n} characters, not shown)").format(n=len(value))
    return repr(value)


def judged(passed: pl.Expr, *, doubtful: pl.Expr | None = None, where: pl.Expr | None = None) -> pl.Expr:
    """PASSED, else DOUBTFUL where that holds, else FAILED; NOT_JUDGED where `where` does not hold or is not known.

    Parameters
    ----------
    passed, doubtful, where : Expr
        Conditions on the columns of a batch.

    Returns
    -------
    Expr
        A number per record: PASSED, DOUBTFUL, FAILED or NOT_JUDGED.
    """
    code = {name: pl.lit(name, pl.UInt8) for name in (NOT_JUDGED, PASSED, DOUBTFUL, FAILED)}
    found = pl.when(passed.fill_null(False)).then(code[PASSED])
    if doubtful is not None:
        found = found.when(doubtful.fill_null(False)).then(code[DOUBTFUL])
    found = found.otherwise(code[FAILED])
    return found if where is None else pl.when(where.fill_null(False)).then(found).otherwise(code[NOT_JUDGED])


def day_of(values: Mapping[str, str], key: str) -> date:
    """A field that holds a day of the calendar, as that day."""
    return datetime.strptime(values[key], "%Y%m%d").date()


def no_day(values: Mapping[str, str], key: str) -> str:
    return _("{text} is not a day of the calendar. Write YYYYMMDD.").format(text=shown(values, key))
