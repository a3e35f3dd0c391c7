"""Judges a catalogue file before anything in it is imported: to intake, a catalogue is code."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import yaml

from workbench.sources.addresses import is_secret, settings, shown
from workbench.sources.catalog_schema import (
    NAME,
    Fault,
    dimensions_fault,
    fields,
    is_mapping,
    is_text,
    mapping_of,
    metadata_fault,
    one_of,
    options_fault,
    own_dimensions,
    references_fault,
)
from workbench.sources.dataset import OWN_TABLES
from workbench.terms.errors import CatalogError
from workbench.terms.text import _

READER = "workbench.sources.catalog:TableReader"
"""The one class that a catalogue may have intake import."""
READERS: Mapping[str, frozenset[str]] = {
    "esaw_rows:read_records": frozenset({"layout", "case_width"}),
    "esener:read_workbook": frozenset(),
    "eurostat:read_table": frozenset({"dimensions", "rename", "units"}),
    "france_cnam:read_by_activity": frozenset(),
    "ilostat:read_injuries": frozenset(),
    "inail:read_records": frozenset(),
    "inail_regions:read_regions": frozenset(),
    **dict.fromkeys(OWN_TABLES, frozenset({"columns", "measures"})),
    "respondents:read_respondents": frozenset({"codebook"}),
    "spain_atr:read_workbook": frozenset({"series"}),
    "spain_epa:read_employed": frozenset(),
    "synthetic:read_cube": frozenset(),
    "team:read_hours": frozenset(),
    "uk_injuries:read_rates": frozenset({"series"}),
    "wristband:read_groups": frozenset(),
}
"""The functions of `workbench.sources.readers` that an entry may name, each with the options it may be given."""

MOST_BYTES, MOST_DEPTH, MOST_VALUES = 1_000_000, 12, 50_000
_TEMPLATE = re.compile(r"\{\s*\w+\s*\(")  # intake runs {env(X)}, {func(X)}, {import(X)}, {pickle64(X)}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # orders; writing direction
_USER = re.compile(r"://[^/\s?#@]*@")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}]+", re.I)
# Each of these looks at a letter a bounded number of times: a text of a million letters takes milliseconds.


class _NotTaken(ValueError):
    """A text that is not taken as a catalogue; the message is the workbench's own."""


def check_file(path: Path) -> dict:
    """The content of one catalogue file as plain values, once everything in it has been found in order.

    Parameters
    ----------
    path : a YAML file, of at most 1,000,000 bytes

    Raises
    ------
    CatalogError
        Naming the file, the entry, what was found and what may stand there.
    """
    try:
        document = _load(_content(path))
        fault = _document_fault(document)
    except OSError as error:
        raise CatalogError(
            _("The catalogue {path} cannot be read: {error}.").format(path=path, error=error.strerror or error)
        ) from error
    except _NotTaken as error:
        fault = str(error)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        fault = _not_yaml(error)
    if fault:
        raise CatalogError(_("The catalogue {path} is refused: {fault}").format(path=path.name, fault=fault))
    return document


def check_entry(name: str, kwargs: dict, metadata: dict) -> dict:
    """One intake entry of the workbench's form, checked: for what came through plain intake, past `check_file`.

    Parameters
    ----------
    name : of the entry
    kwargs, metadata : as intake has them

    Raises
    ------
    CatalogError
        As `check_file`.
    """
    fixed = {"reader": READER, "output_instance": "pandas:DataFrame", "user_parameters": {}}
    entry = {**fixed, "kwargs": kwargs, "metadata": metadata}
    if fault := _entry_fault(name, entry):
        raise CatalogError(_("The catalogue entry {name} is refused: {fault}").format(name=shown(name), fault=fault))
    return entry


def _not_yaml(error: Exception) -> str:
    """A text that PyYAML cannot parse, in our own words: its own change with its releases."""
    mark = getattr(error, "problem_mark", None)
    where = _("line {line}").format(line=mark.line + 1) if mark else _("it")
    return _(
        "{where} is not plain YAML: a bracket or a quote is not closed, an indent is off, a character is not "
        "printable, or values are nested too deeply."
    ).format(where=where)


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's safe loader with plain values only, which also refuses a key that is given twice or is not text.

    Values are null, true and false, short numbers and texts: PyYAML would also read dates, numbers of any length and
    numbers to the base of 60, which take minutes or fail in its words.
    """

    yaml_implicit_resolvers: ClassVar = {}

    def construct_mapping(self, node, deep=False):
        known = set()
        for key_node, _value in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _NotTaken(_("the key {key} is not text: put it in quotes.").format(key=shown(key)))
            if key in known:
                raise _NotTaken(_("the key {key} is given twice.").format(key=shown(key)))
            known.add(key)
        return super().construct_mapping(node, deep)


for _kind, _form, _letters in (
    ("null", r"(~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    ("bool", r"(yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z", [*"yYnNtTfFoO"]),
    ("int", r"[-+]?(0|[1-9][0-9]{0,17})\Z", [*"-+0123456789"]),
    ("float", r"[-+]?[0-9]{1,18}\.[0-9]{0,18}([eE][-+]?[0-9]{1,3})?\Z", [*"-+0123456789"]),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_form), _letters)


def _content(path: Path) -> str:
    """The text of a file, which is not read further than a catalogue may be long."""
    size = path.stat().st_size
    if size <= MOST_BYTES:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        size = max(size, len(content))  # it may have grown
    if size > MOST_BYTES:
        raise _NotTaken(_("it has {n:,} bytes; a catalogue may have {most:,}.").format(n=size, most=MOST_BYTES))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _NotTaken(_("it is not UTF-8 text. Save it as UTF-8.")) from error


def _load(text: str) -> object:
    """Plain values of a YAML text: no tags, and no anchors, with which a page of text can ask for terabytes."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_StrictLoader)):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _NotTaken(_("line {line} has an anchor or alias (& or *). Write the value out.").format(line=line))
        if getattr(event, "tag", None):
            message = _("line {line} has the tag {tag}. Only plain values are taken.")
            raise _NotTaken(message.format(line=line, tag=shown(event.tag)))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH or count > MOST_VALUES:
            raise _NotTaken(_("it is nested too deeply or has too many values."))
    return yaml.load(text, Loader=_StrictLoader)  # a subclass of the safe loader


