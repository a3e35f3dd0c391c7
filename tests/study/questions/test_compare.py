import numpy as np
import pandas as pd
import pytest
from pytest import approx
from scipy import optimize, stats

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.errors import ModelError, Refused, UnknownName

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}


@pytest.fixture(scope="module")
def cube():
    """Men and women in construction and services: equal rates in each sector, another structure."""
    cells = pd.DataFrame(
        [("M", "F", 300, 10_000), ("M", "G", 100, 10_000), ("F", "F", 30, 1_000), ("F", "G", 190, 19_000)],
        columns=["sex", "nace", "accidents", "employed"],
    ).assign(year=2023, flag="", margin="m")
    return build.from_published(
        "table", cells, {"m": {"dims": ["sex", "nace", "year"], "measures": ["accidents", "employed"]}}, MEASURES
    )


def test_a_ratio_by_hand(cube):
    frame = wb.compare(cube, by=["sex"], reference="F").frame.set_index("sex")
    assert frame.loc["M", "value"] == approx((400 / 20_000) / (220 / 20_000))
    assert frame.loc["M", "difference"] == approx(900)
    assert frame.loc["M", "low"] > 1
    assert frame.loc["M", "p_value"] < 0.001
    assert list(frame.index) == ["M"]  # the reference is not compared with itself


def test_chance_among_many_is_told_where_there_are_many(cube):
    def told(found) -> str:
        return "\n".join(found.notes)

    assert "groups are compared" not in told(wb.compare(cube, by=["sex"], reference="F"))
    assert "2 groups are compared" in told(wb.compare(cube, by=["sex"]))


def test_without_a_reference_each_group_meets_all_the_others(cube):
    frame = wb.compare(cube, by=["nace1"]).frame.set_index("nace1")
    assert frame.loc["F", "value"] == approx((330 / 11_000) / (290 / 29_000))
    assert frame.loc["F", "value"] * frame.loc["G", "value"] == approx(1)


@pytest.mark.parametrize("missing", ["accidents", "employed"])
def test_where_one_group_is_missing_all_the_others_together_are_not_known(missing):
    cells = pd.DataFrame({"nace": list("ACF"), "accidents": [100.0, 50, 20], "employed": 10_000.0})
    cells.loc[1, missing] = None
    margins = {"m": {"dims": ["nace", "year"], "measures": ["accidents", "employed"]}}
    cube = build.from_published("table", cells.assign(year=2023, flag="", margin="m"), margins, MEASURES)
    assert wb.compare(cube, by=["nace1"]).frame["value"].isna().all()
    against_one = wb.compare(cube, by=["nace1"], reference="F").frame.set_index("nace1")
    assert against_one["value"].to_dict() == approx({"A": 5, "C": float("nan")}, nan_ok=True)


def test_standardising_by_sector_takes_the_structure_out(cube):
    found = wb.rates(cube, by=["sex"], standard=["nace1"])
    frame = found.frame.set_index("sex")
    assert (
        frame.loc["M", "value"]
        == approx(frame.loc["F", "value"])
        == approx(100_000 * (0.03 * 11 / 40 + 0.01 * 29 / 40))
    )
    assert list(frame["crude"]) == approx([2000, 1100])
    assert "column `crude`" in " ".join(found.notes)


def test_a_standard_of_ones_own_is_a_series_of_people_or_shares(cube):
    people = pd.Series({"F": 30.0, "G": 70.0}).rename_axis("nace1")
    for standard in (people, people / 100):
        found = wb.rates(cube, by=["sex"], standard=standard)
        assert list(found.frame["value"]) == approx(2 * [100_000 * (0.03 * 0.3 + 0.01 * 0.7)])
        assert "the standard that was given, of 2 strata" in " ".join(found.notes)


def test_what_lies_outside_a_standard_of_ones_own_is_told(cube):
    found = wb.rates(cube, by=["sex"], standard=pd.Series({"G": 1.0}).rename_axis("nace1"))
    assert list(found.frame["value"]) == approx([1000, 1000])
    assert "330 accidents in sector (NACE section) that the standard does not have" in " ".join(found.notes)
    with pytest.raises(Refused, match="The index of the standard has no name"):
        wb.rates(cube, by=["sex"], standard=pd.Series({"F": 1.0}))


def test_a_group_cannot_be_standardised_by_what_divides_it(cube):
    with pytest.raises(Refused, match="cannot be standardised by it"):
        wb.rates(cube, by=["sex"], standard=["sex"])


