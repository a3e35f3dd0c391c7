"""Code lists: what a code is called, where it stands in its tree, and which smallest parts it is made of."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

from workbench.terms import nuts
from workbench.terms.ages import OLDEST, age_limits, is_band
from workbench.terms.errors import UnknownCode, UnknownName
from workbench.terms.labels import EUROSTAT_COUNTRIES, codes_by_label, labels_in, letters
from workbench.terms.places import bundled
from workbench.terms.text import _, language_code
from workbench.terms.words import span

UNKNOWN = "UNK"
"""The code of what a source does not know; a cell of its own, never shared out over the known codes."""
MISSING = frozenset({"", "UNK", "ND", "N.D.", "-1", "X", "NAN", "NONE"})
ESAW_LISTS = frozenset(
    [
        "contact_mode",
        "days_lost",
        "deviation",
        "employment_status",
        "material_agent",
        "nationality",
        "part_of_body",
        "size_of_enterprise",
        "specific_physical_activity",
        "time_of_accident",
        "type_of_injury",
        "working_environment",
        "working_process",
        "workstation",
    ]
)
FEW = 20
"""So many codes of a list are all named to who asks for one that it does not have."""


@dataclass(frozen=True, eq=False)  # one object per list: lists are compared and hashed as such
class CodeList:
    """One classification in one edition: a tree of codes with labels, and published aggregates next to the tree.

    Every code stands for a set of atoms, the smallest parts of its list (NACE divisions, NUTS 3 regions, single
    years of age). Two codes overlap, nest or add up exactly when their atoms do.
    """

    name: str
    edition: str = ""
    labels: dict[str, str] = field(default_factory=dict, repr=False)
    parents: dict[str, str] = field(default_factory=dict, repr=False)
    levels: dict[str, int] = field(default_factory=dict, repr=False)
    aggregates: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    aggregate_labels: dict[str, str] = field(default_factory=dict, repr=False)
    total: str = "TOTAL"

    @property
    def title(self) -> str:
        """The name as an error message says it, e.g. "NACE Rev. 2 code"."""
        names = {"nace": "NACE Rev. 2 code", "isco": "ISCO-08 code", "age_group": _("age group")}
        return names.get(
            self.name,
            f"NUTS {self.edition} code" if self.name == "nuts" else _("code of {list}").format(list=self.name),
        )

    def codes(self) -> list[str]:
        """All codes of the tree, in the order of the list; no aggregates, no total, no unknown."""
        return list(self.labels)

    def at_level(self, level: int) -> list[str]:
        """The codes of one level, in the order of the list."""
        return [code for code, own_level in self.levels.items() if own_level == level]

    def is_missing(self, text: object) -> bool:
        """Whether a publisher's entry says that nothing is known (`ND`, `UNK`, `-1`, `X`, empty); never a code."""
        return str(text).strip().upper() in MISSING and str(text).strip() not in self.labels

    def parse(self, text: object) -> str:
        """The code that `text` means in any of the usual spellings. UNKNOWN for missing entries.

        Raises
        ------
        UnknownCode
            Naming the close ones, when `text` is neither a code, an aggregate nor a missing entry.
        """
        code = self._read(str(text).strip())
        if code is None:
            raise self.unknown(text)
        return code

    def unknown(self, text: object, *, title: str = "") -> UnknownCode:
        """That the list, or what `title` calls it, has no such code, with what was probably meant."""
        meant = self._meant(str(text).strip().upper())
        if meant:
            return UnknownCode(title or self.title, text, hint=meant)
        return UnknownCode(title or self.title, text, [*self.labels, *self.aggregates], hint=self._hint())

    def knows(self, text: object) -> bool:
        """Whether `parse` would take it."""
        return self._read(str(text).strip()) is not None

    def _read(self, written: str) -> str | None:
        for candidate in (written, written.upper(), *self._spellings(written.upper())):
            if candidate in self.labels or candidate == self.total or self.joined(candidate):
                return candidate
        return UNKNOWN if self.is_missing(written) else None

    def label(self, code: str) -> str:
        """What a code is called in the language that is spoken, else in English; the code itself where it has no words.

        Parameters
        ----------
        code : str

        Returns
        -------
        str
        """
        if code == UNKNOWN:
            return _("Unknown")
        if code == self.total:
            return _("Total")
        known = self._in_words(code)
        return known or " + ".join(self.label(part) for part in self.joined(code)) or code

    def _in_words(self, code: str) -> str:
        if (language := language_code()) != "en" and (found := labels_in(language).get((self.name, code))):
            return found
        return self.labels.get(code) or self.aggregate_labels.get(code) or ""

    def label_language(self, code: str) -> str:
        """ "en" where `label` falls back to English, which HTML has to say; else ""; names of regions are in their own.

        Parameters
        ----------
        code : str

        Returns
        -------
        str
        """
        language = language_code()
        plain = language == "en" or code in {UNKNOWN, self.total} or self.name == "age_group"
        if plain or (self.name, code) in labels_in(language) or (self.name == "nuts" and self.levels.get(code)):
            return ""
        parts = self.joined(code) if code not in self.aggregate_labels else ()
        return "" if parts and not any(self.label_language(part) for part in parts) else "en"

    def joined(self, code: str) -> tuple[str, ...]:
        """The codes that a published aggregate or a joint code (`A+B`, one value for both) stands for; else ()."""
        if code in self.aggregates:
            return self.aggregates[code]
        parts = tuple(code.split("+"))
        return parts if len(parts) > 1 and all(part in self.labels for part in parts) else ()

    def place(self, code: str) -> tuple:
        """Where a code stands when its list is sorted: the tree in its order, aggregates, the total, unknown."""
        return self._order.get(code, (1, code)) if code not in {self.total, UNKNOWN} else (2, code)

    @cached_property
    def _order(self) -> dict[str, tuple]:
        return {code: (0, i) for i, code in enumerate(self.labels)}

    def level(self, code: str) -> int | None:
        """The level of a code in the tree; 0 or 1 is the widest. None for aggregates, totals and unknown."""
        return self.levels.get(code)

    def parent(self, code: str) -> str | None:
        """The code one level up, or None at the top."""
        return self.parents.get(code) or None

    def ancestors(self, code: str) -> list[str]:
        """The codes above, nearest first."""
        up, found = self.parent(code), []
        while up:
            found.append(up)
            up = self.parent(up)
        return found

    def children(self, code: str) -> list[str]:
        """The codes one level down."""
        return self._children.get(code, [])

    def ancestor_at(self, code: str, level: int) -> str:
        """The code itself or the one above it at `level`; UNKNOWN when the code is wider than that level or unknown.

        Parameters
        ----------
        code : str
            Of the list.
        level : int
            0 or 1 is the widest.

        Returns
        -------
        str
        """
        return next((c for c in (code, *self.ancestors(code)) if self.levels.get(c) == level), UNKNOWN)

    def members(self, code: str) -> frozenset:
        """The atoms of a code. The total holds all of them, the unknown one included.

        Parameters
        ----------
        code : str
            Of the list, an aggregate, or the total.

        Returns
        -------
        frozenset of str
            Codes of the lowest level.
        """
        if code not in self._members and self.joined(code):
            return frozenset().union(*(self._members[part] for part in self.joined(code)))
        if code not in self._members:
            raise self.unknown(code)
        return self._members[code]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, parent in self.parents.items():
            found.setdefault(parent, []).append(code)
        return found

    @cached_property
    def _members(self) -> dict[str, frozenset]:
        found: dict[str, frozenset] = {UNKNOWN: frozenset({UNKNOWN})}
        for code in sorted(self.labels, key=lambda c: -self.levels[c]):  # the deepest first
            below = [found[child] for child in self.children(code) if child in found]
            is_atom = not below or self.name in ESAW_LISTS  # "10": group known, detail not
            own = frozenset({code}) if is_atom else frozenset()
            found[code] = own.union(*below)
        for code, members in self.aggregates.items():
            found[code] = frozenset().union(*(found[m] for m in members if m in found))
        if self.total not in found:
            found[self.total] = frozenset().union(*found.values())
        return found

    def _spellings(self, written: str) -> list[str]:
        if self.name == "nace":  # "C10", "N 81" and classes such as "4120" or "41.20" mean their division
            found = re.fullmatch(r"([A-U]?)[ ]?(\d{2})(?:\.?\d{1,2})?", written)
            agrees = found and (not found[1] or self.parents.get(found[2]) == found[1])
            return [found[2]] if agrees else []
        if self.name == "isco":
            return [written.removeprefix("OC")]
        if self.name == "material_agent":
            return [f"{written[:2]}.{written[2:]}"] if re.fullmatch(r"\d{4}", written) else []
        return []

    def _meant(self, written: str) -> str:
        """What a common slip means: a lost zero, a label in place of its code, a country as ISO 3166 writes it."""
        if f"0{written}" in self.labels:
            message = _("Has it lost its leading zero? {code} is {label}.")
            return message.format(code=f"0{written}", label=self.label(f"0{written}"))
        if called := self.by_label.get(letters(written)):
            return _("It is the label of {codes}: write the code.").format(codes=", ".join(called))
        if self.name == "nuts" and (country := EUROSTAT_COUNTRIES.get(written[:2])):
            message = _("Eurostat writes {code} for {country}: {meant}.")
            return message.format(code=country, country=self.label(country), meant=country + written[2:])
        return ""

    @cached_property
    def by_label(self) -> dict[str, list[str]]:
        """The codes by the letters of their labels."""
        return codes_by_label(self.name, {**self.labels, **self.aggregate_labels})

    def _hint(self) -> str:
        if self.name == "nace":
            return _("Give sections A to U or divisions 01 to 99.")
        if len(self.labels) > FEW:
            return ""
        named = (code if self.label(code) == code else f"{code} ({self.label(code)})" for code in self.labels)
        return _("There are: {codes}.").format(codes=", ".join(named))


