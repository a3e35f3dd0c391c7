"""The page itself: its state, its answers, which are found in a thread, and what the screen says back."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from urllib.parse import parse_qsl, urlencode

import panel as pn
import param
from bokeh.document import Document
from panel.io.state import set_curdoc

from workbench.cubes.cube import Cube
from workbench.study.data import cube as cube_of
from workbench.study.finding import Finding
from workbench.study.own_table import Table
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, spoken
from workbench.views.faults import in_words
from workbench.views.files import csv_file, file_name, zip_file
from workbench.views.head import THEMES
from workbench.views.inspectorate import comparing
from workbench.views.inspectorate.answers import STEPS, Answer, Answers, Wanted, question
from workbench.views.inspectorate.choices import DATASET, Choices, changed, first_choices, read
from workbench.views.inspectorate.data_sets import offered
from workbench.views.inspectorate.head import head
from workbench.views.inspectorate.screen import Screen
from workbench.views.linked.place import shapes
from workbench.views.notebook import libraries
from workbench.views.own_language import in_own_language

WORKERS = ThreadPoolExecutor(1, thread_name_prefix="inspectorate")
"""Of a served page: one question at a time, so that other pages still find a processor."""
KEPT = "a"
"""The field of an address that holds the choices of the plan that is kept as A."""


class InspectoratePage(pn.viewable.Viewer):
    """Where the risk is, a plan within the days, and what a change does. All state is in the parameters.

    Attributes
    ----------
    choices : what is chosen; None until a data set is open
    kept : the choices of the plan that is kept as A, or None
    ranking, plan, comparison, ahead, notified : what each step shows: a Finding, or the reason why it steps aside
    theme : of the colours
    address : the query of an address that shows the same
    """

    choices = param.ClassSelector(class_=Choices, allow_None=True)
    kept = param.ClassSelector(class_=Choices, allow_None=True)
    ranking = param.Parameter()
    plan = param.Parameter()
    comparison = param.Parameter()
    ahead = param.Parameter()
    notified = param.Parameter()
    theme = param.Selector(default="auto", objects=list(THEMES))
    address = param.String(precedence=-1)

    def __init__(self, source: str | Cube | Table = DATASET, **params):
        self.translations = spoken()
        source = source.cube if isinstance(source, Table) else source
        self.cube: Cube | None = None
        self.first: Choices | None = None
        self.wrong: list[str] = []
        self.given = {source.name: source} if isinstance(source, Cube) else {}
        self._name = source.name if isinstance(source, Cube) else source
        self._answers, self._answered_questions = Answers(), {}
        self._turn = 0
        self._sent_shapes = ""
        self.screen = Screen(self._receive)
        super().__init__(**params)

    # What is asked, and the answer to it

    @in_own_language
    def follow(self, query: str = "") -> None:
        """Show what an address asks for; in a served page while a bar runs.

        Parameters
        ----------
        query : str
            What stands behind its `?`; the page's own data set is opened where it names none.
        """
        self._begin(partial(self._opened, query))

    def choose(self, **values: object) -> None:
        """Choose something else, as a touch of the screen does.

        Parameters
        ----------
        values : by the names of `choices`
        """
        self._ask(changed(self.choices, values, self.cube), self.kept)

    def keep(self) -> None:
        """Keep this plan as A: what is chosen from now on is compared with it."""
        self._ask(self.choices, self.choices)

    def forget(self) -> None:
        """Compare with nothing more."""
        self._ask(self.choices, None)

    def finding(self, step: str) -> Finding:
        """What a step shows.

        Parameters
        ----------
        step : str
            ranking, plan, comparison, ahead or notified.

        Returns
        -------
        Finding

        Raises
        ------
        UnknownName
            For another step.
        Refused
            With the reason why it steps aside.
        """
        if step not in STEPS:
            raise UnknownName(_("step"), step, STEPS)
        found = getattr(self, step)
        if not isinstance(found, Finding):
            raise Refused(str(found))
        return found

    def code(self, step: str) -> str:
        """The lines that find what a step shows, as the variable `finding`.

        Parameters
        ----------
        step : str
            ranking, plan, comparison, ahead or notified.

        Returns
        -------
        str
            Python.

        Raises
        ------
        Refused
            With the reason why nothing is asked.
        """
        posed = question(step, self._next)
        if isinstance(posed, str):
            raise Refused(posed)
        return comparing.code(*posed) if isinstance(posed, tuple) else posed.code()

    def _ask(self, choices: Choices, kept: Choices | None) -> None:
        if (choices, kept) != (self.choices, self.kept):
            wanted = Wanted(cube=self.cube, first=self.first, choices=choices, kept=kept)
            self._begin(partial(self._chosen, wanted))
        else:
            self.screen.send({"kind": "rest"})

    def _begin(self, work: Callable[[], Callable]) -> None:
        """Do what takes its time, then answer: in a served page in a thread, so that the page stays awake."""
        self._turn += 1
        self.screen.busy = turn = self._turn
        document = pn.state.curdoc
        if document is not None and document.session_context is not None:
            WORKERS.submit(copy_context().run, self._work, turn, work, document)
            return
        for show in self._steps(turn, work):
            show()

    @in_own_language
    def _work(self, turn: int, work: Callable[[], Callable], document: Document) -> None:
        with set_curdoc(document):
            for show in self._steps(turn, work):
                document.add_next_tick_callback(show)

    def _steps(self, turn: int, work: Callable[[], Callable]) -> Iterator[Callable]:
        """What shows the choices and then each step, as soon as it is found; nothing more once others are asked."""
        try:
            for find in (work, *(partial(self._answered, step) for step in STEPS)):
                if turn != self._turn:
                    return
                yield partial(self._shown, turn, find())
        except Exception as error:
            yield partial(self._shown, turn, partial(self._failed, in_words(error)))
        yield partial(self._rest, turn)

    @in_own_language
    def _shown(self, turn: int, show: Callable) -> None:
        if turn == self._turn:
            show()

    def _rest(self, turn: int) -> None:
        if turn == self._turn:
            self.screen.done = turn

    def _opened(self, query: str) -> Callable:
        """Open the data set of an address, and take from it what that data set has."""
        wanted, wrong = dict(parse_qsl(query)).get("dataset", self._name), []
        if wanted != self._name and wanted not in self.given and wanted not in (known := offered()):
            hint = _("There are: {names}.").format(names=", ".join(known))
            wrong.append(str(UnknownName(_("data set"), wanted, known, hint=hint)))
            wanted = self._name
        cube = self.given.get(wanted) or cube_of(wanted)
        first = self.first if cube is self.cube else first_choices(wanted, cube)
        found = read(query, first, cube)
        kept = dict(parse_qsl(query)).get(KEPT)
        wrong += found.wrong
        return self._chosen(
            Wanted(
                cube=cube,
                first=first,
                choices=found.choices,
                kept=None if kept is None else read(kept, first, cube).choices,
                wrong=wrong,
            )
        )

    def _chosen(self, wanted: Wanted) -> Callable:
        """What is chosen from now on: the answers go on with it while the screen is told."""
        self._next = wanted
        return partial(self._take, wanted)

    def _take(self, wanted: Wanted) -> None:
        self.cube, self.first, self.wrong = wanted.cube, wanted.first, list(wanted.wrong)
        self.choices, self.kept = wanted.choices, wanted.kept
        kept = {} if self.kept is None else {KEPT: self.kept.query(self.first)}
        self.address = "&".join(filter(None, [self.choices.query(self.first), urlencode(kept)]))
        self.screen.show(head=head(self))

    def _answered(self, step: str) -> Callable:
        """Find and draw a step, where what it asks has changed."""
        posed = question(step, self._next)
        if posed == self._answered_questions.get(step):
            return lambda: None
        return partial(self._show, step, self._answers.answer(step, posed, self._next))

    def _show(self, step: str, answer: Answer) -> None:
        self._answered_questions[step] = answer.question
        setattr(self, step, answer.finding)
        self.screen.show(**{step: answer.drawn}, **self._shapes(answer.drawn.get("map")))

    def _shapes(self, drawn: Mapping | None) -> dict:
        """The regions of a map, where the screen does not have them yet."""
        if drawn is None or drawn["shapes"] == self._sent_shapes:
            return {}
        self._sent_shapes = drawn["shapes"]
        edition, level = drawn["shapes"].rsplit("-", 1)
        return {"shapes": shapes(edition, int(level)).sent}

    def _failed(self, words: str) -> None:
        self.param.update(**dict.fromkeys(STEPS, words))
        self.screen.show(ranking={"refused": words}, **dict.fromkeys(STEPS[1:]))

    # What the screen shows, and what it says

    @in_own_language
    def _receive(self, message: object) -> None:
        """Do what the screen says; one that does not fit is left."""
        acts = {
            "set": self._set,
            "open": self._open,
            "reset": lambda _message: self._ask(self.first, self.kept),
            "keep": lambda _message: self.keep(),
            "forget": lambda _message: self.forget(),
            "code": self._code,
            "file": self._file,
        }
        act = acts.get(message.get("do")) if isinstance(message, Mapping) else None
        try:
            if act is not None:
                act(message)
        except Exception as error:
            self.wrong = [in_words(error)]
            self.screen.show(head=head(self))
            self.screen.send({"kind": "rest"})

    def _set(self, message: Mapping) -> None:
        name, value = message["name"], message["value"]
        if name == "theme" and value in THEMES:
            self.theme = value
            self.screen.show(head=head(self))
        elif name in vars(self.choices) and name != "dataset":
            self.choose(**{name: value})

    def _open(self, message: Mapping) -> None:
        name = message["value"]
        if name in self.given or name in offered():
            self.follow(urlencode({"dataset": name}))

    def _code(self, message: Mapping) -> None:
        titles = dict(
            zip(
                STEPS,
                (_("Where is the risk"), _("Plan"), _("Compare"), _("Years ahead"), _("Notifications")),
                strict=True,
            )
        )
        found = [name for name in titles if isinstance(getattr(self, name), Finding)]
        shown = [name for name in found if message.get("step") in (name, None)]
        parts = [[titles[name], self.code(name)] for name in shown]
        self.screen.send({"kind": "code", "title": _("Code"), "parts": parts})

    def _file(self, message: Mapping) -> None:
        step, finding = message["step"], self.finding(message["step"])
        name = file_name(self.cube.name, finding.selection.words(finding.lists), step)
        if message["form"] == "csv":
            self.screen.send(csv_file(finding, name))
            return
        pictures = {f"chart.{form}": str(message.get(form, "")) for form in ("svg", "png")}
        self.screen.send(zip_file(finding, name, pictures))

    def __panel__(self):
        return self.screen

    def _repr_mimebundle_(self, include=None, exclude=None):
        libraries()
        return super()._repr_mimebundle_(include, exclude)
