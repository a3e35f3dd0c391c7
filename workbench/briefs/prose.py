"""Living text: prose whose figures and claims are bound to findings, and what in it is bound to nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from jinja2 import StrictUndefined, TemplateError, UndefinedError, meta
from jinja2.sandbox import SandboxedEnvironment

from workbench.briefs import claims
from workbench.briefs.record import Record, printed
from workbench.sources.facts import all_facts
from workbench.terms.errors import Refused, UnknownName, WorkbenchError
from workbench.terms.text import _, figures

OPEN, CLOSE = "\ue000", "\ue001"
"""Around the number of a part within a text: of Unicode's private use, so no text that people write has them."""
SLOT = re.compile(f"{OPEN}(\\d+){CLOSE}")
SYNTAX = re.compile(r"^\s*(?:[-*+]|\d+\.|#+|>)\s+", re.MULTILINE)
"""What Markdown writes before a list item or a heading; its digits are no figures."""
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.|#+)\s)")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a text that is bound: to a figure, a claim or a sentence of a finding, a parameter, or a source.

    Attributes
    ----------
    kind : "figure", "claim", "sentence", "label", "parameter", "constant", "word"; "loose" where it is bound to nothing
    text : as it is printed
    finding : the id of the finding, "" without one
    detail : where in the finding, or the source of a constant
    holds : of a claim, whether it is true
    weaker : of a claim that is not, what is
    figures : of a claim, what it rests on
    """

    kind: str
    text: str
    finding: str = ""
    detail: str = ""
    holds: bool = True
    weaker: str = ""
    figures: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A text as it reads: Markdown with a slot for each part, and the parts."""

    markdown: str
    parts: tuple[Part, ...]

    def filled(self, markdown: str | None = None) -> str:
        """The text, or one of its sentences, with its parts in their places."""
        return SLOT.sub(lambda slot: self.parts[int(slot[1])].text, self.markdown if markdown is None else markdown)

    def sentences(self) -> list[str]:
        """Its sentences, headings and list items, with slots; a part that is a whole sentence stays whole."""
        return [
            " ".join(SYNTAX.sub("", found).split()) for found in SENTENCE_ENDS.split(self.markdown) if found.strip()
        ]

    def parts_of(self, sentence: str) -> list[Part]:
        """The parts that stand in one of its sentences."""
        return [self.parts[int(slot)] for slot in SLOT.findall(sentence)]

    def faults(self) -> list[str]:
        """Figures that are bound to nothing, each in its sentence; an empty list where there are none."""
        found = []
        for sentence in self.sentences():
            loose = [part.text for part in self.parts_of(sentence) if part.kind == "loose"]
            typed = re.findall(r"\d[\d.,]*", SLOT.sub("", sentence))
            if loose or typed:
                message = _("{figures} in “{sentence}”")
                found.append(message.format(figures=", ".join([*loose, *typed]), sentence=self.filled(sentence)))
        return found


class BoundFinding:
    """A finding as texts see it: figures, sentences and claims, each of which knows where it is from.

    Parameters
    ----------
    record : Record
    """

    def __init__(self, record: Record):
        self._record = record

    @property
    def sentence(self) -> Part:
        """What the finding says of itself."""
        return self._part("sentence", self._record.summary, "summary")

    @property
    def question(self) -> Part:
        """What was asked, in words."""
        return self._part("label", self._record.question, "question")

    @property
    def unit(self) -> Part:
        """The unit of its figures."""
        return self._part("label", self._record.unit, "unit")

    @property
    def leaders(self) -> Part:
        """Which group is highest, or which may be."""
        return self._part("sentence", claims.leaders(self._record), "leaders")

    @property
    def trailers(self) -> Part:
        """Which group is lowest, or which may be."""
        return self._part("sentence", claims.leaders(self._record, -1), "trailers")

    def compared(self, group: object, other: object) -> Part:
        """Two groups in a sentence that is true whichever is higher."""
        return self._part("sentence", claims.compared(self._record, group, other), f"{group} and {other}")

    def label(self, *codes: object) -> Part:
        """What a group is called."""
        return self._part("label", self._record.label(self._record.row(*codes)), _path("label", codes))

    @property
    def first(self) -> Part:
        """The first group that has a figure: of a series its first year."""
        return self._outermost("first", 0)

    @property
    def last(self) -> Part:
        """The last group that has a figure: of a series its last year."""
        return self._outermost("last", -1)

    def value(self, *codes: object) -> Part:
        """The figure of a group."""
        return self._figure("value", codes)

    def count(self, *codes: object) -> Part:
        """The accidents of a group."""
        return self._figure("count", codes)

    def people(self, *codes: object) -> Part:
        """The people at risk of a group."""
        return self._figure("people", codes)

    def interval(self, *codes: object) -> Part:
        """The limits of a group's figure."""
        row = self._record.row(*codes)
        figures, level = printed(row), 100 * float(row.get("level") or 0)
        text = _("{level:g}% CI {low} to {high}").format(level=level, low=figures.low, high=figures.high)
        return self._part("figure", text if figures.low else _("no interval"), _path("interval", codes))

    def __getattr__(self, name: str):
        if name not in ("higher", "lower", "risen", "fallen", "highest", "lowest"):
            raise AttributeError(name)
        return partial(self._claim, name)

    def _claim(self, name: str, *codes: object) -> Part:
        found = getattr(claims, name)(self._record, *codes)
        part = self._part("claim", found.words, _path(name, codes))
        return Part(**{**vars(part), "holds": found.holds, "weaker": found.weaker, "figures": found.figures})

    def _outermost(self, name: str, place: int) -> Part:
        rows = [row for row in self._record.rows if row.get("value") is not None]
        if not rows:
            raise Refused(_("The finding {id} has no figure.").format(id=self._record.id))
        return self._part("label", self._record.label(rows[place]), name)

    def _figure(self, name: str, codes: Sequence[object]) -> Part:
        row = self._record.row(*codes)
        text = getattr(printed(row), name)
        if not text:
            text = {"withheld": _("withheld")}.get(str(row.get("state")), _("not published"))
        return self._part("figure", text, _path(name, codes))

    def _part(self, kind: str, text: str, detail: str) -> Part:
        return Part(kind=kind, text=text, finding=self._record.id, detail=detail)


