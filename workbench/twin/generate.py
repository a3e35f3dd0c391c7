"""Writing a twin: records as Parquet, in one file or one folder partitioned by year, and the truth beside them."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.twin.rates import scale_of
from workbench.twin.records import records
from workbench.twin.regions import NUTS_EDITION
from workbench.twin.truth import SYNTHETIC, VERSION, truth

IN_ORDER = "case_number"  # ascending and unique: a dictionary would only cost room
FOLDER_TRUTH = "_truth.json"  # readers of Parquet folders skip names that begin with _


def synthesise(rows: int, seed: int, out: Path, *, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write a synthetic twin of the ESAW register: `rows` accident records of EU-27, 2010 to 2023, with known truths inside.

    Same rows and seed, same records, in one file as in a folder. Memory does not grow with `rows`.

    Parameters
    ----------
    rows : int
        Number of records, 1 to 100 million.
    seed : int
        Not negative.
    out : Path
        A file that ends in .parquet (replaced if it is there, truth in NAME.truth.json), or a folder that is new or
        empty, with one folder `year=...` per reference year (truth in _truth.json).
    progress : callable, optional
        Called with records written and `rows` after every batch.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    Refused
        If `rows` or `seed` is out of bounds, the folder holds something, the name ends in something else than
        .parquet, or the folder cannot be made because what it should lie in does not exist.
    """
    if seed < 0:
        raise Refused(_("A seed is a whole number from 0 on, not {seed}.").format(seed=seed))
    out = Path(out)
    whole = out.suffix == ".parquet"
    if not whole and out.is_file():
        raise Refused(_("{out} is a file. Name a new folder, or a file that ends in .parquet.").format(out=out))
    if out.is_dir() and (whole or any(out.iterdir())):
        raise Refused(
            _("{out} is a folder that holds something. Name a new folder, or a file that ends in .parquet.").format(
                out=out
            )
        )
    if not whole and out.suffix:
        raise Refused(
            _("Records are written as Parquet: let {name} end in .parquet, or name a folder without a dot.").format(
                name=out.name
            )
        )
    last = out.parent if whole else out
    if not last.parent.is_dir():
        raise Refused(
            _("There is no folder {parent}: {folder} cannot be made in it. Make it first.").format(
                parent=last.parent, folder=last.name
            )
        )
    with _beside(out) as temporary:
        written = temporary / out.name
        if whole:
            _write(_batches(rows, seed, progress), lambda _year: written, rows, seed)
        else:
            _write(_batches(rows, seed, progress), lambda year: written / f"year={year}" / "part-0.parquet", rows, seed)
        told = json.dumps(truth(rows, seed), indent=1, ensure_ascii=False) + "\n"
        beside = out.with_suffix(".truth.json") if whole else written / FOLDER_TRUTH
        if whole:
            (temporary / beside.name).write_text(told, encoding="utf-8")
            os.replace(temporary / beside.name, beside)
        else:
            beside.write_text(told, encoding="utf-8")
            if out.is_dir():
                out.rmdir()
        os.replace(written, out)
    return out


def metadata(rows: int, seed: int) -> dict[str, str]:
    """What every Parquet file of a twin says of itself."""
    return {
        "synthetic": "true",
        "notice": SYNTHETIC,
        "twin_version": str(VERSION),
        "seed": str(seed),
        "records": str(rows),
        "scale": repr(scale_of(rows)),
        "nuts_edition": NUTS_EDITION,
    }


def _batches(rows: int, seed: int, progress: Callable[[int, int], None] | None) -> Iterator[tuple[int, pa.RecordBatch]]:
    done = 0
    for year, batch in records(rows, seed):
        yield year, batch
        done += batch.num_rows
        if progress:
            progress(done, rows)


def _write(batches: Iterator[tuple[int, pa.RecordBatch]], path_of: Callable[[int], Path], rows: int, seed: int) -> None:
    """Write the batches, each as a row group, to the file that their year goes to; years come one after the other."""
    writer, path = None, None
    try:
        for year, batch in batches:
            if path_of(year) != path:
                if writer:
                    writer.close()
                path = path_of(year)
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = pq.ParquetWriter(
                    path,
                    batch.schema,
                    compression="zstd",
                    use_dictionary=[name for name in batch.schema.names if name != IN_ORDER],
                    column_encoding={IN_ORDER: "DELTA_BYTE_ARRAY"},
                    store_schema=False,  # dictionaries are a way of storing: readers find plain text
                    store_decimal_as_integer=True,
                )
                writer.add_key_value_metadata(metadata(rows, seed))
            writer.write_batch(batch)
    finally:
        if writer:
            writer.close()


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, so that the last step is a rename; gone afterwards, whatever happens."""
    try:
        out.parent.mkdir(exist_ok=True)
        folder = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        said = _("Nothing can be written to {folder}: {why}.")
        raise Refused(said.format(folder=out.parent, why=error.strerror)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
