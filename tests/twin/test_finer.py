"""Finer cells of a twin, against a group-by of the records that are written to a file."""

import polars as pl
import pytest

import workbench as wb
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.twin.cells import draw_cells
from workbench.twin.finer import combinations, finer_cells

ROWS, SEED = 30_000, 4


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    wb.synthesise(ROWS, SEED, folder / "twin.parquet")
    return wb.read("esaw_microdata", path=folder / "twin.parquet")


@pytest.mark.parametrize(
    "names",
    [
        ("activity", "deviation", "contact"),
        ("isco1", "size"),
        ("hour", "weekday", "year"),
        ("nuts3", "nace2"),
        ("nuts0", "status", "sex", "age_group"),
        ("injury", "body", "environment2", "process", "workstation", "nationality"),
        ("ma_activity2", "ma_deviation", "ma_contact", "contact2"),
        ("days_lost_band", "nuts0"),
    ],
    ids=" ".join,
)
def test_finer_cells_are_those_of_the_records_in_a_file(rows, names):
    dims = [DIMENSIONS[name] for name in names]
    cells = finer_cells(ROWS, SEED, dims)
    expected = wb.cube(rows, dims=names).margins[0].frame

    keys = [dim.axis for dim in dims]
    plain = [pl.col(key).cast(pl.String) for key in keys]
    figures = [pl.col(name).cast(pl.Float64).sum().round(6) for name in ("accidents", "records", "variance")]
    assert cells.select(keys).n_unique() <= combinations(dims)
    found, by_rows = (frame.group_by(plain).agg(figures).sort(keys) for frame in (cells, expected))
    assert found.equals(by_rows)


def test_finer_cells_add_up_to_the_cells_that_were_drawn_first():
    names = ["nuts2", "nace1", "sex", "age_group", "year", "severity"]
    cells = finer_cells(ROWS, SEED, [DIMENSIONS[name] for name in (*names, "contact")])
    axes = ["nuts", "nace", *names[2:]]
    found = cells.group_by([pl.col(axis).cast(pl.String) for axis in axes]).agg(
        pl.col("accidents").sum().round(6), pl.col("records").sum()
    )

    drawn = pl.from_pandas(draw_cells(ROWS, SEED).rename(columns={"nuts2": "nuts", "nace1": "nace"}))
    drawn = drawn.select(*(pl.col(axis).cast(pl.String) for axis in axes), pl.col("accidents").round(6), "records")
    assert found.sort(axes).equals(drawn.cast(found.schema).sort(axes))


def test_bands_of_days_lost_add_up_to_the_severities_that_were_drawn_first():
    by_band, drawn = (
        finer_cells(ROWS, SEED, [DIMENSIONS[name], DIMENSIONS["nuts2"]]).to_pandas()
        for name in ("days_lost_band", "severity")
    )
    known = codelist("severity")
    assert {known.level(code) for code in by_band["severity"].unique() if code != "FAT"} == {3}
    above = by_band["severity"].astype(str).map(lambda code: "FAT" if code == "FAT" else known.ancestor_at(code, 2))
    sums = by_band.assign(severity=above).groupby(["severity", "nuts"], observed=True)["records"].sum()
    expected = drawn.assign(severity=drawn["severity"].astype(str))
    assert sums.to_dict() == expected.groupby(["severity", "nuts"], observed=True)["records"].sum().to_dict()


def test_breaks_and_provisional_figures_are_flagged_as_in_the_cube_that_comes_along():
    cells = finer_cells(ROWS, SEED, [DIMENSIONS[name] for name in ("nace1", "year", "contact")])
    flags = cells.group_by("nace", "year").agg(pl.col("flag").unique())
    flagged = {(nace, year): set(flag) for nace, year, flag in flags.iter_rows()}
    assert flagged["Q", 2013] == {"b"} and flagged["F", 2013] == {""} and flagged["F", 2023] == {"p"}


def test_progress_ends_with_all_records():
    shares = []
    finer_cells(ROWS, SEED, [DIMENSIONS["contact"]], progress=shares.append)
    assert shares == sorted(shares) and shares[-1] == 1
