import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from pytest import approx
from typer.main import get_command

from workbench import cli, store
from workbench.cli.output import say
from workbench.sources.catalog import catalog
from workbench.study import health
from workbench.terms import places

pytestmark = pytest.mark.xdist_group("cli")
TWIN = "esaw_synthetic"
FIELDS = (
    "DataAccadimento", "DataMorte", "LuogoAccadimento", "Genere", "Eta", "ModalitaAccadimento",
    "SettoreAttivitaEconomica", "Gestione", "DefinizioneAmministrativa", "DefinizioneAmministrativaEsitoMortale",
    "Indennizzo", "GradoMenomazione", "GiorniIndennizzati",
)  # fmt: skip
GOOD = ("19/07/2021", "", "058", "F", "55", "N", "N 81", "I", "P", "ND", "TE", "-1", "43")
COMMUTING = ("20/07/2021", "", "017", "M", "31", "S", "F 43", "I", "N", "ND", "NE", "-1", "0")
NO_DATE = ("31/02/2021", *GOOD[1:])


@dataclass(frozen=True)
class Said:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture(scope="module")
def twins_home(tmp_path_factory) -> Path:
    """One home for all questions to the twin, so that it is read once."""
    return tmp_path_factory.mktemp("twin")


@pytest.fixture
def workbench(monkeypatch, capsys, own_home):
    """Call the command line in this process."""

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["workbench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(ended.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture
def twin(workbench, monkeypatch, twins_home):
    """Ask a command about the synthetic twin."""
    monkeypatch.setenv("WORKBENCH_HOME", str(twins_home))
    return lambda command, *arguments: workbench(command, TWIN, *arguments)


@pytest.fixture
def no_mirror(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


def own_file(folder: Path, *records: tuple[str, ...]) -> Path:
    """A file in the layout of INAIL's half-yearly records, made by hand."""
    path = folder / "own.csv"
    path.write_text("\n".join(";".join(fields) for fields in (FIELDS, *records)) + "\n", encoding="utf-8")
    return path


def test_the_commands_are_those_of_the_design():
    assert set(get_command(cli.app).commands) >= {
        "datasets",
        "load",
        "rates",
        "counts",
        "trend",
        "interrupted",
        "forecast",
        "change",
        "check",
        "synthesise",
        "app",
        "lab",
        "doctor",
    }


def test_help_says_what_each_command_does(workbench):
    said = workbench("--help")
    assert said.code == 0
    for name, command in get_command(cli.app).commands.items():
        assert name in said.out
        assert command.help
        assert workbench(name, "--help").code == 0


def test_the_version_is_that_of_the_package(workbench):
    from workbench import __version__

    said = workbench("--version")
    assert (said.code, said.out, said.err) == (0, f"osh-workbench {__version__}\n", "")


# --- datasets


def test_datasets_lists_every_entry_with_where_it_comes_from(workbench, no_mirror):
    said = workbench("datasets")
    assert (said.code, said.err) == (0, "")
    columns = ["name", "kind", "figures", "publisher", "years", "geography", "licence", "status"]
    assert said.out.split()[:8] == columns
    lines = said.out.splitlines()
    assert lines[1].split()[:3] == ["esener_2019", "survey", "real"]  # what comes along goes first
    (twin,) = (line for line in lines if line.startswith(f"{TWIN} "))
    assert twin.split()[2] == "synthetic"
    assert max(map(len, lines)) <= 120
    for name in (TWIN, "inail_records", "spain_atr", "esener_2019", "wristbands"):
        (line,) = (line for line in lines if line.startswith(f"{name} "))
        assert line.endswith(("bundled", "live", "mirror (not set)"))


def test_what_a_terminal_would_obey_is_written_out(workbench, capsys):
    said = workbench("rates", "esaw\x1b]0;title\x07_synthetic\x9b31m")
    assert said.code == 2
    assert not {"\x1b", "\x07", "\x9b"} & set(said.err)
    say("a\x1b[2Jb\tc\r\nd")
    assert capsys.readouterr().out == "a\\x1b[2Jb\tc\\r\nd\n"


def test_datasets_as_json_is_the_same_by_both_spellings(workbench, no_mirror):
    said = workbench("datasets", "--json")
    assert said == workbench("datasets", "--format", "json")
    entries = {entry["name"]: entry for entry in said.json["datasets"]}
    assert {"name", "title", "kind", "publisher", "years", "geography", "licence", "status"} <= set(entries[TWIN])
    assert {e["status"] for e in entries.values()} == {"bundled", "live", "registration", "mirror (not set)"}
    assert (entries[TWIN]["status"], entries["ewcs_2015"]["status"]) == ("bundled", "registration")
    assert entries["spain_atr"]["status"] == "mirror (not set)"


def test_what_was_loaded_is_cached(workbench, no_mirror, tmp_path):
    def said(name: str) -> str:
        return next(e["status"] for e in workbench("datasets", "--json").json["datasets"] if e["name"] == name)

    records = tmp_path / "records.txt"
    records.write_text(esaw_record() + "\n")
    assert [said("inail_records"), said("esaw_microdata"), said(TWIN)] == ["live", "registration", "bundled"]
    for name, path in {"inail_records": own_file(tmp_path, GOOD), "esaw_microdata": records, TWIN: None}.items():
        assert workbench("load", name, *(["--from", path] if path else [])).code == 0
    assert [said("inail_records"), said("esaw_microdata"), said(TWIN)] == ["cached", "cached", "bundled"]
    assert "  inail_records: cached" in workbench("doctor").out.splitlines()
    assert "  spain_atr: mirror (not set)" in workbench("doctor").out.splitlines()


def test_datasets_for_a_data_portal_are_those_that_were_searched_for(workbench):
    said = workbench("datasets", "--search", "construction site wristbands", "--format", "dcat-ap").json
    assert said["@type"] == "dcat:Catalog"
    assert [d["dct:identifier"] for d in said["dcat:dataset"]] == ["wristbands"]


@pytest.mark.parametrize("columns", ["80", "140"])
def test_datasets_fit_the_width_of_a_terminal(workbench, monkeypatch, columns):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    lines = workbench("datasets").out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert any(line.startswith("esener_2009_microdata ") for line in lines)


def test_datasets_can_be_searched(workbench):
    assert [
        e["name"] for e in workbench("datasets", "--search", "construction site wristbands", "--json").json["datasets"]
    ] == ["wristbands"]
    assert workbench("datasets", "--search", "no such thing", "--json").json["datasets"] == []


def test_a_search_that_finds_nothing_says_so(workbench):
    said = workbench("datasets", "--search", "no such thing")
    assert said.code == 0
    assert "DataFrame" not in said.out


# --- load


def test_load_says_what_was_read(workbench):
    said = workbench("load", TWIN)
    rows = len(pd.read_parquet(places.bundled("catalogs") / "data" / f"{TWIN}.parquet", columns=["year"]))
    assert said.code == 0
    assert f"{rows:,} rows read, 0 rejected" in said.out


def test_load_as_json_is_one_object(workbench, tmp_path):
    said = workbench("load", "inail_records", "--from", own_file(tmp_path, GOOD, COMMUTING), "--format", "json")
    assert said.code == 0
    found = said.json
    assert {"table", "rows", "rows_read", "rejected", "reasons", "notes", "provenance"} <= set(found)
    assert (found["rows"], found["rows_read"], found["rejected"]) == (2, 2, 0)
    assert found["breakdown"]["commuting"] == {"N": None, "S": None}  # records of persons: fewer than ten of each
    assert found["provenance"]["way"] == "file"


def test_a_file_of_ones_own_with_a_bad_record_is_kept_without_it_and_ends_with_1(workbench, tmp_path):
    path = own_file(tmp_path, GOOD, NO_DATE, COMMUTING)
    said = workbench("load", "inail_records", "--from", path)
    assert said.code == 1
    assert "3 rows read, 1 rejected" in said.out
    assert "row 2: DataAccadimento: not a date (dd/mm/yyyy)" in said.out
    (kept,) = store.manifests()
    frame = store.read(kept.table)
    assert sorted(frame["nuts"]) == ["ITC47", "ITI43"]
    assert sorted(frame["commuting"]) == ["N", "S"]


def test_a_page_in_place_of_data_is_the_datas_fault_and_nothing_is_stored(workbench, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("<html><body>Service unavailable</body></html>", encoding="utf-8")
    said = workbench("load", "inail_records", "--from", path)
    assert (said.code, said.out) == (1, "")
    assert "own.csv is a web page, not data" in said.err
    assert store.manifests() == []


def test_a_load_that_fails_leaves_what_was_loaded_before(workbench, tmp_path):
    assert workbench("load", "inail_records", "--from", own_file(tmp_path, GOOD, COMMUTING)).code == 0
    before = store.manifests()
    said = workbench("load", "inail_records", "--from", own_file(tmp_path, NO_DATE))
    assert said.code == 1
    assert "no row could be read" in said.err
    assert store.manifests() == before
    assert len(store.read(before[0].table)) == 2


@pytest.mark.parametrize("begun", ["the folder is made", "rows are written"])
def test_killing_a_load_leaves_the_store_as_it_was(workbench, tmp_path, own_home, begun):
    assert workbench("load", "inail_records", "--from", own_file(tmp_path, GOOD, COMMUTING)).code == 0
    (before,) = store.manifests()
    base = own_home / "tables" / before.table
    told, rows = (base / "manifest.json").read_bytes(), store.read(before.table)
    large = own_file(tmp_path, *[GOOD] * 300_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "load", "inail_records", "--from", str(large)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pattern = ".*" if begun == "the folder is made" else ".*/*.parquet"
    until = time.monotonic() + 60
    while not any(base.glob(pattern)) and time.monotonic() < until:
        assert process.poll() is None, "the load ended before it could be interrupted"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert (base / "manifest.json").read_bytes() == told
    pd.testing.assert_frame_equal(store.read(before.table), rows)
    assert store.manifests() == [before]
    assert workbench("load", "inail_records", "--from", own_file(tmp_path, COMMUTING)).code == 0
    assert list(store.read(before.table)["sex"]) == ["M"]


@pytest.mark.mirror
def test_calabria_of_the_mirror(workbench, mirror):
    said = workbench("load", "inail_records", "--source", "mirror", "--set", "region=Calabria")
    assert said.code == 0
    assert "2,374 rows read, 0 rejected" in said.out
    assert "commuting: N 2,100, S 280" in said.out  # of records of persons in tens
    assert "FAT fewer than 10" in said.out


# --- rates


def test_rates_as_json_is_one_object_with_the_documented_keys(twin):
    said = twin("rates", "--by", "nace1", "--years", "2018:2018", "--format", "json")
    assert (said.code, said.err) == (0, "")
    found = said.json
    assert {"frame", "columns", "notes", "sources", "withheld"} <= set(found)
    assert all(
        {"nace1", "value", "low", "high", "count", "exposure", "per", "flag"} <= set(row) for row in found["frame"]
    )
    assert set(found["columns"]) == set(found["frame"][0])
    assert found["columns"]["value"] == "per 100,000 employed"
    assert found["withheld"] == 0
    assert any("Synthetic data" in note for note in found["notes"])
    assert "Synthetic data set" in found["sources"][0]["citation"]


def test_rates_are_the_counts_and_workers_of_the_bundled_files(twin):
    """Against plain pandas on the two files."""
    folder = places.bundled("catalogs") / "data"
    accidents, employed = (
        pd.read_parquet(folder / f"{name}.parquet").query("year == 2018").groupby("nace1")[measure].sum().astype(float)
        for name, measure in ((TWIN, "accidents"), (f"{TWIN}_employed", "employed"))
    )
    found = pd.DataFrame(twin("rates", "--by", "nace1", "--years", "2018", "--format", "json").json["frame"])
    found = found.set_index("nace1")
    assert found["count"].to_dict() == approx(accidents.to_dict())
    assert found["exposure"].to_dict() == approx(employed.to_dict())
    assert found["value"].to_dict() == approx((100_000 * accidents / employed).to_dict())
    assert (found["low"] < found["value"]).all()
    assert (found["value"] < found["high"]).all()


def test_csv_holds_the_same_rows_as_json(twin):
    question = ("rates", "--by", "nuts0,sex", "--where", "nace1=F", "--years", "2020:2022", "--format")
    rows = list(csv.DictReader(io.StringIO(twin(*question, "csv").out)))
    frame = twin(*question, "json").json["frame"]
    assert len(rows) == len(frame) == 54
    for row, same in zip(rows, frame, strict=True):
        assert (row["nuts0"], row["sex"], row["flag"]) == (same["nuts0"], same["sex"], same["flag"])
        assert float(row["value"]) == approx(same["value"])


def test_the_table_says_its_finding_its_caveats_and_its_source(twin):
    said = twin("rates", "--by", "sex", "--where", "nace1=F", "--where", "nuts0=IT")
    assert said.code == 0
    assert said.out.startswith(
        "Synthetic data. Accident rate, construction (F), Italy, 2010 to 2023: highest Men, 3,263.2 per 100,000"
    )
    assert "- Exposure is treated as known without error." in said.out
    assert said.out.rstrip().splitlines()[-1].startswith("Source: OSH Workbench")


def test_where_takes_several_codes_and_restricts(twin):
    one, other, both = (
        twin("rates", "--where", f"nace1={codes}", "--years", "2018", "--format", "json").json["frame"][0]["count"]
        for codes in ("C", "F", "C,F")
    )
    assert both == approx(one + other)


def test_per_scales_the_rate(twin):
    (plain,), (scaled,) = (
        twin("rates", "--years", "2018", "--per", per, "--format", "json").json["frame"] for per in (100_000, 1_000)
    )
    assert scaled["value"] == approx(plain["value"] / 100)
    assert scaled["per"] == 1_000


@pytest.mark.parametrize("per", [0, -5])
def test_a_rate_is_per_some_persons(twin, per):
    assert twin("rates", "--years", "2018", "--per", per).code == 2


@pytest.mark.parametrize(("by", "there"), [("nuts3", "nuts2"), ("nace2", "nace1")])
def test_a_level_finer_than_the_data_is_refused(twin, by, there):
    said = twin("rates", "--by", by, "--years", "2018")
    assert (said.code, said.out) == (2, "")
    assert there[:-1] in said.err


@pytest.mark.mirror
def test_regions_that_were_not_loaded_are_never_zero(workbench, mirror, tmp_path):
    assert workbench("load", "inail_records", "--from", own_file(tmp_path, GOOD, COMMUTING)).code == 0
    said = workbench("rates", "inail_records", "--by", "nuts2", "--years", "2021", "--format", "json")
    assert said.code == 2 or not [
        row for row in said.json["frame"] if row["nuts2"] == "ITF6" and row["state"] == "zero"
    ]


@pytest.mark.mirror
def test_twenty_regions_of_italy_with_trento_and_bolzano_as_one(workbench, mirror):
    said = workbench("rates", "inail_regions", "--by", "nuts2", "--years", "2023:2023", "--format", "json")
    assert said.code == 0
    rows = {row["nuts2"]: row for row in said.json["frame"]}
    assert len(rows) == 20
    assert "ITH1+ITH2" in rows
    assert not rows.keys() & {"ITH1", "ITH2"}
    for row in rows.values():
        assert row["low"] < row["value"] < row["high"]
        assert row["value"] == approx(row["per"] * row["count"] / row["exposure"])
    assert (rows["ITF6"]["count"], rows["ITF6"]["exposure"]) == (8_683, 519_600)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("call", "told"),
    {
        ("inail_regions", "--where", "nuts2=ITH1"): "ITH1 lies in ITH1+ITH2",
        (
            "spain_atr",
            "--by",
            "nuts2",
            "--where",
            "nuts2=ITF6",
        ): "ITF6 (Calabria) is not in these data: they have ES (Spain).",
        ("spain_atr", "--where", "nuts2=ITF6"): "ITF6 (Calabria) is not in these data: they have ES (Spain).",
        ("spain_atr", "--by", "nuts2", "--where", "nace1=C"): "By nuts2: These data have A, F, B-E, G-U; C lies in B-E",
    }.items(),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_refusal_names_what_to_ask_for_instead(workbench, mirror, call, told):
    said = workbench("rates", *call)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


@pytest.mark.mirror
def test_a_sample_is_never_divided_by_all_employed(workbench, mirror):
    assert workbench("load", "inail_records", "--source", "mirror", "--set", "region=Calabria").code == 0
    said = workbench("rates", "inail_records", "--by", "nuts3,sex")
    assert (said.code, said.out) == (2, "")
    assert "sample" in said.err


# --- counts


def test_counts_are_those_of_the_bundled_file(twin):
    """Against plain pandas on the file."""
    rows = pd.read_parquet(places.bundled("catalogs") / "data" / f"{TWIN}.parquet").query("year == 2018")
    by_section = rows.groupby("nace1")["accidents"].sum().astype(float)
    found = twin("counts", "--by", "nace1", "--years", "2018", "--format", "json").json
    frame = pd.DataFrame(found["frame"]).set_index("nace1")
    assert frame["value"].to_dict() == approx(by_section.to_dict())
    assert frame["count"].to_dict() == approx(by_section.to_dict())
    assert frame["low"].isna().all()
    assert found["columns"]["value"] == "accidents"


def test_counts_of_another_measure_and_restriction(workbench, monkeypatch, twins_home):
    monkeypatch.setenv("WORKBENCH_HOME", str(twins_home))
    question = (f"{TWIN}_employed", "--where", "nace1=F", "--years", "2018")
    named = workbench("counts", *question, "--measure", "employed", "--format", "json").json["frame"]
    rows = pd.read_parquet(places.bundled("catalogs") / "data" / f"{TWIN}_employed.parquet")
    assert named[0]["value"] == approx(rows.query("year == 2018 and nace1 == 'F'")["employed"].sum())
    assert workbench("counts", *question, "--format", "json").json["frame"] == named


# --- what a table looks like


def test_a_table_says_its_unit_once_and_shows_whole_people(twin):
    lines = twin("rates", "--by", "nuts0", "--where", "nace1=F", "--years", "2022").out.splitlines()
    assert lines[1] == "value: per 100,000 employed"
    assert lines[2].split() == ["nuts0", "nuts0_label", "value", "low", "high", "count", "exposure"]
    assert lines[3].split() == ["AT", "Austria", "2,949.5", "2,885.5", "3,014.5", "8,086", "274,150"]
    assert sum(line.startswith("- ") for line in lines) + 3 + 27 + 1 == len(lines)  # one line for each row and note


@pytest.mark.parametrize("columns", ["80", "140"])
@pytest.mark.parametrize("command", ["rates", "counts"])
def test_answers_fit_the_width_of_a_terminal(workbench, twin, monkeypatch, columns, command):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", columns)
    lines = twin(command, "--by", "nace1", "--years", "2020", "--where", "nuts0=IT").out.splitlines()
    address = [line for line in lines if "http" in line]  # is not broken
    assert max(len(line) for line in lines if line not in address) <= int(columns)
    assert any(line.startswith("G     Wholesale and retail trade; ") for line in lines)


# --- trend


def test_a_trend_has_a_line_beside_the_rates(twin):
    found = twin("trend", "--where", "nace1=F", "--format", "json").json
    assert [row["year"] for row in found["frame"]] == list(range(2010, 2024))
    assert {"fit", "fit_low", "fit_high", "segment"} <= set(found["frame"][0])
    assert "% a year" in found["summary"]


@pytest.mark.mirror
def test_the_trend_of_spain_is_cut_in_2019(workbench, mirror):
    said = workbench("trend", "spain_atr", "--format", "json")
    assert said.code == 0
    segments = {row["year"]: row["segment"] for row in said.json["frame"]}
    assert segments[2018] != segments[2019]
    assert "The series breaks at 2019" in said.json["summary"]


# --- interrupted, forecast, change


def test_a_change_at_a_date_has_two_lines_beside_the_rates(twin):
    education = ("--at", 2020, "--where", "nace1=P", "--where", "nuts0=DE")
    found = twin("interrupted", *education, "--format", "json").json
    rows = {row["year"]: row for row in found["frame"]}
    assert rows[2019]["counterfactual"] is None and rows[2020]["counterfactual"] > rows[2020]["fit"]
    assert found["summary"].startswith("Synthetic data. From 2020 the level was 0.7")
    said = twin("interrupted", *education, "--no-slope")
    assert (said.code, said.err) == (0, "")
    assert "Compared with the earlier trend" not in said.out


def test_a_forecast_says_how_good_it_was_before(twin):
    found = twin("forecast", "--where", "nace1=F", "--horizon", 2, "--format", "json").json
    ahead = [row for row in found["frame"] if row["ahead"]]
    assert [(row["year"], row["flag"]) for row in ahead] == [(2024, "f"), (2025, "f")]
    assert "Tried on the last 5 years" in found["summary"]
    said = twin("forecast", "--where", "nace1=F", "--method", "naive", "--format", "csv")
    assert said.out.splitlines()[-1].startswith("2026,")


def test_a_change_of_level_has_a_date_and_its_range(twin):
    found = twin("change", "--where", "nace1=J", "--format", "json").json
    assert sum(row["posterior"] or 0 for row in found["frame"]) == approx(1)
    assert "95% range of dates: " in found["summary"]
    assert "Pettitt)" in twin("change", "--where", "nace1=J", "--standard", "sex").out


@pytest.mark.mirror
def test_spain_has_no_forecast_after_its_break(workbench, mirror):
    said = workbench("forecast", "spain_atr")
    assert (said.code, said.out) == (2, "")
    assert "Nothing is forecast across a break" in said.err


# --- compare, rank, funnel, control


def test_compare_and_rank_answer_with_ratios(twin):
    ratio = twin("compare", "--by", "sex", "--reference", "F", "--years", "2018", "--format", "json").json["frame"]
    assert [(row["sex"], row["value"] > 1) for row in ratio] == [("M", True)]
    order = twin("rank", "--where", "nuts0=FR", "--where", "severity=D_GE4", "--years", "2018", "--format", "json").json
    assert (order["frame"][0]["nuts2"], order["frame"][0]["rank_high"]) == ("FRH0", 1)


def test_a_funnel_says_how_many_are_expected_and_who_lies_outside(twin):
    france = ("--where", "nuts0=FR", "--where", "severity=D_GE4", "--years", "2018:2018")
    found = twin("funnel", *france, "--standard", "nace1,age_group", "--format", "json").json
    assert {"expected", "signal", "adjusted_signal"} <= set(found["frame"][0])
    assert [row["nuts2"] for row in found["frame"] if row["adjusted_signal"] == "high 99.8%"] == ["FRH0"]
    assert sum(row["expected"] for row in found["frame"]) == approx(sum(row["count"] for row in found["frame"]))
    said = twin("funnel", *france)
    assert (said.code, said.err) == (0, "")
    assert "groups outside the limits of chance (99.8%)" in said.out


def test_a_control_chart_names_its_signals_and_its_baseline(twin):
    lombardy = ("--where", "nuts2=ITC4", "--where", "nace1=F")
    found = twin("control", *lombardy, "--baseline", "2010:2016", "--format", "json").json
    assert [row["year"] for row in found["frame"] if row["baseline"]] == list(range(2010, 2017))
    assert {"centre", "lower_limit", "upper_limit", "signal"} <= set(found["frame"][0])
    assert "Centre" in found["summary"]
    assert twin("control", *lombardy).code == 0


def test_a_share_frees_the_whole_of_a_restriction(twin):
    asked = ("--where", "nuts2=ITC4", "--where", "severity=FAT", "--share-of", "severity", "--format", "json")
    found = twin("control", *asked).json
    assert found["columns"]["value"] == "% of accidents"
    for row in found["frame"]:
        assert row["value"] == approx(100 * row["count"] / row["whole"])
    assert "Lombardia, fatal, in % of the accidents of Lombardia" in found["summary"]


FRANCE = ("--where", "nuts0=FR", "--where", "severity=D_GE4", "--years", "2018")
ASKED = {
    "regression": (*FRANCE, "--terms", "sex + nace1", "--reference", "sex=F", "--family", "quasi-poisson"),
    "smooth": (*FRANCE, "--prior", "50,50"),
    "clusters": (*FRANCE, "--statistic", "geary", "--neighbours", "linked"),
    "decompose": ("--where", "nuts0=FR", "--years", "2018", "--reference", "nuts0=DE", "--by", "nace1"),
}


@pytest.mark.parametrize("command", ASKED)
def test_these_questions_answer_as_table_csv_and_json(twin, command):
    found = twin(command, *ASKED[command], "--format", "json").json
    text = twin(command, *ASKED[command], "--format", "csv").out
    rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert [float(row["value"]) for row in rows] == approx([row["value"] for row in found["frame"]])
    said = twin(command, *ASKED[command])
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(found["summary"].split("\n")[0])


def test_what_is_asked_of_a_command_is_what_its_function_is_asked(twin):
    ratios = twin("regression", *ASKED["regression"], "--format", "json").json
    assert {row["term"] for row in ratios["frame"]} >= {"sex[M]", "nace1[C]"}
    assert "quasi-Poisson" in ratios["summary"]
    raw = {row["nuts2"]: row for row in twin("smooth", *FRANCE, "--format", "json").json["frame"]}
    given = {
        row["nuts2"]: row for row in twin("smooth", *FRANCE, "--prior", "5e6,5e6", "--format", "json").json["frame"]
    }
    mean = 100_000 * sum(row["count"] for row in raw.values()) / sum(row["exposure"] for row in raw.values())
    assert abs(given["FRH0"]["value"] - mean) < 0.05 * abs(raw["FRH0"]["value"] - mean)
    parts = {
        row["term"]: row["value"] for row in twin("decompose", *ASKED["decompose"], "--format", "json").json["frame"]
    }
    assert parts["rates"] + parts["structure"] == approx(parts["difference"])
    assert "Germany, 2018" in twin("decompose", *ASKED["decompose"]).out


def test_residuals_beyond_countries_are_tested_from_the_command_line(twin):
    found = twin(
        "clusters", "--years", "2018", "--where", "severity=D_GE4", "--terms", "nuts0", "--format", "json"
    ).json
    assert "Moran's I of residuals = " in found["summary"]
    assert any(note.startswith("Residuals of a Poisson regression on country") for note in found["notes"])


def test_shares_of_groups_are_ranked_and_judged(twin):
    asked = ("--where", "nuts0=FR", "--where", "severity=FAT", "--years", "2015:2020", "--share-of", "severity")
    for command in ("funnel", "rank"):
        found = twin(command, *asked, "--format", "json").json
        assert "of the accidents of France" in found["summary"] + found["question"]
        assert all(row["nuts2"].startswith("FR") and row["whole"] > row["count"] for row in found["frame"])
    limits = twin("funnel", *asked, "--limits", "wilson")
    assert (limits.code, limits.err) == (0, "") and "Wilson limits" in limits.out
    first = twin("rank", *asked, "--prior", "1,1000", "--format", "json").json["frame"][0]
    assert first["value"] != approx(found["frame"][0]["value"], rel=1e-6)


def test_counts_alone_have_a_chart_and_ratios_another_method(twin):
    found = twin("control", "--where", "nuts2=ITC4", "--where", "severity=FAT", "--chart", "c", "--format", "json").json
    assert found["columns"]["value"] == "accidents"
    assert all(row["value"] == row["count"] and row["exposure"] is None for row in found["frame"])
    few = ("--where", "nuts0=MT", "--where", "severity=FAT", "--years", "2010:2020", "--format", "json")
    ratios = [twin("compare", *few, "--method", name).json["frame"][0] for name in ("mid-p", "median-unbiased")]
    assert ratios[0]["low"] == ratios[1]["low"] and ratios[0]["value"] != ratios[1]["value"]


# --- check, synthesise


def esaw_record(status: str = "311") -> str:
    """A record of 81 characters, made by hand."""
    return f"2023000012341207134102153ITI43202302140921{status}01710212241000033140142140100100000" + "0"


def test_a_record_that_follows_the_rules_passes(workbench, tmp_path):
    path = tmp_path / "records.txt"
    path.write_text(esaw_record() + "\n")
    said = workbench("check", path)
    assert said.code == 0
    assert "(esaw81): 1 record, 0 fail a rule, 0 more are doubtful." in said.out


def test_a_record_that_breaks_a_rule_ends_with_1_and_says_which(workbench, tmp_path):
    path = tmp_path / "records.txt"
    path.write_text(f"{esaw_record()}\n{esaw_record(status='330')}\n")
    said = workbench("check", path)
    assert said.code == 1
    assert "2 records, 1 fails a rule, 0 more are doubtful." in said.out
    assert "record 2, employment_status" in said.out
    assert isinstance(workbench("check", path, "--format", "json").json, dict)


def test_a_delivery_is_held_against_its_metadata(workbench, tmp_path):
    records, metadata = tmp_path / "it.txt", tmp_path / "it.metadata.yml"
    records.write_text(esaw_record() + "\n")
    said = workbench("check", records, "--metadata", metadata)
    assert said.code == 1
    assert "`workbench metadata COUNTRY YEAR` prints a form" in said.err

    metadata.write_text(workbench("metadata", "IT", 2023).out)
    said = workbench("check", records, "--metadata", metadata)
    assert said.code == 1
    assert "0 fail a rule" in said.out
    assert "1. Population covered, by NACE section and employment status: missing. The part is missing." in said.out
    assert "No record of sections A, B, C, D, E, G" in said.out
    assert not workbench("check", records, "--metadata", metadata, "--format", "json").json["delivery"]["complete"]


@pytest.mark.parametrize(
    ("country", "year", "words"), [("GR", 2023, "Close to it|EL for Greece"), ("IT", 23, "four digits")]
)
def test_a_form_for_metadata_needs_a_country_and_a_year(workbench, country, year, words):
    said = workbench("metadata", country, year)
    assert (said.code, said.out) == (2, "")
    assert re.search(words, said.err)


def test_lines_of_every_wrong_length_are_judged_and_loaded_as_json(workbench, tmp_path):
    path, good = tmp_path / "records.txt", esaw_record()
    path.write_text(
        "\n".join([good, good[:-1], good + "0", "", good[:-1] + "é", "é" + good[1:-1]]) + "\n", encoding="utf-8"
    )
    said = workbench("check", path, "--format", "json")
    assert (said.code, said.err) == (1, "")
    assert (said.json["records"], said.json["failed"]) == (6, 5)
    said = workbench("load", "esaw_microdata", "--from", path, "--format", "json")
    assert (said.code, said.err) == (1, "")
    assert (said.json["rows"], said.json["rejected"]) == (1, 5)
    assert [one["row"] for one in said.json["first"]] == [2, 3, 4, 5, 6]


def test_the_same_seed_makes_the_same_records(workbench, tmp_path):
    made = [tmp_path / name for name in ("one.parquet", "again.parquet", "other.parquet")]
    for path, seed in zip(made, (7, 7, 8), strict=True):
        said = workbench("synthesise", "--rows", 10_000, "--seed", seed, "--out", path)
        assert said.code == 0
        assert "10,000 synthetic records" in said.out
    one, again, other = map(pd.read_parquet, made)
    pd.testing.assert_frame_equal(one, again)
    assert len(one) == 10_000
    assert not one.equals(other)


# --- what goes wrong


WRONG = {
    ("rates", "esaw_syntetic"): "is not a known data set. Close to it: esaw_synthetic",
    (
        "rates",
        TWIN,
        "--by",
        "region",
    ): "'region' is not a known dimension. This data set has: nuts0, nuts1, nuts2, nace1",
    (
        "rates",
        TWIN,
        "--where",
        "region=IT",
    ): "'region' is not a known dimension. This data set has: nuts0, nuts1, nuts2",
    ("rates", TWIN, "--where", "nace1=41"): "These data are by section; 41 lies in F (Construction): ask for F.",
    ("rates", TWIN, "--where", "sex=Women"): "It is the label of F: write the code",
    ("rates", TWIN, "--where", "severity=fatal"): "It is the label of FAT: write the code",
    ("rates", TWIN, "--by", "nuts2,nuts2"): "divides by one dimension twice",
    ("rates", TWIN, "--by", "status"): "esaw_synthetic_employed has no employment status",
    ("rates", TWIN, "--by", "size,sex"): "has no table by all of sex, size of the enterprise together",
    ("rates", TWIN, "--where", "nace1=ZZ"): "'ZZ' is not a known NACE Rev. 2 code",
    ("rates", TWIN, "--where", "nace1"): "'nace1' is not of the form name=value",
    ("rates", TWIN, "--where", "age_group=young"): "'young' is not a known age group",
    ("rates", TWIN, "--years", "last"): "Write years as 2019:2023",
    ("rates", TWIN, "--years", "2023:2019"): "2023 comes after 2019",
    ("rates", TWIN, "--years", "1900:1901"): "has the years 2010 to 2023; 1900-1901 lies outside",
    ("rates", TWIN, "--exposure", "nothing"): "'nothing' is not a known data set",
    ("rates", TWIN, "--format", "xml"): "--format is one of table, csv, json, not 'xml'",
    ("rates", f"{TWIN}_employed"): "has neither accidents nor a published rate",
    ("trend", TWIN, "--aapc", "2015:2018"): "leave aapc, or give joinpoints",
    ("trend", TWIN, "--joinpoints", "1", "--aapc", "ten"): "Write years as 2019:2023.",
    ("trend", TWIN, "--joinpoints", "1", "--placement", "free"): "There are: grid, continuous.",
    ("change", TWIN, "--seasonal"): "has no months, or they are not counted here",
    ("funnel", TWIN, "--method", "wald"): "method='wald' is not known. There are: exact, byar",
    ("trend", TWIN, "--years", "2018:2018"): "A trend needs at least 3 years",
    ("interrupted", TWIN): "Missing option '--at'",
    ("interrupted", TWIN, "--at", "2035"): "must leave 3 periods before it and 3 from it on",
    ("interrupted", TWIN, "--at", "2020-03"): "goes by years, and '2020-03' is not one",
    ("forecast", TWIN, "--years", "2020:2023"): "2020 to 2023 (4 years); 6 years are needed",
    ("forecast", TWIN, "--method", "oracle"): "method='oracle' is not known. There are: ets",
    ("change", TWIN, "--years", "2021:2023"): "of 4 years at least. There is: 2021 to 2023 (3 years)",
    ("funnel", TWIN, "--by", "nuts2,sex"): "side by side along one dimension",
    ("funnel", TWIN, "--standard", "nuts2"): "nuts2 divides the groups, so they cannot be standardised by it",
    ("control", TWIN, "--by", "nuts2"): "A control chart follows time; nuts2 is no period",
    ("control", TWIN, "--baseline", "2030:2040"): "holds 0 periods with a figure",
    ("control", TWIN, "--share-of", "severity"): "is all of what it should be a share of",
    ("control", TWIN, "--chart", "p"): "A p chart does not fit: rates take u",
    ("control", TWIN, "--chart", "np"): "chart='np' is not known. There are: u, p, c",
    ("compare", TWIN, "--method", "guess"): "method='guess' is not known. There are: exact, mid-p, log-normal, median",
    ("regression", TWIN): "Missing option '--terms'. Give the dimensions of the model, joined by + and *",
    ("regression", TWIN, "--terms", "sex", "--separation", "keep"): "separation='keep' is not known",
    ("smooth", TWIN, "--prior", "1,2,3"): "Write --prior as likelihood, moments, or as two numbers",
    ("smooth", TWIN, "--prior", "guess"): "prior='guess' is not known. There are: likelihood, moments",
    ("smooth", TWIN, "--local", "--prior", "moments"): "give local or a prior, not both",
    ("clusters", TWIN, "--terms", "sex"): "The residuals of nuts2 can be those of coarser levels of regions",
    ("clusters", TWIN, "--neighbours", "rook"): "neighbours='rook' is not known. There are: queen, linked, nearest.",
    ("clusters", TWIN, "--by", "sex"): "Only regions have neighbours",
    ("decompose", TWIN): "Missing option '--reference'",
    ("funnel", TWIN, "--share-of", "severity"): "is all of what it should be a share of",
    ("funnel", TWIN, "--by", "year"): "Years follow each other and are no groups",
    ("rank", TWIN, "--by", "year"): "Years follow each other and are no groups",
    ("control", TWIN, "--share-of", "fatal"): "'fatal' is not a known dimension",
    ("load", TWIN, "--format", "xml"): "--format is one of text, json",
    ("load", TWIN, "--source", "moon"): "'moon' is not a known source. There are: auto, bundled, mirror, live",
    ("load", TWIN, "--from", "nowhere.csv"): "There is no file nowhere.csv",
    ("load", TWIN, "--set", "region=Calabria"): "'region' is not a known parameter",
    ("load", "inail_records"): "comes in parts: say which region. There are: Abruzzo",
    ("load", "inail_records", "--set", "region=Lombardy"): "is not a known region of inail_records",
    ("load", "ewcs_2015"): "after registration only",
    ("check", __file__, "--layout", "moon"): "moon",
    ("synthesise", "--rows", "-1"): "1 to 100,000,000 records, not -1",
    ("datasets", "--format", "xml"): "--format is one of table, json, dcat-ap",
    ("app", "--dataset", "nothing"): "'nothing' is not a known data set",
    ("rates",): "Missing argument",
    ("rates", TWIN, "--nonsense"): "No such option: --nonsense",
    (
        "counts",
        TWIN,
        "--measure",
        "deaths",
    ): "'deaths' is not a known measure. Close to it: accidents. There are: accidents",
    ("load", TWIN, "--from", str(Path(__file__).parent)): "is a folder; name the file in it. It holds: conftest.py",
    ("synthesise", "--out", "z.csv"): "let z.csv end in .parquet, or name a folder without a dot",
    ("synthesise", "--out", "/no/such/dir/x.parquet"): "There is no folder /no/such: dir cannot be made in it",
    ("nonsense",): "No such command 'nonsense'",
}


@pytest.mark.parametrize(
    ("call", "told"),
    WRONG.items(),
    ids=[" ".join(call).replace(__file__, "FILE").replace(str(Path(__file__).parent), "FOLDER") for call in WRONG],
)
def test_a_wrong_call_is_answered_in_plain_words_and_ends_with_2(workbench, monkeypatch, twins_home, call, told):
    monkeypatch.setenv("WORKBENCH_HOME", str(twins_home))
    said = workbench(*call)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_file_that_is_not_there_is_the_calls_fault(workbench):
    said = workbench("check", "nowhere.txt")
    assert "nowhere.txt" in said.err
    assert said.code == 2


def test_a_year_that_is_none_is_answered_in_plain_words(twin):
    said = twin("rates", "--where", "year=abc")
    assert said.code == 2


def test_what_is_not_here_says_how_to_get_it(workbench, no_mirror):
    said = workbench("load", "spain_atr")
    assert (said.code, said.out) == (2, "")
    assert "spain_atr is not available now" in said.err
    assert "WORKBENCH_MIRROR" in said.err
    assert "At hand without a network: published figures esener_2019, " in said.err
    assert f"; synthetic ones {TWIN}, " in said.err


def test_a_home_that_is_a_file_is_answered_in_plain_words(workbench, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file"))
    for call in (("rates", TWIN), ("load", TWIN)):
        said = workbench(*call)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("workbench: Nothing can be kept in ")
    assert workbench("datasets").code == 0
    assert workbench("doctor").code == 0


def test_a_home_without_room_for_notebooks_is_named(workbench, monkeypatch, installed, jupyter, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file"))
    said = workbench("lab")
    assert (said.code, said.out, jupyter) == (2, "", [])
    assert said.err.startswith(f"workbench: Nothing can be kept in {tmp_path / 'file'}: ")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied", "/somebody"), "workbench: /somebody: Permission denied\n"),
        (OSError(28, "No space left on device"), "workbench: the system says: No space left on device\n"),
        (OSError("it is broken"), "workbench: the system says: it is broken\n"),
    ],
    ids=["with a path", "without one", "words alone"],
)
def test_what_only_the_system_knows_is_passed_on_in_its_words(workbench, monkeypatch, error, told):
    def broken(**_options):
        raise error

    monkeypatch.setattr(health, "examine", broken)
    assert workbench("doctor") == Said(2, "", told)


def in_a_process(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments], text=True, timeout=120, stderr=subprocess.PIPE, **options
    )


def test_debug_shows_the_traceback_and_the_same_message(own_home):
    said = in_a_process("--debug", "rates", "nothing", stdout=subprocess.PIPE)
    assert said.returncode != 0
    assert "Traceback (most recent call last)" in said.stderr
    assert "UnknownName: 'nothing' is not a known data set" in said.stderr


def test_debug_does_not_change_the_exit_code(own_home):
    assert in_a_process("--debug", "rates", "nothing", stdout=subprocess.PIPE).returncode == 2


def test_a_reader_of_the_output_may_leave_early(own_home):
    reader, writer = os.pipe()
    os.close(reader)
    said = in_a_process("datasets", stdout=writer)
    os.close(writer)
    assert "Traceback" not in said.stderr


# --- app, lab, doctor


def test_app_serves_the_explorer(served):
    port = served("app")
    with urllib.request.urlopen(f"http://localhost:{port}/", timeout=60) as page:
        assert page.status == 200
        assert "<title>OSH Workbench</title>" in page.read().decode()


def test_app_opens_published_figures_that_need_no_network_first():
    options = {parameter.name: parameter for parameter in get_command(cli.app).commands["app"].params}
    first = catalog()[options["dataset"].default]
    assert first.boxed and first.figures == "real" and first.kind == "accidents"
    assert next(iter(catalog())) in {name for name in catalog() if catalog()[name].boxed}


def test_a_port_in_use_is_answered_in_plain_words(own_home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = in_a_process("app", "--port", str(taken.getsockname()[1]), stdout=subprocess.PIPE)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


@pytest.fixture
def jupyter(monkeypatch):
    """JupyterLab as a process that is only written down."""
    calls = []

    def become(_program, command, env):
        calls.append((command, env))
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", become)
    return calls


@pytest.mark.parametrize("command", ["app", "lab"])
@pytest.mark.parametrize("port", ["0", "-1", "99999"])
def test_a_port_that_is_none_is_refused(workbench, jupyter, command, port):
    said = workbench(command, "--port", port)
    assert (said.code, said.out, jupyter) == (2, "", [])
    assert f"--port is a number from 1 to 65535, not {port}." in said.err


def test_jupyterlab_takes_our_place_so_that_ending_us_ends_it(own_home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "workbench", "lab", "--no-browser", "--port", str(port)]
    with (own_home / "lab.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while "jupyterlab" not in (told := Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")):
            assert time.monotonic() < until, told
            assert process.poll() is None, (own_home / "lab.log").read_text()
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()


def test_where_a_process_cannot_take_our_place_jupyterlab_is_called(workbench, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "call", lambda command, env: 3)
    monkeypatch.setattr(os, "execve", None)
    assert workbench("lab").code == 3


def test_lab_opens_the_notebooks_of_the_clone(workbench, jupyter):
    assert workbench("lab", "--port", 9999).code == 0
    (((_python, *arguments), settings),) = jupyter
    quiet = Path(settings["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0])
    assert "announcements" in (quiet / "labconfig" / "page_config.json").read_text()
    assert arguments[:3] == ["-m", "jupyterlab", "--port=9999"]
    assert f"--notebook-dir={places.bundled('notebooks')}" in arguments
    assert "--LabApp.default_url=/lab/tree/start_here.ipynb" in arguments


@pytest.fixture
def installed(monkeypatch, tmp_path) -> Path:
    """The notebooks where a wheel has them."""
    folder = tmp_path / "bundled" / "notebooks"
    folder.mkdir(parents=True)
    (folder / "start_here.ipynb").write_text("as it came", encoding="utf-8")
    (folder / "trainer.md").write_text("a page beside the notebooks", encoding="utf-8")
    monkeypatch.setattr(places, "bundled", lambda name: tmp_path / "bundled" / name)
    return folder


def test_lab_of_an_installed_package_works_on_a_copy_of_the_users(workbench, jupyter, installed, own_home):
    assert workbench("lab").code == 0
    assert f"--notebook-dir={own_home / 'notebooks'}" in jupyter[0][0]
    assert (own_home / "notebooks" / "start_here.ipynb").read_text(encoding="utf-8") == "as it came"
    assert (own_home / "notebooks" / "trainer.md").exists()


def test_lab_leaves_a_notebook_that_the_user_changed(workbench, jupyter, installed, own_home):
    workbench("lab")
    mine = own_home / "notebooks" / "start_here.ipynb"
    mine.write_text("my work", encoding="utf-8")
    workbench("lab")
    assert mine.read_text(encoding="utf-8") == "my work"


def test_doctor_says_what_is_here(workbench, no_mirror, own_home, tmp_path):
    workbench("load", "inail_records", "--from", own_file(tmp_path, GOOD))
    said = workbench("doctor")
    assert said.code == 0
    assert said.out.startswith("osh-workbench ")
    for told in (
        "pandas ",
        "memory ",
        str(own_home),
        "mirror: none",
        "stored tables: 1",
        "inail_records: 1 row, file",
        f"{TWIN}: bundled",
    ):
        assert told in said.out
    assert "missing" not in said.out


def test_doctor_asks_each_publisher_once_when_told_to(workbench, monkeypatch):
    asked = []
    monkeypatch.setattr(health, "reachable", lambda address: asked.append(address) or "answers")
    assert "answers" not in workbench("doctor").out
    assert asked == []
    assert "ec.europa.eu: answers" in workbench("doctor", "--live").out
    assert len(asked) == len(set(asked)) > 1


def test_priorities_and_a_programme_are_commands(twin):
    first = twin("priorities", "--by", "nace1", "--years", "2022:2022", "--weight", "rate=1", "--format", "json").json
    assert first["frame"][0]["nace1"] == "F"
    assert any(note.startswith("Weights, which are the reader's: rate 1.00.") for note in first["notes"])

    spain = ("--by", "nace1", "--where", "nuts0=ES", "--years", "2022:2022")
    plan = twin("programme", "--days", "5000", *spain, "--format", "json").json
    assert sum(row["days"] for row in plan["frame"]) <= 2_500
    assert twin("priorities", "--weight", "rate=x").code == 2


def test_ten_years_of_policies_are_a_command(twin):
    spain = ["--where", "nuts0=ES", "--years", "2022:2022", "--by", "nace1"]
    years = twin("what-if", "--days", "60000", *spain, "--runs", "20", "--format", "json").json

    assert {row["policy"] for row in years["frame"]} >= {"random", "last_year", "expected_count", "oracle"}
    assert len(years["frame"]) == 70 and "visits at random" in years["summary"]
    assert twin("what-if", "--days", "60000", *spain, "--runs", "2").code != 0


def test_who_notifies_and_how_long_they_wait_is_a_command(twin):
    found = twin("notifications", "--by", "nace1", "--days", "9000", "--format", "json").json
    assert found["summary"].startswith("Synthetic data. Notified of 100 estimated events, Netherlands, 2022")
    assert any("the backlog grows without end" in note for note in found["notes"])
