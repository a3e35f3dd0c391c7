"""Every notebook reads like a brief and runs whole: on the publishers' files, and with the synthetic twin alone."""

import ast
import os
import re

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import workbench as wb
from workbench.terms.places import bundled

pytestmark = pytest.mark.xdist_group("notebooks")

FOLDER = bundled("notebooks")
NAMES = sorted(
    path.relative_to(FOLDER).as_posix()
    for path in FOLDER.rglob("*.ipynb")
    if not any(part.startswith(".") or part == "briefs" for part in path.relative_to(FOLDER).parts)
)
MARK = "Synthetic data"
"""What stands in every sentence and picture that is made from generated figures."""
MACHINERY = {"application/javascript", "application/vnd.holoviews_load.v0+json"}
"""Kinds of output that bring the screen library, not anything about the data."""
HIDDEN = re.compile(r'"visible":false,"text":"[^"]*"')
"""A line of text that a figure keeps at hand and does not show."""


def cells(name: str) -> list[nbformat.NotebookNode]:
    return nbformat.read(FOLDER / name, as_version=4).cells


def code(notebook_cells) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook_cells if cell.cell_type == "code"]


def tagged(notebook_cells, tag: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook_cells if tag in cell.metadata.get("tags", ())]


MADE_UP = "guides/your_own_data.ipynb"
"""It writes a file of its own, whose figures are neither published nor those of the twin."""
PUBLISHED = ("guides/rates.ipynb", "guides/regression.ipynb", "guides/wearables_in_workplaces.ipynb")
"""They ask what comes with the workbench as its publisher gives it: without a network, and without the twin."""
PARTLY = ("guides/trend.ipynb", "start_here.ipynb")
"""They ask for that, and for what does not come along, for which the twin stands in."""
LESSONS = tuple(name for name in NAMES if name.startswith("workshop/"))
"""They are run in tests/workshop, as they stand and with their solutions."""
each = pytest.mark.parametrize("name", NAMES)
each_with_a_stand_in = pytest.mark.parametrize(
    "name", [name for name in NAMES if any("stand_in" in cell.source for cell in tagged(cells(name), "parameters"))]
)
"""Notebooks on publishers' files, for which the twin stands in; all others ask for nothing but bundled data."""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Execute a notebook: `run(name, mirror)`, with the mirror's folder or None for the bundled data alone."""
    done = {}

    def execute(name: str, mirror=None) -> nbformat.NotebookNode:
        if (name, mirror) not in done:
            folder = tmp_path_factory.mktemp("notebook")
            env = {key: value for key, value in os.environ.items() if not key.startswith("WORKBENCH_")}
            env |= {"WORKBENCH_HOME": str(folder / "home"), "IPYTHONDIR": str(folder / "ipython")}
            env |= {"WORKBENCH_MIRROR": str(mirror)} if mirror else {"WORKBENCH_SOURCE": "bundled"}
            notebook = nbformat.read(FOLDER / name, as_version=4)
            client = NotebookClient(
                notebook, timeout=240, allow_errors=True, resources={"metadata": {"path": str(folder)}}
            )
            done[name, mirror] = client.execute(env=env)
        return done[name, mirror]

    return execute


def said(cell) -> str:
    """Everything a cell shows, as text."""
    texts = []
    for output in cell.outputs:
        texts.append(output.get("text", ""))
        texts += [str(shown) for kind, shown in output.get("data", {}).items() if kind not in MACHINERY]
    return HIDDEN.sub("", "\n".join(texts))


def pictures(notebook) -> list[str]:
    """The outputs that hold a Bokeh figure, as text."""
    return [text for cell in code(notebook.cells) if '"name":"Figure"' in (text := said(cell))]


def assert_clean(notebook) -> None:
    """No cell stopped, and nothing was written to standard error, which a notebook shows in red."""
    outputs = [(cell.id, output) for cell in code(notebook.cells) for output in cell.outputs]
    assert [(cell, out.ename, out.evalue) for cell, out in outputs if out.output_type == "error"] == []
    assert [(cell, out.text) for cell, out in outputs if out.get("name") == "stderr"] == []


