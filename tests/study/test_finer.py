"""Questions by dimensions that only the rows have: built on demand, kept, refused where a cube would be too large."""

from dataclasses import replace
from threading import Event

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.study import exposure, finer, finer_plan, finer_rows
from workbench.study.finer_rows import TwinRows
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.twin.finer import finer_cells
from workbench.twin.truth import truth

ROWS, SEED = 20_000, 7


@pytest.fixture(autouse=True)
def small_twin(monkeypatch):
    """The records of a smaller twin stand for those of the one that comes along; nothing is in memory yet."""
    monkeypatch.setattr(finer_rows, "bundled_twin_rows", lambda: TwinRows(ROWS, SEED))
    monkeypatch.setattr(finer, "_CUBES", finer._CUBES.copy())
    finer._CUBES.clear()


@pytest.fixture(scope="module")
def twin():
    return wb.cube("esaw_synthetic")


@pytest.fixture(scope="module")
def people():
    return wb.cube("esaw_synthetic_employed")


@pytest.fixture
def counted(monkeypatch):
    """How often the records were counted, by the dimensions of each time."""
    times, cells = [], TwinRows.cells
    monkeypatch.setattr(
        TwinRows, "cells", lambda rows, dims, progress: times.append(dims) or cells(rows, dims, progress)
    )
    return times


def cells_by(*names: str) -> pd.Series:
    dims = [DIMENSIONS[name] for name in names]
    frame = finer_cells(ROWS, SEED, dims).to_pandas()
    return frame.groupby([dim.axis for dim in dims], observed=True)["accidents"].sum()


@pytest.mark.parametrize(
    "by",
    [("activity", "deviation", "contact"), ("isco1", "size"), ("hour",), ("nuts3",), ("days_lost_band",)],
    ids=" ".join,
)
def test_the_twin_is_counted_by_what_only_its_records_have(twin, by):
    found = wb.counts(twin, by=list(by)).frame
    expected = cells_by(*by)
    values = found[found["value"] > 0].set_index(list(by))["value"]
    values.index = values.index.map(lambda key: tuple(map(str, key)) if isinstance(key, tuple) else str(key))
    assert values.to_dict() == pytest.approx(expected.to_dict())


def test_a_selection_of_codes_finer_than_the_usual_cube_is_answered_too(twin):
    found = wb.counts(twin, wb.Selection(sectors={"C10"}, where={"size": {"5"}}))
    assert found.frame["value"].sum() == pytest.approx(cells_by("nace2", "size")["10", "5"])


def test_rates_by_band_of_days_lost_have_the_people_of_the_whole(twin, people):
    found = wb.rates(twin, by=["days_lost_band"], exposure=people).frame
    assert set(found["exposure"]) == {wb.rates(twin, exposure=people).frame["exposure"].item()}
    assert found["days_lost_band"].tolist()[:3] == ["FAT", "D4-6", "D7-13"] and len(found) == 9


def test_severities_of_the_usual_cube_are_asked_of_it_and_bands_of_the_records(twin, counted):
    wb.counts(twin, wb.Selection(severities={"D_GE4"}), by=["severity"])
    assert not counted
    found = wb.counts(twin, wb.Selection(severities={"D7-13", "D14-20"}))
    assert found.frame["value"].item() == cells_by("days_lost_band")[["D7-13", "D14-20"]].sum()
    assert [dim.name for dim in counted[0] if dim.axis == "severity"] == ["days_lost_band"]


def test_groups_by_severity_are_the_same_whatever_was_counted_before(twin):
    wb.counts(twin, by=["contact", "days_lost_band"])
    found = wb.counts(twin, by=["contact", "severity"]).frame
    assert set(found["severity"]) == {"FAT", "D_GE4"}


def test_data_without_bands_of_days_lost_say_what_they_have():
    frame = pd.DataFrame({"nuts": ["ITC4", "ITC4"], "year": 2020, "severity": ["FAT", "D_GE4"], "accidents": [1, 20]})
    with pytest.raises(
        Refused, match=r"not told apart by days lost, in bands\. They have severity: divide by severity"
    ):
        wb.counts(wb.cube(frame), by=["days_lost_band"])


def test_records_with_exact_days_are_divided_by_bands_without_being_counted_again(tmp_path):
    wb.load("esaw_microdata", path=wb.synthesise(2_000, 3, tmp_path / "twin.parquet"))
    cube = wb.cube("esaw_microdata")
    assert finer.building(cube, by=["days_lost_band"]) is None
    by_band, by_severity = (
        wb.counts(cube, by=[name]).frame.set_index(name)["value"] for name in ("days_lost_band", "severity")
    )
    assert by_band.to_dict() == by_severity.to_dict() and len(by_band) == 9


