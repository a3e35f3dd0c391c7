"""A queue of notifications: the waiting times of Erlang and of Cobham, the urgent first, and triage by points."""

import math

import numpy as np
import pandas as pd
import pytest

from workbench.models.backlog import backlog
from workbench.models.triage import Triage, triaged
from workbench.terms.errors import ModelError


def stream(rates: dict[str, float], n: int, work: dict[str, float], seed: int = 5) -> pd.DataFrame:
    """Notifications that come in at random, at so many of each class a working day."""
    random = np.random.default_rng(seed)
    total = sum(rates.values())
    times = np.cumsum(random.exponential(1 / total, n))
    classes = random.choice(list(rates), n, p=np.array(list(rates.values())) / total)
    return pd.DataFrame({"time": times, "class": classes, "work": pd.Series(classes).map(work)})


def erlang_wait(rate: float, work: float, inspectors: int) -> float:
    """Mean waiting time of M/M/c: Erlang's C over the capacity that is left."""
    offered = rate * work
    last = offered**inspectors / math.factorial(inspectors) * inspectors / (inspectors - offered)
    waits = last / (sum(offered**k / math.factorial(k) for k in range(inspectors)) + last)
    return waits / (inspectors / work - rate)


@pytest.mark.parametrize(("inspectors", "rate"), [(1, 0.7), (4, 3.2)])
def test_waiting_times_are_those_of_erlang(inspectors, rate):
    notified = stream({"soon": rate}, 40_000, {"soon": 1.0})
    found = backlog(notified, {"soon": 2}, capacity=inspectors, runs=3).frame.loc["soon"]

    assert found["waiting"] == pytest.approx(erlang_wait(rate, 1.0, inspectors), rel=0.08)


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_with_priorities_waiting_times_are_those_of_cobham(spread):
    rates, work = {"urgent": 0.3, "routine": 0.5}, {"urgent": 1.0, "routine": 0.9}
    notified = stream(rates, 60_000, work)
    found = backlog(notified, {"urgent": 1, "routine": 9}, capacity=1, spread=spread, runs=2).frame["waiting"]
    busy = {name: rates[name] * work[name] for name in rates}
    rest = sum(rates[name] * work[name] ** 2 * (1 + spread**2) for name in rates) / 2

    assert found["urgent"] == pytest.approx(rest / (1 - busy["urgent"]), rel=0.08)
    assert found["routine"] == pytest.approx(rest / (1 - busy["urgent"]) / (1 - sum(busy.values())), rel=0.08)


def test_the_share_begun_in_time_is_that_of_an_exponential_wait():
    notified = stream({"soon": 0.7}, 40_000, {"soon": 1.0})
    found = backlog(notified, {"soon": 3}, capacity=1, runs=3).frame.loc["soon"]

    assert found["in_time"] == pytest.approx(1 - 0.7 * math.exp(-0.3 * 3), abs=0.02)


def test_part_of_a_day_of_an_inspector_is_slower_work():
    notified = stream({"soon": 0.35}, 20_000, {"soon": 1.0})
    half = backlog(notified, {"soon": 3}, capacity=0.5, runs=2)

    assert half.load == pytest.approx(0.7, rel=0.03)
    assert half.frame.loc["soon", "waiting"] == pytest.approx(erlang_wait(0.35, 2.0, 1), rel=0.1)


def test_beyond_its_capacity_the_backlog_is_what_could_not_be_done():
    notified = pd.DataFrame({"time": np.arange(100.0), "class": "soon", "work": 2.0})
    found = backlog(notified, {"soon": 1}, capacity=1, spread=0, runs=1)

    assert found.load == pytest.approx(2, rel=0.02)
    assert found.frame.loc["soon", "left"] == 50 and found.frame.loc["soon", "waiting"] == pytest.approx(49.5)


def test_the_urgent_ones_wait_less_and_more_capacity_never_makes_one_wait_longer():
    notified = stream({"urgent": 1.0, "soon": 1.0}, 2_000, {"urgent": 1.0, "soon": 1.0})
    small, large = (backlog(notified, {"urgent": 1, "soon": 5}, capacity=c, runs=20).frame for c in (2.2, 4.4))

    assert small.loc["urgent", "waiting"] < small.loc["soon", "waiting"]
    assert (large["waiting"] < small["waiting"]).all() and (large["in_time"] > small["in_time"]).all()


def test_points_are_added_and_hold_for_the_codes_below():
    notified = pd.DataFrame(
        [
            ("accident", "FAT", "", 6, "urgent"),
            ("accident", "D7-13", "", 2, "routine"),
            ("accident", "D7-13", "young", 4, "soon"),
            ("accident", "D_GE183", "migrant", 6, "urgent"),
            ("complaint", "", "", 1, "routine"),
            ("complaint", "", "informal", 4, "soon"),
        ],
        columns=["kind", "severity", "vulnerability", "points", "class"],
    )
    found = triaged(notified, Triage())

    assert found["points"].tolist() == notified["points"].tolist()
    assert found["class"].tolist() == notified["class"].tolist()
    assert found["work"].tolist() == [3, 3, 3, 3, 1, 1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"urgent": 1}, "as many points"),
        ({"severity": {"FAT": -1}}, "0 or above"),
        ({"due": {"urgent": 1}}, "urgent, soon, routine"),
        ({"work": {"accident": 0, "complaint": 1}}, "accident"),
    ],
)
def test_a_triage_that_cannot_be_is_refused(options, words):
    with pytest.raises(ModelError, match=words):
        Triage(**options)


@pytest.mark.parametrize(("column", "entry"), [("severity", "ZZ"), ("vulnerability", "left-handed"), ("kind", "tip")])
def test_an_entry_without_points_is_named(column, entry):
    row = {"kind": "accident", "severity": "FAT", "vulnerability": ""} | {column: entry}
    with pytest.raises(ModelError, match=f"no number for {entry} in column {column}"):
        triaged(pd.DataFrame([row]), Triage())


@pytest.mark.parametrize(
    ("times", "capacity", "words"),
    [([], 1, "no notification"), ([2.0, 1.0], 1, "in order"), ([1.0, 2.0], 0, "capacity"), ([1.0], 1, "class late")],
)
def test_a_queue_that_cannot_be_is_refused(times, capacity, words):
    notified = pd.DataFrame({"time": times, "class": "late" if "late" in words else "soon", "work": 1.0})
    with pytest.raises(ModelError, match=words):
        backlog(notified, {"soon": 1}, capacity=capacity)
