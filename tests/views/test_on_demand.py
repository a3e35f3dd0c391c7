"""Cards whose figures are counted from the records: begun when they are looked at, with progress, then answered."""

import json
import shutil
from threading import Event
from types import SimpleNamespace

import pytest

import workbench as wb
from workbench.study import finer, finer_rows
from workbench.study.finding import Finding
from workbench.study.finer_rows import TwinRows
from workbench.terms.words import whole
from workbench.views import guide, on_demand
from workbench.views.explorer import Explorer
from workbench.views.questions import VIEWS

pytestmark = pytest.mark.xdist_group("explorer")


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    """One home for these tests, in which the twin is stored once; what one counted is counted anew in the next."""
    shutil.rmtree(kept_home / "cubes", ignore_errors=True)
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


@pytest.fixture(autouse=True)
def small_twin(monkeypatch):
    """The records of a smaller twin stand for those of the one that comes along; nothing is in memory yet."""
    monkeypatch.setattr(finer_rows, "bundled_twin_rows", lambda: TwinRows(20_000, 7))
    finer._CUBES.clear()


@pytest.fixture
def page(monkeypatch):
    """A page that a browser shows, as far as views look at it: callbacks are kept in `later`."""
    document = SimpleNamespace(session_context=object(), later=[])
    document.add_timeout_callback = lambda call, _milliseconds: document.later.append(call)
    monkeypatch.setattr(on_demand, "pn", SimpleNamespace(state=SimpleNamespace(curdoc=document)))
    return document


def test_a_card_is_counted_when_it_is_looked_at_and_says_how_far_it_is(page, monkeypatch):
    begun, go, cells = Event(), Event(), TwinRows.cells

    def slowly(rows, dims, progress):
        progress(0.4)
        begun.set()
        go.wait(30)
        return cells(rows, dims, progress)

    monkeypatch.setattr(TwinRows, "cells", slowly)
    shown = Explorer(wb.cube("esaw_synthetic"))
    assert {view: shown.findings[view] for view in ("causes", "size", "hours")} == dict.fromkeys(
        ("causes", "size", "hours"), "Counted from the records once it is looked at."
    )
    assert not begun.is_set()

    shown.screen._handle_msg({"do": "seen", "views": ["total", "causes"]})
    begun.wait(30)
    page.later.pop(0)()
    assert shown.findings["causes"] == "Counting the records: 40%"
    assert "records once" in shown.findings["size"]

    go.set()
    shown.finding("causes")
    page.later.pop(0)()
    assert isinstance(shown.findings["causes"], Finding)
    assert shown.findings["causes"].frame["value"].sum() > 0


def test_enterprise_sizes_that_are_counted_on_demand_have_rates_and_only_numbers_where_people_do_not_come_by_them():
    shown = Explorer(wb.cube("esaw_synthetic"))
    found = shown.finding("size")
    assert found.by == ("size",) and found.units["value"] == "per 100,000 employed"

    shown.selection = shown.selection.but(sexes={"F"})
    assert shown.finding("size").units["value"] == "accidents"


def test_days_lost_are_shown_in_bands_that_are_counted_on_demand_and_filter_when_they_are_taken():
    shown = Explorer(wb.cube("esaw_synthetic"))
    assert shown.findings["days"] == "Counted from the records once it is looked at."
    found = shown.finding("days")
    assert found.by == ("days_lost_band",) and found.units["value"] == "per 100,000 employed"
    assert set(shown.finding("severity").frame["severity"]) == {"FAT", "D_GE4"}
    assert found.frame["count"].sum() > 100

    shown.screen._handle_msg({"do": "touch", "view": "days", "key": ["D7-13"]})
    assert shown.selection.severities == {"D7-13"}
    chosen = shown.finding("total").frame["count"].item()
    assert chosen == found.frame.set_index("days_lost_band")["count"]["D7-13"]


def test_a_link_to_what_only_the_records_have_opens_and_its_key_figures_follow(page):
    of_small = wb.Selection(years=(2019, 2019), severities={"D7-13"}, where={"size": {"1"}})
    shown = Explorer(wb.cube("esaw_synthetic"), selection=of_small)
    figures = lambda: json.loads(shown.screen.figures)["figures"]  # noqa: E731
    assert figures() == [] and "records" in shown.findings["total"]
    expected = shown.finding("total").frame["count"].item()  # the records are counted by now
    while page.later:
        page.later.pop(0)()
    assert [figure["value"] for figure in figures() if figure["label"] == "Accidents"] == [whole(expected)]


def test_every_view_has_its_question_in_words():
    assert guide.WORDS.keys() == {*VIEWS}


def test_groups_can_be_occupations_and_the_regression_can_have_sizes():
    shown = Explorer(wb.cube("esaw_synthetic"))
    assert {"isco1", "size"} <= {*shown.param.divide.objects.values()} & {*shown.possible_terms.values()}
    shown.divide = "isco1"
    assert shown.finding("groups").units["value"] == "per 100,000 employed"
    shown.terms = "size,nace1"
    assert {"size[1]", "nace1[F]"} <= {*shown.finding("model").frame["term"]}


def test_a_card_waits_for_the_records_of_what_it_is_compared_with_as_for_its_own(page, monkeypatch):
    shown = Explorer(wb.cube("esaw_synthetic"))
    running = SimpleNamespace(done=False, share=0.2)
    waiting = lambda _cube, selection, by: (by, selection.sexes) == (("size",), {"F"})  # noqa: E731
    monkeypatch.setattr(on_demand, "to_be_built", waiting)
    monkeypatch.setattr(on_demand, "building", lambda *question: running if waiting(*question) else None)
    shown.window = ("place", "size")
    shown.reference = shown.selection.but(sexes={"F"})
    assert shown.findings["size"] == "Counting the records: 20%"

    monkeypatch.setattr(on_demand, "to_be_built", lambda *_question: False)
    running.done, running.wait = True, lambda: None
    page.later.pop(0)()
    assert isinstance(shown.findings["size"], Finding)
