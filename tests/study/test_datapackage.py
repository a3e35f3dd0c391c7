"""The package of a finding describes its table to programs, as Frictionless Data asks."""

import csv
import hashlib
import io
import json
import zipfile

import pytest

import workbench as wb


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    found = wb.rates("hsw_n2_01", wb.Selection(sectors={"H"}, years=(2021, 2022)), by=["nuts0", "year"])
    with zipfile.ZipFile(found.to_zip(tmp_path / "found.zip")) as pack:
        return {name: pack.read(name).decode() for name in pack.namelist()}


def test_every_column_of_the_table_is_described_in_its_order_with_type_and_unit(files):
    (resource,) = json.loads(files["datapackage.json"])["resources"]
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert list(fields) == next(csv.reader(io.StringIO(files["table.csv"])))
    assert fields["nuts0"]["type"] == "string" and fields["year"]["type"] == "integer"
    assert fields["value"] == {"name": "value", "type": "number", "unit": "per 100,000 employed"}


def test_each_cell_can_be_read_as_its_type(files):
    (resource,) = json.loads(files["datapackage.json"])["resources"]
    read = {"string": str, "integer": int, "number": float}
    types = {field["name"]: read[field["type"]] for field in resource["schema"]["fields"]}
    rows = list(csv.DictReader(io.StringIO(files["table.csv"])))
    assert len(rows) == 20
    for row in rows:
        assert all(types[name](cell) is not None for name, cell in row.items() if cell != "")


def test_licence_sources_and_hash_are_those_of_the_finding(files):
    described = json.loads(files["datapackage.json"])
    assert described["profile"] == "tabular-data-package"
    assert "Eurostat" in described["licenses"][0]["title"] and len(described["sources"]) == 2
    hashed = hashlib.sha256(files[described["resources"][0]["path"]].encode()).hexdigest()
    assert described["resources"][0]["hash"] == f"sha256:{hashed}"