def test_rates_by_a_cause_have_the_people_of_the_whole(twin, people):
    austria = wb.Selection(years=(2019, 2019), regions={"AT"})
    found = wb.rates(twin, austria, by=["contact"], exposure=people).frame
    everybody = wb.rates(twin, austria, exposure=people).frame["exposure"].item()
    assert set(found["exposure"]) == {everybody}
    assert found["count"].sum() == pytest.approx(cells_by("nuts0", "year")["AT", 2019])


def test_people_that_lack_the_dimension_refuse_the_rate_before_any_record_is_counted(twin, people, counted):
    with pytest.raises(Refused, match="esaw_synthetic_employed has no size of the enterprise"):
        wb.rates(twin, by=["size"], exposure=people)
    assert not counted


@pytest.mark.parametrize(("name", "truth_name"), [("size", "enterprise_size"), ("isco1", "occupation")])
def test_a_regression_by_a_further_margin_of_the_people_finds_the_planted_ratios(twin, name, truth_name, monkeypatch):
    monkeypatch.setattr(finer_rows, "bundled_twin_rows", lambda: TwinRows(100_000, SEED))
    (planted,) = [found for found in truth(100_000, SEED)["truths"] if found["name"] == truth_name]
    reference = planted["parameters"]["reference"]
    non_fatal = wb.Selection(severities={"D_GE4"})
    found = wb.regression(twin, non_fatal, f"{name} + nace1", references={name: reference}).frame.set_index("term")
    ratios = {e["where"][name][0]: e["value"] for e in planted["estimands"] if e["measure"] == "rate_ratio"}
    distances = []
    for code, ratio in ratios.items():
        row = found.loc[f"{name}[{code}]"]
        error = np.log(row["high"] / row["low"]) / (2 * 1.96)
        distances.append(np.log(row["value"] / ratio) / error)
    assert np.sum(np.square(distances)) < len(ratios) + 4 * np.sqrt(2 * len(ratios))
    assert max(map(abs, distances)) < 3.5


def test_rates_by_size_have_the_people_of_that_size_and_say_where_these_are_from(twin):
    of_italy = wb.Selection(regions={"IT"}, years=(2019, 2019))
    found = wb.rates(twin, of_italy, by=["size"])
    assert found.frame["exposure"].sum() == wb.rates(twin, of_italy).frame["exposure"].item()
    assert [source["name"] for source in found.sources] == ["esaw_synthetic", "synthetic_employed_size"]


@pytest.mark.parametrize(
    ("selection", "by"),
    [({}, ["size", "sex"]), ({"sexes": {"F"}}, ["size"]), ({"where": {"size": {"1"}}}, ["isco1"])],
    ids=str,
)
def test_people_that_no_table_has_by_both_are_refused_before_any_record_is_counted(twin, counted, selection, by):
    with pytest.raises(Refused, match="esaw_synthetic_employed has no table by all of .*, size of the enterprise toge"):
        wb.rates(twin, wb.Selection(**selection), by=by)
    assert not counted


def test_further_tables_of_people_are_not_read_for_questions_that_the_usual_one_answers(twin, monkeypatch):
    opened, open_cube = [], exposure.cube_of
    monkeypatch.setattr(exposure, "cube_of", lambda name: opened.append(name) or open_cube(name))
    wb.rates(twin, by=["nuts0", "year"])
    assert opened == ["esaw_synthetic_employed"]
    wb.rates(twin, by=["size"])
    assert opened == ["esaw_synthetic_employed"] * 2 + ["synthetic_employed_size"]


def test_one_cube_answers_the_next_questions_too(twin, counted):
    wb.counts(twin, by=["contact"])
    wb.counts(twin, wb.Selection(sectors={"F"}, years=(2015, 2018)), by=["contact", "sex"])
    assert len(counted) == 1


def test_a_new_process_finds_the_cube_on_disk_and_counts_again_where_the_file_is_damaged(twin, counted, own_home):
    first = wb.counts(twin, by=["contact"]).frame
    finer._CUBES.clear()
    assert wb.counts(twin, by=["contact"]).frame.equals(first)
    assert len(counted) == 1

    (file,) = (own_home / "cubes").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-100])
    finer._CUBES.clear()
    assert wb.counts(twin, by=["contact"]).frame.equals(first)
    assert len(counted) == 2


def test_where_nothing_can_be_kept_the_question_is_answered_all_the_same(twin, own_home):
    (own_home / "cubes").write_text("no folder")
    assert wb.counts(twin, by=["contact"]).frame["value"].sum() == pytest.approx(cells_by("contact").sum())


