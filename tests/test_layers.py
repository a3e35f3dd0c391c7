import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import workbench as wb

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "workbench").rglob("*.py"))
HEAVY = {"pandas", "polars", "ibis", "intake", "panel", "bokeh", "statsmodels", "geopandas", "pyarrow"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess:
    """Import-linter on the package that lies in `folder`."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command, "import-linter is not installed beside this Python"
    return subprocess.run(
        [command, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_line_imports_only_from_the_lines_below_it():
    said = lint_imports(ROOT)
    assert said.returncode == 0, said.stdout


def test_an_import_upwards_would_be_seen(tmp_path):
    """The contract names the layers that there are: it must break when one of them looks up."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "workbench", tmp_path / "workbench", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "workbench" / "terms" / "text.py").open("a", encoding="utf-8") as module:
        module.write("\nfrom workbench.study import rates\n")
    said = lint_imports(tmp_path)
    assert said.returncode == 1
    assert "workbench.terms.text -> workbench.study" in said.stdout


def test_a_cycle_inside_a_package_would_be_seen(tmp_path):
    """An import inside a function closes a cycle as well as one at the top does."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "workbench", tmp_path / "workbench", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "workbench" / "study" / "divide.py").open("a", encoding="utf-8") as module:
        module.write("\n\ndef later():\n    from workbench.study import answer\n\n    return answer\n")
    said = lint_imports(tmp_path)
    assert said.returncode == 1
    assert "No package has a cycle inside BROKEN" in said.stdout


def way_of(ask, cube) -> list[str]:
    """The modules whose functions the file of a question calls while it is asked, one after the other."""
    home, way = f"workbench.study.questions.{ask.__name__}", []

    def note(frame, event, _argument):
        module = frame.f_globals.get("__name__", "")
        caller = frame.f_back.f_globals.get("__name__", "") if frame.f_back else ""
        method = "." in frame.f_code.co_qualname  # what a value says of itself is no step
        if event == "call" and caller == home and module != home and not method and module.startswith("workbench."):
            room = module.removeprefix("workbench.")
            if not room.startswith("terms.") and room not in way[-1:]:
                way.append(room)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        ask(cube, wb.Selection(years=(2020, 2020)), by=["nuts0"])
    finally:
        sys.setprofile(before)
    return way


@pytest.mark.parametrize(
    ("ask", "way"),
    [
        (wb.rates, ["study.divide", "study.disclose", "study.chart", "study.answer"]),
        (wb.counts, ["study.divide", "study.disclose", "study.chart", "study.answer"]),
        (
            wb.rank,
            [
                "study.divide",
                "study.disclose",
                "study.reliability",
                "study.known_before",
                "models.smoothing",
                "models.ranking",
                "models.rank_sets",
                "study.chart",
                "study.answer",
            ],
        ),
        (
            wb.smooth,
            [
                "study.divide",
                "study.disclose",
                "study.reliability",
                "study.known_before",
                "models.smoothing",
                "study.chart",
                "study.answer",
            ],
        ),
    ],
    ids=["rates", "counts", "rank", "smooth"],
)
def test_a_question_goes_its_way_and_is_nowhere_twice(ask, way):
    """Divide, disclose, perhaps weigh the records, model, the chart it wants, finding."""
    assert way_of(ask, wb.cube("esaw_synthetic")) == way
    assert len(set(way)) == len(way)


@pytest.mark.parametrize("call", ["import workbench", "import workbench.__main__"])
def test_importing_costs_nothing(call):
    """Also the command line until a command runs: `--help` answers without pandas."""
    told = (
        f"import sys; sys.argv = ['workbench', '--help']\ntry:\n    {call}\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60)
    loaded = said.stderr.split()
    assert said.returncode == 0, said.stderr
    assert "workbench" in loaded
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("name", wb.__all__)
def test_every_public_name_can_be_reached_and_says_what_it_is(name):
    assert getattr(wb, name).__doc__
    assert name in dir(wb)


def test_a_name_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(AttributeError, match="has no attribute 'rate'; it has .*rates"):
        wb.rate  # noqa: B018


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_what_it_is_for_and_can_be_read_in_one_go(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 400, "over 400 lines: two subjects?"
    assert path.stem not in {"utils", "helpers", "misc", "common"}
