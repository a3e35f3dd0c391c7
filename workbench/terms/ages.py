"""Bands of ages as they are written: `Y25-34`, `Y_LT25`, `Y_GE55`, and the years that they hold."""

import re

from workbench.terms.errors import UnknownCode
from workbench.terms.text import _

OLDEST = 120
"""The highest age: that of an open band, and the most that is taken for an age."""
_AGE = re.compile(
    r"Y(?:_LT(?P<below>\d{1,3})|_GE(?P<least>\d{1,3})|(?P<low>\d{1,3})-(?P<high>\d{1,3})|(?P<single>\d{1,3}))", re.ASCII
)


def age_limits(code: str) -> tuple[int, int]:
    """First and last year of age in a band, both included: `Y_LT18` is (0, 17).

    Raises
    ------
    UnknownCode
        For what is no band of ages up to 120.
    """
    low, high = _limits(code) if _AGE.fullmatch(code) else (1, 0)
    if not low <= high <= OLDEST:
        raise UnknownCode(_("age group"), code[:60], hint=_("Write bands as Y25-34, Y_LT25 or Y_GE55."))
    return low, high


def is_band(text: str) -> bool:
    """Whether a text is a band of ages up to 120.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool
    """
    if not _AGE.fullmatch(text):
        return False
    low, high = _limits(text)
    return low <= high <= OLDEST


def _limits(code: str) -> tuple[int, int]:
    found = _AGE.fullmatch(code)
    if found["below"]:
        return 0, int(found["below"]) - 1
    if found["least"]:
        return int(found["least"]), OLDEST
    low = int(found["low"] or found["single"])
    return low, int(found["high"] or low)
