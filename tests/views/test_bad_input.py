"""Links, data and moments that do not fit: each is answered in words, and nothing else breaks."""

import json
from types import SimpleNamespace
from urllib.parse import urlencode

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import workbench as wb
from workbench.study import finer, finer_rows
from workbench.study.finding import Finding
from workbench.study.finer_rows import TwinRows
from workbench.terms.errors import Refused
from workbench.views import on_demand, questions, turns
from workbench.views.explorer import Explorer
from workbench.views.links import NAMES, SELECTIONS
from workbench.views.page import Address

pytestmark = pytest.mark.xdist_group("explorer")
HOSTILE = ("'; drop table accidents; --", "<script>alert(1)</script>", "../../etc/passwd", "\x00", "1" * 5_000)


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    """One home for these tests: to store the twin anew for each takes longer than the test itself."""
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


def part(explorer: Explorer, name: str) -> dict:
    return json.loads(getattr(explorer.screen, name))


def page(query: str) -> tuple[Explorer, Address]:
    """What a page shows at an address."""
    shown = Explorer(None)
    return shown, Address(shown, query, dataset="esaw_synthetic")


def warning(shown: Explorer) -> str:
    return " ".join(part(shown, "head")["warnings"])


def no_fault(shown: Explorer) -> bool:
    return not any("fault of the workbench" in str(found) for found in shown.findings.values())


# Links


def test_hostile_text_in_each_field_of_a_link_is_left_out_and_named_as_text():
    for field in (*SELECTIONS, *NAMES, "terms"):
        shown, address = page(urlencode({field: HOSTILE[0]}))
        assert isinstance(shown.findings["place"], Finding)
        assert shown.selection == shown.start and shown.terms == ""
        if field != "lang":  # of a language that there is not, English is spoken
            assert "drop table" in warning(shown) and address.shown[0] == ""


