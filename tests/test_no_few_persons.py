"""Records of persons from the publisher's own file: no command prints or writes a figure of fewer than ten."""

import csv
import io
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
from typer.main import get_command

import workbench as wb
from workbench import cli
from workbench.cubes.selection import Selection

pytestmark = [pytest.mark.mirror, pytest.mark.xdist_group("no few persons")]
ENTRY = "inail_records"
NEEDED = {
    "interrupted": ["--at", "2021"],
    "decompose": ["--reference", "sex=F", "--where", "sex=M"],
    "programme": ["--days", "1000", "--by", "nace1"],
    "regression": ["--terms", "sex + nace1"],
    "what-if": None,  # of the twin alone
    "survey": None,  # asks respondents, of whom under twenty are withheld
}
"""What a command that asks an entry needs besides its name; None for one that takes no records."""
OTHERS = {
    "datasets": [],
    "describe": ["{rows}"],
    "doctor": [],
    "load": [ENTRY, "--set", "region=Calabria", "--source", "mirror"],
    "brief": ["trend", "-p", f"source={ENTRY}", "--out", "{folder}/brief.html"],
}
"""The commands that ask no question of an entry and yet may say something of its records."""
WITHOUT_RECORDS = {
    "forget", "survey-regression", "small-areas", "gradient", "reported-share", "facts", "topics", "check",
    "metadata", "synthesise", "recording", "app", "lab", "workshop",
}  # fmt: skip
"""Those that read no records of an entry, or a file that is given to them and not its figures."""
BROKEN_DOWN = re.compile(r"  (commuting|severity|decision): .*\b[A-Z]+ [1-9](?![\d,])")
"""A line of the report of a load with a number under ten."""
COMMANDS = get_command(cli.app).commands
QUESTIONS = {
    name
    for name, command in COMMANDS.items()
    if {"name", "where", "form", "disclosure"} <= {option.name for option in command.params}
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One home with the records of Calabria, as if they were all, so that rates are taken too."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(folder))
        wb.load(ENTRY, region="Calabria", source="mirror", coverage="full")
    return folder


@pytest.fixture
def call(monkeypatch, capsys, mirror, home):
    """What a call of the command line prints on both streams."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))

    def called(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit):
            cli.main()
        return "\n".join(capsys.readouterr())

    return called


@pytest.fixture
def few(mirror, home, monkeypatch) -> dict[str, int]:
    """The sectors with one to nine accidents, by their labels, counted past all control."""
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    cube = wb.cube(ENTRY)
    counts = cube.ask("accidents", Selection(where={"commuting": ("N",)}), ["nace1"]).frame
    counts = counts[counts["accidents"].between(1, 9)]
    assert len(counts) >= 2
    return {
        cube.lists["nace"].label(str(code)): int(n)
        for code, n in zip(counts["nace1"], counts["accidents"], strict=True)
    }


def small_figures(text: str, few: dict[str, int]) -> list[str]:
    """Lines that name a sector of few and its number behind it; numbers of the breakdown of a load under ten."""
    lines = [re.sub(r"<[^>]*>", " ", line) for line in text.splitlines()]
    named = [
        line
        for line in lines
        for label, n in few.items()
        if re.search(rf"{re.escape(label[:40])}[^\w.]{{1,30}}{n}(?![\w.,])", line)
    ]
    return named + [line for line in lines if BROKEN_DOWN.match(line)]


def rows_of(text: str, form: str) -> list[dict]:
    """The rows of an answer; none of one that is refused."""
    if form == "json":
        return json.loads(text[text.index("{") : text.rindex("}") + 1])["frame"] if text.startswith("{") else []
    lines = text.split("\n\n")[0]
    return list(csv.DictReader(io.StringIO(lines))) if "value" in lines.split("\n", 1)[0] else []


def test_every_command_is_met():
    """A new command is to say here how it is asked, or why it need not be."""
    assert set(COMMANDS) == QUESTIONS | OTHERS.keys() | WITHOUT_RECORDS
    assert not QUESTIONS & (OTHERS.keys() | WITHOUT_RECORDS)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_no_question_prints_a_figure_of_few(name, call, few):
    needed = NEEDED.get(name, [])
    if needed is None:
        return
    takes_by = any(option.name == "by" for option in COMMANDS[name].params)
    by = ["--by", "year" if name == "control" else "nace1"] if takes_by else []
    answered = 0
    for part in ([], ["--where", "sex=F"]):
        if part and "--where" in needed:
            continue
        for form in ("table", "csv", "json"):
            text = call(name, ENTRY, *by, *needed, *part, "--format", form)
            assert "Traceback" not in text
            if not part:
                assert small_figures(text, few) == []
            rows = rows_of(text, form) if form != "table" else []
            answered += len(rows) > 0
            for row in rows:
                count = row.get("count")
                assert count in (None, "") or not 0 < float(count) < 10, row
                if row["state"] == "withheld":
                    assert row["value"] in (None, "") and row["low"] in (None, "")
    if name in ("counts", "control"):  # the others need people, which the regions of Italy do not have by sector
        assert answered


@pytest.mark.parametrize("measure", ["accidents", "records", "variance", "days_compensated"])
def test_no_measure_of_few_is_printed(measure, call, few):
    for form in ("table", "csv", "json"):
        text = call("counts", ENTRY, "--by", "nace1", "--measure", measure, "--format", form)
        assert small_figures(text, few) == []
        for row in rows_of(text, form) if form != "table" else []:
            withheld = row["nace1_label"] in few
            assert row["value"] in (None, "") if withheld else True


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_no_other_command_says_a_figure_of_few(name, call, few, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("sex,nace1,year\n" + "M,F,2021\n" * 12 + "F,C,2021\n" * 3)
    arguments = [text.format(rows=rows, folder=tmp_path) for text in OTHERS[name]]
    text = call(name, *arguments)
    assert "Traceback" not in text
    written = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")]
    for found in (text, *written):
        assert small_figures(found, few) == []


def test_what_is_not_for_release_is_a_table_on_the_screen_and_nothing_else(call):
    off = ["counts", ENTRY, "--by", "nace1", "--disclosure", "off", "--reason", "checking the load"]
    assert "Not for release" in call(*off)
    for form in ("csv", "json"):
        text = call(*off, "--format", form)
        assert "It is not written to a file, nor as CSV or JSON" in text
        assert rows_of(text, form) == []


def test_csv_and_json_on_standard_output_stand_in_the_release_record(call, monkeypatch, home, tmp_path):
    before = len(wb.releases())
    call("counts", ENTRY, "--by", "sex")
    assert len(wb.releases()) == before
    for form in ("csv", "json"):
        call("counts", ENTRY, "--by", "sex", "--format", form)
    assert [(line.way, line.left) for line in wb.releases()[before:]] == [("csv", True), ("json", True)]


def test_a_zip_holds_no_count_of_few(mirror, home, few, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    path = wb.counts(ENTRY, by=["nace1"]).to_zip(tmp_path / "all.zip")
    with zipfile.ZipFile(path) as pack:
        for name in pack.namelist():
            assert small_figures(pack.read(name).decode(), few) == [], name
    assert isinstance(path, Path)
