"""The synthetic twin's records: valid, reproducible, written in constant memory."""

import errno
import json
import os
import subprocess
import sys
from collections import Counter

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench import esaw
from workbench.esaw.judge import judge
from workbench.terms.codes import codelist
from workbench.terms.errors import Refused
from workbench.twin import draw_cells, exposure, margins, rates, synthesise
from workbench.twin.causes import CHAINS
from workbench.twin.cells import MOST_ROWS, draw_counts
from workbench.twin.margins import COUNTRIES, SECTIONS, YEARS
from workbench.twin.records import records

ROWS, SEED = 60_000, 5


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A small twin as a Parquet file."""
    return synthesise(ROWS, SEED, tmp_path_factory.mktemp("twin") / "small.parquet")


@pytest.fixture(scope="module")
def sent(twin):
    """Its records, read as anybody would."""
    return pd.read_parquet(twin)


# Records


def test_as_many_records_as_asked_for_with_the_24_keys_in_order(twin):
    file = pq.ParquetFile(twin)
    assert file.metadata.num_rows == ROWS
    assert file.schema_arrow.names == list(esaw.variables())
    types = {field.name: field.type for field in file.schema_arrow}
    assert types.pop("weight") == pa.decimal128(9, 6)
    assert set(types.values()) == {pa.string()}


def test_the_records_fall_into_the_cells_that_draw_cells_gives(twin):
    nace, groups = codelist("nace"), {"15": "Y15-24", "25": "Y25-34", "35": "Y35-44", "45": "Y45-54", "55": "Y55-64"}
    counted = duckdb.sql(f"""
        select left(geographical_location, 4) nuts2, left(economic_activity, 2) division, sex, cast(age as int) age,
               cast(left(case_number, 4) as int) as year, days_lost = '998' fatal, count(*) n, sum(weight) w
        from '{twin}' group by all""").df()
    lows = np.array([int(low) for low in groups])
    counted = counted.assign(
        nace1=counted["division"].map(nace.parents),
        sex=counted["sex"].map({"1": "M", "2": "F"}),
        age_group=[
            ([*groups.values()] + ["Y_GE65"])[np.searchsorted(lows, a, "right") - 1 + (a >= 65)] for a in counted["age"]
        ],
        severity=np.where(counted["fatal"], "FAT", "D_GE4"),
    )
    dims = [*exposure.AXES, "severity"]
    ours = counted.groupby(dims)[["n", "w"]].sum().astype(int)
    theirs = draw_cells(ROWS, SEED).astype(dict.fromkeys(["nuts2", "nace1", "sex", "age_group", "severity"], str))
    theirs = theirs.set_index(dims)[["records", "accidents"]].reindex(ours.index)
    assert len(theirs.dropna()) == len(draw_cells(ROWS, SEED))
    assert (ours.to_numpy() == theirs.to_numpy()).all()


def test_every_code_is_in_its_list(sent):
    for key, variable in esaw.variables().items():
        if variable.codelist:
            assert set(sent[key]) <= set(codelist(variable.codelist).codes()), key
            assert sent[key].str.replace(".", "").str.len().eq(variable.width).all(), key
    assert set(sent["geographical_location"]) <= set(codelist("nuts", "2021").at_level(3))
    assert set(sent["economic_activity"].str[:2]) <= set(codelist("nace").at_level(2))
    assert set(sent["economic_activity"].str[2:]) == {"00"}
    assert set(sent["occupation"]) <= set(codelist("isco").at_level(2))
    assert set(sent["sex"]) == {"1", "2"}
    assert sent["age"].str.fullmatch(r"\d\d").all() and sent["age"].astype(int).between(15, 79).all()


def test_all_codes_that_can_be_drawn_are_in_their_lists():
    """Not only those that a small twin happens to have."""
    _year, batch = next(records(1_000, 1))
    for key, variable in esaw.variables().items():
        if variable.codelist:
            assert set(batch.column(key).dictionary.to_pylist()) <= set(codelist(variable.codelist).codes()), key


def test_case_numbers_are_the_year_and_seven_digits_and_occur_once(sent):
    assert sent["case_number"].str.fullmatch(r"20(1\d|2[0-3])\d{7}").all()
    assert sent["case_number"].is_unique


def test_no_accident_happens_after_the_year_of_its_notification_and_some_happen_before(sent):
    notified, date = sent["case_number"].str[:4].astype(int), pd.to_datetime(sent["date"], format="%Y%m%d")
    late = notified - date.dt.year
    assert set(late) == {0, 1}
    assert 0.005 < (late == 1).mean() < 0.06
    assert (date[late == 1].dt.month >= 10).all()


def test_mining_and_public_services_begin_in_2013_and_households_are_never_covered(sent):
    section = sent["economic_activity"].str[:2].map(codelist("nace").parents)
    year = sent["case_number"].str[:4].astype(int)
    assert set(section) <= set(SECTIONS)
    first = year.groupby(section).min()
    assert all(first[s] == 2013 for s in "OPQRS") and first["B"] >= 2013
    assert all(first[s] == 2010 for s in "ACFGH")


def test_one_of_three_and_one_of_two_are_coded_in_every_record(sent):
    three = ["working_environment", "working_process", "specific_physical_activity"]
    assert (sent[three] != ["000", "00", "00"]).any(axis=1).all()
    assert (sent[["ma_deviation", "ma_contact"]] != "00.00").any(axis=1).all()
    assert (sent[three] == ["000", "00", "00"]).any().all()  # and some countries leave some out
    assert not sent["deviation"].eq("00").any() and not sent["contact_mode"].eq("00").any()


def test_the_fatal_weigh_one_and_others_what_their_country_says(sent):
    fatal, country = sent["days_lost"] == "998", sent["geographical_location"].str[:2]
    assert fatal.sum() > 20
    assert (sent.loc[fatal, "weight"] == 1).all()
    weights = sent[~fatal].groupby(country)["weight"].agg(["min", "max"])
    for code, its in weights.iterrows():
        assert its["min"] == its["max"] == COUNTRIES[code].weight, code


def test_a_weight_undoes_the_under_reporting_of_its_country():
    for code, country in COUNTRIES.items():
        assert country.level * country.weight == pytest.approx(1 if country.weighted else country.level), code


def test_countries_send_days_in_numbers_or_in_bands(sent):
    bands = sent["days_lost"].isin(list(esaw.BANDS))
    country = sent["geographical_location"].str[:2]
    assert set(country[bands]) <= margins.SENDS_BANDS_OF_DAYS
    numbers = sent["days_lost"].str.fullmatch(r"\d{3}") & ~sent["days_lost"].isin(["000", "997", "998"])
    assert not set(country[numbers]) & margins.SENDS_BANDS_OF_DAYS


def test_only_the_self_employed_work_without_employees(sent):
    assert set(sent.loc[sent["size_of_enterprise"] == "0", "employment_status"]) == {"100"}
    assert set(sent.loc[sent["employment_status"] == "500", "age"].astype(int)) <= set(range(15, 25))


def test_more_happens_on_mondays_than_on_sundays_and_in_the_morning_than_at_night(sent):
    weekday = pd.to_datetime(sent["date"], format="%Y%m%d").dt.day_of_week.value_counts()
    assert weekday[0] > 3 * weekday[6]
    assert (sent["time"] == "10").sum() > 3 * (sent["time"] == "03").sum()


def test_the_old_stay_away_longer(sent):
    days = sent.loc[sent["days_lost"].str.isdigit(), ["days_lost", "age"]].astype(int)
    days = days[days["days_lost"].between(4, 182)]
    assert days.loc[days["age"] >= 55, "days_lost"].mean() > 1.2 * days.loc[days["age"] < 25, "days_lost"].mean()


def test_causes_follow_the_chain_of_one_accident(sent):
    links = Counter(zip(sent["deviation"], sent["contact_mode"], strict=True))
    assert set(links) <= {(c.deviation, c.contact) for c in CHAINS}
    assert links["51", "31"] > 1_000


def test_the_judge_finds_no_fault_in_a_twin(twin):
    """Doubtful are only codes of NUTS 2021 in years of an older edition: the twin has one edition for all."""
    found = judge(twin)
    assert (found.records, found.failed) == (ROWS, 0)
    doubtful = {rule for rule, (_not_judged, _passed, some, _failed) in found.counts.items() if some}
    assert doubtful <= {"nuts_edition"}


# Reproducible, in one piece or in many


def test_the_same_seed_gives_the_same_records_in_a_file_as_in_a_folder(twin, sent, tmp_path):
    folder = synthesise(ROWS, SEED, tmp_path / "twin")
    assert sorted(p.name for p in folder.iterdir()) == ["_truth.json", *(f"year={y}" for y in YEARS)]
    parts = [pd.read_parquet(folder / f"year={year}" / "part-0.parquet", partitioning=None) for year in YEARS]
    for year, part in zip(YEARS, parts, strict=True):
        assert (part["case_number"].str[:4] == str(year)).all()
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), sent)
    assert json.loads((folder / "_truth.json").read_text()) == json.loads(
        twin.with_suffix(".truth.json").read_text(encoding="utf-8")
    )


def test_two_runs_write_the_same_bytes_and_another_seed_other_records(twin, tmp_path):
    again = synthesise(ROWS, SEED, tmp_path / "again.parquet")
    assert again.read_bytes() == twin.read_bytes()
    other = synthesise(ROWS, SEED + 1, tmp_path / "other.parquet")
    assert not pq.read_table(other, columns=["days_lost"]).equals(pq.read_table(twin, columns=["days_lost"]))


def test_long_years_are_drawn_in_several_batches_without_a_gap(monkeypatch):
    monkeypatch.setattr("workbench.twin.records.BATCH", 500)
    seen = Counter()
    for year, batch in records(20_000, 2):
        assert batch.num_rows <= 500
        first = int(batch.column("case_number")[0].as_py()[4:])
        assert first == seen[year] + 1
        seen[year] += batch.num_rows
    assert sum(seen.values()) == 20_000
    assert list(seen) == list(YEARS)
    assert seen == Counter(dict(zip(YEARS, draw_counts(20_000, 2).sum(axis=(1, 2, 3, 4, 5)).tolist(), strict=True)))


def test_duckdb_polars_and_pandas_read_the_same_file(twin):
    theirs = duckdb.sql(f"select sum(weight) w, count(distinct age) a from '{twin}'").fetchall()[0]
    polars = pl.read_parquet(twin)
    assert polars["weight"].sum() == theirs[0]
    assert polars["age"].dtype == pl.String and polars["age"].n_unique() == theirs[1]


def test_the_file_says_that_it_is_synthetic_and_what_it_stands_for(twin):
    told = {k.decode(): v.decode() for k, v in pq.ParquetFile(twin).metadata.metadata.items()}
    assert told["synthetic"] == "true" and "Synthetic" in told["notice"]
    assert (told["records"], told["seed"], told["nuts_edition"]) == (str(ROWS), str(SEED), "2021")
    assert float(told["scale"]) == pytest.approx(ROWS / rates.expected_records().sum())


def test_progress_is_told_up_to_the_last_record(tmp_path):
    told = []
    synthesise(2_000, 1, tmp_path / "t.parquet", progress=lambda done, rows: told.append((done, rows)))
    assert told == sorted(told) and told[-1] == (2_000, 2_000)


def test_a_twin_of_one_record_is_written(tmp_path):
    assert len(pd.read_parquet(synthesise(1, 1, tmp_path / "one.parquet"))) == 1


# Refusals


@pytest.mark.parametrize("rows", [0, -5, MOST_ROWS + 1])
def test_a_number_of_rows_out_of_bounds_is_refused_and_nothing_is_left(rows, tmp_path):
    with pytest.raises(Refused, match=r"has 1 to 100,000,000 records, not .*: seven digits number the cases of a year"):
        synthesise(rows, 1, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_negative_seed_is_refused(tmp_path):
    with pytest.raises(Refused, match="A seed is a whole number from 0 on, not -1"):
        synthesise(10, -1, tmp_path / "t.parquet")


def test_a_folder_that_holds_something_is_not_touched(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="is a folder that holds something. Name a new folder"):
        synthesise(10, 1, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("name", ["z.csv", "z.parquet.gz", "my.folder"])
def test_a_name_of_another_kind_of_file_is_refused(name, tmp_path):
    with pytest.raises(Refused, match=f"let {name} end in .parquet, or name a folder without a dot"):
        synthesise(10, 1, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no/such/x.parquet", "no/such"])
def test_only_the_last_folder_is_made(name, tmp_path):
    with pytest.raises(Refused, match="There is no folder .*no: such cannot be made in it"):
        synthesise(10, 1, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert synthesise(10, 1, tmp_path / "such" / "x.parquet").is_file()


def test_a_place_that_is_a_file_is_refused_in_words(tmp_path):
    (tmp_path / "records").write_text("mine")
    with pytest.raises(Refused, match="records is a file. Name a new folder"):
        synthesise(10, 1, tmp_path / "records")
    with pytest.raises(Refused, match="Nothing can be written to .*records: File exists"):
        synthesise(10, 1, tmp_path / "records" / "x.parquet")


def test_an_empty_folder_and_an_old_file_are_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old.parquet").write_text("old")
    assert (synthesise(2_000, 1, tmp_path / "folder") / "year=2018" / "part-0.parquet").exists()
    assert pq.ParquetFile(synthesise(100, 1, tmp_path / "old.parquet")).metadata.num_rows == 100


@pytest.mark.parametrize("name", ["t.parquet", "folder"])
def test_what_is_interrupted_leaves_nothing(name, tmp_path):
    def stop(_done, _rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesise(2_000, 1, tmp_path / name, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["t.parquet", "folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_without_room_is_said_in_words_and_leaves_what_was_there(name, code, tmp_path, monkeypatch):
    if name == "t.parquet":
        (tmp_path / name).write_text("old")

    def full(_writer, _batch):
        raise OSError(code, "as the system words it")

    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)
    with pytest.raises(Refused, match=f"Nothing can be written to .*: {os.strerror(code)}"):
        synthesise(2_000, 1, tmp_path / name)
    assert [path.read_text() for path in tmp_path.iterdir()] == (["old"] if name == "t.parquet" else [])


@pytest.mark.parametrize("out", ["/dev/full", "/dev/null"])
def test_a_device_is_no_place_for_records(out):
    with pytest.raises(Refused, match=f"{out} is a file. Name a new folder, or a file that ends in .parquet."):
        synthesise(2_000, 1, out)


@pytest.mark.parametrize(("rows", "seed"), [(10.5, 1), ("10", 1), (None, 1), (True, 1), (10, 1.0), (10, "x"), (10, [])])
def test_rows_and_seed_are_whole_numbers(rows, seed, tmp_path):
    with pytest.raises(Refused, match="Rows and seed are whole numbers, not "):
        synthesise(rows, seed, tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_a_terminal_would_act_on_is_not_printed_raw(tmp_path):
    with pytest.raises(Refused, match="let .* end in .parquet") as caught:
        synthesise(10, 1, tmp_path / "a\x1b[31m.csv")
    assert "\x1b" not in str(caught.value)


def test_seven_digits_number_the_cases_of_the_largest_twin():
    expected = rates.expected_records().sum(axis=(1, 2, 3, 4, 5))
    assert (MOST_ROWS * expected / expected.sum()).max() < 9_900_000


# Time and memory


MEASURE = """
import sys, time
from pathlib import Path
from workbench.twin import synthesise
start = time.perf_counter()
synthesise(int(sys.argv[1]), 1, Path(sys.argv[2]))
seconds = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, int(peak.split()[1]) / 1024)
"""


def measured(rows, path):
    """Seconds and peak megabytes of one run in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(rows), str(path)], check=True, capture_output=True, text=True
    )
    return tuple(map(float, run.stdout.split()))


@pytest.mark.slow
def test_a_million_records_take_five_seconds_at_most_and_memory_stays_where_it_is(tmp_path):
    _seconds, small = measured(100_000, tmp_path / "small.parquet")
    seconds, _large = measured(1_000_000, tmp_path / "million.parquet")
    assert seconds <= 5
    _seconds, large = measured(4_000_000, tmp_path / "large.parquet")
    assert large < small + 120  # one batch of 262,144 records and its page buffers, whatever the number of records
