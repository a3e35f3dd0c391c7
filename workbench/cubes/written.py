"""What people write for a selection, in Python, YAML or an address: read into codes and spans, or refused in words."""

import operator
import reprlib
from collections.abc import Iterable, Mapping
from numbers import Integral
from urllib.parse import parse_qsl

import yaml

from workbench.terms.ages import OLDEST, age_limits
from workbench.terms.codes import codelist
from workbench.terms.errors import Refused, UnknownCode
from workbench.terms.text import _

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside are slips, or meant to make the workbench count for ever."""
MOST_CODES = 5_000
"""More codes than any level of any list has."""
LONGEST_CODE = 200
LONGEST_TEXT = 200_000
"""Letters of a query or a YAML document: several times those of all NUTS 3 regions."""

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60

Span = tuple[int | None, int | None]


def codes(field: str, given: object) -> frozenset[str]:
    """The codes of a field: one code, or several in any collection; a whole number is taken as its digits.

    Raises
    ------
    Refused
        For fractions, bytes, truth values and nested lists; for too many codes, or one that is too long.
    """
    if given is None:
        return frozenset()
    several = [given] if isinstance(given, str | Integral) else given
    if isinstance(several, bytes | bytearray | Mapping) or not isinstance(several, Iterable):
        raise _no_codes(field, given)

    found: set[str] = set()
    for code in several:
        found.add(_code(field, code))
        if len(found) > MOST_CODES:
            message = _("A selection takes at most {most:,} codes of {field}.")
            raise Refused(message.format(most=MOST_CODES, field=field), dimension=field)
    return frozenset(found)


def _code(field: str, code: object) -> str:
    """One code as text. YAML reads NO (Norway) as a truth value and 1.0 as a fraction: neither is a code."""
    if isinstance(code, bool):
        raise _no_codes(field, code)
    try:
        text = code if isinstance(code, str) else str(operator.index(code))
    except (TypeError, ValueError) as error:
        raise _no_codes(field, code) from error
    if len(text) > LONGEST_CODE:
        message = _("A code of {field} has at most {most} letters; {code} is longer.")
        raise Refused(message.format(field=field, most=LONGEST_CODE, code=short(text)), dimension=field)
    return text


def where(given: object) -> dict[str, frozenset[str]]:
    """Codes by the name of their dimension, from a mapping or pairs; dimensions without codes are left out.

    Parameters
    ----------
    given : object
        What a user gave.

    Returns
    -------
    dict of str to frozenset of str

    Raises
    ------
    Refused
        When it is no such thing, or there are too many codes.
    """
    try:
        pairs = dict(given)
    except (TypeError, ValueError):
        pairs = None
    if pairs is None or not all(isinstance(name, str) for name in pairs):
        message = _("`where` gives codes by dimension, as in where={example}; {given} does not.")
        raise Refused(message.format(example='{"size": ["1"]}', given=short(given)))
    found = {name: codes(name, value) for name, value in pairs.items()}
    return {name: value for name, value in found.items() if value}


def span(field: str, given: object) -> Span | None:
    """First and last as whole numbers; of ages either may be None, of years both or neither.

    Raises
    ------
    Refused
        For what is not first and last, for fractions, for numbers out of bounds, and where first comes after last.
    """
    if given is None:
        return None
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):  # "25" would be taken for 2 to 5
        raise _no_span(field, given)
    ends = tuple(given)
    if len(ends) != 2:
        raise _no_span(field, given)

    first, last = (_whole(field, given, end) for end in ends)
    if field == "years" and (first is None) != (last is None):
        raise _no_span(field, given)
    if first is None and last is None:
        return None

    lowest, highest = (FIRST_YEAR, LAST_YEAR) if field == "years" else (0, OLDEST)
    for end in (first, last):
        if end is not None and not lowest <= end <= highest:
            message = _("{field} go from {lowest} to {highest}; {end} is outside.")
            words = message.format(field=field, lowest=lowest, highest=highest, end=short(end))
            raise Refused(words, dimension=field)
    if first is not None and last is not None and first > last:
        message = _("{name}: {first} comes after {last}.")
        raise Refused(message.format(name=field, first=first, last=last), dimension=field)
    return first, last


def span_of_years(given: Iterable[str]) -> tuple[int, int]:
    """First and last of years that are named one by one; refused when there is a gap between them.

    Parameters
    ----------
    given : iterable of str
        Such as "2019".

    Returns
    -------
    (int, int)

    Raises
    ------
    UnknownCode, Refused
        For no year; for a gap.
    """
    wrong = [code for code in given if not (code.isascii() and code.isdigit() and len(code) <= 4)]
    if wrong:
        raise UnknownCode(_("year"), wrong[0][:LONGEST_CODE], hint=_("Write years as 2019."))
    years = sorted(int(code) for code in given)
    if years != list(range(years[0], years[-1] + 1)):
        raise Refused(_("Years must follow each other; got {years}.").format(years=years), dimension="year")
    return years[0], years[-1]


def ages_of_bands(given: Iterable[str]) -> Span | None:
    """The ages that bands cover together; refused when there is a gap between them.

    Parameters
    ----------
    given : iterable of str
        Codes of bands, such as Y25-34; TOTAL restricts nothing.

    Returns
    -------
    (int or None, int or None)
        First and last age; None at an open end. None in place of both where no band is named.

    Raises
    ------
    UnknownCode, Refused
        For no band; for a gap.
    """
    known = codelist("age_group")
    limits = sorted(age_limits(known.parse(band)) for band in given if band != "TOTAL")
    if not limits:
        return None

    reached = limits[0][1]
    for low, high in limits[1:]:
        if low > reached + 1:
            message = _("Age bands must follow each other; got {bands}.")
            raise Refused(message.format(bands=", ".join(sorted(given))), dimension="age_group")
        reached = max(reached, high)
    return limits[0][0] or None, None if reached == OLDEST else reached


def from_yaml(text: str) -> object:
    """What a YAML document holds; an empty one an empty mapping.

    Returns
    -------
    object
        Mappings, lists, texts and numbers.

    Raises
    ------
    Refused
        For a text that is too long, or no YAML, naming the line.
    """
    _check_length(text)
    try:
        return yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        at = _("line {line}").format(line=mark.line + 1) if mark else _("the text")
        message = _("This is not YAML: {at} cannot be read. Write fields with their codes, as in {example}.")
        raise Refused(message.format(at=at, example="sectors: [F]")) from error


def from_query(query: str, spans: Iterable[str]) -> dict:
    """The fields of an address, `spans` as first and last. Refused when a field is named twice.

    Parameters
    ----------
    query : str
        Without the question mark.
    spans : iterable of str
        Fields that hold a first and a last.

    Returns
    -------
    dict
        By field.

    Raises
    ------
    Refused
        When a field is named twice, or a dimension is not written as where.NAME.
    """
    _check_length(query)
    fields: dict[str, object] = {}
    named: set[str] = set()
    for name, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if name in named:
            message = _("The address names {field} twice. Write its codes after each other: {field}=A,B.")
            raise Refused(message.format(field=name[:LONGEST_CODE]), dimension=name)
        named.add(name)

        if name == "where":
            message = _("In an address, a dimension is written with its name: where.size=1 in place of where=...")
            raise Refused(message)
        if name.startswith("where."):
            fields.setdefault("where", {})[name.removeprefix("where.")] = _listed(value)
        elif name in spans:
            first, between, last = value.replace(":", "-").partition("-")
            fields[name] = (first, last if between else first)
        else:
            fields[name] = _listed(value)
    return fields


def short(given: object) -> str:
    """What was given as Python writes it, cut where it is too long to be read in a sentence."""
    try:
        return _SHORT.repr(given)
    except ValueError:  # a number of thousands of digits, which Python does not write out
        return type(given).__name__


def _listed(value: str) -> list[str]:
    """Codes after each other; none where the field is empty."""
    return value.split(",") if value else []


def _check_length(text: object) -> None:
    if not isinstance(text, str):
        raise Refused(_("A selection is read from text, not from {given}.").format(given=short(text)))
    if len(text) > LONGEST_TEXT:
        raise Refused(_("A selection is written in at most {most:,} letters.").format(most=LONGEST_TEXT))


def _whole(field: str, given: object, end: object) -> int | None:
    """One end of a span. 2020.7 is no year; 2020.0, as pandas writes it, is one."""
    if end is None or end == "":
        return None
    try:
        if isinstance(end, str) and len(end) <= 20:
            return int(end)
        if isinstance(end, float) and end.is_integer():
            return int(end)
        if not isinstance(end, bool):
            return operator.index(end)
    except (TypeError, ValueError):
        pass
    raise _no_span(field, given)


def _no_span(field: str, given: object) -> Refused:
    example = "years=(2019, 2023)" if field == "years" else "ages=(25, 54)"
    message = _("{name} are first and last, both included, as in {example}; {given} is not.")
    return Refused(message.format(name=field, given=short(given), example=example), dimension=field)


def _no_codes(field: str, given: object) -> Refused:
    message = _('{field} takes codes as text, such as "01" or "NO" in quotation marks; {given} is not text.')
    return Refused(message.format(field=field, given=short(given)), dimension=field)
