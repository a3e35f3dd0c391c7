"""Pictures of the explorer as it is today, in the sizes and colours that were agreed: before and after a change."""

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FOLDER = "WORKBENCH_PICTURES"
"""The environment variable with the folder that the pictures are written to; in `tests/shots` where it is not set."""
SIZES = {1920: 1080, 1366: 768, 380: 800}


@pytest.fixture(scope="module")
def home(served_to_all) -> str:
    return f"http://localhost:{served_to_all('app', '--dataset', 'esaw_synthetic')}/"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES)
def test_the_explorer_has_its_picture_taken(new_page, home, width, theme):
    folder = Path(os.environ.get(FOLDER) or Path(__file__).parents[1] / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    page = new_page(width, SIZES[width])
    page.goto(f"{home}?dataset=esaw_synthetic&theme={theme}")
    page.locator(".wb[data-state=rest]").wait_for(timeout=60_000)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(300)
    for name, whole in (("window", False), ("page", True)):
        picture = folder / f"explorer-{width}-{theme}-{name}.png"
        page.screenshot(path=picture, full_page=whole)
        assert picture.stat().st_size > 20_000  # an empty page has less
    assert page.locator("article.card:visible svg[data-chart]").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert (page.errors, page.outside) == ([], [])
