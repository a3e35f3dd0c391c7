"""Order of priority, from cube to finding: planted regions, joint regions, refusals."""

import pandas as pd
import polars as pl
import pytest
from scipy import special

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Cube, Measure
from workbench.models.rank_sets import rate_rank_sets
from workbench.study.questions.rank import PLACES
from workbench.terms.errors import Refused, UnknownName

FRANCE = wb.Selection(regions={"FR"}, severities={"D_GE4"}, years=(2018, 2018))


def test_the_planted_region_ranks_first_without_doubt():
    found = wb.rank("esaw_synthetic", FRANCE)
    first = found.frame.iloc[0]
    assert (first["nuts2"], first["rank_low"], first["rank_high"]) == ("FRH0", 1, 1)
    assert first["excess"] > 0
    assert found.synthetic
    assert found.chart() is not None


def test_few_regions_in_order_of_priority_are_drawn_with_their_intervals_not_as_a_map():
    chart = wb.rank("esaw_synthetic", FRANCE).chart()
    assert type(chart.x_scale).__name__ == "LogScale"
    assert any("ltier" in text or "FRH0" in text for text in chart.yaxis[0].major_label_overrides.values())


def test_what_belongs_to_the_accident_has_no_people_of_its_own_to_be_ranked_by():
    with pytest.raises(Refused, match="severity belongs to the accident, not to the people at risk"):
        wb.rank("esaw_synthetic", FRANCE, ["severity"])


@pytest.mark.mirror
def test_a_joint_region_is_ranked_once(mirror):
    found = wb.rank("inail_regions", wb.Selection(years=(2023, 2023)))
    assert len(found.frame) == 20
    assert found.frame["nuts2"].iloc[0] == "ITH1+ITH2"
    assert wb.clusters("inail_regions", wb.Selection(years=(2023, 2023))).model.n <= 20


def weighted_records(times: float) -> Cube:
    """Accidents by region whose records each stand for `times` accidents, over the people of as many."""
    regions = ["ITC1", "ITC2", "ITC3", "ITC4", "ITF3", "ITF4", "ITF6"]
    measures = {name: Measure(name, name) for name in ("accidents", "employed", "records", "variance")}
    counts = pd.Series([9.0, 25, 40, 14, 60, 31, 5])
    rows = pd.DataFrame({"nuts": regions, "year": 2023, "flag": "", "margin": "m"}).assign(
        accidents=times * counts, employed=times * 10_000.0, records=counts, variance=times**2 * counts
    )
    return build.from_published("t", rows, {"m": {"dims": ["nuts", "year"], "measures": list(measures)}}, measures)


def test_weighted_records_are_ranked_and_smoothed_as_the_records_that_they_are():
    """Each record stands for four accidents: nothing more is known than of a fourth of them."""
    for question in (wb.rank, wb.smooth):
        plain, weighted = (question(weighted_records(times)).frame for times in (1, 4))
        assert weighted[["value", "low", "high"]].to_numpy() == pytest.approx(
            plain[["value", "low", "high"]].to_numpy()
        )
        notes = question(weighted_records(4)).notes
        assert any(note.startswith("Records are weighted (up to 4 accidents a record)") for note in notes)
    assert not any("weighted" in note for note in wb.rank(weighted_records(1)).notes)


def test_the_chances_of_the_first_and_of_the_last_rank_are_told():
    frame = wb.rank(weighted_records(1)).frame
    assert frame["p_highest"].sum() == pytest.approx(1) == frame["p_lowest"].sum()
    assert frame["nuts2"].iloc[0] == "ITF3" and frame["p_highest"].idxmax() == 0


def shares() -> Cube:
    """Records of four regions: their fatal accidents and the others."""
    parts = {"ITC1": (30, 970), "ITC2": (5, 495), "ITF3": (60, 2940), "ITF6": (25, 275)}
    rows = pd.DataFrame(
        [
            (code, severity, n)
            for code, both in parts.items()
            for severity, n in zip(("FAT", "NFAT"), both, strict=True)
        ],
        columns=["nuts", "severity", "accidents"],
    ).assign(year=2023, flag="")
    return build.from_cells(
        "t", pl.DataFrame(rows), ["nuts", "severity", "year"], {"accidents": Measure("accidents", "accidents")}
    )


def test_shares_are_ranked_by_their_beta_posterior():
    fatal, all_accidents = wb.Selection(severities={"FAT"}), wb.Selection()
    found = wb.rank(shares(), fatal, share_of=all_accidents, prior=wb.BetaPrior(a=1, b=99))
    frame, together = found.frame.set_index("nuts2"), 120 / 4800
    assert frame.index[0] == "ITF6" and frame["p_highest"].idxmax() == "ITF6"
    assert frame.loc["ITF6", "value"] == pytest.approx(26 / 400 / together)
    assert frame.loc["ITF6", "raw"] == pytest.approx(25 / 300 / together)
    assert frame.loc["ITC2", "probability_below"] == pytest.approx(special.betainc(6, 594, together))
    assert (frame["probability"] + frame["probability_below"]).tolist() == pytest.approx([1] * 4)
    assert frame["whole"].to_dict() == {"ITC1": 1000, "ITC2": 500, "ITF3": 3000, "ITF6": 300}
    assert found.summary.startswith("2023, fatal, as a share of all accidents: first Calabria, ")
    assert "times the share of all together" in found.summary and found.chart() is not None


