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

from tests.benchmarks.visitor import Visitor, run_apart

ROOT = Path(__file__).parents[2]


@pytest.fixture
def launcher() -> dict:
    """What the entry point of jupyter-server-proxy gives."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _colon, name = project["entry-points"]["jupyter_serverproxy_servers"]["workbench"].partition(":")
    return getattr(import_module(module), name)()


async def told_of_the_end(port: int, process: subprocess.Popen) -> tuple[str, float]:
    """What a page is told when the service is asked to end, and the seconds until its connection is closed."""
    visitor = await Visitor.arrive(port)
    process.send_signal(signal.SIGTERM)
    start = time.monotonic()
    frames = await visitor.next_frames(30)
    return "".join(frames), time.monotonic() - start


def test_the_tile_of_the_launcher_starts_a_service_that_the_proxy_may_ask_and_that_tells_its_pages_when_it_ends(
    launcher, own_home
):
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
        told, seconds = run_apart(told_of_the_end(port, process))
        assert "The server is being stopped." in told
        assert seconds < 15  # one second of farewell; the rest is for a machine at work
        written, _none = process.communicate(timeout=60)
        assert process.returncode == 0, written
        assert "Traceback" not in written
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def hub_like_server(tmp_path, own_home) -> int:
    """A Jupyter server under the address that a hub gives to one of its users, with jupyter-server-proxy: its port."""
    pytest.importorskip("jupyter_server_proxy")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--ip=127.0.0.1", "--no-browser", "--allow-root", f"--ServerApp.root_dir={tmp_path}",
               f"--IdentityProvider.token={PASSWORD}", f"--ServerApp.base_url={BASE}"]  # fmt: skip
    folders = {name: str(tmp_path / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    command = [sys.executable, "-m", "jupyter_server", *options]
    folder = Path(folders["JUPYTER_CONFIG_DIR"])
    folder.mkdir()
    tile = "from workbench.cli.launcher import explorer\nc.ServerProxy.servers = {'workbench': explorer()}\n"
    (folder / "jupyter_server_config.py").write_text(tile)  # as the entry point of an installed package does
    log = tmp_path / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **folders})
    try:
        for _attempt in range(600):
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


PASSWORD, BASE = "a-token-that-the-test-knows", "/user/trainee/"


def test_behind_jupyter_server_proxy_the_explorer_answers_touches_to_its_user_and_to_nobody_else(hub_like_server):
    address = f"http://127.0.0.1:{hub_like_server}{BASE}"
    own = {"Authorization": f"token {PASSWORD}"}
    with urlopen(Request(f"{address}server-proxy/servers-info", headers=own), timeout=60) as answer:
        listed = json.load(answer)["server_processes"]
    server, *_of_the_installed_entry = (one for one in listed if one["name"] == "workbench")
    assert server["launcher_entry"]["title"] == "OSH Workbench"

    async def touched() -> str:
        visitor = await Visitor.arrive(hub_like_server, path=f"{BASE}workbench/", password=PASSWORD)
        await visitor.touch(do="touch", view="groups", key=["F"], add=False)
        visitor.leave()
        return "".join(visitor.frames)

    assert "construction (F)" in run_apart(touched())
    with urlopen(Request(f"{address}workbench/liveness", headers=own), timeout=60) as answer:
        assert json.load(answer) == {"/liveness": True}
    with urlopen(f"{address}workbench/liveness", timeout=60) as answer:
        assert "/login" in answer.url
