"""From a touch of a sector or a year to the painted cards: Python, transfer and paint apart, in Chromium.

The server runs in this process, so that what Python takes can be told from the way there and back. The twin's cube has
640,000 cells of NUTS 2; it stands for the forty million accidents that its cells count. Of NUTS 3 the accidents of five
million records are counted, in a cube that is made of them: there are no people at risk by NUTS 3 to divide by.
python tests/benchmarks/bench_explorer_click.py [--level nuts3] [--records N]
"""

import argparse
import os
import shutil
import socket
import statistics
import tempfile
import time
from dataclasses import dataclass

import numpy as np
import panel as pn
from playwright.sync_api import Page, sync_playwright
from rows_of_twin import rows_of_twin

from workbench.cubes import build
from workbench.cubes.cube import Cube
from workbench.engine.rows import parquet_folder
from workbench.views.explorer import Explorer
from workbench.views.turns import Turns

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WINDOW = ("place", "time", "groups", "people")
"""Cards that count as painted, besides the key figures: what a screen of 1080 lines shows."""
TIMES = 24
RECORDS = 5_000_000
BUDGET = {"nuts2": 200, "nuts3": 300}  # milliseconds from touch to painted, 95th percentile
SWITCHED = 1.5  # times the median, the first touch of a view that was not touched before
WHOLE = 600  # milliseconds until all cards and the table are there

TOUCH = """async ([view, place]) => {
  const find = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.matches(`svg[data-chart=${view}]`)) return node
      const found = node.shadowRoot && find(node.shadowRoot)
      if (found) return found
    }
  }
  performance.clearMarks()
  const options = find(document).querySelectorAll("[role=option]")
  options[place % options.length].dispatchEvent(new MouseEvent("click", {bubbles: true}))
  while (!performance.getEntriesByName("wb-rest").length) await new Promise((done) => setTimeout(done, 5))
  return performance.getEntriesByType("mark").map((mark) => [mark.name, mark.startTime])
}"""


@dataclass
class Clock:
    """What Python took for the views of the window, of the touch that is timed."""

    wall: float = 0.0
    processor: float = 0.0

    def watch(self) -> None:
        """Time what makes the parts of the screen, for the views of the window."""
        parts = Turns._parts

        def timed(turns: Turns, views: tuple[str, ...]) -> dict:
            start, busy = time.perf_counter(), time.thread_time()
            found = parts(turns, views)
            if "total" in views:
                self.wall += 1000 * (time.perf_counter() - start)
                self.processor += 1000 * (time.thread_time() - busy)
            return found

        Turns._parts = timed


def by_nuts3(records: int) -> Cube:
    """A cube of records of the twin by NUTS 3."""
    dims = ["nuts3", "nace1", "sex", "age_group", "year", "severity"]
    return build.from_table(parquet_folder(rows_of_twin(records)), dims)


def served(dataset: str | Cube) -> int:
    """The explorer on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    pn.extension()
    origin = [f"localhost:{port}"]
    pn.serve(
        {"/": lambda: Explorer(dataset)},
        port=port,
        address="127.0.0.1",
        websocket_origin=origin,
        show=False,
        threaded=True,
    )
    return port


def touched(page: Page, clock: Clock, view: str, place: int) -> dict[str, float]:
    """Milliseconds of one touch: until the window is painted, its parts, and until all is there."""
    clock.wall = clock.processor = 0.0
    marks = dict(page.evaluate(TOUCH, [view, place]))
    start = marks["wb-touch"]
    painted = [marks[f"wb-painted-{name}"] for name in WINDOW if f"wb-painted-{name}" in marks]
    paint = sum(marks[f"wb-painted-{n}"] - marks[f"wb-told-{n}"] for n in WINDOW if f"wb-painted-{n}" in marks)
    total = max(painted) - start
    return {
        "total": total,
        "python": clock.wall,
        "processor": clock.processor,
        "paint": paint / max(len(painted), 1),
        "whole": marks["wb-rest"] - start,
    }


def main(level: str, records: int) -> None:
    """Touches of sectors and years in turn, each another question; then of other views; whether the budget holds."""
    os.environ["WORKBENCH_HOME"] = tempfile.mkdtemp()
    clock = Clock()
    clock.watch()
    port = served(by_nuts3(records) if level == "nuts3" else "esaw_synthetic")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"http://localhost:{port}/")
        page.locator(".wb[data-state=rest]").wait_for(timeout=120_000)
        page.get_by_role("combobox", name="Level", exact=True).select_option(level)
        page.wait_for_timeout(3_000)
        found = [touched(page, clock, ("groups", "time")[n % 2], n // 2) for n in range(TIMES + 4)][4:]
        switched = [touched(page, clock, view, place)["total"] for view, place in (("place", 40), ("people", 3))]
        browser.close()
    typical = {name: statistics.median(one[name] for one in found) for name in found[0]}
    worst = {name: float(np.quantile([one[name] for one in found], 0.95)) for name in found[0]}
    transfer = statistics.median(one["total"] - one["python"] - one["paint"] for one in found)
    load, budget, ratio = os.getloadavg()[0], BUDGET[level], max(switched) / typical["total"]
    print(f"{TIMES} touches, {level}, 1920 x 1080; load of the machine {load:.1f} on {os.cpu_count()} processors")
    print(f"window painted: median {typical['total']:.0f} ms, 95th percentile {worst['total']:.0f} ms")
    print(f"  Python {typical['python']:.0f} ms ({typical['processor']:.0f} ms of processor, ", end="")
    print(f"95th percentile {worst['processor']:.0f}), paint {typical['paint']:.0f} ms, transfer {transfer:.0f} ms")
    print(f"all cards and the table: median {typical['whole']:.0f} ms, 95th percentile {worst['whole']:.0f} ms")
    print(f"first answer after switching to another view: {ratio:.1f} times the median; budget {SWITCHED}, ", end="")
    print("kept" if ratio <= SWITCHED else "NOT kept")
    print(f"budget {budget} ms for the window, {'kept' if worst['total'] <= budget else 'NOT kept'}; ", end="")
    print(f"{WHOLE} ms for all, {'kept' if worst['whole'] <= WHOLE else 'NOT kept'}")
    os._exit(0)  # the server's thread does not end by itself


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--level", choices=sorted(BUDGET), default="nuts2")
    options.add_argument("--records", type=int, default=RECORDS)
    main(**vars(options.parse_args()))
