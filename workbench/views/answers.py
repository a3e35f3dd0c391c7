"""Answers of a cube, kept: what was shown before is shown again without being asked again."""

from collections import OrderedDict
from dataclasses import replace
from gettext import NullTranslations

from workbench.cubes.cube import Cube
from workbench.study.disclose import confidential
from workbench.study.finding import Finding
from workbench.terms.text import spoken
from workbench.views import questions
from workbench.views.cards import card, table, title
from workbench.views.faults import safely
from workbench.views.questions import Question, State
from workbench.views.screen import Json

KEPT = 1000
"""Findings, cards and tables that are kept: some hundred steps, of one session or of a class that asks much the same.

A map of Europe is 50 kB as it is sent, its table 60 kB.
"""


class Answers:
    """The findings of one cube by question, the latest ones kept."""

    def __init__(self, cube: Cube):
        self.cube = cube
        self._found: OrderedDict[Question, Finding] = OrderedDict()
        self._drawn: OrderedDict[tuple[str, State], Json] = OrderedDict()
        self._tables: OrderedDict[tuple[str, State], Json] = OrderedDict()

    def question(self, view: str, state: State) -> Question | str:
        """What a view asks in a state, or why it steps aside.

        Parameters
        ----------
        view : str
        state : State

        Returns
        -------
        Question or str
        """
        return safely(questions.question, self.cube, view, state)

    def answer(self, question: Question | str) -> Finding | str:
        """The finding of a question, or why there is none.

        Parameters
        ----------
        question : Question, or str
            As `question` gives it.

        Returns
        -------
        Finding or str
        """
        if isinstance(question, str):
            return question
        if question in self._found:
            self._found.move_to_end(question)
            return self._found[question]
        found = safely(questions.answer, self.cube, question)
        if isinstance(found, Finding):
            _keep(self._found, question, found)
        return found

    def of(self, view: str, state: State) -> Finding | str:
        """The finding of a view in a state.

        Parameters
        ----------
        view : str
        state : State

        Returns
        -------
        Finding or str
        """
        return self.answer(self.question(view, state))

    def drawn(self, view: str, state: State, found: Finding | str) -> Json:
        """The card of a view in a state, kept like its finding.

        Parameters
        ----------
        view : str
        state : State
        found : Finding or str
            As `of` gives it.

        Returns
        -------
        Json
        """
        if (view, state) in self._drawn:
            self._drawn.move_to_end((view, state))
            return self._drawn[view, state]
        other = self.of(view, replace(state, selection=state.reference)) if state.reference else None
        shown = safely(card, view, found, state, other)
        if isinstance(shown, str):
            return Json.of(card(view, shown, state))
        text = Json.of(shown)
        if isinstance(found, Finding):
            _keep(self._drawn, (view, state), text)
        return text

    def table(self, view: str, state: State, found: Finding) -> Json | None:
        """The table of a view in a state, kept like its card.

        Parameters
        ----------
        view : str
        state : State
        found : Finding

        Returns
        -------
        Json or None
            None where there is no table.
        """
        if (view, state) in self._tables:
            self._tables.move_to_end((view, state))
            return self._tables[view, state]
        made = safely(table, found, title(view, state))
        if isinstance(made, str):
            return None
        _keep(self._tables, (view, state), text := Json.of(made))
        return text


def _keep(kept: OrderedDict, key: object, value: object) -> None:
    """Keep a value; the one that was not wanted for longest goes where there are too many."""
    kept[key] = value
    if len(kept) > KEPT:
        kept.popitem(last=False)


_SHARED: dict[tuple[str, NullTranslations], Answers] = {}
"""The answers that all sessions share, by entry and language."""


def answers_of(cube: Cube, dataset: object) -> Answers:
    """Answers of a cube: those of an entry are shared by all sessions of a language, for a class asks much the same.

    Of confidential records, and of what was handed over in a notebook, each session keeps its own: what is withheld
    depends on who asks, and on what was asked before.

    Parameters
    ----------
    cube : Cube
    dataset : str, or what was handed over
        Name of the entry.

    Returns
    -------
    Answers
    """
    if not isinstance(dataset, str) or confidential(cube):
        return Answers(cube)
    key = (dataset, spoken())
    if key not in _SHARED or _SHARED[key].cube is not cube:  # more of an entry was loaded meanwhile
        _SHARED[key] = Answers(cube)
    return _SHARED[key]
