"""Days lost, death within a year, and the year an accident counts in."""

import re
from dataclasses import dataclass
from datetime import date

from workbench.terms.errors import UnknownCode, WorkbenchError
from workbench.terms.text import _

FATAL = "998"
PERMANENT = "997"
"""Permanent incapacity, whatever the days, or 183 days and more."""
UNKNOWN_DAYS = "000"
FIRST_DAY, LAST_DAY = 4, 182
"""Exact numbers of days that the field can hold."""


@dataclass(frozen=True)
class Band:
    """A code for days lost where no exact number is known.

    `least` and `most` are days, both included. ESAW words the three longer bands in months, so their day limits are
    inferred; `loose_least` and `loose_most` hold every reading that calendar months of 28 to 31 days allow.
    """

    severity: str
    least: int
    most: int
    loose_least: int
    loose_most: int


BANDS = {
    "A01": Band("D4-6", 4, 6, 4, 6),
    "A02": Band("D7-13", 7, 13, 7, 13),
    "A03": Band("D14-20", 14, 20, 14, 20),
    "A04": Band("D21-30", 21, 30, 21, 30),
    "A05": Band("D31-90", 31, 90, 28, 91),
    "A06": Band("D91-182", 91, 182, 89, 183),
}


def days_lost(accident: date, back: date) -> int:
    """Full calendar days between the day of the accident and the day of return, neither of them counted.

    Weekends and holidays count. ESAW methodology 2001, p. 15 and Table 2.

    Parameters
    ----------
    accident, back : date
        The day of the accident; the day of return to work.

    Returns
    -------
    int
        Days, 0 or more.

    Raises
    ------
    WorkbenchError
        If the return lies before the accident.
    """
    if back < accident:
        raise WorkbenchError(
            _("The return to work ({back}) lies before the accident ({accident}).").format(back=back, accident=accident)
        )
    return max(0, (back - accident).days - 1)


def days_lost_code(lost: int, *, permanent_incapacity: bool = False, fatal: bool = False) -> str | None:
    """The code for days lost. ESAW methodology 2001, p. 15 and Table 2.

    Parameters
    ----------
    lost : int
        Full calendar days.
    permanent_incapacity, fatal : bool
        Whether the victim stays disabled, or died within a year: then the days do not matter.

    Returns
    -------
    str or None
        Three characters; None when fewer than four days keep the accident out of ESAW.
    """
    if fatal:
        return FATAL
    if permanent_incapacity or lost > LAST_DAY:
        return PERMANENT
    return f"{lost:03d}" if lost >= FIRST_DAY else None


def anniversary(accident: date) -> date:
    """The last day on which a death counts: a year after the accident.

    For an accident on 29 February it is 28 February; that is our own convention, because the Regulation has none.
    """
    try:
        return accident.replace(year=accident.year + 1)
    except ValueError:
        return date(accident.year + 1, 2, 28)


def is_fatal(accident: date, death: date) -> bool:
    """Whether the victim died within one year, the anniversary included. Regulation (EU) 349/2011, art. 1(b).

    Parameters
    ----------
    accident, death : date
        The day of the accident; the day of death.

    Returns
    -------
    bool
        Whether the accident is fatal in the sense of ESAW.

    Raises
    ------
    WorkbenchError
        If the death lies before the accident.
    """
    if death < accident:
        raise WorkbenchError(
            _("The death ({death}) lies before the accident ({accident}).").format(death=death, accident=accident)
        )
    return death <= anniversary(accident)


def reference_year(case_number: str, accident: date | None = None) -> int:
    """The year of notification: the first four characters of the case number, not the year of the accident.

    Regulation (EU) 349/2011, art. 3 and Annex I. The number itself is never repeated in a message.

    Parameters
    ----------
    case_number : str
        Begins with four digits of a year.
    accident : date, optional
        Where given, it must not lie after that year.

    Returns
    -------
    int
        The reference year.

    Raises
    ------
    WorkbenchError
        If the number does not begin with a year, or the accident happened after that year.
    """
    if not re.match(r"(?:19|20)\d\d", case_number):
        raise WorkbenchError(_("The case number does not begin with the four digits of a year."))
    year = int(case_number[:4])
    if accident and accident.year > year:
        message = _("The accident of {accident} was notified in {year}, before it happened.")
        raise WorkbenchError(message.format(accident=accident, year=year))
    return year


def severity(code: str) -> str:
    """The severity that a code for days lost stands for.

    Parameters
    ----------
    code : str
        Three characters: an exact number of days, a band (A01 to A06), 997, 998, or 000.

    Returns
    -------
    str
        FAT, a band of days such as D4-6 or D_GE183, or D_UNK.

    Raises
    ------
    UnknownCode
        If it is not a code for days lost.
    """
    if code == FATAL:
        return "FAT"
    if code == PERMANENT:
        return "D_GE183"
    if code == UNKNOWN_DAYS:
        return "D_UNK"
    if code in BANDS:
        return BANDS[code].severity
    if re.fullmatch(r"\d{3}", code) and FIRST_DAY <= int(code) <= LAST_DAY:
        return next(band.severity for band in BANDS.values() if int(code) <= band.most)
    hint = _("Fewer than 4 days are no ESAW accident; 183 days and more are 997.")
    raise UnknownCode(_("code for days lost"), code, ["000", *BANDS, PERMANENT, FATAL], hint=hint)
