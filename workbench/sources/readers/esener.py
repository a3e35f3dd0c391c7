"""ESENER 2019: weighted shares of establishments by country, question and answer, as published by EU-OSHA."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.text_tables import csv_frame
from workbench.sources.readers.values import because, is_number, keep_good
from workbench.sources.readers.workbooks import sheets
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

YEAR = 2019
_SHEET = "indicator_data"
_KEYS = ("country", "question", "Answer")
_SECTORS = {
    "Agriculture, forestry and fishing": "A",
    "Construction, waste management, water and electricity supply": "B_D-F",
    "Manufacturing": "C",
    "Trade, transport, food/accommodation and recreation activities": "G-I_R",
    "IT, Finance, Real estate and other technical scientific or personal service activities": "J-N_S",
    "Public administration": "O",
    "Education": "P",
    "Human health and social work activities": "Q",
    "Education, human health and social work activities": "P_Q",
}
"""The nine groups; the last is the union of the two before it, so the groups overlap and never add up."""
_SIZES = {
    "5 to 9 employees": "E5-9",
    "10 to 49 employees": "E10-49",
    "50 to 249 employees": "E50-249",
    "250 or more employees": "E_GE250",
}
_COLUMNS = ["margin", "nuts", "question", "answer", "nace", "size", "year", "share", "flag"]


def read_workbook(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of three margins, never crossed: total, sector (also [nace]) and size (also [size]).

    Keys of each are nuts, question, answer, year.

    A file `.csv` among the paths holds the questions' texts (question, text_en); they come out as `question_label`.

    `share` (0 to 1) of establishments with five or more employees, weighted; NaN where EU-OSHA leaves it empty for too
    few answers. Countries are upper case as elsewhere (EL, UK); EU27_2020 is a row like others. Codes of `nace` are
    published groups (aggregates.csv).

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, question, answer, nace, size, year, share, flag, question_label.

    Raises
    ------
    ReadError
        For a file that is no workbook, or has other columns.
    """
    frames = [frame for path in paths if path.suffix != ".csv" for frame in _margins(path, report)]
    texts = {code: text for path in paths if path.suffix == ".csv" for code, text in _texts(path, report).items()}
    text = dict.fromkeys(("margin", "nuts", "question", "answer", "nace", "size", "flag"), "str")
    whole = pd.concat(frames, ignore_index=True).assign(year=YEAR, flag="").reindex(columns=_COLUMNS)
    whole = whole.astype(text | {"year": "int64", "share": "float64"})
    yield whole.assign(question_label=whole["question"].map(lambda code: texts.get(code, code)).astype("str"))


def _texts(path: Path, report: Report) -> pd.Series:
    """What is asked, by question; its lines are no rows of the table and are counted apart."""
    own = Report()
    table = csv_frame(path, own, ("question", "text_en"))
    if own.rejected:
        report.note(_("{name}: {n:,} lines could not be read.").format(name=shown(path.name), n=own.rejected))
    return table.drop_duplicates("question").set_index("question")["text_en"]


def _margins(path: Path, report: Report) -> Iterator[pd.DataFrame]:
    grid = sheets(path, [_SHEET])[_SHEET]
    header = ["" if title is None else str(title).strip() for title in grid[0]] if grid else []
    expected = [*_KEYS, "total", *_SECTORS, *_SIZES]
    if sorted(header) != sorted(expected):
        message = _("{name} has the columns {found}; expected {expected}. Has EU-OSHA changed the table?")
        raise ReadError(
            message.format(name=path.name, found=shown("; ".join(header), 600), expected="; ".join(expected))
        )
    rows = pd.DataFrame(grid[1:], columns=header, index=range(2, len(grid) + 1), dtype=object)
    rows = rows[rows.notna().any(axis=1)]
    keys = _keys(rows, report, cells=len(expected) - len(_KEYS))
    rows = rows.loc[keys.index]
    yield _shares(rows, keys, {"total": None}, report).assign(margin="total")
    yield _shares(rows, keys, _SECTORS, report, "nace").assign(margin="sector")
    yield _shares(rows, keys, _SIZES, report, "size").assign(margin="size")


def _keys(rows: pd.DataFrame, report: Report, cells: int) -> pd.DataFrame:
    """Country, question and answer of the rows that have them once; all cells of the others are rejected."""
    written = rows[list(_KEYS)].map(lambda cell: "" if cell is None else " ".join(str(cell).split()))
    nuts = written["country"].str.upper()
    known = {code: codelist("nuts").parse(code) for code in nuts.unique() if code and codelist("nuts").knows(code)}
    keys = pd.DataFrame({"nuts": nuts.map(known), "question": written["question"], "answer": written["Answer"]})
    repeated = because(keys.duplicated(keep=False), _("the same country, question and answer twice"))
    faults = [
        ("country", because(keys["nuts"].isna(), _("not a country or aggregate that is known"))),
        ("question", because(keys["question"] == "", _("empty"))),
        ("Answer", because(keys["answer"] == "", _("empty"))),
        ("", repeated),
    ]
    places = np.repeat(np.arange(len(rows)), cells)  # every cell of a row at fault is rejected
    good = keep_good(report, rows.index[places], [(field, reasons[places]) for field, reasons in faults])[::cells]
    report.rows_read += cells * int((~good).sum())
    return keys[good]


def _shares(
    rows: pd.DataFrame, keys: pd.DataFrame, groups: dict[str, str | None], report: Report, column: str = ""
) -> pd.DataFrame:
    found = []
    for title, code in groups.items():
        cells = rows[title]
        report.rows_read += len(cells)
        wrong = [not (_is_share(cell) or cell is None or cell == "") for cell in cells]
        good = keep_good(report, rows.index, [(title, because(wrong, _("not a share of 0 to 1")))])
        share = cells[good].map(lambda cell: float(cell) if _is_share(cell) else np.nan).astype("float64")
        found.append(keys[good].assign(share=share, **({column: code} if column else {})))
    return pd.concat(found)


def _is_share(cell: object) -> bool:
    return is_number(cell, most=1 + 1e-9)  # sums of weights end in 1.0000000000000002
