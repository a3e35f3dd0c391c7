"""Languages: which there are, how one is spoken, how it writes figures, and what its catalogue must hold."""

import ast
import contextvars
import math
import string
import threading
from pathlib import Path

import pytest

from tests.terms.translated import DOCS, OTHERS, READ, ROW, messages, rows, shares, texts
from workbench.terms import words
from workbench.terms.catalogues import catalogue, catalogues
from workbench.terms.errors import UnknownName
from workbench.terms.languages import language, speak
from workbench.terms.text import LANGUAGE, _, figures, language_code, n_, speaking

PACKAGE = Path(__file__).parents[2] / "workbench"
THIN = "\u202f"


def placeholders(text: str) -> set[str]:
    """What a message leaves open, with its format: `n:,`; an example of YAML, `{year: 2020}`, leaves nothing open."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:  # braces that are shown as they are, never filled
        return set()
    return {f"{name}!{kind}:{form}" for _text, name, form, kind in parts if name and form[:1] != " "}


def test_each_language_but_english_has_a_catalogue():
    assert sorted(catalogues()) == sorted(OTHERS)


def test_another_language_is_refused_with_those_there_are():
    with pytest.raises(UnknownName, match="There are: en, nl, fr, de"):
        language("xx")


@pytest.mark.parametrize("code", OTHERS)
def test_translations_leave_the_same_open_as_their_messages(code):
    wrong = [
        (message.id, message.string)
        for message in messages(code)
        for one, other in zip(texts(message.id), texts(message.string), strict=True)
        if other and placeholders(one) != placeholders(other)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "count", "rate", "small"),
    [
        ("en", "1,234,567", "1,234.5", "0.00123"),
        ("nl", "1.234.567", "1.234,5", "0,00123"),
        ("de", "1.234.567", "1.234,5", "0,00123"),
        ("fr", f"1{THIN}234{THIN}567", f"1{THIN}234,5", "0,00123"),
    ],
)
def test_figures_have_the_marks_of_the_language(code, count, rate, small):
    with speaking(language(code)):
        assert (words.whole(1234567), words.number(1234.5), words.number(0.00123)) == (count, rate, small)
        assert figures("<0.001") == words.chance(0.0001)
        assert words.column([1234.5, 0.5, 10])(1234.5) == rate


def test_numbers_that_a_message_formats_have_them_too_but_years_stay_as_they_are():
    with speaking(language("de")):
        said = _("{value} ({level:g}% CI {low} to {high})").format(value="1", level=97.5, low=2023, high="x")
    assert "97,5" in said
    assert "2023" in said


def test_figures_that_are_no_numbers_are_said_in_words():
    with speaking(language("nl")):
        assert words.number(math.nan) not in ("nan", "")


@pytest.mark.parametrize(("code", "of_none"), [("nl", "many"), ("de", "many"), ("fr", "one")])
def test_plurals_follow_the_language(code, of_none):
    """In French none is singular."""
    spoken = language(code)
    one, many = next(message.string for message in messages(code) if not isinstance(message.id, str) and message.string)
    pair = next(message.id for message in messages(code) if not isinstance(message.id, str) and message.string)
    with speaking(spoken):
        assert n_(*pair, 1) == one
        assert n_(*pair, 2) == many
        assert n_(*pair, 0) == {"one": one, "many": many}[of_none]


def test_a_language_is_spoken_from_now_on_and_in_what_is_started(monkeypatch):
    monkeypatch.setenv(LANGUAGE, "en")
    speak("fr")
    assert language_code() == "fr"
    heard = []
    thread = threading.Thread(target=lambda: heard.append(language_code()))
    thread.start()
    thread.join()
    assert heard == ["fr"]
    with speaking(language("en")):
        assert language_code() == "en"
    assert contextvars.Context().run(language_code) == "fr"


def test_a_language_of_the_environment_that_there_is_not_is_english(monkeypatch):
    monkeypatch.setenv(LANGUAGE, "tlh")
    assert language_code() == "en"


def test_a_message_without_translation_is_said_in_english():
    assert catalogue("nl").gettext("no such message {x}") == "no such message {x}"
    assert not catalogue("nl").knows("no such message {x}")


def test_the_docs_say_how_much_of_each_room_is_translated():
    """`make messages` writes the table anew."""
    assert "".join(row[0] for row in ROW.finditer(DOCS.read_text(encoding="utf-8"))) == rows()


@pytest.mark.parametrize("code", OTHERS)
def test_what_explorer_briefs_and_workshop_are_made_of_is_translated(code):
    assert {room: share for room, (_n, share) in shares(code).items() if room in READ and share < 97} == {}


def test_no_message_hides_in_a_formatted_string():
    """The extraction of messages does not look there."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "n_", "mark")
    ]
    assert hidden == []
