"""How a page shows what has no answer, and counts of which no people are known."""

from dataclasses import replace

from lxml import html

import workbench as wb
from workbench.briefs.page import page
from workbench.briefs.record import record_of
from workbench.briefs.run import Piece
from workbench.briefs.table import table

REASON = "The table has no age. Ask for `sex`"


def refused(content, why: str):
    """The element that a page has of a refusal."""
    made = content("# Ages")
    piece = Piece(kind="refused", cell=2, content=("text/plain", why))
    tree = html.fromstring(page(replace(made, pieces=(*made.pieces, piece)), {}))
    return tree.xpath("//main/*[@class='refused']")[0]


def test_a_short_refusal_is_said_whole_with_its_code_as_code(content):
    found = refused(content, REASON)
    assert found.tag == "p" and found.text_content() == "Not answered here: The table has no age. Ask for sex"
    assert found.xpath("./code/text()") == ["sex"]


def test_of_a_long_refusal_the_first_sentence_stands_and_the_advice_opens(content):
    found = refused(content, REASON + " or one of these: " + "ages, " * 40)
    assert found.tag == "details"
    assert found.find("summary").text_content() == "Not answered here: The table has no age."
    assert found.find("p").text_content().startswith("Ask for sex or one of these")


def test_nothing_of_a_refusal_is_read_as_html(content):
    assert refused(content, "No <img src=x> `<b>` here").xpath(".//img | .//b") == []


def test_counts_without_people_have_no_column_of_people_and_no_decimals(tmp_path):
    lines = [f"F,{2015 + at},{count}" for at, count in enumerate((1400, 1300, 1250, 1100))]
    (tmp_path / "counts.csv").write_text("sector,year,accidents\n" + "\n".join(lines) + "\n")
    columns = {"sector": "nace1", "year": "year"}
    found = wb.trend(wb.table(tmp_path / "counts.csv", columns=columns, measures={"accidents": "accidents"}))
    rows = html.fromstring(table(record_of(found, "line"))).xpath("//tbody/tr")
    assert [[cell.text_content() for cell in row][:2] for row in rows][0] == ["2015", "1,400"]
    assert {len(row) for row in rows} == {4}  # year, count, and its two limits
    assert "the number of events fell" in found.summary and "rate" not in found.summary
