"""The explorer as a page that this machine serves; its address says what is shown, for links, Back and Forward."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import panel as pn
import param
from panel.custom import JSComponent

from workbench.study.data import dimensions_of
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.views.explorer import Explorer
from workbench.views.guard import guard, refuse_components


class Address(JSComponent):
    """What stands behind the `?` of a page that shows an explorer; Back and Forward are followed.

    An address that asks for something that does not exist stays as it is, so that the reader can correct it.
    """

    shown = param.List(default=["", False], doc="The query, and whether it is a step that Back undoes.")

    _esm = Path(__file__).with_name("address.js").read_text(encoding="utf-8")

    def __init__(self, explorer: Explorer, query: str, *, dataset: str):
        super().__init__(width=0, height=0, margin=0)
        self._explorer, self._dataset, self._following = explorer, dataset, False
        self._follow(query)
        explorer.param.watch(self._step, "address")

    def _follow(self, query: str) -> None:
        """Show what a query asks for, of the page's own data set where it names none."""
        self._following = True
        understood = self._explorer.follow({"dataset": self._dataset, **dict(parse_qsl(query, keep_blank_values=True))})
        self._following = False
        self.shown = [self._explorer.address if understood else "", False]

    def _step(self, event) -> None:
        if not self._following:
            self.shown = [event.new, True]

    def _handle_msg(self, query: str) -> None:
        self._follow(query)


def serve(
    *, port: int = 5006, dataset: str = "esaw_synthetic", hosts: Sequence[str] = (), frames: Sequence[str] = ()
) -> None:
    """Serve the explorer to this machine until it is stopped; the page's address holds data set and question.

    Parameters
    ----------
    port : of this machine
    dataset : the entry that is opened where an address names none
    hosts : further names under which the page may be asked for, with their port where it is not 80: those of a proxy
        on this machine (jupyter-server-proxy, a hub) as the reader's browser knows it
    frames : further sites that may show the page in a frame

    Raises
    ------
    UnknownName, Refused
        When the data set does not exist; when the port is in use.
    """
    dimensions_of(dataset)  # a name that does not exist is answered before anything is started
    pn.extension()

    def page() -> pn.Column:
        address = {name: values[-1].decode(errors="replace") for name, values in pn.state.session_args.items()}
        place = pn.Column(pn.pane.HTML(_("Opening the data…")), sizing_mode="stretch_width")

        async def fill() -> None:
            first = ready and address.get("dataset", dataset) == dataset
            shown = await asyncio.wrap_future(ready.pop()) if first else Explorer(None)
            place[:] = [shown, Address(shown, urlencode(address), dataset=dataset)]

        pn.state.onload(fill)
        return place

    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Refused(
                _("Port {port} is in use. Stop what runs there, or choose another with --port.").format(port=port)
            )
    # The first visitor's, made while the browser reads its scripts
    ready = [ThreadPoolExecutor(1).submit(Explorer, dataset)]
    print(_("OSH Workbench at http://localhost:{port}/ (stop with Ctrl+C)").format(port=port), flush=True)
    origins = [f"localhost:{port}", f"127.0.0.1:{port}"]
    refuse_components()
    server = pn.serve(
        {"/": page},
        port=port,
        address="127.0.0.1",
        show=False,
        start=False,
        title=_("OSH Workbench"),
        websocket_origin=[*origins, *hosts],
        verbose=False,
    )
    guard(server._tornado, hosts=hosts, frames=frames)  # Bokeh gives no public way to its application
    server.start()
    server.io_loop.start()
