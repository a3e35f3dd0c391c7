"""Tables of one's own that an entry of one's own catalogue describes: CSV, Excel or Parquet, under their headings.

The headings stay as the file has them: what each means stands in the entry's options `columns` and `measures`, and
`study` reads them like those of `wb.table`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from workbench.sources.readers.own_file import read_own_file
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

ENDINGS = {
    "table_csv": (".csv", ".tsv", ".txt"),
    "table_excel": (".xlsx", ".xlsm"),
    "table_parquet": (".parquet",),
}
"""How the files of each reader end."""


def table_csv(paths: Sequence[Path], report: Report, **_meaning: object) -> Iterator[pd.DataFrame]:
    """Text tables; separator, encoding and lines of headings are found out and noted in `report`.

    Yields
    ------
    DataFrame
        The rows of one file, as text under the file's headings; empty cells missing.

    Raises
    ------
    ReadError, Refused
        As `read_own_file`; for a file of another kind.
    """
    return _tables("table_csv", paths, report)


def table_excel(paths: Sequence[Path], report: Report, **_meaning: object) -> Iterator[pd.DataFrame]:
    """Workbooks, of each the sheet with most cells; as `table_csv`."""
    return _tables("table_excel", paths, report)


def table_parquet(paths: Sequence[Path], report: Report, **_meaning: object) -> Iterator[pd.DataFrame]:
    """Parquet files, with the types that their columns have; as `table_csv`."""
    return _tables("table_parquet", paths, report)


def _tables(function: str, paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    for path in paths:
        if path.suffix.lower() not in ENDINGS[function]:
            message = _(
                "{name} does not end in {endings}, as files of {function} do. Name another reader in the entry."
            )
            words = {"name": shown(path.name), "endings": ", ".join(ENDINGS[function]), "function": function}
            raise ReadError(message.format(**words))
        file = read_own_file(path)
        for note in file.notes:
            report.note(note)
        yield file.frame
