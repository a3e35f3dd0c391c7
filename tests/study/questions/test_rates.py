import json
import zipfile

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from pytest import approx

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.errors import Refused, UnknownName

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}


def table(accidents, employed, dims=("nace", "year"), people=None, **options):
    """A published source with its own exposure."""
    people = people or dims
    rows = pd.concat(
        [
            pd.DataFrame(accidents, columns=[*dims, "accidents"]).assign(
                margin="accidents", flag=options.pop("flag", "")
            ),
            pd.DataFrame(employed, columns=[*people, "employed"]).assign(margin="employed", flag=""),
        ]
    )
    margins = {
        "accidents": {"dims": list(dims), "measures": ["accidents"]},
        "employed": {"dims": list(people), "measures": ["employed"]},
    }
    return build.from_published("table", rows, margins, MEASURES, **options)


def test_italian_construction_2023_by_hand():
    found = wb.rates(table([("F", 2023, 32_774)], [("F", 2023, 1_530_900)]))
    assert found.frame["value"].iloc[0] == approx(2140.8, abs=0.05)
    assert wb.rates(table([("F", 2023, 141)], [("F", 2023, 1_530_900)])).frame["value"].iloc[0] == approx(
        9.21, abs=0.005
    )


def test_nobody_employed_makes_a_rate_missing_never_infinite():
    found = wb.rates(table([("F", 2023, 5)], [("F", 2023, 0)]))
    assert found.frame["value"].isna().all()
    assert list(found.frame["state"]) == ["missing"]


def test_zeros_are_no_extremes_where_nothing_is_reliable():
    cube = table([("A", 2023, 0), ("C", 2023, 0), ("F", 2023, 3)], [(s, 2023, 10_000) for s in "ACF"])
    said = wb.rates(cube, by=["nace1"]).summary
    assert "highest Construction, 30.0" in said
    assert said.endswith("None of these figures is reliable: too few records, or marked so by the publisher.")
    none = table([("A", 2023, 0), ("C", 2023, 0)], [(s, 2023, 10_000) for s in "AC"])
    assert wb.rates(none, by=["nace1"]).summary == "Accident rate, 2023: none in any of 2 groups."


def test_one_reliable_figure_among_others_is_said_to_be_the_only_one():
    cube = table([("A", 2023, 2), ("F", 2023, 300)], [(s, 2023, 10_000) for s in "AF"])
    assert wb.rates(cube, by=["nace1"]).summary.endswith("The only reliable figure of 2 groups.")


def test_the_four_states_are_never_one():
    accidents = [("A", 2023, 0), ("C", 2023, 9), ("F", 2023, 500), ("G", 2023, None), ("H", 2023, None)]
    cube = table(accidents, [(s, 2023, 10_000) for s in "ACFGH"], flag=["", "", "", "", "c"])
    found = wb.rates(cube, by=["nace1"])
    assert dict(zip(found.frame["nace1"], found.frame["state"], strict=True)) == {
        "A": "zero",
        "C": "unreliable",
        "F": "",
        "G": "missing",
        "H": "withheld",
    }
    assert found.withheld == 1
    assert found.frame.set_index("nace1").loc["A", "high"] > 0


def test_nine_accidents_are_unreliable_and_ten_are_not():
    cube = table([("A", 2023, 9), ("C", 2023, 10)], [(s, 2023, 10_000) for s in "AC"])
    assert wb.rates(cube, by=["nace1"]).frame["state"].tolist() == ["unreliable", ""]


def test_years_are_pooled_by_adding_counts_and_person_years():
    cube = table([("F", 2022, 100), ("F", 2023, 200)], [("F", 2022, 10_000), ("F", 2023, 10_000)])
    assert wb.rates(cube).frame["value"].iloc[0] == approx(100_000 * 300 / 20_000)


def test_exposure_without_a_dimension_asked_for_is_refused_by_name():
    cube = table([("F", 2023, 5)], [("M", 2023, 100)], dims=("nace", "year"), people=("sex", "year"))
    with pytest.raises(Refused, match="The exposure does not fit.*no sector") as refused:
        wb.rates(cube, by=["nace1"])
    assert refused.value.dimension == "nace"


def test_severity_divides_the_event_and_not_the_people():
    rows = [("F", "FAT", 2023, 2), ("F", "NFAT", 2023, 98)]
    cube = table(rows, [("F", 2023, 1000)], dims=("nace", "severity", "year"), people=("nace", "year"))
    frame = wb.rates(cube, by=["severity"]).frame.set_index("severity")
    assert list(frame["exposure"]) == [1000, 1000]
    assert frame.loc["FAT", "value"] == approx(200)


def test_a_rate_without_any_exposure_says_what_to_do():
    cube = build.from_rows("mine", ibis.memtable(pd.DataFrame({"sex": ["M"], "year": [2020]})), ("sex", "year"))
    with pytest.raises(Refused, match="no people or hours to divide by. Name an entry with exposure="):
        wb.rates(cube)
    assert wb.counts(cube).frame["value"].iloc[0] == 1


