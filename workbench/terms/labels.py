"""Labels in place of codes: what people call a group, by its letters, in the languages that sheets are written in."""

import unicodedata
from collections.abc import Mapping

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
