"""Whose turn it is: the views in the window are answered together and sent in one message, the others one by one.

Where many sessions ask at once, the others wait until they are seen or until there is time for them.
"""

import gc
import time
from functools import cache, partial
from gettext import NullTranslations

import panel as pn

from workbench.study.finding import Finding
from workbench.views.comparison import comparison
from workbench.views.crowd import Crowd
from workbench.views.faults import safely
from workbench.views.head import tabs
from workbench.views.key_figures import key_figures
from workbench.views.linked.place import shapes
from workbench.views.own_language import in_own_language
from workbench.views.questions import TABLE, VIEWS, State
from workbench.views.shown import Shown

SOON = 1
"""Milliseconds after which the next views are asked, once these are on their way: the next tick would come before."""
PAUSE = 500
"""Milliseconds until a view that nobody sees asks again whether there is time for it."""
FIRST = ("place", "time", "groups", "people")
"""What is answered together with the key figures, where a browser does not say that it is out of its window."""

FIGURES = {"total", "place", "time", "groups"}
"""The views that key figures are taken from."""

_CROWD = Crowd()
"""The sessions of this process."""


COLLECTED = (50_000, 20, 100)
"""After how many new objects the collector looks for what nobody needs, and how often it looks at older ones too."""


@cache
def spare_the_collector() -> None:
    """Once the first page of a server is answered, leave what is loaded by then out of collecting garbage.

    Half a million objects of libraries were looked through after every twenty touches, which then took 0.2 s longer. A
    touch makes thousands of objects, nearly all of which go without a collector: with Python's own thresholds (700, 10,
    10) each touch took a fifth more of the processor, which went through all that is kept for the class.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


class Turns:
    """The views of an explorer that have still to be answered."""

    def __init__(self, explorer: Shown):
        self._explorer = explorer
        self._state: State | None = None
        self._waiting: list[tuple[str, ...]] = []
        self._level = ""  # whose shapes the screen has
        self.held = False  # whether only the window is answered for now
        self._put_off = False  # whether the rest waits for others

    @property
    def translations(self) -> NullTranslations:
        """The messages of the explorer's language."""
        return self._explorer.translations

    def begin(self, state: State) -> None:
        """Answer all views in a new state, in a page in turns.

        Parameters
        ----------
        state : State
        """
        self._state = state
        seen = [view for view in self._explorer.window if view in VIEWS]
        together = ("total", *(view for view in FIRST if view in seen))
        others = (view for view in dict.fromkeys([*seen, *VIEWS]) if view not in together)
        self._waiting = [together, *((view,) for view in others), (TABLE,)]
        self._order()
        self._put_off = False
        self._explorer.findings = {}  # those of the state before say nothing of this one
        self._next()

    def end(self) -> None:
        """Answer nothing more: another data set is opened."""
        self._state, self._waiting = None, []

    @in_own_language
    def finish(self) -> None:
        """Answer what was held back."""
        self.held = False
        self._next()

    @in_own_language
    def show(self, view: str) -> None:
        """Answer one view, out of turn, and send it.

        Parameters
        ----------
        view : str
        """
        self._explorer.screen.show(**self._parts((view,)))

    def look(self) -> None:
        """Answer what the reader has come to see and what still waits."""
        if self._put_off:
            self._order()
            self._next()

    def _wanted(self) -> set[str]:
        """What the reader sees; of a table that is seen also the view that it shows."""
        window = {"total", *self._explorer.window}
        return window | {self._explorer.tabled} if TABLE in window else window

    def _order(self) -> None:
        """What is wanted goes first, the table after the views."""
        wanted = self._wanted()
        self._waiting.sort(key=lambda views: (views[0] not in wanted, views == (TABLE,)))

    def _next(self) -> None:
        """Answer and send; in a page the rest waits until this is on its way."""
        document = pn.state.curdoc
        served = document is not None and document.session_context is not None
        while self._waiting:
            if served and self._waits_for_others():
                document.add_timeout_callback(partial(self._go_on, self._state), PAUSE)
                return
            self._show(self._waiting.pop(0))
            if self.held:
                return
            if served and self._waiting:
                document.add_timeout_callback(partial(self._go_on, self._state), SOON)
                return
        self._rest()
        if served:
            spare_the_collector()

    def _waits_for_others(self) -> bool:
        """Whether the next view is not seen while others wait; the screen then rests without it."""
        (view, *_more) = self._waiting[0]
        if view in self._wanted() or not _CROWD.keeps_from(id(self)):
            return False
        if self._put_off:
            self._explorer.screen.show(late=self._late)
        else:
            self._put_off = True
            self._rest()
        return True

    def _show(self, views: tuple[str, ...]) -> None:
        """Send the parts of some views; the table is one of those that have answered by then."""
        start = time.perf_counter()
        self._explorer.screen.show(**(tabs(self._explorer) if views == (TABLE,) else self._parts(views)))
        _CROWD.took(id(self), time.perf_counter() - start)

    def _rest(self) -> None:
        """Let the screen rest; what is late stays dimmed until it comes."""
        self._explorer.rest(self._late)

    @property
    def _late(self) -> list[str]:
        return [view for views in self._waiting for view in views]

    @in_own_language
    def _go_on(self, state: State) -> None:
        """Answer the next ones, unless another state was begun meanwhile."""
        if state is self._state:
            self._next()

    def _parts(self, views: tuple[str, ...]) -> dict[str, object]:
        """The parts of the screen that show some views, with the key figures that are taken from them."""
        explorer, parts = self._explorer, {}
        for view in views:
            if not explorer.on_demand.waits(view, self._state):
                parts |= self._answered(view)
        if FIGURES.isdisjoint(views):
            return parts
        figures = safely(key_figures, explorer.findings, self._state)
        return {**parts, "figures": {"figures": [] if isinstance(figures, str) else figures}}

    def _answered(self, view: str) -> dict[str, object]:
        """The parts of one view."""
        explorer, state = self._explorer, self._state
        found = explorer.answers.of(view, state)
        explorer.findings = {**explorer.findings, view: found}
        if view == "total":
            return {"comparison": safely(comparison, explorer.cube, state)}
        parts = self._shapes(found) if view == "place" and isinstance(found, Finding) else {}
        return {**parts, view: explorer.answers.drawn(view, state, found)}

    def _shapes(self, found: Finding) -> dict[str, object]:
        """The regions of a map's level, where the screen does not have them yet: 200,000 letters for NUTS 2."""
        known = safely(shapes, found.edition, int(found.by[0][-1]))
        if isinstance(known, str) or (known.sent["id"] == self._level and self._explorer.screen.shapes):
            return {}
        self._level = known.sent["id"]
        return {"shapes": known.sent}
