"""Whatever a publisher's server does, only what was read and is whole replaces a good copy and a good table."""

import gzip
import hashlib
import io
import time
import zipfile

import pytest
import yaml

import workbench as wb
from workbench.sources import download
from workbench.sources.catalog import catalog
from workbench.sources.kept import kept
from workbench.sources.transfer import Limits
from workbench.terms.errors import ReadError, WorkbenchError
from workbench.terms.places import bundled

NAME, PART = "inail_records", {"region": "Calabria"}
ADDRESS = catalog()[NAME].files["live"][0]["address"].format(**PART)
QUICK = Limits(attempts=2, wait=0.01, longest_wait=0.5, connect=2, silence=0.3, longest=1, most_bytes=200_000)
HEAD = (
    b"DataAccadimento;DataMorte;LuogoAccadimento;Genere;Eta;ModalitaAccadimento;SettoreAttivitaEconomica;Gestione;"
    b"DefinizioneAmministrativa;DefinizioneAmministrativaEsitoMortale;Indennizzo;GradoMenomazione;GiorniIndennizzati\n"
)


def rows(n: int, age: int = 55) -> bytes:
    """A publisher's table of n rows."""
    return HEAD + b"".join(b"%02d/07/2021;;058;F;%d;N;N 81;I;P;ND;TE;-1;43\n" % (1 + i % 28, age) for i in range(n))


GOOD, NEWER = rows(30), rows(32, age=54)