@dataclass(frozen=True, eq=False)
class AgeGroups(CodeList):
    """Ages are written as bands (`Y25-34`, `Y_LT25`, `Y_GE55`); any band is a code, its atoms are single years."""

    def _read(self, written: str) -> str | None:
        if written in {"TOTAL", UNKNOWN}:
            return written
        if is_band(written):
            return written
        return UNKNOWN if self.is_missing(written) else None

    def _hint(self) -> str:
        return _("Write bands as Y25-34, Y_LT25 or Y_GE55.")

    def label(self, code: str) -> str:
        if code in {"TOTAL", UNKNOWN}:
            return super().label(code)
        low, high = age_limits(code)
        if low == 0:
            return _("under {age}").format(age=high + 1)
        return _("{age} and over").format(age=low) if high == OLDEST else span(low, high)

    def place(self, code: str) -> tuple:
        return (2, code) if code in {"TOTAL", UNKNOWN} else (0, *age_limits(code))

    def members(self, code: str) -> frozenset:
        if code == UNKNOWN:
            return frozenset({UNKNOWN})
        if code == "TOTAL":
            return frozenset({*range(OLDEST + 1), UNKNOWN})
        low, high = age_limits(self.parse(code))
        return frozenset(range(low, high + 1))


@cache
def codelist(name: str, edition: str | None = None) -> CodeList:
    """The code list `name` ("nace", "nuts", "age_group", "deviation", ...); `edition` only for "nuts", by default 2021.

    Raises
    ------
    UnknownName
        Naming the lists there are.
    """
    if name == "nuts":
        edition = edition or "2021"
        rows = [(r.code, r.parent or "", r.level, r.label) for r in nuts.table(edition).itertuples()]
        listed = {row[0] for row in rows}  # countries outside the classification report too
        rows += [
            (r["code"], "", 0, r["label_en"])
            for r in _rows("geo")
            if r["kind"] == "country" and r["code"] not in listed
        ]
        return _tree(name, rows, edition=edition, total="TOTAL")
    if name == "age_group":
        return AgeGroups(
            name, labels={r["code"]: r["label_en"] for r in _rows("age_groups") if r["code"] not in {"TOTAL", UNKNOWN}}
        )
    if name in {"nace", "isco", "severity"} | ESAW_LISTS:
        file = {"nace": "nace_rev2", "isco": "isco08"}.get(name, f"esaw/{name}" if name in ESAW_LISTS else name)
        rows = [(r["code"], r["parent"].replace("TOTAL", ""), int(r["level"]), r["label_en"]) for r in _rows(file)]
        return _tree(name, rows)
    flat = [(r["code"], "", 1, r["label_en"]) for r in _rows("flat") if r["codelist"] == name]
    if not flat:
        known = {"nace", "isco", "severity", "nuts", "age_group", *ESAW_LISTS, *(r["codelist"] for r in _rows("flat"))}
        raise UnknownName(_("code list"), name, known)
    return _tree(name, flat, total="T" if name == "sex" else "TOTAL")