def test_a_given_prior_and_a_prediction_are_what_the_groups_are_drawn_to():
    cube = weighted_records(1)
    counts = wb.rank(cube).frame.set_index("nuts2")["count"]
    prior = wb.rank(cube, prior=wb.GammaPrior(nu=20, alpha=20)).frame.set_index("nuts2")
    expected = counts.sum() / 7
    assert prior["value"].to_dict() == pytest.approx(((counts + 20) / (expected + 20)).to_dict())

    predicted = pd.Series({code: 20.0 + at for at, code in enumerate(counts.index)})
    found = wb.rank(cube, prior=wb.Prediction(expected=predicted, dispersion=0.25))
    hauer = found.frame.set_index("nuts2")
    weight = 1 / (1 + 0.25 * predicted)
    assert (hauer["value"] * predicted).to_dict() == pytest.approx(
        (weight * predicted + (1 - weight) * counts).to_dict()
    )
    assert set(found.frame["unit"]) == {"times the number predicted"}

    smoothed = wb.smooth(cube, prior=wb.Prediction(expected=predicted, dispersion=0.25)).frame.set_index("nuts2")
    assert smoothed["value"].to_dict() == pytest.approx(
        (100_000 * (weight * predicted + (1 - weight) * counts) / 10_000).to_dict()
    )
    assert smoothed["raw"].to_dict() == pytest.approx((10 * counts).to_dict())
    with pytest.raises(Refused, match="The prediction does not have Piemonte"):
        wb.rank(cube, prior=wb.Prediction(expected=predicted.drop("ITC1"), dispersion=0.25))


def regions(*accidents: float) -> Cube:
    """Three regions of 10,000 people each."""
    rows = pd.DataFrame({"nuts": ["ITF6", "ITC4", "ES30"], "year": 2023, "accidents": accidents, "employed": 10_000.0})
    margins = {"m": {"dims": ["nuts", "year"], "measures": ["accidents", "employed"]}}
    measures = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
    return build.from_published("regions", rows.assign(margin="m", flag=""), margins, measures)


@pytest.mark.parametrize(("accidents", "alike"), [((10, 200, 2_000), False), ((50, 70, 95), True)])
def test_neighbours_that_are_told_apart_are_not_said_to_be_alike(accidents, alike):
    found = wb.rank(regions(*accidents), by=["nuts2"])
    assert any("cannot be told apart" in note for note in found.notes) == alike


@pytest.fixture(scope="module")
def seven() -> Cube:
    accidents = [150, 130, 110, 100, 95, 60, 40]
    table = pd.DataFrame({"nace1": list("ACFGHQS"), "accidents": accidents, "employed": 10_000})
    return wb.table(table, name="seven", sensitivity="aggregate").cube


@pytest.mark.parametrize(
    ("places", "joint", "side"),
    [
        ("joint", True, "two-sided"),
        ("joint-best", True, "best"),
        ("joint-worst", True, "worst"),
        ("own", False, "two-sided"),
        ("own-best", False, "best"),
        ("own-worst", False, "worst"),
    ],
)
def test_sets_of_places_are_those_that_the_reader_chooses(seven, places, joint, side):
    found = wb.rank(seven, by=["nace1"], places=places).frame.set_index("nace1")
    counts, people = found["count"], found["exposure"]
    by_hand = rate_rank_sets(counts.sort_index(), people.sort_index(), joint=joint, side=side).frame

    # Expected accidents are people times one rate: they order and part the groups alike, but for the scale.
    assert found["place_low"].to_dict() == by_hand["low"].to_dict()
    assert found["place_high"].to_dict() == by_hand["high"].to_dict()


def test_the_notes_say_what_the_chosen_sets_of_places_hold(seven):
    notes = {places: wb.rank(seven, by=["nace1"], places=places).notes for places in PLACES}
    by_itself = "Each set of places holds by itself at 95%: that all of them hold at once is less sure."

    assert any(note.startswith("Which is the highest the data do not say") for note in notes["joint"])
    assert {places for places, found in notes.items() if by_itself in found} == {"own", "own-best", "own-worst"}
    assert any(" can have the places 1 to " in note for note in notes["own"])
    for places in ("joint-worst", "own-worst"):
        assert "Only the last place of each group is bounded." in notes[places]
        assert any(" is among the " in note and " highest of 7" in note for note in notes[places])
    for places in ("joint-best", "own-best"):
        assert "Only the first place of each group is bounded." in notes[places]


def test_places_that_there_are_not_are_refused_with_those_that_there_are(seven):
    with pytest.raises(UnknownName, match="There are: joint, joint-best"):
        wb.rank(seven, by=["nace1"], places="all")


def test_a_group_is_called_the_highest_only_where_no_other_place_is_left():
    table = pd.DataFrame({"nace1": list("ACF"), "accidents": [900, 130, 110], "employed": 10_000})
    mine = wb.table(table, name="one_high", sensitivity="aggregate")
    notes = wb.rank(mine, by=["nace1"], places="own-worst").notes

    assert any(note.endswith(" is the highest of 3 (sets of places, 95%).") for note in notes)
