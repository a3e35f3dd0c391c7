"""The bundled synthetic twin: the drawn cube of accidents and its exposure, from Parquet."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError
from workbench.terms.tables import Report
from workbench.terms.text import _

BATCH = 50_000
CODES = {"nuts2": "nuts", "nace1": "nace", "sex": "sex", "age_group": "age_group", "severity": "severity"}
"""Columns of codes in the files, and the common column (and code list) of each."""
ACCIDENTS = ("nuts2", "nace1", "sex", "age_group", "year", "severity", "accidents", "records", "flag")
EMPLOYED = ("nuts2", "nace1", "sex", "age_group", "year", "employed")


def read_cube(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """Batches of the twin's cells, of its accidents or of its exposure, as the file has them.

    Columns of accidents: nuts (NUTS 2, 2021), nace (section), sex, age_group, severity (D_GE4 or FAT), flag, all text;
    year, accidents (sum of the weights), records (int64), variance (sum of the squared weights, float64: all records of
    a cell weigh the same, so it is accidents squared over records). A cell that is not there and has workers has no
    accidents. Columns of the exposure: nuts, nace, sex, age_group, year, employed (persons, int64).

    Raises
    ------
    ReadError
        When a file is not Parquet, or not a cube of the twin.
    """
    for path in paths:
        try:
            file = pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as fault:
            said = _("{name} cannot be read as Parquet ({fault}). Make it again: python -m workbench.twin.")
            raise ReadError(said.format(name=Path(path).name, fault=str(fault).split("\n")[0])) from fault
        with file:
            columns = _columns(Path(path).name, file.schema_arrow.names)
            first = 0
            for batch in file.iter_batches(BATCH, columns=columns):
                yield _checked(batch.to_pandas(), first, report)
                first += batch.num_rows


def _columns(name: str, found: list[str]) -> list[str]:
    for wanted in (ACCIDENTS, EMPLOYED):
        if set(wanted) <= set(found):
            return list(wanted)
    said = _("{name} has the columns {found}; a cube of the synthetic twin has {accidents}, or {employed}.")
    raise ReadError(
        said.format(name=name, found=", ".join(found), accidents=", ".join(ACCIDENTS), employed=", ".join(EMPLOYED))
    )


def _checked(cells: pd.DataFrame, first: int, report: Report) -> pd.DataFrame:
    """The good rows in the common columns; the others go to the report with their number in the file, from 1."""
    report.rows_read += len(cells)
    measures = [name for name in ("employed", "accidents", "records") if name in cells]
    faults = {name: ~_known(cells[name], CODES[name]) for name in CODES if name in cells}
    faults |= {name: ~(cells[name] >= (name == "records")).to_numpy(dtype=bool, na_value=False) for name in measures}
    faults["year"] = cells["year"].isna().to_numpy()
    bad = np.zeros(len(cells), dtype=bool)
    for name, fault in faults.items():
        for place in np.flatnonzero(fault & ~bad):
            value = cells[name].iloc[place]
            reason = _("not a number that can stand here") if name in measures else _("not a code of its list")
            report.reject(first + int(place) + 1, name, f"{reason}: {value}")
        bad |= fault
    good = cells[~bad].rename(columns=CODES).astype({**dict.fromkeys(measures, "int64"), "year": "int64"})
    if "accidents" in measures:
        good["variance"] = good["accidents"] ** 2 / good["records"]
    return good.reset_index(drop=True)


def _known(codes: pd.Series, name: str) -> np.ndarray:
    """Whether each code is one of its list; unknown and missing are none in a cube that knows everything."""
    its = codelist(name)
    known = {
        code for code in codes.dropna().unique() if its.knows(code) and its.parse(code) not in (UNKNOWN, its.total)
    }
    return codes.isin(known).to_numpy()