def test_a_question_with_too_many_cells_is_refused_with_a_coarser_one(twin, monkeypatch, counted):
    monkeypatch.setattr(finer_plan, "MOST_CELLS", 3_000)
    with pytest.raises(
        Refused, match=r"By isco2, size, year there may be [\d,]+ cells.*Ask by isco1 in place of isco2"
    ):
        wb.counts(twin, by=["isco2", "size", "year"])
    with pytest.raises(Refused, match=r"1 GB is the most\. Ask without year: at most 2,016 cells"):
        wb.counts(twin, by=["hour", "weekday", "year", "size", "sex"])
    monkeypatch.setattr(finer_plan, "MOST_CELLS", 3)
    with pytest.raises(Refused, match="Ask by fewer dimensions at once"):
        wb.counts(twin, by=["hour", "weekday", "year"])
    assert not counted


def test_what_comes_along_never_makes_a_cube_larger_than_there_is_room_for(twin, monkeypatch):
    monkeypatch.setattr(finer_plan, "MOST_CELLS", 10_000)
    monkeypatch.setattr(finer_plan, "ROOMY", 300)
    rows = TwinRows(ROWS, SEED)
    dims = finer_plan.planned(rows, twin, [DIMENSIONS["contact"]])
    assert [dim.name for dim in dims] == ["contact", "severity", "year"]
    assert finer_plan.Sizes(rows, twin).cells(dims) <= 300


def test_many_who_wait_for_one_cube_have_it_built_once_with_progress(twin, monkeypatch, counted):
    go = Event()
    cells = TwinRows.cells

    def slowly(rows, dims, progress):
        progress(0.25)
        go.wait(30)
        return cells(rows, dims, progress)

    monkeypatch.setattr(TwinRows, "cells", slowly)
    waiting = [finer.building(twin, by=["contact"]) for _visitor in range(30)]
    assert len(set(waiting)) == 1
    ended = []
    waiting[0].when_done(lambda: ended.append(waiting[0].share))
    assert not waiting[0].done and not ended
    go.set()
    assert waiting[0].wait().axes >= {"contact", "year"}
    assert ended == [1.0] and len(counted) == 1
    assert finer.building(twin, by=["contact"]) is None
    assert finer.building(twin, by=["nace1"]) is None


def test_an_engine_that_is_lost_is_told_to_who_waits_and_the_next_question_begins_anew(twin, monkeypatch):
    def lost(_rows, _dims, _progress):
        raise MemoryError("gone")

    cells = TwinRows.cells
    monkeypatch.setattr(TwinRows, "cells", lost)
    with pytest.raises(MemoryError, match="gone"):
        wb.counts(twin, by=["contact"])
    monkeypatch.setattr(TwinRows, "cells", cells)
    assert len(wb.counts(twin, by=["contact"]).frame) > 5


def test_memory_is_given_back_by_the_cubes_that_were_used_longest_ago(twin, monkeypatch):
    monkeypatch.setattr(finer, "MOST_BYTES", 1)
    for name in ("contact", "deviation", "size"):
        wb.counts(twin, by=[name])
    assert len(finer._CUBES) == 1


def test_people_are_those_of_the_regions_of_the_records_though_the_cube_has_no_regions():
    regions = ["ITC1", "ITC3", "ITF5", "ITF6"]
    rows = pd.DataFrame({"nuts": regions, "year": 2020, "contact": ["10", "30", "30", "30"], "weight": 1.0})
    people = pd.DataFrame({"nuts": [*regions, "ITG1"], "year": 2020, "employed": [100, 200, 300, 400, 9_000]})
    usual = wb.cube(rows, dims=["nuts2", "year"])
    by_contact = wb.cube(rows, dims=["contact", "year"])
    cube = replace(by_contact, usual=usual, lists={**usual.lists, **by_contact.lists})

    found = wb.rates(cube, by=["contact"], exposure=people)
    assert found.frame["exposure"].tolist() == [1_000, 1_000]
    assert any("Only regions that the accidents have" in note for note in found.notes)


def test_records_in_the_store_are_counted_by_the_engine(tmp_path):
    twin = wb.synthesise(5_000, 3, tmp_path / "twin.parquet")
    wb.load("esaw_microdata", path=twin)
    rows = wb.read("esaw_microdata")
    found = wb.counts("esaw_microdata", by=["body"]).frame.set_index("body")["value"]
    known = build.lists_for(["body"])["body"]
    expected = rows.assign(w=rows["weight"].astype(float), group=[known.ancestor_at(c, 1) for c in rows["body"]])
    assert found[found > 0].to_dict() == pytest.approx(expected.groupby("group")["w"].sum().to_dict())
