"""What is withheld so that no sum, no share and no second question gives a small figure back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.optimize

import workbench as wb
from workbench.cubes import build
from workbench.sources.catalog import catalog
from workbench.study import protection
from workbench.study.data import Origin
from workbench.study.disclose import how_many
from workbench.study.shown import forget

DIMS = ("nuts3", "nace1", "sex", "age_group", "year", "severity")


def origin(**changes) -> Origin:
    """An entry of records of persons."""
    changes = {"sensitivity": "persons", "exposure": None, "defaults": {}, "breaks": ()} | changes
    dataset = replace(catalog()["inail_records"], **changes)
    return Origin(dataset=dataset, provenance={"way": "test", "coverage": "full", "synthetic": False, "sha256": ["ab"]})


def records(n: int = 3000, seed: int = 1) -> pd.DataFrame:
    """Records as skewed as accidents are: few sectors with many, men more than women, few fatal."""
    chance = np.random.default_rng(seed)

    def drawn(codes, weights):
        return chance.choice(codes, n, p=np.array(weights) / sum(weights))

    return pd.DataFrame(
        {
            "nuts": drawn(["ITF61", "ITF62", "ITF63", "ITF64", "ITF65"], [9, 2, 5, 2, 4]),
            "nace": drawn(["A", "C", "F", "G", "H", "I", "Q"], [2, 40, 15, 10, 5, 2, 1]),
            "sex": drawn(["M", "F"], [5, 1]),
            "age": chance.integers(18, 66, n),
            "year": drawn([2019, 2020, 2021], [3, 2, 3]),
            "severity": drawn(["NFAT", "FAT"], [60, 1]),
        }
    )


def cube_of(frame: pd.DataFrame, source: Origin | None = None):
    """A cube of records of persons."""
    built = build.from_table(frame, DIMS)
    return replace(built, source=source or origin())


@pytest.fixture(scope="module")
def cube():
    return cube_of(records())


@pytest.fixture(autouse=True)
def new_session(cube):
    """Every test begins as a session does."""
    forget(cube)


def known(found) -> dict:
    """The counts that a finding shows, by its codes."""
    frame = found.frame[found.frame["count"].notna()]
    return dict(zip(frame[list(found.by)].itertuples(index=False, name=None), frame["count"], strict=True))


def test_no_withheld_cell_is_what_its_row_or_column_lacks(cube):
    """The totals of both dimensions are another question's: no line has one withheld cell alone."""
    found = wb.counts(cube, by=["nace1", "sex"])
    assert found.withheld > 0
    withheld = found.frame[found.frame["state"] == "withheld"]
    for name in ("nace1", "sex"):
        assert (withheld.groupby(name, observed=True).size() >= 2).all()
    assert "because small ones could be computed from them (secondary suppression)." in " ".join(found.notes)


@pytest.mark.parametrize("by", [("nuts3", "sex"), ("nace1", "sex"), ("nace1", "year"), ("nuts3", "nace1")])
def test_from_a_table_and_its_margins_no_withheld_count_is_known_within_ten(cube, by):
    table, margins = wb.counts(cube, by=list(by)), [wb.counts(cube, by=[name]) for name in by]
    total = wb.counts(cube)
    shown, unknown = (
        known(table),
        [tuple(row) for row in table.frame.loc[table.frame["state"] == "withheld", list(by)].to_numpy()],
    )
    equations, right = [], []
    for axis, margin in enumerate(margins):
        for (code,), count in known(margin).items():
            equations.append([float(cell[axis] == code) for cell in unknown])
            right.append(count - sum(n for cell, n in shown.items() if cell[axis] == code))
    equations.append([1.0] * len(unknown))
    right.append(total.frame["count"].iloc[0] - sum(shown.values()))
    for place in range(len(unknown)):
        direction = np.eye(len(unknown))[place]
        ends = [sign * scipy.optimize.linprog(sign * direction, A_eq=equations, b_eq=right).fun for sign in (1, -1)]
        assert ends[1] - ends[0] >= 10 - 1e-6


def test_provinces_are_withheld_so_that_their_region_does_not_give_them_back():
    """Two provinces of one region, one of another: the small one needs the other of its own region."""
    frame = records(900).assign(nace="C", sex="M")
    counts = {"ITF61": 300, "ITF63": 5, "ITG11": 200, "ITG12": 180, "ITC11": 90}
    frame = pd.concat([frame.head(n).assign(nuts=code) for code, n in counts.items()])
    found = wb.counts(cube_of(frame), by=["nuts3"]).frame.set_index("nuts3")["state"]
    assert set(found[found == "withheld"].index) == {"ITF61", "ITF63"}


def test_the_part_of_a_share_is_withheld_where_the_rest_of_the_whole_is_few():
    """Of 300 accidents of men and women 295 are of men: the share would say that five are of women."""
    frame = pd.concat([records(300).assign(sex=["M"] * 295 + ["F"] * 5, year=year) for year in (2019, 2020)])
    frame = pd.concat([frame, *(records(300).assign(sex=["M"] * 150 + ["F"] * 150, year=y) for y in range(2012, 2019))])
    found = wb.control(cube_of(frame), wb.Selection(sexes={"M"}), share_of=wb.Selection())
    hidden = found.frame.set_index("year").loc[[2019, 2020], ["value", "count", "whole"]]
    assert hidden.isna().all(axis=None)


