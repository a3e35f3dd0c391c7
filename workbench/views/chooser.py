"""One state of choosing: what a touch of a picker makes of a selection, and what every choice looks like then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from gettext import NullTranslations

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, n_, spoken
from workbench.terms.words import some
from workbench.views.choices import Field, fields_of
from workbench.views.left import counts_left, total_left, written, written_each
from workbench.views.own_language import in_own_language
from workbench.views.questions import answers
from workbench.views.spans import span_shown, with_end
from workbench.views.ticks import marks, ticked, unticked

FEW = 8
"""So many choices are shown without a field to search in."""
CODED = ("nuts", "nace", "isco")
"""Axes whose codes people know: they stand next to the labels."""
NAMED = 2
"""So many labels stand in the line that says what is chosen."""


@dataclass(frozen=True, eq=False)
class Chooser:
    """The fields of a cube that a picker shows, in the language in which it was made.

    It holds no selection: what is asked goes in, and comes out changed.
    """

    cube: Cube
    fields: tuple[Field, ...]
    translations: NullTranslations = field(default_factory=spoken)

    @classmethod
    def of(cls, cube: Cube, parts: Sequence[str] = ()) -> "Chooser":
        """The fields of some parts (see `choices.PARTS`), or all.

        Raises
        ------
        Refused
            When the cube has none of them.
        """
        return cls(cube, fields_of(cube, parts))

    @in_own_language
    def after(self, selection: Selection, touch: Mapping) -> tuple[Selection, str]:
        """The selection after a touch, and what has to be said of it ("" as a rule).

        Parameters
        ----------
        selection : Selection
            Before.
        touch : Mapping
            What the screen sends: `field` with `code` and `on`, with `codes` and `on`, with `end` (0 first, 1 last)
            and `value`, or alone to clear it. Not to be trusted: a touch of what does not exist changes nothing.

        Returns
        -------
        (Selection, str)
        """
        field = next((field for field in self.fields if field.name == touch.get("field")), None)
        if field is None:
            return selection, ""
        try:
            if "end" in touch:
                return with_end(field, selection, int(touch["end"]), int(touch["value"]))
            if "code" in touch or "codes" in touch:
                return self._with_ticks(field, selection, touch), ""
            return field.without(selection), ""
        except (WorkbenchError, ValueError, TypeError, KeyError) as error:
            return selection, str(error) if isinstance(error, WorkbenchError) else ""

    def _with_ticks(self, field: Field, selection: Selection, touch: Mapping) -> Selection:
        codes = field.chosen(selection)
        for code in [touch["code"]] if "code" in touch else touch["codes"]:
            if code in field.by_code:
                codes = (ticked if touch.get("on") else unticked)(field, codes, code)
        selection = field.choose(selection, codes)
        if field.name == "question" and codes:
            return self._with_an_answer(selection, next(iter(codes)))
        return selection

    def _with_an_answer(self, selection: Selection, question: str) -> Selection:
        """Each question of a survey has answers of its own: the one that was chosen, else the first."""
        field = next((field for field in self.fields if field.name == "answer"), None)
        if field is None:
            return selection
        possible = answers(self.cube, question)
        chosen = field.chosen(selection) & set(possible)
        return field.choose(selection, chosen or frozenset(possible[:1]))

    @in_own_language
    def structure(self) -> dict:
        """What the screen draws once: fields with their options, in the reader's language.

        Returns
        -------
        dict
            `fields` and `texts`, all of plain values.
        """
        return {"fields": [self._drawn(field) for field in self.fields], "texts": _texts()}

    @in_own_language
    def state(self, selection: Selection, notice: str = "") -> dict:
        """What the screen shows of a selection: ticks, the count that each choice would leave, a line for each field.

        Parameters
        ----------
        selection : Selection
        notice : str
            What has to be said of the last touch.

        Returns
        -------
        dict
            `fields` by name, `total` and `notice`.
        """
        shown = {field.name: self._shown(field, selection) for field in self.fields}
        total = total_left(self.cube, selection)
        words = ""
        if total is not None:
            words = n_("{n} accident", "{n} accidents", round(total)).format(n=written(self.cube, total))
            words = words if self.cube.has("accidents") else written(self.cube, total)
        return {"fields": shown, "total": words, "notice": notice}

    def _drawn(self, field: Field) -> dict:
        options = [
            {
                "code": o.code,
                "label": o.label,
                "parent": o.parent,
                "level": o.level,
                "aliases": o.aliases,
                "language": o.language,
            }
            for o in field.options
        ]
        found = sorted({option.level for option in field.options if option.level is not None})
        names = {0: _("Countries"), 1: _("NUTS 1"), 2: _("NUTS 2"), 3: _("NUTS 3")}
        levels = [{"level": level, "label": names[level]} for level in found] if field.axis == "nuts" else []
        return {
            "name": field.name,
            "title": field.title,
            "kind": "span" if field.is_span else "tree",
            "single": field.single,
            "codes": field.axis in CODED,
            "open": len(self.fields) == 1 or field.axis == "nuts" or field.is_span or len(options) <= FEW,
            "options": options,
            "levels": levels if len(levels) > 1 else [],
            "level": min(2, max(found, default=0)),
            "search": len(options) > FEW,
            "note": field.note,
            "shortcuts": [{"label": s.label, "codes": list(s.codes)} for s in field.shortcuts],
        }

    def _shown(self, field: Field, selection: Selection) -> dict:
        counts = counts_left(self.cube, selection, field)
        if field.is_span:
            return span_shown(self.cube, field, selection, counts)
        codes = field.chosen(selection)
        found = marks(field, codes)
        shortcuts = [all(found.get(code) == "true" for code in shortcut.codes) for shortcut in field.shortcuts]
        labels = [field.by_code[code].label if code in field.by_code else code for code in _in_order(field, codes)]
        possible = self._possible(field, selection)
        empty = [code for code in field.by_code if counts.get(code) == 0]
        words = written_each(self.cube, counts.values())
        return {
            "marks": found,
            "counts": {code: words[left] for code, left in counts.items() if code in field.by_code},
            "empty": empty if possible is None else [code for code in field.by_code if code not in possible],
            "shortcuts": shortcuts,
            "summary": some(labels, NAMED) if labels else _("All"),
            "clear": bool(codes),
        }

    def _possible(self, field: Field, selection: Selection) -> set[str] | None:
        """The answers of the chosen question of a survey; None of other fields, whose counts say it."""
        questions = selection.restricted().get("question", ())
        if field.name != "answer" or len(questions) != 1:
            return None
        return set(answers(self.cube, next(iter(questions))))


def _in_order(field: Field, codes: frozenset[str]) -> list[str]:
    listed = [code for code in field.by_code if code in codes]
    return [*listed, *sorted(codes.difference(listed))]


def _texts() -> dict[str, str]:
    """The words of the screen itself."""
    return {
        "clear": _("Clear"),
        "find": _("Name or code"),
        "nothing": _("Nothing is called so."),
        "more": _("Only the first are shown: write more of the name."),
        "level": _("Level"),
        "first": _("From"),
        "last": _("To"),
        "left": _("{n} would be left"),
        "none": _("nothing would be left"),
    }
