"""A view as code: the lines that give the frame that the screen shows, and a cell that opens the screen as it is."""

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.recipe import Recipe, selection_code
from workbench.terms.text import _
from workbench.views.questions import Question


def recipe(cube: Cube, question: Question) -> Recipe:
    """The question of a view as one that can be asked again anywhere: `.code()`, `.cells()`.

    Parameters
    ----------
    cube : Cube
    question : Question

    Returns
    -------
    Recipe
    """
    options: dict[str, object] = {}
    if question.verb == "regression":
        options["terms"] = list(question.by)
    elif question.verb != "trend" and question.by:
        options["by"] = list(question.by)
    if question.verb == "counts":
        options["measure"] = question.measure
    return Recipe(question.verb, cube, question.selection, options)


def cell(name: str, selection: Selection) -> str:
    """A notebook cell that opens the explorer at a selection.

    Parameters
    ----------
    name : str
        Of the data set.
    selection : Selection

    Returns
    -------
    str
    """
    comment = _("the explorer, as it was shown")
    return f"import workbench as wb\n\nwb.explorer({name!r}, selection={selection_code(selection)})  # {comment}\n"
