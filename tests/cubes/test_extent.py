"""An answer says what it is of: the years, regions, sectors, ages and severities that went into its figures."""

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.cubes.selection import Selection
from workbench.terms.ages import age_limits
from workbench.terms.errors import Refused

COUNT = {"accidents": Measure("accidents", "accidents")}
AXES = ["nuts", "nace", "age_group", "year"]


def cells(rows, axes=AXES):
    return pd.DataFrame(rows, columns=[*axes, "accidents"])


def records(rows, axes=AXES):
    return build.from_cells("records", pl.from_pandas(cells(rows, axes)), axes, COUNT)


def published(rows, axes=AXES):
    frame = cells(rows, axes).assign(margin="m")
    return build.from_published("table", frame, {"m": {"dims": axes, "measures": ["accidents"]}}, COUNT)


@pytest.mark.parametrize("make", [records, published])
def test_years_are_those_that_the_data_have(make):
    cube = make([(2010, 1.0), (2011, 2.0), (2013, 4.0)], ["year"])
    answer = cube.ask("accidents", Selection(years=(2000, 2011)))
    assert (answer.frame["accidents"].iloc[0], answer.selection.years) == (3, (2010, 2011))
    assert answer.notes == ("Years that are not in these data: 2000 to 2009.",)
    answer = cube.ask("accidents")
    assert (answer.frame["accidents"].iloc[0], answer.selection.years) == (7, (2010, 2013))
    assert answer.notes == ("Years that are not in these data: 2012.",)
    answer = cube.ask("accidents", Selection(years=(2011, 2020)), ["year"])
    assert (answer.frame["year"].tolist(), answer.selection.years) == ([2011, 2013], (2011, 2013))
    assert cube.ask("accidents", by=["year"]).selection == Selection()


@pytest.mark.parametrize("make", [records, published])
@pytest.mark.parametrize(
    ("axis", "codes", "selection", "absent"),
    [
        ("nuts", ["IT", "ES"], {"regions": {"IT", "UK"}}, r"UK \(United Kingdom\)"),
        ("nace", ["F", "G"], {"sectors": {"F", "T"}}, "T .Activities of households"),
        ("sex", ["M"], {"sexes": {"M", "F"}}, r"F \(Women\)"),
        ("severity", ["FAT", "D_GE4"], {"severities": {"FAT", "D_LT4"}}, "D_LT4 .Non-fatal: up to 3 days"),
        ("size", ["1"], {"where": {"size": {"1", "5"}}}, "5 .500 employees"),
    ],
    ids=["regions", "sectors", "sexes", "severities", "sizes"],
)
def test_a_part_that_is_absent_is_refused_by_name(make, axis, codes, selection, absent):
    cube = make([(code, 2020, 1.0) for code in codes], [axis, "year"])
    with pytest.raises(Refused, match=f"{absent}.* is not in these data: they have") as refusal:
        cube.ask("accidents", Selection(**selection))
    assert refusal.value.dimension == axis


def test_an_event_that_no_record_has_is_a_zero_and_is_named():
    cube = records([("08", 2020, 3.0)], ["hour", "year"])
    answer = cube.ask("accidents", Selection(where={"hour": {"08", "03"}}))
    assert answer.frame["accidents"].iloc[0] == 3
    assert answer.notes == ("No record has as its hour: 03 (03:00 to 03:59).",)
    cube = records([("D_GE4", 2020, 3.0)], ["severity", "year"])
    answer = cube.ask("accidents", Selection(severities={"FAT"}))  # nobody died: that is known
    assert (answer.frame["accidents"].iloc[0], answer.selection.severities) == (0, {"FAT"})


def test_a_country_of_which_records_have_one_region_is_headed_with_the_region():
    cube = records([("ITF6", 2020, 3.0), ("ES61", 2020, 1.0)], ["nuts", "year"])
    answer = cube.ask("accidents", Selection(regions={"IT"}))
    assert (answer.frame["accidents"].iloc[0], answer.selection.regions) == (3, {"ITF6"})
    assert answer.notes == ("Of IT (Italy) these data have only ITF6 (Calabria).",)


