"""The door to gettext: every sentence that people read goes through `_`, one with a number through `n_`.

What is written down at import (a table of labels, the name of a measure) is only marked, with `mark`, and translated
where it is shown, with `translated`: so a language can be switched while the workbench runs.
"""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from workbench.terms.catalogues import catalogue, catalogues

LANGUAGE = "WORKBENCH_LANG"
"""The environment variable that says which language is spoken where a block says nothing: also in what is started."""
ENGLISH = gettext.NullTranslations()
_SPOKEN: ContextVar[gettext.NullTranslations | None] = ContextVar("spoken", default=None)


def _(message: str) -> str:
    """A whole message, written out as a literal, in the reader's language; figures and names go in by `.format`."""
    return spoken().gettext(message)


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
    return spoken().ngettext(one, many, n)


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
    return spoken().gettext(marked)


def spoken() -> gettext.NullTranslations:
    """The translations that are in force: what keeps messages for later keeps them for each of these.

    Those of the block, else of the language that the environment names, else English.
    """
    within = _SPOKEN.get()
    if within is not None:
        return within
    code = os.environ.get(LANGUAGE, "")
    return catalogue(code) if code and code in catalogues() else ENGLISH


def language_code() -> str:
    """The language that is spoken, as HTML names it: "en", "nl"."""
    return getattr(spoken(), "code", "en")


def figures(text: str) -> str:
    """A figure that Python wrote (`1,234.5`), with the marks of the language that is spoken (`1.234,5`).

    Parameters
    ----------
    text : str
        Of digits, a sign and English marks alone.

    Returns
    -------
    str
    """
    marks = getattr(spoken(), "marks", None)
    return text.translate(marks) if marks else text


@contextmanager
def speaking(translations: gettext.NullTranslations) -> Iterator[None]:
    """Within the block, messages come from `translations`; English outside."""
    before = _SPOKEN.set(translations)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
