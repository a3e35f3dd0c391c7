"""The pages of the repository: what they promise exists, what they show is true."""

import ast
import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from typer.main import get_command

from workbench import cli

pytestmark = pytest.mark.xdist_group("documents")
ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "GLOSSARY.md", "CHANGELOG.md", "CONTRIBUTING.md", "maps/NOTICE.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*) ?(\w*)\n(.*?)^```$", re.M | re.S)
BLOCKS = [(kind, marker, text) for kind, marker, text in BLOCK.findall(README)]
SESSIONS = [pytest.param(text, marks=[pytest.mark.mirror] if marker == "mirror" else [], id=marker or "bundled")
            for kind, marker, text in BLOCKS if kind == "console"]  # fmt: skip
LARGEST_PICTURE = 400_000


def tracked() -> list[Path]:
    """Every file of the repository, those included that are about to be added."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    said = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if said.returncode:
        pytest.skip("not a git repository: an unpacked archive has no list of its files")
    return [path for name in said.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    """Every file of the repository that is text."""
    found = []
    for path in tracked():
        with contextlib.suppress(UnicodeDecodeError):
            found.append((path, path.read_text(encoding="utf-8")))
    return found


# --- commands


def called() -> list[list[str]]:
    """The calls of the command line on the page, as lists of words."""
    lines = [
        line.strip().removeprefix("$ ")
        for kind, _m, text in BLOCKS
        if kind in {"sh", "bat", "console"}
        for line in text.splitlines()
    ]
    starts = ("workbench ", "python -m workbench ")
    written = [line for line in lines if line.startswith(starts)] + re.findall(r"`(workbench [a-z][^`]*)`", README)
    return [shlex.split(line.removeprefix("python -m "))[1:] for line in written]


@pytest.mark.parametrize("words", called(), ids=" ".join)
def test_every_command_of_the_readme_exists_with_its_options(words):
    commands = get_command(cli.app).commands
    assert words[0] in commands
    options = {option for parameter in commands[words[0]].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_readme_shows_the_first_commands_and_where_the_others_are():
    assert {words[0] for words in called()} >= {
        "datasets",
        "load",
        "rates",
        "trend",
        "check",
        "synthesise",
        "app",
        "lab",
        "doctor",
    }
    assert "`workbench --help`" in README


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_of_a_page_exists(page):
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"^make ([\w-]+)|`make ([\w-]+)`", (ROOT / page).read_text(encoding="utf-8"), re.M))
    assert named
    assert {one or other for one, other in named} <= targets


# --- true output


def agrees(shown: str, printed: str) -> None:
    """Every line of `shown` was printed, in this order; `...` stands for lines left out, `…` for the end of a line."""
    lines = iter(printed.splitlines())
    for line in shown.rstrip("\n").splitlines():
        if line.strip() == "...":
            continue
        start, cut, _rest = line.partition("…")
        found = any(its.startswith(start) if cut else its.rstrip() == line.rstrip() for its in lines)
        assert found, f"The page shows, and the workbench did not print (there):\n{line}\nIt printed:\n{printed}"


def test_the_python_example_prints_what_the_page_shows():
    places = [n for n, (kind, _m, _t) in enumerate(BLOCKS) if kind == "python"]
    assert places
    for n in places:
        code, (kind, _marker, shown) = BLOCKS[n][2], BLOCKS[n + 1]
        assert kind == "text"
        assert len([line for line in code.splitlines() if line and not line.startswith("import")]) <= 5
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), {})
        agrees(shown, printed.getvalue())


@pytest.mark.parametrize("session", SESSIONS)
def test_the_command_line_prints_what_the_page_shows(session, monkeypatch, capsys, request):
    if request.node.get_closest_marker("mirror"):
        request.getfixturevalue("mirror")
    else:
        monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    for call in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _newline, shown = call.partition("\n")
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        capsys.readouterr()
        with pytest.raises(SystemExit):
            cli.main()
        agrees(shown, "".join(capsys.readouterr()))


# --- links and pictures


def links() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
        found += [(page, target) for target in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", target)]
    return found


@pytest.mark.parametrize(("page", "target"), links())
def test_a_link_leads_somewhere(page, target):
    path, _hash, heading = target.partition("#")
    file = (ROOT / page).parent / unquote(path) if path else ROOT / page
    assert file.resolve().is_relative_to(ROOT)
    assert file.exists()
    if heading:
        headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
        assert heading in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


def test_files_named_in_the_pages_exist():
    for page in ("GLOSSARY.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:workbench|catalogs|maps|tests|notebooks|binder)/[\w./*-]*)`", text):
            assert any(ROOT.glob(name.rstrip("/"))), f"{page} names {name}"


def test_pictures_are_small_and_whole():
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert {"explorer.png", "flow.svg"} <= {path.name for path in pictures}
    for path in pictures:
        assert f"docs/pictures/{path.name}" in README, f"{path.name} is shown nowhere"
        assert path.stat().st_size < LARGEST_PICTURE
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG") and path.read_bytes()[-8:-4] == b"IEND"


def test_drawings_ask_no_other_computer_and_say_what_they_show():
    for path in (ROOT / "docs" / "pictures").glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert {"title", "desc"} <= names
        assert not names & {"script", "image", "foreignObject", "use"}
        assert re.findall(r"https?://\S+?(?=[\"\s])", path.read_text(encoding="utf-8")) == [
            "http://www.w3.org/2000/svg"
        ]


# --- words


REGISTRY = re.compile(
    r"\b(?:registry|files|deb|security|index|simple)\.[a-z]+\.(?:org|com|io)\b|\bpypi\.[a-z]+|\bpythonhosted\b|--(?:extra-)?index-url"
)
MACHINE = re.compile(
    "|".join(
        [
            re.escape(f"{ROOT}/"),
            re.escape(f"{Path.home()}/"),
            r"(?<![\w.:/])/(?:home|Users)/[a-z]\w+/",
            r"\b[A-Z]:\\\\?Users\\",
        ]
    )
)
UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|[Ll]orem ipsu[m]")
AMERICAN = re.compile(
    r"\b(?:analyz|behavior|center(?!ed on)|color(?!s?\()|defens|favorit|fulfill|gray|harmoniz|labor\b|modeling|neighbor"
    r"|organiz|recogniz|standardiz|summariz|synthesiz|unrecogniz|visualiz)\w*",
    re.I,
)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a registry's host", REGISTRY), ("a path of one machine", MACHINE), ("an unfinished place", UNFINISHED)],
)
def test_no_file_holds(what, pattern):
    found = [f"{path.relative_to(ROOT)}: {hit.group(0)}" for path, text in texts() if (hit := pattern.search(text))]
    assert found == [], f"{what} in a file of the repository"


def test_the_patterns_would_find_what_they_look_for():
    assert REGISTRY.search("https://" + ".".join(["registry", "npmjs", "org"]) + "/x")
    assert REGISTRY.search("pip install --" + "index-url x")
    assert MACHINE.search(f"see {ROOT}/README.md")
    assert MACHINE.search("/home" + "/somebody/data")
    assert UNFINISHED.search("# TO" + "DO later")
    assert AMERICAN.search("Neighbor" + "s are standard" + "ized")


def strings() -> list[tuple[str, str]]:
    """What people read: the strings given to `_()` and `n_()`, or looked up for them, with their file and line."""
    found = []
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            for said in node.args[: {"_": 1, "n_": 2}[called]] if called in {"_", "n_"} else ():
                name = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert not isinstance(said, ast.JoinedStr), f"{name}: an f-string cannot be translated"
                found += [(name, part.value) for part in ast.walk(said) if isinstance(part, ast.Constant)]
    return [(name, text) for name, text in found if isinstance(text, str)]


def test_what_people_read_is_in_british_spelling():
    pages = [
        (page, re.sub(r"`[^`]*`", "", BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8")))) for page in PAGES[:4]
    ]
    read = strings()
    assert len(read) > 100
    assert [f"{name}: {hit.group(0)}" for name, text in [*read, *pages] if (hit := AMERICAN.search(text))] == []


def test_the_changelog_names_the_version():
    from workbench import __version__

    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_every_word_of_the_glossary_says_where_it_is_from():
    entries = re.split(r"\n\n(?=\*\*)", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"))[1:]
    assert len(entries) > 50
    for entry in entries:
        text = entry.split("\n\n")[0]
        assert len(text.splitlines()) == 2, text
        assert re.search(r"\[.+\]|\*unverified\*", text), text


def test_the_words_of_the_glossary_stand_in_order():
    for part in re.split(r"^## ", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        words = [word.casefold() for word in re.findall(r"^\*\*(.+?)\*\*", part, re.M)]
        assert words == sorted(words)
