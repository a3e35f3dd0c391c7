"""What stands in the cells of a table of one's own, as codes: labels, ages and dates however they are written."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.cubes.ages import AGE_GROUPS
from workbench.terms.ages import age_limits
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.entries import as_text, entries, recoded
from workbench.terms.labels import letters
from workbench.terms.text import _

TOTAL_WORDS = (
    "total totals grandtotal sum gesamt insgesamt summe gesamtsumme ensemble totalgeneral totale complessivo totaal "
    "totalegenerale all alle"
)
TOTALS = frozenset(TOTAL_WORDS.split())
"""What the last line of a sheet is called, by its letters."""
_BAND = re.compile(r"(\d{1,3})\s*(?:-|–|—|to|bis|a|à|tot|until)\s*(\d{1,3})", re.IGNORECASE)
_BELOW = re.compile(r"(?:<|under|below|unter|moins de|meno di|menos de|onder)\s*(\d{1,3})", re.IGNORECASE)
_FROM = re.compile(
    r"(?:>=|≥|from|ab)?\s*(\d{1,3})\s*(?:\+|and over|and older|or more|und älter|et plus|e oltre|y más|en ouder)",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[T ].*)?")
_BACKWARDS = re.compile(r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})[./-](?P<year>\d{4})(?:[T ].*)?")


WRITTEN = re.compile(r"-?\d[\d.,'\u00a0\u202f ]*")
"""How numbers are written in sheets, whatever parts their thousands."""
SPACES = re.compile(r"['\u00a0\u202f ](?=\d{3}(?!\d))")
"""What parts thousands and nothing else."""
GROUPED = re.compile(r"-?[1-9]\d{0,2}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*")
"""Digits in groups of three by one mark."""


@dataclass(frozen=True)
class Recoded:
    """A column in the spelling of its code list; `recoded` entries were labels, and `notes` say so."""

    column: pd.Series = field(repr=False)
    recoded: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def labels_to_codes(column: pd.Series, known: CodeList) -> Recoded:
    """Labels as codes; codes, empty cells and what the list does not know stay as they are.

    A label that stands for several levels of a list ("Berlin" is DE3, DE30 and DE300) means the level that the other
    entries of the column have, else the finest.

    Parameters
    ----------
    column : as `as_text` makes it
    known : the code list of the column

    Returns
    -------
    Recoded
    """
    by_label, found = known.by_label, entries(column)
    as_codes = {entry for entry in found if known.knows(entry) and not _is_label_too(known, entry, by_label)}
    candidates = {
        entry: by_label[letters(entry)] for entry in found if entry not in as_codes and letters(entry) in by_label
    }
    levels = Counter(known.level(known.parse(entry)) for entry in as_codes)
    for codes in candidates.values():
        levels.update(known.level(code) for code in codes)
    meant = {
        entry: max(codes, key=lambda code: (levels[known.level(code)], known.level(code) or 0))
        for entry, codes in candidates.items()
    }
    if not meant:
        return Recoded(column)

    first = ", ".join(f"{entry} = {code}" for entry, code in list(meant.items())[:3])
    note = _("Labels taken as codes: {pairs}.").format(pairs=first + (", ..." if len(meant) > 3 else ""))
    return Recoded(recoded(column, meant), meant, (note,))


def _is_label_too(known: CodeList, entry: str, by_label: dict[str, list[str]]) -> bool:
    """Whether an entry that reads as missing is a label: `parse` takes "X" for unknown."""
    return known.is_missing(entry) and letters(entry) in by_label


def share_known(column: pd.Series, known: CodeList) -> float:
    """The share of the different entries of a column that are codes or labels of a list; 0 of an empty one.

    Parameters
    ----------
    column : Series of str
    known : CodeList

    Returns
    -------
    float
        0 to 1.
    """
    found = [entry for entry in entries(column) if not known.is_missing(entry)]
    by_label = known.by_label
    hits = sum(known.knows(entry) or letters(entry) in by_label for entry in found)
    return hits / len(found) if found else 0.0


def age_code(text: str) -> str:
    """The band of an age as people write it ("25-34", "25 to 34", "<25", "65+", 25); anything else as it is."""
    written = text.strip()
    if found := _BAND.fullmatch(written):
        return f"Y{int(found[1])}-{int(found[2])}"
    if found := _BELOW.fullmatch(written):
        return f"Y_LT{int(found[1])}"
    if found := _FROM.fullmatch(written):
        return f"Y_GE{int(found[1])}"
    if re.fullmatch(r"\d{1,3}([.,]\d+)?", written):
        age = int(re.split("[.,]", written)[0])
        limits = {band: age_limits(band) for band in AGE_GROUPS}
        return next((band for band, (low, high) in limits.items() if low <= age <= high), UNKNOWN)
    return "TOTAL" if letters(written) in TOTALS else text


@dataclass(frozen=True)
class Dates:
    """Years and months of a column of dates; an entry that is none stays in `year` as it is, to be rejected."""

    year: pd.Series = field(repr=False)
    month: pd.Series = field(repr=False)
    notes: tuple[str, ...] = ()


def dates(column: pd.Series) -> Dates:
    """Years and months of dates such as 2023-04-05, 05.04.2023 and 05/04/2023.

    With slashes the day comes first unless some entry can only be read the other way round.

    Parameters
    ----------
    column : as `as_text` makes it

    Returns
    -------
    Dates
    """
    slashed = [found for entry in entries(column) if (found := _BACKWARDS.fullmatch(entry))]
    month_first = any(int(f["second"]) > 12 for f in slashed) and not any(int(f["first"]) > 12 for f in slashed)
    read = {entry: _year_and_month(entry, month_first) for entry in entries(column)}
    year = recoded(column, {entry: year for entry, (year, _month) in read.items()})
    month = recoded(column, {entry: month for entry, (_year, month) in read.items()})

    notes = []
    doubtful = [found for found in slashed if found["mark"] == "/"]
    if doubtful:
        order = _("the month") if month_first else _("the day")
        notes.append(
            _("In dates such as {date} {order} is taken to come first.").format(date=doubtful[0][0], order=order)
        )
    return Dates(year, month, tuple(notes))


def _year_and_month(entry: str, month_first: bool) -> tuple[str, str | None]:
    if found := _ISO.fullmatch(entry):
        year, month, day = found["year"], int(found["month"]), int(found["day"])
    elif found := _BACKWARDS.fullmatch(entry):
        year, first, second = found["year"], int(found["first"]), int(found["second"])
        month, day = (first, second) if month_first else (second, first)
    else:
        return entry, None
    return (year, f"{month:02d}") if 1 <= month <= 12 and 1 <= day <= 31 else (entry, None)


def mapped(column: pd.Series, read: Callable[[str], str]) -> pd.Series:
    """A column that `as_text` made with each different entry read once."""
    return recoded(column, {entry: read(entry) for entry in entries(column)})


def totals_of(column: pd.Series) -> list[str]:
    """The entries of a column that say "total"."""
    return [entry for entry in entries(column) if letters(entry) in TOTALS]


def total_rows(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Rows that add up the others: one column says "Total", and the others that divide are empty or say so too."""
    totals = {name: totals_of(frame[name]) for name in columns}
    if not any(totals.values()):
        return pd.Series(False, index=frame.index, dtype=bool)
    says_total = pd.DataFrame({name: frame[name].isin(totals[name]) for name in columns})
    empty = pd.DataFrame({name: frame[name].isna() for name in columns})
    lone = says_total.any(axis=1) & (says_total | empty).all(axis=1)
    return lone & ~lone.all()


