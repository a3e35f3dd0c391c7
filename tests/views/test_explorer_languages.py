"""The explorer in the reader's language: chosen in its menu, kept in its link, spoken whoever calls."""

import contextvars
import json
import re

import pytest

import workbench as wb
from tests.test_languages import outside
from workbench.terms.codes import codelist
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import LANGUAGE, speaking
from workbench.views import explorer as module
from workbench.views.explorer import Explorer
from workbench.views.links import language_of
from workbench.views.questions import VIEWS

pytestmark = pytest.mark.xdist_group("explorer")
WOMEN = wb.Selection(sexes={"F"}, years=(2022, 2022))


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def own_home(kept_home, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(kept_home))
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    monkeypatch.delenv(LANGUAGE, raising=False)


def part(explorer: Explorer, name: str) -> dict:
    return json.loads(getattr(explorer.screen, name))


def title_of(explorer: Explorer, view: str) -> str:
    return part(explorer, view)["title"]


def test_another_language_says_everything_anew_and_leaves_what_is_chosen():
    explorer = Explorer("esaw_synthetic", selection=WOMEN)
    explorer.param.update(measure="accidents", divide="age_group")
    before, state = explorer.finding("place").frame, explorer.state
    titles = {view: title_of(explorer, view) for view in ("place", "time", "people")}

    explorer.screen._handle_msg({"do": "set", "name": "language", "value": "nl"})
    assert (explorer.state, explorer.language) == (state, "nl")
    assert part(explorer, "words")["lang"] == "nl"
    assert all(title_of(explorer, view) != titles[view] for view in titles)
    assert part(explorer, "head")["chips"][0]["text"] != "Women"
    assert json.loads(explorer.picker._screen.structure)["texts"]["clear"] != "Clear"
    assert explorer.finding("place").frame["value"].equals(before["value"])

    explorer.screen._handle_msg({"do": "set", "name": "language", "value": "en"})
    assert {view: title_of(explorer, view) for view in titles} == titles
    assert json.loads(explorer.picker._screen.structure)["texts"]["clear"] == "Clear"


def test_a_touch_is_answered_in_the_explorers_language_whoever_brings_it():
    """A server handles each message of a browser apart from what made the page."""
    explorer = Explorer("esaw_synthetic", selection=WOMEN, language="de")
    contextvars.Context().run(
        explorer.screen._handle_msg, {"do": "touch", "view": "groups", "key": ["F"], "add": False}
    )
    with speaking(language("de")):
        expected = wb.rates("esaw_synthetic", explorer.selection).summary
    assert explorer.selection.sectors == {"F"}
    assert explorer.finding("total").summary == expected
    assert "," not in part(explorer, "figures")["figures"][1]["value"]  # 12.638


def test_the_link_brings_the_language_and_one_that_there_is_not_is_said():
    explorer = Explorer("esaw_synthetic", selection=WOMEN)
    assert "lang" not in explorer.address
    explorer.language = "fr"
    assert explorer.address.endswith("&lang=fr")

    again = Explorer(None)
    assert again.follow({"dataset": "esaw_synthetic", "q": WOMEN.to_query(), "lang": "fr"})
    assert (again.language, again.address) == ("fr", explorer.address)
    assert again.follow({"dataset": "esaw_synthetic"})
    assert again.language == "en"
    assert not again.follow({"dataset": "esaw_synthetic", "lang": "<script>"})
    assert (again.language, len(again.wrong)) == ("en", 1)


def test_a_server_of_another_language_keeps_a_link_in_english_apart(monkeypatch):
    monkeypatch.setenv(LANGUAGE, "nl")
    assert Explorer(None).language == "nl"
    assert language_of({}, "nl") == "nl"
    assert language_of({"lang": "en"}, "nl") == "en"
    assert language_of({"lang": "no"}, "nl") == "nl"


def test_the_menu_names_each_language_in_itself():
    words = part(Explorer(None), "words")
    assert words["languages"] == dict(LANGUAGES)
    assert words["languages"]["fr"] == "Français"


