"""Notebooks: everything a picture needs comes from this machine, and a figure at the end of a cell draws itself."""

from dataclasses import dataclass

import panel as pn
from bokeh.plotting import figure

from workbench.study.finer import show_progress
from workbench.study.watched import show_audits
from workbench.views.guard import withhold_in_saved_pages
from workbench.views.progress import bar_in_cell


@dataclass
class _Written:
    """The cell whose output holds the screen libraries, "" as long as none does. A kernel has one notebook."""

    cell: str = ""


_WRITTEN = _Written()


def notebook() -> None:
    """Make pictures work in this notebook, offline too; call it once, after the imports.

    Each call writes the screen libraries (some 5 MB) into the output of its cell. So the cell draws again when it is
    run again, in a page that was reloaded as well: the kernel lives on, but the new page knows nothing of the old one.
    """
    _WRITTEN.cell = _cell()
    pn.extension(inline=True)
    withhold_in_saved_pages()
    try:
        shell = get_ipython()
    except NameError:
        return
    show_progress(bar_in_cell)
    show_audits(print)
    shell.display_formatter.mimebundle_formatter.for_type(
        figure, lambda drawn, include=None, exclude=None: pn.panel(drawn)._repr_mimebundle_(include, exclude)
    )


def libraries() -> None:
    """What `notebook` does, where no other cell has done it: for what is shown without that call."""
    if _WRITTEN.cell in ("", _cell()):
        notebook()


def _cell() -> str:
    """The cell that is run, by the name that JupyterLab gives it; "script" outside a notebook."""
    try:
        return get_ipython().get_parent()["metadata"].get("cellId") or "notebook"
    except (NameError, AttributeError, KeyError):
        return "script"
