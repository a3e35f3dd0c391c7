"""Published rates of accidents at work in Spain: the ministry's workbook ATR_2023_I, sheets I.1, and I.4 to I.6."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from workbench.sources.readers.doubles import once
from workbench.sources.readers.values import is_number
from workbench.sources.readers.workbooks import sheets
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, UnknownCode, shown
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _

BREAKS = {"accidents": (2019,), "fatal": (2016, 2019), "commuting": (2019,)}
"""From 2019 the covered population has 2.5 million self-employed more, and the ministry calls the years not comparable.
From 2016 every death within a year of the accident is counted, however severe the accident first seemed."""
_RATES = ["incidence_rate", "frequency_rate"]
_COLUMNS = ["margin", "nuts", "place", "sex", "age_group", "nace", "year", *_RATES, "flag"]
_KEYS = ["margin", "nuts", "place", "sex", "age_group", "nace", "year"]
_SECTORS = {"total": "TOTAL", "agrario": "A", "industria": "B-E", "construcción": "F", "servicios": "G-U"}
_SEXES = {"total": "T", "varones": "M", "mujeres": "F"}
_NOT_PUBLISHED = {"", "-", "..", "…"}


def read_workbook(paths: Sequence[Path], report: Report, *, series: str = "accidents") -> Iterator[pd.DataFrame]:
    """One frame of margins, each with its own keys, all others empty.

    `incidence_rate`: accidents with sick leave per 100,000 workers covered, full precision, NaN where not published: at
    work (series accidents), at work and fatal (fatal), on the way to or from it (commuting). `frequency_rate` (fatal
    only): per 100 million hours worked. `flag` is "b" in the years of `BREAKS`.

    region [nuts (ES, NUTS 2, NUTS 3), year], with the ministry's name in `place`; region_without_nuts [place, year]:
    Las Palmas and S. C. Tenerife, which are no NUTS regions; region_sector [nuts, nace (TOTAL, A, B-E, F, G-U), year],
    Ceuta and Melilla together as "ES63+ES64"; sex_nace [nuts, sex, nace (TOTAL, A to U), year]; sex_age [nuts, sex,
    age_group, year]; activity [nuts, nace (TOTAL, section, division), year]; activity_sector [nuts, nace (A, B-E, F,
    G-U), year]: the sectors of sheet I.1.1, which differ from its sections in the last digits. Fatal accidents and
    those on the way have region, region_without_nuts, sex_age, activity and activity_sector; margins of the frequency
    rate end in `_hours`.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.
    series : str
        accidents (sheets I.1), fatal (I.4 and I.5) or commuting (I.6): different events, never one table.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, place, sex, age_group, nace, year, incidence_rate, frequency_rate of fatal accidents,
        flag.

    Raises
    ------
    ReadError
        For a file that is no such workbook, or lacks a sheet or its row of years.
    """
    found, sheets_read = [], _SERIES[series]
    for path in paths:
        grids = sheets(path, list(sheets_read))
        for title, (labels, margin) in sheets_read.items():
            rows = _below_the_years(f"{shown(path.name)}, {title}", grids[title], labels)
            by_hours = title.startswith(_BY_HOURS)
            found += [_rate({"nuts": "ES", **cell}, by_hours=by_hours) for cell in margin(rows, report)]
    frame = pd.DataFrame(found, columns=[*_COLUMNS, "line"]).astype(dict.fromkeys(_RATES, "float64"))
    frame = once(frame, _KEYS, _RATES, report, field="year")[_COLUMNS].reset_index(drop=True)
    frame["flag"] = frame["year"].map(lambda year: "b" if year in BREAKS[series] else "")
    if series != "fatal":
        frame = frame.drop(columns="frequency_rate")
    text = dict.fromkeys(("margin", "nuts", "place", "sex", "age_group", "nace", "flag"), "str")
    yield frame.astype(text | {"year": "int64"})


def _rate(cell: dict, *, by_hours: bool) -> dict:
    """A cell in the margin and the column of its rate: per worker, or per hour."""
    if not by_hours:
        return cell
    return {
        **cell,
        "margin": f"{cell['margin']}_hours",
        "frequency_rate": cell["incidence_rate"],
        "incidence_rate": None,
    }


class _Row(NamedTuple):
    """A row of a sheet: its number from 1, the labels before its years, the cell of each year."""

    number: int
    labels: list[str]
    cells: dict[int, object]


def _below_the_years(name: str, grid: list[tuple], labels: int) -> list[_Row]:
    """Every row with anything in its years; the sheet's headings and footnotes have nothing there."""
    top = next((i for i, row in enumerate(grid) if sum(map(_is_year, row)) > 1), None)
    years = {place: int(cell) for place, cell in enumerate(grid[top]) if _is_year(cell)} if top is not None else {}
    if min(years, default=None) != labels:
        message = _(
            "{name}: expected a row with the years after {labels} columns of names. Has the ministry changed the "
            "layout?"
        )
        raise ReadError(message.format(name=name, labels=labels))
    rows = []
    for number, row in enumerate(grid[top + 1 :], start=top + 2):
        cells = {year: row[place] if place < len(row) else None for place, year in years.items()}
        if any(cell is not None for cell in cells.values()):
            names = ["" if cell is None else " ".join(str(cell).split()).replace(" - ", "-") for cell in row[:labels]]
            rows.append(_Row(number, names + [""] * (labels - len(names)), cells))
    return rows


