"""One template in four languages: the same figures, whole messages; what is not translated says that it is English."""

import io
import re
from pathlib import Path

import nbformat
import pikepdf
import pytest
from lxml import html

import workbench as wb
from tests.test_languages import outside
from tests.views.conftest import CLIPPED
from workbench.briefs import content as content_module
from workbench.briefs.brief import Brief
from workbench.briefs.check import check_page
from workbench.briefs.content import read_page
from workbench.briefs.page import body, page
from workbench.briefs.paragraphs import in_language, messages_of, paragraphs
from workbench.briefs.pdf import paper
from workbench.briefs.record import record_of
from workbench.terms.codes import codelist
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.places import bundled
from workbench.terms.text import speaking

pytestmark = pytest.mark.xdist_group("briefs")
FOLDER = bundled("notebooks") / "briefs"
OTHERS = [code for code in LANGUAGES if code != "en"]
ENGLISH = re.compile(
    r"\b(the|and|were|with|which|from|than|yes|by|has|this|of the)\b|[a-z]+_[a-z]+|\b(nuts|nace|isco)\d\b"
)
"""Words that none of the other languages has, and names of columns."""


@pytest.fixture(scope="module")
def belgium(shop):
    """The common view of Belgium in each language, from what comes with the workbench: `belgium["nl"]`."""
    made = {}
    for code in LANGUAGES:
        with speaking(language(code)):
            made[code] = shop(FOLDER / "common_view.ipynb")
    return made


def tree(brief: Brief):
    return html.fromstring(Path(brief.path).read_text(encoding="utf-8"))


def own_texts(brief: Brief) -> list[str]:
    """What a page says in its own language: neither code nor citation, nor what is marked as English."""
    page = tree(brief)
    for away in page.xpath("//script | //style | //head | //pre | //code | //*[@id='sources'] | //footer"):
        away.drop_tree()
    for away in page.xpath("//body//*[@lang='en'] | //dl[@class='facts'] | //*[@class='attribution']"):
        away.drop_tree()
    return [" ".join(text.split()) for text in page.xpath("//body//text()") if text.strip()]


@pytest.mark.parametrize("code", OTHERS)
def test_the_page_says_which_language_it_is_in_and_each_paragraph_is_in_it(code, belgium):
    assert tree(belgium[code]).get("lang") == code
    english = {message for text in belgium["en"].content.pieces for message in paragraphs(text.source)}
    told = {message for text in belgium[code].content.pieces for message in paragraphs(text.source)}
    assert english
    assert english.isdisjoint(told)


@pytest.mark.parametrize("code", OTHERS)
def test_no_english_is_left_but_what_says_so(code, belgium):
    # names of data sets and parameters; what was noted when a table was loaded stays in the language of that time
    named = re.compile(r"SHA-256|hsw_n2_01|published figures that come with the workbench")
    left = [text for text in own_texts(belgium[code]) if ENGLISH.search(text) and not named.search(text)]
    assert left == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_figures_are_those_of_the_english_brief(code, belgium):
    other, english = belgium[code].content, belgium["en"].content
    assert other.records.keys() == english.records.keys()
    for name, record in english.records.items():
        values = [row["value"] for row in record.rows]
        assert [row["value"] for row in other.records[name].rows] == pytest.approx(values, nan_ok=True)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_says_what_its_findings_say_in_whatever_language_it_is_checked(code, belgium):
    assert check_page(belgium[code].path) == []
    assert read_page(belgium[code].path).about["language"] == code


def test_figures_have_the_marks_of_the_language(belgium):
    rate = {
        code: tree(belgium[code]).xpath("//section[@class='key-figures']//strong")[0].text_content()
        for code in LANGUAGES
    }
    assert rate == {"en": "2,594.2", "nl": "2.594,2", "de": "2.594,2", "fr": "2\u202f594,2"}


def test_the_funding_is_named_in_the_language(belgium):
    funding = {code: tree(belgium[code]).xpath("//p[@class='funding']/text()") for code in LANGUAGES}
    assert all(len(lines) == 1 and "NextGenerationEU" in lines[0] for lines in funding.values())
    assert len({lines[0] for lines in funding.values()}) == len(LANGUAGES)


@pytest.mark.parametrize("code", OTHERS)
def test_paper_names_its_language(code, belgium):
    content = belgium[code].content
    with speaking(language(code)):
        printed = paper(page(content, {}))
    if printed.kind != "PDF/UA-1":
        pytest.skip("printed by a browser")
    with pikepdf.open(io.BytesIO(printed.content)) as pdf:
        assert str(pdf.Root.Lang) == code


