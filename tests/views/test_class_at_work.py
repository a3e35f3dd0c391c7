"""Many at once: one cube for all, a state for each, and what is left is let go."""

import asyncio
import gc
import socket
import subprocess
import sys
import time
from pathlib import Path

import panel as pn
import pytest

import workbench as wb
from tests.benchmarks.visitor import Visitor, run_apart
from workbench.terms.text import speaking
from workbench.views import answers, page, sessions
from workbench.views.answers import answers_of

BENCH = Path(__file__).parents[1] / "benchmarks" / "bench_sessions.py"
SOON = {"unused_session_lifetime_milliseconds": 600_000, "check_unused_sessions_milliseconds": 100}


@pytest.fixture
def service():
    """The explorer's page, served by a thread of this process: its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    sessions.release_left_pages()
    place = {"port": port, "address": "127.0.0.1", "websocket_origin": [f"localhost:{port}"]}
    thread = pn.serve({"/": lambda: page._page("esaw_synthetic", [])}, threaded=True, show=False, **place, **SOON)
    for _attempt in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield port
    thread.stop()


def explorers() -> list:
    return [known() for known in list(sessions._SHOWN.values()) if known() is not None]


async def in_time(condition) -> bool:
    """Whether it comes true before long."""
    for _attempt in range(300):
        if condition():
            return True
        await asyncio.sleep(0.1)
    return False


async def at_work(port: int) -> None:
    """Three pages: two are left, the connection of one is cut."""
    first = await Visitor.arrive(port)  # pays for what is loaded once, and is left out of collecting garbage
    two, three = [await Visitor.arrive(port) for _page in range(2)]
    await two.touch(do="touch", view="groups", key=["F"], add=False)
    await three.touch(do="touch", view="time", key=["2019"], add=False)

    shown = explorers()
    assert len(shown) == 3
    assert {id(explorer.cube) for explorer in shown} == {id(wb.cube("esaw_synthetic"))}
    asked = {(explorer.selection.sectors, explorer.selection.years) for explorer in shown}
    everything = (2022, 2022)
    assert asked == {(frozenset(), everything), (frozenset({"F"}), everything), (frozenset(), (2019, 2019))}

    assert len({id(explorer.answers) for explorer in shown}) == 1

    del shown
    first.leave()
    two.leave()
    three.cut()
    assert await in_time(lambda: gc.collect() >= 0 and not any("F" in one.selection.sectors for one in explorers()))
    assert [one.selection.years for one in explorers() if one.selection.years != everything] == [(2019, 2019)]


def test_all_pages_share_one_cube_and_each_has_its_state_and_one_that_is_left_goes_while_one_that_was_cut_stays(
    service,
):
    run_apart(at_work(service))


def test_answers_about_persons_and_of_what_was_handed_over_belong_to_one_session(monkeypatch, pseudo_language):
    cube = wb.cube("esaw_synthetic")
    shared = answers_of(cube, "esaw_synthetic")
    assert answers_of(cube, "esaw_synthetic") is shared
    assert answers_of(cube, cube) is not answers_of(cube, cube)
    with speaking(pseudo_language):
        assert answers_of(cube, "esaw_synthetic") is not shared
    monkeypatch.setattr(answers, "confidential", lambda _cube: True)
    assert answers_of(cube, "esaw_synthetic") is not answers_of(cube, "esaw_synthetic")


@pytest.mark.slow
@pytest.mark.parametrize("number", [200, 2000])
def test_the_memory_of_many_sessions_is_that_of_the_first_hundred(number):
    """Five filters each, closed: at most 1.1 times what it was after the hundredth."""
    command = [sys.executable, str(BENCH), "--visitors", "0", "--sessions", str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "| kept |" in done.stdout, done.stdout
