"""The explorer as a service: it says that it lives, ends when it is asked to, and is a tile of JupyterLab."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from importlib import import_module
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def launcher() -> dict:
    """What the entry point of jupyter-server-proxy gives."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _colon, name = project["entry-points"]["jupyter_serverproxy_servers"]["workbench"].partition(":")
    return getattr(import_module(module), name)()


def test_the_tile_of_the_launcher_starts_a_service_that_the_proxy_may_ask_and_that_ends_cleanly(launcher, own_home):
    assert launcher["launcher_entry"]["title"] == "OSH Workbench"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in launcher["command"]]
    assert command[0] == sys.executable
    headers = {name: value.format(port=port) for name, value in launcher["request_headers_override"].items()}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ})
    try:
        for _attempt in range(600):
            assert process.poll() is None, process.stdout.read()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        with urlopen(Request(f"http://127.0.0.1:{port}/liveness", headers=headers), timeout=60) as answer:
            assert json.load(answer) == {"/liveness": True}
        process.send_signal(signal.SIGTERM)
        written, _none = process.communicate(timeout=60)
        assert process.returncode == 0, written
        assert "Traceback" not in written
    finally:
        process.kill()
        process.wait()
