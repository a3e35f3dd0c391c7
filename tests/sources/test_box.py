"""The box: published aggregates that travel with the workbench, equal to those of the mirror, with their notices."""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

import workbench as wb
from workbench.briefs.record import Printed, printed, record_of
from workbench.sources import make_box as maker
from workbench.sources.catalog import Catalog, catalog, read
from workbench.sources.download import locate, status
from workbench.sources.readers.box import contents_of_box, in_box, read_box
from workbench.terms.errors import NotAvailable, ReadError, Refused
from workbench.terms.places import bundled
from workbench.terms.tables import Report

BOX = bundled("catalogs") / "box"
BOXED = [name for name, dataset in catalog().datasets.items() if dataset.boxed]
LICENSED = (
    "Eurostat re-use policy",
    "INE re-use conditions",
    "EU-OSHA re-use with acknowledgement",
    "CC BY 4.0",
    "Open Government Licence",
)
each = pytest.mark.parametrize("name", BOXED)


@pytest.fixture
def offline(monkeypatch):
    """No mirror, and nobody who listens at the publishers' addresses."""
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    monkeypatch.setenv("WORKBENCH_LIVE_BASE", "http://127.0.0.1:1")


def rows(name: str, way: str) -> tuple[pd.DataFrame, Report]:
    """All rows of an entry by one way, and the report."""
    dataset, report = catalog()[name], Report()
    located = locate(dataset, way)
    return pd.concat(read(dataset, located.paths, report), ignore_index=True), report


def test_the_box_is_small_and_holds_what_is_written_down_of_it():
    files = {path.name: path for path in BOX.iterdir()}
    known = contents_of_box()
    assert sum(path.stat().st_size for path in files.values()) <= 6_000_000
    assert {*files} == {"NOTICE.md", "box.json", *(f"{name}.parquet" for name in known)}
    assert {*known} == {*BOXED}
    for name, table in known.items():
        content = files[f"{name}.parquet"].read_bytes()
        assert hashlib.sha256(content).hexdigest() == table["sha256"], name
        assert pq.read_metadata(files[f"{name}.parquet"]).num_rows == table["rows"], name
        assert table["sources"] and all(len(digest) == 64 for digest in table["sources"].values())


def test_the_box_holds_aggregates_whose_licence_allows_it_and_its_notices_stand_beside_them():
    notice = (BOX / "NOTICE.md").read_text(encoding="utf-8")
    for name in BOXED:
        dataset = catalog()[name]
        assert dataset.sensitivity == "aggregate" and dataset.form == "published"
        assert any(licence in dataset.licence for licence in LICENSED), name
        for words in (f"## {name}.parquet", dataset.attribution, dataset.licence, dataset.publisher):
            assert words in notice, name
    unclear = {"inail_records", "inail_regions", "spain_atr"}
    assert not unclear & {*BOXED}


@each
@pytest.mark.mirror
def test_a_table_of_the_box_is_that_of_the_mirror(name, mirror):
    (ours, our_report), (theirs, their_report) = rows(name, "bundled"), rows(name, "mirror")
    pd.testing.assert_frame_equal(ours, theirs)
    assert (our_report.rows_read, our_report.nuts_edition) == (their_report.rows_read, their_report.nuts_edition)
    assert our_report.notes[:-1] == their_report.notes
    assert {*contents_of_box()[name]["sources"].values()} == {*locate(catalog()[name], "mirror").sha256s}


@pytest.mark.mirror
def test_the_box_is_what_the_command_makes_from_the_mirror(mirror, tmp_path, monkeypatch):
    few = {name: catalog()[name] for name in ("hsw_n2_01", "lfsa_eisn2", "spain_atr", "spain_epa")}
    monkeypatch.setattr(maker, "catalog", lambda: Catalog(few))
    shutil.copy(BOX / "box.json", tmp_path)
    made = maker.make_box(tmp_path, date(2031, 1, 1))
    assert {*made} == {*few} - {"spain_atr"}
    for name in made:
        table = contents_of_box()[name]
        assert made[name]["sources"] == table["sources"]
        assert pq.read_table(tmp_path / f"{name}.parquet").equals(pq.read_table(BOX / f"{name}.parquet"))
        if made[name]["sha256"] == table["sha256"]:  # another version of Arrow may write other bytes
            assert made[name]["made"] == table["made"]


