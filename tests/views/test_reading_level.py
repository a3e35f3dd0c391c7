"""How hard the explorer's English is to read: the Flesch-Kincaid grade of what its cards say, by kind of text.

Grade = 0.39 words per sentence + 11.8 syllables per word - 15.59: Kincaid and others (1975), Research Branch Report
8-75, Naval Technical Training Command. Figures are no words here; labels of code lists are, as a reader meets them.
"""

import json
import re
from functools import cache

import pytest

import workbench as wb
from workbench.views.explorer import Explorer
from workbench.views.reading import reading
from workbench.views.screen import CARDS

pytestmark = pytest.mark.xdist_group("explorer")
GRADE = 9
"""What Chartability asks for at most: the ninth grade of a school."""
YEAR = wb.Selection(years=(2022, 2022))
STATES = (
    {"selection": YEAR},
    {"selection": YEAR.but(regions={"IT"}, sectors={"F"}, sexes={"M"})},
    {"selection": wb.Selection(sectors={"F"}, years=(2014, 2022)), "measure": "accidents"},
    {"selection": YEAR, "mapped": "excess"},
    {"selection": YEAR.but(regions={"ITC4"}), "reference": YEAR},
)
OTHERS = ("hsw_n2_02", "uk_fatal_injuries", "uk_reported_injuries")
"""Publishers' tables that come with the workbench."""


def syllables(word: str) -> int:
    """Groups of vowels, but for an e at the end that is not spoken."""
    small = re.sub("[^a-z]", "", word.lower())
    silent = re.search(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouyscgxz]es$", small) and not re.search("(sh|ch)es$", small)
    return max(1, len(re.findall("[aeiouy]+", small)) - bool(silent))


def grade(texts: list[str]) -> float:
    """The Flesch-Kincaid grade of texts taken together."""
    parts = [part for text in texts for part in re.split(r"(?<=[.!?])\s+|\n", text)]
    sentences = [words for part in parts if (words := re.findall(r"[A-Za-z][A-Za-z'’-]*", part))]
    words = [word for sentence in sentences for word in sentence]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def texts_of(value: object) -> list[str]:
    """All texts inside plain values."""
    if isinstance(value, str):
        return [value]
    return [text for one in (value.values() if isinstance(value, dict) else value or ()) for text in texts_of(one)]


@cache
def shown() -> dict[str, list[str]]:
    """What the explorer says in a few states of each data set, by kind of text."""
    found = {"findings": [], "titles": [], "key figures": [], "notes": [], "help": texts_of(reading())}
    for dataset, states in (("esaw_synthetic", STATES), *((name, ({},)) for name in OTHERS)):
        explorer = Explorer(dataset)
        for state in states:
            explorer.param.update(**{"measure": explorer.measure, "mapped": "", "reference": None, **state})
            explorer.look()
            cards = [json.loads(text) for view in CARDS if (text := getattr(explorer.screen, view))]
            found["titles"] += [f"{card['title']}. {card['line']}." for card in cards if "line" in card]
            found["titles"].append(json.loads(explorer.screen.head)["heading"])
            found["findings"] += [card.get("aside") or card["says"] for card in cards]
            comparison = json.loads(explorer.screen.comparison or "{}")
            found["findings"] += [comparison["line"], comparison["says"]] if comparison else []
            found["key figures"] += [one["sentence"] for one in json.loads(explorer.screen.figures)["figures"]]
            found["notes"] += json.loads(explorer.screen.pages)["notes"]
    return {kind: [text for text in dict.fromkeys(texts) if text] for kind, texts in found.items()}


@pytest.mark.parametrize(
    "word, count",
    {"rate": 1, "table": 2, "region": 2, "interval": 3, "accidents": 3, "changed": 1, "counted": 2}.items(),
)
def test_syllables_are_counted_as_they_are_spoken(word, count):
    assert syllables(word) == count


def test_the_grade_is_that_of_the_formula():
    assert grade(["The cat sat on the mat."]) == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    assert grade(["Statistical considerations necessitate interpretation."]) > 20


@pytest.mark.parametrize("kind", ["help", "findings", "titles", "key figures"])
def test_what_a_card_says_is_read_in_the_ninth_grade(kind):
    texts = shown()[kind]
    assert len(texts) > 10
    assert grade(texts) <= GRADE, sorted(texts, key=lambda text: grade([text]))[-5:]


@pytest.mark.parametrize("text", texts_of(reading()))
def test_each_text_of_the_help_is_read_in_the_ninth_grade(text):
    assert grade([text]) <= GRADE
