import ibis
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.cubes.partition import exact_cover
from workbench.cubes.selection import Selection
from workbench.terms.errors import ReadError, Refused

RECORDS = pd.DataFrame(
    {
        "nuts": ["ITF61", "ITF62", "ITF61", None, "ES611"],
        "nace": ["41", "F", "10", None, "10"],
        "sex": ["M", "F", "M", "M", "F"],
        "age": [30, 40, 70, 12, 55],
        "year": [2019, 2020, 2019, 2019, 2020],
        "severity": ["FAT", "NFAT", "NFAT", "NFAT", "NFAT"],
        "weight": [1.0, 2.5, 2.5, 1.0, 1.0],
    }
)
RATE = {"rate": Measure("rate", "per 100,000", "none", "Rate")}
COUNT = {"accidents": Measure("accidents", "accidents", "sum", "Accidents")}


def of_records(dims=build.DEFAULT):
    return build.from_rows("records", ibis.memtable(RECORDS), dims)


def published(rows, dims, measures=COUNT, **options):
    frame = pd.DataFrame(rows, columns=[*dims, next(iter(measures))]).assign(margin="m", flag=options.pop("flag", ""))
    return build.from_published("table", frame, {"m": {"dims": dims, "measures": list(measures)}}, measures, **options)


def values(cube, measure="accidents", selection=None, by=()):
    frame = cube.ask(measure, selection, by).frame
    return (
        dict(zip([*frame[list(by)].itertuples(index=False, name=None)], frame[measure], strict=True))
        if by
        else frame[measure].iloc[0]
    )


def test_three_accidents_of_weights_1_and_2_5_and_2_5_count_6():
    assert values(build.from_rows("t", ibis.memtable(RECORDS.head(3)))) == 6.0


def test_counts_agree_with_pandas_for_every_dimension():
    cube = of_records(("nuts3", "nace2", "sex", "age_group", "year", "severity"))
    for name, column in (("sex", "sex"), ("severity", "severity"), ("year", "year")):
        assert {k[0]: v for k, v in values(cube, by=[name]).items()} == RECORDS.groupby(column)[
            "weight"
        ].sum().to_dict()


def test_what_is_unknown_stays_a_group_of_its_own():
    assert values(of_records(), by=["nuts2"]) == {("ES61",): 1.0, ("ITF6",): 6.0, ("UNK",): 1.0}
    assert values(of_records(), by=["nace1"])[("UNK",)] == 1.0
    assert values(of_records(), by=["age_group"])[("Y_LT15",)] == 1.0


def test_regions_and_sectors_include_everything_below_them():
    cube = of_records(("nuts3", "nace2", "sex", "age_group", "year", "severity"))
    assert values(cube, selection=Selection(regions={"IT"})) == 6.0
    assert values(cube, selection=Selection(sectors={"F"})) == 3.5
    assert values(cube, selection=Selection(sectors={"F"}), by=["nace2"]) == {("41",): 1.0, ("F",): 2.5}
    assert values(cube, by=["nuts0"]) == {("ES",): 1.0, ("IT",): 6.0, ("UNK",): 1.0}


def test_the_variance_is_the_sum_of_squared_weights():
    frame = of_records().ask("accidents").frame
    assert (frame["records"].iloc[0], frame["variance"].iloc[0]) == (5.0, 1 + 6.25 + 6.25 + 1 + 1)


def test_a_finer_region_than_the_cube_has_is_refused():
    with pytest.raises(
        Refused, match="These data have ES61, ITF6; ITF61 lies in ITF6 .Calabria.: ask for ITF6."
    ) as refused:
        of_records().ask("accidents", Selection(regions={"ITF61"}))
    assert refused.value.dimension == "nuts"


def test_a_published_total_is_used_and_never_summed_with_its_parts():
    cube = published([("T", 2020, 100.0), ("M", 2020, 60.0), ("F", 2020, 35.0), ("UNK", 2020, 5.0)], ["sex", "year"])
    assert values(cube) == 100.0
    assert values(cube, by=["sex"]) == {("M",): 60.0, ("F",): 35.0, ("UNK",): 5.0}


def test_a_gap_between_parts_and_total_is_told():
    cube = published([("T", 2020, 100.0), ("M", 2020, 60.0), ("F", 2020, 35.0)], ["sex", "year"])
    assert "add up to 95; the published total is 100 (difference 5)" in " ".join(
        cube.ask("accidents", by=["sex"]).notes
    )


