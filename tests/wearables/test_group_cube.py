"""The cube of groups: pickers, rates, trends and regressions of the workbench, and what has left stays in mind."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench import cli
from workbench.terms.errors import Refused
from workbench.wearables.groups import Ledger, grouped
from workbench.wearables.summaries import Summaries

YEARS = range(2018, 2024)
MEASURES = {"alarms": "accidents", "hours": "hours"}


@pytest.fixture(scope="module")
def years_of_teams():
    """Forty made-up persons over six years: alarms halve from year to year, and casting has twice as many."""
    rows = [
        {
            "person": f"{task}{n}",
            "team": "foundry",
            "task": task,
            "sector": "C24",
            "age_group": "Y25-34" if n % 2 else "Y45-54",
            "sex": "F" if n % 4 < 2 else "M",
            "year": str(year),
            "shift": f"{year}",
            "hour": "07",
            "minutes": 480 * 100.0,
            "alarms": (2 if task == "casting" else 1) * 640 // 2 ** (year - 2018),
        }
        for year in YEARS
        for task in ("casting", "fettling")
        for n in range(20)
    ]
    return Summaries(pd.DataFrame(rows))


@pytest.fixture(scope="module")
def cube(years_of_teams):
    groups = grouped(years_of_teams, ("task", "sex", "age_group", "year"), ledger=Ledger(), synthetic=True)
    assert groups.withheld == 0
    own = groups.table().assign(year=lambda rows: rows["year"].astype(int))
    return wb.table(own, columns={"task": "task"}, measures=MEASURES, name="alarms_of_teams").cube


def test_a_trend_of_alarms_in_hours_monitored_halves_each_year(cube):
    found = wb.trend(cube)
    assert found.summary.startswith("From 2018 to 2023 the rate fell by 50.0% a year")


def test_a_regression_of_alarms_finds_the_task_that_has_twice_as_many(cube):
    found = wb.regression(cube, terms=["task", "sex"])
    ratios = found.frame.set_index("term")["value"]
    assert ratios["task[fettling]"] == approx(0.5) and ratios["sex[F]"] == approx(1)


def test_rates_of_alarms_take_a_selection_of_a_picker(cube):
    picker = wb.pickers.demographics(cube)
    picker.selection = wb.Selection(sexes={"F"})
    found = wb.rates(cube, picker.selection, by=["task"], per=1_000)
    values = found.frame.set_index("task")["value"]
    assert values["casting"] == approx(2 * values["fettling"])
    assert found.selection.sexes == {"F"}


def test_years_are_those_of_the_clock_at_the_place():
    groups = wb.recording(purpose="exposure_assessment").groups(["year"])
    assert groups.frame["year"].tolist() == ["2026"]


def test_what_left_is_remembered_by_the_next_session(own_home):
    team = wb.recording(purpose="exposure_assessment")
    assert team.groups([], release=True).withheld == 0
    kept, *of_measures = sorted((own_home / "wearables").glob("released-*.json"), key=lambda path: len(path.name))
    assert all(path.name.startswith(f"{kept.stem}-") for path in of_measures)
    assert "A01" not in kept.read_text()
    eleven = {"age_group": ["Y15-24", "Y25-34", "Y35-44", "Y45-54"]}
    again = wb.recording(purpose="exposure_assessment")
    assert again.groups([], eleven, release=True).withheld == 1
    assert again.exposure([], release=True)["state"].tolist() == [""]
    kept.write_text("{")
    with pytest.raises(Refused, match="what was released before is not known"):
        again.groups([], release=True)


def test_a_mean_that_leaves_is_of_eleven_persons_too(years_of_teams):
    frame = years_of_teams.frame.query("year == '2018' and task == 'casting'").reset_index(drop=True)
    frame = frame.assign(noise=np.where(np.arange(len(frame)) < 8, 80.0, np.nan))
    released = grouped(Summaries(frame), (), ledger=Ledger(), release=True).frame
    inside = grouped(Summaries(frame), (), ledger=Ledger()).frame
    assert released["state"].tolist() == [""] and np.isnan(released["noise"].iloc[0])
    assert inside["noise"].iloc[0] == approx(80)


def test_kinds_of_alarms_add_up_to_the_load():
    team = wb.recording(purpose="evaluation")
    kinds = team.alarms_by_kind()
    assert kinds["alarms"].sum() == team.alarm_load().alarms == 16
    assert kinds["per_shift"].sum() == approx(16 / 24)
    assert set(kinds["what"]) == {"reactive"}


class TestCommand:
    """`workbench recording`."""

    @pytest.fixture
    def call(self, monkeypatch, capsys):
        def called(*arguments: str):
            monkeypatch.setattr(sys, "argv", ["workbench", "recording", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
            return (ended.value.code or 0, *capsys.readouterr())

        return called

    @pytest.fixture(autouse=True)
    def no_role_after(self):
        yield
        wb.role("")

    def test_each_part_is_printed_for_the_group(self, call):
        words = {"summary": "foundry", "quality": "heart_rate", "exposure": "fettling", "events": "triple_tap"}
        for part, word in {**words, "alerts": "share_of_ten"}.items():
            code, out, _err = call("team_synthetic", "--purpose", "evaluation", "--show", part)
            assert code == 0 and out.startswith("Synthetic data.") and word in out
            assert "A01" not in out and "Source: Synthetic data" in out

    def test_what_goes_into_a_file_is_of_eleven_persons(self, call):
        _code, out, _err = call("team_synthetic", "--purpose", "evaluation", "--show", "exposure", "--format", "json")
        answer = json.loads(out)
        assert answer["withheld"] == 2 and {row["noise"] for row in answer["frame"]} == {None}
        arguments = ("team_synthetic", "--purpose", "evaluation", "--show", "exposure", "--by", "team")
        _code, out, _err = call(*arguments, "--format", "csv")
        assert out.splitlines()[1].startswith("foundry,24,1,84.78")

    def test_refusals_of_consent_are_said_in_words_and_written_down(self, call):
        code, _out, err = call("team_synthetic", "--purpose", "performance")
        assert code == 2 and "the notice does not declare the purpose performance" in err
        code, _out, err = call("team_synthetic", "--purpose", "evaluation", "--role", "king")
        assert code == 2 and "There are: public" in err
        assert wb.openings()["outcome"].tolist() == ["refused"]

    def test_parts_and_divisions_that_there_are_not_are_answered(self, call):
        code, _out, err = call("team_synthetic", "--purpose", "evaluation", "--show", "persons")
        assert code == 2 and "--show is one of summary, quality, exposure, events, alerts" in err
        code, _out, err = call("team_synthetic", "--purpose", "evaluation", "--show", "quality", "--by", "task")
        assert code == 2 and "--by divides summary, exposure alone" in err
