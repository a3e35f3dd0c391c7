"""The guide: questions in words about one data set, the answer to the chosen one, and the notebook of a brief."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import ipywidgets
import traitlets

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.data import cube as cube_of
from workbench.study.export import write_text
from workbench.study.finding import Finding
from workbench.study.own_table import Table
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _
from workbench.views import opening
from workbench.views.answers import Answers
from workbench.views.bokeh_chart import BokehChart
from workbench.views.chooser import Chooser
from workbench.views.guide import GuideQuestion, answerable, query_of
from workbench.views.links import NAMES
from workbench.views.picker import Picker
from workbench.views.questions import MAPPED, State

DATASET = "esaw_synthetic"
NO_QUERY: Mapping[str, str] = {}


def guide(source: str | Cube | Table = DATASET, selection: Selection | None = None, *, link: str = "") -> "Guide":
    """Choose a question in words, see its answer and the code that gave it, and write the notebook of a brief.

    Parameters
    ----------
    source : entry of the catalogue, a cube, or a table of one's own
    selection : what is asked for first; None for all of the latest finished year
    link : an address of the explorer, in place of both: what it shows is asked

    Returns
    -------
    Guide
        An ipywidget with `.question`, `.finding`, `.code`, `.notebook` and `.write(path)`.

    Raises
    ------
    UnknownName, Refused
        For an entry that there is not; for a link that names none.
    """
    if not link:
        return Guide(source, selection)
    query = query_of(link)
    return Guide(query["dataset"], Selection.from_query(query.get("q", "")), query=query)


class Guide(ipywidgets.VBox):
    """Questions in words about one data set: the answer to the chosen one, and the code that gave it.

    Attributes
    ----------
    questions : dict of str to GuideQuestion
        Those that can be asked under the selection, by view.
    question : str
        The view of the chosen one; setting it asks.
    selection : Selection
        Follows the picker; setting it asks again.
    finding : Finding or None
        The answer; None where it is refused, and `refusal` says why.
    """

    selection = traitlets.Instance(Selection, kw={})
    question = traitlets.Unicode("total")
    finding = traitlets.Instance(Finding, allow_none=True)
    refusal = traitlets.Unicode()

    def __init__(
        self, source: str | Cube | Table, selection: Selection | None = None, *, query: Mapping[str, str] = NO_QUERY
    ):
        self.cube = cube_of(source)
        self.questions: Mapping[str, GuideQuestion] = {}
        self._answers = Answers(self.cube)
        self._query = dict(query) or {"dataset": source if isinstance(source, str) else self.cube.name}
        start = opening.start(self.cube)
        self._choices = _choices(self.cube, start, query)
        picker = Picker(Chooser.of(self.cube), start if selection is None else selection)
        self._menu = ipywidgets.RadioButtons(layout={"width": "auto"})
        self._reading, self._chart = ipywidgets.HTML(), BokehChart()
        self._code = ipywidgets.Textarea(layout={"width": "auto", "height": "170px"}, disabled=True)
        parts = [picker, self._menu, self._reading, self._chart, self._code]
        super().__init__(parts, selection=picker.selection)

        traitlets.link((self, "selection"), (picker, "selection"))
        self.observe(self._list, "selection")
        self._menu.observe(self._choose, "value")
        self.observe(self._ask, "question")
        self._list()

    @property
    def code(self) -> str:
        """The cells that gave the answer."""
        return self._chosen().code

    @property
    def notebook(self) -> str:
        """The notebook that asks the chosen question again, as JSON."""
        return self._chosen().notebook()

    def write(self, path: str | Path) -> Path:
        """Write the notebook; `workbench brief` makes a page or a PDF of it.

        Parameters
        ----------
        path : str or Path
            What stands there is replaced.

        Returns
        -------
        Path

        Raises
        ------
        Refused
            For a table that has no name.
        WorkbenchError
            Where it cannot be written.
        """
        write_text(path, self.notebook)
        return Path(path)

    def _chosen(self) -> GuideQuestion:
        if self.question not in self.questions:
            hint = _("There are: {names}.").format(names=", ".join(self.questions))
            raise UnknownName(_("question"), self.question, self.questions, hint=hint)
        return self.questions[self.question]

    def _list(self, _change: object = None) -> None:
        """List the questions of a selection, and ask the chosen one again."""
        link = urlencode({**self._query, "q": self.selection.to_query()})
        self.questions = answerable(self._answers, self._state(), link)
        if self.question not in self.questions:
            self.question = next(iter(self.questions), "total")
        self._menu.unobserve(self._choose, "value")
        self._menu.options = [(question.words, view) for view, question in self.questions.items()]
        self._menu.observe(self._choose, "value")
        self._ask()

    def _state(self) -> State:
        return State(selection=self.selection, **self._choices)

    def _choose(self, change) -> None:
        self.question = change.new

    def _ask(self, _change: object = None) -> None:
        """Show the answer to the chosen question, or why there is none."""
        found = self._answers.of(self.question, self._state())
        self.finding, self.refusal = (found, "") if isinstance(found, Finding) else (None, found)
        self._reading.value = f"<p>{escape(found.summary if isinstance(found, Finding) else found)}</p>"
        self._code.value = self.code if self.question in self.questions else ""
        if self.question in self.questions:
            self._menu.value = self.question
        try:
            self._chart.show(self.finding.chart() if self.finding else None)
        except Refused:  # more dimensions than a picture can show
            self._chart.show(None)


def _choices(cube: Cube, start: Selection, query: Mapping[str, str]) -> dict[str, object]:
    """What is chosen besides the selection: as the explorer opens, or as an address asks for."""
    measures, levels, divisions = opening.measures(cube, start), opening.levels(cube), opening.divisions(cube)
    choices = opening.first_choices(measures, levels, divisions)
    known = {"measure": measures.values(), "level": levels.values(), "divide": divisions.values(), "mapped": MAPPED}
    wanted = {field: query[name] for name, field in NAMES.items() if name in query}
    terms = query.get("terms", "").split(",")
    choices["terms"] = ",".join(name for name in opening.terms(cube).values() if name in terms)
    return choices | {field: code for field, code in wanted.items() if code in known.get(field, ())}
