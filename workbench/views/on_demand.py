"""Views whose figures are counted from the records when a reader looks at them: in the background, with progress."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import panel as pn

from workbench.study.finer import Building, building, to_be_built
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.views.cards import card, waiting
from workbench.views.faults import safely
from workbench.views.questions import Question, State
from workbench.views.shown import Shown

KEY_FIGURES = "total"
"""The view that has no card: its figures stand above all cards, and are left out while they are counted."""
EVERY = 400
"""Milliseconds between two looks at how far the counting is."""


class OnDemand:
    """The views of an explorer that wait for their records to be counted; `answer` shows a view that need not wait."""

    def __init__(self, explorer: Shown, answer: Callable[[str], None]):
        self._explorer, self._answer = explorer, answer
        self._unseen: set[str] = set()

    def waits(self, view: str, state: State) -> bool:
        """Whether a view has to wait; its card then says for what, and its figures follow.

        Parameters
        ----------
        view : str
        state : State

        Returns
        -------
        bool
            False too where it can be said at once that there is no answer.
        """
        explorer = self._explorer
        self._unseen.discard(view)
        question = self._awaited(view, state)
        if question is None:
            return False

        document = pn.state.curdoc
        served = document is not None and document.session_context is not None
        if not served or (view != KEY_FIGURES and view not in explorer.window):
            self._unseen.add(view)
            self._say(view, state, _("Counted from the records once it is looked at."))
            return True
        try:
            running = building(explorer.cube, question.selection, question.by)
        except Refused:
            return False
        if running is None:
            return False
        self._follow(view, state, running, document)
        return True

    def _awaited(self, view: str, state: State) -> Question | None:
        """The first question of a card whose cube has yet to be built: its own, or that of what it is compared with."""
        explorer, question = self._explorer, self._explorer.question(view)
        if isinstance(question, str):
            return None
        questions = [question]
        if state.reference is not None:
            questions.append(explorer.answers.question(view, replace(state, selection=state.reference)))
        built = (isinstance(one, str) or not to_be_built(explorer.cube, one.selection, one.by) for one in questions)
        return next((one for one, ready in zip(questions, built, strict=True) if not ready), None)

    def look(self, views: Iterable[str]) -> None:
        """Begin what the reader has come to see.

        Parameters
        ----------
        views : iterable of str
        """
        for view in self._unseen.intersection(views):
            self._answer(view)

    def _follow(self, view: str, state: State, running: Building, document) -> None:
        """Say how far the counting is until it has ended, then answer; given up where another thing is asked by now."""
        if state != self._explorer.state:
            return
        if running.done:
            fault = safely(running.wait)
            if isinstance(fault, str):  # asking again would count again, over and over
                self._fail(view, state, fault)
            else:
                self._answer(view)
            return
        self._say(view, state, _("Counting the records: {share:.0%}").format(share=running.share), running.share)
        document.add_timeout_callback(partial(self._follow, view, state, running, document), EVERY)

    def _fail(self, view: str, state: State, words: str) -> None:
        """Say why there are no figures; the next question counts anew."""
        self._put(view, words, card(view, words, state))

    def _say(self, view: str, state: State, words: str, share: float | None = None) -> None:
        self._put(view, words, waiting(view, state, words, share))

    def _put(self, view: str, words: str, drawn: dict) -> None:
        """Words in place of a finding, and what its card shows meanwhile."""
        self._explorer.findings = {**self._explorer.findings, view: words}
        if view != KEY_FIGURES:
            self._explorer.screen.show(**{view: drawn})
