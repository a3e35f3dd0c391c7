"""Questions in words as a person meets them in the explorer: chosen, answered, and taken away as a notebook."""

from pathlib import Path

import nbformat
import pytest

import workbench as wb

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_question_in_words_is_answered_and_its_notebook_holds_the_cells_that_ran(served, new_page):
    home = f"http://localhost:{served('app', '--dataset', 'esaw_synthetic')}/"
    page = new_page(1366, 768)
    page.goto(f"{home}?dataset=esaw_synthetic&q=regions%3DIT%26sectors%3DF%26years%3D2022-2022")
    page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
    page.get_by_role("button", name="Questions", exact=True).click()
    dialog = page.get_by_role("dialog", name="Questions")
    asked = dialog.locator("details", has_text="Has it risen or fallen?")
    asked.locator("summary").click()
    expected = wb.trend("esaw_synthetic", wb.Selection(regions={"IT"}, sectors={"F"}))
    assert asked.locator(".says").inner_text() == expected.summary

    with page.expect_download() as download:
        asked.get_by_role("button", name="Notebook").click()
    path = Path(download.value.path())
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    names: dict = {}
    exec(notebook.cells[1].source, names)
    assert names["finding"].summary == expected.summary
    assert notebook.metadata["brief"]["link"] in page.url
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.errors == [] and page.outside == []