def in_any_edition(code: str) -> str:
    """A region of the 2021 edition, else of the newest other one that has it.

    Raises
    ------
    UnknownCode
        When no edition has it.
    """
    known = next((c for c in _editions() if c.knows(code)), None)
    if known is None:
        raise codelist("nuts").unknown(code, title=_("NUTS code of any edition"))
    return known.parse(code)


def label_in_any_edition(code: str) -> str:
    """The name of a region in the 2021 edition, else in the newest other one that has it."""
    return next((known.label(code) for known in _editions() if known.knows(code)), code)


def _editions() -> Iterator[CodeList]:
    return (codelist("nuts", edition) for edition in (nuts.DEFAULT, *reversed(nuts.EDITIONS)))


def open_list(name: str, codes: dict[str, str]) -> CodeList:
    """A flat list of a source's own codes and labels, such as the questions of one survey."""
    return _tree(name, [(code, "", 1, label) for code, label in codes.items()])


def _tree(name: str, rows: list[tuple[str, str, int, str]], edition: str = "", total: str = "TOTAL") -> CodeList:
    labels = {code: label for code, _parent, _level, label in rows}
    # a joint or older region belongs to the editions that have one of its members
    joined = [
        r
        for r in _rows("aggregates")
        if r["codelist"] == name
        and r["code"] not in labels
        and (name != "nuts" or set(r["members"].split()) & set(labels))
    ]
    return CodeList(
        name,
        edition,
        labels,
        parents={code: parent for code, parent, _level, _label in rows if parent},
        levels={code: level for code, _parent, level, _label in rows},
        aggregates={r["code"]: tuple(r["members"].split()) for r in joined},
        aggregate_labels={r["code"]: r["label_en"] for r in joined},
        total=total,
    )


@cache
def _rows(file: str) -> list[dict[str, str]]:
    with (bundled("catalogs") / "codelists" / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
