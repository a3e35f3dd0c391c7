"""Entries of one's own catalogue whose files are tables of one's own: counted like what `wb.table` is given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace

import pandas as pd

from workbench import store
from workbench.cubes.cube import Cube
from workbench.cubes.own_columns import taken
from workbench.cubes.own_cube import OwnRows, own_cube
from workbench.cubes.own_frame import Fault
from workbench.sources.dataset import Dataset
from workbench.study.origin import Origin
from workbench.terms.nuts import DEFAULT
from workbench.terms.tables import Report


def rows_of_entry(dataset: Dataset, frames: Iterable[pd.DataFrame], report: Report) -> OwnRows:
    """The rows of an entry's files in the common columns, judged.

    Parameters
    ----------
    dataset : the entry; its options say what the columns mean
    frames : of each file, under its own headings
    report : where rows read and rejected and notes are counted

    Raises
    ------
    UnknownName, Refused
        For headings that the files do not have, or that mean two things.
    ReadError
        When no row can be counted.
    """
    options, edition = dataset.options, dataset.nuts_edition or DEFAULT
    every = list(frames)
    frame = every[0] if len(every) == 1 else pd.concat(every, ignore_index=True)  # one file keeps its lines' numbers
    found = taken(frame, options.get("columns", {}), options.get("measures", {}), edition)
    rows = OwnRows(
        name=dataset.name,
        frame=found.frame,
        axes=found.axes,
        measures=found.measures,
        labels=dict(dataset.labels),
        nuts=edition,
        people_only=found.people_only,
        notes=found.notes,
        rejected=found.rejected,
    )
    judged = own_cube(rows).report
    report.rows_read += judged.rows_read
    report.reasons.update(judged.reasons)
    report.details += judged.details
    report.nuts_edition = edition
    for note in (*found.notes, *judged.notes):
        report.note(note)
    return rows


def meaning_of_rows(rows: OwnRows) -> dict:
    """What the stored columns of rows are, as plain values."""
    plain = {name: value for name, value in vars(rows).items() if name != "frame"}
    return plain | {"rejected": [asdict(fault) for fault in rows.rejected]}


def stored_rows(parts: Sequence[store.Manifest]) -> OwnRows:
    """Rows that were stored with their meaning, the parts of an entry put together.

    Parameters
    ----------
    parts : of one name, with `meaning_of_rows` in their provenance as `own`
    """
    described: Mapping = parts[0].provenance["own"]
    as_tuples = {name: tuple(described[name]) for name in ("axes", "measures", "notes")}
    as_tuples["files"] = tuple(map(tuple, described["files"]))
    as_tuples["rejected"] = tuple(Fault(**fault) for fault in described["rejected"])
    frame = pd.concat([store.read(part.table) for part in parts], ignore_index=True)
    return OwnRows(frame=frame, **{**described, **as_tuples})


def cube_of_entry(parts: Sequence[store.Manifest], origin: Origin) -> Cube:
    """The cube of an entry's stored rows."""
    return replace(own_cube(stored_rows(parts)).cube, source=origin)
