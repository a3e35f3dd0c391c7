"""Writing a twin: records as Parquet, in one file or one folder partitioned by year, and the truth next to them."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.terms.errors import Refused, shown
from workbench.terms.text import _
from workbench.twin.rates import scale_of
from workbench.twin.records import records
from workbench.twin.regions import NUTS_EDITION
from workbench.twin.truth import SYNTHETIC, VERSION, truth

IN_ORDER = "case_number"  # ascending and unique: a dictionary would only cost room
FOLDER_TRUTH = "_truth.json"  # readers of Parquet folders skip names that begin with _
Progress = Callable[[int, int], None]
"""Called with the records written so far and all that will be."""


def synthesise(rows: int, seed: int, out: Path, *, progress: Progress | None = None) -> Path:
    """Write a synthetic twin of the ESAW register: `rows` accident records of EU-27, 2010 to 2023, with known truths.

    Same rows and seed, same records, in one file as in a folder, as long as NumPy draws alike: from 2.5 on it draws
    other records than before. Memory does not grow with `rows`.

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
        If `rows` or `seed` is not whole or out of bounds, the folder holds something, the name ends in something else
        than .parquet, what the folder should lie in does not exist, or nothing can be written.
    """
    _check_whole(rows, seed)
    out = Path(out)
    _check_place(out)
    if out.suffix == ".parquet":
        _write_file(rows, seed, out, progress)
    else:
        _write_folder(rows, seed, out, progress)
    return out


def _check_whole(rows: int, seed: int) -> None:
    """Raise Refused unless both are whole numbers, the seed from 0 on; `draw_counts` looks at how many rows."""
    for number in (rows, seed):
        if isinstance(number, bool) or not isinstance(number, Integral):
            message = _("Rows and seed are whole numbers, not {number}.")
            raise Refused(message.format(number=shown(repr(number))))
    if seed < 0:
        raise Refused(_("A seed is a whole number from 0 on, not {seed}.").format(seed=seed))


def _check_place(out: Path) -> None:
    """Raise Refused, saying what to name instead, unless `out` can become a file or a folder of records."""
    one_file = out.suffix == ".parquet"
    names = {"out": shown(out, 250), "name": shown(out.name)}
    if not one_file and out.exists() and not out.is_dir():
        raise Refused(_("{out} is a file. Name a new folder, or a file that ends in .parquet.").format(**names))
    if out.is_dir() and (one_file or any(out.iterdir())):
        message = _("{out} is a folder that holds something. Name a new folder, or a file that ends in .parquet.")
        raise Refused(message.format(**names))
    if not one_file and out.suffix:
        message = _("Records are written as Parquet: let {name} end in .parquet, or name a folder without a dot.")
        raise Refused(message.format(**names))
    folder = out.parent if one_file else out
    if not folder.parent.is_dir():
        message = _("There is no folder {parent}: {folder} cannot be made in it. Make it first.")
        raise Refused(message.format(parent=shown(folder.parent, 250), folder=shown(folder.name)))


def _write_file(rows: int, seed: int, out: Path, progress: Progress | None) -> None:
    truth_file = out.with_suffix(".truth.json")
    with _temporary_folder(out) as temporary:
        written = temporary / out.name
        _write(_batches(rows, seed, progress), lambda _year: written, rows, seed)
        (temporary / truth_file.name).write_text(_truth_text(rows, seed), encoding="utf-8")
        os.replace(temporary / truth_file.name, truth_file)
        os.replace(written, out)


def _write_folder(rows: int, seed: int, out: Path, progress: Progress | None) -> None:
    with _temporary_folder(out) as temporary:
        written = temporary / out.name
        _write(_batches(rows, seed, progress), lambda year: written / f"year={year}" / "part-0.parquet", rows, seed)
        (written / FOLDER_TRUTH).write_text(_truth_text(rows, seed), encoding="utf-8")
        if out.is_dir():
            out.rmdir()  # it is empty, and Windows renames to no folder that is there
        os.replace(written, out)


def _truth_text(rows: int, seed: int) -> str:
    return json.dumps(truth(rows, seed), indent=1, ensure_ascii=False) + "\n"


def metadata(rows: int, seed: int) -> dict[str, str]:
    """What every Parquet file of a twin says of itself.

    Parameters
    ----------
    rows : int
        Number of records.
    seed : int

    Returns
    -------
    dict of str to str
    """
    return {
        "synthetic": "true",
        "notice": SYNTHETIC,
        "twin_version": str(VERSION),
        "seed": str(seed),
        "records": str(rows),
        "scale": repr(scale_of(rows)),
        "nuts_edition": NUTS_EDITION,
    }


def _batches(rows: int, seed: int, progress: Progress | None) -> Iterator[tuple[int, pa.RecordBatch]]:
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
def _temporary_folder(out: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, so that the last step is a rename; gone afterwards, whatever happens.

    What the system refuses (no room, no right to write) is said in words, and leaves what was there before.
    """
    folder = None
    try:
        out.parent.mkdir(exist_ok=True)
        folder = Path(mkdtemp(prefix=f".{out.name[:50]}-", dir=out.parent))
        yield folder
    except OSError as error:
        message = _("Nothing can be written to {folder}: {why}.")
        why = os.strerror(error.errno) if error.errno else _("the disk may be full")
        raise Refused(message.format(folder=shown(out.parent, 250), why=why)) from error
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
