"""ESAW records read and written: byte for byte, in every layout, and whatever the file holds instead."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workbench import esaw
from workbench.esaw.checks import FAILED, check
from workbench.esaw.layouts import lines
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.layouts.records import one_record, open_records, write_records
from workbench.sources.readers.esaw_rows import read_records
from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError, UnknownName, WorkbenchError
from workbench.terms.tables import Report

SPACED = "20230000123 4120 71 34 1 021 53 ITI43 20230214 09 2 1 311 017 1 021 22 41 0000 33 1401 42 1401 001000000"
FIELDS = SPACED.split()
RECORD = "".join(FIELDS)
VALUES = dict(zip(esaw.variables(), FIELDS, strict=True))
OLD = "20000000123" + "41" + "71" + "34" + "1" + "021" + "53" + "ITI43" + "19991214" + "09" + "2" + "1" + "3" + "017"


def numbered(n: int, **values: str) -> dict[str, str]:
    return VALUES | {"case_number": f"2023{n:07d}"} | values


def as_csv(rows: list[dict], separator: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def frame_of(path: Path, **options) -> pl.DataFrame:
    return pl.concat([batch.frame for batch in open_records(path, **options)])


def faults_of(path: Path, **options) -> list:
    return [fault for batch in open_records(path, **options) for fault in batch.faults]


@st.composite
def records(draw) -> dict[str, str]:
    """A record that meets every rule, drawn field by field."""
    year, month, day = draw(st.integers(2012, 2025)), draw(st.integers(1, 12)), draw(st.integers(1, 28))
    edition = max(
        e
        for e in ("2010", "2013", "2016", "2021", "2024")
        if {"2010": 2012, "2013": 2015, "2016": 2018}.get(e, int(e)) <= year
    )
    drawn = {
        "case_number": f"{year}{draw(st.integers(0, 9_999_999)):07d}",
        "economic_activity": draw(st.sampled_from(codelist("nace").at_level(2)))
        + draw(st.sampled_from(["00", "10", "29"])),
        "occupation": draw(st.sampled_from(codelist("isco").at_level(2))),
        "age": f"{draw(st.integers(15, 98)):02d}",
        "sex": draw(st.sampled_from("12")),
        "geographical_location": draw(st.sampled_from(codelist("nuts", edition).at_level(3))),
        "date": f"{draw(st.integers(year - 2, year))}{month:02d}{day:02d}",
        "weight": f"{draw(st.integers(1, 999_999_999)):09d}",
    }
    for key, variable in esaw.variables().items():
        if key not in drawn:
            drawn[key] = draw(st.sampled_from(codelist(variable.codelist).codes())).replace(".", "")
    fixed = {"working_process": "22", "ma_deviation": "1401"}
    fixed |= {"weight": "001000000"} if drawn["days_lost"] == "998" else {}
    return {key: (drawn | fixed)[key] for key in esaw.variables()}


corruptions = st.lists(
    st.tuples(st.sampled_from(["replace", "insert", "delete"]), st.integers(0, 80), st.integers(0, 255)),
    min_size=1,
    max_size=6,
)


def corrupt(line: bytes, steps: list[tuple[str, int, int]]) -> bytes:
    for step, place, byte in steps:
        new = bytes([byte]) if step != "delete" else b""
        line = line[:place] + new + line[place + (step != "insert") :]
    return line.replace(b"\n", b" ")


def valid_records_meet_every_rule_and_come_back_byte_for_byte(folder: Path, drawn: list[dict[str, str]]) -> None:
    source, copy, listed = (folder / name for name in ("r.txt", "copy.txt", "r.csv"))
    source.write_bytes(b"".join("".join(values.values()).encode() + b"\n" for values in drawn))
    (batch,) = open_records(source)
    assert not (check(batch.frame).to_numpy() == FAILED).any()
    assert batch.frame.select(list(esaw.variables())).to_dicts() == drawn
    write_records([batch], copy)
    assert copy.read_bytes() == source.read_bytes()
    write_records([batch], listed, layout="csv")
    write_records(open_records(listed), copy)
    assert copy.read_bytes() == source.read_bytes()


def corrupted_records_come_back_or_are_reported(folder: Path, lines: list[bytes]) -> None:
    source, copy = folder / "r.txt", folder / "copy.txt"
    source.write_bytes(RECORD.encode() + b"\n" + b"".join(line + b"\n" for line in lines))
    (batch,) = open_records(source, layout="esaw81")
    check(batch.frame)
    assert batch.records == len(lines) + 1
    numbers = sorted([*batch.frame["record"], *(fault.record for fault in batch.faults)])
    assert numbers == list(range(1, len(lines) + 2))
    write_records([Batch(batch.frame)], copy)
    readable = [source.read_bytes().split(b"\n")[number - 1].removesuffix(b"\r") for number in batch.frame["record"]]
    assert copy.read_bytes() == b"".join(line + b"\n" for line in readable)
    if batch.faults:
        with pytest.raises(WorkbenchError, match="could not be read and cannot be written"):
            write_records([batch], copy)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("records")


TEN_VALID = st.lists(records(), min_size=10, max_size=10)
TEN_CORRUPTED = st.lists(corruptions.map(lambda steps: corrupt(RECORD.encode(), steps)), min_size=10, max_size=10)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=TEN_VALID)
def test_valid_records_come_back_byte_for_byte(folder, drawn):
    valid_records_meet_every_rule_and_come_back_byte_for_byte(folder, drawn)


@settings(max_examples=50, deadline=None)
@given(lines=TEN_CORRUPTED)
@example(lines=[corrupt(RECORD.encode(), [("replace", 68, 46)])])  # a full stop in the code of a material agent
def test_corrupted_records_never_crash_the_reader(folder, lines):
    corrupted_records_come_back_or_are_reported(folder, lines)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=TEN_VALID)
def test_ten_thousand_valid_records_come_back_byte_for_byte(folder, drawn):
    valid_records_meet_every_rule_and_come_back_byte_for_byte(folder, drawn)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None)
@given(lines=TEN_CORRUPTED)
def test_ten_thousand_corrupted_records_never_crash_the_reader(folder, lines):
    corrupted_records_come_back_or_are_reported(folder, lines)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=2_000), layout=st.sampled_from([None, *esaw.LAYOUTS]))
def test_any_bytes_are_read_or_refused_in_words(folder, content, layout):
    path = folder / "any"
    path.write_bytes(content)
    try:
        for batch in open_records(path, layout=layout):
            check(batch.frame, phase3=batch.phase3)
    except ReadError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=1_500))
def test_any_bytes_below_a_header_are_read_or_refused_in_words(folder, body):
    path = folder / "any.csv"
    path.write_bytes(as_csv([VALUES]) + body)
    assert sum(batch.records for batch in open_records(path)) >= 1


def test_the_record_of_the_reference_has_81_characters_and_its_fields_where_they_belong(tmp_path):
    path = tmp_path / "one.txt"
    path.write_text(RECORD + "\n")
    assert len(RECORD) == 81
    assert RECORD[30:38] == "20230214"
    assert open_records(path).layout == "esaw81"
    assert frame_of(path).select(list(esaw.variables())).row(0, named=True) == VALUES


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_are_found_and_kept(tmp_path, newline):
    path, copy = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_bytes((RECORD + newline).encode() * 3)
    file = open_records(path)
    assert file.newline == newline
    assert any("CR LF" in note for note in file.notes) is (newline == "\r\n")
    assert write_records(file, copy, newline=file.newline) == 3
    assert copy.read_bytes() == path.read_bytes()


def test_the_last_line_needs_no_line_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(RECORD + "\n" + RECORD)
    assert frame_of(path).height == 2


def test_a_byte_order_mark_is_skipped_and_noted(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf" + RECORD.encode() + b"\n")
    assert frame_of(path)["case_number"].to_list() == ["20230000123"]
    assert "byte order mark" in open_records(path).notes[0]


def test_records_of_phases_one_and_two_have_44_characters_and_come_back(tmp_path):
    path, copy = tmp_path / "old.txt", tmp_path / "copy.txt"
    path.write_text(OLD + "\n")
    file = open_records(path)
    values = frame_of(path).row(0, named=True)
    assert (file.layout, len(OLD)) == ("esaw44", 44)
    assert (values["economic_activity"], values["employment_status"], values["weight"]) == ("4100", "300", "001000000")
    assert values["working_process"] == "00"
    write_records(file, copy, layout="esaw44")
    assert copy.read_bytes() == path.read_bytes()


def test_another_split_of_the_first_sixteen_characters_moves_the_fields_between_them(tmp_path):
    path, copy = tmp_path / "a.txt", tmp_path / "b.txt"
    line = "2023000012345" + RECORD[11:25] + "ITI" + RECORD[30:]
    path.write_text(line + "\n")
    values = frame_of(path, case_width=13).row(0, named=True)
    assert (values["case_number"], values["geographical_location"], values["date"]) == (
        "2023000012345",
        "ITI",
        "20230214",
    )
    write_records(open_records(path, case_width=13), copy, case_width=13)
    assert copy.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_is_read_with_any_usual_separator_and_comes_back(tmp_path, separator):
    path, copy = tmp_path / "a.csv", tmp_path / "b.csv"
    path.write_bytes(as_csv([numbered(1), numbered(2)], separator))
    assert frame_of(path).select(list(esaw.variables())).row(1, named=True) == numbered(2)
    write_records(open_records(path), copy, layout="csv")
    assert copy.read_bytes() == as_csv([numbered(1), numbered(2)])


def test_csv_may_carry_dates_of_death_and_return_and_lack_what_is_optional(tmp_path):
    path = tmp_path / "a.csv"
    left_out = {"workstation", "ma_specific_physical_activity", "time", "weight"}
    row = {key: value for key, value in VALUES.items() if key not in left_out}
    path.write_bytes(as_csv([row | {"date_of_return": "20230304", "remark": "ladder, wet"}]))
    file, values = open_records(path), frame_of(path).row(0, named=True)
    assert values["date_of_return"] == "20230304"
    assert (values["workstation"], values["time"], values["weight"]) == ("0", "", "001000000")
    assert "remark" in file.notes[0]
    assert "weighs 1" in file.notes[1]


def test_quoted_values_are_understood(tmp_path):
    path = tmp_path / "a.csv"
    text = as_csv([VALUES | {"remark": 'a "wet", step'}])
    path.write_bytes(text.replace(b"20230000123", b'"20230000123"'))
    assert frame_of(path)["case_number"].to_list() == ["20230000123"]


def test_a_csv_line_with_a_value_too_many_or_too_few_is_a_fault_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.csv"
    lines = as_csv([numbered(n) for n in range(4)]).split(b"\n")
    lines[2] += b",7"
    lines[3] = lines[3].rpartition(b",")[0]
    path.write_bytes(b"\n".join(lines))
    assert [(fault.record, fault.words[:23]) for fault in faults_of(path)] == [
        (2, "The line has 25 values,"),
        (3, "The line has 23 values,"),
    ]
    assert frame_of(path)["record"].to_list() == [1, 4]


def test_csv_without_a_mandatory_column_names_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([{k: v for k, v in VALUES.items() if k not in {"age", "deviation"}}]))
    with pytest.raises(ReadError, match="has no age, deviation. Every record must carry them"):
        open_records(path)


def test_csv_with_a_column_twice_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([VALUES]).replace(b"working_process", b"age"))
    with pytest.raises(ReadError, match="column age twice"):
        open_records(path)


def test_csv_without_a_header_is_refused_without_repeating_the_record(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv([VALUES]).split(b"\n", 1)[1])
    with pytest.raises(ReadError, match="names no variable of the record") as caught:
        open_records(path, layout="csv")
    assert "0000123" not in str(caught.value)


def test_parquet_may_hold_numbers_dates_and_decimals(tmp_path):
    path = tmp_path / "a.parquet"
    row = VALUES | {"age": 7, "date": date(2023, 2, 14), "weight": Decimal("2.500000"), "ma_deviation": "14.01"}
    table = pl.DataFrame([row], schema_overrides={"weight": pl.Decimal(9, 6), "sex": pl.Categorical})
    table.with_columns(date_of_return=pl.lit(date(2023, 3, 4))).write_parquet(path)
    values = frame_of(path).row(0, named=True)
    assert (values["age"], values["date"], values["weight"], values["sex"]) == ("07", "20230214", "002500000", "1")
    assert values["date_of_return"] == "20230304"
    assert not (check(frame_of(path)).to_numpy() == FAILED).any()


def test_parquet_comes_back_and_a_folder_of_it_is_one_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(RECORD + "\n" + RECORD.replace("0000123", "0000124") + "\n")
    for name in ("1.parquet", "2.parquet"):
        (tmp_path / "parts").mkdir(exist_ok=True)
        frame_of(path).drop("record").write_parquet(tmp_path / "parts" / name)
    assert frame_of(tmp_path / "parts" / "1.parquet").equals(frame_of(path))
    assert frame_of(tmp_path / "parts")["record"].to_list() == [1, 2, 3, 4]


def test_a_damaged_parquet_file_says_so(tmp_path):
    path, cut = tmp_path / "a.parquet", tmp_path / "cut.parquet"
    pl.DataFrame([VALUES]).write_parquet(path)
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReadError, match="no whole Parquet file.*cut off"):
        open_records(cut)


def test_parquet_without_a_mandatory_column_names_it(tmp_path):
    pl.DataFrame([VALUES]).drop("age").write_parquet(tmp_path / "a.parquet")
    with pytest.raises(ReadError, match="has no age"):
        open_records(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "its first lines are empty"),
        (RECORD.encode("utf-16"), "is UTF-16"),
        (RECORD.encode("utf-16-le"), "is UTF-16 or not text"),
        (RECORD.encode("utf-32"), "is UTF-32"),
        (gzip.compress(RECORD.encode(), mtime=0), "is a gzip file. Unpack it"),
        (b"PK\x03\x04" + bytes(80), "is a ZIP archive. Unpack it"),
        (
            b"<!DOCTYPE html>\n<html>\n<p>No such page</p>\n",
            "begins with lines of .* bytes. Records have 81 characters",
        ),
        (b"x" * 200_000, "begins with lines of more than 65,000 bytes"),
    ],
)
def test_what_is_no_file_of_records_is_refused_with_what_it_is(tmp_path, content, said):
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=said):
        open_records(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(ReadError, match="is a folder"):
        open_records(tmp_path)
    with pytest.raises(ReadError, match="There is no file"):
        open_records(tmp_path / "none.txt")


def test_an_unknown_layout_and_one_that_does_not_fit_are_refused(tmp_path):
    path, table = tmp_path / "a.txt", tmp_path / "a.parquet"
    path.write_text(RECORD)
    pl.DataFrame([VALUES]).write_parquet(table)
    with pytest.raises(UnknownName, match="esaw81, esaw44, csv, parquet"):
        open_records(path, layout="esaw63")
    with pytest.raises(ReadError, match="is text, not parquet"):
        open_records(path, layout="parquet")
    with pytest.raises(ReadError, match="is Parquet, not esaw81"):
        open_records(table, layout="esaw81")


def test_a_file_of_80_characters_a_line_is_read_as_81_and_every_line_is_a_fault(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text((RECORD[:-1] + "\n") * 3)
    assert open_records(path).layout == "esaw81"
    assert {fault.words for fault in faults_of(path)} == {"The record has 80 bytes instead of 81."}


def test_lines_of_mixed_lengths_are_reported_by_number(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(
        "\n".join([RECORD, RECORD[:-1], RECORD + "0", "", RECORD.replace("ITI43", "ÄTI43"), RECORD]).encode()
    )
    assert [(fault.record, fault.rule) for fault in faults_of(path)] == [(n, "record_length") for n in (2, 3, 4, 5)]
    assert "outside ASCII" in faults_of(path)[3].words
    assert "line is empty" in faults_of(path)[2].words


@pytest.mark.parametrize("strange", [b"\0", b"\t", b"\xc4"])
def test_control_characters_and_other_alphabets_are_faults(tmp_path, strange):
    path, table = tmp_path / "a.txt", tmp_path / "a.csv"
    path.write_bytes(RECORD.encode() + b"\n" + RECORD.encode()[:-1] + strange + b"\n")
    assert [(fault.record, fault.rule) for fault in faults_of(path)] == [(2, "characters")]
    table.write_bytes(as_csv([numbered(1), numbered(2)])[:-2] + strange + b"\n")
    assert [(fault.record, fault.rule) for fault in faults_of(table)] == [(2, "characters")]


def test_a_line_without_an_end_is_one_fault_and_the_next_line_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK", 1 << 16)
    path = tmp_path / "a.txt"
    path.write_bytes(RECORD.encode() + b"\n" + b"7" * 300_000 + b"\n" + RECORD.encode() + b"\n")
    assert [(fault.record, fault.words) for fault in faults_of(path)] == [
        (2, "The record has 65,536 bytes or more instead of 81.")
    ]
    assert frame_of(path)["record"].to_list() == [1, 3]


def test_lines_are_the_same_however_the_file_is_cut_into_blocks(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"".join(RECORD[: n % 90].encode() + b"\r\n" for n in range(500)))
    wanted = [line for block in lines.blocks(path) for line in block]
    for size in (7, 81, 83, 1000):
        monkeypatch.setattr(lines, "BLOCK", size)
        assert [line for block in lines.blocks(path) for line in block] == wanted


def test_a_value_that_does_not_fit_its_field_is_not_written_and_leaves_no_file(tmp_path):
    with pytest.raises(WorkbenchError, match="Record 1 has a age that does not fit the 2 characters of esaw81"):
        write_records([one_record(VALUES | {"age": "130"})], tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_one_record_may_be_given_by_its_variables(tmp_path):
    required = {key: value for key, value in VALUES.items() if esaw.variables()[key].mandatory}
    assert one_record(required).frame["weight"].to_list() == ["001000000"]
    with pytest.raises(UnknownName, match="Close to it: age"):
        one_record(VALUES | {"ages": "34"})
    with pytest.raises(ReadError, match="has no sex"):
        one_record({key: value for key, value in VALUES.items() if key != "sex"})


def rows_of(tmp_path, rows: list[dict], report: Report | None = None) -> pd.DataFrame:
    path = tmp_path / "rows.csv"
    path.write_bytes(as_csv(rows))
    return pd.concat(read_records([path], report or Report()), ignore_index=True)


def test_a_record_becomes_a_row_of_the_store_without_its_case_number(tmp_path):
    (row,) = rows_of(tmp_path, [VALUES]).to_dict("records")
    assert row == {
        "nuts": "ITI43",
        "nace": "41",
        "isco": "71",
        "sex": "M",
        "age": 34,
        "year": 2023,
        "severity": "D14-20",
        "days_lost": 17,
        "weight": Decimal("1.000000"),
        "weekday": "2",
        "size": "2",
        "nationality": "1",
        "status": "311",
        "hour": "09",
        "workstation": "1",
        "environment": "021",
        "process": "22",
        "activity": "41",
        "ma_activity": "00.00",
        "deviation": "33",
        "ma_deviation": "14.01",
        "contact": "42",
        "ma_contact": "14.01",
        "injury": "021",
        "body": "53",
        "flag": "",
    }


@pytest.mark.parametrize(
    ("code", "severity", "days"), [("998", "FAT", None), ("997", "D_GE183", None), ("A04", "D21-30", None)]
)
def test_severity_is_kept_and_days_are_counted_only_where_exact(tmp_path, code, severity, days):
    found = rows_of(tmp_path, [VALUES | {"days_lost": code}])
    assert found["severity"].to_list() == [severity]
    assert found["days_lost"].isna().all()


def test_unknown_days_are_a_severity_of_their_own(tmp_path):
    assert rows_of(tmp_path, [VALUES | {"days_lost": "000"}])["severity"].to_list() == ["D_UNK"]


def test_what_is_unknown_or_unconfirmed_is_marked_unknown_and_noted(tmp_path):
    report = Report()
    values = {
        "sex": "9",
        "age": "99",
        "type_of_injury": "073",
        "time": "99",
        "geographical_location": "00000",
        "occupation": "00",
    }
    (row,) = rows_of(tmp_path, [VALUES | values], report).to_dict("records")
    assert {row[name] for name in ("sex", "injury", "hour", "nuts", "isco")} == {UNKNOWN}
    assert pd.isna(row["age"])
    assert len(report.notes) == len(values)
    assert report.rejected == 0


def test_weights_stay_decimal_to_the_last_digit(tmp_path):
    found = rows_of(tmp_path, [numbered(1, weight="002500001"), numbered(2, weight="12.5")])
    assert found["weight"].to_list() == [Decimal("2.500001"), Decimal("12.500000")]
    assert found["weight"].sum() == Decimal("15.000001")


def test_a_nace_of_before_2008_is_unknown_because_its_list_is_another(tmp_path):
    assert rows_of(tmp_path, [VALUES | {"case_number": "20070000001", "date": "20070301"}])["nace"].to_list() == [
        UNKNOWN
    ]


def test_a_record_that_fails_a_rule_is_rejected_with_the_reason_and_the_others_are_kept(tmp_path):
    report = Report()
    rows = [numbered(1), numbered(2, age="x7"), numbered(3), numbered(1, age="35"), numbered(2)]
    found = rows_of(tmp_path, rows, report)
    assert len(found) == 3
    assert (report.rows_read, report.rejected) == (5, 2)
    assert [(row, field) for row, field, _reason in report.details] == [(2, "age"), (4, "case_number_unique")]
    assert "0000001" not in str(report)


def test_a_line_that_is_no_record_is_named_by_its_row_alone(tmp_path):
    path, report = tmp_path / "r.txt", Report()
    path.write_text(f"{RECORD}\n{RECORD[:-1]}\n\n{RECORD[:-1]}é\n", encoding="utf-8")
    list(read_records([path], report))
    assert [type(row) for row, _field, _reason in report.details] == [int, int, int]
    json.dumps(report.to_dict())
    assert "  row 2: not met: The record has the length of its layout" in str(report)
    assert ": :" not in str(report)


def test_a_case_number_in_a_second_file_is_rejected_there(tmp_path):
    first, second, report = tmp_path / "1.txt", tmp_path / "2.txt", Report()
    first.write_text(RECORD + "\n")
    second.write_text(RECORD.replace("0000123", "0000124") + "\n" + RECORD + "\n")
    assert sum(map(len, read_records([first, second], report))) == 2
    assert report.details[0][:2] == (2, "case_number_unique")


def test_a_file_without_a_usable_record_is_refused_with_the_report(tmp_path):
    with pytest.raises(ReadError, match="No record of rows.csv can be used.\n1 row read, 1 rejected"):
        rows_of(tmp_path, [VALUES | {"date": "20230231"}])


def test_code_columns_are_text(tmp_path):
    found = rows_of(tmp_path, [VALUES])
    numbers = {"age", "year", "days_lost", "weight"}
    assert all(isinstance(found[name].dtype, pd.StringDtype) for name in found.columns if name not in numbers)
    assert str(found["weight"].dtype) == "decimal128(9, 6)[pyarrow]"


MEMORY = """
import sys
from pathlib import Path
from workbench.esaw.judge import judge
records = judge(Path(sys.argv[1]), layout="esaw81").records
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(records, int(peak.split()[1]) // 1024)
"""


def peak(path: Path) -> tuple[int, int]:
    """Records judged and MiB of memory at most, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, env=os.environ, check=True
    )
    return tuple(map(int, done.stdout.split()))


