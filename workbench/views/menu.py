"""The menu of data sets: what can be opened now, what has to be fetched or brought, and a line about each."""

from workbench import store
from workbench.cubes.cube import Cube
from workbench.sources.catalog import catalog
from workbench.sources.dataset import Dataset
from workbench.sources.download import status
from workbench.study.own_table import stored_eurostat, stored_names
from workbench.terms.text import _, mark, translated

KINDS = ("accidents", "survey", "wearable")
"""Entries that the explorer shows: people at risk and maps are used by them."""
GROUPS = {
    "own": mark("Your own"),
    "here": mark("Open now"),
    "fetched": mark("Fetched from the publisher when opened"),
    "brought": mark("Only with a file of the publisher's that you have"),
}
AT_HAND = ("bundled", "cached", "mirror")


def openable(given: dict[str, Cube], opened: str | Cube) -> dict[str, str | Cube]:
    """Data sets by title: those of one's own, and entries with counts or shares that can be opened.

    Parameters
    ----------
    given : cubes by name that were handed over
    opened : what is shown, or cannot be: it is among them in any case

    Returns
    -------
    dict
        Names, or the cube itself, by title.
    """
    book, loaded = catalog(), {manifest.name for manifest in store.manifests()}
    own = {name: name for name in stored_names()} | {book[name].title: name for name in stored_eurostat()}
    entries = [book[name] for name in book.names() if book[name].kind in KINDS]
    listed = {entry.title: entry.name for entry in entries if entry.access == "open" or entry.name in loaded}
    found = given | own | listed
    if opened in found.values():
        return found
    return {book[opened].title if opened in book else str(opened): opened} | found


def groups(given: dict[str, Cube]) -> list[dict]:
    """The menu as it is shown.

    Parameters
    ----------
    given : cubes by name that were handed over

    Returns
    -------
    list of dict
        title and items: name, title, about.
    """
    found: dict[str, list[dict]] = {group: [] for group in GROUPS}
    for name in [*given, *stored_names()]:
        found["own"].append({"name": name, "title": name, "about": _("A table of your own")})
    book = catalog()
    for name in (*stored_eurostat(), *book.names()):
        entry = book[name]
        if entry.kind in KINDS:
            found[_group(status(entry))].append({"name": name, "title": translated(entry.title), "about": about(entry)})
    return [{"title": translated(GROUPS[group]), "items": items} for group, items in found.items() if items]


def about(entry: Dataset) -> str:
    """A line about an entry: publisher, years, place; the licence stands under "About these data".

    Parameters
    ----------
    entry : Dataset

    Returns
    -------
    str
    """
    years = "–".join(map(str, dict.fromkeys(entry.temporal))) if entry.temporal else ""
    return " · ".join(part for part in (entry.publisher, years, translated(entry.spatial)) if part)


def _group(way: str) -> str:
    if way in AT_HAND:
        return "here"
    return "fetched" if way == "live" else "brought"
