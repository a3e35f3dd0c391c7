import gzip
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sources.readers.eurostat_formats import Cells, cells, read_cell
from workbench.sources.readers.files import contents
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report

TSV = "unit,nace_r2,age,geo\\time\t2015 \t2014 \nTHS,A,Y15-24,AT\t14.3 \t16.8 b\nTHS,A,Y15-24,EL\t: u\t4.0 bu\n"
HEADER = (
    "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,freq,Time frequency,unit,Unit of measure,nace_r2,Classification,sex,Sex,"
    "geo,Geopolitical entity (reporting),TIME_PERIOD,Time,OBS_VALUE,Observation "
    "value,OBS_FLAG,Status,CONF_STATUS,Status"
)
LINE = "dataflow,ESTAT:X(1.0),Accidents,A,Annual,NR,Number,A,Farming,T,Total,IT,Italy,2014,,{value},,{flag},,{secret},"
BOX = {
    "version": "2.0",
    "class": "dataset",
    "id": ["unit", "nace_r2", "age", "geo", "time"],
    "size": [1, 2, 2, 2, 4],
    "value": {"0": 2099.4, "1": 4846.39, "8": 1125.35, "23": 3212.52, "13": 0},
    "status": {"1": "b", "2": ":", "3": ": c", "23": "bd"},
    "dimension": {
        "unit": {"category": {"index": {"RT_INC": 0}}},
        "nace_r2": {"category": {"index": {"B": 1, "A": 0}}},
        "age": {"category": {"index": ["TOTAL", "Y_LT18"]}},
        "geo": {"category": {"index": {"AT": 0, "BE": 1}}},
        "time": {"category": {"index": {"2015": 0, "2016": 1, "2017": 2, "2018": 3}}},
    },
}


@pytest.fixture
def read(tmp_path, report):
    """All cells of a file: {(codes..., time): (value or None, flags)}."""

    def read_(content: str | bytes | dict) -> dict:
        content = json.dumps(content) if isinstance(content, dict) else content
        path = tmp_path / "table"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        pieces = [
            piece for name, stream, sample in contents(path, report) for piece in cells(name, stream, sample, report)
        ]
        found = {}
        for piece in pieces:
            rows = zip(piece.keys, piece.times, piece.values, piece.flags, strict=True)
            found |= {(*key, time): (None if math.isnan(value) else value, flag) for key, time, value, flag in rows}
        return found

    return read_


@pytest.mark.parametrize(
    ("written", "value", "flag"),
    [
        ("123.4 b", 123.4, "b"),
        (": c", None, "c"),
        (":", None, ""),
        ("12 bd", 12.0, "bd"),
        ("12 db", 12.0, "bd"),
        ("0", 0.0, ""),
        ("0 ", 0.0, ""),
        (": z", None, "z"),
        ("-1.5e3 p", -1500.0, "p"),
        (": @C", None, "c"),
        ("3 b@N", 3.0, "bc"),
        ("3 b@F", 3.0, "b"),
    ],
)
def test_a_cell_is_a_value_and_letters(written, value, flag):
    found = read_cell(written)
    assert found[1] == flag
    assert math.isnan(found[0]) if value is None else found[0] == value


@pytest.mark.parametrize("written", ["", "b", "12,5", "12.5.3", "1 2", "n/a", "12 B", "١٢"])
def test_what_is_no_cell_is_not_guessed(written):
    assert read_cell(written) is None


@given(st.floats(0, 1e9).map(lambda x: round(x, 3)), st.text("bcdefnprsuz", max_size=3), st.booleans())
def test_value_and_flags_survive_however_they_are_spaced(value, flags, space):
    assert read_cell(f" {value:.3f}{' ' if space else ''}{flags} ") == (value, "".join(sorted(set(flags))))


def test_tsv_has_a_year_per_column_newest_first(read, report):
    assert read(TSV) == {
        ("THS", "A", "Y15-24", "AT", "2015"): (14.3, ""),
        ("THS", "A", "Y15-24", "AT", "2014"): (16.8, "b"),
        ("THS", "A", "Y15-24", "EL", "2015"): (None, "u"),
        ("THS", "A", "Y15-24", "EL", "2014"): (4.0, "bu"),
    }
    assert (report.rows_read, report.rejected) == (4, 0)
    assert read(gzip.compress(TSV.encode())) == read("\ufeff" + TSV.replace("\n", "\r\n")) == read(TSV)


