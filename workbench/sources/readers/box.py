"""Tables of the box: publishers' figures that travel with the workbench, kept as their readers gave them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.errors import ReadError
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _
from workbench.terms.words import day

FOLDER = "box"
"""Of the catalogues; an entry of the workbench's own that has a file in it is read from there by `read_box`."""
CONTENTS = "box.json"
"""What the box holds: for each table its hash, its rows, what its reader said, and the files it was made from."""


def in_box(paths: Sequence[Path]) -> bool:
    """Whether all files are tables of the box, which the publisher's reader has read already.

    Parameters
    ----------
    paths : sequence of Path
        The files of one data set.

    Returns
    -------
    bool
    """
    folder = bundled("catalogs") / FOLDER
    return bool(paths) and all(Path(path).parent == folder for path in paths)


def contents_of_box(folder: Path | None = None) -> dict[str, dict]:
    """What is written down of each table in the box, by the name of its entry; nothing where there is no box.

    Parameters
    ----------
    folder : Path, optional
        Of the box; that of the workbench if not given.

    Returns
    -------
    dict
        `made` (ISO 8601 date), `sha256`, `rows`, `rows_read`, `nuts_edition`, `notes` and `sources`, by name.
    """
    path = (folder or bundled("catalogs") / FOLDER) / CONTENTS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def read_box(paths: Sequence[Path], report: Report, *, live: bool = False) -> Iterator[pd.DataFrame]:
    """The rows of a table of the box, as its publisher's reader gave them when the box was made.

    Parameters
    ----------
    paths : sequence of Path
        Tables of the box.
    report : Report
        Where what that reader counted and noted goes, and of which day the figures are.
    live : bool
        Whether the publisher gives the whole table at an address, which a note then says.

    Yields
    ------
    DataFrame
        One frame for each table.

    Raises
    ------
    ReadError
        For a table that is damaged, or of which the box has nothing written down.
    """
    for path in paths:
        name = Path(path).stem
        try:
            known, frame = contents_of_box(Path(path).parent)[name], pq.read_table(path).to_pandas()
        except (KeyError, OSError, ValueError, pa.ArrowException) as fault:
            message = _("The table {name} of the box is damaged. Install the workbench again.")
            raise ReadError(message.format(name=name)) from fault
        _tell(known, report)
        report.note(_origin(name, known, live))
        yield frame


def _tell(known: Mapping, report: Report) -> None:
    """What the publisher's reader counted and noted."""
    report.rows_read += known["rows_read"]
    report.nuts_edition = known["nuts_edition"]
    for note in known["notes"]:
        report.note(note)


def _origin(name: str, known: Mapping, live: bool) -> str:
    """Since when the figures travel with the workbench, and how to get newer or more of them."""
    words = {"name": name, "date": day(known["made"])}
    if live:
        message = _(
            "{name}: published figures that come with the workbench, as of {date}. For the whole table as it is "
            'published now: wb.load("{name}", source="live").'
        )
        return message.format(**words)
    return _("{name}: published figures that come with the workbench, as of {date}.").format(**words)
