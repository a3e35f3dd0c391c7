"""Which data sets of a catalogue fit some words and facets, best first."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from workbench.sources.dataset import Dataset
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import UnknownName
from workbench.terms.text import _

_WEIGHTS = {"name": 8, "title": 5, "publisher": 4, "kind": 3, "spatial": 3, "fields": 2, "rest": 1}
"""What a word counts for, by where it is found."""

_EUROPE = re.compile("europ|eu-?27", re.IGNORECASE)
"""What the place of an entry says that has many countries."""

_FACETS = {
    "kind": lambda d: {d.kind},
    "publisher": lambda d: {d.publisher},
    "nuts_edition": lambda d: {d.nuts_edition} - {None},
    "dimension": lambda d: {*d.dimensions},
    "measure": lambda d: {*d.measures},
    "access": lambda d: {d.access},
    "source_kind": lambda d: {d.source_kind},
}


def found(datasets: Mapping[str, Dataset], text: str, facets: Mapping[str, str | Iterable[str]]) -> list[str]:
    """The names of the data sets that fit.

    Parameters
    ----------
    datasets : by name
    text : words, each of which has to be in the description
    facets : a value, or several, of a facet

    Returns
    -------
    list of str
        Best first, then what is open before what needs a registration.

    Raises
    ------
    UnknownName
        For a facet that does not exist or a value that no data set has.
    """
    fitting = [_with(datasets, facet, value) for facet, value in facets.items()]
    chosen = [name for name in datasets if all(name in names for names in fitting)]
    words = words_to_find(text)
    scores = {name: _score(datasets[name], words) for name in chosen}
    named = [name for name in chosen if scores[name] or not words]
    return sorted(named, key=lambda name: (-scores[name], datasets[name].access != "open"))


def words_to_find(text: str) -> list[str]:
    """The words of a search, in any order, without accents and the s of a plural."""
    return [word.removesuffix("s") if len(word) > 3 else word for word in _words(text)]


def has_all(content: str, words: Sequence[str]) -> bool:
    """Whether each of the words begins one of a text."""
    return all(any(text.startswith(word) for text in _words(content)) for word in words)


def _with(datasets: Mapping[str, Dataset], facet: str, value: str | Iterable[str]) -> set[str]:
    """Names of the data sets that have one of the values in that facet."""
    if facet not in _FACETS:
        raise UnknownName(_("facet"), facet, _FACETS, hint=_("There are: {facets}.").format(facets=", ".join(_FACETS)))
    values = {name: _FACETS[facet](d) for name, d in datasets.items()}
    having = set()
    for wanted in [value] if isinstance(value, str) else value:
        same = {name for name, has in values.items() if any(_same(facet, wanted, h) for h in has)}
        if not same:
            known = sorted({h for has in values.values() for h in has})
            hint = _("There are: {values}.").format(values=", ".join(known))
            raise UnknownName(_("{facet} in the catalogue").format(facet=facet), wanted, known, hint=hint)
        having |= same
    return having


def _same(facet: str, wanted: str, has: str) -> bool:
    """Whether a value is the one that is wanted: a part of a publisher's name, any level of a dimension."""
    if facet == "dimension" and DIMENSIONS[has].axis == wanted:
        return True
    return wanted.casefold() in has.casefold() if facet == "publisher" else wanted.casefold() == has.casefold()


def _score(d: Dataset, words: Sequence[str]) -> int:
    """How well the words describe it; 0 when one is nowhere in it."""
    countries = _countries() if _EUROPE.search(d.spatial) else ""
    places = {
        "name": d.name.replace("_", " ") + " " + d.name,
        "title": d.title,
        "publisher": d.publisher,
        "kind": f"{d.kind} {d.source_kind}",
        "spatial": d.spatial,
        "fields": " ".join([*d.dimensions, *d.measures, *(m["label"] for m in d.measures.values())]),
        "rest": " ".join([countries, d.description, d.population, d.event, d.how_to_obtain, *d.notes]),
    }
    text = {place: _words(content) for place, content in places.items()}
    best = [
        max((_WEIGHTS[place] for place in text if any(t.startswith(word) for t in text[place])), default=0)
        for word in words
    ]
    return sum(best) if all(best) else 0


@cache
def _countries() -> str:
    """The names of the countries that an entry on Europe has, although it does not list them."""
    known = codelist("nuts")
    return " ".join(known.label(code).partition("(")[0] for code in known.at_level(0))


def _words(text: str) -> list[str]:
    """Lower-case words without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.findall(r"\w+", plain)
