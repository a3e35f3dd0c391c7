"""The judge of ESAW records: each rule alone, examples, duplicates, privacy, one pass over many records."""

import csv
import gettext
import io
import json
import re
import stat
import time
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import esaw
from workbench.esaw import case_numbers
from workbench.esaw.checks import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, VERDICTS, check, rules
from workbench.esaw.judge import explain_record, judge
from workbench.esaw.layouts.records import one_record
from workbench.terms.errors import ReadError, UnknownName, WorkbenchError
from workbench.terms.text import speaking

SPACED = "20230000123 4120 71 34 1 021 53 ITI43 20230214 09 2 1 311 017 1 021 22 41 0000 33 1401 42 1401 001000000"
FIELDS = SPACED.split()
RECORD = "".join(FIELDS)
VALUES = dict(zip(esaw.variables(), FIELDS, strict=True)) | {"date_of_return": "20230304", "date_of_death": ""}
DEAD = VALUES | {"days_lost": "998", "date_of_return": "", "date_of_death": "20240214"}

FLIPS = {
    "case_number": (VALUES, {"case_number": "X2230000123"}, "failed"),
    "economic_activity": (VALUES, {"economic_activity": "0410"}, "failed"),
    "occupation": (VALUES, {"occupation": "79"}, "failed"),
    "age": (VALUES, {"age": "3x"}, "failed"),
    "sex": (VALUES, {"sex": "3"}, "failed"),
    "type_of_injury": (VALUES, {"type_of_injury": "023"}, "failed"),
    "part_of_body": (VALUES, {"part_of_body": "57"}, "failed"),
    "geographical_location": (VALUES, {"geographical_location": "ITX43"}, "failed"),
    "date": (VALUES, {"date": "20230231"}, "failed"),
    "time": (VALUES, {"time": "24"}, "failed"),
    "size_of_enterprise": (VALUES, {"size_of_enterprise": "6"}, "failed"),
    "nationality": (VALUES, {"nationality": "4"}, "failed"),
    "employment_status": (VALUES, {"employment_status": "330"}, "failed"),
    "days_lost": (VALUES, {"days_lost": "183"}, "failed"),
    "workstation": (VALUES, {"workstation": "3"}, "failed"),
    "working_environment": (VALUES, {"working_environment": "027"}, "failed"),
    "working_process": (VALUES, {"working_process": "27"}, "failed"),
    "specific_physical_activity": (VALUES, {"specific_physical_activity": "48"}, "failed"),
    "ma_specific_physical_activity": (VALUES, {"ma_specific_physical_activity": "9901"}, "failed"),
    "deviation": (VALUES, {"deviation": "36"}, "failed"),
    "ma_deviation": (VALUES, {"ma_deviation": "1498"}, "failed"),
    "contact_mode": (VALUES, {"contact_mode": "47"}, "failed"),
    "ma_contact": (VALUES, {"ma_contact": "1498"}, "failed"),
    "weight": (VALUES, {"weight": "000000000"}, "failed"),
    "reference_year": (VALUES, {"case_number": "20220000123"}, "failed"),
    "not_ahead": (VALUES, {"case_number": f"{date.today().year + 1}0000123"}, "failed"),
    "working_age": (VALUES, {"age": "05"}, "doubtful"),
    "nuts_edition": (
        VALUES,
        {"geographical_location": "ITG25"},
        "doubtful",
    ),  # Sassari of 2010 to 2016, ITG2D since 2021
    "section_availability": (VALUES, {"economic_activity": "9700"}, "doubtful"),
    "one_of_three": (
        VALUES,
        {"working_environment": "000", "working_process": "00", "specific_physical_activity": "00"},
        "failed",
    ),
    "one_of_two": (VALUES, {"ma_deviation": "0000", "ma_contact": "0000"}, "failed"),
    "fatal_weight": (DEAD, {"weight": "001200000"}, "failed"),
    "date_of_death": (DEAD, {"date_of_death": "20240231"}, "failed"),
    "death_after_accident": (DEAD, {"date_of_death": "20230213"}, "failed"),
    "fatal_within_a_year": (DEAD, {"date_of_death": "20240215"}, "failed"),
    "date_of_return": (VALUES, {"date_of_return": "2023030a"}, "failed"),
    "return_after_accident": (VALUES, {"date_of_return": "20230213"}, "failed"),
    "in_scope": (VALUES, {"date_of_return": "20230218"}, "failed"),
    "days_lost_agree": (VALUES, {"days_lost": "018"}, "failed"),
}