@pytest.mark.slow
def test_memory_stays_flat_for_many_records_and_for_one_endless_line(tmp_path):
    path, lines = tmp_path / "many.txt", 200_000
    with path.open("w") as out:
        for n in range(lines):
            out.write(f"2023{n:07d}{RECORD[11:]}\n")
    small, few = peak(path)
    with path.open("a") as out:
        for n in range(lines, 20 * lines):
            out.write(f"2023{n:07d}{RECORD[11:]}\n")
    large, many = peak(path)
    with path.open("wb") as out:
        out.write(RECORD.encode() + b"\n" + b"7" * 100_000)
        out.truncate(2 << 30)  # a hole: one line of two gibibytes that takes no disk
    two, endless = peak(path)
    assert (small, large, two) == (lines, 20 * lines, 2)
    assert many < few + 200
    assert endless < few + 100


@pytest.mark.parametrize(("key", "value"), [("time", ""), ("type_of_injury", ""), ("economic_activity", "41001")])
def test_only_an_empty_optional_place_is_filled_and_only_the_old_layouts_cut_a_code(key, value, tmp_path):
    with pytest.raises(WorkbenchError, match=f"Record 1 has a {key} that does not fit"):
        write_records([one_record(VALUES | {key: value})], tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_place_of_a_cause_is_written_as_zeros(tmp_path):
    write_records([one_record(VALUES | {"working_process": ""})], tmp_path / "a.txt")
    assert frame_of(tmp_path / "a.txt")["working_process"].to_list() == ["00"]


def test_an_old_layout_cuts_no_other_field_than_sector_and_status(tmp_path):
    with pytest.raises(WorkbenchError, match="Record 1 has a age that does not fit the 2 characters of esaw44"):
        write_records([one_record(VALUES | {"age": "130"})], tmp_path / "a.txt", layout="esaw44")


def test_a_line_of_another_length_is_told_to_hold_other_characters_only_where_it_does(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes((RECORD + "\n" + RECORD[:-1] + "\n" + RECORD[:-1] + "é\n\n").encode())
    (batch,) = open_records(path)
    strange = [(fault.record, "outside ASCII" in fault.words) for fault in batch.faults]
    assert strange == [(2, False), (3, True), (4, False)]
    assert batch.faults[0].words == "The record has 80 bytes instead of 81."
    assert batch.faults[2].words == "The line is empty; a record has 81 characters."


def test_a_record_with_a_control_character_is_a_fault_and_no_record(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes((RECORD + "\n" + RECORD[:20] + "\x01" + RECORD[21:] + "\n").encode())
    (batch,) = open_records(path)
    assert batch.frame["record"].to_list() == [1]
    assert [(fault.record, fault.rule) for fault in batch.faults] == [(2, "characters")]
