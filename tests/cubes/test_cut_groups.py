"""A band or group that a selection cuts is refused; a limit beyond the data is a limit, not a cut."""

import ibis
import pandas as pd
import polars as pl
import pytest

from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.cubes.selection import Selection
from workbench.terms.errors import Refused

COUNT = {"accidents": Measure("accidents", "accidents")}
BANDS = {"Y15-24": 1.0, "Y25-34": 2.0, "Y35-44": 4.0, "Y45-54": 8.0, "Y55-64": 16.0, "Y_GE65": 32.0}
LABOUR_FORCE = {"Y15-24": 1.0, "Y15-64": 8.0, "Y25-64": 7.0, "Y65-74": 1.0, "Y_GE15": 10.0}


def records(figures, axis="age_group"):
    """A complete cube: an absent cell is a zero."""
    frame = pl.DataFrame({axis: list(figures), "year": 2020, "accidents": [float(v) for v in figures.values()]})
    return build.from_cells("records", frame, [axis, "year"], COUNT)


def published(figures, axis="age_group"):
    """A table in which an absent cell is a gap."""
    frame = pd.DataFrame({axis: list(figures), "year": 2020, "accidents": list(figures.values()), "margin": "m"})
    return build.from_published("table", frame, {"m": {"dims": [axis, "year"], "measures": ["accidents"]}}, COUNT)


def total(cube, **selection):
    return cube.ask("accidents", Selection(**selection)).frame["accidents"].iloc[0]


@pytest.mark.parametrize("make", [records, published])
@pytest.mark.parametrize(
    ("ages", "figure", "of"),
    [
        ((15, 54), 15, (15, 54)),
        ((15, 64), 31, (15, 64)),
        ((15, 99), 63, (15, None)),
        ((15, 90), 63, (15, None)),
        ((15, None), 63, (15, None)),
        ((0, 24), 1, (15, 24)),
        ((None, 24), 1, (None, 24)),
        ((10, 34), 3, (15, 34)),
        ((0, 120), 63, (15, None)),
        ((65, 120), 32, (65, None)),
    ],
    ids=str,
)
def test_a_limit_beyond_the_data_is_a_limit(make, ages, figure, of):
    cube = make(BANDS)
    for by in ((), ("age_group",)):
        answer = cube.ask("accidents", Selection(ages=ages), by)
        assert answer.frame["accidents"].sum() == figure
        assert answer.selection.ages == of


@pytest.mark.parametrize("make", [records, published])
@pytest.mark.parametrize("by", [(), ("age_group",)])
@pytest.mark.parametrize("ages", [(15, 60), (20, 54), (18, 64), (15, 70), (30, 89), (None, 30), (60, None)], ids=str)
def test_a_band_that_is_cut_is_refused_with_the_bands_there_are(make, by, ages):
    with pytest.raises(Refused, match=r"Y15-24, Y25-34, Y35-44, Y45-54, Y55-64, Y_GE65") as refusal:
        make(BANDS).ask("accidents", Selection(ages=ages), by)
    assert refusal.value.dimension == "age_group"


def test_the_cut_band_is_named():
    with pytest.raises(Refused, match=r"15 to 60\) cuts Y55-64 \(55 to 64\)"):
        total(records(BANDS), ages=(15, 60))
    with pytest.raises(Refused, match=r"cuts Y15-24 \(15 to 24\), Y55-64 \(55 to 64\)"):
        total(records(BANDS), ages=(20, 60))


def test_where_the_last_band_is_closed_a_higher_limit_is_that_of_the_data_and_is_said():
    cube = records({band: n for band, n in BANDS.items() if band != "Y_GE65"})
    answer = cube.ask("accidents", Selection(ages=(15, 74)))
    assert (answer.frame["accidents"].iloc[0], answer.selection.ages) == (31, (15, 64))
    assert "Ages 15 to 74 were asked for; these data have 15 to 64 of them." in answer.notes


@pytest.mark.parametrize("make", [records, published])
def test_ages_outside_the_data_are_refused_as_they_were_asked(make):
    with pytest.raises(Refused, match="Y5-9 .* is not in these data"):
        total(make(BANDS), ages=(5, 9))


def test_published_margins_of_ages_that_overlap_take_the_one_that_fits():
    cube = published(LABOUR_FORCE)
    for ages, figure in {(15, 64): 8, (15, 74): 9, (15, 99): 10, (0, 64): 8, (None, None): 10, (25, 74): 8}.items():
        assert total(cube, ages=ages) == figure
    for ages in ((20, 64), (15, 60), (15, 70), (25, 80)):
        with pytest.raises(Refused):
            total(cube, ages=ages)


