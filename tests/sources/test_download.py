"""Downloads: fetched once, verified, kept, tried again with patience; no half file, no page and no flood for data."""

import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from workbench.sources.catalog import catalog
from workbench.sources.download import accept, locate, locate_file, status
from workbench.sources.kept import fetch, kept
from workbench.sources.transfer import Limits
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName, WorkbenchError

BODY = b"DataRilevazione;DataAccadimento\n" + b"31/10/2023;19/07/2021\n" * 5_000
QUICK = Limits(attempts=3, wait=0.01, longest_wait=0.5, connect=2, silence=0.4, longest=5, most_bytes=1_000_000)
ZIP = "https://dati.inail.it/opendata/downloads/daticoncadenzasemestraleinfortuni/zip/DatiConCadenzaSemestraleInfortuniCalabria_csv.zip"


def good(body=BODY, status=200, length=None, **headers):
    def answer(handler):
        handler.send_response(status)
        for key, value in {"Content-Length": str(length or len(body)), **headers}.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def stored(text: str) -> bytes:
    """A ZIP with one member that is not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("x.html", text)
    return file.getvalue()


def fails(status, **headers):
    return good(b"try later", status, **headers)


def silent(seconds):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(BODY)))
        handler.end_headers()
        handler.wfile.write(BODY[:1000])
        handler.wfile.flush()
        time.sleep(seconds)

    return answer


def drips(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b"x" * 10)
        handler.wfile.flush()
        time.sleep(0.05)


def chunked_and_cut(handler):
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"10\r\n" + b"x" * 16 + b"\r\n" + b"400\r\nhalf")
    handler.close_connection = True


@pytest.fixture
def inail():
    return catalog()["inail_records"]


def downloads(own_home) -> list[Path]:
    """All files kept, the records of where they are from apart."""
    return [path for path in (own_home / "downloads").rglob("*") if path.is_file() and path.suffix != ".json"]


def test_a_file_is_fetched_once_and_kept_with_where_it_is_from(publisher, own_home):
    publisher.answers = [good(ETag='"1"', Last_Modified="Mon, 06 Nov 2023 10:00:00 GMT")]
    path = fetch(ZIP, name="x.zip", limits=QUICK)
    assert path.read_bytes() == BODY and path.name == "x.zip"
    assert fetch(ZIP, name="x.zip", limits=QUICK) == path
    assert len(publisher.asked) == 1
    (record,) = (own_home / "downloads").glob("*.json")
    said = json.loads(record.read_text())
    assert said["sha256"] == hashlib.sha256(BODY).hexdigest() == path.parent.name
    assert said["published_at"] == ZIP and said["address"].startswith(publisher.base)
    assert said["headers"]["ETag"] == '"1"' and said["retrieved"].endswith("+00:00")


def test_the_address_is_asked_under_the_same_path_and_query(publisher):
    publisher.answers = [good()]
    fetch("https://ec.europa.eu/eurostat/api/data/X?format=TSV&compressed=true", name="x.tsv.gz", limits=QUICK)
    assert publisher.asked[0][0] == "/eurostat/api/data/X?format=TSV&compressed=true"
    assert "Authorization" not in publisher.asked[0][1]


def test_a_passing_fault_is_tried_again(publisher):
    publisher.answers = [fails(500), fails(503), good()]
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY
    assert len(publisher.asked) == 3


def test_patience_ends_after_the_last_attempt(publisher, own_home):
    publisher.answers = [fails(500)]
    with pytest.raises(NotAvailable, match=r"could not be fetched: the publisher answers 500 .* \(attempt 3 of 3\)"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert len(publisher.asked) == 3 and downloads(own_home) == []


@pytest.mark.parametrize("said", ["1", "date"])
def test_retry_after_is_heeded_as_seconds_and_as_a_date(said, publisher):
    wait = Limits(attempts=2, wait=0.01, longest_wait=3, silence=2)
    asked = "1" if said == "1" else formatdate(time.time() + 2, usegmt=True)
    publisher.answers = [fails(429, Retry_After=asked), good()]
    started = time.monotonic()
    assert fetch(ZIP, name="x.zip", limits=wait).read_bytes() == BODY
    assert 0.8 < time.monotonic() - started < 4


def test_a_publisher_who_asks_for_an_hour_is_not_waited_for(publisher):
    publisher.answers = [fails(429, Retry_After="3600")]
    started = time.monotonic()
    with pytest.raises(NotAvailable, match="429.*attempt 1 of 3.*asks to come back in 3600 seconds"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert time.monotonic() - started < 1


def test_a_date_that_is_none_counts_for_nothing(publisher):
    publisher.answers = [fails(503, Retry_After="soon"), good()]
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY


def test_what_does_not_exist_is_not_tried_again(publisher):
    publisher.answers = [fails(404)]
    with pytest.raises(NotAvailable, match="answers 404.*Has the publisher moved it"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert len(publisher.asked) == 1


@pytest.mark.parametrize("answer", [good(length=len(BODY) + 1), chunked_and_cut], ids=["length", "chunks"])
def test_a_file_cut_short_is_tried_again_and_no_half_is_kept(answer, publisher, own_home):
    publisher.answers = [answer, good()]
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY
    publisher.answers = [answer]
    with pytest.raises(NotAvailable, match="cut short|connection broke"):
        fetch(ZIP + "2", name="y.zip", limits=QUICK)
    assert [path.name for path in downloads(own_home)] == ["x.zip"]


def test_a_publisher_who_falls_silent_is_left_after_a_while(publisher, own_home):
    publisher.answers = [silent(1.0), good()]
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY
    publisher.answers = [silent(1.0)]
    one = Limits(attempts=1, silence=0.2)
    with pytest.raises(NotAvailable, match="nothing came for 0.2 seconds"):
        fetch(ZIP + "2", name="y.zip", limits=one)
    assert [path.name for path in downloads(own_home)] == ["x.zip"]


def test_a_publisher_who_only_drips_is_left_after_a_while(publisher):
    publisher.answers = [drips]
    with pytest.raises(NotAvailable, match="took longer than 0.3 seconds"):
        fetch(ZIP, name="x.zip", limits=Limits(attempts=1, silence=1, longest=0.3))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html>Maintenance</html>", "text/csv"),
        (b"\xef\xbb\xbf \n<HTML><body>Login</body></HTML>", "application/zip"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC ''><html/>", "application/xhtml+xml"),
        (b"<div>Please wait</div>", "text/html; charset=utf-8"),
    ],
)
def test_a_web_page_with_status_200_is_not_data(body, kind, publisher, own_home):
    publisher.answers = [good(body, Content_Type=kind)]
    with pytest.raises(ReadError, match="answered with a web page instead of data"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert downloads(own_home) == [] and len(publisher.asked) == 1


def test_a_web_page_that_comes_in_crumbs_is_not_data_either(publisher, own_home):
    def crumbs(handler):
        handler.send_response(200)
        handler.end_headers()
        for piece in (b"<", b"!doctype ht", b"ml><p>Sorry"):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.05)

    publisher.answers = [crumbs]
    with pytest.raises(ReadError, match="web page"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert downloads(own_home) == []


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?>{"Infortuni": []}',
        b"<?xml version='1.0'?><Infortuni/>",
        b"a;b\n<html>\n",
        stored("<html>"),
    ],
    ids=["declared as XML", "XML", "CSV", "ZIP"],  # a ZIP carries the time: as a name it would differ between workers
)
def test_data_that_begin_like_markup_are_data(body, publisher):
    publisher.answers = [good(body, Content_Type="text/html")]
    assert fetch(ZIP, name="x", limits=QUICK).read_bytes() == body


def test_an_empty_answer_is_no_file(publisher, own_home):
    publisher.answers = [good(b"", length="0")]
    with pytest.raises(ReadError, match="answered with an empty file"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert downloads(own_home) == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_flood_is_stopped(announced, publisher, own_home):
    def floods(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", "3000000000")
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b"x" * 100_000)
        except OSError:
            pass  # the other side has hung up, as it should

    publisher.answers = [floods]
    with pytest.raises(ReadError, match="has more than 1,000,000 bytes"):
        fetch(ZIP, name="x.zip", limits=QUICK)
    assert downloads(own_home) == []


def test_a_hash_that_is_promised_is_checked(publisher, own_home):
    publisher.answers = [good()]
    right = hashlib.sha256(BODY).hexdigest()
    with pytest.raises(ReadError, match=f"its SHA-256 is {right}, not {'0' * 64}"):
        fetch(ZIP, name="x.zip", sha256="0" * 64, limits=QUICK)
    assert downloads(own_home) == []
    assert fetch(ZIP, name="x.zip", sha256=right, limits=QUICK).read_bytes() == BODY


def test_a_kept_file_that_was_changed_does_not_count(publisher):
    publisher.answers = [good()]
    path = fetch(ZIP, name="x.zip", limits=QUICK)
    path.chmod(0o600)
    path.write_bytes(b"tampered")
    assert kept(ZIP) is None
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY
    assert len(publisher.asked) == 2


def test_a_record_that_is_damaged_does_not_count(publisher, own_home):
    publisher.answers = [good()]
    fetch(ZIP, name="x.zip", limits=QUICK)
    (record,) = (own_home / "downloads").glob("*.json")
    for text in ("", "{", "[]", "{}", '{"sha256": 1, "name": 2}', '{"sha256": "x", "name": "y"}'):
        record.write_text(text)
        assert kept(ZIP) is None


def test_a_new_release_does_not_take_the_place_of_the_old_one(publisher):
    publisher.answers = [good(b"old"), good(b"new")]
    old = fetch(ZIP, name="x.zip", limits=QUICK)
    new = fetch(ZIP, name="x.zip", refresh=True, limits=QUICK)
    assert (old.read_bytes(), new.read_bytes()) == (b"old", b"new")
    assert kept(ZIP).path == new


def test_a_gz_file_is_kept_as_published_though_the_server_calls_it_an_encoding(publisher):
    body = gzip.compress(b"geo\\time\t2020\n")
    publisher.answers = [good(body, Content_Encoding="gzip")]
    assert fetch("https://example.org/table.tsv.gz", name="table.tsv.gz", limits=QUICK).read_bytes() == body
    assert fetch("https://example.org/table.csv", name="table.csv", limits=QUICK).read_bytes() == b"geo\\time\t2020\n"


def test_a_server_on_this_computer_cannot_lead_to_another(publisher):
    publisher.answers = [good(b"", 302, Location="http://127.0.0.1:1/x")]
    with pytest.raises(NotAvailable, match="answers 302"):
        fetch(ZIP, name="x.zip", limits=QUICK)


@pytest.mark.parametrize(
    "base", ["http://example.org", "https://evil.example/127.0.0.1", "http://127.0.0.1.example.org:80"]
)
def test_only_a_server_on_this_computer_may_stand_in_for_a_publisher(base, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LIVE_BASE", base)
    with pytest.raises(Refused, match="WORKBENCH_LIVE_BASE is .* Only a server on this computer is taken"):
        fetch(ZIP, name="x.zip", limits=QUICK)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "https://user:secret@example.org/x", "ftp://example.org/x"])
def test_addresses_are_checked_at_the_door_as_well(address, publisher):
    with pytest.raises(Refused) as caught:
        fetch(address, name="x", limits=QUICK)
    assert "secret" not in str(caught.value) and publisher.asked == []


def test_what_was_replayed_is_never_taken_for_the_publisher_s(publisher, monkeypatch):
    publisher.answers = [good()]
    fetch(ZIP, name="x.zip", limits=QUICK)
    monkeypatch.delenv("WORKBENCH_LIVE_BASE")
    assert kept(ZIP) is None


def test_progress_is_told_in_bytes(publisher):
    publisher.answers = [good()]
    told = []
    fetch(ZIP, name="x.zip", limits=QUICK, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(BODY), len(BODY)) and told == sorted(told)


def test_leftovers_of_killed_downloads_are_removed_but_not_those_at_work(publisher, own_home):
    folder = own_home / "downloads"
    folder.mkdir()
    for name, age in (("old.part", 100_000), ("young.part", 10)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    publisher.answers = [good()]
    fetch(ZIP, name="x.zip", limits=QUICK)
    assert {path.name for path in folder.glob("*.part")} == {"young.part"}


def test_a_kill_in_mid_download_leaves_nothing_that_counts(publisher, own_home):
    publisher.answers = [silent(20)]
    code = f"from workbench.sources.kept import fetch; fetch({ZIP!r}, name='x.zip')"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 20
    while not publisher.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert kept(ZIP) is None
    assert all(path.parent.suffix == ".part" for path in downloads(own_home))
    publisher.answers = [good()]
    assert fetch(ZIP, name="x.zip", limits=QUICK).read_bytes() == BODY


def test_processes_share_what_is_kept(publisher, own_home):
    publisher.answers = [good()]
    code = f"from workbench.sources.kept import fetch; print(fetch({ZIP!r}, name='x.zip', refresh=True))"
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    paths = {process.communicate(timeout=30)[0].strip() for process in both}
    assert len(paths) == 1 and Path(paths.pop()).read_bytes() == BODY
    assert [path.name for path in downloads(own_home)] == ["x.zip"]
    assert all(process.returncode == 0 for process in both)


def test_live_is_kept_and_then_found_without_the_publisher(publisher, inail):
    publisher.answers = [good()]
    assert status(inail) == "live"
    live = locate(inail, "live", limits=QUICK, region="calabria")
    assert (live.way, live.sha256s) == ("live", (hashlib.sha256(BODY).hexdigest(),))
    assert live.address.endswith("DatiConCadenzaSemestraleInfortuniCalabria_csv.zip") and live.coverage is None
    assert live.paths[0].name == "DatiConCadenzaSemestraleInfortuniCalabria_csv.zip"
    assert status(inail) == "live"  # not before it has been read
    accept(live)
    publisher.answers = [fails(500)]
    cached = locate(inail, limits=QUICK, region="Calabria")
    assert (cached.way, cached.sha256s, cached.retrieved) == ("cached", live.sha256s, live.retrieved)
    assert status(inail) == "cached"


def test_what_only_a_mirror_could_give_says_whether_there_is_one(publisher, tmp_path, monkeypatch):
    spain = catalog()["spain_atr"]
    assert status(spain) == "mirror (not set)"
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    assert status(spain) == "mirror (lacks it)"
    (pattern,) = spain.files["mirror"]
    (tmp_path / pattern).parent.mkdir(parents=True)
    (tmp_path / pattern).write_bytes(b"x")
    assert status(spain) == "mirror"


def test_live_when_it_fails_names_the_copy_that_is_kept(publisher, inail):
    publisher.answers = [good(), fails(404)]
    accept(locate(inail, "live", limits=QUICK, region="Calabria"))
    with pytest.raises(NotAvailable, match=r"404.*A copy of 20\d\d-.* is kept: ask for source auto"):
        locate(inail, "live", limits=QUICK, region="Calabria")


def test_the_mirror_comes_after_what_is_kept_and_says_when_it_is_a_sample(publisher, inail, tmp_path, monkeypatch):
    (tmp_path / "inail_microdata").mkdir()
    (tmp_path / "inail_microdata/infortuni_Calabria_sample.xml").write_text("<x/>")
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    assert status(inail) == "mirror"
    found = locate(inail, region="Calabria")
    assert (found.way, found.address) == ("mirror", "mirror:inail_microdata/infortuni_Calabria_sample.xml")
    assert found.coverage == "sample" and found.retrieved is None and publisher.asked == []
    with pytest.raises(NotAvailable, match="The mirror has no .*Lazio.* It has Calabria"):
        locate(inail, "mirror", region="Lazio")


def test_of_two_files_in_the_mirror_one_alone_is_not_the_source(inail, tmp_path, monkeypatch):
    two = replace(inail, files={**inail.files, "mirror": ["one.csv", "other.csv"]})
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    (tmp_path / "one.csv").write_text("x")
    with pytest.raises(NotAvailable, match=r"The mirror has no one.csv, other.csv"):
        locate(two, "mirror", region="Calabria")
    (tmp_path / "other.csv").write_text("x")
    assert locate(two, "mirror", region="Calabria").address == "mirror:one.csv, mirror:other.csv"


def test_bundled_comes_first_and_needs_nothing():
    dataset = catalog()["gisco_nuts"]
    found = locate(dataset, scale="60M", edition="2021")
    assert (found.way, found.address) == ("bundled", "bundled:nuts_2021_60M.parquet")


def test_offline_and_uncached_says_what_is_at_hand_and_how_to_get_the_rest(inail, monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    monkeypatch.setenv("WORKBENCH_LIVE_BASE", "http://127.0.0.1:1")  # nobody listens there
    started = time.monotonic()
    with pytest.raises(NotAvailable) as caught:
        locate(inail, region="Calabria")
    said = str(caught.value)
    for part in ("inail_records is not available now", "does not come with", "No copy", "WORKBENCH_MIRROR is not set"):
        assert part in said
    assert "At hand without a network: published figures esener_2019, hsw_n2_01, " in said
    assert "; synthetic ones esaw_synthetic, esaw_synthetic_employed, " in said
    assert "no connection" in said and "Download it from https://dati.inail.it" in said
    assert time.monotonic() - started < 3  # being offline is told at once


def test_real_data_are_never_replaced_by_synthetic_ones(inail, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    with pytest.raises(NotAvailable, match="inail_records is not available now"):
        locate(inail, region="Calabria")


def test_the_environment_chooses_the_way_unless_the_call_does(inail, monkeypatch, publisher):
    monkeypatch.setenv("WORKBENCH_SOURCE", "mirror")
    with pytest.raises(NotAvailable, match="WORKBENCH_MIRROR is not set") as caught:
        locate(inail, region="Calabria")
    assert "connection" not in str(caught.value) and publisher.asked == []
    publisher.answers = [good()]
    assert locate(inail, "live", limits=QUICK, region="Calabria").way == "live"
    with pytest.raises(UnknownName, match="'miror' is not a known source. Close to it: mirror"):
        locate(inail, "miror", region="Calabria")


def test_an_entry_in_parts_asks_for_the_part(inail):
    with pytest.raises(NotAvailable, match="inail_records comes in parts: say which region. There are: Abruzzo"):
        locate(inail)


def test_an_entry_that_needs_registration_is_not_looked_for():
    with pytest.raises(NotAvailable, match="after registration only"):
        locate(catalog()["ewcs_2015"])
    assert status(catalog()["ewcs_2015"]) == "registration"


def test_a_file_of_one_s_own_is_named_without_its_folder(tmp_path):
    (tmp_path / "mine.csv").write_bytes(BODY)
    found = locate_file(tmp_path / "mine.csv")
    assert (found.way, found.address, found.sha256s) == ("file", "mine.csv", (hashlib.sha256(BODY).hexdigest(),))
    with pytest.raises(NotAvailable, match="There is no file"):
        locate_file(tmp_path / "none.csv")


def test_a_folder_is_no_file_and_says_what_it_holds(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    with pytest.raises(NotAvailable, match="mine is a folder; name the file in it.$"):
        locate_file(folder)
    for n in range(9):
        (folder / f"{n}.csv").write_bytes(BODY)
    with pytest.raises(NotAvailable, match=r"It holds: 0.csv, 1.csv, .*, 7.csv and \d+ more\.$"):
        locate_file(folder)


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_a_home_that_cannot_keep_a_download_is_named(publisher, tmp_path, monkeypatch, below):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / below))
    publisher.answers = [good()]
    with pytest.raises(WorkbenchError, match=f"Nothing can be kept in .*{below}: .*. Set WORKBENCH_HOME to a folder"):
        fetch("https://example.org/data.csv", name="data.csv")


def test_a_link_out_of_a_catalogue_s_folder_is_not_followed(tmp_path):
    import yaml

    from workbench.terms.places import bundled

    document = yaml.safe_load((bundled("catalogs") / "synthetic.yml").read_text(encoding="utf-8"))
    folder = tmp_path / "theirs"
    (folder / "data").mkdir(parents=True)
    (tmp_path / "private.parquet").write_bytes(b"private")
    for name in document["entries"]:
        (folder / "data" / f"{name}.parquet").symlink_to(tmp_path / "private.parquet")
    (folder / "theirs.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(Refused, match="outside the catalogue's folder"):
        locate(catalog(folder, alone=True)["esaw_synthetic"])
    for name in document["entries"]:
        (folder / "data" / f"{name}.parquet").unlink()
    with pytest.raises(NotAvailable, match="There is no data/esaw_synthetic.parquet next to its catalogue") as caught:
        locate(catalog(folder, alone=True)["esaw_synthetic"])
    assert "None" not in str(caught.value)


@pytest.mark.mirror
def test_every_entry_with_files_in_the_mirror_is_found_there(mirror):
    for name in catalog():
        dataset = catalog()[name]
        if dataset.files["mirror"] and not dataset.parameters:
            found = locate(dataset, "mirror")
            assert found.paths and all(path.is_file() for path in found.paths)
    assert locate(catalog()["inail_records"], "mirror", region="Calabria").coverage == "sample"
    assert status(catalog()["inail_regions"]) == "mirror"
