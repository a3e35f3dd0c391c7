"""Figures of few persons are withheld in every question: under ten, not at most ten, and in its model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.sources.catalog import catalog
from workbench.study.data import Origin
from workbench.terms.errors import Refused, UnknownName

SECTORS = ["A", "C", "F", "G", "H", "I", "J"]
COUNTS = [9, 10, 0, 120, 300, 45, 4]  # nine and four hide each other
MEASURES = {name: Measure(name, unit) for name, unit in (("accidents", "accidents"), ("employed", "persons employed"))}
NUMBERS = ["value", "low", "high", "count"]


OTHERS = tuple((nace, (30 + place, 50 - place)) for place, nace in enumerate("FGHIJKLMNP"))
"""Sectors that leave a model of sectors and sexes ten degrees of freedom."""


def origin(sensitivity: str = "persons", *, synthetic: bool = False) -> Origin:
    """An entry of some sensitivity."""
    dataset = replace(catalog()["inail_records"], sensitivity=sensitivity, exposure=None, defaults={}, breaks=())
    return Origin(dataset=dataset, provenance={"way": "test", "coverage": "full", "synthetic": synthetic})


def table(rows: pd.DataFrame, source: Origin | None = None):
    """A table of accidents and people by sector or by another dimension."""
    dims = [name for name in rows if name not in MEASURES]
    rows = rows.assign(flag="", margin="m")
    return build.from_published(
        "records", rows, {"m": {"dims": dims, "measures": list(MEASURES)}}, MEASURES, source=source or origin()
    )


def by_sector(source: Origin | None = None, counts=COUNTS):
    rows = {"nace": SECTORS, "year": 2023, "accidents": counts, "employed": np.arange(1, 8) * 10_000}
    return table(pd.DataFrame(rows), source)


def by_year(counts):
    years = range(2023 - len(counts) + 1, 2024)
    return table(pd.DataFrame({"year": years, "accidents": counts, "employed": 10_000}))


def row(found, code: str) -> pd.Series:
    return found.frame.set_index(found.by[0]).loc[code]


# --- the rule


@pytest.mark.parametrize("ask", [wb.rates, wb.counts])
def test_nine_are_withheld_ten_are_shown_and_nobody_is_a_zero(ask):
    found = ask(by_sector(), by=["nace1"])
    assert row(found, "A")[NUMBERS].isna().all()
    assert row(found, "A")["state"] == "withheld"
    assert row(found, "C")["count"] == 10
    assert (row(found, "F")["count"], row(found, "F")["state"]) == (0, "zero")
    assert found.withheld == 2
    assert "2 of 7 figures are withheld: they rest on fewer than 10 records of persons" in " ".join(found.notes)


def test_the_people_at_risk_of_a_withheld_group_stay():
    assert row(wb.rates(by_sector(), by=["nace1"]), "A")["exposure"] == 10_000


@pytest.mark.parametrize("sensitivity", ["none", "aggregate"])
def test_what_is_published_passes_unchanged(sensitivity):
    found = wb.rates(by_sector(origin(sensitivity)), by=["nace1"])
    assert (row(found, "A")["count"], found.withheld) == (9, 0)
    assert "withheld" not in " ".join(found.notes)


def test_recordings_of_health_are_withheld_as_records_of_persons_are():
    assert wb.rates(by_sector(origin("health")), by=["nace1"]).withheld == 2


def test_a_mean_of_few_persons_is_withheld_with_the_minimum_of_its_entry():
    rows = pd.DataFrame(
        {"day": "2023-11-03", "hour": ["06", "07", "08"], "persons": [9.0, 10.0, 4.0], "bpm": [70.25, 71.5, 72.75]}
    )
    measures = {"persons": Measure("persons", "persons", "none"), "bpm": Measure("bpm", "beats per minute", "none")}
    margins = {"m": {"dims": ["day", "hour"], "measures": list(measures)}}
    usual, five = origin("health"), origin("health")
    five = replace(five, dataset=replace(five.dataset, minimum=5))
    for source, shown in ((usual, ["07"]), (five, ["06", "07"])):
        cube = build.from_published("bands", rows.assign(flag="", margin="m"), margins, measures, source=source)
        for measure in measures:
            frame = wb.counts(cube, by=["day", "hour"], measure=measure).frame
            assert frame.loc[frame["value"].notna(), "hour"].tolist() == shown
            assert frame.loc[frame["value"].isna(), "state"].unique().tolist() == ["withheld"]


def test_generated_records_are_nobodys():
    assert wb.rates(by_sector(origin(synthetic=True)), by=["nace1"]).withheld == 0


def test_one_figure_alone_that_is_withheld_says_so():
    found = wb.rates(by_sector(), wb.Selection(sectors={"A"}))
    assert found.frame["value"].isna().all()
    assert found.summary.endswith("withheld, or not published.")
    assert "9" not in found.summary.replace("2023", "")


def test_weights_do_not_lift_few_records_over_the_minimum():
    rows = pd.DataFrame(
        {"nace": list("ACF"), "year": 2023, "accidents": [50.0, 50.0, 60.0], "records": [5.0, 50.0, 6.0]}
    )
    measures = {name: Measure(name, name) for name in ("accidents", "records")}
    cube = build.from_published(
        "records",
        rows.assign(flag="", margin="m"),
        {"m": {"dims": ["nace", "year"], "measures": list(measures)}},
        measures,
        source=origin(),
    )
    assert wb.counts(cube, by=["nace1"]).frame.set_index("nace1")["state"].to_dict() == {
        "A": "withheld",
        "C": "",
        "F": "withheld",
    }


# --- every question


@pytest.mark.parametrize("ask", [wb.compare, wb.funnel, wb.rank, wb.smooth], ids=lambda ask: ask.__name__)
def test_a_model_of_groups_is_not_given_the_withheld_ones_and_its_finding_has_them_as_rows(ask):
    found = ask(by_sector(), by=["nace1"])
    assert row(found, "A")[NUMBERS].isna().all()
    assert row(found, "A")["state"] == "withheld"
    assert found.withheld == 2
    assert len(found.frame) == 7
    if found.model is not None:
        assert "A" not in found.model.frame.index
    found.chart()


def test_a_reference_that_is_withheld_is_no_group_of_the_answer():
    with pytest.raises(UnknownName, match="'A' is not a known group of this answer.*There are: C, F, G, H, I"):
        wb.compare(by_sector(), by=["nace1"], reference="A")


def test_standardised_rates_of_few_are_withheld_with_the_crude_ones():
    rows = pd.DataFrame(
        [(nace, sex, 2023, n, 10_000) for nace, n in (("A", 4), ("C", 40), ("F", 3)) for sex in "MF"],
        columns=["nace", "sex", "year", "accidents", "employed"],
    )
    found = wb.rates(table(rows), by=["nace1"], standard=["sex"])
    assert row(found, "A")[[*NUMBERS, "crude"]].isna().all()
    assert row(found, "C")["count"] == 80


def test_a_year_of_few_is_a_gap_of_the_trend():
    found = wb.trend(by_year([7, 30, 28, 26, 5, 22, 20, 18]))
    assert found.frame.set_index("year").loc[2020, NUMBERS].isna().all()
    assert "Years without a value, left out of the line: 2016, 2020." in found.notes
    assert 2020 not in set(found.model.fitted["year"])


def test_a_control_chart_has_no_point_where_few_are_withheld():
    found = wb.control(by_year([7, 30, 28, 26, 5, 22, 20, 18]))
    assert found.frame["state"].tolist().count("withheld") == 2
    assert 2020 not in found.model.frame.index


def test_a_share_of_few_says_neither_the_part_nor_the_whole_that_is_small():
    rows = pd.DataFrame(
        [
            (nace, year, n, 1000)
            for year, pair in ((2022, (20, 80)), (2023, (4, 3)))
            for nace, n in zip("AC", pair, strict=True)
        ],
        columns=["nace", "year", "accidents", "employed"],
    )
    rows = pd.concat([rows, rows.assign(year=rows["year"] - 2, accidents=[20, 80, 30, 70])])
    found = wb.control(table(rows), wb.Selection(sectors={"A"}), share_of=wb.Selection())
    assert found.frame.set_index("year").loc[2023, ["value", "count", "whole"]].isna().all()


def test_a_regression_is_fitted_on_all_cells_and_carries_no_small_one():
    rows = pd.DataFrame(
        [
            (nace, sex, 2023, n, 10_000)
            for nace, pair in (("A", (7, 60)), ("C", (40, 80)), *OTHERS)
            for sex, n in zip("MF", pair, strict=True)
        ],
        columns=["nace", "sex", "year", "accidents", "employed"],
    )
    hidden = wb.regression(table(rows), terms="sex + nace1")
    shown = wb.regression(table(rows, origin("none")), terms="sex + nace1")
    assert shown.model.units["observed"].min() == 7
    assert hidden.model.units["observed"].isna().sum() == 0 or hidden.model.units["observed"].min() >= 10
    assert hidden.frame["value"].tolist() == shown.frame["value"].tolist()


def test_a_term_of_few_events_is_withheld_in_the_frame_the_summary_and_the_model():
    rows = pd.DataFrame(
        [
            (nace, sex, 2023, n, 10_000)
            for nace, pair in (("A", (3, 4)), ("C", (40, 80)), *OTHERS)
            for sex, n in zip("MF", pair, strict=True)
        ],
        columns=["nace", "sex", "year", "accidents", "employed"],
    )
    found = wb.regression(table(rows), terms="sex + nace1", references={"nace1": "C", "sex": "M"})
    term = found.frame.set_index("term")
    assert term.loc[["nace1[A]"], ["value", "low", "high", "p_value", "count"]].isna().all(axis=None)
    assert found.withheld == 1
    assert found.model.coefficients.loc["nace1[A]"].isna().any()
    assert not found.model.units["observed"].between(1, 9).any()
    shown = wb.regression(table(rows, origin("none")), terms="sex + nace1", references={"nace1": "C", "sex": "M"})
    ratio = shown.frame.set_index("term").loc["nace1[A]", "value"]
    assert f"{ratio:.3f}" not in found.summary


def test_a_model_that_would_give_its_small_units_back_is_refused():
    rows = pd.DataFrame(
        [("A", "M", 7), ("A", "F", 60), ("C", "M", 40), ("C", "F", 80)], columns=["nace", "sex", "accidents"]
    ).assign(year=2023, employed=10_000)
    with pytest.raises(Refused, match="4 terms for 4 units of persons.*fewer than 10 degrees of freedom"):
        wb.regression(table(rows), terms="sex * nace1")
    large = rows.assign(accidents=rows["accidents"] + 10)
    assert wb.regression(table(large), terms="sex * nace1").withheld == 0


def test_the_strata_of_a_decomposition_that_rest_on_few_are_withheld():
    rows = pd.DataFrame(
        [
            (nace, sex, 2023, n, 10_000)
            for nace, pair in (("A", (3, 40)), ("C", (40, 80)), ("F", (8, 30)))
            for sex, n in zip("MF", pair, strict=True)
        ],
        columns=["nace", "sex", "year", "accidents", "employed"],
    )
    found = wb.decompose(table(rows), wb.Selection(sexes={"M"}), wb.Selection(sexes={"F"}), by=["nace1"])
    assert found.model.strata.loc["A"].isna().all()
    assert found.model.strata.loc["C"].notna().all()
    assert "Manufacturing adds most to it" in found.summary


# --- the switch


def test_the_switch_shows_all_cells_marked_as_not_for_release_and_goes_back():
    with wb.disclosure("off", reason="checking the load"):
        found = wb.rates(by_sector(), by=["nace1"])
    assert row(found, "A")["count"] == 9
    assert "Not for release: disclosure control is off in this session (checking the load)." in found.notes
    assert wb.rates(by_sector(), by=["nace1"]).withheld == 2


def test_without_a_block_the_switch_stays_until_it_is_set_back():
    try:
        said = wb.disclosure("off", reason="forty accidents in all")
        assert wb.rates(by_sector(), by=["nace1"]).withheld == 0
        assert "forty accidents in all" in repr(said)
    finally:
        wb.disclosure("on")
    assert wb.rates(by_sector(), by=["nace1"]).withheld == 2


@pytest.mark.parametrize("write", ["to_csv", "to_zip"])
def test_what_was_found_with_the_switch_off_is_not_written(write, tmp_path):
    with wb.disclosure("off", reason="checking the load"):
        found = wb.rates(by_sector(), by=["nace1"])
    with pytest.raises(Refused, match=r"Not for release: .*\(checking the load\)\. .*wb\.disclosure\(\"on\"\)"):
        getattr(found, write)(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_data_on_persons_is_written_with_the_switch_off():
    with wb.disclosure("off", reason="checking the load"):
        assert "9" in wb.rates(by_sector(origin("none")), by=["nace1"]).to_csv()


@pytest.mark.parametrize("reason", ["", "   "])
def test_the_switch_needs_a_reason(reason):
    with pytest.raises(Refused, match="switched off with a reason"):
        wb.disclosure("off", reason=reason)
    assert wb.rates(by_sector(), by=["nace1"]).withheld == 2


def test_the_switch_has_two_states():
    with pytest.raises(UnknownName, match="There are: on, off"):
        wb.disclosure("of", reason="a slip")