def read(source: str) -> set[str]:
    """The names that a text asks for.

    Raises
    ------
    Refused
        For a text whose braces cannot be read, with the reason.
    """
    try:
        return meta.find_undeclared_variables(_environment([], {}).parse(source)) - set(GLOBALS)
    except TemplateError as error:
        raise Refused(
            _("This text cannot be read: {why}. Text: {text}").format(why=error, text=source[:200])
        ) from error


def written(source: str, names: Mapping[str, Record | object], parameters: Mapping[str, object]) -> Prose:
    """A text with its figures and claims.

    Parameters
    ----------
    source : str
        Markdown with expressions in double braces, such as `{{ trend.sentence }}`.
    names : Mapping
        What the expressions may ask for: records and plain values.
    parameters : Mapping
        Those of the brief: their values may stand in a text as they are.

    Returns
    -------
    Prose

    Raises
    ------
    Refused
        For a name, a group or a claim that there is not.
    """
    parts: list[Part] = []
    environment = _environment(parts, parameters)
    bound = {name: BoundFinding(value) if isinstance(value, Record) else value for name, value in names.items()}
    try:
        markdown = environment.from_string(source).render(bound)
    except UndefinedError as error:
        raise Refused(
            _("A text asks for what there is not: {why}. It may ask for {names}. Text: {text}").format(
                why=error, names=", ".join(sorted(names)) or "-", text=source[:200]
            )
        ) from error
    except WorkbenchError:
        raise
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise Refused(
            _("This text cannot be read: {why}. Text: {text}").format(why=error, text=source[:200])
        ) from error
    return Prose(markdown=markdown, parts=tuple(parts))


def _environment(parts: list[Part], parameters: Mapping[str, object]) -> SandboxedEnvironment:
    """Expressions without Python's insides; each result becomes a slot, and a part of `parts`."""
    allowed = {str(value) for value in parameters.values()}

    def slot(value: object) -> str:
        parts.append(value if isinstance(value, Part) else _plain_part(value, allowed))
        return f"{OPEN}{len(parts) - 1}{CLOSE}"

    environment = SandboxedEnvironment(undefined=StrictUndefined, finalize=slot, keep_trailing_newline=True)
    environment.globals = dict(GLOBALS)
    return environment


def _constant(text: object, source: str) -> Part:
    """A figure that is no finding's, with where it is from."""
    if not str(source).strip():
        raise Refused(_("A constant needs its source: {text}").format(text=text))
    return Part(kind="constant", text=str(text), detail=str(source))


def _fact(name: object) -> Part:
    """A quoted figure by its id, in its own unit; base, year and source stand behind it. The text says of whom."""
    known = {fact["id"]: fact for fact in all_facts()}
    if name not in known:
        raise UnknownName(_("fact"), str(name), known, hint=_("wb.facts() lists them."))
    fact = known[name]
    written_value = figures(f"{fact['value']:g}") + ("%" if fact["unit"].startswith("%") else "")
    source = f"{fact['base']}, {fact['year']}. {fact['source']}"
    return Part(kind="constant", text=written_value, detail=source)


GLOBALS = {"constant": _constant, "fact": _fact}
"""What a text may ask for besides its findings and parameters."""


def _plain_part(value: object, allowed: set[str]) -> Part:
    """A parameter, a word, or a figure that is bound to nothing."""
    text = str(value)
    if text in allowed:
        return Part(kind="parameter", text=text)
    return Part(kind="loose" if re.search(r"\d", text) else "word", text=text)


def _path(name: str, codes: Sequence[object]) -> str:
    return " ".join([name, *map(str, codes)])
