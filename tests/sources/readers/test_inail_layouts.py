import gzip
import re
import subprocess
import sys
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.readers import inail_layouts
from workbench.sources.readers.inail import read_records
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report

PEAK = """
import sys
from pathlib import Path
from workbench.sources.readers.inail import read_records
from workbench.terms.tables import Report
report = Report()
rows = sum(len(batch) for batch in read_records([Path(sys.argv[1])], report))
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rows, report.rows_read, report.rejected, int(peak.split()[1]) // 1024)
"""


@pytest.fixture
def read(tmp_path, report):
    def read_(content: bytes, name="claims") -> pd.DataFrame:
        path = tmp_path / name
        path.write_bytes(content)
        return pd.concat(read_records([path], report), ignore_index=True)

    return read_


def test_a_json_answer_may_begin_with_an_xml_declaration(read, inail):
    body = b'<?xml version="1.0"?>{"X":[' + inail.json([inail.claim()]).partition(b"[")[2]
    assert len(read(body)) == 1
    assert len(read(body.replace(b'<?xml version="1.0"?>', b""))) == 1
    assert len(read(body.partition(b'"X":')[2].removesuffix(b"}"))) == 1  # a bare list


def test_an_error_of_inail_arrives_with_status_200_and_is_told(read):
    with pytest.raises(
        ReadError, match="INAIL answered claims with an error: Regione non valida. Ask for another region"
    ):
        read(b'<?xml version="1.0"?>{"Errore": "Regione non valida"}')


def test_json_without_a_list_of_records_is_refused(read):
    with pytest.raises(ReadError, match="JSON without a list of records"):
        read(b'{"status": "ok"}')


@pytest.mark.parametrize("layout", ["xml", "csv", "json"])
def test_a_file_cut_off_anywhere_keeps_the_whole_records_and_rejects_the_last(read, inail, layout, tmp_path):
    claims = [inail.claim(Eta=str(20 + i)) for i in range(5)]
    content = getattr(inail, layout)(claims)
    end = {"xml": b"</DatiConCadenzaSemestraleInfortunio>", "csv": b";0\n", "json": b'"GrandeGruppoTariffario": "0"}'}[
        layout
    ]
    ends = [found.end() for found in re.finditer(re.escape(end), content)]
    for cut in range(ends[1] + 1, ends[3], 97):
        report = Report()
        (tmp_path / "cut").write_bytes(content[:cut])
        frame = pd.concat(read_records([tmp_path / "cut"], report))
        whole = sum(its <= cut for its in ends)
        assert frame["age"].tolist() == [20, 21, 22, 23][:whole]
        assert report.rejected == 1 and report.details[0][0] == report.rows_read == whole + 1
        assert "cut off" in report.details[0][2]


