"""Makes the box from the publishers' files of a mirror: `python -m workbench.sources.make_box`, or `make box`.

The same files give the same tables: one that did not change keeps its date.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.sources.catalog import catalog, read
from workbench.sources.dataset import Dataset
from workbench.sources.download import locate
from workbench.sources.readers.box import CONTENTS, FOLDER, contents_of_box
from workbench.terms.errors import ReadError
from workbench.terms.places import bundled
from workbench.terms.tables import Report
from workbench.terms.text import _

NOTICE = "NOTICE.md"


def make_box(folder: Path, today: date) -> dict[str, dict]:
    """Write the table of each entry that has one in the box, what is known of it, and the notices.

    Parameters
    ----------
    folder : Path
        Where the box is; what it says of tables that do not change stays.
    today : date
        Of the tables that do.

    Returns
    -------
    dict
        What `contents_of_box` gives.

    Raises
    ------
    NotAvailable
        When the mirror lacks a file.
    ReadError
        When a row of a file is rejected: the box holds whole tables only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before, made = contents_of_box(folder), {}
    boxed = [dataset for dataset in catalog().datasets.values() if dataset.boxed]
    for dataset in boxed:
        made[dataset.name] = _make(dataset, folder)
        same = before.get(dataset.name, {})
        unchanged = same.get("sha256") == made[dataset.name]["sha256"]
        made[dataset.name]["made"] = same["made"] if unchanged else today.isoformat()
    text = json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / CONTENTS).write_text(text + "\n", encoding="utf-8")
    (folder / NOTICE).write_text(_notice(boxed, made), encoding="utf-8")
    return made


def _make(dataset: Dataset, folder: Path) -> dict:
    """Read the publisher's files with the entry's own reader and write the rows as one Parquet file."""
    report, located = Report(), locate(dataset, "mirror")
    frame = pd.concat(read(dataset, located.paths, report), ignore_index=True)
    if report.rejected or report.unfinished:
        raise ReadError(_("{name}: not a whole table. {report}").format(name=dataset.name, report=report))

    path = folder / f"{dataset.name}.parquet"
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    pq.write_table(table, path, compression="zstd", compression_level=19, store_schema=False)
    names = located.address.removeprefix("mirror:").split(", mirror:")
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": len(frame),
        "rows_read": report.rows_read,
        "nuts_edition": report.nuts_edition,
        "notes": report.notes,
        "sources": dict(zip(names, located.sha256s, strict=True)),
    }


def _notice(boxed: list[Dataset], made: Mapping[str, Mapping]) -> str:
    """Whose figures they are, under which terms, and what was changed."""
    lines = [
        "# Notices of the tables in this folder",
        "",
        "These files are not under the licence of the workbench: they hold figures of the publishers named here, under "
        "the terms named here.",
        "",
        "What was changed: the workbench read the publisher's files, named the columns and codes as it names them "
        "everywhere (thousands became persons, quarters annual means where the entry says so) and wrote them as "
        f"Parquet. `{CONTENTS}` has the hash of each table and of the files it was made from. The publishers do not "
        "endorse the workbench.",
    ]
    for dataset in boxed:
        known = made[dataset.name]
        lines += [
            "",
            f"## {dataset.name}.parquet",
            "",
            f"{dataset.title}. {dataset.attribution}.",
            "",
            f"- Publisher: {dataset.publisher}, <{dataset.url}>",
            f"- Licence: {dataset.licence}",
            f"- State: {dataset.release}; put into the box on {known['made']}, {known['rows']:,} rows",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    place = bundled("catalogs") / FOLDER
    for table, written in make_box(place, date.today()).items():
        print(f"{table}: {written['rows']:,} rows, {(place / f'{table}.parquet').stat().st_size:,} bytes")
