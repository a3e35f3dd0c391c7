"""Accidents reported to INAIL by Italian region and for Italy, with the employed, as published margins."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.files import csv_frame, csv_header
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, UnknownCode
from workbench.terms.tables import Report
from workbench.terms.text import _

_BY_REGION = ("nuts2", "year", "accidents_reported", "fatal_accidents", "employed_15_64", "source_release")
_DETAIL = ("nuts2", "year", "accidents_reported", "at_work", "commuting", "fatal_accidents", "employed_15_64")
_ITALY = ("year", "accidents_reported", "fatal_accidents", "employed_15_64", "source")
_COLUMNS = ["margin", "nuts", "severity", "commuting", "year", "accidents", "employed", "flag"]
_BREAKS = (2020, 2021)
"""First years of a release: 2020 comes from that of 2021, 2021 to 2025 from that of 2026, earlier ones from a historical series."""


def read_regions(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of margins, each with its own keys, all others empty; `flag` "b" on claims in the first year of a release.

    by_region [nuts, severity (TOTAL, FAT), year] accidents and employed [nuts, year] employed: 2020 (an older release) to
    2025; italy and italy_employed: the same for nuts "IT" from 2014; commuting_2020 [nuts, commuting (N, S), year]
    accidents. Claims, commuting and pupils included; employed are persons of 15 to 64. Trentino-Alto Adige is one value,
    "ITH1+ITH2". Impairment, days compensated and the published index of 2020 are not read (a note says so).

    Raises
    ------
    ReadError
        For a file with another header than these three tables have.
    """
    margins = [margin for path in paths for margin in _margins(path, report)]
    rows = pd.concat(margins, ignore_index=True) if margins else pd.DataFrame(columns=_COLUMNS)
    rows["flag"] = np.where(rows["year"].isin(_BREAKS) & rows["accidents"].notna(), "b", "")
    text = dict.fromkeys(("margin", "nuts", "severity", "commuting", "flag"), "str")
    numbers = {"year": "int64", "accidents": "float64", "employed": "float64"}
    yield rows.reindex(columns=_COLUMNS).astype(text | numbers)


def _margins(path: Path, report: Report) -> list[pd.DataFrame]:
    header = set(csv_header(path))
    if set(_DETAIL) <= header:
        report.note(_("2020 by region: impairment, days compensated and the published index are not read."))
        rows = _numbers(csv_frame(path, report, _DETAIL), report)
        ways = rows.rename(columns={"at_work": "N", "commuting": "S"}).melt(
            ["nuts", "year"], ["N", "S"], "commuting", "accidents"
        )
        return [*_counts(rows, "by_region", "employed"), ways.assign(margin="commuting_2020")]
    if set(_BY_REGION) <= header:
        return _counts(_numbers(csv_frame(path, report, _BY_REGION), report), "by_region", "employed")
    if set(_ITALY) <= header:
        rows = csv_frame(path, report, _ITALY).assign(nuts2="IT")
        return _counts(_numbers(rows, report), "italy", "italy_employed")
    raise ReadError(
        _(
            "{name} has the columns {found}; expected those of INAIL's table by region ({region}) or for Italy ({italy})."
        ).format(name=path.name, found=", ".join(sorted(header)), region=", ".join(_BY_REGION), italy=", ".join(_ITALY))
    )


def _counts(rows: pd.DataFrame, accidents: str, employed: str) -> list[pd.DataFrame]:
    named = rows.rename(columns={"accidents_reported": "TOTAL", "fatal_accidents": "FAT"})
    long = named.melt(["nuts", "year"], ["TOTAL", "FAT"], "severity", "accidents")
    people = rows[["nuts", "year"]].assign(employed=rows["employed_15_64"])
    return [long.assign(margin=accidents), people.assign(margin=employed)]


def _numbers(rows: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Codes understood and whole numbers read; an empty cell is missing, anything else that is no number rejects its line."""
    good = pd.Series(True, index=rows.index)
    numbers = {}
    for column in rows.columns.difference(["nuts2", "source", "source_release"]):
        numbers[column] = pd.to_numeric(rows[column].where(rows[column] != ""), errors="coerce")
        wrong = numbers[column].isna() & ((rows[column] != "") | (column == "year")) | (numbers[column] < 0)
        for line in rows.index[wrong & good]:
            report.reject(int(line), column, _("not a number, or below 0"))
        good &= ~wrong
    codes = {}
    for line, written in rows["nuts2"].items():
        try:
            codes[line] = codelist("nuts").parse(written)
        except UnknownCode as unknown:
            if good[line]:
                report.reject(int(line), "nuts2", str(unknown))
            good[line] = False
    return pd.DataFrame(numbers).assign(nuts=pd.Series(codes))[good]
