"""Pickers: what a person touches to say which accidents, of whom, where, when; together they hold one `Selection`."""

from pathlib import Path

import panel as pn
import param
from panel.custom import JSComponent

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import prepare
from workbench.terms.codes import UNKNOWN, CodeList, age_limits
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _
from workbench.views.questions import answers

TREE_STYLE = """
.tree { font: 14px/1.5 system-ui, sans-serif; }
.tree input[type=search] { width: 100%; box-sizing: border-box; padding: 4px 8px; margin-bottom: 4px; }
.tree .list { max-height: 190px; overflow: auto; border: 1px solid #d5d9de; border-radius: 4px; padding: 4px; }
.tree details > :not(summary) { margin-left: 18px; }
.tree .leaf { padding-left: 15px; }
.tree label { cursor: pointer; }
.tree small { color: #5f6772; margin-left: 6px; }
.tree .chosen button { border: 0; border-radius: 10px; background: #e4eef6; padding: 1px 9px;
    margin: 0 4px 4px 0; cursor: pointer; }
"""
ANY = -1
"""The value of an age menu that sets no limit; a menu shows None as blank."""
CORE = ("nuts", "nace", "sex", "age_group", "year", "severity")


class CodeTree(JSComponent):
    """A tree of codes with checkboxes and a search field; `value` is the list of chosen codes."""

    nodes = param.List(doc="One mapping per code: code, label, parent.")
    value = param.List(doc="The chosen codes.")
    placeholder = param.String(doc="What the search field says before anything is written.")

    _esm = Path(__file__).with_name("tree.js").read_text(encoding="utf-8")
    _stylesheets = [TREE_STYLE]


