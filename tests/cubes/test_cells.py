"""Answers are read from sums over the axes that a question does not touch; they are those of the cells themselves."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes import build, cells
from workbench.cubes.cube import KEPT, Measure
from workbench.cubes.selection import Selection

AXES = ["nuts", "nace", "sex", "year"]
MEASURES = {"accidents": Measure("accidents", "accidents"), "records": Measure("records", "records")}
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ITF6", "ITF5", "ES61", "UNK"]),
        st.sampled_from(["C", "F", "UNK"]),
        st.sampled_from(["M", "F"]),
        st.integers(2019, 2022),
        st.sampled_from(["", "b", "bp", "p"]),
        st.integers(0, 50),
        st.integers(1, 5),
    ),
    max_size=60,
)
EVERY_CODE = [("ITF5", "C", "M", 2019, "", 1, 1), ("ES61", "F", "F", 2021, "b", 2, 1)]
"""A cube refuses what it has no codes for."""
ASKED = st.builds(
    Selection,
    regions=st.sampled_from([(), ("IT",), ("ES61",), ("IT", "ES")]),
    sectors=st.sampled_from([(), ("F",), ("C", "F")]),
    sexes=st.sampled_from([(), ("M",)]),
    years=st.sampled_from([None, (2019, 2022), (2020, 2021)]),
)
BY = st.sampled_from(
    [(), ("nuts2",), ("nuts0",), ("year",), ("nace1", "sex"), ("year", "nuts0"), ("sex", "nace1", "nuts2")]
)


@pytest.fixture(scope="module", params=[0, 10**6], ids=["every-roll-up", "no-roll-up"])
def tables(request):
    """How many tables a cube of `AXES` has: small ones have no roll-ups unless wanted, one for each set of axes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "FEW", request.param)
        patch.setattr(cells, "WORTH", 0)
        yield 2 ** len(AXES) if request.param == 0 else 1


def table(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*AXES, "flag", "accidents", "records"])


def cube_of(frame: pd.DataFrame):
    return build.from_cells("t", pl.from_pandas(frame), AXES, MEASURES)


def expected(frame: pd.DataFrame, asked: Selection, by: tuple[str, ...]) -> dict[tuple, tuple]:
    """The same from the rows, in pandas: accidents, cells, records, flag, share of flagged accidents by group."""
    if asked.regions:
        frame = frame[frame["nuts"].str.startswith(tuple(asked.regions))]
    if asked.sectors:
        frame = frame[frame["nace"].isin(asked.sectors)]
    if asked.sexes:
        frame = frame[frame["sex"].isin(asked.sexes)]
    if asked.years:
        frame = frame[frame["year"].between(*asked.years)]
    country = frame["nuts"].where(frame["nuts"] == "UNK", frame["nuts"].str[:2])
    frame = frame.assign(nuts0=country, nuts2=frame["nuts"], nace1=frame["nace"])
    groups = frame.groupby(list(by)) if by else [((), frame)]
    found = {}
    for key, its in groups:
        flagged, accidents = its["flag"] != "", its["accidents"].sum()
        share = its.loc[flagged, "accidents"].sum() / accidents if accidents else flagged.mean()
        letters = "".join(sorted(set("".join(its["flag"]))))
        found[key] = (accidents, len(its), its["records"].sum(), letters, share)
    return found


@given(rows=ROWS, asked=ASKED, by=BY)
def test_sums_of_sums_are_the_sums_with_flags_and_numbers_of_cells(tables, rows, asked, by):
    frame = table([*EVERY_CODE, *rows]).drop_duplicates(AXES)
    cube = cube_of(frame)
    answer = cube.ask("accidents", asked, by).frame
    assert len(cube.margins[0]._tables) == tables
    found = {tuple(row[: len(by)]): row[len(by) :] for row in answer.drop(columns="missing").itertuples(index=False)}
    wanted = expected(frame, asked, by)
    assert found.keys() == wanted.keys()
    for key, row in found.items():
        assert row[:4] == wanted[key][:4]
        assert row[4] == pytest.approx(wanted[key][4], nan_ok=True)


def test_cells_with_a_missing_figure_are_not_summed_away(tables):
    frame = table([("ITF6", "C", "M", 2019, "", 1, 1), ("ITF6", "F", "M", 2019, "", 2, 1)])
    cube = cube_of(frame.assign(accidents=[1.0, None]))
    assert len(cube.margins[0]._tables) == 1
    by_sector = cube.ask("accidents", by=["nace1"]).frame
    assert by_sector["accidents"].isna().tolist() == [False, True]
    assert cube.ask("accidents").frame["accidents"].isna().all()


def test_answers_are_remembered_but_nobody_can_change_what_the_next_one_gets():
    cube = cube_of(table([("ITF6", "C", "M", 2019, "", 1, 1)]))
    first = cube.ask("accidents", by=["sex"])
    first.frame["accidents"] = 99.0
    first.frame.loc[0, "records"] = 99.0
    assert cube.ask("accidents", Selection(), ("sex",)).frame[["accidents", "records"]].to_numpy().tolist() == [
        [1.0, 1.0]
    ]


def test_a_cube_forgets_answers_and_masks_before_they_are_too_many():
    cube = cube_of(table([("ITF6", "C", "M", year, "", 1, 1) for year in range(1990, 2030)]))
    spans = [(first, last) for first in range(1990, 2030) for last in range(first, 2030)][: KEPT + 2]
    assert len(spans) > KEPT > cells.MASKS
    for first, last in spans:
        answer = cube.ask("accidents", Selection(years=(first, last)))
        assert answer.frame["accidents"].item() == last - first + 1
    assert len(cube._answers) <= KEPT
    assert len(cube.margins[0].cells({"year"}).masks) <= cells.MASKS


@given(
    wanted=st.sets(st.integers(0, 255), max_size=40),
    places=st.lists(st.integers(0, 255), max_size=60),
    kind=st.sampled_from([np.uint8, np.uint16, np.uint32]),
)
def test_rows_are_found_by_runs_of_codes_or_one_by_one(wanted, places, kind):
    found = cells._is_one_of(np.array(places, kind), sorted(wanted), 256)
    assert found.tolist() == [place in wanted for place in places]
