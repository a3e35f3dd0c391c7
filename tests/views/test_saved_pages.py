"""Pages that Panel saves hold no withheld figure, and none is saved of a session that has seen them all."""

import io

import pandas as pd
import panel as pn
import pytest
from panel.template import VanillaTemplate

import workbench as wb
from workbench.study.scan import check_text
from workbench.terms.errors import Refused
from workbench.views.guard import withhold_in_saved_pages

COUNTS = {"A": 7, "C": 412, "F": 211, "G": 96, "I": 4}


@pytest.fixture
def cube():
    """Records of one's own."""
    withhold_in_saved_pages()
    sectors = [sector for sector, n in COUNTS.items() for _person in range(n)]
    return wb.table(pd.DataFrame({"nace1": sectors, "year": 2023}), name="records").cube


def saved(view) -> str:
    page = io.StringIO()
    view.save(page, resources="inline")
    return page.getvalue()


def test_a_saved_page_holds_no_withheld_figure(cube):
    found = wb.counts(cube, by=["nace1"])
    assert found.withheld == 2
    page = saved(pn.Column(pn.panel(found.chart()), pn.pane.HTML(found._repr_html_())))
    check_text(page, [found.protection])
    assert "412" in page


@pytest.mark.parametrize("kind", ["view", "template", "function"])
def test_no_page_is_saved_once_all_figures_were_shown(cube, kind, tmp_path):
    with wb.disclosure("off", reason="forty accidents in all"):
        view = pn.panel(wb.counts(cube, by=["nace1"]).chart())
    path = tmp_path / "page.html"
    ways = {
        "view": lambda: view.save(path),
        "template": lambda: VanillaTemplate(title="all", main=[view]).save(path),
        "function": lambda: pn.io.save.save(view, path),
    }
    with pytest.raises(Refused, match="figures of persons that are not for release"):
        ways[kind]()
    assert not path.exists()


def test_published_figures_may_be_saved_with_the_control_off():
    withhold_in_saved_pages()
    rows = pd.DataFrame({"nace1": ["A", "C"], "year": 2023, "accidents": [7, 90]})
    published = wb.table(rows, name="counts").cube
    with wb.disclosure("off", reason="a test"):
        page = saved(pn.panel(wb.counts(published, by=["nace1"]).chart()))
    assert "90" in page


def test_a_picture_of_all_figures_says_that_it_is_not_for_release(cube):
    with wb.disclosure("off", reason="forty accidents in all"):
        found = wb.counts(cube, by=["nace1"])
    mark = "Not for release: disclosure control is off in this session (forty accidents in all)."
    assert found.picture.attribution.startswith(mark)
    assert "Not for release" not in wb.counts(cube, by=["nace1"]).picture.attribution
