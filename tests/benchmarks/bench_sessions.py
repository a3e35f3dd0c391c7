"""A class at work: visitors over websockets who change a filter every two seconds, and the memory of many sessions.

A class that does an exercise asks for years and sectors, and so again and again what somebody has asked before, which
the server has kept; a class of researchers touches regions, sexes and ages too, and hardly ever asks the same: each is
measured. The server is `workbench app` in a process of its own; the visitors are processes of their own, whose
processor time is stated apart. A click counts until the screen rests: all that its reader sees is answered. What nobody
sees comes after it where there is time, and waits where others ask; its processor time counts in either case.
    python tests/benchmarks/bench_sessions.py [--visitors 30] [--seconds 300] [--sessions 200]
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Manager
from random import Random
from threading import Barrier
from urllib.request import urlopen

import numpy as np
import psutil
from visitor import Visitor

EVERY = 2.0  # seconds between two touches of a visitor
CLIENTS = 2  # processes that the visitors are spread over
PYTHON, ANSWERED, LIVENESS, MEMORY = 50, 500, 250, 1.1  # ms of processor a click, ms p95, ms p99, times
YEARS, SECTORS = range(2010, 2024), "ABCDEFGHIJKLMNOPQRS"
REGIONS = ("ITF6", "ES61", "FRK2", "DEA1", "PL91", "NL33", "BE21", "SE11", "PT17", "CZ02", "AT13", "FI1B", "HU11")
PEOPLE = [(sex, band) for sex in "MF" for band in ("Y15-24", "Y25-34", "Y35-44", "Y45-54", "Y55-64")]


def touch_of(visitor: int, number: int) -> dict:
    """The filter that a visitor takes next: years and sectors in turn, each visitor begins at another."""
    if number % 2:
        year = YEARS[(visitor * 5 + number // 2) % len(YEARS)]
        return {"do": "touch", "view": "time", "key": [str(year)], "add": False}
    sector = SECTORS[(visitor * 3 + number // 2) % len(SECTORS)]
    return {"do": "touch", "view": "groups", "key": [sector], "add": False}


def new_touch_of(visitor: int, number: int) -> dict:
    """The same with regions, sexes and ages: what is asked hardly ever was asked before."""
    random = Random(1000 * visitor + number)
    view, keys = (
        ("time", [(str(year),) for year in YEARS]),
        ("groups", [(sector,) for sector in SECTORS]),
        ("place", [(region,) for region in REGIONS]),
        ("people", PEOPLE),
    )[number % 4]
    return {"do": "touch", "view": view, "key": [*random.choice(keys)], "add": False}


CLASSES = {"an exercise": touch_of, "research": new_touch_of}


def start() -> tuple[psutil.Process, int]:
    """The service on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"WORKBENCH_HOME": tempfile.mkdtemp()}
    command = [sys.executable, "-m", "workbench", "app", "--dataset", "esaw_synthetic", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    for _attempt in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return psutil.Process(process.pid), port
        time.sleep(0.2)
    raise TimeoutError("the service did not start")


async def visit(visitor: Visitor, kind: str, place: int, seconds: float) -> list[float]:
    """One visitor: seconds of each of its clicks."""
    await asyncio.sleep(EVERY * (place % 15) / 15)
    end, taken = time.monotonic() + seconds, []
    while time.monotonic() < end:
        taken.append(await visitor.touch(**CLASSES[kind](place, len(taken))))
        await asyncio.sleep(max(0.0, EVERY - taken[-1]))
    visitor.leave()
    return taken


def visits(
    port: int, kind: str, places: list[int], seconds: float, ready: Barrier
) -> tuple[list[list[float] | str], float]:
    """Several visitors in one process: what each found or what went wrong, and the processor's seconds."""

    async def all_of_them() -> list:
        visitors = [await Visitor.arrive(port) for _place in places]
        await asyncio.to_thread(ready.wait)  # all pages are open before the first click
        work = (visit(visitor, kind, place, seconds) for visitor, place in zip(visitors, places, strict=True))
        return await asyncio.gather(*work, return_exceptions=True)

    found = [repr(one) if isinstance(one, BaseException) else one for one in asyncio.run(all_of_them())]
    return found, time.process_time()


def liveness(port: int, seconds: float) -> list[float]:
    """Milliseconds of each look at /liveness, two a second."""
    end, taken = time.monotonic() + seconds, []
    while time.monotonic() < end:
        start = time.perf_counter()
        urlopen(f"http://localhost:{port}/liveness", timeout=60).read()
        taken.append(1000 * (time.perf_counter() - start))
        time.sleep(0.5)
    return taken


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1e6


def busy(process: psutil.Process) -> float:
    """Seconds of processor that a process has used."""
    times = process.cpu_times()
    return times.user + times.system


def a_class(kind: str, visitors: int, seconds: float) -> list[str]:
    """Visitors at work in one of CLASSES; lines of the table."""
    server, port = start()
    try:
        asyncio.run(_warm(port))
        memory, used = megabytes(server), busy(server)
        with Manager() as manager, ProcessPoolExecutor(CLIENTS + 1) as pool:
            ready = manager.Barrier(CLIENTS + 1)
            places = [[*range(n, visitors, CLIENTS)] for n in range(CLIENTS)]
            running = [pool.submit(visits, port, kind, own, seconds, ready) for own in places]
            ready.wait()
            opened, used = busy(server) - used, busy(server)
            watching = pool.submit(liveness, port, seconds)
            halves = _halves(server, running)
            found = [one.result() for one in running]
            alive = watching.result()
        used = busy(server) - used
    finally:
        server.terminate()
        server.wait(30)
    wrong = [one for ones, _processor in found for one in ones if isinstance(one, str)]
    clicks = [1000 * one for ones, _processor in found for taken in ones if not isinstance(taken, str) for one in taken]
    per_click = 1000 * used / max(len(clicks), 1)
    p95, p99 = np.quantile(clicks or [np.inf], 0.95), np.quantile(alive, 0.99)
    growth = halves[1] / halves[0]
    return [
        f"| {kind}: {visitors} visitors, a filter every {EVERY:.0f} s, {seconds:.0f} s | {len(clicks)} clicks, "
        f"{len(wrong)} errors | no error | {_kept(not wrong)} |",
        f"| processor of the server to open a page | {1000 * opened / visitors:.0f} ms | stated | |",
        f"| processor of the server a click | {per_click:.0f} ms | {PYTHON} ms | {_kept(per_click <= PYTHON)} |",
        f"| click to the screen at rest | median {statistics.median(clicks or [np.inf]):.0f} ms, p95 {p95:.0f} ms "
        f"| p95 {ANSWERED} ms | {_kept(p95 < ANSWERED)} |",
        f"| /liveness | p99 {p99:.0f} ms | {LIVENESS} ms | {_kept(p99 < LIVENESS)} |",
        f"| memory of the server: before, half way, at the end | {memory:.0f}, {halves[0]:.0f}, {halves[1]:.0f} MB "
        f"| flat: {MEMORY} times | {_kept(growth <= MEMORY)} |",
        f"| processor of the visitors | {sum(processor for _ones, processor in found):.0f} s | stated | |",
        *(f"| error | {text} | | |" for text in dict.fromkeys(wrong)),
    ]


async def _warm(port: int) -> None:
    """The first page of a server pays for what is loaded once."""
    visitor = await Visitor.arrive(port)
    await visitor.touch(**touch_of(0, 0))
    visitor.leave()


def _halves(server: psutil.Process, running: list) -> tuple[float, float]:
    """Megabytes after half of the time that the visitors took, and at their end."""
    seen = []
    while not all(one.done() for one in running):
        seen.append(megabytes(server))
        time.sleep(1)
    return seen[len(seen) // 2], seen[-1]


async def _come_and_go(port: int, sessions: int, server: psutil.Process) -> list[float]:
    """Sessions one after the other, five filters each, closed; megabytes after each."""
    after = []
    for place in range(sessions):
        visitor = await Visitor.arrive(port)
        for number in range(5):
            await visitor.touch(**touch_of(place, number))
        visitor.leave()
        after.append(megabytes(server))
    return after


def many(sessions: int) -> list[str]:
    """Many sessions one after the other; lines of the table."""
    server, port = start()
    try:
        after = asyncio.run(_come_and_go(port, sessions, server))
    finally:
        server.terminate()
        server.wait(30)
    half = after[min(99, sessions // 2 - 1)]
    text = f"{half:.0f} MB after {min(100, sessions // 2)}, {after[-1]:.0f} MB after {sessions}"
    kept = _kept(after[-1] <= MEMORY * half)
    return [f"| {sessions} sessions, five filters each, closed | {text} | {MEMORY} times | {kept} |"]


def _kept(kept: bool) -> str:
    return "kept" if kept else "NOT kept"


def main(visitors: int, seconds: float, sessions: int) -> None:
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors before the start\n")
    print("| what | measured | target | |\n|---|---|---|---|")
    if visitors:
        for kind in CLASSES:
            print(*a_class(kind, visitors, seconds), sep="\n", flush=True)
    if sessions:
        print(*many(sessions), sep="\n", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--visitors", type=int, default=30)
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--sessions", type=int, default=200)
    main(**vars(options.parse_args()))