def test_a_gzip_file_cut_off_keeps_what_could_be_unpacked(tmp_path, inail):
    claims = [inail.claim(Eta=str(i % 60), GiorniIndennizzati=str(i * 7919 % 9973)) for i in range(4000)]
    for layout in ("xml", "csv", "json"):
        content, report = gzip.compress(getattr(inail, layout)(claims)), Report()
        (tmp_path / "cut.gz").write_bytes(content[: len(content) * 3 // 4])
        frame = pd.concat(read_records([tmp_path / "cut.gz"], report))
        assert 1000 < len(frame) < 4000
        assert report.rows_read == len(frame) + report.rejected
        assert report.rejected == 1 and "cut off" in report.details[0][2]


def test_a_changed_header_is_refused_and_both_are_named(read, inail):
    renamed = [{("Sesso" if name == "Genere" else name): text for name, text in inail.claim().items()}]
    for content in (inail.xml(renamed), inail.csv(renamed), inail.json(renamed)):
        with pytest.raises(
            ReadError, match="claims lacks the fields Genere. It has: .*Sesso.*Has INAIL changed its layout?"
        ):
            read(content)
    with pytest.raises(ReadError, match="claims has Eta twice"):
        read(inail.csv([inail.claim()]).replace(b"LuogoNascita", b"Eta"))


def test_a_field_more_and_another_order_do_no_harm(read, inail):
    claim = dict(reversed([*inail.claim().items(), ("Regione", "LAZIO")]))
    for content in (inail.xml([claim]), inail.csv([claim]), inail.json([claim])):
        assert read(content)[["nuts", "age", "nace"]].values.tolist() == [["ITI43", 55, "81"]]


def test_records_written_in_different_orders_are_read_by_name(read, inail):
    other = dict(reversed(inail.claim(Eta="33").items()))
    for content in (inail.xml([inail.claim(), other, inail.claim()]), inail.json([inail.claim(), other])):
        assert read(content)["age"].tolist()[:2] == [55, 33]


def test_a_record_that_lacks_a_field_is_rejected_not_read_as_empty(tmp_path, inail):
    alive = {name: text for name, text in inail.claim().items() if name != "DataMorte"}
    for content in (inail.xml([inail.claim(), alive, inail.claim()]), inail.json([inail.claim(), alive])):
        report = Report()
        (tmp_path / "claims").write_bytes(content)
        frame = pd.concat(read_records([tmp_path / "claims"], report))
        assert len(frame) == report.rows_read - 1
        assert report.details == [(2, "DataMorte", "the field is not there")]


def test_a_line_with_too_many_or_too_few_separators_is_rejected(read, inail, report):
    lines = inail.csv([inail.claim()] * 4).split(b"\n")
    lines[2], lines[3] = lines[2].replace(b"N 81", b"N;81"), lines[3].replace(b"N 81;", b"")
    assert len(read(b"\n".join(lines))) == 2
    assert [row for row, _field, _reason in report.details] == [2, 3]
    assert "26 fields where the header has 25" in report.details[0][2]


def test_a_quotation_mark_left_open_is_a_fault_of_its_line_and_swallows_no_other(read, inail, report):
    content = inail.csv([inail.claim()] * 4).replace(b"N 81", b'"N 81', 1)
    assert len(read(content)) == 3
    assert report.details == [(1, "", "a quotation mark in the line is not closed")]


def test_a_line_in_another_encoding_is_rejected_and_the_rest_read(read, inail, report):
    lines = inail.csv([inail.claim()] * 3).split(b"\n")
    lines[2] = lines[2].replace(b"ITAL", "Forlì".encode("latin-1"))
    assert len(read(b"\n".join(lines))) == 2
    assert report.rows_read == 3 and report.details[0][2] == "the line is not UTF-8 text"


def test_xml_in_another_encoding_than_it_says_stops_with_a_reason(read, inail, report):
    content = inail.xml([inail.claim(), inail.claim(LuogoNascita="Forlì"), inail.claim()]).decode().encode("latin-1")
    assert len(read(content)) == 1
    assert report.rejected == 1 and "what follows could not be read" in report.details[0][2]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf_16_is_refused(read, inail, encoding):
    with pytest.raises(ReadError, match="not UTF-8 text"):
        read(inail.csv([inail.claim()]).decode().encode(encoding))


def test_an_xml_bomb_is_refused_at_once_and_an_external_entity_never_opened(read, inail, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the salary of the director")
    body = inail.xml([inail.claim(Eta="&x;")]).partition(b"?>")[2]
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    for doctype in (f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l11;">', f'<!ENTITY x SYSTEM "{secret.as_uri()}">'):
        start = time.monotonic()
        with pytest.raises(ReadError, match="declares a document type .DTD.. INAIL's files have none") as refusal:
            read(f"<!DOCTYPE r [{doctype}]>".encode() + body)
        assert time.monotonic() - start < 2 and "salary" not in str(refusal.value)


def test_an_entity_without_declaration_is_a_fault(read, inail):
    with pytest.raises(ReadError, match="holds no accident records"):
        read(inail.xml([inail.claim(Eta="&x;")]))


def test_comments_and_character_data_are_xml_too(read, inail):
    content = inail.xml([inail.claim(), inail.claim()])
    content = content.replace(b"<Eta>55</Eta>", b"<!-- years --><Eta><![CDATA[5]]>5</Eta>").replace(
        b"N 81", b"&#78; 81"
    )
    assert read(content)[["age", "nace"]].values.tolist() == [[55, "81"], [55, "81"]]


def test_instructions_between_and_inside_records_are_no_records(read, inail, report):
    end = b"</DatiConCadenzaSemestraleInfortunio>"
    content = inail.xml([inail.claim(Eta="20"), inail.claim(Eta="30"), inail.claim(Eta="40")])
    content = content.replace(end, end + b"<?page break?>").replace(b"<Eta>20", b"<?page?><Eta>20", 1)
    content = content.replace(b"?>", b"?><?xml-stylesheet href='x.xsl'?><!-- INAIL -->", 1)
    assert read(content)["age"].tolist() == [20, 30, 40]
    assert (report.rows_read, report.rejected) == (3, 0)


def test_xml_needs_no_declaration_and_may_have_a_byte_order_mark(read, inail):
    body = inail.xml([inail.claim()]).partition(b"?>")[2]
    for content in (body, b"\n" + body, b"\xef\xbb\xbf" + inail.xml([inail.claim()]), b"<all>" + body + b"</all>"):
        assert len(read(content)) == 1


def test_xml_may_say_that_it_is_in_another_encoding(read, inail):
    content = inail.xml([inail.claim(LuogoNascita="Forlì")]).decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert read(content)["nuts"].tolist() == ["ITI43"]


def test_other_xml_is_refused_and_named(read):
    with pytest.raises(ReadError, match="nothing inside its outermost element <rss> has a DataAccadimento"):
        read(b"<rss><channel><title>News</title></channel></rss>")
    with pytest.raises(ReadError, match="nothing inside its outermost element <one> has a DataAccadimento"):
        read(b"<one><DataAccadimento>19/07/2021</DataAccadimento></one>")
    with pytest.raises(ReadError, match="is not XML"):
        read(b"< this is no XML")


def test_large_files_come_in_batches(read, inail, monkeypatch, tmp_path):
    monkeypatch.setattr(inail_layouts, "BATCH", 100)
    claims = [inail.claim(Eta=str(i % 100)) for i in range(450)]
    for layout in ("xml", "csv", "json"):
        (tmp_path / "many").write_bytes(getattr(inail, layout)(claims))
        batches = list(read_records([tmp_path / "many"], Report()))
        assert len(batches) > 3
        assert pd.concat(batches)["age"].tolist() == [i % 100 for i in range(450)]


@given(st.data())
def test_noise_in_a_file_is_reported_or_refused_but_never_a_crash(tmp_path_factory, inail, data):
    layout = data.draw(st.sampled_from(["xml", "csv", "json"]))
    content = bytearray(getattr(inail, layout)([inail.claim()] * 3))
    for _each in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    report, path = Report(), tmp_path_factory.mktemp("noise") / "claims"
    path.write_bytes(bytes(content))
    try:
        rows = sum(len(batch) for batch in read_records([path], report))
    except ReadError:
        return
    assert rows + report.rejected == report.rows_read


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["xml", "csv", "json"])
def test_two_hundred_megabytes_of_faults_give_one_report_in_little_memory(inail, layout, tmp_path):
    content = getattr(inail, layout)([inail.claim(Eta=f"old {i}") for i in range(1000)])
    first = {"xml": b"<DatiConCadenzaSemestraleInfortunio>", "csv": b"30/04/2024", "json": b'{"DataRilevazione"'}[
        layout
    ]
    last, between = {"xml": (b"\n</Dati", b"\n"), "csv": (b"\n", b"\n"), "json": (b"]", b",")}[layout]
    start, end = content.index(first), content.rindex(last)
    blocks = 200_000_000 // (end - start)
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(content[:start])
        for _each in range(blocks):
            file.write(content[start:end] + between)
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    rows, read, rejected, megabytes = map(int, done.stdout.split())
    assert rows == 0
    assert read == rejected == blocks * 1000 + (layout != "csv")  # the file ends without its closing tag or bracket
    assert megabytes < 350
