"""One finding in all five places that show it: explorer, notebook, brief, workshop.html and the command line."""

import os
import re
import sys
from urllib.parse import urlencode

import nbformat
import pytest
from nbclient import NotebookClient

import workbench as wb
from workbench import cli
from workbench.briefs.content import read_page
from workbench.views.code import recipe
from workbench.views.explorer import Explorer
from workbench.workshop.page import write_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TWIN = "esaw_synthetic"
YEAR = "2022"
SELECTION = wb.Selection(regions={"EL"}, sectors={"J"}, years=(int(YEAR), int(YEAR)))
"""Its rate is under 100, so that every screen shows a decimal, and its trend is said with signed figures everywhere."""
NUMBER = re.compile(r"[+−-]?\d[\d,]*\.\d")
YEAR_IN_TEXT = '{{ constant("2022", source="the question") }}'
TEXT = f"In {YEAR_IN_TEXT}: {{{{ rate.value() }}}} ({{{{ rate.interval() }}}}). {{{{ change.sentence }}}}"


def three(text: str) -> tuple[str, ...]:
    """The first three figures of a text that have one decimal: a value and its limits."""
    return tuple(figure.replace(",", "").replace("−", "-").lstrip("+") for figure in NUMBER.findall(text)[:3])


def printed(*values: float) -> tuple[str, ...]:
    return tuple(f"{value:.1f}" for value in values)


def by_hand() -> dict[str, tuple[str, ...]]:
    """The rate and its change, each with its limits, as Python finds them."""
    row = wb.rates(TWIN, SELECTION).frame.iloc[0]
    (span,) = wb.trend(TWIN, SELECTION.but(years=None)).model.segments
    return {
        "rate": printed(row["value"], row["low"], row["high"]),
        "change": printed(span.apc, span.low, span.high),
    }


def in_the_explorer(page, port: int) -> dict[str, tuple[str, ...]]:
    query = urlencode({"dataset": TWIN, "q": SELECTION.to_query()})
    page.goto(f"http://localhost:{port}/?{query}")
    page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
    shown = page.locator(".figures").inner_text()
    return {"rate": three(shown.partition("Rate")[2]), "change": three(shown.partition("Change")[2])}


def code_of_the_explorer() -> list[str]:
    """The cells that the explorer gives out for its rate and its trend."""
    explorer = Explorer(TWIN, selection=SELECTION)
    cells = []
    for view, name in (("total", "rate"), ("time", "change")):
        lines = recipe(explorer.cube, explorer.question(view)).cells()[:-1]  # all but the chart
        cells += [line.replace("finding", name) for line in lines]
    return cells


def in_a_notebook(folder, code: list[str]) -> dict[str, tuple[str, ...]]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in code])
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute(env=os.environ | {"IPYTHONDIR": str(folder / "ipython")})
    rate, change = (cell.outputs[0].text for cell in notebook.cells if cell.outputs)
    return {"rate": three(rate), "change": three(change)}


def in_a_brief(folder, code: list[str]) -> dict[str, tuple[str, ...]]:
    cells = [nbformat.v4.new_markdown_cell("# Greece")]
    cells += [nbformat.v4.new_code_cell(source.partition("\nprint")[0]) for source in code]
    cells += [nbformat.v4.new_markdown_cell(TEXT)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "greece.ipynb")
    page = wb.brief(folder / "greece.ipynb", out=folder / "greece.html").path
    rate, _full_stop, change = read_page(page).texts[1].filled().partition("). ")
    return {"rate": three(rate), "change": three(change)}


def in_workshop_html(page, folder) -> dict[str, tuple[str, ...]]:
    write_page(folder / "workshop.html")
    page.unroute_all()
    page.goto(f"{(folder / 'workshop.html').as_uri()}#{urlencode({'nuts2': 'EL', 'nace1': 'J', 'year': YEAR})}")
    rate = page.locator("#figure-rate").inner_text()
    page.evaluate("workshop.choose({ year: [] })")
    return {"rate": three(rate), "change": three(page.locator("#figure-change").inner_text())}


def on_the_command_line(monkeypatch, capsys) -> dict[str, tuple[str, ...]]:
    where = [TWIN, "--where", "nuts0=EL", "--where", "nace1=J"]
    commands = {"rate": ["rates", *where, "--years", YEAR], "change": ["trend", *where]}
    shown = {}
    for name, arguments in commands.items():
        monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        shown[name] = three(capsys.readouterr().out)
    return shown


def test_one_finding_has_the_same_number_and_interval_in_all_places_that_show_it(
    served, new_page, tmp_path, monkeypatch, capsys
):
    expected, code = by_hand(), code_of_the_explorer()
    shown = {
        "explorer": in_the_explorer(new_page(1366, 768), served("app", "--dataset", TWIN)),
        "notebook": in_a_notebook(tmp_path, code),
        "brief": in_a_brief(tmp_path, code),
        "workshop.html": in_workshop_html(new_page(1366, 768), tmp_path),
        "command line": on_the_command_line(monkeypatch, capsys),
    }
    assert shown == dict.fromkeys(shown, expected)