def test_eu_aggregates_are_left_out_of_a_country_sum():
    cube = published([("EU27_2020", 2020, 100.0), ("IT", 2020, 60.0), ("ES", 2020, 30.0)], ["nuts", "year"])
    assert values(cube, by=["nuts0"]) == {("ES",): 30.0, ("IT",): 60.0}
    assert values(cube, selection=Selection(regions={"IT", "ES"})) == 90.0


def test_a_joint_region_is_one_value_and_cannot_be_cut():
    cube = published([("ITH1+ITH2", 2020, 7.0), ("ITF6", 2020, 3.0)], ["nuts", "year"])
    assert values(cube, by=["nuts2"]) == {("ITF6",): 3.0, ("ITH1+ITH2",): 7.0}
    assert values(cube, selection=Selection(regions={"ITH1", "ITH2"})) == 7.0
    with pytest.raises(Refused, match=r"ITH1\+ITH2 is published as one value .* cannot be cut: ask for ITH1\+ITH2"):
        cube.ask("accidents", Selection(regions={"ITH1"}), ["nuts2"])
    with pytest.raises(Refused, match=r"ITH1 lies in ITH1\+ITH2 \(.*\): ask for ITH1\+ITH2"):
        cube.ask("accidents", Selection(regions={"ITH1"}))
    assert values(cube, selection=Selection(regions={"ITH1+ITH2"})) == 7.0


def test_an_aggregate_sector_answers_when_all_its_members_are_asked_for():
    cube = published([("B-E", 2020, 7.0), ("F", 2020, 3.0)], ["nace", "year"])
    assert values(cube, selection=Selection(sectors={"B", "C", "D", "E"})) == 7.0
    with pytest.raises(Refused, match="These data have F, B-E; C lies in B-E .Industry.*: ask for B-E"):
        cube.ask("accidents", Selection(sectors={"C"}))


def test_overlapping_ages_take_the_widest_for_all_and_the_finest_by_group():
    ages = {"Y15-24": 1.0, "Y15-64": 8.0, "Y25-64": 7.0, "Y65-74": 1.0, "Y_GE15": 10.0}
    cube = published([(a, 2020, v) for a, v in ages.items()], ["age_group", "year"])
    assert values(cube) == 10.0
    assert values(cube, by=["age_group"]) == {("Y15-24",): 1.0, ("Y25-64",): 7.0, ("Y65-74",): 1.0}
    assert values(cube, selection=Selection(ages=(15, 64))) == 8.0
    assert values(cube, selection=Selection(ages=(15, 74))) == 9.0
    with pytest.raises(Refused, match="Y20-64 lies in Y15-64 .15 to 64.: ask for Y15-64"):
        cube.ask("accidents", Selection(ages=(20, 64)))


def test_a_published_rate_is_shown_at_its_level_and_never_rolled_up():
    cube = published(
        [("ES61", 2020, 5.0), ("ES62", 2020, 6.0), ("ES61", 2021, 5.5), ("ES62", 2021, 6.5)], ["nuts", "year"], RATE
    )
    assert values(cube, "rate", Selection(years=(2021, 2021)), ["nuts2"]) == {("ES61",): 5.5, ("ES62",): 6.5}
    for asked in (Selection(), Selection(regions={"ES61", "ES62"}, years=(2020, 2020))):
        with pytest.raises(Refused, match="cannot be added up or averaged"):
            cube.ask("rate", asked)


def test_margins_are_never_crossed():
    rows = pd.DataFrame(
        [("a", "F", None, 2020, 1.0, ""), ("b", None, "M", 2020, 2.0, "")],
        columns=["margin", "nace", "sex", "year", "accidents", "flag"],
    )
    margins = {
        "a": {"dims": ["nace", "year"], "measures": ["accidents"]},
        "b": {"dims": ["sex", "year"], "measures": ["accidents"]},
    }
    cube = build.from_published("table", rows, margins, COUNT)
    assert values(cube, by=["sex"]) == {("M",): 2.0}
    with pytest.raises(
        Refused, match="no table by all of sector, sex together. It has tables by: sector, year; sex, year"
    ):
        cube.ask("accidents", by=["nace1", "sex"])
    with pytest.raises(Refused, match="has no region; it is published by sector, sex, year"):
        cube.ask("accidents", by=["nuts2"])