def verdicts(values: dict) -> dict[str, str]:
    return {v.rule: v.verdict for v in explain_record(values).verdicts}


def numbered(n: int, **values: str) -> dict[str, str]:
    return VALUES | {"case_number": f"2023{n:07d}"} | values


def table(path, rows: list[dict]):
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue())
    return path


def many(path, n: int, start: int = 0):
    path.write_text("".join(f"2023{i:07d}{RECORD[11:]}\n" for i in range(start, start + n)))
    return path


def test_the_record_of_the_reference_meets_every_rule():
    found = explain_record(RECORD)
    assert found.valid
    assert "failed" not in set(found.frame()["verdict"])
    assert found.labels["ma_deviation"][0] == "14.01"
    assert found.labels["economic_activity"] == ("41", "Construction of buildings")
    assert str(found).startswith("The record meets every rule.")


@pytest.mark.parametrize("values", [VALUES, DEAD])
def test_the_records_that_are_flipped_meet_every_rule_before(values):
    assert {"failed", "doubtful"}.isdisjoint(verdicts(values).values())


def test_every_rule_that_is_judged_record_by_record_is_flipped_here():
    of_files = {"record_length", "characters", "case_number_unique"}
    assert set(FLIPS) == {rule.id for rule in rules()} - of_files


@pytest.mark.parametrize("rule", FLIPS)
def test_flipping_one_rule_makes_exactly_that_rule_fail(rule):
    before, change, verdict = FLIPS[rule]
    found = verdicts(before | change)
    assert found[rule] == verdict
    assert [name for name, said in found.items() if said in {"failed", "doubtful"}] == [rule]


@pytest.mark.parametrize("rule", FLIPS)
def test_every_failure_is_told_in_words_with_field_and_source(rule):
    before, change, _verdict = FLIPS[rule]
    (found,) = (v for v in explain_record(before | change).verdicts if v.rule == rule)
    assert found.words.endswith(".")
    assert found.words != next(r.title for r in rules() if r.id == rule)
    assert found.field in esaw.variables() or found.field in esaw.OPTIONAL_DATES
    assert found.source


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (
            {"days_lost": "003"},
            "days_lost",
            "'003' is not in the list. Fewer than 4 days are no ESAW accident",
        ),
        ({"employment_status": "330"}, "employment_status", "Close to it: .*300"),
        ({"age": "7"}, "age", "'7' is not an age of two digits. Ages under 10 begin with 0"),
        ({"age": "130"}, "age", r"\(3 characters, not shown\) is not an age"),
        ({"age": ""}, "age", "not an age"),
        ({"age": "99"}, "age", "The age is unknown"),
        ({"sex": "9"}, "sex", "The sex is unknown"),
        ({"type_of_injury": "21"}, "type_of_injury", "has 2 of 3 characters. Has a program removed leading zeros"),
        (
            {"type_of_injury": "073"},
            "type_of_injury",
            "not a confirmed European code. COVID-19: Spanish national addition",
        ),
        ({"part_of_body": " "}, "part_of_body", "is empty. It must be given"),
        ({"occupation": "00"}, "occupation", "Occupation of the victim.* is unknown"),
        ({"date": "2023O214"}, "date", "'2023O214' is not a day of the calendar. Write YYYYMMDD"),
        ({"geographical_location": "ITX43"}, "geographical_location", "'ITX43' is not in the list. Close to it: IT"),
        (
            {"geographical_location": "ITI4"},
            "geographical_location",
            "'ITI4' is not a NUTS 3 code of 2010 to 2024: a wider region",
        ),
        (
            {"geographical_location": "ITG25"},
            "nuts_edition",
            "a code of NUTS 2010, 2013, 2016, but NUTS 2021 is in force for 2023",
        ),
        ({"weight": "1000.5"}, "weight", "'1000.5' is not a weight"),
        ({"weight": "1"}, "weight", "Write nine digits"),
        ({"date_of_return": "20230218"}, "in_scope", "3 full days lost, four are needed"),
        (
            {"days_lost": "998", "date_of_death": "20230213"},
            "death_after_accident",
            "'20230213' lies before the accident",
        ),
        ({"date_of_death": "20230601"}, "fatal_within_a_year", "within a year of '20230214', so days lost must be 998"),
    ],
)
def test_the_words_say_what_to_do(change, rule, words):
    (found,) = (v for v in explain_record(VALUES | change).verdicts if v.rule == rule)
    assert found.verdict in {"failed", "doubtful"}
    assert re.search(words, found.words), found.words