class SelectionPicker(pn.viewable.Viewer):
    """All pickers for one cube. `selection` is what they say; setting it moves the pickers.

    Pickers of dimensions that the cube does not have are not shown; dimensions beyond the usual ones (commuting,
    question, size) get a menu each.
    """

    cube = param.ClassSelector(class_=Cube, allow_refs=False)
    selection = param.ClassSelector(class_=Selection, default=Selection())

    def __init__(self, cube: Cube, **params):
        super().__init__(cube=cube, **params)
        self._moving = False
        self.regions = CodeTree(name="regions", placeholder=_("Find by name or code"), sizing_mode="stretch_width")
        self.sectors = CodeTree(name="sectors", placeholder=_("Find by name or code"), sizing_mode="stretch_width")
        self.sex = pn.widgets.RadioButtonGroup(label=_("Sex"), sizing_mode="stretch_width")
        self.age_from = pn.widgets.Select(label=_("Age from"), width=120)
        self.age_to = pn.widgets.Select(label=_("to"), width=120)
        self.years = pn.widgets.IntRangeSlider(
            label=_("Years"), start=2000, end=2001, value=(2000, 2001), sizing_mode="stretch_width"
        )
        self.severity = pn.widgets.Select(label=_("Severity"), sizing_mode="stretch_width")
        self.others: dict[str, pn.widgets.Select] = {}
        self._column = pn.Column(sizing_mode="stretch_width")
        for widget in (self.regions, self.sectors, self.sex, self.age_from, self.age_to, self.severity):
            widget.param.watch(self._read, "value")
        self.years.param.watch(self._read, "value_throttled")
        self._refit()

    @param.depends("cube", watch=True)
    def _refit(self) -> None:
        """Give every picker the codes of the cube; keep what was chosen where the cube knows it."""
        cube, self._moving = self.cube, True
        for axis, tree in (("nuts", self.regions), ("nace", self.sectors)):
            tree.nodes = _nodes(cube, axis) if axis in cube.axes else []
        self._fit_demography(cube)
        years = cube.years()
        if years and years[0] < years[1]:
            self.years.param.update(start=years[0], end=years[1], value=years)
        self.severity.options = {_("All"): "", **_labelled(cube, "severity", above=True)}
        rest = [axis for axis in sorted(cube.axes) if axis not in CORE]
        self.others = {axis: self._menu(axis) for axis in rest}
        usual = prepare(cube, Selection(), ()).selection.where
        self._usual = {
            DIMENSIONS[name].axis: codes for name, codes in usual
        }  # what the entry counts unless asked otherwise
        self._column[:] = self._shown(cube, years)
        self._moving = False
        self._move()

    def _fit_demography(self, cube: Cube) -> None:
        names = {_("All"): "", _("Women"): "F", _("Men"): "M"}
        self.sex.options = {
            label: code
            for label, code in names.items()
            if not code or ("sex" in cube.axes and code in cube.codes("sex"))
        }
        limits = (
            [age_limits(c) for c in cube.codes("age_group") if c not in {UNKNOWN, "TOTAL"}]
            if "age_group" in cube.axes
            else []
        )
        lows, highs = sorted({low for low, _high in limits}), sorted({high for _low, high in limits})
        self.age_from.options = {_("any"): ANY, **{str(low): low for low in lows[1:]}}
        self.age_to.options = {_("any"): ANY, **{str(high): high for high in highs[:-1]}}

    def _menu(self, axis: str) -> pn.widgets.Select:
        menu = pn.widgets.Select(
            label=DIMENSIONS[axis].label.capitalize() if axis in DIMENSIONS else axis,
            options={_("All"): "", **_labelled(self.cube, axis)},
            sizing_mode="stretch_width",
        )
        menu.param.watch(self._read, "value")
        return menu

    def _shown(self, cube: Cube, years: tuple[int, int] | None) -> list:
        shown = []
        for axis, title, tree in (("nuts", _("Regions"), self.regions), ("nace", _("Sectors"), self.sectors)):
            if axis in cube.axes:
                shown += [pn.pane.HTML(f"<b>{title}</b>", margin=(8, 10, 0, 10)), tree]
        if len(self.sex.options) > 1:
            shown.append(self.sex)
        if len(self.age_from.options) > 1:
            shown.append(pn.Row(self.age_from, self.age_to))
        if years and years[0] < years[1]:
            shown.append(self.years)
        if len(self.severity.options) > 2:
            shown.append(self.severity)
        return [*shown, *self.others.values()]

    def _read(self, *_events) -> None:
        """From the pickers to the selection."""
        if self._moving:
            return
        if "question" in self.others and "answer" in self.others and self.others["question"].value:
            codes = answers(self.cube, self.others["question"].value)
            if self.others["answer"].value not in codes:
                self._moving = True
                self.others["answer"].param.update(
                    options={self.cube.lists["answer"].label(c): c for c in codes}, value=codes[0]
                )
                self._moving = False
        ages = tuple(None if end in (ANY, None) else end for end in (self.age_from.value, self.age_to.value))
        if None not in ages and ages[0] > ages[1]:
            ages = (ages[0], None)
        bounds = self.cube.years()
        with param.parameterized.batch_call_watchers(self):
            self.selection = Selection(
                regions=self.regions.value,
                sectors=self.sectors.value,
                sexes={self.sex.value} - {"", None},
                ages=None if ages == (None, None) else ages,
                years=None if not bounds or tuple(self.years.value) == bounds else tuple(self.years.value),
                severities={self.severity.value} - {"", None},
                where={axis: self._chosen_codes(axis) for axis in self.others if self._chosen_codes(axis)},
            )

    def _chosen_codes(self, axis: str) -> set[str]:
        """What a menu asks for; all codes by name where nothing would mean those that the entry counts."""
        value = self.others[axis].value
        return {value} if value else set(self.cube.codes(axis)) if axis in self._usual else set()

    @param.depends("selection", watch=True)
    def _move(self) -> None:
        """From the selection to the pickers."""
        selection, self._moving = self.selection, True
        self.regions.value, self.sectors.value = sorted(selection.regions), sorted(selection.sectors)
        self.sex.value = next(iter(selection.sexes)) if len(selection.sexes) == 1 else ""
        low, high = selection.ages or (None, None)
        self.age_from.value = low if low in self.age_from.options.values() else ANY
        self.age_to.value = high if high in self.age_to.options.values() else ANY
        bounds = self.cube.years()
        if bounds:
            first, last = selection.years or bounds
            self.years.value = tuple(min(max(year, bounds[0]), bounds[1]) for year in (first, last))
        self.severity.value = (
            next(iter(selection.severities), "")
            if next(iter(selection.severities), "") in self.severity.options.values()
            else ""
        )
        where = {DIMENSIONS[name].axis: codes for name, codes in selection.where}
        for axis, menu in self.others.items():
            codes = where.get(axis, self._usual.get(axis, ()))
            code = next(iter(codes)) if len(codes) == 1 else ""
            if axis == "answer" and "question" in where:
                menu.options = {
                    self.cube.lists[axis].label(c): c for c in answers(self.cube, next(iter(where["question"])))
                }
            menu.value = code if code in menu.options.values() else ""
        self._moving = False

    def __panel__(self):
        return self._column


def _labelled(cube: Cube, axis: str, *, above: bool = False) -> dict[str, str]:
    """Labels and codes of an axis for a menu; with `above` also the codes that stand over them."""
    if axis not in cube.axes:
        return {}
    known = cube.lists[axis]
    codes = [c for c in cube.codes(axis) if c not in {known.total, UNKNOWN}]
    if above:
        higher = {up for code in codes for up in known.ancestors(code)}
        codes = [c for c in known.codes() if c in higher or c in codes]
    return {known.label(code): code for code in codes}


def _nodes(cube: Cube, axis: str) -> list[dict[str, str]]:
    """The codes of a cube and those above them as nodes; joint values hang where their members do."""
    known: CodeList = cube.lists[axis]
    present = set(cube.codes(axis)) - {UNKNOWN, known.total}
    wanted = present | {up for code in present for up in known.ancestors(code)}
    wanted -= {
        m for code in present for m in known.joined(code) if m not in present and not set(known.children(m)) & wanted
    }
    nodes = [
        {"code": code, "label": known.label(code), "parent": known.parent(code) or ""}
        for code in known.codes()
        if code in wanted
    ]
    for code in (c for c in sorted(present) if known.joined(c)):
        parents = {known.parent(member) or "" for member in known.joined(code)}
        nodes.append({"code": code, "label": known.label(code), "parent": parents.pop() if len(parents) == 1 else ""})
    return nodes
