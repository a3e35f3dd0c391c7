"""Answers of the workshop, checked against salted hashes: who reads the source learns no answer from it."""

import hashlib
import json
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.terms.errors import UnknownName
from workbench.terms.text import _, n_, translated
from workbench.workshop.page_texts import PAGE_QUESTIONS
from workbench.workshop.questions import QUESTIONS, Question

ALL = QUESTIONS | PAGE_QUESTIONS
"""Those of the notebooks, then those of `workshop.html`."""
ANSWERS = Path(__file__).with_name("answers.json")
"""For each question a salt, the hash of the right answer, and those of wrong answers by the name of their slip."""


@dataclass(frozen=True)
class Verdict:
    """What was found of an answer; shown in a notebook, it is its message."""

    question: str
    passed: bool
    message: str
    slip: str = ""
    """The name of the slip that gives this very answer, "" where none is known."""

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.question}: {self.message}"


def check(question: str, answer: object) -> Verdict:
    """Whether an answer of the workshop is right, and if not, what is wrong with it.

    Parameters
    ----------
    question : str
        Its name, such as "rate.1": the lesson and the number of the question.
    answer : number, str or None
        A number is rounded to the decimals that the question states; capitals and blanks of a text do not matter.
        None is an exercise that was not begun.

    Returns
    -------
    Verdict

    Raises
    ------
    UnknownName
        For a question that the workshop does not ask.
    """
    if question not in ALL:
        names = ", ".join(ALL)
        raise UnknownName(_("question"), question, ALL, hint=_("Known: {names}.").format(names=names))

    exercise = ALL[question]
    if answer is None:
        return Verdict(question, False, _("No answer yet. Hint: {hint}").format(hint=translated(exercise.hint)))
    if fault := _unreadable(exercise, answer):
        return Verdict(question, False, fault)

    kept = known_answers()[question]
    found = digest(question, kept["salt"], written(exercise, answer))
    if found == kept["right"]:
        return Verdict(question, True, translated(exercise.praise))
    slip = {hashed: name for name, hashed in kept["wrong"].items()}.get(found, "")
    if slip:
        return Verdict(question, False, translated(exercise.slips[slip]), slip)
    hint = _("Not right, and not a slip that is known here. Hint: {hint}").format(hint=translated(exercise.hint))
    return Verdict(question, False, hint)


@cache
def known_answers() -> Mapping[str, Mapping]:
    """The salts and hashes of all questions, by the question's name."""
    return json.loads(ANSWERS.read_text(encoding="utf-8"))


def written(question: Question, answer: object) -> str:
    """An answer as it is hashed: a number with the question's decimals, a text in capitals without outer blanks."""
    if question.decimals is None:
        return str(answer).strip().upper()
    text = f"{float(answer):.{question.decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text  # no minus before a zero


def digest(name: str, salt: str, text: str) -> str:
    """The hash of one written answer: SHA-256 over salt, question and text, its first 32 hexadecimal digits.

    The page `workshop.html` computes the same.
    """
    return hashlib.sha256(f"{salt}:{name}:{text}".encode()).hexdigest()[:32]


def _unreadable(question: Question, answer: object) -> str:
    """Why an answer is not of the kind that was asked for; "" where it is."""
    if question.decimals is None:
        if isinstance(answer, str) and answer.strip():
            return ""
        return _("The answer is a text between quotation marks, here is {kind}.").format(kind=type(answer).__name__)
    if not isinstance(answer, numbers.Real) or isinstance(answer, bool):
        return n_(
            "The answer is a number with {n} decimal, here is {kind}. Of a table take one cell: .iloc[0].",
            "The answer is a number with {n} decimals, here is {kind}. Of a table take one cell: .iloc[0].",
            question.decimals,
        ).format(n=question.decimals, kind=type(answer).__name__)
    if not math.isfinite(answer):
        return _("The answer is not a finite number: something was divided by 0, or the figure is missing.")
    return ""
