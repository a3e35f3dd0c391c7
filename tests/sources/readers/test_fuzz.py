"""Every reader against broken files: an answer in words or a load with a report, never a traceback."""

import json
import random

import pandas as pd
import pytest

from tests.sources.readers.mutations import SEEDS, parquet
from workbench.cubes import build
from workbench.cubes.margin import Measure
from workbench.sources.catalog import catalog
from workbench.sources.readers.synthetic import read_cube
from workbench.terms.errors import WorkbenchError
from workbench.terms.tables import Report

CASES = {"wristband.csv": 60, "epa.csv": 60, "regions.csv": 80, "esener.xlsx": 80, "atr.xlsx": 80}
CASES |= {"eurostat.json": 300, "twin.parquet": 200, "esaw.txt": 60, "esaw.csv": 60}
"""Mutations in the fast suite, where not 120; twenty times as many when slow."""


def outcome(seed, content: bytes, folder, edition: str = "") -> tuple[list[pd.DataFrame], Report]:
    """Read a file. Whatever is said, in a refusal or in the report, is safe to print and says something."""
    path, report = folder / seed.name, Report(nuts_edition=edition)
    path.write_bytes(content)
    try:
        frames = list(seed.read([path], report))
    except WorkbenchError as refusal:
        assert str(refusal).strip() and len(str(refusal)) < 5_000
        assert all(character.isprintable() or character == "\n" for character in str(refusal))
        raise
    assert frames and all(isinstance(frame, pd.DataFrame) for frame in frames)
    said = str(report) + json.dumps(report.to_dict(), allow_nan=False)
    assert all(character.isprintable() or character == "\n" for character in said)
    assert report.rejected <= report.rows_read
    for frame in frames:
        measures = frame.select_dtypes("float64")
        assert not ((measures == float("inf")) | (measures < 0)).any(axis=None)
    return frames, report


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_valid_file_is_read_whole(seed, tmp_path):
    _frames, report = outcome(seed, seed.content, tmp_path)
    assert report.rows_read > 0 and (report.rejected, report.unfinished) == (0, False)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_broken_file_is_refused_in_words_or_read_with_a_report(seed, tmp_path):
    found = broken(seed, tmp_path, CASES.get(seed.name, 120), start=0)
    assert found["refused"] > 0 and found["read"] > 0 and found["rejected"] > 0


ENTRIES = {"eurostat.tsv": "hsw_n2_01", "eurostat.csv": "hsw_n2_01", "regions.csv": "inail_regions"}
ENTRIES |= {
    "epa.csv": "spain_epa",
    "wristband.csv": "wristbands",
    "esener.xlsx": "esener_2019",
    "atr.xlsx": "spain_atr",
}


@pytest.mark.parametrize("name", ENTRIES)
def test_what_was_not_rejected_can_be_asked(name, tmp_path):
    (seed,) = (seed for seed in SEEDS if seed.name == name)
    dataset, built = catalog()[ENTRIES[name]], 0
    measures = {
        key: Measure(key, its["unit"], its["how"], its.get("label", key)) for key, its in dataset.measures.items()
    }
    for number in range(25):
        content = seed.broken(random.Random(number))
        try:
            frames, report = outcome(seed, content, tmp_path, edition=dataset.nuts_edition or "")
        except WorkbenchError:
            continue
        rows = pd.concat(frames, ignore_index=True)
        if len(rows):
            edition = report.nuts_edition or dataset.nuts_edition or "2021"
            build.from_published(name, rows, dataset.margins, measures, nuts=edition, own=dataset.labels)
            built += 1
    assert built


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_twenty_times_as_many_broken_files(seed, tmp_path):
    broken(seed, tmp_path, 20 * CASES.get(seed.name, 120), start=1_000_000)


def broken(seed, folder, cases: int, start: int) -> dict[str, int]:
    found = {"refused": 0, "read": 0, "rejected": 0}
    for number in range(start, start + cases):
        content = seed.broken(random.Random(number))
        try:
            _frames, report = outcome(seed, content, folder)
            found["read"] += 1
            found["rejected"] += report.rejected > 0
        except WorkbenchError:
            found["refused"] += 1
        except Exception as fault:
            fault.add_note(f"{seed.name}, case {number}: {content[:2_000]!r}")
            raise
    return found


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("accidents", ["six", "one"]),
        ("accidents", [[1], [2]]),
        ("accidents", [pd.Timestamp("2019-01-01")] * 2),
        ("year", ["2018", "2019"]),
        ("year", [True, False]),
        ("sex", [1, 2]),
        ("nuts2", [b"AT11", b"AT12"]),
        ("flag", [0.5, 1.5]),
    ],
)
def test_a_parquet_column_of_another_type_is_refused_by_its_name(tmp_path, report, column, values):
    (tmp_path / "twin.parquet").write_bytes(parquet(**{column: values}))
    with pytest.raises(WorkbenchError, match=f"the column {column} holds no"):
        list(read_cube([tmp_path / "twin.parquet"], report))


@pytest.mark.parametrize(("column", "value"), [("accidents", 6.5), ("accidents", float("inf")), ("year", 2018.75)])
def test_a_part_of_a_cell_in_parquet_rejects_its_row(tmp_path, report, column, value):
    whole = {"accidents": 1.0, "year": 2019.0}[column]
    (tmp_path / "twin.parquet").write_bytes(parquet(**{column: [value, whole]}))
    (frame,) = read_cube([tmp_path / "twin.parquet"], report)
    assert len(frame) == 1 and [(row, field) for row, field, _reason in report.details] == [(1, column)]
