"""The explorer: one selection, linked views of it - map, trend, groups, sex by age, table - for any entry of the catalogue."""

import io
import socket
from html import escape

import panel as pn
import param

from workbench import store
from workbench.charts.bars import Bars
from workbench.charts.choropleth import Choropleth
from workbench.cube.cube import Cube
from workbench.cube.selection import FIELD_OF, Selection
from workbench.sources.catalog import catalog
from workbench.study import picture
from workbench.study.evidence import cube as cube_of
from workbench.study.evidence import load
from workbench.study.finding import Finding
from workbench.study.telling import capital
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.text import _
from workbench.views import questions
from workbench.views.notebook import notebook
from workbench.views.pickers import SelectionPicker
from workbench.views.questions import RATE, VIEWS

TABLES = {_("Map"): "place", _("Trend"): "time", _("Groups"): "groups", _("Sex and age"): "people"}
MARK = _("Synthetic data: not a publisher's figures")
STYLE = "font:600 {size}px system-ui,sans-serif;color:{colour}"


class Explorer(pn.viewable.Viewer):
    """Linked views of one data set under one selection. All state is in the parameters: tests and links set them.

    `dataset` is the entry, `selection` what is asked, `measure` rate or count, `level` the NUTS level of the map,
    `divide` the dimension of the groups, `tabled` the view whose figures the table shows. `findings` is what each view
    shows: a Finding, or the reason why it steps aside.
    """

    dataset = param.Selector(label=_("Data set"))
    selection = param.ClassSelector(class_=Selection, default=Selection())
    measure = param.Selector(default=RATE, objects={_("Rate"): RATE}, label=_("Measure"))
    level = param.Selector(label=_("Map level"), objects={})
    divide = param.Selector(label=_("Groups by"), objects={})
    tabled = param.Selector(default="place", objects=TABLES, label=_("Table of"))
    findings = param.Dict(default={}, precedence=-1)

    def __init__(self, dataset: str | Cube = "esaw_synthetic", **params):
        choices = _openable()
        if isinstance(dataset, Cube):
            choices = {dataset.name: dataset, **choices}
        elif dataset not in choices.values():
            choices = {catalog()[dataset].title: dataset, **choices}
        self.param.dataset.objects = choices
        asked = params.pop("selection", None)
        super().__init__(dataset=dataset, **params)
        self._history: list[Selection] = []
        self._charts: dict[str, tuple[tuple, object]] = {}
        self._marking, self._shown, self.picker = False, None, None
        self._panes = {
            view: pn.Column(sizing_mode="stretch_width", min_height=120, styles={"flex": "1 1 460px"}) for view in VIEWS
        }
        self._sentence, self._table, self._notes = (pn.Column(sizing_mode="stretch_width") for _n in range(3))
        self._undo = pn.widgets.Button(label=_("Undo"), width=80, disabled=True, on_click=self._step_back)
        self._clear = pn.widgets.Button(
            label=_("Clear"), width=80, on_click=lambda _e: self.param.update(selection=self._start)
        )
        self._save = pn.widgets.FileDownload(
            callback=self._csv, filename="table.csv", label=_("Table as CSV"), width=140
        )
        self._side, self._main = pn.Column(width=330), pn.Column(sizing_mode="stretch_width")
        self._open()
        if asked is not None and self.picker is not None:
            self.selection = asked

    @param.depends("dataset", watch=True)
    def _open(self) -> None:
        """Load the data set, fit the pickers to it, show it."""
        self._main.loading = True
        try:
            self.cube = cube_of(self.dataset)
        except WorkbenchError as error:
            self._offer(str(error))
            return
        finally:
            self._main.loading = False
        self._charts.clear()
        self._history.clear()
        self._shown, self._start = None, questions.start(self.cube)
        with param.parameterized.batch_call_watchers(self):
            self.param.level.objects = levels = questions.levels(self.cube)
            self.param.divide.objects = divisions = questions.divisions(self.cube)
            self.level = "nuts2" if "nuts2" in levels.values() else max(levels.values(), default=None)
            self.divide = "nace1" if "nace1" in divisions.values() else next(iter(divisions.values()), None)
            self.param.measure.objects = shown = questions.measures(self.cube)
            self.measure = next(iter(shown.values()))
            self.selection = self._start
            self.picker = None
        self.picker = SelectionPicker(self.cube, selection=self._start)
        self.picker.param.watch(self._picked, "selection")
        self._arrange()
        self._refresh()

    def _offer(self, why: str) -> None:
        """Say why there is nothing to show; of an entry that comes in parts, offer to load one."""
        dataset = catalog()[self.dataset]
        choices = [
            pn.widgets.Select(label=its["label"], options=list(its["values"])) for its in dataset.parameters.values()
        ]
        button = pn.widgets.Button(label=_("Load"), color="primary", visible=bool(choices))

        def load_part(_event) -> None:
            self._main.loading = True
            try:
                load(self.dataset, **dict(zip(dataset.parameters, (c.value for c in choices), strict=True)))
                self._open()
            except WorkbenchError as error:
                self._main[:] = [
                    pn.pane.Alert(str(error), alert_type="warning", sizing_mode="stretch_width"),
                    *choices,
                    button,
                ]
            finally:
                self._main.loading = False

        button.on_click(load_part)
        self._side[:] = [pn.widgets.Select.from_param(self.param.dataset, sizing_mode="stretch_width")]
        self._main[:] = [pn.pane.Alert(why, alert_type="warning", sizing_mode="stretch_width"), *choices, button]

    def _picked(self, event) -> None:
        if event.new != self.selection:
            self.selection = event.new

    @param.depends("selection", "measure", "level", "divide", watch=True)
    def _refresh(self) -> None:
        """Ask again and show; charts are patched, not replaced, as long as they stay of one kind."""
        asked = (self.selection, self.measure, self.level, self.divide)
        if self.picker is None or asked == self._shown:
            return
        self._shown = asked
        if self.picker.selection != self.selection:
            self.picker.selection = self.selection
        if not self._history or self._history[-1] != self.selection:
            self._history.append(self.selection)
        self._undo.disabled = len(self._history) < 2
        options = {"measure": self.measure, "level": self.level, "divide": self.divide}
        found = {view: questions.ask(self.cube, view, self.selection, **options) for view in VIEWS}
        for view, finding in found.items():
            self._show(view, finding)
        self.findings = found
        self._describe()
        self.write_address()

    def write_address(self) -> None:
        """Put data set and question into the address of the page, where there is one."""
        if pn.state.location is not None and isinstance(self.dataset, str):
            pn.state.location.update_query(dataset=self.dataset, q=self.selection.to_query())

    def _show(self, view: str, finding: Finding | str) -> None:
        pane = self._panes[view]
        if isinstance(finding, str):
            self._charts.pop(view, None)
            pane[:] = [pn.pane.Alert(finding, alert_type="light", sizing_mode="stretch_width")]
            return
        kept = self._charts.get(view)
        chart = kept[1] if kept and kept[0] == finding.by else picture.chart_for(finding)
        picture.feed(chart, finding)
        self._mark(chart)
        if kept and kept[1] is chart:
            return
        self._charts[view] = (finding.by, chart)
        pane[:] = [pn.pane.Bokeh(chart.figure, sizing_mode="stretch_width")]
        if isinstance(chart, Choropleth | Bars):
            chart.source.selected.on_change("indices", lambda _attr, _old, _new: self._tapped(chart))

    def _mark(self, chart) -> None:
        """Outline what is chosen among what a view shows; a map comes close to the countries it is asked about."""
        self._marking = True
        if isinstance(chart, Choropleth):
            wanted = tuple(part for code in self.selection.regions for part in code.split("+"))
            parts = tuple(
                code for code in wanted if len(code) > 2 or self.level == "nuts0"
            )  # a whole country needs no outline
            places = [i for i, code in enumerate(chart.codes) if parts and code.startswith(parts)]
            picture.come_close(chart, wanted or self.cube.codes("nuts"))
            chart.source.selected.indices = places
        elif isinstance(chart, Bars):
            chosen = self.selection.restricted().get(DIMENSIONS[chart.by].axis, ()) if chart.by in DIMENSIONS else ()
            chart.source.selected.indices = [i for i, code in enumerate(chart.source.data["group"]) if code in chosen]
        self._marking = False

    def _tapped(self, chart) -> None:
        """A tap on a region or group asks for it, a tap beside them for all of them."""
        if self._marking:
            return
        codes = frozenset(chart.selected)
        axis = DIMENSIONS[chart.by].axis
        if axis in FIELD_OF:
            self.selection = self.selection.but(**{FIELD_OF[axis]: codes})
        elif axis not in {"age_group", "year"}:
            kept = {name: its for name, its in self.selection.where if DIMENSIONS[name].axis != axis}
            self.selection = self.selection.but(where={**kept, **({axis: codes} if codes else {})})

    @param.depends("tabled", watch=True)
    def _describe(self) -> None:
        """The selection as a sentence, the table, the notes and the sources."""
        said = self.selection.words(self.cube.lists)
        text = f"<div style='{STYLE.format(size=17, colour='#23272e')}'>{escape(capital(said))}</div>"
        chosen = self.findings.get(self.tabled)
        finding = (
            chosen
            if isinstance(chosen, Finding)
            else next((f for f in self.findings.values() if isinstance(f, Finding)), None)
        )
        if finding is None:
            self._say(text, "", "")
            return
        if finding.synthetic:
            text += f"<div style='{STYLE.format(size=14, colour='#9a3b00')}'>{MARK}</div>"
        notes = "".join(f"<li>{escape(note)}</li>" for note in finding.notes)
        notes = f"<ul style='padding-left:18px'>{notes}</ul><small>{escape(finding.cite())}</small>"
        self._say(text, finding.html_table(), notes)

    def _say(self, sentence: str, table: str, notes: str) -> None:
        """Fresh panes each time: a pane that is changed in place sends the addresses of style sheets elsewhere."""
        self._sentence[:] = [pn.pane.HTML(sentence, sizing_mode="stretch_width")]
        scrolled = {"overflow": "auto", "max-height": "420px"}
        self._table[:] = [pn.pane.HTML(table, sizing_mode="stretch_width", styles=scrolled)]
        self._notes[:] = [pn.pane.HTML(notes, sizing_mode="stretch_width")]

    def _step_back(self, _event) -> None:
        if len(self._history) > 1:
            self._history.pop()
            self.selection = self._history.pop()

    def _csv(self) -> io.StringIO:
        chosen = self.findings.get(self.tabled)
        return io.StringIO(chosen.to_csv() if isinstance(chosen, Finding) else "")

    def _arrange(self) -> None:
        wide = {"sizing_mode": "stretch_width"}
        several = [p for p in (self.param.measure, self.param.level, self.param.divide) if len(p.objects) > 1]
        menus = [pn.widgets.Select.from_param(p, **wide) for p in (self.param.dataset, *several)]
        self._side[:] = [*menus, self.picker, pn.Row(self._undo, self._clear)]
        self._main[:] = [
            self._sentence,
            pn.FlexBox(*self._panes.values(), align_items="start", **wide),  # one below the other where it is narrow
            pn.Row(pn.widgets.RadioButtonGroup.from_param(self.param.tabled), self._save),
            self._table,
            self._notes,
        ]

    def __panel__(self):
        return pn.Row(self._side, self._main, sizing_mode="stretch_width")


