"""Years from which a source counts differently: those inside the figures, not the one that they begin with."""

import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study.breaks import Crossed, breaks, crossed, crossed_between
from workbench.study.contrast import contrast
from workbench.study.data import Origin

BROKEN = Origin(dataset=catalog()["spain_atr"], provenance={"way": "test", "coverage": "full", "synthetic": False})
"""An entry with a declared break in 2019."""
MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}


def published(years):
    rows = pd.DataFrame({"year": years, "accidents": 100, "employed": 10_000}).assign(flag="", margin="m")
    margins = {"m": {"dims": ["year"], "measures": list(MEASURES)}}
    return build.from_published("table", rows, margins, MEASURES, source=BROKEN)


@pytest.mark.parametrize(
    ("years", "broken"),
    [((2018, 2020), [2019]), ((2015, 2019), [2019]), ((2019, 2023), []), ((2015, 2018), []), (None, [2019])],
)
def test_a_break_lies_after_the_first_of_the_years_and_not_after_the_last(years, broken):
    assert list(breaks(published(range(2015, 2024)), wb.Selection(years=years))) == broken


def test_data_that_begin_with_a_break_are_not_broken():
    cube = published(range(2019, 2024))
    assert breaks(cube, wb.Selection()) == {}
    assert wb.trend(cube).model.first == 2019


# --- breaks that a publisher marks and no entry declares

YEARS = range(2010, 2020)
COUNTS = [300, 290, 270, 276, 260, 243, 251, 230, 228, 214]
SAID = "A break is marked at 2014: figures before and after are not counted alike."
NOTED = "Marked as a break in the accidents or in the people at risk, and not cut there: 2014."


def marked(*years: int, sectors=("F",), source=None):
    """Accidents over people by sector and year, some years of the first sector with the flag b."""
    cells = [
        {"nace": sector, "year": year, "accidents": 100 * at + count, "employed": 10_000.0, "margin": "m"}
        | {"flag": "b" if year in years and at == 0 else ""}
        for at, sector in enumerate(sectors)
        for year, count in zip(YEARS, COUNTS, strict=True)
    ]
    margins = {"m": {"dims": ["nace", "year"], "measures": list(MEASURES)}}
    return build.from_published("table", pd.DataFrame(cells), margins, MEASURES, source=source)


IN_TIME = {
    "trend": lambda cube: wb.trend(cube),
    "joinpoints": lambda cube: wb.trend(cube, joinpoints=1),
    "control": lambda cube: wb.control(cube),
    "counts in control": lambda cube: wb.control(cube, chart="c"),
    "change": lambda cube: wb.change(cube),
    "forecast": lambda cube: wb.forecast(cube),
    "interrupted": lambda cube: wb.interrupted(cube, at=2016),
    "rates": lambda cube: wb.rates(cube, by=["year"]),
    "counts": lambda cube: wb.counts(cube, by=["year"]),
    "compare": lambda cube: wb.compare(cube, by=["year"], reference="2010"),
    "regression": lambda cube: wb.regression(cube, terms="year"),
    "decompose": lambda cube: wb.decompose(cube, wb.Selection(years=(2018, 2019)), wb.Selection(years=(2010, 2012))),
}


@pytest.mark.parametrize("question", IN_TIME)
def test_every_question_over_time_says_that_it_runs_across_a_year_marked_as_a_break(question):
    found = IN_TIME[question](marked(2010, 2014))
    assert SAID in found.summary
    assert NOTED in found.notes
    plain = IN_TIME[question](marked(2010))
    assert "break is marked" not in plain.summary
    assert not any("Marked as a break" in note for note in plain.notes)


@pytest.mark.parametrize("question", ["trend", "control", "change", "forecast", "interrupted", "regression"])
def test_the_headline_of_a_chart_says_so_too(question):
    title = IN_TIME[question](marked(2014)).title
    assert SAID in title or "across a break marked at 2014" in title


def test_groups_whose_years_are_marked_are_named_beside_the_year():
    found = wb.rates(marked(2014, sectors=("F", "C")), by=["nace1", "year"])
    assert SAID in found.summary
    assert any(note.endswith("not cut there: 2014 (Construction).") for note in found.notes)


def test_a_table_by_year_that_cuts_nothing_names_the_declared_break_in_its_sentence():
    broken = wb.rates(marked(source=BROKEN), by=["year"])
    assert "A break is marked at 2019: figures before and after are not counted alike." in broken.summary


def test_a_baseline_across_a_declared_break_is_said_in_the_sentence_of_the_chart():
    across = wb.control(marked(source=BROKEN), baseline=(2010, 2019))
    assert "A break is marked at 2019" in across.summary
    assert "A break is marked" not in wb.control(marked(source=BROKEN)).summary


def test_parts_of_a_difference_between_years_name_a_declared_break_between_them():
    selections = wb.Selection(years=(2019, 2019)), wb.Selection(years=(2010, 2010))
    assert "A break is marked at 2019" in wb.decompose(marked(source=BROKEN), *selections).summary


def test_of_the_same_years_nothing_is_crossed_whatever_is_marked():
    cube = marked(2014, sectors=("F", "C"))
    one, other = (wb.Selection(sectors={code}) for code in ("F", "C"))
    assert crossed_between(cube, [one, other]) == Crossed()
    apart = [wb.Selection(years=(year, year)) for year in (2010, 2019)]
    assert crossed_between(cube, apart).years == [2014]


def test_two_selections_of_different_years_are_compared_across_the_break_between_them():
    cube, other = marked(2014), wb.Selection(years=(2010, 2010))
    assert contrast(cube, wb.Selection(years=(2019, 2019)), other).across.years == [2014]
    assert contrast(cube, wb.Selection(years=(2013, 2013)), other).across.years == []


def test_months_of_a_year_that_is_marked_are_one_year():
    rows = pd.DataFrame({"year": [2010, 2011, 2011], "month": ["12", "01", "02"], "value": 1.0, "flag": ["", "b", "b"]})
    assert crossed(rows, ["year", "month"]).marked == {2011: ()}


def test_a_break_before_the_first_figure_or_after_the_last_one_breaks_nothing():
    rows = pd.DataFrame(
        {"year": [2010, 2011, 2012, 2013], "value": [None, 1.0, 2.0, None], "flag": ["b", "b", "", "b"]}
    )
    assert crossed(rows).years == []
    hidden = pd.DataFrame({"year": [2010, 2011, 2012], "value": [1.0, None, 2.0], "flag": ["", "b", ""]})
    assert crossed(hidden).years == [2011]
