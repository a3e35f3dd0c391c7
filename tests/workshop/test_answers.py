"""The exercises of the workshop: solutions pass, slips are told apart, and nothing that travels holds an answer."""

import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from tests.workshop.make_answers import NOTEBOOKS, answers_of, names_of
from tests.workshop.solutions import SOLUTIONS
from workbench.terms.errors import UnknownName
from workbench.terms.places import PACKAGE
from workbench.workshop import check
from workbench.workshop.answers import ALL, ANSWERS, written
from workbench.workshop.questions import QUESTIONS

pytestmark = pytest.mark.xdist_group("workshop")

LESSONS = tuple(dict.fromkeys(name.partition(".")[0] for name in QUESTIONS))
FILES = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(scope="module")
def answers():
    """Of each question the right answer, under "", and the wrong ones, computed by the code of the notebooks."""
    names = {lesson: names_of(lesson) for lesson in LESSONS}
    return {name: answers_of(SOLUTIONS[name], names[name.partition(".")[0]]) for name in QUESTIONS}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_solution_passes_its_check(name, answers):
    verdict = check(name, answers[name][""])
    assert verdict.passed
    assert repr(verdict).startswith(f"✓ {name}: Right")


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_slip_is_told_what_is_wrong_with_it(name, answers):
    for slip, text in QUESTIONS[name].slips.items():
        verdict = check(name, answers[name][slip])
        assert (verdict.passed, verdict.slip, verdict.message) == (False, slip, text)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_knows_four_slips_or_more_and_tells_them_apart(name):
    slips = QUESTIONS[name].slips
    assert set(slips) == set(SOLUTIONS[name].slips)
    assert len(set(slips.values())) == len(slips) >= 4


def test_of_more_than_a_hundred_planted_wrong_answers_none_passes(answers):
    slips = [(name, value) for name, found in answers.items() for slip, value in found.items() if slip]
    near = [
        (name, answers[name][""] + step / 10**question.decimals)
        for name, question in QUESTIONS.items()
        if question.decimals is not None
        for step in (-2, -1, 1, 2)
    ]
    assert len(slips) >= 100 and len(near) >= 50
    assert [name for name, value in slips + near if check(name, value).passed] == []


def test_wrong_denominator_wrong_year_and_per_cent_are_named():
    assert "denominator" in QUESTIONS["rate.1"].slips["all_people"]
    assert "2022" in QUESTIONS["rate.1"].slips["people_year"]
    assert "per cent" in QUESTIONS["rate.1"].slips["per_cent"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_exercise_that_was_not_begun_gets_its_hint(name):
    verdict = check(name, None)
    assert not verdict.passed
    assert verdict.message == f"No answer yet. Hint: {QUESTIONS[name].hint}"


def test_an_unknown_wrong_answer_gets_the_hint():
    assert "not a slip that is known here. Hint: 100,000 times" in check("rate.1", 1.0).message


def test_more_decimals_than_asked_and_other_kinds_of_number_do_not_matter(answers):
    right = answers["rate.1"][""]
    for same in (np.float64(right), round(right, 1), round(right, 4), np.float32(round(right, 1))):
        assert check("rate.1", same).passed
    assert check("find.2", np.int64(answers["find.2"][""])).passed


def test_blanks_and_small_letters_of_a_text_do_not_matter():
    assert check("map.1", " ukm ").passed


@pytest.mark.parametrize("answer", ["2,140.8", True, [1.0], pd.Series([1.0]), 1j])
def test_what_is_no_number_is_said_to_be_none(answer):
    verdict = check("rate.1", answer)
    assert not verdict.passed
    assert f"a number with 1 decimal, here is {type(answer).__name__}" in verdict.message


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), np.float64("nan")])
def test_a_missing_or_infinite_figure_is_said_to_be_one(answer):
    assert "not a finite number" in check("rate.1", answer).message


@pytest.mark.parametrize("answer", [3, "", "  "])
def test_what_is_no_text_is_said_to_be_none(answer):
    assert "between quotation marks" in check("map.1", answer).message


def test_a_question_that_is_not_asked_is_refused_with_those_that_are():
    with pytest.raises(UnknownName, match=r"rate\.11.*Known: find\.1"):
        check("rate.11", 1)


def test_a_rounded_zero_has_no_minus():
    assert written(QUESTIONS["trend.1"], -0.001) == "0.00"


def test_nothing_that_travels_holds_an_answer(answers):
    """Numbers of four signs and more: shorter ones stand in any text."""
    texts = [path.read_text(encoding="utf-8") for path in [*FILES, *(PACKAGE / "workshop").iterdir()] if path.is_file()]
    for name, found in answers.items():
        text = written(QUESTIONS[name], found[""])
        if QUESTIONS[name].decimals is not None and len(text) > 4:
            forms = {text, f"{float(text):,.{QUESTIONS[name].decimals}f}"}
            assert not [form for form in forms if any(form in body for body in texts)], name


def test_answers_are_kept_as_hashes_with_a_salt_of_their_own():
    kept = json.loads(ANSWERS.read_text(encoding="utf-8"))
    assert list(kept) == list(ALL)
    assert len({question["salt"] for question in kept.values()}) == len(kept)
    for question in kept.values():
        assert all(re.fullmatch(r"[0-9a-f]{32}", text) for text in [question["right"], *question["wrong"].values()])


def test_the_six_notebooks_ask_each_question_once_and_say_aims_and_time():
    asked = []
    for path in FILES:
        cells = nbformat.read(path, as_version=4).cells
        assert "**Aims.**" in cells[0].source and "**Time.**" in cells[0].source
        exercises = [cell.source for cell in cells if "exercise" in cell.metadata.get("tags", ())]
        asked += [re.search(r'check\("(.+?)", answer\)$', source)[1] for source in exercises]
        assert all(source.startswith("answer = None") for source in exercises)
    assert len(FILES) == 6
    assert asked == list(QUESTIONS)


def test_the_break_that_lesson_1_asks_for_is_the_publishers_flag():
    rows = names_of("find")["rows"]
    series = rows[(rows.nuts == "IT") & (rows.nace == "F") & (rows.sex == "T")].set_index("year")["flag"]
    assert series[series == "b"].index.tolist() == [2020]


def test_the_trainers_page_names_each_lesson_with_its_time_and_what_it_takes():
    text = (NOTEBOOKS / "trainer.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\w+\.ipynb)\)", text) == [path.name for path in FILES]
    measured = re.findall(r"\| `(\w+)` \| (\d+) \| (\d+) \|", text)
    assert [name for name, _seconds, _megabytes in measured] == [path.stem for path in FILES]
    assert all(int(seconds) <= 60 and int(megabytes) <= 700 for _name, seconds, megabytes in measured)
    for path in FILES:  # the minutes of the notebook are those of the plan
        minutes = re.search(r"\*\*Time\.\*\* (\d+) minutes", nbformat.read(path, as_version=4).cells[0].source)[1]
        assert re.search(rf"{minutes} minutes \| \[.*?\]\({path.name}\)", text)