def test_a_missing_cell_makes_its_group_missing_and_is_told():
    cube = published([("M", 2020, None), ("F", 2020, 3.0)], ["sex", "year"])
    assert pd.isna(values(cube))
    assert "1 of 1 values are missing" in " ".join(cube.ask("accidents").notes)


def test_flags_travel_with_the_share_they_mark():
    frame = pd.DataFrame(
        {"margin": "m", "sex": ["M", "F"], "year": 2020, "accidents": [30.0, 10.0], "flag": ["bd", ""]}
    )
    cube = build.from_published("table", frame, {"m": {"dims": ["sex", "year"], "measures": ["accidents"]}}, COUNT)
    row = cube.ask("accidents").frame.iloc[0]
    assert (row["flag"], row["flag_share"]) == ("bd", 0.75)


def test_two_rows_for_one_cell_are_a_fault_of_the_data():
    with pytest.raises(ReadError, match="2 rows share their cell"):
        published([("M", 2020, 1.0), ("M", 2020, 2.0)], ["sex", "year"])


def test_a_region_of_another_edition_is_refused():
    cube = published([("FRA1", 2020, 1.0)], ["nuts", "year"], nuts="2013")
    with pytest.raises(Refused, match="does not exist in NUTS 2013"):
        cube.ask("accidents", Selection(regions={"FRY1"}))


atoms = st.sets(st.integers(0, 5), min_size=1).map(frozenset)


@given(atoms, st.dictionaries(st.sampled_from("abcdefgh"), atoms))
def test_a_cover_is_exact_and_found_whenever_there_is_one(target, cells):
    found = exact_cover(target, cells)
    names = list(cells)
    subsets = [[n for i, n in enumerate(names) if mask >> i & 1] for mask in range(1, 1 << len(names))]
    exists = any(
        sum(len(cells[n]) for n in s) == len(target) and frozenset().union(*(cells[n] for n in s)) == target
        for s in subsets
    )
    assert (found is not None) == exists
    if found:
        assert sum(len(cells[n]) for n in found) == len(target)
        assert frozenset().union(*(cells[n] for n in found)) == target


cells = st.lists(
    st.tuples(
        st.sampled_from(["ITF61", "ITF62", "ES611", "IT", "ITF", "EL3", "ES30", "ES300", None]),
        st.sampled_from(["41", "F", "10", "D", "35", None]),
        st.sampled_from(["M", "F"]),
        st.integers(2019, 2021),
    ),
    min_size=1,
    max_size=30,
)


@given(cells, st.sampled_from([build.DEFAULT, ("nuts3", "nace2", "sex", "age_group", "year", "severity")]))
def test_rolling_up_keeps_every_accident(rows, dims):
    frame = pd.DataFrame(rows, columns=["nuts", "nace", "sex", "year"]).assign(age=30, severity="NFAT")
    cube = build.from_rows(
        "t",
        ibis.memtable(
            frame,
            schema={
                "nuts": "string",
                "nace": "string",
                "sex": "string",
                "year": "int64",
                "age": "int64",
                "severity": "string",
            },
        ),
        dims,
    )
    for by in (["nuts0"], ["nuts1"], ["nuts2", "nace1"], ["nuts3"], ["nace2", "year"], ["year", "sex"]):
        try:
            found = cube.ask("accidents", by=by).frame
        except Refused:  # no record is known that finely
            continue
        assert found["accidents"].sum() == len(rows)
        assert found[by].notna().all(axis=None)


def test_records_known_to_their_country_alone_keep_it_as_their_group():
    rows = pd.DataFrame({"nuts": ["EL301", "EL", "ITF"], "nace": ["10", "D", "35"]})
    rows = rows.assign(sex="M", age=30, year=2020, severity="NFAT")
    cube = build.from_rows("t", ibis.memtable(rows), ("nuts3", "nace2", "year", "severity"))
    assert values(cube, by=["nuts2"]) == {("EL",): 1, ("EL30",): 1, ("ITF",): 1}
    assert values(cube, by=["nuts1"]) == {("EL",): 1, ("EL3",): 1, ("ITF",): 1}
    assert values(cube, by=["nace1"]) == {("C",): 1, ("D",): 2}


def test_cells_are_kept_as_small_integers():
    assert isinstance(of_records().margins[0].frame.schema["nuts"], pl.Enum)


