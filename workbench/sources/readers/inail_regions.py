"""Accidents reported to INAIL by Italian region and for Italy, with the employed, as published margins."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.doubles import once
from workbench.sources.readers.text_tables import csv_frame, csv_header, titles
from workbench.sources.readers.values import codes, keep_good, whole_numbers, years
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _

_BY_REGION = ("nuts2", "year", "accidents_reported", "fatal_accidents", "employed_15_64", "source_release")
_DETAIL = ("nuts2", "year", "accidents_reported", "at_work", "commuting", "fatal_accidents", "employed_15_64")
_ITALY = ("year", "accidents_reported", "fatal_accidents", "employed_15_64", "source")
_FIGURES = ["accidents_reported", "fatal_accidents", "at_work", "commuting", "employed_15_64"]
_COLUMNS = ["margin", "nuts", "severity", "commuting", "year", "accidents", "employed", "flag"]
_BREAKS = (2020, 2021)
"""First years of a release: 2020 comes from that of 2021, 2021 to 2025 from that of 2026, earlier from a series."""


def read_regions(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of margins, each with its own keys, all others empty.

    by_region [nuts, severity (TOTAL, FAT), year] accidents and employed [nuts, year] employed: 2020 (an older release)
    to 2025; italy and italy_employed: the same for nuts "IT" from 2014; commuting_2020 [nuts, commuting (N, S), year]
    accidents. Claims, commuting and pupils included; employed are persons of 15 to 64. `flag` is "b" on claims in the
    first year of a release. Trentino-Alto Adige is one value, "ITH1+ITH2". Impairment, days compensated and the
    published index of 2020 are not read (a note says so). A line that stands twice is kept once.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, severity, commuting, year, accidents, employed, flag.

    Raises
    ------
    ReadError
        For a file with another header than these three tables have.
    """
    lines = pd.concat([_lines(path, report) for path in paths], ignore_index=True)
    lines = once(lines, ["table", "nuts", "year"], _FIGURES, report, field="year")
    region, italy = lines[lines["table"] == "region"], lines[lines["table"] == "italy"]
    ways = region[region["detail"]].rename(columns={"at_work": "N", "commuting": "S"})
    ways = ways.melt(["nuts", "year"], ["N", "S"], "commuting", "accidents")
    margins = [
        *_counts(region, "by_region", "employed"),
        ways.assign(margin="commuting_2020"),
        *_counts(italy, "italy", "italy_employed"),
    ]
    rows = pd.concat(margins, ignore_index=True).reindex(columns=_COLUMNS)
    rows["flag"] = np.where(rows["year"].isin(_BREAKS) & rows["accidents"].notna(), "b", "")
    text = dict.fromkeys(("margin", "nuts", "severity", "commuting", "flag"), "str")
    yield rows.astype(text | {"year": "int64", "accidents": "float64", "employed": "float64"})


def _lines(path: Path, report: Report) -> pd.DataFrame:
    """The good lines of one file: table (region or italy), nuts, year, the figures, and whether it has the ways."""
    header = set(csv_header(path))
    layouts = {"detail": _DETAIL, "region": _BY_REGION, "italy": _ITALY}
    layout = next((name for name, columns in layouts.items() if set(columns) <= header), None)
    if layout is None:
        message = _(
            "{name} has the columns {found}; expected those of INAIL's table by region ({region}) or for Italy "
            "({italy})."
        )
        columns = titles(csv_header(path))
        raise ReadError(
            message.format(name=shown(path.name), found=columns, region=", ".join(_BY_REGION), italy=", ".join(_ITALY))
        )
    if layout == "detail":
        report.note(_("2020 by region: impairment, days compensated and the published index are not read."))
    rows = csv_frame(path, report, layouts[layout])
    rows = rows.assign(nuts2="IT") if layout == "italy" else rows
    found = _numbers(rows, report)
    return found.assign(table="italy" if layout == "italy" else "region", detail=layout == "detail")


def _counts(rows: pd.DataFrame, accidents: str, employed: str) -> list[pd.DataFrame]:
    named = rows.rename(columns={"accidents_reported": "TOTAL", "fatal_accidents": "FAT"})
    long = named.melt(["nuts", "year"], ["TOTAL", "FAT"], "severity", "accidents")
    people = rows[["nuts", "year"]].assign(employed=rows["employed_15_64"])
    return [long.assign(margin=accidents), people.assign(margin=employed)]


def _numbers(rows: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Codes understood and whole numbers read: an empty cell is missing, what else is no number rejects its line."""
    year, nuts = years(rows["year"]), codes(rows["nuts2"], codelist("nuts"))
    figures = {name: whole_numbers(rows[name]) for name in _FIGURES if name in rows}
    faults = [
        ("year", year.faults),
        *((name, column.faults) for name, column in figures.items()),
        ("nuts2", nuts.faults),
    ]
    good = keep_good(report, rows.index, faults)
    found = {"nuts": nuts.values, "year": year.values, **{name: column.values for name, column in figures.items()}}
    return pd.DataFrame({**found, "line": rows.index})[good].reindex(columns=["nuts", "year", "line", *_FIGURES])