@pytest.mark.parametrize(
    "change",
    [
        {"economic_activity": "4100"},
        {"employment_status": "310"},
        {"employment_status": "000"},
        {"days_lost": "997"},
        {"days_lost": "A03"},
        {"ma_deviation": "14.01"},
        {"weight": "2.5"},
        {"time": ""},
        {"workstation": ""},
        {"geographical_location": "ITZZZ"},
        {"working_environment": "000", "working_process": "00"},
        {"ma_deviation": "0000"},
        {"case_number": "20240000123"},
    ],
)
def test_what_is_allowed_passes(change):
    assert "failed" not in verdicts(VALUES | change).values()


@pytest.mark.parametrize(
    ("code", "back", "verdict"),
    [
        ("A03", "20230304", "passed"),
        ("A02", "20230304", "failed"),
        ("000", "20230304", "doubtful"),
        ("997", "20230304", "not judged"),
        ("A05", "20230315", "doubtful"),
        ("A04", "20230315", "passed"),
        ("182", "20230817", "failed"),
        ("A06", "20230817", "doubtful"),
    ],
)
def test_bands_agree_with_the_dates_and_month_ends_leave_a_doubt(code, back, verdict):
    assert verdicts(VALUES | {"days_lost": code, "date_of_return": back})["days_lost_agree"] == verdict


def test_date_rules_are_judged_only_where_the_dates_exist():
    found = verdicts({key: VALUES[key] for key in esaw.variables()})
    assert {found[name] for name in ("date_of_death", "date_of_return", "in_scope", "days_lost_agree")} == {
        "not judged"
    }


@pytest.mark.parametrize("days", [0, 1, 400])
def test_what_lies_ahead_has_not_happened(days):
    when = date.today() + timedelta(days)
    found = explain_record(
        VALUES | {"case_number": f"{when.year}0000123", "date": f"{when:%Y%m%d}", "date_of_return": ""}
    )
    (ahead,) = (v for v in found.verdicts if v.rule == "not_ahead")
    assert ahead.verdict == ("failed" if days else "passed")
    if days:
        assert ahead.words == (
            f"Dated '{when:%Y%m%d}' and notified in {when.year}, but this computer says that today is {date.today()}."
        )
    assert "Regulation (EU) 349/2011, art. 3" in ahead.source


@pytest.mark.parametrize(
    ("age", "verdict"),
    [("01", "doubtful"), ("14", "doubtful"), ("15", "passed"), ("98", "passed"), ("00", "not judged")],
)
def test_under_15_is_a_doubt_and_no_fault(age, verdict):
    found = explain_record(VALUES | {"age": age})
    (judged,) = (v for v in found.verdicts if v.rule == "working_age")
    assert judged.verdict == verdict
    assert found.valid
    assert judged.source == "own check; Directive 94/33/EC, art. 3 and 4; ESAW methodology 2001, p. 14, Table 1"


