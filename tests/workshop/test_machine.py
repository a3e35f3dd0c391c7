"""Whether a machine is ready for the workshop: each thing that can be amiss is named, with the line that mends it."""

import socket
import sys
import webbrowser

import nbformat
import pytest

from tests.workshop.make_answers import NOTEBOOKS
from tests.workshop.solutions import SOLUTIONS
from workbench import cli
from workbench.terms.errors import NotAvailable
from workbench.workshop import machine
from workbench.workshop.machine import Run, examine_machine, of_run, run_lesson


def run(**parts) -> Run:
    return Run(**{"name": "4_rate", "seconds": 9.0, "megabytes": 300.0, "unanswered": 3, "exercises": 3} | parts)


def points(monkeypatch, *, lessons=()) -> dict[str, machine.Point]:
    monkeypatch.setattr(machine, "lessons", lambda: list(lessons))
    return {point.name: point for point in examine_machine()}


def test_a_lesson_whose_checks_all_answer_is_ready():
    assert str(of_run(run())) == "✓ 4_rate: 9 s, 300 MB"


@pytest.mark.parametrize(
    ("parts", "fix"),
    [
        ({"fault": "rate-1: NameError: name 'x'"}, "Take the notebook anew"),
        ({"unanswered": 2}, "an exercise was filled in, or a check is missing"),
        ({"seconds": 61.0}, "less than 60 s"),
        ({"megabytes": 701.0}, "less than 700 MB"),
    ],
)
def test_a_lesson_that_fails_or_takes_too_much_is_named_with_what_to_do(parts, fix):
    point = of_run(run(**parts))
    assert not point.ready
    assert str(point).startswith("✗ 4_rate: ")
    assert fix in point.fix and "\n" not in point.fix


def test_a_system_that_does_not_say_the_memory_of_a_kernel_is_no_fault():
    assert str(of_run(run(megabytes=None))) == "✓ 4_rate: 9 s"


def test_python_versions_memory_disk_and_data_are_looked_at(monkeypatch):
    found = points(monkeypatch)
    assert list(found) == [
        "Python", "versions", "memory", "disk", "port 8888", "port 5006", "browser", "data without a network",
    ]  # fmt: skip
    assert found["Python"].ready and found["disk"].ready and found["data without a network"].ready


def test_a_port_in_use_is_answered_with_the_command_for_another(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(machine, "PORTS", {"app": taken.getsockname()[1]})
        found = points(monkeypatch)[f"port {taken.getsockname()[1]}"]
    assert not found.ready
    assert found.fix.startswith("workbench app --port ")


def test_too_little_memory_points_to_binder(monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 1.0)
    assert "2.0 GB are needed" in points(monkeypatch)["memory"].fix


def test_a_system_that_does_not_say_its_memory_is_no_fault(monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: None)
    assert points(monkeypatch)["memory"].ready


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(
        machine, "requires", lambda name: ["no-such-library>=1", "pandas>=999", "ruff; extra == 'test'"]
    )
    point = points(monkeypatch)["versions"]
    assert "no-such-library: missing, needed >=1; pandas: " in point.found and "ruff" not in point.found
    assert point.fix == "python -m pip install -e . -c constraints.txt"


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(machine, "PYTHON", (99, 0))
    assert points(monkeypatch)["Python"].fix == "Install Python 3.11 or newer."


def test_a_machine_without_a_browser_is_told_so(monkeypatch):
    def none():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    for variable in ("JUPYTERHUB_USER", "BINDER_LAUNCH_HOST"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(machine.shutil, "which", lambda name: name == "chromium" or None)
    assert points(monkeypatch)["browser"].fix.startswith("chromium is installed, but there is no screen")
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    assert "Install Firefox" in points(monkeypatch)["browser"].fix
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://example.org/")
    assert points(monkeypatch)["browser"].ready


def test_a_home_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file" / "home"))
    assert "Set WORKBENCH_HOME" in points(monkeypatch)["disk"].fix


def test_missing_data_are_answered_with_the_line_that_installs_them_again(monkeypatch):
    def missing(*_source, **_options):
        raise NotAvailable("hsw_n2_01 is not available now")

    monkeypatch.setattr(machine, "read", missing)
    point = points(monkeypatch)["data without a network"]
    assert "not available" in point.found and "pip install" in point.fix


def test_a_lesson_runs_in_a_kernel_and_every_check_answers_with_its_hint():
    found = run_lesson(NOTEBOOKS / "1_find_data.ipynb")
    assert (found.fault, found.exercises, found.unanswered) == ("", 3, 3)
    assert 50 < found.megabytes < machine.MEGABYTES


def test_a_cell_that_stops_is_named(tmp_path):
    cells = [nbformat.v4.new_code_cell("1 / 0", id="quotient")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "broken.ipynb")
    assert run_lesson(tmp_path / "broken.ipynb").fault == "quotient: ZeroDivisionError: division by zero"


@pytest.mark.parametrize(("fix", "code"), [("", 0), ("Close other programs.", 1)])
def test_the_command_says_each_point_and_ends_with_1_when_one_is_not_ready(monkeypatch, capsys, fix, code):
    point = machine.Point(name="memory", found="8.0 GB", fix=fix)
    monkeypatch.setattr(machine, "examine_machine", lambda: iter([point]))
    monkeypatch.setattr(sys, "argv", ["workbench", "workshop", "--check"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert str(point) in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("path", machine.lessons(), ids=lambda path: path.stem)
def test_a_lesson_keeps_to_its_time_and_memory_and_its_solutions_pass(path, tmp_path):
    point = of_run(run_lesson(path))
    assert point.ready, point

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "exercise" in cell.metadata.get("tags", ()):
            name = cell.source.split('"')[1]
            cell.source = cell.source.replace("answer = None", f"answer = {SOLUTIONS[name].right}", 1)
    nbformat.write(notebook, tmp_path / path.name)
    solved = run_lesson(tmp_path / path.name)
    assert (solved.fault, solved.exercises, solved.unanswered) == ("", 3, 0)
