import gzip
import zipfile

import openpyxl
import pytest

from workbench.sources.readers.files import LONGEST_LINE, contents, lines
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


def zipped(path, members: dict[str, bytes | str]):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_what_systems_and_people_leave_in_an_archive_is_no_table(tmp_path, report):
    left = {"__MACOSX/._a.csv": b"\x00\x05\x16\x07", ".DS_Store": b"\x00\x00", "x/Thumbs.db": b"\xd0\xcf", "d/": b""}
    about = {"README.md": "# Read me", "docs/LEGGIMI.txt": "dati", "notes.pdf": b"%PDF-1.7"}
    zipped(tmp_path / "x.zip", {**left, **about, "a.csv": "a\n"})
    assert text(tmp_path / "x.zip", report) == ["a\n"]
    assert report.notes == ["x.zip: README.md, docs/LEGGIMI.txt, notes.pdf next to the tables is not read."]


def test_gzip_inside_an_archive_and_gzip_twice_are_unpacked(tmp_path, report):
    packed = gzip.compress(b"a\nb\n")
    zipped(tmp_path / "x.zip", {"a.csv.gz": packed})
    (tmp_path / "twice.gz").write_bytes(gzip.compress(packed))
    assert text(tmp_path / "x.zip", report) == text(tmp_path / "twice.gz", report) == ["a\n", "b\n"]
    (tmp_path / "thrice.gz").write_bytes(gzip.compress(gzip.compress(packed)))
    with pytest.raises(ReadError, match="thrice.gz is packed more than twice. Unpack it"):
        text(tmp_path / "thrice.gz", report)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"folder/": b""}, "x.zip holds no table: there are only folders in it"),
        ({}, "x.zip holds no table"),
        ({".DS_Store": b"\x00"}, "x.zip holds no table"),
        ({"README": "read me", "a.html": "<p>"}, "x.zip holds no table. It has: README, a.html."),
        ({"a.zip": b"PK\x03\x04 and more"}, "a.zip is a ZIP archive or a workbook inside a packed file"),
        ({"xl/workbook.xml": "<x/>"}, "x.zip is an Excel workbook, not a table as text"),
        ({"word/document.xml": "<x/>"}, "x.zip is a Word document"),
        ({"content.xml": "<x/>"}, "x.zip is a LibreOffice document"),
    ],
)
def test_an_archive_without_a_table_says_what_is_in_it(tmp_path, report, members, said):
    zipped(tmp_path / "x.zip", members)
    if not members:  # an empty archive begins otherwise
        said = "x.zip is not UTF-8 text"
    with pytest.raises(ReadError, match=said):
        text(tmp_path / "x.zip", report)


