"""Where things lie: what comes with the package, the user's own state, the mirror; how a file is replaced."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import platformdirs

from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

PACKAGE = Path(__file__).parents[1]


@cache  # a package stays where it is, and every question asks
def bundled(name: str) -> Path:
    """The folder `name` (catalogs, maps, notebooks): in a clone next to the package, in a wheel inside it.

    Parameters
    ----------
    name : str
        "catalogs", "maps" or "notebooks".

    Returns
    -------
    Path
    """
    inside = PACKAGE / "bundled" / name
    return inside if inside.exists() else PACKAGE.parent / name


def home() -> Path:
    """The folder that keeps downloads, tables and cubes: `WORKBENCH_HOME`, else the platform's data folder.

    Returns
    -------
    Path
        It need not exist: `made` makes what lies in it.
    """
    return Path(os.environ.get("WORKBENCH_HOME") or platformdirs.user_data_path("osh-workbench"))


def made(folder: Path) -> Path:
    """A folder below `home()`, made where it is not there yet.

    Raises
    ------
    WorkbenchError
        When it cannot be: `home()` is a file, or a place where nothing may be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = _("Nothing can be kept in {home}: {why}. Set WORKBENCH_HOME to a folder that you may write to.")
        raise WorkbenchError(message.format(home=home(), why=error.strerror)) from error
    return folder


@contextmanager
def writing_home() -> Iterator[None]:
    """Within the block, a full disk or a place where nothing may be written is answered in words.

    Raises
    ------
    WorkbenchError
        Naming `home()` and why nothing more can be kept there.
    """
    try:
        yield
    except OSError as error:
        message = _("Nothing more can be kept in {home}: {why}. What is kept there is unchanged.")
        raise WorkbenchError(message.format(home=home(), why=error.strerror or error)) from error


def mirror() -> Path | None:
    """The folder of publishers' original files that `WORKBENCH_MIRROR` names, or None.

    Returns
    -------
    Path or None
        Absolute.
    """
    folder = os.environ.get("WORKBENCH_MIRROR")
    return Path(folder).resolve() if folder else None


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A new file to write, which takes the place of `path` once it is whole: the one way to write over a file.

    ``with replacing(path) as fresh: fresh.write_text(text)``. Until the block ends, `path` is what it was; after a
    fault (a full disk, an error of one's own, a kill) it still is. What is no ordinary file (a pipe, /dev/stdout)
    cannot be replaced and is written to directly.

    Parameters
    ----------
    path : file to write, in a folder that is there

    Yields
    ------
    Path
        The file to write, in the same folder, with the same ending.

    Raises
    ------
    WorkbenchError
        When the folder is not there or may not be written to, or the disk is full; it says that the old file is kept.
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        fresh = target = path
    else:
        target = path.resolve()  # a link stays a link, to a new file
        fresh = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        yield fresh
        if fresh != target:
            _to_disk(fresh)
            if target.exists():
                shutil.copymode(target, fresh)
            os.replace(fresh, target)
    except OSError as error:
        message = _("{path} cannot be written: {why}.")
        if path.is_file():
            message = _("{path} cannot be written: {why}. The file that was there is unchanged.")
        elif path.is_dir() or not path.parent.is_dir():
            message = _("{path} cannot be written: {why}. Name a file in a folder that there is.")
        raise WorkbenchError(message.format(path=path, why=error.strerror or error)) from error
    finally:
        if fresh != target:
            with suppress(OSError):
                fresh.unlink()


def _to_disk(path: Path) -> None:
    """Have the bytes on the disk before the file gets its name: a full disk may say so only now."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
