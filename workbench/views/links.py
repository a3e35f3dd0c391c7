"""The address of what is shown: written from the state of the screen, and read back, with what of it cannot be."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from workbench.cubes.selection import Selection
from workbench.terms.errors import UnknownName, WorkbenchError
from workbench.terms.languages import LANGUAGES
from workbench.terms.text import _
from workbench.views.shown import Shown

NAMES = {
    "measure": "measure",
    "map": "level",
    "shown": "mapped",
    "groups": "divide",
    "table": "tabled",
    "theme": "theme",
    "lang": "language",
}
"""What is chosen besides the selection, by its name in an address."""
SELECTIONS = {"q": "selection", "with": "reference"}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an address asks for, by parameter, and in words what of it does not exist."""

    values: Mapping[str, object]
    wrong: list[str]


def language_of(query: Mapping[str, str], otherwise: str) -> str:
    """The language that an address asks for; one that there is not is `otherwise`.

    Parameters
    ----------
    query : mapping
        Of the address.
    otherwise : str
        The language of an address that says nothing.

    Returns
    -------
    str
    """
    code = query.get("lang", otherwise)
    return code if code in LANGUAGES else otherwise


def read(query: str) -> dict[str, str]:
    """The fields of an address.

    Parameters
    ----------
    query : str
        What stands behind its `?`.

    Returns
    -------
    dict of str to str
        Of a field that is given twice the last value; `twice` names those fields, separated by commas.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    counted = Counter(name for name, _value in pairs)
    twice = ",".join(name for name, n in counted.items() if n > 1)
    return {**dict(pairs), "twice": twice}


def chosen(explorer: Shown, query: Mapping[str, str]) -> Wanted:
    """What an address asks for.

    Parameters
    ----------
    explorer : Shown
        With what can be chosen.
    query : mapping
        Of the address.

    Returns
    -------
    Wanted
    """
    values, wrong, parameters = {}, [], explorer.param
    for name, field in SELECTIONS.items():
        if name in query:
            try:
                values[field] = Selection.from_query(query[name])
            except WorkbenchError as error:
                wrong.append(str(error))
    for name, field in NAMES.items():
        if name not in query:
            continue
        known = parameters[field].objects
        codes = list(known.values() if isinstance(known, Mapping) else known)
        if query[name] in codes:
            values[field] = query[name]
        else:
            hint = _("There are: {names}.").format(names=", ".join(filter(None, codes)))
            wrong.append(str(UnknownName(parameters[field].label.lower(), query[name], codes, hint=hint)))
    for name in filter(None, query.get("twice", "").split(",")):
        wrong.append(_("The address gives {name} twice; the last one is shown.").format(name=name))
    terms = query.get("terms", "").split(",")
    values["terms"] = ",".join(name for name in explorer.possible_terms.values() if name in terms)
    for name in filter(None, {*terms} - {*explorer.possible_terms.values()}):
        wrong.append(str(UnknownName(_("term"), name, explorer.possible_terms.values())))
    return Wanted(values=values, wrong=wrong)


def written(explorer: Shown) -> str:
    """The query of an address that shows the same again; what is as it comes first is left out.

    Parameters
    ----------
    explorer : Shown
        Of a named data set.

    Returns
    -------
    str
    """
    query = {"dataset": explorer.dataset}
    if explorer.picker is not None:
        query["q"] = explorer.selection.to_query()
        first = {**explorer.first, "theme": "auto", "language": "en"}
        now = {name: getattr(explorer, field) for name, field in NAMES.items()}
        query |= {name: value for name, value in now.items() if value != first[NAMES[name]]}
        query |= {"terms": explorer.terms} if explorer.terms else {}
        if explorer.reference is not None:
            query["with"] = explorer.reference.to_query()
    return urlencode(query)
