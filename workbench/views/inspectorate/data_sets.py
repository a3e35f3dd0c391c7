"""The data sets that an inspectorate can plan with: those at hand that have accidents and people at risk."""

from workbench import store
from workbench.cubes.cube import Cube
from workbench.sources.catalog import catalog
from workbench.sources.dataset import Dataset
from workbench.sources.download import status
from workbench.study.data import origin_of
from workbench.study.own_table import stored_names
from workbench.terms.text import _, translated
from workbench.views.menu import AT_HAND


def offered() -> dict[str, str]:
    """Data sets by name, with their titles: entries that are at hand, and one's own stored tables.

    Returns
    -------
    dict of name to title
    """
    book, loaded = catalog(), {manifest.name for manifest in store.manifests()}
    entries = [book[name] for name in book.names() if _has_accidents_and_people(book[name])]
    at_hand = [entry for entry in entries if entry.name in loaded or _is_open_and_at_hand(entry)]
    return {entry.name: translated(entry.title) for entry in at_hand} | {name: name for name in stored_names()}


def _is_open_and_at_hand(entry: Dataset) -> bool:
    return entry.access == "open" and entry.form != "records" and status(entry) in AT_HAND or entry.synthetic


def _has_accidents_and_people(entry: Dataset) -> bool:
    """Whether it counts, so that chance is known, and says among how many people."""
    counts = entry.measures.get("accidents", {}).get("how") == "sum" or entry.form == "records"
    return entry.kind == "accidents" and counts and entry.exposure is not None


def badge(cube: Cube) -> dict[str, str | bool]:
    """What kind of data these are: the mark next to the title, and the band of synthetic data.

    Parameters
    ----------
    cube : Cube

    Returns
    -------
    dict
        badge, band, synthetic.
    """
    origin = origin_of(cube)
    synthetic = bool(origin) and origin.synthetic
    return {
        "synthetic": synthetic,
        "badge": _("synthetic") if synthetic else _("real data") if origin else _("your own"),
        "band": _("Synthetic data: generated for trying out, not a publisher's figures.") if synthetic else "",
    }
