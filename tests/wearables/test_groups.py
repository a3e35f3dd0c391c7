"""No group below k in any output, and no two whose difference is of fewer persons: over all pairs."""

from itertools import chain, combinations

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.terms.errors import Refused, UnknownName
from workbench.wearables.exposure.noise import energy_mean
from workbench.wearables.group_exposure import MEASURES, ShiftExposures, exposures
from workbench.wearables.groups import INSIDE, RELEASE, Ledger, ecological_note, grouped
from workbench.wearables.insole_events import insole_events
from workbench.wearables.readers.team import read_team
from workbench.wearables.released import releases_of
from workbench.wearables.summaries import DIMENSIONS, Summaries, summarised


@pytest.fixture(scope="module")
def recordings():
    return list(read_team())


@pytest.fixture(scope="module")
def summaries(recordings):
    moving = [one for one in recordings if "movement" in one.signals]
    alarms = [alarm for one in moving for alarm in insole_events(one.signals["movement"], one.person)]
    return summarised(recordings, alarms)


def persons(rows) -> int:
    return len({row[0] for row in rows})


def every_by():
    names = ("task", "age_group", "sex", "shift", "hour")
    return list(chain.from_iterable(combinations(names, n) for n in range(3)))


@pytest.mark.parametrize("fewest", [INSIDE, RELEASE])
def test_no_two_groups_that_are_shown_differ_by_fewer_persons(summaries, fewest):
    """Every way to divide, of everybody and of each part, asked one after the other in one session."""
    ledger = Ledger()
    wheres = [{}, *({"task": [t]} for t in ("casting", "fettling")), *({"sex": [s]} for s in "FM")]
    wheres += [{"age_group": ["Y35-44", "Y45-54"]}, {"shift": ["1"]}, {"hour": ["07", "08"]}]
    for by in every_by():
        for where in wheres:
            answer = grouped(summaries, by, where=where, ledger=ledger, release=fewest == RELEASE)
            shown = answer.frame[answer.frame["state"] == ""]
            assert (shown["persons"] >= fewest // 5 * 5).all()
    assert ledger.shown
    sets = list(dict.fromkeys(ledger.shown))
    for rows in sets:
        assert persons(rows) >= fewest
    for one, other in combinations(sets, 2):
        assert persons(one ^ other) >= fewest
    for measure in ("noise", "carbon_monoxide", "heart_rate", "reserve"):
        known = list(dict.fromkeys(ledger.of(measure).shown))
        assert known
        assert all(persons(one ^ other) >= fewest for one, other in combinations(known, 2))


def test_a_group_that_differs_from_a_shown_one_by_two_persons_is_withheld(summaries):
    ledger = Ledger()
    everybody = grouped(summaries, (), ledger=ledger)
    assert everybody.withheld == 0
    without_two = {"age_group": ["Y15-24", "Y25-34", "Y35-44", "Y45-54"]}
    assert grouped(summaries, (), where=without_two, ledger=ledger).withheld == 1
    assert grouped(summaries, (), where=without_two, ledger=Ledger()).withheld == 0


def twelve(lost: int) -> Summaries:
    """Twelve persons in one shift; of the first few the noise is not known."""
    rows = [
        {
            **dict.fromkeys(("team", "sector", "age_group", "sex", "year", "hour"), "x"),
            "person": f"P{n:02d}",
            "task": "casting" if n < 5 else "fettling",
            "shift": "1",
            "minutes": 60.0,
            "alarms": 0,
            "noise": np.nan if n < lost else 80.0 + n,
            "heart_rate": 90.0 + n,
        }
        for n in range(12)
    ]
    return Summaries(pd.DataFrame(rows))


def test_a_measure_that_failed_for_one_gives_nobody_away_by_the_difference_of_two_groups():
    """All twelve, then seven: the five between are enough, but noise is known of four of them alone."""
    ledger = Ledger()
    assert grouped(twelve(1), (), ledger=ledger).frame["noise"].notna().all()
    seven = grouped(twelve(1), (), where={"task": ["fettling"]}, ledger=ledger)
    assert seven.withheld == 0
    assert seven.frame["noise"].isna().all() and seven.frame["heart_rate"].notna().all()
    ledger = Ledger()
    grouped(twelve(0), (), ledger=ledger)
    assert grouped(twelve(0), (), where={"task": ["fettling"]}, ledger=ledger).frame["noise"].notna().all()


def test_a_measure_of_too_few_is_missing_in_a_group_that_is_shown():
    found = grouped(twelve(8), (), ledger=Ledger())
    assert found.withheld == 0 and found.frame["noise"].isna().all()


def test_exposure_of_shifts_is_compared_measure_by_measure_too():
    ledger, summaries = Ledger(), twelve(0)
    frame = summaries.frame[["person", "shift"]].reindex(columns=["person", "shift", *MEASURES])
    frame["noise"] = [np.nan, *np.linspace(80, 85, 11)]
    frame["strain"] = 0.2
    shifts = ShiftExposures(frame)
    (everybody,) = exposures(shifts, summaries, ("team",), ledger=ledger).to_dict("records")
    (seven,) = exposures(shifts, summaries, ("team",), where={"task": ["fettling"]}, ledger=ledger).to_dict("records")
    assert np.isfinite([everybody["noise"], everybody["over_upper"], everybody["strain"], seven["strain"]]).all()
    assert np.isnan([seven["noise"], seven["noise_upper"], seven["over_upper"]]).all()


def test_a_released_measure_is_remembered_by_the_next_session(own_home):
    people = pd.concat([twelve(1).frame, twelve(0).frame.assign(person=[f"Q{n:02d}" for n in range(12)])])
    people["task"] = np.repeat(["casting", "fettling"], [11, 13])
    summaries = Summaries(people.reset_index(drop=True))
    assert grouped(summaries, (), ledger=releases_of("s"), release=True).frame["noise"].notna().all()
    fettling = grouped(summaries, (), where={"task": ["fettling"]}, ledger=releases_of("s"), release=True)
    assert fettling.withheld == 0 and fettling.frame["noise"].isna().all()  # of the other eleven ten are known


def test_small_groups_are_withheld_without_a_figure(summaries):
    answer = grouped(summaries, ("age_group",), ledger=Ledger())
    withheld = answer.frame[answer.frame["state"] == "withheld"]
    assert answer.withheld == len(withheld) > 0
    assert withheld.drop(columns=["age_group", "state"]).isna().all(axis=None)


def test_what_leaves_is_of_eleven_persons(summaries):
    assert grouped(summaries, ("task",), ledger=Ledger(), release=True).withheld == 2
    assert grouped(summaries, ("team",), ledger=Ledger(), release=True).withheld == 0


def test_the_figures_of_the_whole_team_are_those_of_its_minutes(recordings, summaries):
    answer = grouped(summaries, ("shift",), ledger=Ledger()).frame.set_index("shift")
    assert answer["hours"].tolist() == [96.0, 84.0]  # the night in which summer time begins has seven hours
    assert answer["alarms"].sum() == 16
    first = [one for one in recordings if one.labels["shift"] == "1"]
    levels = [energy_mean(one.signals["environment"].frame.collect()["noise"].to_numpy()) for one in first]
    assert answer.loc["1", "noise"] == approx(energy_mean(levels), abs=0.01)
    rate = answer.loc["1", "alarms"] / 96 * 8
    assert answer.loc["1", "per_shift"] == approx(rate)


def test_hours_that_were_not_recorded_have_no_level(summaries):
    lost = summaries.frame.query("person == 'A09' and shift == '2'").set_index("hour")
    assert np.isnan(lost.loc[["01", "03"], "noise"]).all()
    assert np.isfinite(lost.loc["22", "noise"])


def test_rows_of_persons_do_not_show_themselves(summaries):
    assert "A01" not in repr(summaries)


def test_dimensions_and_codes_that_there_are_not_are_answered(summaries):
    with pytest.raises(UnknownName, match="There are: team, task"):
        grouped(summaries, ("person",), ledger=Ledger())
    with pytest.raises(Refused, match="No recording has these codes"):
        grouped(summaries, ("task",), where={"task": ["flying"]}, ledger=Ledger())
    with pytest.raises(Refused, match="no recording to sum up"):
        summarised([])
    assert "person" not in DIMENSIONS


def test_questions_of_the_workbench_take_groups(summaries):
    """Alarms per hours monitored, with intervals, as accidents per hours worked."""
    table = grouped(summaries, ("task",), ledger=Ledger()).table()
    own = wb.table(table, columns={"task": "task"}, measures={"alarms": "accidents", "hours": "hours"})
    found = wb.rates(own, by=["task"], per=100)
    assert found.frame["count"].sum() == table["alarms"].sum()
    assert found.frame.set_index("task")["value"].to_dict() == approx(
        (100 * table.set_index("task")["alarms"] / table.set_index("task")["hours"]).to_dict()
    )
    assert "ecological fallacy" in ecological_note()
