"""The evidence sheet answers each of its items with yes or no, by what the brief was made from."""

from dataclasses import replace

import pytest
from lxml import html

from workbench.briefs.apparatus import items, versioned
from workbench.briefs.page import page
from workbench.terms.places import bundled

HASHED = {"name": "table", "citation": "A table", "way": "file", "sha256": ["a" * 64]}
INPUTS = "Are the inputs named, with their hashes?"
HISTORY = "Is the code under version control?"
STEPS = "Did it run without manual steps?"
REVIEW = "Has somebody else reviewed it?"
RELEASE = "Is there a record of the release of its figures?"
ALWAYS = {
    "Is the code known, to the letter?",
    "Are the tools open, and their versions known?",
    "Were the checks of the brief passed?",
}
"""A brief of which one of these is not so is not written."""


@pytest.fixture
def made(content, sectors):
    """A brief of one finding whose source is hashed: `made(reviewer="...")`."""

    def make(sources=(HASHED,), **about):
        whole = content("# Sectors", "{{ rates.sentence }}", rates=replace(sectors(), sources=sources))
        return replace(whole, about=about)

    return make


def answered(brief) -> dict[str, bool]:
    return {item.question: item.yes for item in items(brief)}


def test_what_is_not_known_to_be_so_is_answered_with_no(made):
    answers = answered(made())
    assert answers == {INPUTS: True, HISTORY: False, STEPS: True, REVIEW: False, RELEASE: False} | dict.fromkeys(
        ALWAYS, True
    )


@pytest.mark.parametrize(
    "question, about, yes, detail",
    [
        (HISTORY, {"versioned": True}, True, "Git"),
        (STEPS, {"manual_steps": ["Copied the table by hand"]}, False, "Copied the table by hand"),
        (REVIEW, {"reviewer": "Statistics unit"}, True, "Statistics unit"),
        (RELEASE, {"release_record": "Line 3 of the record."}, True, "Line 3 of the record."),
    ],
)
def test_an_item_follows_what_the_notebook_says_of_itself(question, about, yes, detail, made):
    (item,) = (item for item in items(made(**about)) if item.question == question)
    assert item.yes is yes and detail in item.detail


def test_an_input_without_a_hash_is_named(made):
    (item,) = (item for item in items(made(sources=(HASHED | {"sha256": []},))) if item.question == INPUTS)
    assert not item.yes and item.detail == "Without a hash: table"


def test_each_item_stands_in_the_page_with_yes_or_no(made):
    brief = made()
    table = html.fromstring(page(brief, {})).get_element_by_id("evidence").find(".//table")
    rows = {row.findtext("th"): row.findtext("td") for row in table.iterfind("tbody/tr")}
    assert rows == {question: "yes" if yes else "no" for question, yes in answered(brief).items()}


def test_a_template_and_a_notebook_in_a_folder_with_a_history_are_versioned(tmp_path):
    (tmp_path / "loose.ipynb").write_text("{}")
    assert not versioned(tmp_path / "loose.ipynb")
    (tmp_path / ".git").mkdir()
    assert versioned(tmp_path / "loose.ipynb")
    assert versioned(bundled("notebooks") / "briefs" / "country.ipynb")
