"""A question as a value: which accidents, of whom, where and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

import yaml

from workbench.cubes import written
from workbench.terms.codes import UNKNOWN, CodeList, codelist, in_any_edition, label_in_any_edition
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _
from workbench.terms.words import in_sentence

FIELD_OF = {"nuts": "regions", "nace": "sectors", "sex": "sexes", "severity": "severities"}
"""The field of a Selection that restricts an axis; other axes go through `where`."""
SPANS = ("ages", "years")
"""Fields that are first and last."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked for; an empty field means "all". A code takes everything below it.

    Equal selections ask for the same thing, however they were written: a selection can key a cache, go into a
    brief, be tested. Codes are parsed into the spelling of their code list (`C10` becomes `10`).

    Parameters
    ----------
    regions, sectors, sexes, severities : codes of NUTS (any edition), NACE Rev. 2, sex and severity, never labels
    ages, years : first and last, both included; either end of `ages` may be None
    where : codes of any other dimension, by its name; what it says about region, sector, sex, age, year or severity
        moves into their own fields

    Raises
    ------
    UnknownCode, UnknownName
        For a code or dimension that does not exist, naming the close ones.
    Refused
        For what is not written as codes, or not as first and last; where first comes after last; for ages over 120
        and years outside 1900 to 2200.
    """

    regions: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    sexes: frozenset[str] = frozenset()
    ages: tuple[int | None, int | None] | None = None
    years: tuple[int, int] | None = None
    severities: frozenset[str] = frozenset()
    where: tuple[tuple[str, frozenset[str]], ...] = ()

    def __post_init__(self):
        """Moves `where` into the fields it is about, then parses codes and checks spans."""
        rest: dict[str, frozenset[str]] = {}
        for name, codes in written.where(self.where).items():
            axis = dimension(name).axis
            if axis in FIELD_OF:
                field = FIELD_OF[axis]
                self._set(field, written.codes(field, getattr(self, field)) | codes)
            elif axis == "age_group":
                self._set("ages", written.ages_of_bands(codes))
            elif axis == "year":
                self._set("years", written.span_of_years(codes))
            elif DIMENSIONS[name].codelist == "open":
                rest[name] = codes
            else:
                known = codelist(DIMENSIONS[name].codelist)
                rest[name] = _parsed(known, known.parse, codes)
        self._set("where", tuple(sorted(rest.items())))

        for axis, field in FIELD_OF.items():
            known = codelist(axis)
            parse = in_any_edition if axis == "nuts" else known.parse
            codes = _parsed(known, parse, written.codes(field, getattr(self, field)))
            self._set(field, frozenset() if known.total in codes else codes)
        for field in SPANS:
            self._set(field, written.span(field, getattr(self, field)))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def but(self, **changes) -> "Selection":
        """The same question with some fields changed.

        Parameters
        ----------
        **changes
            Fields with their new values.

        Returns
        -------
        Selection

        Raises
        ------
        WorkbenchError
            As `Selection`.
        """
        return replace(self, **changes)

    def restricted(self) -> dict[str, object]:
        """What is restricted, by axis: a set of codes, or (first, last) for `age_group` and `year`.

        Returns
        -------
        dict
            Codes by axis.
        """
        found = {axis: getattr(self, name) for axis, name in FIELD_OF.items()}
        found |= {"age_group": self.ages, "year": self.years}
        for name, codes in self.where:
            found[DIMENSIONS[name].axis] = codes
        return {axis: value for axis, value in found.items() if value}

    def __str__(self) -> str:
        return self.words()

    def words(self, lists: Mapping[str, CodeList] | None = None) -> str:
        """The selection as people say it: "construction (F), women, 25 to 54, Calabria, 2019 to 2023, fatal".

        Parameters
        ----------
        lists : code lists by axis, for the labels of codes that only one source has
        """
        sectors, severities = codelist("nace"), codelist("severity")
        sexes = {"M": _("men"), "F": _("women")}
        short = {"FAT": _("fatal"), "NFAT": _("non-fatal"), "D_GE4": _("non-fatal, 4 days or over")}
        parts = [
            *(f"{in_sentence(sectors.label(code))} ({code})" for code in sorted(self.sectors)),
            *(sexes.get(code, code) for code in sorted(self.sexes)),
            words_of_ages(self.ages) if self.ages else "",
            *(label_in_any_edition(code) for code in sorted(self.regions)),
            _words_of_years(self.years) if self.years else "",
            *(short.get(code) or in_sentence(severities.label(code)) for code in sorted(self.severities)),
        ]
        for name, codes in self.where:
            labels = _labels(name, codes, (lists or {}).get(DIMENSIONS[name].axis))
            parts.append(f"{DIMENSIONS[name].label}: {', '.join(labels)}")
        return ", ".join(part for part in parts if part) or _("everything")

    def to_dict(self) -> dict:
        """Plain lists and values, empty fields left out; `from_dict` gives an equal selection.

        Returns
        -------
        dict
            By field; of `where`, by the name of a dimension.
        """
        plain = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        for name, value in plain.items():
            if name == "where":
                plain[name] = {key: sorted(codes) for key, codes in value}
            else:
                plain[name] = sorted(value) if isinstance(value, frozenset) else list(value)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping) -> "Selection":
        """A selection from what `to_dict` gives.

        Raises
        ------
        WorkbenchError
            As `Selection`; for what is no mapping of its fields.
        """
        names = [f.name for f in fields(cls)]
        hint = _("There are: {names}.").format(names=", ".join(names))
        if not isinstance(plain, Mapping):
            message = _("A selection has fields with their values; {given} has none. {hint}")
            raise Refused(message.format(given=written.short(plain), hint=hint))
        unknown = [name for name in plain if name not in names]
        if unknown:
            raise UnknownName(_("field of a selection"), str(unknown[0])[:60], names, hint=hint)
        return cls(**plain)

    def to_yaml(self) -> str:
        """The selection as YAML.

        Returns
        -------
        str
        """
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str) -> "Selection":
        """A selection from what `to_yaml` gives; raises as `from_dict`.

        Parameters
        ----------
        text : str
            Fields of a selection with their codes.

        Returns
        -------
        Selection

        Raises
        ------
        Refused, UnknownCode, UnknownName
            For no YAML; for codes and fields that do not exist.
        """
        return cls.from_dict(written.from_yaml(text))

    def to_query(self) -> str:
        """The selection as the query of a URL: `sectors=F&ages=25-54&years=2019-2023&where.size=1`.

        Returns
        -------
        str
            Without the question mark.
        """
        pairs = []
        for name, value in self.to_dict().items():
            if name == "where":
                pairs += [(f"where.{key}", ",".join(codes)) for key, codes in value.items()]
            elif name in SPANS:
                pairs.append((name, "-".join("" if end is None else str(end) for end in value)))
            else:
                pairs.append((name, ",".join(value)))
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: str) -> "Selection":
        """A selection from what `to_query` gives; ages and years may be written `2019:2023`, as on the command line.

        Raises
        ------
        WorkbenchError
            As `from_dict`; for a field that is named twice.
        """
        return cls.from_dict(written.from_query(query, SPANS))


def words_of_ages(ages: tuple[int | None, int | None]) -> str:
    """First and last age as people say it: "25 to 54", "up to 24", "55 and over"."""
    low, high = ages
    if low is None:
        return _("up to {age}").format(age=high)
    if high is None:
        return _("{age} and over").format(age=low)
    return _("{low} to {high}").format(low=low, high=high)


def _words_of_years(years: tuple[int, int]) -> str:
    first, last = years
    return str(first) if first == last else _("{first} to {last}").format(first=first, last=last)


def _labels(name: str, codes: frozenset[str], own: CodeList | None) -> list[str]:
    """The labels of codes of a dimension: those of the source, where its codes are its own."""
    if DIMENSIONS[name].codelist == "open":
        return sorted(own.label(code) if own else code for code in codes)
    return sorted(in_sentence(codelist(DIMENSIONS[name].codelist).label(code)) for code in codes)


def _parsed(known: CodeList, parse: Callable[[str], str], codes: frozenset[str]) -> frozenset[str]:
    """Codes in the spelling of their list. "", "X": what is a missing entry in a file is a slip in a question."""
    found = {code: parse(code) for code in codes}
    slips = [code for code, meant in found.items() if meant == UNKNOWN and code != UNKNOWN]
    if slips:
        raise known.unknown(slips[0])
    return frozenset(found.values())
