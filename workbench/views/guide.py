"""From a question in words to a brief: what a data set can be asked, the code that asks it, and its notebook."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from workbench.study.finding import Finding
from workbench.study.question_notebook import question_notebook
from workbench.study.recipe import Recipe
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.text import _, mark, translated
from workbench.views.answers import Answers
from workbench.views.code import recipe
from workbench.views.files import file_name
from workbench.views.questions import VIEWS, Question, State, as_answered
from workbench.views.shown import Shown

WORDS = {
    "total": mark("How high is it, all in all?"),
    "place": mark("Where is it highest?"),
    "time": mark("Has it risen or fallen?"),
    "groups": mark("By {dimension}: which is highest?"),
    "people": mark("Who is most at risk, by sex and age?"),
    "severity": mark("How severe are the accidents?"),
    "days": mark("How many days are lost?"),
    "size": mark("In enterprises of which size does it happen?"),
    "hours": mark("On which day of the week, and at what hour?"),
    "causes": mark("How do the accidents happen?"),
    "model": mark("Which of sex, age and sector matters, where the others are alike?"),
}
"""The question of each view, as people ask it."""


@dataclass(frozen=True, kw_only=True)
class GuideQuestion:
    """A question in words that a data set answers: its view, the recipe of its answer, the address that shows it."""

    view: str
    words: str
    recipe: Recipe
    link: str

    @property
    def code(self) -> str:
        """The cells that answer it, one after another."""
        return self.recipe.code()

    def notebook(self) -> str:
        """The notebook that asks it again and becomes a brief."""
        return question_notebook(self.recipe, self.words, link=self.link)


def query_of(link: str) -> dict[str, str]:
    """What an address of the explorer asks for: `dataset`, `q`, and what else is chosen.

    Parameters
    ----------
    link : str
        An address, or its query alone.

    Returns
    -------
    dict of str to str

    Raises
    ------
    Refused
        For one that names no data set.
    """
    parts = urlsplit(link)
    found = dict(parse_qsl(parts.query or link.lstrip("?"), keep_blank_values=True))
    if not found.get("dataset"):
        raise Refused(_("This is no address of the explorer: it names no data set. Copy it whole, from Share."))
    return found


def in_words(view: str, state: State) -> str:
    """The question of a view as people ask it.

    Parameters
    ----------
    view : str
    state : State

    Returns
    -------
    str
    """
    dimension = DIMENSIONS[state.divide].label if state.divide else ""
    return translated(WORDS[view]).format(dimension=dimension)


def answerable(answers: Answers, state: State, link: str) -> dict[str, GuideQuestion]:
    """The questions that a cube can be asked in a state, by view; which of them the data refuse is seen when they are.

    Parameters
    ----------
    answers : Answers
    state : State
    link : str
        The query of an address that shows that state.

    Returns
    -------
    dict of str to GuideQuestion
    """
    questions = {view: answers.question(view, state) for view in VIEWS}
    return {
        view: GuideQuestion(view=view, words=in_words(view, state), recipe=recipe(answers.cube, question), link=link)
        for view, question in questions.items()
        if isinstance(question, Question)
    }


def offered(explorer: Shown) -> dict:
    """The questions that the explorer has answered, in words, each with its answer, its code and its notebook.

    Parameters
    ----------
    explorer : Shown

    Returns
    -------
    dict
        As the screen shows it.
    """
    questions = []
    for view in VIEWS:
        question, found = explorer.question(view), explorer.findings.get(view)
        if not isinstance(question, Question) or not isinstance(found, Finding):
            continue
        chosen = GuideQuestion(
            view=view,
            words=in_words(view, explorer.state),
            recipe=recipe(explorer.cube, as_answered(question, found)),
            link=explorer.address,
        )
        shown = {"words": chosen.words, "answer": found.summary, "code": chosen.code}
        questions.append({**shown, "file": _file(chosen, explorer)})
    return {
        "kind": "guide",
        "title": _("Questions"),
        "save": _("Notebook"),
        "code": _("Code"),
        "how": _("A notebook becomes a brief: workbench brief NOTEBOOK.ipynb --to html, or --to pdf."),
        "questions": questions,
    }


def _file(chosen: GuideQuestion, explorer: Shown) -> dict | None:
    """The notebook as a file, where the data set has a name that it can be asked by."""
    if chosen.recipe.source_name is None:
        return None
    name = file_name(explorer.cube.name, explorer.selection.words(explorer.cube.lists), chosen.view)
    return {"name": f"{name}.ipynb", "mime": "application/x-ipynb+json", "text": chosen.notebook()}
