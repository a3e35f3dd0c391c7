"""How every reader reads numbers, years, dates and codes: a whole number is whole, nothing is rounded or guessed."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.terms.codes import CodeList
from workbench.terms.errors import UnknownCode
from workbench.terms.tables import Report
from workbench.terms.text import _

MOST = 10.0**15
"""The largest figure that is taken: beyond it a double no longer holds every whole number."""
MOST_NAMED = 50
"""So many unknown codes of a column are named; looking for close ones takes long, and a broken file has millions."""
YEARS = (1900, 2200)

# "41853.0" is how pandas and R write a whole number that stood beside an empty cell; "9.000" may be Italian for 9,000.
_WHOLE = re.compile(r"[+-]?[0-9]{1,16}(\.0)?")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,16}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,3})?")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([.,' \u00a0\u202f][0-9]{3})+")
_YEAR = re.compile(r"[0-9]{4}(\.0)?")


@dataclass(frozen=True)
class Column:
    """A column that was read: its values (missing where at fault) and what is wrong with them ("" if right)."""

    values: pd.Series
    faults: pd.Series


def whole_numbers(texts: pd.Series, *, most: float = MOST) -> Column:
    """Counts: whole, from 0 to `most`. A part of a unit or a separator of thousands is a fault, never rounded.

    Parameters
    ----------
    texts : Series of str, "" for missing

    Returns
    -------
    Column
        values float64, NaN for missing; each different text is looked at once.
    """
    return _read(texts, lambda text: _number(text, _WHOLE, _not_whole, 0, most))


def decimals(texts: pd.Series, *, least: float = 0, most: float = MOST) -> Column:
    """Measures: finite, from `least` to `most`, with a decimal point; "" for missing.

    Parameters
    ----------
    texts : Series of str
    least, most : both included

    Returns
    -------
    Column
        values float64, NaN for missing and at fault.
    """
    return _read(texts, lambda text: _number(text, _DECIMAL, _not_decimal, least, most))


def years(texts: pd.Series) -> Column:
    """Years of four digits from 1900 to 2200; 2018.75, which R writes for a quarter, and an empty cell are none.

    Parameters
    ----------
    texts : Series of str

    Returns
    -------
    Column
        values float64, NaN at fault.
    """

    def year(text: str) -> tuple[float, str]:
        number = float(text) if _YEAR.fullmatch(text) else np.nan
        return (number, "") if YEARS[0] <= number <= YEARS[1] else (np.nan, _("not a year"))

    return _read(texts, year, empty=_("not a year"))


def dates(texts: pd.Series, form: str) -> pd.Series:
    """Moments written in exactly one form (`%d/%m/%Y`): datetime64[s], NaT where a text is not one.

    Parameters
    ----------
    texts : Series of str
        Missing ones stay so.
    form : str
        As of `strptime`.

    Returns
    -------
    Series of datetime64[s]
    """
    return pd.to_datetime(texts.str.strip(), format=form, errors="coerce").astype("datetime64[s]")


def codes(texts: pd.Series, known: CodeList) -> Column:
    """The codes that texts mean in a list; what it does not know, and an empty cell, is a fault.

    Parameters
    ----------
    texts : Series of str
    known : the code list

    Returns
    -------
    Column
        values str, the codes of the list; None at fault.
    """
    unknown = 0

    def code(text: str) -> tuple[str | None, str]:
        nonlocal unknown
        if known.is_missing(text):
            return None, _("empty")
        if unknown >= MOST_NAMED and not known.knows(text):
            return None, _("not a known code, like {n} others before").format(n=MOST_NAMED)
        try:
            return known.parse(text), ""
        except UnknownCode as fault:
            unknown += 1
            return None, str(fault)

    return _read(texts, code, empty=_("empty"), kind="str")


def is_number(cell: object, most: float = MOST) -> bool:
    """Whether a cell of a workbook is a finite number from 0 to `most`; Excel's True and False are not.

    Parameters
    ----------
    cell : object
        As openpyxl reads it.
    most : float

    Returns
    -------
    bool
    """
    return isinstance(cell, (int, float)) and not isinstance(cell, bool) and 0 <= cell <= most


def keep_good(report: Report, rows: Sequence[int], faults: Iterable[tuple[str, Sequence[str]]]) -> np.ndarray:
    """Reject every row that has a fault, once, with its first one; which rows are left.

    Parameters
    ----------
    rows : the number of each row in its file, from 1
    faults : field and, row by row, the reason ("" where right), in the order in which they count

    Returns
    -------
    ndarray of bool, one per row
    """
    good = np.ones(len(rows), dtype=bool)
    for field, reasons in faults:
        reasons = np.asarray(reasons, dtype=object)
        at_fault = reasons != ""
        for place in np.flatnonzero(good & at_fault):
            report.reject(int(rows[place]), field, reasons[place])
        good &= ~at_fault
    return good


def because(wrong: Sequence[bool], reason: str) -> np.ndarray:
    """The same reason wherever something is wrong, "" elsewhere."""
    return np.where(np.asarray(wrong, dtype=bool), reason, "").astype(object)


def _read(texts: pd.Series, meaning: Callable[[str], tuple], *, empty: str = "", kind: str = "float64") -> Column:
    places, different = pd.factorize(texts)
    read = [meaning(text.strip()) if text.strip() else (None, empty) for text in different]
    values = pd.Series([value for value, _fault in read], dtype=kind).take(places).set_axis(texts.index)
    faults = pd.Series([fault for _value, fault in read], dtype="str").take(places).set_axis(texts.index)
    return Column(values, faults)


def _number(
    text: str, form: re.Pattern, otherwise: Callable[[str], str], least: float, most: float
) -> tuple[float, str]:
    if not form.fullmatch(text):
        return np.nan, otherwise(text)
    number = float(text) + 0.0  # -0 is 0
    if number < least:
        return np.nan, _("below {least:,.0f}: neither a count nor a measure").format(least=least)
    if not number <= most:
        return np.nan, _("more than {most:,.0f}").format(most=most)
    return number, ""


def _not_whole(text: str) -> str:
    if _THOUSANDS.fullmatch(text):
        return _("not a whole number: write thousands without a separator")
    return _("not a whole number")


def _not_decimal(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        return _("not a number: write decimals with a point, not a comma")
    return _("not a number")