def explorer(dataset: str | Cube = "esaw_synthetic", **params) -> Explorer:
    """The explorer for an entry of the catalogue or a cube; `.servable()`, or the last line of a cell."""
    notebook()
    return Explorer(dataset, **params)


def serve(*, port: int = 5006, dataset: str = "esaw_synthetic") -> None:
    """Serve the explorer to this machine until it is stopped; the page's address holds data set and question.

    Raises
    ------
    UnknownName, Refused
        When the data set does not exist; when the port is in use.
    """
    catalog()[dataset]  # a name that does not exist is answered before anything is started
    pn.extension()

    def page() -> Explorer:
        asked = {name: values[0].decode() for name, values in pn.state.session_args.items()}
        name = asked.get("dataset", dataset)
        name = name if name in catalog() else dataset
        shown = ready.pop() if ready and name == dataset else Explorer(name)
        if asked.get("q"):
            shown.selection = Selection.from_query(asked["q"])
        shown.write_address()
        return shown

    ready = [Explorer(dataset)]  # the first visitor's: made before anybody waits for it
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Refused(
                _("Port {port} is in use. Stop what runs there, or choose another with --port.").format(port=port)
            )
    print(_("OSH Workbench at http://localhost:{port}/ (stop with Ctrl+C)").format(port=port), flush=True)
    origins = [f"localhost:{port}", f"127.0.0.1:{port}"]
    pn.serve(
        {"/": page},
        port=port,
        address="127.0.0.1",
        show=False,
        title=_("OSH Workbench"),
        websocket_origin=origins,
        verbose=False,
    )


def _openable() -> dict[str, str]:
    """Entries that hold counts or shares and need no registration, or that the user has loaded from a file, by title."""
    book, own = catalog(), {manifest.name for manifest in store.manifests()}
    kinds = {"accidents", "survey", "wearable"}
    return {book[n].title: n for n in book.names() if book[n].kind in kinds and (book[n].access == "open" or n in own)}
