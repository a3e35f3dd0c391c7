"""Each picker, a model widget and a chart in JupyterLab: light and dark, run twice, reloaded, saved and reopened."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
SHOTS = Path(__file__).parents[1] / "shots"
TOKEN = "a-token-that-the-test-knows"  # of the conftest
NUMBERS = "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map((at) => at.textContent)"


@pytest.fixture
def opened(new_page, served, lab_settings, notebook_of_pickers):
    """`opened()`: the notebook in a new tab of JupyterLab, its kernel at rest."""
    folder = f"--notebook-dir={notebook_of_pickers.parent}"
    port = served("--no-browser", "--allow-root", "--ip=127.0.0.1", folder, module="jupyterlab")

    def open_tab():
        page = new_page(1300, 9_000)  # JupyterLab draws the cells that can be seen
        page.goto(f"http://localhost:{port}/lab/tree/pickers.ipynb?token={TOKEN}&reset")
        at_rest(page)
        return page

    return open_tab


def at_rest(page) -> None:
    page.get_by_text(re.compile(r"Python 3.*\| Idle")).wait_for(timeout=90_000)


def menu(page, *names: str) -> None:
    """Choose an entry of a menu."""
    page.get_by_role("menuitem", name=names[0], exact=True).click()
    for name in names[1:]:
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}")).first.click()


def run_all(page) -> None:
    """Run every cell, and wait until each has a number that it had not before."""
    before = page.evaluate(NUMBERS)
    menu(page, "Run", "Run All Cells")
    for _attempt in range(180):
        page.wait_for_timeout(500)
        numbers = page.evaluate(NUMBERS)
        if all(re.search(r"\d", now) and now != then for now, then in zip(numbers, before, strict=True)):
            break
    page.locator(".jp-CodeCell").last.locator("canvas").first.wait_for(state="attached")
    page.wait_for_timeout(1_000)  # the last picture is drawn


def test_each_picker_listens_in_light_and_dark_run_twice_reloaded_and_saved_and_reopened(
    opened, notebook_of_pickers, touch_each_picker, poor_contrast, axe_faults
):
    page = opened()
    run_all(page)
    touch_each_picker(page)
    run_all(page)  # run twice
    assert page.locator(".wb-picker").count() == 6
    touch_each_picker(page)

    SHOTS.mkdir(exist_ok=True)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        menu(page, "Settings", "Theme", f"{theme}$")
        page.wait_for_function(f"() => document.body.dataset.jpThemeName === {theme!r}")
        page.wait_for_timeout(1_500)
        touch_each_picker(page)
        outputs = page.locator(".jp-OutputArea-output:has(.jupyter-widgets)").all()
        assert len(outputs) == 7, theme
        assert [found for shown in outputs for found in poor_contrast(shown)] == [], theme
        assert [found for shown in outputs for found in axe_faults(shown)] == [], theme
        page.locator(".jp-Notebook").screenshot(path=SHOTS / f"lab-pickers-{theme.split()[-1].lower()}.png")

    page.reload()  # the kernel lives
    at_rest(page)
    run_all(page)
    assert page.locator(".wb-picker").count() == 6
    touch_each_picker(page)

    menu(page, "File", "Save Notebook$")
    for _attempt in range(100):
        page.wait_for_timeout(200)
        saved = notebook_of_pickers.read_text(encoding="utf-8")
        if "application/vnd.jupyter.widget-view+json" in saved:
            break
    assert "application/vnd.jupyter.widget-view+json" in saved
    page.close()
    again = opened()  # what was saved, beside the kernel that still lives
    again.locator(".wb-picker").nth(5).wait_for()
    touch_each_picker(again)
    run_all(again)
    touch_each_picker(again)
    for tab in (page, again):
        assert (tab.errors, tab.outside) == ([], [])
