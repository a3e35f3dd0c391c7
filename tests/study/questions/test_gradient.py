import json
import sys

import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench import cli

SIZES = ["E5-9", "E10-49", "E50-249", "E_GE250"]


@pytest.fixture(scope="module")
def wearables():
    return wb.gradient("esener_2019", question="E3Q310_6")


def test_the_share_of_wearables_rises_with_size_in_nearly_all_countries(wearables):
    by_size = wearables.frame.set_index("size")["value"]
    assert by_size.index.tolist() == SIZES and by_size.is_monotonic_increasing
    row = wearables.model.frame.iloc[0]
    assert (row["countries"], row["rising"]) == (33, 31)
    assert row["p_value"] < 0.001 and "31 of 33 countries" in wearables.summary
    assert any("Page's L" in note for note in wearables.notes)
    assert "Base: Establishments with five or more employees." in wearables.notes


def test_the_test_is_of_the_published_shares_of_countries(wearables):
    selection = wb.Selection(where={"question": {"E3Q310_6"}, "answer": {"Yes"}})
    table = wb.counts("esener_2019", selection, ["nuts0", "size"]).frame.pivot(
        index="nuts0", columns="size", values="value"
    )
    table = table[SIZES].dropna()
    steps = table @ (np.arange(4) - 1.5) / 5
    assert wearables.model.frame["step"].iloc[0] == approx(100 * steps.mean())
    ranks = table.rank(axis=1).sum()
    assert wearables.model.frame["statistic"].iloc[0] == approx((ranks * [1, 2, 3, 4]).sum())


def test_one_country_is_shown_and_all_are_tested():
    found = wb.gradient("esener_2019", wb.Selection(regions={"IT"}), question="E3Q310_6")
    selection = wb.Selection(regions={"IT"}, where={"question": {"E3Q310_6"}, "answer": {"Yes"}})
    assert found.frame["value"].tolist() == wb.counts("esener_2019", selection, ["size"]).frame["value"].tolist()
    assert found.model.frame["countries"].iloc[0] == 33


def test_sectors_are_tested_for_any_difference():
    found = wb.gradient("esener_2019", by="nace1", question=["E3Q310_3", "E3Q310_6"])
    assert found.model.frame["df"].tolist() == [7, 7]
    assert any("Friedman's chi-square" in note for note in found.notes)
    assert set(found.frame["nace1"]) >= {"A", "C", "O"}


def test_all_questions_are_small_multiples_and_the_tests_are_corrected_for_their_number():
    found = wb.gradient("esener_2019")
    assert found.frame["question"].nunique() == 108
    tests = found.model.frame
    assert (tests["p_holm"].dropna() >= tests["p_value"].dropna()).all()
    known = tests["p_value"].dropna()
    assert tests["p_holm"].min() == approx(known.min() * len(known))
    labels = found.table().set_index("question")["question_label"]
    assert labels["E3Q159"].iloc[0] == "Absence due to sickness over the last 3 years: Rather increased"
    assert found.picture.chart.kind == "panels" and found.chart()


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"source": "uk_fatal_injuries"}, "is no table of published answers"),
        ({"source": "esener_2019", "by": "sex"}, "size, nace1, .*not sex|groups of establishments"),
        ({"source": "esener_2019", "question": "E3Q310_66"}, "Close to it: E3Q310_6"),
    ],
)
def test_what_has_no_gradient_is_refused(asked, refusal):
    with pytest.raises(wb.WorkbenchError, match=refusal):
        wb.gradient(**asked)


@pytest.fixture
def command(monkeypatch, capsys):
    """Call the command line in this process: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code or 0, *capsys.readouterr())

    return call


def rows(command, *arguments: str) -> list[dict]:
    code, out, error = command(*arguments, "--format", "json")
    assert code == 0, error
    return json.loads(out)["frame"]


def test_the_command_gives_the_same_gradient(command, wearables):
    found = rows(command, "gradient", "esener_2019", "--question", "E3Q310_6")
    assert [row["value"] for row in found] == approx(wearables.frame["value"].tolist())


def test_commands_give_regressions_and_register_beside_survey_as_python_does(command):
    asked = ("workers_made_up", "--question", "wears", "--answer", "Yes")
    found = rows(command, "survey-regression", *asked, "--terms", "sex+size", "--like", "Stata")
    expected = wb.survey_regression("workers_made_up", question="wears", answer="Yes", terms="sex+size").frame
    assert [row["effect"] for row in found] == approx(expected["effect"].tolist())

    about = ("esaw_synthetic", "workers_made_up", "--question", "accident", "--answer", "Yes")
    about = (*about, "--where", "nuts0=AT", "--where", "severity=D_GE4", "--years", "2022:2022")
    (ratio,) = rows(command, "reported-share", *about)
    selection = wb.Selection(regions={"AT"}, severities={"D_GE4"}, years=(2022, 2022))
    register = wb.rates("esaw_synthetic", selection, by=["year"])
    reported = wb.survey("workers_made_up", by="year", question="accident", answer="Yes")
    assert ratio["value"] == approx(wb.reported_share(register, reported).frame["value"].iloc[0])
    assert len(rows(command, "reported-share", *about, "--together")) == 3


def test_the_survey_command_takes_known_totals_and_the_words_of_stata(command):
    asked = ("survey", "workers_made_up", "--question", "hours", "--statistic", "mean", "--by", "sex")
    found = rows(command, *asked, "--calibrate", "sex=F:0.6,M:0.4", "--like", "Stata", "--lonely", "scaled")
    people = {row["sex"]: row["people"] for row in found}
    assert people["F"] / sum(people.values()) == approx(0.6)
    code, _out, error = command(*asked, "--calibrate", "sex=F,M")
    assert code == 2 and "Write --calibrate as sex=F:0.48,M:0.52" in error


def test_the_command_on_small_regions_says_when_there_are_too_few(command):
    code, _out, error = command(
        "small-areas", "workers_made_up", "--question", "wears", "--answer", "Yes", "--by", "nuts1"
    )
    assert code == 2 and "3 regions have a direct estimate" in error


def test_facts_are_listed_with_base_year_and_source(command):
    code, out, _error = command("facts", "wearable")
    assert code == 0 and "4.8 % of establishments: use wearable devices" in out and "different bases" in out
    code, out, _error = command("facts", "wearable", "--format", "json")
    assert [fact["id"] for fact in json.loads(out)] == ["esener_2019_wearables", "osh_pulse_2022_wearables"]
    code, _out, error = command("facts", "unicorn")
    assert code == 2 and "No fact has all of these words" in error


def test_the_frame_of_a_gradient_is_one_row_per_group_and_question(wearables):
    assert not wearables.frame.duplicated(["size", "question"]).any()
    assert isinstance(wearables.model.frame, pd.DataFrame)
