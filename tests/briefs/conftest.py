"""What the tests of briefs share: findings of made-up tables, texts written of them, and a kernel that makes briefs."""

from dataclasses import replace
from pathlib import Path

import pytest

import workbench as wb
from workbench.briefs.brief import Target, Template, publish
from workbench.briefs.content import Content
from workbench.briefs.parameters import chosen
from workbench.briefs.record import record_of
from workbench.briefs.run import Piece, kernel
from workbench.models.rates import incidence_rate
from workbench.terms.text import LANGUAGE

PEOPLE = 100_000
COUNTS = {"F": 2100, "C": 1200, "H": 2090, "A": 2060}
"""Accidents of 100,000 people each: construction, transport and agriculture cannot be told apart."""


@pytest.fixture
def table(tmp_path):
    """A cube of a table with accidents and people: `table({("F", 2020): (210, 100_000)})`."""
    return lambda cells: cube_of(tmp_path / "table.csv", cells)


def cube_of(path, cells: dict[tuple[str, int], tuple[float, float]]):
    """A cube of a table that is written to `path`."""
    lines = [f"{sector},{year},{count},{people}" for (sector, year), (count, people) in cells.items()]
    path.write_text("sector,year,accidents,people\n" + "\n".join(lines) + "\n")
    columns = {"sector": "nace1", "year": "year"}
    return wb.table(path, columns=columns, measures={"accidents": "accidents", "people": "employed"})


@pytest.fixture(scope="session")
def base_record(tmp_path_factory):
    """Rates of one year by sector, as the workbench finds them."""
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(folder))
        cube = cube_of(folder / "table.csv", {(code, 2021): (count, PEOPLE) for code, count in COUNTS.items()})
        return record_of(wb.rates(cube, by=["nace1"]), "f1")


@pytest.fixture
def sectors(base_record):
    """Rates of one year by sector as a record: `sectors(F=2400)` plants another count, with its exact limits."""

    def make(**counts: float):
        rows = [dict(row) for row in base_record.rows]
        for row in rows:
            if row["nace1"] in counts:
                row["count"] = float(counts[row["nace1"]])
                rate = incidence_rate(row["count"], row["exposure"])
                row |= {"value": rate.value, "low": rate.low, "high": rate.high}
        return replace(base_record, rows=tuple(rows))

    return make


@pytest.fixture
def series(table):
    """A trend of one sector as a record: `series(100, 90, 80)` has so many accidents a year from 2015 on."""

    def make(*counts: float):
        cube = table({("F", 2015 + at): (count, PEOPLE) for at, count in enumerate(counts)})
        return record_of(wb.trend(cube), "f2")

    return make


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Make briefs in one kernel, without a network: `shop(path, to="html", **values)`."""
    folder = tmp_path_factory.mktemp("briefs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(folder / "home"))
        patch.setenv("WORKBENCH_SOURCE", "bundled")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.delenv("WORKBENCH_MIRROR", raising=False)
        patch.delenv(LANGUAGE, raising=False)
        with kernel(folder) as client:

            def make(path: Path, *, to: str = "html", check: bool = False, out: Path | None = None, **values):
                template = Template.read(path, trust=False)
                target = Target(
                    to=to, out=out or folder / f"{len(list(folder.iterdir()))}.{to}", many=False, check=check
                )
                return publish(client, template, chosen(template.defaults, values), target)

            yield make


@pytest.fixture
def content():
    """A brief of texts and records, without a notebook: `content("# Title", "{{ rates.leaders }}", rates=record)`."""

    def make(*texts: str, parameters=None, **records):
        names = {name: {"finding": record.id} for name, record in records.items()}
        names |= {name: {"plain": value} for name, value in (parameters or {}).items()}
        pieces = [Piece(kind="text", cell=at, source=text, names=names) for at, text in enumerate(texts, start=1)]
        pieces += [Piece(kind="finding", cell=99, finding=record.id) for record in records.values()]
        return Content(
            notebook="made_up.ipynb",
            notebook_sha256="0" * 64,
            parameters=parameters or {},
            pieces=tuple(pieces),
            records={record.id: record for record in records.values()},
            made="2026-11-28T12:00:00+00:00",
            versions={"osh-workbench": "0", "python": "3"},
        )

    return make
