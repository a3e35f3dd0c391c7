"""Labels of code lists in four languages: complete where the languages are promised, with their sources."""

import csv

import pytest

from workbench.terms.codes import codelist
from workbench.terms.labels import labels_in
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.places import bundled
from workbench.terms.text import speaking
from workbench.terms.words import in_sentence

OTHERS = [code for code in LANGUAGES if code != "en"]
COMPLETE = ("nace", "isco", "severity", "sex", "commuting", "decision", "management", "nationality", "size", "weekday")


def listed() -> list[dict[str, str]]:
    with (bundled("catalogs") / "codelists" / "labels.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", [*COMPLETE, "employment_status", "time_of_accident", "reported_after"])
def test_a_list_is_complete(name, code):
    known = codelist(name)
    with speaking(language(code)):
        english = [code for code in [*known.codes(), *known.aggregates] if known.label_language(code)]
    assert english == []


@pytest.mark.parametrize("code", OTHERS)
def test_countries_are_called_as_cldr_calls_them_and_regions_as_they_call_themselves(code):
    known = codelist("nuts")
    with speaking(language(code)):
        assert [c for c in known.at_level(0) if known.label_language(c)] == []
        assert known.label("EL") == {"nl": "Griekenland", "fr": "Grèce", "de": "Griechenland"}[code]
        assert known.label("UK") == {"nl": "Verenigd Koninkrijk", "fr": "Royaume-Uni"}.get(
            code, "Vereinigtes Königreich"
        )
        assert known.label("ITF6") == "Calabria"
        assert "27" in known.label("EU27_2020")


@pytest.mark.parametrize(
    ("code", "construction"), [("nl", "Bouwnijverheid"), ("fr", "Construction"), ("de", "Baugewerbe/Bau")]
)
def test_a_section_has_its_published_title(code, construction):
    with speaking(language(code)):
        assert codelist("nace").label("F") == construction


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize(("name", "missing"), [("deviation", "51"), ("material_agent", "01.01")])
def test_what_has_no_label_is_called_in_english_and_says_so_never_by_its_code(name, missing, code):
    known = codelist(name)
    english = known.label(missing)
    with speaking(language(code)):
        assert known.label(missing) == english
        assert known.label_language(missing) == "en"
        assert known.label_language("10" if name == "deviation" else "UNK") == ""


def test_a_source_s_own_codes_are_in_the_source_s_language():
    from workbench.terms.codes import open_list

    with speaking(language("de")):
        assert open_list("question", {"Q1": "Noise"}).label_language("Q1") == "en"
        assert codelist("nace").label_language("TOTAL") == ""


def test_only_what_was_copied_from_a_named_publication_is_called_official():
    rows = listed()
    assert {row["lang"] for row in rows} == set(OTHERS)
    for row in rows:
        assert row["label"].strip() == row["label"] != ""
        assert row["status"].startswith(("official", "unofficial")), row
        assert row["source"] or row["status"].startswith("unofficial"), row
    official = [row for row in rows if row["status"].startswith("official")]
    assert {row["codelist"] for row in official} == {"nace", "isco"}


def test_titles_are_written_as_sentences():
    shouted = [row for row in listed() if row["label"].isupper() and len(row["label"]) > 3]
    assert shouted == []


def test_each_label_is_of_a_code_that_there_is():
    lost = []
    for row in (row for row in listed() if row["codelist"] not in ("question", "answer")):  # of a source's codebook
        known = codelist(row["codelist"])
        if row["code"] not in known.labels and row["code"] not in known.aggregates:
            lost.append((row["codelist"], row["code"]))
    assert lost == []


def test_german_nouns_keep_their_capitals_within_a_sentence():
    with speaking(language("de")):
        assert in_sentence("Hochbau") == "Hochbau"
    with speaking(language("nl")):
        assert in_sentence("Bouwnijverheid") == "bouwnijverheid"


def test_the_labels_of_a_language_are_read_once():
    assert labels_in("nl") is labels_in("nl")