def _document_fault(document: object) -> Fault:
    keys = {"version", "metadata", "user_parameters", "data", "aliases", "entries"}
    if not isinstance(document, dict) or document.keys() != keys:
        return _("it needs exactly the keys {keys}.").format(keys=", ".join(sorted(keys)))
    if fault := one_of(2)(document["version"]):
        return _("version: {fault}").format(fault=fault)
    if fault := next(filter(None, map(_text_fault, _texts(document))), None):
        return fault
    if document["data"] != {} or document["user_parameters"] != {}:
        return _("`data` and `user_parameters` must be empty mappings: parameters stand in each entry's metadata.")
    entries = document["entries"]
    if not isinstance(entries, dict) or document["aliases"] != {name: name for name in entries}:
        return _("`aliases` must name each entry as itself, or intake lists nothing.")
    if fault := mapping_of(is_text, NAME)(document["metadata"]):
        return _("metadata: {fault}").format(fault=fault)
    for name, entry in entries.items():
        if fault := _entry_fault(name, entry):
            return _("entry {name}: {fault}").format(name=shown(name), fault=fault)
    return None


def _text_fault(text: str) -> Fault:
    """What no text in a catalogue may have: a template that intake would run, or what opens a door."""
    if _UNSEEN.search(text):
        return _("{text} has a character that a terminal would obey. Take it out.").format(text=shown(text))
    start = text.lstrip().removeprefix("{").lstrip()
    runs_data = start.startswith("data") and start.removeprefix("data").lstrip().startswith("(")
    if runs_data or _TEMPLATE.search(text):
        return _("{text} is a template that intake would run.").format(text=shown(text))
    if _USER.search(text) or any(map(_is_signed, _ADDRESS.findall(text))):
        return _(
            "a text in it carries credentials (user@, or a key, token or signature in an address). "
            "Take them out: catalogues are shared."
        )
    return None


def _is_signed(address: str) -> bool:
    """Whether an address in a text has a setting that opens a door."""
    try:
        return any(is_secret(name) for name, _value in settings(address))
    except ValueError:
        return False


def _texts(value: object) -> Iterator[str]:
    """Every text in plain values, keys as well."""
    if isinstance(value, str):
        yield value
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _entry_fault(name: str, entry: object) -> Fault:
    if not NAME.fullmatch(name):
        return _("a name has lower-case letters, digits and _.")
    if fault := _entry_keys(entry):
        return fault
    kwargs, metadata = entry["kwargs"], entry["metadata"]
    if kwargs["name"] != name:
        return _("its kwargs say name: {other}.").format(other=shown(kwargs["name"]))
    own = own_dimensions(kwargs["options"]) if kwargs["function"] in OWN_TABLES else frozenset()
    if fault := metadata_fault(metadata) or dimensions_fault(metadata, own) or references_fault(metadata):
        return fault
    if (kwargs["function"] is None) != (metadata["form"] is None):
        return _("an entry that is read names its reader function and its form; the others have null for both.")
    return None


def _function_fault(function: object) -> Fault:
    if function is None or (isinstance(function, str) and function in READERS):
        return None
    message = _(
        "{function} is not a reader function of the workbench, and nothing else may be named. There are: {names}."
    )
    return message.format(function=shown(function), names=", ".join(READERS))


def _kwargs_fault(kwargs: object) -> Fault:
    """The function that reads the entry, out of the allow list, with options that the function has."""
    if fault := fields(name=is_text, function=_function_fault, options=is_mapping)(kwargs):
        return fault
    options = READERS.get(kwargs["function"], frozenset())
    if unknown := kwargs["options"].keys() - options:
        message = _("{function} has no option {names}. It has: {options}.")
        known = ", ".join(sorted(options)) or _("none")
        return message.format(function=kwargs["function"], names=shown(", ".join(sorted(unknown))), options=known)
    if kwargs["function"] in OWN_TABLES and (fault := options_fault(kwargs["options"])):
        return _("options: {fault}").format(fault=fault)
    if any("{" in text or "}" in text for text in _texts(kwargs)):
        return _("braces are not taken here: intake would fill them in.")
    return None


_entry_keys = fields(
    reader=one_of(READER),
    output_instance=one_of("pandas:DataFrame"),
    user_parameters=one_of({}),
    kwargs=_kwargs_fault,
    metadata=is_mapping,
)
