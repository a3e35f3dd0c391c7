"""What a page says is said in its reader's language, whoever calls: a browser, a timer, a cell."""

from collections.abc import Callable
from functools import wraps
from gettext import NullTranslations
from typing import Protocol

from workbench.terms.text import speaking


class Speaker(Protocol):
    """What has a language of its own."""

    translations: NullTranslations


def in_own_language(method: Callable) -> Callable:
    """A method that speaks the `translations` of its object.

    A browser's messages and timers run apart from whatever made the object, so the language is taken up again by each.
    """

    @wraps(method)
    def within(self: Speaker, *values: object, **named: object) -> object:
        with speaking(self.translations):
            return method(self, *values, **named)

    return within
