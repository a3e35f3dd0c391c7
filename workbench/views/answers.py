"""Answers of a cube, kept: what was shown before is shown again without being asked again."""

from collections import OrderedDict

from workbench.cubes.cube import Cube
from workbench.study.finding import Finding
from workbench.views import questions
from workbench.views.faults import safely
from workbench.views.questions import Question, State

KEPT = 300
"""Findings that are kept: some forty steps of a session."""


class Answers:
    """The findings of one cube by question, the latest ones kept."""

    def __init__(self, cube: Cube):
        self.cube = cube
        self._found: OrderedDict[Question, Finding] = OrderedDict()

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
            self._found[question] = found
            if len(self._found) > KEPT:
                self._found.popitem(last=False)
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
