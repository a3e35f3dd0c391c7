"""The pages of a server: one that its reader leaves goes at once, no message is lost, and all are told of the end."""

from functools import cache, partial
from weakref import WeakKeyDictionary, ref

from bokeh.document import Document
from bokeh.server.server import Server
from bokeh.server.views.ws import WSHandler
from panel.io import document as panel_document

from workbench.terms.text import _, speaking
from workbench.views.explorer import Explorer

LEFT = (1000, 1001)
"""How a browser closes the connection of a page that is left: RFC 6455, 7.4.1. One that is cut says nothing."""
FAREWELL = 1.0
"""Seconds from the wish that the server ends to its end: its pages are told meanwhile."""
_SHOWN: WeakKeyDictionary[Document, ref[Explorer]] = WeakKeyDictionary()
"""The explorers of the pages that are open; it keeps neither alive: a page that is closed goes, with its answers."""


def shows(document: Document, explorer: Explorer) -> None:
    """Remember what a page shows, as long as it is open.

    Parameters
    ----------
    document : Document
    explorer : Explorer
    """
    _SHOWN[document] = ref(explorer)


@cache
def release_left_pages() -> None:
    """Let go of a page when its reader leaves it; one whose connection was cut is kept, so that it can come back.

    Bokeh 3.9 keeps both alike, for as long as `unused_session_lifetime_milliseconds` says. A page holds about 5 MB, and
    a class that loads its pages anew would fill the memory. It holds for every Bokeh server of this process.
    """
    lost = WSHandler.on_close

    def on_close(handler: WSHandler) -> None:
        session = handler.connection.session if handler.connection else None
        lost(handler)
        if session is not None and handler.close_code in LEFT and session.connection_count == 0:
            session.request_expiration()

    WSHandler.on_close = on_close


@cache
def lose_no_message() -> None:
    """Write what is to be sent to a page while another message is being written, which Panel (1.9.4) may forget.

    Panel writes such messages in tasks. One that ends takes the mark away by which the next one sees that there is
    something to write: that one then ends too, and its message waits for the next touch, which may never come. It
    holds for every server of this process.
    """
    write = panel_document._dispatch_msgs

    async def written(document: Document) -> None:
        if document in panel_document._WRITE_MSGS:
            panel_document._WRITE_BLOCK[document] = True
        await write(document)

    panel_document._dispatch_msgs = written


def end(server: Server) -> None:
    """Tell every page that its server ends, and end it soon after.

    Parameters
    ----------
    server : Server
    """
    for session in server.get_sessions():
        session.document.add_next_tick_callback(partial(_say_farewell, session.document))
    server.io_loop.call_later(FAREWELL, server.io_loop.stop)


def _say_farewell(document: Document) -> None:
    known = _SHOWN.get(document)
    explorer = known() if known else None
    if explorer is not None:
        with speaking(explorer.translations):
            explorer.warn(_("The server is being stopped. What is shown stays; load the page again once it runs."))
