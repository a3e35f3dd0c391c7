"""Labels in place of codes: what people call a group, by its letters, in the languages that sheets are written in."""

import csv
import unicodedata
from collections.abc import Mapping
from functools import cache

from workbench.terms.places import bundled

SYNONYMS = {
    "sex": {
        "F": "female woman women f w weiblich frau frauen femme femmes feminin femmina femmine donna donne mujer "
        "mujeres vrouw vrouwen",
        "M": "male man men m maennlich mannlich mann manner maenner homme hommes masculin maschio maschi uomo uomini "
        "hombre hombres mannen",
        "T": "total",
    },
    "severity": {
        "FAT": "fatal death todlich toedlich mortel mortale mortal dodelijk",
        "NFAT": "nonfatal notfatal nichttodlich nichttoedlich nonmortel nonmortale nomortal nietdodelijk",
    },
}
"""Words that sheets have for codes, by their letters."""
EUROSTAT_COUNTRIES = {"GR": "EL", "GB": "UK"}
"""Countries that Eurostat writes otherwise than ISO 3166, which CLDR follows."""


@cache
def labels_in(language: str) -> dict[tuple[str, str], str]:
    """Labels of the code lists in another language than English: of `codelists/labels.csv`, which names its sources.

    Countries and days of the week are those of CLDR (Babel).

    Parameters
    ----------
    language : str
        nl, fr or de.

    Returns
    -------
    dict
        By code list and code.
    """
    from babel import Locale  # only who reads another language than English waits for it

    with (bundled("catalogs") / "codelists" / "labels.csv").open(encoding="utf-8", newline="") as lines:
        found = {(r["codelist"], r["code"]): r["label"] for r in csv.DictReader(lines) if r["lang"] == language}
    of_cldr = Locale(language)
    countries = {code: name for code, name in of_cldr.territories.items() if len(code) == 2 and code.isalpha()}
    countries |= {code: countries[iso] for iso, code in EUROSTAT_COUNTRIES.items()}
    days = {str(day + 1): name.capitalize() for day, name in of_cldr.days["stand-alone"]["wide"].items()}
    return {
        **{("nuts", code): name for code, name in countries.items()},
        **{("weekday", day): name for day, name in days.items()},
        **found,
    }


def letters(text: object) -> str:
    """Letters and digits alone, small and without accents: "Région (NUTS)" is `regionnuts`."""
    plain = unicodedata.normalize("NFKD", str(text).casefold())
    return "".join(c for c in plain if c.isalnum() and not unicodedata.combining(c))


def codes_by_label(name: str, labels: Mapping[str, str]) -> dict[str, list[str]]:
    """The codes of a list by the letters of their labels; "Berlin" is DE3, DE30 and DE300.

    Parameters
    ----------
    name : str
        Of the list.
    labels : mapping
        By code.

    Returns
    -------
    dict of str to list of str
    """
    found: dict[str, list[str]] = {}
    for code, label in labels.items():
        found.setdefault(letters(label), []).append(code)
    for code, words in SYNONYMS.get(name, {}).items():
        found |= {word: [code] for word in words.split()}
    found.pop("", None)
    return found
