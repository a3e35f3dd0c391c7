"""A model on the screen: what can be chosen of it, and its finding, chart, reading, diagnostics and code, kept up."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import ipywidgets
import traitlets

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import cube as cube_of
from workbench.study.finding import Finding
from workbench.study.own_table import Table
from workbench.study.recipe import Recipe
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, capital
from workbench.views.bokeh_chart import BokehChart
from workbench.views.diagnostics import diagnostics
from workbench.views.faults import in_words
from workbench.views.opening import divisions, levels
from workbench.views.picker import Picker

CONFIDENCE = (0.9, 0.95, 0.99)
NONE = ""
"""The value of a menu that divides by nothing."""


class ModelWidget(ipywidgets.VBox):
    """One question under a selection: its controls, and what is found, told anew whenever one of them changes.

    Attributes
    ----------
    selection : Selection
        Follows the picker that it is bound to; else set it.
    finding : Finding or None
        What is shown; None where the question cannot be answered, and `refusal` says why.
    controls : dict of str to widget
        By the name of the question's parameter; setting a control's `value` asks again.
    on_screen : bool
        Whether it answers at once; else what was touched meanwhile is asked when it comes onto the screen.
    """

    selection = traitlets.Instance(Selection, kw={})
    finding = traitlets.Instance(Finding, allow_none=True)
    refusal = traitlets.Unicode()
    code = traitlets.Unicode()
    on_screen = traitlets.Bool(True)

    def __init__(
        self,
        question: str,
        source: str | Cube | Table | Picker,
        selection: Selection | None,
        controls: Callable[[Cube], Mapping[str, ipywidgets.Widget]],
        *,
        on_screen: bool = True,
    ):
        picker = source if isinstance(source, Picker) else None
        self.question, self.cube = question, picker.cube if picker else cube_of(source)
        self.controls = dict(controls(self.cube))
        self._reading, self._checks, self._notes = (ipywidgets.HTML() for _part in range(3))
        self._reading.layout.margin = "8px 2px"
        self._chart = BokehChart()
        self._code = ipywidgets.Textarea(layout={"width": "auto", "height": "170px"}, tooltip=_("Copy as code"))
        self._answered: Recipe | None = None
        selection = selection or (picker.selection if picker else Selection())
        super().__init__(self._parts(), selection=selection, on_screen=on_screen)
        self.add_class("wb-model")

        for control in self.controls.values():
            control.observe(self._ask, "value")
        self.observe(self._ask, ["selection", "on_screen"])
        if picker:
            traitlets.link((self, "selection"), (picker, "selection"))
        self._ask()

    def recipe(self) -> Recipe:
        """The question as it stands, to be asked again elsewhere.

        Returns
        -------
        Recipe
        """
        options = {name: control.value for name, control in self.controls.items()}
        return Recipe(self.question, self.cube, self.selection, _given(options))

    def _parts(self) -> list[ipywidgets.Widget]:
        row = ipywidgets.HBox([*self.controls.values()], layout={"flex_flow": "row wrap"})
        more = [
            Fold(_("Diagnostics"), self._checks),
            Fold(_("Notes and limits"), self._notes),
            Fold(_("Copy as code"), self._code),
        ]
        return [row, self._chart, self._reading, *more]

    def _ask(self, _change: object = None) -> None:
        recipe = self.recipe()
        if not self.on_screen or recipe == self._answered:
            return
        self._answered = recipe
        self.code = self._code.value = recipe.code()
        try:
            finding = recipe.ask()
            drawn = finding.chart()
        except Exception as error:
            self._tell_refusal(in_words(error))
            return
        self._reading.value = _paragraphs([finding.summary])
        self._notes.value = _paragraphs([*finding.notes, finding.cite()])
        self._checks.value = _paragraphs(diagnostics(finding) or [_("There is nothing to be said against it.")])
        self._chart.show(drawn, finding.title)
        self.refusal, self.finding = "", finding

    def _tell_refusal(self, words: str) -> None:
        self._notes.value = self._checks.value = ""
        self._reading.value = _paragraphs([words])
        self._chart.show(None)
        self.finding, self.refusal = None, words


class Fold(ipywidgets.VBox):
    """A part that its button shows and hides, by mouse and by keyboard.

    The headings of ipywidgets' Accordion (8.1.9) take the mouse alone: they are neither buttons nor stops of Tab.
    """

    def __init__(self, title: str, part: ipywidgets.Widget):
        self.button = ipywidgets.ToggleButton(description=title, layout={"width": "auto", "align_self": "flex-start"})
        self._part = part
        super().__init__([self.button, part])
        self.button.observe(self._turn, "value")
        self._turn()

    def _turn(self, _change: object = None) -> None:
        self._part.layout.display = None if self.button.value else "none"
        self.button.icon = "caret-down" if self.button.value else "caret-right"


class Models(ipywidgets.Tab):
    """Model widgets in tabs: the one on the screen answers, the others once their tab is opened."""

    def __init__(self, widgets: Mapping[str, ModelWidget]):
        super().__init__([*widgets.values()], titles=[*widgets], selected_index=0)
        self.observe(self._turn, "selected_index")
        self._turn()

    def _turn(self, _change: object = None) -> None:
        for place, widget in enumerate(self.children):
            widget.on_screen = place == self.selected_index


def _given(options: Mapping[str, object]) -> dict[str, object]:
    """The options that are not left open, sequences as lists."""
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    return {name: value for name, value in plain.items() if value}


def _paragraphs(sentences: Sequence[str]) -> str:
    """Sentences as paragraphs; what data say of themselves is shown as it is written."""
    lines = [line for text in sentences for line in text.splitlines() if line.strip()]
    return "".join(f"<p style='margin:0 0 6px;font-size:14px;line-height:1.45'>{escape(line)}</p>" for line in lines)


def level_menu() -> ipywidgets.Dropdown:
    """Confidence levels."""
    options = [(_("{percent}%").format(percent=round(100 * level)), level) for level in CONFIDENCE]
    return ipywidgets.Dropdown(options=options, value=0.95, description=_("Level"), layout={"width": "190px"})


class Toggles(ipywidgets.HBox):
    """Several of a few choices, each a button that stays down; `value` is those that are down, in their order."""

    value = traitlets.Tuple()

    def __init__(self, title: str, options: Sequence[tuple[str, str]], value: Sequence[str] = ()):
        self.description = title
        self._buttons = {code: _toggle(label, code in value) for label, code in options}
        heading = ipywidgets.Label(title, layout={"width": "80px", "min_width": "80px", "justify_content": "flex-end"})
        row = ipywidgets.HBox([*self._buttons.values()], layout={"flex_flow": "row wrap"})
        super().__init__([heading, row], layout={"width": "100%"})
        self._read()
        for button in self._buttons.values():
            button.observe(self._read, "value")
        self.observe(self._press, "value")

    def _read(self, _change: object = None) -> None:
        for button in self._buttons.values():
            button.button_style, button.icon = ("primary", "check") if button.value else ("", "")
        self.value = tuple(code for code, button in self._buttons.items() if button.value)

    def _press(self, change) -> None:
        """Move the buttons to a value that was set; it is read back when the last of them has moved."""
        for button in self._buttons.values():
            button.unobserve(self._read, "value")
        for code, button in self._buttons.items():
            button.value = code in change.new
            button.observe(self._read, "value")
        self._read()


def _toggle(label: str, down: bool) -> ipywidgets.ToggleButton:
    return ipywidgets.ToggleButton(value=down, description=label, layout={"width": "auto"})


class Sliders(ipywidgets.VBox):
    """A weight from 0 to 3 for each of a few criteria; `value` has them by name."""

    value = traitlets.Dict()

    def __init__(self, titles: Mapping[str, str], on: Sequence[str]):
        self.sliders = {
            name: ipywidgets.FloatSlider(
                float(name in on), min=0, max=3, step=0.1, description=title, continuous_update=False
            )
            for name, title in titles.items()
        }
        super().__init__([*self.sliders.values()])
        for slider in self.sliders.values():
            slider.observe(self._read, "value")
        self._read()

    def _read(self, _change: object = None) -> None:
        self.value = {name: slider.value for name, slider in self.sliders.items()}


def dimensions_menu(cube: Cube, title: str, chosen: Sequence[str], *, only: Sequence[str] = ()) -> Toggles:
    """Several dimensions of a cube, of those in `only` where any are named."""
    options = [(capital(DIMENSIONS[name].label), name) for name in dimensions_of(cube) if not only or name in only]
    return Toggles(title, options, chosen)


def dimensions_of(cube: Cube) -> list[str]:
    """What a cube can be divided by, years left aside."""
    return [*levels(cube).values(), *divisions(cube).values()]


class ReferenceMenus(ipywidgets.HBox):
    """For each term of a regression the group that the others are compared with; `value` has those that are chosen."""

    value = traitlets.Dict()

    def __init__(self, cube: Cube, terms: Toggles):
        self._cube, self._terms, self._menus = cube, terms, {}
        super().__init__(layout={"flex_flow": "row wrap"})
        terms.observe(self._fit, "value")
        self._fit()

    def _fit(self, _change: object = None) -> None:
        """A menu for each term; what was chosen stays as long as its term does."""
        for name in self._terms.value:
            if name not in self._menus:
                self._menus[name] = self._menu(name)
        self.children = [self._menus[name] for name in self._terms.value]
        self._read()

    def _menu(self, name: str) -> ipywidgets.Dropdown:
        dim = DIMENSIONS[name]
        known = self._cube.lists[dim.axis]
        present = [code for code in self._cube.codes(dim.axis) if code not in {known.total, UNKNOWN}]
        codes = present if dim.level is None else [known.ancestor_at(code, dim.level) for code in present]
        options = [(known.label(code), code) for code in dict.fromkeys(codes) if code != UNKNOWN]
        title = _("{term} against").format(term=capital(dim.label))
        menu = ipywidgets.Dropdown(
            options=[(_("most people"), NONE), *options],
            value=NONE,
            description=title,
            style={"description_width": "initial"},
            layout={"width": "320px"},
        )
        menu.observe(self._read, "value")
        return menu

    def _read(self, _change: object = None) -> None:
        self.value = {name: self._menus[name].value for name in self._terms.value if self._menus[name].value}
