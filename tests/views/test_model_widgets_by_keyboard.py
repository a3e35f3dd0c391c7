"""Model widgets without a mouse: their tabs, and the parts below a chart, in a page of Voila."""

from pathlib import Path

import nbformat
import pytest

import workbench

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CELL = """import workbench as wb

wb.notebook()
wb.widgets("esaw_synthetic", wb.Selection(years=(2015, 2022)))"""
FOCUSED = "() => document.activeElement.textContent.trim()"


@pytest.fixture
def page(new_page, served, lab_settings, tmp_path, monkeypatch):
    """A page with the four models in tabs."""
    pytest.importorskip("voila", reason="Voila is not installed (pip install voila)")
    monkeypatch.setenv("PYTHONPATH", str(Path(workbench.__file__).resolve().parents[1]))  # of the kernel, elsewhere
    cells = [nbformat.v4.new_code_cell(CELL, id="models")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "models.ipynb")
    port = served(str(tmp_path / "models.ipynb"), "--no-browser", "--Voila.ip=127.0.0.1", module="voila")
    page = new_page(1300, 1_500)
    page.goto(f"http://localhost:{port}/?token=a-token-that-the-test-knows", timeout=120_000)
    page.locator(".wb-model:visible").wait_for(timeout=120_000)
    page.get_by_role("button", name="Diagnostics").wait_for()
    return page


def tab_to(page, name: str) -> None:
    """Press Tab until the keyboard is at what has this text."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"Tab does not come to {name}")


def test_a_part_below_the_chart_opens_and_closes_and_another_model_is_turned_to(page):
    tab_to(page, "Rates")
    for part, words in (("Diagnostics", "There is nothing"), ("Notes and limits", "Exposure is treated as known")):
        tab_to(page, part)
        shown = page.locator(".wb-model:visible").get_by_text(words).first
        assert not shown.is_visible()
        page.keyboard.press("Enter")
        shown.wait_for()
        page.keyboard.press(" ")
        shown.wait_for(state="hidden")
        assert page.evaluate(FOCUSED) == part
    tab_to(page, "Copy as code")
    page.keyboard.press("Enter")
    page.locator(".wb-model:visible textarea").wait_for()

    page.locator("[role=tab]", has_text="Rates").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("straight line").first.wait_for(state="attached")
    page.locator("[role=tab][aria-selected=true]", has_text="Trend").wait_for()
    assert page.errors == []
