"""What the screens' tests share: JupyterLab on the notebooks, and how well a text stands out from its ground."""

import json
import re
from pathlib import Path

import nbformat
import pytest

TOKEN = "a-token-that-the-test-knows"
SCREEN = {  # what the tests need of JupyterLab: no writing to the repository's notebooks
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
RECORDS = {
    "nuts": ["ITF6", "ITF6", "ITC1", "ITC4", "ES61", "ES41", "EL30"],
    "nace": ["F", "F", "C", "C", "C", "Q", "F"],
    "sex": ["M", "F", "M", "M", "F", "F", "M"],
    "age_group": ["Y15-24", "Y25-34", "Y25-34", "Y55-64", "Y55-64", "Y25-34", "Y55-64"],
    "year": [2019, 2020, 2019, 2019, 2020, 2021, 2021],
    "severity": ["FAT", "D_GE4", "D_GE4", "D_GE4", "D_GE4", "D_GE4", "D_GE4"],
    "deviation": ["10", "20", "30", "30", "30", "20", "10"],
}
POOR = """(place, least) => {
    const numbers = (colour) => {
        const found = colour.match(/[\\d.]+/g).map(Number)
        return colour.startsWith('color(') ? found : found.map((n, i) => i < 3 ? n / 255 : n)
    }
    const light = (rgb) => {
        const [r, g, b] = rgb.slice(0, 3).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (at) => {
        for (; at; at = at.parentElement || at.getRootNode().host) {
            const colour = numbers(getComputedStyle(at).backgroundColor)
            if ((colour[3] ?? 1) > 0.99) return colour
        }
        return [1, 1, 1]
    }
    const found = []
    for (const node of place.querySelectorAll('*')) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())
        if (!own || !node.getClientRects().length) continue
        const back = ground(node), ink = numbers(getComputedStyle(node).color)
        const seen = ink.slice(0, 3).map((v, i) => v * (ink[3] ?? 1) + back[i] * (1 - (ink[3] ?? 1)))
        const [a, b] = [light(seen), light(back)]
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
        if (ratio < least) found.push([node.textContent.trim().slice(0, 30), ratio])
    }
    return found
}"""
"""The texts inside a place whose contrast is less than asked for: WCAG 2.2, relative luminance."""
CLIPPED = """() => {
    const found = []
    const walk = (root) => {
        for (const node of root.querySelectorAll('*')) {
            if (node.shadowRoot) walk(node.shadowRoot)
            const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())
            const style = getComputedStyle(node)
            const seen = node.getClientRects().length && style.visibility !== 'hidden'
            if (!own || !seen || node.title || node.closest('svg, .hidden, .skip')) continue
            const hides = !['visible', 'auto'].includes(style.overflowX) && node.clientWidth
            const cut = hides && node.scrollWidth > node.clientWidth + 1
            const scrolled = node.closest('.scroll, .rows, pre, .menu')
            const beyond = !scrolled && node.getBoundingClientRect().right > innerWidth + 1
            if (cut || beyond) found.push(node.textContent.trim().slice(0, 60))
        }
    }
    walk(document)
    return found
}"""
"""Texts that are cut off, or stand beyond the right edge of the window; what has a title says all of it there."""


@pytest.fixture
def poor_contrast():
    """`poor_contrast(place)`: texts whose contrast is under 4.5 to 1."""
    return lambda place: place.evaluate(POOR, 4.5)


@pytest.fixture
def lab_settings(tmp_path, monkeypatch) -> None:
    """A configuration of its own for what belongs to Jupyter, without the publishers' files."""
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_TOKEN", TOKEN)
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    settings = tmp_path / "jupyter_config_dir"
    (settings / "labconfig").mkdir(parents=True)
    checkpoints = {"FileCheckpoints": {"checkpoint_dir": str(tmp_path / "checkpoints")}}
    (settings / "jupyter_server_config.json").write_text(json.dumps(checkpoints))
    (settings / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SCREEN))


@pytest.fixture
def lab(served, lab_settings) -> int:
    """JupyterLab on the notebooks."""
    return served("lab", "--no-browser")


PICKERS = {
    "region": ("[data-code='ES']", "regions=ES"),
    "sector": ("[data-code='C']", "sectors=C"),
    "demographics": ("[data-code='F']", "sexes=F"),
    "years": ("Years: From", "years=2020-"),
    "severity": ("[data-code='FAT']", "severities=FAT"),
    "causes": ("[data-code='20']", "where.deviation=20"),
}
"""What is touched in each picker, and the selection that the kernel then has."""
CELLS = (
    f"""import ipywidgets
import pandas as pd

import workbench as wb

wb.notebook()
columns = {RECORDS!r}
cube = wb.cube(pd.DataFrame(columns), ["nuts2", "nace1", "sex", "age_group", "year", "severity", "deviation"])


def followed(picker):
    words = ipywidgets.Label("chosen:")
    picker.observe(lambda _: setattr(words, "value", f"chosen: {{picker.selection.to_query()}}"), "selection")
    return ipywidgets.VBox([picker, words])""",
    *(f"followed(wb.pickers.{name}(cube))" for name in PICKERS),
    'wb.widgets.rates("esaw_synthetic", wb.Selection(years=(2022, 2022)))',
    'wb.rates("uk_fatal_injuries", by=["year"]).chart()',
)


@pytest.fixture
def notebook_of_pickers(tmp_path) -> Path:
    """A notebook with each picker in a cell of its own, a model widget and a chart, where it may be saved."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cells = [nbformat.v4.new_code_cell(cell, id=f"c{place}") for place, cell in enumerate(CELLS)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "pickers.ipynb")
    return folder / "pickers.ipynb"


@pytest.fixture
def touch_each_picker():
    """`touch_each_picker(page)`: take a choice in each picker, see that the kernel hears of it, and let it go again."""

    def touch(page) -> None:
        shown = page.locator(".widget-vbox:has(.wb-picker)")
        for place, (name, (what, query)) in enumerate(PICKERS.items()):
            picker = shown.nth(place)
            if name == "years":
                picker.get_by_label(what).select_option("2020")
            else:
                picker.locator(what).click()
            picker.get_by_text(query).wait_for()
            picker.get_by_role("button", name="Clear").click()
            picker.get_by_text(re.compile("^chosen: *$")).wait_for()

    return touch
