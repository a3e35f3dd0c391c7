"""The page of an inspectorate as a server shows it, its address with it, and as the last line of a cell."""

from urllib.parse import urlencode

import panel as pn
import param
from panel.custom import JSComponent

from workbench.cubes.cube import Cube
from workbench.study.data import dimensions_of
from workbench.study.own_table import Table
from workbench.terms.languages import language
from workbench.terms.text import language_code, speaking
from workbench.views.guard import refuse_components
from workbench.views.inspectorate.choices import DATASET
from workbench.views.inspectorate.page import InspectoratePage
from workbench.views.links import language_of
from workbench.views.notebook import libraries
from workbench.views.screen import small_script

KEPT = ("lang", "theme")
"""What of an address is no choice of the page."""


class Address(JSComponent):
    """What stands behind the `?` of the page; Back and Forward are followed."""

    shown = param.List(default=["", False], doc="The query, and whether it is a step that Back undoes.")

    _esm = small_script("address.js")

    def __init__(self, page: InspectoratePage, lang: str):
        super().__init__(width=0, height=0, margin=0)
        self._page, self._lang = page, lang
        page.param.watch(self._write, ["address", "theme"])

    def _write(self, event) -> None:
        page = self._page
        kept = {"lang": self._lang, "theme": page.theme}
        usual = {"lang": "en", "theme": "auto"}
        more = urlencode({name: value for name, value in kept.items() if value != usual[name]})
        first = not self.shown[0]
        self.shown = ["&".join(filter(None, [page.address, more])), not first and event.name == "address"]

    def _handle_msg(self, query: str) -> None:
        self._page.follow(query)


def served_inspectorate() -> pn.Column:
    """The page: shown at once, and answered once the browser is there.

    Returns
    -------
    Column
    """
    query = {name: values[-1].decode(errors="replace") for name, values in pn.state.session_args.items()}
    lang = language_of(query, language_code())
    with speaking(language(lang)):
        page = InspectoratePage()
    if query.get("theme") in page.param.theme.objects:
        page.theme = query["theme"]
    address = urlencode({name: value for name, value in query.items() if name not in KEPT})
    pn.state.onload(lambda: page.follow(address))
    return pn.Column(page, Address(page, lang), sizing_mode="stretch_width", margin=0)


def inspectorate_page(source: str | Cube | Table = DATASET) -> InspectoratePage:
    """Where an inspectorate should look first, a plan within its days, and what a change of the plan does.

    Parameters
    ----------
    source : entry of the catalogue with accidents and people at risk, a cube, or a table of one's own

    Returns
    -------
    InspectoratePage
        Shown as the last line of a cell, or with `.servable()`; `ranking` and `plan` are the findings it shows, and
        `.code("plan")` the lines that find the same.

    Raises
    ------
    UnknownName
        For another name.
    """
    if isinstance(source, str):
        dimensions_of(source)  # a name that does not exist is answered before anything is shown
    refuse_components()
    libraries()
    page = InspectoratePage(source)
    page.follow()
    return page
