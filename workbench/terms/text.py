"""The door to gettext: every sentence that people read goes through `_`, one with a number through `n_`.

What is written down at import (a table of labels, the name of a measure) is only marked, with `mark`, and translated
where it is shown, with `translated`: so a language can be switched while the workbench runs.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENGLISH = gettext.NullTranslations()
_TRANSLATIONS: ContextVar[gettext.NullTranslations] = ContextVar("translations", default=_ENGLISH)


def _(message: str) -> str:
    """A whole message, written out as a literal, in the reader's language; figures and names go in by `.format`."""
    return _TRANSLATIONS.get().gettext(message)


def n_(one: str, many: str, n: int) -> str:
    """`n_("1 record", "{n:,} records", n).format(n=n)`: the message for one, or for another number.

    Parameters
    ----------
    one, many : str
        Literals; `many` names the number as a placeholder.
    n : int
        The number that decides, 1 or another.

    Returns
    -------
    str
        With its placeholders still to be filled by `.format`.
    """
    return _TRANSLATIONS.get().ngettext(one, many, n)


def mark(message: str) -> str:
    """A literal that is shown later: found by the extraction of messages, left as it is.

    Parameters
    ----------
    message : str
        A literal.

    Returns
    -------
    str
        The same, not yet translated.
    """
    return message


def translated(marked: str) -> str:
    """What `mark` has marked, in the reader's language.

    Parameters
    ----------
    marked : str
        A literal given to `mark`.

    Returns
    -------
    str
    """
    return _TRANSLATIONS.get().gettext(marked)


def spoken() -> gettext.NullTranslations:
    """The translations that are in force: what keeps messages for later keeps them for each of these."""
    return _TRANSLATIONS.get()


@contextmanager
def speaking(translations: gettext.NullTranslations) -> Iterator[None]:
    """Within the block, messages come from `translations`; English outside."""
    before = _TRANSLATIONS.set(translations)
    try:
        yield
    finally:
        _TRANSLATIONS.reset(before)


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
