"""From the command to the painted map: the explorer from a cold start, next to an empty page of Panel.

A server is started in a process of its own and asked by Chromium as soon as it listens, over and over in turns; then
the wait until the map is painted (for the empty page: its word), and until it is for a second reader. Best and median
of the wall clock, the processor's time of the server, which a busy machine stretches less, and its memory. Then what
the package and its command take to start. Its modules are compiled, as an installation leaves them:
    python tests/benchmarks/bench_cold_start.py [RUNS]
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EXPLORER = [sys.executable, "-m", "workbench", "app", "--dataset", "esaw_synthetic", "--port"]
EMPTY = [
    sys.executable,
    "-c",
    "import sys, panel as pn; pn.extension(); pn.serve({'/': lambda: pn.pane.Markdown('There')}, "
    "port=int(sys.argv[1]), show=False)",
]
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
MOST = {"explorer": 4.0, "second": 1.5, "import": 0.1, "help": 0.3}  # seconds
MOST_MEMORY = 700  # megabytes resident

PAINTED = """() => {
  const charts = (root) => [...root.querySelectorAll("*")].flatMap((node) => [
    ...(node.matches("svg[data-chart=place]") ? [node] : []), ...(node.shadowRoot ? charts(node.shadowRoot) : [])])
  return charts(document).some((map) => map.querySelectorAll(".region.mark").length > 12)
}"""


def start(command: list[str], page: Page, home: Path, wait) -> tuple[float, float, float, float, float]:
    """Seconds until the server listens, until `wait(page)` is over, and of a second reader's page.

    Then the server's processor seconds before the second page, and its megabytes.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begin = time.perf_counter()
    environment = INSTALLED | {"WORKBENCH_HOME": str(home)}
    with subprocess.Popen([*command, str(port)], env=environment, stdout=subprocess.DEVNULL) as server:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None
            time.sleep(0.02)
        listening = time.perf_counter() - begin
        page.goto(f"http://localhost:{port}/", wait_until="commit")
        wait(page)
        over = time.perf_counter() - begin
        processor, memory = used(server.pid)
        page.wait_for_timeout(3_000)  # the first reader's page is whole by then
        second, begin = page.context.browser.new_page(viewport=page.viewport_size), time.perf_counter()
        second.goto(f"http://localhost:{port}/", wait_until="commit")
        wait(second)
        again = time.perf_counter() - begin
        second.close()
        server.terminate()
    return listening, over, again, processor, memory


def used(process: int) -> tuple[float, float]:
    """Processor seconds and resident megabytes of a process, as Linux tells them."""
    ticks = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def pages(runs: int) -> None:
    """Print the explorer and the empty page, taken in turns."""
    ways = {
        "explorer": (EXPLORER, lambda page: page.wait_for_function(PAINTED, polling=50)),
        "empty page": (EMPTY, lambda page: page.get_by_text("There").wait_for()),
    }
    measured = {name: [] for name in ways}
    with sync_playwright() as play, tempfile.TemporaryDirectory() as home:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for run in range(runs + 1):  # the first one fills the store and warms the disk's cache
            for name, (command, wait) in ways.items():
                page = browser.new_page(viewport={"width": 1500, "height": 1300})
                found = start(command, page, Path(home), wait)
                measured[name] += [found] if run else []
                page.close()
        browser.close()
    for name, found in measured.items():
        listening, over, again, processor, memory = (sorted(part) for part in zip(*found, strict=True))
        print(
            f"{name}: listens after {listening[0]:.1f} s, painted after {over[0]:.1f} s (median "
            f"{statistics.median(over):.1f}), for a second reader after {again[0]:.1f} s (median "
            f"{statistics.median(again):.1f}), server's processor {processor[0]:.1f} s, memory {memory[-1]:.0f} MB"
        )
    best, again = (min(one[part] for one in measured["explorer"]) for part in (1, 2))
    memory = max(one[-1] for one in measured["explorer"])
    print(f"budget: {MOST['explorer']:.0f} s from a cold start, {'kept' if best <= MOST['explorer'] else 'NOT kept'}; "
          f"{MOST['second']} s for a second reader, {'kept' if again <= MOST['second'] else 'NOT kept'}; "
          f"{MOST_MEMORY} MB resident, {'kept' if memory <= MOST_MEMORY else 'NOT kept'}")  # fmt: skip


def commands(runs: int) -> None:
    """Print the quickest of some runs of `import workbench` and `workbench --help`."""
    clock = "import time; start = time.perf_counter(); import workbench; print(time.perf_counter() - start)"

    def importing() -> float:
        command = [sys.executable, "-c", clock]
        return float(subprocess.run(command, env=INSTALLED, capture_output=True, text=True, check=True).stdout)

    def helping() -> float:
        begin = time.perf_counter()
        command = [sys.executable, "-m", "workbench", "--help"]
        subprocess.run(command, env=INSTALLED, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin

    for name, way in (("import", importing), ("help", helping)):
        best = min(way() for _run in range(runs))
        print(f"{name}: {best:.2f} s; budget {MOST[name]} s, {'kept' if best <= MOST[name] else 'NOT kept'}")


def main(runs: int) -> None:
    pages(runs)
    commands(2 * runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
