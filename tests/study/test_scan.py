"""What is to leave is read once more: a withheld figure is found wherever it stands, and nothing else is."""

import base64
import gzip
import json

import numpy as np
import pandas as pd
import pytest
from bokeh.embed import file_html, json_item
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import INLINE

import workbench as wb
from workbench.study import scan
from workbench.study.scan import check_text
from workbench.terms.errors import Refused
from workbench.terms.languages import language
from workbench.terms.text import figures, speaking

COUNTS = {"A": 7, "C": 412, "F": 211, "G": 96, "H": 1357, "I": 4}
PEOPLE = [12_347, 90_001, 70_003, 50_021, 400_009, 9_973]


@pytest.fixture
def found():
    """Rates of records of one's own by sector, of which A and I are withheld."""
    sectors = [sector for sector, n in COUNTS.items() for _person in range(n)]
    people = wb.table(pd.DataFrame({"nace1": list(COUNTS), "year": 2023, "employed": PEOPLE}), name="people")
    records = wb.table(pd.DataFrame({"nace1": sectors, "year": 2023}), name="records")
    found = wb.rates(records.cube, by=["nace1"], exposure=people.cube)
    assert found.withheld == 2
    return found


def before(found, column: str = "value", code: str = "A") -> float:
    """A figure that must not be found anywhere."""
    return float(found.protection.before.frame.set_index("nace1").loc[code, column])


def chart_with(value: float):
    drawn = figure()
    drawn.scatter("x", "y", source=ColumnDataSource({"x": np.array([1.0, 2.0]), "y": np.array([value, 3.5])}))
    return drawn


def packed_twice(numbers: np.ndarray) -> str:
    return base64.b64encode(gzip.compress(numbers.tobytes())).decode()


LEAKS = {
    "a rate with two decimals": lambda f: f"The rate is {before(f):.2f}.",
    "a rate with all its digits": lambda f: json.dumps({"rate": before(f)}),
    "a decimal comma": lambda f: f"{before(f):.2f}".replace(".", ","),
    "a limit": lambda f: f"up to {before(f, 'high'):.1f}",
    "hover text": lambda f: f'<div title="{before(f):.3f} per 100,000"></div>',
    "alternative text": lambda f: f'<img alt="Agriculture {before(f, "low"):.3f}">',
    "SVG": lambda f: f"<svg><text>{before(f):,.2f}</text></svg>",
    "Bokeh JSON": lambda f: json.dumps(json_item(chart_with(before(f)))),
    "a page of Bokeh": lambda f: file_html(chart_with(before(f)), INLINE),
    "numbers that are packed twice": lambda f: json.dumps({"data": packed_twice(np.array([1.0, before(f)]))}),
    "the output of a notebook": lambda f: json.dumps({"text/plain": f.protection.before.frame.to_string()}),
    "a count behind the name of its group": lambda f: "<td>Agriculture, forestry and fishing</td><td>7</td>",
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_a_withheld_figure_is_found(leak, found):
    with pytest.raises(Refused, match="would hold withheld figures of Agriculture") as refusal:
        check_text(leak(found), [found.protection])
    assert f"{before(found):.1f}" not in str(refusal.value)


@pytest.mark.parametrize("code", ["nl", "fr", "de"])
def test_a_withheld_figure_is_found_in_whatever_language_it_was_written(code, found):
    with speaking(language(code)):
        label = found.label("nace1", "A")
        leaks = [f"{label}: 7", "Agriculture, forestry and fishing: 7", figures(f"{before(found):,.2f}")]
        for leak in leaks:
            with pytest.raises(Refused):
                check_text(leak, [found.protection])


@pytest.mark.parametrize("text", ["1.234.567", "1 234 567", "1\u202f234\u202f567", "1'234'567", "1234567", "1,234,567"])
def test_a_large_number_is_read_with_the_marks_of_any_language(text):
    assert 1_234_567 in scan._numbers_in(f"in all {text} of them").values


def test_what_the_workbench_writes_holds_none(found, tmp_path):
    texts = [
        str(found),
        found._repr_html_(),
        json.dumps(found.to_dict()),
        found.to_csv(),
        file_html(found.chart(), INLINE),
    ]
    for text in texts:
        check_text(text, [found.protection])
    found.to_zip(tmp_path / "all.zip")


def test_figures_that_are_shown_are_no_leak_where_a_withheld_one_is_like_them(found):
    check_text(
        "7 of 412 in 2023; 12,347 employed; Agriculture, forestry and fishing: fewer than 10", [found.protection]
    )
    check_text("Agriculture, forestry and fishing 7,000", [found.protection])


def test_a_release_with_a_leak_is_refused_and_recorded(found):
    with pytest.raises(Refused, match="would hold withheld figures"):
        found.permit("page", f"rate {before(found):.2f}")
    assert [line.left for line in wb.releases()] == [False]
    assert f"{before(found):.2f}" not in json.dumps([line.verdict for line in wb.releases()])