def test_non_fatal_accidents_of_four_days_or_over_are_headed_so():
    cube = records([("D_GE4", 2020, 3.0), ("FAT", 2020, 1.0)], ["severity", "year"])
    answer = cube.ask("accidents", Selection(severities={"NFAT"}))
    assert answer.selection == Selection(severities={"D_GE4"}, years=(2020, 2020))
    assert str(answer.selection) == "2020, non-fatal, 4 days or over"


def test_a_level_that_lacks_regions_of_its_parent_says_which():
    """Spain's provinces: those of the Balearics are islands, which are not told apart."""
    rows = [("ES611", 2020, 1.0), ("ES612", 2020, 2.0), ("ES53", 2020, 4.0), ("ES", 2020, 7.0), ("IT", 2020, 9.0)]
    cube = published(rows, ["nuts", "year"])
    answer = cube.ask("accidents", by=["nuts3"])
    assert answer.frame["nuts3"].tolist() == ["ES611", "ES612"]
    (note,) = [note for note in answer.notes if note.startswith("Without groups of their own")]
    assert "ES53 (Illes Balears)" in note and "IT (Italy)" in note and "by region (NUTS 3)" in note
    assert "ES111 (A Coruña)" in note  # of the rest of Spain those of the level are named
    assert "Illes Balears" in " ".join(cube.ask("accidents", Selection(regions={"ES"}), ["nuts3"]).notes)


def test_a_level_that_is_complete_says_nothing():
    cube = published([("ES30", 2020, 1.0), ("ES53", 2020, 2.0)], ["nuts", "year"])
    assert cube.ask("accidents", by=["nuts2"]).notes == ()


def test_a_group_of_sectors_without_its_members_is_a_group_and_nothing_is_lost():
    cube = published([("A", 2020, 1.0), ("B-E", 2020, 2.0), ("F", 2020, 3.0)], ["nace", "year"])
    assert cube.ask("accidents", by=["nace1"]).notes == ()


def test_parts_that_miss_their_total_by_a_hundredth_are_told():
    cube = published([("T", 2020, 1000.0), ("M", 2020, 600.0), ("F", 2020, 390.0)], ["sex", "year"])
    (note,) = cube.ask("accidents", by=["sex"]).notes
    assert "add up to 990; the published total is 1,000 (difference 10)" in note
    cube = published([("T", 2020, 1000.0), ("M", 2020, 600.0), ("F", 2020, 400.0)], ["sex", "year"])
    assert cube.ask("accidents", by=["sex"]).notes == ()


def test_where_a_part_is_missing_no_gap_to_the_total_is_told():
    cube = published([("T", 2020, 1000.0), ("M", 2020, 600.0), ("F", 2020, None)], ["sex", "year"])
    assert not any("add up to" in note for note in cube.ask("accidents", by=["sex"]).notes)


def test_notes_are_worded_in_the_language_that_is_spoken_also_of_an_answer_that_is_remembered():
    import gettext

    from workbench.terms.text import speaking

    class Loud(gettext.NullTranslations):
        def gettext(self, message):
            return f"~ {message}"

    cube = records([(2010, 1.0)], ["year"])
    asked = Selection(years=(2009, 2010))
    assert cube.ask("accidents", asked).notes == ("Years that are not in these data: 2009.",)
    with speaking(Loud()):
        (note,) = cube.ask("accidents", asked).notes
    assert note == "~ Years that are not in these data: 2009."


def test_tables_of_the_same_axes_are_named_once():
    frame = pd.concat([cells([("ES", 2020, 1.0)], ["nuts", "year"]).assign(margin=name) for name in "abc"])
    margins = {name: {"dims": ["nuts", "year"], "measures": ["accidents"]} for name in "abc"}
    sexes = cells([("M", 2020, 1.0)], ["sex", "year"]).assign(margin="d")
    margins["d"] = {"dims": ["sex", "year"], "measures": ["accidents"]}
    cube = build.from_published("spain", pd.concat([frame, sexes]), margins, COUNT)
    with pytest.raises(Refused) as refusal:
        cube.ask("accidents", by=["nuts0", "sex"])
    said = "spain has no table by all of region, sex together. It has tables by: region, year; sex, year."
    assert str(refusal.value) == said


