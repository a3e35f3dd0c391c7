"""The head of the page: title, badge, menu of data sets, chips, choices and warnings, as the screen takes them."""

from dataclasses import asdict

from workbench.sources.catalog import catalog
from workbench.study.data import origin_of
from workbench.study.finding import Finding
from workbench.terms.text import _, translated
from workbench.views.cards import pages, title
from workbench.views.chips import chips, heading
from workbench.views.files import file_name
from workbench.views.questions import TERMS, VIEWS
from workbench.views.shown import Shown

THEMES = ("auto", "light", "dark")


def head(explorer: Shown) -> dict:
    """All that stands above the cards.

    Parameters
    ----------
    explorer : Shown

    Returns
    -------
    dict
        Plain values.
    """
    dataset = explorer.dataset
    shown = {
        "dataset": dataset if isinstance(dataset, str) else "",
        "title": _title(dataset),
        "datasets": explorer.menu,
        "theme": explorer.theme,
        "language": explorer.language,
        "open": explorer.picker is not None,
        "warnings": [*_warnings(explorer.wrong), *filter(None, [explorer.warning])],
        "choices": {},
        **dict.fromkeys(("chips", "measures"), []),
        **dict.fromkeys(("heading", "badge", "band", "measure", "file", "offer"), ""),
        **dict.fromkeys(("synthetic", "comparing", "undo", "redo", "first"), False),
    }
    if explorer.picker is None:
        return shown | {"heading": _title(dataset), "offer": offer(dataset, explorer.why)}
    return shown | _opened(explorer)


def _opened(explorer: Shown) -> dict:
    """What only a data set that is open has."""
    cube, selection = explorer.cube, explorer.selection
    origin = origin_of(cube)
    synthetic = bool(origin) and origin.synthetic
    band = _("Synthetic data: generated for trying out, not a publisher's figures.") if synthetic else ""
    if origin and origin.sample and origin.dataset.source_kind == "register":
        band = _("{band} A sample: its counts are not the true counts.").format(band=band).strip()
    words = heading(cube, selection)
    return {
        "heading": words,
        "synthetic": synthetic,
        "badge": _("synthetic") if synthetic else _("real data") if origin else _("your own"),
        "band": band,
        "chips": [asdict(chip) for chip in chips(cube, selection)],
        "measures": _options(explorer, "measure"),
        "measure": explorer.measure,
        "choices": _choices(explorer),
        "comparing": explorer.reference is not None,
        "undo": explorer.history.neighbour(-1) is not None,
        "redo": explorer.history.neighbour(1) is not None,
        "first": selection == explorer.start,
        "offer": offer(explorer.dataset, ""),
        "file": file_name(cube.name, selection.words(cube.lists)),
        "picture": {
            "selection": words,
            "synthetic": _("Synthetic data: not a publisher's figures") if synthetic else "",
            "source": _source(explorer),
        },
    }


def _choices(explorer: Shown) -> dict[str, list[dict]]:
    """The choices that stand on a card, by its view."""
    of = {"level": _("Level"), "mapped": _("Show"), "divide": _("Groups by")}
    found = {
        name: {"name": name, "label": label, "options": _options(explorer, name), "value": getattr(explorer, name)}
        for name, label in of.items()
    }
    tabled = [[title(view, explorer.state), view] for view in _answered(explorer)]
    terms = _terms(explorer)
    table = {"name": "tabled", "label": _("Table of"), "options": tabled, "value": explorer.tabled}
    return {"place": [found["mapped"], found["level"]], "groups": [found["divide"]], "model": [terms], "table": [table]}


def tabs(explorer: Shown) -> dict:
    """The table of figures and what is to be read of them: of the chosen view, or of the first that answers.

    Parameters
    ----------
    explorer : Shown

    Returns
    -------
    dict
        Parts of the screen; empty where no view answers.
    """
    answered = _answered(explorer)
    if not answered:
        return {}
    view = explorer.tabled if explorer.tabled in answered else answered[0]
    found = explorer.findings[view]
    return {"table": explorer.answers.table(view, explorer.state, found), "pages": pages(found, explorer.cube)}


def _answered(explorer: Shown) -> list[str]:
    return [view for view in VIEWS[1:] if isinstance(explorer.findings.get(view), Finding)]


def _terms(explorer: Shown) -> dict:
    """The terms of the regression: several can be chosen."""
    options = [[label, name] for label, name in explorer.possible_terms.items()]
    chosen = explorer.terms.split(",") if explorer.terms else list(TERMS)
    return {"name": "terms", "label": _("Terms"), "options": options, "value": chosen, "many": True}


def _options(explorer: Shown, name: str) -> list[list[str]]:
    return [[label, code] for label, code in explorer.param[name].objects.items()]


def _source(explorer: Shown) -> str:
    found = next((found for found in explorer.findings.values() if isinstance(found, Finding)), None)
    return _("Source: {source}").format(source=found.attribution) if found else ""


def _title(dataset: object) -> str:
    if isinstance(dataset, str):
        return translated(catalog()[dataset].title) if dataset in catalog() else dataset
    return getattr(dataset, "name", "") or _("No data set")


def _warnings(wrong: list[str]) -> list[str]:
    if not wrong:
        return []
    return [" ".join([_("The address asks for something that does not exist; it was left out."), *wrong])]


def offer(dataset: object, why: str) -> dict | None:
    """What of a data set that comes in parts can be loaded, and why nothing is shown.

    Parameters
    ----------
    dataset : name of an entry
    why : str
        In words; "" where something is shown.

    Returns
    -------
    dict or None
    """
    parts = catalog()[dataset].parameters if isinstance(dataset, str) and dataset in catalog() else {}
    if not parts and not why:
        return None
    listed = [{"name": name, "label": p["label"], "values": list(p["values"])} for name, p in parts.items()]
    return {"why": why, "parts": listed, "load": _("Load")}