def in_zip(content: bytes, name: str = "x.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return file.getvalue()


def other_byte(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 255
    return bytes(changed)


def says(body: bytes = b"", status: str = "200 OK", length: object = "right", close: float = 0, **headers: str):
    """An answer, byte for byte; `length=None` leaves its length out, and the end of the connection is its end."""
    if length == "right":
        length = len(body)
    lines = [f"HTTP/1.0 {status}"] + ([f"Content-Length: {length}"] if length is not None else [])
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join([*lines, "", ""]).encode() + body, close)


def raw(content: bytes, close: float = 0):
    def answer(handler):
        handler.close_connection = True
        try:
            handler.wfile.write(content)
            handler.wfile.flush()
            time.sleep(close)
        except OSError:
            pass  # the workbench has hung up, as it should

    return answer


def chunked(content: bytes, end: bytes = b"0\r\n\r\n"):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return raw(head + b"%x\r\n%s\r\n" % (len(content), content) + end)


def drips(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    for _second in range(30):
        time.sleep(0.1)
        try:
            handler.wfile.write(b"x")
            handler.wfile.flush()
        except OSError:
            return


def floods(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    try:
        for _piece in range(60):
            handler.wfile.write(b"x" * 10_000)
    except OSError:
        pass


PAGE, PAGE_WORDS = b"<!DOCTYPE html><html>Maintenance</html>", "answered with a web page instead of data"
CUT, BROKE = "could not be fetched: it was cut short", "could not be fetched: the connection broke"
DAMAGED = "could not be fetched: it was cut short or damaged on the way"
BEGINNING, FEWER = (
    "was cut off: what came is the beginning of the copy",
    "It seems to be cut off, and the former table is kept",
)
REFUSED, TAKEN = "refused", "taken"
# name: (answer, outcome beside a good copy, outcome without one, words of the refusal)
FAULTS = {
    "status 500": (says(b"try later", "500 Error"), REFUSED, REFUSED, "the publisher answers 500"),
    "status 503": (says(b"try later", "503 Busy"), REFUSED, REFUSED, "the publisher answers 503"),
    "status 429, back in an hour": (
        says(status="429 Busy", Retry_After="3600"),
        REFUSED,
        REFUSED,
        "asks to come back in 3600",
    ),
    "status 404": (
        says(status="404 Not Found"),
        REFUSED,
        REFUSED,
        "answers 404 Not Found. Has the publisher moved it?",
    ),
    "status 403": (says(status="403 Forbidden"), REFUSED, REFUSED, "answers 403"),
    "status 204": (says(status="204 No Content"), REFUSED, REFUSED, "answers 204"),
    "status 206, a part": (says(GOOD[:900], "206 Partial"), REFUSED, REFUSED, "answers 206"),
    "status 200 and nothing": (says(b""), REFUSED, REFUSED, "answered with an empty file"),
    "status 200 and a web page": (says(PAGE), REFUSED, REFUSED, PAGE_WORDS),
    "status 200 and a web page, called CSV": (says(PAGE, Content_Type="text/csv"), REFUSED, REFUSED, PAGE_WORDS),
    "status 200 and an error in JSON": (says(b'{"error": {"status": 413}}'), REFUSED, REFUSED, ""),
    "status 200 and an error in XML": (says(b"<error>busy</error>"), REFUSED, REFUSED, ""),
    "status 200 and an error in words": (says(b"Too many requests\n"), REFUSED, REFUSED, ""),
    "status 200 and another table": (says(b"a,b\n1,2\n"), REFUSED, REFUSED, ""),
    "the header and no row": (says(HEAD), REFUSED, REFUSED, ""),
    "in UTF-16": (says(GOOD.decode().encode("utf-16")), REFUSED, REFUSED, "not UTF-8 text"),
    "zeros": (says(bytes(500)), REFUSED, REFUSED, ""),
    "shorter than its length": (says(GOOD[:1200], length=len(GOOD)), REFUSED, REFUSED, CUT),
    "cut inside a chunk": (
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nhalf"),
        REFUSED,
        REFUSED,
        "",
    ),
    "chunks without an end": (chunked(GOOD, end=b""), REFUSED, REFUSED, ""),
    "cut inside a row, length not said": (says(GOOD[:1205], length=None), REFUSED, TAKEN, BEGINNING),
    "cut at the end of a row, length not said": (says(rows(10), length=None), REFUSED, TAKEN, BEGINNING),
    "cut at the end of a row, by who says the shorter length": (says(rows(10)), REFUSED, TAKEN, BEGINNING),
    "a newer table, cut at the end of a row": (says(rows(10, age=54), length=None), REFUSED, TAKEN, FEWER),
    "a newer table, two rows fewer": (says(rows(28, age=54)), TAKEN, TAKEN, ""),
    "gzip, cut in the middle": (says(gzip.compress(NEWER)[:-60], length=None), REFUSED, REFUSED, DAMAGED),
    "gzip without its trailer": (says(gzip.compress(NEWER)[:-8], length=None), REFUSED, REFUSED, DAMAGED),
    "gzip with another check sum": (says(other_byte(gzip.compress(NEWER), -6)), REFUSED, REFUSED, DAMAGED),
    "gzip with another length": (says(other_byte(gzip.compress(NEWER), -2)), REFUSED, REFUSED, DAMAGED),
    "packed on the way, cut": (
        says(gzip.compress(NEWER)[:-8], length=None, Content_Encoding="gzip"),
        REFUSED,
        REFUSED,
        DAMAGED,
    ),
    "packed on the way in an unknown way": (
        says(NEWER, Content_Encoding="br"),
        REFUSED,
        REFUSED,
        "an encoding that was not asked for ('br')",
    ),
    "ZIP, cut": (says(in_zip(NEWER)[:-30], length=None), REFUSED, REFUSED, DAMAGED),
    "ZIP with another check sum": (says(other_byte(in_zip(NEWER), 60)), REFUSED, REFUSED, DAMAGED),
    "ZIP of a web page": (says(in_zip(PAGE)), REFUSED, REFUSED, "web page"),
    "Parquet, cut": (says(b"PAR1" + bytes(100)), REFUSED, REFUSED, DAMAGED),
    "leads elsewhere": (says(status="302 Found", Location="http://127.0.0.1:1/x"), REFUSED, REFUSED, "answers 302"),
    "3 GB announced": (says(b"x", length=3_000_000_000), REFUSED, REFUSED, "has more than 200,000 bytes"),
    "more and more": (floods, REFUSED, REFUSED, "has more than 200,000 bytes"),
    "a byte at a time": (drips, REFUSED, REFUSED, "it took longer than 1 seconds"),
    "falls silent": (says(GOOD[:500], length=len(GOOD), close=0.5), REFUSED, REFUSED, "nothing came for 0.3 seconds"),
    "closes at once": (raw(b""), REFUSED, REFUSED, BROKE),
    "no HTTP": (raw(b"220 ready\r\n"), REFUSED, REFUSED, BROKE),
    "a header of a million letters": (raw(b"HTTP/1.0 200 OK\r\nX: " + b"x" * 1_000_000), REFUSED, REFUSED, BROKE),
    "a thousand headers": (raw(b"HTTP/1.0 200 OK\r\n" + b"X: x\r\n" * 1_000 + b"\r\n"), REFUSED, REFUSED, BROKE),
    "a length that is no number": (says(NEWER, length="many"), TAKEN, TAKEN, ""),
    "a length below zero": (says(NEWER, length=-1), TAKEN, TAKEN, ""),
    "a newer table": (says(NEWER), TAKEN, TAKEN, ""),
    "a newer table, packed on the way": (says(gzip.compress(NEWER), Content_Encoding="gzip"), TAKEN, TAKEN, ""),
    "a newer table in a ZIP": (says(in_zip(NEWER)), TAKEN, TAKEN, ""),
}


def load(source: str = "live") -> str:
    """ "taken", with a number of rows, or the refusal."""
    try:
        loaded = wb.load(NAME, source=source, **PART)
    except WorkbenchError as error:
        return f"{REFUSED}: {error}"
    doubts = [", broken off"] * loaded.report.unfinished + [", one rejected"] * (loaded.report.rejected == 1)
    doubts += [", the doubt noted"] * any("did not say how long" in note for note in loaded.report.notes)
    return f"{TAKEN}: {loaded.manifest.rows} rows{''.join(doubts)}"


@pytest.mark.parametrize("name", FAULTS)
def test_only_what_is_whole_and_was_read_takes_the_place_of_a_good_copy(
    name, publisher, monkeypatch, own_home, check_row
):
    answer, beside_a_copy, without_one, words = FAULTS[name]
    monkeypatch.setitem(download.locate.__kwdefaults__, "limits", QUICK)

    publisher.answers = [answer]
    alone = load()
    assert alone.startswith(without_one) and (without_one == TAKEN or words in alone)
    stuck = kept(ADDRESS)
    assert (stuck is not None) == (without_one == TAKEN and "broken off" not in alone)

    monkeypatch.setenv("WORKBENCH_HOME", str(own_home / "with a copy"))
    publisher.answers = [says(GOOD)]
    assert load() == "taken: 30 rows"
    copy = kept(ADDRESS)
    publisher.answers = [answer]
    found = load()
    assert found.startswith(beside_a_copy) and (beside_a_copy == TAKEN or words in found)
    if beside_a_copy == REFUSED:
        assert kept(ADDRESS) == copy and copy.path.read_bytes() == GOOD
        assert len(wb.read(NAME, **PART)) == 30
    else:
        assert kept(ADDRESS) != copy
    check_row(
        "2 A download goes wrong",
        ["what the server does", "beside a good copy", "without a copy", "says"],
        [
            name,
            "the copy is kept" if beside_a_copy == REFUSED else found.replace("taken: ", "taken, "),
            REFUSED if without_one == REFUSED else alone.replace("taken: ", "taken, "),
            words.replace("|", "/") or ("" if beside_a_copy == TAKEN else "(the reader's words)"),
        ],
    )


def test_an_error_with_status_200_does_not_stick(publisher, monkeypatch):
    """It was the copy from then on, until somebody asked for --source live."""
    monkeypatch.setitem(download.locate.__kwdefaults__, "limits", QUICK)
    publisher.answers = [says(b'{"error": "busy"}')]
    assert load("auto").startswith(REFUSED)
    publisher.answers = [says(GOOD)]
    assert load("auto") == "taken: 30 rows"
    assert len(publisher.asked) == 2


def test_fewer_rows_than_before_are_noted(publisher, monkeypatch):
    monkeypatch.setitem(download.locate.__kwdefaults__, "limits", QUICK)
    publisher.answers = [says(GOOD)]
    load()
    publisher.answers = [says(rows(28, age=54))]
    assert any(
        note.startswith("inail_records: 28 rows, fewer than the 30 of the table of")
        for note in wb.load(NAME, source="live", **PART).report.notes
    )
    assert any("fewer than the 30" in note for note in wb.counts(wb.cube(NAME, **PART)).notes)


def test_99_of_630_rows_do_not_replace_the_table(publisher, monkeypatch):
    monkeypatch.setitem(download.locate.__kwdefaults__, "limits", QUICK)
    publisher.answers = [says(rows(630))]
    assert load() == "taken: 630 rows"
    publisher.answers = [says(rows(99, age=54), length=None)]
    refusal = load()
    assert "has 99 rows, the table of" in refusal and "has 630" in refusal
    assert "workbench load inail_records --from FILE" in refusal
    assert len(wb.read(NAME, **PART)) == 630


def test_a_hash_in_a_catalogue_is_checked(publisher, monkeypatch, tmp_path):
    document = yaml.safe_load((bundled("catalogs") / "inail.yml").read_text(encoding="utf-8"))
    entry = document["entries"][NAME]
    entry["metadata"] |= {"parameters": {}, "exposure": None}
    file = {"address": "https://example.org/x.csv", "name": "x.csv", "sha256": hashlib.sha256(GOOD).hexdigest()}
    entry["metadata"]["files"] = {"bundled": [], "mirror": [], "live": [file]}
    document |= {"entries": {NAME: entry}, "aliases": {NAME: NAME}}
    (tmp_path / "mine.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    dataset = catalog(tmp_path / "mine.yml", alone=True)[NAME]
    publisher.answers = [says(GOOD)]
    assert download.locate(dataset, limits=QUICK).sha256s == (file["sha256"],)
    publisher.answers = [says(NEWER)]
    with pytest.raises(
        ReadError, match=f"x.csv is not the file that was expected: its SHA-256 is .*, not {file['sha256']}"
    ):
        download.locate(dataset, "live", limits=QUICK)
