"""The explorer: one selection of any entry, and linked views of it: map, trend, groups, sex by age, table."""

import io
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode

import panel as pn
import param

from workbench import store
from workbench.charts.bars import Bars
from workbench.charts.choropleth import Choropleth
from workbench.charts.trend import Trend
from workbench.cubes.cube import Cube
from workbench.cubes.selection import FIELD_OF, Selection
from workbench.sources.catalog import catalog
from workbench.sources.eurostat import is_eurostat
from workbench.study import drawing
from workbench.study.data import Origin, dimensions_of
from workbench.study.data import cube as cube_of
from workbench.study.finding import Finding
from workbench.study.loading import load
from workbench.study.own_table import Table, stored_eurostat, stored_names
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import UnknownName, WorkbenchError
from workbench.terms.text import _, capital, mark, translated
from workbench.views import questions
from workbench.views.chooser import Chooser
from workbench.views.faults import alert, in_words, safely
from workbench.views.guard import refuse_components
from workbench.views.notebook import libraries
from workbench.views.picker import PanelPicker
from workbench.views.questions import RATE, VIEWS

TABLES = {"place": mark("Map"), "time": mark("Trend"), "groups": mark("Groups"), "people": mark("Sex and age")}
"""The views whose figures a table can show, by name."""
IN_ADDRESS = {"measure": "measure", "map": "level", "groups": "divide", "table": "tabled"}
"""What is chosen besides the selection, by its name in an address."""
MARK = mark("Synthetic data: not a publisher's figures")
SAMPLE = mark("A sample: its counts are not the true counts")
STYLE = "font:600 {size}px system-ui,sans-serif;color:var(--jp-ui-font-color1,{colour})"  # of a notebook's theme


