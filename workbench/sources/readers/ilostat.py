"""Injuries at work by country from ILOSTAT's bulk files, with the national source of each figure."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.sources.readers.doubles import once
from workbench.sources.readers.text_tables import csv_frame, csv_header, titles
from workbench.sources.readers.values import because, keep_good, whole_numbers, years
from workbench.terms.codes import UNKNOWN, codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _

SEVERITIES = {
    "INJ_FATL_ECO_NB": "FAT",
    "INJ_NFTL_ECO_NB": "NFAT",
    "INJ_FATL_SEX_MIG_NB": "FAT",
    "INJ_NFTL_SEX_MIG_NB": "NFAT",
}
"""The indicators that are read, and what they count; thresholds of absence differ by country, so NFAT is any."""
FLAGS = {"B": "b", "C": "c", "E": "e", "I": "e", "M": "e", "N": "", "P": "p", "S": "n", "U": "u", "X": "z", "Z": "e"}
"""ILOSTAT's marks (labels/obs_status) as Eurostat's letters; A and R, adjusted and real, have none."""
_NEEDED = ("ref_area", "indicator", "source", "classif1", "time", "obs_value", "obs_status")
_SOMETIMES = ("sex", "classif2", "note_indicator")
_SECTOR, _ALL = "ECO_ISIC4_", "ECO_AGGREGATE_TOTAL"  # sections of ISIC Rev. 4 are those of NACE Rev. 2
_AREA = re.compile(r"[A-Z]{3}|X\d\d")
_COLUMNS = ["margin", "nuts", "nace", "sex", "severity", "year", "accidents", "flag", "source"]
_KEYS = ["margin", "nuts", "nace", "sex", "severity", "year"]


def read_injuries(paths: Sequence[Path], report: Report) -> Iterator[pd.DataFrame]:
    """One frame of three margins: total [nuts], sector (also [nace]), sex (also [sex]), each by severity and year.

    `accidents` are injuries as the country counts them: fatal (FAT) and non-fatal (NFAT). `source` is the national
    source that ILOSTAT names; `flag` is "b" in the first year after it, or ILOSTAT's note on what is counted, changed.
    Only areas with a country code of the workbench are read; other classifications (ISIC Rev. 2 and 3, broad groups,
    migrant status) are left out, and both are counted in a note.

    Parameters
    ----------
    paths : sequence of Path
        Bulk files of the indicators in `SEVERITIES`, as they are or packed, and the file with the labels of sources.
    report : Report
        Where rows read, rejected and noted are counted.

    Yields
    ------
    DataFrame
        One frame: margin, nuts, nace, sex, severity, year, accidents, flag, source.

    Raises
    ------
    ReadError
        For a file with another header, or with other indicators.
    """
    headers = {path: csv_header(path) for path in paths}
    labels: dict[str, str] = {}
    for path in (path for path, header in headers.items() if header[0] == "source"):
        labels |= _labels(path)
    left_out: Counter = Counter()
    found = [_cells(path, header, report, left_out) for path, header in headers.items() if header[0] != "source"]
    if not found:
        raise ReadError(_("There is no table of injuries among these files, only labels of sources."))

    _note_left_out(left_out, report)

    cells = once(pd.concat(found, ignore_index=True), _KEYS, ["accidents"], report, field="obs_value")
    cells = _with_breaks(cells).sort_values(_KEYS, ignore_index=True)
    cells["source"] = cells["source"].map(lambda code: labels.get(code, code))
    text = dict.fromkeys(("margin", "nuts", "nace", "sex", "severity", "flag", "source"), "str")
    yield cells[_COLUMNS].astype(text | {"year": "int64", "accidents": "float64"})


def _labels(path: Path) -> dict[str, str]:
    """What each source is called; its lines are no rows of the table."""
    table = csv_frame(path, Report(), ("source", "source.label"))
    return dict(zip(table["source"].str.strip(), table["source.label"].str.strip(), strict=True))


def _cells(path: Path, header: Sequence[str], report: Report, counted: Counter) -> pd.DataFrame:
    """The good cells of one file that the margins have, with `line`, `source` and `definition`; counts the others."""
    if absent := [name for name in _NEEDED if name not in header]:
        message = _("{name} has the columns {found}; a bulk file of ILOSTAT also has {absent}.")
        words = {"name": shown(path.name), "found": titles(header), "absent": ", ".join(absent)}
        raise ReadError(message.format(**words))
    rows = csv_frame(path, report, (*_NEEDED, *(name for name in _SOMETIMES if name in header)))
    rows = rows.reindex(columns=[*_NEEDED, *_SOMETIMES], fill_value="")
    if strange := sorted({*rows["indicator"]} - SEVERITIES.keys()):
        message = _("{name} holds the indicator {indicator}; those that are read are {known}.")
        words = {"name": shown(path.name), "indicator": shown(strange[0]), "known": ", ".join(SEVERITIES)}
        raise ReadError(message.format(**words))

    nuts, left_out = rows["ref_area"].map(_countries()), ~_in_margins(rows)
    outside = nuts.isna() & rows["ref_area"].str.fullmatch(_AREA)
    counted.update(areas=int((outside & ~left_out).sum()), others=int(left_out.sum()))
    rows, nuts = rows[~outside & ~left_out], nuts[~outside & ~left_out]

    value, year = whole_numbers(rows["obs_value"]), years(rows["time"])
    by_sex = rows["indicator"].str.contains("_SEX_")
    nace = rows["classif1"].str.removeprefix(_SECTOR).replace({"X": UNKNOWN}).where(rows["classif1"] != _ALL)
    sex = rows["sex"].map({"SEX_T": "T", "SEX_M": "M", "SEX_F": "F", "SEX_O": UNKNOWN}).where(by_sex)
    unknown_nace = nace.notna() & ~by_sex & ~nace.map(codelist("nace").knows).astype(bool)
    faults = [
        ("ref_area", because(nuts.isna(), _("not a country or area of ILOSTAT"))),
        ("classif1", because(unknown_nace, _("not a section of ISIC Rev. 4"))),
        ("sex", because(by_sex & sex.isna(), _("not a sex that ILOSTAT has"))),
        ("time", year.faults),
        ("obs_value", value.faults),
        ("obs_status", because(~rows["obs_status"].isin(["", "A", "R", *FLAGS]), _("not a mark that ILOSTAT has"))),
    ]
    cells = pd.DataFrame(
        {
            "margin": np.select([by_sex, nace.isna()], ["sex", "total"], "sector"),
            "nuts": nuts,
            "nace": nace.mask(by_sex),
            "sex": sex,
            "severity": rows["indicator"].map(SEVERITIES),
            "year": year.values,
            "accidents": value.values,
            "flag": rows["obs_status"].map(FLAGS).fillna(""),
            "source": rows["source"],
            "definition": rows["source"] + " " + rows["note_indicator"],
            "line": rows.index,
        },
        index=rows.index,
    )
    return cells[keep_good(report, rows.index, faults)]


def _in_margins(rows: pd.DataFrame) -> pd.Series:
    """Whether a row is a cell of a margin: of ISIC Rev. 4, or all activities; of all, whatever their migrant status."""
    by_sex = rows["indicator"].str.contains("_SEX_")
    activity = rows["classif1"].str.startswith(_SECTOR) | (rows["classif1"] == _ALL)
    everybody = rows["classif1"].eq("MIG_STATUS_TOTAL") | rows["classif2"].eq("MIG_STATUS_TOTAL")
    return activity.where(~by_sex, everybody)


def _note_left_out(counted: Counter, report: Report) -> None:
    if counted["areas"]:
        message = _("{n:,} cells of areas without a European country code are not read.")
        report.note(message.format(n=counted["areas"]))
    if counted["others"]:
        message = _("{n:,} cells of other classifications (ISIC Rev. 2 and 3, broad groups, migrants) are not read.")
        report.note(message.format(n=counted["others"]))


def _with_breaks(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with flag b in the first year after the source, or the note on what is counted, changed."""
    ordered = cells.sort_values("year", kind="stable")
    before = ordered.groupby(_KEYS[:-1], dropna=False, sort=False)["definition"].shift()
    breaks = before.notna() & (before != ordered["definition"]) & ~ordered["flag"].str.contains("b")
    return ordered.assign(flag=ordered["flag"].mask(breaks, "b" + ordered["flag"]))


@cache
def _countries() -> dict[str, str]:
    """Country code of the workbench (EL, UK) by that of ISO 3166 with three letters."""
    with (bundled("catalogs") / "codelists" / "geo.csv").open(encoding="utf-8", newline="") as rows:
        return {row["iso3"]: row["code"] for row in csv.DictReader(rows) if row["iso3"]}
