"""A catalogue is code to intake: what would run, reach out or explode is refused before anything is imported."""

import base64
import copy
import json
import os
import pickle
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.readers.entry import Catalog as IntakeCatalog

from workbench.sources import catalog as module
from workbench.sources.addresses import address_fault, shown_address
from workbench.sources.catalog import catalog
from workbench.sources.catalog_check import MOST_BYTES
from workbench.sources.catalog_check import _text_fault as check_catalog_text
from workbench.sources.catalog_schema import path_fault
from workbench.terms.errors import CatalogError
from workbench.terms.places import bundled

GOOD = yaml.safe_load((bundled("catalogs") / "inail.yml").read_text(encoding="utf-8"))
NAME = "inail_records"


class Detonator:
    """Runs os.mkdir when it is unpickled."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return os.mkdir, (self.place,)


@pytest.fixture
def marker(tmp_path, monkeypatch):
    """A module `marker_of_hostile` that leaves a file when imported and when called."""
    run = tmp_path / "it_ran"
    folder = tmp_path / "path"
    folder.mkdir()
    touch = f"from pathlib import Path\nPath({str(run)!r}).touch()\n"
    body = touch + "def go(*a, **k):\n    return None\nclass Go:\n    pass\n"
    (folder / "marker_of_hostile.py").write_text(body)
    monkeypatch.syspath_prepend(str(folder))
    yield run
    sys.modules.pop("marker_of_hostile", None)


def refused(tmp_path, document, match=None) -> str:
    """The message with which a catalogue is refused; it is written as given when it is text."""
    path = tmp_path / "hostile.yml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(CatalogError, match=match) as caught:
        catalog(path, alone=True)
    assert "hostile.yml" in str(caught.value)
    return str(caught.value)


def changed(**places) -> dict:
    """The good catalogue with one entry and some places of it changed; `metadata__files={}` goes into metadata."""
    document = copy.deepcopy(GOOD)
    document["entries"], document["aliases"] = {NAME: document["entries"][NAME]}, {NAME: NAME}
    for place, value in places.items():
        *way, last = place.split("__")
        inner = document["entries"][NAME]
        for step in way:
            inner = inner[step]
        inner[last] = value
    return document


def files(**ways) -> dict:
    return {"bundled": [], "mirror": [], "live": [], **ways}


RUNS = {
    "a reader class": {"reader": "marker_of_hostile:Go"},
    "a function": {"kwargs__function": "marker_of_hostile:go"},
    "a function of a reader module that is not listed": {"kwargs__function": "inail:contents"},
    "os.system": {"kwargs__function": "os:system"},
    "a module above": {"kwargs__function": "..marker_of_hostile:go"},
    "an output instance": {"output_instance": "marker_of_hostile:Go"},
    "a class key": {"cls": "marker_of_hostile:Go"},
    "func in kwargs": {"kwargs__options": {"dimensions": "{func(marker_of_hostile:go)}"}},
    "import in kwargs": {"kwargs__options": {"dimensions": "{import(marker_of_hostile:go)}"}},
    "func in metadata": {"metadata__notes": ["{func(marker_of_hostile:go)}"]},
    "env": {"metadata__description": "{env(HOME)}"},
    "env with blanks": {"metadata__description": "see { env (HOME)}"},
    "env as an option": {"kwargs__options": {"dimensions": "x-{env(HOME)}"}},
    "data": {"metadata__title": "{data(other)}"},
    "data without braces": {"metadata__title": "data(other)"},
    "a parameter's class": {"user_parameters": {"p": {"cls": "marker_of_hostile:Go", "default": 1}}},
    "a parameter's default": {"user_parameters": {"p": {"default": "{func(marker_of_hostile:go)}"}}},
    "an unknown option": {"kwargs__options": {"engine": "python"}},
    "an unknown argument": {"kwargs__storage_options": {"anon": True}},
    "an unknown key": {"metadata__driver": "csv"},
    "imports in the metadata": {"metadata__imports": ["marker_of_hostile"]},
}


@pytest.mark.parametrize("places", RUNS.values(), ids=RUNS)
def test_nothing_that_a_catalogue_names_is_run_or_imported(places, tmp_path, marker, monkeypatch):
    monkeypatch.setattr(module.IntakeCatalog, "from_dict", lambda _: pytest.fail("intake saw it"))
    before = set(sys.modules)
    refused(tmp_path, changed(**places))
    assert not marker.exists()
    assert "marker_of_hostile" not in sys.modules
    assert not {m for m in set(sys.modules) - before if not m.startswith(("workbench", "encodings"))}


@pytest.mark.parametrize("key", ["metadata", "user_parameters", "data", "aliases", "extra"])
def test_the_head_of_a_catalogue_is_checked_like_its_entries(key, tmp_path, marker):
    document = changed()
    document[key] = {"x": {"cls": "marker_of_hostile:Go", "datatype": "marker_of_hostile:Go", "kwargs": {}}}
    refused(tmp_path, document)
    assert not marker.exists() and "marker_of_hostile" not in sys.modules


def test_a_pickle_is_never_opened(tmp_path, marker):
    bomb = base64.b64encode(pickle.dumps(Detonator(str(tmp_path / "pickled")))).decode()
    refused(tmp_path, changed(metadata__description="{pickle64(" + bomb + ")}"), "template that intake would run")
    assert not (tmp_path / "pickled").exists()


def test_plain_intake_would_have_run_the_marker(tmp_path, marker):
    """Why the check is there: the very document that is refused imports the module when intake opens it."""
    hostile = changed(kwargs__options={"dimensions": "{func(marker_of_hostile:go)}"})
    refused(tmp_path, hostile)
    assert not marker.exists()
    IntakeCatalog.from_dict(hostile)[NAME]
    assert marker.exists()


def test_our_reader_checks_what_comes_through_plain_intake(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path / "mirror"))
    hostile = changed(metadata__files=files(mirror=["../secret.csv"]), metadata__parameters={})
    with pytest.raises(CatalogError, match="entry 'inail_records' is refused.*'../secret.csv' is not a relative path"):
        IntakeCatalog.from_dict(hostile)[NAME].read()


@pytest.mark.parametrize(
    "path",
    [
        "../secret.csv",
        "a/../../secret.csv",
        "/etc/passwd",
        "~/secret.csv",
        "C:\\secret.csv",
        "c:/secret.csv",
        "a\\b.csv",
    ]
    + [
        "file:///etc/passwd",
        "https://example.org/x",
        "",
        ".",
        "..",
        "a//b",
        "**/x",
        "a/./b",
        "a\0b",
        "a/...",
        "x\n/etc",
    ],
)
def test_a_path_that_leaves_its_folder_is_refused(path, tmp_path):
    assert path_fault(path)
    for way in ("bundled", "mirror"):
        refused(tmp_path, changed(metadata__files=files(**{way: [path]}), metadata__parameters={}))


@pytest.mark.parametrize(
    "address",
    ["https://user:secret@example.org/x.csv", "https://token@example.org/x.csv", "https://example.org/x?api_key=1"]
    + [
        "https://example.org/x?Token=",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "s3://bucket/x",
        "javascript:alert(1)",
    ]
    + [
        "//example.org/x",
        "example.org/x",
        "https:///x",
        "http://[",
        "https://example.org/a b",
        "https://example.org:x/",
    ]
    + [
        "https://user:sec ret@example.org/",
        "https://example.org\\@evil.org/",
        "https://example.org/\nHost: evil",
        "data:text/html,x",
        "",
        "memory://x",
    ],
)
def test_an_address_with_credentials_or_of_another_kind_is_refused(address, tmp_path):
    assert address_fault(address)
    live = [{"address": address, "name": "x.csv"}]
    message = refused(tmp_path, changed(metadata__files=files(live=live), metadata__parameters={}))
    assert "secret" not in message and "ret@" not in message  # a refusal does not spread what it refuses
    refused(tmp_path, changed(metadata__url=address))


def test_credentials_in_a_text_are_refused_too(tmp_path):
    message = refused(tmp_path, changed(metadata__how_to_obtain="from postgresql://ana:secret@db.example.org/x"))
    assert "credentials" in message and "secret" not in message


@pytest.mark.parametrize("name", ["../x.csv", "/x.csv", ".hidden", "a/b.csv", "a\\b.csv", ""])
def test_a_download_cannot_be_named_out_of_its_folder(name, tmp_path):
    live = [{"address": "https://example.org/x", "name": name}]
    refused(tmp_path, changed(metadata__files=files(live=live), metadata__parameters={}))


@pytest.mark.parametrize("value", ["../x", "a/b", "..", "{env(HOME)}", "a.b", "", " "])
def test_a_parameter_s_value_cannot_carry_a_path(value, tmp_path):
    refused(tmp_path, changed(metadata__parameters={"region": {"label": "Region", "values": [value]}}))


def test_parameters_and_patterns_go_together(tmp_path):
    refused(
        tmp_path, changed(metadata__parameters={}), r"the parameters in its files are \['region'\], those declared \[\]"
    )
    live = [{"address": "https://example.org/{region.__class__}", "name": "x"}]
    refused(tmp_path, changed(metadata__files=files(live=live)), "region.__class__")


def test_a_bomb_of_anchors_is_refused_at_once(tmp_path):
    lines = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.monotonic()
    refused(tmp_path, "\n".join(lines), "anchor or alias")
    refused(tmp_path, "a: &a [*a]", "anchor or alias")
    refused(tmp_path, "version: 2\nentries: {<<: *x}", "anchor or alias|undefined alias")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("x: !!python/object/apply:os.mkdir [it]", "has the tag"),
        ("x: !!python/name:os.system ''", "has the tag"),
        ("x: !custom 1", "has the tag"),
        ("version: 2\nversion: 2", "given twice"),
        ("1: x", "not text"),
        ("no: x", "the key False is not text: put it in quotes"),
        ("? [a]\n: x", "not text"),
        ("x: 1\n---\ny: 2", "hostile.yml is refused"),
        ("- 1", "needs exactly the keys"),
        ("", "needs exactly the keys"),
        ("x: [", "hostile.yml is refused"),
        ("x: \x07", "hostile.yml is refused"),
    ],
)
def test_a_file_that_is_not_plain_yaml_is_refused(text, match, tmp_path):
    refused(tmp_path, text, match)


LONG = 900_000
SLOW_BEFORE = {
    "letters that could be a scheme": "a" * LONG,
    "schemes without an end": "a://" * (LONG // 4),
    "slashes": "/" * LONG,
    "blanks before data": " " * LONG + "date (",
    "braces": "{" * LONG,
    "a brace and blanks": "{" + " " * LONG,
    "a brace and a long name": "{" + "a" * LONG,
    "addresses": "http://a?" + "a&" * (LONG // 2),
    "settings": "?a=" * (LONG // 3),
    "at signs": "@" * LONG,
}


@pytest.mark.parametrize("text", SLOW_BEFORE.values(), ids=SLOW_BEFORE)
def test_a_long_text_is_looked_through_in_a_time_that_grows_with_its_length(text, tmp_path):
    """Quadratic patterns would take hours for each of these; the bound is for a busy machine."""
    document = json.dumps(changed(metadata__description=text))
    started = time.process_time()
    try:
        catalog_of(tmp_path, document)
    except CatalogError as error:
        assert len(str(error)) < 3_000
    for place in (address_fault, path_fault, shown_address, check_catalog_text):
        place(text)
    assert time.process_time() - started < 20


def catalog_of(tmp_path, text):
    (tmp_path / "long.yml").write_text(text, encoding="utf-8")
    return catalog(tmp_path / "long.yml", alone=True)


@pytest.mark.parametrize(
    "value",
    ["1:" * 200_000 + "1", "9" * 5_000, "2020-13-45", "2020-01-01 99:00:00", "0b_", "0x", "1" * 30 + ".5", "-" * 9_999],
)
def test_a_value_that_pyyaml_would_trip_over_is_text_or_refused_in_our_words(value, tmp_path):
    document = yaml.safe_dump(changed(metadata__temporal="PLACE")).replace("PLACE", value)
    message = refused(tmp_path, document)
    assert "hostile.yml is refused: entry 'inail_records': temporal: " in message or "is not plain YAML" in message
    for wording in ("invalid literal", "must be in", "Exceeds the limit", "codec", "could not determine"):
        assert wording not in message


def test_many_keys_are_compared_in_a_time_that_grows_with_their_number(tmp_path):
    text = "\n".join(f"k{n}: 1" for n in range(24_000))
    started = time.process_time()
    refused(tmp_path, text, "needs exactly the keys")
    assert time.process_time() - started < 10


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / "huge.yml"
    with path.open("wb") as file:
        file.truncate(50_000_000_000)  # a hole: it takes no room on the disk
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(CatalogError, match="huge.yml is refused: it has 50,000,000,000 bytes"):
        catalog(path, alone=True)


def test_what_is_no_file_is_no_catalogue(tmp_path):
    (tmp_path / "lost.yml").symlink_to(tmp_path / "nowhere.yml")
    (tmp_path / "folder.yml").mkdir()
    os.mkfifo(tmp_path / "pipe.yml")
    for path in (tmp_path, tmp_path / "pipe.yml", tmp_path / "lost.yml"):
        with pytest.raises(CatalogError, match="There is no catalogue at"):
            catalog(path, alone=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.7"]
)
def test_a_catalogue_names_no_place_of_a_private_network(host, tmp_path):
    live = [{"address": f"http://{host}/x.csv", "name": "x.csv"}]
    refused(
        tmp_path, changed(metadata__files=files(live=live), metadata__parameters={}), "private network|is not a host"
    )
    refused(tmp_path, changed(metadata__url=f"http://{host}/"), "private network|is not a host")


@pytest.mark.parametrize("setting", ["sig=hidden7", "X-Amz-Signature=hidden7", "access_token=hidden7"])
@pytest.mark.parametrize("place", ["metadata__url", "metadata__how_to_obtain", "metadata__notes", "metadata__code"])
def test_signed_addresses_are_refused_wherever_they_stand_and_not_shown(setting, place, tmp_path):
    address = f"https://example.org/x?format=csv&{setting}"
    value = {"metadata__notes": [address], "metadata__code": {"live": f'pd.read_csv("{address}")'}}.get(place, address)
    message = refused(tmp_path, changed(**{place: value}), "credentials")
    assert "hidden7" not in message


@pytest.mark.parametrize("order", ["\x1b[2J", "\x1b]0;x\x07", "\x9b2J", "\r", "\b", "\u202e", "\u2066"])
def test_what_a_terminal_would_obey_is_refused_in_every_text(order, tmp_path):
    message = refused(tmp_path, changed(metadata__title=f"Accidents {order} at work"), "a terminal would obey")
    assert order not in message
    refused(tmp_path, changed(metadata__labels={"size": {"1": f"small{order}"}}), "a terminal would obey")


def test_refusals_list_what_there_is(tmp_path):
    assert "There are: title, description, kind" in refused(tmp_path, changed(metadata__zzz="x"), "unknown key 'zzz'")
    said = refused(tmp_path, changed(kwargs__function="csv:read"))
    assert "There are: esaw_rows:read_records, esener:read_workbook" in said
    assert "It has: none." in refused(tmp_path, changed(kwargs__options={"zzz": 1}), "has no option 'zzz'")


@pytest.mark.parametrize("sha256", ["", "x" * 64, "0" * 63, "A" * 64, 0, None])
def test_a_hash_is_64_hexadecimal_letters(sha256, tmp_path):
    live = [{"address": "https://example.org/x", "name": "x.csv", "sha256": sha256}]
    refused(
        tmp_path, changed(metadata__files=files(live=live), metadata__parameters={}), "sha256: .* is not allowed here"
    )


def test_one_hash_is_not_that_of_several_files(tmp_path):
    live = [{"address": "https://example.org/{region}", "name": "x.csv", "sha256": "0" * 64}]
    refused(tmp_path, changed(metadata__files=files(live=live)), "one sha256 cannot be that of every file")


def test_a_file_too_large_or_of_another_encoding_is_refused(tmp_path):
    refused(tmp_path, "# " + "x" * MOST_BYTES, "a catalogue may have 1,000,000")
    refused(tmp_path, "\n".join(f"- {n}" for n in range(60_000)), "too many values")
    (tmp_path / "latin.yml").write_bytes("title: España".encode("latin-1"))
    with pytest.raises(CatalogError, match="latin.yml is refused: it is not UTF-8 text. Save it as UTF-8."):
        catalog(tmp_path / "latin.yml", alone=True)


@pytest.mark.parametrize(
    ("places", "match"),
    [
        ({"metadata__kind": "accident"}, "kind: 'accident' is not one of accidents, exposure"),
        ({"metadata__coverage": True}, "coverage: True is not one of full, sample"),
        ({"metadata__temporal": [2023, 2019]}, "is not \\[first year, last year\\]"),
        ({"metadata__temporal": [True, True]}, "is not \\[first year, last year\\]"),
        ({"metadata__licence": " "}, "licence: ' ' is not a text"),
        ({"metadata__nuts_edition": 2021}, "nuts_edition: 2021 is not one of 2010"),
        ({"metadata__dimensions": ["nuts9"]}, "dimensions: 'nuts9' is not one of"),
        ({"metadata__breakdown": "severity"}, "breakdown: 'severity' is not a list"),
        (
            {"metadata__measures": {"x": {"unit": "x", "how": "mean", "label": "x"}}},
            "measures: x: how: 'mean' is not one of sum, none",
        ),
        (
            {"metadata__citation": {"key": "noyear", "author": "A", "year": 2020, "title": "T"}},
            "citation: key: 'noyear'",
        ),
        (
            {"metadata__breaks": [{"year": "2020", "reason": "r", "where": "IT", "sectors": []}]},
            "breaks: year: '2020' is not a whole number",
        ),
        ({"metadata__licens": "x"}, "unknown key 'licens'. Close to it: licence"),
        ({"metadata__form": "published"}, "has margins when its form is `published`"),
        ({"metadata__form": None}, "an open entry says its form"),
        ({"metadata__access": "registration"}, "either open and has files, or needs registration"),
        ({"metadata__files": files(), "metadata__parameters": {}}, "either open and has files, or needs registration"),
        ({"metadata__defaults": {"size": ["1"]}}, "defaults or breakdown use size"),
        ({"kwargs__function": None}, "an entry that is read names its reader function"),
        ({"kwargs__name": "other"}, "its kwargs say name: 'other'"),
    ],
)
def test_an_entry_says_everything_in_the_right_form(places, match, tmp_path):
    refused(tmp_path, changed(**places), match)


def test_an_entry_leaves_nothing_out(tmp_path):
    for key in GOOD["entries"][NAME]["metadata"]:
        document = changed()
        del document["entries"][NAME]["metadata"][key]
        refused(tmp_path, document, f"missing: {key}")


def test_margins_use_only_what_the_entry_declares(tmp_path):
    margins = {"m": {"dims": ["nuts", "size"], "measures": ["weight"], "fixed": {}}}
    refused(tmp_path, changed(metadata__form="published", metadata__margins=margins), "margin 'm' uses size, weight")


def test_aliases_name_every_entry_so_that_intake_lists_it(tmp_path):
    document = changed()
    document["aliases"] = {}
    refused(tmp_path, document, "or intake lists nothing")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    key=st.sampled_from(sorted(GOOD["entries"][NAME]["metadata"])),
)
def test_whatever_stands_in_an_entry_is_accepted_or_answered(value, key, tmp_path):
    path = tmp_path / "odd.yml"
    path.write_text(yaml.safe_dump(changed(**{f"metadata__{key}": value})), encoding="utf-8")
    try:
        book = catalog(path, alone=True)
    except CatalogError as error:
        assert "odd.yml" in str(error)
    else:
        assert book.names() == [NAME] and book.describe(NAME) and book.cite(NAME, "csl")
