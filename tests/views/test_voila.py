"""Pickers, a model widget and a chart as a page of Voila: a notebook that a class sees without its code."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ICONS = re.compile(r"https://cdn\.jsdelivr\.net/npm/@fortawesome/.*\.css$")
"""What Voila's own template asks for, and the test stops: two style sheets of icons that nothing of ours needs."""
SHOTS = Path(__file__).parents[1] / "shots"


def test_pickers_a_model_widget_and_a_chart_listen_in_a_page_of_voila_that_may_ask_no_other_machine(
    new_page, served, lab_settings, notebook_of_pickers, touch_each_picker
):
    pytest.importorskip("voila", reason="Voila is not installed (pip install voila)")
    port = served(str(notebook_of_pickers), "--no-browser", "--Voila.ip=127.0.0.1", module="voila")
    page = new_page(1300, 3_000)
    page.goto(f"http://localhost:{port}/?token=a-token-that-the-test-knows", timeout=120_000)
    page.locator(".wb-picker").nth(5).wait_for(timeout=120_000)
    touch_each_picker(page)

    chart = page.locator(".wb-chart[role=img]")
    chart.locator("canvas").first.wait_for(state="attached")
    assert "sector" in chart.get_attribute("aria-label") and "sex" not in chart.get_attribute("aria-label")
    page.get_by_role("button", name="Sex", exact=True).first.click()
    page.locator(".wb-chart[role=img][aria-label*='sex']").locator("canvas").first.wait_for(state="attached")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "voila.png")
    assert page.errors == []
    assert [url for url in page.outside if not ICONS.match(url)] == []
