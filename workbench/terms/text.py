"""The door to gettext: every string that people read goes through `_`, with a number through `n_`. English only for now."""

import gettext
from pathlib import Path

_TOLD = gettext.translation("workbench", Path(__file__).parents[1] / "locale", fallback=True)
_ = _TOLD.gettext
n_ = _TOLD.ngettext
"""`n_("1 record", "{n:,} records", n).format(n=n)`: the sentence for one, or for another number."""


def capital(sentence: str) -> str:
    """A sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
