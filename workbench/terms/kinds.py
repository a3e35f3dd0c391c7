"""What a public function is given, judged by its kind before any work: a number for a file is answered in words."""

import functools
import inspect
import os
import reprlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Number, Real

from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark, translated

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


@dataclass(frozen=True)
class Kind:
    """What a parameter takes: whether a value is one, and what it is called."""

    fits: Callable[[object], bool]
    words: str


def _is_whole(value: object) -> bool:
    is_integer = isinstance(value, Integral) or isinstance(value, float) and value.is_integer()  # 1e6 rows are whole
    return is_integer and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_code(value: object) -> bool:
    return isinstance(value, str) or _is_whole(value)


def _is_frame(value: object) -> bool:
    return hasattr(value, "columns") or hasattr(value, "index") and not isinstance(value, str | bytes | list | tuple)


def _is_path(value: object) -> bool:
    return isinstance(value, str | os.PathLike)


def _are_names(value: object) -> bool:
    if isinstance(value, str):
        return True
    several = isinstance(value, Iterable) and not isinstance(value, bytes | Mapping)
    return several and all(isinstance(name, str) for name in value)


def _are_names_or_shares(value: object) -> bool:
    return _is_frame(value) or _are_names(value)


def _is_selection(value: object) -> bool:
    return hasattr(value, "restricted")


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list)


def _is_source(value: object) -> bool:
    return not isinstance(value, Number | bytes | list | tuple | set | Mapping | type(None))


TEXT = Kind(lambda value: isinstance(value, str), mark("a name or another text"))
CODE = Kind(_is_code, mark("a code"))
PATH = Kind(_is_path, mark("the place of a file, as text or as a Path"))
NAMES = Kind(_are_names, mark("a list of names"))
STANDARD = Kind(_are_names_or_shares, mark("a list of names of dimensions, or a Series of people by them"))
NUMBER = Kind(_is_number, mark("a number"))
WHOLE = Kind(_is_whole, mark("a whole number"))
PAIR = Kind(_is_pair, mark("first and last, both included"))
MAPPING = Kind(lambda value: isinstance(value, Mapping), mark("a mapping, such as a dictionary"))
FUNCTION = Kind(callable, mark("a function"))
SELECTION = Kind(_is_selection, mark('a wb.Selection, such as wb.Selection(sectors={"F"})'))
FINDING = Kind(
    lambda value: hasattr(value, "frame") and hasattr(value, "by"), mark("what a question found, such as wb.rates(...)")
)
SURVEY_OPTIONS = Kind(lambda value: hasattr(value, "withhold_under"), mark("wb.SurveyOptions(...)"))
BY_GROUP = Kind(lambda value: hasattr(value, "reindex"), mark("a pandas Series or DataFrame by code"))
NAMES_OR_VALUES = Kind(
    lambda value: isinstance(value, list | tuple) or _is_path(value),
    mark("a list of names, or of wb.Intervention(...)"),
)
ASSUMPTIONS = Kind(lambda value: hasattr(value, "drift"), mark("wb.WhatIfAssumptions(...)"))
LIMITS = Kind(lambda value: hasattr(value, "evenness"), mark("wb.ProgrammeLimits(...)"))
TRIAGE = Kind(lambda value: hasattr(value, "vulnerability"), mark("wb.Triage(...)"))
SAFEGUARDS = Kind(lambda value: hasattr(value, "legal_ground"), mark("wb.Safeguards(...)"))
SOURCE = Kind(_is_source, mark("the name of an entry, a cube or a table"))

KINDS = {
    "answer": TEXT,
    "baseline": PAIR,
    "case_width": WHOLE,
    "cluster": TEXT,
    "codebook": PATH,
    "column": TEXT,
    "columns": MAPPING,
    "coverage": TEXT,
    "data": SOURCE,
    "dataset": SOURCE,
    "dims": NAMES,
    "each": MAPPING,
    "days": NUMBER,
    "difference": TEXT,
    "family": TEXT,
    "first": FINDING,
    "edition": TEXT,
    "draws": WHOLE,
    "effect": NUMBER,
    "employers": BY_GROUP,
    "evidence": MAPPING,
    "examples": WHOLE,
    "horizon": WHOLE,
    "keys": NAMES,
    "labels": MAPPING,
    "layout": TEXT,
    "link": TEXT,
    "measure": TEXT,
    "measures": MAPPING,
    "metadata": PATH,
    "minimum": WHOLE,
    "name": TEXT,
    "new": PATH,
    "notebook": PATH,
    "notified": PATH,
    "nuts": TEXT,
    "old": PATH,
    "options": SURVEY_OPTIONS,
    "out": PATH,
    "parameters": MAPPING,
    "path": PATH,
    "person": TEXT,
    "purpose": TEXT,
    "per": NUMBER,
    "place": WHOLE,
    "places": TEXT,
    "progress": FUNCTION,
    "question": NAMES,
    "reason": TEXT,
    "reference": CODE,
    "references": MAPPING,
    "register": FINDING,
    "rows": WHOLE,
    "runs": WHOLE,
    "safeguards": SAFEGUARDS,
    "search": TEXT,
    "second": FINDING,
    "sectors": BY_GROUP,
    "seed": WHOLE,
    "selection": SELECTION,
    "share_of": SELECTION,
    "standard": STANDARD,
    "state": TEXT,
    "statistic": TEXT,
    "survey": FINDING,
    "terms": NAMES,
    "time": TEXT,
    "to": TEXT,
    "top": WHOLE,
    "triage": TRIAGE,
    "weight": TEXT,
    "weights": MAPPING,
}
"""By the name of a parameter, which means the same in every public function but for those below."""
OTHERS = {
    **{
        (function, name): BY_GROUP
        for function in ("programme_effect", "detectable_effect")
        for name in ("counts", "exposure", "start")
    },
    ("programme", "interventions"): NAMES_OR_VALUES,
    ("programme", "limits"): LIMITS,
    ("what_if", "limits"): LIMITS,
    ("what_if", "assumptions"): ASSUMPTIONS,
    ("decompose", "reference"): SELECTION,
    **dict.fromkeys((("cube", "source"), ("load", "source"), ("read", "source"), ("table", "source")), TEXT),
}


def checked(function: Callable) -> Callable:
    """A public function that refuses what is of another kind than it takes; None where that is a default.

    Parameters
    ----------
    function : callable
        Of the public names.

    Returns
    -------
    callable
        With the same signature and docstring; it raises WorkbenchError, naming the parameter, its kind and the value.
    """
    signature = inspect.signature(function)
    names = signature.parameters
    kinds = {name: OTHERS.get((function.__name__, name), KINDS.get(name)) for name in names}

    @functools.wraps(function)
    def public(*arguments, **options):
        given = dict(zip(names, arguments, strict=False)) | options
        for name, value in given.items():
            kind = kinds.get(name)
            is_left_out = kind and value is None and names[name].default is None
            if kind and not is_left_out and not kind.fits(value):
                raise WorkbenchError(
                    _("{name} is {kind}, not {given}.").format(
                        name=name, kind=translated(kind.words), given=_SHORT.repr(value)
                    )
                )
        return function(*arguments, **options)

    return public
