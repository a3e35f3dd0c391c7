"""A question as a value: which accidents, of whom, where and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

import yaml

from workbench.terms.codes import UNKNOWN, CodeList, age_limits, codelist
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import Refused, UnknownCode, UnknownName
from workbench.terms.nuts import EDITIONS
from workbench.terms.text import _

FIELD_OF = {"nuts": "regions", "nace": "sectors", "sex": "sexes", "severity": "severities"}
"""The field of a Selection that restricts an axis; other axes go through `where`."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is asked for; an empty field means "all". A code takes everything below it.

    Equal selections ask for the same thing, however they were written: a selection can key a cache, go into a
    brief, be tested. Codes are parsed into the spelling of their code list (`C10` becomes `10`).

    `ages` and `years` are first and last, both included; either end of `ages` may be None. `where` restricts any
    other dimension; what it says about region, sector, sex, age, year or severity moves into their own fields.

    Raises
    ------
    UnknownCode, UnknownName
        For a code or dimension that does not exist, naming the close ones.
    Refused
        When ages or years are not first and last, or first comes after last.
    """

    regions: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    sexes: frozenset[str] = frozenset()
    ages: tuple[int | None, int | None] | None = None
    years: tuple[int, int] | None = None
    severities: frozenset[str] = frozenset()
    where: tuple[tuple[str, frozenset[str]], ...] = ()

    def __post_init__(self):
        rest: dict[str, frozenset[str]] = {}
        for name, codes in dict(self.where).items():
            codes = _as_set(codes)
            axis = dimension(name).axis
            if axis in FIELD_OF:
                self._set(FIELD_OF[axis], _as_set(getattr(self, FIELD_OF[axis])) | codes)
            elif axis == "age_group":
                self._set("ages", _span(codes))
            elif axis == "year":
                if wrong := [code for code in codes if not str(code).isdigit()]:
                    raise UnknownCode(_("year"), wrong[0], hint=_("Write years as 2019."))
                years = sorted(int(code) for code in codes)
                if years != list(range(years[0], years[-1] + 1)):
                    raise Refused(_("Years must follow each other; got {years}.").format(years=years), dimension="year")
                self._set("years", (years[0], years[-1]))
            else:
                parsed = (
                    codes
                    if DIMENSIONS[name].codelist == "open"
                    else {codelist(DIMENSIONS[name].codelist).parse(c) for c in codes}
                )
                rest[name] = frozenset(parsed)
        for axis, name in FIELD_OF.items():
            parse = _any_edition if axis == "nuts" else codelist(axis).parse
            written = _as_set(getattr(self, name))
            codes = frozenset(parse(code) for code in written)
            if UNKNOWN in codes and UNKNOWN not in written:  # "", "X": missing in a file, a slip in a question
                raise UnknownCode(
                    codelist(axis).title, min(written, key=lambda c: parse(c) != UNKNOWN), codelist(axis).codes()
                )
            self._set(name, frozenset() if codelist(axis).total in codes else codes)
        for name in ("ages", "years"):
            span = getattr(self, name)
            if span is not None:
                span = _ends(name, span)
                if None not in span and span[0] > span[1]:
                    raise Refused(
                        _("{name}: {first} comes after {last}.").format(name=name, first=span[0], last=span[1]),
                        dimension=name,
                    )
                self._set(name, None if span == (None, None) else span)
        self._set("where", tuple(sorted(rest.items())))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def but(self, **changes) -> "Selection":
        """The same question with some fields changed."""
        return replace(self, **changes)

    def restricted(self) -> dict[str, object]:
        """What is restricted, by axis: a set of codes, or (first, last) for `age_group` and `year`."""
        found = {axis: getattr(self, name) for axis, name in FIELD_OF.items()}
        found |= {"age_group": self.ages, "year": self.years}
        for name, codes in self.where:
            found[DIMENSIONS[name].axis] = codes
        return {axis: value for axis, value in found.items() if value}

    def __str__(self) -> str:
        return self.words()

    def words(self, lists: Mapping[str, CodeList] | None = None) -> str:
        """The selection as a sentence; `lists` gives the labels of codes that only one source has."""
        parts = [_listed(codelist("nace"), self.sectors, lower=True)]
        parts += [", ".join({"M": _("men"), "F": _("women")}.get(s, s) for s in sorted(self.sexes))]
        if self.ages:
            low, high = self.ages
            parts += [_("up to {age}").format(age=high) if low is None else _("{age} and over").format(age=low) if high is None
                      else _("{low} to {high}").format(low=low, high=high)]  # fmt: skip
        parts += [", ".join(_region_label(code) for code in sorted(self.regions))]
        if self.years:
            first, last = self.years
            parts += [str(first) if first == last else _("{first} to {last}").format(first=first, last=last)]
        short = {"FAT": _("fatal"), "NFAT": _("non-fatal"), "D_GE4": _("non-fatal, 4 days or over")}
        parts += [", ".join(short.get(s) or codelist("severity").label(s).lower() for s in sorted(self.severities))]
        for name, codes in self.where:
            known = DIMENSIONS[name].codelist
            own = (lists or {}).get(DIMENSIONS[name].axis)
            if known == "open":
                labels = sorted(own.label(c) if own else c for c in codes)
            else:
                labels = sorted(codelist(known).label(c).lower() for c in codes)
            parts += [f"{DIMENSIONS[name].label}: {', '.join(labels)}"]
        return ", ".join(part for part in parts if part) or _("everything")

    def to_dict(self) -> dict:
        """Plain lists and values, empty fields left out; `from_dict` gives an equal selection."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}
        for name, value in plain.items():
            if name == "where":
                plain[name] = {key: sorted(codes) for key, codes in value}
            else:
                plain[name] = sorted(value) if isinstance(value, frozenset) else list(value)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping) -> "Selection":
        """A selection from what `to_dict` gives."""
        unknown = set(plain) - {f.name for f in fields(cls)}
        if unknown:
            there = [f.name for f in fields(cls)]
            hint = _("There are: {names}.").format(names=", ".join(there))
            raise UnknownName(_("field of a selection"), sorted(unknown)[0], there, hint=hint)
        return cls(**dict(plain))

    def to_yaml(self) -> str:
        """The selection as YAML."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str) -> "Selection":
        """A selection from what `to_yaml` gives."""
        return cls.from_dict(yaml.safe_load(text) or {})

    def to_query(self) -> str:
        """The selection as the query of a URL: `sectors=F&ages=25-54&years=2019-2023&where.size=1`."""
        pairs = []
        for name, value in self.to_dict().items():
            if name == "where":
                pairs += [(f"where.{key}", ",".join(codes)) for key, codes in value.items()]
            elif name in ("ages", "years"):
                pairs.append((name, "-".join("" if end is None else str(end) for end in value)))
            else:
                pairs.append((name, ",".join(value)))
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: str) -> "Selection":
        """A selection from what `to_query` gives; ages and years may be written `2019:2023`, as on the command line."""
        plain: dict = {}
        for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            if name.startswith("where."):
                plain.setdefault("where", {})[name.removeprefix("where.")] = value.split(",")
            elif name in ("ages", "years"):
                first, between, last = value.replace(":", "-").partition("-")
                plain[name] = (first, last if between else first)
            else:
                plain[name] = value.split(",")
        return cls.from_dict(plain)


def _as_set(codes: str | Iterable[str]) -> frozenset[str]:
    return frozenset([codes] if isinstance(codes, str) else codes)


def _ends(name: str, span: object) -> tuple[int | None, int | None]:
    """First and last as whole numbers; of ages either may be None, of years both or neither."""
    wrong = Refused(
        _("{name} are first and last, both included, as in {example}; {given!r} is not.").format(
            name=name, given=span, example="years=(2019, 2023)" if name == "years" else "ages=(25, 54)"
        ),
        dimension=name,
    )
    if isinstance(span, str):  # "25" would be taken for 2 to 5
        raise wrong
    try:
        first, last = (None if end in (None, "") else int(end) for end in span)
    except (TypeError, ValueError):
        raise wrong from None
    if name == "years" and (first is None) != (last is None):
        raise wrong
    return first, last


def _span(bands: Iterable[str]) -> tuple[int | None, int | None] | None:
    """The ages that bands cover together; refused when there is a gap between them."""
    limits = sorted(age_limits(codelist("age_group").parse(band)) for band in bands if band != "TOTAL")
    if any(later[0] > earlier[1] + 1 for earlier, later in zip(limits, limits[1:], strict=False)):
        raise Refused(
            _("Age bands must follow each other; got {bands}.").format(bands=", ".join(sorted(bands))),
            dimension="age_group",
        )
    if not limits:
        return None
    low, high = limits[0][0], max(high for _low, high in limits)
    return (low or None, None if high == max(codelist("age_group").members("Y_GE65")) else high)


def _any_edition(code: str) -> str:
    """A region of the 2021 edition, else of the newest other one that has it; the cube checks its own edition."""
    for edition in ("2021", *reversed(EDITIONS)):
        if codelist("nuts", edition).knows(code):
            return codelist("nuts", edition).parse(code)
    raise UnknownCode(_("NUTS code of any edition"), code, codelist("nuts").codes())


def _region_label(code: str) -> str:
    return next(
        (codelist("nuts", e).label(code) for e in ("2021", *reversed(EDITIONS)) if codelist("nuts", e).knows(code)),
        code,
    )


def _listed(known, codes: Iterable[str], *, lower: bool = False) -> str:
    return ", ".join(f"{known.label(c).lower() if lower else known.label(c)} ({c})" for c in sorted(codes))
