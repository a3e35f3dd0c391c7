"""Countries that did not report a variable leave both sides of a division, unless they are shown one by one."""

from dataclasses import replace

from workbench.study.data import Question
from workbench.terms.dimensions import dimension
from workbench.terms.tables import NOT_REPORTED
from workbench.terms.text import _
from workbench.terms.words import some


def where_reported(question: Question, measure: str) -> Question:
    """The question without the countries that did not report what it asks for, and a note that names them.

    Added up with the others they would make every sum missing, or, as zeros, every rate too low.

    Parameters
    ----------
    question : as it was prepared
    measure : what is asked for

    Returns
    -------
    Question
        As it was where all countries reported, where none did, or where each is a group of its own.
    """
    cube, selection = question.cube, question.selection
    if not _may_be_unreported(question):
        return question
    frame = cube.ask(measure, selection, question.by).frame
    if not frame["flag"].str.contains(NOT_REPORTED).any():
        return question

    countries = cube.ask(measure, selection, ["nuts0"]).frame.set_index("nuts0")["flag"]
    silent = countries.index[countries.str.contains(NOT_REPORTED)]
    reporting = countries.index.difference(silent)
    if reporting.empty:
        return question

    message = _("Not reported, so left out of accidents and people alike: {countries}.")
    return replace(
        question,
        selection=selection.but(regions=reporting),
        notes=(*question.notes, message.format(countries=some(silent.tolist(), most=len(silent)))),
    )


def _may_be_unreported(question: Question) -> bool:
    """Whether countries are added up in a cube that has the flag at all."""
    if any(dimension(name).axis == "nuts" for name in question.by):
        return False
    frames = [margin.frame for margin in question.cube.margins if "nuts" in margin.axes]
    flags = [frame.get_column("flag").dtype for frame in frames if "flag" in frame.columns]
    return any(NOT_REPORTED in flag for kind in flags for flag in kind.categories)
