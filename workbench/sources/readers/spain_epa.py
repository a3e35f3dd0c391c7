"""Employed persons in Spain by region, from the labour force survey EPA of INE: annual means of the four quarters."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from workbench.sources.readers.files import csv_frame, csv_header
from workbench.terms.codes import codelist
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

    `employed` is persons (published in thousands), the mean of the four quarters; years with fewer quarters are left out
    with a note. It is NaN with `flag` "u" where any quarter is empty: INE gives none for too few interviews.

    Raises
    ------
    ReadError
        For a file with another header.
    """
    quarters = pd.concat([_quarters(path, report) for path in paths], ignore_index=True)
    doubled = quarters.duplicated([*_KEYS, "quarter"], keep=False)
    for line in quarters.loc[doubled, "line"]:
        report.reject(int(line), "periodo", _("the same region, sex, age and quarter twice"))
    groups = quarters[~doubled].groupby(_KEYS, dropna=False, sort=False)["employed"]
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
    parts = rows["periodo"].str.extract(r"^(\d{4})-(\d\d-\d\d)$")
    employed = pd.to_numeric(rows["employed_thousands"].where(rows["employed_thousands"] != ""), errors="coerce")
    nuts = codelist("nuts")
    found = pd.DataFrame(
        {
            "margin": "sector" if by_sector else "sex_age",
            "nuts": rows["nuts2"].map({code: nuts.parse(code) for code in rows["nuts2"].unique() if nuts.knows(code)}),
            "nace": rows["sector"].map(_SECTORS) if by_sector else None,
            "sex": rows["sexo"].map(_SEXES),
            "age_group": rows["edad"].map(_AGES),
            "year": pd.to_numeric(parts[0]),
            "quarter": parts[1].map(_QUARTERS),
            "employed": employed,
            "line": rows.index,
        },
        index=rows.index,
    )
    checks = {
        "nuts2": found["nuts"].isna(),
        "sexo": found["sex"].isna(),
        "edad": found["age_group"].isna(),
        **({"sector": found["nace"].isna()} if by_sector else {}),
        "periodo": found["year"].isna() | found["quarter"].isna(),
        "employed_thousands": (employed.isna() & (rows["employed_thousands"] != "")) | (employed < 0),
    }
    good = pd.Series(True, index=rows.index)
    for column, wrong in checks.items():
        for line, written in rows.loc[good & wrong, column].items():
            report.reject(int(line), column, _("{text!r} is not known").format(text=written[:40]))
        good &= ~wrong
    return found[good].astype({"year": "int64"})
