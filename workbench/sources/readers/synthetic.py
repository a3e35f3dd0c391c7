"""The bundled synthetic twin: the drawn cube of accidents and its exposure, from Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sources.readers.files import FREE, MOST_TIMES
from workbench.sources.readers.values import MOST, YEARS, because, keep_good
from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

BATCH = 50_000
CODES = {
    "nuts2": "nuts",
    "nace1": "nace",
    "sex": "sex",
    "age_group": "age_group",
    "severity": "severity",
    "size": "size",
    "isco1": "isco",
}
"""Columns of codes in the files, and the common column (and code list) of each."""
NUMBERS = {"year", "accidents", "records", "employed"}
MOST_ROWS = 1_000_000
"""Rows that a file may have whatever its size, beyond that one for each of its bytes; the twin's take some 3 bytes."""
ACCIDENTS = ("nuts2", "nace1", "sex", "age_group", "year", "severity", "accidents", "records", "flag")
EMPLOYED = ("nuts2", "nace1", "sex", "age_group", "year", "employed")
BY_SIZE = ("nuts2", "nace1", "size", "year", "employed")
BY_OCCUPATION = ("nuts2", "nace1", "isco1", "year", "employed")


def read_cube(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """Batches of the twin's cells, of its accidents or of its exposure, as the file has them.

    Columns of accidents: nuts (NUTS 2, 2021), nace (section), sex, age_group, severity (D_GE4 or FAT), flag, all text;
    year, accidents (sum of the weights), records (int64), variance (sum of the squared weights, float64: all records of
    a cell weigh the same, so it is accidents squared over records). A cell that is not there and has workers has no
    accidents. Columns of the exposure: nuts, nace, sex, age_group, year, employed (persons, int64); of its further
    margins size or isco in place of sex and age_group.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        Some 50,000 cells, columns as above.

    Raises
    ------
    ReadError
        When a file is not Parquet, or not a cube of the twin.
    """
    for path in paths:
        name, first = shown(Path(path).name), 0
        try:
            with pq.ParquetFile(path) as file:
                columns = _columns(name, file.schema_arrow)
                _check_size(name, file.metadata, Path(path).stat().st_size)
                for batch in file.iter_batches(BATCH, columns=columns):
                    yield _checked(batch.to_pandas(), first, report)
                    first += batch.num_rows
        except (OSError, ValueError, pa.ArrowException) as fault:
            message = _(
                "{name} cannot be read as Parquet (cut off, or another format). Make it again: python -m "
                "workbench.twin."
            )
            raise ReadError(message.format(name=name)) from fault


def _check_size(name: str, metadata: pq.FileMetaData, packed: int) -> None:
    """ReadError when a small file says that it has so many rows as only rows all alike would leave room for."""
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if metadata.num_rows > max(MOST_ROWS, packed) or unpacked > max(FREE, MOST_TIMES * packed):
        message = _("{name} says that it has {rows:,} rows in {packed:,} bytes: no table does. It was not read.")
        raise ReadError(message.format(name=name, rows=metadata.num_rows, packed=packed))


def _columns(name: str, schema: pa.Schema) -> list[str]:
    """The columns to read. ReadError when some are not there or of another type."""
    for wanted in (ACCIDENTS, EMPLOYED, BY_SIZE, BY_OCCUPATION):
        if set(wanted) <= set(schema.names):
            _check_types(name, schema, wanted)
            return list(wanted)
    message = _("{name} has the columns {found}; a cube of the synthetic twin has {accidents}, or {employed}.")
    found = shown(", ".join(schema.names[:100]), 300)
    raise ReadError(
        message.format(name=name, found=found, accidents=", ".join(ACCIDENTS), employed=", ".join(EMPLOYED))
    )


def _check_types(name: str, schema: pa.Schema, wanted: Sequence[str]) -> None:
    if twice := [column for column in wanted if schema.names.count(column) > 1]:
        raise ReadError(_("{name} has the column {names} twice.").format(name=name, names=", ".join(twice)))
    for column in wanted:
        kind = schema.field(column).type
        if column in NUMBERS and not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            message = _("{name}: the column {column} holds no numbers. Make it again: python -m workbench.twin.")
            raise ReadError(message.format(name=name, column=column))
        if column not in NUMBERS and not (
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_coded(kind)
        ):
            message = _("{name}: the column {column} holds no codes as text. Make it again: python -m workbench.twin.")
            raise ReadError(message.format(name=name, column=column))


def _is_coded(kind: pa.DataType) -> bool:
    return pa.types.is_dictionary(kind) and pa.types.is_string(kind.value_type)


def _checked(cells: pd.DataFrame, first: int, report: Report) -> pd.DataFrame:
    """The good rows in the common columns; the others go to the report with their number in the file, from 1."""
    report.rows_read += len(cells)
    measures = [name for name in ("employed", "accidents", "records") if name in cells]
    rows = range(first + 1, first + 1 + len(cells))
    faults = [
        (name, _reasons(cells[name], ~_known(cells[name], CODES[name]), _("not a code of its list: {value}")))
        for name in CODES
        if name in cells
    ]
    for name in measures:
        wrong = ~(_is_whole(cells[name]) & cells[name].between(name == "records", MOST)).to_numpy(bool, na_value=False)
        faults.append((name, _reasons(cells[name], wrong, _("not a number that can stand here: {value}"))))
    wrong = ~(_is_whole(cells["year"]) & cells["year"].between(*YEARS)).to_numpy(bool, na_value=False)
    faults.append(("year", because(wrong, _("not a year"))))
    good = cells[keep_good(report, rows, faults)].rename(columns=CODES)
    good = good.astype({**dict.fromkeys(measures, "int64"), "year": "int64"})
    if "accidents" in measures:
        good["variance"] = good["accidents"] ** 2 / good["records"]
    return good.reset_index(drop=True)


def _is_whole(numbers: pd.Series) -> pd.Series:
    return numbers.notna() & (numbers % 1 == 0)


def _reasons(values: pd.Series, wrong: np.ndarray, reason: str) -> np.ndarray:
    """The reason with the value, where it is wrong."""
    reasons = because(wrong, "")
    for place in np.flatnonzero(wrong):
        reasons[place] = reason.format(value=shown(values.iat[place]))
    return reasons


def _known(codes: pd.Series, name: str) -> np.ndarray:
    """Whether each code is one of its list; unknown and missing are none in a cube that knows everything."""
    codes_of_list = codelist(name)
    known = {
        code
        for code in codes.dropna().unique()
        if codes_of_list.knows(code) and codes_of_list.parse(code) not in (UNKNOWN, codes_of_list.total)
    }
    return codes.isin(known).to_numpy()
