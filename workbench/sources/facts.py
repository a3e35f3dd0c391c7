"""Figures that are quoted of digital systems at work, each with its base, year, wording and source."""

from collections.abc import Mapping

import pandas as pd
import yaml

from workbench.terms.errors import Refused
from workbench.terms.places import bundled
from workbench.terms.text import _

FACTS = "facts.yml"
COLUMNS = ("value", "unit", "year", "base", "statement", "wording", "source")


def facts(search: str = "") -> pd.DataFrame:
    """Quoted figures, or those that have all the words of `search`.

    Figures of different bases (4.8% of establishments, 11% of workers) are not of the same people: `attrs["note"]` says
    so where several are shown.

    Parameters
    ----------
    search : str
        Words, in any order.

    Returns
    -------
    DataFrame
        By id: value, unit, year, base, statement, wording, source.

    Raises
    ------
    Refused
        Where nothing is found.
    """
    words = search.casefold().split()
    listed = [
        fact for fact in all_facts() if all(word in " ".join(map(str, fact.values())).casefold() for word in words)
    ]
    if not listed:
        raise Refused(_("No fact has all of these words: {search}.").format(search=search))
    frame = pd.DataFrame(listed).set_index("id")[list(COLUMNS)]
    if frame["base"].nunique() > 1:
        frame.attrs["note"] = _("These figures have different bases and are not to be compared or subtracted.")
    return frame


def all_facts() -> list[Mapping]:
    """The facts as the file has them; `check` names the entry that holds the question, where one does."""
    return yaml.safe_load((bundled("catalogs") / FACTS).read_text(encoding="utf-8"))["facts"]
