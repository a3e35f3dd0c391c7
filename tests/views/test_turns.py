"""What is answered first in a page, how much is sent for it, and what may be forgotten meanwhile."""

import gc
import time
from types import SimpleNamespace

import pytest

import workbench as wb
from workbench.views import crowd, on_demand, turns
from workbench.views.explorer import Explorer

pytestmark = pytest.mark.xdist_group("explorer")
WINDOW = ("place", "time", "groups", "people")


@pytest.fixture
def page(monkeypatch):
    """A page that a browser shows, as far as views look at it: calls that are to be made soon are kept in `later`."""
    document = SimpleNamespace(session_context=object(), later=[])
    document.add_timeout_callback = lambda call, _milliseconds: document.later.append(call)
    for module in (turns, on_demand):
        monkeypatch.setattr(module, "pn", SimpleNamespace(state=SimpleNamespace(curdoc=document)))
    monkeypatch.setattr(turns, "_CROWD", crowd.Crowd())
    return document


@pytest.fixture
def explorer(page, monkeypatch) -> Explorer:
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    shown = Explorer("esaw_synthetic")
    while page.later:
        page.later.pop(0)()
    return shown


@pytest.fixture
def sent(explorer, monkeypatch) -> list[set[str]]:
    """The parts of each message to the screen."""
    found, show = [], explorer.screen.show
    monkeypatch.setattr(explorer.screen, "show", lambda **parts: found.append(set(parts)) or show(**parts))
    return found


def test_the_window_is_sent_in_one_message_before_the_views_below_it(explorer, page, sent):
    explorer.selection = explorer.selection.but(sectors={"F"})
    assert sent == [{"head", "busy"}, {*WINDOW, "figures", "comparison"}]
    assert explorer.screen.done < explorer.screen.busy

    while page.later:
        page.later.pop(0)()
    assert [parts for parts in sent[2:] if parts & {*WINDOW, "figures", "shapes"}] == []
    assert {"severity"} in sent and {"model"} in sent
    assert explorer.screen.done == explorer.screen.busy


def test_what_a_browser_does_not_show_waits_for_what_it_does(explorer, page, sent):
    explorer.window = ("place", "model")
    explorer.selection = explorer.selection.but(sectors={"F"})
    assert {*WINDOW} & sent[1] == {"place"}
    page.later.pop()()
    assert sent[2] == {"model"}


def test_a_new_question_ends_the_turns_of_the_one_before(explorer, page, sent):
    explorer.selection = explorer.selection.but(sectors={"F"})
    explorer.selection = explorer.selection.but(sectors={"G"})
    while page.later:
        page.later.pop(0)()
    assert sent.count({"severity"}) == 1
    assert explorer.finding("severity").selection.sectors == {"G"}


def test_a_touch_sends_no_shapes_and_some_sixty_thousand_letters(explorer, page, sent):
    explorer.selection = wb.Selection(years=(2019, 2019))
    screen = explorer.screen
    assert not any("shapes" in parts for parts in sent)
    assert sum(len(getattr(screen, name)) for name in ("head", "figures", *WINDOW)) < 90_000 < len(screen.shapes)


def test_what_a_server_has_loaded_is_left_out_of_collecting_garbage_once(explorer, page):
    usual = gc.get_threshold()
    turns.spare_the_collector.cache_clear()
    gc.unfreeze()
    explorer.selection = explorer.selection.but(sectors={"F"})
    while page.later:
        page.later.pop(0)()
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    turns.spare_the_collector()
    assert gc.get_freeze_count() <= frozen
    assert gc.get_threshold() == turns.COLLECTED
    gc.unfreeze()
    gc.set_threshold(*usual)


def of_others(seconds: float) -> None:
    """Others whose windows were answered just now."""
    turns._CROWD.took(0, seconds)


def test_while_others_wait_what_nobody_sees_is_put_off_and_comes_when_it_is_seen(explorer, page, sent):
    of_others(5.0)
    explorer.selection = explorer.selection.but(sectors={"F"})
    while "severity" not in explorer.screen.late:
        page.later.pop(0)()
    assert explorer.screen.done == explorer.screen.busy
    assert not any(parts & {"severity", "model"} for parts in sent)
    assert not {"severity", "model"} & set(explorer.findings)

    explorer.window = ("place", "model")
    explorer.look()
    assert {"model"} in sent and {"severity"} not in sent
    assert explorer.finding("severity").selection.sectors == {"F"}  # who asks in a notebook is answered at once


def test_while_others_wait_the_table_is_put_off_too_unless_it_is_seen(explorer, page, sent):
    of_others(5.0)
    explorer.selection = explorer.selection.but(sectors={"F"})
    while "table" not in explorer.screen.late:
        page.later.pop(0)()
    assert not any("table" in parts for parts in sent)

    explorer.window = ("place", "table")
    explorer.look()
    page.later.pop()()
    assert {"table", "pages"} in sent and "table" not in explorer.screen.late
    assert not any(parts & {"severity", "model"} for parts in sent)


def test_a_table_that_is_seen_waits_for_the_view_that_it_shows_and_for_no_other(explorer, page, sent):
    explorer.tabled = "severity"
    while page.later:
        page.later.pop(0)()
    sent.clear()
    of_others(5.0)
    explorer.window = ("table",)
    explorer.selection = explorer.selection.but(sectors={"F"})
    while "days" not in explorer.screen.late:
        page.later.pop(0)()
    assert [parts for parts in sent if parts & {"severity", "table"}] == [{"severity"}, {"table", "pages"}]
    assert "severity" not in explorer.screen.late and "table" not in explorer.screen.late


def test_the_table_comes_last_where_nobody_waits(explorer, page, sent):
    explorer.selection = explorer.selection.but(sectors={"F"})
    while page.later:
        page.later.pop(0)()
    assert sent[-2:] == [{"table", "pages"}, {"late", "head", "done"}] and {"model"} in sent


def test_what_was_put_off_comes_by_itself_once_others_have_gone(explorer, page, sent):
    of_others(5.0)
    explorer.selection = explorer.selection.but(sectors={"F"})
    page.later.pop(0)()
    turns._CROWD._taken.clear()
    while page.later:
        page.later.pop(0)()
    assert {"severity"} in sent and {"model"} in sent
    assert explorer.screen.late == "[]" and explorer.screen.done == explorer.screen.busy


def test_what_a_session_itself_has_asked_puts_nothing_off(explorer, page, sent):
    turns._CROWD.took(id(explorer._turns), 5.0)
    explorer.selection = explorer.selection.but(sectors={"F"})
    while page.later:
        page.later.pop(0)()
    assert {"severity"} in sent and explorer.screen.late == "[]"


def test_windows_of_a_while_ago_keep_nobody_waiting(monkeypatch):
    found = crowd.Crowd()
    found.took(1, 5.0)
    assert found.keeps_from(2) and not found.keeps_from(1)
    later = time.monotonic() + crowd.SPAN + 1
    monkeypatch.setattr(crowd.time, "monotonic", lambda: later)
    assert not found.keeps_from(2)
