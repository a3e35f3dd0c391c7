"""Codebooks of surveys: YAML files that say what the columns of a respondent file mean, checked before use."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import yaml

from workbench.sources.catalog_schema import Check, fields, is_mapping, is_text, list_of, mapping_of, one_of, optional
from workbench.terms.dimensions import OWN_NAME
from workbench.terms.errors import NotAvailable, ReadError, shown
from workbench.terms.places import bundled
from workbench.terms.survey_table import (
    MISSING,
    NUMBER,
    PURPOSES,
    UNITS,
    Codebook,
    ReplicateColumns,
    SurveyDimension,
    SurveyQuestion,
    Weight,
)
from workbench.terms.text import _

MOST_BYTES = 1_000_000
METHODS = ("BRR", "Fay", "JK1", "JKn", "bootstrap", "SDR")
_YES_NO = "tag:yaml.org,2002:bool"
_ANY = re.compile(".{1,200}", re.DOTALL)
_QUESTION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader for which Yes and No are the words of an answer, not true and false."""

    yaml_implicit_resolvers: ClassVar[dict] = {
        first: [(tag, form) for tag, form in known if tag not in (_YES_NO, "tag:yaml.org,2002:timestamp")]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(_YES_NO, re.compile("true|false"), ["t", "f"])


def _is_value(value: object) -> str | None:
    return None if isinstance(value, str | int | float) else _("{value} is no code.").format(value=shown(value))


def _answers_fault(value: object) -> str | None:
    return None if value == NUMBER else mapping_of(_is_value, _ANY)(value)


def _is_flag(value: object) -> str | None:
    return None if isinstance(value, bool) else _("{value} is not true or false.").format(value=shown(value))


def _is_year(value: object) -> str | None:
    whole = type(value) is int and 1900 <= value <= 2200
    return None if whole else _("{value} is no year.").format(value=shown(value))


def _is_number(value: object) -> str | None:
    return None if isinstance(value, int | float) else _("{value} is no number.").format(value=shown(value))


_weight: Check = fields({"unit": one_of(*UNITS), "sample_only": _is_flag}, column=is_text, purpose=one_of(*PURPOSES))
_dimension: Check = fields(
    {
        "codes": mapping_of(_is_value, _ANY),
        "labels": mapping_of(is_text, _ANY),
        "bands": list_of(_is_number),
        "edition": is_text,
    },
    column=is_text,
)
_question: Check = fields(
    {
        "column": is_text,
        "base": is_text,
        "event": is_text,
        "unit": is_text,
        "missing": mapping_of(one_of(*MISSING), _ANY),
    },
    text=is_text,
    answers=_answers_fault,
)
_replicates: Check = fields(
    {"fay": _is_number, "scales": list_of(_is_number), "weight": is_text},
    columns=list_of(is_text),
    method=one_of(*METHODS),
)
_codebook: Check = fields(
    {
        "publisher": is_text,
        "licence": is_text,
        "citation": is_text,
        "mode": is_text,
        "year": optional(_is_year),
        "synthetic": _is_flag,
        "samples": list_of(is_text),
        "strata": is_text,
        "psu": is_text,
        "population_units": is_text,
        "replicates": _replicates,
        "dimensions": mapping_of(_dimension, OWN_NAME),
        "notes": list_of(is_text),
        "modes": mapping_of(is_text, _ANY),
        "mode_column": is_text,
        "mode_labels": mapping_of(is_text, _ANY),
        "advice": mapping_of(is_text, _ANY),
    },
    title=is_text,
    population=is_text,
    weights=list_of(_weight),
    questions=mapping_of(_question, _QUESTION),
)


def codebook(path: str | Path) -> Codebook:
    """The codebook in a YAML file, or one that comes with the workbench, by its name.

    Parameters
    ----------
    path : str or Path
        "mine.yml", or a name such as "eurobarometer".

    Returns
    -------
    Codebook

    Raises
    ------
    NotAvailable
        Where there is no such file.
    ReadError
        For what is no codebook, naming the key at fault.
    """
    own = bundled("catalogs") / "codebooks" / f"{path}.yml"
    file = own if isinstance(path, str) and own.is_file() else Path(path).expanduser()
    if not file.is_file():
        names = ", ".join(sorted(found.stem for found in own.parent.glob("*.yml")))
        message = _("There is no codebook {path}. Give a YAML file; with the workbench come: {names}.")
        raise NotAvailable(message.format(path=shown(path, 200), names=names))
    if file.stat().st_size > MOST_BYTES:
        raise ReadError(_("The codebook {name} is larger than 1 MB.").format(name=shown(file.name)))
    try:
        plain = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # a subclass of the safe loader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as fault:
        message = _("The codebook {name} is not plain YAML in UTF-8.")
        raise ReadError(message.format(name=shown(file.name))) from fault
    return codebook_from(plain, file.name)


def codebook_from(plain: object, name: str) -> Codebook:
    """A codebook from plain values.

    Parameters
    ----------
    plain : mapping
        As the YAML file has it; docs: `docs/surveys.md`.
    name : str
        Of the file, for messages.

    Returns
    -------
    Codebook

    Raises
    ------
    ReadError
        Naming the key at fault.
    """
    plain = _keys_as_text(plain)
    if fault := is_mapping(plain) or _codebook(plain):
        raise ReadError(_("The codebook {name} is refused: {fault}").format(name=shown(name), fault=fault))
    dimensions = {axis: _dimension_of(axis, given) for axis, given in plain.get("dimensions", {}).items()}
    questions = {code: _question_of(code, given, plain["population"]) for code, given in plain["questions"].items()}
    replicates = plain.get("replicates")
    return Codebook(
        title=plain["title"],
        publisher=plain.get("publisher", ""),
        population=plain["population"],
        licence=plain.get("licence", ""),
        citation=plain.get("citation", plain["title"]),
        mode=plain.get("mode", ""),
        year=plain.get("year"),
        synthetic=plain.get("synthetic", False),
        weights=tuple(Weight(**given) for given in plain["weights"]),
        samples=tuple(plain.get("samples", ())),
        strata=plain.get("strata", ""),
        psu=plain.get("psu", ""),
        population_units=plain.get("population_units", ""),
        replicates=ReplicateColumns(**{key: _tuple(value) for key, value in replicates.items()})
        if replicates
        else None,
        dimensions=dimensions,
        questions=questions,
        notes=tuple(plain.get("notes", ())),
        modes=plain.get("modes", {}),
        mode_column=plain.get("mode_column", ""),
        mode_labels=plain.get("mode_labels", {}),
        advice=plain.get("advice", {}),
    )


def _dimension_of(axis: str, given: Mapping) -> SurveyDimension:
    codes = {str(code): str(meant) for code, meant in given.get("codes", {}).items()}
    labels = {str(code): label for code, label in given.get("labels", {}).items()}
    return SurveyDimension(
        axis=axis,
        column=given["column"],
        codes=codes,
        labels=labels,
        bands=tuple(given.get("bands", ())),
        edition=given.get("edition", ""),
    )


def _question_of(code: str, given: Mapping, population: str) -> SurveyQuestion:
    answers = {} if given["answers"] == NUMBER else {key: str(label) for key, label in given["answers"].items()}
    return SurveyQuestion(
        code=code,
        text=given["text"],
        base=given.get("base", population),
        answers=answers,
        missing={key: MISSING[reason] for key, reason in given.get("missing", {}).items()},
        column=given.get("column", code),
        event=given.get("event", ""),
        unit=given.get("unit", ""),
    )


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _keys_as_text(value: object) -> object:
    """Mappings whose keys are numbers (1: Yes) with their keys as text; YAML reads a bare yes as true."""
    if isinstance(value, dict):
        return {str(key): _keys_as_text(item) for key, item in value.items()}
    return [_keys_as_text(item) for item in value] if isinstance(value, list) else value