@each
def test_a_notebook_opens_with_its_question_and_its_caveat_and_closes_with_sources_and_versions(name):
    first, *_rest, heading, last = cells(name)
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    for part in ("answer", "data", "caveat"):
        assert part in first.source.lower()
    assert heading.source.startswith("## Sources and versions")
    assert "sources" in last.source
    assert "__version__" in last.source


@each
def test_a_notebook_is_kept_without_outputs(name):
    for cell in code(cells(name)):
        assert cell.outputs == []
        assert cell.execution_count is None


@each
def test_a_notebook_defines_no_function_and_changes_no_path(name):
    for cell in code(cells(name)):
        assert "sys.path" not in cell.source
        made = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert made == []


@each
def test_the_parameters_come_first_and_are_plain_values(name):
    (parameters,) = tagged(cells(name), "parameters")
    assert parameters == code(cells(name))[0]
    for statement in ast.parse(parameters.source).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)


@each
def test_the_prose_asserts_no_figure_that_another_run_could_contradict(name):
    prose = "\n".join(cell.source for cell in cells(name) if cell.cell_type == "markdown")
    figures = re.findall(r"\d+(?:[.,]\d+)+%?|\d+%", prose)
    assert set(figures) <= {"100,000", "95%"}  # the unit of a rate, the level of an interval


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (MADE_UP, *PUBLISHED, *PARTLY, *LESSONS)])
def test_a_notebook_runs_with_the_bundled_data_alone_and_says_that_they_are_synthetic(name, run):
    notebook = run(name)
    assert_clean(notebook)
    assert MARK in said(code(notebook.cells)[-1])
    assert [text[:200] for text in pictures(notebook) if MARK not in text] == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_notebook_on_published_figures_that_come_along_runs_on_them_without_a_network(name, run):
    notebook = run(name)
    assert_clean(notebook)
    assert not any(MARK in said(cell) for cell in code(notebook.cells))
    assert "(bundled)" in said(code(notebook.cells)[-1])


@pytest.mark.parametrize("name", PARTLY)
def test_a_notebook_says_where_the_twin_stands_in_for_what_does_not_come_along(name, run):
    notebook = run(name)
    assert_clean(notebook)
    assert MARK in said(code(notebook.cells)[-1])
    marked = [MARK in text for text in pictures(notebook)]
    assert any(marked) and not all(marked)


def test_the_guide_to_ones_own_data_runs_and_cites_the_file(run):
    notebook = run(MADE_UP)
    assert_clean(notebook)
    assert "your file accidents.csv, named mine" in said(code(notebook.cells)[-1])
    assert len(pictures(notebook)) == 2


@each_with_a_stand_in
@pytest.mark.mirror
def test_a_notebook_runs_on_the_publishers_files_and_never_speaks_of_synthetic_data(name, run, mirror):
    notebook = run(name, mirror)
    assert_clean(notebook)
    menus = tagged(notebook.cells, "explorer")  # there the catalogue's titles stand in a menu, the twin's among them
    for cell in code(notebook.cells):
        assert MARK not in said(cell)
        assert cell in menus or "synthetic" not in said(cell).lower()


def test_the_start_notebook_answers_from_published_figures_without_a_network(run):
    notebook = run("start_here.ipynb")
    by_id = {cell.id: cell for cell in code(notebook.cells)}
    assert len(pictures(notebook)) == 5  # two trends, three maps; the explorer draws without Bokeh
    markdown = by_id["answer"].outputs[0].data["text/markdown"]
    assert MARK not in markdown and markdown.count("?**") == 4
    assert "**Great Britain: where?** Injury rate as published, 2018: highest Scotland, 1.07 per 100,000" in markdown
    before = [cell for name, cell in by_id.items() if not name.endswith(("-spain", "-italy")) and name != "sources"]
    assert not any(MARK in said(cell) for cell in before)
    for name in ("hsw_n2_01", "lfst_r_lfe2en2", "spain_epa", "esener_2019", "ilostat_injuries", "uk_fatal_injuries"):
        assert name in said(by_id["load-box"])