def test_old_records_are_not_held_against_lists_that_came_later():
    old = VALUES | {"case_number": "20050000123", "date": "20050214", "date_of_return": "", "economic_activity": "7499"}
    found = verdicts(old | {"occupation": "44", "geographical_location": "ITE43"})
    assert found["economic_activity"] == "not judged"
    assert found["section_availability"] == found["nuts_edition"] == "not judged"
    assert "failed" not in found.values()


@pytest.mark.parametrize("what", [None, 81, ["20230000123"]])
def test_what_is_no_record_is_answered_in_words(what):
    with pytest.raises(ReadError, match="A record is a line of 81 or 44 characters, or its variables by name, not "):
        explain_record(what)


def test_phases_one_and_two_have_no_causes_and_no_weight_to_judge():
    line = "20000000123" + "4171341021" + "53" + "ITI43" + "1999121409213017"
    found = {v.rule: v.verdict for v in explain_record(line).verdicts}
    assert len(line) == 44
    assert {found[name] for name in ("weight", "one_of_three", "one_of_two", "fatal_weight")} == {"not judged"}
    assert "failed" not in found.values()


@pytest.mark.parametrize("length", [80, 82])
def test_a_record_of_another_length_fails_that_rule_and_no_other_is_judged(length):
    found = explain_record((RECORD + "0")[:length])
    assert not found.valid
    assert found.verdicts[0].words == f"The record has {length} bytes instead of 81."
    assert {v.verdict for v in found.verdicts[1:]} == {"not judged"}


def test_the_vectorised_date_rules_agree_with_the_plain_functions():
    generator = np.random.default_rng(7)
    days = [date(2021, 1, 1) + timedelta(days=int(n)) for n in generator.integers(0, 1_460, 3_000)] + [
        date(2024, 2, 29)
    ] * 400
    away = [int(n) for n in generator.integers(0, 400, 3_000)] + list(range(200, 600))
    later = [day + timedelta(days=n) for day, n in zip(days, away, strict=True)]
    lost = [esaw.days_lost(day, back) for day, back in zip(days, later, strict=True)]
    codes = [code if (code := esaw.days_lost_code(n)) not in {None, "997"} else "050" for n in lost]
    written = pl.DataFrame({"date": [f"{d:%Y%m%d}" for d in days], "later": [f"{d:%Y%m%d}" for d in later]})
    same = one_record(VALUES).frame.drop(
        "date", "date_of_return", "date_of_death", "case_number", "days_lost", "record"
    )
    base = written.join(same, how="cross").with_columns(case_number=pl.col("date").str.head(4) + "0000123")
    alive = check(base.with_columns(days_lost=pl.Series(codes), date_of_return="later", date_of_death=pl.lit("")))
    dead = check(base.with_columns(days_lost=pl.lit("998"), date_of_death="later", date_of_return=pl.lit("")))
    assert (alive["in_scope"] == PASSED).to_list() == [n >= 4 for n in lost]
    agrees = [n >= 4 and (n <= 182 or n == 50) for n in lost]
    assert (alive["days_lost_agree"] == PASSED).to_list() == agrees
    assert (dead["fatal_within_a_year"] == PASSED).to_list() == [
        esaw.is_fatal(d, e) for d, e in zip(days, later, strict=True)
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.from_regex(r"20[0-4][0-9][01][0-9][0-3][0-9]", fullmatch=True)
        | st.text("0123456789 -/OA", min_size=8, max_size=8),
        max_size=40,
    )
)
def test_a_date_is_valid_exactly_when_python_says_so(texts):
    def valid(text: str) -> bool:
        try:
            return bool(datetime.strptime(text, "%Y%m%d")) and text.isdecimal()
        except ValueError:
            return False

    texts = [*texts, "20230229", "20240229", "20230231", "00000000"]
    frame = pl.DataFrame({"date": texts}).join(one_record(VALUES).frame.drop("date"), how="cross")
    assert (check(frame)["date"] == PASSED).to_list() == [valid(text) for text in texts]


