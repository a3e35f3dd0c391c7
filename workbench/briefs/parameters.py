"""The parameters of a notebook: the plain values of the cell tagged `parameters`, and those given in their place.

The tags are papermill's (`parameters`, `injected-parameters`), so that it runs the same notebooks. Its own runner
starts a kernel for each notebook; a hundred briefs share one here.
"""

import ast
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode

from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _

TAG, INJECTED = "parameters", "injected-parameters"


def defaults(notebook: NotebookNode) -> dict[str, object]:
    """The parameters of a notebook with their values as they stand there.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    dict
        Empty for a notebook without such a cell.

    Raises
    ------
    Refused
        For a cell that holds anything but plain values.
    """
    found = {}
    for cell in notebook.cells:
        if TAG not in cell.metadata.get("tags", ()):
            continue
        try:
            for statement in ast.parse(cell.source).body:
                (target,) = statement.targets
                found[target.id] = ast.literal_eval(statement.value)
        except (SyntaxError, ValueError, AttributeError) as error:
            message = _("The cell of parameters holds more than plain values: {source}")
            raise Refused(message.format(source=cell.source)) from error
    return found


def chosen(known: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """All parameters, with the given values in the place of the notebook's; text is read as what the notebook has.

    Parameters
    ----------
    known, given : Mapping
        Values by name.

    Returns
    -------
    dict

    Raises
    ------
    UnknownName
        For a parameter that the notebook does not have, naming those it has.
    Refused
        For a text that is no number where the notebook has one.
    """
    for name in given:
        if name not in known:
            hint = _("There are: {names}.").format(names=", ".join(known) or _("none"))
            raise UnknownName(_("parameter of this notebook"), name, known, hint=hint)
    return dict(known) | {name: _like(name, value, known[name]) for name, value in given.items()}


def injected(notebook: NotebookNode, values: Mapping[str, object]) -> NotebookNode:
    """A copy of a notebook in which a cell with these values follows the cell of parameters."""
    copy = nbformat.from_dict(notebook)
    copy.cells = [cell for cell in copy.cells if INJECTED not in cell.metadata.get("tags", ())]
    place = next((at + 1 for at, cell in enumerate(copy.cells) if TAG in cell.metadata.get("tags", ())), 0)
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": [INJECTED]}, id="given-parameters")
    copy.cells.insert(place, cell)
    return copy


def _like(name: str, value: object, example: object) -> object:
    """A value as the notebook's own is: a number of a text such as "2014", a truth of "yes"."""
    if not isinstance(value, str) or isinstance(example, str):
        return value
    if example is None:
        return value or None
    try:
        read = ast.literal_eval(value.capitalize() if isinstance(example, bool) else value)
    except (SyntaxError, ValueError):
        read = value
    fits = isinstance(read, int | float) if isinstance(example, int | float) else isinstance(read, type(example))
    if not fits:
        message = _("{name} is written as in the notebook, where it is {example!r}; {value!r} is not.")
        raise Refused(message.format(name=name, example=example, value=value))
    return read
