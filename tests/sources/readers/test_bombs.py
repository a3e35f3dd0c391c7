"""Small files that unpack to far more: an answer in words, after a bounded number of bytes and in bounded memory."""

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from functools import partial

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench import esaw
from workbench.sources.readers import files
from workbench.sources.readers.esaw_rows import read_records as read_esaw
from workbench.sources.readers.esener import read_workbook
from workbench.sources.readers.eurostat import read_table
from workbench.sources.readers.inail import read_records
from workbench.sources.readers.inail_regions import read_regions
from workbench.sources.readers.spain_epa import read_employed
from workbench.sources.readers.synthetic import read_cube
from workbench.sources.readers.workbooks import sheets
from workbench.sources.readers.wristband import read_groups
from workbench.terms.errors import ReadError

MB = 1 << 20
TSV = b"freq,nace_r2,sex,unit,geo\\TIME_PERIOD\t2019\n"
FIELDS = ("DataAccadimento", "DataMorte", "LuogoAccadimento", "Genere", "Eta", "ModalitaAccadimento")
FIELDS += ("SettoreAttivitaEconomica", "Gestione")
CLAIM = b"<x>" + b"".join(f"<{name}></{name}>".encode() for name in FIELDS) + b"</x>"
XML = b"<?xml version='1.0'?><r>" + CLAIM
REGIONS = b"nuts2,year,accidents_reported,fatal_accidents,employed_15_64,source_release\n"
EPA = b"periodo,region,nuts2,edad,sexo,employed_thousands\n"
BAND = b"person,timestamp,body_temp_c,heart_rate_bpm,steps,band_removed,alarm\n"
JSON_CODES = {"nace_r2": "A", "sex": "F", "unit": "NR", "geo": "IT"}
eurostat = partial(read_table, dimensions=("nace_r2", "sex", "unit", "geo"))
BOMBS = {
    "eurostat, one line": (eurostat, TSV + b"A,F,T,NR,IT\t", b"1"),
    "eurostat, no end of the header": (eurostat, TSV.rstrip(), b"a"),
    "eurostat, JSON": (eurostat, b'{"id": ["a"], "value": [', b"1,"),
    "inail, a record's text": (read_records, XML + b"<x><Eta>", b"1"),
    "inail, a record's fields": (read_records, XML + b"<x>", b"<a/>"),
    "inail, blanks": (read_records, XML, b" "),
    "inail, JSON": (read_records, b'{"DatiInfortuni": ["', b"a"),
    "inail, CSV": (read_records, ";".join(FIELDS).encode() + b"\n", b";"),
    "inail, no header": (read_records, b"", b"a"),
    "regions, a quotation mark": (read_regions, REGIONS + b'"', b"a"),
    "epa, one line": (read_employed, EPA + b"2019", b"0"),
    "wristband, one line": (read_groups, BAND, b","),
}


