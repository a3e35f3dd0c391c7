"""Notebooks: everything a picture needs comes from this machine, and a figure at the end of a cell draws itself."""

import panel as pn
from bokeh.plotting import figure


def notebook() -> None:
    """Make pictures work in this notebook, offline too; call it once, after the imports.

    Each call writes the screen libraries into the notebook, so it does nothing the second time.
    """
    if getattr(pn.extension, "_loaded", False):
        return
    pn.extension(inline=True)
    try:
        shell = get_ipython()
    except NameError:
        return
    shell.display_formatter.mimebundle_formatter.for_type(
        figure, lambda drawn, include=None, exclude=None: pn.panel(drawn)._repr_mimebundle_(include, exclude)
    )