def test_a_file_is_counted_rule_by_rule(tmp_path):
    rows = [numbered(1), numbered(2, age="3x"), numbered(3, sex="9"), numbered(4, age="99", sex="3"), numbered(1)]
    found = judge(table(tmp_path / "a.csv", rows))
    by_rule = found.frame().set_index("rule")
    assert (found.records, found.failed, found.doubtful, found.passed) == (5, 3, 1, 2)
    assert by_rule.loc["age", ["passed", "failed", "doubtful", "not_judged"]].to_list() == [3, 1, 1, 0]
    assert by_rule.loc["sex", ["passed", "failed", "doubtful"]].to_list() == [3, 1, 1]
    assert by_rule.loc["case_number_unique", ["passed", "failed"]].to_list() == [4, 1]
    assert by_rule.loc["death_after_accident", "not_judged"] == 5
    assert (by_rule[["passed", "failed", "doubtful", "not_judged"]].sum(axis=1) == 5).all()


def test_examples_have_record_field_words_source_and_a_stand_in_for_the_case_number(tmp_path):
    found = judge(table(tmp_path / "a.csv", [numbered(n, age="x") for n in range(30)]), examples=4)
    assert [e.record for e in found.examples] == [1, 2, 3, 4]
    example = found.examples[0]
    assert (example.field, example.value, example.verdict) == ("age", "'x'", "failed")
    assert "Table 3" in example.source
    assert len(example.case) == 16
    assert len({e.case for e in found.examples}) == 4


def test_a_judgement_is_the_same_every_time_and_is_plain_json(tmp_path):
    path = table(tmp_path / "a.csv", [numbered(n % 7, age=f"{n}") for n in range(100)])
    first, second = (json.dumps(judge(path).to_dict(), allow_nan=False) for _time in range(2))
    assert first == second
    assert set(json.loads(first)) >= {
        "frame",
        "columns",
        "examples",
        "notes",
        "sources",
        "withheld",
        "records",
        "failed",
    }


def test_lines_of_every_wrong_length_among_good_ones_are_plain_json(tmp_path):
    """Numbers of lines come from numpy: none of its integers may reach JSON."""
    path = tmp_path / "a.txt"
    lines = [RECORD, RECORD[:-1], RECORD + "0", "", RECORD[:-1] + "é", "é" + RECORD[1:-1], RECORD[:-1] + "\x07"]
    path.write_bytes("".join(line + "\n" for line in lines * 2).encode())
    found = json.loads(json.dumps(judge(path).to_dict()))
    assert (found["records"], found["failed"]) == (14, 13)
    assert {e["record"] for e in found["examples"] if e["rule"] == "record_length"} == {2, 3, 4, 5, 9, 10, 11, 12}
    for line in lines:
        assert type(one_record(line).records) is int
        assert all(type(fault.record) is int for fault in one_record(line).faults)


def test_the_text_names_the_rules_that_are_not_met_and_the_notes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes((RECORD + "\r\n" + RECORD[:-1] + "\r\n").encode())
    said = str(judge(path))
    assert said.startswith("a.txt (esaw81): 2 records, 1 fails a rule, 0 more are doubtful.")
    assert "record 2: The record has 80 bytes instead of 81." in said
    assert "Lines end with CR LF (Windows)." in said


