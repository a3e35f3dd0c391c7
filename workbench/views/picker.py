"""The picker in a notebook: an ipywidget over the script that pages have too."""

from collections.abc import Mapping

import anywidget
import ipywidgets
import panel as pn
import traitlets

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.views.chooser import Chooser
from workbench.views.page_picker import SCRIPT, STYLE, PanelPicker


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
        if not self._chooser.fields:  # a table with one sector in one year leaves nothing to choose
            return []
        first = self._chooser.fields[0]
        return [] if first.is_span else sorted(first.chosen(self.selection))

    def __panel__(self) -> pn.viewable.Viewer:
        """The same picker in a Panel layout: both hold one selection."""
        shown = PanelPicker(self._chooser, selection=self.selection)
        shown.param.watch(lambda event: setattr(self, "selection", event.new), "selection")
        self.observe(lambda change: setattr(shown, "selection", change.new), "selection")
        return shown