def bomb(path, head: bytes, filling: bytes, megabytes: int):
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(head)
        for _each in range(megabytes):
            packed.write(filling * (MB // len(filling)))
    return path


@pytest.fixture
def unpacked(monkeypatch) -> list[int]:
    """How many bytes came out of packed files."""
    counted, count = [0], files.Bound.count

    def counting(bound, read: int) -> None:
        counted[0] += read
        count(bound, read)

    monkeypatch.setattr(files.Bound, "count", counting)
    return counted


@pytest.mark.parametrize("name", BOMBS)
def test_a_line_or_a_record_without_an_end_is_given_up_after_few_bytes(tmp_path, unpacked, report, name):
    reader, head, filling = BOMBS[name]
    path = bomb(tmp_path / "bomb.gz", head, filling, megabytes=60)
    tracemalloc.start()
    try:
        list(reader([path], report))
    except ReadError:
        report.cut_off(1, "refused")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.unfinished and report.rejected
    assert unpacked[0] < (36 if "JSON" in name and "eurostat" in name else 4) * MB
    assert peak < 110 * MB


def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path, monkeypatch, unpacked, report):
    monkeypatch.setattr(files, "FREE", MB)
    monkeypatch.setattr(files, "MOST_TIMES", 20)
    path = bomb(tmp_path / "bomb.gz", TSV, b"A,F,T,NR,IT\t:\n", megabytes=20)
    with pytest.raises(ReadError, match="bomb.gz unpacks to more than 20 times its size: no table does"):
        list(eurostat([path], report))
    assert unpacked[0] < max(MB, 20 * path.stat().st_size) + MB


def test_the_members_of_an_archive_are_counted_together(tmp_path, monkeypatch, unpacked, report):
    monkeypatch.setattr(files, "FREE", MB)
    monkeypatch.setattr(files, "MOST_TIMES", 20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(30):
            archive.writestr(f"{number}.tsv", TSV + b"A,F,T,NR,IT\t:\n" * (MB // 140))
    with pytest.raises(ReadError, match="bomb.zip unpacks to more than 20 times its size"):
        list(eurostat([tmp_path / "bomb.zip"], report))
    assert unpacked[0] < 2 * MB


def test_a_table_held_in_memory_has_a_largest_number_of_rows_and_cells(tmp_path, monkeypatch, report):
    monkeypatch.setattr("workbench.sources.readers.text_tables.MOST_ROWS", 1_000)
    monkeypatch.setattr("workbench.sources.readers.eurostat.FREE_CELLS", 20_000)
    rows = bomb(tmp_path / "rows.gz", REGIONS, b"ITF6,2021,9012,20,500000,r\n", megabytes=1)
    with pytest.raises(ReadError, match="rows.gz has more than 1,000 rows"):
        list(read_regions([rows], report))
    cells = bomb(tmp_path / "cells.gz", TSV, b"A,F,T,NR,IT\t:\n", megabytes=1)
    with pytest.raises(ReadError, match="cells.gz has more than 20,000 cells. Choose fewer years or codes"):
        list(eurostat([cells], report))


def test_a_json_table_of_millions_of_values_is_refused_before_they_are_unpacked(tmp_path, unpacked, report):
    codes = "".join(f'"{name}": {{"category": {{"index": ["{code}"]}}}},' for name, code in JSON_CODES.items())
    head = '{"id": ["nace_r2", "sex", "unit", "geo", "time"], "size": [1, 1, 1, 1, 15000000], "dimension": {'
    head += codes + '"time": {"category": {"index": ["2019"]}}}, "value": ['
    path = bomb(tmp_path / "values.json.gz", head.encode(), b"1,", megabytes=30)
    tracemalloc.start()
    with pytest.raises(ReadError, match="values.json.gz is too large or too deep for a JSON-stat table"):
        list(eurostat([path], report))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.rows_read == 0 and unpacked[0] < 34 * MB and peak < 110 * MB


@pytest.mark.parametrize("kind", ["tsv", "csv", "json"])
def test_cells_that_are_rejected_count_as_cells_that_were_read(tmp_path, monkeypatch, report, kind):
    monkeypatch.setattr("workbench.sources.readers.eurostat.FREE_CELLS", 10_000)
    path = tmp_path / f"rejected.{kind}"
    if kind == "tsv":
        bomb(path, TSV, b"no key at all\t:\n", megabytes=1)
    elif kind == "csv":
        bomb(path, b"freq,nace_r2,sex,unit,geo,TIME_PERIOD,OBS_VALUE\n", b"A,A,F,NR,IT,2019,none\n", megabytes=1)
    else:
        category = {name: {"category": {"index": [code]}} for name, code in JSON_CODES.items()}
        category |= {name: {"category": {"index": [str(code) for code in range(200)]}} for name in ("geo", "time")}
        table = {"id": [*category], "size": [1, 1, 1, 200, 200], "dimension": category, "value": ["no"] * 40_000}
        with gzip.open(path, "wt") as packed:
            json.dump(table, packed)
    with pytest.raises(ReadError, match=f"rejected.{kind} has more than 1"):
        list(eurostat([path], report))
    assert report.rows_read <= 40_001 and report.rejected


@pytest.mark.parametrize("line", [b"ITF6,2021,9012,20,500000,r\n", b"IT,\n"])
def test_packed_rows_all_alike_are_given_up_after_few_of_them(tmp_path, monkeypatch, report, line):
    monkeypatch.setattr("workbench.sources.readers.text_tables.FREE_ROWS", 3_000)
    rows = bomb(tmp_path / "rows.gz", REGIONS, line, megabytes=1)
    with pytest.raises(ReadError, match="rows.gz has more than 3,000 rows"):
        list(read_regions([rows], report))
    assert report.rows_read == 3_001


def test_a_plain_table_may_have_as_many_rows_as_its_size_tells(tmp_path, monkeypatch, report):
    monkeypatch.setattr("workbench.sources.readers.text_tables.FREE_ROWS", 10)
    years = b"".join(b"ITF6,%d,9012,20,500000,r\n" % year for year in range(2000, 2024))
    (tmp_path / "rows.csv").write_bytes(REGIONS + years)
    list(read_regions([tmp_path / "rows.csv"], report))
    assert report.rows_read == 24


def test_a_table_of_a_million_columns_is_refused_by_its_header(tmp_path, report):
    (tmp_path / "wide.csv").write_text(",".join(f"c{number}" for number in range(1_000_000)))
    for reader in (read_regions, read_employed, read_groups, read_records):
        with pytest.raises(ReadError, match="first line of wide.csv has more than 1,048,576 characters"):
            list(reader([tmp_path / "wide.csv"], report))
    with pytest.raises(ReadError, match="expected a Eurostat table"):
        list(eurostat([tmp_path / "wide.csv"], report))
    (tmp_path / "wide.tsv").write_text("a\\TIME_PERIOD\t" + "\t".join(map(str, range(100_000))))
    with pytest.raises(ReadError, match="wide.tsv has 100,000 columns"):
        list(eurostat([tmp_path / "wide.tsv"], report))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"value": ' + "1" * 5_000 + "}"])
def test_json_that_is_too_deep_or_has_an_endless_number_is_refused(tmp_path, report, text):
    (tmp_path / "deep.json").write_text(text)
    with pytest.raises(ReadError):
        list(eurostat([tmp_path / "deep.json"], report))
    try:
        rows = sum(len(batch) for batch in read_records([tmp_path / "deep.json"], report))
    except ReadError:
        return
    assert rows == 0 and report.unfinished


def test_a_number_of_five_thousand_digits_stops_inails_json_with_a_reason(tmp_path, inail, report):
    content = inail.json([inail.claim(), inail.claim()])
    start = content.rindex(b'"Eta": "55"')
    (tmp_path / "long.json").write_bytes(content[:start] + b'"Eta": ' + b"5" * 5_000 + content[start + 11 :])
    assert len(pd.concat(read_records([tmp_path / "long.json"], report))) == 1
    assert report.unfinished and "not JSON here" in report.details[0][2]


def book(path, part: str, head: bytes, filling: bytes, end: bytes, times: int):
    """A workbook in which one part is large."""
    saved = io.BytesIO()
    openpyxl.Workbook().save(saved)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "[Content_Types].xml" and part not in source.namelist():
                override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
                content = content.replace(b"</Types>", override)
            if member.filename != part:
                archive.writestr(member.filename, content)
        with archive.open(part, "w", force_zip64=True) as large:
            large.write(head)
            for _each in range(times):
                large.write(filling)
            large.write(end)
    return path


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
STRINGS = ("xl/sharedStrings.xml", b"<sst " + MAIN + b">", b"<si><t>a</t></si>" * 60_000, b"</sst>")
SHEET = ("xl/worksheets/sheet1.xml", b"<worksheet " + MAIN + b"><sheetData>")
ENDS = b"</sheetData></worksheet>"


def test_a_workbook_with_too_many_texts_is_refused_by_what_it_declares(tmp_path, report):
    path = book(tmp_path / "strings.xlsx", *STRINGS, times=30)
    with pytest.raises(ReadError, match="strings.xlsx holds xl/sharedStrings.xml of 29 MB; no table"):
        list(read_workbook([path], report))


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>',
        b'<row><c r="XFD1"/></row>' * 2_000,
        b"<row/>" * 6_000,
    ],
)
def test_a_sheet_with_rows_far_below_or_columns_far_beyond_is_refused(tmp_path, monkeypatch, rows):
    monkeypatch.setattr("workbench.sources.readers.workbooks.MOST_ROWS", 5_000)
    path = book(tmp_path / "sheet.xlsx", *SHEET, rows, ENDS, times=1)
    tracemalloc.start()
    try:
        found = sheets(path, ["Sheet"])["Sheet"]
    except ReadError as refusal:
        assert "no table of the publisher has" in str(refusal)
        found = []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found) <= 5_000 and peak < 30 * MB


def cube(path, rows: int, batches: int, region: str = "AT11"):
    columns = {"nuts2": region, "nace1": "F", "sex": "M", "age_group": "Y15-24", "year": 2018, "severity": "FAT"}
    columns |= {"accidents": 1, "records": 1, "flag": ""}
    table = pa.table({name: [value] * rows for name, value in columns.items()})
    with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
        for _each in range(batches):
            writer.write_table(table)
    return path


def test_a_small_parquet_file_with_millions_of_rows_is_refused_before_it_is_read(tmp_path, report):
    path = cube(tmp_path / "rows.parquet", 400_000, 3)
    with pytest.raises(ReadError, match="rows.parquet says that it has 1,200,000 rows in .* bytes: no table does"):
        list(read_cube([path], report))
    assert report.rows_read == 0


def test_a_small_parquet_file_with_millions_of_esaw_records_is_refused_before_it_is_read(tmp_path, report):
    table = pa.table({key: ["0"] * 400_000 for key in esaw.variables()})
    with pq.ParquetWriter(tmp_path / "rows.parquet", table.schema, compression="zstd") as writer:
        for _each in range(3):
            writer.write_table(table)
    with pytest.raises(ReadError, match="says that it has 1,200,000 records in .* bytes: no file has"):
        list(read_esaw([tmp_path / "rows.parquet"], report))
    assert report.rows_read == 0


def test_a_parquet_file_with_one_text_far_larger_than_itself_is_refused(tmp_path, monkeypatch, report):
    monkeypatch.setattr("workbench.sources.readers.synthetic.FREE", MB)
    path = cube(tmp_path / "text.parquet", 1, 1, region="A" * 5_000_000)
    with pytest.raises(ReadError, match="text.parquet says that it has 1 rows in .* bytes: no table does"):
        list(read_cube([path], report))


RUN = """
import sys
from importlib import import_module
from pathlib import Path
from workbench.terms.errors import WorkbenchError
from workbench.terms.tables import Report
module, reader, path = sys.argv[1:]
options = {"dimensions": ("nace_r2", "sex", "unit", "geo")} if module == "eurostat" else {}
report = Report()
try:
    for batch in getattr(import_module("workbench.sources.readers." + module), reader)([Path(path)], report, **options):
        pass
except WorkbenchError:
    report.cut_off(1, "refused")
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(report.rejected, int(peak) // 1024)
"""


def run(reader, path) -> tuple[int, int]:
    """Rejected, and the most memory in MB, of one read in a process of its own."""
    function = getattr(reader, "func", reader)
    module = function.__module__.rsplit(".", 1)[1]
    call = [sys.executable, "-c", RUN, module, function.__name__, str(path)]
    done = subprocess.run(call, capture_output=True, text=True, check=True, timeout=300)
    rejected, megabytes = map(int, done.stdout.split())
    return rejected, megabytes


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_three_gigabytes_in_three_megabytes_take_less_than_one(tmp_path, name):
    reader, head, filling = BOMBS[name]
    rejected, megabytes = run(reader, bomb(tmp_path / "bomb.gz", head, filling, megabytes=3_000))
    assert rejected and megabytes < 1_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "head", "line"), [(eurostat, TSV, b"A,F,T,NR,IT\t:\n"), (read_regions, REGIONS, b"IT,\n")]
)
def test_lines_all_alike_take_less_than_a_gigabyte(tmp_path, reader, head, line):
    rejected, megabytes = run(reader, bomb(tmp_path / "bomb.gz", head, line, megabytes=1_000))
    assert rejected and megabytes < 1_000


@pytest.mark.slow
def test_a_line_of_five_hundred_megabytes_takes_less_than_one_gigabyte(tmp_path):
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(REGIONS + b"ITF6,2021,9012,20,500000,r\n")
        for _each in range(500):
            file.write(b"a" * MB)
    rejected, megabytes = run(read_regions, path)
    assert rejected == 1 and megabytes < 1_000


@pytest.mark.slow
def test_sixty_million_rows_of_parquet_take_less_than_a_gigabyte(tmp_path):
    rejected, megabytes = run(read_cube, cube(tmp_path / "rows.parquet", 1_000_000, 60))
    assert rejected and megabytes < 1_000
