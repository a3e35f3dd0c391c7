"""The explorer as a page that this machine serves; its address says what is shown, for links, Back and Forward."""

import asyncio
import os
import signal
import socket
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib import import_module
from urllib.parse import urlencode

import panel as pn
import param
from bokeh.server.server import Server
from bokeh.util.warnings import BokehUserWarning
from panel.custom import JSComponent

from workbench.disclosure_control import roles
from workbench.study.data import dimensions_of
from workbench.terms.errors import Refused
from workbench.terms.languages import language
from workbench.terms.text import _, language_code, speaking
from workbench.views import links, sessions
from workbench.views.access import PROXY, role_of_visitor
from workbench.views.explorer import DATASET, Explorer
from workbench.views.guard import guard, refuse_components
from workbench.views.links import language_of
from workbench.views.screen import small_script

LOOPBACK = "127.0.0.1"
HERE = (LOOPBACK, "localhost", "::1")
SURVEY = "/survey"
"""Where the page of surveys is served."""
INSPECTORATE = "/inspectorate"
"""Where the page of an inspectorate is served."""
WEARABLES = "/wearables"
"""Where the page of wearables is served."""
OTHER_PAGES = {
    SURVEY: ("workbench.views.survey_page", "served_survey"),
    INSPECTORATE: ("workbench.views.inspectorate.served", "served_inspectorate"),
    WEARABLES: ("workbench.views.recording_page", "served_recordings"),
}
"""The other pages of the server: module and function. They are imported by their first visit (0.6 s of the start)."""
STEPS = {0: True, -1: "back", 1: "forward"}
"""What the page's address does with a change: a new step, or the step that Undo or Redo goes."""
LIMITS = {
    "unused_session_lifetime_milliseconds": 15 * 60_000,
    "check_unused_sessions_milliseconds": 15_000,
    "websocket_max_message_size": 5_000_000,
}
"""How long a page whose connection was cut is kept, and how much a browser may send at once."""


class Address(JSComponent):
    """What stands behind the `?` of a page that shows an explorer; Back and Forward are followed.

    An address that asks for something that does not exist stays as it is, so that the reader can correct it.
    """

    shown = param.List(
        default=["", False], doc="The query, and whether it is a step that Back undoes, or a step back or forward."
    )

    _esm = small_script("address.js")

    def __init__(self, explorer: Explorer, query: str, *, dataset: str):
        super().__init__(width=0, height=0, margin=0)
        self._explorer, self._dataset, self._following = explorer, dataset, False
        self._follow(query)
        explorer.param.watch(self._step, "address")

    def _follow(self, query: str) -> None:
        """Show what a query asks for, of the page's own data set where it names none."""
        self._following = True
        understood = self._explorer.follow({"dataset": self._dataset, **links.read(query)})
        self._following = False
        self.shown = [self._explorer.address if understood else "", False]

    def _step(self, event) -> None:
        if not self._following:
            self.shown = [event.new, STEPS[self._explorer.direction]]

    def _handle_msg(self, query: str) -> None:
        self._follow(query)