def test_an_unreadable_record_is_not_judged_by_the_other_rules(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes((RECORD + "\n" + RECORD[:-1] + "\n" + RECORD[:-1]).encode() + b"\xff\n")
    by_rule = judge(path).frame().set_index("rule")
    assert by_rule.loc["record_length", ["passed", "failed", "not_judged"]].to_list() == [2, 1, 0]
    assert by_rule.loc["characters", ["passed", "failed", "not_judged"]].to_list() == [1, 1, 1]
    assert by_rule.loc["age", ["passed", "failed", "not_judged"]].to_list() == [1, 0, 2]


def test_two_codings_of_one_file_get_the_same_judgement(tmp_path):
    rows = [numbered(n, age="x1" if n % 3 else "30") for n in range(10)]
    plain = tmp_path / "a.txt"
    plain.write_text("".join("".join(row[key] for key in esaw.variables()) + "\n" for row in rows))
    listed = table(tmp_path / "a.csv", [{key: row[key] for key in esaw.variables()} for row in rows])
    packed = tmp_path / "a.parquet"
    pl.DataFrame([{key: row[key] for key in esaw.variables()} for row in rows]).write_parquet(packed)
    frames = [judge(path).frame() for path in (plain, listed, packed)]
    assert frames[0].equals(frames[1])
    assert frames[0].equals(frames[2])


def test_explaining_a_record_says_what_judging_it_says(tmp_path):
    values = VALUES | {"age": "x", "geographical_location": "ITG25", "days_lost": "018"}
    counted = judge(table(tmp_path / "a.csv", [values])).frame().set_index("rule")
    for verdict in explain_record(values).verdicts:
        if verdict.rule != "case_number_unique":
            assert counted.loc[verdict.rule, verdict.verdict.replace(" ", "_")] == 1


def test_a_record_that_repeats_a_case_number_is_told_the_first_one(tmp_path):
    path = table(tmp_path / "a.csv", [numbered(n) for n in (5, 6, 5, 7, 6, 5)])
    found = judge(path)
    assert [(e.record, e.words) for e in found.examples] == [
        (3, "Record 1 has the same case number. Send every accident once."),
        (5, "Record 2 has the same case number. Send every accident once."),
        (6, "Record 1 has the same case number. Send every accident once."),
    ]


def test_duplicates_are_the_same_when_they_are_looked_for_on_disk(tmp_path, monkeypatch):
    generator = np.random.default_rng(1)
    path = table(
        tmp_path / "a.csv", [numbered(int(n), age=f"{n % 60 + 20}") for n in generator.integers(0, 3_000, 5_000)]
    )
    in_memory = judge(path)
    monkeypatch.setattr(case_numbers, "IN_MEMORY", 100)
    assert judge(path).to_dict() == in_memory.to_dict()
    assert in_memory.failed > 1_000


def test_a_duplicate_that_fails_or_is_in_doubt_already_is_counted_once(tmp_path):
    found = judge(table(tmp_path / "a.csv", [numbered(1), numbered(1, age="x"), numbered(1, age="99"), numbered(1)]))
    assert (found.records, found.failed, found.doubtful) == (4, 3, 0)


def test_bad_case_numbers_are_not_taken_for_duplicates(tmp_path):
    found = judge(table(tmp_path / "a.csv", [VALUES | {"case_number": ""}] * 3)).frame().set_index("rule")
    assert found.loc["case_number", "failed"] == 3
    assert found.loc["case_number_unique", ["failed", "not_judged"]].to_list() == [0, 3]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_output_holds_a_case_number_whatever_is_wrong_with_the_record(tmp_path_factory, data):
    secret = f"2023{data.draw(st.integers(2_222_222, 9_999_999))}"
    names = data.draw(st.lists(st.sampled_from([*VALUES]), min_size=1, max_size=4))
    values = (
        VALUES | {"case_number": secret} | {name: data.draw(st.sampled_from([secret, "", "x", "99"])) for name in names}
    )
    said = explain_record(values)
    path = table(tmp_path_factory.getbasetemp() / "private.csv", [values, values])
    judged = judge(path)
    for text in (
        str(said),
        json.dumps(said.to_dict()),
        said.frame().to_csv(),
        str(judged),
        json.dumps(judged.to_dict()),
    ):
        assert secret not in text
        assert secret[4:] not in text


def test_the_stand_in_for_a_case_number_depends_on_a_secret_of_this_installation(own_home, monkeypatch, tmp_path):
    first = case_numbers.pseudonym("20230000123")
    key = own_home / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert case_numbers.pseudonym("20230000123") == first
    assert case_numbers.pseudonym("20230000124") != first
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "elsewhere"))
    assert case_numbers.pseudonym("20230000123") != first


