"""The screen: one script in a page or a notebook cell, told in parts what it shows, telling what was touched."""

import json
from collections.abc import Callable
from pathlib import Path

import panel as pn
import param
from panel.custom import Child, JSComponent

from workbench.terms.languages import LANGUAGES
from workbench.terms.text import _, language_code
from workbench.views.questions import VIEWS
from workbench.views.reading import reading

FOLDER = Path(__file__).with_name("screen")
PARTS = (
    "tell",
    "dom",
    "patterns",
    "brush",
    "chart",
    "map",
    "line",
    "rows",
    "cells",
    "flow",
    "save",
    "table",
    "menus",
    "guide",
    "help",
    "keys",
    "tabs",
    "frame",
)
"""The files of the script in their order: a browser gets one, so that nothing is fetched by name."""
CARDS = tuple(view for view in VIEWS if view != "total")


def small_script(name: str) -> str:
    """A script that is no screen, behind the one by which it tells Python what was touched.

    Parameters
    ----------
    name : str
        Of a file beside this one.

    Returns
    -------
    str
    """
    return "\n".join(path.read_text(encoding="utf-8") for path in (FOLDER / "tell.js", FOLDER.with_name(name)))


def _script() -> str:
    return "\n".join((FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)


class Json(str):
    """A part of the screen as it is sent."""

    @classmethod
    def of(cls, part: object) -> "Json":
        """Plain values as text.

        Parameters
        ----------
        part : plain values, Json, or None
            None empties a part.

        Returns
        -------
        Json
        """
        if isinstance(part, Json):
            return part
        return cls("" if part is None else json.dumps(part, ensure_ascii=False))


class PartedScreen(JSComponent):
    """A screen that is told in parts what it shows.

    Each part is JSON: a text is sent as it is, where Bokeh would walk through every value.
    """

    words = param.String(doc="What the frame itself says, in the reader's language.")
    head = param.String(doc="Title, all that is chosen and can be chosen, warnings.")
    shapes = param.String(doc="The regions of the map's level; sent when the level changes.")
    busy = param.Integer(doc="Counts the changes that are being answered.")
    done = param.Integer(doc="The last change that is answered.")

    def __init__(self, touched: Callable[[object], None], words: dict, **params):
        self._touched = touched
        super().__init__(words=json.dumps(words), sizing_mode="stretch_width", margin=0, **params)

    def show(self, **parts: object) -> None:
        """Send parts that changed; None empties one.

        Parameters
        ----------
        parts : plain values, Json or a number by the name of the part
        """
        sent = {name: part if isinstance(part, int) else Json.of(part) for name, part in parts.items()}
        self.param.update(**{name: part for name, part in sent.items() if getattr(self, name) != part})

    def begin(self, **parts: object) -> None:
        """Send parts of a change that is being answered from now on.

        Parameters
        ----------
        parts : plain values or Json by the name of the part
        """
        self.show(busy=self.busy + 1, **parts)

    def rest(self, **parts: object) -> None:
        """Send the last parts of a change, and that it is answered.

        Parameters
        ----------
        parts : plain values or Json by the name of the part
        """
        self.show(**parts, done=self.busy)

    def send(self, message: dict) -> None:
        """Tell a browser something that is not kept: a file, code, a dialog.

        Parameters
        ----------
        message : dict
            With `kind`.
        """
        self._send_msg(message)

    def _handle_msg(self, message: object) -> None:
        self._touched(message)


class Screen(PartedScreen):
    """The explorer as a browser draws it."""

    figures = param.String(doc="Key figures.")
    table = param.String()
    pages = param.String(doc="Notes, sources, about the data.")
    comparison = param.String()
    place, time, groups, people, severity = (param.String() for _card in range(5))
    days, size, hours, causes, model = (param.String() for _card in range(5))
    late = param.String(default="[]", doc="The views that are not answered yet, and wait for others.")
    filters = Child(doc="The pickers.")

    _esm = _script()
    _stylesheets = [(FOLDER / "screen.css").read_text(encoding="utf-8")]

    def __init__(self, touched: Callable[[object], None], filters: pn.viewable.Viewable):
        super().__init__(touched, words(), filters=filters)


def words() -> dict:
    """What the frame itself says.

    Returns
    -------
    dict
        Texts by name; `views` are the cards in their order.
    """
    return {
        "views": list(CARDS),
        "lang": language_code(),
        "language": _("Language: {language}"),
        "languages": LANGUAGES,
        "skip": _("Skip to the charts"),
        "dataset": _("Choose a data set"),
        "pages": [[_("Surveys"), "survey"], [_("Where to look first"), "inspectorate"], [_("Wearables"), "wearables"]],
        "other_pages": _("Other pages"),
        "actions": _("Actions"),
        "filters": _("Filters"),
        "chosen": _("What is shown"),
        "key_figures": _("Key figures"),
        "details": _("Details"),
        "export": _("Export"),
        "share": _("Share"),
        "guide": _("Questions"),
        "compare": _("Compare"),
        "end_compare": _("End comparison"),
        "swap": _("Swap"),
        "code": _("Code"),
        "theme": _("Colours: {theme}"),
        "themes": {"auto": _("as the system"), "light": _("light"), "dark": _("dark")},
        "measure": _("Measure"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "clear": _("Clear"),
        "remove": _("Remove the filter {filter}"),
        "close": _("Close"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "waiting": _("Answering"),
        "search": _("Search the table"),
        "rows": _("{n} of {all} rows"),
        "more": _("Show more rows"),
        "table": _("Table"),
        "notes": _("Notes and limits"),
        "sources": _("Sources"),
        "about": _("About these data"),
        "key": _("Key"),
        "reading": reading(),
        "kind": _("What kind of data these are"),
        "closer": _("Closer"),
        "farther": _("Farther away"),
        "whole": _("The whole map"),
    }
