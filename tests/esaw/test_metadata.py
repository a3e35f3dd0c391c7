"""Metadata beside a delivery: the eight parts, how complete the data are, and whether they came in time."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

import workbench as wb
from workbench import esaw
from workbench.esaw.judgement import Judgement
from workbench.esaw.metadata import metadata_form, read_metadata, timeliness
from workbench.esaw.metadata_parts import PARTS
from workbench.terms.errors import ReadError

SPACED = "20230000123 4120 71 34 1 021 53 ITI43 20230214 09 2 1 311 017 1 021 22 41 0000 33 1401 42 1401 001000000"
FIELDS = SPACED.split()
RECORD = "".join(FIELDS)
FULL = {
    "country": "IT",
    "reference_year": "2023",
    "delivered": "2025-06-20",
    "parts": {
        "population": [{"nace": code, "status": "all", "covered": "all"} for code in "ABCDEFGHIJKLMNOPQRS"],
        "confidential": "none",
        "reporting_levels": [{"nace": "all", "severity": "NFAT", "level": "0.85"}],
        "accident_types": {kind: "yes" if its.included else "no" for kind, its in esaw.KINDS.items()},
        "record_sampling": "none",
        "cause_sampling": {"method": "simple random", "share": "0.2"},
        "fatal_transport_outside_h": {"road_traffic": "12", "on_board": "1"},
        "national": "none",
    },
}


def written(path: Path, content: dict) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def with_part(part: str, entry: object) -> dict:
    return FULL | {"parts": FULL["parts"] | {part: entry}}


def state(tmp_path, content: dict, part: str) -> tuple[str, str]:
    found = read_metadata(written(tmp_path / "a.metadata.yml", content)).frame().set_index("part")
    return found.loc[part, "state"], found.loc[part, "words"]


def delivery(folder: Path, lines: list[str], content: dict = FULL) -> Judgement:
    path = folder / "it.txt"
    path.write_text("\n".join(lines) + "\n")
    return wb.check(path, metadata=written(folder / "it.metadata.yml", content))


def test_there_are_eight_parts_each_with_its_source(tmp_path):
    found = read_metadata(written(tmp_path / "a.metadata.yml", FULL))
    assert len(PARTS) == 8
    assert set(found.frame()["state"]) == {"complete"}
    assert found.frame()["source"].to_list() == [f"Regulation (EU) 349/2011, Annex III, part {n}" for n in range(1, 9)]


def test_the_template_can_be_read_and_has_every_part_missing(tmp_path):
    path = tmp_path / "a.metadata.yml"
    path.write_text(metadata_form("NO", 2023))
    found = read_metadata(path)
    assert (found.country, found.reference_year, found.delivered) == ("NO", 2023, None)
    assert set(found.frame()["state"]) == {"missing"}
    assert "the workbench's own" in path.read_text()


def test_the_examples_of_the_template_are_without_a_fault_of_form(tmp_path):
    for part in PARTS:
        last = part.example.split("\nor\n")[-1]
        faults = part.faults(yaml.load(last, Loader=yaml.BaseLoader), 2010)
        assert faults == [], part.key


def test_words_such_as_no_stay_words(tmp_path):
    path = tmp_path / "a.metadata.yml"
    path.write_text("country: NO\nreference_year: 2023\nparts:\n  accident_types: {commuting: no}\n")
    assert read_metadata(path).parts["accident_types"] == {"commuting": "no"}


@pytest.mark.parametrize(
    ("part", "entry", "words"),
    [
        ("population", "everybody", "Expected a list of entries with nace, status, covered"),
        ("population", [{"nace": "A", "status": "all"}], "Entry 1: no covered"),
        ("population", [{"nace": "Z", "status": "all", "covered": "all"}], "Entry 1: 'Z' is not a known NACE"),
        ("population", [{"nace": "A", "status": "330", "covered": "all"}], "'330' is not a known"),
        ("population", [{"nace": "A", "status": "300", "covered": "most"}], "'most' is not one of all, part, none"),
        ("population", [{"nace": "01", "status": "300", "covered": "all"}], "Nothing is said of sections B, C, D"),
        ("confidential", [{"activity": "armed forces"}], "Entry 1: no rule"),
        ("reporting_levels", [{"nace": "F", "severity": "NFAT", "level": "85"}], "'85' is not a share"),
        ("reporting_levels", [{"nace": "F", "severity": "all", "level": "0.8"}], "'all' is not one of FAT, NFAT"),
        ("accident_types", {"commuting": "no"}, "Nothing is said of acute_poisoning"),
        ("accident_types", FULL["parts"]["accident_types"] | {"falls": "yes"}, "Unknown kinds: falls"),
        (
            "accident_types",
            FULL["parts"]["accident_types"] | {"commuting": "perhaps"},
            "commuting: 'perhaps' is not one of yes",
        ),
        ("accident_types", "all", "Expected an answer"),
        ("record_sampling", {"share": "0.2"}, "Expected a method"),
        ("cause_sampling", {"method": "random", "share": "2"}, "share: '2' is not a share"),
        ("fatal_transport_outside_h", {"road_traffic": "some"}, "Expected two whole numbers"),
        ("national", ["a", "b"], "Expected a text"),
    ],
)
def test_a_faulty_part_says_what_is_wrong(tmp_path, part, entry, words):
    found, said = state(tmp_path, with_part(part, entry), part)
    assert found == "faulty"
    assert words in said


def test_sections_that_were_not_yet_due_need_no_word(tmp_path):
    named = [{"nace": code, "status": "all", "covered": "all"} for code in "ACDEFGHIJKLMN"]
    assert state(tmp_path, with_part("population", named) | {"reference_year": "2012"}, "population")[0] == "complete"
    assert state(tmp_path, with_part("population", named), "population")[0] == "faulty"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("country: [", "is not YAML in UTF-8"),
        ("- a list", "is no metadata file"),
        ("", "is no metadata file"),
        ("country: IT\nreference_year: 2023\nparts: [a]\n", "is no metadata file"),
        ("country: IT\ncountry: FR\nreference_year: 2023\n", "country occurs twice"),
        ("country: &a IT\nreference_year: *a\n", "an alias .* is not allowed"),
        ("country: IT\nreference_year: 2023\nremark: x\n", "unknown name remark. Known: country"),
        ("country: IT\nreference_year: 2023\nparts: {coverage: all}\n", "unknown name coverage"),
        ("country: GR\nreference_year: 2023\n", "EL for Greece"),
        ("country: IT\nreference_year: last\n", "reference_year .four digits.; it says 'IT' and 'last'"),
        ("country: IT\nreference_year: 2023\ndelivered: 20 June\n", "not a day written YYYY-MM-DD"),
        ("!!python/object/apply:os.system [true]", "is no metadata file"),
    ],
)
def test_what_is_no_metadata_file_is_refused_with_the_reason(tmp_path, text, words):
    path = tmp_path / "a.metadata.yml"
    path.write_text(text)
    with pytest.raises(ReadError, match=words):
        read_metadata(path)


def test_missing_and_oversized_metadata_are_refused(tmp_path):
    with pytest.raises(ReadError, match="`workbench metadata COUNTRY YEAR` prints a form"):
        read_metadata(tmp_path / "none.yml")
    (tmp_path / "big.yml").write_text("#" * 300_000)
    with pytest.raises(ReadError, match="larger than 262,144 bytes"):
        read_metadata(tmp_path / "big.yml")


@pytest.mark.parametrize(
    ("delivered", "days", "words"),
    [
        (date(2025, 6, 30), 0, "in time"),
        (date(2025, 6, 1), -29, "in time"),
        (date(2025, 7, 1), 1, "1 day late"),
        (date(2025, 7, 2), 2, "2 days late"),
        (None, None, "not delivered yet"),
    ],
)
def test_data_are_due_eighteen_months_after_the_reference_year(delivered, days, words):
    found = timeliness(2023, delivered)
    assert found.due == date(2025, 6, 30)
    assert found.days_late == days
    assert words in str(found)
    assert "art. 5(1)" in str(found)


def test_a_delivery_is_counted_variable_by_variable(tmp_path):
    unknown_agent = RECORD.replace("0000123", "0000124")[:56] + "0000" + RECORD[60:]
    found = delivery(tmp_path, [RECORD, unknown_agent.replace("ITI43", "00000")]).delivery
    share = found.variables.set_index("variable")["share"]
    assert found.records == 2
    assert share["geographical_location"] == 0.5
    assert share["ma_specific_physical_activity"] == 0
    assert share["time"] == share["deviation"] == share["weight"] == 1
    assert found.sections.set_index("section").loc["F", "records"] == 2


def test_a_delivery_names_the_sections_it_lacks_and_the_records_of_another_year(tmp_path):
    found = delivery(tmp_path, [RECORD, "2022" + RECORD[4:30] + "2022" + RECORD[34:]]).delivery
    assert found.faults[0] == "1 of 2 records is not of the reference year 2023."
    assert found.faults[1].startswith("No record of sections A, B, C, D, E, G")
    assert "T" not in found.faults[1].split("sections")[1].split(",")
    mandatory = found.sections.set_index("section")["mandatory"]
    assert mandatory["A"] and mandatory["F"] and not mandatory["T"]


def test_weights_without_a_word_on_sampling_or_reporting_disagree_with_the_metadata(tmp_path):
    silent = FULL | {"parts": FULL["parts"] | {"reporting_levels": "none", "cause_sampling": "none"}}
    found = delivery(tmp_path, [RECORD[:72] + "002500000"], silent).delivery
    assert found.faults[0].startswith("1 record has a weight other than 1, but the metadata name neither")
    told = delivery(tmp_path, [RECORD[:72] + "002500000"]).delivery
    assert not any("weight" in fault for fault in told.faults)


def test_a_delivery_tells_parts_time_and_variables_without_a_case_number(tmp_path):
    found = delivery(tmp_path, [RECORD])
    said = str(found)
    assert "delivered in time, on 2025-06-20" in said
    assert "7. Fatal road traffic accidents" in said
    assert "Material agent of the specific physical activity: 0.0%" in said
    assert "0000123" not in said + json.dumps(found.to_dict())
    assert not found.valid


def test_a_delivery_whose_metadata_are_not_there_is_refused_before_it_is_read(tmp_path):
    with pytest.raises(ReadError, match="it.metadata.yml"):
        wb.check(tmp_path / "it.txt", metadata=tmp_path / "it.metadata.yml")


def test_a_part_that_is_left_empty_is_no_reason_for_weights(tmp_path):
    empty = FULL | {"parts": FULL["parts"] | {"reporting_levels": "", "cause_sampling": "none"}}
    found = delivery(tmp_path, [RECORD[:72] + "002500000"], empty).delivery
    assert any("has a weight other than 1" in fault for fault in found.faults)


def test_a_delivery_is_valid_when_all_its_parts_and_sections_are_there(tmp_path):
    divisions = ["0100", "0500", "1000", "3500", "3600", "4100", "4500", "4900", "5500", "5800", "6400", "6800",
                 "6900", "7700", "8400", "8500", "8600", "9000", "9400"]  # fmt: skip
    lines = [f"2023{n:07d}{nace}{RECORD[15:]}" for n, nace in enumerate(divisions, start=1)]
    found = delivery(tmp_path, lines)
    assert (found.failed, found.delivery.faults, found.delivery.complete, found.valid) == (0, (), True, True)
    assert found.to_dict()["delivery"]["complete"]


@pytest.mark.parametrize("year", ["0000", "1899", "9999", "20231", "２０２３"])
def test_a_year_that_cannot_be_a_reference_year_is_refused(tmp_path, year):
    with pytest.raises(ReadError, match="needs a country .* and a reference_year"):
        read_metadata(written(tmp_path / "a.metadata.yml", FULL | {"reference_year": year}))


def test_what_a_terminal_would_act_on_is_not_repeated_from_metadata(tmp_path):
    escape = "\x1b[31m" + "x" * 500
    for content in (FULL | {escape: "x"}, FULL | {"country": escape}, with_part(escape, "x")):
        with pytest.raises(ReadError) as caught:
            read_metadata(written(tmp_path / "a.metadata.yml", content))
        assert "\x1b" not in str(caught.value)
        assert len(str(caught.value)) < 500
    faulty = with_part("accident_types", {escape: escape}) | {"delivered": "2025-06-20"}
    said = " ".join(read_metadata(written(tmp_path / "a.metadata.yml", faulty)).frame()["words"])
    assert "\x1b" not in said
    assert len(said) < 800


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, "\x07", "? [a]\n: b\n", "\udcff"])
def test_yaml_that_leads_nowhere_is_refused_in_our_own_words(tmp_path, text):
    path = tmp_path / "a.metadata.yml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ReadError, match=r"is not YAML in UTF-8(: look at line 1)?\.$"):
        read_metadata(path)


def test_many_names_are_looked_through_once(tmp_path):
    """60,000 names took a minute when each was looked for among all."""
    path = tmp_path / "a.metadata.yml"
    path.write_text("parts: {" + ",".join(f"{n:x}: " for n in range(20_000)) + "}")
    with pytest.raises(ReadError, match="unknown name 0"):
        read_metadata(path)
