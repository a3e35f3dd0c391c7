"""What goes wrong, in words on the page."""

import logging
from collections.abc import Callable
from html import escape

import panel as pn

from workbench.disclosure_control import roles
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

ALERTS = """
.wb-warning, .wb-light { padding: 10px 14px; border-radius: 6px; font: 14px/1.5 system-ui, sans-serif; }
.wb-warning { background: #fff4d6; color: #5c4300; border: 1px solid #e8cf8a; }
.wb-light { background: #f6f7f9; color: #3c434c; border: 1px solid #d5d9de; }
"""


def safely(ask: Callable, *arguments, **options):
    """What a call gives; of one that fails, why, in words."""
    try:
        return ask(*arguments, **options)
    except Exception as error:
        return in_words(error)


def in_words(error: Exception) -> str:
    """An error in words. An unexpected one is reported as a fault of the workbench, with its traceback in the log.

    Visitors of a served page are not told what a library said.
    """
    if isinstance(error, WorkbenchError):
        return str(error)
    logging.getLogger(__name__).error("The explorer met a fault.", exc_info=error)
    if roles.served():  # what a library says may quote paths, or rows
        return _(
            "This is a fault of the workbench. The log of the server has more of it. Choose something else meanwhile."
        )
    message = _(
        "This is a fault of the workbench: {kind}, {error}. The log has more of it. Choose something else meanwhile."
    )
    return message.format(kind=type(error).__name__, error=error)


def alert(words: str, kind: str = "warning") -> pn.pane.HTML:
    """Words on the page, as they are: what an address asked for may be in them, and Markdown would make links of it."""
    return pn.pane.HTML(
        f"<div class='wb-{kind}'>{escape(words, quote=False)}</div>", stylesheets=[ALERTS], sizing_mode="stretch_width"
    )