def _is_year(cell: object) -> bool:
    if isinstance(cell, str):  # as of 2023 some years of sheets I.6 are text, with blanks before them
        return bool(re.fullmatch(r"\s*(19|20)\d\d\s*", cell))
    return is_number(cell) and 1950 < cell < 2100 and cell == int(cell)


def _regions(rows: list[_Row], report: Report) -> Iterator[dict]:
    for number, labels, cells in rows:
        name = labels[0]
        if name.casefold() not in _places():
            _unknown(report, number, "region", name, len(cells))
            continue
        nuts = _places()[name.casefold()]
        margin = "region" if nuts else "region_without_nuts"
        yield from _values(report, number, cells, margin=margin, nuts=nuts or None, place=name)


def _regions_by_sector(rows: list[_Row], report: Report) -> Iterator[dict]:
    sector = "TOTAL"
    for number, labels, cells in rows:
        name = labels[0].casefold()
        sector = _SECTORS.get(name, sector)
        if name not in _places() and name not in _SECTORS:
            _unknown(report, number, "region", labels[0], len(cells))
            continue
        yield from _values(report, number, cells, margin="region_sector", nuts=_places().get(name, "ES"), nace=sector)


def _sexes_by_activity(rows: list[_Row], report: Report) -> Iterator[dict]:
    sex = None
    for number, (letter, name), cells in rows:
        sex = _SEXES.get(name.casefold(), sex) if not letter else sex
        if nace := _activity(report, number, letter or "TOTAL", len(cells)):
            yield from _values(report, number, cells, margin="sex_nace", sex=sex, nace=nace)


def _sexes_by_age(rows: list[_Row], report: Report) -> Iterator[dict]:
    sex = None
    for number, labels, cells in rows:
        name = labels[0].casefold()
        sex = _SEXES.get(name, sex)
        age = "TOTAL" if name in _SEXES else _age(name)
        if age:
            yield from _values(report, number, cells, margin="sex_age", sex=sex, age_group=age)
        else:
            _unknown(report, number, "age_group", labels[0], len(cells))


def _activities(rows: list[_Row], report: Report) -> Iterator[dict]:
    for number, (code, name), cells in rows:
        if not code and name.casefold() in _SECTORS:
            nace = _SECTORS[name.casefold()]
            margin = "activity" if nace == "TOTAL" else "activity_sector"
        else:
            nace, margin = _activity(report, number, code or name, len(cells)), "activity"
        if nace:
            yield from _values(report, number, cells, margin=margin, nace=nace)


_SERIES = {
    "accidents": {
        "ATR-I.1.1": (2, _activities),
        "ATR-I.1.2": (1, _regions),
        "ATR-I.1.3": (1, _regions_by_sector),
        "ATR-I.1.4": (2, _sexes_by_activity),
        "ATR-I.1.5": (1, _sexes_by_age),
    },
    "fatal": {
        "ATR-I.4.1": (2, _activities),
        "ATR-I.4.2": (1, _regions),
        "ATR-I.4.3": (1, _sexes_by_age),
        "ATR-I.5.1": (2, _activities),
        "ATR-I.5.2": (1, _regions),
    },
    "commuting": {
        "ATR-I.6.1": (2, _activities),
        "ATR-I.6.2": (1, _regions),
        "ATR-I.6.3": (1, _sexes_by_age),
    },
}
"""Sheets of each series: how many columns of names stand before the years, and what the rows of a sheet mean."""
_BY_HOURS = "ATR-I.5."
"""Sheets of rates per 100 million hours worked."""


def _values(report: Report, number: int, cells: dict[int, object], **keys: str | None) -> Iterator[dict]:
    for year, cell in cells.items():
        report.rows_read += 1
        if is_number(cell):
            yield {**keys, "year": year, "incidence_rate": cell, "line": number}
        elif cell is None or str(cell).strip() in _NOT_PUBLISHED:
            yield {**keys, "year": year, "incidence_rate": None, "line": number}
        else:
            report.reject(number, str(year), _("not a rate"))


def _activity(report: Report, number: int, code: str, cells: int) -> str | None:
    try:
        return codelist("nace").parse(code.zfill(2) if code.isdigit() else code)
    except UnknownCode:
        return _unknown(report, number, "nace", code, cells)


def _age(name: str) -> str | None:
    """Y16-19 of "de 16 a 19 años", Y_GE60 of "de 60 y más años"."""
    match name.split():
        case ["de", first, "a", last, "años"] if first.isdigit() and last.isdigit():
            return f"Y{first}-{last}"
        case ["de", first, "y", "más", "años"] if first.isdigit():
            return f"Y_GE{first}"
    return None


def _unknown(report: Report, number: int, field: str, name: str, cells: int) -> None:
    for _each in range(cells):
        report.rows_read += 1
        report.reject(number, field, _("{name!r} is not known").format(name=shown(name)))


@cache
def _places() -> dict[str, str]:
    """NUTS code by the ministry's name in small letters; "" for provinces that are no NUTS region."""
    with (bundled("catalogs") / "codelists" / "spain_regions.csv").open(encoding="utf-8", newline="") as rows:
        return {row["name"].casefold(): row["nuts"] for row in csv.DictReader(rows)}
