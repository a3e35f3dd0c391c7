"""What a catalogue entry must say about its data, key by key, and which addresses and paths it may name."""

import re
from collections.abc import Callable, Mapping, Set

from workbench.sources.addresses import address_fault, shown
from workbench.terms.dimensions import DIMENSIONS, OF_ALL, OWN_NAME
from workbench.terms.errors import close_to
from workbench.terms.text import _

Fault = str | None
Check = Callable[[object], Fault]
"""A check takes a value and says what is wrong with it, or None."""

KINDS = ("accidents", "exposure", "survey", "wearable", "map", "notifications")
EDITIONS = ("2010", "2013", "2016", "2021", "2024")
NAME = re.compile(r"[a-z][a-z0-9_]*")
_HEADING = re.compile(r"[^\x00-\x1f{}]{1,200}")  # of a column, and codes of one's own: Büro, shift 2
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_CODE = re.compile(r"[A-Za-z0-9_+.:-]+")
_FILE_NAME = re.compile(r"[A-Za-z0-9{][A-Za-z0-9_.{}-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATTERN = re.compile(r"[A-Za-z0-9_.+*{}-]+(/[A-Za-z0-9_.+*{}-]+)*")


def path_fault(pattern: object) -> Fault:
    """Why `pattern` may not name files of a folder, or None: relative, forward slashes, never upwards."""
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern) or re.search(r"(^|/)\.+(/|$)|\*\*", pattern):
        return _("{pattern} is not a relative path inside the catalogue's folder or the mirror.").format(
            pattern=shown(pattern)
        )
    return None


def is_text(value: object) -> Fault:
    """A text that says something."""
    return None if isinstance(value, str) and value.strip() else _("{value} is not a text.").format(value=shown(value))


def may_be_empty(value: object) -> Fault:
    """A text, also an empty one."""
    return None if isinstance(value, str) else _("{value} is not a text.").format(value=shown(value))


def is_whole(value: object) -> Fault:
    """A whole number; True and False are not."""
    return None if type(value) is int else _("{value} is not a whole number.").format(value=shown(value))


def is_mapping(value: object) -> Fault:
    """A mapping of any content."""
    return None if isinstance(value, dict) else _("{value} is not a mapping.").format(value=shown(value))


def one_of(*values: object) -> Check:
    """One of the values given, of the same type: YAML's `no` is not the text "no"."""

    def check(value: object) -> Fault:
        if any(type(value) is type(v) and value == v for v in values):
            return None
        return _("{value} is not one of {values}.").format(value=shown(value), values=", ".join(map(str, values)))

    return check


def matching(pattern: re.Pattern) -> Check:
    """A text of exactly that form."""
    return lambda value: (
        None
        if isinstance(value, str) and pattern.fullmatch(value)
        else _("{value} is not allowed here.").format(value=shown(value))
    )


def optional(check: Check) -> Check:
    """As `check`, or null."""
    return lambda value: None if value is None else check(value)


def list_of(check: Check) -> Check:
    """A list whose items all pass."""

    def check_list(value: object) -> Fault:
        if not isinstance(value, list):
            return _("{value} is not a list.").format(value=shown(value))
        return next((fault for item in value if (fault := check(item))), None)

    return check_list


def mapping_of(check: Check, keys: re.Pattern) -> Check:
    """A mapping whose keys have that form and whose values all pass."""

    def check_mapping(value: object) -> Fault:
        if fault := is_mapping(value):
            return fault
        wrong = next((key for key in value if not keys.fullmatch(key)), None)
        if wrong is not None:
            return _("{key} is not a name.").format(key=shown(wrong))
        return next((f"{key}: {fault}" for key, item in value.items() if (fault := check(item))), None)

    return check_mapping


def fields(may_have: Mapping[str, Check] | None = None, /, **checks: Check) -> Check:
    """A mapping with exactly these keys, and any of `may_have`, each of which passes its check."""
    known = {**checks, **(may_have or {})}

    def check_fields(value: object) -> Fault:
        if fault := is_mapping(value):
            return fault
        if unknown := value.keys() - known.keys():
            message = _("unknown key {key}.{close} There are: {keys}.")
            close = close_to(min(unknown)[:100], known)
            return message.format(key=shown(min(unknown)), close=close, keys=", ".join(known))
        if missing := checks.keys() - value.keys():
            return _("missing: {keys}.").format(keys=", ".join(sorted(missing)))
        given = (key for key in known if key in value)
        return next((f"{key}: {fault}" for key in given if (fault := known[key](value[key]))), None)

    return check_fields


def is_years(value: object) -> Fault:
    """[first, last]."""
    if isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value) and value[0] <= value[1]:
        return None
    return _("{value} is not [first year, last year].").format(value=shown(value))


def is_minimum(value: object) -> Fault:
    """So many persons at least stand behind a figure that is shown: 3 or more, the least of the field."""
    if type(value) is int and value >= 3:
        return None
    return _("{value} is no whole number of 3 or more.").format(value=shown(value))


