"""Judges a catalogue file before anything in it is imported and before intake sees it: to intake, a catalogue is code."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from workbench.sources.addresses import shown
from workbench.sources.catalog_schema import (
    NAME,
    Fault,
    fields,
    is_mapping,
    is_text,
    mapping_of,
    metadata_fault,
    one_of,
    references_fault,
)
from workbench.terms.errors import CatalogError, close_to
from workbench.terms.text import _

READER = "workbench.sources.catalog:TableReader"
"""The one class that a catalogue may have intake import."""
READERS: Mapping[str, frozenset[str]] = {
    "esaw_rows:read_records": frozenset({"layout", "case_width"}),
    "esener:read_workbook": frozenset(),
    "eurostat:read_table": frozenset({"dimensions", "rename", "units"}),
    "inail:read_records": frozenset(),
    "inail_regions:read_regions": frozenset(),
    "spain_atr:read_workbook": frozenset(),
    "spain_epa:read_employed": frozenset(),
    "synthetic:read_cube": frozenset(),
    "wristband:read_groups": frozenset(),
}
"""The functions of `workbench.sources.readers` that an entry may name, each with the options it may be given."""

MOST_BYTES, MOST_DEPTH, MOST_VALUES = 1_000_000, 12, 50_000
_TEMPLATE = re.compile(
    r"\{\s*\w+\s*\(|^\s*\{?\s*data\s*\("
)  # intake runs {env(X)}, {func(X)}, {pickle64(X)}, {data(X)} and a bare data(X)
_CREDENTIALS = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#]*@", re.I)


def check_file(path: Path) -> dict:
    """The content of one catalogue file as plain values, once everything in it has been found in order.

    Raises
    ------
    CatalogError
        Naming the file, the entry, what was found and what may stand there.
    """
    try:
        document = _load(path.read_bytes())
        fault = _document_fault(document)
    except OSError as error:
        raise CatalogError(
            _("The catalogue {path} cannot be read: {error}.").format(path=path, error=error.strerror or error)
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        fault = _not_yaml(error)
    except ValueError as error:
        fault = str(error)
    if fault:
        raise CatalogError(_("The catalogue {path} is refused: {fault}").format(path=path.name, fault=fault))
    return document


def check_entry(name: str, kwargs: dict, metadata: dict) -> dict:
    """One intake entry of the workbench's form, checked: for what came through plain intake, past `check_file`.

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
        "{where} is not plain YAML: a bracket or a quote is not closed, an indent is off, a character is not printable, or values are nested too deeply."
    ).format(where=where)


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """PyYAML's safe loader, which also refuses a key that is given twice or is not text."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _value in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise ValueError(_("the key {key} is not text: put it in quotes.").format(key=shown(key)))
            if keys.count(key) > 1:
                raise ValueError(_("the key {key} is given twice.").format(key=shown(key)))
        return super().construct_mapping(node, deep)


def _load(content: bytes) -> object:
    """Plain values of a YAML text: no tags, and no anchors, with which a page of text can ask for terabytes."""
    if len(content) > MOST_BYTES:
        raise ValueError(
            _("it has {n:,} bytes; a catalogue may have {most:,}.").format(n=len(content), most=MOST_BYTES)
        )
    text, depth = content.decode("utf-8"), 0
    for count, event in enumerate(yaml.parse(text, Loader=_StrictLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError(
                _("line {line} has an anchor or alias (& or *). Write the value out.").format(
                    line=event.start_mark.line + 1
                )
            )
        if getattr(event, "tag", None):
            raise ValueError(
                _("line {line} has the tag {tag}. Only plain values are taken.").format(
                    line=event.start_mark.line + 1, tag=event.tag
                )
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH or count > MOST_VALUES:
            raise ValueError(_("it is nested too deeply or has too many values."))
    return yaml.load(text, Loader=_StrictLoader)  # a subclass of the safe loader


def _document_fault(document: object) -> Fault:
    keys = {"version", "metadata", "user_parameters", "data", "aliases", "entries"}
    if not isinstance(document, dict) or document.keys() != keys:
        return _("it needs exactly the keys {keys}.").format(keys=", ".join(sorted(keys)))
    if fault := one_of(2)(document["version"]):
        return _("version: {fault}").format(fault=fault)
    for text in _texts(document):
        if _TEMPLATE.search(text):
            return _("{text} is a template that intake would run.").format(text=shown(text))
        if _CREDENTIALS.search(text):
            return _("a text in it carries credentials (user@ in an address). Take them out: catalogues are shared.")
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
    if fault := metadata_fault(metadata) or references_fault(metadata):
        return fault
    if (kwargs["function"] is None) != (metadata["form"] is None):
        return _("an entry that is read names its reader function and its form; the others have null for both.")
    return None


def _function_fault(function: object) -> Fault:
    if function is None or (isinstance(function, str) and function in READERS):
        return None
    fault = _("{function} is not a reader function of the workbench, and nothing else may be named.")
    return fault.format(function=shown(function)) + close_to(function, READERS)


def _kwargs_fault(kwargs: object) -> Fault:
    """The function that reads the entry, out of the allow list, with options that the function has."""
    if fault := fields(name=is_text, function=_function_fault, options=is_mapping)(kwargs):
        return fault
    if unknown := kwargs["options"].keys() - READERS.get(kwargs["function"], frozenset()):
        names = ", ".join(sorted(unknown))
        return _("{function} has no option {names}.").format(function=kwargs["function"], names=names)
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
