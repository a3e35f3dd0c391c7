"""Files that are no records, or more than a reader bargains for: judged or refused in words, in bounded memory."""

import datetime as dt
import gzip
import json
import os
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench import esaw
from workbench.esaw.checks import FAILED
from workbench.esaw.layouts.lines import LINES, blocks
from workbench.esaw.layouts.records import open_records
from workbench.terms.errors import ReadError, WorkbenchError

SPACED = "20230000123 4120 71 34 1 021 53 ITI43 20230214 09 2 1 311 017 1 021 22 41 0000 33 1401 42 1401 001000000"
FIELDS = dict(zip(esaw.variables(), SPACED.split(), strict=True))
RECORD = "".join(FIELDS.values()).encode()
HEADER, ROW = ",".join(FIELDS), ",".join(FIELDS.values())


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def parquet(path: Path, **columns: object) -> Path:
    """A Parquet file with one good record, some of its columns replaced."""
    pq.write_table(pa.table({name: [value] for name, value in FIELDS.items()} | columns), path)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n" * 10_000, "has no records"),
        (b"\0" * 10_000, "UTF-16 or not text"),
        (gzip.compress(RECORD, mtime=0), "is a gzip file. Unpack it"),
        (b"\xfd7zXZ\0" + b"x" * 50, "is an XZ file"),
        (b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "is a 7-Zip archive"),
        (b"%PDF-1.7\n" + RECORD, "is a PDF document"),
        (f"{HEADER}\r{ROW}\r".encode(), "end with CR alone"),
        (HEADER.encode() + b"\n", "has no records"),
        (HEADER.replace("age", "sex").encode() + b"\n" + ROW.encode(), "has no age"),
        (b"PAR1" + b"x" * 100 + b"PAR1", "is no whole Parquet file. Was it cut off"),
    ],
)
def test_what_is_no_file_of_records_is_refused_in_words(tmp_path, content, words):
    with pytest.raises(ReadError, match=words) as caught:
        wb.check(written(tmp_path / "a.txt", content))
    assert FIELDS["case_number"] not in str(caught.value)


def test_a_folder_with_nothing_or_with_no_whole_file_in_it_is_refused(tmp_path):
    with pytest.raises(ReadError, match="is a folder. Give one file of records"):
        wb.check(tmp_path)
    (tmp_path / "a.parquet").mkdir()
    with pytest.raises(ReadError, match="is no whole Parquet file"):
        wb.check(tmp_path)