@dataclass(frozen=True)
class Numbers:
    """A column of numbers as they are written, with a point for decimals and nothing between thousands.

    `thousands` is the first entry whose mark was taken to part thousands, "" where there is none; `unclear` are those
    of which it cannot be known, as 12.000 beside 7.25. They stand in the column as they cannot be read.
    """

    column: pd.Series
    thousands: str = ""
    unclear: tuple[str, ...] = ()


def numbers(column: pd.Series) -> Numbers:
    """Numbers of a sheet, whichever marks part their thousands and decimals.

    A mark that stands before other than three digits is the decimal one in the whole column. Three digits behind the
    other mark are thousands; behind that one they may be either, and are not guessed.
    """
    if pd.api.types.is_numeric_dtype(column):
        return Numbers(column)
    text = as_text(column)
    written = [entry for entry in entries(text) if WRITTEN.fullmatch(entry)]
    decimal = {mark for entry in written for mark in _decimal_marks(SPACES.sub("", entry))}

    read, thousands, unclear = {}, "", []
    for entry in written:
        bare = SPACES.sub("", entry)
        grouped = GROUPED.fullmatch(bare)
        if not grouped:
            point = max(bare.rfind("."), bare.rfind(","))
            whole = bare[:point] if point > 0 else ""
            if whole.lstrip("-").isdigit() or GROUPED.fullmatch(whole):
                read[entry] = f"{without_marks(whole):.0f}.{bare[point + 1 :]}"
            elif point < 0:
                read[entry] = bare
        elif grouped["mark"] in decimal and bare.count(grouped["mark"]) == 1:
            unclear.append(entry)
            read[entry] = f"{entry}?"
        else:
            read[entry] = f"{without_marks(bare):.0f}"
        if not thousands and entry not in unclear and (grouped or bare != entry):
            thousands = entry
    return Numbers(recoded(text, read), thousands, tuple(unclear))


def without_marks(entry: str) -> float:
    """The digits of an entry as one number."""
    digits = "".join(filter(str.isdigit, entry))
    return float(f"{'-' if entry.startswith('-') else ''}{digits or 0}")


def _decimal_marks(bare: str) -> set[str]:
    """The mark of an entry that can only be the decimal one: the last of two kinds, or before other than 3 digits."""
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0 or GROUPED.fullmatch(bare):
        return set()
    return {bare[last]}
