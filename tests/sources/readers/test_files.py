import gzip
import zipfile

import openpyxl
import pytest

from workbench.sources.readers.files import contents, lines
from workbench.sources.readers.text_tables import csv_frame, csv_header
from workbench.sources.readers.workbooks import sheets
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report


def text(path, report) -> list[str]:
    return [line for name, stream, _sample in contents(path, report) for line in lines(name, stream, report)]


def test_what_is_inside_shows_from_the_bytes_not_from_the_name(tmp_path, report):
    (tmp_path / "plain.zip").write_bytes(b"a\nb\n")
    (tmp_path / "packed.csv").write_bytes(gzip.compress(b"a\nb\n", mtime=0))
    with zipfile.ZipFile(tmp_path / "archive.txt", "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("one", "a\n")
        archive.writestr("two", "b\n")
    for name in ("plain.zip", "packed.csv", "archive.txt"):
        assert text(tmp_path / name, report) == ["a\n", "b\n"]
    assert report.rejected == 0


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path, report):
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    assert text(tmp_path / "bom.csv", report) == ["a,b\n", "1,2\n"]
    assert csv_header(tmp_path / "bom.csv") == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "x.csv is empty. Download it again."),
        (b" \n ", "x.csv is empty. Download it again."),
        (gzip.compress(b"", mtime=0), "x.csv is empty. Download it again."),
        ("a,b".encode("utf-16"), "x.csv is not UTF-8 text .it looks like UTF-16 or a binary file.. Save it as UTF-8."),
        (b"\x00\x01\x02", "x.csv is not UTF-8 text"),
        (b"<!DOCTYPE html><html>Sorry</html>", "x.csv is a web page, not data: .* Try again later."),
        (b"\xef\xbb\xbf\n<HTML>Sorry</HTML>", "x.csv is a web page, not data"),
        (gzip.compress(b"<html>", mtime=0)[:9], "x.csv is damaged from its first byte"),
        (b"\x1f\x8b\x08\x00 and then something else", "x.csv is damaged from its first byte"),
        (b"PK\x03\x04 and then nothing", "x.csv is a damaged ZIP file"),
    ],
)
def test_what_is_no_table_at_all_is_refused_in_plain_words(tmp_path, content, said):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ReadError, match=said):
        list(contents(tmp_path / "x.csv", Report()))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReadError, match="There is no file .*nowhere.csv"):
        list(contents(tmp_path / "nowhere.csv", Report()))
    with pytest.raises(ReadError, match="There is no file .*nowhere.xlsx"):
        sheets(tmp_path / "nowhere.xlsx", [])


def test_a_zip_file_with_a_password_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as archive:
        archive.writestr("a.csv", "a")
    locked = bytearray((tmp_path / "locked.zip").read_bytes())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(ReadError, match="a.csv in locked.zip is protected by a password"):
        list(contents(tmp_path / "locked.zip", Report()))


def test_a_line_in_another_encoding_keeps_its_number_and_comes_out_empty(tmp_path, report):
    (tmp_path / "x.csv").write_bytes("a\nTürkiye\nb\n".encode("latin-1") + "Türkiye\n".encode())
    assert text(tmp_path / "x.csv", report) == ["a\n", "\n", "b\n", "Türkiye\n"]
    assert report.details == [(2, "", "the line is not UTF-8 text")]


def test_a_header_in_another_encoding_is_refused(tmp_path, report):
    (tmp_path / "x.csv").write_bytes("año,región\n1,2\n".encode("latin-1"))
    with pytest.raises(ReadError, match="The first line of x.csv is not UTF-8 text. Save it as UTF-8."):
        text(tmp_path / "x.csv", report)


def test_a_packed_text_cut_off_gives_its_whole_lines_and_one_rejection(tmp_path, report):
    packed = gzip.compress("".join(f"{i * 7919 % 9973}\n" for i in range(50_000)).encode())
    (tmp_path / "x.gz").write_bytes(packed[: len(packed) // 2])
    found = text(tmp_path / "x.gz", report)
    assert 5_000 < len(found) < 50_000
    assert found[:3] == ["0\n", "7919\n", "5865\n"]
    assert report.details == [
        (len(found) + 1, "", "the file is cut off or damaged here; what follows could not be read")
    ]


def test_a_csv_table_is_text_by_line_number_and_odd_lines_are_rejected(tmp_path, report):
    (tmp_path / "x.csv").write_text('b,a,c\n1,"x, y",\n\n2,z\n3,,0\n')
    frame = csv_frame(tmp_path / "x.csv", report, ("a", "b"))
    assert frame.to_dict("index") == {2: {"a": "x, y", "b": "1"}, 5: {"a": "", "b": "3"}}
    assert report.rows_read == 3
    (fault,) = report.details
    assert fault[0] == 4 and "2 fields where the header has 3" in fault[2]


def test_a_csv_table_without_a_needed_column_names_both(tmp_path, report):
    (tmp_path / "x.csv").write_text("a,c\n1,2\n")
    with pytest.raises(ReadError, match="x.csv has no column b. It has: a, c. Has its layout changed?"):
        csv_frame(tmp_path / "x.csv", report, ("a", "b"))


def test_a_workbook_that_is_none_or_lacks_a_sheet_is_refused(tmp_path):
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "text.xlsx").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    for name in ("no.xlsx", "text.xlsx", "old.xls"):
        with pytest.raises(ReadError, match=f"{name} is not an Excel workbook, or a damaged one"):
            sheets(tmp_path / name, ["a"])
    workbook = openpyxl.Workbook()
    workbook.active.title = "data"
    workbook.active.append(["x", 0.1])
    workbook.save(tmp_path / "good.xlsx")
    assert sheets(tmp_path / "good.xlsx", ["data"]) == {"data": [("x", 0.1)]}
    with pytest.raises(ReadError, match="good.xlsx has no sheet a, b. It has: data."):
        sheets(tmp_path / "good.xlsx", ["a", "data", "b"])


def test_a_workbook_cut_off_anywhere_is_refused(tmp_path):
    workbook = openpyxl.Workbook()
    for i in range(200):
        workbook.active.append([f"name {i}", i / 7])
    workbook.save(tmp_path / "whole.xlsx")
    content = (tmp_path / "whole.xlsx").read_bytes()
    for part in range(1, 10):
        (tmp_path / "cut.xlsx").write_bytes(content[: len(content) * part // 10])
        with pytest.raises(ReadError, match="not an Excel workbook, or a damaged one"):
            sheets(tmp_path / "cut.xlsx", ["Sheet"])