# Random selections, against plain pandas on the cells: what a figure is of is exactly what it was made from.

BANDS = ["Y15-24", "Y25-34", "Y35-44", "Y_GE65"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ITF6", "ITF5", "ES61"]),
        st.sampled_from(["C", "F", "G"]),
        st.sampled_from(BANDS),
        st.integers(2018, 2021),
        st.integers(1, 9).map(float),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:4],
)
SELECTIONS = st.builds(
    Selection,
    regions=st.sets(st.sampled_from(["IT", "ES", "ITF6", "ES61", "FR"]), max_size=2),
    sectors=st.sets(st.sampled_from(["C", "F", "G", "T"]), max_size=2),
    ages=st.sampled_from([None, (15, 24), (15, 34), (20, 34), (15, 60), (15, 99), (35, None), (0, 44), (70, 80)]),
    years=st.sampled_from([None, (2018, 2021), (2019, 2020), (2010, 2018), (2021, 2030), (2030, 2031)]),
)
BY = st.sampled_from([(), ("nuts2",), ("nuts0",), ("nace1",), ("age_group",), ("year",), ("nace1", "year")])


def inside(frame: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The cells of a selection, in pandas; a band counts when all of it lies within the ages."""
    if selection.regions:
        frame = frame[frame["nuts"].str.startswith(tuple(selection.regions))]
    if selection.sectors:
        frame = frame[frame["nace"].isin(selection.sectors)]
    if selection.ages:
        low, high = selection.ages
        limits = frame["age_group"].map(age_limits)
        fits = limits.map(lambda its: its[0] >= (low or 0) and its[1] <= (120 if high is None else high))
        frame = frame[fits.astype(bool)]
    if selection.years:
        frame = frame[frame["year"].between(*selection.years)]
    return frame


@settings(max_examples=150)
@given(rows=ROWS, selection=SELECTIONS, by=BY)
def test_a_figure_is_of_what_its_answer_says_it_is_of(rows, selection, by):
    frame, cube = cells(rows), records(rows)
    try:
        answer = cube.ask("accidents", selection, by)
    except Refused:
        return
    went_in = inside(frame, answer.selection)
    assert answer.frame["accidents"].sum() == went_in["accidents"].sum()
    for axis in AXES:  # the extent says of each axis the cells it may hold: none that holds a figure is outside
        assert set(went_in[axis]) <= set(answer.extent[axis])
        assert frame[frame[axis].isin(answer.extent[axis])].shape[0] >= went_in.shape[0]
    by_extent = frame[frame.apply(lambda row: all(row[axis] in answer.extent[axis] for axis in AXES), axis=1)]
    assert by_extent["accidents"].sum() == went_in["accidents"].sum()


@settings(max_examples=100)
@given(rows=ROWS, selection=SELECTIONS, by=BY)
def test_the_sum_over_parts_equals_the_whole(rows, selection, by):
    cube = records(rows)
    try:
        whole = cube.ask("accidents", selection)
    except Refused:
        return
    parts = cube.ask("accidents", selection, by)
    assert parts.frame["accidents"].sum() == whole.frame["accidents"].sum()
    assert parts.extent.keys() == whole.extent.keys()


@settings(max_examples=100)
@given(selection=SELECTIONS, by=BY)
def test_of_a_small_published_table_parts_equal_the_whole_and_what_is_asked_is_what_is_said(selection, by):
    rows = [
        (nuts, nace, band, year, float(1 + len(nuts) + ord(nace[0]) % 7 + int(year) % 5))
        for nuts in ("ITF6", "ITF5", "ES61")
        for nace in ("C", "F", "G")
        for band in BANDS[:3]
        for year in range(2018, 2022)
    ]
    frame, cube = cells(rows), published(rows)
    try:
        answer = cube.ask("accidents", selection, by)
    except Refused:
        return
    assert answer.frame["accidents"].sum() == inside(frame, answer.selection)["accidents"].sum()
    assert answer.frame["missing"].sum() == 0