def test_a_publishers_file_with_a_fault_is_not_put_into_the_box(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    (tmp_path / "eurostat_esaw").mkdir()
    path = tmp_path / "eurostat_esaw" / "hsw_n2_02__custom_1_linear_2_0.csv"
    path.write_text("freq,nace_r2,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nA,F,NR,IT,2023,141,\nA,F,NR,ITX,2023,1,\n")
    with pytest.raises(ReadError, match="hsw_n2_02: not a whole table. 2 rows read, 1 rejected"):
        maker._make(catalog()["hsw_n2_02"], tmp_path)


@each
def test_without_a_mirror_and_a_network_a_table_of_the_box_opens(name, offline):
    assert status(catalog()[name]) == "bundled"
    located = locate(catalog()[name])
    assert (located.way, in_box(located.paths)) == ("bundled", True)


def test_a_real_figure_without_a_network_says_of_which_day_it_is(offline):
    construction = wb.Selection(regions={"IT"}, sectors={"F"}, years=(2023, 2023))
    found = wb.rates("hsw_n2_01", construction)
    assert found.frame["value"].iloc[0] == pytest.approx(2140.8, abs=0.05)
    assert not found.synthetic
    assert [source["way"] for source in found.sources] == ["bundled", "bundled"]
    day = date.fromisoformat(contents_of_box()["hsw_n2_01"]["made"])
    (note,) = (note for note in found.notes if note.startswith("hsw_n2_01: published figures that come with"))
    assert f"as of {day.day} {day:%B %Y}" in note and 'wb.load("hsw_n2_01", source="live")' in note
    assert status(catalog()["hsw_n2_01"]) == "bundled"  # although it is in the store now


def test_what_is_not_in_the_box_is_not_made_up(offline):
    with pytest.raises(NotAvailable) as caught:
        wb.rates("inail_regions", by=["nuts2"])
    message = str(caught.value)
    assert "inail_regions is not available now" in message and "WORKBENCH_MIRROR" in message
    assert "At hand without a network: published figures " in message
    assert "hsw_n2_01" in message and "synthetic ones esaw_synthetic" in message


def test_a_question_beyond_an_extract_is_answered_with_the_way_to_the_whole_table(offline):
    way = r'the whole table is fetched with wb.load\("hsw_n2_01", source="live"\)'
    for beyond in (wb.Selection(regions={"AT"}), wb.Selection(years=(1990, 1991))):
        with pytest.raises(Refused, match=way):
            wb.counts("hsw_n2_01", beyond)
    with pytest.raises(Refused, match=r"told apart by region \(NUTS 2\). They have country: divide by nuts0.$"):
        wb.counts("hsw_n2_01", by=["nuts2"])  # the whole table has no regions either
    with pytest.raises(Refused, match=r"AT \(Austria\) is not in these data: they have UK \(United Kingdom\).$"):
        wb.rates("uk_fatal_injuries", wb.Selection(regions={"AT"}))  # there is no more of it


@pytest.mark.mirror
def test_the_mirror_goes_before_the_box(mirror):
    assert locate(catalog()["hsw_n2_01"]).way == "mirror"
    assert status(catalog()["hsw_n2_01"]) == "mirror"


def test_a_mirror_that_lacks_the_files_leaves_it_to_the_box(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    assert locate(catalog()["hsw_n2_01"]).way == "bundled"


def test_the_publisher_is_asked_when_that_is_wanted_and_its_copy_goes_before_the_box(publisher):
    table = "freq,nace_r2,sex,unit,geo\\TIME_PERIOD\t2022 \nA,F,T,NR,AT\t12 \n"

    def answer(request):
        body = table.encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    publisher.answers = [answer]
    wb.load("hsw_n2_01", source="live")
    assert status(catalog()["hsw_n2_01"]) == "cached"
    found = wb.counts("hsw_n2_01", by=["nuts0"])
    assert found.frame[["nuts0", "value"]].values.tolist() == [["AT", 12]]
    assert len(publisher.asked) == 1


def test_a_damaged_table_of_the_box_is_said_to_be_one(tmp_path, monkeypatch):
    (tmp_path / "hsw_n2_02.parquet").write_bytes(b"PAR1")
    (tmp_path / "box.json").write_text(json.dumps({"hsw_n2_02": contents_of_box()["hsw_n2_02"]}))
    for name in ("hsw_n2_02", "hsw_n2_01"):
        with pytest.raises(ReadError, match=f"The table {name} of the box is damaged. Install the workbench again"):
            list(read_box([tmp_path / f"{name}.parquet"], Report()))


def test_a_catalogue_of_ones_own_has_no_box(tmp_path):
    document = yaml.safe_load((bundled("catalogs") / "eurostat.yml").read_text(encoding="utf-8"))
    document["entries"] = {"mine": document["entries"]["hsw_n2_02"]}
    document["aliases"] = {"mine": "mine"}
    document["entries"]["mine"]["kwargs"]["name"] = "mine"
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "hsw_n2_02.parquet").write_text("nace_r2,unit,geo\\TIME_PERIOD\t2023 \nF,NR,AT\t5 \n")
    (tmp_path / "mine.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    dataset = catalog(tmp_path / "mine.yml", alone=True)["mine"]
    assert not dataset.boxed
    (frame,) = read(dataset, locate(dataset, "bundled").paths, Report())
    assert frame["accidents"].tolist() == [5.0]


def test_the_box_is_no_place_for_records_of_persons():
    for path in Path(BOX).glob("*.parquet"):
        assert "margin" in pq.read_schema(path).names


@pytest.mark.usefixtures("offline")
def test_flags_of_accidents_and_people_are_counted_on_the_rates_that_carry_them():
    """Transport in Italy: Eurostat marks the accidents of 2020 with b, and the employed of 2021."""
    transport = wb.Selection(regions={"IT"}, sectors={"H"}, years=(2020, 2021))
    found = wb.rates("hsw_n2_01", transport, by=["year"])
    assert found.frame["count"].tolist() == [19_422, 29_220]
    assert found.frame["exposure"].tolist() == [1_114_200, 1_141_300]
    assert found.frame["flag"].tolist() == ["b", "b"]
    assert "Flag b (break in series) on 2 of 2 values." in found.notes
    assert not any("on 1 of 2 values" in note for note in found.notes)


@pytest.mark.usefixtures("offline")
def test_a_count_whose_people_are_not_known_is_printed_without_a_rate():
    """No accident in Italian transport was of unknown sex: a figure of Eurostat's, and nobody is employed so."""
    transport = wb.Selection(regions={"IT"}, sectors={"H"}, years=(2023, 2023))
    record = record_of(wb.rates("hsw_n2_01", transport, by=["sex"]), "of_sex")
    assert printed(record.row("UNK")) == Printed("", "", "", "0", "")
    assert printed(record.row("M")).count == "25,008"
