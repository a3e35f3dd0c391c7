"""A store that is damaged in any way gives the right rows or none, heals, and the doctor names the damage."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench import store
from workbench.study.health import examine
from workbench.terms.errors import ReadError

FIELDS = (
    "DataAccadimento;DataMorte;LuogoAccadimento;Genere;Eta;ModalitaAccadimento;SettoreAttivitaEconomica;Gestione;"
    "DefinizioneAmministrativa;DefinizioneAmministrativaEsitoMortale;Indennizzo;GradoMenomazione;GiorniIndennizzati"
)
OWN = ["19/07/2021;;058;F;55;N;N 81;I;P;ND;TE;-1;43", "20/07/2021;;017;M;31;S;F 43;I;N;ND;NE;-1;0"]
THEIRS = [*OWN, "21/07/2021;;017;M;32;N;F 43;I;P;ND;TE;-1;4"]
NAME, PART = "inail_records", {"region": "Calabria"}


def manifest_of(base: Path) -> Path:
    return base / "manifest.json"


def rows_of(base: Path) -> Path:
    (found,) = base.glob("*/*.parquet")
    return found


def changed(**places):
    """Put other values into the manifest."""

    def change(base: Path):
        content = json.loads(manifest_of(base).read_text(encoding="utf-8"))
        manifest_of(base).write_text(json.dumps(content | places), encoding="utf-8")

    return change


def without(key: str):
    def change(base: Path):
        content = json.loads(manifest_of(base).read_text(encoding="utf-8"))
        del content[key]
        manifest_of(base).write_text(json.dumps(content), encoding="utf-8")

    return change


def says(content: bytes):
    return lambda base: manifest_of(base).write_bytes(content)


def holds(content: bytes):
    return lambda base: rows_of(base).write_bytes(content)


def cut(file, share: float):
    return lambda base: file(base).write_bytes(file(base).read_bytes()[: int(share * file(base).stat().st_size)])


def other_rows(base: Path):
    """A sound Parquet file of the same columns with one row more."""
    frame = pd.read_parquet(rows_of(base))
    pd.concat([frame, frame.head(1)]).to_parquet(rows_of(base))


def other_letter(base: Path):
    content = bytearray(rows_of(base).read_bytes())
    content[len(content) // 2] ^= 1
    rows_of(base).write_bytes(content)


def folder_in_place_of(file):
    def change(base: Path):
        place = file(base)
        place.unlink()
        place.mkdir()

    return change


def link_to_other_rows(base: Path):
    other = base.parents[1] / "other.parquet"
    shutil.copy(rows_of(base), other)
    place = rows_of(base)
    other_rows(base)
    other.write_bytes(place.read_bytes())
    place.unlink()
    place.symlink_to(other)


def names_the_files_of_another(base: Path):
    other = base.parents[1] / "other"
    shutil.copytree(rows_of(base).parent, other)
    changed(folder="../../other")(base)


def a_further_file_in_the_manifest(base: Path):
    digest = store.sha256_of(rows_of(base))
    changed(sha256s={"part-0.parquet": digest, "part-1.parquet": digest})(base)


SPOILT = "another version of the workbench wrote it."
UNREADABLE, INCOMPLETE = "its manifest cannot be read.", "its manifest is incomplete."
ELSEWHERE, NOT_OF_IT = "its manifest names files elsewhere.", "its manifest is not that of this table."
DIFFERS = "its file part-0.parquet is not the one that was written (its SHA-256 differs)."
MISSING = "its file part-0.parquet is missing or cannot be read."
HARMLESS = ""
DAMAGES = {
    "manifest missing": (lambda base: manifest_of(base).unlink(), "its manifest is missing."),
    "manifest empty": (says(b""), UNREADABLE),
    "manifest cut off": (cut(manifest_of, 0.5), UNREADABLE),
    "manifest without its last byte": (lambda base: says(manifest_of(base).read_bytes()[:-1])(base), UNREADABLE),
    "manifest of zeros": (says(bytes(2_000)), UNREADABLE),
    "manifest in UTF-16": (lambda base: says(manifest_of(base).read_text().encode("utf-16"))(base), UNREADABLE),
    "manifest nested 100,000 deep": (says(b"[" * 100_000), UNREADABLE),
    "manifest a number of 5,000 digits": (says(b"9" * 5_000), UNREADABLE),
    "manifest a folder": (folder_in_place_of(manifest_of), UNREADABLE),
    "manifest a list": (says(b"[]"), NOT_OF_IT),
    "manifest null": (says(b"null"), NOT_OF_IT),
    "manifest of another table": (changed(table="inail_records-000000000000"), NOT_OF_IT),
    "manifest of a newer version": (changed(version=99), SPOILT),
    "manifest of an older version": (without("version"), SPOILT),
    "manifest without the hashes": (without("sha256s"), INCOMPLETE),
    "manifest without the report": (without("report"), INCOMPLETE),
    "manifest with an unknown key": (changed(engine="x"), INCOMPLETE),
    "manifest whose rows are a text": (changed(rows="3"), INCOMPLETE),
    "manifest that names no file": (changed(sha256s={}), INCOMPLETE),
    "manifest that names a file elsewhere": (changed(sha256s={"../../x.parquet": "0" * 64}), ELSEWHERE),
    "manifest that names another table's folder": (names_the_files_of_another, ELSEWHERE),
    "manifest that names no folder": (changed(folder=""), ELSEWHERE),
    "manifest with another hash": (changed(sha256s={"part-0.parquet": "0" * 64}), DIFFERS),
    "manifest with a further file": (
        a_further_file_in_the_manifest,
        "its file part-1.parquet is missing or cannot be read.",
    ),
    "rows missing": (lambda base: rows_of(base).unlink(), MISSING),
    "folder of the rows missing": (lambda base: shutil.rmtree(rows_of(base).parent), MISSING),
    "folder of the rows with another name": (lambda base: rows_of(base).parent.rename(base / "other"), MISSING),
    "rows a folder": (folder_in_place_of(rows_of), MISSING),
    "rows empty": (holds(b""), DIFFERS),
    "rows cut off": (cut(rows_of, 0.7), DIFFERS),
    "rows of zeros": (lambda base: holds(bytes(rows_of(base).stat().st_size))(base), DIFFERS),
    "rows a web page": (holds(b"<!doctype html>"), DIFFERS),
    "one bit of the rows changed": (other_letter, DIFFERS),
    "a sound file with other rows": (other_rows, DIFFERS),
    "a link to other rows": (link_to_other_rows, DIFFERS),
    "a further file beside the rows": (
        lambda base: shutil.copy(rows_of(base), rows_of(base).with_name("part-1.parquet")),
        HARMLESS,
    ),
    "leftovers of a load that was killed": (
        lambda base: shutil.copytree(rows_of(base).parent, base / ".half"),
        HARMLESS,
    ),
    "a file among the tables": (lambda base: (base.parent / "notes.txt").write_text("mine"), HARMLESS),
    "an empty folder among the tables": (lambda base: (base.parent / f"{NAME}-000000000000").mkdir(), HARMLESS),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory) -> Path:
    """A mirror, a file of one's own, and a home for each that has them in its store."""
    place = tmp_path_factory.mktemp("loaded")
    mirror = place / "mirror" / "inail_microdata"
    mirror.mkdir(parents=True)
    (mirror / "infortuni_Calabria_sample.xml").write_text("\n".join([FIELDS, *THEIRS, ""]))
    (place / "own.csv").write_text("\n".join([FIELDS, *OWN, ""]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_MIRROR", str(mirror.parent))
        patch.setenv("WORKBENCH_HOME", str(place / "from mirror"))
        wb.load(NAME, source="mirror", **PART)
        patch.setenv("WORKBENCH_HOME", str(place / "from file"))
        wb.load(NAME, path=place / "own.csv")
    return place


@pytest.fixture
def damaged(loaded, tmp_path, monkeypatch):
    """A copy of a home, as another process finds it after something happened to its one table."""

    def damage(which: str, change) -> tuple[str, str]:
        home = tmp_path / which
        shutil.copytree(loaded / which, home)
        monkeypatch.setenv("WORKBENCH_HOME", str(home))
        (base,) = (home / "tables").iterdir()
        (written,) = (folder.name for folder in base.iterdir() if folder.is_dir())
        change(base)
        return base.name, written

    return damage


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_gives_the_right_rows_or_none(name, damaged, loaded, monkeypatch, check_row):
    change, fault = DAMAGES[name]
    monkeypatch.setenv("WORKBENCH_MIRROR", str(loaded / "mirror"))
    key, written = damaged("from mirror", change)
    named = f"{key}: {fault}" in examine()
    assert [found.fault for found in store.damages()] == ([fault] if fault else [])
    assert len(wb.read(NAME, **PART)) == len(THEIRS)
    from_mirror = "as it was" if store.manifest(key).folder == written else "read again"
    assert "damaged tables" not in examine()

    key, _written = damaged("from file", change)
    if fault:
        with pytest.raises(ReadError, match="Load it again, workbench load inail_records --from FILE, or remove"):
            wb.read(NAME)
        own = "refused: " + fault
    else:
        assert len(wb.read(NAME)) == len(OWN)
        own = "as it was"
    wb.load(NAME, path=loaded / "own.csv")
    assert len(wb.read(NAME)) == len(OWN) and "damaged tables" not in examine()
    check_row(
        "1 A stored table is damaged",
        ["fault", "read from a mirror", "a file of one's own", "named by the doctor"],
        [
            name,
            from_mirror,
            own,
            "yes" if named else "no need",
        ],
    )


def test_a_stored_table_is_not_kept_although_the_hash_of_its_file_changed(damaged, loaded, monkeypatch):
    """Sound rows in a sound file, but not those that were read: they are in no answer."""
    damaged("from file", other_rows)
    with pytest.raises(ReadError, match="its SHA-256 differs"):
        wb.counts(NAME)
    monkeypatch.setenv("WORKBENCH_MIRROR", str(loaded / "mirror"))
    damaged("from mirror", other_rows)
    assert len(wb.read(NAME, **PART)) == len(THEIRS)


def test_a_stored_table_is_not_kept_when_the_publisher_s_file_is_another(damaged, loaded, tmp_path, monkeypatch):
    """The mirror has a new release: what was stored of the old one is in no answer."""
    later = shutil.copytree(loaded / "mirror", tmp_path / "later")
    file = later / "inail_microdata" / "infortuni_Calabria_sample.xml"
    file.write_text("\n".join([FIELDS, *THEIRS, *THEIRS, ""]))
    monkeypatch.setenv("WORKBENCH_MIRROR", str(later))
    damaged("from mirror", lambda base: None)
    assert len(wb.read(NAME, **PART)) == 2 * len(THEIRS)


def test_a_part_that_cannot_be_read_again_is_not_left_out_in_silence(loaded, damaged, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MIRROR", str(loaded / "mirror"))
    damaged("from mirror", lambda base: None)
    (base,) = (Path(os.environ["WORKBENCH_HOME"]) / "tables").iterdir()
    wb.load(NAME, path=loaded / "own.csv", region="Lazio")
    assert len(wb.read(NAME)) == len(OWN) + len(THEIRS)
    other = shutil.copytree(base.parents[1], base.parents[1].with_name("later"))
    monkeypatch.setenv("WORKBENCH_HOME", str(other))
    rows_of(other / "tables" / base.name).write_bytes(b"")
    assert len(wb.read(NAME)) == len(OWN) + len(THEIRS)  # the mirror gives that part again
    monkeypatch.setenv("WORKBENCH_HOME", str(shutil.copytree(other, other.with_name("last"))))
    (own,) = (key for key in store._keys(NAME) if key != base.name)
    (Path(os.environ["WORKBENCH_HOME"]) / "tables" / own / "manifest.json").write_text("{")
    with pytest.raises(ReadError, match=f"its manifest cannot be read. Load it again, .* or remove .*{own}"):
        wb.read(NAME)


@pytest.mark.parametrize("place", ["tables", "downloads"])
def test_a_file_where_a_folder_should_be_is_named(place, own_home, loaded):
    (own_home / place).write_text("mine")
    assert "stored tables: 0" in examine()
    if place == "tables":
        with pytest.raises(wb.WorkbenchError, match="Nothing can be kept in"):
            wb.load(NAME, path=loaded / "own.csv")


def test_an_answer_remembers_what_was_rejected(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("\n".join([FIELDS, *OWN, OWN[0].replace("19/07/2021", "31/02/2021"), ""]))
    wb.load(NAME, path=path)
    notes = wb.counts(NAME).notes
    assert (
        "inail_records: 1 row of the file was rejected and is in no figure (DataAccadimento: not a date (dd/mm/yyyy))."
    ) in notes
    assert not any("taken as complete" in note for note in notes)
    assert "1 row of the file was rejected" in examine()


def test_an_answer_remembers_that_the_file_broke_off(tmp_path):
    whole = gzip.compress("\n".join([FIELDS, *OWN * 400, ""]).encode())
    path = tmp_path / "own.csv.gz"
    path.write_bytes(whole[:-12])
    loaded = wb.load(NAME, path=path)
    assert loaded.report.unfinished and loaded.report.rejected == 1
    notes = wb.counts(NAME).notes
    assert notes == wb.counts(wb.cube(NAME)).notes
    assert any(
        f"{loaded.manifest.rows} rows of an unfinished file, 1 rejected. The file breaks off there" in n for n in notes
    )
    assert not any("taken as complete" in note for note in notes)


def test_a_full_disk_leaves_the_table_as_it_was(loaded, damaged, monkeypatch):
    damaged("from file", lambda base: None)
    before = store.manifests()

    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    def full_at_the_end(writer, close=store.pq.ParquetWriter.close):
        close(writer)
        full()

    for place, name, fault in (
        (store.pq.ParquetWriter, "write_table", full),
        (store.pq.ParquetWriter, "close", full_at_the_end),
        (os, "fsync", full),
        (os, "replace", full),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, name, fault)
            with pytest.raises(wb.WorkbenchError, match="No space left on device"):
                wb.load(NAME, path=loaded / "own.csv")
        assert store.manifests() == before and len(wb.read(NAME)) == len(OWN)
