"""`--lang`: what a command says is in the language, what a program reads is not."""

import json
import os

import pytest

from workbench import cli
from workbench.terms.languages import LANGUAGES, language
from workbench.terms.text import LANGUAGE

ASKED = ("rates", "esaw_synthetic", "--by", "sex", "--where", "nace1=F", "--years", "2022")


@pytest.fixture
def run(monkeypatch, capsys, request):
    """Run a command: `run("rates", ...)` gives its exit code, output and complaint."""
    monkeypatch.delenv(LANGUAGE, raising=False)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["workbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return command


def test_a_finding_is_said_in_the_language_and_english_comes_back(run):
    code, dutch, _complaint = run(*ASKED, "--lang", "nl")
    assert code == 0
    assert "Vrouwen" in dutch
    assert "3.379,1" in dutch
    assert LANGUAGE not in os.environ
    assert "3,379.1" in run(*ASKED)[1]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_values_that_programs_read_are_the_same_in_every_language(form, run):
    def values(lang: str) -> list:
        out = run(*ASKED, "--format", form, "--lang", lang)[1]
        if form == "json":
            return [(row["sex"], row["value"], row["count"]) for row in json.loads(out)["frame"]]
        rows = [line.split(",") for line in out.splitlines() if line.startswith(("M,", "F,"))]
        return [[cell for cell in row if cell.replace(".", "").isdigit()] for row in rows]

    assert values("en")
    assert all(values(lang) == values("en") for lang in LANGUAGES)


def test_a_language_that_there_is_not_is_named_with_those_there_are(run):
    code, _out, complaint = run(*ASKED, "--lang", "tlh")
    assert code == 2
    assert "en, nl, fr, de" in complaint


def test_a_refusal_is_said_in_the_language(run):
    complaints = {lang: run("rates", "esaw_synthetic", "--by", "colour", "--lang", lang)[2] for lang in LANGUAGES}
    assert len(set(complaints.values())) == len(LANGUAGES)
    assert language("de").gettext("dimension") in complaints["de"]
