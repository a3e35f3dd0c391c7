"""The wheel in an empty folder: nothing of the clone is needed, or used."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("wheel")
ROOT = Path(__file__).parents[1]
LIBRARIES = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
TWIN = "esaw_synthetic"
WATCH = """
import os, runpy, sys
clone, libraries = {clone!r}, {libraries!r}
seen = set()
def watch(event, details):
    if event in ("open", "os.listdir", "os.scandir") and details and isinstance(details[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(details[0]))
        if path.startswith(clone + os.sep) and not path.startswith(tuple(libraries)):
            seen.add(path)
sys.addaudithook(watch)
sys.argv = ["workbench", *sys.argv[1:]]
try:
    runpy.run_module("workbench", run_name="__main__")
finally:
    print("of the clone:", *sorted(seen), file=sys.stderr)
"""
"""Runs the command line and says which files of the clone were looked at."""


def run(*command: object, **options) -> subprocess.CompletedProcess:
    said = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, **options)
    assert said.returncode == 0, said.stdout + said.stderr
    return said


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from the clone with the tools of this environment (build, hatchling)."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("osh_workbench-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """Python of a fresh environment that has the wheel, and of this environment only the libraries.

    A folder that a .pth file names is put on the path, but .pth files inside it are not read: the editable
    installation of the clone stays out.
    """
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(sys.executable, "-m", "pip", "--quiet", "--python", python, "install", "--no-deps", "--no-index", wheel)
    its = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (its / "libraries.pth").write_text("\n".join(LIBRARIES) + "\n", encoding="utf-8")
    return python


@pytest.fixture
def workbench(python, tmp_path, own_home):
    """Call the installed command line in an empty folder; whatever it opens of the clone is a failure."""
    empty = tmp_path / "empty"
    empty.mkdir()
    watch = WATCH.format(clone=str(ROOT), libraries=LIBRARIES)
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON") and k != "WORKBENCH_MIRROR"}

    def call(*arguments: str) -> str:
        said = run(python, "-c", watch, *arguments, cwd=empty, env=plain)
        assert said.stderr.splitlines()[-1] == "of the clone:"
        assert list(empty.iterdir()) == []
        return said.stdout

    return call


def test_catalogues_maps_and_notebooks_travel_inside(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    inside = {name.removeprefix("workbench/bundled/") for name in names if name.startswith("workbench/bundled/")}
    for folder, pattern in (
        ("catalogs", "*.yml"),
        ("catalogs/codelists", "*"),
        ("catalogs/box", "*"),
        ("maps", "*.parquet"),
        ("maps", "NOTICE.md"),
    ):
        assert {f"{folder}/{path.name}" for path in (ROOT / folder).glob(pattern) if path.is_file()} <= inside
    assert f"catalogs/data/{TWIN}.parquet" in inside
    assert "notebooks/start_here.ipynb" in inside
    assert {
        f"workbench/{path.relative_to(ROOT / 'workbench').as_posix()}" for path in (ROOT / "workbench").rglob("*.js")
    } <= names
    assert {f"workbench/locale/{code}/LC_MESSAGES/workbench.po" for code in ("nl", "fr", "de")} <= names
    assert not [name for name in names if name.startswith("tests/") or ".ipynb_checkpoints" in name]
    for notice in ("LICENSE", "maps/NOTICE.md", "catalogs/box/NOTICE.md"):
        assert any(name.endswith(f".dist-info/licenses/{notice}") for name in names)


def test_the_installed_package_lists_its_data_sets(workbench):
    table = workbench("datasets")
    assert TWIN in {line.split()[0] for line in table.splitlines() if line}
    assert "bundled" in table


def test_the_installed_package_answers_a_question(workbench):
    found = json.loads(workbench("rates", TWIN, "--by", "nace1", "--years", "2018:2018", "--format", "json"))
    assert {"A", "F", "S"} <= {row["nace1"] for row in found["frame"]}
    assert all(row["low"] <= row["value"] <= row["high"] for row in found["frame"])
    assert found["sources"][0]["way"] == "bundled"


def test_the_installed_package_finds_what_it_brought(workbench, python):
    its = {line.split(": ")[0]: line.split(": ", 1)[1] for line in workbench("doctor").splitlines() if ": " in line}
    package = Path(python).parents[1].resolve()
    for folder in ("catalogs", "maps", "notebooks"):
        assert Path(its[folder]).resolve().is_relative_to(package)
    assert not Path(its["catalogs"]).is_relative_to(ROOT)


def test_the_script_is_called_workbench(python, tmp_path, own_home):
    script = python.with_name("workbench.exe" if os.name == "nt" else "workbench")
    assert "datasets" in run(script, "--help", cwd=tmp_path).stdout
    found = run(script, "datasets", "--search", "synthetic", "--json", cwd=tmp_path).stdout
    assert TWIN in {entry["name"] for entry in json.loads(found)["datasets"]}