@pytest.mark.parametrize("name", ["case_number", "weight", "date", "age", "days_lost", "date_of_death"])
@pytest.mark.parametrize(
    "column",
    [
        pa.array([["a"]]),
        pa.array([{"a": 1}]),
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([dt.time(1, 2)]),
        pa.array([dt.timedelta(days=3)]),
        pa.array([b"\xff\xfe"]),
        pa.array([dt.datetime(2020, 1, 1)], pa.timestamp("ns", "Mars/Phobos")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_parquet_column_that_no_record_has_is_refused_in_words(tmp_path, name, column):
    with pytest.raises(ReadError, match=f"the column {name} holds neither text|values cannot be written as text"):
        wb.check(parquet(tmp_path / "a.parquet", **{name: column}))


@pytest.mark.parametrize("name", ["case_number", "weight", "age", "days_lost", "date"])
@pytest.mark.parametrize(
    "value", [-5, -9999999, -17.9, 1e308, float("nan"), float("inf"), None, True, "x" * 100_000, Decimal("-0.5")]
)
def test_an_impossible_value_fails_its_rule_and_is_neither_rounded_nor_the_end(tmp_path, name, value):
    judgement = wb.check(parquet(tmp_path / "a.parquet", **{name: [value]}))
    assert judgement.counts[name][FAILED] == 1
    assert len(str(judgement)) < 3_000


@pytest.mark.parametrize("text", [b"case_number", FIELDS["geographical_location"].encode()])
def test_a_parquet_name_or_text_with_a_byte_changed_is_a_damaged_file(tmp_path, text):
    """A text that is no UTF-8 ended the process in polars, past every `except`."""
    table = pa.table({name: [value] for name, value in FIELDS.items()})
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, compression="none", store_schema=False, write_statistics=False, use_dictionary=False)
    content = path.read_bytes()
    assert text in content
    path.write_bytes(content.replace(text, b"\xe8" + text[1:]))
    with pytest.raises(ReadError, match="is no whole Parquet file"):
        wb.check(path)


def test_a_parquet_column_twice_is_refused(tmp_path):
    columns = [pa.array([value]) for value in FIELDS.values()]
    table = pa.Table.from_arrays([*columns, pa.array(["40"])], names=[*FIELDS, "age"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ReadError, match="has the column age twice"):
        wb.check(tmp_path / "a.parquet")


def test_what_a_parquet_file_says_of_itself_is_text_and_what_cannot_be_read_makes_it_a_sample(tmp_path):
    table = pa.table({name: [value] for name, value in FIELDS.items()})
    said = {b"synthetic": b"\xff\xfe", b"notice": b"\x1b[31mred\xff", b"scale": b"abc", b"\xff": b"\xff"}
    pq.write_table(table.replace_schema_metadata(said), tmp_path / "a.parquet")
    records = open_records(tmp_path / "a.parquet")
    assert (records.synthetic, records.sample) == (False, True)
    assert "\x1b" not in str(wb.check(tmp_path / "a.parquet"))


@pytest.mark.parametrize(
    "columns", [["\x1b[31mred", "20230000124"], ["x" * 60_000, "20230000124"], [f"c{n}" for n in range(3_000)]]
)
def test_names_of_files_and_columns_do_not_reach_a_terminal_raw_and_values_not_at_all(tmp_path, columns):
    content = f"{HEADER},{','.join(columns)}\n{ROW}{',1' * len(columns)}\n"
    said = str(wb.check(written(tmp_path / "a\x1b[31mb.csv", content.encode())))
    assert "\x1b" not in said
    assert "20230000124" not in said
    assert len(said) < 500


STARTS = (RECORD + b"\n", f"{HEADER}\n{ROW}\n".encode())


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("filling", [b"x", b'"', b","])
def test_an_endless_line_is_one_faulty_record_and_is_never_held_whole(tmp_path, start, filling):
    path = written(tmp_path / "a.txt", start + filling * 30_000_000)
    tracemalloc.start()
    judgement = wb.check(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (judgement.records, judgement.failed) == (2, 1)
    assert peak < 25e6


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("line", [b"\n", b'"\n', b",,,\n", b"\xff\n"])
def test_lines_without_end_are_each_a_faulty_record(tmp_path, start, line):
    judgement = wb.check(written(tmp_path / "a.txt", start + line * 100_000))
    assert (judgement.records, judgement.failed) == (100_001, 100_000)
    assert len(judgement.examples) <= 20


def test_a_hole_in_a_file_is_one_faulty_record(tmp_path):
    path = written(tmp_path / "a.txt", (RECORD + b"\n") * 800)
    os.truncate(path, 1 << 28)
    judgement = wb.check(path)
    assert judgement.records == 801
    assert judgement.counts["record_length"][FAILED] == 1


def test_blocks_have_a_bounded_number_of_lines(tmp_path):
    path = written(tmp_path / "a.txt", b"\n" * (3 * LINES + 1))
    assert [len(lines) for lines in blocks(path)] == [LINES, LINES, LINES, 1]


@pytest.mark.parametrize(
    "record",
    [
        "",
        "\ud800" * 81,
        "2" * 1_000_000,
        b"2" * 81,
        None,
        81,
        [],
        {},
        {5: "x"},
        FIELDS | {"age": "\ud800\udfff"},
        FIELDS | {"age": None},
        FIELDS | {"age": 34},
        FIELDS | {"age": [3, 4]},
        FIELDS | {"weight": float("nan")},
        FIELDS | {"case_number": "\x1b[31m"},
        FIELDS | {"\x1b[31m": "x"},
        FIELDS | {"note": "x" * 100_000},
    ],
    ids=lambda record: repr(record)[:30],
)
def test_one_record_of_any_kind_is_explained_or_refused(record):
    try:
        explanation = wb.explain_record(record)
    except WorkbenchError as error:
        said = str(error)
    else:
        said = str(explanation)
        json.dumps(explanation.to_dict())
    assert "\x1b" not in said
    assert FIELDS["case_number"] not in said
    assert len(said) < 3_000
