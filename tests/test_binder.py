"""Binder's scripts, as far as they can be tried without a container: what is trimmed, what is set, where links lead."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def trim():
    spec = importlib.util.spec_from_file_location("trim", ROOT / "binder" / "trim.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 5000)


def test_only_what_no_notebook_needs_is_taken_out(trim, tmp_path, monkeypatch, capsys):
    kept = ["pandas/core/frame.py", "numpy/_core/tests/_natype.py", "jinja2/tests.py", "panel/dist/bundled/jquery/j.js"]
    gone = ["pandas/tests/deep/test_frame.py", "pandas/__init__.pyi", "panel/dist/panel.js.map", "scipy/tests/a.pyi",
            "panel/dist/bundled/deckglplot/deck.js", "pyarrow/include/arrow.h"]  # fmt: skip
    written(tmp_path, *kept, *gone)
    monkeypatch.setattr(trim.sysconfig, "get_path", lambda _name: str(tmp_path))
    trim.main()
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert left == sorted(kept)
    assert re.match(r"0 MB taken out of .*, 0 MB stay", capsys.readouterr().out)


def test_trimming_twice_takes_nothing_more(trim, tmp_path):
    written(tmp_path, "pandas/core/frame.py", "pandas/tests/test_frame.py")
    (first,) = trim.needless(tmp_path)
    assert first == tmp_path / "pandas" / "tests"
    (first / "test_frame.py").unlink()
    first.rmdir()
    assert list(trim.needless(tmp_path)) == []


def test_start_runs_its_command_on_the_bundled_data_with_two_threads():
    command = ["bash", str(ROOT / "binder" / "start"), "env"]
    bare = {name: value for name, value in os.environ.items() if not name.startswith("WORKBENCH_")}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=bare).stdout.splitlines()
    assert {"WORKBENCH_SOURCE=bundled", "OMP_NUM_THREADS=2", "POLARS_MAX_THREADS=2"} <= set(shown)
    chosen = bare | {"WORKBENCH_SOURCE": "live"}
    assert "WORKBENCH_SOURCE=live" in subprocess.run(command, capture_output=True, text=True, env=chosen).stdout


def test_solutions_do_not_come_to_binder_and_trimming_comes_before_the_data_are_read():
    lines = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8").splitlines()
    starts = [next(i for i, line in enumerate(lines) if line.startswith(part)) for part in
              ("rm -rf tests", "python binder/trim.py", "python -m workbench load")]  # fmt: skip
    assert starts == sorted(starts)


def test_the_launch_links_open_notebooks_that_there_are():
    links = re.findall(r"urlpath=lab/tree/([\w/.]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links == ["notebooks/workshop/1_find_data.ipynb", "notebooks/start_here.ipynb"]
    assert all((ROOT / link).exists() for link in links)
