"""Records of persons from the publisher's own file: no figure of few comes out, by whatever way it is asked."""

import io
import json
import zipfile
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
from bokeh.models import ColumnDataSource

import workbench as wb
from workbench.terms.errors import WorkbenchError

pytestmark = pytest.mark.mirror
DIMENSIONS = ("nuts3", "nace1", "sex", "age_group", "year", "severity", "decision")
SHARES = {"share_of": wb.Selection()}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Every question that a sample can be asked, once: by one dimension, by two, of a part of the records."""

    def ask() -> list:
        cube = wb.cube("inail_records", region="Calabria", source="mirror")
        tables = [*((name,) for name in DIMENSIONS), *combinations(DIMENSIONS[:4], 2)]
        found = [wb.counts(cube, by=list(by)) for by in tables]
        part = wb.Selection(sexes={"F"})
        for question in (
            lambda: wb.counts(cube, part, by=["nuts3"]),
            lambda: wb.control(cube, by=["year"], chart="c"),
            lambda: wb.control(cube, part, by=["year"], **SHARES),
            lambda: wb.rank(cube, part, by=["nuts3"], **SHARES),
            lambda: wb.funnel(cube, part, by=["nuts3"], **SHARES),
        ):
            try:
                found.append(question())
            except WorkbenchError:  # fewer groups than the question needs are left
                continue
        return found

    return ask


def few(numbers) -> list[float]:
    """Whole numbers of one to nine: what would be a count of few."""
    found = pd.to_numeric(pd.Series(np.ravel(np.array(list(numbers), dtype=object))), errors="coerce").dropna()
    return found[(found > 0) & (found < 10) & (found % 1 == 0)].tolist()


def test_no_count_of_few_comes_out_by_any_way(asked, mirror, tmp_path):
    findings = asked()
    assert sum(finding.withheld for finding in findings) > 50
    for number, finding in enumerate(findings):
        counts = ["count", *(["value"] if finding.units.get("value") == "accidents" else [])]
        frames = {
            "frame": finding.frame,
            "table": finding.table(),
            "json": pd.DataFrame(json.loads(json.dumps(finding.to_dict()))["frame"]),
            "csv": pd.read_csv(io.StringIO(finding.to_csv())),
        }
        for way, frame in frames.items():
            assert few(frame[counts].to_numpy().ravel()) == [], (finding.question, way)
        hidden = finding.frame["state"] == "withheld"
        assert finding.frame.loc[hidden, ["value", "low", "high", "count"]].isna().all(axis=None)
        for source in finding.chart().select({"type": ColumnDataSource}):
            for name, column in source.data.items():
                if name in ("count", "value", "numerator"):
                    shown = few(column) if finding.units.get("value") == "accidents" or name == "count" else []
                    assert shown == [], (finding.question, name)
        if number % 5:
            continue  # the table of a zip is that of its CSV; a few are opened
        try:
            path = finding.to_zip(tmp_path / f"{number}.zip")
        except WorkbenchError:  # together with what was released before it would give a figure away
            continue
        with zipfile.ZipFile(path) as pack:
            table = pd.read_csv(io.BytesIO(next(pack.read(n) for n in pack.namelist() if n.endswith(".csv"))))
        assert few(table[counts].to_numpy().ravel()) == []


@pytest.mark.parametrize("by", [("nace1", "sex"), ("nuts3", "age_group")])
def test_the_sums_of_what_is_shown_give_no_withheld_count_back(by, mirror):
    cube = wb.cube("inail_records", region="Calabria", source="mirror")
    table, margins = wb.counts(cube, by=list(by)).frame, [wb.counts(cube, by=[name]).frame for name in by]
    unknown = [tuple(row) for row in table.loc[table["state"] == "withheld", list(by)].to_numpy()]
    shown = table[table["state"] != "withheld"]
    rows, right = [], []
    for axis, margin in enumerate(margins):
        for code, count in zip(margin[by[axis]], margin["count"], strict=True):
            if pd.notna(count):
                rows.append([float(cell[axis] == code) for cell in unknown])
                right.append(count - shown.loc[shown[by[axis]] == code, "count"].sum())
    assert unknown
    for place in range(len(unknown)):
        one = np.eye(len(unknown))[place]
        low, high = (
            sign * scipy.optimize.linprog(sign * one, A_eq=rows, b_eq=right, bounds=(0, 1e4)).fun for sign in (1, -1)
        )
        assert high - low >= 10 - 1e-6


def test_the_explorer_shows_no_count_of_few(mirror):
    wb.load("inail_records", region="Calabria", source="mirror")
    screen = wb.explorer("inail_records")
    for view in ("place", "time", "groups", "people"):
        frame = screen.frame(view)
        if frame is not None and "count" in frame:
            assert few(frame["count"]) == []
