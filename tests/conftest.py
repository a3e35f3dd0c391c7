"""What all tests share: the publishers' mirror, a home of their own, and no way past the checks that CI requires."""

import gettext
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from workbench.disclosure_control import roles
from workbench.study import disclose
from workbench.terms.dimensions import DIMENSIONS

settings.register_profile("house", deadline=None, print_blob=True)  # machines differ; speed is measured elsewhere
settings.load_profile("house")

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
LOOPBACK = re.compile(r"(data:|blob:|about:|(http|ws)://(localhost|127\.0\.0\.1)[:/])")
REQUIRE_ALL = os.environ.get("WORKBENCH_REQUIRE_ALL") == "1"


class Pseudo(gettext.NullTranslations):
    """A language in which every message is seen to be translated, with its placeholders left as they are."""

    def gettext(self, message: str) -> str:
        return "⟦" + re.sub(r"(\{[^}]*\})|([a-z])", lambda found: found[1] or found[2].upper(), message) + "⟧"

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.gettext(one if n == 1 else many)


@pytest.fixture
def pseudo_language() -> gettext.NullTranslations:
    """A language that turns every message: what is not turned was not looked up."""
    return Pseudo()


@contextmanager
def _dimensions_as_before():
    """Dimensions of tables of one's own that a test makes known are known to that test alone."""
    before = set(DIMENSIONS)
    yield
    for name in set(DIMENSIONS) - before:
        del DIMENSIONS[name]


@pytest.fixture(autouse=True, scope="module")
def dimensions_of_the_module():
    """Those of its fixtures end with the module."""
    with _dimensions_as_before():
        yield


@pytest.fixture(autouse=True, scope="module")
def role_of_the_module():
    """A page served within a module asks for its visitors' roles until the module ends."""
    yield
    roles.serve(None)
    roles.role("")


@pytest.fixture(autouse=True)
def dimensions_of_the_test(dimensions_of_the_module):
    """Those of a test end with the test."""
    with _dimensions_as_before():
        yield


@pytest.fixture(autouse=True)
def figures_shown_by_the_test():
    """That a test has looked at all figures of persons is forgotten with it."""
    yield
    disclose._SESSION.has_shown_all = False


def skip_unless_required(reason: str) -> None:
    """Skip with a reason; where everything is required (CI), a check that cannot run has failed."""
    if REQUIRE_ALL:
        pytest.fail(f"required, but {reason}")
    pytest.skip(reason)


@pytest.fixture
def mirror(monkeypatch) -> Path:
    """The folder of the publishers' original files."""
    folder = os.environ.get("WORKBENCH_MIRROR")
    if not folder or not Path(folder).is_dir():
        skip_unless_required("WORKBENCH_MIRROR names no folder of publishers' files")
    monkeypatch.setenv("WORKBENCH_MIRROR", str(Path(folder).resolve()))
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def spark_home() -> Path:
    """The folder of Spark that comes with PySpark, where there is a Java to run it."""
    if shutil.which("java") is None:
        skip_unless_required("Java is not installed (apt-get install default-jre-headless)")
    return Path(pytest.importorskip("pyspark").__file__).parent


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch) -> Path:
    """Every test keeps its state in a folder of its own."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    for name in ("WORKBENCH_SOURCE", "WORKBENCH_ENGINE", "WORKBENCH_MEMORY"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium through Playwright; one browser for all tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        skip_unless_required("Chromium is not installed (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """Open a page: `new_page(width, height)`. Requests to other machines are stopped, and kept in `page.outside`."""
    opened = []

    def only_this_machine(route) -> None:
        if LOOPBACK.match(route.request.url):
            route.continue_()
        else:
            route.request.frame.page.outside.append(route.request.url)
            route.abort()

    def new(width: int = 1500, height: int = 1300, **options):
        page = chromium.new_page(viewport={"width": width, "height": height}, **options)
        page.errors, page.outside = [], []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("websocket", lambda socket: None if LOOPBACK.match(socket.url) else page.outside.append(socket.url))
        page.route("**/*", only_this_machine)
        opened.append(page)
        return page

    yield new
    for page in opened:
        page.close()


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
"""The rules of axe-core that stand for WCAG 2.2, levels A and AA."""


@pytest.fixture
def axe_faults():
    """`axe_faults(place)`: what axe-core finds against WCAG 2.2 AA in a place of a page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options = {"runOnly": WCAG, "resultTypes": ["violations"]}

    def faults(place) -> list[str]:
        place.page.evaluate(axe.axe_script)
        found = place.evaluate("(node, options) => axe.run(node, options)", options)
        assert len(found["passes"]) > 5
        return [f"{rule['id']}: {node['html'][:120]}" for rule in found["violations"] for node in rule["nodes"]]

    return faults


@contextmanager
def serving(home: Path):
    """Within the block, start commands that serve on a free port; each is ended by its process id."""
    started = []

    def start(*arguments: str, module: str = "workbench") -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = home / f"served-{port}.log"
        with log.open("w") as out:
            command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
            environment = os.environ | {"WORKBENCH_HOME": str(home)}
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, env=environment
            )
        started.append(process)
        for _attempt in range(300):
            assert process.poll() is None, log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.2)
        raise AssertionError(f"nothing listens on {port}: {log.read_text()}")

    try:
        yield start
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


@pytest.fixture
def served(own_home):
    """Start a command that serves on a free port; `start(arguments, module="workbench") -> port`."""
    with serving(own_home) as start:
        yield start


@pytest.fixture(scope="module")
def served_to_all(tmp_path_factory):
    """The same, once for all tests of a module: what they share is a server, not a session."""
    with serving(tmp_path_factory.mktemp("home")) as start:
        yield start