@pytest.mark.parametrize(
    ("method", "said"), [(99, "is protected by a password"), (9, "packed in a way"), (77, "packed in")]
)
def test_a_compression_that_cannot_be_opened_is_answered_in_words(tmp_path, report, method, said):
    zipped(tmp_path / "x.zip", {"a.csv": "a"})
    content = bytearray((tmp_path / "x.zip").read_bytes())
    content[8] = content[content.index(b"PK\x01\x02") + 10] = method
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ReadError, match=said):
        text(tmp_path / "x.zip", report)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (b"%PDF-1.7", "a PDF document, not a table as text"),
        (b"PAR1", "a Parquet file, not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "an old Excel workbook .*, or one with a password"),
        (b"BZh91AY", "packed with bzip2. Unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive. Unpack it"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, report, start, said):
    (tmp_path / "x.csv").write_bytes(start)
    with pytest.raises(ReadError, match=f"x.csv is {said}"):
        text(tmp_path / "x.csv", report)


def test_names_in_an_archive_cannot_move_the_cursor_of_a_terminal(tmp_path, report):
    zipped(tmp_path / "x.zip", {"\x1b[2J\x1b]0;title\x07.csv": "<html>"})
    with pytest.raises(ReadError, match="is a web page") as refusal:
        text(tmp_path / "x.zip", report)
    assert "\x1b" not in str(refusal.value) and "\x07" not in str(refusal.value)


def test_a_line_without_an_end_stops_the_file_and_is_counted(tmp_path, report):
    (tmp_path / "x.csv").write_bytes(b"a\nb\n" + b"c" * (LONGEST_LINE + 5) + b"\nd\n")
    assert text(tmp_path / "x.csv", report) == ["a\n", "b\n"]
    assert report.unfinished and report.details == [
        (3, "", "the line has more than 1,048,576 characters; what follows was not read")
    ]


def test_an_unclosed_quotation_mark_is_a_fault_of_its_own_line(tmp_path, report):
    (tmp_path / "x.csv").write_text('a,b\n1,2\n3,"4\n5,6\n7,"8"\n"9,1",\n')
    frame = csv_frame(tmp_path / "x.csv", report, ("a", "b"))
    assert frame.values.tolist() == [["1", "2"], ["5", "6"], ["7", "8"], ["9,1", ""]]
    assert report.details == [(3, "", "a quotation mark in the line is not closed")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a;b\n1;2\n", "x.csv is separated by semicolons, expected commas. Excel writes it so"),
        ("a\tb\n1\t2\n", "x.csv is separated by tabs, expected commas"),
        ('{"error": {"status": 500}}', "x.csv is JSON, not a table .* Perhaps the publisher's server answered"),
        ("<?xml version='1.0'?><error/>", "x.csv is XML, not a table"),
        ("a,b,a\n1,2,3\n", "x.csv has the column a twice"),
        ("c,d\n1,2\n", "x.csv has no column a, b. It has: c, d"),
        (",".join(f"c{i}" for i in range(3_000)), "x.csv has 3,000 columns; no table"),
    ],
)
def test_a_header_that_is_none_is_refused_and_says_what_to_do(tmp_path, report, content, said):
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(ReadError, match=said):
        csv_frame(tmp_path / "x.csv", report, ("a", "b"))


@pytest.mark.parametrize("first", ["20230000123,4120,71,34,1", "Rossi,12/03/1980,F,77000001", "case 77000001,F"])
def test_a_record_in_the_place_of_a_header_is_not_repeated(tmp_path, report, first):
    (tmp_path / "x.csv").write_text(first + "\n")
    with pytest.raises(ReadError, match="It has: no header with names of columns") as refusal:
        csv_frame(tmp_path / "x.csv", report, ("a",))
    assert not any(part in str(refusal.value) for part in first.split(","))


def test_a_table_that_does_not_end_with_a_line_end_is_read_with_a_note(tmp_path, report):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4")
    assert len(csv_frame(tmp_path / "x.csv", report, ("a", "b"))) == 2
    assert "The last line of x.csv has no line end." in report.notes[0]


def test_a_workbook_with_a_bad_index_a_password_or_a_long_number_is_refused(tmp_path):
    workbook = openpyxl.Workbook()
    workbook.active.append(["x", 7])
    workbook.save(tmp_path / "good.xlsx")
    with zipfile.ZipFile(tmp_path / "good.xlsx") as archive:
        members = {member.filename: archive.read(member) for member in archive.infolist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    for broken in (sheet.replace(b"<v>7</v>", b"<v>" + b"7" * 5_000 + b"</v>"), sheet.replace(b't="n"', b't="s"')):
        zipped(tmp_path / "bad.xlsx", {**members, "xl/worksheets/sheet1.xml": broken})
        with pytest.raises(ReadError, match="bad.xlsx is not an Excel workbook, or a damaged one. Download it again."):
            sheets(tmp_path / "bad.xlsx", ["Sheet"])
    (tmp_path / "locked.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    with pytest.raises(ReadError, match="locked.xlsx is an old Excel workbook .*, or one with a password"):
        sheets(tmp_path / "locked.xlsx", ["Sheet"])
