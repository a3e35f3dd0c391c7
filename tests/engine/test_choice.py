"""Which engine counts: DuckDB, or Spark by its address or a session; anything else is answered with what there is."""

import pytest

import workbench as wb
from workbench.engine.choice import Engine, chosen, memory
from workbench.terms.errors import WorkbenchError


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (None, ""),
        ("", ""),
        ("duckdb", ""),
        ("spark", "local[*]"),
        ("local", "local"),
        ("local[2]", "local[2]"),
        ("spark://head:7077", "spark://head:7077"),
        ("spark://one.example:7077,two.example:7077", "spark://one.example:7077,two.example:7077"),
    ],
)
def test_an_engine_is_named_by_an_argument_or_by_the_environment(given, address, monkeypatch):
    monkeypatch.delenv("WORKBENCH_ENGINE", raising=False)
    assert chosen(given) == Engine(address)
    if given is not None:
        monkeypatch.setenv("WORKBENCH_ENGINE", f" {given} ")
        assert chosen() == Engine(address)


def test_an_argument_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("WORKBENCH_ENGINE", "spark://head:7077")
    assert chosen("duckdb") == Engine()


@pytest.mark.parametrize(
    "given", ["sparc", "spark://head", "spark:/head:7077", "local[x]", "yarn; rm -rf", 5, object()]
)
def test_what_is_no_engine_is_answered_with_those_that_there_are(given):
    with pytest.raises(WorkbenchError, match="is no engine. There are: duckdb; spark or local"):
        chosen(given)


def test_a_name_in_the_environment_that_is_no_engine_stops_a_cube_of_records(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_ENGINE", "sparc")
    with pytest.raises(WorkbenchError, match="'sparc' is no engine"):
        wb.cube(tmp_path)


def test_published_figures_need_no_engine(monkeypatch):
    monkeypatch.setenv("WORKBENCH_ENGINE", "spark://127.0.0.1:1")
    assert wb.cube("hsw_n2_01").years()


@pytest.mark.parametrize("what", ["hsw_n2_01", "esaw_synthetic"])
def test_an_engine_for_what_is_counted_already_is_refused(what):
    with pytest.raises(wb.WorkbenchError, match="counts the records of an entry, or of a Path .* Leave engine= out"):
        wb.cube(what, engine="duckdb")


@pytest.mark.parametrize("size", ["4GB", "500MB", "1.5 GiB", ""])
def test_memory_is_said_in_a_size(size, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", size)
    assert memory() == size


@pytest.mark.parametrize("size", ["4", "much", "-1GB", "4GB'; drop table rows"])
def test_what_is_no_size_of_memory_is_said(size, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_MEMORY", size)
    with pytest.raises(WorkbenchError, match="such as 4GB or 500MB, not"):
        memory()