def test_a_group_that_is_all_alike_is_withheld_for_what_it_tells_of_each():
    frame = records(600).assign(nuts=["ITF61"] * 300 + ["ITF63"] * 300, severity=["NFAT"] * 300 + ["NFAT", "FAT"] * 150)
    found = wb.counts(cube_of(frame), by=["nuts3", "severity"])
    states = found.frame.set_index(["nuts3", "severity"])["state"]
    assert states["ITF61", "NFAT"] == "withheld"
    assert "all persons of its group are alike" in " ".join(found.notes)
    sexes = records(600).assign(nuts=["ITF61"] * 300 + ["ITF63"] * 300, sex=["M"] * 300 + ["M", "F"] * 150)
    assert wb.counts(cube_of(sexes), by=["nuts3", "sex"]).withheld == 0  # who knows the group knows the sex


def test_an_entry_may_ask_for_more_persons_behind_a_figure():
    found = wb.counts(cube_of(records(), origin(minimum=60)), by=["nace1"])
    shown = found.frame["count"].dropna()
    assert shown.min() >= 60
    assert "fewer than 60 records" in " ".join(found.notes)


# --- one question after another


def test_two_selections_that_differ_by_few_are_not_both_shown():
    frame = pd.concat([records(400).assign(age=30), records(5).assign(age=66)])
    cube = cube_of(frame)
    everybody = wb.counts(cube)
    younger = wb.counts(cube, wb.Selection(ages=(15, 64)))
    assert everybody.frame["count"].iloc[0] == 405
    assert younger.frame["state"].iloc[0] == "withheld"
    assert "could be computed from it" in " ".join(younger.notes)


def test_the_same_question_has_the_same_answer_again_whatever_came_between(cube):
    first = wb.counts(cube, by=["nace1", "sex"])
    wb.counts(cube, wb.Selection(years=(2019, 2020)), by=["nace1"])
    wb.counts(cube, wb.Selection(sexes={"F"}))
    assert wb.counts(cube, by=["nace1", "sex"]).frame.equals(first.frame)


def test_what_was_withheld_stays_withheld_when_it_is_asked_for_alone(cube):
    found = wb.counts(cube, by=["nace1", "sex"])
    rows = found.frame[found.frame["state"] == "withheld"]
    for nace, sex in zip(rows["nace1"], rows["sex"], strict=True):
        alone = wb.counts(cube, wb.Selection(sectors={nace}, sexes={sex}))
        assert alone.frame["state"].iloc[0] == "withheld"


def test_a_session_has_the_same_answers_twenty_times():
    first, cube = None, cube_of(records(400))
    for _time in range(20):
        forget(cube)
        protection._FOUND.clear()
        asked = [wb.counts(cube, by=by).to_dict()["frame"] for by in (["nace1"], ["nuts3", "sex"])]
        first = first or asked
        assert asked == first


def test_a_cell_that_eurostat_keeps_confidential_is_not_reconstructed():
    """Parts that are there, a total, and one `c` cell: nothing says what the total lacks."""
    rows = pd.DataFrame(
        {
            "geo": "AT",
            "nace": ["A", "C", "F", "TOTAL"],
            "year": 2020,
            "accidents": [100.0, 200.0, np.nan, 337.0],
            "flag": ["", "", "c", ""],
        }
    ).rename(columns={"geo": "nuts"})
    measures = {"accidents": build.COUNTS["accidents"]}
    margins = {"m": {"dims": ["nuts", "nace", "year"], "measures": ["accidents"]}}
    source = origin(sensitivity="aggregate", notes=(), event="")
    cube = build.from_published("table", rows.assign(margin="m"), margins, measures, source=source)
    found = wb.counts(cube, by=["nace1"])
    assert found.frame.set_index("nace1").loc["F", "state"] == "withheld"
    assert "37" not in str(found) + str(found.to_dict()["notes"]) + str(found.to_dict()["frame"])


@pytest.mark.mirror
def test_a_confidential_cell_of_the_publishers_table_is_withheld_and_so_is_every_sum_with_it(mirror):
    cube = wb.cube("lfst_r_lfe2en2", source="mirror")
    frame = cube.margins[0].frame.to_pandas().astype({"nuts": str, "nace": str, "age_group": str, "flag": str})
    cells = frame[
        frame["flag"].str.contains("c") & frame["nace"].isin(["A", "F", "J"]) & (frame["age_group"] == "Y15-64")
    ]
    assert len(cells) > 20
    for row in cells.iloc[:: len(cells) // 10].itertuples():
        part = wb.Selection(regions={row.nuts}, ages=(15, 64), years=(row.year, row.year))
        by_sector = wb.counts(cube, part, by=["nace1"], measure="employed").frame.set_index("nace1")
        assert pd.isna(by_sector.loc[row.nace, "value"]) and by_sector.loc[row.nace, "state"] == "withheld"
        for sectors in ({row.nace}, {"A", "F", "J"}):
            found = wb.counts(cube, part.but(sectors=sectors), measure="employed")
            assert found.frame["value"].isna().all()


# --- notes


@pytest.mark.parametrize(("n", "words"), [(3, "fewer than 10"), (14, "about 10"), (1260, "about 1,260")])
def test_a_note_quotes_numbers_of_persons_in_tens(cube, n, words):
    assert how_many(cube, n) == words


def test_a_note_quotes_numbers_of_nobody_as_they_are(cube):
    assert how_many(replace(cube, source=origin(sensitivity="aggregate")), 3) == "3"


def test_a_regression_does_not_say_how_few_are_of_unknown_codes():
    frame = records(900)
    frame = pd.concat([frame, records(4, seed=2).assign(sex="")])
    people = pd.DataFrame([(n, s, 10_000) for n in "ACFGHIQ" for s in "MF"], columns=["nace", "sex", "employed"])
    people = pd.concat([people.assign(year=year) for year in (2019, 2020, 2021)])
    exposure = wb.table(people, name="people").cube
    found = wb.regression(cube_of(frame), wb.Selection(), terms="sex + nace1 + C(year)", exposure=exposure)
    notes = " ".join(found.notes)
    assert "fewer than 10 accidents in cells of unknown codes are left out." in notes
