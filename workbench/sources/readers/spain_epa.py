"""Employed persons in Spain by region, from the labour force survey EPA of INE: annual means of the four quarters."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.doubles import once
from workbench.sources.readers.text_tables import csv_frame, csv_header
from workbench.sources.readers.values import because, codes, decimals, keep_good
from workbench.terms.codes import codelist
from workbench.terms.errors import shown
from workbench.terms.tables import Report
from workbench.terms.text import _

_NEEDED = ("periodo", "nuts2", "edad", "sexo", "employed_thousands")
_SEXES = {"hombres": "M", "mujeres": "F", "total": "T"}
_SECTORS = {"agricultura": "A", "industria": "B-E", "construccion": "F", "servicios": "G-U", "total": "TOTAL"}
_AGES = {
    "16-19": "Y16-19",
    "20-24": "Y20-24",
    "25-34": "Y25-34",
    "35-44": "Y35-44",
    "45-54": "Y45-54",
    "25-54": "Y25-54",
    "65+": "Y_GE55",  # so labelled in the files; the classes add up to the total only if it begins at 55
    "total": "TOTAL",
}
_QUARTERS = {"01-31": 1, "03-31": 1, "06-30": 2, "09-30": 3, "12-31": 4}
"""Quarters by their last day; the first is dated 31 January in the files."""
_KEYS = ["margin", "nuts", "nace", "sex", "age_group", "year"]


def read_employed(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of two margins: sex_age [nuts, sex, age_group, year], sector [nuts, nace, sex, age_group, year].

    `employed` is persons (published in thousands), the mean of the four quarters; years with fewer quarters are left
    out with a note. It is NaN with `flag` "u" where any quarter is empty: INE gives none for too few interviews.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's files, as they are or packed.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, nace, sex, age_group, year, employed (persons), flag.

    Raises
    ------
    ReadError
        For a file with another header.
    """
    quarters = pd.concat([_quarters(path, report) for path in paths], ignore_index=True)
    quarters = once(quarters, [*_KEYS, "quarter"], ["employed"], report, field="periodo")
    groups = quarters.groupby(_KEYS, dropna=False, sort=False)["employed"]
    years = pd.DataFrame(
        {"employed": (groups.mean() * 1000).round(3), "quarters": groups.size(), "known": groups.count()}
    ).reset_index()
    for year, few in years[years["quarters"] < 4].groupby("year"):
        report.note(
            _("{year} is left out for {n:,} groups: {most} of four quarters are there.").format(
                year=year, n=len(few), most=few["quarters"].max()
            )
        )
    whole = years[years["quarters"] == 4]
    gaps = whole["known"] < 4
    if gaps.any():
        report.note(_("{n:,} annual means are missing: a quarter has too few interviews.").format(n=int(gaps.sum())))
    frame = whole[_KEYS].assign(employed=whole["employed"].mask(gaps), flag=gaps.map({True: "u", False: ""}))
    text = dict.fromkeys(("margin", "nuts", "nace", "sex", "age_group", "flag"), "str")
    yield frame.astype(text | {"year": "int64", "employed": "float64"}).reset_index(drop=True)


def _quarters(path: Path, report: Report) -> pd.DataFrame:
    by_sector = "sector" in csv_header(path)
    rows = csv_frame(path, report, (*_NEEDED, "sector") if by_sector else _NEEDED)
    parts = rows["periodo"].str.extract(r"^([12]\d{3})-(\d\d-\d\d)$")
    employed = decimals(rows["employed_thousands"])
    nuts = codes(rows["nuts2"], codelist("nuts"))
    found = pd.DataFrame(
        {
            "margin": "sector" if by_sector else "sex_age",
            "nuts": nuts.values,
            "nace": rows["sector"].map(_SECTORS) if by_sector else None,
            "sex": rows["sexo"].map(_SEXES),
            "age_group": rows["edad"].map(_AGES),
            "year": pd.to_numeric(parts[0]),
            "quarter": parts[1].map(_QUARTERS),
            "employed": employed.values,
            "line": rows.index,
        },
        index=rows.index,
    )
    unknown = {"sexo": ["sex"], "edad": ["age_group"], "sector": ["nace"], "periodo": ["year", "quarter"]}
    faults = [
        (column, _unknown(rows[column], found[read].isna().any(axis=1)))
        for column, read in unknown.items()
        if column in rows
    ]
    return found[
        keep_good(report, rows.index, [("nuts2", nuts.faults), *faults, ("employed_thousands", employed.faults)])
    ].astype({"year": "int64"})


def _unknown(texts: pd.Series, wrong: pd.Series) -> np.ndarray:
    """Why a text means none of the publisher's codes, with the text."""
    reasons = because(wrong, "")
    for place in np.flatnonzero(wrong):
        reasons[place] = _("{text!r} is not known").format(text=shown(texts.iat[place], 40))
    return reasons
