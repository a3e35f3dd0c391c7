"""How far a cube is that is being counted: a bar in the cell of a notebook that waits for it."""

from time import sleep

import ipywidgets
from IPython.display import display

from workbench.study.finer import Building
from workbench.terms.text import _

PATIENCE, EVERY = 1.0, 0.2
"""Seconds before a bar is shown, and between two looks."""


def bar_in_cell(running: Building) -> None:
    """Show a bar until a cube is counted; none where that takes less than a second.

    Parameters
    ----------
    running : Building
    """
    if running.ends_within(PATIENCE):
        return
    bar = ipywidgets.FloatProgress(value=running.share, min=0.0, max=1.0)
    words = ipywidgets.Label(_("Counting the records"))
    shown = ipywidgets.HBox([words, bar])
    display(shown)
    while not running.done:
        bar.value = running.share
        sleep(EVERY)
    shown.close()