def test_tsv_of_today_begins_with_the_frequency_and_may_have_capitals(read):
    found = read("FREQ,unit,GEO\\TIME_PERIOD\t2015 \nA,NR,IT\t1 \n")
    assert found == {("A", "NR", "IT", "2015"): (1.0, "")}


def test_tsv_faults_are_rejected_with_line_and_year(read, report):
    text = TSV + "THS,A,BE\t1 \t2 \nTHS,A,Y15-24,BE\t1 \nTHS,A,Y15-24,BG\tmany \t2 \nTHS,A,Y15-24,CY\t1 \t23"
    assert len(read(text)) == 5
    assert [(row, field) for row, field, _reason in report.details] == [
        *[(4, ""), (4, ""), (5, ""), (5, ""), (6, "2015"), (7, ""), (7, "")]
    ]
    reasons = [reason for _row, _field, reason in report.details]
    assert "the key has 3 codes where the header has 4" in reasons[0]
    assert "1 cells where the header has 2 years" in reasons[2]
    assert reasons[5] == "the file ends inside this line: it may be cut off"


def test_linear_csv_has_a_label_beside_every_code(read, report):
    lines = [
        HEADER,
        LINE.format(value="32537", flag="", secret=""),
        LINE.format(value="12", flag="b", secret="").replace("2014", "2015"),
        LINE.format(value="", flag="", secret="C").replace("2014", "2016"),
        LINE.format(value="7", flag="bd", secret="F").replace("2014", "2017"),
        LINE.format(value="", flag="u", secret="N").replace("2014", "2018"),
    ]
    key = ("A", "NR", "A", "T", "IT")
    assert read("\n".join(lines) + "\n") == {
        (*key, "2014"): (32537.0, ""),
        (*key, "2015"): (12.0, "b"),
        (*key, "2016"): (None, "c"),
        (*key, "2017"): (7.0, "bd"),
        (*key, "2018"): (None, "cu"),
    }
    assert report.rejected == 0


def test_csv_without_labels_is_the_same(read):
    plain = (
        "DATAFLOW,LAST UPDATE,freq,unit,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG\nESTAT:X(1.0),01/01/26,A,NR,IT,2014,5,b\n"
    )
    assert read(plain) == {("A", "NR", "IT", "2014"): (5.0, "b")}


def test_csv_faults_are_rejected_with_their_line(read, report):
    good = LINE.format(value="1", flag="", secret="")
    text = "\n".join([HEADER, good, good + ",", good.replace(",1,", ",one,"), "", good[:-30]])
    assert len(read(text)) == 1
    assert [(row, field) for row, field, _reason in report.details] == [(3, ""), (4, "OBS_VALUE"), (6, "")]
    assert report.rows_read == 4


def test_json_stat_counts_row_by_row_over_the_dimensions(read, report):
    found = read(BOX)
    assert found["RT_INC", "A", "TOTAL", "AT", "2015"] == (2099.4, "")
    assert found["RT_INC", "A", "Y_LT18", "AT", "2015"] == (1125.35, "")
    assert found["RT_INC", "B", "TOTAL", "BE", "2018"] == (3212.52, "bd")
    assert found["RT_INC", "A", "TOTAL", "AT", "2016"] == (4846.39, "b")
    assert found["RT_INC", "A", "Y_LT18", "BE", "2016"] == (0.0, "")  # a zero is not missing
    assert found["RT_INC", "A", "TOTAL", "AT", "2017"] == (None, "")
    assert found["RT_INC", "A", "TOTAL", "AT", "2018"] == (None, "c")
    assert len(found) == report.rows_read == 7
    assert report.notes == ["table: 25 of 32 cells are not in the answer."]


def test_json_stat_may_order_its_dimensions_otherwise(read):
    order = ["unit", "age", "geo", "time", "nace_r2"]
    found = read({**BOX, "id": order, "size": [1, 2, 2, 4, 2], "value": {"1": 7.5}, "status": {}})
    assert found == {("RT_INC", "TOTAL", "AT", "B", "2015"): (7.5, "")}


