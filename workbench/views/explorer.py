"""The explorer: one selection of any entry, and linked views of it. What it shows is in its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from gettext import NullTranslations

import pandas as pd
import panel as pn
import param

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.sources.eurostat import is_eurostat
from workbench.study.data import cube as cube_of
from workbench.study.data import dimensions_of
from workbench.study.finding import Finding
from workbench.study.own_table import Table, stored_eurostat
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import _, language_code, mark, translated
from workbench.views import links, menu, opening
from workbench.views.answers import Answers, answers_of
from workbench.views.chooser import Chooser
from workbench.views.faults import in_words
from workbench.views.head import THEMES, head
from workbench.views.history import History
from workbench.views.messages import Messages
from workbench.views.on_demand import OnDemand
from workbench.views.own_language import in_own_language
from workbench.views.page_picker import PanelPicker
from workbench.views.questions import RATE, VIEWS, Question, State
from workbench.views.screen import Screen
from workbench.views.turns import FIRST, Turns

DATASET = "esaw_synthetic"
"""What is opened where nothing else is asked for."""
CHOSEN = tuple(field.name for field in fields(State))
"""The parameters that are one state of the screen."""


class Explorer(pn.viewable.Viewer):
    """Linked views of one data set under one selection. All state is in the parameters: tests and links set them.

    `dataset` is the entry, `selection` what is asked, `reference` what it is compared with, `measure` rate or count,
    `level` the NUTS level of the map, `mapped` what the map shows in place of the measure, `divide` the dimension of
    the groups, `tabled` the view whose figures the table shows, `terms` of the regression, separated by commas,
    `theme` of the colours, `language` of the words. `findings` is what each view shows: a Finding, or the reason why it
    steps aside. `address` is the query of an address that shows the same.
    """

    dataset = param.Selector(label=mark("Data set"), allow_None=True, check_on_set=False)
    selection = param.ClassSelector(class_=Selection, default=Selection())
    reference = param.ClassSelector(class_=Selection, default=None, allow_None=True)
    measure = param.Selector(default=RATE, objects=[RATE], label=mark("Measure"))
    level = param.Selector(label=mark("Map level"), objects={})
    mapped = param.Selector(default="", label=mark("Map of"), objects={"": ""})
    divide = param.Selector(label=mark("Groups by"), objects={})
    tabled = param.Selector(default="place", objects=list(VIEWS), label=mark("Table of"))
    terms = param.String(default="", label=mark("Terms"))
    theme = param.Selector(default="auto", objects=list(THEMES))
    language = param.Selector(objects=list(LANGUAGES))
    findings = param.Dict(default={}, precedence=-1)
    address = param.String(precedence=-1)

    def __init__(self, dataset: str | Cube | Table | None = DATASET, **params):
        dataset = dataset.cube if isinstance(dataset, Table) else dataset
        if isinstance(dataset, str):
            dimensions_of(dataset)  # a name that does not exist is answered before anything is shown
        selection = params.pop("selection", None)
        self.first_language = language_code()
        super().__init__(dataset=dataset, **{"language": self.first_language, **params})
        self.history, self._stepping = History(), False
        self.answers: Answers | None = None
        self._shown: State | None = None
        self.window: tuple[str, ...] = FIRST
        self.given = {dataset.name: dataset} if isinstance(dataset, Cube) else {}
        self._wanted: Mapping[str, str] = {}
        self.wrong: list[str] = []
        self.warning, self.direction = "", 0
        self.menu: list[dict] = []
        self.why = ""
        self.picker = None
        self._turns = Turns(self)
        self.on_demand = OnDemand(self, self._turns.show)
        self._filters = pn.Column(sizing_mode="stretch_width", margin=0)
        self._page = pn.Column(sizing_mode="stretch_width", margin=0)
        self._show_screen()
        self._open()
        if selection is not None and self.picker is not None:
            self.selection = selection

    @in_own_language
    def _show_screen(self) -> None:
        """A screen of its language, in place of the one before."""
        for name in ("dataset", "measure", "level", "mapped", "divide", "tabled", "terms"):
            self.param[name].label = translated(type(self).param[name].label)
        self.screen = Screen(Messages(self).receive, self._filters)
        self._page[:] = [self.screen]

    @classmethod
    def prepared(cls, dataset: str) -> "Explorer":
        """An explorer whose window is answered while nobody looks; the page that shows it lets it `finish`.

        Parameters
        ----------
        dataset : str
            Name of an entry.

        Returns
        -------
        Explorer
        """
        shown = cls(None)
        shown._turns.held = True
        shown.dataset = dataset
        return shown

    # What is chosen, and the answer to it

    @property
    def translations(self) -> NullTranslations:
        """The messages of its language."""
        return language(self.language)

    @property
    def state(self) -> State:
        """What is chosen, as one value."""
        return State(**{name: getattr(self, name) for name in CHOSEN})

    @in_own_language
    def finding(self, view: str) -> Finding:
        """The finding that a view shows.

        Parameters
        ----------
        view : str
            place, time, groups, people, severity, days, size, hours, causes, model, or total.

        Returns
        -------
        Finding

        Raises
        ------
        UnknownName
            For another view.
        Refused
            When the view steps aside, with its reason.
        """
        if view not in VIEWS:
            raise UnknownName(_("view"), view, VIEWS, hint=_("There are: {names}.").format(names=", ".join(VIEWS)))
        found = self.answers.of(view, self.state) if self.answers else self.why
        if isinstance(found, str):
            raise Refused(found)
        return found

    def frame(self, view: str) -> pd.DataFrame:
        """The rows that a view shows, as `finding(view).frame`.

        Parameters
        ----------
        view : str

        Returns
        -------
        DataFrame
        """
        return self.finding(view).frame

    # Opening a data set

    @param.depends("dataset", watch=True)
    @in_own_language
    def _open(self) -> None:
        """Load the data set, fit the pickers to it, show it; where that fails, say why instead."""
        self.picker, self._shown, self.answers, self.why = None, None, None, ""
        self.history.clear()
        self._turns.end()
        if self.dataset is None:  # until an address says which
            return
        self.list_datasets()
        try:
            self.cube = cube_of(self.dataset)
            self.start = opening.start(self.cube)
            self._fit()
            self._choose()
            self._pick()
        except Exception as error:
            self._refuse(in_words(error))
            return
        self._refresh()

    def _pick(self) -> None:
        """Pickers and answers of its language."""
        picker = PanelPicker(Chooser.of(self.cube), selection=self.selection)
        picker.param.watch(self._picked, "selection")
        self.answers, self.picker = answers_of(self.cube, self.dataset), picker
        self._filters[:] = [picker]

    @param.depends("language", watch=True)
    @in_own_language
    def _say_anew(self) -> None:
        """Say everything in another language; what is chosen stays."""
        self._show_screen()
        if self.picker is None:
            self._open()
            return
        self.list_datasets()
        self._fit()
        self._pick()
        self._shown = None
        self._refresh()

    @in_own_language
    def list_datasets(self) -> None:
        """List what can be opened, with what was loaded since it was listed last."""
        self.param.dataset.objects = menu.openable(self.given, self.dataset)
        self.menu = menu.groups(self.given)

    def _fit(self) -> None:
        """What can be chosen besides the selection, and the first choice of each."""
        self.param.measure.objects = measures = opening.measures(self.cube, self.start)
        self.param.level.objects = levels = opening.levels(self.cube)
        self.param.divide.objects = divisions = opening.divisions(self.cube)
        self.possible_terms = opening.terms(self.cube)
        ratios = {_("Smoothed rate"): "smoothed", _("Ratio to the rest"): "excess"}
        self.param.mapped.objects = {_("As measured"): "", **(ratios if RATE in measures.values() else {})}
        self.first = opening.first_choices(measures, levels, divisions)

    def _choose(self) -> None:
        """Choose what the address asks for, else the first of each; what does not exist is kept for the warning."""
        wanted = links.chosen(self, self._wanted)
        self.wrong += wanted.wrong
        self.param.update(**{"selection": self.start, **self.first, **wanted.values})

    @in_own_language
    def follow(self, query: Mapping[str, str]) -> bool:
        """Show what an address asks for: `dataset`, `q` (the selection), and what `links.NAMES` names.

        Says on the page what of it cannot be and leaves that out; returns whether all of it could be.
        """
        self._wanted, self.wrong = query, []
        self._stepping = True
        self.language = links.language_of(query, self.first_language)
        dataset = query["dataset"]
        if is_eurostat(dataset) and dataset not in stored_eurostat():  # visitors of a page choose no downloads
            self.wrong.append(_("Load it first: workbench load {name}").format(name=dataset))
            dataset = self.dataset or DATASET
        if dataset != self.dataset:
            self.dataset = dataset
        elif self.picker is None:
            self._open()
        else:
            self._choose()
        self._stepping = False
        self._wanted = {}
        if self.wrong:
            self.show_head()
        return self.picker is not None and not self.wrong

    def _refuse(self, why: str) -> None:
        """Say why there is nothing to show; of an entry that comes in parts, offer to load one."""
        self.why, self.answers = why, None
        self.findings = {}
        self._filters[:] = []
        self._write_address()
        self.rest()

    def _picked(self, event) -> None:
        self.selection = event.new

    # Showing a state

    @param.depends(*CHOSEN, watch=True)
    @in_own_language
    def _refresh(self) -> None:
        """Ask what is another question now."""
        state = self.state
        if self.picker is None or state == self._shown:
            return
        self.warning = ""
        if not self._stepping:
            self.wrong = []
        self._shown = state
        if self.picker.selection != self.selection:
            self.picker.selection = self.selection
        self.history.visit(state, stepping=self._stepping)
        self._write_address()
        self.screen.begin(head=head(self))
        self._turns.begin(state)

    def finish(self) -> None:
        """Answer the views below the window of an explorer that was `prepared`."""
        self._turns.finish()

    def look(self) -> None:
        """Answer what the reader has come to see."""
        self.on_demand.look(self.window)
        self._turns.look()

    def rest(self, late: Sequence[str] = ()) -> None:
        """Let the screen rest: everything is answered, or waits for others.

        Parameters
        ----------
        late : sequence of str
            The views that are not answered yet.
        """
        self.screen.rest(late=list(late), head=head(self))  # a table is offered of the views that have answered

    @in_own_language
    def question(self, view: str) -> Question | str:
        """What a view asks, or why it steps aside.

        Parameters
        ----------
        view : str

        Returns
        -------
        Question or str
        """
        return self.answers.question(view, self.state) if self.answers else self.why

    def warn(self, words: str) -> None:
        """Say on the page what could not be done.

        Parameters
        ----------
        words : str
            "" for nothing.
        """
        self.warning = words
        self.show_head()

    def reopen(self) -> None:
        """Open the data set anew: more of it was loaded."""
        self._open()

    @param.depends("theme", watch=True)
    def _recolour(self) -> None:
        self._write_address()
        self.show_head()

    @in_own_language
    def show_head(self) -> None:
        """Send title, chips, choices and warnings."""
        self.screen.show(head=head(self))

    def step(self, by: int) -> None:
        """Undo (-1) or redo (1) a step.

        Parameters
        ----------
        by : int
        """
        state = self.history.neighbour(by)
        if state is not None:
            self._stepping, self.direction = True, by
            self.param.update(**{name: getattr(state, name) for name in CHOSEN})
            self._stepping, self.direction = False, 0

    def _write_address(self) -> None:
        """The query that shows the same again; what is as it comes first is left out."""
        self.address = links.written(self) if isinstance(self.dataset, str) else ""

    def __panel__(self):
        return self._page
