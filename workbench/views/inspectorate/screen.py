"""The screen of the inspectorate's page: one script with the explorer's own charts, told in parts what it shows."""

from collections.abc import Callable
from pathlib import Path

import param

from workbench.terms.languages import LANGUAGES
from workbench.terms.text import _, language_code
from workbench.views.inspectorate.choices import BOUNDS
from workbench.views.inspectorate.planning import limits
from workbench.views.inspectorate.ranking import criteria
from workbench.views.screen import FOLDER, PartedScreen

OWN = Path(__file__).parent
SHARED = ("tell", "dom", "patterns", "brush", "chart", "map", "rows", "save", "table", "menus", "keys")
"""The parts of the explorer's script that this screen is made of too."""
FORMS = {
    "days": "whole",
    "years_ahead": "whole",
    "evenness": "times",
    **dict.fromkeys(("notifications", "at_random", "presence"), "share"),
}
"""How the figures of the plan's sliders are written."""
PARTS = ("controls", "steps", "frame")


def _script() -> str:
    shared = [(FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in SHARED]
    return "\n".join([*shared, *((OWN / f"{part}.js").read_text(encoding="utf-8") for part in PARTS)])


class Screen(PartedScreen):
    """The inspectorate's page as a browser draws it."""

    ranking = param.String(doc="The first step.")
    plan = param.String(doc="The second step.")
    comparison = param.String(doc="The third step.")
    ahead = param.String(doc="The fourth step.")
    notified = param.String(doc="The fifth step.")

    _esm = _script()
    _stylesheets = [(folder / "screen.css").read_text(encoding="utf-8") for folder in (FOLDER, OWN)]

    def __init__(self, touched: Callable[[object], None]):
        super().__init__(touched, words())


def words() -> dict:
    """What the frame itself says.

    Returns
    -------
    dict
        Texts by name, and the sliders of each step.
    """
    return {
        "lang": language_code(),
        "language": _("Language: {language}"),
        "languages": LANGUAGES,
        "title": _("Where to look first"),
        "about": _("Risk ranking and a programme for a labour inspectorate"),
        "skip": _("Skip to the ranking"),
        "actions": _("Actions"),
        "pages": [[_("Explorer"), "."], [_("Surveys"), "survey"]],
        "steps": [_("Where is the risk"), _("Plan"), _("Compare"), _("Years ahead"), _("Notifications")],
        "steps_label": _("Steps"),
        "dataset": _("Data"),
        "by": _("Groups"),
        "region": _("Country"),
        "everywhere": _("All countries"),
        "year": _("Year"),
        "criteria": {name: _slider(name, label, "times") for name, label in criteria().items()},
        "criteria_title": _("What counts, and how much"),
        "criteria_about": _("The weights are yours. At 1, rate and people together are the expected accidents."),
        "limits": {name: _slider(name, label, FORMS[name]) for name, label in limits().items()},
        "limits_title": _("Days and rules"),
        "interventions_title": _("What is done"),
        "source": _("Source"),
        "assumed": _("your assumption"),
        "code": _("Code"),
        "export": _("Export"),
        "share": _("Share"),
        "theme": _("Colours: {theme}"),
        "themes": {"auto": _("as the system"), "light": _("light"), "dark": _("dark")},
        "reset": _("Start again"),
        "notified_about": _("The days are those kept for notifications in the plan. Urgent ones go first."),
        "ahead_about": _("Each policy goes on year after year on the twin, whose true rates are known."),
        "compare_title": _("Two plans"),
        "compare_about": _("The first plan is this one, the second is A. Both are taken at the same draws."),
        "keep": _("Keep this plan as A"),
        "drop": _("Forget A"),
        "close": _("Close"),
        "copy": _("Copy"),
        "copied": _("Copied"),
        "link": _("Link to this page as it is"),
        "waiting": _("Calculating"),
        "search": _("Search the table"),
        "rows": _("{n} of {all} rows"),
        "more": _("Show more rows"),
        "table": _("Table"),
        "notes": _("Notes and limits"),
        "sources": _("Sources"),
        "reports": _("Fairness and coverage"),
        "key": _("Key"),
        "kind": _("What kind of data these are"),
        "closer": _("Closer"),
        "farther": _("Farther away"),
        "whole": _("The whole map"),
    }


def _slider(name: str, label: str, form: str) -> dict:
    bounds = BOUNDS[name]
    return {"label": label, "least": bounds.least, "most": bounds.most, "step": bounds.step, "form": form}
