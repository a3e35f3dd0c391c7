"""Shares are read in per cent, in every place that people read, and kept from 0 to 1 in every file."""

import io

import pandas as pd
import pytest
from bokeh.models import ColumnDataSource

import workbench as wb
from workbench.cli.output import show
from workbench.cubes import build
from workbench.cubes.cube import Measure

SHARE = Measure("share", "share of firms, 0 to 1", "none", "Share of firms", percent="% of firms")
RISING = [0.11, 0.12, 0.13, 0.12, 0.14, 0.13, 0.14, 0.31, 0.32, 0.31, 0.33, 0.34, 0.33, 0.34]


def shares(*rows: tuple, by: tuple[str, ...]):
    frame = pd.DataFrame(rows, columns=[*by, "share"]).assign(flag="", margin="m")
    return build.from_published("firms", frame, {"m": {"dims": [*by], "measures": ["share"]}}, {"share": SHARE})


@pytest.fixture
def regions():
    rows = [("ITF6", 0.979), ("ITC4", 0.07), ("ITI4", 0.535), ("AT13", 1.0)]
    return shares(*((code, 2020, share) for code, share in rows), by=("nuts", "year"))


@pytest.fixture
def years():
    return shares(*zip(range(2010, 2024), RISING, strict=True), by=("year",))


@pytest.mark.parametrize("ask", [wb.rates, wb.counts])
def test_sentence_headline_and_tables_say_per_cent(regions, ask, capsys):
    found = ask(regions, by=["nuts2"])
    assert "100 % of firms" in found.summary and "7 % of firms" in found.summary
    assert "97.9" in str(found) and "0.979" not in str(found)
    assert "<th>% of firms</th>" in found._repr_html_() and "<td>97.9</td>" in found._repr_html_()

    show(found, "table")
    printed = capsys.readouterr().out
    assert "value: % of firms" in printed and "97.9" in printed and "0.979" not in printed


def test_one_share_is_said_in_per_cent(regions):
    assert wb.rates(regions, wb.Selection(regions={"ITF6"})).summary.endswith(": 97.9 % of firms.")


def test_a_map_says_per_cent_in_its_legend_and_its_tooltips(regions):
    plot = wb.rates(regions, by=["nuts2"]).chart()
    legend = plot.right[0]
    assert legend.title.startswith("% of firms")
    texts = [text for source in plot.select(ColumnDataSource) for text in source.data.get("figure", ())]
    assert "97.9 % of firms, no interval published" in texts
    assert not any("0.9" in str(item.label) for item in legend.items)


def test_rows_and_their_axis_say_per_cent():
    cube = shares(("F", 2020, 0.979), ("M", 2020, 0.535), by=("sex", "year"))
    plot = wb.rates(cube, by=["sex"]).chart()
    assert plot.xaxis[0].axis_label == "% of firms"
    values = [value for source in plot.select(ColumnDataSource) for value in source.data.get("value", ())]
    assert sorted(values) == [53.5, 97.9]


@pytest.mark.parametrize("ask", [wb.trend, wb.change])
def test_a_fitted_line_is_drawn_in_the_unit_of_its_points(years, ask):
    found = ask(years)
    picture = found.picture
    assert picture.unit == "% of firms"
    assert picture.frame["value"].tolist() == [pytest.approx(100 * share) for share in RISING]
    assert picture.frame["fit"].dropna().between(5, 50).all()
    assert picture.chart.marks["fit"]["value"].between(5, 50).all()
    assert found.frame["value"].tolist() == RISING and found.frame["fit"].dropna().lt(1).all()
    assert found.units["fit"] == "share of firms, 0 to 1"


def test_a_change_of_level_is_said_in_per_cent(years):
    found = wb.change(years)
    assert "% of firms a year" in found.summary and "from 12.7 to 32.6 % of firms" in found.summary


def test_files_keep_the_share_and_say_so(regions):
    found = wb.rates(regions, by=["nuts2"])
    assert found.to_dict()["columns"]["value"] == "share of firms, 0 to 1"
    assert {row["nuts2"]: row["value"] for row in found.to_dict()["frame"]}["ITF6"] == 0.979
    table = pd.read_csv(io.StringIO(found.to_csv()))
    assert table.set_index("nuts2").loc["ITF6", ["value", "unit"]].tolist() == [0.979, "share of firms, 0 to 1"]


def test_every_share_of_the_catalogue_says_how_it_is_read():
    book = wb.catalog()
    measures = [given for name in book.names() for given in book[name].measures.values()]
    of_shares = [given for given in measures if given["unit"].startswith("share")]
    assert len(of_shares) == 2
    assert all(given["unit"].endswith("0 to 1") and given["percent"].startswith("% of") for given in of_shares)
