"""Notifications of a file or an entry: rows for triage and a queue, and accidents among them as a cube to count."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.cubes.cube import Cube
from workbench.sources.catalog import catalog
from workbench.sources.download import locate
from workbench.sources.readers.own_file import OwnFile, read_own_file
from workbench.study.origin import Origin
from workbench.study.own_table import table
from workbench.terms.codes import codelist
from workbench.terms.errors import Refused
from workbench.terms.text import _, n_

KIND = "notifications"
"""Of the entries of a catalogue that are streams of notifications."""
NEEDED = ("date", "severity")
FOR_TRIAGE = ("kind", "severity", "vulnerability")
OWN_KEYS = frozenset({"kind", "unionised", "vulnerability"})
SEVERE = ("FAT", "D_GE4")
"""What a register of accidents counts: fatal, and more than three days of absence."""


@dataclass(frozen=True, kw_only=True)
class Notified:
    """A stream of notifications.

    Attributes
    ----------
    rows : in the order of their dates, by the line of the file: date, time (working days since the first), kind,
        severity, vulnerability
    accidents : the cube of those that a register counts too, each as one
    countries : codes of the countries that they are from; empty without regions
    notes : what was left out
    """

    rows: pd.DataFrame = field(repr=False)
    accidents: Cube = field(repr=False)
    countries: frozenset[str]
    notes: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year in which something was notified."""
        years = self.rows["date"].dt.year
        return int(years.min()), int(years.max())

    @property
    def working_days(self) -> float:
        """From the first notification to the last, at least one."""
        return max(float(self.rows["time"].iloc[-1]), 1.0)


def notified_of(notified: Path | str) -> Notified:
    """The notifications of an entry, or of a file of one's own.

    Parameters
    ----------
    notified : name of an entry of notifications; or a CSV, Excel or Parquet file with columns date and severity ("" of
        a complaint) and, where known, kind (accident, complaint), vulnerability, and the dimensions to count by

    Returns
    -------
    Notified

    Raises
    ------
    NotAvailable, ReadError
        As `wb.table`.
    Refused
        For an entry of another kind, a file without the columns, or without an accident that a register counts.
    """
    if isinstance(notified, str) and notified in catalog():
        return _of_entry(notified)
    return _of_file(read_own_file(Path(notified)))


@lru_cache(maxsize=2)
def _of_entry(name: str) -> Notified:
    """The notifications of an entry; kept in memory, as its files travel with the catalogue."""
    entry = catalog()[name]
    if entry.kind != KIND:
        message = _("{name} holds no notifications. Entries that do: {names}; or give a file of your own.")
        raise Refused(message.format(name=name, names=", ".join(catalog().names(KIND))))
    located = locate(entry)
    stream = _of_file(read_own_file(located.paths[0]))
    came = {"way": located.way, "citation": catalog().cite(name), "sensitivity": entry.sensitivity}
    origin = Origin(dataset=entry, provenance=stream.accidents.source.provenance | came)
    return replace(stream, accidents=replace(stream.accidents, source=origin))


def _of_file(given: OwnFile) -> Notified:
    """The notifications of a file as it was read."""
    columns = {str(heading).strip().lower(): heading for heading in given.frame}
    if lacking := [name for name in NEEDED if name not in columns]:
        message = _(
            "{file} has no column {names}. Notifications have: date, severity; kind and vulnerability if known."
        )
        raise Refused(message.format(file=given.name, names=", ".join(lacking)))
    rows, notes = _rows(given, columns)
    cube = _accidents(given, rows, columns)
    regions = next((margin.frame["nuts"].unique().to_list() for margin in cube.margins if "nuts" in margin.frame), [])
    countries = frozenset(str(code)[:2] for code in regions)
    return Notified(rows=rows, accidents=cube, countries=countries, notes=tuple(notes))


def _rows(given: OwnFile, columns: dict[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """What triage and queue need of each row, in the order of the dates; and a note of rows without a date."""
    frame = given.frame
    texts = {
        name: frame[columns[name]].astype(object).where(frame[columns[name]].notna(), "").astype(str).str.strip()
        if name in columns
        else pd.Series("", index=frame.index)
        for name in (*FOR_TRIAGE, "date")
    }
    dates = pd.to_datetime(texts["date"], errors="coerce", format="ISO8601")
    severity = texts["severity"].map({text: _severity(text) for text in texts["severity"].unique()})
    kind = texts["kind"].where(texts["kind"] != "", np.where(severity != "", "accident", "complaint"))
    rows = pd.DataFrame(
        {"date": dates, "kind": kind, "severity": severity, "vulnerability": texts["vulnerability"]}, index=frame.index
    )
    undated = int(dates.isna().sum())
    notes = [
        n_(
            "{n} notification has no date such as 2026-03-31 and is left out.",
            "{n} notifications have no date such as 2026-03-31 and are left out.",
            undated,
        ).format(n=undated)
    ] * bool(undated)
    rows = rows[dates.notna()].sort_values("date", kind="stable")
    if rows.empty:
        raise Refused(_("{file} has no notification with a date such as 2026-03-31.").format(file=given.name))
    return rows.assign(time=_working_days(rows["date"])), notes


def _working_days(dates: pd.Series) -> pd.Series:
    """Working days since the first date; those of one day follow each other through the day."""
    days = dates.dt.normalize().to_numpy().astype("datetime64[D]")
    since = np.busday_count(days[0], days)
    of_day = pd.Series(since, index=dates.index)
    groups = of_day.groupby(of_day)
    return of_day + groups.cumcount() / groups.transform("size")


def _severity(text: str) -> str:
    """The code of a severity; what is no code stays as it is, and is refused by the triage."""
    known = codelist("severity")
    return known.parse(text) if text and known.knows(text) else text


def _accidents(given: OwnFile, rows: pd.DataFrame, columns: dict[str, str]) -> Cube:
    """The notified accidents that a register counts too, one each; a sample, which no population divides."""
    known = codelist("severity")
    counted = {
        code
        for code in rows["severity"].unique()
        if code in SEVERE or known.knows(code) and set(known.ancestors(code)) & {"D_GE4"}
    }
    frame = given.frame.loc[rows.index[rows["severity"].isin(counted)].sort_values()]
    if frame.empty:
        message = _(
            "{file} has no accident of more than three days or fatal: there is nothing to set beside a register."
        )
        raise Refused(message.format(file=given.name))
    meaning = {heading: name for name, heading in columns.items() if name in OWN_KEYS}
    name = Path(given.name).stem
    return table(replace(given, frame=frame), columns=meaning, name=name, coverage="sample", sensitivity="persons").cube
