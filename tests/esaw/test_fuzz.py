"""Records, files and metadata damaged at random: each is judged or refused in words, and nothing else happens."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import yaml

import workbench as wb
from workbench import esaw
from workbench.terms.errors import WorkbenchError

SPACED = "20230000123 4120 71 34 1 021 53 ITI43 20230214 09 2 1 311 017 1 021 22 41 0000 33 1401 42 1401 001000000"
FIELDS = dict(zip(esaw.variables(), SPACED.split(), strict=True))
DATES = {"date_of_death": "20230301", "date_of_return": "20230304"}
CASE = FIELDS["case_number"]
METADATA = {
    "country": "IT",
    "reference_year": "2023",
    "delivered": "2025-06-20",
    "parts": {
        "population": [{"nace": "A", "status": "all", "covered": "all"}],
        "confidential": "none",
        "reporting_levels": [{"nace": "all", "severity": "NFAT", "level": "0.85"}],
        "accident_types": dict.fromkeys(esaw.KINDS, "yes"),
        "record_sampling": "none",
        "cause_sampling": {"method": "simple random", "share": "0.2"},
        "fatal_transport_outside_h": {"road_traffic": "12", "on_board": "1"},
        "national": "none",
    },
}
SCRAPS = (
    "", " ", "0", "00", "99", "-1", "1e400", "nan", "9" * 5_000, "\0", "\r", "\n", "\t", '"', "'", ",", ";", "é",
    "\ud800", "\x1b[31m", "\u202e", "20230231", "99991231", "00000000", "A07", "998", "997", "ITZZZ", "GR",
    "٣", "000000000", "[", "{", "&a", "*a", "!!python/name:os.system", "---", "? ", "- ", "=1+1", "NULL", "none",
    "x" * 70_000,
)  # fmt: skip
"""What people, programs and attackers leave in a field."""


def damaged(text: str, chance: random.Random) -> str:
    """A text with a scrap put in, a part cut out or doubled, or a character changed, once to three times."""
    for _time in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + chance.choice((0, 1, 2, 9, 81)))
        middle = chance.choice((chance.choice(SCRAPS), "", text[start:end] * 2, chr(chance.randint(0, 0x2FFF))))
        text = text[:start] + middle + text[end:]
    return text


def one_record(chance: random.Random, _folder: Path) -> str:
    """A line, or a mapping of variables, explained."""
    if chance.random() < 0.3:
        return str(wb.explain_record(damaged("".join(FIELDS.values()), chance), case_width=chance.choice((11, 11, 14))))
    record: dict = FIELDS | (DATES if chance.random() < 0.5 else {})
    for key in chance.sample(sorted(record), chance.randint(1, 3)):
        scrap = chance.choice(SCRAPS)
        record[key] = chance.choice(
            (scrap, damaged(record[key], chance), None, -1, 17.9, float("nan"), 10**400, [scrap])
        )
    if chance.random() < 0.1:
        record[damaged(chance.choice(sorted(record)), chance)] = "x"
    explanation = wb.explain_record(record)
    json.dumps(explanation.to_dict())
    return str(explanation)


def text_file(chance: random.Random, folder: Path) -> str:
    """Fixed-width lines or a text table, checked."""
    if chance.random() < 0.5:
        content = "\n".join(["".join(FIELDS.values())] * 3) + "\n"
    else:
        mark = chance.choice(",;\t|")
        content = mark.join(FIELDS) + "\n" + (mark.join(FIELDS.values()) + "\n") * 3
    path = folder / "records.txt"
    path.write_bytes(damaged(content, chance).encode(chance.choice(("utf-8", "utf-8", "utf-16")), "surrogatepass"))
    return checked(path, layout=chance.choice((None, None, None, *esaw.LAYOUTS)))


def parquet_file(chance: random.Random, folder: Path) -> str:
    """A Parquet file whose columns are of other kinds or whose bytes are changed, checked."""
    columns: dict = {key: [value] for key, value in FIELDS.items()}
    for key in chance.sample(sorted(columns), chance.randint(1, 3)):
        columns[key] = [chance.choice((None, True, -1, 17.9, 2**62, b"\xff", ["a"], {"a": 1}, "x" * 70_000, "\x1b"))]
    path = folder / "records.parquet"
    pl.DataFrame(columns, strict=False).write_parquet(path)
    if chance.random() < 0.3:
        content = bytearray(path.read_bytes())
        for _time in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content[: chance.choice((len(content), chance.randint(1, len(content))))])
    return checked(path)


def metadata_file(chance: random.Random, folder: Path) -> str:
    """Metadata with a damaged text, or with another value in place of one, held against a record."""
    records, path = folder / "delivery.txt", folder / "delivery.yml"
    records.write_text("".join(FIELDS.values()) + "\n")
    content = json.loads(json.dumps(METADATA))
    if chance.random() < 0.5:
        level = chance.choice((content, content["parts"]))
        scrap = chance.choice(SCRAPS).replace("\ud800", "")
        level[chance.choice([*level, scrap])] = chance.choice((scrap, [scrap], {scrap: scrap}, [{"nace": scrap}], None))
    text = yaml.safe_dump(content, allow_unicode=True)
    path.write_bytes((text if chance.random() < 0.5 else damaged(text, chance)).encode("utf-8", "surrogatepass"))
    return checked(records, metadata=path)


def checked(path: Path, **options: object) -> str:
    judgement = wb.check(path, **options)
    json.dumps(judgement.to_dict())
    return str(judgement)


FUZZED = (one_record, text_file, parquet_file, metadata_file)


def fuzz(case: Callable[[random.Random, Path], str], seeds: range, folder: Path) -> None:
    """Only words come out: without a traceback, a case number, or what a terminal would act on; and not too many."""
    for seed in seeds:
        try:
            words = case(random.Random(f"{case.__name__} {seed}"), folder)
        except WorkbenchError as error:
            words = str(error)
        except BaseException as error:
            error.add_note(f"{case.__name__} with the seed {seed}")
            raise
        shown = f"{case.__name__} with the seed {seed}: {words[:500]!r}"
        assert words, shown
        assert all(letter.isprintable() or letter == "\n" for letter in words), shown
        assert CASE not in words, shown
        assert len(words) < 12_000, shown


@pytest.mark.parametrize("case", FUZZED, ids=lambda case: case.__name__)
def test_random_damage_ends_in_words(case, tmp_path):
    fuzz(case, range(600), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", FUZZED, ids=lambda case: case.__name__)
@pytest.mark.parametrize("part", range(8))
def test_much_random_damage_ends_in_words(case, part, tmp_path):
    fuzz(case, range(600 + 5_000 * part, 600 + 5_000 * (part + 1)), tmp_path)