def serve(
    *,
    port: int = 5006,
    dataset: str = DATASET,
    host: str = LOOPBACK,
    hosts: Sequence[str] = (),
    frames: Sequence[str] = (),
) -> None:
    """Serve the explorer until it is stopped; the page's address holds data set and question.

    Parameters
    ----------
    port : of this machine
    dataset : the entry that is opened where an address names none
    host : the address to listen at; another than this machine's own lets others in, which is said in a warning
    hosts : further names under which the page may be asked for, with their port where it is not 80: those of a proxy
        on this machine (jupyter-server-proxy, a hub) as the reader's browser knows it
    frames : further sites that may show the page in a frame

    Raises
    ------
    UnknownName, Refused
        When the data set does not exist; when the port is in use.
    """
    dimensions_of(dataset)  # a name that does not exist is answered before anything is started
    pn.extension(raw_css=["body { margin: 0 }"], reconnect=True)  # a page that was cut off keeps its session
    # Bokeh's script (3.9) sends a component that the server added to a page back in full with its first touch: harmless
    warnings.filterwarnings("ignore", "reference already known", BokehUserWarning)
    with socket.socket() as probe:
        if probe.connect_ex((LOOPBACK, port)) == 0:
            raise Refused(
                _("Port {port} is in use. Stop what runs there, or choose another with --port.").format(port=port)
            )
    # The first visitor's, made while the browser reads its scripts
    shared = bool(hosts) or PROXY in os.environ or host not in HERE
    ready = [] if shared else [ThreadPoolExecutor(1).submit(Explorer.prepared, dataset)]
    roles.serve(partial(role_of_visitor, open_to_others=shared))
    print(_("OSH Workbench at http://localhost:{port}/ (stop with Ctrl+C)").format(port=port), flush=True)
    print(_("Surveys at http://localhost:{port}{path}").format(port=port, path=SURVEY), flush=True)
    print(_("For an inspectorate: http://localhost:{port}{path}").format(port=port, path=INSPECTORATE), flush=True)
    print(_("Wearables at http://localhost:{port}{path}").format(port=port, path=WEARABLES), flush=True)
    if host not in HERE:
        print(open_to_others(host), flush=True)
        hosts = (*hosts, f"{socket.gethostname()}:{port}", f"{host}:{port}")
    refuse_components()
    sessions.release_left_pages()
    sessions.lose_no_message()
    server = pn.serve(
        {
            "/": lambda: _page(dataset, ready),
            **{path: _once_visited(*place) for path, place in OTHER_PAGES.items()},
        },
        port=port,
        address=host,
        show=False,
        start=False,
        title=_("OSH Workbench"),
        websocket_origin=[f"localhost:{port}", f"{LOOPBACK}:{port}", *hosts],
        verbose=False,
        liveness=True,  # /liveness, for whoever watches the service
        **LIMITS,
    )
    guard(server._tornado, hosts=hosts, frames=frames)  # Bokeh gives no public way to its application
    server.start()
    _until_stopped(server)


def _until_stopped(server: Server) -> None:
    """Run until Ctrl+C or the end that a service manager asks for; tell the pages, then close sessions and port."""
    with suppress(NotImplementedError):  # Windows has no such handlers: there Ctrl+C ends the loop
        for ending in (signal.SIGINT, signal.SIGTERM):
            server.io_loop.asyncio_loop.add_signal_handler(ending, sessions.end, server)
    server.io_loop.start()
    server.stop()


def open_to_others(host: str) -> str:
    """The warning of a server that other machines reach.

    Parameters
    ----------
    host : str
        The address it listens at.

    Returns
    -------
    str
    """
    return _(
        "Warning: it listens at {host}: everybody who reaches this machine sees the data without a password, over a "
        "connection that is not encrypted. For a class only, in a network you trust; name the machine as the readers' "
        "browsers know it with --allow-host NAME:PORT."
    ).format(host=host)


def _once_visited(module: str, name: str) -> Callable[[], pn.viewable.Viewable]:
    """The function of one of the other pages; Panel calls plain functions, and shows what else can be called."""
    return lambda: getattr(import_module(module), name)()


def _page(dataset: str, ready: list[Future]) -> pn.Column:
    """A visitor's page: filled once the browser is there; the first one finds its explorer made."""
    given = {name: [value.decode(errors="replace") for value in v] for name, v in pn.state.session_args.items()}
    address = urlencode(given, doseq=True)
    query = links.read(address)
    with speaking(language(language_of(query, language_code()))):
        opening = pn.pane.HTML(_("Opening the data…"), margin=24)
    place = pn.Column(opening, sizing_mode="stretch_width", margin=0)

    async def fill() -> None:
        first = ready and query.get("dataset", dataset) == dataset
        shown = await asyncio.wrap_future(ready.pop()) if first else Explorer(None)
        sessions.shows(pn.state.curdoc, shown)
        place[:] = [shown, Address(shown, address, dataset=dataset)]
        if first:
            shown.history.begin()
            shown.finish()

    pn.state.onload(fill)
    return place
