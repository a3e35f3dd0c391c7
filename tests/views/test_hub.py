"""A JupyterHub with its proxy on this machine: the tile of the launcher, the explorer of one user, closed to others."""

import os
import re
import shutil
import socket
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
PASSWORD = "a-password-that-the-test-knows"
SETTINGS = """c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.default_url = "/lab"
c.Spawner.env_keep.extend(["WORKBENCH_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"])
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.cookie_secret_file = {secret!r}
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.pid_file = {pid_file!r}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def proxy_of_node() -> str | None:
    """JupyterHub's own proxy. Its namesake in Python (0.4.0) drops a websocket's subprotocols, which Bokeh needs."""
    for folder in os.get_exec_path():
        found = shutil.which("configurable-http-proxy", path=folder)
        if found and "node" in Path(found).read_text(encoding="utf-8").partition("\n")[0]:
            return found
    return None


@pytest.fixture
def hub(served, lab_settings, tmp_path) -> str:
    """The address of a hub in which anybody who knows the password is a user."""
    for name in ("jupyterhub", "jupyter_server_proxy", "jupyterlab"):
        pytest.importorskip(name, reason=f"{name} is not installed (pip install {name.replace('_', '-')})")
    proxy = proxy_of_node()
    if proxy is None:
        pytest.skip("JupyterHub's proxy is not installed (npm install -g configurable-http-proxy)")
    settings = SETTINGS.format(
        password=PASSWORD,
        homes=str(tmp_path / "{username}"),
        python=sys.executable,
        hub_port=free_port(),
        secret=str(tmp_path / "secret"),
        proxy=proxy,
        pid_file=str(tmp_path / "proxy.pid"),
        proxy_port=free_port(),
    )
    (tmp_path / "hub.py").write_text(settings, encoding="utf-8")
    tile = "from workbench.cli.launcher import explorer\nc.ServerProxy.servers = {'workbench': explorer()}\n"
    folder = Path(os.environ["JUPYTER_CONFIG_DIR"])
    (folder / "jupyter_server_config.py").write_text(tile)  # as the entry point of an installed package does
    port = served("--config", str(tmp_path / "hub.py"), "--ip", "127.0.0.1", module="jupyterhub")
    address = f"http://127.0.0.1:{port}"
    for _attempt in range(120):  # the proxy listens before the hub does
        try:
            with urlopen(f"{address}/hub/login", timeout=10):
                return address
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the hub does not answer")


def enter(page, hub: str, name: str, ask: str = "/") -> None:
    """Log in, and wait where the hub leads."""
    page.goto(f"{hub}{ask}", timeout=60_000)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_user_of_a_hub_finds_the_tile_touches_the_explorer_behind_it_and_another_user_does_not_see_it(new_page, hub):
    page = new_page(1366, 1_200)
    enter(page, hub, "trainee")
    tile = page.locator(".jp-LauncherCard", has_text="OSH Workbench").first
    tile.wait_for(timeout=120_000)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "hub-launcher.png")
    with page.expect_popup() as opened:
        tile.click()
    address = opened.value.url
    assert re.fullmatch(rf"{hub}/user/trainee/workbench/?", address)
    opened.value.close()

    page.goto(f"{address}?dataset=esaw_synthetic", timeout=120_000)
    page.locator("svg[data-chart] .mark").first.wait_for(timeout=120_000)
    page.locator("summary", has_text="Sector").click()
    page.get_by_role("treeitem", name=re.compile("^Construction F")).or_(
        page.get_by_role("option", name=re.compile("^Construction F"))
    ).first.click()
    page.locator(".chip", has_text="Construction").first.wait_for()
    page.screenshot(path=SHOTS / "hub-explorer.png")
    assert (page.errors, page.outside) == ([], [])

    other = new_page(1366, 800)
    enter(other, hub, "colleague", "/hub/login")
    other.wait_for_url(re.compile("/user/colleague/|/hub/spawn|/hub/home"), timeout=120_000)
    refused = other.goto(address, timeout=60_000)
    assert refused.status in {403, 404}
    assert other.locator("svg[data-chart]").count() == 0
