"""What each choice would leave, asked once and added up: as much as when each level is asked by itself."""

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.cubes import build
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import WorkbenchError
from workbench.views import left
from workbench.views.choices import fields_of

NUTS = ["ITC11", "ITC12", "ITC41", "ITF61", "ES300", "ES611", "LU000", "MT001"]
WIDER = ["ITC1", "ITC", "ITF6", "ES30", "LU0", "UNK"]
NACE, SECTIONS = ["10", "35", "41", "42", "84"], ["C", "D", "F", "UNK"]
ACTIVITIES = ["10", "11", "12", "20", "21", "99"]
DIMS = ("nuts3", "nace2", "sex", "year", "activity2", "severity")


def records(nuts, nace):
    return st.lists(
        st.tuples(
            st.sampled_from(nuts),
            st.sampled_from(nace),
            st.sampled_from(["M", "F", "UNK"]),
            st.integers(2019, 2021),
            st.sampled_from(ACTIVITIES),
            st.sampled_from(["FAT", "D_GE4"]),
            st.sampled_from([0.0, 1.0, 1.5]),
        ),
        min_size=1,
        max_size=40,
    ).map(lambda rows: pd.DataFrame(rows, columns=["nuts", "nace", "sex", "year", "activity", "severity", "weight"]))


def cube_of(rows, dims=DIMS):
    return build.from_rows("drawn", ibis.memtable(rows), dims)


@st.composite
def selections(draw, cube):
    """Some codes in some of the fields."""
    found = wb.Selection()
    for field in fields_of(cube):
        if field.options and draw(st.booleans()):
            codes = draw(st.sets(st.sampled_from([option.code for option in field.options]), max_size=2))
            found = field.choose(found, frozenset(codes))
    return found


def level_by_level(cube, selection, field):
    """The counts when each level is asked: those of wider levels first, then zeros, then sums of what is inside."""
    found = {}
    for name in (name for name, dim in DIMENSIONS.items() if dim.axis == field.axis):
        try:
            frame = cube.ask("accidents", field.without(selection), (name,)).frame.dropna(subset="accidents")
        except WorkbenchError:
            continue
        found = dict(zip(frame[name].tolist(), frame["accidents"].tolist(), strict=True)) | found
    if not found:
        return {}
    codes = dict.fromkeys(cube.codes(field.axis), 0.0) | found
    smallest = [o for o in field.options if o.code in codes and o.code not in field.children]
    for option in field.options:
        inside = sum(codes[part.code] for part in smallest if part.members <= option.members)
        found.setdefault(option.code, codes.get(option.code, inside))
    return found


def as_told(counts):
    return {str(code): value for code, value in counts.items()}


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_counts_are_those_of_asking_each_level(data):
    cube = cube_of(data.draw(records(NUTS + WIDER, NACE + SECTIONS)))
    for _turn in range(3):  # the first asks each level, the others the finest
        selection = data.draw(selections(cube))
        for field in fields_of(cube):
            assert left.counts_left(cube, selection, field) == level_by_level(cube, selection, field), field.name


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_counts_of_children_add_up_to_that_of_their_parent(data):
    cube = cube_of(data.draw(records(NUTS, NACE)))
    for _turn in range(2):
        selection = data.draw(selections(cube))
        for field in fields_of(cube):
            counts = left.counts_left(cube, selection, field)
            if field.axis in ("nuts", "nace") and counts:
                for parent, children in field.children.items():
                    assert not parent or counts[parent] == sum(counts[child] for child in children), parent


@pytest.mark.parametrize("joint", ["ITC1+ITF6", "B-E", "country"])
def test_codes_that_no_finest_group_has_are_counted_as_when_each_level_is_asked(joint):
    rows = pd.DataFrame({"nuts": NUTS * 6, "nace": (["10", "35", "41"] * 16), "sex": ["M", "F"] * 24, "year": 2020})
    rows["accidents"] = np.arange(48.0)
    rows.loc[::5, "nace" if joint == "B-E" else "nuts"] = "IT" if joint == "country" else joint
    rows = rows.groupby(["nuts", "nace", "sex", "year"], as_index=False).sum()
    axes = ["nuts", "nace", "sex", "year"]
    cube = build.from_cells("joint", pl.from_pandas(rows), axes, {"accidents": build.COUNTS["accidents"]})
    for selection in (wb.Selection(), wb.Selection(sexes={"M"}), wb.Selection(sectors={"35"})):
        for field in fields_of(cube):
            assert as_told(left.counts_left(cube, selection, field)) == as_told(level_by_level(cube, selection, field))


def test_a_figure_that_is_not_known_hides_that_of_all_around_it():
    rows = pd.DataFrame({"nuts": ["ITC11", "ITC12", "ITF61", "ES611"], "accidents": [1.0, None, 4.0, 8.0]})
    rows = pd.concat([rows.assign(sex=sex) for sex in ("M", "F")])
    cube = build.from_cells("gap", pl.from_pandas(rows), ["nuts", "sex"], {"accidents": build.COUNTS["accidents"]})
    (field, _sexes) = fields_of(cube)
    for selection in (wb.Selection(), wb.Selection(sexes={"M"}), wb.Selection(sexes={"F"})):
        found = left.counts_left(cube, selection, field)
        assert found == level_by_level(cube, selection, field)
        assert found["ITF6"] == 4.0 * (2 - len(selection.sexes))


def test_a_cube_of_records_is_asked_once_for_a_field(monkeypatch):
    rows = pd.DataFrame({"nuts": NUTS, "nace": "41", "sex": ["M", "F"] * 4, "year": 2020})
    cube = cube_of(rows, ("nuts3", "nace2", "sex", "year"))
    field, asked = fields_of(cube)[0], []
    left.counts_left(cube, wb.Selection(), field)
    ask = type(cube).ask
    monkeypatch.setattr(type(cube), "ask", lambda cube, *question: asked.append(question[2]) or ask(cube, *question))
    assert left.counts_left(cube, wb.Selection(sexes={"M"}), field)["IT"] == 2.0
    assert asked == [("nuts3",)]


def test_a_published_table_is_asked_at_each_level_that_it_has():
    rows = pd.DataFrame({"nuts": ["IT", "ITC1", "ITF6", "ES"], "accidents": [9.0, 3.0, 4.0, 5.0], "flag": ""})
    rows = pd.concat([rows.assign(sex=sex, margin="m") for sex in ("M", "F")])
    margins = {"m": {"dims": ("nuts", "sex"), "measures": ["accidents"]}}
    cube = build.from_published("p", rows, margins, {"accidents": build.COUNTS["accidents"]})
    field = fields_of(cube)[0]
    for sexes in (set(), {"M"}, {"F"}):
        found = left.counts_left(cube, wb.Selection(sexes=sexes), field)
        assert found["IT"] == 9.0 * (2 - len(sexes))  # not the seven of its regions
        assert "ITC" not in found