class Explorer(pn.viewable.Viewer):
    """Linked views of one data set under one selection. All state is in the parameters: tests and links set them.

    `dataset` is the entry, `selection` what is asked, `measure` rate or count, `level` the NUTS level of the map,
    `divide` the dimension of the groups, `tabled` the view whose figures the table shows. `findings` is what each view
    shows: a Finding, or the reason why it steps aside. `address` is the query of an address that shows the same.
    """

    dataset = param.Selector(label=mark("Data set"), allow_None=True, check_on_set=False)
    selection = param.ClassSelector(class_=Selection, default=Selection())
    measure = param.Selector(default=RATE, objects=[RATE], label=mark("Measure"))
    level = param.Selector(label=mark("Map level"), objects={})
    divide = param.Selector(label=mark("Groups by"), objects={})
    tabled = param.Selector(default="place", objects=list(TABLES), label=mark("Table of"))
    findings = param.Dict(default={}, precedence=-1)
    address = param.String(precedence=-1)

    def __init__(self, dataset: str | Cube | Table | None = "esaw_synthetic", **params):
        dataset = dataset.cube if isinstance(dataset, Table) else dataset
        if isinstance(dataset, str):
            dimensions_of(dataset)  # a name that does not exist is answered before anything is shown
        selection = params.pop("selection", None)
        super().__init__(dataset=dataset, **params)
        for name in ("dataset", "measure", "level", "divide", "tabled"):
            self.param[name].label = translated(self.param[name].label)
        self._history: list[Selection] = []
        self._charts: dict[str, tuple[tuple, object]] = {}
        self._queries: dict[str, tuple | str] = {}
        self._marking, self._shown, self.picker = False, None, None
        self._given = {dataset.name: dataset} if isinstance(dataset, Cube) else {}
        self._wanted: Mapping[str, str] = {}
        self._wrong: list[str] = []
        self._panes = {
            view: pn.Column(sizing_mode="stretch_width", min_height=120, styles={"flex": "1 1 460px"}) for view in VIEWS
        }
        wide = {"sizing_mode": "stretch_width"}
        self._warning, self._sentence, self._table, self._notes = (pn.Column(**wide) for _n in range(4))
        self._undo = pn.widgets.Button(label=_("Undo"), width=80, disabled=True, on_click=self._step_back)
        self._clear = pn.widgets.Button(
            label=_("Clear"), width=80, on_click=lambda _e: self.param.update(selection=self._start)
        )
        self._save = pn.widgets.FileDownload(
            callback=self._csv, filename="table.csv", label=_("Table as CSV"), width=140
        )
        self._side = pn.Column(**wide, styles={"flex": "1 1 300px"})
        self._main = pn.Column(**wide)
        self._open()
        if selection is not None and self.picker is not None:
            self.selection = selection

    @param.depends("dataset", watch=True)
    def _open(self) -> None:
        """Load the data set, fit the pickers to it, show it; where that fails, say why instead."""
        self.picker, self._shown = None, None
        self._charts.clear()
        self._queries.clear()
        self._history.clear()
        if self.dataset is None:  # until an address says which
            return
        self._list()
        self._main.loading = True
        try:
            self.cube = cube_of(self.dataset)
            self._start = questions.start(self.cube)
            with param.parameterized.batch_call_watchers(self):
                self._fit()
                self._choose()
            picker = PanelPicker(Chooser.of(self.cube), selection=self.selection)
            picker.param.watch(self._picked, "selection")
        except Exception as error:
            self._offer(in_words(error))
            return
        finally:
            self._main.loading = False
        self.picker = picker
        self._arrange()
        self._refresh()

    def _list(self) -> None:
        """The menu of data sets: what can be opened, and what is shown where it is not among them."""
        choices = self._given | _openable()
        if self.dataset not in choices.values():
            known = self.dataset in catalog()
            choices = {catalog()[self.dataset].title if known else self.dataset: self.dataset, **choices}
        self.param.dataset.objects = choices

    def _fit(self) -> None:
        """What can be chosen besides the selection, and the first choice of each."""
        self.param.measure.objects = measures = questions.measures(self.cube, self._start)
        self.param.level.objects = levels = questions.levels(self.cube)
        self.param.divide.objects = divisions = questions.divisions(self.cube)
        self.param.tabled.objects = {translated(name): view for view, name in TABLES.items()}
        self._first = {
            "measure": next(iter(measures.values())),
            "level": "nuts2" if "nuts2" in levels.values() else max(levels.values(), default=None),
            "divide": "nace1" if "nace1" in divisions.values() else next(iter(divisions.values()), None),
        }

    def _choose(self) -> None:
        """Choose what the address asks for, else the first of each; what does not exist is kept for the warning."""
        chosen, address = {"selection": self._start, **self._first}, self._wanted
        if "q" in address:
            try:
                chosen["selection"] = Selection.from_query(address["q"])
            except WorkbenchError as error:
                self._wrong.append(str(error))
        for name in (name for name in IN_ADDRESS if name in address):
            parameter = self.param[IN_ADDRESS[name]]
            if address[name] in parameter.objects.values():
                chosen[parameter.name] = address[name]
            else:
                hint = _("There are: {names}.").format(names=", ".join(map(str, parameter.objects.values())))
                self._wrong.append(
                    str(UnknownName(parameter.label.lower(), address[name], parameter.objects.values(), hint=hint))
                )
        self.param.update(**chosen)

    def follow(self, address: Mapping[str, str]) -> bool:
        """Show what an address asks for: `dataset`, `q` (the selection), `measure`, `map`, `groups`, `table`.

        Says on the page what of it cannot be and leaves that out; returns whether all of it could be.
        """
        self._wanted, self._wrong = {"table": "place", **address}, []
        dataset = address["dataset"]
        if is_eurostat(dataset) and dataset not in stored_eurostat():  # visitors of a page choose no downloads
            self._wrong.append(_("Load it first: workbench load {name}").format(name=dataset))
            dataset = self.dataset or "esaw_synthetic"
        if dataset != self.dataset:
            self.dataset = dataset
        elif self.picker is None:
            self._open()
        else:
            self._choose()
        self._wanted = {}
        sentences = [_("The address asks for something that does not exist; it was left out."), *self._wrong]
        self._warning[:] = [alert(" ".join(sentences))] if self._wrong else []
        return self.picker is not None and not self._wrong

    def _offer(self, why: str) -> None:
        """Say why there is nothing to show; of an entry that comes in parts, offer to load one."""
        parts = catalog()[self.dataset].parameters if self.dataset in catalog() else {}
        choices = [pn.widgets.Select(label=part["label"], options=list(part["values"])) for part in parts.values()]
        button = pn.widgets.Button(label=_("Load"), color="primary", visible=bool(choices))

        def load_part(_event) -> None:
            self._main.loading = True
            try:
                load(self.dataset, **dict(zip(parts, (choice.value for choice in choices), strict=True)))
                self._open()
            except Exception as error:
                self._main[0] = alert(in_words(error))
            finally:
                self._main.loading = False

        button.on_click(load_part)
        self.findings, self._warning[:] = {}, []
        self._side[:] = [pn.widgets.Select.from_param(self.param.dataset, sizing_mode="stretch_width")]
        self._main[:] = [alert(why), *choices, button]
        self._write_address()

    def _picked(self, event) -> None:
        if event.new != self.selection:
            self.selection = event.new

    @param.depends("selection", "measure", "level", "divide", watch=True)
    def _refresh(self) -> None:
        """Ask what is another question now; charts are patched, not replaced, as long as they stay of one kind."""
        state = (self.selection, self.measure, self.level, self.divide)
        if self.picker is None or state == self._shown:
            return
        self._shown = state
        self._warning.clear()
        if self.picker.selection != self.selection:
            self.picker.selection = self.selection
        if not self._history or self._history[-1] != self.selection:
            self._history.append(self.selection)
        self._undo.disabled = len(self._history) < 2
        options = {"measure": self.measure, "level": self.level, "divide": self.divide}
        queries = {v: safely(questions.question, self.cube, v, self.selection, **options) for v in VIEWS}
        same = {
            view for view in VIEWS if self._queries.get(view) == queries[view]
        }  # often one: the groups, of a sector
        found = {v: self.findings[v] if v in same else safely(questions.answer, self.cube, queries[v]) for v in VIEWS}
        for view, finding in found.items():
            if view not in same:
                if wrong := safely(self._show, view, finding):
                    self._show(view, wrong)
            elif view in self._charts:
                self._mark(self._charts[view][1])
        self._queries, self.findings = queries, found
        self._describe()

    def _write_address(self) -> None:
        """The query that shows the same again; what is as it comes first is left out."""
        if not isinstance(self.dataset, str):
            return
        query = {"dataset": self.dataset}
        if self.picker is not None:
            query["q"] = self.selection.to_query()
            first = {"tabled": "place", **self._first}
            now = {name: getattr(self, own) for name, own in IN_ADDRESS.items()}
            query |= {name: code for name, code in now.items() if code != first[IN_ADDRESS[name]]}
        self.address = urlencode(query)

    def _show(self, view: str, finding: Finding | str) -> None:
        pane = self._panes[view]
        if isinstance(finding, str):
            self._charts.pop(view, None)
            pane[:] = [alert(finding, "light")]
            return
        kept, shown = self._charts.get(view), finding.picture
        chart = kept[1] if kept and kept[0] == finding.by else drawing.chart_for(shown)
        drawing.feed(chart, shown)
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
            drawing.come_close(chart, wanted or self.cube.codes("nuts"))
            chart.source.selected.indices = places
        elif isinstance(chart, Bars):
            chosen = self.selection.restricted().get(DIMENSIONS[chart.by].axis, ()) if chart.by in DIMENSIONS else ()
            chart.source.selected.indices = [i for i, code in enumerate(chart.source.data["group"]) if code in chosen]
        elif isinstance(chart, Trend):
            first, last = self.selection.years or (None, None)
            year = first if first == last else None
            chart.source.selected.indices = [i for i, at in enumerate(chart.source.data["year"]) if at == year]
        self._marking = False

    def _tapped(self, chart) -> None:
        """A tap on a region or group asks for it, a tap outside them for all of them."""
        if self._marking:
            return
        codes = frozenset(chart.selected)
        axis = DIMENSIONS[chart.by].axis
        if axis in FIELD_OF:
            self.selection = self.selection.but(**{FIELD_OF[axis]: codes})
        elif axis not in {"age_group", "year"}:
            kept = {name: restricted for name, restricted in self.selection.where if DIMENSIONS[name].axis != axis}
            self.selection = self.selection.but(where={**kept, **({axis: codes} if codes else {})})

    @param.depends("tabled", watch=True)
    def _describe(self) -> None:
        """The selection as a sentence, the table, the notes and the sources."""
        if self.picker is None:
            return
        self._offer_tables()
        self._write_address()
        texts = safely(self._texts)
        self._say(*([escape(texts), "", ""] if isinstance(texts, str) else texts))

    def _offer_tables(self) -> None:
        """The tables of the views that answer; where the chosen one steps aside, the first that does not."""
        views = [view for view in TABLES if isinstance(self.findings.get(view), Finding)]
        if views:
            self.param.tabled.objects = {translated(TABLES[view]): view for view in views}
            with param.discard_events(self):
                self.tabled = self.tabled if self.tabled in views else views[0]

    def _tabled_finding(self) -> Finding | None:
        """What the table shows and the CSV holds."""
        finding = self.findings.get(self.tabled)
        return finding if isinstance(finding, Finding) else None

    def _texts(self) -> tuple[str, str, str]:
        """Sentence, table and notes as HTML."""
        sentence = questions.counted(self.cube, self.selection)
        text = f"<div style='{STYLE.format(size=17, colour='#23272e')}'>{escape(capital(sentence))}</div>"
        finding = self._tabled_finding()
        if finding is None:
            return text, "", ""
        origin = self.cube.source
        marks = [translated(MARK)] if finding.synthetic else []
        if isinstance(origin, Origin) and origin.sample and origin.dataset.source_kind == "register":
            marks.append(translated(SAMPLE))
        text += "".join(f"<div style='{STYLE.format(size=14, colour='#9a3b00')}'>{mark}</div>" for mark in marks)
        notes = "".join(f"<li>{escape(note)}</li>" for note in finding.notes)
        return (
            text,
            finding.html_table(),
            f"<ul style='padding-left:18px'>{notes}</ul><small>{escape(finding.cite())}</small>",
        )

    def _say(self, sentence: str, table: str, notes: str) -> None:
        """A fresh pane for what changed: one that is changed in place sends the addresses of style sheets elsewhere."""
        styles = {self._table: {"overflow": "auto", "max-height": "420px"}}
        for place, text in ((self._sentence, sentence), (self._table, table), (self._notes, notes)):
            if not len(place) or place[0].object != text:
                place[:] = [pn.pane.HTML(text, sizing_mode="stretch_width", styles=styles.get(place, {}))]

    def _step_back(self, _event) -> None:
        if len(self._history) > 1:
            self._history.pop()
            self.selection = self._history.pop()

    def _csv(self) -> io.StringIO:
        finding = self._tabled_finding()
        return io.StringIO(finding.to_csv() if finding else "")

    def _arrange(self) -> None:
        wide = {"sizing_mode": "stretch_width"}
        several = [p for p in (self.param.measure, self.param.level, self.param.divide) if len(p.objects) > 1]
        menus = [pn.widgets.Select.from_param(p, **wide) for p in (self.param.dataset, *several)]
        self._side[:] = [*menus, self.picker, pn.Row(self._undo, self._clear)]
        self._main[:] = [
            self._sentence,
            pn.FlexBox(*self._panes.values(), align_items="start", **wide),  # one below the other where it is narrow
            pn.FlexBox(pn.widgets.RadioButtonGroup.from_param(self.param.tabled), self._save),
            self._table,
            self._notes,
        ]

    def __panel__(self):
        room = {"flex": "1000 1 400px", "min-width": "0", "overflow-x": "clip"}  # beside the pickers, or below them
        shown = pn.Column(self._warning, self._main, sizing_mode="stretch_width", styles=room)
        return pn.FlexBox(self._side, shown, align_items="start", sizing_mode="stretch_width")


def explorer(dataset: str | Cube | Table = "esaw_synthetic", **params) -> Explorer:
    """The explorer in a notebook or a served page.

    Parameters
    ----------
    dataset : entry of the catalogue, a cube, or a table of one's own
    params : what is shown first: selection, measure, level, divide

    Returns
    -------
    Explorer
        Shown as the last line of a cell, or with `.servable()`; its parameters read back what the screen shows.
    """
    refuse_components()
    libraries()
    return Explorer(dataset, **params)


def _openable() -> dict[str, str]:
    """Entries by title: those with counts or shares that need no registration or were loaded from a file."""
    book, own = catalog(), {manifest.name for manifest in store.manifests()}
    kinds = {"accidents", "survey", "wearable"}
    mine = {name: name for name in stored_names()} | {book[name].title: name for name in stored_eurostat()}
    return mine | {
        book[n].title: n for n in book.names() if book[n].kind in kinds and (book[n].access == "open" or n in own)
    }
