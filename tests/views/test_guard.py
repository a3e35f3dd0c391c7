"""What a served explorer refuses, asked of real servers on this machine."""

import http.client
import os
import socket
import subprocess
import sys
import time

import pytest

from workbench.disclosure_control import roles
from workbench.terms.errors import Refused
from workbench.views.faults import in_words
from workbench.views.guard import most_sessions

MARKER = "marker_of_an_import"
PAGE = "import workbench as wb\nwb.explorer('esaw_synthetic').servable()\n"


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.fixture
def marker(tmp_path, monkeypatch):
    """A module that leaves a file behind when anything imports it."""
    (tmp_path / f"{MARKER}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()\nclass A: css = ['x']\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return tmp_path / "imported"


@pytest.fixture
def panel_served(tmp_path):
    """A script with an explorer in it, served by `panel serve`."""
    script = tmp_path / "page.py"
    script.write_text(PAGE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", str(script), "--port", str(port), "--address", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _attempt in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    yield port
    process.terminate()
    process.wait(timeout=20)


ADDRESSES = [
    f"/components/{MARKER}/A/css/x",
    "/components/workbench.__main__/a/css/x",
    "/components/this/A/css/x",
    f"/components/{MARKER}",
    "/components/",
]


def test_no_address_imports_a_module(served, marker):
    port = served("app")
    assert [get(port, address).status for address in ADDRESSES] == [404] * len(ADDRESSES)
    assert not marker.exists()
    assert get(port, "/").status == 200  # the server is still there


def test_nor_does_one_of_an_explorer_that_panel_serves(marker, panel_served):
    assert get(panel_served, "/page").status == 200  # from the first page on
    assert get(panel_served, f"/components/{MARKER}/A/css/x").status == 404
    assert not marker.exists()


def test_a_page_answers_to_its_own_names_and_says_who_may_frame_it(served):
    port = served("app", "--allow-host", "hub.example.org:443", "--allow-frame", "https://example.org")
    hosts = [
        "localhost",
        f"127.0.0.1:{port}",
        "hub.example.org:443",
        "evil.example",
        f"evil.example:{port}",
        "localhost.evil",
    ]
    assert [get(port, "/", Host=host).status for host in hosts] == [200, 200, 200, 403, 403, 403]
    page = get(port, "/")
    assert page.headers["Content-Security-Policy"] == "frame-ancestors 'self' https://example.org"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert page.headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=()"
    for path in ("/static/js/bokeh.min.js", "/no-such-page"):
        assert "frame-ancestors" in get(port, path).headers["Content-Security-Policy"]


PATHS = [
    "/?dataset=no_such_entry",
    "/?q=%00%FF&dataset=..%2F..",
    "/?" + "x" * 5000,
    "/no-such-page",
    "/ws",
    "/static/../../etc/passwd",
    "/static/extensions/panel/no.js",
    "/autoload.js",
    "/metadata",
    "/liveness",
    "/rest/x",
]


def test_no_answer_holds_a_stack_trace_or_a_path_of_the_machine(served, monkeypatch, tmp_path):
    users = tmp_path / "users.yml"
    users.write_text("- a list")
    monkeypatch.setenv("WORKBENCH_USERS", str(users))
    monkeypatch.setenv("WORKBENCH_PROXY", "127.0.0.1")
    port = served("app")
    for path in PATHS:
        for headers in ({}, {"X-Forwarded-User": "ada"}, {"Bokeh-Session-Id": "x"}):
            text = body(port, path, **headers)
            assert "Traceback" not in text and 'File "' not in text, path
            assert "site-packages" not in text and str(tmp_path) not in text, path


def body(port: int, path: str, **headers: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers=headers)
    with connection.getresponse() as response:
        text = response.read().decode(errors="replace")
    connection.close()
    return text


def test_a_page_has_no_more_visitors_at_once_than_it_takes(served, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MOST_SESSIONS", "2")
    port = served("app")
    pages = [get(port, "/") for _visitor in range(4)]
    assert [page.status for page in pages] == [200, 200, 503, 503]
    assert pages[-1].headers["Retry-After"] == "120"
    assert "frame-ancestors" in pages[-1].headers["Content-Security-Policy"]
    assert get(port, "/liveness").status == 200
    assert "as many visitors as it takes" in body(port, "/")


@pytest.mark.parametrize("text", ["0", "many", "-3", "1.5"])
def test_a_number_of_visitors_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MOST_SESSIONS", text)
    with pytest.raises(Refused, match="WORKBENCH_MOST_SESSIONS is the number of pages open at once"):
        most_sessions()


def test_a_fault_is_told_to_visitors_without_what_a_library_said(caplog):
    fault = ValueError("row 17: ITF61, 43 years, records.xml")
    assert "row 17" in in_words(fault)  # on one's own machine
    roles.serve(lambda: "public")
    assert in_words(fault).startswith("This is a fault of the workbench. The log of the server")
    assert "row 17" not in in_words(fault)
    roles.serve(None)


def websocket(port: int, origin: str) -> int:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "bokeh, e30.e30",
    }
    return get(port, "/ws", Origin=origin, **upgrade).status


def test_a_websocket_opens_for_the_names_of_the_page_only(served):
    port = served("app", "--allow-host", "hub.example.org:443")
    assert websocket(port, "https://evil.example") == 403
    assert websocket(port, f"http://localhost:{port + 1}") == 403
    assert websocket(port, f"http://localhost:{port}") != 403
    assert websocket(port, "https://hub.example.org:443") != 403
