"""What the screen sends: each touch a message, checked before it changes anything."""

from collections.abc import Callable, Mapping
from gettext import NullTranslations

from workbench.study.finding import Finding
from workbench.study.loading import load
from workbench.study.why import Why
from workbench.terms.text import _
from workbench.views import code, guide, opening
from workbench.views.cards import title
from workbench.views.chips import without
from workbench.views.faults import in_words
from workbench.views.files import csv_file, file_name, zip_file
from workbench.views.own_language import in_own_language
from workbench.views.questions import TABLE, VIEWS, Question, as_answered
from workbench.views.shown import Shown
from workbench.views.touch import cleared, together, touched
from workbench.views.withheld import reason_of

SETTABLE = ("dataset", "measure", "level", "mapped", "divide", "tabled", "theme", "language")

QUIET = ("seen", "menu", "code", "guide", "file")
"""Messages for which the screen does not dim its cards."""


class Messages:
    """Takes the messages of a screen for an explorer. A page is not to be trusted: what does not fit is left alone."""

    def __init__(self, explorer: Shown):
        self._explorer = explorer
        self._coarser: Why | None = None
        self._acts: dict[str, Callable[[Mapping], None]] = {
            "touch": self._touch,
            "several": self._several,
            "clear": self._clear,
            "ask": self._ask,
            "drop": self._drop,
            "set": self._set,
            "start": lambda _message: explorer.param.update(selection=explorer.start),
            "undo": lambda _message: explorer.step(-1),
            "redo": lambda _message: explorer.step(1),
            "compare": self._compare,
            "swap": self._swap,
            "seen": self._seen,
            "menu": lambda _message: explorer.list_datasets(),
            "code": self._code,
            "guide": lambda _message: explorer.screen.send(guide.offered(explorer)),
            "file": self._file,
            "load": self._load,
        }

    @property
    def translations(self) -> NullTranslations:
        """The messages of the explorer's language."""
        return self._explorer.translations

    @in_own_language
    def receive(self, message: object) -> None:
        """Do what a message says; one that changed nothing lets the screen rest again.

        Parameters
        ----------
        message : object
            As the screen sends it: a mapping with `do`.
        """
        act = self._acts.get(message.get("do")) if isinstance(message, Mapping) else None
        before = self._explorer.screen.busy
        if act is not None:
            try:
                act(message)
            except Exception as error:
                self._explorer.warn(in_words(error))
        waits = act is not None and message["do"] not in QUIET
        if waits and self._explorer.screen.busy == before:  # the screen has dimmed its cards for nothing
            self._explorer.screen.send({"kind": "rest"})

    def _by(self, message: Mapping) -> tuple[str, ...]:
        found = self._explorer.finding(message["view"])
        return found.by

    def _touch(self, message: Mapping) -> None:
        explorer, key = self._explorer, tuple(map(str, message["key"]))
        add = bool(message.get("add"))
        reason = reason_of(explorer.finding(message["view"]), key)
        if reason is not None:
            self._coarser = reason
            title, button = _("Why is this figure withheld?"), _("Ask that instead")
            explorer.screen.send({"kind": "why", "title": title, "says": str(reason), "ask": reason.by and button})
            return
        explorer.selection = touched(explorer.selection, self._by(message), key, add=add)

    def _several(self, message: Mapping) -> None:
        """All marks of a class of the key, or that a drag went over, in place of what was chosen in the view."""
        keys = [tuple(map(str, key)) for key in message["keys"]]
        self._explorer.selection = together(self._explorer.selection, self._by(message), keys)

    def _clear(self, message: Mapping) -> None:
        self._explorer.selection = cleared(self._explorer.selection, self._by(message))

    def _ask(self, _message: Mapping) -> None:
        """The nearest coarser question of the figure that was touched last."""
        explorer, coarser = self._explorer, self._coarser
        if coarser is None or coarser.by is None:
            return
        shown = {"selection": coarser.selection}
        for by in coarser.by:
            fitting = [name for name in ("level", "divide") if by in explorer.param[name].objects.values()]
            shown |= dict.fromkeys(fitting, by)
        explorer.param.update(**shown)

    def _drop(self, message: Mapping) -> None:
        self._explorer.selection = without(self._explorer.selection, message["field"], message["code"])

    def _set(self, message: Mapping) -> None:
        name, value = message["name"], message["value"]
        if name == "terms":
            possible = self._explorer.possible_terms.values()
            self._explorer.terms = ",".join(term for term in possible if term in value)
            return
        known = self._explorer.param[name].objects if name in SETTABLE else {}
        codes = list(known.values() if isinstance(known, Mapping) else known)
        if value in codes or (name == "dataset" and isinstance(value, str)):
            value = self._explorer.given.get(value, value) if name == "dataset" else value
            self._explorer.param.update(**{name: value})

    def _compare(self, _message: Mapping) -> None:
        explorer = self._explorer
        explorer.reference = explorer.selection if explorer.reference is None else None

    def _swap(self, _message: Mapping) -> None:
        explorer = self._explorer
        if explorer.reference is not None:
            explorer.param.update(selection=explorer.reference, reference=explorer.selection)

    def _seen(self, message: Mapping) -> None:
        self._explorer.window = tuple(view for view in message["views"] if view in (*VIEWS, TABLE))
        self._explorer.look()

    def _code(self, message: Mapping) -> None:
        """The question as text, link, YAML and code; of the view whose table is shown."""
        explorer = self._explorer
        name = explorer.dataset if isinstance(explorer.dataset, str) else explorer.cube.name
        if message.get("share"):
            parts = [[_("Link"), "{address}"], [_("In words"), opening.counted(explorer.cube, explorer.selection)]]
            parts += [[_("YAML"), explorer.selection.to_yaml()], [_("Notebook"), code.cell(name, explorer.selection)]]
            explorer.screen.send({"kind": "code", "title": _("Share"), "parts": parts})
            return
        parts = []
        for view in VIEWS:
            question, found = explorer.question(view), explorer.findings.get(view)
            if isinstance(question, Question) and isinstance(found, Finding):
                question = as_answered(question, found)
                parts.append([title(view, explorer.state), code.recipe(explorer.cube, question).code()])
        explorer.screen.send({"kind": "code", "title": _("Code"), "parts": parts})

    def _file(self, message: Mapping) -> None:
        explorer, view = self._explorer, message["view"]
        finding = explorer.finding(view)
        name = file_name(explorer.cube.name, explorer.selection.words(explorer.cube.lists), view)
        if message["form"] == "csv":
            explorer.screen.send(csv_file(finding, name))
            return
        pictures = {f"chart.{form}": str(message.get(form, "")) for form in ("svg", "png")}
        explorer.screen.send(zip_file(finding, name, pictures))

    def _load(self, message: Mapping) -> None:
        """Load a part of a data set, and show it."""
        explorer = self._explorer
        try:
            load(explorer.dataset, **{str(name): str(value) for name, value in message["parts"].items()})
        except Exception as error:
            explorer.warn(in_words(error))
            return
        explorer.reopen()
