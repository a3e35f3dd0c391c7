"""Accidents at work in France by activity, with employees and hours worked: CNAM's table by CTN and NAF code."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from workbench.sources.readers.text_tables import titles
from workbench.sources.readers.values import because, is_number, keep_good
from workbench.sources.readers.workbooks import sheets
from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

_ACTIVITY = "Code NAF"
_SEVERITIES = {
    "AT en 1er règlement": "TOTAL",
    "dont AT avec 4 jours d'arrêt ou plus sur l'année": "D_GE4",
    "Décès": "FAT",
}
_PEOPLE = {"Nombre de salariés": "employed", "Nombre d'heures travaillées": "hours"}
_DAYS = {"Journées d'IT": "days_lost"}
_FIGURES = [*_SEVERITIES, *_PEOPLE, *_DAYS]
_CLASS = re.compile(r"(\d{4})[A-Z]")
_NO_ACTIVITY = "xxxxx"
_COLUMNS = ["margin", "nuts", "nace", "severity", "year", "accidents", "employed", "hours", "days_lost", "flag"]


def read_by_activity(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of margins: accidents [nuts, nace, severity, year], people and days [nuts, nace, year].

    `nace` is the division of the NAF code (UNK for the rows without one); an activity stands in several rows, one for
    each committee of the insurance (CTN), which are added up. `severity`: TOTAL accidents with a first payment, D_GE4
    of them with four days or more, FAT deaths. `employed` are employees, `hours` hours worked, `days_lost` days of
    temporary disability. An empty cell is 0, as the sheet says. The year is that of the sheet's heading.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's workbooks, one for each year.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, nace, severity, year, accidents, employed, hours, days_lost, flag.

    Raises
    ------
    ReadError
        For a file that is no workbook, or whose first sheet has no year in its heading or lacks a column.
    """
    sums = pd.concat([_sums(path, report) for path in paths]).groupby(["nace", "year"], as_index=False).sum()
    counts = sums.rename(columns=_SEVERITIES).melt(["nace", "year"], [*_SEVERITIES.values()], "severity", "accidents")
    people = sums.rename(columns=_PEOPLE)[["nace", "year", *_PEOPLE.values()]]
    days = sums.rename(columns=_DAYS)[["nace", "year", *_DAYS.values()]]
    margins = [counts.assign(margin="accidents"), people.assign(margin="people"), days.assign(margin="days")]
    frame = pd.concat(margins, ignore_index=True).assign(nuts="FR", flag="").reindex(columns=_COLUMNS)
    text = dict.fromkeys(("margin", "nuts", "nace", "severity", "flag"), "str")
    numbers = dict.fromkeys(("accidents", "employed", "hours", "days_lost"), "float64")
    yield frame.astype(text | {"year": "int64"} | numbers)


def _sums(path: Path, report: Report) -> pd.DataFrame:
    """The good rows of one workbook: nace, year and the figures."""
    (grid,), name = sheets(path, []).values(), shown(path.name)
    heading = " ".join(str(cell) for row in grid[:3] for cell in row if cell is not None)
    year = re.search(r"\b20\d\d\b", heading)
    top = next((i for i, row in enumerate(grid[:20]) if _ACTIVITY in row), None)
    header = ["" if cell is None else str(cell).strip() for cell in grid[top]] if top is not None else []
    absent = [title for title in (_ACTIVITY, *_FIGURES) if title not in header]
    if absent or not year:
        message = _("{name}: expected a heading with the year and the columns {absent}. It has: {found}.")
        wanted = ", ".join(absent or [_ACTIVITY, *_FIGURES])
        raise ReadError(message.format(name=name, absent=wanted, found=titles(header)))

    rows = pd.DataFrame(grid[top + 1 :], columns=header, index=range(top + 2, len(grid) + 1), dtype=object)
    rows = rows.loc[rows[_ACTIVITY].notna(), [_ACTIVITY, *_FIGURES]]
    report.rows_read += len(rows)
    figures = rows[_FIGURES].map(lambda cell: 0 if cell is None or cell == "" else cell)
    nace = rows[_ACTIVITY].map(_division)
    wrong = {title: [not (is_number(cell) and cell == int(cell)) for cell in figures[title]] for title in _FIGURES}
    faults = [
        (_ACTIVITY, because(nace == "", _("not a NAF code such as 4120A"))),
        *((title, because(wrong[title], _("not a whole number"))) for title in _FIGURES),
    ]
    good = keep_good(report, rows.index, faults)
    return figures[good].astype("float64").assign(nace=nace[good], year=int(year[0]))


def _division(written: object) -> str:
    """The NACE division of a NAF code; "" for what is none."""
    text = str(written).strip()
    if text == _NO_ACTIVITY:
        return UNKNOWN
    found = _CLASS.fullmatch(text)
    return codelist("nace").parse(found[1]) if found and codelist("nace").knows(found[1]) else ""
