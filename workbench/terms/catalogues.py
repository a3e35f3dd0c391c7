"""Catalogues of messages: read from `locale/`, with figures written as the language writes them."""

import gettext
import re
import string
from functools import cache
from io import BytesIO
from numbers import Number
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "locale"
DOMAIN = "workbench"
SPECIFIED = re.compile(r"\{[^{}]*:")
"""A placeholder that says how its number is written: of others nothing has other marks in another language."""


class _Formatter(string.Formatter):
    """Fills a message as `str.format` does; what a number's own format makes of it is written with other marks."""

    def __init__(self, marks: dict[int, str]):
        self._marks = marks

    def format_field(self, value: object, spec: str) -> str:
        text = format(value, spec)
        return text.translate(self._marks) if spec and isinstance(value, Number) else text


class Message(str):
    """A message that says how numbers are written: `.format` writes `{n:,}` as 1.234 or 1 234, as its language does."""

    __slots__ = ("_formatter",)

    def __new__(cls, text: str, formatter: _Formatter) -> "Message":
        message = super().__new__(cls, text)
        message._formatter = formatter
        return message

    def format(self, *values: object, **named: object) -> str:
        return self._formatter.format(str(self), *values, **named)


class Language(gettext.GNUTranslations):
    """The messages of one language, and its marks in figures.

    Attributes
    ----------
    code : str
        As in an address and in HTML: "nl".
    marks : dict
        What the comma and the full stop of English figures become, for `str.translate`.
    """

    def __init__(self, code: str, packed: BytesIO, marks: dict[int, str]):
        super().__init__(packed)
        self.code, self.marks = code, marks
        self._formatter = _Formatter(marks)

    def gettext(self, message: str) -> str:
        return self._message(super().gettext(message)) if message else ""  # "" would be the catalogue's own head

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self._message(super().ngettext(one, many, n))

    def knows(self, message: str) -> bool:
        """Whether the catalogue has the message."""
        return super().gettext(message) is not message

    def _message(self, text: str) -> str:
        return Message(text, self._formatter) if SPECIFIED.search(text) else text


@cache
def catalogue(code: str) -> Language:
    """The messages of a language.

    Parameters
    ----------
    code : str
        One that has a folder in `locale/`.

    Returns
    -------
    Language
    """
    # only who reads another language than English waits for Babel (0.1 s)
    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as lines:
        messages = read_po(lines, locale=code)
    packed = BytesIO()
    write_mo(packed, messages)
    packed.seek(0)
    symbols = Locale(code).number_symbols["latn"]
    return Language(code, packed, str.maketrans({",": symbols["group"], ".": symbols["decimal"]}))


@cache
def catalogues() -> list[str]:
    """The languages that have a catalogue; English needs none."""
    return sorted(folder.name for folder in FOLDER.iterdir() if (folder / "LC_MESSAGES" / f"{DOMAIN}.po").exists())
