"""When a notebook writes the screen libraries: each time it is asked to, and once where it is not."""

from types import SimpleNamespace

import panel as pn
import pytest

from workbench.views import notebook as screen


@pytest.fixture
def run(monkeypatch):
    """`run(cell, call)` calls in a cell and returns whether the libraries were written."""
    written, cell = [], SimpleNamespace(name="")
    shell = SimpleNamespace(
        get_parent=lambda: {"metadata": {"cellId": cell.name}},
        display_formatter=SimpleNamespace(mimebundle_formatter=SimpleNamespace(for_type=lambda *_given: None)),
    )
    monkeypatch.setattr(screen, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setattr(screen, "_WRITTEN", screen._Written())
    monkeypatch.setattr(pn, "extension", lambda **_options: written.append(cell.name))

    def call_in(name: str, call) -> bool:
        cell.name, before = name, len(written)
        call()
        return len(written) > before

    return call_in


def test_a_cell_that_is_run_again_writes_them_again(run):
    assert [run("first", screen.notebook) for _time in range(2)] == [True, True]


def test_an_explorer_leaves_them_to_the_cell_that_has_them(run):
    assert run("first", screen.notebook)
    assert not run("second", screen.libraries)
    assert run("first", screen.libraries)  # the explorer stands in the cell of the call


def test_an_explorer_writes_them_where_no_cell_has_them_and_again_when_it_is_run_again(run):
    assert run("second", screen.libraries)
    assert not run("third", screen.libraries)
    assert run("second", screen.libraries)