def test_bands_with_a_hole_are_no_published_span_and_in_records_nobody_of_that_age():
    hole = {"Y15-24": 1.0, "Y35-44": 4.0}
    with pytest.raises(Refused, match="age: what is asked for is not a union of what there is"):
        total(published(hole), ages=(15, 44))
    answer = records(hole).ask("accidents", Selection(ages=(15, 44)))
    assert answer.frame["accidents"].iloc[0] == 5
    assert "No record has as its age: Y25-34 (25 to 34)." in answer.notes


def test_two_holes_between_bands_are_named_apart():
    answer = records({"Y15-24": 1.0, "Y35-44": 4.0, "Y55-64": 16.0}).ask("accidents", Selection(ages=(15, 64)))
    assert "No record has as its age: Y25-34 (25 to 34), Y45-54 (45 to 54)." in answer.notes


@pytest.mark.parametrize("make", [records, published])
@pytest.mark.parametrize("by", [(), ("nace1",)])
def test_a_group_of_sectors_that_is_cut_is_refused_also_among_others(make, by):
    cube = make({"B-E": 7, "F": 3, "G": 1}, "nace")
    for sectors in ({"B"}, {"B", "F"}, {"B", "C", "D", "F"}):
        with pytest.raises(Refused, match="B-E"):
            cube.ask("accidents", Selection(sectors=sectors), by)
    assert cube.ask("accidents", Selection(sectors={"B", "C", "D", "E", "F"}), by).frame["accidents"].sum() == 10


@pytest.mark.parametrize("by", [(), ("nace1",)])
def test_a_division_of_a_section_is_refused_also_among_others(by):
    for make in (records, published):
        with pytest.raises(Refused, match=r"41 lies in F \(Construction\): ask for F"):
            make({"F": 3, "G": 1}, "nace").ask("accidents", Selection(sectors={"41", "G"}), by)


@pytest.mark.parametrize("make", [records, published])
@pytest.mark.parametrize("by", [(), ("nuts2",)])
def test_a_joint_region_that_is_cut_is_refused_also_among_others(make, by):
    cube = make({"ITH1+ITH2": 7, "ITF6": 3}, "nuts")
    for regions in ({"ITH1"}, {"ITH1", "ITF6"}):
        with pytest.raises(Refused, match=r"ITH1\+ITH2"):
            cube.ask("accidents", Selection(regions=regions), by)
    assert cube.ask("accidents", Selection(regions={"ITH1", "ITH2", "ITF6"}), by).frame["accidents"].sum() == 10


@pytest.mark.parametrize("by", [(), ("severity",)])
def test_a_band_of_days_lost_that_is_cut_is_refused_also_among_others(by):
    for make in (records, published):
        with pytest.raises(Refused, match="D4-6 lies in D_GE4"):
            make({"FAT": 1, "D_GE4": 9}, "severity").ask("accidents", Selection(severities={"FAT", "D4-6"}), by)


def test_a_size_band_of_another_division_is_refused():
    for make in (records, published):
        with pytest.raises(Refused, match="2 .10-49 employees. is not in these data"):
            make({"E5-9": 1, "E10-49": 9}, "size").ask("accidents", Selection(where={"size": {"2", "E5-9"}}))


def test_records_that_say_less_than_the_selection_are_not_counted_and_named():
    """Of a record of section F it is not known whether it is of division 41: nothing is cut by leaving it out."""
    cube = records({"41": 1, "43": 2, "F": 4, "10": 8}, "nace")
    answer = cube.ask("accidents", Selection(sectors={"41"}))
    assert answer.frame["accidents"].iloc[0] == 1
    assert "Records whose sector is known no further than F (Construction) are not counted." in answer.notes
    assert total(cube, sectors={"F"}) == 7


def test_rates_of_records_refuse_a_cut_too():
    import workbench as wb

    rows = pd.DataFrame({"age": [20, 30, 60], "year": 2020})
    people = pl.DataFrame({"age_group": ["Y15-24", "Y55-64"], "year": 2020, "employed": [100.0, 100.0]})
    employed = build.from_cells("people", people, ["age_group", "year"], {"employed": Measure("employed", "persons")})
    cube = build.from_rows("mine", ibis.memtable(rows), ("age_group", "year"))
    with pytest.raises(Refused, match="cuts Y55-64"):
        wb.rates(cube, Selection(ages=(15, 60)), exposure=employed)
    with pytest.raises(Refused, match="cuts Y55-64"):
        wb.rates("esaw_synthetic", Selection(ages=(15, 60)))
    everybody = wb.rates("esaw_synthetic", Selection(ages=(15, 99))).frame["value"].iloc[0]
    assert everybody == wb.rates("esaw_synthetic", Selection(ages=(15, None))).frame["value"].iloc[0]