def test_a_weighted_count_carries_its_own_variance():
    rows = pd.DataFrame({"sex": ["M"] * 20, "year": 2020, "weight": 2.5})
    people = table([("M", 2020, 1)], [("M", 2020, 1000)], dims=("sex", "year"))
    counted = build.from_rows("mine", ibis.memtable(rows), ("sex", "year"))
    cube = build.Cube(
        "both",
        (*counted.margins, people.margins[1]),
        {**counted.measures, "employed": MEASURES["employed"]},
        counted.lists,
    )
    weighted = wb.rates(cube).frame.iloc[0]
    plain = wb.rates(table([("M", 2020, 50)], [("M", 2020, 1000)], dims=("sex", "year"))).frame.iloc[0]
    assert weighted["value"] == plain["value"] == approx(5000)
    assert weighted["high"] - weighted["low"] > plain["high"] - plain["low"]
    assert "Dobson" in weighted["method"]


def test_dividing_by_one_dimension_twice_is_refused():
    with pytest.raises(Refused, match="one dimension twice"):
        wb.rates(table([("F", 2023, 5)], [("F", 2023, 100)]), by=["nace1", "nace2"])


def test_an_unknown_measure_names_those_there_are():
    with pytest.raises(UnknownName, match="There are: accidents, employed"):
        wb.counts(table([("F", 2023, 5)], [("F", 2023, 100)]), measure="deaths")


def test_a_finding_tells_its_figure_prints_and_exports(tmp_path):
    cube = table([("F", 2023, 32_774), ("C", 2023, 61_009)], [("F", 2023, 1_530_900), ("C", 2023, 4_320_100)])
    found = wb.rates(cube, wb.Selection(years=(2023, 2023)), by=["nace1"])
    assert "highest Construction, 2,140.8 per 100,000" in str(found)
    assert list(found.table()["nace1_label"]) == ["Manufacturing", "Construction"]
    assert list(found.table(style="eurostat").columns[:1]) == ["nace_r2"]
    told = found.to_dict()
    assert set(told) >= {"frame", "columns", "notes", "sources", "withheld"}
    assert json.loads(json.dumps(told))["frame"][0]["per"] == 100_000
    with zipfile.ZipFile(found.to_zip(tmp_path / "out.zip")) as pack:
        assert set(pack.namelist()) >= {
            "table.csv",
            "README.txt",
            "selection.yml",
            "finding.json",
            "chart.html",
            "versions.json",
        }
        assert b"http://" not in pack.read("chart.html").split(b"<body>")[0].replace(b"http://www.w3.org", b"")
    assert "<strong>" in found._repr_html_()


def test_a_published_rate_has_no_interval_and_says_so():
    rows = pd.DataFrame({"margin": "m", "sex": ["M", "F"], "year": 2023, "rate": [5.0, 3.0], "flag": ""})
    cube = build.from_published(
        "t",
        rows,
        {"m": {"dims": ["sex", "year"], "measures": ["rate"]}},
        {"rate": Measure("rate", "per 100,000", "none", "Rate")},
    )
    found = wb.rates(cube, by=["sex"])
    assert np.isnan(found.frame["low"]).all()
    assert "no interval can be given" in " ".join(found.notes)
    with pytest.raises(Refused, match="cannot be added up"):
        wb.rates(cube)


def test_a_region_that_the_records_never_name_is_not_zero_but_absent():
    rows = pd.DataFrame({"nuts": ["ITF61"] * 12, "sex": ["M"] * 11 + ["F"], "year": 2020})
    counted = build.from_rows("mine", ibis.memtable(rows), ("nuts2", "sex", "year"))
    people = pd.DataFrame([("ITF6", "M"), ("ITF6", "F"), ("ITC1", "M")], columns=["nuts", "sex"]).assign(
        year=2020, employed=1000.0
    )
    exposed = build.from_cells(
        "people", pl.from_pandas(people), ["nuts", "sex", "year"], {"employed": MEASURES["employed"]}
    )
    cube = build.Cube(
        "both",
        (*counted.margins, *exposed.margins),
        {**counted.measures, **exposed.measures},
        counted.lists | exposed.lists,
    )
    assert list(wb.rates(cube, by=["nuts2"]).frame["nuts2"]) == ["ITF6"]


@pytest.mark.parametrize("per", [0, -5])
def test_a_rate_is_per_a_positive_number(per):
    with pytest.raises(Refused, match="per a positive number"):
        wb.rates(table([("F", 2023, 5)], [("F", 2023, 100)]), per=per)


def test_observed_and_synthetic_data_are_never_divided_by_each_other(mirror):
    with pytest.raises(Refused, match="never divided by each other"):
        wb.rates("hsw_n2_01", wb.Selection(regions={"IT"}), exposure="esaw_synthetic_employed")


def test_no_accident_at_all_is_the_lowest_figure_where_others_are_reliable():
    cube = table([("A", 2023, 0), ("C", 2023, 40), ("F", 2023, 30)], [(s, 2023, 100_000) for s in "ACF"])
    found = wb.rates(cube, by=["nace1"])
    assert "lowest Agriculture, forestry and fishing, 0.0 per 100,000 (95% CI 0.0–" in found.summary
    assert "lowest Agriculture, forestry and fishing (0.0)" in found.title


def test_groups_by_two_dimensions_are_matched_by_both():
    accidents = [("C", "M", 2023, 30), ("F", "F", 2023, 20)]
    people = [("C", "F", 2023, 1_000), ("F", "M", 2023, 2_000)]
    found = wb.rates(table(accidents, people, dims=("nace", "sex", "year")), by=["nace1", "sex"]).frame
    assert found["exposure"].isna().all()  # nobody is known to be at risk in these two groups
    assert found["value"].isna().all()
