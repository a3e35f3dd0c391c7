"""Accidents of some years, sectors or regions are never put over the people of others."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.errors import Refused

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}


def source(accidents, employed, dims=("nuts", "nace", "year"), people=None):
    """A published source with its own people at risk: rows of codes, then the figure."""
    people = people or dims
    rows = [
        pd.DataFrame(cells, columns=[*names, measure]).assign(margin=measure, flag="")
        for cells, names, measure in ((accidents, dims, "accidents"), (employed, people, "employed"))
    ]
    margins = {
        name: {"dims": list(its), "measures": [name]} for name, its in (("accidents", dims), ("employed", people))
    }
    return build.from_published("table", pd.concat(rows), margins, MEASURES)


def every(regions, sectors, years, figure):
    return [(region, sector, year, figure) for region in regions for sector in sectors for year in years]


def test_years_are_those_that_both_have_and_the_title_says_which():
    cube = source(every(["IT"], "F", [2020], 30), every(["IT"], "F", range(2014, 2026), 1000))
    found = wb.rates(cube)
    assert found.frame.loc[0, ["count", "exposure", "value"]].tolist() == [30, 1000, 3000]
    assert "2020 (accidents 2020, people 2014 to 2025)" in " ".join(found.notes)
    assert found.selection.years == (2020, 2020)
    assert "2020" in found.summary and "2020" in found.title


def test_several_years_are_said_to_be_person_years():
    cube = source(every(["IT"], "F", [2019, 2020], 30), every(["IT"], "F", [2019, 2020, 2021], 1000))
    found = wb.rates(cube)
    assert found.frame["value"].iloc[0] == 3000
    assert "2019 to 2020 are taken together." in found.notes
    assert "People at risk of several years are added up: person-years." in found.notes


def test_years_that_are_asked_for_and_have_no_people_are_refused():
    cube = source(every(["IT"], "F", range(2014, 2024), 30), every(["IT"], "F", range(2008, 2016), 1000))
    with pytest.raises(Refused, match="do not have 2016. Ask for 2014 to 2015") as refusal:
        wb.rates(cube, wb.Selection(years=(2014, 2016)))
    assert refusal.value.dimension == "year"
    assert wb.rates(cube).frame["exposure"].iloc[0] == 2000


def test_years_without_one_in_common_are_refused():
    cube = source(every(["IT"], "F", [2020], 30), every(["IT"], "F", [2010], 1000))
    with pytest.raises(Refused, match="The accidents are of 2020, the people at risk of 2010: no year has both"):
        wb.rates(cube)


def test_years_with_a_gap_are_not_pooled_across_it():
    cube = source(every(["IT"], "F", [2018, 2020], 30), every(["IT"], "F", [2018, 2019, 2020], 1000))
    with pytest.raises(Refused, match="Ask for one span that both have, or divide by year"):
        wb.rates(cube)
    assert wb.rates(cube, by=["year"]).frame["value"].tolist() == [3000, 3000]


def test_people_are_of_the_sectors_that_the_accidents_have():
    cube = source(every(["IT"], "H", [2020], 30), every(["IT"], "ACFGH", [2020], 1000))
    found = wb.rates(cube)
    assert found.frame["exposure"].iloc[0] == 1000
    assert "Only sectors that the accidents have are counted on both sides: H." in found.notes
    assert "transportation and storage (H)" in found.summary


def test_people_are_of_the_regions_that_the_accidents_have():
    cube = source(every(["IT"], "F", [2020], 30), every(["IT", "FR", "DE"], "F", [2020], 1000))
    found = wb.rates(cube)
    assert found.frame["value"].iloc[0] == 3000
    assert "Italy" in found.summary


def test_accidents_are_of_the_sectors_that_have_people_or_the_note_says_what_is_wrong():
    cube = source(every(["IT"], "FGH", [2020], 30), every(["IT"], "FG", [2020], 1000))
    found = wb.rates(cube)
    assert found.frame.loc[0, ["count", "exposure"]].tolist() == [60, 2000]
    assert "Only sectors that the people at risk have are counted on both sides: F, G." in found.notes
    whole = source(every(["IT"], ["TOTAL"], [2020], 90), every(["IT"], "FG", [2020], 1000))
    assert "so the rate is too high: F, G." in " ".join(wb.rates(whole).notes)


def test_sectors_without_one_in_common_are_refused():
    cube = source(every(["IT"], "H", [2020], 30), every(["IT"], "F", [2020], 1000))
    with pytest.raises(Refused, match="have no sectors in common: H and F"):
        wb.rates(cube)


def test_groups_that_people_do_not_come_by_are_refused_not_missing():
    accidents = [("Y25-54", 2020, 30), ("Y_LT25", 2020, 4), ("Y_GE55", 2020, 9)]
    cube = source(accidents, [("Y_GE15", 2020, 1000)], ("age_group", "year"))
    with pytest.raises(Refused, match="The people at risk come by other groups of age: Y_GE15, the accidents by"):
        wb.rates(cube, by=["age_group"])


@given(
    ours=st.sets(st.tuples(st.sampled_from(["IT", "FR"]), st.sampled_from("FGH"), st.integers(2018, 2021)), min_size=1),
    theirs=st.sets(
        st.tuples(st.sampled_from(["IT", "FR"]), st.sampled_from("FGH"), st.integers(2018, 2021)), min_size=1
    ),
)
def test_a_pooled_rate_is_that_of_cells_that_both_have_or_there_is_none(ours, theirs):
    """Whatever cells are published: never accidents of some over people of others."""
    cube = source([(*cell, 30) for cell in sorted(ours)], [(*cell, 1000) for cell in sorted(theirs)])
    try:
        row = wb.rates(cube).frame.iloc[0]
    except Refused:
        return
    assert row["state"] == "missing" or row["count"] / 30 == row["exposure"] / 1000


@pytest.mark.mirror
def test_the_publishers_tables_are_divided_on_the_same_ground(mirror):
    """Commuting in Piemonte in 2020: 5,233 claims, 1,711,000 employed in that year; transport alone, by hand."""
    commuting = wb.rates("inail_regions", wb.Selection(where={"commuting": {"S"}}), ["nuts2"]).frame
    assert commuting.set_index("nuts2").loc["ITC1", "value"] == approx(305.8, abs=0.05)
    transport = wb.rates("hsw_ph3_01", wb.Selection(regions={"IT"})).frame.iloc[0]
    assert transport["value"] == approx(100_000 * 285_962 / 11_118_800)
    assert wb.rates("hsw_n2_02").frame["count"].iloc[0] == 4910