def test_mistakes_are_answered(cube):
    with pytest.raises(UnknownName, match="There are: M, F"):
        wb.compare(cube, by=["sex"], reference="X9")
    with pytest.raises(Refused, match="along one dimension"):
        wb.compare(cube, by=["sex", "nace1"])


def test_the_twin_gives_back_the_region_that_was_planted():
    """FRH0 has 1.5 times the non-fatal rate of every other region of France; the truth stands beside the data."""
    found = wb.compare("esaw_synthetic", wb.Selection(regions={"FR"}, severities={"D_GE4"}), ["nuts2"])
    row = found.frame.set_index("nuts2").loc["FRH0"]
    assert row["low"] < 1.496 < row["high"]
    assert found.synthetic


def test_the_twin_gives_back_its_joinpoint_and_its_two_changes():
    """Standardised, because the working population ages and moves between sections; 2020 and 2021 depart by section."""
    sections = wb.Selection(sectors=set("ACDEFGHIJKLMN"), severities={"D_GE4"}, years=(2010, 2019))
    found = wb.trend("esaw_synthetic", sections, joinpoints=2, standard=["nuts0", "nace1", "age_group"])
    assert [round(year) for year in found.model.joinpoints] == [2016]
    before, after = found.model.segments
    assert before.low < 0.8 < before.high
    assert after.low < -1.4 < after.high


def test_years_are_compared_with_one_of_them():
    found = wb.compare("esaw_synthetic", wb.Selection(regions={"IT"}), by=["year"], reference="2015")
    assert 2015 not in set(found.frame["year"])
    assert found.frame["unit"].iloc[0] == "times the rate of 2015"


@pytest.mark.parametrize("ask", [wb.compare, wb.funnel, wb.rank, wb.smooth])
def test_a_table_without_a_group_that_has_people_is_answered_in_words(ask):
    rows = pd.DataFrame({"sex": ["M", "F"], "year": 2023, "accidents": 40, "employed": float("nan")})
    measures = {name: Measure(name, name) for name in ("accidents", "employed")}
    margins = {"m": {"dims": ["sex", "year"], "measures": list(measures)}}
    cube = build.from_published("table", rows.assign(flag="", margin="m"), margins, measures)
    with pytest.raises(Refused, match="table has no group by sex with accidents and people for .*Widen the selection"):
        ask(cube, by=["sex"])


def test_the_median_unbiased_ratio_lies_inside_its_mid_p_limits(cube):
    """3 of 1,000 against 1 of 1,000: the share whose mid-P is a half, by bisection here."""
    few = pd.DataFrame(
        [("M", "F", 3, 1_000), ("F", "F", 1, 1_000)], columns=["sex", "nace", "accidents", "employed"]
    ).assign(year=2023, flag="", margin="m")
    table = build.from_published(
        "few", few, {"m": {"dims": ["sex", "nace", "year"], "measures": ["accidents", "employed"]}}, MEASURES
    )
    row = wb.compare(table, by=["sex"], reference="F", method="median-unbiased").frame.iloc[0]
    share = optimize.brentq(lambda p: stats.binom.sf(3, 4, p) + stats.binom.pmf(3, 4, p) / 2 - 0.5, 0.01, 0.99)
    assert row["value"] == approx(share / (1 - share))
    assert row["low"] < row["value"] < row["high"]
    assert row["method"] == "median-unbiased, mid-P (conditional)"
    plain = wb.compare(table, by=["sex"], reference="F", method="mid-p").frame.iloc[0]
    assert (plain["value"], plain["low"], plain["high"]) == approx((3, row["low"], row["high"]))


def test_the_method_of_a_ratio_is_one_that_there_is(cube):
    with pytest.raises(ModelError, match="method='wald' is not known. There are: exact, mid-p, log-normal, median-unb"):
        wb.compare(cube, method="wald")
    logs = wb.compare(cube, by=["sex"], reference="F", method="log-normal").frame.iloc[0]
    assert logs["high"] / logs["value"] == approx(np.exp(1.959963985 * np.sqrt(1 / 400 + 1 / 220)))


def test_two_groups_are_one_ratio_said_once(cube):
    found = wb.compare(cube, by=["sex"])
    assert found.summary.startswith("Rate ratio, 2023: Men 1.82 ") and "times the rate of Women." in found.summary
    assert "highest" not in found.summary and "0.55" not in found.summary
    assert any(note.startswith("Of two groups each is the reference of the other") for note in found.notes)
    one = wb.compare(cube, by=["sex"], reference="F")
    assert not any(note.startswith("Of two groups") for note in one.notes)
