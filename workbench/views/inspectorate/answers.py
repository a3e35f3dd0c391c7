"""What each step asks, and its answer: a finding and what is drawn of it, or the reason why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.cubes.cube import Cube
from workbench.study.finding import Finding
from workbench.study.recipe import Recipe
from workbench.terms.text import _
from workbench.views.faults import in_words
from workbench.views.inspectorate import ahead, comparing, notified, planning, ranking
from workbench.views.inspectorate.choices import DATASET, Choices

DRAWN = {"ranking": ranking.drawn, "plan": planning.drawn, "ahead": ahead.drawn, "notified": notified.drawn}
"""How the finding of a step is drawn."""
COMPARISON = "comparison"
STEPS = ("ranking", "plan", COMPARISON, "ahead", "notified")
PLANS = 4
"""So many plans are remembered: this one, A, and those that Back goes to."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """What is to be shown: the choices, those of the plan that is kept as A, and what an address has wrong."""

    cube: Cube
    first: Choices
    choices: Choices
    kept: Choices | None = None
    wrong: Sequence[str] = ()


Question = Recipe | tuple[Recipe, Recipe] | str
"""What a step asks; of a comparison this plan and A; a sentence where it asks nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """A finding, or the reason why there is none, and what the screen shows; `question` None where it failed."""

    question: Question | None
    finding: Finding | str
    drawn: Mapping = field(repr=False)


def question(step: str, wanted: Wanted) -> Question:
    """What a step asks.

    Parameters
    ----------
    step : str
        One of STEPS.
    wanted : Wanted

    Returns
    -------
    Question
    """
    choices, cube = wanted.choices, wanted.cube
    if step == COMPARISON:
        return _comparison(wanted)
    if step == "ahead" and choices.dataset != DATASET:
        return _("On the twin only: of real data nobody knows the true rates.")
    if step == "ahead" and not choices.years_ahead:
        return _("Choose how many years to simulate.")
    if step == "notified" and choices.dataset != DATASET:
        return _("These data come with no notifications. In Python wb.notifications takes a file of your own.")
    if step == "notified" and not choices.notifications:
        return _("No days are for notifications: they wait without end.")
    return getattr(choices, step)(cube)


def _comparison(wanted: Wanted) -> Question:
    if wanted.kept is None:
        return _("Keep a plan as A, then change something above: the difference stands here.")
    now, before = wanted.choices.plan(wanted.cube), wanted.kept.plan(wanted.cube)
    if now == before:
        return _("This plan is A. Change something above: the difference stands here.")
    return now, before


class Answers:
    """Answers to what the steps ask; the last plans are remembered."""

    def __init__(self):
        self._plans: list[tuple[Recipe, Finding]] = []

    def answer(self, step: str, posed: Question, wanted: Wanted) -> Answer:
        """Find and draw what a step asks.

        Parameters
        ----------
        step : str
            One of STEPS.
        posed : Question
        wanted : Wanted

        Returns
        -------
        Answer
        """
        if isinstance(posed, str):
            return Answer(question=posed, finding=posed, drawn={"hint": posed})
        try:
            if isinstance(posed, tuple):
                finding, by_stratum = comparing.compared(*map(self._plan, posed))
                drawn = comparing.drawn(finding, by_stratum, wanted.kept, wanted.choices)
            else:
                finding = self._plan(posed) if step == "plan" else posed.ask()
                drawn = DRAWN[step](finding)
        except Exception as error:
            words = in_words(error)
            return Answer(question=None, finding=words, drawn={"refused": words})
        return Answer(question=posed, finding=finding, drawn=drawn)

    def _plan(self, recipe: Recipe) -> Finding:
        """The plan of a question, found once as long as it is remembered."""
        for known, finding in self._plans:
            if known == recipe:
                return finding
        finding = recipe.ask()
        self._plans = [(recipe, finding), *self._plans][:PLANS]
        return finding
