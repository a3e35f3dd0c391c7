"""Whether a delivery of ESAW records is complete: what its variables carry, which sections it has, and its metadata."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd
import polars as pl

from workbench import esaw
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.metadata import Metadata, Timeliness
from workbench.esaw.metadata_parts import NONE
from workbench.terms.codes import codelist
from workbench.terms.text import _, n_

NOTHING = {"time": {"", "99"}, "size_of_enterprise": {"", "9"}, "age": {"", "00", "99"}, "sex": {"", "0", "9"}}
"""Values that carry no information, where they are more or other than the filler."""
NO_AGENT_KNOWN = {"", "0000", "00.00", "0002", "00.02"}
WEIGHT_OF_ONE = r"^(001000000|1\.0+)$"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery held against its metadata: how full its variables are, which sections it has, what disagrees.

    Attributes
    ----------
    records : int
        Records of the file, those that could not be read included.
    variables : DataFrame, one row per variable
        variable, name, mandatory, coded (records), share (of all records).
    sections : DataFrame, one row per NACE section
        section, records, mandatory (for the reference year).
    parts : DataFrame, one row per part of the metadata
        As `Metadata.frame` gives them.
    timeliness : Timeliness
        When the data were due and when they came.
    faults : tuple of sentences
        What disagrees between records and metadata; empty when nothing does.
    """

    records: int
    variables: pd.DataFrame = field(repr=False)
    sections: pd.DataFrame = field(repr=False)
    parts: pd.DataFrame = field(repr=False)
    timeliness: Timeliness
    faults: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every part of the metadata is there without a fault, and nothing disagrees with the records."""
        return not self.faults and bool((self.parts["state"] == "complete").all())

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        tables = {name: getattr(self, name).to_dict("records") for name in ("variables", "sections", "parts")}
        return {
            "records": self.records,
            **tables,
            "timeliness": str(self.timeliness),
            "faults": list(self.faults),
            "complete": self.complete,
        }

    def __str__(self) -> str:
        parts = [f"  {r.number}. {r.title}: {r.state}. {r.words}".rstrip() for r in self.parts.itertuples()]
        partly_coded = [f"  {r.name}: {r.share:.1%}" for r in self.variables.itertuples() if r.share < 1]
        if partly_coded:
            partly_coded.insert(0, _("Variables that are not coded in every record:"))
        return "\n".join([str(self.timeliness), _("Metadata:"), *parts, *partly_coded, *self.faults])


class DeliveryCount:
    """Counts what a delivery carries while its records are read for another purpose; memory does not grow."""

    def __init__(self) -> None:
        self.records = 0
        self.weighted = 0
        self.coded: Counter[str] = Counter()
        self.sections: Counter[str | None] = Counter()
        self.years: Counter[str | None] = Counter()

    def counted(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The same batches, each counted before it is passed on."""
        for batch in batches:
            self._add(batch)
            yield batch

    def _add(self, batch: Batch) -> None:
        frame = batch.frame
        section = pl.col("economic_activity").str.slice(0, 2).replace_strict(codelist("nace").parents, default=None)
        year = pl.col("case_number").str.extract("^([0-9]{4})")

        self.records += batch.records
        self.weighted += int((~frame["weight"].str.contains(WEIGHT_OF_ONE)).sum())
        self.coded.update(frame.select(_carries(key).sum() for key in esaw.variables()).row(0, named=True))
        for counts, column in ((self.sections, section), (self.years, year)):
            counts.update(dict(frame.select(column.alias("value")).to_series().value_counts().iter_rows()))


def delivery(count: DeliveryCount, metadata: Metadata) -> Delivery:
    """A delivery whose records have been counted, held against its metadata."""
    records, due = count.records, esaw.sections_due(metadata.reference_year)
    variables = [
        (v.key, v.name, v.mandatory, count.coded[v.key], count.coded[v.key] / records if records else 0.0)
        for v in esaw.variables().values()
    ]
    sections = [(code, count.sections[code], code in due) for code in codelist("nace").at_level(1)]
    return Delivery(
        records=records,
        variables=pd.DataFrame(variables, columns=["variable", "name", "mandatory", "coded", "share"]),
        sections=pd.DataFrame(sections, columns=["section", "records", "mandatory"]),
        parts=metadata.frame(),
        timeliness=metadata.timeliness(),
        faults=(*_other_years(count, metadata), *_unexplained_weights(count, metadata), *_empty(count, metadata)),
    )


def _carries(key: str) -> pl.Expr:
    """Whether a variable says something: not empty, not a filler, not a code for "unknown"."""
    variable = esaw.variables()[key]
    nothing = NO_AGENT_KNOWN if variable.codelist == "material_agent" else NOTHING.get(key, {"", "0" * variable.width})
    return ~pl.col(key).is_in(sorted(nothing))


def _other_years(count: DeliveryCount, metadata: Metadata) -> list[str]:
    year = metadata.reference_year
    other = count.records - count.years[str(year)]
    if not other:
        return []
    message = n_(
        "{n:,} of {all:,} records is not of the reference year {year}.",
        "{n:,} of {all:,} records are not of the reference year {year}.",
        other,
    )
    return [message.format(n=other, all=count.records, year=year)]


def _unexplained_weights(count: DeliveryCount, metadata: Metadata) -> list[str]:
    reasons = ("reporting_levels", "record_sampling", "cause_sampling")
    if not count.weighted or any((metadata.parts.get(part) or NONE) != NONE for part in reasons):
        return []
    message = n_(
        "{n:,} record has a weight other than 1, but the metadata name neither sampling nor a reporting level.",
        "{n:,} records have a weight other than 1, but the metadata name neither sampling nor a reporting level.",
        count.weighted,
    )
    return [message.format(n=count.weighted)]


def _empty(count: DeliveryCount, metadata: Metadata) -> list[str]:
    year = metadata.reference_year
    lacking = [code for code in esaw.sections_due(year) if not count.sections[code]]
    if not lacking:
        return []
    message = _("No record of sections {codes}, which must be sent for {year}.")
    return [message.format(codes=", ".join(lacking), year=year)]
