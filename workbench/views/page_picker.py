"""The picker in a page: a Panel component over the script of the notebooks' widget, which pages need not load."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import panel as pn
import param
from panel.custom import JSComponent

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.views.chooser import Chooser
from workbench.views.screen import small_script

SCRIPT = small_script("picker.js")
STYLE = Path(__file__).with_name("picker.css").read_text(encoding="utf-8")
LATER = 20
"""Milliseconds after which a page's picker counts what is left: the views of the window are on their way by then."""


class Screen(JSComponent):
    """The script in a page: shows `structure` and `state`, and hands every touch on.

    Both are JSON: a text is sent as it is, where Bokeh would walk through every value.
    """

    structure = param.String()
    state = param.String()

    _esm = SCRIPT
    _stylesheets = [STYLE]

    def __init__(self, touched: Callable[[object], None], structure: dict, state: dict):
        self._touched = touched
        super().__init__(sizing_mode="stretch_width", structure=_text(structure), state=_text(state))

    def _handle_msg(self, touch: object) -> None:
        self._touched(touch)


def _text(values: dict) -> str:
    return json.dumps(values, ensure_ascii=False)


class PanelPicker(pn.viewable.Viewer):
    """A picker in a page; `selection` is what is chosen, setting it moves the picker.

    Parameters
    ----------
    chooser : Chooser
    selection : Selection
    """

    selection = param.ClassSelector(class_=Selection, default=Selection())

    def __init__(self, chooser: Chooser, selection: Selection | None = None):
        super().__init__(selection=selection or Selection())
        self._chooser, self._notice = chooser, ""
        self._screen = Screen(self._touch, structure=chooser.structure(), state=chooser.state(self.selection))

    @property
    def cube(self) -> Cube:
        """The cube whose accidents are chosen."""
        return self._chooser.cube

    def _touch(self, touch: object) -> None:
        if isinstance(touch, Mapping):
            before = self.selection
            after, self._notice = self._chooser.after(before, touch)
            self.selection = after
            if after == before:  # the screen has shown the touch already
                self._show()

    @param.depends("selection", watch=True)
    def _show_later(self) -> None:
        """In a served page after the views that follow the selection, so that these are painted first."""
        page = pn.state.curdoc
        if page is not None and page.session_context:
            page.add_timeout_callback(self._show, LATER)
        else:
            self._show()

    def _show(self) -> None:
        self._screen.state = _text(self._chooser.state(self.selection, self._notice))
        self._notice = ""

    def __panel__(self) -> Screen:
        return self._screen
