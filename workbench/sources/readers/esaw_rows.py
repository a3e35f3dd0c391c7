"""ESAW records as rows of the store: canonical codes, reference year, severity, weight; no case number."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from workbench import esaw
from workbench.esaw.case_numbers import RepeatedCases
from workbench.esaw.checks import DOUBTFUL, FAILED, Rule, check, rules
from workbench.esaw.checks.fields import NACE2_YEAR
from workbench.esaw.checks.places import nuts_editions
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.layouts.records import RecordFile, open_records
from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _, n_

COLUMNS = {
    "size_of_enterprise": "size",
    "nationality": "nationality",
    "employment_status": "status",
    "time": "hour",
    "workstation": "workstation",
    "working_environment": "environment",
    "working_process": "process",
    "specific_physical_activity": "activity",
    "ma_specific_physical_activity": "ma_activity",
    "deviation": "deviation",
    "ma_deviation": "ma_deviation",
    "contact_mode": "contact",
    "ma_contact": "ma_contact",
    "type_of_injury": "injury",
    "part_of_body": "body",
}
"""Coded variables of the record and the columns of the store that hold them."""


def read_records(
    paths: Sequence[Path], report: Report, *, layout: str | None = None, case_width: int = 11
) -> Iterator[pd.DataFrame]:
    """Rows of the store from files of ESAW records, some 50,000 at a time.

    A record that fails a rule is rejected with the reason, also one that repeats the case number of an earlier record;
    for that the files are read twice. Records in doubt are kept. Columns: see `to_rows`.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        Some 50,000 rows, columns as `to_rows` has them.

    Raises
    ------
    ReadError
        If a file is not one of records, or no record of them can be used.
    """
    files = [open_records(path, layout=layout, case_width=case_width) for path in paths]
    for note in chain.from_iterable(file.notes for file in files):
        report.note(note)
    report.synthetic = any(file.synthetic for file in files)
    report.sample = any(file.sample for file in files)
    report.unfinished = any(file.unfinished for file in files)
    repeated, used, doubts = _repeats(files), 0, Counter()
    for batch, before in _batches(files):
        report.rows_read += batch.records
        for fault in batch.faults:
            report.reject(fault.record, "", _not_met(fault.rule))
        verdicts, records = check(batch.frame, phase3=batch.phase3), batch.frame["record"].to_numpy()
        again = _marked(repeated, records + before)
        for row in np.flatnonzero(_failed(verdicts) | again):
            rule = next((name for name in verdicts.columns if verdicts[name][int(row)] == FAILED), "case_number_unique")
            report.reject(int(records[row]), rule, _not_met(rule))
        good = pl.Series(~(_failed(verdicts) | again))
        for rule, found in verdicts.filter(good).select((pl.all() == DOUBTFUL).sum()).row(0, named=True).items():
            doubts[rule] += found
        if good.any():
            used += int(good.sum())
            yield to_rows(batch.frame.filter(good))
    for rule, found in doubts.items():
        if found:
            message = n_(
                "{n:,} record kept in doubt: {title}. A code that is in no list is stored as {unknown}.",
                "{n:,} records kept in doubt: {title}. A code that is in no list is stored as {unknown}.",
                found,
            )
            report.note(message.format(n=found, title=_by_id()[rule].title, unknown=UNKNOWN))
    if not used:
        raise ReadError(
            _("No record of {names} can be used.").format(names=", ".join(f.path.name for f in files)) + f"\n{report}"
        )


def to_rows(frame: pl.DataFrame) -> pd.DataFrame:
    """Records that fail no rule, as rows of the store.

    Columns: nuts (as coded, any edition), nace (division), isco, sex (M F), severity, size, nationality, status, hour,
    weekday (1 Monday to 7), workstation, environment, process, activity, ma_activity, deviation, ma_deviation, contact,
    ma_contact, injury, body as text, UNK where not known or not confirmed; age and days_lost whole numbers, missing
    where unknown, coded as a band, permanent or fatal; year (reference year) int64; weight DECIMAL(9,6); flag "".
    """
    nace, year = pl.col("economic_activity").str.slice(0, 2), pl.col("case_number").str.slice(0, 4).cast(pl.Int64)
    age, days, day = pl.col("age").cast(pl.Int64), pl.col("days_lost"), pl.col("date").str.to_date("%Y%m%d")
    exact = days.str.contains("^[0-9]{3}$") & ~days.is_in(["000", esaw.PERMANENT, esaw.FATAL])
    nine = pl.concat_str(pl.col("weight").str.head(3), pl.lit("."), pl.col("weight").str.tail(6))
    weight = pl.when(pl.col("weight").str.contains(".", literal=True)).then(pl.col("weight")).otherwise(nine)
    severities = {code: esaw.severity(code) for code in codelist("days_lost").codes()}
    rows = frame.select(
        _known(pl.col("geographical_location").str.strip_chars_end(" "), list(nuts_editions())).alias("nuts"),
        pl.when(year >= NACE2_YEAR)
        .then(_known(nace, codelist("nace").at_level(2)))
        .otherwise(pl.lit(UNKNOWN))
        .alias("nace"),
        _known(pl.col("occupation"), codelist("isco").at_level(2)).alias("isco"),
        pl.col("sex").replace_strict({"1": "M", "2": "F"}, default=UNKNOWN).alias("sex"),
        pl.when(~age.is_in([0, 99])).then(age).alias("age"),
        year.alias("year"),
        days.replace_strict(severities, default=UNKNOWN).alias("severity"),
        pl.when(exact).then(days.cast(pl.Int64, strict=False)).alias("days_lost"),
        weight.cast(pl.Decimal(9, 6)).alias("weight"),
        day.dt.weekday().cast(pl.String).alias("weekday"),
        *(_coded(key).alias(column) for key, column in COLUMNS.items()),
        pl.lit("").alias("flag"),
    )
    kinds = {pa.int64(): pd.Int64Dtype(), pa.decimal128(9, 6): pd.ArrowDtype(pa.decimal128(9, 6))}
    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    return table.to_pandas(types_mapper=lambda kind: kinds.get(kind)).astype({"year": "int64"})


def _coded(key: str) -> pl.Expr:
    """A coded variable in the spelling of its list; UNK where the list does not have it."""
    variable = esaw.variables()[key]
    codes, value = codelist(variable.codelist).codes(), pl.col(key)
    if variable.codelist == "material_agent":
        spelt = {code.replace(".", ""): code for code in codes}
        return value.str.replace(".", "", literal=True).replace_strict({"": "00.00", **spelt}, default=UNKNOWN)
    if key not in esaw.VOLUNTARY and not variable.mandatory:
        value = value.replace("", variable.filler)
    return _known(value, codes)


def _known(value: pl.Expr, codes: Sequence[str]) -> pl.Expr:
    return pl.when(value.is_in(codes)).then(value).otherwise(pl.lit(UNKNOWN))


def _batches(files: Sequence[RecordFile]) -> Iterator[tuple[Batch, int]]:
    """Every batch of every file, with the number of records in the files before its own."""
    before = 0
    for file in files:
        done = 0
        for batch in file:
            yield batch, before
            done += batch.records
        before += done


def _repeats(files: Sequence[RecordFile]) -> np.ndarray:
    """One bit per record of all files: whether an earlier record that fails no rule has its case number."""
    total = 0
    with RepeatedCases() as cases:
        for batch, before in _batches(files):
            total += batch.records
            good = ~_failed(check(batch.frame, phase3=batch.phase3))
            numbers = batch.frame["record"].to_numpy()[good] + before
            cases.add(batch.frame["case_number"].filter(pl.Series(good)), numbers, np.zeros(len(numbers), np.uint8))
        bits = np.zeros(total // 8 + 1, np.uint8)
        for again, _first, _mark in cases.repeats():
            np.bitwise_or.at(bits, again // 8, np.uint8(1) << (again % 8).astype(np.uint8))
    return bits


def _marked(bits: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return (bits[numbers // 8] >> (numbers % 8).astype(np.uint8) & 1).astype(bool)


def _failed(verdicts: pl.DataFrame) -> np.ndarray:
    """Whether each record fails a rule."""
    return (verdicts.select(pl.max_horizontal(pl.all())).to_series() == FAILED).to_numpy()


def _by_id() -> dict[str, Rule]:
    return {rule.id: rule for rule in rules()}


def _not_met(rule: str) -> str:
    return _("not met: {title}").format(title=_by_id()[rule].title)