metadata_fault: Check = fields(
    {"minimum": is_minimum, "exposure_margins": list_of(matching(NAME))},
    title=is_text,
    description=is_text,
    kind=one_of(*KINDS),
    publisher=is_text,
    licence=is_text,
    attribution=is_text,
    url=optional(address_fault),
    temporal=optional(is_years),
    spatial=is_text,
    nuts_edition=optional(one_of(*EDITIONS)),
    form=optional(one_of("records", "cells", "published", "respondents")),
    dimensions=list_of(matching(NAME)),
    margins=mapping_of(
        fields(dims=list_of(matching(NAME)), measures=list_of(matching(NAME)), fixed=mapping_of(matching(_CODE), NAME)),
        NAME,
    ),
    measures=mapping_of(fields({"percent": is_text}, unit=is_text, how=one_of("sum", "none"), label=is_text), NAME),
    flags=mapping_of(is_text, re.compile(r"[a-z:]")),
    breaks=list_of(fields(year=is_whole, reason=is_text, where=matching(_CODE), sectors=list_of(matching(_CODE)))),
    population=is_text,
    coverage=one_of("full", "sample"),
    coverage_by_way=mapping_of(one_of("full", "sample"), re.compile("bundled|mirror|live")),
    event=may_be_empty,
    place_basis=optional(one_of("workplace", "residence", "authority")),
    year_basis=optional(one_of("accident", "notification")),
    release=is_text,
    exposure=optional(matching(NAME)),
    source_kind=one_of("register", "survey", "sensor", "synthetic", "boundaries"),
    sensitivity=one_of("none", "aggregate", "persons", "health"),
    citation=fields(
        key=matching(re.compile(r"[a-z0-9_-]*\d{4}[a-z0-9_-]*")), author=is_text, year=is_whole, title=is_text
    ),
    access=one_of("open", "registration"),
    how_to_obtain=may_be_empty,
    defaults=mapping_of(list_of(is_text), NAME),
    breakdown=list_of(matching(NAME)),
    labels=mapping_of(mapping_of(is_text, _HEADING), NAME),
    notes=list_of(is_text),
    files=fields(
        bundled=list_of(path_fault),
        mirror=list_of(path_fault),
        live=list_of(fields({"sha256": matching(_SHA256)}, address=address_fault, name=matching(_FILE_NAME))),
    ),
    parameters=mapping_of(fields(label=is_text, values=list_of(matching(_VALUE))), NAME),
    code=mapping_of(is_text, re.compile("bundled|mirror|live")),
)
"""The metadata of one entry: every key is required, so that nothing is left open by accident."""


options_fault: Check = fields(
    {
        "columns": mapping_of(optional(matching(NAME)), _HEADING),
        "measures": mapping_of(optional(matching(NAME)), _HEADING),
    }
)
"""What an entry says of the columns of a table of one's own: heading -> dimension or measure, null where unused."""


def own_dimensions(options: Mapping) -> frozenset[str]:
    """The dimensions of its own that an entry's columns mean: departments, plants, shifts."""
    meant = options.get("columns")
    named = meant.values() if isinstance(meant, dict) else ()
    common = {"age", "date", "case", "flag", *(DIMENSIONS[name].axis for name in OF_ALL)}
    return frozenset(name for name in named if isinstance(name, str) and OWN_NAME.fullmatch(name)) - common


def dimensions_fault(metadata: Mapping, own: Set[str]) -> Fault:
    """A dimension that there is not, and that is none of the entry's own."""
    unknown = [name for name in metadata["dimensions"] if name not in OF_ALL and name not in own]
    if not unknown:
        return None
    message = _("dimensions: {name} is not one of {names}.{close} One of a table's own stands in options: columns too.")
    close = close_to(unknown[0], [*OF_ALL, *own])
    return message.format(name=shown(unknown[0]), names=", ".join([*OF_ALL, *sorted(own)]), close=close)


def references_fault(metadata: dict) -> Fault:
    """What one part of the (otherwise right) metadata takes from another: parameters, measures, dimensions, access."""
    files = metadata["files"]
    live = [part for file in files["live"] for part in (file["address"], file["name"])]
    patterns = [*files["bundled"], *files["mirror"], *live]
    if (metadata["access"] == "open") != bool(patterns):
        return _("an entry is either open and has files, or needs registration and has none.")
    if any("sha256" in file and "{" in file["address"] for file in files["live"]):
        return _("files: live: one sha256 cannot be that of every file that a parameter names.")
    used = {name for pattern in patterns for name in re.findall(r"\{([^{}]*)\}", pattern)}
    if used ^ metadata["parameters"].keys():
        return _("the parameters in its files are {used}, those declared {declared}.").format(
            used=sorted(used), declared=sorted(metadata["parameters"])
        )
    axes = {DIMENSIONS[name].axis if name in OF_ALL else name for name in metadata["dimensions"]}
    for name, margin in metadata["margins"].items():
        unknown = {*margin["dims"], *margin["fixed"]} - axes | {*margin["measures"]} - metadata["measures"].keys()
        if unknown:
            return _("margin {margin!r} uses {names}, which the entry does not declare.").format(
                margin=name, names=", ".join(sorted(unknown))
            )
    if unknown := metadata["defaults"].keys() - {*metadata["dimensions"]} | {*metadata["breakdown"]} - axes:
        return _("defaults or breakdown use {names}, which the entry does not declare.").format(
            names=", ".join(sorted(unknown))
        )
    if (metadata["form"] == "published") != bool(metadata["margins"]):
        return _("an entry has margins when its form is `published`, and only then.")
    if metadata["kind"] == "map" and metadata["form"] is not None:
        return _("a map is not rows: it has form: null.")
    if metadata["kind"] != "map" and metadata["access"] == "open" and metadata["form"] is None:
        return _("an open entry says its form: records, cells, published or respondents.")
    if metadata["access"] == "registration" and not metadata["how_to_obtain"].strip():
        return _("it needs registration, so `how_to_obtain` must say how.")
    return None
