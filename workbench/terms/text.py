"""The door to gettext: every string that people read goes through `_`. English only for now."""

import gettext
from pathlib import Path

_ = gettext.translation("workbench", Path(__file__).parents[1] / "locale", fallback=True).gettext


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