def test_the_start_notebook_says_that_regions_of_spain_and_italy_do_not_come_along(run):
    by_id = {cell.id: cell for cell in code(run("start_here.ipynb").cells)}
    for place, name in (("spain", "spain_atr"), ("italy", "inail_regions")):
        loaded = said(by_id[f"load-{place}"])
        assert f"{name} is not available now" in loaded and "synthetic twin stands in" in loaded
        assert "Synthetic data. Accident rate" in loaded
        assert MARK in said(by_id[f"map-{place}"])


def test_the_first_tables_of_the_start_notebook_are_about_its_question(run):
    by_id = {cell.id: cell for cell in code(run("start_here.ipynb").cells)}
    sectors, regions = (said(by_id[name]) for name in ("load-sectors", "load-regions"))
    assert "IT" in sectors and "2023" in sectors
    assert "UKC" in regions and "2018" in regions


def test_what_the_start_notebook_says_of_getting_real_data_can_be_done(tmp_path, monkeypatch):
    """By who has no mirror: a table of one's own in the columns that are named there."""
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    (told,) = (cell.source for cell in cells("start_here.ipynb") if cell.id == "real-data")
    columns = re.findall(r"`(\w+)`", re.search(r"Its columns are (.*?)\.", told)[1])
    path = tmp_path / "my_regions.csv"
    path.write_text(",".join(columns) + "\nITC1,2023,43124,70,1748500,mine\nITF6,2023,8683,20,519600,mine\n")
    wb.load("inail_regions", path=path)
    assert wb.rates("inail_regions", by=["nuts2"]).frame["count"].tolist() == [43_124, 8_683]
    for name in re.findall(r"wb\.\w+\(\"(\w+)\"", told):
        assert name in wb.catalog()
    assert "http" in wb.catalog().describe("inail_regions")
    assert {"hsw_n2_01", "inail_records"} <= {n for n in wb.catalog() if wb.catalog()[n].files["live"]}


@pytest.mark.mirror
def test_the_start_notebook_answers_with_the_regions_that_plain_pandas_finds(run, mirror):
    notebook = run("start_here.ipynb", mirror)
    by_id = {cell.id: cell for cell in code(notebook.cells)}

    spain = pd.read_csv(mirror / "spain_atr" / "atr_incidence_by_region_province.csv")
    spain = spain[(spain["level"] == "ccaa") & (spain["year"] == 2023)].set_index("nuts")["value"]
    assert spain.idxmax() == "ES53"
    assert f"highest Illes Balears, {spain.max():,.1f} per 100,000 workers covered" in said(by_id["load-spain"])

    italy = pd.read_csv(mirror / "inail_regions" / "inail_accidents_by_region_2021_2025.csv")
    italy = italy[italy["year"] == 2023].set_index("region_name")
    italy = 100_000 * italy["accidents_reported"] / italy["employed_15_64"]
    assert italy.idxmin() == "Campania"
    for rate in (italy.min(), italy.max()):
        assert f"{rate:,.1f} per 100,000" in said(by_id["load-italy"])


@pytest.mark.mirror
def test_the_start_notebook_gives_the_same_answer_from_the_files_of_the_publishers(run, mirror):
    answers = []
    for notebook in (run("start_here.ipynb"), run("start_here.ipynb", mirror)):
        (answer,) = (cell for cell in code(notebook.cells) if cell.id == "answer")
        answers.append(answer.outputs[0].data["text/markdown"])
    assert answers[0] == answers[1]

    accidents = pd.read_csv(mirror / "eurostat_esaw" / "hsw_n2_01__custom_19448164_linear_2_0.csv")
    accidents = accidents[accidents["TIME_PERIOD"] == 2023].set_index("nace_r2")["OBS_VALUE"]
    employed = pd.read_csv(mirror / "eurostat_lfs" / "lfsa_eisn2__custom_19484136_linear_2_0.csv")
    employed = employed[employed["TIME_PERIOD"] == 2023].set_index("nace_r2")["OBS_VALUE"]
    rates = (100 * accidents / employed).dropna()
    assert f"{rates.max():,.1f} per 100,000" in answers[0]
