"""What a server sends to its pages arrives, whatever else is being written."""

import asyncio

from bokeh.document import Document
from panel.io import document as panel_document

from tests.benchmarks.visitor import run_apart
from workbench.views import sessions


class Socket:
    """What a page is connected by; it takes messages while `free` is set."""

    def __init__(self):
        self.free, self.taken = asyncio.Event(), []

    async def take(self, message: object) -> None:
        await self.free.wait()
        self.taken.append(message)


class Connection:
    """As Bokeh's, with a protocol whose messages are the events themselves."""

    def __init__(self):
        self._socket, self.protocol = Socket(), self

    def create(self, _kind: str, events: list[str]) -> str:
        return events[0]


async def sent_while_another_is_written() -> list[str]:
    """What arrives of a second message that is scheduled at the moment in which the first has been written."""
    document, connection = Document(), Connection()
    panel_document.schedule_write_events(document, [connection], ["first"])
    await asyncio.sleep(0.01)  # it is being written now
    connection._socket.free.set()
    await asyncio.sleep(0)  # its task is to end next
    panel_document.schedule_write_events(document, [connection], ["second"])
    await asyncio.sleep(0.2)
    return connection._socket.taken


def test_a_message_that_is_sent_while_another_is_written_arrives(monkeypatch):
    handlers = {Socket: lambda connection, msg: [asyncio.ensure_future(connection._socket.take(msg))]}
    monkeypatch.setattr(panel_document, "extra_socket_handlers", handlers)
    sessions.lose_no_message()
    assert run_apart(sent_while_another_is_written()) == ["first", "second"]
