"""What the parts of the explorer read of it, and may ask of it: they are made before it, and do not import it."""

from collections.abc import Mapping, Sequence
from gettext import NullTranslations
from typing import Protocol

import param

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.views.answers import Answers
from workbench.views.history import History
from workbench.views.questions import Question, State
from workbench.views.screen import Screen


class Shown(Protocol):
    """An explorer, as its head, its address and its messages see it.

    `picker` is None as long as no data set is open, `why` then says why; `start` is the first selection, `first` the
    other first choices, `possible_terms` what a regression can have, by label, `given` the cubes that were handed over,
    `menu` the menu of data sets, `window` the views that the reader sees, `answers` those of the cube, `on_demand` the
    views that wait for records to be counted, `wrong` what an address asked for in vain, `warning` what a touch could
    not do.
    """

    param: param.parameterized.Parameters
    dataset: str | Cube | None
    selection: Selection
    reference: Selection | None
    measure: str
    tabled: str
    terms: str
    theme: str
    language: str
    translations: NullTranslations
    findings: dict
    state: State
    cube: Cube
    answers: Answers | None
    picker: object
    screen: Screen
    history: History
    start: Selection
    first: Mapping[str, object]
    possible_terms: Mapping[str, str]
    given: Mapping[str, Cube]
    menu: list[dict]
    window: tuple[str, ...]
    on_demand: object
    why: str
    wrong: list[str]
    warning: str

    def finding(self, view: str) -> Finding:
        """The finding that a view shows."""

    def question(self, view: str) -> Question | str:
        """What a view asks, or why it steps aside."""

    def step(self, by: int) -> None:
        """Undo or redo a step."""

    def warn(self, words: str) -> None:
        """Say on the page what could not be done."""

    def list_datasets(self) -> None:
        """List what can be opened."""

    def reopen(self) -> None:
        """Open the data set anew."""

    def look(self) -> None:
        """Answer what the reader has come to see."""

    def rest(self, late: Sequence[str] = ()) -> None:
        """Let the screen rest, though some views are late."""