def test_a_key_that_is_none_is_not_used(own_home):
    (own_home / "secret.key").write_bytes(b"short")
    with pytest.raises(WorkbenchError, match="is not a key of 32 bytes. Move it away"):
        case_numbers.pseudonym("20230000123")


def test_a_home_that_cannot_keep_the_key_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file"))
    with pytest.raises(WorkbenchError, match="cannot be kept in .*file.* Set WORKBENCH_HOME"):
        case_numbers.pseudonym("20230000123")


def test_temporary_files_of_case_numbers_are_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(case_numbers, "IN_MEMORY", 10)
    monkeypatch.setattr(case_numbers.tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / "data"
    folder.mkdir()
    judge(many(folder / "a.txt", 100))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_is_no_file_of_records_is_refused(tmp_path):
    with pytest.raises(ReadError, match="is a folder"):
        judge(tmp_path)
    with pytest.raises(UnknownName, match="layout"):
        judge(many(tmp_path / "a.txt", 1), layout="esaw63")


def test_one_is_said_as_one(tmp_path):
    assert str(judge(many(tmp_path / "a.txt", 1))).startswith(
        "a.txt (esaw81): 1 record, 0 fail a rule, 0 more are doubtful."
    )
    said = str(judge(table(tmp_path / "b.csv", [numbered(1, age="05")])))
    assert said.startswith("b.csv (csv): 1 record, 0 fail a rule, 1 more is doubtful.")
    assert str(explain_record(VALUES | {"age": "05"})).startswith("1 rule is failed or in doubt:")
    assert str(explain_record(VALUES | {"age": "05", "sex": "3"})).startswith("2 rules are failed or in doubt:")


def test_the_ids_of_the_rules_are_unique_and_stay():
    ids = [rule.id for rule in rules()]
    assert len(set(ids)) == len(ids) == 42
    assert ids[:3] == ["record_length", "characters", "case_number_unique"]
    assert ids[3:27] == list(esaw.variables())


def test_verdicts_are_four():
    assert VERDICTS == ("not judged", "passed", "doubtful", "failed")
    assert (NOT_JUDGED, PASSED, DOUBTFUL, FAILED) == (0, 1, 2, 3)


@pytest.mark.slow
def test_a_million_records_are_judged_in_seconds(tmp_path):
    path = many(tmp_path / "a.txt", 1_000_000)
    started = time.perf_counter()
    found = judge(path)
    took = time.perf_counter() - started
    assert (found.records, found.failed) == (1_000_000, 0)
    assert took < 30, f"{1_000_000 / took:,.0f} records a second"


class Shouting(gettext.NullTranslations):
    """A language in which everything is written in capitals; what stands in braces stays."""

    def gettext(self, message: str) -> str:
        return re.sub(
            r"\{[^}]*\}|[^{}]+", lambda part: part[0] if part[0].startswith("{") else part[0].upper(), message
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def test_rules_kinds_and_reports_are_worded_in_the_language_that_is_spoken(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(RECORD + "\n" + RECORD[:-1] + "\n")
    plain = str(judge(path))
    with speaking(Shouting()):
        shouted = judge(path)
        assert "THE RECORD HAS THE LENGTH OF ITS LAYOUT: 1 FAILED" in str(shouted)
        assert "2 RECORDS, 1 FAILS A RULE" in str(shouted)
        assert set(shouted.frame()["title"]) == {rule.title for rule in rules()}
        assert shouted.to_dict()["columns"]["failed"] == "RECORDS"
        assert str(esaw.in_scope("commuting")).startswith("NOT IN ESAW: AN ACCIDENT ON THE WAY")
        assert "FAILED: " in str(explain_record(RECORD[:-1]))
    assert str(judge(path)) == plain


def test_ten_examples_are_kept_unless_others_are_asked_for(tmp_path):
    found = judge(table(tmp_path / "a.csv", [numbered(n, age="x") for n in range(30)]))
    assert [example.record for example in found.examples] == list(range(1, 11))