@pytest.mark.parametrize("field", ["sectors", "regions", "sexes", "ages", "years", "severities", "where.size"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_each_field_of_a_question_is_refused_in_words(field, text):
    query = urlencode({field: text})
    try:
        found = wb.Selection.from_query(query)
    except wb.WorkbenchError as refusal:
        assert len(str(refusal)) < 6_000
    else:  # what can be a code of a source's own list asks for nothing that there is
        assert dict(found.where)


def test_a_field_that_is_given_twice_is_said():
    shown, address = page("map=nuts0&map=nuts1&theme=dark")
    assert "The address gives map twice; the last one is shown." in warning(shown)
    assert (shown.level, shown.theme, address.shown[0]) == ("nuts1", "dark", "")
    shown, _address = page(urlencode({"q": "sectors=F&sectors=C"}))
    assert "The address names sectors twice" in warning(shown)
    assert shown.selection == shown.start


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_each_field_of_a_touch_changes_nothing(text):
    shown = Explorer("esaw_synthetic")
    before, dataset = shown.state, shown.dataset
    for message in (
        {"do": text},
        {"do": "touch", "view": text, "key": [text]},
        {"do": "touch", "view": "groups", "key": [text]},
        {"do": "several", "view": "people", "keys": [[text, text], [text]]},
        {"do": "clear", "view": text},
        {"do": "drop", "field": text, "code": text},
        {"do": "drop", "field": "sectors", "code": text},
        *({"do": "set", "name": name, "value": text} for name in (*NAMES.values(), "selection", "terms", text)),
        {"do": "seen", "views": [text]},
        {"do": "file", "view": text, "form": text},
        {"do": "load", "parts": {text: text}},
        {"do": "ask", "selection": text},
    ):
        shown.screen._handle_msg(message)
        assert (shown.state, shown.dataset) == (before, dataset)
        assert shown.screen.busy == shown.screen.done


# Data


def table(n: int = 60, **columns) -> pd.DataFrame:
    at = np.arange(n)
    frame = pd.DataFrame({"nuts": np.array(["ITF61", "ITC41"])[at % 2], "year": 2020 + at % 3, "sex": "M"})
    return frame.assign(**columns)


def test_a_cube_without_the_dimensions_that_views_want_shows_what_it_has_and_why_not_the_rest():
    shown = Explorer(wb.cube(table(), ["year"]), selection=wb.Selection())
    assert isinstance(shown.findings["time"], Finding)
    for view in ("place", "people", "severity", "days", "size", "hours", "causes"):
        assert part(shown, view)["aside"].startswith("table ")
    assert no_fault(shown)


def test_counts_alone_have_circles_and_numbers_and_no_rate():
    shown = Explorer(wb.cube(table(), ["nuts3", "year", "sex"]), selection=wb.Selection())
    assert shown.measure == "accidents" and "rate" not in shown.param.measure.objects.values()
    assert part(shown, "place")["circles"]
    labels = [figure["label"] for figure in part(shown, "figures")["figures"]]
    assert labels[0] == "Number" and "People" not in labels and "Rate" not in labels
    assert no_fault(shown)


def test_one_region_and_one_year_are_shown_without_a_line_through_one_point():
    shown = Explorer(wb.cube(table(nuts="ITF61", year=2021), ["nuts3", "year", "sex"]), selection=wb.Selection())
    assert len(shown.frame("place")) == len(shown.frame("time")) == 1
    assert part(shown, "time")["fits"] == [] and part(shown, "time")["chosen"] == []
    shown.screen._handle_msg({"do": "touch", "view": "place", "key": ["ITF61"]})
    shown.screen._handle_msg({"do": "touch", "view": "time", "key": ["2021"]})
    assert shown.selection == wb.Selection(regions={"ITF61"}, years=(2021, 2021))
    assert no_fault(shown)


def test_more_codes_than_a_browser_has_room_for_step_aside_and_the_rest_is_shown(monkeypatch):
    monkeypatch.setattr(questions, "MOST_GROUPS", 15)
    frame = table(400, size=(np.arange(400) % 4 + 1).astype(str), hour=pd.Series(np.arange(400) % 20).astype(str))
    shown = Explorer(wb.cube(frame.assign(hour=frame["hour"].str.zfill(2)), ["year", "hour", "sex"]))
    shown.divide = "hour"
    assert "Hour has over 15 values, more than a screen can show." in part(shown, "groups")["aside"]
    assert isinstance(shown.findings["time"], Finding)
    assert no_fault(shown)


@pytest.mark.slow
def test_two_million_different_entries_are_no_codes_and_make_no_cube():
    codes = pl.int_range(2_000_000, eager=True).cast(pl.String)
    rows = pl.DataFrame({"workstation": codes, "year": 2021, "accidents": 1.0}).to_pandas()
    with pytest.raises(Refused, match="more than 20,000 different entries: these are no codes"):
        wb.table(rows, columns={"workstation": "workstation"}, measures={"accidents": "accidents"})


# Moments


def test_an_engine_that_is_lost_in_mid_build_is_said_on_its_card_and_the_others_stay(monkeypatch):
    document = SimpleNamespace(session_context=object(), later=[])
    document.add_timeout_callback = lambda call, _milliseconds: document.later.append(call)
    for module in (on_demand, turns):
        monkeypatch.setattr(module, "pn", SimpleNamespace(state=SimpleNamespace(curdoc=document)))
    monkeypatch.setattr(finer_rows, "bundled_twin_rows", lambda: TwinRows(20_000, 7))
    monkeypatch.setattr(finer, "_CUBES", {})
    begun = []

    def lost(_rows, _dims, progress):
        begun.append(progress(0.4))
        raise duckdb.ConnectionException("Connection was lost")

    monkeypatch.setattr(TwinRows, "cells", lost)
    shown = Explorer("esaw_synthetic")
    while document.later:
        document.later.pop(0)()
    shown.screen._handle_msg({"do": "seen", "views": ["causes"]})
    for _look in range(200):
        if not document.later:
            break
        for running in list(finer._BUILDING.values()):
            running.ends_within(10)
        document.later.pop(0)()
    assert not document.later and len(begun) == 1
    assert "ConnectionException" in part(shown, "causes")["aside"]
    assert isinstance(shown.findings["place"], Finding) and isinstance(shown.findings["model"], Finding)
    with pytest.raises((Refused, duckdb.Error)):
        shown.finding("causes")