def test_a_division_asked_of_sections_is_told_its_section():
    cube = published([("C", 2020, 7.0), ("F", 2020, 3.0), ("TOTAL", 2020, 10.0)], ["nace", "year"])
    for by in ([], ["nace1"]):
        with pytest.raises(Refused, match=r"^These data are by section; 41 lies in F \(Construction\): ask for F.$"):
            cube.ask("accidents", Selection(sectors={"41"}), by)
    with pytest.raises(Refused, match="41 lies in F"):
        cube.ask("accidents", Selection(sectors={"C", "41"}))


def test_a_band_inside_a_band_is_told_the_wider_one():
    cube = published([("Y15-24", 2020, 7.0), ("Y25-34", 2020, 3.0), ("TOTAL", 2020, 10.0)], ["age_group", "year"])
    with pytest.raises(Refused, match=r"These data have Y15-24, Y25-34; Y25-29 lies in Y25-34 .*: ask for Y25-34"):
        cube.ask("accidents", Selection(ages=(25, 29)))


def test_what_is_not_in_the_data_is_said_to_be_elsewhere():
    cube = published([("ES", 2020, 9.0), ("ES61", 2020, 7.0), ("ES611", 2020, 3.0)], ["nuts", "year"])
    for by in ([], ["nuts2"], ["nuts0"]):
        with pytest.raises(Refused, match=r"^ITF6 \(Calabria\) is not in these data: they have ES \(Spain\).$"):
            cube.ask("accidents", Selection(regions={"ITF6"}), by)
    cube = published([("FAT", 2020, 7.0), ("TOTAL", 2020, 10.0)], ["severity", "year"])
    with pytest.raises(Refused, match=r"D_GE4 \(.*\) is not in these data: they have FAT \(.*\), TOTAL \(Total\)."):
        cube.ask("accidents", Selection(severities={"D_GE4"}))
    cube = published([("EU27_2020", 2020, 7.0), ("IT", 2020, 10.0)], ["nuts", "year"])
    with pytest.raises(
        Refused, match=r"not a union of what there is \(EU27_2020\). Ask for whole groups"
    ):  # nobody is sent to all of Europe
        cube.ask("accidents", Selection(regions={"ES"}))


def test_of_several_tables_the_one_that_is_divided_so_says_why_not():
    """As in Spain: all sections for the country, four groups of them for the regions."""
    country = [("ES", section, 2020, 1.0, "country") for section in "ABCDE"]
    regions = [("ES61", group, 2020, 1.0, "regions") for group in ("A", "B-E")]
    frame = pd.DataFrame([*country, *regions], columns=["nuts", "nace", "year", "accidents", "margin"]).assign(flag="")
    axes = {"dims": ["nuts", "nace", "year"], "measures": ["accidents"]}
    cube = build.from_published("two", frame, {"country": axes, "regions": axes}, COUNT)
    with pytest.raises(Refused, match="^By nuts2: These data have A, B-E; C lies in B-E .*: ask for B-E.$") as refused:
        cube.ask("accidents", Selection(sectors={"C"}), ["nuts2"])
    assert refused.value.dimension == "nace"
    assert cube.ask("accidents", Selection(sectors={"B-E"}), ["nuts2"]).frame["accidents"].tolist() == [1.0]


def test_a_level_that_no_record_reaches_is_refused():
    with pytest.raises(
        Refused, match=r"not told apart by region .NUTS 3.\. They have region .NUTS 2.: divide by nuts2\.$"
    ):
        of_records().ask("accidents", by=["nuts3"])
    with pytest.raises(
        Refused, match=r"not told apart by sector .NACE division.\. They have sector .NACE section.: divide by nace1\.$"
    ):
        of_records().ask("accidents", by=["nace2"])


def test_the_only_province_of_a_region_has_the_regions_figure():
    """Madrid (ES30) is published as a region only, and is its own only province."""
    cube = published([("ES30", 2023, 7), ("ES611", 2023, 5)], ["nuts", "year"])
    assert values(cube, by=["nuts3"]) == {("ES300",): 7, ("ES611",): 5}


def test_regions_alone_are_not_asked_by_province_because_one_of_them_has_only_one():
    cube = published([("ES30", 2023, 7), ("ES61", 2023, 5)], ["nuts", "year"])
    with pytest.raises(Refused, match=r"not told apart by region \(NUTS 3\)"):
        cube.ask("accidents", by=["nuts3"])


def test_a_country_that_records_never_name_is_not_zero():
    with pytest.raises(Refused, match="FR"):
        of_records().ask("accidents", Selection(regions={"FR"}))
    assert of_records().ask("accidents", Selection(regions={"ES"})).frame["accidents"].tolist() == [1]
