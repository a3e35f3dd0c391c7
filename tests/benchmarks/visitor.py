"""A visitor of the served explorer without a browser: opens the page, touches over its websocket, waits for answers."""

import asyncio
import json
import re
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PATIENCE = 120
"""Seconds after which an answer is not waited for any longer."""


class Visitor:
    """One page of the explorer.

    `frames` are the texts that came last, `number` counts the questions that were answered.
    """

    def __init__(self, socket: WebSocketClientConnection):
        self._socket = socket
        self._screen, self.number = "", 0
        self.frames: list[str] = []

    @classmethod
    async def arrive(cls, port: int, query: str = "", *, path: str = "/", password: str = "") -> "Visitor":
        """Open the page as a browser does, and wait until every card is answered.

        Parameters
        ----------
        port : int
            Of this machine.
        query : str
            What stands behind the `?` of the address.
        path : str
            Where a proxy has put the explorer.
        password : str
            The token of a Jupyter server that is this proxy.

        Returns
        -------
        Visitor
        """
        head = {"Authorization": f"token {password}"} if password else {}
        address = f"localhost:{port}{path}"
        page = await AsyncHTTPClient().fetch(f"http://{address}?{query}", headers=head, request_timeout=PATIENCE)
        token = re.search(r'"token":"([^"]+)"', page.body.decode())[1]
        asked = HTTPRequest(f"ws://{address}ws?{query}", headers=head)
        visitor = cls(await websocket_connect(asked, subprotocols=["bokeh", token]))
        for _part in range(3):  # head, metadata and content of the acknowledgement
            await asyncio.wait_for(visitor._socket.read_message(), PATIENCE)
        await visitor._send("PULL-DOC-REQ", {})
        await visitor._event("document_ready", {"type": "map"})
        await visitor._answered()
        return visitor

    async def touch(self, **message: object) -> float:
        """Send what a touch of the screen sends, and wait until every card is answered.

        Parameters
        ----------
        message : plain values
            With `do`; what it may be stands in `workbench/views/messages.py`.

        Returns
        -------
        float
            Seconds.
        """
        start = time.perf_counter()
        entries = [["model", {"id": self._screen}], ["data", {"type": "map", "entries": list(message.items())}]]
        await self._event("data_event", {"type": "map", "entries": entries})
        await self._answered()
        return time.perf_counter() - start

    async def next_frames(self, seconds: float) -> list[str]:
        """What the server says by itself, until it ends the connection or some seconds have passed."""
        found = []
        try:
            while (frame := await asyncio.wait_for(self._socket.read_message(), seconds)) is not None:
                found.append(frame)
        except TimeoutError:
            pass
        self._socket.close()
        return found

    def leave(self) -> None:
        """Close the page."""
        self._socket.close(1001)  # as a browser does that goes to another page

    def cut(self) -> None:
        """Lose the connection, as a laptop does that falls asleep."""
        self._socket.protocol.stream.close()
        self._socket.close()

    async def _event(self, name: str, values: dict) -> None:
        event = {"type": "event", "name": name, "values": values}
        sent = {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
        await self._send("PATCH-DOC", {"events": [sent]})

    async def _send(self, kind: str, content: dict) -> None:
        for part in ({"msgid": uuid4().hex, "msgtype": kind}, {}, content):
            await self._socket.write_message(json.dumps(part))

    async def _answered(self) -> None:
        """Wait until the screen rests after one question more."""
        self.frames = []
        self.number += 1
        while True:
            frame = await asyncio.wait_for(self._socket.read_message(), PATIENCE)
            if frame is None:
                raise ConnectionError("the server has closed the page")
            self.frames.append(frame)
            if not self._screen:
                found = re.search(r'"id":"(p\d+)","attributes":\{"name":"Screen"', frame)
                self._screen = found[1] if found else ""
            if re.search(rf'"attr":"done","new":{self.number}\b', frame):
                return


def run_apart(work: Coroutine) -> object:
    """What a coroutine returns, run in a thread of its own: browser tests leave a running loop in the first one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()
