"""Injury rates of Great Britain as the Office for National Statistics publishes them for indicator 8.8.1."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.doubles import once
from workbench.sources.readers.text_tables import csv_frame
from workbench.sources.readers.values import because, decimals, keep_good
from workbench.terms.errors import Refused
from workbench.terms.tables import Report
from workbench.terms.text import _

SERIES = {"fatal": "Fatal injury", "non_fatal": "Non-fatal injury"}
_ENGLAND = ("UKC", "UKD", "UKE", "UKF", "UKG", "UKH", "UKI", "UKJ", "UKK")
BRITAIN = "+".join((*_ENGLAND, "UKL", "UKM"))
"""Great Britain as one value: the United Kingdom without Northern Ireland, for which HSE does not report."""
_PLACES = {
    ("", ""): BRITAIN,
    ("England", ""): "+".join(_ENGLAND),
    ("England and Wales", ""): "+".join((*_ENGLAND, "UKL")),
    ("Wales", ""): "UKL",
    ("Scotland", ""): "UKM",
    ("England", "North East"): "UKC",
    ("England", "North West"): "UKD",
    ("England", "Yorkshire and The Humber"): "UKE",
    ("England", "East Midlands"): "UKF",
    ("England", "West Midlands"): "UKG",
    ("England", "East"): "UKH",
    ("England", "London"): "UKI",
    ("England", "South East"): "UKJ",
    ("England", "South West"): "UKK",
}
"""NUTS 1 by country and region: the ONS code in the table is of another system."""
_SECTORS = {
    "": "TOTAL",
    "agriculture, forestry and fishing": "A",
    "mining and quarrying": "B",
    "manufacturing": "C",
    "electricity, gas, steam and air conditioning supply": "D",
    "water supply; sewerage, waste management and remediation activities": "E",
    "gas, electricity and water supply; sewerage, waste and recycling": "D_E",
    "construction": "F",
    "wholesale and retail trade; repair of motor vehicles and motorcycles": "G",
    "transportation and storage": "H",
    "accommodation and food service activities": "I",
    "information and communication": "J",
    "financial and insurance activities": "K",
    "real estate activities": "L",
    "professional, scientific and technical activities": "M",
    "administrative and support service activities": "N",
    "public administration and defence; compulsory social security": "O",
    "education": "P",
    "human health and social work activities": "Q",
    "arts, entertainment and recreation": "R",
    "other service activities": "S",
    "activities of households as employers; undifferentiated goods-and services-producing activities of households "
    "for own use": "T",
    "service industries": "G-U",
}
"""Sections of SIC 2007, which are those of NACE Rev. 2, by their titles in small letters."""
_SEXES = {"": "T", "Female": "F", "Male": "M"}
_STATUS = {"Normal Value": "", "Estimated value": "e", "Provisional value": "p"}
_NEEDED = (
    *("Year", "Series", "Age", "Sex", "Country", "Region", "Industry sector", "Occupation"),
    *("Observation status", "Value"),
)
_YEAR = re.compile(r"([12]\d{3})/\d\d( \[Note \d\])?")
BROKEN = (2019, 2020, 2021)
"""Years of the pandemic: the publisher calls them not comparable with those before, nor with each other."""
_KEYS = ["margin", "nuts", "nace", "sex", "age_group", "year"]


def read_rates(paths: Sequence[Path], report: Report, *, series: str) -> Iterator[pd.DataFrame]:
    """One frame of margins of one series: region [nuts], sector [nuts, nace], sex_age [nuts, sex, age_group], by year.

    `incidence_rate`: injuries per 100,000 workers, as published; there are no counts. `year` is the first of a
    financial year that begins in April (2014 for 2014/15), and the middle one of a mean of three. `flag`: p
    provisional, e an estimate from a survey, b in the years that are not comparable with the others. Occupations
    (SOC 2010, not ISCO) are left out and counted in a note.

    Parameters
    ----------
    paths : sequence of Path
        The publisher's file, as it is or packed.
    report : Report
        Where rows read, rejected and noted are counted.
    series : str
        One of `SERIES`: two sources with different definitions.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, nace, sex, age_group, year, incidence_rate, flag.

    Raises
    ------
    ReadError
        For a file with another header.
    Refused
        For a series that there is not.
    """
    if series not in SERIES:
        raise Refused(
            _("{series!r} is no series of the table: {known}.").format(series=series, known=", ".join(SERIES))
        )
    rows = pd.concat([csv_frame(path, report, _NEEDED) for path in paths])
    rows = rows.apply(lambda column: column.str.strip())
    by_occupation = (rows["Series"] == SERIES[series]) & (rows["Occupation"] != "")
    if by_occupation.any():
        message = _("{n:,} rates by occupation are not read: SOC 2010 is not ISCO.")
        report.note(message.format(n=int(by_occupation.sum())))
    others = [name for name in SERIES.values() if name != SERIES[series]]
    rows = rows[~rows["Series"].isin(others) & ~by_occupation]

    cells = once(_cells(rows, series, report), _KEYS, ["incidence_rate"], report, field="Value")
    text = dict.fromkeys(("margin", "nuts", "nace", "sex", "age_group", "flag"), "str")
    cells = cells[[*_KEYS, "incidence_rate", "flag"]].reset_index(drop=True)
    yield cells.astype(text | {"year": "int64", "incidence_rate": "float64"})


def _cells(rows: pd.DataFrame, series: str, report: Report) -> pd.DataFrame:
    """The good rates, each once for every margin that has it: that of all workers is in all three."""
    places = pd.Series([_PLACES.get(place) for place in zip(rows["Country"], rows["Region"], strict=True)], rows.index)
    nace = rows["Industry sector"].str.casefold().map(_SECTORS)
    sex, age = rows["Sex"].map(_SEXES), rows["Age"].map(_ages)
    year = rows["Year"].str.extract(_YEAR)[0].astype("float64")
    value = decimals(rows["Value"])
    divided = pd.DataFrame(
        {"region": places != BRITAIN, "sector": nace != "TOTAL", "people": (sex != "T") | (age != "TOTAL")}
    )
    faults = [
        ("Series", because(rows["Series"] != SERIES[series], _("not a series of the table"))),
        ("Year", because(year.isna(), _("not a financial year such as 2014/15"))),
        ("Region", because(places.isna(), _("not a country or region of Great Britain"))),
        ("Industry sector", because(nace.isna(), _("not a section of SIC 2007"))),
        ("Sex", because(sex.isna(), _("not Female or Male"))),
        ("Age", because(age == "", _("not an age such as 25 to 34"))),
        ("Observation status", because(~rows["Observation status"].isin([*_STATUS]), _("not a mark of the table"))),
        ("Value", value.faults),
        ("", because(divided.sum(axis=1) > 1, _("divided in more ways than the table has"))),
    ]
    good = keep_good(report, rows.index, faults)
    broken = np.where(year.isin(BROKEN), "b", "")
    read = pd.DataFrame(
        {
            "nuts": places,
            "nace": nace,
            "sex": sex,
            "age_group": age,
            "year": year,
            "incidence_rate": value.values,
            "flag": broken + rows["Observation status"].map(_STATUS).fillna(""),
            "line": rows.index,
        }
    )[good]
    divided = divided[good]
    everybody = ~divided.any(axis=1)
    margins = [
        read[divided["region"] | everybody].assign(margin="region", nace=None, sex=None, age_group=None),
        read[divided["sector"] | everybody].assign(margin="sector", sex=None, age_group=None),
        read[divided["people"] | everybody].assign(margin="sex_age", nace=None),
    ]
    return pd.concat(margins, ignore_index=True)


def _ages(written: str) -> str:
    """Y16-19 of "16 to 19", Y_GE65 of "65 and over"; "" for what is no age."""
    match written.split():
        case []:
            return "TOTAL"
        case [first, "to", last] if first.isdigit() and last.isdigit():
            return f"Y{first}-{last}"
        case [first, "and", "over"] if first.isdigit():
            return f"Y_GE{first}"
    return ""