def test_why_there_is_nothing_to_show_is_said_in_the_language(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_SOURCE", "cached")
    explorer = Explorer("inail_records")
    assert explorer.picker is None
    english = explorer.why
    explorer.language = "nl"
    assert explorer.why
    assert part(explorer, "words")["lang"] == "nl"
    explorer.language = "en"
    assert explorer.why == english


def test_exported_figures_stay_readable_by_machines():
    explorer = Explorer("esaw_synthetic", selection=WOMEN, language="de")
    csv = explorer.finding("groups").to_csv()
    english = Explorer("esaw_synthetic", selection=WOMEN).finding("groups").to_csv()
    figures = [[cell for cell in line.split(",") if cell.replace(".", "").isdigit()] for line in csv.splitlines()]
    expected = [[cell for cell in line.split(",") if cell.replace(".", "").isdigit()] for line in english.splitlines()]
    rows = [line for line in figures if len(line) > 3]
    assert rows
    assert rows == [line for line in expected if len(line) > 3]


CODES = {
    *("code", "codes", "dataset", "field", "file", "fit", "id", "kind", "key", "look", "measure", "name", "parent"),
    *("paths", "borders", "theme", "value", "view", "views", "language", "lang", "languages", "state", "marks"),
}
"""Parts of what a screen is sent that are no words: it does not show them."""
SHOWN_ALL_THE_SAME = ("pages.sources", "pages.about", "head.datasets.items.about")
"""Citations, licences and publishers, which stand as their owners write them."""


def words_of(part: object, path: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The words of what a screen is sent, with where they stand; of pairs of label and code the label."""
    if isinstance(part, dict):
        named = (
            {"marks": {key: part["marks"][key] for key in ("name", "tip") if key in part["marks"]}}
            if (isinstance(part.get("marks"), dict) and "name" in part["marks"])
            else {}
        )
        kept = {key: value for key, value in part.items() if key not in CODES} | named
        if path[-1:] == ("marks",):
            kept = part
        return [found for key, value in kept.items() for found in words_of(value, (*path, key))]
    if isinstance(part, list):
        is_choice = path[-1:] in {("options",), ("measures",)} and len(part) == 2 and isinstance(part[0], str)
        is_cell = path[-1:] == ("rows",) and len(part) == 2 and isinstance(part[0], str)
        return [found for value in (part[:1] if is_choice or is_cell else part) for found in words_of(value, path)]
    return [(".".join(path), part)] if isinstance(part, str) else []


def test_in_a_language_that_turns_every_message_no_english_is_left(monkeypatch, pseudo_language):
    """What is left are labels of code lists, names of regions, and what a publisher wrote of its own data."""
    monkeypatch.setattr(module, "language", lambda code: pseudo_language)
    explorer = Explorer("esaw_synthetic", selection=wb.Selection(regions={"IT"}, sectors={"F"}, years=(2014, 2022)))
    explorer.reference = WOMEN
    names = ("words", "head", "figures", "table", "pages", "comparison", *VIEWS[1:])
    parts = {name: part(explorer, name) for name in names}
    parts |= {"picker": json.loads(explorer.picker._screen.structure)}
    parts |= {"chosen": json.loads(explorer.picker._screen.state)["fields"]}

    lists = [codelist(name) for name in ("nuts", "nace", "sex", "severity", "age_group")]
    labels = {word.casefold() for known in lists for pair in known.labels.items() for word in pair}
    said = words_of(parts)
    left = {}
    for place, text in said:
        bare = re.sub("|".join(map(re.escape, sorted(labels, key=len, reverse=True))), "", outside(text).casefold())
        if re.search(r"[a-z]{3,}", bare) and not place.startswith(SHOWN_ALL_THE_SAME):
            left.setdefault(place, text)
    assert len([text for _place, text in said if "⟦" in text]) > 300
    assert left == {}
