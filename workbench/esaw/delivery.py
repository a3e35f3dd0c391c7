"""Whether a delivery of ESAW records is complete: what its variables carry, which sections it has, and its metadata."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import polars as pl

from workbench import esaw
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.layouts.records import open_records
from workbench.esaw.metadata import NONE, Metadata, Timeliness, metadata_path, read_metadata
from workbench.terms.codes import codelist
from workbench.terms.text import _, n_

NOTHING = {"time": {"", "99"}, "size_of_enterprise": {"", "9"}, "age": {"", "00", "99"}, "sex": {"", "0", "9"}}
"""Values that carry no information, where they are more or other than the filler."""
NO_AGENT_KNOWN = {"", "0000", "00.00", "0002", "00.02"}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery: records, how full each variable is, records by section, and what disagrees with the metadata.

    `variables` has one row per variable: variable, name, mandatory, coded (records), share; `sections` one row per NACE
    section: section, records, mandatory. `faults` are sentences; empty means that nothing disagrees.
    """

    records: int
    variables: pd.DataFrame = field(repr=False)
    sections: pd.DataFrame = field(repr=False)
    parts: pd.DataFrame = field(repr=False)
    timeliness: Timeliness
    faults: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """How full each variable is."""
        return self.variables

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        tables = {name: getattr(self, name).to_dict("records") for name in ("variables", "sections", "parts")}
        return {"records": self.records, **tables, "timeliness": str(self.timeliness), "faults": list(self.faults)}

    def __str__(self) -> str:
        head = n_("{n:,} record. {time}", "{n:,} records. {time}", self.records)
        head = head.format(n=self.records, time=self.timeliness)
        parts = [f"  {r.number}. {r.title}: {r.state}. {r.words}".rstrip() for r in self.parts.itertuples()]
        full = [f"  {r.name}: {r.share:.1%}" for r in self.variables.itertuples() if r.share < 1]
        return "\n".join(
            [head, _("Metadata:"), *parts, _("Variables that are not coded in every record:"), *full, *self.faults]
        )


def check_delivery(
    path: str | Path, metadata: Metadata | None = None, *, layout: str | None = None, case_width: int = 11
) -> Delivery:
    """Read a delivery once and hold it against its metadata, by default the file beside it.

    Raises
    ------
    ReadError
        If the delivery or its metadata cannot be read.
    """
    metadata = metadata or read_metadata(metadata_path(path))
    counts, records = _count(open_records(path, layout=layout, case_width=case_width))
    variables = pd.DataFrame(
        [
            (v.key, v.name, v.mandatory, counts[v.key], counts[v.key] / records if records else 0.0)
            for v in esaw.variables().values()
        ],
        columns=["variable", "name", "mandatory", "coded", "share"],
    )
    nace, due = codelist("nace"), esaw.sections_due(metadata.reference_year)
    sections = pd.DataFrame(
        [(section, counts.get(("section", section), 0), section in due) for section in nace.at_level(1)],
        columns=["section", "records", "mandatory"],
    )
    faults = [*_faults(metadata, counts, records), *_empty(sections, metadata)]
    return Delivery(
        records=records,
        variables=variables,
        sections=sections,
        parts=metadata.frame(),
        timeliness=metadata.timeliness(),
        faults=tuple(faults),
    )


def _count(batches: Iterable[Batch]) -> tuple[dict, int]:
    """Records with information by variable, by section, by year, and those whose weight is not 1; memory stays flat."""
    parents = codelist("nace").parents
    counts: dict = dict.fromkeys(esaw.variables(), 0)
    counts["weighted"] = records = 0
    for batch in batches:
        records += batch.records
        frame = batch.frame
        for key, n in frame.select(_carries(key).sum() for key in esaw.variables()).row(0, named=True).items():
            counts[key] += n
        counts["weighted"] += int((~frame["weight"].str.contains(r"^(001000000|1\.0+)$")).sum())
        section = pl.col("economic_activity").str.slice(0, 2).replace_strict(parents, default=None)
        year = pl.col("case_number").str.extract("^([0-9]{4})")
        for name, column in {"section": section, "year": year}.items():
            for value, n in frame.select(column.alias("value")).to_series().value_counts().iter_rows():
                counts[(name, value)] = counts.get((name, value), 0) + n
    return counts, records


def _carries(key: str) -> pl.Expr:
    """Whether a variable says something: not empty, not a filler, not a code for "unknown"."""
    variable = esaw.variables()[key]
    nothing = NO_AGENT_KNOWN if variable.codelist == "material_agent" else NOTHING.get(key, {"", "0" * variable.width})
    return ~pl.col(key).is_in(sorted(nothing))


def _faults(metadata: Metadata, counts: dict, records: int) -> list[str]:
    year = metadata.reference_year
    other = records - counts.get(("year", str(year)), 0)
    faults = (
        [
            n_(
                "{n:,} of {all:,} records is not of the reference year {year}.",
                "{n:,} of {all:,} records are not of the reference year {year}.",
                other,
            ).format(n=other, all=records, year=year)
        ]
        if other
        else []
    )
    silent = all(
        metadata.parts.get(part, NONE) == NONE for part in ("reporting_levels", "record_sampling", "cause_sampling")
    )
    if counts["weighted"] and silent:
        said = n_(
            "{n:,} record has a weight other than 1, but the metadata name neither sampling nor a reporting level.",
            "{n:,} records have a weight other than 1, but the metadata name neither sampling nor a reporting level.",
            counts["weighted"],
        )
        faults.append(said.format(n=counts["weighted"]))
    return faults


def _empty(sections: pd.DataFrame, metadata: Metadata) -> list[str]:
    lacking = sections.loc[sections["mandatory"] & (sections["records"] == 0), "section"]
    said = _("No record of sections {codes}, which must be sent for {year}.")
    return [said.format(codes=", ".join(lacking), year=metadata.reference_year)] if len(lacking) else []
