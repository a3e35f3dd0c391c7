"""The picker on a screen: one script for notebooks (an ipywidget) and for pages (a Panel component)."""

from collections.abc import Callable, Mapping
from pathlib import Path

import anywidget
import ipywidgets
import panel as pn
import param
import traitlets
from panel.custom import JSComponent

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.views.chooser import Chooser

SCRIPT = Path(__file__).with_name("picker.js").read_text(encoding="utf-8")
STYLE = Path(__file__).with_name("picker.css").read_text(encoding="utf-8")


def _sent(selection: Selection, _widget: object) -> dict:
    return selection.to_dict()


def _received(plain: dict, _widget: object) -> Selection:
    return Selection.from_dict(plain)


class Picker(anywidget.AnyWidget, ipywidgets.ValueWidget):
    """A picker in a notebook: an ipywidget, and in a Panel layout a component over the same script.

    Attributes
    ----------
    selection : Selection
        What is chosen; setting it moves the picker. The picker changes its own fields only: what else the selection
        asks for stays, and is what the counts next to the choices lie under.
    value : Selection
        The same, under the name that `interact`, `interactive_output` and `jslink` look for.
    picked : list of str
        Codes of the first field (a region picker's regions), as a linked map sets them.
    notice : str
        What had to be said of the last touch, such as that the other end of a span moved along.
    """

    _esm = SCRIPT
    _css = STYLE

    selection = traitlets.Instance(Selection, kw={})
    value = traitlets.Instance(Selection, kw={}).tag(sync=True, to_json=_sent, from_json=_received)
    picked = traitlets.List(traitlets.Unicode())
    notice = traitlets.Unicode()
    structure = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, chooser: Chooser, selection: Selection | None = None):
        self._chooser = chooser
        selection = selection or Selection()
        fields = {"selection": selection, "value": selection, "structure": chooser.structure()}
        super().__init__(**fields, state=chooser.state(selection))
        self.picked = self._codes()
        self.observe(self._show, "selection")
        self.observe(self._follow, "value")
        self.observe(self._pick, "picked")
        self.on_msg(self._touched)

    @property
    def cube(self) -> Cube:
        """The cube whose accidents are chosen."""
        return self._chooser.cube

    def _touched(self, _widget: object, touch: object, _buffers: object) -> None:
        if isinstance(touch, Mapping):
            before = self.selection
            after, self.notice = self._chooser.after(before, touch)
            self.selection = after
            if after == before:  # the screen has shown the touch already
                self._show()
                self.send_state("state")

    def _show(self, _change: object = None) -> None:
        self.state = self._chooser.state(self.selection, self.notice)
        self.value = self.selection
        self.picked = self._codes()

    def _follow(self, change) -> None:
        self.notice = ""
        self.selection = change.new

    def _pick(self, change) -> None:
        if change.new != self._codes():
            self.notice = ""
            self.selection = self._chooser.fields[0].choose(self.selection, frozenset(change.new))

    def _codes(self) -> list[str]:
        first = self._chooser.fields[0]
        return [] if first.is_span else sorted(first.chosen(self.selection))

    def __panel__(self) -> pn.viewable.Viewer:
        """The same picker in a Panel layout: both hold one selection."""
        shown = PanelPicker(self._chooser, selection=self.selection)
        shown.param.watch(lambda event: setattr(self, "selection", event.new), "selection")
        self.observe(lambda change: setattr(shown, "selection", change.new), "selection")
        return shown


class Screen(JSComponent):
    """The script in a page: shows `structure` and `state`, and hands every touch on."""

    structure = param.Dict(default={})
    state = param.Dict(default={})

    _esm = SCRIPT
    _stylesheets = [STYLE]

    def __init__(self, touched: Callable[[object], None], **params):
        self._touched = touched
        super().__init__(sizing_mode="stretch_width", **params)

    def _handle_msg(self, touch: object) -> None:
        self._touched(touch)


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
            page.add_next_tick_callback(self._show)
        else:
            self._show()

    def _show(self) -> None:
        self._screen.state = self._chooser.state(self.selection, self._notice)
        self._notice = ""

    def __panel__(self) -> Screen:
        return self._screen
