"""The languages that the workbench speaks: which there are, and how one is chosen."""

import gettext
import os

from workbench.terms.catalogues import catalogue
from workbench.terms.errors import UnknownName
from workbench.terms.text import ENGLISH, LANGUAGE, _

LANGUAGES = {"en": "English", "nl": "Nederlands", "fr": "Français", "de": "Deutsch"}
"""By their codes, each as its own readers call it."""


def language(code: str) -> gettext.NullTranslations:
    """The messages of a language, to speak within a block: `with speaking(language("nl"))`.

    Parameters
    ----------
    code : str
        en, nl, fr or de.

    Returns
    -------
    NullTranslations

    Raises
    ------
    UnknownName
        For another language.
    """
    if code not in list(LANGUAGES):  # whatever kind of value it is
        hint = _("There are: {names}.").format(names=", ".join(LANGUAGES))
        raise UnknownName(_("language"), code, LANGUAGES, hint=hint)
    return ENGLISH if code == "en" else catalogue(code)


def speak(code: str) -> None:
    """Speak a language from now on: in findings, charts, briefs and the explorer, and in what is started from here.

    Parameters
    ----------
    code : str
        en, nl, fr or de.

    Raises
    ------
    UnknownName
        For another language.
    """
    language(code)
    os.environ[LANGUAGE] = code