def test_json_stat_values_may_be_a_list(read):
    found = read({**BOX, "value": [1.5, None, 2.5, *[None] * 29], "status": [None, ":", "e", *[None] * 29]})
    assert [(key[-1], its) for key, its in found.items()] == [
        ("2015", (1.5, "")),
        ("2016", (None, "")),
        ("2017", (2.5, "e")),
    ]
    assert read({**BOX, "status": "p"})["RT_INC", "A", "TOTAL", "AT", "2015"] == (2099.4, "p")


def test_json_stat_codes_that_are_numbers_are_read_as_text(read):
    dimension = {
        **BOX["dimension"],
        "geo": {"category": {"index": [-5, "BE"]}},
        "time": {"category": {"index": [2015]}},
    }
    found = read({**BOX, "size": [1, 2, 2, 2, 1], "value": {"0": 5}, "status": {}, "dimension": dimension})
    assert found == {("RT_INC", "A", "TOTAL", "-5", "2015"): (5.0, "")}


def test_json_stat_faults(read, report):
    read({**BOX, "value": {"0": "many", "32": 1}, "status": {}})
    assert [row for row, _field, _reason in report.details] == [0, 32]
    for broken, said in (
        ({**BOX, "size": [1, 2, 2, 2, 5]}, "the sizes of its dimensions do not fit its codes"),
        ({**BOX, "id": ["unit"], "size": [1]}, "no dimension of time. It has: unit"),
        ({"class": "collection"}, "JSON, but not a JSON-stat 2.0 table"),
        ({**BOX, "value": 3}, "JSON, but not a JSON-stat 2.0 table"),
        (
            {"error": [{"status": 413, "label": "ASYNCHRONOUS_RESPONSE"}]},
            "Eurostat answered table with an error: ASYNCHRONOUS",
        ),
    ):
        with pytest.raises(ReadError, match=said):
            read(broken)
    with pytest.raises(ReadError, match="table is not whole JSON .* download it again"):
        read(json.dumps(BOX)[:-40])
    with pytest.raises(ReadError, match="table is not whole JSON"):
        read(gzip.compress(json.dumps(BOX).encode())[:200])


def test_anything_else_is_refused_with_its_beginning(read):
    for content in ("a,b\n1,2\n", "just text", "<xml></xml>", "TIME_PERIOD,OBS_VALUE\n2014,1\n"):
        with pytest.raises(
            ReadError,
            match="expected a Eurostat table as TSV, SDMX-CSV or JSON-stat|expected dimensions, then TIME_PERIOD",
        ):
            read(content)


def test_a_tsv_cut_off_inside_gzip_keeps_its_whole_lines(tmp_path):
    rows = "".join(f"THS,A,Y15-24,X{i}\t{i * 7919 % 9973}.5 \t: u\n" for i in range(20_000))
    packed, report = gzip.compress((TSV + rows).encode()), Report()
    (tmp_path / "cut.tsv.gz").write_bytes(packed[: len(packed) // 2])
    pieces = [
        p for n, stream, sample in contents(tmp_path / "cut.tsv.gz", report) for p in cells(n, stream, sample, report)
    ]
    good = sum(len(piece.rows) for piece in pieces)
    assert 5_000 < good < 40_000 and report.rows_read == good + 1
    assert report.rejected == 1 and "cut off" in report.details[0][2]


@given(st.binary(max_size=40), st.integers(0, 90))
def test_noise_is_reported_or_refused_but_never_a_crash(tmp_path_factory, noise, place):
    for content in (
        TSV.encode(),
        "\n".join([HEADER, LINE.format(value="1", flag="", secret="")]).encode(),
        json.dumps(BOX).encode(),
    ):
        path, report, found = tmp_path_factory.mktemp("noise") / "table", Report(), []
        path.write_bytes(content[:place] + noise + content[place + len(noise) :])
        try:
            found = [
                piece for n, stream, sample in contents(path, report) for piece in cells(n, stream, sample, report)
            ]
        except ReadError:
            continue
        assert sum(len(piece.rows) for piece in found) + report.rejected == report.rows_read
        assert all(isinstance(piece, Cells) for piece in found)