def test_a_text_of_a_stranger_stays_in_its_language_and_says_so():
    with speaking(language("nl")):
        text = in_language("# A stranger's title\n\nWith a sentence of their own.", "en")
        assert text.source.startswith("# A stranger's title")
        assert text.language == "en"
        assert in_language("{{ series.sentence }}", "en").language == ""
        assert in_language("## Where", "en").source != "## Where"


def test_english_texts_are_left_as_they_were_typed():
    assert in_language("one\ntwo\n\n- a\n- b", "en").source == "one\ntwo\n\n- a\n- b"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
@pytest.mark.parametrize("code", OTHERS)
def test_every_paragraph_of_a_template_is_in_the_catalogue_with_the_same_expressions(path, code):
    known = language(code)
    with path.open("rb") as lines:
        messages = [message for _cell, _function, message, _comments in messages_of(lines)]
    assert messages
    for message in messages:
        assert known.knows(message), message
        expressions = [sorted(re.findall(r"\{\{.*?\}\}", text)) for text in (message, str(known.gettext(message)))]
        assert expressions[0] == expressions[1], message


def test_lists_and_tables_stay_as_they_are_and_lines_of_a_paragraph_are_one():
    source = "# T\n\none\ntwo\n\n- a\n- b\n\n| x |\n|---|\n\n{{ f.sentence }}"
    assert paragraphs(source) == ["# T", "one two", "- a\n- b", "| x |\n|---|"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source)])
    found = messages_of(io.BytesIO(nbformat.writes(notebook).encode()))
    assert [message for _cell, _function, message, _comments in found] == paragraphs(source)


@pytest.mark.browser
@pytest.mark.parametrize("width", [380, 640], ids=["a telephone", "a screen of 1280 pixels at 200 %"])
@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_cut_off(code, width, belgium, new_page):
    page = new_page(width, 800, java_script_enabled=False)  # texts alone: the charts draw themselves anew
    page.unroute_all()
    page.goto(Path(belgium[code].path).as_uri())
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


@pytest.fixture
def turned(table, content, pseudo_language, monkeypatch):
    """A brief in a language that turns every message."""
    monkeypatch.setattr(content_module, "language", lambda code: pseudo_language)
    with speaking(pseudo_language):
        years = {("F", year): (200 + year % 7, 100_000) for year in range(2015, 2023)}
        cube = table(years | {("C", 2022): (99, 80_000)})
        found = {"series": wb.trend(cube, wb.Selection(sectors={"F"})), "sectors": wb.rates(cube, by=["nace1"])}
        records = {name: record_of(finding, name) for name, finding in found.items()}
        return content("# {{ series.sentence }}", "{{ sectors.leaders }}", **records)


@pytest.mark.browser
@pytest.mark.parametrize("width", [380, 640], ids=["a telephone", "a screen of 1280 pixels at 200 %"])
def test_in_a_language_that_turns_every_message_nothing_is_cut_off(width, turned, pseudo_language, new_page, tmp_path):
    with speaking(pseudo_language):
        (tmp_path / "turned.html").write_text(page(turned, {}), encoding="utf-8")
    opened = new_page(width, 800)
    opened.unroute_all()
    opened.goto((tmp_path / "turned.html").as_uri())
    assert opened.evaluate(CLIPPED) == []
    assert opened.evaluate("document.scrollingElement.scrollWidth") <= width


def test_in_a_language_that_turns_every_message_no_english_is_left(turned, pseudo_language):
    """What is left are labels of code lists, code, and names; an entry of the glossary is cut at its term."""
    with speaking(pseudo_language):
        page_of = html.fromstring(f"<html><body>{body(turned, {})}</body></html>")
    for away in page_of.xpath("//pre | //code | //*[@id='glossary']"):
        away.drop_tree()
    labels = {label.casefold() for label in codelist("nace").labels.values()} | {
        "osh workbench",
        "table",
        "osh-workbench",
        "python",
    }
    left = []
    for text in page_of.xpath("//body//text()"):
        bare = outside(text).casefold()
        for label in sorted(labels, key=len, reverse=True):
            bare = bare.replace(label, "")
        if re.search(r"[a-z]{3,}", bare):
            left.append(text)
    assert left == []
