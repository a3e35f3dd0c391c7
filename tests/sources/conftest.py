"""What tests of sources share: a publisher's server on this computer, and the page of faults, which they make."""

import hashlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


class Publisher:
    """A server on this computer that answers each request with the next of `answers`, the last one again and again."""

    def __init__(self):
        self.answers, self.asked = [], []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                publisher.asked.append((self.path, dict(self.headers)))
                answers = publisher.answers
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_which: None  # clients that hang up are what some tests are about
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def publisher(monkeypatch):
    """The server that stands in for every publisher, while there is no mirror."""
    server = Publisher()
    monkeypatch.setenv("WORKBENCH_LIVE_BASE", server.base)
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    yield server
    server.close()


@pytest.fixture
def check_row():
    """Assert that docs/faults.md has a row; with FAULT_TABLES, write it to that folder, for the page.

    Called with the section (a number, for the order, and a title), the titles of the columns, and the cells. Rows are
    put in order by their first cell.
    """

    def check(section: str, head: list[str], cells: list[str]) -> None:
        row = f"| {' | '.join(cells)} |"
        folder = os.environ.get("FAULT_TABLES")
        if not folder:
            assert row in PAGE.read_text(encoding="utf-8").splitlines(), f"{PAGE.name} has another outcome than {row}"
            return
        number, title = section.split(" ", 1)
        place = Path(folder) / number
        place.mkdir(parents=True, exist_ok=True)
        lines = ["", f"## {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", ""]
        (place / "0.md").write_text("\n".join(lines), encoding="utf-8")
        order = "".join(letter if letter.isalnum() else "-" for letter in cells[0])[:60]
        name = f"1-{order}-{hashlib.sha256(row.encode()).hexdigest()[:6]}.md"
        (place / name).write_text(row + "\n", encoding="utf-8")

    return check
