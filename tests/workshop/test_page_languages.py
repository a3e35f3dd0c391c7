"""`workshop.html` in each language: its words, its numbers, answers typed as its readers type them, nothing cut off."""

import json
import re

import pytest
from lxml import html

import workbench as wb
from tests.test_languages import outside
from tests.views.conftest import CLIPPED
from workbench.terms.codes import codelist
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import speaking
from workbench.workshop import page as page_module
from workbench.workshop.page import write_page
from workbench.workshop.page_texts import PAGE_QUESTIONS

pytestmark = pytest.mark.xdist_group("workshop")
TWIN = "esaw_synthetic"
WIDTHS = {"a telephone": 380, "a screen of 1280 pixels at 200 %": 640}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The page in a language, written once: `written("nl")`."""
    folder, done = tmp_path_factory.mktemp("languages"), {}
    cubes = {name: wb.cube(name) for name in (TWIN, f"{TWIN}_employed")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_module, "cube", cubes.get)

        def write(code: str, translations=None):
            if code not in done:
                done[code] = folder / f"{code}.html"
                with speaking(translations or language(code)):
                    write_page(done[code])
            return done[code]

        yield write


def texts_of(path) -> tuple[dict, dict]:
    """What the page's script says, and the questions."""
    page = path.read_text(encoding="utf-8")
    texts, data = (json.loads(re.search(rf"^const {name} = (.*)$", page, re.MULTILINE)[1]) for name in ("T", "DATA"))
    return texts, data


def test_in_a_language_that_turns_every_message_no_english_is_left(written, pseudo_language):
    """What is left are labels of code lists, the owner of the boundaries, and the name of the workbench."""
    path = written("pseudo", pseudo_language)
    tree = html.fromstring(path.read_text(encoding="utf-8"))
    for away in tree.xpath("//script | //style"):
        away.drop_tree()
    texts, data = texts_of(path)
    questions = [value for question in data["questions"].values() for value in question.values()]
    said = [*tree.xpath("//text()"), *tree.xpath("//@aria-label"), *texts.values()]
    said += [text for value in questions for text in (value.values() if isinstance(value, dict) else [value])]
    said = [text for text in said if isinstance(text, str) and re.search(r"[a-z]{3,}", outside(text))]
    hashes = {question[name] for question in data["questions"].values() for name in ("salt", "right")}
    left = [text for text in said if text not in hashes and "EuroGeographics" not in text]
    assert left == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_labels_and_texts_are_in_the_language_of_the_page(code, written):
    page, (texts, data) = written(code).read_text(encoding="utf-8"), texts_of(written(code))
    assert f'<html lang="{code}">' in page
    with speaking(language(code)):
        assert data["labels"]["nace1"]["F"] == codelist("nace").label("F")
        assert data["labels"]["nuts0"]["IT"] == codelist("nuts").label("IT")
    assert texts["locale"] == {"en": "en-GB"}.get(code, code)
    asked = {question["ask"] for question in data["questions"].values()}
    english = {question.ask for question in PAGE_QUESTIONS.values()}
    assert (asked == english) == (code == "en")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("en", ["1,234.5", "1234.5", "1 234.5"]),
        ("nl", ["1.234,5", "1234,5", "1234.5", "1 234,5"]),
        ("de", ["1.234,5", "1234,5", "1234.5"]),
        ("fr", ["1\u202f234,5", "1 234,5", "1234,5", "1234.5"]),
    ],
)
def test_an_answer_is_understood_as_its_readers_type_it(code, typed, written, new_page):
    page = new_page(800, 600)
    page.unroute_all()
    page.goto(written(code).as_uri())
    assert [page.evaluate("(text) => workshop.typed(text)", text) for text in typed] == [1234.5] * len(typed)
    assert page.evaluate("workshop.typed('\u22121,5')" if code != "en" else "workshop.typed('\u22121.5')") == -1.5
    shown = page.evaluate("workshop.fixed(1234.5)")
    assert page.evaluate("(text) => workshop.typed(text)", shown) == 1234.5


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("code", [*LANGUAGES, "pseudo"])
def test_nothing_is_cut_off(code, width, written, pseudo_language, new_page):
    page = new_page(width, 800)
    page.unroute_all()
    page.goto(written(code, pseudo_language if code == "pseudo" else None).as_uri())
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert page.errors == []
